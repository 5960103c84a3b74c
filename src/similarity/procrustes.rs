//! Procrustes analysis over vector fields: how far apart two operators are, whatever the coordinates.
//!
//! d(A, B) = min over orthogonal C of |A - C B Cᵀ|, as an angle, a chord or a Frobenius norm. The
//! landscape has many local optima; the solver takes many short ascents from spectral frames and from
//! fixed random transforms, and reports the best with a lower bound of the true minimum.
//!
//! How often the best known optimum is reached, within 1e-6 of its cosine (f64, 40 to 80 pairs of DMD
//! operators each; all within 1e-3 with the default effort):
//!
//! | order | fast | default | thorough |
//! | --- | --- | --- | --- |
//! | 6 | 0.63 | 0.98 | 0.98 |
//! | 10 | 0.50 | 0.97 | 1.00 |
//! | 15 | 0.50 | 1.00 | 1.00 |
//! | 16 | 0.33 | 0.93 | 1.00 |
//!
//! Matrices without structure are harder: at order 16 one pair in ten is missed by the default effort,
//! by up to 0.02 rad. In f32 the same optima are found, to about 1e-5 of the cosine.

use super::chord::{
    Chords, canonical_order, finish, has_closed_form, in_order, leave_frames, transpose,
};
#[cfg(feature = "alloc")]
use super::comparison::Comparison;
use super::comparison::{ComparisonRef, Numbers, certified};
use super::frame::{self, Prepared};
use super::{UnequalRanks, ascent, bound, search, small};
#[cfg(feature = "alloc")]
use crate::dmd::Model;
use crate::error::Error;
#[cfg(feature = "alloc")]
use crate::matrix::{Mat, try_zeros};
use crate::matrix::{MatMut, MatRef, Memory};
use crate::scalar::{Real, Scalar};
use core::cmp::Ordering;

/// Which distance between operators.
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
    pub const fn parity() -> Self {
        Self::Chordal
    }
}

/// How hard to search. A larger effort begins with the search of the smaller one and is never worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Effort {
    /// 2 short ascents at odd order, 4 at even order: about 300 n³ multiply-adds.
    Fast,
    /// 16 ascents more (40 up to order 8): about 3 000 n³ multiply-adds.
    #[default]
    Default,
    /// 40 ascents more, given up later: about 13 000 n³ multiply-adds.
    Thorough,
}

/// Pairs that [`Procrustes::compare_many_in`] solves side by side.
const LANES_F64: usize = 4;
const LANES_F32: usize = 8;

