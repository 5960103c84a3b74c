//! The pairs of a round: the state of each, and what it explores or polishes next.

use super::ascent::{Ascent, Ending, Lane};
use super::starts;
use super::summits::{Pool, no_result};
use crate::error::Error;
use crate::matrix::{Cells, MatMut, MatRef, pieces};
use crate::scalar::Scalar;
use crate::similarity::procrustes::effort::Stage;
use crate::similarity::procrustes::precision::{Precision, cast};
use crate::similarity::procrustes::prepared::Prepared;

/// Two operators, in the order in which they are compared.
pub(super) type Pair<'p, 'm, T> = (&'p Prepared<'m, T>, &'p Prepared<'m, T>);

/// 1 - f / (|A| |B|) below which the operators count as orthogonally similar: no start can do better.
fn similar<T: Scalar>() -> T {
    T::of(1e-12).larger(T::of(16.0) * T::EPSILON)
}

/// |<C, M>| / n from which on a run will reach the summit M.
const BASIN: f64 = 0.98;

/// One pair of a round.
#[derive(Clone, Copy)]
struct Slot<T, S> {
    pool: Pool<S>,
    /// The best cosine so far.
    cosine: T,
    /// Starts that led to a summit, one a bit.
    done: u64,
    evaluations: usize,
}

impl<T: Scalar, S: Scalar> Slot<T, S> {
    fn empty() -> Self {
        Self { pool: Pool::empty(), cosine: no_result(), done: 0, evaluations: 0 }
    }
}

/// What a lane works on: a slot, and the position of its start or the place of its candidate.
#[derive(Clone, Copy)]
pub(super) struct Job {
    slot: Option<usize>,
    run: usize,
}

impl Job {
    pub(super) const NONE: Self = Self { slot: None, run: 0 };
}

/// A start of a pair, by its number.
#[derive(Clone, Copy)]
struct Start {
    slot: usize,
    number: usize,
}

/// Where a candidate of a pair is kept.
#[derive(Clone, Copy)]
struct Place {
    slot: usize,
    candidate: usize,
}

/// The pairs of a round and what is known of them.
pub(super) struct Round<'m, T, S, const N: usize> {
    n: usize,
    stages: &'static [Stage],
    stage: usize,
    keep: usize,
    count: usize,
    /// The first slot that the phase has not begun.
    next: usize,
    slots: [Slot<T, S>; N],
    /// `keep` transforms a slot, row-major.
    candidates: &'m mut [S],
    /// The best transform of each slot, row-major.
    best: &'m mut [T],
    /// Random starts, computed once; empty if every run makes its own.
    random: &'m mut [S],
}

