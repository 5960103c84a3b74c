//! The leading directions of the delay space, and the operator in them, from lag blocks alone.
//!
//! ```text
//! V = the given basis, or fixed numbers that look random, orthonormalised
//! repeat, at most `cap` times
//!     Y = G_0 V                              one block of one column at a time, from the lags
//!     B = V' Y = Z Theta Z'                  by Jacobi rotations
//!     stop if the sum of the r leading Theta changed by at most 1e-5 of itself
//!     V = Y Z, orthonormalised
//! rank = number of the r leading Theta above 9e-6 of the largest
//! T = V Z Theta^(-1/2), with zero columns for smaller Theta
//! A = T' (G_1 T)
//! ```
//!
//! With white covariances R_k, the Gram matrix G_0 of delay vectors has the blocks (a, b) R_{b-a}, and the matrix G_1 of
//! pairs one step apart has the blocks R_{b-a+1}, where R_{-k} = R_kᵀ. Neither is formed. The method is subspace iteration
//! with a Rayleigh-Ritz step (Golub & Van Loan, 4th ed., 8.2.4), until the sum of the r leading Ritz values Theta has
//! converged. A is the operator of the DMD.

use super::square::lag;
use crate::error::Error;
use crate::linalg::jacobi::Stepwise;
use crate::matrix::{
    Cells, Layout, MatMut, MatRef, add_scaled, area, copy, dot, pieces, pieces_mut,
};
use crate::monitor::sizes::Sizes;
use crate::scalar::{Real, Scalar};

/// Relative change of the sum of Ritz values at which the iteration ends.
const SETTLED: f64 = 1e-5;
/// Eigenvalues above this part of the largest count for the rank: singular values above 3e-3 of the largest.
const LEAST_PART: f64 = 9e-6;

/// The lines of the pseudo code, with the column and the block that are next.
#[derive(Clone, Copy, Debug, PartialEq)]
enum SubspacePhase<T> {
    /// V = the given basis, or fixed numbers
    Start { vector: usize },
    /// Y = G_0 V
    Multiply { vector: usize, block: usize },
    /// B = V' Y
    Project { vector: usize },
    /// B = Z Theta Z'
    Diagonalise(Stepwise<T>),
    /// V = Y Z
    Rotate { vector: usize },
    /// V orthonormalised
    Orthonormalise { vector: usize },
    /// T = V Z Theta^(-1/2)
    Scale { vector: usize },
    /// G_1 T
    Ahead { vector: usize, block: usize },
    /// A = T' (G_1 T)
    Operate { vector: usize },
}

/// The progress of the iteration, and its results so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Subspace<T> {
    phase: SubspacePhase<T>,
    pub(crate) iterations: usize,
    /// The number of iterations after which it ends, converged or not.
    cap: usize,
    /// Sum of the r leading Ritz values in the last iteration.
    sum: T,
    pub(crate) converged: bool,
    /// Number of directions with at least 3e-3 of the largest singular value, at most r.
    pub(crate) rank: usize,
}

/// The scratch of the iteration.
struct SubspaceMemory<'a, T> {
    /// V; then G_1 T.
    vectors: MatMut<'a, T>,
    /// Y; then T.
    images: MatMut<'a, T>,
    /// B; then A in its first r² scalars.
    projected: &'a mut [T],
    /// Z
    turned: &'a mut [T],
    values: &'a mut [T],
}

/// The pieces of [`SubspaceMemory`], in its order.
pub(super) const fn layout(sizes: Sizes) -> Layout<5> {
    let (tall, k) = (sizes.basis_len(), sizes.vectors());
    Layout::new([tall, tall, area(k, k), area(k, k), k])
}

impl<'a, T: Scalar> SubspaceMemory<'a, T> {
    fn cut(sizes: Sizes, scratch: &'a mut [T]) -> Self {
        let (p, k) = (sizes.width(), sizes.vectors());
        let ([vectors, images, projected, turned, values], _) = layout(sizes).cut_checked(scratch);
        let [vectors, images] = [vectors, images].map(|piece| MatMut::over(piece, p, k));
        Self { vectors, images, projected, turned, values }
    }
}

/// Finds the operator of white covariances, from a basis or from none, in at most `cap` iterations. A subspace that has not
/// converged by then is used as it is.
pub(crate) fn find<T: Scalar>(
    sizes: Sizes,
    covariances: &[T],
    basis: Option<&[T]>,
    cap: usize,
    scratch: &mut [T],
) -> Result<Subspace<T>, Error> {
    let mut subspace = Subspace::new(cap);
    while !subspace.step(sizes, covariances, basis, scratch)? {}
    Ok(subspace)
}

/// The entries of A.
pub(crate) fn operator<T: Scalar>(sizes: Sizes, scratch: &mut [T]) -> &[T] {
    let ([_, _, operator, ..], _) = layout(sizes).cut_checked(scratch);
    operator.part(0, sizes.operator_len())
}

