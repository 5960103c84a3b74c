//! Cholesky factorisation with pivoting, one row at a time, in twice the precision of `f64`: G = Rᵀ R + S.
//!
//! ```text
//! d = diagonal of G
//! repeat until the sum of d, the trace of S, is small enough
//!     i = the place of the largest of d that is more than rounding
//!     c = column i of G - sum over the rows r of R of r_i r'
//!     append c / sqrt(c_i) to R;  subtract its squares from d
//! ```
//!
//! Only the columns of the pivots are asked for. S is positive semidefinite, so that its trace bounds its norm: where
//! eigenvalues fall off, few rows hold all that matters. The rows fall off with them, each accurate relative to itself,
//! and the singular values of R are those of a triangle from a QR factorisation of the rows that G is the Gram matrix of,
//! up to the error of G.
//!
//! Sources: Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed., 10.3; Harbrecht, Peters & Schneider, Appl.
//! Numer. Math. 62 (2012) 428 (trace as the criterion).

use super::doubled::{Doubled, halves, two_product, two_sum};
use crate::error::Error;
use crate::matrix::{Cells, Mat, pieces, try_zeros};
use alloc::vec::Vec;
#[cfg(feature = "std")]
use multiversion::multiversion;

/// A matrix of twice the precision that is read by columns.
pub(crate) trait Columns {
    /// Writes column i, its parts apart.
    fn column(&self, i: usize, out: [&mut [f64]; 2]);
    fn diagonal(&self, out: [&mut [f64]; 2]);
    /// The error of entry (i, i); that of the entry (i, j) is at most the geometric mean of two of them.
    fn error(&self, i: usize) -> f64;
}

/// The rows of R that there are so far, and the diagonal of S.
#[derive(Debug)]
pub(crate) struct PivotedCholesky {
    order: usize,
    /// The upper 26 bits of each entry of R, row after row, and the rest.
    high: Vec<f64>,
    low: Vec<f64>,
    /// The diagonal of S, its parts apart.
    diagonal: [Vec<f64>; 2],
    /// What a pivot must exceed.
    floors: Vec<f64>,
    column: [Vec<f64>; 2],
    rows: usize,
}

impl PivotedCholesky {
    /// No rows yet.
    pub(crate) fn new(matrix: &impl Columns, order: usize) -> Result<Self, Error> {
        let pair = || Ok([try_zeros(order)?, try_zeros(order)?]);
        let mut new = Self {
            order,
            high: Vec::new(),
            low: Vec::new(),
            diagonal: pair()?,
            floors: try_zeros(order)?,
            column: pair()?,
            rows: 0,
        };
        let [high, low] = &mut new.diagonal;
        matrix.diagonal([high, low]);
        let floors = new.floors.iter_mut().enumerate();
        floors.for_each(|(i, floor)| *floor = 2.0 * matrix.error(i));
        Ok(new)
    }

    /// Rows of R.
    pub(crate) const fn rows(&self) -> usize {
        self.rows
    }

    /// The trace of S.
    pub(crate) fn trace(&self) -> f64 {
        let [high, _] = &self.diagonal;
        high.iter().fold(0.0, |sum, x| sum + x.max(0.0))
    }

    /// Appends a row. `None` where nothing is left but rounding; otherwise the pivot, the square of the entry of R.
    pub(crate) fn append(&mut self, matrix: &impl Columns) -> Result<Option<f64>, Error> {
        let Some(pivot) = self.largest() else { return Ok(None) };
        let [high, low] = &mut self.column;
        matrix.column(pivot, [high, low]);
        let rows = pieces(&self.high, self.order).zip(pieces(&self.low, self.order));
        for (row_high, row_low) in rows {
            let factor = [row_high.at(pivot), row_low.at(pivot)];
            subtract_scaled([high, low], [row_high, row_low], factor);
        }
        let square = Doubled::sum(high.at(pivot), low.at(pivot));
        // The column is as accurate as the diagonal; they differ by rounding.
        if !(square.high > self.floors.at(pivot)) {
            self.diagonal[0].put(pivot, 0.0);
            return Ok(Some(0.0));
        }
        let start = self.high.len();
        for rows in [&mut self.high, &mut self.low] {
            let scalars = self.order;
            rows.try_reserve(scalars).map_err(|_| Error::OutOfMemory { scalars })?;
            rows.resize(start.saturating_add(scalars), 0.0);
        }
        let (row_high, row_low) =
            (self.high.part_mut(start, self.order), self.low.part_mut(start, self.order));
        scale([high, low], square.inverse_root(), [row_high, row_low]);
        let [high, low] = &mut self.diagonal;
        subtract_squares([high, low], [row_high, row_low]);
        high.put(pivot, 0.0);
        self.rows = self.rows.saturating_add(1);
        Ok(Some(square.high))
    }

    /// The place of the largest entry of the diagonal that is more than rounding.
    fn largest(&self) -> Option<usize> {
        let [high, _] = &self.diagonal;
        let (mut best, mut most) = (None, 0.0);
        for (i, (x, floor)) in high.iter().zip(&self.floors).enumerate() {
            if *x > most && x > floor {
                (best, most) = (Some(i), *x);
            }
        }
        best
    }

    /// Rᵀ, order x rows.
    pub(crate) fn transposed(&self) -> Result<Mat<f64>, Error> {
        let mut out = Mat::zeros(self.order, self.rows)?;
        let mut view = out.as_mut();
        let rows = pieces(&self.high, self.order).zip(pieces(&self.low, self.order));
        for (to, (high, low)) in view.columns_mut().zip(rows) {
            to.iter_mut().zip(high.iter().zip(low)).for_each(|(to, (high, low))| *to = high + low);
        }
        Ok(out)
    }
}

