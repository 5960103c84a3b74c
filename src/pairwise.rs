//! The matrix of distances between many operators.

use crate::error::Error;
use crate::matrix::{Mat, MatRef, copy};
use crate::scalar::Scalar;
use crate::similarity::UnequalRanks;
use crate::similarity::procrustes::Procrustes;
use crate::similarity::spectrum::Wasserstein;
use alloc::vec::Vec;

/// What is measured between two operators.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Measure {
    /// Procrustes over vector fields.
    Procrustes(Procrustes),
    /// Wasserstein between eigenvalues; exact, so the lower bound is the distance.
    Wasserstein(Wasserstein),
}

impl Measure {
    const fn unequal_ranks(&self) -> UnequalRanks {
        match self {
            Self::Procrustes(procrustes) => procrustes.unequal_ranks_rule(),
            Self::Wasserstein(wasserstein) => wasserstein.unequal_ranks_rule(),
        }
    }

    /// (distance, lower bound, whether they meet).
    fn between<T: Scalar>(
        &self,
        a: MatRef<'_, T>,
        b: MatRef<'_, T>,
    ) -> Result<(T, T, bool), Error> {
        match self {
            Self::Procrustes(procrustes) => {
                let found = procrustes.compare_operators(a, b)?;
                Ok((found.distance(), found.lower_bound(), found.is_certified()))
            }
            Self::Wasserstein(wasserstein) => {
                let distance = wasserstein.compare_operators(a, b)?;
                Ok((distance, distance, true))
            }
        }
    }
}

/// A pair by the indices of its operators; its distance, lower bound, and whether they meet.
type Measured<T> = ((usize, usize), (T, T, bool));

/// Distances between rows and columns of operators, with lower bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct DistanceMatrix<T> {
    rows: usize,
    cols: usize,
    distances: Vec<T>,
    lower_bounds: Vec<T>,
    certified: usize,
}

