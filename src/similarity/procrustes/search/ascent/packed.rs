//! Sums and updates of packed vectors, and masks over them.

use super::lanes::{add_product, choose};
use crate::scalar::Scalar;
#[cfg(feature = "std")]
use multiversion::multiversion;

/// A long packed sum: even and odd entries apart, then added.
#[cfg_attr(feature = "std", multiversion(targets("x86_64+avx2")))]
#[inline(never)]
pub(super) fn dot<T: Scalar, const L: usize>(a: &[[T; L]], b: &[[T; L]]) -> [T; L] {
    let (mut even, mut odd) = ([T::ZERO; L], [T::ZERO; L]);
    let (a2, a_rest) = a.as_chunks::<2>();
    let (b2, b_rest) = b.as_chunks::<2>();
    for ([a0, a1], [b0, b1]) in a2.iter().zip(b2) {
        add_product(&mut even, a0, b0);
        add_product(&mut odd, a1, b1);
    }
    for (a, b) in a_rest.iter().zip(b_rest) {
        add_product(&mut even, a, b);
    }
    for (even, odd) in even.iter_mut().zip(&odd) {
        *even += *odd;
    }
    even
}

/// x += weight y.
#[cfg_attr(feature = "std", multiversion(targets("x86_64+avx2")))]
#[inline(never)]
pub(super) fn add_scaled<T: Scalar, const L: usize>(
    x: &mut [[T; L]],
    weight: &[T; L],
    y: &[[T; L]],
) {
    let weight = *weight;
    for (x, y) in x.iter_mut().zip(y) {
        add_product(x, &weight, y);
    }
}

/// x /= max(h, floor): the diagonal preconditioner.
#[cfg_attr(feature = "std", multiversion(targets("x86_64+avx2")))]
#[inline(never)]
pub(super) fn precondition<T: Scalar, const L: usize>(
    x: &mut [[T; L]],
    h: &[[T; L]],
    floor: &[T; L],
) {
    let floor = *floor;
    for (x, h) in x.iter_mut().zip(h) {
        for ((x, h), floor) in x.iter_mut().zip(h).zip(&floor) {
            *x /= h.larger(*floor);
        }
    }
}

/// x = mask ? from * factor : x.
#[cfg_attr(feature = "std", multiversion(targets("x86_64+avx2")))]
#[inline(never)]
pub(super) fn blend_scaled<T: Scalar, const L: usize>(
    x: &mut [[T; L]],
    from: &[[T; L]],
    mask: &[T; L],
    factor: &[T; L],
) {
    let (mask, factor) = (*mask, *factor);
    for (x, from) in x.iter_mut().zip(from) {
        for (((x, from), mask), factor) in x.iter_mut().zip(from).zip(&mask).zip(&factor) {
            *x = choose(*mask, *from * *factor, *x);
        }
    }
}
