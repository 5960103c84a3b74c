//! Distances between operators, between recordings without operators, and over a fan of windows and ranks.

use crate::arrays::{Recordings, all_recordings, array, operator, rows};
use crate::errors::{Refusal, data, dictionary};
use crate::settings::{Distance, named};
use crate::work::{Long, at_length, briefly, of_each};
use dsa::arguments::{BaselineArgument, SensorsArgument};
use dynamical_similarity::fan::{FanMember, WindowFan};
use dynamical_similarity::{
    Baseline, BaselineMatrix, Embedding, Error, Mat, MatRef, Measure, Neighbour, PairDistance,
    Recording, compare_pairs, features,
};
use numpy::{PyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::PyDict;

fn operators(arrays: &[PyReadonlyArray2<'_, f64>]) -> Result<Vec<Mat<f64>>, Refusal> {
    arrays.iter().map(operator).collect()
}

/// What is found for one pair of operators.
#[pyfunction]
pub(crate) fn compare<'py>(
    py: Python<'py>,
    left: PyReadonlyArray2<'py, f64>,
    right: PyReadonlyArray2<'py, f64>,
    measure: Distance,
) -> PyResult<Bound<'py, PyDict>> {
    let (a, b) = (operator(&left)?, operator(&right)?);
    let (a, b) = (a.as_ref(), b.as_ref());
    let made = PyDict::new(py);
    let procrustes = match measure.0 {
        Measure::Wasserstein(wasserstein) => {
            let distance = briefly(py, || wasserstein.compare_operators(a, b))?;
            made.set_item("distance", distance)?;
            made.set_item("lower_bound", distance)?;
            made.set_item("certified", true)?;
            made.set_item("transform", py.None())?;
            return Ok(made);
        }
        Measure::Procrustes(procrustes) => briefly(py, || procrustes.compare_operators(a, b))?,
        Measure::CertifiedProcrustes(procrustes) => briefly(py, || procrustes.certify(a, b))?,
        _ => return Err(Refusal::new("this measure is not known").into()),
    };
    made.set_item("distance", procrustes.distance())?;
    made.set_item("lower_bound", procrustes.lower_bound())?;
    made.set_item("certified", procrustes.is_certified())?;
    made.set_item("transform", array(py, procrustes.transform())?)?;
    Ok(made)
}

/// Distances, lower bounds, and whether they meet, of pairs of operators; a pair is two numbers that lie side by side.
#[pyfunction]
pub(crate) fn pair_distances<'py>(
    py: Python<'py>,
    #[pyo3(from_py_with = lent_operators)] operators: Vec<Mat<f64>>,
    pairs: PyReadonlyArray2<'py, i64>,
    measure: Distance,
    long: Long<'py>,
) -> PyResult<Bound<'py, PyDict>> {
    let place = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    let pairs: Vec<(usize, usize)> =
        pairs.as_array().outer_iter().map(|pair| (place(pair[0]), place(pair[1]))).collect();
    let views: Vec<MatRef<'_, f64>> = operators.iter().map(Mat::as_ref).collect();
    let found = at_length(py, &long, |meter| {
        let mut tell = |at| meter.pair(at);
        compare_pairs(&views, &pairs, &measure.0, Some(&mut tell))
    })?;
    let numbers =
        |f: fn(&PairDistance<f64>) -> f64| PyArray1::from_iter(py, found.iter().map(f)).into_any();
    dictionary(
        py,
        [
            ("distances", numbers(|pair| pair.distance)),
            ("lower_bounds", numbers(|pair| pair.lower_bound)),
            (
                "certified",
                PyArray1::from_iter(py, found.iter().map(|pair| pair.certified)).into_any(),
            ),
        ],
    )
}

/// The k nearest neighbours of every operator, row after row: their numbers, distances and lower bounds, and whether these meet.
#[pyfunction]
pub(crate) fn nearest<'py>(
    py: Python<'py>,
    #[pyo3(from_py_with = lent_operators)] operators: Vec<Mat<f64>>,
    k: usize,
    measure: Distance,
    long: Long<'py>,
) -> PyResult<Bound<'py, PyDict>> {
    let views: Vec<MatRef<'_, f64>> = operators.iter().map(Mat::as_ref).collect();
    let found = at_length(py, &long, |meter| {
        let mut tell = |at| meter.pair(at);
        dynamical_similarity::nearest(&views, k, &measure.0, Some(&mut tell))
    })?;
    let all: Vec<&Neighbour<f64>> = (0..found.count()).flat_map(|i| found.of(i)).collect();
    let columns = found.of(0).len();
    let numbers = |of: fn(&PairDistance<f64>) -> f64| {
        let values = all.iter().map(|neighbour| of(&neighbour.found)).collect();
        Ok::<_, PyErr>(rows(py, values, columns)?.into_any())
    };
    let indices = all.iter().map(|neighbour| neighbour.index as i64).collect();
    let certified = all.iter().map(|neighbour| neighbour.found.certified).collect();
    let made = dictionary(
        py,
        [
            ("indices", rows::<i64>(py, indices, columns)?.into_any()),
            ("distances", numbers(|pair| pair.distance)?),
            ("lower_bounds", numbers(|pair| pair.lower_bound)?),
            ("certified", rows::<bool>(py, certified, columns)?.into_any()),
        ],
    )?;
    made.set_item("searches", found.searches())?;
    Ok(made)
}

