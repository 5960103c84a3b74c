#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), no_std)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(all(feature = "std", not(test)))]
extern crate std;

mod conditioning;
#[cfg(feature = "alloc")]
mod conditions;
mod covariance;
mod dmd;
mod embedding;
mod error;
#[cfg(feature = "std")]
mod grid;
mod lag_covariance;
mod matrix;
#[cfg(feature = "std")]
mod pairwise;
#[cfg(feature = "std")]
mod pairwise_states;
mod rank;
mod recording;
mod scalar;
mod summation;

pub mod linalg;
pub mod monitor;
pub mod similarity;

pub use conditioning::{Centre, ChannelSet, Scale};
#[cfg(feature = "alloc")]
pub use conditions::ConditionMeans;
pub use covariance::Gram;
#[cfg(feature = "alloc")]
pub use dmd::Model;
pub use dmd::{Dmd, Horizon, ModelRef, Path, PredictionErrors, Shape, Warnings};
#[cfg(feature = "heapless")]
pub use embedding::DelayEmbedding;
pub use embedding::{DelayRing, Embedding, RingPosition};
pub use error::Error;
pub use lag_covariance::LagCovariance;
#[cfg(feature = "alloc")]
pub use matrix::Mat;
pub use matrix::{MatMut, MatRef};
#[cfg(feature = "std")]
pub use pairwise::{DistanceMatrix, Measure};
#[cfg(feature = "std")]
pub use pairwise_states::{BaselineMatrix, PairError};
pub use rank::Rank;
#[cfg(feature = "alloc")]
pub use rank::{
    DelayErrors, DelayEvidence, DelayRule, HeldOut, LatentEvidence, LatentRank, RankErrors,
    RankEvidence, StateOrder, StudyRank,
};
pub use recording::Recording;
pub use scalar::Scalar;
pub use similarity::UnequalRanks;
pub use similarity::baseline::{Baseline, BaselineComparison, BaselineMethod};
#[cfg(feature = "alloc")]
pub use similarity::comparison::Comparison;
pub use similarity::comparison::ComparisonRef;
pub use similarity::procrustes::{Effort, Metric, Procrustes};
pub use similarity::spectrum::{Wasserstein, WassersteinOrder};
