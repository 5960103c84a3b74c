//! `dsa compare`: recordings in, a matrix of distances out.

use super::choice::{AtRank, Choice, Summary, reads_samples};
use super::{baselines, fit_model, is_rule, read_recording};
use crate::arguments::Compare;
use crate::classes::{Separation, read_labels};
use crate::model_file::{settings_json, summary, warnings};
use crate::problem::Problem;
use crate::progress::Progress;
use crate::read::Samples;
use crate::table::{align, number};
use crate::{output, picture};
use dynamical_similarity::{DistanceMatrix, MatRef, Model, Rank, UnequalRanks};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// A recording that can be compared.
struct Entry<'a> {
    file: &'a Path,
    samples: Samples,
    model: Model<f64>,
}

/// A recording that cannot, and why.
struct Refusal {
    file: String,
    reason: String,
}

pub(super) fn run(options: &Compare) -> Result<(), Problem> {
    match options.threads {
        None => compare(options),
        Some(threads) => rayon::ThreadPoolBuilder::new()
            .num_threads(threads.into())
            .build()
            .map_err(Problem::new)?
            .install(|| compare(options)),
    }
}

fn compare(options: &Compare) -> Result<(), Problem> {
    if let Some(folder) = &options.output {
        output::make_folder(folder)?;
    }
    let mut refused = Vec::new();
    let Prepared { options, rule, choice, rows, columns } = prepare(options, &mut refused)?;
    let options = &options;
    let mut rows = fit_all(rows, options, rule, &mut refused);
    let mut columns = fit_all(columns, options, rule, &mut refused);
    let alone = options.against.is_empty();
    check_enough(&rows, &columns, alone, &refused)?;
    use_one_rank(options, &mut rows, &mut columns, &mut refused);
    check_enough(&rows, &columns, alone, &refused)?;
    let classes = match &options.labels {
        Some(table) if alone => {
            let files: Vec<&Path> = rows.iter().map(|entry| entry.file).collect();
            Some(read_labels(table, &files)?)
        }
        Some(_) => return Err(Problem::new("--labels has no meaning with --against")),
        None => None,
    };
    let neighbours = choice.as_ref().map_or_else(Vec::new, |choice| {
        neighbours(choice, options, &rows, &columns, classes.as_deref())
    });
    let measure = options.measure.measure(options.model.parity);
    let pairs = if alone { rows.len() * (rows.len() - 1) / 2 } else { rows.len() * columns.len() };
    let progress = Progress::new("comparing", pairs);
    let (left, right) = (operators(&rows), operators(&columns));
    let matrix = if alone {
        DistanceMatrix::among(&left, &measure, || progress.step())
    } else {
        DistanceMatrix::between(&left, &right, &measure, || progress.step())
    }
    .map_err(Problem::new)?;
    progress.finish();
    let (row_labels, column_labels) = (labels(&rows), labels(if alone { &rows } else { &columns }));
    let left = states(&rows, &row_labels);
    let right = (!alone).then(|| states(&columns, &column_labels));
    let baselines = baselines::compute(options, &left, right.as_ref(), classes.as_deref())?;
    let separation =
        classes.as_ref().and_then(|classes| Separation::of(classes, matrix.distances()));
    let mut ranks = neighbours;
    if let Some(study) = choice.as_ref().and_then(Choice::study) {
        let found = Ok(Summary::of(counted(&matrix, alone), separation.clone()));
        ranks.push(AtRank { rank: study.rank, found });
        ranks.sort_by_key(|at| at.rank);
    }
    let result = Comparison {
        options,
        row_labels,
        column_labels,
        baselines,
        separation,
        rows,
        columns,
        matrix,
        refused,
        classes,
        choice,
        ranks,
    };
    result.show()?;
    if let Some(folder) = &options.output {
        result.write(folder)?;
    }
    result.refused.iter().for_each(report_refusal);
    let missing = baselines::report_refusals(&result.baselines);
    if result.refused.is_empty() && missing.is_empty() {
        return Ok(());
    }
    if result.refused.is_empty() {
        let names = missing.join(", ");
        return Err(Problem::new(format!("refused: {names}; the rest was compared")));
    }
    Err(Problem::new(format!(
        "{} of {} files were refused; the rest was compared",
        result.refused.len(),
        options.files.len() + options.against.len()
    )))
}

