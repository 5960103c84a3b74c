//! The integrated autocorrelation time of a recording: how many samples count as one independent sample.

use super::recording::{ChannelSummary, Recording, common_channels, total_samples};
use crate::error::Error;
use crate::matrix::try_reserve;
use crate::scalar::{Real, Scalar};
use alloc::vec::Vec;

/// Lags are summed up to so many times the autocorrelation time that they give: beyond them there is noise only.
const WINDOW: f64 = 5.0;

/// The integrated autocorrelation time 1 + 2 sum over k of c_k / c_0, at least 1, in samples. c_k is the autocovariance at lag
/// k of the energy e_t = |x_t - mean|², because second moments are what an operator is fitted from. For Gaussian samples with
/// covariances C_k between samples k apart it is 2 |C_k|², so an orthogonal observation does not change the answer.
///
/// The sum ends at the first lag M >= 5 (1 + 2 sum over k <= M), and at half of the longest trial.
///
/// Cost: T (n + M) multiply-adds, T samples in all; T scalars.
///
/// Source: Sokal, in Functional Integration (1997) 131-192, section 3.
pub(super) fn integrated_autocorrelation_time<T: Scalar>(
    trials: &[Recording<'_, T>],
) -> Result<f64, Error> {
    let energies = energies(trials)?;
    let total = |sum: &dyn Fn(&[f64]) -> f64| energies.iter().map(|trial| sum(trial)).sum::<f64>();
    let variance = total(&|trial| trial.iter().map(|x| x * x).sum());
    let longest = energies.iter().map(Vec::len).max().unwrap_or(0);
    let mut time = 1.0;
    if !(variance > 0.0) {
        return Ok(time);
    }
    for lag in 1..=longest / 2 {
        let lagged = total(&|trial| match trial.get(lag..) {
            Some(later) => crate::matrix::dot(later, trial),
            None => 0.0,
        });
        time += 2.0 * lagged / variance;
        if lag as f64 >= WINDOW * time {
            break;
        }
    }
    Ok(time.max(1.0))
}

/// |x_t - mean|² less its mean, for each trial.
fn energies<T: Scalar>(trials: &[Recording<'_, T>]) -> Result<Vec<Vec<f64>>, Error> {
    let channels = common_channels(trials)?;
    let samples = total_samples(trials);
    let mut means: Vec<f64> = try_reserve(channels)?;
    let mut largest = 0.0_f64;
    for channel in 0..channels {
        let summary = ChannelSummary::of(trials, channel, 0..samples);
        means.push(summary.mean.into());
        largest = largest.max(summary.deviation.into());
    }
    let unit = largest.binary_scale();
    let mut energies = try_reserve(trials.len())?;
    let mut sum = 0.0;
    for trial in trials {
        let mut of_trial: Vec<f64> = try_reserve(trial.samples())?;
        of_trial.extend(trial.as_matrix().columns().map(|sample| {
            let deviations =
                sample.iter().zip(&means).map(|(x, mean)| (*x).into() * unit - mean * unit);
            deviations.map(|x: f64| x * x).sum::<f64>()
        }));
        sum += of_trial.iter().sum::<f64>();
        energies.push(of_trial);
    }
    let mean = sum / samples.max(1) as f64;
    energies.iter_mut().flatten().for_each(|energy| *energy -= mean);
    Ok(energies)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::SplitMix;

    /// Normal numbers, nearly: sums of twelve uniform ones.
    fn normal(random: &mut SplitMix) -> f64 {
        (0..12).map(|_| random.next() as f64 / u64::MAX as f64).sum::<f64>() - 6.0
    }

    /// The autocovariance of the energy of an autoregression x_t = a x_{t-1} + noise falls off as a^(2k).
    #[test]
    fn the_time_of_an_autoregression_is_that_of_its_square() {
        let mut random = SplitMix::after(1, 0);
        for a in [0.0_f64, 0.6, 0.9] {
            let mut x = 0.0;
            let mut next = || {
                x = a * x + normal(&mut random);
                x
            };
            let samples: Vec<f64> = (0..60_000).map(|_| next()).collect();
            let trials: Vec<_> =
                samples.chunks(20_000).map(|x| Recording::new(x, 1).unwrap()).collect();
            let expected = (1.0 + a * a) / (1.0 - a * a);
            let found = integrated_autocorrelation_time(&trials).unwrap();
            assert!((found / expected - 1.0).abs() < 0.15, "{a}: {found} {expected}");
        }
    }

    #[test]
    fn constants_and_extreme_numbers_have_a_time() {
        for size in [0.0, 1e-300, 1e300] {
            let samples: Vec<f64> = (0..100).map(|t| size * f64::from(t % 5)).collect();
            let time =
                integrated_autocorrelation_time(&[Recording::new(&samples, 1).unwrap()]).unwrap();
            assert!((1.0..=100.0).contains(&time), "{time}");
        }
    }
}
