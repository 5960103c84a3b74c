//! Simulated subjects, calibrated and watched, and what is counted of their reports: the part that the marks and the
//! reduced test of them have in common.
//!
//! Every subject is calibrated on 600 s in double precision, as `dsa calibrate` does it, and watched by the
//! monitor in single precision. Windows are recordings of their own, each seen by a monitor that has seen nothing else.

use dynamical_similarity::monitor::{
    Alarm, Calibration, Calibrator, CalibratorSettings, Insufficient, Monitor, MonitorSettings,
    Reading, Report, Scores, Status, Window,
};
use dynamical_similarity::{Scalar, Shape};
use rayon::prelude::*;
use systems::Random;
use systems::motor_cortex::{RATE, Scenario, Session, Subject};

pub(crate) const SHAPE: Shape = Shape { channels: 8, delays: 5, rank: 8 };
/// The usual window: 60 s, a report every 30 s.
pub(crate) const USUAL: (MonitorSettings, Window) = (MonitorSettings::new(), Window::Blocks(6));
/// Samples of a block.
pub(crate) const BLOCK: usize = 10 * RATE;
/// Sessions of a subject begin here: the calibration, windows without a change, with one, long ones, steps.
pub(crate) const CALIBRATION: u64 = 0;
pub(crate) const PLAIN: u64 = 1000;
pub(crate) const CHANGED: u64 = 2000;
pub(crate) const LONG: u64 = 100_000;
pub(crate) const STEPS: u64 = 200_000;

/// P(x > y) + P(x = y) / 2 for a changed x and a plain y (Mann and Whitney 1947, doi:10.1214/aoms/1177730491).
pub(crate) fn auc(changed: &[f64], plain: &[f64]) -> f64 {
    let pair = |x: f64, y: f64| f64::from(u8::from(x > y)) + 0.5 * f64::from(u8::from(x == y));
    let sum: f64 = changed.iter().flat_map(|x| plain.iter().map(|y| pair(*x, *y))).sum();
    sum / (changed.len() * plain.len()) as f64
}

/// What is done for every subject, in the order of their seeds.
pub(crate) fn each<T: Send>(
    (first, count): (u64, u64),
    channels: usize,
    work: impl Fn(&Subject) -> Result<T, String> + Sync,
) -> Result<Vec<T>, String> {
    let subjects = (first..first + count).into_par_iter();
    subjects.map(|seed| work(&Subject::new(seed, channels)?)).collect()
}

/// Samples, `None` where one is missing.
pub(crate) fn samples(session: &Session) -> impl Iterator<Item = Option<&[f64]>> {
    let rows = session.data.chunks(session.channels).zip(&session.missing);
    rows.map(|(row, missing)| (!missing).then_some(row))
}

/// A calibration in the scalar of a device.
pub(crate) type Kept = Calibration<f32, Vec<f32>>;

/// A calibration in double precision, rounded as a device reads it.
pub(crate) fn rounded(calibration: &Calibration<f64, Vec<f64>>) -> Result<Kept, String> {
    let (shape, scores) = (calibration.shape(), calibration.scores());
    let mut words = vec![0; Calibration::<f64, ()>::words_len(shape, scores)];
    calibration.to_words(&mut words).map_err(told)?;
    let memory = vec![0.0; Calibration::<f32, ()>::memory_len(shape, scores)];
    Kept::from_words(&words, memory).map_err(told)
}

/// A calibration on 600 s of a reference.
pub(crate) fn calibrated(
    subject: &Subject,
    shape: Shape,
    reference: Scenario,
    scores: Scores,
) -> Result<Kept, String> {
    let session = subject.record(reference, 600.0, CALIBRATION)?;
    rounded(&calibration(&session.data, shape, scores)?)
}

