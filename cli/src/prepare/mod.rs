//! Preparation of recordings before a fit: what is done to the samples of a file, in a fixed order.
//!
//! ```text
//! select channels, mark artefacts, resample, bin, smooth, principal components, short-time Fourier frames
//! ```
//!
//! Every step is asked for, and is in the report.

pub mod components;
pub mod resample;
pub mod smooth;

use crate::files::read::{Channels, Samples};
use crate::text::counted;
use components::{Components, Projected};
use dynamical_similarity::{Error, Recording, Stft};
use resample::Resampling;
use serde_json::{Value, json};
use smooth::{Smoothing, binned};

/// A length of time, as it was typed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Span {
    /// A number of samples.
    Samples(usize),
    /// Seconds, for which the rate must be known.
    Seconds(f64),
}

impl Span {
    /// In samples, not rounded.
    ///
    /// # Errors
    /// A sentence, if the rate is needed and not known.
    pub fn exact(self, rate: Option<f64>) -> Result<f64, String> {
        match (self, rate) {
            (Self::Samples(samples), _) => Ok(samples as f64),
            (Self::Seconds(seconds), Some(rate)) => Ok(seconds * rate),
            (Self::Seconds(_), None) => Err(
                "a length in seconds or milliseconds needs the number of samples per second, which the file does \
                 not state; give it with --rate"
                    .to_owned(),
            ),
        }
    }

    /// In samples, rounded to the nearest number, at least 1.
    ///
    /// # Errors
    /// As [`exact`](Self::exact), and for a length of less than half a sample or more than a billion.
    pub fn in_samples(self, rate: Option<f64>) -> Result<usize, String> {
        let exact = self.exact(rate)?;
        if !(0.5..=1e9).contains(&exact) {
            let rate =
                rate.map(|rate| format!(" at {rate} samples per second")).unwrap_or_default();
            return Err(format!("{self}{rate} is {exact} samples; it must be 1 to a billion"));
        }
        Ok(exact.round() as usize)
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Samples(samples) => write!(f, "{samples}"),
            Self::Seconds(seconds) if *seconds < 1.0 => write!(f, "{} ms", 1e3 * seconds),
            Self::Seconds(seconds) => write!(f, "{seconds} s"),
        }
    }
}

/// Rates that differ by less than this part are one rate, written with fewer digits.
const ROUNDING: f64 = 1e-3;

/// How the rate is changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NewRate {
    /// To this many samples per second.
    To(f64),
    /// To one sample for so many.
    Decimate(usize),
}

/// What is done to every recording after it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preparation {
    /// Samples per second, instead of what the file states.
    pub rate: Option<f64>,
    /// The channels that the reader has kept, in this order; empty for all.
    pub selected: Vec<Channels>,
    /// How many robust standard deviations from the median of its channel make a sample an artefact.
    pub mark: Option<f64>,
    /// The new rate.
    pub resample: Option<NewRate>,
    /// The width of bins.
    pub bin: Option<Span>,
    /// The standard deviation of a Gaussian kernel.
    pub smooth: Option<Span>,
    /// Whether smoothing looks at earlier samples only.
    pub causal: bool,
    /// Principal components.
    pub components: Option<Components>,
    /// Short-time Fourier frames, as observables in the place of samples.
    pub stft: Option<Stft>,
}

