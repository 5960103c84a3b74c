//! Francis' implicit double-shift QR iteration on an upper Hessenberg matrix, for eigenvalues alone:
//! a step works on the unreduced block at the end and leaves all else.
//!
//! ```text
//! while rows are left, low .. end-1
//!     start = first row of the last block in which no entry below the diagonal is negligible
//!     block of one row:   it is an eigenvalue;  end = start
//!     block of two rows:  its two eigenvalues, in closed form;  end = start
//!     longer, at most 60 times in a row
//!         s1, s2 = eigenvalues of the last 2 x 2 block, or twice the nearer one to its last entry if they are real
//!                  (every tenth time: shifts that do not follow from the matrix)
//!         x = first column of (H - s1 I)(H - s2 I)
//!         for k = start .. end-3
//!             reflect rows and columns k, k+1, k+2 so that x becomes (beta, 0, 0)
//!             x = the entries below the diagonal of column k
//!         reflect the last two rows and columns
//! ```

use crate::error::Error;
use crate::matrix::{Cells, MatMut, largest};
use crate::scalar::{Real, Scalar};

/// QR steps for one eigenvalue; two or three are usual.
const STEPS: usize = 60;
/// Every tenth step without a result uses shifts that do not follow from the matrix.
const EXCEPTIONAL: usize = 10;

/// After this many steps for one eigenvalue (past the first exceptional shift), couplings that rounding errors
/// explain are dropped.
const PATIENCE: usize = 15;

/// From Hessenberg form to eigenvalues, unordered but with the two of a pair adjacent.
pub(super) fn iterate<T: Scalar>(
    a: &mut MatMut<'_, T>,
    low: usize,
    end: usize,
    real: &mut [T],
    imaginary: &mut [T],
) -> Result<(), Error> {
    // The eigenvalues of what is upper triangular already are its diagonal.
    imaginary.fill(T::ZERO);
    for (i, x) in real.iter_mut().enumerate() {
        *x = a.at(i, i);
    }
    let mut end = end;
    let mut steps = 0;
    // while rows are left, low .. end-1
    while end > low {
        if steps >= PATIENCE {
            drop_rounding_errors(a, low, end);
        }
        // start = first row of the last block in which no entry below the diagonal is negligible
        let start = block_start(a, low, end);
        match end - start {
            // block of one row: it is an eigenvalue
            1 => real.put(start, a.at(start, start)),
            // block of two rows: its two eigenvalues, in closed form
            2 => {
                let (first, second) = Block::at(a, start).eigenvalues();
                real.put(start, first.0);
                imaginary.put(start, first.1);
                real.put(start + 1, second.0);
                imaginary.put(start + 1, second.1);
            }
            _ if steps == STEPS => {
                return Err(Error::NotConverged {
                    what: "eigenvalue iteration",
                    iterations: STEPS,
                });
            }
            // longer: one more step, with the shifts s1 and s2 as the eigenvalues of a 2 x 2 block, so that a complex pair
            // needs no complex arithmetic
            _ => {
                steps += 1;
                let shifts = if steps % EXCEPTIONAL == 0 {
                    Block::exceptional(a, end)
                } else {
                    Block::at(a, end - 2).shifts()
                };
                step(a, start, end, &shifts);
                continue;
            }
        }
        // Found: the next block ends where this one began.
        end = start;
        steps = 0;
    }
    Ok(())
}

/// Where the last unreduced block of rows `low..end` begins; the entry to its left is set to zero.
#[inline(always)]
fn block_start<T: Scalar>(a: &mut MatMut<'_, T>, low: usize, end: usize) -> usize {
    let mut start = end - 1;
    while start > low {
        let size = Real::abs(a.at(start, start - 1));
        let neighbours = Real::abs(a.at(start - 1, start - 1)) + Real::abs(a.at(start, start));
        // The largest entries are of order one; the second bound is for a diagonal of zeros.
        if size <= T::EPSILON * neighbours || size <= T::MIN_POSITIVE / T::EPSILON {
            a.set(start, start - 1, T::ZERO);
            break;
        }
        start -= 1;
    }
    start
}

/// Sets the couplings of rows `low..end` to zero that the rounding errors of the reduction explain.
///
/// Where many eigenvalues are equal, as those of a projection are, all couplings between groups of rows are such
/// errors, relative to the largest entries. Next to a diagonal that is itself close to zero they never become
/// negligible, because every step replaces them by errors of its own. The reduction has already changed A by as
/// much, so this costs no accuracy.
fn drop_rounding_errors<T: Scalar>(a: &mut MatMut<'_, T>, low: usize, end: usize) {
    let columns = a.as_ref();
    let entries = columns.columns().take(end).skip(low).map(|x| largest(x.part(low, end - low)));
    let largest = entries.fold(T::ZERO, Real::larger);
    let bound = T::EPSILON * largest * T::count((end - low).saturating_add(8));
    for i in low + 1..end {
        if Real::abs(a.at(i, i - 1)) <= bound {
            a.set(i, i - 1, T::ZERO);
        }
    }
}

