//! Prediction: exact where the dynamics are linear, by its definition elsewhere, in the units of the
//! recording.

use crate::common::Noise;
use dynamical_similarity::{
    Centre, Dmd, Error, Horizon, Model, ModelRef, Rank, Recording, Scalar, Scale, Setting,
};

/// Two decaying oscillations in three channels, far from zero and of different sizes.
fn linear(samples: usize) -> Vec<f64> {
    (0..samples)
        .flat_map(|t| {
            let t = t as f64;
            let slow = 0.9995_f64.powf(t) * (0.11 * t).cos();
            let fast = 0.999_f64.powf(t) * (0.7 * t + 1.0).sin();
            [100.0 * slow, 2.0 * fast - slow, slow + fast]
        })
        .collect()
}

fn predict<T: Scalar>(model: &ModelRef<'_, T>, data: &[T], horizon: Horizon) -> (usize, Vec<T>) {
    let trial = Recording::new(data, model.channels()).unwrap();
    let first = model.first_predicted(horizon);
    let mut out = vec![T::default(); (trial.samples() - first) * trial.channels()];
    let mut memory = vec![T::default(); model.prediction_memory_len()];
    model.predict_in(&trial, horizon, &mut out, &mut memory).unwrap();
    (first, out)
}

#[test]
fn a_linear_system_is_predicted_exactly_at_every_horizon() {
    let data = linear(400);
    for (centre, scale, rank) in [
        (Centre::None, Scale::None, 4),
        (Centre::None, Scale::UnitNorm, 4),
        (Centre::None, Scale::UnitVariance, 4),
        (Centre::Mean, Scale::None, 4),
        (Centre::Mean, Scale::UnitVariance, 4),
    ] {
        for steps in [1, 3] {
            for reduced in [false, true] {
                let dmd = Dmd::new()
                    .delays(4)
                    .steps_ahead(steps)
                    .ridge(0.0)
                    .centre(centre)
                    .scale(scale)
                    .reduced_rank(reduced)
                    .rank(Rank::Fixed(rank));
                let model = dmd.fit(&[Recording::new(&data, 3).unwrap()]).unwrap();
                for horizon in [Horizon::Steps(1), Horizon::Steps(5), Horizon::Free] {
                    let (first, predicted) = predict(&model.as_ref(), &data, horizon);
                    for (x, y) in data[3 * first..].iter().zip(&predicted) {
                        assert!((x - y).abs() < 1e-5, "{horizon:?} {reduced} {steps} {x} {y}");
                    }
                }
            }
        }
    }
}

/// Noise through a linear filter: nothing is exact.
fn noisy(samples: usize) -> Vec<f64> {
    let mut noise = Noise(2);
    let mut x = [0.0; 2];
    (0..samples)
        .flat_map(|_| {
            x = [
                0.9 * x[0] - 0.3 * x[1] + noise.normal(),
                0.3 * x[0] + 0.8 * x[1] + noise.normal(),
            ];
            [x[0] + 3.0, 10.0 * x[1]]
        })
        .collect()
}

fn fitted(data: &[f64]) -> Model<f64> {
    fitted_without(data, Centre::Mean)
}

fn fitted_without(data: &[f64], centre: Centre) -> Model<f64> {
    let dmd = Dmd::new().delays(3).rank(Rank::Fixed(5)).centre(centre);
    dmd.fit(&[Recording::new(data, 2).unwrap()]).unwrap()
}

#[test]
fn one_step_is_the_first_rows_of_u_s_a_s_inverse_u_transposed() {
    let data = noisy(300);
    let model = fitted_without(&data, Centre::None);
    let (first, predicted) = predict(&model.as_ref(), &data, Horizon::Steps(1));
    let (a, u, s) = (model.operator(), model.basis(), model.singular_values());
    for t in [first, first + 7, 299] {
        let window: Vec<f64> =
            (1..4).flat_map(|back| [0, 1].map(|c| data[2 * (t - back) + c])).collect();
        let z: Vec<f64> =
            (0..5).map(|i| (0..6).map(|k| u.at(k, i) * window[k]).sum::<f64>() / s[i]).collect();
        let next: Vec<f64> = (0..5).map(|i| (0..5).map(|j| a.at(i, j) * z[j]).sum()).collect();
        for c in 0..2 {
            let expected: f64 = (0..5).map(|i| u.at(c, i) * s[i] * next[i]).sum();
            let got = predicted[2 * (t - first) + c];
            assert!((expected - got).abs() < 1e-10, "{expected} {got}");
        }
    }
}

