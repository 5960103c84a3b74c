//! Dynamic mode decomposition of a delay embedding: recordings in, an operator out.

mod coordinates;
mod directions;
mod fit;
mod model;
mod prediction;
mod regression;
mod whitening;

#[cfg(feature = "alloc")]
pub use model::Model;
pub use model::{ModelRef, Path, Warnings};
#[cfg(feature = "alloc")]
pub(crate) use prediction::Tally;
pub use prediction::{Horizon, PredictionErrors};

use crate::conditioning::{Centre, Conditioning, Scale, measure};
use crate::covariance::Gram;
use crate::embedding::Embedding;
use crate::error::Error;
use crate::matrix::{Memory, check};
use crate::rank::Rank;
use crate::recording::{Recording, common_channels};
use crate::scalar::{Real, Scalar};
use fit::Fit;
use regression::Moments;
use whitening::Whitener;

/// Sizes with names, so that no two of them can be swapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Channels of a sample, n.
    pub channels: usize,
    /// Delays of a window, d.
    pub delays: usize,
    /// The largest number of directions that may be kept: the rank for [`Rank::Fixed`] without
    /// reduced-rank regression, n d for every other rule.
    pub rank: usize,
}

impl Shape {
    /// Entries of a window, p = n d.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.channels.saturating_mul(self.delays)
    }
}

/// Settings of Hankel DMD in whitened coordinates. Plain data; checked where they are used.
///
/// With H the stacked Hankel matrix of all trials (rows x p, see [`Embedding`]) and its thin singular
/// value decomposition H = V S Uᵀ cut to rank r, the operator is the ridge regression
///
/// A = V₊ᵀ V₋ (V₋ᵀ V₋ + lambda I)⁻¹, r x r,
///
/// where V₋ lacks the last s rows of every trial and V₊ the first s (s = steps ahead). The largest
/// entry of every column of U is made positive; A is determined up to the signs that this fixes, and
/// up to rotations inside repeated singular values. A window is predicted by U S A S⁻¹ Uᵀ h.
///
/// With [`Centre::Mean`], the default, H loses the mean of each of its columns, and V₊ and V₋ theirs: the regression
/// is v_{t+s} ~ A v_t + b, and neither A nor the directions depend on an offset.
///
/// Singular values that the rounding of the samples can have made are no directions: those of at most 256 eps |H|, or
/// N eps |H| in `f64` for N > 256 windows (|H| the Frobenius norm with the means in it, eps that of the scalar). Every
/// rule for the rank is cut down to the others; a number above them is refused. [`Dmd::parity`] keeps what exceeds
/// the rounding of the factorisation alone.
///
/// Defaults: interval 1, steps ahead 1, full rank, ridge 1e-8, the mean subtracted, no scaling. Delays must be
/// given.
///
/// Source: Ostrow, Eisen, Kozachkov & Fiete 2023 (arXiv 2306.10168), section 3.2; Arbabi & Mezić 2017
/// (Hankel DMD); Brunton et al. 2017 (HAVOK).
///
/// ```
/// use dynamical_similarity::{Dmd, Rank, Recording};
/// // A rotation by 0.3 rad a sample.
/// let samples: Vec<f64> = (0..200).map(|t| (0.3 * t as f64).cos()).collect();
/// let model = Dmd::new().delays(4).rank(Rank::Fixed(2)).fit(&[Recording::new(&samples, 1)?])?;
/// let eigenvalues = model.eigenvalues()?;
/// assert!((eigenvalues[0].0 - 0.3_f64.cos()).abs() < 1e-6);
/// assert!((eigenvalues[0].1 - 0.3_f64.sin()).abs() < 1e-6);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Dmd {
    delays: usize,
    interval: usize,
    steps_ahead: usize,
    rank: Rank,
    ridge: f64,
    centre: Centre,
    scale: Scale,
    reduced_rank: bool,
    parity: bool,
}

impl Default for Dmd {
    fn default() -> Self {
        Self::new()
    }
}

