//! Column-major views over borrowed slices, and their products.
//!
//! Entry (i, j) of a view with `rows` rows and column stride `stride` is `data[j * stride + i]`, so a
//! column is one contiguous slice. Time x channels samples in row-major order (a C-order NumPy
//! array) are a channels x time view: one sample is one column, and nothing is copied.
//!
//! Views walk their columns by splitting slices and read entries through [`Cells`], which cannot
//! panic: an index outside the slice reads zero and writes nothing. Algorithms are written so that
//! this never happens; debug builds assert it.

use super::slices::{Cells, add_scaled, check, copy, dot, largest};
use crate::error::Error;
use crate::scalar::{Real, Scalar};

/// A borrowed matrix, column-major.
///
/// ```
/// use dynamical_similarity::MatRef;
/// let a = MatRef::new(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2, 3)?; // [1 3 5; 2 4 6]
/// assert_eq!((a.at(1, 0), a.at(0, 2)), (2.0, 5.0));
/// assert_eq!(a.column(1), &[3.0, 4.0]);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatRef<'a, T> {
    pub(super) data: &'a [T],
    pub(super) rows: usize,
    pub(super) cols: usize,
    pub(super) stride: usize,
}

/// A mutably borrowed matrix, column-major.
///
/// ```
/// use dynamical_similarity::MatMut;
/// let mut data = [0.0; 4];
/// let mut a = MatMut::new(&mut data, 2, 2)?;
/// a.set(1, 0, 3.0);
/// assert_eq!(data, [0.0, 3.0, 0.0, 0.0]);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Debug, PartialEq)]
pub struct MatMut<'a, T> {
    pub(super) data: &'a mut [T],
    pub(super) rows: usize,
    pub(super) cols: usize,
    pub(super) stride: usize,
}

/// Checks a shape against the length of its slice; returns the scalars it spans.
pub(super) const fn span(
    rows: usize,
    cols: usize,
    stride: usize,
    got: usize,
) -> Result<usize, Error> {
    if rows == 0 || cols == 0 {
        return Err(Error::Empty);
    }
    if stride < rows {
        return Err(Error::ShapeMismatch {
            what: "the column stride",
            expected: rows,
            got: stride,
        });
    }
    let needed = (cols - 1).saturating_mul(stride).saturating_add(rows);
    if got < needed {
        return Err(Error::ShapeMismatch {
            what: "the length of the slice",
            expected: needed,
            got,
        });
    }
    Ok(needed)
}

impl<'a, T: Scalar> MatRef<'a, T> {
    /// A view without rows and columns.
    pub(crate) const EMPTY: Self = Self { data: &[], rows: 0, cols: 0, stride: 0 };

    /// A view of `rows` x `cols` entries that lie column after column at the start of `data`.
    ///
    /// # Errors
    /// [`Error::Empty`] without rows or columns; [`Error::ShapeMismatch`] if `data` is too short.
    pub const fn new(data: &'a [T], rows: usize, cols: usize) -> Result<Self, Error> {
        Self::with_stride(data, rows, cols, rows)
    }

    /// A view whose columns start `stride` scalars apart, `stride >= rows`.
    ///
    /// # Errors
    /// As [`MatRef::new`], and [`Error::ShapeMismatch`] if the stride is below `rows`.
    pub const fn with_stride(
        data: &'a [T],
        rows: usize,
        cols: usize,
        stride: usize,
    ) -> Result<Self, Error> {
        match span(rows, cols, stride, data.len()) {
            Ok(_) => Ok(Self { data, rows, cols, stride }),
            Err(error) => Err(error),
        }
    }

    /// A matrix over a piece of memory that was cut for it, so that nothing is left to check.
    pub(crate) const fn over(data: &'a [T], rows: usize, cols: usize) -> Self {
        debug_assert!(data.len() >= rows.saturating_mul(cols));
        Self { data, rows, cols, stride: rows }
    }

