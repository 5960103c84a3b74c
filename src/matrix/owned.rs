//! Matrices and vectors on the heap.

use super::layout::area;
use super::view::{MatMut, MatRef, span};
use crate::error::Error;
use crate::scalar::Scalar;

/// A matrix on the heap, column-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Mat<T> {
    data: alloc::vec::Vec<T>,
    rows: usize,
    cols: usize,
}

impl<T: Scalar> Mat<T> {
    /// A matrix of zeros.
    ///
    /// # Errors
    /// [`Error::Empty`] without rows or columns; [`Error::OutOfMemory`] if the allocator refuses.
    pub fn zeros(rows: usize, cols: usize) -> Result<Self, Error> {
        let data = try_zeros(area(rows, cols))?;
        span(rows, cols, rows, data.len())?;
        Ok(Self { data, rows, cols })
    }

    /// A copy of a view.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`] if the allocator refuses.
    pub fn copy_of(source: MatRef<'_, T>) -> Result<Self, Error> {
        let mut copy = Self::zeros(source.rows(), source.cols())?;
        copy.as_mut().copy_from(source)?;
        Ok(copy)
    }

    /// The matrix, to read.
    #[must_use]
    pub fn as_ref(&self) -> MatRef<'_, T> {
        MatRef { data: &self.data, rows: self.rows, cols: self.cols, stride: self.rows }
    }

    /// The matrix, to write.
    #[must_use]
    pub fn as_mut(&mut self) -> MatMut<'_, T> {
        let (rows, cols) = (self.rows, self.cols);
        MatMut { data: &mut self.data, rows, cols, stride: rows }
    }
}

/// Zeros on the heap. If the allocator refuses, that is a typed error and not an abort.
pub(crate) fn try_zeros<T: Scalar>(scalars: usize) -> Result<alloc::vec::Vec<T>, Error> {
    let mut zeros = alloc::vec::Vec::new();
    zeros.try_reserve_exact(scalars).map_err(|_| Error::OutOfMemory { scalars })?;
    zeros.resize(scalars, T::ZERO);
    Ok(zeros)
}

/// An empty vector with room for `length` entries. If the allocator refuses, that is a typed error and not an abort.
pub(crate) fn try_reserve<T>(length: usize) -> Result<alloc::vec::Vec<T>, Error> {
    let mut empty = alloc::vec::Vec::new();
    empty.try_reserve_exact(length).map_err(|_| Error::OutOfMemory { scalars: length })?;
    Ok(empty)
}
