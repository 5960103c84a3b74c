//! Views of nalgebra matrices, and copies into them.

use super::slices::check;
use super::view::MatRef;
use crate::error::Error;
use crate::scalar::Scalar;
#[cfg(feature = "alloc")]
use nalgebra::DMatrix;
use nalgebra::{Dim, IsContiguous, Matrix, RawStorage, SMatrix};

/// A view of any nalgebra matrix whose entries lie column after column: `SMatrix`, `DMatrix`, slices of columns.
impl<'a, T, R, C, S> TryFrom<&'a Matrix<T, R, C, S>> for MatRef<'a, T>
where
    T: Scalar,
    R: Dim,
    C: Dim,
    S: RawStorage<T, R, C> + IsContiguous,
{
    type Error = Error;

    fn try_from(matrix: &'a Matrix<T, R, C, S>) -> Result<Self, Error> {
        MatRef::new(matrix.as_slice(), matrix.nrows(), matrix.ncols())
    }
}

/// A copy of fixed size; [`Error::ShapeMismatch`] if the view has another.
///
/// ```
/// use dynamical_similarity::MatRef;
/// let view = MatRef::new(&[1.0_f32, 2.0, 3.0, 4.0], 2, 2)?;
/// let matrix: nalgebra::Matrix2<f32> = view.try_into()?;
/// assert_eq!(matrix[(1, 0)], 2.0);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
impl<T: Scalar, const R: usize, const C: usize> TryFrom<MatRef<'_, T>> for SMatrix<T, R, C> {
    type Error = Error;

    fn try_from(view: MatRef<'_, T>) -> Result<Self, Error> {
        check("the number of rows", R, view.rows())?;
        check("the number of columns", C, view.cols())?;
        Ok(Self::from_fn(|i, j| view.at(i, j)))
    }
}

/// A copy on the heap.
#[cfg(feature = "alloc")]
impl<T: Scalar> From<MatRef<'_, T>> for DMatrix<T> {
    fn from(view: MatRef<'_, T>) -> Self {
        Self::from_fn(view.rows(), view.cols(), |i, j| view.at(i, j))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(all(feature = "nalgebra", feature = "alloc"))]
    #[test]
    fn nalgebra_gets_back_what_it_gave() {
        let fixed = nalgebra::Matrix3x2::new(1.0_f64, 2.0, 3.0, 4.0, 5.0, 6.0);
        let view = MatRef::try_from(&fixed).unwrap();
        assert_eq!(nalgebra::Matrix3x2::try_from(view), Ok(fixed));
        let refused = nalgebra::Matrix2::try_from(view);
        assert_eq!(
            refused,
            Err(Error::ShapeMismatch { what: "the number of rows", expected: 2, got: 3 })
        );
        let strided = MatRef::with_stride(view.column(0), 2, 1, 3).unwrap();
        assert_eq!(
            nalgebra::DMatrix::from(strided),
            nalgebra::DMatrix::from_column_slice(2, 1, &[1.0, 3.0])
        );
    }
}
