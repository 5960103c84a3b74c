//! Observables beyond delays: do polynomials or radial basis functions of the samples, before the embedding, tell systems apart
//! that delay windows cannot?
//!
//! `cargo run --release --example observables_study` prints, for every set of recordings, every kind of observables and every
//! rank, how often the nearest other recording is of the same class (Procrustes angle, leave one out), over five seeds.

use dynamical_similarity::{Dmd, Error, Model, Procrustes, Rank, Recording, Scale};

const RANKS: [usize; 4] = [2, 3, 4, 6];
const SEEDS: u64 = 5;
const PER_CLASS: u64 = 6;
const SAMPLES: usize = 1000;
const CENTRES: usize = 8;

/// splitmix64.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A scalar recording, each with noise of 1 % of its deviation.
type Maker = fn(&mut Random) -> Vec<f64>;

fn iterate(random: &mut Random, map: fn(f64) -> f64) -> Vec<f64> {
    let mut x = 0.1 + 0.8 * random.uniform();
    (0..SAMPLES + 50)
        .map(|_| {
            // The tent map would lose a bit at every step without the last term.
            x = (map(x) + 1e-9 * random.uniform()).clamp(0.0, 1.0);
            x
        })
        .skip(50)
        .collect()
}

fn logistic(random: &mut Random) -> Vec<f64> {
    iterate(random, |x| 4.0 * x * (1.0 - x))
}

fn tent(random: &mut Random) -> Vec<f64> {
    iterate(random, |x| 1.0 - (2.0 * x - 1.0).abs())
}

fn independent(random: &mut Random) -> Vec<f64> {
    (0..SAMPLES).map(|_| random.uniform()).collect()
}

/// x of the Lorenz system, by Runge-Kutta steps of 0.01 s, every fourth.
fn lorenz(random: &mut Random, rho: f64) -> Vec<f64> {
    let slope = |[x, y, z]: [f64; 3]| [10.0 * (y - x), x * (rho - z) - y, x * y - 8.0 / 3.0 * z];
    let moved =
        |a: [f64; 3], h: f64, b: [f64; 3]| [a[0] + h * b[0], a[1] + h * b[1], a[2] + h * b[2]];
    let mut state = [-8.0 + random.uniform(), 8.0 + random.uniform(), 27.0];
    let mut samples = Vec::new();
    for step in 0..4 * (SAMPLES + 500) {
        let k1 = slope(state);
        let k2 = slope(moved(state, 0.005, k1));
        let k3 = slope(moved(state, 0.005, k2));
        let k4 = slope(moved(state, 0.01, k3));
        for i in 0..3 {
            state[i] += 0.01 / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]);
        }
        if step >= 2000 && step % 4 == 0 {
            samples.push(state[0]);
        }
    }
    samples
}

fn lorenz_28(random: &mut Random) -> Vec<f64> {
    lorenz(random, 28.0)
}

fn lorenz_45(random: &mut Random) -> Vec<f64> {
    lorenz(random, 45.0)
}

fn lorenz_75(random: &mut Random) -> Vec<f64> {
    lorenz(random, 75.0)
}

/// The same Fourier amplitudes with random phases.
fn surrogate(random: &mut Random) -> Vec<f64> {
    let samples = lorenz_28(random);
    let n = samples.len();
    let turn = std::f64::consts::TAU / n as f64;
    let angles: Vec<(f64, f64)> = (0..n).map(|k| (turn * k as f64).sin_cos()).collect();
    let mut made = vec![0.0; n];
    for k in 1..n / 2 {
        let (mut re, mut im) = (0.0, 0.0);
        for (t, x) in samples.iter().enumerate() {
            let (sin, cos) = angles[k * t % n];
            (re, im) = (re + x * cos, im - x * sin);
        }
        let (size, phase) = (re.hypot(im), std::f64::consts::TAU * random.uniform());
        let (p, q) = (size * phase.cos(), size * phase.sin());
        for (t, to) in made.iter_mut().enumerate() {
            let (sin, cos) = angles[k * t % n];
            *to += 2.0 / n as f64 * (p * cos - q * sin);
        }
    }
    made
}

