//! The pairs of a round: the state of each, and what it explores or polishes next.

use super::ascent::{Ascent, Best, Ending, Lane, Run, Task};
use super::starts::{self, SignScratch};
use super::summits::{Admission, Pool, no_result};
use crate::error::Error;
use crate::matrix::{Cells, MatMut, MatRef, area, pieces};
use crate::scalar::Scalar;
use crate::similarity::procrustes::chords::OrderedPair;
use crate::similarity::procrustes::effort::Stage;
use crate::similarity::procrustes::orthogonal;
use crate::similarity::procrustes::precision::{Precision, cast};

/// The number of a pair of the round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(pub(super) usize);

/// What a search has found for a pair.
#[derive(Clone, Copy)]
pub(in crate::similarity::procrustes) struct Found<'m, T> {
    /// Between the eigenframes, row-major.
    pub(in crate::similarity::procrustes) transform: &'m [T],
    pub(in crate::similarity::procrustes) evaluations: usize,
}

/// A lane whose turn it is, what it works on, and whether its run has just finished.
pub(super) struct Turn<'j> {
    pub(super) lane: Lane,
    pub(super) job: &'j mut Job,
    pub(super) finished: bool,
}

/// The memory of a round.
pub(super) struct RoundMemory<'m, T, S> {
    /// `keep` transforms per slot, row-major.
    pub(super) candidates: &'m mut [S],
    /// The best transform of each slot, row-major.
    pub(super) best: &'m mut [T],
    /// Random starts, computed once; empty if every run makes its own.
    pub(super) random: &'m mut [S],
}

/// 1 - f / (|A| |B|) below which the operators count as orthogonally similar: no start can do better.
fn similar<T: Scalar>() -> T {
    T::of(1e-12).larger(T::of(16.0) * T::EPSILON)
}

/// |<C, M>| / n from which on a run will reach the summit M.
const BASIN: f64 = 0.98;

/// What is known of one pair of a round.
#[derive(Clone, Copy)]
struct PairState<T, S> {
    pool: Pool<S>,
    /// The best cosine so far.
    cosine: T,
    /// Starts that led to a summit, one a bit.
    done: u64,
    evaluations: usize,
}

impl<T: Scalar, S: Scalar> PairState<T, S> {
    fn empty() -> Self {
        Self { pool: Pool::empty(), cosine: no_result(), done: 0, evaluations: 0 }
    }
}

/// What a lane works on: a slot, and the position of its start or the place of its candidate.
#[derive(Clone, Copy)]
pub(super) struct Job {
    slot: Option<Slot>,
    run: usize,
}

impl Job {
    pub(super) const NONE: Self = Self { slot: None, run: 0 };
}

/// A start of a pair, by its number.
#[derive(Clone, Copy)]
struct Start {
    slot: Slot,
    number: usize,
}

/// Where a candidate of a pair is kept.
#[derive(Clone, Copy)]
struct Place {
    slot: Slot,
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
    pairs: [PairState<T, S>; N],
    memory: RoundMemory<'m, T, S>,
}

impl<'m, T: Scalar, S: Scalar, const N: usize> Round<'m, T, S, N> {
    /// A round without pairs.
    pub(super) fn new(
        n: usize,
        stages: &'static [Stage],
        keep: usize,
        memory: RoundMemory<'m, T, S>,
    ) -> Self {
        let pairs = [PairState::empty(); N];
        Self { n, stages, stage: 0, keep, count: 0, next: 0, pairs, memory }
    }

