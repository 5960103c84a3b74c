//! The search for the best transform of a pair, `N` pairs a round.
//!
//! Every stage of an effort has two phases: all pairs of the round are explored, `L` at a time, then the
//! best summits of each are polished, `M` at a time. A lane works through the starts of its pair alone,
//! so the bits of a pair do not depend on L, M, N or on its neighbours.

use super::ascent::{self, Ascent, Lane, State, Verdict};
use super::effort::{self, Effort, Stage};
use super::frame::Prepared;
use super::pool::Pool;
use super::precision::{Precision, cast, units};
use super::start;
use crate::error::Error;
use crate::matrix::{Cells, MatMut, MatRef, Memory};
use crate::scalar::Scalar;

/// Two operators, in the order in which they are compared.
pub(super) type Pair<'p, 'm, T> = (&'p Prepared<'m, T>, &'p Prepared<'m, T>);

/// 1 - f / (|A| |B|) below which the operators count as orthogonally similar: no start can do better.
fn similar<T: Scalar>() -> T {
    T::of(1e-12).larger(T::of(16.0) * T::EPSILON)
}

/// One pair of a round.
#[derive(Clone, Copy)]
struct Slot<T, S> {
    pool: Pool<S>,
    /// The best cosine so far.
    cosine: T,
    evaluations: usize,
}

impl<T: Scalar, S: Scalar> Slot<T, S> {
    fn empty() -> Self {
        Self { pool: Pool::empty(), cosine: -T::ONE, evaluations: 0 }
    }
}

/// What a lane works on: a slot, and the number of its start.
#[derive(Clone, Copy)]
struct Job {
    slot: Option<usize>,
    run: usize,
}

const NO_JOB: Job = Job { slot: None, run: 0 };

/// The pairs of a round and what is known of them.
struct Round<'m, T, S, const N: usize> {
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

/// The search of a round.
pub(super) struct Search<'m, T, P, const L: usize, const M: usize, const N: usize>
where
    T: Scalar,
    P: Precision<T>,
{
    round: Round<'m, T, P::Explore, N>,
    /// Whether the stage is in its second phase.
    polishing: bool,
    explorers: [Job; L],
    polishers: [Job; M],
    /// The lanes of a phase that was interrupted.
    exploration: Option<State<P::Explore, L>>,
    polish: Option<State<T, M>>,
    /// The arrays of the ascent, of either phase.
    arena: &'m mut [T],
}

/// Scalars of memory that a search of order n needs.
pub(super) const fn memory_len<T, P, const L: usize, const M: usize, const N: usize>(
    effort: Effort,
    n: usize,
) -> usize
where
    T: Scalar,
    P: Precision<T>,
{
    let square = n.saturating_mul(n);
    let candidates = square.saturating_mul(effort::keep(effort)).saturating_mul(N);
    arena_len::<T, P, L, M>(n)
        .saturating_add(units::<T, P>(candidates))
        .saturating_add(square.saturating_mul(N))
        .saturating_add(units::<T, P>(random_len::<N>(effort, n)))
}

const fn arena_len<T, P, const L: usize, const M: usize>(n: usize) -> usize
where
    T: Scalar,
    P: Precision<T>,
{
    let explore = units::<T, P>(ascent::memory_len(n, L));
    let polish = ascent::memory_len(n, M);
    if explore > polish { explore } else { polish }
}

const fn random_len<const N: usize>(effort: Effort, n: usize) -> usize {
    let starts = if N > 1 { effort::random_starts(effort) } else { 0 };
    n.saturating_mul(n).saturating_mul(starts)
}

