//! What the program `dsa` does: reading files, simulating systems, whole commands. Options come as the words of a command
//! line, so that they have one name, one meaning and one check.

use crate::arrays::rows;
use crate::errors::{Refusal, dictionary};
use crate::work::{Long, at_length, briefly};
use clap::Parser;
use dsa::arguments::{Arguments, Command};
use dsa::commands;
use dsa::files::read::{Samples, read_as};
use dsa::output::captured;
use dsa::problem::Problem;
use numpy::PyArray2;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The command that these words ask for.
fn command(words: Vec<String>) -> Result<Arguments, Refusal> {
    let line = dsa::command_line::quoted(words.iter().map(Into::into));
    let all = std::iter::once("dsa".to_owned()).chain(words);
    match Arguments::try_parse_from(all) {
        Ok(arguments) => Ok(arguments.with_command_line(line)),
        Err(wrong) => {
            let said = wrong.to_string();
            let what = said.strip_prefix("error: ").unwrap_or(&said);
            // What follows explains the command line.
            let sentence = what.split("\n\n").next().unwrap_or(what);
            Err(Refusal::new(sentence))
        }
    }
}

/// Reads and prepares a recording: `words` are those of `dsa doctor`.
#[pyfunction]
pub(crate) fn read<'py>(py: Python<'py>, words: Vec<String>) -> PyResult<Bound<'py, PyDict>> {
    let Command::Doctor(options) = command(words)?.command else {
        return Err(Refusal::new("this command reads no recording").into());
    };
    let samples = briefly(py, || -> Result<Samples, Refusal> {
        let Some(file) = options.files.first() else { return Err(Refusal::new("no file")) };
        let (reading, preparation) = (&options.reading, &options.preparation);
        let steps = preparation.preparation(&reading.file.select, false);
        let found = read_as(file, &reading.reading(preparation));
        let about = |what: &dyn std::fmt::Display| Refusal::new(Problem::about(file, what));
        let samples = found.map_err(|error| about(&error))?;
        let samples = steps.apply(samples).map_err(|what| about(&what))?;
        samples.check_finite().map_err(|error| about(&error))?;
        Ok(samples)
    })?;
    let Samples { trials, channels, channel_names, notes, rate, .. } = samples;
    let arrays = trials.into_iter().map(|trial| rows(py, trial, channels));
    let arrays: Vec<Bound<'py, PyArray2<f64>>> = arrays.collect::<PyResult<_>>()?;
    let made = PyDict::new(py);
    made.set_item("trials", arrays)?;
    made.set_item("channel_names", channel_names)?;
    made.set_item("notes", notes)?;
    made.set_item("rate", rate)?;
    Ok(made)
}

/// A recording of a simulated system: `words` are those of `dsa simulate`. The samples of all trials, one trial after the
/// other, and the number of trials.
#[pyfunction]
pub(crate) fn simulate<'py>(
    py: Python<'py>,
    words: Vec<String>,
) -> PyResult<(Bound<'py, PyArray2<f64>>, usize)> {
    let Command::Simulate(options) = command(words)?.command else {
        return Err(Refusal::new("this command simulates no system").into());
    };
    let made = briefly(py, || commands::simulated(&options).map_err(Refusal::new))?;
    Ok((rows(py, made.data, made.channels)?, made.trials))
}

/// Runs a command of `dsa`; gives what it printed to standard output and to standard error, and the sentence of its failure.
#[pyfunction]
pub(crate) fn run_command<'py>(
    py: Python<'py>,
    words: Vec<String>,
) -> PyResult<Bound<'py, PyDict>> {
    let arguments = command(words)?;
    let (result, printed) = at_length(py, &Long::silent(), |_| {
        Ok::<_, Refusal>(captured(|| commands::run(arguments)))
    })?;
    let failure = result.err().map(|problem| problem.to_string());
    dictionary(
        py,
        [
            ("output", printed.output.into_pyobject(py)?.into_any()),
            ("notes", printed.notes.into_pyobject(py)?.into_any()),
            ("failure", failure.into_pyobject(py)?.into_any()),
        ],
    )
}

/// Runs the program `dsa` with these arguments, and gives its exit code.
#[pyfunction]
pub(crate) fn run_program(py: Python<'_>, words: Vec<std::ffi::OsString>) -> u8 {
    py.detach(|| dsa::program::run(words))
}
