//! Singular value decomposition.

pub use super::jacobi::orthogonalise_columns_in;
