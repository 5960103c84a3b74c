//! The inner loops of the Procrustes ascent, on `L` lanes: one pair of operators a lane.
//!
//! A matrix is n x n, row-major, of `[T; L]`: entry (i, j) of all lanes side by side. Nothing here
//! mixes lanes, so the bits of a lane do not depend on `L`, nor on the block shapes below. The order
//! of every sum is part of the definition:
//!
//! - products: one running sum per entry, in index order;
//! - triangular solves: forward by ascending, backward by descending index;
//! - long packed sums: even and odd entries apart, then added; the sums inside [`remember`]: one
//!   running sum each, in packed order;
//! - the objective: sum of d_i M_ii, plus e + e with e = sum over i > j of K_A,ij Kd_ij.
//!
//! A skew matrix X is packed as its strict upper triangle, row by row: n (n - 1) / 2 entries.
//!
//! Blocks are a few rows by a few columns of running sums that fit the vector registers; the last
//! block of a row overlaps the one before it instead of leaving a tail.

use crate::scalar::{Real, Scalar};

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
fn after<T, const L: usize>(v: &[[T; L]], i: usize) -> &[[T; L]] {
    v.get(i.wrapping_add(1)..).unwrap_or_default()
}

/// `S` neighbouring entries.
#[inline(always)]
fn block<T, const L: usize, const S: usize>(m: &[[T; L]], at: usize) -> Option<&[[T; L]; S]> {
    m.get(at..)?.first_chunk()
}

#[inline(always)]
fn put_block<T: Copy, const L: usize, const S: usize>(
    m: &mut [[T; L]],
    at: usize,
    value: &[[T; L]; S],
) {
    if let Some(to) = m.get_mut(at..).and_then(|tail| tail.first_chunk_mut()) {
        *to = *value;
    }
}

#[inline(always)]
fn add_product<T: Scalar, const L: usize>(sum: &mut [T; L], a: &[T; L], b: &[T; L]) {
    for ((sum, a), b) in sum.iter_mut().zip(a).zip(b) {
        *sum += *a * *b;
    }
}

#[inline(always)]
fn sub_product<T: Scalar, const L: usize>(sum: &mut [T; L], a: &[T; L], b: &[T; L]) {
    for ((sum, a), b) in sum.iter_mut().zip(a).zip(b) {
        *sum -= *a * *b;
    }
}

/// f of two entries, lane by lane.
#[inline(always)]
fn each<T: Scalar, const L: usize>(a: &[T; L], b: &[T; L], f: impl Fn(T, T) -> T) -> [T; L] {
    let mut result = *a;
    for (x, b) in result.iter_mut().zip(b) {
        *x = f(*x, *b);
    }
    result
}

#[inline(always)]
fn times<T: Scalar, const L: usize>(a: &[T; L], b: &[T; L]) -> [T; L] {
    each(a, b, |a, b| a * b)
}

#[inline(always)]
fn minus<T: Scalar, const L: usize>(a: &[T; L], b: &[T; L]) -> [T; L] {
    each(a, b, |a, b| a - b)
}

#[inline(always)]
fn plus<T: Scalar, const L: usize>(a: &[T; L], b: &[T; L]) -> [T; L] {
    each(a, b, |a, b| a + b)
}

/// `a` where the mask is 1, `b` where it is 0.
#[inline(always)]
pub(super) fn choose<T: Scalar>(mask: T, a: T, b: T) -> T {
    if mask > T::ZERO { a } else { b }
}

/// [`choose`] lane by lane.
#[inline(always)]
fn pick<T: Scalar, const L: usize>(mask: &[T; L], a: &[T; L], b: &[T; L]) -> [T; L] {
    let mut result = *a;
    for ((x, b), mask) in result.iter_mut().zip(b).zip(mask) {
        *x = choose(*mask, *x, *b);
    }
    result
}

/// Columns a block may have: two rows of them stay in the registers, there are enough running sums to
/// hide the latency of an addition, and not more of them than the compiler still turns into vectors.
const fn widest<T, const L: usize>() -> usize {
    let vectors = cfg!(any(target_feature = "sse2", target_feature = "neon"));
    let wide_vectors = cfg!(target_feature = "avx");
    match (L * size_of::<T>(), L) {
        (..=4, _) if vectors => 16,
        (..=8, _) => 8,
        (..=16, _) => 4,
        (..=32, ..=4) if wide_vectors => 4,
        (..=32, ..=8) if wide_vectors => 3,
        _ => 2,
    }
}

