//! The Wasserstein distance between the eigenvalues of two operators.
//!
//! Eigenvalues are points of the plane with equal masses; the distance is the least mean displacement
//! that carries one spectrum into the other. It needs no search over transformations and is the same
//! in every basis, also in bases that are not orthogonal. It does not depend on the
//! eigenvectors: [[.5, 1], [0, .2]] and [[.5, 5], [0, .2]] are at distance zero although their transients differ by
//! a factor of five. Compare with [`Procrustes`](super::procrustes::settings) where that matters. For normal
//! operators A and B of rank r, Hoffman & Wielandt (Duke Math. J. 20 (1953) 37-39) bound it by the
//! Frobenius distance: sqrt(r) W2 <= min over orthogonal C of |A - C B Cᵀ|.

use super::unequal_ranks::UnequalRanks;
#[cfg(feature = "alloc")]
use crate::dmd::{model::Model, spectrum::Spectrum};
use crate::error::Error;
use crate::linalg::assignment::{match_rows_in, match_rows_memory_len};
use crate::linalg::eigenvalues::eigenvalues_in;
use crate::linalg::transport::{transport_in, transport_memory_len};
#[cfg(feature = "alloc")]
use crate::matrix::try_zeros;
use crate::matrix::{Cells, Layout, MatMut, MatRef, any_of, area, check, copy, largest};
use crate::scalar::{Real, Scalar};

/// Means of the displacements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum WassersteinOrder {
    /// W2: the root of the mean square; a metric.
    #[default]
    Two,
    /// W1: the mean; a metric, less drawn by one eigenvalue far away.
    One,
    /// The mean square without the root, as the authors' package returns it. No metric: the spectra {0},
    /// {1} and {2} have 4 > 1 + 1.
    TwoSquared,
}

/// Settings of a comparison of eigenvalues.
///
/// W_q = (min over matchings of the mean of |l_i - m_j|^q)^(1/q), l and m the two spectra.
///
/// | setting | default |
/// | --- | --- |
/// | order | [`WassersteinOrder::Two`] |
/// | unequal ranks | [`UnequalRanks::Error`] |
///
/// ```
/// use dynamical_similarity::{Wasserstein, WassersteinOrder};
/// // {1, i} against {2, i}: one of two eigenvalues is displaced by 1.
/// let (a, b) = (([1.0, 0.0], [0.0, 1.0]), ([0.0, 2.0], [1.0, 0.0]));
/// const W1: Wasserstein = Wasserstein::new().order(WassersteinOrder::One);
/// let mut memory = [0.0_f64; W1.eigenvalues_memory_len(2, 2)];
/// assert_eq!(W1.compare_eigenvalues_in(&a.0, &a.1, &b.0, &b.1, &mut memory)?, 0.5);
/// let w2 = Wasserstein::new().compare_eigenvalues_in(&a.0, &a.1, &b.0, &b.1, &mut memory)?;
/// assert!((w2 - 0.5_f64.sqrt()).abs() < 1e-15);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Wasserstein {
    pub(super) order: WassersteinOrder,
    unequal_ranks: UnequalRanks,
}

impl Wasserstein {
    /// W2, between spectra of one size.
    #[must_use]
    pub const fn new() -> Self {
        Self { order: WassersteinOrder::Two, unequal_ranks: UnequalRanks::Error }
    }

    /// The convention of the authors' package dsa-metric 2.0.2 between matrices: W2 squared, the smaller
    /// spectrum padded with zeros. (Its DSA class, for the same pair, transports unequal masses.)
    #[must_use]
    pub const fn dsa_metric() -> Self {
        Self { order: WassersteinOrder::TwoSquared, unequal_ranks: UnequalRanks::Pad }
    }

    /// The rule for unequal ranks.
    #[must_use]
    pub const fn unequal_ranks_rule(&self) -> UnequalRanks {
        self.unequal_ranks
    }

    /// The mean of the displacements.
    #[must_use]
    pub const fn order(self, order: WassersteinOrder) -> Self {
        Self { order, ..self }
    }

