#![doc = include_str!("../docs/crate-links.md")]
#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), no_std)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(all(feature = "std", not(test)))]
extern crate std;

mod baseline;
#[cfg(feature = "alloc")]
mod choose;
mod data;
mod dmd;
mod error;
mod matrix;
mod scalar;
mod similarity;

#[cfg(feature = "alloc")]
pub mod controlled;
pub mod linalg;
pub mod monitor;
#[cfg(feature = "alloc")]
pub mod statistics;

#[cfg(feature = "alloc")]
pub use baseline::features;
#[cfg(feature = "std")]
pub use baseline::matrix::{BaselineMatrix, PairError};
pub use baseline::{Baseline, BaselineComparison, BaselineMethod};
#[cfg(feature = "alloc")]
pub use choose::{
    common_rank::{CommonRank, RankEvidence},
    delays::{DelayErrors, DelayEvidence, DelayRule},
    held_out::{HeldOut, HeldOutTask, RankErrors},
    latent::{LatentEvidence, LatentRank},
    state_order::StateOrder,
};
#[cfg(feature = "alloc")]
pub use data::blocks::Blocks;
pub use data::centring::{Centre, Scale};
pub use data::channels::ChannelSet;
#[cfg(feature = "alloc")]
pub use data::condition_means::ConditionMeans;
#[cfg(feature = "heapless")]
pub use data::embedding::DelayEmbedding;
pub use data::embedding::{DelayRing, Embedding, RingPosition};
pub use data::gram::Gram;
#[cfg(feature = "alloc")]
pub use data::halves::Halves;
pub use data::lag_covariance::LagCovariance;
pub use data::lag_sums::LagSums;
pub use data::recording::Recording;
#[cfg(feature = "alloc")]
pub use data::sample_blocks::SampleBlocks;
#[cfg(feature = "alloc")]
pub use data::stft::Stft;
#[cfg(feature = "alloc")]
pub use dmd::block_moments::BlockMoments;
#[cfg(feature = "alloc")]
pub use dmd::model::Model;
pub use dmd::model::{FitPath, ModelRef, Warnings};
pub use dmd::prediction::{Horizon, PredictionErrors};
pub use dmd::rank::Rank;
pub use dmd::settings::{Dmd, Shape};
#[cfg(feature = "alloc")]
pub use dmd::spectrum::{Eigenvalue, Spectrum};
pub use error::{Error, Setting};
#[cfg(feature = "std")]
pub use linalg::parallel::{OnProgress, Progress};
#[cfg(feature = "alloc")]
pub use matrix::Mat;
pub use matrix::{MatMut, MatRef};
pub use scalar::Scalar;
#[cfg(feature = "std")]
pub use similarity::distance_matrix::{
    DistanceMatrix, HasOperator, Measure, PairDistance, compare_pairs, pair_distances,
};
#[cfg(feature = "alloc")]
pub use similarity::fan;
#[cfg(feature = "std")]
pub use similarity::neighbours::{Neighbour, Neighbours, nearest};
#[cfg(feature = "alloc")]
pub use similarity::procrustes::comparison::Comparison;
pub use similarity::procrustes::comparison::ComparisonRef;
pub use similarity::procrustes::effort::Effort;
pub use similarity::procrustes::prepared::Prepared;
pub use similarity::procrustes::settings::{Metric, Procrustes};
pub use similarity::procrustes::stepwise::StepwiseComparison;
pub use similarity::unequal_ranks::UnequalRanks;
pub use similarity::wasserstein::{Wasserstein, WassersteinOrder};
