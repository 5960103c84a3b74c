//! A test for the dispersion of groups (PERMDISP): do groups differ in their spread?

use super::distances::Distances;
use super::groups::Groups;
use super::permanova::{Members, Squares};
use super::permutations::{PermutationTest, Permutations};
use crate::error::Error;
use crate::matrix::try_zeros;
use alloc::vec::Vec;

/// What the test for dispersion finds.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Dispersion {
    /// F of a one-way analysis of variance of the distances z to the centroids; the largest number if they vary between
    /// groups and not within them.
    pub f: f64,
    /// The mean z of each group, in the units of the distances.
    pub mean_distance_to_centroid: Vec<f64>,
    /// How often permuted labels of the residuals give as large an F.
    pub test: PermutationTest,
}

/// Whether groups differ in their spread: an analysis of variance of z_i, the distance of recording i to the centroid of
/// its group,
///
/// z_i² = n_g / (n_g - 1) ((1 / n_g) sum over j in the group of d_ij² - (1 / n_g²) sum over j < k in the group of d_jk²),
///
/// which needs no coordinates. The first factor makes up for the centroid, which lies nearer to few recordings than to many
/// (O'Neill & Mathews 2000); other programs leave it out, which changes F where groups differ in size. Where distances are
/// not Euclidean z_i² can be negative, and z_i = 0 is taken; so it is for a group of one recording.
///
/// A difference in place must not be taken for one in spread: recordings are moved so that all groups have one centroid
/// before their labels are permuted. The centroids of permuted groups are found anew, as they were for the groups
/// themselves; permuting the z alone is positive too often (.075 at a nominal .05 for groups of 6 and 8).
///
/// Cost: n² / g additions per permutation; 2 n² scalars.
///
/// Source: Anderson, Biometrics 62 (2006) 245-253; O'Neill & Mathews, Aust. N. Z. J. Stat. 42 (2000) 81-100.
///
/// # Errors
/// As [`permanova`](super::permanova()).
///
/// ```
/// use dynamical_similarity::statistics::{Distances, Groups, Permutations, dispersion};
/// // Points on a line: one group within 1 of its centre, the other within 10.
/// let places = [-1.0_f64, 0.0, 1.0, -10.0, 0.0, 10.0];
/// let distances: Vec<f64> =
///     places.iter().flat_map(|x| places.map(|y| (x - y).abs())).collect();
/// let groups = Groups::new(&["narrow", "narrow", "narrow", "wide", "wide", "wide"])?;
/// let found = dispersion(&Distances::new(&distances, 6)?, &groups, &Permutations::new())?;
/// let mean = 2.0 / 3.0 * 1.5_f64.sqrt();
/// assert!((found.mean_distance_to_centroid[0] - mean).abs() < 1e-12);
/// assert!((found.mean_distance_to_centroid[1] - 10.0 * mean).abs() < 1e-12);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn dispersion(
    distances: &Distances,
    groups: &Groups,
    permutations: &Permutations,
) -> Result<Dispersion, Error> {
    groups.check(distances.count())?;
    let mut members = Members::new(groups)?;
    members.sort(groups.of_each());
    let squares = Squares::new(distances)?;
    let residuals = residuals(&squares, &members, groups)?;
    let sizes = groups.sizes();
    let mut z = try_zeros(distances.count())?;
    to_centroids(&squares, &members, &mut z);
    let (f, means) = analysis(&z, groups.of_each(), sizes);
    let statistic = |labels: &[usize]| {
        members.sort(labels);
        to_centroids(&residuals, &members, &mut z);
        analysis(&z, labels, sizes).0
    };
    let test = permutations.run(groups.of_each(), f, statistic)?.test;
    let unit = distances.largest();
    let mean_distance_to_centroid = means.iter().map(|mean| mean * unit).collect();
    Ok(Dispersion { f, mean_distance_to_centroid, test })
}

