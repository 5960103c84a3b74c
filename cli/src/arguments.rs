//! The command line.

mod monitor;
mod reading;
mod rules;

pub use monitor::{Calibrate, Monitor};
pub use reading::{GapsArgument, ReadArguments};
pub use rules::{CentreArgument, DelaysArgument, RangeArgument, RankArgument};

use clap::{Args, Parser, Subcommand, ValueEnum};
use dynamical_similarity::{
    Centre, DelayRule, Dmd, Effort, Measure, Metric, Procrustes, Rank, Scale, UnequalRanks,
    Wasserstein, WassersteinOrder,
};
use std::path::PathBuf;

/// Do two systems run the same dynamics? Delay-embeds recordings, fits a linear operator to each
/// (Hankel DMD in whitened coordinates) and measures how far the operators are apart.
///
/// Exit code: 0 ok, 1 a bad input or result, 2 a wrong command line, 141 the reader of standard output has gone away.
///
/// Limits: 4096 files on each side of a comparison or in a sweep; 1000 numbers in a range; 16 MiB for a table of labels
/// or conditions; 256 MiB for a model or calibration.
#[derive(Debug, Parser)]
#[command(name = "dsa", version, max_term_width = 100)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compare recordings with each other, or with others: a matrix of distances.
    Compare(Compare),
    /// Fit one recording and keep its operator in a file.
    Fit(Fit),
    /// The distance between two operators kept in files.
    Distance(Distance),
    /// Held-out prediction over a grid of delays and ranks: a table and a picture, with the choice marked.
    /// All delays are judged on the same samples of a recording.
    Sweep(Sweep),
    /// Make a calibration for `dsa monitor` or a device: the dynamics of a recording and their null band.
    Calibrate(Calibrate),
    /// Watch a recording as a device would, and say every half minute whether its dynamics are still those of
    /// a calibration. The exit code is 0 whatever the reports say, alarms included.
    Monitor(Monitor),
    /// Make a recording from equations.
    Simulate(Simulate),
}

/// `dsa compare`.
#[derive(Debug, Clone, Args)]
pub struct Compare {
    /// Recordings, at most 4096: .npy, .npz, .csv or .tsv; time x channels, or trials x time x channels (see --axes). In a
    /// table a first column that rises evenly is an axis, and a column `trial` or `epoch` cuts trials.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Compare every FILE with each of these, at most 4096, instead of with each other.
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub against: Vec<PathBuf>,
    /// A table with one line `file,class` per recording. Distances within classes and between classes are then
    /// summarised separately.
    #[arg(long, value_name = "FILE")]
    pub labels: Option<PathBuf>,
    /// Write distances.csv, distances.npy, lower_bounds.npy, report.json and heatmap.svg into this folder, in place of
    /// those of an earlier run. They appear together; where report.json is there, all are.
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Compare the states too, sample by sample, in distances of their own: baseline_NAME.csv and .npy.
    /// All recordings need the same trials of the same lengths.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "NAME,...")]
    pub baseline: Vec<BaselineArgument>,
    /// Number of threads; all cores by default. The result is the same to the last bit with any number.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
    /// How an operator is fitted.
    #[command(flatten)]
    pub model: ModelArguments,
    /// What is measured.
    #[command(flatten)]
    pub measure: MeasureArguments,
}

/// `dsa sweep`.
#[derive(Debug, Args)]
pub struct Sweep {
    /// Recordings, at most 4096.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Delays to try: A..B (both included) or A..B:STEP; at most 1000 of them, up to 1000000.
    #[arg(long, default_value = "1..50", value_name = "RANGE")]
    pub delays: RangeArgument,
    /// Ranks to try: A..B or A..B:STEP; at most 1000 of them, up to 1000000.
    #[arg(long, default_value = "1..30", value_name = "RANGE")]
    pub ranks: RangeArgument,
    /// Applications of the operator behind the errors several steps ahead.
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub steps: usize,
    /// Write sweep.csv, sweep.json and sweep.svg into this folder, in place of those of an earlier run. They appear
    /// together; where sweep.json is there, all are.
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
    /// Samples from one delay to the next.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub interval: usize,
    /// Samples that the operator predicts ahead.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub steps_ahead: usize,
    /// Ridge of the regression, in whitened units, where the variance of every direction is 1.
    #[arg(long, default_value_t = 1e-8, value_name = "LAMBDA")]
    pub ridge: f64,
    /// What every sample is divided by before the fit.
    #[arg(long, value_enum, default_value_t = ScaleArgument::None)]
    pub scale: ScaleArgument,
    /// Subtract each channel's mean (mean), that of each condition at each time (condition, with
    /// --conditions), or nothing (none) [default: mean; none with --dsa-metric].
    #[arg(long, value_enum, value_name = "WHAT")]
    pub centre: Option<CentreArgument>,
    /// A file with the condition of each trial, one a line, in order.
    #[arg(long, value_name = "FILE")]
    pub conditions: Option<PathBuf>,
    /// How recordings are read.
    #[command(flatten)]
    pub reading: ReadArguments,
}

