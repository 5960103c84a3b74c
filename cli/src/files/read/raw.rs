//! Samples without a head: 16-bit integers, the channels of a sample side by side, the low byte first.

use super::array::{Array, Order, too_large};
use super::axes::AxisName;
use super::error::{ReadError, ReadErrorKind};
use super::numbers::{ByteOrder, Kind};
use super::reading::Reading;
use super::samples::Samples;

const BYTES: usize = 2;

/// Reads a whole file of so many channels.
pub(super) fn read(bytes: &[u8], reading: &Reading<'_>) -> Result<Samples, ReadError> {
    let refused = |kind, message: String| Err(ReadError::new(kind, message));
    let (Some(channels), Some(rate)) = (reading.raw_channels, reading.rate) else {
        return refused(
            ReadErrorKind::UnsupportedShape,
            "a file of raw 16-bit integers says nothing about itself; state the number of channels with --raw-channels N \
             and the sampling rate with --rate HZ"
                .to_owned(),
        );
    };
    let row = channels.get().saturating_mul(BYTES);
    if !bytes.len().is_multiple_of(row) {
        return refused(
            ReadErrorKind::Damaged,
            format!(
                "{} bytes are no whole number of samples of {channels} channels of 16-bit integers, {row} bytes each; state \
                 the right number of channels with --raw-channels, or save other types as .npy",
                bytes.len()
            ),
        );
    }
    let (time, channels) = (bytes.len() / row, channels.get());
    let by_channel =
        reading.axes.is_some_and(|axes| axes.names().first() == Some(&AxisName::Channels));
    let shape = if by_channel { vec![channels, time] } else { vec![time, channels] };
    let mut values = Vec::new();
    values.try_reserve_exact(bytes.len() / BYTES).map_err(|_| too_large(&shape))?;
    Kind::I16.decode(ByteOrder::Little, bytes, &mut values);
    let axes = reading.axes.or_else(|| "time,channels".parse().ok());
    let mut samples = Array::new(shape, Order::LastFastest, values).into_samples(axes)?;
    samples.rate = Some(rate);
    Ok(samples)
}
