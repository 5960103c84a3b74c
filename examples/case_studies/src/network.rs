//! Trained recurrent networks, out of the files in `networks`: their states, and how well they do their task.
//!
//! Three inputs, on each a pulse u = ±1 with probability 0.03 a step. From h = 0,
//! - tanh, ReLU, softplus: h <- phi(W h + U u + b),
//! - GRU (Cho et al. 2014, in PyTorch's form): r, z = sigmoid(W h + b' + U u + b) of their rows,
//!   n = tanh(U u + b + r (W h + b')), h <- z h + (1 - z) n,
//!
//! to each of which noise may be added, and the output is y = V h + c. Weights are float32; all is
//! computed in `f64`.

use dsa::files::read;
use dsa::problem::Problem;
use std::path::{Path, PathBuf};
use systems::Random;

/// Inputs, and outputs.
pub const BITS: usize = 3;
/// Chance of a pulse on one input in one step.
const PULSE: f64 = 0.03;

/// What a network was trained to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// The sign of the last pulse of each input.
    FlipFlop,
    /// The leaky sum of each input: q <- 0.5 q + 3 u, x <- x + 0.2 (-0.5 x + 0.35 q).
    Integrator,
}

/// What its units compute.
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

/// Names of the tasks, as they begin a file's name.
pub const TASKS: [(&str, Task); 2] =
    [("flip-flop", Task::FlipFlop), ("integrator", Task::Integrator)];
/// Names of the kinds, as they follow in a file's name.
pub const KINDS: [(&str, Kind); 4] =
    [("tanh", Kind::Tanh), ("relu", Kind::Relu), ("softplus", Kind::Softplus), ("gru", Kind::Gru)];

/// A trained network.
#[derive(Debug, Clone)]
pub struct Network {
    /// Task, kind and number.
    pub name: String,
    /// What it does.
    pub task: Task,
    /// What its units compute.
    pub kind: Kind,
    hidden: usize,
    input: Vec<f64>,
    recurrent: Vec<f64>,
    bias: Vec<f64>,
    /// Of a GRU alone, zeros else.
    recurrent_bias: Vec<f64>,
    readout: Vec<f64>,
    readout_bias: Vec<f64>,
}

impl Network {
    /// All networks that are kept with the study, in the order of their names.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn all() -> Result<Vec<Self>, Problem> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("networks");
        let entries = std::fs::read_dir(&folder).map_err(|error| Problem::about(&folder, error))?;
        let paths: Result<Vec<PathBuf>, _> = entries.map(|entry| Ok(entry?.path())).collect();
        let mut paths = paths.map_err(|error: std::io::Error| Problem::about(&folder, error))?;
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "npz"));
        paths.sort();
        paths.iter().map(|path| Self::read(path)).collect()
    }

    /// Reads `TASK-KIND-NUMBER.npz`.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let (task, rest) = begins_with(&name, TASKS).ok_or_else(|| misnamed(path))?;
        let (kind, _) = begins_with(rest, KINDS).ok_or_else(|| misnamed(path))?;
        let array = |dataset: &str, length: Option<usize>| -> Result<Vec<f64>, Problem> {
            let found = read::read(path, Some(dataset)).map_err(|e| Problem::about(path, e))?;
            let values = found.trials.concat();
            match length {
                Some(length) if values.len() != length => Err(Problem::about(
                    path,
                    format!("{dataset} has {} entries, not {length}", values.len()),
                )),
                _ if values.iter().all(|x| x.is_finite()) => Ok(values),
                _ => Err(Problem::about(path, format!("{dataset} is not finite"))),
            }
        };
        let gates = if kind == Kind::Gru { 3 } else { 1 };
        let bias = array("bias_ih_l0", None)?;
        let rows = bias.len();
        if !rows.is_multiple_of(gates) {
            return Err(Problem::about(path, "a GRU has three rows a unit"));
        }
        let hidden = rows / gates;
        let recurrent_bias = match kind {
            Kind::Gru => array("bias_hh_l0", Some(rows))?,
            _ => vec![0.0; rows],
        };
        Ok(Self {
            task,
            kind,
            hidden,
            input: array("weight_ih_l0", Some(rows * BITS))?,
            recurrent: array("weight_hh_l0", Some(rows * hidden))?,
            bias,
            recurrent_bias,
            readout: array("readout_weight", Some(BITS * hidden))?,
            readout_bias: array("readout_bias", Some(BITS))?,
            name,
        })
    }

    /// Units.
    pub const fn hidden(&self) -> usize {
        self.hidden
    }

    /// The state after each step, trials x steps x units, with normal noise of deviation `noise` added
    /// to it in each step. `pulses` is trials x steps x 3.
    pub fn states(
        &self,
        pulses: &[f64],
        steps: usize,
        noise: f64,
        random: &mut Random,
    ) -> Vec<f64> {
        let mut states = Vec::with_capacity(pulses.len() / BITS * self.hidden);
        for trial in pulses.chunks(steps * BITS) {
            let mut state = vec![0.0; self.hidden];
            for pulse in trial.chunks(BITS) {
                state = self.next(&state, pulse);
                if noise > 0.0 {
                    state.iter_mut().for_each(|h| *h += noise * random.normal());
                }
                states.extend(&state);
            }
        }
        states
    }

    /// y = V h + c of every state.
    pub fn outputs(&self, states: &[f64]) -> Vec<f64> {
        states
            .chunks(self.hidden)
            .flat_map(|state| affine(&self.readout, state, &self.readout_bias))
            .collect()
    }

    fn next(&self, state: &[f64], pulse: &[f64]) -> Vec<f64> {
        let drive = affine(&self.input, pulse, &self.bias);
        let recurrent = affine(&self.recurrent, state, &self.recurrent_bias);
        let sums = drive.iter().zip(&recurrent).map(|(u, w)| u + w);
        match self.kind {
            Kind::Tanh => sums.map(libm::tanh).collect(),
            Kind::Relu => sums.map(|x| x.max(0.0)).collect(),
            Kind::Softplus => sums.map(|x| x.max(0.0) + libm::log1p(libm::exp(-x.abs()))).collect(),
            Kind::Gru => {
                let gates: Vec<f64> = sums.map(|x| 1.0 / (1.0 + libm::exp(-x))).collect();
                let (reset, update) = gates.split_at(self.hidden);
                let (drive, recurrent) = (&drive[2 * self.hidden..], &recurrent[2 * self.hidden..]);
                let unit = |k: usize| {
                    let candidate = libm::tanh(drive[k] + reset[k] * recurrent[k]);
                    update[k] * state[k] + (1.0 - update[k]) * candidate
                };
                (0..self.hidden).map(unit).collect()
            }
        }
    }
}

