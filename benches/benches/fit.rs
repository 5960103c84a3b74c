//! How long does fitting an operator take, beside a singular value decomposition of the Hankel matrix
//! (faer, as PyDMD does it with NumPy) and beside the crate koopman-dmd?

use criterion::{Criterion, criterion_group, criterion_main};
use dynamical_similarity::{Centre, Dmd, Embedding, MatMut, Rank, Recording};
use dynamical_similarity_benches::{lorenz, lorenz_observed};
use std::hint::black_box;
use std::time::Duration;

struct Case {
    name: &'static str,
    samples: Vec<f64>,
    channels: usize,
    delays: usize,
    rank: usize,
}

fn cases() -> [Case; 2] {
    [
        Case {
            name: "T2000_n3_d70_r6",
            samples: lorenz(75.0, 2000),
            channels: 3,
            delays: 70,
            rank: 6,
        },
        Case {
            name: "T20000_n12_d20_r15",
            samples: lorenz_observed(75.0, 20_000, 12),
            channels: 12,
            delays: 20,
            rank: 15,
        },
    ]
}

/// The regression on a thin SVD of the whole Hankel matrix; also the check that peers do the same work.
fn by_faer(case: &Case) -> faer::Mat<f64> {
    let (n, d) = (case.channels, case.delays);
    let time = case.samples.len() / n;
    let rows = time - d + 1;
    let hankel = faer::Mat::from_fn(rows, n * d, |row, at| {
        case.samples[(row + d - 1 - at / n) * n + at % n]
    });
    let svd = hankel.thin_svd().unwrap();
    let v = svd.U().subcols(0, case.rank);
    let (earlier, later) = (v.subrows(0, rows - 1), v.subrows(1, rows - 1));
    let mut moments = earlier.transpose() * earlier;
    for i in 0..case.rank {
        moments[(i, i)] += 1e-8;
    }
    use faer::linalg::solvers::Solve;
    moments.partial_piv_lu().solve(earlier.transpose() * later)
}

fn fit(criterion: &mut Criterion) {
    faer::set_global_parallelism(faer::Par::Seq);
    for case in cases() {
        let mut group = criterion.benchmark_group(format!("fit_{}", case.name));
        group.sample_size(10).measurement_time(Duration::from_secs(5));
        // What the others compute: nothing is subtracted.
        let dmd = Dmd::new().delays(case.delays).rank(Rank::Fixed(case.rank)).centre(Centre::None);
        let model = dmd.fit(&[Recording::new(&case.samples, case.channels).unwrap()]).unwrap();
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
            bencher.iter(|| {
                let recording = Recording::new(black_box(&case.samples), case.channels).unwrap();
                dmd.fit(&[recording]).unwrap()
            });
        });
        let (n, d) = (case.channels, case.delays);
        let single: Vec<f32> = case.samples.iter().map(|x| *x as f32).collect();
        group.bench_function("dynamical-similarity_f32", |bencher| {
            bencher.iter(|| dmd.fit(&[Recording::new(black_box(&single), n).unwrap()]).unwrap());
        });
        group.bench_function("structured_gram_alone", |bencher| {
            let embedding = Embedding::new(d, 1);
            let mut memory = vec![0.0; dynamical_similarity::Gram::<f64>::memory_len(n, embedding)];
            let recording = Recording::new(&case.samples, n).unwrap();
            bencher.iter(|| {
                let mut gram =
                    dynamical_similarity::Gram::new_in(n, embedding, 1, 1.0, &mut memory).unwrap();
                gram.push_trial(black_box(&recording)).unwrap();
                gram.pairs()
            });
        });
        group.bench_function("embedding_alone", |bencher| {
            let embedding = Embedding::new(d, 1);
            let recording = Recording::new(&case.samples, n).unwrap();
            let rows = embedding.rows(recording.samples());
            let mut out = vec![0.0; rows * n * d];
            bencher.iter(|| {
                let mut out = MatMut::new(&mut out, n * d, rows).unwrap();
                embedding.embed_in(black_box(&[recording]), &mut out).unwrap();
            });
        });
        group.bench_function("faer_thin_svd_of_hankel", |bencher| {
            bencher.iter(|| by_faer(black_box(&case)));
        });
        // koopman-dmd forms full singular bases: 20 000 x 20 000 for the long case, beyond this machine.
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
