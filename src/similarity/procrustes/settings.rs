//! Procrustes analysis over vector fields: the distance of two operators, whatever their coordinates.
//!
//! d(A, B) = min over orthogonal C of |A - C B Cᵀ|, as an angle, a chord or a Frobenius norm. The
//! landscape has many local optima; the solver takes many short ascents from spectral frames and from
//! fixed random transforms, and reports the best with a lower bound of the true minimum.
//!
//! How often the best known optimum is reached within 1e-6 of its cosine, and the largest excess of the
//! angle (f64, 30 to 80 pairs of DMD operators an order; the optima are from 300 and more converged random
//! starts of an independent maximiser):
//!
//! | order | fast | default | thorough |
//! | --- | --- | --- | --- |
//! | 3 | 0.90, 6e-5 | 1.00, 6e-12 | 1.00, 3e-12 |
//! | 6 | 0.66, 1e-3 | 1.00, 5e-6 | 1.00, 4e-9 |
//! | 10 | 0.56, 1e-3 | 0.98, 6e-5 | 1.00, 2e-9 |
//! | 15 | 0.38, 8e-3 | 0.99, 1e-4 | 1.00, 6e-10 |
//! | 16 | 0.45, 1e-2 | 1.00, 6e-10 | 1.00, 5e-10 |
//! | 20 | 0.37, 4e-3 | 1.00, 3e-10 | 1.00, 3e-10 |
//! | 30 | 0.26, 6e-2 | 0.94, 2e-4 | 0.98, 2e-4 |
//!
//! Up to order 16 the cosine that the default effort finds is within 1e-9 of the summit of its basin, to which
//! that maximiser takes it.
//!
//! Matrices without structure are harder: from order 12 on about one Gaussian pair in three is missed by
//! the default effort, by up to 0.01 rad. In f32 the default effort comes within 1e-6 of the cosine for 63
//! to 100 % of the DMD pairs, and within 3e-4 rad of the angle up to order 20 (2e-3 at 30).

#[cfg(feature = "alloc")]
use super::comparison::Comparison;
use super::comparison::ComparisonRef;
use super::effort::{self, Effort};
use super::precision::{Same, Single};
use super::prepared::{self, Prepared};
use super::{chords, search};
#[cfg(feature = "alloc")]
use crate::dmd::model::Model;
use crate::error::{Error, Setting};
use crate::matrix::{Layout, MatRef, any_of, area};
#[cfg(feature = "alloc")]
use crate::matrix::{Mat, try_zeros};
use crate::scalar::{Real, Scalar};
use crate::similarity::unequal_ranks::UnequalRanks;

/// Distances between operators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Metric {
    /// The angle min over C of arccos(<A, C B Cᵀ> / (|A| |B|)), in \[0, pi\] radians. Does not see a
    /// positive scale of an operator.
    #[default]
    Angular,
    /// The chord min over C of |A/|A| - C B Cᵀ/|B|| = 2 sin(angle / 2), in \[0, 2\].
    Chordal,
    /// min over C of |A - C B Cᵀ|, without normalisation. Defined for zero operators: d(0, B) = |B|.
    Frobenius,
}

impl Metric {
    /// The convention of the authors' package dsa-metric 2.0.2 where it says "euclidean": operators at
    /// unit norm, so the chord. (Its "angular" is [`Metric::Angular`].)
    #[must_use]
    pub const fn dsa_metric() -> Self {
        Self::Chordal
    }
}

/// The pieces of a comparison: the transform, scratch that finishes it, and the memory of the search.
pub(super) const fn layout_with(n: usize, search_len: usize) -> Layout<3> {
    Layout::new([area(n, n), chords::memory_len(n), search_len])
}

/// Settings of a Procrustes comparison.
///
/// | setting | default |
/// | --- | --- |
/// | metric | [`Metric::Angular`] |
/// | effort | [`Effort::Default`] |
/// | unequal ranks | [`UnequalRanks::Error`] |
///
/// ```
/// use dynamical_similarity::{MatRef, Metric, Procrustes};
/// // The same rotation with decay, seen in a mirror: orthogonally similar.
/// let a = MatRef::new(&[0.6_f64, 0.7, -0.7, 0.6], 2, 2)?;
/// let b = MatRef::new(&[0.6, -0.7, 0.7, 0.6], 2, 2)?;
/// const LEN: usize = Procrustes::new().memory_len(2);
/// let mut memory = [0.0; LEN];
/// let comparison = Procrustes::new().metric(Metric::Angular).compare_in(a, b, &mut memory)?;
/// assert!(comparison.distance() < 1e-15);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Procrustes {
    pub(super) metric: Metric,
    pub(super) effort: Effort,
    unequal_ranks: UnequalRanks,
}

