//! Any costs between unequal numbers: whole flows that fill every mass at the least cost, or an error about a
//! number that is not finite.

use dynamical_similarity::{Error, MatMut, MatRef, Scalar, linalg::transport};
use crate::{doubles, epsilon, finite, in_units, matrix, smallest, unit};

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// The least mean cost by another way than the library's: one unit after the other along a cheapest path of the
/// residual graph, found by Bellman and Ford's relaxations, without potentials.
fn least_mean(cost: &[f64], (m, n): (usize, usize), (supply, demand): (usize, usize)) -> f64 {
    let (mut left, mut wanted) = (vec![supply; m], vec![demand; n]);
    let mut flow = vec![0_usize; m * n];
    let units = m * supply;
    for _ in 0..units {
        let mut to_source: Vec<f64> =
            left.iter().map(|left| if *left > 0 { 0.0 } else { f64::INFINITY }).collect();
        let (mut to_sink, mut before) = (vec![f64::INFINITY; n], vec![0; n]);
        let mut through = vec![None; m];
        for _ in 0..m + n {
            for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                if to_source[i] + cost[j * m + i] < to_sink[j] - 1e-14 {
                    (to_sink[j], before[j]) = (to_source[i] + cost[j * m + i], i);
                }
            }
            for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                if flow[j * m + i] > 0 && to_sink[j] - cost[j * m + i] < to_source[i] - 1e-14 {
                    (to_source[i], through[i]) = (to_sink[j] - cost[j * m + i], Some(j));
                }
            }
        }
        let open = (0..n).filter(|j| wanted[*j] > 0);
        let mut sink = open.min_by(|a, b| to_sink[*a].total_cmp(&to_sink[*b])).unwrap();
        wanted[sink] -= 1;
        // A path visits no source twice.
        for _ in 0..=m {
            let source = before[sink];
            flow[sink * m + source] += 1;
            let Some(next) = through[source] else {
                left[source] -= 1;
                break;
            };
            flow[next * m + source] -= 1;
            sink = next;
        }
    }
    cost.iter().zip(&flow).map(|(cost, flow)| cost * *flow as f64).sum::<f64>() / units as f64
}

fn check<T: Scalar>(values: &[T], m: usize, n: usize) {
    let Ok(cost) = MatRef::new(values, m, n) else { return };
    let mut flow = vec![T::default(); m * n];
    let mut memory = vec![T::default(); transport::transport_memory_len(m, n)];
    let mut view = MatMut::new(&mut flow, m, n).unwrap();
    let mean = match transport::transport_in(cost, &mut view, &mut memory) {
        Ok(mean) => Into::<f64>::into(mean),
        Err(error) => {
            assert!(matches!(error, Error::NonFiniteEntry { .. }), "{error}");
            return;
        }
    };
    assert!(finite(values) && mean.is_finite());
    if m == 0 || n == 0 {
        return;
    }
    let divisor = greatest_common_divisor(m, n);
    let (supply, demand) = (n / divisor, m / divisor);
    let flow = doubles(&flow);
    assert!(flow.iter().all(|x| *x >= 0.0 && x.fract() == 0.0), "{flow:?}");
    assert!(flow.chunks(m).all(|x| x.iter().sum::<f64>() == demand as f64), "{flow:?}");
    let row = |i: usize| flow.iter().skip(i).step_by(m).sum::<f64>();
    assert!((0..m).all(|i| row(i) == supply as f64), "{flow:?}");
    let costs = doubles(values);
    let unit = unit(&costs);
    let costs = in_units(&costs, unit);
    let units = (m * supply) as f64;
    let carried = costs.iter().zip(&flow).map(|(cost, flow)| cost * flow).sum::<f64>() / units;
    let largest = costs.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    let grid = (m * n) as f64 * smallest::<T>() / unit;
    let rounding = (m * n) as f64 * epsilon::<T>() * largest + grid;
    assert!((mean / unit - carried).abs() <= rounding, "mean {mean:e}, of the flow {carried:e}");
    let least = least_mean(&costs, (m, n), (supply, demand));
    // The other way rounds, too, and takes a path as shorter only if it is by 1e-14.
    let allowed = 4.0 * (m + n) as f64 * units * epsilon::<T>() * largest + grid + 1e-12;
    assert!(carried - least <= allowed, "mean {carried:e}, least {least:e}, allowed {allowed:e}");
    if costs.iter().all(|x| *x >= 0.0) && least == 0.0 {
        assert_eq!(mean, 0.0);
    }
}

pub fn fuzz_target(data: &[u8]) {
    matrix(data, 10, check::<f64>, check::<f32>);
}
