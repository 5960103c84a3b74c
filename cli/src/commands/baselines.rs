//! `dsa compare --baseline`: comparisons of the states, next to those of the dynamics.

use crate::arguments::BaselineArgument;
use crate::classes::Separation;
use crate::plan::FitPlan;
use crate::problem::Problem;
use crate::show::progress::Progress;
use crate::show::table::{align, number};
use crate::{output, text};
use dynamical_similarity::{Baseline, BaselineMatrix, Embedding, PairError, Recording};
use serde_json::{Value, json};

/// Recordings and their labels.
pub(super) struct Side<'a> {
    pub(super) labels: &'a [String],
    pub(super) trials: Vec<&'a [Recording<'a, f64>]>,
}

/// One baseline: its matrix, or why there is none.
pub(super) struct Found {
    name: &'static str,
    settings: Baseline,
    matrix: Result<BaselineMatrix<f64>, Problem>,
    separation: Option<Separation>,
}

impl Found {
    pub(super) fn is_there(&self) -> bool {
        self.matrix.is_ok()
    }
}

fn settings(name: BaselineArgument, plan: &FitPlan<'_>) -> Baseline {
    let windows = Embedding::new(plan.delays, plan.options.interval);
    match name {
        BaselineArgument::Procrustes => Baseline::procrustes(),
        BaselineArgument::DelayProcrustes => Baseline::procrustes().embedding(windows),
        BaselineArgument::Cka => Baseline::cka(),
        BaselineArgument::Svcca => Baseline::svcca(),
    }
}

/// All baselines that were asked for, each once. Without `columns`, the rows are compared with each other.
pub(super) fn compute(
    plan: &FitPlan<'_>,
    wanted: &[BaselineArgument],
    rows: &Side<'_>,
    columns: Option<&Side<'_>>,
    classes: Option<&[String]>,
) -> Vec<Found> {
    let mut names = Vec::new();
    for name in wanted {
        if !names.contains(name) {
            names.push(*name);
        }
    }
    if names.is_empty() {
        return Vec::new();
    }
    let (left, right) = (&rows.trials, columns.map(|columns| &columns.trials));
    let count = left.len();
    let pairs = right.map_or(count * count.saturating_sub(1) / 2, |right| count * right.len());
    let progress = Progress::new("comparing states", pairs * names.len());
    let found = names.into_iter().map(|name| {
        let settings = settings(name, plan);
        let matrix = match right {
            None => BaselineMatrix::among(left, &settings, Some(&mut |_| progress.step())),
            Some(right) => {
                BaselineMatrix::between(left, right, &settings, Some(&mut |_| progress.step()))
            }
        }
        .map_err(|error| refusal(&error, rows, columns));
        let separation = match (&matrix, classes) {
            (Ok(matrix), Some(classes)) => Separation::of(classes, matrix.distances()),
            _ => None,
        };
        Found { name: name.name(), settings, matrix, separation }
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
        if let Ok(matrix) = &one.matrix {
            line(format!("{}, states", one.name), matrix.distances(), one.separation.as_ref());
        }
    }
    align(&lines)
}

/// Smallest, mean and largest distance; of a square matrix without its diagonal.
fn range(distances: &[f64], square: bool) -> [String; 3] {
    let side = if square { distances.len().isqrt() } else { 0 };
    let of_pairs = distances.iter().enumerate().filter(|(at, _)| side == 0 || at % (side + 1) != 0);
    let values: Vec<f64> = of_pairs.map(|(_, distance)| *distance).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    [smallest, mean, largest].map(number)
}

/// The baselines for `--json` and report.json.
pub(super) fn numbers(found: &[Found]) -> Value {
    let one = |found: &Found| {
        let mut result = json!({ "name": found.name, "settings": found.settings });
        match &found.matrix {
            Ok(matrix) => {
                let rows: Vec<&[f64]> = matrix.distances().chunks(matrix.cols().max(1)).collect();
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
        let Ok(matrix) = &one.matrix else { continue };
        let file = |ending: &str| format!("baseline_{}.{ending}", one.name);
        let table = output::labelled_csv(rows, columns, |i, j| matrix.distance(i, j))?;
        files.push((file("csv"), table));
        let shape = [matrix.rows() as u64, matrix.cols() as u64];
        files.push((file("npy"), output::npy(&shape, matrix.distances(), false)?));
    }
    Ok(files)
}

/// Reports each reason of a refusal once, and returns the names of the baselines that are missing.
pub(super) fn report_refusals(found: &[Found]) -> Vec<&'static str> {
    let mut reasons: Vec<(String, Vec<&'static str>)> = Vec::new();
    for one in found {
        let Err(reason) = &one.matrix else { continue };
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
