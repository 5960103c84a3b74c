//! Kernels for small square matrices that are stored one after another.

use crate::matrix::{Cells, add_scaled, dot, pieces, pieces_mut};
use crate::scalar::Scalar;

/// Matrix k (R_k) of square matrices of `square` entries that lie one after another.
#[inline(always)]
pub(crate) fn lag<T: Scalar>(covariances: &[T], square: usize, k: usize) -> &[T] {
    covariances.part(k.saturating_mul(square), square)
}

/// C -= A B, all n x n.
pub(crate) fn subtract_product<T: Scalar>(to: &mut [T], a: &[T], b: &[T], n: usize) {
    for (to, weights) in pieces_mut(to, n).zip(pieces(b, n)) {
        weights.iter().zip(pieces(a, n)).for_each(|(w, column)| add_scaled(to, -*w, column));
    }
}

/// C -= Aᵀ B, all n x n.
pub(crate) fn subtract_transposed_product<T: Scalar>(to: &mut [T], a: &[T], b: &[T], n: usize) {
    for (to, right) in pieces_mut(to, n).zip(pieces(b, n)) {
        to.iter_mut().zip(pieces(a, n)).for_each(|(to, left)| *to -= dot(left, right));
    }
}

/// Writes Aᵀ, n x n.
pub(crate) fn transpose_into<T: Scalar>(to: &mut [T], from: &[T], n: usize) {
    for (i, to) in pieces_mut(to, n).enumerate() {
        to.iter_mut().zip(pieces(from, n)).for_each(|(to, column)| *to = column.at(i));
    }
}
