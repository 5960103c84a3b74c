//! Singular values by way of a bidiagonal matrix: A = Q B Pᵀ by Householder reflections from both sides
//! (Golub & Kahan, J. SIAM Numer. Anal. 2 (1965) 205), then implicit QR steps on BᵀB that never form it
//! (Golub & Reinsch, Numer. Math. 14 (1970) 403; Golub & Van Loan, section 8.6).
//!
//! Fewer operations than one-sided Jacobi, and errors of a few eps |A| in every singular value: as good for a
//! matrix whose columns and rows are of similar size, but without the relative accuracy that Jacobi keeps for
//! graded ones.

use super::reflections::{form_product, reflect, reflection, rotate_chain, rotation};
use super::scaling;
use crate::error::Error;
use crate::matrix::{Cells, Layout, MatMut, add_scaled, copy};
use crate::scalar::{Real, Scalar};
use core::ops::Range;

/// QR steps for one singular value; two are usual.
const STEPS: usize = 60;
const TOO_MANY_STEPS: Error =
    Error::NotConverged { what: "QR iteration for singular values", iterations: STEPS };
/// After this many steps for one value, couplings that rounding errors explain are dropped.
const PATIENCE: usize = 10;

/// Scalars of scratch that [`decompose`] needs.
pub(super) const fn memory_len(n: usize) -> usize {
    layout(n).len()
}

/// Couplings, and scratch.
const fn layout(n: usize) -> Layout<2> {
    Layout::new([n, scratch_layout(n).len()])
}

/// In the reduction: factors of the reflections from the left and from the right, and two vectors. In the iteration:
/// the rotations of a step, see [`Turns`].
const fn scratch_layout(n: usize) -> Layout<4> {
    Layout::new([n; 4])
}

/// A square A = U S Vᵀ; S descends.
///
/// `left` holds A and becomes U; where V is not asked for, it is destroyed and only S is found, with the same
/// bits. `scratch`: [`memory_len`] scalars. Entries of A must be at most of order one.
pub(super) fn decompose<T: Scalar>(
    left: &mut MatMut<'_, T>,
    singular_values: &mut [T],
    mut right: Option<&mut MatMut<'_, T>>,
    scratch: &mut [T],
) -> Result<(), Error> {
    let n = singular_values.len();
    let ([couplings, scratch], _) = layout(n).cut_checked(scratch);
    let (pieces, _) = scratch_layout(n).cut_checked(scratch);
    let [left_factors, right_factors, row, product] = pieces;
    let mut bidiagonal = Bidiagonal { diagonal: singular_values, couplings };
    for k in 0..n {
        bidiagonal.diagonal.put(k, reflect_column(left, k, left_factors, row));
        bidiagonal.couplings.put(k, reflect_row(left, k, right_factors, row, product));
        if let Some(right) = &mut right {
            copy_reflector(right, k, row);
        }
    }
    let Some(right) = right else {
        bidiagonal.diagonalise(scratch, |_, _| ())?;
        bidiagonal.sort(None);
        return Ok(());
    };
    form_product(left, left_factors, 0, row);
    form_product(right, right_factors, 1, row);
    bidiagonal.diagonalise(scratch, |low, turns| {
        rotate_chain(right, low, turns.right_cosines, turns.right_sines);
        rotate_chain(left, low, turns.left_cosines, turns.left_sines);
    })?;
    bidiagonal.sort(Some(Bases { left: left.reborrow(), right: right.reborrow() }));
    Ok(())
}

/// Zeros below the diagonal of column k; the reflector stays there. Returns the diagonal entry.
fn reflect_column<T: Scalar>(a: &mut MatMut<'_, T>, k: usize, factors: &mut [T], v: &mut [T]) -> T {
    let length = a.rows() - k;
    let column = a.column_mut(k).part_mut(k, length);
    let (beta, factor) = reflection(column);
    factors.put(k, factor);
    let v = v.part_mut(0, length);
    copy(v, column);
    if factor != T::ZERO {
        reflect(a, k + 1, v, factor);
    }
    beta
}

