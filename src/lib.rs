#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), no_std)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(all(feature = "std", not(test)))]
extern crate std;

mod error;
mod matrix;
mod recording;
mod scalar;

pub mod linalg;
pub mod similarity;

pub use error::Error;
#[cfg(feature = "alloc")]
pub use matrix::Mat;
pub use matrix::{MatMut, MatRef};
pub use recording::Recording;
pub use scalar::Scalar;
