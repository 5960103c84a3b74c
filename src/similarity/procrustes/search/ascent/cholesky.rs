//! The Cholesky factor of a packed symmetric matrix in f32, as a preconditioner.
//!
//! ```text
//! for i = 0 .. p-1                            P = Uᵀ U, row by row of U
//!     u[i,i..] = P[i,i..] - sum over k < i of u[k,i] u[k,i..]
//!     if u[i,i] is not positive:  P is not positive definite, stop
//!     u[i,i..] = u[i,i..] / sqrt(u[i,i])
//! ```
//!
//! [`linalg::solve`](crate::linalg::solve) has the same algorithm for a square in memory. The upper triangle here takes half
//! of that, and is compiled for AVX2 as well. Golub & Van Loan, Matrix Computations, 4th ed., section 4.2.

use crate::matrix::{Cells, add_scaled, area, dot};
use crate::scalar::Real;
#[cfg(feature = "std")]
use multiversion::multiversion;

/// Numbers of an upper triangle of order p, with its diagonal, packed by rows.
pub(super) const fn triangle_len(p: usize) -> usize {
    area(p, p.saturating_add(1)) / 2
}

/// The rows of a triangle, each from its diagonal on.
#[inline(always)]
fn rows(mut rest: &[f32], p: usize) -> impl Iterator<Item = &[f32]> {
    (0..p).map_while(move |i| {
        let (row, after) = rest.split_at_checked(p.checked_sub(i)?)?;
        rest = after;
        Some(row)
    })
}

/// [`rows`], to write.
#[inline(always)]
pub(super) fn rows_mut(mut rest: &mut [f32], p: usize) -> impl Iterator<Item = &mut [f32]> {
    (0..p).map_while(move |i| {
        let here = core::mem::take(&mut rest);
        let (row, after) = here.split_at_mut_checked(p.checked_sub(i)?)?;
        rest = after;
        Some(row)
    })
}

/// P + shift I = Uᵀ U in place, with the inverse of each diagonal entry of U in its place. Returns whether the matrix is
/// positive definite to the rounding that the shift covers; if it is not, nothing useful is left. Cost: p³ / 6 multiply-adds.
#[cfg_attr(feature = "std", multiversion(targets("x86_64+avx2")))]
#[inline(never)]
pub(super) fn factor(triangle: &mut [f32], p: usize, shift: f32) -> bool {
    let mut start = 0;
    for i in 0..p {
        let (above, rest) = triangle.split_at_mut_checked(start).unwrap_or_default();
        let here = rest.part_mut(0, p - i);
        start += p - i;
        subtract_above(here, above, i, p);
        let pivot = here.at(0) + shift;
        // Written so that NaN fails, too.
        let positive = pivot > 0.5 * shift && Real::is_finite(pivot);
        if !positive {
            return false;
        }
        let inverse = 1.0 / Real::sqrt(pivot);
        here.iter_mut().for_each(|x| *x *= inverse);
        here.put(0, inverse);
    }
    true
}

/// Row i less the multiples of the rows above it, four at a time.
#[inline(always)]
fn subtract_above(here: &mut [f32], above: &[f32], i: usize, p: usize) {
    // Row k from column i on.
    let mut tails = rows(above, p).enumerate().map(|(k, row)| row.part(i - k, p));
    for _ in 0..i / 4 {
        let (Some(a), Some(b), Some(c), Some(d)) =
            (tails.next(), tails.next(), tails.next(), tails.next())
        else {
            break;
        };
        let [of_a, of_b, of_c, of_d] = [a, b, c, d].map(|row| row.at(0));
        for ((((x, a), b), c), d) in here.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *x -= (of_a * *a + of_b * *b) + (of_c * *c + of_d * *d);
        }
    }
    for row in tails.take(i % 4) {
        add_scaled(here, -row.at(0), row);
    }
}

/// x = (Uᵀ U)⁻¹ x, from what [`factor`] has left. Cost: p² multiply-adds.
#[cfg_attr(feature = "std", multiversion(targets("x86_64+avx2")))]
#[inline(never)]
pub(super) fn solve(triangle: &[f32], x: &mut [f32]) {
    let p = x.len();
    // Uᵀ y = x, from the first entry on.
    let mut rest = &mut *x;
    for row in rows(triangle, p) {
        let ([inverse, row @ ..], [here, after @ ..]) = (row, rest) else { return };
        *here *= *inverse;
        add_scaled(after, -*here, row);
        rest = after;
    }
    // U x = y, from the last entry back.
    let mut end = triangle_len(p);
    for i in (0..p).rev() {
        let start = end - (p - i);
        let row = triangle.part(start, p - i);
        end = start;
        let ([inverse, row @ ..], [here, after @ ..]) = (row, x.part_mut(i, p)) else { return };
        *here = (*here - dot(row, after)) * *inverse;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Xᵀ X of reproducible numbers, packed: positive definite.
    fn gram(p: usize) -> Vec<f32> {
        let x = |k: usize, i: usize| ((7 * k + 3 * i * i + k * i) % 13) as f32 / 13.0 - 0.4;
        let entry = |i: usize, j: usize| (0..p + 3).map(|k| x(k, i) * x(k, j)).sum::<f32>();
        let unit = |i: usize, j: usize| if i == j { 0.5 } else { 0.0 };
        (0..p)
            .flat_map(|i| (i..p).map(move |j| (i, j)))
            .map(|(i, j)| entry(i, j) + unit(i, j))
            .collect()
    }

    #[test]
    fn the_factor_solves_the_system() {
        for p in 1..12 {
            let matrix = gram(p);
            let mut triangle = matrix.clone();
            assert!(factor(&mut triangle, p, 0.25));
            let right: Vec<f32> = (0..p).map(|i| i as f32 - 2.5).collect();
            let mut x = right.clone();
            solve(&triangle, &mut x);
            let full = |i: usize, j: usize| {
                let (i, j) = (i.min(j), i.max(j));
                rows(&matrix, p).nth(i).unwrap()[j - i] + if i == j { 0.25 } else { 0.0 }
            };
            for (i, right) in right.iter().enumerate() {
                let left: f32 = (0..p).map(|j| full(i, j) * x[j]).sum();
                assert!((left - right).abs() < 1e-4, "order {p}: {left} {right}");
            }
        }
    }

    #[test]
    fn a_matrix_that_is_not_positive_definite_is_refused() {
        // 1 2; 2 1 has the eigenvalues 3 and -1.
        assert!(!factor(&mut [1.0, 2.0, 1.0], 2, 1e-5));
        assert!(factor(&mut [1.0, 2.0, 1.0], 2, 1.5));
        assert!(!factor(&mut [0.0], 1, 0.0));
        for entry in [f32::NAN, f32::INFINITY] {
            assert!(!factor(&mut [1.0, entry, 1.0], 2, 1e-5));
        }
    }
}
