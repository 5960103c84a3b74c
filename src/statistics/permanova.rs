//! Permutational multivariate analysis of variance (PERMANOVA): do groups differ?

use super::distances::Distances;
use super::false_discovery::q_values;
use super::groups::Groups;
use super::permutations::{PermutationTest, Permutations};
use crate::error::Error;
use crate::matrix::try_reserve;
use alloc::vec::Vec;

/// What PERMANOVA finds.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Permanova {
    /// F = (SS_between / (g - 1)) / (SS_within / (n - g)) of n recordings in g groups; the largest number if no distance
    /// within a group exceeds 0, and 0 if no distance at all does.
    pub pseudo_f: f64,
    /// SS_between / SS_total, the share of the sum of squared distances that lies between groups, in \[0, 1\].
    pub r_squared: f64,
    /// How often permuted labels give as large an F.
    pub test: PermutationTest,
}

/// What PERMANOVA finds for two of several groups.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PairOfGroups {
    /// The first group.
    pub first: usize,
    /// The second group.
    pub second: usize,
    /// The comparison of the two.
    pub found: Permanova,
    /// The q value of its p among those of all pairs of groups ([`q_values`]).
    pub q: f64,
}

/// Whether groups of recordings differ: PERMANOVA on the squared distances.
///
/// SS_total = sum over i < j of d_ij² / n, SS_within = sum over groups of (sum over i < j in the group of d_ij²) / n_g,
/// SS_between = SS_total - SS_within. A small p says that the groups differ in place, in spread, or in both:
/// look at [`dispersion`](super::dispersion()) beside it.
///
/// Cost: n² / (2 g) additions per permutation for groups of equal size; n² scalars.
///
/// Source: Anderson, Austral Ecology 26 (2001) 32-46.
///
/// # Errors
/// [`Error::ShapeMismatch`] unless there is a label for each recording and a group with two recordings;
/// [`Error::TooFewGroups`] for fewer than two; [`Error::NothingToPermute`] if strata fix all labels;
/// [`Error::InvalidSetting`] without permutations; [`Error::OutOfMemory`].
pub fn permanova(
    distances: &Distances,
    groups: &Groups,
    permutations: &Permutations,
) -> Result<Permanova, Error> {
    groups.check(distances.count())?;
    let squares = Squares::new(distances)?;
    let sizes: Vec<f64> = groups.sizes().iter().map(|size| *size as f64).collect();
    let total = squares.total() / distances.count() as f64;
    let mut members = Members::new(groups)?;
    let mut between = |labels: &[usize]| {
        members.sort(labels);
        let within =
            members.each().zip(&sizes).map(|(of_group, size)| squares.among(of_group) / size);
        if total > 0.0 { 1.0 - within.sum::<f64>() / total } else { 0.0 }
    };
    // For given sizes of groups, F grows with R².
    let r_squared = between(groups.of_each()).clamp(0.0, 1.0);
    let test = permutations.run(groups.of_each(), r_squared, between)?.test;
    let (n, g) = (distances.count() as f64, sizes.len() as f64);
    let pseudo_f = r_squared / (1.0 - r_squared) * (n - g) / (g - 1.0);
    Ok(Permanova { pseudo_f: pseudo_f.min(f64::MAX), r_squared, test })
}

/// [`permanova`] of every two groups, with q values. Pairs of groups come in the order (0, 1), (0, 2), (1, 2), (0, 3), ..
/// Two groups of one recording each are left out.
///
/// # Errors
/// As [`permanova`].
pub fn permanova_between_pairs(
    distances: &Distances,
    groups: &Groups,
    permutations: &Permutations,
) -> Result<Vec<PairOfGroups>, Error> {
    groups.check(distances.count())?;
    let mut pairs = Vec::new();
    for second in 0..groups.sizes().len() {
        for first in 0..second {
            let mut chosen = groups.members(first);
            chosen.extend(groups.members(second));
            if chosen.len() < 3 {
                continue;
            }
            chosen.sort_unstable();
            let of_each = groups.of_each();
            let labels: Vec<usize> =
                chosen.iter().filter_map(|i| of_each.get(*i).copied()).collect();
            let found = permanova(
                &distances.among(&chosen)?,
                &Groups::new(&labels)?,
                &permutations.among(&chosen)?,
            )?;
            pairs.push(PairOfGroups { first, second, found, q: 1.0 });
        }
    }
    let p: Vec<f64> = pairs.iter().map(|pair| pair.found.test.p).collect();
    pairs.iter_mut().zip(q_values(&p)?).for_each(|(pair, q)| pair.q = q);
    Ok(pairs)
}

