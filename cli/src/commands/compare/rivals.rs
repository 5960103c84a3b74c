//! Null bands and intervals of distances between log spectra, beside those between operators.

use super::places::Places;
use super::resamples::{Draws, Resampled};
use crate::arguments::{BaselineArgument, Compare};
use crate::commands::baselines::{self, Found};
use crate::commands::recording::Lend;
use crate::problem::Problem;
use dynamical_similarity::{Blocks, Error, features};

/// The null bands of the log spectra, if they were compared and resamples are wanted.
pub(super) fn resampled(
    compared: &baselines::Recordings<'_, '_, '_>,
    found: &[Found],
    options: &Compare,
) -> Option<Resampled> {
    let count = options.resamples? as usize;
    let name = BaselineArgument::LogSpectrum.name();
    let distances = found.iter().find(|one| one.name() == name)?.distances()?;
    let places = Places::new(compared.rows.len(), compared.columns.map(<[_]>::len));
    let columns = compared.columns.unwrap_or(compared.rows).len();
    let sources: Vec<_> =
        compared.rows.iter().chain(compared.columns.unwrap_or_default()).copied().collect();
    let segment = features::segment(sources.iter().map(|source| source.shortest).min()?);
    let (seed, draws) = (options.groups.seed, 0..2 * count as u64);
    let draws = Draws::of(&sources, count, |_, source| {
        let found = source.lend(|recording| {
            // Ten such spans hold a segment.
            let blocks = Blocks::of(&recording.trials, segment.div_ceil(10))?;
            features::log_spectrum_draws(&blocks, segment, seed, draws.clone())
        })?;
        found.map_err(|error: Error| Problem::about(source.file, error))
    });
    let of_pairs: Vec<f64> =
        places.pairs().map(|place| distances[place.row * columns + place.column]).collect();
    Some(draws.tested(places, &of_pairs, |features: &[&Vec<f64>], pairs| {
        pairs.iter().map(|(i, j)| features::distance(features[*i], features[*j])).collect()
    }))
}
