//! Linear algebra on borrowed views, with the caller's memory: one algorithm per file, bounded, without panics.
//!
//! This is the engine room of the crate. It is public because firmware that links the crate anyway can use it, but it lies
//! outside the promise of stable names: functions here may be renamed, moved or removed in any release. Their results,
//! bounds and errors are documented and tested like all others.

pub mod assignment;
mod bidiagonal;
pub(crate) mod block_toeplitz;
#[cfg(feature = "alloc")]
pub(crate) mod doubled;
pub mod eigenvalues;
pub mod eigenvectors;
pub mod jacobi;
#[cfg(feature = "alloc")]
pub(crate) mod krylov;
#[cfg(feature = "std")]
pub(crate) mod parallel;
#[cfg(feature = "alloc")]
pub(crate) mod pivoted_cholesky;
pub mod plain_eigenvalues;
pub mod plain_jacobi;
pub mod qr;
pub(crate) mod random;
#[cfg(feature = "alloc")]
pub(crate) mod ranking;
mod reflections;
mod scaling;
mod small_jacobi;
pub mod solve;
pub(crate) mod subspace_iteration;
pub mod svd;
pub mod symmetric;
pub mod transport;