impl<'m, T: Scalar, S: Scalar, const N: usize> Round<'m, T, S, N> {
    /// A round without pairs; `memory`: the candidates, the best transforms, the random starts.
    pub(super) fn new(
        n: usize,
        stages: &'static [Stage],
        keep: usize,
        (candidates, best, random): (&'m mut [S], &'m mut [T], &'m mut [S]),
    ) -> Self {
        let slots = [Slot::empty(); N];
        Self { n, stages, stage: 0, keep, count: 0, next: 0, slots, candidates, best, random }
    }

    /// Begins with `count` pairs, at most N.
    pub(super) fn begin(&mut self, count: usize) {
        self.count = count.min(N);
        self.stage = 0;
        self.next = 0;
        self.slots = [Slot::empty(); N];
        self.best.fill(T::ZERO);
    }

    /// Rows and columns of the operators.
    pub(super) const fn order(&self) -> usize {
        self.n
    }

    /// Whether a stage is left.
    pub(super) const fn has_stage(&self) -> bool {
        self.stage < self.stages.len()
    }

    /// Goes on to the next phase, of the next stage after the last of this one.
    pub(super) fn end_phase(&mut self, last: bool) {
        self.next = 0;
        self.stage = self.stage.saturating_add(usize::from(last));
        if last {
            self.slots.iter_mut().for_each(|slot| slot.pool.reopen());
        }
    }

    /// The best transform of a slot, row-major, and the evaluations it took.
    pub(super) fn found(&self, slot: usize) -> (&[T], usize) {
        let square = self.n.saturating_mul(self.n);
        let evaluations = self.slots.get(slot).map_or(0, |slot| slot.evaluations);
        (self.best.part(slot.saturating_mul(square), square), evaluations)
    }

    /// The next slot of the phase; those that are proved are passed over.
    fn take_slot(&mut self) -> Option<usize> {
        let proved = T::ONE - similar::<T>();
        while self.next < self.count {
            let slot = self.next;
            self.next = self.next.saturating_add(1);
            if self.slots.get(slot).is_some_and(|slot| slot.cosine <= proved) {
                return Some(slot);
            }
        }
        None
    }

    /// Where the transform of a candidate begins, and its size.
    const fn range(&self, at: Place) -> (usize, usize) {
        let square = self.n.saturating_mul(self.n);
        let before = at.slot.saturating_mul(self.keep).saturating_add(at.candidate);
        (before.saturating_mul(square), square)
    }

    /// The transform of a candidate, row-major.
    fn transform(&self, at: Place) -> &[S] {
        let (start, length) = self.range(at);
        self.candidates.part(start, length)
    }

    fn transform_mut(&mut self, at: Place) -> &mut [S] {
        let (start, length) = self.range(at);
        self.candidates.part_mut(start, length)
    }

    /// What lane l explores next, after a run has finished; whether there is anything.
    pub(super) fn explore_on<'p, 'q: 'p, P, const L: usize>(
        &mut self,
        ascent: &mut Ascent<'_, S, L>,
        (l, job, finished): (usize, &mut Job, bool),
        pair: &impl Fn(usize) -> Option<Pair<'p, 'q, T>>,
    ) -> Result<bool, Error>
    where
        P: Precision<T, Explore = S>,
        T: 'q,
    {
        let Some(stage) = self.stages.get(self.stage) else { return Ok(false) };
        let busy = job.slot.is_some();
        if let Some(slot) = job.slot {
            let start = Start { slot, number: stage.start(job.run, self.n) };
            if finished {
                self.keep(ascent, l, start, stage);
            } else if let Some(candidate) = self.known_basin(ascent, l, slot) {
                self.count_hit(start, candidate);
            } else {
                return Ok(true);
            }
            match self.next_run(slot, job.run.saturating_add(1), stage) {
                Some(run) => job.run = run,
                None => {
                    self.count_evaluations(slot, ascent.finished(l));
                    job.slot = None;
                }
            }
        }
        let fresh = job.slot.is_none();
        while job.slot.is_none() {
            let Some(slot) = self.take_slot() else { break };
            if let Some(run) = self.next_run(slot, 0, stage) {
                *job = Job { slot: Some(slot), run };
            }
        }
        let Some((slot, (a, b))) = job.slot.and_then(|slot| Some((slot, pair(slot)?))) else {
            // The run has ended, or was left on its way to a known summit.
            if busy {
                ascent.idle(l);
            }
            return Ok(false);
        };
        if fresh {
            let scale: S = cast(a.norm * b.norm);
            let best = self.slots.get(slot).and_then(|slot| slot.pool.best());
            let best = best.map(|(candidate, cosine)| {
                (cosine * scale, self.transform(Place { slot, candidate }))
            });
            ascent.load(l, (a.explored::<P>(), b.explored::<P>()), scale, best);
        }
        self.start::<P, L>(ascent, l, (a, b), stage.start(job.run, self.n))?;
        Ok(true)
    }

    /// The first start of a stage, from `run` on, that has not led to a summit.
    fn next_run(&self, slot: usize, run: usize, stage: &Stage) -> Option<usize> {
        let slot = self.slots.get(slot)?;
        if slot.pool.hits() >= stage.hits {
            return None;
        }
        let left = |run: &usize| slot.done >> (stage.start(*run, self.n) % 64) & 1 == 0;
        (run..stage.runs(self.n)).find(left)
    }

