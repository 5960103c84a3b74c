//! The null band of a distance: how far apart two recordings of one system would be.

use crate::error::Error;
use crate::matrix::try_reserve;
use alloc::vec::Vec;

/// The distances that two recordings would have if their dynamics were the same: the yardstick of the distance between
/// recordings i and j.
///
/// A fitted operator has noise, so the distance of two recordings is never 0. Two independent resamples i* and i** of one
/// recording ([`BlockMoments::draws`](crate::BlockMoments::draws)) differ as two recordings of one system of that length
/// would, and need no second recording. The band is made of d(i*, i**) and d(j*, j**), because samples of i and j must not be
/// mixed: the two may be seen through different observations.
///
/// ```
/// use dynamical_similarity::statistics::NullBand;
/// let of_i: Vec<f64> = (1..100).map(|k| 0.01 * f64::from(k)).collect();
/// let of_j: Vec<f64> = (1..101).map(|k| 0.01 * f64::from(k)).collect();
/// let band = NullBand::of(&[&of_i, &of_j])?;
/// // 2 of 99 and 3 of 100 are at least 0.98.
/// let far = band.test(0.98)?;
/// assert!((far.p - 6.0 / 200.0).abs() < 1e-15 && far.z.unwrap() > 0.0);
/// // Distances above this one have p <= 0.05.
/// let edge = band.quantile(0.95);
/// assert!((edge - 0.95).abs() < 1e-15 && band.test(edge)?.p > 0.05 && band.test(0.951)?.p <= 0.05);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct NullBand {
    /// Ascending.
    draws: Vec<f64>,
    /// Mean and standard deviation of their logarithms, unless one is 0 or all are equal.
    logarithms: Option<(f64, f64)>,
}

/// Where a distance lies in its null band.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct NullTest {
    /// (1 + the number of draws that are at least the distance) / (1 + the number of draws), after Phipson & Smyth (2010).
    pub p: f64,
    /// How many standard deviations the logarithm of the distance lies above the mean of those of the draws; `None` if a
    /// draw or the distance is 0, or if all draws are equal.
    pub z: Option<f64>,
}

impl NullBand {
    /// A band of all these draws: those of one recording and of the other.
    ///
    /// Cost: sorting N numbers; N scalars.
    ///
    /// # Errors
    /// [`Error::Empty`] without draws; [`Error::NonFiniteEntry`] and [`Error::NotADistance`] for a draw that is not finite or
    /// is negative (row: which list, column: which draw); [`Error::OutOfMemory`].
    pub fn of(draws: &[&[f64]]) -> Result<Self, Error> {
        let count = draws.iter().fold(0_usize, |sum, list| sum.saturating_add(list.len()));
        let mut all = try_reserve(count)?;
        for (row, list) in draws.iter().enumerate() {
            for (column, draw) in list.iter().enumerate() {
                check(*draw, row, column)?;
                all.push(*draw);
            }
        }
        if all.is_empty() {
            return Err(Error::Empty);
        }
        all.sort_unstable_by(f64::total_cmp);
        let logarithms = spread_of_logarithms(&all);
        Ok(Self { draws: all, logarithms })
    }

    /// All draws, ascending.
    #[must_use]
    pub fn draws(&self) -> &[f64] {
        &self.draws
    }

    /// The edge of the band: a distance above it has p <= 1 - `share`, and one at it has not. The largest draw if there are
    /// too few of them for such a p: for `share` 0.95 fewer than 19.
    #[must_use]
    pub fn quantile(&self, share: f64) -> f64 {
        let count = self.draws.len();
        // As many draws may be at least the distance. A product that should be a whole number may be just below it.
        let above = ((1.0 - share) * (count as f64 + 1.0) * (1.0 + 1e-12)) as usize;
        let place = count.saturating_sub(above.max(1));
        self.draws.get(place).copied().unwrap_or(0.0)
    }

    /// How a distance compares with the band. For many pairs see [`q_values`](super::q_values).
    ///
    /// # Errors
    /// [`Error::NonFiniteEntry`] and [`Error::NotADistance`] (row and column 0) for a distance that is not finite or is
    /// negative.
    pub fn test(&self, distance: f64) -> Result<NullTest, Error> {
        check(distance, 0, 0)?;
        let count = self.draws.len();
        let below = self.draws.partition_point(|draw| *draw < distance);
        let p = (count.saturating_sub(below) as f64 + 1.0) / (count as f64 + 1.0);
        let z = self.logarithms.filter(|_| distance > 0.0);
        Ok(NullTest { p, z: z.map(|(mean, deviation)| (libm::log(distance) - mean) / deviation) })
    }
}

pub(super) fn check(distance: f64, row: usize, column: usize) -> Result<(), Error> {
    if !distance.is_finite() {
        return Err(Error::NonFiniteEntry { row, column });
    }
    if distance < 0.0 {
        return Err(Error::NotADistance { row, column });
    }
    Ok(())
}

fn spread_of_logarithms(sorted: &[f64]) -> Option<(f64, f64)> {
    let count = sorted.len() as f64;
    if !(sorted.first().is_some_and(|least| *least > 0.0)) || sorted.first() == sorted.last() {
        return None;
    }
    let mean = sorted.iter().map(|x| libm::log(*x)).sum::<f64>() / count;
    let squares = sorted.iter().map(|x| libm::log(*x) - mean).map(|x| x * x).sum::<f64>();
    let deviation = libm::sqrt(squares / (count - 1.0));
    (deviation > 0.0).then_some((mean, deviation))
}
