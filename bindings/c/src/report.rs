//! Reports and status codes of the monitor.

use crate::fit::bits;
use crate::status::DS_NONE;
use dynamical_similarity::Scalar;
use dynamical_similarity::monitor::{Alarm, Fault, Insufficient, Reading, Report, Status};

/// The state of a monitor. For `DS_MONITOR_TOO_FEW_PAIRS` and all later codes nothing is decided: the last decision
/// remains in force.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ds_monitor_status_t {
    /// All scores are within their null bands.
    DS_MONITOR_OK = 0,
    /// The score of the dynamics is outside its null band, and below the margin.
    DS_MONITOR_WARNING = 1,
    /// Something has changed, and its cause is not known yet.
    DS_MONITOR_ALARM_OPEN = 2,
    /// The dynamics have changed: the score is outside its null band and above the margin.
    DS_MONITOR_ALARM_DYNAMICS = 3,
    /// The channels see other mixtures of the same dynamics.
    DS_MONITOR_ALARM_GEOMETRY = 4,
    /// The channels have more noise of single samples, or less signal.
    DS_MONITOR_ALARM_NOISE = 5,
    /// Some lag has too few pairs of samples.
    DS_MONITOR_TOO_FEW_PAIRS = 6,
    /// The window is no more predictable than white noise.
    DS_MONITOR_NO_EXCITATION = 7,
    /// There are too few directions, or the covariances are not those of a process.
    DS_MONITOR_LOW_RANK = 8,
    /// Too many samples contain a NaN or an infinity. `channels` names the channels, here and for the next three codes.
    DS_MONITOR_NON_FINITE = 9,
    /// Too many samples lie at or beyond an end of the range of the converter.
    DS_MONITOR_SATURATED = 10,
    /// Too many samples contain a channel that does not change.
    DS_MONITOR_STUCK = 11,
    /// Too many samples lie farther from the mean than the setting `artefact` allows.
    DS_MONITOR_ARTEFACT = 12,
    /// The channels in `channels` have less than 1e-4 of their variance in the calibration.
    DS_MONITOR_DEAD = 13,
    /// The sample numbers went back, or jumped by more than a block.
    DS_MONITOR_CLOCK = 14,
    /// A state that is newer than this interface.
    DS_MONITOR_OTHER = 15,
}

use ds_monitor_status_t::*;

impl ds_monitor_status_t {
    /// The status, and the channels that it is about: a mask of the first 64, and whether there are more.
    pub(crate) fn of(status: Status) -> (Self, u64, bool) {
        let plain = |status| (status, 0, false);
        match status {
            Status::Ok => plain(DS_MONITOR_OK),
            Status::Warning => plain(DS_MONITOR_WARNING),
            Status::Alarm(Alarm::Dynamics) => plain(DS_MONITOR_ALARM_DYNAMICS),
            Status::Alarm(Alarm::Geometry) => plain(DS_MONITOR_ALARM_GEOMETRY),
            Status::Alarm(Alarm::Noise) => plain(DS_MONITOR_ALARM_NOISE),
            Status::Alarm(Alarm::Open) => plain(DS_MONITOR_ALARM_OPEN),
            Status::InsufficientData(Insufficient::Pairs) => plain(DS_MONITOR_TOO_FEW_PAIRS),
            Status::InsufficientData(Insufficient::Excitation) => plain(DS_MONITOR_NO_EXCITATION),
            Status::InsufficientData(Insufficient::Rank) => plain(DS_MONITOR_LOW_RANK),
            Status::InvalidInput(fault) => {
                let (status, channels) = match fault {
                    Fault::NonFinite(channels) => (DS_MONITOR_NON_FINITE, channels),
                    Fault::Saturated(channels) => (DS_MONITOR_SATURATED, channels),
                    Fault::Stuck(channels) => (DS_MONITOR_STUCK, channels),
                    Fault::Artefact(channels) => (DS_MONITOR_ARTEFACT, channels),
                    Fault::Dead(channels) => (DS_MONITOR_DEAD, channels),
                    Fault::Clock => return plain(DS_MONITOR_CLOCK),
                    _ => return plain(DS_MONITOR_OTHER),
                };
                (status, bits(&channels), channels.has_further())
            }
            _ => plain(DS_MONITOR_OTHER),
        }
    }
}

