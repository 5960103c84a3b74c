//! Spectra of an operator, and the distance between those of two.
//!
//! With S and K the symmetric and the skew part of A / |A|, chord² = sum of (lambda_i(S_A) - lambda_i(S_B))² + sum of
//! (sigma_i(K_A) - sigma_i(K_B))², all sorted, is a lower bound of |A/|A| - C B Cᵀ/|B||² for every orthogonal C
//! (Hoffman & Wielandt, Duke Math. J. 20 (1953) 37; Mirsky, Q. J. Math. 11 (1960) 50), and a pseudo-metric: zero for operators that
//! are equal up to a rotation, without a search for it. The score is the angle 2 asin(chord / 2).

use crate::error::Error;
use crate::linalg::jacobi::Stepwise;
use crate::matrix::{MatMut, MatRef, copy};
use crate::scalar::{Real, Scalar};

/// Memory of [`Spectra`]: r², r² and r scalars.
pub(crate) struct Scratch<'a, T> {
    pub(crate) first: &'a mut [T],
    pub(crate) second: &'a mut [T],
    pub(crate) values: &'a mut [T],
}

/// The r eigenvalues of S and the r singular values of K, up to r / 2 rotations a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Spectra<T> {
    Split,
    Symmetric(Stepwise<T>),
    Skew(Stepwise<T>),
}

impl<T: Scalar> Spectra<T> {
    /// True when `out` (2 r) holds both.
    ///
    /// # Errors
    /// [`Error::ZeroOperator`], [`Error::NonFiniteEntry`], [`Error::NotConverged`].
    pub(crate) fn step(
        &mut self,
        operator: MatRef<'_, T>,
        scratch: Scratch<'_, T>,
        out: &mut [T],
    ) -> Result<bool, Error> {
        let r = operator.rows();
        let (mut s, mut k) =
            (MatMut::new(scratch.first, r, r)?, MatMut::new(scratch.second, r, r)?);
        let (symmetric, skew) = out.split_at_mut_checked(r).unwrap_or_default();
        match self {
            Self::Split => {
                split(operator, &mut s, &mut k)?;
                *self = Self::Symmetric(Stepwise::new());
            }
            Self::Symmetric(jacobi) => {
                if jacobi.step(&mut s, scratch.values, None)? {
                    // The norms of the columns are the eigenvalues of I + S.
                    copy(symmetric, scratch.values);
                    symmetric.iter_mut().for_each(|value| *value -= T::ONE);
                    *self = Self::Skew(Stepwise::new());
                }
            }
            Self::Skew(jacobi) => {
                if jacobi.step(&mut k, scratch.values, None)? {
                    copy(skew, scratch.values);
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

/// I + S, whose eigenvalues are not negative because |S| <= 1, and K.
fn split<T: Scalar>(
    a: MatRef<'_, T>,
    s: &mut MatMut<'_, T>,
    k: &mut MatMut<'_, T>,
) -> Result<(), Error> {
    a.check_finite()?;
    let norm = a.frobenius_norm();
    if !(norm > T::ZERO) {
        return Err(Error::ZeroOperator);
    }
    let half = T::HALF / norm;
    for j in 0..a.cols() {
        for i in 0..a.rows() {
            let (x, y) = (a.at(i, j), a.at(j, i));
            let one = if i == j { T::ONE } else { T::ZERO };
            s.set(i, j, one + half * (x + y));
            k.set(i, j, half * (x - y));
        }
    }
    Ok(())
}

/// 2 asin(chord / 2) of two pairs of spectra, in radians.
pub(crate) fn angle<T: Scalar>(a: &[T], b: &[T]) -> T {
    let square = a.iter().zip(b).fold(T::ZERO, |sum, (x, y)| sum + (*x - *y) * (*x - *y));
    T::TWO * Real::asin((T::HALF * Real::sqrt(square)).smaller(T::ONE))
}
