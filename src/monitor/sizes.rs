//! Sizes of the arrays of a monitor.

use super::scores::Scores;
use crate::data::lag_covariance::Lags;
use crate::dmd::settings::Shape;
use crate::matrix::{MatRef, area};
use crate::scalar::Scalar;

/// Vectors of the subspace iteration in excess of the rank. They speed up convergence.
const GUARD: usize = 4;

/// Where entry (i, i) of an n x n matrix is.
pub(crate) const fn diagonal(n: usize, i: usize) -> usize {
    i.saturating_mul(n.saturating_add(1))
}

/// Channels n, delays d, rank, and whether the operator is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) channels: usize,
    pub(crate) delays: usize,
    pub(crate) rank: usize,
    pub(crate) operator: bool,
}

impl Sizes {
    pub(crate) const fn of(shape: Shape, scores: Scores) -> Self {
        let operator = matches!(scores, Scores::SpectraAndOperator);
        Self { channels: shape.channels, delays: shape.delays, rank: shape.rank, operator }
    }

    pub(crate) const fn lags(self) -> Lags {
        Lags { channels: self.channels, most: self.delays }
    }

    /// n²
    pub(crate) const fn square(self) -> usize {
        area(self.channels, self.channels)
    }

    /// p = n d
    pub(crate) const fn width(self) -> usize {
        area(self.channels, self.delays)
    }

    /// The most directions of the channels that are kept.
    pub(crate) const fn most_directions(self) -> usize {
        if self.rank < self.channels { self.rank } else { self.channels }
    }

    /// Features of the lag spectra of r directions: d - 1 symmetric parts with r eigenvalues, and d skew parts with floor(r /
    /// 2) pairs of singular values.
    pub(crate) const fn features_of(self, directions: usize) -> usize {
        area(directions, self.delays.saturating_sub(1))
            .saturating_add(area(directions / 2, self.delays))
    }

    /// Scalars of the features of a window.
    pub(crate) const fn features_len(self) -> usize {
        self.features_of(self.most_directions())
    }

    /// Vectors of the subspace iteration, k = min(rank + 4, n d).
    pub(crate) const fn vectors(self) -> usize {
        let (wanted, width) = (self.rank.saturating_add(GUARD), self.width());
        if wanted < width { wanted } else { width }
    }

    /// Scalars of a basis of the delay space; none without the operator.
    pub(crate) const fn basis_len(self) -> usize {
        if self.operator { area(self.width(), self.vectors()) } else { 0 }
    }

    /// Scalars of the coefficients of an autoregression of order d.
    pub(crate) const fn coefficients_len(self) -> usize {
        area(self.square(), self.delays)
    }

    /// Scalars of an operator; none without it.
    pub(crate) const fn operator_len(self) -> usize {
        if self.operator { area(self.rank, self.rank) } else { 0 }
    }

    /// The operator of exactly these entries.
    pub(crate) fn operator<T: Scalar>(self, entries: &[T]) -> MatRef<'_, T> {
        MatRef::new(entries, self.rank, self.rank).unwrap_or(MatRef::EMPTY)
    }
}
