//! `dsa compare`: a matrix of distances between recordings.

mod agreement;
mod beside;
mod block_files;
mod controlled;
mod estimate;
mod fan;
mod fan_result;
mod fan_yardsticks;
mod geometry;
mod groups;
mod halves;
mod neighbours;
mod places;
mod plan;
mod ranks;
mod recordings;
mod resamples;
mod result;
mod rivals;
mod table;
mod tables;
mod work;
mod yardsticks;

use super::choice::Choice;
use super::rates::common_rate;
use super::recording::{OfFile, Reader, Source, interval_notes, reading_lines};
use super::remarks::{Operator, Pair, Remarks, frobenius};
use super::{baselines, check_count};
use crate::arguments::{Arguments, BlockArgument, Command, Compare, DelaysArgument, Merge};
use crate::files::checkpoint;
use crate::output::{self, COMPARE, Results};
use crate::problem::Problem;
use crate::statistics::of_pairs;
use crate::text;
use beside::Beside;
use block_files::{Blocks, Opened};
use clap::Parser;
use dynamical_similarity::{DistanceMatrix, Embedding, Rank};
pub(super) use neighbours::run as neighbours;
use places::{Place, Places};
use plan::Plan;
use ranks::{Summary, at_neighbouring_ranks, use_one_rank};
use recordings::{Entry, Refusal, Sides, read_all, report_refusal, too_few};
use result::Comparison;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use tables::Tables;
use work::Work;

pub(super) fn run(options: &Compare) -> Result<(), Problem> {
    let options = &options.with_question();
    check_count(&options.files)?;
    check_count(&options.against)?;
    if options.fan.sensors.is_some() && !options.uses_fan() {
        return Err(Problem::new(
            "--sensors applies to a fan of windows, and other options ask for a single fit; leave out --delays, --rank and the other options of the model",
        ));
    }
    check_cleaned(options)?;
    let results = options.output.as_ref().map(|folder| results(folder, options)).transpose()?;
    let tables = Tables::read(options)?;
    if let Some(inputs) = &options.inputs {
        return controlled::run(options, inputs, &tables, results.as_ref());
    }
    let Some((work, target)) = work(options, results.as_ref())? else { return Ok(()) };
    let reader = Reader::new(&options.model)?;
    let read = Read::all(options, &reader)?;
    let rate = common_rate(read.of_files())
        .inspect_err(|_| read.refused.iter().for_each(report_refusal))?;
    let model = options.model.in_samples(rate).map_err(Problem::new)?;
    let options = &Compare { model, ..options.clone() };
    let columns = (!options.against.is_empty()).then_some(read.columns.len());
    let places = Places::new(read.rows.len(), columns);
    let sources: Vec<_> = read.rows.iter().chain(&read.columns).collect();
    if options.block.is_none()
        && options.merged.is_none()
        && let Some(sentence) = estimate::announcement(options, &sources, places)
    {
        output::note(sentence);
    }
    match target {
        Some(target) => compute_block(options, read, &tables, work, &target),
        None if options.uses_fan() => fan::compare(options, read, &tables, results.as_ref()),
        None => compare_operators(options, read, &tables, work, results.as_ref()),
    }
}

/// Refuses to clean what has no eigenvalues with residuals.
fn check_cleaned(options: &Compare) -> Result<(), Problem> {
    options.measure.check_cleaned(options.model.dsa_metric).map_err(Problem::new)?;
    match options.measure.cleaned {
        Some(_) if options.uses_fan() => Err(Problem::new(
            "--cleaned applies to one window and one rank; give a number for --delays and for --rank",
        )),
        Some(_) if options.resamples.is_some() => Err(Problem::new(
            "--cleaned and --resamples exclude each other: resamples have no held-out halves",
        )),
        _ => Ok(()),
    }
}

/// Puts blocks together: the command that computed them runs once more, and takes its pairs from them.
pub(super) fn merge(options: &Merge) -> Result<(), Problem> {
    let blocks = Blocks::read(&options.folder)?;
    let words = std::iter::once("dsa").chain(blocks.words().iter().map(String::as_str));
    let arguments = Arguments::try_parse_from(words).map_err(Problem::new)?;
    let Command::Compare(compare) = arguments.command else {
        return Err(Problem::about(&options.folder, "the blocks are not those of a comparison"));
    };
    let mut files = compare.files.iter().chain(&compare.against);
    if let Some(file) = files.find(|file| !file.exists()) {
        return Err(Problem::about(
            file,
            "there is no such file here; run dsa merge in the folder in which the blocks were computed",
        ));
    }
    run(&Compare {
        command: blocks.command(),
        output: Some(options.folder.clone()),
        merged: Some(options.folder.clone()),
        ..*compare
    })
}