/// `dynamics` is known.
pub const DS_REPORT_DYNAMICS: u32 = 1;
/// `noise` is known.
pub const DS_REPORT_NOISE: u32 = 2;
/// `gate` is known.
pub const DS_REPORT_GATE: u32 = 4;
/// `excitation` is known.
pub const DS_REPORT_EXCITATION: u32 = 8;
/// `rank` is known.
pub const DS_REPORT_RANK: u32 = 16;
/// The status is also about channels beyond the first 64.
pub const DS_REPORT_FURTHER_CHANNELS: u32 = 32;
/// The score of the dynamics has left its null band, even if it is below the margin.
pub const DS_REPORT_WARNED: u32 = 64;

/// A score, and where it lies relative to the null band; NaN if it is not known.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ds_reading<T> {
    /// The score. Of the dynamics: the distance between the lag spectra of the window and the calibration, where 1 is that of
    /// one block of the calibration from the others. Of the gate: a difference of log-determinants. Of the noise: the noise
    /// level of the window over that of the calibration.
    pub score: T,
    /// Distance of the logarithm of the score from its mean in the null band, in standard deviations.
    pub z: T,
}

impl<T: Scalar> ds_reading<T> {
    fn of(reading: Option<Reading<T>>) -> Self {
        reading.map_or(Self { score: unknown(), z: unknown() }, |Reading { score, z }| Self {
            score,
            z,
        })
    }
}

fn unknown<T: Scalar>() -> T {
    T::from(f32::NAN)
}

/// One report of a monitor.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ds_report<T> {
    /// Samples that were due from the start to the end of the window.
    pub samples: u64,
    /// The channels that the status is about: bit c stands for channel c.
    pub channels: u64,
    /// The state of the monitor.
    pub status: ds_monitor_status_t,
    /// The decision that is in force, whatever the input was like: ok, warning or an alarm.
    pub standing: ds_monitor_status_t,
    /// A sum of `DS_REPORT_` numbers: which values are known, and further flags.
    pub flags: u32,
    /// Reports that fell due since the last one and were skipped because it was still being worked on.
    pub skipped: u32,
    /// The score of the dynamics.
    pub dynamics: ds_reading<T>,
    /// The gate: log det of the errors of the reference's autoregression, less that of the window's own. It is not known
    /// if more than 15 % of the pairs are lost.
    pub gate: ds_reading<T>,
    /// The noise level: variance at lag 0 for a covariance of one at lag 1, mean over the directions.
    pub noise: ds_reading<T>,
    /// CUSUM of the z of the dynamics, 0 to 16; a value above 8 is a change.
    pub cusum: T,
    /// Pairs of samples at the lag that has the fewest.
    pub pairs: T,
    /// The share of the variance that the past predicts; at least 2 n d / N is needed. NaN if it is not known.
    pub excitation: T,
    /// Share of the samples due that were discarded because something was wrong with them.
    pub rejected: T,
    /// Share of the samples due that are missing.
    pub missing: T,
    /// Number of directions of the channels with at least 1e-5 of the largest variance, at most n; `DS_NONE` if it is not known.
    pub rank: usize,
}

impl<T: Scalar> ds_report<T> {
    pub(crate) fn of(report: &Report<T>) -> Self {
        let (status, channels, further) = ds_monitor_status_t::of(report.status);
        let (standing, ..) = ds_monitor_status_t::of(report.standing);
        let flags = [
            (report.dynamics.is_some(), DS_REPORT_DYNAMICS),
            (report.noise.is_some(), DS_REPORT_NOISE),
            (report.gate.is_some(), DS_REPORT_GATE),
            (report.excitation.is_some(), DS_REPORT_EXCITATION),
            (report.rank.is_some(), DS_REPORT_RANK),
            (further, DS_REPORT_FURTHER_CHANNELS),
            (report.warned, DS_REPORT_WARNED),
        ];
        Self {
            samples: report.samples,
            channels,
            status,
            standing,
            flags: flags.iter().fold(0, |sum, (is, flag)| if *is { sum | flag } else { sum }),
            skipped: report.skipped,
            dynamics: ds_reading::of(report.dynamics),
            gate: ds_reading::of(report.gate),
            noise: ds_reading::of(report.noise),
            cusum: report.cusum,
            pairs: report.pairs,
            excitation: report.excitation.unwrap_or(unknown()),
            rejected: report.rejected,
            missing: report.missing,
            rank: report.rank.unwrap_or(DS_NONE),
        }
    }
}
