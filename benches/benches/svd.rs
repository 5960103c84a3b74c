//! Singular value decomposition with both sets of vectors, against nalgebra and faer (sequential) in
//! the same run; values alone; and the streaming QR of the fit.
//!
//! `cargo bench -p dynamical-similarity-benches --bench svd`

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dynamical_similarity::linalg::{qr, svd};
use dynamical_similarity::{MatMut, MatRef, Scalar};
use dynamical_similarity_benches::Uniform;
use std::hint::black_box;

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

fn random<T: Peers>(rows: usize, cols: usize) -> Vec<T> {
    let mut uniform = Uniform(3);
    (0..rows * cols).map(|_| <T as Peers>::from_f64(uniform.next())).collect()
}

/// faer's own decomposition with everything allocated beforehand.
fn faer_svd<T: Peers>(data: &[T], m: usize, n: usize) -> impl FnMut() + use<T> {
    use faer::dyn_stack::{MemBuffer, MemStack};
    use faer::linalg::svd::{ComputeSvdVectors, svd, svd_scratch};
    let matrix = faer::Mat::from_fn(m, n, |i, j| data[j * m + i]);
    let mut u = faer::Mat::<T>::zeros(m, n);
    let mut v = faer::Mat::<T>::zeros(n, n);
    let mut s = faer::Col::<T>::zeros(n);
    let thin = ComputeSvdVectors::Thin;
    let scratch = svd_scratch::<T>(m, n, thin, thin, faer::Par::Seq, Default::default());
    let mut memory = MemBuffer::new(scratch);
    move || {
        svd(
            black_box(&matrix).as_ref(),
            s.as_mut().as_diagonal_mut(),
            Some(u.as_mut()),
            Some(v.as_mut()),
            faer::Par::Seq,
            MemStack::new(&mut memory),
            Default::default(),
        )
        .unwrap();
        black_box(&u);
    }
}

fn with_vectors<T: Peers>(c: &mut Criterion, scalar: &str) {
    let mut group = c.benchmark_group(format!("svd {scalar}"));
    for (m, n) in [(4, 4), (8, 8), (15, 15), (16, 16), (32, 32), (64, 64), (1000, 64)] {
        let data = random::<T>(m, n);
        let zero = <T as Peers>::from_f64(0.0);
        let size = format!("{m}x{n}");
        let (mut u, mut s, mut v) = (vec![zero; m * n], vec![zero; n], vec![zero; n * n]);
        let mut memory = vec![zero; svd::svd_memory_len(m, n)];
        group.bench_function(BenchmarkId::new("dynamical-similarity", &size), |b| {
            b.iter(|| {
                svd::svd_in(
                    MatRef::new(black_box(&data), m, n).unwrap(),
                    &mut MatMut::new(&mut u, m, n).unwrap(),
                    &mut s,
                    &mut MatMut::new(&mut v, n, n).unwrap(),
                    &mut memory,
                )
                .unwrap();
                black_box(&u);
            });
        });
        let matrix = nalgebra::DMatrix::from_column_slice(m, n, &data);
        group.bench_function(BenchmarkId::new("nalgebra", &size), |b| {
            b.iter_batched(
                || matrix.clone(),
                |matrix| black_box(matrix.svd(true, true)),
                BatchSize::SmallInput,
            );
        });
        group.bench_function(BenchmarkId::new("faer", &size), |b| b.iter(faer_svd(&data, m, n)));
        group.bench_function(BenchmarkId::new("values alone", &size), |b| {
            b.iter(|| {
                let a = MatRef::new(black_box(&data), m, n).unwrap();
                svd::singular_values_in(a, &mut s, &mut memory).unwrap();
                black_box(&s);
            });
        });
    }
    group.finish();
}

/// nalgebra's matrices of constant size, which need no heap.
macro_rules! constant_size {
    ($c:expr, $t:ty, $scalar:expr, $($n:literal)*) => {
        let mut group = $c.benchmark_group(format!("svd {}", $scalar));
        $(
            let matrix = nalgebra::SMatrix::<$t, $n, $n>::from_column_slice(&random::<$t>($n, $n));
            let size = format!("{0}x{0}", $n);
            group.bench_function(BenchmarkId::new("nalgebra SMatrix", &size), |b| {
                b.iter(|| black_box((*black_box(&matrix)).svd(true, true)));
            });
        )*
        group.finish();
    };
}

/// The hot loop of the fit: blocks of rows into a triangle, 2 m p² flops each.
fn streaming<T: Peers>(c: &mut Criterion, scalar: &str) {
    let mut group = c.benchmark_group(format!("append rows {scalar}"));
    for (m, p) in [(64, 40), (128, 40), (256, 40), (64, 210), (128, 210), (256, 210)] {
        let rows = random::<T>(m, p);
        let zero = <T as Peers>::from_f64(0.0);
        let (mut r, mut block) = (vec![zero; p * p], rows.clone());
        group.throughput(Throughput::Elements((2 * m * p * p) as u64));
        group.bench_function(BenchmarkId::new("flops", format!("{m}x{p}")), |b| {
            b.iter(|| {
                block.copy_from_slice(black_box(&rows));
                qr::append_rows_in(
                    &mut MatMut::new(&mut r, p, p).unwrap(),
                    &mut MatMut::new(&mut block, m, p).unwrap(),
                )
                .unwrap();
            });
        });
    }
    group.finish();
}

fn benches(c: &mut Criterion) {
    with_vectors::<f64>(c, "f64");
    with_vectors::<f32>(c, "f32");
    constant_size!(c, f64, "f64", 4 8 15 16 32);
    constant_size!(c, f32, "f32", 4 8 15 16 32);
    streaming::<f64>(c, "f64");
    streaming::<f32>(c, "f32");
}

criterion_group!(svd_benches, benches);
criterion_main!(svd_benches);
