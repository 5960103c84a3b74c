//! Baselines against values made with NumPy, SciPy and mpmath (`golden/make_baselines.py`).

use crate::common::{golden, read_array};
use dynamical_similarity::{Baseline, BaselineMethod, Embedding, Recording, Scalar};
use serde_json::Value;

/// Two implementations in f64, over the conditions of these recordings.
const F64: f64 = 1e-8;
/// Samples rounded to f32 move a state by 6e-8 of its size; canonical correlations of components that hold
/// little variance are moved by that times their condition, so they are compared up to 99 % only.
const F32: f64 = 2e-5;
/// Small angles: rounding of the samples and of the decomposition, in parts of the norm.
const SMALL: f64 = 2e-14;

/// The trials of one side of a case and their channels.
fn load(part: &Value) -> (Vec<Vec<f64>>, usize) {
    if let Some(parts) = part.as_array() {
        let loaded: Vec<_> = parts.iter().map(load).collect();
        let channels = loaded[0].1;
        return (loaded.into_iter().flat_map(|(trials, _)| trials).collect(), channels);
    }
    let array = read_array(&golden("inputs").join(part["file"].as_str().unwrap()));
    let [.., time, channels] = array.shape[..] else { panic!("{:?}", array.shape) };
    let count = |key: &str, default| part[key].as_u64().map_or(default, |x| x as usize);
    let (from, samples) = (count("from", 0), count("samples", time));
    let kept = count("channels", channels);
    let mut trials: Vec<Vec<f64>> = array
        .values
        .chunks(time * channels)
        .map(|trial| {
            let samples = trial.chunks(channels).skip(from).take(samples);
            samples.flat_map(|sample| sample[..kept].to_vec()).collect()
        })
        .collect();
    if !part["add"].is_null() {
        let (other, weight) = (load(&part["add"]).0, part["weight"].as_f64().unwrap());
        for (x, y) in trials.iter_mut().flatten().zip(other.iter().flatten()) {
            *x += weight * y;
        }
    }
    (trials, kept)
}

fn baseline(case: &Value) -> Baseline {
    let settings = match case["method"].as_str().unwrap() {
        "procrustes" => Baseline::procrustes(),
        "cka" => Baseline::cka(),
        "svcca" => Baseline::svcca().explained_variance(case["variance"].as_f64().unwrap()),
        other => panic!("{other}"),
    };
    let count = |key: &str| case[key].as_u64().unwrap() as usize;
    settings.embedding(Embedding::new(count("delays"), count("interval")))
}

/// (distance, similarity), the same to the bit from both sides.
fn compare<T: Scalar>(case: &Value, from: fn(f64) -> T) -> (f64, f64) {
    let side = |key: &str| {
        let (trials, channels) = load(&case[key]);
        let narrow = |x: Vec<f64>| x.into_iter().map(from).collect::<Vec<T>>();
        (trials.into_iter().map(narrow).collect::<Vec<_>>(), channels)
    };
    let (left, right) = (side("left"), side("right"));
    let a: Vec<_> = left.0.iter().map(|x| Recording::new(x, left.1).unwrap()).collect();
    let b: Vec<_> = right.0.iter().map(|x| Recording::new(x, right.1).unwrap()).collect();
    let (there, back) = (baseline(case).compare(&a, &b), baseline(case).compare(&b, &a));
    assert_eq!(there, back);
    let found = there.unwrap();
    (found.distance().into(), found.similarity().into())
}

fn cases() -> Vec<Value> {
    let text = std::fs::read_to_string(golden("baselines.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    all["cases"].as_array().unwrap().clone()
}

#[test]
fn every_value_agrees_in_f64() {
    let (mut count, mut worst) = (0, [0.0_f64; 3]);
    for case in cases() {
        let (distance, similarity) = compare(&case, |x| x);
        let expected = |key: &str| case[key].as_f64().unwrap();
        let error = (distance - expected("distance"))
            .abs()
            .max((similarity - expected("similarity")).abs());
        let method = baseline(&case).method();
        let small = matches!(case["source"].as_str().unwrap(), "mpmath" | "by construction");
        let limit = if small { SMALL } else { F64 };
        let about = format!("{} {method:?} {}", case["name"], case["delays"]);
        assert!(error <= limit, "{about}: {distance} {similarity}, off by {error:e}");
        let kind = match method {
            BaselineMethod::Svcca => 2,
            _ if small => 1,
            _ => 0,
        };
        worst[kind] = worst[kind].max(error);
        count += 1;
    }
    println!(
        "{count} values; largest differences: angles {:.1e}, small angles {:.1e}, SVCCA {:.1e}",
        worst[0], worst[1], worst[2]
    );
    assert_eq!(count, 93);
}

#[test]
fn every_value_agrees_in_f32() {
    let (mut count, mut worst) = (0, 0.0_f64);
    for case in cases() {
        if case["variance"] == 1.0 {
            continue;
        }
        let (distance, _) = compare(&case, |x| x as f32);
        let error = (distance - case["distance"].as_f64().unwrap()).abs();
        let about = format!("{} {} {}", case["name"], case["method"], case["delays"]);
        assert!(error <= F32, "{about}: {distance}, off by {error:e}");
        worst = worst.max(error);
        count += 1;
    }
    println!("{count} values; largest difference {worst:.1e}");
    assert!(count > 60);
}
