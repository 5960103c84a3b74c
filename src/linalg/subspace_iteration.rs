//! The leading eigenvectors of a positive semidefinite matrix that is known by its products alone.
//!
//! ```text
//! V = the given vectors, orthonormalised;  a vector that the others span is replaced by fixed numbers
//! repeat, at most 60 times
//!     Y = G V
//!     VᵀY = Z Theta Zᵀ                       by Jacobi rotations
//!     V = V Z,  Y = Y Z
//!     stop if |y_r - theta_r v_r| <= tolerance (theta_r - theta_k), from the second time on
//!     for j = 1 .. k                         T_m: the Chebyshev polynomial of degree m
//!         v_j = T_m(2 G / theta_k - I) v_j,  without its projections on v_1 .. v_{j-1} after every product
//!         v_j = v_j / |v_j|
//! ```
//!
//! The polynomial is at most one on \[0, theta_k\], where the unwanted eigenvalues are, and grows fast above it: an iteration
//! with degree m costs as much as m plain ones and gains as much as about m² of them where eigenvalues lie close. The
//! projections keep the rounding errors along the first directions from growing with it. The residual of the last wanted pair
//! bounds the angle between the wanted space and the exact one by |y_r - theta_r v_r| / (theta_r - theta_k), and a change of
//! the sum of the values does not: that is of second order in the angle. The iteration also ends where the residual is
//! rounding, sqrt(p) eps theta_1, and has stopped to shrink.
//!
//! Rutishauser, Numer. Math. 16 (1970) 205 (Chebyshev iteration with Ritz steps); Zhou & Saad, SIAM J. Matrix Anal. Appl. 29
//! (2007) 954; Parlett, The Symmetric Eigenvalue Problem, theorem 11.7.1 (the angle).

use super::plain_jacobi;
use crate::error::Error;
use crate::matrix::{
    Cells, accumulate, column_of, column_of_mut, copy, largest, pieces, product, scale,
};
use crate::scalar::{Real, Scalar};

/// More iterations than any spectrum with a gap behind the k-th value was seen to need.
const MOST: usize = 60;
/// The degree of the polynomial, m.
const DEGREE: usize = 4;
/// Vectors beyond the wanted ones.
const GUARDS: usize = 4;

/// Vectors that the iteration works on for r wanted ones in p dimensions: min(r + 4, p).
pub(crate) const fn vectors(width: usize, wanted: usize) -> usize {
    let k = wanted.saturating_add(GUARDS);
    if k < width { k } else { width }
}

/// The state of an iteration in the caller's memory; matrices column after column.
pub(crate) struct SubspaceIteration<'m, T> {
    /// V, p x k; in the end the eigenvectors, by descending eigenvalues.
    pub(crate) vectors: &'m mut [T],
    /// G V, p x k.
    pub(crate) images: &'m mut [T],
    /// Theta, k.
    pub(crate) values: &'m mut [T],
    /// VᵀG V, k x k: free in the end.
    pub(crate) projected: &'m mut [T],
    /// Z, k x k: free in the end.
    pub(crate) turned: &'m mut [T],
    /// A vector of p: free in the end.
    pub(crate) column: &'m mut [T],
}