impl Preparation {
    /// Whether the samples stay as they were read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self { rate: self.rate, ..Self::default() }
    }

    /// The samples after all steps, with their rate, and a note for each step that changed them.
    ///
    /// # Errors
    /// A sentence that says which step failed and what would work.
    pub fn apply(&self, mut samples: Samples) -> Result<Samples, String> {
        if let (Some(stated), Some(found)) = (self.rate, samples.rate)
            && (stated / found - 1.0).abs() > ROUNDING
        {
            samples.notes.push(format!(
                "the file states {found} samples per second, and --rate {stated} is taken instead"
            ));
        }
        samples.rate = self.rate.or(samples.rate);
        if let Some(deviations) = self.mark {
            samples = mark(samples, deviations)?;
        }
        if self.changes_time() {
            // A sample is no longer one of the file.
            samples.check_finite().map_err(|error| error.to_string())?;
            samples.origin = None;
            samples.axis = None;
        }
        self.resample(&mut samples)?;
        self.bin(&mut samples)?;
        self.smooth(&mut samples)?;
        self.project(&mut samples)?;
        self.take_frames(&mut samples)?;
        Ok(samples)
    }

    fn changes_time(&self) -> bool {
        self.resample.is_some()
            || self.bin.is_some()
            || self.smooth.is_some()
            || self.components.is_some()
            || self.stft.is_some()
    }

    fn resample(&self, samples: &mut Samples) -> Result<(), String> {
        let Some(new) = self.resample else { return Ok(()) };
        let change = match (new, samples.rate) {
            (NewRate::Decimate(down), _) => Resampling { up: 1, down },
            (NewRate::To(_), None) => {
                return Err("--resample needs the rate of the recording, which the file does not state; give it \
                     with --rate, or a whole factor with --decimate"
                    .to_owned());
            }
            (NewRate::To(to), Some(from)) => Resampling::between(from, to).ok_or_else(|| {
                format!(
                    "{from} samples per second cannot be resampled to {to}: the ratio is not that of two whole \
                     numbers up to {}",
                    Resampling::MOST
                )
            })?,
        };
        change.apply_to_all(&mut samples.trials, samples.channels);
        samples.rate = match new {
            NewRate::To(to) => Some(to),
            NewRate::Decimate(down) => samples.rate.map(|rate| rate / down as f64),
        };
        Ok(())
    }

    fn bin(&self, samples: &mut Samples) -> Result<(), String> {
        // Spike times were counted in these bins when they were read.
        let Some(width) = self.bin.filter(|_| !samples.counted) else { return Ok(()) };
        let width = width.in_samples(samples.rate).map_err(|what| format!("--bin: {what}"))?;
        let (channels, longest) = (samples.channels, samples.lengths().1);
        if width > longest {
            return Err(format!(
                "a bin of {width} samples is longer than the longest trial, which has {longest}"
            ));
        }
        samples.trials.iter_mut().for_each(|trial| *trial = binned(trial, channels, width));
        samples.trials.retain(|trial| !trial.is_empty());
        samples.rate = samples.rate.map(|rate| rate / width as f64);
        Ok(())
    }

    fn smooth(&self, samples: &mut Samples) -> Result<(), String> {
        let Some(span) = self.smooth else { return Ok(()) };
        let deviation = span.exact(samples.rate).map_err(|what| format!("--smooth: {what}"))?;
        if !(0.1..=1e5).contains(&deviation) {
            return Err(format!(
                "--smooth: the standard deviation of the kernel is {deviation} samples; it must be 0.1 to 100000"
            ));
        }
        let (smoothing, channels) =
            (Smoothing { deviation, causal: self.causal }, samples.channels);
        samples.trials.iter_mut().for_each(|trial| *trial = smoothing.apply(trial, channels));
        Ok(())
    }

    fn project(&self, samples: &mut Samples) -> Result<(), String> {
        let Some(components) = self.components else { return Ok(()) };
        let found = components.apply(&samples.trials, samples.channels);
        let Projected { trials, count, share } = found.map_err(|error| match error {
            Error::RankTooLarge { requested, available } => format!(
                "--components asks for {requested}, and the {} have {}",
                counted(samples.channels, "channel"),
                counted(available, "independent direction")
            ),
            other => other.to_string(),
        })?;
        samples.notes.push(format!(
            "the leading {count} principal components of {} channels hold {:.1} % of the variance",
            samples.channels,
            100.0 * share
        ));
        samples.trials = trials;
        samples.channels = count;
        samples.channel_names = Vec::new();
        Ok(())
    }

    fn take_frames(&self, samples: &mut Samples) -> Result<(), String> {
        let Some(stft) = self.stft else { return Ok(()) };
        let longest = samples.lengths().1;
        if longest < stft.window() {
            return Err(format!(
                "--stft: a window of {} samples is longer than the longest trial, which has {longest}",
                stft.window()
            ));
        }
        let channels = samples.channels;
        samples.trials.retain(|trial| trial.len() / channels.max(1) >= stft.window());
        for trial in &mut samples.trials {
            let found = Recording::new(trial, channels).and_then(|whole| stft.frames(&whole));
            *trial = found.map_err(|error| format!("--stft: {error}"))?;
        }
        samples.channels = stft.observables(channels);
        samples.channel_names = Vec::new();
        samples.rate = samples.rate.map(|rate| rate / stft.hop() as f64);
        Ok(())
    }

    /// One sentence with the steps, in their order; `None` without any.
    #[must_use]
    pub fn sentence(&self) -> Option<String> {
        let mut steps = Vec::new();
        if !self.selected.is_empty() {
            let chosen: Vec<String> = self.selected.iter().map(Channels::to_string).collect();
            steps.push(format!("selecting channels {}", chosen.join(", ")));
        }
        if let Some(deviations) = self.mark {
            steps.push(format!(
                "cutting at artefacts beyond {deviations} robust standard deviations"
            ));
        }
        match self.resample {
            Some(NewRate::To(rate)) => {
                steps.push(format!("resampling to {rate} samples per second"))
            }
            Some(NewRate::Decimate(factor)) => steps.push(format!("decimating by {factor}")),
            None => {}
        }
        let in_words = |span: Span| match span {
            Span::Samples(samples) => format!("{samples} samples"),
            Span::Seconds(_) => span.to_string(),
        };
        if let Some(width) = self.bin {
            steps.push(format!("summing in bins of {}", in_words(width)));
        }
        if let Some(deviation) = self.smooth {
            let causal = if self.causal { " over earlier samples" } else { "" };
            steps.push(format!(
                "smoothing{causal} with a Gaussian kernel of {}",
                in_words(deviation)
            ));
        }
        if let Some(Components { count, scaled, sphered }) = self.components {
            let which = count.map_or("all".to_owned(), |count| count.to_string());
            let scaled = if scaled { " of scaled channels" } else { "" };
            let sphered = if sphered { ", each divided by its standard deviation" } else { "" };
            steps.push(format!("taking {which} principal components{scaled}{sphered}"));
        }
        if let Some(stft) = self.stft {
            let (window, hop) = (stft.window(), stft.hop());
            steps.push(format!(
                "taking short-time Fourier frames of {window} samples, {hop} samples apart"
            ));
        }
        (!steps.is_empty())
            .then(|| format!("Each recording was prepared by {}.", steps.join(", then ")))
    }

    /// The steps, in their order, for a report.
    #[must_use]
    pub fn report(&self) -> Value {
        let mut steps = Vec::new();
        if !self.selected.is_empty() {
            let names = self.selected.iter().map(|channels| match channels {
                Channels::Numbers(first, last) if first == last => json!(first),
                Channels::Numbers(first, last) => json!([first, last]),
                Channels::Name(name) => json!(name),
            });
            steps.push(json!({ "step": "select", "channels": names.collect::<Vec<_>>() }));
        }
        if let Some(deviations) = self.mark {
            steps.push(json!({ "step": "mark", "deviations": deviations }));
        }
        match self.resample {
            Some(NewRate::To(rate)) => steps.push(json!({ "step": "resample", "rate": rate })),
            Some(NewRate::Decimate(factor)) => {
                steps.push(json!({ "step": "decimate", "factor": factor }));
            }
            None => {}
        }
        if let Some(width) = self.bin {
            steps.push(json!({ "step": "bin", "width": width.to_string() }));
        }
        if let Some(deviation) = self.smooth {
            let causal = self.causal;
            steps.push(
                json!({ "step": "smooth", "deviation": deviation.to_string(), "causal": causal }),
            );
        }
        if let Some(Components { count, scaled, sphered }) = self.components {
            steps.push(json!({
                "step": "components", "count": count, "scaled": scaled, "sphered": sphered,
            }));
        }
        if let Some(stft) = self.stft {
            steps.push(json!({ "step": "stft", "window": stft.window(), "hop": stft.hop() }));
        }
        json!(steps)
    }
}

