//! Ridge and reduced-rank regression on the moments of whitened coordinates.

use crate::error::Error;
use crate::linalg::{solve, symmetric};
use crate::matrix::{Layout, MatMut, MatRef, area};
use crate::scalar::Scalar;

/// V₊ᵀ V₊, V₋ᵀ V₋ and V₊ᵀ V₋, k x k each.
#[derive(Debug)]
pub(super) struct WhitenedMoments<'m, T> {
    pub(super) plus: MatMut<'m, T>,
    pub(super) minus: MatMut<'m, T>,
    pub(super) lagged: MatMut<'m, T>,
}

impl<'m, T: Scalar> WhitenedMoments<'m, T> {
    const fn layout(k: usize) -> Layout<3> {
        Layout::new([area(k, k); 3])
    }

    pub(super) const fn memory_len(k: usize) -> usize {
        Self::layout(k).len()
    }

    /// The moments in `memory`, as they are there.
    pub(super) fn over(memory: &'m mut [T], k: usize) -> Self {
        let (pieces, _) = Self::layout(k).cut_checked(memory);
        let [plus, minus, lagged] = pieces.map(|piece| MatMut::over(piece, k, k));
        Self { plus, minus, lagged }
    }

    /// Views of moments in `memory`, in the order of the fields.
    #[cfg(feature = "alloc")]
    pub(super) fn views(memory: &[T], k: usize) -> [MatRef<'_, T>; 3] {
        Self::layout(k).view(memory).map(|piece| MatRef::over(piece, k, k))
    }

    pub(super) fn fill(&mut self, value: T) {
        let Self { plus, minus, lagged } = self;
        [plus, minus, lagged].into_iter().for_each(|moment| moment.fill(value));
    }
}

/// Scalars of scratch for k whitened coordinates.
pub(super) const fn memory_len(k: usize) -> usize {
    layout(k).len()
}

/// The pieces of [`Scratch`], and what [`symmetric::leading_in`] needs.
const fn layout(k: usize) -> Layout<6> {
    let square = area(k, k);
    Layout::new([square, square, square, square, k, symmetric::leading_memory_len(k)])
}

/// Scratch of a regression.
struct Scratch<'m, T> {
    /// The coefficients B.
    coefficients: MatMut<'m, T>,
    products: MatMut<'m, T>,
    /// For a reduced rank: Bᵀ and B Q Qᵀ.
    transposed: MatMut<'m, T>,
    projected: MatMut<'m, T>,
    /// A column of an inverse, then the eigenvalues of V₊ᵀ V₋ B.
    values: &'m mut [T],
    eigen: &'m mut [T],
}

impl<'m, T: Scalar> Scratch<'m, T> {
    fn cut(memory: &'m mut [T], k: usize) -> Self {
        let (pieces, _) = layout(k).cut_checked(memory);
        let [coefficients, products, transposed, projected, values, eigen] = pieces;
        let square = |piece| MatMut::over(piece, k, k);
        Self {
            coefficients: square(coefficients),
            products: square(products),
            transposed: square(transposed),
            projected: square(projected),
            values,
            eigen,
        }
    }
}

/// What is inverted, V₋ᵀ V₋ + lambda I.
#[derive(Clone, Copy, Debug)]
pub(super) struct Normal<T> {
    /// lambda
    pub(super) ridge: T,
    /// The rounding of V₋ᵀ V₋. It is I less the last windows of the trials and less the means, and the rounding does not
    /// shrink with what these leave.
    pub(super) rounding: T,
    /// The rows of V₋ that can be independent: one for each pair, less one where their mean is subtracted.
    pub(super) independent: usize,
}

/// The rounding of moments of whitened windows: the windows, of this size with their means, are known to a few eps of it,
/// and whitening divides by the last singular value.
pub(super) fn rounding<T: Scalar>(size: T, last: T) -> T {
    T::of(8.0) * T::EPSILON * (size / last)
}

