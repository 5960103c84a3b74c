//! A ring attractor, or a line cut from it.
//!
//! Two populations L and R of N units each, state g in R^{2N}, ReLU, tau = 10, resting input 1, drive b(t)
//! that pushes the bump one way in L and the other way in R:
//! g <- g + (dt/tau) (-g + (1 ± 0.1 b(t)) + W relu(g) + sigma xi), minus for L, plus for R.
//! The kernel w(p) = 8 (cos(pi p / l) - 1) / 2 for |p| < 2 l, summed at p mod N for p = -⌈2 l⌉ .. ⌈2 l⌉, makes the
//! circulant Q; both populations receive W = [Q rolled by -2 rows, Q rolled by +2 rows]. For alpha < 1
//! the weights are built for N + ⌊(1 - alpha) l⌋ units, and the surplus is removed: the ring is cut.
//!
//! Start: 0.1 U(0, 1) and a unit pulse at one index, the same in both populations; the pulse is added
//! again at each of the first 100 steps. At the published step of 0.5 Euler's method is unstable for
//! l / N above about 0.585; here each step can be done as several substeps with the same drive and noise.
//!
//! Source: Ostrow et al. 2023, figure 4 (equations of the authors' notebook), network after Wang & Kang
//! 2022.

use crate::observe::{centre, principal_components};
use crate::random::Random;
use crate::simulated::Simulated;
use dynamical_similarity::MatMut;
use dynamical_similarity::linalg::eigenvalues::eigenvalues_in;

const TAU: f64 = 10.0;
const GAIN: f64 = 0.1;
const PULSE: usize = 100;
/// Rows by which the weights from one population are shifted.
const SHIFT: usize = 2;

/// The weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    units: usize,
    /// The kernel on the N + cut units, twice.
    kernel: Vec<f64>,
}

impl Network {
    /// A network of `units` (N) in each population, with a kernel of `width` l; `alpha` 1 for a ring, 0 for
    /// a line.
    ///
    /// # Errors
    /// A sentence if a setting is outside its range.
    pub fn new(units: usize, width: f64, alpha: f64) -> Result<Self, String> {
        if !(0.0..=1.0).contains(&alpha) {
            return Err("alpha must be from 0 (a line) to 1 (a ring)".to_owned());
        }
        if units < 10 || !(width > 1.0 && width < units as f64) {
            return Err(
                "a ring has at least 10 units, and its kernel is narrower than that".to_owned()
            );
        }
        let whole = units + ((1.0 - alpha) * width).floor() as usize;
        let mut kernel = vec![0.0; whole];
        let reach = (2.0 * width).ceil() as i64;
        for p in -reach..=reach {
            if (p.unsigned_abs() as f64) < 2.0 * width {
                let turn = libm::cos(std::f64::consts::PI * p as f64 / width);
                kernel[p.rem_euclid(whole as i64) as usize] += 8.0 * (turn - 1.0) / 2.0;
            }
        }
        kernel.extend_from_within(..);
        Ok(Self { units, kernel })
    }

    fn whole(&self) -> usize {
        self.kernel.len() / 2
    }

    /// `input` = W relu(g), the same for both populations.
    ///
    /// The two shifted copies of Q act on one sum: s_m = relu(g_L)_{m+2} + relu(g_R)_{m-2}.
    fn recurrent(&self, state: &[f64], sums: &mut [f64], input: &mut [f64]) {
        let whole = self.whole();
        let (left, right) = state.split_at(self.units);
        sums.fill(0.0);
        for (j, (l, r)) in left.iter().zip(right).enumerate() {
            sums[(j + whole - SHIFT) % whole] += l.max(0.0);
            sums[(j + SHIFT) % whole] += r.max(0.0);
        }
        input.fill(0.0);
        for (m, sum) in sums.iter().enumerate().filter(|(_, sum)| **sum > 0.0) {
            let row = &self.kernel[whole - m..whole - m + self.units];
            input.iter_mut().zip(row).for_each(|(input, w)| *input += w * sum);
        }
    }