    /// The place of the summit that lane l is seen to climb to.
    fn known_basin<const L: usize>(
        &self,
        ascent: &Ascent<'_, S, L>,
        l: usize,
        slot: usize,
    ) -> Option<usize> {
        if !ascent.finished(l)?.is_looked_at() {
            return None;
        }
        self.slots.get(slot)?.pool.find(|candidate| {
            ascent.overlap(l, self.transform(Place { slot, candidate })) > S::of(BASIN)
        })
    }

    /// A start was seen to climb to a known summit: it need not be taken again.
    fn count_hit(&mut self, start: Start, candidate: usize) {
        if let Some(slot) = self.slots.get_mut(start.slot) {
            slot.pool.count_hit(candidate);
            slot.done |= 1 << (start.number % 64);
        }
    }

    /// Puts a finished run into the pool of its pair.
    fn keep<const L: usize>(
        &mut self,
        ascent: &mut Ascent<'_, S, L>,
        l: usize,
        Start { slot, number }: Start,
        stage: &Stage,
    ) {
        ascent.keep_if_best(l);
        let ended = ascent.finished(l).filter(|lane| lane.ending != Ending::GivenUp);
        let Some(lane) = ended else { return };
        let cosine = lane.f / lane.scale;
        let margin = cast::<T, S>(stage.margin());
        let overlap =
            |candidate: usize| ascent.overlap(l, self.transform(Place { slot, candidate }));
        let Some(mut pool) = self.slots.get(slot).map(|slot| slot.pool) else { return };
        if let Some(candidate) = pool.offer(cosine, (stage.keep, margin), overlap) {
            ascent.write(l, self.transform_mut(Place { slot, candidate }));
        }
        let summit = lane.ending == Ending::Summit;
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.pool = pool;
            slot.done |= u64::from(summit) << (number % 64);
        }
    }

    fn count_evaluations<U>(&mut self, slot: usize, lane: Option<&Lane<U>>) {
        if let (Some(slot), Some(lane)) = (self.slots.get_mut(slot), lane) {
            slot.evaluations = slot.evaluations.saturating_add(lane.evaluations);
        }
    }

    /// Begins start number `run` of a stage.
    fn start<P, const L: usize>(
        &self,
        ascent: &mut Ascent<'_, S, L>,
        l: usize,
        (a, b): Pair<'_, '_, T>,
        run: usize,
    ) -> Result<(), Error>
    where
        P: Precision<T, Explore = S>,
    {
        let Some(stage) = self.stages.get(self.stage) else { return Ok(()) };
        let n = self.n;
        // Conjugation by -I does nothing: at odd order one determinant stands for both.
        let per_frame = if n.is_multiple_of(2) { 2 } else { 1 };
        let synchronised = a.frame_count().min(b.frame_count()).saturating_mul(per_frame);
        let ([h, scaled, out], [signs, next]) = ascent.scratch();
        let mut out = MatMut::new(out, n, n)?;
        if let Some(index) = run.checked_sub(synchronised) {
            let square = n.saturating_mul(n);
            let cached = self.random.part(index.saturating_mul(square), square);
            match MatRef::new(cached, n, n) {
                Ok(cached) => out.copy_from(cached)?,
                Err(_) => starts::random(&mut out, index),
            }
            if run % 2 == 1 {
                out.column_mut(0).iter_mut().for_each(|x| *x = -*x);
            }
        } else {
            let (mut h, mut scaled) = (MatMut::new(h, n, n)?, MatMut::new(scaled, n, n)?);
            let i = run / per_frame;
            let frames = (a.frame::<P>(i), b.frame::<P>(i));
            let (flipped, matrices) = (run % per_frame == 1, (&mut h, &mut scaled));
            starts::synchronised(&mut out, frames, flipped, matrices, (signs, next));
        }
        ascent.start(l, stage.explore());
        Ok(())
    }

    /// What lane l polishes next, after a run has finished; whether there is anything.
    pub(super) fn polish_on<'p, 'q: 'p, const M: usize>(
        &mut self,
        ascent: &mut Ascent<'_, T, M>,
        (l, job, finished): (usize, &mut Job, bool),
        pair: &impl Fn(usize) -> Option<Pair<'p, 'q, T>>,
    ) -> Result<bool, Error>
    where
        T: 'q,
    {
        let Some(stage) = self.stages.get(self.stage) else { return Ok(false) };
        if finished {
            ascent.keep_if_best(l);
            if let Some(slot) = job.slot {
                self.take_back(ascent, l, Place { slot, candidate: job.run });
            }
        } else if job.slot.is_some() {
            return Ok(true);
        }
        loop {
            if let Some(slot) = job.slot {
                if let Some(candidate) = self.next_to_polish(slot, stage) {
                    self.start_polish(ascent, l, Place { slot, candidate }, stage)?;
                    job.run = candidate;
                    return Ok(true);
                }
                self.take_result(ascent, l, slot);
                job.slot = None;
            }
            let next = self.take_slot();
            let Some((slot, (a, b))) = next.and_then(|slot| Some((slot, pair(slot)?))) else {
                if finished {
                    ascent.idle(l);
                }
                return Ok(false);
            };
            job.slot = Some(slot);
            let scale = a.norm * b.norm;
            let square = self.n.saturating_mul(self.n);
            let best = self.best.part(slot.saturating_mul(square), square);
            let known = self.slots.get(slot).map(|slot| slot.cosine).filter(|x| *x > no_result());
            let known = known.map(|cosine| (cosine * scale, best));
            ascent.load(l, (a.split, b.split), scale, known);
        }
    }

    fn next_to_polish(&mut self, slot: usize, stage: &Stage) -> Option<usize> {
        let margin = cast::<T, S>(stage.margin());
        self.slots.get_mut(slot)?.pool.next_to_polish(margin)
    }

    /// Begins to polish a candidate, orthogonal to the rounding of `T`.
    fn start_polish<const M: usize>(
        &self,
        ascent: &mut Ascent<'_, T, M>,
        l: usize,
        at: Place,
        stage: &Stage,
    ) -> Result<(), Error> {
        let n = self.n;
        let ([first, second, out], _) = ascent.scratch();
        let mut out = MatMut::new(out, n, n)?;
        for (i, row) in pieces(self.transform(at), n).enumerate() {
            row.iter().enumerate().for_each(|(j, x)| out.set(i, j, cast(*x)));
        }
        let (mut first, mut second) = (MatMut::new(first, n, n)?, MatMut::new(second, n, n)?);
        // From the rounding of f32 it takes two steps to that of f64.
        for _ in 0..2 {
            starts::orthonormalise(&mut out, (&mut first, &mut second))?;
        }
        ascent.start(l, stage.polish());
        Ok(())
    }

    /// Puts a polished transform back into the pool, where later starts are measured against it.
    fn take_back<const M: usize>(&mut self, ascent: &Ascent<'_, T, M>, l: usize, at: Place) {
        ascent.write(l, self.transform_mut(at));
        if let (Some(slot), Some(lane)) = (self.slots.get_mut(at.slot), ascent.finished(l)) {
            slot.pool.raise(at.candidate, cast(lane.f / lane.scale));
        }
    }

    /// Takes over the best transform of a lane.
    fn take_result<const M: usize>(&mut self, ascent: &Ascent<'_, T, M>, l: usize, slot: usize) {
        self.count_evaluations(slot, ascent.finished(l));
        let square = self.n.saturating_mul(self.n);
        let to = self.best.part_mut(slot.saturating_mul(square), square);
        if let (Some(slot), Some(lane)) = (self.slots.get_mut(slot), ascent.finished(l)) {
            let cosine = lane.best / lane.scale;
            // A gain within the rounding of f is none: the angle could be larger.
            if cosine > slot.cosine + T::of(16.0) * T::EPSILON {
                slot.cosine = cosine;
                ascent.write_best(l, to);
            }
        }
    }
}