/// How the pairs will be found, and the file of the block if only one is computed; nothing if that block is complete.
fn work(
    options: &Compare,
    results: Option<&Results>,
) -> Result<Option<(Work, Option<PathBuf>)>, Problem> {
    if let Some(folder) = &options.merged {
        return Ok(Some((Work::Merged(Blocks::read(folder)?.found), None)));
    }
    let (Some(block), Some(results)) = (options.block, results) else {
        // The members of a fan are not kept in a log.
        let folder = results.map(Results::folder).filter(|_| !options.uses_fan());
        return Ok(Some((Work::all(folder)?, None)));
    };
    if options.uses_fan() {
        return Err(Problem::new(
            "a comparison over a fan of windows is not cut into blocks: its windows follow from all recordings, and most of its time goes into their fits; give a number for --delays and for --rank, or leave out --block",
        ));
    }
    Ok(match block_files::open(results.folder(), block, &options.command)? {
        Opened::Begun(log, target) => Some((Work::Block { block, log }, Some(target))),
        Opened::Complete => {
            output::note(format_args!("block {block} is complete"));
            None
        }
    })
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
        let hold_all = hold_all && options.block.is_none();
        let (held, mut refused) = (AtomicUsize::new(0), Vec::new());
        let of_block = needed(options);
        let needed = |number: usize| of_block.as_ref().is_none_or(|some| some.contains(&number));
        let mut read =
            |files, first| read_all(files, first, needed, reader, &held, hold_all, &mut refused);
        let (rows, columns) =
            (read(&options.files, 0), read(&options.against, options.files.len()));
        let read = Self { rows, columns, refused };
        if read.of_files().next().is_none() && options.block.is_none() {
            return Err(too_few(&read.refused));
        }
        reading_lines(read.of_files()).iter().for_each(output::note);
        interval_notes(read.of_files()).iter().for_each(output::note);
        Ok(read)
    }
}

/// The numbers of the recordings that a block needs; `None` where all are needed, because there are no blocks, or because a rule
/// looks at all recordings.
fn needed(options: &Compare) -> Option<BTreeSet<usize>> {
    let (block, model) = (options.block?, &options.model);
    // The conventions of dsa-metric reduce a rank that is too large, and all to one.
    let typed = model.window.is_some() || matches!(model.delays(), DelaysArgument::Count(_));
    if !typed || !matches!(model.rank().0, Rank::Fixed(_)) || model.dsa_metric {
        output::note(
            "a rule for the delays or the rank looks at all recordings, so this block reads all of them; with numbers for --delays and --rank, and without --dsa-metric, it would read those of its pairs alone",
        );
        return None;
    }
    let columns = (!options.against.is_empty()).then_some(options.against.len());
    let places = Places::new(options.files.len(), columns);
    let part = |places: Places| {
        let curve = places.curve();
        curve[block.part_of(curve.len())].to_vec()
    };
    let mut needed: BTreeSet<usize> = part(places).into_iter().flat_map(|(i, j)| [i, j]).collect();
    if !options.no_halves {
        let halves = Places::new(2 * (options.files.len() + options.against.len()), None);
        needed.extend(part(halves).into_iter().flat_map(|(i, j)| [i / 2, j / 2]));
    }
    Some(needed)
}

/// Computes one block of the pairs, for others to merge.
fn compute_block(
    options: &Compare,
    read: Read<'_>,
    tables: &Tables<'_>,
    mut work: Work,
    target: &Path,
) -> Result<(), Problem> {
    let Read { rows, columns, mut refused } = read;
    let readable: Vec<_> = rows.iter().chain(&columns).collect();
    if !readable.is_empty() {
        let choice = Choice::of(&options.model, &readable)
            .inspect_err(|_| refused.iter().for_each(report_refusal))?;
        choice.notes().iter().for_each(output::note);
        let plan = Plan::new(options, &choice);
        let mut sides = Sides::fitted(rows, columns, &plan, &mut refused);
        use_one_rank(&plan, &mut sides, &mut refused);
        tables.check(&sides.row_files())?;
        sides.distances(&plan, &mut work, &mut refused)?;
        ranks::block_at_neighbouring_ranks(&plan, &sides, &mut work)?;
        if !options.no_halves {
            yardsticks::block_of_halves(&plan, &sides, &mut work)?;
        }
    }
    work.finish(target)?;
    refused.iter().for_each(report_refusal);
    if let (Some(BlockArgument { blocks, .. }), Some(folder)) = (options.block, &options.output) {
        let folder = text::name(folder);
        output::show(format_args!(
            "written to {}; when all {blocks} blocks are there: dsa merge {folder}\n",
            text::name(target)
        ))?;
    }
    if refused.is_empty() {
        return Ok(());
    }
    let what = text::counted(refused.len(), "file");
    Err(Problem::new(format!("{what} of this block were refused; the others were compared")))
}

/// Compares operators with one window and one rank.
fn compare_operators(
    options: &Compare,
    read: Read<'_>,
    tables: &Tables<'_>,
    mut work: Work,
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
    let matrix = sides.distances(&plan, &mut work, &mut refused)?;
    let matrix = matrix.ok_or_else(|| Problem::new("only a block of the pairs is computed"))?;
    // Of the recordings that are left.
    let classes = tables.of_classes(options, &sides.row_files(), matrix.distances())?;
    let of_pairs = of_pairs(matrix.distances(), matrix.cols(), sides.alone);
    let chosen = Summary::of(of_pairs, classes.separation.clone());
    let ranks = at_neighbouring_ranks(&plan, &sides, &mut work, classes.names.as_deref(), chosen)?;
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
    let halves = (!options.no_halves).then(|| yardsticks::halves(&plan, &sides, &mut work));
    let halves = halves.transpose()?;
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
        checkpoint::remove(&work::checkpoint(results.folder()));
        if options.merged.is_some() {
            block_files::remove(results.folder());
        }
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
