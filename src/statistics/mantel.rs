//! The Mantel test: do two matrices of distances between the same recordings agree?

use super::distances::Distances;
use super::permutations::{PermutationTest, Permutations};
use crate::error::Error;
use crate::linalg::ranking::ranks;
use crate::matrix::try_reserve;
use alloc::vec::Vec;

/// Which correlation the Mantel test takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Correlation {
    /// Pearson's: of the distances.
    Pearson,
    /// Spearman's: of the ranks of the distances, equal ones at their mean rank.
    Spearman,
}

/// What the Mantel test finds.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Mantel {
    /// The correlation of the distances of all pairs, in \[-1, 1\].
    pub correlation: f64,
    /// How often permuted recordings give a correlation as large, of either sign.
    pub test: PermutationTest,
}

/// Whether two matrices of distances between the same recordings agree: the correlation of their n (n - 1) / 2 distances,
/// and how often it is as large when the recordings of one matrix are permuted. Distances of one matrix are not
/// independent of each other, so that the usual p value of a correlation does not hold.
///
/// Cost: n² / 2 multiplications per permutation; 2 n² scalars.
///
/// Source: Mantel, Cancer Res. 27 (1967) 209-220.
///
/// # Errors
/// [`Error::ShapeMismatch`] unless both matrices have as many recordings, at least 3;
/// [`Error::DegenerateSignal`] if all distances of one are equal; [`Error::NothingToPermute`] if strata fix all
/// recordings; [`Error::InvalidSetting`] without permutations; [`Error::OutOfMemory`].
///
/// ```
/// use dynamical_similarity::statistics::{Correlation, Distances, Permutations, mantel};
/// let places = [0.0_f64, 1.0, 3.0, 7.0, 15.0];
/// let table = |f: fn(f64) -> f64| -> Vec<f64> {
///     places.iter().flat_map(|x| places.map(|y| f((x - y).abs()))).collect()
/// };
/// let (one, other) = (table(|x| x), table(|x| x * x));
/// let (one, other) = (Distances::new(&one, 5)?, Distances::new(&other, 5)?);
/// let found = mantel(&one, &other, Correlation::Spearman, &Permutations::new())?;
/// assert!((found.correlation - 1.0).abs() < 1e-12);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn mantel(
    one: &Distances,
    other: &Distances,
    correlation: Correlation,
    permutations: &Permutations,
) -> Result<Mantel, Error> {
    let count = one.count();
    crate::matrix::check("the number of recordings of the second matrix", count, other.count())?;
    if count < 3 {
        let what = "the number of recordings";
        return Err(Error::ShapeMismatch { what, expected: 3, got: count });
    }
    let (one, other) = (standardised(one, correlation)?, standardised(other, correlation)?);
    let recordings: Vec<usize> = (0..count).collect();
    let along = |order: &[usize]| -> f64 {
        let pairs = order.iter().enumerate().flat_map(|(i, a)| {
            order.iter().take(i).enumerate().map(move |(j, b)| (triangle(i, j), triangle(*a, *b)))
        });
        pairs.filter_map(|(at, there)| Some(one.get(at)? * other.get(there)?)).sum()
    };
    let correlation = along(&recordings).clamp(-1.0, 1.0);
    let test = permutations.run(&recordings, correlation.abs(), |order| along(order).abs())?.test;
    Ok(Mantel { correlation, test })
}

/// The place of pair (i, j), i not j, among the pairs below the diagonal, row after row.
fn triangle(i: usize, j: usize) -> usize {
    let (low, high) = (i.min(j), i.max(j));
    (high.saturating_mul(high.saturating_sub(1)) / 2).saturating_add(low)
}

/// The distances below the diagonal, or their ranks, about their mean and of norm 1.
fn standardised(distances: &Distances, correlation: Correlation) -> Result<Vec<f64>, Error> {
    let pairs = distances.count().saturating_mul(distances.count()) / 2;
    let mut values: Vec<f64> = try_reserve(pairs)?;
    let shares = distances.in_units_of_largest()?;
    for (i, row) in shares.chunks_exact(distances.count().max(1)).enumerate() {
        values.extend(row.iter().take(i));
    }
    if correlation == Correlation::Spearman {
        values = ranks(&values)?;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter_mut().for_each(|value| *value -= mean);
    let norm = libm::sqrt(values.iter().map(|value| value * value).sum());
    if !(norm > mean.abs() * 1e-14) {
        return Err(Error::DegenerateSignal { channel: None });
    }
    values.iter_mut().for_each(|value| *value /= norm);
    Ok(values)
}
