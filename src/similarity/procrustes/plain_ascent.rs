//! Ascent of f(C) = <A, C B Cᵀ> for one pair and one start, in little code.
//!
//! ```text
//! at most 8 times                            a sweep: the best angle of every plane
//!     for every plane (i, j):  f = p cos t + q sin t + u cos 2 t + v sin 2 t along its rotation
//!         the best of 16 angles, then 3 Newton steps;  rotate M = C B Cᵀ and C if f grows
//!     stop if the sweep gained at most 1e-3
//! at most 100 times                          L-BFGS in the angles of all planes at once
//!     g = q + 2 v,  h = max(p + 4 u, 0.05)   the gradient and the diagonal of the Hessian, plane by plane
//!     direction = two-loop recursion on g over the remembered (s, y), preconditioned by 1 / h
//!     stop if direction . g <= tolerance
//!     at most 6 times:  R = Cayley transform of step x direction;  accept if f(R M Rᵀ) grows enough;  step = step / 2
//!     M = R M Rᵀ,  C = R C;  remember s = step x direction and y = g - g_new
//! ```
//!
//! It is [`search::ascent`](super::search) without lanes, in which every quantity comes from the coefficients of a plane.
//! Operators have norm 1. Jacobi 1846 (the plane rotations); Nocedal & Wright, Numerical Optimization, 2nd ed., section 7.2
//! (L-BFGS); Wen & Yin 2013 (the Cayley transform).

use crate::matrix::{
    Cells, Layout, accumulate, area, column_of, column_of_mut, copy, pieces, product, scale, times,
    times_transposed,
};
use crate::scalar::{Real, Scalar, is_double};

/// Sweeps and steps at most, and the pairs of steps that are remembered.
const SWEEPS: usize = 8;
const STEPS: usize = 100;
const MEMORY: usize = 5;

/// Planes of order n.
const fn planes(n: usize) -> usize {
    area(n, n.saturating_sub(1)) / 2
}

/// A, M, C, R, W and a scratch matrix; the gradient, the Hessian's diagonal, the direction and the last gradient; what is
/// remembered.
const fn layout(n: usize) -> Layout<12> {
    let (square, t) = (area(n, n), planes(n));
    let kept = area(t, MEMORY);
    Layout::new([square, square, square, square, square, square, t, t, t, t, kept, kept])
}

/// Scalars of memory of a climb of order n.
pub(super) const fn memory_len(n: usize) -> usize {
    layout(n).len()
}

/// A climb: all matrices row after row.
pub(super) struct Climb<'m, T> {
    n: usize,
    pub(super) evaluations: usize,
    pub(super) a: &'m mut [T],
    pub(super) m: &'m mut [T],
    pub(super) c: &'m mut [T],
    r: &'m mut [T],
    w: &'m mut [T],
    scratch: &'m mut [T],
    gradient: &'m mut [T],
    hessian: &'m mut [T],
    direction: &'m mut [T],
    last: &'m mut [T],
    s: &'m mut [T],
    y: &'m mut [T],
}

impl<'m, T: Scalar> Climb<'m, T> {
    /// In memory that the caller has checked.
    pub(super) fn over(n: usize, memory: &'m mut [T]) -> Self {
        let pieces = layout(n).cut_by_loop(memory).unwrap_or_default();
        let [a, m, c, r, w, scratch, gradient, hessian, direction, last, s, y] = pieces;
        let evaluations = 0;
        Self { n, evaluations, a, m, c, r, w, scratch, gradient, hessian, direction, last, s, y }
    }

    /// Changes the sign of the first axis.
    pub(super) fn reflect(&mut self) {
        let n = self.n;
        for x in [&mut *self.m, &mut *self.c] {
            scale(x.part_mut(0, n), -T::ONE);
        }
        for i in 0..n {
            let at = area(i, n);
            self.m.put(at, -self.m.at(at));
        }
    }

