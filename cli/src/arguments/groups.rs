//! Arguments of the statistics: tests for differences between classes, Mantel tests and resamples.

use clap::Args;
use std::path::PathBuf;

/// How classes, where --labels gives them, and other matrices of distances are tested.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Statistics")]
pub struct GroupArguments {
    /// A table with one line `file,stratum` per recording, for instance its subject. Recordings of one subject are not
    /// independent: labels are then exchanged only among recordings of the same stratum.
    #[arg(long, value_name = "FILE", requires = "labels")]
    pub strata: Option<PathBuf>,
    /// Random permutations of a test. Where the labels have at most so many different arrangements, all of them are
    /// taken and the p values are exact.
    #[arg(long, default_value_t = 9_999, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub permutations: u32,
    /// The seed of random permutations and resamples.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
}
