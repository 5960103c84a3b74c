//! Systems that are driven by known inputs: rotations for which the answer is known, and random networks.
//!
//! ```text
//! x[t+1] = A x[t] + B u[t] + w[t],     y[t] = C x[t] + v[t]
//! ```

use crate::linear::orthonormalise_rows;
use crate::random::Random;
use crate::simulated::{Simulated, fits};

/// Inputs and outputs of one recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Driven {
    /// The inputs u.
    pub inputs: Simulated,
    /// The outputs y.
    pub outputs: Simulated,
}

/// Rotations .95 e^(±.3i), .9 e^(±1i) and .8 e^(±1.9i) in a random basis, with standard normal B and C: six states, two
/// inputs and three outputs. Inputs are standard normal, or an autoregression `u[t] = colour u[t-1] + normal`.
#[derive(Debug, Clone, PartialEq)]
pub struct Rotations {
    /// Standard deviation of the observation noise, as a share of each output's own (default 0).
    pub noise: f64,
    /// The autoregression of the inputs, in [0, 1) (default 0: white).
    pub colour: f64,
    /// Trials (default 1).
    pub trials: usize,
    /// Samples of a trial (default 5000).
    pub samples: usize,
}

/// The moduli and angles of the eigenvalues of [`Rotations`]; each has a conjugate.
pub const ROTATIONS: [(f64, f64); 3] = [(0.95, 0.3), (0.9, 1.0), (0.8, 1.9)];

impl Default for Rotations {
    fn default() -> Self {
        Self { noise: 0.0, colour: 0.0, trials: 1, samples: 5000 }
    }
}

impl Rotations {
    /// All trials of one system.
    ///
    /// # Errors
    /// A sentence if a setting is outside its range.
    pub fn simulate(&self, seed: u64) -> Result<Driven, String> {
        check_noise(self.noise)?;
        if !(0.0..1.0).contains(&self.colour) {
            return Err("colour must be at least 0 and below 1".to_owned());
        }
        fits(&[self.trials, self.samples, 5])?;
        let mut shape = Random::new(seed, 0);
        let states = 2 * ROTATIONS.len();
        // A well-conditioned basis: a random rotation, and axes of lengths from 1 to 3.
        let mut turn = shape.normals(states * states);
        orthonormalise_rows(&mut turn, states);
        let lengths: Vec<f64> = (0..states).map(|_| shape.uniform(1.0, 3.0)).collect();
        let mut map = vec![0.0; states * states];
        for (k, (radius, angle)) in ROTATIONS.iter().enumerate() {
            let (cosine, sine) = (radius * libm::cos(*angle), radius * libm::sin(*angle));
            let entries = [(0, 0, cosine), (0, 1, -sine), (1, 0, sine), (1, 1, cosine)];
            for (i, j, value) in entries {
                map[(2 * k + i) * states + 2 * k + j] =
                    value * lengths[2 * k + i] / lengths[2 * k + j];
            }
        }
        let system = Linear {
            state: turned(&map, &turn, states),
            input: shape.normals(states * 2),
            output: shape.normals(3 * states),
            states,
            inputs: 2,
        };
        let mut drive = Random::new(seed, 1);
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        for _ in 0..self.trials {
            let (mut x, mut u) = (vec![0.0; states], vec![0.0; 2]);
            for _ in 0..self.samples {
                u.iter_mut().for_each(|u| *u = self.colour * *u + drive.normal());
                outputs.extend(system.observe(&x));
                inputs.extend(&u);
                x = system.next(&x, &u);
            }
        }
        add_noise(&mut outputs, 3, self.noise, &mut Random::new(seed, 2));
        let of = |data, channels| Simulated {
            trials: self.trials,
            samples: self.samples,
            channels,
            data,
        };
        Ok(Driven { inputs: of(inputs, 2), outputs: of(outputs, 3) })
    }
}

/// A random network of 20 states, one input and two outputs, of which a share passes a tanh, as in InputDSA (Huang et al. 2025,
/// arXiv 2510.25943): A is Gaussian at a given spectral radius, the input drives all states with a Gaussian B of a given gain,
/// x[t+1] = (1 - s) (A x + B u) + s tanh(A x + B u) + noise.
#[derive(Debug, Clone, PartialEq)]
pub struct DrivenNetwork {
    /// The spectral radius of A (default 0.92).
    pub radius: f64,
    /// The gain of the input (default 0.5).
    pub gain: f64,
    /// The share s of the tanh (default 0.1).
    pub share: f64,
    /// Standard deviation of the noise of states and of outputs (default 0.01).
    pub noise: f64,
    /// Which white input drives the network (default 0).
    pub session: u64,
    /// Samples (default 5000).
    pub samples: usize,
}

impl Default for DrivenNetwork {
    fn default() -> Self {
        Self { radius: 0.92, gain: 0.5, share: 0.1, noise: 0.01, session: 0, samples: 5000 }
    }
}

