//! Recordings of systems, and the operators that are fitted to them.

use crate::square::Square;
use dynamical_similarity::{Centre, Dmd, Rank, Recording};
use systems::attractors::Attractors;
use systems::lorenz::Lorenz;
use systems::{Random, Simulated, System};

/// A kind of system, with three settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Clips of the Lorenz attractor at rho = 75, 152 or 220, with 1e-3 of noise.
    Lorenz,
    /// Bistable, line and point attractor.
    Attractors,
    /// Three couplings and spreads of a ring of oscillators.
    Ring,
    /// Three kinds of state map.
    Linear,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Lorenz, Self::Attractors, Self::Ring, Self::Linear];

    const fn delays(self) -> usize {
        match self {
            Self::Lorenz => 24,
            Self::Attractors => 20,
            Self::Ring | Self::Linear => 10,
        }
    }

    /// The operator of rank `n` of a fresh recording.
    pub(super) fn operator(
        self,
        setting: usize,
        n: usize,
        random: &mut Random,
    ) -> Result<Square, String> {
        let recorded = self.record(setting, random)?;
        let trial = recorded.samples * recorded.channels;
        let words = |error: dynamical_similarity::Error| format!("{self:?}: {error}");
        let trials: Vec<Recording<'_, f64>> = recorded
            .data
            .chunks_exact(trial)
            .map(|trial| Recording::new(trial, recorded.channels))
            .collect::<Result<_, _>>()
            .map_err(words)?;
        // The pairs whose best known optima are checked in: nothing was subtracted, and the fit was that in the caller's
        // memory, to the last bit.
        let dmd = Dmd::new().delays(self.delays()).rank(Rank::Fixed(n)).centre(Centre::None);
        let rows = trials.iter().map(|trial| trial.samples()).sum();
        let mut memory = vec![0.0; Dmd::memory_len_for_rows(dmd.shape(recorded.channels), rows)];
        let model = dmd.fit_in(&trials, &mut memory).map_err(words)?;
        let operator = model.operator();
        Ok(Square::from_fn(n, |i, j| operator.at(i, j)))
    }

    fn record(self, setting: usize, random: &mut Random) -> Result<Simulated, String> {
        match self {
            Self::Lorenz => {
                let rho = [75.0, 152.0, 220.0][setting];
                let mut clip = Lorenz { rho, samples: 1500 }.simulate(seed(random))?;
                clip.data.iter_mut().for_each(|x| *x += 1e-3 * random.normal());
                Ok(clip)
            }
            Self::Attractors => {
                let system = [System::Bistable, System::Line, System::Point][setting];
                let settings = Attractors { trials_per_condition: 8, samples: 300 };
                Ok(settings.simulate(system, seed(random)))
            }
            Self::Ring => Ok(oscillators(setting, random)),
            Self::Linear => Ok(linear(setting, random)),
        }
    }
}

/// A seed for a simulator.
fn seed(random: &mut Random) -> u64 {
    random.index(1 << 52) as u64
}

/// Samples that are dropped and kept of the two systems below, and their channels.
const DROPPED: usize = 200;
const KEPT: usize = 1200;
const CHANNELS: usize = 6;

/// A ring of 8 coupled Stuart-Landau oscillators z_i in C, one step a sample:
/// z_i <- exp(i w_i) ((1 + 0.1 (1 - |z_i|²)) z_i + k (z_{i+1} + z_{i-1} - 2 z_i)) + 0.05 xi,
/// |z_i| held at 3; seen as tanh(0.3 P z) + 0.02 eta with a Gaussian P. A setting is the frequency w_0,
/// the spread along the ring and the coupling k.
fn oscillators(setting: usize, random: &mut Random) -> Simulated {
    const UNITS: usize = 8;
    let (first, spread, coupling) = [(0.3, 0.05, 0.1), (0.6, 0.2, 0.05), (0.3, 0.3, 0.3)][setting];
    let frequencies: [f64; UNITS] =
        std::array::from_fn(|i| first + spread * i as f64 / UNITS as f64 + 0.01 * random.normal());
    let mut z: [[f64; 2]; UNITS] = std::array::from_fn(|_| [random.normal(), random.normal()]);
    let seen_by: Vec<f64> = random.normals(CHANNELS * 2 * UNITS);
    let mut data = Vec::with_capacity(KEPT * CHANNELS);
    for t in 0..DROPPED + KEPT {
        let old = z;
        for (i, z) in z.iter_mut().enumerate() {
            let [x, y] = old[i];
            let (next, last) = (old[(i + 1) % UNITS], old[(i + UNITS - 1) % UNITS]);
            let gain = 1.0 + 0.1 * (1.0 - (x * x + y * y));
            let real = gain * x + coupling * (next[0] + last[0] - 2.0 * x);
            let imaginary = gain * y + coupling * (next[1] + last[1] - 2.0 * y);
            let (cosine, sine) = (libm::cos(frequencies[i]), libm::sin(frequencies[i]));
            *z = [
                cosine * real - sine * imaginary + 0.05 * random.normal(),
                sine * real + cosine * imaginary + 0.05 * random.normal(),
            ];
            let size = (z[0] * z[0] + z[1] * z[1]).sqrt();
            if size > 3.0 {
                z.iter_mut().for_each(|x| *x *= 3.0 / size);
            }
        }
        if t >= DROPPED {
            for weights in seen_by.chunks_exact(2 * UNITS) {
                let along: f64 = weights.iter().zip(z.as_flattened()).map(|(w, x)| w * x).sum();
                data.push(libm::tanh(0.3 * along) + 0.02 * random.normal());
            }
        }
    }
    Simulated { trials: 1, samples: KEPT, channels: CHANNELS, data }
}

/// x <- M x + 0.3 xi, |x_i| held at 20, seen as x + 0.05 eta. A setting is the kind of M: 0.97 of an
/// orthogonal matrix, Gaussian of spectral radius about 0.85, or triangular (non-normal) with the
/// eigenvalues 0.95, 0.85, .. in random coordinates; each with 0.01 of noise.
fn linear(setting: usize, random: &mut Random) -> Simulated {
    let d = CHANNELS;
    let mut map = match setting {
        0 => Square::orthogonal(d, random).times(0.97),
        1 => Square::gaussian(d, random).times(0.85 / (d as f64).sqrt()),
        _ => {
            let triangular = Square::from_fn(d, |i, j| {
                if i == j {
                    0.95 - 0.1 * i as f64
                } else if i < j {
                    0.3 * random.normal()
                } else {
                    0.0
                }
            });
            triangular.turned_by(&Square::orthogonal(d, random))
        }
    };
    map.entries.iter_mut().for_each(|x| *x += 0.01 * random.normal());
    let mut x = vec![0.0; d];
    let mut data = Vec::with_capacity(KEPT * d);
    for t in 0..DROPPED + KEPT {
        let mut next: Vec<f64> = random.normals(d).iter().map(|x| 0.3 * x).collect();
        for (column, x) in map.entries.chunks_exact(d).zip(&x) {
            next.iter_mut().zip(column).for_each(|(to, m)| *to += m * x);
        }
        x = next.iter().map(|x| x.clamp(-20.0, 20.0)).collect();
        if t >= DROPPED {
            data.extend(x.iter().map(|x| x + 0.05 * random.normal()));
        }
    }
    Simulated { trials: 1, samples: KEPT, channels: d, data }
}
