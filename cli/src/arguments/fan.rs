//! Arguments that say which question a comparison answers, and what it assumes.

use clap::{Args, ValueEnum};
use dynamical_similarity::fan::Sensors;

/// Which question is asked, and what is assumed.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Question")]
pub struct FanArguments {
    /// The question that chooses the settings where neither --delays nor --rank nor another option of the model is given.
    #[arg(long, value_enum, default_value_t = QuestionArgument::Apart)]
    pub question: QuestionArgument,
    /// What the channels of different recordings have in common. Without it, shared sensors are assumed, and the result
    /// says so and what different sensors would give. It applies to a fan of windows.
    #[arg(long, value_enum)]
    pub sensors: Option<SensorsArgument>,
    /// Take every second rank of a fan only: 24 windows and ranks instead of 42.
    #[arg(long)]
    pub quick: bool,
}

/// Questions by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum QuestionArgument {
    /// Which recordings differ (individuals, conditions, models)? The mean of the distances over a fan of delay windows
    /// and ranks, of centred and scaled channels.
    Apart,
    /// Is it the same system behind different observations? One window of 10 delays of scaled channels, and the latent
    /// rank.
    Same,
}

/// Assumptions about sensors by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SensorsArgument {
    /// All recordings have the same sensors; every channel is divided by its standard deviation.
    Shared,
    /// Every recording has sensors of its own; samples are sphered, so that no linear map of the channels matters.
    Different,
}

impl SensorsArgument {
    /// The assumption in the library.
    #[must_use]
    pub fn sensors(self) -> Sensors {
        match self {
            Self::Shared => Sensors::Shared,
            Self::Different => Sensors::Different,
        }
    }

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Different => "different",
        }
    }

    /// What was not assumed.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Shared => Self::Different,
            Self::Different => Self::Shared,
        }
    }
}
