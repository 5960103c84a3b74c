//! Singular value decomposition A = U S Vᵀ, by the cheapest of three ways that keeps the digits.
//!
//! A square matrix of order 8 at most is rotated as it is, by one-sided Jacobi. Of larger ones, where columns and rows
//! are of similar size (largest entries within a factor of 16), the triangle of a QR factorisation, or a square A itself,
//! is reduced to a bidiagonal matrix, which QR steps make diagonal (Golub & Reinsch, Numer. Math. 14 (1970) 403).
//!
//! A graded matrix would lose its small singular values so. It is taken apart by QR and one-sided Jacobi on
//! Rᵀ: with A P = Q R, P sorting the columns by length, and the rotations J that make the columns of Rᵀ
//! orthogonal, Rᵀ J = W S: so A = (Q J) S (P W)ᵀ (Drmač & Veselić, SIAM J. Matrix Anal. Appl. 29 (2008)
//! 1322 and 1343). The QR step makes rows count once only, and Rᵀ is closer to orthogonal columns
//! than A: fewer and cheaper sweeps. W comes from the columns themselves, J from the rotations, so both
//! sets of vectors are orthonormal to working precision also where singular values are tiny or equal.
//!
//! Accuracy, measured over the matrices of `tests/linalg_dense.rs` (random, graded, rank-deficient,
//! repeated values, nilpotent, 1e-30 and 1e30, n up to 64, 1000 x 64), `tests/linalg_degenerate.rs` (whole numbers
//! of every rank, graded by up to 1e300, zero and equal columns, subnormal numbers, all shapes) and
//! `tests/linalg_clusters.rs` (equal values, n up to 300): |A - U S Vᵀ| <= 10 n eps |A| and
//! |UᵀU - I|, |VᵀV - I| <= 10 n eps, in both scalars. Each singular value of a graded matrix is accurate
//! relative to itself, not only to the largest, if A is B D with a well-conditioned B and a diagonal D of any
//! grading (m >= n), or D B (m <= n): down to 3e-16 (`f32`) or 1e-146 (`f64`) times the largest entry, where
//! values count as zero. QR is backward stable column by column but not row by row, so the transpose of a
//! graded square A is decomposed where its rows differ more.

pub use super::jacobi::orthogonalise_columns_in;
use super::{bidiagonal, jacobi, qr, scaling, small_jacobi};
use crate::error::Error;
use crate::matrix::{Cells, Layout, MatMut, MatRef, area, check, copy, dot, largest};
use crate::scalar::{Real, Scalar};

/// Columns (or rows) count as graded where their sizes differ by more than this.
const GRADED: f64 = 16.0;

/// Scalars of memory that [`svd_in`] needs for a `rows` x `cols` matrix: m n + n² + 7 n with m the larger
/// and n the smaller side.
///
/// ```
/// assert_eq!(dynamical_similarity::linalg::svd::svd_memory_len(10, 3), 60);
/// ```
#[must_use]
pub const fn svd_memory_len(rows: usize, cols: usize) -> usize {
    layout(rows, cols).len()
}

/// The pieces of a [`Decomposition`]: factor, square, tau, order, and scratch.
const fn layout(rows: usize, cols: usize) -> Layout<5> {
    let (m, n) = if rows < cols { (cols, rows) } else { (rows, cols) };
    Layout::new([area(m, n), area(n, n), n, n, bidiagonal::memory_len(n)])
}

/// The pieces of a [`SmallDecomposition`]: its block, and the sizes of rows. Not longer than [`layout`].
const fn small_layout(n: usize) -> Layout<2> {
    Layout::new([area(2 * n, n), n])
}

/// Scalars of memory that [`values_in`] needs for a `rows` x `cols` matrix.
///
/// ```
/// assert_eq!(dynamical_similarity::linalg::svd::values_memory_len(10, 3), 60);
/// ```
#[must_use]
pub const fn values_memory_len(rows: usize, cols: usize) -> usize {
    svd_memory_len(rows, cols)
}