/// A calibration in the scalar of the samples, shifted by the mean of the first 200.
pub(crate) fn calibration<T: Scalar>(
    data: &[T],
    shape: Shape,
    scores: Scores,
) -> Result<Calibration<T, Vec<T>>, String> {
    let settings = CalibratorSettings::new(shape, RATE as f32).scores(scores);
    let rows = data.chunks(shape.channels).take(200);
    let first = |c: usize| rows.clone().map(|row| row[c].into()).sum::<f64>() / 200.0;
    let shift: Vec<T> = (0..shape.channels).map(|c| T::from(first(c) as f32)).collect();
    let memory = vec![T::from(0.0); Calibrator::<T, ()>::memory_len(settings)];
    let mut calibrator = Calibrator::new_in(settings, &shift, memory).map_err(told)?;
    for row in data.chunks(shape.channels) {
        calibrator.push(row).map_err(told)?;
    }
    let memory = vec![T::from(0.0); Calibration::<T, ()>::memory_len(shape, scores)];
    calibrator.finish_in(memory).map_err(told)
}

pub(crate) fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// All reports of a stream.
pub(crate) fn watched<'a>(
    calibration: &Kept,
    (settings, window): (MonitorSettings, Window),
    rows: impl Iterator<Item = Option<&'a [f64]>>,
) -> Result<Vec<Report<f32>>, String> {
    let (shape, scores) = (calibration.shape(), calibration.scores());
    let memory = vec![0.0; Monitor::<f32, ()>::memory_len(shape, scores, window)];
    let mut monitor =
        Monitor::new_in(calibration, settings.window(window), memory).map_err(told)?;
    let mut reports = Vec::new();
    for row in rows {
        match row {
            Some(row) => {
                let sample: Vec<f32> = row.iter().map(|x| *x as f32).collect();
                monitor.push(&sample).map_err(told)?;
            }
            None => monitor.push_missing(),
        }
        reports.extend(monitor.poll(usize::MAX));
    }
    Ok(reports)
}

/// The report of a window that fills a recording.
pub(crate) fn report(
    calibration: &Kept,
    settings: MonitorSettings,
    session: &Session,
) -> Result<Report<f32>, String> {
    let blocks = session.missing.len() / BLOCK;
    let settings = (settings.report_every(blocks), Window::Blocks(blocks));
    let reports = watched(calibration, settings, samples(session))?;
    reports.last().copied().ok_or_else(|| "a window without a report".to_owned())
}

/// Scores of windows of one kind, of all subjects.
#[derive(Default)]
pub(crate) struct Kind {
    pub(crate) scores: Vec<f64>,
    pub(crate) dynamics: Vec<f64>,
    pub(crate) gate: Vec<f64>,
    pub(crate) noise: Vec<f64>,
    pub(crate) unexcited: usize,
    /// Windows of which nothing could be said.
    pub(crate) held: usize,
}

impl Kind {
    pub(crate) fn push(&mut self, report: &Report<f32>) {
        let z = |reading: Option<Reading<f32>>| reading.map(|reading| f64::from(reading.z));
        self.scores.extend(report.dynamics.map(|reading| f64::from(reading.score)));
        self.dynamics.extend(z(report.dynamics));
        self.gate.extend(z(report.gate));
        self.noise.extend(z(report.noise));
        self.held += usize::from(report.dynamics.is_none());
        let excitation = Status::InsufficientData(Insufficient::Excitation);
        self.unexcited += usize::from(report.status == excitation);
    }

    pub(crate) fn of(reports: &[Report<f32>]) -> Self {
        let mut kind = Self::default();
        reports.iter().for_each(|report| kind.push(report));
        kind
    }

    pub(crate) fn join(kinds: impl Iterator<Item = Self>) -> Self {
        kinds.fold(Self::default(), |mut all, kind| {
            all.scores.extend(kind.scores);
            all.dynamics.extend(kind.dynamics);
            all.gate.extend(kind.gate);
            all.noise.extend(kind.noise);
            all.unexcited += kind.unexcited;
            all.held += kind.held;
            all
        })
    }

    pub(crate) fn share_above(&self, margin: f64) -> f64 {
        let above = self.scores.iter().filter(|score| **score > margin).count();
        above as f64 / self.scores.len() as f64
    }
}

