//! A random stable linear system, for which the answer is known.

use crate::random::Random;
use crate::simulated::Simulated;

/// x_{t+1} = A x_t + xi_t, y_t = x_t + noise eta_t with standard normal xi and eta; A is block diagonal:
/// rotations by U(0.05, 1.5) rad shrunk by U(0.85, 0.98) (and one U(0.5, 0.95) for an odd
/// dimension), turned by a random orthogonal map. Each trial starts from a standard normal state and
/// forgets it for 100 samples.
///
/// With `channels`, the state is seen through a random map instead: y_t = C x_t + noise sigma eta_t, C with
/// standard normal entries and sigma the standard deviation of each channel of C x.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// Dimension of the state (default 4).
    pub dimension: usize,
    /// Channels that see the state through a random map; `None` (the default) shows the state itself.
    pub channels: Option<usize>,
    /// Standard deviation of the observation noise (default 0); with `channels`, as a share of each
    /// channel's own.
    pub noise: f64,
    /// Trials (default 1).
    pub trials: usize,
    /// Samples of a trial (default 2000).
    pub samples: usize,
}

impl Default for Linear {
    fn default() -> Self {
        Self { dimension: 4, channels: None, noise: 0.0, trials: 1, samples: 2000 }
    }
}

impl Linear {
    /// All trials of one system.
    ///
    /// # Errors
    /// A sentence if a setting is outside its range.
    pub fn simulate(&self, seed: u64) -> Result<Simulated, String> {
        let n = self.dimension;
        if n == 0 || n > 1000 {
            return Err("dimension must be from 1 to 1000".to_owned());
        }
        if self.channels.is_some_and(|channels| channels == 0 || channels > 1000) {
            return Err("channels must be from 1 to 1000".to_owned());
        }
        if !(self.noise >= 0.0 && self.noise.is_finite()) {
            return Err("noise must be a number that is not negative".to_owned());
        }
        let (mut shape, mut drive) = (Random::new(seed, 0), Random::new(seed, 1));
        let map = state_map(&mut shape, n);
        let own_noise = if self.channels.is_some() { 0.0 } else { self.noise };
        let mut data = Vec::with_capacity(self.trials * self.samples * n);
        for _ in 0..self.trials {
            let mut x = drive.normals(n);
            for t in 0..100 + self.samples {
                let next: Vec<f64> = map
                    .chunks(n)
                    .map(|row| row.iter().zip(&x).map(|(a, x)| a * x).sum::<f64>())
                    .map(|mean| mean + drive.normal())
                    .collect();
                x = next;
                if t >= 100 {
                    data.extend(x.iter().map(|x| x + own_noise * drive.normal()));
                }
            }
        }
        let data = match self.channels {
            Some(channels) => self.observe(&data, channels, seed),
            None => data,
        };
        let channels = self.channels.unwrap_or(n);
        Ok(Simulated { trials: self.trials, samples: self.samples, channels, data })
    }

    /// C x with noise.
    fn observe(&self, states: &[f64], channels: usize, seed: u64) -> Vec<f64> {
        let n = self.dimension;
        let weights = Random::new(seed, 2).normals(channels * n);
        let mut noise = Random::new(seed, 3);
        let mut seen: Vec<f64> = states
            .chunks(n)
            .flat_map(|x| {
                weights.chunks(n).map(move |row| row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>())
            })
            .collect();
        let samples = (seen.len() / channels) as f64;
        let deviations: Vec<f64> = (0..channels)
            .map(|channel| {
                let values = || seen.iter().skip(channel).step_by(channels);
                let mean = values().sum::<f64>() / samples;
                (values().map(|x| (x - mean).powi(2)).sum::<f64>() / samples).sqrt()
            })
            .collect();
        for sample in seen.chunks_mut(channels) {
            for (x, deviation) in sample.iter_mut().zip(&deviations) {
                *x += self.noise * deviation * noise.normal();
            }
        }
        seen
    }
}

/// Q D Qᵀ, row after row, D block diagonal with shrunk rotations.
fn state_map(random: &mut Random, n: usize) -> Vec<f64> {
    let mut blocks = vec![0.0; n * n];
    for i in (0..n - n % 2).step_by(2) {
        let (radius, angle) = (random.uniform(0.85, 0.98), random.uniform(0.05, 1.5));
        let (cosine, sine) = (radius * libm::cos(angle), radius * libm::sin(angle));
        blocks[i * n + i] = cosine;
        blocks[i * n + i + 1] = -sine;
        blocks[(i + 1) * n + i] = sine;
        blocks[(i + 1) * n + i + 1] = cosine;
    }
    if n % 2 == 1 {
        blocks[n * n - 1] = random.uniform(0.5, 0.95);
    }
    let mut q = random.normals(n * n);
    orthonormalise_rows(&mut q, n);
    let turned = |i: usize, j: usize| -> f64 {
        (0..n)
            .map(|k| q[k * n + i] * (0..n).map(|l| blocks[k * n + l] * q[l * n + j]).sum::<f64>())
            .sum()
    };
    (0..n * n).map(|at| turned(at / n, at % n)).collect()
}

/// Makes the rows of a square matrix of order n orthonormal: Gram-Schmidt, twice.
pub fn orthonormalise_rows(q: &mut [f64], n: usize) {
    for i in 0..n {
        let (before, rest) = q.split_at_mut(i * n);
        let row = &mut rest[..n];
        for _ in 0..2 {
            for other in before.chunks(n) {
                let overlap: f64 = other.iter().zip(&*row).map(|(a, b)| a * b).sum();
                row.iter_mut().zip(other).for_each(|(x, o)| *x -= overlap * o);
            }
        }
        let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        row.iter_mut().for_each(|x| *x /= norm);
    }
}
