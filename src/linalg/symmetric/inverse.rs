//! Eigenvectors of a symmetric tridiagonal matrix by inverse iteration.
//!
//! For an eigenvalue λ that is known to rounding error, (T - λ I) x₊ = x grows the eigenvector's
//! share in x by 1 / (eps ‖T‖) a step (Golub & Van Loan 8.4; Peters & Wilkinson, Handbook II/18).
//! Each vector is kept orthogonal to its predecessors in the same unreduced block: where values
//! repeat, the iteration then runs in what is left of their common space. Vectors of different blocks
//! have no row in common.

use crate::error::Error;
use crate::matrix::{Cells, Layout, MatMut, MatRef, add_scaled, dot, largest};
use crate::scalar::{Real, Scalar};

/// Iterations for one vector; two are usual.
const ITERATIONS: usize = 6;

/// A tridiagonal matrix whose negligible couplings are zero.
pub(super) struct Tridiagonal<'a, T> {
    pub(super) diagonal: &'a [T],
    pub(super) couplings: &'a [T],
}

/// T - λ I = P L U by elimination with row exchanges: U has three diagonals.
struct Factors<'a, T> {
    inverse_pivots: &'a mut [T],
    first: &'a mut [T],
    second: &'a mut [T],
    multipliers: &'a mut [T],
    exchanged: &'a mut [T],
}

/// The eigenvectors that are known already, of which those of the block at rows `low..low + length`
/// matter.
struct Predecessors<'a, T> {
    vectors: Option<MatRef<'a, T>>,
    indices: &'a [T],
    low: usize,
    length: usize,
}

impl<T: Scalar> Predecessors<'_, T> {
    /// x -= (q·x) q for every q of the block (modified Gram-Schmidt).
    fn orthogonalise(&self, x: &mut [T]) {
        let columns = self.vectors.iter().flat_map(|vectors| vectors.columns());
        for (column, index) in columns.zip(self.indices) {
            if index.index().wrapping_sub(self.low) < self.length {
                let q = column.part(self.low, self.length);
                let weight = dot(q, x);
                add_scaled(x, -weight, q);
            }
        }
    }
}

/// Scalars of scratch that [`leading`] needs.
pub(super) const fn memory_len(order: usize) -> usize {
    layout(order).len()
}

/// The vectors of [`Factors`].
const fn layout(order: usize) -> Layout<5> {
    Layout::new([order; 5])
}

