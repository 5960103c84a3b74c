//! No public function of the library returns `Ok` with a number that is not finite, for any finite input.
//!
//! Every function that takes numbers is called with inputs that are huge, tiny, below the normal range, of every size
//! at once, graded by channel and graded in time, in both scalars. Where a function refuses, it must say why in its own
//! words: what is checked here is that an answer is an answer.

use crate::common::Noise;
use dynamical_similarity::linalg::{
    assignment, eigenvalues, jacobi, qr, solve, svd, symmetric, transport,
};
use dynamical_similarity::monitor::{
    Calibration, Calibrator, CalibratorSettings, Monitor, MonitorSettings, NullBand, Report,
    Scores, Window,
};
use dynamical_similarity::*;
use std::cell::RefCell;
use std::fmt::Debug;

/// A scalar that any double can be rounded to without becoming infinite.
trait Wide: Scalar {
    /// The largest decimal exponent.
    const REACH: f64;
    fn nearest(x: f64) -> Self;
}
impl Wide for f32 {
    const REACH: f64 = 38.0;
    fn nearest(x: f64) -> Self {
        (x as f32).clamp(f32::MIN, f32::MAX)
    }
}
impl Wide for f64 {
    const REACH: f64 = 307.9;
    fn nearest(x: f64) -> Self {
        x.clamp(f64::MIN, f64::MAX)
    }
}

/// Sizes of the numbers: from the place in the list (which channel or row, how far along) a power of the largest
/// exponent.
type Size = fn(channel: usize, part: f64, random: f64) -> f64;

const SIZES: [(&str, Size); 15] = [
    ("plain", |_, _, _| 0.0),
    ("largest", |_, _, _| 2.0),
    ("huge", |_, _, _| 0.97),
    ("square root of the largest", |_, _, _| 0.5),
    ("a little above that root", |_, _, _| 0.52),
    ("fourth root of the largest", |_, _, _| 0.26),
    ("small", |_, _, _| -0.5),
    ("tiny", |_, _, _| -0.97),
    ("below the normal range", |_, _, _| -1.02),
    ("of all sizes", |_, _, random| 2.0 * random - 1.0),
    ("graded by channel", |channel, _, _| 1.0 - 0.95 * (channel % 3) as f64),
    ("graded upwards", |channel, _, _| [-0.9, 0.0, 0.97][channel % 3]),
    ("graded in time", |_, part, _| 2.0 * part - 1.0),
    ("one huge", |_, part, _| if (0.5..0.52).contains(&part) { 0.97 } else { 0.0 }),
    ("one tiny", |_, part, _| if part < 0.5 { -1.0 } else { 0.97 }),
];

/// Dynamics of these sizes, row-major time x channels.
fn samples<T: Wide>(count: usize, channels: usize, size: Size, seed: u64) -> Vec<T> {
    let mut noise = Noise(seed);
    let mut state = vec![0.0; channels];
    let mut out = Vec::new();
    for t in 0..count {
        for c in 0..channels {
            state[c] = 0.7 * state[c] - 0.3 * state[(c + 1) % channels] + 0.3 * noise.normal();
            let exponent = size(c, t as f64 / count as f64, noise.uniform()) * T::REACH;
            // In two steps, for 10^exponent itself may be out of range.
            let half = 10.0_f64.powf(exponent / 2.0);
            out.push(T::nearest(state[c] * half * half));
        }
    }
    out
}

/// A matrix of these sizes, column-major.
fn matrix<T: Wide>(rows: usize, cols: usize, size: Size, seed: u64) -> Vec<T> {
    samples(cols, rows, size, seed)
}

