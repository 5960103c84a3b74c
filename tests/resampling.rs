//! Blocks of a recording, and fits of resamples from their sums.

use crate::common::{Noise, difference_up_to_signs};
use dynamical_similarity::{
    BlockMoments, Blocks, Centre, DistanceMatrix, Dmd, Error, Mat, Measure, Procrustes, Rank,
    Recording, Scale, Setting, Wasserstein, pair_distances,
};
use proptest::prelude::*;

/// Two damped rotations and noise of each channel, seen in `channels` channels, with an offset.
fn recording(channels: usize, samples: usize, noise: &mut Noise) -> Vec<f64> {
    let mixing = noise.normals(4 * channels);
    let mut state = [0.0_f64; 4];
    let mut data = Vec::new();
    for _ in 0..samples {
        for (pair, (angle, radius)) in state.chunks_mut(2).zip([(0.3_f64, 0.9), (0.9, 0.8)]) {
            let (cosine, sine) = (radius * angle.cos(), radius * angle.sin());
            let [x, y] = [pair[0], pair[1]];
            pair[0] = cosine * x - sine * y + noise.normal();
            pair[1] = sine * x + cosine * y + noise.normal();
        }
        for weights in mixing.chunks(4) {
            let seen: f64 = weights.iter().zip(&state).map(|(w, x)| w * x).sum();
            data.push(5.0 + seen + 0.1 * noise.normal());
        }
    }
    data
}

fn trials(data: &[f64], channels: usize, count: usize) -> Vec<Recording<'_, f64>> {
    let length = data.len() / channels / count * channels;
    data.chunks_exact(length).map(|trial| Recording::new(trial, channels).unwrap()).collect()
}

/// The trials of a resample: those of each block as often as it is drawn.
fn resample<'a>(blocks: &Blocks<'a, f64>, weights: &[u32]) -> Vec<Recording<'a, f64>> {
    let repeated = weights.iter().enumerate().flat_map(|(block, weight)| {
        (0..*weight).flat_map(move |_| blocks.trials(block).iter().copied())
    });
    repeated.collect()
}

fn entries(operator: &Mat<f64>) -> Vec<f64> {
    operator.as_ref().columns().flatten().copied().collect()
}

fn bits(operators: &[Vec<Mat<f64>>]) -> Vec<u64> {
    let all = operators.iter().flatten().flat_map(entries);
    all.map(f64::to_bits).collect()
}

#[test]
fn a_resample_is_the_fit_of_its_blocks() {
    let mut noise = Noise(3);
    let data = recording(3, 1200, &mut noise);
    let plain = Dmd::new().delays(4);
    let settings = [
        plain,
        plain.centre(Centre::None),
        plain.steps_ahead(3).interval(2).ridge(0.1),
        plain.scale(Scale::UnitNorm),
        Dmd::dsa_metric().delays(4),
    ];
    for dmd in settings {
        for count in [1, 3, 12, 100] {
            let trials = trials(&data, 3, count);
            if trials[0].samples() <= dmd.span() {
                continue;
            }
            let blocks = Blocks::of_length(&trials, dmd.span(), 60).unwrap();
            let moments = BlockMoments::of(&blocks, &dmd, 6).unwrap();
            assert_eq!(moments.directions(), 12, "all of them");
            let ones = vec![1; blocks.count()];
            let drawn = [ones, blocks.weights(1, 0).unwrap(), blocks.weights(1, 1).unwrap()];
            for weights in drawn {
                let found = moments.fit(&weights, &[4, 6, 2]).unwrap();
                for (operator, rank) in found.iter().zip([4, 6, 2]) {
                    let fit =
                        dmd.rank(Rank::Fixed(rank)).fit(&resample(&blocks, &weights)).unwrap();
                    let direct: Vec<f64> = fit.operator().columns().flatten().copied().collect();
                    let apart = difference_up_to_signs(&entries(operator), &direct, rank);
                    assert!(apart < 1e-9, "{dmd:?}, {count} trials, rank {rank}: {apart:e}");
                }
            }
        }
    }
}

/// A smooth signal, whose singular values span more than four decades.
#[test]
fn the_condition_of_a_resample_is_not_squared() {
    let mut noise = Noise(8);
    let data = recording(1, 2000, &mut noise);
    let mut smooth = data.clone();
    for _ in 0..8 {
        let mut level = 0.0;
        smooth.iter_mut().for_each(|x| {
            level += 0.2 * (*x - level);
            *x = level;
        });
    }
    let trial = [Recording::new(&smooth, 1).unwrap()];
    let dmd = Dmd::new().delays(16);
    let blocks = Blocks::of_length(&trial, dmd.span(), 100).unwrap();
    let moments = BlockMoments::of(&blocks, &dmd, 12).unwrap();
    let weights = blocks.weights(0, 0).unwrap();
    let found = moments.fit(&weights, &[12]).unwrap();
    let fit = dmd.rank(Rank::Fixed(12)).fit(&resample(&blocks, &weights)).unwrap();
    assert!(fit.condition() > 1e4, "{}", fit.condition());
    let direct: Vec<f64> = fit.operator().columns().flatten().copied().collect();
    let apart = difference_up_to_signs(&entries(&found[0]), &direct, 12);
    assert!(apart < 1e-8, "{apart:e}");
}

