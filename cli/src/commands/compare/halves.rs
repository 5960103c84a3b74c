//! Halves of recordings: how far apart are two operators of one recording?

use super::recordings::{Refusal, refusal};
use crate::commands::recording::{Lend, Source};
use crate::problem::Problem;
use crate::show::progress::Progress;
use crate::show::table::number;
use crate::text;
use dynamical_similarity::statistics::{Distances, Reliability, reliability};
use dynamical_similarity::{Error, Halves, Recording};
use rayon::prelude::*;
use serde_json::{Value, json};

/// The most recordings that are named in a sentence.
const MOST_NAMES: usize = 5;

/// What the halves of all recordings say, or why they say nothing.
pub(super) struct HalvesFound {
    labels: Vec<String>,
    found: Result<Reliability, String>,
    /// Recordings whose halves could not be fitted.
    left_out: Vec<Refusal>,
}

/// What is fitted to both halves of each recording: first halves, then second halves.
pub(super) struct Fitted<F> {
    labels: Vec<String>,
    /// The numbers of the recordings.
    pub(super) numbers: Vec<usize>,
    pub(super) all: Vec<F>,
    left_out: Vec<Refusal>,
}

impl<F: Send> Fitted<F> {
    /// Fits both halves of all recordings; `span` is what is left out between the halves of a single trial.
    pub(super) fn of(
        sources: &[&Source<'_>],
        labels: &[String],
        span: usize,
        fit: impl Fn(&[Recording<'_, f64>]) -> Result<F, Problem> + Sync,
    ) -> Self {
        let progress = Progress::new("fitting halves", sources.len());
        let both = |source: &&Source<'_>| -> Result<[F; 2], Problem> {
            let found = source.lend(|recording| {
                let halves = Halves::of(&recording.trials, span).map_err(Problem::new)?;
                Ok([fit(halves.first())?, fit(halves.second())?])
            });
            progress.step();
            found?.map_err(|problem: Problem| Problem::about(source.file, problem))
        };
        let found: Vec<_> = sources.par_iter().map(both).collect();
        progress.finish();
        let (labels_of, numbers) = (Vec::new(), Vec::new());
        let mut fitted = Self { labels: labels_of, numbers, all: Vec::new(), left_out: Vec::new() };
        let mut seconds = Vec::new();
        for ((found, source), label) in found.into_iter().zip(sources).zip(labels) {
            match found {
                Ok([first, second]) => {
                    fitted.labels.push(label.clone());
                    fitted.numbers.push(source.number);
                    fitted.all.push(first);
                    seconds.push(second);
                }
                Err(problem) => fitted.left_out.push(refusal(source.file, &problem)),
            }
        }
        fitted.all.append(&mut seconds);
        fitted
    }

    /// What the distances among all halves say.
    pub(super) fn found(self, distances: Result<Vec<f64>, Error>) -> HalvesFound {
        let count = self.all.len();
        let found = distances
            .and_then(|distances| Distances::new(&distances, count))
            .and_then(|distances| reliability(&distances));
        HalvesFound {
            labels: self.labels,
            found: found.map_err(|error| match error {
                Error::Empty => "no setting has windows that fit into halves".to_owned(),
                other => other.to_string(),
            }),
            left_out: self.left_out,
        }
    }
}

impl HalvesFound {
    /// Sentences for the terminal.
    pub(super) fn sentences(&self) -> Vec<String> {
        let mut sentences = match &self.found {
            Err(reason) => vec![format!("Halves of recordings were not compared: {reason}.")],
            Ok(found) => self.about(found),
        };
        if let Some(first) = self.left_out.first() {
            sentences.push(format!(
                "{} of {} recordings have no halves to compare, such as {}: {}",
                self.left_out.len(),
                self.left_out.len() + self.labels.len(),
                text::line(&first.file),
                first.reason
            ));
        }
        sentences
    }

    fn about(&self, found: &Reliability) -> Vec<String> {
        let mut sentences = vec![
            format!(
                "Halves: two halves of one recording are {} apart (median), halves of different recordings {}. Of the half recordings {:.0} % have the other half of their own as the nearest (by chance {:.0} %).",
                number(found.median_within),
                number(found.median_between),
                100.0 * found.nearest_is_own,
                100.0 * found.nearest_is_own_by_chance
            ),
            format!(
                "Reliability {:.2}: the share of comparisons in which a half is nearer to the other half of its own recording than to a half of another one (0.5 by chance).{}",
                found.discriminability,
                if found.discriminability < 0.6 {
                    " These settings see hardly anything that a recording has of its own."
                } else {
                    ""
                }
            ),
        ];
        if !found.not_repeatable.is_empty() {
            let names = found.not_repeatable.iter().take(MOST_NAMES);
            let names: Vec<String> = names.map(|at| text::line(&self.labels[*at])).collect();
            let more = if found.not_repeatable.len() > MOST_NAMES { ", .." } else { "" };
            sentences.push(format!(
                "Not repeatable: {}{more}. The halves of {} are farther apart than halves of different recordings: not stationary, or too short.",
                names.join(", "),
                if found.not_repeatable.len() == 1 { "this recording" } else { "these recordings" }
            ));
        }
        sentences
    }

    /// The numbers for a report.
    pub(super) fn report(&self) -> Value {
        let left_out: Vec<Value> = self.left_out.iter().map(Refusal::report).collect();
        match &self.found {
            Err(reason) => json!({ "refused": reason, "left_out": left_out }),
            Ok(found) => {
                let names = found.not_repeatable.iter().map(|at| &self.labels[*at]);
                json!({
                    "labels": self.labels,
                    "within": found.within,
                    "between": found.between,
                    "median_within": found.median_within,
                    "median_between": found.median_between,
                    "discriminability": found.discriminability,
                    "nearest_is_own": found.nearest_is_own,
                    "nearest_is_own_by_chance": found.nearest_is_own_by_chance,
                    "not_repeatable": names.collect::<Vec<_>>(),
                    "left_out": left_out,
                })
            }
        }
    }
}
