//! Symmetric systems: a finite solution, or a typed error.
#![no_main]

use dynamical_similarity::{MatMut, Scalar, linalg::solve};
use dynamical_similarity_fuzz::{finite, square};
use libfuzzer_sys::fuzz_target;

fn check<T: Scalar>(values: &[T], n: usize) {
    let (mut a, mut b) = (values.to_vec(), values.to_vec());
    let (Ok(mut left), Ok(mut right)) = (MatMut::new(&mut a, n, n), MatMut::new(&mut b, n, n))
    else {
        return;
    };
    if solve::solve_symmetric_in(&mut left, &mut right).is_ok() {
        assert!(finite(&b));
    }
}

fuzz_target!(|data: &[u8]| square(data, 12, check::<f64>, check::<f32>));
