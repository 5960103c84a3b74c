//! Delays and rank by rule: the answer of each recording, and one choice that all share.

use crate::arguments::{DelaysArgument, ModelArguments};
use crate::output::note;
use crate::problem::Problem;
use crate::progress::Progress;
use crate::read::Samples;
use crate::table::number;
use crate::text;
use dynamical_similarity::{
    DelayEvidence, Error, HeldOut, LatentEvidence, LatentRank, Rank, RankEvidence, StateOrder,
    StudyRank,
};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::path::Path;

/// What the rules said of one recording.
struct Evidence {
    file: String,
    delays: Option<Result<DelayEvidence, Error>>,
    rank: Option<Result<RankEvidence, Error>>,
}

/// The choice that all recordings share.
pub(super) struct Choice {
    rule: &'static str,
    evidence: Vec<Evidence>,
    delays: Option<usize>,
    rank: Option<StudyRank>,
}

impl Choice {
    /// Applies the rules that the settings name; recordings that a rule refuses have no vote.
    ///
    /// # Errors
    /// If no recording has an answer.
    pub(super) fn of<P: AsRef<Path> + Sync>(
        settings: &ModelArguments,
        recordings: &[(P, &Samples)],
    ) -> Result<Self, Problem> {
        let name = |path: &P| path.as_ref().display().to_string();
        let mut choice = Self {
            rule: rule_name(settings.rank.0),
            evidence: recordings
                .iter()
                .map(|(path, _)| Evidence { file: name(path), delays: None, rank: None })
                .collect(),
            delays: None,
            rank: None,
        };
        choice.choose_delays(settings, recordings)?;
        choice.choose_rank(&choice.settings(settings), recordings)?;
        Ok(choice)
    }

    fn choose_delays<P: Sync>(
        &mut self,
        settings: &ModelArguments,
        recordings: &[(P, &Samples)],
    ) -> Result<(), Problem> {
        let DelaysArgument::Rule(rule) = settings.delays else { return Ok(()) };
        let progress = Progress::new("choosing delays", recordings.len());
        let dmd = settings.dmd(settings.rank.0);
        let found: Vec<Result<DelayEvidence, Error>> = recordings
            .par_iter()
            .map(|(_, samples)| {
                let found = DelayEvidence::of(&samples.recordings()?, &dmd, rule);
                progress.step();
                found
            })
            .collect();
        progress.finish();
        let mut answers: Vec<usize> = found.iter().flatten().map(|found| found.delays).collect();
        answers.sort_unstable();
        let middle = answers.len().saturating_sub(1) / 2;
        let refused = found.iter().find_map(|found| found.as_ref().err().copied());
        self.delays = answers.get(middle).copied();
        for (evidence, found) in self.evidence.iter_mut().zip(found) {
            evidence.delays = Some(found);
        }
        match (self.delays, refused) {
            (None, Some(error)) => Err(self.nobody("delays", error)),
            _ => Ok(()),
        }
    }

    fn choose_rank<P: Sync>(
        &mut self,
        settings: &ModelArguments,
        recordings: &[(P, &Samples)],
    ) -> Result<(), Problem> {
        if !reads_samples(settings.rank.0) {
            return Ok(());
        }
        let progress = Progress::new("choosing the rank", recordings.len());
        let dmd = settings.dmd(settings.rank.0);
        let found: Vec<Result<RankEvidence, Error>> = recordings
            .par_iter()
            .map(|(_, samples)| {
                let found = samples.recordings().and_then(|trials| RankEvidence::of(&trials, &dmd));
                progress.step();
                found
            })
            .collect();
        progress.finish();
        let mut refused = None;
        let mut answers = Vec::new();
        for (evidence, found) in self.evidence.iter_mut().zip(found) {
            match found.as_ref().map_or_else(|error| Err(*error), |found| found.rank) {
                Ok(rank) => answers.push(rank),
                Err(error) => refused = refused.or(Some(error)),
            }
            evidence.rank = Some(found);
        }
        match (StudyRank::of(&answers), refused) {
            (Ok(rank), _) => self.rank = Some(rank),
            (Err(_), Some(error)) => return Err(self.nobody("rank", error)),
            (Err(error), None) => return Err(Problem::new(error)),
        }
        Ok(())
    }

