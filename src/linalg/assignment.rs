//! The linear assignment problem: match n rows with n columns at the least total cost.
//!
//! ```text
//! v = 0;  every row is free
//! for each column start                      one augmenting path each
//!     distance[i] = infinity, not scanned, for every row i;  column = start;  offset = 0
//!     repeat                                 Dijkstra on the reduced costs
//!         for every row i not scanned:  distance[i] = min(distance[i], c[i,column] - v[i] - offset),
//!                                       and before[i] = the row of `column` if that was smaller
//!         i = the nearest row not scanned, the first of equals;  i is scanned;  length = distance[i]
//!         if i is free:  stop
//!         column = the column of row i;  offset = c[i,column] - v[i] - length
//!     v[i] = v[i] + distance[i] - length for every scanned row i
//!     from the free row back along `before`:  each row takes the column of the row before it, the last takes start
//! ```
//!
//! Columns are added one at a time, each by a shortest augmenting path (Dijkstra on reduced costs),
//! as in Jonker & Volgenant, "A shortest augmenting path algorithm for dense and sparse linear
//! assignment problems", Computing 38 (1987) 325-340, sections 2 and 3.3. Write c for the costs, v for
//! the potentials of the rows and, for a column j that is matched with row r(j), u_j = c_r(j)j - v_r(j).
//! The reduced costs c_ij - u_j - v_i are non-negative at every stage and zero along the matching, and
//! that proves the matching optimal. u is never stored: it is exact along the matching by definition,
//! so rounding enters through v alone.

use crate::error::Error;
use crate::matrix::{Cells, Layout, MatRef, check};
use crate::scalar::{Real, Scalar};

/// Scalars of memory that [`assign_in`] needs for n rows and n columns: 5 n.
///
/// ```
/// assert_eq!(dynamical_similarity::linalg::assignment::assignment_memory_len(15), 75);
/// ```
#[must_use]
pub const fn assignment_memory_len(n: usize) -> usize {
    layout(n).len()
}

/// The column of every row, and the memory of [`match_rows_in`].
const fn layout(n: usize) -> Layout<2> {
    Layout::new([n, match_rows_memory_len(n)])
}

/// Scalars of memory that [`match_rows_in`] needs.
pub(crate) const fn match_rows_memory_len(n: usize) -> usize {
    search_layout(n).len()
}

/// Potentials, distances, predecessors and marks of the rows.
const fn search_layout(n: usize) -> Layout<4> {
    Layout::new([n; 4])
}

/// The assignment of least total cost: the minimum over permutations pi of sum_i c(i, pi(i)).
///
/// `cost` is n x n, of any sign and any finite size. `assignment` has n entries; afterwards
/// `assignment[i]` is the column of row i. Returns the total cost, summed from the chosen entries in
/// the order of the rows. Among equal candidates the lowest row index is taken, so the same costs give
/// the same assignment everywhere.
///
/// # Errors
/// [`Error::ShapeMismatch`] if `cost` is not square, `assignment` has another length, or n exceeds 2^24
/// (`f32`) or 2^53 (`f64`); [`Error::MemoryTooSmall`] below [`assignment_memory_len`];
/// [`Error::NonFiniteEntry`] if a cost is not finite, or if the total overflows (then at the last row).
///
/// # Cost
/// At most n^3 comparisons and 3 n^3 additions and multiplications, bounded for every input; 5 n
/// scalars.
///
/// # Accuracy
/// A permutation always, and an optimal one in exact arithmetic. Rounding: each of the n potentials
/// changes at most n times, along paths of at most n rows, so the total is within 4 n^3 eps max|c| of
/// the least (measured to n = 64: 2 n eps max|c|). If a matching of cost zero exists among costs that
/// are not negative, all potentials stay exactly zero and a matching of cost exactly zero is found.
///
/// # Source
/// Jonker & Volgenant, Computing 38 (1987) 325-340.
///
/// ```
/// use dynamical_similarity::MatRef;
/// use dynamical_similarity::linalg::assignment::{assign_in, assignment_memory_len};
///
/// let cost = [4.0, 2.0, 3.0, 1.0, 0.0, 2.0, 3.0, 5.0, 2.0]; // [4 1 3; 2 0 5; 3 2 2]
/// let mut assignment = [0; 3];
/// let mut memory = [0.0; assignment_memory_len(3)];
/// let total = assign_in(MatRef::new(&cost, 3, 3)?, &mut assignment, &mut memory)?;
/// assert_eq!((total, assignment), (5.0, [1, 0, 2]));
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn assign_in<T: Scalar>(
    cost: MatRef<'_, T>,
    assignment: &mut [usize],
    memory: &mut [T],
) -> Result<T, Error> {
    let n = cost.check_square()?;
    check("the length of the assignment", n, assignment.len())?;
    let ([matched, memory], _) = layout(n).cut(memory)?;
    let total = match_rows_in(cost, matched, memory)?;
    assignment.iter_mut().zip(matched.iter()).for_each(|(to, from)| *to = from.index());
    Ok(total)
}

