//! Spike times of units, counted in bins: a channel for each unit.

use super::super::error::{ReadError, ReadErrorKind};
use super::super::reading::Reading;
use super::super::samples::{MOST_VALUES, Samples};
use super::container::Container;
use super::error::damaged;
use super::walk::Folder;

/// The times of all units one after the other, and for each unit where they end.
pub(super) fn read(
    file: &Container,
    units: &Folder,
    reading: &Reading<'_>,
) -> Result<Samples, ReadError> {
    let Some(width) = reading.bin else {
        return Err(ReadError::new(
            ReadErrorKind::UnsupportedShape,
            "these are times of spikes, which become samples when they are counted in bins; state the width of a bin with \
             --bin, such as --bin 20ms",
        ));
    };
    if reading.axes.is_some() {
        return Err(ReadError::new(
            ReadErrorKind::Axes,
            "counts of spikes are time x channels; leave out --axes",
        ));
    }
    let numbers = |name: &str| {
        file.numbers(units.array(name).ok_or_else(|| damaged("there are no times of spikes"))?)
    };
    let (times, ends) = (numbers("spike_times")?, numbers("spike_times_index")?);
    let bins: Vec<f64> = times.iter().map(|time| (time / width.seconds()).floor()).collect();
    let first = bins.iter().copied().fold(f64::INFINITY, f64::min);
    let last = bins.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let units = ends.len();
    if bins.iter().any(|bin| !bin.is_finite()) {
        return Err(damaged("a time of a spike is no number"));
    }
    if bins.is_empty() || units == 0 {
        return Err(ReadError::new(ReadErrorKind::Empty, "there is no spike"));
    }
    let count = last - first + 1.0;
    if !(count * units as f64 <= MOST_VALUES as f64) {
        return Err(ReadError::new(
            ReadErrorKind::TooLarge,
            format!(
                "{count} bins of {width} for {units} units are more than {MOST_VALUES} values; take wider bins with --bin"
            ),
        ));
    }
    let mut values = vec![0.0; count as usize * units];
    let mut start = 0;
    for (unit, end) in ends.iter().enumerate() {
        let end = *end as usize;
        let own = bins
            .get(start..end)
            .ok_or_else(|| damaged("the index of the spike times does not rise to their number"))?;
        for bin in own {
            if let Some(value) = values.get_mut((bin - first) as usize * units + unit) {
                *value += 1.0;
            }
        }
        start = end;
    }
    if start != bins.len() {
        return Err(damaged("the index of the spike times does not rise to their number"));
    }
    let mut samples =
        Samples { trials: vec![values], channels: units, counted: true, ..Samples::default() };
    samples.notes.push(format!(
        "{} spikes of {units} units were counted in bins of {width}, the first from {} s on",
        bins.len(),
        super::super::table::shown(first * width.seconds())
    ));
    samples.state_rate(1.0 / width.seconds(), "the width of the bins");
    Ok(samples)
}
