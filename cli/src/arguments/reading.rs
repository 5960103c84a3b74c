//! How recordings are read.

use crate::files::read::{Axes, BinWidth, Gaps, Reading};
use clap::{Args, ValueEnum};
use std::num::NonZeroUsize;

/// Which part of a file is the recording, and what the file does not say.
#[derive(Debug, Clone, Default, Args)]
pub struct FileArguments {
    /// Name or path of the array in a file of several: an array in an .npz file, a variable such as session.rates in a
    /// .mat file, a path such as group/rates in an .h5 file, a series such as acquisition/lfp or the units in an .nwb
    /// file. Without it, arrays that are numbered, such as arr_0 and arr_1, are read as the trials of one recording.
    #[arg(long, value_name = "NAME")]
    pub dataset: Option<String>,
    /// Names of the axes of the array, in their order, such as channels,time or trials,channels,time [default:
    /// time; time,channels; trials,time,channels].
    #[arg(long, value_name = "NAME,...")]
    pub axes: Option<Axes>,
    /// Channels to use, by the names in the head of a table or the labels of the signals of an .edf or .bdf file
    /// [default: all].
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub select: Option<Vec<String>>,
    /// Width of the bins in which the spike times of the units of an .nwb file are counted, such as 20ms.
    #[arg(long, value_name = "WIDTH")]
    pub bin: Option<BinWidth>,
    /// Number of channels of a file of raw 16-bit integers (.bin, .dat, .raw), in which the channels of a sample stand
    /// side by side, the low byte first. It also needs --rate.
    #[arg(long, value_name = "N")]
    pub raw_channels: Option<NonZeroUsize>,
}

impl FileArguments {
    /// The options as the reader takes them; `rate` is that of a file that states none.
    #[must_use]
    pub fn reading(&self, rate: Option<f64>) -> Reading<'_> {
        Reading {
            dataset: self.dataset.as_deref(),
            axes: self.axes,
            select: self.select.as_deref(),
            bin: self.bin,
            raw_channels: self.raw_channels,
            rate,
            ..Reading::default()
        }
    }
}

/// How recordings are read.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Reading")]
pub struct ReadArguments {
    /// Which part of a file is the recording.
    #[command(flatten)]
    pub file: FileArguments,
    /// Read all arrays of a file as the trials of one recording, in the order of their names, if they are not numbered.
    #[arg(long)]
    pub trials: bool,
    /// Samples per second of recordings that do not state them, such as raw ones.
    #[arg(long, value_name = "HZ", value_parser = positive)]
    pub rate: Option<f64>,
    /// What to do where samples are missing, that is, where the time column of a table jumps or runs back, and
    /// where cells are empty or NaN.
    #[arg(long, value_enum, default_value_t = GapsArgument::Keep, value_name = "WHAT")]
    pub gaps: GapsArgument,
}

impl ReadArguments {
    /// The options as the reader takes them.
    #[must_use]
    pub fn reading(&self) -> Reading<'_> {
        Reading {
            trials: self.trials,
            gaps: match self.gaps {
                GapsArgument::Keep => Gaps::Keep,
                GapsArgument::Cut => Gaps::Cut,
            },
            ..self.file.reading(self.rate)
        }
    }
}

/// A positive number.
fn positive(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if f64::is_finite(number) && number > 0.0 => Ok(number),
        _ => Err("expected a positive number".to_owned()),
    }
}

/// Gaps by name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum GapsArgument {
    /// Join the samples on both sides; a recording with empty cells or NaN is refused.
    #[default]
    Keep,
    /// Cut the recording into trials there.
    Cut,
}
