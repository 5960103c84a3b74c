//! Any costs between unequal numbers: flows that fill every mass, or a typed error.
#![no_main]

use dynamical_similarity::{MatMut, MatRef, Scalar, linalg::transport};
use dynamical_similarity_fuzz::matrix;
use libfuzzer_sys::fuzz_target;

fn check<T: Scalar>(values: &[T], m: usize, n: usize) {
    let Ok(cost) = MatRef::new(values, m, n) else { return };
    let mut flow = vec![T::default(); m * n];
    let mut memory = vec![T::default(); transport::transport_memory_len(m, n)];
    let mut view = MatMut::new(&mut flow, m, n).unwrap();
    if let Ok(mean) = transport::transport_in(cost, &mut view, &mut memory) {
        assert!(Into::<f64>::into(mean).is_finite());
        let sums: Vec<f64> =
            flow.chunks(m).map(|x| x.iter().map(|x| Into::<f64>::into(*x)).sum()).collect();
        assert!(sums.iter().all(|sum| *sum == sums[0]), "{sums:?}");
    }
}

fuzz_target!(|data: &[u8]| matrix(data, 10, check::<f64>, check::<f32>));
