//! Controlled systems: identification against known systems, the filter, and distances.

use crate::common::{Noise, golden};
use dynamical_similarity::controlled::{
    ControlledModel, ControlledRecording, ControlledSystem, Dmdc, Order, Subspace, WindowMoments,
};
use dynamical_similarity::{Error, Mat, MatRef, Recording};
use proptest::prelude::*;

const EIGENVALUES: [(f64, f64); 3] = [(0.95, 0.3), (0.9, 1.0), (0.8, 1.9)];
const STATES: usize = 6;
const INPUTS: usize = 2;
const OUTPUTS: usize = 3;

/// Row after row.
type Rows = Vec<Vec<f64>>;

fn rows(noise: &mut Noise, rows: usize, cols: usize) -> Rows {
    (0..rows).map(|_| noise.normals(cols)).collect()
}

fn product(a: &Rows, b: &Rows) -> Rows {
    let entry = |row: &[f64], j: usize| row.iter().zip(b).map(|(x, row)| x * row[j]).sum();
    a.iter().map(|row| (0..b[0].len()).map(|j| entry(row, j)).collect()).collect()
}

/// The inverse by elimination with pivots.
fn inverse(a: &Rows) -> Rows {
    let n = a.len();
    let mut all: Rows = (0..n)
        .map(|i| a[i].iter().copied().chain((0..n).map(|j| f64::from(u8::from(i == j)))).collect())
        .collect();
    for k in 0..n {
        let pivot = (k..n).max_by(|i, j| all[*i][k].abs().total_cmp(&all[*j][k].abs())).unwrap();
        all.swap(k, pivot);
        let row: Vec<f64> = all[k].iter().map(|x| x / all[k][k]).collect();
        for (i, other) in all.iter_mut().enumerate() {
            let weight = if i == k { 0.0 } else { other[k] };
            other.iter_mut().zip(&row).for_each(|(x, y)| *x -= weight * y);
        }
        all[k] = row;
    }
    all.into_iter().map(|row| row[n..].to_vec()).collect()
}

struct System {
    a: Rows,
    b: Rows,
    c: Rows,
}

impl System {
    /// The rotations of `EIGENVALUES` in a random basis, with random B and C.
    fn new(noise: &mut Noise) -> Self {
        let mut blocks = vec![vec![0.0; STATES]; STATES];
        for (k, (radius, angle)) in EIGENVALUES.iter().enumerate() {
            let (i, j) = (2 * k, 2 * k + 1);
            (blocks[i][i], blocks[i][j]) = (radius * angle.cos(), -radius * angle.sin());
            (blocks[j][i], blocks[j][j]) = (radius * angle.sin(), radius * angle.cos());
        }
        let basis = rows(noise, STATES, STATES);
        let a = product(&product(&basis, &blocks), &inverse(&basis));
        Self { a, b: rows(noise, STATES, INPUTS), c: rows(noise, OUTPUTS, STATES) }
    }

    fn run(&self, noise: &mut Noise, samples: usize, share: f64, colour: f64) -> Trial {
        let (mut x, mut u) = (vec![0.0; STATES], vec![0.0; INPUTS]);
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        let times = |m: &Rows, x: &[f64]| -> Vec<f64> {
            m.iter().map(|row| row.iter().zip(x).map(|(m, x)| m * x).sum()).collect()
        };
        for _ in 0..samples {
            u.iter_mut().for_each(|u| *u = colour * *u + noise.normal());
            inputs.extend(&u);
            outputs.extend(times(&self.c, &x));
            let driven = times(&self.b, &u);
            x = times(&self.a, &x).iter().zip(driven).map(|(x, u)| x + u).collect();
        }
        for channel in 0..OUTPUTS {
            let values = || outputs.iter().skip(channel).step_by(OUTPUTS);
            let mean = values().sum::<f64>() / samples as f64;
            let square = values().map(|y| (y - mean).powi(2)).sum::<f64>() / samples as f64;
            let places = outputs.iter_mut().skip(channel).step_by(OUTPUTS);
            places.for_each(|y| *y += share * square.sqrt() * noise.normal());
        }
        Trial { inputs, outputs }
    }