/// Zero mean and unit variance.
fn standardised(samples: &[f64]) -> Vec<f64> {
    let n = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / n;
    let deviation = (samples.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
    samples.iter().map(|x| (x - mean) / deviation).collect()
}

#[derive(Clone, Copy)]
enum Observables {
    Samples,
    /// x, x², .., of this degree.
    Polynomial(i32),
    /// Gaussians about centres that are found by taking the farthest sample again and again.
    Radial,
}

/// Observables of every sample, row by row, and how many there are.
fn observed(samples: &[f64], of: Observables) -> (Vec<f64>, usize) {
    let x = standardised(samples);
    match of {
        Observables::Samples => (x, 1),
        Observables::Polynomial(degree) => {
            (x.iter().flat_map(|x| (1..=degree).map(|k| x.powi(k))).collect(), degree as usize)
        }
        Observables::Radial => {
            let mut centres = vec![x[0]];
            while centres.len() < CENTRES {
                let away = |x: &f64| centres.iter().map(|c| (x - c).abs()).fold(f64::MAX, f64::min);
                let farthest = x.iter().copied().max_by(|a, b| away(a).total_cmp(&away(b)));
                centres.push(farthest.unwrap_or(0.0));
            }
            let (low, high) =
                centres.iter().fold((f64::MAX, f64::MIN), |(l, h), c| (l.min(*c), h.max(*c)));
            let width = (high - low) / (CENTRES - 1) as f64;
            let values = x.iter().flat_map(|x| {
                centres.iter().map(move |c| (-0.5 * ((x - c) / width).powi(2)).exp())
            });
            (values.collect(), CENTRES)
        }
    }
}

/// The share of recordings whose nearest other recording is of their class.
fn accuracy(
    classes: &[Maker],
    (of, delays): (Observables, usize),
    rank: usize,
    seed: u64,
) -> Result<f64, Error> {
    let mut models: Vec<(usize, Model<f64>)> = Vec::new();
    let dmd = Dmd::new().delays(delays).rank(Rank::Fixed(rank)).scale(Scale::UnitVariance);
    for (class, maker) in classes.iter().enumerate() {
        for number in 0..PER_CLASS {
            let mut random = Random(1_000_003 * seed + 1_009 * class as u64 + 7 * number + 1);
            let mut samples = standardised(&maker(&mut random));
            samples.iter_mut().for_each(|x| *x += 0.034 * (random.uniform() - 0.5));
            let (values, channels) = observed(&samples, of);
            models.push((class, dmd.fit(&[Recording::new(&values, channels)?])?));
        }
    }
    let mut right = 0;
    for (i, (class, model)) in models.iter().enumerate() {
        let mut nearest = (f64::MAX, 0);
        for (j, (other_class, other)) in models.iter().enumerate() {
            if i != j {
                let distance = Procrustes::new().compare(model, other)?.distance();
                if distance < nearest.0 {
                    nearest = (distance, *other_class);
                }
            }
        }
        right += usize::from(nearest.1 == *class);
    }
    Ok(right as f64 / models.len() as f64)
}

fn main() -> Result<(), Error> {
    let sets: [(&str, &[Maker]); 3] = [
        ("logistic map, tent map, independent numbers", &[logistic, tent, independent]),
        ("x of Lorenz (28), and with random phases", &[lorenz_28, surrogate]),
        ("x of Lorenz, rho 28, 45, 75", &[lorenz_28, lorenz_45, lorenz_75]),
    ];
    let kinds = [
        ("samples, 8 delays", (Observables::Samples, 8)),
        ("samples, 20 delays", (Observables::Samples, 20)),
        ("degree 2, 4 delays", (Observables::Polynomial(2), 4)),
        ("degree 3, 4 delays", (Observables::Polynomial(3), 4)),
        ("8 Gaussians, 4 delays", (Observables::Radial, 4)),
    ];
    for (name, classes) in sets {
        println!(
            "{name} (chance {:.2})",
            (PER_CLASS - 1) as f64 / (PER_CLASS as usize * classes.len() - 1) as f64
        );
        for (kind, of) in kinds {
            let mut line = format!("  {kind:21}");
            for rank in RANKS {
                let found: Result<Vec<f64>, Error> =
                    (0..SEEDS).map(|seed| accuracy(classes, of, rank, seed)).collect();
                line += &match found {
                    Ok(found) => format!(
                        "  rank {rank}: {:.2} ({})",
                        found.iter().sum::<f64>() / found.len() as f64,
                        found.iter().map(|x| format!("{x:.2}")).collect::<Vec<_>>().join(" ")
                    ),
                    Err(error) => format!("  rank {rank}: {error}"),
                };
            }
            println!("{line}");
        }
    }
    Ok(())
}
