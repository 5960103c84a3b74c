//! eigenvalues
