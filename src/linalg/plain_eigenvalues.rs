//! Eigenvalues of a real square matrix in little code: [`eigenvalues`](super::eigenvalues) without its balancing.
//!
//! ```text
//! for k = 0 .. n - 3:  reflect rows and columns k + 1 .. so that column k ends below its subdiagonal
//! while a block is left, at most 60 steps for an eigenvalue
//!     end the block above the last subdiagonal entry that is rounding
//!     if it has one or two rows:  its eigenvalues are known;  drop it
//!     s, t = trace and determinant of its last two rows          (others at every tenth step)
//!     x = first column of H² - s H + t I                          three entries
//!     for k = first .. last row:  reflect rows and columns k .. k + 2 so that x loses its second and third entry;
//!                                 x = column k, below the diagonal
//! ```
//!
//! A reflection is I - beta v vᵀ, from both sides. Francis, Comput. J. 4 (1961) 265; Golub & Van Loan, 4th ed., algorithms
//! 7.4.2 and 7.5.1.

use super::scaling;
use crate::error::Error;
use crate::matrix::{Cells, MatMut, area, check, product};
use crate::scalar::{Real, Scalar};

/// Steps for one eigenvalue at most.
const STEPS: usize = 60;

/// The eigenvalues of A, in no order but for pairs, which are adjacent and have the positive imaginary part first.
/// A is destroyed.
///
/// # Errors
/// [`Error::ShapeMismatch`]; [`Error::NonFiniteEntry`] if an entry is not finite or an eigenvalue overflows;
/// [`Error::NotConverged`] after 60 steps for one eigenvalue (not seen).
///
/// Cost: about 15 n³ flops, no memory. Accuracy: the eigenvalues of A + E, |E| about 10 n eps |A|. Without balancing, small
/// eigenvalues of matrices whose rows differ by many powers of ten lose their digits; use
/// [`eigenvalues_in`](crate::linalg::eigenvalues::eigenvalues_in) for these.
///
/// ```
/// use dynamical_similarity::{MatMut, linalg::plain_eigenvalues::plain_eigenvalues_in};
/// let mut a = [0.0, 2.0, 0.0, -2.0, 0.0, 0.0, 0.0, 0.0, -3.0]; // a rotation times 2, and -3
/// let (mut real, mut imaginary) = ([0.0_f64; 3], [0.0; 3]);
/// plain_eigenvalues_in(&mut MatMut::new(&mut a, 3, 3)?, &mut real, &mut imaginary)?;
/// assert_eq!((real, imaginary), ([0.0, 0.0, -3.0], [2.0, -2.0, 0.0]));
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn plain_eigenvalues_in<T: Scalar>(
    a: &mut MatMut<'_, T>,
    real: &mut [T],
    imaginary: &mut [T],
) -> Result<(), Error> {
    let n = a.as_ref().check_square()?;
    check("the number of real parts", n, real.len())?;
    check("the number of imaginary parts", n, imaginary.len())?;
    a.as_ref().check_finite()?;
    let scale = a.as_ref().largest().binary_scale();
    a.scale(scale);
    solve(a.as_mut_slice(), real, imaginary)?;
    for part in [real, imaginary] {
        if let Some(row) = scaling::unscale(part, scale) {
            return Err(Error::NonFiniteEntry { row, column: row });
        }
    }
    Ok(())
}