    /// What to do with spectra of different sizes m and n.
    ///
    /// [`UnequalRanks::Pad`] adds zeros to the smaller one: a missing mode counts as one that dies out at
    /// once. The value depends on the larger size, so it is a metric only among spectra padded to one
    /// size. [`UnequalRanks::Transport`] gives every eigenvalue the mass 1/m or 1/n and splits masses where
    /// it must: a metric on spectra of all sizes, where {0} and {0, 0} are the same.
    #[must_use]
    pub const fn unequal_ranks(self, unequal_ranks: UnequalRanks) -> Self {
        Self { unequal_ranks, ..self }
    }

    /// Scalars of memory that [`compare_eigenvalues_in`](Self::compare_eigenvalues_in) needs:
    /// k^2 + 9 k for k = max(m, n), with unequal masses 2 m n + 7 min(m, n) + 5 max(m, n).
    ///
    /// ```
    /// use dynamical_similarity::Wasserstein;
    /// assert_eq!(Wasserstein::new().eigenvalues_memory_len(15, 15), 360);
    /// ```
    #[must_use]
    pub const fn eigenvalues_memory_len(&self, left: usize, right: usize) -> usize {
        self.eigenvalues_layout(left, right).len()
    }

    /// Both spectra, the costs, the matching (or the flow of unequal masses), and the memory of its solver.
    const fn eigenvalues_layout(&self, left: usize, right: usize) -> Layout<5> {
        if left != right && matches!(self.unequal_ranks, UnequalRanks::Transport) {
            let (fewer, more) = if left < right { (left, right) } else { (right, left) };
            let (costs, solver) = (area(left, right), transport_memory_len(fewer, more));
            return Layout::new([points_len(left), points_len(right), costs, costs, solver]);
        }
        let n = any_of(&[left, right]);
        let solver = match_rows_memory_len(n);
        Layout::new([points_len(n), points_len(n), area(n, n), n, solver])
    }

    /// The distance between two spectra given as real and imaginary parts, in any order.
    ///
    /// The value depends on the spectra as multisets alone: neither the order of the eigenvalues nor that
    /// of the two spectra changes a bit, and equal multisets are at exactly zero.
    ///
    /// # Errors
    /// [`Error::Empty`] without eigenvalues; [`Error::ShapeMismatch`] if there are more real than imaginary
    /// parts or fewer; [`Error::NonFiniteEntry`] for an eigenvalue that is not finite (row: which one,
    /// column: 0 for the real part, 1 for the imaginary part); [`Error::Overflow`] for a distance that leaves
    /// the range of the scalar; [`Error::RankMismatch`] for spectra of different sizes, unless the settings say what to do
    /// then; [`Error::MemoryTooSmall`] below [`eigenvalues_memory_len`](Self::eigenvalues_memory_len).
    ///
    /// # Cost
    /// O(k^3), k = max(m, n): see [`assign_in`](crate::linalg::assignment::assign_in); with unequal masses
    /// see [`transport_in`].
    ///
    /// # Accuracy
    /// Scaled by a power of two, so that spectra of size 1e-30 and 1e30 survive the square in `f32`. The
    /// costs are not negative, the lengths of the augmenting paths add up to the least total, and so all
    /// rounding is relative to the distance itself (measured, `f32` against `f64`, up to 64 eigenvalues,
    /// also where the spectra differ by 1e-3: at most 5 eps). Displacements below 2^-60 (`f32`) or 2^-500
    /// (`f64`) of the largest eigenvalue count as zero in W2.
    pub fn compare_eigenvalues_in<T: Scalar>(
        &self,
        a_real: &[T],
        a_imaginary: &[T],
        b_real: &[T],
        b_imaginary: &[T],
        memory: &mut [T],
    ) -> Result<T, Error> {
        let left = check_spectrum(a_real, a_imaginary)?;
        let right = check_spectrum(b_real, b_imaginary)?;
        self.check_ranks(left, right)?;
        let ([of_a, of_b, cost, matched, solver], _) =
            self.eigenvalues_layout(left, right).cut(memory)?;
        let padded = match self.unequal_ranks {
            UnequalRanks::Pad => left.max(right),
            _ => 0,
        };
        let (of_left, of_right) = (padded.max(left), padded.max(right));
        let mut a = Points::sorted_in(a_real, a_imaginary, of_left, of_a);
        let mut b = Points::sorted_in(b_real, b_imaginary, of_right, of_b);
        if b.precedes(&a) {
            core::mem::swap(&mut a, &mut b);
        }
        let scale = a.largest().larger(b.largest()).binary_scale();
        let mut cost = MatMut::over(cost, a.len(), b.len());
        self.fill_costs(&a, &b, scale, &mut cost);
        // By the numbers of points, not the lengths of slices: a program that only compares spectra of one size is then seen
        // not to need the transportation problem.
        let mean = if of_left == of_right {
            match_rows_in(cost.as_ref(), matched, solver)? / T::count(a.len())
        } else {
            let mut flow = MatMut::over(matched, a.len(), b.len());
            transport_in(cost.as_ref(), &mut flow, solver)?
        };
        self.in_units(mean, scale)
    }

