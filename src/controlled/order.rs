//! Rules for the order of a controlled system: how many states it has.

use crate::error::{Error, Setting};

/// A rule for the number n of states, from singular values in descending order. Values that are rounding (the
/// numerical rank ends before them) are never counted.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Order {
    /// This number; refused if the data have fewer directions.
    Fixed(usize),
    /// The smallest number of values that hold this fraction, in (0, 1], of the sum of squares.
    Squares(f64),
    /// The number of values before the largest ratio of two neighbours. The right rule where noise is small against the
    /// weakest state; where it is not, the gap is wide anywhere.
    Gap,
}

impl Order {
    /// # Errors
    /// [`Error::InvalidSetting`] if a number is outside its range.
    pub(super) const fn validate(self) -> Result<(), Error> {
        match self {
            Self::Fixed(0) => {
                Err(Error::InvalidSetting { setting: Setting::Order, expected: "at least 1" })
            }
            Self::Squares(f) if !(f > 0.0 && f <= 1.0) => Err(Error::InvalidSetting {
                setting: Setting::Order,
                expected: "a fraction of the squares above 0 and at most 1",
            }),
            _ => Ok(()),
        }
    }

    /// The order for `values`, of which the first `available` (at least 1) are more than rounding.
    ///
    /// # Errors
    /// [`Error::RankTooLarge`] if a number is asked for that the data do not have.
    pub(super) fn choose(self, values: &[f64], available: usize) -> Result<usize, Error> {
        let kept = values.get(..available).unwrap_or(values);
        match self {
            Self::Fixed(requested) if requested > available => {
                Err(Error::RankTooLarge { requested, available })
            }
            Self::Fixed(requested) => Ok(requested),
            Self::Squares(fraction) => Ok(holding(kept, fraction)),
            Self::Gap => Ok(before_gap(kept, values)),
        }
    }
}

/// The smallest number of values that hold a fraction of the sum of squares.
fn holding(values: &[f64], fraction: f64) -> usize {
    let largest = values.first().copied().unwrap_or(1.0);
    let squares = || values.iter().map(|s| (s / largest) * (s / largest));
    let wanted = fraction * squares().sum::<f64>();
    let mut held = 0.0;
    let below = squares().take_while(|square| {
        held += square;
        held < wanted
    });
    below.count().saturating_add(1).min(values.len().max(1))
}

/// The number of values before the largest ratio of neighbours. The value after the last one that counts is a neighbour, too.
fn before_gap(kept: &[f64], values: &[f64]) -> usize {
    let next = values.iter().skip(1).map(Some).chain(core::iter::once(None));
    let ratios = kept.iter().zip(next).map(|(s, next)| next.map_or(0.0, |next| s / next));
    let (best, _) =
        ratios.enumerate().fold(
            (0, 0.0),
            |(best, widest), (i, ratio)| {
                if ratio > widest { (i, ratio) } else { (best, widest) }
            },
        );
    best.saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_count_values_as_they_say() {
        let values = [4.0, 2.0, 1.0, 0.01, 0.009, 1e-17];
        assert_eq!(Order::Gap.choose(&values, 5), Ok(5)); // what follows is rounding
        assert_eq!(Order::Gap.choose(&values[..5], 5), Ok(3));
        assert_eq!(Order::Squares(0.7).choose(&values, 5), Ok(1)); // 16 of 21
        assert_eq!(Order::Squares(0.9).choose(&values, 5), Ok(2));
        assert_eq!(Order::Squares(1.0).choose(&values, 5), Ok(5));
        assert_eq!(Order::Fixed(5).choose(&values, 5), Ok(5));
        let error = Error::RankTooLarge { requested: 6, available: 5 };
        assert_eq!(Order::Fixed(6).choose(&values, 5), Err(error));
        for bad in [Order::Fixed(0), Order::Squares(0.0), Order::Squares(f64::NAN)] {
            assert!(bad.validate().is_err());
        }
    }
}
