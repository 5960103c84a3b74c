//! Ridge and reduced-rank regression on the moments of whitened coordinates.

use crate::error::Error;
use crate::linalg::{solve, symmetric};
use crate::matrix::{MatMut, MatRef, Memory};
use crate::scalar::Scalar;

/// V₊ᵀ V₊, V₋ᵀ V₋ and V₊ᵀ V₋, k x k each.
#[derive(Debug)]
pub(super) struct Moments<'m, T> {
    pub(super) plus: MatMut<'m, T>,
    pub(super) minus: MatMut<'m, T>,
    pub(super) lagged: MatMut<'m, T>,
}

impl<'m, T: Scalar> Moments<'m, T> {
    pub(super) const fn memory_len(k: usize) -> usize {
        k.saturating_mul(k).saturating_mul(3)
    }

    pub(super) fn new(memory: &'m mut [T], k: usize) -> Result<Self, Error> {
        let mut memory = Memory::new(memory, Self::memory_len(k))?;
        let (plus, minus) = (memory.matrix(k, k)?, memory.matrix(k, k)?);
        Ok(Self { plus, minus, lagged: memory.matrix(k, k)? })
    }
}

/// Scalars of scratch for k whitened coordinates.
pub(super) const fn memory_len(k: usize) -> usize {
    k.saturating_mul(k)
        .saturating_mul(4)
        .saturating_add(k)
        .saturating_add(symmetric::leading_memory_len(k))
}

/// A = V₊ᵀ V₋ (V₋ᵀ V₋ + lambda I)⁻¹. Returns |V₊ - V₋ Aᵀ|² / |V₊|².
pub(super) fn plain<T: Scalar>(
    moments: &Moments<'_, T>,
    ridge: T,
    operator: &mut MatMut<'_, T>,
    memory: &mut Memory<'_, T>,
) -> Result<T, Error> {
    let k = operator.rows();
    let (mut coefficients, mut scratch) = (memory.matrix(k, k)?, memory.matrix(k, k)?);
    coefficients_in(moments, ridge, &mut coefficients, &mut scratch)?;
    operator.copy_transposed_from(coefficients.as_ref())?;
    residual(moments, operator.as_ref(), &mut scratch)
}

/// How a reduced-rank operator is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Qᵀ Bᵀ Q, r x r.
    Native,
    /// Q Qᵀ Bᵀ, k x k of rank r.
    Parity,
}

/// B = (V₋ᵀ V₋ + lambda I)⁻¹ V₋ᵀ V₊, Q the leading eigenvectors of V₊ᵀ V₋ B (kept in `reduction`).
/// Returns |V₊ - V₋ B Q Qᵀ|² / |V₊|².
pub(super) fn reduced<T: Scalar>(
    moments: &Moments<'_, T>,
    ridge: T,
    form: Form,
    operator: &mut MatMut<'_, T>,
    reduction: &mut MatMut<'_, T>,
    memory: &mut Memory<'_, T>,
) -> Result<T, Error> {
    let (k, rank) = (reduction.rows(), reduction.cols());
    let (mut coefficients, mut scratch) = (memory.matrix(k, k)?, memory.matrix(k, k)?);
    let (mut transposed, mut projected) = (memory.matrix(k, k)?, memory.matrix(k, k)?);
    let values = memory.vector(k)?;
    coefficients_in(moments, ridge, &mut coefficients, &mut scratch)?;
    scratch.set_product(moments.lagged.as_ref(), coefficients.as_ref())?;
    symmetric::leading_in(&mut scratch, values, reduction, memory.scratch())?;
    transposed.copy_transposed_from(coefficients.as_ref())?;
    // Qᵀ Bᵀ, rank x k, then Q (Qᵀ Bᵀ), k x k.
    let mut left = MatMut::new(scratch.as_mut_slice(), rank, k)?;
    left.set_product_transposed(reduction.as_ref(), transposed.as_ref())?;
    projected.set_product(reduction.as_ref(), left.as_ref())?;
    match form {
        Form::Native => operator.set_product(left.as_ref(), reduction.as_ref())?,
        Form::Parity => operator.copy_from(projected.as_ref())?,
    }
    residual(moments, projected.as_ref(), &mut scratch)
}

fn coefficients_in<T: Scalar>(
    moments: &Moments<'_, T>,
    ridge: T,
    coefficients: &mut MatMut<'_, T>,
    scratch: &mut MatMut<'_, T>,
) -> Result<(), Error> {
    scratch.copy_from(moments.minus.as_ref())?;
    for i in 0..scratch.rows() {
        let diagonal = scratch.at(i, i);
        scratch.set(i, i, diagonal + ridge);
    }
    coefficients.copy_transposed_from(moments.lagged.as_ref())?;
    solve::solve_symmetric_in(scratch, coefficients)
}

/// (tr P - 2 <A, X> + <A M, A>) / tr P, not negative. Below about k eps it is rounding.
fn residual<T: Scalar>(
    moments: &Moments<'_, T>,
    operator: MatRef<'_, T>,
    scratch: &mut MatMut<'_, T>,
) -> Result<T, Error> {
    scratch.set_product(operator, moments.minus.as_ref())?;
    let (mut total, mut explained) = (T::ZERO, T::ZERO);
    let columns = operator.columns().zip(moments.lagged.as_ref().columns());
    for (j, ((a, x), am)) in columns.zip(scratch.as_ref().columns()).enumerate() {
        total += moments.plus.at(j, j);
        for ((a, x), am) in a.iter().zip(x).zip(am) {
            explained += *a * (T::TWO * *x - *am);
        }
    }
    Ok(((total - explained) / total.larger(T::MIN_POSITIVE)).larger(T::ZERO))
}