    /// The distance from the mean of the costs of points in units of 1 / `scale`.
    pub(super) fn in_units<T: Scalar>(&self, mean: T, scale: T) -> Result<T, Error> {
        let distance = match self.order {
            WassersteinOrder::Two => Real::sqrt(mean) / scale,
            WassersteinOrder::One => mean / scale,
            WassersteinOrder::TwoSquared => mean / scale / scale,
        };
        let overflow = Error::Overflow { what: "the distance" };
        if Real::is_finite(distance) { Ok(distance) } else { Err(overflow) }
    }

    /// Scalars of memory that [`compare_in`](Self::compare_in) needs for operators of these ranks: 2 m + 2 n
    /// for the eigenvalues, and the larger of max(m, n)^2 and
    /// [`eigenvalues_memory_len`](Self::eigenvalues_memory_len).
    #[must_use]
    pub const fn memory_len(&self, left: usize, right: usize) -> usize {
        self.layout(left, right).len()
    }

    /// The eigenvalues of both operators, and what is used in turn: a copy of an operator, then the memory of the matching.
    const fn layout(&self, left: usize, right: usize) -> Layout<3> {
        let more = any_of(&[left, right]);
        let work = any_of(&[area(more, more), self.eigenvalues_memory_len(left, right)]);
        Layout::new([points_len(left), points_len(right), work])
    }

