//! Streams: recordings of one trial, sample by sample, in which samples may be missing.

use super::read::{self, Reading, Samples};
use crate::output::note;
use crate::problem::Problem;
use dynamical_similarity::monitor::{FrontEnd, FrontEndSample};
use std::path::Path;

/// Recordings of this rate or more are decimated, in Hz.
const FAST: f64 = 100.0;
/// The largest rate, in Hz.
const FASTEST: f64 = 1e9;
/// The rate after decimation, roughly, in Hz.
const WANTED: f64 = 50.0;

/// Refuses a rate that no recorder has.
///
/// # Errors
/// A sentence that says what would be right.
pub fn check_rate(rate: f64) -> Result<(), Problem> {
    if rate > 0.0 && rate <= FASTEST {
        return Ok(());
    }
    Err(Problem::new(format!("--rate must be positive and at most {FASTEST:e} Hz, not {rate:?}")))
}

/// The number of samples that are averaged into one: 1 below 100 Hz, otherwise the number that leaves about 50 per
/// second.
///
/// # Errors
/// A sentence, if no recorder has this rate.
pub fn decimation(rate: f64) -> Result<usize, Problem> {
    check_rate(rate)?;
    Ok(if rate < FAST { 1 } else { (rate / WANTED).round() as usize })
}

/// A single trial whose samples may be missing.
#[derive(Debug, Clone, PartialEq)]
pub struct Stream {
    /// Row-major: `samples[t * channels + c]`.
    samples: Vec<f64>,
    channels: usize,
}

impl Stream {
    /// Reads a recording, in which values may be missing, and inserts a missing sample for each one that is absent
    /// from a gap of the time axis. The notes of the reader go to standard error.
    ///
    /// # Errors
    /// A sentence that names the file, if it cannot be read or holds several trials.
    pub fn read(path: &Path, reading: &Reading<'_>) -> Result<Self, Problem> {
        let about = |what: &dyn std::fmt::Display| Problem::about(path, what);
        let found = read::read_as(path, reading).and_then(Samples::with_missing_rows);
        let found = found.map_err(|error| about(&error))?;
        found
            .notes
            .iter()
            .for_each(|text| note(format_args!("{}: {text}", crate::text::name(path))));
        let trials = found.trials.len();
        let mut trials_left = found.trials.into_iter();
        match (trials_left.next(), trials) {
            (Some(samples), 1) => Ok(Self { samples, channels: found.channels }),
            _ => Err(about(&format_args!(
                "a stream is a single trial, and this recording has {trials}; join the trials, with at least as many rows of NaN between them as there are delays"
            ))),
        }
    }

