//! The latent state: 8 numbers that move at 50 Hz.

use super::scenario::Scenario;
use super::{LATENTS, STEP, State};
use crate::random::Random;
use dynamical_similarity::linalg::{qr, solve};
use dynamical_similarity::{MatMut, MatRef};
use std::f64::consts::TAU;

/// Standard deviation of the process noise of the linear system, per step and latent.
const NOISE: f64 = 0.12;
/// Steps between cues: 1.5 s to 3.48 s.
const CUE_GAP: (usize, usize) = (75, 100);
/// The latest first cue, in steps, and the earliest.
const FIRST_CUE: (usize, usize) = (20, 130);
/// What the modulation of the drive keeps of itself in a step: its time constant is 20 s.
const MODULATION_KEPT: f64 = 0.999;
/// Steps that are dropped until the start is forgotten.
const WARM_UP: usize = 300;

type Matrix = [State; LATENTS];

/// What the dynamics of a subject consist of.
#[derive(Debug, Clone, PartialEq)]
pub struct Modes {
    /// Frequencies of the three rotations, Hz.
    pub frequencies: [f64; 3],
    /// Their time constants, s.
    pub time_constants: [f64; 3],
    /// Time constants of the two slow modes, s.
    pub slow: [f64; 2],
    /// M, row after row: the columns are the directions of the modes.
    mixing: Matrix,
    /// M⁻¹.
    unmixing: Matrix,
    /// Where cues kick the state to, unit vectors.
    targets: [State; 8],
}

impl Modes {
    /// # Errors
    /// A sentence if M has no inverse.
    pub(super) fn draw(random: &mut Random) -> Result<Self, String> {
        let frequencies = [2.2, 3.6, 5.5].map(|f| f * random.uniform(0.9, 1.1));
        let time_constants = [(); 3].map(|()| random.uniform(0.25, 0.6));
        let slow = [0.8, 2.5].map(|tau| tau * random.uniform(0.8, 1.2));
        let spread = 0.7 / (LATENTS as f64).sqrt();
        let mut mixing = [[0.0; LATENTS]; LATENTS].map(|row| row.map(|_| spread * random.normal()));
        for (i, row) in mixing.iter_mut().enumerate() {
            row[i] += 1.0;
        }
        let targets = [(); 8].map(|()| {
            let drawn = [(); LATENTS].map(|()| random.normal());
            let norm = drawn.iter().map(|x| x * x).sum::<f64>().sqrt();
            drawn.map(|x| x / norm)
        });
        let unmixing = inverse(&mixing)
            .map_err(|error| format!("the modes of this subject are not independent: {error}"))?;
        Ok(Self { frequencies, time_constants, slow, mixing, unmixing, targets })
    }

    /// The eigenvalues of the map of one step (of 20 ms) of a linear scenario, as (real, imaginary):
    /// exp(-dt/tau ± 2 pi i f dt) of the rotations, exp(-dt/tau) of the slow modes.
    #[must_use]
    pub fn eigenvalues(&self, scenario: Scenario) -> Vec<(f64, f64)> {
        let rotations = self.rotations(scenario).into_iter();
        let pairs = rotations.flat_map(|(re, im)| [(re, im), (re, -im)]);
        pairs.chain(self.slow_factors(scenario).map(|factor| (factor, 0.0))).collect()
    }

    fn rotations(&self, scenario: Scenario) -> [(f64, f64); 3] {
        let (speed, turn, damping) = match scenario {
            Scenario::TimeScale(factor) => (factor, 1.0, 1.0),
            Scenario::Frequency(factor) => (1.0, factor, 1.0),
            Scenario::Damping(factor) => (1.0, 1.0, factor),
            _ => (1.0, 1.0, 1.0),
        };
        [0, 1, 2].map(|k| {
            let radius = libm::exp(-STEP * speed * damping / self.time_constants[k]);
            let angle = TAU * self.frequencies[k] * speed * turn * STEP;
            (radius * libm::cos(angle), radius * libm::sin(angle))
        })
    }

    fn slow_factors(&self, scenario: Scenario) -> [f64; 2] {
        let speed = if let Scenario::TimeScale(factor) = scenario { factor } else { 1.0 };
        self.slow.map(|tau| libm::exp(-STEP * speed / tau))
    }

