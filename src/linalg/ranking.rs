//! Ranks of values, and the rank correlation of two lists.

use crate::error::Error;
use crate::matrix::try_reserve;
use alloc::vec::Vec;

/// The rank of each value, from 1; equal values have the mean of their ranks.
pub(crate) fn ranks(values: &[f64]) -> Result<Vec<f64>, Error> {
    let mut ascending: Vec<f64> = try_reserve(values.len())?;
    ascending.extend_from_slice(values);
    ascending.sort_unstable_by(f64::total_cmp);
    let mut ranks = try_reserve(values.len())?;
    ranks.extend(values.iter().map(|value| {
        let below = ascending.partition_point(|other| other < value);
        let up_to = ascending.partition_point(|other| other <= value);
        0.5 * (below as f64 + up_to as f64 + 1.0)
    }));
    Ok(ranks)
}

/// Spearman's correlation of two lists of one length: that of their ranks, where equal values have the mean of their ranks;
/// 0 where one of the lists is constant.
///
/// Cost: sorting both lists, and 3 scalars for each value.
///
/// Source: Spearman, Am. J. Psychol. 15 (1904) 72-101.
///
/// # Errors
/// [`Error::ShapeMismatch`] if the lengths differ; [`Error::NonFiniteEntry`] with the place of a value that is not finite;
/// [`Error::OutOfMemory`].
///
/// ```
/// use dynamical_similarity::statistics::rank_correlation;
/// assert!((rank_correlation(&[1.0, 2.0, 3.0, 4.0], &[1.0, 8.0, 27.0, 64.0])? - 1.0).abs() < 1e-15);
/// assert!((rank_correlation(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0])? - 0.5).abs() < 1e-15);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn rank_correlation(one: &[f64], other: &[f64]) -> Result<f64, Error> {
    crate::matrix::check("the number of values of the second list", one.len(), other.len())?;
    for (column, list) in [one, other].into_iter().enumerate() {
        if let Some(row) = list.iter().position(|value| !value.is_finite()) {
            return Err(Error::NonFiniteEntry { row, column });
        }
    }
    let (one, other) = (ranks(one)?, ranks(other)?);
    let mean = 0.5 * (one.len() as f64 + 1.0);
    let (mut product, mut left, mut right) = (0.0, 0.0, 0.0);
    for (a, b) in one.iter().zip(&other) {
        let (a, b) = (a - mean, b - mean);
        (product, left, right) = (product + a * b, left + a * a, right + b * b);
    }
    let norm = libm::sqrt(left) * libm::sqrt(right);
    Ok(if norm > 0.0 { (product / norm).clamp(-1.0, 1.0) } else { 0.0 })
}

/// The median: the mean of the two middle values where their number is even; `None` of nothing. Sorts the values.
pub(crate) fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let upper = values.get(values.len() / 2)?;
    let lower = values.get(values.len().saturating_sub(1) / 2)?;
    // Halved first, so that the sum stays in the range of numbers.
    Some(0.5 * lower + 0.5 * upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_their_ranks() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]).unwrap(), [3.5, 1.0, 3.5, 2.0]);
    }

    /// The values are SciPy's `spearmanr`.
    #[test]
    fn rank_correlations_are_those_of_scipy() {
        let close = |a: &[f64], b: &[f64], expected: f64| {
            assert!((rank_correlation(a, b).unwrap() - expected).abs() < 1e-15);
        };
        close(&[1.0, 2.0, 3.0, 4.0], &[1.0, 8.0, 27.0, 64.0], 1.0);
        close(&[1.0, 2.0, 3.0, 4.0, 5.0], &[5.0, 6.0, 7.0, 8.0, 7.0], 0.820_782_681_668_123_3);
        close(&[1.0, 2.0, 3.0], &[2.0, 2.0, 2.0], 0.0);
    }

    #[test]
    fn medians_of_even_numbers_lie_between() {
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&mut [4.0, 1.0, 3.0]), Some(3.0));
        assert_eq!(median(&mut []), None);
    }
}