    /// Begins with `count` pairs, at most N.
    pub(super) fn begin(&mut self, count: usize) {
        self.count = count.min(N);
        self.stage = 0;
        self.next = 0;
        self.pairs = [PairState::empty(); N];
        self.memory.best.fill(T::ZERO);
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
            self.pairs.iter_mut().for_each(|pair| pair.pool.reopen());
        }
    }

    /// The best transform of a slot, and the evaluations it took.
    pub(super) fn found(&self, slot: Slot) -> Found<'_, T> {
        let evaluations = self.pair(slot).map_or(0, |pair| pair.evaluations);
        Found { transform: self.best(slot), evaluations }
    }

    fn pair(&self, Slot(slot): Slot) -> Option<&PairState<T, S>> {
        self.pairs.get(slot)
    }

    fn pair_mut(&mut self, Slot(slot): Slot) -> Option<&mut PairState<T, S>> {
        self.pairs.get_mut(slot)
    }

    /// The best transform of a slot, row-major.
    fn best(&self, Slot(slot): Slot) -> &[T] {
        let square = area(self.n, self.n);
        self.memory.best.part(area(slot, square), square)
    }

    /// The next slot of the phase; those that are proved are passed over.
    fn take_slot(&mut self) -> Option<Slot> {
        let proved = T::ONE - similar::<T>();
        while self.next < self.count {
            let slot = Slot(self.next);
            self.next = self.next.saturating_add(1);
            if self.pair(slot).is_some_and(|pair| pair.cosine <= proved) {
                return Some(slot);
            }
        }
        None
    }

    /// Where the transform of a candidate begins, and its size.
    const fn range(&self, at: Place) -> (usize, usize) {
        let square = area(self.n, self.n);
        let before = area(at.slot.0, self.keep).saturating_add(at.candidate);
        (area(before, square), square)
    }

    /// The transform of a candidate, row-major.
    fn transform(&self, at: Place) -> &[S] {
        let (start, length) = self.range(at);
        self.memory.candidates.part(start, length)
    }

    fn transform_mut(&mut self, at: Place) -> &mut [S] {
        let (start, length) = self.range(at);
        self.memory.candidates.part_mut(start, length)
    }

    /// Gives a lane what it explores next, after a run has finished. Returns whether there is anything.
    pub(super) fn explore_on<'p, 'q: 'p, P, const L: usize>(
        &mut self,
        ascent: &mut Ascent<'_, S, L>,
        Turn { lane, job, finished }: Turn<'_>,
        pair: &impl Fn(usize) -> Option<OrderedPair<'p, 'q, T>>,
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
                self.keep(ascent, lane, start, stage);
            } else if let Some(candidate) = self.known_basin(ascent, lane, slot) {
                self.count_hit(start, candidate);
            } else {
                return Ok(true);
            }
            match self.next_run(slot, job.run.saturating_add(1), stage) {
                Some(run) => job.run = run,
                None => {
                    self.count_evaluations(slot, ascent.run(lane));
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
        let Some((slot, pair)) = job.slot.and_then(|slot| Some((slot, pair(slot.0)?))) else {
            // The run has ended, or was left on its way to a known summit.
            if busy {
                ascent.idle(lane);
            }
            return Ok(false);
        };
        if fresh {
            let (a, b) = (pair.first, pair.second);
            let scale: S = cast(a.norm * b.norm);
            let best = self.pair(slot).and_then(|pair| pair.pool.best());
            let best = best.map(|(candidate, cosine)| {
                let transform = self.transform(Place { slot, candidate });
                Best { f: cosine * scale, transform }
            });
            let (a, b) = (a.explored::<P>(), b.explored::<P>());
            ascent.load(lane, &Task { a, b, scale, best });
        }
        self.start::<P, L>(ascent, lane, pair, stage.start(job.run, self.n))?;
        Ok(true)
    }

    /// The first start of a stage, from `run` on, that has not led to a summit.
    fn next_run(&self, slot: Slot, run: usize, stage: &Stage) -> Option<usize> {
        let pair = self.pair(slot)?;
        if pair.pool.hits() >= stage.hits {
            return None;
        }
        let left = |run: &usize| pair.done >> (stage.start(*run, self.n) % 64) & 1 == 0;
        (run..stage.runs(self.n)).find(left)
    }

    /// The place of the summit that a lane is seen to climb to.
    fn known_basin<const L: usize>(
        &self,
        ascent: &Ascent<'_, S, L>,
        lane: Lane,
        slot: Slot,
    ) -> Option<usize> {
        if !ascent.run(lane)?.is_looked_at() {
            return None;
        }
        self.pair(slot)?.pool.find(|candidate| {
            ascent.overlap(lane, self.transform(Place { slot, candidate })) > S::of(BASIN)
        })
    }

    /// A start was seen to climb to a known summit: it need not be taken again.
    fn count_hit(&mut self, start: Start, candidate: usize) {
        if let Some(pair) = self.pair_mut(start.slot) {
            pair.pool.count_hit(candidate);
            pair.done |= 1 << (start.number % 64);
        }
    }

    /// Puts a finished run into the pool of its pair.
    fn keep<const L: usize>(
        &mut self,
        ascent: &mut Ascent<'_, S, L>,
        lane: Lane,
        Start { slot, number }: Start,
        stage: &Stage,
    ) {
        ascent.keep_if_best(lane);
        let ended = ascent.run(lane).filter(|run| run.ending != Ending::GivenUp);
        let Some(run) = ended else { return };
        let cosine = run.f / run.scale;
        let admission = Admission { keep: stage.keep, margin: cast::<T, S>(stage.margin()) };
        let overlap =
            |candidate: usize| ascent.overlap(lane, self.transform(Place { slot, candidate }));
        let Some(mut pool) = self.pair(slot).map(|pair| pair.pool) else { return };
        if let Some(candidate) = pool.offer(cosine, admission, overlap) {
            ascent.write(lane, self.transform_mut(Place { slot, candidate }));
        }
        let summit = run.ending == Ending::Summit;
        if let Some(pair) = self.pair_mut(slot) {
            pair.pool = pool;
            pair.done |= u64::from(summit) << (number % 64);
        }
    }

    fn count_evaluations<U>(&mut self, slot: Slot, run: Option<&Run<U>>) {
        if let (Some(pair), Some(run)) = (self.pair_mut(slot), run) {
            pair.evaluations = pair.evaluations.saturating_add(run.evaluations);
        }
    }

    /// Begins a start of a stage, by its number.
    fn start<P, const L: usize>(
        &self,
        ascent: &mut Ascent<'_, S, L>,
        lane: Lane,
        pair: OrderedPair<'_, '_, T>,
        number: usize,
    ) -> Result<(), Error>
    where
        P: Precision<T, Explore = S>,
    {
        let Some(stage) = self.stages.get(self.stage) else { return Ok(()) };
        let (n, a, b) = (self.n, pair.first, pair.second);
        // Conjugation by -I changes nothing, so at odd order one determinant represents both.
        let per_frame = if n.is_multiple_of(2) { 2 } else { 1 };
        let synchronised = a.frame_count().min(b.frame_count()).saturating_mul(per_frame);
        let ([h, scaled, out], [signs, next]) = ascent.scratch();
        let mut out = MatMut::over(out, n, n);
        if let Some(index) = number.checked_sub(synchronised) {
            let square = area(n, n);
            let cached = self.memory.random.part(area(index, square), square);
            match MatRef::new(cached, n, n) {
                Ok(cached) => out.copy_from(cached)?,
                Err(_) => starts::random(&mut out, index),
            }
            if number % 2 == 1 {
                out.column_mut(0).iter_mut().for_each(|x| *x = -*x);
            }
        } else {
            let (h, scaled) = (MatMut::over(h, n, n), MatMut::over(scaled, n, n));
            let (frame, flipped) = (number / per_frame, number % per_frame == 1);
            let (a, b) = (a.frame::<P>(frame), b.frame::<P>(frame));
            let scratch = SignScratch { h, scaled, signs, next };
            starts::synchronised(&mut out, a, b, flipped, scratch);
        }
        ascent.start(lane, stage.explore());
        Ok(())
    }

    /// Gives a lane what it polishes next, after a run has finished. Returns whether there is anything.
    pub(super) fn polish_on<'p, 'q: 'p, const M: usize>(
        &mut self,
        ascent: &mut Ascent<'_, T, M>,
        Turn { lane, job, finished }: Turn<'_>,
        pair: &impl Fn(usize) -> Option<OrderedPair<'p, 'q, T>>,
    ) -> Result<bool, Error>
    where
        T: 'q,
    {
        let Some(stage) = self.stages.get(self.stage) else { return Ok(false) };
        if finished {
            ascent.keep_if_best(lane);
            if let Some(slot) = job.slot {
                self.take_back(ascent, lane, Place { slot, candidate: job.run });
            }
        } else if job.slot.is_some() {
            return Ok(true);
        }
        loop {
            if let Some(slot) = job.slot {
                if let Some(candidate) = self.next_to_polish(slot, stage) {
                    self.start_polish(ascent, lane, Place { slot, candidate }, stage)?;
                    job.run = candidate;
                    return Ok(true);
                }
                self.take_result(ascent, lane, slot);
                job.slot = None;
            }
            let next = self.take_slot();
            let Some((slot, pair)) = next.and_then(|slot| Some((slot, pair(slot.0)?))) else {
                if finished {
                    ascent.idle(lane);
                }
                return Ok(false);
            };
            job.slot = Some(slot);
            let (a, b) = (pair.first, pair.second);
            let scale = a.norm * b.norm;
            let known = self.pair(slot).map(|pair| pair.cosine).filter(|x| *x > no_result());
            let best = known.map(|cosine| Best { f: cosine * scale, transform: self.best(slot) });
            ascent.load(lane, &Task { a: a.split, b: b.split, scale, best });
        }
    }

    fn next_to_polish(&mut self, slot: Slot, stage: &Stage) -> Option<usize> {
        let margin = cast::<T, S>(stage.margin());
        self.pair_mut(slot)?.pool.next_to_polish(margin)
    }

    /// Begins to polish a candidate, orthogonal to the rounding of `T`.
    fn start_polish<const M: usize>(
        &self,
        ascent: &mut Ascent<'_, T, M>,
        lane: Lane,
        at: Place,
        stage: &Stage,
    ) -> Result<(), Error> {
        let n = self.n;
        let ([first, second, out], _) = ascent.scratch();
        let mut out = MatMut::over(out, n, n);
        for (i, row) in pieces(self.transform(at), n).enumerate() {
            row.iter().enumerate().for_each(|(j, x)| out.set(i, j, cast(*x)));
        }
        let (mut first, mut second) = (MatMut::over(first, n, n), MatMut::over(second, n, n));
        // From the rounding of f32 it takes two steps to that of f64.
        for _ in 0..2 {
            orthogonal::step(&mut out, [&mut first, &mut second])?;
        }
        ascent.start(lane, stage.polish());
        Ok(())
    }

    /// Puts a polished transform back into the pool, where later starts are measured against it.
    fn take_back<const M: usize>(&mut self, ascent: &Ascent<'_, T, M>, lane: Lane, at: Place) {
        ascent.write(lane, self.transform_mut(at));
        if let (Some(pair), Some(run)) = (self.pair_mut(at.slot), ascent.run(lane)) {
            pair.pool.raise(at.candidate, cast(run.f / run.scale));
        }
    }

    /// Takes over the best transform of a lane.
    fn take_result<const M: usize>(&mut self, ascent: &Ascent<'_, T, M>, lane: Lane, slot: Slot) {
        self.count_evaluations(slot, ascent.run(lane));
        let (Some(pair), Some(run)) = (self.pairs.get_mut(slot.0), ascent.run(lane)) else {
            return;
        };
        let cosine = run.best / run.scale;
        // A gain within the rounding of f is none: the angle could be larger.
        if cosine > pair.cosine + T::of(16.0) * T::EPSILON {
            pair.cosine = cosine;
            let square = area(self.n, self.n);
            ascent.write_best(lane, self.memory.best.part_mut(area(slot.0, square), square));
        }
    }
}