    /// The entries column after column, of a matrix whose columns lie so.
    pub(crate) const fn column_major(&self) -> &'a [T] {
        self.data
    }

    /// Number of rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub const fn cols(&self) -> usize {
        self.cols
    }

    /// Entry (i, j); zero outside the matrix.
    #[inline(always)]
    #[must_use]
    pub fn at(&self, i: usize, j: usize) -> T {
        debug_assert!(i < self.rows && j < self.cols);
        self.data.at(j.wrapping_mul(self.stride).wrapping_add(i))
    }

    /// Column j as a slice of `rows` entries; empty outside the matrix.
    #[inline(always)]
    #[must_use]
    pub fn column(&self, j: usize) -> &'a [T] {
        debug_assert!(j < self.cols);
        let start = j.wrapping_mul(self.stride);
        self.data.get(start..start.wrapping_add(self.rows)).unwrap_or_default()
    }

    /// All columns, from the first.
    pub fn columns(&self) -> impl DoubleEndedIterator<Item = &'a [T]> + Clone + use<'a, T> {
        let view = *self;
        (0..self.cols).map(move |j| view.column(j))
    }

    /// The first `cols` columns (all of them if there are fewer; at least one).
    #[must_use]
    pub fn leading_columns(&self, cols: usize) -> Self {
        Self { cols: cols.max(1).min(self.cols), ..*self }
    }

    /// Columns first .. end; `None` if there is none of them.
    #[cfg(feature = "alloc")]
    pub(crate) fn columns_between(&self, first: usize, end: usize) -> Option<Self> {
        let end = end.min(self.cols);
        let data = self.data.get(first.checked_mul(self.stride)?..)?;
        let cols = end.checked_sub(first)?;
        (cols > 0).then_some(Self { data, cols, ..*self })
    }

    /// sqrt(sum of squares), without overflow or underflow for any finite matrix.
    #[must_use]
    pub fn frobenius_norm(&self) -> T {
        let scale = self.largest().binary_scale();
        let mut sum = T::ZERO;
        for column in self.columns() {
            for &x in column {
                sum += (x * scale) * (x * scale);
            }
        }
        Real::sqrt(sum) / scale
    }

    /// The largest absolute value of an entry.
    #[must_use]
    pub fn largest(&self) -> T {
        self.columns().fold(T::ZERO, |most, column| largest(column).larger(most))
    }

    /// Checks that every entry is finite.
    ///
    /// # Errors
    /// [`Error::NonFiniteEntry`] with the first entry, in column order, that is not.
    pub fn check_finite(&self) -> Result<(), Error> {
        for (j, column) in self.columns().enumerate() {
            if let Some(i) = column.iter().position(|x| !Real::is_finite(*x)) {
                return Err(Error::NonFiniteEntry { row: i, column: j });
            }
        }
        Ok(())
    }

    /// Checks that the matrix is square; returns its order.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if it is not.
    pub const fn check_square(&self) -> Result<usize, Error> {
        check("the number of columns of a square matrix", self.rows, self.cols)
    }
}

impl<'a, T: Scalar> MatMut<'a, T> {
    /// A view of `rows` x `cols` entries that lie column after column at the start of `data`.
    ///
    /// # Errors
    /// [`Error::Empty`] without rows or columns; [`Error::ShapeMismatch`] if `data` is too short.
    pub const fn new(data: &'a mut [T], rows: usize, cols: usize) -> Result<Self, Error> {
        match span(rows, cols, rows, data.len()) {
            Ok(_) => Ok(Self { data, rows, cols, stride: rows }),
            Err(error) => Err(error),
        }
    }

    /// A matrix over a piece of memory that was cut for it, so that nothing is left to check.
    pub(crate) const fn over(data: &'a mut [T], rows: usize, cols: usize) -> Self {
        debug_assert!(data.len() >= rows.saturating_mul(cols));
        Self { data, rows, cols, stride: rows }
    }

