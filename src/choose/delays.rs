//! Rules for the number of delays.

use super::held_out::{HeldOut, HeldOutTask};
use super::narrow::LazyNarrow;
use super::past_and_future::segments;
use crate::data::centring::{Centre, measure};
use crate::data::recording::Recording;
use crate::data::samples::Samples;
use crate::dmd::settings::Dmd;
use crate::error::Error;
use crate::matrix::{dot, try_reserve, try_zeros};
use crate::scalar::Scalar;
use alloc::vec::Vec;

/// The fewest delays: with fewer, the invariance under the observation fails even at the right rank.
const LEAST: usize = 5;
/// The most delays that a rule answers.
const MOST: usize = 50;
/// Least number of entries n d of a window: twice the largest latent rank, 8, and one. That many numbers embed a manifold of
/// that dimension (Sauer, Yorke & Casdagli 1991).
const ENTRIES: usize = 17;
/// Delays that prediction is tried with, in steps of about sqrt 2.
const CANDIDATES: [usize; 7] = [5, 7, 10, 14, 20, 28, 40];
/// The largest rank that prediction is tried with.
const LARGEST_RANK: usize = 30;

/// A rule for the number of delays d. Both keep d at 5 or more: with a single delay distances depend on the
/// observation even at the right rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum DelayRule {
    /// The first lag, in intervals, at which the autocorrelation of all channels together falls below
    /// 1/e, and at least 17 / n, so that a window has entries enough for every rank that the latent rule
    /// can answer.
    Autocorrelation,
    /// The fewest of 5, 7, 10, 14, 20, 28, 40 delays whose held-out one-step error, at its best rank up to
    /// 30 and on the same samples, is within one standard error of the least of all.
    Prediction,
}

/// The held-out error of one number of delays.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct DelayErrors {
    /// The number of delays.
    pub delays: usize,
    /// The rank with the least error.
    pub rank: usize,
    /// Its mean squared one-step error.
    pub mean_squared_error: f64,
    /// The standard error of that over the folds.
    pub standard_error: f64,
}

/// The number of delays of a recording, and the evidence for it.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct DelayEvidence {
    /// The answer, 5 to 50.
    pub delays: usize,
    /// The first lag, in intervals, with an autocorrelation below 1/e, if it was met.
    pub autocorrelation_time: Option<usize>,
    /// What was tried by prediction; empty for the other rule.
    pub tried: Vec<DelayErrors>,
}

impl DelayEvidence {
    /// Applies a rule with the interval, steps ahead, centre and scale of `dmd` (its delays are not read).
    ///
    /// Neither rule answers more than a block can hold: at most a third of the shortest trial (of the tenth
    /// of a recording of fewer than five trials), in intervals, but never below 5.
    ///
    /// # Errors
    /// As [`HeldOut::of`](crate::HeldOut::of).
    ///
    /// Cost: n lags T multiply-adds for the autocorrelation; seven times that of
    /// [`HeldOut::of`](crate::HeldOut::of) for prediction.
    ///
    /// ```
    /// use dynamical_similarity::{DelayEvidence, DelayRule, Dmd, Recording};
    /// let samples: Vec<f64> = (0..2000).map(|t| (0.05 * t as f64).cos()).collect();
    /// let trial = [Recording::new(&samples, 1)?];
    /// let found = DelayEvidence::of(&trial, &Dmd::new(), DelayRule::Autocorrelation)?;
    /// assert_eq!(found.autocorrelation_time, Some(24)); // cos(0.05 lag) < 1/e
    /// assert_eq!(found.delays, 24);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    pub fn of<T: Scalar>(
        trials: &[Recording<'_, T>],
        dmd: &Dmd,
        rule: DelayRule,
    ) -> Result<Self, Error> {
        let dmd = dmd.delays(1);
        dmd.validate()?;
        let samples = Samples::of(trials)?;
        let trials = samples.recordings()?;
        let interval = dmd.embedding().interval();
        let blocks = segments(&trials)?;
        let shortest = blocks.iter().map(|block| block.recording.samples()).min().unwrap_or(0);
        let room = shortest.checked_div(interval.saturating_mul(3)).unwrap_or(0);
        let limit = room.clamp(LEAST, MOST);
        match rule {
            DelayRule::Autocorrelation => {
                let time = autocorrelation_time(&trials, &dmd, limit)?;
                let wanted = time.unwrap_or(limit).max(ENTRIES.div_ceil(samples.channels.max(1)));
                let delays = wanted.clamp(LEAST, limit);
                Ok(Self { delays, autocorrelation_time: time, tried: Vec::new() })
            }
            DelayRule::Prediction => {
                let tried = tried(&trials, &dmd, limit)?;
                let best = tried.iter().fold(f64::INFINITY, |m, at| m.min(at.mean_squared_error));
                let allowed = tried
                    .iter()
                    .find(|at| at.mean_squared_error <= best)
                    .map_or(best, |at| best + at.standard_error);
                let fewest = tried.iter().find(|at| at.mean_squared_error <= allowed);
                let delays = fewest.map_or(LEAST, |at| at.delays);
                Ok(Self { delays, autocorrelation_time: None, tried })
            }
        }
    }
}

