//! What is measured between two operators.

use clap::{Args, ValueEnum};
use dynamical_similarity::{
    Effort, Error, Measure, Metric, Procrustes, Spectrum, UnequalRanks, Wasserstein,
    WassersteinOrder,
};
use std::fmt;
use std::str::FromStr;

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
    /// Compare only the eigenvalues that can be trusted, with a Wasserstein distance (wasserstein if --metric is not given): the
    /// N of the smallest residuals on held-out halves of each recording (a whole number, such as 6), or those whose residual is
    /// at most a threshold (a number with a decimal point, such as 0.1). Conjugate pairs stay together, and unequal numbers of
    /// eigenvalues are compared by transport.
    #[arg(long, value_name = "N|RESIDUAL", conflicts_with = "certify")]
    pub cleaned: Option<CleanedArgument>,
}

/// Which eigenvalues are kept of a spectrum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CleanedArgument {
    /// So many, of the smallest residuals.
    Smallest(usize),
    /// Those whose residual is at most this.
    AtMost(f64),
}

impl CleanedArgument {
    /// The spectrum that is left.
    ///
    /// # Errors
    /// Those of [`Spectrum::smallest`] and [`Spectrum::cleaned`].
    pub fn of(self, spectrum: &Spectrum<f64>) -> Result<Spectrum<f64>, Error> {
        match self {
            Self::Smallest(count) => spectrum.smallest(count),
            Self::AtMost(threshold) => spectrum.cleaned(threshold),
        }
    }
}

impl FromStr for CleanedArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let threshold = text.parse().ok().filter(|x: &f64| x.is_finite() && *x >= 0.0);
        match (text.parse::<usize>(), threshold) {
            (Ok(count), _) if count > 0 => Ok(Self::Smallest(count)),
            (Err(_), Some(threshold)) => Ok(Self::AtMost(threshold)),
            _ => Err("expected a number of eigenvalues, such as 6, or a threshold for their residuals with a decimal point, such as 0.1".to_owned()),
        }
    }
}

impl fmt::Display for CleanedArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Smallest(count) => write!(f, "the eigenvalues of the {count} smallest residuals"),
            Self::AtMost(threshold) => {
                write!(f, "the eigenvalues with a residual of at most {threshold}")
            }
        }
    }
}

impl MeasureArguments {
    /// The name of the distance.
    #[must_use]
    pub fn metric(&self, dsa_metric: bool) -> MetricArgument {
        let default = match (self.cleaned, dsa_metric) {
            (Some(_), _) => MetricArgument::Wasserstein,
            (None, true) => MetricArgument::Chordal,
            (None, false) => MetricArgument::Angular,
        };
        self.metric.unwrap_or(default)
    }

    /// The rule for unequal ranks.
    #[must_use]
    pub fn unequal_ranks(&self, dsa_metric: bool) -> UnequalRanks {
        match self.unequal_ranks {
            Some(UnequalRanksArgument::Error) => UnequalRanks::Error,
            Some(UnequalRanksArgument::Pad) => UnequalRanks::Pad,
            Some(UnequalRanksArgument::Transport) => UnequalRanks::Transport,
            None if self.cleaned.is_some() => UnequalRanks::Transport,
            None if dsa_metric => UnequalRanks::Pad,
            None => UnequalRanks::Error,
        }
    }

    /// Refuses to clean what is not a comparison of eigenvalues.
    ///
    /// # Errors
    /// A sentence.
    pub fn check_cleaned(&self, dsa_metric: bool) -> Result<(), String> {
        match (self.cleaned, self.metric(dsa_metric)) {
            (Some(_), MetricArgument::Angular | MetricArgument::Chordal | MetricArgument::Frobenius) => {
                Err("--cleaned leaves out eigenvalues, and this distance compares whole operators; take --metric wasserstein, wasserstein1 or wasserstein-squared".to_owned())
            }
            _ => Ok(()),
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
