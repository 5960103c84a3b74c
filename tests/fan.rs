//! The fan of windows and ranks: what does not change its distances, and what it is made of.

use crate::common::Noise;
use dynamical_similarity::fan::{FanDistances, FanPlan, PreparedRecording, Sensors, WindowFan};
use dynamical_similarity::{
    DistanceMatrix, Dmd, Error, Measure, Progress, Rank, Recording, Scale, Wasserstein,
};
use std::ops::ControlFlow;

const CHANNELS: usize = 3;

/// A noisy pair of oscillations in three channels; `speed` scales both frequencies.
fn recording(speed: f64, seed: u64, samples: usize) -> Vec<f64> {
    let mut noise = Noise(seed);
    let phase = 6.0 * noise.uniform();
    (0..samples)
        .flat_map(|t| {
            let t = t as f64 * speed;
            let (a, b) = ((0.25 * t + phase).sin(), (0.6 * t + 2.0 * phase).cos());
            [a + 0.1 * noise.normal(), 0.5 * b + 0.1 * noise.normal(), a - b + 0.2 * noise.normal()]
        })
        .collect()
}

fn six() -> Vec<Vec<f64>> {
    let speeds = [1.0, 1.0, 1.3, 1.3, 1.7, 1.7];
    speeds.iter().enumerate().map(|(at, speed)| recording(*speed, at as u64 + 1, 400)).collect()
}

fn measure() -> Measure {
    Measure::Wasserstein(Wasserstein::new())
}

