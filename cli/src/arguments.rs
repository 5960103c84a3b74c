//! The command line.

mod fan;
mod groups;
mod monitor;
mod preparation;
mod reading;
mod rules;

pub use fan::{FanArguments, QuestionArgument, SensorsArgument};
pub use groups::GroupArguments;
pub use monitor::{Calibrate, Monitor};
pub use preparation::{PreparationArguments, positive};
pub use reading::{FileArguments, GapsArgument, ReadArguments};
pub use rules::{CentreArgument, DelaysArgument, RangeArgument, RankArgument};

use crate::prepare::{Preparation, Span};
use clap::{Args, Parser, Subcommand, ValueEnum};
use dynamical_similarity::{
    Centre, DelayRule, Dmd, Effort, Measure, Metric, Procrustes, Rank, Scale, UnequalRanks,
    Wasserstein, WassersteinOrder,
};
use std::path::PathBuf;

/// Do two systems run the same dynamics? Delay-embeds recordings, fits a linear operator to each
/// (Hankel DMD in whitened coordinates) and measures the distance between the operators.
///
/// Exit codes: 0 for success, 1 for an error in an input or a result, 2 for a wrong command line, 141 if the
/// reader of standard output has closed it.
///
/// Limits: 4096 files on each side of a comparison or in a sweep; 1000 numbers in a range; 16 MiB for a table of labels
/// or conditions; 256 MiB for a model or calibration.
#[derive(Debug, Parser)]
#[command(name = "dsa", version = version(), max_term_width = 100)]
pub struct Arguments {
    /// Number of threads [default: one per core]. The number does not change a single bit of any result.
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Arguments {
    /// The arguments with the command line that a report repeats, quoted for a shell.
    #[must_use]
    pub fn with_command_line(mut self, command: String) -> Self {
        match &mut self.command {
            Command::Compare(options) => options.command = command,
            Command::Monitor(options) => options.command = command,
            _ => {}
        }
        self
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compare the dynamics of recordings with each other, or with those of other recordings, as a matrix of
    /// distances.
    Compare(Compare),
    /// Fit one recording and write its operator to a file.
    Fit(Fit),
    /// Measure the distance between two operators that were written by `dsa fit`.
    Distance(Distance),
    /// Say what recordings hold, what may spoil a fit, and what to try: shape, rate, missing samples, bad channels, drift,
    /// artefacts, time scale, and windows per entry.
    Doctor(Doctor),
    /// Measure held-out prediction errors over a grid of delays and ranks, as a table and as a picture in which
    /// the choice is marked. The errors of all numbers of delays are measured on the same samples of a recording. Of several
    /// recordings it also says how reliably the halves of one are told from those of others.
    Sweep(Sweep),
    /// Calibrate a monitor (`dsa monitor` or a device) on a recording of the normal state: the reference, and a
    /// null band for each score.
    Calibrate(Calibrate),
    /// Run a recording through the monitor of a device, which reports every half minute whether the dynamics are
    /// still those of a calibration. Alarms do not change the exit code: it is 0.
    Monitor(Monitor),
    /// Simulate a dynamical system and write a recording of it.
    Simulate(Simulate),
    /// Print a script that completes the options of dsa in a shell.
    Completions(Completions),
    /// Write the pages of a manual for `man`, one for each command.
    Manual(Manual),
}

/// The version, and the commit where it is known.
const fn version() -> &'static str {
    match option_env!("DSA_VERSION") {
        Some(version) => version,
        None => env!("CARGO_PKG_VERSION"),
    }
}

/// `dsa completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell. For bash: dsa completions bash > ~/.local/share/bash-completion/completions/dsa
    pub shell: clap_complete::Shell,
}