    /// Channels of a sample.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Number of samples, the missing ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.samples.len() / self.channels.max(1)
    }

    /// Whether there is no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One sample after the other; `None` where it is missing, which is a row of NaN. A row with some
    /// numbers is a sample with a fault.
    pub fn rows(&self) -> impl Iterator<Item = Option<&[f64]>> {
        let rows = self.samples.chunks_exact(self.channels.max(1));
        rows.map(|row| row.iter().any(|x| !x.is_nan()).then_some(row))
    }

    /// Mean of the first 200 finite values of each channel; 0 where there is none.
    #[must_use]
    pub fn shift(&self) -> Vec<f64> {
        let first = |channel: usize| {
            let column = self.samples.iter().skip(channel).step_by(self.channels.max(1));
            column.copied().filter(|x| x.is_finite()).take(200)
        };
        (0..self.channels).map(|channel| mean(first(channel)).unwrap_or(0.0)).collect()
    }

    /// The first sample, and the number, of the longest stretch in which a channel has one value.
    #[must_use]
    pub fn longest_constant(&self, channel: usize) -> (usize, usize) {
        let column = self.samples.iter().skip(channel).step_by(self.channels.max(1));
        let (mut best, mut start, mut last) = ((0, 0), 0, None);
        for (t, x) in column.enumerate() {
            // NaN differs from everything, so a gap ends a stretch.
            if last != Some(*x) {
                start = t;
            }
            last = Some(*x);
            if t + 1 - start > best.1 {
                best = (start, t + 1 - start);
            }
        }
        best
    }

    /// The correlation of two channels over the samples in which both are numbers; 0 where one is constant.
    #[must_use]
    pub fn correlation(&self, one: usize, other: usize) -> f64 {
        let pairs = || {
            let rows = self.samples.chunks_exact(self.channels.max(1));
            rows.filter_map(|row| Some((*row.get(one)?, *row.get(other)?)))
                .filter(|(x, y)| x.is_finite() && y.is_finite())
        };
        let (Some(x), Some(y)) =
            (mean(pairs().map(|pair| pair.0)), mean(pairs().map(|pair| pair.1)))
        else {
            return 0.0;
        };
        let sum = |of: &dyn Fn((f64, f64)) -> f64| pairs().map(of).sum::<f64>();
        let product = sum(&|pair| (pair.0 - x) * (pair.1 - y));
        let squares = [sum(&|pair| (pair.0 - x).powi(2)), sum(&|pair| (pair.1 - y).powi(2))];
        let size = squares[0].sqrt() * squares[1].sqrt();
        if size > 0.0 { product / size } else { 0.0 }
    }

    /// The stream without its artefacts, which become missing samples, and their number. As in the monitor, a
    /// sample is an artefact if a channel lies more than `deviations` standard deviations from its mean. Mean and
    /// standard deviation are taken over the values within as many median absolute deviations (scaled to a
    /// standard deviation) of the median, so artefacts do not widen them. A channel that has one value in more
    /// than half of its samples has no such measure, and makes no artefacts.
    ///
    /// # Errors
    /// A sentence, if the number is not positive.
    pub fn without_artefacts(mut self, deviations: f64) -> Result<(Self, usize), Problem> {
        if !(deviations > 0.0) {
            return Err(Problem::new(format!("--artefact must be positive, not {deviations}")));
        }
        let channels = self.channels.max(1);
        let bounds: Vec<(f64, f64)> = (0..channels)
            .map(|channel| {
                let column = self.samples.iter().skip(channel).step_by(channels);
                let column = column.copied().filter(|x| x.is_finite()).collect();
                usual(column, deviations).unwrap_or((0.0, f64::INFINITY))
            })
            .collect();
        let mut count = 0;
        for row in self.samples.chunks_exact_mut(channels) {
            let far = |(x, (centre, most)): (&f64, &(f64, f64))| (x - centre).abs() > *most;
            if row.iter().zip(&bounds).any(far) {
                row.fill(f64::NAN);
                count += 1;
            }
        }
        Ok((self, count))
    }

    /// A box filter of `factor` samples, and every `factor`-th of what comes out: y_t = mean of
    /// x_{t factor} .. x_{t factor + factor - 1}. A channel in which less than half of these are numbers is
    /// NaN. Samples after the last whole box are dropped.
    #[must_use]
    pub fn decimated(self, factor: usize) -> Self {
        if factor < 2 {
            return self;
        }
        let channels = self.channels.max(1);
        let mut samples = Vec::with_capacity(self.samples.len() / factor);
        for rows in self.samples.chunks_exact(channels.saturating_mul(factor)) {
            for channel in 0..channels {
                let present =
                    || rows.iter().skip(channel).step_by(channels).filter(|x| !x.is_nan());
                let enough = 2 * present().count() >= factor;
                let value = mean(present().copied()).filter(|_| enough);
                samples.push(value.unwrap_or(f64::NAN));
            }
        }
        Self { samples, channels: self.channels }
    }

    /// The samples that a device's front end makes of these, in its precision; a missing sample stays missing there.
    ///
    /// # Errors
    /// A sentence, if the front end takes another number of channels.
    pub fn through(&self, front_end: &mut FrontEnd<f32, Vec<f32>>) -> Result<Self, Problem> {
        let channels = front_end.components();
        let (mut samples, mut single) = (Vec::new(), vec![0.0; self.channels]);
        for row in self.rows() {
            let found = match row {
                None => front_end.push_missing(),
                Some(row) => {
                    single.iter_mut().zip(row).for_each(|(to, x)| *to = *x as f32);
                    front_end.push(&single).map_err(Problem::new)?
                }
            };
            match found {
                FrontEndSample::Pending => {}
                FrontEndSample::Ready(values) => {
                    samples.extend(values.iter().map(|x| f64::from(*x)))
                }
                FrontEndSample::Missing => samples.extend(std::iter::repeat_n(f64::NAN, channels)),
            }
        }
        Ok(Self { samples, channels })
    }

    /// All samples without a value that is not a number, one after the other.
    #[must_use]
    pub fn whole_samples(&self) -> Vec<f64> {
        let whole = self.rows().flatten().filter(|row| row.iter().all(|x| x.is_finite()));
        whole.flatten().copied().collect()
    }
}

