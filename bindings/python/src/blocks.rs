//! Fits of recordings that Python reads in blocks.

use crate::errors::Refusal;
use crate::model::Model;
use crate::settings;
use dynamical_similarity::{Error, SampleBlocks};
use numpy::PyReadonlyArray2;
use pyo3::prelude::*;

/// A recording whose samples come from a function of a first and an end sample.
struct Blocks {
    read: Py<PyAny>,
    channels: usize,
    samples: usize,
    /// Samples of a block.
    length: usize,
}

impl Blocks {
    /// The samples of a block; Ctrl-C ends the fit here.
    fn block(&self, first: usize) -> PyResult<Vec<f64>> {
        Python::attach(|py| {
            py.check_signals()?;
            let end = first.saturating_add(self.length).min(self.samples);
            let block = self.read.bind(py).call1((first, end))?;
            let block: PyReadonlyArray2<'_, f64> = block.extract()?;
            Ok(block.as_slice()?.to_vec())
        })
    }
}

impl SampleBlocks<f64> for Blocks {
    type Error = Failure;

    fn channels(&self) -> usize {
        self.channels
    }

    fn samples(&self) -> usize {
        self.samples
    }

    fn read(&mut self, each: &mut dyn FnMut(&[f64]) -> Result<(), Error>) -> Result<(), Failure> {
        for first in (0..self.samples).step_by(self.length.max(1)) {
            each(&self.block(first)?)?;
        }
        Ok(())
    }
}

/// What ends a fit: the library, or Python.
enum Failure {
    Library(Error),
    Python(PyErr),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Library(error)
    }
}

impl From<PyErr> for Failure {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

/// Fits a recording of one trial that is read in blocks of `length` samples, several times from its beginning to its end.
#[pyfunction]
pub(crate) fn fit_blocks(
    py: Python<'_>,
    read: Py<PyAny>,
    channels: usize,
    samples: usize,
    length: usize,
    settings: settings::Model,
) -> PyResult<Model> {
    let mut blocks = Blocks { read, channels, samples, length };
    match py.detach(|| settings.0.fit_blocks(&mut blocks)) {
        Ok(model) => Ok(Model::from(model)),
        Err(Failure::Library(error)) => Err(Refusal::from(error).into()),
        Err(Failure::Python(error)) => Err(error),
    }
}
