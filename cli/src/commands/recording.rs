//! Recordings of a run: read, checked, and lent to every stage.

use super::choice;
use super::per_file::PerFile;
use crate::arguments::{CentreArgument, GapsArgument, ModelArguments};
use crate::files::read::{self, Reading, Samples};
use crate::files::read::{FileBlocks, Opened};
use crate::output::note;
use crate::prepare::Preparation;
use crate::problem::Problem;
use crate::{input, notes, text};
use dynamical_similarity::{ConditionMeans, Dmd, Error, Model, Recording};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Reads the recordings of a run. The table of conditions is read once for all of them.
pub(super) struct Reader<'a> {
    options: &'a ModelArguments,
    conditions: Option<Vec<String>>,
    per_file: PerFile,
}

impl<'a> Reader<'a> {
    /// # Errors
    /// A sentence, if the table of conditions cannot be read or is needed and missing.
    pub(super) fn new(options: &'a ModelArguments) -> Result<Self, Problem> {
        if options.conditions.is_none() && options.centre() == CentreArgument::Condition {
            return Err(Problem::new("--centre=condition needs --conditions FILE"));
        }
        let conditions = options.conditions.as_deref().map(read_conditions).transpose()?;
        Ok(Self { options, conditions, per_file: PerFile::read(&options.reading)? })
    }

    /// Reads a recording, and subtracts the means of its conditions if that was asked for. The notes of the reader go
    /// to standard error.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub(super) fn read(&self, path: &Path) -> Result<Samples, Problem> {
        self.samples(path, true)
    }

    /// Opens a recording to read it in blocks, where nothing is to be done to its samples before the fit; otherwise says why
    /// not.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub(super) fn open_blocks(&self, path: &Path) -> Result<Opened, Problem> {
        let options = self.options;
        let (reading, preparation) =
            self.per_file.options(path, &options.reading, &options.preparation)?;
        let own = &ModelArguments { reading, preparation, ..options.clone() };
        let opened = FileBlocks::open(path, &own.reading.reading(&own.preparation))
            .map_err(|error| Problem::about(path, error))?;
        Ok(match opened {
            Opened::Blocks(_) if self.conditions.is_some() => Opened::Whole("it has conditions"),
            Opened::Blocks(_) if !own.preparation().is_empty() => {
                Opened::Whole("its samples are prepared")
            }
            opened => opened,
        })
    }

    /// The samples of a file. A file that is read again does not repeat its notes.
    fn samples(&self, path: &Path, with_notes: bool) -> Result<Samples, Problem> {
        let options = self.options;
        let (reading, preparation) =
            self.per_file.options(path, &options.reading, &options.preparation)?;
        let own = &ModelArguments { reading, preparation, ..options.clone() };
        let mut samples =
            prepared(path, &own.reading.reading(&own.preparation), &own.preparation())?;
        let options =
            &options.in_samples(samples.rate).map_err(|what| Problem::about(path, what))?;
        if options.reading.gaps == GapsArgument::Cut {
            leave_out_short(&mut samples, options).map_err(|what| Problem::about(path, what))?;
        } else if samples.axis.as_ref().is_some_and(|axis| !axis.gaps.is_empty()) {
            samples
                .notes
                .push("--gaps cut would cut the recording into trials at these places".to_owned());
        }
        for found in samples.notes.iter().filter(|_| with_notes) {
            note(format_args!("{}: {found}", text::name(path)));
        }
        if let Some(conditions) = &self.conditions {
            let found = of_conditions(path, &samples, conditions, options.centre())?;
            for line in found.note.iter().filter(|_| with_notes) {
                note(format_args!("{}: {line}", text::name(path)));
            }
            samples.trials = found.residuals.unwrap_or(samples.trials);
        }
        Ok(samples)
    }
}

/// Reads a recording and prepares it.
///
/// # Errors
/// A sentence that names the file.
pub(super) fn prepared(
    path: &Path,
    reading: &Reading<'_>,
    preparation: &Preparation,
) -> Result<Samples, Problem> {
    let samples = read::read_as(path, reading).map_err(|error| Problem::about(path, error))?;
    preparation.apply(samples).map_err(|what| Problem::about(path, what))
}

/// The values of recordings that stay in memory between stages: 64 MB. Further recordings are read again for each stage, so
/// that a run needs no more memory for many recordings than this and one recording per thread.
pub(super) const HELD_VALUES: usize = 8_000_000;

/// Recordings whose samples are lent to one stage after the other.
pub(super) struct Source<'a> {
    pub(super) file: &'a Path,
    /// Its number among the files of a comparison.
    pub(super) number: usize,
    reader: &'a Reader<'a>,
    /// Everything that was read; without its trials where they are read again.
    pub(super) samples: Samples,
    /// Samples of the shortest trial.
    pub(super) shortest: usize,
    /// How many trials there are.
    pub(super) trials: usize,
    /// Samples of all trials.
    pub(super) total: usize,
    held: bool,
}

