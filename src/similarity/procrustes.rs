//! procrustes
