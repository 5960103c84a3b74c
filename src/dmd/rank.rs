//! Rules for the rank: how many directions of the Hankel matrix an operator keeps.

use crate::error::{Error, Setting};
use crate::scalar::Scalar;

/// A rule for the rank r of the operator. It is part of the method, and is stated with every result.
///
/// # Why the rank matters
///
/// "Same dynamics, different geometry" holds up to the latent dimension and fails one above it: a curved
/// observation makes products of latent modes (x₁ x₂, ...) visible, and these are true linear modes. Rules
/// that count predictive modes (Akaike, held-out error, canonical correlations) therefore answer 10 to 24
/// where the latent dimension is 3, and rules on the Hankel spectrum count delays. Above the latent dimension
/// the distance sees the observation map because the map shows further modes, not because of noise. The
/// error is one-sided: a rank below the latent dimension keeps the invariance, one above loses it.
///
/// # The rule of `Rank::Latent`
///
/// Past h_t of d samples, future f_t of H = min(20, T - d - 1) samples, five folds (trial k in fold k mod 5;
/// fewer than five trials are cut into ten contiguous blocks first):
///
/// 1. C_pp = sum h hᵀ = Q diag(w) Qᵀ, whitening W = Q diag(w)^(-1/2) over w > 1e-8 w₁, C_fp = sum f hᵀ.
/// 2. C_fp W = U S Vᵀ; coordinates z_i = v_iᵀ Wᵀ h at unit variance, predictors B_i = s_i W v_i, i <= 12.
/// 3. Held-out gain, the basis from the other folds: g_i = sum over folds of 2 u_iᵀ C_fp B_i - B_iᵀ C_pp B_i,
///    negative ones set to 0; e_i = g_i / sum g. If sum g <= 0.001 sum |f|²:
///    [`Error::Unpredictable`](crate::Error::Unpredictable).
/// 4. For r = 1 .. 8, monomials of degree at most 3 in z_1 .. z_r (2 where the cubic ones exceed a tenth of
///    about 4000 rows) predict z_{r+1} .. z_12 at the same time, ridge 1e-6 of the mean diagonal, held out
///    over the folds: R_i². u(r) = sum over i > r of e_i (1 - R_i²).
/// 5. The answer is the smallest r with u(r) <= 0.02, or
///    [`LatentRank::NotReached`](crate::LatentRank::NotReached), which counts as 9.
///
/// A study takes max(2, lower median) over its recordings ([`CommonRank`](crate::CommonRank)), the same
/// delays and rank for all, and shows its result at rank - 1 and rank + 1 too. It uses no labels. Take at
/// least 5 delays ([`DelayRule`](crate::DelayRule)). All of it is computed in `f64`, whatever the scalar.
///
/// # Evidence
///
/// Answers with 10 delays, means over three seeds of the generators of `dsa simulate` (flip-flop: three bits
/// behind a random layer; integrator: three leaky sums; linear: 8 channels with 10 % noise; attractors:
/// without the means of their conditions):
///
/// | recording | true or expected | latent | state order | Gavish-Donoho | variance 0.95 | held-out |
/// | --- | --- | --- | --- | --- | --- | --- |
/// | flip-flop, identity | 3 | 3.0 | 3.3 | 30.0 | 3.0 | 21.3 |
/// | flip-flop, tanh / ReLU | 3 | 3.0 / 3.0 | 10.3 / 10.0 | 35.3 / 35.0 | 7.0 / 9.0 | 29.3 / 29.0 |
/// | flip-flop, sigmoid / softplus | 3 | 3.0 / 3.0 | 11.3 / 10.0 | 37.0 / 34.7 | 9.0 / 8.0 | 29.0 / 29.0 |
/// | integrator, identity | 3 | 3.0 | 3.0 | 30.0 | 8.0 | 23.3 |
/// | integrator, the other four | 3 | 3.0 | 10.0 to 10.7 | 35.7 to 45.0 | 9.7 to 17.0 | 28.0 to 29.0 |
/// | linear, state 2 / 3 / 4 | the same | 2.0 / 2.7 / 4.0 | 2.0 / 3.0 / 4.0 | 22 / 28 / 32 | 7 / 12 / 12 | 15 / 24 / 28 |
/// | linear, state 6 / 8 | the same | 6.0 / 7.0 | 6.0 / 8.0 | 29 / 27 | 16 / 21 | 29 / 29 |
/// | Lorenz, rho 28 / 75 | 3 | 3.0 / 3.7 | 10.7 / 10.7 | 14 / 14 | 3 / 4 | 16 / 20 |
/// | Lorenz, rho 152 / 220 | 3 | 4.0 / 3.0 | 13.0 / 15.0 | 14 / 14 | 4 / 4 | 22 / 22 |
/// | attractors: bistable / line / point | 2 | 2.0 / 1.0 / 2.0 | 2.0 / 2.0 / 2.0 | 6 / 7 / 5 | 15 / 1 / 17 | 17 / 17 / 17 |
/// | ring attractor | - | not reached | 1.0 | 50.3 | 14.0 | 23.0 |
///
/// Flip-flop and integrator behind all five activations, 5, 10 and 20 delays, three seeds: 90 of 90 answers
/// are 3, in `f32` as in `f64`. Linear systems of state 2, 3, 4 and 6 seen through 4 to 12 channels with 1 to
/// 30 % noise: the state order is exact for 120 of 120. Three sets of 75 flip-flops: the nearest neighbour is
/// of the same activation (chance 0.20) for 0.15 to 0.35 of them at rank 3 and for 0.41 to 0.61 at rank 4.
/// All of this is made by
/// `cargo test --release -p dynamical-similarity-cli --test all rank:: -- --ignored --nocapture`.
///
/// # Limits
///
/// - White noise has no rank: the rules that look at predictions answer
///   [`Error::Unpredictable`](crate::Error::Unpredictable). Those on the spectrum cannot tell noise from modes; where
///   they answer 1, as the hard threshold does for white noise, [`Warnings::rank_one`](crate::Warnings::rank_one)
///   says that an angle is only a sign there.
/// - Rings and other latent manifolds that cubics of the leading coordinates do not chart: too high, or
///   `NotReached`.
/// - Weak modes of linear systems, under 2 % of the predictable energy, are dropped; take
///   [`Rank::StateOrder`] where the system is known to be linear.
/// - H is in samples: resample (or take a longer interval) when the dynamics are much faster or slower than
///   10 to 40 samples.
/// - One long recording that drifts from block to block is `Unpredictable`.
/// - A response that all trials of a condition share carries all the predictable energy, and the rule answers
///   1: subtract it with [`Centre::Condition`](crate::Centre::Condition).
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Rank {
    /// This number; refused if the data have fewer directions.
    Fixed(usize),
    /// Every direction that the data have above the rounding of their samples (see [`Dmd`](crate::Dmd)), which every
    /// other rule is cut down to.
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
    /// The latent rank: predictable coordinates that are not functions of the earlier ones (see the rule
    /// below). What [`Rank::AUTO`] means. Needs a heap: [`Dmd::fit`](crate::Dmd::fit), not `fit_in`.
    Latent,
    /// The order of a linear system by canonical correlations of past and future: argmin over r of
    /// rho_{r+1}² + 2 r n ln N / N (Bauer 2001). The better rule where the system is known to be linear;
    /// needs N > 10 n d windows, and a heap.
    StateOrder,
    /// The smallest rank, up to 30, whose held-out one-step error is within one standard error of the
    /// least, by five-fold cross-validation over blocks of time. It counts every mode that helps to
    /// predict, so it is as a rule far above the latent dimension; needs a heap.
    ///
    /// It does not find the order of a linear system. 8 channels with 10 % noise, 10 delays, ten seeds, median
    /// (least to largest):
    ///
    /// | order | predictive | Akaike | latent | state order |
    /// | --- | --- | --- | --- | --- |
    /// | 2 | 15.5 (14 to 16) | 17.5 (16 to 19) | 2 (2 to 2) | 2 (2 to 2) |
    /// | 3 | 24 (21 to 26) | 25 (22 to 26) | 3 (2 to 3) | 3 (3 to 3) |
    /// | 4 | 28 (23 to 29) | 29.5 (24 to 30) | 4 (4 to 4) | 4 (4 to 4) |
    /// | 5 | 28 (27 to 29) | 28 (25 to 30) | 4 (3 to 5) | 5 (5 to 5) |
    /// | 6 | 28 (26 to 30) | 29 (27 to 30) | 6 (5 to 6) | 6 (6 to 6) |
    ///
    /// The delays chosen for these are 5 by prediction, always, and 5 to 9 by autocorrelation (median 5).
    /// `cargo test -p dynamical-similarity-cli --test all rank_spread -- --ignored --nocapture` prints this and
    /// more systems.
    Predictive,
}

