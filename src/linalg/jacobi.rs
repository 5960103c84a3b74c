//! One-sided Jacobi: A V = U S by plane rotations of columns.
//!
//! ```text
//! scale A by a power of two;  V = I
//! repeat, at most 30 times                   one sweep
//!     compute the norms of the columns and sort the columns by them, longest first
//!     for sum = 1 .. 2 n - 3, for each pair p < q of columns with p + q = sum
//!         exchange columns p and q (of A and V) if q is longer
//!         g = column p . column q
//!         if |g| <= tolerance |p| |q|, or column q is negligible:  next pair
//!         rotate columns p and q of A and of V so that g becomes zero;  update both norms
//!     stop if n (largest cosine) (largest sine) of this sweep <= tolerance
//! sort the columns;  S = their norms, U = columns / norms, V = V
//! ```
//!
//! Two columns x and y with norms a >= b and inner product g become orthogonal under
//! x' = c x - s y, y' = s x + c y, where t = s / c is the smaller root of t² + 2 zeta t = 1 and
//! zeta = (b² - a²) / 2 g (Hestenes, J. SIAM 6 (1958) 51). Written as x' = x - s (y + tau x),
//! y' = y + s (x - tau y), tau = s / (1 + c) (Rutishauser, Numer. Math. 9 (1966) 1), a small rotation is
//! a small correction, and V stays orthogonal to a few eps where the plain form drifts.
//!
//! Every sweep starts with the columns sorted by length, and of each pair the longer comes first (de
//! Rijk, SIAM J. Sci. Stat. Comput. 10 (1989) 359): columns sort themselves and convergence is quadratic
//! within few sweeps. Pairs go by anti-diagonals, p + q = 1, 2, ..: those of one diagonal share no column, so
//! four are worked on at once, and the order is equivalent to the classical one, row by row (Luk & Park,
//! SIAM J. Sci. Stat. Comput. 10 (1989) 18). Norms are kept, not summed again for every pair; they are
//! summed again at each sweep and when a column shrinks, where the kept value has lost its digits.
//!
//! Accuracy: the computed singular values are those of A + E with |E e_j| <= c eps |A e_j| column by
//! column, so columns of very different lengths keep their small singular values to full relative
//! accuracy (Demmel & Veselic, SIAM J. Matrix Anal. Appl. 13 (1992) 1204).

use super::scaling;
use crate::error::Error;
use crate::matrix::{Cells, MatMut, MatRef, add_scaled, check, dot};
use crate::scalar::{Real, Scalar};
use rotations::{LANES, Rotations};

mod rotations;

/// More sweeps than any matrix has been seen to need (6 to 10).
const SWEEPS: usize = 30;

/// Makes the columns of A (m x n, m >= n) orthonormal by rotating them: A = U S Vᵀ.
///
/// - `a` becomes U. Columns with zero singular value are completed to an orthonormal set.
/// - `singular_values` (n) become S, descending. Those below sqrt(smallest normal / eps) times the largest
///   entry of A (3e-16 in `f32`, 1e-146 in `f64`) are returned as zero.
/// - `v` (n x n), if given, becomes V.
///
/// # Errors
/// - [`Error::ShapeMismatch`] if m < n or the shapes do not fit,
/// - [`Error::NonFiniteEntry`] if an entry is NaN or infinite, or if the largest singular value
///   exceeds the largest scalar,
/// - [`Error::NotConverged`] after 30 sweeps (not seen for any finite matrix).
///
/// Cost: about 2 n² m flops (12 n² m with every rotation done, 8 n³ more for V) a sweep, 4 to 9 sweeps; no
/// memory. For a fast and accurate SVD of any matrix use [`svd_in`](crate::linalg::svd::svd_in), which
/// prepares the matrix by QR.
///
/// ```
/// use dynamical_similarity::{MatMut, linalg::svd};
/// let (mut a, mut s, mut v) = ([3.0_f64, 4.0, 0.0, 5.0], [0.0; 2], [0.0; 4]); // [3 0; 4 5]
/// let mut v = MatMut::new(&mut v, 2, 2)?;
/// svd::orthogonalise_columns_in(&mut MatMut::new(&mut a, 2, 2)?, &mut s, Some(&mut v))?;
/// assert!((s[0] - 45.0_f64.sqrt()).abs() < 1e-14 && (s[1] - 5.0_f64.sqrt()).abs() < 1e-14);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn orthogonalise_columns_in<T: Scalar>(
    a: &mut MatMut<'_, T>,
    singular_values: &mut [T],
    mut v: Option<&mut MatMut<'_, T>>,
) -> Result<(), Error> {
    let n = check("the number of singular values", a.cols(), singular_values.len())?;
    if a.rows() < n {
        check("the number of rows", n, a.rows())?;
    }
    if let Some(v) = v.as_deref_mut() {
        check("the number of rows of V", n, v.rows())?;
        check("the number of columns of V", n, v.cols())?;
        v.set_identity();
    }
    a.as_ref().check_finite()?;
    // scale A by a power of two; V = I
    let scale = a.as_ref().largest().binary_scale();
    a.scale(scale);
    rotate_until_orthogonal(a, singular_values, v.as_deref_mut())?;
    // sort the columns; S = their norms, U = columns / norms
    sort_descending(a, singular_values, v);
    normalise(a, singular_values);
    unscale(singular_values, scale)
}

