//! What can happen to a subject between two recordings.

use std::fmt;
use std::str::FromStr;

/// A change, from none to another dynamical system. Factors are relative to the subject's own values.
///
/// | name | what changes | are the dynamics others? |
/// | --- | --- | --- |
/// | none | nothing | no |
/// | orthogonal-remix, general-remix, channel-gains | the channels: y' = Q y, y' = B y, y'_i = g_i y_i | no |
/// | unit-turnover:F, unit-turnover-refit:F | a share F of the units is replaced | no |
/// | time-scale:F | all rates: frequencies f F, time constants tau / F | yes |
/// | frequency:F, damping:F | the rotations only: f F, tau / F | yes |
/// | ring, line, bistable, point | another system; a line is what a ring becomes, a point what a bistable one becomes | yes |
/// | rates:F, tuning:F | firing rates x F; log rates depend on the latent state by F of what they did | no, the noise is |
/// | no-kicks, drive:F | the drive: no cues; noise and cues modulated slowly by F | no |
/// | channel-lost, pops, dropped:F | the recording: a channel of zeros, jumps, missing samples | no |
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scenario {
    /// The subject as calibrated.
    None,
    /// Channels turned by a random orthogonal matrix.
    OrthogonalRemix,
    /// Channels mixed by a random matrix of condition 10: random orthogonal matrices around singular values
    /// that fall geometrically from 1 to 0.1.
    GeneralRemix,
    /// Channels multiplied by 10^U(-0.3, 0.3), which is 0.5 to 2.
    ChannelGains,
    /// Each unit is another one with probability `fraction`, 0 to 1.
    UnitTurnover {
        /// The probability.
        fraction: f64,
        /// Whether the principal components are fitted anew to the new population (on another calibration
        /// recording) or stay those of the old one.
        refit: bool,
    },
    /// All rates times this factor, 0.1 to 4; the process noise grows by its square root.
    TimeScale(f64),
    /// Frequencies of the rotations times this factor, 0.1 to 4.
    Frequency(f64),
    /// Decay rates of the rotations times this factor, 0.1 to 10.
    Damping(f64),
    /// A diffusing angle: the reference of `Line`.
    Ring,
    /// A diffusing position between two walls.
    Line,
    /// Two wells: the reference of `Point`.
    Bistable,
    /// One well of about the same variance.
    Point,
    /// Firing rates times this factor, 0.01 to 10.
    Rates(f64),
    /// Tuning weights times this factor, 0 to 3.
    Tuning(f64),
    /// No cues.
    NoKicks,
    /// The drive is multiplied by 1 + a slow process of this standard deviation, 0 to 1.
    Drive(f64),
    /// One channel is zero.
    ChannelLost,
    /// Jumps of 100 standard deviations in all channels, on average one per 20 s.
    Pops,
    /// Each sample is missing with this probability, 0 to 0.99.
    Dropped(f64),
}

/// Which system is the reference of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    Linear,
    Ring,
    Bistable,
}

impl Scenario {
    /// Every change at the sizes that a monitor is judged by.
    pub const ALL: [Self; 28] = [
        Self::None,
        Self::OrthogonalRemix,
        Self::GeneralRemix,
        Self::ChannelGains,
        Self::UnitTurnover { fraction: 1.0, refit: true },
        Self::UnitTurnover { fraction: 1.0, refit: false },
        Self::UnitTurnover { fraction: 0.3, refit: false },
        Self::UnitTurnover { fraction: 0.1, refit: false },
        Self::TimeScale(1.1),
        Self::TimeScale(1.2),
        Self::TimeScale(0.8),
        Self::TimeScale(1.5),
        Self::Frequency(1.2),
        Self::Frequency(1.5),
        Self::Damping(2.0),
        Self::Damping(0.5),
        Self::Ring,
        Self::Line,
        Self::Bistable,
        Self::Point,
        Self::Rates(0.5),
        Self::Tuning(0.7),
        Self::NoKicks,
        Self::Drive(0.3),
        Self::ChannelLost,
        Self::Pops,
        Self::Dropped(0.05),
        Self::Dropped(0.2),
    ];

    /// What a monitor would have been calibrated on before this: `Ring` for a ring or a line, `Bistable` for
    /// two wells or one, else `None`.
    #[must_use]
    pub fn reference(self) -> Self {
        match self.system() {
            System::Linear => Self::None,
            System::Ring => Self::Ring,
            System::Bistable => Self::Bistable,
        }
    }

    pub(super) fn system(self) -> System {
        match self {
            Self::Ring | Self::Line => System::Ring,
            Self::Bistable | Self::Point => System::Bistable,
            _ => System::Linear,
        }
    }