/// The directions found, as columns of unit length: a start for another window.
pub(crate) fn write_basis<T: Scalar>(sizes: Sizes, scratch: &mut [T], basis: &mut [T]) {
    let images = SubspaceMemory::cut(sizes, scratch).images;
    for (to, from) in pieces_mut(basis, sizes.width()).zip(images.as_ref().columns()) {
        let norm = Real::sqrt(dot(from, from));
        let factor = if norm > T::ZERO { T::ONE / norm } else { T::ZERO };
        to.iter_mut().zip(from).for_each(|(to, x)| *to = factor * *x);
    }
}

/// A Gram matrix by its lag covariances: block (a, b) is R_{b - a + ahead}.
struct Blocks<'a, T> {
    sizes: Sizes,
    covariances: &'a [T],
    ahead: usize,
}

impl<T: Scalar> Blocks<'_, T> {
    /// Writes block a of the product with a vector.
    fn multiply(&self, a: usize, vector: &[T], to: &mut [T]) {
        let (n, square) = (self.sizes.channels, self.sizes.square());
        to.fill(T::ZERO);
        for (b, part) in pieces(vector, n).enumerate() {
            let forward = b.saturating_add(self.ahead);
            if forward >= a {
                let block = pieces(lag(self.covariances, square, forward - a), n);
                block.zip(part).for_each(|(column, x)| add_scaled(to, *x, column));
            } else {
                let block = pieces(lag(self.covariances, square, a - forward), n);
                block.zip(to.iter_mut()).for_each(|(column, to)| *to += dot(column, part));
            }
        }
    }
}

impl<T: Scalar> Subspace<T> {
    pub(crate) const fn new(cap: usize) -> Self {
        Self {
            phase: SubspacePhase::Start { vector: 0 },
            iterations: 0,
            cap,
            sum: T::ZERO,
            converged: false,
            rank: 0,
        }
    }

    /// Does one block of one product, one column, or up to k / 2 rotations; returns true when the operator is complete.
    pub(crate) fn step(
        &mut self,
        sizes: Sizes,
        covariances: &[T],
        basis: Option<&[T]>,
        scratch: &mut [T],
    ) -> Result<bool, Error> {
        let mut at = SubspaceMemory::cut(sizes, scratch);
        let (n, k, r) = (sizes.channels, sizes.vectors(), sizes.rank);
        let next = |vector: usize| vector.saturating_add(1);
        let part = |a: usize| a.saturating_mul(n);
        self.phase = match self.phase {
            SubspacePhase::Start { vector } => {
                begin(vector, basis, at.vectors.column_mut(vector));
                match (next(vector) < k, basis) {
                    (true, _) => SubspacePhase::Start { vector: next(vector) },
                    (false, Some(_)) => SubspacePhase::Multiply { vector: 0, block: 0 },
                    (false, None) => SubspacePhase::Orthonormalise { vector: 0 },
                }
            }
            SubspacePhase::Multiply { vector, block } => {
                let blocks = Blocks { sizes, covariances, ahead: 0 };
                let to = at.images.column_mut(vector).part_mut(part(block), n);
                blocks.multiply(block, at.vectors.column(vector), to);
                if next(block) < sizes.delays {
                    SubspacePhase::Multiply { vector, block: next(block) }
                } else if next(vector) < k {
                    SubspacePhase::Multiply { vector: next(vector), block: 0 }
                } else {
                    SubspacePhase::Project { vector: 0 }
                }
            }
            SubspacePhase::Project { vector } => {
                let column = at.projected.part_mut(vector.saturating_mul(k), k);
                let image = at.images.column(vector);
                let vectors = at.vectors.as_ref();
                column.iter_mut().zip(vectors.columns()).for_each(|(to, v)| *to = dot(v, image));
                if next(vector) < k {
                    SubspacePhase::Project { vector: next(vector) }
                } else {
                    MatMut::over(at.turned, k, k).set_identity();
                    MatRef::over(at.projected, k, k).check_finite()?;
                    SubspacePhase::Diagonalise(Stepwise::new())
                }
            }
            SubspacePhase::Diagonalise(mut jacobi) => {
                // B is positive semidefinite up to rounding, so its singular values are its eigenvalues.
                let mut b = MatMut::over(at.projected, k, k);
                let mut z = MatMut::over(at.turned, k, k);
                if jacobi.step(&mut b, at.values, Some(&mut z))? {
                    self.judge(at.values, r)
                } else {
                    SubspacePhase::Diagonalise(jacobi)
                }
            }
            SubspacePhase::Rotate { vector } => {
                combine(
                    at.vectors.column_mut(vector),
                    at.images.as_ref(),
                    at.turned.part(vector.saturating_mul(k), k),
                    T::ONE,
                );
                if next(vector) < k {
                    SubspacePhase::Rotate { vector: next(vector) }
                } else {
                    SubspacePhase::Orthonormalise { vector: 0 }
                }
            }
            SubspacePhase::Orthonormalise { vector } => {
                orthonormalise(&mut at.vectors, vector);
                if next(vector) < k {
                    SubspacePhase::Orthonormalise { vector: next(vector) }
                } else {
                    SubspacePhase::Multiply { vector: 0, block: 0 }
                }
            }
            SubspacePhase::Scale { vector } => {
                // Directions below the cut would amplify rounding errors: their columns of T are zero.
                let (value, largest) = (at.values.at(vector), at.values.at(0));
                let kept = value > T::of(LEAST_PART) * largest && value > T::ZERO;
                let factor = if kept { T::ONE / Real::sqrt(value) } else { T::ZERO };
                combine(
                    at.images.column_mut(vector),
                    at.vectors.as_ref(),
                    at.turned.part(vector.saturating_mul(k), k),
                    factor,
                );
                if next(vector) < k {
                    SubspacePhase::Scale { vector: next(vector) }
                } else {
                    SubspacePhase::Ahead { vector: 0, block: 0 }
                }
            }
            SubspacePhase::Ahead { vector, block } => {
                let blocks = Blocks { sizes, covariances, ahead: 1 };
                let to = at.vectors.column_mut(vector).part_mut(part(block), n);
                blocks.multiply(block, at.images.column(vector), to);
                if next(block) < sizes.delays {
                    SubspacePhase::Ahead { vector, block: next(block) }
                } else if next(vector) < r {
                    SubspacePhase::Ahead { vector: next(vector), block: 0 }
                } else {
                    SubspacePhase::Operate { vector: 0 }
                }
            }
            SubspacePhase::Operate { vector } => {
                let column = at.projected.part_mut(vector.saturating_mul(r), r);
                let (image, directions) = (at.vectors.column(vector), at.images.as_ref());
                column.iter_mut().zip(directions.columns()).for_each(|(to, t)| *to = dot(t, image));
                if next(vector) == r {
                    return Ok(true);
                }
                SubspacePhase::Operate { vector: next(vector) }
            }
        };
        Ok(false)
    }