/// Takes the power of two out of the singular values again; an infinite one is an error.
pub(super) fn unscale<T: Scalar>(singular_values: &mut [T], scale: T) -> Result<(), Error> {
    match scaling::unscale(singular_values, scale) {
        Some(_) => Err(Error::Overflow { what: "a singular value" }),
        None => Ok(()),
    }
}

/// Columns shorter than this count as zero, in a matrix whose largest entry is in [1, 2): below it the
/// products of two columns leave the range of the scalar.
fn negligible<T: Scalar>() -> T {
    Real::sqrt(T::MIN_POSITIVE / T::EPSILON)
}

/// Sweeps over all pairs until every two columns are orthogonal; leaves the norms in `norms`.
pub(crate) fn rotate_until_orthogonal<T: Scalar>(
    a: &mut MatMut<'_, T>,
    norms: &mut [T],
    mut v: Option<&mut MatMut<'_, T>>,
) -> Result<(), Error> {
    let tolerance = cosine_tolerance(a.rows());
    // repeat, at most 30 times: one sweep
    for _ in 0..SWEEPS {
        // compute the norms of the columns and sort the columns by them
        sort_descending(a, norms, v.as_deref_mut());
        let mut sweep = Sweep {
            a: a.reborrow(),
            norms: &mut *norms,
            v: v.as_deref_mut().map(MatMut::reborrow),
            tolerance,
            largest_cosine: T::ZERO,
            largest_sine: T::ZERO,
        };
        sweep.all_pairs();
        // stop if n (largest cosine) (largest sine) of this sweep <= tolerance
        if sweep.is_last() {
            return Ok(());
        }
    }
    Err(TOO_MANY_SWEEPS)
}

/// The rounding error of the cosine of two orthogonal columns of m entries.
fn cosine_tolerance<T: Scalar>(rows: usize) -> T {
    T::EPSILON * Real::sqrt(T::count(rows))
}

const TOO_MANY_SWEEPS: Error =
    Error::NotConverged { what: "one-sided Jacobi rotation", iterations: SWEEPS };

/// The progress of [`rotate_until_orthogonal`] where it works on one anti-diagonal of pairs per call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stepwise<T> {
    sweeps: usize,
    /// p + q of the pairs that come next; 0 before a sweep.
    sum: usize,
    largest_cosine: T,
    largest_sine: T,
}

impl<T: Scalar> Stepwise<T> {
    pub(crate) const fn new() -> Self {
        Self { sweeps: 0, sum: 0, largest_cosine: T::ZERO, largest_sine: T::ZERO }
    }

