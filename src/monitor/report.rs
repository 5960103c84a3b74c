//! Reports and status codes of the monitor.

use crate::data::channels::ChannelSet;

/// Which data there are too few of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Insufficient {
    /// Pairs of samples at some lag: fewer than the setting asks for.
    Pairs,
    /// Predictable structure: the window is no better predicted by its own past than white noise.
    Excitation,
    /// Directions: fewer than r have 3e-3 of the largest singular value, or the covariances are not those of a process.
    Rank,
}

/// What is wrong with the input; the channels are those of the last two report intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Fault {
    /// Too many samples with a NaN or an infinity.
    NonFinite(ChannelSet),
    /// Too many samples at or beyond an end of the range of the converter.
    Saturated(ChannelSet),
    /// Too many samples with a channel that does not change.
    Stuck(ChannelSet),
    /// Too many samples farther from the mean than the setting allows.
    Artefact(ChannelSet),
    /// Channels with less than 1e-4 of their variance in the calibration.
    Dead(ChannelSet),
    /// Sample numbers went back, or jumped farther than a block.
    Clock,
}

/// What an alarm is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Alarm {
    /// The dynamics have changed: retrain the decoder, or look at the subject.
    Dynamics,
    /// The channels see other mixtures of the same dynamics (a linear remix), or a topology has changed in few
    /// dimensions: realign the decoder. Without canonical variates the two cannot be told apart.
    Geometry,
    /// Both.
    Both,
}

/// The state of a monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Status {
    /// Within the null band.
    Ok,
    /// Outside the null band, below the margin.
    Warning,
    /// Outside the null band, above the margin.
    Alarm(Alarm),
    /// Nothing can be said; the decision stands as it was.
    InsufficientData(Insufficient),
    /// Nothing should be said; the decision stands as it was.
    InvalidInput(Fault),
}

/// A score and its place in the null band.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Reading<T> {
    /// The score: an angle in radians, or a difference of log-determinants.
    pub score: T,
    /// Standard deviations of the logarithm above its mean where nothing changes.
    pub z: T,
}

/// One report. What could not be computed is `None`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Report<T> {
    /// Samples due since the start, up to the end of the window.
    pub samples: u64,
    /// The state.
    pub status: Status,
    /// The decision that stands, whatever the input was like: Ok, Warning or Alarm.
    pub standing: Status,
    /// The dynamics are outside their null band by CUSUM or three in a row, also below the margin, and also where
    /// `standing` is an alarm of the geometry alone.
    pub warned: bool,
    /// The spectral distance of the delay operator, in radians.
    pub dynamics: Option<Reading<T>>,
    /// The same of the operator between canonical variates.
    pub canonical: Option<Reading<T>>,
    /// The gate: log det of the errors of the reference's autoregression less that of the window's own. `None` also
    /// where more than 15 % of the pairs are lost: gaps bias it.
    pub gate: Option<Reading<T>>,
    /// CUSUM of the z of the operator, 0 to 16; a change above 8.
    pub cusum: T,
    /// The same of the canonical variates.
    pub canonical_cusum: T,
    /// Pairs of samples at the lag that has fewest.
    pub pairs: T,
    /// q = 1 - (det E / det R_0)^(1/n), the part of the variance that the past predicts; 2 n d / N is asked for.
    pub excitation: Option<T>,
    /// Directions with at least 3e-3 of the largest singular value, at most r.
    pub rank: Option<usize>,
    /// Part of the samples due that were left out because something was wrong with them.
    pub rejected: T,
    /// Part of the samples due that did not come.
    pub missing: T,
    /// Iterations of the subspace; 24 at most.
    pub iterations: usize,
    /// Whether they came to rest.
    pub converged: bool,
    /// Reports that were due since the last one and were skipped because it was still being worked on.
    pub skipped: u32,
}
