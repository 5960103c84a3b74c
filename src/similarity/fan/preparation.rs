//! Recordings as a fan compares them: centred, in units of their deviations, in at most ten components.
//!
//! ```text
//! z = (x - mean) / deviation            channel by channel; constant channels are left out
//! R = mean of z z'                      = Q diag(l) Q'
//! y = Q' z                              sensors shared: the leading components, at most 10
//! y = diag(l)^-1/2 Q' z                 sensors different: those with sqrt(l) above 1 % of the first, at most 10
//! ```

use crate::data::recording::{Recording, common_channels, total_samples};
use crate::data::samples::{Samples, Standardisation, add_lagged_products};
use crate::error::Error;
use crate::linalg::symmetric;
use crate::matrix::{Mat, try_reserve, try_zeros};
use crate::scalar::{Real, Scalar};
use alloc::vec::Vec;

/// Components that are kept, at most.
const COMPONENTS: usize = 10;
/// Components of different sensors have singular values above this share of the first.
const SHARE: f64 = 0.01;

/// What the channels of different recordings have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Sensors {
    /// All recordings have the same sensors, such as the same electrodes or regions. Every channel is divided by its standard
    /// deviation, so that the correlations between channels count as a property of a recording.
    Shared,
    /// Every recording has sensors of its own, such as other neurons. Samples are sphered: their principal components are
    /// scaled to unit variance. The distances are then the same for every invertible linear map of the channels of a
    /// recording. The covariance between channels is thrown away, so do not ask for this where sensors are shared.
    Different,
}

/// A recording prepared for a fan: a copy of its samples in at most ten components.
///
/// The components of shared sensors are those of largest variance; with ten channels or fewer nothing is lost.
#[derive(Clone, Debug, PartialEq)]
pub struct PreparedRecording {
    samples: Samples,
    lengths: Lengths,
    constant: Vec<usize>,
    explained: f64,
}

/// Numbers of samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lengths {
    /// Of the shortest trial.
    pub(super) shortest: usize,
    /// Of all trials.
    pub(super) total: usize,
}

