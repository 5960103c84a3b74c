//! Singular value decompositions of any matrix: orthonormal vectors, a small residual, descending values and the
//! same values alone; or an error about a number that is not finite.

use dynamical_similarity::{Error, MatMut, MatRef, Scalar, linalg::svd};
use crate::{
    doubles, epsilon, finite, in_units, less_product, loss_of_orthogonality, matrix, norm,
    smallest, unit,
};

fn check<T: Scalar>(values: &[T], m: usize, n: usize) {
    let k = m.min(n);
    let Ok(a) = MatRef::new(values, m, n) else { return };
    let mut s = vec![T::default(); k];
    let (mut u, mut v) = (vec![T::default(); m * k], vec![T::default(); n * k]);
    let length = svd::svd_memory_len(m, n).max(svd::values_memory_len(m, n));
    let mut memory = vec![T::default(); length];
    let mut left = MatMut::new(&mut u, m, k).unwrap();
    let mut right = MatMut::new(&mut v, n, k).unwrap();
    let mut alone = vec![T::default(); k];
    let decomposed = svd::svd_in(a, &mut left, &mut s, &mut right, &mut memory);
    let valued = svd::values_in(a, &mut alone, &mut memory);
    assert_eq!(decomposed, valued);
    match decomposed {
        Ok(()) => {
            assert_eq!(s, alone);
            promised(values, (m, n), &u, &s, &v);
        }
        Err(error) => {
            let refused = matches!(error, Error::NonFiniteEntry { .. } | Error::Overflow { .. });
            assert!(refused, "{error}");
        }
    }
    if m < n {
        return;
    }
    let (mut u, mut v) = (values.to_vec(), vec![T::default(); n * n]);
    let (mut columns, mut right) =
        (MatMut::new(&mut u, m, n).unwrap(), MatMut::new(&mut v, n, n).unwrap());
    match svd::orthogonalise_columns_in(&mut columns, &mut s, Some(&mut right)) {
        Ok(()) => promised(values, (m, n), &u, &s, &v),
        Err(error) => {
            let refused = matches!(error, Error::NonFiniteEntry { .. } | Error::Overflow { .. });
            assert!(refused, "{error}");
        }
    }
}

fn promised<T: Scalar>(a: &[T], (m, n): (usize, usize), u: &[T], s: &[T], v: &[T]) {
    assert!(finite(u) && finite(v) && finite(s));
    assert!(s.is_sorted_by(|a, b| a >= b) && s.iter().all(|s| *s >= T::default()));
    let k = s.len();
    let (a, u, s, v) = (doubles(a), doubles(u), doubles(s), doubles(v));
    let bound = 10.0 * k as f64 * epsilon::<T>();
    let loss = loss_of_orthogonality(&u, m).max(loss_of_orthogonality(&v, n));
    assert!(loss <= bound, "{m} x {n}: orthogonality {loss:e}");
    let unit = unit(&a);
    let a = in_units(&a, unit);
    let scaled: Vec<f64> = (0..n)
        .flat_map(|j| (0..k).map(move |l| (j, l)))
        .map(|(j, l)| s[l] / unit * v[l * n + j])
        .collect();
    let residual = norm(&less_product(&a, &u, &scaled, m, k));
    let allowed = bound * norm(&a) + k as f64 * smallest::<T>() / unit;
    assert!(residual <= allowed, "{m} x {n}: residual {residual:e}, allowed {allowed:e}");
}

pub fn fuzz_target(data: &[u8]) {
    matrix(data, 12, check::<f64>, check::<f32>);
}
