//! Same dynamics, different geometry: a latent memory of three bits (or three leaky sums) behind a random
//! layer.
//!
//! Per bit a pulse u = ±1 comes with probability 0.03 a step, q <- 0.5 q + 3 u, and the latent state
//! follows x <- x + 0.2 (g (x - x³) + q) + 0.05 √0.2 xi, g ~ U(0.9, 1.1), from x = -1 (the leaky control:
//! x <- x + 0.2 (-0.5 g x + 0.35 q) + the same noise, from 0). The pulses are the same for every system,
//! whatever the seed; the first 50 steps are dropped. Observed are phi(W x + b), W ~ N(0, 1) 100 x 3,
//! b ~ N(0, 0.5²), phi one of identity, tanh, ReLU, sigmoid(4 x), softplus(2 x); centred, 10 principal
//! components, unit Frobenius norm.
//!
//! Our own re-creation of a study with trained networks (Ostrow et al. 2023, figure 2; task after
//! Sussillo & Barak 2013).

use crate::observe::{centre, principal_components, unit_norm};
use crate::random::Random;
use crate::simulated::Simulated;
use std::str::FromStr;

/// The function of the random layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// x.
    Identity,
    /// tanh x.
    Tanh,
    /// max(x, 0).
    Relu,
    /// 1 / (1 + exp(-4 x)).
    Sigmoid,
    /// ln(1 + exp(2 x)).
    Softplus,
}

impl Activation {
    /// All of them, with their names.
    pub const ALL: [(&'static str, Self); 5] = [
        ("identity", Self::Identity),
        ("tanh", Self::Tanh),
        ("relu", Self::Relu),
        ("sigmoid", Self::Sigmoid),
        ("softplus", Self::Softplus),
    ];
}

impl FromStr for Activation {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, activation)| *activation).ok_or_else(|| {
            let known = Self::ALL.map(|(name, _)| name).join(", ");
            format!("there is no activation `{name}`; there are {known}")
        })
    }
}

impl Activation {
    fn of(self, x: f64) -> f64 {
        match self {
            Self::Identity => x,
            Self::Tanh => libm::tanh(x),
            Self::Relu => x.max(0.0),
            Self::Sigmoid => 1.0 / (1.0 + libm::exp(-4.0 * x)),
            Self::Softplus => (2.0 * x).max(0.0) + libm::log1p(libm::exp(-(2.0 * x).abs())),
        }
    }
}

/// One system behind one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Bits {
    /// The function of the layer (default identity).
    pub activation: Activation,
    /// Leaky sums instead of bits (default no).
    pub leaky: bool,
    /// Trials (default 60).
    pub trials: usize,
    /// Samples of a trial, after 50 that are dropped (default 200).
    pub samples: usize,
    /// Seed of the pulses (default 0x0B17): systems that are compared have the same.
    pub pulses: u64,
}

impl Default for Bits {
    fn default() -> Self {
        Self {
            activation: Activation::Identity,
            leaky: false,
            trials: 60,
            samples: 200,
            pulses: 0x0B17,
        }
    }
}

const LATENT: usize = 3;
pub(super) const LAYER: usize = 100;
const COMPONENTS: usize = 10;
const DROPPED: usize = 50;

impl Bits {
    /// All trials.
    ///
    /// # Errors
    /// A sentence if the components are not found.
    pub fn simulate(&self, seed: u64) -> Result<Simulated, String> {
        let latent = self.latent(seed);
        let mut random = Random::new(seed, 1);
        let (weights, biases) = (random.normals(LAYER * LATENT), random.normals(LAYER));
        let mut data: Vec<f64> = latent
            .chunks(LATENT)
            .flat_map(|x| {
                weights.chunks(LATENT).zip(&biases).map(move |(w, b)| {
                    let sum: f64 = w.iter().zip(x).map(|(w, x)| w * x).sum();
                    self.activation.of(sum + 0.5 * b)
                })
            })
            .collect();
        centre(&mut data, LAYER);
        let mut data = principal_components(&data, LAYER, COMPONENTS)?;
        unit_norm(&mut data);
        Ok(Simulated { trials: self.trials, samples: self.samples, channels: COMPONENTS, data })
    }

    /// The latent state, trials x samples x 3.
    #[must_use]
    pub fn latent(&self, seed: u64) -> Vec<f64> {
        let mut pulses = Random::new(self.pulses, 0);
        let mut noise = Random::new(seed, 0);
        let gain = noise.uniform(0.9, 1.1);
        let spread = 0.05 * 0.2_f64.sqrt();
        let mut kept = Vec::with_capacity(self.trials * self.samples * LATENT);
        for _ in 0..self.trials {
            let mut x = [if self.leaky { 0.0 } else { -1.0 }; LATENT];
            let mut q = [0.0; LATENT];
            for step in 0..DROPPED + self.samples {
                for (x, q) in x.iter_mut().zip(&mut q) {
                    let chance = pulses.uniform(0.0, 1.0);
                    let pulse = match chance {
                        c if c < 0.015 => -1.0,
                        c if c < 0.03 => 1.0,
                        _ => 0.0,
                    };
                    *q = 0.5 * *q + 3.0 * pulse;
                    let slope = if self.leaky {
                        -0.5 * gain * *x + 0.35 * *q
                    } else {
                        gain * (*x - *x * *x * *x) + *q
                    };
                    *x += 0.2 * slope + spread * noise.normal();
                }
                if step >= DROPPED {
                    kept.extend(x);
                }
            }
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_rest_near_one_and_minus_one_and_sums_leak() {
        let bits = Bits { trials: 10, ..Bits::default() };
        let latent = bits.latent(2);
        let near = latent.iter().filter(|x| (x.abs() - 1.0).abs() < 0.3).count();
        assert!(near as f64 > 0.75 * latent.len() as f64, "{near} of {}", latent.len());
        assert!(latent.iter().any(|x| *x > 0.8) && latent.iter().any(|x| *x < -0.8));
        let leaky = Bits { leaky: true, ..bits }.latent(2);
        let mean = leaky.iter().sum::<f64>() / leaky.len() as f64;
        assert!(mean.abs() < 0.2, "{mean}");
    }

    #[test]
    fn every_activation_gives_ten_components_of_unit_norm() {
        for name in ["identity", "tanh", "relu", "sigmoid", "softplus"] {
            let bits = Bits { trials: 4, activation: name.parse().unwrap(), ..Bits::default() };
            let made = bits.simulate(1).unwrap();
            assert_eq!(made.data.len(), 4 * 200 * 10);
            let norm = made.data.iter().map(|x| x * x).sum::<f64>();
            assert!((norm - 1.0).abs() < 1e-9, "{name} {norm}");
        }
    }
}