impl<'a> Source<'a> {
    /// Reads a recording and checks its samples. The notes of the reader are left to the caller, unless the recording
    /// is refused.
    ///
    /// - `held`: values of recordings in memory so far.
    /// - `hold_all`: whether all recordings are needed at once.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub(super) fn read(
        file: &'a Path,
        reader: &'a Reader<'_>,
        held: &AtomicUsize,
        hold_all: bool,
    ) -> Result<Self, Problem> {
        let mut samples = reader.samples(file, false)?;
        Checked::of(file, &samples).inspect_err(|_| {
            samples
                .notes
                .iter()
                .for_each(|found| note(format_args!("{}: {found}", text::name(file))));
        })?;
        let ((shortest, _), trials) = (samples.lengths(), samples.trials.len());
        let values: usize = samples.trials.iter().map(Vec::len).sum();
        let total = values / samples.channels.max(1);
        // What is not a file, such as a pipe, can be read once only.
        let is_file = std::fs::metadata(file).is_ok_and(|found| found.is_file());
        let fits = held.fetch_add(values, Ordering::Relaxed) <= HELD_VALUES.saturating_sub(values);
        let held = hold_all || !is_file || fits;
        if !held {
            samples.trials = Vec::new();
        }
        Ok(Self { file, number: 0, reader, samples, shortest, trials, total, held })
    }

    /// The same with its number among the files of a comparison.
    pub(super) fn numbered(self, number: usize) -> Self {
        Self { number, ..self }
    }

    /// The file, and what was read from it, without the samples.
    pub(super) const fn of_file(&self) -> OfFile<'_> {
        (self.file, &self.samples)
    }

    /// Whether the samples are in memory.
    pub(super) const fn is_held(&self) -> bool {
        self.held
    }

    /// The recording, if its samples are in memory.
    pub(super) fn held(&self) -> Option<Checked<'_>> {
        self.held.then(|| Checked::of(self.file, &self.samples).ok()).flatten()
    }
}

/// What has the samples of a recording, or can read them again.
pub(super) trait Lend: Sync {
    /// The file of the recording.
    fn file(&self) -> &Path;

    /// Does some work with the recording.
    ///
    /// # Errors
    /// A sentence that names the file, if it cannot be read again.
    fn lend<R>(&self, work: impl FnOnce(&Checked<'_>) -> R) -> Result<R, Problem>;
}

impl Lend for Source<'_> {
    fn file(&self) -> &Path {
        self.file
    }

    fn lend<R>(&self, work: impl FnOnce(&Checked<'_>) -> R) -> Result<R, Problem> {
        if self.held {
            return Ok(work(&Checked::of(self.file, &self.samples)?));
        }
        let samples = self.reader.samples(self.file, false)?;
        Ok(work(&Checked::of(self.file, &samples)?))
    }
}

impl Lend for Checked<'_> {
    fn file(&self) -> &Path {
        self.file
    }

    fn lend<R>(&self, work: impl FnOnce(&Checked<'_>) -> R) -> Result<R, Problem> {
        Ok(work(self))
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

    /// The file, and what was read from it.
    pub(super) const fn of_file(&self) -> OfFile<'_> {
        (self.file, self.samples)
    }

    /// Fits an operator. All samples are finite, so a product that is not comes from numbers that are too large.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub(super) fn fit(&self, dmd: Dmd) -> Result<Model<f64>, Problem> {
        dmd.fit(&self.trials).map_err(|error| self.refusal(error))
    }

    /// Fits an operator of each of these ranks.
    ///
    /// # Errors
    /// A sentence that names the file, for each rank.
    pub(super) fn fit_ranks(
        &self,
        dmd: Dmd,
        ranks: &[usize],
    ) -> Result<Vec<Result<Model<f64>, Problem>>, Problem> {
        let found = dmd.fit_ranks(&self.trials, ranks).map_err(|error| self.refusal(error))?;
        Ok(found.into_iter().map(|model| model.map_err(|error| self.refusal(error))).collect())
    }

    fn refusal(&self, error: Error) -> Problem {
        match (error, self.samples.largest()) {
            (Error::NonFiniteEntry { .. }, Some((size, place))) => Problem::about(
                self.file,
                format!(
                    "sums of products overflow because {place} is {size:e}; save the recording in another unit"
                ),
            ),
            _ => Problem::about(self.file, error),
        }
    }
}

/// The trials of a recording, or the place of the first sample that is not finite.
fn checked<'a>(file: &Path, samples: &'a Samples) -> Result<Vec<Recording<'a, f64>>, Problem> {
    samples.recordings().map_err(|error| match samples.check_finite() {
        Err(place) => Problem::about(file, place),
        Ok(()) => Problem::about(file, error),
    })
}

