//! What each command does.

mod baselines;
mod calibrate;
mod choice;
mod compare;
mod distance;
mod fit;
mod monitor;
mod remarks;
mod simulate;
mod sweep;

use crate::arguments::{Arguments, CentreArgument, Command, ModelArguments};
use crate::input;
use crate::output::note;
use crate::problem::Problem;
use crate::read::{self, Samples};
use crate::text;
use dynamical_similarity::{ConditionMeans, Dmd, Model, Rank, Recording};
use std::path::{Path, PathBuf};

/// Runs the command.
///
/// # Errors
/// A sentence for standard error; the exit code is then 1.
pub fn run(arguments: Arguments) -> Result<(), Problem> {
    match arguments.command {
        Command::Compare(options) => compare::run(&options),
        Command::Fit(options) => fit::run(&options),
        Command::Distance(options) => distance::run(&options),
        Command::Sweep(options) => sweep::run(&options),
        Command::Calibrate(options) => calibrate::run(&options),
        Command::Monitor(options) => monitor::run(&options),
        Command::Simulate(options) => simulate::run(&options),
    }
}

/// Reads a recording, without the means of its conditions if these are to go; what the reader has to say
/// goes to standard error.
fn read_recording(path: &Path, settings: &ModelArguments) -> Result<Samples, Problem> {
    let mut samples = read::read(path, settings.dataset.as_deref())
        .map_err(|error| Problem::about(path, error))?;
    for found in &samples.notes {
        note(format_args!("{}: {found}", text::name(path)));
    }
    let Some(table) = &settings.conditions else {
        if settings.centre == CentreArgument::Condition {
            return Err(Problem::new("--centre=condition needs --conditions FILE"));
        }
        return Ok(samples);
    };
    let conditions = read_conditions(table)?;
    let about = |error| Problem::about(path, error);
    let means =
        ConditionMeans::of(&samples.recordings().map_err(about)?, &conditions).map_err(about)?;
    if settings.centre == CentreArgument::Condition {
        let residuals = means.residuals().map_err(about)?;
        let copy = |trial: &Recording<'_, f64>| -> Vec<f64> {
            trial.as_matrix().columns().flatten().copied().collect()
        };
        samples.trials = residuals.iter().map(copy).collect();
    } else if means.dominates() {
        note(format_args!(
            "{}: the mean of a condition holds {:.0} % of its variance; consider --centre=condition",
            text::name(path),
            100.0 * means.share()
        ));
    }
    Ok(samples)
}

/// One condition a line.
fn read_conditions(path: &Path) -> Result<Vec<String>, Problem> {
    let table = input::read_text(path, input::LARGEST_TABLE)?;
    Ok(table.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
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

/// The most files on a side of a comparison or in a sweep: a matrix of distances grows with the square of it.
const MOST_FILES: usize = 4096;

/// # Errors
/// A sentence, if there are too many files.
fn check_count(files: &[PathBuf]) -> Result<(), Problem> {
    if files.len() <= MOST_FILES {
        return Ok(());
    }
    Err(Problem::new(format!("{} files are too many: at most {MOST_FILES} are taken", files.len())))
}
