//! Trials copied as `f64`, for rules and distances that look at samples more than once: as they are, conditioned channel by
//! channel, or along a few axes.

use super::centring::Conditioning;
use super::recording::{ChannelSummary, Recording, common_channels, total_samples};
use crate::error::Error;
use crate::matrix::{Cells, MatMut, MatRef, add_scaled, dot, try_reserve, try_zeros};
use crate::scalar::{Real, Scalar};
use alloc::vec::Vec;

/// The shift and the gain of every channel that give mean 0 and deviation 1; the gain of a channel that does not vary is 0.
#[derive(Debug)]
pub(crate) struct Standardisation {
    shift: Vec<f64>,
    gain: Vec<f64>,
}

impl Standardisation {
    pub(crate) fn of<T: Scalar>(trials: &[Recording<'_, T>]) -> Result<Self, Error> {
        let (channels, samples) = (common_channels(trials)?, total_samples(trials));
        let (mut shift, mut gain) = (try_zeros(channels)?, try_zeros(channels)?);
        for (channel, (shift, gain)) in shift.iter_mut().zip(&mut gain).enumerate() {
            let summary = ChannelSummary::of(trials, channel, 0..samples);
            let inverse = 1.0 / summary.deviation.into();
            let varies = !summary.is_constant() && Real::is_finite(inverse);
            (*shift, *gain) = (summary.mean.into(), if varies { inverse } else { 0.0 });
        }
        Ok(Self { shift, gain })
    }

    pub(crate) fn conditioning(&self) -> Conditioning<'_, f64> {
        Conditioning { shift: &self.shift, gain: &self.gain }
    }

    /// The channels that do not vary.
    pub(crate) fn constant_channels(&self) -> Vec<usize> {
        let gains = self.gain.iter().enumerate();
        gains.filter(|(_, gain)| **gain == 0.0).map(|(channel, _)| channel).collect()
    }
}

/// Trials in `f64`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Samples {
    trials: Vec<Vec<f64>>,
    pub(crate) channels: usize,
}

impl Samples {
    pub(crate) const fn new(trials: Vec<Vec<f64>>, channels: usize) -> Self {
        Self { trials, channels }
    }

    pub(crate) fn of<T: Scalar>(trials: &[Recording<'_, T>]) -> Result<Self, Error> {
        let channels = common_channels(trials)?;
        let mut copies = try_reserve(trials.len())?;
        for trial in trials {
            let mut copy = try_reserve(trial.samples().saturating_mul(channels))?;
            copy.extend(trial.as_matrix().columns().flatten().map(|x| -> f64 { (*x).into() }));
            copies.push(copy);
        }
        Ok(Self { trials: copies, channels })
    }

    /// The samples less a shift and times a gain, channel by channel.
    pub(crate) fn conditioned<T: Scalar>(
        trials: &[Recording<'_, T>],
        conditioning: &Conditioning<'_, f64>,
    ) -> Result<Self, Error> {
        let mut samples = Self::of(trials)?;
        let Conditioning { shift, gain } = conditioning;
        for sample in
            samples.trials.iter_mut().flat_map(|trial| trial.chunks_mut(shift.len().max(1)))
        {
            let parameters = shift.iter().zip(*gain);
            sample
                .iter_mut()
                .zip(parameters)
                .for_each(|(x, (shift, gain))| *x = (*x - shift) * gain);
        }
        Ok(samples)
    }

    /// The coordinates of every sample along axes, the columns of a matrix.
    pub(crate) fn projected(
        trials: &[Recording<'_, f64>],
        axes: MatRef<'_, f64>,
    ) -> Result<Self, Error> {
        let mut narrow = try_reserve(trials.len())?;
        for trial in trials {
            let mut copy = try_reserve(trial.samples().saturating_mul(axes.cols()))?;
            for sample in trial.as_matrix().columns() {
                copy.extend(axes.columns().map(|axis| dot(axis, sample)));
            }
            narrow.push(copy);
        }
        Ok(Self::new(narrow, axes.cols()))
    }

    /// Further trials with as many channels.
    pub(crate) fn append(&mut self, mut others: Self) {
        self.trials.append(&mut others.trials);
    }

    /// The leading channels.
    pub(crate) fn leading(&self, channels: usize) -> Result<Self, Error> {
        let mut copies = try_reserve(self.trials.len())?;
        for trial in &self.trials {
            let mut copy = try_reserve(trial.len())?;
            let samples = trial.chunks(self.channels.max(1));
            copy.extend(samples.flat_map(|sample| sample.iter().take(channels)));
            copies.push(copy);
        }
        Ok(Self::new(copies, channels.min(self.channels)))
    }

    pub(crate) fn recordings(&self) -> Result<Vec<Recording<'_, f64>>, Error> {
        let mut recordings = try_reserve(self.trials.len())?;
        for trial in &self.trials {
            recordings.push(Recording::new(trial, self.channels)?);
        }
        Ok(recordings)
    }
}

/// Adds x_t x_{t - lag}ᵀ for all times of a trial, four at a time.
pub(crate) fn add_lagged_products(
    sum: &mut MatMut<'_, f64>,
    trial: &Recording<'_, f64>,
    lag: usize,
) {
    let fours = trial.samples().saturating_sub(lag) / 4 * 4;
    for t in (lag..lag.saturating_add(fours)).step_by(4) {
        let later = [0, 1, 2, 3].map(|i: usize| trial.sample(t.saturating_add(i)));
        let earlier = [0, 1, 2, 3].map(|i| trial.sample(t.saturating_add(i).saturating_sub(lag)));
        for (channel, column) in sum.columns_mut().enumerate() {
            let [a, b, c, d] = earlier.map(|sample| sample.at(channel));
            let [w, x, y, z] = later;
            for ((((to, w), x), y), z) in column.iter_mut().zip(w).zip(x).zip(y).zip(z) {
                *to += (a * *w + b * *x) + (c * *y + d * *z);
            }
        }
    }
    for t in lag.saturating_add(fours)..trial.samples() {
        let (later, earlier) = (trial.sample(t), trial.sample(t.saturating_sub(lag)));
        for (column, x) in sum.columns_mut().zip(earlier) {
            add_scaled(column, *x, later);
        }
    }
}
