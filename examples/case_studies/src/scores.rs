//! Everything that is said of one matrix of distances.

use crate::classifier::found_classes;
use dsa::problem::Problem;
use dsa::statistics::{
    accuracy, adjusted_rand, balanced_accuracy, classical_scaling, nearest_classes, silhouette,
};
use kmedoids::arrayadapter::LowerTriangle;

/// A matrix of distances among labelled recordings.
#[derive(Debug, Clone)]
pub struct Distances {
    /// What is measured.
    pub measure: String,
    /// Square, row after row.
    pub values: Vec<f64>,
    /// Pairs whose distance is proven optimal, of those with a bound.
    pub certified: Option<usize>,
}

impl Distances {
    /// Without a bound.
    pub fn new(measure: impl Into<String>, values: Vec<f64>) -> Self {
        Self { measure: measure.into(), values, certified: None }
    }

    /// Of the recordings `kept` alone.
    pub fn among(&self, count: usize, kept: &[usize]) -> Self {
        let values = kept
            .iter()
            .flat_map(|i| kept.iter().map(move |j| self.values[i * count + j]))
            .collect();
        Self { measure: self.measure.clone(), values, certified: None }
    }

    /// Every entry squared.
    pub fn squared(&self, measure: &str) -> Self {
        Self::new(measure, self.values.iter().map(|x| x * x).collect())
    }
}

/// How well classes are seen in a matrix of distances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    /// Leave-one-out accuracy of the nearest neighbour.
    pub nearest: f64,
    /// The same as the mean over classes.
    pub nearest_balanced: f64,
    /// Mean silhouette.
    pub silhouette: f64,
    /// Adjusted Rand index of as many medoids as there are classes.
    pub rand: f64,
    /// Accuracy of a linear support vector machine on the rows of the matrix.
    pub machine_rows: f64,
    /// The same on two coordinates of classical scaling.
    pub machine_map: f64,
    /// The same as the mean over classes.
    pub machine_map_balanced: f64,
}

impl Scores {
    /// # Errors
    /// A sentence if a distance is not finite.
    pub fn of(classes: &[usize], distances: &[f64]) -> Result<Self, Problem> {
        let found = nearest_classes(classes, distances);
        let map = classical_scaling(distances, classes.len(), 2).map_err(Problem::new)?;
        let by_map = found_classes(classes, &map)?;
        Ok(Self {
            nearest: accuracy(classes, &found),
            nearest_balanced: balanced_accuracy(classes, &found),
            silhouette: silhouette(classes, distances),
            rand: adjusted_rand(classes, &medoid_groups(classes, distances)),
            machine_rows: accuracy(classes, &found_classes(classes, distances)?),
            machine_map: accuracy(classes, &by_map),
            machine_map_balanced: balanced_accuracy(classes, &by_map),
        })
    }
}

/// Swaps of medoids at most.
const MOST_SWAPS: usize = 1000;

/// The group of each recording: as many medoids as there are classes, by partitioning around medoids
/// (Kaufman & Rousseeuw 1987: BUILD, then SWAP; nothing is random).
fn medoid_groups(classes: &[usize], distances: &[f64]) -> Vec<usize> {
    let n = classes.len();
    let mut present = classes.to_vec();
    present.sort_unstable();
    present.dedup();
    let data = (0..n).flat_map(|i| (0..i).map(move |j| distances[i * n + j])).collect();
    let triangle = LowerTriangle { n, data };
    let (_, groups, _, _, _): (f64, _, _, _, _) =
        kmedoids::pam(&triangle, present.len(), MOST_SWAPS);
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medoids_are_the_best_pair_of_all() {
        // Five points on a line: every pair of medoids is tried.
        let points = [0.0, 1.0, 1.5, 7.0, 8.0_f64];
        let distances: Vec<f64> =
            points.iter().flat_map(|x| points.iter().map(move |y| (x - y).abs())).collect();
        let cost = |a: usize, b: usize| -> f64 {
            points.iter().map(|x| (x - points[a]).abs().min((x - points[b]).abs())).sum()
        };
        let pairs = || (0..5).flat_map(|a| (0..a).map(move |b| (a, b)));
        let best = pairs().min_by(|x, y| cost(x.0, x.1).total_cmp(&cost(y.0, y.1))).unwrap();
        let nearest = |x: &f64| (x - points[best.0]).abs() < (x - points[best.1]).abs();
        let expected: Vec<usize> = points.iter().map(|x| usize::from(nearest(x))).collect();
        let groups = medoid_groups(&[0, 0, 0, 1, 1], &distances);
        assert_eq!(adjusted_rand(&groups, &expected), 1.0);
    }
}
