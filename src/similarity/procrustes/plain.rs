//! A comparison of the grade of [`Effort::Fast`](super::effort::Effort::Fast) in little code.
//!
//! ```text
//! for each of two frames, for each determinant (one of them at odd order)
//!     A in its frame;  M = B in its frame, and C = the transform between them
//!     climb f = <A, M>: plane by plane, then by L-BFGS          see `plain_ascent`
//! take the best C out of the frames, make it orthogonal to rounding, and measure the distance from it
//! ```
//!
//! The frames are eigenvectors of S and of 0.15 S + KᵀK/rho, S and K the symmetric and the skew part and rho = |A| / sqrt n
//! (see [`prepared`](super::prepared)). No signs need to be found: a sweep over the planes looks at the whole circle of each.

use super::chords::{OrderedPair, finish_found};
use super::comparison::ComparisonRef;
use super::plain_ascent::{self, Climb};
use super::prepared::Prepared;
use super::settings::Procrustes;
use crate::error::Error;
use crate::linalg::plain_jacobi;
use crate::matrix::{
    Layout, MatMut, MatRef, accumulate, area, pieces, pieces_mut, product, scale, times,
    times_transposed,
};
use crate::scalar::{Real, Scalar};

/// Frames that are started from.
const FRAMES: usize = 2;

/// Two scaled operators; the transform; the frames of both and a scratch matrix; the climb, of which what finishes the
/// transform takes the first matrices; the eigenvalues of both.
const fn layout(n: usize) -> Layout<9> {
    let square = area(n, n);
    Layout::new([square, square, square, square, square, square, plain_ascent::memory_len(n), n, n])
}

impl Procrustes {
    /// Scalars that [`compare_plain_in`](Self::compare_plain_in) needs for operators of order n: about 21 n².
    #[must_use]
    pub const fn plain_memory_len(&self, n: usize) -> usize {
        layout(n).len()
    }

    /// Compares two operators of one order as [`compare_in`](Self::compare_in) does with
    /// [`Effort::Fast`](crate::Effort::Fast), whatever effort is set, in a fifth of its code. It holds one algorithm for every
    /// step, so that a linker keeps nothing else. Its lower bound is weaker: that of the eigenvalues of the symmetric parts and of
    /// the norms of the skew parts.
    ///
    /// The transform is orthogonal to 8 n^1.5 eps, d(A, B) = d(B, A) to the bit, equal operators are at distance 0, and no distance
    /// is larger than the one with C = I.
    ///
    /// # Errors
    /// - [`Error::ShapeMismatch`] if an operator is not square, [`Error::RankMismatch`] if the orders differ: nothing is padded,
    /// - [`Error::NonFiniteEntry`], [`Error::ZeroOperator`] and [`Error::Overflow`] as [`compare_in`](Self::compare_in),
    /// - [`Error::MemoryTooSmall`] below [`plain_memory_len`](Self::plain_memory_len),
    /// - [`Error::NotConverged`] from the eigenvectors (not seen).
    ///
    /// Cost: at most 4 climbs; each about 20 n³ flops a sweep and 10 n³ a step.
    ///
    /// ```
    /// use dynamical_similarity::{MatRef, Procrustes};
    /// let a = MatRef::new(&[0.9_f32, 0.3, 0.0, -0.3, 0.9, 0.0, 0.0, 0.0, 0.5], 3, 3)?;
    /// let b = MatRef::new(&[0.5_f32, 0.0, 0.0, 0.0, 0.9, -0.3, 0.0, 0.3, 0.9], 3, 3)?; // the axes in another order
    /// const SOLVER: Procrustes = Procrustes::new();
    /// let found = SOLVER.compare_plain_in(a, b, &mut [0.0; SOLVER.plain_memory_len(3)])?.distance();
    /// assert!(found < 1e-5);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    pub fn compare_plain_in<'m, T: Scalar>(
        &self,
        a: MatRef<'_, T>,
        b: MatRef<'_, T>,
        memory: &'m mut [T],
    ) -> Result<ComparisonRef<'m, T>, Error> {
        let n = a.check_square()?;
        let right = b.check_square()?;
        if n != right {
            return Err(Error::RankMismatch { left: n, right });
        }
        let [left, right, transform, of_a, of_b, scratch, climb, d_a, d_b] =
            layout(n).cut_by_loop(memory)?;
        let (a, b) = (unprepared(a, left)?, unprepared(b, right)?);
        self.check_norm(&a)?;
        self.check_norm(&b)?;
        let mut best = MatMut::over(transform, n, n);
        if let Some(numbers) = self.closed_form(&a, &b, &mut best, climb)? {
            return Ok(ComparisonRef { numbers, transform: best.into_ref() });
        }
        let OrderedPair { first, second, swapped } = OrderedPair::of(&a, &b);
        let (mut most, mut evaluations, mut lower) = (-T::MAX, 0_usize, T::ZERO);
        for frame in 0..FRAMES {
            let skew = [
                eigenframe(first, frame, of_a, d_a, scratch)?,
                eigenframe(second, frame, of_b, d_b, scratch)?,
            ];
            if frame == 0 {
                lower = bound([first, second], [d_a, d_b], skew);
            }
            let determinants = if n.is_multiple_of(2) { 2 } else { 1 };
            for determinant in 0..determinants {
                let mut run = Climb::over(n, climb);
                into_frame(run.a, first, of_a, scratch);
                into_frame(run.m, second, of_b, scratch);
                MatMut::over(&mut *run.c, n, n).set_identity();
                if determinant == 1 {
                    run.reflect();
                }
                let f = run.climb()?;
                evaluations = evaluations.saturating_add(run.evaluations);
                if f > most {
                    most = f;
                    // Row-major C between the frames; both frames by columns: V_A C V_Bᵀ, by columns V_B Cᵀ V_Aᵀ.
                    times(scratch, run.c, of_b, n);
                    let best = best.as_mut_slice();
                    leave(best, of_a, scratch, n);
                }
            }
        }
        let chords = finish_found(first, second, &mut best, climb)?;
        if swapped {
            best.transpose();
        }
        let numbers = self.report(&a, &b, &chords, lower, evaluations)?;
        Ok(ComparisonRef { numbers, transform: best.into_ref() })
    }
}

