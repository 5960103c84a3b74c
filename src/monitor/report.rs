//! Reports and status codes of the monitor.

use crate::data::channels::ChannelSet;

/// The kind of data of which a window has too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Insufficient {
    /// Some lag has fewer pairs of samples than [`least_pairs`](super::MonitorSettings::least_pairs) asks for.
    Pairs,
    /// There is no predictable structure: the past of the window predicts it no better than it predicts white noise.
    Excitation,
    /// Fewer than r directions have a singular value of at least 3e-3 of the largest, or the covariances are not those
    /// of a process.
    Rank,
}

/// A fault of the input. The channels are those in which it occurred during the last two report intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Fault {
    /// Too many samples contain a NaN or an infinity.
    NonFinite(ChannelSet),
    /// Too many samples lie at or beyond an end of the range of the converter.
    Saturated(ChannelSet),
    /// Too many samples contain a channel that does not change.
    Stuck(ChannelSet),
    /// Too many samples lie farther from the mean than [`artefact`](super::MonitorSettings::artefact) allows.
    Artefact(ChannelSet),
    /// These channels have less than 1e-4 of their variance in the calibration.
    Dead(ChannelSet),
    /// The sample numbers went back, or jumped by more than a block.
    Clock,
}

/// The kind of change that an alarm reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Alarm {
    /// The dynamics have changed: retrain the decoder, or look at the subject.
    Dynamics,
    /// The channels see other mixtures of the same dynamics (a linear remix), or the topology has changed in few
    /// dimensions: realign the decoder. Only the canonical variates can tell the two apart.
    Geometry,
    /// Both the dynamics and the geometry have changed.
    Both,
}

/// The state of a monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Status {
    /// All scores are within their null bands.
    Ok,
    /// A score of the dynamics is outside its null band, and below its margin.
    Warning,
    /// Scores are outside their null bands, and those of the dynamics above their margin.
    Alarm(Alarm),
    /// The window has too little data for a decision; the last decision remains in force.
    InsufficientData(Insufficient),
    /// The input is faulty, so nothing is decided; the last decision remains in force.
    InvalidInput(Fault),
}

/// A score, and where it lies relative to the null band.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Reading<T> {
    /// The score: an angle in radians, or a difference of log-determinants.
    pub score: T,
    /// Distance of the logarithm of the score from its mean in the null band, in standard deviations.
    pub z: T,
}

/// One report. Values that could not be computed are `None`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Report<T> {
    /// Samples that were due from the start to the end of the window.
    pub samples: u64,
    /// The state of the monitor.
    pub status: Status,
    /// The decision that is in force, whatever the input was like: `Ok`, `Warning` or `Alarm`.
    pub standing: Status,
    /// Whether a score of the dynamics has left its null band (by CUSUM or three times in a row). This is also set if the
    /// score is below the margin, and if `standing` is an alarm of the geometry alone.
    pub warned: bool,
    /// The spectral distance of the delay operator, in radians.
    pub dynamics: Option<Reading<T>>,
    /// The spectral distance of the operator between canonical variates, in radians.
    pub canonical: Option<Reading<T>>,
    /// The gate: log det of the errors of the reference's autoregression, less that of the window's own. It is also
    /// `None` if more than 15 % of the pairs are lost, because gaps bias it.
    pub gate: Option<Reading<T>>,
    /// CUSUM of the z of the delay operator, 0 to 16; a value above 8 is a change.
    pub cusum: T,
    /// CUSUM of the z of the canonical variates, 0 to 16.
    pub canonical_cusum: T,
    /// Pairs of samples at the lag that has the fewest.
    pub pairs: T,
    /// q = 1 - (det E / det R_0)^(1/n), the share of the variance that the past predicts; at least 2 n d / N is needed.
    pub excitation: Option<T>,
    /// Number of directions with at least 3e-3 of the largest singular value, at most r.
    pub rank: Option<usize>,
    /// Share of the samples due that were discarded because something was wrong with them.
    pub rejected: T,
    /// Share of the samples due that are missing.
    pub missing: T,
    /// Iterations of the subspace iteration; at most 24.
    pub iterations: usize,
    /// Whether the subspace iteration converged.
    pub converged: bool,
    /// Reports that fell due since the last one and were skipped because it was still being worked on.
    pub skipped: u32,
}
