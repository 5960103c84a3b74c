#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), no_std)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(all(feature = "std", not(test)))]
extern crate std;

mod conditioning;
mod covariance;
mod embedding;
mod error;
mod matrix;
mod recording;
mod scalar;
mod summation;

pub mod linalg;
pub mod similarity;

pub use conditioning::{Centre, ChannelSet, Scale};
pub use covariance::Gram;
#[cfg(feature = "heapless")]
pub use embedding::DelayEmbedding;
pub use embedding::Embedding;
pub use error::Error;
#[cfg(feature = "alloc")]
pub use matrix::Mat;
pub use matrix::{MatMut, MatRef};
pub use recording::Recording;
pub use scalar::Scalar;
