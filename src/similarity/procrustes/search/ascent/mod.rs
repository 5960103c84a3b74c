//! Riemannian L-BFGS ascent of f(C) = <A, C B Cᵀ> over the orthogonal matrices, `L` runs in lockstep.
//!
//! ```text
//! each lane, at C:  f, its gradient g, the diagonal h of its Hessian
//! repeat
//!     if the rules ask for it:  P = -d²f(C), factored;  P⁻¹ takes the place of 1 / max(h, floor) if P is positive definite
//!     direction = two-loop recursion on g over the remembered (s, y), preconditioned by 1 / max(h, floor)
//!     if direction . g <= 0:  forget the memory and P, direction = g / max(h, floor)
//!     slope = direction . g
//!     if slope <= tolerance |A| |B|:  a summit, stop         (near similarity only if g is small as well)
//!     if f + kappa slope < best, after six iterations:  hopeless, stop
//!     x = direction, shortened to length 1 where it is longer;  step = 1
//!     at most six times
//!         trial = Cayley step from C along step x
//!         if f(trial) >= f + 1e-4 step slope - rounding:  accept
//!         step = step * (to the top of the parabola, between 0.1 and 0.5)
//!     accepted:  C = trial, remember s = step x and y = g - g_new if s . y is positive beyond rounding
//!     otherwise: forget the memory and P; if there was neither, stop
//! ```
//!
//! Both operators are given in the eigenframe of their symmetric part, A = diag(d) + K_A, so that the
//! gradient along skew X (C moves to C + X C) and the exact diagonal of the Hessian cost one product
//! K_A Kd in addition to M = C B Cᵀ. That diagonal preconditions the two-loop recursion; the retraction is the
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
mod cholesky;
mod hessian;
mod lane_access;
mod lanes;
mod newton;
mod packed;
mod point;
mod product;
mod run;
#[cfg(test)]
mod tests;

use crate::matrix::{Cells, Layout, area};
use crate::scalar::{Real, Scalar};
use core::array::from_fn;
use point::{Curvature, Masks, Point, StepPair};
use run::RunPhase;
pub(super) use run::{Best, Task};
pub(in crate::similarity) use run::{Ending, Rules, Run};

/// Steps that the two-loop recursion remembers.
pub(super) const MEMORY: usize = 5;

/// The number of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lane(pub(super) usize);

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

/// The state of `L` runs besides their arrays: enough to resume from the same memory later.
#[derive(Clone, Copy, Debug)]
pub(super) struct State<T, const L: usize> {
    tick: usize,
    /// C and the trial have changed places.
    swapped: bool,
    /// 1 / (s y) of each slot; 0 marks a hole.
    rho: [[T; L]; MEMORY],
    h_sum: [T; L],
    runs: [Run<T>; L],
}

impl<T: Scalar, const L: usize> State<T, L> {
    pub(super) fn idle() -> Self {
        Self {
            tick: 0,
            swapped: false,
            rho: [[T::ZERO; L]; MEMORY],
            h_sum: [T::ZERO; L],
            runs: [Run::idle(); L],
        }
    }
}

/// A packed vector for each of the last ticks.
type Slots<'m, T, const L: usize> = [&'m mut [[T; L]]; MEMORY];

/// What the memory holds of one tick: s, y and 1 / (s y).
struct Remembered<'a, T, const L: usize> {
    s: &'a [[T; L]],
    y: &'a [[T; L]],
    rho: &'a [T; L],
}

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
    /// A factored Hessian per lane, if the memory has room for it.
    factors: &'m mut [[T; L]],
}

/// Scalars of memory that `lanes` runs of order n need whose rules never ask for the whole Hessian.
pub(super) const fn memory_len(n: usize, lanes: usize) -> usize {
    area(layout(n).len(), lanes)
}

/// The same for runs whose rules may ask for it.
pub(super) const fn newton_memory_len<T>(n: usize, lanes: usize) -> usize {
    area(layout(n).len().saturating_add(newton::factor_len::<T>(n)), lanes)
}

/// The arrays of an ascent, in entries of all lanes: eight matrices, three vectors, four packed vectors, and the slots of
/// s and of y.
const fn layout(n: usize) -> Layout<17> {
    let (square, packed) = (area(n, n), packed_len(n));
    let slots = slots_layout(n).len();
    Layout::new([
        square, square, square, square, square, square, square, square, n, n, n, packed, packed,
        packed, packed, slots, slots,
    ])
}

const fn slots_layout(n: usize) -> Layout<MEMORY> {
    Layout::new([packed_len(n); MEMORY])
}

/// Entries above the diagonal.
const fn packed_len(n: usize) -> usize {
    area(n, n.saturating_sub(1)) / 2
}

impl<'m, T: Scalar, const L: usize> Ascent<'m, T, L> {
    /// Lanes without runs.
    pub(super) fn new(n: usize, memory: &'m mut [T]) -> Self {
        let used = memory.len().min(newton_memory_len::<T>(n, L));
        memory.part_mut(0, used).fill(T::ZERO);
        Self::resume(n, memory, State::idle())
    }