    /// The phase after a projection: another iteration, or the operator.
    fn judge(&mut self, values: &[T], r: usize) -> SubspacePhase<T> {
        // stop if the sum of the r leading Theta changed by at most 1e-5 of itself
        let leading = values.part(0, r);
        let sum = leading.iter().fold(T::ZERO, |sum, value| sum + *value);
        self.iterations = self.iterations.saturating_add(1);
        let settled = Real::abs(sum - self.sum) <= T::of(SETTLED) * sum;
        self.converged = self.iterations > 1 && settled;
        self.sum = sum;
        if !self.converged && self.iterations < self.cap {
            return SubspacePhase::Rotate { vector: 0 };
        }
        // rank = number of the r leading Theta above 9e-6 of the largest
        let least = T::of(LEAST_PART) * values.at(0);
        self.rank = leading.iter().take_while(|value| **value > least).count();
        SubspacePhase::Scale { vector: 0 }
    }
}

/// Writes column `vector` of the given basis, or fixed numbers that look random.
fn begin<T: Scalar>(vector: usize, basis: Option<&[T]>, to: &mut [T]) {
    if let Some(basis) = basis {
        copy(to, basis.part(vector.saturating_mul(to.len()), to.len()));
        return;
    }
    // A linear congruential generator (Numerical Recipes); any vectors in general position will do.
    let mut state = (vector as u32).wrapping_mul(2_654_435_761).wrapping_add(1);
    for x in to {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *x = T::of(f64::from(state >> 16) / 32_768.0 - 1.0);
    }
}

/// to = factor A weights.
fn combine<T: Scalar>(to: &mut [T], a: MatRef<'_, T>, weights: &[T], factor: T) {
    to.fill(T::ZERO);
    weights.iter().zip(a.columns()).for_each(|(w, column)| add_scaled(to, factor * *w, column));
}

/// Subtracts from column j its projections on the columns before it, twice (Kahan's rule), and scales it to length one. A
/// column of which only rounding errors are left becomes zero.
fn orthonormalise<T: Scalar>(a: &mut MatMut<'_, T>, j: usize) {
    let (before, column) = a.before_and_column(j);
    let length = Real::sqrt(dot(column, column));
    for _ in 0..2 {
        for other in before.iter().flat_map(|before| before.columns()) {
            let along = dot(other, column);
            add_scaled(column, -along, other);
        }
    }
    let norm = Real::sqrt(dot(column, column));
    let factor = if norm > T::of(16.0) * T::EPSILON * length { T::ONE / norm } else { T::ZERO };
    column.iter_mut().for_each(|x| *x *= factor);
}
