//! How well the monitor tells what changes from what does not: the marks that it was to reach, and what is
//! measured on simulated subjects of fresh seeds.
//!
//! ```text
//! cargo run --release -p dynamical-similarity-cli --example monitor_marks -- --subjects 40 --hours 9.5
//! ```
//!
//! Every subject is calibrated on 600 s in double precision, as `dsa calibrate` does it, and watched by the
//! monitor in single precision. An area under the curve (AUC) is the probability that z of a window with the change
//! is above z of a window without one; windows are recordings of their own, each seen by a monitor that has
//! seen nothing else. A monitor that has been calibrated on one subject never sees another.

use clap::Parser;
use dsa::calibration_file::{Kept, rounded};
use dsa::simulate::Random;
use dsa::simulate::motor_cortex::{RATE, Scenario, Session, Subject};
use dynamical_similarity::Shape;
use dynamical_similarity::monitor::{
    Alarm, Calibration, Calibrator, CalibratorSettings, Insufficient, Monitor, MonitorSettings,
    Report, Scores, Status, Window,
};
use rayon::prelude::*;

const SHAPE: Shape = Shape { channels: 8, delays: 5, rank: 8 };
/// Samples of a block.
const BLOCK: usize = 10 * RATE;
/// Sessions of a subject begin here: the calibration, windows without a change, with one, long ones, steps.
const CALIBRATION: u64 = 0;
const PLAIN: u64 = 1000;
const CHANGED: u64 = 2000;
const LONG: u64 = 100_000;
const STEPS: u64 = 200_000;

#[derive(Parser)]
struct Arguments {
    /// Subjects of all rows but 8.
    #[arg(long, default_value_t = 40)]
    subjects: u64,
    /// Windows of each subject and change; of those without a change twice as many.
    #[arg(long, default_value_t = 1)]
    windows: u64,
    /// Subjects of row 8.
    #[arg(long, default_value_t = 16)]
    stationary: u64,
    /// Hours of each of them.
    #[arg(long, default_value_t = 9.5)]
    hours: f64,
    /// Seed of the first subject; those below 10 000 have been looked at before.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(10_000..))]
    seed: u64,
    /// Rows of the table.
    #[arg(long, value_delimiter = ',', default_values_t = [6, 7, 8, 9, 10, 11, 12, 13])]
    rows: Vec<u8>,
}

fn main() -> Result<(), String> {
    let arguments = Arguments::parse();
    println!("{:>3}  {:58}  {:>8}  {:20}  met", "row", "what", "measured", "mark");
    let asked = |rows: &[u8]| rows.iter().any(|row| arguments.rows.contains(row));
    if asked(&[6, 7, 10, 11, 12, 13]) {
        short_windows(&arguments)?;
    }
    if asked(&[7]) {
        topologies(&arguments)?;
    }
    if asked(&[8]) {
        false_alarms(&arguments)?;
    }
    if asked(&[9]) {
        delays(&arguments)?;
    }
    if asked(&[13]) {
        white_noise(&arguments)?;
    }
    Ok(())
}

/// A line of the table.
fn line(row: u8, what: &str, measured: f64, (low, high): (f64, f64)) {
    let mark = match (low, high) {
        (low, f64::INFINITY) => format!(">= {low}"),
        (f64::NEG_INFINITY, high) => format!("<= {high}"),
        _ => format!("{low} to {high}"),
    };
    let met = if (low..=high).contains(&measured) { "yes" } else { "NO" };
    println!("{row:>3}  {what:58}  {measured:8.3}  {mark:20}  {met}");
}

const fn least(low: f64) -> (f64, f64) {
    (low, f64::INFINITY)
}

const fn most(high: f64) -> (f64, f64) {
    (f64::NEG_INFINITY, high)
}

/// Of chance.
const SILENT: (f64, f64) = (0.35, 0.65);