impl<T: Scalar> SubspaceIteration<'_, T> {
    /// Sets V to numbers from which any matrix can be solved; or keeps it as it is for a start, if it holds numbers, but for its
    /// last column: so that no direction can be absent from V.
    pub(crate) fn begin(&mut self, anew: bool) {
        let last = self.values.len().saturating_sub(1);
        let keep = !anew && largest(self.vectors) < T::MAX;
        for j in if keep { last } else { 0 }..=last {
            fill(column_of_mut(self.vectors, j, self.column.len()), j);
        }
    }

    /// Solves for the first `wanted` eigenvectors of G from V on; returns the number of iterations.
    /// `multiply` writes G v.
    ///
    /// # Errors
    /// [`Error::NotConverged`] after 60 iterations, if the first and the last Ritz value cannot be told apart.
    pub(crate) fn solve(
        &mut self,
        wanted: usize,
        mut multiply: impl FnMut(&[T], &mut [T]),
    ) -> Result<usize, Error> {
        let (k, p) = (self.values.len(), self.column.len());
        (0..k).for_each(|j| orthonormalise(self.vectors, j, p));
        let mut before = T::MAX;
        for iteration in 1..=MOST {
            for j in 0..k {
                multiply(column_of(self.vectors, j, p), column_of_mut(self.images, j, p));
            }
            self.rotate()?;
            let last = wanted.saturating_sub(1);
            let (value, edge) = (self.values.at(last), self.values.at(k.saturating_sub(1)));
            // y_r - theta_r v_r
            copy(self.column, column_of(self.images, last, p));
            accumulate(self.column, -value, column_of(self.vectors, last, p));
            let residual = Real::sqrt(product(self.column, self.column));
            let first = self.values.at(0);
            let rounding = T::EPSILON * Real::sqrt(T::count(p)) * first;
            let accurate = residual <= T::of(32.0) * T::EPSILON * (value - edge);
            let at_rest = residual <= rounding && residual > T::HALF * before;
            if iteration > 1 && (accurate || at_rest) {
                return Ok(iteration);
            }
            before = residual;
            let inverse = T::TWO / edge.larger(T::EPSILON * first).larger(T::MIN_POSITIVE);
            for j in 0..k {
                self.filter(j, inverse, &mut multiply);
            }
        }
        Err(Error::NotConverged { what: "subspace iteration", iterations: MOST })
    }

    /// The Ritz step: VᵀY = Z Theta Zᵀ, V = V Z, Y = Y Z.
    fn rotate(&mut self) -> Result<(), Error> {
        let (k, p) = (self.values.len(), self.column.len());
        for j in 0..k {
            let to = column_of_mut(self.projected, j, k);
            for (i, to) in to.iter_mut().enumerate() {
                *to = product(column_of(self.vectors, i, p), column_of(self.images, j, p));
            }
        }
        // Positive semidefinite up to rounding, so its singular values are its eigenvalues.
        plain_jacobi::rotate(self.projected, self.values, self.turned)?;
        let row = self.column.part_mut(0, k);
        for a in [&mut *self.vectors, &mut *self.images] {
            turn_rows(a, self.turned, row);
        }
        Ok(())
    }

    /// v_j = T_m(A) v_j with A = `inverse` G - I, by the recurrence x₂ = 2 A x₁ - x₀ from x₀ = v_j and x₁ = A v_j.
    fn filter(&mut self, j: usize, inverse: T, multiply: &mut impl FnMut(&[T], &mut [T])) {
        let p = self.column.len();
        let (before, rest) =
            self.vectors.split_at_mut_checked(j.wrapping_mul(p)).unwrap_or_default();
        let older = column_of_mut(rest, 0, p);
        let newer = column_of_mut(self.images, j, p);
        scale(newer, inverse);
        accumulate(newer, -T::ONE, older);
        for _ in 1..DEGREE {
            let size = subtract_projections(before, newer);
            let factor = if size > T::ZERO { T::ONE / size } else { T::ONE };
            scale(newer, factor);
            scale(older, factor);
            multiply(newer, self.column);
            // x₂ takes the place of x₁, which takes that of x₀.
            for ((older, newer), product) in older.iter_mut().zip(&mut *newer).zip(&*self.column) {
                let next = T::TWO * (inverse * *product - *newer) - *older;
                (*older, *newer) = (*newer, next);
            }
        }
        copy(older, newer);
        orthonormalise(self.vectors, j, p);
    }
}

/// Every row of A becomes that row times Z (k x k), both column after column; `row` holds one.
#[inline(never)]
pub(crate) fn turn_rows<T: Scalar>(a: &mut [T], z: &[T], row: &mut [T]) {
    let (k, entries) = (row.len(), a.len());
    let Some(rows) = entries.checked_div(k) else { return };
    for i in 0..rows {
        let mut at = i;
        for x in row.iter_mut() {
            *x = a.at(at);
            at += rows;
        }
        at = i;
        for z in pieces(z, k).take(k) {
            a.put(at, product(row, z));
            at += rows;
        }
    }
}

/// Subtracts from a vector its projections on orthonormal ones; returns its length.
#[inline(never)]
fn subtract_projections<T: Scalar>(others: &[T], vector: &mut [T]) -> T {
    for other in pieces(others, vector.len()) {
        let along = product(other, vector);
        accumulate(vector, -along, other);
    }
    Real::sqrt(product(vector, vector))
}

/// Makes column j a unit vector at right angles to the columns before it: twice is enough (Kahan). If these span it up to
/// rounding, fixed numbers take its place.
#[inline(never)]
fn orthonormalise<T: Scalar>(a: &mut [T], j: usize, rows: usize) {
    let (before, rest) = a.split_at_mut_checked(j.wrapping_mul(rows)).unwrap_or_default();
    let column = column_of_mut(rest, 0, rows);
    // Numbers in general position are not spanned by fewer columns than they have entries.
    for attempt in 1..=3_usize {
        let length = subtract_projections(&[], column);
        subtract_projections(before, column);
        let left = subtract_projections(before, column);
        if left > T::of(16.0) * T::EPSILON * length && left < T::MAX {
            return scale(column, T::ONE / left);
        }
        fill(column, j.wrapping_add(attempt.wrapping_mul(101)));
    }
}

/// Fixed numbers in \[-1, 1) in general position, by a linear congruential generator (Numerical Recipes).
#[inline(never)]
fn fill<T: Scalar>(to: &mut [T], seed: usize) {
    let mut state = (seed as u32).wrapping_mul(2_654_435_761).wrapping_add(1);
    for x in to {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *x = T::from((state >> 16) as f32 / 32_768.0 - 1.0);
    }
}
