//! Sums over long times: short blocks, added with compensation for their rounding errors.
//!
//! ```text
//! total = lost = 0
//! for each block of 64 terms:
//!     block = their plain sum
//!     sum = total + block
//!     lost = lost + the rounding error of that addition       exact: (larger - sum) + smaller
//!     total = sum
//! result = total + lost
//! ```
//!
//! Neumaier 1974, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen". The error is that of one block,
//! however long the recording: about BLOCK eps in the worst case and sqrt(BLOCK) eps as a rule. A plain sum over T terms
//! has T eps.

use crate::matrix::Layout;
use crate::scalar::{Real, Scalar};

/// Terms in a block.
pub(crate) const BLOCK: usize = 64;

/// Adds `block` to `total`, and the rounding error of that addition to `lost`.
#[inline(always)]
pub(crate) fn add_compensated<T: Scalar>(total: &mut T, lost: &mut T, block: T) {
    let sum = *total + block;
    *lost += if Real::abs(*total) >= Real::abs(block) {
        (*total - sum) + block
    } else {
        (block - sum) + *total
    };
    *total = sum;
}

/// The sum of all terms, in blocks of [`BLOCK`].
pub(crate) fn blocked<T: Scalar>(terms: impl Iterator<Item = T>) -> T {
    let mut sum = BlockedSum::ZERO;
    terms.for_each(|term| sum.push(term));
    sum.finish()
}

/// A sum over time, term by term, in blocks of [`BLOCK`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockedSum<T> {
    total: T,
    lost: T,
    block: T,
    count: usize,
}

impl<T: Scalar> BlockedSum<T> {
    pub(crate) const ZERO: Self = Self { total: T::ZERO, lost: T::ZERO, block: T::ZERO, count: 0 };

    #[inline(always)]
    pub(crate) fn push(&mut self, term: T) {
        self.block += term;
        self.count = self.count.saturating_add(1);
        if self.count == BLOCK {
            add_compensated(&mut self.total, &mut self.lost, self.block);
            (self.block, self.count) = (T::ZERO, 0);
        }
    }

    /// The sum of all terms so far.
    pub(crate) fn finish(mut self) -> T {
        add_compensated(&mut self.total, &mut self.lost, self.block);
        self.total + self.lost
    }
}

/// Many sums over time at once, in the caller's memory.
#[derive(Debug)]
pub(crate) struct BlockedSums<'m, T> {
    block: &'m mut [T],
    total: &'m mut [T],
    lost: &'m mut [T],
    terms: usize,
}

impl<'m, T: Scalar> BlockedSums<'m, T> {
    /// The sums of the block, the totals, and what their rounding has lost.
    const fn layout(sums: usize) -> Layout<3> {
        Layout::new([sums, sums, sums])
    }

    pub(crate) const fn memory_len(sums: usize) -> usize {
        Self::layout(sums).len()
    }

    /// All sums zero, in memory that was cut for them.
    pub(crate) fn over(sums: usize, memory: &'m mut [T]) -> Self {
        let ([block, total, lost], _) = Self::layout(sums).cut_checked(memory);
        let mut new = Self { block, total, lost, terms: 0 };
        new.reset();
        new
    }

    pub(crate) fn reset(&mut self) {
        self.block.fill(T::ZERO);
        self.total.fill(T::ZERO);
        self.lost.fill(T::ZERO);
        self.terms = 0;
    }

    /// The block sums, to which the caller adds the next `terms` terms (at most [`BLOCK`]).
    pub(crate) fn next(&mut self, terms: usize) -> &mut [T] {
        if self.terms.saturating_add(terms) > BLOCK {
            self.flush();
        }
        self.terms = self.terms.saturating_add(terms);
        self.block
    }

    fn flush(&mut self) {
        let sums = self.total.iter_mut().zip(self.lost.iter_mut()).zip(self.block.iter_mut());
        for ((total, lost), block) in sums {
            add_compensated(total, lost, *block);
            *block = T::ZERO;
        }
        self.terms = 0;
    }

    /// The sums of all terms so far.
    pub(crate) fn finish(&mut self) -> &mut [T] {
        self.flush();
        for (total, lost) in self.total.iter_mut().zip(self.lost.iter_mut()) {
            *total += *lost;
            *lost = T::ZERO;
        }
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_terms_in_f32_keep_their_digits() {
        let mut memory = vec![0.0_f32; BlockedSums::<f32>::memory_len(2)];
        let mut sums = BlockedSums::over(2, &mut memory);
        for _ in 0..1_000_000 {
            let block = sums.next(1);
            block[0] += 0.1;
            block[1] += 0.7;
        }
        let total = sums.finish();
        assert!((total[0] / 100_000.0 - 1.0).abs() < 1e-6, "{}", total[0]);
        assert!((total[1] / 700_000.0 - 1.0).abs() < 1e-6, "{}", total[1]);
    }
}