    /// Number of rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub const fn cols(&self) -> usize {
        self.cols
    }

    /// The same matrix, to read.
    #[must_use]
    pub const fn as_ref(&self) -> MatRef<'_, T> {
        MatRef { data: self.data, rows: self.rows, cols: self.cols, stride: self.stride }
    }

    /// The same matrix, borrowed again for a shorter time.
    #[must_use]
    pub const fn reborrow(&mut self) -> MatMut<'_, T> {
        MatMut { data: self.data, rows: self.rows, cols: self.cols, stride: self.stride }
    }

    /// The same matrix, to read for as long as the data live.
    #[must_use]
    pub const fn into_ref(self) -> MatRef<'a, T> {
        MatRef { data: self.data, rows: self.rows, cols: self.cols, stride: self.stride }
    }

    /// The first `cols` columns (all of them if there are fewer; at least one).
    #[must_use]
    pub fn leading_columns(&mut self, cols: usize) -> MatMut<'_, T> {
        let cols = cols.max(1).min(self.cols);
        MatMut { data: self.data, rows: self.rows, cols, stride: self.stride }
    }

    /// Entry (i, j); zero outside the matrix.
    #[inline(always)]
    #[must_use]
    pub fn at(&self, i: usize, j: usize) -> T {
        self.as_ref().at(i, j)
    }

    /// Writes entry (i, j); does nothing outside the matrix.
    #[inline(always)]
    pub fn set(&mut self, i: usize, j: usize, value: T) {
        debug_assert!(i < self.rows && j < self.cols);
        self.data.put(j.wrapping_mul(self.stride).wrapping_add(i), value);
    }

    /// Column j to read; empty outside the matrix.
    #[inline(always)]
    #[must_use]
    pub fn column(&self, j: usize) -> &[T] {
        self.as_ref().column(j)
    }

    /// Column j to write; empty outside the matrix.
    #[inline(always)]
    #[must_use]
    pub fn column_mut(&mut self, j: usize) -> &mut [T] {
        debug_assert!(j < self.cols);
        let start = j.wrapping_mul(self.stride);
        self.data.get_mut(start..start.wrapping_add(self.rows)).unwrap_or_default()
    }

    /// Columns i and j at once, i < j; empty slices otherwise.
    #[inline(always)]
    #[must_use]
    pub fn two_columns_mut(&mut self, i: usize, j: usize) -> (&mut [T], &mut [T]) {
        debug_assert!(i < j && j < self.cols);
        let (rows, stride) = (self.rows, self.stride);
        match self.data.split_at_mut_checked(j.wrapping_mul(stride)) {
            Some((head, tail)) => {
                let start = i.wrapping_mul(stride);
                (
                    head.get_mut(start..start.wrapping_add(rows)).unwrap_or_default(),
                    tail.get_mut(..rows).unwrap_or_default(),
                )
            }
            None => (&mut [], &mut []),
        }
    }

    /// Exchanges columns i and j, i < j.
    pub(crate) fn exchange_columns(&mut self, i: usize, j: usize) {
        let (x, y) = self.two_columns_mut(i, j);
        x.iter_mut().zip(y).for_each(|(x, y)| core::mem::swap(x, y));
    }

    /// The first `rows` rows (all of them if there are fewer; at least one).
    pub(crate) fn leading_rows(&mut self, rows: usize) -> MatMut<'_, T> {
        let rows = rows.max(1).min(self.rows);
        MatMut { data: self.data, rows, cols: self.cols, stride: self.stride }
    }

    /// All entries that the view spans, to be cut into another shape.
    pub(crate) const fn as_mut_slice(&mut self) -> &mut [T] {
        self.data
    }

    /// Exchanges rows and columns of a square matrix.
    pub(crate) fn transpose(&mut self) {
        for j in 1..self.cols {
            for i in 0..j {
                let (above, below) = (self.at(i, j), self.at(j, i));
                self.set(i, j, below);
                self.set(j, i, above);
            }
        }
    }

    /// The columns before j to read, and column j to write.
    #[inline(always)]
    pub(crate) fn before_and_column(&mut self, j: usize) -> (Option<MatRef<'_, T>>, &mut [T]) {
        let (rows, stride) = (self.rows, self.stride);
        match self.data.split_at_mut_checked(j.wrapping_mul(stride)) {
            Some((head, tail)) => (
                MatRef::with_stride(head, rows, j, stride).ok(),
                tail.get_mut(..rows).unwrap_or_default(),
            ),
            None => (None, &mut []),
        }
    }

    /// All columns to write, from the first.
    pub fn columns_mut(&mut self) -> impl Iterator<Item = &mut [T]> {
        self.columns_mut_from(0)
    }

    /// The columns from `first` on, to write.
    #[inline(always)]
    pub(crate) fn columns_mut_from(&mut self, first: usize) -> impl Iterator<Item = &mut [T]> {
        let (rows, stride) = (self.rows, self.stride);
        let mut rest = self.data.get_mut(first.saturating_mul(stride)..).unwrap_or_default();
        (first..self.cols).map(move |_| {
            let here = core::mem::take(&mut rest);
            let reach = stride.min(here.len());
            let (column, tail) = here.split_at_mut_checked(reach).unwrap_or_default();
            rest = tail;
            column.get_mut(..rows).unwrap_or_default()
        })
    }

    /// Sets every entry.
    pub fn fill(&mut self, value: T) {
        self.columns_mut().for_each(|column| column.fill(value));
    }

    /// Writes the identity (ones on the main diagonal, also of a rectangle).
    pub fn set_identity(&mut self) {
        for (j, column) in self.columns_mut().enumerate() {
            column.fill(T::ZERO);
            if let Some(x) = column.get_mut(j) {
                *x = T::ONE;
            }
        }
    }

    /// Copies a matrix of the same shape.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if the shapes differ.
    pub fn copy_from(&mut self, source: MatRef<'_, T>) -> Result<(), Error> {
        check("the number of rows", self.rows, source.rows)?;
        check("the number of columns", self.cols, source.cols)?;
        for (to, from) in self.columns_mut().zip(source.columns()) {
            copy(to, from);
        }
        Ok(())
    }

    /// Writes the transpose of `source`.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if the shapes do not fit.
    pub fn copy_transposed_from(&mut self, source: MatRef<'_, T>) -> Result<(), Error> {
        check("the number of rows", self.rows, source.cols)?;
        check("the number of columns", self.cols, source.rows)?;
        for (j, to) in self.columns_mut().enumerate() {
            to.iter_mut().zip(source.columns()).for_each(|(to, from)| *to = from.at(j));
        }
        Ok(())
    }

    /// Multiplies every entry.
    pub fn scale(&mut self, factor: T) {
        for column in self.columns_mut() {
            column.iter_mut().for_each(|x| *x *= factor);
        }
    }

    /// self = A B. Cost: rows cols inner multiply-adds, one running sum per entry, in index order.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if the shapes do not fit; [`Error::Overflow`] if an entry of the product is not
    /// finite.
    pub fn set_product(&mut self, a: MatRef<'_, T>, b: MatRef<'_, T>) -> Result<(), Error> {
        check("the number of rows of the product", a.rows, self.rows)?;
        check("the number of columns of the product", b.cols, self.cols)?;
        check("the number of rows of the second factor", a.cols, b.rows)?;
        for (to, weights) in self.columns_mut().zip(b.columns()) {
            to.fill(T::ZERO);
            weights.iter().zip(a.columns()).for_each(|(w, from)| add_scaled(to, *w, from));
            check_product(to)?;
        }
        Ok(())
    }

    /// self = Aᵀ B, by inner products of columns.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if the shapes do not fit; [`Error::Overflow`] if an entry of the product is not
    /// finite.
    pub fn set_product_transposed(
        &mut self,
        a: MatRef<'_, T>,
        b: MatRef<'_, T>,
    ) -> Result<(), Error> {
        check("the number of rows of the product", a.cols, self.rows)?;
        check("the number of columns of the product", b.cols, self.cols)?;
        check("the number of rows of the second factor", a.rows, b.rows)?;
        for (to, right) in self.columns_mut().zip(b.columns()) {
            to.iter_mut().zip(a.columns()).for_each(|(to, left)| *to = dot(left, right));
            check_product(to)?;
        }
        Ok(())
    }

    /// self += weight other, as far as both reach.
    #[cfg(feature = "alloc")]
    pub(crate) fn add(&mut self, weight: T, other: MatRef<'_, T>) {
        for (to, from) in self.columns_mut().zip(other.columns()) {
            add_scaled(to, weight, from);
        }
    }

    /// Copies the lower triangle over the upper one: the matrix becomes exactly symmetric.
    pub fn mirror_lower(&mut self) {
        for j in 1..self.cols {
            for i in 0..j.min(self.rows) {
                let value = self.at(j, i);
                self.set(i, j, value);
            }
        }
    }
}

