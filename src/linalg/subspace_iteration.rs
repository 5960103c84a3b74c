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

use super::jacobi::rotate_until_orthogonal;
use crate::error::Error;
use crate::matrix::{Cells, Layout, MatMut, MatRef, add_scaled, area, dot, largest, pieces};
use crate::scalar::{Real, Scalar};

/// More iterations than any spectrum with a gap behind the k-th value was seen to need.
const MOST: usize = 60;
/// The degree of the polynomial, m.
const DEGREE: usize = 4;
/// Vectors beyond the wanted ones.
pub(crate) const GUARDS: usize = 4;

/// Vectors that the iteration works on for r wanted ones in p dimensions: min(r + 4, p).
pub(crate) const fn vectors(width: usize, wanted: usize) -> usize {
    let k = wanted.saturating_add(GUARDS);
    if k < width { k } else { width }
}

/// The state of an iteration in the caller's memory.
pub(crate) struct SubspaceIteration<'m, T> {
    /// V, p x k; in the end the eigenvectors, by descending eigenvalues.
    pub(crate) vectors: MatMut<'m, T>,
    /// G V, p x k.
    pub(crate) images: MatMut<'m, T>,
    /// Theta, k.
    pub(crate) values: &'m mut [T],
    /// VᵀG V and Z, k x k each: free in the end.
    pub(crate) projected: &'m mut [T],
    pub(crate) turned: &'m mut [T],
    /// A vector of p: free in the end.
    pub(crate) column: &'m mut [T],
}

/// The pieces of [`SubspaceIteration`], in its order.
pub(crate) const fn layout(width: usize, k: usize) -> Layout<6> {
    let (tall, square) = (area(width, k), area(k, k));
    Layout::new([tall, tall, k, square, square, width])
}

impl<'m, T: Scalar> SubspaceIteration<'m, T> {
    /// The state in memory that the caller has checked, as it was left.
    pub(crate) fn over(width: usize, k: usize, memory: &'m mut [T]) -> Self {
        let ([vectors, images, values, projected, turned, column], _) =
            layout(width, k).cut_checked(memory);
        let [vectors, images] = [vectors, images].map(|piece| MatMut::over(piece, width, k));
        Self { vectors, images, values, projected, turned, column }
    }

    /// Sets V to numbers from which any matrix can be solved.
    pub(crate) fn begin(&mut self) {
        (0..self.values.len()).for_each(|j| fill(self.vectors.column_mut(j), j));
    }

    /// Takes V as it is for a start, but for its last column: that is drawn anew, so that no direction can be absent from V. V
    /// that holds no numbers is begun.
    pub(crate) fn begin_from_the_last(&mut self) {
        if !(largest(self.vectors.as_mut_slice()) < T::MAX) {
            return self.begin();
        }
        let last = self.values.len().saturating_sub(1);
        fill(self.vectors.column_mut(last), last);
    }

