//! How recordings are read.

use crate::read::{Axes, Gaps, Reading};
use clap::{Args, ValueEnum};

/// How recordings are read.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Reading")]
pub struct ReadArguments {
    /// Which array of an .npz file; without it several arrays that are numbered, such as arr_0 and arr_1, are the
    /// trials of one recording.
    #[arg(long, value_name = "NAME")]
    pub dataset: Option<String>,
    /// What the axes of the arrays are, in their order: such as channels,time or trials,channels,time
    /// [default: time; time,channels; trials,time,channels].
    #[arg(long, value_name = "NAME,...")]
    pub axes: Option<Axes>,
    /// What to do where samples are missing: where the time in a table jumps or runs back, and where cells are
    /// empty or NaN.
    #[arg(long, value_enum, default_value_t = GapsArgument::Keep, value_name = "WHAT")]
    pub gaps: GapsArgument,
}

impl ReadArguments {
    /// The same for the reader.
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
    /// The samples on both sides follow one another; an empty cell is refused.
    #[default]
    Keep,
    /// Cut the recording into trials there.
    Cut,
}