    /// The distance between the spectra of two operators.
    ///
    /// Zero operators are fine: all their eigenvalues are 0. The operator's rank is its order.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] for an operator that is not square; [`Error::NonFiniteEntry`] for one that is
    /// not finite; [`Error::NotConverged`] from the eigenvalues; else as
    /// [`compare_eigenvalues_in`](Self::compare_eigenvalues_in).
    ///
    /// # Cost
    /// About 10 n^3 multiply-adds for the eigenvalues of either operator, and the matching.
    ///
    /// # Accuracy
    /// That of the eigenvalues: eps times the norm for normal operators, and times the condition of every
    /// eigenvalue for others.
    ///
    /// ```
    /// use dynamical_similarity::MatRef;
    /// use dynamical_similarity::Wasserstein;
    /// // Decay at rates .5 and .2, with transients that differ by a factor of five: not seen.
    /// let a = MatRef::new(&[0.5_f64, 0.0, 1.0, 0.2], 2, 2)?;
    /// let b = MatRef::new(&[0.5, 0.0, 5.0, 0.2], 2, 2)?;
    /// const W2: Wasserstein = Wasserstein::new();
    /// let mut memory = [0.0; W2.memory_len(2, 2)];
    /// assert!(W2.compare_in(a, b, &mut memory)? < 1e-15);
    /// let zero = MatRef::new(&[0.0; 4], 2, 2)?;
    /// let to_zero = W2.compare_in(a, zero, &mut memory)?;
    /// assert!((to_zero - (0.29_f64 / 2.0).sqrt()).abs() < 1e-15);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    pub fn compare_in<T: Scalar>(
        &self,
        a: MatRef<'_, T>,
        b: MatRef<'_, T>,
        memory: &mut [T],
    ) -> Result<T, Error> {
        let (left, right) = (a.check_square()?, b.check_square()?);
        self.check_ranks(left, right)?;
        let ([of_a, of_b, work], _) = self.layout(left, right).cut(memory)?;
        a.check_finite()?;
        b.check_finite()?;
        let a = Points::eigenvalues_of(a, of_a, work)?;
        let b = Points::eigenvalues_of(b, of_b, work)?;
        self.compare_eigenvalues_in(a.real, a.imaginary, b.real, b.imaginary, work)
    }

    /// [`compare_in`](Self::compare_in) with memory of its own.
    ///
    /// # Errors
    /// As [`compare_in`](Self::compare_in), and [`Error::OutOfMemory`].
    ///
    /// ```
    /// use dynamical_similarity::MatRef;
    /// use dynamical_similarity::Wasserstein;
    /// let rotation = MatRef::new(&[0.0_f64, 1.0, -1.0, 0.0], 2, 2)?; // eigenvalues i and -i
    /// let mirror = MatRef::new(&[0.0, 1.0, 1.0, 0.0], 2, 2)?; // eigenvalues 1 and -1
    /// let distance = Wasserstein::new().compare_operators(rotation, mirror)?;
    /// assert!((distance - 2.0_f64.sqrt()).abs() < 1e-15);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    #[cfg(feature = "alloc")]
    pub fn compare_operators<T: Scalar>(
        &self,
        a: MatRef<'_, T>,
        b: MatRef<'_, T>,
    ) -> Result<T, Error> {
        self.check_ranks(a.rows(), b.rows())?;
        let mut memory = try_zeros(self.memory_len(a.rows(), b.rows()))?;
        self.compare_in(a, b, &mut memory)
    }

    /// Compares the spectra of two models.
    ///
    /// # Errors
    /// As [`compare_in`](Self::compare_in), and [`Error::OutOfMemory`].
    #[cfg(feature = "alloc")]
    pub fn compare<T: Scalar>(&self, a: &Model<T>, b: &Model<T>) -> Result<T, Error> {
        self.compare_operators(a.operator(), b.operator())
    }

    /// Compares two spectra, whose residuals play no part: clean them first ([`Spectrum::cleaned`], [`Spectrum::smallest`]).
    /// Cleaned spectra have unequal sizes as a rule; choose [`UnequalRanks::Transport`] for them.
    ///
    /// # Errors
    /// As [`compare_eigenvalues_in`](Self::compare_eigenvalues_in): [`Error::Empty`] if cleaning has left no eigenvalue; and
    /// [`Error::OutOfMemory`].
    ///
    /// ```
    /// use dynamical_similarity::{Eigenvalue, Spectrum, UnequalRanks, Wasserstein, WassersteinOrder};
    /// let of = |real, residual| Eigenvalue { real, imaginary: 0.0_f64, residual };
    /// let one = Spectrum::new(&[of(0.9, 0.01), of(0.5, 0.02), of(0.1, 0.9)])?;
    /// let other = Spectrum::new(&[of(0.9, 0.02)])?;
    /// let w1 = Wasserstein::new().order(WassersteinOrder::One).unequal_ranks(UnequalRanks::Transport);
    /// // Half of the mass at 0.9 moves to 0.5.
    /// assert!((w1.compare_spectra(&one.cleaned(0.1)?, &other)? - 0.2).abs() < 1e-15);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    #[cfg(feature = "alloc")]
    pub fn compare_spectra<T: Scalar>(&self, a: &Spectrum<T>, b: &Spectrum<T>) -> Result<T, Error> {
        let [m, n] = [a, b].map(|spectrum| spectrum.eigenvalues().len());
        self.check_ranks(m, n)?;
        let layout = Layout::new([m, m, n, n, self.eigenvalues_memory_len(m, n)]);
        let mut memory = try_zeros(layout.len())?;
        let ([a_real, a_imaginary, b_real, b_imaginary, memory], _) = layout.cut(&mut memory)?;
        for (spectrum, real, imaginary) in
            [(a, &mut *a_real, &mut *a_imaginary), (b, &mut *b_real, &mut *b_imaginary)]
        {
            for ((x, y), value) in
                real.iter_mut().zip(imaginary.iter_mut()).zip(spectrum.eigenvalues())
            {
                (*x, *y) = (value.real, value.imaginary);
            }
        }
        self.compare_eigenvalues_in(a_real, a_imaginary, b_real, b_imaginary, memory)
    }

    const fn check_ranks(&self, left: usize, right: usize) -> Result<(), Error> {
        match self.unequal_ranks {
            UnequalRanks::Error if left != right => Err(Error::RankMismatch { left, right }),
            _ => Ok(()),
        }
    }

    /// |a_i - b_j|^q in units of the scale.
    fn fill_costs<T: Scalar>(
        &self,
        a: &Points<'_, T>,
        b: &Points<'_, T>,
        scale: T,
        cost: &mut MatMut<'_, T>,
    ) {
        for (j, column) in cost.columns_mut().enumerate() {
            let (real, imaginary) = (b.real.at(j) * scale, b.imaginary.at(j) * scale);
            let points = a.real.iter().zip(a.imaginary.iter());
            for (cost, (x, y)) in column.iter_mut().zip(points) {
                let (x, y) = (*x * scale - real, *y * scale - imaginary);
                let square = x * x + y * y;
                *cost = match self.order {
                    WassersteinOrder::One => Real::sqrt(square),
                    _ => square,
                };
            }
        }
    }
}

