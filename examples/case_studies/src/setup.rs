//! What all studies share.

/// How a run is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setup {
    /// Smaller populations.
    pub quick: bool,
}

impl Setup {
    /// The full size, or that of a quick run.
    pub const fn size(&self, full: usize, quick: usize) -> usize {
        if self.quick { quick } else { full }
    }
}

/// A seed for part `index` of a study: different for every seed below 2^24, study and index.
pub const fn child_seed(seed: u64, study: u64, index: usize) -> u64 {
    seed.wrapping_mul(1_000_000).wrapping_add(study * 100_000).wrapping_add(index as u64)
}
