//! Singular value decomposition: QR, then one-sided Jacobi on the triangle.
//!
//! A = Q R, and the columns of Rᵀ are rotated until they are orthogonal: Rᵀ J = V S, so
//! A = (Q J) S Vᵀ. Rotating the columns of the lower triangle Rᵀ instead of those of A or R is what makes
//! it fast: a triangle from QR is graded, and few sweeps remain; and it is where the small singular
//! values keep their digits (Drmač & Veselić, SIAM J. Matrix Anal. Appl. 29 (2008) 1322, 1343).

use super::qr;
use crate::error::Error;
use crate::matrix::{Cells, MatMut, MatRef, Memory, check};
use crate::scalar::{Real, Scalar};

pub use super::jacobi::orthogonalise_columns_in;

/// Scalars of memory for [`svd_in`] of a rows x cols matrix.
#[must_use]
pub const fn svd_memory_len(rows: usize, cols: usize) -> usize {
    let short = if rows < cols { rows } else { cols };
    values_memory_len(rows, cols).saturating_add(short.saturating_mul(short))
}

/// Scalars of memory for [`values_in`] of a rows x cols matrix.
#[must_use]
pub const fn values_memory_len(rows: usize, cols: usize) -> usize {
    let (short, long) = if rows < cols { (rows, cols) } else { (cols, rows) };
    long.saturating_mul(short).saturating_add(short.saturating_mul(short)).saturating_add(short)
}

/// A = U S Vᵀ, thin: A is m x n, k = min(m, n), U m x k and V n x k with orthonormal columns, S the k
/// singular values, descending. The bases are complete also where singular values are zero.
///
/// Entries are scaled by a power of two first, so that matrices at 1e-30 and 1e30 are fine in `f32`.
///
/// # Errors
/// - [`Error::ShapeMismatch`] if the shapes do not fit, [`Error::MemoryTooSmall`],
/// - [`Error::NonFiniteEntry`] if an entry is NaN or infinite, or the largest singular value exceeds
///   the largest scalar,
/// - [`Error::NotConverged`] after 30 sweeps (not seen for any finite matrix).
///
/// Cost: 4 m n² flops for QR and U, and about 20 n³ a sweep (m >= n), 3 to 6 sweeps; memory
/// [`svd_memory_len`] = m n + 2 n² + n. Accuracy: residual and loss of orthogonality below 10 n eps on
/// random, graded, deficient, nilpotent and orthogonal matrices to n = 64.
///
/// ```
/// use dynamical_similarity::{MatMut, MatRef, linalg::svd};
/// let a = MatRef::new(&[3.0_f64, 0.0, 0.0, 0.0, -2.0, 0.0], 3, 2)?;
/// let (mut u, mut s, mut v) = ([0.0; 6], [0.0; 2], [0.0; 4]);
/// let mut memory = [0.0; svd::svd_memory_len(3, 2)];
/// let (mut u, mut v) = (MatMut::new(&mut u, 3, 2)?, MatMut::new(&mut v, 2, 2)?);
/// svd::svd_in(a, &mut u, &mut s, &mut v, &mut memory)?;
/// assert!((s[0] - 3.0).abs() < 1e-15 && (s[1] - 2.0).abs() < 1e-15);
/// assert!((u.at(1, 1) * v.at(1, 1) + 1.0).abs() < 1e-15);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn svd_in<T: Scalar>(
    a: MatRef<'_, T>,
    u: &mut MatMut<'_, T>,
    singular_values: &mut [T],
    v: &mut MatMut<'_, T>,
    memory: &mut [T],
) -> Result<(), Error> {
    let (rows, cols) = (a.rows(), a.cols());
    let short = rows.min(cols);
    check("the number of rows of U", rows, u.rows())?;
    check("the number of columns of U", short, u.cols())?;
    check("the number of rows of V", cols, v.rows())?;
    check("the number of columns of V", short, v.cols())?;
    check("the number of singular values", short, singular_values.len())?;
    let mut memory = Memory::new(memory, svd_memory_len(rows, cols))?;
    let mut factored = Factored::of(a, &mut memory)?;
    let mut rotations = memory.matrix(short, short)?;
    orthogonalise_columns_in(&mut factored.lower, singular_values, Some(&mut rotations))?;
    factored.unscale(singular_values)?;
    // Of A, or of its transpose: (Q J) S Vᵀ.
    let (mut left, mut right) =
        if rows >= cols { (u.reborrow(), v.reborrow()) } else { (v.reborrow(), u.reborrow()) };
    right.copy_from(factored.lower.as_ref())?;
    left.fill(T::ZERO);
    for (to, from) in left.columns_mut().zip(rotations.as_ref().columns()) {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    }
    qr::apply_q_in(factored.reflectors.as_ref(), factored.factors, &mut left)
}

