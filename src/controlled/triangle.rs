//! The triangle of identification: R with Rᵀ R = H Hᵀ, H the windows of all columns in the order [U_f; U_p; Y_p; Y_f].
//!
//! U_f and U_p are the inputs of the future and of the past half of a window, Y_f and Y_p the outputs; oldest sample first,
//! channels fastest. Everything that identification needs follows from R. There are three ways to it:
//!
//! - from second moments, R by Cholesky: 2 q (m + p)² multiply-adds per sample. A direction that holds a share s of the size
//!   of its row is wrong by about eps / s², so this is for data with noise.
//! - from the eigenvalues of second moments, where these are singular, as without noise: directions whose share is rounding
//!   are cut. Shares below 1e-6 cannot be told from rounding so.
//! - from the windows themselves, by QR of blocks of them: (2 q (m + p))² multiply-adds per sample, error eps / s. This is
//!   taken for data in memory where some share lies between these limits.

use super::blocks::block;
use super::moments::WindowMoments;
use super::recording::{Channels, ControlledRecording};
use crate::error::Error;
use crate::linalg::{qr, solve, svd, symmetric};
use crate::matrix::{Cells, Mat, MatMut, MatRef, area, dot, try_reserve, try_zeros};
use crate::scalar::Scalar;
use alloc::vec::Vec;
use core::ops::Range;

/// Shares of rows from which Cholesky keeps enough digits.
const LEAST_SHARE: f64 = 1e-4;
/// Shares that moments of recordings without noise keep enough digits of: the error is about eps / s².
const CLEAR_SHARE: f64 = 1e-3;
/// Windows that are appended to the triangle at once.
const BLOCK: usize = 128;

/// The places of the blocks of H: the window of 2 q samples of m inputs and p outputs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blocks {
    pub(super) half: usize,
    pub(super) channels: Channels,
}

impl Blocks {
    /// q m
    pub(super) const fn inputs(self) -> usize {
        area(self.half, self.channels.inputs)
    }

    /// q p
    pub(super) const fn outputs(self) -> usize {
        area(self.half, self.channels.outputs)
    }

    /// 2 q (m + p)
    pub(super) const fn width(self) -> usize {
        area(2, self.inputs().saturating_add(self.outputs()))
    }

    /// Z_p = [U_p; Y_p]
    pub(super) const fn past(self) -> Range<usize> {
        self.inputs()..self.future_outputs().start
    }

    pub(super) const fn past_outputs(self) -> Range<usize> {
        area(2, self.inputs())..self.future_outputs().start
    }

    pub(super) const fn future_outputs(self) -> Range<usize> {
        area(2, self.inputs()).saturating_add(self.outputs())..self.width()
    }

    /// The entry of a window in time order, [u; y] of each sample, that stands in each row of H.
    fn sources(self) -> Result<Vec<usize>, Error> {
        let Channels { inputs, outputs } = self.channels;
        let both = self.channels.both();
        let mut sources = try_reserve(self.width())?;
        let (past, future) = (0..self.half, self.half..area(2, self.half));
        let mut take = |times: &Range<usize>, channels: Range<usize>| {
            for t in times.clone() {
                sources.extend(channels.clone().map(|channel| t * both + channel));
            }
        };
        take(&future, 0..inputs);
        take(&past, 0..inputs);
        take(&past, inputs..inputs + outputs);
        take(&future, inputs..inputs + outputs);
        Ok(sources)
    }
}

/// R, and what is known of it.
pub(super) struct Triangle {
    pub(super) blocks: Blocks,
    /// Columns K of H.
    pub(super) columns: usize,
    /// width x width, upper triangular; zero below.
    pub(super) factor: Mat<f64>,
    /// Every direction is more than rounding, so that nothing need be cut.
    pub(super) full: bool,
    /// Shares of a row below this are rounding.
    pub(super) rounding: f64,
}