/// The mean of values without artefacts, and how far from it a value may be.
fn usual(values: Vec<f64>, deviations: f64) -> Option<(f64, f64)> {
    let median = |mut values: Vec<f64>| {
        let middle = values.len() / 2;
        (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
    };
    let from = |centre: f64| move |x: &f64| (x - centre).abs();
    let centre = median(values.clone())?;
    // 1 / the third quartile of the standard normal distribution makes a standard deviation of it.
    let robust = 1.482_602_218_505_602 * median(values.iter().map(from(centre)).collect())?;
    let near = |x: &&f64| from(centre)(x) <= deviations * robust;
    let centre = mean(values.iter().filter(near).copied())?;
    let variance = mean(values.iter().filter(near).map(|x| (x - centre).powi(2)))?;
    (robust > 0.0).then(|| (centre, deviations * variance.sqrt()))
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0_usize, 0.0), |(count, sum), x| (count + 1, sum + x));
    (count > 0).then(|| sum / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_means_of_what_is_there() {
        let nan = f64::NAN;
        #[rustfmt::skip]
        let samples = vec![
            1.0, 10.0,  3.0, 20.0,  5.0, 30.0,
            nan, nan,   nan, nan,   7.0, nan,
            nan, nan,   4.0, nan,   2.0, 1.0,
            9.0, 9.0,
        ];
        let stream = Stream { samples, channels: 2 }.decimated(3);
        let rows: Vec<Option<Vec<f64>>> = stream.rows().map(|x| x.map(<[f64]>::to_vec)).collect();
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[0], Some(vec![3.0, 20.0]));
        assert_eq!(rows[1], None);
        let last = rows[2].as_deref().unwrap();
        assert!(last[0] == 3.0 && last[1].is_nan());
    }

    #[test]
    fn fast_recordings_are_brought_to_about_50_hz() {
        let of = |rate| decimation(rate).unwrap();
        assert_eq!(
            [20.0, 50.0, 99.0, 100.0, 130.0, 1000.0, 30_000.0].map(of),
            [1, 1, 1, 2, 3, 20, 600]
        );
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(decimation(rate).is_err());
        }
    }

    #[test]
    fn artefacts_are_missing_afterwards_and_do_not_hide_one_another() {
        let mut samples: Vec<f64> = (0..2000).map(|k| f64::from(k * 37 % 101) - 50.0).collect();
        samples[100] = 1e6;
        samples[501] = -900.0;
        samples[700] = f64::NAN;
        let (stream, count) = Stream { samples, channels: 2 }.without_artefacts(8.0).unwrap();
        assert_eq!(count, 2);
        let missing: Vec<usize> =
            stream.rows().enumerate().filter(|(_, row)| row.is_none()).map(|(t, _)| t).collect();
        assert_eq!(missing, [50, 250]);
        let still = Stream { samples: vec![3.0, 3.0, 3.0, 9.0], channels: 1 };
        assert_eq!(still.clone().without_artefacts(8.0).unwrap(), (still, 0));
    }

    #[test]
    fn the_shift_is_that_of_the_beginning() {
        let mut samples = vec![2.0; 200];
        samples[0] = f64::NAN;
        samples.extend([1000.0; 200]);
        assert_eq!(Stream { samples, channels: 1 }.shift(), [(2.0 * 199.0 + 1000.0) / 200.0]);
        assert_eq!(Stream { samples: vec![f64::NAN; 4], channels: 2 }.shift(), [0.0, 0.0]);
    }
}
