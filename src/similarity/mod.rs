//! Distances between operators.

pub mod bound;
pub mod procrustes;
pub mod spectrum;
