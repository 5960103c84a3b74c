//! The QR iteration on a symmetric tridiagonal matrix, with vectors and without.
//!
//! ```text
//! for high = n-1 .. 0
//!     repeat, at most 60 times
//!         low = high;  while coupling[low-1] is not negligible:  low = low - 1
//!         if low = high:  diagonal[high] is an eigenvalue, go to the next high
//!         shift = the eigenvalue of the last 2 x 2 block that is nearer to diagonal[high]
//!         x = diagonal[low] - shift;  bulge = coupling[low]
//!         for i = low .. high-1
//!             rotate rows and columns i, i+1 so that (x, bulge) becomes (length, 0);  coupling[i-1] = length
//!             x = coupling[i];  bulge = the entry that the rotation has filled in next to it, at (i, i+2)
//!             with vectors: rotate columns i, i+1 of the basis as well
//! ```
//!
//! The matrix has entries `diagonal[i]` and `couplings[i]` between i and i + 1 (the last coupling is
//! unused). The Householder reduction, from the first column on, leaves the large entries first; so
//! the shift is taken from the end and a bulge is chased downwards (QR; EISPACK reduces from the last
//! row and does the mirror image, QL).

use crate::error::Error;
use crate::linalg::reflections::{rotate_chain, rotation, tiny};
use crate::matrix::{Cells, Layout, MatMut, largest};
use crate::scalar::{Real, Scalar};
use core::ops::Range;

/// QR steps for one eigenvalue; two or three are usual.
const STEPS: usize = 60;

/// After this many steps for one eigenvalue, couplings that rounding errors explain are dropped.
const PATIENCE: usize = 15;

const NOT_CONVERGED: Error =
    Error::NotConverged { what: "symmetric eigenvalue iteration", iterations: STEPS };

/// Whether a coupling is below the rounding errors of its two neighbours on the diagonal, or so
/// small (where the largest entries are of order one) that its square could underflow.
#[inline(always)]
fn is_negligible<T: Scalar>(coupling: T, above: T, below: T) -> bool {
    let size = Real::abs(coupling);
    size <= T::EPSILON * (Real::abs(above) + Real::abs(below)) || size * size <= tiny()
}

/// [`is_negligible`] for the square of the coupling.
#[inline(always)]
fn is_negligible_square<T: Scalar>(square: T, above: T, below: T) -> bool {
    let bound = T::EPSILON * (Real::abs(above) + Real::abs(below));
    square <= bound * bound || square <= tiny()
}

/// Sets negligible couplings to zero, and with them marks where the matrix falls into blocks.
pub(super) fn split<T: Scalar>(diagonal: &[T], couplings: &mut [T]) {
    for ((coupling, above), below) in
        couplings.iter_mut().zip(diagonal).zip(diagonal.iter().skip(1))
    {
        if is_negligible(*coupling, *above, *below) {
            *coupling = T::ZERO;
        }
    }
}

/// The size up to which rounding errors of the reduction explain a coupling.
///
/// Where many eigenvalues are equal, as those of a projection are, all couplings between groups of rows are such
/// errors, relative to the largest entries. Next to a diagonal that is itself close to zero they never become
/// negligible, because every step replaces them by errors of its own. The reduction has already changed the matrix
/// by as much, so dropping them costs no accuracy.
fn rounding_errors<T: Scalar>(diagonal: &[T], largest_coupling: T) -> T {
    let count = T::count(diagonal.len().saturating_add(8));
    count * T::EPSILON * largest(diagonal).larger(largest_coupling)
}

/// Sets the first couplings, or their squares, to zero where they are within the bound.
fn drop_up_to<T: Scalar>(couplings: &mut [T], count: usize, bound: T) {
    let couplings = couplings.iter_mut().take(count);
    couplings.filter(|x| Real::abs(**x) <= bound).for_each(|x| *x = T::ZERO);
}

/// Squares every coupling, for [`values`].
pub(super) fn square<T: Scalar>(couplings: &mut [T]) {
    couplings.iter_mut().for_each(|x| *x *= *x);
}

