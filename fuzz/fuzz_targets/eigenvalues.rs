//! Eigenvalues of any square matrix: finite, or a typed error.
#![no_main]

use dynamical_similarity::{MatMut, Scalar, linalg::eigenvalues};
use dynamical_similarity_fuzz::{finite, square};
use libfuzzer_sys::fuzz_target;

fn check<T: Scalar>(values: &[T], n: usize) {
    let mut copy = values.to_vec();
    let (mut real, mut imaginary) = (vec![T::default(); n], vec![T::default(); n]);
    let Ok(mut a) = MatMut::new(&mut copy, n, n) else { return };
    if eigenvalues::eigenvalues_in(&mut a, &mut real, &mut imaginary).is_ok() {
        assert!(finite(&real) && finite(&imaginary));
    }
}

fuzz_target!(|data: &[u8]| square(data, 12, check::<f64>, check::<f32>));
