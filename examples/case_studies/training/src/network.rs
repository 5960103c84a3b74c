//! Recurrent networks with a linear readout y = V h + c, from h = 0.
//!
//! - tanh, ReLU, softplus: h <- phi(W h + U u + b),
//! - GRU (Cho et al. 2014; candle-nn's, which is PyTorch's).
//!
//! Weights have PyTorch's names: `weight_ih_l0` (U), `weight_hh_l0` (W), `bias_ih_l0`, `bias_hh_l0` (GRU
//! alone), `readout_weight`, `readout_bias`; the rows of a GRU are reset gate, update gate, candidate.

use crate::task::{BITS, TRIALS, uniform};
use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::rnn::{GRU, GRUConfig, GRUState, RNN};
use candle_nn::{VarBuilder, gru};
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;

/// Units of a network.
pub const HIDDEN: usize = 64;

/// What a unit computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// tanh x.
    Tanh,
    /// max(x, 0).
    Relu,
    /// ln(1 + exp x).
    Softplus,
    /// Gated recurrent units.
    Gru,
}

impl Kind {
    /// All of them, with their names.
    pub const ALL: [(&'static str, Self); 4] = [
        ("tanh", Self::Tanh),
        ("relu", Self::Relu),
        ("softplus", Self::Softplus),
        ("gru", Self::Gru),
    ];

    /// Initial weights: matrices uniform with mean 0 and variance 1 / columns, biases 0.
    ///
    /// # Errors
    /// candle's.
    pub fn weights(self, random: &mut ChaCha8Rng) -> Result<Vec<(&'static str, Var)>> {
        let rows = if self == Self::Gru { 3 * HIDDEN } else { HIDDEN };
        let mut matrix = |rows: usize, columns: usize| {
            let bound = (3.0 / columns as f64).sqrt();
            let numbers: Vec<f32> = (0..rows * columns)
                .map(|_| (bound * (2.0 * uniform(random) - 1.0)) as f32)
                .collect();
            Var::from_vec(numbers, (rows, columns), &Device::Cpu)
        };
        let zeros = |rows: usize| Var::zeros(rows, DType::F32, &Device::Cpu);
        let mut weights = vec![
            ("weight_ih_l0", matrix(rows, BITS)?),
            ("weight_hh_l0", matrix(rows, HIDDEN)?),
            ("bias_ih_l0", zeros(rows)?),
            ("readout_weight", matrix(BITS, HIDDEN)?),
            ("readout_bias", zeros(BITS)?),
        ];
        if self == Self::Gru {
            weights.push(("bias_hh_l0", zeros(rows)?));
        }
        Ok(weights)
    }
}

/// A network that can be run. Gradients go to its weights if those are variables.
#[derive(Debug)]
pub struct Network {
    cell: Cell,
    readout: (Tensor, Tensor),
}

#[derive(Debug)]
enum Cell {
    Plain { kind: Kind, input: Tensor, recurrent: Tensor, bias: Tensor },
    Gated(GRU),
}

impl Network {
    /// # Errors
    /// candle's, if a weight is not there.
    pub fn new(kind: Kind, weights: HashMap<String, Tensor>) -> Result<Self> {
        let builder = VarBuilder::from_tensors(weights, DType::F32, &Device::Cpu);
        let cell = match kind {
            Kind::Gru => Cell::Gated(gru(BITS, HIDDEN, GRUConfig::default(), builder.clone())?),
            _ => Cell::Plain {
                kind,
                input: builder.get((HIDDEN, BITS), "weight_ih_l0")?.t()?,
                recurrent: builder.get((HIDDEN, HIDDEN), "weight_hh_l0")?.t()?,
                bias: builder.get(HIDDEN, "bias_ih_l0")?,
            },
        };
        let weight = builder.get((BITS, HIDDEN), "readout_weight")?.t()?;
        Ok(Self { cell, readout: (weight, builder.get(BITS, "readout_bias")?) })
    }

    /// Outputs of all steps, (steps · trials) x 3, for the inputs of each step, trials x 3.
    ///
    /// # Errors
    /// candle's.
    pub fn outputs(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let mut state = Tensor::zeros((TRIALS, HIDDEN), DType::F32, &Device::Cpu)?;
        let mut states = Vec::with_capacity(inputs.len());
        for pulses in inputs {
            state = match &self.cell {
                Cell::Plain { kind, input, recurrent, bias } => {
                    let drive = pulses.matmul(input)?.broadcast_add(bias)?;
                    activated(*kind, &(state.matmul(recurrent)? + drive)?)?
                }
                Cell::Gated(cell) => cell.step(pulses, &GRUState { h: state })?.h,
            };
            states.push(state.clone());
        }
        let (weight, bias) = &self.readout;
        Tensor::cat(&states, 0)?.matmul(weight)?.broadcast_add(bias)
    }
}

fn activated(kind: Kind, x: &Tensor) -> Result<Tensor> {
    match kind {
        Kind::Relu => x.relu(),
        // ln(1 + exp x) = max(x, 0) + ln(1 + exp -|x|), which does not overflow.
        Kind::Softplus => x.relu()? + (x.abs()?.neg()?.exp()? + 1.0)?.log()?,
        Kind::Tanh | Kind::Gru => x.tanh(),
    }
}