/// The block that covers column j next: where it begins and how wide it is.
#[inline(always)]
const fn next_block(j: usize, n: usize, widest: usize) -> (usize, usize) {
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

#[inline(always)]
fn product_block<T: Scalar, const L: usize, const S: usize>(
    upper: &[[T; L]],
    lower: &[[T; L]],
    b: &[[T; L]],
    j: usize,
    n: usize,
) -> [[[T; L]; S]; 2] {
    let (mut x, mut y) = ([[T::ZERO; L]; S], [[T::ZERO; L]; S]);
    let mut rest = b.get(j..).unwrap_or_default();
    for (u, v) in upper.iter().zip(lower) {
        let Some(b) = rest.first_chunk::<S>() else { break };
        for ((x, y), b) in x.iter_mut().zip(&mut y).zip(b) {
            add_product(x, u, b);
            add_product(y, v, b);
        }
        rest = rest.get(n..).unwrap_or_default();
    }
    [x, y]
}

/// out = A B.
#[inline(never)]
pub(super) fn product<T: Scalar, const L: usize>(
    out: &mut [[T; L]],
    a: &[[T; L]],
    b: &[[T; L]],
    n: usize,
) {
    #[inline(always)]
    fn put<T: Scalar, const L: usize, const S: usize>(
        out: &mut [[T; L]],
        sums: &[[[T; L]; S]; 2],
        at: (usize, usize),
    ) {
        let [x, y] = sums;
        put_block(out, at.0, x);
        put_block(out, at.1, y);
    }
    let mut i = 0;
    while i < n {
        let next = if i + 1 < n { i + 1 } else { i };
        let (upper, lower) = (row(a, i, n), row(a, next, n));
        let mut j = 0;
        while j < n {
            let (start, width) = next_block(j, n, widest::<T, L>());
            let at = (i * n + start, next * n + start);
            match width {
                16 => put(out, &product_block::<T, L, 16>(upper, lower, b, start, n), at),
                8 => put(out, &product_block::<T, L, 8>(upper, lower, b, start, n), at),
                4 => put(out, &product_block::<T, L, 4>(upper, lower, b, start, n), at),
                3 => put(out, &product_block::<T, L, 3>(upper, lower, b, start, n), at),
                2 => put(out, &product_block::<T, L, 2>(upper, lower, b, start, n), at),
                _ => put(out, &product_block::<T, L, 1>(upper, lower, b, start, n), at),
            }
            j = start + width;
        }
        i += 2;
    }
}

/// out = Mᵀ.
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

/// The factors of W = I - step X / 2 in place: multipliers below the diagonal, the inverse pivots on
/// it. No pivoting: the symmetric part of W is I, so every pivot is at least 1.
#[inline(never)]
pub(super) fn factor<T: Scalar, const L: usize>(
    w: &mut [[T; L]],
    x: &[[T; L]],
    step: &[T; L],
    n: usize,
) {
    let half: [T; L] = step.map(|step| step * T::HALF);
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
        *f = times(f, a0);
        sub_product(g, f, a1);
        *g = times(g, b1);
        let (f, g) = (*f, *g);
        for ((x, a), b) in tail.iter_mut().zip(a).zip(b) {
            let mut value = *x;
            sub_product(&mut value, &f, a);
            sub_product(&mut value, &g, b);
            *x = value;
        }
        p += 2;
    }
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

/// Two rows of `S` columns, less the products of two rows of factors with the rows of `known` from
/// `at` on, `stride` apart (descending by wrapping).
#[inline(always)]
fn subtract_known<T: Scalar, const L: usize, const S: usize>(
    sums: (&mut [[T; L]; S], &mut [[T; L]; S]),
    factors: impl Iterator<Item = ([T; L], [T; L])>,
    known: &[[T; L]],
    mut at: usize,
    stride: usize,
) {
    let (x, y) = sums;
    for (u, v) in factors {
        let Some(b) = block::<T, L, S>(known, at) else { break };
        for ((x, y), b) in x.iter_mut().zip(y.iter_mut()).zip(b) {
            sub_product(x, &u, b);
            sub_product(y, &v, b);
        }
        at = at.wrapping_add(stride);
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
    let mut i = 0;
    while i < n {
        let next = if i + 1 < n { i + 1 } else { i };
        let (wa, wb) = (row(w, i, n), row(w, next, n));
        let (at, below) = (i * n + j, next * n + j);
        let mut x = block::<T, L, S>(c, at).copied().unwrap_or(zero);
        let mut y = block::<T, L, S>(c, below).copied().unwrap_or(zero);
        let factors = wa.iter().copied().zip(wb.iter().copied()).take(i);
        subtract_known((&mut x, &mut y), factors, out, j, n);
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
        let last = (n - 1) * n + j;
        subtract_known((&mut x, &mut y), factors, out, last, n.wrapping_neg());
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
#[inline(never)]
pub(super) fn solve<T: Scalar, const L: usize>(
    w: &[[T; L]],
    c: &[[T; L]],
    out: &mut [[T; L]],
    n: usize,
) {
    let mut j = 0;
    while j < n {
        let (start, width) = next_block(j, n, widest::<T, L>());
        match width {
            16 => solve_block::<T, L, 16>(w, c, out, start, n),
            8 => solve_block::<T, L, 8>(w, c, out, start, n),
            4 => solve_block::<T, L, 4>(w, c, out, start, n),
            3 => solve_block::<T, L, 3>(w, c, out, start, n),
            2 => solve_block::<T, L, 2>(w, c, out, start, n),
            _ => solve_block::<T, L, 1>(w, c, out, start, n),
        }
        j = start + width;
    }
    for (x, c) in out.iter_mut().zip(c) {
        for (x, c) in x.iter_mut().zip(c) {
            *x = T::TWO * *x - *c;
        }
    }
}

/// f = <A, M> for A = diag(d) + K_A, and Kd = (M - Mᵀ) / 2, and the diagonal of M.
#[inline(never)]
pub(super) fn objective<T: Scalar, const L: usize>(
    kd: &mut [[T; L]],
    diagonal: &mut [[T; L]],
    m: &[[T; L]],
    ka: &[[T; L]],
    d: &[[T; L]],
    n: usize,
) -> [T; L] {
    let (mut f, mut e) = ([T::ZERO; L], [T::ZERO; L]);
    for ((i, d), mii) in d.iter().enumerate().zip(diagonal) {
        let m_row = row(m, i, n);
        *mii = entry(m_row, i);
        add_product(&mut f, d, mii);
        let (above, here) = kd.split_at_mut_checked(i * n).unwrap_or_default();
        let here = here.get_mut(..n).unwrap_or_default();
        if let Some(x) = here.get_mut(i) {
            *x = [T::ZERO; L];
        }
        let mut at = i;
        for (((left, to), k), _) in m_row.iter().zip(here).zip(row(ka, i, n)).zip(0..i) {
            let right = entry(m, at);
            let value = each(left, &right, |left, right| T::HALF * (left - right));
            add_product(&mut e, k, &value);
            *to = value;
            if let Some(to) = above.get_mut(at) {
                *to = value.map(|x| -x);
            }
            at = at.wrapping_add(n);
        }
    }
    for (f, e) in f.iter_mut().zip(&e) {
        *f += *e + *e;
    }
    f
}

/// What the gradient is made of, at one point C: M = C B Cᵀ, Q = K_A Kd, and their diagonals
/// (`turning` is -Q_ii).
pub(super) struct Point<'m, T, const L: usize> {
    pub(super) m: &'m [[T; L]],
    pub(super) q: &'m [[T; L]],
    pub(super) kd: &'m [[T; L]],
    pub(super) ka: &'m [[T; L]],
    pub(super) d: &'m [[T; L]],
    pub(super) diagonal: &'m [[T; L]],
    pub(super) turning: &'m [[T; L]],
}

/// The packed gradient g_ij = (d_i - d_j)(M_ij + M_ji) - 2 (Q_ij - Q_ji) and the absolute value of
/// the exact diagonal of the Hessian,
/// h_ij = 4 K_A,ij Kd_ij - 2 (d_i - d_j)(M_ii - M_jj) + 2 (Q_ii + Q_jj).
#[inline(never)]
pub(super) fn gradient<T: Scalar, const L: usize>(
    g: &mut [[T; L]],
    h: &mut [[T; L]],
    point: &Point<'_, T, L>,
    n: usize,
) {
    let (two, four) = (T::TWO, T::TWO + T::TWO);
    let (mut g, mut h) = (g.iter_mut(), h.iter_mut());
    for i in 0..n {
        let (di, mi, ti) = (entry(point.d, i), entry(point.diagonal, i), entry(point.turning, i));
        let matrices = after(row(point.m, i, n), i).iter().zip(after(row(point.q, i, n), i));
        let skews = after(row(point.ka, i, n), i).iter().zip(after(row(point.kd, i, n), i));
        let vectors =
            after(point.d, i).iter().zip(after(point.diagonal, i)).zip(after(point.turning, i));
        let mut at = (i + 1) * n + i;
        for (((m, q), (ka, kd)), ((dj, mj), tj)) in matrices.zip(skews).zip(vectors) {
            let (mt, qt) = (entry(point.m, at), entry(point.q, at));
            at = at.wrapping_add(n);
            let (Some(g), Some(h)) = (g.next(), h.next()) else { return };
            let apart = minus(&di, dj);
            let turn = minus(q, &qt);
            *g = each(&times(&apart, &plus(m, &mt)), &turn, |along, turn| along - two * turn);
            let bend = each(&times(ka, kd), &times(&apart, &minus(&mi, mj)), |skew, stretch| {
                four * skew - two * stretch
            });
            *h = each(&bend, &plus(&ti, tj), |bend, turn| Real::abs(bend - two * turn));
        }
    }
}

/// Sums over the packed entries: of |h| (of the new point), s y, s s and y y.
pub(super) struct Sums<T, const L: usize> {
    pub(super) h: [T; L],
    pub(super) sy: [T; L],
    pub(super) ss: [T; L],
    pub(super) yy: [T; L],
}

/// Which lanes move to the new point, and which of those also remember the step: masks of 0 and 1.
pub(super) struct Masks<T, const L: usize> {
    pub(super) accepted: [T; L],
    pub(super) remembered: [T; L],
}

/// Takes the new gradient over and writes the pair s = step x, y = g - g_new of the L-BFGS memory.
/// On entry `s` holds g_new and `y` holds |h_new|. Lanes that are not remembered get s = y = 0; lanes
/// that are not accepted keep g and h.
#[inline(never)]
pub(super) fn remember<T: Scalar, const L: usize>(
    (g, h): (&mut [[T; L]], &mut [[T; L]]),
    (s, y): (&mut [[T; L]], &mut [[T; L]]),
    x: &[[T; L]],
    step: &[T; L],
    masks: &Masks<T, L>,
) -> Sums<T, L> {
    let zero = [T::ZERO; L];
    let mut sums = Sums { h: zero, sy: zero, ss: zero, yy: zero };
    let (step, accepted, remembered) = (*step, masks.accepted, masks.remembered);
    for ((((g, h), s), y), x) in g.iter_mut().zip(h).zip(s).zip(y).zip(x) {
        let (g_new, h_new) = (*s, *y);
        let s_new = pick(&remembered, &times(x, &step), &zero);
        let y_new = pick(&remembered, &minus(g, &g_new), &zero);
        *g = pick(&accepted, &g_new, g);
        *h = pick(&accepted, &h_new, h);
        *s = s_new;
        *y = y_new;
        sums.h = plus(&sums.h, &h_new);
        add_product(&mut sums.sy, &s_new, &y_new);
        add_product(&mut sums.ss, &s_new, &s_new);
        add_product(&mut sums.yy, &y_new, &y_new);
    }
    sums
}

/// A long packed sum: even and odd entries apart, then added.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Reproducible numbers in [-1, 1).
    fn numbers(count: usize, seed: u64) -> Vec<f64> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
        };
        (0..count).map(|_| next()).collect()
    }

    /// The same matrix in every lane, but for a factor that tells the lanes apart.
    fn lanes<const L: usize>(m: &[f64]) -> Vec<[f64; L]> {
        m.iter().map(|x| std::array::from_fn(|l| x * (1.0 + l as f64))).collect()
    }

    fn first<const L: usize>(m: &[[f64; L]]) -> Vec<u64> {
        m.iter().map(|x| x[0].to_bits()).collect()
    }

    /// One sum per entry, in index order: whatever the blocks, exactly the plain triple loop.
    fn product_is_the_triple_loop<const L: usize>() {
        for n in 1..20 {
            let (a, b) = (numbers(n * n, 1), numbers(n * n, 2));
            let mut out = vec![[0.0; L]; n * n];
            product(&mut out, &lanes::<L>(&a), &lanes::<L>(&b), n);
            for i in 0..n {
                for j in 0..n {
                    for (l, found) in out[i * n + j].iter().enumerate() {
                        let factor = 1.0 + l as f64;
                        let terms =
                            (0..n).map(|k| (a[i * n + k] * factor) * (b[k * n + j] * factor));
                        let sum = terms.fold(0.0, |sum, term| sum + term);
                        assert_eq!(found.to_bits(), sum.to_bits(), "n {n} L {L}");
                    }
                }
            }
        }
    }

    #[test]
    fn products_add_in_index_order_for_every_number_of_lanes() {
        product_is_the_triple_loop::<1>();
        product_is_the_triple_loop::<4>();
        product_is_the_triple_loop::<8>();
    }

    /// (I - aX/2) C₊ = (I + aX/2) C, and C₊ is orthogonal.
    fn cayley<const L: usize>(n: usize) -> Vec<u64> {
        let packed = n * (n - 1) / 2;
        let mut x = numbers(packed, 3);
        let length = x.iter().map(|x| x * x).sum::<f64>().sqrt();
        x.iter_mut().for_each(|x| *x /= length);
        let identity: Vec<f64> = (0..n * n).map(|k| f64::from(k % (n + 1) == 0)).collect();
        let c: Vec<[f64; L]> = identity.iter().map(|x| [*x; L]).collect();
        let x: Vec<[f64; L]> = x.iter().map(|x| [*x; L]).collect();
        let (mut w, mut out) = (vec![[0.0; L]; n * n], vec![[0.0; L]; n * n]);
        let step = 0.7;
        factor(&mut w, &x, &[step; L], n);
        solve(&w, &c, &mut out, n);
        let mut skew = vec![0.0; n * n];
        let mut packed = x.iter();
        for i in 0..n {
            for j in i + 1..n {
                let value = packed.next().unwrap()[0];
                (skew[i * n + j], skew[j * n + i]) = (value, -value);
            }
        }
        let at = |i: usize, j: usize| out[i * n + j][0];
        for i in 0..n {
            for j in 0..n {
                let half = |k: usize| step / 2.0 * skew[i * n + k];
                let left = at(i, j) - (0..n).map(|k| half(k) * at(k, j)).sum::<f64>();
                let right = f64::from(i == j) + half(j);
                assert!((left - right).abs() < 1e-15 * n as f64, "n {n} L {L}");
                let gram: f64 = (0..n).map(|k| at(k, i) * at(k, j)).sum();
                assert!((gram - f64::from(i == j)).abs() < 2e-15 * n as f64, "n {n} L {L}");
            }
        }
        first(&out)
    }

    #[test]
    fn the_cayley_step_solves_its_equation_with_the_same_bits_for_every_number_of_lanes() {
        for n in 2..20 {
            let alone = cayley::<1>(n);
            assert_eq!(alone, cayley::<4>(n));
            assert_eq!(alone, cayley::<8>(n));
        }
    }

    /// f(C exp X) by finite differences along every coordinate: its slope and curvature.
    #[test]
    fn the_gradient_and_the_diagonal_of_the_hessian_are_those_of_f() {
        for n in [3, 4, 7] {
            let skew = |seed: u64| {
                let mut k = numbers(n * n, seed);
                for i in 0..n {
                    k[i * n + i] = 0.0;
                    for j in 0..i {
                        k[i * n + j] = -k[j * n + i];
                    }
                }
                k
            };
            let (ka, d, b) = (skew(4), numbers(n, 5), numbers(n * n, 6));
            let one = |m: &[f64]| -> Vec<[f64; 1]> { m.iter().map(|x| [*x]).collect() };
            let identity: Vec<f64> = (0..n * n).map(|k| f64::from(k % (n + 1) == 0)).collect();
            let (ka, d, b, c) = (one(&ka), one(&d), one(&b), one(&identity));
            let zeros = || vec![[0.0_f64; 1]; n * n];
            let (mut w, mut trial, mut t, mut m, mut kd) =
                (zeros(), zeros(), zeros(), zeros(), zeros());
            let mut diagonal = vec![[0.0]; n];
            let packed = n * (n - 1) / 2;
            let mut evaluate = |x: &[[f64; 1]], m: &mut Vec<[f64; 1]>, kd: &mut Vec<[f64; 1]>| {
                factor(&mut w, x, &[1.0], n);
                solve(&w, &c, &mut trial, n);
                product(&mut t, &trial, &b, n);
                transpose(kd, &trial, n);
                product(m, &t, kd, n);
                objective(kd, &mut diagonal, m, &ka, &d, n)[0]
            };
            let x = vec![[0.0]; packed];
            let centre = evaluate(&x, &mut m, &mut kd);
            let slopes: Vec<(f64, f64)> = (0..packed)
                .map(|k| {
                    let step = 1e-4;
                    let mut at = |s: f64| {
                        let mut x = x.clone();
                        x[k] = [s];
                        evaluate(&x, &mut zeros(), &mut zeros())
                    };
                    let (up, down) = (at(step), at(-step));
                    ((up - down) / (2.0 * step), (up - 2.0 * centre + down) / (step * step))
                })
                .collect();
            evaluate(&x, &mut m, &mut kd);
            let mut q = zeros();
            product(&mut q, &ka, &kd, n);
            let turning: Vec<[f64; 1]> = (0..n).map(|i| [-q[i * n + i][0]]).collect();
            let point = Point {
                m: &m,
                q: &q,
                kd: &kd,
                ka: &ka,
                d: &d,
                diagonal: &diagonal,
                turning: &turning,
            };
            let (mut g, mut h) = (vec![[0.0]; packed], vec![[0.0]; packed]);
            gradient(&mut g, &mut h, &point, n);
            for ((g, h), (slope, curvature)) in g.iter().zip(&h).zip(slopes) {
                // Central differences: truncation step², rounding eps / step².
                assert!((g[0] - slope).abs() < 1e-6, "{} {slope}", g[0]);
                assert!((h[0] - curvature.abs()).abs() < 1e-5, "{} {curvature}", h[0]);
            }
        }
    }

    #[test]
    fn long_sums_add_even_and_odd_entries_apart() {
        let (a, b) = (numbers(7, 8), numbers(7, 9));
        let term = |k: usize| a[k] * b[k];
        let even = ((term(0) + term(2)) + term(4)) + term(6);
        let odd = (term(1) + term(3)) + term(5);
        let one = |m: &[f64]| -> Vec<[f64; 1]> { m.iter().map(|x| [*x]).collect() };
        assert_eq!(dot(&one(&a), &one(&b))[0].to_bits(), (even + odd).to_bits());
    }

    #[test]
    fn a_lane_that_is_not_accepted_keeps_its_gradient_and_forgets_the_step() {
        let old = numbers(3, 1);
        let (mut g, mut h) = (lanes::<2>(&old), lanes::<2>(&old));
        let (mut s, mut y) = (lanes::<2>(&numbers(3, 2)), lanes::<2>(&numbers(3, 3)));
        let (g_new, h_new) = (s.clone(), y.clone());
        let masks = Masks { accepted: [1.0, 0.0], remembered: [1.0, 0.0] };
        let x = lanes::<2>(&numbers(3, 4));
        remember((&mut g, &mut h), (&mut s, &mut y), &x, &[0.5; 2], &masks);
        for k in 0..3 {
            assert_eq!((g[k][0], h[k][0]), (g_new[k][0], h_new[k][0]));
            assert_eq!((g[k][1], h[k][1]), (2.0 * old[k], 2.0 * old[k]));
            assert_eq!((s[k][0], y[k][0]), (0.5 * x[k][0], old[k] - g_new[k][0]));
            assert_eq!((s[k][1], y[k][1]), (0.0, 0.0));
        }
    }
}
