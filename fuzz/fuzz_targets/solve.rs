//! Symmetric systems, as given and made positive definite: a small residual, or a typed error.

use dynamical_similarity::{Error, MatMut, Scalar, linalg::solve};
use crate::{doubles, epsilon, finite, less_product, norm, smallest, square};

fn check<T: Scalar>(values: &[T], n: usize) {
    system(values, values, n);
    // B Bᵀ is symmetric and never indefinite by more than rounding; with a ridge it is definite.
    for ridge in [0.0_f32, 1.0] {
        let product: Vec<T> = (0..n * n)
            .map(|at| {
                let (i, j) = (at % n, at / n);
                let start = T::from(if i == j { ridge } else { 0.0 });
                (0..n).fold(start, |sum, k| sum + values[k * n + i] * values[k * n + j])
            })
            .collect();
        system(&product, values, n);
    }
}

fn system<T: Scalar>(values: &[T], right_sides: &[T], n: usize) {
    let (mut a, mut b) = (values.to_vec(), right_sides.to_vec());
    let (Ok(mut left), Ok(mut right)) = (MatMut::new(&mut a, n, n), MatMut::new(&mut b, n, n))
    else {
        return;
    };
    if let Err(error) = solve::solve_symmetric_in(&mut left, &mut right) {
        assert!(matches!(error, Error::Singular | Error::NonFiniteEntry { .. }), "{error}");
        return;
    }
    assert!(finite(&b));
    // The matrix that was meant: its lower triangle counts.
    let meant: Vec<f64> = (0..n * n)
        .map(|at| values[(at % n).min(at / n) * n + (at % n).max(at / n)].into())
        .collect();
    let size = norm(&meant);
    for (x, b) in b.chunks(n.max(1)).zip(right_sides.chunks(n.max(1))) {
        let (x, b) = (doubles(x), doubles(b));
        let residual = norm(&less_product(&b, &meant, &x, n, n));
        // What underflows costs the smallest number, in L, in L⁻¹ B and in X.
        let lost = n as f64 * smallest::<T>() * (1.0 + norm(&x)) * (1.0 + size);
        let allowed = 10.0 * n as f64 * epsilon::<T>() * size * norm(&x) + lost;
        if allowed.is_finite() && residual.is_finite() {
            assert!(residual <= allowed, "{n}: residual {residual:e}, allowed {allowed:e}");
        }
    }
}

pub fn fuzz_target(data: &[u8]) {
    square(data, 12, check::<f64>, check::<f32>);
}
