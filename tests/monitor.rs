//! The monitor on streams of a linear process: what it must see, what it must not, and what it does when the
//! input is bad.

mod common;

use common::Noise;
use dynamical_similarity::monitor::{
    Alarm, Calibration, Calibrator, CalibratorSettings, Fault, Insufficient, Monitor,
    MonitorSettings, Report, Scores, Status, Window,
};
use dynamical_similarity::{ChannelSet, Error, Scalar, Shape};

/// Damped rotations and slow modes, seen by channels that mix them and add noise of their own.
#[derive(Clone)]
struct Process {
    state: Vec<f64>,
    mixing: Vec<f64>,
    noise: Noise,
    /// Factor on all frequencies and rates of decay.
    speed: f64,
    /// Of the noise of a channel.
    own: f64,
}

const N: usize = 4;

impl Process {
    /// The mixture belongs to the subject, the noise to the run.
    fn new(subject: u64, run: u64) -> Self {
        let mut noise = Noise(subject);
        let mixing = (0..N * N)
            .map(|k| 0.6 * noise.normal() + f64::from(u8::from(k % N == k / N)))
            .collect();
        let noise = Noise(run.wrapping_mul(0x1234_5678_9ABC_DEF1));
        let mut new = Self { state: vec![0.0; N], mixing, noise, speed: 1.0, own: 0.3 };
        for _ in 0..300 {
            new.next();
        }
        new
    }

    fn next(&mut self) -> Vec<f64> {
        let old = self.state.clone();
        for (pair, x) in old.chunks(2).enumerate() {
            let decay = (-0.06 * self.speed * (1.0 + pair as f64)).exp();
            let (sin, cos) = (self.speed * (0.25 + 0.3 * pair as f64)).sin_cos();
            self.state[2 * pair] = decay * (cos * x[0] - sin * x[1]) + 0.3 * self.noise.normal();
            self.state[2 * pair + 1] =
                decay * (sin * x[0] + cos * x[1]) + 0.3 * self.noise.normal();
        }
        let own = self.own;
        let mut sample = mixed(&self.mixing, &self.state);
        sample.iter_mut().for_each(|x| *x += own * self.noise.normal());
        sample
    }
}

/// M x, M column-major.
fn mixed(m: &[f64], x: &[f64]) -> Vec<f64> {
    let n = x.len();
    (0..n).map(|i| (0..n).map(|j| m[j * n + i] * x[j]).sum()).collect()
}

const SHAPE: Shape = Shape { channels: N, delays: 5, rank: 4 };

fn cast<T: Scalar>(x: &[f64]) -> Vec<T> {
    // The only public way into a scalar is through f32.
    x.iter().map(|x| T::from(*x as f32)).collect()
}

fn calibrated<T: Scalar>(
    settings: CalibratorSettings,
    process: &mut Process,
) -> Calibration<T, Vec<T>> {
    let memory = vec![T::from(f32::NAN); Calibrator::<T, ()>::memory_len(settings)];
    let mut calibrator = Calibrator::new_in(settings, &[T::from(0.0); N], memory).unwrap();
    while !calibrator.is_complete() {
        calibrator.push(&cast::<T>(&process.next())).unwrap();
    }
    let scores = Scores::OperatorAndCanonical;
    let memory = vec![T::from(f32::NAN); Calibration::<T, ()>::memory_len(SHAPE, scores)];
    calibrator.finish_in(memory).unwrap()
}

fn settings() -> CalibratorSettings {
    CalibratorSettings::new(SHAPE, 50.0).scores(Scores::OperatorAndCanonical)
}

/// A calibration of a subject in `f32`.
fn known(subject: u64) -> Calibration<f32, Vec<f32>> {
    calibrated(settings(), &mut Process::new(subject, 1000 + subject))
}

fn monitor(
    calibration: &Calibration<f32, Vec<f32>>,
    settings: MonitorSettings,
    window: Window,
) -> Monitor<f32, Vec<f32>> {
    let length = Monitor::<f32, ()>::memory_len(SHAPE, calibration.scores(), window);
    Monitor::new_in(calibration, settings.window(window), vec![f32::NAN; length]).unwrap()
}