/// The eigenvalue of [a b; b c] that is closer to c (Wilkinson's shift).
#[inline(always)]
fn shift<T: Scalar>(a: T, b: T, c: T) -> T {
    // b is not negligible, so |delta| is at most 1 / (2 eps).
    let delta = (a - c) / (T::TWO * b);
    let root = Real::sqrt(delta * delta + T::ONE);
    c - b / (if delta < T::ZERO { delta - root } else { delta + root })
}

/// Replaces `diagonal` by the eigenvalues (unordered, but each within its block) and multiplies
/// `basis` from the right by the matrix of eigenvectors. Destroys `couplings`; `scratch`: 2 n scalars.
pub(super) fn vectors<T: Scalar>(
    diagonal: &mut [T],
    couplings: &mut [T],
    basis: &mut MatMut<'_, T>,
    scratch: &mut [T],
) -> Result<(), Error> {
    let ([cosines, sines], _) = Layout::new([diagonal.len(); 2]).cut_checked(scratch);
    // for high = n-1 .. 0
    for high in (0..diagonal.len()).rev() {
        let mut steps = 0;
        loop {
            if steps >= PATIENCE {
                let bound = rounding_errors(diagonal, largest(couplings.part(0, high)));
                drop_up_to(couplings, high, bound);
            }
            // low = the first row of the unreduced block that ends at high
            let mut low = high;
            while low > 0
                && !is_negligible(couplings.at(low - 1), diagonal.at(low - 1), diagonal.at(low))
            {
                low -= 1;
            }
            // if low = high: diagonal[high] is an eigenvalue
            if low == high {
                break;
            }
            if steps == STEPS {
                return Err(NOT_CONVERGED);
            }
            steps += 1;
            // The rotations are applied to the basis after the step, all at once, so that its columns are read once.
            step(diagonal, couplings, low..high, cosines, sines);
            rotate_chain(basis, low, cosines.part(0, high - low), sines);
        }
    }
    Ok(())
}

/// One implicit QR step on the block from `low` to `high`, both included (Golub & Van Loan, algorithm 8.3.2). `planes`
/// are the planes (i, i + 1) of its rotations, low .. high - 1.
fn step<T: Scalar>(
    diagonal: &mut [T],
    couplings: &mut [T],
    planes: Range<usize>,
    cosines: &mut [T],
    sines: &mut [T],
) {
    let Range { start: low, end: high } = planes;
    // x = diagonal[low] - shift; bulge = coupling[low]
    let mut x =
        diagonal.at(low) - shift(diagonal.at(high - 1), couplings.at(high - 1), diagonal.at(high));
    let mut bulge = couplings.at(low);
    for ((i, kept_cosine), kept_sine) in (low..high).zip(cosines).zip(sines) {
        // rotate so that (x, bulge) becomes (length, 0); coupling[i-1] = length
        let (cosine, sine, length) = rotation(x, bulge);
        (*kept_cosine, *kept_sine) = (cosine, sine);
        if i > low {
            couplings.put(i - 1, length);
        }
        let (upper, coupling) = (diagonal.at(i), couplings.at(i));
        let lower = diagonal.at(i + 1);
        // The 2 x 2 block [upper, coupling; coupling, lower] under the rotation.
        let t = sine * (lower - upper) + T::TWO * cosine * coupling;
        diagonal.put(i, upper + sine * t);
        diagonal.put(i + 1, lower - sine * t);
        x = cosine * t - coupling;
        couplings.put(i, x);
        // bulge = the entry that the rotation has filled in next to it, at (i, i+2)
        if i + 1 < high {
            bulge = sine * couplings.at(i + 1);
            couplings.put(i + 1, cosine * couplings.at(i + 1));
        }
    }
}

/// Replaces `diagonal` by the eigenvalues (unordered, but each within its block). `squares` are the
/// squares of the couplings; destroyed.
pub(super) fn values<T: Scalar>(diagonal: &mut [T], squares: &mut [T]) -> Result<(), Error> {
    for high in (0..diagonal.len()).rev() {
        let mut steps = 0;
        loop {
            if steps >= PATIENCE {
                let most = Real::sqrt(largest(squares.part(0, high)));
                let bound = rounding_errors(diagonal, most);
                drop_up_to(squares, high, bound * bound);
            }
            let mut low = high;
            while low > 0
                && !is_negligible_square(
                    squares.at(low - 1),
                    diagonal.at(low - 1),
                    diagonal.at(low),
                )
            {
                low -= 1;
            }
            if low == high {
                break;
            }
            if steps == STEPS {
                return Err(NOT_CONVERGED);
            }
            steps += 1;
            root_free_step(diagonal, squares, low..high);
        }
    }
    Ok(())
}