/// A column of a product is finite.
fn check_product<T: Scalar>(column: &[T]) -> Result<(), Error> {
    if column.iter().all(|x| Real::is_finite(*x)) {
        Ok(())
    } else {
        Err(Error::Overflow { what: "an entry of a product" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Mat;

    #[test]
    fn products_agree_with_the_definition() {
        let a: Vec<f64> = (0..12).map(|x| f64::from(x) - 4.0).collect();
        let b: Vec<f64> = (0..20).map(|x| 1.0 / f64::from(x + 1)).collect();
        let (a, b) = (MatRef::new(&a, 3, 4).unwrap(), MatRef::new(&b, 4, 5).unwrap());
        let mut product = Mat::zeros(3, 5).unwrap();
        product.as_mut().set_product(a, b).unwrap();
        let mut transposed = Mat::zeros(4, 3).unwrap();
        transposed.as_mut().copy_transposed_from(a).unwrap();
        let mut other = Mat::zeros(3, 5).unwrap();
        other.as_mut().set_product_transposed(transposed.as_ref(), b).unwrap();
        for i in 0..3 {
            for j in 0..5 {
                let expected: f64 = (0..4).map(|k| a.at(i, k) * b.at(k, j)).sum();
                assert!((product.as_ref().at(i, j) - expected).abs() < 1e-14);
                assert!((other.as_ref().at(i, j) - expected).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        let data = [0.0_f64; 6];
        assert_eq!(MatRef::new(&data, 0, 3), Err(Error::Empty));
        assert!(matches!(
            MatRef::new(&data, 2, 4),
            Err(Error::ShapeMismatch { expected: 8, got: 6, .. })
        ));
        assert!(MatRef::new(&data, usize::MAX, usize::MAX).is_err());
        assert!(MatRef::with_stride(&data, 3, 2, 2).is_err());
    }

    #[test]
    fn norms_survive_extreme_scales() {
        for scale in [1e-200, 1.0, 1e200] {
            let data = [3.0 * scale, 4.0 * scale];
            let norm = MatRef::new(&data, 1, 2).unwrap().frobenius_norm();
            assert!((norm / scale - 5.0).abs() < 1e-14);
        }
    }
}
