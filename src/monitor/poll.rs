//! The work of the monitor between samples, in bounded units.

use super::analysis::lag_spectra::{Kept, Summary};
use super::analysis::{Analysis, Progress, Reference, variance};
use super::band::{Band, Metric, bias_of, widening};
use super::blocks::block_layout;
use super::calibration::Known;
use super::cause::Evidence;
use super::decision::{Law, Lengths, Null};
use super::input::{Cause, FaultyChannels, Tally};
use super::monitor::{Job, Monitor, MonitorMemory};
use super::report::{Fault, Insufficient, Reading, Report, Status};
use super::sizes::Sizes;
use crate::data::channels::ChannelSet;
use crate::error::Error;
use crate::matrix::Cells;
use crate::scalar::{Real, Scalar};

/// A channel with less than this part of its variance in the calibration is dead.
const DEAD: f64 = 1e-4;
/// A channel whose variance is less than this part of its squared mean is dead: what is left of it is rounding.
const DEAD_BESIDE_MEAN: f64 = 1e-5;

/// The share of the pairs that the gate needs. Covariances of lags that are summed over different samples are not exactly
/// those of one process, and the window's own autoregression exploits that more than the reference's. With fewer pairs
/// than this the gate would respond to the gaps.
const GATE_PAIRS: f64 = 0.85;

/// Counts of the samples and pairs of a window.
#[derive(Clone, Copy)]
struct Counts<T> {
    pairs: T,
    rejected: T,
    missing: T,
    worst: Cause,
    /// (sum of weights)² / sum of squared weights: the number of samples of an evenly weighted window that carries as much
    /// information.
    effective: T,
    /// The same for pairs at the lag that has the fewest.
    effective_pairs: T,
    /// Pairs at the lag that has the fewest, as a share of the samples due.
    whole: T,
}

/// The scores of a window.
#[derive(Clone, Copy)]
struct WindowScores<T> {
    /// q
    dynamics: T,
    gate: T,
    /// t
    noise: T,
}

/// The result of a unit of work.
enum Outcome<T> {
    Underway,
    Held(Status),
    Scored(WindowScores<T>),
}

impl<T: Scalar> MonitorMemory<'_, T> {
    fn counts(&self, sizes: Sizes) -> Counts<T> {
        let [sums, tally] = block_layout(sizes).view(self.snapshot);
        let [_, _, pairs_of] = sizes.lags().sums_layout().view(sums);
        let tally = Tally(tally);
        let samples = pairs_of.at(0);
        let squares = tally.squares();
        let pairs = pairs_of.iter().fold(samples, |least, count| count.smaller(least));
        let weight = if squares > T::ZERO { samples / squares } else { T::ZERO };
        Counts {
            pairs,
            whole: tally.part(pairs),
            rejected: tally.rejected(),
            missing: tally.missing(),
            worst: tally.worst(),
            effective: samples * weight,
            effective_pairs: pairs * weight,
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
    /// matrices is formed or a system of order n is solved (3 n³ multiply-adds), n / 2 rotations are applied, or one spectrum of
    /// order r is computed (about 4/3 r³ and 20 r²). The bits of the report do not depend on how the units are spread over calls.
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
                let counts = at.counts(sizes);
                if let Some(fault) = fault(self.due.channels, &counts, settings.most_rejected) {
                    Outcome::Held(Status::InvalidInput(fault))
                } else if counts.pairs < T::count(settings.least_pairs) {
                    Outcome::Held(Status::InsufficientData(Insufficient::Pairs))
                } else {
                    self.job = Job::Analysing(Analysis::new());
                    Outcome::Underway
                }
            }
            Job::Analysing(analysis) => {
                // An analysis that fails numerically says as little as one with too few directions.
                let calibrated = (sizes, self.band, self.lengths);
                let outcome = analyse(calibrated, analysis, &mut at)
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
        let counts = at.counts(sizes);
        self.job = Job::Idle;
        self.scored = scores.is_ok();
        Some(self.report(&counts, seen, scores))
    }

    /// Advances the decision by the scores of a window, and makes the report. `scores` is the status to report instead
    /// where there are none, and the decision is then frozen.
    fn report(
        &mut self,
        counts: &Counts<T>,
        seen: Option<Analysis<T>>,
        scores: Result<WindowScores<T>, Status>,
    ) -> Report<T> {
        let (mut dynamics, mut gate, mut noise) = (None, None, None);
        if let Ok(scores) = scores {
            let read = |null: Null<T>, score, samples, law| {
                let z = null.z(score, samples, self.lengths, law);
                Reading { score, z }
            };
            let (band, pairs) = (&self.band, counts.effective_pairs);
            let of_dynamics = read(band.score, scores.dynamics, pairs, Law::Root);
            let (level, z) = band.noise_level(scores.noise, pairs, self.lengths);
            gate = (counts.whole >= T::of(GATE_PAIRS))
                .then(|| read(band.gate, scores.gate, counts.effective, Law::Linear));
            self.decision.advance(Evidence {
                dynamics: of_dynamics.z,
                beyond: scores.dynamics > T::from(self.settings.margin),
                gate: gate.map(|reading| reading.z),
                noise: z,
            });
            dynamics = Some(of_dynamics);
            noise = Some(Reading { score: level, z });
        }
        let standing = self.standing();
        Report {
            samples: self.due.samples,
            status: scores.err().unwrap_or(standing),
            standing,
            warned: self.decision.dynamics.changed,
            dynamics,
            gate,
            noise,
            cusum: self.decision.dynamics.cusum,
            pairs: counts.pairs,
            excitation: seen.and_then(|seen| seen.excitation),
            rank: seen.and_then(|seen| seen.rank),
            rejected: counts.rejected,
            missing: counts.missing,
            skipped: self.due.skipped,
        }
    }

    /// The decision that is in force: [`Status::Ok`], [`Status::Warning`] or [`Status::Alarm`].
    #[must_use]
    pub const fn standing(&self) -> Status {
        self.decision.standing()
    }
}

