//! Populations of systems: made and fitted one after the other, compared all with all.

use crate::baselines::States;
use crate::scores::Distances;
use dsa::problem::Problem;
use dsa::show::progress::Progress;
use dynamical_similarity::{
    Centre, DistanceMatrix, Dmd, Error, LatentEvidence, MatRef, Measure, Model, Procrustes, Rank,
    Recording, UnequalRanks, Wasserstein,
};
use rayon::prelude::*;
use std::time::{Duration, Instant};
use systems::Simulated;

/// Settings of a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// Samples of a window.
    pub delays: usize,
    /// Directions that are kept.
    pub rank: Rank,
}

impl Fit {
    /// A fixed rank.
    pub const fn rank(delays: usize, rank: usize) -> Self {
        Self { delays, rank: Rank::Fixed(rank) }
    }

    /// Fits all trials of a system. Where the recording has fewer directions than the rank, to working
    /// precision, the operator has that many; comparisons pad it with zeros.
    ///
    /// # Errors
    /// The library's words.
    pub fn of(&self, made: &Simulated) -> Result<Model<f64>, Problem> {
        let trials = trials(made)?;
        // The recipe of the paper: dsa-metric subtracts nothing.
        let mut dmd = Dmd::new().delays(self.delays).rank(self.rank).centre(Centre::None);
        let mut least = usize::MAX;
        loop {
            match dmd.fit(&trials) {
                Err(Error::RankTooLarge { available, .. }) if (1..least).contains(&available) => {
                    least = available;
                    dmd = dmd.rank(Rank::Fixed(available));
                }
                found => return found.map_err(Problem::new),
            }
        }
    }
}

/// Its trials, borrowed.
///
/// # Errors
/// The library's words.
pub fn trials(made: &Simulated) -> Result<Vec<Recording<'_, f64>>, Problem> {
    let trials = made.data.chunks(made.samples * made.channels);
    let trials = trials.map(|trial| Recording::new(trial, made.channels));
    trials.collect::<Result<_, _>>().map_err(Problem::new)
}

/// The latent rank of a recording, by the rule.
///
/// # Errors
/// The library's words.
pub fn latent_rank(made: &Simulated, delays: usize) -> Result<usize, Problem> {
    let evidence = LatentEvidence::of(&trials(made)?, &Dmd::new().delays(delays));
    Ok(evidence.map_err(Problem::new)?.rank.number())
}

/// One system: a model for each fit, and its states.
#[derive(Debug)]
pub struct System {
    /// In the order of the fits.
    pub models: Vec<Model<f64>>,
    /// For the baselines.
    pub states: States,
}

/// Makes `count` systems on all cores; `make` gets the number of the system.
///
/// # Errors
/// That of the first system that has one.
pub fn made<T: Send>(
    what: &'static str,
    count: usize,
    make: impl Fn(usize) -> Result<T, Problem> + Sync,
) -> Result<Vec<T>, Problem> {
    let progress = Progress::new(what, count);
    let made = (0..count)
        .into_par_iter()
        .map(|k| {
            let made = make(k);
            progress.step();
            made
        })
        .collect();
    progress.finish();
    made
}

/// W2, W2 squared and angular distances among models.
///
/// # Errors
/// The library's words.
pub fn dynamical_distances(models: &[&Model<f64>]) -> Result<[Distances; 3], Problem> {
    let operators: Vec<MatRef<'_, f64>> = models.iter().map(|model| model.operator()).collect();
    let w2 = measured(
        &operators,
        &Measure::Wasserstein(Wasserstein::new().unequal_ranks(UnequalRanks::Pad)),
        "DSA W2",
    )?;
    let squared = w2.squared("DSA W2 squared");
    Ok([w2, squared, angular(&operators)?.0])
}

/// Angular distances among operators, and how long they took.
///
/// # Errors
/// The library's words.
pub fn angular(operators: &[MatRef<'_, f64>]) -> Result<(Distances, Duration), Problem> {
    let start = Instant::now();
    let measure = Measure::Procrustes(Procrustes::new().unequal_ranks(UnequalRanks::Pad));
    let found = measured(operators, &measure, "DSA angular")?;
    Ok((found, start.elapsed()))
}

fn measured(
    operators: &[MatRef<'_, f64>],
    measure: &Measure,
    name: &str,
) -> Result<Distances, Problem> {
    let pairs = operators.len() * operators.len().saturating_sub(1) / 2;
    let progress = Progress::new("comparing operators", pairs);
    let matrix = DistanceMatrix::among(operators, measure, Some(&mut |_| progress.step_on()));
    progress.finish();
    let matrix = matrix.map_err(Problem::new)?;
    let certified = Some(matrix.certified());
    Ok(Distances { measure: name.to_owned(), values: matrix.distances().to_vec(), certified })
}