impl<T: Scalar> Normal<T> {
    /// B <- (V₋ᵀ V₋ + lambda I)⁻¹ B; `scratch` and `column` are overwritten. [`Error::Singular`] where a direction of V₋ is
    /// rounding, and the ridge is not larger.
    fn solve(
        self,
        minus: MatRef<'_, T>,
        coefficients: &mut MatMut<'_, T>,
        scratch: &mut MatMut<'_, T>,
        column: &mut [T],
    ) -> Result<(), Error> {
        let k = scratch.rows();
        if self.independent < k && self.ridge <= self.rounding {
            return Err(Error::Singular);
        }
        scratch.copy_from(minus)?;
        for i in 0..k {
            let diagonal = scratch.at(i, i);
            scratch.set(i, i, diagonal + self.ridge);
        }
        solve::factor_symmetric_in(scratch)?;
        // Written so that NaN fails, too.
        if !(solve::largest_of_inverse(scratch.as_ref(), column) * self.rounding < T::ONE) {
            return Err(Error::Singular);
        }
        solve::solve_lower_in(scratch.as_ref(), coefficients)?;
        solve::solve_lower_transposed_in(scratch.as_ref(), coefficients)
    }
}

/// A = V₊ᵀ V₋ (V₋ᵀ V₋ + lambda I)⁻¹. Returns |V₊ - V₋ Aᵀ|² / |V₊|². `memory`: [`memory_len`].
pub(super) fn plain<T: Scalar>(
    moments: &WhitenedMoments<'_, T>,
    normal: Normal<T>,
    operator: &mut MatMut<'_, T>,
    memory: &mut [T],
) -> Result<T, Error> {
    let Scratch { mut coefficients, mut products, values, .. } =
        Scratch::cut(memory, operator.rows());
    coefficients.copy_transposed_from(moments.lagged.as_ref())?;
    normal.solve(moments.minus.as_ref(), &mut coefficients, &mut products, values)?;
    operator.copy_transposed_from(coefficients.as_ref())?;
    residual(moments, operator.as_ref(), &mut products)
}

/// How a reduced-rank operator is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReducedForm {
    /// Qᵀ Bᵀ Q, r x r.
    Native,
    /// Q Qᵀ Bᵀ, k x k of rank r.
    Parity,
}

/// B = (V₋ᵀ V₋ + lambda I)⁻¹ V₋ᵀ V₊, Q the leading eigenvectors of V₊ᵀ V₋ B (kept in `reduction`).
/// Returns |V₊ - V₋ B Q Qᵀ|² / |V₊|². `memory`: [`memory_len`].
pub(super) fn reduced<T: Scalar>(
    moments: &WhitenedMoments<'_, T>,
    normal: Normal<T>,
    form: ReducedForm,
    operator: &mut MatMut<'_, T>,
    reduction: &mut MatMut<'_, T>,
    memory: &mut [T],
) -> Result<T, Error> {
    let (k, rank) = (reduction.rows(), reduction.cols());
    let Scratch { mut coefficients, mut products, mut transposed, mut projected, values, eigen } =
        Scratch::cut(memory, k);
    coefficients.copy_transposed_from(moments.lagged.as_ref())?;
    normal.solve(moments.minus.as_ref(), &mut coefficients, &mut products, values)?;
    products.set_product(moments.lagged.as_ref(), coefficients.as_ref())?;
    symmetric::leading_in(&mut products, values, reduction, eigen)?;
    transposed.copy_transposed_from(coefficients.as_ref())?;
    // Qᵀ Bᵀ, rank x k, then Q (Qᵀ Bᵀ), k x k.
    let mut left = MatMut::over(products.as_mut_slice(), rank, k);
    left.set_product_transposed(reduction.as_ref(), transposed.as_ref())?;
    projected.set_product(reduction.as_ref(), left.as_ref())?;
    match form {
        ReducedForm::Native => operator.set_product(left.as_ref(), reduction.as_ref())?,
        ReducedForm::Parity => operator.copy_from(projected.as_ref())?,
    }
    residual(moments, projected.as_ref(), &mut products)
}

/// (tr P - 2 <A, X> + <A M, A>) / tr P, not negative. Below about k eps it is rounding.
fn residual<T: Scalar>(
    moments: &WhitenedMoments<'_, T>,
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
