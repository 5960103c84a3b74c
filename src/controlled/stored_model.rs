//! Controlled models as data: their sizes and one list of numbers, checked when they are read.

use super::model::{ControlledModel, Noise};
use crate::error::Error;
use crate::matrix::{Layout, Mat, MatRef, area};
use alloc::vec::Vec;

/// What is written of a model.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename = "ControlledModel")]
pub(super) struct StoredModel {
    order: usize,
    inputs: usize,
    outputs: usize,
    input_delays: usize,
    columns: usize,
    singular_values: Vec<f64>,
    data: Vec<f64>,
}

impl From<ControlledModel> for StoredModel {
    fn from(model: ControlledModel) -> Self {
        let noise = &model.noise;
        let covariances =
            [&noise.process, &noise.observation, &noise.cross, &noise.state, &noise.output];
        let matrices = [&model.a, &model.b, &model.c].into_iter().chain(covariances);
        let data = matrices.flat_map(|matrix| matrix.as_ref().columns().flatten().copied());
        Self {
            order: model.order(),
            inputs: model.inputs(),
            outputs: model.outputs(),
            input_delays: model.input_delays,
            columns: model.columns,
            data: data.collect(),
            singular_values: model.singular_values,
        }
    }
}

impl TryFrom<StoredModel> for ControlledModel {
    type Error = Error;

    /// # Errors
    /// [`Error::Corrupted`] where sizes do not fit each other or a number is not finite.
    fn try_from(stored: StoredModel) -> Result<Self, Error> {
        let damaged = |what| Err(Error::Corrupted { what });
        let (n, p) = (stored.order, stored.outputs);
        if [n, p, stored.inputs, stored.input_delays].contains(&0) {
            return damaged("a size of the model");
        }
        let columns = area(stored.inputs, stored.input_delays);
        let shapes = [(n, n), (n, columns), (p, n), (n, n), (p, p), (n, p), (n, n), (p, p)];
        let layout = Layout::new(shapes.map(|(rows, cols)| area(rows, cols)));
        if layout.len() != stored.data.len() {
            return damaged("the number of scalars of the model");
        }
        if !stored.data.iter().chain(&stored.singular_values).all(|x| x.is_finite()) {
            return damaged("a number of the model that is not finite");
        }
        let [a, b, c, process, observation, cross, state, output] = layout.view(&stored.data);
        let matrix = |data, rows, cols| Mat::copy_of(MatRef::new(data, rows, cols)?);
        Ok(Self {
            a: matrix(a, n, n)?,
            b: matrix(b, n, columns)?,
            c: matrix(c, p, n)?,
            noise: Noise {
                process: matrix(process, n, n)?,
                observation: matrix(observation, p, p)?,
                cross: matrix(cross, n, p)?,
                state: matrix(state, n, n)?,
                output: matrix(output, p, p)?,
            },
            singular_values: stored.singular_values,
            columns: stored.columns,
            input_delays: stored.input_delays,
        })
    }
}
