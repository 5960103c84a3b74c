//! Recordings of a run: read, checked once, and lent to every stage.

use super::choice;
use crate::arguments::{CentreArgument, GapsArgument, ModelArguments};
use crate::files::read::{self, Samples};
use crate::output::note;
use crate::problem::Problem;
use crate::{input, text};
use dynamical_similarity::{ConditionMeans, Dmd, Error, Model, Recording};
use serde_json::{Value, json};
use std::path::Path;

/// Reads the recordings of a run. The table of conditions is read once for all of them.
pub(super) struct Reader<'a> {
    options: &'a ModelArguments,
    conditions: Option<Vec<String>>,
}

impl<'a> Reader<'a> {
    /// # Errors
    /// A sentence, if the table of conditions cannot be read or is needed and missing.
    pub(super) fn new(options: &'a ModelArguments) -> Result<Self, Problem> {
        if options.conditions.is_none() && options.centre() == CentreArgument::Condition {
            return Err(Problem::new("--centre=condition needs --conditions FILE"));
        }
        let conditions = options.conditions.as_deref().map(read_conditions).transpose()?;
        Ok(Self { options, conditions })
    }

    /// Reads a recording, and subtracts the means of its conditions if that was asked for. The notes of the reader go
    /// to standard error.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub(super) fn read(&self, path: &Path) -> Result<Samples, Problem> {
        let options = self.options;
        let reading = options.reading.reading();
        let mut samples =
            read::read_as(path, &reading).map_err(|error| Problem::about(path, error))?;
        if options.reading.gaps == GapsArgument::Cut {
            leave_out_short(&mut samples, options).map_err(|what| Problem::about(path, what))?;
        } else if samples.axis.as_ref().is_some_and(|axis| !axis.gaps.is_empty()) {
            samples
                .notes
                .push("--gaps cut would cut the recording into trials at these places".to_owned());
        }
        for found in &samples.notes {
            note(format_args!("{}: {found}", text::name(path)));
        }
        if let Some(conditions) = &self.conditions {
            let residuals = residuals(path, &samples, conditions, options.centre())?;
            samples.trials = residuals.unwrap_or(samples.trials);
        }
        Ok(samples)
    }
}

/// A recording whose samples have been checked.
pub(super) struct Checked<'a> {
    pub(super) file: &'a Path,
    pub(super) samples: &'a Samples,
    pub(super) trials: Vec<Recording<'a, f64>>,
}

impl<'a> Checked<'a> {
    /// Checks the samples of a recording.
    ///
    /// # Errors
    /// A sentence that names the file and the place in it of a sample that is missing or infinite.
    pub(super) fn of(file: &'a Path, samples: &'a Samples) -> Result<Self, Problem> {
        Ok(Self { file, samples, trials: checked(file, samples)? })
    }

    /// Fits an operator. All samples are finite, so a product that is not comes from numbers that are too large.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub(super) fn fit(&self, dmd: Dmd) -> Result<Model<f64>, Problem> {
        dmd.fit(&self.trials).map_err(|error| match (error, self.samples.largest()) {
            (Error::NonFiniteEntry { .. }, Some((size, place))) => Problem::about(
                self.file,
                format!("sums of products overflow because {place} is {size:e}; save the recording in another unit"),
            ),
            _ => Problem::about(self.file, error),
        })
    }
}

/// The trials of a recording, or the place of the first sample that is not finite.
fn checked<'a>(file: &Path, samples: &'a Samples) -> Result<Vec<Recording<'a, f64>>, Problem> {
    samples.recordings().map_err(|error| match samples.check_finite() {
        Err(place) => Problem::about(file, place),
        Ok(()) => Problem::about(file, error),
    })
}

/// The trials less the means of their conditions, if these are to be subtracted; else a note where they should be.
fn residuals(
    path: &Path,
    samples: &Samples,
    conditions: &[String],
    centre: CentreArgument,
) -> Result<Option<Vec<Vec<f64>>>, Problem> {
    let about = |error| Problem::about(path, error);
    let means = ConditionMeans::of(&checked(path, samples)?, conditions).map_err(about)?;
    if centre == CentreArgument::Condition {
        let copy = |trial: &Recording<'_, f64>| -> Vec<f64> {
            trial.as_matrix().columns().flatten().copied().collect()
        };
        return Ok(Some(means.residuals().map_err(about)?.iter().map(copy).collect()));
    }
    if means.dominates() {
        note(format_args!(
            "{}: the mean response of a condition holds {:.0} % of the variance of its trials; consider --centre=condition",
            text::name(path),
            100.0 * means.share()
        ));
    }
    Ok(None)
}

/// Leaves out the pieces between gaps that are too short for a single pair of windows.
fn leave_out_short(samples: &mut Samples, options: &ModelArguments) -> Result<(), String> {
    let reach = options.delays.least().saturating_sub(1).saturating_mul(options.interval);
    // Rules that read samples look one sample further.
    let further = usize::from(choice::reads_samples(options.rank.0));
    let needed = reach.saturating_add(options.steps_ahead).saturating_add(1 + further);
    let (all, (_, longest)) = (samples.trials.len(), samples.lengths());
    let left = samples.retain_trials(needed);
    if left == 0 {
        return Err(format!(
            "the longest of {all} pieces between gaps has {longest} samples, and {needed} are needed"
        ));
    }
    if left < all {
        samples.notes.push(format!(
            "{} of {all} pieces between gaps were left out, because they are shorter than the {needed} samples that are needed",
            all - left
        ));
    }
    Ok(())
}

/// One condition per line.
fn read_conditions(path: &Path) -> Result<Vec<String>, Problem> {
    let table = input::read_text(path, input::LARGEST_TABLE)?;
    Ok(table.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// Sentences about sampling intervals that differ between recordings.
pub(super) fn interval_notes<'a>(
    recordings: impl IntoIterator<Item = &'a Checked<'a>>,
) -> Vec<String> {
    let axes = recordings.into_iter().filter_map(|recording| {
        let name = recording.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Some((name, recording.samples.axis.as_ref()?))
    });
    read::interval_notes(axes)
}

/// What was decided while recordings were read, for a report.
pub(super) fn reading_notes<'a>(
    recordings: impl IntoIterator<Item = &'a Checked<'a>> + Clone,
) -> Vec<Value> {
    let of_files = recordings.clone().into_iter().flat_map(|recording| {
        let file = recording.file.to_string_lossy();
        let of_file = move |found: &String| json!({ "file": file, "note": found });
        recording.samples.notes.iter().map(of_file)
    });
    let of_all = interval_notes(recordings).into_iter().map(|found| json!({ "note": found }));
    of_files.chain(of_all).collect()
}
