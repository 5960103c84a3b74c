//! Many short ascents of one pair: which starts, how many, and when to stop; `L` pairs at a time.
//!
//! An effort is a list of stages. Each stage runs its starts, compares every run with the best so far,
//! and polishes the best. A larger effort goes through the stages of the smaller ones first, with the
//! same bits, and can only improve on what they found.

use super::ascent::Rules;
use super::ascent::{Ascent, Verdict};
use super::frame::Prepared;
use super::procrustes::Effort;
use super::start;
use crate::error::Error;
use crate::matrix::MatMut;
use crate::scalar::Scalar;

/// One round of starts.
struct Stage {
    /// Starts at odd and at even order.
    runs: [usize; 2],
    kappa: f64,
    /// Predicted gain at which a run ends, and at which one among the best ends, in f64 and in f32.
    tolerance: [f64; 2],
    polish_tolerance: [f64; 2],
    margin: [f64; 2],
    iterations: usize,
    polish_iterations: usize,
}

const FAST: Stage = Stage {
    runs: [2, 4],
    kappa: 3.0,
    tolerance: [1e-6, 1e-6],
    polish_tolerance: [1e-7, 1e-7],
    margin: [0.0, 0.0],
    iterations: 40,
    polish_iterations: 40,
};
const SMALL: Stage = Stage {
    runs: [40, 40],
    kappa: 100.0,
    tolerance: [1e-7, 1e-6],
    polish_tolerance: [1e-9, 1e-7],
    margin: [3e-5, 1e-4],
    iterations: 150,
    polish_iterations: 150,
};
const LARGE: Stage = Stage { runs: [16, 16], kappa: 30.0, ..SMALL };

/// Largest order at which the default effort has as many starts as the thorough one.
const SMALL_ORDER: usize = 8;

/// Frames that an effort starts from.
pub(super) const fn frames(effort: Effort) -> usize {
    match effort {
        Effort::Fast => 2,
        Effort::Default | Effort::Thorough => super::frame::FRAMES,
    }
}

const fn stages(effort: Effort, n: usize) -> &'static [Stage] {
    match effort {
        Effort::Fast => &[FAST],
        _ if n <= SMALL_ORDER => &[FAST, SMALL],
        Effort::Default => &[FAST, LARGE],
        Effort::Thorough => &[FAST, LARGE, SMALL],
    }
}

impl Stage {
    const fn runs(&self, n: usize) -> usize {
        let [odd, even] = self.runs;
        if n % 2 == 1 { odd } else { even }
    }

    fn rules<T: Scalar>(&self) -> Rules<T> {
        let pick = |[double, single]: [f64; 2]| {
            T::of(if T::EPSILON > T::of(1e-10) { single } else { double })
        };
        Rules {
            tolerance: pick(self.tolerance),
            polish_tolerance: pick(self.polish_tolerance),
            margin: pick(self.margin),
            kappa: T::of(self.kappa),
            avoid_best: true,
            iterations: self.iterations,
            polish_iterations: self.polish_iterations,
        }
    }

    /// The rules for the last run of the stage, from the best transform.
    fn polish_rules<T: Scalar>(&self) -> Rules<T> {
        let rules = self.rules();
        Rules {
            tolerance: rules.polish_tolerance,
            avoid_best: false,
            iterations: self.polish_iterations,
            ..rules
        }
    }
}

/// 1 - f/(|A||B|) below which the operators count as orthogonally similar: no start can do better.
fn similar<T: Scalar>() -> T {
    T::of(1e-12).larger(T::of(16.0) * T::EPSILON)
}

/// What a lane is working on.
#[derive(Clone, Copy)]
struct Job {
    pair: Option<usize>,
    stage: usize,
    run: usize,
    polishing: bool,
}

