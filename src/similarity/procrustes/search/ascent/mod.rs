//! Riemannian L-BFGS ascent of f(C) = <A, C B Cᵀ> over the orthogonal matrices, `L` runs in lockstep.
//!
//! ```text
//! each lane, at C:  f, its gradient g, the diagonal h of its Hessian
//! repeat
//!     direction = two-loop recursion on g over the remembered (s, y), preconditioned by 1 / max(h, floor)
//!     if direction . g <= 0:  forget the memory, direction = g / max(h, floor)
//!     slope = direction . g
//!     if slope <= tolerance |A| |B|:  a summit, stop         (near similarity only if g is small as well)
//!     if f + kappa slope < best, after six iterations:  hopeless, stop
//!     x = direction, shortened to length 1 where it is longer;  step = 1
//!     at most six times
//!         trial = Cayley step from C along step x
//!         if f(trial) >= f + 1e-4 step slope - rounding:  accept
//!         step = step * (to the top of the parabola, between 0.1 and 0.5)
//!     accepted:  C = trial, remember s = step x and y = g - g_new if s . y is positive beyond rounding
//!     otherwise: forget the memory; if there was none, stop
//! ```
//!
//! Both operators are given in the eigenframe of their symmetric part, A = diag(d) + K_A, so that the
//! gradient along skew X (C moves to C + X C) and the exact diagonal of the Hessian cost one product
//! K_A Kd beside M = C B Cᵀ. That diagonal preconditions the two-loop recursion; the retraction is the
//! Cayley transform C <- (I - X/2)⁻¹ (I + X/2) C, which is orthogonal for every step length. Armijo
//! backtracking makes f increase, up to its own rounding.
//!
//! A tick is [`Ascent::direction`], which says of every lane whether to go on, then
//! [`Ascent::step`], one trial step of every lane. A lane whose trial is rejected tries a shorter step
//! in the next tick while the others move on: no lane waits for another, and none can change the bits
//! of another. The memory of the recursion is a ring of the last [`MEMORY`] *ticks*; a rejected trial
//! leaves a hole in it.
//!
//! Nocedal & Wright, Numerical Optimization, 2nd ed., section 7.2 (L-BFGS); Wen & Yin 2013 (the
//! Cayley retraction); Hager & Zhang 2005 (accepting within the rounding of f).

mod cayley;
mod lane;
mod lanes;
mod packed;
mod point;
mod product;
#[cfg(test)]
mod tests;

use crate::error::Error;
use crate::matrix::{Cells, MatRef, Memory, pieces};
use crate::scalar::{Real, Scalar};
use core::array::from_fn;
use lane::Phase;
pub(in crate::similarity) use lane::{Ending, Lane, Rules};
use point::{Masks, Point};

/// Steps that the two-loop recursion remembers.
pub(super) const MEMORY: usize = 5;
/// What [`Ascent::direction`] says of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// There is more to do.
    Continue,
    /// The run has ended: converged, hopeless, or out of iterations.
    Finished,
    /// There is no run.
    Idle,
}

/// What runs of `L` lanes know beside their arrays: enough to go on from the same memory later.
#[derive(Clone, Copy, Debug)]
pub(super) struct State<T, const L: usize> {
    tick: usize,
    /// C and the trial have changed places.
    swapped: bool,
    /// 1 / (s y) of each slot; 0 marks a hole.
    rho: [[T; L]; MEMORY],
    h_sum: [T; L],
    lanes: [Lane<T>; L],
}

impl<T: Scalar, const L: usize> State<T, L> {
    pub(super) fn idle() -> Self {
        Self {
            tick: 0,
            swapped: false,
            rho: [[T::ZERO; L]; MEMORY],
            h_sum: [T::ZERO; L],
            lanes: [Lane::idle(); L],
        }
    }
}

/// A packed vector for each of the last ticks.
type Slots<'m, T, const L: usize> = [&'m mut [[T; L]]; MEMORY];
/// One tick: s, y and 1 / (s y).
type Remembered<'a, T, const L: usize> = (&'a [[T; L]], &'a [[T; L]], &'a [T; L]);

