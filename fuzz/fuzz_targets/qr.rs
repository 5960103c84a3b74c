//! QR of any matrix, whole and by rows: finite, or a typed error.
#![no_main]

use dynamical_similarity::{MatMut, MatRef, Scalar, linalg::qr};
use dynamical_similarity_fuzz::{finite, matrix};
use libfuzzer_sys::fuzz_target;

fn check<T: Scalar>(values: &[T], m: usize, n: usize) {
    let mut a = values.to_vec();
    let mut tau = vec![T::default(); m.min(n)];
    let Ok(mut view) = MatMut::new(&mut a, m, n) else { return };
    if qr::factor_in(&mut view, &mut tau).is_ok() {
        assert!(finite(&a) && finite(&tau));
        let factored = MatRef::new(&a, m, n).unwrap();
        let mut q = vec![T::default(); m * m.min(n)];
        let mut q_view = MatMut::new(&mut q, m, m.min(n)).unwrap();
        if qr::form_q_in(factored, &tau, &mut q_view).is_ok() {
            assert!(finite(&q));
        }
    }
    let (mut triangle, mut block) = (vec![T::default(); n * n], values.to_vec());
    for _ in 0..2 {
        let mut r = MatMut::new(&mut triangle, n, n).unwrap();
        let mut rows = MatMut::new(&mut block, m, n).unwrap();
        if qr::append_rows_in(&mut r, &mut rows).is_err() {
            return;
        }
        assert!(finite(&triangle));
        block.copy_from_slice(values);
    }
}

fuzz_target!(|data: &[u8]| matrix(data, 12, check::<f64>, check::<f32>));
