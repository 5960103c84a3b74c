//! The whole Hessian of f at the point of one lane, in f32.
//!
//! Along skew X and Y the second derivative of f = <A, C B Cᵀ> is -P(X, Y), where P is <\[X, A\], \[Y, M\]>, M = C B Cᵀ, made
//! symmetric in X and Y. With A = diag(d) + K, M = S + N in their symmetric and skew parts, and G = K N + N K, rotations in
//! the planes (i, j) and (k, l) have
//!
//! ```text
//! P(ij, kl) = -2 (K_ik N_jl + K_jl N_ik - K_il N_jk - K_jk N_il)
//!             - ((d_i - d_j) + (d_k - d_l)) S_jl - G_jl                   if i = k
//!             + ((d_i - d_j) + (d_k - d_l)) S_ik - G_ik                   if j = l
//!             - ((d_i - d_j) - (d_k - d_l)) S_il + G_il                   if j = k
//! ```
//!
//! for i < j, k < l and (k, l) not before (i, j). The second and the third line both apply to P(ij, ij), which is -h_ij of
//! [`gradient`](super::point::gradient). Cost: n⁴ / 2 multiply-adds.

use super::cholesky::rows_mut;
use super::lanes::entry;
use super::{Lane, packed_len};
use crate::matrix::{Cells, pieces_mut};
use crate::scalar::Scalar;
use crate::similarity::procrustes::precision::cast;
#[cfg(feature = "std")]
use multiversion::multiversion;

/// What the Hessian of a lane is made of.
pub(super) struct Terms<'a, T, const L: usize> {
    /// K and N of the lane, row-major.
    k: &'a [f32],
    n: &'a [f32],
    /// S, G and d of all lanes.
    s: &'a [[T; L]],
    g: &'a [[T; L]],
    d: &'a [[T; L]],
    lane: Lane,
}

/// The matrices of all lanes at their points; those of one lane are consumed.
pub(super) struct Consumed<'a, T, const L: usize> {
    /// M, then S.
    pub(super) m: &'a mut [[T; L]],
    /// Q = K N, then G.
    pub(super) q: &'a mut [[T; L]],
    /// N.
    pub(super) skew: &'a [[T; L]],
    pub(super) ka: &'a [[T; L]],
    pub(super) d: &'a [[T; L]],
}

impl<'a, T: Scalar, const L: usize> Terms<'a, T, L> {
    /// The terms of a lane. `scratch`: 2 n² numbers.
    pub(super) fn of(
        lane: Lane,
        consumed: Consumed<'a, T, L>,
        scratch: &'a mut [f32],
        n: usize,
    ) -> Self {
        let Consumed { m, q, skew, ka, d } = consumed;
        let mut copies = pieces_mut(scratch, n * n);
        let (k, copy) = (copies.next().unwrap_or_default(), copies.next().unwrap_or_default());
        for (to, from) in k.iter_mut().zip(ka).chain(copy.iter_mut().zip(skew)) {
            *to = number(from, lane);
        }
        for i in 0..n {
            for j in 0..=i {
                symmetrise(m, [i * n + j, j * n + i], lane, T::HALF);
                symmetrise(q, [i * n + j, j * n + i], lane, T::ONE);
            }
        }
        Self { k, n: copy, s: m, g: q, d, lane }
    }

    fn s(&self, at: usize) -> f32 {
        number(&entry(self.s, at), self.lane)
    }

    fn g(&self, at: usize) -> f32 {
        number(&entry(self.g, at), self.lane)
    }

    fn d(&self, i: usize) -> f32 {
        number(&entry(self.d, i), self.lane)
    }
}

/// The number of a lane, in f32.
#[inline(always)]
fn number<T: Scalar, const L: usize>(lanes: &[T; L], Lane(l): Lane) -> f32 {
    cast(lanes.get(l).copied().unwrap_or(T::ZERO))
}

/// Both entries become their sum times a factor.
fn symmetrise<T: Scalar, const L: usize>(
    m: &mut [[T; L]],
    [here, there]: [usize; 2],
    Lane(l): Lane,
    factor: T,
) {
    let at = |m: &[[T; L]], at| entry(m, at).get(l).copied().unwrap_or(T::ZERO);
    let sum = factor * (at(m, here) + at(m, there));
    for at in [here, there] {
        if let Some(value) = m.get_mut(at).and_then(|lanes| lanes.get_mut(l)) {
            *value = sum;
        }
    }
}

/// Writes the upper triangle of P, packed by rows.
#[cfg_attr(feature = "std", multiversion(targets("x86_64+avx2")))]
#[inline(never)]
pub(super) fn assemble<T: Scalar, const L: usize>(
    p: &mut [f32],
    terms: &Terms<'_, T, L>,
    n: usize,
) {
    let mut rows = rows_mut(p, packed_len(n));
    for i in 0..n {
        for j in i + 1..n {
            let Some(row) = rows.next() else { return };
            fill_row(row, terms, [i, j], n);
        }
    }
}

/// The row of P of the plane (i, j): the planes (k, l) from (i, j) on.
#[inline(always)]
fn fill_row<T: Scalar, const L: usize>(
    row: &mut [f32],
    terms: &Terms<'_, T, L>,
    [i, j]: [usize; 2],
    n: usize,
) {
    let [ki, kj] = [i, j].map(|i| terms.k.part(i * n, n));
    let [ni, nj] = [i, j].map(|i| terms.n.part(i * n, n));
    let apart = terms.d(i) - terms.d(j);
    let mut rest = row;
    for k in i..n {
        let first = if k == i { j } else { k + 1 };
        let (block, after) = rest.split_at_mut_checked(n - first).unwrap_or_default();
        rest = after;
        // The first line of P, which all planes have.
        let factors = [nj, kj, ni, ki].map(|row| 2.0 * row.at(k));
        let [kis, kjs, nis, njs] = [ki, kj, ni, nj].map(|row| row.part(first, n));
        for ((((x, ki), kj), ni), nj) in block.iter_mut().zip(kis).zip(kjs).zip(nis).zip(njs) {
            let [of_ki, of_ni, of_kj, of_nj] = factors;
            *x = (of_ki * *ki + of_ni * *ni) - (of_kj * *kj + of_nj * *nj);
        }
        // The lines of the planes that share an axis with (i, j).
        if k == i || k == j {
            for (x, l) in block.iter_mut().zip(first..n) {
                let other = terms.d(k) - terms.d(l);
                *x += if k == i {
                    -(apart + other) * terms.s(j * n + l) - terms.g(j * n + l)
                } else {
                    -(apart - other) * terms.s(i * n + l) + terms.g(i * n + l)
                };
            }
        }
        if let Some(x) = j.checked_sub(first).and_then(|at| block.get_mut(at)) {
            let other = terms.d(k) - terms.d(j);
            *x += (apart + other) * terms.s(i * n + k) - terms.g(i * n + k);
        }
    }
}
