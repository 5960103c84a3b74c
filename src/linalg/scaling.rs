//! Last steps of a decomposition: sorting the values, and undoing the scaling of the matrix.

use crate::matrix::Cells;
use crate::scalar::{Real, Scalar};

/// Takes a power of two out of values again. Returns the place of the first that leaves the range of the scalar.
#[inline]
pub(super) fn unscale<T: Scalar>(values: &mut [T], scale: T) -> Option<usize> {
    // The inverse of a power of two is exact, so this rounds as a division does.
    let inverse = T::ONE / scale;
    values.iter_mut().position(|value| {
        *value *= inverse;
        !Real::is_finite(*value)
    })
}

/// Sorts values descending, by the fewest exchanges: place by place, the largest that is left. `exchange` is called for
/// every two places p < q whose values have changed places.
pub(super) fn sort_by_exchanges<T: Scalar>(
    values: &mut [T],
    mut exchange: impl FnMut(usize, usize),
) {
    for p in 0..values.len() {
        let (mut largest, mut most) = (p, values.at(p));
        for (q, value) in values.iter().enumerate().skip(p + 1) {
            if *value > most {
                (largest, most) = (q, *value);
            }
        }
        if largest != p {
            values.put(largest, values.at(p));
            values.put(p, most);
            exchange(p, largest);
        }
    }
}

/// Sorts values descending and stably, by insertion. `places` receives where each value stood.
#[inline]
pub(super) fn sort_stably<T: Scalar>(values: &mut [T], places: &mut [T]) {
    for i in 0..values.len() {
        let value = values.at(i);
        let mut at = i;
        while at > 0 && values.at(at - 1) < value {
            values.put(at, values.at(at - 1));
            places.put(at, places.at(at - 1));
            at -= 1;
        }
        values.put(at, value);
        places.put(at, T::count(i));
    }
}
