//! Symmetric systems: a finite solution, or a typed error.
#![no_main]

use arbitrary::Unstructured;
use dynamical_similarity::{MatMut, Scalar, linalg::solve};
use dynamical_similarity_fuzz::{numbers, single, size};
use libfuzzer_sys::fuzz_target;

fn finite<T: Scalar>(values: &[T]) -> bool {
    values.iter().all(|x| Into::<f64>::into(*x).is_finite())
}


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
