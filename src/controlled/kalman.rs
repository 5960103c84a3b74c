//! The Kalman filter of a controlled model: predicted outputs, and latent states.
//!
//! Anderson & Moore, Optimal Filtering (1979), section 5.4 (noise of state and outputs correlated). With the covariances Q, R
//! and S of the model, from x = 0 and P the covariance of the states:
//!
//! ```text
//! for each sample:
//!     the predicted state x, the predicted output C x
//!     if the sample corrects:  E = C P Cᵀ + R,  K = (A P Cᵀ + S) E⁻¹    else  K = 0
//!     x = A x + B u + K (y - C x)
//!     P = (A - K C) P (A - K C)ᵀ + Q - K Sᵀ - S Kᵀ + K R Kᵀ
//! ```
//!
//! The last line is Joseph's form, a sum of two covariances, which rounding cannot make indefinite. R gets 1e-12 of the
//! variance of each output on its diagonal, so that E is invertible without noise, too.

use super::blocks::{product, transposed};
use super::model::ControlledModel;
use super::recording::ControlledRecording;
use crate::error::{Error, Setting};
use crate::linalg::solve;
use crate::matrix::{Mat, MatRef, check, copy, pieces_mut, try_zeros};
use crate::scalar::Scalar;

/// The share of the variance of an output that its noise has at least.
const LEAST_NOISE: f64 = 1e-12;

/// What a filter says of a trial: one column per sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Filtered {
    /// n x T: the state at each sample, from the samples before it.
    pub states: Mat<f64>,
    /// p x T: the predicted outputs, C x.
    pub outputs: Mat<f64>,
}

/// The state of the filter.
struct Filter<'m> {
    model: &'m ControlledModel,
    observation: Mat<f64>,
    covariance: Mat<f64>,
}

impl ControlledModel {
    /// Runs the Kalman filter over a trial, which may be new: predicted outputs and latent states of every sample.
    ///
    /// The outputs of samples 0, k, 2 k, ... correct the state, k = `correct_every`: with 1 every prediction is one
    /// step ahead, and with more than the trial's samples the outputs after the first are a simulation from the inputs.
    /// The first n or so samples are predicted worse, because the state is not known at the beginning.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] if `correct_every` is 0; [`Error::ShapeMismatch`] if the trial has other channels than the
    /// model; [`Error::Singular`] if an innovation covariance is singular (no output varied in the fit);
    /// [`Error::Overflow`] if states leave the range of `f64` (an unstable model).
    ///
    /// Cost: about 8 n³ + 6 n² p flops per sample.
    ///
    /// ```
    /// # use dynamical_similarity::{Recording, controlled::{ControlledRecording, Order, Subspace}};
    /// # let mut seed = 1_u64;
    /// # let mut noise = move || {
    /// #     seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    /// #     (seed >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    /// # };
    /// # let inputs: Vec<f64> = (0..500).map(|_| noise()).collect();
    /// # let (mut outputs, mut x) = (Vec::new(), 0.0);
    /// # for u in &inputs {
    /// #     outputs.push(x);
    /// #     x = 0.8 * x + u;
    /// # }
    /// # let trial = ControlledRecording::new(Recording::new(&inputs, 1)?, Recording::new(&outputs, 1)?)?;
    /// let model = Subspace::new(5).order(Order::Fixed(1)).fit(&[trial])?;
    /// let filtered = model.filter(&trial, 1)?;
    /// let predicted = filtered.outputs.as_ref().at(0, 400);
    /// assert!((predicted - trial.outputs().sample(400)[0]).abs() < 1e-6);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    pub fn filter<T: Scalar>(
        &self,
        trial: &ControlledRecording<'_, T>,
        correct_every: usize,
    ) -> Result<Filtered, Error> {
        if correct_every == 0 {
            let expected = "at least 1 sample between corrections";
            return Err(Error::InvalidSetting { setting: Setting::Horizon, expected });
        }
        check("the number of inputs of a trial", self.inputs(), trial.inputs().channels())?;
        check("the number of outputs of a trial", self.outputs(), trial.outputs().channels())?;
        let samples = trial.samples();
        let mut states = Mat::zeros(self.order(), samples)?;
        let mut outputs = Mat::zeros(self.outputs(), samples)?;
        let mut filter = Filter::new(self);
        let (mut state, mut surprise) =
            (Mat::zeros(self.order(), 1)?, Mat::zeros(self.outputs(), 1)?);
        let mut inputs = Mat::zeros(self.b.as_ref().cols(), 1)?;
        let mut until_correction = 0;
        for t in 0..samples {
            let predicted = product(self.c.as_ref(), state.as_ref())?;
            copy(states.as_mut().column_mut(t), state.as_ref().column(0));
            copy(outputs.as_mut().column_mut(t), predicted.as_ref().column(0));
            self.inputs_at(trial, t, inputs.as_mut().column_mut(0));
            let mut next = product(self.a.as_ref(), state.as_ref())?;
            next.as_mut().add(1.0, product(self.b.as_ref(), inputs.as_ref())?.as_ref());
            let corrects = until_correction == 0;
            let gain = filter.step(corrects)?;
            if let Some(gain) = gain {
                let seen = trial.outputs().sample(t).iter().zip(predicted.as_ref().column(0));
                let mut to = surprise.as_mut();
                let to = to.column_mut(0).iter_mut();
                to.zip(seen).for_each(|(to, (y, expected))| *to = (*y).into() - expected);
                next.as_mut().add(1.0, product(gain.as_ref(), surprise.as_ref())?.as_ref());
                until_correction = correct_every;
            }
            until_correction = until_correction.saturating_sub(1);
            next.as_ref().check_finite().map_err(|_| Error::Overflow { what: "a state" })?;
            state = next;
        }
        Ok(Filtered { states, outputs })
    }

    /// The inputs that act at time t, the newest first; zeros before the beginning.
    fn inputs_at<T: Scalar>(&self, trial: &ControlledRecording<'_, T>, t: usize, out: &mut [f64]) {
        let parts = pieces_mut(out, self.inputs());
        for (delay, part) in parts.enumerate() {
            match t.checked_sub(delay) {
                Some(past) => {
                    let from = trial.inputs().sample(past).iter();
                    part.iter_mut().zip(from).for_each(|(to, u)| *to = (*u).into());
                }
                None => part.fill(0.0),
            }
        }
    }
}

