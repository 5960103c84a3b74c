//! Recordings, operators and distances, lent by NumPy or given to it.

use crate::errors::Refusal;
use dynamical_similarity::{Error, Mat, MatRef, Recording, Scalar};
use numpy::{Element, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray2};
use pyo3::prelude::*;

/// The trials of a recording: arrays of time x channels in C order, which Python makes sure of.
#[derive(FromPyObject)]
pub(crate) enum Trials<'py> {
    /// In double precision.
    Double(Vec<PyReadonlyArray2<'py, f64>>),
    /// In single precision.
    Single(Vec<PyReadonlyArray2<'py, f32>>),
}

/// The samples of trials, without anything of Python, so that other threads may use them.
pub(crate) fn recordings<'a, T: Scalar + Element>(
    trials: &'a [PyReadonlyArray2<'_, T>],
) -> PyResult<Vec<Recording<'a, T>>> {
    Ok(lent(trials)?.map_err(Refusal::from)?)
}

fn lent<'a, T: Scalar + Element>(
    trials: &'a [PyReadonlyArray2<'_, T>],
) -> PyResult<Result<Vec<Recording<'a, T>>, Error>> {
    let samples =
        |trial: &'a PyReadonlyArray2<'_, T>| Ok((trial.as_slice()?, trial.as_array().ncols()));
    let all: Vec<(&[T], usize)> = trials.iter().map(samples).collect::<PyResult<_>>()?;
    let made = all.into_iter().enumerate().map(|(at, (samples, channels))| {
        Recording::new(samples, channels).map_err(|error| error.in_trial(at))
    });
    Ok(made.collect())
}

/// Several recordings in double precision.
pub(crate) type Recordings<'py> = Vec<Vec<PyReadonlyArray2<'py, f64>>>;

/// The trials of several recordings; see [`recordings`].
pub(crate) fn all_recordings<'a>(
    all: &'a Recordings<'_>,
) -> PyResult<Vec<Vec<Recording<'a, f64>>>> {
    let one = |(at, trials): (usize, &'a Vec<PyReadonlyArray2<'_, f64>>)| {
        let made = lent(trials)?;
        Ok(made.map_err(|error| Refusal::of_recording(at, error))?)
    };
    all.iter().enumerate().map(one).collect()
}

/// A square matrix of Python as the library has it.
pub(crate) fn operator(array: &PyReadonlyArray2<'_, f64>) -> Result<Mat<f64>, Refusal> {
    let (rows, cols) = (array.as_array().nrows(), array.as_array().ncols());
    if rows != cols {
        let what = "the number of columns of an operator";
        return Err(Error::ShapeMismatch { what, expected: rows, got: cols }.into());
    }
    matrix(array)
}

/// A matrix of Python, which lies row after row, as the library has it: column after column.
pub(crate) fn matrix(array: &PyReadonlyArray2<'_, f64>) -> Result<Mat<f64>, Refusal> {
    let from = array.as_array();
    let mut to = Mat::zeros(from.nrows(), from.ncols())?;
    for (column, values) in to.as_mut().columns_mut().zip(from.columns()) {
        column.iter_mut().zip(values).for_each(|(to, from)| *to = *from);
    }
    Ok(to)
}

/// A matrix of the library as an array in C order.
pub(crate) fn array<'py, T: Scalar + Element>(
    py: Python<'py>,
    matrix: MatRef<'_, T>,
) -> PyResult<Bound<'py, PyArray2<T>>> {
    let values: Vec<T> = (0..matrix.rows())
        .flat_map(|row| (0..matrix.cols()).map(move |column| matrix.at(row, column)))
        .collect();
    PyArray1::from_vec(py, values).reshape([matrix.rows(), matrix.cols()])
}

/// Values row after row as an array.
pub(crate) fn rows<'py, T: Element>(
    py: Python<'py>,
    values: Vec<T>,
    columns: usize,
) -> PyResult<Bound<'py, PyArray2<T>>> {
    let rows = values.len() / columns.max(1);
    PyArray1::from_vec(py, values).reshape([rows, columns])
}