/// Runs of `L` lanes.
pub(super) struct Ascent<'m, T, const L: usize> {
    n: usize,
    state: State<T, L>,
    c: &'m mut [[T; L]],
    trial: &'m mut [[T; L]],
    best: &'m mut [[T; L]],
    ka: &'m mut [[T; L]],
    b: &'m mut [[T; L]],
    /// LU factors, then C B, then Q.
    work: &'m mut [[T; L]],
    m: &'m mut [[T; L]],
    /// Cᵀ, then Kd.
    kd: &'m mut [[T; L]],
    d: &'m mut [[T; L]],
    diagonal: &'m mut [[T; L]],
    turning: &'m mut [[T; L]],
    x: &'m mut [[T; L]],
    direction: &'m mut [[T; L]],
    g: &'m mut [[T; L]],
    h: &'m mut [[T; L]],
    s: Slots<'m, T, L>,
    y: Slots<'m, T, L>,
}

/// Scalars of memory that `lanes` runs of order n need.
pub(super) const fn memory_len(n: usize, lanes: usize) -> usize {
    let square = n.saturating_mul(n);
    let packed = n.saturating_mul(n.saturating_sub(1)) / 2;
    square
        .saturating_mul(8)
        .saturating_add(n.saturating_mul(3))
        .saturating_add(packed.saturating_mul(4 + 2 * MEMORY))
        .saturating_mul(lanes)
}

impl<'m, T: Scalar, const L: usize> Ascent<'m, T, L> {
    /// Lanes without runs.
    pub(super) fn new(n: usize, memory: &'m mut [T]) -> Result<Self, Error> {
        let used = memory.len().min(memory_len(n, L));
        memory.part_mut(0, used).fill(T::ZERO);
        Self::resume(n, memory, State::idle())
    }

