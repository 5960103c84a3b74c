//! Regression of later coordinates on monomials of the earlier ones, held out over the folds.

use crate::error::Error;
use crate::linalg::solve;
use crate::matrix::{Cells, Mat, MatRef, add_scaled, copy, dot, try_reserve, try_zeros};
use alloc::vec::Vec;
use core::ops::Range;

/// Ridge of the regression, as a share of the mean diagonal.
const RIDGE: f64 = 1e-6;

/// Coordinates of past windows, rows x q at unit variance, the rows of each fold in one piece.
#[derive(Debug)]
pub(super) struct Coordinates {
    pub(super) values: Mat<f64>,
    pub(super) folds: Vec<Range<usize>>,
}

/// Monomials of degree 0 ..= `degree` in r variables: (r + degree)! / (r! degree!).
pub(super) fn count(variables: usize, degree: usize) -> usize {
    (1..=degree).fold(1_usize, |product, k| {
        product.saturating_mul(variables.saturating_add(k)).checked_div(k).unwrap_or(0)
    })
}

/// All monomials of degree 0 ..= `degree` in the first `variables` columns, rows x count.
fn monomials(z: MatRef<'_, f64>, variables: usize, degree: usize) -> Result<Mat<f64>, Error> {
    let mut out = Mat::zeros(z.rows(), count(variables, degree))?;
    // (column, last variable) of the monomials of the degree before.
    let mut before: Vec<(usize, usize)> = try_reserve(1)?;
    before.push((0, 0));
    let mut matrix = out.as_mut();
    matrix.column_mut(0).fill(1.0);
    let mut next = 1_usize;
    for _ in 0..degree {
        let mut here = try_reserve(before.len().saturating_mul(variables))?;
        for (column, last) in &before {
            for variable in *last..variables {
                let (from, to) = matrix.two_columns_mut(*column, next);
                let factors = from.iter().zip(z.column(variable));
                to.iter_mut().zip(factors).for_each(|(to, (x, y))| *to = *x * *y);
                here.push((next, variable));
                next = next.saturating_add(1);
            }
        }
        before = here;
    }
    Ok(out)
}

/// to = left[rows]ᵀ right[rows], a rows x b columns.
fn products(
    left: MatRef<'_, f64>,
    right: MatRef<'_, f64>,
    rows: &Range<usize>,
) -> Result<Mat<f64>, Error> {
    let mut out = Mat::zeros(left.cols(), right.cols())?;
    let part = |column: &'_ [f64]| -> usize { column.len().min(rows.end) };
    for (to, right) in out.as_mut().columns_mut().zip(right.columns()) {
        let right = right.get(rows.start..part(right)).unwrap_or_default();
        for (to, left) in to.iter_mut().zip(left.columns()) {
            *to = dot(left.get(rows.start..part(left)).unwrap_or_default(), right);
        }
    }
    Ok(out)
}

