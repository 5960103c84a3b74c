//! `dsa compare`: recordings in, a matrix of distances out.

mod recordings;
mod result;

use super::choice::{AtRank, Choice, Summary, reads_samples};
use super::remarks::{Operator, Pair, Remarks, frobenius, is_white};
use super::{baselines, check_count, fit_model, interval_notes, is_rule};
use crate::arguments::Compare;
use crate::classes::{Labels, Separation};
use crate::files::read::Samples;
use crate::output::{self, COMPARE, Results};
use crate::problem::Problem;
use crate::show::progress::Progress;
use crate::text;
use dynamical_similarity::{DistanceMatrix, MatRef, Model, Rank, UnequalRanks};
use rayon::prelude::*;
use recordings::{
    Entry, Refusal, fit_all, labels, operators, read_all, refusal, refuse_incomparable,
    report_refusal, states,
};
use result::Comparison;
use std::path::Path;

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
    check_count(&options.files)?;
    check_count(&options.against)?;
    let results = options.output.as_ref().map(|folder| results(folder, options)).transpose()?;
    let table = table_of_labels(options)?;
    let mut refused = Vec::new();
    let Prepared { options, rule, choice, rows, columns } = prepare(options, &mut refused)?;
    let options = &options;
    let mut rows = fit_all(rows, options, rule, &mut refused);
    let mut columns = fit_all(columns, options, rule, &mut refused);
    let alone = options.against.is_empty();
    check_enough(&rows, &columns, alone, &refused)?;
    use_one_rank(options, &mut rows, &mut columns, &mut refused);
    check_enough(&rows, &columns, alone, &refused)?;
    let classes_of = |rows: &[Entry<'_>]| {
        table.as_ref().map(|table| table.of(rows.iter().map(|entry| entry.file))).transpose()
    };
    // Before the work, so that a recording without a class is told early; again after it, for those that are left.
    classes_of(&rows)?;
    let matrix = distances(options, &mut rows, &mut columns, &mut refused)?;
    let classes = classes_of(&rows)?;
    let neighbours = choice.as_ref().map_or_else(Vec::new, |choice| {
        neighbours(choice, options, &rows, &columns, classes.as_deref())
    });
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
    let remarks = remarks(options, rule, &rows, &columns, &matrix);
    let result = Comparison {
        options,
        remarks,
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
    finish(&result, results.as_ref())
}

/// Writes, shows, and says what is missing. What is to be kept is kept even if nobody can be shown it.
fn finish(result: &Comparison<'_>, results: Option<&Results>) -> Result<(), Problem> {
    if let Some(results) = results {
        result.write(results)?;
    }
    let shown = result.show().and_then(|()| match results {
        Some(results) if !result.options.json => {
            output::show(format_args!("written to {}\n", text::name(results.folder())))
        }
        _ => Ok(()),
    });
    result.refused.iter().for_each(report_refusal);
    let missing = baselines::report_refusals(&result.baselines);
    shown?;
    if !result.refused.is_empty() {
        let (refused, files) = (result.refused.len(), &result.options.files);
        let count = files.len() + result.options.against.len();
        let what = format!("{refused} of {count} files were refused; the rest was compared");
        return Err(Problem::new(what));
    }
    if !missing.is_empty() {
        let names = missing.join(", ");
        return Err(Problem::new(format!("refused: {names}; the rest was compared")));
    }
    Ok(())
}

/// The folder for the results, which must not replace a file that is read.
fn results(folder: &Path, options: &Compare) -> Result<Results, Problem> {
    let tables = options.labels.iter().chain(&options.model.conditions);
    let inputs = options.files.iter().chain(&options.against).chain(tables);
    Results::new(folder, &COMPARE, inputs.map(std::path::PathBuf::as_path))
}

/// The table of classes, if one was given.
fn table_of_labels(options: &Compare) -> Result<Option<Labels>, Problem> {
    match &options.labels {
        Some(_) if !options.against.is_empty() => {
            Err(Problem::new("--labels has no meaning with --against"))
        }
        table => table.as_deref().map(Labels::read).transpose(),
    }
}

