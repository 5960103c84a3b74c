//! The command line.

mod fan;
mod groups;
mod measure;
mod model;
mod monitor;
mod preparation;
mod reading;
mod rules;
mod simulate;
mod sweep;

pub use fan::{FanArguments, QuestionArgument, SensorsArgument};
pub use groups::GroupArguments;
pub use measure::{
    CleanedArgument, EffortArgument, MeasureArguments, MetricArgument, UnequalRanksArgument,
};
pub use model::{ModelArguments, ScaleArgument};
pub use monitor::{Calibrate, Monitor};
pub use preparation::{PreparationArguments, positive};
pub use reading::{FileArguments, GapsArgument, ReadArguments};
pub use rules::{BlockArgument, CentreArgument, DelaysArgument, RangeArgument, RankArgument};
pub use simulate::Simulate;
pub use sweep::Sweep;

use clap::{Args, Parser, Subcommand, ValueEnum};
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
    Compare(Box<Compare>),
    /// Put the blocks of a comparison together that `dsa compare --block` has left in a folder, for instance on the nodes of a
    /// cluster. It checks that all blocks are there and belong to one comparison, and then writes what a single `dsa
    /// compare` would have written, to the byte. The recordings are read once more.
    Merge(Merge),
    /// Find the nearest neighbours of each of many recordings: those of `dsa compare` with the same settings, without comparing
    /// all pairs, as bounds of the distances rule most of them out.
    Neighbours(Box<Neighbours>),
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
    /// The known inputs of the recordings: a folder with a file of the same name for each recording, or the name of a dataset
    /// in each recording's own file. Systems x[t+1] = A x + B u, y = C x are then identified instead of operators, by
    /// windows of --delays past and as many future samples [default: 10] and with --rank states, so that a difference in input
    /// is not taken for a difference in dynamics; distances have the parts joint, state and input.
    #[arg(long, value_name = "DIR|DATASET", conflicts_with_all = [
        "against", "baseline", "mantel", "resamples", "block", "window", "interval", "steps_ahead", "reduced_rank",
        "dsa_metric", "conditions", "question", "sensors", "quick", "metric", "certify", "unequal_ranks",
    ])]
    pub inputs: Option<PathBuf>,
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
    /// Compute only block K of N blocks of pairs, such as 3/8, and leave it in the folder of --output, for `dsa merge` to put
    /// all blocks together. In a job array of SLURM: --block $SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT with
    /// --array=1-N. A job that was stopped goes on where it was when the same command is run again, and a block that is
    /// complete is not computed again. With numbers for --delays and --rank a block reads only the recordings of its pairs.
    #[arg(long, value_name = "K/N", requires = "output")]
    pub block: Option<BlockArgument>,
    /// The folder of the blocks that are put together, if they are.
    #[arg(skip)]
    pub merged: Option<PathBuf>,
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

/// `dsa merge`.
#[derive(Debug, Args)]
pub struct Merge {
    /// The folder that was the --output of all blocks.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// `dsa neighbours`.
#[derive(Debug, Args)]
pub struct Neighbours {
    /// Recordings, at most 4096, of the formats of `dsa compare`.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How many neighbours each recording has.
    #[arg(long, default_value_t = 5, value_name = "K", value_parser = clap::value_parser!(u16).range(1..))]
    pub k: u16,
    /// Write the neighbours to a .csv file (a line for each: recording, place, neighbour, distance, lower bound) or to a
    /// .json file.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
    /// How an operator is fitted.
    #[command(flatten)]
    pub model: ModelArguments,
    /// What is measured between two operators.
    #[command(flatten)]
    pub measure: MeasureArguments,
}

impl Neighbours {
    /// The comparison of the same recordings with the same settings.
    #[must_use]
    pub fn comparison(&self) -> Compare {
        Compare {
            command: String::new(),
            files: self.files.clone(),
            against: Vec::new(),
            inputs: None,
            labels: None,
            output: None,
            baseline: Vec::new(),
            mantel: None,
            resamples: None,
            no_halves: true,
            json: self.json,
            block: None,
            merged: None,
            model: self.model.clone(),
            measure: self.measure.clone(),
            fan: FanArguments { question: QuestionArgument::Apart, sensors: None, quick: false },
            groups: GroupArguments { strata: None, permutations: 1, seed: 0 },
        }
    }
}

/// `dsa fit`.
#[derive(Debug, Args)]
pub struct Fit {
    /// The recording. A large one is read in blocks, so that it need not fit into memory: raw integers, a .npy array, an array
    /// of HDF5 or a series of NWB, of time x channels and unprepared, with numbers for --delays and --rank.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }
}
