//! Recordings that are compared, and those that are refused.

use super::plan::Plan;
use crate::commands::recording::{Checked, Reader};
use crate::files::read::Samples;
use crate::output;
use crate::problem::Problem;
use crate::show::progress::Progress;
use crate::text;
use dynamical_similarity::{DistanceMatrix, Error, MatRef, Measure, Model, OnProgress};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// A recording that can be compared.
pub(super) struct Entry<'a> {
    pub(super) recording: Checked<'a>,
    pub(super) model: Model<f64>,
}

/// A recording that cannot, and why.
pub(super) struct Refusal {
    pub(super) file: String,
    pub(super) reason: String,
}

pub(super) fn report_refusal(refusal: &Refusal) {
    output::note(format_args!("refused: {}: {}", text::line(&refusal.file), refusal.reason));
}

/// A file and what was read from it.
pub(super) struct File<'a> {
    path: &'a Path,
    samples: Result<Samples, Problem>,
}

/// Reads every file.
pub(super) fn read_all<'a>(files: &'a [PathBuf], reader: &Reader<'_>) -> Vec<File<'a>> {
    files.par_iter().map(|path| File { path, samples: reader.read(path) }).collect()
}

/// Checks the samples of every file; a file that cannot be read or compared is refused, and the others go on.
pub(super) fn checked<'a>(files: &'a [File<'_>], refused: &mut Vec<Refusal>) -> Vec<Checked<'a>> {
    let check = |file: &'a File<'_>| match &file.samples {
        Ok(samples) => Checked::of(file.path, samples),
        Err(problem) => Err(problem.clone()),
    };
    let mut kept = Vec::new();
    for (file, found) in files.iter().zip(files.par_iter().map(check).collect::<Vec<_>>()) {
        match found {
            Ok(recording) => kept.push(recording),
            Err(problem) => refused.push(refusal(file.path, &problem)),
        }
    }
    kept
}

/// Fits every recording; a recording that cannot be fitted is refused, and the others go on.
fn fit_all<'a>(
    recordings: Vec<Checked<'a>>,
    plan: &Plan<'_>,
    refused: &mut Vec<Refusal>,
) -> Vec<Entry<'a>> {
    let progress = Progress::new("fitting", recordings.len());
    let dmd = plan.fit.dmd();
    let fitted: Vec<Result<Model<f64>, Problem>> = recordings
        .par_iter()
        .map(|recording| {
            let model = recording.fit(dmd);
            progress.step();
            model
        })
        .collect();
    progress.finish();
    let mut entries = Vec::new();
    for (recording, result) in recordings.into_iter().zip(fitted) {
        match result {
            Ok(model) => entries.push(Entry { recording, model }),
            Err(problem) => refused.push(refusal(recording.file, &problem)),
        }
    }
    entries
}

/// The reason without the name of the file, which is printed before it.
pub(super) fn refusal(file: &Path, problem: &Problem) -> Refusal {
    Refusal { file: file.display().to_string(), reason: problem.without(file) }
}

/// Refuses the recordings whose operator has no distance even from itself, such as an operator of zeros, which has no
/// direction.
fn refuse_incomparable(
    entries: &mut Vec<Entry<'_>>,
    measure: &Measure,
    refused: &mut Vec<Refusal>,
) {
    entries.retain(|entry| {
        let (operator, file) = ([entry.model.operator()], entry.recording.file);
        match DistanceMatrix::between(&operator, &operator, measure, None) {
            Ok(_) => true,
            Err(error) => {
                refused.push(refusal(file, &Problem::about(file, error)));
                false
            }
        }
    });
}

/// The recordings in the rows of the matrix and those in its columns.
pub(super) struct Sides<'a> {
    pub(super) rows: Vec<Entry<'a>>,
    /// Empty where the rows are compared with each other.
    pub(super) columns: Vec<Entry<'a>>,
    /// Whether the rows are compared with each other.
    pub(super) alone: bool,
}

/// A pair that is compared: its place in the matrix.
pub(super) struct Place {
    pub(super) row: usize,
    pub(super) column: usize,
}