    /// Lanes as [`Ascent::suspend`] left them, with their memory.
    pub(super) fn resume(n: usize, memory: &'m mut [T], state: State<T, L>) -> Result<Self, Error> {
        let mut memory = Memory::new(memory, memory_len(n, L))?;
        let square = n.saturating_mul(n);
        let packed = n.saturating_mul(n.saturating_sub(1)) / 2;
        let mut cut = |length: usize| -> Result<&'m mut [[T; L]], Error> {
            Ok(memory.vector(length.saturating_mul(L))?.as_chunks_mut().0)
        };
        let (mut c, mut trial) = (cut(square)?, cut(square)?);
        if state.swapped {
            core::mem::swap(&mut c, &mut trial);
        }
        Ok(Self {
            n,
            state,
            c,
            trial,
            best: cut(square)?,
            ka: cut(square)?,
            b: cut(square)?,
            work: cut(square)?,
            m: cut(square)?,
            kd: cut(square)?,
            d: cut(n)?,
            diagonal: cut(n)?,
            turning: cut(n)?,
            x: cut(packed)?,
            direction: cut(packed)?,
            g: cut(packed)?,
            h: cut(packed)?,
            s: [cut(packed)?, cut(packed)?, cut(packed)?, cut(packed)?, cut(packed)?],
            y: [cut(packed)?, cut(packed)?, cut(packed)?, cut(packed)?, cut(packed)?],
        })
    }

    /// What to resume with.
    pub(super) const fn suspend(self) -> State<T, L> {
        self.state
    }

    /// Gives lane l another pair, in the eigenframes of the symmetric parts: A = diag(d) + K_A with
    /// the diagonal of `a`, and `b`. `best` is the best transform so far, row-major, and its f.
    pub(super) fn load(
        &mut self,
        l: usize,
        (a, b): (MatRef<'_, T>, MatRef<'_, T>),
        scale: T,
        best: Option<(T, &[T])>,
    ) {
        let n = self.n;
        for j in 0..n {
            put(self.d, j, l, a.at(j, j));
            for i in 0..n {
                let skew = if i == j { T::ZERO } else { a.at(i, j) };
                put(self.ka, i * n + j, l, skew);
                put(self.b, i * n + j, l, b.at(i, j));
            }
        }
        let (f, transform) = best.unwrap_or((-T::MAX, &[]));
        transform.iter().enumerate().for_each(|(at, x)| put(self.best, at, l, *x));
        if let Some(lane) = self.state.lanes.get_mut(l) {
            lane.scale = scale;
            lane.evaluations = 0;
            lane.best = f;
        }
    }

    fn begin(&mut self, l: usize, rules: Rules<T>) {
        self.clear(l);
        self.forget(l);
        if let Some(lane) = self.state.lanes.get_mut(l) {
            lane.begin(rules);
        }
    }

    /// Leaves lane l without a run.
    pub(super) fn idle(&mut self, l: usize) {
        self.clear(l);
        if let Some(lane) = self.state.lanes.get_mut(l) {
            lane.phase = Phase::Idle;
        }
    }

    fn clear(&mut self, l: usize) {
        let memory = self.s.iter_mut().chain(&mut self.y);
        for vector in memory.map(|v| &mut **v).chain([&mut *self.x]) {
            for value in vector.iter_mut() {
                if let Some(value) = value.get_mut(l) {
                    *value = T::ZERO;
                }
            }
        }
    }

    fn forget(&mut self, l: usize) {
        for rho in &mut self.state.rho {
            if let Some(rho) = rho.get_mut(l) {
                *rho = T::ZERO;
            }
        }
    }

    /// The end of the run of lane l.
    pub(super) fn finished(&self, l: usize) -> Option<&Lane<T>> {
        self.state.lanes.get(l)
    }

    /// Makes the finished run of lane l the best of its pair if it is.
    pub(super) fn keep_if_best(&mut self, l: usize) {
        let Some(lane) = self.state.lanes.get_mut(l) else { return };
        if lane.f > lane.best {
            lane.best = lane.f;
            for (best, c) in self.best.iter_mut().zip(&*self.c) {
                if let (Some(best), Some(c)) = (best.get_mut(l), c.get(l)) {
                    *best = *c;
                }
            }
        }
    }

    /// |<C, M>| / n of the run of lane l and a row-major transform: 1 if they are the same but for sign.
    pub(super) fn overlap(&self, l: usize, transform: &[T]) -> T {
        let sum = self
            .c
            .iter()
            .zip(transform)
            .fold(T::ZERO, |sum, (c, m)| sum + c.get(l).copied().unwrap_or(T::ZERO) * *m);
        Real::abs(sum) / T::count(self.n)
    }

    /// Writes the transform of the run of lane l, row-major.
    pub(super) fn write<S: Scalar>(&self, l: usize, to: &mut [S]) {
        write_lane(self.c, l, to);
    }

    /// Writes the best transform of lane l, row-major.
    pub(super) fn write_best(&self, l: usize, to: &mut [T]) {
        write_lane(self.best, l, to);
    }

    /// Three times n² and twice n scalars that are free between [`Ascent::step`] and the next one. The
    /// third matrix is where [`Ascent::start`] finds its transform.
    pub(super) fn scratch(&mut self) -> ([&mut [T]; 3], [&mut [T]; 2]) {
        let n = self.n;
        (
            [self.work.as_flattened_mut(), self.m.as_flattened_mut(), self.kd.as_flattened_mut()],
            [
                self.diagonal.as_flattened_mut().part_mut(0, n),
                self.turning.as_flattened_mut().part_mut(0, n),
            ],
        )
    }

    /// Begins a run from the column-major transform in the scratch.
    pub(super) fn start(&mut self, l: usize, rules: Rules<T>) {
        let n = self.n;
        let columns = pieces(self.kd.as_flattened(), n).take(n);
        for (j, column) in columns.enumerate() {
            for (i, value) in column.iter().enumerate() {
                put(self.c, i * n + j, l, *value);
            }
        }
        self.begin(l, rules);
    }

    /// Directions for the lanes that need one, and what to do with each lane.
    pub(super) fn direction(&mut self) -> [Verdict; L] {
        if self.state.lanes.iter().any(|lane| lane.phase == Phase::Direction) {
            self.two_loop();
            self.decide()
        } else {
            from_fn(|l| match self.state.lanes.get(l).map(|lane| lane.phase) {
                Some(Phase::Idle) | None => Verdict::Idle,
                _ => Verdict::Continue,
            })
        }
    }

    /// max(|h|, floor) preconditions: a part of the mean |h|, never zero.
    fn floor(&self) -> [T; L] {
        let packed = self.g.len();
        let one = T::ONE / T::count(packed.max(1));
        let sums = self.state.lanes.iter().zip(&self.state.h_sum);
        let mut floor = [T::MIN_POSITIVE; L];
        for (floor, (lane, sum)) in floor.iter_mut().zip(sums) {
            *floor += *sum * (lane.rules.floor * one);
        }
        floor
    }

    /// direction = H g, H the L-BFGS approximation of the inverse Hessian; the slope of every lane.
    fn two_loop(&mut self) {
        let floor = self.floor();
        let x = &mut *self.direction;
        x.iter_mut().zip(&*self.g).for_each(|(x, g)| *x = *g);
        // Slots from the newest to the oldest.
        let order: [usize; MEMORY] = from_fn(|back| (self.state.tick + MEMORY - 1 - back) % MEMORY);
        let mut weights = [[T::ZERO; L]; MEMORY];
        for (slot, weight) in order.iter().zip(&mut weights) {
            let Some((s, y, rho)) = remembered((&self.s, &self.y), &self.state.rho, *slot) else {
                continue;
            };
            let along = packed::dot(s, x);
            *weight = from_fn(|l| product_at(&along, rho, l));
            packed::add_scaled(x, &weight.map(|weight| -weight), y);
        }
        packed::precondition(x, self.h, &floor);
        for (slot, weight) in order.iter().zip(&weights).rev() {
            let Some((s, y, rho)) = remembered((&self.s, &self.y), &self.state.rho, *slot) else {
                continue;
            };
            let along = packed::dot(y, x);
            let mut back = *weight;
            for (l, back) in back.iter_mut().enumerate() {
                *back -= product_at(&along, rho, l);
            }
            packed::add_scaled(x, &back, s);
        }
        let slopes = packed::dot(x, self.g);
        self.set_slopes(&slopes, &floor);
    }

    /// Lanes whose direction is not one of ascent drop their memory and follow the preconditioned
    /// gradient.
    fn set_slopes(&mut self, slopes: &[T; L], floor: &[T; L]) {
        let mut fallen = [T::ZERO; L];
        for (l, (slope, fallen)) in slopes.iter().zip(&mut fallen).enumerate() {
            let Some(lane) = self.state.lanes.get_mut(l) else { continue };
            if lane.phase == Phase::Direction {
                lane.slope = *slope;
                let ascends = *slope > T::ZERO;
                if !ascends {
                    *fallen = T::ONE;
                    self.forget(l);
                }
            }
        }
        if fallen.iter().all(|fallen| *fallen == T::ZERO) {
            return;
        }
        for ((x, g), h) in self.direction.iter_mut().zip(&*self.g).zip(&*self.h) {
            let lanes = x.iter_mut().zip(g).zip(h).zip(floor).zip(&fallen);
            for ((((x, g), h), floor), fallen) in lanes {
                *x = lanes::choose(*fallen, *g / h.larger(*floor), *x);
            }
        }
        let again = packed::dot(self.direction, self.g);
        for ((lane, slope), fallen) in self.state.lanes.iter_mut().zip(&again).zip(&fallen) {
            lane.slope = lanes::choose(*fallen, *slope, lane.slope);
        }
    }

    /// Ends runs, or sets them on their way along the direction.
    fn decide(&mut self) -> [Verdict; L] {
        let squares = packed::dot(self.direction, self.direction);
        let gradients = if self.state.lanes.iter().any(Lane::may_be_similar) {
            packed::dot(self.g, self.g)
        } else {
            [T::ZERO; L]
        };
        let (mut moving, mut cap) = ([T::ZERO; L], [T::ONE; L]);
        let verdicts = from_fn(|l| {
            let Some(lane) = self.state.lanes.get_mut(l) else { return Verdict::Idle };
            match lane.phase {
                Phase::Idle => return Verdict::Idle,
                Phase::Start | Phase::Search => return Verdict::Continue,
                Phase::Direction => {}
            }
            let at = |v: &[T; L]| v.get(l).copied().unwrap_or(T::ZERO);
            let length = at(&squares);
            if !Real::is_finite(length) || lane.ended(at(&gradients)) {
                return Verdict::Finished;
            }
            let factor = if length > T::ONE { T::ONE / Real::sqrt(length) } else { T::ONE };
            lane.slope *= factor;
            lane.step = T::ONE;
            lane.trials = 0;
            lane.phase = Phase::Search;
            if let (Some(moving), Some(cap)) = (moving.get_mut(l), cap.get_mut(l)) {
                *moving = T::ONE;
                *cap = factor;
            }
            Verdict::Continue
        });
        packed::blend_scaled(self.x, self.direction, &moving, &cap);
        verdicts
    }

    /// One trial step of every lane.
    pub(super) fn step(&mut self) {
        let n = self.n;
        let steps: [T; L] = from_fn(|l| self.state.lanes.get(l).map_or(T::ZERO, |lane| lane.step));
        cayley::factor(self.work, self.x, &steps, n);
        cayley::solve(self.work, self.c, self.trial, n);
        product::product(self.work, self.trial, self.b, n);
        product::transpose(self.kd, self.trial, n);
        product::product(self.m, self.work, self.kd, n);
        let f = point::objective(self.kd, self.diagonal, self.m, self.ka, self.d, n);
        let masks = self.judge(&f);
        if masks.accepted.iter().all(|accepted| *accepted > T::ZERO) {
            core::mem::swap(&mut self.c, &mut self.trial);
            self.state.swapped = !self.state.swapped;
        } else {
            packed::blend_scaled(self.c, self.trial, &masks.accepted, &[T::ONE; L]);
        }
        product::product(self.work, self.ka, self.kd, n);
        for (i, turning) in self.turning.iter_mut().enumerate() {
            *turning = lanes::entry(self.work, i * n + i).map(|q| -q);
        }
        self.move_on(&steps, &masks);
    }

    /// Accepts or rejects the trials.
    fn judge(&mut self, f: &[T; L]) -> Masks<T, L> {
        let mut masks = Masks { accepted: [T::ONE; L], remembered: [T::ZERO; L] };
        for (l, trial) in f.iter().enumerate() {
            let Some(lane) = self.state.lanes.get_mut(l) else { continue };
            let (Some(accepted), Some(remembered)) =
                (masks.accepted.get_mut(l), masks.remembered.get_mut(l))
            else {
                continue;
            };
            match lane.phase {
                Phase::Idle | Phase::Direction => {}
                Phase::Start => {
                    lane.f = *trial;
                    lane.evaluations = lane.evaluations.saturating_add(1);
                    lane.phase = Phase::Direction;
                }
                Phase::Search => {
                    lane.evaluations = lane.evaluations.saturating_add(1);
                    if lane.accepts(*trial) {
                        *remembered = T::ONE;
                    } else {
                        *accepted = T::ZERO;
                        if lane.shorten(*trial) {
                            let mut slots = self.state.rho.iter();
                            let empty =
                                slots.all(|rho| rho.get(l).is_none_or(|rho| *rho == T::ZERO));
                            lane.stuck = empty;
                            self.forget(l);
                        }
                    }
                }
            }
        }
        masks
    }

    /// The gradient at the accepted points, and the memory.
    fn move_on(&mut self, steps: &[T; L], masks: &Masks<T, L>) {
        let slot = self.state.tick % MEMORY;
        self.state.tick = (self.state.tick + 1) % MEMORY;
        let (Some(s), Some(y)) = (self.s.get_mut(slot), self.y.get_mut(slot)) else { return };
        let point = Point {
            m: self.m,
            q: self.work,
            kd: self.kd,
            ka: self.ka,
            d: self.d,
            diagonal: self.diagonal,
            turning: self.turning,
        };
        point::gradient(s, y, &point, self.n);
        let sums = point::remember((self.g, self.h), (s, y), self.x, steps, masks);
        for (l, h) in sums.h.iter().enumerate() {
            let at = |v: &[T; L]| v.get(l).copied().unwrap_or(T::ZERO);
            if let Some(h_sum) = self.state.h_sum.get_mut(l) {
                *h_sum = lanes::choose(at(&masks.accepted), *h, *h_sum);
            }
            let mut rho = T::ZERO;
            if at(&masks.remembered) > T::ZERO {
                let least = T::EPSILON * T::of(10.0) * Real::sqrt(at(&sums.ss) * at(&sums.yy));
                if at(&sums.sy) > least {
                    rho = T::ONE / at(&sums.sy);
                } else {
                    self.forget(l);
                }
            }
            if let Some(to) = self.state.rho.get_mut(slot).and_then(|rho| rho.get_mut(l)) {
                *to = rho;
            }
        }
    }
}