/// P(x > y) + P(x = y) / 2 for a changed x and a plain y (Mann and Whitney 1947, doi:10.1214/aoms/1177730491).
fn auc(changed: &[f64], plain: &[f64]) -> f64 {
    let pair = |x: f64, y: f64| f64::from(u8::from(x > y)) + 0.5 * f64::from(u8::from(x == y));
    let sum: f64 = changed.iter().flat_map(|x| plain.iter().map(|y| pair(*x, *y))).sum();
    sum / (changed.len() * plain.len()) as f64
}

/// What is done for every subject, in the order of their seeds.
fn each<T: Send>(
    first: u64,
    count: u64,
    work: impl Fn(&Subject) -> Result<T, String> + Sync,
) -> Result<Vec<T>, String> {
    let subjects = (first..first + count).into_par_iter();
    subjects.map(|seed| work(&Subject::new(seed, SHAPE.channels)?)).collect()
}

/// Samples, `None` where one is missing.
fn samples(session: &Session) -> impl Iterator<Item = Option<&[f64]>> {
    let rows = session.data.chunks(session.channels).zip(&session.missing);
    rows.map(|(row, missing)| (!missing).then_some(row))
}

/// A calibration on 600 s of a reference.
fn calibrated(subject: &Subject, reference: Scenario, scores: Scores) -> Result<Kept, String> {
    let session = subject.record(reference, 600.0, CALIBRATION)?;
    let settings = CalibratorSettings::new(SHAPE, RATE as f32).scores(scores);
    let rows = session.data.chunks(SHAPE.channels).take(200);
    let shift: Vec<f64> =
        (0..SHAPE.channels).map(|c| rows.clone().map(|row| row[c]).sum::<f64>() / 200.0).collect();
    let memory = vec![0.0; Calibrator::<f64, ()>::memory_len(settings)];
    let mut calibrator = Calibrator::new_in(settings, &shift, memory).map_err(told)?;
    for row in session.data.chunks(SHAPE.channels) {
        calibrator.push(row).map_err(told)?;
    }
    let memory = vec![0.0; Calibration::<f64, ()>::memory_len(SHAPE, scores)];
    rounded(&calibrator.finish_in(memory).map_err(told)?).map_err(told)
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// All reports of a stream.
fn watched<'a>(
    calibration: &Kept,
    (settings, window): (MonitorSettings, Window),
    rows: impl Iterator<Item = Option<&'a [f64]>>,
) -> Result<Vec<Report<f32>>, String> {
    let memory = vec![0.0; Monitor::<f32, ()>::memory_len(SHAPE, calibration.scores(), window)];
    let mut monitor =
        Monitor::new_in(calibration, settings.window(window), memory).map_err(told)?;
    let mut reports = Vec::new();
    for row in rows {
        match row {
            Some(row) => monitor.push(&row.iter().map(|x| *x as f32).collect::<Vec<f32>>()),
            None => monitor.push_missing(),
        }
        .map_err(told)?;
        reports.extend(monitor.poll(usize::MAX));
    }
    Ok(reports)
}