    fn nobody(&self, what: &str, error: Error) -> Problem {
        match &self.evidence[..] {
            [one] => Problem::about(Path::new(&one.file), error),
            _ => {
                self.without_vote().iter().for_each(note);
                let refusals = || self.evidence.iter().filter_map(Evidence::refusal);
                if refusals().count() > 0 && refusals().all(|error| error == Error::Unpredictable) {
                    return Problem::new(format!("no dynamics to compare: {error}"));
                }
                Problem::new(format!("no recording tells the {what}, the first because {error}"))
            }
        }
    }

    /// The settings with the delays that were chosen.
    pub(super) fn settings(&self, settings: &ModelArguments) -> ModelArguments {
        let delays = self.delays.map_or(settings.delays, DelaysArgument::Count);
        ModelArguments { delays, ..settings.clone() }
    }

    /// The rule for the fits: the rank that was chosen, or what the settings say.
    pub(super) fn rank(&self, settings: &ModelArguments) -> Rank {
        self.rank.as_ref().map_or(settings.rank.0, |found| Rank::Fixed(found.rank))
    }

    /// The shared rank, if a rule that reads samples chose it.
    pub(super) const fn study(&self) -> Option<&StudyRank> {
        self.rank.as_ref()
    }

    /// Sentences about the choice.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let voters = self.evidence.len();
        if let Some(delays) = self.delays {
            let answers: Vec<usize> = self.delay_answers().collect();
            let (low, high) = (answers.iter().min(), answers.iter().max());
            notes.push(format!(
                "delays: {delays}, the lower median of {} of {voters} recordings ({} to {})",
                answers.len(),
                low.unwrap_or(&0),
                high.unwrap_or(&0)
            ));
        }
        if let Some(study) = &self.rank {
            let counts: Vec<String> = study
                .histogram
                .iter()
                .map(|(rank, count)| format!("{count} x {}", self.answer(*rank)))
                .collect();
            notes.push(format!(
                "{}: rank {} for all, max(2, lower median) of {}",
                self.rule,
                study.rank,
                counts.join(", ")
            ));
        }
        notes.extend(self.without_vote());
        notes
    }

    /// A sentence for each recording and rule that has no answer.
    fn without_vote(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for evidence in &self.evidence {
            let delays = evidence.delays.as_ref().and_then(|found| found.as_ref().err().copied());
            for (what, error) in [("delays", delays), ("rank", evidence.refusal())] {
                if let Some(error) = error {
                    let file = text::line(&evidence.file);
                    notes.push(format!("{file}: no vote on the {what}: {error}"));
                }
            }
        }
        notes
    }

    fn answer(&self, rank: usize) -> String {
        let not_reached = self.rule == "latent rank" && rank == LatentRank::NotReached.number();
        if not_reached { "not reached up to 8 (counts as 9)".to_owned() } else { rank.to_string() }
    }

    fn delay_answers(&self) -> impl Iterator<Item = usize> {
        self.evidence.iter().filter_map(|evidence| {
            evidence.delays.as_ref().and_then(|found| found.as_ref().ok()).map(|found| found.delays)
        })
    }

    /// Everything, for a report; `None` where nothing was chosen by a rule that reads samples.
    pub(super) fn report(&self) -> Option<Value> {
        if self.delays.is_none() && self.rank.is_none() {
            return None;
        }
        let recordings: Vec<Value> = self.evidence.iter().map(Evidence::report).collect();
        let mut report = json!({ "recordings": recordings });
        if let Some(delays) = self.delays {
            report["delays"] = json!(delays);
        }
        if let Some(study) = &self.rank {
            let counts: Vec<Value> = study
                .histogram
                .iter()
                .map(|(rank, count)| json!({ "answer": rank, "recordings": count }))
                .collect();
            report["rule"] = json!(self.rule);
            report["rank"] = json!(study.rank);
            report["histogram"] = json!(counts);
        }
        Some(report)
    }
}

