//! Reliability over the grid of a sweep: under which settings are recordings repeatable?

use super::recording::Checked;
use crate::arguments::{ModelArguments, RangeArgument};
use crate::show::drawing::Drawing;
use crate::show::picture;
use crate::show::progress::Progress;
use dynamical_similarity::statistics::{Distances, reliability};
use dynamical_similarity::{DistanceMatrix, Error, Halves, Measure, Rank, Wasserstein};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What to make of reliability, which is said beside it.
pub(super) const MEANING: &str = "Reliability says how often a half of a recording is nearer to its own other half than to a half of another recording (chance 0.5; Wasserstein distances). It rules out settings under which nothing is repeatable. It does not know your question: a setting that sees where the electrodes were is reliable, too.";

/// Reliability for numbers of delays and ranks; where a half cannot be fitted, there is none.
pub(super) struct Grid {
    values: BTreeMap<Setting, f64>,
}

/// A cell of the grid.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Setting {
    delays: usize,
    rank: usize,
}

impl Grid {
    /// Over all halves of the recordings; empty for a single recording.
    pub(super) fn of(
        recordings: &[Checked<'_>],
        model: &ModelArguments,
        delays: RangeArgument,
        ranks: RangeArgument,
    ) -> Self {
        if recordings.len() < 2 {
            return Self { values: BTreeMap::new() };
        }
        let delays: Vec<usize> = delays.numbers().collect();
        let ranks: Vec<usize> = ranks.numbers().collect();
        let progress = Progress::new("comparing halves", delays.len());
        let of = |delays: &usize| -> Vec<(Setting, f64)> {
            let found = with_delays(recordings, model, *delays, &ranks).unwrap_or_default();
            progress.step();
            let cells = ranks.iter().zip(found);
            cells
                .filter_map(|(rank, r)| Some((Setting { delays: *delays, rank: *rank }, r?)))
                .collect()
        };
        let values: Vec<Vec<(Setting, f64)>> = delays.par_iter().map(of).collect();
        progress.finish();
        Self { values: values.into_iter().flatten().collect() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(super) fn at(&self, delays: usize, rank: usize) -> Option<f64> {
        self.values.get(&Setting { delays, rank }).copied()
    }

    pub(super) fn report(&self) -> Value {
        let cell = |(setting, value): (&Setting, &f64)| json!({ "delays": setting.delays, "rank": setting.rank, "reliability": value });
        self.values.iter().map(cell).collect()
    }

    /// Ranks upwards and delays to the right.
    pub(super) fn picture(&self, delays: RangeArgument, ranks: RangeArgument) -> Drawing {
        let delays: Vec<usize> = delays.numbers().collect();
        let mut ranks: Vec<usize> = ranks.numbers().collect();
        ranks.reverse();
        let names =
            |numbers: &[usize]| -> Vec<String> { numbers.iter().map(usize::to_string).collect() };
        picture::grid(
            "Reliability between halves of recordings",
            picture::AxisNames { x: "delays", y: "rank" },
            &names(&ranks),
            &names(&delays),
            |i, j| self.at(delays[j], ranks[i]).unwrap_or(0.5),
            "chance is 0.5, which is also the colour of settings that could not be fitted",
            None,
        )
    }
}

/// The reliability at every rank that all halves reach.
fn with_delays(
    recordings: &[Checked<'_>],
    model: &ModelArguments,
    delays: usize,
    ranks: &[usize],
) -> Result<Vec<Option<f64>>, Error> {
    let dmd = model.dmd(delays, Rank::Full);
    let (mut firsts, mut seconds) = (Vec::new(), Vec::new());
    for recording in recordings {
        let width = delays.saturating_mul(recording.samples.channels);
        let ranks: Vec<usize> = ranks.iter().copied().filter(|rank| *rank <= width).collect();
        let halves = Halves::of(&recording.trials, dmd.span())?;
        firsts.push(dmd.fit_ranks(halves.first(), &ranks)?);
        seconds.push(dmd.fit_ranks(halves.second(), &ranks)?);
    }
    let of_rank = |at: usize| -> Option<f64> {
        let of_halves = firsts.iter().chain(&seconds);
        let halves: Option<Vec<_>> =
            of_halves.map(|models| Some(models.get(at)?.as_ref().ok()?.operator())).collect();
        let halves = halves?;
        let measure = Measure::Wasserstein(Wasserstein::new());
        let matrix = DistanceMatrix::among(&halves, &measure, None).ok()?;
        let distances = Distances::new(matrix.distances(), halves.len()).ok()?;
        reliability(&distances).ok().map(|found| found.discriminability)
    };
    Ok((0..ranks.len()).map(of_rank).collect())
}
