//! Rules and ranges as they are typed on the command line.

use clap::ValueEnum;
use dynamical_similarity::{DelayRule, Rank};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// Centring by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CentreArgument {
    /// Nothing.
    None,
    /// Each channel's mean.
    Mean,
    /// The across-trial mean of each condition at each time.
    Condition,
}

impl CentreArgument {
    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Mean => "mean",
            Self::Condition => "condition",
        }
    }
}

/// Delays as a number or by a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DelaysArgument {
    /// This number.
    Count(usize),
    /// The number that the rule chooses.
    Rule(DelayRule),
}

impl DelaysArgument {
    /// The number, or the fewest delays that a rule can choose.
    #[must_use]
    pub fn least(self) -> usize {
        match self {
            Self::Count(count) => count,
            Self::Rule(_) => 1,
        }
    }
}

impl FromStr for DelaysArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Rule(DelayRule::Prediction)),
            "autocorrelation" => Ok(Self::Rule(DelayRule::Autocorrelation)),
            _ => text
                .parse()
                .map(Self::Count)
                .map_err(|_| "expected a number, auto or autocorrelation".to_owned()),
        }
    }
}

/// A block of the pairs of a comparison: the third of eight is `3/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockArgument {
    /// Its number, from 1 on.
    pub number: usize,
    /// How many there are.
    pub blocks: usize,
}

impl BlockArgument {
    /// The most blocks.
    pub const MOST: usize = 10_000;

    /// Its part of a list of so many pairs: the blocks divide the list into parts whose lengths differ by one at most.
    #[must_use]
    pub const fn part_of(self, pairs: usize) -> Range<usize> {
        let (pairs, blocks) =
            (pairs as u128, if self.blocks == 0 { 1 } else { self.blocks } as u128);
        let begin = pairs * self.number.saturating_sub(1) as u128 / blocks;
        begin as usize..(pairs * self.number as u128 / blocks) as usize
    }
}

impl FromStr for BlockArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = text.split_once('/').and_then(|(number, blocks)| {
            Some(Self { number: number.trim().parse().ok()?, blocks: blocks.trim().parse().ok()? })
        });
        let most = Self::MOST;
        match found {
            Some(Self { number, blocks }) if blocks > most => {
                Err(format!("{number}/{blocks}: at most {most} blocks are possible"))
            }
            Some(block) if (1..=block.blocks).contains(&block.number) => Ok(block),
            Some(Self { number, blocks }) => Err(format!(
                "blocks are counted from 1 to {blocks}, and this is number {number}; a job array of SLURM counts so with --array=1-{blocks}"
            )),
            None => {
                Err("expected a number, a slash and the number of blocks, such as 3/8".to_owned())
            }
        }
    }
}

impl fmt::Display for BlockArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.blocks)
    }
}

/// Numbers from a first to a last one, in steps: at most [`RangeArgument::MOST`] numbers, none above
/// [`RangeArgument::LARGEST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RangeArgument {
    first: usize,
    last: usize,
    step: usize,
}

impl RangeArgument {
    /// The most numbers of a range.
    pub const MOST: usize = 1000;
    /// The largest number in a range.
    pub const LARGEST: usize = 1_000_000;

    /// All numbers, ascending.
    pub fn numbers(self) -> impl Iterator<Item = usize> {
        (self.first..=self.last).step_by(self.step)
    }

    /// Whether the range has this number.
    #[must_use]
    pub fn contains(self, number: usize) -> bool {
        number
            .checked_sub(self.first)
            .is_some_and(|over| number <= self.last && over % self.step == 0)
    }

    /// The first number.
    #[must_use]
    pub fn first(self) -> usize {
        self.first
    }

    /// The last number.
    #[must_use]
    pub fn last(self) -> usize {
        self.last - (self.last - self.first) % self.step
    }
}

