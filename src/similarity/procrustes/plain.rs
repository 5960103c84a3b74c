//! A comparison of the grade of [`Effort::Fast`](super::effort::Effort::Fast) in little code.
//!
//! ```text
//! for each of three frames, for each determinant
//!     A in its frame;  M = B in its frame, and C = the transform between them
//!     climb f = <A, M>: plane by plane, then by L-BFGS          see `plain_ascent`
//! take the best C out of the frames, make it orthogonal to rounding, and measure the distance from it
//! ```
//!
//! The frames are eigenvectors of S, of 0.15 S + KᵀK/rho and of S - KᵀK/(2 rho), S and K the symmetric and the skew part and rho = |A| / sqrt n
//! (see [`prepared`](super::prepared)). No signs need to be found: a sweep over the planes looks at the whole circle of each.

use super::chords::Chords;
use super::comparison::ComparisonRef;
use super::plain_ascent::{self, Climb};
use super::prepared::Prepared;
use super::settings::Procrustes;
use crate::error::Error;
use crate::linalg::plain_jacobi;
use crate::matrix::{
    Cells, Layout, MatMut, MatRef, accumulate, area, copy, pieces, pieces_mut, product, scale,
    times, times_transposed,
};
use crate::scalar::{Real, Scalar};

/// Frames that are started from.
const FRAMES: usize = 3;

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
    /// Cost: 6 climbs; each about 20 n³ flops a sweep and 10 n³ a step.
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
        if a.norm == T::ZERO || b.norm == T::ZERO {
            let chords = Chords::of_trivial(a.norm == b.norm);
            let numbers = self.report(&a, &b, &chords, chords.difference, 0)?;
            let mut transform = MatMut::over(transform, n, n);
            transform.set_identity();
            return Ok(ComparisonRef { numbers, transform: transform.into_ref() });
        }
        let swapped = follows(&a, &b);
        let (first, second) = if swapped { (&b, &a) } else { (&a, &b) };
        let (mut most, mut evaluations, mut lower) = (-T::MAX, 0_usize, T::ZERO);
        for frame in 0..FRAMES {
            let skew = [
                eigenframe(first, frame, of_a, d_a, scratch)?,
                eigenframe(second, frame, of_b, d_b, scratch)?,
            ];
            if frame == 0 {
                lower = bound([first, second], [d_a, d_b], skew);
            }
            for determinant in 0..2 {
                let mut run = Climb::over(n, climb);
                into_frame(run.a, first, of_a, scratch);
                into_frame(run.m, second, of_b, scratch);
                MatMut::over(&mut *run.c, n, n).set_identity();
                if determinant == 1 {
                    run.reflect();
                }
                let f = run.climb();
                evaluations = evaluations.saturating_add(run.evaluations);
                if f > most {
                    most = f;
                    // V_A C V_Bᵀ, row after row
                    times(scratch, run.c, of_b, n);
                    leave(transform, of_a, scratch, n);
                }
            }
        }
        let chords = finish([first, second], transform, [of_a, of_b, scratch]);
        let mut transform = MatMut::over(transform, n, n);
        if !swapped {
            transform.transpose();
        }
        let numbers = self.report(&a, &b, &chords, lower, evaluations)?;
        Ok(ComparisonRef { numbers, transform: transform.into_ref() })
    }
}

/// Whether a pair is solved in the other order: by norm, then by entries.
fn follows<T: Scalar>(a: &Prepared<'_, T>, b: &Prepared<'_, T>) -> bool {
    let mut entries = a.operator.columns().flatten().zip(b.operator.columns().flatten());
    let other = entries.find(|(x, y)| x != y);
    a.norm > b.norm || (a.norm == b.norm && other.is_some_and(|(x, y)| x > y))
}

/// C = V `turned`, row after row: row i is the sum over k of entry i of column k of V times row k.
fn leave<T: Scalar>(c: &mut [T], frame: &[T], turned: &[T], n: usize) {
    c.fill(T::ZERO);
    for (v, row) in pieces(frame, n).zip(pieces(turned, n)) {
        for (to, weight) in pieces_mut(c, n).zip(v) {
            accumulate(to, *weight, row);
        }
    }
}

/// Makes C (row after row) orthogonal to rounding, by steps of Newton and Schulz, C = (3 I - C Cᵀ) C / 2, and measures the
/// chords from it. The identity takes the place of a transform that cannot be made orthogonal, or that is worse.
#[inline(never)]
fn finish<T: Scalar>(
    [a, b]: [&Prepared<'_, T>; 2],
    c: &mut [T],
    [gram, other, turned]: [&mut [T]; 3],
) -> Chords<T> {
    let n = a.order();
    let mut departure = T::MAX;
    for _ in 0..3 {
        times_transposed(gram, c, c, n);
        scale(gram, -T::HALF);
        departure = T::ZERO;
        for (i, row) in pieces_mut(gram, n).enumerate() {
            row.put(i, row.at(i) + T::HALF);
            departure += product(row, row);
            row.put(i, row.at(i) + T::ONE);
        }
        times(other, gram, c, n);
        copy(c, other);
    }
    // Of the operators by columns, which are their transposes row after row.
    let [of_a, of_b] = [a, b].map(|x| x.operator.column_major());
    times_transposed(gram, of_b, c, n);
    times(turned, c, gram, n);
    let found = chords(of_a, turned, [a.norm, b.norm]);
    let plain = chords(of_a, of_b, [a.norm, b.norm]);
    let order = T::count(n);
    let reached =
        T::TWO * Real::sqrt(departure) <= T::of(8.0) * order * Real::sqrt(order) * T::EPSILON;
    if reached && found.difference < plain.difference {
        return found;
    }
    MatMut::over(c, n, n).set_identity();
    plain
}

/// The chords of two operators of these norms.
#[inline(never)]
fn chords<T: Scalar>(a: &[T], b: &[T], [one, other]: [T; 2]) -> Chords<T> {
    let (mut difference, mut sum) = (T::ZERO, T::ZERO);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (*x / one, *y / other);
        difference += (x - y) * (x - y);
        sum += (x + y) * (x + y);
    }
    let length = |squares: T| Real::sqrt(squares).smaller(T::TWO);
    Chords { difference: length(difference), sum: length(sum) }
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

/// Eigenvectors, by columns, of S (`frame` 0), 0.15 S + KᵀK/rho or S - KᵀK/(2 rho), and their eigenvalues, descending; returns |K|.
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
        let first = frame == 1;
        let factor = if first { T::ONE } else { -T::HALF };
        scale(scratch, factor * Real::sqrt(T::count(n)) / norm);
        weight = if first { T::of(0.15) } else { T::ONE };
    }
    // All eigenvalues become positive, so they are singular values.
    let shift = (T::ONE + Real::sqrt(T::count(n))) * norm;
    for (j, to) in pieces_mut(scratch, n).enumerate() {
        for (i, to) in to.iter_mut().enumerate() {
            *to += weight * T::HALF * (a.at(i, j) + a.at(j, i));
            *to += if i == j { shift } else { T::ZERO };
        }
    }
    plain_jacobi::rotate(scratch, values, vectors)?;
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
