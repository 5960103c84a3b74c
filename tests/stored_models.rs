//! Models that are written and read again keep every bit, and damaged ones are refused.
#![cfg(feature = "serde")]

use crate::common::Noise;
use dynamical_similarity::controlled::{
    ControlledModel, ControlledRecording, Dmdc, Order, Subspace,
};
use dynamical_similarity::{Dmd, Horizon, Model, Rank, Recording, Scale};
use serde_json::{Value, from_value, json, to_value};

fn samples() -> Vec<f64> {
    let mut noise = Noise(11);
    let wave = |t: usize, c: f64| (0.2 * t as f64 * (1.0 + c)).sin();
    (0..300)
        .flat_map(|t| [wave(t, 0.0), 3.0 + wave(t, 0.7)])
        .map(|x| x + 0.1 * noise.normal())
        .collect()
}

/// Everything that a prediction reads.
fn predicted(model: &Model<f64>, trial: &Recording<'_, f64>) -> Vec<f64> {
    let view = model.as_ref();
    let first = view.first_predicted(Horizon::Steps(2));
    let mut out = vec![0.0; (trial.samples() - first) * trial.channels()];
    let mut memory = vec![0.0; view.prediction_memory_len()];
    view.predict_in(trial, Horizon::Steps(2), &mut out, &mut memory).unwrap();
    out
}

#[test]
fn a_model_that_was_written_is_the_same_model() {
    let samples = samples();
    let trial = Recording::new(&samples, 2).unwrap();
    let dmd = Dmd::new().delays(5).rank(Rank::Fixed(4));
    for dmd in [dmd, dmd.scale(Scale::UnitVariance), dmd.reduced_rank(true)] {
        let model = dmd.fit(&[trial]).unwrap();
        let again: Model<f64> = from_value(to_value(&model).unwrap()).unwrap();
        assert_eq!(model.operator(), again.operator());
        assert_eq!(model.basis(), again.basis());
        assert_eq!((model.spectrum(), model.settings()), (again.spectrum(), again.settings()));
        assert_eq!((model.path(), model.warnings()), (again.path(), again.warnings()));
        assert_eq!(model.as_ref().intercept(), again.as_ref().intercept());
        assert_eq!(predicted(&model, &trial), predicted(&again, &trial));
    }
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let samples = samples();
    let trial = Recording::new(&samples, 2).unwrap();
    let model = Dmd::new().delays(5).rank(Rank::Fixed(4)).fit(&[trial]).unwrap();
    let whole = to_value(&model).unwrap();
    let read = |value: Value| from_value::<Model<f64>>(value);
    assert!(read(whole.clone()).is_ok());
    let huge = json!(usize::MAX);
    for (place, values) in [
        ("/numbers/rank", vec![json!(0)]),
        ("/numbers/channels", vec![json!(0), json!(1), json!(3), huge.clone()]),
        ("/numbers/order", vec![json!(0), json!(3), json!(5), huge.clone()]),
        ("/numbers/kept", vec![json!(0), json!(3), json!(11), huge.clone()]),
        ("/numbers/reduced", vec![json!(true)]),
        ("/numbers/dmd/delays", vec![json!(0), json!(4), huge.clone()]),
        ("/numbers/dmd/ridge", vec![json!(-1.0)]),
        ("/singular_values", vec![json!(0), json!(9), huge]),
        ("/has_mean", vec![json!(false)]),
        ("/has_intercept", vec![json!(false)]),
        ("/data", vec![json!([]), json!([1.0, 2.0])]),
        ("/data/7", vec![json!(null), json!("one")]),
    ] {
        for value in values {
            let mut damaged = whole.clone();
            *damaged.pointer_mut(place).unwrap() = value.clone();
            assert!(read(damaged).is_err(), "{place} {value}");
        }
    }
}

#[test]
fn a_controlled_model_that_was_written_is_the_same_model_and_a_damaged_one_is_refused() {
    let samples = samples();
    let outputs = Recording::new(&samples, 2).unwrap();
    let mut noise = Noise(5);
    let inputs: Vec<f64> = (0..outputs.samples()).map(|_| noise.normal()).collect();
    let trial = ControlledRecording::new(Recording::new(&inputs, 1).unwrap(), outputs).unwrap();
    let order = Order::Fixed(3);
    let subspace = Subspace::new(4).order(order).fit(&[trial]).unwrap();
    let dmdc = Dmdc::new(3).input_delays(2).order(order).fit(&[trial]).unwrap();
    for model in [subspace, dmdc] {
        let whole = to_value(&model).unwrap();
        let read = |value: Value| from_value::<ControlledModel>(value);
        let again = read(whole.clone()).unwrap();
        assert_eq!(again, model);
        assert_eq!(again.filter(&trial, 1), model.filter(&trial, 1));
        for (place, values) in [
            ("/order", vec![json!(0), json!(4), json!(usize::MAX)]),
            ("/inputs", vec![json!(0), json!(3), json!(usize::MAX)]),
            ("/outputs", vec![json!(0), json!(1), json!(usize::MAX)]),
            ("/input_delays", vec![json!(0), json!(3)]),
            ("/data/0", vec![json!(null)]),
        ] {
            for value in values {
                let mut damaged = whole.clone();
                *damaged.pointer_mut(place).unwrap() = value.clone();
                assert!(read(damaged).is_err(), "{place} = {value}");
            }
        }
    }
}