    /// Name, value and the range that the value may have.
    fn parts(self) -> (&'static str, Option<(f64, f64, f64)>) {
        match self {
            Self::None => ("none", None),
            Self::OrthogonalRemix => ("orthogonal-remix", None),
            Self::GeneralRemix => ("general-remix", None),
            Self::ChannelGains => ("channel-gains", None),
            Self::UnitTurnover { fraction, refit: false } => {
                ("unit-turnover", Some((fraction, 0.0, 1.0)))
            }
            Self::UnitTurnover { fraction, refit: true } => {
                ("unit-turnover-refit", Some((fraction, 0.0, 1.0)))
            }
            Self::TimeScale(factor) => ("time-scale", Some((factor, 0.1, 4.0))),
            Self::Frequency(factor) => ("frequency", Some((factor, 0.1, 4.0))),
            Self::Damping(factor) => ("damping", Some((factor, 0.1, 10.0))),
            Self::Ring => ("ring", None),
            Self::Line => ("line", None),
            Self::Bistable => ("bistable", None),
            Self::Point => ("point", None),
            Self::Rates(factor) => ("rates", Some((factor, 0.01, 10.0))),
            Self::Tuning(factor) => ("tuning", Some((factor, 0.0, 3.0))),
            Self::NoKicks => ("no-kicks", None),
            Self::Drive(deviation) => ("drive", Some((deviation, 0.0, 1.0))),
            Self::ChannelLost => ("channel-lost", None),
            Self::Pops => ("pops", None),
            Self::Dropped(probability) => ("dropped", Some((probability, 0.0, 0.99))),
        }
    }

    fn with_value(self, value: f64) -> Self {
        match self {
            Self::UnitTurnover { refit, .. } => Self::UnitTurnover { fraction: value, refit },
            Self::TimeScale(_) => Self::TimeScale(value),
            Self::Frequency(_) => Self::Frequency(value),
            Self::Damping(_) => Self::Damping(value),
            Self::Rates(_) => Self::Rates(value),
            Self::Tuning(_) => Self::Tuning(value),
            Self::Drive(_) => Self::Drive(value),
            Self::Dropped(_) => Self::Dropped(value),
            other => other,
        }
    }

    /// # Errors
    /// A sentence if the value is outside its range.
    pub(super) fn check(self) -> Result<(), String> {
        match self.parts() {
            (name, Some((value, low, high))) if !(low..=high).contains(&value) => {
                Err(format!("the value of {name} must be from {low} to {high}, not {value}"))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            (name, Some((value, ..))) => write!(f, "{name}:{value}"),
            (name, None) => f.write_str(name),
        }
    }
}

impl FromStr for Scenario {
    type Err = String;

    /// `name` or `name:value`, as [`Display`](fmt::Display) writes it.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = match text.split_once(':') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let Some(kind) = Self::ALL.into_iter().find(|known| known.parts().0 == name) else {
            return Err(format!("there is no scenario `{name}`; there are {}", names()));
        };
        let scenario = match (kind.parts().1, value) {
            (None, None) => kind,
            (None, Some(_)) => return Err(format!("scenario {name} takes no value")),
            (Some(_), None) => {
                return Err(format!("scenario {name} needs a value, such as {kind}"));
            }
            (Some(_), Some(value)) => {
                let number = value.parse();
                kind.with_value(number.map_err(|_| format!("`{value}` is not a number"))?)
            }
        };
        scenario.check().map(|()| scenario)
    }
}

fn names() -> String {
    let mut names: Vec<String> = Vec::new();
    for known in Scenario::ALL {
        let (name, value) = known.parts();
        let name = if value.is_some() { format!("{name}:F") } else { name.to_owned() };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::Scenario;

    #[test]
    fn every_scenario_is_read_back_from_its_name() {
        for scenario in Scenario::ALL {
            assert_eq!(scenario.to_string().parse(), Ok(scenario));
        }
        let twice = |a: usize| (0..a).any(|b| Scenario::ALL[a] == Scenario::ALL[b]);
        assert!(!(0..Scenario::ALL.len()).any(twice));
    }

    #[test]
    fn wrong_names_and_values_are_refused_with_what_would_be_right() {
        for (text, answer) in [
            ("earthquake", "there is no scenario `earthquake`; there are none, orthogonal-remix"),
            ("time-scale", "needs a value, such as time-scale:1.1"),
            ("ring:2", "takes no value"),
            ("rates:half", "`half` is not a number"),
            ("rates:nan", "must be from 0.01 to 10"),
            ("dropped:1", "must be from 0 to 0.99, not 1"),
            ("unit-turnover:-0.1", "must be from 0 to 1"),
        ] {
            let refused = text.parse::<Scenario>().unwrap_err();
            assert!(refused.contains(answer), "{text}: {refused}");
        }
    }
}
