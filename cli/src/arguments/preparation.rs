//! How recordings are prepared before a fit.

use crate::files::read::{BinWidth, Channels};
use crate::prepare::components::Components;
use crate::prepare::{NewRate, Preparation, Span};
use clap::Args;
use dynamical_similarity::Stft;
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

/// How recordings are prepared before a fit: these steps are applied to each recording in this order.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Preparation, in this order")]
pub struct PreparationArguments {
    /// Samples per second, if the file does not state them or states them wrongly.
    #[arg(long, value_name = "HZ", value_parser = positive)]
    pub rate: Option<f64>,
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
    /// Sum the samples in bins of this width, such as 20ms or 5 (samples), as spikes are counted. The spike times of the
    /// units of an .nwb file are counted in such bins when they are read.
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
    /// Take short-time Fourier frames in the place of delay windows, as KoopSTD does: WINDOW samples per frame, a frame every HOP
    /// samples, such as 64:16. The real and imaginary parts of all frequencies of all channels are the observables; --delays is
    /// then 1, and --steps-ahead counts frames.
    #[arg(long, value_name = "WINDOW:HOP", value_parser = stft)]
    pub stft: Option<Stft>,
}

impl PreparationArguments {
    /// Whether channels give way to principal components.
    #[must_use]
    pub fn has_components(&self) -> bool {
        self.components.is_some() || self.sphere
    }

    /// The width of bins in time, in which spike times are counted.
    #[must_use]
    pub fn bins_of_spikes(&self) -> Option<BinWidth> {
        match self.bin? {
            Span::Seconds(seconds) => BinWidth::of(seconds),
            Span::Samples(_) => None,
        }
    }

    /// The steps; `scaled` if every channel is to be divided by its standard deviation before components are taken. The
    /// channels have been selected when the file was read.
    #[must_use]
    pub fn preparation(&self, selected: &[Channels], scaled: bool) -> Preparation {
        let components = Components { count: self.components, scaled, sphered: self.sphere };
        Preparation {
            rate: self.rate,
            selected: selected.to_vec(),
            mark: self.mark,
            resample: match (self.resample, self.decimate) {
                (Some(rate), _) => Some(NewRate::To(rate)),
                (None, decimate) => decimate.map(|factor| NewRate::Decimate(factor.into())),
            },
            bin: self.bin,
            smooth: self.smooth,
            causal: self.causal,
            components: self.has_components().then_some(components),
            stft: self.stft,
        }
    }
}

/// Frames, as they are typed.
///
/// # Errors
/// A sentence, if they are none.
fn stft(text: &str) -> Result<Stft, String> {
    let found = text
        .split_once(':')
        .and_then(|(window, hop)| Some((window.trim().parse().ok()?, hop.trim().parse().ok()?)));
    match found {
        Some((window @ 2..=65_536, hop @ 1..=65_536)) => Ok(Stft::new(window, hop)),
        _ => Err("expected the samples of a frame, 2 to 65536, a colon, and those from one frame to the next, such as 64:16".to_owned()),
    }
}

/// A positive number, as it is typed.
///
/// # Errors
/// A sentence, if it is none.
pub fn positive(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if f64::is_finite(number) && number > 0.0 => Ok(number),
        _ => Err("expected a positive number".to_owned()),
    }
}
