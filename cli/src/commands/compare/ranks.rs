//! One rank for all recordings of a comparison, and the result at the ranks next to it.

use super::plan::Plan;
use super::recordings::{Entry, Fitted, Refusal, Sides, refusal};
use super::work::{Stage, Work};
use crate::classes::Separation;
use crate::commands::choice::reads_samples;
use crate::commands::is_rule;
use crate::commands::recording::Lend;
use crate::output;
use crate::problem::Problem;
use crate::show::table::number;
use crate::statistics::of_pairs;
use dynamical_similarity::{MatRef, Rank, UnequalRanks};
use rayon::prelude::*;
use serde_json::{Value, json};

/// Fits all recordings again at one rank, after a rule has given each a rank of its own: the smallest of these ranks, but
/// at least 2. Unequal ranks stay where the distance can handle them.
pub(super) fn use_one_rank(plan: &Plan<'_>, sides: &mut Sides<'_>, refused: &mut Vec<Refusal>) {
    let rank = plan.options.model.rank();
    if reads_samples(rank.0) {
        return;
    }
    let ranks = || sides.all().map(|entry| entry.model.rank);
    let (smallest, largest) = (ranks().min().unwrap_or(0), ranks().max().unwrap_or(0));
    if smallest == largest || plan.unequal_ranks != UnequalRanks::Error {
        return;
    }
    let common = smallest.max(2);
    if is_rule(rank.0) {
        output::note(format_args!(
            "--rank {} gives ranks from {smallest} to {largest}; all recordings are compared at rank {common}",
            rank.name()
        ));
    }
    let dmd = plan.fit.at_rank(common).dmd();
    for entries in [&mut sides.rows, &mut sides.columns] {
        let fit = |entry: &Entry<'_>| {
            entry.source.lend(|recording| {
                recording.fit(dmd).and_then(|model| Fitted::of(&model, recording, plan))
            })?
        };
        let fitted: Vec<Result<Fitted, Problem>> = entries.par_iter().map(fit).collect();
        let old = std::mem::take(entries);
        for (entry, model) in old.into_iter().zip(fitted) {
            match model {
                Ok(model) => entries.push(Entry { model, ..entry }),
                Err(problem) => refused.push(refusal(entry.source.file, &problem)),
            }
        }
    }
}

/// The result at the rank that was typed or that a rule chose, between those at the ranks below and above it; nothing where
/// the rank follows from each spectrum.
pub(super) fn at_neighbouring_ranks(
    plan: &Plan<'_>,
    sides: &Sides<'_>,
    work: &mut Work,
    classes: Option<&[String]>,
    chosen: Summary,
) -> Result<Vec<AtRank>, Problem> {
    let (Rank::Fixed(rank), false) = (plan.fit.rank, plan.neighbours.is_empty()) else {
        return Ok(Vec::new());
    };
    let mut ranks = Vec::new();
    for rank in plan.neighbours.iter().copied() {
        ranks.push(AtRank { rank, found: at_rank(plan, sides, work, classes, rank)? });
    }
    if rank == 2 {
        let why = "left out, because an angle between operators of rank 1 is 0 or pi";
        ranks.push(AtRank { rank: 1, found: Err(why.to_owned()) });
    }
    ranks.push(AtRank { rank, found: Ok(chosen) });
    ranks.sort_by_key(|at| at.rank);
    Ok(ranks)
}

fn at_rank(
    plan: &Plan<'_>,
    sides: &Sides<'_>,
    work: &mut Work,
    classes: Option<&[String]>,
    rank: usize,
) -> Result<Result<Summary, String>, Problem> {
    let found = match stage(plan, sides, rank) {
        Ok(stage) => work.matrix(&stage)?.map_err(|error| error.to_string()),
        Err(why) => Err(why),
    };
    Ok(found.and_then(|matrix| {
        let matrix = matrix.ok_or("only a block of its pairs is computed")?;
        let separation = classes.and_then(|classes| Separation::of(classes, matrix.distances()));
        Ok(Summary::of(of_pairs(matrix.distances(), matrix.cols(), sides.alone), separation))
    }))
}

/// The comparison at a neighbouring rank, or why there is none.
fn stage<'s>(plan: &Plan<'_>, sides: &'s Sides<'_>, rank: usize) -> Result<Stage<'s>, String> {
    let at = plan.neighbours.iter().position(|neighbour| *neighbour == rank).unwrap_or(0);
    let operators = |entries| operators_next_to(entries, at);
    let (rows, columns) = (operators(&sides.rows)?, operators(&sides.columns)?);
    Ok(sides.stage(format!("rank {rank}"), rows, columns, plan.unproved))
}

/// A block of the pairs at the neighbouring ranks. Whoever merges the blocks finds out why a rank has none.
pub(super) fn block_at_neighbouring_ranks(
    plan: &Plan<'_>,
    sides: &Sides<'_>,
    work: &mut Work,
) -> Result<(), Problem> {
    if !matches!(plan.fit.rank, Rank::Fixed(_)) {
        return Ok(());
    }
    for rank in plan.neighbours.iter().copied() {
        if let Ok(stage) = stage(plan, sides, rank) {
            work.try_block(&stage)?;
        }
    }
    Ok(())
}

/// The operators of all recordings at a rank next to the chosen one, or why one of them has none.
fn operators_next_to<'a>(
    entries: &'a [Entry<'_>],
    at: usize,
) -> Result<Vec<MatRef<'a, f64>>, String> {
    let of = |entry: &'a Entry<'_>| match entry.neighbours.get(at) {
        Some(Ok(operator)) => Ok(operator.as_ref()),
        Some(Err(problem)) => Err(problem.to_string()),
        None => Err(format!("{}: there is no fit at this rank", entry.source.file.display())),
    };
    entries.iter().map(of).collect()
}

/// What a comparison shows at one rank.
pub(super) struct AtRank {
    pub(super) rank: usize,
    /// A summary of the distances, or why there are none.
    pub(super) found: Result<Summary, String>,
}

/// A summary of distances.
pub(super) struct Summary {
    pub(super) mean: f64,
    pub(super) smallest: f64,
    pub(super) largest: f64,
    pub(super) separation: Option<Separation>,
}

impl Summary {
    /// Summarises the entries of a matrix, without the diagonal of a square one.
    pub(super) fn of(
        distances: impl Iterator<Item = f64> + Clone,
        separation: Option<Separation>,
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
                        "; mean within classes {}, between classes {}; nearest neighbour in the own class for {} of {}",
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

    /// The result for a report.
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
