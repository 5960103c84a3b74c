//! Walks over slices, and copies and combinations of them; none of them can panic.

use crate::error::Error;
use crate::scalar::{Real, Scalar};

/// `Ok(got)` if a size is what it must be.
pub(crate) const fn check(what: &'static str, expected: usize, got: usize) -> Result<usize, Error> {
    if expected == got { Ok(got) } else { Err(Error::ShapeMismatch { what, expected, got }) }
}

/// Entries of a slice by index, without a panic: reading outside gives zero, writing does nothing.
pub(crate) trait Cells<T> {
    fn at(&self, i: usize) -> T;
    fn put(&mut self, i: usize, value: T);
    /// `length` entries from `start`, fewer at the end.
    fn part(&self, start: usize, length: usize) -> &[T];
    fn part_mut(&mut self, start: usize, length: usize) -> &mut [T];
}

impl<T: Scalar> Cells<T> for [T] {
    #[inline(always)]
    fn at(&self, i: usize) -> T {
        debug_assert!(i < self.len());
        self.get(i).copied().unwrap_or(T::ZERO)
    }
    #[inline(always)]
    fn put(&mut self, i: usize, value: T) {
        debug_assert!(i < self.len());
        if let Some(entry) = self.get_mut(i) {
            *entry = value;
        }
    }
    #[inline(always)]
    fn part(&self, start: usize, length: usize) -> &[T] {
        let tail = self.get(start..).unwrap_or_default();
        tail.get(..length).unwrap_or(tail)
    }
    #[inline(always)]
    fn part_mut(&mut self, start: usize, length: usize) -> &mut [T] {
        let tail = self.get_mut(start..).unwrap_or_default();
        let length = length.min(tail.len());
        tail.get_mut(..length).unwrap_or_default()
    }
}

/// The largest absolute value in a slice.
pub(crate) fn largest<T: Scalar>(x: &[T]) -> T {
    x.iter().fold(T::ZERO, |most, x| Real::abs(*x).larger(most))
}

/// Pieces of `length` entries, the last one possibly shorter. Unlike `chunks`, it has no division for an exact length,
/// which would panic for a length of zero.
#[inline(always)]
pub(crate) fn pieces<T>(mut rest: &[T], length: usize) -> impl Iterator<Item = &[T]> {
    core::iter::from_fn(move || {
        let (piece, after) = rest.split_at_checked(length.min(rest.len()))?;
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

/// [`pieces`], to write.
#[inline(always)]
pub(crate) fn pieces_mut<T>(mut rest: &mut [T], length: usize) -> impl Iterator<Item = &mut [T]> {
    core::iter::from_fn(move || {
        let here = core::mem::take(&mut rest);
        let length = length.min(here.len());
        let (piece, after) = here.split_at_mut_checked(length)?;
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Rows of `length` entries from the first on: `chunks_exact` without its division. For a length of zero it never ends, so
/// zip it with an iterator that does.
#[inline(always)]
pub(crate) fn whole_rows<T>(mut rest: &[T], length: usize) -> impl Iterator<Item = &[T]> {
    core::iter::from_fn(move || {
        let (row, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(row)
    })
}

/// [`whole_rows`] from the last row on; the length of `rest` is a multiple of that of a row.
#[inline(always)]
pub(crate) fn whole_rows_back<T>(mut rest: &[T], length: usize) -> impl Iterator<Item = &[T]> {
    core::iter::from_fn(move || {
        let (before, row) = rest.split_at_checked(rest.len().checked_sub(length)?)?;
        rest = before;
        Some(row)
    })
}

/// Quotient and remainder of `x` by `by`; zero and x if `by` is zero. `/` and `%` can panic, and a compiler that saves space
/// keeps that panic even if `by` was checked before.
#[inline(always)]
pub(crate) const fn divide(x: usize, by: usize) -> (usize, usize) {
    match (x.checked_div(by), x.checked_rem(by)) {
        (Some(quotient), Some(remainder)) => (quotient, remainder),
        _ => (0, x),
    }
}

/// to = from, as far as both reach: `copy_from_slice` without its panic.
#[inline(always)]
pub(crate) fn copy<T: Copy>(to: &mut [T], from: &[T]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
}

/// to += from, as far as both reach.
#[inline(always)]
pub(crate) fn add<T: Scalar>(to: &mut [T], from: &[T]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += *from);
}

/// to += weight from.
#[inline(always)]
pub(crate) fn add_scaled<T: Scalar>(to: &mut [T], weight: T, from: &[T]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += weight * *from);
}

/// Inner product of two slices (the shorter length counts): eight running sums over blocks of eight,
/// added pairwise, then the remaining entries in order. The order is part of the definition: the same
/// bits on every target.
#[inline]
pub(crate) fn dot<T: Scalar>(a: &[T], b: &[T]) -> T {
    let (a8, a_rest) = a.as_chunks::<8>();
    let (b8, b_rest) = b.as_chunks::<8>();
    if a8.is_empty() {
        return a_rest.iter().zip(b_rest).fold(T::ZERO, |sum, (x, y)| sum + *x * *y);
    }
    let mut sums = [T::ZERO; 8];
    for (x, y) in a8.iter().zip(b8) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum += *x * *y;
        }
    }
    let [s0, s1, s2, s3, s4, s5, s6, s7] = sums;
    let blocks = ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7));
    a_rest.iter().zip(b_rest).fold(blocks, |sum, (x, y)| sum + *x * *y)
}

// The same once in a program: for what a microcontroller calls whose code is counted in bytes.

/// [`dot`], out of line.
#[inline(never)]
pub(crate) fn product<T: Scalar>(a: &[T], b: &[T]) -> T {
    dot(a, b)
}

/// [`add_scaled`], out of line.
#[inline(never)]
pub(crate) fn accumulate<T: Scalar>(to: &mut [T], weight: T, from: &[T]) {
    add_scaled(to, weight, from);
}

/// x = factor x.
#[inline(never)]
pub(crate) fn scale<T: Scalar>(x: &mut [T], factor: T) {
    x.iter_mut().for_each(|x| *x *= factor);
}

/// Column j of columns of `rows` entries; empty where there is none.
#[inline(never)]
pub(crate) fn column_of<T>(x: &[T], j: usize, rows: usize) -> &[T] {
    let (_, rest) = x.split_at_checked(j.wrapping_mul(rows)).unwrap_or_default();
    rest.split_at_checked(rows).unwrap_or_default().0
}

/// [`column_of`], to write.
#[inline(never)]
pub(crate) fn column_of_mut<T>(x: &mut [T], j: usize, rows: usize) -> &mut [T] {
    let (_, rest) = x.split_at_mut_checked(j.wrapping_mul(rows)).unwrap_or_default();
    rest.split_at_mut_checked(rows).unwrap_or_default().0
}

/// to = X Yᵀ of matrices row after row, rows of n: inner products of rows.
#[inline(never)]
pub(crate) fn times_transposed<T: Scalar>(to: &mut [T], x: &[T], y: &[T], n: usize) {
    for (to, x) in pieces_mut(to, n).zip(pieces(x, n)) {
        to.iter_mut().zip(pieces(y, n)).for_each(|(to, y)| *to = product(x, y));
    }
}

/// to = X Y of square matrices of order n row after row: sums of rows.
#[inline(never)]
pub(crate) fn times<T: Scalar>(to: &mut [T], x: &[T], y: &[T], n: usize) {
    for (to, x) in pieces_mut(to, n).zip(pieces(x, n)) {
        to.fill(T::ZERO);
        x.iter().zip(pieces(y, n)).for_each(|(weight, y)| accumulate(to, *weight, y));
    }
}
