//! Householder reduction of a symmetric matrix to tridiagonal form, A = Q T Qᵀ, and products with Q.
//!
//! Q = H₀ H₁ … H₍ₙ₋₂₎ with Hₖ = I - τₖ vₖ vₖᵀ, where vₖ has zeros in rows 0..=k and a one in row
//! k + 1 (Golub & Van Loan 8.3.1). vₖ is kept, with its one, below the diagonal of column k.
//!
//! A step replaces the trailing matrix by A - v wᵀ - w vᵀ with w = τ A v - (τ²/2)(vᵀ A v) v. That
//! update is not carried out at once: it is applied while the *next* step multiplies by its own
//! vector, so that the triangle is read and written once a step instead of twice (the idea behind
//! Dongarra, Hammarling & Sorensen, *Block reduction of matrices to condensed forms*, 1989, here
//! with blocks of one vector), two columns at a time so that the vectors are read half as often.

use crate::error::Error;
use crate::linalg::reflections::{reflect, reflection};
use crate::matrix::{Cells, Layout, MatMut, add_scaled, copy, dot};
use crate::scalar::Scalar;

/// Scalars of scratch that [`tridiagonalise`] needs.
pub(super) const fn memory_len(order: usize) -> usize {
    layout(order).len()
}

/// v and w of the update that is due, and those of the step at work.
const fn layout(order: usize) -> Layout<4> {
    Layout::new([order; 4])
}

/// Reduces the lower triangle of `a` to `diagonal` and `couplings` (entry i couples i and i + 1; the
/// last is zero). The reflections stay in `a` and `factors`. Entries must be at most of order one.
pub(super) fn tridiagonalise<T: Scalar>(
    a: &mut MatMut<'_, T>,
    diagonal: &mut [T],
    couplings: &mut [T],
    factors: &mut [T],
    scratch: &mut [T],
) -> Result<(), Error> {
    let order = a.cols();
    let ([v, next, w, product], _) = layout(order).cut_exactly(scratch)?;
    let (mut v, mut next) = (v, next);
    let (mut w, mut product) = (w, product);
    v.fill(T::ZERO);
    w.fill(T::ZERO);
    for k in 0..order {
        let below = k + 1;
        let column = a.column_mut(k).part_mut(k, order - k);
        add_scaled(column, -w.at(k), v.part(k, order - k));
        add_scaled(column, -v.at(k), w.part(k, order - k));
        diagonal.put(k, column.at(0));
        let (coupling, factor) = reflection(column.part_mut(1, order - below));
        couplings.put(k, coupling);
        factors.put(k, factor);
        if below == order {
            break;
        }
        let reflector = next.part_mut(below, order - below);
        copy(reflector, column.part(1, order - below));

        product.part_mut(below, order - below).fill(T::ZERO);
        update_and_multiply(a, below, &Update { v, w }, next, product);
        let (x, y) = (next.part(below, order - below), product.part_mut(below, order - below));
        let half = T::HALF * factor * factor * dot(x, y);
        y.iter_mut().zip(x).for_each(|(y, x)| *y = factor * *y - half * *x);
        core::mem::swap(&mut v, &mut next);
        core::mem::swap(&mut w, &mut product);
    }
    Ok(())
}

/// An update A - v wᵀ - w vᵀ that is due.
struct Update<'a, T> {
    v: &'a [T],
    w: &'a [T],
}

