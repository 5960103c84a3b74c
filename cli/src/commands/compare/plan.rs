//! The plan of a comparison: the options as they were typed, and everything that follows from them and from the rules.

use crate::arguments::{Compare, MeasureArguments, MetricArgument};
use crate::commands::choice::Choice;
use crate::plan::FitPlan;
use dynamical_similarity::{CommonRank, Measure, UnequalRanks};

/// What was decided before the fits.
pub(super) struct Plan<'a> {
    /// The options as they were typed.
    pub(super) options: &'a Compare,
    pub(super) fit: FitPlan<'a>,
    pub(super) metric: MetricArgument,
    pub(super) unequal_ranks: UnequalRanks,
    pub(super) measure: Measure,
    /// The measure at other ranks than the chosen one, where nothing is proved.
    pub(super) unproved: Measure,
    /// The ranks next to the one that a rule chose, at which the result is shown too.
    pub(super) neighbours: Vec<usize>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(options: &'a Compare, choice: &Choice<'a>) -> Self {
        let neighbours =
            |study: &CommonRank| study.below().into_iter().chain([study.above()]).collect();
        let (measure, dsa_metric) = (&options.measure, options.model.dsa_metric);
        Self {
            options,
            fit: choice.plan(),
            neighbours: choice.study().map(neighbours).unwrap_or_default(),
            metric: measure.metric(dsa_metric),
            unequal_ranks: measure.unequal_ranks(dsa_metric),
            measure: measure.measure(dsa_metric),
            unproved: MeasureArguments { certify: false, ..measure.clone() }.measure(dsa_metric),
        }
    }
}