/// What the means of conditions say about a recording.
struct OfConditions {
    /// The trials less the means of their conditions, if these are to be subtracted.
    residuals: Option<Vec<Vec<f64>>>,
    /// A note, where they should be.
    note: Option<String>,
}

fn of_conditions(
    path: &Path,
    samples: &Samples,
    conditions: &[String],
    centre: CentreArgument,
) -> Result<OfConditions, Problem> {
    let about = |error| Problem::about(path, error);
    let means = ConditionMeans::of(&checked(path, samples)?, conditions).map_err(about)?;
    if centre == CentreArgument::Condition {
        let copy = |trial: &Recording<'_, f64>| -> Vec<f64> {
            trial.as_matrix().columns().flatten().copied().collect()
        };
        let residuals = means.residuals().map_err(about)?.iter().map(copy).collect();
        return Ok(OfConditions { residuals: Some(residuals), note: None });
    }
    let note = means.dominates().then(|| {
        format!(
            "the mean response of a condition holds {:.0} % of the variance of its trials; consider --centre=condition",
            100.0 * means.share()
        )
    });
    Ok(OfConditions { residuals: None, note })
}

/// Leaves out the pieces between gaps that are too short for a single pair of windows.
fn leave_out_short(samples: &mut Samples, options: &ModelArguments) -> Result<(), String> {
    let reach = options.delays().least().saturating_sub(1).saturating_mul(options.interval());
    // Rules that read samples look one sample further.
    let further = usize::from(choice::reads_samples(options.rank().0));
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

/// A file, and what was read from it.
pub(super) type OfFile<'a> = (&'a Path, &'a Samples);

/// Sentences about sampling intervals that differ between recordings.
pub(super) fn interval_notes<'a>(recordings: impl IntoIterator<Item = OfFile<'a>>) -> Vec<String> {
    let axes = recordings.into_iter().filter_map(|(file, samples)| {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Some((name, samples.axis.as_ref()?))
    });
    read::interval_notes(axes)
}

/// What was decided while recordings were read, for a terminal: in the order of the recordings, whichever was read first.
pub(super) fn reading_lines<'a>(recordings: impl Iterator<Item = OfFile<'a>>) -> Vec<String> {
    let notes: Vec<(String, &String)> = recordings
        .flat_map(|(file, samples)| {
            samples.notes.iter().map(move |found| (text::name(file), found))
        })
        .collect();
    notes::of_files(notes.iter().map(|(file, found)| (file.as_str(), found.as_str())))
}

/// What was decided while recordings were read, for a report.
pub(super) fn reading_notes<'a>(
    recordings: impl IntoIterator<Item = OfFile<'a>> + Clone,
) -> Vec<Value> {
    let of_files = recordings.clone().into_iter().flat_map(|(file, samples)| {
        let file = file.to_string_lossy();
        let of_file = move |found: &String| json!({ "file": file, "note": found });
        samples.notes.iter().map(of_file)
    });
    let of_all = interval_notes(recordings).into_iter().map(|found| json!({ "note": found }));
    of_files.chain(of_all).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::{Arguments, Command};
    use clap::Parser;

    /// A recording that is read again for every stage is the one that stays in memory.
    #[test]
    fn samples_that_are_not_held_are_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.csv");
        let table = |rows: usize| -> String {
            (0..rows).map(|t| format!("{},{}\n", (0.3 * t as f64).sin(), t % 7)).collect()
        };
        std::fs::write(&file, table(60)).unwrap();
        let arguments = Arguments::try_parse_from(["dsa", "fit", "a.csv", "--output", "m.json"]);
        let Command::Fit(options) = arguments.unwrap().command else { panic!("not a fit") };
        let reader = Reader::new(&options.model).unwrap();
        let read = |before: usize, hold_all| {
            Source::read(&file, &reader, &AtomicUsize::new(before), hold_all).unwrap()
        };
        let (first, later) = (read(0, false), read(HELD_VALUES, false));
        assert!(first.held().is_some() && later.held().is_none());
        assert!(later.samples.trials.is_empty() && later.samples.channels == 2);
        assert!(read(HELD_VALUES, true).held().is_some());
        let samples = |source: &Source<'_>| source.lend(|lent| lent.samples.clone());
        assert_eq!(samples(&first).unwrap(), samples(&later).unwrap());
        // What has gone meanwhile is refused by name.
        std::fs::remove_file(&file).unwrap();
        assert!(samples(&first).is_ok());
        assert!(samples(&later).unwrap_err().to_string().contains("a.csv"));
        // Samples that are missing are found at the first reading.
        std::fs::write(&file, "1,2\n3,nan\n5,6\n").unwrap();
        assert!(Source::read(&file, &reader, &AtomicUsize::new(0), false).is_err());
    }
}
