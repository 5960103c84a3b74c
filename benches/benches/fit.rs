//! How long does fitting an operator take, beside a singular value decomposition of the Hankel matrix
//! (faer, as PyDMD does it with NumPy) and beside the crate koopman-dmd?

use criterion::{Criterion, criterion_group, criterion_main};
use dynamical_similarity::{Centre, Dmd, Embedding, MatMut, Rank, Recording, Scalar};
use dynamical_similarity_benches::{lorenz, lorenz_observed};
use std::hint::black_box;
use std::time::Duration;
use systems::System;
use systems::attractors::Attractors;

struct Case {
    name: &'static str,
    samples: Vec<f64>,
    /// Samples of a trial.
    length: usize,
    channels: usize,
    delays: usize,
    rank: usize,
}

impl Case {
    fn trials<'a, T: Scalar>(&self, samples: &'a [T]) -> Vec<Recording<'a, T>> {
        let trials = samples.chunks(self.length * self.channels);
        trials.map(|trial| Recording::new(trial, self.channels).unwrap()).collect()
    }
}

fn cases() -> [Case; 4] {
    [
        Case {
            name: "K200_T1000_n2_d20_r15",
            samples: Attractors::default().simulate(System::Line, 1).data,
            length: 1000,
            channels: 2,
            delays: 20,
            rank: 15,
        },
        Case {
            name: "T2000_n3_d70_r6",
            samples: lorenz(75.0, 2000),
            length: 2000,
            channels: 3,
            delays: 70,
            rank: 6,
        },
        Case {
            name: "T20000_n12_d20_r15",
            samples: lorenz_observed(75.0, 20_000, 12, 0.01),
            length: 20_000,
            channels: 12,
            delays: 20,
            rank: 15,
        },
        Case {
            name: "T20000_n12_d20_r28",
            samples: lorenz_observed(75.0, 20_000, 12, 0.0),
            length: 20_000,
            channels: 12,
            delays: 20,
            rank: 28,
        },
    ]
}

/// The regression on a thin SVD of the whole Hankel matrix; also the check that peers do the same work.
fn by_faer(case: &Case) -> faer::Mat<f64> {
    let (n, d) = (case.channels, case.delays);
    let (trials, rows) = (case.samples.len() / n / case.length, case.length - d + 1);
    let hankel = faer::Mat::from_fn(trials * rows, n * d, |row, at| {
        let time = row / rows * case.length + row % rows + d - 1 - at / n;
        case.samples[time * n + at % n]
    });
    let svd = hankel.thin_svd().unwrap();
    let v = svd.U().subcols(0, case.rank);
    let mut moments = faer::Mat::zeros(case.rank, case.rank);
    let mut lagged = faer::Mat::zeros(case.rank, case.rank);
    for trial in 0..trials {
        let v = v.subrows(trial * rows, rows);
        let (earlier, later) = (v.subrows(0, rows - 1), v.subrows(1, rows - 1));
        moments += earlier.transpose() * earlier;
        lagged += earlier.transpose() * later;
    }
    for i in 0..case.rank {
        moments[(i, i)] += 1e-8;
    }
    use faer::linalg::solvers::Solve;
    moments.partial_piv_lu().solve(lagged)
}

fn fit(criterion: &mut Criterion) {
    faer::set_global_parallelism(faer::Par::Seq);
    for case in cases() {
        let mut group = criterion.benchmark_group(format!("fit_{}", case.name));
        group.sample_size(10).measurement_time(Duration::from_secs(5));
        // What the others compute: nothing is subtracted.
        let dmd = Dmd::new().delays(case.delays).rank(Rank::Fixed(case.rank)).centre(Centre::None);
        let model = dmd.fit(&case.trials(&case.samples)).unwrap();
        let peer = by_faer(&case);
        let size = |sum: f64, x: f64| sum + x * x;
        let ours = model.operator().frobenius_norm();
        let theirs = (0..case.rank)
            .flat_map(|j| (0..case.rank).map(move |i| (i, j)))
            .map(|at| peer[at])
            .fold(0.0, size)
            .sqrt();
        assert!((ours - theirs).abs() < 1e-6 * theirs, "{ours} {theirs}");
        println!("{}: path {:?}, condition {:.1}", case.name, model.path(), model.condition());
        group.bench_function("dynamical-similarity", |bencher| {
            bencher.iter(|| dmd.fit(&case.trials(black_box(&case.samples))).unwrap());
        });
        let (n, d) = (case.channels, case.delays);
        let single: Vec<f32> = case.samples.iter().map(|x| *x as f32).collect();
        // Not all directions of every case are above the rounding of single precision.
        if dmd.fit(&case.trials(&single)).is_ok() {
            group.bench_function("dynamical-similarity_f32", |bencher| {
                bencher.iter(|| dmd.fit(&case.trials(black_box(&single))).unwrap());
            });
        }
        let mut memory = vec![0.0; Dmd::memory_len(dmd.shape(n))];
        group.bench_function("in_the_callers_memory", |bencher| {
            bencher.iter(|| {
                let trials = case.trials(black_box(&case.samples));
                dmd.fit_in(&trials, &mut memory).unwrap().residual()
            });
        });
        group.bench_function("structured_gram_alone", |bencher| {
            let embedding = Embedding::new(d, 1);
            let mut memory = vec![0.0; dynamical_similarity::Gram::<f64>::memory_len(n, embedding)];
            let trials = case.trials(&case.samples);
            bencher.iter(|| {
                let mut gram =
                    dynamical_similarity::Gram::new_in(n, embedding, 1, 1.0, &mut memory).unwrap();
                black_box(&trials).iter().for_each(|trial| gram.push_trial(trial).unwrap());
                gram.pairs()
            });
        });
        group.bench_function("embedding_alone", |bencher| {
            let embedding = Embedding::new(d, 1);
            let trials = case.trials(&case.samples);
            let rows = trials.len() * embedding.rows(case.length);
            let mut out = vec![0.0; rows * n * d];
            bencher.iter(|| {
                let mut out = MatMut::new(&mut out, n * d, rows).unwrap();
                embedding.embed_in(black_box(&trials), &mut out).unwrap();
            });
        });
        group.bench_function("faer_thin_svd_of_hankel", |bencher| {
            bencher.iter(|| by_faer(black_box(&case)));
        });
        // koopman-dmd takes one trial and forms full singular bases: 20 000 x 20 000 for a long one, beyond this
        // machine.
        if case.samples.len() < 10_000 {
            group.bench_function("koopman-dmd", |bencher| {
                let y = koopman_faer::Mat::from_fn(n, case.samples.len() / n, |i, t| {
                    case.samples[t * n + i]
                });
                let config = koopman_dmd::HankelConfig {
                    delays: Some(d - 1),
                    rank: Some(case.rank),
                    dt: 1.0,
                };
                bencher.iter(|| koopman_dmd::hankel_dmd(black_box(&y), &config).unwrap());
            });
        }
        group.finish();
    }
}

criterion_group!(benches, fit);
criterion_main!(benches);