/// Checks one spectrum; returns its size.
fn check_spectrum<T: Scalar>(real: &[T], imaginary: &[T]) -> Result<usize, Error> {
    let n = check("the number of imaginary parts", real.len(), imaginary.len())?;
    if n == 0 {
        return Err(Error::Empty);
    }
    for (column, part) in [real, imaginary].into_iter().enumerate() {
        if let Some(row) = part.iter().position(|x| !Real::is_finite(*x)) {
            return Err(Error::NonFiniteEntry { row, column });
        }
    }
    Ok(n)
}

/// Scalars that [`Points`] keep.
const fn points_len(n: usize) -> usize {
    points_layout(n).len()
}

const fn points_layout(n: usize) -> Layout<2> {
    Layout::new([n; 2])
}

/// The real and the imaginary parts of a spectrum.
struct Points<'m, T> {
    real: &'m mut [T],
    imaginary: &'m mut [T],
}

impl<'m, T: Scalar> Points<'m, T> {
    /// Space for `size` points.
    fn cut(size: usize, memory: &'m mut [T]) -> Self {
        let ([real, imaginary], _) = points_layout(size).cut_checked(memory);
        Self { real, imaginary }
    }

    /// The eigenvalues of an operator, which stays as it is. `work` holds a copy of it.
    ///
    /// Kept out of line, so that the iteration is in the program once and not for each of the two operators.
    #[inline(never)]
    fn eigenvalues_of(
        operator: MatRef<'_, T>,
        memory: &'m mut [T],
        work: &mut [T],
    ) -> Result<Self, Error> {
        let n = operator.rows();
        let points = Self::cut(n, memory);
        let mut copy = MatMut::over(work, n, n);
        copy.copy_from(operator)?;
        eigenvalues_in(&mut copy, points.real, points.imaginary)?;
        Ok(points)
    }

    /// A copy in canonical order, by real parts, then by imaginary parts, filled up with zeros to `size` points.
    fn sorted_in(real: &[T], imaginary: &[T], size: usize, memory: &'m mut [T]) -> Self {
        let mut points = Self::cut(size, memory);
        points.real.fill(T::ZERO);
        points.imaginary.fill(T::ZERO);
        copy(points.real, real);
        copy(points.imaginary, imaginary);
        // Insertion sort: n²/2 steps, few compared with the n³ of the matching.
        for end in 1..size {
            for i in (1..=end).rev() {
                let (here, before) = (points.at(i), points.at(i - 1));
                if before <= here {
                    break;
                }
                points.set(i, before);
                points.set(i - 1, here);
            }
        }
        points
    }

    fn len(&self) -> usize {
        self.real.len()
    }

    fn at(&self, i: usize) -> (T, T) {
        (self.real.at(i), self.imaginary.at(i))
    }

    fn set(&mut self, i: usize, (real, imaginary): (T, T)) {
        self.real.put(i, real);
        self.imaginary.put(i, imaginary);
    }

    fn largest(&self) -> T {
        largest(self.real).larger(largest(self.imaginary))
    }

    /// Whether this is the first of a pair: the smaller spectrum, or the one that is lower where the two
    /// first differ.
    fn precedes(&self, other: &Self) -> bool {
        if self.len() != other.len() {
            return self.len() < other.len();
        }
        let first = (0..self.len()).find(|i| self.at(*i) != other.at(*i));
        first.is_some_and(|i| self.at(i) < other.at(i))
    }
}
