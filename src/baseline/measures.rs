//! Procrustes, CKA and SVCCA from the triangle of a pair.

use super::BaselineComparison;
use super::triangle::Triangle;
use crate::error::Error;
use crate::linalg::svd::{svd_in, svd_memory_len, values_in, values_memory_len};
use crate::matrix::{Cells, MatMut, MatRef, Memory, add_scaled, copy, dot};
use crate::scalar::{Real, Scalar};

const fn product(a: usize, b: usize) -> usize {
    a.saturating_mul(b)
}

const fn larger(a: usize, b: usize) -> usize {
    if a < b { b } else { a }
}

/// 2 arcsin(chord / 2), at most a right angle.
fn angle<T: Scalar>(squared_chord: T) -> T {
    let half = T::HALF * Real::sqrt(squared_chord);
    (T::TWO * Real::asin(half.smaller(T::ONE))).smaller(T::of(core::f64::consts::FRAC_PI_2))
}

/// Scratch of [`procrustes`].
pub(super) const fn procrustes_len(p: usize, q: usize) -> usize {
    product(p, q)
        .saturating_mul(2)
        .saturating_add(product(q, q))
        .saturating_add(p)
        .saturating_add(q)
        .saturating_add(svd_memory_len(p, q))
}

/// With the thin SVD X'Y = A'B = U S V', the best map is C = V U' (q x p, orthonormal rows), and the
/// squared chord |X - Y C|² = |A - B C|² + |D|²; C keeps the norm of D (Schönemann, Psychometrika 31
/// (1966) 1). An error of C counts only squared.
pub(super) fn procrustes<T: Scalar>(
    pair: &Triangle<'_, T>,
    memory: &mut [T],
) -> Result<BaselineComparison<T>, Error> {
    let (p, q) = (pair.wide, pair.narrow);
    let mut memory = Memory::new(memory, procrustes_len(p, q))?;
    let (mut cross, mut u, mut v) =
        (memory.matrix(p, q)?, memory.matrix(p, q)?, memory.matrix(q, q)?);
    let (values, column) = (memory.vector(q)?, memory.vector(p)?);
    let (x, y) = (pair.first()?, pair.shared()?);
    cross.set_product_transposed(x, y)?;
    svd_in(cross.as_ref(), &mut u, values, &mut v, memory.scratch())?;
    cross.set_product(y, v.as_ref())?;
    let mut chord = pair.apart()?.columns().fold(T::ZERO, |sum, d| sum + dot(d, d));
    for (j, x) in x.columns().enumerate() {
        copy(column, x);
        for (k, y) in cross.as_ref().columns().enumerate() {
            add_scaled(column, -u.at(j, k), y);
        }
        chord += dot(column, column);
    }
    let similarity = values.iter().fold(T::ZERO, |sum, s| sum + *s).smaller(T::ONE);
    Ok(BaselineComparison { distance: angle(chord), similarity })
}

/// Scratch of [`cka`].
pub(super) const fn cka_len(p: usize, q: usize) -> usize {
    let n = p.saturating_add(q);
    product(n, n)
}

/// The angle between K = XX' and L = YY' from the chord |K/|K| - L/|L||. In the basis Q both are n x n;
/// their entries are inner products of rows, made twice rather than kept.
pub(super) fn cka<T: Scalar>(
    pair: &Triangle<'_, T>,
    memory: &mut [T],
) -> Result<BaselineComparison<T>, Error> {
    let whole = pair.whole()?;
    let (n, p) = (whole.rows(), pair.wide);
    let mut memory = Memory::new(memory, cka_len(p, pair.narrow))?;
    let mut rows = memory.matrix(n, n)?;
    rows.copy_transposed_from(whole)?;
    let rows = rows.as_ref();
    let kernels = |i: usize, j: usize| {
        let (left, right) = (rows.column(i), rows.column(j));
        let second = |row: &[T]| dot(row.part(p, usize::MAX), right.part(p, usize::MAX));
        (dot(left.part(0, p), right.part(0, p)), second(left))
    };
    let (mut k_squared, mut l_squared, mut shared) = (T::ZERO, T::ZERO, T::ZERO);
    for_each_of_symmetric(n, |i, j, weight: T| {
        let (k, l) = kernels(i, j);
        k_squared += weight * k * k;
        l_squared += weight * l * l;
        shared += weight * k * l;
    });
    let (k_norm, l_norm) = (Real::sqrt(k_squared), Real::sqrt(l_squared));
    let mut chord = T::ZERO;
    for_each_of_symmetric(n, |i, j, weight: T| {
        let (k, l) = kernels(i, j);
        let difference = k / k_norm - l / l_norm;
        chord += weight * difference * difference;
    });
    let similarity = (shared / (k_norm * l_norm)).smaller(T::ONE).larger(T::ZERO);
    Ok(BaselineComparison { distance: angle(chord), similarity })
}

