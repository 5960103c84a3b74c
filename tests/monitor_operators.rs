//! Procrustes on request: the operators behind the scores of a monitor.

use crate::common::Noise;
use crate::common::process::*;
use dynamical_similarity::monitor::{Monitor, MonitorSettings, Report, Scores, Status, Window};
use dynamical_similarity::{Dmd, MatRef, Procrustes, Rank, Recording, Scalar};

fn angle(a: MatRef<'_, f32>, b: MatRef<'_, f32>) -> f32 {
    Procrustes::new().compare_operators(a, b).unwrap().distance()
}

fn entries<'a, T: Scalar>(matrix: MatRef<'a, T>) -> impl Iterator<Item = T> + use<'a, T> {
    matrix.columns().flatten().copied()
}

/// Samples, each channel without its mean, in coordinates where they have covariance one (by Cholesky factors).
fn white(samples: &[Vec<f64>]) -> Vec<f64> {
    let count = samples.len() as f64;
    let mean: Vec<f64> =
        (0..N).map(|i| samples.iter().map(|x| x[i]).sum::<f64>() / count).collect();
    let centred: Vec<Vec<f64>> =
        samples.iter().map(|x| x.iter().zip(&mean).map(|(x, mean)| x - mean).collect()).collect();
    let mut factor = [[0.0; N]; N];
    for i in 0..N {
        for j in 0..=i {
            let covariance = centred.iter().map(|x| x[i] * x[j]).sum::<f64>() / count;
            let rest = covariance - (0..j).map(|k| factor[i][k] * factor[j][k]).sum::<f64>();
            factor[i][j] = if i == j { rest.sqrt() } else { rest / factor[j][j] };
        }
    }
    let solve = |x: &Vec<f64>| {
        let mut y = [0.0; N];
        for i in 0..N {
            y[i] = (x[i] - (0..i).map(|k| factor[i][k] * y[k]).sum::<f64>()) / factor[i][i];
        }
        y
    };
    centred.iter().flat_map(solve).collect()
}

#[test]
fn the_operator_of_a_calibration_is_the_dmd_operator_of_its_white_channels() {
    for subject in 0..3 {
        let mut process = Process::new(subject, 1000 + subject);
        let samples: Vec<Vec<f64>> = (0..30_000).map(|_| process.next()).collect();
        let white = white(&samples);
        let recording = Recording::new(&white, N).unwrap();
        let fit = Dmd::new()
            .delays(SHAPE.delays)
            .rank(Rank::Fixed(SHAPE.rank))
            .fit(&[recording])
            .unwrap();
        let entries: Vec<f32> = entries(fit.operator()).map(|x| x as f32).collect();
        let expected = MatRef::new(&entries, SHAPE.rank, SHAPE.rank).unwrap();
        let calibration = known(subject);
        let found = angle(calibration.operator(), expected);
        let other = angle(known(subject + 1).operator(), expected);
        println!("{subject}: {found:.1e}, of another subject {other:.1e}");
        // r / N = 1.3e-4; each lag has other edges.
        assert!(found < 5e-4 && other > 3.0 * found, "{subject}: {found} {other}");
    }
}

/// A report and the angle between the operators behind it.
fn compared(
    monitor: &mut Monitor<f32, Vec<f32>>,
    samples: usize,
    mut next: impl FnMut() -> Vec<f64>,
) -> Vec<(Report<f32>, f32)> {
    let mut found = Vec::new();
    for _ in 0..samples {
        monitor.push(&cast::<f32>(&next())).unwrap();
        if let Some(report) = monitor.poll(usize::MAX) {
            let operators = monitor.operators();
            assert_eq!(operators.is_some(), report.dynamics.is_some());
            found.extend(operators.map(|(reference, window)| (report, angle(reference, window))));
        }
    }
    found
}

#[test]
fn the_angle_between_the_operators_of_a_report_tells_other_dynamics_from_other_channels() {
    for subject in 0..3 {
        let calibration = known(subject);
        let mut monitor = usual(&calibration);
        assert_eq!(monitor.reference(), calibration.operator());
        let mut process = Process::new(subject, 3000 + subject);
        let mean_angle = |found: &[(Report<f32>, f32)]| {
            assert!(found.len() >= 4);
            mean(&found.iter().map(|(_, angle)| f64::from(*angle)).collect::<Vec<_>>())
        };
        let same = mean_angle(&compared(&mut monitor, 15_000, || process.next()));
        let remix = Noise(7 + subject).orthogonal(N);
        compared(&mut monitor, 3_000, || mixed(&remix, &process.next()));
        let mixed = mean_angle(&compared(&mut monitor, 15_000, || mixed(&remix, &process.next())));
        process.speed = 1.3;
        compared(&mut monitor, 3_000, || process.next());
        let faster = mean_angle(&compared(&mut monitor, 15_000, || process.next()));
        println!("{subject}: the same {same:.3}, other channels {mixed:.3}, faster {faster:.3}");
        assert!(mixed < 1.5 * same && faster > 3.0 * same, "{same} {mixed} {faster}");
    }
}

#[test]
fn there_is_no_operator_that_was_not_asked_for_and_the_scores_are_the_same() {
    let calibrations = [Scores::Spectra, Scores::SpectraAndOperator]
        .map(|scores| calibrated::<f32>(settings().scores(scores), &mut Process::new(4, 1004)));
    let found = calibrations.each_ref().map(|calibration| {
        let mut monitor = usual(calibration);
        let mut process = Process::new(4, 9);
        let found = reports(&mut monitor, 9_010, || process.next());
        assert_eq!(monitor.operators().is_some(), calibration.scores() != Scores::Spectra);
        assert_eq!(monitor.reference(), calibration.operator());
        found.iter().map(|report| (report.dynamics, report.gate, report.noise)).collect::<Vec<_>>()
    });
    assert_eq!(found[0], found[1]);
    assert!(calibrations[0].operator().columns().next().is_none());
}

#[test]
fn there_is_an_operator_while_the_last_report_with_scores_stands() {
    let calibration = known(2);
    let mut monitor = usual(&calibration);
    let mut process = Process::new(2, 8);
    assert!(monitor.operators().is_none());
    compared(&mut monitor, 3_100, || process.next());
    let first: Vec<f32> = entries(monitor.operators().unwrap().1).collect();
    let settings = MonitorSettings::new().window(Window::Blocks(6));
    let mut words = vec![0; 10_000];
    let length = monitor.save(&mut words).unwrap();
    while !monitor.is_due() {
        assert!(entries(monitor.operators().unwrap().1).eq(first.iter().copied()));
        monitor.push(&cast::<f32>(&process.next())).unwrap();
    }
    assert!(monitor.operators().is_none());
    while monitor.poll(1).is_none() {
        if monitor.is_due() {
            assert!(monitor.operators().is_none());
        } else {
            monitor.push_missing();
        }
    }
    assert!(entries(monitor.operators().unwrap().1).ne(first));
    // A report that is held has none, and neither has a state that was restored.
    let mut noise = Noise(4);
    let found = (0..9_000).filter_map(|_| {
        monitor.push(&cast::<f32>(&noise.normals(N))).unwrap();
        monitor.poll(usize::MAX)
    });
    let last = found.last().unwrap();
    assert!(matches!(last.status, Status::InsufficientData(_)), "{last:?}");
    assert!(monitor.operators().is_none());
    let memory = vec![0.0; 10_000];
    let mut restored =
        Monitor::restore_in(&calibration, settings, &words[..length], memory).unwrap();
    assert!(restored.operators().is_none());
    assert_eq!(restored.reference(), calibration.operator());
}
