//! Choosing how many directions of the Hankel matrix an operator keeps.

#[cfg(feature = "alloc")]
mod latent;
#[cfg(feature = "alloc")]
mod monomials;
#[cfg(feature = "alloc")]
mod past_future;
#[cfg(feature = "alloc")]
mod predictors;

#[cfg(feature = "alloc")]
pub use latent::{LatentEvidence, LatentRank};

use crate::error::Error;
use crate::scalar::Scalar;

/// A rule for the rank r of the operator.
///
/// The claim "same dynamics, different geometry" holds only for a rank that fits the latent dimension,
/// so the rule is part of the method and is stated with every result.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Rank {
    /// This number.
    Fixed(usize),
    /// Every direction that the data have to working precision.
    Full,
    /// The number of singular values of the Hankel matrix above this one, at least 1.
    Threshold(f64),
    /// The smallest rank whose directions hold this fraction, in (0, 1], of the sum of squares.
    ExplainedVariance(f64),
    /// The optimal hard threshold for a matrix of unknown noise level (Gavish & Donoho 2014, eq. 11
    /// and the cubic approximation below it): omega(beta) = 0.56 beta³ - 0.95 beta² + 1.82 beta + 1.43 times the median of all
    /// min(rows, p) singular values, beta = min(rows, p) / max(rows, p); at least 1.
    ///
    /// Its noise model (independent entries) does not hold for Hankel matrices, whose rows repeat each
    /// sample d times: the answer counts delays as well as modes and is as a rule too high.
    HardThreshold,
}

impl Rank {
    /// # Errors
    /// [`Error::InvalidSetting`] if a number is outside its range.
    pub(crate) const fn validate(&self) -> Result<(), Error> {
        match *self {
            Self::Fixed(0) => {
                Err(Error::InvalidSetting { setting: "rank", expected: "at least 1" })
            }
            Self::Threshold(s) if !(s >= 0.0 && s < f64::INFINITY) => Err(Error::InvalidSetting {
                setting: "rank threshold",
                expected: "a number that is not negative",
            }),
            Self::ExplainedVariance(f) if !(f > 0.0 && f <= 1.0) => Err(Error::InvalidSetting {
                setting: "explained variance",
                expected: "above 0 and at most 1",
            }),
            _ => Ok(()),
        }
    }

    /// The rank for a spectrum: all min(rows, p) `singular_values` of a rows x p matrix, descending,
    /// in the unit of the threshold. Not limited to the directions that are numerically there.
    ///
    /// ```
    /// use dynamical_similarity::Rank;
    /// let singular_values = [3.0, 2.0, 0.1, 0.09, 0.08];
    /// assert_eq!(Rank::Threshold(1.0).choose(&singular_values, 100, 5), 2);
    /// assert_eq!(Rank::ExplainedVariance(0.9).choose(&singular_values, 100, 5), 2);
    /// assert_eq!(Rank::HardThreshold.choose(&singular_values, 100, 5), 2);
    /// assert_eq!(Rank::Full.choose(&singular_values, 100, 5), 5);
    /// ```
    #[must_use]
    pub fn choose<T: Scalar>(&self, singular_values: &[T], rows: usize, p: usize) -> usize {
        let above =
            |threshold: T| singular_values.iter().take_while(|s| **s > threshold).count().max(1);
        match *self {
            Self::Fixed(rank) => rank,
            Self::Full => singular_values.len(),
            Self::Threshold(threshold) => above(T::of(threshold)),
            Self::ExplainedVariance(fraction) => {
                explained(singular_values, T::of(fraction)).clamp(1, singular_values.len().max(1))
            }
            Self::HardThreshold => {
                let (short, long) = (rows.min(p), rows.max(p).max(1));
                let beta = T::count(short) / T::count(long);
                let omega =
                    ((T::of(0.56) * beta - T::of(0.95)) * beta + T::of(1.82)) * beta + T::of(1.43);
                above(omega * median(singular_values))
            }
        }
    }

    /// Whether the rule looks at singular values down to the middle of the spectrum.
    pub(crate) const fn needs_median(&self) -> bool {
        matches!(self, Self::HardThreshold)
    }
}

/// The smallest r with sum_{i<=r} s_i² >= fraction sum s_i², relative to the largest, so that no square
/// underflows.
fn explained<T: Scalar>(singular_values: &[T], fraction: T) -> usize {
    let scale = singular_values.first().copied().unwrap_or(T::ZERO).binary_scale();
    let square = |s: &T| (*s * scale) * (*s * scale);
    let total = singular_values.iter().fold(T::ZERO, |sum, s| sum + square(s));
    let mut held = T::ZERO;
    let below = singular_values.iter().take_while(|s| {
        held += square(s);
        held < fraction * total
    });
    below.count().saturating_add(1)
}

/// The middle value of a sorted slice, the mean of the two middle ones for an even length.
pub(crate) fn median<T: Scalar>(sorted: &[T]) -> T {
    let at = |i: usize| sorted.get(i).copied().unwrap_or(T::ZERO);
    let (low, high) = (sorted.len().saturating_sub(1) / 2, sorted.len() / 2);
    T::HALF * (at(low) + at(high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explained_variance_counts_until_the_fraction_is_reached() {
        let s = [2.0_f32, 1.0, 1.0, 1.0, 1.0]; // squares 4, 1, 1, 1, 1 of 8
        assert_eq!(Rank::ExplainedVariance(0.5).choose(&s, 9, 5), 1);
        assert_eq!(Rank::ExplainedVariance(0.51).choose(&s, 9, 5), 2);
        assert_eq!(Rank::ExplainedVariance(1.0).choose(&s, 9, 5), 5);
        let tiny = s.map(|x| x * 1e-30);
        assert_eq!(Rank::ExplainedVariance(0.51).choose(&tiny, 9, 5), 2);
    }

    #[test]
    fn the_hard_threshold_of_a_square_matrix_is_2_86_medians() {
        let s = [2.87_f64, 2.85, 1.0, 1.0, 1.0, 1.0];
        assert_eq!(Rank::HardThreshold.choose(&s, 6, 6), 1);
    }

    #[test]
    fn numbers_outside_their_range_are_refused() {
        for rule in [
            Rank::Fixed(0),
            Rank::Threshold(f64::NAN),
            Rank::Threshold(-1.0),
            Rank::ExplainedVariance(0.0),
            Rank::ExplainedVariance(1.5),
        ] {
            assert!(matches!(rule.validate(), Err(Error::InvalidSetting { .. })), "{rule:?}");
        }
    }
}
