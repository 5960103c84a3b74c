//! How well the monitor tells what changes from what does not: the marks that it was to reach, and what is
//! measured on simulated subjects of fresh seeds.
//!
//! ```text
//! cargo run --release -p monitor_study -- --subjects 40 --hours 9.5
//! ```
//!
//! `results` holds what it printed for 12 subjects from the seed 40 000 on, rows 15 and 14.
//!
//! An area under the curve (AUC) is the probability that z of a window with the change is above z of a window without
//! one. A monitor that has been calibrated on one subject never sees another.

mod families;
mod rounding;
mod subjects;

use clap::Parser;
use dynamical_similarity::Shape;
use dynamical_similarity::monitor::{Alarm, MonitorSettings, Scores, Status};
use families::{Change, Family, changing, known, windows};
use rayon::prelude::*;
use rounding::*;
use subjects::*;
use systems::motor_cortex::{Scenario, Subject};

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
    #[arg(long, value_delimiter = ',', default_values_t = 1..=16)]
    rows: Vec<u8>,
}

impl Arguments {
    /// Seed of the first subject, and how many.
    const fn subjects(&self) -> (u64, u64) {
        (self.seed, self.subjects)
    }
}

fn main() -> Result<(), String> {
    let arguments = Arguments::parse();
    println!("{:>3}  {:58}  {:>8}  {:20}  met", "row", "what", "measured", "mark");
    let asked = |rows: &[u8]| rows.iter().any(|row| arguments.rows.contains(row));
    if asked(&[1]) {
        long_sums(&arguments)?;
    }
    if asked(&[2]) {
        offsets(&arguments)?;
    }
    if asked(&[3]) {
        single_precision(3, &[(4, 4), (8, 8)], &arguments)?;
    }
    if asked(&[4]) {
        single_precision(4, &[(16, 8), (16, 16)], &arguments)?;
    }
    if asked(&[5]) {
        steep_spectra(&arguments)?;
    }
    if asked(&[6, 7, 10, 11, 12]) {
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
        excitation(&arguments)?;
    }
    if asked(&[14]) {
        changes_of_families(&arguments)?;
    }
    if asked(&[15]) {
        causes(&arguments)?;
    }
    if asked(&[16]) {
        stationary_families(&arguments)?;
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

/// A standing decision that names the dynamics.
const DYNAMICS: Status = Status::Alarm(Alarm::Dynamics);

/// Of chance.
const SILENT: (f64, f64) = (0.35, 0.65);

/// The same, where it is small.
fn small(row: u8, what: &str, measured: f64, high: f64) {
    let met = if measured <= high { "yes" } else { "NO" };
    println!("{row:>3}  {what:58}  {measured:8.1e}  {:20}  {met}", format!("<= {high:.0e}"));
}

fn largest(numbers: impl IntoIterator<Item = f64>) -> f64 {
    numbers.into_iter().fold(0.0, f64::max)
}

/// A million samples: sums in blocks.
fn long_sums(arguments: &Arguments) -> Result<(), String> {
    const SIZES: (usize, usize, usize) = (4, 10, 7);
    for seed in arguments.seed..arguments.seed + 3 {
        let data = single(&mixture(seed, SIZES.0, 1_000_000)?);
        let all = batch(&data, SIZES);
        let error = error_with_edges(&data, SIZES, &all).map_err(told)?;
        let what = format!("operator, 1e6 samples, n 4 d 10 r 7, edges, seed {seed}");
        small(1, &what, error, 1e-5);
        let earlier = batch_of_centred(&data, SIZES);
        let error = error_without_edges(&data, SIZES, &earlier).map_err(told)?;
        println!(
            "     s_7 / s_1 {:.2}, condition {:.0}; without edges, as the monitor sums: {error:.1e}",
            all.part(SIZES.2),
            1.0 / all.part(SIZES.0 * SIZES.1)
        );
    }
    Ok(())
}

/// Offsets of 100 and 1000 standard deviations.
fn offsets(arguments: &Arguments) -> Result<(), String> {
    const SIZES: (usize, usize, usize) = (8, 10, 9);
    for seed in arguments.seed..arguments.seed + 3 {
        let data = mixture(seed, SIZES.0, 100_000)?;
        let errors = [0.0, 100.0, 1000.0].map(|deviations| {
            let data = offset(&data, SIZES.0, deviations);
            error_without_edges(&data, SIZES, &batch_of_centred(&data, SIZES)).map_err(told)
        });
        let [plain, offset, far] = errors;
        let plain = plain?;
        small(2, &format!("operator, no offset, n 8 d 10 r 9, seed {seed}"), plain, 3e-4);
        for (deviations, error) in [(100, offset?), (1000, far?)] {
            small(2, &format!("operator, offset of {deviations} sd, seed {seed}"), error, 3e-4);
            line(2, "  against no offset", error / plain, most(1.2));
        }
    }
    Ok(())
}

/// Score, z and noise level in single precision, with offsets and gains.
fn single_precision(
    row: u8,
    sizes: &[(usize, usize)],
    arguments: &Arguments,
) -> Result<(), String> {
    for (channels, rank) in sizes {
        let shape = Shape { channels: *channels, rank: *rank, ..SHAPE };
        let seeds = (arguments.seed, arguments.subjects.min(12));
        for seen in Seen::ALL {
            let found = each(seeds, *channels, |subject| rounding_of_scores(subject, shape, seen))?;
            let of = |k: usize| largest(found.iter().flatten().map(|errors| errors[k]));
            let Seen { offset, spread } = seen;
            let what = format!("n {channels} r {rank}, offset {offset}, gains {spread}");
            small(row, &format!("score in f32, relative, {what}"), of(0), 5e-3);
            small(row, &format!("z in f32, {what}"), of(1), 2e-2);
            small(row, &format!("z of the noise level in f32, {what}"), of(2), 2e-2);
        }
    }
    Ok(())
}

/// Smoothed rates at 1000 Hz: every rank down to 3e-3 of the largest singular value, and the first below.
fn steep_spectra(arguments: &Arguments) -> Result<(), String> {
    for seed in arguments.seed..arguments.seed + 3 {
        let steep = steep(seed)?;
        for (rank, part, error) in &steep.kept {
            let what = format!("operator, smoothed rates, s_{rank} / s_1 {part:.1e}, seed {seed}");
            small(5, &what, *error, 1e-3);
        }
        let right = f64::from(u8::from(steep.is_refused()));
        line(5, "the next rank is refused with the one there is", right, least(1.0));
        let said = steep.calibration.as_deref().unwrap_or("nothing: it is taken");
        println!("     a calibration at that rank says: {said}");
    }
    Ok(())
}

/// Changes that are seen, or not, in 60 s.
const CHANGES: [Scenario; 12] = [
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
    Scenario::TimeScale(0.8),
    Scenario::Tuning(0.7),
];
const FASTER: Scenario = Scenario::TimeScale(1.5);

/// Windows of 60 s: none, the changes, 1.5 times as fast, pops that are not rejected.
fn kinds_of(subject: &Subject, windows: u64) -> Result<Vec<Kind>, String> {
    let calibration = calibrated(subject, SHAPE, Scenario::None, Scores::Spectra)?;
    let plain = (Scenario::None, PLAIN, 2 * windows, MonitorSettings::new());
    let changes = CHANGES.into_iter().chain([FASTER]).zip(1..);
    let changes =
        changes.map(|(change, k)| (change, CHANGED + 1000 * k, windows, MonitorSettings::new()));
    let raw = (Scenario::Pops, CHANGED, windows, MonitorSettings::new().artefact(f32::MAX));
    let all = [plain].into_iter().chain(changes).chain([raw]);
    all.map(|(change, first, count, settings)| {
        windows_of(subject, &calibration, settings, (change, 60.0), first..first + count)
    })
    .collect()
}

fn short_windows(arguments: &Arguments) -> Result<(), String> {
    let mut found = each(arguments.subjects(), SHAPE.channels, |subject| {
        kinds_of(subject, arguments.windows).map(Vec::into_iter)
    })?;
    let mut next = || Kind::join(found.iter_mut().filter_map(Iterator::next));
    let plain = next();
    let changes = CHANGES.map(|_| next());
    let (faster, raw) = (next(), next());
    let [remix, ten, twenty, frequency, units, gains, pops, few, many, turnover, slower, tuning] =
        &changes;
    let asked = |row: u8| arguments.rows.contains(&row);
    let dynamics = |row: u8, what: &str, kind: &Kind, mark| {
        let what = format!("AUC 60 s, {what} ({} windows)", kind.dynamics.len());
        line(row, &what, auc(&kind.dynamics, &plain.dynamics), mark);
    };
    let gate = |row: u8, what: &str, kind: &Kind, mark| {
        line(row, &format!("AUC 60 s of the gate, {what}"), auc(&kind.gate, &plain.gate), mark);
    };
    if asked(6) {
        dynamics(6, "general remix", remix, (0.4, 0.6));
        dynamics(6, "channel gains", gains, SILENT);
        dynamics(6, "tuning x 0.7", tuning, most(0.8));
        dynamics(6, "time scale + 10 %", ten, least(0.95));
        dynamics(6, "time scale + 20 %", twenty, least(0.98));
        dynamics(6, "time scale - 20 %", slower, least(0.98));
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
        let (above, share) = (turnover.share_above(2.5), faster.share_above(2.5));
        line(12, "share above the margin, all units new, refit", above, most(0.2));
        line(12, "share above the margin, time scale + 50 %", share, least(0.99));
        line(12, "share above the margin, no change", plain.share_above(2.5), most(0.01));
    }
    let held: usize = changes.iter().chain([&plain, &faster]).map(|kind| kind.held).sum();
    println!(
        "     windows of 60 s without a score: {held}; of pops that are not rejected: {}",
        raw.held
    );
    Ok(())
}

/// 60 s of a line after a ring, of one well after two.
fn topologies(arguments: &Arguments) -> Result<(), String> {
    let pairs = [
        (Scenario::Ring, Scenario::Line, 0.95, "a line after a ring"),
        (Scenario::Bistable, Scenario::Point, 0.85, "one well after two"),
    ];
    for (reference, change, mark, what) in pairs {
        let found = each(arguments.subjects(), SHAPE.channels, |subject| {
            let calibration = calibrated(subject, SHAPE, reference, Scores::Spectra)?;
            let kind = |scenario, sessions| {
                let settings = MonitorSettings::new();
                windows_of(subject, &calibration, settings, (scenario, 60.0), sessions)
            };
            let plain = kind(reference, PLAIN..PLAIN + 2 * arguments.windows)?;
            Ok((plain, kind(change, CHANGED..CHANGED + arguments.windows)?))
        })?;
        let (plain, changed): (Vec<Kind>, Vec<Kind>) = found.into_iter().unzip();
        let (plain, changed) = (Kind::join(plain.into_iter()), Kind::join(changed.into_iter()));
        let what = format!("AUC 60 s, {what} ({} windows)", changed.dynamics.len());
        line(7, &what, auc(&changed.dynamics, &plain.dynamics), least(mark));
    }
    Ok(())
}

/// What is done for the seeds of all subjects.
fn for_seeds<T: Send>(
    arguments: &Arguments,
    work: impl Fn(u64) -> Result<T, String> + Sync + Send,
) -> Result<Vec<T>, String> {
    let seeds = arguments.seed..arguments.seed + arguments.subjects;
    seeds.into_par_iter().map(work).collect()
}

/// Changes of the families: what must be seen in 60 s, and what must not move the score much.
const FAMILIES: [(Family, Change, (f64, f64)); 19] = [
    (Family::Relaxation, Change::Rates(2.0), least(0.98)),
    (Family::Relaxation, Change::Rates(0.5), least(0.98)),
    (Family::Relaxation, Change::Rates(1.5), least(0.95)),
    (Family::Relaxation, Change::Other, least(0.5)),
    (Family::Relaxation, Change::Remix, SILENT),
    (Family::NoisyRelaxation, Change::Rates(2.0), least(0.98)),
    (Family::NoisyRelaxation, Change::Rates(0.5), least(0.98)),
    (Family::NoisyRelaxation, Change::Remix, SILENT),
    (Family::NoisyRelaxation, Change::Noise(2.0), most(0.95)),
    (Family::Rotations, Change::Rates(1.2), least(0.98)),
    (Family::Rotations, Change::Other, least(0.98)),
    (Family::Rotations, Change::Noise(1.0), most(0.82)),
    (Family::Second, Change::Other, least(0.97)),
    (Family::Second, Change::Remix, SILENT),
    (Family::Lorenz, Change::Rates(40.0 / 28.0), least(0.97)),
    (Family::Lorenz, Change::Rates(35.0 / 28.0), least(0.93)),
    (Family::Lorenz, Change::Noise(2.0), most(0.82)),
    (Family::Pink, Change::Rates(1.5), least(0.98)),
    (Family::Pink, Change::Rates(1.2), least(0.9)),
];

fn changes_of_families(arguments: &Arguments) -> Result<(), String> {
    const WINDOWS: usize = 5;
    for (family, change, mark) in FAMILIES {
        let found = for_seeds(arguments, |seed| {
            let calibration = known(family, seed, Change::Nothing)?;
            let of = |change, run| windows(&calibration, (family, seed), change, (run, WINDOWS));
            Ok((of(Change::Nothing, 1)?, of(change, 2)?))
        })?;
        let (plain, changed): (Vec<Kind>, Vec<Kind>) = found.into_iter().unzip();
        let (plain, changed) = (Kind::join(plain.into_iter()), Kind::join(changed.into_iter()));
        let what = format!("AUC 60 s, {family:?} {change:?} ({})", changed.dynamics.len());
        line(14, &what, auc(&changed.dynamics, &plain.dynamics), mark);
        println!(
            "     median z {:.1}, of no change {:.2}; of the noise level {:.1}",
            median(&changed.dynamics),
            median(&plain.dynamics),
            median(&changed.noise)
        );
    }
    Ok(())
}

/// Streams that change after 120 s and are watched for ten minutes: the first cause that is named.
fn causes(arguments: &Arguments) -> Result<(), String> {
    let (mut dynamics, mut others, mut remixed) = (Vec::new(), Vec::new(), Vec::new());
    let changes = FAMILIES.iter().map(|(family, change, _)| (*family, *change));
    for (family, change) in changes {
        let found = for_seeds(arguments, |seed| {
            let calibration = known(family, seed, Change::Nothing)?;
            let how = (Change::Nothing, change);
            let reports = changing(&calibration, (family, seed), how, 600)?;
            Ok((first_named(&reports, 120.0), reports.last().map(|report| report.status)))
        })?;
        let found = told_causes(&format!("{family:?} {change:?}"), found);
        match change {
            Change::Remix => remixed.extend(found),
            Change::Noise(_) => others.extend(found),
            _ => dynamics.extend(found),
        }
    }
    for (scenario, is) in [
        (Scenario::TimeScale(1.1), true),
        (Scenario::TimeScale(1.2), true),
        (Scenario::TimeScale(0.8), true),
        (Scenario::TimeScale(1.5), true),
        (Scenario::Frequency(1.2), true),
        (Scenario::Damping(2.0), true),
        (Scenario::GeneralRemix, false),
        (Scenario::ChannelGains, false),
    ] {
        let found = each(arguments.subjects(), SHAPE.channels, |subject| {
            let calibration = calibrated(subject, SHAPE, Scenario::None, Scores::Spectra)?;
            let session = subject.record_change(scenario, 120.0, 720.0, STEPS)?;
            let reports = watched(&calibration, USUAL, samples(&session))?;
            Ok((first_named(&reports, 120.0), reports.last().map(|report| report.status)))
        })?;
        let found = told_causes(&scenario.to_string(), found);
        if is { &mut dynamics } else { &mut remixed }.extend(found);
    }
    let share = |found: &[Option<(Alarm, f64)>], is: &dyn Fn(Alarm) -> bool| {
        let count = found.iter().flatten().filter(|(cause, _)| is(*cause)).count();
        count as f64 / found.len() as f64
    };
    let wrong = share(&dynamics, &|cause| cause != Alarm::Dynamics);
    let what = format!("dynamics first named geometry or noise ({} streams)", dynamics.len());
    line(15, &what, wrong, most(0.03));
    let right = share(&remixed, &|cause| cause == Alarm::Geometry);
    line(15, &format!("remixes named geometry ({} streams)", remixed.len()), right, least(0.98));
    let times: Vec<f64> = remixed.iter().flatten().map(|(_, seconds)| *seconds).collect();
    line(15, "median time to that name, s", median(&times), most(150.0));
    let called = share(&others, &|cause| cause == Alarm::Dynamics);
    line(15, &format!("more noise called dynamics ({} streams)", others.len()), called, most(0.05));
    Ok(())
}

/// A cause, and after how many seconds it was named.
type Named = (Alarm, f64);

/// Prints what was named first, and what stood at the end where nothing was; returns the first.
fn told_causes(what: &str, found: Vec<(Option<Named>, Option<Status>)>) -> Vec<Option<Named>> {
    let unnamed = found.iter().filter(|(named, _)| named.is_none());
    let last: Vec<String> =
        unnamed.filter_map(|(_, status)| status.map(|status| format!("{status:?}"))).collect();
    let found: Vec<Option<Named>> = found.into_iter().map(|(named, _)| named).collect();
    let count = |cause| found.iter().flatten().filter(|(named, _)| *named == cause).count();
    let times: Vec<f64> = found.iter().flatten().map(|(_, seconds)| *seconds).collect();
    let median = if times.is_empty() { f64::NAN } else { median(&times) };
    println!(
        "     {what}: dynamics {}, geometry {}, noise {}, none {}; median {median} s",
        count(Alarm::Dynamics),
        count(Alarm::Geometry),
        count(Alarm::Noise),
        found.iter().filter(|named| named.is_none()).count()
    );
    if !last.is_empty() {
        println!("         without a name at the end: {}", last.join(", "));
    }
    found
}

/// Hours of every family without a change.
fn stationary_families(arguments: &Arguments) -> Result<(), String> {
    for family in Family::ALL {
        let found = for_seeds(arguments, |seed| {
            let calibration = known(family, seed, Change::Nothing)?;
            let seconds = (3600.0 * arguments.hours) as usize;
            let how = (Change::Nothing, Change::Nothing);
            let reports = changing(&calibration, (family, seed), how, seconds)?;
            let alarms = reports.iter().filter(|x| x.standing == DYNAMICS).count();
            let left = reports.windows(2).filter(|x| x[1].warned && !x[0].warned).count();
            Ok((Kind::of(&reports), left, alarms))
        })?;
        let days = arguments.hours * found.len() as f64 / 24.0;
        let alarms = found.iter().filter(|(.., alarms)| *alarms > 0).count();
        let left: usize = found.iter().map(|(_, left, _)| left).sum();
        let kind = Kind::join(found.into_iter().map(|(kind, ..)| kind));
        let z = &kind.dynamics;
        let spread = mean(&z.iter().map(|z| z * z).collect::<Vec<_>>()) - mean(z).powi(2);
        let what = format!("{family:?}: false alarms of dynamics a day, bound ({days:.2} days)");
        line(16, &what, most_expected(alarms) / days, most(1.0));
        println!(
            "     band left {left} times; z {:.2} +- {:.2}; of the gate {:.2}, of the noise {:.2}",
            mean(z),
            spread.sqrt(),
            mean(&kind.gate),
            mean(&kind.noise)
        );
    }
    Ok(())
}

fn false_alarms(arguments: &Arguments) -> Result<(), String> {
    let seconds = 3600.0 * arguments.hours;
    let seeds = (arguments.seed, arguments.stationary);
    let found = each(seeds, SHAPE.channels, |subject| {
        let calibration = calibrated(subject, SHAPE, Scenario::None, Scores::Spectra)?;
        let session = subject.record(Scenario::None, seconds, LONG)?;
        Ok(beginnings(&watched(&calibration, USUAL, samples(&session))?))
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

fn delays(arguments: &Arguments) -> Result<(), String> {
    for (factor, mark) in [(1.2, 150.0), (1.5, 120.0)] {
        let found = each(arguments.subjects(), SHAPE.channels, |subject| {
            let calibration = calibrated(subject, SHAPE, Scenario::None, Scores::Spectra)?;
            delays_of_step(subject, &calibration, factor, 120.0)
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

fn excitation(arguments: &Arguments) -> Result<(), String> {
    for channels in [4, 8, 16] {
        let shape = Shape { channels, rank: channels.min(8), ..SHAPE };
        let seeds = arguments.seed..arguments.seed + arguments.subjects;
        for length in [250, 500, 1500, 3000, 15_000] {
            let found = each((arguments.seed, 1), channels, |subject| {
                let calibration = calibrated(subject, shape, Scenario::None, Scores::Spectra)?;
                white_noise(&calibration, length, seeds.clone())
            })?;
            let kind = Kind::join(found.into_iter());
            let share = kind.unexcited as f64 / arguments.subjects as f64;
            let what =
                format!("share without excitation, {length} samples of noise, n = {channels}");
            line(13, &what, share, least(1.0));
        }
        let found = each(arguments.subjects(), channels, |subject| {
            let calibration = calibrated(subject, shape, Scenario::None, Scores::Spectra)?;
            let (settings, what) = (MonitorSettings::new(), (Scenario::None, 60.0));
            let sessions = PLAIN..PLAIN + 2 * arguments.windows;
            windows_of(subject, &calibration, settings, what, sessions)
        })?;
        let kind = Kind::join(found.into_iter());
        let share = kind.unexcited as f64 / (kind.unexcited + kind.dynamics.len()) as f64;
        let what = format!("share without excitation, 60 s of a subject, n = {channels}");
        line(13, &what, share, most(0.0));
    }
    Ok(())
}
