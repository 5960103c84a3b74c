//! Clips of the Lorenz attractor: the benchmark of KoopSTD (Zhang et al., ICML 2025).

use super::observe::{centre, unit_variance};
use super::{Random, Simulated};

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
        if !(self.rho.is_finite() && self.rho > 0.0 && self.rho <= 1000.0) {
            return Err("rho must be above 0 and at most 1000".to_owned());
        }
        let length = self.samples.saturating_mul(EVERY);
        if length > END - DROPPED {
            return Err(format!("a clip has at most {} samples", (END - DROPPED) / EVERY));
        }
        let start = DROPPED + Random::new(seed, 0).index(END - DROPPED - length + 1);
        let mut x = [-8.0, 8.0, 27.0];
        (0..start).for_each(|_| x = self.step(x));
        let mut data = Vec::with_capacity(3 * self.samples);
        for _ in 0..self.samples {
            data.extend(x);
            (0..EVERY).for_each(|_| x = self.step(x));
        }
        let size = data.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        centre(&mut data, 3);
        let swing = data.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        if swing <= 1e-9 * size {
            return Err(format!("at rho {} the system rests: the clip is constant", self.rho));
        }
        unit_variance(&mut data, 3);
        Ok(Simulated { trials: 1, samples: self.samples, channels: 3, data })
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