    /// The next pairs, at most n / 2 of them; true when all columns are orthogonal and sorted by their norms.
    /// The largest entry of `a` must be of order one.
    pub(crate) fn step(
        &mut self,
        a: &mut MatMut<'_, T>,
        norms: &mut [T],
        mut v: Option<&mut MatMut<'_, T>>,
    ) -> Result<bool, Error> {
        if self.sum == 0 {
            if self.sweeps == SWEEPS {
                return Err(TOO_MANY_SWEEPS);
            }
            sort_descending(a, norms, v.as_deref_mut());
            *self = Self { sweeps: self.sweeps.saturating_add(1), ..Self::new() };
            self.sum = 1;
        }
        let tolerance = cosine_tolerance(a.rows());
        let last = norms.len().saturating_mul(2).saturating_sub(3);
        let mut sweep = Sweep {
            a: a.reborrow(),
            norms: &mut *norms,
            v: v.as_deref_mut().map(MatMut::reborrow),
            tolerance,
            largest_cosine: self.largest_cosine,
            largest_sine: self.largest_sine,
        };
        sweep.pairs_of(self.sum);
        (self.largest_cosine, self.largest_sine) = (sweep.largest_cosine, sweep.largest_sine);
        if self.sum < last {
            self.sum = self.sum.saturating_add(1);
            return Ok(false);
        }
        self.sum = 0;
        let done = sweep.is_last();
        if done {
            sort_descending(a, norms, v);
        }
        Ok(done)
    }
}

/// What one sweep works on, and the largest cosine it met and sine it rotated by.
struct Sweep<'a, T> {
    a: MatMut<'a, T>,
    norms: &'a mut [T],
    v: Option<MatMut<'a, T>>,
    tolerance: T,
    largest_cosine: T,
    largest_sine: T,
}

impl<T: Scalar> Sweep<'_, T> {
    /// All pairs (p, q), p < q, by ascending p + q: pairs with one sum are disjoint, and every pair
    /// comes after the same others as in the order row by row, so nothing changes but the speed.
    fn all_pairs(&mut self) {
        for sum in 1..(2 * self.norms.len()).saturating_sub(2) {
            self.pairs_of(sum);
        }
    }

    /// All pairs with one p + q.
    #[inline(always)]
    fn pairs_of(&mut self, sum: usize) {
        let n = self.norms.len();
        let end = sum.div_ceil(2);
        for first in ((sum + 1).saturating_sub(n)..end).step_by(LANES) {
            self.some_pairs(first, end.min(first + LANES), sum);
        }
    }

    /// Whether no further sweep is needed. A later rotation by angle s of columns of similar length changes a
    /// cosine that is already zero by at most s times the other cosines, n of them in a row: what is left is below
    /// the tolerance. A column much shorter than the other takes its cosines with third columns times the cosine
    /// that is made zero, however small s is: so no cosine may have been above a few roots of eps. That also sends
    /// a column through another sweep that has shrunk to its rounding errors.
    fn is_last(&self) -> bool {
        let cosine = self.largest_cosine;
        T::count(self.norms.len()) * cosine * self.largest_sine <= self.tolerance
            && cosine * cosine <= T::of(4.0) * T::EPSILON
    }

    /// The pairs (p, sum - p) with first <= p < end, at most [`LANES`] of them.
    fn some_pairs(&mut self, first: usize, end: usize, sum: usize) {
        let mut products = [T::ZERO; LANES];
        let [mut long, mut short] = [[T::ONE; LANES]; 2];
        let mut converged = true;
        let lanes = products.iter_mut().zip(&mut long).zip(&mut short);
        for (p, ((product, a), b)) in (first..end).zip(lanes) {
            // exchange columns p and q if q is longer
            self.longer_first(p, sum - p);
            (*a, *b) = (self.norms.at(p), self.norms.at(sum - p));
            // g = column p . column q; if it is zero to rounding, or column q is negligible: next pair
            let g = dot(self.a.column(p), self.a.column(sum - p));
            // Half of what counts as zero in the end: rounding leaves no column that does not and is not rotated.
            if Real::abs(g) > self.tolerance * (*a * *b) && *b >= T::HALF * negligible() {
                (*product, converged) = (g, false);
            }
        }
        if converged {
            return;
        }
        // rotate columns p and q of A and of V so that g becomes zero; update both norms
        let after = Rotations::annihilating(&products, &long, &short);
        for ((p, product), pair) in (first..end).zip(products).zip(after.pairs()) {
            if product == T::ZERO {
                continue;
            }
            let q = sum - p;
            self.largest_cosine = self.largest_cosine.larger(pair.cosine);
            self.largest_sine = self.largest_sine.larger(Real::abs(pair.rotation.sine));
            if let Some(v) = &mut self.v {
                let (x, y) = v.two_columns_mut(p, q);
                pair.rotation.apply(x, y);
            }
            let (x, y) = self.a.two_columns_mut(p, q);
            pair.rotation.apply(x, y);
            // A norm that shrank much has lost its digits.
            let shrunk = pair.shorter < T::of(0.3) * self.norms.at(q);
            self.norms.put(p, pair.longer);
            self.norms.put(q, if shrunk { Real::sqrt(dot(y, y)) } else { pair.shorter });
        }
    }

    /// Exchanges columns p and q if the second is longer.
    fn longer_first(&mut self, p: usize, q: usize) {
        let (a, b) = (self.norms.at(p), self.norms.at(q));
        if b > a {
            // The column that comes first from here on has not met those that the other one has met.
            self.largest_cosine = T::ONE;
            self.norms.put(p, b);
            self.norms.put(q, a);
            self.a.exchange_columns(p, q);
            if let Some(v) = &mut self.v {
                v.exchange_columns(p, q);
            }
        }
    }
}

