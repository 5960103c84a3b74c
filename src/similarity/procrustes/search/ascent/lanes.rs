//! Lanes: `L` numbers side by side, and blocks of them, on which the kernels of the ascent work.
//!
//! A matrix is n x n, row-major, of `[T; L]`: entry (i, j) of all lanes side by side. Nothing here
//! mixes lanes, so the bits of a lane do not depend on `L`, nor on the block shapes below. The order
//! of every sum is part of the definition:
//!
//! - products: one running sum per entry, in index order;
//! - triangular solves: forward by ascending, backward by descending index;
//! - long packed sums: even and odd entries apart, then added; the sums of
//!   [`remember`](super::point::remember): one running sum each, in packed order;
//! - the objective: sum of d_i M_ii, plus e + e with e = sum over i > j of K_A,ij Kd_ij.
//!
//! A skew matrix X is packed as its strict upper triangle, row by row: n (n - 1) / 2 entries.
//!
//! Blocks are a few rows by a few columns of running sums that fit the vector registers; the last
//! block of a row overlaps the one before it instead of leaving a tail.
//!
//! With the feature `std` every kernel is compiled twice on x86-64, for any such processor and for
//! those with AVX2, and the processor decides when the program runs. Neither version fuses a product
//! with a sum, so both give the same bits.

use crate::scalar::Scalar;

/// Without run-time dispatch the version that is compiled is the one that runs.
#[cfg(not(feature = "std"))]
macro_rules! target_cfg_f {
    ($cfg:meta) => {
        cfg!($cfg)
    };
}
#[cfg(not(feature = "std"))]
pub(super) use target_cfg_f;

/// Entry (i, j) of n x n lanes, or all zero outside.
#[inline(always)]
pub(super) fn entry<T: Scalar, const L: usize>(m: &[[T; L]], at: usize) -> [T; L] {
    debug_assert!(at < m.len());
    m.get(at).copied().unwrap_or([T::ZERO; L])
}

/// Row i of n x n lanes.
#[inline(always)]
pub(super) fn row<T, const L: usize>(m: &[[T; L]], i: usize, n: usize) -> &[[T; L]] {
    let start = i.wrapping_mul(n);
    m.get(start..start.wrapping_add(n)).unwrap_or_default()
}

/// What follows entry i.
#[inline(always)]
pub(super) fn after<T, const L: usize>(v: &[[T; L]], i: usize) -> &[[T; L]] {
    v.get(i.wrapping_add(1)..).unwrap_or_default()
}

/// `S` neighbouring entries.
#[inline(always)]
pub(super) fn block<T, const L: usize, const S: usize>(
    m: &[[T; L]],
    at: usize,
) -> Option<&[[T; L]; S]> {
    m.get(at..)?.first_chunk()
}

#[inline(always)]
pub(super) fn put_block<T: Copy, const L: usize, const S: usize>(
    m: &mut [[T; L]],
    at: usize,
    value: &[[T; L]; S],
) {
    if let Some(to) = m.get_mut(at..).and_then(|tail| tail.first_chunk_mut()) {
        *to = *value;
    }
}

#[inline(always)]
pub(super) fn add_product<T: Scalar, const L: usize>(sum: &mut [T; L], a: &[T; L], b: &[T; L]) {
    for ((sum, a), b) in sum.iter_mut().zip(a).zip(b) {
        *sum += *a * *b;
    }
}

#[inline(always)]
pub(super) fn sub_product<T: Scalar, const L: usize>(sum: &mut [T; L], a: &[T; L], b: &[T; L]) {
    for ((sum, a), b) in sum.iter_mut().zip(a).zip(b) {
        *sum -= *a * *b;
    }
}

/// f of two entries, lane by lane.
#[inline(always)]
pub(super) fn each<T: Scalar, const L: usize>(
    a: &[T; L],
    b: &[T; L],
    f: impl Fn(T, T) -> T,
) -> [T; L] {
    let mut result = *a;
    for (x, b) in result.iter_mut().zip(b) {
        *x = f(*x, *b);
    }
    result
}

#[inline(always)]
pub(super) fn times<T: Scalar, const L: usize>(a: &[T; L], b: &[T; L]) -> [T; L] {
    each(a, b, |a, b| a * b)
}

#[inline(always)]
pub(super) fn minus<T: Scalar, const L: usize>(a: &[T; L], b: &[T; L]) -> [T; L] {
    each(a, b, |a, b| a - b)
}

#[inline(always)]
pub(super) fn plus<T: Scalar, const L: usize>(a: &[T; L], b: &[T; L]) -> [T; L] {
    each(a, b, |a, b| a + b)
}

/// `a` where the mask is 1, `b` where it is 0.
#[inline(always)]
pub(super) fn choose<T: Scalar>(mask: T, a: T, b: T) -> T {
    if mask > T::ZERO { a } else { b }
}

/// [`choose`] lane by lane.
#[inline(always)]
pub(super) fn pick<T: Scalar, const L: usize>(mask: &[T; L], a: &[T; L], b: &[T; L]) -> [T; L] {
    let mut result = *a;
    for ((x, b), mask) in result.iter_mut().zip(b).zip(mask) {
        *x = choose(*mask, *x, *b);
    }
    result
}

/// Columns a block may have: two rows of them stay in the registers, there are enough running sums to
/// hide the latency of an addition, and not more of them than the compiler still turns into vectors.
/// `wide_vectors`: the code around may use registers of 256 bits.
pub(super) const fn widest<T, const L: usize>(wide_vectors: bool) -> usize {
    let vectors = cfg!(any(target_feature = "sse2", target_feature = "neon"));
    match (L * size_of::<T>(), L) {
        (..=4, _) if vectors => 16,
        (..=8, _) => 8,
        (..=16, _) => 4,
        (..=32, ..=4) if wide_vectors => 4,
        (..=32, ..=8) if wide_vectors => 3,
        _ => 2,
    }
}

/// Runs a body for every block of columns: `start` is its first column, and `S` its width, which the compiler knows.
macro_rules! for_each_block {
    ($n:expr, $widest:expr, |$start:ident, $S:ident| $body:expr) => {
        let mut j = 0;
        while j < $n {
            let ($start, width) = super::lanes::next_block(j, $n, $widest);
            for_each_block!(@of width, $S, $body, 16 8 4 3 2);
            j = $start + width;
        }
    };
    (@of $width:ident, $S:ident, $body:expr, $($size:literal)*) => {
        match $width {
            $($size => {
                const $S: usize = $size;
                $body
            })*
            _ => {
                const $S: usize = 1;
                $body
            }
        }
    };
}
pub(super) use for_each_block;

/// The block that covers column j next: where it begins and how wide it is.
#[inline(always)]
pub(super) const fn next_block(j: usize, n: usize, widest: usize) -> (usize, usize) {
    let left = n.saturating_sub(j);
    let width = if widest >= 16 && n >= 16 && left > 8 {
        16
    } else if widest >= 8 && n >= 8 && left > 4 {
        8
    } else if widest >= 4 && n >= 4 && left > 2 {
        4
    } else if widest == 3 && n >= 3 && left > 2 {
        3
    } else if n >= 2 {
        2
    } else {
        1
    };
    let last = n.saturating_sub(width);
    (if j < last { j } else { last }, width)
}