/// Cuts the trials around samples that lie too far from the median of their channel.
fn mark(mut samples: Samples, deviations: f64) -> Result<Samples, String> {
    let channels = samples.channels.max(1);
    let mut marked = 0_usize;
    let mut limits = Vec::with_capacity(channels);
    for channel in 0..channels {
        let of_channel =
            samples.trials.iter().flat_map(|x| x.iter().skip(channel).step_by(channels));
        let mut values: Vec<f64> = of_channel.copied().filter(|x| x.is_finite()).collect();
        let centre = median(&mut values);
        values.iter_mut().for_each(|x| *x = (*x - centre).abs());
        limits.push((centre, deviations * NORMAL * median(&mut values)));
    }
    for trial in &mut samples.trials {
        for row in trial.chunks_mut(channels) {
            // A channel that has one value for more than half of the time has no spread to judge by.
            let far = |(x, (centre, limit)): (&f64, &(f64, f64))| {
                *limit > 0.0 && (x - centre).abs() > *limit
            };
            if row.iter().zip(&limits).any(far) {
                marked += 1;
                row.fill(f64::NAN);
            }
        }
    }
    if marked == 0 {
        samples
            .notes
            .push(format!("no sample lies more than {deviations} robust standard deviations off"));
        return Ok(samples);
    }
    samples.notes.push(format!(
        "{marked} samples with a channel more than {deviations} robust standard deviations from its median were \
         taken for artefacts"
    ));
    samples.cut_at_gaps().map_err(|error| error.to_string())
}

/// The standard deviation of a normal distribution in units of its median absolute deviation.
pub const NORMAL: f64 = 1.482_602_218_505_602;

/// The middle value, the upper of two; 0 without any. The values change places.
#[must_use]
pub fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    let (_, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    *upper
}
