//! Any costs: a permutation whose total is the least of all, or an error about a number that is not finite.

use dynamical_similarity::{Error, MatRef, Scalar, linalg::assignment};
use crate::{doubles, epsilon, finite, in_units, smallest, square, unit};

/// The least total over all permutations: rows 0, 1, .. take columns, by the set of columns taken.
fn least_total(cost: &[f64], n: usize) -> f64 {
    let mut least = vec![f64::INFINITY; 1 << n];
    least[0] = 0.0;
    for taken in 0..1_usize << n {
        let row = taken.count_ones() as usize;
        for column in (0..n).filter(|column| taken >> column & 1 == 0) {
            let total = least[taken] + cost[column * n + row];
            let with = &mut least[taken | 1 << column];
            *with = with.min(total);
        }
    }
    least[(1 << n) - 1]
}

fn check<T: Scalar>(values: &[T], n: usize) {
    let Ok(cost) = MatRef::new(values, n, n) else { return };
    let mut assignment = vec![0; n];
    let mut memory = vec![T::default(); assignment::assignment_memory_len(n)];
    let total = match assignment::assign_in(cost, &mut assignment, &mut memory) {
        Ok(total) => Into::<f64>::into(total),
        Err(error) => {
            assert!(matches!(error, Error::NonFiniteEntry { .. }), "{error}");
            return;
        }
    };
    assert!(finite(values) && total.is_finite());
    let mut seen = assignment.clone();
    seen.sort_unstable();
    assert!(seen.iter().enumerate().all(|(i, x)| i == *x), "{assignment:?}");
    let costs = doubles(values);
    let unit = unit(&costs);
    let costs = in_units(&costs, unit);
    let total = total / unit;
    let chosen: f64 = assignment.iter().enumerate().map(|(i, j)| costs[j * n + i]).sum();
    let least = least_total(&costs, n);
    let largest = costs.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    let grid = n as f64 * smallest::<T>() / unit;
    let rounding = n as f64 * n as f64 * epsilon::<T>() * largest + grid;
    assert!((total - chosen).abs() <= rounding, "total {total:e}, entries {chosen:e}");
    let allowed = 4.0 * (n * n * n) as f64 * epsilon::<T>() * largest + grid;
    assert!(chosen - least <= allowed, "total {chosen:e}, least {least:e}, allowed {allowed:e}");
    if least == 0.0 && costs.iter().all(|x| *x >= 0.0) {
        assert_eq!(total, 0.0);
    }
}

pub fn fuzz_target(data: &[u8]) {
    square(data, 12, check::<f64>, check::<f32>);
}