    /// Lanes as [`Ascent::suspend`] left them, with their memory of [`memory_len`], which the caller has checked.
    pub(super) fn resume(n: usize, memory: &'m mut [T], state: State<T, L>) -> Self {
        let (pieces, factors) = layout(n).cut_checked(memory.as_chunks_mut().0);
        let [mut c, mut trial, best, ka, b, work, m, kd, d, diagonal, turning, rest @ ..] = pieces;
        let [x, direction, g, h, s, y] = rest;
        if state.swapped {
            core::mem::swap(&mut c, &mut trial);
        }
        let slots = slots_layout(n);
        let ((s, _), (y, _)) = (slots.cut_checked(s), slots.cut_checked(y));
        Self {
            n,
            state,
            c,
            trial,
            best,
            ka,
            b,
            work,
            m,
            kd,
            d,
            diagonal,
            turning,
            x,
            direction,
            g,
            h,
            s,
            y,
            factors,
        }
    }

    /// Ends the borrow of the memory, and returns what [`Ascent::resume`] needs.
    pub(super) const fn suspend(self) -> State<T, L> {
        self.state
    }

    /// Directions for the lanes that need one, and what to do with each lane.
    pub(super) fn direction(&mut self) -> [Verdict; L] {
        if self.state.runs.iter().any(|run| run.phase == RunPhase::Direction) {
            self.factor_hessians();
            // direction = two-loop recursion, slope = direction . g
            self.two_loop();
            // a summit or hopeless: stop; otherwise x = direction, step = 1
            self.decide()
        } else {
            from_fn(|l| match self.state.runs.get(l).map(|run| run.phase) {
                Some(RunPhase::Idle) | None => Verdict::Idle,
                _ => Verdict::Continue,
            })
        }
    }

    /// max(|h|, floor) preconditions: a part of the mean |h|, never zero.
    fn floor(&self) -> [T; L] {
        let packed = self.g.len();
        let one = T::ONE / T::count(packed.max(1));
        let sums = self.state.runs.iter().zip(&self.state.h_sum);
        let mut floor = [T::MIN_POSITIVE; L];
        for (floor, (run, sum)) in floor.iter_mut().zip(sums) {
            *floor += *sum * (run.rules.floor * one);
        }
        floor
    }

