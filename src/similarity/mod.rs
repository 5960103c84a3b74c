//! Distances between operators.

#[cfg(feature = "std")]
pub(crate) mod distance_matrix;
#[cfg(feature = "alloc")]
pub mod fan;
#[cfg(feature = "std")]
pub(crate) mod neighbours;
mod plain_wasserstein;
pub(crate) mod procrustes;
pub(crate) mod unequal_ranks;
pub(crate) mod wasserstein;
