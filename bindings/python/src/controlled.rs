//! Systems with known inputs: identification, the Kalman filter, and distances with their parts.

use crate::arrays::{array, matrix, recordings, rows};
use crate::errors::{Refusal, dictionary};
use crate::work::{Long, at_length, briefly};
use dynamical_similarity::controlled::{
    ControlledDistanceMatrix, ControlledRecording, ControlledSystem, Dmdc, Order, Part, Subspace,
};
use dynamical_similarity::{Error, Mat, MatRef};
use numpy::{PyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

/// Trials of time x channels.
type Samples<'py> = Vec<PyReadonlyArray2<'py, f64>>;

/// A system that is driven by known inputs.
#[pyclass(frozen, module = "dynamical_similarity._native")]
pub(crate) struct ControlledModel(dynamical_similarity::controlled::ControlledModel);

/// How a system is identified.
#[derive(serde::Deserialize)]
struct Settings {
    method: String,
    /// Samples of the past for subspace identification, of a window of outputs for DMD with control.
    delays: usize,
    input_delays: usize,
    /// A number, `squares:F`, or `gap`.
    order: String,
    ridge: f64,
}

impl Settings {
    fn order(&self) -> Result<Order, Refusal> {
        let unknown = || {
            Refusal::new(format!(
                "order is {:?}, and must be a number of states, \"squares:F\" or \"gap\"",
                self.order
            ))
        };
        match self.order.split_once(':') {
            Some(("squares", share)) => share.parse().map(Order::Squares).map_err(|_| unknown()),
            None if self.order == "gap" => Ok(Order::Gap),
            None => self.order.parse().map(Order::Fixed).map_err(|_| unknown()),
            _ => Err(unknown()),
        }
    }
}

fn joined<'a>(
    inputs: &'a Samples<'_>,
    outputs: &'a Samples<'_>,
) -> PyResult<Vec<ControlledRecording<'a, f64>>> {
    let (inputs, outputs) = (recordings(inputs)?, recordings(outputs)?);
    if inputs.len() != outputs.len() {
        let what = "the number of trials of the inputs";
        let (expected, got) = (outputs.len(), inputs.len());
        return Err(Refusal::from(Error::ShapeMismatch { what, expected, got }).into());
    }
    let pairs = inputs.into_iter().zip(outputs).enumerate();
    let one = |(at, (inputs, outputs))| {
        let joined = ControlledRecording::new(inputs, outputs);
        let named = |error: Error| Refusal::new(format!("trial {at}: {error}"));
        Ok(joined.map_err(named)?)
    };
    pairs.map(one).collect()
}

/// Identifies a system from inputs and outputs.
#[pyfunction]
pub(crate) fn fit_controlled<'py>(
    py: Python<'py>,
    inputs: Samples<'py>,
    outputs: Samples<'py>,
    settings: &Bound<'py, PyAny>,
) -> PyResult<ControlledModel> {
    let settings: Settings = pythonize::depythonize(settings)?;
    let (order, trials) = (settings.order()?, joined(&inputs, &outputs)?);
    let (delays, ridge) = (settings.delays, settings.ridge);
    let model = briefly(py, || match settings.method.as_str() {
        "subspace" => Ok(Subspace::new(delays).order(order).ridge(ridge).fit(&trials)?),
        "dmdc" => {
            let dmdc = Dmdc::new(delays).input_delays(settings.input_delays);
            Ok(dmdc.order(order).ridge(ridge).fit(&trials)?)
        }
        other => Err(Refusal::new(format!(
            "method is {other:?}, and must be one of \"subspace\", \"dmdc\""
        ))),
    })?;
    Ok(ControlledModel(model))
}

