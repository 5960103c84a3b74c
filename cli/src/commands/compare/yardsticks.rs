//! What it takes to read the distances of a single fit: halves of recordings, and resamples.

use super::halves::{Fitted, HalvesFound};
use super::places::Place;
use super::plan::Plan;
use super::recordings::Sides;
use super::resamples::{Draws, Resampled};
use crate::commands::recording::{Lend, Source};
use crate::problem::Problem;
use dynamical_similarity::{BlockMoments, Blocks, DistanceMatrix, Error, Mat, pair_distances};

/// The halves of all recordings, fitted at the rank of the whole.
pub(super) fn halves(plan: &Plan<'_>, sides: &Sides<'_>) -> HalvesFound {
    let sources: Vec<&Source<'_>> = sides.all().map(|entry| &entry.source).collect();
    let rank = sides.all().map(|entry| entry.model.rank).min().unwrap_or(0);
    let dmd = plan.fit.at_rank(rank).dmd();
    let fitted = Fitted::of(&sources, &sides.all_labels(), dmd.span(), |half| dmd.fit(half));
    let distances = DistanceMatrix::among(&fitted.all, &plan.unproved, None);
    fitted.found(distances.map(|matrix| matrix.distances().to_vec()))
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