impl<T: Scalar> DistanceMatrix<T> {
    /// All distances among `operators`: symmetric, zero on the diagonal. Each pair is computed once,
    /// alone; `progress` is called after each, from any thread. With the feature `rayon` all cores work,
    /// and the bits are the same with any number of them.
    ///
    /// Where unequal ranks are to be padded, all operators are padded to the largest rank, so that the
    /// result is a metric on the set.
    ///
    /// # Errors
    /// The error of the first pair, in row order, that has one; [`Error::OutOfMemory`].
    ///
    /// ```
    /// use dynamical_similarity::{DistanceMatrix, MatRef, Measure, Wasserstein};
    /// let operators = [[0.5], [0.75], [1.0]];
    /// let views: Vec<_> = operators.iter().map(|a| MatRef::new(a, 1, 1).unwrap()).collect();
    /// let measure = Measure::Wasserstein(Wasserstein::new());
    /// let matrix = DistanceMatrix::among(&views, &measure, || {})?;
    /// assert_eq!((matrix.distance(0, 2), matrix.distance(2, 1)), (0.5, 0.25));
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    pub fn among(
        operators: &[MatRef<'_, T>],
        measure: &Measure,
        progress: impl Fn() + Sync,
    ) -> Result<Self, Error> {
        let count = operators.len();
        let pairs: Vec<(usize, usize)> =
            (0..count).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
        let mut matrix = Self::empty(count, count)?;
        for ((i, j), found) in Self::measured(operators, operators, &pairs, measure, progress)? {
            matrix.put(i, j, found);
            matrix.put(j, i, found);
        }
        matrix.certified /= 2;
        Ok(matrix)
    }

    /// The distances of each of `operators` (rows) to each of `others` (columns).
    ///
    /// # Errors
    /// As [`among`](Self::among).
    pub fn between(
        operators: &[MatRef<'_, T>],
        others: &[MatRef<'_, T>],
        measure: &Measure,
        progress: impl Fn() + Sync,
    ) -> Result<Self, Error> {
        let (rows, cols) = (operators.len(), others.len());
        let pairs: Vec<(usize, usize)> =
            (0..rows).flat_map(|i| (0..cols).map(move |j| (i, j))).collect();
        let mut matrix = Self::empty(rows, cols)?;
        for ((i, j), found) in Self::measured(operators, others, &pairs, measure, progress)? {
            matrix.put(i, j, found);
        }
        Ok(matrix)
    }

    fn empty(rows: usize, cols: usize) -> Result<Self, Error> {
        let length = rows.saturating_mul(cols);
        Ok(Self {
            rows,
            cols,
            distances: crate::matrix::try_zeros(length)?,
            lower_bounds: crate::matrix::try_zeros(length)?,
            certified: 0,
        })
    }

    fn put(&mut self, i: usize, j: usize, (distance, lower_bound, certified): (T, T, bool)) {
        let at = i.saturating_mul(self.cols).saturating_add(j);
        if let Some(entry) = self.distances.get_mut(at) {
            *entry = distance;
        }
        if let Some(entry) = self.lower_bounds.get_mut(at) {
            *entry = lower_bound;
        }
        self.certified = self.certified.saturating_add(usize::from(certified));
    }

    /// Every pair's indices and numbers, in the order of the pairs.
    fn measured(
        left: &[MatRef<'_, T>],
        right: &[MatRef<'_, T>],
        pairs: &[(usize, usize)],
        measure: &Measure,
        progress: impl Fn() + Sync,
    ) -> Result<Vec<Measured<T>>, Error> {
        let largest = left.iter().chain(right).map(MatRef::rows).max().unwrap_or(0);
        let pad = measure.unequal_ranks() == UnequalRanks::Pad;
        let prepare = |operators: &[MatRef<'_, T>]| -> Result<Vec<Mat<T>>, Error> {
            operators.iter().map(|a| padded(*a, if pad { largest } else { a.rows() })).collect()
        };
        let (left, right) = (prepare(left)?, prepare(right)?);
        let one = |&(i, j): &(usize, usize)| {
            let (Some(a), Some(b)) = (left.get(i), right.get(j)) else { return Err(Error::Empty) };
            let found = measure.between(a.as_ref(), b.as_ref())?;
            progress();
            Ok(((i, j), found))
        };
        #[cfg(feature = "rayon")]
        let results: Vec<Result<_, Error>> = {
            use rayon::prelude::*;
            pairs.par_iter().map(one).collect()
        };
        #[cfg(not(feature = "rayon"))]
        let results: Vec<Result<_, Error>> = pairs.iter().map(one).collect();
        results.into_iter().collect()
    }

    /// Number of rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub const fn cols(&self) -> usize {
        self.cols
    }

    /// Distance of row i to column j; NaN outside.
    #[must_use]
    pub fn distance(&self, i: usize, j: usize) -> T {
        self.at(&self.distances, i, j)
    }

    /// Lower bound of the distance of row i to column j; NaN outside.
    #[must_use]
    pub fn lower_bound(&self, i: usize, j: usize) -> T {
        self.at(&self.lower_bounds, i, j)
    }

    fn at(&self, values: &[T], i: usize, j: usize) -> T {
        let at = i.saturating_mul(self.cols).saturating_add(j);
        let inside = i < self.rows && j < self.cols;
        values.get(at).copied().filter(|_| inside).unwrap_or(T::of(f64::NAN))
    }

    /// All distances, row after row.
    #[must_use]
    pub fn distances(&self) -> &[T] {
        &self.distances
    }

    /// All lower bounds, row after row.
    #[must_use]
    pub fn lower_bounds(&self) -> &[T] {
        &self.lower_bounds
    }

    /// Pairs whose distance and lower bound meet.
    #[must_use]
    pub const fn certified(&self) -> usize {
        self.certified
    }
}

/// A copy with rows and columns of zeros to make it `order` x `order`.
fn padded<T: Scalar>(a: MatRef<'_, T>, order: usize) -> Result<Mat<T>, Error> {
    let mut padded = Mat::zeros(order.max(a.rows()), order.max(a.cols()))?;
    for (to, from) in padded.as_mut().columns_mut().zip(a.columns()) {
        copy(to, from);
    }
    Ok(padded)
}