impl Triangle {
    /// Of trials in memory: from their moments, or by QR where these would lose too many digits.
    pub(super) fn of<T: Scalar>(
        half: usize,
        trials: &[ControlledRecording<'_, T>],
    ) -> Result<Self, Error> {
        let moments = WindowMoments::of(half, trials)?;
        check_columns(&moments)?;
        match by_cholesky(&moments)? {
            Some(triangle) => Ok(triangle),
            None => {
                let triangle = by_eigenvalues(&moments)?;
                if triangle.is_clear()? { Ok(triangle) } else { by_qr(&moments, trials) }
            }
        }
    }

    /// Whether inputs excite all directions well, and every direction of [U_f; Z_p] is either far above the rounding of
    /// moments or nothing but that, as for recordings without noise.
    fn is_clear(&self) -> Result<bool, Error> {
        let inputs = shares(self.factor.as_ref(), area(2, self.blocks.inputs()))?;
        let all = shares(self.factor.as_ref(), self.blocks.past().end)?;
        let is_clear = |share: &f64| *share > CLEAR_SHARE || *share < self.rounding;
        Ok(inputs.iter().all(|share| *share > CLEAR_SHARE) && all.iter().all(is_clear))
    }

    /// Of moments alone.
    pub(super) fn of_moments(moments: &WindowMoments) -> Result<Self, Error> {
        check_columns(moments)?;
        match by_cholesky(moments)? {
            Some(triangle) => Ok(triangle),
            None => by_eigenvalues(moments),
        }
    }
}

/// The singular values of the leading block of a triangle, its columns in units of their own size.
fn shares(factor: MatRef<'_, f64>, order: usize) -> Result<Vec<f64>, Error> {
    let mut leading = block(factor, 0..order, 0..order)?;
    for column in leading.as_mut().columns_mut() {
        let size = libm::sqrt(dot(column, column));
        if size > 0.0 {
            column.iter_mut().for_each(|x| *x /= size);
        }
    }
    let mut values = try_zeros(order)?;
    let mut memory = try_zeros(svd::values_memory_len(order, order))?;
    svd::values_in(leading.as_ref(), &mut values, &mut memory)?;
    Ok(values)
}

/// # Errors
/// [`Error::TooFewColumns`] unless there is a column for each row of H.
fn check_columns(moments: &WindowMoments) -> Result<(), Error> {
    let blocks = blocks_of(moments);
    let (needed, got) = (blocks.width(), moments.columns());
    if got < needed { Err(Error::TooFewColumns { needed, got }) } else { Ok(()) }
}

const fn blocks_of(moments: &WindowMoments) -> Blocks {
    Blocks { half: moments.half(), channels: moments.channels() }
}

/// The moments in the order of H, and the root of their diagonal (1 for a row of zeros), which they are divided by.
fn scaled(moments: &WindowMoments) -> Result<(Mat<f64>, Vec<f64>), Error> {
    let sources = blocks_of(moments).sources()?;
    let total = moments.total()?;
    let total = total.as_ref();
    let mut sizes = try_zeros(sources.len())?;
    for (size, source) in sizes.iter_mut().zip(&sources) {
        let root = libm::sqrt(total.at(*source, *source).max(0.0));
        *size = if root > 0.0 { root } else { 1.0 };
    }
    let mut ordered = Mat::zeros(sources.len(), sources.len())?;
    for ((column, j), size) in ordered.as_mut().columns_mut().zip(&sources).zip(&sizes) {
        let from = total.column(*j);
        for ((to, i), other) in column.iter_mut().zip(&sources).zip(&sizes) {
            *to = from.at(*i) / size / other;
        }
    }
    Ok((ordered, sizes))
}

/// `None` where the moments have too few digits.
fn by_cholesky(moments: &WindowMoments) -> Result<Option<Triangle>, Error> {
    let (mut square, sizes) = scaled(moments)?;
    if solve::factor_symmetric_in(&mut square.as_mut()).is_err() {
        return Ok(None);
    }
    // Rows have unit size, so the diagonal holds the share that is left of each beside the rows before it.
    let least = (0..sizes.len()).map(|j| square.as_ref().at(j, j)).fold(1.0, f64::min);
    if least < LEAST_SHARE {
        return Ok(None);
    }
    let mut factor = Mat::zeros(sizes.len(), sizes.len())?;
    for (j, (column, size)) in factor.as_mut().columns_mut().zip(&sizes).enumerate() {
        for (i, to) in column.iter_mut().enumerate().take(j + 1) {
            *to = square.as_ref().at(j, i) * size;
        }
    }
    let (blocks, columns) = (blocks_of(moments), moments.columns());
    Ok(Some(Triangle { blocks, columns, factor, full: true, rounding: 1e-10 }))
}

/// From the eigenvalues of moments that are singular: those below rounding become 0, and QR of diag(w)^(1/2) Vᵀ is a triangle.
fn by_eigenvalues(moments: &WindowMoments) -> Result<Triangle, Error> {
    let (mut square, sizes) = scaled(moments)?;
    let width = sizes.len();
    let (mut values, mut vectors) = (try_zeros(width)?, Mat::zeros(width, width)?);
    let mut memory = try_zeros(symmetric::eigen_memory_len(width))?;
    let mut out = vectors.as_mut();
    symmetric::eigen_in(&mut square.as_mut(), &mut values, &mut out, &mut memory)?;
    let mut factor = Mat::zeros(width, width)?;
    factor.as_mut().copy_transposed_from(vectors.as_ref())?;
    for (column, size) in factor.as_mut().columns_mut().zip(&sizes) {
        for (x, value) in column.iter_mut().zip(&values) {
            *x *= libm::sqrt(value.max(0.0)) * size;
        }
    }
    let mut reflectors = try_zeros(width)?;
    qr::factor_in(&mut factor.as_mut(), &mut reflectors)?;
    for (j, column) in factor.as_mut().columns_mut().enumerate() {
        column.part_mut(j + 1, usize::MAX).fill(0.0);
    }
    let (blocks, columns) = (blocks_of(moments), moments.columns());
    Ok(Triangle { blocks, columns, factor, full: false, rounding: 1e-6 })
}

/// By QR of the windows, a block of them at a time.
fn by_qr<T: Scalar>(
    moments: &WindowMoments,
    trials: &[ControlledRecording<'_, T>],
) -> Result<Triangle, Error> {
    let blocks = blocks_of(moments);
    let sources = blocks.sources()?;
    let Channels { inputs, .. } = blocks.channels;
    let both = blocks.channels.both().max(1);
    let width = blocks.width();
    let mut factor = Mat::zeros(width, width)?;
    let mut windows = try_zeros(area(BLOCK, width))?;
    for trial in trials {
        let columns = trial.samples().saturating_sub(area(2, blocks.half));
        for first in (0..columns).step_by(BLOCK) {
            let count = columns.saturating_sub(first).min(BLOCK);
            let mut rows = MatMut::over(&mut windows, count, width);
            for (column, source) in rows.columns_mut().zip(&sources) {
                let (lag, channel) = (source / both, source % both);
                for (k, to) in column.iter_mut().enumerate() {
                    let t = first.saturating_add(k).saturating_add(lag);
                    *to = match channel.checked_sub(inputs) {
                        Some(output) => trial.outputs().sample(t).at(output).into(),
                        None => trial.inputs().sample(t).at(channel).into(),
                    };
                }
            }
            qr::append_rows_in(&mut factor.as_mut(), &mut rows)?;
        }
    }
    Ok(Triangle { blocks, columns: moments.columns(), factor, full: false, rounding: 1e-11 })
}