/// [`assign_in`] with the column of every row kept as a scalar, for callers whose memory holds scalars alone. `memory`: [`match_rows_memory_len`], checked by the caller.
pub(crate) fn match_rows_in<T: Scalar>(
    cost: MatRef<'_, T>,
    matched: &mut [T],
    memory: &mut [T],
) -> Result<T, Error> {
    let n = cost.check_square()?;
    check("the length of the assignment", n, matched.len())?;
    check_countable::<T>(n)?;
    cost.check_finite()?;
    let ([potential, distance, before, scanned], _) = search_layout(n).cut_checked(memory);
    let mut search = Search {
        cost,
        // Path lengths are at most 2 n times the largest cost: at this scale they cannot overflow.
        scale: cost.largest().binary_scale(),
        potential,
        distance,
        before,
        scanned,
    };
    // v = 0; every row is free, which column number n denotes.
    search.potential.fill(T::ZERO);
    matched.fill(T::count(n));
    // for each column start: one augmenting path
    for column in 0..n {
        let (row, length) = search.shortest_path(column, matched)?;
        // v[i] = v[i] + distance[i] - length for every scanned row
        raise(search.potential, search.distance, search.scanned, length);
        // from the free row back along `before`
        search.augment(column, row, matched);
    }
    total(cost, search.scale, matched)
}

/// v_i += d_i - length for the rows of the tree, whose distances are final: the reduced costs stay non-negative, and become
/// zero along the new path.
pub(super) fn raise<T: Scalar>(potential: &mut [T], distance: &[T], scanned: &[T], length: T) {
    let tree = distance.iter().zip(scanned);
    for (potential, (distance, scanned)) in potential.iter_mut().zip(tree) {
        if *scanned > T::ZERO {
            *potential += *distance - length;
        }
    }
}

/// Checks that indices up to `count` are exact as scalars.
pub(crate) fn check_countable<T: Scalar>(count: usize) -> Result<(), Error> {
    let most = T::TWO / T::EPSILON;
    if T::count(count) <= most {
        return Ok(());
    }
    Err(Error::ShapeMismatch { what: "the number of points", expected: most.index(), got: count })
}

/// The sum of the chosen entries, without overflow on the way.
fn total<T: Scalar>(cost: MatRef<'_, T>, scale: T, matched: &[T]) -> Result<T, Error> {
    let mut sum = T::ZERO;
    for (i, column) in matched.iter().enumerate() {
        sum += cost.at(i, column.index()) * scale;
    }
    let total = sum / scale;
    let row = cost.rows().saturating_sub(1);
    let overflow = Error::NonFiniteEntry { row, column: matched.at(row).index() };
    if Real::is_finite(total) { Ok(total) } else { Err(overflow) }
}

/// One stage: the tree of shortest alternating paths from a new column.
struct Search<'a, T> {
    cost: MatRef<'a, T>,
    scale: T,
    /// v_i of every row.
    potential: &'a mut [T],
    /// Length of the shortest path found to every row.
    distance: &'a mut [T],
    /// The row before every row on that path; n where the path starts at the new column.
    before: &'a mut [T],
    /// 1 for the rows whose distance is final.
    scanned: &'a mut [T],
}