impl Dmd {
    /// The defaults. [`delays`](Self::delays) must be given before anything is fitted.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            delays: 0,
            interval: 1,
            steps_ahead: 1,
            rank: Rank::Full,
            ridge: 1e-8,
            centre: Centre::Mean,
            scale: Scale::None,
            reduced_rank: false,
            parity: false,
        }
    }

    /// The conventions of the authors' package dsa-metric 2.0.2: the defaults without centring, a rank above the number
    /// of directions is cut down to it instead of being refused, and reduced-rank regression gives its
    /// p x p form of rank r (transposed to its `A_v`, which alone there has the other convention).
    #[must_use]
    pub const fn parity() -> Self {
        Self { parity: true, centre: Centre::None, ..Self::new() }
    }

    /// Samples of a window, d >= 1.
    #[must_use]
    pub const fn delays(self, delays: usize) -> Self {
        Self { delays, ..self }
    }

    /// Samples between two delays, tau >= 1.
    #[must_use]
    pub const fn interval(self, interval: usize) -> Self {
        Self { interval, ..self }
    }

    /// Samples between the windows of a pair, s >= 1.
    #[must_use]
    pub const fn steps_ahead(self, steps_ahead: usize) -> Self {
        Self { steps_ahead, ..self }
    }

    /// The rule for the rank.
    #[must_use]
    pub const fn rank(self, rank: Rank) -> Self {
        Self { rank, ..self }
    }

    /// The ridge lambda >= 0, in whitened units, where V₋ᵀ V₋ is close to I: 0.1 shrinks every
    /// eigenvalue to 1/1.1, whatever the size of the data.
    #[must_use]
    pub const fn ridge(self, ridge: f64) -> Self {
        Self { ridge, ..self }
    }

    /// What is subtracted from every sample.
    #[must_use]
    pub const fn centre(self, centre: Centre) -> Self {
        Self { centre, ..self }
    }

    /// What every sample is divided by.
    #[must_use]
    pub const fn scale(self, scale: Scale) -> Self {
        Self { scale, ..self }
    }

    /// Reduced-rank regression: B = (V₋ᵀ V₋ + lambda I)⁻¹ V₋ᵀ V₊ on all directions, Q the leading r
    /// eigenvectors of V₊ᵀ V₋ B, and the operator Qᵀ Bᵀ Q (r x r).
    #[must_use]
    pub const fn reduced_rank(self, reduced_rank: bool) -> Self {
        Self { reduced_rank, ..self }
    }

    /// How windows are cut.
    #[must_use]
    pub const fn embedding(&self) -> Embedding {
        Embedding::new(self.delays, self.interval)
    }

    /// The rule for the rank.
    #[must_use]
    pub const fn rank_rule(&self) -> Rank {
        self.rank
    }

    /// What samples are divided by.
    #[cfg(feature = "alloc")]
    pub(crate) const fn scale_rule(&self) -> Scale {
        self.scale
    }

    /// What is subtracted from samples.
    #[cfg(feature = "alloc")]
    pub(crate) const fn centre_rule(&self) -> Centre {
        self.centre
    }

    /// Samples between the windows of a pair.
    #[cfg(feature = "alloc")]
    pub(crate) const fn steps_ahead_rule(&self) -> usize {
        self.steps_ahead
    }

    /// The ridge.
    #[cfg(feature = "alloc")]
    pub(crate) const fn ridge_rule(&self) -> f64 {
        self.ridge
    }

    /// # Errors
    /// [`Error::InvalidSetting`] for reduced-rank regression, whose ranks share no whitening.
    #[cfg(feature = "alloc")]
    pub(crate) const fn check_predicts(&self) -> Result<(), Error> {
        if self.reduced_rank {
            return Err(Error::InvalidSetting {
                setting: "reduced rank",
                expected: "off where ranks are chosen by prediction",
            });
        }
        Ok(())
    }

    /// # Errors
    /// [`Error::InvalidSetting`] for a rule that needs a heap.
    const fn check_spectrum_rule(&self) -> Result<(), Error> {
        if self.rank.reads_samples() {
            return Err(Error::InvalidSetting {
                setting: "rank",
                expected: "a number or a rule on the spectrum here: latent, state order and predictive \
                           need a heap, use `Dmd::fit`",
            });
        }
        Ok(())
    }

    /// The sizes of a fit of recordings with `channels` channels.
    #[must_use]
    pub const fn shape(&self, channels: usize) -> Shape {
        let width = channels.saturating_mul(self.delays);
        let rank = match self.rank {
            Rank::Fixed(rank) if !self.reduced_rank && rank < width => rank,
            _ => width,
        };
        Shape { channels, delays: self.delays, rank }
    }

    /// Scalars of memory that [`fit_in`](Self::fit_in) needs.
    ///
    /// ```
    /// use dynamical_similarity::{Dmd, Rank, Recording, Shape};
    /// const SHAPE: Shape = Shape { channels: 1, delays: 4, rank: 2 };
    /// let mut memory = [0.0_f32; Dmd::memory_len(SHAPE)];
    /// let samples: Vec<f32> = (0..99).map(|t| ((t * t) % 7) as f32).collect();
    /// let dmd = Dmd::new().delays(4).rank(Rank::Fixed(2));
    /// let model = dmd.fit_in(&[Recording::new(&samples, 1)?], &mut memory)?;
    /// assert_eq!(model.rank(), 2);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    #[must_use]
    pub const fn memory_len(shape: Shape) -> usize {
        // The interval does not enter the length of Gram statistics.
        let gram = Gram::<f64>::memory_len(shape.channels, Embedding::new(shape.delays, 1));
        let qr = Whitener::<f64>::qr_len(shape);
        let gram = gram.saturating_add(Whitener::<f64>::gram_len(shape));
        let path = if gram > qr { gram } else { qr };
        Self::results_len(shape).saturating_add(path)
    }

    /// The same for trials that have `rows` windows together, sum of T - (d - 1) tau: less where these are fewer
    /// than the p entries of a window. [`fit_in`](Self::fit_in) asks for no more, and [`fit`](Self::fit) takes so
    /// much: about 2 p rows + 11 rows² scalars instead of 6 p² for full rank.
    ///
    /// ```
    /// use dynamical_similarity::{Dmd, Shape};
    /// // Sixteen samples of 2000 channels, 5 delays: 12 windows of 10 000 entries.
    /// const SHAPE: Shape = Shape { channels: 2000, delays: 5, rank: 10_000 };
    /// assert!(Dmd::memory_len_for_rows(SHAPE, 12) < 280_000);
    /// assert!(Dmd::memory_len(SHAPE) > 1_000_000_000);
    /// ```
    #[must_use]
    pub const fn memory_len_for_rows(shape: Shape, rows: usize) -> usize {
        if rows >= shape.width() {
            return Self::memory_len(shape);
        }
        let shape = Self::shape_of_rows(shape, rows);
        Self::results_len(shape).saturating_add(Whitener::<f64>::rows_len(shape, rows))
    }

    /// No more directions can be kept than there are windows.
    const fn shape_of_rows(shape: Shape, rows: usize) -> Shape {
        Shape { rank: if rows < shape.rank { rows } else { shape.rank }, ..shape }
    }

    /// Scalars of memory that [`fit_statistics_in`](Self::fit_statistics_in) needs.
    #[must_use]
    pub const fn statistics_memory_len(shape: Shape) -> usize {
        Self::results_len(shape).saturating_add(Whitener::<f64>::gram_len(shape))
    }

    /// What the model keeps, and what the regression works with.
    const fn results_len(shape: Shape) -> usize {
        let (p, k) = (shape.width(), shape.rank);
        let squares = k.saturating_mul(k).saturating_mul(2);
        p.saturating_mul(k)
            .saturating_add(squares)
            .saturating_add(p.saturating_mul(2))
            .saturating_add(k.saturating_mul(2))
            .saturating_add(shape.channels.saturating_mul(2))
            .saturating_add(Moments::<f64>::memory_len(k))
            .saturating_add(regression::memory_len(k))
    }

    /// # Errors
    /// [`Error::InvalidSetting`] for the first setting that is outside its range.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        self.embedding().validate()?;
        self.rank.validate()?;
        if self.steps_ahead == 0
            || self.steps_ahead.checked_add(self.embedding().window()).is_none()
        {
            return Err(Error::InvalidSetting {
                setting: "steps_ahead",
                expected: "at least 1, and small enough to be counted in samples",
            });
        }
        if self.centre == Centre::Condition {
            return Err(Error::InvalidSetting {
                setting: "centre",
                expected: "none or mean where no conditions are given: `Dmd::fit_conditions` takes them",
            });
        }
        if !(self.ridge >= 0.0 && self.ridge < f64::INFINITY) {
            return Err(Error::InvalidSetting {
                setting: "ridge",
                expected: "a number that is not negative",
            });
        }
        Ok(())
    }

    /// Fits an operator to trials, in the caller's memory, of which the model keeps a part.
    ///
    /// The second moments are accumulated first ([`Gram`]); where their squared condition number would
    /// cost too many digits, eps (s_1/s_r)² > 1e-11 (f64) or 1.3e-2 (f32), the recording is read again
    /// and factored ([`Path::Qr`]). The model says which path it took.
    ///
    /// # Errors
    /// - [`Error::InvalidSetting`], [`Error::MemoryTooSmall`], [`Error::Empty`] without trials,
    ///   [`Error::ShapeMismatch`] if the trials have different channels,
    /// - [`Error::TooShort`] with the trial that has no pair of windows,
    /// - [`Error::DegenerateSignal`] if no channel varies: standard deviation <= 8 eps max|x|,
    /// - [`Error::RankTooLarge`] with the number of directions that there are,
    /// - [`Error::Singular`] without a ridge where V₋ lacks a direction,
    /// - [`Error::Overflow`] if a singular value of H exceeds the largest scalar,
    /// - [`Error::NotConverged`] (not seen) at the bound of an eigen-iteration.
    ///
    /// Cost, T samples in all: n² d T multiply-adds and about 4/3 p³ + 2 p² r on the Gram path; 2 p² T
    /// and about 20 p³ + 2 p r T on the QR path; about 4 p N² + 20 N³ for N < p windows. Memory:
    /// [`memory_len_for_rows`](Self::memory_len_for_rows), at most [`memory_len`](Self::memory_len).
    ///
    /// Accuracy: the error of A is about p eps (s_1/s_r)^k / gap, with k = 2 (Gram) or 1 (QR) and gap
    /// the smallest relative gap among the kept singular values and at the cut.
    pub fn fit_in<'m, T: Scalar>(
        &self,
        trials: &[Recording<'_, T>],
        memory: &'m mut [T],
    ) -> Result<ModelRef<'m, T>, Error> {
        self.validate()?;
        self.check_spectrum_rule()?;
        let channels = common_channels(trials)?;
        let (rows, pairs) = self.count(trials)?;
        let shape = self.shape(channels);
        let mut memory = Memory::new(memory, Self::memory_len_for_rows(shape, rows))?;
        let kept = Self::shape_of_rows(shape, rows);
        let mut fit = Fit::cut(*self, kept, rows, pairs, &mut memory)?;
        fit.found = measure(trials, self.centre, self.scale, fit.shift, fit.gain)?;
        let entries = T::count(rows) * T::count(self.delays);
        fit.size = fit.found.raw * Real::sqrt(entries);
        let work = memory.scratch();
        if rows < shape.width() {
            fit.whiten_rows(trials, work)?;
        } else {
            let gram_len = Gram::<T>::memory_len(channels, self.embedding());
            let (sums, rest) = work.split_at_mut_checked(gram_len).unwrap_or_default();
            let mut sums = Memory::new(sums, gram_len)?;
            let mut gram = Gram::cut(channels, self.embedding(), self.steps_ahead, &mut sums)?;
            gram.condition(Conditioning { shift: &*fit.shift, gain: &*fit.gain });
            for trial in trials {
                gram.push_trial(trial)?;
            }
            if !fit.whiten_gram(&gram, rest)? {
                fit.whiten_qr(trials, work)?;
            }
        }
        fit.finish()
    }

    /// Fits an operator to accumulated statistics, on the Gram path only.
    ///
    /// Means are subtracted from the sums, which costs (mean / deviation)² eps of the digits: with means that are
    /// large beside the deviation, subtract something near them from the samples first. A direction is kept only
    /// where enough digits are left.
    ///
    /// # Errors
    /// As [`fit_in`](Self::fit_in), and [`Error::ShapeMismatch`] or [`Error::InvalidSetting`] if the
    /// statistics were accumulated with another embedding or other steps ahead, or if scaling is asked for; [`Error::RankTooLarge`] with the rank up to which the moments are accurate
    /// enough.
    pub fn fit_statistics_in<'m, T: Scalar>(
        &self,
        gram: &Gram<'_, T>,
        memory: &'m mut [T],
    ) -> Result<ModelRef<'m, T>, Error> {
        self.validate()?;
        self.check_spectrum_rule()?;
        check("the number of delays", self.delays, gram.embedding().delays())?;
        check("the interval", self.interval, gram.embedding().interval())?;
        check("the steps ahead", self.steps_ahead, gram.steps_ahead())?;
        if self.scale != Scale::None {
            return Err(Error::InvalidSetting {
                setting: "scale",
                expected: "none for accumulated statistics: condition the samples first",
            });
        }
        if gram.pairs() == 0 {
            return Err(Error::Empty);
        }
        let shape = self.shape(gram.channels());
        let mut memory = Memory::new(memory, Self::statistics_memory_len(shape))?;
        let mut fit = Fit::cut(*self, shape, gram.rows(), gram.pairs(), &mut memory)?;
        fit.shift.fill(T::ZERO);
        fit.gain.iter_mut().zip(gram.gain()).for_each(|(to, from)| *to = *from);
        let squares = (0..shape.width())
            .fold(T::ZERO, |sum, i| sum + gram.plus().at(i, i) + gram.first().at(i, i));
        fit.size = Real::sqrt(squares);
        fit.found.unit = T::ONE / gram.gain().first().copied().unwrap_or(T::ONE);
        if !fit.whiten_gram(gram, memory.scratch())? {
            let requested = self.rank.choose(fit.spectrum, gram.rows(), shape.width());
            return match fit.certified() {
                0 => Err(Error::DegenerateSignal { channel: None }),
                available => Err(Error::RankTooLarge { requested, available }),
            };
        }
        fit.finish()
    }

    /// Windows and pairs of all trials.
    fn count<T: Scalar>(&self, trials: &[Recording<'_, T>]) -> Result<(usize, usize), Error> {
        let needed = self.embedding().window().saturating_add(self.steps_ahead);
        let (mut rows, mut pairs) = (0_usize, 0_usize);
        for (index, trial) in trials.iter().enumerate() {
            let here = self.embedding().rows(trial.samples());
            if here <= self.steps_ahead {
                return Err(Error::TooShort { trial: index, needed, got: trial.samples() });
            }
            rows = rows.saturating_add(here);
            pairs = pairs.saturating_add(here.saturating_sub(self.steps_ahead));
        }
        Ok((rows, pairs))
    }

    /// Fits an operator to trials, in memory of its own. [`Rank::Latent`], [`Rank::StateOrder`] and
    /// [`Rank::Predictive`] first determine the rank of these trials, at least 2. To compare several
    /// recordings, choose one rank for all with [`StudyRank`](crate::StudyRank) instead.
    ///
    /// # Errors
    /// As [`fit_in`](Self::fit_in), [`Error::OutOfMemory`], and those of the rule:
    /// [`Error::Unpredictable`], [`Error::TooFewWindows`], [`Error::TooShort`].
    #[cfg(feature = "alloc")]
    pub fn fit<T: Scalar>(&self, trials: &[Recording<'_, T>]) -> Result<Model<T>, Error> {
        self.validate()?;
        if self.rank.reads_samples() {
            let (rank, not_reached) = crate::rank::rank_of(trials, self)?;
            let fit = |rank| self.rank(Rank::Fixed(rank)).fit(trials);
            let model = match fit(rank) {
                // A rule is cut down to the directions that there are, as one on the spectrum is.
                Err(Error::RankTooLarge { available, .. }) => fit(available)?,
                other => other?,
            };
            return Ok(model.chosen_by(self.rank, not_reached));
        }
        let shape = self.shape(common_channels(trials)?);
        let (rows, _) = self.count(trials)?;
        let length = Self::memory_len_for_rows(shape, rows);
        let mut memory = crate::matrix::try_zeros(length)?;
        self.fit_in(trials, &mut memory)?.to_owned()
    }

    /// Fits an operator to trials of known conditions; `conditions[k]` names that of trial k.
    ///
    /// With [`Centre::Condition`] the across-trial mean of each condition is subtracted at each time, and the
    /// model describes (and predicts) what is left. With another centre the trials stay as they are, and
    /// [`Warnings::shared_response`] says whether such a mean holds more than 90 % of a condition's variance:
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
    #[cfg(feature = "alloc")]
    pub fn fit_conditions<T: Scalar, C: PartialEq>(
        &self,
        trials: &[Recording<'_, T>],
        conditions: &[C],
    ) -> Result<Model<T>, Error> {
        let means = crate::conditions::ConditionMeans::of(trials, conditions)?;
        if self.centre == Centre::Condition {
            let model = self.centre(Centre::None).fit(&means.residuals()?)?;
            return Ok(model.without_condition_means());
        }
        Ok(self.fit(trials)?.with_shared_response(means.dominates()))
    }
}