thread_local! {
    /// What was not finite in the test that this thread runs.
    static BAD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// All numbers are finite; what is not is told at the end of the test, all of it.
fn check<T: Copy + Into<f64> + Debug>(what: &str, values: &[T]) {
    if let Some(at) = values.iter().position(|x| !Into::<f64>::into(*x).is_finite()) {
        BAD.with_borrow_mut(|bad| bad.push(format!("{what}: number {at} is {:?}", values[at])));
    }
}

fn check_matrix<T: Scalar>(what: &str, matrix: MatRef<'_, T>) {
    matrix.columns().for_each(|column| check(what, column));
}

/// Calls the test for every size and both scalars.
macro_rules! for_all_sizes {
    ($name:ident, $test:ident) => {
        #[test]
        fn $name() {
            for (k, (name, size)) in SIZES.into_iter().enumerate() {
                $test::<f64>(&format!("{name}, f64"), size, k as u64 + 1);
                $test::<f32>(&format!("{name}, f32"), size, k as u64 + 1);
            }
            let bad = BAD.take();
            let some = bad.iter().step_by(bad.len().div_ceil(40).max(1)).cloned();
            let some: Vec<String> = some.collect();
            assert!(bad.is_empty(), "{} answers are not finite:\n{}", bad.len(), some.join("\n"));
        }
    };
}

/// Numbers for a test of what could be calculated.
struct Seen(usize);
impl Seen {
    fn ok<R>(&mut self, result: Result<R, Error>) -> Option<R> {
        // Every refusal can be put into words.
        if let Err(error) = &result {
            assert!(!error.to_string().is_empty());
        }
        self.0 += usize::from(result.is_ok());
        result.ok()
    }
}

fn dense<T: Wide>(what: &str, size: Size, seed: u64) {
    let zeros = |length: usize| vec![T::default(); length];
    let mut seen = Seen(0);
    for (m, n) in [(1, 1), (2, 2), (5, 3), (3, 5), (4, 4), (10, 10), (12, 9), (40, 3)] {
        let what = format!("{what}, {m} x {n}");
        let entries = matrix::<T>(m, n, size, seed);
        let a = MatRef::new(&entries, m, n).unwrap();
        let most = m.min(n);
        check(&what, &[a.largest()]);
        let (mut u, mut s, mut v) = (zeros(m * most), zeros(most), zeros(n * most));
        let (mut us, mut vs) =
            (MatMut::new(&mut u, m, most).unwrap(), MatMut::new(&mut v, n, most).unwrap());
        let mut memory = zeros(svd::svd_memory_len(m, n));
        if seen.ok(svd::svd_in(a, &mut us, &mut s, &mut vs, &mut memory)).is_some() {
            [&u, &s, &v].iter().for_each(|x| check(&format!("svd, {what}"), x));
        }
        let mut memory = zeros(svd::values_memory_len(m, n));
        if seen.ok(svd::values_in(a, &mut s, &mut memory)).is_some() {
            check(&format!("svd values, {what}"), &s);
        }
        if m >= n {
            let mut columns = entries.clone();
            let mut v = zeros(n * n);
            let mut v_view = MatMut::new(&mut v, n, n).unwrap();
            let mut view = MatMut::new(&mut columns, m, n).unwrap();
            let mut s = zeros(n);
            let found = jacobi::orthogonalise_columns_in(&mut view, &mut s, Some(&mut v_view));
            if seen.ok(found).is_some() {
                [&columns, &s, &v].iter().for_each(|x| check(&format!("jacobi, {what}"), x));
            }
            factored::<T>(&what, m, n, &entries, &mut seen);
        }
        let mut b = zeros(n * n);
        let mut product = MatMut::new(&mut b, n, n).unwrap();
        if seen.ok(product.set_product_transposed(a, a)).is_some() {
            check(&format!("product, {what}"), &b);
        }
        let transposed: Vec<T> = (0..m * n).map(|k| entries[(k % n) * m + k / n]).collect();
        let transposed = MatRef::new(&transposed, n, m).unwrap();
        let mut product = MatMut::new(&mut b, n, n).unwrap();
        if seen.ok(product.set_product(transposed, a)).is_some() {
            check(&format!("product, {what}"), &b);
        }
        let (mut flow, mut memory) = (zeros(m * n), zeros(transport::transport_memory_len(m, n)));
        let mut flow = MatMut::new(&mut flow, m, n).unwrap();
        if let Some(mean) = seen.ok(transport::transport_in(a, &mut flow, &mut memory)) {
            check(&format!("transport, {what}"), &[mean]);
            check_matrix(&format!("transport, {what}"), flow.as_ref());
        }
        if m == n {
            square::<T>(&what, n, &entries, &mut seen);
        }
    }
    assert!(seen.0 > 10, "{what}: only {} calls gave an answer", seen.0);
}
for_all_sizes!(linear_algebra, dense);

/// QR of a tall matrix, and what is made with it.
fn factored<T: Wide>(what: &str, m: usize, n: usize, entries: &[T], seen: &mut Seen) {
    let what = format!("qr, {what}");
    let zeros = |length: usize| vec![T::default(); length];
    let (mut a, mut tau) = (entries.to_vec(), zeros(n));
    let mut view = MatMut::new(&mut a, m, n).unwrap();
    if seen.ok(qr::factor_in(&mut view, &mut tau)).is_none() {
        return;
    }
    [&a, &tau].iter().for_each(|x| check(&what, x));
    let factors = MatRef::new(&a, m, n).unwrap();
    let mut q = zeros(m * n);
    let mut view = MatMut::new(&mut q, m, n).unwrap();
    if seen.ok(qr::form_q_in(factors, &tau, &mut view)).is_some() {
        check(&what, &q);
    }
    for transposed in [false, true] {
        let mut c = entries.to_vec();
        let mut view = MatMut::new(&mut c, m, n).unwrap();
        let found = if transposed {
            qr::apply_q_transposed_in(factors, &tau, &mut view)
        } else {
            qr::apply_q_in(factors, &tau, &mut view)
        };
        if seen.ok(found).is_some() {
            check(&format!("apply, {what}"), &c);
        }
    }
    let mut r: Vec<T> = (0..n * n)
        .map(|k| if k % n <= k / n { a[k / n * m + k % n] } else { T::default() })
        .collect();
    for _ in 0..3 {
        let (mut block, mut view) = (entries.to_vec(), MatMut::new(&mut r, n, n).unwrap());
        let mut block = MatMut::new(&mut block, m, n).unwrap();
        if seen.ok(qr::append_rows_in(&mut view, &mut block)).is_some() {
            check(&format!("append, {what}"), &r);
        } else {
            break;
        }
    }
}

/// What takes a square matrix.
fn square<T: Wide>(what: &str, n: usize, entries: &[T], seen: &mut Seen) {
    let zeros = |length: usize| vec![T::default(); length];
    let mut a = entries.to_vec();
    let (mut real, mut imaginary) = (zeros(n), zeros(n));
    let mut view = MatMut::new(&mut a, n, n).unwrap();
    if seen.ok(eigenvalues::eigenvalues_in(&mut view, &mut real, &mut imaginary)).is_some() {
        [&real, &imaginary].iter().for_each(|x| check(&format!("eigenvalues, {what}"), x));
    }
    let mut assignment = vec![0; n];
    let mut memory = zeros(assignment::assignment_memory_len(n));
    let cost = MatRef::new(entries, n, n).unwrap();
    if let Some(total) = seen.ok(assignment::assign_in(cost, &mut assignment, &mut memory)) {
        check(&format!("assignment, {what}"), &[total]);
    }
    // Symmetric, and positive definite where the diagonal is large enough.
    let mut lower = entries.to_vec();
    MatMut::new(&mut lower, n, n).unwrap().mirror_lower();
    let mut definite = lower.clone();
    for i in 0..n {
        let row =
            (0..n).fold(0.0_f64, |most, j| most.max(Into::<f64>::into(lower[i * n + j]).abs()));
        definite[i * n + i] = T::nearest(row * 2.0 * n as f64);
    }
    for (which, symmetric_one) in [("symmetric", &lower), ("definite", &definite)] {
        let what = format!("{which}, {what}");
        let (mut a, mut values, mut vectors) = (symmetric_one.clone(), zeros(n), zeros(n * n));
        let mut view = MatMut::new(&mut a, n, n).unwrap();
        let mut out = MatMut::new(&mut vectors, n, n).unwrap();
        let mut memory = zeros(symmetric::eigen_memory_len(n));
        if seen.ok(symmetric::eigen_in(&mut view, &mut values, &mut out, &mut memory)).is_some() {
            [&values, &vectors].iter().for_each(|x| check(&format!("eigen, {what}"), x));
        }
        let mut a = symmetric_one.clone();
        let mut view = MatMut::new(&mut a, n, n).unwrap();
        let mut memory = zeros(symmetric::values_memory_len(n));
        if seen.ok(symmetric::values_in(&mut view, &mut values, &mut memory)).is_some() {
            check(&format!("values, {what}"), &values);
        }
        let mut a = symmetric_one.clone();
        let (mut view, some) = (MatMut::new(&mut a, n, n).unwrap(), n.div_ceil(2));
        let (mut values, mut vectors) = (zeros(n), zeros(n * some));
        let mut out = MatMut::new(&mut vectors, n, some).unwrap();
        let mut memory = zeros(symmetric::leading_memory_len(n));
        if seen.ok(symmetric::leading_in(&mut view, &mut values, &mut out, &mut memory)).is_some() {
            [&values, &vectors].iter().for_each(|x| check(&format!("leading, {what}"), x));
        }
        let mut a = symmetric_one.clone();
        let mut view = MatMut::new(&mut a, n, n).unwrap();
        if seen.ok(solve::factor_symmetric_in(&mut view)).is_some() {
            check(&format!("factor, {what}"), &a);
            let l = MatRef::new(&a, n, n).unwrap();
            for transposed in [false, true] {
                let mut b = entries.to_vec();
                let mut view = MatMut::new(&mut b, n, n).unwrap();
                let found = if transposed {
                    solve::solve_lower_transposed_in(l, &mut view)
                } else {
                    solve::solve_lower_in(l, &mut view)
                };
                if seen.ok(found).is_some() {
                    check(&format!("solve, {what}"), &b);
                }
            }
        }
        let (mut a, mut b) = (symmetric_one.clone(), entries.to_vec());
        let mut left = MatMut::new(&mut a, n, n).unwrap();
        let mut right = MatMut::new(&mut b, n, n).unwrap();
        if seen.ok(solve::solve_symmetric_in(&mut left, &mut right)).is_some() {
            check(&format!("solve symmetric, {what}"), &b);
        }
    }
}

/// All settings of a fit that choose another way through it.
fn fits() -> Vec<Dmd> {
    let ranks = [
        Rank::Fixed(2),
        Rank::Full,
        Rank::Threshold(1e-3),
        Rank::ExplainedVariance(0.9),
        Rank::HardThreshold,
        Rank::Latent,
        Rank::StateOrder,
        Rank::Predictive,
    ];
    let usual = Dmd::new().delays(3);
    let mut all: Vec<Dmd> = ranks.map(|rank| usual.rank(rank)).to_vec();
    for centre in [Centre::None, Centre::Mean] {
        for scale in [Scale::None, Scale::UnitVariance, Scale::UnitNorm] {
            for ridge in [0.0, 1e-3, 1e300] {
                let dmd = usual.rank(Rank::Fixed(3)).centre(centre).scale(scale).ridge(ridge);
                all.extend([dmd, dmd.reduced_rank(true), dmd.interval(2).steps_ahead(2)]);
            }
        }
    }
    let parity = Dmd::dsa_metric().delays(3).rank(Rank::Fixed(3));
    all.extend([parity, parity.reduced_rank(true), parity.ridge(1e-3)]);
    all
}

fn fitted<T: Wide>(what: &str, size: Size, seed: u64) {
    let channels = 3;
    let short = samples::<T>(9, channels, size, seed);
    let long = samples::<T>(90, channels, size, seed + 100);
    let [short, long] = [&short, &long].map(|x| Recording::new(x, channels).unwrap());
    for dmd in fits() {
        for trials in [&[long][..], &[long, short, long], &[short]] {
            let what = format!("{what}, {} trials, {dmd:?}", trials.len());
            let conditions: Vec<usize> = (0..trials.len()).collect();
            let by_condition = dmd.centre(Centre::Condition).fit_conditions(trials, &conditions);
            for model in [dmd.fit(trials).ok(), by_condition.ok()].into_iter().flatten() {
                check_model(&what, &model, &long);
            }
            let shape = dmd.shape(channels);
            let mut memory = vec![T::default(); Dmd::memory_len(shape)];
            if let Ok(model) = dmd.fit_in(trials, &mut memory) {
                check_matrix(&what, model.operator());
            }
        }
    }
}
for_all_sizes!(fits_and_predictions, fitted);

fn check_model<T: Wide>(what: &str, model: &Model<T>, trial: &Recording<'_, T>) {
    check_matrix(&format!("operator, {what}"), model.operator());
    check_matrix(&format!("basis, {what}"), model.basis());
    check(&format!("spectrum, {what}"), model.spectrum());
    check(&format!("singular values, {what}"), model.singular_values());
    check(&format!("condition and residual, {what}"), &[model.condition(), model.residual()]);
    if let Ok(found) = model.eigenvalues() {
        let parts: Vec<T> = found.into_iter().flat_map(|(re, im)| [re, im]).collect();
        check(&format!("eigenvalues, {what}"), &parts);
    }
    let view = model.as_ref();
    if let Some(reduction) = view.reduction() {
        check_matrix(&format!("reduction, {what}"), reduction);
    }
    let mut memory = vec![T::default(); view.prediction_memory_len()];
    for horizon in [Horizon::Steps(1), Horizon::Steps(4), Horizon::Free] {
        let first = view.first_predicted(horizon);
        let mut out = vec![T::default(); trial.samples().saturating_sub(first) * trial.channels()];
        if view.predict_in(trial, horizon, &mut out, &mut memory).is_ok() {
            check(&format!("prediction, {what}"), &out);
        }
        if let Ok(errors) = view.prediction_errors_in(&[*trial], horizon, &mut memory) {
            check_errors(&format!("{horizon:?}, {what}"), &errors);
        }
    }
    if let Ok(found) = model.coordinates(trial) {
        check_matrix(&format!("coordinates, {what}"), found.as_ref());
    }
    let r = model.rank();
    for size in [0.0, 1.0, 0.97 * T::REACH] {
        let entries: Vec<T> = (0..r * r)
            .map(|k| T::nearest(if k % r == k / r { 10.0_f64.powf(size) } else { 0.1 }))
            .collect();
        if let Ok(found) = model.align(trial, MatRef::new(&entries, r, r).unwrap()) {
            check_matrix(&format!("aligned, {what}"), found.as_ref());
        }
    }
}

fn check_errors<T: Scalar>(what: &str, errors: &PredictionErrors<T>) {
    let PredictionErrors {
        mean_squared_error, r_squared, mean_absolute_scaled_error, akaike, ..
    } = *errors;
    let all = [mean_squared_error, r_squared, mean_absolute_scaled_error, akaike];
    check(&format!("prediction errors, {what}"), &all);
}

fn evidence<T: Wide>(what: &str, size: Size, seed: u64) {
    let data = samples::<T>(400, 2, size, seed);
    let trial = [Recording::new(&data, 2).unwrap()];
    for dmd in [
        Dmd::new().delays(4),
        Dmd::new().delays(4).centre(Centre::Mean).scale(Scale::UnitVariance),
        Dmd::new().delays(3).interval(2).steps_ahead(2),
    ] {
        let what = format!("{what}, {dmd:?}");
        if let Ok(found) = LatentEvidence::of(&trial, &dmd) {
            check(&format!("latent rank, {what}"), &found.unexplained);
            check(&format!("latent rank, {what}"), &found.energy);
            check(&format!("latent rank, {what}"), &[found.predictable]);
        }
        if let Ok(found) = StateOrder::of(&trial, &dmd) {
            check(&format!("state order, {what}"), &found.squared_correlations);
            check(&format!("state order, {what}"), &found.criterion);
        }
        if let Ok(found) = HeldOut::of(&trial, &dmd, 4, 3) {
            check_held_out(&what, &found);
        }
        if let Ok(found) = RankEvidence::of(&trial, &dmd.rank(Rank::Predictive))
            && let Some(Ok(found)) = &found.predictive
        {
            check_held_out(&what, found);
        }
        for rule in [DelayRule::Autocorrelation, DelayRule::Prediction] {
            if let Ok(found) = DelayEvidence::of(&trial, &dmd.rank(Rank::Fixed(2)), rule) {
                for tried in &found.tried {
                    let all = [tried.mean_squared_error, tried.standard_error];
                    check(&format!("delays, {what}"), &all);
                }
            }
        }
    }
    let (first, second) = data.split_at(400);
    let trials = [first, second].map(|x| Recording::new(x, 2).unwrap());
    if let Ok(found) = ConditionMeans::of(&trials, &[0, 0]) {
        check(&format!("condition means, {what}"), &[found.share()]);
        if let Ok(residuals) = found.residuals() {
            for trial in residuals {
                check_matrix(&format!("residuals, {what}"), trial.as_matrix());
            }
        }
    }
}
for_all_sizes!(evidence_for_ranks_and_delays, evidence);

fn check_held_out(what: &str, found: &HeldOut) {
    for rank in &found.ranks {
        check_errors(&format!("held out, {what}"), &rank.one_step);
        check_errors(&format!("held out, {what}"), &rank.several_steps);
        let others = [
            rank.one_step_standard_error,
            rank.several_steps_standard_error,
            rank.non_normality,
            rank.condition,
        ];
        check(&format!("held out, {what}"), &others);
    }
}

fn statistics<T: Wide>(what: &str, size: Size, seed: u64) {
    let zeros = |length: usize| vec![T::default(); length];
    let (channels, embedding) = (3, Embedding::new(3, 2));
    let data = samples::<T>(60, channels, size, seed);
    let trial = Recording::new(&data, channels).unwrap();
    let (short, _) = data.split_at(channels * 7);
    let short = Recording::new(short, channels).unwrap();
    for scale in [-0.97, -0.5, 0.0, 0.5, 0.97] {
        let scale = T::nearest(10.0_f64.powf(scale * T::REACH));
        let length = Gram::<T>::memory_len(channels, embedding);
        let (mut one, mut two) = (zeros(length), zeros(length));
        let mut one = Gram::new_in(channels, embedding, 2, scale, &mut one).unwrap();
        let mut two = Gram::new_in(channels, embedding, 2, scale, &mut two).unwrap();
        for _ in 0..3 {
            for trial in [&trial, &short] {
                let before = [one.pairs(), one.rows()];
                let kept = [one.plus(), one.minus(), one.lagged(), one.first()].map(entries);
                if one.push_trial(trial).is_err() {
                    assert_eq!(before, [one.pairs(), one.rows()]);
                    let after = [one.plus(), one.minus(), one.lagged(), one.first()].map(entries);
                    assert_eq!(kept, after, "{what}: a refused trial left something");
                }
                let _ = two.push_trial(trial);
            }
            let _ = one.merge(&two);
            for sums in [one.plus(), one.minus(), one.lagged(), one.first()] {
                check_matrix(&format!("gram, scale {scale}, {what}"), sums);
            }
        }
        for rank in [Rank::Fixed(3), Rank::Full, Rank::HardThreshold] {
            let dmd = Dmd::new().delays(3).interval(2).steps_ahead(2).rank(rank);
            let mut memory = zeros(Dmd::statistics_memory_len(dmd.shape(channels)));
            if let Ok(model) = dmd.fit_statistics_in(&one, &mut memory) {
                check_model(&format!("statistics, {what}"), &model.to_owned().unwrap(), &trial);
            }
        }
    }
}
for_all_sizes!(statistics_of_trials, statistics);

fn entries<T: Scalar>(matrix: MatRef<'_, T>) -> Vec<T> {
    matrix.columns().flatten().copied().collect()
}

fn lagged<T: Wide>(what: &str, size: Size, seed: u64) {
    let (n, d) = (3, 2);
    let data = samples::<T>(80, n, size, seed);
    for shift in [vec![T::default(); n], data[..n].to_vec(), vec![T::nearest(f64::MIN); n]] {
        let memory = vec![T::default(); LagCovariance::<T, ()>::memory_len(n, d)];
        let mut lags = LagCovariance::new_in(n, d, &shift, memory.clone()).unwrap();
        let mut other = LagCovariance::new_in(n, d, &shift, memory).unwrap();
        for (t, sample) in data.chunks(n).enumerate() {
            if t % 9 == 8 {
                lags.push_missing();
            } else {
                for sums in [&mut lags, &mut other] {
                    let before = format!("{sums:?}");
                    if sums.push(sample).is_err() {
                        assert_eq!(before, format!("{sums:?}"), "{what}: a refused sample");
                    }
                }
            }
            let before = format!("{lags:?}");
            if lags.merge(&other).is_err() {
                assert_eq!(before, format!("{lags:?}"), "{what}: a refused merge");
            }
            if t % 20 == 19 {
                let _ = lags.forget(T::nearest(1e-30));
            }
            let (mut covariance, mut mean) = (vec![T::default(); n * n], vec![T::default(); n]);
            for lag in 0..=d {
                check(&format!("pairs, {what}"), &[lags.pairs(lag)]);
                if lags.covariance_in(lag, &mut covariance).is_ok() {
                    check(&format!("covariance, {what}"), &covariance);
                }
            }
            if lags.mean_in(&mut mean).is_ok() {
                check(&format!("mean, {what}"), &mean);
            }
        }
    }
}
for_all_sizes!(lag_covariances, lagged);

fn embedded<T: Wide>(what: &str, size: Size, seed: u64) {
    let (channels, embedding) = (2, Embedding::new(3, 2));
    let data = samples::<T>(30, channels, size, seed);
    let trial = Recording::new(&data, channels).unwrap();
    let mut out = vec![T::default(); 6 * embedding.rows(30)];
    let mut out = MatMut::new(&mut out, 6, embedding.rows(30)).unwrap();
    embedding.embed_in(&[trial], &mut out).unwrap();
    check_matrix(what, out.as_ref());
    let buffer = vec![T::default(); embedding.ring_len(channels)];
    let mut ring = DelayRing::new(channels, embedding, buffer).unwrap();
    let mut fixed = DelayEmbedding::<T, 2, 5>::new(embedding).unwrap();
    let mut window = [T::default(); 6];
    for sample in data.chunks(channels) {
        ring.push(sample).unwrap();
        fixed.push(sample).unwrap();
        if ring.window_into(&mut window).unwrap() {
            check(what, &window);
        }
        if fixed.window_into(&mut window).unwrap() {
            check(what, &window);
        }
    }
}
for_all_sizes!(embeddings, embedded);

/// Every metric and every effort. The metric does not enter the search, so the two are not crossed, and the longest
/// search is left to small orders, where it takes the same way.
fn procrustes(n: usize) -> Vec<Procrustes> {
    let all = [
        (Effort::Fast, Metric::Angular),
        (Effort::Fast, Metric::Chordal),
        (Effort::Fast, Metric::Frobenius),
        (Effort::Default, Metric::Angular),
        (Effort::Thorough, Metric::Frobenius),
    ];
    let tried = if n > 3 { &all[..4] } else { &all };
    tried.iter().map(|(effort, metric)| Procrustes::new().effort(*effort).metric(*metric)).collect()
}

fn compared<T: Wide>(what: &str, size: Size, seed: u64) {
    for n in [1, 2, 3, 4, 6] {
        let entries = [0, 1, 2].map(|k| matrix::<T>(n, n, size, seed + 50 * k));
        let mut views: Vec<_> = entries.iter().map(|a| MatRef::new(a, n, n).unwrap()).collect();
        let plain = matrix::<T>(n, n, |_, _, _| 0.0, seed);
        views.push(MatRef::new(&plain, n, n).unwrap());
        for procrustes in procrustes(n) {
            let what = format!("{what}, order {n}, {procrustes:?}");
            for (a, b) in [(0, 1), (0, 3), (3, 1)] {
                if let Ok(found) = procrustes.compare_operators(views[a], views[b]) {
                    check_comparison(&what, found);
                }
                let memory_len = procrustes.memory_len(n);
                let mut memory = vec![T::default(); memory_len];
                if let Ok(found) = procrustes.compare_in(views[a], views[b], &mut memory) {
                    check(&what, &[found.distance(), found.lower_bound(), found.cosine()]);
                    check_matrix(&what, found.transform());
                }
            }
            check_prepared(&what, &procrustes, n, &views);
            #[cfg(feature = "std")]
            let measure = Measure::Procrustes(procrustes);
            #[cfg(feature = "std")]
            if let Ok(found) = DistanceMatrix::among(&views, &measure, None) {
                check(&what, found.distances());
                check(&what, found.lower_bounds());
            }
        }
        let certifying = [Metric::Angular, Metric::Chordal, Metric::Frobenius];
        for metric in certifying.into_iter().filter(|_| n == 3) {
            if let Ok(found) = Procrustes::new().metric(metric).certify(views[0], views[1]) {
                check_comparison(&format!("certify, {what}"), found);
            }
        }
        spectra(&format!("{what}, order {n}"), n, &entries, &views);
    }
}
for_all_sizes!(comparisons_of_operators, compared);

fn check_comparison<T: Scalar>(what: &str, found: Comparison<T>) {
    check(what, &[found.distance(), found.lower_bound(), found.cosine()]);
    check_matrix(what, found.transform());
}

/// Operators that are prepared once, and compared step by step and many at a time.
fn check_prepared<T: Wide>(what: &str, procrustes: &Procrustes, n: usize, views: &[MatRef<'_, T>]) {
    let zeros = |length: usize| vec![T::default(); length];
    let mut memories: Vec<_> =
        views.iter().map(|_| zeros(procrustes.prepared_len(n + 1))).collect();
    let mut scratch = zeros(procrustes.prepare_scratch_len(n + 1));
    let mut prepared = Vec::new();
    for (view, memory) in views.iter().zip(&mut memories) {
        // Padded by one, so that both ways are taken.
        let found = if n == 2 {
            procrustes.prepare_padded_in(*view, n + 1, memory, &mut scratch)
        } else {
            procrustes.prepare_in(*view, memory, &mut scratch)
        };
        prepared.extend(found.ok());
    }
    for (a, b) in [(0, 1), (1, 2)] {
        let (Some(a), Some(b)) = (prepared.get(a), prepared.get(b)) else { return };
        let mut memory = zeros(procrustes.comparison_len(n + 1));
        if let Ok(mut steps) = procrustes.stepwise_in(a, b, &mut memory) {
            while steps.step().is_ok_and(|done| !done) {}
            if let Ok(found) = steps.finish() {
                check(what, &[found.distance(), found.lower_bound(), found.cosine()]);
                check_matrix(what, found.transform());
            }
        }
    }
    let pairs: Vec<_> = (0..prepared.len()).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
    let mut memory = zeros(procrustes.many_len::<T>(n + 1));
    let _ = procrustes.compare_many_in(&prepared, &pairs, &mut memory, |_, found| {
        check(what, &[found.distance(), found.lower_bound(), found.cosine()]);
    });
}

fn spectra<T: Wide>(what: &str, n: usize, entries: &[Vec<T>; 3], views: &[MatRef<'_, T>]) {
    let orders = [WassersteinOrder::One, WassersteinOrder::Two, WassersteinOrder::TwoSquared];
    for order in orders {
        for unequal in [UnequalRanks::Error, UnequalRanks::Pad, UnequalRanks::Transport] {
            let wasserstein = Wasserstein::new().order(order).unequal_ranks(unequal);
            let what = format!("wasserstein, {what}, {wasserstein:?}");
            let smaller = MatRef::new(&entries[2], 1, 1).unwrap();
            for (a, b) in [(views[0], views[1]), (views[3], views[1]), (views[0], smaller)] {
                if let Ok(found) = wasserstein.compare_operators(a, b) {
                    check(&what, &[found]);
                }
            }
            let [real, imaginary, other] = entries;
            let mut memory = vec![T::default(); wasserstein.eigenvalues_memory_len(n, 1)];
            let found = wasserstein.compare_eigenvalues_in(
                &real[..n],
                &imaginary[..n],
                &other[..1],
                &imaginary[..1],
                &mut memory,
            );
            if let Ok(found) = found {
                check(&what, &[found]);
            }
            #[cfg(feature = "std")]
            let measure = Measure::Wasserstein(wasserstein);
            #[cfg(feature = "std")]
            if let Ok(found) = DistanceMatrix::between(&views[..2], &views[2..], &measure, None) {
                check(&what, found.distances());
                check(&what, found.lower_bounds());
            }
        }
    }
}

fn states<T: Wide>(what: &str, size: Size, seed: u64) {
    let [a, b, c] = [0, 1, 2].map(|k| samples::<T>(50, 2 + k, size, seed + k as u64));
    let [a, b, c] = [(&a, 2), (&b, 3), (&c, 4)].map(|(x, n)| [Recording::new(x, n).unwrap()]);
    let plain = samples::<T>(50, 2, |_, _, _| 0.0, seed);
    let plain = [Recording::new(&plain, 2).unwrap()];
    for baseline in [Baseline::procrustes(), Baseline::cka(), Baseline::svcca()] {
        for baseline in [baseline, baseline.embedding(Embedding::new(2, 2)).explained_variance(0.5)]
        {
            let what = format!("{what}, {baseline:?}");
            for (x, y) in [(&a[..], &b[..]), (&a, &plain), (&plain, &c), (&a, &a)] {
                if let Ok(found) = baseline.compare(x, y) {
                    check(&what, &[found.distance(), found.similarity()]);
                }
            }
            #[cfg(feature = "std")]
            let all = [&a[..], &b, &c, &plain];
            #[cfg(feature = "std")]
            if let Ok(found) = BaselineMatrix::among(&all, &baseline, None) {
                check(&what, found.distances());
            }
        }
    }
}
for_all_sizes!(baselines_between_states, states);

fn check_report<T: Scalar>(what: &str, report: &Report<T>) {
    let readings = [report.dynamics, report.gate, report.noise];
    for reading in readings.into_iter().flatten() {
        check(&format!("report, {what}"), &[reading.score, reading.z]);
    }
    let numbers = [report.cusum, report.pairs, report.rejected];
    check(&format!("report, {what}"), &numbers);
    check(&format!("report, {what}"), &[report.missing]);
    check(&format!("report, {what}"), report.excitation.as_slice());
}

fn monitored<T: Wide>(what: &str, size: Size, seed: u64) {
    let shape = Shape { channels: 3, delays: 4, rank: 2 };
    let scores = Scores::SpectraAndOperator;
    let settings = CalibratorSettings::new(shape, 50.0).scores(scores).blocks(5).block(300);
    let calibrate = |data: &[T], shift: &[T]| {
        let memory = vec![T::default(); Calibrator::<T, ()>::memory_len(settings)];
        let mut calibrator = Calibrator::new_in(settings, shift, memory)?;
        for sample in data.chunks(3) {
            calibrator.push(sample).unwrap();
        }
        let memory = vec![T::default(); Calibration::<T, ()>::memory_len(shape, scores)];
        calibrator.finish_in(memory)
    };
    let hostile = samples::<T>(1500, 3, size, seed);
    let plain = samples::<T>(1500, 3, |_, _, _| 0.0, seed);
    let zero = [T::default(); 3];
    let shifts = [&zero[..], &hostile[..3]];
    let mut known: Vec<_> =
        shifts.iter().filter_map(|shift| calibrate(&hostile, shift).ok()).collect();
    known.push(calibrate(&plain, &zero).unwrap());
    for calibration in &known {
        let NullBand { median, deviation } = calibration.null_band();
        let what = format!("calibration, {what}");
        check(&what, &[median, deviation]);
        check(&what, calibration.mean());
        check(&what, calibration.standard_deviation());
        check_matrix(&what, calibration.operator());
        let settings = MonitorSettings::new()
            .window(Window::Blocks(3))
            .block(200)
            .report_every(1)
            .least_pairs(1)
            .stuck(0)
            .most_rejected(1.0)
            .artefact(f32::INFINITY);
        for window in [Window::Blocks(3), Window::Forgetting(0.5)] {
            let settings = settings.window(window);
            let memory = vec![T::default(); Monitor::<T, ()>::memory_len(shape, scores, window)];
            let mut monitor = Monitor::new_in(calibration, settings, memory).unwrap();
            for sample in hostile.chunks(3).chain(plain.chunks(3)) {
                monitor.push(sample).unwrap();
                if let Some(report) = monitor.poll(usize::MAX) {
                    check_report(&what, &report);
                    check_matrix(&what, monitor.reference());
                    if let Some((reference, window)) = monitor.operators() {
                        check_matrix(&what, reference);
                        check_matrix(&what, window);
                    }
                }
            }
            // What is saved can be read again, and only finite numbers can.
            let mut words = vec![0; Monitor::<T, ()>::state_len(shape, scores, window)];
            monitor.save(&mut words).unwrap();
            let memory = vec![T::default(); Monitor::<T, ()>::memory_len(shape, scores, window)];
            let found = Monitor::restore_in(calibration, settings, &words, memory).map(|_| ());
            assert_eq!(found, Ok(()), "state, {what}");
        }
        let mut words = vec![0; Calibration::<T, ()>::words_len(shape, scores)];
        calibration.to_words(&mut words).unwrap();
        let memory = vec![T::default(); Calibration::<T, ()>::memory_len(shape, scores)];
        let found = Calibration::<T, _>::from_words(&words, memory).map(|_| ());
        assert_eq!(found, Ok(()), "words, {what}");
        let memory = vec![0.0_f32; Calibration::<f32, ()>::memory_len(shape, scores)];
        if let Ok(found) = Calibration::<f32, _>::from_words(&words, memory) {
            check(&what, found.mean());
            check(&what, found.standard_deviation());
        }
    }
}
for_all_sizes!(monitors_and_calibrations, monitored);
