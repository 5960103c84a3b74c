//! What it takes to read the distances of a single fit: halves of recordings, and resamples.

use super::halves::{Fitted, HalvesFound};
use super::places::Place;
use super::plan::Plan;
use super::recordings::{Sides, compared_operator};
use super::resamples::{Draws, Resampled};
use super::work::{Stage, Work};
use crate::commands::recording::{Lend, Source};
use crate::problem::Problem;
use dynamical_similarity::{BlockMoments, Blocks, DistanceMatrix, Error, Mat, pair_distances};

/// The halves of all recordings, fitted at the rank of the whole.
pub(super) fn halves(
    plan: &Plan<'_>,
    sides: &Sides<'_>,
    work: &mut Work,
) -> Result<HalvesFound, Problem> {
    let fitted = fitted_halves(plan, sides);
    let matrix = work.matrix(&stage(plan, sides, &fitted))?;
    let distances = matrix.map(|found| found.map_or(Vec::new(), |of| of.distances().to_vec()));
    Ok(fitted.found(distances))
}

/// A block of the pairs of halves.
pub(super) fn block_of_halves(
    plan: &Plan<'_>,
    sides: &Sides<'_>,
    work: &mut Work,
) -> Result<(), Problem> {
    work.try_block(&stage(plan, sides, &fitted_halves(plan, sides)))
}

fn fitted_halves(plan: &Plan<'_>, sides: &Sides<'_>) -> Fitted<Mat<f64>> {
    let sources: Vec<&Source<'_>> = sides.all().map(|entry| &entry.source).collect();
    let rank = sides.all().map(|entry| entry.model.rank).min().unwrap_or(0);
    let dmd = plan.fit.at_rank(rank).dmd();
    Fitted::of(&sources, &sides.all_labels(), dmd.span(), |half| {
        let model = dmd.fit(half).map_err(Problem::new)?;
        compared_operator(&model, half, plan.cleaned)
    })
}

/// The comparison of all halves.
fn stage<'f>(plan: &Plan<'_>, sides: &Sides<'_>, fitted: &'f Fitted<Mat<f64>>) -> Stage<'f> {
    let halves = [0, 1].into_iter();
    let numbers = halves.flat_map(|half| fitted.numbers.iter().map(move |at| 2 * at + half));
    Stage {
        name: "halves".to_owned(),
        all: sides.places_of_halves(),
        numbers: numbers.collect(),
        operators: fitted.all.iter().map(Mat::as_ref).collect(),
        rows: fitted.all.len(),
        measure: plan.unproved,
    }
}

/// The null bands and intervals of all pairs, at the rank of the whole recordings.
pub(super) fn resampled(
    count: usize,
    plan: &Plan<'_>,
    sides: &Sides<'_>,
    matrix: &DistanceMatrix<f64>,
) -> Resampled {
    let sources: Vec<&Source<'_>> = sides.all().map(|entry| &entry.source).collect();
    let rank = sides.all().map(|entry| entry.model.rank).min().unwrap_or(0);
    let dmd = plan.fit.at_rank(rank).dmd();
    let (seed, draws) = (plan.options.groups.seed, 0..2 * count as u64);
    let draws = Draws::of(&sources, count, |_, source| {
        let found = source.lend(|recording| {
            let blocks = Blocks::of(&recording.trials, dmd.span())?;
            BlockMoments::of(&blocks, &dmd, rank)?.draws(seed, draws.clone(), &[rank])
        })?;
        let found = found.map_err(|error: Error| Problem::about(source.file, error))?;
        Ok(found.into_iter().flatten().collect())
    });
    let distance = |place: Place| matrix.distance(place.row, place.column);
    let distances: Vec<f64> = sides.pairs().map(distance).collect();
    draws.tested(sides.places(), &distances, |operators: &[&Mat<f64>], pairs| {
        pair_distances(operators, pairs, &plan.unproved, None)
    })
}