impl Evidence {
    /// Why the rule for the rank has no answer.
    fn refusal(&self) -> Option<Error> {
        self.rank.as_ref()?.as_ref().map_or_else(|error| Some(*error), |found| found.rank.err())
    }

    fn report(&self) -> Value {
        let mut report = json!({ "file": self.file });
        if let Some(found) = &self.delays {
            report["delays"] = result(found, |found| json!(found));
        }
        match &self.rank {
            None => {}
            Some(Err(error)) => report["answer"] = json!({ "refused": error.to_string() }),
            Some(Ok(found)) => {
                report["answer"] = result(&found.rank, |rank| json!(rank));
                report["latent"] = result(&found.latent, |found: &LatentEvidence| json!(found));
                report["state_order"] =
                    result(&found.state_order, |found: &StateOrder| json!(found));
                if let Some(found) = &found.predictive {
                    report["predictive"] = result(found, |found: &HeldOut| {
                        json!({
                            "one_step": found.rank(),
                            "several_steps": found.several_steps_rank(),
                            "akaike": found.akaike_rank(),
                            "errors": found,
                        })
                    });
                }
            }
        }
        report
    }
}

fn result<T>(found: &Result<T, Error>, describe: impl Fn(&T) -> Value) -> Value {
    match found {
        Ok(found) => describe(found),
        Err(error) => json!({ "refused": error.to_string() }),
    }
}

/// Whether a rule reads samples, so that it is applied before anything is fitted.
pub(super) const fn reads_samples(rank: Rank) -> bool {
    matches!(rank, Rank::Latent | Rank::StateOrder | Rank::Predictive)
}

const fn rule_name(rank: Rank) -> &'static str {
    match rank {
        Rank::StateOrder => "state order",
        Rank::Predictive => "predictive rank",
        _ => "latent rank",
    }
}

/// What a comparison shows at one rank.
pub(super) struct AtRank {
    pub(super) rank: usize,
    /// Mean, smallest and largest distance, and those within and between classes.
    pub(super) found: Result<Summary, String>,
}

/// Distances in short.
pub(super) struct Summary {
    pub(super) mean: f64,
    pub(super) smallest: f64,
    pub(super) largest: f64,
    pub(super) separation: Option<crate::classes::Separation>,
}

impl Summary {
    /// Of the entries of a matrix that count: all but the diagonal of a square one.
    pub(super) fn of(
        distances: impl Iterator<Item = f64> + Clone,
        separation: Option<crate::classes::Separation>,
    ) -> Self {
        let count = distances.clone().count().max(1) as f64;
        Self {
            mean: distances.clone().sum::<f64>() / count,
            smallest: distances.clone().fold(f64::INFINITY, f64::min),
            largest: distances.fold(0.0, f64::max),
            separation,
        }
    }
}

impl AtRank {
    /// A line of text.
    pub(super) fn line(&self) -> String {
        match &self.found {
            Err(reason) => format!("rank {}: {reason}", self.rank),
            Ok(found) => {
                let (mean, low) = (number(found.mean), number(found.smallest));
                let mut line = format!(
                    "rank {}: distances {low} to {}, mean {mean}",
                    self.rank,
                    number(found.largest)
                );
                if let Some(of) = &found.separation {
                    line += &format!(
                        "; within classes {}, between {}; nearest neighbour in class {} of {}",
                        number(of.within_mean),
                        number(of.between_mean),
                        of.nearest_in_class,
                        of.with_company
                    );
                }
                line
            }
        }
    }

    /// The same, for a report.
    pub(super) fn report(&self) -> Value {
        match &self.found {
            Err(reason) => json!({ "rank": self.rank, "refused": reason }),
            Ok(found) => json!({
                "rank": self.rank,
                "mean": found.mean,
                "smallest": found.smallest,
                "largest": found.largest,
                "separation": found.separation,
            }),
        }
    }
}
