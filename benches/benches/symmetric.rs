//! Symmetric eigenproblem: all values and vectors, values alone, and the leading vectors of a delay
//! embedding's Gram matrix, against nalgebra and faer (sequential) in the same run.
//!
//! `cargo bench -p dynamical-similarity-benches --bench symmetric`

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use dynamical_similarity::linalg::symmetric;
use dynamical_similarity::{MatMut, Scalar};
use std::hint::black_box;

/// The product of a fixed, well mixed n x n matrix with its own transpose, over n.
fn gram(n: usize) -> Vec<f64> {
    let x = |i: usize, j: usize| ((i * n + j) as f64 * 0.734_1 + 1.0).sin();
    let entry = |i: usize, j: usize| (0..n).map(|k| x(k, i) * x(k, j)).sum::<f64>() / n as f64;
    (0..n * n).map(|index| entry(index % n, index / n)).collect()
}

/// The Gram matrix of a decaying signal: values fall by a constant factor, as those of recordings do.
fn decaying(n: usize) -> Vec<f64> {
    let x = |k: usize, i: usize| {
        0.8_f64.powi(k as i32) * ((i * (k + 1)) as f64 * 0.37).sin()
            + 1e-6 * ((i * n + k) as f64).sin()
    };
    let entry = |i: usize, j: usize| (0..n).map(|k| x(k, i) * x(k, j)).sum::<f64>();
    (0..n * n).map(|index| entry(index % n, index / n)).collect()
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

fn cast<T: Peers>(data: &[f64]) -> Vec<T> {
    data.iter().map(|x| <T as Peers>::from_f64(*x)).collect()
}

fn all<T: Peers>(c: &mut Criterion, scalar: &str) {
    let mut group = c.benchmark_group(format!("symmetric eigen {scalar}"));
    for n in [4, 8, 15, 16, 32, 64] {
        let data: Vec<T> = cast(&gram(n));
        let zero = <T as Peers>::from_f64(0.0);
        group.bench_function(BenchmarkId::new("dynamical-similarity", n), |b| {
            let (mut a, mut values, mut vectors) = (data.clone(), vec![zero; n], vec![zero; n * n]);
            let mut memory = vec![zero; symmetric::eigen_memory_len(n)];
            b.iter(|| {
                a.copy_from_slice(black_box(&data));
                symmetric::eigen_in(
                    &mut MatMut::new(&mut a, n, n).unwrap(),
                    &mut values,
                    &mut MatMut::new(&mut vectors, n, n).unwrap(),
                    &mut memory,
                )
                .unwrap();
                black_box(&vectors);
            });
        });
        let matrix = nalgebra::DMatrix::from_column_slice(n, n, &data);
        group.bench_function(BenchmarkId::new("nalgebra", n), |b| {
            b.iter(|| black_box(black_box(&matrix).clone().symmetric_eigen()));
        });
        let matrix = faer::Mat::from_fn(n, n, |i, j| data[j * n + i]);
        group.bench_function(BenchmarkId::new("faer", n), |b| {
            b.iter(|| black_box(black_box(&matrix).self_adjoint_eigen(faer::Side::Lower)));
        });
    }
    group.finish();
}

fn values<T: Peers>(c: &mut Criterion, scalar: &str) {
    let mut group = c.benchmark_group(format!("symmetric eigenvalues {scalar}"));
    for n in [4, 8, 15, 16, 32, 64] {
        let data: Vec<T> = cast(&gram(n));
        let zero = <T as Peers>::from_f64(0.0);
        group.bench_function(BenchmarkId::new("dynamical-similarity", n), |b| {
            let (mut a, mut values) = (data.clone(), vec![zero; n]);
            let mut memory = vec![zero; symmetric::values_memory_len(n)];
            b.iter(|| {
                a.copy_from_slice(black_box(&data));
                symmetric::values_in(
                    &mut MatMut::new(&mut a, n, n).unwrap(),
                    &mut values,
                    &mut memory,
                )
                .unwrap();
                black_box(&values);
            });
        });
        let matrix = nalgebra::DMatrix::from_column_slice(n, n, &data);
        group.bench_function(BenchmarkId::new("nalgebra", n), |b| {
            b.iter(|| black_box(black_box(&matrix).symmetric_eigenvalues()));
        });
        let matrix = faer::Mat::from_fn(n, n, |i, j| data[j * n + i]);
        group.bench_function(BenchmarkId::new("faer", n), |b| {
            b.iter(|| black_box(black_box(&matrix).self_adjoint_eigenvalues(faer::Side::Lower)));
        });
    }
    group.finish();
}

fn leading<T: Peers>(c: &mut Criterion, scalar: &str) {
    let mut group = c.benchmark_group(format!("leading vectors {scalar}"));
    group.sample_size(30);
    for (p, r) in [(210, 6), (240, 15)] {
        let data: Vec<T> = cast(&decaying(p));
        let zero = <T as Peers>::from_f64(0.0);
        group.bench_function(BenchmarkId::new("dynamical-similarity", p), |b| {
            let (mut values, mut vectors) = (vec![zero; p], vec![zero; p * r]);
            let mut memory = vec![zero; symmetric::leading_memory_len(p)];
            b.iter_batched_ref(
                || data.clone(),
                |a| {
                    symmetric::leading_in(
                        &mut MatMut::new(a, p, p).unwrap(),
                        &mut values,
                        &mut MatMut::new(&mut vectors, p, r).unwrap(),
                        &mut memory,
                    )
                    .unwrap();
                    black_box(&vectors);
                },
                BatchSize::SmallInput,
            );
        });
        let matrix = faer::Mat::from_fn(p, p, |i, j| data[j * p + i]);
        group.bench_function(BenchmarkId::new("faer, all vectors", p), |b| {
            b.iter(|| black_box(black_box(&matrix).self_adjoint_eigen(faer::Side::Lower)));
        });
    }
    group.finish();
}

fn benches(c: &mut Criterion) {
    faer::set_global_parallelism(faer::Par::Seq);
    all::<f64>(c, "f64");
    all::<f32>(c, "f32");
    values::<f64>(c, "f64");
    values::<f32>(c, "f32");
    leading::<f64>(c, "f64");
    leading::<f32>(c, "f32");
}

criterion_group!(symmetric_eigen, benches);
criterion_main!(symmetric_eigen);
