//! How recordings are prepared before a fit.

use crate::prepare::components::Components;
use crate::prepare::{Channels, NewRate, Preparation, Span};
use clap::Args;
use std::str::FromStr;

/// Lengths as they are typed: 20, 20ms or 0.2s.
impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            "expected a number of samples, such as 20, or a time, such as 200ms or 0.2s".to_owned()
        };
        let seconds = |number: &str, unit: f64| match number.trim().parse::<f64>() {
            Ok(number) if number.is_finite() && number > 0.0 => Ok(Self::Seconds(number * unit)),
            _ => Err(wrong()),
        };
        match (text.strip_suffix("ms"), text.strip_suffix('s')) {
            (Some(number), _) => seconds(number, 1e-3),
            (None, Some(number)) => seconds(number, 1.0),
            (None, None) => match text.parse() {
                Ok(samples) if samples > 0 => Ok(Self::Samples(samples)),
                _ => Err(wrong()),
            },
        }
    }
}

/// Channels as they are typed: 3, 0-7 or a name.
impl FromStr for Channels {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(channel) = text.parse() {
            return Ok(Self::Numbers(channel, channel));
        }
        match text.split_once('-').map(|(first, last)| (first.parse(), last.parse())) {
            Some((Ok(first), Ok(last))) if first <= last => Ok(Self::Numbers(first, last)),
            Some((Ok(_), Ok(_))) => Err("the first channel of a range comes first".to_owned()),
            _ if text.is_empty() => Err("expected a channel".to_owned()),
            _ => Ok(Self::Name(text.to_owned())),
        }
    }
}

/// How recordings are prepared before a fit: these steps are applied to each recording in this order.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Preparation, in this order")]
pub struct PreparationArguments {
    /// Samples per second, if the file does not state them or states them wrongly.
    #[arg(long, value_name = "HZ", value_parser = positive)]
    pub rate: Option<f64>,
    /// Keep these channels, by number (counted from 0), range or name: 0-7,12,LFP3.
    #[arg(long, value_name = "CHANNELS", value_delimiter = ',')]
    pub select: Vec<Channels>,
    /// Take samples for artefacts in which a channel is this many robust standard deviations (1.4826 times the median
    /// absolute deviation) from its median, and cut the trial there.
    #[arg(long, value_name = "N", value_parser = positive)]
    pub mark: Option<f64>,
    /// Resample to this many samples per second, through a low-pass filter that delays nothing. Recordings of different
    /// rates cannot be compared without it.
    #[arg(long, value_name = "HZ", value_parser = positive, conflicts_with = "decimate")]
    pub resample: Option<f64>,
    /// Keep every Nth sample, after the same filter.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=1000))]
    pub decimate: Option<u16>,
    /// Sum the samples in bins of this width, such as 20ms or 5 (samples), as spikes are counted.
    #[arg(long, value_name = "WIDTH")]
    pub bin: Option<Span>,
    /// Smooth with a Gaussian kernel of this standard deviation, such as 20ms or 2 (samples).
    #[arg(long, value_name = "WIDTH")]
    pub smooth: Option<Span>,
    /// Smooth by earlier samples only, as a device can.
    #[arg(long, requires = "smooth")]
    pub causal: bool,
    /// Keep this many principal components of the channels of each recording, about their means, and after --scale.
    #[arg(long, value_name = "N")]
    pub components: Option<usize>,
    /// Divide every principal component by its standard deviation.
    #[arg(long)]
    pub sphere: bool,
}

impl PreparationArguments {
    /// Whether channels give way to principal components.
    #[must_use]
    pub fn has_components(&self) -> bool {
        self.components.is_some() || self.sphere
    }

    /// The steps; `scaled` if every channel is to be divided by its standard deviation before components are taken.
    #[must_use]
    pub fn preparation(&self, scaled: bool) -> Preparation {
        let components = Components { count: self.components, scaled, sphered: self.sphere };
        Preparation {
            rate: self.rate,
            select: self.select.clone(),
            mark: self.mark,
            resample: match (self.resample, self.decimate) {
                (Some(rate), _) => Some(NewRate::To(rate)),
                (None, decimate) => decimate.map(|factor| NewRate::Decimate(factor.into())),
            },
            bin: self.bin,
            smooth: self.smooth,
            causal: self.causal,
            components: self.has_components().then_some(components),
        }
    }
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if f64::is_finite(number) && number > 0.0 => Ok(number),
        _ => Err("expected a positive number".to_owned()),
    }
}
