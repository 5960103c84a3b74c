//! Eigenvalues and eigenvectors of a real symmetric matrix.
//!
//! A = Q T Qᵀ with T tridiagonal (Householder), then T = Z Λ Zᵀ, so that the
//! eigenvectors of A are the columns of Q Z. There are three entry points:
//!
//! | function | what | how |
//! | --- | --- | --- |
//! | [`eigen_in`] | all values, all vectors | implicit QR on T, its rotations applied to Q |
//! | [`values_in`] | all values | root-free QR on T |
//! | [`leading_in`] | all values, the first r vectors | root-free QR, inverse iteration, reflections |
//!
//! The matrix is scaled by a power of two first, so that entries of size 1e-30 and 1e30 survive in
//! `f32`. Every iteration is bounded; nothing is random: the same input gives the same bits.
//!
//! Sources: Golub & Van Loan, *Matrix Computations*, 4th ed., 8.3 (tridiagonalisation, implicit
//! symmetric QR) and 8.4 (inverse iteration); Wilkinson & Reinsch, *Handbook for Automatic
//! Computation*, II/2, II/3, II/18 (the EISPACK routines `tred`, `imtql`, `tinvit`).

use super::reflections::form_product;
use super::scaling;
use crate::error::Error;
use crate::matrix::{Layout, MatMut, any_of, check, copy};
use crate::scalar::{Real, Scalar};

mod inverse;
mod reduction;
pub(crate) mod skew;
mod tridiagonal;

/// Scalars of memory that [`eigen_in`] takes for a matrix of order `order`: 7 `order`.
#[must_use]
pub const fn eigen_memory_len(order: usize) -> usize {
    eigen_layout(order).len()
}

/// Couplings, factors of the reflections, the order of the values, and scratch.
const fn eigen_layout(n: usize) -> Layout<4> {
    Layout::new([n, n, n, reduction::memory_len(n)])
}

/// Scalars of memory that [`values_in`] takes for a matrix of order `order`: 6 `order`.
#[must_use]
pub const fn values_memory_len(order: usize) -> usize {
    values_layout(order).len()
}

/// Couplings, factors of the reflections, and scratch.
const fn values_layout(n: usize) -> Layout<3> {
    Layout::new([n, n, reduction::memory_len(n)])
}

/// Scalars of memory that [`leading_in`] takes for a matrix of order `order`: 10 `order`.
#[must_use]
pub const fn leading_memory_len(order: usize) -> usize {
    leading_layout(order).len()
}

/// Diagonal and couplings, factors of the reflections, the order of the values, squares of the couplings, and scratch.
const fn leading_layout(n: usize) -> Layout<6> {
    let scratch = any_of(&[reduction::memory_len(n), inverse::memory_len(n)]);
    Layout::new([n, n, n, n, n, scratch])
}

/// All eigenvalues and eigenvectors of a symmetric matrix: A V = V diag(values), Vᵀ V = I.
///
/// - `a`: n x n; only the lower triangle is read; destroyed.
/// - `values`: n, descending.
/// - `vectors`: n x n; column j belongs to value j. Their signs are what the algorithm gives.
/// - `memory`: [`eigen_memory_len`] scalars; what they hold before the call does not matter.
///
/// Cost: about 9 n³ flops. Accuracy: ‖A V - V Λ‖ and ‖Vᵀ V - I‖ ‖A‖ below 10 n eps ‖A‖; at most 2.5
/// n eps ‖A‖ was seen (n = 1..64, `f32` and `f64`; random, graded, rank-deficient, repeated and
/// clustered values, scaled by 1e-30 and 1e30).
///
/// # Errors
/// [`Error::ShapeMismatch`], [`Error::MemoryTooSmall`]; [`Error::NonFiniteEntry`] if an entry of the
/// lower triangle is not finite or an eigenvalue overflows; [`Error::NotConverged`] after 60 QR
/// steps for one eigenvalue.
///
/// # Example
/// ```
/// use dynamical_similarity::{MatMut, linalg::symmetric};
/// let mut a = [2.0, 1.0, 0.0, 2.0]; // [2 1; 1 2], lower triangle
/// let (mut values, mut vectors) = ([0.0_f64; 2], [0.0; 4]);
/// let mut memory = [0.0; symmetric::eigen_memory_len(2)];
/// symmetric::eigen_in(
///     &mut MatMut::new(&mut a, 2, 2)?,
///     &mut values,
///     &mut MatMut::new(&mut vectors, 2, 2)?,
///     &mut memory,
/// )?;
/// assert!((values[0] - 3.0).abs() < 1e-15 && (values[1] - 1.0).abs() < 1e-15);
/// assert!((vectors[0] - vectors[1]).abs() < 1e-15); // along (1, 1)
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn eigen_in<T: Scalar>(
    a: &mut MatMut<'_, T>,
    values: &mut [T],
    vectors: &mut MatMut<'_, T>,
    memory: &mut [T],
) -> Result<(), Error> {
    let order = a.as_ref().check_square()?;
    check("the number of eigenvalues", order, values.len())?;
    check("the number of rows of the eigenvectors", order, vectors.rows())?;
    check("the number of eigenvectors", order, vectors.cols())?;
    let ([couplings, factors, indices, scratch], _) = eigen_layout(order).cut_exactly(memory)?;
    let scale = scale_lower(a)?;
    reduction::tridiagonalise(a, values, couplings, factors, scratch)?;
    diagonalise(a, values, couplings, factors, vectors, indices, scratch)?;
    unscale(values, scale)
}

