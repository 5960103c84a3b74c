//! Rules for the rank and the delays, against numpy and on recordings whose answer is known.

use crate::common::{Noise, golden, read_array};
use dynamical_similarity::{
    Centre, DelayEvidence, DelayRule, Dmd, Error, HeldOut, HeldOutTask, Horizon, LatentEvidence,
    LatentRank, Rank, RankEvidence, Recording, Scalar, Setting, StateOrder,
};
use serde_json::Value;

/// The trials of an array, time x channels or trials x time x channels, in a scalar.
fn trials<T: Scalar>(name: &str, from: fn(f64) -> T) -> (Vec<Vec<T>>, usize) {
    let array = read_array(&golden(&format!("inputs/{name}.npy")));
    let channels = *array.shape.last().unwrap();
    let time = array.shape[array.shape.len() - 2];
    let values: Vec<T> = array.values.iter().map(|x| from(*x)).collect();
    (values.chunks(time * channels).map(<[T]>::to_vec).collect(), channels)
}

fn recordings<T: Scalar>(trials: &[Vec<T>], channels: usize) -> Vec<Recording<'_, T>> {
    trials.iter().map(|x| Recording::new(x, channels).unwrap()).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn assert_close(what: &str, got: &[f64], expected: &[f64]) {
    assert!(got.len() >= expected.len(), "{what}: {} of {}", got.len(), expected.len());
    for (got, expected) in got.iter().zip(expected) {
        assert!((got - expected).abs() < 1e-6, "{what}: {got} {expected}");
    }
}

