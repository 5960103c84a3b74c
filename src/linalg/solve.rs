//! Symmetric positive definite systems: A = L Lᵀ, and triangular solves for many right sides.
//!
//! Golub & Van Loan, Matrix Computations, 4th ed., section 4.2 (algorithm 4.2.1, column by column)
//! and 3.1. Backward stable without pivoting: |A - L Lᵀ| <= c n eps |A| (Higham, Accuracy and
//! Stability of Numerical Algorithms, 2nd ed., theorem 10.3), and the relative error of a solution is at
//! most about n eps cond(A). One step of refinement in the same precision does not lower that
//! bound (theorem 12.2 there), and would need a second copy of A; so there is none.

use crate::error::Error;
use crate::matrix::{Cells, MatMut, MatRef, add_scaled, check, dot};
use crate::scalar::{Real, Scalar};

/// A = L Lᵀ in place: `a` (n x n, symmetric positive definite; its lower triangle is read) gets L in its
/// lower triangle. The entries above the diagonal are neither read nor written.
///
/// # Errors
/// - [`Error::ShapeMismatch`] if the matrix is not square,
/// - [`Error::Singular`] if a pivot is at most n eps times the largest diagonal entry, or not finite:
///   the matrix is not positive definite to working precision, or has a NaN or an infinity.
///
/// Cost: n³ / 3 flops; no memory.
///
/// ```
/// use dynamical_similarity::{MatMut, linalg::solve};
/// let mut a = [4.0_f64, 2.0, 2.0, 5.0];
/// solve::factor_symmetric_in(&mut MatMut::new(&mut a, 2, 2)?)?;
/// assert_eq!([a[0], a[1], a[3]], [2.0, 1.0, 2.0]);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn factor_symmetric_in<T: Scalar>(a: &mut MatMut<'_, T>) -> Result<(), Error> {
    let n = a.as_ref().check_square()?;
    let most = (0..n).fold(T::ZERO, |most, j| Real::abs(a.at(j, j)).larger(most));
    let smallest = T::count(n) * T::EPSILON * most;
    for j in 0..n {
        let (before, column) = a.before_and_column(j);
        let column = column.part_mut(j, usize::MAX);
        if let Some(before) = before {
            subtract_earlier(before, j, column);
        }
        let pivot = column.at(0);
        // Written so that NaN fails, too.
        if !(pivot > smallest && Real::is_finite(pivot)) {
            return Err(Error::Singular);
        }
        let root = Real::sqrt(pivot);
        let factor = T::ONE / root;
        column.iter_mut().for_each(|x| *x *= factor);
        column.put(0, root);
    }
    Ok(())
}

/// column -= L[j.., ..j] L[j, ..j]ᵀ, four columns of L at a time.
fn subtract_earlier<T: Scalar>(before: MatRef<'_, T>, j: usize, column: &mut [T]) {
    let fours = j - j % 4;
    let below = |k| before.column(k).part(j, usize::MAX);
    for k in (0..fours).step_by(4) {
        let [w, x, y, z] = [below(k), below(k + 1), below(k + 2), below(k + 3)];
        let [of_w, of_x, of_y, of_z] = [w.at(0), x.at(0), y.at(0), z.at(0)];
        for ((((to, w), x), y), z) in column.iter_mut().zip(w).zip(x).zip(y).zip(z) {
            *to -= (of_w * *w + of_x * *x) + (of_y * *y + of_z * *z);
        }
    }
    for k in fours..j {
        add_scaled(column, -below(k).at(0), below(k));
    }
}

/// B <- L⁻¹ B (n x k), with the lower triangle of `l` (n x n).
///
/// # Errors
/// [`Error::ShapeMismatch`] if the shapes do not fit; [`Error::Singular`] if the diagonal has a zero;
/// [`Error::NonFiniteEntry`] if the solution is not finite.
///
/// Cost: n² k flops; no memory.
///
/// ```
/// use dynamical_similarity::{MatMut, MatRef, linalg::solve};
/// let (l, mut b) = ([2.0_f64, 1.0, 0.0, 4.0], [2.0, 9.0]);
/// solve::solve_lower_in(MatRef::new(&l, 2, 2)?, &mut MatMut::new(&mut b, 2, 1)?)?;
/// assert_eq!(b, [1.0, 2.0]);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn solve_lower_in<T: Scalar>(l: MatRef<'_, T>, b: &mut MatMut<'_, T>) -> Result<(), Error> {
    check_triangle(l, b)?;
    for x in b.columns_mut() {
        let mut rest = x;
        for (j, column) in l.columns().enumerate() {
            let Some((head, tail)) = rest.split_first_mut() else { break };
            *head /= column.at(j);
            add_scaled(tail, -*head, column.part(j + 1, usize::MAX));
            rest = tail;
        }
    }
    b.as_ref().check_finite()
}

