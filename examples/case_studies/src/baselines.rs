//! What geometry alone sees: Procrustes on states, Procrustes on delay embeddings, linear CKA, SVCCA.
//!
//! All compare samples that belong to the same time, X and Y with one row a sample, centred:
//! - Procrustes: arccos(|XᵀY|_* / (|X|_F |Y|_F)), the angle after the best rotation
//!   (Williams, Kunz, Kornblith & Linderman 2021),
//! - linear CKA: 1 - |XᵀY|_F² / (|XᵀX|_F |YᵀY|_F) (Kornblith et al. 2019),
//! - SVCCA: 1 - mean canonical correlation of the principal components that hold 99 % of the variance
//!   (Raghu et al. 2017).

use crate::scores::Distances;
use dsa::problem::Problem;
use dsa::progress::Progress;
use dsa::simulate::Simulated;
use dsa::simulate::observe::centre;
use dynamical_similarity::linalg::{svd, symmetric};
use dynamical_similarity::{Error, Mat, MatMut, MatRef};
use rayon::prelude::*;

/// Names, in the order of [`among`]'s matrices.
pub const NAMES: [&str; 4] =
    ["Procrustes on states", "Procrustes on delay embeddings", "linear CKA", "SVCCA"];
/// Rows of a delay embedding that are used at most: every so many, the same in every recording.
const MOST_ROWS: usize = 1500;
/// Variance that SVCCA keeps.
const KEPT: f64 = 0.99;

/// The states of one system, ready for comparison.
#[derive(Debug)]
pub struct States {
    /// Unit norm, one column a channel.
    states: Mat<f64>,
    embedded: Mat<f64>,
    /// Orthonormal principal components.
    components: Mat<f64>,
    /// |XᵀX|_F.
    gram: f64,
}

impl States {
    /// `delays` samples of `interval` apart make a row of the embedding.
    ///
    /// # Errors
    /// A sentence if there is no variance.
    pub fn new(made: &Simulated, delays: usize, interval: usize) -> Result<Self, Problem> {
        let states = columns(made.data.clone(), made.channels)?;
        let embedded = columns(embed(made, delays, interval), made.channels * delays)?;
        let gram = product(states.as_ref(), states.as_ref()).map_err(Problem::new)?;
        let components = leading(states.as_ref(), &gram).map_err(Problem::new)?;
        let gram = gram.as_ref().frobenius_norm();
        Ok(Self { states, embedded, components, gram })
    }

    fn distances(&self, other: &Self) -> Result<[f64; 4], Error> {
        let cross = product(self.states.as_ref(), other.states.as_ref())?;
        let square = cross.as_ref().frobenius_norm().powi(2);
        let embedded = product(self.embedded.as_ref(), other.embedded.as_ref())?;
        let shared = product(self.components.as_ref(), other.components.as_ref())?;
        let correlations = singular_values(shared.as_ref())?;
        let mean = correlations.iter().map(|x| x.min(1.0)).sum::<f64>() / correlations.len() as f64;
        Ok([
            angle(cross.as_ref())?,
            angle(embedded.as_ref())?,
            (1.0 - square / (self.gram * other.gram)).max(0.0),
            1.0 - mean,
        ])
    }

    /// The angle between the states after the best rotation.
    ///
    /// # Errors
    /// A sentence if the numbers of samples differ.
    pub fn procrustes(&self, other: &Self) -> Result<f64, Problem> {
        product(self.states.as_ref(), other.states.as_ref())
            .and_then(|cross| angle(cross.as_ref()))
            .map_err(Problem::new)
    }
}

/// arccos of the sum of singular values.
fn angle(cross: MatRef<'_, f64>) -> Result<f64, Error> {
    Ok(libm::acos(singular_values(cross)?.iter().sum::<f64>().min(1.0)))
}

fn singular_values(a: MatRef<'_, f64>) -> Result<Vec<f64>, Error> {
    let mut values = vec![0.0; a.rows().min(a.cols())];
    let mut memory = vec![0.0; svd::values_memory_len(a.rows(), a.cols())];
    svd::values_in(a, &mut values, &mut memory)?;
    Ok(values)
}

