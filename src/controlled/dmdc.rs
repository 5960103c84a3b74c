//! Dynamic mode decomposition with control.
//!
//! Proctor, Brunton & Kutz, "Dynamic mode decomposition with control", SIAM J. Appl. Dyn. Syst. 15 (2016) 142. With delay
//! windows h of outputs and g of inputs, the newest sample first, and pairs (h[t], g[t]) -> h[t+1] inside each trial:
//!
//! ```text
//! [X; G] = columns h[t] and g[t],  Y = columns h[t+1]
//! [X; G] = U S Vᵀ, its directions that are more than rounding
//! [Ā B̄] = Y V (S² + ridge I)⁻¹ S Uᵀ
//! Y = Û Ŝ V̂ᵀ, n of them
//! A = Ûᵀ Ā Û,  B = Ûᵀ B̄,  C = the p newest rows of Û
//! ```

use super::blocks::{Decomposition, block, product, transposed, transposed_product};
use super::model::ControlledModel;
use super::order::Order;
use super::recording::{Channels, ControlledRecording};
use super::regression::{Operators, Rows};
use super::subspace::check_ridge;
use crate::error::{Error, Setting};
use crate::linalg::qr;
use crate::matrix::{Cells, Mat, MatMut, area, try_zeros};
use crate::scalar::Scalar;

/// Windows that are appended to the triangle at once.
const BLOCK: usize = 128;
/// Singular values below this share of the largest are rounding.
const ROUNDING: f64 = 1e-11;

/// Settings of dynamic mode decomposition with control.
///
/// The states are delay windows of outputs, projected on their leading directions. Noise in the outputs is noise in
/// the regressors, so eigenvalues are shrunk by it, and a hidden state needs enough delays; [`Subspace`](super::Subspace) has
/// neither weakness, and is the method to begin with.
///
/// ```
/// # use dynamical_similarity::{Recording, controlled::{ControlledRecording, Dmdc, Order}};
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
/// let model = Dmdc::new(1).order(Order::Fixed(1)).fit(&[trial])?;
/// assert!((model.state_matrix().at(0, 0) - 0.8).abs() < 1e-12);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Dmdc {
    delays: usize,
    input_delays: usize,
    order: Order,
    ridge: f64,
}

impl Dmdc {
    /// Windows of `delays` samples of outputs and of 1 sample of inputs; the order holds 99.9 % of the squares; no ridge.
    #[must_use]
    pub const fn new(delays: usize) -> Self {
        Self { delays, input_delays: 1, order: Order::Squares(0.999), ridge: 0.0 }
    }

    /// Delays of inputs, at least 1. With more than one, B has a column for each delay of each input.
    #[must_use]
    pub const fn input_delays(self, input_delays: usize) -> Self {
        Self { input_delays, ..self }
    }

    /// The rule for the number of states, from the singular values of the next windows.
    #[must_use]
    pub const fn order(self, order: Order) -> Self {
        Self { order, ..self }
    }

    /// The ridge of the regression, at least 0, in units of squared samples.
    #[must_use]
    pub const fn ridge(self, ridge: f64) -> Self {
        Self { ridge, ..self }
    }