/// B <- L⁻ᵀ B (n x k), with the lower triangle of `l` (n x n).
///
/// # Errors
/// [`Error::ShapeMismatch`] if the shapes do not fit; [`Error::Singular`] if the diagonal has a zero;
/// [`Error::NonFiniteEntry`] if the solution is not finite.
///
/// Cost: n² k flops; no memory.
///
/// ```
/// use dynamical_similarity::{MatMut, MatRef, linalg::solve};
/// let (l, mut b) = ([2.0_f64, 1.0, 0.0, 4.0], [4.0, 8.0]);
/// solve::solve_lower_transposed_in(MatRef::new(&l, 2, 2)?, &mut MatMut::new(&mut b, 2, 1)?)?;
/// assert_eq!(b, [1.0, 2.0]);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn solve_lower_transposed_in<T: Scalar>(
    l: MatRef<'_, T>,
    b: &mut MatMut<'_, T>,
) -> Result<(), Error> {
    check_triangle(l, b)?;
    for x in b.columns_mut() {
        for j in (0..l.cols()).rev() {
            let column = l.column(j);
            if let Some((head, tail)) = x.part_mut(j, usize::MAX).split_first_mut() {
                *head = (*head - dot(column.part(j + 1, usize::MAX), tail)) / column.at(j);
            }
        }
    }
    b.as_ref().check_finite()
}

fn check_triangle<T: Scalar>(l: MatRef<'_, T>, b: &MatMut<'_, T>) -> Result<(), Error> {
    let n = l.check_square()?;
    check("the number of rows of the right side", n, b.rows())?;
    if (0..n).any(|j| l.at(j, j) == T::ZERO) {
        return Err(Error::Singular);
    }
    Ok(())
}

/// B <- A⁻¹ B (n x k) for a symmetric positive definite A (n x n), whose lower triangle is read;
/// `a` is destroyed (its lower triangle becomes the factor L).
///
/// # Errors
/// - [`Error::ShapeMismatch`] if the shapes do not fit,
/// - [`Error::Singular`] as [`factor_symmetric_in`],
/// - [`Error::NonFiniteEntry`] if B holds a NaN or an infinity, or the solution overflows.
///
/// Cost: n³ / 3 + 2 n² k flops; no memory.
///
/// ```
/// use dynamical_similarity::{MatMut, linalg::solve};
/// let (mut a, mut b) = ([4.0_f64, 2.0, 2.0, 5.0], [8.0, 12.0]);
/// solve::solve_symmetric_in(&mut MatMut::new(&mut a, 2, 2)?, &mut MatMut::new(&mut b, 2, 1)?)?;
/// assert_eq!(b, [1.0, 2.0]);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn solve_symmetric_in<T: Scalar>(
    a: &mut MatMut<'_, T>,
    b: &mut MatMut<'_, T>,
) -> Result<(), Error> {
    check("the number of rows of the right side", a.rows(), b.rows())?;
    factor_symmetric_in(a)?;
    solve_lower_in(a.as_ref(), b)?;
    solve_lower_transposed_in(a.as_ref(), b)
}

