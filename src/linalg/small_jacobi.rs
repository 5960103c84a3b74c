//! One-sided Jacobi for small matrices. A lies above V in one block, so that a rotation of two columns turns both, and no
//! preparation is needed. See [`super::jacobi`] for the method; up to [`LARGEST`] columns this is the
//! cheapest way to singular values, and it keeps the small ones of columns of any grading.

use crate::error::Error;
use crate::matrix::MatMut;
use crate::scalar::{Real, Scalar};

/// The most columns that it is used for.
pub(super) const LARGEST: usize = 8;

/// From this many columns on, the longest column that is left comes first (de Rijk, SIAM J. Sci. Stat. Comput. 10 (1989) 359):
/// a tenth fewer rotations of 8 columns, no fewer of 4.
const PIVOTED: usize = 5;

/// More sweeps than any matrix has been seen to need (4 to 7).
const SWEEPS: usize = 30;

/// Rotates the columns of `block` until the first n rows of any two are orthogonal, and the longer columns come
/// first. Entries of these rows must be at most of order one.
pub(super) fn orthogonalise<T: Scalar>(block: &mut MatMut<'_, T>, n: usize) -> Result<(), Error> {
    let height = block.rows();
    let entries = block.as_mut_slice();
    // The loops of the commonest sizes are unrolled; no bit depends on it.
    match (n, height) {
        (4, 4) => rotate(entries, 4, 4),
        (4, 8) => rotate(entries, 4, 8),
        (8, 8) => rotate(entries, 8, 8),
        (8, 16) => rotate(entries, 8, 16),
        _ => rotate(entries, n, height),
    }
}

#[inline(always)]
fn rotate<T: Scalar>(entries: &mut [T], n: usize, height: usize) -> Result<(), Error> {
    let count = T::count(n);
    let tolerance = T::EPSILON * T::EPSILON * count;
    for _ in 0..SWEEPS {
        let (cosine, sine) = sweep(entries, n, height, tolerance);
        // A later rotation by angle s of columns of similar length changes a cosine that is already zero by at most s
        // times the other cosines, n of them in a row. A column much shorter than the other takes its cosines with
        // third columns times the cosine that is made zero, however small s is. All are squares here.
        if count * count * (cosine * sine) <= tolerance && cosine <= T::of(4.0) * T::EPSILON {
            return Ok(());
        }
    }
    Err(Error::NotConverged { what: "one-sided Jacobi rotation", iterations: SWEEPS })
}

/// Every pair of columns once; the squares of the largest cosine that was made zero and of the largest sine of a
/// rotation. Squares of lengths are summed here and then kept, until a column is so much shorter that what is kept
/// has lost its digits.
#[inline(always)]
fn sweep<T: Scalar>(entries: &mut [T], n: usize, height: usize, tolerance: T) -> (T, T) {
    let mut largest = (T::ZERO, T::ZERO);
    let mut squares = [T::ZERO; LARGEST];
    for (square, x) in squares.iter_mut().zip(columns(entries, height)) {
        *square = inner(x, x, n);
    }
    let (mut rest, mut squares) = (entries, &mut squares[..]);
    while let Some((x, after)) = rest.split_at_mut_checked(height) {
        let Some((a, others)) = squares.split_first_mut() else { break };
        if n >= PIVOTED {
            let (mut longest, mut most) = (others.len(), *a);
            for (k, b) in others.iter().enumerate() {
                if *b > most {
                    (longest, most) = (k, *b);
                }
            }
            if let Some((b, y)) = others.iter_mut().zip(columns(after, height)).nth(longest) {
                exchange(x, y);
                core::mem::swap(a, b);
            }
        }
        for (b, y) in others.iter_mut().zip(columns(after, height)) {
            let pair = ColumnPair { a: *a, b: *b, product: inner(x, y, n) };
            let cosine = pair.square_of_cosine();
            if *a < *b {
                // The longer column comes first from here on, and has not met those that the other one has met.
                largest.0 = T::ONE;
            }
            if cosine > tolerance {
                let turn = pair.turn();
                turn.apply(x, y);
                let least = T::of(0.1) * *b;
                (*a, *b) = (turn.longer, turn.shorter);
                if *b < least {
                    *b = inner(y, y, n);
                }
                largest = (cosine.larger(largest.0), turn.square_of_sine.larger(largest.1));
            } else if *a < *b {
                exchange(x, y);
                core::mem::swap(a, b);
            }
        }
        (rest, squares) = (after, others);
    }
    largest
}

