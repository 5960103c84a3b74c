//! Products and transposes of matrices of lanes.

#[cfg(not(feature = "std"))]
use super::lanes::target_cfg_f;
use super::lanes::{add_product, for_each_block, put_block, row, widest};
use crate::matrix::whole_rows;
use crate::scalar::Scalar;
#[cfg(feature = "std")]
use multiversion::{multiversion, target::target_cfg_f};

#[inline(always)]
fn product_block<T: Scalar, const L: usize, const S: usize>(
    upper: &[[T; L]],
    lower: &[[T; L]],
    b: &[[T; L]],
    j: usize,
    n: usize,
) -> [[[T; L]; S]; 2] {
    let (mut x, mut y) = ([[T::ZERO; L]; S], [[T::ZERO; L]; S]);
    // Whole rows: that the block lies within them is checked once.
    let rows = whole_rows(b, n).map(|row| row.get(j..).and_then(|row| row.first_chunk()));
    for ((u, v), b) in upper.iter().zip(lower).zip(rows) {
        let Some(b): Option<&[[T; L]; S]> = b else { break };
        for ((x, y), b) in x.iter_mut().zip(&mut y).zip(b) {
            add_product(x, u, b);
            add_product(y, v, b);
        }
    }
    [x, y]
}

/// out = A B.
#[cfg_attr(feature = "std", multiversion(targets("x86_64+avx2")))]
#[inline(never)]
pub(super) fn product<T: Scalar, const L: usize>(
    out: &mut [[T; L]],
    a: &[[T; L]],
    b: &[[T; L]],
    n: usize,
) {
    let widest = widest::<T, L>(target_cfg_f!(target_feature = "avx2"));
    let mut i = 0;
    while i < n {
        let next = if i + 1 < n { i + 1 } else { i };
        let (upper, lower) = (row(a, i, n), row(a, next, n));
        for_each_block!(n, widest, |start, S| {
            let [x, y] = product_block::<T, L, S>(upper, lower, b, start, n);
            put_block(out, i * n + start, &x);
            put_block(out, next * n + start, &y);
        });
        i += 2;
    }
}

/// out = Mᵀ.
#[cfg_attr(feature = "std", multiversion(targets("x86_64+avx2")))]
#[inline(never)]
pub(super) fn transpose<T: Scalar, const L: usize>(out: &mut [[T; L]], m: &[[T; L]], n: usize) {
    for i in 0..n {
        let mut at = i;
        for x in row(m, i, n) {
            if let Some(to) = out.get_mut(at) {
                *to = *x;
            }
            at = at.wrapping_add(n);
        }
    }
}
