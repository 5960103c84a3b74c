//! Condition means: mean responses over the trials of each condition, and recordings without them.

use super::recording::{Recording, common_channels, total_samples};
use crate::error::{Error, Setting};
use crate::matrix::{area, check, try_reserve, try_zeros};
use crate::scalar::{Real, Scalar};
use alloc::vec::Vec;

/// A shared response above this share of the variance hides the dynamics of single trials.
const SHARED: f64 = 0.9;

/// The mean over the trials of every condition at every time, and the trials without it.
///
/// A stimulus that is the same in all trials of a condition makes them alike at every time. If their mean holds most of the
/// variance, it holds all the predictable energy: an operator then describes the stimulus, and the rule for the latent
/// rank returns 1.
///
/// ```
/// use dynamical_similarity::{ConditionMeans, Recording};
/// let trials = [[1.0, 2.0, 6.0], [3.0, 2.0, 4.0]];
/// let recordings = [Recording::new(&trials[0], 1)?, Recording::new(&trials[1], 1)?];
/// let means = ConditionMeans::of(&recordings, &["left", "left"])?;
/// let left_over = means.residuals()?;
/// assert_eq!(left_over[0].sample(0), &[-1.0]); // 1 - (1 + 3) / 2
/// assert_eq!(left_over[1].sample(2), &[-1.0]); // 4 - (6 + 4) / 2
/// assert!(means.share() > 0.5 && !means.dominates());
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ConditionMeans<T> {
    channels: usize,
    residuals: Vec<Vec<T>>,
    share: f64,
}

impl<T: Scalar> ConditionMeans<T> {
    /// Subtracts the mean over the trials of each condition; `conditions[k]` names the condition of trial k.
    ///
    /// # Errors
    /// - [`Error::Empty`]; [`Error::ShapeMismatch`] unless there is one condition per trial, all trials have the same
    ///   channels, and the trials of a condition have the same number of samples,
    /// - [`Error::InvalidSetting`] for a condition with a single trial, of which nothing would remain,
    /// - [`Error::DegenerateSignal`] if no channel varies, [`Error::OutOfMemory`].
    ///
    /// Cost: two passes over the samples.
    pub fn of<C: PartialEq>(trials: &[Recording<'_, T>], conditions: &[C]) -> Result<Self, Error> {
        let channels = common_channels(trials)?;
        check("the number of conditions (one per trial)", trials.len(), conditions.len())?;
        let offsets = channel_means(trials, channels)?;
        // Shares have no unit. With values of about this size no square leaves the range.
        let unit = 0.5 * largest(trials).binary_scale();
        let mut means: Vec<Vec<f64>> = try_reserve(trials.len())?;
        let (mut residuals, mut share, mut varies) = (try_reserve(trials.len())?, 0.0_f64, false);
        for (trial, condition) in trials.iter().zip(conditions) {
            let first = conditions.iter().position(|other| other == condition).unwrap_or(0);
            if first == means.len() {
                let labelled = trials.iter().zip(conditions);
                let mates = labelled.filter(|(_, other)| *other == condition).map(|(mate, _)| mate);
                let mean = mean_of(trial.samples(), channels, mates.clone())?;
                let total = mates.clone().fold(0.0, |sum, mate| sum + energy(mate, &offsets, unit));
                let shared = mean
                    .chunks(channels.max(1))
                    .fold(0.0, |sum, at| sum + squares(at, &offsets, unit));
                if total > 0.0 {
                    varies = true;
                    share = share.max(shared * mates.count() as f64 / total);
                }
                means.push(mean);
            } else {
                means.push(Vec::new());
            }
            let mut left = try_reserve(area(trial.samples(), channels))?;
            let mean = means.get(first).map(Vec::as_slice).unwrap_or_default();
            let samples = trial.as_matrix().columns().flatten();
            left.extend(samples.zip(mean).map(|(x, mean)| {
                let x: f64 = (*x).into();
                T::of(x - mean)
            }));
            residuals.push(left);
        }
        if !varies {
            return Err(Error::DegenerateSignal { channel: None });
        }
        Ok(Self { channels, residuals, share })
    }

    /// The largest share of a condition's variance, about each channel's mean over all trials, that the
    /// condition's mean holds. K trials of noise alone have a share of 1 / K.
    #[must_use]
    pub const fn share(&self) -> f64 {
        self.share
    }

    /// Whether that share is above 0.9.
    #[must_use]
    pub const fn dominates(&self) -> bool {
        self.share > SHARED
    }

    /// The trials without their condition's mean.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`]; [`Error::Overflow`] if a difference leaves the range of the scalar.
    pub fn residuals(&self) -> Result<Vec<Recording<'_, T>>, Error> {
        let mut recordings = try_reserve(self.residuals.len())?;
        for (trial, samples) in self.residuals.iter().enumerate() {
            let recording = Recording::new(samples, self.channels);
            recordings.push(recording.map_err(|error| match error {
                Error::NonFinite { .. } => {
                    Error::Overflow { what: "a sample less the mean of its condition" }
                }
                other => other.in_trial(trial),
            })?);
        }
        Ok(recordings)
    }
}

