//! Subspace identification of (A, B, C) from inputs and outputs (N4SID).
//!
//! Van Overschee & De Moor, "N4SID: subspace algorithms for the identification of combined deterministic-stochastic
//! systems", Automatica 30 (1994) 75, and Subspace Identification for Linear Systems (1996), section 4.3. Column j of H
//! holds the inputs and outputs of the past, [j, j + q), and of the future, [j + q, j + 2 q), of one trial:
//!
//! ```text
//! H = [U_f; Z_p; Y_f] = L Qᵀ,  Z_p = [U_p; Y_p]              the triangle
//! O = L32 pinv(L22) Z_p                                      oblique projection of Y_f on Z_p along U_f
//! O = U S Vᵀ, n of them;  Gamma = U S^(1/2), X = S^(1/2) Vᵀ  column j of X is the state at j + q
//! [A B] = X₊ Zᵀ (Z Zᵀ + ridge I)⁻¹,  Z = [X; u[q]]           X₊ the states one sample later
//! C = the first p rows of Gamma
//! ```
//!
//! With X = P Z_p, P = S^(-1/2) Uᵀ L32 pinv(L22), the states of a column and of the next sample are both linear in the 2 q
//! samples that the column holds. So the regression needs the triangle alone, every column gives one pair, and no pair
//! crosses trials.

use super::blocks::{Decomposition, block, product, transposed, transposed_product};
use super::model::ControlledModel;
use super::moments::{WindowMoments, check_half};
use super::order::Order;
use super::recording::{Channels, ControlledRecording};
use super::regression::Rows;
use super::triangle::{Blocks, Triangle};
use crate::error::{Error, Setting};
use crate::linalg::{solve, svd};
use crate::matrix::{Mat, MatRef, check, copy, dot, try_zeros};
use crate::scalar::Scalar;
use alloc::vec::Vec;

/// The least share of the inputs' size that every combination of 2 q samples of inputs must have: what rounding to `f32`
/// leaves.
const LEAST_EXCITATION: f64 = 1e-7;

/// Settings of subspace identification.
///
/// With q of [`new`](Self::new) past and future samples, p outputs and m inputs, up to q p states can be found. Take q about
/// two to three times the number of states over the number of outputs, or so long that 2 q samples span what matters.
/// Samples are taken as they are: subtract means first, or an offset becomes a state of its own with an eigenvalue of 1.
///
/// | rotations .95 e^(±.3i), .9 e^(±i), .8 e^(±1.9i); m = 2, p = 3, 5 000 samples, q = 15, order 6 | worst error of an eigenvalue, median of six seeds | 20 Markov parameters, relative |
/// | --- | --- | --- |
/// | no noise | 1e-14 | 1e-13 |
/// | noise 1 % of each output | 1e-4 | 5e-4 |
/// | noise 10 % | 1e-3 | 5e-3 |
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Subspace {
    half: usize,
    order: Order,
    ridge: f64,
}

impl Subspace {
    /// Windows with `half` q samples of past and q of future; the order holds 99.9 % of the squares; no ridge.
    #[must_use]
    pub const fn new(half: usize) -> Self {
        Self { half, order: Order::Squares(0.999), ridge: 0.0 }
    }

    /// The rule for the number of states, from the singular values of the oblique projection.
    #[must_use]
    pub const fn order(self, order: Order) -> Self {
        Self { order, ..self }
    }

    /// The ridge of the regression for A and B, at least 0, in units of squared states (which the singular values are sums of).
    #[must_use]
    pub const fn ridge(self, ridge: f64) -> Self {
        Self { ridge, ..self }
    }

    /// q, the samples of the past, and of the future, of a window.
    #[must_use]
    pub const fn half(&self) -> usize {
        self.half
    }

