//! The command lines of `dsa calibrate` and `dsa monitor`.

use crate::files::read::Axes;
use clap::Args;
use std::path::PathBuf;

/// `dsa calibrate`.
#[derive(Debug, Args)]
pub struct Calibrate {
    /// A recording of all that is to count as normal, time x channels; rows of NaN or of empty
    /// cells are missing samples, and so is what a gap in a column of time lacks.
    pub file: PathBuf,
    /// Where to keep the calibration: 32-bit words, low byte first, in single precision, as a device
    /// reads them.
    #[arg(long, value_name = "CALIBRATION")]
    pub output: PathBuf,
    /// Samples a second. From 100 on, means of so many samples that about 50 a second remain take
    /// their place.
    #[arg(long, default_value_t = 50.0, value_name = "HZ")]
    pub rate: f64,
    /// Samples of a window; they should reach over about 100 ms.
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub delays: u16,
    /// Rank of the operator [default: the number of channels, at most 8].
    #[arg(long, value_name = "N")]
    pub rank: Option<usize>,
    /// Length of the blocks, of which each is compared with all others for the null band.
    #[arg(long, default_value_t = 30.0, value_name = "SECONDS")]
    pub block: f64,
    /// Number of blocks, from 5 on [default: all that the recording has, at least 20]. Fewer than 20
    /// make false alarms.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(5..=10_000))]
    pub blocks: Option<u16>,
    /// Samples with a channel this many standard deviations from its mean are left out as artefacts, which count
    /// for neither.
    #[arg(long, default_value_t = 8.0, value_name = "SD")]
    pub artefact: f64,
    /// Also score the operator between canonical variates of past and future, which sees changes of
    /// topology in few dimensions.
    #[arg(long)]
    pub canonical: bool,
    /// What the axes of the array are, in their order, such as channels,time [default: time,channels].
    #[arg(long, value_name = "NAME,...")]
    pub axes: Option<Axes>,
    /// Which array of an .npz file.
    #[arg(long, value_name = "NAME")]
    pub dataset: Option<String>,
}

/// `dsa monitor`.
#[derive(Debug, Args)]
pub struct Monitor {
    /// What `dsa calibrate` has written.
    #[arg(long, value_name = "FILE")]
    pub calibration: PathBuf,
    /// The recording to watch, time x channels; rows of NaN or of empty
    /// cells are missing samples, and so is what a gap in a column of time lacks.
    #[arg(long, value_name = "FILE")]
    pub stream: PathBuf,
    /// Samples a second of the stream, a multiple of the calibration's; means of so many samples take
    /// their place [default: the rate of the recording that was calibrated].
    #[arg(long, value_name = "HZ")]
    pub rate: Option<f64>,
    /// What a report looks at, in seconds: a multiple of 10.
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(10..))]
    pub window: u16,
    /// Seconds between reports: a multiple of 10.
    #[arg(long, default_value_t = 30, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(10..))]
    pub every: u16,
    /// Score above which a change of dynamics is an alarm. What turnover of units makes of the score
    /// belongs below it.
    #[arg(long, default_value_t = 0.08, value_name = "RADIANS")]
    pub margin: f32,
    /// The same for the score between canonical variates.
    #[arg(long, default_value_t = 0.13, value_name = "RADIANS")]
    pub canonical_margin: f32,
    /// A sample with a channel this many standard deviations of the calibration from its mean is left out.
    #[arg(long, default_value_t = 8.0, value_name = "SD")]
    pub artefact: f32,
    /// The range of the converter: samples at or beyond its ends are left out as saturated. Means of several
    /// samples seldom reach them.
    #[arg(long, num_args = 2, value_names = ["LOWEST", "HIGHEST"], allow_negative_numbers = true)]
    pub limits: Option<Vec<f32>>,
    /// Pairs of samples that a report needs at every lag.
    #[arg(long, default_value_t = 1500, value_name = "N")]
    pub least_pairs: usize,
    /// Also search the Procrustes angle between the operators of calibration and window; the score is a lower bound
    /// of it. Nothing is decided by it.
    #[arg(long)]
    pub procrustes: bool,
    /// Print a JSON object for each report.
    #[arg(long)]
    pub json: bool,
    /// Draw z and CUSUM over time here.
    #[arg(long, value_name = "FILE.svg")]
    pub plot: Option<PathBuf>,
    /// What the axes of the array are, in their order, such as channels,time [default: time,channels].
    #[arg(long, value_name = "NAME,...")]
    pub axes: Option<Axes>,
    /// Which array of an .npz file.
    #[arg(long, value_name = "NAME")]
    pub dataset: Option<String>,
}
