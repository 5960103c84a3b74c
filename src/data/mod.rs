//! Recordings and their second moments: from samples to delay windows and sums of products.

#[cfg(feature = "alloc")]
mod autocorrelation;
#[cfg(feature = "alloc")]
pub(crate) mod blocks;
pub(crate) mod centring;
pub(crate) mod channels;
#[cfg(feature = "alloc")]
pub(crate) mod compensated_gram;
#[cfg(feature = "alloc")]
pub(crate) mod condition_means;
pub(crate) mod embedding;
pub(crate) mod gram;
#[cfg(feature = "alloc")]
pub(crate) mod halves;
pub(crate) mod lag_covariance;
pub(crate) mod lag_sums;
#[cfg(feature = "nalgebra")]
mod matrices;
pub(crate) mod recording;
#[cfg(feature = "alloc")]
pub(crate) mod sample_blocks;
#[cfg(feature = "alloc")]
pub(crate) mod samples;
#[cfg(feature = "alloc")]
pub(crate) mod stft;
pub(crate) mod summation;
