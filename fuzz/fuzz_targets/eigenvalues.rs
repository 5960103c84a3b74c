//! Eigenvalues of any square matrix: finite, or a typed error.
#![no_main]

use arbitrary::Unstructured;
use dynamical_similarity::{MatMut, Scalar, linalg::eigenvalues};
use dynamical_similarity_fuzz::{numbers, single, size};
use libfuzzer_sys::fuzz_target;

fn finite<T: Scalar>(values: &[T]) -> bool {
    values.iter().all(|x| Into::<f64>::into(*x).is_finite())
}


fn check<T: Scalar>(values: &[T], n: usize) {
    let mut copy = values.to_vec();
    let (mut real, mut imaginary) = (vec![T::default(); n], vec![T::default(); n]);
    let Ok(mut a) = MatMut::new(&mut copy, n, n) else { return };
    if eigenvalues::eigenvalues_in(&mut a, &mut real, &mut imaginary).is_ok() {
        assert!(finite(&real) && finite(&imaginary));
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
