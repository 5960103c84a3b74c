//! The transportation problem with uniform masses: m sources of mass 1/m supply n sinks of mass 1/n at
//! the least mean cost.
//!
//! In units of 1/lcm(m, n) every mass is an integer: a source has n/g units and a sink takes m/g, g the
//! greatest common divisor. Flows are kept in these units, exactly, and so no mass is lost to rounding.
//! Sinks are filled one at a time by successive shortest paths with potentials (Ahuja, Magnanti &
//! Orlin, "Network Flows", 1993, section 9.7; for unit masses this is the assignment algorithm of Jonker
//! & Volgenant). The reduced costs c_ij - u_j - v_i are non-negative at every stage and zero wherever
//! there is flow, and that proves the flow optimal.

use super::assignment::{check_countable, raise};
use crate::error::Error;
use crate::matrix::{Cells, Layout, MatMut, MatRef, check, divide};
use crate::scalar::{Real, Scalar};

/// Scalars of memory that [`transport_in`] needs for m sources and n sinks: 5 m + 3 n.
///
/// ```
/// assert_eq!(dynamical_similarity::linalg::transport::transport_memory_len(3, 2), 21);
/// ```
#[must_use]
pub const fn transport_memory_len(sources: usize, sinks: usize) -> usize {
    layout(sources, sinks).len()
}

/// Potentials, distances, predecessors, marks and supplies of the sources; potentials, distances and predecessors of
/// the sinks.
const fn layout(sources: usize, sinks: usize) -> Layout<8> {
    let (m, n) = (sources, sinks);
    Layout::new([m, m, m, m, m, n, n, n])
}

/// The least mean cost of carrying m sources of mass 1/m to n sinks of mass 1/n: the minimum of
/// sum_ij f_ij c_ij over f >= 0 with sum_j f_ij = 1/m and sum_i f_ij = 1/n.
///
/// `cost` is m x n, of any sign and any finite size. `flow`, m x n, receives lcm(m, n) f: integers, each
/// row adding up to n/g and each column to m/g, g = gcd(m, n). Returns the mean cost, summed from the flow
/// column by column. Among equal candidates the lowest index is taken: the same costs give the same
/// flow everywhere.
///
/// # Errors
/// [`Error::ShapeMismatch`] if `flow` has another shape, or if m or n exceeds 2^24 (`f32`) or 2^53
/// (`f64`); [`Error::MemoryTooSmall`] below [`transport_memory_len`]; [`Error::NonFiniteEntry`] if a cost
/// is not finite, or if the mean overflows by rounding (then at the last entry).
///
/// # Cost
/// At most lcm(m, n) paths of 3 m n additions and comparisons each, bounded for every input; measured:
/// n paths for m = n, at most lcm(m, n)/2 or m + n otherwise. 5 m + 3 n scalars besides the flow.
///
/// # Accuracy
/// The masses are exact. Every path rounds the potentials once: with P paths the mean cost is within
/// 4 (m + n) P eps max|c| of the least, in the worst case (measured to m = n = 64: 2 eps max|c|). If a
/// flow of cost zero exists among costs that are not negative, one of cost exactly zero is found.
///
/// # Source
/// Ahuja, Magnanti & Orlin, Network Flows (1993), section 9.7.
///
/// ```
/// use dynamical_similarity::linalg::transport::{transport_in, transport_memory_len};
/// use dynamical_similarity::{MatMut, MatRef};
///
/// // Two sources at 0 and 3, three sinks at 0, 1 and 3, distances on a line.
/// let cost = [0.0, 3.0, 1.0, 2.0, 3.0, 0.0];
/// let (mut flow, mut memory) = ([0.0; 6], [0.0; transport_memory_len(2, 3)]);
/// let mut flow = MatMut::new(&mut flow, 2, 3)?;
/// let mean = transport_in(MatRef::new(&cost, 2, 3)?, &mut flow, &mut memory)?;
/// assert!((mean - 0.5_f64).abs() < 1e-15); // a sixth travels 1, another sixth 2
/// assert_eq!([flow.column(0), flow.column(1), flow.column(2)], [[2.0, 0.0], [1.0, 1.0], [0.0, 2.0]]);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn transport_in<T: Scalar>(
    cost: MatRef<'_, T>,
    flow: &mut MatMut<'_, T>,
    memory: &mut [T],
) -> Result<T, Error> {
    let (m, n) = (cost.rows(), cost.cols());
    check("the number of rows of the flow", m, flow.rows())?;
    check("the number of columns of the flow", n, flow.cols())?;
    check_countable::<T>(m.max(n))?;
    let (pieces, _) = layout(m, n).cut(memory)?;
    let [source_potential, source_distance, source_before, scanned, supply, of_sinks @ ..] = pieces;
    let [sink_potential, sink_distance, sink_before] = of_sinks;
    cost.check_finite()?;
    let divisor = greatest_common_divisor(m, n);
    let (from_source, into_sink) = (divide(n, divisor).0, divide(m, divisor).0);
    let mut search = Search {
        cost,
        // Path lengths are at most 2 (m + n) times the largest cost: at this scale they cannot overflow.
        scale: cost.largest().binary_scale(),
        source_potential,
        source_distance,
        source_before,
        scanned,
        supply,
        sink_potential,
        sink_distance,
        sink_before,
    };
    flow.fill(T::ZERO);
    search.source_potential.fill(T::ZERO);
    search.sink_potential.fill(T::ZERO);
    search.supply.fill(T::count(from_source));
    for sink in 0..n {
        search.fill_sink(sink, into_sink, flow)?;
    }
    mean_cost(cost, search.scale, flow.as_ref(), into_sink)
}

