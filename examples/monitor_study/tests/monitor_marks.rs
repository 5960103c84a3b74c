//! The marks of the monitor in a reduced form: few subjects, short recordings, limits as far from the marks as so few
//! numbers scatter. `cargo run --release -p monitor_study` has the marks themselves.
//!
//! The same seeds give the same numbers everywhere, so nothing here fails by chance.

#[allow(dead_code)]
#[path = "../src/families.rs"]
mod families;
#[allow(dead_code)]
#[path = "../src/rounding.rs"]
mod rounding;
#[allow(dead_code)]
#[path = "../src/subjects.rs"]
mod subjects;

use dynamical_similarity::Shape;
use dynamical_similarity::monitor::{Alarm, MonitorSettings, Scores, Window};
use families::{Change, Family, changing, known, windows};
use rounding::*;
use subjects::*;
use systems::motor_cortex::Scenario;

/// Seed of the first subject, and how many.
const SUBJECTS: (u64, u64) = (10_500, 6);

fn all(kinds: Vec<Kind>) -> Kind {
    Kind::join(kinds.into_iter())
}

/// Rows 6 and 7: what is seen in 60 s, and what is not.
#[test]
fn changes_of_the_dynamics_are_told_from_those_of_the_channels() {
    const CHANGES: [Scenario; 5] = [
        Scenario::GeneralRemix,
        Scenario::TimeScale(1.2),
        Scenario::Frequency(1.5),
        Scenario::UnitTurnover { fraction: 0.3, refit: false },
        Scenario::ChannelGains,
    ];
    let found = each(SUBJECTS, SHAPE.channels, |subject| {
        let calibration = calibrated(subject, SHAPE, Scenario::None, Scores::Spectra)?;
        let windows = |change, sessions| {
            let settings = MonitorSettings::new();
            windows_of(subject, &calibration, settings, (change, 60.0), sessions)
        };
        let plain = windows(Scenario::None, PLAIN..PLAIN + 4)?;
        // The same sessions, of which all but the mixing of the channels is the same.
        let remixed = windows(Scenario::GeneralRemix, PLAIN..PLAIN + 4)?;
        let changed = CHANGES.map(|change| windows(change, CHANGED..CHANGED + 2));
        let changed: Result<Vec<Kind>, String> = changed.into_iter().collect();
        Ok((plain, remixed, changed?))
    });
    let (mut plain, mut remixed, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    for (same, remix, changes) in found.unwrap() {
        plain.push(same);
        remixed.push(remix);
        changed.push(changes.into_iter());
    }
    let (plain, remixed) = (all(plain), all(remixed));
    let changed = CHANGES.map(|_| all(changed.iter_mut().filter_map(Iterator::next).collect()));
    let [remix, faster, frequency, units, gains] = &changed;
    assert_eq!((plain.dynamics.len(), remix.dynamics.len()), (24, 12));
    let dynamics = |kind: &Kind| auc(&kind.dynamics, &plain.dynamics);
    let gate = |kind: &Kind| auc(&kind.gate, &plain.gate);
    let moved = plain.scores.iter().zip(&remixed.scores).map(|(a, b)| (a - b).abs());
    let moved = moved.fold(0.0, f64::max);
    println!("a remix moves scores by {moved:.1e}, AUC {:.2}", dynamics(remix));
    println!("faster {:.3}, frequency {:.3}", dynamics(faster), dynamics(frequency));
    println!("gate: {:.3} {:.3} {:.3}", gate(remix), gate(units), gate(gains));
    // Scores of windows without a change are 0.7. A remix moves the means, which the first pairs of a window feel.
    assert!(moved < 0.05, "a remix moves a score by {moved}");
    // Twice the standard error of 12 windows against 24 is 0.2.
    assert!((0.15..=0.85).contains(&dynamics(remix)), "remix {}", dynamics(remix));
    assert!(dynamics(faster) >= 0.9, "time scale + 20 % {}", dynamics(faster));
    assert!(dynamics(frequency) >= 0.99, "frequency + 50 % {}", dynamics(frequency));
    for (name, kind) in [("remix", remix), ("units", units), ("gains", gains)] {
        assert!(gate(kind) >= 0.98, "gate, {name}: {}", gate(kind));
    }
}

/// Row 7: a change of topology in few dimensions.
#[test]
fn a_line_is_told_from_a_ring() {
    let found = each((SUBJECTS.0, 3), SHAPE.channels, |subject| {
        let scores = Scores::Spectra;
        let calibration = calibrated(subject, SHAPE, Scenario::Ring, scores)?;
        let windows = |change, sessions| {
            let settings = MonitorSettings::new();
            windows_of(subject, &calibration, settings, (change, 60.0), sessions)
        };
        Ok((
            windows(Scenario::Ring, PLAIN..PLAIN + 3)?,
            windows(Scenario::Line, CHANGED..CHANGED + 2)?,
        ))
    });
    let (ring, line): (Vec<Kind>, Vec<Kind>) = found.unwrap().into_iter().unzip();
    let (ring, line) = (all(ring), all(line));
    let found = auc(&line.dynamics, &ring.dynamics);
    println!("{found:.3}; {:?} {:?}", ring.dynamics, line.dynamics);
    assert!(found >= 0.9, "{found}");
}

/// Row 8, half an hour of each subject instead of ten hours, and whether z is one: of mean 0 and spread 1 in windows of 60 s
/// and of 300 s.
#[test]
fn nothing_is_called_in_subjects_that_do_not_change() {
    let longer = (MonitorSettings::new().report_every(30), Window::Blocks(30));
    let found = each(SUBJECTS, SHAPE.channels, |subject| {
        let calibration = calibrated(subject, SHAPE, Scenario::None, Scores::Spectra)?;
        let session = subject.record(Scenario::None, 1800.0, LONG)?;
        let watch = |how| watched(&calibration, how, samples(&session));
        let (usual, longer) = (watch(USUAL)?, watch(longer)?);
        Ok((beginnings(&usual).0, Kind::of(&usual), Kind::of(&longer)))
    });
    let (mut events, mut usual, mut longer) = (Vec::new(), Vec::new(), Vec::new());
    for (event, short, long) in found.unwrap() {
        events.push(event);
        usual.push(short);
        longer.push(long);
    }
    println!("events {events:?}");
    let windows = [("60 s", all(usual), 340), ("300 s", all(longer), 33)];
    for (name, kind, count) in &windows {
        assert!(kind.dynamics.len() >= *count, "{name}: {} reports", kind.dynamics.len());
        let (of_score, of_gate) = (mean(&kind.dynamics), mean(&kind.gate));
        let squares: Vec<f64> = kind.dynamics.iter().map(|z| (z - of_score).powi(2)).collect();
        let spread = mean(&squares).sqrt();
        println!("{name}: z {of_score:.2} +- {spread:.2}, gate {of_gate:.2}");
        // Six means of nulls are wrong by a third each. A mean that is not moved to the length of the window is wrong by
        // -0.7 (60 s) and -2.2 (300 s), that of the gate by -6 and -10.
        assert!(of_score.abs() < 0.5, "z over {name}: {of_score}");
        assert!(of_gate.abs() < 2.0, "z of the gate over {name}: {of_gate}");
        assert!((0.7..1.4).contains(&spread), "spread of z over {name}: {spread}");
    }
    assert_eq!(events.iter().sum::<usize>(), 0, "false alarms {events:?}");
}

/// Row 9.
#[test]
fn a_faster_subject_is_found_within_minutes() {
    const STEPS: [(f64, f64); 2] = [(1.2, 150.0), (1.5, 120.0)];
    let found = each((SUBJECTS.0, 4), SHAPE.channels, |subject| {
        let calibration = calibrated(subject, SHAPE, Scenario::None, Scores::Spectra)?;
        let delays = STEPS.map(|(factor, _)| delays_of_step(subject, &calibration, factor, 120.0));
        delays.into_iter().map(|delays| Ok(delays?.0)).collect::<Result<Vec<f64>, String>>()
    });
    let found = found.unwrap();
    for (k, (factor, mark)) in STEPS.into_iter().enumerate() {
        let delays: Vec<f64> = found.iter().map(|delays| delays[k]).collect();
        println!("{factor}: {delays:?}");
        assert!(median(&delays) <= mark, "time scale x {factor}: {delays:?} s");
        assert_eq!(share_found(&delays), 1.0, "time scale x {factor}: {delays:?} s");
    }
}

/// Row 13.
#[test]
fn white_noise_is_never_taken_for_dynamics() {
    for channels in [4, 8, 16] {
        let shape = Shape { channels, rank: channels.min(8), ..SHAPE };
        let found = each((SUBJECTS.0, 1), channels, |subject| {
            let calibration = calibrated(subject, shape, Scenario::None, Scores::Spectra)?;
            let plain = (Scenario::None, 60.0);
            let settings = MonitorSettings::new();
            let neural = windows_of(subject, &calibration, settings, plain, PLAIN..PLAIN + 4)?;
            assert_eq!((neural.dynamics.len(), neural.unexcited), (4, 0), "n = {channels}");
            for length in [250, 500, 1500, 3000, 15_000] {
                let noise = white_noise(&calibration, length, 10_000..10_005)?;
                assert_eq!(noise.unexcited, 5, "n = {channels}, {length} samples");
            }
            Ok(())
        });
        found.unwrap();
    }
}

/// Row 1, a tenth as long.
#[test]
fn blocks_keep_the_digits_of_long_sums() {
    let sizes = (4, 10, 7);
    let data = single(&mixture(SUBJECTS.0, sizes.0, 100_000).unwrap());
    let error = error_with_edges(&data, sizes, &batch(&data, sizes)).unwrap();
    println!("{error:.1e}");
    // Blocks leave 1.7e-7, one sum over all samples 8.7e-7.
    assert!(error <= 4e-7, "{error}");
}

/// Row 2.
#[test]
fn offsets_cost_no_digits() {
    let sizes = (8, 10, 9);
    let data = mixture(SUBJECTS.0, sizes.0, 40_000).unwrap();
    let [plain, offset, far] = [0.0, 100.0, 1000.0].map(|deviations| {
        let data = offset(&data, sizes.0, deviations);
        error_without_edges(&data, sizes, &batch_of_centred(&data, sizes)).unwrap()
    });
    println!("{plain:.2e} {offset:.2e} {far:.2e}");
    assert!(plain <= 3e-4 && offset <= 3e-4 && far <= 3e-4, "{plain} {offset} {far}");
    assert!(offset <= 1.2 * plain && far <= 1.2 * plain, "{plain} {offset} {far}");
}

/// Rows 3 and 4.
#[test]
fn scores_in_single_precision_are_those_in_double() {
    let offset_and_gains = &Seen::ALL[3..];
    for (channels, rank, all) in [
        (4, 4, offset_and_gains),
        (8, 8, &Seen::ALL),
        (16, 8, offset_and_gains),
        (16, 16, offset_and_gains),
    ] {
        let shape = Shape { channels, rank, ..SHAPE };
        let found = each((SUBJECTS.0, 1), channels, |subject| {
            all.iter().map(|seen| rounding_of_scores(subject, shape, *seen)).collect()
        });
        let found: Vec<Vec<Vec<[f64; 3]>>> = found.unwrap();
        for errors in found.iter().flatten().flatten() {
            println!("{channels} {rank}: {errors:?}");
            let [score, z, noise] = *errors;
            assert!(score <= 5e-3 && z <= 2e-2 && noise <= 2e-2, "{channels} {rank}: {errors:?}");
        }
    }
}

/// Row 14, reduced: a time scale that one operator of norm one does not show, also in noise.
#[test]
fn slower_relaxations_are_seen_through_noise() {
    let found = [Family::Relaxation, Family::NoisyRelaxation].map(|family| {
        let (mut plain, mut slow) = (Vec::new(), Vec::new());
        for seed in SUBJECTS.0..SUBJECTS.0 + 3 {
            let calibration = known(family, seed, Change::Nothing).unwrap();
            let of = |change, run| windows(&calibration, (family, seed), change, (run, 4)).unwrap();
            plain.push(of(Change::Nothing, 1));
            slow.push(of(Change::Rates(0.5), 2));
        }
        let (plain, slow) = (all(plain), all(slow));
        (auc(&slow.dynamics, &plain.dynamics), median(&slow.dynamics))
    });
    println!("{found:?}");
    assert!(found.iter().all(|(auc, z)| *auc >= 0.98 && *z > 3.0), "{found:?}");
}

/// Row 15, reduced: causes that are named.
#[test]
fn a_remix_is_named_geometry_and_another_time_scale_dynamics() {
    for seed in SUBJECTS.0..SUBJECTS.0 + 4 {
        let calibration = known(Family::Rotations, seed, Change::Nothing).unwrap();
        let first = |change| {
            let how = (Change::Nothing, change);
            let reports = changing(&calibration, (Family::Rotations, seed), how, 300).unwrap();
            first_named(&reports, 120.0)
        };
        let (remix, faster) = (first(Change::Remix), first(Change::Rates(1.3)));
        println!("{remix:?} {faster:?}");
        assert!(remix.is_some_and(|(named, after)| named == Alarm::Geometry && after <= 180.0));
        assert!(faster.is_some_and(|(named, after)| named == Alarm::Dynamics && after <= 150.0));
    }
}

/// Row 5.
#[test]
fn directions_that_single_precision_cannot_tell_are_refused() {
    let steep = steep(SUBJECTS.0).unwrap();
    println!("{:?}", steep.kept);
    assert!(steep.kept.len() >= 6 && steep.kept.iter().all(|(_, part, _)| *part >= 3e-3));
    for (rank, part, error) in &steep.kept {
        assert!(*error <= 1e-3, "rank {rank}, {part:.1e}: {error:.1e}");
    }
    assert!(steep.is_refused() && steep.calibration.is_some(), "{:?}", steep.next);
}
