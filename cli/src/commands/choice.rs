//! Delays and rank by rule: the answer of each recording, and one choice that all share.

use super::recording::Checked;
use crate::arguments::{DelaysArgument, ModelArguments};
use crate::output::note;
use crate::plan::FitPlan;
use crate::problem::Problem;
use crate::show::progress::Progress;
use crate::text;
use dynamical_similarity::{
    CommonRank, DelayEvidence, Error, HeldOut, LatentEvidence, LatentRank, Rank, RankEvidence,
    StateOrder,
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

/// The number of delays of all recordings, and where it comes from.
#[derive(Clone, Copy)]
enum Delays {
    Typed(usize),
    ByRule(usize),
}

/// The choice that all recordings share.
pub(super) struct Choice<'a> {
    options: &'a ModelArguments,
    rule: &'static str,
    evidence: Vec<Evidence>,
    delays: Delays,
    rank: Option<CommonRank>,
}

impl<'a> Choice<'a> {
    /// Applies the rules that the options name; a recording that a rule refuses has no vote.
    ///
    /// # Errors
    /// A sentence, if a rule has no answer for any recording.
    pub(super) fn of(
        options: &'a ModelArguments,
        recordings: &[&Checked<'_>],
    ) -> Result<Self, Problem> {
        let empty = |recording: &&Checked<'_>| Evidence {
            file: recording.file.display().to_string(),
            delays: None,
            rank: None,
        };
        let mut evidence: Vec<Evidence> = recordings.iter().map(empty).collect();
        let delays = choose_delays(options, recordings, &mut evidence)?;
        let (Delays::Typed(count) | Delays::ByRule(count)) = delays;
        let rank = choose_rank(options, count, recordings, &mut evidence)?;
        Ok(Self { options, rule: rule_name(options.rank.0), evidence, delays, rank })
    }

    /// The plan that follows from the choice.
    pub(super) fn plan(&self) -> FitPlan<'a> {
        let (Delays::Typed(delays) | Delays::ByRule(delays)) = self.delays;
        let rank = self.rank.as_ref().map_or(self.options.rank.0, |found| Rank::Fixed(found.rank));
        FitPlan { options: self.options, delays, rank }
    }

    /// The shared rank, if a rule that reads samples chose it.
    pub(super) const fn study(&self) -> Option<&CommonRank> {
        self.rank.as_ref()
    }

    /// Sentences about the choice.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let voters = self.evidence.len();
        if let Delays::ByRule(delays) = self.delays {
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
        notes.extend(without_vote(&self.evidence));
        notes
    }

    /// The answer of a rule in words.
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
        if matches!(self.delays, Delays::Typed(_)) && self.rank.is_none() {
            return None;
        }
        let recordings: Vec<Value> = self.evidence.iter().map(Evidence::report).collect();
        let mut report = json!({ "recordings": recordings });
        if let Delays::ByRule(delays) = self.delays {
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

/// The lower median of what a rule for the delays says of each recording.
fn choose_delays(
    options: &ModelArguments,
    recordings: &[&Checked<'_>],
    evidence: &mut [Evidence],
) -> Result<Delays, Problem> {
    let rule = match options.delays {
        DelaysArgument::Count(count) => return Ok(Delays::Typed(count)),
        DelaysArgument::Rule(rule) => rule,
    };
    let progress = Progress::new("choosing delays", recordings.len());
    let dmd = options.dmd(options.delays.least(), options.rank.0);
    let found: Vec<Result<DelayEvidence, Error>> = recordings
        .par_iter()
        .map(|recording| {
            let found = DelayEvidence::of(&recording.trials, &dmd, rule);
            progress.step();
            found
        })
        .collect();
    progress.finish();
    let mut answers: Vec<usize> = found.iter().flatten().map(|found| found.delays).collect();
    answers.sort_unstable();
    let middle = answers.get(answers.len().saturating_sub(1) / 2).copied();
    let refused = found.iter().find_map(|found| found.as_ref().err().copied());
    for (evidence, found) in evidence.iter_mut().zip(found) {
        evidence.delays = Some(found);
    }
    middle.map(Delays::ByRule).ok_or_else(|| no_answer(evidence, "delays", refused))
}

/// The rank that all recordings share, if the rule for it reads samples.
fn choose_rank(
    options: &ModelArguments,
    delays: usize,
    recordings: &[&Checked<'_>],
    evidence: &mut [Evidence],
) -> Result<Option<CommonRank>, Problem> {
    if !reads_samples(options.rank.0) {
        return Ok(None);
    }
    let progress = Progress::new("choosing the rank", recordings.len());
    let dmd = options.dmd(delays, options.rank.0);
    let found: Vec<Result<RankEvidence, Error>> = recordings
        .par_iter()
        .map(|recording| {
            let found = RankEvidence::of(&recording.trials, &dmd);
            progress.step();
            found
        })
        .collect();
    progress.finish();
    for (evidence, found) in evidence.iter_mut().zip(found) {
        evidence.rank = Some(found);
    }
    let answer = |evidence: &Evidence| evidence.rank.as_ref()?.as_ref().ok()?.rank.ok();
    let answers: Vec<usize> = evidence.iter().filter_map(answer).collect();
    CommonRank::of(&answers).map(Some).map_err(|error| {
        match evidence.iter().find_map(Evidence::refusal) {
            Some(refused) => no_answer(evidence, "rank", Some(refused)),
            None => Problem::new(error),
        }
    })
}

/// The refusal of a run in which a rule has no answer for any recording.
fn no_answer(evidence: &[Evidence], what: &str, first: Option<Error>) -> Problem {
    let error = first.unwrap_or(Error::Empty);
    if let [one] = evidence {
        return Problem::about(Path::new(&one.file), error);
    }
    without_vote(evidence).iter().for_each(note);
    let refusals = || evidence.iter().filter_map(Evidence::refusal);
    if refusals().count() > 0 && refusals().all(|error| error == Error::Unpredictable) {
        return Problem::new(format!("no dynamics to compare: {error}"));
    }
    Problem::new(format!("no recording tells the {what}, the first because {error}"))
}

/// A sentence for each recording and rule that has no answer.
fn without_vote(evidence: &[Evidence]) -> Vec<String> {
    let mut notes = Vec::new();
    for evidence in evidence {
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
