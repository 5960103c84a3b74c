//! What is measured between two operators.

use clap::{Args, ValueEnum};
use dynamical_similarity::{
    Effort, Measure, Metric, Procrustes, UnequalRanks, Wasserstein, WassersteinOrder,
};

/// What is measured between two operators.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Distance")]
pub struct MeasureArguments {
    /// The distance that is measured [default: angular; wasserstein over a fan of windows; chordal with --dsa-metric].
    #[arg(long, value_enum)]
    pub metric: Option<MetricArgument>,
    /// What to do with operators of different ranks [default: error, and `dsa compare` fits all recordings at one
    /// rank; pad with --dsa-metric].
    #[arg(long, value_enum)]
    pub unequal_ranks: Option<UnequalRanksArgument>,
    /// How long to search for the best alignment of a pair.
    #[arg(long, value_enum, default_value_t = EffortArgument::Default)]
    pub effort: EffortArgument,
    /// Prove the distances, for operators of rank 16 at most: a lower bound within 0.1 % of a distance shows that there
    /// is no better alignment. A pair takes about 1 ms at rank 3, 0.1 s at rank 10 and 1 to 2 s at rank 15. Wasserstein
    /// distances are exact without it.
    #[arg(long)]
    pub certify: bool,
}

impl MeasureArguments {
    /// The name of the distance.
    #[must_use]
    pub fn metric(&self, dsa_metric: bool) -> MetricArgument {
        let default = if dsa_metric { MetricArgument::Chordal } else { MetricArgument::Angular };
        self.metric.unwrap_or(default)
    }

    /// The rule for unequal ranks.
    #[must_use]
    pub fn unequal_ranks(&self, dsa_metric: bool) -> UnequalRanks {
        match self.unequal_ranks {
            Some(UnequalRanksArgument::Error) => UnequalRanks::Error,
            Some(UnequalRanksArgument::Pad) => UnequalRanks::Pad,
            Some(UnequalRanksArgument::Transport) => UnequalRanks::Transport,
            None if dsa_metric => UnequalRanks::Pad,
            None => UnequalRanks::Error,
        }
    }

    /// The settings of the library.
    #[must_use]
    pub fn measure(&self, dsa_metric: bool) -> Measure {
        let rule = self.unequal_ranks(dsa_metric);
        let procrustes = |metric| {
            let effort = match self.effort {
                EffortArgument::Fast => Effort::Fast,
                EffortArgument::Default => Effort::Default,
                EffortArgument::Thorough => Effort::Thorough,
            };
            let settings = Procrustes::new().metric(metric).effort(effort).unequal_ranks(rule);
            if self.certify {
                Measure::CertifiedProcrustes(settings)
            } else {
                Measure::Procrustes(settings)
            }
        };
        let wasserstein =
            |order| Measure::Wasserstein(Wasserstein::new().order(order).unequal_ranks(rule));
        match self.metric(dsa_metric) {
            MetricArgument::Angular => procrustes(Metric::Angular),
            MetricArgument::Chordal => procrustes(Metric::Chordal),
            MetricArgument::Frobenius => procrustes(Metric::Frobenius),
            MetricArgument::Wasserstein => wasserstein(WassersteinOrder::Two),
            MetricArgument::Wasserstein1 => wasserstein(WassersteinOrder::One),
            MetricArgument::WassersteinSquared => wasserstein(WassersteinOrder::TwoSquared),
        }
    }
}

/// Distances by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MetricArgument {
    /// Procrustes angle between operators, 0 to pi.
    Angular,
    /// Chord of that angle: Frobenius distance between unit operators.
    Chordal,
    /// Frobenius distance between the operators without scaling them.
    Frobenius,
    /// Wasserstein distance of order 2 between the eigenvalues.
    Wasserstein,
    /// Wasserstein distance of order 1 between the eigenvalues.
    Wasserstein1,
    /// Square of the Wasserstein distance of order 2, which is not a metric.
    WassersteinSquared,
}

impl MetricArgument {
    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Angular => "angular",
            Self::Chordal => "chordal",
            Self::Frobenius => "frobenius",
            Self::Wasserstein => "wasserstein",
            Self::Wasserstein1 => "wasserstein1",
            Self::WassersteinSquared => "wasserstein-squared",
        }
    }
}

/// Effort by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EffortArgument {
    /// Two to four searches per pair.
    Fast,
    /// Up to 26 searches per pair, which find the best known alignment for 94 to 100 % of fitted operators,
    /// depending on the rank.
    Default,
    /// 40 searches per pair.
    Thorough,
}

/// Rules for unequal ranks by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UnequalRanksArgument {
    /// Report an error.
    Error,
    /// Pad all operators with zeros to the largest rank.
    Pad,
    /// Transport unequal masses (only for Wasserstein distances).
    Transport,
}
