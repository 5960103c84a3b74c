//! All pairs of many operators of rank 10, and their nearest neighbours.
//!
//! Matrices of 250, 500 and 1000 operators of ten families are made on one thread and on two, in turn, so that whatever else the
//! machine does falls on both alike; the best of three rounds counts. The neighbours of 1000 operators are compared with those
//! in their matrix.
//!
//! `cargo bench -p dynamical-similarity-benches --bench pairs [-- LARGEST]`

use dynamical_similarity::{DistanceMatrix, Mat, MatRef, Measure, Procrustes, nearest};
use dynamical_similarity_benches::Uniform;
use rayon::ThreadPoolBuilder;
use std::time::Instant;

const RANK: usize = 10;
const FAMILIES: usize = 10;
const ROUNDS: usize = 3;
const NEIGHBOURS: usize = 5;

/// A random matrix.
fn random(uniform: &mut Uniform) -> Mat<f64> {
    let mut a = Mat::zeros(RANK, RANK).unwrap();
    a.as_mut().columns_mut().flatten().for_each(|x| *x = uniform.sample());
    a
}

/// Operators of the families in turn: their mean and noise of a tenth of its size, in random coordinates.
fn operators(count: usize) -> Vec<Mat<f64>> {
    let mut uniform = Uniform(1);
    let means: Vec<Mat<f64>> = (0..FAMILIES).map(|_| random(&mut uniform)).collect();
    let member = |k: usize| {
        let (mut a, own) = (means[k % FAMILIES].clone(), random(&mut uniform));
        for (to, from) in a.as_mut().columns_mut().zip(own.as_ref().columns()) {
            to.iter_mut().zip(from).for_each(|(x, y)| *x += 0.1 * y);
        }
        // A reflection I - 2 v vᵀ / |v|², twice, from both sides.
        for _ in 0..2 {
            let v: Vec<f64> = (0..RANK).map(|_| uniform.sample()).collect();
            let norm: f64 = v.iter().map(|x| x * x).sum();
            let entry = |i: usize, j: usize| f64::from(i == j) - 2.0 * v[i] * v[j] / norm;
            let reflection: Vec<f64> =
                (0..RANK * RANK).map(|k| entry(k % RANK, k / RANK)).collect();
            let reflection = MatRef::new(&reflection, RANK, RANK).unwrap();
            let mut first = Mat::zeros(RANK, RANK).unwrap();
            first.as_mut().set_product(reflection, a.as_ref()).unwrap();
            a.as_mut().set_product(first.as_ref(), reflection).unwrap();
        }
        a
    };
    (0..count).map(member).collect()
}

fn main() {
    let largest = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(1000);
    let all = operators(largest);
    let measure = Measure::Procrustes(Procrustes::new());
    let pools =
        [1, 2].map(|threads| ThreadPoolBuilder::new().num_threads(threads).build().unwrap());
    let start = Instant::now();
    let found = pools[1].install(|| nearest(&all, NEIGHBOURS, &measure, None).unwrap());
    let seconds = start.elapsed().as_secs_f64();
    let pairs = largest * (largest - 1) / 2;
    println!(
        "nearest {NEIGHBOURS} of {largest}: {} of {pairs} pairs searched, {:.1} times fewer, in {seconds:.2} s",
        found.searches(),
        pairs as f64 / found.searches() as f64
    );
    println!("operators    pairs  1 thread / s  2 threads / s  efficiency  us a pair (1 thread)");
    let mut matrix = None;
    for count in [largest / 4, largest / 2, largest] {
        let (some, pairs) = (&all[..count], count * (count - 1) / 2);
        let mut best = [f64::INFINITY; 2];
        for _ in 0..ROUNDS {
            for (pool, best) in pools.iter().zip(&mut best) {
                let start = Instant::now();
                let found = pool.install(|| DistanceMatrix::among(some, &measure, None).unwrap());
                *best = best.min(start.elapsed().as_secs_f64());
                matrix = Some(found);
            }
        }
        let [one, two] = best;
        let (efficiency, each) = (one / (2.0 * two), 1e6 * one / pairs as f64);
        println!("{count:9} {pairs:8} {one:13.2} {two:14.2} {efficiency:11.2} {each:11.1}");
    }
    let Some(matrix) = matrix else { return };
    for i in 0..largest {
        let mut others: Vec<usize> = (0..largest).filter(|j| *j != i).collect();
        let distance = |j: &usize| matrix.distance(i, *j);
        others.sort_by(|a, b| distance(a).total_cmp(&distance(b)).then(a.cmp(b)));
        let near = found.of(i).iter().map(|of| (of.index, of.found.distance));
        assert!(near.eq(others.iter().take(NEIGHBOURS).map(|j| (*j, distance(j)))), "{i}");
    }
    println!("the neighbours are those of the whole matrix");
}
