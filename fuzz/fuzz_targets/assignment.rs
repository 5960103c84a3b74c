//! Any costs: a permutation and a finite total, or a typed error.
#![no_main]

use dynamical_similarity::{MatRef, Scalar, linalg::assignment};
use dynamical_similarity_fuzz::square;
use libfuzzer_sys::fuzz_target;

fn check<T: Scalar>(values: &[T], n: usize) {
    let Ok(cost) = MatRef::new(values, n, n) else { return };
    let mut assignment = vec![0; n];
    let mut memory = vec![T::default(); assignment::assignment_memory_len(n)];
    if let Ok(total) = assignment::assign_in(cost, &mut assignment, &mut memory) {
        assert!(Into::<f64>::into(total).is_finite());
        let mut seen = assignment.clone();
        seen.sort_unstable();
        assert!(seen.iter().enumerate().all(|(i, x)| i == *x), "{assignment:?}");
    }
}

fuzz_target!(|data: &[u8]| square(data, 12, check::<f64>, check::<f32>));
