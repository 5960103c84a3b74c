//! Clips of the Lorenz attractor: the benchmark of KoopSTD (Zhang et al., ICML 2025).

use crate::observe::{centre, unit_variance};
use crate::random::Random;
use crate::simulated::Simulated;

/// x' = sigma (y - x), y' = x (rho - z) - y, z' = x y - beta z, with sigma = 10, beta = 8/3, from
/// (-8, 8, 27), by the classical Runge-Kutta method at 1 ms. The first 300 s are dropped; a clip of
/// `samples` x 10 ms begins at a random time before 800 s; each variable is z-scored.
///
/// rho = 10 and 20 settle on a fixed point: their clips are refused as constant.
#[derive(Debug, Clone, PartialEq)]
pub struct Lorenz {
    /// The parameter rho (default 28).
    pub rho: f64,
    /// Samples of the clip, 10 ms apart (default 2000).
    pub samples: usize,
}

impl Default for Lorenz {
    fn default() -> Self {
        Self { rho: 28.0, samples: 2000 }
    }
}

const STEP: f64 = 1e-3;
const EVERY: usize = 10;
const DROPPED: usize = 300_000;
const END: usize = 800_000;

impl Lorenz {
    /// One clip.
    ///
    /// # Errors
    /// A sentence if the clip does not fit, or is constant.
    pub fn simulate(&self, seed: u64) -> Result<Simulated, String> {
        let mut clip = self.clips(1, seed)?.pop().ok_or("no clip")?;
        if !clip.z_score() {
            return Err(format!("at rho {} the system rests: the clip is constant", self.rho));
        }
        Ok(clip.into_simulated())
    }

    /// Several clips of one run, as they are: neither checked nor z-scored.
    ///
    /// # Errors
    /// A sentence if a clip does not fit.
    pub fn clips(&self, count: usize, seed: u64) -> Result<Vec<Clip>, String> {
        if !(self.rho.is_finite() && self.rho > 0.0 && self.rho <= 1000.0) {
            return Err("rho must be above 0 and at most 1000".to_owned());
        }
        let length = self.samples.saturating_mul(EVERY);
        if length > END - DROPPED {
            return Err(format!("a clip has at most {} samples", (END - DROPPED) / EVERY));
        }
        let mut random = Random::new(seed, 0);
        let mut starts: Vec<usize> =
            (0..count).map(|_| DROPPED + random.index(END - DROPPED - length + 1)).collect();
        starts.sort_unstable();
        let (mut x, mut time) = ([-8.0, 8.0, 27.0], 0);
        let clip = |start| {
            while time < start {
                x = self.step(x);
                time += 1;
            }
            let (mut x, mut data) = (x, Vec::with_capacity(3 * self.samples));
            for _ in 0..self.samples {
                data.extend(x);
                (0..EVERY).for_each(|_| x = self.step(x));
            }
            Clip { data }
        };
        Ok(starts.into_iter().map(clip).collect())
    }

    fn slope(&self, [x, y, z]: [f64; 3]) -> [f64; 3] {
        [10.0 * (y - x), x * (self.rho - z) - y, x * y - 8.0 / 3.0 * z]
    }

    fn step(&self, x: [f64; 3]) -> [f64; 3] {
        let along = |k: [f64; 3], h: f64| std::array::from_fn(|i| x[i] + h * k[i]);
        let k1 = self.slope(x);
        let k2 = self.slope(along(k1, STEP / 2.0));
        let k3 = self.slope(along(k2, STEP / 2.0));
        let k4 = self.slope(along(k3, STEP));
        std::array::from_fn(|i| x[i] + STEP / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]))
    }
}

/// A part of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Clip {
    /// Samples x 3.
    pub data: Vec<f64>,
}

impl Clip {
    /// Brings each variable to mean 0 and variance 1; `false` if they rest: if none leaves its mean by more
    /// than 1e-9 of the largest value.
    pub fn z_score(&mut self) -> bool {
        let largest = |data: &[f64]| data.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        let size = largest(&self.data);
        centre(&mut self.data, 3);
        let moves = largest(&self.data) > 1e-9 * size;
        unit_variance(&mut self.data, 3);
        moves
    }

    fn into_simulated(self) -> Simulated {
        Simulated { trials: 1, samples: self.data.len() / 3, channels: 3, data: self.data }
    }
}

#[cfg(test)]
mod tests {
    use super::Lorenz;

    #[test]
    fn chaos_is_z_scored_and_rest_is_refused() {
        let made = Lorenz { rho: 75.0, samples: 500 }.simulate(1).unwrap();
        for channel in 0..3 {
            let squares: f64 = made.data.iter().skip(channel).step_by(3).map(|x| x * x).sum();
            assert!((squares / 500.0 - 1.0).abs() < 1e-12);
        }
        assert!(Lorenz { rho: 10.0, samples: 500 }.simulate(1).unwrap_err().contains("rests"));
    }
}
