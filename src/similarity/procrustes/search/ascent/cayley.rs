//! The Cayley transform: a step along a skew direction that stays orthogonal.
//!
//! ```text
//! W = I - step X / 2                         its symmetric part is I, so no pivot is below 1
//! for i = 0 .. n-1                           W = L U, row by row
//!     for p = 0 .. i-1
//!         w[i,p] = w[i,p] / pivot[p]
//!         w[i,p+1..] = w[i,p+1..] - w[i,p] w[p,p+1..]
//!     pivot[i] = w[i,i], kept as its inverse
//! for i = 0 .. n-1:  out[i] = C[i] - sum over p < i of w[i,p] out[p]
//! for i = n-1 .. 0:  out[i] = (out[i] - sum over p > i of w[i,p] out[p]) / pivot[i]
//! out = 2 out - C                            = (I - step X / 2)^-1 (I + step X / 2) C
//! ```

#[cfg(not(feature = "std"))]
use super::lanes::target_cfg_f;
use super::lanes::{block, entry, for_each_block, put_block, row, sub_product, times, widest};
use crate::matrix::{whole_rows, whole_rows_back};
use crate::scalar::Scalar;
#[cfg(feature = "std")]
use multiversion::{multiversion, target::target_cfg_f};

/// The factors of W = I - step X / 2 in place: multipliers below the diagonal, the inverse pivots on
/// it. No pivoting: the symmetric part of W is I, so every pivot is at least 1.
#[cfg_attr(feature = "std", multiversion(targets("x86_64+avx2")))]
#[inline(never)]
pub(super) fn factor<T: Scalar, const L: usize>(
    w: &mut [[T; L]],
    x: &[[T; L]],
    step: &[T; L],
    n: usize,
) {
    let half: [T; L] = step.map(|step| step * T::HALF);
    // W = I - step X / 2. X is packed as its upper triangle, so row i fills row i to the right of the diagonal and, with
    // the other sign, column i below it.
    let mut packed = x;
    for i in 0..n {
        let here = i * n + i;
        let (upper, rest) = packed.split_at_checked(n - i - 1).unwrap_or_default();
        packed = rest;
        if let Some(to) = w.get_mut(here) {
            *to = [T::ONE; L];
        }
        let (mut right, mut below) = (here + 1, here + n);
        for x in upper {
            let value = times(&half, x);
            if let Some(to) = w.get_mut(right) {
                *to = value.map(|x| -x);
            }
            if let Some(to) = w.get_mut(below) {
                *to = value;
            }
            right += 1;
            below += n;
        }
    }
    // W = L U, row by row: row i less multiples of the rows above it, then its pivot, kept as its inverse.
    for i in 0..n {
        let (above, rest) = w.split_at_mut_checked(i * n).unwrap_or_default();
        let here = rest.get_mut(..n).unwrap_or_default();
        eliminate(above, here, i, n);
        if let Some(pivot) = here.get_mut(i) {
            *pivot = pivot.map(|pivot| T::ONE / pivot);
        }
    }
}

/// Subtracts multiples of the rows above from row i, two of them at a time.
#[inline(always)]
fn eliminate<T: Scalar, const L: usize>(above: &[[T; L]], here: &mut [[T; L]], i: usize, n: usize) {
    let mut p = 0;
    while p + 2 <= i {
        let a = row(above, p, n).get(p..).unwrap_or_default();
        let b = row(above, p + 1, n).get(p..).unwrap_or_default();
        let tail = here.get_mut(p..).unwrap_or_default();
        let ([a0, a1, a @ ..], [_, b1, b @ ..], [f, g, tail @ ..]) = (a, b, tail) else { break };
        // w[i,p] = w[i,p] / pivot[p], and w[i,p+1] likewise after row p has been subtracted from it: a0 and b1 are the
        // inverse pivots.
        *f = times(f, a0);
        sub_product(g, f, a1);
        *g = times(g, b1);
        // w[i,p+2..] less both rows, so that the row is read and written once for two.
        let (f, g) = (*f, *g);
        for ((x, a), b) in tail.iter_mut().zip(a).zip(b) {
            let mut value = *x;
            sub_product(&mut value, &f, a);
            sub_product(&mut value, &g, b);
            *x = value;
        }
        p += 2;
    }
    // The last row above, where their number is odd.
    if p < i {
        let a = row(above, p, n).get(p..).unwrap_or_default();
        let tail = here.get_mut(p..).unwrap_or_default();
        let ([a0, a @ ..], [f, tail @ ..]) = (a, tail) else { return };
        *f = times(f, a0);
        let f = *f;
        for (x, a) in tail.iter_mut().zip(a) {
            sub_product(x, &f, a);
        }
    }
}