/// Computes the eigenvectors of the leading `values`; `indices` says where each stood on the diagonal
/// after the iteration for the values, and so in which block. `false` if one has too large a residual.
pub(super) fn leading<T: Scalar>(
    matrix: &Tridiagonal<'_, T>,
    values: &[T],
    indices: &[T],
    vectors: &mut MatMut<'_, T>,
    scratch: &mut [T],
) -> Result<bool, Error> {
    let (pieces, _) = layout(matrix.diagonal.len()).cut_exactly(scratch)?;
    let [inverse_pivots, first, second, multipliers, exchanged] = pieces;
    let mut factors = Factors { inverse_pivots, first, second, multipliers, exchanged };
    for j in 0..vectors.cols() {
        let (low, length) = matrix.block(indices.at(j).index());
        let block = Tridiagonal {
            diagonal: matrix.diagonal.part(low, length),
            couplings: matrix.couplings.part(low, length),
        };
        let (before, column) = vectors.before_and_column(j);
        column.fill(T::ZERO);
        let x = column.part_mut(low, length);
        if length == 1 {
            x.put(0, T::ONE);
            continue;
        }
        let predecessors = Predecessors { vectors: before, indices, low, length };
        factors.factorise(&block, values.at(j));
        start(x, j);
        if !iterate(&block, &factors, values.at(j), &predecessors, x) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Entries spread evenly over [-1/2, 1/2): multiples of the golden ratio, modulo one.
fn start<T: Scalar>(x: &mut [T], vector: usize) {
    let mut position = T::of(0.618_033_988_749_894_9) * T::count(vector % 64 + 1);
    position -= T::count(position.index());
    for entry in x {
        position += T::of(0.618_033_988_749_894_9);
        if position >= T::ONE {
            position -= T::ONE;
        }
        *entry = position - T::HALF;
    }
}

/// Inverse iteration until the vector has settled; `false` if its residual stays too large.
fn iterate<T: Scalar>(
    block: &Tridiagonal<'_, T>,
    factors: &Factors<'_, T>,
    value: T,
    predecessors: &Predecessors<'_, T>,
    x: &mut [T],
) -> bool {
    let norm = block.norm();
    let accuracy = (T::EPSILON * norm).larger(T::MIN_POSITIVE / T::EPSILON);
    let tolerance = accuracy * T::count(x.len());
    let mut settled = false;
    for _ in 0..ITERATIONS {
        // A start of length eps ‖T‖ grows to order one.
        if !normalise(x, accuracy) {
            return false;
        }
        factors.solve(x);
        let length = Real::sqrt(dot(x, x));
        predecessors.orthogonalise(x);
        let left = Real::sqrt(dot(x, x));
        if left < T::HALF * length {
            predecessors.orthogonalise(x);
        }
        // ‖(T - λ I) x‖ / ‖x‖ is the start's length over the solution's.
        let residual = accuracy / left;
        if !normalise(x, T::ONE) {
            return false;
        }
        if settled && block.residual(value, x) <= tolerance {
            return true;
        }
        settled = residual <= tolerance;
    }
    false
}

/// Scales x to a length; `false` if it has none, or is not finite.
fn normalise<T: Scalar>(x: &mut [T], length: T) -> bool {
    let scale = largest(x).binary_scale();
    x.iter_mut().for_each(|x| *x *= scale);
    let norm = Real::sqrt(dot(x, x));
    if !(norm > T::ZERO && Real::is_finite(norm)) {
        return false;
    }
    let factor = length / norm;
    x.iter_mut().for_each(|x| *x *= factor);
    true
}

impl<T: Scalar> Tridiagonal<'_, T> {
    /// First index and length of the unreduced block around an index.
    fn block(&self, index: usize) -> (usize, usize) {
        let mut low = index;
        while low > 0 && self.couplings.at(low - 1) != T::ZERO {
            low -= 1;
        }
        let mut end = index + 1;
        while end < self.diagonal.len() && self.couplings.at(end - 1) != T::ZERO {
            end += 1;
        }
        (low, end - low)
    }

    /// The largest sum of absolute values in a row.
    fn norm(&self) -> T {
        let mut before = T::ZERO;
        let mut norm = T::ZERO;
        for (i, d) in self.diagonal.iter().enumerate() {
            let after = self.coupling(i);
            norm = (Real::abs(*d) + before + Real::abs(after)).larger(norm);
            before = Real::abs(after);
        }
        norm
    }

    /// The coupling of i and i + 1; zero at the end.
    #[inline(always)]
    fn coupling(&self, i: usize) -> T {
        if i + 1 < self.diagonal.len() { self.couplings.at(i) } else { T::ZERO }
    }

    /// ‖(T - λ I) x‖.
    fn residual(&self, value: T, x: &[T]) -> T {
        let (mut before, mut sum) = (T::ZERO, T::ZERO);
        for (i, d) in self.diagonal.iter().enumerate() {
            let coupling = self.coupling(i);
            let after = if i + 1 < x.len() { x.at(i + 1) } else { T::ZERO };
            let entry = before + (*d - value) * x.at(i) + coupling * after;
            before = coupling * x.at(i);
            sum += entry * entry;
        }
        Real::sqrt(sum)
    }
}

impl<T: Scalar> Factors<'_, T> {
    /// Pivots below eps ‖T‖ are replaced by it: λ is not known better than that.
    fn factorise(&mut self, block: &Tridiagonal<'_, T>, value: T) {
        let order = block.diagonal.len();
        let smallest = (T::EPSILON * block.norm()).larger(T::MIN_POSITIVE / T::EPSILON);
        let bounded = |pivot: T| {
            if Real::abs(pivot) >= smallest {
                pivot
            } else if pivot < T::ZERO {
                -smallest
            } else {
                smallest
            }
        };
        let mut pivot = block.diagonal.at(0) - value;
        let mut beside = block.coupling(0);
        for i in 0..order.saturating_sub(1) {
            let coupling = block.coupling(i);
            let below = block.diagonal.at(i + 1) - value;
            let next = block.coupling(i + 1);
            // Where pivot and coupling are both negligible, T is decoupled here: an exchange would put the
            // bound next to the diagonal and mix the two parts.
            if Real::abs(coupling) > Real::abs(pivot).larger(smallest) {
                let inverse = T::ONE / bounded(coupling);
                let multiplier = pivot * inverse;
                self.put(i, inverse, below, next);
                self.multipliers.put(i, multiplier);
                self.exchanged.put(i, T::ONE);
                (pivot, beside) = (beside - multiplier * below, -multiplier * next);
            } else {
                let inverse = T::ONE / bounded(pivot);
                let multiplier = coupling * inverse;
                self.put(i, inverse, beside, T::ZERO);
                self.multipliers.put(i, multiplier);
                self.exchanged.put(i, T::ZERO);
                (pivot, beside) = (below - multiplier * beside, next);
            }
        }
        self.put(order - 1, T::ONE / bounded(pivot), T::ZERO, T::ZERO);
    }

    /// Row i of U.
    fn put(&mut self, i: usize, inverse_pivot: T, first: T, second: T) {
        self.inverse_pivots.put(i, inverse_pivot);
        self.first.put(i, first);
        self.second.put(i, second);
    }

    /// x := (T - λ I)⁻¹ x.
    fn solve(&self, x: &mut [T]) {
        let order = x.len();
        let mut here = x.at(0);
        for i in 0..order.saturating_sub(1) {
            let below = x.at(i + 1);
            let (kept, passed) =
                if self.exchanged.at(i) == T::ONE { (below, here) } else { (here, below) };
            x.put(i, kept);
            here = passed - self.multipliers.at(i) * kept;
        }
        x.put(order.saturating_sub(1), here);
        let (mut next, mut after) = (T::ZERO, T::ZERO);
        for i in (0..order).rev() {
            let right = x.at(i) - self.first.at(i) * next - self.second.at(i) * after;
            (next, after) = (right * self.inverse_pivots.at(i), next);
            x.put(i, next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elimination_with_exchanges_solves_the_system() {
        // A small first pivot forces an exchange.
        let block = Tridiagonal {
            diagonal: &[1e-3_f64, 2.0, -1.0, 0.5],
            couplings: &[1.0, 3.0, 0.25, 0.0],
        };
        let mut memory = [0.0; 20];
        let mut parts = memory.chunks_mut(4);
        let mut part = || parts.next().unwrap();
        let mut factors = Factors {
            inverse_pivots: part(),
            first: part(),
            second: part(),
            multipliers: part(),
            exchanged: part(),
        };
        factors.factorise(&block, 0.125);
        let expected = [1.0, -2.0, 3.0, 0.5];
        let mut x = [0.0; 4];
        for i in 0..4 {
            x[i] = (block.diagonal[i] - 0.125) * expected[i];
            if i > 0 {
                x[i] += block.couplings[i - 1] * expected[i - 1];
            }
            if i < 3 {
                x[i] += block.couplings[i] * expected[i + 1];
            }
        }
        factors.solve(&mut x);
        for (x, expected) in x.iter().zip(expected) {
            assert!((x - expected).abs() < 1e-14);
        }
        assert_eq!(factors.exchanged[0], 1.0);
    }

    #[test]
    fn a_block_ends_where_a_coupling_is_zero() {
        let matrix =
            Tridiagonal { diagonal: &[1.0_f32; 6], couplings: &[1.0, 0.0, 1.0, 1.0, 0.0, 0.0] };
        let blocks: Vec<_> = (0..6).map(|i| matrix.block(i)).collect();
        assert_eq!(blocks, [(0, 2), (0, 2), (2, 3), (2, 3), (2, 3), (5, 1)]);
    }
}
