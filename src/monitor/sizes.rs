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

/// Channels n, delays d, rank r, and whether the canonical variates are analysed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) channels: usize,
    pub(crate) delays: usize,
    pub(crate) rank: usize,
    pub(crate) canonical: bool,
}

impl Sizes {
    pub(crate) const fn of(shape: Shape, scores: Scores) -> Self {
        let canonical = matches!(scores, Scores::OperatorAndCanonical);
        Self { channels: shape.channels, delays: shape.delays, rank: shape.rank, canonical }
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

    /// Vectors of the subspace iteration, k = min(r + 4, n d).
    pub(crate) const fn vectors(self) -> usize {
        let (wanted, width) = (self.rank.saturating_add(GUARD), self.width());
        if wanted < width { wanted } else { width }
    }

    /// Scalars of a basis of the delay space.
    pub(crate) const fn basis_len(self) -> usize {
        area(self.width(), self.vectors())
    }

    /// Scalars of the coefficients of an autoregression of order d.
    pub(crate) const fn coefficients_len(self) -> usize {
        area(self.square(), self.delays)
    }

    /// Entries of the past and of the future between which canonical variates are sought: n floor(d / 2).
    pub(crate) const fn reach(self) -> usize {
        area(self.channels, self.delays / 2)
    }

    /// Scalars of an operator, r².
    pub(crate) const fn operator_len(self) -> usize {
        area(self.rank, self.rank)
    }

    /// The operator of exactly these entries.
    pub(crate) fn operator<T: Scalar>(self, entries: &[T]) -> MatRef<'_, T> {
        MatRef::new(entries, self.rank, self.rank).unwrap_or(MatRef::EMPTY)
    }

    /// Scalars of one pair of spectra.
    pub(crate) const fn spectra_len(self) -> usize {
        area(self.rank, 2)
    }

    /// Scalars of the result of an analysis: one or two pairs of spectra.
    pub(crate) const fn result_len(self) -> usize {
        area(self.spectra_len(), if self.canonical { 2 } else { 1 })
    }
}