/// What can be read, and the settings with the delays and the rank that rules choose.
struct Prepared<'a> {
    options: Compare,
    rule: Rank,
    choice: Option<Choice>,
    rows: Vec<(&'a Path, Samples)>,
    columns: Vec<(&'a Path, Samples)>,
}

fn prepare<'a>(options: &'a Compare, refused: &mut Vec<Refusal>) -> Result<Prepared<'a>, Problem> {
    let rows = read_all(&options.files, options, refused);
    let columns = read_all(&options.against, options, refused);
    let readable: Vec<(&Path, &Samples)> =
        rows.iter().chain(&columns).map(|(file, samples)| (*file, samples)).collect();
    let choice = match &readable[..] {
        [] => None,
        readable => Some(Choice::of(&options.model, readable)?),
    };
    choice.iter().flat_map(Choice::notes).for_each(output::note);
    let model = match &choice {
        Some(choice) => choice.settings(&options.model),
        None => options.model.clone(),
    };
    let rule = choice.as_ref().map_or(model.rank.0, |choice| choice.rank(&model));
    Ok(Prepared { options: Compare { model, ..options.clone() }, rule, choice, rows, columns })
}

/// Two recordings, or one and another to hold it against.
fn check_enough(
    rows: &[Entry<'_>],
    columns: &[Entry<'_>],
    alone: bool,
    refused: &[Refusal],
) -> Result<(), Problem> {
    let least = if alone { 2 } else { 1 };
    if rows.len() < least || (!alone && columns.is_empty()) {
        refused.iter().for_each(report_refusal);
        return Err(Problem::new("there are not enough recordings left to compare"));
    }
    Ok(())
}

fn report_refusal(refusal: &Refusal) {
    output::note(format_args!("refused: {}: {}", refusal.file, refusal.reason));
}

/// Reads every file; those that cannot be are refused, and the rest goes on.
fn read_all<'a>(
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
fn fit_all<'a>(
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

/// The result at the rank below and above the one that a rule chose.
fn neighbours(
    choice: &Choice,
    options: &Compare,
    rows: &[Entry<'_>],
    columns: &[Entry<'_>],
    classes: Option<&[String]>,
) -> Vec<AtRank> {
    let Some(study) = choice.study() else { return Vec::new() };
    let left_out = AtRank { rank: 1, found: Err("left out: an angle is 0 or pi there".to_owned()) };
    let measure = options.measure.measure(options.model.parity);
    let at = |rank: usize| -> Result<Summary, String> {
        let dmd = options.model.dmd(Rank::Fixed(rank));
        let fit = |entries: &[Entry<'_>]| -> Result<Vec<Model<f64>>, String> {
            let fit = |entry: &Entry<'_>| {
                fit_model(entry.file, &entry.samples, dmd).map_err(|problem| problem.to_string())
            };
            entries.par_iter().map(fit).collect()
        };
        let (rows, columns) = (fit(rows)?, fit(columns)?);
        let left: Vec<MatRef<'_, f64>> = rows.iter().map(Model::operator).collect();
        let right: Vec<MatRef<'_, f64>> = columns.iter().map(Model::operator).collect();
        let alone = right.is_empty();
        let matrix = if alone {
            DistanceMatrix::among(&left, &measure, || {})
        } else {
            DistanceMatrix::between(&left, &right, &measure, || {})
        }
        .map_err(|error| error.to_string())?;
        let separation = classes.and_then(|classes| Separation::of(classes, matrix.distances()));
        Ok(Summary::of(counted(&matrix, alone), separation))
    };
    let shown = |rank: usize| AtRank { rank, found: at(rank) };
    vec![study.below().map_or(left_out, shown), shown(study.above())]
}

/// The distances of a matrix, without the diagonal of a square one.
fn counted(matrix: &DistanceMatrix<f64>, alone: bool) -> impl Iterator<Item = f64> + Clone {
    let cols = matrix.cols();
    let all = matrix.distances().iter().enumerate();
    all.filter(move |(at, _)| !alone || at / cols != at % cols).map(|(_, distance)| *distance)
}

/// The reason without the name of the file, which stands beside it.
fn refusal(file: &Path, problem: &Problem) -> Refusal {
    let (file, reason) = (file.display().to_string(), problem.to_string());
    let reason = reason.strip_prefix(&format!("{file}: ")).unwrap_or(&reason).to_owned();
    Refusal { file, reason }
}

/// After a rule has given each recording its rank, one rank for all: the smallest, at least 2, which
/// every recording has. Unequal ranks stay where the distance was told what to do with them.
fn use_one_rank<'a>(
    options: &Compare,
    rows: &mut Vec<Entry<'a>>,
    columns: &mut Vec<Entry<'a>>,
    refused: &mut Vec<Refusal>,
) {
    let unequal = options.measure.unequal_ranks(options.model.parity);
    if reads_samples(options.model.rank.0) {
        return;
    }
    let ranks = || rows.iter().chain(columns.iter()).map(|entry| entry.model.rank());
    let (smallest, largest) = (ranks().min().unwrap_or(0), ranks().max().unwrap_or(0));
    if smallest == largest || unequal != UnequalRanks::Error {
        return;
    }
    let common = smallest.max(2);
    if is_rule(options.model.rank.0) {
        output::note(format_args!(
            "{} gives ranks from {smallest} to {largest}; compared at rank {common}",
            options.model.rank.name()
        ));
    }
    let dmd = options.model.dmd(Rank::Fixed(common));
    for entries in [rows, columns] {
        let fitted: Vec<Result<Model<f64>, Problem>> =
            entries.par_iter().map(|entry| fit_model(entry.file, &entry.samples, dmd)).collect();
        let old = std::mem::take(entries);
        for (entry, model) in old.into_iter().zip(fitted) {
            match model {
                Ok(model) => entries.push(Entry { model, ..entry }),
                Err(problem) => refused.push(refusal(entry.file, &problem)),
            }
        }
    }
}

fn states<'a>(entries: &'a [Entry<'_>], labels: &'a [String]) -> baselines::Side<'a> {
    baselines::Side { labels, samples: entries.iter().map(|entry| &entry.samples).collect() }
}

fn operators<'a>(entries: &'a [Entry<'_>]) -> Vec<MatRef<'a, f64>> {
    entries.iter().map(|entry| entry.model.operator()).collect()
}

/// File names without folder and ending where these are enough, else whole paths.
fn labels(entries: &[Entry<'_>]) -> Vec<String> {
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

/// Everything that is shown and written.
struct Comparison<'a> {
    options: &'a Compare,
    row_labels: Vec<String>,
    column_labels: Vec<String>,
    rows: Vec<Entry<'a>>,
    columns: Vec<Entry<'a>>,
    matrix: DistanceMatrix<f64>,
    classes: Option<Vec<String>>,
    separation: Option<Separation>,
    baselines: Vec<baselines::Found>,
    refused: Vec<Refusal>,
    choice: Option<Choice>,
    /// The rank that a rule chose, between its neighbours.
    ranks: Vec<AtRank>,
}

/// Up to this many columns the whole matrix is printed.
const WIDEST_TABLE: usize = 20;

impl Comparison<'_> {
    fn metric(&self) -> &'static str {
        self.options.measure.metric(self.options.model.parity).name()
    }

    fn show(&self) -> Result<(), Problem> {
        if self.options.json {
            return output::show(format_args!("{}\n", self.numbers()));
        }
        for entry in self.rows.iter().chain(&self.columns) {
            for warning in warnings(&entry.model.warnings()) {
                output::note(format_args!("{}: {warning}", entry.file.display()));
            }
        }
        let narrow = self.column_labels.len() <= WIDEST_TABLE;
        let mut text = if narrow { self.table() } else { self.nearest() };
        let _ = writeln!(
            text,
            "\n{} distance of {}; {} of {} pairs proven optimal",
            self.metric(),
            self.how_fitted(),
            self.matrix.certified(),
            self.pairs()
        );
        if let Some(found) = &self.separation {
            let _ = writeln!(
                text,
                "within classes:  {:4} pairs, mean {}, largest {}\n\
                 between classes: {:4} pairs, mean {}, smallest {}\n\
                 {} of {} recordings have their nearest neighbour in their own class;\n\
                 {} of {} are nearer to all of their own class than to any other",
                found.within_pairs,
                number(found.within_mean),
                number(found.within_largest),
                found.between_pairs,
                number(found.between_mean),
                number(found.between_smallest),
                found.nearest_in_class,
                found.with_company,
                found.separated,
                found.with_company,
            );
        }
        if self.baselines.iter().any(baselines::Found::is_there) {
            let operators = (self.metric(), self.matrix.distances(), self.separation.as_ref());
            let square = self.columns.is_empty();
            let _ = write!(text, "\n{}", baselines::summary(operators, &self.baselines, square));
        }
        for (at, found) in self.ranks.iter().enumerate() {
            let _ = writeln!(text, "{}{}", if at == 0 { "\n" } else { "" }, found.line());
        }
        output::show(text)
    }

    fn pairs(&self) -> usize {
        if self.columns.is_empty() {
            self.rows.len() * (self.rows.len() - 1) / 2
        } else {
            self.rows.len() * self.columns.len()
        }
    }

    fn how_fitted(&self) -> String {
        let ranks = || self.rows.iter().chain(&self.columns).map(|entry| entry.model.rank());
        let (low, high) = (ranks().min().unwrap_or(0), ranks().max().unwrap_or(0));
        let rank =
            if low == high { format!("rank {low}") } else { format!("ranks {low} to {high}") };
        format!("operators of {rank}, {} delays", self.options.model.delays.count())
    }

    fn table(&self) -> String {
        let mut lines = vec![vec![String::new()]];
        lines[0].extend(self.column_labels.iter().cloned());
        for (i, label) in self.row_labels.iter().enumerate() {
            let mut line = vec![label.clone()];
            line.extend((0..self.matrix.cols()).map(|j| number(self.matrix.distance(i, j))));
            lines.push(line);
        }
        align(&lines)
    }

    /// For many recordings: the nearest other of each.
    fn nearest(&self) -> String {
        let mut lines = vec![["recording", "nearest", "distance"].map(str::to_owned).to_vec()];
        for (i, label) in self.row_labels.iter().enumerate() {
            let others = (0..self.matrix.cols()).filter(|j| !self.columns.is_empty() || *j != i);
            let nearest = others
                .min_by(|a, b| self.matrix.distance(i, *a).total_cmp(&self.matrix.distance(i, *b)));
            if let Some(j) = nearest {
                let distance = number(self.matrix.distance(i, j));
                lines.push(vec![label.clone(), self.column_labels[j].clone(), distance]);
            }
        }
        align(&lines)
    }

    /// What `--json` prints.
    fn numbers(&self) -> Value {
        let rows = |values: &[f64]| -> Vec<Vec<f64>> {
            values.chunks(self.matrix.cols().max(1)).map(<[f64]>::to_vec).collect()
        };
        let models: Vec<Value> =
            self.rows.iter().chain(&self.columns).map(|entry| summary(&entry.model)).collect();
        let mut result = json!({
            "labels": self.row_labels,
            "metric": self.metric(),
            "distances": rows(self.matrix.distances()),
            "lower_bounds": rows(self.matrix.lower_bounds()),
            "models": models,
        });
        if let Some(found) = self.choice.as_ref().and_then(Choice::report) {
            result["choice"] = found;
        }
        if !self.ranks.is_empty() {
            result["ranks"] = self.ranks.iter().map(AtRank::report).collect();
        }
        if !self.columns.is_empty() {
            result["against"] = json!(self.column_labels);
        }
        if let Some(found) = &self.separation {
            result["separation"] = json!(found);
        }
        if !self.baselines.is_empty() {
            result["baselines"] = baselines::numbers(&self.baselines);
        }
        result
    }

    fn write(&self, folder: &Path) -> Result<(), Problem> {
        let shape = [self.matrix.rows() as u64, self.matrix.cols() as u64];
        let file = |name: &str| folder.join(name);
        let (rows, columns) = (&self.row_labels, &self.column_labels);
        let table = output::labelled_csv(rows, columns, |i, j| self.matrix.distance(i, j))?;
        output::write(&file("distances.csv"), &table)?;
        baselines::write(&self.baselines, folder, rows, columns)?;
        let distances = output::npy(&shape, self.matrix.distances(), false)?;
        output::write(&file("distances.npy"), &distances)?;
        let lower_bounds = output::npy(&shape, self.matrix.lower_bounds(), false)?;
        output::write(&file("lower_bounds.npy"), &lower_bounds)?;
        output::write(&file("heatmap.svg"), self.picture().as_bytes())?;
        let mut report = self.numbers();
        report["version"] = json!(env!("CARGO_PKG_VERSION"));
        report["settings"] = settings_json(&self.options.model);
        report["effort"] = json!(format!("{:?}", self.options.measure.effort).to_lowercase());
        report["certified"] = json!(self.matrix.certified());
        if let Some(classes) = &self.classes {
            report["classes"] = json!(classes);
        }
        let refused: Vec<Value> = self
            .refused
            .iter()
            .map(|refusal| json!({ "file": refusal.file, "reason": refusal.reason }))
            .collect();
        report["refused"] = json!(refused);
        let text = serde_json::to_string_pretty(&report).map_err(Problem::new)?;
        output::write(&file("report.json"), text.as_bytes())?;
        if !self.options.json {
            return output::show(format_args!("written to {}\n", folder.display()));
        }
        Ok(())
    }

    fn picture(&self) -> String {
        let title = format!("Dynamical similarity: {}", self.how_fitted());
        let measure = format!("{} distance", self.metric());
        if self.columns.is_empty() {
            let order = picture::clustered_order(self.matrix.distances(), self.rows.len());
            let names: Vec<String> = order.iter().map(|i| self.row_labels[*i].clone()).collect();
            let value = |i: usize, j: usize| self.matrix.distance(order[i], order[j]);
            picture::heat_map(&title, &measure, &names, &names, value)
        } else {
            let value = |i: usize, j: usize| self.matrix.distance(i, j);
            picture::heat_map(&title, &measure, &self.row_labels, &self.column_labels, value)
        }
    }
}
