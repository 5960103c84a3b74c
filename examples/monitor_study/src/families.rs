//! Streams of small processes with a known change: relaxations, autoregressions, a chaotic system, 1/f channels.
//!
//! | family | process at 50 Hz, 8 channels | changes |
//! | --- | --- | --- |
//! | `Relaxation` | eight exponential relaxations of 0.04 to 0.6 s, mixed | all rates times a factor; other relaxations |
//! | `NoisyRelaxation` | the same, and noise of a third of each channel's variance | the same; noise times a factor |
//! | `Rotations` | A of four damped rotations, 1 to 6 Hz, mixed: AR(1) | all rates times a factor; A of another subject; noise |
//! | `Second` | eight AR(2) resonators, mixed | those of another subject |
//! | `Lorenz` | the Lorenz system, 0.02 of its time a sample, in eight channels with noise of a third | rho |
//! | `Pink` | eight independent channels with a spectrum of f^-1, as sums of relaxations, mixed | the exponent |
//!
//! The parameters are our own. A subject is a seed; its mixture is an orthogonal matrix.

use super::subjects::*;
use dynamical_similarity::monitor::{Report, Scores};
use systems::Random;
use systems::motor_cortex::RATE;

const N: usize = 8;

/// A process.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Family {
    Relaxation,
    NoisyRelaxation,
    Rotations,
    Second,
    Lorenz,
    Pink,
}

impl Family {
    pub(crate) const ALL: [Self; 6] = [
        Self::Relaxation,
        Self::NoisyRelaxation,
        Self::Rotations,
        Self::Second,
        Self::Lorenz,
        Self::Pink,
    ];
}

/// What happens to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Change {
    Nothing,
    /// All rates times this factor; of `Lorenz` rho times it, of `Pink` the exponent.
    Rates(f64),
    /// Parameters of another subject.
    Other,
    /// Variance of the noise times this factor.
    Noise(f64),
    /// The channels are turned and stretched: condition 10.
    Remix,
}

/// A stream of a subject.
pub(crate) struct Stream {
    family: Family,
    change: Change,
    mixing: Vec<f64>,
    /// What the channels are multiplied by, with their noise.
    remix: Option<Vec<f64>>,
    /// Deviation of a channel's own noise.
    own: f64,
    /// Decay and angle, or two coefficients, of each state or pair; its deviation.
    law: Vec<[f64; 3]>,
    state: Vec<f64>,
    before: Vec<f64>,
    random: Random,
}

/// An orthogonal matrix, by Gram and Schmidt.
fn orthogonal(random: &mut Random) -> Vec<f64> {
    let mut q = random.normals(N * N);
    for j in 0..N {
        for k in 0..j {
            let along: f64 = (0..N).map(|i| q[j * N + i] * q[k * N + i]).sum();
            (0..N).for_each(|i| q[j * N + i] -= along * q[k * N + i]);
        }
        let norm = (0..N).map(|i| q[j * N + i].powi(2)).sum::<f64>().sqrt();
        (0..N).for_each(|i| q[j * N + i] /= norm);
    }
    q
}

/// A matrix of condition 10: lengths that fall from 10 to 1 by a constant factor, of mean square one, between two orthogonal
/// matrices.
fn remix(random: &mut Random) -> Vec<f64> {
    let length = |k: usize| 10_f64.powf(k as f64 / 7.0);
    let mean = (0..N).map(|k| length(k).powi(2)).sum::<f64>() / N as f64;
    let (left, right) = (orthogonal(random), orthogonal(random));
    let entry = |i: usize, j: usize| {
        (0..N).map(|k| left[k * N + i] * length(k) * right[k * N + j]).sum::<f64>() / mean.sqrt()
    };
    (0..N * N).map(|at| entry(at % N, at / N)).collect()
}

/// Relaxations per channel of `Pink`.
const OCTAVES: usize = 7;

impl Stream {
    pub(crate) fn new(family: Family, seed: u64, change: Change, run: u64) -> Self {
        let mut own = Random::new(seed, 50);
        let mixing = orthogonal(&mut own);
        let remix = (change == Change::Remix).then(|| remix(&mut Random::new(seed, 51)));
        let other = if change == Change::Other { 1_000_000 } else { 0 };
        let mut law = Random::new(seed + other, 52);
        let speed = if let Change::Rates(factor) = change { factor } else { 1.0 };
        let law = laws(family, &mut law, speed);
        let noise = match (family, change) {
            (Family::NoisyRelaxation | Family::Lorenz, _) => 1.0 / 3.0,
            (Family::Rotations, Change::Noise(_)) => 1.0 / 3.0,
            _ => 0.0,
        };
        let noise = if let Change::Noise(factor) = change { factor * noise } else { noise };
        let states = if family == Family::Pink { N * OCTAVES } else { N };
        let random = Random::new(seed, 60 + run);
        let state = if family == Family::Lorenz { vec![1.0; N] } else { vec![0.0; states] };
        let before = vec![0.0; states];
        let mut new = Self {
            family,
            change,
            mixing,
            remix,
            own: f64::sqrt(noise),
            law,
            state,
            before,
            random,
        };
        (0..3000).for_each(|_| new.advance());
        new
    }

