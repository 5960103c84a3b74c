//! `dsa compare`: a matrix of distances between recordings.

mod agreement;
mod beside;
mod blocks;
mod estimate;
mod fan;
mod fan_result;
mod fan_yardsticks;
mod geometry;
mod groups;
mod halves;
mod places;
mod plan;
mod ranks;
mod recordings;
mod resamples;
mod result;
mod rivals;
mod table;
mod tables;
mod yardsticks;

use super::choice::Choice;
use super::rates::common_rate;
use super::recording::{OfFile, Reader, Source, interval_notes, reading_lines};
use super::remarks::{Operator, Pair, Remarks, frobenius};
use super::{baselines, check_count};
use crate::arguments::Compare;
use crate::files::checkpoint;
use crate::output::{self, COMPARE, Results};
use crate::problem::Problem;
use crate::statistics::of_pairs;
use crate::text;
use beside::Beside;
use dynamical_similarity::{DistanceMatrix, Embedding};
use places::{Place, Places};
use plan::Plan;
use ranks::{Summary, at_neighbouring_ranks, use_one_rank};
use recordings::{Entry, Refusal, Sides, read_all, report_refusal, too_few};
use result::Comparison;
use std::path::Path;
use std::sync::atomic::AtomicUsize;
use tables::Tables;

pub(super) fn run(options: &Compare) -> Result<(), Problem> {
    let options = &options.with_question();
    check_count(&options.files)?;
    check_count(&options.against)?;
    if options.fan.sensors.is_some() && !options.uses_fan() {
        return Err(Problem::new(
            "--sensors applies to a fan of windows, and other options ask for a single fit; leave out --delays, --rank and the other options of the model",
        ));
    }
    let results = options.output.as_ref().map(|folder| results(folder, options)).transpose()?;
    let tables = Tables::read(options)?;
    let reader = Reader::new(&options.model)?;
    let read = Read::all(options, &reader)?;
    let rate = common_rate(read.of_files())
        .inspect_err(|_| read.refused.iter().for_each(report_refusal))?;
    let model = options.model.in_samples(rate).map_err(Problem::new)?;
    let options = &Compare { model, ..options.clone() };
    let columns = (!options.against.is_empty()).then_some(read.columns.len());
    let places = Places::new(read.rows.len(), columns);
    let sources: Vec<_> = read.rows.iter().chain(&read.columns).collect();
    if let Some(sentence) = estimate::announcement(options, &sources, places) {
        output::note(sentence);
    }
    if options.uses_fan() {
        fan::compare(options, read, &tables, results.as_ref())
    } else {
        compare_operators(options, read, &tables, results.as_ref())
    }
}

/// The recordings that were read, and those that could not be.
struct Read<'a> {
    rows: Vec<Source<'a>>,
    columns: Vec<Source<'a>>,
    refused: Vec<Refusal>,
}

impl<'a> Read<'a> {
    fn of_files(&self) -> impl Iterator<Item = OfFile<'_>> + Clone {
        self.rows.iter().chain(&self.columns).map(Source::of_file)
    }

    fn all(options: &'a Compare, reader: &'a Reader<'_>) -> Result<Self, Problem> {
        // A comparison of states needs all samples at once.
        let hold_all = options.baseline.iter().any(|name| baselines::compares_states(*name));
        let (held, mut refused) = (AtomicUsize::new(0), Vec::new());
        let mut read = |files| read_all(files, reader, &held, hold_all, &mut refused);
        let (rows, columns) = (read(&options.files), read(&options.against));
        let read = Self { rows, columns, refused };
        if read.of_files().next().is_none() {
            return Err(too_few(&read.refused));
        }
        reading_lines(read.of_files()).iter().for_each(output::note);
        interval_notes(read.of_files()).iter().for_each(output::note);
        Ok(read)
    }
}

