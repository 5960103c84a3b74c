//! `dsa sweep` on the command line.

use super::model::{ModelArguments, ScaleArgument};
use super::preparation::PreparationArguments;
use super::reading::ReadArguments;
use super::rules::{CentreArgument, DelaysArgument, RangeArgument, RankArgument};
use crate::prepare::Span;
use clap::Args;
use dynamical_similarity::{DelayRule, Rank};
use std::path::PathBuf;

/// `dsa sweep`.
#[derive(Debug, Args)]
pub struct Sweep {
    /// Recordings, at most 4096.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Numbers of delays to try: A..B (both included) or A..B:STEP; at most 1000 numbers, none above 1000000.
    #[arg(long, default_value = "1..50", value_name = "RANGE")]
    pub delays: RangeArgument,
    /// Ranks to try: A..B (both included) or A..B:STEP; at most 1000 numbers, none above 1000000.
    #[arg(long, default_value = "1..30", value_name = "RANGE")]
    pub ranks: RangeArgument,
    /// How many times the operator is applied for the errors several steps ahead.
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub steps: usize,
    /// Write sweep.csv, sweep.json, sweep.svg and, for several recordings, reliability.svg into this folder, and replace those
    /// of an earlier run. The files
    /// appear together: if sweep.json exists, all of them do.
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
    /// From one delay of a window to the next: a number of samples, or a time such as 5ms.
    #[arg(long, default_value = "1", value_name = "N")]
    pub interval: Span,
    /// Number of samples by which the operator predicts ahead.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub steps_ahead: usize,
    /// Ridge of the regression, in whitened coordinates, where the variance of every direction is 1.
    #[arg(long, default_value = "1e-8", value_name = "LAMBDA")]
    pub ridge: f64,
    /// What every sample is divided by before the fit.
    #[arg(long, value_enum, default_value_t = ScaleArgument::None)]
    pub scale: ScaleArgument,
    /// What is subtracted before the fit: each channel's mean (mean), the mean of each condition at each time
    /// (condition, which needs --conditions), or nothing (none) [default: mean; none with --dsa-metric].
    #[arg(long, value_enum, value_name = "WHAT")]
    pub centre: Option<CentreArgument>,
    /// A file with the condition of each trial, one per line, in the order of the trials. It applies to every
    /// recording.
    #[arg(long, value_name = "FILE")]
    pub conditions: Option<PathBuf>,
    /// How recordings are read.
    #[command(flatten)]
    pub reading: ReadArguments,
    /// How recordings are prepared.
    #[command(flatten)]
    pub preparation: PreparationArguments,
}

impl Sweep {
    /// The settings of a fit whose rank and delays are chosen by rules.
    #[must_use]
    pub fn model(&self) -> ModelArguments {
        ModelArguments {
            delays: Some(DelaysArgument::Rule(DelayRule::Prediction)),
            window: None,
            interval: self.interval,
            steps_ahead: self.steps_ahead,
            rank: Some(RankArgument(Rank::AUTO)),
            ridge: self.ridge,
            reduced_rank: false,
            centre: self.centre,
            conditions: self.conditions.clone(),
            scale: self.scale,
            dsa_metric: false,
            reading: self.reading.clone(),
            preparation: self.preparation.clone(),
            final_rate: None,
        }
    }
}
