//! Fits on the heap: `Dmd::fit`, which may choose the rank from the samples.

use super::common_rank::{LARGEST_PREDICTIVE, linear_rank, predictive_rank};
use super::held_out::HeldOut;
use super::latent::{LatentEvidence, LatentRank};
use super::state_order::StateOrder;
use crate::data::centring::Centre;
use crate::data::condition_means::ConditionMeans;
use crate::data::recording::{Recording, common_channels};
use crate::dmd::model::Model;
use crate::dmd::rank::Rank;
use crate::dmd::settings::Dmd;
use crate::error::Error;
use crate::scalar::Scalar;

impl Dmd {
    /// Fits an operator to trials, in memory of its own. [`Rank::Latent`], [`Rank::StateOrder`] and
    /// [`Rank::Predictive`] first determine the rank of these trials, at least 2. To compare several
    /// recordings, choose one rank for all with [`CommonRank`](crate::CommonRank) instead.
    ///
    /// A fixed rank of at most a sixteenth of the windows and of their entries is found without the other directions
    /// ([`FitPath::Krylov`](crate::FitPath::Krylov)) where that is cheaper: about 480 p N flops for N windows of p entries,
    /// and p (3 r + 96) scalars of memory. Other fits of a fixed rank r are made from compensated second moments
    /// ([`FitPath::CompensatedGram`](crate::FitPath::CompensatedGram)) where these are accurate enough, as they are up to a
    /// condition of about 1e6: 3 n² d T multiply-adds, 3 p² r for the operator, and for the directions 6 p k² if the
    /// spectrum falls off within k directions and 4/3 p³ otherwise; about 5 p² scalars of memory. Otherwise the result is
    /// that of [`fit_in`](Self::fit_in).
    ///
    /// # Errors
    /// As [`fit_in`](Self::fit_in), [`Error::OutOfMemory`], and those of the rule:
    /// [`Error::Unpredictable`], [`Error::TooFewWindows`], [`Error::TooShort`].
    pub fn fit<T: Scalar>(&self, trials: &[Recording<'_, T>]) -> Result<Model<T>, Error> {
        self.validate()?;
        if self.rank_rule().reads_samples() {
            let (rank, not_reached) = rank_of(trials, self)?;
            let fit = |rank| self.rank(Rank::Fixed(rank)).fit(trials);
            let model = match fit(rank) {
                // A rule is cut down to the directions that there are, as one on the spectrum is.
                Err(Error::RankTooLarge { available, .. }) => fit(available)?,
                other => other?,
            };
            return Ok(model.chosen_by(self.rank_rule(), not_reached));
        }
        match self.fit_from_leading_directions(trials)? {
            Some(model) => Ok(model),
            None => self.fit_directly(trials),
        }
    }

    /// Fits an operator to trials of known conditions; `conditions[k]` names that of trial k.
    ///
    /// With [`Centre::Condition`] the across-trial mean of each condition is subtracted at each time, and the
    /// model describes (and predicts) what is left. With another centre the trials stay as they are, and
    /// [`Warnings::shared_response`](crate::Warnings::shared_response) says whether such a mean holds more than 90 % of a condition's variance:
    /// it then carries all the predictable energy.
    ///
    /// # Errors
    /// As [`fit`](Self::fit) and [`ConditionMeans::of`](crate::ConditionMeans::of).
    ///
    /// ```
    /// use dynamical_similarity::{Centre, Dmd, Rank, Recording};
    /// // Four trials that follow one stimulus, with small fluctuations of their own.
    /// let mut state = 1_u64;
    /// let trials: Vec<Vec<f64>> = (0..4).map(|_| {
    ///     let mut own = 0.0;
    ///     (0..200).map(|t| {
    ///         state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    ///         own = 0.9 * own + 0.2 * ((state >> 40) as f64 / (1 << 24) as f64 - 0.5);
    ///         (0.1 * t as f64).sin() + own
    ///     }).collect()
    /// }).collect();
    /// let mut recordings = Vec::new();
    /// for trial in &trials {
    ///     recordings.push(Recording::new(trial, 1)?);
    /// }
    /// let dmd = Dmd::new().delays(5).rank(Rank::Fixed(2));
    /// assert!(dmd.fit_conditions(&recordings, &[0; 4])?.warnings().shared_response);
    /// let without = dmd.centre(Centre::Condition).fit_conditions(&recordings, &[0; 4])?;
    /// assert!(!without.warnings().shared_response);
    /// assert!((without.eigenvalues()?[0].0 - 0.9).abs() < 0.1); // the fluctuations' own
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    pub fn fit_conditions<T: Scalar, C: PartialEq>(
        &self,
        trials: &[Recording<'_, T>],
        conditions: &[C],
    ) -> Result<Model<T>, Error> {
        let means = ConditionMeans::of(trials, conditions)?;
        if self.centre_rule() == Centre::Condition {
            let model = self.centre(Centre::None).fit(&means.residuals()?)?;
            return Ok(model.without_condition_means());
        }
        Ok(self.fit(trials)?.with_shared_response(means.dominates()))
    }
}

/// The answer of a rule that reads samples, at least 2 where a window has two entries: what
/// [`Dmd::fit`] uses. `true` if the latent rank was not reached.
pub(crate) fn rank_of<T: Scalar>(
    trials: &[Recording<'_, T>],
    dmd: &Dmd,
) -> Result<(usize, bool), Error> {
    let (rank, reached) = match dmd.rank_rule() {
        Rank::StateOrder => (linear_rank(&StateOrder::of(trials, dmd)?)?, true),
        Rank::Predictive => {
            (predictive_rank(&HeldOut::of(trials, dmd, LARGEST_PREDICTIVE, 1)?)?, true)
        }
        _ => {
            let found = LatentEvidence::of(trials, dmd)?.rank;
            (found.number(), found != LatentRank::NotReached)
        }
    };
    let width = dmd.embedding().width(common_channels(trials)?);
    Ok((rank.max(2).min(width), !reached))
}