fn usual(calibration: &Calibration<f32, Vec<f32>>) -> Monitor<f32, Vec<f32>> {
    monitor(calibration, MonitorSettings::new(), Window::Blocks(6))
}

/// All reports of `samples` samples.
fn reports(
    monitor: &mut Monitor<f32, Vec<f32>>,
    samples: usize,
    mut next: impl FnMut() -> Vec<f64>,
) -> Vec<Report<f32>> {
    (0..samples)
        .filter_map(|_| {
            monitor.push(&cast::<f32>(&next())).unwrap();
            monitor.poll(usize::MAX)
        })
        .collect()
}

fn z(reports: &[Report<f32>]) -> Vec<f64> {
    reports.iter().filter_map(|report| Some(f64::from(report.dynamics?.z))).collect()
}

fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

#[test]
fn scores_of_unchanged_dynamics_lie_in_their_null_band_at_every_length() {
    for (window, samples) in [(6, 60_000), (30, 150_000)] {
        let (mut dynamics, mut canonical, mut gate) = (Vec::new(), Vec::new(), Vec::new());
        for subject in 0..8 {
            let calibration = known(subject);
            let settings = MonitorSettings::new().report_every(window);
            let mut monitor = monitor(&calibration, settings, Window::Blocks(window));
            let mut process = Process::new(subject, 2000 + subject);
            for report in reports(&mut monitor, samples, || process.next()) {
                assert!(!matches!(report.status, Status::Alarm(_)), "{report:?}");
                dynamics.push(f64::from(report.dynamics.unwrap().z));
                canonical.push(f64::from(report.canonical.unwrap().z));
                gate.push(f64::from(report.gate.unwrap().z));
            }
        }
        // A mean of the null that is not moved is 0.7 (6 blocks) or 2.2 (30) too high for the distances, four times that for the
        // gate. Eight means of nulls are wrong by 0.3 each.
        println!("{window}: {:.2} {:.2} {:.2}", mean(&dynamics), mean(&canonical), mean(&gate));
        for (name, z, mark) in
            [("dynamics", &dynamics, 0.4), ("canonical", &canonical, 0.4), ("gate", &gate, 0.8)]
        {
            assert!(mean(z).abs() < mark, "{name} over {window} blocks: {}", mean(z));
            let spread = mean(&z.iter().map(|x| (x - mean(z)).powi(2)).collect::<Vec<_>>()).sqrt();
            assert!((0.4..1.7).contains(&spread), "{name} over {window} blocks: spread {spread}");
        }
    }
}

#[test]
fn faster_dynamics_are_an_alarm_within_minutes() {
    for subject in 0..4 {
        let calibration = known(subject);
        let mut monitor = usual(&calibration);
        let mut process = Process::new(subject, 3000 + subject);
        let before = reports(&mut monitor, 15_000, || process.next());
        assert!(before[1..].iter().all(|report| report.status == Status::Ok), "{before:?}");
        process.speed = 1.3;
        let after = reports(&mut monitor, 9_000, || process.next());
        let at = after.iter().position(|report| {
            matches!(report.status, Status::Alarm(Alarm::Dynamics | Alarm::Both))
        });
        assert!(at.is_some_and(|at| at <= 3), "{after:?}");
        process.speed = 1.0;
        let back = reports(&mut monitor, 9_000, || process.next());
        assert_eq!(back.last().unwrap().status, Status::Ok);
        assert!(back.last().unwrap().cusum < 3.0);
    }
}

