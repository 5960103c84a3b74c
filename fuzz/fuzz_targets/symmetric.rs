//! Symmetric eigenvalues of any matrix: finite and descending, or a typed error.
#![no_main]

use dynamical_similarity::{MatMut, Scalar, linalg::symmetric};
use dynamical_similarity_fuzz::{finite, square};
use libfuzzer_sys::fuzz_target;

fn check<T: Scalar>(values: &[T], n: usize) {
    let (mut eigenvalues, mut vectors) = (vec![T::default(); n], vec![T::default(); n * n]);
    let length = symmetric::eigen_memory_len(n)
        .max(symmetric::values_memory_len(n))
        .max(symmetric::leading_memory_len(n));
    let mut memory = vec![T::default(); length];
    for columns in 1..=n {
        let mut copy = values.to_vec();
        let (Ok(mut a), Ok(mut v)) =
            (MatMut::new(&mut copy, n, n), MatMut::new(&mut vectors, n, columns))
        else {
            return;
        };
        let done = if columns == n {
            symmetric::eigen_in(&mut a, &mut eigenvalues, &mut v, &mut memory)
        } else {
            symmetric::leading_in(&mut a, &mut eigenvalues, &mut v, &mut memory)
        };
        if done.is_ok() {
            assert!(finite(&eigenvalues) && finite(&vectors[..n * columns]));
            assert!(eigenvalues.is_sorted_by(|a, b| a >= b));
        }
    }
    let mut copy = values.to_vec();
    if let Ok(mut a) = MatMut::new(&mut copy, n, n)
        && symmetric::values_in(&mut a, &mut eigenvalues, &mut memory).is_ok()
    {
        assert!(finite(&eigenvalues));
    }
}

fuzz_target!(|data: &[u8]| square(data, 12, check::<f64>, check::<f32>));
