//! Work on all cores: a map over items, and its progress.

use crate::error::Error;
use alloc::vec::Vec;
use core::ops::ControlFlow;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// f of all items, in their order, on all threads (feature `rayon`).
pub(crate) fn map_all<I: Send, R: Send>(items: Vec<I>, f: impl Fn(I) -> R + Sync + Send) -> Vec<R> {
    #[cfg(feature = "rayon")]
    {
        use rayon::prelude::*;
        items.into_par_iter().map(f).collect()
    }
    #[cfg(not(feature = "rayon"))]
    items.into_iter().map(f).collect()
}

/// The progress of a matrix of distances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Pairs that have been compared.
    pub done: usize,
    /// Pairs in all.
    pub total: usize,
}

/// What is called after each pair, if anything: by one thread at a time, in the order in which pairs finish. Where it returns
/// [`ControlFlow::Break`], no further pair is begun, and the comparison ends with [`Error::Stopped`]; a few pairs that other
/// threads are at work on are finished before that, without further calls.
pub type OnProgress<'c> = Option<&'c mut (dyn FnMut(Progress) -> ControlFlow<()> + Send)>;

/// Counts pairs from all threads and calls back for each.
pub(crate) struct PairCounter<'c> {
    state: Mutex<(usize, OnProgress<'c>)>,
    total: usize,
    stopped: AtomicBool,
}

impl<'c> PairCounter<'c> {
    pub(crate) const fn new(total: usize, on_progress: OnProgress<'c>) -> Self {
        Self { state: Mutex::new((0, on_progress)), total, stopped: AtomicBool::new(false) }
    }

    /// One more pair is compared.
    pub(crate) fn step(&self) {
        // A callback that has panicked in another thread leaves a number that is still right.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (done, on_progress) = &mut *state;
        *done = done.saturating_add(1);
        if let Some(call) = on_progress
            && !self.is_stopped()
            && call(Progress { done: *done, total: self.total }).is_break()
        {
            self.stopped.store(true, Ordering::Relaxed);
        }
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Whether another pair may be begun, or a result be returned.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.is_stopped() { Err(Error::Stopped) } else { Ok(()) }
    }
}
