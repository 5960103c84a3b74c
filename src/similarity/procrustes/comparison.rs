//! The result of a comparison of two operators.

use super::prepared::Prepared;
use crate::matrix::MatRef;
use crate::scalar::{Real, Scalar};

/// The numbers of a comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Numbers<T> {
    pub(super) distance: T,
    pub(super) lower_bound: T,
    pub(super) cosine: T,
    pub(super) norm_ratio: T,
    pub(super) evaluations: usize,
    pub(super) certified: bool,
}

/// The distance of two operators, a lower bound of it, and the transform that attains it.
///
/// The solver finds a local optimum among many; whether it is the global one is not known in general.
/// The true distance lies in \[[`lower_bound`](Self::lower_bound), [`distance`](Self::distance)\].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ComparisonRef<'m, T> {
    pub(super) numbers: Numbers<T>,
    pub(super) transform: MatRef<'m, T>,
}

/// A [`ComparisonRef`] that owns its transform.
#[cfg(feature = "alloc")]
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison<T> {
    pub(super) numbers: Numbers<T>,
    pub(super) transform: crate::matrix::Mat<T>,
}

macro_rules! numbers {
    () => {
        /// The distance found, in the units of the metric: an upper bound of the true one.
        #[must_use]
        pub const fn distance(&self) -> T {
            self.numbers.distance
        }

        /// A lower bound of the distance, in the same units; never above
        /// [`distance`](Self::distance).
        #[must_use]
        pub const fn lower_bound(&self) -> T {
            self.numbers.lower_bound
        }

        /// <A, C B Cᵀ> / (|A| |B|) in \[-1, 1\]; 0 if one operator is zero.
        #[must_use]
        pub const fn cosine(&self) -> T {
            self.numbers.cosine
        }

        /// |A| / |B| in Frobenius norms, which neither angle nor chord depends on. Two operators that are equal up to a
        /// positive factor have angle 0; those of two processes that differ only in their rate of decay are nearly so.
        /// 1 if both are zero; at most the largest scalar.
        #[must_use]
        pub const fn norm_ratio(&self) -> T {
            self.numbers.norm_ratio
        }

        /// Whether the norms differ by more than the angle explains. In |A - C B Cᵀ|² = (|A| - |B|)² + |A| |B| chord²,
        /// at the best C, the first part then exceeds the second, and one percent:
        /// |A|/|B| = q² with |q - 1/q| above the chord and above 0.01. The Frobenius metric and the Wasserstein
        /// distance of eigenvalues see such a difference.
        ///
        /// ```
        /// use dynamical_similarity::{MatRef, Procrustes};
        /// let slow = [0.95, 0.1, -0.1, 0.95];
        /// let fast = slow.map(|x| 0.8 * x);
        /// let (a, b) = (MatRef::new(&slow, 2, 2)?, MatRef::new(&fast, 2, 2)?);
        /// # #[cfg(feature = "alloc")] {
        /// let found = Procrustes::new().compare_operators(a, b)?;
        /// assert!(found.distance() < 1e-7 && (found.norm_ratio() - 1.25_f64).abs() < 1e-12);
        /// assert!(found.norms_differ());
        /// # }
        /// # Ok::<(), dynamical_similarity::Error>(())
        /// ```
        #[must_use]
        pub fn norms_differ(&self) -> bool {
            let root = Real::sqrt(self.numbers.norm_ratio);
            let chord = Real::sqrt((T::TWO - T::TWO * self.numbers.cosine).larger(T::ZERO));
            let apart = Real::abs(root - T::ONE / root);
            // A zero operator and one that is not zero differ as much as possible.
            !(apart <= chord.larger(T::of(1e-2)))
        }

        /// Evaluations of the objective that the search used; 0 for a closed form.
        #[must_use]
        pub const fn evaluations(&self) -> usize {
            self.numbers.evaluations
        }

        /// Whether the distance is proved: the lower bound is within 0.1 % of it, or both are within
        /// 64 n eps (angle and chord; times the larger norm for the Frobenius metric), which is as
        /// close to zero as rounding lets them come.
        #[must_use]
        pub const fn is_certified(&self) -> bool {
            self.numbers.certified
        }
    };
}

impl<'m, T: Scalar> ComparisonRef<'m, T> {
    numbers!();

    /// The orthogonal C with A ~ C B Cᵀ; the distance is evaluated from this very C.
    #[must_use]
    pub const fn transform(&self) -> MatRef<'m, T> {
        self.transform
    }
}

#[cfg(feature = "alloc")]
impl<T: Scalar> Comparison<T> {
    numbers!();

    /// The orthogonal C with A ~ C B Cᵀ; the distance is evaluated from this very C.
    #[must_use]
    pub fn transform(&self) -> MatRef<'_, T> {
        self.transform.as_ref()
    }
}

/// |A| / |B| from the norms of the scaled operators and their scales, each a power of two.
pub(super) fn norm_ratio<T: Scalar>(a: &Prepared<'_, T>, b: &Prepared<'_, T>) -> T {
    if b.norm == T::ZERO {
        return if a.norm == T::ZERO { T::ONE } else { T::MAX };
    }
    (a.norm / b.norm * (b.scale / a.scale)).smaller(T::MAX)
}

/// Whether a lower bound proves a distance. Rounding is relative to the distance `unit`. A bound that exceeds the distance by
/// more than this allowance contradicts it, and proves nothing.
pub(super) fn certified<T: Scalar>(distance: T, lower_bound: T, n: usize, unit: T) -> bool {
    let resolution = T::of(64.0) * T::count(n) * T::EPSILON * unit;
    let apart = Real::abs(distance - lower_bound);
    let zero = Real::abs(distance) <= resolution && lower_bound <= resolution;
    apart <= T::of(1e-3) * distance || zero
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_proves_only_the_distance_that_it_is_near() {
        assert!(certified(1.0, 0.9995, 3, 1.0));
        assert!(certified(1e-15, 0.0, 3, 1.0));
        assert!(!certified(1.0, 0.99, 3, 1.0));
        assert!(!certified(1e-6, 0.0, 3, 1.0));
        // More than is true cannot be proved: the angle of no transform against the bound pi.
        assert!(!certified(1.0, 3.0, 3, 1.0));
        assert!(!certified(1e-15, 1.0, 3, 1.0));
        assert!(!certified(f64::NAN, 0.0, 3, 1.0));
    }
}
