//! Eigenvalues of a general real matrix against nalgebra and faer (sequential) in the same run.
//!
//! `cargo bench -p dynamical-similarity-benches --bench eigenvalues`

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use dynamical_similarity::linalg::eigenvalues;
use dynamical_similarity::{MatMut, Scalar};
use std::hint::black_box;

/// A fixed, well mixed matrix with spectral radius of order one.
fn mixed(n: usize) -> Vec<f64> {
    let scale = (2.0 / n as f64).sqrt();
    (0..n * n).map(|index| scale * (index as f64 * index as f64 * 0.734_1 + 1.0).sin()).collect()
}

trait Peers: Scalar + nalgebra::RealField + faer::traits::RealField {
    fn from_f64(x: f64) -> Self;
}
impl Peers for f32 {
    fn from_f64(x: f64) -> Self {
        x as f32
    }
}
impl Peers for f64 {
    fn from_f64(x: f64) -> Self {
        x
    }
}

fn general<T: Peers>(c: &mut Criterion, scalar: &str) {
    let mut group = c.benchmark_group(format!("eigenvalues {scalar}"));
    for n in [4, 8, 15, 16, 32, 64] {
        let data: Vec<T> = mixed(n).into_iter().map(<T as Peers>::from_f64).collect();
        let zero = <T as Peers>::from_f64(0.0);
        group.bench_function(BenchmarkId::new("dynamical-similarity", n), |b| {
            let (mut a, mut real, mut imaginary) = (data.clone(), vec![zero; n], vec![zero; n]);
            b.iter(|| {
                a.copy_from_slice(black_box(&data));
                eigenvalues::eigenvalues_in(
                    &mut MatMut::new(&mut a, n, n).unwrap(),
                    &mut real,
                    &mut imaginary,
                )
                .unwrap();
                black_box((&real, &imaginary));
            });
        });
        let matrix = nalgebra::DMatrix::from_column_slice(n, n, &data);
        group.bench_function(BenchmarkId::new("nalgebra", n), |b| {
            b.iter(|| black_box(black_box(&matrix).complex_eigenvalues()));
        });
        let matrix = faer::Mat::from_fn(n, n, |i, j| data[j * n + i]);
        group.bench_function(BenchmarkId::new("faer", n), |b| {
            b.iter(|| black_box(black_box(&matrix).eigenvalues()));
        });
    }
    group.finish();
}

fn benches(c: &mut Criterion) {
    faer::set_global_parallelism(faer::Par::Seq);
    general::<f64>(c, "f64");
    general::<f32>(c, "f32");
}

criterion_group!(general_eigenvalues, benches);
criterion_main!(general_eigenvalues);
