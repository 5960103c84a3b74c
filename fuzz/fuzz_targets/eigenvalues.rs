//! Eigenvalues of any square matrix: in order, pairs together, with the trace of A and of A²; or an error about a
//! number that is not finite.

use dynamical_similarity::{Error, MatMut, Scalar, linalg::eigenvalues};
use crate::{doubles, epsilon, finite, in_units, norm, smallest, square, unit};

fn check<T: Scalar>(values: &[T], n: usize) {
    let mut copy = values.to_vec();
    let (mut real, mut imaginary) = (vec![T::default(); n], vec![T::default(); n]);
    let Ok(mut a) = MatMut::new(&mut copy, n, n) else { return };
    if let Err(error) = eigenvalues::eigenvalues_in(&mut a, &mut real, &mut imaginary) {
        assert!(matches!(error, Error::NonFiniteEntry { .. }), "{error}");
        return;
    }
    assert!(finite(&real) && finite(&imaginary));
    let a = doubles(values);
    let unit = unit(&a);
    let a = in_units(&a, unit);
    let (x, y) = (in_units(&doubles(&real), unit), in_units(&doubles(&imaginary), unit));
    let grid = n as f64 * smallest::<T>() / unit;
    let mut i = 0;
    while i < n {
        let paired = y[i] != 0.0;
        if paired {
            assert!(y[i] > 0.0 && x[i] == x[i + 1] && y[i] == -y[i + 1], "{real:?} {imaginary:?}");
        }
        let next = i + 1 + usize::from(paired);
        if next < n {
            let (here, there) = (x[i].hypot(y[i]), x[next].hypot(y[next]));
            assert!(here >= there * (1.0 - 4.0 * epsilon::<T>()) - grid, "{real:?} {imaginary:?}");
        }
        i = next;
    }
    // Balancing by D changes neither trace and does not raise the norm, so both traces of D⁻¹ A D + E, with
    // |E| <= 10 n eps |D⁻¹ A D|, are close to those of A whatever D is.
    let size = norm(&a) + grid;
    let bound = 10.0 * (n * n) as f64 * epsilon::<T>() * size + grid;
    let trace: f64 = (0..n).map(|i| a[i * n + i]).sum();
    let sum: f64 = x.iter().sum();
    assert!((trace - sum).abs() <= bound, "trace {trace:e}, sum {sum:e}, allowed {bound:e}");
    let squared: f64 = (0..n * n).map(|at| a[at] * a[at % n * n + at / n]).sum();
    let sum: f64 = x.iter().zip(&y).map(|(x, y)| x * x - y * y).sum();
    let bound = 2.0 * bound * size;
    assert!((squared - sum).abs() <= bound, "trace of A² {squared:e}, sum {sum:e}, {bound:e}");
}

pub fn fuzz_target(data: &[u8]) {
    square(data, 12, check::<f64>, check::<f32>);
}
