//! The nearest orthogonal matrix, by steps of Newton and Schulz.
//!
//! ```text
//! repeat
//!     C = C (3 I - CᵀC) / 2                  squares the distance |CᵀC - I|, up to a factor
//! ```
//!
//! Björck & Bowie, SIAM J. Numer. Anal. 8 (1971) 358. How many steps are taken, and when none is worth it, depends on
//! where a transform comes from: see [`finish`](super::chords::finish), the polish of a search, and the solution of the
//! relaxation.

use crate::error::Error;
use crate::matrix::{MatMut, MatRef};
use crate::scalar::{Real, Scalar};

/// One step. Scratch: two matrices.
pub(super) fn step<T: Scalar>(
    c: &mut MatMut<'_, T>,
    [first, second]: [&mut MatMut<'_, T>; 2],
) -> Result<(), Error> {
    first.set_product_transposed(c.as_ref(), c.as_ref())?;
    first.scale(-T::HALF);
    add_to_diagonal(first, T::of(1.5));
    second.set_product(c.as_ref(), first.as_ref())?;
    c.copy_from(second.as_ref())
}

/// |CᵀC - I|, Frobenius. Scratch: CᵀC.
pub(super) fn departure<T: Scalar>(c: MatRef<'_, T>, gram: &mut MatMut<'_, T>) -> Result<T, Error> {
    gram.set_product_transposed(c, c)?;
    add_to_diagonal(gram, -T::ONE);
    Ok(gram.as_ref().frobenius_norm())
}

/// Whether the departure is within 8 n^1.5 eps, which rounding alone stays below.
pub(super) fn is_reached<T: Scalar>(
    c: MatRef<'_, T>,
    gram: &mut MatMut<'_, T>,
) -> Result<bool, Error> {
    let n = T::count(c.rows());
    Ok(departure(c, gram)? <= T::of(8.0) * n * Real::sqrt(n) * T::EPSILON)
}

fn add_to_diagonal<T: Scalar>(matrix: &mut MatMut<'_, T>, value: T) {
    for i in 0..matrix.rows() {
        let diagonal = matrix.at(i, i);
        matrix.set(i, i, diagonal + value);
    }
}
