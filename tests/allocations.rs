//! Memory is allocated for a task of many pairs, and never for a pair.

use crate::common::Noise;
use allocation_counter::measure;
use dynamical_similarity::{MatRef, Measure, Procrustes, Wasserstein, compare_pairs};

#[test]
fn no_memory_is_allocated_for_a_pair() {
    const ORDER: usize = 4;
    let mut noise = Noise(1);
    let entries: Vec<Vec<f64>> = (0..12).map(|_| noise.normals(ORDER * ORDER)).collect();
    let operators: Vec<_> = entries.iter().map(|a| MatRef::new(a, ORDER, ORDER).unwrap()).collect();
    let all: Vec<(usize, usize)> = (0..12).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
    let several = all.repeat(16);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for compared in
        [Measure::Procrustes(Procrustes::new()), Measure::Wasserstein(Wasserstein::new())]
    {
        let count = |pairs: &[(usize, usize)]| {
            let run = || drop(compare_pairs(&operators, pairs, &compared, None).unwrap());
            pool.install(|| measure(run)).count_total
        };
        let (once, often) = (count(&all), count(&several));
        let more = often.saturating_sub(once) as f64 / (several.len() - all.len()) as f64;
        println!("{compared:?}: {once} for {} pairs, {often} for {}", all.len(), several.len());
        // A task has 64 pairs, and takes some pieces of memory.
        assert!(more < 0.1, "{more} allocations for each further pair of {compared:?}");
    }
}