    /// Runs the network and shows the state g (L, then R) after every step.
    pub fn run(&self, protocol: &Protocol<'_>, start: Start, mut show: impl FnMut(usize, &[f64])) {
        let n = self.units;
        let Start { mut state, pulse, mut noise } = start;
        let step = protocol.step / protocol.substeps.max(1) as f64;
        let (mut sums, mut input) = (vec![0.0; self.whole()], vec![0.0; n]);
        let mut xi = vec![0.0; 2 * n];
        for (time, drive) in protocol.drive.iter().enumerate() {
            if protocol.noise > 0.0 {
                xi.iter_mut().for_each(|x| *x = protocol.noise * noise.normal());
            }
            for _ in 0..protocol.substeps {
                self.recurrent(&state, &mut sums, &mut input);
                for (k, (g, xi)) in state.iter_mut().zip(&xi).enumerate() {
                    let push = if k < n { -GAIN * drive } else { GAIN * drive };
                    *g += step / TAU * (-*g + 1.0 + push + input[k % n] + xi);
                }
                if time < PULSE {
                    for population in [0, n] {
                        state[population + pulse] += 1.0 / protocol.substeps as f64;
                    }
                }
            }
            show(time, &state);
        }
    }

    /// The least real part among the eigenvalues of W on the units that are active in `state`, with which
    /// Euler's method is stable for dt / tau (least - 1) > -2.
    ///
    /// # Errors
    /// A sentence if the eigenvalues are not found.
    pub fn least_eigenvalue(&self, state: &[f64]) -> Result<f64, String> {
        let (n, whole) = (self.units, self.whole());
        let active: Vec<usize> = (0..2 * n).filter(|k| state[*k] > 0.0).collect();
        let weight = |to: usize, from: usize| {
            let place = if from < n { from + whole - SHIFT } else { from - n + SHIFT };
            self.kernel[(to % n + whole - place % whole) % whole]
        };
        let order = active.len();
        if order == 0 {
            return Ok(0.0);
        }
        let mut matrix: Vec<f64> =
            active.iter().flat_map(|j| active.iter().map(|i| weight(*i, *j))).collect();
        let (mut real, mut imaginary) = (vec![0.0; order], vec![0.0; order]);
        MatMut::new(&mut matrix, order, order)
            .and_then(|mut matrix| eigenvalues_in(&mut matrix, &mut real, &mut imaginary))
            .map_err(|error| error.to_string())?;
        Ok(real.into_iter().fold(f64::INFINITY, f64::min))
    }
}

/// How a network is run.
#[derive(Debug, Clone, PartialEq)]
pub struct Protocol<'a> {
    /// dt of a step.
    pub step: f64,
    /// Euler steps that a step is done in.
    pub substeps: usize,
    /// Drive b at every step.
    pub drive: &'a [f64],
    /// Noise sigma.
    pub noise: f64,
}

/// Where a run begins.
#[derive(Debug, Clone)]
pub struct Start {
    state: Vec<f64>,
    pulse: usize,
    noise: Random,
}

impl Start {
    /// 0.1 U(0, 1) and a unit pulse at a random index.
    #[must_use]
    pub fn new(units: usize, seed: u64) -> Self {
        let mut random = Random::new(seed, 0);
        let pulse = random.index(units);
        let mut state: Vec<f64> = (0..2 * units).map(|_| 0.1 * random.uniform(0.0, 1.0)).collect();
        state[pulse] += 1.0;
        state[units + pulse] += 1.0;
        Self { state, pulse, noise: Random::new(seed, 1) }
    }
}

/// One network and one recording of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ring {
    /// Units of a population, N (default 100).
    pub units: usize,
    /// Width of the kernel, l (default 60).
    pub width: f64,
    /// 1 a ring, 0 a line (default 1).
    pub alpha: f64,
    /// Constant drive b (default 2).
    pub drive: f64,
    /// Noise sigma (default 0.01).
    pub noise: f64,
    /// Samples kept, after 1000 steps of set-up and 200 more that are dropped (default 1800).
    pub samples: usize,
    /// Principal components of relu(g_R) that are recorded (default 15).
    pub components: usize,
}

