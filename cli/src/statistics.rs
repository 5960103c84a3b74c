//! What a matrix of distances says about classes: nearest neighbours, silhouettes, agreement of two
//! groupings, and a map of the recordings (multidimensional scaling).
//!
//! Matrices are square, symmetric, row after row, with zeros on the diagonal. Classes are numbers 0, 1,
//! 2, .. Every number here is checked against scikit-learn's.

use dynamical_similarity::linalg::symmetric;
use dynamical_similarity::{Error, MatMut};

/// A square matrix, row after row, without its sides.
fn rows(distances: &[f64], count: usize) -> impl Iterator<Item = &[f64]> {
    distances.chunks(count.max(1)).take(count)
}

/// The distances of pairs: all entries of a matrix, row after row, but the diagonal where rows are compared with each other.
pub fn of_pairs(
    distances: &[f64],
    columns: usize,
    among_rows: bool,
) -> impl Iterator<Item = f64> + Clone {
    let all = distances.iter().enumerate();
    all.filter(move |(at, _)| !among_rows || at / columns != at % columns).map(|(_, x)| *x)
}

/// The class of each recording's nearest other one: the first of equally near ones.
#[must_use]
pub fn nearest_classes(classes: &[usize], distances: &[f64]) -> Vec<usize> {
    rows(distances, classes.len())
        .enumerate()
        .map(|(i, row)| {
            let others = row.iter().zip(classes).enumerate().filter(|(j, _)| *j != i);
            let nearest = others.min_by(|(_, (a, _)), (_, (b, _))| a.total_cmp(b));
            nearest.map_or(classes[i], |(_, (_, class))| *class)
        })
        .collect()
}

/// The fraction of recordings that are `found` in the class that they are of, in \[0, 1\].
#[must_use]
pub fn accuracy(classes: &[usize], found: &[usize]) -> f64 {
    let right = classes.iter().zip(found).filter(|(a, b)| a == b).count();
    right as f64 / classes.len().max(1) as f64
}

/// The mean over classes of the fraction of each class that is found, in \[0, 1\]: chance is 1 / number
/// of classes, also where one class is larger than another.
#[must_use]
pub fn balanced_accuracy(classes: &[usize], found: &[usize]) -> f64 {
    let fractions: Vec<f64> = present(classes)
        .into_iter()
        .map(|class| {
            let of_class = || classes.iter().zip(found).filter(|(a, _)| **a == class);
            of_class().filter(|(a, b)| a == b).count() as f64 / of_class().count().max(1) as f64
        })
        .collect();
    fractions.iter().sum::<f64>() / fractions.len().max(1) as f64
}

/// The classes that occur, ascending.
fn present(classes: &[usize]) -> Vec<usize> {
    let mut present = classes.to_vec();
    present.sort_unstable();
    present.dedup();
    present
}

/// The mean silhouette, in \[-1, 1\]: (b - a) / max(a, b) with a the mean distance of a recording to the
/// others of its class and b the least mean distance to another class; 0 for a class of one.
///
/// Source: Rousseeuw, J. Comput. Appl. Math. 20 (1987) 53-65.
#[must_use]
pub fn silhouette(classes: &[usize], distances: &[f64]) -> f64 {
    let present = present(classes);
    let widths = rows(distances, classes.len()).zip(classes).map(|(row, own)| {
        let members = |class: usize| classes.iter().filter(|c| **c == class).count() as f64;
        let sum = |class: usize| -> f64 {
            row.iter().zip(classes).filter(|(_, c)| **c == class).map(|(x, _)| x).sum()
        };
        if members(*own) < 2.0 {
            return 0.0;
        }
        let inside = sum(*own) / (members(*own) - 1.0);
        let outside = present
            .iter()
            .filter(|class| *class != own)
            .map(|class| sum(*class) / members(*class))
            .fold(f64::INFINITY, f64::min);
        let largest = inside.max(outside);
        if largest > 0.0 { (outside - inside) / largest } else { 0.0 }
    });
    widths.sum::<f64>() / classes.len().max(1) as f64
}

/// How well two groupings agree, 1 for the same groups and 0 on average for random ones.
///
/// Source: Hubert & Arabie, J. Classification 2 (1985) 193-218, equation 5.
#[must_use]
pub fn adjusted_rand(one: &[usize], other: &[usize]) -> f64 {
    let pairs = |n: usize| (n * n.saturating_sub(1) / 2) as f64;
    let sum = |groups: &[usize]| -> f64 {
        present(groups).iter().map(|g| pairs(groups.iter().filter(|x| *x == g).count())).sum()
    };
    let both: f64 = present(one)
        .iter()
        .flat_map(|a| present(other).into_iter().map(move |b| (*a, b)))
        .map(|(a, b)| pairs(one.iter().zip(other).filter(|(x, y)| **x == a && **y == b).count()))
        .sum();
    let (left, right, all) = (sum(one), sum(other), pairs(one.len()));
    if all == 0.0 {
        return 1.0;
    }
    let expected = left * right / all;
    let largest = (left + right) / 2.0;
    if largest == expected { 1.0 } else { (both - expected) / (largest - expected) }
}

