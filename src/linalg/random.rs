//! Random numbers that are the same on every machine.

/// The splitmix64 generator: its state is a counter, so that any later draw can be computed at once.
///
/// Source: Steele, Lea & Flood, OOPSLA 2014, figure 17.
pub(crate) struct SplitMix {
    state: u64,
}

impl SplitMix {
    const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

    /// The generator of a seed, after a number of draws.
    #[inline]
    pub(crate) const fn after(seed: u64, draws: u64) -> Self {
        Self { state: seed.wrapping_add(Self::STEP.wrapping_mul(draws)) }
    }

    #[inline]
    pub(crate) const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(Self::STEP);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `count`, uniform to count / 2^64; 0 if `count` is 0.
    #[cfg(feature = "alloc")]
    pub(crate) const fn below(&mut self, count: usize) -> usize {
        ((self.next() as u128 * count as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::SplitMix;

    #[test]
    fn draws_can_be_skipped() {
        let mut one = SplitMix::after(12345, 0);
        let draws: Vec<u64> = (0..10).map(|_| one.next()).collect();
        assert_eq!(SplitMix::after(12345, 7).next(), draws[7]);
        // The first number of the published sequence from seed 0.
        assert_eq!(SplitMix::after(0, 0).next(), 0xE220_A839_7B1D_CDAF);
    }

    #[test]
    fn numbers_below_a_count_are_uniform() {
        let mut draws = SplitMix::after(1, 0);
        let mut seen = [0_usize; 7];
        (0..70_000).for_each(|_| seen[draws.below(7)] += 1);
        assert!(seen.iter().all(|count| count.abs_diff(10_000) < 400), "{seen:?}");
        assert_eq!(draws.below(0), 0);
    }
}
