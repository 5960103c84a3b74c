//! The regression of a controlled system, and the covariances of what it leaves over.

use super::blocks::{product, transposed, transposed_product};
use super::model::{ControlledModel, Noise};
use crate::error::Error;
use crate::linalg::{qr, solve};
use crate::matrix::{Cells, Mat, MatRef, copy, try_zeros};
use alloc::vec::Vec;

/// States, inputs, next states and outputs of all columns, as matrices with the same inner products: row i of each belongs
/// to one orthonormal combination of the columns.
pub(super) struct Rows {
    pub(super) states: Mat<f64>,
    pub(super) inputs: Mat<f64>,
    pub(super) next: Mat<f64>,
    pub(super) outputs: Mat<f64>,
    /// Columns K that the rows stand for.
    pub(super) columns: usize,
}

/// A, B and C, side by side.
pub(super) struct Operators {
    pub(super) a: Mat<f64>,
    pub(super) b: Mat<f64>,
    pub(super) c: Mat<f64>,
}

/// W of min |Z W - Y|² + ridge |W|², by QR of [Z; sqrt(ridge) I].
///
/// # Errors
/// [`Error::Singular`] if columns of Z are linearly dependent to working precision and there is no ridge.
pub(super) fn ridge_regression(
    z: &[MatRef<'_, f64>],
    y: MatRef<'_, f64>,
    ridge: f64,
) -> Result<Mat<f64>, Error> {
    let wide = z.iter().map(MatRef::cols).sum::<usize>();
    let mut factor = Mat::zeros(y.rows().saturating_add(wide), wide)?;
    let mut out = factor.as_mut();
    let from = z.iter().flat_map(MatRef::columns);
    for (j, (to, from)) in out.columns_mut().zip(from).enumerate() {
        copy(to, from);
        to.put(y.rows().saturating_add(j), libm::sqrt(ridge));
    }
    let mut right = Mat::zeros(y.rows().saturating_add(wide), y.cols())?;
    right.as_mut().columns_mut().zip(y.columns()).for_each(|(to, from)| copy(to, from));
    let mut reflectors = try_zeros(wide)?;
    qr::factor_in(&mut out, &mut reflectors)?;
    qr::apply_q_transposed_in(factor.as_ref(), &reflectors, &mut right.as_mut())?;
    let (mut lower, mut weights) = (Mat::zeros(wide, wide)?, Mat::zeros(wide, y.cols())?);
    for (i, column) in factor.as_ref().columns().enumerate() {
        for (k, x) in column.iter().enumerate().take(i + 1) {
            lower.as_mut().set(i, k, *x);
        }
    }
    let diagonal = || (0..wide).map(|i| lower.as_ref().at(i, i).abs());
    let (least, most) = (diagonal().fold(f64::INFINITY, f64::min), diagonal().fold(0.0, f64::max));
    if !(least > wide as f64 * f64::EPSILON * most) {
        return Err(Error::Singular);
    }
    weights.as_mut().columns_mut().zip(right.as_ref().columns()).for_each(|(to, x)| copy(to, x));
    solve::solve_lower_transposed_in(lower.as_ref(), &mut weights.as_mut())?;
    Ok(weights)
}

impl Rows {
    /// [A B] = X₊ Zᵀ (Z Zᵀ + ridge I)⁻¹ with Z = [X; U].
    pub(super) fn operators(&self, c: Mat<f64>, ridge: f64) -> Result<Operators, Error> {
        let z = [self.states.as_ref(), self.inputs.as_ref()];
        let weights = ridge_regression(&z, self.next.as_ref(), ridge)?;
        let order = self.states.as_ref().cols();
        let all = transposed(weights.as_ref())?;
        let all = all.as_ref();
        let part =
            |first, end| all.columns_between(first, end).map_or(Err(Error::Empty), Mat::copy_of);
        Ok(Operators { a: part(0, order)?, b: part(order, all.cols())?, c })
    }

    /// The model with these operators: covariances of W = X₊ - A X - B U and V = Y - C X over K columns.
    pub(super) fn model(
        &self,
        operators: Operators,
        singular_values: Vec<f64>,
    ) -> Result<ControlledModel, Error> {
        let Operators { a, b, c } = operators;
        let mut process = self.next.clone();
        let [by_a, by_b, by_c] = [
            product(self.states.as_ref(), transposed(a.as_ref())?.as_ref())?,
            product(self.inputs.as_ref(), transposed(b.as_ref())?.as_ref())?,
            product(self.states.as_ref(), transposed(c.as_ref())?.as_ref())?,
        ];
        process.as_mut().add(-1.0, by_a.as_ref());
        process.as_mut().add(-1.0, by_b.as_ref());
        let mut observation = self.outputs.clone();
        observation.as_mut().add(-1.0, by_c.as_ref());
        let covariance = |x: &Mat<f64>, y: &Mat<f64>| -> Result<Mat<f64>, Error> {
            let mut out = transposed_product(x.as_ref(), y.as_ref())?;
            out.as_mut().scale(1.0 / self.columns.max(1) as f64);
            Ok(out)
        };
        let noise = Noise {
            process: covariance(&process, &process)?,
            observation: covariance(&observation, &observation)?,
            cross: covariance(&process, &observation)?,
            state: covariance(&self.states, &self.states)?,
            output: covariance(&self.outputs, &self.outputs)?,
        };
        Ok(ControlledModel {
            a,
            b,
            c,
            noise,
            singular_values,
            columns: self.columns,
            input_delays: 1,
        })
    }
}
