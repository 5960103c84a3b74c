//! `dsa sweep`: held-out prediction over a grid of delays and ranks.

use super::check_count;
use super::choice::Choice;
use super::rates::common_rate;
use super::recording::{Checked, Reader, interval_notes, reading_notes};
use super::sweep_reliability::{Grid, MEANING};
use super::sweep_residuals::{MeanResidual, mean_residuals};
use crate::arguments::{ModelArguments, RangeArgument, Sweep};
use crate::output;
use crate::output::{Results, SWEEP};
use crate::problem::Problem;
use crate::show::drawing::Drawing;
use crate::show::picture;
use crate::show::progress::Progress;
use crate::show::table::{align, number};
use crate::text;
use dynamical_similarity::{Error, HeldOut, HeldOutTask, Rank, RankErrors};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// One recording with one number of delays.
struct Column<'a> {
    file: &'a Path,
    delays: usize,
    /// Entries of a window, which no rank can exceed.
    width: usize,
    found: Result<HeldOut, Error>,
    residuals: Vec<MeanResidual>,
}

/// Why the rank that is chosen may be smaller than the one that predicts best.
const BELOW_THE_BEST: &str = "The chosen rank is smaller than the rank that predicts best with these delays. This is intended: the latent rank counts the coordinates that the dynamics need. An operator predicts better with further coordinates that are functions of these, such as their squares, but those depend on how the system was observed.\n";

/// A cell of the grid, averaged over recordings.
#[derive(Clone, Copy)]
struct Cell {
    scaled: f64,
    several_scaled: f64,
    r_squared: f64,
    akaike: f64,
    non_normality: f64,
    condition: f64,
    /// The mean residual of the eigenvalues, if it is known.
    residual: Option<f64>,
}

pub(super) fn run(options: &Sweep) -> Result<(), Problem> {
    check_count(&options.files)?;
    let results = options.output.as_ref().map(|folder| {
        let inputs =
            options.files.iter().chain(&options.conditions).chain(&options.reading.per_file);
        Results::new(folder, &SWEEP, inputs.map(PathBuf::as_path))
    });
    let results = results.transpose()?;
    let model = options.model();
    let reader = Reader::new(&model)?;
    let mut refused = 0;
    let read: Vec<_> = options.files.iter().map(|file| (file, reader.read(file))).collect();
    let mut readable = Vec::new();
    for (file, found) in &read {
        match found.as_ref().map_err(Problem::clone).and_then(|samples| Checked::of(file, samples))
        {
            Ok(recording) => readable.push(recording),
            Err(problem) => refuse(&problem, &mut refused),
        }
    }
    let rate = common_rate(readable.iter().map(Checked::of_file))?;
    let model = model.in_samples(rate).map_err(Problem::new)?;
    let mut columns = columns(options, &model, &readable);
    readable.retain(|recording| match nothing_found(&columns, recording.file) {
        None => true,
        Some(error) => {
            refuse(&Problem::about(recording.file, error), &mut refused);
            false
        }
    });
    columns.retain(|column| readable.iter().any(|recording| recording.file == column.file));
    for column in &columns {
        if let Err(error) = &column.found {
            let file = text::name(column.file);
            output::note(format_args!("{file}: {} delays: {error}", column.delays));
        }
    }
    if readable.is_empty() {
        return Err(Problem::new("no recording can be fitted with any of these delays"));
    }
    interval_notes(readable.iter().map(Checked::of_file)).iter().for_each(output::note);
    let choice = Choice::of(&model, &readable.iter().collect::<Vec<_>>());
    match &choice {
        Ok(choice) => choice.notes().iter().for_each(output::note),
        Err(problem) => output::note(format_args!("no delays and rank were chosen: {problem}")),
    }
    let notes = reading_notes(readable.iter().map(Checked::of_file));
    let reliability = Grid::of(&readable, &model, options.delays, options.ranks);
    let swept = Swept { options, columns, reliability, choice: choice.ok(), notes };
    if let Some(results) = &results {
        results.write(&swept.files()?)?;
    }
    swept.show()?;
    if let (Some(results), false) = (&results, options.json) {
        output::show(format_args!("written to {}\n", text::name(results.folder())))?;
    }
    if refused == 0 {
        return Ok(());
    }
    let count = options.files.len();
    Err(Problem::new(format!("{refused} of {count} files were refused; the others were used")))
}

fn refuse(problem: &Problem, count: &mut usize) {
    output::note(format_args!("refused: {problem}"));
    *count += 1;
}

