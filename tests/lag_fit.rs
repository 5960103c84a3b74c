//! The fit from sums of lag products against the fit of the recording.

use crate::common::process::cast;
use crate::common::{Noise, difference_up_to_signs};
use dynamical_similarity::{
    Centre, Dmd, Error, LagSums, MatRef, ModelRef, Procrustes, Rank, Recording, Scalar, Scale,
    Setting, Shape, Wasserstein,
};

/// Samples that both scalars hold: damped rotations of several speeds in noise, seen through a random matrix: the singular values of its windows fall
/// smoothly.
fn oscillations(seed: u64, samples: usize, channels: usize) -> Vec<f64> {
    let mut noise = Noise(seed);
    let modes = channels.min(6);
    let mixture = noise.normals(2 * modes * channels);
    let turns: Vec<f64> =
        (0..modes).map(|k| 0.1 + 0.17 * k as f64 + 0.05 * noise.uniform()).collect();
    let mut state = vec![0.0; 2 * modes];
    (0..samples)
        .flat_map(|_| {
            for (pair, turn) in state.chunks_exact_mut(2).zip(&turns) {
                let (x, y) = (pair[0], pair[1]);
                pair[0] = 0.95 * (turn.cos() * x - turn.sin() * y) + noise.normal();
                pair[1] = 0.95 * (turn.sin() * x + turn.cos() * y) + noise.normal();
            }
            (0..channels)
                .map(|c| {
                    let seen: f64 =
                        state.iter().zip(&mixture[c * 2 * modes..]).map(|(x, w)| x * w).sum();
                    f64::from((seen + 0.1 * noise.normal()) as f32)
                })
                .collect::<Vec<f64>>()
        })
        .collect()
}

/// The lag sums of trials, with a shift near their mean; with none if no mean is subtracted.
fn sums_of<T: Scalar>(
    dmd: Dmd,
    trials: &[Vec<f64>],
    channels: usize,
    delays: usize,
) -> LagSums<T, Vec<T>> {
    let length = LagSums::<T, ()>::memory_len(channels, delays, trials.len());
    let centred = dmd != dmd.centre(Centre::None);
    let shift: Vec<T> = cast(
        &trials[0][..channels].iter().map(|x| if centred { *x } else { 0.0 }).collect::<Vec<_>>(),
    );
    let mut sums =
        LagSums::new_in(channels, delays, trials.len(), &shift, vec![cast(&[0.0])[0]; length])
            .unwrap();
    for (q, trial) in trials.iter().enumerate() {
        if q > 0 {
            sums.begin_trial().unwrap();
        }
        cast::<T>(trial).chunks_exact(channels).for_each(|x| sums.push(x).unwrap());
    }
    sums
}

fn memory<T: Scalar>(shape: Shape) -> Vec<T> {
    cast(&vec![f64::NAN; Dmd::lag_sums_memory_len(shape)])
}

fn wide<T: Scalar>(a: MatRef<'_, T>) -> Vec<f64> {
    a.columns().flatten().map(|x| (*x).into()).collect()
}

/// s_1² over the smallest gap of the squared singular values that are kept, and at the cut.
fn condition(expected: &ModelRef<'_, f64>) -> f64 {
    let squares: Vec<f64> =
        expected.spectrum().iter().take(expected.rank() + 1).map(|s| s * s).collect();
    let gaps = squares.windows(2).map(|pair| pair[0] - pair[1]);
    squares[0] / gaps.fold(squares[expected.rank() - 1], f64::min)
}

const SHAPES: [Shape; 4] = [
    Shape { channels: 4, delays: 10, rank: 6 },
    Shape { channels: 8, delays: 10, rank: 6 },
    Shape { channels: 8, delays: 10, rank: 10 },
    Shape { channels: 16, delays: 5, rank: 9 },
];

