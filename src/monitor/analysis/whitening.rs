//! Whitening of the channels: R_k <- W R_k W with the symmetric root W = R_0^{-1/2}.
//!
//! ```text
//! g_i = 1 / sqrt(R_0[i, i]);  R_k[i, j] = g_i R_k[i, j] g_j for k = 0 .. d        unit variances
//! R_0 = V L V'                                                                    by Jacobi rotations
//! W = V L^(-1/2) V', without directions of less than 1e-5 of the largest variance
//! R_k = W R_k W for k = 0 .. d
//! ```
//!
//! Afterwards R_0 = I, whatever invertible mixture of the sources the channels are. A remix of the channels leaves only a
//! rotation, to which the [spectra](super::lag_spectra) are blind. The symmetric root changes little if R_0 changes little,
//! so the basis of the reference is a good start for a window.

use super::square::{lag, transpose_into};
use crate::error::Error;
use crate::linalg::jacobi::Stepwise;
use crate::matrix::{Cells, Layout, MatMut, MatRef, dot, pieces_mut};
use crate::monitor::sizes::{Sizes, diagonal};
use crate::scalar::{Real, Scalar};

/// Variances below this part of the largest are not inverted.
const TOLERANCE: f64 = 1e-5;

/// The lines of the pseudo code; each step does one lag, or up to n / 2 rotations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Whitening<T> {
    Equilibrate { lag: usize },
    Diagonalise(Stepwise<T>),
    Apply { lag: usize, left: usize },
}

/// The scratch of the whitening.
struct WhiteningMemory<'a, T> {
    /// R_0 V while it is made diagonal, then W.
    root: MatMut<'a, T>,
    vectors: MatMut<'a, T>,
    product: MatMut<'a, T>,
    /// 1 / standard deviation, then variances.
    values: &'a mut [T],
}

/// The pieces of [`WhiteningMemory`], in its order.
pub(super) const fn layout(sizes: Sizes) -> Layout<4> {
    let square = sizes.square();
    Layout::new([square, square, square, sizes.channels])
}

impl<'a, T: Scalar> WhiteningMemory<'a, T> {
    fn cut(sizes: Sizes, scratch: &'a mut [T]) -> Self {
        let n = sizes.channels;
        let ([root, vectors, product, values], _) = layout(sizes).cut_checked(scratch);
        let [root, vectors, product] =
            [root, vectors, product].map(|piece| MatMut::over(piece, n, n));
        Self { root, vectors, product, values }
    }
}

impl<T: Scalar> Whitening<T> {
    pub(crate) const fn new() -> Self {
        Self::Equilibrate { lag: 0 }
    }

    /// Does one step; returns the number of directions that are left when all covariances are white.
    pub(crate) fn step(
        &mut self,
        sizes: Sizes,
        covariances: &mut [T],
        scratch: &mut [T],
    ) -> Result<Option<usize>, Error> {
        let (n, square) = (sizes.channels, sizes.square());
        let mut at = WhiteningMemory::cut(sizes, scratch);
        match self {
            Self::Equilibrate { lag: k } => {
                if *k == 0 {
                    for (i, gain) in at.values.iter_mut().enumerate() {
                        let variance = covariances.at(diagonal(n, i));
                        *gain = if variance > T::ZERO {
                            T::ONE / Real::sqrt(variance)
                        } else {
                            T::ZERO
                        };
                    }
                }
                let covariance = covariances.part_mut(k.saturating_mul(square), square);
                for (column, outer) in pieces_mut(covariance, n).zip(&*at.values) {
                    column.iter_mut().zip(&*at.values).for_each(|(x, gain)| *x *= *gain * *outer);
                }
                *k = k.saturating_add(1);
                if *k > sizes.delays {
                    at.root.copy_from(MatRef::over(lag(covariances, square, 0), n, n))?;
                    at.root.as_ref().check_finite()?;
                    at.vectors.set_identity();
                    *self = Self::Diagonalise(Stepwise::new());
                }
            }
            Self::Diagonalise(jacobi) => {
                if jacobi.step(&mut at.root, at.values, Some(&mut at.vectors))? {
                    *self = Self::Apply { lag: 0, left: at.form_root(n) };
                }
            }
            Self::Apply { lag: k, left } => {
                let covariance = covariances.part_mut(k.saturating_mul(square), square);
                let mut covariance = MatMut::over(covariance, n, n);
                at.product.set_product(at.root.as_ref(), covariance.as_ref())?;
                covariance.set_product(at.product.as_ref(), at.root.as_ref())?;
                *k = k.saturating_add(1);
                return Ok((*k > sizes.delays).then_some(*left));
            }
        }
        Ok(None)
    }
}

impl<T: Scalar> WhiteningMemory<'_, T> {
    /// W = V L^(-1/2) V', the sum of v vᵀ / sqrt(variance); returns the number of directions that have not been left out.
    fn form_root(&mut self, n: usize) -> usize {
        let mut left = 0_usize;
        let least = T::of(TOLERANCE) * self.values.first().copied().unwrap_or(T::ZERO);
        for (j, value) in self.values.iter_mut().enumerate() {
            // If gaps have made a variance negative, R_0 v and v point in opposite directions.
            let along = dot(self.root.column(j), self.vectors.column(j));
            *value = if *value > least && along > T::ZERO {
                left = left.saturating_add(1);
                T::ONE / Real::sqrt(Real::sqrt(*value))
            } else {
                T::ZERO
            };
        }
        for (column, factor) in self.vectors.columns_mut().zip(&*self.values) {
            column.iter_mut().for_each(|x| *x *= *factor);
        }
        transpose_into(self.product.as_mut_slice(), self.vectors.as_mut_slice(), n);
        // As inner products of the scaled rows of V, W is symmetric to the last bit.
        let rows = self.product.as_ref();
        for (i, column) in self.root.columns_mut().enumerate() {
            let right = rows.column(i);
            column.iter_mut().zip(rows.columns()).for_each(|(to, row)| *to = dot(row, right));
        }
        left
    }
}
