//! `dsa compare --baseline`: comparisons without operators, next to those of the dynamics.

use super::features;
use super::recording::{Checked, Source};
use crate::arguments::BaselineArgument;
use crate::classes::Separation;
use crate::problem::Problem;
use crate::show::progress::Progress;
use crate::show::table::{align, number};
use crate::statistics::of_pairs;
use crate::{output, text};
use dynamical_similarity::{Baseline, BaselineMatrix, Embedding, PairError, Recording};
use serde_json::{Value, json};

/// Recordings that are compared without operators.
pub(super) struct Recordings<'r, 's, 'a> {
    pub(super) rows: &'r [&'s Source<'a>],
    /// Without them, the rows are compared with each other.
    pub(super) columns: Option<&'r [&'s Source<'a>]>,
    pub(super) row_labels: &'r [String],
    pub(super) column_labels: &'r [String],
}

impl Recordings<'_, '_, '_> {
    /// All baselines that were asked for, each once.
    pub(super) fn compute(
        &self,
        windows: Embedding,
        wanted: &[BaselineArgument],
        classes: Option<&[String]>,
    ) -> Vec<Found> {
        let mut found = Vec::new();
        // Lending all samples checks them again.
        if wanted.iter().any(|name| compares_states(*name)) {
            found = self.of_states(windows, wanted, classes);
        }
        found.extend(features::compute(wanted, self.rows, self.columns, classes));
        found
    }

    fn of_states(
        &self,
        windows: Embedding,
        wanted: &[BaselineArgument],
        classes: Option<&[String]>,
    ) -> Vec<Found> {
        let (of_rows, of_columns): (Vec<Checked<'_>>, Vec<_>) =
            (held(self.rows), held(self.columns.unwrap_or_default()));
        let rows = Side { labels: self.row_labels, trials: trials(&of_rows) };
        let columns = Side { labels: self.column_labels, trials: trials(&of_columns) };
        let columns = self.columns.is_some().then_some(&columns);
        of_states(windows, wanted, &rows, columns, classes)
    }
}

/// Whether a baseline compares states, and needs the samples of all recordings at once.
pub(super) const fn compares_states(name: BaselineArgument) -> bool {
    settings(name, Embedding::new(1, 1)).is_some()
}

/// The recordings whose samples are in memory.
fn held<'s>(sources: &[&'s Source<'_>]) -> Vec<Checked<'s>> {
    sources.iter().filter_map(|source| source.held()).collect()
}

/// The trials of every recording.
fn trials<'a>(recordings: &'a [Checked<'_>]) -> Vec<&'a [Recording<'a, f64>]> {
    recordings.iter().map(|recording| recording.trials.as_slice()).collect()
}

/// Recordings and their labels.
struct Side<'a> {
    labels: &'a [String],
    trials: Vec<&'a [Recording<'a, f64>]>,
}

/// One baseline: its distances, row after row, or why there are none.
pub(super) struct Found {
    name: &'static str,
    /// What is compared: states, samples or spectra.
    what: &'static str,
    settings: Value,
    distances: Result<Vec<f64>, Problem>,
    separation: Option<Separation>,
}

impl Found {
    /// Distances between recordings as they are, of samples or spectra.
    pub(super) fn new(
        name: BaselineArgument,
        what: &'static str,
        settings: Value,
        distances: Result<Vec<f64>, Problem>,
        classes: Option<&[String]>,
    ) -> Self {
        let separation = match (&distances, classes) {
            (Ok(distances), Some(classes)) => Separation::of(classes, distances),
            _ => None,
        };
        Self { name: name.name(), what, settings, distances, separation }
    }

    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    /// The distances, row after row, if there are any.
    pub(super) fn distances(&self) -> Option<&[f64]> {
        self.distances.as_deref().ok()
    }

    pub(super) const fn separation(&self) -> Option<&Separation> {
        self.separation.as_ref()
    }

    pub(super) const fn is_there(&self) -> bool {
        self.distances.is_ok()
    }
}

/// The comparison of states with this name, if it is one.
const fn settings(name: BaselineArgument, windows: Embedding) -> Option<Baseline> {
    match name {
        BaselineArgument::Procrustes => Some(Baseline::procrustes()),
        BaselineArgument::DelayProcrustes => Some(Baseline::procrustes().embedding(windows)),
        BaselineArgument::Cka => Some(Baseline::cka()),
        BaselineArgument::Svcca => Some(Baseline::svcca()),
        BaselineArgument::Euclidean | BaselineArgument::LogSpectrum => None,
    }
}

