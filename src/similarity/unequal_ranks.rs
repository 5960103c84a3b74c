//! The rule for operators of different ranks.

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