fn fan(recordings: &[Vec<f64>], channels: usize, sensors: Sensors) -> FanDistances {
    let trials: Vec<[Recording<'_, f64>; 1]> =
        recordings.iter().map(|x| [Recording::new(x, channels).unwrap()]).collect();
    let trials: Vec<&[Recording<'_, f64>]> = trials.iter().map(|x| x.as_slice()).collect();
    WindowFan::new(sensors).among(&trials, &measure(), None).unwrap()
}

fn planned(recordings: &[Vec<f64>]) -> (FanPlan, Vec<PreparedRecording>) {
    let fan = WindowFan::new(Sensors::Shared);
    let prepare = |x: &Vec<f64>| fan.prepare(&[Recording::new(x, CHANNELS).unwrap()]).unwrap();
    let prepared: Vec<_> = recordings.iter().map(prepare).collect();
    (fan.plan(&prepared).unwrap(), prepared)
}

fn close(one: &FanDistances, other: &FanDistances, tolerance: f64) {
    assert_eq!(one.members().len(), other.members().len());
    for (a, b) in one.distances().iter().zip(other.distances()) {
        assert!((a - b).abs() <= tolerance, "{a} {b}");
    }
}

#[test]
fn units_offsets_and_signs_of_channels_do_not_matter() {
    let recordings = six();
    let changed: Vec<Vec<f64>> = recordings
        .iter()
        .map(|x| x.chunks(3).flat_map(|x| [1e3 * x[0] - 40.0, 2.0 - x[1], 1e-6 * x[2]]).collect())
        .collect();
    for sensors in [Sensors::Shared, Sensors::Different] {
        close(&fan(&recordings, CHANNELS, sensors), &fan(&changed, CHANNELS, sensors), 1e-9);
    }
}

/// Each recording is mixed in a way of its own.
#[test]
fn no_invertible_map_of_different_sensors_matters() {
    let recordings = six();
    let mixed: Vec<Vec<f64>> = recordings
        .iter()
        .enumerate()
        .map(|(at, x)| {
            let turn = Noise(at as u64 + 100).orthogonal(3);
            let stretch = [3.0, 1.0, 0.4];
            let row = |x: &[f64]| -> Vec<f64> {
                (0..3).map(|i| (0..3).map(|j| turn[3 * i + j] * stretch[j] * x[j]).sum()).collect()
            };
            x.chunks(3).flat_map(row).collect()
        })
        .collect();
    close(
        &fan(&recordings, CHANNELS, Sensors::Different),
        &fan(&mixed, CHANNELS, Sensors::Different),
        1e-6,
    );
    let (one, other) =
        (fan(&recordings, CHANNELS, Sensors::Shared), fan(&mixed, CHANNELS, Sensors::Shared));
    assert!((one.distance(0, 2) - other.distance(0, 2)).abs() > 1e-3);
}

/// The mean is that of the members, computed one by one through the rest of the library.
#[test]
fn the_distances_are_the_mean_of_scaled_members() {
    let recordings = six();
    let found = fan(&recordings, CHANNELS, Sensors::Shared);
    let mut mean = vec![0.0; 36];
    for member in found.members() {
        let window = member.window;
        let dmd = Dmd::new()
            .delays(window.delays)
            .interval(window.interval)
            .steps_ahead(window.steps_ahead)
            .scale(Scale::UnitVariance)
            .rank(Rank::Fixed(member.rank));
        let models: Vec<_> = recordings
            .iter()
            .map(|x| dmd.fit(&[Recording::new(x, CHANNELS).unwrap()]).unwrap())
            .collect();
        let matrix = DistanceMatrix::among(&models, &measure(), None).unwrap();
        let mut pairs: Vec<f64> = (0..6)
            .flat_map(|i| (0..i).map(move |j| (i, j)))
            .map(|(i, j)| matrix.distance(i, j))
            .collect();
        pairs.sort_by(f64::total_cmp);
        assert!((member.scale - pairs[7]).abs() < 1e-8, "{} {}", member.scale, pairs[7]);
        let share = 1.0 / found.members().len() as f64;
        mean.iter_mut().zip(matrix.distances()).for_each(|(to, x)| *to += share * x / pairs[7]);
    }
    for (a, b) in found.distances().iter().zip(&mean) {
        assert!((a - b).abs() < 1e-7, "{a} {b}");
    }
    // All distances are metrics, so no detour is shorter.
    for (i, j, k) in (0..216).map(|at| (at / 36, at / 6 % 6, at % 6)) {
        let detour = found.distance(i, k) + found.distance(k, j);
        assert!(found.distance(i, j) <= detour + 1e-12);
    }
    let closest = found.most_similar_member().unwrap().agreement;
    assert!(found.members().iter().all(|member| member.agreement <= closest && closest <= 1.0));
}

/// A recording that joins later is measured as if it had been there, in the units of the first comparison.
#[test]
fn later_recordings_are_measured_in_the_same_units() {
    let recordings = six();
    let (plan, prepared) = planned(&recordings);
    let fitted: Vec<_> = prepared.iter().map(|recording| plan.fit(recording).unwrap()).collect();
    let all = plan.among(&fitted, &measure(), None).unwrap();
    let again = plan.among_with(all.members(), &fitted, &measure()).unwrap();
    assert_eq!(again.distances(), all.distances());
    let (rows, columns) = fitted.split_at(2);
    let between = plan.between_with(all.members(), rows, columns, &measure()).unwrap();
    assert_eq!((between.rows(), between.cols()), (2, 4));
    assert_eq!(between.distance(1, 3), all.distance(1, 5));
    assert_eq!(plan.among_with(&[], &fitted, &measure()), Err(Error::Empty));
    // On its own, the part of the matrix has units of its own.
    let alone = plan.between(rows, columns, &measure(), None).unwrap();
    assert_ne!(alone.distance(1, 3), all.distance(1, 5));
}

/// Two sines and nothing else have four directions, so ranks above are left out for all recordings.
#[test]
fn only_ranks_that_every_recording_reaches_are_members() {
    let mut recordings = six();
    let clean = |t: usize| {
        let t = t as f64;
        [(0.25 * t).sin(), (0.6 * t).cos(), (0.25 * t).sin() - (0.6 * t).cos()]
    };
    recordings.push((0..400).flat_map(clean).collect());
    let found = fan(&recordings, CHANNELS, Sensors::Shared);
    assert!(found.members().iter().all(|member| member.rank <= 4));
    assert!(found.members().iter().any(|member| member.rank == 4));
    let quick = WindowFan::new(Sensors::Shared).quick(true);
    let trials = [Recording::new(&recordings[0], CHANNELS).unwrap()];
    let plan = quick.plan(&[quick.prepare(&trials).unwrap()]).unwrap();
    assert_eq!(plan.ranks(), [3, 5, 7, 9]);
}

/// The fits of a recording cut into trials do not cross the cuts, and the shortest trial limits the windows.
#[test]
fn trials_and_threads_are_as_everywhere() {
    let recordings = six();
    let halves = |x: &'static [f64]| {
        let (one, other) = x.split_at(150 * CHANNELS);
        [Recording::new(one, CHANNELS).unwrap(), Recording::new(other, CHANNELS).unwrap()]
    };
    let trials: Vec<_> = recordings.iter().map(|x| halves(x.clone().leak())).collect();
    let slices: Vec<&[_]> = trials.iter().map(|x| x.as_slice()).collect();
    let fan = WindowFan::new(Sensors::Shared);
    let mut calls = Vec::new();
    let mut count = |at: Progress| {
        calls.push((at.done, at.total));
        ControlFlow::Continue(())
    };
    let found = fan.among(&slices, &measure(), Some(&mut count)).unwrap();
    let total = 15 * found.members().len();
    assert_eq!(calls.len(), total);
    assert_eq!(calls.last(), Some(&(total, total)));
    assert!(
        found.members().iter().all(|m| 5 * (m.window.delays - 1) * m.window.interval <= 2 * 150)
    );
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let again = one.install(|| fan.among(&slices, &measure(), None)).unwrap();
    assert_eq!(again, found);
}

#[test]
fn bad_recordings_are_refused() {
    let fan = WindowFan::new(Sensors::Shared);
    let (flat, short) = ([2.0; 30], [1.0, 2.0, 1.0, 3.0]);
    assert_eq!(
        fan.prepare(&[Recording::new(&flat, 3).unwrap()]),
        Err(Error::DegenerateSignal { channel: None })
    );
    assert_eq!(fan.prepare::<f64>(&[]), Err(Error::Empty));
    assert_eq!(fan.plan::<PreparedRecording>(&[]), Err(Error::Empty));
    let short = fan.prepare(&[Recording::new(&short, 1).unwrap()]).unwrap();
    // There are windows of one sample, but not two directions.
    let refused =
        fan.plan(std::slice::from_ref(&short)).and_then(|plan| plan.fit(&short).map(|_| ()));
    assert!(
        matches!(refused, Err(Error::RankTooLarge { .. } | Error::TooShort { .. })),
        "{refused:?}"
    );
    let (plan, _) = planned(&six());
    let one = fan.prepare(&[Recording::new(&[1.0, 2.0, 1.5, 0.5], 1).unwrap()]).unwrap();
    assert!(matches!(plan.fit(&one), Err(Error::ShapeMismatch { expected: 3, got: 1, .. })));
    let samples: Vec<f64> = (0..12).map(|t| 1e300 * f64::from(t % 5)).collect();
    let large = fan.prepare(&[Recording::new(&samples, 1).unwrap()]);
    assert!(large.is_ok(), "{large:?}");
}

#[test]
fn spectra_do_not_depend_on_units_and_see_a_change_of_speed() {
    use dynamical_similarity::features;
    let spectrum =
        |x: &[f64]| features::log_spectrum(&[Recording::new(x, CHANNELS).unwrap()], 128).unwrap();
    let recordings = six();
    let large: Vec<f64> = recordings[0].iter().map(|x| 1e6 * x + 3.0).collect();
    let same = features::distance(&spectrum(&recordings[0]), &spectrum(&large)).unwrap();
    let (near, far) = (
        features::distance(&spectrum(&recordings[0]), &spectrum(&recordings[1])).unwrap(),
        features::distance(&spectrum(&recordings[0]), &spectrum(&recordings[4])).unwrap(),
    );
    assert!(same < 1e-6 && near < 0.5 * far, "{same} {near} {far}");
    let refused = features::distance(&[1.0], &[1.0, 2.0]);
    assert!(matches!(refused, Err(Error::ShapeMismatch { .. })));
    let trial = [Recording::new(&recordings[0], CHANNELS).unwrap()];
    assert!(matches!(
        features::log_spectrum(&trial, 401),
        Err(Error::TooShort { needed: 401, got: 400, .. })
    ));
    assert!(matches!(features::log_spectrum(&trial, 1), Err(Error::InvalidSetting { .. })));
}

/// `scipy.signal.welch(x, window="hann", nperseg=16, detrend="constant", return_onesided=False)`, the frequencies 1 to 8
/// divided by their mean.
#[test]
fn spectra_are_those_of_scipy() {
    let samples: Vec<f64> = (0..50)
        .map(f64::from)
        .map(|t| (0.7 * t).sin() + 0.3 * (1.9 * t * t / 50.0).cos())
        .collect();
    let found =
        dynamical_similarity::features::log_spectrum(&[Recording::new(&samples, 1).unwrap()], 16);
    let expected = [
        0.891_225_931_163_717_2,
        1.503_348_700_655_785_7,
        -0.277_707_561_524_689_06,
        -2.772_838_932_727_501,
        -2.514_060_196_856_910_5,
        -2.524_882_129_365_740_6,
        -2.730_145_746_447_042_7,
        -3.966_373_784_358_782_7,
    ];
    for (a, b) in found.unwrap().iter().zip(expected) {
        assert!((a - b).abs() < 1e-10, "{a} {b}");
    }
}

/// More draws than any memory holds are refused before anything is drawn.
#[test]
fn too_many_draws_are_refused() {
    use dynamical_similarity::{BlockMoments, Blocks, features};
    let refused = |error: Error| matches!(error, Error::OutOfMemory { .. });
    let samples = recording(1.0, 3, 4000);
    let trial = [Recording::new(&samples, CHANNELS).unwrap()];
    let blocks = Blocks::of(&trial, 7).unwrap();
    let moments = BlockMoments::of(&blocks, &Dmd::new().delays(3), 3).unwrap();
    assert!(refused(moments.draws(1, 0..u64::MAX, &[3]).unwrap_err()));
    assert!(refused(features::log_spectrum_draws(&blocks, 64, 1, 0..u64::MAX).unwrap_err()));
    let fan = WindowFan::new(Sensors::Shared);
    let prepared = fan.prepare(&trial).unwrap();
    let plan = fan.plan(&[&prepared]).unwrap();
    assert!(refused(plan.draws(&prepared, 1, 0..u64::MAX).unwrap_err()));
}

/// A resample in which every segment of a recording is as often as in the recording has its spectrum.
#[test]
fn spectra_of_resamples_are_near_that_of_the_recording() {
    use dynamical_similarity::{Blocks, features};
    let samples = recording(1.0, 3, 4000);
    let trial = [Recording::new(&samples, CHANNELS).unwrap()];
    let whole = features::log_spectrum(&trial, 64).unwrap();
    let other = recording(1.5, 4, 4000);
    let other = features::log_spectrum(&[Recording::new(&other, CHANNELS).unwrap()], 64).unwrap();
    let blocks = Blocks::of(&trial, 7).unwrap();
    let draws = features::log_spectrum_draws(&blocks, 64, 5, 0..20).unwrap();
    assert_eq!(draws, features::log_spectrum_draws(&blocks, 64, 5, 0..20).unwrap());
    let apart = features::distance(&whole, &other).unwrap();
    for draw in &draws {
        let near = features::distance(&whole, draw).unwrap();
        assert!(near > 0.0 && near < 0.5 * apart, "{near} {apart}");
    }
    // No block holds so long a segment.
    let refused = features::log_spectrum_draws(&blocks, 3000, 5, 0..1);
    assert_eq!(refused, Err(Error::DegenerateSignal { channel: None }));
}
