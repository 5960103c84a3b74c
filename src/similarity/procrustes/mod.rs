//! Procrustes analysis over vector fields.

mod bounds;
#[cfg(feature = "alloc")]
pub(crate) mod certify;
mod chords;
pub(crate) mod comparison;
mod conclude;
pub(crate) mod effort;
pub(crate) mod many_pairs;
mod order_two;
mod orthogonal;
mod plain;
mod plain_ascent;
mod precision;
pub(crate) mod prepared;
mod search;
pub(crate) mod settings;
pub(crate) mod stepwise;