    /// The states, each of about variance one.
    fn advance(&mut self) {
        match self.family {
            Family::Relaxation | Family::NoisyRelaxation | Family::Pink => {
                for (x, [decay, _, deviation]) in self.state.iter_mut().zip(&self.law) {
                    *x = decay * *x + deviation * self.random.normal();
                }
            }
            Family::Rotations => {
                for (x, [decay, angle, deviation]) in self.state.chunks_mut(2).zip(&self.law) {
                    let (sin, cos) = (libm::sin(*angle), libm::cos(*angle));
                    let (a, b) = (x[0], x[1]);
                    x[0] = decay * (cos * a - sin * b) + deviation * self.random.normal();
                    x[1] = decay * (sin * a + cos * b) + deviation * self.random.normal();
                }
            }
            Family::Second => {
                let states = self.state.iter_mut().zip(&mut self.before);
                for ((x, y), [first, second, deviation]) in states.zip(&self.law) {
                    let next = first * *x + second * *y + deviation * self.random.normal();
                    (*y, *x) = (*x, next);
                }
            }
            Family::Lorenz => {
                let rho =
                    if let Change::Rates(factor) = self.change { 28.0 * factor } else { 28.0 };
                for _ in 0..20 {
                    let (x, y, z) = (self.state[0], self.state[1], self.state[2]);
                    let step = 0.001;
                    self.state[0] = x + step * 10.0 * (y - x);
                    self.state[1] = y + step * (x * (rho - z) - y);
                    self.state[2] = z + step * (x * y - 8.0 / 3.0 * z);
                }
            }
        }
    }

    fn sample(&mut self) -> [f64; N] {
        self.advance();
        let mut states = [0.0; N];
        match self.family {
            Family::Lorenz => {
                for (to, (x, (middle, spread))) in states.iter_mut().zip(self.state.iter().zip([
                    (0.0, 8.0),
                    (0.0, 9.0),
                    (23.5, 8.6),
                ])) {
                    *to = (x - middle) / spread * f64::sqrt(8.0 / 3.0);
                }
            }
            Family::Pink => {
                for (to, x) in states.iter_mut().zip(self.state.chunks(OCTAVES)) {
                    *to = x.iter().sum();
                }
            }
            _ => states.copy_from_slice(&self.state[..N]),
        }
        let mut sample = [0.0; N];
        for (i, to) in sample.iter_mut().enumerate() {
            *to = (0..N).map(|j| self.mixing[j * N + i] * states[j]).sum::<f64>();
            *to += self.own * self.random.normal();
        }
        match &self.remix {
            None => sample,
            Some(c) => std::array::from_fn(|i| (0..N).map(|j| c[j * N + i] * sample[j]).sum()),
        }
    }

    pub(crate) fn take(&mut self, seconds: usize) -> Vec<f64> {
        (0..seconds * RATE).flat_map(|_| self.sample()).collect()
    }
}

/// The parameters of a subject.
fn laws(family: Family, random: &mut Random, speed: f64) -> Vec<[f64; 3]> {
    let step = 1.0 / RATE as f64;
    let relaxation = |seconds: f64, size: f64| {
        let decay = libm::exp(-speed * step / seconds);
        [decay, 0.0, size * f64::sqrt(1.0 - decay * decay)]
    };
    match family {
        Family::Relaxation | Family::NoisyRelaxation => (0..N)
            .map(|k| {
                let of = k as f64 / 7.0 + random.uniform(-0.15, 0.15);
                relaxation(0.04 * 15_f64.powf(of), 1.0)
            })
            .collect(),
        Family::Rotations => (0..N / 2)
            .map(|_| {
                let decay = libm::exp(-speed * step / random.uniform(0.1, 0.5));
                let angle = speed * step * std::f64::consts::TAU * random.uniform(1.0, 6.0);
                [decay, angle, f64::sqrt(1.0 - decay * decay)]
            })
            .collect(),
        Family::Second => (0..N)
            .map(|_| {
                let decay = random.uniform(0.8, 0.95);
                let first = 2.0 * decay * libm::cos(random.uniform(0.1, 0.8));
                let second = -decay * decay;
                // Variance one: (1 + a2)((1 - a2)² - a1²) / (1 - a2).
                let part = (1.0 - second).powi(2) - first * first;
                [first, second, f64::sqrt((1.0 + second) * part / (1.0 - second))]
            })
            .collect(),
        Family::Lorenz => Vec::new(),
        Family::Pink => (0..N * OCTAVES)
            .map(|k| {
                // Relaxations an octave apart, of variances that fall as their rates do for an exponent above 1.
                let rate = 0.5 * 2_f64.powi((k % OCTAVES) as i32);
                let decay = libm::exp(-step * std::f64::consts::TAU * rate);
                let size = rate.powf(-0.5 * (speed - 1.0));
                [decay, 0.0, size * f64::sqrt(1.0 - decay * decay)]
            })
            .collect(),
    }
}

/// A calibration on 600 s of a subject.
pub(crate) fn known(family: Family, seed: u64, usual: Change) -> Result<Kept, String> {
    let data = Stream::new(family, seed, usual, 0).take(600);
    rounded(&calibration(&data, SHAPE, Scores::Spectra)?)
}

/// Reports of a stream that changes after 120 s, or not.
pub(crate) fn changing(
    calibration: &Kept,
    (family, seed): (Family, u64),
    (usual, change): (Change, Change),
    seconds: usize,
) -> Result<Vec<Report<f32>>, String> {
    let mut data = Stream::new(family, seed, usual, 7).take(120);
    data.extend(Stream::new(family, seed, change, 8).take(seconds));
    watched(calibration, USUAL, data.chunks(N).map(Some))
}

/// Windows of 60 s, one recording for all of them.
pub(crate) fn windows(
    calibration: &Kept,
    (family, seed): (Family, u64),
    change: Change,
    (run, count): (u64, usize),
) -> Result<Kind, String> {
    let data = Stream::new(family, seed, change, run).take(60 * count);
    let how = (USUAL.0.report_every(6), USUAL.1);
    Ok(Kind::of(&watched(calibration, how, data.chunks(N).map(Some))?))
}