/// `dsa manual`.
#[derive(Debug, Args)]
pub struct Manual {
    /// The folder for dsa.1, dsa-compare.1 and so on, such as ~/.local/share/man/man1.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// `dsa compare`.
#[derive(Debug, Clone, Args)]
pub struct Compare {
    /// The command line, quoted for a shell.
    #[arg(skip)]
    pub command: String,
    /// Recordings, at most 4096, of time x channels or trials x time x channels (see --axes): arrays of NumPy (.npy,
    /// .npz), MATLAB (.mat) and HDF5 (.h5, .hdf5), recordings of NWB (.nwb), EDF (.edf) and BDF (.bdf), tables (.csv,
    /// .tsv), and raw 16-bit integers (.bin, .dat, .raw). In a table, a first column that rises evenly is taken for the
    /// time axis, and a column `trial`
    /// or `epoch` divides the rows into trials.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Compare every FILE with each of these recordings, at most 4096, instead of comparing the files with each
    /// other.
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub against: Vec<PathBuf>,
    /// A table with one line `file,class` per recording. Distances within classes and between classes are then
    /// summarised separately, permutation tests say whether the classes differ by more than chance, and the heat map
    /// shows the classes in colour.
    #[arg(long, value_name = "FILE")]
    pub labels: Option<PathBuf>,
    /// Write report.html (a page to read and to show), report.json (all numbers), distances.csv, distances.npy, heatmap.svg
    /// and the folder pictures (each as .svg and .png) into this folder, lower_bounds.npy for a single window and pairs.csv
    /// with --resamples, and replace those of an earlier run. The files appear together: if report.json exists, all of
    /// them do.
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Also compare the recordings without operators, and write these distances to baseline_NAME.csv and .npy. All but
    /// log-spectrum compare sample by sample: recordings must have the same number of trials, of the same lengths. A fan of
    /// windows always shows log-spectrum and, where it is possible, euclidean.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "NAME,...")]
    pub baseline: Vec<BaselineArgument>,
    /// A table of other distances between the same recordings, such as those of their behaviour, with the names of the
    /// recordings in its first row and column as in distances.csv. A Mantel test says whether they order the pairs alike.
    #[arg(long, value_name = "FILE", conflicts_with = "against")]
    pub mantel: Option<PathBuf>,
    /// Draw so many resamples of each recording from its own blocks (200 is enough for most). They say how far apart two
    /// recordings of one system would be, with p and q values for every pair, and give every distance a 90 % interval;
    /// pairs.csv has all of them. A recording needs at least 8 trials, or a trial of 80 windows.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(20..=100_000))]
    pub resamples: Option<u32>,
    /// Do not compare the halves of the recordings. They show how far apart two operators of one recording are, which is the
    /// yardstick of every other distance.
    #[arg(long)]
    pub no_halves: bool,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
    /// How an operator is fitted.
    #[command(flatten)]
    pub model: ModelArguments,
    /// What is measured between two operators.
    #[command(flatten)]
    pub measure: MeasureArguments,
    /// Which question is asked, and what is assumed.
    #[command(flatten)]
    pub fan: FanArguments,
    /// How differences between classes are tested.
    #[command(flatten)]
    pub groups: GroupArguments,
}

impl Compare {
    /// Whether a fan of windows and ranks is compared, because neither a window nor a rank was given.
    #[must_use]
    pub fn uses_fan(&self) -> bool {
        self.fan.question == QuestionArgument::Apart && self.model.is_open()
    }

