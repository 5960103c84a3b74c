//! Spike times of units, counted in bins: a channel for each unit.

use super::super::error::{ReadError, ReadErrorKind};
use super::super::reading::Reading;
use super::super::samples::{MOST_VALUES, Samples};
use super::super::width::BinWidth;
use super::container::Container;
use super::error::damaged;
use super::walk::Folder;
use crate::text::counted as counted_of;

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
    counted(&numbers("spike_times")?, &numbers("spike_times_index")?, width)
}

/// The spikes of each unit in bins that begin at multiples of the width, from the first spike of all to the last.
fn counted(times: &[f64], ends: &[f64], width: BinWidth) -> Result<Samples, ReadError> {
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
                "{count} bins of {width} for {} are more than {MOST_VALUES} values; take wider bins with --bin",
                counted_of(units, "unit")
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
        "{} of {} were counted in bins of {width}, the first from {} s on",
        counted_of(bins.len(), "spike"),
        counted_of(units, "unit"),
        super::super::table::shown(first * width.seconds())
    ));
    samples.state_rate(1.0 / width.seconds(), "the width of the bins");
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_holds_its_beginning_and_units_without_spikes_stay() {
        let width = "500ms".parse().unwrap();
        let read = counted(&[1.0, 1.4, 2.5, 0.5], &[3.0, 3.0, 4.0], width).unwrap();
        let rows = [[0.0, 0.0, 1.0], [2.0, 0.0, 0.0], [0.0; 3], [0.0; 3], [1.0, 0.0, 0.0]];
        assert_eq!((read.trials, read.channels, read.rate), (vec![rows.concat()], 3, Some(2.0)));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let refused = |times: &[f64], ends: &[f64]| {
            counted(times, ends, "20ms".parse().unwrap()).unwrap_err().to_string()
        };
        assert_eq!(
            refused(&[0.0, 1e8], &[2.0]),
            "5000000001 bins of 20 ms for 1 unit are more than 100000000 values; take wider bins with --bin"
        );
        let index = "the index of the spike times does not rise to their number";
        for ends in [&[1.0][..], &[3.0], &[2.0, 1.0], &[f64::NAN], &[-1.0], &[1e300]] {
            assert_eq!(refused(&[0.0, 1.0], ends), index, "{ends:?}");
        }
        assert_eq!(refused(&[f64::NAN], &[1.0]), "a time of a spike is no number");
        assert_eq!(refused(&[], &[0.0]), "there is no spike");
    }
}
