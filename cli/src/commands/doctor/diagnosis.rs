//! What is known of a recording before it is fitted.

use super::signal::{self, Autocorrelation, Pieces};
use crate::files::read::{Axis, Samples};
use crate::quote::quoted;
use crate::text::counted;
use dynamical_similarity::linalg::svd;
use dynamical_similarity::{MatMut, MatRef, Recording, features};
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

/// Missing or infinite values.
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
    pub(super) fn of(samples: &Samples) -> Result<Self, String> {
        let channels = samples.channels.max(1);
        let of_channels: Vec<Pieces> =
            (0..channels).map(|at| signal::pieces(&samples.trials, channels, at)).collect();
        if of_channels.iter().all(Vec::is_empty) {
            return Err("no sample is a finite number".to_owned());
        }
        let moments: Vec<(f64, f64)> = of_channels.iter().map(signal::moments).collect();
        let all: Vec<(&Pieces, (f64, f64))> =
            of_channels.iter().zip(moments.iter().copied()).collect();
        let (shortest, longest) = samples.lengths();
        let lengths = || samples.trials.iter().map(|trial| trial.len() / channels);
        let total: usize = lengths().sum();
        let constant: Vec<usize> = (0..)
            .zip(&all)
            .filter(|(_, (pieces, (mean, deviation)))| {
                pieces.is_empty() || *deviation <= 8.0 * f64::EPSILON * mean.abs()
            })
            .map(|(channel, _)| channel)
            .collect();
        let varies = |channel: &usize| !constant.contains(channel);
        let largest = |of: &dyn Fn(&Pieces, (f64, f64)) -> f64| -> Option<OfChannel> {
            let varying = (0..).zip(&all).filter(|(channel, _)| varies(channel));
            varying
                .map(|(channel, (pieces, moments))| OfChannel {
                    channel,
                    value: of(pieces, *moments),
                })
                .max_by(|a, b| a.value.total_cmp(&b.value))
        };
        let rows = Standardised::of(samples, &constant);
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
            missing: missing(samples),
            copies: rows.copies(),
            stuck: (0..)
                .zip(&all)
                .filter(|(channel, _)| varies(channel))
                .map(|(channel, (pieces, _))| (channel, signal::longest_run(pieces)))
                .filter(|(_, run)| {
                    !events && *run >= STUCK && *run as f64 >= STUCK_SHARE * total as f64
                })
                .map(|(channel, run)| OfChannel { channel, value: run as f64 })
                .collect(),
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

    /// What is shown of the file, line by line, with a name for each.
    pub(super) fn lines(&self) -> Vec<(&'static str, String)> {
        let names = |channels: &[usize]| {
            let list: Vec<String> = channels.iter().take(8).map(|at| self.name(*at)).collect();
            let more = channels.len().saturating_sub(8);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            list.join(", ") + &more
        };
        let lengths = if self.shortest == self.longest {
            counted(self.longest, "sample")
        } else {
            format!("{} to {} samples", self.shortest, self.longest)
        };
        let mut lines = vec![(
            "shape",
            format!(
                "{} of {lengths}, {}",
                counted(self.trials, "trial"),
                counted(self.channels, "channel")
            ),
        )];
        lines.push((
            "rate",
            match self.rate {
                Some(rate) => format!(
                    "{} samples per second; {} s in all",
                    short(rate),
                    short(self.samples as f64 / rate)
                ),
                None => "not stated in the file; `--rate HZ` states it".to_owned(),
            },
        ));
        if let Some(missing) = &self.missing {
            let in_samples = counted(missing.samples, "sample");
            lines.push((
                "missing",
                format!(
                    "{} in {in_samples}, the first at {}",
                    counted(missing.values, "value"),
                    missing.first
                ),
            ));
        }
        if !self.constant.is_empty() {
            lines.push(("constant", names(&self.constant)));
        }
        for [copy, of] in self.copies.iter().take(4) {
            lines.push(("copy", format!("{} repeats {}", self.name(*copy), self.name(*of))));
        }
        for stuck in self.stuck.iter().take(4) {
            let run = format!(
                "{} stays at one value for {} samples",
                self.name(stuck.channel),
                stuck.value
            );
            lines.push(("stuck", run));
        }
        lines.push((
            "directions",
            format!(
                "{} independent ones; 95 % of the variance of standardised channels lies in {}",
                self.directions, self.leading_directions
            ),
        ));
        if let Some(OfChannel { channel, value }) = self.offset {
            let offset =
                format!("up to {} standard deviations ({})", short(value), self.name(channel));
            lines.push(("offset", offset));
        }
        if let Some(OfChannel { channel, value }) = self.drift {
            lines.push((
                "drift",
                format!(
                    "up to {:.0} % of the variance lies between eighths of the recording ({})",
                    100.0 * value,
                    self.name(channel)
                ),
            ));
        }
        if let Some(OfChannel { channel, value }) = self.artefacts.filter(|x| x.value > 0.0) {
            lines.push((
                "far off",
                format!(
                    "{} of {} beyond {} robust standard deviations from its median",
                    counted(value as usize, "sample"),
                    self.name(channel),
                    signal::FAR
                ),
            ));
        }
        if let Some(events) = self.events_per_sample {
            lines.push((
                "counts",
                format!("whole numbers from 0 on, {} per sample and channel", short(events)),
            ));
        }
        lines.push((
            "time scale",
            match self.autocorrelation_time {
                Some(time) => format!(
                    "the autocorrelation falls below 1/e after {}{}",
                    counted(time, "sample"),
                    self.rate
                        .map(|rate| format!(" ({} ms)", short(1e3 * time as f64 / rate)))
                        .unwrap_or_default()
                ),
                None => {
                    "the autocorrelation stays above 1/e for half of the longest trial".to_owned()
                }
            },
        ));
        if let Some(peak) = self.peak {
            let hertz = self.rate.map(|rate| format!(" ({} Hz)", short(peak * rate)));
            lines.push((
                "peak",
                format!(
                    "most power at {} cycles per sample{}",
                    short(peak),
                    hertz.unwrap_or_default()
                ),
            ));
        }
        let Windows { delays, entries, count } = self.windows;
        lines.push((
            "windows",
            format!(
                "{count} of {delays} delays, {} for each of their {entries} entries",
                short(count as f64 / entries as f64)
            ),
        ));
        lines.extend(self.notes.iter().map(|note| ("note", note.clone())));
        lines
    }
}

