//! How recordings are read.

use crate::files::read::{Axes, Gaps, Reading};
use clap::{Args, ValueEnum};

/// How recordings are read.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Reading")]
pub struct ReadArguments {
    /// Name of the array in an .npz file. Without it, arrays that are numbered, such as arr_0 and arr_1, are read
    /// as the trials of one recording.
    #[arg(long, value_name = "NAME")]
    pub dataset: Option<String>,
    /// Names of the axes of the array, in their order, such as channels,time or trials,channels,time [default:
    /// time; time,channels; trials,time,channels].
    #[arg(long, value_name = "NAME,...")]
    pub axes: Option<Axes>,
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
            dataset: self.dataset.as_deref(),
            axes: self.axes,
            gaps: match self.gaps {
                GapsArgument::Keep => Gaps::Keep,
                GapsArgument::Cut => Gaps::Cut,
            },
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