/// The thin SVD, A = U S Vᵀ with k = min(m, n).
///
/// - `a` (m x n) is only read,
/// - `u` (m x k) and `v` (n x k) get the left and right singular vectors as orthonormal columns (also for
///   singular values of zero),
/// - `singular_values` (k) descend,
/// - `memory`: [`svd_memory_len`] scalars.
///
/// The sign of a pair of vectors, and the basis within equal singular values, are not determined.
///
/// # Errors
/// - [`Error::ShapeMismatch`] or [`Error::MemoryTooSmall`] if the sizes do not fit,
/// - [`Error::NonFiniteEntry`] if an entry is NaN or infinite, or if the largest singular value
///   exceeds the largest scalar,
/// - [`Error::NotConverged`] after 60 steps for a value, or 30 sweeps (not seen for any finite matrix).
///
/// Cost: about 20 k³ flops, and 4 m k² for QR and back where A is not square (m >= n; otherwise the sides
/// change places); graded 4 m k² and 35 k³ for 5 to 7 sweeps.
///
/// ```
/// use dynamical_similarity::{MatMut, MatRef, linalg::svd};
/// let a = [0.0_f64, 3.0, 2.0, 0.0, 0.0, 0.0]; // [0 2 0; 3 0 0]
/// let (mut u, mut s, mut v, mut memory) = ([0.0; 4], [0.0; 2], [0.0; 6], [0.0; 24]);
/// svd::svd_in(
///     MatRef::new(&a, 2, 3)?,
///     &mut MatMut::new(&mut u, 2, 2)?,
///     &mut s,
///     &mut MatMut::new(&mut v, 3, 2)?,
///     &mut memory,
/// )?;
/// assert_eq!(s, [3.0, 2.0]);
/// assert_eq!(u[1] * s[0] * v[0], 3.0); // A(1, 0)
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn svd_in<T: Scalar>(
    a: MatRef<'_, T>,
    u: &mut MatMut<'_, T>,
    singular_values: &mut [T],
    v: &mut MatMut<'_, T>,
    memory: &mut [T],
) -> Result<(), Error> {
    let k = check("the number of singular values", a.rows().min(a.cols()), singular_values.len())?;
    check("the number of rows of U", a.rows(), u.rows())?;
    check("the number of columns of U", k, u.cols())?;
    check("the number of rows of V", a.cols(), v.rows())?;
    check("the number of columns of V", k, v.cols())?;
    let (mut u, mut v) = (u.reborrow(), v.reborrow());
    if is_small(a) {
        let mut small = SmallDecomposition::cut(a, memory, Vectors::Both)?;
        let (left, right) = if small.plan.transposed { (&mut v, &mut u) } else { (&mut u, &mut v) };
        return small.decompose(a, left, singular_values, right);
    }
    let mut work = Decomposition::cut(a, memory)?;
    let (left, right) = if work.plan.transposed { (&mut v, &mut u) } else { (&mut u, &mut v) };
    if work.plan.graded {
        work.rotate(a, left, singular_values, right)?;
    } else {
        work.reduce(a, left, singular_values, right)?;
    }
    jacobi::unscale(singular_values, work.plan.scale)
}

/// The min(m, n) singular values of A (m x n), descending; `memory`:
/// [`values_memory_len`] scalars.
///
/// # Errors
/// As [`svd_in`].
///
/// Cost: about 8/3 k³ flops, and 2 m k² for QR where A is not square; graded 2 m k² and 15 k³. The same values
/// as [`svd_in`]'s, bit for bit.
///
/// ```
/// use dynamical_similarity::{MatRef, linalg::svd};
/// let (a, mut s, mut memory) = ([3.0_f64, 4.0, 0.0, 5.0], [0.0; 2], [0.0; 22]); // [3 0; 4 5]
/// svd::values_in(MatRef::new(&a, 2, 2)?, &mut s, &mut memory)?;
/// assert!((s[0] - 45.0_f64.sqrt()).abs() < 1e-14 && (s[1] - 5.0_f64.sqrt()).abs() < 1e-14);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn values_in<T: Scalar>(
    a: MatRef<'_, T>,
    singular_values: &mut [T],
    memory: &mut [T],
) -> Result<(), Error> {
    check("the number of singular values", a.rows().min(a.cols()), singular_values.len())?;
    if is_small(a) {
        return SmallDecomposition::cut(a, memory, Vectors::None)?.values(a, singular_values);
    }
    let mut work = Decomposition::cut(a, memory)?;
    if work.plan.graded {
        work.triangularise_sorted(a)?;
        // What svd_in uses for its rotations holds the triangle here.
        let Decomposition { factor, square, order, .. } = &mut work;
        write_transposed_triangle(factor.as_ref(), order, square);
        jacobi::rotate_until_orthogonal(square, singular_values, None)?;
        jacobi::sort_descending(square, singular_values, None);
    } else if a.rows() == a.cols() {
        work.load(a)?;
        bidiagonal::decompose(&mut work.factor, singular_values, None, work.scratch)?;
    } else {
        work.load(a)?;
        qr::factor(&mut work.factor, work.tau);
        write_triangle(work.factor.as_ref(), &mut work.square);
        bidiagonal::decompose(&mut work.square, singular_values, None, work.scratch)?;
    }
    jacobi::unscale(singular_values, work.plan.scale)
}

/// Whether rotations without preparation are the cheapest.
fn is_small<T: Scalar>(a: MatRef<'_, T>) -> bool {
    a.rows() == a.cols() && a.rows() <= small_jacobi::LARGEST
}