impl<'m, T, P, const L: usize, const M: usize, const N: usize> Search<'m, T, P, L, M, N>
where
    T: Scalar,
    P: Precision<T>,
{
    pub(super) fn new(effort: Effort, n: usize, memory: &'m mut [T]) -> Result<Self, Error> {
        let mut memory = Memory::new(memory, memory_len::<T, P, L, M, N>(effort, n))?;
        let square = n.saturating_mul(n);
        let keep = effort::keep(effort);
        let arena = memory.vector(arena_len::<T, P, L, M>(n))?;
        let best = memory.vector(square.saturating_mul(N))?;
        let mut rest = Memory::new(P::view(memory.rest()), 0)?;
        let candidates = rest.vector(square.saturating_mul(keep).saturating_mul(N))?;
        let random = rest.vector(random_len::<N>(effort, n))?;
        for (index, start) in random.chunks_mut(square.max(1)).enumerate() {
            start::random(&mut MatMut::new(start, n, n)?, index);
        }
        Ok(Self {
            round: Round {
                n,
                stages: effort::stages(effort, n),
                stage: 0,
                keep,
                count: 0,
                next: 0,
                slots: [Slot::empty(); N],
                candidates,
                best,
                random,
            },
            polishing: false,
            explorers: [NO_JOB; L],
            polishers: [NO_JOB; M],
            exploration: None,
            polish: None,
            arena,
        })
    }

    /// Begins a round of `count` pairs, at most N.
    pub(super) fn begin(&mut self, count: usize) {
        self.polishing = false;
        let round = &mut self.round;
        round.count = count.min(N);
        round.stage = 0;
        round.next = 0;
        round.slots = [Slot::empty(); N];
        round.best.fill(T::ZERO);
    }

    /// Goes on for `ticks` evaluations of every lane, at least one; whether the round has ended.
    pub(super) fn advance<'p, 'q: 'p>(
        &mut self,
        pair: &impl Fn(usize) -> Option<Pair<'p, 'q, T>>,
        mut ticks: usize,
    ) -> Result<bool, Error> {
        while self.round.stage < self.round.stages.len() {
            let ended = if self.polishing {
                self.polish(pair, &mut ticks)?
            } else {
                self.explore(pair, &mut ticks)?
            };
            if !ended {
                return Ok(false);
            }
            self.round.next = 0;
            self.round.stage = self.round.stage.saturating_add(usize::from(self.polishing));
            self.polishing = !self.polishing;
        }
        Ok(true)
    }

    /// The best transform of a slot, row-major, and the evaluations it took.
    pub(super) fn found(&self, slot: usize) -> (&[T], usize) {
        let square = self.round.n.saturating_mul(self.round.n);
        let evaluations = self.round.slots.get(slot).map_or(0, |slot| slot.evaluations);
        (self.round.best.part(slot.saturating_mul(square), square), evaluations)
    }

    /// The phase that finds summits; whether it has ended.
    fn explore<'p, 'q: 'p>(
        &mut self,
        pair: &impl Fn(usize) -> Option<Pair<'p, 'q, T>>,
        ticks: &mut usize,
    ) -> Result<bool, Error> {
        let memory = P::view(self.arena);
        let mut ascent = match self.exploration.take() {
            Some(state) => Ascent::resume(self.round.n, memory, state)?,
            None => Ascent::new(self.round.n, memory)?,
        };
        loop {
            let verdicts = ascent.direction();
            let mut busy = false;
            for (l, (job, verdict)) in self.explorers.iter_mut().zip(verdicts).enumerate() {
                let finished = verdict == Verdict::Finished;
                busy |= self.round.explore_on::<P, L>(&mut ascent, (l, job, finished), pair)?;
            }
            if !busy {
                return Ok(true);
            }
            ascent.step();
            *ticks = ticks.saturating_sub(1);
            if *ticks == 0 {
                self.exploration = Some(ascent.suspend());
                return Ok(false);
            }
        }
    }

    /// The phase that takes the best of them to the top; whether it has ended.
    fn polish<'p, 'q: 'p>(
        &mut self,
        pair: &impl Fn(usize) -> Option<Pair<'p, 'q, T>>,
        ticks: &mut usize,
    ) -> Result<bool, Error> {
        let mut ascent = match self.polish.take() {
            Some(state) => Ascent::resume(self.round.n, self.arena, state)?,
            None => Ascent::new(self.round.n, self.arena)?,
        };
        loop {
            let verdicts = ascent.direction();
            let mut busy = false;
            for (l, (job, verdict)) in self.polishers.iter_mut().zip(verdicts).enumerate() {
                let finished = verdict == Verdict::Finished;
                busy |= self.round.polish_on(&mut ascent, (l, job, finished), pair)?;
            }
            if !busy {
                return Ok(true);
            }
            ascent.step();
            *ticks = ticks.saturating_sub(1);
            if *ticks == 0 {
                self.polish = Some(ascent.suspend());
                return Ok(false);
            }
        }
    }
}

