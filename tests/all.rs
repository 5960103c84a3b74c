//! All tests of the public interface in one program: what they share of the library is compiled once.

mod alignment;
#[cfg(feature = "std")]
mod allocations;
mod baseline;
mod baseline_golden;
mod centring;
mod certify;
mod common;
mod controlled;
mod degenerate;
mod determinism;
mod directions;
mod embedding;
mod examples;
#[cfg(feature = "std")]
mod fan;
mod finite;
mod fit_paths;
mod golden_operators;
mod golden_pairs;
mod invariance;
mod known_distances;
mod lag_fit;
mod layers;
mod linalg_clusters;
mod linalg_degenerate;
mod linalg_dense;
mod linalg_frank;
mod linalg_spectral;
mod linalg_vectors;
mod links;
mod metric;
mod monitor;
mod monitor_front_end;
mod monitor_input;
mod monitor_limits;
mod monitor_operators;
mod monitor_pages;
mod monitor_score;
#[cfg(feature = "std")]
mod neighbours;
mod plain;
mod prediction;
mod rank;
mod reference_surprises;
#[cfg(feature = "std")]
mod reliability;
mod requirements;
#[cfg(feature = "std")]
mod resampling;
mod residuals;
mod several_ranks;
mod spectrum;
mod statistics;
mod stored_models;