/// Zeros to the right of the coupling in row k, which is returned; `row` gets the reflector.
fn reflect_row<T: Scalar>(
    a: &mut MatMut<'_, T>,
    k: usize,
    factors: &mut [T],
    row: &mut [T],
    product: &mut [T],
) -> T {
    let (first, length) = (k + 1, a.cols() - k - 1);
    let row = row.part_mut(0, length);
    for (j, x) in row.iter_mut().enumerate() {
        *x = a.at(k, first + j);
    }
    let (beta, factor) = reflection(row);
    factors.put(k, factor);
    if factor != T::ZERO {
        let product = product.part_mut(0, length);
        product.fill(T::ZERO);
        for (j, x) in row.iter().enumerate() {
            add_scaled(product, *x, a.column(first + j).part(first, length));
        }
        for (column, x) in a.columns_mut_from(first).zip(row.iter()) {
            add_scaled(column.part_mut(first, length), -(factor * *x), product);
        }
    }
    beta
}

/// Where [`form_product`] looks for reflector k of the right side.
fn copy_reflector<T: Scalar>(right: &mut MatMut<'_, T>, k: usize, row: &[T]) {
    let rows = right.rows();
    let column = right.column_mut(k).part_mut(k + 1, rows - k - 1);
    copy(column, row);
}

/// The rotations of a step, in order.
struct Turns<'a, T> {
    right_cosines: &'a mut [T],
    right_sines: &'a mut [T],
    left_cosines: &'a mut [T],
    left_sines: &'a mut [T],
}

impl<'a, T: Scalar> Turns<'a, T> {
    /// Space for `length` rotations on either side.
    fn cut(scratch: &'a mut [T], length: usize) -> Self {
        let (pieces, _) = scratch_layout(length).cut_checked(scratch);
        let [right_cosines, right_sines, left_cosines, left_sines] = pieces;
        Self { right_cosines, right_sines, left_cosines, left_sines }
    }
}

/// The two entries that the first rotation of a step turns into one.
struct FirstColumn<T> {
    x: T,
    bulge: T,
}

/// An upper bidiagonal matrix. Coupling i lies to the right of diagonal entry i; the last coupling is zero.
struct Bidiagonal<'a, T> {
    diagonal: &'a mut [T],
    couplings: &'a mut [T],
}

