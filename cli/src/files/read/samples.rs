//! A recording as it was read: trials, the time axis, and the place of each sample in the file.

use super::error::{ReadError, ReadErrorKind};
use super::select::Channels;
use crate::quote::quoted;
use dynamical_similarity::{Error, Recording};

/// The contents of a file: one or several trials of the same channels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// One vector per trial, row-major: `trial[t * channels + c]` is channel c at time t. Not empty.
    pub trials: Vec<Vec<f64>>,
    /// Channels of every trial, at least 1.
    pub channels: usize,
    /// Names of the channels from the head of a table; empty if there was none.
    pub channel_names: Vec<String>,
    /// What the reader decided by itself, one sentence each, for the user to see.
    pub notes: Vec<String>,
    /// Samples per second, where the file states it; positive and finite.
    pub rate: Option<f64>,
    /// Whether these are counts of spikes in bins that the reader was told.
    pub counted: bool,
    /// The time axis, from a column of time, frames or rows; `None` if there was none.
    pub axis: Option<Axis>,
    /// The places of the samples in a table; `None` for arrays.
    pub origin: Option<Origin>,
}

/// The axis of time of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// Name of the column; empty if it had none.
    pub name: String,
    /// Whether the column counts samples instead of measuring time.
    pub counts: bool,
    /// The unit in the name of the column, such as `ms`.
    pub unit: Option<String>,
    /// The sampling interval: the median step, positive, in the unit of the column.
    pub step: f64,
    /// Where samples are missing, by trial and sample, ascending.
    pub gaps: Vec<Gap>,
}

impl Axis {
    /// Samples per second, where the column is a time in a unit that is known; a whole number if that is within 1e-4, because
    /// times in a table are rounded.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        self.rate_in(super::table::seconds(self.unit.as_deref()?)?)
    }

    /// Samples per second, if a column of time without a unit is in seconds.
    #[must_use]
    pub fn rate_in_seconds(&self) -> Option<f64> {
        self.unit.is_none().then(|| self.rate_in(1.0))?
    }

    fn rate_in(&self, seconds: f64) -> Option<f64> {
        let rate = 1.0 / (self.step * seconds);
        let whole = rate.round();
        let is_whole = whole >= 1.0 && (rate / whole - 1.0).abs() < 1e-4;
        (!self.counts && rate.is_finite()).then_some(if is_whole { whole } else { rate })
    }
}

/// A place at which the axis jumps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    /// The trial.
    pub trial: usize,
    /// The first sample after the gap; not 0.
    pub sample: usize,
    /// How many samples are missing, rounded; 0 where time runs back.
    pub missing: u64,
}

/// The places of the samples of a table in its file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Origin {
    /// The line of the first sample, counted from 1.
    pub first_line: u64,
    /// For each trial, the row of its first sample, counted from the first sample of the file.
    pub rows: Vec<u64>,
    /// For each channel its column, counted from 1.
    pub columns: Vec<usize>,
}

/// The most values that [`Samples::with_missing_rows`] makes: 0.8 GB.
pub const MOST_VALUES: usize = 100_000_000;

