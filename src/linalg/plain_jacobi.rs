//! One-sided Jacobi pair by pair: [`jacobi`](super::jacobi) without its lanes, in a third of the code.
//!
//! ```text
//! repeat, at most 30 times                   one sweep
//!     compute the squared norms of the columns
//!     for q = 1 .. n - 1, for p = 0 .. q - 1
//!         exchange columns p and q (of A and V) if q is longer
//!         g = column p . column q;  x, y = their squared norms
//!         if |g| <= tolerance sqrt(x y):  next pair
//!         t² + 2 zeta t = 1, zeta = (y - x) / 2 g, the smaller root;  c = 1 / sqrt(1 + t²), s = c t
//!         columns p and q (of A and V) = c p - s q, s p + c q;  x = x - t g, y = y + t g
//!     stop if no pair was rotated
//! ```
//!
//! Hestenes, J. SIAM 6 (1958) 51; de Rijk, SIAM J. Sci. Stat. Comput. 10 (1989) 359 (the longer column first). The
//! larger squared norm is kept, and the smaller one, which may lose its digits, is summed again after a rotation.

use super::jacobi::{normalise, unscale};
use crate::error::Error;
use crate::matrix::{Cells, MatMut, check, column_of, column_of_mut, divide, product};
use crate::scalar::{Real, Scalar};

/// More sweeps than any matrix has been seen to need (6 to 12).
const SWEEPS: usize = 30;

/// The singular value decomposition of A (m x n, m >= n), in little code: A = U S Vᵀ.
///
/// `a` becomes U, `singular_values` (n) S, descending, and `v` (n x n) V. A microcontroller that needs few decompositions of
/// small matrices spends a tenth of the code of [`svd_in`](crate::linalg::svd::svd_in) on them, and no memory.
///
/// # Errors
/// - [`Error::ShapeMismatch`] if m < n or the shapes do not fit,
/// - [`Error::NonFiniteEntry`] if an entry is NaN or infinite; [`Error::Overflow`] if a singular value exceeds the largest
///   scalar,
/// - [`Error::NotConverged`] after 30 sweeps (not seen for any finite matrix).
///
/// Cost: 2 n² m flops a sweep, and 6 n² (m + n) where every pair is rotated; 6 to 12 sweeps. Accuracy: U and V are
/// orthonormal, and U S Vᵀ is A, to about 10 n eps.
///
/// ```
/// use dynamical_similarity::{MatMut, linalg::plain_jacobi::plain_svd_in};
/// let (mut a, mut s, mut v) = ([3.0_f64, 4.0, 0.0, 5.0], [0.0; 2], [0.0; 4]); // [3 0; 4 5]
/// let mut v = MatMut::new(&mut v, 2, 2)?;
/// plain_svd_in(&mut MatMut::new(&mut a, 2, 2)?, &mut s, &mut v)?;
/// assert!((s[0] - 45.0_f64.sqrt()).abs() < 1e-14 && (s[1] - 5.0_f64.sqrt()).abs() < 1e-14);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn plain_svd_in<T: Scalar>(
    a: &mut MatMut<'_, T>,
    singular_values: &mut [T],
    v: &mut MatMut<'_, T>,
) -> Result<(), Error> {
    let n = check("the number of singular values", a.cols(), singular_values.len())?;
    if a.rows() < n {
        check("the number of rows", n, a.rows())?;
    }
    check("the number of rows of V", n, v.rows())?;
    check("the number of columns of V", n, v.cols())?;
    a.as_ref().check_finite()?;
    let scale = a.as_ref().largest().binary_scale();
    a.scale(scale);
    rotate(a.as_mut_slice(), singular_values, v.as_mut_slice())?;
    normalise(a, singular_values);
    unscale(singular_values, scale)
}

/// Rotates the columns of A, and those of V along, until all of A are orthogonal; `norms` are theirs, descending. The largest
/// entry of A is of order one.
#[inline(never)]
pub(crate) fn rotate<T: Scalar>(a: &mut [T], norms: &mut [T], v: &mut [T]) -> Result<(), Error> {
    let n = norms.len();
    let rows = divide(a.len(), n).0;
    let tolerance = T::EPSILON * T::EPSILON * T::count(rows);
    v.fill(T::ZERO);
    for j in 0..n {
        v.put(j.wrapping_mul(n).wrapping_add(j), T::ONE);
    }
    for _ in 0..SWEEPS {
        for (j, norm) in norms.iter_mut().enumerate() {
            let column = column_of(a, j, rows);
            *norm = product(column, column);
        }
        let mut rotated = false;
        for q in 1..n {
            for p in 0..q {
                let (mut x, mut y) = (norms.at(p), norms.at(q));
                let [one, other] = two_columns(a, p, q, rows);
                let [v_one, v_other] = two_columns(v, p, q, n);
                // exchange them if the second is longer: a rotation by a right angle
                if y > x {
                    rotated = true;
                    turn(one, other, T::ZERO, -T::ONE);
                    turn(v_one, v_other, T::ZERO, -T::ONE);
                    (x, y) = (y, x);
                }
                let g = product(one, other);
                if g * g > tolerance * x * y && y > T::MIN_POSITIVE {
                    rotated = true;
                    let zeta = (y - x) / (T::TWO * g);
                    let t = T::ONE / (Real::abs(zeta) + Real::sqrt(T::ONE + zeta * zeta));
                    let t = if zeta < T::ZERO { -t } else { t };
                    let c = T::ONE / Real::sqrt(T::ONE + t * t);
                    turn(one, other, c, c * t);
                    turn(v_one, v_other, c, c * t);
                    x -= t * g;
                    y = product(other, other);
                }
                norms.put(p, x);
                norms.put(q, y);
            }
        }
        if !rotated {
            norms.iter_mut().for_each(|x| *x = Real::sqrt(*x));
            return Ok(());
        }
    }
    Err(Error::NotConverged { what: "one-sided Jacobi rotation", iterations: SWEEPS })
}

/// Columns p < q.
#[inline(never)]
fn two_columns<T>(a: &mut [T], p: usize, q: usize, rows: usize) -> [&mut [T]; 2] {
    let (before, rest) = a.split_at_mut_checked(q.wrapping_mul(rows)).unwrap_or_default();
    [column_of_mut(before, p, rows), column_of_mut(rest, 0, rows)]
}

/// x, y = c x - s y, s x + c y, as corrections: V stays orthogonal where the plain form drifts (Rutishauser 1966).
#[inline(never)]
fn turn<T: Scalar>(x: &mut [T], y: &mut [T], c: T, s: T) {
    let tau = s / (T::ONE + c);
    for (x, y) in x.iter_mut().zip(y) {
        (*x, *y) = (*x - s * (*y + tau * *x), *y + s * (*x - tau * *y));
    }
}