/// Three significant digits.
pub(super) fn short(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return x.to_string();
    }
    let digits = (2 - x.abs().log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{x:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

fn missing(samples: &Samples) -> Option<Missing> {
    let channels = samples.channels.max(1);
    let rows = || {
        let trials = samples.trials.iter().enumerate();
        trials.flat_map(move |(k, trial)| {
            trial.chunks(channels).enumerate().map(move |(t, row)| (k, t, row))
        })
    };
    let absent = |row: &[f64]| row.iter().filter(|x| !x.is_finite()).count();
    let (k, t, row) = rows().find(|(.., row)| absent(row) > 0)?;
    let channel = row.iter().position(|x| !x.is_finite())?;
    Some(Missing {
        values: rows().map(|(.., row)| absent(row)).sum(),
        samples: rows().filter(|(.., row)| absent(row) > 0).count(),
        first: samples.place(k, t, channel),
    })
}

/// Spectra are made of at least so many samples, where there are.
const LONG: usize = 50_000;

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

/// The channels that vary, standardised, without samples in which one is missing.
struct Standardised {
    /// The channel of each column.
    channels: Vec<usize>,
    /// Row-major.
    trials: Vec<Vec<f64>>,
}

impl Standardised {
    fn of(samples: &Samples, constant: &[usize]) -> Self {
        let channels: Vec<usize> =
            (0..samples.channels).filter(|channel| !constant.contains(channel)).collect();
        let cut = samples.clone().cut_at_gaps().map_or_else(|_| Vec::new(), |cut| cut.trials);
        // Of the samples that are left.
        let moments = |at| signal::moments(&signal::pieces(&cut, samples.channels, at));
        let moments: Vec<(f64, f64)> = (0..samples.channels).map(moments).collect();
        let standardised = |row: &[f64]| -> Vec<f64> {
            let entries = channels.iter().filter_map(|at| Some((row.get(*at)?, moments.get(*at)?)));
            entries.map(|(x, (mean, deviation))| (x - mean) / deviation).collect()
        };
        let trials = cut.iter().map(|trial| {
            trial.chunks_exact(samples.channels.max(1)).flat_map(standardised).collect()
        });
        Self { trials: trials.collect(), channels }
    }

    /// The correlations of all columns, row after row.
    fn correlations(&self) -> Vec<f64> {
        let n = self.channels.len();
        let mut sums = vec![0.0; n * n];
        for row in self.trials.iter().flat_map(|trial| trial.chunks_exact(n.max(1))) {
            for (to, x) in sums.chunks_exact_mut(n.max(1)).zip(row) {
                to.iter_mut().zip(row).for_each(|(to, y)| *to += x * y);
            }
        }
        let count = self.trials.iter().map(Vec::len).sum::<usize>() as f64 / n.max(1) as f64;
        sums.iter_mut().for_each(|x| *x /= count.max(1.0));
        sums
    }

    fn singular_values(&self) -> Vec<f64> {
        let n = self.channels.len();
        let correlations = self.correlations();
        let (mut u, mut v, mut s) = (vec![0.0; n * n], vec![0.0; n * n], vec![0.0; n]);
        let mut memory = vec![0.0; svd::svd_memory_len(n, n)];
        let found = MatRef::new(&correlations, n, n).and_then(|a| {
            let (mut u, mut v) = (MatMut::new(&mut u, n, n)?, MatMut::new(&mut v, n, n)?);
            svd::svd_in(a, &mut u, &mut s, &mut v, &mut memory)
        });
        match found {
            // Of the samples, whose squares are the correlations.
            Ok(()) => s.iter().map(|x| x.sqrt()).collect(),
            Err(_) => Vec::new(),
        }
    }

    /// Channels that have a correlation of 1 or -1 with an earlier one.
    fn copies(&self) -> Vec<[usize; 2]> {
        let n = self.channels.len();
        let correlations = self.correlations();
        let is_copy =
            |i: usize, j: usize| correlations.get(i * n + j).is_some_and(|x| x.abs() > 1.0 - 1e-12);
        let of = |i: usize| (0..i).find(|j| is_copy(i, *j)).map(|j| [i, j]);
        let at = |[i, j]: [usize; 2]| Some([*self.channels.get(i)?, *self.channels.get(j)?]);
        (0..n).filter_map(of).filter_map(at).collect()
    }

    /// From the first samples, of which there are enough.
    fn peak<'a>(&'a self) -> Option<f64> {
        let n = self.channels.len();
        let longest = self.trials.iter().map(|trial| trial.len() / n.max(1)).max()?;
        let segment = features::segment(longest);
        let part =
            |trial: &'a Vec<f64>| Recording::new(&trial[..trial.len().min(n * LONG)], n).ok();
        let mut left = LONG;
        let long: Vec<Recording<'_, f64>> = self
            .trials
            .iter()
            .filter_map(part)
            .filter(|trial| trial.samples() >= segment)
            .take_while(|trial| {
                let taken = left > 0;
                left = left.saturating_sub(trial.samples());
                taken
            })
            .collect();
        let powers = features::log_spectrum(&long, segment).ok()?;
        let best = (0..powers.len()).max_by(|a, b| powers[*a].total_cmp(&powers[*b]))?;
        Some((best + 1) as f64 / segment as f64)
    }
}