/// A 2 x 2 matrix [a b; c d] whose eigenvalues are shifts, or results.
struct Block<T> {
    a: T,
    b: T,
    c: T,
    d: T,
}

impl<T: Scalar> Block<T> {
    /// Rows and columns i and i + 1.
    fn at(m: &MatMut<'_, T>, i: usize) -> Self {
        let j = i + 1;
        Self { a: m.at(i, i), b: m.at(i, j), c: m.at(j, i), d: m.at(j, j) }
    }

    /// Shifts of the size of the last two couplings, for cycles like that of a cyclic shift matrix
    /// (Wilkinson; the constants are LAPACK's).
    fn exceptional(m: &MatMut<'_, T>, end: usize) -> Self {
        let size = Real::abs(m.at(end - 1, end - 2)) + Real::abs(m.at(end - 2, end - 3));
        let d = T::of(0.75) * size + m.at(end - 1, end - 1);
        Self { a: d, b: T::of(-0.4375) * size, c: size, d }
    }

    /// A block whose eigenvalues are the shifts: this one's own if they are a pair; if they are real, the
    /// one nearer to the last entry, twice, as LAPACK's dlahqr does. With two different real shifts the
    /// steps can wander for ever among eigenvalues that lie close together.
    fn shifts(self) -> Self {
        let ((first, imaginary), (second, _)) = self.eigenvalues();
        if imaginary != T::ZERO {
            return self;
        }
        let nearer = Real::abs(first - self.d) <= Real::abs(second - self.d);
        let shift = if nearer { first } else { second };
        Self { a: shift, b: T::ZERO, c: T::ZERO, d: shift }
    }

    /// Both eigenvalues as (real, imaginary); of a pair, the one with positive imaginary part first.
    fn eigenvalues(&self) -> ((T, T), (T, T)) {
        let &Self { a, b, c, d } = self;
        let half = T::HALF * (a - d);
        // half² + b c, scaled against underflow and overflow.
        let size = Real::abs(half).larger(Real::abs(b).larger(Real::abs(c)));
        let scale = size.binary_scale();
        let (h, b, c) = (half * scale, b * scale, c * scale);
        let discriminant = h * h + b * c;
        let root = Real::sqrt(Real::abs(discriminant));
        if discriminant < T::ZERO {
            let (x, y) = (d + half, root / scale);
            return ((x, y), (x, -y));
        }
        // The root of larger modulus without cancellation, the other from the product.
        let far = if h < T::ZERO { h - root } else { h + root };
        let near = if far == T::ZERO { T::ZERO } else { -(b * c) / far };
        ((d + far / scale, T::ZERO), (d + near / scale, T::ZERO))
    }
}

/// One implicit double-shift QR step on the unreduced block `start..end`, of order three at least
/// (Golub & Van Loan, algorithm 7.5.1).
fn step<T: Scalar>(a: &mut MatMut<'_, T>, start: usize, end: usize, shifts: &Block<T>) {
    let corner = Block::at(a, start);
    let (near, far) = (corner.a - shifts.a, corner.a - shifts.d);
    // The first column of (H - s₁ I)(H - s₂ I), divided by the coupling of rows one and two, which is
    // not negligible; a product of two small entries could underflow.
    let mut x = [
        near / corner.c * far - shifts.b / corner.c * shifts.c + corner.b,
        near + corner.d - shifts.d,
        a.at(start + 2, start + 1),
    ];
    // for k = start .. end-3: the bulge below the subdiagonal moves one row down
    for k in start..end - 2 {
        // x = the entries below the diagonal of column k - 1, which the step before has filled in
        if k > start {
            x = [a.at(k, k - 1), a.at(k + 1, k - 1), a.at(k + 2, k - 1)];
        }
        let Some((v, beta)) = Reflector::new(x) else { continue };
        if k > start {
            let column = a.column_mut(k - 1);
            column.put(k, beta);
            column.put(k + 1, T::ZERO);
            column.put(k + 2, T::ZERO);
        }
        // reflect rows k, k+1, k+2: columns before k are zero there
        for column in a.columns_mut_from(k).take(end - k) {
            if let Some([p, q, r]) =
                column.get_mut(k..).and_then(|tail| tail.first_chunk_mut::<3>())
            {
                v.apply(p, q, r);
            }
        }
        // reflect columns k, k+1, k+2: rows below k + 3 are zero there
        let rows = (k + 4).min(end) - start;
        let mut columns = a.columns_mut_from(k).map(|column| column.part_mut(start, rows));
        if let (Some(p), Some(q), Some(r)) = (columns.next(), columns.next(), columns.next()) {
            v.apply_to_columns(p, q, r);
        }
    }
    // reflect the last two rows and columns
    last_rotation(a, start, end);
}

