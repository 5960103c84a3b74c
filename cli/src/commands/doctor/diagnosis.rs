//! What is known of a recording before it is fitted.

use super::signal::{self, Autocorrelation, Pieces};
use super::standardised::Standardised;
use crate::files::read::{Axis, Samples};
use crate::quote::quoted;
use serde::Serialize;

/// The delays of the windows that are counted.
const DELAYS: usize = 20;
/// A channel that stays at one value for so many samples and for this share of all is stuck.
const STUCK: usize = 20;
const STUCK_SHARE: f64 = 0.02;

/// A channel and a number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct OfChannel {
    pub(super) channel: usize,
    pub(super) value: f64,
}

/// Missing values.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Missing {
    pub(super) values: usize,
    pub(super) samples: usize,
    /// The place of the first.
    pub(super) first: String,
}

/// Delay windows of the usual number of delays.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Windows {
    pub(super) delays: usize,
    pub(super) entries: usize,
    pub(super) count: usize,
}

/// Everything that is shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Diagnosis {
    pub(super) trials: usize,
    pub(super) shortest: usize,
    pub(super) longest: usize,
    pub(super) samples: usize,
    pub(super) channels: usize,
    pub(super) channel_names: Vec<String>,
    pub(super) rate: Option<f64>,
    /// The rate, if a column of time without a unit is in seconds.
    pub(super) rate_in_seconds: Option<f64>,
    pub(super) missing: Option<Missing>,
    /// Infinite values.
    pub(super) infinite: usize,
    /// The largest absolute value of a sample.
    pub(super) largest: f64,
    pub(super) constant: Vec<usize>,
    /// Channels that are copies of an earlier one, up to an offset and a factor, each with that one.
    pub(super) copies: Vec<[usize; 2]>,
    /// Longest runs of one value, in samples, of channels that are not constant.
    pub(super) stuck: Vec<OfChannel>,
    /// The largest mean, in standard deviations of its channel.
    pub(super) offset: Option<OfChannel>,
    /// The channel with the largest share of its variance between successive eighths of the recording.
    pub(super) drift: Option<OfChannel>,
    /// Samples in which a channel is far from its median, of the channel with most of them.
    pub(super) artefacts: Option<OfChannel>,
    /// Whether all channels hold counts, and how many events there are in a sample on average.
    pub(super) events_per_sample: Option<f64>,
    /// The mean autocorrelation of neighbouring samples.
    pub(super) next_correlation: f64,
    /// In samples.
    pub(super) autocorrelation_time: Option<usize>,
    /// The frequency of the largest mean power of standardised channels, in cycles per sample.
    pub(super) peak: Option<f64>,
    /// Independent directions of the channels.
    pub(super) directions: usize,
    /// The number of directions that hold 95 % of the variance of standardised channels.
    pub(super) leading_directions: usize,
    pub(super) windows: Windows,
    /// What the reader said.
    pub(super) notes: Vec<String>,
}

impl Diagnosis {
    /// # Errors
    /// A sentence, if there is no number in the file.
    pub(super) fn of(samples: Samples) -> Result<Self, String> {
        let missing = missing(&samples);
        let (samples, infinite, size) = usable(samples);
        let channels = samples.channels.max(1);
        let of_channels: Vec<Pieces> =
            (0..channels).map(|at| signal::pieces(&samples.trials, channels, at)).collect();
        if of_channels.iter().all(Vec::is_empty) {
            return Err("no sample is a finite number".to_owned());
        }
        let moments: Vec<(f64, f64)> = of_channels.iter().map(signal::moments).collect();
        let all: Vec<Measured<'_>> = of_channels.iter().zip(moments.iter().copied()).collect();
        let (shortest, longest) = samples.lengths();
        let lengths = || samples.trials.iter().map(|trial| trial.len() / channels);
        let total: usize = lengths().sum();
        let constant = constant(&all);
        let largest = |of: &dyn Fn(&Pieces, (f64, f64)) -> f64| -> Option<OfChannel> {
            let value = |channel: usize, (pieces, moments): &Measured<'_>| OfChannel {
                channel,
                value: of(pieces, *moments),
            };
            let varying = all.iter().enumerate().filter(|(channel, _)| !constant.contains(channel));
            let values = varying.map(|(channel, measured)| value(channel, measured));
            values.max_by(|a, b| a.value.total_cmp(&b.value))
        };
        let rows = Standardised::of(&samples, &constant);
        let Autocorrelation { next, time } = signal::autocorrelation(&all);
        let events = all.iter().all(|(pieces, _)| signal::are_counts(pieces));
        let mean = moments.iter().map(|(mean, _)| mean).sum::<f64>() / channels as f64;
        let count: usize = lengths().map(|n| n.saturating_sub(DELAYS - 1)).sum();
        let spread = rows.singular_values();
        Ok(Self {
            trials: samples.trials.len(),
            shortest,
            longest,
            samples: total,
            channels,
            channel_names: samples.channel_names.clone(),
            rate: samples.rate,
            rate_in_seconds: samples.axis.as_ref().and_then(Axis::rate_in_seconds),
            missing,
            infinite,
            largest: size,
            copies: rows.copies(),
            // Counts of events are zero for long.
            stuck: if events { Vec::new() } else { stuck(&all, &constant, total) },
            offset: largest(&|_, (mean, deviation)| mean.abs() / deviation),
            drift: largest(&signal::drift),
            artefacts: largest(&|pieces, _| signal::far_off(pieces) as f64),
            events_per_sample: events.then_some(mean),
            next_correlation: next,
            autocorrelation_time: time,
            peak: rows.peak(),
            directions: spread.iter().filter(|s| **s > 1e-6 * spread[0]).count(),
            leading_directions: leading(&spread, 0.95),
            windows: Windows { delays: DELAYS, entries: DELAYS * channels, count },
            notes: samples.notes.clone(),
            constant,
        })
    }

    /// The name of a channel, or its number.
    pub(super) fn name(&self, channel: usize) -> String {
        match self.channel_names.get(channel).filter(|name| !name.is_empty()) {
            Some(name) => quoted(name),
            None => format!("channel {channel}"),
        }
    }
}