/// The matrix of distances. A recording whose operator has none is refused, and the rest goes on.
fn distances(
    options: &Compare,
    rows: &mut Vec<Entry<'_>>,
    columns: &mut Vec<Entry<'_>>,
    refused: &mut Vec<Refusal>,
) -> Result<DistanceMatrix<f64>, Problem> {
    let measure = options.measure.measure(options.model.parity);
    let alone = options.against.is_empty();
    let compute = |rows: &[Entry<'_>], columns: &[Entry<'_>]| {
        let pairs = pairs(rows.len(), columns.len(), alone).count();
        let progress = Progress::new("comparing", pairs);
        let (left, right) = (operators(rows), operators(columns));
        let matrix = if alone {
            DistanceMatrix::among(&left, &measure, Some(&mut |_| progress.step()))
        } else {
            DistanceMatrix::between(&left, &right, &measure, Some(&mut |_| progress.step()))
        };
        progress.finish();
        matrix
    };
    if let Ok(matrix) = compute(rows, columns) {
        return Ok(matrix);
    }
    refuse_incomparable(rows, &measure, refused);
    refuse_incomparable(columns, &measure, refused);
    check_enough(rows, columns, alone, refused)?;
    compute(rows, columns).map_err(Problem::new)
}

/// Row and column of every pair that is compared.
fn pairs(rows: usize, columns: usize, alone: bool) -> impl Iterator<Item = (usize, usize)> {
    (0..rows).flat_map(move |i| (0..if alone { i } else { columns }).map(move |j| (i, j)))
}

/// What has to be said beside the distances.
fn remarks(
    options: &Compare,
    rule: Rank,
    rows: &[Entry<'_>],
    columns: &[Entry<'_>],
    matrix: &DistanceMatrix<f64>,
) -> Remarks {
    let alone = columns.is_empty();
    let dmd = options.model.dmd(rule);
    let entries: Vec<&Entry<'_>> = rows.iter().chain(columns).collect();
    let names = labels(rows).into_iter().chain(labels(columns));
    let operators: Vec<Operator> = entries
        .par_iter()
        .zip(names.collect::<Vec<_>>())
        .map(|(entry, label)| Operator {
            label,
            rank: entry.model.rank(),
            norm: frobenius(entry.model.operator()),
            unpredictable: is_white(&entry.samples, dmd),
        })
        .collect();
    let first = if alone { 0 } else { rows.len() };
    let pairs: Vec<Pair> = pairs(rows.len(), columns.len(), alone)
        .map(|(i, j)| Pair { left: i, right: first + j, distance: matrix.distance(i, j) })
        .collect();
    Remarks::of(options.measure.metric(options.model.parity), &operators, &pairs)
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
    interval_notes(readable.iter().copied()).iter().for_each(output::note);
    let choice = match &readable[..] {
        [] => None,
        readable => {
            let choice = Choice::of(&options.model, readable);
            Some(choice.inspect_err(|_| refused.iter().for_each(report_refusal))?)
        }
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
            DistanceMatrix::among(&left, &measure, None)
        } else {
            DistanceMatrix::between(&left, &right, &measure, None)
        }
        .map_err(|error| error.to_string())?;
        let separation = classes.and_then(|classes| Separation::of(classes, matrix.distances()));
        Ok(Summary::of(counted(&matrix, alone), separation))
    };
    let shown = |rank: usize| AtRank { rank, found: at(rank) };
    vec![study.below().map_or(left_out, shown), shown(study.above())]
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

/// The distances of a matrix, without the diagonal of a square one.
fn counted(matrix: &DistanceMatrix<f64>, alone: bool) -> impl Iterator<Item = f64> + Clone {
    let cols = matrix.cols();
    let all = matrix.distances().iter().enumerate();
    all.filter(move |(at, _)| !alone || at / cols != at % cols).map(|(_, distance)| *distance)
}