/// Classical multidimensional scaling: points in `dimensions` coordinates whose Euclidean distances are
/// nearest, in the sense of the inner products, to the given ones; one point after the other. A
/// coordinate that the distances have no room for is 0.
///
/// B = -J D² J / 2 with J = I - 1 1ᵀ / n; the coordinates are the leading eigenvectors of B times the
/// roots of their eigenvalues, each with the entry of largest modulus positive.
///
/// Source: Torgerson, Psychometrika 17 (1952) 401-419; Gower, Biometrika 53 (1966) 325-338.
///
/// # Errors
/// Those of the eigen-solver: [`Error::NonFiniteEntry`] if a distance is not finite,
/// [`Error::RankTooLarge`] if there are more dimensions than points.
///
/// ```
/// // Three points on a line: 0, 3 and 7.
/// let distances = [0.0, 3.0, 7.0, 3.0, 0.0, 4.0, 7.0, 4.0, 0.0];
/// let points = dsa::statistics::classical_scaling(&distances, 3, 1)?;
/// assert!(((points[0] - points[1]).abs() - 3.0).abs() < 1e-12);
/// assert!(((points[1] - points[2]).abs() - 4.0).abs() < 1e-12);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn classical_scaling(
    distances: &[f64],
    count: usize,
    dimensions: usize,
) -> Result<Vec<f64>, Error> {
    let means: Vec<f64> = rows(distances, count)
        .map(|row| row.iter().map(|x| x * x).sum::<f64>() / count as f64)
        .collect();
    let mean = means.iter().sum::<f64>() / count.max(1) as f64;
    let mut products: Vec<f64> = rows(distances, count)
        .zip(&means)
        .flat_map(|(row, own)| {
            row.iter().zip(&means).map(move |(x, other)| -0.5 * (x * x - own - other + mean))
        })
        .collect();
    let (mut values, mut vectors) = (vec![0.0; count], vec![0.0; count * dimensions]);
    symmetric::leading_in(
        &mut MatMut::new(&mut products, count, count)?,
        &mut values,
        &mut MatMut::new(&mut vectors, count, dimensions)?,
        &mut vec![0.0; symmetric::leading_memory_len(count)],
    )?;
    let mut points = vec![0.0; count * dimensions];
    for (axis, (vector, value)) in vectors.chunks(count).zip(&values).enumerate() {
        let largest = vector.iter().fold(0.0_f64, |m, x| if x.abs() > m.abs() { *x } else { m });
        let scale = value.max(0.0).sqrt().copysign(largest);
        for (point, x) in points.chunks_mut(dimensions).zip(vector) {
            point[axis] = scale * x;
        }
    }
    Ok(points)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// scikit-learn's numbers, with the script that made them beside: `tests/data/statistics.py`.
    fn reference() -> Value {
        serde_json::from_str(include_str!("../tests/data/statistics.json")).unwrap()
    }

    fn numbers(value: &Value) -> Vec<f64> {
        value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
    }

    fn classes(value: &Value) -> Vec<usize> {
        numbers(value).into_iter().map(|x| x as usize).collect()
    }

    #[test]
    fn the_numbers_are_those_of_scikit_learn() {
        for case in reference().as_array().unwrap() {
            let distances = numbers(&case["distances"]);
            let labels = classes(&case["classes"]);
            let found = nearest_classes(&labels, &distances);
            assert_eq!(found, classes(&case["nearest"]));
            let is = |name: &str, value: f64| {
                let expected = case[name].as_f64().unwrap();
                assert!((value - expected).abs() < 1e-12, "{name} {value} {expected}");
            };
            is("accuracy", accuracy(&labels, &found));
            is("balanced_accuracy", balanced_accuracy(&labels, &found));
            is("silhouette", silhouette(&labels, &distances));
            is("adjusted_rand", adjusted_rand(&labels, &found));
            let points = classical_scaling(&distances, labels.len(), 2).unwrap();
            let expected = numbers(&case["scaling"]);
            for (x, y) in points.iter().zip(&expected) {
                assert!((x - y).abs() < 1e-10, "{x} {y}");
            }
        }
    }

    #[test]
    fn classes_of_one_and_sets_of_nothing_have_an_answer() {
        let alone = [0.0, 1.0, 2.0, 1.0, 0.0, 1.5, 2.0, 1.5, 0.0];
        assert_eq!(silhouette(&[0, 1, 2], &alone), 0.0);
        assert_eq!(nearest_classes(&[4], &[0.0]), [4]);
        assert_eq!(adjusted_rand(&[0, 0, 0], &[1, 1, 1]), 1.0);
        assert_eq!(adjusted_rand(&[], &[]), 1.0);
        assert!(classical_scaling(&[0.0, f64::NAN, f64::NAN, 0.0], 2, 1).is_err());
        assert_eq!(classical_scaling(&[0.0; 4], 2, 1).unwrap(), [0.0, 0.0]);
    }
}
