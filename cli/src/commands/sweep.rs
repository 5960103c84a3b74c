//! `dsa sweep`: held-out prediction over a grid of delays and ranks.

use super::choice::Choice;
use super::read_recording;
use crate::arguments::{DelaysArgument, ModelArguments, Sweep};
use crate::problem::Problem;
use crate::progress::Progress;
use crate::read::Samples;
use crate::table::{align, number};
use crate::{output, picture};
use dynamical_similarity::{Error, HeldOut, Rank, RankErrors};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::path::Path;

/// One recording with one number of delays.
struct Column<'a> {
    file: &'a Path,
    delays: usize,
    found: Result<HeldOut, Error>,
}

/// A cell of the grid, averaged over recordings.
#[derive(Clone, Copy)]
struct Cell {
    scaled: f64,
    several_scaled: f64,
    r_squared: f64,
    akaike: f64,
    non_normality: f64,
    condition: f64,
}

pub(super) fn run(options: &Sweep) -> Result<(), Problem> {
    if let Some(folder) = &options.output {
        output::make_folder(folder)?;
    }
    let model = options.model();
    let mut samples = Vec::new();
    for file in &options.files {
        samples.push(read_recording(file, &model)?);
    }
    let columns = columns(options, &model, &samples);
    for column in &columns {
        if let Err(error) = &column.found {
            let file = column.file.display();
            output::note(format_args!("{file}: {} delays: {error}", column.delays));
        }
    }
    if columns.iter().all(|column| column.found.is_err()) {
        return Err(Problem::new("no recording can be read with any of these delays"));
    }
    let files: Vec<(&Path, &Samples)> =
        options.files.iter().map(std::path::PathBuf::as_path).zip(&samples).collect();
    let choice = Choice::of(&model, &files);
    match &choice {
        Ok(choice) => choice.notes().iter().for_each(output::note),
        Err(problem) => output::note(format_args!("no choice: {problem}")),
    }
    let result = Swept { options, columns, model, choice: choice.ok() };
    result.show()?;
    if let Some(folder) = &options.output {
        result.write(folder)?;
    }
    Ok(())
}

/// Every recording with every number of delays.
fn columns<'a>(options: &'a Sweep, model: &ModelArguments, samples: &[Samples]) -> Vec<Column<'a>> {
    let work: Vec<(&Path, &Samples, usize)> = options
        .files
        .iter()
        .zip(samples)
        .flat_map(|(file, samples)| {
            options.delays.numbers().map(move |delays| (file.as_path(), samples, delays))
        })
        .collect();
    let progress = Progress::new("sweeping", work.len());
    let most = options.ranks.last();
    let found = work
        .into_par_iter()
        .map(|(file, samples, delays)| {
            let settings =
                ModelArguments { delays: DelaysArgument::Count(delays), ..model.clone() };
            let dmd = settings.dmd(Rank::Full);
            let found = samples.recordings().and_then(|trials| {
                let room = HeldOut::most_delays(&trials, &dmd, options.steps);
                let longest = options.delays.numbers().take_while(|delays| *delays <= room).last();
                let first = longest.map_or(0, |delays| dmd.delays(delays).embedding().window());
                HeldOut::of_from(&trials, &dmd, most, options.steps, first)
            });
            progress.step();
            Column { file, delays, found }
        })
        .collect();
    progress.finish();
    found
}

/// Everything that is shown and written.
struct Swept<'a> {
    options: &'a Sweep,
    columns: Vec<Column<'a>>,
    model: ModelArguments,
    choice: Option<Choice>,
}

