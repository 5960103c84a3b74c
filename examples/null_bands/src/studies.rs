//! How often bands and intervals are right.

use crate::families::{Family, Length};
use crate::pairs::{PairDistances, compare, true_distances};
use dynamical_similarity::statistics::{Interval, NullBand};
use dynamical_similarity::{Error, Measure};
use rayon::prelude::*;

/// Of how many pairs a number is, and the number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Share {
    /// Pairs for which it holds.
    pub hits: usize,
    /// Pairs in all.
    pub of: usize,
}

impl Share {
    fn add(&mut self, hit: bool) {
        self.hits += usize::from(hit);
        self.of += 1;
    }

    /// The share; NaN of none.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.hits as f64 / self.of as f64
    }
}

/// How many pairs are drawn, and how they are compared.
#[derive(Clone, Copy, Debug)]
pub struct Study<'a> {
    /// Pairs of recordings; for coverage pairs of systems, of which each gives ten.
    pub pairs: u64,
    /// Draws of each recording.
    pub draws: usize,
    /// Samples of a recording that stands for its system.
    pub very_long: usize,
    /// The measures.
    pub measures: &'a [Measure],
}

/// How often p <= .05.
#[derive(Clone, Debug, Default)]
pub struct Positives {
    /// For each measure.
    pub positive: Vec<Share>,
    /// Pairs of which a recording could not be cut into enough blocks.
    pub refused: usize,
}

/// Pairs of one system, or of one and another that is `faster` times as fast.
///
/// # Errors
/// The first error of a pair.
pub fn positives(
    family: Family,
    length: Length,
    faster: f64,
    study: &Study<'_>,
) -> Result<Positives, Error> {
    let found: Result<Vec<Option<Vec<bool>>>, Error> = (0..study.pairs)
        .into_par_iter()
        .map(|seed| {
            let pair = family.pair(seed, faster, length);
            let found = compare(&pair, family.rank(), study.draws, study.measures)?;
            let is_positive = |distances: PairDistances| {
                let [first, second] = &distances.within;
                Ok(NullBand::of(&[first, second])?.test(distances.distance)?.p <= 0.05)
            };
            let positive = found.map(|found| found.into_iter().map(is_positive).collect());
            positive.transpose()
        })
        .collect();
    let positive = vec![Share::default(); study.measures.len()];
    let mut positives = Positives { positive, refused: 0 };
    for found in found? {
        match found {
            None => positives.refused += 1,
            Some(found) => {
                positives.positive.iter_mut().zip(found).for_each(|(share, x)| share.add(x));
            }
        }
    }
    Ok(positives)
}

/// How often intervals of 90 % hold the distance of the two systems.
#[derive(Clone, Copy, Debug, Default)]
pub struct Coverage {
    /// [`Interval`].
    pub inside: Share,
    /// How often it is below that.
    pub below: Share,
    /// Between percentiles of the draws, for comparison.
    pub inside_percentiles: Share,
    /// The basic interval, 2 d less percentiles, for comparison.
    pub inside_basic: Share,
}

/// Pairs of recordings of each pair of systems.
const REPEATS: u64 = 10;

/// Coverage of 90 % intervals, for each measure, by ten pairs of recordings of each of some systems and of another that
/// is `faster` times as fast; those whose true distance lies above the null band.
///
/// # Errors
/// The first error of a pair.
pub fn coverage(
    family: Family,
    length: Length,
    faster: f64,
    study: &Study<'_>,
) -> Result<Vec<Coverage>, Error> {
    let truth = |system| true_distances(family, system, faster, study.very_long, study.measures);
    let truth: Result<Vec<_>, Error> = (0..study.pairs).into_par_iter().map(truth).collect();
    let truth = truth?;
    let found: Result<Vec<_>, Error> = (0..study.pairs * REPEATS)
        .into_par_iter()
        .map(|at| {
            let (system, stream) = (at / REPEATS, 100 + 2 * (at % REPEATS));
            let pair = [(stream, 1.0), (stream + 1, faster)]
                .map(|(stream, faster)| family.record(system, stream, faster, length));
            Ok((system, compare(&pair, family.rank(), study.draws, study.measures)?))
        })
        .collect();
    let mut coverage = vec![Coverage::default(); study.measures.len()];
    for (system, distances) in found? {
        let measures = coverage.iter_mut().zip(&truth[system as usize]);
        for ((coverage, truth), pair) in measures.zip(distances.iter().flatten()) {
            let [first, second] = &pair.within;
            if *truth <= NullBand::of(&[first, second])?.quantile(0.95) {
                continue;
            }
            let interval = Interval::of(pair.distance, &pair.between, 0.9)?;
            coverage.inside.add(interval.lower <= *truth && *truth <= interval.upper);
            coverage.below.add(*truth < interval.lower);
            let (low, high) = percentiles(&pair.between);
            let is_between = |low, high| low <= *truth && *truth <= high;
            coverage.inside_percentiles.add(is_between(low, high));
            let twice = 2.0 * pair.distance;
            coverage.inside_basic.add(is_between(twice - high, twice - low));
        }
    }
    Ok(coverage)
}

/// The 5th and the 95th percentile.
fn percentiles(draws: &[f64]) -> (f64, f64) {
    let mut sorted = draws.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| sorted[(share * (sorted.len() - 1) as f64).round() as usize];
    (at(0.05), at(0.95))
}
