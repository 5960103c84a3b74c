//! Blocks of sums (in a ring, or with forgetting), and the sum of a window.

use super::input::{TALLY, weigh};
use super::settings::Window;
use super::sizes::Sizes;
use crate::matrix::{Cells, Layout, add};
use crate::scalar::Scalar;

/// The block that is being filled, and how far it is filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filling {
    pub(crate) slot: usize,
    /// Samples due in this block so far.
    pub(crate) samples: usize,
    /// Blocks closed since the last report fell due.
    pub(crate) closed: usize,
}

/// The pieces of a block: sums and counters.
pub(crate) const fn block_layout(sizes: Sizes) -> Layout<2> {
    Layout::new([sizes.lags().sums_len(), TALLY])
}

/// Scalars of a block.
pub(crate) const fn block_len(sizes: Sizes) -> usize {
    block_layout(sizes).len()
}

/// All blocks, one after the other.
pub(crate) struct Blocks<'a, T> {
    pub(crate) window: Window,
    pub(crate) length: usize,
    pub(crate) memory: &'a mut [T],
}

impl<T: Scalar> Blocks<'_, T> {
    pub(crate) fn block(&mut self, slot: usize) -> &mut [T] {
        self.memory.part_mut(slot.saturating_mul(self.length), self.length)
    }

    /// Closes a block. In a ring, the next block takes the place of the oldest; with forgetting, its sums are added to
    /// those of all blocks, whose weight falls.
    pub(crate) fn close(&mut self, filling: &mut Filling) {
        filling.samples = 0;
        filling.closed = filling.closed.saturating_add(1);
        match self.window {
            Window::Blocks(blocks) => {
                filling.slot =
                    if filling.slot < blocks { filling.slot.saturating_add(1) } else { 0 };
                self.block(filling.slot).fill(T::ZERO);
            }
            Window::Forgetting(factor) => {
                let (newest, all) =
                    self.memory.split_at_mut_checked(self.length).unwrap_or_default();
                weigh(all, T::from(factor));
                add(all, newest);
                newest.fill(T::ZERO);
            }
        }
    }

    /// Adds block number `step` of a window to its sum, the oldest first; returns true after the last one. No block of the
    /// window changes before the next one is closed, so the sum may be spread over that time.
    pub(crate) fn add_to(&mut self, snapshot: &mut [T], filling: Filling, step: usize) -> bool {
        if step == 0 {
            snapshot.fill(T::ZERO);
        }
        let (slot, last) = match self.window {
            Window::Blocks(blocks) => {
                let slot = filling.slot.saturating_add(step).saturating_add(1);
                let slots = blocks.saturating_add(1);
                (if slot < slots { slot } else { slot.saturating_sub(slots) }, blocks)
            }
            Window::Forgetting(_) => (1, 1),
        };
        add(snapshot, self.block(slot));
        step.saturating_add(1) >= last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Closes blocks that hold their number, and adds the window up.
    fn window(window: Window, closings: usize) -> f64 {
        let length = TALLY;
        let mut memory = vec![0.0; length * window.slots()];
        let mut blocks = Blocks { window, length, memory: &mut memory };
        let mut filling = Filling::default();
        for k in 0..closings {
            blocks.block(filling.slot)[0] = k as f64;
            blocks.close(&mut filling);
        }
        let mut snapshot = vec![f64::NAN; length];
        let mut step = 0;
        while !blocks.add_to(&mut snapshot, filling, step) {
            step += 1;
        }
        snapshot[0]
    }

    #[test]
    fn a_window_is_the_last_blocks() {
        for closings in [0, 1, 3, 4, 5, 11] {
            let last: usize = (0..closings).rev().take(3).sum();
            assert_eq!(window(Window::Blocks(3), closings), last as f64);
        }
        assert_eq!(window(Window::Blocks(1), 7), 6.0);
    }

    #[test]
    fn forgetting_weighs_by_powers() {
        assert_eq!(window(Window::Forgetting(0.5), 5), 4.0 + 3.0 / 2.0 + 2.0 / 4.0 + 1.0 / 8.0);
    }
}