/// Finds the best transform of every pair: `next()` names one, `pair(k)` gives it, `found(k, ascent, l)`
/// takes its result from lane l: the transform in the eigenframes of the symmetric parts. The bits do not depend on `L`.
pub(super) fn search<'p, T: Scalar, const L: usize>(
    effort: Effort,
    n: usize,
    mut next: impl FnMut() -> Option<usize>,
    pair: impl Fn(usize) -> Option<(&'p Prepared<'p, T>, &'p Prepared<'p, T>)>,
    mut found: impl FnMut(usize, &Ascent<'_, T, L>, usize) -> Result<(), Error>,
    memory: &mut [T],
) -> Result<(), Error> {
    let stages = stages(effort, n);
    let mut ascent = Ascent::<T, L>::new(n, memory)?;
    let mut jobs = [Job { pair: None, stage: 0, run: 0, polishing: false }; L];
    loop {
        let verdicts = ascent.direction();
        let mut busy = false;
        for (l, (job, verdict)) in jobs.iter_mut().zip(verdicts).enumerate() {
            if verdict == Verdict::Finished {
                ascent.keep_if_best(l);
                if !advance(job, stages, n, ascent.best_cosine(l)) {
                    if let Some(k) = job.pair.take() {
                        found(k, &ascent, l)?;
                    }
                    ascent.idle(l);
                }
            }
            if job.pair.is_none() {
                if let Some((k, (a, b))) = next().and_then(|k| Some((k, pair(k)?))) {
                    *job = Job { pair: Some(k), stage: 0, run: 0, polishing: false };
                    ascent.load(l, a.split, b.split, a.norm * b.norm);
                    begin(&mut ascent, l, job, stages, (a, b))?;
                }
            } else if verdict == Verdict::Finished
                && let Some((a, b)) = job.pair.and_then(&pair)
            {
                begin(&mut ascent, l, job, stages, (a, b))?;
            }
            busy |= job.pair.is_some();
        }
        if !busy {
            return Ok(());
        }
        ascent.step();
    }
}

/// Moves a job past a finished run; false when the pair is done.
fn advance<T: Scalar>(job: &mut Job, stages: &[Stage], n: usize, cosine: T) -> bool {
    let proved = cosine > T::ONE - similar::<T>();
    if job.polishing {
        job.stage += 1;
        job.run = 0;
        job.polishing = false;
        return !proved && job.stage < stages.len();
    }
    job.run += 1;
    let runs = stages.get(job.stage).map_or(0, |stage| stage.runs(n));
    job.polishing = proved || job.run >= runs;
    true
}

/// Starts the run that a job has come to.
fn begin<T: Scalar, const L: usize>(
    ascent: &mut Ascent<'_, T, L>,
    l: usize,
    job: &Job,
    stages: &[Stage],
    (a, b): (&Prepared<'_, T>, &Prepared<'_, T>),
) -> Result<(), Error> {
    let Some(stage) = stages.get(job.stage) else { return Ok(()) };
    if job.polishing {
        ascent.start_from_best(l, stage.polish_rules());
        return Ok(());
    }
    let n = a.order();
    // Conjugation by -I does nothing: at odd order one determinant stands for both.
    let per_frame = if n % 2 == 0 { 2 } else { 1 };
    let frames = a.frames().min(b.frames());
    let synchronised = frames * per_frame;
    let ([h, scaled, out], [signs, next]) = ascent.scratch();
    let mut out = MatMut::new(out, n, n)?;
    if job.run < synchronised {
        let i = job.run / per_frame;
        let mut h = MatMut::new(h, n, n)?;
        let mut scaled = MatMut::new(scaled, n, n)?;
        start::synchronised(
            &mut out,
            a.frame(i),
            b.frame(i),
            job.run % per_frame == 1,
            (&mut h, &mut scaled),
            (signs, next),
        );
    } else {
        start::random(&mut out, job.run - synchronised, job.run % 2 == 1);
    }
    ascent.start_from_scratch(l, stage.rules());
    Ok(())
}
