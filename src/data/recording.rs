//! Recordings: borrowed samples, time x channels, checked when they are made.

use crate::error::Error;
use crate::matrix::MatRef;
use crate::scalar::{Real, Scalar};
use core::ops::Range;

/// One trial of a recording: `samples[t * channels + c]` is channel c at time t (row-major
/// time x channels, a C-order NumPy array). Several trials, of any lengths, are a slice of recordings.
///
/// All samples are finite: the constructors check that once, and nothing checks it again.
///
/// ```
/// use dynamical_similarity::Recording;
/// let recording = Recording::new(&[1.0, 10.0, 2.0, 20.0, 3.0, 30.0], 2)?;
/// assert_eq!((recording.samples(), recording.channels()), (3, 2));
/// assert_eq!(recording.sample(1), &[2.0, 20.0]);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
///
/// A matrix of nalgebra lies in memory column after column. Its `as_slice()` therefore has the right order only if the
/// matrix is channels x time. From a matrix of time x channels it would silently mix times and channels; the constructors
/// `from_channels_by_time` and `from_time_by_channels_in` (feature `nalgebra`) say which orientation they take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recording<'a, T> {
    view: MatRef<'a, T>,
}

impl<'a, T: Scalar> Recording<'a, T> {
    /// Borrows a trial.
    ///
    /// # Errors
    /// - [`Error::Empty`] without samples or channels,
    /// - [`Error::ShapeMismatch`] if the length is not a multiple of `channels`,
    /// - [`Error::NonFinite`] with the first sample and channel that is NaN or infinite (as trial 0;
    ///   [`Error::in_trial`] renames it).
    ///
    /// Cost: one pass over the samples.
    pub fn new(samples: &'a [T], channels: usize) -> Result<Self, Error> {
        let Some(time) = samples.len().checked_div(channels) else {
            return Err(Error::Empty);
        };
        if samples.is_empty() {
            return Err(Error::Empty);
        }
        let whole = time.saturating_mul(channels);
        if whole != samples.len() {
            return Err(Error::ShapeMismatch {
                what: "the number of scalars (samples x channels)",
                expected: whole,
                got: samples.len(),
            });
        }
        let view = MatRef::new(samples, channels, time)?;
        view.check_finite().map_err(|error| match error {
            Error::NonFiniteEntry { row, column } => {
                Error::NonFinite { trial: 0, sample: column, channel: row }
            }
            other => other,
        })?;
        Ok(Self { view })
    }

    /// A trial whose samples are known to be finite.
    #[cfg(feature = "alloc")]
    pub(crate) const fn of_checked(view: MatRef<'a, T>) -> Self {
        Self { view }
    }

    /// The number of samples in time.
    #[must_use]
    pub const fn samples(&self) -> usize {
        self.view.cols()
    }

    /// The number of channels.
    #[must_use]
    pub const fn channels(&self) -> usize {
        self.view.rows()
    }

    /// All channels at time t; empty after the end.
    #[inline(always)]
    #[must_use]
    pub fn sample(&self, t: usize) -> &'a [T] {
        self.view.column(t)
    }

    /// The part with samples first .. end; `None` if that is empty.
    #[cfg(feature = "alloc")]
    pub(crate) fn part(&self, first: usize, end: usize) -> Option<Self> {
        let view = self.view.columns_between(first, end)?;
        Some(Self { view })
    }

    /// The samples as a channels x time matrix.
    #[must_use]
    pub const fn as_matrix(&self) -> MatRef<'a, T> {
        self.view
    }
}