    /// A = M Lambda M⁻¹.
    fn map(&self, scenario: Scenario) -> Matrix {
        // Lambda M⁻¹, then M times that.
        let mut turned = self.unmixing;
        for (k, (re, im)) in self.rotations(scenario).into_iter().enumerate() {
            let (first, second) = (self.unmixing[2 * k], self.unmixing[2 * k + 1]);
            for j in 0..LATENTS {
                turned[2 * k][j] = re * first[j] - im * second[j];
                turned[2 * k + 1][j] = im * first[j] + re * second[j];
            }
        }
        for (k, factor) in self.slow_factors(scenario).into_iter().enumerate() {
            turned[6 + k] = self.unmixing[6 + k].map(|x| factor * x);
        }
        self.mixing.map(|row| {
            let mut product = [0.0; LATENTS];
            for (weight, other) in row.iter().zip(&turned) {
                product.iter_mut().zip(other).for_each(|(to, x)| *to += weight * x);
            }
            product
        })
    }
}

/// M⁻¹ = Q L⁻¹ out of Mᵀ = Q R, L = Rᵀ.
fn inverse(matrix: &Matrix) -> Result<Matrix, dynamical_similarity::Error> {
    let n = LATENTS;
    // Row after row is the transposed matrix, column after column.
    let mut factors: Vec<f64> = matrix.iter().flatten().copied().collect();
    let (mut tau, mut lower, mut result) = ([0.0; LATENTS], [0.0; 64], [0.0; 64]);
    qr::factor_in(&mut MatMut::new(&mut factors, n, n)?, &mut tau)?;
    let factors = MatRef::new(&factors, n, n)?;
    MatMut::new(&mut lower, n, n)?.copy_transposed_from(factors)?;
    let mut inverse = MatMut::new(&mut result, n, n)?;
    inverse.set_identity();
    solve::solve_lower_in(MatRef::new(&lower, n, n)?, &mut inverse)?;
    qr::apply_q_in(factors, &tau, &mut inverse)?;
    let mut rows = [[0.0; LATENTS]; LATENTS];
    for (i, row) in rows.iter_mut().enumerate() {
        row.iter_mut().enumerate().for_each(|(j, to)| *to = inverse.at(i, j));
    }
    Ok(rows)
}

/// The law of one step.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Law {
    Linear {
        map: Box<Matrix>,
        /// Standard deviation of the process noise.
        noise: f64,
        /// Length of a cue's kick.
        kick: f64,
        /// Standard deviation of the modulation of the drive.
        modulation: f64,
    },
    Ring,
    Line,
    Bistable,
    Point,
}

impl Law {
    pub(super) fn of(scenario: Scenario, modes: &Modes) -> Self {
        match scenario {
            Scenario::Ring => Self::Ring,
            Scenario::Line => Self::Line,
            Scenario::Bistable => Self::Bistable,
            Scenario::Point => Self::Point,
            _ => {
                let speed = if let Scenario::TimeScale(factor) = scenario { factor } else { 1.0 };
                Self::Linear {
                    map: Box::new(modes.map(scenario)),
                    noise: NOISE * speed.sqrt(),
                    kick: if scenario == Scenario::NoKicks { 0.0 } else { 1.0 },
                    modulation: if let Scenario::Drive(deviation) = scenario {
                        deviation
                    } else {
                        0.0
                    },
                }
            }
        }
    }
}

/// A state on its way. It may go on under another law.
#[derive(Debug, Clone)]
pub(super) struct Latent<'a> {
    modes: &'a Modes,
    pub(super) state: State,
    /// Steps to the next cue.
    until_cue: usize,
    /// What the drive is multiplied by.
    pub(super) drive: f64,
    /// Angle on the ring, position on the line, and the velocity of both.
    angle: f64,
    position: f64,
    velocity: f64,
    noise: Random,
    cues: Random,
    modulation: Random,
}

impl<'a> Latent<'a> {
    /// A state after [`WARM_UP`] steps under this law; `key` and streams 0 to 2 make its noise.
    pub(super) fn new(modes: &'a Modes, law: &Law, key: u64) -> Self {
        let mut latent = Self::cold(modes, law, key);
        (0..WARM_UP).for_each(|_| latent.step(law));
        latent
    }

