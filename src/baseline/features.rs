//! Features of a recording without any operator, and their distances: the plain rivals of a comparison of dynamics.
//!
//! Where recordings can be told apart by their samples or by their spectra, an operator is not needed. On many public sets
//! the distance between log spectra does as well as the best distance between operators, so it belongs beside every one.

use crate::data::blocks::{Blocks, reserve_draws};
use crate::data::recording::Recording;
use crate::data::samples::{Samples, Standardisation};
use crate::error::{Error, Setting};
use crate::matrix::{Mat, add_scaled, check, dot, try_reserve, try_zeros};
use crate::scalar::{Real, Scalar};
use alloc::vec::Vec;
use core::ops::Range;

/// Power is at least this share of its mean, so that its logarithm is finite.
const FLOOR: f64 = 1e-12;

/// All samples, channel by channel less their mean and in units of their standard deviation; a channel that does not vary
/// is zero.
///
/// # Errors
/// [`Error::Empty`] or [`Error::ShapeMismatch`] if there are no trials or their channels differ; [`Error::OutOfMemory`].
///
/// ```
/// use dynamical_similarity::{Recording, features};
/// let (one, other) = ([1.0, 2.0, 3.0, 2.0], [10.0, 20.0, 30.0, 20.0]);
/// let one = features::standardised_samples(&[Recording::new(&one, 1)?])?;
/// let other = features::standardised_samples(&[Recording::new(&other, 1)?])?;
/// assert!(features::distance(&one, &other)? < 1e-15);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn standardised_samples<T: Scalar>(trials: &[Recording<'_, T>]) -> Result<Vec<f64>, Error> {
    let samples = standardised(trials)?;
    let recordings = samples.recordings()?;
    let length = recordings.iter().fold(0_usize, |sum, trial| {
        sum.saturating_add(trial.samples().saturating_mul(trial.channels()))
    });
    let mut values = try_reserve(length)?;
    values.extend(recordings.iter().flat_map(|trial| trial.as_matrix().columns().flatten()));
    Ok(values)
}

