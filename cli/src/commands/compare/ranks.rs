//! One rank for all recordings of a comparison, and the result at the ranks next to it.

use super::plan::Plan;
use super::recordings::{Entry, Refusal, Sides, refusal};
use crate::classes::Separation;
use crate::commands::choice::{Choice, reads_samples};
use crate::commands::is_rule;
use crate::output;
use crate::problem::Problem;
use crate::show::table::number;
use dynamical_similarity::{DistanceMatrix, MatRef, Model, UnequalRanks};
use rayon::prelude::*;
use serde_json::{Value, json};

/// Fits all recordings again at one rank, after a rule has given each a rank of its own: the smallest of these ranks, but
/// at least 2. Unequal ranks stay where the distance can handle them.
pub(super) fn use_one_rank(plan: &Plan<'_>, sides: &mut Sides<'_>, refused: &mut Vec<Refusal>) {
    let rank = plan.options.model.rank;
    if reads_samples(rank.0) {
        return;
    }
    let ranks = || sides.all().map(|entry| entry.model.rank());
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
        let fitted: Vec<Result<Model<f64>, Problem>> =
            entries.par_iter().map(|entry| entry.recording.fit(dmd)).collect();
        let old = std::mem::take(entries);
        for (entry, model) in old.into_iter().zip(fitted) {
            match model {
                Ok(model) => entries.push(Entry { model, ..entry }),
                Err(problem) => refused.push(refusal(entry.recording.file, &problem)),
            }
        }
    }
}

/// The result at the rank that a rule chose, between those at the ranks below and above it; nothing where the rank was
/// typed.
pub(super) fn at_neighbouring_ranks(
    plan: &Plan<'_>,
    choice: &Choice<'_>,
    sides: &Sides<'_>,
    classes: Option<&[String]>,
    chosen: Summary,
) -> Vec<AtRank> {
    let Some(study) = choice.study() else { return Vec::new() };
    let fitted = |rank: usize| AtRank { rank, found: at_rank(plan, sides, classes, rank) };
    let left_out = AtRank {
        rank: 1,
        found: Err("left out, because an angle between operators of rank 1 is 0 or pi".to_owned()),
    };
    let below = study.below().map_or(left_out, fitted);
    let above = fitted(study.above());
    let mut ranks = vec![below, above, AtRank { rank: study.rank, found: Ok(chosen) }];
    ranks.sort_by_key(|at| at.rank);
    ranks
}

fn at_rank(
    plan: &Plan<'_>,
    sides: &Sides<'_>,
    classes: Option<&[String]>,
    rank: usize,
) -> Result<Summary, String> {
    let dmd = plan.fit.at_rank(rank).dmd();
    let fit = |entries: &[Entry<'_>]| -> Result<Vec<Model<f64>>, String> {
        let fit = |entry: &Entry<'_>| entry.recording.fit(dmd).map_err(|error| error.to_string());
        entries.par_iter().map(fit).collect()
    };
    let (rows, columns) = (fit(&sides.rows)?, fit(&sides.columns)?);
    let left: Vec<MatRef<'_, f64>> = rows.iter().map(Model::operator).collect();
    let right: Vec<MatRef<'_, f64>> = columns.iter().map(Model::operator).collect();
    let matrix = sides.matrix(&left, &right, plan, None).map_err(|error| error.to_string())?;
    let separation = classes.and_then(|classes| Separation::of(classes, matrix.distances()));
    Ok(Summary::of(counted(&matrix, sides.alone), separation))
}

/// The distances of a matrix, without the diagonal of a square one.
pub(super) fn counted(
    matrix: &DistanceMatrix<f64>,
    alone: bool,
) -> impl Iterator<Item = f64> + Clone {
    let cols = matrix.cols();
    let all = matrix.distances().iter().enumerate();
    all.filter(move |(at, _)| !alone || at / cols != at % cols).map(|(_, distance)| *distance)
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
