//! Matrices of baseline distances between many recordings.

use super::Baseline;
use crate::data::recording::Recording;
use crate::error::Error;
use crate::linalg::parallel::{OnProgress, PairCounter, map_all};
use crate::matrix::{Grid, distances, pairs_among, pairs_between};
use crate::scalar::Scalar;
use alloc::vec::Vec;
use core::fmt;

/// The reason why a pair of recordings could not be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PairError {
    /// The recording of the row, counted from 0.
    pub row: usize,
    /// The recording of the column, counted from 0.
    pub column: usize,
    /// The error.
    pub error: Error,
}

impl fmt::Display for PairError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}, column {}: {}", self.row, self.column, self.error)
    }
}

impl core::error::Error for PairError {}

/// Distances of a [`Baseline`] between rows and columns of recordings.
#[derive(Clone, Debug, PartialEq)]
pub struct BaselineMatrix<T> {
    distances: Grid<T>,
}

impl<T: Scalar> BaselineMatrix<T> {
    /// All distances among recordings (each a slice of trials): symmetric, zero on the diagonal. Each pair is computed
    /// once. With the feature `rayon` all cores work, and the bits are the same with any number of them.
    ///
    /// `on_progress` is as for [`DistanceMatrix::among`](crate::DistanceMatrix::among).
    ///
    /// # Errors
    /// The first pair, in row order, that cannot be compared; found before anything is computed if
    /// samples are not paired or too few.
    ///
    /// ```
    /// use dynamical_similarity::{Baseline, BaselineMatrix, Error, Recording};
    /// let x: Vec<f64> = (0..60).map(|t| (0.2 * t as f64).sin()).collect();
    /// let noisy: Vec<f64> = (0..60).map(|t| x[t] + (t % 7) as f64 / 7.0).collect();
    /// let [a, b, short] = [&x[..], &noisy, &x[1..]].map(|x| [Recording::new(x, 1).unwrap()]);
    /// let matrix = BaselineMatrix::among(&[a, b], &Baseline::procrustes(), None).unwrap();
    /// assert_eq!((matrix.distance(0, 0), matrix.distance(0, 1)), (0.0, matrix.distance(1, 0)));
    /// let refused = BaselineMatrix::among(&[a, b, short], &Baseline::cka(), None).unwrap_err();
    /// assert_eq!((refused.row, refused.column), (2, 0));
    /// assert_eq!(refused.error, Error::Unpaired { trial: 0, left: 59, right: 60 });
    /// ```
    pub fn among<'r, R: AsRef<[Recording<'r, T>]> + Sync>(
        recordings: &[R],
        baseline: &Baseline,
        on_progress: OnProgress<'_>,
    ) -> Result<Self, PairError> {
        let count = recordings.len();
        let pairs = pairs_among(count);
        let mut matrix = Self::empty(count, count)?;
        let distances = measured(recordings, recordings, &pairs, baseline, on_progress)?;
        for ((i, j), distance) in pairs.into_iter().zip(distances) {
            matrix.distances.put(i, j, distance);
            matrix.distances.put(j, i, distance);
        }
        Ok(matrix)
    }

    /// The distances of each of `recordings` (rows) to each of `others` (columns).
    ///
    /// # Errors
    /// As [`among`](Self::among).
    pub fn between<'r, R: AsRef<[Recording<'r, T>]> + Sync>(
        recordings: &[R],
        others: &[R],
        baseline: &Baseline,
        on_progress: OnProgress<'_>,
    ) -> Result<Self, PairError> {
        let (rows, cols) = (recordings.len(), others.len());
        let pairs = pairs_between(rows, cols);
        let mut matrix = Self::empty(rows, cols)?;
        let distances = measured(recordings, others, &pairs, baseline, on_progress)?;
        for ((i, j), distance) in pairs.into_iter().zip(distances) {
            matrix.distances.put(i, j, distance);
        }
        Ok(matrix)
    }

    fn empty(rows: usize, cols: usize) -> Result<Self, PairError> {
        let distances = Grid::zeros(rows, cols);
        distances.map(|distances| Self { distances }).map_err(|error| PairError {
            row: 0,
            column: 0,
            error,
        })
    }

    distances!(T);
}

/// The distance of every pair, in their order.
fn measured<'r, T: Scalar, R: AsRef<[Recording<'r, T>]> + Sync>(
    left: &[R],
    right: &[R],
    pairs: &[(usize, usize)],
    baseline: &Baseline,
    on_progress: OnProgress<'_>,
) -> Result<Vec<T>, PairError> {
    let about = |(row, column): (usize, usize), error| PairError { row, column, error };
    for &(i, j) in pairs {
        baseline.check_pair(trials(left, i), trials(right, j)).map_err(|e| about((i, j), e))?;
    }
    let counter = PairCounter::new(pairs.len(), on_progress);
    let found = map_all(pairs.iter().collect(), |&(i, j): &(usize, usize)| {
        let found = counter.check().and_then(|()| {
            let found = baseline.compare(trials(left, i), trials(right, j))?;
            counter.step();
            counter.check()?;
            Ok(found.distance())
        });
        found.map_err(|error| about((i, j), error))
    });
    found.into_iter().collect()
}

fn trials<'s, 'r: 's, T: Scalar, R: AsRef<[Recording<'r, T>]>>(
    of: &'s [R],
    i: usize,
) -> &'s [Recording<'r, T>] {
    of.get(i).map_or(&[], AsRef::as_ref)
}
