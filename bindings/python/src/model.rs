//! Fits, models, predictions and resamples.

use crate::arrays::{Recordings, Trials, all_recordings, array, recordings, rows};
use crate::errors::{Refusal, data, dictionary};
use crate::settings;
use crate::work::{Long, Meter, at_length, briefly, of_each};
use dynamical_similarity::{
    BlockMoments, Blocks, CommonRank, Dmd, Error, Halves, HeldOut, HeldOutTask, Horizon, Mat, Rank,
    RankEvidence, Recording, Scalar,
};
use numpy::{Element, PyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

/// A fitted operator in the precision of its recording.
enum Precision {
    Double(dynamical_similarity::Model<f64>),
    Single(dynamical_similarity::Model<f32>),
}

/// Runs the same lines for both precisions.
macro_rules! in_either {
    ($model:expr, $name:ident => $then:expr) => {
        match &$model.0 {
            Precision::Double($name) => $then,
            Precision::Single($name) => $then,
        }
    };
}

/// A fitted operator.
#[pyclass(frozen, module = "dynamical_similarity._native")]
pub(crate) struct Model(Precision);

impl From<dynamical_similarity::Model<f64>> for Model {
    fn from(model: dynamical_similarity::Model<f64>) -> Self {
        Self(Precision::Double(model))
    }
}

#[pymethods]
impl Model {
    /// Everything but the matrices, as a dictionary.
    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        in_either!(self, model => {
            let view = model.as_ref();
            let made = dictionary(py, [
                ("settings", data(py, &view.settings())?),
                ("fit_path", data(py, &view.path())?),
                ("warnings", data(py, &view.warnings())?),
            ])?;
            made.set_item("rank", view.rank())?;
            made.set_item("delays", view.settings().embedding().delays())?;
            made.set_item("interval", view.settings().embedding().interval())?;
            made.set_item("channels", view.channels())?;
            made.set_item("windows", view.rows())?;
            made.set_item("pairs", view.pairs())?;
            made.set_item("condition", view.condition())?;
            made.set_item("residual", view.residual())?;
            Ok(made)
        })
    }

    fn operator<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        in_either!(self, model => Ok(array(py, model.operator())?.into_any()))
    }

    fn basis<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        in_either!(self, model => Ok(array(py, model.basis())?.into_any()))
    }

    fn singular_values<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        in_either!(self, model => PyArray1::from_slice(py, model.singular_values()).into_any())
    }

    fn spectrum<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        in_either!(self, model => PyArray1::from_slice(py, model.spectrum()).into_any())
    }

    fn intercept<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        in_either!(self, model => PyArray1::from_slice(py, model.as_ref().intercept()).into_any())
    }

    /// Real and imaginary parts, side by side.
    fn eigenvalues<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        in_either!(self, model => {
            let pairs = model.eigenvalues().map_err(Refusal::from)?;
            let parts = pairs.into_iter().flat_map(|(real, imaginary)| [real, imaginary]).collect();
            Ok(rows(py, parts, 2)?.into_any())
        })
    }

    /// The predictions of each trial, from the first sample that the horizon reaches, and how many samples come before it.
    #[pyo3(signature = (trials, steps))]
    fn predict<'py>(
        &self,
        py: Python<'py>,
        trials: Trials<'py>,
        steps: Option<usize>,
    ) -> PyResult<(Vec<Bound<'py, PyAny>>, usize)> {
        match (&self.0, &trials) {
            (Precision::Double(model), Trials::Double(trials)) => {
                predicted(py, model, trials, steps)
            }
            (Precision::Single(model), Trials::Single(trials)) => {
                predicted(py, model, trials, steps)
            }
            _ => Err(Refusal::new("the recording and the model have different precisions").into()),
        }
    }

    /// Real part, imaginary part and residual of each eigenvalue, side by side: on held-out trials, or on the halves of the
    /// trials of the fit.
    fn residuals<'py>(
        &self,
        py: Python<'py>,
        trials: Trials<'py>,
        halves: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        match (&self.0, &trials) {
            (Precision::Double(model), Trials::Double(trials)) => {
                residuals(py, model, trials, halves)
            }
            (Precision::Single(model), Trials::Single(trials)) => {
                residuals(py, model, trials, halves)
            }
            _ => Err(Refusal::new("the recording and the model have different precisions").into()),
        }
    }

    /// The errors of predicting all trials.
    #[pyo3(signature = (trials, steps))]
    fn prediction_errors<'py>(
        &self,
        py: Python<'py>,
        trials: Trials<'py>,
        steps: Option<usize>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match (&self.0, &trials) {
            (Precision::Double(model), Trials::Double(trials)) => {
                data(py, &prediction_errors(py, model, trials, steps)?)
            }
            (Precision::Single(model), Trials::Single(trials)) => {
                data(py, &prediction_errors(py, model, trials, steps)?)
            }
            _ => Err(Refusal::new("the recording and the model have different precisions").into()),
        }
    }

    /// The model as bytes, to the bit.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = match &self.0 {
            Precision::Double(model) => postcard::to_allocvec(&(64_u8, model)),
            Precision::Single(model) => postcard::to_allocvec(&(32_u8, model)),
        };
        Ok(PyBytes::new(py, &bytes.map_err(Refusal::new)?))
    }

    #[staticmethod]
    fn from_bytes(bytes: &[u8]) -> PyResult<Self> {
        let precision = match bytes.split_first() {
            Some((64, rest)) => postcard::from_bytes(rest).map(Precision::Double),
            Some((32, rest)) => postcard::from_bytes(rest).map(Precision::Single),
            _ => return Err(Refusal::new("these bytes are not a model").into()),
        };
        let refused = |error| Refusal::new(format!("these bytes are not a model: {error}"));
        Ok(Self(precision.map_err(refused)?))
    }
}