impl<T: Scalar> Search<'_, T> {
    /// The nearest free row, and the length of the path to it.
    fn shortest_path(&mut self, start: usize, matched: &[T]) -> Result<(usize, T), Error> {
        let n = self.cost.rows();
        // distance[i] = infinity, not scanned, for every row i; column = start; offset = 0
        self.distance.fill(T::MAX);
        self.scanned.fill(T::ZERO);
        let (mut column, mut row_before, mut offset) = (start, n, T::ZERO);
        for _ in 0..n {
            // i = the nearest row not scanned, after the paths through `column` have been offered; i is scanned
            let (row, length) = self.relax(column, row_before, offset);
            self.scanned.put(row, T::ONE);
            // if i is free: stop
            column = matched.at(row).index();
            if column >= n {
                return Ok((row, length));
            }
            // offset = c[i,column] - v[i] - length: u of the column less its distance, so that paths go on from its row
            row_before = row;
            offset = self.cost.at(row, column) * self.scale - self.potential.at(row) - length;
        }
        Err(Error::NotConverged { what: "shortest augmenting path", iterations: n })
    }

    /// Offers every row the path through `column`, of length c_ij - v_i - offset where offset is u_j less
    /// the distance of that column; returns the nearest row not yet scanned.
    fn relax(&mut self, column: usize, row_before: usize, offset: T) -> (usize, T) {
        let (mut nearest, mut least) = (0, T::MAX);
        let row_before = T::count(row_before);
        let rows = self.cost.column(column).iter().zip(self.potential.iter());
        let tree = self.distance.iter_mut().zip(self.before.iter_mut()).zip(self.scanned.iter());
        for (i, ((cost, potential), ((distance, before), scanned))) in rows.zip(tree).enumerate() {
            if *scanned > T::ZERO {
                continue;
            }
            // distance[i] = min(distance[i], c[i,column] - v[i] - offset)
            let through = *cost * self.scale - *potential - offset;
            if through < *distance {
                *distance = through;
                *before = row_before;
            }
            // Strictly less, so that the first of equals is taken.
            if *distance < least {
                least = *distance;
                nearest = i;
            }
        }
        (nearest, least)
    }

    /// Moves every column on the path one row on, from the free row back to the new column.
    fn augment(&self, start: usize, free: usize, matched: &mut [T]) {
        let n = self.cost.rows();
        let mut row = free;
        for _ in 0..n {
            let before = self.before.at(row).index();
            if before >= n {
                matched.put(row, T::count(start));
                return;
            }
            matched.put(row, matched.at(before));
            row = before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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

    fn filled<T: Scalar>(n: usize, mut entry: impl FnMut(usize, usize) -> f64) -> Mat<T> {
        let mut cost = Mat::zeros(n, n).unwrap();
        for j in 0..n {
            for i in 0..n {
                cost.as_mut().set(i, j, T::of(entry(i, j)));
            }
        }
        cost
    }

    /// The kinds of costs that every test runs over.
    fn costs<T: Scalar>(n: usize, seed: u64) -> Vec<Mat<T>> {
        let mut noise = Noise(seed);
        let points: Vec<_> = (0..4 * n).map(|_| noise.next()).collect();
        vec![
            filled(n, |_, _| noise.next()),
            filled(n, |_, _| noise.next() - 0.5),
            filled(n, |_, _| (4.0 * noise.next()).floor()),
            filled(n, |_, _| 7.0),
            filled(n, |_, _| 0.0),
            filled(n, |i, j| ((i + 1) * (j + 1)) as f64),
            filled(n, |i, j| -(((i + 1) * (j + 1)) as f64)),
            filled(n, |i, j| (points[i] - points[n + j]).powi(2)),
            filled(n, |_, _| 10.0_f64.powf(20.0 * noise.next() - 10.0)),
        ]
    }

    fn solve<T: Scalar>(cost: MatRef<'_, T>) -> (T, Vec<usize>) {
        let n = cost.rows();
        let mut assignment = vec![usize::MAX; n];
        let mut memory = vec![T::of(f64::NAN); assignment_memory_len(n)];
        let total = assign_in(cost, &mut assignment, &mut memory).unwrap();
        (total, assignment)
    }

    fn is_permutation(assignment: &[usize]) -> bool {
        let mut seen = vec![false; assignment.len()];
        assignment.iter().for_each(|j| seen[*j] = true);
        seen.iter().all(|seen| *seen)
    }

    /// The least total over all permutations, by Heap's algorithm, in double precision.
    fn least<T: Scalar>(cost: MatRef<'_, T>) -> f64 {
        let n = cost.rows();
        let total = |p: &[usize]| (0..n).map(|i| Into::<f64>::into(cost.at(i, p[i]))).sum::<f64>();
        let mut permutation: Vec<usize> = (0..n).collect();
        let mut counters = vec![0; n];
        let mut best = total(&permutation);
        let mut i = 0;
        while i < n {
            if counters[i] < i {
                permutation.swap(if i % 2 == 0 { 0 } else { counters[i] }, i);
                best = best.min(total(&permutation));
                counters[i] += 1;
                i = 0;
            } else {
                counters[i] = 0;
                i += 1;
            }
        }
        best
    }

    fn brute_force_agrees<T: Scalar>() {
        for n in 1..=7 {
            for seed in 0..20 {
                for (kind, cost) in costs::<T>(n, seed).iter().enumerate() {
                    let cost = cost.as_ref();
                    let (total, assignment) = solve(cost);
                    assert!(is_permutation(&assignment));
                    let largest: f64 = cost.largest().into();
                    let eps: f64 = T::EPSILON.into();
                    // The documented worst case.
                    let slack = 4.0 * (n * n * n) as f64 * eps * largest;
                    let excess = total.into() - least(cost);
                    assert!(excess.abs() <= slack, "n {n} seed {seed} kind {kind}: {excess:e}");
                }
            }
        }
    }

    #[test]
    fn no_permutation_is_cheaper() {
        brute_force_agrees::<f64>();
        brute_force_agrees::<f32>();
    }

    /// Duals in double precision from the potentials of the rows: their value is a lower bound.
    fn certificate<T: Scalar>() {
        let eps: f64 = T::EPSILON.into();
        let mut worst = 0.0_f64;
        for n in [1, 2, 3, 8, 15, 16, 33, 64] {
            for (kind, cost) in costs::<T>(n, n as u64).iter().enumerate() {
                let cost = cost.as_ref();
                let mut matched = vec![T::ZERO; n];
                let mut memory = vec![T::ZERO; match_rows_memory_len(n)];
                let total: f64 = match_rows_in(cost, &mut matched, &mut memory).unwrap().into();
                let scale: f64 = cost.largest().binary_scale().into();
                let v: Vec<f64> = memory[..n].iter().map(|v| (*v).into() / scale).collect();
                let c = |i: usize, j: usize| Into::<f64>::into(cost.at(i, j));
                let u: Vec<f64> = (0..n)
                    .map(|j| (0..n).map(|i| c(i, j) - v[i]).fold(f64::MAX, f64::min))
                    .collect();
                let dual = u.iter().sum::<f64>() + v.iter().sum::<f64>();
                let largest: f64 = cost.largest().into();
                if largest > 0.0 {
                    worst = worst.max((total - dual) / (n as f64 * eps * largest));
                }
                // n roundings of each of n potentials; paths are short here.
                let steepest = v.iter().fold(largest, |most, v| most.max(v.abs()));
                let slack = 2.0 * (n * n) as f64 * eps * steepest;
                assert!((total - dual).abs() <= slack, "n {n} kind {kind}: {:e}", total - dual);
            }
        }
        println!("largest gap between cost and certificate: {worst:.2} n eps max|c|");
    }

    #[test]
    fn the_potentials_certify_the_optimum() {
        certificate::<f64>();
        certificate::<f32>();
    }

    fn extremes<T: Scalar>() {
        let subnormal: f64 = Into::<f64>::into(T::MIN_POSITIVE) * 0.25;
        let largest: f64 = T::MAX.into();
        let mut noise = Noise(3);
        for size in [subnormal, 1e-30, 1.0, 1e30, largest / 8.0] {
            for n in [1, 2, 7] {
                let cost = filled::<T>(n, |_, _| size * (2.0 * noise.next() - 1.0));
                let (total, assignment) = solve(cost.as_ref());
                assert!(is_permutation(&assignment));
                let excess = (total.into() - least(cost.as_ref())) / size;
                let eps = Into::<f64>::into(T::EPSILON).max(
                    // A subnormal number is rounded absolutely.
                    Into::<f64>::into(T::MIN_POSITIVE) * Into::<f64>::into(T::EPSILON) / size,
                );
                assert!(excess.abs() <= 4.0 * (n * n * n) as f64 * eps, "{size:e}: {excess:e}");
            }
        }
        // Both signs at the largest size: the search must not overflow although differences of entries do.
        let mixed = filled::<T>(4, |i, j| if (i + j) % 2 == 0 { largest } else { -largest });
        let mut assignment = vec![0; 4];
        let mut memory = vec![T::ZERO; assignment_memory_len(4)];
        let refused = assign_in(mixed.as_ref(), &mut assignment, &mut memory);
        assert!(matches!(refused, Err(Error::NonFiniteEntry { row: 3, .. })));
        let apart = filled::<T>(4, |i, j| if (i + j) % 2 == 0 { largest } else { subnormal });
        let (total, assignment) = solve(apart.as_ref());
        assert!(assignment.iter().enumerate().all(|(i, j)| (i + j) % 2 == 1));
        assert!((0.0..=4.0 * subnormal).contains(&total.into()));
    }

    #[test]
    fn extreme_costs_are_assigned_or_refused() {
        extremes::<f64>();
        extremes::<f32>();
    }

    /// Differences of such costs overflow; the search must not.
    #[test]
    fn costs_of_both_signs_at_the_largest_size_are_assigned() {
        let mut noise = Noise(17);
        for n in [2, 3, 4, 5] {
            for _ in 0..40 {
                let size = f64::from(f32::MAX);
                let cost = filled::<f32>(n, |_, _| size * (2.0 * noise.next() - 1.0));
                let mut assignment = vec![0; n];
                let mut memory = vec![0.0; assignment_memory_len(n)];
                let found = assign_in(cost.as_ref(), &mut assignment, &mut memory);
                let expected = least(cost.as_ref()) / size;
                match found {
                    Ok(total) => {
                        let excess = f64::from(total) / size - expected;
                        let slack = 4.0 * (n * n * n) as f64 * f64::from(f32::EPSILON);
                        assert!(excess.abs() <= slack, "{excess:e}");
                    }
                    Err(_) => assert!(expected.abs() > 0.999),
                }
            }
        }
    }

    #[test]
    fn a_total_beyond_the_largest_number_is_refused() {
        let cost = filled::<f32>(2, |_, _| f64::from(f32::MAX));
        let mut memory = [0.0; assignment_memory_len(2)];
        assert_eq!(
            assign_in(cost.as_ref(), &mut [0; 2], &mut memory),
            Err(Error::NonFiniteEntry { row: 1, column: 1 })
        );
    }

    #[test]
    fn equal_costs_give_the_lowest_indices() {
        for n in [1, 2, 5, 16] {
            for value in [-1.0, 0.0, 1.0] {
                let (_, assignment) = solve(filled::<f32>(n, |_, _| value).as_ref());
                assert_eq!(assignment, (0..n).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn a_matching_of_cost_zero_is_found_exactly() {
        let mut noise = Noise(11);
        for n in [1, 2, 3, 10, 40] {
            let points: Vec<f64> = (0..n).map(|_| (6.0 * noise.next()).floor() / 7.0).collect();
            let cost = filled::<f32>(n, |i, j| (points[i] - points[(j * 7 + 3) % n]).powi(2));
            if n % 7 != 0 {
                assert_eq!(solve(cost.as_ref()).0, 0.0);
            }
        }
    }

    #[test]
    fn the_memory_before_the_call_does_not_matter() {
        let cost = &costs::<f64>(9, 5)[0];
        let (mut first, mut second) = ([0; 9], [7; 9]);
        let mut clean = [0.0; assignment_memory_len(9)];
        let mut dirty = [-1e300; assignment_memory_len(9)];
        let a = assign_in(cost.as_ref(), &mut first, &mut clean).unwrap();
        let b = assign_in(cost.as_ref(), &mut second, &mut dirty).unwrap();
        assert_eq!((a.to_bits(), first), (b.to_bits(), second));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let data = [0.0_f64, 1.0, f64::NAN, 2.0, f64::INFINITY, 3.0];
        let mut memory = [0.0; 10];
        let square = MatRef::new(&data, 2, 2).unwrap();
        assert_eq!(
            assign_in(square, &mut [0; 2], &mut memory),
            Err(Error::NonFiniteEntry { row: 0, column: 1 })
        );
        let single = MatRef::new(&data[3..], 1, 1).unwrap();
        assert_eq!(assign_in(single, &mut [0], &mut memory), Ok(2.0));
        let infinite = MatRef::new(&data[4..], 1, 1).unwrap();
        assert_eq!(
            assign_in(infinite, &mut [0], &mut memory),
            Err(Error::NonFiniteEntry { row: 0, column: 0 })
        );
        assert!(matches!(
            assign_in(MatRef::new(&data, 2, 3).unwrap(), &mut [0; 2], &mut memory),
            Err(Error::ShapeMismatch { expected: 2, got: 3, .. })
        ));
        assert!(matches!(
            assign_in(square, &mut [0; 3], &mut memory),
            Err(Error::ShapeMismatch { expected: 2, got: 3, .. })
        ));
        assert_eq!(
            assign_in(square, &mut [0; 2], &mut memory[..9]),
            Err(Error::MemoryTooSmall { needed: 10, got: 9 })
        );
        assert!(check_countable::<f32>((1 << 24) + 2).is_err());
        assert!(check_countable::<f32>(1 << 24).is_ok());
        assert_eq!(assignment_memory_len(usize::MAX), usize::MAX);
    }
}