#[test]
fn another_mixture_of_the_channels_is_geometry_alone() {
    for subject in 0..4 {
        let calibration = known(subject);
        let mut monitor = usual(&calibration);
        let mut process = Process::new(subject, 4000 + subject);
        // An invertible matrix of condition about 10.
        let mut noise = Noise(99 + subject);
        let q = noise.orthogonal(N);
        let remix: Vec<f64> =
            (0..N * N).map(|k| q[k] * 10_f64.powf(-((k / N) as f64) / (N - 1) as f64)).collect();
        let turn = noise.orthogonal(N);
        let found = reports(&mut monitor, 30_000, || mixed(&remix, &mixed(&turn, &process.next())));
        let last = found.last().unwrap();
        assert_eq!(last.status, Status::Alarm(Alarm::Geometry), "{last:?}");
        assert!(found[2..].iter().all(|report| report.gate.unwrap().z > 4.0));
        assert!(mean(&z(&found)).abs() < 1.5, "{:?}", z(&found));
        assert!(
            found.iter().all(|report| report.dynamics.is_none_or(|reading| reading.score < 0.08))
        );
    }
}

/// Every report that a schedule of polls gives, as text of all bits.
fn with_budget(
    calibration: &Calibration<f32, Vec<f32>>,
    window: Window,
    budget: impl Fn(usize) -> usize,
) -> Vec<String> {
    let mut monitor = monitor(calibration, MonitorSettings::new(), window);
    let mut process = Process::new(0, 77);
    let mut found = Vec::new();
    for t in 0..10_400 {
        if t == 5_000 {
            process.speed = 1.2;
        }
        monitor.push(&cast::<f32>(&process.next())).unwrap();
        found.extend(monitor.poll(budget(t)));
    }
    found.iter().map(|report| format!("{report:?}")).collect()
}

#[test]
fn reports_have_the_same_bits_for_every_budget() {
    let calibration = known(0);
    for window in [Window::Blocks(6), Window::Forgetting(0.8)] {
        let expected = with_budget(&calibration, window, |_| usize::MAX);
        assert_eq!(expected.len(), 6);
        for step in [1, 2, 3, 7, 64, 1000] {
            assert_eq!(with_budget(&calibration, window, |_| step), expected, "{step} units");
        }
        // All at once, long after the report was due; and now and then.
        assert_eq!(
            with_budget(&calibration, window, |t| if t % 500 == 499 { 100_000 } else { 0 }),
            expected
        );
        assert_eq!(with_budget(&calibration, window, |t| t % 13), expected);
    }
}

#[test]
fn a_report_that_is_not_polled_is_kept_whole_and_later_ones_are_counted() {
    let calibration = known(1);
    let mut monitor = usual(&calibration);
    let mut process = Process::new(1, 5);
    let mut other = usual(&calibration);
    let mut same = process.clone();
    let first = reports(&mut other, 3_010, || same.next());
    for _ in 0..3_010 {
        monitor.push(&cast::<f32>(&process.next())).unwrap();
        monitor.poll(if monitor.is_due() { 3 } else { 0 });
    }
    assert!(monitor.poll(10).is_none() && monitor.is_due());
    for _ in 0..4_000 {
        monitor.push(&cast::<f32>(&process.next())).unwrap();
    }
    // The report of sample 1500 (too few pairs) was given; that of 3000 stands; 4500 and 6000 were skipped.
    let report = monitor.poll(usize::MAX).unwrap();
    assert_eq!(format!("{report:?}"), format!("{:?}", first[1]));
    assert_eq!(report.samples, 3_000);
    for _ in 0..600 {
        monitor.push(&cast::<f32>(&process.next())).unwrap();
    }
    let next = monitor.poll(usize::MAX).unwrap();
    assert_eq!((next.samples, next.skipped), (7_500, 2));
}

fn only(channel: usize) -> ChannelSet {
    let mut set = ChannelSet::EMPTY;
    set.insert(channel);
    set
}

