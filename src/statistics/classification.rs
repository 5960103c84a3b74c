//! Nearest neighbours and silhouettes, with what chance would give.

use super::distances::Distances;
use super::groups::Groups;
use super::permutations::{PermutationTest, Permutations};
use crate::error::Error;
use alloc::vec::Vec;

/// A score of how well distances tell groups apart, and what permuted labels give.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Classification {
    /// The score.
    pub score: f64,
    /// Its mean over permuted labels: the score of distances that know nothing of the groups.
    pub chance: f64,
    /// How often permuted labels give as large a score.
    pub test: PermutationTest,
}

impl Classification {
    fn of(
        groups: &Groups,
        permutations: &Permutations,
        score: impl Fn(&[usize]) -> f64,
    ) -> Result<Self, Error> {
        let observed = score(groups.of_each());
        let found = permutations.run(groups.of_each(), observed, &score)?;
        Ok(Self { score: observed, chance: found.mean, test: found.test })
    }
}

/// The share of recordings whose nearest other recording is of the same group, in \[0, 1\]. Of equally near recordings
/// the first one counts.
///
/// Cost: n², and n per permutation.
///
/// # Errors
/// As [`permanova`](super::permanova()).
///
/// ```
/// use dynamical_similarity::statistics::{Distances, Groups, Permutations, nearest_neighbour_accuracy};
/// let places = [0.0_f64, 1.0, 2.5, 10.0, 11.0, 12.5];
/// let distances: Vec<f64> =
///     places.iter().flat_map(|x| places.map(|y| (x - y).abs())).collect();
/// let groups = Groups::new(&[1, 1, 1, 2, 2, 2])?;
/// let distances = Distances::new(&distances, 6)?;
/// let found = nearest_neighbour_accuracy(&distances, &groups, &Permutations::new())?;
/// // 2 of the other 5 recordings are of the same group.
/// assert!(found.score == 1.0 && (found.chance - 0.4).abs() < 1e-12);
/// assert!((found.test.p - 0.1).abs() < 1e-12);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn nearest_neighbour_accuracy(
    distances: &Distances,
    groups: &Groups,
    permutations: &Permutations,
) -> Result<Classification, Error> {
    groups.check(distances.count())?;
    let nearest: Vec<usize> = distances
        .rows()
        .enumerate()
        .map(|(i, row)| {
            let others = row.iter().enumerate().filter(|(j, _)| *j != i);
            others.min_by(|(_, a), (_, b)| a.total_cmp(b)).map_or(i, |(j, _)| j)
        })
        .collect();
    Classification::of(groups, permutations, |labels| {
        let same =
            labels.iter().zip(&nearest).filter(|(own, other)| labels.get(**other) == Some(own));
        same.count() as f64 / labels.len().max(1) as f64
    })
}

/// The mean silhouette, in \[-1, 1\]: (b - a) / max(a, b), with a the mean distance of a recording to the others of its
/// group and b the least mean distance to another group; 0 for a recording that is alone in its group.
///
/// Cost: n² additions per permutation.
///
/// Source: Rousseeuw, J. Comput. Appl. Math. 20 (1987) 53-65.
///
/// # Errors
/// As [`permanova`](super::permanova()).
///
/// ```
/// use dynamical_similarity::statistics::{Distances, Groups, Permutations, mean_silhouette};
/// let distances = Distances::new(&[0.0, 1.0, 4.0, 1.0, 0.0, 4.0, 4.0, 4.0, 0.0], 3)?;
/// let groups = Groups::new(&["a", "a", "b"])?;
/// let found = mean_silhouette(&distances, &groups, &Permutations::new())?;
/// assert!((found.score - (0.75 + 0.75 + 0.0) / 3.0).abs() < 1e-12);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn mean_silhouette(
    distances: &Distances,
    groups: &Groups,
    permutations: &Permutations,
) -> Result<Classification, Error> {
    groups.check(distances.count())?;
    // Scores do not depend on the unit.
    let shares = distances.in_units_of_largest()?;
    let sizes = groups.sizes();
    Classification::of(groups, permutations, |labels| {
        let mut sums = alloc::vec![0.0; sizes.len()];
        let mut all = 0.0;
        for (row, own) in shares.chunks_exact(distances.count().max(1)).zip(labels) {
            sums.fill(0.0);
            for (distance, label) in row.iter().zip(labels) {
                if let Some(sum) = sums.get_mut(*label) {
                    *sum += distance;
                }
            }
            all += silhouette(&sums, sizes, *own);
        }
        all / labels.len().max(1) as f64
    })
}

/// The silhouette of a recording of group `own`, from the sums of its distances to each group.
fn silhouette(sums: &[f64], sizes: &[usize], own: usize) -> f64 {
    let (mut inside, mut outside) = (0.0, f64::INFINITY);
    for (group, (sum, size)) in sums.iter().zip(sizes).enumerate() {
        if group != own {
            outside = outside.min(sum / *size as f64);
        } else if *size < 2 {
            return 0.0;
        } else {
            inside = sum / (*size as f64 - 1.0);
        }
    }
    let largest = inside.max(outside);
    if largest > 0.0 { (outside - inside) / largest } else { 0.0 }
}
