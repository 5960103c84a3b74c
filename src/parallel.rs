//! A map over items on all cores.

use alloc::vec::Vec;

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
