//! Both systems in common coordinates.

use dynamical_similarity::{Dmd, Error, Mat, MatRef, Model, Procrustes, Rank, Recording};

/// Two rotations with noise, seen through `map` (2 channels).
fn samples(seed: u64, map: [f64; 4]) -> Vec<f64> {
    let mut state = seed;
    let mut noise = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    let (mut x, mut out) = ([1.0_f64, 0.0, 0.5, 0.5], Vec::new());
    for _ in 0..3000 {
        let turn = |a: f64, b: f64, w: f64| (w.cos() * a - w.sin() * b, w.sin() * a + w.cos() * b);
        let ((a, b), (c, d)) = (turn(x[0], x[1], 0.3), turn(x[2], x[3], 1.1));
        x = [a, b, c, d].map(|x| 0.97 * x + 0.1 * noise());
        let (u, v) = (x[0] + x[2], x[1] - 0.4 * x[3]);
        out.extend([map[0] * u + map[1] * v, map[2] * u + map[3] * v]);
    }
    out
}

fn fit(samples: &[f64]) -> Model<f64> {
    let dmd = Dmd::new().delays(6).rank(Rank::Fixed(4));
    dmd.fit(&[Recording::new(samples, 2).unwrap()]).unwrap()
}

#[test]
fn states_are_orthonormal_and_advanced_by_the_operator() {
    let data = samples(1, [1.0, 0.2, -0.3, 0.8]);
    let model = fit(&data);
    let states = model.coordinates(&Recording::new(&data, 2).unwrap()).unwrap();
    let states = states.as_ref();
    assert_eq!((states.rows(), states.cols()), (4, 2995));
    for i in 0..4 {
        for j in 0..4 {
            let sum: f64 = (0..states.cols()).map(|t| states.at(i, t) * states.at(j, t)).sum();
            assert!((sum - f64::from(i == j)).abs() < 1e-10, "{i} {j} {sum}");
        }
    }
    let (mut error, mut size) = (0.0, 0.0);
    for t in 1..states.cols() {
        for i in 0..4 {
            let next: f64 = (0..4).map(|j| model.operator().at(i, j) * states.at(j, t - 1)).sum();
            error += (next - states.at(i, t)).powi(2);
            size += states.at(i, t).powi(2);
        }
    }
    // Relative to unit columns this is the residual of the regression.
    assert!(error < 0.2 * size, "{error} {size}");
}

/// The same samples seen through a rotation of the channels: the operator is the same up to signs, and
/// the aligned states coincide.
#[test]
fn the_same_recording_in_a_rotated_view_lands_on_itself() {
    let (cos, sin) = (0.6, 0.8);
    let (plain, turned) = (samples(2, [1.0, 0.0, 0.0, 1.0]), samples(2, [cos, -sin, sin, cos]));
    let (a, b) = (fit(&plain), fit(&turned));
    let comparison = Procrustes::new().compare(&a, &b).unwrap();
    assert!(comparison.distance() < 1e-6);
    let states = a.coordinates(&Recording::new(&plain, 2).unwrap()).unwrap();
    let view = Recording::new(&turned, 2).unwrap();
    let aligned = b.align(&view, comparison.transform()).unwrap();
    let (states, aligned) = (states.as_ref(), aligned.as_ref());
    // Conjugation does not see the sign of C.
    let sign = (states.at(0, 0) * aligned.at(0, 0)).signum();
    for t in 0..states.cols() {
        for i in 0..4 {
            assert!((states.at(i, t) - sign * aligned.at(i, t)).abs() < 1e-6, "{i} {t}");
        }
    }
    let untouched = b.coordinates(&view).unwrap();
    let away = |other: MatRef<'_, f64>| -> f64 {
        (0..4).map(|i| (states.at(i, 9) - sign * other.at(i, 9)).abs()).sum()
    };
    assert!(
        away(aligned) < 1e-5,
        "alignment does nothing that can be seen: {}",
        away(untouched.as_ref())
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    let data = samples(3, [1.0, 0.2, -0.3, 0.8]);
    let model = fit(&data);
    let short = Recording::new(&data[..10], 2).unwrap();
    assert!(matches!(model.coordinates(&short), Err(Error::TooShort { needed: 6, got: 5, .. })));
    let one = Recording::new(&data[..20], 1).unwrap();
    assert!(matches!(model.coordinates(&one), Err(Error::ShapeMismatch { .. })));
    let narrow = Mat::<f64>::zeros(3, 3).unwrap();
    let trial = Recording::new(&data, 2).unwrap();
    assert!(matches!(
        model.align(&trial, narrow.as_ref()),
        Err(Error::ShapeMismatch { expected: 4, got: 3, .. })
    ));
}