/// The reason why a recording has no result for any number of delays; `None` if it has a result.
fn nothing_found(columns: &[Column<'_>], file: &Path) -> Option<Error> {
    let mut of_file = columns.iter().filter(|column| column.file == file);
    let first = of_file.next()?.found.as_ref().err().copied()?;
    of_file.all(|column| column.found.is_err()).then_some(first)
}

/// Every recording with every number of delays.
fn columns<'a>(
    options: &Sweep,
    model: &ModelArguments,
    recordings: &[Checked<'a>],
) -> Vec<Column<'a>> {
    let with_delays = |recording| options.delays.numbers().map(move |delays| (recording, delays));
    let work: Vec<(&Checked<'_>, usize)> = recordings.iter().flat_map(with_delays).collect();
    let progress = Progress::new("sweeping", work.len());
    let most = options.ranks.last();
    let found = work
        .into_par_iter()
        .map(|(recording, delays)| {
            let (trials, dmd) = (&recording.trials, model.dmd(delays, Rank::Full));
            let room = HeldOut::most_delays(trials, &dmd, options.steps);
            let longest = options.delays.numbers().take_while(|delays| *delays <= room).last();
            let first = longest.map_or(0, |delays| dmd.delays(delays).embedding().window());
            let (steps, most_delays) = (options.steps, longest.unwrap_or(0));
            let task = HeldOutTask { most, steps, first, most_delays };
            let found = HeldOut::of_from(trials, &dmd, task);
            let ranks: Vec<usize> = options.ranks.numbers().collect();
            let residuals = mean_residuals(recording, dmd, &ranks);
            progress.step();
            let width = delays.saturating_mul(recording.samples.channels);
            Column { file: recording.file, delays, width, found, residuals }
        })
        .collect();
    progress.finish();
    found
}

/// The choice of the rules.
#[derive(Clone, Copy)]
struct Chosen {
    delays: usize,
    rank: usize,
}

/// Everything that is shown and written.
struct Swept<'a> {
    options: &'a Sweep,
    columns: Vec<Column<'a>>,
    reliability: Grid,
    choice: Option<Choice<'a>>,
    notes: Vec<Value>,
}

/// The errors of a rank. Ranks ascend.
fn at_rank(found: &HeldOut, rank: usize) -> Option<&RankErrors> {
    let at = found.ranks.binary_search_by_key(&rank, |at| at.rank).ok()?;
    found.ranks.get(at)
}