/// The operator in both scalars against [`Dmd::fit_in`] in f64: within 1e-5 in f32, or the bound of second moments in f32 where
/// that is larger.
fn agrees(dmd: Dmd, trials: &[Vec<f64>], shape: Shape) {
    let n = shape.channels;
    let recordings: Vec<_> = trials.iter().map(|x| Recording::new(x, n).unwrap()).collect();
    let mut room = vec![0.0; Dmd::memory_len(shape)];
    let expected = dmd.fit_in(&recordings, &mut room).unwrap();
    let exact = wide(expected.operator());
    let norm = exact.iter().map(|x| x * x).sum::<f64>().sqrt();
    let condition = condition(&expected);
    let error = |found: &[f64]| difference_up_to_signs(found, &exact, shape.rank) / norm;

    let (sums, mut room) = (sums_of::<f64>(dmd, trials, n, shape.delays), memory(shape));
    let found = dmd.fit_lag_sums_in(&sums, &mut room).unwrap();
    let double = error(&wide(found.operator()));
    assert!(double < 100.0 * f64::EPSILON * condition, "{shape:?}: {double:e} {condition:e}");
    assert!((found.residual() - expected.residual()).abs() < 1e-7);
    assert_eq!((found.rows(), found.pairs()), (expected.rows(), expected.pairs()));
    for (s, t) in found.singular_values().iter().zip(expected.singular_values()) {
        assert!((s / t - 1.0).abs() < 1e-9);
    }
    let size = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    assert!((size(found.intercept()) - size(expected.intercept())).abs() < 1e-9);

    let (sums, mut room) = (sums_of::<f32>(dmd, trials, n, shape.delays), memory(shape));
    let single = error(&wide(dmd.fit_lag_sums_in(&sums, &mut room).unwrap().operator()));
    let bound = (0.5 * f64::from(f32::EPSILON) * condition).max(1e-5);
    assert!(single < bound, "{shape:?}: {single:e} {condition:e}");
    let again = error(&wide(dmd.refit_lag_sums_in(&sums, &mut room).unwrap().operator()));
    assert!(again < bound, "{shape:?}: from the last {again:e}");
}

#[test]
fn the_operator_is_that_of_the_recording() {
    for shape in SHAPES {
        let dmd = Dmd::new().delays(shape.delays).rank(Rank::Fixed(shape.rank));
        for seed in 1..=40 {
            agrees(dmd, &[oscillations(seed, 500, shape.channels)], shape);
        }
    }
}

#[test]
fn gains_over_three_decades_cost_what_moments_cost() {
    for shape in SHAPES {
        let dmd = Dmd::new().delays(shape.delays).rank(Rank::Fixed(shape.rank));
        for seed in 1..=10 {
            let mut x = oscillations(seed, 500, shape.channels);
            for sample in x.chunks_exact_mut(shape.channels) {
                for (c, x) in sample.iter_mut().enumerate() {
                    let gain = 10.0_f64.powf(-3.0 * c as f64 / (shape.channels - 1) as f64);
                    *x = f64::from((*x * gain) as f32);
                }
            }
            agrees(dmd, &[x], shape);
        }
    }
}

/// Two channels of the same process with independent noise: their singular values come in pairs that are nearly equal, and the
/// cut lies within one.
#[test]
fn near_ties_at_the_cut_cost_what_moments_cost() {
    let shape = Shape { channels: 2, delays: 8, rank: 3 };
    let dmd = Dmd::new().delays(8).rank(Rank::Fixed(3));
    for seed in 1..=40 {
        let (one, other) = (oscillations(seed, 3000, 1), oscillations(seed + 1000, 3000, 1));
        let size = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
        let ratio = size(&one) / size(&other);
        let x = one
            .iter()
            .zip(&other)
            .flat_map(|(x, y)| [*x, f64::from((ratio * *y) as f32)])
            .collect();
        agrees(dmd, &[x], shape);
    }
}

#[test]
fn trials_centring_and_ridge_are_those_of_the_recording() {
    let shape = Shape { channels: 3, delays: 5, rank: 4 };
    for seed in 1..=10 {
        let trials: Vec<_> = [70, 6, 120, 41]
            .iter()
            .enumerate()
            .map(|(q, samples)| {
                let mut x = oscillations(10 * seed + q as u64, *samples, 3);
                x.iter_mut().for_each(|x| *x = f64::from((*x + 2.0) as f32));
                x
            })
            .collect();
        let dmd = Dmd::new().delays(5).rank(Rank::Fixed(4));
        for dmd in [dmd, dmd.ridge(0.1), dmd.ridge(0.0), dmd.centre(Centre::None)] {
            agrees(dmd, &trials, shape);
        }
    }
}

