//! Distances between recordings, checked.

use crate::error::Error;
use crate::matrix::{area, check, try_reserve};
use crate::scalar::Scalar;
use alloc::vec::Vec;

/// Distances between recordings: a square matrix, symmetric, with zeros on its diagonal and no negative entry.
///
/// ```
/// use dynamical_similarity::{Error, statistics::Distances};
/// let distances = Distances::new(&[0.0_f32, 2.0, 2.0, 0.0], 2)?;
/// assert_eq!((distances.count(), distances.at(0, 1)), (2, 2.0));
/// let refused = Distances::new(&[0.0, 2.0, 2.5, 0.0], 2);
/// assert_eq!(refused, Err(Error::NotADistance { row: 0, column: 1 }));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Distances {
    values: Vec<f64>,
    count: usize,
}

impl Distances {
    /// Checks and copies the distances between `count` recordings, row after row, as
    /// [`DistanceMatrix::distances`](crate::DistanceMatrix::distances) gives them. Statistics are computed in `f64`.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] unless there are `count`² values; [`Error::Empty`] without recordings;
    /// [`Error::NonFiniteEntry`]; [`Error::NotADistance`] for an entry that is negative, on the diagonal and not zero, or
    /// different from the entry on the other side of the diagonal; [`Error::OutOfMemory`].
    pub fn new<T: Scalar>(values: &[T], count: usize) -> Result<Self, Error> {
        check("the number of distances", area(count, count), values.len())?;
        if count == 0 {
            return Err(Error::Empty);
        }
        let mut copied = try_reserve(values.len())?;
        copied.extend(values.iter().map(|x| (*x).into()));
        let distances = Self { values: copied, count };
        distances.check()?;
        Ok(distances)
    }

    fn check(&self) -> Result<(), Error> {
        for (row, distances) in self.rows().enumerate() {
            for (column, distance) in distances.iter().enumerate() {
                if !distance.is_finite() {
                    return Err(Error::NonFiniteEntry { row, column });
                }
                let is_distance = if row == column { *distance == 0.0 } else { *distance >= 0.0 };
                if !is_distance || *distance != self.at(column, row) {
                    return Err(Error::NotADistance { row, column });
                }
            }
        }
        Ok(())
    }

    /// The number of recordings.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// The distance between recordings i and j; NaN outside.
    #[must_use]
    pub fn at(&self, i: usize, j: usize) -> f64 {
        self.row(i).get(j).copied().unwrap_or(f64::NAN)
    }

    /// The distances of recording i to all; empty outside.
    pub(super) fn row(&self, i: usize) -> &[f64] {
        let start = area(i, self.count);
        self.values.get(start..start.saturating_add(self.count)).unwrap_or_default()
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.count.max(1))
    }

    /// The largest distance.
    pub(super) fn largest(&self) -> f64 {
        self.values.iter().copied().fold(0.0, f64::max)
    }

    /// The distances in units of the largest one, row after row, so that no sum and no square of them leaves the range of
    /// numbers.
    pub(super) fn in_units_of_largest(&self) -> Result<Vec<f64>, Error> {
        let unit = self.largest();
        let mut shares = try_reserve(self.values.len())?;
        let share = |distance: &f64| if unit > 0.0 { distance / unit } else { 0.0 };
        shares.extend(self.values.iter().map(share));
        Ok(shares)
    }

    /// The distances among some of the recordings.
    pub(super) fn among(&self, chosen: &[usize]) -> Result<Self, Error> {
        let mut values = try_reserve(area(chosen.len(), chosen.len()))?;
        for i in chosen {
            values.extend(chosen.iter().map(|j| self.at(*i, *j)));
        }
        Ok(Self { values, count: chosen.len() })
    }
}
