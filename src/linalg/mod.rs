//! Linear algebra on borrowed views with the caller's memory: one algorithm a file, bounded, panic-free.

pub mod assignment;
mod bidiagonal;
pub mod eigenvalues;
mod elementary;
pub mod jacobi;
pub mod qr;
pub mod solve;
mod stacked;
pub mod svd;
pub mod symmetric;
pub mod transport;