/// All comparisons of states that were asked for, each once. Without `columns`, the rows are compared with each other.
fn of_states(
    windows: Embedding,
    wanted: &[BaselineArgument],
    rows: &Side<'_>,
    columns: Option<&Side<'_>>,
    classes: Option<&[String]>,
) -> Vec<Found> {
    let mut names: Vec<(BaselineArgument, Baseline)> = Vec::new();
    for name in wanted {
        if let Some(settings) = settings(*name, windows)
            && names.iter().all(|(other, _)| other != name)
        {
            names.push((*name, settings));
        }
    }
    let (left, right) = (&rows.trials, columns.map(|columns| &columns.trials));
    let count = left.len();
    let pairs = right.map_or(count * count.saturating_sub(1) / 2, |right| count * right.len());
    let progress = Progress::new("comparing states", pairs * names.len());
    let found = names.into_iter().map(|(name, settings)| {
        let matrix = match right {
            None => BaselineMatrix::among(left, &settings, Some(&mut |_| progress.step_on())),
            Some(right) => {
                BaselineMatrix::between(left, right, &settings, Some(&mut |_| progress.step_on()))
            }
        }
        .map_err(|error| refusal(&error, rows, columns));
        let distances = matrix.map(|matrix| matrix.distances().to_vec());
        Found::new(name, "states", json!(settings), distances, classes)
    });
    let found = found.collect();
    progress.finish();
    found
}

/// The refusal of a pair, with its names.
fn refusal(error: &PairError, rows: &Side<'_>, columns: Option<&Side<'_>>) -> Problem {
    let label = |side: &Side<'_>, at: usize| {
        side.labels.get(at).map(|name| text::line(name)).unwrap_or_default()
    };
    let (row, column) = (label(rows, error.row), label(columns.unwrap_or(rows), error.column));
    Problem::new(format!("{row} and {column}: {}", error.error))
}

/// The distances between operators, which head the table.
pub(super) struct OfOperators<'a> {
    pub(super) metric: &'a str,
    pub(super) distances: &'a [f64],
    pub(super) separation: Option<&'a Separation>,
}

/// One line per distance, operators first: how well it tells the classes apart or, without classes, its range.
pub(super) fn summary(operators: &OfOperators<'_>, found: &[Found], square: bool) -> String {
    let OfOperators { metric, distances, separation } = *operators;
    let with_classes = separation.is_some();
    let head: &[&str] = if with_classes {
        &["", "within classes", "between classes", "nearest in class", "nearer to all of class"]
    } else {
        &["", "smallest", "mean", "largest"]
    };
    let mut lines = vec![head.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>()];
    let mut line = |name: String, distances: &[f64], separation: Option<&Separation>| {
        let mut cells = vec![name];
        match separation {
            Some(found) => {
                let of = |count: usize| format!("{count} of {}", found.with_company);
                cells.extend([number(found.within_mean), number(found.between_mean)]);
                cells.extend([of(found.nearest_in_class), of(found.separated)]);
            }
            None => cells.extend(range(distances, square)),
        }
        lines.push(cells);
    };
    line(format!("{metric}, operators"), distances, separation);
    for one in found {
        if let Ok(distances) = &one.distances {
            line(format!("{}, {}", one.name, one.what), distances, one.separation.as_ref());
        }
    }
    align(&lines)
}

/// Smallest, mean and largest distance; of a square matrix without its diagonal.
fn range(distances: &[f64], square: bool) -> [String; 3] {
    let values: Vec<f64> = of_pairs(distances, distances.len().isqrt(), square).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    [smallest, mean, largest].map(number)
}

/// The baselines for `--json` and report.json.
pub(super) fn numbers(found: &[Found], columns: usize) -> Value {
    let one = |found: &Found| {
        let mut result = json!({ "name": found.name, "settings": found.settings });
        match &found.distances {
            Ok(distances) => {
                let rows: Vec<&[f64]> = distances.chunks(columns.max(1)).collect();
                result["distances"] = json!(rows);
            }
            Err(reason) => result["refused"] = json!(reason.to_string()),
        }
        if let Some(separation) = &found.separation {
            result["separation"] = json!(separation);
        }
        result
    };
    found.iter().map(one).collect()
}

/// baseline_NAME.csv and .npy.
pub(super) fn files(
    found: &[Found],
    rows: &[String],
    columns: &[String],
) -> Result<Vec<output::Contents>, Problem> {
    let mut files = Vec::new();
    for one in found {
        let Ok(distances) = &one.distances else { continue };
        let file = |ending: &str| format!("baseline_{}.{ending}", one.name);
        let value = |i: usize, j: usize| distances[i * columns.len() + j];
        files.push((file("csv"), output::labelled_csv(rows, columns, value)?));
        let shape = [rows.len() as u64, columns.len() as u64];
        files.push((file("npy"), output::npy(&shape, distances, false)?));
    }
    Ok(files)
}

/// Reports each reason of a refusal once, and returns the names of the baselines that are missing.
pub(super) fn report_refusals(found: &[Found]) -> Vec<&'static str> {
    let mut reasons: Vec<(String, Vec<&'static str>)> = Vec::new();
    for one in found {
        let Err(reason) = &one.distances else { continue };
        let reason = reason.to_string();
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, names)) => names.push(one.name),
            None => reasons.push((reason, vec![one.name])),
        }
    }
    for (reason, names) in &reasons {
        output::note(format_args!("refused: baseline {}: {reason}", names.join(", ")));
    }
    reasons.into_iter().flat_map(|(_, names)| names).collect()
}
