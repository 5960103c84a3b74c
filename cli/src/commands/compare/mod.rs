//! `dsa compare`: a matrix of distances between recordings.

mod groups;
mod plan;
mod ranks;
mod recordings;
mod result;
mod table;

use super::choice::Choice;
use super::recording::{Checked, Reader, interval_notes};
use super::remarks::{Operator, Pair, Remarks, frobenius};
use super::{baselines, check_count};
use crate::arguments::Compare;
use crate::classes::{Labels, Separation};
use crate::output::{self, COMPARE, Results};
use crate::problem::Problem;
use crate::text;
use dynamical_similarity::{DistanceMatrix, Recording};
use groups::GroupTests;
use plan::Plan;
use ranks::{Summary, at_neighbouring_ranks, counted, use_one_rank};
use recordings::{Entry, Place, Sides, read_all, report_refusal, too_few};
use result::Comparison;
use std::path::Path;
use std::sync::atomic::AtomicUsize;

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
    let strata = options.groups.strata.as_deref().map(Labels::read).transpose()?;
    let reader = Reader::new(&options.model)?;
    // A comparison of states needs all samples at once.
    let (held, hold_all) = (AtomicUsize::new(0), !options.baseline.is_empty());
    let mut refused = Vec::new();
    let mut read = |files| read_all(files, &reader, &held, hold_all, &mut refused);
    let (rows, columns) = (read(&options.files), read(&options.against));
    let readable: Vec<_> = rows.iter().chain(&columns).collect();
    if readable.is_empty() {
        return Err(too_few(&refused));
    }
    interval_notes(readable.iter().map(|source| source.of_file())).iter().for_each(output::note);
    let choice = Choice::of(&options.model, &readable)
        .inspect_err(|_| refused.iter().for_each(report_refusal))?;
    choice.notes().iter().for_each(output::note);
    let plan = Plan::new(options, &choice);
    let mut sides = Sides::fitted(rows, columns, &plan, &mut refused);
    sides.check_enough(&refused)?;
    use_one_rank(&plan, &mut sides, &mut refused);
    sides.check_enough(&refused)?;
    // Before the work, so that a recording without a class is reported early; again after it, for the recordings that
    // are left.
    classes_of(table.as_ref(), &sides)?;
    classes_of(strata.as_ref(), &sides)?;
    let matrix = sides.distances(&plan, &mut refused)?;
    let classes = classes_of(table.as_ref(), &sides)?;
    let separation =
        classes.as_ref().and_then(|classes| Separation::of(classes, matrix.distances()));
    let strata = classes_of(strata.as_ref(), &sides)?;
    let groups = classes.as_deref().map(|classes| {
        GroupTests::of(matrix.distances(), classes, strata.as_deref(), &options.groups)
    });
    let chosen = Summary::of(counted(&matrix, sides.alone), separation.clone());
    let ranks = at_neighbouring_ranks(&plan, &choice, &sides, classes.as_deref(), chosen);
    let (row_labels, column_labels) = (sides.row_labels(), sides.column_labels());
    let (of_rows, of_columns) = (held_samples(&sides.rows), held_samples(&sides.columns));
    let baselines = baselines::compute(
        &plan.fit,
        &options.baseline,
        &baselines::Side { labels: &row_labels, trials: trials(&of_rows) },
        (!sides.alone)
            .then(|| baselines::Side { labels: &column_labels, trials: trials(&of_columns) })
            .as_ref(),
        classes.as_deref(),
    );
    drop((of_rows, of_columns));
    let remarks = remarks(&plan, &sides, &matrix);
    let result = Comparison {
        plan,
        remarks,
        row_labels,
        column_labels,
        baselines,
        separation,
        groups,
        sides,
        matrix,
        refused,
        classes,
        choice,
        ranks,
    };
    finish(&result, results.as_ref())
}

/// The recordings whose samples are in memory: all of them where states are compared.
fn held_samples<'a>(entries: &'a [Entry<'_>]) -> Vec<Checked<'a>> {
    entries.iter().filter_map(|entry| entry.source.held()).collect()
}

/// The trials of every recording.
fn trials<'a>(recordings: &'a [Checked<'_>]) -> Vec<&'a [Recording<'a, f64>]> {
    recordings.iter().map(|recording| recording.trials.as_slice()).collect()
}

/// The class of every recording in the rows, or its stratum, if a table of them was given.
fn classes_of(table: Option<&Labels>, sides: &Sides<'_>) -> Result<Option<Vec<String>>, Problem> {
    let files = || sides.rows.iter().map(|entry| entry.source.file);
    table.map(|table| table.of(files())).transpose()
}

/// Writes and shows the result, and reports what is missing. The files are written first, so that they exist even
/// if standard output is closed.
fn finish(result: &Comparison<'_>, results: Option<&Results>) -> Result<(), Problem> {
    if let Some(results) = results {
        result.write(results)?;
    }
    let shown = result.show().and_then(|()| match results {
        Some(results) if !result.plan.options.json => {
            output::show(format_args!("written to {}\n", text::name(results.folder())))
        }
        _ => Ok(()),
    });
    result.refused.iter().for_each(report_refusal);
    let missing = baselines::report_refusals(&result.baselines);
    shown?;
    if !result.refused.is_empty() {
        let (refused, files) = (result.refused.len(), &result.plan.options.files);
        let count = files.len() + result.plan.options.against.len();
        let what = format!("{refused} of {count} files were refused; the others were compared");
        return Err(Problem::new(what));
    }
    if !missing.is_empty() {
        let names = missing.join(", ");
        return Err(Problem::new(format!(
            "baselines that were refused: {names}; everything else was compared"
        )));
    }
    Ok(())
}

/// The folder for the results, which must not replace an input.
fn results(folder: &Path, options: &Compare) -> Result<Results, Problem> {
    let tables = options.labels.iter().chain(&options.model.conditions);
    let inputs = options.files.iter().chain(&options.against).chain(tables);
    Results::new(folder, &COMPARE, inputs.map(std::path::PathBuf::as_path))
}

/// The table of classes, if one was given.
fn table_of_labels(options: &Compare) -> Result<Option<Labels>, Problem> {
    match &options.labels {
        Some(_) if !options.against.is_empty() => {
            Err(Problem::new("--labels cannot be used together with --against"))
        }
        table => table.as_deref().map(Labels::read).transpose(),
    }
}

/// The remarks about the distances.
fn remarks(plan: &Plan<'_>, sides: &Sides<'_>, matrix: &DistanceMatrix<f64>) -> Remarks {
    let mut names = sides.row_labels();
    if !sides.alone {
        names.extend(sides.column_labels());
    }
    let of = |(entry, label): (&Entry<'_>, String)| Operator {
        label,
        rank: entry.model.rank,
        norm: frobenius(entry.model.operator.as_ref()),
        unpredictable: entry.is_white,
    };
    let operators: Vec<Operator> = sides.all().zip(names).map(of).collect();
    let first = if sides.alone { 0 } else { sides.rows.len() };
    let pair = |place: Place| Pair {
        left: place.row,
        right: first + place.column,
        distance: matrix.distance(place.row, place.column),
    };
    let pairs: Vec<Pair> = sides.pairs().map(pair).collect();
    Remarks::of(plan.metric, &operators, &pairs)
}