impl Coordinates {
    /// R_i² of coordinates r+1 .. q predicted by monomials of degree at most `degree` (2 where the cubic
    /// ones exceed a tenth of the rows) in coordinates 1 .. r at the same time: coefficients from the other
    /// folds, errors from the fold held out, against the variance over all rows; clipped to [0, 1].
    pub(super) fn explained(&self, r: usize, degree: usize) -> Result<Vec<f64>, Error> {
        let z = self.values.as_ref();
        let few = count(r, degree) > z.rows() / 10;
        let x = monomials(z, r, if few { degree.min(2) } else { degree })?;
        let Some(y) = z.columns_between(r, z.cols()) else { return Ok(Vec::new()) };
        let x = x.as_ref();
        let (mut squares, mut cross) =
            (try_reserve(self.folds.len())?, try_reserve(self.folds.len())?);
        for rows in &self.folds {
            squares.push(products(x, x, rows)?);
            cross.push(products(x, y, rows)?);
        }
        let mut residuals: Vec<f64> = try_zeros(y.cols())?;
        // For each fold: coefficients from the sums of the other folds, errors on its own rows.
        for (held, rows) in self.folds.iter().enumerate() {
            let mut gram = sum_of_others(&squares, held)?;
            let mut coefficients = sum_of_others(&cross, held)?;
            let order = gram.as_ref().rows();
            // The ridge is 1e-6 of the mean diagonal, which keeps monomials that nearly depend on each other apart.
            let trace = (0..order).fold(0.0, |sum, i| sum + gram.as_ref().at(i, i));
            for i in 0..order {
                let diagonal = gram.as_ref().at(i, i);
                gram.as_mut().set(i, i, diagonal + RIDGE * trace / order as f64);
            }
            solve::solve_symmetric_in(&mut gram.as_mut(), &mut coefficients.as_mut())?;
            let mut error: Vec<f64> = try_zeros(rows.len())?;
            let targets =
                residuals.iter_mut().zip(y.columns()).zip(coefficients.as_ref().columns());
            for ((residual, y), b) in targets {
                copy(&mut error, y.part(rows.start, rows.len()));
                for (b, x) in b.iter().zip(x.columns()) {
                    add_scaled(&mut error, -*b, x.part(rows.start, rows.len()));
                }
                *residual += dot(&error, &error);
            }
        }
        // R_i² = 1 - squared errors of all folds / variance
        for (residual, y) in residuals.iter_mut().zip(y.columns()) {
            let mean = y.iter().sum::<f64>() / y.len().max(1) as f64;
            let total = y.iter().fold(0.0, |sum, y| sum + (y - mean) * (y - mean));
            *residual = if total > 0.0 { (1.0 - *residual / total).clamp(0.0, 1.0) } else { 1.0 };
        }
        Ok(residuals)
    }
}

fn sum_of_others(parts: &[Mat<f64>], held: usize) -> Result<Mat<f64>, Error> {
    let first = parts.first().ok_or(Error::Empty)?.as_ref();
    let mut sum = Mat::zeros(first.rows(), first.cols())?;
    for (_, part) in parts.iter().enumerate().filter(|(fold, _)| *fold != held) {
        sum.as_mut().add(1.0, part.as_ref());
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monomials_are_all_products_each_once() {
        let z = [2.0, 3.0, 5.0, 7.0]; // two rows, two variables
        let x = monomials(MatRef::new(&z, 2, 2).unwrap(), 2, 3).unwrap();
        let mut first: Vec<f64> = x.as_ref().columns().map(|column| column[0]).collect();
        first.sort_by(f64::total_cmp);
        assert_eq!(first, [1.0, 2.0, 4.0, 5.0, 8.0, 10.0, 20.0, 25.0, 50.0, 125.0]);
        assert_eq!((count(3, 3), count(8, 3), count(8, 2), count(1, 0)), (20, 165, 45, 1));
    }

    #[test]
    fn a_product_of_earlier_coordinates_is_explained_and_a_new_one_is_not() {
        let rows = 500;
        let value = |t: usize, k: u64| {
            let mut x = (t as u64 + 1).wrapping_mul(k);
            x ^= x >> 29;
            (x.wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
        };
        let (a, b, c) = (0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F, 0xD6E8_FEB8_6659_FD93);
        let mut z = Mat::zeros(rows, 4).unwrap();
        for t in 0..rows {
            let (x, y) = (value(t, a), value(t, b));
            for (j, v) in [x, y, x * x * y - y, value(t, c)].into_iter().enumerate() {
                z.as_mut().set(t, j, v);
            }
        }
        let folds = (0..5).map(|k| k * 100..(k + 1) * 100).collect();
        let coordinates = Coordinates { values: z, folds };
        let explained = coordinates.explained(2, 3).unwrap();
        assert!(explained[0] > 0.999 && explained[1] < 0.05, "{explained:?}");
        // A square does not hold a cubic product.
        assert!(coordinates.explained(2, 2).unwrap()[0] < 0.9);
    }
}