/// Euclid's algorithm for positive numbers (at most 1.5 log2 of the smaller one steps: 96 suffice).
const fn greatest_common_divisor(a: usize, b: usize) -> usize {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    if a == 0 { 1 } else { a }
}

/// sum f c / lcm(m, n), column by column; convex, so it cannot exceed the largest cost.
fn mean_cost<T: Scalar>(
    cost: MatRef<'_, T>,
    scale: T,
    flow: MatRef<'_, T>,
    into_sink: usize,
) -> Result<T, Error> {
    let mut sum = T::ZERO;
    for (cost, flow) in cost.columns().zip(flow.columns()) {
        let mut into = T::ZERO;
        cost.iter().zip(flow).for_each(|(cost, flow)| into += *flow * (*cost * scale));
        sum += into / T::count(into_sink);
    }
    let mean = sum / T::count(cost.cols()) / scale;
    let overflow = Error::NonFiniteEntry { row: cost.rows() - 1, column: cost.cols() - 1 };
    if Real::is_finite(mean) { Ok(mean) } else { Err(overflow) }
}

/// The tree of shortest alternating paths from a sink that still takes mass.
struct Search<'a, T> {
    cost: MatRef<'a, T>,
    scale: T,
    /// v_i of every source.
    source_potential: &'a mut [T],
    /// Length of the shortest path found to every source.
    source_distance: &'a mut [T],
    /// The sink before every source on that path.
    source_before: &'a mut [T],
    /// 1 for the sources whose distance is final.
    scanned: &'a mut [T],
    /// Units that every source has left.
    supply: &'a mut [T],
    /// u_j of every sink.
    sink_potential: &'a mut [T],
    /// Length of the path to every sink in the tree.
    sink_distance: &'a mut [T],
    /// The source before every sink in the tree; m for the first sink, -1 for sinks not in the tree.
    sink_before: &'a mut [T],
}

