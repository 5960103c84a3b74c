//! The monitor on streams of a linear process: what it must see, and what it must not.

use crate::common::Noise;
use crate::common::process::*;
use dynamical_similarity::Shape;
use dynamical_similarity::monitor::{
    Alarm, Calibration, Insufficient, Monitor, MonitorSettings, Scores, Status, Window,
};

#[test]
fn scores_of_unchanged_dynamics_lie_in_their_null_band_at_every_length() {
    for (window, samples) in [(6, 60_000), (30, 150_000)] {
        let (mut dynamics, mut noise, mut gate) = (Vec::new(), Vec::new(), Vec::new());
        for subject in 0..8 {
            let calibration = known(subject);
            let settings = MonitorSettings::new().report_every(window);
            let mut monitor = monitor(&calibration, settings, Window::Blocks(window));
            let mut process = Process::new(subject, 2000 + subject);
            for report in reports(&mut monitor, samples, || process.next()) {
                assert!(!matches!(report.status, Status::Alarm(_)), "{report:?}");
                dynamics.push(f64::from(report.dynamics.unwrap().z));
                noise.push(f64::from(report.noise.unwrap().z));
                gate.push(f64::from(report.gate.unwrap().z));
            }
        }
        // A mean of the null that is not moved is 0.7 (6 blocks) or 2.2 (30) too high for the distances, four times that for the
        // gate. Eight means of nulls are wrong by 0.3 each.
        println!("{window}: {:.2} {:.2} {:.2}", mean(&dynamics), mean(&noise), mean(&gate));
        for (name, z, mark) in
            [("dynamics", &dynamics, 0.4), ("noise", &noise, 0.4), ("gate", &gate, 0.8)]
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
        let at = after.iter().position(|report| report.status == Status::Alarm(Alarm::Dynamics));
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
            found.iter().all(|report| report.dynamics.is_none_or(|reading| reading.score < 2.5))
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
        let found = reports(&mut monitor, 5_000 * blocks, || process.next());
        assert!(found[2..].iter().all(|report| report.dynamics.is_some()));
    }
    let mut monitor = usual(&calibration);
    let mut process = Process::new(5, 11);
    let found = reports(&mut monitor, 1_510, || process.next());
    assert_eq!(found[0].status, Status::InsufficientData(Insufficient::Pairs));
    // A channel that is a copy of another leaves three directions, and the calibration has four.
    let found = reports(&mut monitor, 6_000, || {
        let mut sample = process.next();
        sample[1] = sample[0];
        sample
    });
    let last = found.last().unwrap();
    assert_eq!(last.status, Status::InsufficientData(Insufficient::Rank));
    assert_eq!(last.rank, Some(3));
}

#[test]
fn a_monitor_fits_its_device() {
    let bytes = |channels, window| {
        let shape = Shape { channels, delays: 5, rank: 8 };
        let length = Monitor::<f32, ()>::memory_len(shape, Scores::Spectra, window);
        4 * length + size_of::<Monitor<f32, [f32; 0]>>()
    };
    let (eight, sixteen) = (bytes(8, Window::Blocks(6)), bytes(16, Window::Forgetting(0.85)));
    println!("{eight} {sixteen}, of which {} in the struct", size_of::<Monitor<f32, [f32; 0]>>());
    assert!(eight <= 20 * 1024, "{eight}");
    assert!(sixteen <= 42 * 1024, "{sixteen}");
}

/// How often a change is called where nothing changes, and how long a change takes, in reports.
fn calls(subject: u64, hours: usize) -> (usize, Option<usize>) {
    let calibration = known(subject);
    let mut monitor = usual(&calibration);
    let mut process = Process::new(subject, 9_000 + subject);
    let mut events = 0;
    let mut standing = false;
    for report in reports(&mut monitor, hours * 180_000, || process.next()) {
        let changed = report.standing != Status::Ok;
        events += usize::from(changed && !standing);
        standing = changed;
    }
    process.speed = 1.2;
    let after = reports(&mut monitor, 30_000, || process.next());
    (events, after.iter().position(|report| report.standing != Status::Ok))
}

#[test]
#[ignore = "takes minutes: 6.7 days of a stationary process"]
fn false_alarms_are_rare_and_changes_are_found() {
    let mut events = Vec::new();
    let mut delays = Vec::new();
    for subject in 100..116 {
        let (called, delay) = calls(subject, 10);
        events.push(called);
        delays.push(delay.map_or(usize::MAX, |at| 30 * (at + 1)));
    }
    delays.sort_unstable();
    println!("events {events:?}, delays {delays:?} s");
    // An upper bound of one a day with 95 % confidence.
    assert!(events.iter().sum::<usize>() <= 2 && events.iter().all(|events| *events <= 2));
    assert!(delays[8] <= 150 && delays[14] <= 600);
}
