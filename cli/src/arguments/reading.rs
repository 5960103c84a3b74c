//! How recordings are read.

use super::preparation::PreparationArguments;
use crate::files::read::{Axes, BinWidth, Channels, Gaps, Reading};
use clap::{Args, ValueEnum};
use std::num::NonZeroUsize;
use std::path::PathBuf;

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
    /// Keep these channels, by number (counted from 0), range or name, in this order: 0-7,12,LFP3. Names are those in the
    /// head of a table or of the signals of an .edf or .bdf file.
    #[arg(long, value_name = "CHANNELS", value_delimiter = ',')]
    pub select: Vec<Channels>,
    /// Number of channels of a file of raw 16-bit integers (.bin, .dat, .raw), in which the channels of a sample stand
    /// side by side, the low byte first. It also needs --rate.
    #[arg(long, value_name = "N")]
    pub raw_channels: Option<NonZeroUsize>,
}

impl FileArguments {
    /// The options as the reader takes them: `rate` is that of a file that states none, `bin` the width of the bins in which
    /// spikes are counted.
    #[must_use]
    pub fn reading(&self, rate: Option<f64>, bin: Option<BinWidth>) -> Reading<'_> {
        Reading {
            dataset: self.dataset.as_deref(),
            axes: self.axes,
            select: (!self.select.is_empty()).then_some(&self.select),
            bin,
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
    /// A table of options of single files, which replace those of the command line: its head is `file` and any of rate, axes,
    /// dataset, select and raw-channels, and an empty cell leaves an option as it is.
    #[arg(long, value_name = "TABLE")]
    pub per_file: Option<PathBuf>,
    /// Read all arrays of a file as the trials of one recording, in the order of their names, if they are not numbered.
    #[arg(long)]
    pub trials: bool,
    /// What to do where samples are missing, that is, where the time column of a table jumps or runs back, and
    /// where cells are empty or NaN.
    #[arg(long, value_enum, default_value_t = GapsArgument::Keep, value_name = "WHAT")]
    pub gaps: GapsArgument,
}

impl ReadArguments {
    /// The options as the reader takes them, some of which say how the recording is prepared.
    #[must_use]
    pub fn reading(&self, preparation: &PreparationArguments) -> Reading<'_> {
        Reading {
            trials: self.trials,
            gaps: match self.gaps {
                GapsArgument::Keep => Gaps::Keep,
                GapsArgument::Cut => Gaps::Cut,
            },
            ..self.file.reading(preparation.rate, preparation.bins_of_spikes())
        }
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