impl Swept<'_> {
    /// The delays and the rank that the rules choose.
    fn chosen(&self) -> Option<Chosen> {
        let choice = self.choice.as_ref()?;
        Some(Chosen { delays: choice.plan().delays, rank: choice.study()?.rank })
    }

    fn cell(&self, delays: usize, rank: usize) -> Option<Cell> {
        let columns = self.columns.iter().filter(|column| column.delays == delays);
        let found: Vec<&RankErrors> = columns
            .filter_map(|column| column.found.as_ref().ok())
            .filter_map(|found| at_rank(found, rank))
            .collect();
        if found.is_empty() {
            return None;
        }
        let mean = |of: fn(&RankErrors) -> f64| {
            found.iter().map(|at| of(at)).sum::<f64>() / found.len() as f64
        };
        Some(Cell {
            scaled: mean(|at| at.one_step.mean_absolute_scaled_error),
            several_scaled: mean(|at| at.several_steps.mean_absolute_scaled_error),
            r_squared: mean(|at| at.one_step.r_squared),
            akaike: mean(|at| at.one_step.akaike),
            non_normality: mean(|at| at.non_normality),
            condition: mean(|at| at.condition),
            residual: self.mean_residual(delays, rank),
        })
    }

    /// The mean residual over recordings.
    fn mean_residual(&self, delays: usize, rank: usize) -> Option<f64> {
        let columns = self.columns.iter().filter(|column| column.delays == delays);
        let found: Vec<f64> = columns.filter_map(|column| column.mean_residual(rank)).collect();
        (!found.is_empty()).then(|| found.iter().sum::<f64>() / found.len() as f64)
    }

    fn show(&self) -> Result<(), Problem> {
        if self.options.json {
            return output::show(format_args!("{}\n", self.report()));
        }
        output::show(self.table())
    }

    /// The rank that predicts best with these delays, and its cell, as means over recordings.
    fn best(&self, delays: usize) -> Option<(usize, Cell)> {
        let ranks = self.options.ranks.numbers();
        let cells = ranks.filter_map(|rank| self.cell(delays, rank).map(|cell| (rank, cell)));
        cells.min_by(|(_, a), (_, b)| a.scaled.total_cmp(&b.scaled))
    }

    /// Whether windows of these delays have ranks beyond the grid.
    fn has_larger_ranks(&self, delays: usize) -> bool {
        let largest = self.options.ranks.last();
        self.columns.iter().any(|column| column.delays == delays && column.width > largest)
    }

    /// The rank that predicts best for each number of delays, with a star where larger ranks were not tried.
    fn table(&self) -> String {
        let steps = format!("MASE {}", self.options.steps);
        let mut head = vec![
            "delays",
            "best rank",
            "MASE",
            &steps,
            "R^2",
            "AIC",
            "non-normality",
            "condition",
            "residual",
        ];
        let with_reliability = !self.reliability.is_empty();
        head.extend(with_reliability.then_some("reliability"));
        let mut lines = vec![head.into_iter().map(str::to_owned).collect::<Vec<_>>()];
        let (largest, mut starred) = (self.options.ranks.last(), false);
        for delays in self.options.delays.numbers() {
            if let Some((rank, cell)) = self.best(delays) {
                let is_edge = rank == largest && self.has_larger_ranks(delays);
                let star = if is_edge { "*" } else { "" };
                starred |= is_edge;
                let mut line = vec![delays.to_string(), format!("{rank}{star}")];
                line.extend(cell.numbers().map(number));
                line.push(cell.residual.map_or("-".to_owned(), number));
                if with_reliability {
                    let found = self.reliability.at(delays, rank);
                    line.push(found.map_or("-".to_owned(), |x| format!("{x:.2}")));
                }
                lines.push(line);
            }
        }
        let mut text = align(&lines);
        if starred {
            text += &format!(
                "* This is the largest rank of the grid; a larger one may predict better (--ranks ..{})\n",
                largest.saturating_mul(2)
            );
        }
        if let Some(chosen) = self.chosen() {
            text += &self.about(chosen);
        }
        if with_reliability {
            text += &format!("{MEANING}\n");
        }
        text
    }

    /// Sentences about the choice.
    fn about(&self, chosen: Chosen) -> String {
        let Chosen { delays, rank } = chosen;
        let mut text = format!("\nchosen: {delays} delays, rank {rank}");
        if let Some(cell) = self.cell(delays, rank) {
            let reliability = self.reliability.at(delays, rank);
            text += &format!(
                " (MASE {}, R^2 {}, condition {}{})",
                number(cell.scaled),
                number(cell.r_squared),
                number(cell.condition),
                reliability.map(|x| format!(", reliability {x:.2}")).unwrap_or_default()
            );
        }
        text += ".\n";
        for edge in self.edges(chosen) {
            text += &format!("{edge}\n");
        }
        if self.best(delays).is_some_and(|(best, _)| best > rank) {
            text += BELOW_THE_BEST;
        }
        text
    }

    /// A sentence for each side of the grid on or beyond which the choice lies.
    fn edges(&self, chosen: Chosen) -> Vec<String> {
        let of = |option: &str, what: &str, range: RangeArgument, chosen: usize| {
            let (first, last) = (range.first(), range.last());
            let beyond = if chosen < first || chosen > last {
                "outside the grid"
            } else if chosen == last {
                "on the upper edge of the grid"
            } else if chosen == first && first > 1 {
                "on the lower edge of the grid"
            } else {
                return None;
            };
            Some(format!(
                "The chosen {what} {chosen} is {beyond} ({option} {first}..{last}); widen the grid to see what lies \
                 beyond it."
            ))
        };
        let delays = of("--delays", "number of delays", self.options.delays, chosen.delays);
        let rank = of("--ranks", "rank", self.options.ranks, chosen.rank);
        delays.into_iter().chain(rank).collect()
    }

    fn report(&self) -> Value {
        let recordings: Vec<Value> = self
            .columns
            .iter()
            .map(|column| match &column.found {
                Ok(found) => json!({
                    "file": column.file.display().to_string(),
                    "delays": column.delays,
                    "rank_one_step": found.rank(),
                    "rank_several_steps": found.several_steps_rank(),
                    "rank_akaike": found.akaike_rank(),
                    "steps": found.steps,
                    "ranks": self.asked(found).collect::<Vec<_>>(),
                    "mean_residuals": column.residuals,
                }),
                Err(error) => json!({
                    "file": column.file.display().to_string(),
                    "delays": column.delays,
                    "refused": error.to_string(),
                }),
            })
            .collect();
        let mut report = json!({ "version": env!("CARGO_PKG_VERSION"), "grid": recordings });
        if let Some(chosen) = self.chosen() {
            let edges = self.edges(chosen);
            report["chosen"] =
                json!({ "delays": chosen.delays, "rank": chosen.rank, "edges": edges });
        }
        if !self.notes.is_empty() {
            report["notes"] = json!(self.notes);
        }
        report["reliability"] = self.reliability.report();
        report["choice"] = json!(self.choice.as_ref().and_then(Choice::report));
        report
    }

    /// The ranks that were asked for.
    fn asked<'b>(&self, found: &'b HeldOut) -> impl Iterator<Item = &'b RankErrors> {
        let wanted = self.options.ranks;
        found.ranks.iter().filter(move |at| wanted.contains(at.rank))
    }

    fn csv(&self) -> Result<Vec<u8>, Problem> {
        let mut table = csv::Writer::from_writer(Vec::new());
        let head = [
            "file",
            "delays",
            "rank",
            "mase",
            "mase_several_steps",
            "r_squared",
            "r_squared_several_steps",
            "akaike",
            "non_normality",
            "condition",
            "mean_residual",
        ];
        table.write_record(head).map_err(Problem::new)?;
        for column in &self.columns {
            for at in column.found.iter().flat_map(|found| self.asked(found)) {
                let (one, several) = (at.one_step, at.several_steps);
                let numbers = [
                    one.mean_absolute_scaled_error,
                    several.mean_absolute_scaled_error,
                    one.r_squared,
                    several.r_squared,
                    one.akaike,
                    at.non_normality,
                    at.condition,
                ];
                let names = [
                    column.file.display().to_string(),
                    column.delays.to_string(),
                    at.rank.to_string(),
                ];
                let residual =
                    column.mean_residual(at.rank).map_or(String::new(), |x| x.to_string());
                let line =
                    names.into_iter().chain(numbers.map(|x| x.to_string())).chain([residual]);
                table.write_record(line).map_err(Problem::new)?;
            }
        }
        table.into_inner().map_err(|error| Problem::new(error.error()))
    }

    /// Held-out one-step errors, ranks upwards and delays to the right.
    fn picture(&self) -> Drawing {
        let delays: Vec<usize> = self.options.delays.numbers().collect();
        let mut ranks: Vec<usize> = self.options.ranks.numbers().collect();
        ranks.reverse();
        let values: Vec<Vec<Option<f64>>> = ranks
            .iter()
            .map(|rank| {
                let row = delays.iter().map(|delays| self.cell(*delays, *rank));
                row.map(|cell| cell.map(|cell| cell.scaled)).collect()
            })
            .collect();
        let all = || values.iter().flatten();
        let worst = all().flatten().copied().fold(0.0, f64::max);
        let missing = all().any(Option::is_none);
        let on_edge = self.chosen().is_some_and(|chosen| !self.edges(chosen).is_empty());
        let edge = if on_edge { ", on the edge of the grid" } else { "" };
        let mark = self.chosen().and_then(|chosen| {
            Some(picture::Mark {
                row: ranks.iter().position(|rank| *rank == chosen.rank)?,
                column: delays.iter().position(|delays| *delays == chosen.delays)?,
                meaning: format!(
                    "cross: the chosen {} delays and rank {}{edge}",
                    chosen.delays, chosen.rank
                ),
            })
        });
        let names =
            |numbers: &[usize]| -> Vec<String> { numbers.iter().map(usize::to_string).collect() };
        picture::grid(
            "Held-out one-step error (MASE)",
            picture::AxisNames { x: "delays", y: "rank" },
            &names(&ranks),
            &names(&delays),
            |i, j| values[i][j].unwrap_or(worst),
            if missing {
                "ranks above the size of a window have the colour of the largest error;  "
            } else {
                ""
            },
            mark.as_ref(),
        )
    }

    /// The files of a sweep.
    fn files(&self) -> Result<Vec<output::Contents>, Problem> {
        let text = serde_json::to_string_pretty(&self.report()).map_err(Problem::new)?;
        let mut files = vec![
            ("sweep.csv".to_owned(), self.csv()?),
            ("sweep.svg".to_owned(), self.picture().svg().into_bytes()),
        ];
        if !self.reliability.is_empty() {
            let picture = self.reliability.picture(self.options.delays, self.options.ranks);
            files.push(("reliability.svg".to_owned(), picture.svg().into_bytes()));
        }
        files.push(("sweep.json".to_owned(), text.into_bytes()));
        Ok(files)
    }
}

impl Column<'_> {
    fn mean_residual(&self, rank: usize) -> Option<f64> {
        let at = self.residuals.iter().find(|at| at.rank == rank)?;
        Some(at.mean_residual)
    }
}

impl Cell {
    fn numbers(self) -> [f64; 6] {
        let Self { scaled, several_scaled, r_squared, akaike, non_normality, condition, .. } = self;
        [scaled, several_scaled, r_squared, akaike, non_normality, condition]
    }
}