    /// Identifies the system that gave all `trials`.
    ///
    /// A trial of N samples gives N - 2 q columns. Second moments of the windows are used where they keep enough digits,
    /// and QR of the windows otherwise.
    ///
    /// # Errors
    /// - [`Error::InvalidSetting`] for a setting outside its range,
    /// - [`Error::Empty`] without trials, [`Error::ShapeMismatch`] if they have different channels,
    /// - [`Error::TooShort`] for a trial of at most 2 q samples, which gives no column,
    /// - [`Error::TooFewColumns`] if there are fewer columns than the 2 q (m + p) rows of H,
    /// - [`Error::InputsNotExciting`] if a combination of 2 q samples of inputs is (nearly) zero at all times, as for constant
    ///   or slow inputs or a few sines,
    /// - [`Error::InputIsOutput`] if an output is a multiple of an input,
    /// - [`Error::Unpredictable`] if the past says nothing about the future that the inputs do not say,
    /// - [`Error::RankTooLarge`] for more states than directions,
    /// - [`Error::Overflow`], [`Error::OutOfMemory`].
    ///
    /// Cost, with w = 2 q (m + p): w (m + p) multiply-adds per sample, or w² by QR, and about 2 w³ flops.
    pub fn fit<T: Scalar>(
        &self,
        trials: &[ControlledRecording<'_, T>],
    ) -> Result<ControlledModel, Error> {
        self.validate(Channels::of(trials)?)?;
        self.identify(&Triangle::of(self.half, trials)?)
    }

    /// Identifies the system whose windows were summed by [`WindowMoments`]; trials that were not ended do not count.
    ///
    /// The same bits as [`fit`](Self::fit) where there is noise. Moments hold the squares of windows, so that without noise
    /// directions below about 1e-6 of the size of a window cannot be told from rounding; `fit` keeps those down to 1e-11.
    ///
    /// # Errors
    /// As [`fit`](Self::fit), and [`Error::ShapeMismatch`] if the moments have another q.
    pub fn fit_moments(&self, moments: &WindowMoments) -> Result<ControlledModel, Error> {
        check("the half of a window", self.half, moments.half())?;
        self.validate(moments.channels())?;
        self.identify(&Triangle::of_moments(moments)?)
    }

    fn validate(&self, channels: Channels) -> Result<(), Error> {
        check_half(self.half, channels)?;
        self.order.validate()?;
        check_ridge(self.ridge)
    }

    fn identify(&self, triangle: &Triangle) -> Result<ControlledModel, Error> {
        let (blocks, factor) = (triangle.blocks, triangle.factor.as_ref());
        if !triangle.full {
            check_inputs(triangle)?;
        }
        let weights = projection(triangle)?;
        // O has the singular values of (the first rows of R, in the columns of the past) times the weights.
        let past_end = blocks.past().end;
        let past = block(factor, 0..past_end, blocks.past())?;
        let oblique = transposed(product(past.as_ref(), weights.as_ref())?.as_ref())?;
        let decomposition = Decomposition::of(oblique.as_ref())?;
        let (values, left) = (decomposition.values, decomposition.left);
        let future = block(factor, 0..blocks.width(), blocks.future_outputs())?;
        let largest = values.first().copied().unwrap_or(0.0);
        if !(largest > triangle.rounding * future.as_ref().frobenius_norm()) {
            return Err(Error::Unpredictable);
        }
        let available = values.iter().filter(|s| **s > triangle.rounding * largest).count();
        let order = self.order.choose(&values, available)?;
        let (states_of, c) = state_map(&left, &values, &weights, blocks, order)?;
        let rows = rows_of(triangle, &states_of)?;
        let operators = rows.operators(c, self.ridge)?;
        rows.model(operators, values)
    }
}

/// # Errors
/// [`Error::InvalidSetting`] for a ridge that is negative or not finite.
pub(super) fn check_ridge(ridge: f64) -> Result<(), Error> {
    if (0.0..f64::INFINITY).contains(&ridge) {
        return Ok(());
    }
    Err(Error::InvalidSetting {
        setting: Setting::Ridge,
        expected: "a number that is not negative",
    })
}

/// Whether inputs excite all directions of 2 q samples, and no output is a multiple of an input.
fn check_inputs(triangle: &Triangle) -> Result<(), Error> {
    let Blocks { half, channels } = triangle.blocks;
    let factor = triangle.factor.as_ref();
    let needed = 2 * triangle.blocks.inputs();
    let mut inputs = block(factor, 0..needed, 0..needed)?;
    let sizes = channel_sizes(inputs.as_ref(), channels.inputs, 2 * half)?;
    let each = sizes.iter().cycle();
    inputs.as_mut().columns_mut().zip(each).for_each(|(column, size)| {
        column.iter_mut().for_each(|x| *x /= *size);
    });
    let mut values = try_zeros(needed)?;
    let mut memory = try_zeros(svd::values_memory_len(needed, needed))?;
    svd::values_in(inputs.as_ref(), &mut values, &mut memory)?;
    let largest = values.first().copied().unwrap_or(0.0);
    let got = values.iter().filter(|s| **s > LEAST_EXCITATION * largest).count();
    if got < needed {
        return Err(Error::InputsNotExciting { needed, got });
    }
    let first_output = triangle.blocks.future_outputs().start;
    for output in 0..channels.outputs {
        let y = factor.column(first_output + output);
        for input in 0..channels.inputs {
            if is_multiple(y, factor.column(input), triangle.rounding) {
                return Err(Error::InputIsOutput { input, output });
            }
        }
    }
    Ok(())
}

/// The root of the mean square of the columns of each channel, channels fastest; 1 for a channel of zeros.
fn channel_sizes(a: MatRef<'_, f64>, channels: usize, times: usize) -> Result<Vec<f64>, Error> {
    let mut sizes = try_zeros(channels)?;
    for (channel, size) in sizes.iter_mut().enumerate() {
        let columns = a.columns().skip(channel).step_by(channels.max(1)).take(times);
        let squares: f64 = columns.map(|x| x.iter().map(|x| x * x).sum::<f64>()).sum();
        *size = libm::sqrt(squares / times.max(1) as f64);
        if !(*size > 0.0) {
            *size = 1.0;
        }
    }
    Ok(sizes)
}

/// Whether y = a u but for rounding.
fn is_multiple(y: &[f64], u: &[f64], rounding: f64) -> bool {
    let factor = dot(y, u) / dot(u, u);
    let left: f64 = y.iter().zip(u).map(|(y, u)| (y - factor * u) * (y - factor * u)).sum();
    left <= rounding * rounding * dot(y, y)
}

/// (L32 pinv(L22))ᵀ, rows of the past x rows of the future outputs.
fn projection(triangle: &Triangle) -> Result<Mat<f64>, Error> {
    let (blocks, factor) = (triangle.blocks, triangle.factor.as_ref());
    let past = blocks.past();
    let mut weights = block(factor, past.clone(), blocks.future_outputs())?;
    let mut square = block(factor, past.clone(), past.clone())?;
    if triangle.full {
        square.as_mut().transpose();
        solve::solve_lower_transposed_in(square.as_ref(), &mut weights.as_mut())?;
        return Ok(weights);
    }
    // Channels in units of their own size, so that what is cut does not depend on units.
    let all = block(factor, 0..past.end, past)?;
    let (m, p, q) = (blocks.channels.inputs, blocks.channels.outputs, blocks.half);
    let (of_inputs, of_outputs) = (all.as_ref(), blocks.inputs());
    let outputs = of_inputs.columns_between(of_outputs, usize::MAX).ok_or(Error::Empty)?;
    let input_sizes = channel_sizes(of_inputs, m, q)?;
    let output_sizes = channel_sizes(outputs, p, q)?;
    let sizes = || {
        let inputs = input_sizes.iter().cycle().take(of_outputs);
        inputs.chain(output_sizes.iter().cycle().take(blocks.outputs()))
    };
    for (column, size) in square.as_mut().columns_mut().zip(sizes()) {
        column.iter_mut().for_each(|x| *x /= *size);
    }
    let Decomposition { left, values, right } = Decomposition::of(square.as_ref())?;
    let mut turned = transposed_product(left.as_ref(), weights.as_ref())?;
    for column in turned.as_mut().columns_mut() {
        for (x, value) in column.iter_mut().zip(&values) {
            *x = if *value > triangle.rounding { *x / value } else { 0.0 };
        }
    }
    weights = product(right.as_ref(), turned.as_ref())?;
    for column in weights.as_mut().columns_mut() {
        column.iter_mut().zip(sizes()).for_each(|(x, size)| *x /= *size);
    }
    Ok(weights)
}

/// Pᵀ, which makes states of the past, and C.
fn state_map(
    left: &Mat<f64>,
    values: &[f64],
    weights: &Mat<f64>,
    blocks: Blocks,
    order: usize,
) -> Result<(Mat<f64>, Mat<f64>), Error> {
    let left = left.as_ref().leading_columns(order);
    let mut states_of = product(weights.as_ref(), left)?;
    let mut c = block(left, 0..blocks.channels.outputs, 0..order)?;
    let (mut states_view, mut c_view) = (states_of.as_mut(), c.as_mut());
    let columns = states_view.columns_mut().zip(c_view.columns_mut());
    for ((state, output), value) in columns.zip(values) {
        let root = libm::sqrt(*value);
        state.iter_mut().for_each(|x| *x /= root);
        output.iter_mut().for_each(|x| *x *= root);
    }
    Ok((states_of, c))
}

/// States, inputs, next states and outputs at the end of the past, from the triangle.
fn rows_of(triangle: &Triangle, states_of: &Mat<f64>) -> Result<Rows, Error> {
    let (blocks, factor) = (triangle.blocks, triangle.factor.as_ref());
    let Channels { inputs, outputs } = blocks.channels;
    let all = 0..blocks.width();
    let past = block(factor, all.clone(), blocks.past())?;
    // The past one sample later: all but its oldest sample, and the first sample of the future.
    let mut later = Mat::zeros(blocks.width(), past.as_ref().cols())?;
    let old_inputs = blocks.past().start + inputs..2 * blocks.inputs();
    let old_outputs = blocks.past_outputs().start + outputs..blocks.past_outputs().end;
    let first_output = blocks.future_outputs().start;
    let sources = old_inputs.chain(0..inputs).chain(old_outputs);
    let sources = sources.chain(first_output..first_output + outputs);
    for (to, source) in later.as_mut().columns_mut().zip(sources) {
        copy(to, factor.column(source));
    }
    Ok(Rows {
        states: product(past.as_ref(), states_of.as_ref())?,
        inputs: block(factor, all.clone(), 0..inputs)?,
        next: product(later.as_ref(), states_of.as_ref())?,
        outputs: block(factor, all, first_output..first_output + outputs)?,
        columns: triangle.columns,
    })
}
