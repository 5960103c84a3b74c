//! What a monitor says.

use crate::fit::bits;
use crate::status::DS_NONE;
use dynamical_similarity::Scalar;
use dynamical_similarity::monitor::{Alarm, Fault, Insufficient, Reading, Report, Status};

/// The state of a monitor. From `DS_MONITOR_TOO_FEW_PAIRS` on the decision is frozen: it stands as it was.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ds_monitor_status_t {
    /// Within the null band.
    DS_MONITOR_OK = 0,
    /// Dynamics outside the null band, below the margin.
    DS_MONITOR_WARNING = 1,
    /// The dynamics have changed, beyond the margin.
    DS_MONITOR_ALARM_DYNAMICS = 2,
    /// The channels see other mixtures of the same dynamics, or a topology has changed in few dimensions.
    DS_MONITOR_ALARM_GEOMETRY = 3,
    /// Both.
    DS_MONITOR_ALARM_BOTH = 4,
    /// Too few pairs of samples at some lag.
    DS_MONITOR_TOO_FEW_PAIRS = 5,
    /// No more predictable than white noise.
    DS_MONITOR_NO_EXCITATION = 6,
    /// Too few directions, or covariances that are not those of a process.
    DS_MONITOR_LOW_RANK = 7,
    /// Too many samples with a NaN or an infinity; `channels` says in which. So for the next three.
    DS_MONITOR_NON_FINITE = 8,
    /// Too many samples at or beyond an end of the range of the converter.
    DS_MONITOR_SATURATED = 9,
    /// Too many samples with a channel that does not change.
    DS_MONITOR_STUCK = 10,
    /// Too many samples farther from the mean than the setting allows.
    DS_MONITOR_ARTEFACT = 11,
    /// Channels (`channels`) with less than 1e-4 of their variance in the calibration.
    DS_MONITOR_DEAD = 12,
    /// Sample numbers went back, or jumped farther than a block.
    DS_MONITOR_CLOCK = 13,
    /// A state that is newer than this interface: nothing can be said.
    DS_MONITOR_OTHER = 14,
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
            Status::Alarm(Alarm::Both) => plain(DS_MONITOR_ALARM_BOTH),
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
/// `canonical` is known.
pub const DS_REPORT_CANONICAL: u32 = 2;
/// `gate` is known.
pub const DS_REPORT_GATE: u32 = 4;
/// `excitation` is known.
pub const DS_REPORT_EXCITATION: u32 = 8;
/// `rank` is known.
pub const DS_REPORT_RANK: u32 = 16;
/// The iteration of the subspace came to rest.
pub const DS_REPORT_CONVERGED: u32 = 32;
/// The status is also about channels beyond the first 64.
pub const DS_REPORT_FURTHER_CHANNELS: u32 = 64;
/// The dynamics are outside their null band, also below the margin, and also where `standing` is an alarm of the
/// geometry alone.
pub const DS_REPORT_WARNED: u32 = 128;

/// A score and its place in the null band; NaN where it is not known.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ds_reading<T> {
    /// The score: an angle in radians, or a difference of log-determinants.
    pub score: T,
    /// Standard deviations of the logarithm above its mean where nothing changes.
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
    /// Samples due since the start, up to the end of the window.
    pub samples: u64,
    /// The channels that the status is about: bit c stands for channel c.
    pub channels: u64,
    /// The state.
    pub status: ds_monitor_status_t,
    /// The decision that stands, whatever the input was like: ok, warning or an alarm.
    pub standing: ds_monitor_status_t,
    /// A sum of `DS_REPORT_` numbers: what is known, and more.
    pub flags: u32,
    /// Reports that were due since the last one and were skipped because it was still being worked on.
    pub skipped: u32,
    /// The spectral distance of the delay operator, in radians.
    pub dynamics: ds_reading<T>,
    /// The same of the operator between canonical variates.
    pub canonical: ds_reading<T>,
    /// The gate: log det of the errors of the reference's autoregression less that of the window's own. Not known
    /// where more than 15 % of the pairs are lost.
    pub gate: ds_reading<T>,
    /// CUSUM of the z of the operator, 0 to 16; a change above 8.
    pub cusum: T,
    /// The same of the canonical variates.
    pub canonical_cusum: T,
    /// Pairs of samples at the lag that has fewest.
    pub pairs: T,
    /// The part of the variance that the past predicts; 2 n d / N is asked for. NaN where it is not known.
    pub excitation: T,
    /// Part of the samples due that were left out because something was wrong with them.
    pub rejected: T,
    /// Part of the samples due that did not come.
    pub missing: T,
    /// Directions with at least 3e-3 of the largest singular value, at most r; `DS_NONE` where it is not known.
    pub rank: usize,
    /// Iterations of the subspace; 24 at most.
    pub iterations: usize,
}

impl<T: Scalar> ds_report<T> {
    pub(crate) fn of(report: &Report<T>) -> Self {
        let (status, channels, further) = ds_monitor_status_t::of(report.status);
        let (standing, ..) = ds_monitor_status_t::of(report.standing);
        let flags = [
            (report.dynamics.is_some(), DS_REPORT_DYNAMICS),
            (report.canonical.is_some(), DS_REPORT_CANONICAL),
            (report.gate.is_some(), DS_REPORT_GATE),
            (report.excitation.is_some(), DS_REPORT_EXCITATION),
            (report.rank.is_some(), DS_REPORT_RANK),
            (report.converged, DS_REPORT_CONVERGED),
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
            canonical: ds_reading::of(report.canonical),
            gate: ds_reading::of(report.gate),
            cusum: report.cusum,
            canonical_cusum: report.canonical_cusum,
            pairs: report.pairs,
            excitation: report.excitation.unwrap_or(unknown()),
            rejected: report.rejected,
            missing: report.missing,
            rank: report.rank.unwrap_or(DS_NONE),
            iterations: report.iterations,
        }
    }
}