#[pymethods]
impl ControlledModel {
    /// Sizes as a dictionary.
    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let made = PyDict::new(py);
        made.set_item("order", self.0.order())?;
        made.set_item("inputs", self.0.inputs())?;
        made.set_item("outputs", self.0.outputs())?;
        made.set_item("columns", self.0.columns())?;
        Ok(made)
    }

    /// A, B, C, and the covariances Q, R, S of the noise.
    fn matrices<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let made = PyDict::new(py);
        for (name, matrix) in [
            ("state_matrix", self.0.state_matrix()),
            ("input_matrix", self.0.input_matrix()),
            ("output_matrix", self.0.output_matrix()),
            ("process_noise", self.0.process_noise()),
            ("observation_noise", self.0.observation_noise()),
            ("cross_noise", self.0.cross_noise()),
        ] {
            made.set_item(name, array(py, matrix)?)?;
        }
        Ok(made)
    }

    fn singular_values<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.0.singular_values())
    }

    /// Real and imaginary parts, side by side.
    fn eigenvalues<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let pairs = self.0.eigenvalues().map_err(Refusal::from)?;
        let parts = pairs.into_iter().flat_map(|(real, imaginary)| [real, imaginary]).collect();
        Ok(rows(py, parts, 2)?.into_any())
    }

    fn markov_parameters<'py>(
        &self,
        py: Python<'py>,
        count: usize,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let parameters = briefly(py, || self.0.markov_parameters(count))?;
        let one = |matrix: &Mat<f64>| Ok(array(py, matrix.as_ref())?.into_any());
        parameters.iter().map(one).collect()
    }

    /// States and predicted outputs of a trial, one column per sample.
    fn filter<'py>(
        &self,
        py: Python<'py>,
        inputs: PyReadonlyArray2<'py, f64>,
        outputs: PyReadonlyArray2<'py, f64>,
        correct_every: usize,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let (inputs, outputs) = (vec![inputs], vec![outputs]);
        let trials = joined(&inputs, &outputs)?;
        let trial = trials.first().ok_or_else(|| Refusal::from(Error::Empty))?;
        let found = briefly(py, || self.0.filter(trial, correct_every))?;
        let (states, outputs) = (found.states.as_ref(), found.outputs.as_ref());
        Ok((array(py, states)?.into_any(), array(py, outputs)?.into_any()))
    }

    /// The model as bytes, to the bit.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = postcard::to_allocvec(&self.0).map_err(Refusal::new)?;
        Ok(PyBytes::new(py, &bytes))
    }

    #[staticmethod]
    fn from_bytes(bytes: &[u8]) -> PyResult<Self> {
        let refused =
            |error| Refusal::new(format!("these bytes are not a controlled model: {error}"));
        Ok(Self(postcard::from_bytes(bytes).map_err(refused)?))
    }
}

/// A and B of a system.
type Matrices<'py> = (PyReadonlyArray2<'py, f64>, PyReadonlyArray2<'py, f64>);

/// The distance between two systems: its parts, their angles, and the transform.
#[pyfunction]
pub(crate) fn compare_controlled<'py>(
    py: Python<'py>,
    left: Matrices<'py>,
    right: Matrices<'py>,
) -> PyResult<Bound<'py, PyDict>> {
    let [a, b] = [(&left.0, &left.1), (&right.0, &right.1)].map(|(a, b)| [matrix(a), matrix(b)]);
    let ([a, b], [c, d]) = (a, b);
    let (a, b, c, d) = (a?, b?, c?, d?);
    let found = briefly(py, || -> Result<_, Error> {
        let first = ControlledSystem::new(a.as_ref(), b.as_ref())?;
        first.distance(&ControlledSystem::new(c.as_ref(), d.as_ref())?)
    })?;
    let made = PyDict::new(py);
    for (name, value) in [
        ("joint", found.joint),
        ("state", found.state),
        ("input", found.input),
        ("joint_angle", found.joint_angle),
        ("state_angle", found.state_angle),
        ("input_angle", found.input_angle),
    ] {
        made.set_item(name, value)?;
    }
    made.set_item("transform", array(py, found.transform.as_ref())?)?;
    Ok(made)
}

/// All distances among systems, a matrix for each part.
#[pyfunction]
pub(crate) fn controlled_distances<'py>(
    py: Python<'py>,
    systems: Vec<Matrices<'py>>,
    long: Long<'py>,
) -> PyResult<Bound<'py, PyDict>> {
    let kept = systems.iter().map(|(a, b)| Ok([matrix(a)?, matrix(b)?]));
    let kept: Vec<[Mat<f64>; 2]> = kept.collect::<Result<_, Refusal>>()?;
    let views: Vec<[MatRef<'_, f64>; 2]> =
        kept.iter().map(|[a, b]| [a.as_ref(), b.as_ref()]).collect();
    let systems = views.iter().enumerate().map(|(at, [a, b])| {
        ControlledSystem::new(*a, *b).map_err(|error| Refusal::of_recording(at, error))
    });
    let systems: Vec<ControlledSystem<'_, f64>> = systems.collect::<Result<_, _>>()?;
    let found = at_length(py, &long, |meter| {
        let mut tell = |at| meter.pair(at);
        ControlledDistanceMatrix::among(&systems, Some(&mut tell)).map_err(Refusal::of_pair)
    })?;
    let columns = found.cols();
    let part = |part: Part| -> PyResult<(&'static str, Bound<'py, PyAny>)> {
        let distances = rows(py, found.distances(part).to_vec(), columns)?;
        Ok((part.name(), distances.into_any()))
    };
    let [joint, state, input] = Part::ALL.map(part);
    dictionary(py, [joint?, state?, input?])
}
