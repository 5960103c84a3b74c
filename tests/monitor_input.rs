//! The monitor on bad input, damaged data and settings that make no sense.

use crate::common::process::*;
use dynamical_similarity::monitor::{
    Calibration, Calibrator, CalibratorSettings, Fault, Monitor, MonitorSettings, Scores, Status,
    Window,
};
use dynamical_similarity::{ChannelSet, Error, Shape};

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
fn a_calibration_survives_as_words_and_damage_is_found() {
    let calibration = known(6);
    let length = Calibration::<f32, ()>::words_len(SHAPE, Scores::SpectraAndOperator);
    let mut words = vec![0; length + 3];
    assert_eq!(calibration.to_words(&mut words), Ok(length));
    let memory =
        || vec![0.0_f32; Calibration::<f32, ()>::memory_len(SHAPE, Scores::SpectraAndOperator)];
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
            let version = matches!(error, Error::OtherVersion { what: "calibration", .. });
            let named = if at == 1 { version } else { matches!(error, Error::Corrupted { .. }) };
            assert!(named, "word {at} bit {bit}: {error}");
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
            let version = matches!(error, Error::OtherVersion { .. });
            let named = if at == 1 { version } else { matches!(error, Error::Corrupted { .. }) };
            assert!(named, "{at}: {error}");
        }
        // Of another subject, or with other blocks.
        assert!(Monitor::restore_in(&known(6), settings, &words, memory()).is_err());
        assert!(Monitor::restore_in(&calibration, settings.block(600), &words, memory()).is_err());
        assert!(Monitor::restore_in(&calibration, settings, &words[1..], memory()).is_err());
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let refused = |settings: CalibratorSettings| {
        Calibrator::new_in(settings, &[0.0_f32; N], vec![0.0; 100_000]).err()
    };
    let of =
        |channels, delays, rank| CalibratorSettings::new(Shape { channels, delays, rank }, 50.0);
    assert_eq!(refused(of(0, 5, 4)), Some(Error::Empty));
    for settings in [
        of(4, 0, 1),
        of(4, 1, 1),
        of(4, 5, 0),
        of(4, 5, 21),
        settings().blocks(4),
        settings().block(20),
        settings().cut(-0.1),
        settings().cut(1.0),
        settings().cut(f32::NAN),
    ] {
        assert!(matches!(refused(settings), Some(Error::InvalidSetting { .. })), "{settings:?}");
    }
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
        usual.margin(f32::NAN),
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
                None => calibrator.push_missing(),
            }
        }
        let memory =
            vec![0.0; Calibration::<f32, ()>::memory_len(SHAPE, Scores::SpectraAndOperator)];
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

/// A buffer of a DMA, with two numbers behind the channels of every sample.
#[test]
fn counts_and_buffers_give_the_bits_of_single_samples() {
    let calibration = known(7);
    let n = SHAPE.channels;
    let stride = n + 2;
    let mut process = Process::new(7, 31);
    let counts: Vec<i16> = (0..9_000)
        .flat_map(|_| {
            let sample = process.next();
            let counts = sample.into_iter().map(|x| x.round() as i16);
            counts.chain([i16::MAX, -1]).collect::<Vec<_>>()
        })
        .collect();
    let begin = || monitor(&calibration, MonitorSettings::new(), Window::Blocks(6));
    let (mut single, mut of_counts, mut blocks) = (begin(), begin(), begin());
    let mut floats = begin();
    let mut seen = 0;
    // Buffers of 10 samples, and one that holds what is left.
    for buffer in counts.chunks(10 * stride) {
        let mut reports = [const { Vec::new() }; 2];
        for row in buffer.chunks(stride) {
            let sample: Vec<f32> = row[..n].iter().map(|x| f32::from(*x)).collect();
            single.push(&sample).unwrap();
            of_counts.push_i16(&row[..n]).unwrap();
            reports[0].extend(single.poll(usize::MAX));
            reports[1].extend(of_counts.poll(usize::MAX));
        }
        blocks.push_block(buffer, stride).unwrap();
        let values: Vec<f32> = buffer.iter().map(|x| f32::from(*x)).collect();
        floats.push_block(&values, stride).unwrap();
        let wanted = format!("{:?}", reports[0]);
        assert_eq!(wanted, format!("{:?}", reports[1]));
        for monitor in [&mut blocks, &mut floats] {
            let found: Vec<_> = monitor.poll(usize::MAX).into_iter().collect();
            assert_eq!(wanted, format!("{found:?}"));
        }
        seen += reports[0].iter().filter(|report| report.dynamics.is_some()).count();
    }
    // All but the first, whose window is not full.
    assert_eq!(seen, 5);
    let refused = |what: Result<(), Error>| {
        assert!(matches!(what, Err(Error::ShapeMismatch { .. })), "{what:?}");
    };
    let before = format!("{blocks:?}");
    refused(blocks.push_i16(&counts[..n + 1]));
    refused(blocks.push_i16(&counts[..n - 1]));
    refused(blocks.push_block(&counts[..20 * n], n - 1));
    refused(blocks.push_block(&counts[..stride * 3 + 1], stride));
    refused(blocks.push_block(&counts[..0], stride));
    assert_eq!(before, format!("{blocks:?}"));
}
