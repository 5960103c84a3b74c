//! Dynamic mode decomposition of a delay embedding: recordings in, an operator out.

mod coordinates;
mod directions;
mod fit;
pub(crate) mod model;
pub(crate) mod prediction;
pub(crate) mod rank;
mod regression;
pub(crate) mod settings;
mod whitening;
