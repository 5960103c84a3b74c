//! One-sided Jacobi pair by pair: [`jacobi`](super::jacobi) without its lanes, in a third of the code.
//!
//! ```text
//! repeat, at most 30 times                   one sweep
//!     compute the squared norms of the columns and sort the columns by them, longest first
//!     for q = 1 .. n - 1, for p = 0 .. q - 1
//!         g = column p . column q;  x, y = their squared norms
//!         if |g| <= tolerance sqrt(x y):  next pair
//!         t² + 2 zeta t = 1, zeta = (y - x) / 2 g, the smaller root;  c = 1 / sqrt(1 + t²), s = c t
//!         columns p and q (of A and V) = c p - s q, s p + c q;  x = x - t g, y = y + t g
//!     stop if no pair was rotated
//! ```
//!
//! Hestenes, J. SIAM 6 (1958) 51; de Rijk, SIAM J. Sci. Stat. Comput. 10 (1989) 359 (sorted columns). Squared norms are kept and
//! not summed again for every pair; one that shrank has lost its digits and is summed again.

use super::jacobi::{normalise, sort_descending, unscale};
use crate::error::Error;
use crate::matrix::{Cells, MatMut, check, product};
use crate::scalar::{Real, Scalar};

/// More sweeps than any matrix has been seen to need (6 to 12).
const SWEEPS: usize = 30;

/// The singular value decomposition of A (m x n, m >= n), in little code: A = U S Vᵀ.
///
/// `a` becomes U, `singular_values` (n) S, descending, and `v` (n x n) V. A microcontroller that needs few decomposition of
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
    v.set_identity();
    rotate(a, singular_values, v)?;
    normalise(a, singular_values);
    unscale(singular_values, scale)
}

/// Rotates the columns of A, and those of V along, until all of A are orthogonal; `norms` are theirs, descending. The largest
/// entry of A is of order one.
#[inline(never)]
pub(crate) fn rotate<T: Scalar>(
    a: &mut MatMut<'_, T>,
    norms: &mut [T],
    v: &mut MatMut<'_, T>,
) -> Result<(), Error> {
    let (m, n) = (a.rows(), norms.len());
    let tolerance = T::EPSILON * T::EPSILON * T::count(m);
    for _ in 0..SWEEPS {
        sort_descending(a, norms, Some(v));
        norms.iter_mut().for_each(|x| *x *= *x);
        let mut rotated = false;
        for q in 1..n {
            for p in 0..q {
                let (x, y) = (norms.at(p), norms.at(q));
                let (one, other) = a.two_columns_mut(p, q);
                let g = product(one, other);
                if !(g * g > tolerance * x * y) || g == T::ZERO {
                    continue;
                }
                rotated = true;
                let zeta = (y - x) / (T::TWO * g);
                let size = Real::abs(zeta);
                let t = T::ONE / (size + Real::sqrt(T::ONE + zeta * zeta));
                let t = if zeta < T::ZERO { -t } else { t };
                let c = T::ONE / Real::sqrt(T::ONE + t * t);
                turn(one, other, c, c * t);
                let shrunk = y + t * g;
                norms.put(p, x - t * g);
                norms.put(q, if shrunk < T::of(0.1) * y { product(other, other) } else { shrunk });
                let (one, other) = v.two_columns_mut(p, q);
                turn(one, other, c, c * t);
            }
        }
        if !rotated {
            norms.iter_mut().for_each(|x| *x = Real::sqrt(x.larger(T::ZERO)));
            return Ok(());
        }
    }
    Err(Error::NotConverged { what: "one-sided Jacobi rotation", iterations: SWEEPS })
}

/// x, y = c x - s y, s x + c y.
#[inline(never)]
fn turn<T: Scalar>(x: &mut [T], y: &mut [T], c: T, s: T) {
    for (x, y) in x.iter_mut().zip(y) {
        (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
    }
}
