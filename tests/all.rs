//! All tests of the public interface in one program: what they share of the library is compiled once.

mod alignment;
mod baseline;
mod baseline_golden;
mod certify;
mod common;
mod degenerate;
mod determinism;
mod embedding;
mod fit_paths;
mod golden_operators;
mod golden_pairs;
mod invariance;
mod known_distances;
mod linalg_dense;
mod linalg_spectral;
mod metric;
mod monitor;
mod monitor_input;
mod monitor_limits;
mod monitor_operators;
mod prediction;
mod rank;
mod reference_surprises;
mod requirements;
mod spectrum;