#[inline(always)]
fn product_at<T: Scalar, const L: usize>(a: &[T; L], b: &[T; L], l: usize) -> T {
    match (a.get(l), b.get(l)) {
        (Some(a), Some(b)) => *a * *b,
        _ => T::ZERO,
    }
}

/// The step, the change of the gradient and 1 / (s y) of a slot; none if it is empty in every lane: it
/// would add zeros.
#[inline(always)]
fn remembered<'a, T: Scalar, const L: usize>(
    (s, y): (&'a Slots<'_, T, L>, &'a Slots<'_, T, L>),
    rho: &'a [[T; L]; MEMORY],
    slot: usize,
) -> Option<Remembered<'a, T, L>> {
    let rho = rho.get(slot).filter(|rho| rho.iter().any(|rho| *rho != T::ZERO))?;
    Some((s.get(slot)?, y.get(slot)?, rho))
}

fn write_lane<T: Scalar, S: Scalar, const L: usize>(from: &[[T; L]], l: usize, to: &mut [S]) {
    for (to, entry) in to.iter_mut().zip(from) {
        *to = S::of(entry.get(l).copied().unwrap_or(T::ZERO).into());
    }
}

#[inline(always)]
fn put<T: Scalar, const L: usize>(m: &mut [[T; L]], at: usize, l: usize, value: T) {
    if let Some(to) = m.get_mut(at).and_then(|entry| entry.get_mut(l)) {
        *to = value;
    }
}
