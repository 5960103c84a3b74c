//! An interval for a distance, from the distances of resamples.

use crate::error::{Error, Setting};

/// An interval in which the distance of the two systems lies with a stated confidence: the distance that recordings of any
/// length would have in the end, of which that of these two recordings is an estimate.
///
/// ```
/// use dynamical_similarity::statistics::Interval;
/// // Resamples of both recordings are on average 0.02 farther apart than the recordings: noise adds to distances.
/// let draws: Vec<f64> = (0..201).map(|k| 0.42 + 0.001 * f64::from(k)).collect();
/// let interval = Interval::of(0.5, &draws, 0.9)?;
/// // 0.48 -+ 1.645 standard deviations of 0.058.
/// assert!((interval.lower - 0.384).abs() < 1e-3 && (interval.upper - 0.576).abs() < 1e-3);
/// assert!(!interval.reaches_zero());
/// // Of a distance that noise alone could make, no more is known than an upper limit.
/// let near = Interval::of(0.05, &[0.08, 0.09, 0.1, 0.11], 0.9)?;
/// assert_eq!((near.lower, near.upper, near.reaches_zero()), (0.0, 0.05, true));
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Interval {
    /// The lower end, not negative.
    pub lower: f64,
    /// The upper end. Where the lower one is 0 it is at least the distance itself, and the interval says "at most".
    pub upper: f64,
}

impl Interval {
    /// The interval of the distance of recordings i and j, from the distances d(i*, j*) of resamples of both
    /// ([`BlockMoments::draws`](crate::BlockMoments::draws)).
    ///
    /// With m and s the mean and the standard deviation of the draws,
    ///
    /// 2 d - m -+ s Φ⁻¹((1 + level) / 2).
    ///
    /// m - d estimates by how much noise makes distances too large, and is subtracted. Percentiles of the draws would have
    /// that error twice, and basic intervals, 2 d less percentiles, cover no better and move with single draws: see
    /// [measurements](https://github.com/dynamical-similarity/dynamical-similarity/blob/main/docs/measurements.md).
    ///
    /// Source: Efron & Tibshirani, An Introduction to the Bootstrap (1993), section 10.3 and chapter 13.
    ///
    /// # Errors
    /// [`Error::Empty`] with fewer than two draws; [`Error::NonFiniteEntry`] and [`Error::NotADistance`] for a distance
    /// (row 0) or a draw (row 1, column: which one) that is not finite or is negative; [`Error::InvalidSetting`] for a level
    /// that is not between 0 and 1.
    pub fn of(distance: f64, draws: &[f64], level: f64) -> Result<Self, Error> {
        if !(level > 0.0 && level < 1.0) {
            let expected = "above 0 and below 1, as 0.95";
            return Err(Error::InvalidSetting { setting: Setting::Level, expected });
        }
        super::null_band::check(distance, 0, 0)?;
        for (column, draw) in draws.iter().enumerate() {
            super::null_band::check(*draw, 1, column)?;
        }
        if draws.len() < 2 {
            return Err(Error::Empty);
        }
        // In units of the largest number, so that no sum leaves the range of numbers.
        let unit = draws.iter().copied().fold(distance, f64::max);
        if unit == 0.0 {
            return Ok(Self { lower: 0.0, upper: 0.0 });
        }
        let count = draws.len() as f64;
        let mean = draws.iter().map(|x| x / unit).sum::<f64>() / count;
        let squares = draws.iter().map(|x| x / unit - mean).map(|x| x * x).sum::<f64>();
        let reach = libm::sqrt(squares / (count - 1.0)) * normal_quantile(0.5 + 0.5 * level);
        let centre = 2.0 * (distance / unit) - mean;
        let (lower, upper) = ((centre - reach) * unit, (centre + reach) * unit);
        let interval = if lower > 0.0 {
            Self { lower, upper }
        } else {
            Self { lower: 0.0, upper: upper.max(distance) }
        };
        if !interval.upper.is_finite() {
            return Err(Error::Overflow { what: "the end of an interval" });
        }
        Ok(interval)
    }

    /// Whether the interval begins at 0, so that the distance is known to be at most [`upper`](Self::upper) only.
    #[must_use]
    pub fn reaches_zero(&self) -> bool {
        self.lower == 0.0
    }
}

/// x with Φ(x) = share, for 0.5 <= share <= 1, at most 9: by halving, which ends after as many steps as a number has bits.
fn normal_quantile(share: f64) -> f64 {
    let (mut below, mut above) = (0.0, 9.0);
    for _ in 0..64 {
        let middle = 0.5 * (below + above);
        // 1 - Φ(x) = erfc(x / √2) / 2
        if 0.5 * libm::erfc(middle * core::f64::consts::FRAC_1_SQRT_2) > 1.0 - share {
            below = middle;
        } else {
            above = middle;
        }
    }
    below
}

#[cfg(test)]
mod tests {
    use super::normal_quantile;

    #[test]
    fn quantiles_are_those_of_the_table() {
        for (share, expected) in [
            (0.5, 0.0),
            (0.95, 1.644_853_626_951_472_2),
            (0.975, 1.959_963_984_540_054),
            (0.9995, 3.290_526_731_491_895),
        ] {
            assert!((normal_quantile(share) - expected).abs() < 1e-12, "{share}");
        }
        assert!(normal_quantile(1.0) <= 9.0);
    }
}