/// One QR step on the squares of the couplings (Parlett, *The Symmetric Eigenvalue Problem*, 8.15).
///
/// With c², s² the squares of the rotation in the plane (i, i + 1): gamma is the diagonal entry that
/// moves on, p = (gamma / c)² the square of the first entry of the pair that the next rotation turns.
fn root_free_step<T: Scalar>(diagonal: &mut [T], squares: &mut [T], planes: Range<usize>) {
    let Range { start: low, end: high } = planes;
    let coupling = Real::sqrt(squares.at(high - 1));
    let shift = shift(diagonal.at(high - 1), coupling, diagonal.at(high));
    // The same step as with rotations, on squares: the first rotation is that of x = diagonal[low] - shift.
    let (mut cosine, mut sine) = (T::ONE, T::ZERO);
    let mut gamma = diagonal.at(low) - shift;
    let mut p = gamma * gamma;
    for i in low..high {
        let square = squares.at(i);
        let r = p + square;
        if i > low {
            squares.put(i - 1, sine * r);
        }
        let (old_cosine, old_gamma) = (cosine, gamma);
        let inverse_cosine = r / p;
        cosine = p / r;
        sine = square / r;
        let next = diagonal.at(i + 1);
        gamma = cosine * (next - shift) - sine * old_gamma;
        diagonal.put(i, old_gamma + (next - gamma));
        // gamma / c by way of 1 / c² = r / p, and where c is zero from the entry before.
        p = if cosine > tiny() { gamma * gamma * inverse_cosine } else { old_cosine * square };
    }
    squares.put(high - 1, sine * p);
    diagonal.put(high, shift + gamma);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotation_of_entries_whose_squares_underflow_is_orthogonal() {
        for size in [1.0_f32, 1e-18, 1e-25, 1e-37, 1e-44] {
            let (cosine, sine, length) = rotation(3.0 * size, -4.0 * size);
            assert!((cosine * cosine + sine * sine - 1.0).abs() <= 4.0 * f32::EPSILON, "{size}");
            assert!((cosine - 0.6).abs() < 0.02 && (sine + 0.8).abs() < 0.02, "{size}");
            assert!((length / (5.0 * size) - 1.0).abs() < 0.04, "{size}");
        }
    }

    #[test]
    fn the_shift_is_the_eigenvalue_next_to_the_last_entry() {
        // [1 2; 2 4]: 0 and 5.
        assert!((shift(1.0_f64, 2.0, 4.0) - 5.0).abs() < 1e-15);
        assert!(shift(4.0_f64, 2.0, 1.0).abs() < 1e-15);
        assert!((shift(0.0_f64, 1.0, 0.0).abs() - 1.0).abs() < 1e-15);
    }

    #[test]
    fn both_iterations_find_the_values_of_the_second_difference() {
        let n = 9;
        let (mut diagonal, mut couplings) = (vec![2.0_f64; n], vec![-1.0; n]);
        let (mut alone, mut squares) = (diagonal.clone(), vec![1.0; n]);
        let mut basis = vec![0.0; n * n];
        let mut basis = MatMut::new(&mut basis, n, n).unwrap();
        basis.set_identity();
        let mut scratch = vec![0.0; 2 * diagonal.len()];
        vectors(&mut diagonal, &mut couplings, &mut basis, &mut scratch).unwrap();
        values(&mut alone, &mut squares).unwrap();
        diagonal.sort_by(f64::total_cmp);
        alone.sort_by(f64::total_cmp);
        for k in 0..n {
            let angle = (k + 1) as f64 * std::f64::consts::PI / (n + 1) as f64;
            let expected = 2.0 - 2.0 * angle.cos();
            assert!((diagonal[k] - expected).abs() < 10.0 * n as f64 * f64::EPSILON * 4.0);
            assert!((alone[k] - expected).abs() < 10.0 * n as f64 * f64::EPSILON * 4.0);
        }
    }
}