fn horizon(steps: Option<usize>) -> Horizon {
    steps.map_or(Horizon::Free, Horizon::Steps)
}

fn predicted<'py, T: Scalar + Element>(
    py: Python<'py>,
    model: &dynamical_similarity::Model<T>,
    trials: &[PyReadonlyArray2<'py, T>],
    steps: Option<usize>,
) -> PyResult<(Vec<Bound<'py, PyAny>>, usize)> {
    let (trials, horizon) = (recordings(trials)?, horizon(steps));
    let first = model.as_ref().first_predicted(horizon);
    let all = briefly(py, || {
        let view = model.as_ref();
        let mut memory = vec![T::default(); view.prediction_memory_len()];
        let one = |trial: &Recording<'_, T>| -> Result<Vec<T>, Error> {
            let predicted = trial.samples().saturating_sub(first);
            let mut out = vec![T::default(); predicted.saturating_mul(trial.channels())];
            view.predict_in(trial, horizon, &mut out, &mut memory)?;
            Ok(out)
        };
        trials.iter().map(one).collect::<Result<Vec<Vec<T>>, Error>>()
    })?;
    let channels = model.as_ref().channels();
    let arrays = all.into_iter().map(|values| Ok(rows(py, values, channels)?.into_any()));
    Ok((arrays.collect::<PyResult<_>>()?, first))
}

fn residuals<'py, T: Scalar + Element>(
    py: Python<'py>,
    model: &dynamical_similarity::Model<T>,
    trials: &[PyReadonlyArray2<'py, T>],
    halves: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let trials = recordings(trials)?;
    let found = briefly(py, || {
        if halves { model.held_out_residuals(&trials) } else { model.residuals(&trials) }
    })?;
    let values = found.eigenvalues().iter();
    let parts = values.flat_map(|value| [value.real, value.imaginary, value.residual]);
    Ok(rows(py, parts.collect(), 3)?.into_any())
}

