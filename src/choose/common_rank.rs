//! The common rank of a study: the evidence of each recording, and the choice that all share.

use super::held_out::HeldOut;
use super::latent::LatentEvidence;
use super::state_order::StateOrder;
use crate::data::recording::Recording;
use crate::dmd::rank::Rank;
use crate::dmd::settings::Dmd;
use crate::error::{Error, Setting};
use crate::matrix::try_reserve;
use crate::scalar::Scalar;
use alloc::vec::Vec;

/// The largest rank that [`Rank::Predictive`] tries.
pub(super) const LARGEST_PREDICTIVE: usize = 30;
/// Applications of the operator behind its errors several steps ahead, at most.
const STEPS: usize = 10;

/// The evidence on the rank of one recording, of the rule that was asked.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RankEvidence {
    /// The answer of the rule of the settings; 9 where the latent rank was not reached.
    pub rank: Result<usize, Error>,
    /// u(r), e_i, folds and the latent rank, for [`Rank::Latent`].
    pub latent: Option<Result<LatentEvidence, Error>>,
    /// The order that the recording would have if it came from a linear system, for [`Rank::StateOrder`].
    pub state_order: Option<Result<StateOrder, Error>>,
    /// Held-out errors of ranks 1 to 30, one and ten steps ahead (fewer than ten where a trial or block
    /// is short or they overflow, see [`HeldOut::steps`]), for [`Rank::Predictive`].
    pub predictive: Option<Result<HeldOut, Error>>,
}

impl RankEvidence {
    /// Applies the rule of `dmd`, which must be [`Rank::Latent`], [`Rank::StateOrder`] or
    /// [`Rank::Predictive`]. Where a rule refuses a recording, its error takes the place of the answer.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for another rule.
    ///
    /// Cost: that of [`LatentEvidence::of`], [`StateOrder::of`] or [`HeldOut::of`].
    ///
    /// ```
    /// use dynamical_similarity::{Dmd, Error, Rank, RankEvidence, Recording};
    /// // Bits without memory.
    /// let mut state = 1_u64;
    /// let samples: Vec<f64> = (0..2000).map(|_| {
    ///     state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    ///     (state >> 63) as f64
    /// }).collect();
    /// let dmd = Dmd::new().delays(5).rank(Rank::Latent);
    /// let found = RankEvidence::of(&[Recording::new(&samples, 1)?], &dmd)?;
    /// assert_eq!(found.rank, Err(Error::Unpredictable));
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    pub fn of<T: Scalar>(trials: &[Recording<'_, T>], dmd: &Dmd) -> Result<Self, Error> {
        let rule = dmd.rank_rule();
        if !rule.reads_samples() {
            return Err(Error::InvalidSetting {
                setting: Setting::Rank,
                expected: "latent, state order or predictive: other rules need a fit alone",
            });
        }
        let none =
            Self { rank: Err(Error::Empty), latent: None, state_order: None, predictive: None };
        Ok(match rule {
            Rank::StateOrder => {
                let found = StateOrder::of(trials, dmd);
                let rank = found.as_ref().map_or_else(|error| Err(*error), linear_rank);
                Self { rank, state_order: Some(found), ..none }
            }
            Rank::Predictive => {
                let found = held_out(trials, dmd);
                let rank = found.as_ref().map_or_else(|error| Err(*error), predictive_rank);
                Self { rank, predictive: Some(found), ..none }
            }
            _ => {
                let found = LatentEvidence::of(trials, dmd);
                let rank = found.as_ref().map_or_else(|error| Err(*error), |f| Ok(f.rank.number()));
                Self { rank, latent: Some(found), ..none }
            }
        })
    }
}

/// Held-out errors as far ahead as trials and blocks are long enough for, or one step ahead if nothing can be
/// said of several: what [`Dmd::fit`], which looks one step ahead, can answer, the evidence can.
fn held_out<T: Scalar>(trials: &[Recording<'_, T>], dmd: &Dmd) -> Result<HeldOut, Error> {
    let delays = dmd.embedding().delays();
    let fits = |steps: &usize| HeldOut::most_delays(trials, dmd, *steps) >= delays;
    let steps = (1..=STEPS).rev().find(fits).unwrap_or(1);
    let found = HeldOut::of(trials, dmd, LARGEST_PREDICTIVE, steps);
    if found.is_err() { HeldOut::of(trials, dmd, LARGEST_PREDICTIVE, 1) } else { found }
}

pub(super) fn linear_rank(found: &StateOrder) -> Result<usize, Error> {
    if found.is_unpredictable() { Err(Error::Unpredictable) } else { Ok(found.order) }
}

pub(super) fn predictive_rank(found: &HeldOut) -> Result<usize, Error> {
    if found.is_unpredictable() { Err(Error::Unpredictable) } else { Ok(found.rank()) }
}

/// One rank for several recordings: to be compared, all must be fitted at the same rank and delays.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CommonRank {
    /// max(2, lower median of the answers). Rank 1 is excluded because its angle is 0 or pi.
    pub rank: usize,
    /// (answer, recordings that gave it), by ascending answer.
    pub histogram: Vec<(usize, usize)>,
}

impl CommonRank {
    /// The shared choice. Below the latent dimension the distance still does not see the observation; one
    /// above it does: so the *lower* median, and the result is to be shown at the two neighbours too.
    ///
    /// # Errors
    /// [`Error::Empty`] without answers; [`Error::OutOfMemory`].
    ///
    /// ```
    /// use dynamical_similarity::CommonRank;
    /// let choice = CommonRank::of(&[3, 4, 3, 9])?;
    /// assert_eq!((choice.rank, choice.below(), choice.above()), (3, Some(2), 4));
    /// assert_eq!(choice.histogram, [(3, 2), (4, 1), (9, 1)]);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    pub fn of(answers: &[usize]) -> Result<Self, Error> {
        let mut sorted = try_reserve(answers.len())?;
        sorted.extend_from_slice(answers);
        sorted.sort_unstable();
        let middle = sorted.len().saturating_sub(1) / 2;
        let median = *sorted.get(middle).ok_or(Error::Empty)?;
        let mut histogram: Vec<(usize, usize)> = try_reserve(sorted.len())?;
        for answer in sorted {
            match histogram.last_mut() {
                Some((last, count)) if *last == answer => *count = count.saturating_add(1),
                _ => histogram.push((answer, 1)),
            }
        }
        Ok(Self { rank: median.max(2), histogram })
    }

    /// The rank below, at which the result is to be shown too; `None` below 2.
    #[must_use]
    pub const fn below(&self) -> Option<usize> {
        if self.rank > 2 { Some(self.rank - 1) } else { None }
    }

    /// The rank above, at which the result is to be shown too.
    #[must_use]
    pub const fn above(&self) -> usize {
        self.rank.saturating_add(1)
    }
}
