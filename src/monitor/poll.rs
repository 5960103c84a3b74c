//! The work of the monitor between samples, in bounded units.

use super::analysis::spectra::angle;
use super::analysis::{Analysis, Progress, Reference, subspace, variance};
use super::blocks::block_layout;
use super::calibration::Known;
use super::decision::{DYNAMICS_LIMIT, GATE_LIMIT, Law, Rule};
use super::input::{Cause, FaultyChannels, Tally};
use super::monitor::{Job, Monitor, MonitorMemory};
use super::report::{Alarm, Fault, Insufficient, Reading, Report, Status};
use super::scores::PerScore;
use super::sizes::Sizes;
use crate::data::channels::ChannelSet;
use crate::error::Error;
use crate::matrix::{Cells, copy};
use crate::scalar::{Real, Scalar};

/// The most iterations for the subspace of a window.
const CAP: usize = 24;
/// A channel with less than this part of its variance in the calibration is dead.
const DEAD: f64 = 1e-4;
/// A channel whose variance is less than this part of its squared mean is dead: what is left of it is rounding.
const DEAD_BESIDE_MEAN: f64 = 1e-5;

const DYNAMICS: Rule = Rule { limit: DYNAMICS_LIMIT, cusum: true };
const GATE: Rule = Rule { limit: GATE_LIMIT, cusum: false };

/// The share of the pairs that the gate needs. Covariances of lags that are summed over different samples are not exactly
/// those of one process, and the window's own autoregression exploits that more than the reference's. With fewer pairs
/// than this the gate would respond to the gaps.
const GATE_PAIRS: f64 = 0.85;

/// Counts of the samples and pairs of a window.
#[derive(Clone, Copy)]
struct Summary<T> {
    pairs: T,
    rejected: T,
    missing: T,
    worst: Cause,
    /// (sum of weights)² / sum of squared weights: the number of samples of an evenly weighted window that carries as much
    /// information.
    effective: T,
    /// Pairs at the lag that has the fewest, as a share of the samples due.
    whole: T,
}

/// The scores of a window.
#[derive(Clone, Copy)]
struct WindowScores<T> {
    operator: T,
    canonical: Option<T>,
    gate: T,
}

/// The result of a unit of work.
enum Outcome<T> {
    Underway,
    Held(Status),
    Scored(WindowScores<T>),
}

impl<T: Scalar> MonitorMemory<'_, T> {
    fn summary(&self, sizes: Sizes) -> Summary<T> {
        let [sums, tally] = block_layout(sizes).view(self.snapshot);
        let [_, _, counts] = sizes.lags().sums_layout().view(sums);
        let tally = Tally(tally);
        let samples = counts.at(0);
        let squares = tally.squares();
        let pairs = counts.iter().fold(samples, |least, count| count.smaller(least));
        Summary {
            pairs,
            whole: tally.part(pairs),
            rejected: tally.rejected(),
            missing: tally.missing(),
            worst: tally.worst(),
            effective: if squares > T::ZERO { samples * samples / squares } else { T::ZERO },
        }
    }

    fn dead_channels(&self, sizes: Sizes) -> ChannelSet {
        let [_, totals, counts] = sizes.lags().sums_layout().view(self.snapshot);
        let samples = counts.at(0);
        let mut dead = ChannelSet::EMPTY;
        for (i, total) in totals.iter().enumerate() {
            let (mean, variance) = (*total / samples, variance(sizes, self.snapshot, i));
            let least = T::of(DEAD).larger(T::of(DEAD_BESIDE_MEAN) * mean * mean);
            if !(variance > least) {
                dead.insert(i);
            }
        }
        dead
    }
}