    /// The same options with the settings that a question stands for, where no others were given.
    #[must_use]
    pub fn with_question(&self) -> Self {
        let mut options = self.clone();
        if self.fan.question == QuestionArgument::Same {
            options.model.delays.get_or_insert(DelaysArgument::Count(10));
            if self.model.scale == ScaleArgument::None {
                options.model.scale = ScaleArgument::UnitVariance;
            }
        }
        options
    }
}

/// `dsa sweep`.
#[derive(Debug, Args)]
pub struct Sweep {
    /// Recordings, at most 4096.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Numbers of delays to try: A..B (both included) or A..B:STEP; at most 1000 numbers, none above 1000000.
    #[arg(long, default_value = "1..50", value_name = "RANGE")]
    pub delays: RangeArgument,
    /// Ranks to try: A..B (both included) or A..B:STEP; at most 1000 numbers, none above 1000000.
    #[arg(long, default_value = "1..30", value_name = "RANGE")]
    pub ranks: RangeArgument,
    /// How many times the operator is applied for the errors several steps ahead.
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub steps: usize,
    /// Write sweep.csv, sweep.json, sweep.svg and, for several recordings, reliability.svg into this folder, and replace those
    /// of an earlier run. The files
    /// appear together: if sweep.json exists, all of them do.
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
    /// From one delay of a window to the next: a number of samples, or a time such as 5ms.
    #[arg(long, default_value = "1", value_name = "N")]
    pub interval: Span,
    /// Number of samples by which the operator predicts ahead.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub steps_ahead: usize,
    /// Ridge of the regression, in whitened coordinates, where the variance of every direction is 1.
    #[arg(long, default_value = "1e-8", value_name = "LAMBDA")]
    pub ridge: f64,
    /// What every sample is divided by before the fit.
    #[arg(long, value_enum, default_value_t = ScaleArgument::None)]
    pub scale: ScaleArgument,
    /// What is subtracted before the fit: each channel's mean (mean), the mean of each condition at each time
    /// (condition, which needs --conditions), or nothing (none) [default: mean; none with --dsa-metric].
    #[arg(long, value_enum, value_name = "WHAT")]
    pub centre: Option<CentreArgument>,
    /// A file with the condition of each trial, one per line, in the order of the trials. It applies to every
    /// recording.
    #[arg(long, value_name = "FILE")]
    pub conditions: Option<PathBuf>,
    /// How recordings are read.
    #[command(flatten)]
    pub reading: ReadArguments,
    /// How recordings are prepared.
    #[command(flatten)]
    pub preparation: PreparationArguments,
}

impl Sweep {
    /// The settings of a fit whose rank and delays are chosen by rules.
    #[must_use]
    pub fn model(&self) -> ModelArguments {
        ModelArguments {
            delays: Some(DelaysArgument::Rule(DelayRule::Prediction)),
            window: None,
            interval: self.interval,
            steps_ahead: self.steps_ahead,
            rank: Some(RankArgument(Rank::AUTO)),
            ridge: self.ridge,
            reduced_rank: false,
            centre: self.centre,
            conditions: self.conditions.clone(),
            scale: self.scale,
            dsa_metric: false,
            reading: self.reading.clone(),
            preparation: self.preparation.clone(),
            final_rate: None,
        }
    }
}

/// `dsa fit`.
#[derive(Debug, Args)]
pub struct Fit {
    /// The recording.
    pub file: PathBuf,
    /// Where to write the operator: a .npy file (float64, rank x rank) or a .json file (with settings, eigenvalues
    /// and diagnostics).
    #[arg(long, value_name = "MODEL")]
    pub output: PathBuf,
    /// How the operator is fitted.
    #[command(flatten)]
    pub model: ModelArguments,
}

/// `dsa doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Recordings, at most 4096.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
    /// How recordings are read.
    #[command(flatten)]
    pub reading: ReadArguments,
    /// How recordings are prepared before they are looked at.
    #[command(flatten)]
    pub preparation: PreparationArguments,
}

/// `dsa distance`.
#[derive(Debug, Args)]
pub struct Distance {
    /// The first operator: a .npy or a .json file.
    pub left: PathBuf,
    /// The second operator.
    pub right: PathBuf,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
    /// Use the conventions of the Python package dsa-metric: the chord between unit operators, padded with zeros
    /// to equal ranks.
    #[arg(long, alias = "parity")]
    pub dsa_metric: bool,
    /// What is measured between two operators.
    #[command(flatten)]
    pub measure: MeasureArguments,
}