fn misnamed(path: &Path) -> Problem {
    let (tasks, kinds) = (TASKS.map(|(name, _)| name), KINDS.map(|(name, _)| name));
    let what = format!(
        "the name of a network is TASK-KIND-NUMBER.npz, TASK one of {}, KIND one of {}",
        tasks.join(", "),
        kinds.join(", ")
    );
    Problem::about(path, what)
}

/// What a name and a hyphen stand for, and the rest.
fn begins_with<'a, T: Copy, const N: usize>(
    text: &'a str,
    names: [(&str, T); N],
) -> Option<(T, &'a str)> {
    names
        .iter()
        .find_map(|(name, meaning)| Some((*meaning, text.strip_prefix(name)?.strip_prefix('-')?)))
}

/// W x + b.
fn affine(weights: &[f64], x: &[f64], bias: &[f64]) -> Vec<f64> {
    let dot = |row: &[f64]| row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>();
    weights.chunks(x.len()).zip(bias).map(|(row, b)| dot(row) + b).collect()
}

/// Pulses on all inputs, trials x steps x 3.
pub fn pulses(trials: usize, steps: usize, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed, 0);
    let pulse = |chance: f64| match chance {
        c if c < 0.5 * PULSE => -1.0,
        c if c < PULSE => 1.0,
        _ => 0.0,
    };
    (0..trials * steps * BITS).map(|_| pulse(random.uniform(0.0, 1.0))).collect()
}

impl Task {
    /// Bit accuracy of a flip-flop: the share of bits, once set, whose sign the output has. R² of an
    /// integrator. Pulses and outputs are trials x steps x 3.
    pub fn score(self, pulses: &[f64], outputs: &[f64], steps: usize) -> f64 {
        let targets: Vec<f64> =
            pulses.chunks(steps * BITS).flat_map(|trial| self.targets(trial)).collect();
        let pairs = || outputs.iter().zip(&targets);
        match self {
            Self::FlipFlop => {
                let set = targets.iter().filter(|x| **x != 0.0).count();
                pairs().filter(|(y, x)| **y * **x > 0.0).count() as f64 / set as f64
            }
            Self::Integrator => {
                let mean = targets.iter().sum::<f64>() / targets.len() as f64;
                let rest: f64 = pairs().map(|(y, x)| (y - x).powi(2)).sum();
                1.0 - rest / targets.iter().map(|x| (x - mean).powi(2)).sum::<f64>()
            }
        }
    }

    fn targets(self, trial: &[f64]) -> Vec<f64> {
        let (mut state, mut drive) = ([0.0_f64; BITS], [0.0_f64; BITS]);
        let mut targets = Vec::with_capacity(trial.len());
        for pulse in trial.chunks(BITS) {
            for ((x, q), u) in state.iter_mut().zip(&mut drive).zip(pulse) {
                match self {
                    Self::FlipFlop if *u != 0.0 => *x = *u,
                    Self::FlipFlop => {}
                    Self::Integrator => {
                        *q = 0.5 * *q + 3.0 * u;
                        *x += 0.2 * (-0.5 * *x + 0.35 * *q);
                    }
                }
            }
            targets.extend(state);
        }
        targets
    }
}
