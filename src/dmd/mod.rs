//! Dynamic mode decomposition of a delay embedding: from recordings to an operator.

#[cfg(feature = "alloc")]
pub(crate) mod block_moments;
#[cfg(feature = "alloc")]
mod compensated;
mod coordinates;
mod directions;
mod fit;
mod lag_fit;
pub(crate) mod model;
pub(crate) mod prediction;
pub(crate) mod rank;
mod regression;
#[cfg(feature = "alloc")]
mod residuals;
pub(crate) mod settings;
#[cfg(feature = "alloc")]
mod several_ranks;
#[cfg(feature = "alloc")]
pub(crate) mod spectrum;
#[cfg(all(feature = "alloc", feature = "serde"))]
mod stored_model;
#[cfg(feature = "alloc")]
mod streamed;
mod whitening;
#[cfg(feature = "alloc")]
mod wide;