/// For the trailing triangle from row and column `first`: A := A - v wᵀ - w vᵀ, then y += A x.
fn update_and_multiply<T: Scalar>(
    a: &mut MatMut<'_, T>,
    first: usize,
    due: &Update<'_, T>,
    x: &[T],
    y: &mut [T],
) {
    let order = a.cols();
    let mut j = first;
    while j + 1 < order {
        let (left, right) = a.two_columns_mut(j, j + 1);
        let columns = Columns {
            v: [due.v.at(j), due.v.at(j + 1)],
            w: [due.w.at(j), due.w.at(j + 1)],
            x: [x.at(j), x.at(j + 1)],
        };
        // The 2 x 2 triangle on the diagonal.
        let corner = columns.updated(0, left.at(j), due.v.at(j), due.w.at(j));
        let side = columns.updated(0, left.at(j + 1), due.v.at(j + 1), due.w.at(j + 1));
        let last = columns.updated(1, right.at(j + 1), due.v.at(j + 1), due.w.at(j + 1));
        left.put(j, corner);
        left.put(j + 1, side);
        right.put(j + 1, last);

        let (from, length) = (j + 2, order - j - 2);
        let below = Update { v: due.v.part(from, length), w: due.w.part(from, length) };
        let (left, right) = (left.part_mut(from, length), right.part_mut(from, length));
        columns.below(left, right, &below, y.part_mut(from, length));
        let x_below = x.part(from, length);
        let (sum0, sum1) = (dot(left, x_below), dot(right, x_below));
        let [x0, x1] = columns.x;
        y.put(j, y.at(j) + (corner * x0 + side * x1 + sum0));
        y.put(j + 1, y.at(j + 1) + (side * x0 + last * x1 + sum1));
        j += 2;
    }
    if j < order {
        let column = a.column_mut(j);
        let entry = column.at(j) - (due.v.at(j) * due.w.at(j) + due.w.at(j) * due.v.at(j));
        column.put(j, entry);
        y.put(j, y.at(j) + entry * x.at(j));
    }
}

/// Entries of v, w and x in the two columns at work.
struct Columns<T> {
    v: [T; 2],
    w: [T; 2],
    x: [T; 2],
}

impl<T: Scalar> Columns<T> {
    #[inline(always)]
    fn updated(&self, column: usize, entry: T, v: T, w: T) -> T {
        let ([v0, v1], [w0, w1]) = (self.v, self.w);
        let (vj, wj) = if column == 0 { (v0, w0) } else { (v1, w1) };
        entry - (v * wj + w * vj)
    }

    /// Updates the two columns below the diagonal block and adds their part of A x to `y`.
    ///
    /// Kept out of line so that the slices are known to be disjoint: then it is vectorised.
    #[inline(never)]
    fn below(&self, left: &mut [T], right: &mut [T], due: &Update<'_, T>, y: &mut [T]) {
        let ([v0, v1], [w0, w1], [x0, x1]) = (self.v, self.w, self.x);
        let rows = left.iter_mut().zip(right).zip(y).zip(due.v).zip(due.w);
        for ((((left, right), y), v), w) in rows {
            *left -= *v * w0 + *w * v0;
            *right -= *v * w1 + *w * v1;
            *y += *left * x0 + *right * x1;
        }
    }
}

/// `vectors` := Q `vectors`.
pub(super) fn back_transform<T: Scalar>(
    a: &MatMut<'_, T>,
    factors: &[T],
    vectors: &mut MatMut<'_, T>,
) {
    let order = a.cols();
    for k in (0..order.saturating_sub(1)).rev() {
        reflect(vectors, 0, a.column(k).part(k + 1, order - k - 1), factors.at(k));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix_is_q_t_qt() {
        for n in 1..10_usize {
            let entry = |i: usize, j: usize| (((i * j + i + j) * 7 % 13) as f64 - 6.0) / 6.0;
            let data: Vec<f64> = (0..n * n).map(|k| entry(k % n, k / n)).collect();
            let mut a = data.clone();
            let mut a = MatMut::new(&mut a, n, n).unwrap();
            let (mut d, mut e, mut factors) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
            let mut scratch = vec![f64::NAN; 4 * n];
            tridiagonalise(&mut a, &mut d, &mut e, &mut factors, &mut scratch).unwrap();
            let mut q = vec![0.0; n * n];
            let mut q = MatMut::new(&mut q, n, n).unwrap();
            q.set_identity();
            back_transform(&a, &factors, &mut q);
            crate::linalg::reflections::form_product(&mut a, &factors, 1, &mut scratch);
            for i in 0..n {
                for j in 0..n {
                    assert!((a.at(i, j) - q.at(i, j)).abs() < 1e-14, "two ways to Q, n = {n}");
                    let mut sum = 0.0;
                    for k in 0..n {
                        sum += q.at(i, k) * d[k] * q.at(j, k);
                        if k + 1 < n {
                            sum += q.at(i, k) * e[k] * q.at(j, k + 1);
                            sum += q.at(i, k + 1) * e[k] * q.at(j, k);
                        }
                    }
                    assert!((sum - entry(i, j)).abs() < 10.0 * n as f64 * f64::EPSILON * n as f64);
                }
            }
        }
    }
}