    /// Climbs; returns f.
    #[inline(never)]
    pub(super) fn climb(&mut self) -> T {
        for _ in 0..SWEEPS {
            self.evaluations = self.evaluations.saturating_add(1);
            if !(self.sweep() > T::of(1e-3)) {
                break;
            }
        }
        let tolerance = T::of(if is_double::<T>() { 1e-16 } else { 1e-9 });
        let mut f = product(self.a, self.m);
        self.differentiate();
        let (mut kept, mut rho) = (0_usize, [T::ZERO; MEMORY]);
        for _ in 0..STEPS {
            let mut slope = self.direct(kept, &rho);
            if !(slope > T::ZERO) {
                kept = 0;
                slope = self.direct(0, &rho);
            }
            if !(slope > tolerance) {
                break;
            }
            let length = Real::sqrt(product(self.direction, self.direction));
            let mut step = if length > T::ONE { T::ONE / length } else { T::ONE };
            let mut accepted = false;
            for _ in 0..6 {
                self.evaluations = self.evaluations.saturating_add(1);
                self.turn(step);
                // R M Rᵀ into W
                times_transposed(self.scratch, self.m, self.r, self.n);
                times(self.w, self.r, self.scratch, self.n);
                let trial = product(self.a, self.w);
                accepted = trial >= f + T::of(1e-4) * step * slope - T::of(4.0) * T::EPSILON;
                if accepted {
                    f = trial;
                    break;
                }
                step *= T::HALF;
            }
            if !accepted {
                if kept == 0 {
                    break;
                }
                kept = 0;
                continue;
            }
            copy(self.m, self.w);
            times(self.scratch, self.r, self.c, self.n);
            copy(self.c, self.scratch);
            copy(self.last, self.gradient);
            self.differentiate();
            let slot = kept % MEMORY;
            let t = self.gradient.len();
            let (s, y) = (column_of_mut(self.s, slot, t), column_of_mut(self.y, slot, t));
            copy(s, self.direction);
            scale(s, step);
            copy(y, self.last);
            accumulate(y, -T::ONE, self.gradient);
            let along = product(s, y);
            if along > T::EPSILON * product(y, y) {
                rho.put(slot, T::ONE / along);
                kept = kept.saturating_add(1);
            }
        }
        f
    }

    /// The gradient and the diagonal of the Hessian in the angles of all planes.
    #[inline(never)]
    fn differentiate(&mut self) {
        let mut place = 0;
        for j in 1..self.n {
            for i in 0..j {
                let [p, q, u, v] = plane(self.a, self.m, self.n, i, j);
                self.gradient.put(place, q + T::TWO * v);
                self.hessian.put(place, (p + T::of(4.0) * u).larger(T::of(0.05)));
                place += 1;
            }
        }
    }

    /// The two-loop recursion; returns direction . gradient. The newest pair is number `kept` - 1.
    #[inline(never)]
    fn direct(&mut self, kept: usize, rho: &[T; MEMORY]) -> T {
        let t = self.gradient.len();
        let oldest = kept.saturating_sub(MEMORY);
        let mut alpha = [T::ZERO; MEMORY];
        copy(self.direction, self.gradient);
        for pair in (oldest..kept).rev() {
            let slot = pair % MEMORY;
            let weight = rho.at(slot) * product(column_of(self.s, slot, t), self.direction);
            alpha.put(slot, weight);
            accumulate(self.direction, -weight, column_of(self.y, slot, t));
        }
        self.direction.iter_mut().zip(&*self.hessian).for_each(|(x, h)| *x /= *h);
        for pair in oldest..kept {
            let slot = pair % MEMORY;
            let beta = rho.at(slot) * product(column_of(self.y, slot, t), self.direction);
            accumulate(self.direction, alpha.at(slot) - beta, column_of(self.s, slot, t));
        }
        product(self.direction, self.gradient)
    }

    /// R = (I - X/2)⁻¹ (I + X/2), X the skew matrix of step x direction, by elimination: the symmetric part of I - X/2 is I, so
    /// that no pivot is below 1.
    #[inline(never)]
    fn turn(&mut self, step: T) {
        let n = self.n;
        let mut place = 0;
        for j in 0..n {
            for i in 0..j {
                let x = T::HALF * step * self.direction.at(place);
                place += 1;
                for (at, x) in [(i * n + j, -x), (j * n + i, x)] {
                    self.r.put(at, x);
                    self.w.put(at, -x);
                }
            }
            self.r.put(j * n + j, T::ONE);
            self.w.put(j * n + j, T::ONE);
        }
        for i in 1..n {
            for k in 0..i {
                let factor = self.w.at(i * n + k) / self.w.at(k * n + k);
                for x in [&mut *self.w, &mut *self.r] {
                    let (above, rest) = x.split_at_mut_checked(i * n).unwrap_or_default();
                    accumulate(column_of_mut(rest, 0, n), -factor, column_of(above, k, n));
                }
            }
        }
        for i in (0..n).rev() {
            let (above, below) = self.r.split_at_mut_checked((i + 1) * n).unwrap_or_default();
            let row = column_of_mut(above, i, n);
            let weights = self.w.part(i * n + i, n - i);
            for (known, weight) in pieces(below, n).zip(weights.iter().skip(1)) {
                accumulate(row, -*weight, known);
            }
            scale(row, T::ONE / weights.at(0));
        }
    }