fn product(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> Result<Mat<f64>, Error> {
    let mut product = Mat::zeros(a.cols(), b.cols())?;
    product.as_mut().set_product_transposed(a, b)?;
    Ok(product)
}

/// Centred, unit norm, one column a channel.
fn columns(mut data: Vec<f64>, channels: usize) -> Result<Mat<f64>, Problem> {
    centre(&mut data, channels);
    let norm = data.iter().map(|x| x * x).sum::<f64>().sqrt();
    if norm == 0.0 {
        return Err(Problem::new("states without variance cannot be compared"));
    }
    data.iter_mut().for_each(|x| *x /= norm);
    let samples = data.len() / channels.max(1);
    let source = MatRef::new(&data, channels, samples).map_err(Problem::new)?;
    let mut matrix = Mat::zeros(samples, channels).map_err(Problem::new)?;
    matrix.as_mut().copy_transposed_from(source).map_err(Problem::new)?;
    Ok(matrix)
}

/// Delay rows of every trial, newest sample first.
fn embed(made: &Simulated, delays: usize, interval: usize) -> Vec<f64> {
    let before = (delays - 1) * interval;
    let rows = made.trials * made.samples.saturating_sub(before);
    let every = rows.div_ceil(MOST_ROWS).max(1);
    let trials = made.data.chunks(made.samples * made.channels);
    trials
        .flat_map(|trial| (before..made.samples).map(move |t| (trial, t)))
        .step_by(every)
        .flat_map(|(trial, t)| {
            (0..delays).flat_map(move |k| {
                let at = (t - k * interval) * made.channels;
                trial[at..at + made.channels].iter().copied()
            })
        })
        .collect()
}

/// The principal components of X that hold [`KEPT`] of the variance, at unit norm.
fn leading(states: MatRef<'_, f64>, gram: &Mat<f64>) -> Result<Mat<f64>, Error> {
    let channels = states.cols();
    let mut gram = Mat::copy_of(gram.as_ref())?;
    let (mut values, mut vectors) = (vec![0.0; channels], vec![0.0; channels * channels]);
    let mut vectors = MatMut::new(&mut vectors, channels, channels)?;
    let mut memory = vec![0.0; symmetric::eigen_memory_len(channels)];
    symmetric::eigen_in(&mut gram.as_mut(), &mut values, &mut vectors, &mut memory)?;
    let total: f64 = values.iter().map(|x| x.max(0.0)).sum();
    let mut held = 0.0;
    let below = values.iter().take_while(|x| {
        held += x.max(0.0);
        held < KEPT * total
    });
    let kept = (below.count() + 1).min(channels);
    let mut components = Mat::zeros(states.rows(), kept)?;
    components.as_mut().set_product(states, vectors.as_ref().leading_columns(kept))?;
    for (column, value) in components.as_mut().columns_mut().zip(&values) {
        column.iter_mut().for_each(|x| *x /= value.sqrt());
    }
    Ok(components)
}

/// The matrices of [`NAMES`] among systems.
///
/// # Errors
/// A sentence if the numbers of samples differ.
pub fn among(systems: &[&States]) -> Result<Vec<Distances>, Problem> {
    let count = systems.len();
    let pairs: Vec<(usize, usize)> = (0..count).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
    let progress = Progress::new("comparing states", pairs.len());
    let found: Result<Vec<[f64; 4]>, Error> = pairs
        .par_iter()
        .map(|(i, j)| {
            let distances = systems[*i].distances(systems[*j]);
            progress.step();
            distances
        })
        .collect();
    progress.finish();
    let found = found.map_err(Problem::new)?;
    let matrix = |kind: usize| {
        let mut values = vec![0.0; count * count];
        for ((i, j), distances) in pairs.iter().zip(&found) {
            values[i * count + j] = distances[kind];
            values[j * count + i] = distances[kind];
        }
        Distances::new(NAMES[kind], values)
    };
    Ok((0..NAMES.len()).map(matrix).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use dsa::simulate::Random;

    #[test]
    fn a_turned_and_scaled_copy_is_at_distance_zero_and_noise_is_not() {
        let mut random = Random::new(1, 0);
        let made =
            |data: Vec<f64>| Simulated { trials: 2, samples: data.len() / 4, channels: 2, data };
        let data = random.normals(400);
        let (c, s) = (0.6, 0.8);
        let turned = data
            .chunks(2)
            .flat_map(|x| [3.0 * (c * x[0] - s * x[1]) + 1.0, 3.0 * (s * x[0] + c * x[1])]);
        let other = made(random.normals(400));
        let systems = [made(data.clone()), made(turned.collect()), other]
            .map(|made| States::new(&made, 3, 2).unwrap());
        for matrix in among(&systems.each_ref()).unwrap() {
            assert!(matrix.values[1] < 1e-6, "{}: {}", matrix.measure, matrix.values[1]);
            assert!(matrix.values[2] > 0.5, "{}: {}", matrix.measure, matrix.values[2]);
        }
    }
}
