//! The scores that a monitor can compute.

/// Something that there is one of for each score.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct PerScore<X> {
    /// For the spectral distance of the delay operator.
    pub(crate) operator: X,
    /// For that of the operator between canonical variates.
    pub(crate) canonical: X,
    /// For the gate.
    pub(crate) gate: X,
}

impl<X> PerScore<X> {
    /// The three in the order in which they are saved.
    pub(crate) const fn each(&self) -> [&X; 3] {
        [&self.operator, &self.canonical, &self.gate]
    }

    /// [`each`](Self::each), to write.
    pub(crate) const fn each_mut(&mut self) -> [&mut X; 3] {
        [&mut self.operator, &mut self.canonical, &mut self.gate]
    }
}

/// The scores that are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Scores {
    /// The spectral distance of the delay operator.
    #[default]
    Operator,
    /// The spectral distance of the delay operator, and that of the operator between canonical variates of past and
    /// future, which sees changes of topology in few dimensions (a ring that becomes a line). It needs r <= n floor(d /
    /// 2), about twice the time, and 3 (n floor(d / 2))² scalars if that exceeds the rest of the scratch.
    OperatorAndCanonical,
}
