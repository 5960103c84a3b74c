//! Singular values of any matrix: finite, descending, or a typed error.
#![no_main]

use dynamical_similarity::{MatMut, MatRef, Scalar, linalg::svd};
use dynamical_similarity_fuzz::{finite, matrix};
use libfuzzer_sys::fuzz_target;

fn check<T: Scalar>(values: &[T], m: usize, n: usize) {
    let k = m.min(n);
    let Ok(a) = MatRef::new(values, m, n) else { return };
    let mut singular_values = vec![T::default(); k];
    let (mut u, mut v) = (vec![T::default(); m * k], vec![T::default(); n * k]);
    let length = svd::svd_memory_len(m, n).max(svd::values_memory_len(m, n));
    let mut memory = vec![T::default(); length];
    let mut left = MatMut::new(&mut u, m, k).unwrap();
    let mut right = MatMut::new(&mut v, n, k).unwrap();
    if svd::svd_in(a, &mut left, &mut singular_values, &mut right, &mut memory).is_ok() {
        assert!(finite(&u) && finite(&v) && finite(&singular_values));
        assert!(singular_values.is_sorted_by(|a, b| a >= b));
    }
    if svd::values_in(a, &mut singular_values, &mut memory).is_ok() {
        assert!(finite(&singular_values));
    }
}

fuzz_target!(|data: &[u8]| matrix(data, 12, check::<f64>, check::<f32>));
