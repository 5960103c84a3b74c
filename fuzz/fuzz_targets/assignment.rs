//! Any costs: a permutation and a finite total, or a typed error.
#![no_main]

use arbitrary::Unstructured;
use dynamical_similarity::{MatRef, Scalar, linalg::assignment};
use dynamical_similarity_fuzz::{numbers, single, size};
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

fn run(bytes: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let n = size(bytes, 12)?;
    let values = numbers(bytes, n * n)?;
    check(&values, n);
    check(&single(&values), n);
    Ok(())
}

fuzz_target!(|data: &[u8]| {
    let _ = run(&mut Unstructured::new(data));
});
