//! An offset is not dynamics: with the default settings it changes nothing, on every path, and no direction is
//! added by taking it away.

use crate::common::{Noise, difference_up_to_signs};
use dynamical_similarity::{
    Centre, Dmd, Embedding, FitPath, Gram, Horizon, Model, Rank, Recording, Scalar,
};

/// A noisy rotation seen through three channels of very different or of one size.
fn signal(seed: u64, samples: usize, sizes: [f64; 3]) -> Vec<f64> {
    let mut noise = Noise(seed);
    let mut x = [0.0; 3];
    (0..samples)
        .flat_map(|_| {
            x = [
                0.9 * x[0] - 0.3 * x[1] + noise.normal(),
                0.3 * x[0] + 0.85 * x[1] + noise.normal(),
                0.5 * x[2] + 0.2 * x[0] + noise.normal(),
            ];
            [x[0] * sizes[0], x[1] * sizes[1], x[2] * sizes[2]]
        })
        .collect()
}

fn moved(data: &[f64], offsets: [f64; 3]) -> Vec<f64> {
    data.iter().enumerate().map(|(at, x)| x + offsets[at % 3]).collect()
}

fn fit<T: Scalar>(dmd: Dmd, trials: &[Vec<f64>], cast: impl Fn(f64) -> T) -> Model<T> {
    let trials: Vec<Vec<T>> =
        trials.iter().map(|trial| trial.iter().map(|x| cast(*x)).collect()).collect();
    let trials: Vec<_> = trials.iter().map(|trial| Recording::new(trial, 3).unwrap()).collect();
    dmd.fit(&trials).unwrap()
}

fn entries<T: Scalar>(model: &Model<T>) -> Vec<f64> {
    model.operator().columns().flatten().map(|x| (*x).into()).collect()
}

#[test]
fn the_mean_is_subtracted_unless_the_reference_is_asked_for() {
    assert_eq!(Centre::default(), Centre::Mean);
    assert_eq!(Dmd::new(), Dmd::new().centre(Centre::Mean));
    assert_eq!(Dmd::dsa_metric(), Dmd::dsa_metric().centre(Centre::None));
}

/// Before: nothing was subtracted by default, and the offset was the first direction of all (0.21765 instead of
/// 0.69811 between two recordings with an offset of 100).
#[test]
fn an_offset_changes_nothing_on_any_path() {
    let offsets = [100.0, -40.0, 7.0];
    let equal = [1.0; 3];
    let many = [signal(1, 300, equal), signal(2, 200, equal)];
    let steep = [signal(3, 400, [1e4, 1.0, 1.0])];
    let few = [signal(4, 12, equal), signal(5, 11, equal)];
    for (trials, delays, rank, path) in [
        (&many[..], 4, 5, FitPath::CompensatedGram),
        (&steep[..], 4, 6, FitPath::CompensatedGram),
        (&few[..], 6, 4, FitPath::Qr),
    ] {
        let shifted: Vec<_> = trials.iter().map(|trial| moved(trial, offsets)).collect();
        for steps in [1, 2] {
            let dmd = Dmd::new().delays(delays).rank(Rank::Fixed(rank)).steps_ahead(steps);
            let (plain, other) = (fit(dmd, trials, |x| x), fit(dmd, &shifted, |x| x));
            assert_eq!((plain.path(), other.path()), (path, path));
            let difference = difference_up_to_signs(&entries(&plain), &entries(&other), rank);
            assert!(difference < 1e-8, "{path:?} {steps}: {difference:e}");
            let last = *other.singular_values().last().unwrap();
            let before = *plain.singular_values().last().unwrap();
            assert!((last - before).abs() < 1e-9 * before, "{last} {before}");
        }
    }
    // Single precision keeps of a sample what is left beside the offset, 1e2 eps.
    let dmd = Dmd::new().delays(4).rank(Rank::Fixed(3));
    let shifted: Vec<_> = many.iter().map(|trial| moved(trial, offsets)).collect();
    let (plain, other) = (fit(dmd, &many, |x| x as f32), fit(dmd, &shifted, |x| x as f32));
    let difference = difference_up_to_signs(&entries(&plain), &entries(&other), 3);
    assert!(difference < 1e-3, "{difference:e}");
}