#[test]
fn bad_input_is_named_and_freezes_the_decision() {
    type Spoil = fn(usize, &mut Vec<f64>);
    let cases: [(&str, Spoil, Fault); 6] = [
        (
            "NaN",
            |t, x| {
                if t % 4 == 0 {
                    x[1] = f64::NAN
                }
            },
            Fault::NonFinite(only(1)),
        ),
        (
            "infinite",
            |t, x| {
                if t % 4 == 0 {
                    x[2] = f64::INFINITY
                }
            },
            Fault::NonFinite(only(2)),
        ),
        (
            "artefact",
            |t, x| {
                if t % 5 == 0 {
                    x[0] += 300.0
                }
            },
            Fault::Artefact(only(0)),
        ),
        (
            "saturated",
            |t, x| {
                if t % 5 == 0 {
                    x[3] = 700.0
                }
            },
            Fault::Saturated(only(3)),
        ),
        ("stuck", |_, x| x[2] = 0.25, Fault::Stuck(only(2))),
        ("dead", |t, x| x[1] = 1e-4 * (t as f64).sin(), Fault::Dead(only(1))),
    ];
    let calibration = known(2);
    for (name, spoil, fault) in cases {
        let limits = MonitorSettings::new().limits(-650.0, 650.0);
        let mut monitor = monitor(&calibration, limits, Window::Blocks(6));
        let mut process = Process::new(2, 6);
        // A change stands when the input fails.
        process.speed = 1.4;
        let before = *reports(&mut monitor, 9_010, || process.next()).last().unwrap();
        assert!(matches!(before.status, Status::Alarm(_)));
        let mut t = 0;
        let during = reports(&mut monitor, 6_000, || {
            t += 1;
            let mut sample = process.next();
            spoil(t, &mut sample);
            sample
        });
        // After a whole window of it.
        let last = during.last().unwrap();
        assert_eq!(last.status, Status::InvalidInput(fault), "{name}: {last:?}");
        assert!(last.dynamics.is_none());
        // Windows that were partly spoiled may have been scored; once frozen, nothing moves.
        let frozen: Vec<_> =
            during.iter().filter(|r| matches!(r.status, Status::InvalidInput(_))).collect();
        assert!(
            frozen.windows(2).all(|w| w[0].cusum == w[1].cusum && w[0].standing == w[1].standing)
        );
        assert_eq!(last.standing, before.standing, "{name}");
    }
}

#[test]
fn rare_pops_are_left_out_and_leave_no_trace() {
    let calibration = known(3);
    let (mut clean, mut spoiled) = (usual(&calibration), usual(&calibration));
    let mut process = Process::new(3, 7);
    let mut same = process.clone();
    let expected = z(&reports(&mut clean, 30_000, || process.next()));
    let mut t = 0;
    let found = reports(&mut spoiled, 30_000, || {
        t += 1;
        let mut sample = same.next();
        if t % 1000 == 0 {
            sample.iter_mut().for_each(|x| *x += 100.0);
        }
        sample
    });
    assert!(found.iter().all(|report| report.rejected > 0.0 && report.rejected < 0.01));
    for (found, expected) in z(&found).iter().zip(&expected) {
        assert!((found - expected).abs() < 1.0, "{found} {expected}");
    }
    // Not silent if they are let in.
    let mut open = monitor(&calibration, MonitorSettings::new().artefact(1e9), Window::Blocks(6));
    let mut same = Process::new(3, 7);
    let mut t = 0;
    let raw = reports(&mut open, 30_000, || {
        t += 1;
        let mut sample = same.next();
        if t % 1000 == 0 {
            sample.iter_mut().for_each(|x| *x += 100.0);
        }
        sample
    });
    assert!(matches!(raw.last().unwrap().status, Status::Alarm(_)));
}

#[test]
fn missing_samples_cost_pairs_and_bias_nothing() {
    let calibration = known(4);
    for (part, needed) in [(20, 0.89), (5, 0.59)] {
        let mut monitor = usual(&calibration);
        let mut process = Process::new(4, 8);
        let mut found = Vec::new();
        for t in 0..60_000_u32 {
            let sample = process.next();
            if t % part != 0 {
                monitor.push_numbered(t.wrapping_sub(7), &cast::<f32>(&sample)).unwrap();
            }
            found.extend(monitor.poll(50));
        }
        // Where a third of the pairs is lost the gate does not speak.
        assert!(found.iter().skip(1).all(|report| report.gate.is_some() == (part == 20)));
        let whole: Vec<_> = found.iter().filter(|report| report.samples >= 3000).collect();
        assert!(whole.iter().all(|report| report.status == Status::Ok), "{whole:?}");
        assert!(mean(&z(&found)).abs() < 1.2, "{}", mean(&z(&found)));
        for report in whole {
            assert!((report.missing - 1.0 / part as f32).abs() < 2e-3 && report.rejected == 0.0);
            assert!(report.pairs < 3000.0 && report.pairs > needed * 3000.0);
        }
    }
}

