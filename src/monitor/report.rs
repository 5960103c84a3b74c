//! Reports and status codes of the monitor.

use crate::data::channels::ChannelSet;

/// The kind of data of which a window has too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Insufficient {
    /// Some lag has fewer pairs of samples than [`least_pairs`](super::MonitorSettings::least_pairs) asks for.
    Pairs,
    /// There is no predictable structure: the past of the window predicts it no better than it predicts white noise.
    Excitation,
    /// The channels have fewer directions than the calibration: fewer have at least 1e-5 of the largest variance. Or the
    /// covariances are not those of a process.
    Rank,
}

/// A fault of the input. The channels are those in which it occurred during the last two report intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
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

/// The cause of a change, where the evidence can tell causes apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Alarm {
    /// Something has changed, and its cause is not known yet. This is what is said first, because the gate sees changes of the
    /// dynamics, too, and sees them sooner than the score does.
    Open,
    /// The dynamics have changed: retrain the decoder, or look at the subject.
    Dynamics,
    /// The channels see other mixtures of the same dynamics (a linear remix, other gains): realign the decoder.
    Geometry,
    /// The channels have more noise of single samples, or less signal: look at the recording.
    Noise,
}

/// The state of a monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Status {
    /// All scores are within their null bands.
    Ok,
    /// The score of the dynamics is outside its null band, and below its margin.
    Warning,
    /// Something has changed.
    Alarm(Alarm),
    /// The window has too little data for a decision; the last decision remains in force.
    InsufficientData(Insufficient),
    /// The input is faulty, so nothing is decided; the last decision remains in force.
    InvalidInput(Fault),
}

/// A score, and where it lies relative to the null band.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Reading<T> {
    /// The score. Of the dynamics: the distance between the lag spectra of the window and the calibration, where 1 is that of
    /// one block of the calibration from the others. Of the gate: a difference of log-determinants. Of the noise: the noise
    /// level of the window over that of the calibration.
    pub score: T,
    /// Distance of the logarithm of the score from its mean in the null band, in standard deviations.
    pub z: T,
}

/// One report. Values that could not be computed are `None`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Report<T> {
    /// Samples that were due from the start to the end of the window.
    pub samples: u64,
    /// The state of the monitor.
    pub status: Status,
    /// The decision that is in force, whatever the input was like: `Ok`, `Warning` or `Alarm`.
    pub standing: Status,
    /// Whether the score of the dynamics has left its null band (by CUSUM or three times in a row), even if it is below the
    /// margin.
    pub warned: bool,
    /// The score of the dynamics.
    pub dynamics: Option<Reading<T>>,
    /// The gate: log det of the errors of the reference's autoregression, less that of the window's own. It is also
    /// `None` if more than 15 % of the pairs are lost, because gaps bias it.
    pub gate: Option<Reading<T>>,
    /// The noise level: variance at lag 0 for a covariance of one at lag 1, mean over the directions.
    pub noise: Option<Reading<T>>,
    /// CUSUM of the z of the dynamics, 0 to 16; a value above 8 is a change.
    pub cusum: T,
    /// Pairs of samples at the lag that has the fewest.
    pub pairs: T,
    /// q = 1 - (det E / det R_0)^(1/n), the share of the variance that the past predicts; at least 2 n d / N is needed.
    pub excitation: Option<T>,
    /// Number of directions of the channels with at least 1e-5 of the largest variance, at most n.
    pub rank: Option<usize>,
    /// Share of the samples due that were discarded because something was wrong with them.
    pub rejected: T,
    /// Share of the samples due that are missing.
    pub missing: T,
    /// Reports that fell due since the last one and were skipped because it was still being worked on.
    pub skipped: u32,
}
