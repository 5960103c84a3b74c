//! The command lines of `dsa calibrate` and `dsa monitor`.

use super::reading::FileArguments;
use crate::files::read::BinWidth;
use clap::Args;
use std::path::PathBuf;

/// `dsa calibrate`.
#[derive(Debug, Args)]
pub struct Calibrate {
    /// A recording of the normal state, time x channels. Rows of NaN or of empty cells count as missing samples,
    /// and so do the samples that are absent where the time column of a table jumps.
    pub file: PathBuf,
    /// Where to write the calibration: 32-bit words, low byte first, in single precision, as a device reads them.
    #[arg(long, value_name = "CALIBRATION")]
    pub output: PathBuf,
    /// Samples per second. From 100 on, samples are averaged in groups so that about 50 per second remain.
    #[arg(long, default_value_t = 50.0, value_name = "HZ")]
    pub rate: f64,
    /// Project the channels onto their leading principal components before the monitor sees them, for arrays with more
    /// channels than the 16 or so that a device can watch. The projection and the averaging are written in front of the
    /// calibration, and the device does the same arithmetic.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub components: Option<u16>,
    /// Number of delays, that is, of samples per channel in a delay window; the window should span about 100 ms.
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub delays: u16,
    /// The most directions of the channels in which the dynamics are compared, and the rank of the operator [default: the
    /// number of channels, at most 8].
    #[arg(long, value_name = "N")]
    pub rank: Option<usize>,
    /// Length of a block. The null band is measured by comparing each block with all the others.
    #[arg(long, default_value_t = 30.0, value_name = "SECONDS")]
    pub block: f64,
    /// Number of blocks, at least 5 [default: all blocks of the recording, at least 20]. With fewer than 20, false
    /// alarms are likely.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(5..=10_000))]
    pub blocks: Option<u16>,
    /// Samples more than this many standard deviations from a channel's mean are discarded as artefacts; they
    /// affect neither the mean nor the null band.
    #[arg(long, default_value_t = 8.0, value_name = "SD")]
    pub artefact: f64,
    /// Directions of the channels whose correlation with themselves one sample later is not above this value are left
    /// out; 0 keeps as many as the rank.
    #[arg(long, default_value_t = 0.15, value_name = "CORRELATION")]
    pub cut: f32,
    /// Also keep the delay operator, which `dsa monitor --procrustes` needs. No decision depends on it.
    #[arg(long)]
    pub operator: bool,
    /// Width of the bins in which the spike times of the units of an .nwb file are counted, such as 20ms.
    #[arg(long, value_name = "WIDTH")]
    pub bin: Option<BinWidth>,
    /// Which part of a file is the recording.
    #[command(flatten)]
    pub file_options: FileArguments,
}

/// `dsa monitor`.
#[derive(Debug, Args)]
pub struct Monitor {
    /// The command line, quoted for a shell.
    #[arg(skip)]
    pub command: String,
    /// A calibration that `dsa calibrate` has written.
    #[arg(long, value_name = "FILE")]
    pub calibration: PathBuf,
    /// The recording to watch, time x channels. Rows of NaN or of empty cells count as missing samples, and so do
    /// the samples that are absent where the time column of a table jumps.
    #[arg(long, value_name = "FILE")]
    pub stream: PathBuf,
    /// Samples per second of the stream, a multiple of the calibration's rate, to which samples are averaged in
    /// groups [default: the rate of the recording that was calibrated].
    #[arg(long, value_name = "HZ")]
    pub rate: Option<f64>,
    /// Length of the window that a report looks at: a multiple of 10.
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(10..))]
    pub window: u16,
    /// Time between two reports: a multiple of 10.
    #[arg(long, default_value_t = 30, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(10..))]
    pub every: u16,
    /// Margin: the score above which a change of dynamics is an alarm instead of a warning. It should be larger
    /// than the scores that unit turnover causes; 1 is how far one block of the calibration is from the others.
    #[arg(long, default_value_t = 2.5, value_name = "SCORE")]
    pub margin: f32,
    /// Samples more than this many standard deviations from a channel's mean, as measured by the calibration, are
    /// discarded as artefacts.
    #[arg(long, default_value_t = 8.0, value_name = "SD")]
    pub artefact: f32,
    /// Range of the analogue-to-digital converter. Samples at or beyond its ends are discarded as saturated;
    /// averages of several samples seldom reach them.
    #[arg(long, num_args = 2, value_names = ["LOWEST", "HIGHEST"], allow_negative_numbers = true)]
    pub limits: Option<Vec<f32>>,
    /// Number of pairs of samples that a report needs at every lag.
    #[arg(long, default_value_t = 1500, value_name = "N")]
    pub least_pairs: usize,
    /// Also search for the Procrustes angle between the operators of the calibration, which `dsa calibrate --operator` has
    /// kept, and of the window. It does not affect the status.
    #[arg(long)]
    pub procrustes: bool,
    /// Print one JSON object per report.
    #[arg(long)]
    pub json: bool,
    /// Draw the scores in standard deviations (z) and the CUSUM over time into this file.
    #[arg(long, value_name = "FILE.svg")]
    pub plot: Option<PathBuf>,
    /// Write a page into this file: how many alarms there were, why, and the scores over time.
    #[arg(long, value_name = "FILE.html")]
    pub report: Option<PathBuf>,
    /// Width of the bins in which the spike times of the units of an .nwb file are counted, such as 20ms.
    #[arg(long, value_name = "WIDTH")]
    pub bin: Option<BinWidth>,
    /// Which part of a file is the recording.
    #[command(flatten)]
    pub file_options: FileArguments,
}
