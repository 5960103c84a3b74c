//! The end of a comparison: its numbers, from the transform that was found or in closed form.

use super::bounds::spectral;
use super::chords::{
    Chords, OrderedPair, canonical_order, finish, finish_found, has_closed_form, leave_frames,
};
use super::comparison::{Numbers, certified, norm_ratio};
use super::order_two;
use super::prepared::Prepared;
use super::search::Found;
use super::settings::{Metric, Procrustes};
use crate::error::{Error, Setting};
use crate::matrix::{MatMut, MatRef};
use crate::scalar::{Real, Scalar};
use core::cmp::Ordering;

/// The Frobenius norms of two operators.
#[derive(Clone, Copy)]
pub(super) struct Norms<T> {
    pub(super) left: T,
    pub(super) right: T,
}

impl<T: Scalar> Norms<T> {
    pub(super) fn larger(self) -> T {
        self.left.larger(self.right)
    }
}

impl Procrustes {
    pub(super) const fn check_frames<T: Scalar>(
        &self,
        a: &Prepared<'_, T>,
        b: &Prepared<'_, T>,
    ) -> Result<(), Error> {
        let needed = self.frames(a.order());
        if a.frame_count() < needed || b.frame_count() < needed {
            return Err(Error::InvalidSetting {
                setting: Setting::Effort,
                expected: "at most the one that the operators were prepared for",
            });
        }
        Ok(())
    }

    /// Equal operators, zero operators and orders 1 and 2, without a search.
    pub(super) fn closed_form<T: Scalar>(
        &self,
        a: &Prepared<'_, T>,
        b: &Prepared<'_, T>,
        transform: &mut MatMut<'_, T>,
        memory: &mut [T],
    ) -> Result<Option<Numbers<T>>, Error> {
        if !has_closed_form(a, b) {
            return Ok(None);
        }
        let equal = canonical_order(a, b) == Ordering::Equal;
        transform.set_identity();
        if equal || a.norm == T::ZERO || b.norm == T::ZERO {
            let chords = Chords::of_trivial(equal);
            return self.report(a, b, &chords, chords.difference, 0).map(Some);
        }
        let OrderedPair { first, second, swapped } = OrderedPair::of(a, b);
        if a.order() == 2 {
            order_two::transform(transform, first.operator, second.operator);
        }
        let chords = finish(first, second, transform, memory)?;
        if swapped {
            transform.transpose();
        }
        let lower = chords.difference - T::of(64.0) * T::EPSILON;
        self.report(a, b, &chords, lower.larger(T::ZERO), 0).map(Some)
    }

    /// Brings a transform that the search found (row-major, between the eigenframes) to the coordinates
    /// of the operators, and measures it. `memory`: [`chords::memory_len`](super::chords::memory_len).
    pub(super) fn conclude<T: Scalar>(
        &self,
        a: &Prepared<'_, T>,
        b: &Prepared<'_, T>,
        found: Found<'_, T>,
        transform: &mut MatMut<'_, T>,
        memory: &mut [T],
    ) -> Result<Numbers<T>, Error> {
        let n = a.order();
        let OrderedPair { first, second, swapped } = OrderedPair::of(a, b);
        // Row-major is the transpose, column-major.
        transform.copy_from(MatRef::over(found.transform, n, n))?;
        leave_frames(first, second, transform, memory)?;
        let chords = finish_found(first, second, transform, memory)?;
        if swapped {
            transform.transpose();
        }
        self.report(a, b, &chords, spectral::chord(first, second), found.evaluations)
    }

    /// A lower bound of the distance that any comparison of these operators reports, whatever transform it finds: the
    /// spectral bound less what rounding may do to it and to the chord of a transform. Zero where there is a closed form.
    #[cfg(feature = "std")]
    pub(crate) fn least_distance<T: Scalar>(&self, a: &Prepared<'_, T>, b: &Prepared<'_, T>) -> T {
        if has_closed_form(a, b) {
            return T::ZERO;
        }
        let OrderedPair { first, second, .. } = OrderedPair::of(a, b);
        // The allowance of `report`.
        let rounding = T::of(64.0) * T::count(a.order()) * T::EPSILON;
        let difference = (spectral::chord(first, second) - rounding).larger(T::ZERO);
        let norms = Norms { left: a.norm(), right: b.norm() };
        let least = self.in_units(&Chords { difference, sum: T::TWO }, norms);
        if Real::is_finite(least) { least } else { T::ZERO }
    }

    pub(super) fn report<T: Scalar>(
        &self,
        a: &Prepared<'_, T>,
        b: &Prepared<'_, T>,
        chords: &Chords<T>,
        lower: T,
        evaluations: usize,
    ) -> Result<Numbers<T>, Error> {
        let norms = Norms { left: a.norm(), right: b.norm() };
        let distance = self.in_units(chords, norms);
        if !Real::is_finite(distance) {
            return Err(Error::Overflow { what: "the distance" });
        }
        // A bound above what a transform reaches would contradict it: then neither proves anything.
        let rounding = T::of(64.0) * T::count(a.order()) * T::EPSILON;
        let agrees = lower <= chords.difference + rounding;
        // Where the bound is attained its angle is that of the distance, from the smaller chord.
        let sum = if lower < chords.difference { T::TWO } else { chords.sum };
        let lower = Chords { difference: lower, sum };
        let lower_bound = self.in_units(&lower, norms).smaller(distance);
        let unit = match self.metric {
            Metric::Frobenius => norms.larger(),
            Metric::Angular | Metric::Chordal => T::ONE,
        };
        Ok(Numbers {
            distance,
            lower_bound,
            cosine: chords.cosine(),
            norm_ratio: norm_ratio(a, b),
            evaluations,
            certified: agrees && certified(distance, lower_bound, a.order(), unit),
        })
    }

    /// A distance from the chords, in the units of the metric.
    pub(super) fn in_units<T: Scalar>(&self, chords: &Chords<T>, norms: Norms<T>) -> T {
        match self.metric {
            Metric::Angular => chords.angle(),
            Metric::Chordal => chords.difference,
            Metric::Frobenius => {
                let largest = norms.larger();
                if largest == T::ZERO {
                    return T::ZERO;
                }
                let (left, right) = (norms.left / largest, norms.right / largest);
                let (apart, chord) = (left - right, chords.difference);
                largest * Real::sqrt(apart * apart + left * right * (chord * chord))
            }
        }
    }
}