impl Rank {
    /// The rule to begin with.
    pub const AUTO: Self = Self::Latent;

    /// Whether the rule reads samples, so that a spectrum does not answer it.
    pub(crate) const fn reads_samples(&self) -> bool {
        matches!(self, Self::Latent | Self::StateOrder | Self::Predictive)
    }

    /// # Errors
    /// [`Error::InvalidSetting`] if a number is outside its range.
    pub(crate) const fn validate(&self) -> Result<(), Error> {
        match *self {
            Self::Fixed(0) => {
                Err(Error::InvalidSetting { setting: Setting::Rank, expected: "at least 1" })
            }
            Self::Threshold(s) if !(s >= 0.0 && s < f64::INFINITY) => Err(Error::InvalidSetting {
                setting: Setting::RankThreshold,
                expected: "a number that is not negative",
            }),
            Self::ExplainedVariance(f) if !(f > 0.0 && f <= 1.0) => Err(Error::InvalidSetting {
                setting: Setting::ExplainedVariance,
                expected: "above 0 and at most 1",
            }),
            _ => Ok(()),
        }
    }

    /// The rank for a spectrum: all min(rows, p) `singular_values` of a rows x p matrix, descending,
    /// in the unit of the threshold. Not limited to the directions that are numerically there. Rules that
    /// read samples cannot answer from a spectrum; they keep all of it, as `Full` does.
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
            Self::Full | Self::Latent | Self::StateOrder | Self::Predictive => {
                singular_values.len()
            }
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
