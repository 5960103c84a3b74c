//! The case studies: `cargo run --release -p case_studies -- all --quick --output DIR`.
//!
//! | study | claim |
//! | --- | --- |
//! | A | the same dynamics seen through different layers: not told apart |
//! | A2 | trained networks of four kinds, two tasks: what is seen of either |
//! | B | different dynamics with the same averages: told apart |
//! | C | a ring attractor deformed, then cut |
//! | D | learning rules, without labels |
//! | E | the Lorenz benchmark, its cost, and limits |
//! | F | systems with known inputs |
//!
//! Each study makes its systems, fits, compares, scores, and prints what was measured beside the mark
//! that was set before. Pictures and matrices go to a folder.

pub mod attractors;
pub mod baselines;
#[cfg(test)]
mod checks;
pub mod classifier;
pub mod command;
pub mod compare;
pub mod files;
pub mod flip_flop;
pub mod inputs;
pub mod learning;
pub mod lorenz;
pub mod medoids;
pub mod network;
pub mod page;
pub mod pictures;
pub mod population;
pub mod report;
pub mod ring;
pub mod scores;
pub mod setup;
pub mod summary;
pub mod trained;

use dsa::problem::Problem;
use report::Outcome;
use setup::Setup;

/// A study: what it finds on one seed.
pub type Study = fn(&Setup, u64) -> Result<Outcome, Problem>;

/// All studies by their letters.
pub const STUDIES: [(&str, Study); 7] = [
    ("a", flip_flop::run),
    ("a2", trained::run),
    ("b", attractors::run),
    ("c", ring::run),
    ("d", learning::run),
    ("e", lorenz::run),
    ("f", inputs::run),
];