    fn markov(&self, count: usize) -> Vec<Rows> {
        let mut states = self.b.clone();
        let mut found = Vec::new();
        for _ in 0..count {
            found.push(product(&self.c, &states));
            states = product(&self.a, &states);
        }
        found
    }
}

struct Trial {
    inputs: Vec<f64>,
    outputs: Vec<f64>,
}

impl Trial {
    fn recording(&self) -> ControlledRecording<'_, f64> {
        ControlledRecording::new(
            Recording::new(&self.inputs, INPUTS).unwrap(),
            Recording::new(&self.outputs, OUTPUTS).unwrap(),
        )
        .unwrap()
    }
}

/// The largest distance of a true eigenvalue to the nearest one that was found.
fn eigenvalue_error(model: &ControlledModel) -> f64 {
    let found = model.eigenvalues().unwrap();
    let nearest = |(radius, angle): &(f64, f64)| {
        let (x, y) = (radius * angle.cos(), radius * angle.sin());
        found.iter().map(|(a, b)| (a - x).hypot(b - y)).fold(f64::INFINITY, f64::min)
    };
    EIGENVALUES.iter().map(nearest).fold(0.0, f64::max)
}

/// |found - true| / |true| over 20 Markov parameters.
fn markov_error(model: &ControlledModel, system: &System) -> f64 {
    let found = model.markov_parameters(20).unwrap();
    let (mut errors, mut squares) = (0.0, 0.0);
    for (found, expected) in found.iter().zip(system.markov(20)) {
        for (i, row) in expected.iter().enumerate() {
            for (j, x) in row.iter().enumerate() {
                errors += (found.as_ref().at(i, j) - x).powi(2);
                squares += x * x;
            }
        }
    }
    (errors / squares).sqrt()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    0.5 * (values[values.len() / 2] + values[(values.len() - 1) / 2])
}

/// Eigenvalue and Markov errors of six seeds.
fn errors_of(share: f64, colour: f64, seeds: std::ops::Range<u64>) -> (Vec<f64>, Vec<f64>) {
    let settings = Subspace::new(15).order(Order::Fixed(STATES));
    seeds
        .map(|seed| {
            let mut noise = Noise(seed);
            let system = System::new(&mut noise);
            let trial = system.run(&mut noise, 5000, share, colour);
            let model = settings.fit(&[trial.recording()]).unwrap();
            let errors = (eigenvalue_error(&model), markov_error(&model, &system));
            println!(
                "noise {share} colour {colour} seed {seed}: {:.1e} {:.1e}",
                errors.0, errors.1
            );
            errors
        })
        .unzip()
}

#[test]
fn known_systems_are_identified_with_and_without_noise() {
    let largest = |x: &[f64]| x.iter().copied().fold(0.0, f64::max);
    let (eigenvalues, markov) = errors_of(0.0, 0.0, 1..7);
    assert!(largest(&eigenvalues) <= 1e-8 && largest(&markov) <= 1e-8);
    // The largest errors of six other seeds by an independent program; medians over 40 seeds are 1.0e-3 at 10 % noise, there
    // and here.
    for (share, colour, most) in
        [(0.01, 0.0, 2.6e-4), (0.1, 0.0, 2.8e-3), (0.1, 0.9, 1.8e-2), (0.3, 0.0, 9.6e-3)]
    {
        let (eigenvalues, markov) = errors_of(share, colour, 1..7);
        let worst = largest(&eigenvalues);
        println!(
            "{share} {colour}: {:.1e} {worst:.1e} {:.1e}",
            median(eigenvalues),
            median(markov)
        );
        assert!(worst <= most, "{share} {colour}: {worst}");
    }
}

