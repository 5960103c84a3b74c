//! Products with block Toeplitz matrices that are known by their blocks alone.

use crate::matrix::{Cells, accumulate, area, pieces, pieces_mut, product};
use crate::scalar::Scalar;

/// The matrix of d x d blocks of n x n whose block (a, b) is S_{b - a + ahead}, where S_{-k} = S_kᵀ.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockToeplitz<'a, T> {
    /// n
    pub(crate) order: usize,
    /// S_0, S_1, .., column-major, one after another.
    pub(crate) blocks: &'a [T],
    pub(crate) ahead: usize,
}

impl<T: Scalar> BlockToeplitz<'_, T> {
    /// Block row `a` of the product with a vector: 2 n² d flops.
    #[inline(never)]
    pub(crate) fn multiply_row(&self, a: usize, vector: &[T], to: &mut [T]) {
        let (n, square) = (self.order, area(self.order, self.order));
        to.fill(T::ZERO);
        for (b, part) in pieces(vector, n).enumerate() {
            let forward = b.wrapping_add(self.ahead);
            let lag = forward.abs_diff(a);
            let block = pieces(self.blocks.part(lag.wrapping_mul(square), square), n);
            if forward >= a {
                block.zip(part).for_each(|(column, x)| accumulate(to, *x, column));
            } else {
                block.zip(to.iter_mut()).for_each(|(column, to)| *to += product(column, part));
            }
        }
    }

    /// The product with a vector: 2 n² d² flops.
    pub(crate) fn multiply(&self, vector: &[T], to: &mut [T]) {
        for (a, to) in pieces_mut(to, self.order).enumerate() {
            self.multiply_row(a, vector, to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_that_of_the_whole_matrix() {
        let (n, d) = (3, 4);
        let blocks: Vec<f64> = (0..n * n * (d + 1)).map(|i| ((i * i) as f64 * 0.7).sin()).collect();
        let vector: Vec<f64> = (0..n * d).map(|i| (i as f64 * 1.3).cos()).collect();
        for ahead in [0, 1] {
            let mut found = vec![f64::NAN; n * d];
            BlockToeplitz { order: n, blocks: &blocks, ahead }.multiply(&vector, &mut found);
            for (row, found) in found.iter().enumerate() {
                let (a, i) = (row / n, row % n);
                let entry = |column: usize| {
                    let (b, j) = (column / n, column % n);
                    let lag = (b + ahead) as isize - a as isize;
                    let (i, j) = if lag < 0 { (j, i) } else { (i, j) };
                    blocks[(lag.unsigned_abs() * n + j) * n + i]
                };
                let expected: f64 = (0..n * d).map(|column| entry(column) * vector[column]).sum();
                assert!((found - expected).abs() < 1e-13, "{ahead} {row}");
            }
        }
    }
}
