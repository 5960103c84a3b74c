//! Sizes of a monitor's arrays.

use super::scores::Scores;
use crate::data::lag_covariance::Lags;
use crate::dmd::settings::Shape;
use crate::matrix::MatRef;
use crate::scalar::Scalar;

/// Vectors that the subspace iteration carries beyond the rank.
const GUARD: usize = 4;

const fn least(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

const fn most(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

/// n, d and r, and whether the canonical variates are wanted.
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
        self.channels.saturating_mul(self.channels)
    }

    /// p = n d
    pub(crate) const fn width(self) -> usize {
        self.channels.saturating_mul(self.delays)
    }

    /// Vectors of the subspace iteration.
    pub(crate) const fn vectors(self) -> usize {
        least(self.rank.saturating_add(GUARD), self.width())
    }

    /// Scalars of a basis of the delay space.
    pub(crate) const fn basis_len(self) -> usize {
        self.width().saturating_mul(self.vectors())
    }

    /// Scalars of the coefficients of an autoregression of order d.
    pub(crate) const fn coefficients_len(self) -> usize {
        self.square().saturating_mul(self.delays)
    }

    /// Entries of the past and of the future between which canonical variates are sought: n floor(d / 2).
    pub(crate) const fn reach(self) -> usize {
        self.channels.saturating_mul(self.delays / 2)
    }

    /// Scalars of an operator, r².
    pub(crate) const fn operator_len(self) -> usize {
        self.rank.saturating_mul(self.rank)
    }

    /// The operator at the start of its entries.
    pub(crate) fn operator<T: Scalar>(self, entries: &[T]) -> MatRef<'_, T> {
        MatRef::new(entries, self.rank, self.rank).unwrap_or(MatRef::EMPTY)
    }

    /// Scalars of one pair of spectra.
    pub(crate) const fn spectra_len(self) -> usize {
        self.rank.saturating_mul(2)
    }

    /// Scalars that an analysis leaves: one or two pairs of spectra.
    pub(crate) const fn result_len(self) -> usize {
        self.spectra_len().saturating_mul(if self.canonical { 2 } else { 1 })
    }

    pub(crate) const fn gate_len(self) -> usize {
        self.square().saturating_mul(self.delays.saturating_mul(2).saturating_add(3))
    }

    pub(crate) const fn whitening_len(self) -> usize {
        self.square().saturating_mul(3).saturating_add(self.channels)
    }

    pub(crate) const fn subspace_len(self) -> usize {
        let k = self.vectors();
        let small = k.saturating_mul(k).saturating_mul(2).saturating_add(k);
        self.basis_len().saturating_mul(2).saturating_add(small)
    }

    pub(crate) const fn canonical_len(self) -> usize {
        let q = self.reach();
        let squares = q.saturating_mul(q).saturating_mul(3).saturating_add(self.operator_len());
        squares.saturating_add(q.saturating_mul(2))
    }

    /// Scalars of scratch of an analysis; its stages overlay each other.
    pub(crate) const fn scratch_len(self) -> usize {
        let first = most(self.gate_len(), self.whitening_len());
        let most_of = most(first, self.subspace_len());
        if self.canonical { most(most_of, self.canonical_len()) } else { most_of }
    }
}
