//! The two tasks and how well a network does them.
//!
//! Three inputs; on each a pulse u = ±1 comes with probability 0.03 a step. Targets, one an input:
//! - flip-flop (Sussillo & Barak 2013): the sign of the last pulse, 0 before the first one,
//! - integrator: q <- 0.5 q + 3 u, x <- x + 0.2 (-0.5 x + 0.35 q), from 0: the leaky sum of study A1 at gain 1.

use candle_core::{Device, Result, Tensor};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

/// Inputs, and outputs.
pub const BITS: usize = 3;
/// Trials of a batch.
pub const TRIALS: usize = 256;
/// Chance of a pulse on one input in one step.
pub const PULSE: f64 = 0.03;

/// What a network learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Three bits of memory.
    FlipFlop,
    /// Three leaky sums.
    Integrator,
}

impl Task {
    /// Both, with their names.
    pub const ALL: [(&'static str, Self); 2] =
        [("flip-flop", Self::FlipFlop), ("integrator", Self::Integrator)];

    /// What a network must reach on fresh trials to be accepted: bit accuracy, or R².
    pub const fn accepted_from(self) -> f64 {
        match self {
            Self::FlipFlop | Self::Integrator => 0.98,
        }
    }
}

/// Inputs, one tensor a step (trials x 3), and targets of all steps (steps · trials x 3).
#[derive(Debug)]
pub struct Trials {
    /// Pulses of each step.
    pub inputs: Vec<Tensor>,
    /// Step after step.
    pub targets: Tensor,
}

/// Uniform in [0, 1).
pub fn uniform(random: &mut ChaCha8Rng) -> f64 {
    (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

impl Trials {
    /// Draws [`TRIALS`] trials.
    ///
    /// # Errors
    /// candle's.
    pub fn draw(task: Task, steps: usize, random: &mut ChaCha8Rng) -> Result<Self> {
        let width = TRIALS * BITS;
        let (mut state, mut drive) = (vec![0.0_f32; width], vec![0.0_f32; width]);
        let mut targets = Vec::with_capacity(steps * width);
        let mut inputs = Vec::with_capacity(steps);
        for _ in 0..steps {
            let pulses: Vec<f32> = (0..width).map(|_| pulse(uniform(random))).collect();
            for ((x, q), u) in state.iter_mut().zip(&mut drive).zip(&pulses) {
                match task {
                    Task::FlipFlop if *u != 0.0 => *x = *u,
                    Task::FlipFlop => {}
                    Task::Integrator => {
                        *q = 0.5 * *q + 3.0 * u;
                        *x += 0.2 * (-0.5 * *x + 0.35 * *q);
                    }
                }
            }
            targets.extend_from_slice(&state);
            inputs.push(Tensor::from_vec(pulses, (TRIALS, BITS), &Device::Cpu)?);
        }
        let targets = Tensor::from_vec(targets, (steps * TRIALS, BITS), &Device::Cpu)?;
        Ok(Self { inputs, targets })
    }

    /// Bit accuracy: the share of set bits whose sign the output has. R² of the sums.
    ///
    /// # Errors
    /// candle's.
    pub fn score(&self, task: Task, outputs: &Tensor) -> Result<f64> {
        let outputs: Vec<f32> = outputs.flatten_all()?.to_vec1()?;
        let targets: Vec<f32> = self.targets.flatten_all()?.to_vec1()?;
        let pairs = || outputs.iter().zip(&targets).map(|(y, x)| (f64::from(*y), f64::from(*x)));
        Ok(match task {
            Task::FlipFlop => {
                let set = pairs().filter(|(_, x)| *x != 0.0).count();
                pairs().filter(|(y, x)| x * y > 0.0).count() as f64 / set as f64
            }
            Task::Integrator => {
                let mean = pairs().map(|(_, x)| x).sum::<f64>() / targets.len() as f64;
                let rest: f64 = pairs().map(|(y, x)| (y - x).powi(2)).sum();
                1.0 - rest / pairs().map(|(_, x)| (x - mean).powi(2)).sum::<f64>()
            }
        })
    }
}

fn pulse(chance: f64) -> f32 {
    match chance {
        c if c < 0.5 * PULSE => -1.0,
        c if c < PULSE => 1.0,
        _ => 0.0,
    }
}
