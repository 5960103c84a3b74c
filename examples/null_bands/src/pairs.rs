//! One pair of recordings: its distance, and the distances of its resamples.

use crate::families::{Family, Length, Made};
use dynamical_similarity::{
    BlockMoments, Blocks, Dmd, Error, Mat, Measure, Model, Procrustes, Rank, Recording,
    Wasserstein, pair_distances,
};

/// Delays of all fits.
pub const DELAYS: usize = 5;
/// Seed of all resamples.
const SEED: u64 = 1;

/// The names of the measures that are studied.
pub const NAMES: [&str; 2] = ["Wasserstein", "Procrustes"];

/// The measures that are studied.
#[must_use]
pub const fn measures() -> [Measure; 2] {
    [Measure::Wasserstein(Wasserstein::new()), Measure::Procrustes(Procrustes::new())]
}

/// The distances of a pair under one measure.
#[derive(Clone, Debug)]
pub struct PairDistances {
    /// Between the two recordings.
    pub distance: f64,
    /// Between two resamples of the first recording, and of the second.
    pub within: [Vec<f64>; 2],
    /// Between resamples of both.
    pub between: Vec<f64>,
}

/// The fit of a recording, and the operators of its resamples.
pub struct Resampled {
    /// The fit.
    pub whole: Model<f64>,
    /// Twice as many as there are draws.
    pub resamples: Vec<Mat<f64>>,
}

fn fit(made: &Made, dmd: &Dmd) -> Result<Model<f64>, Error> {
    dmd.fit(&recordings(made)?)
}

fn recordings(made: &Made) -> Result<Vec<Recording<'_, f64>>, Error> {
    made.trials.iter().map(|trial| Recording::new(trial, made.channels)).collect()
}

impl Resampled {
    /// Fits a recording and its resamples.
    ///
    /// # Errors
    /// Those of the fits, and of a recording that cannot be cut into enough blocks.
    pub fn of(made: &Made, dmd: &Dmd, rank: usize, draws: usize) -> Result<Self, Error> {
        let dmd = dmd.rank(Rank::Fixed(rank));
        let trials = recordings(made)?;
        let blocks = Blocks::of(&trials, dmd.span())?;
        let moments = BlockMoments::of(&blocks, &dmd, rank)?;
        let drawn = moments.draws(SEED, 0..2 * draws as u64, &[rank])?;
        Ok(Self { whole: dmd.fit(&trials)?, resamples: drawn.into_iter().flatten().collect() })
    }

    /// The distances between two resamples of this recording, drawn independently.
    ///
    /// # Errors
    /// Those of the distances.
    pub fn within(&self, measure: &Measure) -> Result<Vec<f64>, Error> {
        let half = self.resamples.len() / 2;
        let pairs: Vec<(usize, usize)> = (0..half).map(|k| (k, half + k)).collect();
        pair_distances(&self.resamples, &pairs, measure, None)
    }

    /// The distances between resamples of this recording and of another.
    ///
    /// # Errors
    /// Those of the distances.
    pub fn between(&self, other: &Self, measure: &Measure) -> Result<Vec<f64>, Error> {
        let half = self.resamples.len() / 2;
        let all: Vec<&Mat<f64>> =
            self.resamples[..half].iter().chain(&other.resamples[..half]).collect();
        let pairs: Vec<(usize, usize)> = (0..half).map(|k| (k, half + k)).collect();
        pair_distances(&all, &pairs, measure, None)
    }
}

/// The distances of two recordings under each measure; `None` if one cannot be cut into enough blocks.
///
/// # Errors
/// Those of fits and distances.
pub fn compare(
    pair: &[Made; 2],
    rank: usize,
    draws: usize,
    measures: &[Measure],
) -> Result<Option<Vec<PairDistances>>, Error> {
    let dmd = Dmd::new().delays(DELAYS);
    let both: Result<Vec<_>, _> =
        pair.iter().map(|made| Resampled::of(made, &dmd, rank, draws)).collect();
    let both = match both {
        Err(Error::TooFewBlocks { .. }) => return Ok(None),
        other => other?,
    };
    let [first, second] = &both[..] else { return Ok(None) };
    let of_measure = |measure: &Measure| {
        Ok(PairDistances {
            distance: pair_distances(&[&first.whole, &second.whole], &[(0, 1)], measure, None)?[0],
            within: [first.within(measure)?, second.within(measure)?],
            between: first.between(second, measure)?,
        })
    };
    measures.iter().map(of_measure).collect::<Result<_, _>>().map(Some)
}

/// The distances of the systems themselves under each measure: of very long recordings of both.
///
/// # Errors
/// Those of fits and distances.
pub fn true_distances(
    family: Family,
    seed: u64,
    faster: f64,
    samples: usize,
    measures: &[Measure],
) -> Result<Vec<f64>, Error> {
    let dmd = Dmd::new().delays(DELAYS).rank(Rank::Fixed(family.rank()));
    let very_long = Length { trials: 1, samples };
    let first = fit(&family.record(seed, 1, 1.0, very_long), &dmd)?;
    let second = fit(&family.record(seed, 2, faster, very_long), &dmd)?;
    let apart = |measure| Ok(pair_distances(&[&first, &second], &[(0, 1)], measure, None)?[0]);
    measures.iter().map(apart).collect()
}
