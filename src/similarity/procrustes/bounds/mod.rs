//! Lower bounds of the Procrustes distance.

#[cfg(feature = "alloc")]
pub(super) mod semidefinite;
pub(super) mod spectral;
