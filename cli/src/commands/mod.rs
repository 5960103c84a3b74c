//! What each command does.

mod baselines;
mod compare;
mod distance;
mod fit;
mod simulate;

use crate::arguments::{Arguments, Command, ModelArguments};
use crate::output::note;
use crate::problem::Problem;
use crate::read::{self, Samples};
use dynamical_similarity::{Dmd, Model, Rank};
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// A sentence for standard error; the exit code is then 1.
pub fn run(arguments: Arguments) -> Result<(), Problem> {
    match arguments.command {
        Command::Compare(options) => compare::run(&options),
        Command::Fit(options) => fit::run(&options),
        Command::Distance(options) => distance::run(&options),
        Command::Simulate(options) => simulate::run(&options),
    }
}

/// Reads a recording; what the reader has to say goes to standard error.
fn read_recording(path: &Path, settings: &ModelArguments) -> Result<Samples, Problem> {
    let samples = read::read(path, settings.dataset.as_deref())
        .map_err(|error| Problem::about(path, error))?;
    for found in &samples.notes {
        note(format_args!("{}: {found}", path.display()));
    }
    Ok(samples)
}

/// Fits an operator.
fn fit_model(path: &Path, samples: &Samples, dmd: Dmd) -> Result<Model<f64>, Problem> {
    let about = |error| Problem::about(path, error);
    dmd.fit(&samples.recordings().map_err(about)?).map_err(about)
}

/// Whether a rule looks at the spectrum of a recording: a common rank is then the smallest.
const fn is_rule(rank: Rank) -> bool {
    !matches!(rank, Rank::Fixed(_))
}
