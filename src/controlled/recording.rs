//! Trials of a controlled system: outputs, and the inputs that drove them.

use crate::data::recording::Recording;
use crate::error::Error;
use crate::matrix::check;
use crate::scalar::Scalar;

/// One trial of a controlled system: inputs u (m channels) and outputs y (p channels) at the same times. `u[t]` acts on the
/// state after `y[t]` was observed, so it shows in `y[t+1]` at the earliest. Several trials, of any lengths, are a slice of these.
///
/// ```
/// use dynamical_similarity::{Error, Recording, controlled::ControlledRecording};
/// let (inputs, outputs) = ([0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0, 2.0]);
/// let (inputs, outputs) = (Recording::new(&inputs, 1)?, Recording::new(&outputs, 2)?);
/// let trial = ControlledRecording::new(inputs, outputs)?;
/// assert_eq!((trial.samples(), trial.inputs().channels(), trial.outputs().channels()), (3, 1, 2));
/// let short = Recording::new(&[0.0, 1.0], 1)?;
/// assert!(matches!(ControlledRecording::new(short, outputs), Err(Error::ShapeMismatch { .. })));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ControlledRecording<'a, T> {
    inputs: Recording<'a, T>,
    outputs: Recording<'a, T>,
}

impl<'a, T: Scalar> ControlledRecording<'a, T> {
    /// Joins the inputs and the outputs of a trial.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if they do not have the same number of samples.
    pub fn new(inputs: Recording<'a, T>, outputs: Recording<'a, T>) -> Result<Self, Error> {
        check("the number of samples of the inputs", outputs.samples(), inputs.samples())?;
        Ok(Self { inputs, outputs })
    }

    /// The inputs u, time x m.
    #[must_use]
    pub const fn inputs(&self) -> Recording<'a, T> {
        self.inputs
    }

    /// The outputs y, time x p.
    #[must_use]
    pub const fn outputs(&self) -> Recording<'a, T> {
        self.outputs
    }

    /// The number of samples in time.
    #[must_use]
    pub const fn samples(&self) -> usize {
        self.outputs.samples()
    }
}

/// Numbers of inputs m and outputs p.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Channels {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
}

impl Channels {
    /// Those of all trials.
    ///
    /// # Errors
    /// [`Error::Empty`] without a trial, [`Error::ShapeMismatch`] if the trials disagree.
    pub(super) fn of<T: Scalar>(trials: &[ControlledRecording<'_, T>]) -> Result<Self, Error> {
        let first = trials.first().ok_or(Error::Empty)?;
        let channels = Self { inputs: first.inputs.channels(), outputs: first.outputs.channels() };
        for trial in trials {
            check("the number of inputs of a trial", channels.inputs, trial.inputs.channels())?;
            check("the number of outputs of a trial", channels.outputs, trial.outputs.channels())?;
        }
        Ok(channels)
    }

    /// m + p
    pub(super) const fn both(self) -> usize {
        self.inputs.saturating_add(self.outputs)
    }
}
