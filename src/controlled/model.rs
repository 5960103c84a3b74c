//! Models of controlled systems: A, B and C, the noise beside them, and what follows from them.

use super::blocks::product;
use super::distance::ControlledSystem;
use crate::error::Error;
use crate::linalg::eigenvalues::eigenvalues_in;
use crate::matrix::{Mat, MatRef, try_reserve, try_zeros};
use alloc::vec::Vec;

/// Covariances over the columns of the fit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Noise {
    /// Q of w, n x n
    pub(super) process: Mat<f64>,
    /// R of v, p x p
    pub(super) observation: Mat<f64>,
    /// S of w and v, n x p
    pub(super) cross: Mat<f64>,
    /// Of the states, n x n
    pub(super) state: Mat<f64>,
    /// Of the outputs, p x p
    pub(super) output: Mat<f64>,
}

/// `x[t+1] = A x[t] + B u[t] + w[t]`, `y[t] = C x[t] + v[t]`, as [`Subspace`](super::Subspace) or [`Dmdc`](super::Dmdc) found it.
///
/// States have no units of their own: any invertible change of their basis gives the same outputs. The basis is the one in which
/// the method found them, balanced by the singular values, up to signs and rotations of equal ones.
///
/// With the feature `serde` a model can be written and read again, to the bit where the format keeps the bits of a float; what was
/// damaged is refused.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(into = "super::stored_model::StoredModel"))]
#[cfg_attr(feature = "serde", serde(try_from = "super::stored_model::StoredModel"))]
pub struct ControlledModel {
    pub(super) a: Mat<f64>,
    pub(super) b: Mat<f64>,
    pub(super) c: Mat<f64>,
    pub(super) noise: Noise,
    pub(super) singular_values: Vec<f64>,
    pub(super) columns: usize,
    /// Samples of inputs that act at once, the newest first.
    pub(super) input_delays: usize,
}

impl ControlledModel {
    /// The number n of states.
    #[must_use]
    pub fn order(&self) -> usize {
        self.a.as_ref().rows()
    }

    /// The number of inputs m of a recording.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.b.as_ref().cols().checked_div(self.input_delays).unwrap_or(0)
    }

    /// The number of outputs p.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.c.as_ref().rows()
    }

    /// A, n x n.
    #[must_use]
    pub fn state_matrix(&self) -> MatRef<'_, f64> {
        self.a.as_ref()
    }

    /// B, n x m; n x (m d) after [`Dmdc`](super::Dmdc) with d delays of inputs, the newest input first.
    #[must_use]
    pub fn input_matrix(&self) -> MatRef<'_, f64> {
        self.b.as_ref()
    }

    /// C, p x n.
    #[must_use]
    pub fn output_matrix(&self) -> MatRef<'_, f64> {
        self.c.as_ref()
    }

    /// A and B, for distances.
    #[must_use]
    pub fn system(&self) -> ControlledSystem<'_, f64> {
        ControlledSystem { state_matrix: self.a.as_ref(), input_matrix: self.b.as_ref() }
    }

    /// Q, n x n: the covariance of what A x + B u leaves of the next state.
    #[must_use]
    pub fn process_noise(&self) -> MatRef<'_, f64> {
        self.noise.process.as_ref()
    }

    /// R, p x p: the covariance of what C x leaves of the outputs.
    #[must_use]
    pub fn observation_noise(&self) -> MatRef<'_, f64> {
        self.noise.observation.as_ref()
    }

    /// S, n x p: the covariance of the two, which is not 0, because states are found from noisy outputs.
    #[must_use]
    pub fn cross_noise(&self) -> MatRef<'_, f64> {
        self.noise.cross.as_ref()
    }

    /// The singular values that the order was chosen from, descending, all of them.
    #[must_use]
    pub fn singular_values(&self) -> &[f64] {
        &self.singular_values
    }

    /// Columns of the fit, the number of pairs of states that A and B rest on.
    #[must_use]
    pub const fn columns(&self) -> usize {
        self.columns
    }

    /// The eigenvalues of A as (real, imaginary), by descending modulus, conjugate pairs adjacent.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`], [`Error::NotConverged`] (not seen).
    pub fn eigenvalues(&self) -> Result<Vec<(f64, f64)>, Error> {
        let order = self.order();
        let (mut copy, mut values) = (self.a.clone(), try_reserve(order)?);
        let (mut real, mut imaginary) = (try_zeros(order)?, try_zeros(order)?);
        eigenvalues_in(&mut copy.as_mut(), &mut real, &mut imaginary)?;
        values.extend(real.into_iter().zip(imaginary));
        Ok(values)
    }

    /// The first `count` Markov parameters C B, C A B, C A² B, ...: the outputs that an impulse of each input is followed
    /// by, p x m each. They do not depend on the basis of the states.
    ///
    /// # Errors
    /// [`Error::Overflow`] if A grows beyond the range of `f64`, [`Error::OutOfMemory`].
    pub fn markov_parameters(&self, count: usize) -> Result<Vec<Mat<f64>>, Error> {
        let mut parameters = try_reserve(count)?;
        let mut states = self.b.clone();
        for _ in 0..count {
            parameters.push(product(self.c.as_ref(), states.as_ref())?);
            states = product(self.a.as_ref(), states.as_ref())?;
        }
        Ok(parameters)
    }
}