    /// Fits the system that gave all `trials`.
    ///
    /// # Errors
    /// - [`Error::InvalidSetting`] for a setting outside its range,
    /// - [`Error::Empty`] without trials, [`Error::ShapeMismatch`] if they have different channels,
    /// - [`Error::TooShort`] for a trial without a pair of windows,
    /// - [`Error::TooFewColumns`] if there are fewer pairs than entries of a window of outputs and inputs,
    /// - [`Error::InputsNotExciting`] if a combination of inputs is zero at all times,
    /// - [`Error::DegenerateSignal`] if all outputs are zero, [`Error::RankTooLarge`] for more states than directions,
    /// - [`Error::Overflow`], [`Error::OutOfMemory`].
    ///
    /// Cost, with w = 2 p delays + m input delays: w² multiply-adds per sample, and about 20 w³ flops.
    pub fn fit<T: Scalar>(
        &self,
        trials: &[ControlledRecording<'_, T>],
    ) -> Result<ControlledModel, Error> {
        let channels = Channels::of(trials)?;
        self.validate(channels)?;
        let (factor, columns) = self.triangle(channels, trials)?;
        let factor = factor.as_ref();
        let (outputs, inputs) =
            (area(self.delays, channels.outputs), area(self.input_delays, channels.inputs));
        let before = outputs.saturating_add(inputs);
        let part = |columns| block(factor, 0..factor.rows(), columns);
        let (present, next) = (part(0..before)?, part(before..factor.cols())?);
        let weights = self.regression(inputs, &present, &next)?;
        let Decomposition { values, right, .. } = Decomposition::of(next.as_ref())?;
        let largest = values.first().copied().unwrap_or(0.0);
        if !(largest > 0.0) {
            return Err(Error::DegenerateSignal { channel: None });
        }
        let available = values.iter().filter(|s| **s > ROUNDING * largest).count();
        let order = self.order.choose(&values, available)?;
        let basis = right.as_ref().leading_columns(order);
        // Rows of the weights are entries of [h; g], columns those of the next h.
        let of_next = product(weights.as_ref(), basis)?;
        let of_states = block(of_next.as_ref(), 0..outputs, 0..order)?;
        let of_inputs = block(of_next.as_ref(), outputs..before, 0..order)?;
        let operators = Operators {
            a: transposed_product(of_states.as_ref(), basis)?,
            b: transposed(of_inputs.as_ref())?,
            c: block(basis, 0..channels.outputs, 0..order)?,
        };
        let rows = Rows {
            states: product(part(0..outputs)?.as_ref(), basis)?,
            inputs: part(outputs..before)?,
            next: product(next.as_ref(), basis)?,
            outputs: part(0..channels.outputs)?,
            columns,
        };
        let model = rows.model(operators, values)?;
        Ok(ControlledModel { input_delays: self.input_delays, ..model })
    }

    fn validate(&self, channels: Channels) -> Result<(), Error> {
        let width = area(self.delays, channels.outputs)
            .saturating_mul(2)
            .saturating_add(area(self.input_delays, channels.inputs));
        let fits = area(width, width) < usize::MAX;
        if self.delays == 0 || self.input_delays == 0 || !fits {
            return Err(Error::InvalidSetting {
                setting: Setting::Delays,
                expected: "at least 1, of outputs and of inputs, and so few that windows fit into memory",
            });
        }
        self.order.validate()?;
        check_ridge(self.ridge)
    }

    /// R of all pairs, rows [h; g; next h], and their number.
    fn triangle<T: Scalar>(
        &self,
        channels: Channels,
        trials: &[ControlledRecording<'_, T>],
    ) -> Result<(Mat<f64>, usize), Error> {
        let (n, m) = (channels.outputs, channels.inputs);
        let (outputs, inputs) = (area(self.delays, n), area(self.input_delays, m));
        let width = outputs + inputs + outputs;
        let reach = self.delays.max(self.input_delays);
        let mut factor = Mat::zeros(width, width)?;
        let (mut windows, mut columns) = (try_zeros(area(BLOCK, width))?, 0_usize);
        for (index, trial) in trials.iter().enumerate() {
            if trial.samples() <= reach {
                let needed = reach.saturating_add(1);
                return Err(Error::TooShort { trial: index, needed, got: trial.samples() });
            }
            let pairs = trial.samples() - reach;
            columns = columns.saturating_add(pairs);
            for first in (0..pairs).step_by(BLOCK) {
                let count = (pairs - first).min(BLOCK);
                let mut rows = MatMut::over(&mut windows, count, width);
                for (entry, column) in rows.columns_mut().enumerate() {
                    for (k, to) in column.iter_mut().enumerate() {
                        let t = first + k + reach - 1;
                        *to = if entry < outputs {
                            trial.outputs().sample(t - entry / n).at(entry % n).into()
                        } else if entry < outputs + inputs {
                            let entry = entry - outputs;
                            trial.inputs().sample(t - entry / m).at(entry % m).into()
                        } else {
                            let entry = entry - outputs - inputs;
                            trial.outputs().sample(t + 1 - entry / n).at(entry % n).into()
                        };
                    }
                }
                qr::append_rows_in(&mut factor.as_mut(), &mut rows)?;
            }
        }
        let needed = outputs + inputs;
        if columns < needed {
            return Err(Error::TooFewColumns { needed, got: columns });
        }
        Ok((factor, columns))
    }

    /// [Ā B̄]ᵀ, by the singular value decomposition of [X; G].
    fn regression(
        &self,
        inputs: usize,
        before: &Mat<f64>,
        next: &Mat<f64>,
    ) -> Result<Mat<f64>, Error> {
        let width = before.as_ref().cols();
        let Decomposition { left, values, right } = Decomposition::of(before.as_ref())?;
        let largest = values.first().copied().unwrap_or(0.0);
        // What outputs do not say of the inputs: rows of R below those of the outputs.
        let outputs = width.saturating_sub(inputs);
        let own = block(before.as_ref(), 0..before.as_ref().rows(), outputs..width)?;
        let own = Decomposition::of(own.as_ref())?.values;
        let most = own.first().copied().unwrap_or(0.0);
        let got = own.iter().filter(|s| **s > ROUNDING * most).count();
        if got < inputs {
            return Err(Error::InputsNotExciting { needed: inputs, got });
        }
        let mut turned = transposed_product(left.as_ref(), next.as_ref())?;
        for column in turned.as_mut().columns_mut() {
            for (x, s) in column.iter_mut().zip(&values) {
                let kept = *s > ROUNDING * largest;
                *x = if kept { *x * s / (s * s + self.ridge) } else { 0.0 };
            }
        }
        product(right.as_ref(), turned.as_ref())
    }
}
