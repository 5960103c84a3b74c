//! Tables of numbers on the heap, for matrices of distances.

use super::layout::area;
use super::owned::try_zeros;
use crate::error::Error;
use crate::scalar::Scalar;
use alloc::vec::Vec;

/// A rectangle of numbers, row after row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Grid<T> {
    rows: usize,
    cols: usize,
    values: Vec<T>,
}

impl<T: Scalar> Grid<T> {
    pub(crate) fn zeros(rows: usize, cols: usize) -> Result<Self, Error> {
        Ok(Self { rows, cols, values: try_zeros(area(rows, cols))? })
    }

    pub(crate) const fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) const fn cols(&self) -> usize {
        self.cols
    }

    pub(crate) fn values(&self) -> &[T] {
        &self.values
    }

    pub(crate) fn values_mut(&mut self) -> &mut [T] {
        &mut self.values
    }

    /// Row i, column j; NaN outside.
    pub(crate) fn at(&self, i: usize, j: usize) -> T {
        let at = i.saturating_mul(self.cols).saturating_add(j);
        let inside = i < self.rows && j < self.cols;
        self.values.get(at).copied().filter(|_| inside).unwrap_or(T::of(f64::NAN))
    }

    pub(crate) fn put(&mut self, i: usize, j: usize, value: T) {
        let at = i.saturating_mul(self.cols).saturating_add(j);
        if let Some(entry) = self.values.get_mut(at) {
            *entry = value;
        }
    }
}

/// All pairs (i, j) with j < i < count.
pub(crate) fn pairs_among(count: usize) -> Vec<(usize, usize)> {
    (0..count).flat_map(|i| (0..i).map(move |j| (i, j))).collect()
}

/// All pairs of a row and a column.
pub(crate) fn pairs_between(rows: usize, cols: usize) -> Vec<(usize, usize)> {
    (0..rows).flat_map(|i| (0..cols).map(move |j| (i, j))).collect()
}

/// What a matrix of distances says of its [`Grid`], the field `distances`, which has entries of type `$scalar`.
macro_rules! distances {
    ($scalar:ty) => {
        /// Number of rows.
        #[must_use]
        pub const fn rows(&self) -> usize {
            self.distances.rows()
        }

        /// Number of columns.
        #[must_use]
        pub const fn cols(&self) -> usize {
            self.distances.cols()
        }

        /// Distance of row i to column j; NaN outside.
        #[must_use]
        pub fn distance(&self, i: usize, j: usize) -> $scalar {
            self.distances.at(i, j)
        }

        /// All distances, row after row.
        #[must_use]
        pub fn distances(&self) -> &[$scalar] {
            self.distances.values()
        }
    };
}
pub(crate) use distances;