    /// direction = H g, H the L-BFGS approximation of the inverse Hessian; the slope of every lane.
    fn two_loop(&mut self) {
        let floor = self.floor();
        // The recursion starts from g. A slot that is empty in every lane would add zeros, so it is passed over; one that
        // is empty in some lanes has rho = 0 there, which adds nothing.
        let x = &mut *self.direction;
        x.iter_mut().zip(&*self.g).for_each(|(x, g)| *x = *g);
        // Slots from the newest to the oldest.
        let order: [usize; MEMORY] = from_fn(|back| (self.state.tick + MEMORY - 1 - back) % MEMORY);
        let mut weights = [[T::ZERO; L]; MEMORY];
        for (slot, weight) in order.iter().zip(&mut weights) {
            let Some(Remembered { s, y, rho }) =
                remembered(&self.s, &self.y, &self.state.rho, *slot)
            else {
                continue;
            };
            let along = packed::dot(s, x);
            *weight = from_fn(|l| product_at(&along, rho, l));
            packed::add_scaled(x, &weight.map(|weight| -weight), y);
        }
        // The middle of the recursion: direction = x / max(h, floor) or P⁻¹ x, instead of a multiple of the identity.
        self.precondition(&floor);
        let x = &mut *self.direction;
        // Back from the oldest slot to the newest.
        for (slot, weight) in order.iter().zip(&weights).rev() {
            let Some(Remembered { s, y, rho }) =
                remembered(&self.s, &self.y, &self.state.rho, *slot)
            else {
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
            let Some(run) = self.state.runs.get_mut(l) else { continue };
            if run.phase == RunPhase::Direction {
                run.slope = *slope;
                // if direction . g <= 0: forget the memory. Written so that NaN counts as no ascent.
                let ascends = *slope > T::ZERO;
                if !ascends {
                    *fallen = T::ONE;
                    run.hessian = false;
                    self.forget(Lane(l));
                }
            }
        }
        if fallen.iter().all(|fallen| *fallen == T::ZERO) {
            return;
        }
        // ... and direction = g / max(h, floor), in the lanes that have forgotten only.
        for ((x, g), h) in self.direction.iter_mut().zip(&*self.g).zip(&*self.h) {
            let lanes = x.iter_mut().zip(g).zip(h).zip(floor).zip(&fallen);
            for ((((x, g), h), floor), fallen) in lanes {
                *x = lanes::choose(*fallen, *g / h.larger(*floor), *x);
            }
        }
        let again = packed::dot(self.direction, self.g);
        for ((run, slope), fallen) in self.state.runs.iter_mut().zip(&again).zip(&fallen) {
            run.slope = lanes::choose(*fallen, *slope, run.slope);
        }
    }

    /// Ends runs, or sets them on their way along the direction.
    fn decide(&mut self) -> [Verdict; L] {
        let squares = packed::dot(self.direction, self.direction);
        let gradients = if self.state.runs.iter().any(Run::may_be_similar) {
            packed::dot(self.g, self.g)
        } else {
            [T::ZERO; L]
        };
        let (mut moving, mut cap) = ([T::ZERO; L], [T::ONE; L]);
        let verdicts = from_fn(|l| {
            let Some(run) = self.state.runs.get_mut(l) else { return Verdict::Idle };
            match run.phase {
                RunPhase::Idle => return Verdict::Idle,
                RunPhase::Start | RunPhase::Search => return Verdict::Continue,
                RunPhase::Direction => {}
            }
            let at = |v: &[T; L]| v.get(l).copied().unwrap_or(T::ZERO);
            let length = at(&squares);
            // if slope <= tolerance |A| |B|, or f + kappa slope < best: stop
            if !Real::is_finite(length) || run.ended(at(&gradients)) {
                return Verdict::Finished;
            }
            // x = direction, shortened to length 1 where it is longer; step = 1
            let factor = if length > T::ONE { T::ONE / Real::sqrt(length) } else { T::ONE };
            run.slope *= factor;
            run.step = T::ONE;
            run.trials = 0;
            run.phase = RunPhase::Search;
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
        let steps: [T; L] = from_fn(|l| self.state.runs.get(l).map_or(T::ZERO, |run| run.step));
        // trial = Cayley step from C along step x
        cayley::factor(self.work, self.x, &steps, n);
        cayley::solve(self.work, self.c, self.trial, n);
        // f(trial) = <A, M> with M = C B Cᵀ, as two products with a transpose between them, so that every product walks
        // along rows.
        product::product(self.work, self.trial, self.b, n);
        product::transpose(self.kd, self.trial, n);
        product::product(self.m, self.work, self.kd, n);
        let f = point::objective(self.kd, self.diagonal, self.m, self.ka, self.d, n);
        let masks = self.judge(&f);
        // accepted: C = trial. All lanes at once by exchanging the two arrays, some lanes by copying.
        if masks.accepted.iter().all(|accepted| *accepted > T::ZERO) {
            core::mem::swap(&mut self.c, &mut self.trial);
            self.state.swapped = !self.state.swapped;
        } else {
            packed::blend_scaled(self.c, self.trial, &masks.accepted, &[T::ONE; L]);
        }
        // Q = K_A Kd, from which the gradient and the Hessian's diagonal at the trial follow.
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
            let Some(run) = self.state.runs.get_mut(l) else { continue };
            let (Some(accepted), Some(remembered)) =
                (masks.accepted.get_mut(l), masks.remembered.get_mut(l))
            else {
                continue;
            };
            match run.phase {
                RunPhase::Idle | RunPhase::Direction => {}
                RunPhase::Start => {
                    run.f = *trial;
                    run.evaluations = run.evaluations.saturating_add(1);
                    run.phase = RunPhase::Direction;
                }
                RunPhase::Search => {
                    run.evaluations = run.evaluations.saturating_add(1);
                    // if f(trial) >= f + 1e-4 step slope - rounding: accept
                    if run.accepts(*trial) {
                        *remembered = T::ONE;
                    } else {
                        *accepted = T::ZERO;
                        // step = step * ..; after six trials: forget the memory; if there was none, stop
                        if run.shorten(*trial) {
                            let mut slots = self.state.rho.iter();
                            let empty =
                                slots.all(|rho| rho.get(l).is_none_or(|rho| *rho == T::ZERO));
                            run.stuck = empty && !run.hessian;
                            run.hessian = false;
                            self.forget(Lane(l));
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
        let curvature = Curvature { g: self.g, h: self.h };
        let sums = point::remember(curvature, StepPair { s, y }, self.x, steps, masks);
        for (l, h) in sums.h.iter().enumerate() {
            let at = |v: &[T; L]| v.get(l).copied().unwrap_or(T::ZERO);
            if let Some(h_sum) = self.state.h_sum.get_mut(l) {
                *h_sum = lanes::choose(at(&masks.accepted), *h, *h_sum);
            }
            // remember s and y if s . y is positive beyond rounding
            let mut rho = T::ZERO;
            if at(&masks.remembered) > T::ZERO {
                let least = T::EPSILON * T::of(10.0) * Real::sqrt(at(&sums.ss) * at(&sums.yy));
                if at(&sums.sy) > least {
                    rho = T::ONE / at(&sums.sy);
                } else {
                    self.forget(Lane(l));
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
    s: &'a Slots<'_, T, L>,
    y: &'a Slots<'_, T, L>,
    rho: &'a [[T; L]; MEMORY],
    slot: usize,
) -> Option<Remembered<'a, T, L>> {
    let rho = rho.get(slot).filter(|rho| rho.iter().any(|rho| *rho != T::ZERO))?;
    Some(Remembered { s: s.get(slot)?, y: y.get(slot)?, rho })
}
