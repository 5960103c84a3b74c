//! Balancing: isolated eigenvalues are moved to the ends, then rows and columns are scaled to similar sizes (Parlett &
//! Reinsch 1969).

use crate::linalg::reflections::tiny;
use crate::matrix::{Cells, MatMut};
use crate::scalar::{Real, Scalar};

/// Rounds over all rows and columns; two to five are usual.
const ROUNDS: usize = 40;

/// Exchanges rows and columns until everything before `low` and from `end` on is upper triangular;
/// returns `low..end`, which is never empty.
pub(super) fn isolate<T: Scalar>(a: &mut MatMut<'_, T>) -> (usize, usize) {
    let (mut low, mut end) = (0, a.cols());
    // A row without entries off the diagonal: its eigenvalue goes to the end.
    while end > 1 {
        let Some(row) = (0..end).rev().find(|&i| (0..end).all(|j| i == j || is_zero(a, i, j)))
        else {
            break;
        };
        end -= 1;
        exchange(a, row, end);
    }
    // A column without entries off the diagonal: its eigenvalue goes to the front.
    while low + 1 < end {
        let Some(column) = (low..end).find(|&j| (low..end).all(|i| i == j || is_zero(a, i, j)))
        else {
            break;
        };
        exchange(a, low, column);
        low += 1;
    }
    (low, end)
}

#[inline(always)]
fn is_zero<T: Scalar>(a: &MatMut<'_, T>, i: usize, j: usize) -> bool {
    a.at(i, j) == T::ZERO
}

/// Exchanges indices i <= j, in rows and columns.
fn exchange<T: Scalar>(a: &mut MatMut<'_, T>, i: usize, j: usize) {
    if i == j {
        return;
    }
    let (left, right) = a.two_columns_mut(i, j);
    left.iter_mut().zip(right).for_each(|(x, y)| core::mem::swap(x, y));
    for column in a.columns_mut() {
        let (x, y) = (column.at(i), column.at(j));
        column.put(i, y);
        column.put(j, x);
    }
}

/// A := D⁻¹ A D with D of powers of two, so that the lengths of each row and its column differ by a factor of two
/// at most.
///
/// Lengths are Euclidean and include the diagonal. With sums of absolute values without the diagonal, as first
/// published, balancing shrinks rows of Hessenberg matrices whose norm it does not lower, and the rounding errors
/// of the balanced matrix stand for errors of A that are far larger than eps |A| (Watkins, *A case where balancing
/// is harmful*, Electron. Trans. Numer. Anal. 23 (2006) 1; the remedy is that of James, Langou & Lowery, *On matrix
/// balancing and eigenvector computation*, 2014).
pub(super) fn equilibrate<T: Scalar>(a: &mut MatMut<'_, T>, low: usize, end: usize) {
    for _ in 0..ROUNDS {
        let mut settled = true;
        for i in low..end {
            let (columns, here) = (a.as_ref(), a.column(i).part(low, end - low));
            let row = length(columns.columns().take(end).skip(low).map(|column| column.at(i)));
            let column = length(here.iter().copied());
            let Some(factor) = balancing_factor(row, column) else { continue };
            settled = false;
            let inverse = T::ONE / factor;
            for j in low..end {
                a.set(i, j, a.at(i, j) * inverse);
            }
            a.column_mut(i).iter_mut().for_each(|x| *x *= factor);
        }
        if settled {
            break;
        }
    }
}

/// The Euclidean length; of numbers whose squares lose digits to underflow, after scaling. They are of order one at
/// most.
fn length<T: Scalar>(entries: impl Iterator<Item = T> + Clone) -> T {
    let square = entries.clone().fold(T::ZERO, |sum, x| sum + x * x);
    if square > tiny() {
        return Real::sqrt(square);
    }
    let scale = entries.clone().fold(T::ZERO, |most, x| Real::abs(x).larger(most)).binary_scale();
    let square = entries.fold(T::ZERO, |sum, x| sum + (x * scale) * (x * scale));
    Real::sqrt(square) / scale
}

/// The power of two f that brings column f and row / f closest; `None` if it would not lower their
/// sum by 5 %.
fn balancing_factor<T: Scalar>(row: T, column: T) -> Option<T> {
    let (four, limit) = (T::of(4.0), T::ONE / T::EPSILON);
    if row <= T::ZERO || column <= T::ZERO {
        return None;
    }
    let mut factor = T::ONE;
    let mut scaled = column;
    while scaled * T::TWO < row && factor < limit {
        factor *= T::TWO;
        scaled *= four;
    }
    while scaled >= row * T::TWO && factor * limit > T::ONE {
        factor *= T::HALF;
        scaled *= T::of(0.25);
    }
    // scaled = column f², so scaled + row = f (column f + row / f).
    let lower = (scaled + row) < T::of(0.95) * factor * (column + row);
    (factor != T::ONE && lower).then_some(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balancing_factor_is_the_power_of_two_next_to_the_root_of_the_ratio() {
        assert_eq!(balancing_factor(64.0_f64, 1.0), Some(8.0));
        assert_eq!(balancing_factor(1.0_f64, 64.0), Some(0.125));
        assert_eq!(balancing_factor(1.5_f64, 1.0), None);
        assert_eq!(balancing_factor(0.0_f64, 1.0), None);
        assert_eq!(balancing_factor(1.0_f64, 0.0), None);
    }

    #[test]
    fn a_length_is_found_where_squares_underflow() {
        for size in [1.0_f32, 1e-15, 1e-25, 1e-37] {
            let found = length([3.0 * size, -4.0 * size, 0.0].into_iter());
            assert!((found / (5.0 * size) - 1.0).abs() <= 4.0 * f32::EPSILON, "{size}");
        }
        assert_eq!(length([0.0_f64; 3].into_iter()), 0.0);
    }
}
