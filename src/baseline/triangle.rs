//! The triangular factor of two paired recordings, [X Y] = Q [[A, B], [0, D]], in one pass over the samples.

use crate::data::embedding::Embedding;
use crate::data::recording::Recording;
use crate::data::summation::BlockedSums;
use crate::error::Error;
use crate::linalg::qr;
use crate::matrix::{
    Cells, Layout, MatMut, MatRef, add_scaled, all_of, area, dot, largest, pieces_mut,
};
use crate::scalar::{Real, Scalar};

/// Windows per block.
const BLOCK_ROWS: usize = 64;

/// Scalars that the triangle keeps.
pub(super) const fn len(wide: usize, narrow: usize) -> usize {
    let n = all_of(&[wide, narrow]);
    area(n, n)
}

/// Scalars of scratch while it is filled.
pub(super) const fn filling_len(wide: usize, narrow: usize) -> usize {
    filling_layout(all_of(&[wide, narrow])).len()
}

/// Means, a row, a block of rows, and the sums of the rows.
const fn filling_layout(n: usize) -> Layout<4> {
    Layout::new([n, n, area(BLOCK_ROWS, n), BlockedSums::<f64>::memory_len(n)])
}

/// Two paired recordings up to a common orthogonal map of the samples: X and Y, centred by column, each of unit Frobenius
/// norm.
pub(super) struct Triangle<'m, T> {
    /// (p + q) x (p + q), column-major
    entries: &'m [T],
    /// p, columns of X
    pub(super) wide: usize,
    /// q <= p, columns of Y
    pub(super) narrow: usize,
    /// T, rows of both
    pub(super) windows: usize,
}

impl<'m, T: Scalar> Triangle<'m, T> {
    /// The QR decomposition of the windows of `wide` and `narrow`, checked to be paired. `entries`: [`len`], `scratch`:
    /// [`filling_len`].
    ///
    /// # Errors
    /// [`Error::DegenerateSignal`] if one of them is constant.
    pub(super) fn of(
        embedding: Embedding,
        wide: &[Recording<'_, T>],
        narrow: &[Recording<'_, T>],
        entries: &'m mut [T],
        scratch: &mut [T],
    ) -> Result<Self, Error> {
        let sides = [Side::new(embedding, wide), Side::new(embedding, narrow)];
        let [x, y] = &sides;
        let (p, q) = (x.width(), y.width());
        let n = p.saturating_add(q);
        entries.fill(T::ZERO);
        let windows = fill(&sides, &mut MatMut::over(entries, n, n), scratch)?;
        let ([first, second], _) = Layout::new([area(n, p), area(n, q)]).cut_checked(entries);
        x.normalise(&mut MatMut::over(first, n, p), windows)?;
        y.normalise(&mut MatMut::over(second, n, q), windows)?;
        Ok(Self { entries, wide: p, narrow: q, windows })
    }

    fn part(
        &self,
        row: usize,
        col: usize,
        rows: usize,
        cols: usize,
    ) -> Result<MatRef<'m, T>, Error> {
        let n = self.wide.saturating_add(self.narrow);
        let start = col.saturating_mul(n).saturating_add(row);
        MatRef::with_stride(self.entries.get(start..).unwrap_or_default(), rows, cols, n)
    }

    /// [X Y], (p + q) x (p + q).
    pub(super) fn whole(&self) -> Result<MatRef<'m, T>, Error> {
        let n = self.wide.saturating_add(self.narrow);
        self.part(0, 0, n, n)
    }

    /// A, p x p: the rows of X that are not zero.
    pub(super) fn first(&self) -> Result<MatRef<'m, T>, Error> {
        self.part(0, 0, self.wide, self.wide)
    }

    /// B, p x q: what Y shares with X.
    pub(super) fn shared(&self) -> Result<MatRef<'m, T>, Error> {
        self.part(0, self.wide, self.wide, self.narrow)
    }

    /// D, q x q: what of Y is orthogonal to X.
    pub(super) fn apart(&self) -> Result<MatRef<'m, T>, Error> {
        self.part(self.wide, self.wide, self.narrow, self.narrow)
    }

    /// Y, (p + q) x q.
    pub(super) fn second(&self) -> Result<MatRef<'m, T>, Error> {
        self.part(0, self.wide, self.wide.saturating_add(self.narrow), self.narrow)
    }
}

/// One of the two recordings as it is read: half of the difference of each sample from the first one (which cannot
/// overflow), times a power of two that brings the largest into [1, 2).
struct Side<'r, T> {
    embedding: Embedding,
    trials: &'r [Recording<'r, T>],
    start: &'r [T],
    gain: T,
}