impl<'m> Filter<'m> {
    fn new(model: &'m ControlledModel) -> Self {
        let noise = &model.noise;
        let mut observation = noise.observation.clone();
        let outputs = noise.output.as_ref();
        let variances = || (0..outputs.rows()).map(|i| outputs.at(i, i));
        let largest = variances().fold(0.0, f64::max);
        for (i, variance) in variances().enumerate() {
            let least = LEAST_NOISE * variance.max(LEAST_NOISE * largest);
            let value = observation.as_ref().at(i, i) + least;
            observation.as_mut().set(i, i, value);
        }
        Self { model, observation, covariance: noise.state.clone() }
    }

    /// Moves the covariance on by a sample; returns the gain, if the sample corrects.
    fn step(&mut self, corrects: bool) -> Result<Option<Mat<f64>>, Error> {
        let (a, noise) = (self.model.a.as_ref(), &self.model.noise);
        let gain = if corrects { Some(self.gain()?) } else { None };
        let mut moved = Mat::copy_of(a)?;
        let mut covariance = noise.process.clone();
        if let Some(gain) = &gain {
            let by_c = product(gain.as_ref(), self.model.c.as_ref())?;
            moved.as_mut().add(-1.0, by_c.as_ref());
            let by_cross = product(gain.as_ref(), transposed(noise.cross.as_ref())?.as_ref())?;
            covariance.as_mut().add(-1.0, by_cross.as_ref());
            covariance.as_mut().add(-1.0, transposed(by_cross.as_ref())?.as_ref());
            covariance
                .as_mut()
                .add(1.0, sandwich(gain.as_ref(), self.observation.as_ref())?.as_ref());
        }
        covariance.as_mut().add(1.0, sandwich(moved.as_ref(), self.covariance.as_ref())?.as_ref());
        let mirrored = transposed(covariance.as_ref())?;
        covariance.as_mut().add(1.0, mirrored.as_ref());
        covariance.as_mut().scale(0.5);
        self.covariance = covariance;
        Ok(gain)
    }

    /// K = (A P Cᵀ + S) E⁻¹.
    fn gain(&self) -> Result<Mat<f64>, Error> {
        let (a, c) = (self.model.a.as_ref(), self.model.c.as_ref());
        let by_output = product(c, self.covariance.as_ref())?; // C P
        let mut innovation = product(by_output.as_ref(), transposed(c)?.as_ref())?;
        innovation.as_mut().add(1.0, self.observation.as_ref());
        let mut right = product(by_output.as_ref(), transposed(a)?.as_ref())?;
        right.as_mut().add(1.0, transposed(self.model.noise.cross.as_ref())?.as_ref());
        // Each output in units of its own innovation, so that units do not count as singular.
        let p = innovation.as_ref().rows();
        let mut sizes = try_zeros(p)?;
        for (i, size) in sizes.iter_mut().enumerate() {
            *size = 1.0 / libm::sqrt(innovation.as_ref().at(i, i));
        }
        let rescale = |matrix: &mut Mat<f64>| {
            for column in matrix.as_mut().columns_mut() {
                column.iter_mut().zip(&sizes).for_each(|(x, size)| *x *= size);
            }
        };
        rescale(&mut innovation);
        for (column, size) in innovation.as_mut().columns_mut().zip(&sizes) {
            column.iter_mut().for_each(|x| *x *= size);
        }
        rescale(&mut right);
        solve::solve_symmetric_in(&mut innovation.as_mut(), &mut right.as_mut())?;
        rescale(&mut right);
        transposed(right.as_ref())
    }
}

/// F P Fᵀ.
fn sandwich(f: MatRef<'_, f64>, p: MatRef<'_, f64>) -> Result<Mat<f64>, Error> {
    product(product(f, p)?.as_ref(), transposed(f)?.as_ref())
}
