//! The plan of a fit: the options as they were typed, with a number in place of every rule that has been applied.

use crate::arguments::ModelArguments;
use dynamical_similarity::{Dmd, Rank};

/// How every recording is fitted.
#[derive(Debug, Clone, Copy)]
pub struct FitPlan<'a> {
    /// The options as they were typed.
    pub options: &'a ModelArguments,
    /// The number of delays: the one that was typed, or the one that a rule chose.
    pub delays: usize,
    /// The rank, or a rule that the fit itself applies to the spectrum of a recording.
    pub rank: Rank,
}

impl FitPlan<'_> {
    /// The settings of the library.
    #[must_use]
    pub fn dmd(&self) -> Dmd {
        self.options.dmd(self.delays, self.rank)
    }

    /// The same plan with a fixed rank.
    #[must_use]
    pub fn at_rank(self, rank: usize) -> Self {
        Self { rank: Rank::Fixed(rank), ..self }
    }
}