/// Two rows of `S` columns from column j on, less the products of two rows of factors with the rows that
/// are known.
#[inline(always)]
fn subtract_known<'a, T: Scalar, const L: usize, const S: usize>(
    [x, y]: [&mut [[T; L]; S]; 2],
    factors: impl Iterator<Item = ([T; L], [T; L])>,
    known: impl Iterator<Item = &'a [[T; L]]>,
    j: usize,
) {
    let blocks = known.map(|row| row.get(j..).and_then(|row| row.first_chunk()));
    for ((u, v), b) in factors.zip(blocks) {
        let Some(b): Option<&[[T; L]; S]> = b else { break };
        for ((x, y), b) in x.iter_mut().zip(y.iter_mut()).zip(b) {
            sub_product(x, &u, b);
            sub_product(y, &v, b);
        }
    }
}

/// `S` columns of W⁻¹ C from column j on, into the same columns of `out`.
#[inline(always)]
fn solve_block<T: Scalar, const L: usize, const S: usize>(
    w: &[[T; L]],
    c: &[[T; L]],
    out: &mut [[T; L]],
    j: usize,
    n: usize,
) {
    let zero = [[T::ZERO; L]; S];
    // out[i] = C[i] - sum over p < i of w[i,p] out[p], two rows at a time: both lose the rows that are known, then the
    // second loses the first.
    let mut i = 0;
    while i < n {
        let next = if i + 1 < n { i + 1 } else { i };
        let (wa, wb) = (row(w, i, n), row(w, next, n));
        let (at, below) = (i * n + j, next * n + j);
        let mut x = block::<T, L, S>(c, at).copied().unwrap_or(zero);
        let mut y = block::<T, L, S>(c, below).copied().unwrap_or(zero);
        let factors = wa.iter().copied().zip(wb.iter().copied()).take(i);
        subtract_known([&mut x, &mut y], factors, whole_rows(out, n), j);
        put_block(out, at, &x);
        if next > i {
            let factor = entry(wb, i);
            for (y, x) in y.iter_mut().zip(&x) {
                sub_product(y, &factor, x);
            }
            put_block(out, below, &y);
        }
        i += 2;
    }
    // out[i] = (out[i] - sum over p > i of w[i,p] out[p]) / pivot[i], from the last row up, two rows at a time. The rows
    // that are known are taken from the last one, which fixes the order of the sum.
    let mut end = n;
    while end > 0 {
        let i = end - 1;
        let next = if end >= 2 { end - 2 } else { i };
        let (wa, wb) = (row(w, i, n), row(w, next, n));
        let (at, above) = (i * n + j, next * n + j);
        let mut x = block::<T, L, S>(out, at).copied().unwrap_or(zero);
        let mut y = block::<T, L, S>(out, above).copied().unwrap_or(zero);
        let (ta, tb) = (wa.get(end..).unwrap_or_default(), wb.get(end..).unwrap_or_default());
        let factors = ta.iter().copied().zip(tb.iter().copied()).rev();
        let known = whole_rows_back(out, n);
        subtract_known([&mut x, &mut y], factors, known, j);
        let pivot = entry(wa, i);
        x = x.map(|x| times(&x, &pivot));
        put_block(out, at, &x);
        if next < i {
            let (factor, pivot) = (entry(wb, i), entry(wb, next));
            for (y, x) in y.iter_mut().zip(&x) {
                sub_product(y, &factor, x);
            }
            y = y.map(|y| times(&y, &pivot));
            put_block(out, above, &y);
        }
        end = next;
    }
}

/// The Cayley step from its factors: out = 2 W⁻¹ C - C, orthogonal if C is.
#[cfg_attr(feature = "std", multiversion(targets("x86_64+avx2")))]
#[inline(never)]
pub(super) fn solve<T: Scalar, const L: usize>(
    w: &[[T; L]],
    c: &[[T; L]],
    out: &mut [[T; L]],
    n: usize,
) {
    let widest = widest::<T, L>(target_cfg_f!(target_feature = "avx2"));
    for_each_block!(n, widest, |start, S| solve_block::<T, L, S>(w, c, out, start, n));
    // out = 2 out - C
    for (x, c) in out.iter_mut().zip(c) {
        for (x, c) in x.iter_mut().zip(c) {
            *x = T::TWO * *x - *c;
        }
    }
}