/// The largest diagonal entry of A⁻¹, from the factor L of A = L Lᵀ: the largest square of a column of L⁻¹. Its inverse is
/// the least that any direction has left beside the others, and within a factor n of the least eigenvalue of A.
/// `column`: n scalars of scratch.
///
/// Cost: n³ / 3 flops.
pub(crate) fn largest_of_inverse<T: Scalar>(l: MatRef<'_, T>, column: &mut [T]) -> T {
    let mut largest = T::ZERO;
    for j in 0..l.cols() {
        column.fill(T::ZERO);
        column.put(j, T::ONE);
        let mut squares = T::ZERO;
        for i in j..l.cols() {
            let x = column.at(i) / l.at(i, i);
            squares += x * x;
            add_scaled(column.part_mut(i + 1, usize::MAX), -x, l.column(i).part(i + 1, usize::MAX));
        }
        largest = largest.larger(squares);
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Mat;

    /// H_ij = 1 / (i + j + 1) + shift I: positive definite, ill-conditioned for a small shift.
    fn hilbert<T: Scalar>(n: usize, shift: f64) -> Mat<T> {
        let mut a = Mat::zeros(n, n).unwrap();
        for j in 0..n {
            for i in 0..n {
                let diagonal = if i == j { shift } else { 0.0 };
                a.as_mut().set(i, j, T::of(1.0 / (i + j + 1) as f64 + diagonal));
            }
        }
        a
    }

    /// Small backward error, |B - A X| <= c n eps |A| |X|, whatever the condition.
    fn check_solution<T: Scalar>(n: usize, shift: f64, scale: f64) {
        let mut a = hilbert::<T>(n, shift);
        a.as_mut().scale(T::of(scale));
        let mut b = Mat::<T>::zeros(n, 3).unwrap();
        for j in 0..3 {
            for i in 0..n {
                b.as_mut().set(i, j, T::of(scale * (((i * 7 + j * 3) % 11) as f64 - 5.0)));
            }
        }
        let (mut factor, mut x) = (a.clone(), b.clone());
        solve_symmetric_in(&mut factor.as_mut(), &mut x.as_mut()).unwrap();
        let mut back = Mat::<T>::zeros(n, 3).unwrap();
        back.as_mut().set_product(a.as_ref(), x.as_ref()).unwrap();
        let size: f64 = (a.as_ref().frobenius_norm() * x.as_ref().frobenius_norm()).into();
        for j in 0..3 {
            for i in 0..n {
                let error: f64 = (back.as_ref().at(i, j) - b.as_ref().at(i, j)).into();
                let mark = 10.0 * n as f64 * T::EPSILON.into() * size;
                assert!(error.abs() <= mark, "{n} {shift} {scale}: {error} {mark}");
            }
        }
    }

    #[test]
    fn solutions_have_a_small_backward_error() {
        for n in [1, 2, 3, 4, 5, 8, 9, 16, 31, 64] {
            for scale in [1.0, 1e-30, 1e30] {
                check_solution::<f64>(n, 1e-10, scale);
                check_solution::<f64>(n, 1.0, scale);
                check_solution::<f32>(n, 1e-3, scale);
            }
        }
    }

    #[test]
    fn what_is_not_positive_definite_is_singular() {
        let mut b = [1.0_f64; 2];
        for mut a in [
            [0.0; 4],
            [1.0, 1.0, 1.0, 1.0],
            [1.0, 2.0, 2.0, 1.0],
            [-1.0, 0.0, 0.0, -1.0],
            [1.0, f64::NAN, 0.0, 1.0],
            [f64::INFINITY, 0.0, 0.0, 1.0],
        ] {
            let mut a = MatMut::new(&mut a, 2, 2).unwrap();
            let error = solve_symmetric_in(&mut a, &mut MatMut::new(&mut b, 2, 1).unwrap());
            assert_eq!(error, Err(Error::Singular));
        }
        let l = [1.0_f64, 1.0, 0.0, 0.0];
        let l = MatRef::new(&l, 2, 2).unwrap();
        let mut b = MatMut::new(&mut b, 2, 1).unwrap();
        assert_eq!(solve_lower_in(l, &mut b), Err(Error::Singular));
        assert_eq!(solve_lower_transposed_in(l, &mut b), Err(Error::Singular));
    }

    #[test]
    fn an_infinite_right_side_is_named() {
        let (mut a, mut b) = ([1.0_f64, 0.0, 0.0, 1.0], [0.0, f64::INFINITY]);
        let mut a = MatMut::new(&mut a, 2, 2).unwrap();
        let error = solve_symmetric_in(&mut a, &mut MatMut::new(&mut b, 2, 1).unwrap());
        assert!(matches!(error, Err(Error::NonFiniteEntry { .. })));
    }
}