/// Whole columns, whose height the compiler sees where it is known.
#[inline(always)]
fn columns<T>(mut rest: &mut [T], height: usize) -> impl Iterator<Item = &mut [T]> {
    core::iter::from_fn(move || {
        let (column, after) = core::mem::take(&mut rest).split_at_mut_checked(height)?;
        rest = after;
        Some(column)
    })
}

/// Not inlined twice where it is unrolled: exchanges are few.
#[inline(never)]
fn exchange<T>(x: &mut [T], y: &mut [T]) {
    x.iter_mut().zip(y).for_each(|(x, y)| core::mem::swap(x, y));
}

/// The inner product of the first n entries.
#[inline(always)]
fn inner<T: Scalar>(x: &[T], y: &[T], n: usize) -> T {
    x.iter().zip(y).take(n).fold(T::ZERO, |sum, (x, y)| sum + *x * *y)
}

/// |x|², |y|² and x·y of two columns before a rotation.
struct ColumnPair<T> {
    a: T,
    b: T,
    product: T,
}

impl<T: Scalar> ColumnPair<T> {
    /// Zero where one of them counts as zero.
    #[inline(always)]
    fn square_of_cosine(&self) -> T {
        // Squares of columns below this have left the range of the scalar. Half of what counts as zero in the end, so
        // that rounding leaves no column that does not and has not been rotated.
        let negligible = T::HALF * (T::MIN_POSITIVE / T::EPSILON);
        if self.a > negligible && self.b > negligible {
            (self.product / self.a) * (self.product / self.b)
        } else {
            T::ZERO
        }
    }

    /// The rotation that makes them orthogonal and x the longer one.
    #[inline(always)]
    fn turn(&self) -> Turn<T> {
        let (long, short, exchanged) =
            if self.a < self.b { (self.b, self.a, true) } else { (self.a, self.b, false) };
        // Of the longer column u and the shorter v: u' = c u + s v, v' = c v - s u.
        let zeta = (long - short) / (self.product + self.product);
        let size = Real::abs(zeta);
        // Beyond 1/eps the root is zeta itself, and the square may overflow.
        let bounded = size.smaller(T::ONE / T::EPSILON);
        let tangent = T::ONE / (size + Real::sqrt(T::ONE + bounded * bounded).larger(size));
        let cosine = T::ONE / Real::sqrt(T::ONE + tangent * tangent);
        let sine = if zeta < T::ZERO { -(tangent * cosine) } else { tangent * cosine };
        let moved = tangent * Real::abs(self.product);
        let (x_to_x, y_to_x) = if exchanged { (sine, cosine) } else { (cosine, sine) };
        let (x_to_y, y_to_y) = if exchanged { (cosine, -sine) } else { (-sine, cosine) };
        Turn {
            x_to_x,
            y_to_x,
            x_to_y,
            y_to_y,
            longer: long + moved,
            shorter: short - moved,
            square_of_sine: sine * sine,
        }
    }
}

/// x' = `x_to_x` x + `y_to_x` y, y' likewise.
struct Turn<T> {
    x_to_x: T,
    y_to_x: T,
    x_to_y: T,
    y_to_y: T,
    /// |x'|² and |y'|²
    longer: T,
    shorter: T,
    square_of_sine: T,
}

impl<T: Scalar> Turn<T> {
    #[inline(always)]
    fn apply(&self, x: &mut [T], y: &mut [T]) {
        for (x, y) in x.iter_mut().zip(y) {
            let (p, q) = (*x, *y);
            *x = self.x_to_x * p + self.y_to_x * q;
            *y = self.x_to_y * p + self.y_to_y * q;
        }
    }
}
