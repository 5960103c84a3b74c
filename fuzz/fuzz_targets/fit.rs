//! Any recording under any settings: a typed error, or what is promised of a fit, in both scalars. The directions are
//! orthonormal, no more than there can be, and the states of the recording are white; the operator satisfies its
//! normal equations; with centring an offset changes nothing; predictions are finite.

use arbitrary::Unstructured;
use core::cell::Cell;
use dynamical_similarity::{Centre, Dmd, FitPath, Horizon, Model, Rank, Recording, Scalar, Scale};
use crate::{number, numbers, single, size};

fn check<T: Scalar>(dmd: Dmd, trials: &[Vec<T>], channels: usize) {
    let recordings: Result<Vec<_>, _> =
        trials.iter().map(|trial| Recording::new(trial, channels)).collect();
    let Ok(recordings) = recordings else { return };
    let Ok(model) = dmd.fit(&recordings) else { return };
    let finite = |x: &T| Into::<f64>::into(*x).is_finite();
    assert!(model.operator().columns().flatten().all(finite));
    assert!(model.basis().columns().flatten().all(finite));
    assert!(model.spectrum().iter().all(finite));
    if let Ok(eigenvalues) = model.eigenvalues() {
        assert!(eigenvalues.iter().all(|(re, im)| finite(re) && finite(im)));
    }
    // A mean that is subtracted from samples near the least number has few digits.
    let largest = trials.iter().flatten().fold(0.0, |most: f64, x| most.max((*x).into().abs()));
    if largest > if size_of::<T>() == 4 { 1e-30 } else { 1e-290 } {
        white(&model, &recordings);
        least_squares(&model, &recordings);
    }
    let model = model.as_ref();
    let mut memory = vec![T::default(); model.prediction_memory_len() + 3 * channels];
    for horizon in [Horizon::Steps(1), Horizon::Steps(3), Horizon::Free] {
        if let Ok(errors) = model.prediction_errors_in(&recordings, horizon, &mut memory) {
            assert!(finite(&errors.mean_squared_error));
        }
    }
}

/// Samples on a grid of 2^-20 within 2^10 of zero, so that adding 2^20 rounds nothing: the same operator, up to what
/// the conditioning of the means leaves.
fn offset(dmd: Dmd, trials: &[Vec<f64>], channels: usize) {
    let grid = |x: &f64| (x.clamp(-1024.0, 1024.0) * 1_048_576.0).round() / 1_048_576.0;
    let plain: Vec<Vec<f64>> =
        trials.iter().map(|trial| trial.iter().map(grid).collect()).collect();
    let moved: Vec<Vec<f64>> =
        plain.iter().map(|trial| trial.iter().map(|x| x + 4096.0).collect()).collect();
    let fit = |trials: &[Vec<f64>]| {
        let recordings: Result<Vec<_>, _> =
            trials.iter().map(|trial| Recording::new(trial, channels)).collect();
        // Reduced-rank regression uses all directions, those next to the rounding of the offset, too.
        dmd.rank(Rank::Fixed(1)).reduced_rank(false).fit(&recordings.ok()?).ok()
    };
    let (Some(plain), Some(moved)) = (fit(&plain), fit(&moved)) else { return };
    let s = plain.spectrum();
    let next = s.get(1).copied().unwrap_or(0.0);
    // One direction that stands out, and samples that are not small beside the offset.
    if s[0] < 1.0 || next > 0.9 * s[0] || plain.as_ref().reduction().is_some() {
        return;
    }
    let (a, b) = (plain.operator().at(0, 0), moved.operator().at(0, 0));
    assert!((a - b).abs() < 1e-6 * a.abs().max(1.0), "{a} {b}");
    assert!((s[0] - moved.spectrum()[0]).abs() < 1e-6 * s[0]);
}

