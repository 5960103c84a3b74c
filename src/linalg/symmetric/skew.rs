//! Singular values of a real skew-symmetric matrix.
//!
//! ```text
//! for k = 0 .. n-2
//!     H = I - tau v v', which makes the entries of column k below row k+1 zero
//!     p = tau K v;  K = K + v p' - p v'                 H K H, as v' K v = 0
//! the eigenvalues of the symmetric tridiagonal matrix with zeros on its diagonal and the same couplings
//! ```
//!
//! The skew tridiagonal matrix is i D T D* with D = diag(1, i, i², ..) and that symmetric matrix T, so its singular values are
//! the sizes of the eigenvalues of T, which come in pairs x, -x. Cost: n³ multiply-adds, and 20 n² for the iteration. The
//! squares of K are never formed, so the small values keep their digits, to rounding errors of the largest.

use super::tridiagonal;
use crate::error::Error;
use crate::linalg::reflections::reflection;
use crate::linalg::scaling;
use crate::matrix::{Cells, Layout, MatMut, add_scaled, copy};
use crate::scalar::Scalar;

/// Scalars of memory that [`skew_values_in`] takes for a matrix of order `order`: 3 `order`.
pub(crate) const fn skew_memory_len(order: usize) -> usize {
    layout(order).len()
}

/// Couplings, reflector, and product.
const fn layout(n: usize) -> Layout<3> {
    Layout::new([n; 3])
}

/// Writes the eigenvalues of i K for a skew-symmetric K, descending: the singular values once each, and their negatives. Every
/// entry is read, and K is destroyed. Entries must be at most of order one.
///
/// # Errors
/// [`Error::MemoryTooSmall`]; [`Error::NotConverged`] after 60 QR steps for one value.
pub(crate) fn skew_values_in<T: Scalar>(
    a: &mut MatMut<'_, T>,
    values: &mut [T],
    memory: &mut [T],
) -> Result<(), Error> {
    let order = a.cols();
    let ([couplings, reflector, product], _) = layout(order).cut_exactly(memory)?;
    couplings.fill(T::ZERO);
    for k in 0..order.saturating_sub(1) {
        let (below, rest) = (k + 1, order - k - 1);
        let column = a.column_mut(k).part_mut(below, rest);
        let (coupling, factor) = reflection(column);
        couplings.put(k, coupling);
        let (v, p) = (reflector.part_mut(0, rest), product.part_mut(0, rest));
        copy(v, column);
        p.fill(T::ZERO);
        for (x, column) in v.iter().zip(a.columns_mut_from(below)) {
            add_scaled(p, factor * *x, column.part(below, rest));
        }
        for ((x, y), column) in v.iter().zip(&*p).zip(a.columns_mut_from(below)) {
            let column = column.part_mut(below, rest);
            add_scaled(column, *y, v);
            add_scaled(column, -*x, p);
        }
    }
    values.fill(T::ZERO);
    tridiagonal::square(couplings);
    tridiagonal::values(values, couplings)?;
    scaling::sort_stably(values, product);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::svd;
    use crate::matrix::MatRef;

    fn values(a: &[f64], n: usize) -> Vec<f64> {
        let (mut a, mut found) = (a.to_vec(), vec![0.0; n]);
        let mut memory = vec![f64::NAN; skew_memory_len(n)];
        skew_values_in(&mut MatMut::new(&mut a, n, n).unwrap(), &mut found, &mut memory).unwrap();
        found
    }

    #[test]
    fn singular_values_are_those_of_the_decomposition_once_each() {
        let mut state = 7_u64;
        for n in [1, 2, 3, 4, 5, 8, 16, 33] {
            for scale in [1.0, 1e-6] {
                let mut a = vec![0.0; n * n];
                for j in 0..n {
                    for i in 0..j {
                        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                        let x = scale * ((state >> 40) as f64 / (1 << 23) as f64 - 1.0);
                        (a[j * n + i], a[i * n + j]) = (x, -x);
                    }
                }
                let mut expected = vec![0.0; n];
                let mut memory = vec![0.0; svd::values_memory_len(n, n)];
                svd::values_in(MatRef::new(&a, n, n).unwrap(), &mut expected, &mut memory).unwrap();
                let found = values(&a, n);
                let mark = 50.0 * n as f64 * f64::EPSILON * scale;
                for k in 0..n / 2 {
                    assert!((found[k] - expected[2 * k]).abs() <= mark, "{n} {k}");
                    assert!((found[k] + found[n - 1 - k]).abs() <= mark, "{n} {k}");
                }
            }
        }
    }

    #[test]
    fn values_that_are_zero_or_equal_are_found() {
        assert_eq!(values(&[0.0; 16], 4), [0.0; 4]);
        // Two planes with the same angle, and one direction that stands still.
        let mut a = [0.0; 25];
        (a[1], a[5], a[13], a[17]) = (0.5, -0.5, 0.5, -0.5);
        for (found, expected) in values(&a, 5).iter().zip([0.5, 0.5, 0.0, -0.5, -0.5]) {
            assert!((found - expected).abs() < 1e-15);
        }
    }
}