fn prediction_errors<T: Scalar + Element>(
    py: Python<'_>,
    model: &dynamical_similarity::Model<T>,
    trials: &[PyReadonlyArray2<'_, T>],
    steps: Option<usize>,
) -> PyResult<dynamical_similarity::PredictionErrors<T>> {
    let trials = recordings(trials)?;
    briefly(py, || {
        let view = model.as_ref();
        let mut memory = vec![T::default(); view.prediction_memory_len()];
        view.prediction_errors_in(&trials, horizon(steps), &mut memory)
    })
}

/// Fits one recording.
#[pyfunction]
#[pyo3(signature = (trials, settings, conditions=None))]
pub(crate) fn fit(
    py: Python<'_>,
    trials: Trials<'_>,
    settings: settings::Model,
    conditions: Option<Vec<usize>>,
) -> PyResult<Model> {
    let (dmd, conditions) = (settings.0, conditions.as_deref());
    Ok(Model(match &trials {
        Trials::Double(trials) => {
            let trials = recordings(trials)?;
            Precision::Double(briefly(py, || fitted(dmd, &trials, conditions))?)
        }
        Trials::Single(trials) => {
            let trials = recordings(trials)?;
            Precision::Single(briefly(py, || fitted(dmd, &trials, conditions))?)
        }
    }))
}

fn fitted<T: Scalar>(
    dmd: Dmd,
    trials: &[Recording<'_, T>],
    conditions: Option<&[usize]>,
) -> Result<dynamical_similarity::Model<T>, Error> {
    match conditions {
        Some(conditions) => dmd.fit_conditions(trials, conditions),
        None => dmd.fit(trials),
    }
}

/// [`of_each`], which counts the recordings that are done.
fn with_each<R: Send>(
    meter: &Meter,
    all: &[Vec<Recording<'_, f64>>],
    work: impl Fn(&[Recording<'_, f64>]) -> Result<R, Error> + Sync + Send,
) -> Result<Vec<R>, Refusal> {
    of_each(all, |trials| {
        let found = work(trials)?;
        meter.piece(all.len())?;
        Ok(found)
    })
}

/// Fits several recordings at one rank. A rule that reads samples is applied to each recording, and all take the lower
/// median of its answers; any other rule is applied to each recording, and all take the smallest answer.
#[pyfunction]
pub(crate) fn fit_all(
    py: Python<'_>,
    all: Recordings<'_>,
    settings: settings::Model,
    long: Long<'_>,
) -> PyResult<Vec<Model>> {
    let (all, dmd) = (all_recordings(&all)?, settings.0);
    let models = at_length(py, &long, |meter| with_each(meter, &all, |trials| dmd.fit(trials)))?;
    Ok(models.into_iter().map(Model::from).collect())
}

/// The one rank that all recordings take by a rule that reads samples, and the answers of the rule. A recording that the rule
/// refuses has no vote.
#[pyfunction]
pub(crate) fn common_rank(
    py: Python<'_>,
    all: Recordings<'_>,
    settings: settings::Model,
    long: Long<'_>,
) -> PyResult<(usize, Vec<usize>)> {
    let (all, dmd) = (all_recordings(&all)?, settings.0);
    let answers = at_length(py, &long, |meter| {
        with_each(meter, &all, |trials| Ok(RankEvidence::of(trials, &dmd)?.rank))
    })?;
    let refused = answers.iter().enumerate().find_map(|(at, answer)| Some((at, answer.err()?)));
    let answers: Vec<usize> = answers.iter().flatten().copied().collect();
    let common = CommonRank::of(&answers).map_err(|error| match refused {
        Some((at, refused)) => Refusal::of_recording(at, refused),
        None => Refusal::from(error),
    })?;
    Ok((common.rank, answers))
}

/// The operators of the two halves of every recording: all first halves, then all second ones.
#[pyfunction]
pub(crate) fn fit_halves(
    py: Python<'_>,
    all: Recordings<'_>,
    settings: settings::Model,
    long: Long<'_>,
) -> PyResult<Vec<Model>> {
    let (all, dmd) = (all_recordings(&all)?, settings.0);
    let pairs = at_length(py, &long, |meter| {
        with_each(meter, &all, |trials| {
            let halves = Halves::of(trials, dmd.span())?;
            Ok([dmd.fit(halves.first())?, dmd.fit(halves.second())?])
        })
    })?;
    let (mut firsts, mut seconds) = (Vec::new(), Vec::new());
    for [first, second] in pairs {
        firsts.push(Model::from(first));
        seconds.push(Model::from(second));
    }
    firsts.append(&mut seconds);
    Ok(firsts)
}

/// Operators of `count` resamples of each recording, drawn from its blocks.
#[pyfunction]
pub(crate) fn draw_operators<'py>(
    py: Python<'py>,
    all: Recordings<'py>,
    settings: settings::Model,
    rank: usize,
    count: u64,
    seed: u64,
    long: Long<'py>,
) -> PyResult<Vec<Vec<Bound<'py, PyAny>>>> {
    let (all, dmd) = (all_recordings(&all)?, settings.0.rank(Rank::Fixed(rank)));
    let drawn = at_length(py, &long, |meter| {
        with_each(meter, &all, |trials| {
            let moments = BlockMoments::of(&Blocks::of(trials, dmd.span())?, &dmd, rank)?;
            moments.draws(seed, 0..count, &[rank])
        })
    })?;
    let of_one = |draws: Vec<Vec<Mat<f64>>>| -> PyResult<Vec<Bound<'py, PyAny>>> {
        let operators = draws.iter().flatten();
        operators.map(|operator| Ok(array(py, operator.as_ref())?.into_any())).collect()
    };
    drawn.into_iter().map(of_one).collect()
}

/// Held-out errors of one recording at all ranks up to `most`. The errors of all numbers of delays, which ascend, are measured
/// on the same samples.
#[pyfunction]
pub(crate) fn held_out_errors<'py>(
    py: Python<'py>,
    trials: Vec<PyReadonlyArray2<'py, f64>>,
    settings: settings::Model,
    most: usize,
    steps: usize,
    all_delays: Vec<usize>,
) -> PyResult<Bound<'py, PyAny>> {
    let (trials, dmd) = (recordings(&trials)?, settings.0);
    let found = briefly(py, || {
        let room = HeldOut::most_delays(&trials, &dmd, steps);
        let longest = all_delays.into_iter().take_while(|delays| *delays <= room).last();
        let first = longest.map_or(0, |delays| dmd.delays(delays).embedding().window());
        let task = HeldOutTask { most, steps, first, most_delays: longest.unwrap_or(0) };
        HeldOut::of_from(&trials, &dmd, task)
    })?;
    data(py, &found)
}
