//! A linear support vector machine, tested on recordings that it has not seen.
//!
//! As scikit-learn's `make_pipeline(StandardScaler(), SVC(kernel="linear", C=1))`: features at mean 0 and
//! variance 1 on the training part, one machine for each pair of classes, the class with most votes.
//! Five folds: fold i tests the members i, i + 5, .. of every class. The machine is linfa-svm's.

use dsa::problem::Problem;
use linfa::Dataset;
use linfa::prelude::Fit;
use linfa_svm::Svm;
use ndarray::{Array1, Array2, ArrayView1, Axis};

const FOLDS: usize = 5;
/// The penalty C, and when the solver stops.
const PENALTY: f64 = 1.0;
const PRECISION: f64 = 1e-6;

/// The class that is found for each of `features` (recordings x any number, row after row) by a machine
/// trained on the other folds.
///
/// # Errors
/// A sentence if the machine is not found.
pub fn found_classes(classes: &[usize], features: &[f64]) -> Result<Vec<usize>, Problem> {
    let count = classes.len();
    let width = features.len() / count.max(1);
    let table = Array2::from_shape_vec((count, width), features.to_vec()).map_err(Problem::new)?;
    let place: Vec<usize> = (0..count)
        .map(|k| classes[..k].iter().filter(|class| **class == classes[k]).count() % FOLDS)
        .collect();
    let mut found = classes.to_vec();
    for fold in 0..FOLDS {
        let (test, train): (Vec<usize>, Vec<usize>) = (0..count).partition(|k| place[*k] == fold);
        if test.is_empty() || train.is_empty() {
            continue;
        }
        let scaled = standardised(&table, &train);
        let machine = Machine::train(&scaled, classes, &train)?;
        test.iter().for_each(|k| found[*k] = machine.vote(scaled.row(*k)));
    }
    Ok(found)
}

/// All rows, at mean 0 and variance 1 over the rows `train`; a constant feature is only centred.
fn standardised(table: &Array2<f64>, train: &[usize]) -> Array2<f64> {
    let seen = table.select(Axis(0), train);
    let mut scaled = table.clone();
    for (mut feature, seen) in scaled.columns_mut().into_iter().zip(seen.columns()) {
        let mean = seen.mean().unwrap_or(0.0);
        let deviation = seen.std(0.0);
        let deviation = if deviation > 10.0 * f64::EPSILON * mean.abs() { deviation } else { 1.0 };
        feature.mapv_inplace(|x| (x - mean) / deviation);
    }
    scaled
}

/// One machine for each pair of classes.
struct Machine {
    classes: usize,
    pairs: Vec<(usize, usize, Svm<f64, bool>)>,
}

impl Machine {
    fn train(table: &Array2<f64>, classes: &[usize], train: &[usize]) -> Result<Self, Problem> {
        let count = train.iter().map(|k| classes[*k] + 1).max().unwrap_or(0);
        let mut pairs = Vec::new();
        for (a, b) in (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b))) {
            let members: Vec<usize> =
                train.iter().copied().filter(|k| [a, b].contains(&classes[*k])).collect();
            let is_first: Array1<bool> = members.iter().map(|k| classes[*k] == a).collect();
            if is_first.iter().all(|x| *x) || !is_first.iter().any(|x| *x) {
                continue;
            }
            let data = Dataset::new(table.select(Axis(0), &members), is_first);
            let machine = Svm::<f64, bool>::params()
                .pos_neg_weights(PENALTY, PENALTY)
                .eps(PRECISION)
                .linear_kernel()
                .fit(&data)
                .map_err(Problem::new)?;
            pairs.push((a, b, machine));
        }
        Ok(Self { classes: count, pairs })
    }

    /// The first of the classes with most votes.
    fn vote(&self, features: ArrayView1<'_, f64>) -> usize {
        let mut votes = vec![0_usize; self.classes];
        for (a, b, machine) in &self.pairs {
            let first = machine.weighted_sum(&features) - machine.rho > 0.0;
            votes[if first { *a } else { *b }] += 1;
        }
        let most = votes.iter().copied().max().unwrap_or(0);
        votes.iter().position(|x| *x == most).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_classes_are_those_that_scikit_learn_finds() {
        let text = include_str!("../../../cli/tests/data/statistics.json");
        let cases: serde_json::Value = serde_json::from_str(text).unwrap();
        let numbers = |value: &serde_json::Value| -> Vec<f64> {
            value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
        };
        let classes =
            |value| -> Vec<usize> { numbers(value).iter().map(|x| *x as usize).collect() };
        let mut mistakes = 0;
        for case in cases.as_array().unwrap() {
            let labels = classes(&case["classes"]);
            for (features, expected) in
                [("distances", "machine_rows"), ("scaling", "machine_scaling")]
            {
                let found = found_classes(&labels, &numbers(&case[features])).unwrap();
                assert_eq!(found, classes(&case[expected]), "{expected}");
                mistakes += found.iter().zip(&labels).filter(|(a, b)| a != b).count();
            }
        }
        assert!(mistakes > 10, "references without mistakes would show little: {mistakes}");
    }
}
