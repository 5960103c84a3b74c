//! Settings of a fit: delays, rank, regression, centring and scaling.

use super::rank::Rank;
use crate::data::centring::{Centre, Scale};
use crate::data::embedding::Embedding;
use crate::error::{Error, Setting};

/// The sizes of a fit.
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

/// Windows of all trials, and pairs of windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WindowCounts {
    pub(crate) rows: usize,
    pub(crate) pairs: usize,
}

/// Settings of Hankel DMD in whitened coordinates. They are plain data, and are checked where they are used.
///
/// As in all settings of this crate, the method named after a setting, `rank(..)`, returns the settings with another value
/// of it; the value is read by the method that ends in `_rule`, [`rank_rule`](Self::rank_rule).
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
/// rule for the rank is cut down to the others; a number above them is refused. [`Dmd::dsa_metric`] keeps what exceeds
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
    pub(super) delays: usize,
    pub(super) interval: usize,
    pub(super) steps_ahead: usize,
    pub(super) rank: Rank,
    pub(super) ridge: f64,
    pub(super) centre: Centre,
    pub(super) scale: Scale,
    pub(super) reduced_rank: bool,
    pub(super) parity: bool,
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
    pub const fn dsa_metric() -> Self {
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

    /// The means that are subtracted from every sample.
    #[must_use]
    pub const fn centre(self, centre: Centre) -> Self {
        Self { centre, ..self }
    }

    /// The scale that every sample is divided by.
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

    /// The delays and the interval.
    #[must_use]
    pub const fn embedding(&self) -> Embedding {
        Embedding::new(self.delays, self.interval)
    }

    /// Samples from the oldest one of a window to the newest one of the window that it is paired with:
    /// (delays - 1) interval + steps ahead. A trial has a pair of windows if it has more samples than that.
    ///
    /// ```
    /// use dynamical_similarity::Dmd;
    /// assert_eq!(Dmd::new().delays(5).interval(2).span(), 9);
    /// ```
    #[must_use]
    pub const fn span(&self) -> usize {
        self.embedding().window().saturating_sub(1).saturating_add(self.steps_ahead)
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
                setting: Setting::ReducedRank,
                expected: "off where ranks are chosen by prediction",
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

    /// # Errors
    /// [`Error::InvalidSetting`] for the first setting that is outside its range.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        self.embedding().validate()?;
        self.rank.validate()?;
        if self.steps_ahead == 0
            || self.steps_ahead.checked_add(self.embedding().window()).is_none()
        {
            return Err(Error::InvalidSetting {
                setting: Setting::StepsAhead,
                expected: "at least 1, and small enough to be counted in samples",
            });
        }
        if self.centre == Centre::Condition {
            return Err(Error::InvalidSetting {
                setting: Setting::Centre,
                expected: "none or mean where no conditions are given: `Dmd::fit_conditions` takes them",
            });
        }
        if !(self.ridge >= 0.0 && self.ridge < f64::INFINITY) {
            return Err(Error::InvalidSetting {
                setting: Setting::Ridge,
                expected: "a number that is not negative",
            });
        }
        Ok(())
    }
}