impl Default for Ring {
    fn default() -> Self {
        Self {
            units: 100,
            width: 60.0,
            alpha: 1.0,
            drive: 2.0,
            noise: 0.01,
            samples: 1800,
            components: 15,
        }
    }
}

const DROPPED: usize = 1200;

impl Ring {
    /// The leading principal components of relu(g_R), centred.
    ///
    /// # Errors
    /// A sentence if a setting is outside its range.
    pub fn simulate(&self, seed: u64) -> Result<Simulated, String> {
        let mut data = self.activity(seed)?;
        data.iter_mut().for_each(|g| *g = g.max(0.0));
        centre(&mut data, self.units);
        let data = principal_components(&data, self.units, self.components)?;
        let channels = self.components.min(self.units);
        Ok(Simulated { trials: 1, samples: self.samples, channels, data })
    }

    /// g_R, samples x units: steps of 0.5 as 5 substeps of 0.1, driven from the beginning.
    ///
    /// # Errors
    /// A sentence if a setting is outside its range.
    pub fn activity(&self, seed: u64) -> Result<Vec<f64>, String> {
        let network = Network::new(self.units, self.width, self.alpha)?;
        let drive = vec![self.drive; DROPPED + self.samples];
        let protocol = Protocol { step: 0.5, substeps: 5, drive: &drive, noise: self.noise };
        let mut kept = Vec::with_capacity(self.samples * self.units);
        network.run(&protocol, Start::new(self.units, seed), |time, state| {
            if time >= DROPPED {
                kept.extend_from_slice(&state[self.units..]);
            }
        });
        Ok(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bump_goes_round_the_ring_and_not_past_the_cut_of_a_line() {
        let peak = |row: &[f64]| -> usize {
            (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap()
        };
        let visited = |alpha: f64| -> usize {
            let ring = Ring { alpha, samples: 1500, ..Ring::default() };
            let activity = ring.activity(3).unwrap();
            let mut seen = vec![false; ring.units];
            activity.chunks(ring.units).for_each(|row| seen[peak(row)] = true);
            seen.iter().filter(|x| **x).count()
        };
        let (ring, line) = (visited(1.0), visited(0.0));
        assert!(ring > 90 && line < ring, "{ring} {line}");
    }

    /// The definition, entry by entry: Q_{ij} = w(j - i), rows rolled by -2 and +2, cut to N units.
    #[test]
    fn the_shortcut_is_the_product_with_the_weights() {
        for alpha in [1.0, 0.4] {
            let network = Network::new(31, 17.0, alpha).unwrap();
            let (n, whole) = (network.units, network.whole());
            let mut random = Random::new(3, 0);
            let state = random.normals(2 * n);
            let weight = |i: usize, j: usize| {
                let (row, column) =
                    if j < n { ((i + 2) % whole, j) } else { ((i + whole - 2) % whole, j - n) };
                network.kernel[(column + whole - row) % whole]
            };
            let (mut sums, mut input) = (vec![0.0; whole], vec![0.0; n]);
            network.recurrent(&state, &mut sums, &mut input);
            for (i, found) in input.iter().enumerate() {
                let expected: f64 = (0..2 * n).map(|j| weight(i, j) * state[j].max(0.0)).sum();
                assert!((found - expected).abs() < 1e-10, "{found} {expected}");
            }
        }
    }

    #[test]
    fn the_published_step_is_unstable_for_a_wide_kernel_only() {
        let factor = |width: f64| {
            let network = Network::new(120, width, 1.0).unwrap();
            let drive = [1.0; 1500];
            let protocol = Protocol { step: 0.5, substeps: 5, drive: &drive, noise: 0.0 };
            let mut last = Vec::new();
            network.run(&protocol, Start::new(120, 1), |_, state| last = state.to_vec());
            0.05 * (network.least_eigenvalue(&last).unwrap() - 1.0)
        };
        let (narrow, wide) = (factor(67.0), factor(73.0));
        assert!(narrow > -2.0 && wide < -2.0, "{narrow} {wide}");
    }
}