/// Squared distances in units of the largest one, so that no square leaves the range of numbers.
pub(super) struct Squares {
    values: Vec<f64>,
    count: usize,
}

impl Squares {
    pub(super) fn new(distances: &Distances) -> Result<Self, Error> {
        let count = distances.count();
        let mut values = distances.in_units_of_largest()?;
        values.iter_mut().for_each(|share| *share *= *share);
        Ok(Self { values, count })
    }

    /// From a function of two recordings.
    pub(super) fn of(count: usize, square: impl Fn(usize, usize) -> f64) -> Result<Self, Error> {
        let mut values = try_reserve(crate::matrix::area(count, count))?;
        for i in 0..count {
            values.extend((0..count).map(|j| square(i, j)));
        }
        Ok(Self { values, count })
    }

    pub(super) fn at(&self, i: usize, j: usize) -> f64 {
        self.row(i).get(j).copied().unwrap_or(0.0)
    }

    fn row(&self, i: usize) -> &[f64] {
        let start = crate::matrix::area(i, self.count);
        self.values.get(start..start.saturating_add(self.count)).unwrap_or_default()
    }

    /// The sum over all pairs.
    fn total(&self) -> f64 {
        0.5 * self.values.iter().sum::<f64>()
    }

    /// The sum over the pairs of some recordings.
    pub(super) fn among(&self, chosen: &[usize]) -> f64 {
        let rows = chosen.iter().enumerate();
        rows.map(|(at, i)| self.from(*i, chosen.get(..at).unwrap_or_default())).sum()
    }

    /// The sum over the pairs of one recording with others.
    pub(super) fn from(&self, i: usize, others: &[usize]) -> f64 {
        let row = self.row(i);
        others.iter().filter_map(|j| row.get(*j)).sum()
    }
}

/// The recordings of each group, one group after the other.
pub(super) struct Members {
    recordings: Vec<usize>,
    /// Where each group starts, and the end of the last one.
    starts: Vec<usize>,
    next: Vec<usize>,
}

impl Members {
    pub(super) fn new(groups: &Groups) -> Result<Self, Error> {
        let mut recordings = try_reserve(groups.of_each().len())?;
        recordings.resize(groups.of_each().len(), 0);
        let mut starts = try_reserve(groups.sizes().len().saturating_add(1))?;
        starts.push(0);
        for size in groups.sizes() {
            starts.push(starts.last().copied().unwrap_or(0_usize).saturating_add(*size));
        }
        let next = try_reserve(groups.sizes().len())?;
        Ok(Self { recordings, starts, next })
    }

    /// Sorts the recordings by their labels, of which there are as many of each group as at first.
    pub(super) fn sort(&mut self, labels: &[usize]) {
        self.next.clear();
        self.next.extend(self.starts.iter().take(self.starts.len().saturating_sub(1)));
        for (recording, label) in labels.iter().enumerate() {
            let Some(next) = self.next.get_mut(*label) else { continue };
            if let Some(place) = self.recordings.get_mut(*next) {
                *place = recording;
            }
            *next = next.saturating_add(1);
        }
    }

    pub(super) fn each(&self) -> impl Iterator<Item = &[usize]> {
        self.starts.windows(2).map(|ends| match ends {
            [start, end] => self.recordings.get(*start..*end).unwrap_or_default(),
            _ => &[],
        })
    }
}