#[test]
fn evidence_equals_that_of_numpy() {
    let text = std::fs::read_to_string(golden("rank.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(cases.len() >= 6);
    let mut orders = 0;
    for case in &cases {
        let name = case["input"].as_str().unwrap();
        let (data, channels) = trials(name, |x| x);
        let dmd = Dmd::new().delays(case["delays"].as_u64().unwrap() as usize);
        let found = LatentEvidence::of(&recordings(&data, channels), &dmd).unwrap();
        let latent = &case["latent"];
        let expected = numbers(&latent["unexplained"]);
        assert_eq!(found.unexplained.len(), expected.len(), "{name}");
        assert_close(name, &found.unexplained, &expected);
        assert_close(name, &found.energy, &numbers(&latent["energy"]));
        assert_close(name, &[found.predictable], &[latent["predictable"].as_f64().unwrap()]);
        assert_eq!(found.windows as u64, latent["windows"].as_u64().unwrap(), "{name}");
        let reached = expected.iter().position(|u| *u <= 0.02);
        let answer = reached.map_or(LatentRank::NotReached, |at| LatentRank::Found(at + 1));
        assert_eq!(found.rank, answer, "{name}");
        let order = StateOrder::of(&recordings(&data, channels), &dmd);
        if case["state_order"].is_null() {
            assert!(matches!(order, Err(Error::TooFewWindows { .. })), "{name} {order:?}");
            continue;
        }
        let (order, expected) = (order.unwrap(), &case["state_order"]);
        orders += 1;
        assert_eq!(order.order as u64, expected["order"].as_u64().unwrap(), "{name}");
        assert_close(
            name,
            &order.squared_correlations,
            &numbers(&expected["squared_correlations"]),
        );
    }
    assert!(orders >= 3, "{orders}");
}

#[test]
fn single_precision_and_any_unit_give_the_same_answer() {
    for (name, delays) in [("lorenz_152_0", 10), ("fig3_line_0", 10), ("linear5_a", 5)] {
        let dmd = Dmd::new().delays(delays);
        let (data, channels) = trials(name, |x| x);
        let double = LatentEvidence::of(&recordings(&data, channels), &dmd).unwrap();
        let (single, channels) = trials(name, |x| x as f32);
        let single = LatentEvidence::of(&recordings(&single, channels), &dmd).unwrap();
        assert_eq!(single.rank, double.rank, "{name}");
        for (x, y) in single.unexplained.iter().zip(&double.unexplained) {
            assert!((x - y).abs() < 1e-4, "{name} {x} {y}");
        }
        // A power of two, and an offset that is subtracted again.
        let moved: Vec<Vec<f64>> = data
            .iter()
            .map(|trial| trial.iter().map(|x| 2.0_f64.powi(-90) * x).collect())
            .collect();
        let moved = LatentEvidence::of(&recordings(&moved, channels), &dmd).unwrap();
        assert_eq!(moved, double, "{name}");
        let shifted: Vec<Vec<f64>> =
            data.iter().map(|trial| trial.iter().map(|x| x + 3.0).collect()).collect();
        let shifted = LatentEvidence::of(&recordings(&shifted, channels), &dmd).unwrap();
        for (x, y) in shifted.unexplained.iter().zip(&double.unexplained) {
            assert!((x - y).abs() < 1e-6, "{name} {x} {y}");
        }
    }
}

/// x <- A x + xi with two shrunk rotations, seen through 5 random channels with noise.
fn two_rotations(samples: usize, noise: f64, seed: u64) -> Vec<f64> {
    let mut random = Noise(seed);
    let weights = random.normals(20);
    let mut x = [0.0; 4];
    (0..samples)
        .flat_map(|_| {
            let turn = |a: f64, b: f64, radius: f64, angle: f64| {
                let (cosine, sine) = (radius * angle.cos(), radius * angle.sin());
                (cosine * a - sine * b, sine * a + cosine * b)
            };
            let ((a, b), (c, d)) = (turn(x[0], x[1], 0.95, 0.2), turn(x[2], x[3], 0.9, 0.9));
            x = [a, b, c, d].map(|x| x + random.normal());
            let seen: Vec<f64> = weights
                .chunks(4)
                .map(|row| row.iter().zip(&x).map(|(w, x)| w * x).sum::<f64>())
                .map(|seen| seen + noise * random.normal())
                .collect();
            seen
        })
        .collect()
}

#[test]
fn white_noise_is_unpredictable_and_a_linear_system_has_its_order() {
    for seed in [1, 2, 3] {
        let noise = Noise(seed).normals(4000 * 4);
        let trial = [Recording::new(&noise, 4).unwrap()];
        let dmd = Dmd::new().delays(10);
        assert_eq!(LatentEvidence::of(&trial, &dmd), Err(Error::Unpredictable));
        assert_eq!(dmd.rank(Rank::Latent).fit(&trial).unwrap_err(), Error::Unpredictable);
        let linear = two_rotations(3000, 0.5, seed);
        let trial = [Recording::new(&linear, 5).unwrap()];
        for delays in [5, 10] {
            let found = StateOrder::of(&trial, &Dmd::new().delays(delays)).unwrap();
            assert_eq!(found.order, 4, "{seed} {delays} {:?}", found.criterion);
        }
    }
}

#[test]
fn a_fit_determines_its_rank_first_and_says_by_which_rule() {
    let linear = two_rotations(3000, 0.5, 7);
    let trial = [Recording::new(&linear, 5).unwrap()];
    let dmd = Dmd::new().delays(5);
    for rule in [Rank::AUTO, Rank::StateOrder, Rank::Predictive] {
        let evidence = RankEvidence::of(&trial, &dmd.rank(rule)).unwrap();
        let model = dmd.rank(rule).fit(&trial).unwrap();
        assert_eq!(model.rank(), evidence.rank.unwrap().max(2), "{rule:?}");
        assert_eq!(model.settings().rank_rule(), rule);
        let fixed = dmd.rank(Rank::Fixed(model.rank())).fit(&trial).unwrap();
        assert_eq!(model.operator(), fixed.operator());
        assert!(model.warnings().is_empty());
    }
    assert!(RankEvidence::of(&trial, &dmd.rank(Rank::Full)).is_err());
    // Without a heap the rule cannot be applied, and the error says where it can.
    let latent = dmd.rank(Rank::Latent);
    let mut memory = vec![0.0; Dmd::memory_len(latent.shape(5))];
    let refused = latent.fit_in(&trial, &mut memory).unwrap_err();
    assert!(refused.to_string().contains("need a heap, use `Dmd::fit`"), "{refused}");
    let labels = dmd.centre(Centre::Condition).fit(&trial).unwrap_err();
    assert!(labels.to_string().contains("fit_conditions"), "{labels}");
}

#[test]
fn a_rank_that_is_not_reached_counts_as_nine_and_is_said() {
    // Ten independent slow channels: every coordinate is new.
    let mut noise = Noise(5);
    let mut x = [0.0; 10];
    let samples: Vec<f64> = (0..6000)
        .flat_map(|_| {
            x = x.map(|x| 0.97 * x + noise.normal());
            x
        })
        .collect();
    let trial = [Recording::new(&samples, 10).unwrap()];
    let dmd = Dmd::new().delays(5);
    let found = LatentEvidence::of(&trial, &dmd).unwrap();
    assert_eq!((found.rank, found.rank.number()), (LatentRank::NotReached, 9));
    let model = dmd.rank(Rank::Latent).fit(&trial).unwrap();
    assert_eq!(model.rank(), 9);
    assert!(model.warnings().latent_rank_not_reached && !model.warnings().is_empty());
}

#[test]
fn held_out_errors_are_those_of_fits_to_the_other_folds() {
    let data = two_rotations(1000, 0.3, 3);
    let trials: Vec<_> = data.chunks(5 * 100).map(|x| Recording::new(x, 5).unwrap()).collect();
    // The means of all trials would be subtracted here, and those of the other folds there.
    let dmd = Dmd::new().delays(4).centre(Centre::None);
    let found = HeldOut::of(&trials, &dmd, 6, 3).unwrap();
    assert_eq!(found.ranks.iter().map(|at| at.rank).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    for at in &found.ranks {
        let (mut squared, mut values) = ([0.0; 2], [0; 2]);
        for fold in 0..5 {
            let of = |held: bool| -> Vec<Recording<'_, f64>> {
                let part = trials.iter().enumerate().filter(|(k, _)| (k % 5 == fold) == held);
                part.map(|(_, trial)| *trial).collect()
            };
            let model = dmd.rank(Rank::Fixed(at.rank)).fit(&of(false)).unwrap();
            let mut memory = vec![0.0; model.as_ref().prediction_memory_len()];
            for (which, steps) in [1, 3].into_iter().enumerate() {
                let horizon = dynamical_similarity::Horizon::Steps(steps);
                let errors =
                    model.as_ref().prediction_errors_in(&of(true), horizon, &mut memory).unwrap();
                squared[which] += errors.mean_squared_error * errors.values as f64;
                values[which] += errors.values;
            }
        }
        for (which, errors) in [at.one_step, at.several_steps].iter().enumerate() {
            assert_eq!(errors.values, values[which]);
            let expected = squared[which] / values[which] as f64;
            let got = errors.mean_squared_error;
            assert!((got - expected).abs() < 1e-9 * expected, "{} {got} {expected}", at.rank);
        }
    }
    // Later samples only, and the longest window that ten blocks of 20 samples hold with one of 3 later.
    let later = HeldOut::of_from(
        &trials,
        &dmd,
        HeldOutTask { most: 2, steps: 3, first: 60, most_delays: 0 },
    )
    .unwrap();
    assert_eq!(later.ranks[0].one_step.values, 10 * 40 * 5);
    let task = HeldOutTask { most: 2, steps: 3, first: 100, most_delays: 0 };
    assert!(HeldOut::of_from(&trials, &dmd, task).is_err());
    let one = [Recording::new(&data[..5 * 200], 5).unwrap()];
    assert_eq!(HeldOut::most_delays(&one, &dmd, 3), 17);
    assert!(HeldOut::of(&one, &dmd.delays(17), 2, 3).is_ok());
    assert!(HeldOut::of(&one, &dmd.delays(18), 2, 3).is_err());
    // The state has four dimensions: a fifth predicts nothing more, a third is not enough.
    let error = |rank: usize| found.ranks[rank - 1].one_step.mean_squared_error;
    assert!(error(3) > 1.05 * error(4), "{} {}", error(3), error(4));
    assert!(found.rank() >= 4 && found.several_steps_rank() >= 2 && found.akaike_rank() >= 4);
}

#[test]
fn evidence_looks_less_far_ahead_where_blocks_are_short() {
    // Ten blocks of 12 samples hold a window of 5 and at most 7 steps.
    let data = two_rotations(120, 0.1, 4);
    let trial = [Recording::new(&data, 5).unwrap()];
    let dmd = Dmd::new().delays(5).rank(Rank::Predictive);
    let evidence = RankEvidence::of(&trial, &dmd).unwrap();
    let held_out = evidence.predictive.unwrap().unwrap();
    assert_eq!((held_out.steps, evidence.rank), (7, Ok(held_out.rank())));
    assert_eq!(dmd.fit(&trial).unwrap().rank(), held_out.rank().max(2));
    // Not even one step.
    let short = [Recording::new(&data[..5 * 50], 5).unwrap()];
    let refused = RankEvidence::of(&short, &dmd).unwrap().rank;
    assert_eq!(refused, Err(Error::TooShort { trial: 0, needed: 60, got: 50 }));
    assert_eq!(dmd.fit(&short).unwrap_err(), refused.unwrap_err());
}

#[test]
fn delays_are_five_to_fifty_and_follow_the_recording() {
    // A slow sine, sampled finely: its autocorrelation lasts 1.19 / 0.04 samples.
    let slow: Vec<f64> = (0..3000).map(|t| (0.04 * f64::from(t)).sin()).collect();
    let slow = [Recording::new(&slow, 1).unwrap()];
    let rule = DelayRule::Autocorrelation;
    let found = DelayEvidence::of(&slow, &Dmd::new(), rule).unwrap();
    assert_eq!((found.delays, found.autocorrelation_time), (30, Some(30)));
    let every_third = DelayEvidence::of(&slow, &Dmd::new().interval(3), rule).unwrap();
    assert_eq!(every_third.autocorrelation_time, Some(10));
    // Noise needs none; one channel needs 17 entries, many channels 5 delays.
    let noise = Noise(1).normals(3000 * 6);
    let one = [Recording::new(&noise, 1).unwrap()];
    assert_eq!(DelayEvidence::of(&one, &Dmd::new(), rule).unwrap().delays, 17);
    let six = [Recording::new(&noise, 6).unwrap()];
    assert_eq!(DelayEvidence::of(&six, &Dmd::new(), rule).unwrap().delays, 5);
    // Five samples of five clean channels say everything; one noisy channel needs a longer window.
    let data = two_rotations(4000, 0.0, 2);
    let trial = [Recording::new(&data, 5).unwrap()];
    let clean = DelayEvidence::of(&trial, &Dmd::new(), DelayRule::Prediction).unwrap();
    assert_eq!(clean.delays, 5, "{:?}", clean.tried);
    let mut noise = Noise(4);
    let data: Vec<f64> = (0..4000).map(|t| (0.3 * f64::from(t)).sin() + noise.normal()).collect();
    let trial = [Recording::new(&data, 1).unwrap()];
    let noisy = DelayEvidence::of(&trial, &Dmd::new(), DelayRule::Prediction).unwrap();
    assert!(noisy.delays > 5, "{:?}", noisy.tried);
    // A gain within one standard error is none.
    let data: Vec<f64> = two_rotations(4000, 2.0, 2).iter().step_by(5).copied().collect();
    let trial = [Recording::new(&data, 1).unwrap()];
    let alike = DelayEvidence::of(&trial, &Dmd::new(), DelayRule::Prediction).unwrap();
    let error = |at: usize| alike.tried[at].mean_squared_error;
    assert!(error(4) < error(0) && alike.delays == 5, "{:?}", alike.tried);
    assert_eq!(
        noisy.tried.iter().map(|at| at.delays).collect::<Vec<_>>(),
        [5, 7, 10, 14, 20, 28, 40]
    );
}

#[test]
fn recordings_that_a_rule_cannot_read_are_refused() {
    let data = two_rotations(60, 0.1, 1);
    let dmd = Dmd::new().delays(5);
    let short = [Recording::new(&data, 5).unwrap()];
    // Ten blocks of six samples; each needs a window, an interval and a sample more.
    let refused = LatentEvidence::of(&short, &dmd).unwrap_err();
    assert_eq!(refused, Error::TooShort { trial: 0, needed: 70, got: 60 });
    let constant = vec![2.0; 3000];
    let constant = [Recording::new(&constant, 3).unwrap()];
    let degenerate = Err(Error::DegenerateSignal { channel: None });
    assert_eq!(LatentEvidence::of(&constant, &dmd), degenerate);
    assert_eq!(LatentEvidence::of::<f64>(&[], &dmd), Err(Error::Empty));
    assert!(matches!(LatentEvidence::of(&short, &Dmd::new()), Err(Error::InvalidSetting { .. })));
    let data = two_rotations(500, 0.1, 1);
    let few = [Recording::new(&data, 5).unwrap()];
    let order = StateOrder::of(&few, &Dmd::new().delays(8)).unwrap_err();
    assert!(matches!(order, Error::TooFewWindows { needed: 401, .. }), "{order:?}");
    let reduced = HeldOut::of(&few, &dmd.reduced_rank(true), 3, 1).unwrap_err();
    assert!(matches!(reduced, Error::InvalidSetting { setting: Setting::ReducedRank, .. }));
}

/// Three noisy rotations, seen by `channels` channels through random weights, with white noise in each.
fn rotations_of_many_channels(seed: u64, samples: usize, channels: usize) -> Vec<f64> {
    let mut noise = Noise(seed);
    let weights = noise.normals(6 * channels);
    let mut x = [0.0_f64; 6];
    let mut samples_of = || {
        for (pair, omega) in x.chunks_mut(2).zip([0.25_f64, 0.4, 0.6]) {
            let (a, b) = (pair[0], pair[1]);
            pair[0] = 0.97 * (omega.cos() * a - omega.sin() * b) + noise.normal();
            pair[1] = 0.97 * (omega.sin() * a + omega.cos() * b) + noise.normal();
        }
        let seen = |w: &[f64]| w.iter().zip(&x).map(|(w, x)| w * x).sum::<f64>();
        let clean: Vec<f64> = weights.chunks(6).map(seen).collect();
        clean.into_iter().map(|y| y + 3.0 * noise.normal()).collect::<Vec<_>>()
    };
    (0..samples).flat_map(|_| samples_of()).collect()
}

#[test]
fn wide_windows_are_looked_at_in_components_that_keep_what_is_predictable() {
    let data = rotations_of_many_channels(3, 1500, 50);
    let dmd = Dmd::new().delays(10);
    let found = LatentEvidence::of(&recordings(std::slice::from_ref(&data), 50), &dmd).unwrap();
    assert_eq!(found.components, Some(24));
    assert!(found.lagged_covariance > 0.99, "{}", found.lagged_covariance);
    assert_eq!(found.rank, LatentRank::Found(6));
    // Few channels are all looked at, and see the same six.
    let few: Vec<f64> = data.chunks(50).flat_map(|sample| sample[..16].to_vec()).collect();
    let narrow = LatentEvidence::of(&recordings(&[few], 16), &dmd).unwrap();
    assert_eq!((narrow.components, narrow.lagged_covariance), (None, 1.0));
    assert_eq!(narrow.rank, LatentRank::Found(6));
    // The predictable share is that of all channels, white noise included: 26 of 50 components are left out.
    assert!((found.predictable / narrow.predictable - 1.0).abs() < 0.2, "{found:?}");
    // No rotation of the channels matters.
    let q = Noise(9).orthogonal(50);
    let turned: Vec<f64> = data
        .chunks(50)
        .flat_map(|sample| {
            q.chunks(50).map(move |row| row.iter().zip(sample).map(|(q, x)| q * x).sum())
        })
        .collect();
    let other = LatentEvidence::of(&recordings(&[turned], 50), &dmd).unwrap();
    assert_eq!(other.components, found.components);
    for (a, b) in found.unexplained.iter().zip(&other.unexplained) {
        assert!((a - b).abs() < 1e-8, "{a} {b}");
    }
}

/// The other rules look at the same components, and see what fewer channels of the same system show.
#[test]
fn state_order_and_held_out_errors_of_wide_windows_are_those_of_components() {
    let data = rotations_of_many_channels(5, 3000, 45);
    let wide = [data];
    let trials = recordings(&wide, 45);
    let dmd = Dmd::new().delays(20);
    let found = StateOrder::of(&trials, &dmd).unwrap();
    assert_eq!((found.components, found.order), (Some(12), 6));
    // Ten windows for each of 45 x 20 entries would be more than there are.
    assert!(found.windows < 45 * 20 * 10 && found.lagged_covariance > 0.99);
    let errors = HeldOut::of(&trials, &dmd, 8, 2).unwrap();
    assert_eq!((errors.components, errors.ranks.len()), (Some(12), 8));
    let six = errors.ranks[5].one_step;
    assert!(six.r_squared > 0.5 && errors.ranks[7].one_step.r_squared > 0.5, "{six:?}");
    // Errors are those of all channels: a model of all channels predicts the samples that it was fitted to 3 % better.
    let fit = dmd.rank(Rank::Fixed(6)).fit(&trials).unwrap();
    let mut memory = vec![0.0; fit.as_ref().prediction_memory_len() + 3 * 45];
    let all = fit.as_ref().prediction_errors_in(&trials, Horizon::Steps(1), &mut memory).unwrap();
    let six = errors.ranks[5].one_step;
    assert!(
        (six.mean_squared_error / all.mean_squared_error - 1.0).abs() < 0.05,
        "{six:?} {all:?}"
    );
    // Windows that are compared with longer ones are looked at in the components of these, also where they are narrow.
    let task = HeldOutTask { most: 6, steps: 1, first: 20, most_delays: 20 };
    let errors = HeldOut::of_from(&trials, &dmd.delays(5), task).unwrap();
    assert_eq!(errors.components, Some(12));
    let alone = HeldOutTask { most_delays: 0, ..task };
    assert_eq!(HeldOut::of_from(&trials, &dmd.delays(5), alone).unwrap().components, None);
}

/// Few samples of very many channels: components of their span, and predictions of all channels from these.
#[test]
fn components_of_a_span_predict_all_channels() {
    let data = rotations_of_many_channels(6, 180, 400);
    let wide = [data];
    let trials = recordings(&wide, 400);
    let dmd = Dmd::new().delays(5);
    let errors = HeldOut::of(&trials, &dmd, 6, 1).unwrap();
    assert!(errors.components.is_some());
    let most = errors.ranks[5].one_step.r_squared;
    assert!(most > 0.2 && errors.ranks[5].one_step.values.is_multiple_of(400), "{most}");
    assert_eq!(errors.rank(), 6);
}