impl Samples {
    /// The trials, borrowed and checked.
    ///
    /// # Errors
    /// [`Error::NonFinite`] with trial, sample and channel of the first NaN or infinity.
    pub fn recordings(&self) -> Result<Vec<Recording<'_, f64>>, Error> {
        self.trials
            .iter()
            .enumerate()
            .map(|(trial, samples)| {
                Recording::new(samples, self.channels).map_err(|error| error.in_trial(trial))
            })
            .collect()
    }

    /// Takes a sampling rate that the file states, by `what`, if it can be one.
    pub(super) fn state_rate(&mut self, rate: f64, what: &str) {
        if rate.is_finite() && rate > 0.0 {
            self.rate = Some(rate);
            self.notes.push(format!("the sampling rate is {rate} Hz by {what}"));
        }
    }

    /// Keeps these channels, in this order.
    ///
    /// # Errors
    /// [`ReadErrorKind::Dataset`] if there is no such channel.
    pub(super) fn select(&mut self, chosen: &[Channels]) -> Result<(), ReadError> {
        let known = &self.channel_names;
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        let places = Channels::places(chosen, &names, self.channels)?;
        for trial in &mut self.trials {
            let rows = trial.chunks(self.channels.max(1));
            *trial =
                rows.flat_map(|row| places.iter().filter_map(|k| row.get(*k).copied())).collect();
        }
        self.channels = places.len();
        self.channel_names = places.iter().filter_map(|k| known.get(*k).cloned()).collect();
        if let Some(origin) = &mut self.origin {
            origin.columns =
                places.iter().filter_map(|k| origin.columns.get(*k).copied()).collect();
        }
        Ok(())
    }

    /// Refuses missing and infinite samples, with the place of the first in the file.
    ///
    /// # Errors
    /// [`ReadErrorKind::NotFinite`].
    pub fn check_finite(&self) -> Result<(), ReadError> {
        let all =
            || self.trials.iter().enumerate().flat_map(|(k, x)| x.iter().map(move |x| (k, x)));
        let Some((trial, at, value)) =
            self.trials.iter().enumerate().find_map(|(trial, samples)| {
                let at = samples.iter().position(|x| !x.is_finite())?;
                Some((trial, at, samples.get(at).copied()?))
            })
        else {
            return Ok(());
        };
        let channels = self.channels.max(1);
        let place = self.place(trial, at / channels, at % channels);
        let message = if value.is_nan() {
            let missing = all().filter(|(_, x)| x.is_nan()).count();
            let how_many = if missing == 1 {
                "the only missing value".to_owned()
            } else {
                format!("the first of {missing} missing values")
            };
            format!(
                "{place} holds no number ({how_many}); fill in what is missing, or cut the recording there with --gaps cut"
            )
        } else {
            format!("{place} is infinite; a sample must be a finite number")
        };
        Err(ReadError::new(ReadErrorKind::NotFinite, message))
    }

    /// The largest absolute value of a sample, and its place in the file.
    #[must_use]
    pub fn largest(&self) -> Option<(f64, String)> {
        let all = self.trials.iter().enumerate();
        let all = all.flat_map(|(k, x)| x.iter().enumerate().map(move |(at, x)| (k, at, x.abs())));
        let (trial, at, size) = all.max_by(|a, b| a.2.total_cmp(&b.2))?;
        let channels = self.channels.max(1);
        Some((size, self.place(trial, at / channels, at % channels)))
    }

    /// Keeps the trials of at least `least` samples, and returns how many are left.
    pub fn retain_trials(&mut self, least: usize) -> usize {
        let channels = self.channels.max(1);
        let kept: Vec<bool> = self.trials.iter().map(|x| x.len() / channels >= least).collect();
        self.keep(&kept);
        self.trials.len()
    }

    /// Keeps these trials.
    fn keep(&mut self, kept: &[bool]) {
        let is_kept = |trial: usize| kept.get(trial).copied().unwrap_or(false);
        if let Some(axis) = &mut self.axis {
            axis.gaps.retain(|gap| is_kept(gap.trial));
            let mut left = 0;
            let places: Vec<usize> = kept
                .iter()
                .map(|x| {
                    left += usize::from(*x);
                    left.saturating_sub(1)
                })
                .collect();
            axis.gaps.iter_mut().for_each(|gap| {
                gap.trial = places.get(gap.trial).copied().unwrap_or(gap.trial);
            });
        }
        if let Some(origin) = &mut self.origin {
            let mut at = 0..;
            origin.rows.retain(|_| at.next().is_some_and(is_kept));
        }
        let mut at = 0..;
        self.trials.retain(|_| at.next().is_some_and(is_kept));
    }

    /// The place of a sample in the file: line and column of a table, or indices of an array.
    #[must_use]
    pub fn place(&self, trial: usize, sample: usize, channel: usize) -> String {
        let found = self.origin.as_ref().and_then(|origin| {
            let row = origin.rows.get(trial)?.saturating_add(sample as u64);
            Some((origin.first_line.saturating_add(row), *origin.columns.get(channel)?))
        });
        let named = self.channel_names.get(channel).filter(|name| !name.is_empty());
        let named = named.map(|name| format!(" ({})", quoted(name))).unwrap_or_default();
        match found {
            Some((line, column)) => format!("line {line}, column {column}{named}"),
            None => format!("trial {trial}, sample {sample}, channel {channel}"),
        }
    }

    /// Samples of the shortest and of the longest trial.
    #[must_use]
    pub fn lengths(&self) -> (usize, usize) {
        let lengths = || self.trials.iter().map(|x| x.len() / self.channels.max(1));
        (lengths().min().unwrap_or(0), lengths().max().unwrap_or(0))
    }

    /// Rows of NaN at the end of one of several trials fill up an array of trials of unequal lengths: they go,
    /// and a trial of nothing else with them.
    ///
    /// # Errors
    /// [`ReadErrorKind::Empty`] if nothing is left.
    pub(super) fn without_padding(mut self) -> Result<Self, ReadError> {
        let channels = self.channels.max(1);
        if self.trials.len() < 2 {
            return Ok(self);
        }
        let mut padded = 0;
        for trial in &mut self.trials {
            let rows = trial.chunks(channels).rev();
            let missing = rows.take_while(|row| row.iter().all(|x| x.is_nan())).count();
            padded += usize::from(missing > 0);
            trial.truncate(trial.len().saturating_sub(missing.saturating_mul(channels)));
        }
        if padded == 0 {
            return Ok(self);
        }
        let kept: Vec<bool> = self.trials.iter().map(|trial| !trial.is_empty()).collect();
        let all = kept.len();
        let empty: Vec<usize> = (0..all).zip(&kept).filter(|(_, x)| !**x).map(|(k, _)| k).collect();
        if empty.len() == all {
            return Err(ReadError::new(ReadErrorKind::Empty, "every sample is NaN"));
        }
        let lengths: Vec<usize> = self.trials.iter().map(|x| x.len() / channels).collect();
        if let Some(axis) = &mut self.axis {
            axis.gaps.retain(|gap| lengths.get(gap.trial).is_some_and(|n| gap.sample < *n));
        }
        self.keep(&kept);
        let (shortest, longest) = self.lengths();
        self.notes.push(format!(
            "NaN at the end of {padded} of {all} trials was taken for padding: trials of {shortest} to \
             {longest} samples are left"
        ));
        if !empty.is_empty() {
            let list: Vec<String> = empty.iter().take(20).map(usize::to_string).collect();
            let more = if empty.len() > 20 { ", ..." } else { "" };
            self.notes.push(format!(
                "trials that hold nothing but NaN were left out: {}{more} (counted from 0)",
                list.join(", ")
            ));
        }
        Ok(self)
    }

    /// Cuts the trials where the axis jumps, and around samples in which a channel is missing.
    ///
    /// # Errors
    /// [`ReadErrorKind::Empty`] if nothing is left.
    pub fn cut_at_gaps(mut self) -> Result<Self, ReadError> {
        let channels = self.channels.max(1);
        let mut gaps = self.axis.iter().flat_map(|axis| axis.gaps.iter().copied()).peekable();
        let (mut trials, mut rows, mut missing) = (Vec::new(), Vec::new(), 0_usize);
        let before = self.trials.len();
        for (k, trial) in self.trials.iter().enumerate() {
            let first_row =
                self.origin.as_ref().and_then(|origin| origin.rows.get(k)).copied().unwrap_or(0);
            let mut piece = Vec::new();
            for (t, row) in trial.chunks(channels).enumerate() {
                let jumps = gaps.next_if(|gap| (gap.trial, gap.sample) <= (k, t)).is_some();
                let absent = row.iter().any(|x| x.is_nan());
                missing += usize::from(absent);
                if (jumps || absent) && !piece.is_empty() {
                    trials.push(std::mem::take(&mut piece));
                }
                if !absent {
                    if piece.is_empty() {
                        rows.push(first_row.saturating_add(t as u64));
                    }
                    piece.extend_from_slice(row);
                }
            }
            if !piece.is_empty() {
                trials.push(piece);
            }
        }
        if trials.is_empty() {
            return Err(ReadError::new(
                ReadErrorKind::Empty,
                "every sample has a channel that is missing, so that nothing is left between the gaps",
            ));
        }
        if trials.len() == before && missing == 0 {
            return Ok(self);
        }
        self.trials = trials;
        if let Some(origin) = &mut self.origin {
            origin.rows = rows;
        }
        if let Some(axis) = &mut self.axis {
            axis.gaps.clear();
        }
        let (shortest, longest) = self.lengths();
        let dropped = match missing {
            0 => String::new(),
            1 => "; 1 sample with a missing channel was left out".to_owned(),
            _ => format!("; {missing} samples with a missing channel were left out"),
        };
        self.notes.push(format!(
            "the recording was cut at gaps into {} trials of {shortest} to {longest} samples{dropped}",
            self.trials.len()
        ));
        Ok(self)
    }

    /// The recording with a row of NaN for each sample that is missing in a gap of the axis, as a monitor takes
    /// it. Where time runs back, nothing is put in.
    ///
    /// # Errors
    /// [`ReadErrorKind::TooLarge`] beyond [`MOST_VALUES`] values.
    pub fn with_missing_rows(mut self) -> Result<Self, ReadError> {
        let Some(axis) = &mut self.axis else { return Ok(self) };
        let gaps = std::mem::take(&mut axis.gaps);
        let missing = gaps.iter().fold(0_u64, |sum, gap| sum.saturating_add(gap.missing));
        if missing == 0 {
            return Ok(self);
        }
        let present: usize = self.trials.iter().map(Vec::len).sum();
        let wanted = missing.saturating_mul(self.channels as u64).saturating_add(present as u64);
        if wanted > MOST_VALUES.max(present) as u64 {
            return Err(ReadError::new(
                ReadErrorKind::TooLarge,
                format!(
                    "{missing} samples are missing in gaps of the time axis, and at most {MOST_VALUES} values \
                     are filled in; cut the recording there"
                ),
            ));
        }
        let channels = self.channels.max(1);
        let mut gaps = gaps.into_iter().peekable();
        for (k, trial) in self.trials.iter_mut().enumerate() {
            let mut filled = Vec::with_capacity(trial.len());
            for (t, row) in trial.chunks(channels).enumerate() {
                while let Some(gap) = gaps.next_if(|gap| (gap.trial, gap.sample) <= (k, t)) {
                    // The sum of all is at most MOST_VALUES.
                    filled.resize(filled.len() + gap.missing as usize * channels, f64::NAN);
                }
                filled.extend_from_slice(row);
            }
            *trial = filled;
        }
        self.origin = None;
        self.notes.push(format!(
            "{missing} samples are absent from gaps of the time axis and count as missing"
        ));
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_gaps() -> Samples {
        let gap = |sample, missing| Gap { trial: 0, sample, missing };
        let axis = Axis { step: 1.0, gaps: vec![gap(2, 3), gap(3, 0)], ..Axis::default() };
        Samples {
            trials: vec![vec![1.0, 2.0, 3.0, 4.0, f64::NAN, 6.0]],
            channels: 1,
            axis: Some(axis),
            ..Samples::default()
        }
    }

    #[test]
    fn gaps_are_cut_or_filled_with_what_is_missing() {
        let cut = with_gaps().cut_at_gaps().unwrap();
        assert_eq!(cut.trials, [vec![1.0, 2.0], vec![3.0], vec![4.0], vec![6.0]]);
        assert_eq!(
            cut.notes,
            [
                "the recording was cut at gaps into 4 trials of 1 to 2 samples; 1 sample with a missing channel was left out"
            ]
        );
        let filled = with_gaps().with_missing_rows().unwrap();
        let shown: Vec<String> = filled.trials[0].iter().map(f64::to_string).collect();
        assert_eq!(shown.join(" "), "1 2 NaN NaN NaN 3 4 NaN 6");
        assert_eq!(
            filled.notes,
            ["3 samples are absent from gaps of the time axis and count as missing"]
        );
    }

    #[test]
    fn a_gap_of_years_is_no_memory() {
        let mut samples = with_gaps();
        samples.axis.as_mut().unwrap().gaps[0].missing = u64::MAX;
        assert_eq!(samples.with_missing_rows().unwrap_err().kind(), ReadErrorKind::TooLarge);
    }
}