/// Settings of a Procrustes comparison.
///
/// | | |
/// | --- | --- |
/// | metric | [`Metric::Angular`] unless told otherwise |
/// | effort | [`Effort::Default`] |
/// | unequal ranks | [`UnequalRanks::Error`] |
///
/// ```
/// use dynamical_similarity::{MatRef, similarity::procrustes::{Metric, Procrustes}};
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
    effort: Effort,
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
    const fn frames(&self, n: usize) -> usize {
        if n <= 2 { 1 } else { search::frames(self.effort) }
    }

    /// Scalars that [`Procrustes::prepare_in`] keeps for an operator of order n: 13 n² + 3 n
    /// (5 n² + 3 n with [`Effort::Fast`]).
    #[must_use]
    pub const fn prepared_len(&self, n: usize) -> usize {
        frame::memory_len(n, self.frames(n))
    }

    /// Scalars of scratch that [`Procrustes::prepare_in`] needs.
    #[must_use]
    pub const fn prepare_scratch_len(&self, n: usize) -> usize {
        frame::scratch_len(n)
    }

    /// Scalars that [`Procrustes::compare_prepared_in`] needs at order n: about 16 n².
    #[must_use]
    pub const fn comparison_len(&self, n: usize) -> usize {
        let square = n.saturating_mul(n);
        let (search, finish) = (ascent::memory_len(n, 1), square.saturating_mul(3));
        square.saturating_add(if search > finish { search } else { finish })
    }

    /// Scalars that [`Procrustes::compare_in`] needs for operators of order n (the larger one): about
    /// 42 n² (26 n² with [`Effort::Fast`]).
    #[must_use]
    pub const fn memory_len(&self, n: usize) -> usize {
        let (prepare, compare) = (self.prepare_scratch_len(n), self.comparison_len(n));
        let most = if prepare > compare { prepare } else { compare };
        self.prepared_len(n).saturating_mul(2).saturating_add(most)
    }

    /// Checks the settings against two orders; returns the common one.
    const fn common_order(&self, left: usize, right: usize) -> Result<usize, Error> {
        match self.unequal_ranks {
            UnequalRanks::Transport => Err(Error::InvalidSetting {
                setting: "unequal_ranks",
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
    /// - [`Error::NonFiniteEntry`],
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
    /// have distance exactly 0 with C = I. An orthogonally similar pair is found to about n eps where
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
        let mut memory = Memory::new(memory, self.memory_len(n))?;
        let transform = memory.vector(n.saturating_mul(n))?;
        let left = memory.vector(self.prepared_len(n))?;
        let right = memory.vector(self.prepared_len(n))?;
        let rest = memory.scratch();
        let a = self.prepare_padded_in(a, n, left, rest)?;
        let b = self.prepare_padded_in(b, n, right, rest)?;
        self.compare_with(&a, &b, transform, rest)
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
        let n = a.order();
        if n != b.order() {
            return Err(Error::RankMismatch { left: n, right: b.order() });
        }
        self.common_order(n, n)?;
        self.check_norm(a)?;
        self.check_norm(b)?;
        let mut memory = Memory::new(memory, self.comparison_len(n))?;
        let transform = memory.vector(n.saturating_mul(n))?;
        self.compare_with(a, b, transform, memory.scratch())
    }

    fn check_norm<T: Scalar>(&self, operator: &Prepared<'_, T>) -> Result<(), Error> {
        if operator.norm == T::ZERO && self.metric != Metric::Frobenius {
            return Err(Error::ZeroOperator);
        }
        if !Real::is_finite(operator.norm()) && self.metric == Metric::Frobenius {
            return Err(Error::NonFiniteEntry { row: 0, column: 0 });
        }
        Ok(())
    }

    fn compare_with<'m, T: Scalar>(
        &self,
        a: &Prepared<'_, T>,
        b: &Prepared<'_, T>,
        transform: &'m mut [T],
        memory: &mut [T],
    ) -> Result<ComparisonRef<'m, T>, Error> {
        let n = a.order();
        let mut transform = MatMut::new(transform, n, n)?;
        let numbers = match self.closed_form(a, b, &mut transform, memory)? {
            Some(numbers) => numbers,
            None => {
                self.check_frames(a, b)?;
                let (first, second, _) = in_order(a, b);
                let (mut todo, mut evaluations) = (Some(0), 0);
                search::search::<T, 1>(
                    self.effort,
                    n,
                    || todo.take(),
                    |_| Some((first, second)),
                    |_, ascent, l| {
                        evaluations = ascent.evaluations(l);
                        ascent.write_best(l, &mut transform);
                        Ok(())
                    },
                    memory,
                )?;
                self.conclude(a, b, &mut transform, memory, evaluations)?
            }
        };
        Ok(ComparisonRef { numbers, transform: transform.into_ref() })
    }

    /// Pairs of one list of prepared operators, several at a time in the lanes of vector registers
    /// (4 in f64, 8 in f32); `each(k, comparison)` is called once for every entry k of `pairs`, in the
    /// order in which they finish. The results are those of [`Procrustes::compare_prepared_in`], to
    /// the bit.
    ///
    /// `memory`: [`Procrustes::many_len`].
    ///
    /// ```
    /// use dynamical_similarity::{MatRef, similarity::procrustes::Procrustes};
    /// let procrustes = Procrustes::new();
    /// let entries = [
    ///     [0.9_f64, 0.1, 0.0, -0.1, 0.9, 0.2, 0.0, 0.0, 0.5],
    ///     [0.8, 0.3, 0.0, -0.3, 0.8, 0.0, 0.1, 0.0, 0.4],
    ///     [0.5, 0.0, 0.2, 0.0, 0.9, 0.1, 0.0, -0.1, 0.9], // the first, in another order
    /// ];
    /// let mut scratch = vec![0.0; procrustes.prepare_scratch_len(3)];
    /// let mut memory = [(); 3].map(|()| vec![0.0; procrustes.prepared_len(3)]);
    /// let mut operators = Vec::new();
    /// for (entries, memory) in entries.iter().zip(&mut memory) {
    ///     let operator = MatRef::new(entries, 3, 3)?;
    ///     operators.push(procrustes.prepare_in(operator, memory, &mut scratch)?);
    /// }
    /// let mut memory = vec![0.0; procrustes.many_len::<f64>(3)];
    /// let mut distances = [0.0; 2];
    /// procrustes.compare_many_in(&operators, &[(0, 1), (0, 2)], &mut memory, |k, found| {
    ///     distances[k] = found.distance();
    /// })?;
    /// assert!(distances[0] > 0.1);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Procrustes::compare_prepared_in`]; [`Error::ShapeMismatch`] if a pair names an operator
    /// that is not in the list. `each` may have been called for some pairs by then.
    pub fn compare_many_in<T: Scalar>(
        &self,
        operators: &[Prepared<'_, T>],
        pairs: &[(usize, usize)],
        memory: &mut [T],
        each: impl FnMut(usize, ComparisonRef<'_, T>),
    ) -> Result<(), Error> {
        if size_of::<T>() == size_of::<f32>() {
            self.compare_lanes::<T, LANES_F32>(operators, pairs, memory, each)
        } else {
            self.compare_lanes::<T, LANES_F64>(operators, pairs, memory, each)
        }
    }

    /// Scalars that [`Procrustes::compare_many_in`] needs at order n: about 64 n² in f64, 124 n² in
    /// f32.
    #[must_use]
    pub const fn many_len<T: Scalar>(&self, n: usize) -> usize {
        let lanes = if size_of::<T>() == size_of::<f32>() { LANES_F32 } else { LANES_F64 };
        Self::lanes_len(n, lanes)
    }

    const fn lanes_len(n: usize, lanes: usize) -> usize {
        n.saturating_mul(n).saturating_mul(4).saturating_add(ascent::memory_len(n, lanes))
    }

    fn compare_lanes<T: Scalar, const L: usize>(
        &self,
        operators: &[Prepared<'_, T>],
        pairs: &[(usize, usize)],
        memory: &mut [T],
        mut each: impl FnMut(usize, ComparisonRef<'_, T>),
    ) -> Result<(), Error> {
        let Some(n) = operators.first().map(Prepared::order) else {
            return crate::matrix::check("the number of pairs", 0, pairs.len()).map(|_| ());
        };
        self.common_order(n, n)?;
        for operator in operators {
            if operator.order() != n {
                return Err(Error::RankMismatch { left: n, right: operator.order() });
            }
            self.check_norm(operator)?;
        }
        let mut memory = Memory::new(memory, Self::lanes_len(n, L))?;
        let mut transform = memory.matrix(n, n)?;
        let finishing = memory.vector(n.saturating_mul(n).saturating_mul(3))?;
        let pair = |k: usize| {
            let (i, j) = *pairs.get(k)?;
            Some((operators.get(i)?, operators.get(j)?))
        };
        for (k, (i, j)) in pairs.iter().enumerate() {
            let Some((a, b)) = pair(k) else {
                let expected = operators.len();
                let got = (*i).max(*j).saturating_add(1);
                return Err(Error::ShapeMismatch {
                    what: "the number of operators",
                    expected,
                    got,
                });
            };
            match self.closed_form(a, b, &mut transform, finishing)? {
                Some(numbers) => {
                    each(k, ComparisonRef { numbers, transform: transform.as_ref() });
                }
                None => self.check_frames(a, b)?,
            }
        }
        let needs_search = |k: &usize| pair(*k).is_some_and(|(a, b)| !has_closed_form(a, b));
        let mut todo = (0..pairs.len()).filter(needs_search);
        search::search::<T, L>(
            self.effort,
            n,
            || todo.next(),
            |k| pair(k).map(|(a, b)| in_order(a, b)).map(|(first, second, _)| (first, second)),
            |k, ascent, l| {
                let Some((a, b)) = pair(k) else { return Ok(()) };
                ascent.write_best(l, &mut transform);
                let evaluations = ascent.evaluations(l);
                let numbers = self.conclude(a, b, &mut transform, finishing, evaluations)?;
                each(k, ComparisonRef { numbers, transform: transform.as_ref() });
                Ok(())
            },
            memory.scratch(),
        )
    }

    const fn check_frames<T: Scalar>(
        &self,
        a: &Prepared<'_, T>,
        b: &Prepared<'_, T>,
    ) -> Result<(), Error> {
        let needed = self.frames(a.order());
        if a.frames() < needed || b.frames() < needed {
            return Err(Error::InvalidSetting {
                setting: "effort",
                expected: "at most the one that the operators were prepared for",
            });
        }
        Ok(())
    }

    /// Equal operators, zero operators and orders 1 and 2, without a search.
    fn closed_form<T: Scalar>(
        &self,
        a: &Prepared<'_, T>,
        b: &Prepared<'_, T>,
        transform: &mut MatMut<'_, T>,
        memory: &mut [T],
    ) -> Result<Option<Numbers<T>>, Error> {
        if !has_closed_form(a, b) {
            return Ok(None);
        }
        let equal = canonical_order(a, b) == Ordering::Equal;
        transform.set_identity();
        if equal || a.norm == T::ZERO || b.norm == T::ZERO {
            let chords = Chords::of_trivial(equal);
            return self.report(a, b, &chords, chords.difference, 0).map(Some);
        }
        let (first, second, swapped) = in_order(a, b);
        if a.order() == 2 {
            small::transform(transform, first.operator, second.operator);
        }
        let chords = finish(first, second, transform, memory)?;
        if swapped {
            transpose(transform);
        }
        let lower = chords.difference - T::of(64.0) * T::EPSILON;
        self.report(a, b, &chords, lower.larger(T::ZERO), 0).map(Some)
    }

    /// Brings a transform that the search found to the coordinates of the operators, and measures it.
    fn conclude<T: Scalar>(
        &self,
        a: &Prepared<'_, T>,
        b: &Prepared<'_, T>,
        transform: &mut MatMut<'_, T>,
        memory: &mut [T],
        evaluations: usize,
    ) -> Result<Numbers<T>, Error> {
        let (first, second, swapped) = in_order(a, b);
        leave_frames(first, second, transform, memory)?;
        let chords = finish(first, second, transform, memory)?;
        if swapped {
            transpose(transform);
        }
        self.report(a, b, &chords, bound::chord(first, second), evaluations)
    }

    fn report<T: Scalar>(
        &self,
        a: &Prepared<'_, T>,
        b: &Prepared<'_, T>,
        chords: &Chords<T>,
        lower: T,
        evaluations: usize,
    ) -> Result<Numbers<T>, Error> {
        let norms = (a.norm(), b.norm());
        let distance = self.in_units(chords, norms);
        if !Real::is_finite(distance) {
            return Err(Error::NonFiniteEntry { row: 0, column: 0 });
        }
        // Where the bound is attained its angle is that of the distance, from the smaller chord.
        let sum = if lower < chords.difference { T::TWO } else { chords.sum };
        let lower = Chords { difference: lower, sum };
        let lower_bound = self.in_units(&lower, norms).smaller(distance);
        let unit = match self.metric {
            Metric::Frobenius => norms.0.larger(norms.1),
            Metric::Angular | Metric::Chordal => T::ONE,
        };
        Ok(Numbers {
            distance,
            lower_bound,
            cosine: chords.cosine(),
            evaluations,
            certified: certified(distance, lower_bound, a.order(), unit),
        })
    }

    /// A distance from the chords, in the units of the metric.
    pub(super) fn in_units<T: Scalar>(&self, chords: &Chords<T>, (left, right): (T, T)) -> T {
        match self.metric {
            Metric::Angular => chords.angle(),
            Metric::Chordal => chords.difference,
            Metric::Frobenius => {
                let largest = left.larger(right);
                if largest == T::ZERO {
                    return T::ZERO;
                }
                let (left, right) = (left / largest, right / largest);
                let (apart, chord) = (left - right, chords.difference);
                largest * Real::sqrt(apart * apart + left * right * (chord * chord))
            }
        }
    }

    /// Compares two operators on the heap; see [`Procrustes::compare_in`].
    ///
    /// ```
    /// use dynamical_similarity::{Mat, similarity::procrustes::Procrustes};
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