#[test]
fn numbers_that_go_back_are_a_fault_of_the_clock() {
    let calibration = known(4);
    let mut monitor = usual(&calibration);
    let mut process = Process::new(4, 9);
    let mut statuses = Vec::new();
    for t in 0..15_000_u32 {
        let number = if t < 4_000 { t } else { t - 3 };
        monitor.push_numbered(number, &cast::<f32>(&process.next())).unwrap();
        statuses.extend(monitor.poll(50).map(|report| report.status));
    }
    assert_eq!(statuses[2], Status::InvalidInput(Fault::Clock));
    assert_eq!(*statuses.last().unwrap(), Status::Ok);
}

#[test]
fn white_noise_and_short_windows_are_insufficient() {
    let calibration = known(5);
    let few = MonitorSettings::new().least_pairs(400);
    for blocks in [1, 2, 6, 30] {
        let mut monitor = monitor(&calibration, few.report_every(blocks), Window::Blocks(blocks));
        let mut noise = Noise(blocks as u64);
        let found = reports(&mut monitor, 5 * blocks * 500 + 40, || noise.normals(N));
        assert_eq!(found.len(), 5);
        for report in found {
            let expected = Status::InsufficientData(Insufficient::Excitation);
            assert_eq!(report.status, expected, "{blocks} {report:?}");
        }
        let mut process = Process::new(5, 10);
        let found = reports(&mut monitor, 15_000 * blocks, || process.next());
        assert!(found[2..].iter().all(|report| report.dynamics.is_some()));
    }
    let mut monitor = usual(&calibration);
    let mut process = Process::new(5, 11);
    let found = reports(&mut monitor, 1_510, || process.next());
    assert_eq!(found[0].status, Status::InsufficientData(Insufficient::Pairs));
    // A channel that is a copy of another leaves three directions a sample; they still fill the rank.
    let found = reports(&mut monitor, 6_000, || {
        let mut sample = process.next();
        sample[1] = sample[0];
        sample
    });
    assert!(matches!(found.last().unwrap().status, Status::Warning | Status::Alarm(_)));
}

#[test]
fn a_calibration_survives_as_words_and_damage_is_found() {
    let calibration = known(6);
    let length = Calibration::<f32, ()>::words_len(SHAPE, Scores::OperatorAndCanonical);
    let mut words = vec![0; length + 3];
    assert_eq!(calibration.to_words(&mut words), Ok(length));
    let memory =
        || vec![0.0_f32; Calibration::<f32, ()>::memory_len(SHAPE, Scores::OperatorAndCanonical)];
    assert_eq!(Calibration::from_words(&words, memory()).unwrap(), calibration);
    let mut short = vec![0; length - 1];
    assert_eq!(
        calibration.to_words(&mut short),
        Err(Error::MemoryTooSmall { needed: length, got: length - 1 })
    );
    for at in 0..length {
        for bit in [0, 9, 31] {
            let mut damaged = words.clone();
            damaged[at] ^= 1 << bit;
            let error = Calibration::from_words(&damaged, memory()).unwrap_err();
            assert!(matches!(error, Error::Corrupted { .. }), "word {at} bit {bit}: {error}");
        }
        let error = Calibration::from_words(&words[..at], memory()).unwrap_err();
        assert!(matches!(error, Error::Corrupted { .. }), "{at} words: {error}");
    }
    let error = Calibration::from_words(&words, vec![0.0_f32; 10]).unwrap_err();
    assert!(matches!(error, Error::MemoryTooSmall { .. }));
}

