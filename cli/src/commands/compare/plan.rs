//! The plan of a comparison: the options as they were typed, and everything that follows from them and from the rules.

use crate::arguments::{Compare, MetricArgument};
use crate::plan::FitPlan;
use dynamical_similarity::{Measure, UnequalRanks};

/// What was decided before the fits.
pub(super) struct Plan<'a> {
    /// The options as they were typed.
    pub(super) options: &'a Compare,
    pub(super) fit: FitPlan<'a>,
    pub(super) metric: MetricArgument,
    pub(super) unequal_ranks: UnequalRanks,
    pub(super) measure: Measure,
}

impl<'a> Plan<'a> {
    pub(super) fn new(options: &'a Compare, fit: FitPlan<'a>) -> Self {
        let (measure, dsa_metric) = (&options.measure, options.model.dsa_metric);
        Self {
            options,
            fit,
            metric: measure.metric(dsa_metric),
            unequal_ranks: measure.unequal_ranks(dsa_metric),
            measure: measure.measure(dsa_metric),
        }
    }
}