/// The end of the chase: a reflection of two rows and columns.
#[inline(always)]
fn last_rotation<T: Scalar>(a: &mut MatMut<'_, T>, start: usize, end: usize) {
    let k = end - 2;
    let x = [a.at(k, k - 1), a.at(k + 1, k - 1), T::ZERO];
    let Some((v, beta)) = Reflector::new(x) else { return };
    a.set(k, k - 1, beta);
    a.set(k + 1, k - 1, T::ZERO);
    for column in a.columns_mut_from(k).take(2) {
        if let Some([p, q]) = column.get_mut(k..).and_then(|tail| tail.first_chunk_mut::<2>()) {
            v.apply_to_two(p, q);
        }
    }
    let (left, right) = a.two_columns_mut(k, k + 1);
    let rows = end - start;
    for (p, q) in left.part_mut(start, rows).iter_mut().zip(right.part_mut(start, rows)) {
        v.apply_to_two(p, q);
    }
}

/// I - τ (1, v₁, v₂)ᵀ(1, v₁, v₂).
struct Reflector<T> {
    v1: T,
    v2: T,
    factor: T,
    factor1: T,
    factor2: T,
}

impl<T: Scalar> Reflector<T> {
    /// The reflection that maps x to (β, 0, 0), with β; `None` if x is zero.
    #[inline(always)]
    fn new(x: [T; 3]) -> Option<(Self, T)> {
        let [x0, x1, x2] = x;
        let square = x0 * x0 + x1 * x1 + x2 * x2;
        if square > T::MIN_POSITIVE / T::EPSILON && square <= T::MAX {
            let (reflector, beta) = Self::with_norm(x, Real::sqrt(square));
            return Some((reflector, beta));
        }
        // A square that lost digits to underflow, or overflowed.
        let size = Real::abs(x0).larger(Real::abs(x1).larger(Real::abs(x2)));
        if size <= T::MIN_POSITIVE {
            return None;
        }
        let [x0, x1, x2] = x.map(|x| x / size);
        let norm = Real::sqrt(x0 * x0 + x1 * x1 + x2 * x2);
        let (reflector, beta) = Self::with_norm([x0, x1, x2], norm);
        Some((reflector, beta * size))
    }

    #[inline(always)]
    fn with_norm(x: [T; 3], norm: T) -> (Self, T) {
        let [x0, x1, x2] = x;
        let beta = if x0 > T::ZERO { -norm } else { norm };
        let v0 = x0 - beta;
        let (v1, v2, factor) = (x1 / v0, x2 / v0, -v0 / beta);
        (Self { v1, v2, factor, factor1: factor * v1, factor2: factor * v2 }, beta)
    }

    #[inline(always)]
    fn apply(&self, p: &mut T, q: &mut T, r: &mut T) {
        let sum = *p + self.v1 * *q + self.v2 * *r;
        *p -= sum * self.factor;
        *q -= sum * self.factor1;
        *r -= sum * self.factor2;
    }

    /// [`Reflector::apply`] where v₂ is zero.
    #[inline(always)]
    fn apply_to_two(&self, p: &mut T, q: &mut T) {
        let sum = *p + self.v1 * *q;
        *p -= sum * self.factor;
        *q -= sum * self.factor1;
    }

    /// Kept out of line so that the slices are known to be disjoint: then it is vectorised.
    #[inline(never)]
    fn apply_to_columns(&self, p: &mut [T], q: &mut [T], r: &mut [T]) {
        for ((p, q), r) in p.iter_mut().zip(q).zip(r) {
            self.apply(p, q, r);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_of_two_has_the_roots_of_its_polynomial() {
        let rotation = Block { a: 0.6_f64, b: -0.8, c: 0.8, d: 0.6 };
        assert_eq!(rotation.eigenvalues(), ((0.6, 0.8), (0.6, -0.8)));
        // [1 2; 3 4]: (5 ± sqrt 33) / 2.
        let ((x, _), (y, _)) = Block { a: 1.0_f64, b: 2.0, c: 3.0, d: 4.0 }.eigenvalues();
        assert!((x + y - 5.0).abs() < 1e-15 && (x * y + 2.0).abs() < 1e-14);
        let zero = Block { a: 0.0_f32, b: 1.0, c: 0.0, d: 0.0 };
        assert_eq!(zero.eigenvalues(), ((0.0, 0.0), (0.0, 0.0)));
    }

    #[test]
    fn a_reflector_maps_any_vector_to_the_first_axis() {
        for size in [1.0_f32, 1e-18, 1e-30, 1e25] {
            let x = [2.0 * size, -3.0 * size, 6.0 * size];
            let (v, beta) = Reflector::new(x).unwrap();
            let [mut p, mut q, mut r] = x;
            v.apply(&mut p, &mut q, &mut r);
            let bound = 8.0 * f32::EPSILON * 7.0 * size;
            assert!((beta.abs() - 7.0 * size).abs() <= bound, "{size}");
            assert!((p - beta).abs() <= bound && q.abs() <= bound && r.abs() <= bound, "{size}");
        }
        assert!(Reflector::new([0.0_f64; 3]).is_none());
    }
}
