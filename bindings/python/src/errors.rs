//! Errors of the library as exceptions of the class `dynamical_similarity.Error`.

use dynamical_similarity::{Error, PairError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};

static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// What went wrong, for Python: a sentence, the kind of the error, and its fields.
pub(crate) struct Refusal {
    sentence: String,
    error: Option<Error>,
    recording: Option<usize>,
}

impl Refusal {
    /// A refusal in words, of the program or of one of its readers.
    pub(crate) fn new(sentence: impl ToString) -> Self {
        Self { sentence: sentence.to_string(), error: None, recording: None }
    }

    /// An error about one of several recordings.
    pub(crate) fn of_recording(at: usize, error: Error) -> Self {
        let sentence = format!("recording {at}: {error}");
        Self { sentence, error: Some(error), recording: Some(at) }
    }

    /// An error about a pair of recordings.
    pub(crate) fn of_pair(found: PairError) -> Self {
        let PairError { row, column, error, .. } = found;
        let sentence = format!("recordings {row} and {column}: {error}");
        Self { sentence, error: Some(error), recording: None }
    }

    fn raise(&self, py: Python<'_>) -> PyResult<PyErr> {
        let class = CLASS.import(py, "dynamical_similarity._errors", "Error")?;
        let fields = match &self.error {
            Some(error) => pythonize::pythonize(py, error)?,
            None => py.None().into_bound(py),
        };
        Ok(PyErr::from_value(class.call1((&self.sentence, fields, self.recording))?))
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { sentence: error.to_string(), error: Some(error), recording: None }
    }
}

impl From<Refusal> for PyErr {
    fn from(refusal: Refusal) -> Self {
        Python::attach(|py| refusal.raise(py).unwrap_or_else(|error| error))
    }
}

/// Whatever serde can write, as dictionaries, lists and numbers.
pub(crate) fn data<'py, T: serde::Serialize>(
    py: Python<'py>,
    value: &T,
) -> PyResult<Bound<'py, PyAny>> {
    Ok(pythonize::pythonize(py, value)?)
}

/// A dictionary of these entries.
pub(crate) fn dictionary<'py, const N: usize>(
    py: Python<'py>,
    entries: [(&str, Bound<'py, PyAny>); N],
) -> PyResult<Bound<'py, PyDict>> {
    let made = PyDict::new(py);
    for (name, value) in entries {
        made.set_item(name, value)?;
    }
    Ok(made)
}