impl PreparedRecording {
    pub(super) fn of<T: Scalar>(
        trials: &[Recording<'_, T>],
        sensors: Sensors,
    ) -> Result<Self, Error> {
        let channels = common_channels(trials)?;
        let lengths = Lengths {
            shortest: trials.iter().map(Recording::samples).min().unwrap_or(0),
            total: total_samples(trials),
        };
        let standardisation = Standardisation::of(trials)?;
        let constant = standardisation.constant_channels();
        if constant.len() == channels {
            return Err(Error::DegenerateSignal { channel: None });
        }
        // One trial at a time, and twice, so that no copy of all channels is held.
        let standardised = |trial| {
            Samples::conditioned(core::slice::from_ref(trial), &standardisation.conditioning())
        };
        let mut correlations = Mat::zeros(channels, channels)?;
        for trial in trials {
            for trial in standardised(trial)?.recordings()? {
                add_lagged_products(&mut correlations.as_mut(), &trial, 0);
            }
        }
        let varying = channels.saturating_sub(constant.len());
        let (axes, explained) = axes(correlations, lengths.total, varying, sensors)?;
        let mut samples = Samples::new(try_reserve(trials.len())?, axes.as_ref().cols());
        for trial in trials {
            let whole = standardised(trial)?;
            samples.append(Samples::projected(&whole.recordings()?, axes.as_ref())?);
        }
        Ok(Self { samples, lengths, constant, explained })
    }

    /// The number of components.
    #[must_use]
    pub const fn components(&self) -> usize {
        self.samples.channels
    }

    /// The share of the variance of the scaled channels that the components have, in (0, 1].
    #[must_use]
    pub const fn explained_variance(&self) -> f64 {
        self.explained
    }

    /// The channels that are left out, because they do not vary.
    #[must_use]
    pub fn constant_channels(&self) -> &[usize] {
        &self.constant
    }

    pub(super) const fn lengths(&self) -> Lengths {
        self.lengths
    }

    /// The samples of the leading components.
    pub(super) fn leading(&self, components: usize) -> Result<Samples, Error> {
        self.samples.leading(components)
    }
}

/// The leading principal axes, in units of their deviations where sensors are different, and their share of the variance.
fn axes(
    mut correlations: Mat<f64>,
    samples: usize,
    varying: usize,
    sensors: Sensors,
) -> Result<(Mat<f64>, f64), Error> {
    let channels = correlations.as_ref().rows();
    correlations.as_mut().scale(1.0 / samples.max(1) as f64);
    let (mut values, most) = (try_zeros(channels)?, varying.min(COMPONENTS));
    let mut vectors = Mat::zeros(channels, most)?;
    let mut memory = try_zeros(symmetric::leading_memory_len(channels))?;
    let (matrix, to) = (&mut correlations.as_mut(), &mut vectors.as_mut());
    symmetric::leading_in(matrix, &mut values, to, &mut memory)?;
    let total: f64 = values.iter().map(|value| value.max(0.0)).sum();
    let largest = values.first().copied().unwrap_or(0.0);
    let count = match sensors {
        Sensors::Shared => most,
        Sensors::Different => {
            let is_kept = |value: &&f64| **value > SHARE * SHARE * largest;
            values.iter().take(most).take_while(is_kept).count()
        }
    };
    let mut kept = Mat::copy_of(vectors.as_ref().leading_columns(count))?;
    if sensors == Sensors::Different {
        for (axis, value) in kept.as_mut().columns_mut().zip(&values) {
            let deviation = Real::sqrt(*value);
            axis.iter_mut().for_each(|x| *x /= deviation);
        }
    }
    let explained = values.iter().take(count).sum::<f64>() / total;
    Ok((kept, explained.min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(step: f64, phase: f64, samples: usize) -> impl Iterator<Item = f64> {
        (0..samples).map(move |t| (step * t as f64 + phase).sin())
    }

    fn prepared(samples: &[f64], channels: usize, sensors: Sensors) -> PreparedRecording {
        PreparedRecording::of(&[Recording::new(samples, channels).unwrap()], sensors).unwrap()
    }

    fn mixed(samples: &[f64], map: &[[f64; 3]; 3]) -> Vec<f64> {
        let row = |x: &[f64]| map.map(|m| m[0] * x[0] + m[1] * x[1] + m[2] * x[2]);
        samples.chunks(3).flat_map(row).collect()
    }

    fn three_waves() -> Vec<f64> {
        let waves = wave(0.3, 0.0, 500).zip(wave(0.5, 1.0, 500)).zip(wave(0.9, 2.0, 500));
        waves.flat_map(|((a, b), c)| [a, b, c]).collect()
    }

    /// Covariance of the components, row after row.
    fn covariance(recording: &PreparedRecording) -> Vec<f64> {
        let mut sum = Mat::zeros(recording.components(), recording.components()).unwrap();
        for trial in recording.samples.recordings().unwrap() {
            add_lagged_products(&mut sum.as_mut(), &trial, 0);
        }
        let count = recording.lengths.total as f64;
        sum.as_ref().columns().flatten().map(|x| x / count).collect()
    }

    #[test]
    fn components_of_different_sensors_are_white() {
        let samples = mixed(&three_waves(), &[[1.0, 2.0, 0.1], [0.5, -1.0, 0.3], [0.0, 0.2, 5.0]]);
        let found = prepared(&samples, 3, Sensors::Different);
        assert_eq!((found.components(), found.explained_variance()), (3, 1.0));
        for (at, x) in covariance(&found).into_iter().enumerate() {
            let expected = if at % 4 == 0 { 1.0 } else { 0.0 };
            assert!((x - expected).abs() < 1e-10, "{at}: {x}");
        }
    }

    #[test]
    fn units_and_offsets_of_channels_do_not_matter() {
        let samples = three_waves();
        let other: Vec<f64> = samples
            .chunks(3)
            .flat_map(|x| [1e-9 * x[0] + 3.0, 7.0 - 2.0 * x[1], 1e12 * x[2]])
            .collect();
        let (one, other) = (
            covariance(&prepared(&samples, 3, Sensors::Shared)),
            covariance(&prepared(&other, 3, Sensors::Shared)),
        );
        for (a, b) in one.iter().zip(&other) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
    }

    #[test]
    fn constant_channels_are_left_out_and_named() {
        let samples: Vec<f64> = wave(0.3, 0.0, 300).flat_map(|x| [5.0, x, 0.0]).collect();
        for sensors in [Sensors::Shared, Sensors::Different] {
            let found = prepared(&samples, 3, sensors);
            assert_eq!((found.components(), found.constant_channels()), (1, &[0, 2][..]));
        }
        let flat = [1.0; 30];
        let refused = PreparedRecording::of(&[Recording::new(&flat, 3).unwrap()], Sensors::Shared);
        assert_eq!(refused, Err(Error::DegenerateSignal { channel: None }));
    }

    #[test]
    fn at_most_ten_components_are_kept() {
        let samples: Vec<f64> = (0..400)
            .flat_map(|t| (0..12).map(move |c| (0.1 * f64::from(t * (c + 1))).sin()))
            .collect();
        let found = prepared(&samples, 12, Sensors::Shared);
        assert_eq!(found.components(), 10);
        assert!(found.explained_variance() > 0.8 && found.explained_variance() < 1.0);
        assert_eq!(found.leading(4).unwrap().channels, 4);
    }
}