/// Writes the distance z of each recording to the centroid of its group, in units of the largest distance.
fn to_centroids(squares: &Squares, members: &Members, z: &mut [f64]) {
    for group in members.each() {
        let size = (group.len() as f64).max(1.0);
        let spread = squares.among(group) / size / size;
        for recording in group {
            let square = (squares.from(*recording, group) / size - spread) * unbiased(group.len());
            if let Some(z) = z.get_mut(*recording) {
                *z = libm::sqrt(square.max(0.0));
            }
        }
    }
}

/// What makes up for the centroid of n recordings, which is nearer to them than that of all there could be.
fn unbiased(size: usize) -> f64 {
    size as f64 / (size as f64 - 1.0).max(1.0)
}

/// Squared distances between residuals: recordings moved so that all groups have one centroid.
///
/// With y_i the place of recording i, c_g the centroid of its group g and e_i = (y_i - c_g) sqrt(n_g / (n_g - 1)),
///
/// |e_i - e_j|² = |e_i|² + |e_j|² - 2 <e_i, e_j>, and for y_i of group g and y_j of group h
/// <y_i - c_g, y_j - c_h> = -(d_ij² - m_ih - m_jg + m_gh) / 2,
///
/// where m are means of squared distances: of a recording to a group, or of a group to a group.
fn residuals(squares: &Squares, members: &Members, groups: &Groups) -> Result<Squares, Error> {
    let count = groups.of_each().len();
    let mut to_groups = Vec::new();
    for group in members.each() {
        let mean = |i| squares.from(i, group) / (group.len() as f64).max(1.0);
        to_groups.push((0..count).map(mean).collect::<Vec<f64>>());
    }
    let to_group = |i: usize, group: usize| {
        to_groups.get(group).and_then(|of_all| of_all.get(i)).copied().unwrap_or(0.0)
    };
    let mean_between = |g: &[usize], h: usize| {
        g.iter().map(|i| to_group(*i, h)).sum::<f64>() / (g.len() as f64).max(1.0)
    };
    let between: Vec<Vec<f64>> = members
        .each()
        .map(|group| (0..groups.sizes().len()).map(|other| mean_between(group, other)).collect())
        .collect();
    let factor = |group: usize| unbiased(groups.sizes().get(group).copied().unwrap_or(1));
    let product = |i: usize, j: usize| {
        let group = |i: usize| groups.of_each().get(i).copied().unwrap_or(0);
        let (g, h) = (group(i), group(j));
        let groups_apart = between.get(g).and_then(|to| to.get(h)).copied().unwrap_or(0.0);
        let product = squares.at(i, j) - to_group(i, h) - to_group(j, g) + groups_apart;
        -0.5 * product * libm::sqrt(factor(g) * factor(h))
    };
    Squares::of(count, |i, j| {
        if i == j { 0.0 } else { product(i, i) + product(j, j) - 2.0 * product(i, j) }
    })
}

/// F of a one-way analysis of variance, and the mean of each group.
fn analysis(values: &[f64], labels: &[usize], sizes: &[usize]) -> (f64, Vec<f64>) {
    let mut means = alloc::vec![0.0; sizes.len()];
    for (value, label) in values.iter().zip(labels) {
        if let Some(mean) = means.get_mut(*label) {
            *mean += value;
        }
    }
    means.iter_mut().zip(sizes).for_each(|(mean, size)| *mean /= (*size as f64).max(1.0));
    let (n, g) = (values.len() as f64, sizes.len() as f64);
    let grand = values.iter().sum::<f64>() / n;
    let between: f64 = means
        .iter()
        .zip(sizes)
        .map(|(mean, size)| *size as f64 * (mean - grand) * (mean - grand))
        .sum();
    let within: f64 = values
        .iter()
        .zip(labels)
        .map(|(value, label)| value - means.get(*label).copied().unwrap_or(0.0))
        .map(|rest| rest * rest)
        .sum();
    // Values are at most 1: what is smaller than its rounding is 0.
    let rounding = n * f64::EPSILON * f64::EPSILON;
    let f = match (between > rounding, within > rounding) {
        (true, true) => between / (g - 1.0) / (within / (n - g)),
        (true, false) => f64::MAX,
        (false, _) => 0.0,
    };
    (f, means)
}
