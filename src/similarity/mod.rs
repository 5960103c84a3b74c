//! Distances between operators.

#[cfg(feature = "std")]
pub(crate) mod distance_matrix;
pub(crate) mod procrustes;
pub(crate) mod unequal_ranks;
pub(crate) mod wasserstein;
