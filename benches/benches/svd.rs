//! How long does a singular value decomposition with both bases take, beside nalgebra and faer? And
//! how fast does the triangle of the fit take in rows?
//!
//! `cargo bench -p dynamical-similarity-benches --bench svd`

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dynamical_similarity::linalg::{qr, svd};
use dynamical_similarity::{MatMut, MatRef, Scalar};
use dynamical_similarity_benches::Uniform;
use std::hint::black_box;
use std::time::Duration;

fn compare<T: Scalar + nalgebra::RealField + faer::traits::RealField>(
    criterion: &mut Criterion,
    name: &str,
    from: fn(f64) -> T,
) {
    faer::set_global_parallelism(faer::Par::Seq);
    let mut group = criterion.benchmark_group(format!("svd_{name}"));
    group.sample_size(20).measurement_time(Duration::from_millis(1500));
    group.warm_up_time(Duration::from_millis(500));
    for n in [4_usize, 8, 15, 16, 32, 64] {
        let data = random(n * n, from);
        group.bench_function(BenchmarkId::new("dynamical-similarity", n), |bencher| {
            let zero = from(0.0);
            let (mut u, mut s, mut v) = (vec![zero; n * n], vec![zero; n], vec![zero; n * n]);
            let mut memory = vec![zero; svd::svd_memory_len(n, n)];
            bencher.iter(|| {
                let a = MatRef::new(black_box(&data), n, n).unwrap();
                let mut u = MatMut::new(&mut u, n, n).unwrap();
                let mut v = MatMut::new(&mut v, n, n).unwrap();
                svd::svd_in(a, &mut u, &mut s, &mut v, &mut memory).unwrap();
            });
        });
        group.bench_function(BenchmarkId::new("nalgebra", n), |bencher| {
            let a = nalgebra::DMatrix::from_column_slice(n, n, &data);
            bencher.iter(|| nalgebra::SVD::new(black_box(&a).clone(), true, true));
        });
        group.bench_function(BenchmarkId::new("faer", n), |bencher| {
            let a = faer::Mat::from_fn(n, n, |i, j| data[j * n + i]);
            bencher.iter(|| black_box(&a).svd().unwrap());
        });
    }
    group.finish();
}

fn random<T>(count: usize, from: fn(f64) -> T) -> Vec<T> {
    let mut random = Uniform(count as u64);
    (0..count).map(|_| from(random.sample())).collect()
}

/// 2 m p² flops for m rows into a p x p triangle; the rate is in flops.
fn append_rows<T: Scalar>(criterion: &mut Criterion, name: &str, from: fn(f64) -> T) {
    let mut group = criterion.benchmark_group(format!("append_rows_{name}"));
    group.sample_size(20).measurement_time(Duration::from_millis(1500));
    group.warm_up_time(Duration::from_millis(500));
    for (m, p) in [(64_usize, 40_usize), (256, 40), (64, 210), (256, 210)] {
        let rows = random(m * p, from);
        let (mut block, mut triangle) = (rows.clone(), vec![from(0.0); p * p]);
        group.throughput(Throughput::Elements((2 * m * p * p) as u64));
        group.bench_function(format!("{m}x{p}"), |bencher| {
            bencher.iter(|| {
                block.copy_from_slice(black_box(&rows));
                let mut r = MatMut::new(&mut triangle, p, p).unwrap();
                let mut block = MatMut::new(&mut block, m, p).unwrap();
                qr::append_rows_in(&mut r, &mut block).unwrap();
            });
        });
    }
    group.finish();
}

fn svd(criterion: &mut Criterion) {
    compare::<f64>(criterion, "f64", |x| x);
    compare::<f32>(criterion, "f32", |x| x as f32);
    append_rows::<f64>(criterion, "f64", |x| x);
    append_rows::<f32>(criterion, "f32", |x| x as f32);
}

criterion_group!(benches, svd);
criterion_main!(benches);