impl Sweep {
    /// The settings of a fit whose rank and delays are chosen by rule.
    #[must_use]
    pub fn model(&self) -> ModelArguments {
        ModelArguments {
            delays: DelaysArgument::Rule(DelayRule::Prediction),
            interval: self.interval,
            steps_ahead: self.steps_ahead,
            rank: RankArgument(Rank::AUTO),
            ridge: self.ridge,
            reduced_rank: false,
            centre: self.centre,
            conditions: self.conditions.clone(),
            scale: self.scale,
            dsa_metric: false,
            reading: self.reading.clone(),
        }
    }
}

/// `dsa fit`.
#[derive(Debug, Args)]
pub struct Fit {
    /// The recording.
    pub file: PathBuf,
    /// Where to keep the operator: .npy (float64, rank x rank) or .json (with everything known of it).
    #[arg(long, value_name = "MODEL")]
    pub output: PathBuf,
    /// How the operator is fitted.
    #[command(flatten)]
    pub model: ModelArguments,
}

/// `dsa distance`.
#[derive(Debug, Args)]
pub struct Distance {
    /// The first operator: .npy or .json.
    pub left: PathBuf,
    /// The second operator.
    pub right: PathBuf,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
    /// The conventions of dsa-metric: the chord of unit operators, padded with zeros.
    #[arg(long, alias = "parity")]
    pub dsa_metric: bool,
    /// What is measured.
    #[command(flatten)]
    pub measure: MeasureArguments,
}

/// `dsa simulate`.
#[derive(Debug, Args)]
pub struct Simulate {
    /// bistable, line, point, ring, flip-flop, integrator, learning, lorenz, linear or
    /// motor-cortex.
    pub system: String,
    /// Where to write the recording: .npy or, for a single trial, .csv.
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
    /// The same seed gives the same recording.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Write float32 instead of float64.
    #[arg(long)]
    pub float32: bool,
    /// Number of trials.
    #[arg(long, value_name = "N")]
    pub trials: Option<usize>,
    /// Samples of a trial.
    #[arg(long, value_name = "N")]
    pub samples: Option<usize>,
    /// lorenz: the parameter rho.
    #[arg(long)]
    pub rho: Option<f64>,
    /// ring: 1 is a ring, 0 a line.
    #[arg(long)]
    pub alpha: Option<f64>,
    /// flip-flop, integrator: identity, tanh, relu, sigmoid or softplus.
    #[arg(long)]
    pub activation: Option<String>,
    /// learning: gradient-descent, momentum, adam, feedback-alignment, kolen-pollack or dale.
    #[arg(long)]
    pub rule: Option<String>,
    /// linear: dimension of the state.
    #[arg(long, value_name = "N")]
    pub dimension: Option<usize>,
    /// linear: channels that see the state through a random map [default: the state itself];
    /// motor-cortex: principal components [default: 8].
    #[arg(long, value_name = "N")]
    pub channels: Option<usize>,
    /// linear: standard deviation of the noise on the observation; with --channels a share of each
    /// channel's own.
    #[arg(long)]
    pub noise: Option<f64>,
    /// motor-cortex: length of the recording, at 50 Hz [default: 600].
    #[arg(long, value_name = "S")]
    pub seconds: Option<f64>,
    /// motor-cortex: what changes, such as general-remix, unit-turnover:0.3, time-scale:1.5 or dropped:0.05
    /// [default: none]; a wrong name shows all. Missing samples are rows of NaN.
    #[arg(long, value_name = "NAME[:F]")]
    pub scenario: Option<String>,
    /// motor-cortex: when it changes [default: 0].
    #[arg(long, value_name = "SECONDS")]
    pub at: Option<f64>,
    /// motor-cortex: --seed is the subject's; this tells its recordings apart [default: 0].
    #[arg(long, value_name = "N")]
    pub session: Option<u64>,
}