/// States of a [`DrivenNetwork`].
const UNITS: usize = 20;

impl DrivenNetwork {
    /// A recording. Networks of one seed share the directions of A, B and C; radius and gain scale them, and the session
    /// chooses input and noise.
    ///
    /// # Errors
    /// A sentence if a setting is outside its range.
    pub fn simulate(&self, seed: u64) -> Result<Driven, String> {
        check_noise(self.noise)?;
        if !(self.radius > 0.0 && self.radius < 1.0) {
            return Err("radius must be above 0 and below 1".to_owned());
        }
        if !self.gain.is_finite() || !(0.0..=1.0).contains(&self.share) {
            return Err("gain must be a number, and the share of the tanh from 0 to 1".to_owned());
        }
        fits(&[self.samples, 3])?;
        let mut shape = Random::new(seed, 0);
        let mut state = shape.normals(UNITS * UNITS);
        let scale = self.radius / spectral_radius(&state, UNITS)?;
        state.iter_mut().for_each(|a| *a *= scale);
        let input = shape.normals(UNITS).iter().map(|b| self.gain * b).collect();
        let output = shape.normals(2 * UNITS);
        let system = Linear { state, input, output, states: UNITS, inputs: 1 };
        let mut drive = Random::new(seed, 1 + self.session);
        let (mut x, mut inputs, mut outputs) = (vec![0.0; UNITS], Vec::new(), Vec::new());
        for _ in 0..self.samples {
            let u = [drive.normal()];
            inputs.push(u[0]);
            outputs.extend(system.observe(&x).iter().map(|y| y + self.noise * drive.normal()));
            let next = system.next(&x, &u).into_iter();
            x = next
                .map(|x| (1.0 - self.share) * x + self.share * libm::tanh(x))
                .map(|x| x + self.noise * drive.normal())
                .collect();
        }
        let of = |data, channels| Simulated { trials: 1, samples: self.samples, channels, data };
        Ok(Driven { inputs: of(inputs, 1), outputs: of(outputs, 2) })
    }
}

/// A, B and C, row after row.
struct Linear {
    state: Vec<f64>,
    input: Vec<f64>,
    output: Vec<f64>,
    states: usize,
    inputs: usize,
}

impl Linear {
    fn observe(&self, x: &[f64]) -> Vec<f64> {
        times(&self.output, x)
    }

    fn next(&self, x: &[f64], u: &[f64]) -> Vec<f64> {
        debug_assert_eq!((x.len(), u.len()), (self.states, self.inputs));
        times(&self.state, x).iter().zip(times(&self.input, u)).map(|(x, u)| x + u).collect()
    }
}

/// M x.
fn times(matrix: &[f64], x: &[f64]) -> Vec<f64> {
    matrix.chunks(x.len()).map(|row| row.iter().zip(x).map(|(m, x)| m * x).sum()).collect()
}

/// Q M Qᵀ with the rows of Q.
fn turned(matrix: &[f64], q: &[f64], n: usize) -> Vec<f64> {
    let rows: Vec<Vec<f64>> = q.chunks(n).map(|row| times(matrix, row)).collect();
    q.chunks(n)
        .flat_map(|row| {
            rows.iter().map(|m| m.iter().zip(row).map(|(x, y)| x * y).sum()).collect::<Vec<f64>>()
        })
        .collect()
}

fn check_noise(noise: f64) -> Result<(), String> {
    if noise >= 0.0 && noise.is_finite() {
        return Ok(());
    }
    Err("noise must be a number that is not negative".to_owned())
}

/// Adds noise of a share of each channel's standard deviation.
fn add_noise(data: &mut [f64], channels: usize, share: f64, noise: &mut Random) {
    let samples = (data.len() / channels) as f64;
    let deviations: Vec<f64> = (0..channels)
        .map(|channel| {
            let values = || data.iter().skip(channel).step_by(channels);
            let mean = values().sum::<f64>() / samples;
            (values().map(|x| (x - mean).powi(2)).sum::<f64>() / samples).sqrt()
        })
        .collect();
    for sample in data.chunks_mut(channels) {
        for (x, deviation) in sample.iter_mut().zip(&deviations) {
            *x += share * deviation * noise.normal();
        }
    }
}

/// The largest modulus of an eigenvalue.
fn spectral_radius(matrix: &[f64], n: usize) -> Result<f64, String> {
    use dynamical_similarity::MatMut;
    use dynamical_similarity::linalg::eigenvalues::eigenvalues_in;
    let (mut copy, mut real, mut imaginary) = (matrix.to_vec(), vec![0.0; n], vec![0.0; n]);
    let found = MatMut::new(&mut copy, n, n)
        .and_then(|mut matrix| eigenvalues_in(&mut matrix, &mut real, &mut imaginary));
    found.map_err(|error| error.to_string())?;
    Ok(real.iter().zip(&imaginary).map(|(x, y)| (x * x + y * y).sqrt()).fold(0.0, f64::max))
}
