//! What a monitor computes.

/// What is computed for a report. No decision depends on the choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Scores {
    /// The lag spectra, the gate and the noise level: all that a decision needs.
    #[default]
    Spectra,
    /// In addition, the delay operator of the window, for the Procrustes angle on request. The subspace iteration that finds it
    /// takes several times the work of all else.
    SpectraAndOperator,
}
