//! The memory of a calibrator: the sums of its blocks, and room for the analysis of each.

use crate::matrix::{Cells, Layout, add, all_of, area, pieces};
use crate::monitor::analysis::scratch_len;
use crate::monitor::sizes::{Sizes, diagonal};
use crate::scalar::Scalar;

/// The pieces of a calibrator's memory.
pub(super) struct CalibratorMemory<'a, T> {
    pub(super) shift: &'a mut [T],
    pub(super) history: &'a mut [T],
    pub(super) blocks: &'a mut [T],
    pub(super) total: &'a mut [T],
    pub(super) snapshot: &'a mut [T],
    pub(super) coefficients: &'a mut [T],
    /// Features of a block, then the sums over all differences.
    pub(super) own: &'a mut [T],
    /// Features of all other blocks, then the sums over all squared differences.
    pub(super) other: &'a mut [T],
    /// d_k of all blocks.
    pub(super) differences: &'a mut [T],
    /// v_k of all blocks.
    pub(super) widenings: &'a mut [T],
    pub(super) scratch: &'a mut [T],
}

/// The pieces of [`CalibratorMemory`] but the scratch, in its order.
const fn layout(sizes: Sizes, blocks: usize) -> Layout<10> {
    let (sums, features) = (sizes.lags().sums_len(), sizes.features_len());
    Layout::new([
        sizes.channels,
        sizes.lags().history_len(),
        area(sums, blocks),
        sums,
        sums,
        sizes.coefficients_len(),
        features,
        features,
        area(features, blocks),
        blocks,
    ])
}

/// The pieces, and the scratch behind them.
pub(super) const fn memory_len(sizes: Sizes, blocks: usize) -> usize {
    all_of(&[layout(sizes, blocks).len(), scratch_len(sizes)])
}

impl<'a, T> CalibratorMemory<'a, T> {
    /// Cuts memory whose length was checked when the calibrator was made.
    pub(super) fn cut(sizes: Sizes, blocks: usize, memory: &'a mut [T]) -> Self {
        let (pieces, scratch) = layout(sizes, blocks).cut_checked(memory);
        let [
            shift,
            history,
            blocks,
            total,
            snapshot,
            coefficients,
            own,
            other,
            differences,
            widenings,
        ] = pieces;
        Self {
            shift,
            history,
            blocks,
            total,
            snapshot,
            coefficients,
            own,
            other,
            differences,
            widenings,
            scratch,
        }
    }
}

/// Samples, mean and variance of a channel in sums.
pub(super) struct Channel<T> {
    pub(super) samples: T,
    pub(super) mean: T,
    pub(super) variance: T,
}

impl<T: Scalar> Channel<T> {
    pub(super) fn of(sizes: Sizes, sums: &[T], channel: usize) -> Self {
        let [products, totals, counts] = sizes.lags().sums_layout().view(sums);
        let samples = counts.at(0);
        let mean = totals.at(channel) / samples;
        let square = products.at(diagonal(sizes.channels, channel));
        Self { samples, mean, variance: square / samples - mean * mean }
    }
}

/// The number of pairs at each lag.
pub(super) fn counts<T: Scalar>(sizes: Sizes, sums: &[T]) -> &[T] {
    let [_, _, counts] = sizes.lags().sums_layout().view(sums);
    counts
}

impl<T: Scalar> CalibratorMemory<'_, T> {
    /// The sums of all blocks.
    pub(super) fn add_up(&mut self, sizes: Sizes) {
        self.total.fill(T::ZERO);
        for block in pieces(self.blocks, sizes.lags().sums_len()) {
            add(self.total, block);
        }
    }
}