fn lent_operators(arrays: &Bound<'_, PyAny>) -> PyResult<Vec<Mat<f64>>> {
    let arrays: Vec<PyReadonlyArray2<'_, f64>> = arrays.extract()?;
    Ok(operators(&arrays)?)
}

/// The Wasserstein distance between two lists of eigenvalues, given as real and imaginary parts.
#[pyfunction]
pub(crate) fn eigenvalue_distance(
    left: [Vec<f64>; 2],
    right: [Vec<f64>; 2],
    measure: Distance,
) -> PyResult<f64> {
    let Measure::Wasserstein(wasserstein) = measure.0 else {
        return Err(Refusal::new("eigenvalues have a Wasserstein distance only").into());
    };
    let ([a, b], [c, d]) = (&left, &right);
    let length = wasserstein.eigenvalues_memory_len(a.len(), c.len());
    let mut memory = vec![0.0; length];
    let found = wasserstein.compare_eigenvalues_in(a, b, c, d, &mut memory);
    Ok(found.map_err(Refusal::from)?)
}

/// Distances over a fan of windows and ranks: of all recordings with each other or, if there are `others`, with these.
#[pyfunction]
pub(crate) fn fan_distances<'py>(
    py: Python<'py>,
    all: Recordings<'py>,
    others: Option<Recordings<'py>>,
    sensors: &str,
    quick: bool,
    measure: Distance,
    long: Long<'py>,
) -> PyResult<Bound<'py, PyDict>> {
    let sensors: SensorsArgument = named("sensors", sensors)?;
    let fan = WindowFan::new(sensors.sensors()).quick(quick);
    let (count, against) = (all.len(), others.as_ref().map(all_recordings).transpose()?);
    let mut all = all_recordings(&all)?;
    all.extend(against.iter().flatten().cloned());
    let found = at_length(py, &long, |meter| -> Result<_, Refusal> {
        let mut tell = |at| meter.pair(at);
        let prepared = of_each(&all, |trials| fan.prepare(trials))?;
        let plan = fan.plan(&prepared)?;
        let fitted = of_each(&prepared, |recording| plan.fit(recording))?;
        let (rows, columns) = fitted.split_at(count);
        Ok(match against {
            None => plan.among(rows, &measure.0, Some(&mut tell))?,
            Some(_) => plan.between(rows, columns, &measure.0, Some(&mut tell))?,
        })
    })?;
    let members: Vec<FanMember> = found.members().to_vec();
    dictionary(
        py,
        [
            ("distances", rows(py, found.distances().to_vec(), found.cols())?.into_any()),
            ("members", data(py, &members)?),
            ("most_similar_member", data(py, &found.most_similar_member())?),
        ],
    )
}

/// Distances without operators: of all recordings with each other or, if there are `others`, with these.
#[pyfunction]
pub(crate) fn baseline_distances<'py>(
    py: Python<'py>,
    all: Recordings<'py>,
    others: Option<Recordings<'py>>,
    method: &str,
    delays: usize,
    interval: usize,
    long: Long<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let method: BaselineArgument = named("method", method)?;
    let embedding = Embedding::new(delays, interval);
    let (all, others) = (all_recordings(&all)?, others.as_ref().map(all_recordings).transpose()?);
    let columns = others.as_ref().unwrap_or(&all).len();
    let states = match method {
        BaselineArgument::Procrustes => Some(Baseline::procrustes()),
        BaselineArgument::DelayProcrustes => Some(Baseline::procrustes().embedding(embedding)),
        BaselineArgument::Cka => Some(Baseline::cka()),
        BaselineArgument::Svcca => Some(Baseline::svcca()),
        BaselineArgument::Euclidean | BaselineArgument::LogSpectrum => None,
    };
    let found = at_length(py, &long, |meter| -> Result<Vec<f64>, Refusal> {
        let mut tell = |at| meter.pair(at);
        let Some(baseline) = states else {
            return feature_distances(&all, others.as_deref(), method);
        };
        let found = match &others {
            None => BaselineMatrix::among(&all, &baseline, Some(&mut tell)),
            Some(others) => BaselineMatrix::between(&all, others, &baseline, Some(&mut tell)),
        };
        Ok(found.map_err(Refusal::of_pair)?.distances().to_vec())
    })?;
    Ok(rows(py, found, columns)?.into_any())
}

/// Distances between the samples or the spectra of recordings.
fn feature_distances(
    all: &[Vec<Recording<'_, f64>>],
    others: Option<&[Vec<Recording<'_, f64>>]>,
    method: BaselineArgument,
) -> Result<Vec<f64>, Refusal> {
    let trials = all.iter().chain(others.unwrap_or_default()).flatten();
    let segment = features::segment(trials.map(Recording::samples).min().unwrap_or(0));
    let feature = |trials: &Vec<Recording<'_, f64>>| match method {
        BaselineArgument::LogSpectrum => features::log_spectrum(trials, segment),
        _ => features::standardised_samples(trials),
    };
    let left = of_each(all, feature)?;
    let right = others.map(|others| of_each(others, feature)).transpose()?;
    let right = right.as_ref().unwrap_or(&left);
    let pairs = left.iter().flat_map(|a| right.iter().map(|b| features::distance(a, b)));
    Ok(pairs.collect::<Result<Vec<f64>, Error>>()?)
}