/// The pieces of a channel, and its mean and standard deviation.
type Measured<'a> = (&'a Pieces, (f64, f64));

/// Channels without a sample, or whose deviation is the rounding of their mean.
fn constant(all: &[Measured<'_>]) -> Vec<usize> {
    let is_constant = |(_, (pieces, (mean, deviation))): &(usize, &Measured<'_>)| {
        pieces.is_empty() || *deviation <= 8.0 * f64::EPSILON * mean.abs()
    };
    all.iter().enumerate().filter(is_constant).map(|(channel, _)| channel).collect()
}

/// Channels that vary and stay at one value for long.
fn stuck(all: &[Measured<'_>], constant: &[usize], samples: usize) -> Vec<OfChannel> {
    let least = STUCK.max((STUCK_SHARE * samples as f64).ceil() as usize);
    let runs = all.iter().enumerate().map(|(at, (pieces, _))| (at, signal::longest_run(pieces)));
    runs.filter(|(channel, run)| *run >= least && !constant.contains(channel))
        .map(|(channel, run)| OfChannel { channel, value: run as f64 })
        .collect()
}

/// The samples in a unit in which no square overflows, infinite ones missing; how many those were, and the largest of the
/// others as it was.
fn usable(mut samples: Samples) -> (Samples, usize, f64) {
    let all = || samples.trials.iter().flatten();
    let infinite = all().filter(|x| x.is_infinite()).count();
    let largest = all().filter(|x| x.is_finite()).fold(0.0, |most: f64, x| most.max(x.abs()));
    let unit = if (1e-100..1e100).contains(&largest) || largest == 0.0 { 1.0 } else { largest };
    for x in samples.trials.iter_mut().flatten() {
        *x = if x.is_finite() { *x / unit } else { f64::NAN };
    }
    (samples, infinite, largest)
}

fn missing(samples: &Samples) -> Option<Missing> {
    let channels = samples.channels.max(1);
    let rows = || {
        let trials = samples.trials.iter().enumerate();
        trials.flat_map(move |(k, trial)| {
            trial.chunks(channels).enumerate().map(move |(t, row)| (k, t, row))
        })
    };
    let absent = |row: &[f64]| row.iter().filter(|x| x.is_nan()).count();
    let (k, t, row) = rows().find(|(.., row)| absent(row) > 0)?;
    let channel = row.iter().position(|x| x.is_nan())?;
    Some(Missing {
        values: rows().map(|(.., row)| absent(row)).sum(),
        samples: rows().filter(|(.., row)| absent(row) > 0).count(),
        first: samples.place(k, t, channel),
    })
}

/// How many leading singular values hold this share of the squares.
fn leading(spread: &[f64], share: f64) -> usize {
    let total: f64 = spread.iter().map(|s| s * s).sum();
    let mut sum = 0.0;
    let enough = spread.iter().position(|s| {
        sum += s * s;
        sum >= share * total
    });
    enough.map_or(0, |at| at + 1)
}