/// How an operator is fitted to a recording.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Model")]
pub struct ModelArguments {
    /// Number of delays, that is, of samples per window: a number, auto (the fewest from 5 on that predict held-out samples as well as
    /// any) or autocorrelation (as long as that stays above 1/e). A rule gives each recording a number, and
    /// all share the lower median.
    #[arg(long, default_value = "20", value_name = "N")]
    pub delays: DelaysArgument,
    /// Samples from one delay to the next.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub interval: usize,
    /// Samples that the operator predicts ahead.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub steps_ahead: usize,
    /// A number; auto or latent (predictable coordinates that are not functions of earlier ones),
    /// state-order (for linear systems), predictive (held-out error); hard-threshold, threshold:S,
    /// variance:F or full. A rule gives each recording a rank, and a comparison uses one for all: of the
    /// first three the lower median, at least 2, else the smallest.
    #[arg(long, default_value = "auto", value_name = "RANK")]
    pub rank: RankArgument,
    /// Ridge of the regression, in whitened units, where the variance of every direction is 1.
    #[arg(long, default_value_t = 1e-8, value_name = "LAMBDA")]
    pub ridge: f64,
    /// Reduced-rank regression.
    #[arg(long)]
    pub reduced_rank: bool,
    /// Subtract each channel's mean (mean), that of each condition at each time (condition, with
    /// --conditions), or nothing (none) [default: mean; none with --dsa-metric].
    #[arg(long, value_enum, value_name = "WHAT")]
    pub centre: Option<CentreArgument>,
    /// A file with the condition of each trial, one a line, in order; the same for every recording.
    #[arg(long, value_name = "FILE")]
    pub conditions: Option<PathBuf>,
    /// What every sample is divided by before the fit.
    #[arg(long, value_enum, default_value_t = ScaleArgument::None)]
    pub scale: ScaleArgument,
    /// The conventions of dsa-metric: a rank that is too large is cut down; distances are the chord of
    /// unit operators, unequal ranks padded with zeros, unless said otherwise.
    #[arg(long, alias = "parity")]
    pub dsa_metric: bool,
    /// How recordings are read.
    #[command(flatten)]
    pub reading: ReadArguments,
}

impl ModelArguments {
    /// What is subtracted from samples: the mean, but nothing under the conventions of dsa-metric.
    #[must_use]
    pub fn centre(&self) -> CentreArgument {
        let default = if self.dsa_metric { CentreArgument::None } else { CentreArgument::Mean };
        self.centre.unwrap_or(default)
    }

    /// The settings of the library for a number of delays and a rank or a rule for it. Means of conditions are
    /// subtracted when a recording is read, so nothing is left of them to subtract here.
    #[must_use]
    pub fn dmd(&self, delays: usize, rank: Rank) -> Dmd {
        let defaults = if self.dsa_metric { Dmd::dsa_metric() } else { Dmd::new() };
        defaults
            .delays(delays)
            .interval(self.interval)
            .steps_ahead(self.steps_ahead)
            .rank(rank)
            .ridge(self.ridge)
            .reduced_rank(self.reduced_rank)
            .centre(match self.centre() {
                CentreArgument::Mean => Centre::Mean,
                CentreArgument::None | CentreArgument::Condition => Centre::None,
            })
            .scale(match self.scale {
                ScaleArgument::None => Scale::None,
                ScaleArgument::UnitVariance => Scale::UnitVariance,
                ScaleArgument::UnitNorm => Scale::UnitNorm,
            })
    }
}

/// What is measured between two operators.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Distance")]
pub struct MeasureArguments {
    /// The distance [default: angular].
    #[arg(long, value_enum)]
    pub metric: Option<MetricArgument>,
    /// What to do with operators of different ranks [default: error; compare then uses one rank].
    #[arg(long, value_enum)]
    pub unequal_ranks: Option<UnequalRanksArgument>,
    /// How hard to search for the Procrustes optimum.
    #[arg(long, value_enum, default_value_t = EffortArgument::Default)]
    pub effort: EffortArgument,
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
            Measure::Procrustes(settings)
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
    /// Chord of that angle: Frobenius distance of unit operators.
    Chordal,
    /// Frobenius distance of the operators as they are.
    Frobenius,
    /// Wasserstein-2 between eigenvalues.
    Wasserstein,
    /// Wasserstein-1 between eigenvalues.
    Wasserstein1,
    /// Wasserstein-2 squared: no metric.
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

/// Comparisons of states by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BaselineArgument {
    /// Procrustes angle between samples, 0 to pi/2.
    Procrustes,
    /// Procrustes angle between delay windows (--delays, --interval).
    DelayProcrustes,
    /// Linear centred kernel alignment: its arc cosine.
    Cka,
    /// Mean canonical correlation of the components that hold 99 % of the variance: 1 less it.
    Svcca,
}

impl BaselineArgument {
    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Procrustes => "procrustes",
            Self::DelayProcrustes => "delay-procrustes",
            Self::Cka => "cka",
            Self::Svcca => "svcca",
        }
    }
}

/// Effort by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EffortArgument {
    /// Two to four starts.
    Fast,
    /// Up to 26 starts: the best known optimum for 94 to 100 % of fitted operators, by rank.
    Default,
    /// 40 starts.
    Thorough,
}

/// Rules for unequal ranks by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UnequalRanksArgument {
    /// Refuse them.
    Error,
    /// Pad with zeros to the largest rank of all.
    Pad,
    /// Transport unequal masses (wasserstein only).
    Transport,
}

/// Scaling by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScaleArgument {
    /// Nothing.
    None,
    /// Each channel's standard deviation.
    UnitVariance,
    /// One factor for all channels.
    UnitNorm,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }
}
