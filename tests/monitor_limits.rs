//! What a user of the monitor may rely on at its limits: work that is bounded whatever comes, sample numbers that jump,
//! samples of another recording, and a state that was half written when the power went.

use crate::common::Noise;
use crate::common::process::*;
use dynamical_similarity::Error;
use dynamical_similarity::monitor::{
    Fault, Insufficient, Monitor, MonitorSettings, Report, Status, Window,
};

/// Units of every report of a stream, polled one by one.
fn units(
    monitor: &mut Monitor<f32, Vec<f32>>,
    samples: usize,
    mut next: impl FnMut(usize) -> Vec<f64>,
) -> Vec<(usize, Report<f32>)> {
    let mut found = Vec::new();
    for t in 0..samples {
        monitor.push(&cast::<f32>(&next(t))).unwrap();
        let mut units = 0;
        while monitor.is_due() {
            units += 1;
            found.extend(monitor.poll(1).map(|report| (units, report)));
        }
    }
    found
}

/// The most units that a report can take: every Jacobi method at its 30 sweeps.
fn most_units(blocks: usize) -> usize {
    let (n, d) = (SHAPE.channels, SHAPE.delays);
    let jacobi = |order: usize| 30 * (2 * order - 3);
    let window = blocks + 1 + (d + 1);
    let autoregression = 4 * (d * (d + 5) + (d + 1) * (d + 1)) + (d + 1) * (d + 1);
    let whitening = 2 * (d + 1) + jacobi(n);
    let spectra = 2 + jacobi(n) + 3 * d;
    window + autoregression + whitening + spectra + 20
}

#[test]
fn a_report_takes_a_bounded_number_of_units_whatever_the_window() {
    let calibration = known(8);
    let open = MonitorSettings::new().artefact(1e30).stuck(0).most_rejected(1.0).least_pairs(1);
    type Signal = fn(usize, &mut Noise, Vec<f64>) -> Vec<f64>;
    // Predictable by a little, alike in all directions: a subspace that is slow to find.
    let weak: Signal = |t, _, _| {
        let (now, before) = (Noise(t as u64 + 1).normals(N), Noise(t as u64).normals(N));
        now.iter().zip(before).map(|(x, y)| x + 0.15 * y).collect()
    };
    let signals: [(&str, Signal); 8] = [
        ("weak", weak),
        ("plain", |_, _, x| x),
        ("noise", |_, noise, _| noise.normals(N)),
        ("zero", |_, _, _| vec![0.0; N]),
        ("one source", |_, _, x| vec![x[0]; N]),
        ("a step", |t, _, x| if t % 3_000 < 1_500 { x } else { vec![1e6; N] }),
        ("a period of two", |t, _, x| {
            let sign = if t % 2 == 0 { 1.0 } else { -1.0 };
            x.iter().map(|x| sign + 1e-3 * x).collect()
        }),
        ("huge", |_, noise, _| noise.normals(N).iter().map(|x| 1e18 * x).collect()),
    ];
    let (bound, mut worst) = (most_units(6), 0);
    for (name, signal) in signals {
        let mut monitor = monitor(&calibration, open, Window::Blocks(6));
        let (mut process, mut noise) = (Process::new(8, 40), Noise(9));
        let found = units(&mut monitor, 6_010, |t| signal(t, &mut noise, process.next()));
        assert_eq!(found.len(), 4, "{name}");
        for (units, report) in &found {
            assert!(*units <= bound, "{name}: {units} {report:?}");
            let held = report.dynamics.is_none();
            assert!(held || report.dynamics.is_some_and(|x| x.score.is_finite()), "{name}");
        }
        let most = found.iter().map(|(units, _)| *units).max().unwrap();
        let last = &found.last().unwrap().1;
        println!("{name}: {most} units; {:?}", last.status);
        worst = worst.max(most);
        if name == "plain" {
            // What the documentation says.
            assert!((170..=280).contains(&most), "{most}");
        }
    }
    assert!(worst > 170, "{worst}");
}

#[test]
fn numbers_that_jump_a_block_are_lost_samples_and_farther_a_fault_of_the_clock() {
    let calibration = known(9);
    for (jump, clock) in [(500, false), (501, true), (u32::MAX / 2, true)] {
        let mut monitor = usual(&calibration);
        let mut process = Process::new(9, 41);
        let mut found = Vec::new();
        for t in 0..9_100_u32 {
            // Over the end of the counter, and a jump in the third report interval.
            let number = t.wrapping_sub(50).wrapping_add(if t < 4_000 { 0 } else { jump });
            monitor.push_numbered(number, &cast::<f32>(&process.next())).unwrap();
            found.extend(monitor.poll(usize::MAX));
        }
        let fault = |report: &Report<f32>| report.status == Status::InvalidInput(Fault::Clock);
        let faults: Vec<bool> = found.iter().map(fault).collect();
        let expected = [false, false, clock, clock, false, false];
        assert_eq!(faults[..6], expected, "{jump}: {found:?}");
        let lost = if clock { 1.0 } else { 500.0 };
        assert_eq!(found[2].missing, lost / 3_000.0, "{jump}");
        assert!(found[5].status == Status::Ok && found[5].dynamics.is_some(), "{:?}", found[5]);
    }
}