impl Swept<'_> {
    /// The delays and the rank that the rules choose.
    fn chosen(&self) -> Option<(usize, usize)> {
        let choice = self.choice.as_ref()?;
        Some((choice.settings(&self.model).delays.count(), choice.study()?.rank))
    }

    fn cell(&self, delays: usize, rank: usize) -> Option<Cell> {
        let columns = self.columns.iter().filter(|column| column.delays == delays);
        let found: Vec<&RankErrors> = columns
            .filter_map(|column| column.found.as_ref().ok())
            .filter_map(|found| found.ranks.iter().find(|at| at.rank == rank))
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
        })
    }

    fn show(&self) -> Result<(), Problem> {
        if self.options.json {
            return output::show(format_args!("{}\n", self.report()));
        }
        output::show(self.table())
    }

    /// For each number of delays the rank that predicts best, as means over recordings.
    fn table(&self) -> String {
        let steps = format!("MASE {}", self.options.steps);
        let head =
            ["delays", "best rank", "MASE", &steps, "R^2", "AIC", "non-normality", "condition"];
        let mut lines = vec![head.map(str::to_owned).to_vec()];
        for delays in self.options.delays.numbers() {
            let cells = self
                .options
                .ranks
                .numbers()
                .filter_map(|rank| self.cell(delays, rank).map(|cell| (rank, cell)));
            let best = cells.min_by(|(_, a), (_, b)| a.scaled.total_cmp(&b.scaled));
            if let Some((rank, cell)) = best {
                let mut line = vec![delays.to_string(), rank.to_string()];
                line.extend(cell.numbers().map(number));
                lines.push(line);
            }
        }
        let mut text = align(&lines);
        if let Some((delays, rank)) = self.chosen() {
            text += &format!("\nchosen: {delays} delays, rank {rank}");
            if let Some(cell) = self.cell(delays, rank) {
                text += &format!(
                    " (MASE {}, R^2 {}, condition {})",
                    number(cell.scaled),
                    number(cell.r_squared),
                    number(cell.condition)
                );
            }
            text += ". The latent rank is below the rank that predicts best, on purpose.\n";
        }
        text
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
                }),
                Err(error) => json!({
                    "file": column.file.display().to_string(),
                    "delays": column.delays,
                    "refused": error.to_string(),
                }),
            })
            .collect();
        let mut report = json!({ "version": env!("CARGO_PKG_VERSION"), "grid": recordings });
        if let Some((delays, rank)) = self.chosen() {
            report["chosen"] = json!({ "delays": delays, "rank": rank });
        }
        report["choice"] = json!(self.choice.as_ref().and_then(Choice::report));
        report
    }

    /// The ranks that were asked for.
    fn asked<'b>(&self, found: &'b HeldOut) -> impl Iterator<Item = &'b RankErrors> {
        let wanted: Vec<usize> = self.options.ranks.numbers().collect();
        found.ranks.iter().filter(move |at| wanted.contains(&at.rank))
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
                let line = names.into_iter().chain(numbers.map(|x| x.to_string()));
                table.write_record(line).map_err(Problem::new)?;
            }
        }
        table.into_inner().map_err(|error| Problem::new(error.error()))
    }

    /// Held-out one-step errors, ranks upwards and delays to the right.
    fn picture(&self) -> String {
        let delays: Vec<usize> = self.options.delays.numbers().collect();
        let mut ranks: Vec<usize> = self.options.ranks.numbers().collect();
        ranks.reverse();
        let value = |i: usize, j: usize| self.cell(delays[j], ranks[i]).map(|cell| cell.scaled);
        let all = || (0..ranks.len()).flat_map(|i| (0..delays.len()).map(move |j| (i, j)));
        let worst = all().filter_map(|(i, j)| value(i, j)).fold(0.0, f64::max);
        let missing = all().any(|(i, j)| value(i, j).is_none());
        let mark = self.chosen().and_then(|(chosen_delays, chosen_rank)| {
            Some(picture::Mark {
                row: ranks.iter().position(|rank| *rank == chosen_rank)?,
                column: delays.iter().position(|delays| *delays == chosen_delays)?,
                meaning: format!("cross: the choice, {chosen_delays} delays, rank {chosen_rank}"),
            })
        });
        let names =
            |numbers: &[usize]| -> Vec<String> { numbers.iter().map(usize::to_string).collect() };
        picture::grid(
            "Held-out one-step error (MASE)",
            ("rank", "delays"),
            &names(&ranks),
            &names(&delays),
            |i, j| value(i, j).unwrap_or(worst),
            if missing { "ranks that no window has are drawn as the worst; " } else { "" },
            mark.as_ref(),
        )
    }

    fn write(&self, folder: &Path) -> Result<(), Problem> {
        output::write(&folder.join("sweep.csv"), &self.csv()?)?;
        let text = serde_json::to_string_pretty(&self.report()).map_err(Problem::new)?;
        output::write(&folder.join("sweep.json"), text.as_bytes())?;
        output::write(&folder.join("sweep.svg"), self.picture().as_bytes())?;
        if self.options.json {
            return Ok(());
        }
        output::show(format_args!("written to {}\n", folder.display()))
    }
}

impl Cell {
    fn numbers(self) -> [f64; 6] {
        let Self { scaled, several_scaled, r_squared, akaike, non_normality, condition } = self;
        [scaled, several_scaled, r_squared, akaike, non_normality, condition]
    }
}
