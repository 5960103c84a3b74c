//! The same input gives the same bits, with any number of threads, alone or among others.
#![cfg(feature = "rayon")]

use dynamical_similarity::fan::{Sensors, WindowFan};
use dynamical_similarity::{
    Baseline, BaselineMatrix, DistanceMatrix, Dmd, Error, MatRef, Measure, Model, Procrustes,
    Progress, Rank, Recording, Wasserstein,
};
use std::ops::ControlFlow;

/// A noisy oscillation of two channels.
fn samples(seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut noise = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    let (mut x, mut y, mut out) = (1.0_f64, 0.0, Vec::new());
    let (cos, sin) = (0.95, 0.1 + 0.05 * seed as f64);
    for _ in 0..800 {
        (x, y) = (cos * x - sin * y + 0.2 * noise(), 0.9 * (sin * x + cos * y) + 0.2 * noise());
        (x, y) = (x.clamp(-3.0, 3.0), y.clamp(-3.0, 3.0));
        out.extend([x, y * y * y + 0.1 * x]);
    }
    out
}

fn models(rank: usize, count: u64) -> Vec<Model<f64>> {
    let dmd = Dmd::new().delays(8).rank(Rank::Fixed(rank));
    let fit = |seed| dmd.fit(&[Recording::new(&samples(seed), 2).unwrap()]).unwrap();
    (1..=count).map(fit).collect()
}

fn bits(matrix: &DistanceMatrix<f64>) -> Vec<u64> {
    matrix.distances().iter().chain(matrix.lower_bounds()).map(|x| x.to_bits()).collect()
}

#[test]
fn threads_change_no_bit() {
    for rank in [6, 11] {
        let models = models(rank, 7);
        let operators: Vec<MatRef<'_, f64>> = models.iter().map(Model::operator).collect();
        for measure in
            [Measure::Procrustes(Procrustes::new()), Measure::Wasserstein(Wasserstein::new())]
        {
            let with = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| bits(&DistanceMatrix::among(&operators, &measure, None).unwrap()))
            };
            let one = with(1);
            assert_eq!(one, with(2));
            assert_eq!(one, with(7));
            // Models instead of their operators, and a callback, change nothing either.
            let mut seen = Vec::new();
            let mut count = |at: Progress| {
                seen.push((at.done, at.total));
                ControlFlow::Continue(())
            };
            let told = DistanceMatrix::among(&models, &measure, Some(&mut count)).unwrap();
            assert_eq!(one, bits(&told));
            assert!(seen.into_iter().eq((1..=21).map(|done| (done, 21))));
        }
    }
}

#[test]
fn a_pair_has_the_same_bits_alone_and_among_others() {
    for rank in [6, 11] {
        let models = models(rank, 5);
        let operators: Vec<MatRef<'_, f64>> = models.iter().map(Model::operator).collect();
        let procrustes = Procrustes::new();
        let measure = Measure::Procrustes(procrustes);
        let all = DistanceMatrix::among(&operators, &measure, None).unwrap();
        let (rows, columns) = operators.split_at(2);
        let between = DistanceMatrix::between(rows, columns, &measure, None).unwrap();
        let wasserstein = Wasserstein::new();
        let spectra =
            DistanceMatrix::among(&operators, &Measure::Wasserstein(wasserstein), None).unwrap();
        for (i, a) in models.iter().enumerate() {
            for (j, b) in models.iter().enumerate() {
                let alone = procrustes.compare(a, b).unwrap().distance();
                assert_eq!(all.distance(i, j).to_bits(), alone.to_bits(), "{i} {j}");
                let apart = wasserstein.compare(a, b).unwrap();
                assert_eq!(spectra.distance(i, j).to_bits(), apart.to_bits(), "{i} {j}");
                if i < 2 && j >= 2 {
                    assert_eq!(between.distance(i, j - 2).to_bits(), alone.to_bits(), "{i} {j}");
                }
            }
        }
    }
}

/// Whoever is told of the progress can end the work: no call follows, and there is no result.
#[test]
fn a_callback_stops_every_comparison() {
    let models = models(4, 40);
    let all: Vec<Vec<f64>> = (1..=40).map(samples).collect();
    let trials: Vec<[Recording<'_, f64>; 1]> =
        all.iter().map(|samples| [Recording::new(samples, 2).unwrap()]).collect();
    let slices: Vec<&[Recording<'_, f64>]> = trials.iter().map(|trial| &trial[..]).collect();
    let procrustes = Measure::Procrustes(Procrustes::new());
    let certified = Measure::CertifiedProcrustes(Procrustes::new());
    let wasserstein = Measure::Wasserstein(Wasserstein::new());
    type Stop<'c> = &'c mut (dyn FnMut(Progress) -> ControlFlow<()> + Send);
    let fan = WindowFan::new(Sensors::Shared).quick(true);
    type Run<'r> = Box<dyn Fn(Stop<'_>) -> Error + 'r>;
    let among = |measure: Measure| -> Run<'_> {
        let models = &models;
        Box::new(move |stop| DistanceMatrix::among(models, &measure, Some(stop)).unwrap_err())
    };
    let runs: [Run<'_>; 5] = [
        among(procrustes),
        among(certified),
        among(wasserstein),
        Box::new(|stop| fan.among(&slices[..12], &wasserstein, Some(stop)).unwrap_err()),
        Box::new(|stop| {
            let found = BaselineMatrix::among(&trials, &Baseline::cka(), Some(stop));
            found.unwrap_err().error
        }),
    ];
    for (at, run) in runs.iter().enumerate() {
        let mut calls = 0;
        let error = run(&mut |progress| {
            calls += 1;
            if progress.done == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!((error, calls), (Error::Stopped, 5), "{at}");
    }
}
