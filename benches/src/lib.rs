//! Inputs that the benchmarks share: the same numbers on every run.

/// splitmix64 (Steele, Lea & Flood 2014), as uniform numbers in (-1, 1).
pub struct Uniform(pub u64);

impl Uniform {
    /// The next number.
    pub fn sample(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

/// Lorenz-63 (sigma 10, beta 8/3) by Runge-Kutta 4 at 1 ms, every 10th sample, time x 3, scaled to
/// about unit size.
pub fn lorenz(rho: f64, samples: usize) -> Vec<f64> {
    let slope = |x: [f64; 3]| {
        [10.0 * (x[1] - x[0]), x[0] * (rho - x[2]) - x[1], x[0] * x[1] - 8.0 / 3.0 * x[2]]
    };
    let along =
        |x: [f64; 3], k: [f64; 3], h: f64| [x[0] + h * k[0], x[1] + h * k[1], x[2] + h * k[2]];
    let (mut x, h) = ([-8.0, 8.0, 27.0], 1e-3);
    let mut out = Vec::with_capacity(3 * samples);
    for step in 0..10 * (samples + 1000) {
        if step >= 10_000 && step % 10 == 0 {
            out.extend([x[0] / rho.sqrt(), x[1] / rho.sqrt(), (x[2] - rho) / rho.sqrt()]);
        }
        let k1 = slope(x);
        let k2 = slope(along(x, k1, h / 2.0));
        let k3 = slope(along(x, k2, h / 2.0));
        let k4 = slope(along(x, k3, h));
        for i in 0..3 {
            x[i] += h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]);
        }
    }
    out
}

/// Lorenz seen through a fixed random 3 x `channels` map, with noise of at most `noise`.
pub fn lorenz_observed(rho: f64, samples: usize, channels: usize, noise: f64) -> Vec<f64> {
    let mut random = Uniform(7);
    let map: Vec<f64> = (0..3 * channels).map(|_| random.sample()).collect();
    let states = lorenz(rho, samples);
    let mut out = Vec::with_capacity(samples * channels);
    for x in states.chunks(3) {
        for c in 0..channels {
            let seen: f64 = (0..3).map(|i| x[i] * map[3 * c + i]).sum();
            out.push(seen + noise * random.sample());
        }
    }
    out
}