#[test]
fn with_centring_the_means_and_the_intercept_come_back() {
    let data = noisy(300);
    let model = fitted(&data);
    let (first, predicted) = predict(&model.as_ref(), &data, Horizon::Steps(1));
    let (a, u, s) = (model.operator(), model.basis(), model.singular_values());
    let window = |t: usize| -> Vec<f64> {
        (0..3).flat_map(|back| [0, 1].map(|c| data[2 * (t - back) + c])).collect()
    };
    let mean: Vec<f64> =
        (0..6).map(|k| (2..300).map(|t| window(t)[k]).sum::<f64>() / 298.0).collect();
    let state = |t: usize| -> Vec<f64> {
        let h = window(t);
        (0..5).map(|i| (0..6).map(|k| u.at(k, i) * (h[k] - mean[k])).sum::<f64>() / s[i]).collect()
    };
    let average = |times: core::ops::Range<usize>| -> Vec<f64> {
        let count = times.len() as f64;
        (0..5).map(|i| times.clone().map(|t| state(t)[i]).sum::<f64>() / count).collect()
    };
    let (earlier, later) = (average(2..299), average(3..300));
    for t in [first, first + 7, 299] {
        let z = state(t - 1);
        let next =
            |i: usize| later[i] + (0..5).map(|j| a.at(i, j) * (z[j] - earlier[j])).sum::<f64>();
        for c in 0..2 {
            let expected = mean[c] + (0..5).map(|i| u.at(c, i) * s[i] * next(i)).sum::<f64>();
            let got = predicted[2 * (t - first) + c];
            assert!((expected - got).abs() < 1e-8, "{expected} {got}");
        }
    }
}

#[test]
fn errors_are_those_of_the_predictions() {
    let data = noisy(300);
    let model = fitted(&data);
    let model = model.as_ref();
    let trial = Recording::new(&data, 2).unwrap();
    let mut memory = vec![0.0; model.prediction_memory_len()];
    for (horizon, back) in [(Horizon::Steps(1), 1), (Horizon::Steps(4), 4), (Horizon::Free, 1)] {
        let errors = model.prediction_errors_in(&[trial], horizon, &mut memory).unwrap();
        let (first, predicted) = predict(&model, &data, horizon);
        let truth = &data[2 * first..];
        let count = truth.len() as f64;
        let squared: f64 = truth.iter().zip(&predicted).map(|(x, y)| (x - y).powi(2)).sum();
        let absolute: f64 = truth.iter().zip(&predicted).map(|(x, y)| (x - y).abs()).sum();
        let persistence: f64 =
            truth.iter().zip(&data[2 * (first - back)..]).map(|(x, y)| (x - y).abs()).sum();
        let deviations: f64 = [0, 1]
            .iter()
            .map(|c| {
                let channel = || truth.iter().skip(*c).step_by(2);
                let mean = channel().sum::<f64>() / (count / 2.0);
                channel().map(|x| (x - mean).powi(2)).sum::<f64>()
            })
            .sum();
        let close = |got: f64, expected: f64| {
            assert!((got - expected).abs() < 1e-9 * expected.abs().max(1.0), "{got} {expected}");
        };
        assert_eq!(errors.values, truth.len());
        close(errors.mean_squared_error, squared / count);
        close(errors.r_squared, 1.0 - squared / deviations);
        close(errors.mean_absolute_scaled_error, absolute / persistence);
        close(errors.akaike, (squared / count).ln() + 2.0 * 26.0 / count);
    }
    // The operator predicts one step better than persistence, and a free run no better than the mean.
    let one = model.prediction_errors_in(&[trial], Horizon::Steps(1), &mut memory).unwrap();
    assert!(one.mean_absolute_scaled_error < 0.9 && one.r_squared > 0.5, "{one:?}");
}

#[test]
fn single_precision_predicts_alike() {
    let data = noisy(300);
    let single: Vec<f32> = data.iter().map(|x| *x as f32).collect();
    let dmd = Dmd::new().delays(3).rank(Rank::Fixed(5));
    let model = dmd.fit(&[Recording::new(&single, 2).unwrap()]).unwrap();
    let (_, double) = predict(&fitted(&data).as_ref(), &data, Horizon::Steps(2));
    let (_, single) = predict(&model.as_ref(), &single, Horizon::Steps(2));
    let size = data.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    for (x, y) in double.iter().zip(&single) {
        assert!((x - f64::from(*y)).abs() < 1e-3 * size, "{x} {y}");
    }
}

#[test]
fn what_cannot_be_predicted_is_refused() {
    let data = noisy(100);
    let model = fitted(&data);
    let model = model.as_ref();
    let mut memory = vec![0.0; model.prediction_memory_len()];
    let trial = Recording::new(&data[..8], 2).unwrap();
    let short = model.predict_in(&trial, Horizon::Steps(2), &mut [], &mut memory);
    assert_eq!(short, Err(Error::TooShort { trial: 0, needed: 5, got: 4 }));
    let zero = model.predict_in(&trial, Horizon::Steps(0), &mut [0.0; 4], &mut memory);
    assert!(
        matches!(zero, Err(Error::InvalidSetting { setting: Setting::Horizon, .. })),
        "{zero:?}"
    );
    let wrong = model.predict_in(&trial, Horizon::Steps(1), &mut [0.0; 3], &mut memory);
    assert!(matches!(wrong, Err(Error::ShapeMismatch { expected: 2, got: 3, .. })), "{wrong:?}");
}
