//! The objective, its gradient and the diagonal of its Hessian at a point, and the changes since the last.

use super::lanes::{add_product, after, each, entry, minus, pick, plus, row, times};
use crate::scalar::{Real, Scalar};
#[cfg(feature = "std")]
use multiversion::multiversion;

/// f = <A, M> for A = diag(d) + K_A, and Kd = (M - Mᵀ) / 2, and the diagonal of M.
#[cfg_attr(feature = "std", multiversion(targets("x86_64+avx2")))]
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
#[cfg_attr(feature = "std", multiversion(targets("x86_64+avx2")))]
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

/// The packed gradient and the absolute diagonal of the Hessian at the point of every lane.
pub(super) struct Curvature<'m, T, const L: usize> {
    pub(super) g: &'m mut [[T; L]],
    pub(super) h: &'m mut [[T; L]],
}

/// A pair of the L-BFGS memory: the step s and the change y of the gradient.
pub(super) struct StepPair<'m, T, const L: usize> {
    pub(super) s: &'m mut [[T; L]],
    pub(super) y: &'m mut [[T; L]],
}

/// Takes the new gradient over and writes the pair s = step x, y = g - g_new of the L-BFGS memory.
/// On entry `s` holds g_new and `y` holds |h_new|. Lanes that are not remembered get s = y = 0; lanes
/// that are not accepted keep g and h.
#[cfg_attr(feature = "std", multiversion(targets("x86_64+avx2")))]
#[inline(never)]
pub(super) fn remember<T: Scalar, const L: usize>(
    Curvature { g, h }: Curvature<'_, T, L>,
    StepPair { s, y }: StepPair<'_, T, L>,
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