/// `dsa simulate`.
#[derive(Debug, Args)]
pub struct Simulate {
    /// The system: bistable, line, point, ring, flip-flop, integrator, learning, lorenz, linear or motor-cortex.
    pub system: String,
    /// Where to write the recording: a .npy file or, for a single trial, a .csv file.
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
    /// Seed of the random numbers. The same seed gives the same recording.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Write float32 instead of float64.
    #[arg(long)]
    pub float32: bool,
    /// Number of trials.
    #[arg(long, value_name = "N")]
    pub trials: Option<usize>,
    /// Number of samples per trial.
    #[arg(long, value_name = "N")]
    pub samples: Option<usize>,
    /// lorenz: the parameter rho.
    #[arg(long)]
    pub rho: Option<f64>,
    /// ring: the shape of the attractor, from a line (0) to a ring (1).
    #[arg(long)]
    pub alpha: Option<f64>,
    /// flip-flop, integrator: the activation function, which is identity, tanh, relu, sigmoid or softplus.
    #[arg(long)]
    pub activation: Option<String>,
    /// learning: the learning rule, which is gradient-descent, momentum, adam, feedback-alignment, kolen-pollack
    /// or dale.
    #[arg(long)]
    pub rule: Option<String>,
    /// linear: dimension of the state.
    #[arg(long, value_name = "N")]
    pub dimension: Option<usize>,
    /// linear: number of channels, each a random linear combination of the state [default: the state itself];
    /// motor-cortex: number of principal components [default: 8].
    #[arg(long, value_name = "N")]
    pub channels: Option<usize>,
    /// linear: standard deviation of the observation noise; with --channels, as a fraction of each channel's
    /// standard deviation.
    #[arg(long)]
    pub noise: Option<f64>,
    /// motor-cortex: length of the recording in seconds, at 50 samples per second [default: 600].
    #[arg(long, value_name = "S")]
    pub seconds: Option<f64>,
    /// motor-cortex: the change during the recording, such as general-remix, unit-turnover:0.3, time-scale:1.5 or
    /// dropped:0.05 [default: none]. An unknown name prints the list of all changes. Missing samples are written
    /// as rows of NaN.
    #[arg(long, value_name = "NAME[:F]")]
    pub scenario: Option<String>,
    /// motor-cortex: the time of the change [default: 0].
    #[arg(long, value_name = "SECONDS")]
    pub at: Option<f64>,
    /// motor-cortex: number of the recording session of a subject, which --seed chooses [default: 0].
    #[arg(long, value_name = "N")]
    pub session: Option<u64>,
}

/// How an operator is fitted to a recording.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Model")]
pub struct ModelArguments {
    /// Number of delays, that is, of samples per channel in a delay window: a number, or a rule. auto takes the
    /// fewest delays, at least 5, that predict held-out samples as well as the best number does; autocorrelation
    /// takes the time for which the autocorrelation stays above 1/e. A rule is applied to each recording, and all
    /// recordings use the lower median of its answers [default: 20; in `dsa compare` a fan of windows, see --question].
    #[arg(long, value_name = "N")]
    pub delays: Option<DelaysArgument>,
    /// Length of a delay window, such as 200ms, instead of the number of delays: as many delays as fit.
    #[arg(long, value_name = "TIME", conflicts_with = "delays")]
    pub window: Option<Span>,
    /// From one delay of a window to the next: a number of samples, or a time such as 5ms.
    #[arg(long, default_value = "1", value_name = "N")]
    pub interval: Span,
    /// Number of samples by which the operator predicts ahead.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub steps_ahead: usize,
    /// Rank of the operator: a number, or a rule. auto or latent counts the predictable coordinates that are not
    /// functions of earlier ones; state-order is the order of a linear system; predictive has the least held-out
    /// error; hard-threshold, threshold:S, variance:F and full look only at the spectrum of the delay windows. A
    /// rule is applied to each recording, and a comparison uses one rank for all, which is at least 2: the lower
    /// median of the answers of latent, state-order or predictive, or the smallest answer of the other rules [default: auto;
    /// in `dsa compare` several ranks, see --question].
    #[arg(long, value_name = "RANK")]
    pub rank: Option<RankArgument>,
    /// Ridge of the regression, in whitened coordinates, where the variance of every direction is 1.
    #[arg(long, default_value = "1e-8", value_name = "LAMBDA")]
    pub ridge: f64,
    /// Fit the operator by reduced-rank regression.
    #[arg(long)]
    pub reduced_rank: bool,
    /// What is subtracted before the fit: each channel's mean (mean), the mean of each condition at each time
    /// (condition, which needs --conditions), or nothing (none) [default: mean; none with --dsa-metric].
    #[arg(long, value_enum, value_name = "WHAT")]
    pub centre: Option<CentreArgument>,
    /// A file with the condition of each trial, one per line, in the order of the trials. It applies to every
    /// recording.
    #[arg(long, value_name = "FILE")]
    pub conditions: Option<PathBuf>,
    /// What every sample is divided by before the fit.
    #[arg(long, value_enum, default_value_t = ScaleArgument::None)]
    pub scale: ScaleArgument,
    /// Use the conventions of the Python package dsa-metric: no mean is subtracted, a rank that is too large is
    /// reduced to the largest possible one, and distances are chords between unit operators, padded with zeros to
    /// equal ranks. --centre, --metric and --unequal-ranks still apply.
    #[arg(long, alias = "parity")]
    pub dsa_metric: bool,
    /// How recordings are read.
    #[command(flatten)]
    pub reading: ReadArguments,
    /// How recordings are prepared.
    #[command(flatten)]
    pub preparation: PreparationArguments,
    /// Samples per second after the preparation, once the recordings have been read.
    #[arg(skip)]
    pub final_rate: Option<f64>,
}

