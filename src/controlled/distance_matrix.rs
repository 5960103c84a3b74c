//! Matrices of distances between many controlled systems.

use super::distance::ControlledSystem;
use crate::baseline::matrix::PairError;
use crate::error::Error;
use crate::linalg::parallel::{OnProgress, PairCounter, map_all};
use crate::matrix::{Grid, pairs_among, pairs_between};
use crate::scalar::Scalar;
use alloc::vec::Vec;

/// A part of the distance between controlled systems; see [`ControlledDistance`](super::ControlledDistance).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Part {
    /// Dynamics and inputs together.
    Joint,
    /// The dynamics.
    State,
    /// The inputs.
    Input,
}

impl Part {
    /// All parts, in their order.
    pub const ALL: [Self; 3] = [Self::Joint, Self::State, Self::Input];

    /// `joint`, `state` or `input`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Joint => "joint",
            Self::State => "state",
            Self::Input => "input",
        }
    }
}

/// Distances between controlled systems, with their parts.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlledDistanceMatrix<T> {
    joint: Grid<T>,
    state: Grid<T>,
    input: Grid<T>,
}

impl<T: Scalar> ControlledDistanceMatrix<T> {
    /// All distances among `systems`: symmetric, zero on the diagonal. Each pair is computed once; with the feature `rayon`
    /// all cores work, and the bits are the same with any number of them.
    ///
    /// `on_progress` is as for [`DistanceMatrix::among`](crate::DistanceMatrix::among).
    ///
    /// # Errors
    /// The first pair, in row order, that cannot be compared, with the error of
    /// [`ControlledSystem::distance`].
    ///
    /// ```
    /// use dynamical_similarity::MatRef;
    /// use dynamical_similarity::controlled::{ControlledDistanceMatrix, ControlledSystem, Part};
    /// let (a, b) = ([[0.5_f64], [0.5], [0.7]], [[1.0], [2.0], [1.0]]);
    /// let systems: Vec<_> = a.iter().zip(&b).map(|(a, b)| {
    ///     ControlledSystem::new(MatRef::new(a, 1, 1).unwrap(), MatRef::new(b, 1, 1).unwrap()).unwrap()
    /// }).collect();
    /// let matrix = ControlledDistanceMatrix::among(&systems, None).unwrap();
    /// assert_eq!(matrix.distance(Part::State, 0, 1), 0.0);
    /// assert_eq!(matrix.distance(Part::Input, 0, 1), 1.0);
    /// assert!((matrix.distance(Part::State, 0, 2) - 0.2).abs() < 1e-15);
    /// assert_eq!(matrix.distance(Part::Input, 0, 2), 0.0);
    /// ```
    pub fn among(
        systems: &[ControlledSystem<'_, T>],
        on_progress: OnProgress<'_>,
    ) -> Result<Self, PairError> {
        let pairs = pairs_among(systems.len());
        let mut matrix = Self::empty(systems.len(), systems.len())?;
        let found = measured(systems, systems, &pairs, on_progress)?;
        for ((i, j), parts) in pairs.into_iter().zip(found) {
            matrix.put(i, j, parts);
            matrix.put(j, i, parts);
        }
        Ok(matrix)
    }

    /// The distances of each of `systems` (rows) to each of `others` (columns).
    ///
    /// # Errors
    /// As [`among`](Self::among).
    pub fn between(
        systems: &[ControlledSystem<'_, T>],
        others: &[ControlledSystem<'_, T>],
        on_progress: OnProgress<'_>,
    ) -> Result<Self, PairError> {
        let pairs = pairs_between(systems.len(), others.len());
        let mut matrix = Self::empty(systems.len(), others.len())?;
        let found = measured(systems, others, &pairs, on_progress)?;
        for ((i, j), parts) in pairs.into_iter().zip(found) {
            matrix.put(i, j, parts);
        }
        Ok(matrix)
    }

    /// Number of rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.joint.rows()
    }

    /// Number of columns.
    #[must_use]
    pub const fn cols(&self) -> usize {
        self.joint.cols()
    }

    /// A part of the distance of row i to column j; NaN outside.
    #[must_use]
    pub fn distance(&self, part: Part, i: usize, j: usize) -> T {
        self.grid(part).at(i, j)
    }

    /// A part of all distances, row after row.
    #[must_use]
    pub fn distances(&self, part: Part) -> &[T] {
        self.grid(part).values()
    }

    const fn grid(&self, part: Part) -> &Grid<T> {
        match part {
            Part::Joint => &self.joint,
            Part::State => &self.state,
            Part::Input => &self.input,
        }
    }

    fn empty(rows: usize, cols: usize) -> Result<Self, PairError> {
        let grid =
            || Grid::zeros(rows, cols).map_err(|error| PairError { row: 0, column: 0, error });
        Ok(Self { joint: grid()?, state: grid()?, input: grid()? })
    }

    fn put(&mut self, i: usize, j: usize, [joint, state, input]: [T; 3]) {
        self.joint.put(i, j, joint);
        self.state.put(i, j, state);
        self.input.put(i, j, input);
    }
}

/// The parts of every pair, in their order.
fn measured<T: Scalar>(
    left: &[ControlledSystem<'_, T>],
    right: &[ControlledSystem<'_, T>],
    pairs: &[(usize, usize)],
    on_progress: OnProgress<'_>,
) -> Result<Vec<[T; 3]>, PairError> {
    let counter = PairCounter::new(pairs.len(), on_progress);
    let found = map_all(pairs.iter().collect(), |&(i, j): &(usize, usize)| {
        let pair = left.get(i).zip(right.get(j)).ok_or(Error::Empty);
        let found = counter.check().and(pair).and_then(|(left, right)| {
            let found = left.distance(right)?;
            counter.step();
            counter.check()?;
            Ok([found.joint, found.state, found.input])
        });
        found.map_err(|error| PairError { row: i, column: j, error })
    });
    found.into_iter().collect()
}
