//! Symmetric eigenproblems of any matrix: orthonormal vectors, a small residual, descending values; or an error
//! about a number that is not finite.

use dynamical_similarity::{Error, MatMut, Scalar, linalg::symmetric};
use crate::{
    doubles, epsilon, finite, in_units, less_product, loss_of_orthogonality, norm, smallest,
    square, unit,
};

fn check<T: Scalar>(values: &[T], n: usize) {
    let mut memory = vec![
        T::default();
        symmetric::eigen_memory_len(n)
            .max(symmetric::values_memory_len(n))
            .max(symmetric::leading_memory_len(n))
    ];
    // The matrix that is meant: its lower triangle counts.
    let meant: Vec<T> =
        (0..n * n).map(|at| values[(at % n).min(at / n) * n + (at % n).max(at / n)]).collect();
    let mut alone = vec![T::default(); n];
    let mut copy = values.to_vec();
    let Ok(mut a) = MatMut::new(&mut copy, n, n) else { return };
    let found = symmetric::values_in(&mut a, &mut alone, &mut memory);
    if let Err(error) = found {
        assert!(matches!(error, Error::NonFiniteEntry { .. }), "{error}");
    }
    for columns in 1..=n {
        let (mut copy, mut vectors) = (values.to_vec(), vec![T::default(); n * columns]);
        let mut eigenvalues = vec![T::default(); n];
        let mut a = MatMut::new(&mut copy, n, n).unwrap();
        let mut v = MatMut::new(&mut vectors, n, columns).unwrap();
        let done = if columns == n {
            symmetric::eigen_in(&mut a, &mut eigenvalues, &mut v, &mut memory)
        } else {
            symmetric::leading_in(&mut a, &mut eigenvalues, &mut v, &mut memory)
        };
        match done {
            Ok(()) => promised(&meant, &eigenvalues, &vectors, found.is_ok().then_some(&alone)),
            Err(error) => assert!(matches!(error, Error::NonFiniteEntry { .. }), "{error}"),
        }
    }
}

fn promised<T: Scalar>(a: &[T], eigenvalues: &[T], vectors: &[T], alone: Option<&Vec<T>>) {
    let n = eigenvalues.len();
    assert!(finite(eigenvalues) && finite(vectors));
    assert!(eigenvalues.is_sorted_by(|a, b| a >= b));
    let (a, vectors) = (doubles(a), doubles(vectors));
    let unit = unit(&a);
    let (a, eigenvalues) = (in_units(&a, unit), in_units(&doubles(eigenvalues), unit));
    let bound = 10.0 * n as f64 * epsilon::<T>();
    let allowed = bound * norm(&a) + n as f64 * smallest::<T>() / unit;
    let loss = loss_of_orthogonality(&vectors, n);
    assert!(loss <= bound, "{n}: orthogonality {loss:e}");
    // V Λ - A V, column by column.
    let scaled: Vec<f64> = vectors
        .chunks(n)
        .zip(&eigenvalues)
        .flat_map(|(v, x)| v.iter().map(move |v| v * x))
        .collect();
    let residual = norm(&less_product(&scaled, &a, &vectors, n, n));
    assert!(residual <= allowed, "{n}: residual {residual:e}, allowed {allowed:e}");
    // Weyl: both are within their backward error of the truth.
    for (x, y) in eigenvalues.iter().zip(alone.into_iter().flatten()) {
        let difference = (x - (*y).into() / unit).abs();
        assert!(difference <= 2.0 * allowed, "{n}: values differ by {difference:e}");
    }
}

pub fn fuzz_target(data: &[u8]) {
    square(data, 12, check::<f64>, check::<f32>);
}