#[test]
fn full_rank_and_one_delay_are_fitted() {
    for (channels, delays, rank) in [(1, 1, 1), (2, 1, 2), (1, 6, 6), (3, 2, 5), (3, 2, 6)] {
        let shape = Shape { channels, delays, rank };
        let dmd = Dmd::new().delays(delays).rank(Rank::Fixed(rank));
        agrees(dmd, &[oscillations(7, 300, channels)], shape);
    }
}

#[test]
fn both_distances_take_the_models() {
    let shape = SHAPES[0];
    let dmd = Dmd::new().delays(shape.delays).rank(Rank::Fixed(shape.rank));
    let [mut one, mut other] = [memory::<f64>(shape), memory(shape)];
    let fit = |seed: u64, room| {
        let sums = sums_of::<f64>(
            dmd,
            &[oscillations(seed, 400, shape.channels)],
            shape.channels,
            shape.delays,
        );
        dmd.fit_lag_sums_in(&sums, room).map(|model| model.operator())
    };
    let (a, b) = (fit(1, &mut one).unwrap(), fit(2, &mut other).unwrap());
    let angle = Procrustes::new().compare_operators(a, b).unwrap().distance();
    let cost = Wasserstein::new().compare_operators(a, b).unwrap();
    assert!(angle > 0.01 && cost > 0.001);
}

#[test]
fn bad_input_is_refused() {
    let shape = Shape { channels: 2, delays: 3, rank: 2 };
    let dmd = Dmd::new().delays(3).rank(Rank::Fixed(2));
    let sums = sums_of::<f64>(dmd, &[oscillations(1, 50, 2)], 2, 3);
    let fit = |dmd: Dmd| dmd.fit_lag_sums_in(&sums, &mut memory(shape)).map(|model| model.rank());
    assert_eq!(fit(dmd), Ok(2));
    for (dmd, expected) in [
        (dmd.rank(Rank::Full), Setting::Rank),
        (dmd.rank(Rank::Fixed(0)), Setting::Rank),
        (dmd.interval(2), Setting::Interval),
        (dmd.steps_ahead(2), Setting::StepsAhead),
        (dmd.centre(Centre::Condition), Setting::Centre),
        (dmd.scale(Scale::UnitNorm), Setting::Scale),
        (dmd.reduced_rank(true), Setting::ReducedRank),
        (dmd.ridge(f64::NAN), Setting::Ridge),
    ] {
        let error = fit(dmd).unwrap_err();
        assert!(
            matches!(error, Error::InvalidSetting { setting, .. } if setting == expected),
            "{error}"
        );
    }
    assert!(matches!(fit(dmd.delays(4)), Err(Error::ShapeMismatch { .. })));
    assert_eq!(
        fit(dmd.rank(Rank::Fixed(7))),
        Err(Error::RankTooLarge { requested: 7, available: 6 })
    );
    let short = dmd.fit_lag_sums_in(&sums, &mut [0.0; 10]).map(|model| model.rank());
    assert!(matches!(short, Err(Error::MemoryTooSmall { got: 10, .. })));
    // A sine has two directions, a constant none.
    let of = |dmd: Dmd, x: Vec<f64>| {
        let sums = sums_of::<f64>(dmd, &[x], 1, 4);
        let mut room = vec![0.0; 400];
        dmd.fit_lag_sums_in(&sums, &mut room).map(|model| model.rank())
    };
    let sine = || (0..100).map(|t| (0.4 * f64::from(t)).sin()).collect::<Vec<_>>();
    let dmd = Dmd::new().delays(4);
    assert_eq!(of(dmd.rank(Rank::Fixed(2)), sine()), Ok(2));
    let error = Error::RankTooLarge { requested: 3, available: 2 };
    assert_eq!(of(dmd.rank(Rank::Fixed(3)), sine()), Err(error));
    let error = Error::DegenerateSignal { channel: None };
    assert_eq!(of(dmd.rank(Rank::Fixed(1)), vec![3.0; 50]), Err(error));
    let error = Error::TooShort { trial: 0, needed: 5, got: 4 };
    assert_eq!(of(dmd.rank(Rank::Fixed(1)), vec![1.0, 2.0, 0.0, 1.0]), Err(error));
}