/// The recordings of `make_controlled.py`.
fn formula(samples: usize, phase: f64) -> (Vec<f64>, Vec<f64>) {
    let (mut inputs, mut outputs, mut x) = (Vec::new(), Vec::new(), [0.0, 0.0]);
    for t in 0..samples {
        let square = (t * t) as f64;
        let u = (0.37 * square + phase).sin();
        inputs.push(u);
        outputs.push(x[0] + 0.05 * (0.91 * square + phase).cos());
        outputs.push(0.5 * x[0] - x[1] + 0.05 * (0.53 * square + 2.0 * phase).sin());
        x = [0.7 * x[0] - 0.4 * x[1] + u, 0.4 * x[0] + 0.7 * x[1] + 0.5 * u];
    }
    (inputs, outputs)
}

fn joined<'a>(inputs: &'a [f64], outputs: &'a [f64], m: usize) -> ControlledRecording<'a, f64> {
    let samples = inputs.len() / m;
    let inputs = Recording::new(inputs, m).unwrap();
    let outputs = Recording::new(outputs, outputs.len() / samples).unwrap();
    ControlledRecording::new(inputs, outputs).unwrap()
}

/// A B Cᵀ or A B, for small checks.
fn matrix_product(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> Mat<f64> {
    let mut out = Mat::zeros(a.rows(), b.cols()).unwrap();
    out.as_mut().set_product(a, b).unwrap();
    out
}

fn transposed(a: MatRef<'_, f64>) -> Mat<f64> {
    let mut out = Mat::zeros(a.cols(), a.rows()).unwrap();
    out.as_mut().copy_transposed_from(a).unwrap();
    out
}

fn check_entries(found: MatRef<'_, f64>, expected: &serde_json::Value, what: &str) {
    let expected: Vec<f64> = serde_json::from_value(expected.clone()).unwrap();
    assert_eq!(expected.len(), found.rows() * found.cols(), "{what}");
    for i in 0..found.rows() {
        for j in 0..found.cols() {
            let (x, y) = (found.at(i, j), expected[i * found.cols() + j]);
            assert!((x - y).abs() <= 1e-9, "{what} {i} {j}: {x} {y}");
        }
    }
}

/// Two trials of unequal length, against whole windows of both, side by side, in NumPy.
#[test]
fn unequal_trials_give_the_numbers_of_an_independent_program() {
    let text = std::fs::read_to_string(golden("controlled.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
    let trials = [formula(120, 0.0), formula(90, 1.0)];
    let trials = [&trials[0], &trials[1]].map(|(u, y)| joined(u, y, 1));
    for (name, ridge) in [("plain", 0.0), ("ridge", 0.5)] {
        let expected = &expected[name];
        let settings = Subspace::new(4).order(Order::Fixed(2)).ridge(ridge);
        let model = settings.fit(&trials).unwrap();
        assert_eq!(model.columns() as u64, expected["columns"].as_u64().unwrap());
        let values = MatRef::new(model.singular_values(), 8, 1).unwrap();
        check_entries(values, &expected["singular_values"], "singular values");
        for ((x, y), pair) in model.eigenvalues().unwrap().iter().zip(0..) {
            let pair = &expected["eigenvalues"][pair];
            let error = (x - pair[0].as_f64().unwrap()).hypot(y - pair[1].as_f64().unwrap());
            assert!(error <= 1e-9, "{name}: {error}");
        }
        for (k, found) in model.markov_parameters(5).unwrap().iter().enumerate() {
            check_entries(found.as_ref(), &expected["markov"][k], "Markov parameter");
        }
        let c = model.output_matrix();
        let process = matrix_product(c, model.process_noise());
        let process = matrix_product(process.as_ref(), transposed(c).as_ref());
        check_entries(process.as_ref(), &expected["process_in_outputs"], "process noise");
        check_entries(model.observation_noise(), &expected["observation"], "observation noise");
        let cross = matrix_product(c, model.cross_noise());
        check_entries(cross.as_ref(), &expected["cross_in_outputs"], "cross noise");
    }
}

#[test]
fn a_stream_gives_the_bits_of_the_same_trials_in_memory_and_parts_add_up() {
    let mut noise = Noise(21);
    let system = System::new(&mut noise);
    let trials = [400, 260, 900].map(|samples| system.run(&mut noise, samples, 0.1, 0.0));
    let recordings = [&trials[0], &trials[1], &trials[2]].map(Trial::recording);
    let settings = Subspace::new(8).order(Order::Fixed(STATES));
    let expected = settings.fit(&recordings).unwrap();
    let summed = |trials: &[Trial]| {
        let mut moments = WindowMoments::new(8, INPUTS, OUTPUTS).unwrap();
        for trial in trials {
            let samples = trial.inputs.chunks(INPUTS).zip(trial.outputs.chunks(OUTPUTS));
            samples.for_each(|(u, y)| moments.push(u, y).unwrap());
            moments.end_trial().unwrap();
        }
        moments
    };
    assert_eq!(settings.fit_moments(&summed(&trials)).unwrap(), expected);
    let (mut first, rest) = (summed(&trials[..1]), summed(&trials[1..]));
    first.merge(&rest).unwrap();
    assert_eq!(first.columns(), expected.columns());
    let merged = settings.fit_moments(&first).unwrap();
    for (x, y) in merged.eigenvalues().unwrap().iter().zip(expected.eigenvalues().unwrap()) {
        assert!((x.0 - y.0).hypot(x.1 - y.1) < 1e-9);
    }
}

/// Moments hold squares, but these systems have no state that is weaker than that.
#[test]
fn a_stream_without_noise_is_identified_too() {
    for seed in 1..7 {
        let mut noise = Noise(seed);
        let system = System::new(&mut noise);
        let trial = system.run(&mut noise, 5000, 0.0, 0.0);
        let mut moments = WindowMoments::new(15, INPUTS, OUTPUTS).unwrap();
        for (u, y) in trial.inputs.chunks(INPUTS).zip(trial.outputs.chunks(OUTPUTS)) {
            moments.push(u, y).unwrap();
        }
        moments.end_trial().unwrap();
        let settings = Subspace::new(15).order(Order::Fixed(STATES));
        let model = settings.fit_moments(&moments).unwrap();
        println!("{seed} {:.1e} {:.1e}", eigenvalue_error(&model), markov_error(&model, &system));
        assert!(eigenvalue_error(&model) <= 1e-8);
    }
}

/// Noise so weak that moments would lose it in rounding: QR of the windows.
#[test]
fn weak_noise_costs_no_more_than_its_share() {
    let (eigenvalues, _) = errors_of(1e-5, 0.0, 1..7);
    let worst = eigenvalues.into_iter().fold(0.0, f64::max);
    assert!(worst <= 2.8e-7, "{worst}");
}

#[test]
fn rules_find_the_order() {
    for (seed, share) in [(3, 0.0), (4, 0.0), (5, 0.01), (6, 0.01)] {
        let mut noise = Noise(seed);
        let trial = System::new(&mut noise).run(&mut noise, 3000, share, 0.0);
        let model = Subspace::new(10).order(Order::Gap).fit(&[trial.recording()]).unwrap();
        assert_eq!(model.order(), STATES, "{seed}");
        let all = Subspace::new(10).order(Order::Squares(0.999_999)).fit(&[trial.recording()]);
        assert!(all.unwrap().order() >= STATES || share == 0.0);
    }
}

/// Channels in other units, and single precision.
#[test]
fn units_do_not_matter_and_single_precision_is_read() {
    let mut noise = Noise(31);
    let system = System::new(&mut noise);
    let mut trial = system.run(&mut noise, 2000, 0.0, 0.0);
    let single = |x: &[f64]| x.iter().map(|x| *x as f32).collect::<Vec<f32>>();
    let (inputs, outputs) = (single(&trial.inputs), single(&trial.outputs));
    let settings = Subspace::new(10).order(Order::Fixed(STATES));
    let recording = ControlledRecording::new(
        Recording::new(&inputs, INPUTS).unwrap(),
        Recording::new(&outputs, OUTPUTS).unwrap(),
    );
    assert!(eigenvalue_error(&settings.fit(&[recording.unwrap()]).unwrap()) < 1e-5);
    trial.inputs.iter_mut().for_each(|u| *u *= 1e-9);
    trial.outputs.iter_mut().for_each(|y| *y *= 1e7);
    assert!(eigenvalue_error(&settings.fit(&[trial.recording()]).unwrap()) < 1e-8);
}

#[test]
fn what_cannot_be_identified_is_refused() {
    let mut noise = Noise(41);
    let system = System::new(&mut noise);
    let trial = system.run(&mut noise, 600, 0.01, 0.0);
    let settings = Subspace::new(5).order(Order::Fixed(STATES));
    let fit = |trials: &[ControlledRecording<'_, f64>]| settings.fit(trials).unwrap_err();
    assert_eq!(fit(&[]), Error::Empty);
    let short = Trial { inputs: vec![0.5; 20], outputs: vec![0.5; 30] };
    let refused = fit(&[trial.recording(), short.recording()]);
    assert_eq!(refused, Error::TooShort { trial: 1, needed: 11, got: 10 });
    let few =
        Trial { inputs: trial.inputs[..100].to_vec(), outputs: trial.outputs[..150].to_vec() };
    assert_eq!(fit(&[few.recording()]), Error::TooFewColumns { needed: 50, got: 40 });
    let constant = Trial { inputs: vec![1.0; 1200], outputs: trial.outputs.clone() };
    assert!(matches!(fit(&[constant.recording()]), Error::InputsNotExciting { needed: 20, .. }));
    let sines: Vec<f64> = (0..1200).map(|t| (0.3 * f64::from(t / 2 + t % 2 * 40)).sin()).collect();
    let sines = Trial { inputs: sines, outputs: trial.outputs.clone() };
    assert_eq!(fit(&[sines.recording()]), Error::InputsNotExciting { needed: 20, got: 2 });
    let copied = |factor: f64| {
        let mut outputs = trial.outputs.clone();
        let places = outputs.iter_mut().skip(1).step_by(OUTPUTS);
        places.zip(trial.inputs.iter().step_by(INPUTS)).for_each(|(y, u)| *y = factor * u);
        Trial { inputs: trial.inputs.clone(), outputs }
    };
    for factor in [1.0, -3.0] {
        let refused = fit(&[copied(factor).recording()]);
        assert_eq!(refused, Error::InputIsOutput { input: 0, output: 1 });
    }
    let settings = Subspace::new(5).order(Order::Fixed(16)).fit(&[trial.recording()]);
    assert_eq!(settings, Err(Error::RankTooLarge { requested: 16, available: 15 }));
    for bad in [Subspace::new(0), Subspace::new(5).ridge(-1.0), Subspace::new(usize::MAX / 8)] {
        let refused = bad.fit(&[trial.recording()]);
        assert!(matches!(refused, Err(Error::InvalidSetting { .. })), "{refused:?}");
    }
    let huge = Trial { inputs: vec![1e300; 1200], outputs: trial.outputs.clone() };
    assert!(matches!(fit(&[huge.recording()]), Error::Overflow { .. }));
}

#[test]
fn a_refused_trial_leaves_moments_as_they_were() {
    let mut noise = Noise(51);
    let trial = System::new(&mut noise).run(&mut noise, 300, 0.1, 0.0);
    let settings = Subspace::new(4).order(Order::Fixed(4));
    let mut moments = WindowMoments::new(4, INPUTS, OUTPUTS).unwrap();
    let push = |moments: &mut WindowMoments| {
        for (u, y) in trial.inputs.chunks(INPUTS).zip(trial.outputs.chunks(OUTPUTS)) {
            moments.push(u, y).unwrap();
        }
        moments.end_trial().unwrap();
    };
    push(&mut moments);
    let before = settings.fit_moments(&moments).unwrap();
    for _ in 0..8 {
        moments.push(&[1.0, 2.0], &[3.0, 4.0, 5.0]).unwrap();
    }
    let error = moments.push(&[1.0, 2.0], &[3.0, f64::NAN, 5.0]).unwrap_err();
    assert_eq!(error, Error::NonFinite { trial: 1, sample: 8, channel: 3 });
    assert_eq!(moments.end_trial(), Err(Error::TooShort { trial: 1, needed: 9, got: 8 }));
    assert_eq!(settings.fit_moments(&moments).unwrap(), before);
    push(&mut moments);
    let twice = settings.fit(&[trial.recording(), trial.recording()]).unwrap();
    assert_eq!(settings.fit_moments(&moments).unwrap(), twice);
}

/// The mean square of what a prediction leaves, over that of the outputs, after the first samples.
fn prediction_error(model: &ControlledModel, trial: &Trial, correct_every: usize) -> f64 {
    let filtered = model.filter(&trial.recording(), correct_every).unwrap();
    let (mut left, mut all) = (0.0, 0.0);
    for (t, y) in trial.outputs.chunks(OUTPUTS).enumerate().skip(50) {
        for (found, y) in filtered.outputs.as_ref().column(t).iter().zip(y) {
            left += (found - y).powi(2);
            all += y * y;
        }
    }
    left / all
}

#[test]
fn the_filter_predicts_new_trials_and_finds_their_states() {
    for (share, least, most) in [(0.0, 0.0, 1e-16), (0.1, 0.009, 0.0102)] {
        let mut noise = Noise(61);
        let system = System::new(&mut noise);
        let trial = system.run(&mut noise, 4000, share, 0.0);
        let new = system.run(&mut noise, 1000, share, 0.0);
        let settings = Subspace::new(10).order(Order::Fixed(STATES));
        let model = settings.fit(&[trial.recording()]).unwrap();
        for correct_every in [1, 5, 2000] {
            let error = prediction_error(&model, &new, correct_every);
            println!("{share} {correct_every} {error:.3e}");
            assert!(error >= least && error <= most, "{share} {correct_every}: {error}");
        }
    }
}

/// State noise: predictions that are corrected are better, and no linear predictor is better than the filter of the true
/// system by theory; here, the one-step error is within 2 % of the innovation variance of an exact filter.
#[test]
fn corrections_help_where_states_are_noisy() {
    let mut noise = Noise(71);
    let run = |samples: usize, noise: &mut Noise| {
        let (mut inputs, mut outputs, mut x) = (Vec::new(), Vec::new(), 0.0);
        for _ in 0..samples {
            let u = noise.normal();
            inputs.push(u);
            outputs.push(x + noise.normal());
            x = 0.9 * x + u + noise.normal();
        }
        (inputs, outputs)
    };
    let (inputs, outputs) = run(20_000, &mut noise);
    let model =
        Subspace::new(6).order(Order::Fixed(1)).fit(&[joined(&inputs, &outputs, 1)]).unwrap();
    let (inputs, outputs) = run(20_000, &mut noise);
    let trial = joined(&inputs, &outputs, 1);
    let error = |correct_every| {
        let filtered = model.filter(&trial, correct_every).unwrap();
        let pairs = filtered.outputs.as_ref().columns().zip(&outputs);
        pairs.map(|(found, y)| (found[0] - y).powi(2)).sum::<f64>() / outputs.len() as f64
    };
    // The Riccati equation of the true system, P = 0.81 P + 1 - (0.9 P)² / (P + 1).
    let steady = (0..1000).fold(1.0, |p: f64, _| 0.81 * p + 1.0 - (0.9 * p).powi(2) / (p + 1.0));
    let (one, ten) = (error(1), error(10));
    println!("{one} {ten} {}", steady + 1.0);
    assert!((one / (steady + 1.0) - 1.0).abs() < 0.02, "{one}");
    assert!(ten > 1.5 * one, "{ten}");
    let error = model.filter(&trial, 0).unwrap_err();
    assert!(matches!(error, Error::InvalidSetting { .. }));
}

#[test]
fn dmd_with_control_is_exact_without_noise_and_pairs_cross_no_trial() {
    let mut noise = Noise(81);
    let system = System::new(&mut noise);
    let trials = [500, 90, 300].map(|samples| system.run(&mut noise, samples, 0.0, 0.0));
    let recordings = [&trials[0], &trials[1], &trials[2]].map(Trial::recording);
    // Two delays of three outputs hold six states, and the inputs between them.
    let settings = Dmdc::new(3).input_delays(3);
    let model = settings.order(Order::Squares(1.0)).fit(&recordings).unwrap();
    assert!(eigenvalue_error(&model) < 1e-8, "{}", eigenvalue_error(&model));
    let filtered = model.filter(&trials[1].recording(), 1).unwrap();
    assert!(filtered.outputs.as_ref().check_finite().is_ok());
    let constant = Trial { inputs: vec![0.0; 600], outputs: trials[2].outputs.clone() };
    let error = settings.fit(&[constant.recording()]).unwrap_err();
    assert_eq!(error, Error::InputsNotExciting { needed: 6, got: 0 });
    let short = Trial { inputs: vec![1.0; 6], outputs: vec![1.0; 9] };
    let error = settings.fit(&[recordings[0], short.recording()]).unwrap_err();
    assert_eq!(error, Error::TooShort { trial: 1, needed: 4, got: 3 });
}

/// A random system of n states and m inputs.
fn random_system(seed: u64, n: usize, m: usize) -> (Vec<f64>, Vec<f64>) {
    let mut noise = Noise(seed);
    let scale = 0.8 / (n as f64).sqrt();
    (noise.normals(n * n).iter().map(|x| scale * x).collect(), noise.normals(n * m))
}

fn system_of<'a>((a, b): &'a (Vec<f64>, Vec<f64>), n: usize) -> ControlledSystem<'a, f64> {
    let inputs = b.len() / n;
    ControlledSystem::new(MatRef::new(a, n, n).unwrap(), MatRef::new(b, n, inputs).unwrap())
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn distances_are_the_same_bits_in_both_directions(seed in 0_u64..1000, n in 1_usize..9, m in 1_usize..4) {
        let (first, second) = (random_system(seed, n, m), random_system(seed + 5000, n, m));
        let (first, second) = (system_of(&first, n), system_of(&second, n));
        let (there, back) = (first.distance(&second).unwrap(), second.distance(&first).unwrap());
        for (x, y) in [
            (there.joint, back.joint),
            (there.state, back.state),
            (there.input, back.input),
            (there.joint_angle, back.joint_angle),
            (there.state_angle, back.state_angle),
            (there.input_angle, back.input_angle),
            (first.input_distance(&second).unwrap(), second.input_distance(&first).unwrap()),
        ] {
            prop_assert_eq!(x.to_bits(), y.to_bits());
            prop_assert!(x >= 0.0 && x.is_finite());
        }
        prop_assert_eq!(transposed(there.transform.as_ref()), back.transform);
        prop_assert_eq!(first.distance(&first).unwrap().joint, 0.0);
        prop_assert!(first.input_distance(&second).unwrap() <= there.input * (1.0 + 1e-12));
    }

    #[test]
    fn a_rotated_system_has_no_distance(seed in 0_u64..1000, n in 1_usize..12, m in 1_usize..4) {
        let (a, b) = random_system(seed, n, m);
        let q = Noise(seed + 77).orthogonal(n);
        let q = MatRef::new(&q, n, n).unwrap();
        let (view, inputs) = (MatRef::new(&a, n, n).unwrap(), MatRef::new(&b, n, m).unwrap());
        let turned = matrix_product(matrix_product(q, view).as_ref(), transposed(q).as_ref());
        let driven = matrix_product(q, inputs);
        let first = ControlledSystem::new(view, inputs).unwrap();
        let second = ControlledSystem::new(turned.as_ref(), driven.as_ref()).unwrap();
        let found = first.distance(&second).unwrap();
        prop_assert!(found.joint <= 1e-10 && found.joint_angle <= 1e-10, "{}", found.joint);
        prop_assert!(found.input <= 1e-10, "{}", found.input);
        // A direction that inputs hardly reach is hardly known.
        prop_assert!(found.state <= 1e-5, "{}", found.state);
        prop_assert!(first.input_distance(&second).unwrap() <= 1e-10);
    }

    /// No other orthogonal transform does better.
    #[test]
    fn the_transform_is_the_best_one(seed in 0_u64..1000, n in 1_usize..6) {
        let (first, second) = (random_system(seed, n, 2), random_system(seed + 5000, n, 2));
        let (first, second) = (system_of(&first, n), system_of(&second, n));
        let joint = |transform: MatRef<'_, f64>| {
            let (mut x, mut y) = (Mat::copy_of(first.input_matrix()).unwrap(), Mat::copy_of(second.input_matrix()).unwrap());
            let mut squares = 0.0;
            for _ in 0..n {
                let turned = matrix_product(transform, x.as_ref());
                for (left, right) in turned.as_ref().columns().zip(y.as_ref().columns()) {
                    squares += left.iter().zip(right).map(|(l, r)| (l - r).powi(2)).sum::<f64>();
                }
                x = matrix_product(first.state_matrix(), x.as_ref());
                y = matrix_product(second.state_matrix(), y.as_ref());
            }
            squares.sqrt()
        };
        let found = first.distance(&second).unwrap();
        prop_assert!((joint(found.transform.as_ref()) - found.joint).abs() <= 1e-12 * (1.0 + found.joint));
        for other in 0..20 {
            let q = Noise(seed * 31 + other).orthogonal(n);
            prop_assert!(joint(MatRef::new(&q, n, n).unwrap()) >= found.joint - 1e-12);
        }
    }
}

#[test]
fn systems_that_do_not_fit_are_refused() {
    let [three, two, wide] =
        [random_system(1, 3, 2), random_system(1, 2, 2), random_system(1, 3, 1)];
    let [three, two, wide] = [system_of(&three, 3), system_of(&two, 2), system_of(&wide, 3)];
    assert_eq!(three.distance(&two).unwrap_err(), Error::RankMismatch { left: 3, right: 2 });
    assert!(matches!(three.distance(&wide), Err(Error::ShapeMismatch { expected: 2, got: 1, .. })));
    let zero = (vec![0.0; 9], vec![1.0; 6]);
    assert_eq!(three.distance(&system_of(&zero, 3)).unwrap_err(), Error::ZeroOperator);
    let large = (vec![1e200; 9], vec![1.0; 6]);
    let error = three.distance(&system_of(&large, 3)).unwrap_err();
    assert!(matches!(error, Error::Overflow { .. }), "{error}");
    let bad = [1.0, f64::NAN];
    let bad =
        ControlledSystem::new(MatRef::new(&[1.0], 1, 1).unwrap(), MatRef::new(&bad, 1, 2).unwrap());
    assert!(matches!(bad, Err(Error::NonFiniteEntry { row: 0, column: 1 })));
}

#[cfg(feature = "std")]
#[test]
fn a_matrix_holds_the_distances_of_its_pairs() {
    use dynamical_similarity::controlled::{ControlledDistanceMatrix, Part};
    let systems: Vec<_> = (0..7).map(|seed| random_system(seed, 4, 2)).collect();
    let systems: Vec<_> = systems.iter().map(|system| system_of(system, 4)).collect();
    let matrix = ControlledDistanceMatrix::among(&systems, None).unwrap();
    let between = ControlledDistanceMatrix::between(&systems[..3], &systems, None).unwrap();
    assert_eq!((between.rows(), between.cols()), (3, 7));
    for i in 0..7 {
        for j in 0..7 {
            let pair = systems[i].distance(&systems[j]).unwrap();
            let expected =
                [(Part::Joint, pair.joint), (Part::State, pair.state), (Part::Input, pair.input)];
            for (part, expected) in expected {
                assert_eq!(matrix.distance(part, i, j), expected);
                assert!(i >= 3 || between.distance(part, i, j) == expected);
            }
        }
    }
    let other = random_system(9, 3, 2);
    let mixed = [systems[0], system_of(&other, 3)];
    let refused = ControlledDistanceMatrix::among(&mixed, None).unwrap_err();
    assert_eq!((refused.row, refused.column), (1, 0));
}