#[test]
fn predictions_move_with_the_offset() {
    let data = signal(6, 300, [1.0; 3]);
    let offsets = [50.0, -3.0, 8.0];
    let shifted = moved(&data, offsets);
    // Of 12 entries 9 are those of the window before: a reduced rank below 9 would cut among equals.
    for (reduced, rank) in [(false, 5), (true, 10)] {
        let dmd = Dmd::new().delays(4).rank(Rank::Fixed(rank)).reduced_rank(reduced);
        let predict = |samples: &Vec<f64>, horizon| {
            let model = fit(dmd, core::slice::from_ref(samples), |x| x);
            let model = model.as_ref();
            let trial = Recording::new(samples, 3).unwrap();
            let mut out = vec![0.0; (300 - model.first_predicted(horizon)) * 3];
            let mut memory = vec![0.0; model.prediction_memory_len()];
            model.predict_in(&trial, horizon, &mut out, &mut memory).unwrap();
            out
        };
        for horizon in [Horizon::Steps(1), Horizon::Steps(4), Horizon::Free] {
            let (plain, other) = (predict(&data, horizon), predict(&shifted, horizon));
            for (at, (x, y)) in plain.iter().zip(&other).enumerate() {
                assert!((x + offsets[at % 3] - y).abs() < 1e-7, "{horizon:?} {reduced}: {x} {y}");
            }
        }
    }
}

/// Before, with the mean subtracted from the samples alone: 0.8945 with one delay, and a second direction with
/// eigenvalue 1 with more; without centring, that second direction at every level but 0.
#[test]
fn a_decay_to_any_level_keeps_its_rate() {
    for level in [0.0, 3.0, -20.0] {
        let trials: Vec<Vec<f64>> = (1..4)
            .map(|k| (0..20 + k).map(|t| level + f64::from(k) * 0.9_f64.powi(t)).collect())
            .collect();
        let trials: Vec<_> = trials.iter().map(|x| Recording::new(x, 1).unwrap()).collect();
        for delays in [1, 3, 30] {
            let dmd = Dmd::new().delays(delays.min(15)).rank(Rank::Full).ridge(0.0);
            let model = dmd.fit(&trials).unwrap();
            let values = model.eigenvalues().unwrap();
            assert_eq!(values.len(), 1, "{level} {delays}");
            assert!((values[0].0 - 0.9).abs() < 1e-9, "{level} {delays}: {values:?}");
            assert!(model.warnings().rank_one);
        }
    }
}

#[test]
fn statistics_lose_their_means_as_a_fit_does() {
    let trials =
        [signal(7, 200, [1.0; 3]), signal(8, 150, [1.0; 3])].map(|x| moved(&x, [2.0, -1.0, 5.0]));
    let recordings = [&trials[0], &trials[1]].map(|x| Recording::new(x, 3).unwrap());
    for (interval, steps) in [(1, 1), (2, 3), (3, 2)] {
        let embedding = Embedding::new(4, interval);
        let dmd = Dmd::new().delays(4).interval(interval).steps_ahead(steps).rank(Rank::Fixed(5));
        let whole = dmd.fit(&recordings).unwrap();
        let length = Gram::<f64>::memory_len(3, embedding);
        let (mut one, mut two) = (vec![0.0; length], vec![0.0; length]);
        let mut one = Gram::new_in(3, embedding, steps, 0.25, &mut one).unwrap();
        let mut two = Gram::new_in(3, embedding, steps, 0.25, &mut two).unwrap();
        one.push_trial(&recordings[1]).unwrap();
        two.push_trial(&recordings[0]).unwrap();
        one.merge(&two).unwrap();
        let mut memory = vec![0.0; Dmd::statistics_memory_len(dmd.shape(3))];
        let model = dmd.fit_statistics_in(&one, &mut memory).unwrap();
        let made: Vec<f64> = model.operator().columns().flatten().copied().collect();
        let difference = difference_up_to_signs(&entries(&whole), &made, 5);
        assert!(difference < 1e-10, "{interval} {steps}: {difference:e}");
    }
    // Where means leave too few digits, the statistics say so instead of answering.
    let far = moved(&trials[0], [1e7; 3]);
    let embedding = Embedding::new(4, 1);
    let mut memory = vec![0.0; Gram::<f64>::memory_len(3, embedding)];
    let mut gram = Gram::new_in(3, embedding, 1, 1e-7, &mut memory).unwrap();
    gram.push_trial(&Recording::new(&far, 3).unwrap()).unwrap();
    let dmd = Dmd::new().delays(4).rank(Rank::Fixed(5));
    let mut memory = vec![0.0; Dmd::statistics_memory_len(dmd.shape(3))];
    assert!(dmd.fit_statistics_in(&gram, &mut memory).is_err());
}

#[test]
fn a_mean_that_stays_and_is_large_is_named() {
    let data = moved(&signal(9, 300, [1.0; 3]), [0.0, 30.0, 0.0]);
    let trial = [Recording::new(&data, 3).unwrap()];
    let dmd = Dmd::new().delays(3).rank(Rank::Fixed(4));
    for (centre, named) in [(Centre::None, &[1_usize][..]), (Centre::Mean, &[])] {
        let found = dmd.centre(centre).fit(&trial).unwrap().warnings();
        assert_eq!(found.large_mean.iter().collect::<Vec<_>>(), named);
        assert_eq!(found.is_empty(), named.is_empty(), "{found:?}");
    }
}
