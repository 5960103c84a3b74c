//! The plan of a comparison: the options as they were typed, and everything that follows from them and from the rules.

use crate::arguments::{CleanedArgument, Compare, MeasureArguments, MetricArgument};
use crate::commands::choice::Choice;
use crate::plan::FitPlan;
use dynamical_similarity::{CommonRank, Measure, Rank, UnequalRanks};

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
    /// Which eigenvalues are compared, if not all.
    pub(super) cleaned: Option<CleanedArgument>,
    /// Whether residuals of eigenvalues are asked for.
    pub(super) with_residuals: bool,
    /// The ranks next to the one that was typed or that a rule chose, at which the result is shown too.
    pub(super) neighbours: Vec<usize>,
    /// Whether the rank was typed.
    pub(super) typed: bool,
}

impl<'a> Plan<'a> {
    pub(super) fn new(options: &'a Compare, choice: &Choice<'a>) -> Self {
        let of_rule =
            |study: &CommonRank| study.below().into_iter().chain([study.above()]).collect();
        let typed = match options.model.rank().0 {
            // A rank that dsa-metric finds too large becomes the largest possible one, which has no neighbours.
            Rank::Fixed(rank) if !options.model.dsa_metric => Some(rank),
            _ => None,
        };
        let of_number = |rank: usize| [rank.saturating_sub(1), rank.saturating_add(1)].into_iter();
        let of_typed = || typed.into_iter().flat_map(of_number).filter(|rank| *rank >= 2).collect();
        let (measure, dsa_metric) = (&options.measure, options.model.dsa_metric);
        Self {
            options,
            fit: choice.plan(),
            neighbours: choice.study().map_or_else(of_typed, of_rule),
            typed: typed.is_some(),
            cleaned: measure.cleaned,
            with_residuals: measure.cleaned.is_some()
                || (options.block.is_none() && (options.output.is_some() || options.json)),
            metric: measure.metric(dsa_metric),
            unequal_ranks: measure.unequal_ranks(dsa_metric),
            measure: measure.measure(dsa_metric),
            unproved: MeasureArguments { certify: false, ..measure.clone() }.measure(dsa_metric),
        }
    }
}