/// All eigenvalues of a symmetric matrix, descending; see [`eigen_in`].
///
/// - `a`: n x n; only the lower triangle is read; destroyed.
/// - `values`: n.
/// - `memory`: [`values_memory_len`] scalars.
///
/// Cost: about 4/3 n³ flops, and 20 n² for the iteration, which takes no square roots: the QR
/// algorithm for the squares of the off-diagonal entries of Pal, Walker and Kahan (Parlett, *The
/// Symmetric Eigenvalue Problem*, 8.15). Accuracy: below 10 n eps ‖A‖.
///
/// # Errors
/// As [`eigen_in`].
///
/// # Example
/// ```
/// use dynamical_similarity::{MatMut, linalg::symmetric};
/// let mut a = [0.0, 3.0, 0.0, 0.0]; // [0 3; 3 0]
/// let mut values = [0.0_f64; 2];
/// let mut memory = [0.0; symmetric::values_memory_len(2)];
/// symmetric::values_in(&mut MatMut::new(&mut a, 2, 2)?, &mut values, &mut memory)?;
/// assert!((values[0] - 3.0).abs() < 1e-14 && (values[1] + 3.0).abs() < 1e-14);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn values_in<T: Scalar>(
    a: &mut MatMut<'_, T>,
    values: &mut [T],
    memory: &mut [T],
) -> Result<(), Error> {
    let order = a.as_ref().check_square()?;
    check("the number of eigenvalues", order, values.len())?;
    let ([couplings, factors, scratch], _) = values_layout(order).cut_exactly(memory)?;
    let scale = scale_lower(a)?;
    reduction::tridiagonalise(a, values, couplings, factors, scratch)?;
    tridiagonal::square(couplings);
    tridiagonal::values(values, couplings)?;
    // The places are not needed without vectors; `factors` is free by now and receives them.
    scaling::sort_stably(values, factors);
    unscale(values, scale)
}

