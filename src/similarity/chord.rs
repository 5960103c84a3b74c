//! From a transform to the chords that the distances are made of; the order in which a pair is solved.

use super::frame::Prepared;
use super::start;
use crate::error::Error;
use crate::matrix::{MatMut, Memory};
use crate::scalar::{Real, Scalar};
use core::cmp::Ordering;

/// |A/|A| - M/|B|| and |A/|A| + M/|B||, M = C B Cᵀ: together they give angles near 0 and near pi
/// without cancellation.
pub(super) struct Chords<T> {
    pub(super) difference: T,
    pub(super) sum: T,
}

impl<T: Scalar> Chords<T> {
    /// Of equal operators; else of a zero operator, which is at a right angle to all.
    pub(super) fn of_trivial(equal: bool) -> Self {
        let right = Real::sqrt(T::TWO);
        if equal {
            Self { difference: T::ZERO, sum: T::TWO }
        } else {
            Self { difference: right, sum: right }
        }
    }

    pub(super) fn angle(&self) -> T {
        let arc = |chord: T| T::TWO * Real::asin((T::HALF * chord).smaller(T::ONE));
        if self.difference <= self.sum {
            arc(self.difference)
        } else {
            T::of(core::f64::consts::PI) - arc(self.sum)
        }
    }

    pub(super) fn cosine(&self) -> T {
        if self.difference <= self.sum {
            T::ONE - T::HALF * self.difference * self.difference
        } else {
            T::HALF * self.sum * self.sum - T::ONE
        }
    }
}

/// Whether a pair needs no search.
pub(super) fn has_closed_form<T: Scalar>(a: &Prepared<'_, T>, b: &Prepared<'_, T>) -> bool {
    let zero = a.norm == T::ZERO || b.norm == T::ZERO;
    a.order() <= 2 || zero || canonical_order(a, b) == Ordering::Equal
}

/// A pair in the order in which it is solved, and whether that is the other one.
pub(super) fn in_order<'p, 'm, T: Scalar>(
    a: &'p Prepared<'m, T>,
    b: &'p Prepared<'m, T>,
) -> (&'p Prepared<'m, T>, &'p Prepared<'m, T>, bool) {
    if canonical_order(a, b) == Ordering::Greater { (b, a, true) } else { (a, b, false) }
}

/// The order in which a pair is solved: by norm, then by entries. `Equal` if the scaled operators are.
pub(super) fn canonical_order<T: Scalar>(a: &Prepared<'_, T>, b: &Prepared<'_, T>) -> Ordering {
    let compare = |x: &T, y: &T| x.partial_cmp(y).unwrap_or(Ordering::Equal);
    let entries = a.operator.columns().flatten().zip(b.operator.columns().flatten());
    let mut orders = entries.map(|(x, y)| compare(x, y));
    compare(&a.norm, &b.norm)
        .then_with(|| orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal))
}

pub(super) fn transpose<T: Scalar>(m: &mut MatMut<'_, T>) {
    for j in 1..m.cols() {
        for i in 0..j {
            let (above, below) = (m.at(i, j), m.at(j, i));
            m.set(i, j, below);
            m.set(j, i, above);
        }
    }
}

/// V_A C V_Bᵀ from Cᵀ: a transform between the operators from one between their eigenframes.
pub(super) fn leave_frames<T: Scalar>(
    a: &Prepared<'_, T>,
    b: &Prepared<'_, T>,
    c: &mut MatMut<'_, T>,
    memory: &mut [T],
) -> Result<(), Error> {
    let n = a.order();
    let mut memory = Memory::new(memory, n.saturating_mul(n).saturating_mul(2))?;
    let mut first = memory.matrix(n, n)?;
    let mut second = memory.matrix(n, n)?;
    first.set_product(b.vectors, c.as_ref())?;
    second.copy_transposed_from(first.as_ref())?;
    c.set_product(a.vectors, second.as_ref())
}

/// Makes a transform orthogonal to rounding, and measures the chords from it.
pub(super) fn finish<T: Scalar>(
    a: &Prepared<'_, T>,
    b: &Prepared<'_, T>,
    c: &mut MatMut<'_, T>,
    memory: &mut [T],
) -> Result<Chords<T>, Error> {
    let n = a.order();
    let mut memory = Memory::new(memory, n.saturating_mul(n).saturating_mul(3))?;
    let mut first = memory.matrix(n, n)?;
    let mut second = memory.matrix(n, n)?;
    let mut third = memory.matrix(n, n)?;
    start::orthonormalise(c, (&mut first, &mut second))?;
    first.set_product(c.as_ref(), b.operator)?;
    second.copy_transposed_from(c.as_ref())?;
    third.set_product(first.as_ref(), second.as_ref())?;
    let (mut difference, mut sum) = (T::ZERO, T::ZERO);
    for (x, y) in a.operator.columns().flatten().zip(third.as_ref().columns().flatten()) {
        let (x, y) = (*x / a.norm, *y / b.norm);
        difference += (x - y) * (x - y);
        sum += (x + y) * (x + y);
    }
    Ok(Chords {
        difference: Real::sqrt(difference).smaller(T::TWO),
        sum: Real::sqrt(sum).smaller(T::TWO),
    })
}