impl<T: Scalar> Bidiagonal<'_, T> {
    /// Replaces the diagonal by the singular values with signs, unordered. `turn` receives the first column and
    /// the rotations of every step. `scratch`: 4 n scalars.
    fn diagonalise(
        &mut self,
        scratch: &mut [T],
        mut turn: impl FnMut(usize, &Turns<'_, T>),
    ) -> Result<(), Error> {
        let entries = self.diagonal.iter().chain(self.couplings.iter());
        let norm = entries.fold(T::ZERO, |most, x| Real::abs(*x).larger(most));
        // A coupling below it moves no singular value by more than half the rounding error of the largest.
        let negligible = T::HALF * T::EPSILON * norm;
        for high in (0..self.diagonal.len()).rev() {
            let mut steps = 0;
            loop {
                if steps >= PATIENCE {
                    self.drop_rounding_errors(high, norm);
                }
                let mut low = high;
                let mut singular = Real::abs(self.diagonal.at(high)) <= negligible;
                while low > 0 && Real::abs(self.couplings.at(low - 1)) > negligible {
                    low -= 1;
                    singular |= Real::abs(self.diagonal.at(low)) <= negligible;
                }
                if low == high {
                    break;
                }
                if steps == STEPS {
                    return Err(TOO_MANY_STEPS);
                }
                steps += 1;
                // A zero on the diagonal cuts BᵀB; the step without a shift moves it to the end.
                let start = if singular {
                    FirstColumn { x: self.diagonal.at(low), bulge: self.couplings.at(low) }
                } else {
                    self.shifted(low, high)
                };
                let mut turns = Turns::cut(scratch, high - low);
                self.step(low..high, start, &mut turns);
                turn(low, &turns);
            }
        }
        Ok(())
    }

    /// Sets the couplings up to `high` to zero that the rounding errors of the reduction explain.
    ///
    /// In a cluster of equal singular values all couplings are such errors. They may exceed what one step calls
    /// negligible, and a step only replaces them by errors of its own: the iteration alone would not end. The
    /// reduction has already changed A by as much, so this costs no accuracy (LAPACK's dbdsqr drops couplings
    /// below about 45 eps for the same reason).
    fn drop_rounding_errors(&mut self, high: usize, norm: T) {
        let bound = T::EPSILON * norm * T::count(self.diagonal.len().saturating_add(8));
        for coupling in self.couplings.iter_mut().take(high) {
            if Real::abs(*coupling) <= bound {
                *coupling = T::ZERO;
            }
        }
    }

    /// The first column of BᵀB - shift, with Wilkinson's shift: the eigenvalue of the last 2 x 2 block that
    /// is closer to its last entry.
    fn shifted(&self, low: usize, high: usize) -> FirstColumn<T> {
        let before = if high - low > 1 { self.couplings.at(high - 2) } else { T::ZERO };
        let (d, e, last) =
            (self.diagonal.at(high - 1), self.couplings.at(high - 1), self.diagonal.at(high));
        let (a, b, c) = (d * d + before * before, d * e, last * last + e * e);
        let half = T::HALF * (a - c);
        let root = Real::sqrt(half * half + b * b);
        let far = if half < T::ZERO { half - root } else { half + root };
        let shift = if far == T::ZERO { c } else { c - b * b / far };
        let first = self.diagonal.at(low);
        FirstColumn { x: first * first - shift, bulge: first * self.couplings.at(low) }
    }

    /// One step on the block whose `planes` (k, k + 1) are low .. high - 1: a rotation of two columns makes an entry below the diagonal, one of
    /// two rows moves it up and right, until it leaves.
    fn step(&mut self, planes: Range<usize>, start: FirstColumn<T>, turns: &mut Turns<'_, T>) {
        let Range { start: low, end: high } = planes;
        let FirstColumn { mut x, mut bulge } = start;
        for k in low..high {
            let (cosine, sine, length) = rotation(x, bulge);
            if k > low {
                self.couplings.put(k - 1, length);
            }
            let (d, e, next) = (self.diagonal.at(k), self.couplings.at(k), self.diagonal.at(k + 1));
            let (d, e) = (cosine * d + sine * e, cosine * e - sine * d);
            let (below, next) = (sine * next, cosine * next);
            turns.right_cosines.put(k - low, cosine);
            turns.right_sines.put(k - low, sine);
            let (cosine, sine, length) = rotation(d, below);
            self.diagonal.put(k, length);
            x = cosine * e + sine * next;
            self.couplings.put(k, x);
            self.diagonal.put(k + 1, cosine * next - sine * e);
            if k + 1 < high {
                let after = self.couplings.at(k + 1);
                bulge = sine * after;
                self.couplings.put(k + 1, cosine * after);
            }
            turns.left_cosines.put(k - low, cosine);
            turns.left_sines.put(k - low, sine);
        }
    }

    /// Makes the singular values non-negative and descending.
    fn sort(&mut self, mut bases: Option<Bases<'_, T>>) {
        for (k, value) in self.diagonal.iter_mut().enumerate() {
            if *value < T::ZERO
                && let Some(bases) = &mut bases
            {
                bases.right.column_mut(k).iter_mut().for_each(|x| *x = -*x);
            }
            *value = Real::abs(*value);
        }
        scaling::sort_by_exchanges(self.diagonal, |p, q| {
            if let Some(bases) = &mut bases {
                bases.left.exchange_columns(p, q);
                bases.right.exchange_columns(p, q);
            }
        });
    }
}

/// The bases that are sorted with the singular values.
struct Bases<'a, T> {
    left: MatMut<'a, T>,
    right: MatMut<'a, T>,
}