impl<T: Scalar, B: AsRef<[T]> + AsMut<[T]>> Monitor<T, B> {
    /// Works on the report that is due for at most `units` units, and returns the report when it is done. Returns `None`
    /// if no report is due, or if work is left.
    ///
    /// A unit is at most one of these: a block of the window is added up (n² (d + 1) additions), a product of n x n
    /// matrices is formed or a system of order n is solved (3 n³ multiply-adds), n rows of the Gram matrix are multiplied
    /// by one vector (n² d), a column is orthonormalised (4 n d (r + 4)), or (r + 4) / 2 rotations are applied. A report
    /// takes about 1 100 units for n = 8, d = 5, r = 8, and 2 300 for n = 16. The bits of the report do not depend on how
    /// the units are spread over calls.
    ///
    /// A report that falls due while another one is being worked on is skipped and counted.
    pub fn poll(&mut self, units: usize) -> Option<Report<T>> {
        for _ in 0..units {
            if self.job == Job::Idle {
                return None;
            }
            if let Some(report) = self.step() {
                return Some(report);
            }
        }
        None
    }

    /// Whether a report is due or being worked on.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.job != Job::Idle
    }

    /// One unit of work.
    fn step(&mut self) -> Option<Report<T>> {
        let (sizes, settings) = (self.sizes, self.settings);
        let mut at = MonitorMemory::cut(sizes, settings.window, self.memory.as_mut());
        let mut seen = None;
        let outcome = match &mut self.job {
            Job::Idle => return None,
            Job::Copying { .. } => {
                at.catch_up(self.filling, &mut self.job);
                return None;
            }
            Job::Checking => {
                let summary = at.summary(sizes);
                if let Some(fault) = fault(self.due.channels, &summary, settings.most_rejected) {
                    Outcome::Held(Status::InvalidInput(fault))
                } else if summary.pairs < T::count(settings.least_pairs) {
                    Outcome::Held(Status::InsufficientData(Insufficient::Pairs))
                } else {
                    self.job = Job::Analysing(Analysis::new(CAP));
                    Outcome::Underway
                }
            }
            Job::Analysing(analysis) => {
                // An analysis that fails numerically says as little as one with too few directions.
                let outcome = analyse(sizes, analysis, &mut at)
                    .unwrap_or(Outcome::Held(Status::InsufficientData(Insufficient::Rank)));
                seen = Some(*analysis);
                outcome
            }
        };
        let scores = match outcome {
            Outcome::Underway => return None,
            Outcome::Held(status) => Err(status),
            Outcome::Scored(scores) => Ok(scores),
        };
        let summary = at.summary(sizes);
        self.job = Job::Idle;
        self.scored = scores.is_ok();
        Some(self.report(&summary, seen, scores))
    }

    /// Advances the decision by the scores of a window, and makes the report. `scores` is the status to report instead
    /// where there are none, and the decision is then frozen.
    fn report(
        &mut self,
        summary: &Summary<T>,
        seen: Option<Analysis<T>>,
        scores: Result<WindowScores<T>, Status>,
    ) -> Report<T> {
        let (mut dynamics, mut canonical, mut gate) = (None, None, None);
        if let Ok(scores) = scores {
            let z = |null: super::decision::Null<T>, score, law| {
                null.z(score, summary.effective, self.lengths, law)
            };
            let read = |null, score, law| Reading { score, z: z(null, score, law) };
            let of_operator = read(self.nulls.operator, scores.operator, Law::Root);
            canonical = scores.canonical.map(|score| read(self.nulls.canonical, score, Law::Root));
            dynamics = Some(of_operator);
            gate = (summary.whole >= T::of(GATE_PAIRS))
                .then(|| read(self.nulls.gate, scores.gate, Law::Linear));
            let tracks = &mut self.tracks;
            let beyond = scores.operator > T::from(self.settings.margin);
            tracks.operator.advance(of_operator.z, DYNAMICS, beyond);
            if let Some(reading) = canonical {
                let beyond = reading.score > T::from(self.settings.canonical_margin);
                tracks.canonical.advance(reading.z, DYNAMICS, beyond);
            }
            if let Some(reading) = gate {
                tracks.gate.advance(reading.z, GATE, true);
            }
        }
        let standing = self.standing();
        Report {
            samples: self.due.samples,
            status: scores.err().unwrap_or(standing),
            standing,
            warned: self.tracks.operator.changed || self.tracks.canonical.changed,
            dynamics,
            canonical,
            gate,
            cusum: self.tracks.operator.cusum,
            canonical_cusum: self.tracks.canonical.cusum,
            pairs: summary.pairs,
            excitation: seen.and_then(|seen| seen.excitation),
            rank: seen.and_then(|seen| seen.rank),
            rejected: summary.rejected,
            missing: summary.missing,
            iterations: seen.map_or(0, |seen| seen.iterations),
            converged: seen.is_some_and(|seen| seen.converged),
            skipped: self.due.skipped,
        }
    }

    /// The decision that is in force: [`Status::Ok`], [`Status::Warning`] or [`Status::Alarm`].
    #[must_use]
    pub fn standing(&self) -> Status {
        let PerScore { operator, canonical, gate } = &self.tracks;
        match (operator.beyond || canonical.beyond, gate.beyond) {
            (true, true) => Status::Alarm(Alarm::Both),
            (true, false) => Status::Alarm(Alarm::Dynamics),
            (false, true) => Status::Alarm(Alarm::Geometry),
            (false, false) if operator.changed || canonical.changed => Status::Warning,
            (false, false) => Status::Ok,
        }
    }
}