/// All eigenvalues of a symmetric matrix, and the eigenvectors of the r largest.
///
/// - `a`: p x p; only the lower triangle is read; destroyed.
/// - `values`: all p, descending.
/// - `vectors`: p x r, r <= p; column j belongs to value j. Their signs are what the algorithm gives.
/// - `memory`: [`leading_memory_len`] scalars (of p).
///
/// For r <= p / 3 the vectors of the tridiagonal matrix come from inverse iteration (Golub & Van
/// Loan 8.4; Peters & Wilkinson, Handbook II/18), each orthogonalised against its predecessors in
/// the same unreduced block, and are verified by their residual; where r is larger, or should a
/// residual be too large, by the QR iteration of [`eigen_in`].
///
/// Cost: 4/3 p³ + 2 p² r flops and about 20 p² for the values; on x86-64 without wider vectors than
/// SSE2, 2.6 ms for p = 240, r = 15 in `f64` and 2.1 ms in `f32`. Accuracy: as [`eigen_in`].
///
/// # Errors
/// As [`eigen_in`]; [`Error::RankTooLarge`] if r > p.
///
/// # Example
/// ```
/// use dynamical_similarity::{MatMut, linalg::symmetric};
/// // The second difference matrix of order 6: values 2 - 2 cos(k pi / 7).
/// let mut a = [0.0_f64; 36];
/// for i in 0..6 {
///     a[i * 6 + i] = 2.0;
///     if i < 5 {
///         a[i * 6 + i + 1] = -1.0;
///     }
/// }
/// let (mut values, mut vectors) = ([0.0; 6], [0.0; 12]);
/// let mut memory = [0.0; symmetric::leading_memory_len(6)];
/// symmetric::leading_in(
///     &mut MatMut::new(&mut a, 6, 6)?,
///     &mut values,
///     &mut MatMut::new(&mut vectors, 6, 2)?,
///     &mut memory,
/// )?;
/// let largest = 2.0 - 2.0 * (6.0 * std::f64::consts::PI / 7.0).cos();
/// assert!((values[0] - largest).abs() < 1e-14);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn leading_in<T: Scalar>(
    a: &mut MatMut<'_, T>,
    values: &mut [T],
    vectors: &mut MatMut<'_, T>,
    memory: &mut [T],
) -> Result<(), Error> {
    let order = a.as_ref().check_square()?;
    check("the number of eigenvalues", order, values.len())?;
    check("the number of rows of the eigenvectors", order, vectors.rows())?;
    if vectors.cols() > order {
        return Err(Error::RankTooLarge { requested: vectors.cols(), available: order });
    }
    let (pieces, _) = leading_layout(order).cut_exactly(memory)?;
    let [diagonal, couplings, factors, indices, squares, scratch] = pieces;
    let scale = scale_lower(a)?;
    reduction::tridiagonalise(a, diagonal, couplings, factors, scratch)?;
    tridiagonal::split(diagonal, couplings);

    let few = vectors.cols().saturating_mul(3) <= order;
    copy(values, diagonal);
    if few {
        copy(squares, couplings);
        tridiagonal::square(squares);
        tridiagonal::values(values, squares)?;
        scaling::sort_stably(values, indices);
        let matrix = inverse::Tridiagonal { diagonal, couplings };
        if inverse::leading(&matrix, values, indices, vectors, scratch)? {
            reduction::back_transform(a, factors, vectors);
            return unscale(values, scale);
        }
        copy(values, diagonal);
    }
    diagonalise(a, values, couplings, factors, vectors, indices, scratch)?;
    unscale(values, scale)
}

/// From the tridiagonal form to all values and as many vectors as there are columns in `vectors`.
fn diagonalise<T: Scalar>(
    a: &mut MatMut<'_, T>,
    values: &mut [T],
    couplings: &mut [T],
    factors: &[T],
    vectors: &mut MatMut<'_, T>,
    indices: &mut [T],
    scratch: &mut [T],
) -> Result<(), Error> {
    form_product(a, factors, 1, scratch);
    tridiagonal::vectors(values, couplings, a, scratch)?;
    scaling::sort_stably(values, indices);
    for (to, index) in vectors.columns_mut().zip(indices.iter()) {
        copy(to, a.column(index.index()));
    }
    Ok(())
}

/// Scales the lower triangle by a power of two so that its largest entry is in [1, 2); returns the
/// factor.
fn scale_lower<T: Scalar>(a: &mut MatMut<'_, T>) -> Result<T, Error> {
    let mut largest = T::ZERO;
    for (j, column) in a.as_ref().columns().enumerate() {
        for (i, x) in column.iter().enumerate().skip(j) {
            if !Real::is_finite(*x) {
                return Err(Error::NonFiniteEntry { row: i, column: j });
            }
            largest = Real::abs(*x).larger(largest);
        }
    }
    let scale = largest.binary_scale();
    if scale != T::ONE {
        for (j, column) in a.columns_mut().enumerate() {
            column.iter_mut().skip(j).for_each(|x| *x *= scale);
        }
    }
    Ok(scale)
}

/// Undoes [`scale_lower`] in the eigenvalues.
fn unscale<T: Scalar>(values: &mut [T], scale: T) -> Result<(), Error> {
    match scaling::unscale(values, scale) {
        Some(i) => Err(Error::NonFiniteEntry { row: i, column: i }),
        None => Ok(()),
    }
}