/// The singular values alone, descending.
///
/// # Errors
/// As [`svd_in`].
///
/// Cost: 2 m n² flops for QR and about 8 n³ a sweep (m >= n); memory [`values_memory_len`].
///
/// ```
/// use dynamical_similarity::{MatRef, linalg::svd};
/// let a = MatRef::new(&[0.0_f32, 2.0, 0.0, 0.0], 2, 2)?;
/// let mut s = [0.0; 2];
/// svd::values_in(a, &mut s, &mut [0.0; svd::values_memory_len(2, 2)])?;
/// assert_eq!(s, [2.0, 0.0]);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn values_in<T: Scalar>(
    a: MatRef<'_, T>,
    singular_values: &mut [T],
    memory: &mut [T],
) -> Result<(), Error> {
    let (rows, cols) = (a.rows(), a.cols());
    check("the number of singular values", rows.min(cols), singular_values.len())?;
    let mut memory = Memory::new(memory, values_memory_len(rows, cols))?;
    let mut factored = Factored::of(a, &mut memory)?;
    orthogonalise_columns_in(&mut factored.lower, singular_values, None)?;
    factored.unscale(singular_values)
}

/// The QR factorisation of a matrix, or of its transpose where that is the tall one, scaled to
/// entries of about 1.
struct Factored<'m, T> {
    reflectors: MatMut<'m, T>,
    factors: &'m mut [T],
    /// Rᵀ.
    lower: MatMut<'m, T>,
    scale: T,
}

impl<'m, T: Scalar> Factored<'m, T> {
    fn of(a: MatRef<'_, T>, memory: &mut Memory<'m, T>) -> Result<Self, Error> {
        a.check_finite()?;
        let (short, long) = (a.rows().min(a.cols()), a.rows().max(a.cols()));
        let mut reflectors = memory.matrix(long, short)?;
        let (factors, mut lower) = (memory.vector(short)?, memory.matrix(short, short)?);
        if a.rows() == long {
            reflectors.copy_from(a)?;
        } else {
            reflectors.copy_transposed_from(a)?;
        }
        let scale = a.largest().binary_scale();
        reflectors.scale(scale);
        qr::factor_in(&mut reflectors, factors)?;
        for (i, column) in lower.columns_mut().enumerate() {
            let (zeros, row) = column.split_at_mut_checked(i).unwrap_or_default();
            zeros.fill(T::ZERO);
            let from = reflectors.as_ref().columns().skip(i).map(|column| column.at(i));
            row.iter_mut().zip(from).for_each(|(to, from)| *to = from);
        }
        Ok(Self { reflectors, factors, lower, scale })
    }

    fn unscale(&self, singular_values: &mut [T]) -> Result<(), Error> {
        singular_values.iter_mut().for_each(|value| *value /= self.scale);
        match singular_values.first() {
            Some(value) if !Real::is_finite(*value) => {
                Err(Error::NonFiniteEntry { row: 0, column: 0 })
            }
            _ => Ok(()),
        }
    }
}
