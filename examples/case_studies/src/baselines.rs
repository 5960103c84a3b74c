//! What geometry alone sees: Procrustes on states, Procrustes on delay embeddings, linear CKA, SVCCA.
//!
//! All are the library's [`Baseline`]s, of samples that belong to the same time: angles for Procrustes and
//! CKA, 1 - mean canonical correlation of the components that hold 99 % of the variance for SVCCA.

use crate::population::trials;
use crate::scores::Distances;
use dsa::problem::Problem;
use dsa::show::progress::Progress;
use dynamical_similarity::{Baseline, BaselineMatrix, Recording};
use systems::Simulated;

/// Names, in the order of [`among`]'s matrices.
pub const NAMES: [&str; 4] =
    ["Procrustes on states", "Procrustes on delay embeddings", "linear CKA angle", "SVCCA"];
/// Rows of a delay embedding that are used at most: every so many, the same in every recording. Study A has
/// eight times as many, and the time of a pair grows with them.
const MOST_ROWS: usize = 1500;

/// The states of one system, ready for comparison.
#[derive(Debug)]
pub struct States {
    states: Simulated,
    /// Rows of the delay embedding, as one trial with a channel for each entry.
    embedded: Simulated,
}

impl States {
    /// `delays` samples of `interval` apart make a row of the embedding.
    ///
    /// # Errors
    /// The library's words about samples that make no recording.
    pub fn new(made: &Simulated, delays: usize, interval: usize) -> Result<Self, Problem> {
        trials(made)?;
        Ok(Self { states: made.clone(), embedded: embed(made, delays, interval) })
    }

    /// The angle between the states after the best rotation.
    ///
    /// # Errors
    /// The library's words.
    pub fn procrustes(&self, other: &Self) -> Result<f64, Problem> {
        let (own, other) = (trials(&self.states)?, trials(&other.states)?);
        let found = Baseline::procrustes().compare(&own, &other).map_err(Problem::new)?;
        Ok(found.distance())
    }
}

/// Delay rows of every trial, newest sample first.
fn embed(made: &Simulated, delays: usize, interval: usize) -> Simulated {
    let before = (delays - 1) * interval;
    let rows = made.trials * made.samples.saturating_sub(before);
    let every = rows.div_ceil(MOST_ROWS).max(1);
    let trials = made.data.chunks(made.samples * made.channels);
    let data: Vec<f64> = trials
        .flat_map(|trial| (before..made.samples).map(move |t| (trial, t)))
        .step_by(every)
        .flat_map(|(trial, t)| {
            (0..delays).flat_map(move |k| {
                let at = (t - k * interval) * made.channels;
                trial[at..at + made.channels].iter().copied()
            })
        })
        .collect();
    let channels = made.channels * delays;
    Simulated { trials: 1, samples: data.len() / channels.max(1), channels, data }
}

/// The matrices of [`NAMES`] among systems.
///
/// # Errors
/// The library's words, with the two systems.
pub fn among(systems: &[&States]) -> Result<Vec<Distances>, Problem> {
    let of = |select: fn(&States) -> &Simulated| {
        let each = systems.iter().map(|system| trials(select(system)));
        each.collect::<Result<Vec<_>, _>>()
    };
    let (states, embedded) = (of(|system| &system.states)?, of(|system| &system.embedded)?);
    let pairs = systems.len() * systems.len().saturating_sub(1) / 2;
    let progress = Progress::new("comparing states", NAMES.len() * pairs);
    let measured = |recordings: &[Vec<Recording<'_, f64>>], baseline, name| {
        let matrix =
            BaselineMatrix::among(recordings, &baseline, Some(&mut |_| progress.step_on()));
        Ok(Distances::new(name, matrix.map_err(Problem::new)?.distances().to_vec()))
    };
    let [on_states, on_embeddings, cka, svcca] = NAMES;
    let found = [
        measured(&states, Baseline::procrustes(), on_states)?,
        measured(&embedded, Baseline::procrustes(), on_embeddings)?,
        measured(&states, Baseline::cka(), cka)?,
        measured(&states, Baseline::svcca(), svcca)?,
    ];
    progress.finish();
    Ok(found.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use systems::Random;

    #[test]
    fn a_turned_and_scaled_copy_is_at_distance_zero_and_noise_is_not() {
        let mut random = Random::new(1, 0);
        let made =
            |data: Vec<f64>| Simulated { trials: 2, samples: data.len() / 4, channels: 2, data };
        let data = random.normals(400);
        let (c, s) = (0.6, 0.8);
        let turned = data
            .chunks(2)
            .flat_map(|x| [3.0 * (c * x[0] - s * x[1]) + 1.0, 3.0 * (s * x[0] + c * x[1])]);
        let other = made(random.normals(400));
        let systems = [made(data.clone()), made(turned.collect()), other]
            .map(|made| States::new(&made, 3, 2).unwrap());
        for matrix in among(&systems.each_ref()).unwrap() {
            assert!(matrix.values[1] < 1e-6, "{}: {}", matrix.measure, matrix.values[1]);
            assert!(matrix.values[2] > 0.5, "{}: {}", matrix.measure, matrix.values[2]);
        }
    }
}