/// The eigenvalues of a matrix, column after column, whose entries are of order one.
#[inline(never)]
pub(crate) fn solve<T: Scalar>(
    a: &mut [T],
    real: &mut [T],
    imaginary: &mut [T],
) -> Result<(), Error> {
    let n = real.len();
    for k in 1..n.saturating_sub(1) {
        let v = real.part_mut(k, n);
        let column = a.part(area(k - 1, n) + k, n - k);
        v.iter_mut().zip(column).for_each(|(v, x)| *v = *x);
        reflect(a, v, [k, k - 1, 0], [n, n]);
        for i in k + 1..n {
            a.put(area(k - 1, n) + i, T::ZERO);
        }
    }
    let size = Real::sqrt(product(a, a));
    let (mut end, mut steps) = (n, 0_usize);
    while end > 0 {
        let last = end - 1;
        let at = |i: usize, j: usize| area(j, n) + i;
        // end the block above the last subdiagonal entry that is rounding
        let mut first = last;
        while first > 0 {
            let beside =
                Real::abs(a.at(at(first - 1, first - 1))) + Real::abs(a.at(at(first, first)));
            let beside = if beside > T::ZERO { beside } else { size };
            if !(Real::abs(a.at(at(first, first - 1))) > T::EPSILON * beside) {
                break;
            }
            first -= 1;
        }
        let d = a.at(at(last, last));
        if first == last {
            real.put(last, d);
            imaginary.put(last, T::ZERO);
            (end, steps) = (last, 0);
            continue;
        }
        let corner = a.at(at(last - 1, last - 1));
        let (b, c) = (a.at(at(last - 1, last)), a.at(at(last, last - 1)));
        if first + 1 == last {
            let half = T::HALF * (corner - d);
            let discriminant = half * half + b * c;
            let root = Real::sqrt(Real::abs(discriminant));
            let values = if discriminant >= T::ZERO {
                // The larger root, and the other from the product of both.
                let z = if half >= T::ZERO { half + root } else { half - root };
                let other = if z == T::ZERO { T::ZERO } else { -b * c / z };
                [d + z, d + other, T::ZERO]
            } else {
                [d + half, d + half, root]
            };
            let [one, other, part] = values;
            real.put(last - 1, one);
            real.put(last, other);
            imaginary.put(last - 1, part);
            imaginary.put(last, -part);
            (end, steps) = (last - 1, 0);
            continue;
        }
        steps += 1;
        if steps > STEPS {
            return Err(Error::NotConverged { what: "QR iteration", iterations: STEPS });
        }
        let (mut s, mut t) = (corner + d, corner * d - b * c);
        if steps.is_multiple_of(10) {
            let odd = Real::abs(c) + Real::abs(a.at(at(last - 1, last - 2)));
            (s, t) = (T::of(1.5) * odd, odd * odd);
        }
        let (h, below) = (a.at(at(first, first)), a.at(at(first + 1, first)));
        let mut x = [
            h * h + a.at(at(first, first + 1)) * below - s * h + t,
            below * (h + a.at(at(first + 1, first + 1)) - s),
            below * a.at(at(first + 2, first + 1)),
        ];
        for k in first..last {
            let count = if k + 2 < end { 3 } else { 2 };
            let left = if k > first { k - 1 } else { k };
            reflect(a, x.part_mut(0, count), [k, left, first], [n, end]);
            if k > first {
                a.put(at(k + 1, left), T::ZERO);
                if count == 3 {
                    a.put(at(k + 2, left), T::ZERO);
                }
            }
            x = [1, 2, 3].map(|i| if k + i < end { a.at(at(k + i, k)) } else { T::ZERO });
        }
    }
    Ok(())
}

/// A = Q A Q with the reflection Q of rows and columns `at` .. that takes all of `v` but its first entry away: of columns
/// `left` .. `end` of A, and of its rows `top` .. `end`.
#[inline(never)]
fn reflect<T: Scalar>(a: &mut [T], v: &mut [T], [at, left, top]: [usize; 3], [n, end]: [usize; 2]) {
    let norm = Real::sqrt(product(v, v));
    let first = v.at(0);
    v.put(0, first + if first < T::ZERO { -norm } else { norm });
    let squares = product(v, v);
    if !(squares > T::ZERO) {
        return;
    }
    let beta = T::TWO / squares;
    // Rows: entries beside each other, one column after another. Columns: the other way round.
    apply(a, v, beta, [area(left, n) + at, 1, n, end - left]);
    apply(a, v, beta, [area(at, n) + top, n, 1, end - top]);
}

/// x = x - beta v (v · x) for `count` vectors x: the first at `start`, their entries `within` and they `between` apart.
#[inline(never)]
fn apply<T: Scalar>(
    a: &mut [T],
    v: &[T],
    beta: T,
    [mut start, within, between, count]: [usize; 4],
) {
    for _ in 0..count {
        let (mut at, mut along) = (start, T::ZERO);
        for v in v {
            along += *v * a.at(at);
            at += within;
        }
        (at, along) = (start, beta * along);
        for v in v {
            a.put(at, a.at(at) - along * *v);
            at += within;
        }
        start += between;
    }
}