/// Compares operators with one window and one rank.
fn compare_operators(
    options: &Compare,
    read: Read<'_>,
    tables: &Tables<'_>,
    results: Option<&Results>,
) -> Result<(), Problem> {
    let Read { rows, columns, mut refused } = read;
    let readable: Vec<_> = rows.iter().chain(&columns).collect();
    let choice = Choice::of(&options.model, &readable)
        .inspect_err(|_| refused.iter().for_each(report_refusal))?;
    choice.notes().iter().for_each(output::note);
    let plan = Plan::new(options, &choice);
    let mut sides = Sides::fitted(rows, columns, &plan, &mut refused);
    sides.check_enough(&refused)?;
    use_one_rank(&plan, &mut sides, &mut refused);
    sides.check_enough(&refused)?;
    tables.check(&sides.row_files())?;
    let matrix = sides.distances(&plan, results.map(Results::folder), &mut refused)?;
    // Of the recordings that are left.
    let classes = tables.of_classes(options, &sides.row_files(), matrix.distances())?;
    let of_pairs = of_pairs(matrix.distances(), matrix.cols(), sides.alone);
    let chosen = Summary::of(of_pairs, classes.separation.clone());
    let ranks = at_neighbouring_ranks(&plan, &sides, classes.names.as_deref(), chosen);
    let windows = Embedding::new(plan.fit.delays, options.model.interval());
    let (of_rows, of_columns) = (sources(&sides.rows), sources(&sides.columns));
    let (row_labels, column_labels) = (sides.row_labels(), sides.column_labels());
    let compared = baselines::Recordings {
        rows: &of_rows,
        columns: (!sides.alone).then_some(&of_columns[..]),
        row_labels: &row_labels,
        column_labels: &column_labels,
    };
    let baselines = compared.compute(windows, &options.baseline, classes.names.as_deref());
    let rivals_resampled = rivals::resampled(&compared, &baselines, options);
    let halves = (!options.no_halves).then(|| yardsticks::halves(&plan, &sides));
    let resampled = options
        .resamples
        .map(|count| yardsticks::resampled(count as usize, &plan, &sides, &matrix));
    let agreements =
        tables.agreements(options, matrix.distances(), &row_labels, &baselines, &classes)?;
    let remarks = remarks(&plan, &sides, &matrix);
    let result = Comparison {
        plan,
        remarks,
        row_labels,
        column_labels,
        beside: Beside { classes, halves, resampled, rivals_resampled, baselines, agreements },
        sides,
        matrix,
        refused,
        choice,
        ranks,
    };
    if let Some(results) = results {
        result.write(results)?;
        checkpoint::remove(results.folder());
    }
    let shown = result.show();
    finish(options, shown, results, &result.refused, &result.beside.baselines)
}

fn sources<'s, 'a>(entries: &'s [Entry<'a>]) -> Vec<&'s Source<'a>> {
    entries.iter().map(|entry| &entry.source).collect()
}

/// Reports what is missing, after the result was written and shown. The files are written first, so that they exist even
/// if standard output is closed.
fn finish(
    options: &Compare,
    shown: Result<(), Problem>,
    results: Option<&Results>,
    refused: &[Refusal],
    found: &[baselines::Found],
) -> Result<(), Problem> {
    let shown = shown.and_then(|()| match results {
        Some(results) if !options.json => {
            output::show(format_args!("written to {}\n", text::name(results.folder())))
        }
        _ => Ok(()),
    });
    refused.iter().for_each(report_refusal);
    let missing = baselines::report_refusals(found);
    shown?;
    if !refused.is_empty() {
        let count = options.files.len() + options.against.len();
        let what =
            format!("{} of {count} files were refused; the others were compared", refused.len());
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
    let tables = options.labels.iter().chain(&options.model.conditions).chain(&options.mantel);
    let tables = tables.chain(&options.groups.strata).chain(&options.model.reading.per_file);
    let inputs = options.files.iter().chain(&options.against).chain(tables);
    Results::new(folder, &COMPARE, inputs.map(std::path::PathBuf::as_path))
}

/// The remarks about the distances.
fn remarks(plan: &Plan<'_>, sides: &Sides<'_>, matrix: &DistanceMatrix<f64>) -> Remarks {
    let of = |(entry, label): (&Entry<'_>, String)| Operator {
        label,
        rank: entry.model.rank,
        norm: frobenius(entry.model.operator.as_ref()),
        unpredictable: entry.is_white,
    };
    let operators: Vec<Operator> = sides.all().zip(sides.all_labels()).map(of).collect();
    let first = if sides.alone { 0 } else { sides.rows.len() };
    let pair = |place: Place| Pair {
        left: place.row,
        right: first + place.column,
        distance: matrix.distance(place.row, place.column),
    };
    let pairs: Vec<Pair> = sides.pairs().map(pair).collect();
    Remarks::of(plan.metric, &operators, &pairs)
}