impl Procrustes {
    /// The angle, with the default effort, between operators of one rank.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            metric: Metric::Angular,
            effort: Effort::Default,
            unequal_ranks: UnequalRanks::Error,
        }
    }

    /// Which distance.
    #[must_use]
    pub const fn metric(self, metric: Metric) -> Self {
        Self { metric, ..self }
    }

    /// How hard to search.
    #[must_use]
    pub const fn effort(self, effort: Effort) -> Self {
        Self { effort, ..self }
    }

    /// What to do with operators of different ranks: refuse them, or pad the smaller with zeros.
    /// Padding pair by pair is no metric; padding a whole set to its largest rank is
    /// ([`Procrustes::prepare_padded_in`]). [`UnequalRanks::Transport`] has no meaning here and is
    /// refused.
    #[must_use]
    pub const fn unequal_ranks(self, unequal_ranks: UnequalRanks) -> Self {
        Self { unequal_ranks, ..self }
    }

    /// The rule for unequal ranks.
    #[must_use]
    pub const fn unequal_ranks_rule(&self) -> UnequalRanks {
        self.unequal_ranks
    }

    /// Frames at order n: a closed form needs none beyond the first.
    pub(super) const fn frames(&self, n: usize) -> usize {
        if n <= 2 { 1 } else { effort::frames(self.effort) }
    }

    /// Scalars that [`Procrustes::prepare_in`] keeps for an operator of order n: 13 n² + 3 n
    /// (5 n² + 3 n with [`Effort::Fast`]).
    #[must_use]
    pub const fn prepared_len(&self, n: usize) -> usize {
        prepared::memory_len(n, self.frames(n))
    }

    /// Scalars of scratch that [`Procrustes::prepare_in`] needs.
    #[must_use]
    pub const fn prepare_scratch_len(&self, n: usize) -> usize {
        prepared::scratch_len(n)
    }

    /// Scalars that [`Procrustes::compare_prepared_in`] needs at order n: about 24 n² (21 n² with
    /// [`Effort::Fast`]); from order 7 to 16 about 22 n² + n⁴ / 16, for a Hessian of operators in f64.
    #[must_use]
    pub const fn comparison_len(&self, n: usize) -> usize {
        self.comparison_layout(n).len()
    }

    /// The pieces of a comparison of one pair.
    pub(super) const fn comparison_layout(&self, n: usize) -> Layout<3> {
        // For operators of either scalar: f64 takes less to explore, and more to polish.
        let single = search::memory_len::<f32, Same, 1, 1, 1>(self.effort, n);
        let double = search::memory_len::<f64, Single, 1, 1, 1>(self.effort, n);
        layout_with(n, any_of(&[single, double]))
    }

    /// Scalars that [`Procrustes::compare_in`] needs for operators of order n (the larger one): about
    /// 50 n² (31 n² with [`Effort::Fast`]); from order 7 to 16 about 48 n² + n⁴ / 16.
    #[must_use]
    pub const fn memory_len(&self, n: usize) -> usize {
        self.layout(n).len()
    }

    /// Both prepared operators, and what is used in turn: scratch of the preparations, then memory of the comparison.
    const fn layout(&self, n: usize) -> Layout<3> {
        let work = any_of(&[self.prepare_scratch_len(n), self.comparison_len(n)]);
        Layout::new([self.prepared_len(n), self.prepared_len(n), work])
    }

    /// Checks the settings against two orders; returns the common one.
    pub(super) const fn common_order(&self, left: usize, right: usize) -> Result<usize, Error> {
        match self.unequal_ranks {
            UnequalRanks::Transport => Err(Error::InvalidSetting {
                setting: Setting::UnequalRanks,
                expected: "Error or Pad for a Procrustes comparison",
            }),
            _ if left == right => Ok(left),
            UnequalRanks::Pad => Ok(if left > right { left } else { right }),
            UnequalRanks::Error => Err(Error::RankMismatch { left, right }),
        }
    }

    /// Prepares an operator for many comparisons; do this once per operator.
    ///
    /// `memory` holds the result ([`Procrustes::prepared_len`]); `scratch`
    /// ([`Procrustes::prepare_scratch_len`]) is free afterwards. Cost: about 15 n³ multiply-adds a
    /// frame.
    ///
    /// # Errors
    /// - [`Error::ShapeMismatch`] if the operator is not square,
    /// - [`Error::NonFiniteEntry`]; [`Error::Overflow`] if the norm or the distance leaves the range of the
    ///   scalar (Frobenius metric),
    /// - [`Error::ZeroOperator`] for the angle and the chord,
    /// - [`Error::MemoryTooSmall`],
    /// - [`Error::NotConverged`] from the eigen-solver.
    pub fn prepare_in<'m, T: Scalar>(
        &self,
        operator: MatRef<'_, T>,
        memory: &'m mut [T],
        scratch: &mut [T],
    ) -> Result<Prepared<'m, T>, Error> {
        self.prepare_padded_in(operator, operator.rows(), memory, scratch)
    }

    /// As [`Procrustes::prepare_in`], padded with zeros to `order`. To compare operators of different
    /// ranks, pad all of them to the largest rank of the set: the distances are then a metric on it.
    ///
    /// # Errors
    /// As [`Procrustes::prepare_in`], and [`Error::RankMismatch`] if the operator is larger than
    /// `order`.
    pub fn prepare_padded_in<'m, T: Scalar>(
        &self,
        operator: MatRef<'_, T>,
        order: usize,
        memory: &'m mut [T],
        scratch: &mut [T],
    ) -> Result<Prepared<'m, T>, Error> {
        let prepared = Prepared::new(operator, order, self.frames(order), memory, scratch)?;
        self.check_norm(&prepared)?;
        Ok(prepared)
    }

    /// Compares two operators: C with A ~ C B Cᵀ, the distance, and a lower bound.
    ///
    /// The pair is put into a fixed order first, so that d(A, B) = d(B, A) to the bit. Equal operators
    /// have distance exactly 0 with C = I, and no distance is larger than the one with C = I. C is orthogonal
    /// to 8 n^1.5 eps. An orthogonally similar pair is found to about n eps where
    /// the spectrum of the symmetric part is simple.
    ///
    /// `memory`: [`Procrustes::memory_len`] of the larger order. Cost: [`Effort`], and about 90 n³
    /// multiply-adds for each preparation.
    ///
    /// # Errors
    /// As [`Procrustes::prepare_in`], and
    /// - [`Error::RankMismatch`] if the orders differ, unless they are padded,
    /// - [`Error::InvalidSetting`] for [`UnequalRanks::Transport`].
    pub fn compare_in<'m, T: Scalar>(
        &self,
        a: MatRef<'_, T>,
        b: MatRef<'_, T>,
        memory: &'m mut [T],
    ) -> Result<ComparisonRef<'m, T>, Error> {
        let n = self.common_order(a.check_square()?, b.check_square()?)?;
        let ([left, right, work], _) = self.layout(n).cut(memory)?;
        let a = self.prepare_padded_in(a, n, left, work)?;
        let b = self.prepare_padded_in(b, n, right, work)?;
        self.stepwise_in(&a, &b, work)?.finish()
    }

    /// Compares two prepared operators; see [`Procrustes::compare_in`].
    ///
    /// `memory`: [`Procrustes::comparison_len`].
    ///
    /// # Errors
    /// - [`Error::RankMismatch`] if the orders differ,
    /// - [`Error::InvalidSetting`] if an operator was prepared for a smaller effort,
    /// - [`Error::ZeroOperator`] for the angle and the chord,
    /// - [`Error::MemoryTooSmall`].
    pub fn compare_prepared_in<'m, T: Scalar>(
        &self,
        a: &Prepared<'_, T>,
        b: &Prepared<'_, T>,
        memory: &'m mut [T],
    ) -> Result<ComparisonRef<'m, T>, Error> {
        self.stepwise_in(a, b, memory)?.finish()
    }

    pub(super) fn check_norm<T: Scalar>(&self, operator: &Prepared<'_, T>) -> Result<(), Error> {
        if operator.norm == T::ZERO && self.metric != Metric::Frobenius {
            return Err(Error::ZeroOperator);
        }
        if !Real::is_finite(operator.norm()) && self.metric == Metric::Frobenius {
            return Err(Error::Overflow { what: "the norm of an operator" });
        }
        Ok(())
    }

    /// Compares two operators on the heap; see [`Procrustes::compare_in`].
    ///
    /// ```
    /// use dynamical_similarity::{Mat, Procrustes};
    /// let mut a = Mat::<f64>::zeros(3, 3)?;
    /// let mut b = Mat::zeros(3, 3)?;
    /// for i in 0..3 {
    ///     a.as_mut().set(i, i, i as f64); // diag(0, 1, 2)
    ///     b.as_mut().set(2 - i, 2 - i, i as f64); // diag(2, 1, 0)
    /// }
    /// let comparison = Procrustes::new().compare_operators(a.as_ref(), b.as_ref())?;
    /// assert!(comparison.distance() < 1e-14 && comparison.is_certified());
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Procrustes::compare_in`], and [`Error::OutOfMemory`].
    #[cfg(feature = "alloc")]
    pub fn compare_operators<T: Scalar>(
        &self,
        a: MatRef<'_, T>,
        b: MatRef<'_, T>,
    ) -> Result<Comparison<T>, Error> {
        let mut memory = try_zeros(self.memory_len(a.rows().max(b.rows())))?;
        let found = self.compare_in(a, b, &mut memory)?;
        Ok(Comparison { numbers: found.numbers, transform: Mat::copy_of(found.transform)? })
    }

    /// Compares the operators of two models; see [`Procrustes::compare_in`].
    ///
    /// # Errors
    /// As [`Procrustes::compare_in`], and [`Error::OutOfMemory`].
    #[cfg(feature = "alloc")]
    pub fn compare<T: Scalar>(&self, a: &Model<T>, b: &Model<T>) -> Result<Comparison<T>, Error> {
        self.compare_operators(a.operator(), b.operator())
    }
}