/// The entries on and above the diagonal; those above count twice.
fn for_each_of_symmetric<T: Scalar>(n: usize, mut take: impl FnMut(usize, usize, T)) {
    for j in 0..n {
        (0..j).for_each(|i| take(i, j, T::TWO));
        take(j, j, T::ONE);
    }
}

/// Scratch of [`directions`] beside U.
const fn directions_len(rows: usize, cols: usize) -> usize {
    cols.saturating_add(product(cols, cols)).saturating_add(svd_memory_len(rows, cols))
}

/// Scratch of [`svcca`].
pub(super) const fn svcca_len(p: usize, q: usize) -> usize {
    let n = p.saturating_add(q);
    let correlations = product(p, q).saturating_add(q).saturating_add(values_memory_len(p, q));
    product(p, p)
        .saturating_add(product(n, q))
        .saturating_add(larger(larger(directions_len(p, p), directions_len(n, q)), correlations))
}

/// Canonical correlations are the cosines between the spaces that the kept left singular vectors span:
/// the singular values of U_x' U_y (Björck & Golub, Math. Comp. 27 (1973) 579). `lost` is the share of the
/// variance that may be left out.
///
/// # Errors
/// [`Error::TooShort`] (in windows) if all correlations are 1 whatever the data: centred columns of T
/// windows span at most T - 1 dimensions.
pub(super) fn svcca<T: Scalar>(
    pair: &Triangle<'_, T>,
    lost: T,
    memory: &mut [T],
) -> Result<BaselineComparison<T>, Error> {
    let (p, q) = (pair.wide, pair.narrow);
    let n = p.saturating_add(q);
    let mut memory = Memory::new(memory, svcca_len(p, q))?;
    let (mut u, v) = (memory.matrix(p, p)?, memory.vector(product(n, q))?);
    let a = directions(pair.first()?, lost, &mut u, memory.scratch())?;
    let b = directions(pair.second()?, lost, &mut MatMut::new(v, n, q)?, memory.scratch())?;
    let needed = a.max(b).saturating_add(2);
    if pair.windows < needed {
        return Err(Error::TooShort { trial: 0, needed, got: pair.windows });
    }
    let v = MatRef::with_stride(v, p, b, n)?;
    let mut overlap = memory.matrix(a, b)?;
    overlap.set_product_transposed(u.as_ref().leading_columns(a), v)?;
    let correlations = memory.vector(a.min(b))?;
    values_in(overlap.as_ref(), correlations, memory.scratch())?;
    let missing = |sum: T, c: &T| sum + (T::ONE - c.smaller(T::ONE));
    let distance = correlations.iter().fold(T::ZERO, missing) / T::count(a.min(b));
    Ok(BaselineComparison { distance, similarity: T::ONE - distance })
}

/// Left singular vectors into `u`; returns how many of them hold all but `lost` of the variance.
fn directions<T: Scalar>(
    matrix: MatRef<'_, T>,
    lost: T,
    u: &mut MatMut<'_, T>,
    memory: &mut [T],
) -> Result<usize, Error> {
    let cols = matrix.cols();
    let mut memory = Memory::new(memory, directions_len(matrix.rows(), cols))?;
    let (values, mut v) = (memory.vector(cols)?, memory.matrix(cols, cols)?);
    svd_in(matrix, u, values, &mut v, memory.scratch())?;
    let floor =
        T::of(4.0) * T::count(cols) * T::EPSILON * values.first().copied().unwrap_or(T::ZERO);
    let total = dot(values, values);
    let (mut kept, mut tail) = (cols, T::ZERO);
    for s in values.iter().rev() {
        tail += *s * *s;
        if *s > floor && tail > lost * total {
            break;
        }
        kept = kept.saturating_sub(1);
    }
    Ok(kept.max(1))
}