impl<'a> Sides<'a> {
    /// Fits all recordings.
    pub(super) fn fitted(
        rows: Vec<Checked<'a>>,
        columns: Vec<Checked<'a>>,
        plan: &Plan<'_>,
        refused: &mut Vec<Refusal>,
    ) -> Self {
        let (rows, columns) = (fit_all(rows, plan, refused), fit_all(columns, plan, refused));
        Self { rows, columns, alone: plan.options.against.is_empty() }
    }

    /// The recordings in the rows, then those in the columns.
    pub(super) fn all(&self) -> impl Iterator<Item = &Entry<'a>> + Clone {
        self.rows.iter().chain(&self.columns)
    }

    /// # Errors
    /// If there is no pair left; the refusals are printed first.
    pub(super) fn check_enough(&self, refused: &[Refusal]) -> Result<(), Problem> {
        if self.pairs().next().is_none() { Err(too_few(refused)) } else { Ok(()) }
    }

    /// Every pair that is compared.
    pub(super) fn pairs(&self) -> impl Iterator<Item = Place> {
        let (alone, columns) = (self.alone, self.columns.len());
        let of_row = move |row| 0..if alone { row } else { columns };
        (0..self.rows.len())
            .flat_map(move |row| of_row(row).map(move |column| Place { row, column }))
    }

    /// The names of the rows.
    pub(super) fn row_labels(&self) -> Vec<String> {
        labels(&self.rows)
    }

    /// The names of the columns.
    pub(super) fn column_labels(&self) -> Vec<String> {
        labels(if self.alone { &self.rows } else { &self.columns })
    }

    /// The matrix of distances. A recording whose operator has no distance is refused, and the others go on.
    ///
    /// # Errors
    /// If there is no pair left, or if a pair cannot be compared.
    pub(super) fn distances(
        &mut self,
        plan: &Plan<'_>,
        refused: &mut Vec<Refusal>,
    ) -> Result<DistanceMatrix<f64>, Problem> {
        if let Ok(matrix) = self.with_progress(plan) {
            return Ok(matrix);
        }
        refuse_incomparable(&mut self.rows, &plan.measure, refused);
        refuse_incomparable(&mut self.columns, &plan.measure, refused);
        self.check_enough(refused)?;
        self.with_progress(plan).map_err(Problem::new)
    }

    fn with_progress(&self, plan: &Plan<'_>) -> Result<DistanceMatrix<f64>, Error> {
        let progress = Progress::new("comparing", self.pairs().count());
        let (rows, columns) = (operators(&self.rows), operators(&self.columns));
        let matrix = self.matrix(&rows, &columns, plan, Some(&mut |_| progress.step()));
        progress.finish();
        matrix
    }

    /// The distances between operators of these recordings.
    pub(super) fn matrix(
        &self,
        rows: &[MatRef<'_, f64>],
        columns: &[MatRef<'_, f64>],
        plan: &Plan<'_>,
        progress: OnProgress<'_>,
    ) -> Result<DistanceMatrix<f64>, Error> {
        if self.alone {
            DistanceMatrix::among(rows, &plan.measure, progress)
        } else {
            DistanceMatrix::between(rows, columns, &plan.measure, progress)
        }
    }
}

fn operators<'a>(entries: &'a [Entry<'_>]) -> Vec<MatRef<'a, f64>> {
    entries.iter().map(|entry| entry.model.operator()).collect()
}

/// The refusal of a run in which no pair is left; the refusals of recordings are printed first.
pub(super) fn too_few(refused: &[Refusal]) -> Problem {
    refused.iter().for_each(report_refusal);
    Problem::new("there are not enough recordings left to compare")
}

/// File names without folder and ending where these are enough, else whole paths.
fn labels(entries: &[Entry<'_>]) -> Vec<String> {
    let short = |entry: &Entry<'_>| {
        let stem = entry.recording.file.file_stem();
        stem.map(|x| x.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let mut names: Vec<String> = entries.iter().map(short).collect();
    names.sort();
    names.dedup();
    if names.len() == entries.len() {
        entries.iter().map(short).collect()
    } else {
        entries.iter().map(|entry| entry.recording.file.display().to_string()).collect()
    }
}