/// With 16 of 60 directions the operator moves by less than a thirtieth of what resampling moves it by.
#[test]
fn directions_that_are_left_out_matter_little() {
    let mut noise = Noise(4);
    let data = recording(6, 4000, &mut noise);
    let trial = [Recording::new(&data, 6).unwrap()];
    let dmd = Dmd::new().delays(10);
    let blocks = Blocks::of_length(&trial, dmd.span(), 100).unwrap();
    let moments = BlockMoments::of(&blocks, &dmd, 4).unwrap();
    assert_eq!(moments.directions(), 16);
    let procrustes = Procrustes::new();
    let apart = |a: &Mat<f64>, b: &Mat<f64>| {
        procrustes.compare_operators(a.as_ref(), b.as_ref()).unwrap().distance()
    };
    let (mut lost, mut spread) = (0.0_f64, f64::INFINITY);
    let once = moments.fit(&vec![1; blocks.count()], &[4]).unwrap();
    for draw in 0..4 {
        let weights = blocks.weights(2, draw).unwrap();
        let found = moments.fit(&weights, &[4]).unwrap();
        let fit = dmd.rank(Rank::Fixed(4)).fit(&resample(&blocks, &weights)).unwrap();
        let direct = Mat::copy_of(fit.operator()).unwrap();
        lost = lost.max(apart(&found[0], &direct));
        spread = spread.min(apart(&found[0], &once[0]));
    }
    assert!(lost < 0.03 * spread, "{lost:e} {spread:e}");
}

#[test]
fn blocks_cover_all_samples_once() {
    let samples: Vec<f64> = (0..30_000).map(f64::from).collect();
    for (count, expected) in [(1, 31), (2, 30), (5, 25), (8, 8), (40, 40), (200, 64)] {
        let trials = trials(&samples, 3, count);
        let blocks = if count < 8 {
            Blocks::of_length(&trials, 4, 50).unwrap()
        } else {
            Blocks::of(&trials, 4).unwrap()
        };
        assert_eq!(blocks.count(), expected);
        let all: Vec<f64> = (0..blocks.count())
            .flat_map(|block| blocks.trials(block))
            .flat_map(|trial| trial.as_matrix().columns().flatten().copied())
            .collect();
        assert_eq!(all, samples);
        assert!(blocks.trials(blocks.count()).is_empty());
    }
}

#[test]
fn slow_recordings_have_longer_blocks_and_fewer() {
    let mut noise = Noise(1);
    for (keep, least, most) in [(0.0, 30, 32), (0.9, 24, 32), (0.99, 8, 31)] {
        let mut x = 0.0;
        let samples: Vec<f64> = (0..6000)
            .map(|_| {
                x = keep * x + noise.normal();
                x
            })
            .collect();
        let trial = [Recording::new(&samples, 1).unwrap()];
        let count = Blocks::of(&trial, 2).map(|blocks| blocks.count());
        assert!(matches!(count, Ok(count) if (least..=most).contains(&count)), "{count:?}");
        // A window of 100 samples leaves 6 blocks.
        let refused = Blocks::of(&trial, 100).unwrap_err();
        assert!(matches!(refused, Error::TooFewBlocks { needed: 8, got: 1..=6 }), "{refused:?}");
    }
}

#[test]
fn draws_depend_on_seed_number_and_recording_alone() {
    let mut noise = Noise(7);
    let data = recording(2, 1500, &mut noise);
    let trial = [Recording::new(&data, 2).unwrap()];
    let dmd = Dmd::new().delays(5);
    let blocks = Blocks::of(&trial, dmd.span()).unwrap();
    let moments = BlockMoments::of(&blocks, &dmd, 4).unwrap();
    let all = bits(&moments.draws(9, 0..12, &[4]).unwrap());
    for threads in [1, 4] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let again = pool.install(|| {
            let blocks = Blocks::of(&trial, dmd.span()).unwrap();
            BlockMoments::of(&blocks, &dmd, 4).unwrap().draws(9, 0..12, &[4]).unwrap()
        });
        assert_eq!(bits(&again), all);
    }
    let last = bits(&moments.draws(9, 11..12, &[4]).unwrap());
    assert_eq!(all[11 * 16..], last);
    assert_ne!(bits(&moments.draws(8, 11..12, &[4]).unwrap()), last);
    // One more sample makes another recording.
    let longer = [Recording::new(&data[2..], 2).unwrap()];
    let other = Blocks::of_length(&longer, dmd.span(), 1500 / blocks.count()).unwrap();
    assert_ne!(other.weights(9, 11).unwrap(), blocks.weights(9, 11).unwrap());
}

