//! Recordings that are compared, and those that are refused.

use crate::arguments::Compare;
use crate::commands::{baselines, fit_model, read_recording};
use crate::files::read::Samples;
use crate::output;
use crate::problem::Problem;
use crate::show::progress::Progress;
use crate::text;
use dynamical_similarity::{DistanceMatrix, MatRef, Measure, Model, Rank};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// A recording that can be compared.
pub(super) struct Entry<'a> {
    pub(super) file: &'a Path,
    pub(super) samples: Samples,
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

/// Reads every file; those that cannot be are refused, and the rest goes on.
pub(super) fn read_all<'a>(
    files: &'a [PathBuf],
    options: &Compare,
    refused: &mut Vec<Refusal>,
) -> Vec<(&'a Path, Samples)> {
    let read: Vec<Result<Samples, Problem>> =
        files.par_iter().map(|file| read_recording(file, &options.model)).collect();
    let mut kept = Vec::new();
    for (file, result) in files.iter().zip(read) {
        match result {
            Ok(samples) => kept.push((file.as_path(), samples)),
            Err(problem) => refused.push(refusal(file, &problem)),
        }
    }
    kept
}

/// Fits every recording; those that cannot be are refused, and the rest goes on.
pub(super) fn fit_all<'a>(
    recordings: Vec<(&'a Path, Samples)>,
    options: &Compare,
    rule: Rank,
    refused: &mut Vec<Refusal>,
) -> Vec<Entry<'a>> {
    let progress = Progress::new("fitting", recordings.len());
    let dmd = options.model.dmd(rule);
    let fitted: Vec<Result<Model<f64>, Problem>> = recordings
        .par_iter()
        .map(|(file, samples)| {
            let model = fit_model(file, samples, dmd);
            progress.step();
            model
        })
        .collect();
    progress.finish();
    let mut entries = Vec::new();
    for ((file, samples), result) in recordings.into_iter().zip(fitted) {
        match result {
            Ok(model) => entries.push(Entry { file, samples, model }),
            Err(problem) => refused.push(refusal(file, &problem)),
        }
    }
    entries
}

/// The reason without the name of the file, which stands beside it.
pub(super) fn refusal(file: &Path, problem: &Problem) -> Refusal {
    Refusal { file: file.display().to_string(), reason: problem.without(file) }
}

/// Refuses the recordings whose operator has no distance even from itself, such as an operator of zeros, which has no
/// direction.
pub(super) fn refuse_incomparable(
    entries: &mut Vec<Entry<'_>>,
    measure: &Measure,
    refused: &mut Vec<Refusal>,
) {
    entries.retain(|entry| {
        let operator = [entry.model.operator()];
        match DistanceMatrix::between(&operator, &operator, measure, None) {
            Ok(_) => true,
            Err(error) => {
                refused.push(refusal(entry.file, &Problem::about(entry.file, error)));
                false
            }
        }
    });
}

pub(super) fn states<'a>(entries: &'a [Entry<'_>], labels: &'a [String]) -> baselines::Side<'a> {
    baselines::Side { labels, samples: entries.iter().map(|entry| &entry.samples).collect() }
}

pub(super) fn operators<'a>(entries: &'a [Entry<'_>]) -> Vec<MatRef<'a, f64>> {
    entries.iter().map(|entry| entry.model.operator()).collect()
}

/// File names without folder and ending where these are enough, else whole paths.
pub(super) fn labels(entries: &[Entry<'_>]) -> Vec<String> {
    let short = |entry: &Entry<'_>| {
        entry.file.file_stem().map(|x| x.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let mut names: Vec<String> = entries.iter().map(short).collect();
    names.sort();
    names.dedup();
    if names.len() == entries.len() {
        entries.iter().map(short).collect()
    } else {
        entries.iter().map(|entry| entry.file.display().to_string()).collect()
    }
}