/// Windows of `seconds` of a subject under a scenario, from session `first` on.
pub(crate) fn windows_of(
    subject: &Subject,
    calibration: &Kept,
    settings: MonitorSettings,
    (scenario, seconds): (Scenario, f64),
    sessions: std::ops::Range<u64>,
) -> Result<Kind, String> {
    let mut kind = Kind::default();
    for session in sessions {
        let session = subject.record(scenario, seconds, session)?;
        kind.push(&report(calibration, settings, &session)?);
    }
    Ok(kind)
}

/// How often something begins: CUSUM above 8 (until it is 0 again), and a standing decision that is not Ok.
pub(crate) fn beginnings(reports: &[Report<f32>]) -> (usize, usize) {
    let (mut cusum, mut standing) = ((0, false), (0, false));
    for report in reports {
        let over = if cusum.1 { report.cusum > 0.0 } else { report.cusum > 8.0 };
        let stands = report.standing != Status::Ok;
        cusum = (cusum.0 + usize::from(over && !cusum.1), over);
        standing = (standing.0 + usize::from(stands && !standing.1), stands);
    }
    (cusum.0, standing.0)
}

/// Seconds from a step of the time scale at `at` seconds to the first report that the CUSUM finds, and to the first
/// that names the dynamics; infinite where there is none within 10 min.
pub(crate) fn delays_of_step(
    subject: &Subject,
    calibration: &Kept,
    factor: f64,
    at: f64,
) -> Result<(f64, f64), String> {
    let session = subject.record_change(Scenario::TimeScale(factor), at, at + 600.0, STEPS)?;
    let reports = watched(calibration, USUAL, samples(&session))?;
    let cusum = delay(&reports, at, |report| report.cusum > 8.0);
    Ok((cusum, delay(&reports, at, names_dynamics)))
}

fn delay(reports: &[Report<f32>], at: f64, found: impl Fn(&Report<f32>) -> bool) -> f64 {
    let time = |report: &Report<f32>| report.samples as f64 / RATE as f64;
    let first = reports.iter().find(|report| time(report) > at && found(report));
    first.map_or(f64::INFINITY, |report| time(report) - at)
}

/// A decision that names the dynamics.
fn names_dynamics(report: &Report<f32>) -> bool {
    report.standing == Status::Alarm(Alarm::Dynamics)
}

/// The first cause that is named after a change at `at` seconds, and how long after; `None` where none is.
pub(crate) fn first_named(reports: &[Report<f32>], at: f64) -> Option<(Alarm, f64)> {
    let seconds = |report: &Report<f32>| report.samples as f64 / RATE as f64 - at;
    reports.iter().filter(|report| seconds(report) > 0.0).find_map(|report| match report.standing {
        Status::Alarm(Alarm::Open) => None,
        Status::Alarm(cause) => Some((cause, seconds(report))),
        _ => None,
    })
}

pub(crate) fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

pub(crate) fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    0.5 * (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2])
}

pub(crate) fn share_found(delays: &[f64]) -> f64 {
    delays.iter().filter(|delay| delay.is_finite()).count() as f64 / delays.len() as f64
}

/// Reports of independent normal numbers with means and deviations of the calibration, a window for each seed.
pub(crate) fn white_noise(
    calibration: &Kept,
    length: usize,
    seeds: std::ops::Range<u64>,
) -> Result<Kind, String> {
    let channels = calibration.shape().channels;
    let mut kinds = Vec::new();
    for seed in seeds {
        let mut random = Random::new(seed, length as u64);
        let mut data = Vec::with_capacity(length * channels);
        for _ in 0..length {
            let scaling = calibration.mean().iter().zip(calibration.standard_deviation());
            let number = |(mean, deviation): (&f32, &f32)| {
                f64::from(*mean) + f64::from(*deviation) * random.normal()
            };
            data.extend(scaling.map(number));
        }
        let settings = MonitorSettings::new().block(length / 5).report_every(5).least_pairs(1);
        let rows = data.chunks(channels).map(Some);
        kinds.push(Kind::of(&watched(calibration, (settings, Window::Blocks(5)), rows)?));
    }
    Ok(Kind::join(kinds.into_iter()))
}
