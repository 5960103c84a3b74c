//! Linear algebra on borrowed views with the caller's memory: one algorithm per file, bounded, panic-free.

pub mod assignment;
mod bidiagonal;
pub mod eigenvalues;
pub mod jacobi;
pub mod qr;
mod reflections;
mod scaling;
mod small_jacobi;
pub mod solve;
pub mod svd;
pub mod symmetric;
pub mod transport;
