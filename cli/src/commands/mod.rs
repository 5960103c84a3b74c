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

use crate::arguments::{Arguments, CentreArgument, Command, GapsArgument, ModelArguments};
use crate::files::read::{self, Samples};
use crate::output::note;
use crate::problem::Problem;
use crate::{input, text};
use dynamical_similarity::{ConditionMeans, Dmd, Error, Model, Rank, Recording};
use serde_json::{Value, json};
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
    let about = |error| Problem::about(path, error);
    let mut samples = read::read_as(path, &settings.reading.reading()).map_err(about)?;
    if settings.reading.gaps == GapsArgument::Cut {
        leave_out_short(&mut samples, settings).map_err(|what| Problem::about(path, what))?;
    } else if samples.axis.as_ref().is_some_and(|axis| !axis.gaps.is_empty()) {
        samples.notes.push("--gaps cut cuts the recording into trials there".to_owned());
    }
    for found in &samples.notes {
        note(format_args!("{}: {found}", text::name(path)));
    }
    samples.check_finite().map_err(about)?;
    let Some(table) = &settings.conditions else {
        if settings.centre() == CentreArgument::Condition {
            return Err(Problem::new("--centre=condition needs --conditions FILE"));
        }
        return Ok(samples);
    };
    let conditions = read_conditions(table)?;
    let about = |error| Problem::about(path, error);
    let means =
        ConditionMeans::of(&samples.recordings().map_err(about)?, &conditions).map_err(about)?;
    if settings.centre() == CentreArgument::Condition {
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

/// After gaps have cut a recording, pieces without a single pair of windows are of no use.
fn leave_out_short(samples: &mut Samples, settings: &ModelArguments) -> Result<(), String> {
    let reach = settings.delays.count().max(1).saturating_sub(1).saturating_mul(settings.interval);
    // Rules that read samples look one sample further.
    let further = usize::from(choice::reads_samples(settings.rank.0));
    let needed = reach.saturating_add(settings.steps_ahead).saturating_add(1 + further);
    let (all, (_, longest)) = (samples.trials.len(), samples.lengths());
    let left = samples.retain_trials(needed);
    if left == 0 {
        return Err(format!(
            "the longest of {all} pieces between gaps has {longest} samples, and {needed} are needed"
        ));
    }
    if left < all {
        samples.notes.push(format!(
            "{} of {all} pieces between gaps are shorter than the {needed} samples that are needed, and were left \
             out",
            all - left
        ));
    }
    Ok(())
}

/// Sentences about sampling intervals that differ between recordings.
fn interval_notes<'a>(recordings: impl Iterator<Item = (&'a Path, &'a Samples)>) -> Vec<String> {
    let axes = recordings.filter_map(|(file, samples)| {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Some((name, samples.axis.as_ref()?))
    });
    read::interval_notes(axes)
}

/// What was decided while recordings were read, for a report.
fn reading_notes<'a>(
    recordings: impl Iterator<Item = (&'a Path, &'a Samples)> + Clone,
) -> Vec<Value> {
    let of_files = recordings.clone().flat_map(|(file, samples)| {
        samples
            .notes
            .iter()
            .map(move |found| json!({ "file": file.to_string_lossy(), "note": found }))
    });
    let of_all = interval_notes(recordings).into_iter().map(|found| json!({ "note": found }));
    of_files.chain(of_all).collect()
}

/// One condition a line.
fn read_conditions(path: &Path) -> Result<Vec<String>, Problem> {
    let table = input::read_text(path, input::LARGEST_TABLE)?;
    Ok(table.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// Fits an operator. All samples are finite, so what is not comes from numbers that are too large.
fn fit_model(path: &Path, samples: &Samples, dmd: Dmd) -> Result<Model<f64>, Problem> {
    let found = samples.recordings().and_then(|recordings| dmd.fit(&recordings));
    found.map_err(|error| match (error, samples.largest()) {
        (Error::NonFiniteEntry { .. }, Some((size, place))) => Problem::about(
            path,
            format!("sums of products overflow, as {place} is {size:e}; use another unit"),
        ),
        _ => Problem::about(path, error),
    })
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
