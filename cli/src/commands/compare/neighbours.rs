//! `dsa neighbours`: the nearest neighbours of each of many recordings.

use super::plan::Plan;
use super::ranks::use_one_rank;
use super::recordings::{Refusal, Sides, read_all, report_refusal, too_few};
use crate::arguments::{self, Compare, MetricArgument};
use crate::commands::check_count;
use crate::commands::choice::Choice;
use crate::commands::rates::common_rate;
use crate::commands::recording::{Reader, Source, interval_notes, reading_lines};
use crate::output::{self, refuse_inputs};
use crate::problem::Problem;
use crate::show::table::{align, number};
use crate::text;
use dynamical_similarity::Neighbours;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;

pub(crate) fn run(options: &arguments::Neighbours) -> Result<(), Problem> {
    check_count(&options.files)?;
    if let Some(output) = &options.output {
        if !matches!(ending(output).as_str(), "csv" | "json") {
            let what = "neighbours are written to a .csv or a .json file";
            return Err(Problem::about(output, what));
        }
        let inputs = options.files.iter().chain(&options.model.conditions);
        let inputs = inputs.chain(&options.model.reading.per_file);
        refuse_inputs(output, inputs.map(PathBuf::as_path))?;
    }
    options.measure.check_cleaned(options.model.dsa_metric).map_err(Problem::new)?;
    let comparison = options.comparison();
    let reader = Reader::new(&comparison.model)?;
    let (held, mut refused) = (AtomicUsize::new(0), Vec::new());
    let sources = read_all(&comparison.files, 0, |_| true, &reader, &held, false, &mut refused);
    if sources.is_empty() {
        return Err(too_few(&refused));
    }
    let of_files = || sources.iter().map(Source::of_file);
    reading_lines(of_files()).iter().for_each(output::note);
    interval_notes(of_files()).iter().for_each(output::note);
    let rate = common_rate(of_files()).inspect_err(|_| refused.iter().for_each(report_refusal))?;
    let model = comparison.model.in_samples(rate).map_err(Problem::new)?;
    let comparison = &Compare { model, ..comparison.clone() };
    let choice = Choice::of(&comparison.model, &sources.iter().collect::<Vec<_>>())
        .inspect_err(|_| refused.iter().for_each(report_refusal))?;
    choice.notes().iter().for_each(output::note);
    // Nothing is shown at other ranks.
    let plan = Plan { neighbours: Vec::new(), ..Plan::new(comparison, &choice) };
    let mut sides = Sides::fitted(sources, Vec::new(), &plan, &mut refused);
    sides.check_enough(&refused)?;
    use_one_rank(&plan, &mut sides, &mut refused);
    sides.check_enough(&refused)?;
    let found = sides.neighbours(options.k.into(), &plan, &mut refused)?;
    let found = Found { labels: sides.row_labels(), metric: plan.metric, found, refused };
    if let Some(output) = &options.output {
        output::write(output, &found.file(&ending(output))?)?;
    }
    if options.json {
        output::show(format_args!("{}\n", found.report()))?;
    } else {
        output::show(found.text())?;
    }
    found.refusals(options.files.len())
}

fn ending(path: &Path) -> String {
    path.extension().map(|x| x.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// The neighbours, with the names of the recordings.
struct Found {
    labels: Vec<String>,
    metric: MetricArgument,
    found: Neighbours<f64>,
    refused: Vec<Refusal>,
}

impl Found {
    const fn pairs(&self) -> usize {
        let count = self.found.count();
        count * count.saturating_sub(1) / 2
    }

    fn text(&self) -> String {
        let columns = (0..self.labels.len()).map(|i| self.found.of(i).len()).max().unwrap_or(0);
        let mut head = vec!["recording".to_owned()];
        head.extend(
            (1..=columns).flat_map(|place| [format!("nearest {place}"), "distance".to_owned()]),
        );
        let mut lines = vec![head];
        for (i, label) in self.labels.iter().enumerate() {
            let mut line = vec![label.clone()];
            for neighbour in self.found.of(i) {
                line.push(self.labels[neighbour.index].clone());
                line.push(number(neighbour.found.distance));
            }
            lines.push(line);
        }
        format!(
            "{}\n{} distance; {} of {} were searched, and bounds ruled the others out.\n",
            align(&lines),
            self.metric.name(),
            self.found.searches(),
            text::counted(self.pairs(), "pair"),
        )
    }

    fn report(&self) -> Value {
        let of_one = |(i, label): (usize, &String)| {
            let neighbours = self.found.of(i).iter().map(|neighbour| {
                json!({
                    "recording": self.labels[neighbour.index],
                    "distance": neighbour.found.distance,
                    "lower_bound": neighbour.found.lower_bound,
                    "certified": neighbour.found.certified,
                })
            });
            json!({ "recording": label, "neighbours": neighbours.collect::<Vec<_>>() })
        };
        json!({
            "metric": self.metric.name(),
            "pairs": self.pairs(),
            "searches": self.found.searches(),
            "recordings": self.labels.iter().enumerate().map(of_one).collect::<Vec<_>>(),
            "refused": self.refused.iter().map(Refusal::report).collect::<Vec<_>>(),
        })
    }

    fn file(&self, ending: &str) -> Result<Vec<u8>, Problem> {
        if ending == "json" {
            let text = serde_json::to_string_pretty(&self.report()).map_err(Problem::new)?;
            return Ok(text.into_bytes());
        }
        let mut table = csv::Writer::from_writer(Vec::new());
        let head = ["recording", "place", "neighbour", "distance", "lower_bound", "certified"];
        table.write_record(head).map_err(Problem::new)?;
        for (i, label) in self.labels.iter().enumerate() {
            for (place, neighbour) in self.found.of(i).iter().enumerate() {
                let (other, found) = (&self.labels[neighbour.index], neighbour.found);
                let (distance, bound) = (found.distance.to_string(), found.lower_bound.to_string());
                let (place, certified) = ((place + 1).to_string(), found.certified.to_string());
                let line = [label, &place, other, &distance, &bound, &certified];
                table.write_record(line).map_err(Problem::new)?;
            }
        }
        table.into_inner().map_err(|error| Problem::new(error.error()))
    }

    /// Reports the recordings that were refused, after the others.
    fn refusals(&self, files: usize) -> Result<(), Problem> {
        self.refused.iter().for_each(report_refusal);
        if self.refused.is_empty() {
            return Ok(());
        }
        let count = self.refused.len();
        Err(Problem::new(format!(
            "{count} of {files} files were refused; the others were compared"
        )))
    }
}