impl<T: Scalar> Search<'_, T> {
    /// Brings `units` units to one sink; every path brings at least one.
    fn fill_sink(
        &mut self,
        sink: usize,
        units: usize,
        flow: &mut MatMut<'_, T>,
    ) -> Result<(), Error> {
        let mut missing = T::count(units);
        for _ in 0..units {
            let (source, length) = self.shortest_path(sink, flow)?;
            self.raise_potentials(length);
            missing -= self.augment(source, missing, flow);
            if missing <= T::ZERO {
                return Ok(());
            }
        }
        Err(Error::NotConverged { what: "successive shortest paths", iterations: units })
    }

    /// The nearest source with units left, and the length of the path to it.
    fn shortest_path(&mut self, start: usize, flow: &MatMut<'_, T>) -> Result<(usize, T), Error> {
        let (m, n) = (self.cost.rows(), self.cost.cols());
        self.source_distance.fill(T::MAX);
        self.scanned.fill(T::ZERO);
        self.sink_before.fill(-T::ONE);
        self.enter(start, m, T::ZERO);
        for _ in 0..m {
            let (source, length) = self.nearest();
            self.scanned.put(source, T::ONE);
            if self.supply.at(source) > T::ZERO {
                return Ok((source, length));
            }
            // Where there is flow the reduced cost is zero: these sinks are as near as the source.
            for sink in 0..n {
                if self.sink_before.at(sink) < T::ZERO && flow.at(source, sink) > T::ZERO {
                    self.enter(sink, source, length);
                }
            }
        }
        Err(Error::NotConverged { what: "shortest augmenting path", iterations: m })
    }

    /// Takes a sink into the tree and offers every source the path through it.
    fn enter(&mut self, sink: usize, before: usize, length: T) {
        self.sink_before.put(sink, T::count(before));
        self.sink_distance.put(sink, length);
        let offset = self.sink_potential.at(sink) - length;
        let sink_index = T::count(sink);
        let sources = self.cost.column(sink).iter().zip(self.source_potential.iter());
        let tree = self.source_distance.iter_mut().zip(self.source_before.iter_mut());
        for (((cost, potential), (distance, before)), scanned) in
            sources.zip(tree).zip(self.scanned.iter())
        {
            let through = *cost * self.scale - *potential - offset;
            if *scanned <= T::ZERO && through < *distance {
                *distance = through;
                *before = sink_index;
            }
        }
    }

    /// The nearest source not yet scanned.
    fn nearest(&self) -> (usize, T) {
        let (mut nearest, mut least) = (0, T::MAX);
        let sources = self.source_distance.iter().zip(self.scanned.iter());
        for (i, (distance, scanned)) in sources.enumerate() {
            if *scanned <= T::ZERO && *distance < least {
                least = *distance;
                nearest = i;
            }
        }
        (nearest, least)
    }

    /// v_i += d_i - length and u_j += length - d_j in the tree: the reduced costs stay non-negative, stay
    /// zero where there is flow, and become zero along the new path.
    fn raise_potentials(&mut self, length: T) {
        raise(self.source_potential, self.source_distance, self.scanned, length);
        let tree = self.sink_distance.iter().zip(self.sink_before.iter());
        for (potential, (distance, before)) in self.sink_potential.iter_mut().zip(tree) {
            if *before >= T::ZERO {
                *potential += length - *distance;
            }
        }
    }

    /// Sends as much as the path can carry; returns the units sent.
    fn augment(&mut self, source: usize, missing: T, flow: &mut MatMut<'_, T>) -> T {
        let m = self.cost.rows();
        let mut units = missing.smaller(self.supply.at(source));
        self.walk(source, |_, sink, before| {
            if before < m {
                units = units.smaller(flow.at(before, sink));
            }
        });
        self.walk(source, |source, sink, before| {
            flow.set(source, sink, flow.at(source, sink) + units);
            if before < m {
                flow.set(before, sink, flow.at(before, sink) - units);
            }
        });
        self.supply.put(source, self.supply.at(source) - units);
        units
    }

    /// Visits the path from its last source back to its first sink: every step from a source to the sink
    /// before it, and the source before that (m at the first sink).
    fn walk(&self, last: usize, mut visit: impl FnMut(usize, usize, usize)) {
        let m = self.cost.rows();
        let mut source = last;
        for _ in 0..m {
            let sink = self.source_before.at(source).index();
            let before = self.sink_before.at(sink).index();
            visit(source, sink, before);
            if before >= m {
                return;
            }
            source = before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::assignment::{assign_in, assignment_memory_len};
    use crate::matrix::Mat;

    /// Numbers in [0, 1) from splitmix64.
    struct Noise(u64);

    impl Noise {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
        }
    }

    fn filled<T: Scalar>(m: usize, n: usize, mut entry: impl FnMut(usize, usize) -> f64) -> Mat<T> {
        let mut cost = Mat::zeros(m, n).unwrap();
        for j in 0..n {
            for i in 0..m {
                cost.as_mut().set(i, j, T::of(entry(i, j)));
            }
        }
        cost
    }

    /// The kinds of costs that every test runs over.
    fn costs<T: Scalar>(m: usize, n: usize, seed: u64) -> Vec<Mat<T>> {
        let mut noise = Noise(seed);
        let points: Vec<_> = (0..m + n).map(|_| noise.next()).collect();
        vec![
            filled(m, n, |_, _| noise.next()),
            filled(m, n, |_, _| noise.next() - 0.5),
            filled(m, n, |_, _| (4.0 * noise.next()).floor()),
            filled(m, n, |_, _| 7.0),
            filled(m, n, |_, _| 0.0),
            filled(m, n, |i, j| ((i + 1) * (j + 1)) as f64),
            filled(m, n, |i, j| -(((i + 1) * (j + 1)) as f64)),
            filled(m, n, |i, j| (points[i] - points[m + j]).powi(2)),
            filled(m, n, |_, _| 10.0_f64.powf(20.0 * noise.next() - 10.0)),
        ]
    }

    struct Solved<T> {
        mean: T,
        flow: Mat<T>,
        memory: Vec<T>,
    }

    /// Solves, and checks that the flow is integer and feasible to the last unit.
    fn solve<T: Scalar>(cost: MatRef<'_, T>) -> Solved<T> {
        let (m, n) = (cost.rows(), cost.cols());
        let mut flow = filled::<T>(m, n, |_, _| f64::NAN);
        let mut memory = vec![T::of(f64::NAN); transport_memory_len(m, n)];
        let mean = transport_in(cost, &mut flow.as_mut(), &mut memory).unwrap();
        let g = greatest_common_divisor(m, n);
        let units = |i, j| {
            let units = flow.as_ref().at(i, j);
            assert!(units >= T::ZERO && T::count(units.index()) == units, "{units}");
            units.index()
        };
        for i in 0..m {
            assert_eq!((0..n).map(|j| units(i, j)).sum::<usize>(), n / g);
        }
        for j in 0..n {
            assert_eq!((0..m).map(|i| units(i, j)).sum::<usize>(), m / g);
        }
        Solved { mean, flow, memory }
    }

    /// Every source n/g times and every sink m/g times: an assignment problem of order lcm(m, n).
    fn replicated(cost: MatRef<'_, f64>) -> f64 {
        let (m, n) = (cost.rows(), cost.cols());
        let g = greatest_common_divisor(m, n);
        let order = m * n / g;
        let copies = filled::<f64>(order, order, |i, j| cost.at(i / (n / g), j / (m / g)));
        let mut assignment = vec![0; order];
        let mut memory = vec![0.0; assignment_memory_len(order)];
        let total = assign_in(copies.as_ref(), &mut assignment, &mut memory).unwrap();
        total / order as f64
    }

    fn agrees_with_copies<T: Scalar>(m: usize, n: usize) {
        for (kind, cost) in costs::<f64>(m, n, (m * 100 + n) as u64).iter().enumerate() {
            // The rounded costs, so that f32 solves the same problem.
            let rounded = filled::<f64>(m, n, |i, j| T::of(cost.as_ref().at(i, j)).into());
            let cost = filled::<T>(m, n, |i, j| rounded.as_ref().at(i, j));
            let mean: f64 = solve(cost.as_ref()).mean.into();
            let eps: f64 = T::EPSILON.into();
            // One rounding for every point, in the potentials and in the sums.
            let slack = 4.0 * ((m + n) as f64) * eps * rounded.as_ref().largest();
            let excess = mean - replicated(rounded.as_ref());
            assert!(excess.abs() <= slack, "{m} x {n} kind {kind}: {excess:e} > {slack:e}");
        }
    }

    #[test]
    fn copies_of_every_point_make_it_an_assignment() {
        for m in 1..=16 {
            for n in [1, 2, 3, 5, 8, 12, 15, 16] {
                if m * n <= 150 || m == n || m % 5 == 0 {
                    agrees_with_copies::<f64>(m, n);
                    agrees_with_copies::<f32>(m, n);
                }
            }
        }
    }

    fn certificate<T: Scalar>() {
        let eps: f64 = T::EPSILON.into();
        let mut worst = 0.0_f64;
        for (m, n) in [(1, 1), (1, 64), (64, 1), (15, 16), (31, 32), (64, 63), (60, 45), (64, 64)] {
            for (kind, cost) in costs::<T>(m, n, 9).iter().enumerate() {
                let cost = cost.as_ref();
                let solved = solve(cost);
                let scale: f64 = cost.largest().binary_scale().into();
                let v: Vec<f64> = solved.memory[..m].iter().map(|v| (*v).into() / scale).collect();
                let c = |i: usize, j: usize| Into::<f64>::into(cost.at(i, j));
                let u = (0..n).map(|j| (0..m).map(|i| c(i, j) - v[i]).fold(f64::MAX, f64::min));
                let dual = u.sum::<f64>() / n as f64 + v.iter().sum::<f64>() / m as f64;
                let mean: f64 = solved.mean.into();
                let largest: f64 = cost.largest().into();
                let steepest = v.iter().fold(largest, |most, v| most.max(v.abs()));
                if largest > 0.0 {
                    worst = worst.max((mean - dual) / ((m + n) as f64 * eps * largest));
                }
                let slack = 4.0 * ((m + n) as f64) * eps * steepest;
                assert!((mean - dual).abs() <= slack, "{m} x {n} kind {kind}: {:e}", mean - dual);
            }
        }
        println!("largest gap between cost and certificate: {worst:.2} (m + n) eps max|c|");
    }

    #[test]
    fn the_potentials_certify_the_optimum() {
        certificate::<f64>();
        certificate::<f32>();
    }

    #[test]
    fn equal_numbers_give_a_permutation() {
        for cost in costs::<f64>(11, 11, 4) {
            let flow = solve(cost.as_ref()).flow;
            let mut assignment = [0; 11];
            let mut memory = [0.0; assignment_memory_len(11)];
            let total = assign_in(cost.as_ref(), &mut assignment, &mut memory).unwrap();
            for (i, j) in assignment.iter().enumerate() {
                assert_eq!(flow.as_ref().at(i, *j), 1.0);
            }
            let mean = solve(cost.as_ref()).mean;
            assert!((mean - total / 11.0).abs() <= 11.0 * f64::EPSILON * cost.as_ref().largest());
        }
    }

    #[test]
    fn a_flow_of_cost_zero_is_found_exactly() {
        // Points 0 (twice as often as 1) on both sides, in different numbers and orders.
        let (a, b) = ([0.0_f64, 1.0 / 3.0, 0.0], [0.0_f64, 0.0, 1.0 / 3.0, 1.0 / 3.0, 0.0, 0.0]);
        let cost = filled::<f32>(3, 6, |i, j| (a[i] - b[j]).powi(2));
        assert_eq!(solve(cost.as_ref()).mean, 0.0);
    }

    fn extremes<T: Scalar>() {
        let subnormal: f64 = Into::<f64>::into(T::MIN_POSITIVE) * 0.25;
        let mut noise = Noise(3);
        for size in [subnormal, 1e-30, 1e30, Into::<f64>::into(T::MAX) * 0.9] {
            let cost = filled::<T>(5, 3, |_, _| size * (2.0 * noise.next() - 1.0));
            let exact =
                filled::<f64>(5, 3, |i, j| Into::<f64>::into(cost.as_ref().at(i, j)) / size);
            let expected = replicated(exact.as_ref());
            let mean = Into::<f64>::into(solve(cost.as_ref()).mean) / size;
            // A subnormal number is rounded absolutely.
            let smallest: f64 = Into::<f64>::into(T::MIN_POSITIVE) / size;
            let eps = Into::<f64>::into(T::EPSILON) * smallest.max(1.0);
            assert!((mean - expected).abs() <= 32.0 * eps, "{size:e}: {mean:e} {expected:e}");
        }
    }

    #[test]
    fn extreme_costs_are_carried() {
        extremes::<f64>();
        extremes::<f32>();
    }

    #[test]
    fn the_memory_before_the_call_does_not_matter() {
        let cost = &costs::<f64>(9, 6, 5)[0];
        let (mut first, mut second) = (Mat::zeros(9, 6).unwrap(), filled(9, 6, |_, _| 1e300));
        let mut clean = [0.0; transport_memory_len(9, 6)];
        let mut dirty = [-1e300; transport_memory_len(9, 6)];
        let a = transport_in(cost.as_ref(), &mut first.as_mut(), &mut clean).unwrap();
        let b = transport_in(cost.as_ref(), &mut second.as_mut(), &mut dirty).unwrap();
        assert_eq!((a.to_bits(), first), (b.to_bits(), second));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let data = [0.0_f64, 1.0, f64::NAN, 2.0, f64::NEG_INFINITY, 3.0];
        let mut memory = [0.0; transport_memory_len(2, 3)];
        let (mut block, mut short) = ([0.0; 6], [0.0; 4]);
        let mut flow = MatMut::new(&mut block, 2, 3).unwrap();
        let cost = MatRef::new(&data, 2, 3).unwrap();
        assert_eq!(
            transport_in(cost, &mut flow, &mut memory),
            Err(Error::NonFiniteEntry { row: 0, column: 1 })
        );
        assert_eq!(
            transport_in(cost, &mut flow, &mut memory[1..]),
            Err(Error::MemoryTooSmall { needed: 19, got: 18 })
        );
        let mut square = MatMut::new(&mut short, 2, 2).unwrap();
        assert!(matches!(
            transport_in(cost, &mut square, &mut memory),
            Err(Error::ShapeMismatch { expected: 3, got: 2, .. })
        ));
        let single = MatRef::new(&data[4..], 1, 1).unwrap();
        let mut flow = MatMut::new(&mut short, 1, 1).unwrap();
        assert_eq!(
            transport_in(single, &mut flow, &mut memory),
            Err(Error::NonFiniteEntry { row: 0, column: 0 })
        );
        assert_eq!(transport_memory_len(usize::MAX, 2), usize::MAX);
    }
}
