//! Chords between two operators under a transform, and the order in which a pair is solved.

use super::orthogonal;
use super::prepared::Prepared;
use crate::error::Error;
use crate::matrix::{Layout, MatMut, MatRef, area};
use crate::scalar::{Real, Scalar};
use core::cmp::Ordering;

/// |A/|A| - M/|B|| and |A/|A| + M/|B||, M = C B Cᵀ: together they give angles near 0 and near pi
/// without cancellation.
pub(super) struct Chords<T> {
    pub(super) difference: T,
    pub(super) sum: T,
}

impl<T: Scalar> Chords<T> {
    /// The chords of equal operators; otherwise those of a zero operator, which is at a right angle to every operator.
    pub(super) fn of_trivial(equal: bool) -> Self {
        let right = Real::sqrt(T::TWO);
        if equal {
            Self { difference: T::ZERO, sum: T::TWO }
        } else {
            Self { difference: right, sum: right }
        }
    }

    /// Of two operators.
    fn measured(a: Operand<'_, T>, b: Operand<'_, T>) -> Self {
        let (mut difference, mut sum) = (T::ZERO, T::ZERO);
        let entries = a.entries.columns().flatten().zip(b.entries.columns().flatten());
        for (x, y) in entries {
            let (x, y) = (*x / a.norm, *y / b.norm);
            difference += (x - y) * (x - y);
            sum += (x + y) * (x + y);
        }
        Self {
            difference: Real::sqrt(difference).smaller(T::TWO),
            sum: Real::sqrt(sum).smaller(T::TWO),
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

/// The entries of an operator, and its Frobenius norm.
struct Operand<'m, T> {
    entries: MatRef<'m, T>,
    norm: T,
}

impl<'m, T: Scalar> Operand<'m, T> {
    fn of(prepared: &Prepared<'m, T>) -> Self {
        Self { entries: prepared.operator, norm: prepared.norm }
    }
}

/// Whether a pair needs no search.
pub(super) fn has_closed_form<T: Scalar>(a: &Prepared<'_, T>, b: &Prepared<'_, T>) -> bool {
    let zero = a.norm == T::ZERO || b.norm == T::ZERO;
    a.order() <= 2 || zero || canonical_order(a, b) == Ordering::Equal
}

/// A pair of operators in the order in which it is solved.
#[derive(Clone, Copy)]
pub(super) struct OrderedPair<'p, 'm, T> {
    pub(super) first: &'p Prepared<'m, T>,
    pub(super) second: &'p Prepared<'m, T>,
    /// Whether the caller named the second one first.
    pub(super) swapped: bool,
}

impl<'p, 'm, T: Scalar> OrderedPair<'p, 'm, T> {
    pub(super) fn of(a: &'p Prepared<'m, T>, b: &'p Prepared<'m, T>) -> Self {
        if canonical_order(a, b) == Ordering::Greater {
            Self { first: b, second: a, swapped: true }
        } else {
            Self { first: a, second: b, swapped: false }
        }
    }
}

/// The order in which a pair is solved: by norm, then by entries. `Equal` if the scaled operators are.
pub(super) fn canonical_order<T: Scalar>(a: &Prepared<'_, T>, b: &Prepared<'_, T>) -> Ordering {
    let compare = |x: &T, y: &T| x.partial_cmp(y).unwrap_or(Ordering::Equal);
    let entries = a.operator.columns().flatten().zip(b.operator.columns().flatten());
    let mut orders = entries.map(|(x, y)| compare(x, y));
    compare(&a.norm, &b.norm)
        .then_with(|| orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal))
}

/// Scratch of what finishes a transform: three matrices.
const fn layout(n: usize) -> Layout<3> {
    Layout::new([area(n, n); 3])
}

/// Scalars of scratch that [`leave_frames`] and [`finish`] need.
pub(super) const fn memory_len(n: usize) -> usize {
    layout(n).len()
}

fn scratch<T: Scalar>(memory: &mut [T], n: usize) -> [MatMut<'_, T>; 3] {
    let (pieces, _) = layout(n).cut_checked(memory);
    pieces.map(|piece| MatMut::over(piece, n, n))
}

/// V_A C V_Bᵀ from Cᵀ: a transform between the operators from one between their eigenframes. `memory`: [`memory_len`].
pub(super) fn leave_frames<T: Scalar>(
    a: &Prepared<'_, T>,
    b: &Prepared<'_, T>,
    c: &mut MatMut<'_, T>,
    memory: &mut [T],
) -> Result<(), Error> {
    let [mut first, mut second, _] = scratch(memory, a.order());
    first.set_product(b.vectors, c.as_ref())?;
    second.copy_transposed_from(first.as_ref())?;
    c.set_product(a.vectors, second.as_ref())
}

/// Steps towards an orthogonal matrix that a transform may need; one is enough for what a search returns.
const STEPS: usize = 8;

/// Makes a transform orthogonal to rounding, and measures the chords from it. `memory`: [`memory_len`].
///
/// The distance is an upper bound of the true one only if C is orthogonal. This is checked here, for every transform that is
/// returned; one that cannot be made orthogonal is replaced by the identity.
pub(super) fn finish<T: Scalar>(
    a: &Prepared<'_, T>,
    b: &Prepared<'_, T>,
    c: &mut MatMut<'_, T>,
    memory: &mut [T],
) -> Result<Chords<T>, Error> {
    let [mut first, mut second, mut third] = scratch(memory, a.order());
    let mut orthogonal = false;
    for _ in 0..STEPS {
        let step = orthogonal::step(c, [&mut first, &mut second])
            .and_then(|()| orthogonal::is_reached(c.as_ref(), &mut first));
        // Products that overflow leave nothing that could be made orthogonal.
        orthogonal = step == Ok(true);
        if step != Ok(false) {
            break;
        }
    }
    if !orthogonal {
        c.set_identity();
    }
    first.set_product(c.as_ref(), b.operator)?;
    second.copy_transposed_from(c.as_ref())?;
    third.set_product(first.as_ref(), second.as_ref())?;
    let turned = Operand { entries: third.as_ref(), norm: b.norm };
    Ok(Chords::measured(Operand::of(a), turned))
}

/// Of the transform that a search found, finished, and the identity, the better one: whatever the search
/// missed, no distance is larger than that of the operators as they are. `memory`: [`memory_len`].
pub(super) fn finish_found<T: Scalar>(
    a: &Prepared<'_, T>,
    b: &Prepared<'_, T>,
    c: &mut MatMut<'_, T>,
    memory: &mut [T],
) -> Result<Chords<T>, Error> {
    let found = finish(a, b, c, memory)?;
    let plain = Chords::measured(Operand::of(a), Operand::of(b));
    if plain.difference < found.difference {
        c.set_identity();
        return Ok(plain);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Mat;
    use crate::similarity::procrustes::prepared::{memory_len, scratch_len};

    /// The chords of diag(1, 2, 3) and diag(3, 1, 2) for a transform, and the transform that is returned.
    fn finished<T: Scalar>(entries: &[f64]) -> (Chords<T>, Vec<T>) {
        let n = 3;
        let prepare = |diagonal: [f64; 3]| {
            let mut m = Mat::<T>::zeros(n, n).unwrap();
            for (i, x) in diagonal.iter().enumerate() {
                m.as_mut().set(i, i, T::of(*x));
            }
            let memory = vec![T::ZERO; memory_len(n, 1)].leak();
            Prepared::new(m.as_ref(), n, 1, memory, &mut vec![T::ZERO; scratch_len(n)]).unwrap()
        };
        let (a, b) = (prepare([1.0, 2.0, 3.0]), prepare([3.0, 1.0, 2.0]));
        let mut c: Vec<T> = entries.iter().map(|x| T::of(*x)).collect();
        let mut view = MatMut::new(&mut c, n, n).unwrap();
        let chords = finish(&a, &b, &mut view, &mut vec![T::ZERO; 3 * n * n]).unwrap();
        (chords, c)
    }

    fn no_transform_leaves_the_finish_that_is_not_orthogonal<T: Scalar>() {
        let identity = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
        let of_identity = finished::<T>(&identity).0;
        // What no search may return: nothing, no numbers, a matrix of rank one.
        for entries in [[0.0; 9], [f64::NAN; 9], [f64::INFINITY; 9], [1.0; 9], [1e30; 9]] {
            let (chords, c) = finished::<T>(&entries);
            assert!(c.iter().zip(&identity).all(|(x, y)| *x == T::of(*y)), "{entries:?}");
            assert!(chords.difference == of_identity.difference, "{entries:?}");
        }
        // What needs more than one step.
        let (chords, c) = finished::<T>(&[0.0, 0.1, 1.2, 0.9, 0.0, 0.2, -0.1, 1.1, 0.0]);
        let mut gram = Mat::<T>::zeros(3, 3).unwrap();
        let c = MatRef::new(&c, 3, 3).unwrap();
        assert!(orthogonal::is_reached(c, &mut gram.as_mut()).unwrap());
        assert!(chords.difference < of_identity.difference);
    }

    #[test]
    fn a_returned_transform_is_orthogonal() {
        no_transform_leaves_the_finish_that_is_not_orthogonal::<f64>();
        no_transform_leaves_the_finish_that_is_not_orthogonal::<f32>();
    }
}