#[test]
fn a_calibration_in_f64_serves_a_monitor_in_f32() {
    let wide = calibrated::<f64>(settings(), &mut Process::new(6, 1006));
    let mut words = vec![0; Calibration::<f64, ()>::words_len(SHAPE, wide.scores())];
    wide.to_words(&mut words).unwrap();
    let length = Calibration::<f32, ()>::memory_len(SHAPE, wide.scores());
    let read = Calibration::<f32, _>::from_words(&words, vec![0.0; length]).unwrap();
    let (mut left, mut right) = (usual(&read), usual(&known(6)));
    let (mut process, mut same) = (Process::new(6, 12), Process::new(6, 12));
    let found = reports(&mut left, 9_010, || process.next());
    let expected = reports(&mut right, 9_010, || same.next());
    for (found, expected) in found[1..].iter().zip(&expected[1..]) {
        let difference = found.dynamics.unwrap().score - expected.dynamics.unwrap().score;
        assert!(difference.abs() < 1e-3, "{difference}");
        assert!((found.gate.unwrap().score - expected.gate.unwrap().score).abs() < 1e-3);
    }
}

#[test]
fn a_restored_monitor_goes_on_with_the_same_bits() {
    let calibration = known(7);
    for window in [Window::Blocks(6), Window::Forgetting(0.8)] {
        let mut saved = monitor(&calibration, MonitorSettings::new(), window);
        let mut process = Process::new(7, 13);
        process.speed = 1.1;
        for t in 0..7_777_u32 {
            let mut sample = process.next();
            if t % 90 == 0 {
                sample[3] = f64::NAN;
            }
            saved.push_numbered(t, &cast::<f32>(&sample)).unwrap();
            saved.poll(50);
        }
        let length = Monitor::<f32, ()>::state_len(SHAPE, calibration.scores(), window);
        let mut words = vec![0; length];
        assert_eq!(saved.save(&mut words), Ok(length));
        let memory =
            || vec![f32::NAN; Monitor::<f32, ()>::memory_len(SHAPE, calibration.scores(), window)];
        let settings = MonitorSettings::new().window(window);
        let mut restored = Monitor::restore_in(&calibration, settings, &words, memory()).unwrap();
        let mut seen = 0;
        for t in 7_780..20_000_u32 {
            let sample = cast::<f32>(&process.next());
            saved.push_numbered(t, &sample).unwrap();
            restored.push_numbered(t, &sample).unwrap();
            let (left, right) = (saved.poll(99), restored.poll(99));
            assert_eq!(format!("{left:?}"), format!("{right:?}"));
            seen += usize::from(left.is_some());
        }
        assert_eq!(seen, 8);
        for at in 0..length {
            let mut damaged = words.clone();
            damaged[at] ^= 1 << (at % 32);
            let error =
                Monitor::restore_in(&calibration, settings, &damaged, memory()).unwrap_err();
            assert!(matches!(error, Error::Corrupted { .. }), "{at}: {error}");
        }
        // Of another subject, or with other blocks.
        assert!(Monitor::restore_in(&known(6), settings, &words, memory()).is_err());
        assert!(Monitor::restore_in(&calibration, settings.block(600), &words, memory()).is_err());
        assert!(Monitor::restore_in(&calibration, settings, &words[1..], memory()).is_err());
    }
}