/// column -= factor row. The products of two upper parts are exact.
#[cfg_attr(feature = "std", multiversion(targets("x86_64+avx2")))]
fn subtract_scaled(column: [&mut [f64]; 2], row: [&[f64]; 2], factor: [f64; 2]) {
    let ([high, low], [row_high, row_low], [upper, lower]) = (column, row, factor);
    let whole = upper + lower;
    for (((high, low), r), s) in high.iter_mut().zip(low).zip(row_high).zip(row_low) {
        let (sum, error) = two_sum(*high, -(*r * upper));
        *high = sum;
        *low += error - (*r * lower + *s * whole);
    }
}

/// row = factor column, in halves of 26 bits and more.
#[cfg_attr(feature = "std", multiversion(targets("x86_64+avx2")))]
fn scale(column: [&[f64]; 2], factor: Doubled, row: [&mut [f64]; 2]) {
    let ([high, low], [row_high, row_low]) = (column, row);
    for (((high, low), r), s) in high.iter().zip(low).zip(row_high).zip(row_low) {
        // What cancels in a column leaves its two parts of similar size.
        let (high, low) = two_sum(*high, *low);
        let (product, error) = two_product(high, factor.high);
        let rest = error + (high * factor.low + low * factor.high);
        let (upper, lower) = halves(product);
        (*r, *s) = (upper, lower + rest);
    }
}

/// diagonal -= squares of the row.
#[cfg_attr(feature = "std", multiversion(targets("x86_64+avx2")))]
fn subtract_squares(diagonal: [&mut [f64]; 2], row: [&[f64]; 2]) {
    let ([high, low], [row_high, row_low]) = (diagonal, row);
    for (((high, low), r), s) in high.iter_mut().zip(low).zip(row_high).zip(row_low) {
        let (sum, error) = two_sum(*high, -(*r * *r));
        let rest = *low + (error - *s * (2.0 * *r + *s));
        (*high, *low) = two_sum(sum, rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::qr::tests::noise;

    /// HᵀH in twice the precision.
    struct Products {
        entries: Vec<Doubled>,
        order: usize,
    }

    impl Columns for Products {
        fn column(&self, i: usize, [high, low]: [&mut [f64]; 2]) {
            let entries = &self.entries[i * self.order..];
            for ((high, low), x) in high.iter_mut().zip(low).zip(entries) {
                (*high, *low) = (x.high, x.low);
            }
        }
        fn diagonal(&self, [high, low]: [&mut [f64]; 2]) {
            for i in 0..self.order {
                (high[i], low[i]) = {
                    let x = self.entries[i * self.order + i];
                    (x.high, x.low)
                };
            }
        }
        fn error(&self, i: usize) -> f64 {
            1e-30 * self.entries[i * self.order + i].high
        }
    }

    /// Columns that fall off by 1e-10 in all, in turned coordinates.
    fn graded(order: usize) -> Products {
        let (rows, mut noise) = (3 * order, noise(8));
        let mut h = vec![0.0; rows * order];
        for k in 0..order {
            let size = 10.0_f64.powf(-10.0 * k as f64 / order as f64);
            let left: Vec<f64> = (0..rows).map(|_| size * noise()).collect();
            let right: Vec<f64> = (0..order).map(|_| noise()).collect();
            for (j, y) in right.iter().enumerate() {
                left.iter().enumerate().for_each(|(i, x)| h[j * rows + i] += x * y);
            }
        }
        let one = |x: f64| Doubled::sum(x, 0.0);
        let mut entries = vec![];
        for j in 0..order {
            for i in 0..order {
                let terms = (0..rows).map(|t| (h[i * rows + t], h[j * rows + t]));
                let sum = terms.fold(Doubled::ZERO, |sum, (x, y)| sum.plus(one(x).times(one(y))));
                entries.push(sum);
            }
        }
        Products { entries, order }
    }

    #[test]
    fn the_rows_are_a_factor_and_the_trace_is_what_is_left() {
        let n = 20;
        let matrix = graded(n);
        let mut cholesky = PivotedCholesky::new(&matrix, n).unwrap();
        let whole = cholesky.trace();
        let mut last = whole;
        while let Some(pivot) = cholesky.append(&matrix).unwrap() {
            assert!(pivot > 0.0 && cholesky.trace() < last);
            last = cholesky.trace();
            // The trace of what is left, by the definition.
            let mut left = Doubled::ZERO;
            for i in 0..n {
                let mut entry = matrix.entries[i * n + i];
                for row in 0..cholesky.rows() {
                    let at = row * n + i;
                    let r = Doubled::sum(cholesky.high[at], cholesky.low[at]);
                    entry = entry.minus(r.times(r));
                }
                left = left.plus(entry);
            }
            let difference = (left.value() - last).abs();
            assert!(
                difference < 1e-15 * last + 1e-23 * whole,
                "{}: {last:e} {left:?}",
                cholesky.rows()
            );
        }
        assert_eq!(cholesky.rows(), n);
        // Also where little is left of a column: the factor is one of all entries.
        for i in 0..n {
            for j in 0..n {
                let mut entry = matrix.entries[i * n + j];
                for row in 0..n {
                    let of = |at: usize| Doubled::sum(cholesky.high[at], cholesky.low[at]);
                    entry = entry.minus(of(row * n + i).times(of(row * n + j)));
                }
                assert!(entry.value().abs() < 1e-23 * whole, "{i} {j} {entry:?}");
            }
        }
    }
}
