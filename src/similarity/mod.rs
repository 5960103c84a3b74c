//! Distances between operators.

#[cfg(feature = "std")]
pub(crate) mod distance_matrix;
#[cfg(feature = "alloc")]
pub mod fan;
pub(crate) mod procrustes;
pub(crate) mod unequal_ranks;
pub(crate) mod wasserstein;
