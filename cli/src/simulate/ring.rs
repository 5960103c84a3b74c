//! A ring attractor, or a line cut from it.
//!
//! Two populations L and R of N units each, state g in R^{2N}, ReLU, tau = 10, resting input 1, drive b(t)
//! that pushes the bump one way in L and the other way in R:
//! g <- g + (dt/tau) (-g + (1 ± 0.1 b(t)) + W relu(g) + sigma xi), minus for L, plus for R.
//! The kernel w(p) = 8 (cos(pi p / l) - 1) / 2 for |p| < 2 l, summed at p mod N for p = -⌈2 l⌉ .. ⌈2 l⌉, makes the
//! circulant Q; both populations receive W = [Q rolled by -2 rows, Q rolled by +2 rows]. For alpha < 1
//! the weights are built for N + ⌊(1 - alpha) l⌋ units, and the surplus is removed: the ring is cut.
//!
//! Start: 0.1 U(0, 1) and a unit pulse at one index, the same in both populations; 1000 set-up steps, the
//! pulse added during the first 100; then the activity of R. Each step of 0.5 is done as 5
//! substeps of 0.1: at the published step of 0.5 Euler's method is unstable for l / N above about
//! 0.585.
//!
//! Source: Ostrow et al. 2023, figure 4 (equations of the authors' notebook), network after Wang & Kang
//! 2022.

use super::observe::{centre, principal_components};
use super::{Random, Simulated};

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
    /// Samples kept, after 200 that are dropped (default 1800).
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

const SET_UP: usize = 1000;
const PULSE: usize = 100;
const DROPPED: usize = 200;
const SUBSTEPS: usize = 5;
const STEP: f64 = 0.1;
const TAU: f64 = 10.0;
const GAIN: f64 = 0.1;

impl Ring {
    /// The leading principal components of relu(g_R), centred.
    ///
    /// # Errors
    /// A sentence if a setting is outside its range.
    pub fn simulate(&self, seed: u64) -> Result<Simulated, String> {
        let mut data = self.activity(seed)?;
        centre(&mut data, self.units);
        let data = principal_components(&data, self.units, self.components)?;
        let channels = self.components.min(self.units);
        Ok(Simulated { trials: 1, samples: self.samples, channels, data })
    }

    /// relu(g_R), samples x units.
    ///
    /// # Errors
    /// A sentence if a setting is outside its range.
    pub fn activity(&self, seed: u64) -> Result<Vec<f64>, String> {
        if !(0.0..=1.0).contains(&self.alpha) {
            return Err("alpha must be from 0 (a line) to 1 (a ring)".to_owned());
        }
        if self.units < 10 || !(self.width > 1.0 && self.width < self.units as f64) {
            return Err(
                "a ring has at least 10 units, and its kernel is narrower than that".to_owned()
            );
        }
        let n = self.units;
        let (from_left, from_right) = self.weights();
        let mut random = Random::new(seed, 0);
        let mut noise = Random::new(seed, 1);
        let start = random.index(n);
        let mut state: Vec<f64> = (0..2 * n).map(|_| 0.1 * random.uniform(0.0, 1.0)).collect();
        state[start] += 1.0;
        state[n + start] += 1.0;
        let mut kept = Vec::with_capacity(self.samples * n);
        let (mut input, mut xi) = (vec![0.0; n], vec![0.0; 2 * n]);
        for step in 0..SET_UP + DROPPED + self.samples {
            let drive = if step < SET_UP { 0.0 } else { GAIN * self.drive };
            xi.iter_mut().for_each(|x| *x = self.noise * noise.normal());
            for _ in 0..SUBSTEPS {
                for (i, input) in input.iter_mut().enumerate() {
                    let row = i * n..(i + 1) * n;
                    let (left, right) = (&from_left[row.clone()], &from_right[row]);
                    let (l, r) = state.split_at(n);
                    *input = rectified(left, l) + rectified(right, r);
                }
                for (k, g) in state.iter_mut().enumerate() {
                    let push = if k < n { -drive } else { drive };
                    *g += STEP / TAU * (-*g + 1.0 + push + input[k % n] + xi[k]);
                }
                if step < PULSE {
                    state[start] += 1.0 / SUBSTEPS as f64;
                    state[n + start] += 1.0 / SUBSTEPS as f64;
                }
            }
            if step >= SET_UP + DROPPED {
                kept.extend(state[n..].iter().map(|g| g.max(0.0)));
            }
        }
        Ok(kept)
    }

    /// Weights from L and from R, row after row: W = [roll(Q, -2), roll(Q, +2)], cut to N units.
    fn weights(&self) -> (Vec<f64>, Vec<f64>) {
        let n = self.units;
        let whole = n + ((1.0 - self.alpha) * self.width).floor() as usize;
        let mut kernel = vec![0.0; whole];
        let reach = (2.0 * self.width).ceil() as i64;
        for p in -reach..=reach {
            if (p.unsigned_abs() as f64) < 2.0 * self.width {
                let turn = libm::cos(std::f64::consts::PI * p as f64 / self.width);
                kernel[p.rem_euclid(whole as i64) as usize] += 8.0 * (turn - 1.0) / 2.0;
            }
        }
        let entry = |i: usize, j: usize, roll: usize| {
            let shifted = (i + roll) % whole;
            kernel[(j + whole - shifted) % whole]
        };
        let matrix = |roll: usize| -> Vec<f64> {
            (0..n * n).map(|at| entry(at / n, at % n, roll)).collect()
        };
        (matrix(2), matrix(whole - 2))
    }
}

/// sum w relu(g).
fn rectified(weights: &[f64], state: &[f64]) -> f64 {
    weights.iter().zip(state).map(|(w, g)| w * g.max(0.0)).sum()
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
}