/// Which singular vectors are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Vectors {
    None,
    Both,
}

/// The memory of a small decomposition: A, scaled and perhaps transposed, above the identity if vectors are
/// asked for.
struct SmallDecomposition<'a, T> {
    plan: Plan<T>,
    block: MatMut<'a, T>,
}

impl<'a, T: Scalar> SmallDecomposition<'a, T> {
    fn cut(a: MatRef<'_, T>, memory: &'a mut [T], vectors: Vectors) -> Result<Self, Error> {
        let n = a.rows();
        layout(n, n).check(memory.len())?;
        a.check_finite()?;
        let ([block, of_rows], _) = small_layout(n).cut_checked(memory);
        let height = if vectors == Vectors::Both { 2 * n } else { n };
        let mut block = MatMut::over(block.part_mut(0, area(height, n)), height, n);
        let plan = Plan::of(a, of_rows);
        let (transposed, scale) = (plan.transposed, plan.scale);
        for (j, column) in block.columns_mut().enumerate() {
            let (top, unit) = column.split_at_mut_checked(n).unwrap_or_default();
            if transposed {
                top.iter_mut().zip(a.columns()).for_each(|(to, row)| *to = scale * row.at(j));
            } else {
                top.iter_mut().zip(a.column(j)).for_each(|(to, x)| *to = scale * *x);
            }
            unit.fill(T::ZERO);
            if vectors == Vectors::Both {
                unit.put(j, T::ONE);
            }
        }
        Ok(Self { plan, block })
    }

    fn decompose(
        &mut self,
        a: MatRef<'_, T>,
        left: &mut MatMut<'_, T>,
        singular_values: &mut [T],
        right: &mut MatMut<'_, T>,
    ) -> Result<(), Error> {
        let n = a.rows();
        small_jacobi::orthogonalise(&mut self.block, n)?;
        let columns = self.block.as_ref();
        for ((column, u), v) in columns.columns().zip(left.columns_mut()).zip(right.columns_mut()) {
            copy(u, column);
            copy(v, column.part(n, n));
        }
        jacobi::sort_descending(left, singular_values, Some(right));
        jacobi::normalise(left, singular_values);
        jacobi::unscale(singular_values, self.plan.scale)
    }

    fn values(&mut self, a: MatRef<'_, T>, singular_values: &mut [T]) -> Result<(), Error> {
        small_jacobi::orthogonalise(&mut self.block, a.rows())?;
        jacobi::sort_descending(&mut self.block, singular_values, None);
        jacobi::unscale(singular_values, self.plan.scale)
    }
}

/// The memory of a decomposition, and how it will be done; m is the longer and n the shorter side.
struct Decomposition<'a, T> {
    plan: Plan<T>,
    /// m x n: QR of A, or of Aᵀ
    factor: MatMut<'a, T>,
    /// n x n
    square: MatMut<'a, T>,
    tau: &'a mut [T],
    /// Which column of A (row, if transposed) is column j of the factor.
    order: &'a mut [T],
    /// 5 n
    scratch: &'a mut [T],
}

impl<'a, T: Scalar> Decomposition<'a, T> {
    fn cut(a: MatRef<'_, T>, memory: &'a mut [T]) -> Result<Self, Error> {
        let (m, n) = (a.rows().max(a.cols()), a.rows().min(a.cols()));
        let ([factor, square, tau, order, scratch], _) = layout(m, n).cut(memory)?;
        a.check_finite()?;
        let (factor, square) = (MatMut::over(factor, m, n), MatMut::over(square, n, n));
        let plan = Plan::of(a, order);
        Ok(Self { plan, factor, square, tau, order, scratch })
    }

    /// Copies A, or its transpose, to the factor, scaled.
    fn load(&mut self, a: MatRef<'_, T>) -> Result<(), Error> {
        if self.plan.transposed {
            self.factor.copy_transposed_from(a)?;
        } else {
            self.factor.copy_from(a)?;
        }
        self.factor.scale(self.plan.scale);
        Ok(())
    }

    /// By one-sided Jacobi.
    fn rotate(
        &mut self,
        a: MatRef<'_, T>,
        left: &mut MatMut<'_, T>,
        singular_values: &mut [T],
        right: &mut MatMut<'_, T>,
    ) -> Result<(), Error> {
        self.triangularise_sorted(a)?;
        let rotations = &mut self.square;
        write_transposed_triangle(self.factor.as_ref(), self.order, right);
        rotations.set_identity();
        jacobi::rotate_until_orthogonal(right, singular_values, Some(rotations))?;
        jacobi::sort_descending(right, singular_values, Some(rotations));
        jacobi::normalise(right, singular_values);
        for (to, from) in left.columns_mut().zip(rotations.as_ref().columns()) {
            to.fill(T::ZERO);
            copy(to, from);
        }
        qr::apply_q_in(self.factor.as_ref(), self.tau, left)
    }