    fn cold(modes: &'a Modes, law: &Law, key: u64) -> Self {
        let mut cues = Random::new(key, 1);
        let (first, range) = FIRST_CUE;
        let until_cue = first + cues.index(range);
        let angle = cues.uniform(0.0, TAU);
        let mut state = [0.0; LATENTS];
        if *law == Law::Bistable {
            state[0] = if cues.index(2) == 0 { -1.0 } else { 1.0 };
        }
        Self {
            modes,
            state,
            until_cue,
            drive: 1.0,
            angle,
            position: 0.0,
            velocity: 0.0,
            noise: Random::new(key, 0),
            cues,
            modulation: Random::new(key, 2),
        }
    }

    /// 20 ms.
    pub(super) fn step(&mut self, law: &Law) {
        match law {
            Law::Linear { map, noise, kick, modulation } => {
                self.modulate(*modulation);
                self.step_linear(map, *noise, *kick);
            }
            _ => self.step_nonlinear(law),
        }
    }

    fn modulate(&mut self, deviation: f64) {
        if deviation > 0.0 {
            let renewed = deviation * (1.0 - MODULATION_KEPT * MODULATION_KEPT).sqrt();
            self.drive =
                1.0 + MODULATION_KEPT * (self.drive - 1.0) + renewed * self.modulation.normal();
        } else {
            self.drive = 1.0;
        }
    }

    /// x <- A x + noise g xi, and a kick g k at cues.
    fn step_linear(&mut self, map: &Matrix, noise: f64, kick: f64) {
        let spread = noise * self.drive.max(0.2);
        let x = self.state;
        for (to, row) in self.state.iter_mut().zip(map) {
            let mean: f64 = row.iter().zip(&x).map(|(a, x)| a * x).sum();
            *to = mean + spread * self.noise.normal();
        }
        if self.until_cue == 0 {
            let target = &self.modes.targets[self.cues.index(self.modes.targets.len())];
            let length = kick * self.drive;
            self.state.iter_mut().zip(target).for_each(|(x, t)| *x += length * t);
            let (shortest, range) = CUE_GAP;
            self.until_cue = shortest + self.cues.index(range);
        }
        self.until_cue -= 1;
    }

    fn step_nonlinear(&mut self, law: &Law) {
        let mut xi = || self.noise.normal();
        self.velocity = 0.96 * self.velocity + 0.09 * xi();
        let [x, y, .., slow, fast] = &mut self.state;
        match law {
            Law::Ring => {
                self.angle += self.velocity;
                *x = libm::cos(self.angle) + 0.05 * xi();
                *y = libm::sin(self.angle) + 0.05 * xi();
                // Where a line would begin that the ring turns into.
                self.position = *x;
            }
            Law::Line => {
                self.position = reflected(self.position + self.velocity);
                *x = self.position + 0.05 * xi();
                *y += -6.0 * STEP * *y + 0.2 * xi();
            }
            Law::Bistable => {
                *x += 4.0 * STEP * (*x - *x * *x * *x) + 0.16 * xi();
                *y += -6.0 * STEP * *y + 0.2 * xi();
            }
            Law::Point | Law::Linear { .. } => {
                *x += -4.0 * STEP * *x + 0.38 * xi();
                *y += -6.0 * STEP * *y + 0.2 * xi();
            }
        }
        *slow += -STEP / 0.8 * *slow + 0.12 * xi();
        *fast += -STEP / 0.5 * *fast + 0.12 * xi();
        for (k, frequency) in [2.5, 4.5].into_iter().enumerate() {
            let (radius, angle) = (libm::exp(-STEP / 0.35), TAU * frequency * STEP);
            let (re, im) = (radius * libm::cos(angle), radius * libm::sin(angle));
            let (a, b) = (self.state[2 + 2 * k], self.state[3 + 2 * k]);
            self.state[2 + 2 * k] = re * a - im * b + 0.2 * xi();
            self.state[3 + 2 * k] = im * a + re * b + 0.2 * xi();
        }
    }
}

/// A position sent back by walls at ±1.3.
fn reflected(position: f64) -> f64 {
    if position > 1.3 {
        2.6 - position
    } else if position < -1.3 {
        -2.6 - position
    } else {
        position
    }
}
