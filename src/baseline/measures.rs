//! Procrustes, CKA and SVCCA from the triangle of a pair.

use super::BaselineComparison;
use super::triangle::Triangle;
use crate::error::Error;
use crate::linalg::svd::{svd_in, svd_memory_len, values_in, values_memory_len};
use crate::matrix::{Cells, Layout, MatMut, MatRef, add_scaled, all_of, any_of, area, copy, dot};
use crate::scalar::{Real, Scalar};

/// 2 arcsin(chord / 2), at most a right angle.
fn angle<T: Scalar>(squared_chord: T) -> T {
    let half = T::HALF * Real::sqrt(squared_chord);
    (T::TWO * Real::asin(half.smaller(T::ONE))).smaller(T::of(core::f64::consts::FRAC_PI_2))
}

/// Scalars of scratch that [`procrustes`] needs.
pub(super) const fn procrustes_len(p: usize, q: usize) -> usize {
    procrustes_layout(p, q).len()
}

/// X'Y and then Y V, U, V, the singular values, a column of X, and the memory of the decomposition.
const fn procrustes_layout(p: usize, q: usize) -> Layout<6> {
    Layout::new([area(p, q), area(p, q), area(q, q), q, p, svd_memory_len(p, q)])
}

/// With the thin SVD X'Y = A'B = U S V', the best map is C = V U' (q x p, orthonormal rows), and the
/// squared chord |X - Y C|² = |A - B C|² + |D|²; C keeps the norm of D (Schönemann, Psychometrika 31
/// (1966) 1). An error of C counts only squared.
pub(super) fn procrustes<T: Scalar>(
    pair: &Triangle<'_, T>,
    memory: &mut [T],
) -> Result<BaselineComparison<T>, Error> {
    let (p, q) = (pair.wide, pair.narrow);
    let ([cross, u, v, values, column, scratch], _) = procrustes_layout(p, q).cut_checked(memory);
    let (mut cross, mut u) = (MatMut::over(cross, p, q), MatMut::over(u, p, q));
    let mut v = MatMut::over(v, q, q);
    let (x, y) = (pair.first()?, pair.shared()?);
    cross.set_product_transposed(x, y)?;
    svd_in(cross.as_ref(), &mut u, values, &mut v, scratch)?;
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

/// Scalars of scratch that [`cka`] needs.
pub(super) const fn cka_len(p: usize, q: usize) -> usize {
    let n = p.saturating_add(q);
    area(n, n)
}

/// The angle between K = XX' and L = YY' from the chord |K/|K| - L/|L||. In the basis Q both are n x n;
/// their entries are inner products of rows, computed twice instead of stored.
pub(super) fn cka<T: Scalar>(
    pair: &Triangle<'_, T>,
    memory: &mut [T],
) -> Result<BaselineComparison<T>, Error> {
    let whole = pair.whole()?;
    let (n, p) = (whole.rows(), pair.wide);
    let mut rows = MatMut::over(memory, n, n);
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

/// Scalars of scratch that [`directions`] needs besides U.
const fn directions_len(rows: usize, cols: usize) -> usize {
    directions_layout(rows, cols).len()
}

/// The singular values, V, and the memory of the decomposition.
const fn directions_layout(rows: usize, cols: usize) -> Layout<3> {
    Layout::new([cols, area(cols, cols), svd_memory_len(rows, cols)])
}

/// Scalars of scratch that [`svcca`] needs.
pub(super) const fn svcca_len(p: usize, q: usize) -> usize {
    svcca_layout(p, q).len()
}

/// The directions of X and of Y, and what is used in turn: scratch of [`directions`], then of the correlations.
const fn svcca_layout(p: usize, q: usize) -> Layout<3> {
    let n = all_of(&[p, q]);
    let directions = [directions_len(p, p), directions_len(n, q)];
    let work = any_of(&[any_of(&directions), correlations_layout(p, q).len()]);
    Layout::new([area(p, p), area(n, q), work])
}

/// The overlaps of a with b directions, their singular values, and the memory of the decomposition.
const fn correlations_layout(a: usize, b: usize) -> Layout<3> {
    Layout::new([area(a, b), if a < b { a } else { b }, values_memory_len(a, b)])
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
    let ([u, v, work], _) = svcca_layout(p, q).cut_checked(memory);
    let mut u = MatMut::over(u, p, p);
    let a = directions(pair.first()?, lost, &mut u, work)?;
    let b = directions(pair.second()?, lost, &mut MatMut::over(v, n, q), work)?;
    let needed = a.max(b).saturating_add(2);
    if pair.windows < needed {
        return Err(Error::TooShort { trial: 0, needed, got: pair.windows });
    }
    let v = MatRef::with_stride(v, p, b, n)?;
    let ([overlap, correlations, scratch], _) = correlations_layout(a, b).cut_checked(work);
    let mut overlap = MatMut::over(overlap, a, b);
    overlap.set_product_transposed(u.as_ref().leading_columns(a), v)?;
    values_in(overlap.as_ref(), correlations, scratch)?;
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
    let ([values, v, scratch], _) = directions_layout(matrix.rows(), cols).cut_checked(memory);
    svd_in(matrix, u, values, &mut MatMut::over(v, cols, cols), scratch)?;
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