#[test]
fn a_monitor_fits_its_device() {
    let bytes = |channels, window| {
        let shape = Shape { channels, delays: 5, rank: 8 };
        let length = Monitor::<f32, ()>::memory_len(shape, Scores::Operator, window);
        4 * length + size_of::<Monitor<f32, [f32; 0]>>()
    };
    let (eight, sixteen) = (bytes(8, Window::Blocks(6)), bytes(16, Window::Forgetting(0.85)));
    println!("{eight} {sixteen}, of which {} in the struct", size_of::<Monitor<f32, [f32; 0]>>());
    assert!(eight <= 26 * 1024, "{eight}");
    assert!(sixteen <= 42 * 1024, "{sixteen}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let refused = |settings: CalibratorSettings| {
        Calibrator::new_in(settings, &[0.0_f32; N], vec![0.0; 100_000]).err()
    };
    let of =
        |channels, delays, rank| CalibratorSettings::new(Shape { channels, delays, rank }, 50.0);
    assert_eq!(refused(of(0, 5, 4)), Some(Error::Empty));
    for settings in
        [of(4, 0, 1), of(4, 5, 0), of(4, 5, 21), settings().blocks(4), settings().block(20)]
    {
        assert!(matches!(refused(settings), Some(Error::InvalidSetting { .. })), "{settings:?}");
    }
    let canonical = CalibratorSettings::new(Shape { channels: 4, delays: 3, rank: 5 }, 50.0);
    assert_eq!(refused(canonical), None);
    assert!(refused(canonical.scores(Scores::OperatorAndCanonical)).is_some());
    assert!(refused(CalibratorSettings::new(SHAPE, f32::NAN)).is_some());
    let length = Calibrator::<f32, ()>::memory_len(settings());
    let short = Calibrator::new_in(settings(), &[0.0_f32; N], vec![0.0; length - 1]).err();
    assert_eq!(short, Some(Error::MemoryTooSmall { needed: length, got: length - 1 }));

    let calibration = known(0);
    let usual = MonitorSettings::new();
    for settings in [
        usual.window(Window::Blocks(0)),
        usual.window(Window::Forgetting(1.0)),
        usual.window(Window::Forgetting(f32::NAN)),
        usual.block(7),
        usual.report_every(0),
        usual.least_pairs(0),
        usual.artefact(f32::NAN),
        usual.most_rejected(1.5),
        usual.limits(1.0, 1.0),
        usual.margin(-0.1),
        usual.canonical_margin(f32::NAN),
    ] {
        let error = Monitor::new_in(&calibration, settings, vec![0.0; 100_000]).err();
        assert!(matches!(error, Some(Error::InvalidSetting { .. })), "{settings:?}");
    }
    let mut monitor = Monitor::new_in(&calibration, usual, vec![0.0; 100_000]).unwrap();
    assert!(monitor.push(&[0.0; N + 1]).is_err() && monitor.push_numbered(0, &[]).is_err());
    assert!(monitor.poll(usize::MAX).is_none() && !monitor.is_due());
    let error = Monitor::new_in(&calibration, usual, vec![0.0; 10]).err();
    assert!(matches!(error, Some(Error::MemoryTooSmall { .. })));
}

#[test]
fn a_calibration_needs_whole_blocks_of_signals_that_vary() {
    let finish = |next: &mut dyn FnMut(usize) -> Option<Vec<f64>>, length: usize| {
        let memory = vec![0.0_f32; Calibrator::<f32, ()>::memory_len(settings())];
        let mut calibrator = Calibrator::new_in(settings(), &[0.0; N], memory).unwrap();
        for t in 0..length {
            match next(t) {
                Some(sample) => calibrator.push(&cast::<f32>(&sample)).unwrap(),
                None => calibrator.push_missing().unwrap(),
            }
        }
        let memory =
            vec![0.0; Calibration::<f32, ()>::memory_len(SHAPE, Scores::OperatorAndCanonical)];
        calibrator.finish_in(memory).err()
    };
    let mut process = Process::new(0, 14);
    assert_eq!(
        finish(&mut |_| Some(process.next()), 29_999),
        Some(Error::TooShort { trial: 0, needed: 30_000, got: 29_999 })
    );
    let error = finish(&mut |t| (!(3_000..4_000).contains(&t)).then(|| process.next()), 30_000);
    assert!(matches!(error, Some(Error::TooFewPairs { block: 2, needed: 750, .. })), "{error:?}");
    let error = finish(
        &mut |_| {
            let mut sample = process.next();
            sample[2] = 5.0;
            Some(sample)
        },
        30_000,
    );
    assert_eq!(error, Some(Error::DegenerateSignal { channel: Some(2) }));
    assert_eq!(finish(&mut |_| Some(process.next()), 30_000), None);
}
