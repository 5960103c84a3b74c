//! Householder reflections and plane rotations, of which the reductions and iterations are made.

use crate::matrix::{Cells, MatMut, add_scaled, copy, dot};
use crate::scalar::{Real, Scalar};

/// Squares below this are not known to full precision.
#[inline(always)]
pub(super) fn tiny<T: Scalar>() -> T {
    T::MIN_POSITIVE / T::EPSILON
}

/// Makes v and τ with (I - τ v vᵀ) x = (β, 0, …), v₀ = 1, in place; returns (β, τ). Where x is
/// (β, 0, …) already, τ is zero.
///
/// A tail whose square could lose digits to underflow (below 1e-15 in `f32`, where the largest entries are
/// of order one) is set to zero instead.
pub(super) fn reflection<T: Scalar>(x: &mut [T]) -> (T, T) {
    let Some((head, tail)) = x.split_first_mut() else { return (T::ZERO, T::ZERO) };
    let alpha = *head;
    *head = T::ONE;
    let rest = dot(tail, tail);
    if rest <= tiny() {
        tail.fill(T::ZERO);
        return (alpha, T::ZERO);
    }
    let norm = Real::sqrt(alpha * alpha + rest);
    let beta = if alpha > T::ZERO { -norm } else { norm };
    let inverse = T::ONE / (alpha - beta);
    tail.iter_mut().for_each(|x| *x *= inverse);
    (beta, (beta - alpha) / beta)
}

/// x -= τ (v·x) v for every column of `columns` from `first` on, in the rows that `v` covers (the
/// last ones).
pub(super) fn reflect<T: Scalar>(columns: &mut MatMut<'_, T>, first: usize, v: &[T], factor: T) {
    let start = columns.rows().saturating_sub(v.len());
    for column in columns.columns_mut_from(first) {
        let x = column.part_mut(start, v.len());
        let weight = factor * dot(v, x);
        add_scaled(x, -weight, v);
    }
}

/// Replaces reflections by their product H₀ H₁ … (Golub & Van Loan 5.1.6, backward accumulation).
///
/// vₖ, with its one, is in column k of `a` (n x n) from row k + `offset` on (0 or 1). Hₖ changes only
/// rows and columns from k + `offset` on, so that column, whose own reflection has been applied by then,
/// can be overwritten. `scratch`: n scalars.
pub(super) fn form_product<T: Scalar>(
    a: &mut MatMut<'_, T>,
    factors: &[T],
    offset: usize,
    scratch: &mut [T],
) {
    let order = a.cols();
    for k in (0..order.saturating_sub(offset)).rev() {
        let first = k + offset;
        let (v, factor) = (scratch.part_mut(0, order - first), factors.at(k));
        copy(v, a.column(k).part(first, order - first));
        reflect(a, first + 1, v, factor);
        let column = a.column_mut(first);
        column.part_mut(0, first).fill(T::ZERO);
        let lower = column.part_mut(first, order - first);
        lower.iter_mut().zip(v.iter()).for_each(|(to, v)| *to = -factor * *v);
        lower.put(0, T::ONE + lower.at(0));
    }
    if offset == 1 {
        let column = a.column_mut(0);
        column.fill(T::ZERO);
        column.put(0, T::ONE);
    }
}

/// (c, s, r) with c x + s y = r and c y - s x = 0.
#[inline(always)]
pub(super) fn rotation<T: Scalar>(x: T, y: T) -> (T, T, T) {
    let square = x * x + y * y;
    if square > tiny() {
        let length = Real::sqrt(square);
        return (x / length, y / length, length);
    }
    let scale = x.larger(-x).larger(y.larger(-y)).binary_scale();
    let (x, y) = (x * scale, y * scale);
    let length = Real::sqrt(x * x + y * y);
    if length == T::ZERO {
        return (T::ONE, T::ZERO, T::ZERO);
    }
    (x / length, y / length, length / scale)
}

/// Rotations of the planes (first, first + 1), (first + 1, first + 2), .., one after the other: columns (x, y)
/// become (c x + s y, c y - s x). Two at a time, so that the column between is read and written once.
pub(super) fn rotate_chain<T: Scalar>(
    columns: &mut MatMut<'_, T>,
    first: usize,
    cosines: &[T],
    sines: &[T],
) {
    let mut columns = columns.columns_mut_from(first);
    let Some(mut x) = columns.next() else { return };
    let mut turns = cosines.iter().copied().zip(sines.iter().copied());
    while let Some(((c, s), y)) = turns.next().zip(columns.next()) {
        match turns.next().zip(columns.next()) {
            Some(((next_c, next_s), z)) => {
                for ((x, y), z) in x.iter_mut().zip(y).zip(z.iter_mut()) {
                    let (p, q, r) = (*x, *y, *z);
                    let t = c * q - s * p;
                    *x = c * p + s * q;
                    *y = next_c * t + next_s * r;
                    *z = next_c * r - next_s * t;
                }
                x = z;
            }
            None => {
                for (x, y) in x.iter_mut().zip(y) {
                    let (p, q) = (*x, *y);
                    *x = c * p + s * q;
                    *y = c * q - s * p;
                }
                return;
            }
        }
    }
}