#[test]
fn distances_of_pairs_are_those_of_the_matrix() {
    let mut noise = Noise(6);
    let operators: Vec<Mat<f64>> = (0..5)
        .map(|_| {
            let entries: Vec<f64> = noise.normals(9).iter().map(|x| 0.3 * x).collect();
            Mat::copy_of(dynamical_similarity::MatRef::new(&entries, 3, 3).unwrap()).unwrap()
        })
        .collect();
    let pairs = [(4, 1), (0, 3), (2, 2), (1, 4)];
    for measure in
        [Measure::Procrustes(Procrustes::new()), Measure::Wasserstein(Wasserstein::new())]
    {
        let matrix = DistanceMatrix::among(&operators, &measure, None).unwrap();
        let found = pair_distances(&operators, &pairs, &measure, None).unwrap();
        for (distance, (i, j)) in found.iter().zip(pairs) {
            assert_eq!(distance.to_bits(), matrix.distance(i, j).to_bits(), "{i} {j}");
        }
        assert!(pair_distances(&operators, &[], &measure, None).unwrap().is_empty());
        let refused = pair_distances(&operators, &[(0, 5)], &measure, None).unwrap_err();
        assert!(matches!(refused, Error::ShapeMismatch { expected: 6, got: 5, .. }));
    }
}

#[test]
fn what_cannot_be_resampled_is_refused() {
    let mut noise = Noise(2);
    let data = recording(2, 800, &mut noise);
    let trial = [Recording::new(&data, 2).unwrap()];
    let dmd = Dmd::new().delays(3);
    let blocks = Blocks::of_length(&trial, 3, 50).unwrap();
    let reduced = BlockMoments::of(&blocks, &dmd.reduced_rank(true), 2).unwrap_err();
    assert!(matches!(reduced, Error::InvalidSetting { setting: Setting::ReducedRank, .. }));
    let wide = BlockMoments::of(&blocks, &dmd.delays(4), 2).unwrap_err();
    assert!(matches!(wide, Error::ShapeMismatch { expected: 3, got: 4, .. }), "{wide:?}");
    let large = BlockMoments::of(&blocks, &dmd, 7).unwrap_err();
    assert_eq!(large, Error::RankTooLarge { requested: 7, available: 6 });
    assert!(matches!(BlockMoments::of(&blocks, &dmd, 0), Err(Error::InvalidSetting { .. })));
    let moments = BlockMoments::of(&blocks, &dmd, 2).unwrap();
    assert_eq!(moments.fit(&[0; 16], &[2]).unwrap_err(), Error::Empty);
    assert!(matches!(moments.fit(&[1; 15], &[2]), Err(Error::ShapeMismatch { .. })));
    assert!(matches!(moments.fit(&[1; 16], &[0]), Err(Error::InvalidSetting { .. })));
    let large = moments.fit(&[1; 16], &[7]).unwrap_err();
    assert_eq!(large, Error::RankTooLarge { requested: 7, available: 6 });
    assert!(moments.fit(&[1; 16], &[]).unwrap().is_empty());
    let constant = [Recording::new(&[1.0; 800], 2).unwrap()];
    let blocks = Blocks::of_length(&constant, 3, 50).unwrap();
    let refused = BlockMoments::of(&blocks, &dmd, 2).unwrap_err();
    assert_eq!(refused, Error::DegenerateSignal { channel: None });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// One block many times, huge and tiny numbers, channels that rest in most blocks.
    #[test]
    fn fits_of_resamples_are_finite_or_refused(
        seed in 0_u64..1000,
        weights in prop::collection::vec(0_u32..4, 10),
        exponent in -300_i32..300,
        resting in 0_usize..10,
    ) {
        let mut noise = Noise(seed);
        let size = 10_f64.powi(exponent);
        let data: Vec<f64> = (0..400)
            .map(|at| if at % 2 == 0 || at / 40 == resting { size * noise.normal() } else { 0.0 })
            .collect();
        let trials: Vec<_> = data.chunks(40).map(|x| Recording::new(x, 2).unwrap()).collect();
        let dmd = Dmd::new().delays(2);
        if let Ok(moments) = Blocks::of(&trials, 2).and_then(|x| BlockMoments::of(&x, &dmd, 3)) {
            if let Ok(found) = moments.fit(&weights, &[3]) {
                prop_assert!(found[0].as_ref().check_finite().is_ok());
            }
            let whole = weights.iter().map(|w| u32::MAX - *w).collect::<Vec<_>>();
            if let Ok(found) = moments.fit(&whole, &[3]) {
                prop_assert!(found[0].as_ref().check_finite().is_ok());
            }
        }
    }
}
