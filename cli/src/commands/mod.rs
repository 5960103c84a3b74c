//! The commands.

mod baselines;
mod calibrate;
mod choice;
mod compare;
mod distance;
mod doctor;
mod documentation;
mod features;
mod fit;
mod monitor;
mod per_file;
mod rates;
mod recording;
mod remarks;
mod simulate;
mod sweep;
mod sweep_reliability;
mod sweep_residuals;

use crate::arguments::{Arguments, Command};
use crate::problem::Problem;
use dynamical_similarity::Rank;
use std::path::PathBuf;

pub use simulate::simulated;

/// Runs the command.
///
/// # Errors
/// A sentence for standard error; the exit code is then 1.
pub fn run(arguments: Arguments) -> Result<(), Problem> {
    let Some(threads) = arguments.threads else { return run_command(&arguments.command) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.into()).build();
    pool.map_err(Problem::new)?.install(|| run_command(&arguments.command))
}

fn run_command(command: &Command) -> Result<(), Problem> {
    match command {
        Command::Compare(options) => compare::run(options),
        Command::Merge(options) => compare::merge(options),
        Command::Neighbours(options) => compare::neighbours(options),
        Command::Fit(options) => fit::run(options),
        Command::Distance(options) => distance::run(options),
        Command::Doctor(options) => doctor::run(options),
        Command::Sweep(options) => sweep::run(options),
        Command::Calibrate(options) => calibrate::run(options),
        Command::Monitor(options) => monitor::run(options),
        Command::Simulate(options) => simulate::run(options),
        Command::Completions(options) => documentation::completions(options),
        Command::Manual(options) => documentation::manual(options),
    }
}

/// Whether the rank was left to a rule.
const fn is_rule(rank: Rank) -> bool {
    !matches!(rank, Rank::Fixed(_))
}

/// The most files on a side of a comparison or in a sweep: the size of a matrix of distances is the square of this
/// number.
const MOST_FILES: usize = 4096;

/// # Errors
/// A sentence, if there are too many files.
fn check_count(files: &[PathBuf]) -> Result<(), Problem> {
    if files.len() <= MOST_FILES {
        return Ok(());
    }
    Err(Problem::new(format!(
        "{} files are too many: at most {MOST_FILES} can be used",
        files.len()
    )))
}