/// Sums the norms again and sorts the columns by them, the longest first.
pub(super) fn sort_descending<T: Scalar>(
    a: &mut MatMut<'_, T>,
    norms: &mut [T],
    mut v: Option<&mut MatMut<'_, T>>,
) {
    for (norm, column) in norms.iter_mut().zip(a.as_ref().columns()) {
        *norm = Real::sqrt(dot(column, column));
        if *norm < negligible() {
            *norm = T::ZERO;
        }
    }
    scaling::sort_by_exchanges(norms, |p, q| {
        a.exchange_columns(p, q);
        if let Some(v) = &mut v {
            v.exchange_columns(p, q);
        }
    });
}

/// Divides columns by their norms; replaces those of norm zero, the last ones, by unit vectors
/// orthogonal to all before.
pub(crate) fn normalise<T: Scalar>(a: &mut MatMut<'_, T>, norms: &[T]) {
    for (k, norm) in norms.iter().enumerate() {
        let (before, column) = a.before_and_column(k);
        if *norm > T::ZERO {
            let factor = T::ONE / *norm;
            column.iter_mut().for_each(|x| *x *= factor);
        } else {
            complete(before, column);
        }
    }
}

/// Makes `column` a unit vector orthogonal to the orthonormal columns `before`: the unit vector e_i that
/// is farthest from their span (|e_i - P e_i|² = 1 - sum of row i squared, at least (m - k) / m for the
/// best i), with its projection subtracted twice (Kahan's rule: twice is enough).
fn complete<T: Scalar>(before: Option<MatRef<'_, T>>, column: &mut [T]) {
    column.fill(T::ZERO);
    let Some(before) = before else {
        column.put(0, T::ONE);
        return;
    };
    for other in before.columns() {
        column.iter_mut().zip(other).for_each(|(sum, x)| *sum += *x * *x);
    }
    let (mut best, mut least) = (0, T::MAX);
    for (i, sum) in column.iter().enumerate() {
        if *sum < least {
            (best, least) = (i, *sum);
        }
    }
    column.fill(T::ZERO);
    column.put(best, T::ONE);
    for _ in 0..2 {
        for other in before.columns() {
            let along = dot(other, column);
            add_scaled(column, -along, other);
        }
    }
    let factor = T::ONE / Real::sqrt(dot(column, column));
    column.iter_mut().for_each(|x| *x *= factor);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Mat;

    fn random<T: Scalar>(rows: usize, cols: usize, seed: u64) -> Mat<T> {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut a = Mat::zeros(rows, cols).unwrap();
        for column in a.as_mut().columns_mut() {
            for x in column {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                *x = T::of((state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0);
            }
        }
        a
    }

    fn check_product<T: Scalar>(a: &Mat<T>) {
        let (m, n) = (a.as_ref().rows(), a.as_ref().cols());
        let (mut u, mut s, mut v) = (a.clone(), vec![T::ZERO; n], Mat::zeros(n, n).unwrap());
        orthogonalise_columns_in(&mut u.as_mut(), &mut s, Some(&mut v.as_mut())).unwrap();
        assert!(s.windows(2).all(|pair| pair[0] >= pair[1]) && s[n - 1] >= T::ZERO);
        let mark = 10.0 * m as f64 * T::EPSILON.into();
        for q in [&u, &v] {
            for i in 0..n {
                for j in 0..n {
                    let product: f64 = dot(q.as_ref().column(i), q.as_ref().column(j)).into();
                    let expected = if i == j { 1.0 } else { 0.0 };
                    assert!((product - expected).abs() <= mark, "{m} {n} {i} {j} {product}");
                }
            }
        }
        let norm: f64 = a.as_ref().frobenius_norm().into();
        for i in 0..m {
            for j in 0..n {
                let sum: f64 = (0..n)
                    .map(|k| -> f64 {
                        let terms = [u.as_ref().at(i, k), s[k], v.as_ref().at(j, k)];
                        terms.map(Into::<f64>::into).iter().product()
                    })
                    .sum();
                let entry: f64 = a.as_ref().at(i, j).into();
                assert!((sum - entry).abs() <= mark * norm);
            }
        }
    }

    #[test]
    fn u_s_v_is_a() {
        for (m, n) in [(1, 1), (5, 1), (2, 2), (3, 3), (8, 8), (20, 7), (33, 33)] {
            for scale in [1.0, 1e-30, 1e30] {
                let mut a = random::<f64>(m, n, 1);
                a.as_mut().scale(scale);
                check_product(&a);
                let mut a = random::<f32>(m, n, 2);
                a.as_mut().scale(scale as f32);
                check_product(&a);
            }
        }
    }

    #[test]
    fn zero_singular_values_have_orthonormal_vectors_too() {
        check_product(&Mat::<f64>::zeros(4, 4).unwrap());
        let mut a = random::<f32>(6, 6, 5);
        for j in [1, 4] {
            a.as_mut().column_mut(j).fill(0.0);
        }
        check_product(&a);
    }

    #[test]
    fn short_columns_keep_the_relative_accuracy_of_their_singular_values() {
        // A = U D with orthogonal columns of U rotated a little: the values are known to first order.
        let mut a = random::<f32>(12, 3, 9);
        let mut plain = a.clone();
        let mut exact = [0.0_f32; 3];
        orthogonalise_columns_in(&mut plain.as_mut(), &mut exact, None).unwrap();
        for (j, e) in [0, -20, -40].into_iter().enumerate() {
            a.as_mut().column_mut(j).iter_mut().for_each(|x| *x *= 2.0_f32.powi(e));
        }
        let mut wide = Mat::<f64>::zeros(12, 3).unwrap();
        for j in 0..3 {
            for i in 0..12 {
                wide.as_mut().set(i, j, a.as_ref().at(i, j).into());
            }
        }
        let (mut s, mut precise) = ([0.0_f32; 3], [0.0_f64; 3]);
        orthogonalise_columns_in(&mut a.as_mut(), &mut s, None).unwrap();
        orthogonalise_columns_in(&mut wide.as_mut(), &mut precise, None).unwrap();
        for (s, precise) in s.iter().zip(precise) {
            assert!(
                (f64::from(*s) / precise - 1.0).abs() < 20.0 * f64::from(f32::EPSILON),
                "{s} {precise}"
            );
        }
    }

    #[test]
    fn bad_input_is_refused() {
        let mut data = [1.0, f64::INFINITY, 1.0, 1.0];
        let mut a = MatMut::new(&mut data, 2, 2).unwrap();
        let error = orthogonalise_columns_in(&mut a, &mut [0.0; 2], None);
        assert_eq!(error, Err(Error::NonFiniteEntry { row: 1, column: 0 }));
        let mut wide = MatMut::new(&mut data, 1, 2).unwrap();
        assert!(orthogonalise_columns_in(&mut wide, &mut [0.0; 2], None).is_err());
    }
}