    /// The best angle of every plane, one after another; returns the gain.
    #[inline(never)]
    fn sweep(&mut self) -> T {
        let (n, mut gain) = (self.n, T::ZERO);
        for j in 1..n {
            for i in 0..j {
                let f = plane(self.a, self.m, n, i, j);
                let start = value(&f, T::ONE, T::ZERO);
                let (mut c, mut s) = best_of_circle(&f);
                let found = value(&f, c, s);
                let (on_circle, beside) = (c, s);
                for _ in 0..3 {
                    let [p, q, u, v] = f;
                    let (c2, s2) = (c * c - s * s, T::TWO * c * s);
                    let first = q * c - p * s + T::TWO * (v * c2 - u * s2);
                    let second = p * c + q * s + T::of(4.0) * (u * c2 + v * s2);
                    if !(second > T::ZERO) {
                        break;
                    }
                    let t = (first / second).smaller(T::of(0.4)).larger(T::of(-0.4));
                    let (x, y) = (c - t * s, s + t * c);
                    let norm = T::ONE / Real::sqrt(x * x + y * y);
                    (c, s) = (x * norm, y * norm);
                }
                if !(value(&f, c, s) >= found) {
                    (c, s) = (on_circle, beside);
                }
                let more = value(&f, c, s) - start;
                if more > T::ZERO {
                    gain += more;
                    rotate(self.m, [i * n, j * n], 1, n, c, s);
                    rotate(self.m, [i, j], n, n, c, s);
                    rotate(self.c, [i * n, j * n], 1, n, c, s);
                }
            }
        }
        gain
    }
}

/// x, y = c x - s y, s x + c y for `count` entries, `stride` apart, from two places on.
#[inline(never)]
fn rotate<T: Scalar>(
    m: &mut [T],
    [mut p, mut q]: [usize; 2],
    stride: usize,
    count: usize,
    c: T,
    s: T,
) {
    for _ in 0..count {
        let (x, y) = (m.at(p), m.at(q));
        m.put(p, c * x - s * y);
        m.put(q, s * x + c * y);
        p += stride;
        q += stride;
    }
}

/// p, q, u, v of f along the rotation of the plane (i, j).
#[inline(never)]
fn plane<T: Scalar>(a: &[T], m: &[T], n: usize, i: usize, j: usize) -> [T; 4] {
    let (mut p, mut q) = (T::ZERO, T::ZERO);
    for k in 0..n {
        if k == i || k == j {
            continue;
        }
        for (x, y) in [(k * n + i, k * n + j), (i * n + k, j * n + k)] {
            let (ax, ay, mx, my) = (a.at(x), a.at(y), m.at(x), m.at(y));
            p += ax * mx + ay * my;
            q += ay * mx - ax * my;
        }
    }
    let half = |x: &[T]| {
        let [ii, ij, ji, jj] = [i * n + i, i * n + j, j * n + i, j * n + j].map(|at| x.at(at));
        (T::HALF * (ii - jj), T::HALF * (ij + ji))
    };
    let ((pa, qa), (pm, qm)) = (half(a), half(m));
    [p, q, T::TWO * (pa * pm + qa * qm), T::TWO * (qa * pm - pa * qm)]
}

/// p cos t + q sin t + u cos 2 t + v sin 2 t
fn value<T: Scalar>([p, q, u, v]: &[T; 4], c: T, s: T) -> T {
    *p * c + *q * s + *u * (c * c - s * s) + *v * T::TWO * c * s
}

/// The best of 16 angles, the first of equals, by more than rounding.
#[inline(never)]
fn best_of_circle<T: Scalar>(f: &[T; 4]) -> (T, T) {
    let (cos, sin) = (T::of(0.923_879_532_511_286_7), T::of(0.382_683_432_365_089_8));
    let (mut here, mut best) = ((T::ONE, T::ZERO), (T::ONE, T::ZERO));
    let mut most = value(f, T::ONE, T::ZERO);
    for _ in 1..16 {
        let (c, s) = here;
        here = (c * cos - s * sin, s * cos + c * sin);
        let found = value(f, here.0, here.1);
        if found > most + T::of(8.0) * T::EPSILON {
            (most, best) = (found, here);
        }
    }
    best
}