/// The states of all windows, one after the other, each trial a group.
fn states<T: Scalar>(model: &Model<T>, trials: &[Recording<'_, T>]) -> Vec<Vec<Vec<f64>>> {
    let columns = |trial| {
        let states = model.coordinates(trial).expect("a trial of the fit has windows");
        let wide = |z: &[T]| z.iter().map(|x| (*x).into()).collect();
        states.as_ref().columns().map(wide).collect()
    };
    trials.iter().map(columns).collect()
}

/// What rounding may leave of a product of whitened columns.
fn slack<T: Scalar>(model: &Model<T>) -> f64 {
    let epsilon = if size_of::<T>() == 4 { 1.2e-7 } else { 2.2e-16 };
    let (condition, p): (f64, _) = (model.condition().into(), model.basis().rows());
    let windows = model.as_ref().rows() as f64;
    let exponent = if model.path() == FitPath::Gram { 2 } else { 1 };
    1e3 * epsilon * (p as f64 + windows) * condition.max(1.0).powi(exponent)
}

fn white<T: Scalar>(model: &Model<T>, trials: &[Recording<'_, T>]) {
    let (basis, tolerance) = (model.basis(), slack(model));
    let rows = model.as_ref().rows();
    assert!(model.rank() >= 1 && basis.cols() <= rows.min(basis.rows()));
    assert!(model.warnings().rank_one == (model.rank() == 1));
    if tolerance > 0.1 {
        return;
    }
    for (i, u) in basis.columns().enumerate() {
        for (j, v) in basis.columns().take(i + 1).enumerate() {
            let product: f64 = u.iter().zip(v).map(|(x, y)| (*x).into() * (*y).into()).sum();
            assert!(
                (product - f64::from(u8::from(i == j))).abs() < tolerance,
                "{product} {tolerance}"
            );
        }
    }
    let plain = model.operator().rows() == model.rank() && model.as_ref().reduction().is_none();
    if !plain {
        return;
    }
    let states: Vec<Vec<f64>> = states(model, trials).into_iter().flatten().collect();
    for i in 0..model.rank() {
        for j in 0..=i {
            let product: f64 = states.iter().map(|z| z[i] * z[j]).sum();
            assert!(
                (product - f64::from(u8::from(i == j))).abs() < tolerance,
                "{product} {tolerance}"
            );
        }
    }
}

/// A (M + lambda I) = L, with the moments about their means where the mean goes.
fn least_squares<T: Scalar>(model: &Model<T>, trials: &[Recording<'_, T>]) {
    let (settings, r, tolerance) = (model.settings(), model.rank(), slack(model));
    let plain = model.operator().rows() == r && model.as_ref().reduction().is_none();
    if !plain || tolerance > 1e-3 {
        return;
    }
    let steps = STEPS.with(Cell::get);
    let ridge = RIDGE.with(Cell::get);
    let mut pairs = Vec::new();
    for states in states(model, trials) {
        pairs.extend(states.iter().zip(&states[steps..]).map(|(x, y)| (x.clone(), y.clone())));
    }
    let centred = settings == settings.centre(Centre::Mean);
    let count = pairs.len() as f64;
    let mean = |i: usize| -> (f64, f64) {
        let sum = pairs.iter().fold((0.0, 0.0), |sum, (x, y)| (sum.0 + x[i], sum.1 + y[i]));
        if centred { (sum.0 / count, sum.1 / count) } else { (0.0, 0.0) }
    };
    let means: Vec<(f64, f64)> = (0..r).map(mean).collect();
    let a = |i: usize, j: usize| -> f64 { model.operator().at(i, j).into() };
    let size = (0..r)
        .flat_map(|i| (0..r).map(move |j| (i, j)))
        .fold(1.0_f64, |m, (i, j)| m.max(a(i, j).abs()));
    for i in 0..r {
        for j in 0..r {
            let error: f64 = pairs
                .iter()
                .map(|(x, y)| {
                    let made: f64 = (0..r).map(|k| a(i, k) * (x[k] - means[k].0)).sum();
                    (y[i] - means[i].1 - made) * (x[j] - means[j].0)
                })
                .sum();
            let left = error - ridge * a(i, j);
            assert!(left.abs() < tolerance * size * r as f64, "{left} {tolerance} {size}");
        }
    }
    assert_eq!(model.as_ref().intercept().len(), if centred { r } else { 0 });
}

thread_local! {
    static STEPS: Cell<usize> = const { Cell::new(1) };
    static RIDGE: Cell<f64> = const { Cell::new(0.0) };
}

fn run(bytes: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let channels = size(bytes, 4)?;
    let rank = match bytes.arbitrary::<u8>()? % 6 {
        0 => Rank::Full,
        1 => Rank::Threshold(number(bytes)?),
        2 => Rank::ExplainedVariance(number(bytes)?),
        3 => Rank::HardThreshold,
        _ => Rank::Fixed(size(bytes, 12)?),
    };
    let choice = bytes.arbitrary::<u8>()?;
    let dmd = if choice & 1 == 0 { Dmd::new() } else { Dmd::dsa_metric() };
    let (delays, interval) = (size(bytes, 6)?, size(bytes, 3)?);
    let steps = size(bytes, 4)?;
    let ridge = if choice & 2 == 0 { 1e-8 } else { number(bytes)? };
    STEPS.with(|cell| cell.set(steps));
    RIDGE.with(|cell| cell.set(ridge));
    let dmd = dmd
        .delays(delays)
        .interval(interval)
        .steps_ahead(steps)
        .rank(rank)
        .ridge(ridge)
        .reduced_rank(choice & 4 != 0)
        .centre(if choice & 8 == 0 { Centre::None } else { Centre::Mean })
        .scale(match choice >> 4 & 3 {
            0 => Scale::UnitVariance,
            1 => Scale::UnitNorm,
            _ => Scale::None,
        });
    let count = size(bytes, 3)?;
    let trials: Vec<Vec<f64>> = (0..count)
        .map(|_| {
            let samples = size(bytes, 40)?;
            numbers(bytes, samples * channels)
        })
        .collect::<arbitrary::Result<_>>()?;
    check(dmd, &trials, channels);
    offset(dmd.centre(Centre::Mean), &trials, channels);
    let trials: Vec<Vec<f32>> = trials.iter().map(|trial| single(trial)).collect();
    check(dmd, &trials, channels);
    Ok(())
}

pub fn fuzz_target(data: &[u8]) {
    let _ = run(&mut Unstructured::new(data));
}
