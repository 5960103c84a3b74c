//! Families of systems: two independent recordings of one system, or of one and a faster one.

use systems::Random;
use systems::bits::Bits;
use systems::linear::orthonormalise_rows;

/// A family of systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Damped rotations of this even order with process noise; the state is seen.
    Linear(usize),
    /// Clips of the Lorenz attractor, 10 ms a sample.
    Lorenz,
    /// Three bits that pulses set and reset ([`Bits`]).
    FlipFlop,
    /// Poisson counts of 20 units that see two damped rotations.
    Spikes,
}

/// The length of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// Trials.
    pub trials: usize,
    /// Samples of each.
    pub samples: usize,
}

/// A recording: trials of samples x channels.
#[derive(Clone, Debug)]
pub struct Made {
    /// The samples of each trial.
    pub trials: Vec<Vec<f64>>,
    /// Channels of a sample.
    pub channels: usize,
}

const UNITS: usize = 20;

impl Family {
    /// All families, with their names.
    pub const ALL: [(&'static str, Self); 5] = [
        ("linear, order 4", Self::Linear(4)),
        ("linear, order 6", Self::Linear(6)),
        ("Lorenz", Self::Lorenz),
        ("flip-flop", Self::FlipFlop),
        ("spike counts", Self::Spikes),
    ];

    /// The rank of the operators.
    #[must_use]
    pub const fn rank(self) -> usize {
        match self {
            Self::Linear(order) => order,
            Self::Lorenz | Self::FlipFlop => 3,
            Self::Spikes => 4,
        }
    }

    /// Two recordings of one system of this seed, each with noise of its own. Time runs `faster` times as fast in the second
    /// (of a flip-flop it cannot), whose channels are turned by a random orthogonal matrix.
    #[must_use]
    pub fn pair(self, seed: u64, faster: f64, length: Length) -> [Made; 2] {
        let [first, mut second] = match self {
            Self::FlipFlop => flip_flops(seed, length),
            _ => [self.record(seed, 1, 1.0, length), self.record(seed, 2, faster, length)],
        };
        let turn = orthogonal(&mut Random::new(seed, 3), second.channels);
        for trial in &mut second.trials {
            for sample in trial.chunks_mut(second.channels) {
                let turned: Vec<f64> = turn
                    .chunks(second.channels)
                    .map(|row| row.iter().zip(&*sample).map(|(a, x)| a * x).sum())
                    .collect();
                sample.copy_from_slice(&turned);
            }
        }
        [first, second]
    }

    /// One recording of the system of this seed; `stream` gives its noise.
    #[must_use]
    pub fn record(self, seed: u64, stream: u64, faster: f64, length: Length) -> Made {
        let (mut shape, mut drive) = (Random::new(seed, 0), Random::new(seed, 10 + stream));
        let trials = 0..length.trials;
        match self {
            Self::Linear(order) => {
                let modes = modes(&mut shape, order / 2, (0.85, 0.98), (0.05, 1.5), faster);
                let trials = trials.map(|_| rotations(&modes, length.samples, &mut drive).concat());
                Made { trials: trials.collect(), channels: order }
            }
            Self::Lorenz => {
                let trials = trials.map(|_| lorenz(length.samples, faster, &mut drive));
                Made { trials: trials.collect(), channels: 3 }
            }
            Self::FlipFlop => flip_flops(seed, length)[0].clone(),
            Self::Spikes => {
                let modes = modes(&mut shape, 2, (0.9, 0.97), (0.1, 0.6), faster);
                let weights = shape.normals(UNITS * 4);
                let trials = trials.map(|_| {
                    let states = rotations(&modes, length.samples, &mut drive);
                    let mut counts = Vec::with_capacity(UNITS * length.samples);
                    for state in states {
                        for weights in weights.chunks(4) {
                            let drive_of_unit: f64 =
                                weights.iter().zip(&state).map(|(w, x)| 0.15 * w * x).sum();
                            let rate = 0.5 * libm::exp(drive_of_unit.min(2.0));
                            counts.push(drive.poisson(rate) as f64);
                        }
                    }
                    counts
                });
                Made { trials: trials.collect(), channels: UNITS }
            }
        }
    }
}

/// Radius and angle of each rotation.
fn modes(
    random: &mut Random,
    count: usize,
    radii: (f64, f64),
    angles: (f64, f64),
    faster: f64,
) -> Vec<(f64, f64)> {
    (0..count)
        .map(|_| {
            let (radius, angle) =
                (random.uniform(radii.0, radii.1), random.uniform(angles.0, angles.1));
            (libm::pow(radius, faster), angle * faster)
        })
        .collect()
}

/// The states of rotations that standard normal noise drives, after 200 samples that are dropped.
fn rotations(modes: &[(f64, f64)], samples: usize, random: &mut Random) -> Vec<Vec<f64>> {
    let mut state = vec![0.0; 2 * modes.len()];
    let mut kept = Vec::with_capacity(samples);
    for t in 0..200 + samples {
        for (pair, (radius, angle)) in state.chunks_mut(2).zip(modes) {
            let (cosine, sine) = (radius * libm::cos(*angle), radius * libm::sin(*angle));
            let [x, y] = [pair[0], pair[1]];
            pair[0] = cosine * x - sine * y + random.normal();
            pair[1] = sine * x + cosine * y + random.normal();
        }
        if t >= 200 {
            kept.push(state.clone());
        }
    }
    kept
}

/// A clip from a random state, after 20 s that are dropped, in units of 10.
fn lorenz(samples: usize, faster: f64, random: &mut Random) -> Vec<f64> {
    let step = 0.0025 * faster;
    let mut x = [random.normal(), random.normal(), 25.0 + random.normal()];
    let slope = |[x, y, z]: [f64; 3]| [10.0 * (y - x), x * (28.0 - z) - y, x * y - 8.0 / 3.0 * z];
    let mut data = Vec::with_capacity(3 * samples);
    for t in 0..2000 + samples {
        if t >= 2000 {
            data.extend([0.1 * x[0], 0.1 * x[1], 0.1 * (x[2] - 23.5)]);
        }
        for _ in 0..4 {
            let along = |k: [f64; 3], h: f64| std::array::from_fn(|i| x[i] + h * k[i]);
            let k1 = slope(x);
            let k2 = slope(along(k1, step / 2.0));
            let k3 = slope(along(k2, step / 2.0));
            let k4 = slope(along(k3, step));
            x = std::array::from_fn(|i| {
                x[i] + step / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i])
            });
        }
    }
    data
}

fn flip_flops(seed: u64, length: Length) -> [Made; 2] {
    let bits = Bits {
        trials: 2 * length.trials,
        samples: length.samples,
        pulses: Random::new(seed, 4).seed(),
        ..Bits::default()
    };
    let latent = bits.latent(seed);
    let mut trials: Vec<Vec<f64>> =
        latent.chunks(3 * length.samples).map(<[f64]>::to_vec).collect();
    let second = trials.split_off(length.trials);
    [trials, second].map(|trials| Made { trials, channels: 3 })
}

/// A random orthogonal matrix, row after row.
fn orthogonal(random: &mut Random, n: usize) -> Vec<f64> {
    let mut q = random.normals(n * n);
    orthonormalise_rows(&mut q, n);
    q
}
