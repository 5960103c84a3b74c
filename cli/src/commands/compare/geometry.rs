//! What a page needs beside distances: the tree and the map of the recordings, and eigenvalues.

use super::table::Table;
use crate::arguments::ModelArguments;
use crate::clustering::{average_linkage, leaves};
use crate::statistics::{classical_scaling, of_pairs};
use dynamical_similarity::linalg::eigenvalues::eigenvalues_in;
use dynamical_similarity::statistics::rank_correlation;
use dynamical_similarity::{Error, Mat, MatRef};
use serde_json::{Value, json};

/// A map takes a decomposition, whose work grows with the cube of this number.
const MOST_ON_A_MAP: usize = 1024;

/// Adds how recordings were prepared and their sampling rate, and the tree and the map of recordings that are compared with
/// each other.
pub(super) fn report(result: &mut Value, table: &Table<'_>, options: &ModelArguments) {
    result["rate"] = json!(options.final_rate);
    result["preparation"] = options.preparation().report();
    let count = table.rows.len();
    if !table.alone || count < 2 {
        return;
    }
    let tree = average_linkage(table.distances, count);
    result["clustering"] = json!({ "order": leaves(&tree, count), "merges": tree });
    if count <= MOST_ON_A_MAP
        && let Ok(points) = classical_scaling(table.distances, count, 2)
    {
        let points: Vec<&[f64]> = points.chunks(2).collect();
        result["scaling"] = json!({
            "coordinates": points,
            "rank_correlation": agreement(&points, table.distances),
        });
    }
}

/// The rank correlation of distances in a map with those that were found; `None` where it has no meaning.
fn agreement(points: &[&[f64]], distances: &[f64]) -> Option<f64> {
    let in_map = |a: &[f64], b: &[f64]| {
        let squares = a.iter().zip(b).map(|(x, y)| (x - y) * (x - y));
        squares.sum::<f64>().sqrt()
    };
    let mapped: Vec<f64> =
        points.iter().flat_map(|a| points.iter().map(move |b| in_map(a, b))).collect();
    let pairs = |matrix: &[f64]| of_pairs(matrix, points.len(), true).collect::<Vec<_>>();
    rank_correlation(&pairs(&mapped), &pairs(distances)).ok().filter(|x| x.is_finite())
}

/// The eigenvalues of an operator, as real and imaginary parts; none where they are not found.
pub(super) fn eigenvalues(operator: MatRef<'_, f64>) -> Vec<[f64; 2]> {
    let find = || -> Result<Vec<[f64; 2]>, Error> {
        let order = operator.rows();
        let mut copy = Mat::copy_of(operator)?;
        let (mut real, mut imaginary) = (vec![0.0; order], vec![0.0; order]);
        eigenvalues_in(&mut copy.as_mut(), &mut real, &mut imaginary)?;
        Ok(real.into_iter().zip(imaginary).map(|(re, im)| [re, im]).collect())
    };
    find().unwrap_or_default()
}
