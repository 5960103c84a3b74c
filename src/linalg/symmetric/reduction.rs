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

use super::REDUCTION_VECTORS;
use crate::error::Error;
use crate::matrix::{Cells, MatMut, Memory, add_scaled, dot};
use crate::scalar::{Real, Scalar};

/// Entries of two columns that are worked on together; their sums are kept apart, so that the order
/// of additions, and with it every bit of the result, is the same on every target.
const LANES: usize = 4;

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
    let mut memory = Memory::new(scratch, order.saturating_mul(REDUCTION_VECTORS))?;
    let (mut v, mut next) = (memory.vector(order)?, memory.vector(order)?);
    let (mut w, mut product) = (memory.vector(order)?, memory.vector(order)?);
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
        reflector.iter_mut().zip(column.part(1, order - below)).for_each(|(to, x)| *to = *x);

        product.part_mut(below, order - below).fill(T::ZERO);
        update_and_multiply(a, below, &Pair { v, w }, next, product);
        let (x, y) = (next.part(below, order - below), product.part_mut(below, order - below));
        let half = T::HALF * factor * factor * dot(x, y);
        y.iter_mut().zip(x).for_each(|(y, x)| *y = factor * *y - half * *x);
        core::mem::swap(&mut v, &mut next);
        core::mem::swap(&mut w, &mut product);
    }
    Ok(())
}

/// Makes v and τ with (I - τ v vᵀ) x = (β, 0, …), v₀ = 1, in place; returns (β, τ).
///
/// A tail whose square could lose digits to underflow (below 1e-15 in `f32`, beside entries of order
/// one) is set to zero instead.
fn reflection<T: Scalar>(x: &mut [T]) -> (T, T) {
    let Some((head, tail)) = x.split_first_mut() else { return (T::ZERO, T::ZERO) };
    let alpha = *head;
    *head = T::ONE;
    let rest = dot(tail, tail);
    if rest <= T::MIN_POSITIVE / T::EPSILON {
        tail.fill(T::ZERO);
        return (alpha, T::ZERO);
    }
    let norm = Real::sqrt(alpha * alpha + rest);
    let beta = if alpha > T::ZERO { -norm } else { norm };
    let inverse = T::ONE / (alpha - beta);
    tail.iter_mut().for_each(|x| *x *= inverse);
    (beta, (beta - alpha) / beta)
}

/// An update A - v wᵀ - w vᵀ that is due.
struct Pair<'a, T> {
    v: &'a [T],
    w: &'a [T],
}

/// For the trailing triangle from row and column `first`: A := A - v wᵀ - w vᵀ, then y += A x.
fn update_and_multiply<T: Scalar>(
    a: &mut MatMut<'_, T>,
    first: usize,
    due: &Pair<'_, T>,
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
        let below = Below { v: due.v.part(from, length), w: due.w.part(from, length) };
        let sums = columns.below(
            [left.part_mut(from, length), right.part_mut(from, length)],
            &below,
            x.part(from, length),
            y.part_mut(from, length),
        );
        let [x0, x1] = columns.x;
        let [sum0, sum1] = sums;
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

type Below<'a, T> = Pair<'a, T>;

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

    /// Updates the two columns below the diagonal block, adds their part of A x to `y`, and returns
    /// their inner products with `x`.
    #[inline(always)]
    fn below(&self, columns: [&mut [T]; 2], due: &Below<'_, T>, x: &[T], y: &mut [T]) -> [T; 2] {
        let [left, right] = columns;
        let (left, left_rest) = left.as_chunks_mut::<LANES>();
        let (right, right_rest) = right.as_chunks_mut::<LANES>();
        let (y, y_rest) = y.as_chunks_mut::<LANES>();
        let (x, x_rest) = x.as_chunks::<LANES>();
        let (v, v_rest) = due.v.as_chunks::<LANES>();
        let (w, w_rest) = due.w.as_chunks::<LANES>();
        let mut sums = [[T::ZERO; LANES]; 2];
        for (((((left, right), y), x), v), w) in
            left.iter_mut().zip(right).zip(y).zip(x).zip(v).zip(w)
        {
            self.rows(left, right, y, x, v, w, &mut sums);
        }
        let mut rest = [[T::ZERO; 1]; 2];
        for (((((left, right), y), x), v), w) in left_rest
            .as_chunks_mut::<1>()
            .0
            .iter_mut()
            .zip(right_rest.as_chunks_mut::<1>().0)
            .zip(y_rest.as_chunks_mut::<1>().0)
            .zip(x_rest.as_chunks::<1>().0)
            .zip(v_rest.as_chunks::<1>().0)
            .zip(w_rest.as_chunks::<1>().0)
        {
            self.rows(left, right, y, x, v, w, &mut rest);
        }
        let [[l0, l1, l2, l3], [r0, r1, r2, r3]] = sums;
        let [[l], [r]] = rest;
        [((l0 + l2) + (l1 + l3)) + l, ((r0 + r2) + (r1 + r3)) + r]
    }

    /// `N` rows of [`Columns::below`]. All indices are below the arrays' constant length.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)]
    fn rows<const N: usize>(
        &self,
        left: &mut [T; N],
        right: &mut [T; N],
        y: &mut [T; N],
        x: &[T; N],
        v: &[T; N],
        w: &[T; N],
        sums: &mut [[T; N]; 2],
    ) {
        let ([v0, v1], [w0, w1], [x0, x1]) = (self.v, self.w, self.x);
        let [left_sums, right_sums] = sums;
        for i in 0..N {
            let l = left[i] - (v[i] * w0 + w[i] * v0);
            let r = right[i] - (v[i] * w1 + w[i] * v1);
            left[i] = l;
            right[i] = r;
            y[i] += l * x0 + r * x1;
            left_sums[i] += l * x[i];
            right_sums[i] += r * x[i];
        }
    }
}

/// x -= τ (v·x) v for every column of `columns` from `first` on, in the rows that `v` covers (the
/// last ones).
fn reflect<T: Scalar>(columns: &mut MatMut<'_, T>, first: usize, v: &[T], factor: T) {
    let start = columns.rows().saturating_sub(v.len());
    for column in columns.columns_mut_from(first) {
        let x = column.part_mut(start, v.len());
        let weight = factor * dot(v, x);
        add_scaled(x, -weight, v);
    }
}

/// Replaces the reflections in `a` by the matrix Q (Golub & Van Loan 5.1.6, backward accumulation).
///
/// Hₖ changes only rows and columns above k, so column k + 1, whose own reflection has been applied
/// by then, can be overwritten.
pub(super) fn form<T: Scalar>(a: &mut MatMut<'_, T>, factors: &[T], scratch: &mut [T]) {
    let order = a.cols();
    for k in (0..order.saturating_sub(1)).rev() {
        let length = order - k - 1;
        let factor = factors.at(k);
        let v = scratch.part_mut(0, length);
        v.iter_mut().zip(a.column(k).part(k + 1, length)).for_each(|(to, x)| *to = *x);
        reflect(a, k + 2, v, factor);
        let column = a.column_mut(k + 1);
        column.part_mut(0, k + 1).fill(T::ZERO);
        let lower = column.part_mut(k + 1, length);
        lower.iter_mut().zip(v.iter()).for_each(|(to, v)| *to = -factor * *v);
        lower.put(0, T::ONE + lower.at(0));
    }
    let column = a.column_mut(0);
    column.fill(T::ZERO);
    column.put(0, T::ONE);
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