/// The mean, time x channels, of trials of one condition.
fn mean_of<'a, T: Scalar>(
    samples: usize,
    channels: usize,
    mates: impl Iterator<Item = &'a Recording<'a, T>> + Clone,
) -> Result<Vec<f64>, Error> {
    let count = mates.clone().count();
    if count < 2 {
        return Err(Error::InvalidSetting {
            setting: Setting::Conditions,
            expected: "shared by at least two trials each",
        });
    }
    let mut mean: Vec<f64> = try_zeros(area(samples, channels))?;
    for mate in mates {
        check("the samples of a trial of one condition", samples, mate.samples())?;
        for (to, x) in mean.iter_mut().zip(mate.as_matrix().columns().flatten()) {
            let x: f64 = (*x).into();
            *to += x / count as f64;
        }
    }
    Ok(mean)
}

/// The largest absolute value of a sample.
fn largest<T: Scalar>(trials: &[Recording<'_, T>]) -> f64 {
    trials.iter().fold(T::ZERO, |most, trial| trial.as_matrix().largest().larger(most)).into()
}

/// sum (x - offset)² over the channels of one sample, of values times `unit`.
fn squares<T: Scalar>(sample: &[T], offsets: &[f64], unit: f64) -> f64 {
    sample.iter().zip(offsets).fold(0.0, |sum, (x, offset)| {
        let x: f64 = (*x).into();
        let difference = x * unit - offset * unit;
        sum + difference * difference
    })
}

/// sum (x - offset)² over all samples of a trial.
fn energy<T: Scalar>(trial: &Recording<'_, T>, offsets: &[f64], unit: f64) -> f64 {
    trial.as_matrix().columns().fold(0.0, |sum, sample| sum + squares(sample, offsets, unit))
}

fn channel_means<T: Scalar>(
    trials: &[Recording<'_, T>],
    channels: usize,
) -> Result<Vec<f64>, Error> {
    let samples = total_samples(trials);
    let mut means: Vec<f64> = try_zeros(channels)?;
    for sample in trials.iter().flat_map(|trial| trial.as_matrix().columns()) {
        for (mean, x) in means.iter_mut().zip(sample) {
            let x: f64 = (*x).into();
            *mean += x / samples.max(1) as f64;
        }
    }
    Ok(means)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trials(data: &[Vec<f64>]) -> Vec<Recording<'_, f64>> {
        data.iter().map(|x| Recording::new(x, 1).unwrap()).collect()
    }

    #[test]
    fn a_shared_response_dominates_and_is_gone_from_the_residuals() {
        let noise = |t: usize, k: usize| ((t * 7919 + k * 104_729) % 101) as f64 / 101.0 - 0.5;
        let data: Vec<Vec<f64>> = (0..6)
            .map(|k| {
                let size = if k % 2 == 0 { 5.0 } else { -3.0 };
                (0..50).map(|t| size * (t as f64 * 0.2).sin() + noise(t, k)).collect()
            })
            .collect();
        let means = ConditionMeans::of(&trials(&data), &[0, 1, 0, 1, 0, 1]).unwrap();
        assert!(means.dominates() && means.share() < 1.0, "{}", means.share());
        let left = means.residuals().unwrap();
        for t in 0..50 {
            let sum: f64 = [1, 3, 5].iter().map(|k| left[*k].sample(t)[0]).sum();
            assert!(sum.abs() < 1e-12);
        }
        // The same trials with conditions that do not fit them share little.
        let wrong = ConditionMeans::of(&trials(&data), &[0, 0, 1, 1, 2, 2]).unwrap();
        assert!(!wrong.dominates(), "{}", wrong.share());
    }

    #[test]
    fn conditions_that_cannot_be_used_are_refused() {
        let data = [vec![1.0, 2.0, 0.0], vec![2.0, 1.0, 0.5], vec![3.0, 1.0]];
        let few = ConditionMeans::of(&trials(&data), &[0, 0]);
        assert!(matches!(few, Err(Error::ShapeMismatch { expected: 3, got: 2, .. })));
        let single = ConditionMeans::of(&trials(&data), &[0, 0, 1]);
        assert!(matches!(single, Err(Error::InvalidSetting { setting: Setting::Conditions, .. })));
        let uneven = ConditionMeans::of(&trials(&data), &[0, 0, 0]);
        assert!(matches!(uneven, Err(Error::ShapeMismatch { expected: 3, got: 2, .. })));
    }
}
