//! Saved states in two pages of flash that are written in turn.
//!
//! Flash is erased a page at a time and programmed a word at a time, and the power may fail in between. With two pages one
//! of them always holds a whole state:
//!
//! ```text
//! a page: the state of `Monitor::save`, a counter, the counter with all bits inverted
//! to restore:  of the pages whose checksum and counter are whole, take the one with the newer counter
//! to save:     erase the other page; program the state; program the counter and its inverse last
//! ```

use super::codec::Reader;
use super::saved_state::KIND;

/// Two pages of flash, as they are found after a restart or before the next save.
///
/// A page has [`Monitor::state_len`](super::Monitor::state_len) words of a state and [`SavedPages::COUNTER_LEN`] words of a counter. It may
/// be longer, and it may hold anything: a page that was never written, was erased, or was cut off while it was being
/// written counts as empty. Erase both pages to forget what they hold, for example when a new calibration arrives, because a
/// state of another calibration is found here and refused by [`Monitor::restore_in`](super::Monitor::restore_in).
///
/// ```
/// use dynamical_similarity::monitor::SavedPages;
///
/// # let state = [0_u32; 4];
/// let mut flash = [[u32::MAX; 1024]; 2]; // erased
/// let [a, b] = &flash;
/// let pages = SavedPages::new(a, b, state.len());
/// assert!(pages.newest().is_none()); // nothing to restore: begin a new monitor
/// let next = pages.next();
/// let page = &mut flash[next.page];
/// page.fill(u32::MAX); // erase
/// page[..state.len()].copy_from_slice(&state); // the words of `Monitor::save`
/// page[state.len()..][..SavedPages::COUNTER_LEN].copy_from_slice(&next.counter);
/// ```
///
/// Cost: each of [`newest`](Self::newest) and [`next`](Self::next) reads both states once, some 40 instructions a byte.
#[derive(Clone, Copy, Debug)]
pub struct SavedPages<'a> {
    pages: [Page<'a>; 2],
}

/// A state and the counter that follows it.
#[derive(Clone, Copy, Debug)]
struct Page<'a> {
    state: &'a [u32],
    counter: &'a [u32],
}

impl<'a> Page<'a> {
    fn new(words: &'a [u32], state_len: usize) -> Self {
        let (state, counter) = words.split_at_checked(state_len).unwrap_or_default();
        Self { state, counter }
    }

    /// The counter of a page that was written to its end.
    fn counter(self) -> Option<u32> {
        match *self.counter {
            [counter, inverse, ..] if counter == !inverse => {
                Reader::new(self.state, KIND).ok().map(|_| counter)
            }
            _ => None,
        }
    }
}

/// Where the next state goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextPage {
    /// Which page to erase and to program: 0 or 1. The other one is left as it is.
    pub page: usize,
    /// The words to program after those of the state, once these are in place.
    pub counter: [u32; SavedPages::COUNTER_LEN],
}

impl<'a> SavedPages<'a> {
    /// Words of a page in addition to those of a state.
    pub const COUNTER_LEN: usize = 2;

    /// Two pages with states of `state_len` words.
    #[must_use]
    pub fn new(first: &'a [u32], second: &'a [u32], state_len: usize) -> Self {
        Self { pages: [Page::new(first, state_len), Page::new(second, state_len)] }
    }

    /// The page that was written last, and its counter.
    fn last(&self) -> Option<(usize, u32)> {
        let [first, second] = self.pages.map(Page::counter);
        match (first, second) {
            (None, None) => None,
            (Some(counter), None) => Some((0, counter)),
            (None, Some(counter)) => Some((1, counter)),
            // The counter wraps around: the newer one is ahead by less than half of its range.
            (Some(first), Some(second)) if second.wrapping_sub(first) as i32 > 0 => {
                Some((1, second))
            }
            (Some(first), Some(_)) => Some((0, first)),
        }
    }

    /// The newest state that was saved to its end, for [`Monitor::restore_in`](super::Monitor::restore_in); `None` if
    /// neither page has one.
    #[must_use]
    pub fn newest(&self) -> Option<&'a [u32]> {
        let (page, _) = self.last()?;
        self.pages.get(page).map(|page| page.state)
    }

    /// Where the next state goes: never the page that holds the newest one.
    #[must_use]
    pub fn next(&self) -> NextPage {
        let (page, counter) = match self.last() {
            None => (0, 0),
            Some((page, counter)) => (1_usize.saturating_sub(page), counter.wrapping_add(1)),
        };
        NextPage { page, counter: [counter, !counter] }
    }
}
