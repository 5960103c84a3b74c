//! Nearest neighbours are those of the whole matrix, and are found with fewer searches.

use crate::common::Noise;
use dynamical_similarity::{
    DistanceMatrix, Effort, MatRef, Measure, Metric, Neighbours, PairDistance, Procrustes,
    Progress, UnequalRanks, Wasserstein, nearest,
};
use proptest::prelude::*;
use std::ops::ControlFlow;

/// Operators of `families` families, one of each after the other: a random contraction with some noise of its own, in random
/// coordinates.
fn operators(families: usize, count: usize, n: usize, spread: f64, seed: u64) -> Vec<Vec<f64>> {
    let mut noise = Noise(seed);
    let means: Vec<Vec<f64>> = (0..families).map(|_| noise.normals(n * n)).collect();
    let member = |mean: &Vec<f64>, noise: &mut Noise| {
        let own = noise.normals(n * n);
        let a: Vec<f64> = mean.iter().zip(&own).map(|(x, y)| 0.3 * (x + spread * y)).collect();
        let q = noise.orthogonal(n);
        let at = |m: &[f64], i: usize, j: usize| m[i + n * j];
        let product = |x: &[f64], y: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
            let entry = |i: usize, j: usize| (0..n).map(|k| at(x, i, k) * y(k, j)).sum();
            (0..n * n).map(|k| entry(k % n, k / n)).collect()
        };
        let turned = product(&q, &|i, j| at(&a, i, j));
        product(&turned, &|i, j| at(&q, j, i))
    };
    (0..count).map(|k| member(&means[k % families], &mut noise)).collect()
}

fn views(operators: &[Vec<f64>]) -> Vec<MatRef<'_, f64>> {
    let order = |a: &Vec<f64>| a.len().isqrt();
    operators.iter().map(|a| MatRef::new(a, order(a), order(a)).unwrap()).collect()
}

/// The neighbours of each operator in the whole matrix.
fn by_definition(matrix: &DistanceMatrix<f64>, k: usize) -> Vec<Vec<(usize, f64, f64)>> {
    let of_one = |i: usize| {
        let others = (0..matrix.rows()).filter(|j| *j != i);
        let mut all: Vec<(usize, f64, f64)> =
            others.map(|j| (j, matrix.distance(i, j), matrix.lower_bound(i, j))).collect();
        all.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        all.truncate(k);
        all
    };
    (0..matrix.rows()).map(of_one).collect()
}

fn listed(found: &Neighbours<f64>) -> Vec<Vec<(usize, f64, f64)>> {
    let of_one = |i: usize| {
        let numbers = |found: PairDistance<f64>| (found.distance, found.lower_bound);
        found.of(i).iter().map(|of| (of.index, numbers(of.found).0, numbers(of.found).1)).collect()
    };
    (0..found.count()).map(of_one).collect()
}

fn measures() -> Vec<Measure> {
    let fast = Procrustes::new().effort(Effort::Fast);
    let metrics = [Metric::Angular, Metric::Chordal, Metric::Frobenius];
    let mut measures: Vec<Measure> =
        metrics.iter().map(|metric| Measure::Procrustes(fast.metric(*metric))).collect();
    measures.push(Measure::CertifiedProcrustes(fast));
    measures.push(Measure::Wasserstein(Wasserstein::new()));
    measures
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Also for equal operators, whose distances are tied, for operators that are far apart, and for small sets.
    #[test]
    fn neighbours_are_those_of_the_whole_matrix(
        families in 1_usize..5,
        count in 0_usize..22,
        n in 1_usize..5,
        k in 0_usize..7,
        spread in prop::sample::select(vec![0.0, 1e-9, 1e-3, 0.1, 1.0]),
        twins in any::<bool>(),
        measure in prop::sample::select(measures()),
        seed in any::<u64>(),
    ) {
        let mut operators = operators(families, count, n, spread, seed);
        if twins {
            operators.extend(operators.clone());
        }
        let views = views(&operators);
        let matrix = DistanceMatrix::among(&views, &measure, None).unwrap();
        let mut steps = Vec::new();
        let mut count = |at: Progress| {
            steps.push(at.done);
            ControlFlow::Continue(())
        };
        let found = nearest(&views, k, &measure, Some(&mut count)).unwrap();
        prop_assert_eq!(listed(&found), by_definition(&matrix, k));
        prop_assert_eq!(steps, (1..=views.len()).collect::<Vec<_>>());
        prop_assert!(found.searches() <= views.len() * views.len().saturating_sub(1) / 2);
    }
}

#[test]
fn families_need_a_third_of_the_searches_at_most() {
    let operators = operators(10, 200, 5, 0.1, 7);
    let measure = Measure::Procrustes(Procrustes::new().effort(Effort::Fast));
    let views = views(&operators);
    let found = nearest(&views, 5, &measure, None).unwrap();
    let pairs = 200 * 199 / 2;
    println!("{} of {pairs} pairs were searched", found.searches());
    assert!(3 * found.searches() <= pairs, "{}", found.searches());
    let matrix = DistanceMatrix::among(&views, &measure, None).unwrap();
    assert_eq!(listed(&found), by_definition(&matrix, 5));
}

#[test]
fn unequal_ranks_are_padded_or_refused_as_in_a_matrix() {
    let mut all = operators(2, 8, 3, 0.1, 1);
    all.extend(operators(2, 8, 4, 0.1, 2));
    let views = views(&all);
    let plain = Measure::Procrustes(Procrustes::new());
    let refused = DistanceMatrix::among(&views, &plain, None).unwrap_err();
    assert_eq!(nearest(&views, 3, &plain, None).unwrap_err(), refused);
    let padded = Measure::Procrustes(Procrustes::new().unequal_ranks(UnequalRanks::Pad));
    let matrix = DistanceMatrix::among(&views, &padded, None).unwrap();
    let found = nearest(&views, 3, &padded, None).unwrap();
    assert_eq!(listed(&found), by_definition(&matrix, 3));
}
