//! Spectra of an operator, and the distance between the spectra of two operators.
//!
//! Let S and K be the symmetric and the skew part of A / |A|. With all spectra sorted, chord² = sum of (lambda_i(S_A) -
//! lambda_i(S_B))² + sum of (sigma_i(K_A) - sigma_i(K_B))² is a lower bound of |A/|A| - C B Cᵀ/|B||² for every orthogonal
//! C (Hoffman & Wielandt, Duke Math. J. 20 (1953) 37; Mirsky, Q. J. Math. 11 (1960) 50). The chord is a pseudo-metric: it
//! is zero for operators that are equal up to a rotation, and no search for the rotation is needed. The score is the angle
//! 2 asin(chord / 2).

use crate::error::Error;
use crate::linalg::jacobi::Stepwise;
use crate::matrix::{MatMut, MatRef, copy};
use crate::scalar::{Real, Scalar};

/// Memory of [`Spectra`]: at least r², at least r², and r scalars.
pub(crate) struct Scratch<'a, T> {
    pub(crate) first: &'a mut [T],
    pub(crate) second: &'a mut [T],
    pub(crate) values: &'a mut [T],
}

/// The computation of the r eigenvalues of S and the r singular values of K. Each step does up to r / 2 rotations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Spectra<T> {
    Split,
    Symmetric(Stepwise<T>),
    Skew(Stepwise<T>),
}

impl<T: Scalar> Spectra<T> {
    /// Does one step; returns true when `out` (2 r scalars) holds both spectra.
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
        let mut s = MatMut::over(scratch.first, r, r);
        let mut k = MatMut::over(scratch.second, r, r);
        let (symmetric, skew) = out.split_at_mut_checked(r).unwrap_or_default();
        match self {
            Self::Split => {
                split(operator, &mut s, &mut k)?;
                *self = Self::Symmetric(Stepwise::new());
            }
            Self::Symmetric(jacobi) => {
                if jacobi.step(&mut s, scratch.values, None)? {
                    // I + S is positive semidefinite, so its singular values are its eigenvalues.
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

/// Writes I + S, whose eigenvalues are not negative because |S| <= 1, and K.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::similarity::procrustes::settings::Procrustes;

    fn spectra(a: &[f64], r: usize) -> Vec<f64> {
        let mut memory = vec![f64::NAN; 2 * r * r + r];
        let mut out = vec![0.0; 2 * r];
        let mut state = Spectra::Split;
        loop {
            let (first, rest) = memory.split_at_mut(r * r);
            let (second, values) = rest.split_at_mut(r * r);
            let scratch = Scratch { first, second, values };
            if state.step(MatRef::new(a, r, r).unwrap(), scratch, &mut out).unwrap() {
                return out;
            }
        }
    }

    #[test]
    fn the_angle_is_a_lower_bound_of_the_procrustes_angle() {
        let mut noise = crate::monitor::analysis::reference_f64::Stream::new(1, 5);
        for r in [1, 2, 3, 5, 8] {
            let [a, b] = [(); 2].map(|()| (0..r * r).map(|_| noise.normal()).collect::<Vec<f64>>());
            let near: Vec<f64> = a.iter().zip(&b).map(|(x, y)| x + 0.1 * y).collect();
            for b in [b, near] {
                let bound = angle(&spectra(&a, r), &spectra(&b, r));
                let (a, b) = (MatRef::new(&a, r, r).unwrap(), MatRef::new(&b, r, r).unwrap());
                let distance = Procrustes::new().compare_operators(a, b).unwrap().distance();
                assert!(bound <= distance + 1e-9 && bound >= 0.05 * distance, "{bound} {distance}");
            }
        }
    }

    #[test]
    fn spectra_with_a_known_answer() {
        // |A|² = 2 (a² + b²): S = a I, K has b twice.
        let found = spectra(&[3.0, 4.0, -4.0, 3.0], 2);
        let norm = 50_f64.sqrt();
        for (found, expected) in found.iter().zip([3.0, 3.0, 4.0, 4.0]) {
            assert!((found - expected / norm).abs() < 1e-14);
        }
        let diagonal = [-2.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 2.0];
        for (found, expected) in spectra(&diagonal, 3).iter().zip([2.0, 1.0, -2.0, 0.0, 0.0, 0.0]) {
            assert!((found - expected / 3.0).abs() < 1e-14);
        }
        let mut memory = [0.0; 3];
        let [first, second, values] = &mut memory;
        let scratch = Scratch {
            first: core::slice::from_mut(first),
            second: core::slice::from_mut(second),
            values: core::slice::from_mut(values),
        };
        let zero = MatRef::new(&[0.0], 1, 1).unwrap();
        assert_eq!(Spectra::Split.step(zero, scratch, &mut [0.0; 2]), Err(Error::ZeroOperator));
    }
}