/// The report of a window that fills a recording.
fn report(
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
struct Kind {
    scores: Vec<f64>,
    dynamics: Vec<f64>,
    canonical: Vec<f64>,
    gate: Vec<f64>,
    unexcited: usize,
    /// Windows of which nothing could be said.
    held: usize,
}

impl Kind {
    fn push(&mut self, report: &Report<f32>) {
        let z = |reading: Option<dynamical_similarity::monitor::Reading<f32>>| {
            reading.map(|reading| f64::from(reading.z))
        };
        self.scores.extend(report.dynamics.map(|reading| f64::from(reading.score)));
        self.dynamics.extend(z(report.dynamics));
        self.canonical.extend(z(report.canonical));
        self.gate.extend(z(report.gate));
        self.held += usize::from(report.dynamics.is_none());
        let excitation = Status::InsufficientData(Insufficient::Excitation);
        self.unexcited += usize::from(report.status == excitation);
    }

    fn join(kinds: impl Iterator<Item = Self>) -> Self {
        kinds.fold(Self::default(), |mut all, kind| {
            all.scores.extend(kind.scores);
            all.dynamics.extend(kind.dynamics);
            all.canonical.extend(kind.canonical);
            all.gate.extend(kind.gate);
            all.unexcited += kind.unexcited;
            all.held += kind.held;
            all
        })
    }

    fn share_above(&self, radians: f64) -> f64 {
        let above = self.scores.iter().filter(|score| **score > radians).count();
        above as f64 / self.scores.len() as f64
    }
}

/// Changes that are seen, or not, in 60 s.
const CHANGES: [Scenario; 10] = [
    Scenario::GeneralRemix,
    Scenario::TimeScale(1.1),
    Scenario::TimeScale(1.2),
    Scenario::Frequency(1.5),
    Scenario::UnitTurnover { fraction: 0.3, refit: false },
    Scenario::ChannelGains,
    Scenario::Pops,
    Scenario::Dropped(0.05),
    Scenario::Dropped(0.2),
    Scenario::UnitTurnover { fraction: 1.0, refit: true },
];
const FASTER: Scenario = Scenario::TimeScale(1.5);

/// Windows of 60 s: none, the changes, 1.5 times as fast, pops that are not rejected.
fn kinds_of(subject: &Subject, windows: u64) -> Result<Vec<Kind>, String> {
    let calibration = calibrated(subject, Scenario::None, Scores::Operator)?;
    let plain = (Scenario::None, PLAIN, 2 * windows, MonitorSettings::new());
    let changes = CHANGES.into_iter().chain([FASTER]).zip(1..);
    let changes =
        changes.map(|(change, k)| (change, CHANGED + 1000 * k, windows, MonitorSettings::new()));
    let raw = (Scenario::Pops, CHANGED, windows, MonitorSettings::new().artefact(f32::MAX));
    let mut kinds = Vec::new();
    for (change, first, count, settings) in [plain].into_iter().chain(changes).chain([raw]) {
        let mut kind = Kind::default();
        for session in first..first + count {
            let session = subject.record(change, 60.0, session)?;
            kind.push(&report(&calibration, settings, &session)?);
        }
        kinds.push(kind);
    }
    Ok(kinds)
}

fn short_windows(arguments: &Arguments) -> Result<(), String> {
    let mut found = each(arguments.seed, arguments.subjects, |subject| {
        kinds_of(subject, arguments.windows).map(Vec::into_iter)
    })?;
    let mut next = || Kind::join(found.iter_mut().filter_map(Iterator::next));
    let plain = next();
    let changes = CHANGES.map(|_| next());
    let (faster, raw) = (next(), next());
    let [remix, ten, twenty, frequency, units, gains, pops, few, many, turnover] = &changes;
    let asked = |row: u8| arguments.rows.contains(&row);
    let dynamics = |row: u8, what: &str, kind: &Kind, mark| {
        let what = format!("AUC 60 s, {what} ({} windows)", kind.dynamics.len());
        line(row, &what, auc(&kind.dynamics, &plain.dynamics), mark);
    };
    let gate = |row: u8, what: &str, kind: &Kind, mark| {
        line(row, &format!("AUC 60 s of the gate, {what}"), auc(&kind.gate, &plain.gate), mark);
    };
    if asked(6) {
        dynamics(6, "general remix", remix, SILENT);
        dynamics(6, "time scale + 10 %", ten, least(0.88));
        dynamics(6, "time scale + 20 %", twenty, least(0.95));
        dynamics(6, "frequency + 50 %", frequency, least(0.99));
    }
    if asked(7) {
        gate(7, "general remix", remix, least(0.98));
        gate(7, "30 % of the units", units, least(0.98));
        gate(7, "channel gains", gains, least(0.98));
    }
    if asked(10) {
        dynamics(10, "pops of 100 sd, rejected", pops, SILENT);
        gate(10, "pops, not rejected (not silent)", &raw, least(SILENT.1));
    }
    if asked(11) {
        dynamics(11, "5 % of the samples missing", few, SILENT);
        dynamics(11, "20 % of the samples missing", many, most(0.75));
    }
    if asked(12) {
        let (above, share) = (turnover.share_above(0.08), faster.share_above(0.08));
        line(12, "share above 0.08 rad, all units new, refit", above, most(0.1));
        line(12, "share above 0.08 rad, time scale + 50 %", share, least(0.99));
    }
    if asked(13) {
        let share = plain.unexcited as f64 / (plain.unexcited + plain.dynamics.len()) as f64;
        line(13, "share without excitation, 60 s of a subject", share, most(0.0));
    }
    let held: usize = changes.iter().chain([&plain, &faster]).map(|kind| kind.held).sum();
    println!(
        "     windows of 60 s without a score: {held}; of pops that are not rejected: {}",
        raw.held
    );
    Ok(())
}

/// 300 s of a line after a ring, of one well after two, by the canonical variates.
fn topologies(arguments: &Arguments) -> Result<(), String> {
    let pairs = [
        (Scenario::Ring, Scenario::Line, 0.95, "a line after a ring"),
        (Scenario::Bistable, Scenario::Point, 0.85, "one well after two"),
    ];
    for (reference, change, mark, what) in pairs {
        let found = each(arguments.seed, arguments.subjects, |subject| {
            let calibration = calibrated(subject, reference, Scores::OperatorAndCanonical)?;
            let kind = |scenario, first, count| -> Result<Kind, String> {
                let mut kind = Kind::default();
                for session in first..first + count {
                    let session = subject.record(scenario, 300.0, session)?;
                    kind.push(&report(&calibration, MonitorSettings::new(), &session)?);
                }
                Ok(kind)
            };
            let plain = kind(reference, PLAIN, 2 * arguments.windows)?;
            Ok((plain, kind(change, CHANGED, arguments.windows)?))
        })?;
        let (plain, changed): (Vec<Kind>, Vec<Kind>) = found.into_iter().unzip();
        let (plain, changed) = (Kind::join(plain.into_iter()), Kind::join(changed.into_iter()));
        let what = format!("AUC 300 s, canonical, {what} ({} windows)", changed.canonical.len());
        line(7, &what, auc(&changed.canonical, &plain.canonical), least(mark));
    }
    Ok(())
}

/// How often something begins: CUSUM above 8 (until it is 0 again), and a standing decision that is not Ok.
fn beginnings(reports: &[Report<f32>]) -> (usize, usize) {
    let (mut cusum, mut standing) = ((0, false), (0, false));
    for report in reports {
        let over = if cusum.1 { report.cusum > 0.0 } else { report.cusum > 8.0 };
        let stands = report.standing != Status::Ok;
        cusum = (cusum.0 + usize::from(over && !cusum.1), over);
        standing = (standing.0 + usize::from(stands && !standing.1), stands);
    }
    (cusum.0, standing.0)
}

fn false_alarms(arguments: &Arguments) -> Result<(), String> {
    let seconds = 3600.0 * arguments.hours;
    let found = each(arguments.seed, arguments.stationary, |subject| {
        let calibration = calibrated(subject, Scenario::None, Scores::Operator)?;
        let session = subject.record(Scenario::None, seconds, LONG)?;
        let usual = (MonitorSettings::new(), Window::Blocks(6));
        Ok(beginnings(&watched(&calibration, usual, samples(&session))?))
    })?;
    let days = seconds * found.len() as f64 / 86_400.0;
    let events: usize = found.iter().map(|(cusum, _)| cusum).sum();
    let worst = found.iter().map(|(cusum, _)| *cusum).max().unwrap_or(0);
    let standing: usize = found.iter().map(|(_, standing)| standing).sum();
    let what = format!("false alarms a day, upper 95 % bound ({events} in {days:.2} days)");
    line(8, &what, most_expected(events) / days, most(1.0));
    line(8, "false alarms of the worst subject", worst as f64, most(2.0));
    println!("     decisions of any kind that began, those of the gate included: {standing}");
    Ok(())
}

/// The mean m of a Poisson distribution for which P(X <= events) = 0.05: the upper 95 % bound.
fn most_expected(events: usize) -> f64 {
    let below = |mean: f64| {
        let terms = (1..=events).scan(1.0, |term, k| {
            *term *= mean / k as f64;
            Some(*term)
        });
        (-mean).exp() * (1.0 + terms.sum::<f64>())
    };
    let (mut low, mut high) = (0.0, 10.0 + 3.0 * events as f64);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        *(if below(middle) > 0.05 { &mut low } else { &mut high }) = middle;
    }
    high
}

