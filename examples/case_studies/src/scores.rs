//! Everything that is said of one matrix of distances.

use crate::classifier::found_classes;
use crate::medoids::medoid_groups;
use dsa::problem::Problem;
use dsa::statistics::{
    accuracy, adjusted_rand, balanced_accuracy, classical_scaling, nearest_classes, silhouette,
};
use std::collections::HashSet;

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
        let kinds = classes.iter().collect::<HashSet<_>>().len();
        Ok(Self {
            nearest: accuracy(classes, &found),
            nearest_balanced: balanced_accuracy(classes, &found),
            silhouette: silhouette(classes, distances),
            rand: adjusted_rand(classes, &medoid_groups(kinds, distances)),
            machine_rows: accuracy(classes, &found_classes(classes, distances)?),
            machine_map: accuracy(classes, &by_map),
            machine_map_balanced: balanced_accuracy(classes, &by_map),
        })
    }
}