    /// Solves for the first `wanted` eigenvectors of G from V on; returns the number of iterations.
    /// `multiply` writes G v.
    ///
    /// # Errors
    /// [`Error::Overflow`] if a product leaves the range of the scalar; [`Error::NotConverged`] after 60 iterations.
    pub(crate) fn solve(
        &mut self,
        wanted: usize,
        mut multiply: impl FnMut(&[T], &mut [T]),
    ) -> Result<usize, Error> {
        let k = self.values.len();
        (0..k).for_each(|j| orthonormalise(&mut self.vectors, j));
        let mut before = T::MAX;
        for iteration in 1..=MOST {
            for j in 0..k {
                multiply(self.vectors.column(j), self.images.column_mut(j));
            }
            self.rotate()?;
            let residual = self.residual(wanted.saturating_sub(1));
            let [first, last, edge] = [0, wanted.saturating_sub(1), k.saturating_sub(1)]
                .map(|place| self.values.at(place));
            let rounding = T::EPSILON * Real::sqrt(T::count(self.column.len())) * first;
            let accurate = residual <= T::of(32.0) * T::EPSILON * (last - edge);
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
    #[inline(never)]
    fn rotate(&mut self) -> Result<(), Error> {
        let k = self.values.len();
        let mut projected = MatMut::over(&mut *self.projected, k, k);
        for (j, to) in projected.columns_mut().enumerate() {
            let image = self.images.column(j);
            to.iter_mut()
                .zip(self.vectors.as_ref().columns())
                .for_each(|(to, v)| *to = product(v, image));
        }
        let size = projected.as_ref().largest();
        if !projected.columns_mut().flatten().all(|x| Real::is_finite(*x)) {
            return Err(Error::Overflow { what: "a sum of products" });
        }
        // Positive semidefinite up to rounding, so its singular values are its eigenvalues.
        let scale = size.binary_scale();
        projected.scale(scale);
        let mut turned = MatMut::over(&mut *self.turned, k, k);
        turned.set_identity();
        rotate_until_orthogonal(&mut projected, self.values, Some(&mut turned))?;
        self.values.iter_mut().for_each(|value| *value /= scale);
        let row = self.column.part_mut(0, k);
        turn_rows(&mut self.vectors, self.turned, row);
        turn_rows(&mut self.images, self.turned, row);
        Ok(())
    }

    /// |y - theta v| of a pair.
    fn residual(&self, pair: usize) -> T {
        let (v, y, value) =
            (self.vectors.column(pair), self.images.column(pair), self.values.at(pair));
        let squares = y.iter().zip(v).fold(T::ZERO, |sum, (y, v)| {
            let x = *y - value * *v;
            sum + x * x
        });
        Real::sqrt(squares)
    }

    /// v_j = T_m(A) v_j with A = `inverse` G - I, by the recurrence x₂ = 2 A x₁ - x₀ from x₀ = v_j and x₁ = A v_j.
    fn filter(&mut self, j: usize, inverse: T, multiply: &mut impl FnMut(&[T], &mut [T])) {
        let (before, older) = self.vectors.before_and_column(j);
        let newer = self.images.column_mut(j);
        newer.iter_mut().zip(&*older).for_each(|(y, x)| *y = inverse * *y - *x);
        for _ in 1..DEGREE {
            let size = subtract_projections(before, newer);
            let factor = if size > T::ZERO { T::ONE / size } else { T::ONE };
            newer.iter_mut().chain(&mut *older).for_each(|x| *x *= factor);
            multiply(newer, self.column);
            // The last two in exchanged places: x₂ into that of x₀, then swapped.
            let last = older.iter_mut().zip(newer.iter_mut()).zip(&*self.column);
            for ((older, newer), product) in last {
                let next = T::TWO * (inverse * *product - *newer) - *older;
                (*older, *newer) = (*newer, next);
            }
        }
        older.iter_mut().zip(newer).for_each(|(to, x)| *to = *x);
        orthonormalise(&mut self.vectors, j);
    }
}

/// Every row of A becomes that row times Z (k x k); `row` holds one.
#[inline(never)]
pub(crate) fn turn_rows<T: Scalar>(a: &mut MatMut<'_, T>, z: &[T], row: &mut [T]) {
    for i in 0..a.rows() {
        for (j, x) in row.iter_mut().enumerate() {
            *x = a.at(i, j);
        }
        for (j, z) in pieces(z, row.len()).enumerate() {
            a.set(i, j, product(row, z));
        }
    }
}

/// [`dot`], once in the program.
#[inline(never)]
pub(crate) fn product<T: Scalar>(a: &[T], b: &[T]) -> T {
    dot(a, b)
}

/// Subtracts from a vector its projections on orthonormal ones; returns its length.
#[inline(never)]
fn subtract_projections<T: Scalar>(others: Option<MatRef<'_, T>>, vector: &mut [T]) -> T {
    for other in others.iter().flat_map(MatRef::columns) {
        let along = product(other, vector);
        add_scaled(vector, -along, other);
    }
    Real::sqrt(product(vector, vector))
}

/// Makes column j a unit vector at right angles to the columns before it: twice is enough (Kahan). If these span it up to
/// rounding, fixed numbers take its place.
#[inline(never)]
fn orthonormalise<T: Scalar>(a: &mut MatMut<'_, T>, j: usize) {
    let (before, column) = a.before_and_column(j);
    // Numbers in general position are not spanned by fewer columns than they have entries.
    for attempt in 1..=3_usize {
        let length = subtract_projections(None, column);
        let mut left = length;
        for _ in 0..2 {
            left = subtract_projections(before, column);
        }
        if left > T::of(16.0) * T::EPSILON * length && left < T::MAX {
            let factor = T::ONE / left;
            return column.iter_mut().for_each(|x| *x *= factor);
        }
        fill(column, j.wrapping_add(attempt.wrapping_mul(101)));
    }
}

/// Fixed numbers in \[-1, 1) in general position, by a linear congruential generator (Numerical Recipes).
fn fill<T: Scalar>(to: &mut [T], seed: usize) {
    let mut state = (seed as u32).wrapping_mul(2_654_435_761).wrapping_add(1);
    for x in to {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *x = T::from((state >> 16) as f32 / 32_768.0 - 1.0);
    }
}
