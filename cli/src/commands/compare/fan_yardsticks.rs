//! What it takes to read the distances of a fan: halves of recordings, and resamples.

use super::fan::{Entry, Recordings};
use super::halves::{Fitted, HalvesFound};
use super::recordings::labels;
use super::resamples::{Draws, Resampled};
use crate::arguments::{Compare, SensorsArgument};
use crate::commands::recording::Source;
use crate::problem::Problem;
use dynamical_similarity::Measure;
use dynamical_similarity::fan::{FanMember, FanOperators, FanPlan, WindowFan};

/// Pairs of halves times members, above which every fourth member has to do.
const MOST_HALF_PAIRS: usize = 100_000;

impl Recordings<'_> {
    /// The halves of all recordings in the units of the whole ones, with the members whose windows fit into halves.
    pub(super) fn halves(
        &self,
        sensors: SensorsArgument,
        plan: &FanPlan,
        members: &[FanMember],
        measure: &Measure,
    ) -> HalvesFound {
        let sources: Vec<&Source<'_>> =
            self.sides.iter().flatten().map(|entry| &entry.source).collect();
        let mut names = labels(&self.files(0));
        names.extend(labels(&self.files(1)));
        let several = sources.iter().all(|source| source.trials > 1);
        let shortest = sources.iter().map(|source| source.shortest).min().unwrap_or(0);
        // Between the halves of a single trial a window is left out, and a half needs room for some.
        let room = if several { usize::MAX } else { shortest / 5 };
        let spans = plan.windows().iter().map(|window| window.dmd().span());
        let span = spans.filter(|span| *span <= room).max().unwrap_or(room);
        let fan = WindowFan::new(sensors.sensors());
        let fitted = Fitted::of(&sources, &names, span, |half| {
            fan.prepare(half).and_then(|half| plan.fit(&half)).map_err(Problem::new)
        });
        let mut kept = plan.reached(members, &fitted.all).unwrap_or_default();
        kept.retain(|member| member.window.dmd().span() <= span);
        // Twice as many recordings have four times as many pairs.
        if fitted.all.len() * fitted.all.len() / 2 * kept.len() > MOST_HALF_PAIRS {
            kept = kept.into_iter().step_by(4).collect();
        }
        let distances = plan.among_with(&kept, &fitted.all, measure);
        fitted.found(distances.map(|found| found.distances().to_vec()))
    }

    /// The null bands and intervals of all pairs, with the members whose windows leave enough blocks.
    pub(super) fn resampled(
        &self,
        count: usize,
        options: &Compare,
        plan: &FanPlan,
        fitted: &[FanOperators],
        members: &[FanMember],
        measure: &Measure,
    ) -> Resampled {
        let entries: Vec<&Entry<'_>> = self.sides.iter().flatten().collect();
        let sources: Vec<&Source<'_>> = entries.iter().map(|entry| &entry.source).collect();
        let (seed, draws) = (options.groups.seed, 0..2 * count as u64);
        let draws = Draws::of(&sources, count, |at, source| {
            let prepared = entries[at].prepared[0].as_ref().map_err(|error| *error);
            let found = prepared.and_then(|prepared| plan.draws(prepared, seed, draws.clone()));
            found.map_err(|error| Problem::about(source.file, error))
        });
        let mut kept = members.to_vec();
        for draw in draws.all() {
            kept = plan.reached(&kept, std::slice::from_ref(draw)).unwrap_or_default();
        }
        let places = self.places();
        let of_all: Vec<(usize, usize)> =
            places.pairs().map(|place| places.numbers(place)).collect();
        let whole = plan.pair_distances_with(&kept, fitted, &of_all, measure).unwrap_or_default();
        let mut found = draws.tested(places, &whole, |operators: &[&FanOperators], pairs| {
            plan.pair_distances_with(&kept, operators, pairs, measure)
        });
        found.members = Some((kept.len(), members.len()));
        found
    }
}