/// The fault for which the input of a window is refused, if there is one.
fn fault<T: Scalar>(channels: FaultyChannels, counts: &Counts<T>, most: f32) -> Option<Fault> {
    if channels.clock {
        return Some(Fault::Clock);
    }
    let cause = (counts.rejected > T::from(most)).then_some(counts.worst)?;
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
    (sizes, band, lengths): (Sizes, Band<T>, Lengths<T>),
    analysis: &mut Analysis<T>,
    at: &mut MonitorMemory<'_, T>,
) -> Result<Outcome<T>, Error> {
    let known = Known::cut(sizes, at.known);
    let kept = Kept::Exactly(band.directions);
    let reference = Reference { coefficients: Some(known.coefficients), kept };
    let progress = analysis.step(sizes, at.snapshot, reference, at.features, at.scratch)?;
    Ok(match progress {
        Progress::Underway => Outcome::Underway,
        Progress::Centred => match at.dead_channels(sizes) {
            ChannelSet::EMPTY => Outcome::Underway,
            dead => Outcome::Held(Status::InvalidInput(Fault::Dead(dead))),
        },
        Progress::Gated => {
            let noise = T::count(sizes.width()) / at.counts(sizes).effective;
            // White noise has q = n d / N: twice that is asked for.
            let excited = analysis.excitation.is_some_and(|q| q >= T::TWO * noise);
            hold_unless(excited, Insufficient::Excitation)
        }
        Progress::White => hold_unless(analysis.rank >= Some(band.directions), Insufficient::Rank),
        Progress::Finished => {
            let Summary { noise, .. } = analysis.summary;
            let pairs = at.counts(sizes).effective_pairs;
            let metric = Metric { bias: known.bias, weights: known.weights };
            let differences = at.features.iter().zip(known.features).map(|(x, y)| *x - *y);
            let dynamics = metric.distance(
                differences.take(sizes.features_of(band.directions)),
                bias_of(pairs, lengths),
                widening(noise, band.noise, band.echo),
            );
            let gate = analysis.gate;
            if [dynamics, gate, noise].into_iter().all(|score| Real::is_finite(score)) {
                Outcome::Scored(WindowScores { dynamics, gate, noise })
            } else {
                Outcome::Held(Status::InsufficientData(Insufficient::Rank))
            }
        }
    })
}

const fn hold_unless<T>(enough: bool, otherwise: Insufficient) -> Outcome<T> {
    if enough { Outcome::Underway } else { Outcome::Held(Status::InsufficientData(otherwise)) }
}
