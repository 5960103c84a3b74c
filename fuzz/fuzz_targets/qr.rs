//! QR of any matrix, whole and by rows: an orthonormal Q, a small residual, RᵀR = AᵀA; or an error about a number
//! that is not finite.

use dynamical_similarity::{Error, MatMut, MatRef, Scalar, linalg::qr};
use crate::{
    doubles, epsilon, finite, in_units, less_product, loss_of_orthogonality, matrix, norm,
    smallest, unit,
};

fn check<T: Scalar>(values: &[T], m: usize, n: usize) {
    let mut factored = values.to_vec();
    let k = m.min(n);
    let mut tau = vec![T::default(); k];
    let Ok(mut view) = MatMut::new(&mut factored, m, n) else { return };
    let exact = doubles(values);
    let unit = if finite(values) { unit(&exact) } else { 1.0 };
    let a = in_units(&exact, unit);
    let bound = 10.0 * m.max(n) as f64 * epsilon::<T>();
    let grid = (m * n) as f64 * smallest::<T>() / unit;
    match qr::factor_in(&mut view, &mut tau) {
        Ok(()) => {
            assert!(finite(&factored) && finite(&tau));
            let mut q = vec![T::default(); m * k];
            let mut q_view = MatMut::new(&mut q, m, k).unwrap();
            qr::form_q_in(MatRef::new(&factored, m, n).unwrap(), &tau, &mut q_view).unwrap();
            let q = doubles(&q);
            let loss = loss_of_orthogonality(&q, m);
            assert!(loss <= bound, "{m} x {n}: orthogonality {loss:e}");
            let factored = in_units(&doubles(&factored), unit);
            let r: Vec<f64> = (0..n)
                .flat_map(|j| (0..k).map(move |i| (i, j)))
                .map(|(i, j)| if i <= j { factored[j * m + i] } else { 0.0 })
                .collect();
            let residual = norm(&less_product(&a, &q, &r, m, k));
            let allowed = bound * norm(&a) + grid;
            assert!(residual <= allowed, "{m} x {n}: residual {residual:e}, {allowed:e}");
        }
        Err(error) => assert!(matches!(error, Error::NonFiniteEntry { .. }), "{error}"),
    }
    let (mut triangle, mut block) = (vec![T::default(); n * n], values.to_vec());
    for times in [1.0, 2.0] {
        let mut r = MatMut::new(&mut triangle, n, n).unwrap();
        let mut rows = MatMut::new(&mut block, m, n).unwrap();
        if let Err(error) = qr::append_rows_in(&mut r, &mut rows) {
            assert!(matches!(error, Error::NonFiniteEntry { .. }), "{error}");
            return;
        }
        assert!(finite(&triangle));
        let r = in_units(&doubles(&triangle), unit);
        let allowed = 2.0 * times * (bound * norm(&a) + grid) * (norm(&a) + grid);
        for j in 0..n {
            assert!(r[j * n + j + 1..(j + 1) * n].iter().all(|x| *x == 0.0));
            for i in 0..=j {
                let product = |x: &[f64], rows: usize| -> f64 {
                    (0..rows).map(|l| x[i * rows + l] * x[j * rows + l]).sum()
                };
                let difference = (product(&r, n) - times * product(&a, m)).abs();
                assert!(difference <= allowed, "{m} x {n}: {difference:e}, {allowed:e}");
            }
        }
        block.copy_from_slice(values);
    }
}

pub fn fuzz_target(data: &[u8]) {
    matrix(data, 12, check::<f64>, check::<f32>);
}