#[test]
fn a_sample_with_other_channels_is_refused_and_changes_nothing() {
    let calibration = known(10);
    let mut monitor = usual(&calibration);
    let mut process = Process::new(10, 42);
    for t in 0..3_030_u32 {
        monitor.push_numbered(t, &cast::<f32>(&process.next())).unwrap();
        if t < 3_000 {
            monitor.poll(usize::MAX);
            continue;
        }
        // In the middle of a report.
        monitor.poll(if t < 3_010 { 0 } else { 5 });
        let before = format!("{monitor:?}");
        for channels in [0, 1, N - 1, N + 1, 100] {
            let (sample, expected) = (vec![1.0; channels], N);
            let refused = monitor.push(&sample).unwrap_err();
            let is_mismatch = matches!(refused, Error::ShapeMismatch { expected: e, got, .. }
                if e == expected && got == channels);
            assert!(is_mismatch, "{refused:?}");
            assert_eq!(monitor.push_numbered(t + 9, &sample), Err(refused));
        }
        assert_eq!(before, format!("{monitor:?}"), "{t}");
    }
}

#[test]
fn a_state_that_is_half_written_is_refused() {
    let calibration = known(11);
    let mut monitor = usual(&calibration);
    let mut process = Process::new(11, 43);
    let length = Monitor::<f32, ()>::state_len(SHAPE, calibration.scores(), Window::Blocks(6));
    let mut state = |samples| {
        reports(&mut monitor, samples, || process.next());
        let mut words = vec![0; length];
        monitor.save(&mut words).map(|_| words).unwrap()
    };
    let (old, new) = (state(3_210), state(1_234));
    let restored = |words: &[u32]| {
        let memory =
            vec![
                0.0;
                Monitor::<f32, ()>::memory_len(SHAPE, calibration.scores(), Window::Blocks(6))
            ];
        let settings = MonitorSettings::new().window(Window::Blocks(6));
        Monitor::restore_in(&calibration, settings, words, memory)
    };
    assert!(restored(&old).is_ok() && restored(&new).is_ok());
    for written in 1..length {
        // Over what was there, and over an erased page.
        for below in [old.clone(), vec![u32::MAX; length], vec![0; length]] {
            let words = [&new[..written], &below[written..]].concat();
            let found = restored(&words).map(|_| ());
            let whole = words == new || words == old;
            let refused =
                matches!(found, Err(Error::Corrupted { .. } | Error::OtherVersion { .. }));
            assert!(refused != whole, "{written}: {found:?}");
        }
    }
}

#[test]
fn a_restart_says_that_data_are_missing_until_the_window_is_full() {
    // The state was lost: a monitor begins anew from the calibration alone.
    let calibration = known(12);
    let mut process = Process::new(12, 44);
    let found = reports(&mut usual(&calibration), 4_510, || process.next());
    let expected = Status::InsufficientData(Insufficient::Pairs);
    assert_eq!(
        (found[0].status, found[1].status, found[2].status),
        (expected, Status::Ok, Status::Ok)
    );
}

#[test]
fn one_sample_of_any_size_spoils_neither_the_state_nor_the_window() {
    let calibration = known(13);
    let open = MonitorSettings::new().artefact(f32::MAX);
    for window in [Window::Blocks(6), Window::Forgetting(0.8)] {
        let mut monitor = monitor(&calibration, open, window);
        let mut process = Process::new(13, 45);
        let mut t = 0;
        let mut found = reports(&mut monitor, 4_600, || {
            t += 1;
            let mut sample = process.next();
            if t == 3_700 {
                sample[1] = 1e30;
            }
            sample
        });
        let length = Monitor::<f32, ()>::state_len(SHAPE, calibration.scores(), window);
        let mut words = vec![0; length];
        monitor.save(&mut words).unwrap();
        let memory = vec![0.0; Monitor::<f32, ()>::memory_len(SHAPE, calibration.scores(), window)];
        let settings = open.window(window);
        let mut restored = Monitor::restore_in(&calibration, settings, &words, memory).unwrap();
        found.extend(reports(&mut restored, 1_500, || process.next()));
        assert!(found[1..].iter().all(|report| report.status == Status::Ok), "{found:?}");
        assert!(found[2].rejected > 0.0);
    }
}
