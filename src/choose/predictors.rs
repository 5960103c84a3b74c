//! Linear combinations of the past that predict the future best: a singular value decomposition of future
//! against whitened past.

use crate::error::Error;
use crate::linalg::{svd, symmetric};
use crate::matrix::{Mat, MatRef, try_zeros};

/// Eigenvalues of a covariance below this share of the largest are left out.
pub(crate) const CUT: f64 = 1e-8;

/// The leading q singular triplets of C_fp W, with W the whitening of the past.
#[derive(Debug)]
pub(crate) struct Predictors {
    /// u_i, n H x q.
    pub(crate) future: Mat<f64>,
    /// s_i, descending.
    pub(crate) values: alloc::vec::Vec<f64>,
    /// W v_i, p x q: v_iᵀ Wᵀ h is coordinate i of a past h.
    pub(crate) past: Mat<f64>,
}

/// W = Q diag(w)^(-1/2) over the eigenvalues w > 1e-8 w_1 of a covariance.
pub(crate) fn whitening(covariance: MatRef<'_, f64>) -> Result<Mat<f64>, Error> {
    let p = covariance.check_square()?;
    let mut copy = Mat::copy_of(covariance)?;
    let (mut values, mut vectors) = (try_zeros(p)?, Mat::zeros(p, p)?);
    let mut memory = try_zeros(symmetric::eigen_memory_len(p))?;
    symmetric::eigen_in(&mut copy.as_mut(), &mut values, &mut vectors.as_mut(), &mut memory)?;
    let largest = values.first().copied().unwrap_or(0.0);
    let kept = values.iter().take_while(|w| **w > CUT * largest).count();
    if kept == 0 {
        return Err(Error::DegenerateSignal { channel: None });
    }
    let mut whitening = Mat::copy_of(vectors.as_ref().leading_columns(kept))?;
    for (column, w) in whitening.as_mut().columns_mut().zip(&values) {
        let factor = 1.0 / libm::sqrt(*w);
        column.iter_mut().for_each(|x| *x *= factor);
    }
    Ok(whitening)
}

impl Predictors {
    /// Cost: about 9 p³ flops for the whitening, 4 n H p² for the products and 4/3 p³ for the singular
    /// vectors, which come from (C_fp W)ᵀ C_fp W and are refined by one-sided Jacobi in their own span.
    pub(crate) fn of(
        past: MatRef<'_, f64>,
        future_past: MatRef<'_, f64>,
        most: usize,
    ) -> Result<Self, Error> {
        let whitening = whitening(past)?;
        let (ahead, k) = (future_past.rows(), whitening.as_ref().cols());
        let q = most.min(k).min(ahead);
        let mut product = Mat::zeros(ahead, k)?;
        product.as_mut().set_product(future_past, whitening.as_ref())?;
        let mut square = Mat::zeros(k, k)?;
        square.as_mut().set_product_transposed(product.as_ref(), product.as_ref())?;
        let (mut values, mut right) = (try_zeros(k)?, Mat::zeros(k, q)?);
        let mut memory = try_zeros(symmetric::leading_memory_len(k))?;
        symmetric::leading_in(&mut square.as_mut(), &mut values, &mut right.as_mut(), &mut memory)?;
        let (mut future, mut turn) = (Mat::zeros(ahead, q)?, Mat::zeros(q, q)?);
        future.as_mut().set_product(product.as_ref(), right.as_ref())?;
        let mut values = try_zeros(q)?;
        svd::orthogonalise_columns_in(&mut future.as_mut(), &mut values, Some(&mut turn.as_mut()))?;
        let (mut turned, mut past) = (Mat::zeros(k, q)?, Mat::zeros(whitening.as_ref().rows(), q)?);
        turned.as_mut().set_product(right.as_ref(), turn.as_ref())?;
        past.as_mut().set_product(whitening.as_ref(), turned.as_ref())?;
        Ok(Self { future, values, past })
    }

    /// 2 u_iᵀ C_fp B_i - B_iᵀ C_pp B_i with B_i = s_i W v_i, for other moments than those it was made
    /// from: how much of their future energy coordinate i predicts.
    pub(crate) fn gains(
        &self,
        past: MatRef<'_, f64>,
        future_past: MatRef<'_, f64>,
    ) -> Result<alloc::vec::Vec<f64>, Error> {
        let q = self.values.len();
        let mut scaled = Mat::copy_of(self.past.as_ref())?;
        for (column, s) in scaled.as_mut().columns_mut().zip(&self.values) {
            column.iter_mut().for_each(|x| *x *= *s);
        }
        let mut predicted = Mat::zeros(future_past.rows(), q)?;
        predicted.as_mut().set_product(future_past, scaled.as_ref())?;
        let mut covered = Mat::zeros(past.rows(), q)?;
        covered.as_mut().set_product(past, scaled.as_ref())?;
        let mut gains = try_zeros(q)?;
        let columns = self.future.as_ref().columns().zip(predicted.as_ref().columns());
        let squares = scaled.as_ref().columns().zip(covered.as_ref().columns());
        for ((gain, (u, f)), (b, c)) in gains.iter_mut().zip(columns).zip(squares) {
            *gain = 2.0 * crate::matrix::dot(u, f) - crate::matrix::dot(b, c);
        }
        Ok(gains)
    }
}
