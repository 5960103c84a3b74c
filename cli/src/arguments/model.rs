//! How an operator is fitted to a recording.

use super::preparation::PreparationArguments;
use super::reading::ReadArguments;
use super::rules::{CentreArgument, DelaysArgument, RankArgument};
use crate::prepare::{Preparation, Span};
use clap::{Args, ValueEnum};
use dynamical_similarity::{Centre, Dmd, Rank, Scale};
use std::path::PathBuf;

/// How an operator is fitted to a recording.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Model")]
pub struct ModelArguments {
    /// Number of delays, that is, of samples per channel in a delay window: a number, or a rule. auto takes the
    /// fewest delays, at least 5, that predict held-out samples as well as the best number does; autocorrelation
    /// takes the time for which the autocorrelation stays above 1/e. A rule is applied to each recording, and all
    /// recordings use the lower median of its answers [default: 20; in `dsa compare` a fan of windows, see --question].
    #[arg(long, value_name = "N")]
    pub delays: Option<DelaysArgument>,
    /// Length of a delay window, such as 200ms, instead of the number of delays: as many delays as fit.
    #[arg(long, value_name = "TIME", conflicts_with = "delays")]
    pub window: Option<Span>,
    /// From one delay of a window to the next: a number of samples, or a time such as 5ms.
    #[arg(long, default_value = "1", value_name = "N")]
    pub interval: Span,
    /// Number of samples by which the operator predicts ahead.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub steps_ahead: usize,
    /// Rank of the operator: a number, or a rule. auto or latent counts the predictable coordinates that are not
    /// functions of earlier ones; state-order is the order of a linear system; predictive has the least held-out
    /// error; hard-threshold, threshold:S, variance:F and full look only at the spectrum of the delay windows. A
    /// rule is applied to each recording, and a comparison uses one rank for all, which is at least 2: the lower
    /// median of the answers of latent, state-order or predictive, or the smallest answer of the other rules [default: auto;
    /// in `dsa compare` several ranks, see --question].
    #[arg(long, value_name = "RANK")]
    pub rank: Option<RankArgument>,
    /// Ridge of the regression, in whitened coordinates, where the variance of every direction is 1.
    #[arg(long, default_value = "1e-8", value_name = "LAMBDA")]
    pub ridge: f64,
    /// Fit the operator by reduced-rank regression.
    #[arg(long)]
    pub reduced_rank: bool,
    /// What is subtracted before the fit: each channel's mean (mean), the mean of each condition at each time
    /// (condition, which needs --conditions), or nothing (none) [default: mean; none with --dsa-metric].
    #[arg(long, value_enum, value_name = "WHAT")]
    pub centre: Option<CentreArgument>,
    /// A file with the condition of each trial, one per line, in the order of the trials. It applies to every
    /// recording.
    #[arg(long, value_name = "FILE")]
    pub conditions: Option<PathBuf>,
    /// What every sample is divided by before the fit.
    #[arg(long, value_enum, default_value_t = ScaleArgument::None)]
    pub scale: ScaleArgument,
    /// Use the conventions of the Python package dsa-metric: no mean is subtracted, a rank that is too large is
    /// reduced to the largest possible one, and distances are chords between unit operators, padded with zeros to
    /// equal ranks. --centre, --metric and --unequal-ranks still apply.
    #[arg(long, alias = "parity")]
    pub dsa_metric: bool,
    /// How recordings are read.
    #[command(flatten)]
    pub reading: ReadArguments,
    /// How recordings are prepared.
    #[command(flatten)]
    pub preparation: PreparationArguments,
    /// Samples per second after the preparation, once the recordings have been read.
    #[arg(skip)]
    pub final_rate: Option<f64>,
}

impl ModelArguments {
    /// The same arguments with all lengths in samples, for recordings of this many samples per second.
    ///
    /// # Errors
    /// A sentence, if a length in seconds meets no rate, or is no sample long.
    pub fn in_samples(&self, rate: Option<f64>) -> Result<Self, String> {
        let interval =
            self.interval.in_samples(rate).map_err(|what| format!("--interval: {what}"))?;
        let delays = match self.window {
            None => self.delays,
            Some(window) => {
                let window = window.in_samples(rate).map_err(|what| format!("--window: {what}"))?;
                Some(DelaysArgument::Count(1 + window.saturating_sub(1) / interval))
            }
        };
        let interval = Span::Samples(interval);
        Ok(Self { delays, window: None, interval, final_rate: rate, ..self.clone() })
    }

    /// Samples from one delay of a window to the next; 1 for a time, before it is [in samples](Self::in_samples).
    #[must_use]
    pub fn interval(&self) -> usize {
        match self.interval {
            Span::Samples(samples) => samples,
            Span::Seconds(_) => 1,
        }
    }

    /// What is done to the samples before a fit.
    #[must_use]
    pub fn preparation(&self) -> Preparation {
        let scaled = self.scale == ScaleArgument::UnitVariance;
        self.preparation.preparation(&self.reading.file.select, scaled)
    }

    /// The delays: by default 20, or 1 for short-time Fourier frames.
    #[must_use]
    pub fn delays(&self) -> DelaysArgument {
        let default = if self.preparation.stft.is_some() { 1 } else { 20 };
        self.delays.unwrap_or(DelaysArgument::Count(default))
    }

    /// The rank: by default the latent rank.
    #[must_use]
    pub fn rank(&self) -> RankArgument {
        self.rank.unwrap_or(RankArgument(Rank::AUTO))
    }

    /// Whether no option says how an operator is to be fitted, but for means of conditions, which are subtracted before.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let Self { delays, interval, steps_ahead, rank, ridge, reduced_rank, .. } = self;
        let as_typed = (delays, rank, *interval, *steps_ahead, *ridge, *reduced_rank);
        as_typed == (&None, &None, Span::Samples(1), 1, 1e-8, false)
            && self.window.is_none()
            && self.scale == ScaleArgument::None
            && self.centre() != CentreArgument::None
            && !self.dsa_metric
            && self.preparation.stft.is_none()
    }

    /// What is subtracted from the samples: by default the mean, or nothing under the conventions of dsa-metric.
    #[must_use]
    pub fn centre(&self) -> CentreArgument {
        let default = if self.dsa_metric { CentreArgument::None } else { CentreArgument::Mean };
        self.centre.unwrap_or(default)
    }

    /// The settings of the library for a number of delays and a rank or a rule for it. Means of conditions are
    /// subtracted when a recording is read, so nothing is left of them to subtract here.
    #[must_use]
    pub fn dmd(&self, delays: usize, rank: Rank) -> Dmd {
        let defaults = if self.dsa_metric { Dmd::dsa_metric() } else { Dmd::new() };
        defaults
            .delays(delays)
            .interval(self.interval())
            .steps_ahead(self.steps_ahead)
            .rank(rank)
            .ridge(self.ridge)
            .reduced_rank(self.reduced_rank)
            .centre(match self.centre() {
                CentreArgument::Mean => Centre::Mean,
                CentreArgument::None | CentreArgument::Condition => Centre::None,
            })
            .scale(match self.scale {
                ScaleArgument::None => Scale::None,
                // Channels were scaled before their components were taken.
                ScaleArgument::UnitVariance if self.preparation.has_components() => Scale::None,
                ScaleArgument::UnitVariance => Scale::UnitVariance,
                ScaleArgument::UnitNorm => Scale::UnitNorm,
            })
    }
}

/// Scaling by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScaleArgument {
    /// Nothing.
    None,
    /// Each channel's standard deviation.
    UnitVariance,
    /// The norm of all samples, one number for all channels.
    UnitNorm,
}
