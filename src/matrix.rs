//! Column-major views over borrowed slices, their products, and carving a caller's memory.
//!
//! Entry (i, j) of a view with `rows` rows and column stride `stride` is `data[j * stride + i]`, so a
//! column is one contiguous slice. Time x channels samples in row-major order (a C-order NumPy
//! array) are a channels x time view: one sample is one column, and nothing is copied.
//!
//! Views walk their columns by splitting slices and read entries through [`Cells`], which cannot
//! panic: an index outside the slice reads zero and writes nothing. Algorithms are written so that
//! this never happens; debug builds assert it.

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
    data: &'a [T],
    rows: usize,
    cols: usize,
    stride: usize,
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
    data: &'a mut [T],
    rows: usize,
    cols: usize,
    stride: usize,
}

/// Checks a shape against the length of its slice; returns the scalars it spans.
const fn span(rows: usize, cols: usize, stride: usize, got: usize) -> Result<usize, Error> {
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
    /// No rows and no columns: what a view of nothing is.
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

    /// Everything that the view spans, to cut another shape from.
    pub(crate) const fn as_mut_slice(&mut self) -> &mut [T] {
        self.data
    }

    /// [`as_mut_slice`](Self::as_mut_slice) for as long as the data live.
    pub(crate) const fn into_mut_slice(self) -> &'a mut [T] {
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

/// `Ok(got)` if a size is what it must be.
pub(crate) const fn check(what: &'static str, expected: usize, got: usize) -> Result<usize, Error> {
    if expected == got { Ok(got) } else { Err(Error::ShapeMismatch { what, expected, got }) }
}

/// Entries of a slice by index, without a panic: reading outside gives zero, writing does nothing.
pub(crate) trait Cells<T> {
    fn at(&self, i: usize) -> T;
    fn put(&mut self, i: usize, value: T);
    /// `length` entries from `start`, fewer at the end.
    fn part(&self, start: usize, length: usize) -> &[T];
    fn part_mut(&mut self, start: usize, length: usize) -> &mut [T];
}

impl<T: Scalar> Cells<T> for [T] {
    #[inline(always)]
    fn at(&self, i: usize) -> T {
        debug_assert!(i < self.len());
        self.get(i).copied().unwrap_or(T::ZERO)
    }
    #[inline(always)]
    fn put(&mut self, i: usize, value: T) {
        debug_assert!(i < self.len());
        if let Some(entry) = self.get_mut(i) {
            *entry = value;
        }
    }
    #[inline(always)]
    fn part(&self, start: usize, length: usize) -> &[T] {
        let tail = self.get(start..).unwrap_or_default();
        tail.get(..length).unwrap_or(tail)
    }
    #[inline(always)]
    fn part_mut(&mut self, start: usize, length: usize) -> &mut [T] {
        let tail = self.get_mut(start..).unwrap_or_default();
        let length = length.min(tail.len());
        tail.get_mut(..length).unwrap_or_default()
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

/// The largest absolute value in a slice.
pub(crate) fn largest<T: Scalar>(x: &[T]) -> T {
    x.iter().fold(T::ZERO, |most, x| Real::abs(*x).larger(most))
}

/// Pieces of `length` entries, the last of what is left: `chunks` without the division for its exact length,
/// which is a panic where the length could be zero.
#[inline(always)]
pub(crate) fn pieces<T>(mut rest: &[T], length: usize) -> impl Iterator<Item = &[T]> {
    core::iter::from_fn(move || {
        let (piece, after) = rest.split_at_checked(length.min(rest.len()))?;
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

/// [`pieces`], to write.
#[inline(always)]
pub(crate) fn pieces_mut<T>(mut rest: &mut [T], length: usize) -> impl Iterator<Item = &mut [T]> {
    core::iter::from_fn(move || {
        let here = core::mem::take(&mut rest);
        let length = length.min(here.len());
        let (piece, after) = here.split_at_mut_checked(length)?;
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Rows of `length` entries, the first first: `chunks_exact` without its division. It never ends for a length of zero,
/// so it is to be zipped with what does.
#[inline(always)]
pub(crate) fn whole_rows<T>(mut rest: &[T], length: usize) -> impl Iterator<Item = &[T]> {
    core::iter::from_fn(move || {
        let (row, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(row)
    })
}

/// The same, the last first; the length of `rest` is a multiple of that of a row.
#[inline(always)]
pub(crate) fn whole_rows_back<T>(mut rest: &[T], length: usize) -> impl Iterator<Item = &[T]> {
    core::iter::from_fn(move || {
        let (before, row) = rest.split_at_checked(rest.len().checked_sub(length)?)?;
        rest = before;
        Some(row)
    })
}

/// How often `by` goes into `x`, and what is left; zero and x where `by` is zero. Without the panic of `/` and `%`, which
/// a compiler that saves space leaves in even where `by` is checked before.
#[inline(always)]
pub(crate) fn divide(x: usize, by: usize) -> (usize, usize) {
    (x.checked_div(by).unwrap_or(0), x.checked_rem(by).unwrap_or(x))
}

/// to = from, as far as both reach: `copy_from_slice` without its panic.
#[inline(always)]
pub(crate) fn copy<T: Copy>(to: &mut [T], from: &[T]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
}

/// to += weight from.
#[inline(always)]
pub(crate) fn add_scaled<T: Scalar>(to: &mut [T], weight: T, from: &[T]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += weight * *from);
}

/// Inner product of two slices (the shorter length counts): eight running sums over blocks of eight,
/// added pairwise, then the remaining entries in order. The order is part of the definition: the same
/// bits on every target.
#[inline]
pub(crate) fn dot<T: Scalar>(a: &[T], b: &[T]) -> T {
    let (a8, a_rest) = a.as_chunks::<8>();
    let (b8, b_rest) = b.as_chunks::<8>();
    if a8.is_empty() {
        return a_rest.iter().zip(b_rest).fold(T::ZERO, |sum, (x, y)| sum + *x * *y);
    }
    let mut sums = [T::ZERO; 8];
    for (x, y) in a8.iter().zip(b8) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum += *x * *y;
        }
    }
    let [s0, s1, s2, s3, s4, s5, s6, s7] = sums;
    let blocks = ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7));
    a_rest.iter().zip(b_rest).fold(blocks, |sum, (x, y)| sum + *x * *y)
}

/// A caller's memory, from which results and scratch are cut in order.
#[derive(Debug)]
pub(crate) struct Memory<'a, T> {
    rest: &'a mut [T],
}

impl<'a, T: Scalar> Memory<'a, T> {
    /// Checks once, at the door, that all that will be cut fits.
    pub(crate) const fn new(memory: &'a mut [T], needed: usize) -> Result<Self, Error> {
        if memory.len() < needed {
            return Err(Error::MemoryTooSmall { needed, got: memory.len() });
        }
        Ok(Self { rest: memory })
    }

    pub(crate) fn vector(&mut self, length: usize) -> Result<&'a mut [T], Error> {
        let here = core::mem::take(&mut self.rest);
        if here.len() < length {
            let got = here.len();
            self.rest = here;
            return Err(Error::MemoryTooSmall { needed: length, got });
        }
        let (taken, rest) = here.split_at_mut_checked(length).unwrap_or_default();
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn matrix(&mut self, rows: usize, cols: usize) -> Result<MatMut<'a, T>, Error> {
        MatMut::new(self.vector(rows.saturating_mul(cols))?, rows, cols)
    }

    /// What is left, for good.
    pub(crate) const fn rest(self) -> &'a mut [T] {
        self.rest
    }

    /// What is left, lent out as scratch.
    pub(crate) const fn scratch(&mut self) -> &mut [T] {
        self.rest
    }
}

/// Zeros on the heap, by fallible reservation: a refusal is a typed error, not an abort.
#[cfg(feature = "alloc")]
pub(crate) fn try_zeros<T: Scalar>(scalars: usize) -> Result<alloc::vec::Vec<T>, Error> {
    let mut zeros = alloc::vec::Vec::new();
    zeros.try_reserve_exact(scalars).map_err(|_| Error::OutOfMemory { scalars })?;
    zeros.resize(scalars, T::ZERO);
    Ok(zeros)
}

/// An empty vector with room for `length` entries, by fallible reservation.
#[cfg(feature = "alloc")]
pub(crate) fn try_reserve<T>(length: usize) -> Result<alloc::vec::Vec<T>, Error> {
    let mut empty = alloc::vec::Vec::new();
    empty.try_reserve_exact(length).map_err(|_| Error::OutOfMemory { scalars: length })?;
    Ok(empty)
}

/// The same memory, owned: a matrix on the heap, column-major.
#[cfg(feature = "alloc")]
#[derive(Clone, Debug, PartialEq)]
pub struct Mat<T> {
    data: alloc::vec::Vec<T>,
    rows: usize,
    cols: usize,
}

#[cfg(feature = "alloc")]
impl<T: Scalar> Mat<T> {
    /// A matrix of zeros.
    ///
    /// # Errors
    /// [`Error::Empty`] without rows or columns; [`Error::OutOfMemory`] if the allocator refuses.
    pub fn zeros(rows: usize, cols: usize) -> Result<Self, Error> {
        let data = try_zeros(rows.saturating_mul(cols))?;
        span(rows, cols, rows, data.len())?;
        Ok(Self { data, rows, cols })
    }

    /// A copy of a view.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`] if the allocator refuses.
    pub fn copy_of(source: MatRef<'_, T>) -> Result<Self, Error> {
        let mut copy = Self::zeros(source.rows, source.cols)?;
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

#[cfg(feature = "nalgebra")]
mod nalgebra_door {
    use super::{Error, MatRef, Scalar, check};
    #[cfg(feature = "alloc")]
    use nalgebra::DMatrix;
    use nalgebra::{Dim, IsContiguous, Matrix, RawStorage, SMatrix};

    /// Any nalgebra matrix whose entries lie column after column: `SMatrix`, `DMatrix`, slices of columns.
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
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn memory_is_cut_in_order_and_says_what_is_missing() {
        let mut block = [0.0_f32; 10];
        assert_eq!(
            Memory::new(&mut block, 11).unwrap_err(),
            Error::MemoryTooSmall { needed: 11, got: 10 }
        );
        let mut memory = Memory::new(&mut block, 10).unwrap();
        assert_eq!(memory.matrix(2, 3).unwrap().cols(), 3);
        assert_eq!(memory.scratch().len(), 4);
        assert!(memory.vector(5).is_err());
        assert_eq!(memory.vector(4).unwrap().len(), 4);
    }

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

    #[test]
    fn norms_survive_extreme_scales() {
        for scale in [1e-200, 1.0, 1e200] {
            let data = [3.0 * scale, 4.0 * scale];
            let norm = MatRef::new(&data, 1, 2).unwrap().frobenius_norm();
            assert!((norm / scale - 5.0).abs() < 1e-14);
        }
    }
}
