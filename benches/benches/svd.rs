//! How long does a singular value decomposition with both bases take, beside nalgebra and faer?

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use dynamical_similarity::linalg::svd;
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
        let mut random = Uniform(n as u64);
        let data: Vec<T> = (0..n * n).map(|_| from(random.sample())).collect();
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

fn svd(criterion: &mut Criterion) {
    compare::<f64>(criterion, "f64", |x| x);
    compare::<f32>(criterion, "f32", |x| x as f32);
}

criterion_group!(benches, svd);
criterion_main!(benches);