    /// By a bidiagonal matrix.
    fn reduce(
        &mut self,
        a: MatRef<'_, T>,
        left: &mut MatMut<'_, T>,
        singular_values: &mut [T],
        right: &mut MatMut<'_, T>,
    ) -> Result<(), Error> {
        let n = singular_values.len();
        if a.rows() == a.cols() {
            left.copy_from(a)?;
            left.scale(self.plan.scale);
            return bidiagonal::decompose(left, singular_values, Some(right), self.scratch);
        }
        self.load(a)?;
        qr::factor(&mut self.factor, self.tau);
        write_triangle(self.factor.as_ref(), left);
        let mut top = left.leading_rows(n);
        bidiagonal::decompose(&mut top, singular_values, Some(right), self.scratch)?;
        qr::apply_q_in(self.factor.as_ref(), self.tau, left)
    }

    /// QR of the scaled matrix with its columns sorted by length, the longest first.
    fn triangularise_sorted(&mut self, a: MatRef<'_, T>) -> Result<(), Error> {
        self.load(a)?;
        let lengths = &mut *self.tau;
        for (j, column) in self.factor.as_ref().columns().enumerate() {
            lengths.put(j, dot(column, column));
            self.order.put(j, T::count(j));
        }
        let (factor, order) = (&mut self.factor, &mut *self.order);
        scaling::sort_by_exchanges(lengths, |p, q| {
            factor.exchange_columns(p, q);
            let here = order.at(p);
            order.put(p, order.at(q));
            order.put(q, here);
        });
        qr::factor(&mut self.factor, self.tau);
        Ok(())
    }
}

/// The least and the greatest of the sizes (largest entries) of columns or rows.
#[derive(Clone, Copy)]
struct Sizes<T> {
    least: T,
    greatest: T,
}

impl<T: Scalar> Sizes<T> {
    fn of(sizes: impl Iterator<Item = T>) -> Self {
        let start = Self { least: T::MAX, greatest: T::ZERO };
        sizes.fold(start, |range, size| Self {
            least: size.smaller(range.least),
            greatest: size.larger(range.greatest),
        })
    }

    /// Sizes so different that small singular values would drown in the rounding errors of the large.
    fn is_graded(self) -> bool {
        self.greatest > T::of(GRADED) * self.least
    }
}

/// How a matrix is decomposed.
#[derive(Clone, Copy)]
struct Plan<T> {
    /// The transpose of A is decomposed: A is wide, or square with rows that differ more than its columns.
    transposed: bool,
    /// The sizes along the short side are so different that rotations are needed.
    graded: bool,
    /// The power of two that every entry is multiplied with.
    scale: T,
}

impl<T: Scalar> Plan<T> {
    /// `of_rows`: min(m, n) scalars.
    fn of(a: MatRef<'_, T>, of_rows: &mut [T]) -> Self {
        if a.rows() > a.cols() {
            let columns = Sizes::of(a.columns().map(largest));
            let scale = columns.greatest.binary_scale();
            return Self { transposed: false, graded: columns.is_graded(), scale };
        }
        of_rows.fill(T::ZERO);
        let columns = Sizes::of(a.columns().map(|column| {
            of_rows.iter_mut().zip(column).fold(T::ZERO, |most, (of_row, x)| {
                let size = Real::abs(*x);
                *of_row = size.larger(*of_row);
                size.larger(most)
            })
        }));
        let rows = Sizes::of(of_rows.iter().copied());
        let scale = columns.greatest.binary_scale();
        if a.rows() < a.cols() {
            return Self { transposed: true, graded: rows.is_graded(), scale };
        }
        let graded = rows.is_graded() || columns.is_graded();
        Self { transposed: graded && rows.least < columns.least, graded, scale }
    }
}

/// Rᵀ with its rows in the order of A's columns: P Rᵀ.
fn write_transposed_triangle<T: Scalar>(
    factor: MatRef<'_, T>,
    order: &[T],
    to: &mut MatMut<'_, T>,
) {
    to.fill(T::ZERO);
    for (j, (column, row)) in factor.columns().zip(order).enumerate() {
        for (i, entry) in column.iter().enumerate().take(j + 1) {
            to.set(row.index(), i, *entry);
        }
    }
}

/// R, and zeros below.
fn write_triangle<T: Scalar>(factor: MatRef<'_, T>, to: &mut MatMut<'_, T>) {
    for (j, (to, from)) in to.columns_mut().zip(factor.columns()).enumerate() {
        to.fill(T::ZERO);
        copy(to.part_mut(0, j + 1), from);
    }
}