impl ModelArguments {
    /// The same arguments with all lengths in samples, for recordings of this many samples per second.
    ///
    /// # Errors
    /// A sentence, if a length in seconds meets no rate, or is no sample long.
    pub fn in_samples(&self, rate: Option<f64>) -> Result<Self, String> {
        let interval =
            self.interval.in_samples(rate).map_err(|what| format!("--interval: {what}"))?;
        let delays = match self.window {
            None => self.delays,
            Some(window) => {
                let window = window.in_samples(rate).map_err(|what| format!("--window: {what}"))?;
                Some(DelaysArgument::Count(1 + window.saturating_sub(1) / interval))
            }
        };
        let interval = Span::Samples(interval);
        Ok(Self { delays, window: None, interval, final_rate: rate, ..self.clone() })
    }

    /// Samples from one delay of a window to the next; 1 for a time, before it is [in samples](Self::in_samples).
    #[must_use]
    pub fn interval(&self) -> usize {
        match self.interval {
            Span::Samples(samples) => samples,
            Span::Seconds(_) => 1,
        }
    }

    /// What is done to the samples before a fit.
    #[must_use]
    pub fn preparation(&self) -> Preparation {
        let scaled = self.scale == ScaleArgument::UnitVariance;
        self.preparation.preparation(&self.reading.file.select, scaled)
    }

    /// The delays: by default 20.
    #[must_use]
    pub fn delays(&self) -> DelaysArgument {
        self.delays.unwrap_or(DelaysArgument::Count(20))
    }

    /// The rank: by default the latent rank.
    #[must_use]
    pub fn rank(&self) -> RankArgument {
        self.rank.unwrap_or(RankArgument(Rank::AUTO))
    }

    /// Whether no option says how an operator is to be fitted, but for means of conditions, which are subtracted before.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let Self { delays, interval, steps_ahead, rank, ridge, reduced_rank, .. } = self;
        let as_typed = (delays, rank, *interval, *steps_ahead, *ridge, *reduced_rank);
        as_typed == (&None, &None, Span::Samples(1), 1, 1e-8, false)
            && self.window.is_none()
            && self.scale == ScaleArgument::None
            && self.centre() != CentreArgument::None
            && !self.dsa_metric
    }

    /// What is subtracted from the samples: by default the mean, or nothing under the conventions of dsa-metric.
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
            .interval(self.interval())
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
                // Channels were scaled before their components were taken.
                ScaleArgument::UnitVariance if self.preparation.has_components() => Scale::None,
                ScaleArgument::UnitVariance => Scale::UnitVariance,
                ScaleArgument::UnitNorm => Scale::UnitNorm,
            })
    }
}

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

/// Comparisons of states by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BaselineArgument {
    /// Procrustes angle between samples, 0 to pi/2.
    Procrustes,
    /// Procrustes angle between delay windows (--delays, --interval).
    DelayProcrustes,
    /// Arc cosine of the linear centred kernel alignment.
    Cka,
    /// 1 minus the mean canonical correlation of the components that hold 99 % of the variance.
    Svcca,
    /// Root of the mean square difference between samples, in units of each channel's standard deviation.
    Euclidean,
    /// Root of the mean square difference between logarithms of power spectra (Welch).
    LogSpectrum,
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
            Self::Euclidean => "euclidean",
            Self::LogSpectrum => "log-spectrum",
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

/// Scaling by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScaleArgument {
    /// Nothing.
    None,
    /// Each channel's standard deviation.
    UnitVariance,
    /// The norm of all samples, one number for all channels.
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
