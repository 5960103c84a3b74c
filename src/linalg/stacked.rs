//! One-sided Jacobi for small matrices: A stands above V in one block, so that a rotation of two columns turns
//! both, and nothing is prepared. See [`super::jacobi`] for the method; up to [`LARGEST`] columns this is the
//! cheapest way to singular values, and it keeps the small ones of columns of any grading.

use crate::error::Error;
use crate::matrix::{MatMut, pieces_mut};
use crate::scalar::{Real, Scalar};

/// The most columns that it is used for.
pub(super) const LARGEST: usize = 8;

/// More sweeps than any matrix has been seen to need (4 to 7).
const SWEEPS: usize = 30;

/// Rotates the columns of `block` until the first n rows of any two are orthogonal, and the longer columns come
/// first. Entries of these rows must be at most of order one.
pub(super) fn orthogonalise<T: Scalar>(block: &mut MatMut<'_, T>, n: usize) -> Result<(), Error> {
    let height = block.rows();
    let tolerance = T::EPSILON * T::EPSILON * T::count(n);
    for _ in 0..SWEEPS {
        let mut largest = T::ZERO;
        let mut rest = block.as_mut_slice();
        while let Some((x, after)) = rest.split_at_mut_checked(height) {
            for y in pieces_mut(after, height) {
                let pair = Pair::of(x, y, n);
                if pair.cosine > tolerance {
                    pair.turn().apply(x, y);
                    largest = pair.cosine.larger(largest);
                } else if pair.a < pair.b {
                    x.iter_mut().zip(y).for_each(|(x, y)| core::mem::swap(x, y));
                }
            }
            rest = after;
        }
        // Small turns leave columns orthogonal to rounding. After larger ones a column may be shorter than it
        // was and have lost digits: they are looked at again.
        if largest <= T::of(64.0) * tolerance {
            return Ok(());
        }
    }
    Err(Error::NotConverged { what: "one-sided Jacobi rotation", iterations: SWEEPS })
}

/// Two columns before a rotation.
struct Pair<T> {
    /// |x|², |y|² and x·y
    a: T,
    b: T,
    product: T,
    /// The square of the cosine between them; zero where one of them counts as zero.
    cosine: T,
}

impl<T: Scalar> Pair<T> {
    #[inline(always)]
    fn of(x: &[T], y: &[T], n: usize) -> Self {
        let (mut a, mut b, mut product) = (T::ZERO, T::ZERO, T::ZERO);
        for (x, y) in x.iter().zip(y).take(n) {
            a += *x * *x;
            b += *y * *y;
            product += *x * *y;
        }
        // Squares of columns below this have left the range of the scalar.
        let negligible = T::MIN_POSITIVE / T::EPSILON;
        let counts = a > negligible && b > negligible;
        let cosine = if counts { (product / a) * (product / b) } else { T::ZERO };
        Self { a, b, product, cosine }
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
        if exchanged {
            Turn { x_to_x: sine, y_to_x: cosine, x_to_y: cosine, y_to_y: -sine }
        } else {
            Turn { x_to_x: cosine, y_to_x: sine, x_to_y: -sine, y_to_y: cosine }
        }
    }
}

/// x' = `x_to_x` x + `y_to_x` y, y' likewise.
struct Turn<T> {
    x_to_x: T,
    y_to_x: T,
    x_to_y: T,
    y_to_y: T,
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
