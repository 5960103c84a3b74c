//! The scores that a monitor can compute.

/// Which scores are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Scores {
    /// The spectral distance of the delay operator.
    #[default]
    Operator,
    /// That, and the same of the operator between canonical variates of past and future, which sees changes of topology
    /// in few dimensions (a ring that becomes a line). Needs r <= n floor(d / 2), about as much time again, and 3 (n
    /// floor(d / 2))² scalars where that is more than the rest of the scratch.
    OperatorAndCanonical,
}
