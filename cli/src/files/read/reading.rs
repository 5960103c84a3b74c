//! How a recording is to be read.

use super::axes::Axes;
use super::select::Channels;
use super::width::BinWidth;
use std::num::NonZeroUsize;

/// What to do where samples are missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gaps {
    /// Nothing: samples on both sides follow one another, and NaN stays.
    #[default]
    Keep,
    /// The trial is cut there; a sample in which a channel is missing is left out.
    Cut,
}

/// How a recording is to be read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reading<'a> {
    /// The name or the path of an array in a file of several. It may be left out when there is just one, or when the
    /// arrays are numbered: these are then trials.
    pub dataset: Option<&'a str>,
    /// Whether the arrays of a file are the trials of one recording even if they are not numbered.
    pub trials: bool,
    /// The axes of the array; by default (time), (time, channels) or (trials, time, channels).
    pub axes: Option<Axes>,
    /// What to do where samples are missing.
    pub gaps: Gaps,
    /// The channels to keep, in this order; all of them by default.
    pub select: Option<&'a [Channels]>,
    /// The width of the bins in which spike times are counted.
    pub bin: Option<BinWidth>,
    /// Channels of a file of raw samples.
    pub raw_channels: Option<NonZeroUsize>,
    /// Samples per second of a file that does not state them.
    pub rate: Option<f64>,
}
