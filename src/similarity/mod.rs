//! Distances between operators; beside them, between states.

mod ascent;
pub mod baseline;
mod bound;
mod chord;
pub mod comparison;
#[cfg(feature = "alloc")]
mod dual;
mod effort;
pub mod frame;
pub(crate) mod many;
mod outcome;
mod pool;
mod precision;
pub mod procrustes;
mod round;
mod search;
mod small;
pub mod spectrum;
mod start;
pub mod stepwise;

/// What to do with two operators of different ranks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum UnequalRanks {
    /// Refuse them.
    #[default]
    Error,
    /// Pad the smaller with zeros.
    Pad,
    /// Transport unequal masses exactly (spectra only).
    Transport,
}