impl<T: Scalar, S: Scalar, const N: usize> Round<'_, T, S, N> {
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

    /// Where the transforms of a slot begin, and their size.
    const fn place(&self, slot: usize, candidate: usize) -> (usize, usize) {
        let square = self.n.saturating_mul(self.n);
        (slot.saturating_mul(self.keep).saturating_add(candidate).saturating_mul(square), square)
    }

    /// What lane l explores next, after a run has finished; whether there is anything.
    fn explore_on<'p, 'q: 'p, P, const L: usize>(
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
        if let Some(slot) = job.slot {
            if !finished {
                return Ok(true);
            }
            self.keep(ascent, l, slot, stage);
            job.run = job.run.saturating_add(1);
            if job.run >= stage.runs(self.n) {
                self.count_evaluations(slot, ascent.finished(l));
                job.slot = None;
            }
        }
        let fresh = job.slot.is_none();
        if fresh {
            *job = Job { slot: self.take_slot(), run: 0 };
        }
        let Some((slot, (a, b))) = job.slot.and_then(|slot| Some((slot, pair(slot)?))) else {
            if finished {
                ascent.idle(l);
            }
            return Ok(false);
        };
        if fresh {
            let scale: S = cast(a.norm * b.norm);
            let best = self.slots.get(slot).and_then(|slot| slot.pool.best());
            let best = best.map(|(candidate, cosine)| {
                let (start, length) = self.place(slot, candidate);
                (cosine * scale, self.candidates.part(start, length))
            });
            ascent.load(l, (P::split(a), P::split(b)), scale, best);
        }
        self.start::<P, L>(ascent, l, (a, b), job.run)?;
        Ok(true)
    }

    /// Puts a finished run into the pool of its pair.
    fn keep<const L: usize>(
        &mut self,
        ascent: &mut Ascent<'_, S, L>,
        l: usize,
        slot: usize,
        stage: &Stage,
    ) {
        ascent.keep_if_best(l);
        let Some(lane) = ascent.finished(l).filter(|lane| !lane.given_up) else { return };
        let cosine = lane.f / lane.scale;
        let margin = cast::<T, S>(stage.margin());
        let place = |candidate: usize| {
            let (start, length) = self.place(slot, candidate);
            self.candidates.part(start, length)
        };
        let overlap = |candidate: usize| ascent.overlap(l, place(candidate));
        let Some(mut pool) = self.slots.get(slot).map(|slot| slot.pool) else { return };
        if let Some(candidate) = pool.offer(cosine, (stage.keep, margin), overlap) {
            let (start, length) = self.place(slot, candidate);
            ascent.write(l, self.candidates.part_mut(start, length));
        }
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.pool = pool;
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
        let per_frame = if n % 2 == 0 { 2 } else { 1 };
        let synchronised = a.frame_count.min(b.frame_count).saturating_mul(per_frame);
        let ([h, scaled, out], [signs, next]) = ascent.scratch();
        let mut out = MatMut::new(out, n, n)?;
        if let Some(index) = run.checked_sub(synchronised) {
            let square = n.saturating_mul(n);
            let cached = self.random.part(index.saturating_mul(square), square);
            match MatRef::new(cached, n, n) {
                Ok(cached) => out.copy_from(cached)?,
                Err(_) => start::random(&mut out, index),
            }
            if run % 2 == 1 {
                out.column_mut(0).iter_mut().for_each(|x| *x = -*x);
            }
        } else {
            let (mut h, mut scaled) = (MatMut::new(h, n, n)?, MatMut::new(scaled, n, n)?);
            let i = run / per_frame;
            let frames = (a.frame::<P>(i), b.frame::<P>(i));
            let (flipped, matrices) = (run % per_frame == 1, (&mut h, &mut scaled));
            start::synchronised(&mut out, frames, flipped, matrices, (signs, next));
        }
        ascent.start(l, stage.explore());
        Ok(())
    }

    /// What lane l polishes next, after a run has finished; whether there is anything.
    fn polish_on<'p, 'q: 'p, const M: usize>(
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
        } else if job.slot.is_some() {
            return Ok(true);
        }
        loop {
            if let Some(slot) = job.slot {
                if let Some(candidate) = self.next_to_polish(slot, stage) {
                    self.start_polish(ascent, (l, slot, candidate), stage)?;
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
            let known = self.slots.get(slot).map(|slot| slot.cosine).filter(|x| *x > -T::ONE);
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
        (l, slot, candidate): (usize, usize, usize),
        stage: &Stage,
    ) -> Result<(), Error> {
        let n = self.n;
        let (start, length) = self.place(slot, candidate);
        let ([first, second, out], _) = ascent.scratch();
        let mut out = MatMut::new(out, n, n)?;
        for (i, row) in self.candidates.part(start, length).chunks(n.max(1)).enumerate() {
            row.iter().enumerate().for_each(|(j, x)| out.set(i, j, cast(*x)));
        }
        let (mut first, mut second) = (MatMut::new(first, n, n)?, MatMut::new(second, n, n)?);
        // From the rounding of f32 it takes two steps to that of f64.
        for _ in 0..2 {
            start::orthonormalise(&mut out, (&mut first, &mut second))?;
        }
        ascent.start(l, stage.polish());
        Ok(())
    }

    /// Takes over the best transform of a lane.
    fn take_result<const M: usize>(&mut self, ascent: &Ascent<'_, T, M>, l: usize, slot: usize) {
        self.count_evaluations(slot, ascent.finished(l));
        let square = self.n.saturating_mul(self.n);
        let to = self.best.part_mut(slot.saturating_mul(square), square);
        if let (Some(slot), Some(lane)) = (self.slots.get_mut(slot), ascent.finished(l)) {
            let cosine = lane.best / lane.scale;
            if cosine > slot.cosine {
                slot.cosine = cosine;
                ascent.write_best(l, to);
            }
        }
    }
}
