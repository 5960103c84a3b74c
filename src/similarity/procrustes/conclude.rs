//! The numbers of a comparison from its transform, and pairs that need no search.

use super::bounds::spectral;
use super::chords::{
    Chords, canonical_order, finish, finish_found, has_closed_form, in_order, leave_frames,
    transpose,
};
use super::comparison::{Numbers, certified, norm_ratio};
use super::order_two;
use super::prepared::Prepared;
use super::settings::{Metric, Procrustes};
use crate::error::{Error, Setting};
use crate::matrix::{MatMut, MatRef};
use crate::scalar::{Real, Scalar};
use core::cmp::Ordering;

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
        let (first, second, swapped) = in_order(a, b);
        if a.order() == 2 {
            order_two::transform(transform, first.operator, second.operator);
        }
        let chords = finish(first, second, transform, memory)?;
        if swapped {
            transpose(transform);
        }
        let lower = chords.difference - T::of(64.0) * T::EPSILON;
        self.report(a, b, &chords, lower.larger(T::ZERO), 0).map(Some)
    }

    /// Brings a transform that the search found (row-major, between the eigenframes) to the coordinates
    /// of the operators, and measures it. `memory`: 3 n².
    pub(super) fn conclude<T: Scalar>(
        &self,
        (a, b): (&Prepared<'_, T>, &Prepared<'_, T>),
        (found, evaluations): (&[T], usize),
        transform: &mut MatMut<'_, T>,
        memory: &mut [T],
    ) -> Result<Numbers<T>, Error> {
        let n = a.order();
        let (first, second, swapped) = in_order(a, b);
        // Row-major is the transpose, column-major.
        transform.copy_from(MatRef::new(found, n, n)?)?;
        leave_frames(first, second, transform, memory)?;
        let chords = finish_found(first, second, transform, memory)?;
        if swapped {
            transpose(transform);
        }
        self.report(a, b, &chords, spectral::chord(first, second), evaluations)
    }

    fn report<T: Scalar>(
        &self,
        a: &Prepared<'_, T>,
        b: &Prepared<'_, T>,
        chords: &Chords<T>,
        lower: T,
        evaluations: usize,
    ) -> Result<Numbers<T>, Error> {
        let norms = (a.norm(), b.norm());
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
            Metric::Frobenius => norms.0.larger(norms.1),
            Metric::Angular | Metric::Chordal => T::ONE,
        };
        Ok(Numbers {
            distance,
            lower_bound,
            cosine: chords.cosine(),
            norm_ratio: norm_ratio((a.norm, a.scale), (b.norm, b.scale)),
            evaluations,
            certified: agrees && certified(distance, lower_bound, a.order(), unit),
        })
    }

    /// A distance from the chords, in the units of the metric.
    pub(super) fn in_units<T: Scalar>(&self, chords: &Chords<T>, (left, right): (T, T)) -> T {
        match self.metric {
            Metric::Angular => chords.angle(),
            Metric::Chordal => chords.difference,
            Metric::Frobenius => {
                let largest = left.larger(right);
                if largest == T::ZERO {
                    return T::ZERO;
                }
                let (left, right) = (left / largest, right / largest);
                let (apart, chord) = (left - right, chords.difference);
                largest * Real::sqrt(apart * apart + left * right * (chord * chord))
            }
        }
    }
}