/// The fault for which the input of a window is refused, if there is one.
fn fault<T: Scalar>(channels: FaultyChannels, summary: &Summary<T>, most: f32) -> Option<Fault> {
    if channels.clock {
        return Some(Fault::Clock);
    }
    let cause = (summary.rejected > T::from(most)).then_some(summary.worst)?;
    let of = channels.of(cause);
    Some(match cause {
        Cause::NonFinite => Fault::NonFinite(of),
        Cause::Saturated => Fault::Saturated(of),
        Cause::Stuck => Fault::Stuck(of),
        Cause::Artefact => Fault::Artefact(of),
    })
}

/// One unit of the analysis, and the checks that follow some of the units.
fn analyse<T: Scalar>(
    sizes: Sizes,
    analysis: &mut Analysis<T>,
    at: &mut MonitorMemory<'_, T>,
) -> Result<Outcome<T>, Error> {
    let known = Known::cut(sizes, at.known);
    let reference = Reference { coefficients: Some(known.coefficients), basis: Some(known.basis) };
    let progress = analysis.step(sizes, at.snapshot, reference, at.spectra, at.scratch)?;
    Ok(match progress {
        Progress::Underway => Outcome::Underway,
        Progress::Centred => match at.dead_channels(sizes) {
            ChannelSet::EMPTY => Outcome::Underway,
            dead => Outcome::Held(Status::InvalidInput(Fault::Dead(dead))),
        },
        Progress::Gated => {
            let noise = T::count(sizes.width()) / at.summary(sizes).effective;
            // White noise has q = n d / N: twice that is asked for.
            let excited = analysis.excitation.is_some_and(|q| q >= T::TWO * noise);
            hold_unless(excited, Insufficient::Excitation)
        }
        Progress::Projected => {
            copy(at.operator, subspace::operator(sizes, at.scratch).0.as_mut_slice());
            hold_unless(analysis.rank == Some(sizes.rank), Insufficient::Rank)
        }
        Progress::Finished => {
            let own = sizes.spectra_len();
            let of = |start| angle(known.spectra.part(start, own), at.spectra.part(start, own));
            let (operator, canonical) = (of(0), sizes.canonical.then(|| of(own)));
            let gate = analysis.gate;
            let finite = [Some(operator), canonical, Some(gate)]
                .into_iter()
                .flatten()
                .all(|score| Real::is_finite(score));
            if finite {
                Outcome::Scored(WindowScores { operator, canonical, gate })
            } else {
                Outcome::Held(Status::InsufficientData(Insufficient::Rank))
            }
        }
    })
}

const fn hold_unless<T>(enough: bool, otherwise: Insufficient) -> Outcome<T> {
    if enough { Outcome::Underway } else { Outcome::Held(Status::InsufficientData(otherwise)) }
}