/// Held-out errors of all candidates within the limit, on the same samples.
fn tried(
    trials: &[Recording<'_, f64>],
    dmd: &Dmd,
    limit: usize,
) -> Result<Vec<DelayErrors>, Error> {
    let candidates = || CANDIDATES.into_iter().filter(|delays| *delays <= limit);
    let longest = candidates().max().unwrap_or(LEAST);
    let first = dmd.delays(longest).embedding().window();
    let task = HeldOutTask { most: LARGEST_RANK, steps: 1, first, most_delays: longest };
    let mut narrow = LazyNarrow::default();
    let mut tried = try_reserve(CANDIDATES.len())?;
    for delays in candidates() {
        let found = HeldOut::from(trials, &dmd.delays(delays), task, &mut narrow)?;
        let best = found
            .ranks
            .iter()
            .min_by(|a, b| a.one_step.mean_squared_error.total_cmp(&b.one_step.mean_squared_error));
        if let Some(best) = best {
            tried.push(DelayErrors {
                delays,
                rank: best.rank,
                mean_squared_error: best.one_step.mean_squared_error,
                standard_error: best.one_step_standard_error,
            });
        }
    }
    Ok(tried)
}

/// The first lag up to `limit` intervals where sum x_t x_{t-lag} per pair of samples falls below 1/e of
/// its value at lag 0, over all channels without their means.
fn autocorrelation_time(
    trials: &[Recording<'_, f64>],
    dmd: &Dmd,
    limit: usize,
) -> Result<Option<usize>, Error> {
    let channels = crate::data::recording::common_channels(trials)?;
    let (mut shift, mut gain) = (try_zeros(channels)?, try_zeros(channels)?);
    measure(trials, Centre::Mean, dmd.scale_rule(), &mut shift, &mut gain)?;
    let conditioning = crate::data::centring::Conditioning { shift: &shift, gain: &gain };
    let (mut now, mut earlier) = (try_zeros(channels)?, try_zeros(channels)?);
    let mut covariance = |lag: usize| {
        let (mut sum, mut pairs) = (0.0, 0_usize);
        for trial in trials {
            for t in lag..trial.samples() {
                conditioning.apply(trial.sample(t), &mut now);
                conditioning.apply(trial.sample(t.saturating_sub(lag)), &mut earlier);
                sum += dot(&now, &earlier);
                pairs = pairs.saturating_add(1);
            }
        }
        sum / pairs.max(1) as f64
    };
    let variance = covariance(0);
    let threshold = variance / core::f64::consts::E;
    let interval = dmd.embedding().interval();
    Ok((1..=limit).find(|lag| covariance(lag.saturating_mul(interval)) < threshold))
}