/// Seconds from a step to the first report after it for which `found` holds; infinite within 10 minutes.
fn delay(reports: &[Report<f32>], at: f64, found: impl Fn(&Report<f32>) -> bool) -> f64 {
    let time = |report: &Report<f32>| report.samples as f64 / RATE as f64;
    let first = reports.iter().find(|report| time(report) > at && found(report));
    first.map_or(f64::INFINITY, |report| time(report) - at)
}

/// A decision that names the dynamics. A warning of the dynamics does not show while the gate has its alarm.
fn names_dynamics(report: &Report<f32>) -> bool {
    matches!(report.standing, Status::Warning | Status::Alarm(Alarm::Dynamics | Alarm::Both))
}

fn delays(arguments: &Arguments) -> Result<(), String> {
    const AT: f64 = 120.0;
    for (factor, mark) in [(1.2, 150.0), (1.5, 120.0)] {
        let found = each(arguments.seed, arguments.subjects, |subject| {
            let calibration = calibrated(subject, Scenario::None, Scores::Operator)?;
            let change = Scenario::TimeScale(factor);
            let session = subject.record_change(change, AT, AT + 600.0, STEPS)?;
            let usual = (MonitorSettings::new(), Window::Blocks(6));
            let reports = watched(&calibration, usual, samples(&session))?;
            let cusum = delay(&reports, AT, |report| report.cusum > 8.0);
            Ok((cusum, delay(&reports, AT, names_dynamics)))
        })?;
        let (cusum, named): (Vec<f64>, Vec<f64>) = found.into_iter().unzip();
        let name = format!("time scale x {factor}");
        let what = format!("median delay in s, CUSUM, {name} ({} subjects)", cusum.len());
        line(9, &what, median(&cusum), most(mark));
        line(9, &format!("share found within 10 min, {name}"), share_found(&cusum), least(0.95));
        println!(
            "     until the decision names the dynamics: median {} s, share {:.3}",
            median(&named),
            share_found(&named)
        );
    }
    Ok(())
}

fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    0.5 * (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2])
}

fn share_found(delays: &[f64]) -> f64 {
    delays.iter().filter(|delay| delay.is_finite()).count() as f64 / delays.len() as f64
}

/// Independent normal numbers with means and deviations of the calibration.
fn white_noise(arguments: &Arguments) -> Result<(), String> {
    for length in [250, 500, 1500, 3000, 15_000] {
        let seeds = arguments.seed..arguments.seed + arguments.subjects;
        let found = each(arguments.seed, 1, |subject| {
            let calibration = calibrated(subject, Scenario::None, Scores::Operator)?;
            let mut kind = Kind::default();
            for seed in seeds.clone() {
                let mut random = Random::new(seed, length as u64);
                let mut data = Vec::with_capacity(length * SHAPE.channels);
                for _ in 0..length {
                    let scaling = calibration.mean().iter().zip(calibration.standard_deviation());
                    let number = |(mean, deviation): (&f32, &f32)| {
                        f64::from(*mean) + f64::from(*deviation) * random.normal()
                    };
                    data.extend(scaling.map(number));
                }
                let settings =
                    MonitorSettings::new().block(length / 5).report_every(5).least_pairs(1);
                let rows = data.chunks(SHAPE.channels).map(Some);
                let reports = watched(&calibration, (settings, Window::Blocks(5)), rows)?;
                reports.iter().for_each(|report| kind.push(report));
            }
            Ok(kind)
        })?;
        let kind = Kind::join(found.into_iter());
        let share = kind.unexcited as f64 / arguments.subjects as f64;
        line(
            13,
            &format!("share without excitation, {length} samples of noise"),
            share,
            least(1.0),
        );
    }
    Ok(())
}