/// The logarithm of the mean power spectrum of the standardised channels, for the frequencies 1 / L to 1/2 of the sampling
/// rate in steps of 1 / L, with L = `segment` samples.
///
/// Welch's method: segments of L samples of a trial, each beginning L / 2 samples after the one before; less their mean,
/// times a Hann window; the squares of their Fourier coefficients are averaged over segments, trials and channels. Power
/// below 1e-12 of its mean over frequencies counts as that. Take the same L for all recordings: 256, or half of the
/// shortest trial where that is less ([`segment`]).
///
/// # Errors
/// Those of [`standardised_samples`]; [`Error::InvalidSetting`] for segments of fewer than 2 samples;
/// [`Error::TooShort`] if no trial has a segment; [`Error::DegenerateSignal`] if there is no power.
///
/// Cost: 4 N n L flops for N samples of n channels.
///
/// Source: Welch, IEEE Trans. Audio Electroacoust. 15 (1967) 70-73.
///
/// ```
/// use dynamical_similarity::{Recording, features};
/// let wave = |step: f64| -> Vec<f64> { (0..1000).map(|t| (step * t as f64).sin()).collect() };
/// let spectrum = |x: &[f64]| features::log_spectrum(&[Recording::new(x, 1)?], 64);
/// let (slow, fast) = (spectrum(&wave(0.2))?, spectrum(&wave(0.8))?);
/// assert_eq!(slow.len(), 32);
/// // 0.2 rad a sample is 2 / 64 of the sampling rate, the second frequency; 0.8 is the eighth.
/// let peak = |x: &[f64]| x.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0 + 1;
/// assert_eq!((peak(&slow), peak(&fast)), (2, 8));
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn log_spectrum<T: Scalar>(
    trials: &[Recording<'_, T>],
    segment: usize,
) -> Result<Vec<f64>, Error> {
    check_segment(trials, segment)?;
    let samples = standardised(trials)?;
    logarithms(power(&samples, &windowed_waves(segment)?)?)
}

/// The log spectra of resamples of a recording, one after another those of the numbers `draws` of
/// [`Blocks::weights`](crate::Blocks::weights): [`log_spectrum`] of the segments that lie within a block, each as often as its
/// block was drawn. Channels are standardised by the whole recording.
///
/// ```
/// use dynamical_similarity::{Blocks, Recording, features};
/// let samples: Vec<f64> = (0..4000).map(|t| f64::from(t * t % 17) + (0.2 * f64::from(t)).sin()).collect();
/// let trial = [Recording::new(&samples, 1)?];
/// // Blocks of ten times this span hold a segment.
/// let blocks = Blocks::of(&trial, 7)?;
/// let draws = features::log_spectrum_draws(&blocks, 64, 1, 0..4)?;
/// let apart = features::distance(&draws[0], &draws[1])?;
/// assert!(draws.len() == 4 && apart > 0.0 && apart < 0.5);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
///
/// Cost: that of [`log_spectrum`], and B L / 2 multiplications for each resample of B blocks.
///
/// # Errors
/// Those of [`log_spectrum`]; [`Error::DegenerateSignal`] also if no block holds a segment; [`Error::OutOfMemory`] for more
/// draws than there is room for.
pub fn log_spectrum_draws<T: Scalar>(
    blocks: &Blocks<'_, T>,
    segment: usize,
    seed: u64,
    draws: Range<u64>,
) -> Result<Vec<Vec<f64>>, Error> {
    check_segment(blocks.whole(), segment)?;
    let standardisation = Standardisation::of(blocks.whole())?;
    let (conditioning, waves) = (standardisation.conditioning(), windowed_waves(segment)?);
    let mut powers = try_reserve(blocks.count())?;
    for block in 0..blocks.count() {
        let samples = Samples::conditioned(blocks.trials(block), &conditioning)?;
        powers.push(power(&samples, &waves)?);
    }
    let mut spectra = reserve_draws(&draws)?;
    for draw in draws {
        let mut sum: Vec<f64> = try_zeros(segment / 2)?;
        for (weight, power) in blocks.weights(seed, draw)?.into_iter().zip(&powers) {
            add_scaled(&mut sum, f64::from(weight), power);
        }
        spectra.push(logarithms(sum)?);
    }
    Ok(spectra)
}

fn check_segment<T: Scalar>(trials: &[Recording<'_, T>], segment: usize) -> Result<(), Error> {
    if segment < 2 {
        return Err(Error::InvalidSetting {
            setting: Setting::Segment,
            expected: "at least 2 samples",
        });
    }
    let longest = trials.iter().map(Recording::samples).max().unwrap_or(0);
    if longest < segment {
        return Err(Error::TooShort { trial: 0, needed: segment, got: longest });
    }
    Ok(())
}

/// The sum over segments, trials and channels of the power at every frequency.
fn power(samples: &Samples, waves: &Mat<f64>) -> Result<Vec<f64>, Error> {
    let segment = waves.as_ref().rows();
    let (mut power, mut piece) = (try_zeros(segment / 2)?, try_zeros(segment)?);
    for trial in samples.recordings()? {
        let Some(last) = trial.samples().checked_sub(segment) else { continue };
        for first in (0..=last).step_by(segment.div_ceil(2)) {
            let Some(part) = trial.part(first, first.saturating_add(segment)) else { continue };
            for channel in 0..trial.channels() {
                for (to, sample) in piece.iter_mut().zip(part.as_matrix().columns()) {
                    *to = sample.get(channel).copied().unwrap_or(0.0);
                }
                add_power(&mut piece, waves, &mut power);
            }
        }
    }
    Ok(power)
}

/// The logarithms of power in units of its mean.
fn logarithms(mut power: Vec<f64>) -> Result<Vec<f64>, Error> {
    let mean = power.iter().sum::<f64>() / power.len().max(1) as f64;
    if !(mean > 0.0) {
        return Err(Error::DegenerateSignal { channel: None });
    }
    power.iter_mut().for_each(|x| *x = Real::ln((*x / mean).max(FLOOR)));
    Ok(power)
}

/// The length of segments for recordings whose shortest trial has so many samples: 256, or half of them.
#[must_use]
pub const fn segment(shortest: usize) -> usize {
    if shortest < 512 { shortest / 2 } else { 256 }
}

/// The root of the mean square of the differences of two features.
///
/// # Errors
/// [`Error::ShapeMismatch`] if their lengths differ; [`Error::Empty`]; [`Error::NonFiniteEntry`] with the place of a value
/// that is not finite.
pub fn distance(one: &[f64], other: &[f64]) -> Result<f64, Error> {
    check("the number of values of the second feature", one.len(), other.len())?;
    if one.is_empty() {
        return Err(Error::Empty);
    }
    let differences = || one.iter().zip(other).map(|(a, b)| a - b);
    if let Some(row) = differences().position(|x| !Real::is_finite(x)) {
        return Err(Error::NonFiniteEntry { row, column: 0 });
    }
    let largest = differences().fold(0.0, |most: f64, x| most.max(x.abs()));
    let scale = Real::binary_scale(largest);
    let squares: f64 = differences().map(|x| (x * scale) * (x * scale)).sum();
    Ok(Real::sqrt(squares / one.len() as f64) / scale)
}

/// All samples less their mean and in units of their deviations, channel by channel.
fn standardised<T: Scalar>(trials: &[Recording<'_, T>]) -> Result<Samples, Error> {
    Samples::conditioned(trials, &Standardisation::of(trials)?.conditioning())
}

/// Cosines and sines of the frequencies 1 / L, 2 / L, .. 1/2, times a Hann window: L x 2 floor(L / 2).
fn windowed_waves(segment: usize) -> Result<Mat<f64>, Error> {
    let mut waves = Mat::zeros(segment, segment / 2 * 2)?;
    let turn = 2.0 * core::f64::consts::PI / segment as f64;
    for (at, column) in waves.as_mut().columns_mut().enumerate() {
        let frequency = (at / 2).saturating_add(1);
        for (t, to) in column.iter_mut().enumerate() {
            let window = 0.5 - 0.5 * libm::cos(turn * t as f64);
            // The angle is reduced exactly, so that its error does not grow with t.
            let angle = turn * crate::matrix::divide(frequency.saturating_mul(t), segment).1 as f64;
            *to = window * if at % 2 == 0 { libm::cos(angle) } else { libm::sin(angle) };
        }
    }
    Ok(waves)
}

/// Adds the power of a segment, which loses its mean.
fn add_power(segment: &mut [f64], waves: &Mat<f64>, power: &mut [f64]) {
    let mean = segment.iter().sum::<f64>() / segment.len().max(1) as f64;
    segment.iter_mut().for_each(|x| *x -= mean);
    for (at, wave) in waves.as_ref().columns().enumerate() {
        let coefficient = dot(wave, segment);
        if let Some(to) = power.get_mut(at / 2) {
            *to += coefficient * coefficient;
        }
    }
}
