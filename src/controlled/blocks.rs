//! Products and blocks of matrices on the heap.

use crate::error::Error;
use crate::linalg::svd;
use crate::matrix::{Cells, Mat, MatRef, copy, try_zeros};
use crate::scalar::Scalar;
use alloc::vec::Vec;
use core::ops::Range;

/// A B.
pub(super) fn product<T: Scalar>(a: MatRef<'_, T>, b: MatRef<'_, T>) -> Result<Mat<T>, Error> {
    let mut out = Mat::zeros(a.rows(), b.cols())?;
    out.as_mut().set_product(a, b)?;
    Ok(out)
}

/// Aᵀ B.
pub(super) fn transposed_product<T: Scalar>(
    a: MatRef<'_, T>,
    b: MatRef<'_, T>,
) -> Result<Mat<T>, Error> {
    let mut out = Mat::zeros(a.cols(), b.cols())?;
    out.as_mut().set_product_transposed(a, b)?;
    Ok(out)
}

/// Aᵀ.
pub(super) fn transposed<T: Scalar>(a: MatRef<'_, T>) -> Result<Mat<T>, Error> {
    let mut out = Mat::zeros(a.cols(), a.rows())?;
    out.as_mut().copy_transposed_from(a)?;
    Ok(out)
}

/// A copy of the rows and columns of a matrix that are in two ranges.
pub(super) fn block<T: Scalar>(
    a: MatRef<'_, T>,
    rows: Range<usize>,
    cols: Range<usize>,
) -> Result<Mat<T>, Error> {
    let mut out = Mat::zeros(rows.len(), cols.len())?;
    for (to, j) in out.as_mut().columns_mut().zip(cols) {
        copy(to, a.column(j).part(rows.start, rows.len()));
    }
    Ok(out)
}

/// |A - B|.
pub(super) fn distance<T: Scalar>(a: &Mat<T>, b: MatRef<'_, T>) -> Result<T, Error> {
    let mut difference = a.clone();
    difference.as_mut().add(-T::ONE, b);
    let norm = difference.as_ref().frobenius_norm();
    if norm.is_finite() { Ok(norm) } else { Err(Error::Overflow { what: "a distance" }) }
}

/// A = U S Vᵀ, thin.
pub(super) struct Decomposition<T> {
    pub(super) left: Mat<T>,
    pub(super) values: Vec<T>,
    pub(super) right: Mat<T>,
}

impl<T: Scalar> Decomposition<T> {
    pub(super) fn of(a: MatRef<'_, T>) -> Result<Self, Error> {
        let (rows, cols) = (a.rows(), a.cols());
        let short = rows.min(cols);
        let (mut left, mut right) = (Mat::zeros(rows, short)?, Mat::zeros(cols, short)?);
        let mut values = try_zeros(short)?;
        let mut memory = try_zeros(svd::svd_memory_len(rows, cols))?;
        svd::svd_in(a, &mut left.as_mut(), &mut values, &mut right.as_mut(), &mut memory)?;
        Ok(Self { left, values, right })
    }
}
