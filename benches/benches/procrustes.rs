//! The Procrustes solver on pairs of operators that were fitted to recordings: many pairs in the lanes of
//! vector registers, pairs one by one, and the preparation of an operator.
//!
//! Throughputs are pairs a second (of the preparation: operators a second), on one core. Peers are
//! measured by `benches/reference.sh`; how often the optimum is reached, by `solver_table` of the package
//! dynamical-similarity-optima.
//!
//! `cargo bench -p dynamical-similarity-benches --bench procrustes`

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group,
    criterion_main,
};
use dynamical_similarity::{Effort, MatRef, Prepared, Procrustes, Scalar};
use dynamical_similarity_optima::pairs::{Group, Name, Pair, names};
use std::hint::black_box;
use std::time::Duration;

/// Pairs of a bulk: the set, over and over.
const BULK: usize = 256;
/// Pairs that are solved one by one.
const ALONE: usize = 20;

/// Every pair of DMD operators of order n.
fn pairs(n: usize) -> Vec<Pair> {
    let of_order = |name: &Name| name.order == n && name.family.group() == Group::Dmd;
    names().into_iter().filter(of_order).map(|name| name.pair().unwrap()).collect()
}

/// Entries of the operators A0, B0, A1, B1, ..
fn operators<T: Scalar>(pairs: &[Pair], cast: fn(f64) -> T) -> Vec<Vec<T>> {
    pairs.iter().flat_map(|pair| [pair.a.cast(cast), pair.b.cast(cast)]).collect()
}

/// Calls `work` with the operators prepared.
fn with_prepared<T: Scalar>(
    procrustes: Procrustes,
    n: usize,
    operators: &[Vec<T>],
    work: impl FnOnce(&[Prepared<'_, T>]),
) {
    let zeros = |len| vec![T::from(0.0); len];
    let mut memory: Vec<Vec<T>> =
        operators.iter().map(|_| zeros(procrustes.prepared_len(n))).collect();
    let mut scratch = zeros(procrustes.prepare_scratch_len(n));
    let prepared: Vec<Prepared<'_, T>> = operators
        .iter()
        .zip(&mut memory)
        .map(|(entries, memory)| {
            let operator = MatRef::new(entries, n, n).unwrap();
            procrustes.prepare_in(operator, memory, &mut scratch).unwrap()
        })
        .collect();
    work(&prepared);
}

fn bulk<T: Scalar>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    id: BenchmarkId,
    effort: Effort,
    n: usize,
    operators: &[Vec<T>],
) {
    let procrustes = Procrustes::new().effort(effort);
    let mut memory = vec![T::from(0.0); procrustes.many_len::<T>(n)];
    group.throughput(Throughput::Elements(BULK as u64));
    with_prepared(procrustes, n, operators, |prepared| {
        let count = prepared.len() / 2;
        let pairs: Vec<(usize, usize)> =
            (0..BULK).map(|k| (2 * (k % count), 2 * (k % count) + 1)).collect();
        group.bench_function(id, |bencher| {
            bencher.iter(|| {
                let mut sum = T::from(0.0);
                procrustes
                    .compare_many_in(black_box(prepared), &pairs, &mut memory, |_, found| {
                        sum += found.distance();
                    })
                    .unwrap();
                sum
            });
        });
    });
}

fn alone(group: &mut BenchmarkGroup<'_, WallTime>, n: usize, operators: &[Vec<f64>]) {
    let procrustes = Procrustes::new();
    let mut memory = vec![0.0; procrustes.comparison_len(n)];
    group.throughput(Throughput::Elements(ALONE as u64));
    with_prepared(procrustes, n, operators, |prepared| {
        let all: Vec<&[Prepared<'_, f64>]> = prepared.chunks_exact(2).collect();
        // Evenly from all families.
        let pairs = (0..ALONE).map(|k| all[k * all.len() / ALONE]);
        group.bench_function(BenchmarkId::new("alone", n), |bencher| {
            bencher.iter(|| {
                let distances = pairs.clone().map(|pair| {
                    let [a, b] = black_box(pair) else { unreachable!() };
                    procrustes.compare_prepared_in(a, b, &mut memory).unwrap().distance()
                });
                distances.sum::<f64>()
            });
        });
    });
}

fn prepare(group: &mut BenchmarkGroup<'_, WallTime>, n: usize, operators: &[Vec<f64>]) {
    let procrustes = Procrustes::new();
    let mut memory = vec![0.0; procrustes.prepared_len(n)];
    let mut scratch = vec![0.0; procrustes.prepare_scratch_len(n)];
    group.throughput(Throughput::Elements(operators.len() as u64));
    group.bench_function(BenchmarkId::new("prepare", n), |bencher| {
        bencher.iter(|| {
            for entries in operators {
                let operator = MatRef::new(black_box(entries), n, n).unwrap();
                black_box(procrustes.prepare_in(operator, &mut memory, &mut scratch).unwrap());
            }
        });
    });
}

fn procrustes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("procrustes");
    group
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    for n in [6, 10, 15, 30] {
        let pairs = pairs(n);
        let double = operators(&pairs, |x| x);
        bulk(&mut group, BenchmarkId::new("bulk f64", n), Effort::Default, n, &double);
        // f32 is for microcontrollers, whose operators are small.
        if n <= 15 {
            let single = operators(&pairs, |x| x as f32);
            bulk(&mut group, BenchmarkId::new("bulk f32", n), Effort::Default, n, &single);
        }
        if n == 15 {
            bulk(&mut group, BenchmarkId::new("bulk f64 fast", n), Effort::Fast, n, &double);
            bulk(
                &mut group,
                BenchmarkId::new("bulk f64 thorough", n),
                Effort::Thorough,
                n,
                &double,
            );
        }
        alone(&mut group, n, &double);
        prepare(&mut group, n, &double);
    }
    group.finish();
}

criterion_group!(benches, procrustes);
criterion_main!(benches);
