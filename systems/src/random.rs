//! Random numbers that are the same on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// ChaCha8 with a seed and a stream; streams of one seed are independent.
///
/// Normal numbers need a logarithm. It is libm's: that of the system differs in the last bit from
/// one system to another.
#[derive(Debug, Clone)]
pub struct Random {
    generator: ChaCha8Rng,
    /// The polar method makes normal numbers in pairs.
    second: Option<f64>,
}

impl Random {
    /// Begins a stream.
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream);
        Self { generator, second: None }
    }

    /// Uniform in [low, high).
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        let unit = (self.generator.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        low + (high - low) * unit
    }

    /// Uniform in 0 .. count.
    pub fn index(&mut self, count: usize) -> usize {
        (self.uniform(0.0, count as f64) as usize).min(count.saturating_sub(1))
    }

    /// Standard normal, by the polar method (Marsaglia & Bray 1964).
    pub fn normal(&mut self) -> f64 {
        if let Some(second) = self.second.take() {
            return second;
        }
        loop {
            let (x, y) = (self.uniform(-1.0, 1.0), self.uniform(-1.0, 1.0));
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                let scale = (-2.0 * libm::log(square) / square).sqrt();
                self.second = Some(y * scale);
                return x * scale;
            }
        }
    }

    /// Poisson with this mean, 0 to 20, by inversion of one uniform number; above 99 never.
    ///
    /// That of the crate `rand_distr` takes the system's exponential as soon as any crate of the build
    /// switches on `std` of num-traits.
    pub fn poisson(&mut self, mean: f64) -> usize {
        let uniform = self.uniform(0.0, 1.0);
        let mut probability = libm::exp(-mean);
        let (mut below, mut count) = (probability, 0);
        while uniform >= below && count < 99 {
            count += 1;
            probability *= mean / count as f64;
            below += probability;
        }
        count
    }

    /// A seed for streams that have nothing to do with this one.
    pub fn seed(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// `count` standard normals.
    pub fn normals(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.normal()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn moments_and_tails_are_those_of_the_normal_distribution() {
        let count = 1_000_000;
        let drawn = Random::new(5, 0).normals(count);
        let moment = |power| drawn.iter().map(|x| x.powi(power)).sum::<f64>() / count as f64;
        // Five standard errors: the variances of x^k are E x^2k - (E x^k)^2 = 1, 2, 15 and 96.
        for (power, mean, variance) in
            [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)]
        {
            let allowed = 5.0 * f64::sqrt(variance / count as f64);
            assert!((moment(power) - mean).abs() < allowed, "{power}: {}", moment(power));
        }
        // P(|x| > 3) = 0.0026998.
        let tail = drawn.iter().filter(|x| x.abs() > 3.0).count() as f64;
        assert!((tail - 2699.8).abs() < 5.0 * 2699.8_f64.sqrt(), "{tail}");
        // Neighbours, within a pair and across pairs.
        for step in [1, 2] {
            let product: f64 = drawn.iter().zip(&drawn[step..]).map(|(x, y)| x * y).sum();
            assert!((product / count as f64).abs() < 5.0 / 1e3, "{product}");
        }
    }

    /// The frequencies of 0, 1, 2 and 3, and the mean and the variance, within five standard errors.
    #[test]
    fn counts_are_those_of_the_poisson_distribution() {
        let count = 400_000;
        for mean in [0.01, 0.3, 4.0] {
            let mut random = Random::new(9, 0);
            let drawn: Vec<f64> = (0..count).map(|_| random.poisson(mean) as f64).collect();
            let mut probability = f64::exp(-mean);
            for k in 0..4 {
                let share =
                    drawn.iter().filter(|x| **x == f64::from(k)).count() as f64 / count as f64;
                let error = (probability * (1.0 - probability) / count as f64).sqrt();
                assert!((share - probability).abs() < 5.0 * error + 1e-5, "{mean} {k} {share}");
                probability *= mean / f64::from(k + 1);
            }
            let average = drawn.iter().sum::<f64>() / count as f64;
            assert!((average - mean).abs() < 5.0 * (mean / count as f64).sqrt(), "{average}");
            let squares = drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count as f64;
            // The fourth central moment is mean + 3 mean².
            let error = ((mean + 2.0 * mean * mean) / count as f64).sqrt();
            assert!((squares - mean).abs() < 5.0 * error, "{squares}");
        }
        assert_eq!(Random::new(9, 0).poisson(0.0), 0);
    }

    #[test]
    fn streams_differ_and_seeds_repeat() {
        let drawn = |seed, stream| Random::new(seed, stream).normals(3);
        assert_eq!(drawn(1, 0), drawn(1, 0));
        assert_ne!(drawn(1, 0), drawn(1, 1));
        assert_ne!(drawn(1, 0), drawn(2, 0));
    }
}