/// The number of channels of a set of trials.
///
/// # Errors
/// [`Error::Empty`] without a trial, [`Error::ShapeMismatch`] if the trials disagree.
pub(crate) fn common_channels<T: Scalar>(trials: &[Recording<'_, T>]) -> Result<usize, Error> {
    let channels = trials.first().ok_or(Error::Empty)?.channels();
    for trial in trials {
        crate::matrix::check("the number of channels of a trial", channels, trial.channels())?;
    }
    Ok(channels)
}

/// Samples of all trials together.
pub(crate) fn total_samples<T: Scalar>(trials: &[Recording<'_, T>]) -> usize {
    trials.iter().fold(0, |sum, trial| sum.saturating_add(trial.samples()))
}

/// Mean, standard deviation and largest absolute value of one channel over all trials.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ChannelSummary<T> {
    pub(crate) mean: T,
    pub(crate) deviation: T,
    pub(crate) largest: T,
}

impl<T: Scalar> ChannelSummary<T> {
    /// The summary of the samples whose number, counted through all trials, is in `range`.
    pub(crate) fn of(trials: &[Recording<'_, T>], channel: usize, range: Range<usize>) -> Self {
        let largest = values(trials, range.clone(), channel)
            .fold(T::ZERO, |largest, x| Real::abs(x).larger(largest));
        let count = T::count(range.len().max(1));
        // Scaled by a power of two, so that no sum or square overflows or underflows.
        let scale = largest.binary_scale();
        let mean = blocked_sum(trials, range.clone(), channel, |x| x * scale) / count;
        let squares = blocked_sum(trials, range, channel, |x| {
            let deviation = x * scale - mean;
            deviation * deviation
        });
        Self::of_scaled(largest, mean, squares / count)
    }

    /// From the largest absolute value, and the mean and the mean square deviation of the values times its
    /// [`binary_scale`](crate::scalar::Real::binary_scale).
    pub(crate) fn of_scaled(largest: T, mean: T, square: T) -> Self {
        let scale = largest.binary_scale();
        Self { mean: mean / scale, deviation: Real::sqrt(square) / scale, largest }
    }

    /// Root of the mean square, the mean included.
    pub(crate) fn root_mean_square(&self) -> T {
        let scale = self.largest.binary_scale();
        let (mean, deviation) = (self.mean * scale, self.deviation * scale);
        Real::sqrt(mean * mean + deviation * deviation) / scale
    }

    /// Whether the standard deviation is at most 8 eps max|x|, as rounding leaves of a constant.
    pub(crate) fn is_constant(&self) -> bool {
        self.deviation <= T::of(8.0) * T::EPSILON * self.largest
    }
}

/// The values of one channel through all trials.
fn values<T: Scalar>(
    trials: &[Recording<'_, T>],
    range: Range<usize>,
    channel: usize,
) -> impl Iterator<Item = T> {
    trials
        .iter()
        .flat_map(|trial| trial.as_matrix().columns())
        .skip(range.start)
        .take(range.len())
        .map(move |sample| sample.get(channel).copied().unwrap_or(T::ZERO))
}

/// The sum of a function of one channel, in blocks.
pub(crate) fn blocked_sum<T: Scalar>(
    trials: &[Recording<'_, T>],
    range: Range<usize>,
    channel: usize,
    term: impl Fn(T) -> T,
) -> T {
    super::summation::blocked(values(trials, range, channel).map(term))
}

/// Checks the values of sample number `sample` of a stream.
///
/// # Errors
/// [`Error::NonFinite`] with the first channel that is NaN or infinite.
pub(crate) fn check_finite<T: Scalar>(values: &[T], sample: usize) -> Result<(), Error> {
    match values.iter().position(|x| !Real::is_finite(*x)) {
        Some(channel) => Err(Error::NonFinite { trial: 0, sample, channel }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_samples_are_refused_with_their_place() {
        assert_eq!(Recording::<f64>::new(&[], 1), Err(Error::Empty));
        assert_eq!(Recording::new(&[1.0_f64], 0), Err(Error::Empty));
        assert!(matches!(Recording::new(&[1.0_f64; 5], 2), Err(Error::ShapeMismatch { .. })));
        let mut samples = [0.5_f32; 12];
        samples[7] = f32::INFINITY;
        assert_eq!(
            Recording::new(&samples, 3),
            Err(Error::NonFinite { trial: 0, sample: 2, channel: 1 })
        );
    }

    #[test]
    fn constants_are_found_at_any_offset_and_small_signals_are_not_constant() {
        let constant = [1e6_f32 / 3.0; 100];
        let recording = [Recording::new(&constant, 1).unwrap()];
        assert!(ChannelSummary::of(&recording, 0, 0..100).is_constant());
        let tiny: Vec<f32> = (0..100).map(|t| 1e-30 * (t % 7) as f32).collect();
        let recording = [Recording::new(&tiny, 1).unwrap()];
        assert!(!ChannelSummary::of(&recording, 0, 0..100).is_constant());
    }

    #[test]
    fn sums_do_not_drift_over_a_million_samples() {
        let samples: Vec<f32> = (0..1_000_000).map(|t| 1.0 + (t % 10) as f32 * 0.1).collect();
        let summary = ChannelSummary::of(&[Recording::new(&samples, 1).unwrap()], 0, 0..1_000_000);
        assert!((summary.mean - 1.45).abs() < 1e-6, "{}", summary.mean);
        assert!((summary.deviation - 0.0825_f32.sqrt()).abs() < 1e-6, "{}", summary.deviation);
    }
}
