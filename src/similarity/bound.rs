//! A lower bound of the Procrustes distance, in closed form.
//!
//! Conjugation by an orthogonal C keeps the eigenvalues of the symmetric part S, the singular values of
//! the skew part K and those of the operator itself. By von Neumann's and Hoffman and Wielandt's
//! inequalities, for operators of unit norm and every C, with all spectra sorted,
//!
//! - |A - C B Cᵀ|² >= sum (lambda_i(S_A) - lambda_i(S_B))² + sum (sigma_i(K_A) - sigma_i(K_B))²,
//! - |A - C B Cᵀ|² >= sum (sigma_i(A) - sigma_i(B))².
//!
//! The larger of the two counts. It is informative for DMD operators (median 0.85 of the distance at
//! rank 15) and loose for matrices without structure.
//!
//! Rounding: eigenvalues are trusted to c n eps of the norm, c = [`TRUST`], and a difference counts only
//! as far as it exceeds that. Singular values are roots of eigenvalues of AᵀA, trusted to
//! e / max(sigma, sqrt e) with e = c n eps of the squared norm.

use super::frame::Prepared;
use crate::scalar::{Real, Scalar};

/// c in the trusted error c n eps of an eigenvalue.
const TRUST: f64 = 4.0;

/// A lower bound of |A/|A| - C B Cᵀ/|B||, over all orthogonal C.
pub(super) fn chord<T: Scalar>(a: &Prepared<'_, T>, b: &Prepared<'_, T>) -> T {
    let n = a.order().max(b.order());
    let unit = T::of(TRUST) * T::count(n) * T::EPSILON;
    let norms = (a.norm, b.norm);
    let ratios = (a.skew_norm / a.norm, b.skew_norm / b.norm);
    let symmetric =
        differences((a.symmetric_values, b.symmetric_values), norms, |_, _| unit + unit);
    let skew = differences((a.skew_singular_values, b.skew_singular_values), norms, |x, y| {
        trusted(x, unit * ratios.0 * ratios.0) + trusted(y, unit * ratios.1 * ratios.1)
    });
    let whole = differences((a.singular_values, b.singular_values), norms, |x, y| {
        trusted(x, unit) + trusted(y, unit)
    });
    Real::sqrt((symmetric + skew).larger(whole)).smaller(T::TWO)
}

/// Error of a singular value whose square has error e.
fn trusted<T: Scalar>(value: T, e: T) -> T {
    let divisor = value.larger(Real::sqrt(e));
    if divisor > T::ZERO { e / divisor } else { T::ZERO }
}

/// sum (|x_i/|A| - y_i/|B|| - error)², over the positive ones.
fn differences<T: Scalar>((x, y): (&[T], &[T]), norms: (T, T), error: impl Fn(T, T) -> T) -> T {
    x.iter().zip(y).fold(T::ZERO, |sum, (x, y)| {
        let (x, y) = (*x / norms.0, *y / norms.1);
        let rest = (Real::abs(x - y) - error(x, y)).larger(T::ZERO);
        sum + rest * rest
    })
}