impl FromStr for RangeArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (range, step) = text.split_once(':').unwrap_or((text, "1"));
        let (first, last) = range.split_once("..").unwrap_or((range, range));
        match (first.parse(), last.parse(), step.parse()) {
            (Ok(first), Ok(last), Ok(step)) if 1 <= first && first <= last && step >= 1 => {
                if last > Self::LARGEST || (last - first) / step >= Self::MOST {
                    return Err(format!(
                        "a range has at most {} numbers, none above {}",
                        Self::MOST,
                        Self::LARGEST
                    ));
                }
                Ok(Self { first, last, step })
            }
            _ => Err("expected A..B or A..B:STEP with 1 <= A <= B".to_owned()),
        }
    }
}

/// A rank rule by name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankArgument(pub Rank);

impl FromStr for RankArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse().map_err(|_| format!("`{text}` is not a number"));
        Ok(Self(match text.split_once(':') {
            Some(("threshold", value)) => Rank::Threshold(number(value)?),
            Some(("variance", value)) => Rank::ExplainedVariance(number(value)?),
            None if text == "hard-threshold" => Rank::HardThreshold,
            None if text == "full" => Rank::Full,
            None if text == "auto" => Rank::AUTO,
            None if text == "latent" => Rank::Latent,
            None if text == "state-order" => Rank::StateOrder,
            None if text == "predictive" => Rank::Predictive,
            None if text.parse::<usize>().is_ok() => Rank::Fixed(text.parse().unwrap_or(0)),
            _ => {
                return Err(
                    "expected a number, auto, latent, state-order, predictive, hard-threshold, \
                     threshold:S, variance:F or full"
                        .to_owned(),
                );
            }
        }))
    }
}

impl RankArgument {
    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> String {
        match self.0 {
            Rank::Fixed(rank) => rank.to_string(),
            Rank::Full => "full".to_owned(),
            Rank::Threshold(value) => format!("threshold:{value}"),
            Rank::ExplainedVariance(value) => format!("variance:{value}"),
            Rank::Latent => "latent".to_owned(),
            Rank::StateOrder => "state-order".to_owned(),
            Rank::Predictive => "predictive".to_owned(),
            _ => "hard-threshold".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rank_rules_are_read_and_named_alike() {
        let rules = ["hard-threshold", "full", "latent", "state-order", "predictive"];
        for text in ["15", "threshold:0.5", "variance:0.9"].into_iter().chain(rules) {
            assert_eq!(text.parse::<RankArgument>().unwrap().name(), text);
        }
        assert_eq!("auto".parse::<RankArgument>().unwrap(), RankArgument(Rank::Latent));
        for text in ["", "-3", "threshold", "variance:x", "best"] {
            assert!(text.parse::<RankArgument>().is_err(), "{text}");
        }
    }

    #[test]
    fn ranges_hold_their_ends_and_steps() {
        let numbers = |text: &str| -> Vec<usize> {
            text.parse::<RangeArgument>().unwrap().numbers().collect()
        };
        assert_eq!((numbers("3..5"), numbers("7")), (vec![3, 4, 5], vec![7]));
        assert_eq!(
            (numbers("5..16:5"), "5..16:5".parse::<RangeArgument>().unwrap().last()),
            (vec![5, 10, 15], 15)
        );
        let range: RangeArgument = "5..16:5".parse().unwrap();
        let inside: Vec<usize> = (0..30).filter(|number| range.contains(*number)).collect();
        assert_eq!((range.first(), inside), (5, vec![5, 10, 15]));
        assert_eq!(numbers("1..1000").len(), RangeArgument::MOST);
        assert_eq!(numbers("1..1000000:1001").len(), RangeArgument::MOST);
        for text in [
            "",
            "0..3",
            "4..3",
            "1..5:0",
            "a..b",
            "1..2..3",
            "1..1001",
            "1..1000001:2000",
            "1..18446744073709551615",
            "18446744073709551615",
            "1..18446744073709551616",
        ] {
            assert!(text.parse::<RangeArgument>().is_err(), "{text}");
        }
    }
}