impl<'r, T: Scalar> Side<'r, T> {
    fn new(embedding: Embedding, trials: &'r [Recording<'r, T>]) -> Self {
        let start = trials.first().map_or(&[][..], |trial| trial.sample(0));
        let samples = trials.iter().flat_map(|trial| trial.as_matrix().columns());
        let range = samples.fold(T::ZERO, |most, sample| {
            let differences = sample.iter().zip(start).map(|(x, start)| half_apart(*x, *start));
            differences.fold(most, |most, x| Real::abs(x).larger(most))
        });
        Self { embedding, trials, start, gain: range.binary_scale() }
    }

    fn width(&self) -> usize {
        self.embedding.width(self.start.len())
    }

    /// The window whose newest sample is at time t.
    fn window_into(&self, trial: &Recording<'_, T>, t: usize, out: &mut [T]) {
        for (k, part) in pieces_mut(out, self.start.len()).enumerate() {
            let sample =
                trial.sample(t.saturating_sub(k.saturating_mul(self.embedding.interval())));
            for ((out, x), start) in part.iter_mut().zip(sample).zip(self.start) {
                *out = half_apart(*x, *start) * self.gain;
            }
        }
    }

    /// Clears columns that are constant up to rounding and scales the rest to unit norm.
    fn normalise(&self, columns: &mut MatMut<'_, T>, windows: usize) -> Result<(), Error> {
        let channels = self.start.len();
        let root = Real::sqrt(T::count(windows));
        for channel in 0..channels {
            let size = self.largest_of(channel) * T::HALF * self.gain;
            let limit = T::of(8.0) * T::EPSILON * size * root;
            for column in columns.columns_mut().skip(channel).step_by(channels.max(1)) {
                if Real::sqrt(dot(column, column)) <= limit {
                    column.fill(T::ZERO);
                }
            }
        }
        let most = columns.as_ref().largest();
        if most == T::ZERO {
            return Err(Error::DegenerateSignal { channel: None });
        }
        columns.scale(most.binary_scale());
        let norm = columns.as_ref().frobenius_norm();
        columns.columns_mut().flatten().for_each(|x| *x /= norm);
        Ok(())
    }

    fn largest_of(&self, channel: usize) -> T {
        let samples = self.trials.iter().flat_map(|trial| trial.as_matrix().columns());
        samples.fold(T::ZERO, |most, sample| largest(sample.part(channel, 1)).larger(most))
    }
}

#[inline(always)]
fn half_apart<T: Scalar>(x: T, start: T) -> T {
    T::HALF * x - T::HALF * start
}

/// Takes all windows of both sides, less their means, into the triangle; returns their number.
fn fill<T: Scalar>(
    sides: &[Side<'_, T>; 2],
    r: &mut MatMut<'_, T>,
    memory: &mut [T],
) -> Result<usize, Error> {
    let n = r.rows();
    let ([means, row, block, sums], _) = filling_layout(n).cut_checked(memory);
    let mut block = MatMut::over(block, BLOCK_ROWS, n);
    let mut sums = BlockedSums::over(n, sums);
    let mut windows = 0_usize;
    each_window(sides, row, |row| {
        add_scaled(sums.next(1), T::ONE, row);
        windows = windows.saturating_add(1);
        Ok(())
    })?;
    let count = T::count(windows);
    means.iter_mut().zip(sums.finish()).for_each(|(mean, sum)| *mean = *sum / count);
    let mut filled = 0;
    each_window(sides, row, |row| {
        for (column, (x, mean)) in block.columns_mut().zip(row.iter().zip(means.iter())) {
            column.put(filled, *x - *mean);
        }
        filled += 1;
        if filled == BLOCK_ROWS {
            filled = 0;
            qr::append_rows_in(r, &mut block)?;
        }
        Ok(())
    })?;
    // Rows of zeros change nothing.
    block.columns_mut().for_each(|column| column.part_mut(filled, BLOCK_ROWS).fill(T::ZERO));
    qr::append_rows_in(r, &mut block)?;
    Ok(windows)
}

/// Calls `take` with [window of X, window of Y] for every window of every trial.
fn each_window<T: Scalar>(
    sides: &[Side<'_, T>; 2],
    row: &mut [T],
    mut take: impl FnMut(&[T]) -> Result<(), Error>,
) -> Result<(), Error> {
    let [x, y] = sides;
    let oldest = x.embedding.window().saturating_sub(1);
    for (x_trial, y_trial) in x.trials.iter().zip(y.trials) {
        for t in oldest..x_trial.samples() {
            let (left, right) = row.split_at_mut_checked(x.width()).unwrap_or_default();
            x.window_into(x_trial, t, left);
            y.window_into(y_trial, t, right);
            take(row)?;
        }
    }
    Ok(())
}