/// C = sum over k of column k of V_A times row k of `turned`, by columns.
fn leave<T: Scalar>(c: &mut [T], frame: &[T], turned: &[T], n: usize) {
    c.fill(T::ZERO);
    for (v, row) in pieces(frame, n).zip(pieces(turned, n)) {
        for (column, weight) in pieces_mut(c, n).zip(row) {
            accumulate(column, *weight, v);
        }
    }
}

/// An operator scaled as all prepared operators are, without spectra.
fn unprepared<'m, T: Scalar>(
    a: MatRef<'_, T>,
    memory: &'m mut [T],
) -> Result<Prepared<'m, T>, Error> {
    a.check_finite()?;
    let n = a.rows();
    let factor = a.largest().binary_scale();
    for (to, from) in pieces_mut(memory, n).zip(a.columns()) {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = *from * factor + T::ZERO);
    }
    let norm = Real::sqrt(product(memory, memory));
    let operator = MatRef::over(memory, n, n);
    Ok(Prepared {
        scale: factor,
        norm,
        skew_norm: T::ZERO,
        operator,
        vectors: MatRef::EMPTY,
        symmetric_values: &[],
        split: MatRef::EMPTY,
        singular_values: &[],
        skew_singular_values: &[],
        frames: &[],
    })
}

/// Eigenvectors, by columns, of S (`frame` 0) or 0.15 S + KᵀK/rho, and their eigenvalues, descending; returns |K|.
#[inline(never)]
fn eigenframe<T: Scalar>(
    operator: &Prepared<'_, T>,
    frame: usize,
    vectors: &mut [T],
    values: &mut [T],
    scratch: &mut [T],
) -> Result<T, Error> {
    let (n, a, norm) = (values.len(), operator.operator, operator.norm);
    for (j, to) in pieces_mut(vectors, n).enumerate() {
        for (i, to) in to.iter_mut().enumerate() {
            *to = T::HALF * (a.at(i, j) - a.at(j, i));
        }
    }
    let skew_norm = Real::sqrt(product(vectors, vectors));
    let mut weight = T::ONE;
    scratch.fill(T::ZERO);
    if frame > 0 {
        times_transposed(scratch, vectors, vectors, n);
        scale(scratch, Real::sqrt(T::count(n)) / norm);
        weight = T::of(0.15);
    }
    // All eigenvalues become positive, so they are singular values.
    let shift = (T::ONE + Real::sqrt(T::count(n))) * norm;
    for (j, to) in pieces_mut(scratch, n).enumerate() {
        for (i, to) in to.iter_mut().enumerate() {
            *to += weight * T::HALF * (a.at(i, j) + a.at(j, i));
            *to += if i == j { shift } else { T::ZERO };
        }
    }
    let mut v = MatMut::over(vectors, n, n);
    v.set_identity();
    plain_jacobi::rotate(&mut MatMut::over(scratch, n, n), values, &mut v)?;
    values.iter_mut().for_each(|value| *value -= shift);
    Ok(skew_norm)
}

/// to = Vᵀ A V / |A|, row-major, from V by columns.
fn into_frame<T: Scalar>(to: &mut [T], operator: &Prepared<'_, T>, v: &[T], scratch: &mut [T]) {
    let n = operator.operator.rows();
    // Rows of `scratch` are columns of A V.
    for (to, v) in pieces_mut(scratch, n).zip(pieces(v, n)) {
        to.fill(T::ZERO);
        for (column, weight) in operator.operator.columns().zip(v) {
            accumulate(to, *weight / operator.norm, column);
        }
    }
    times_transposed(to, v, scratch, n);
}

/// |A/|A| - C B Cᵀ/|B|| is at least the root of the squared differences of the sorted eigenvalues of S, and of |K|.
fn bound<T: Scalar>([a, b]: [&Prepared<'_, T>; 2], [x, y]: [&[T]; 2], [k, l]: [T; 2]) -> T {
    let apart = k / a.norm - l / b.norm;
    let differences = x.iter().zip(y).map(|(x, y)| *x / a.norm - *y / b.norm);
    Real::sqrt(differences.fold(apart * apart, |sum, x| sum + x * x))
}
