//! Rules for the delays and the rank: the answer for each recording, and one choice for all of them.

use super::recording::Lend;
use super::remarks::listed;
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

/// The answers of the rules for one recording.
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
    pub(super) fn of<L: Lend>(
        options: &'a ModelArguments,
        recordings: &[&L],
    ) -> Result<Self, Problem> {
        let empty = |recording: &&L| Evidence {
            file: recording.file().display().to_string(),
            delays: None,
            rank: None,
        };
        let mut evidence: Vec<Evidence> = recordings.iter().map(empty).collect();
        let delays = choose_delays(options, recordings, &mut evidence)?;
        let (Delays::Typed(count) | Delays::ByRule(count)) = delays;
        let rank = choose_rank(options, count, recordings, &mut evidence)?;
        Ok(Self { options, rule: rule_name(options.rank().0), evidence, delays, rank })
    }

    /// The plan that follows from the choice.
    pub(super) fn plan(&self) -> FitPlan<'a> {
        let (Delays::Typed(delays) | Delays::ByRule(delays)) = self.delays;
        let rank =
            self.rank.as_ref().map_or(self.options.rank().0, |found| Rank::Fixed(found.rank));
        FitPlan { options: self.options, delays, rank }
    }

    /// The shared rank, if a rule that reads samples chose it.
    pub(super) const fn study(&self) -> Option<&CommonRank> {
        self.rank.as_ref()
    }

    /// Sentences about the choice.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let recordings = self.evidence.len();
        if let Delays::ByRule(delays) = self.delays {
            let answers: Vec<usize> = self.delay_answers().collect();
            let (low, high) = (answers.iter().min(), answers.iter().max());
            notes.push(match &self.evidence[..] {
                [one] => format!("{}: the rule for the delays chose {delays}", text::line(&one.file)),
                _ => format!(
                    "{delays} delays for all recordings: the lower median of the choices for {} of {recordings} \
                     recordings ({} to {})",
                    answers.len(),
                    low.unwrap_or(&0),
                    high.unwrap_or(&0)
                ),
            });
        }
        if let Some(study) = &self.rank {
            notes.extend(self.about_rank(study));
            notes.extend(self.about_high_ranks());
        }
        notes.extend(without_vote(&self.evidence));
        notes
    }

    /// The rank, and where it comes from.
    fn about_rank(&self, study: &CommonRank) -> Option<String> {
        let (rank, rule) = (study.rank, self.rule);
        if let [one] = &self.evidence[..] {
            let answer = one.answer().filter(|answer| !self.is_not_reached(*answer))?;
            let least = if answer < rank { ", the least of a comparison" } else { "" };
            let file = text::line(&one.file);
            return Some(format!("{file}: the {rule} is {answer}; rank {rank}{least} is used"));
        }
        let counts: Vec<String> = study
            .histogram
            .iter()
            .map(|(rank, count)| {
                format!("{} in {}", self.answer(*rank), text::counted(*count, "recording"))
            })
            .collect();
        Some(format!(
            "rank {rank} for all recordings, the lower median of their {rule}s, but at least 2: {}",
            counts.join(", ")
        ))
    }

    /// A sentence about the recordings whose latent rank is above the largest that was tried.
    fn about_high_ranks(&self) -> Option<String> {
        let is_high =
            |evidence: &&Evidence| evidence.answer().is_some_and(|rank| self.is_not_reached(rank));
        let files: Vec<String> =
            self.evidence.iter().filter(is_high).map(|evidence| evidence.file.clone()).collect();
        if files.is_empty() {
            return None;
        }
        let (Delays::Typed(delays) | Delays::ByRule(delays)) = self.delays;
        let counted = LatentRank::NotReached.number();
        let use_of_it = match &self.evidence[..] {
            [_] => format!("rank {counted} is used"),
            _ => format!("it counts as {counted}"),
        };
        Some(format!(
            "the latent rank of {} is above {}, the largest that was tried with {delays} delays; {use_of_it}. Try fewer \
             delays or a longer interval.",
            listed(&files),
            counted - 1
        ))
    }

    fn is_not_reached(&self, rank: usize) -> bool {
        self.rule == "latent rank" && rank == LatentRank::NotReached.number()
    }

    /// An answer of the rule for the rank, in words.
    fn answer(&self, rank: usize) -> String {
        if self.is_not_reached(rank) { format!("above {}", rank - 1) } else { rank.to_string() }
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
fn choose_delays<L: Lend>(
    options: &ModelArguments,
    recordings: &[&L],
    evidence: &mut [Evidence],
) -> Result<Delays, Problem> {
    let rule = match options.delays() {
        DelaysArgument::Count(count) => return Ok(Delays::Typed(count)),
        DelaysArgument::Rule(rule) => rule,
    };
    let progress = Progress::new("choosing delays", recordings.len());
    let dmd = options.dmd(options.delays().least(), options.rank().0);
    let found: Result<Vec<Result<DelayEvidence, Error>>, Problem> = recordings
        .par_iter()
        .map(|recording| {
            let found = recording.lend(|lent| DelayEvidence::of(&lent.trials, &dmd, rule));
            progress.step();
            found
        })
        .collect();
    progress.finish();
    let found = found?;
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
fn choose_rank<L: Lend>(
    options: &ModelArguments,
    delays: usize,
    recordings: &[&L],
    evidence: &mut [Evidence],
) -> Result<Option<CommonRank>, Problem> {
    if !reads_samples(options.rank().0) {
        return Ok(None);
    }
    let progress = Progress::new("choosing the rank", recordings.len());
    let dmd = options.dmd(delays, options.rank().0);
    let found: Result<Vec<Result<RankEvidence, Error>>, Problem> = recordings
        .par_iter()
        .map(|recording| {
            let found = recording.lend(|lent| RankEvidence::of(&lent.trials, &dmd));
            progress.step();
            found
        })
        .collect();
    progress.finish();
    let found = found?;
    for (evidence, found) in evidence.iter_mut().zip(found) {
        evidence.rank = Some(found);
    }
    let answers: Vec<usize> = evidence.iter().filter_map(Evidence::answer).collect();
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
    Problem::new(format!(
        "the rule for the {what} has no answer for any recording; for the first one because {error}"
    ))
}

/// A sentence for each recording and rule that has no answer.
fn without_vote(evidence: &[Evidence]) -> Vec<String> {
    let mut notes = Vec::new();
    for evidence in evidence {
        let delays = evidence.delays.as_ref().and_then(|found| found.as_ref().err().copied());
        for (what, error) in [("delays", delays), ("rank", evidence.refusal())] {
            if let Some(error) = error {
                let file = text::line(&evidence.file);
                notes.push(format!("{file}: the rule for the {what} has no answer: {error}"));
            }
        }
    }
    notes
}

impl Evidence {
    /// The answer of the rule for the rank.
    fn answer(&self) -> Option<usize> {
        self.rank.as_ref()?.as_ref().ok()?.rank.ok()
    }

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
                if let Some(found) = &found.latent {
                    report["latent"] = result(found, |found: &LatentEvidence| json!(found));
                }
                if let Some(found) = &found.state_order {
                    report["state_order"] = result(found, |found: &StateOrder| json!(found));
                }
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
