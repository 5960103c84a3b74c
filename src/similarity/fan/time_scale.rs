//! The time scale of a recording: how long its autocorrelation stays above 1/e.

use crate::data::recording::{Recording, common_channels};
use crate::error::Error;
use crate::matrix::try_zeros;

/// The first lag, in samples, at which the mean over channels of the autocorrelation falls below 1/e, with a straight line
/// between the lags before and after; half of the shortest trial if it stays above up to there.
///
/// r(l) = sum x_t x_{t + l} within trials, for every channel divided by its r(0). The sums are not divided by their numbers
/// of terms.
///
/// Cost: n N multiplications per lag for N samples of n channels.
pub(super) fn autocorrelation_time(trials: &[Recording<'_, f64>]) -> Result<f64, Error> {
    let channels = common_channels(trials)?;
    let shortest = trials.iter().map(Recording::samples).min().unwrap_or(0);
    let mut variances = try_zeros(channels)?;
    add_lagged(trials, 0, &mut variances);
    let mut covariances = try_zeros(channels)?;
    let threshold = libm::exp(-1.0);
    let mut before = 1.0;
    for lag in 1..=shortest / 2 {
        covariances.fill(0.0);
        add_lagged(trials, lag, &mut covariances);
        let (mut sum, mut count) = (0.0, 0.0);
        for (covariance, variance) in covariances.iter().zip(&variances) {
            if *variance > 0.0 {
                (sum, count) = (sum + covariance / variance, count + 1.0);
            }
        }
        let now = if count > 0.0 { sum / count } else { 0.0 };
        if now < threshold {
            return Ok(lag as f64 - (threshold - now) / (before - now));
        }
        before = now;
    }
    Ok(0.5 * shortest as f64)
}

/// Adds sum x_t x_{t + lag} of every channel.
fn add_lagged(trials: &[Recording<'_, f64>], lag: usize, sums: &mut [f64]) {
    for trial in trials {
        let samples = trial.as_matrix();
        for (earlier, later) in samples.columns().zip(samples.columns().skip(lag)) {
            for ((sum, x), y) in sums.iter_mut().zip(earlier).zip(later) {
                *sum += x * y;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(samples: &[f64], channels: usize) -> f64 {
        autocorrelation_time(&[Recording::new(samples, channels).unwrap()]).unwrap()
    }

    #[test]
    fn known_autocorrelations_give_their_time() {
        // cos(w l) (1 - l / N) falls below 1/e a little before arccos(1/e) / w.
        let wave: Vec<f64> = (0..20_000).map(|t| (0.05 * f64::from(t)).cos()).collect();
        let expected = libm::acos(libm::exp(-1.0)) / 0.05;
        assert!((time(&wave, 1) - expected).abs() < 0.05, "{} {expected}", time(&wave, 1));
        // Alternating samples: r(1) = -r(0) nearly.
        let alternating: Vec<f64> = (0..100).map(|t| f64::from(1 - 2 * (t % 2))).collect();
        assert!(time(&alternating, 1) < 0.35);
        // A constant never falls below.
        assert_eq!(time(&[1.0; 40], 1), 20.0);
    }

    #[test]
    fn channels_count_alike_whatever_their_size() {
        let both: Vec<f64> = (0..4000)
            .flat_map(|t| [1e3 * (0.05 * f64::from(t)).cos(), (0.2 * f64::from(t)).cos()])
            .collect();
        let small: Vec<f64> = both.chunks(2).flat_map(|x| [1e-6 * x[0], x[1]]).collect();
        assert!((time(&both, 2) - time(&small, 2)).abs() < 1e-9);
    }
}
