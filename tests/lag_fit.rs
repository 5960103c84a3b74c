//! The fit from sums of lag products against the fit of the recording.

use crate::common::process::cast;
use crate::common::{Noise, difference_up_to_signs};
use crate::fit_paths::signal;
use dynamical_similarity::{
    Centre, Dmd, Error, LagSums, MatRef, Model, Procrustes, Rank, Recording, Scalar, Scale,
    Setting, Shape, Wasserstein,
};

/// Damped rotations of several speeds in noise, seen through a random matrix: the singular values of its windows fall
/// smoothly.
fn oscillations(seed: u64, samples: usize, channels: usize) -> Vec<f64> {
    let mut noise = Noise(seed);
    let modes = channels.min(6);
    let mixture = noise.normals(2 * modes * channels);
    let turns: Vec<f64> =
        (0..modes).map(|k| 0.1 + 0.17 * k as f64 + 0.05 * noise.uniform()).collect();
    let mut state = vec![0.0; 2 * modes];
    (0..samples)
        .flat_map(|_| {
            for (pair, turn) in state.chunks_exact_mut(2).zip(&turns) {
                let (x, y) = (pair[0], pair[1]);
                pair[0] = 0.95 * (turn.cos() * x - turn.sin() * y) + noise.normal();
                pair[1] = 0.95 * (turn.sin() * x + turn.cos() * y) + noise.normal();
            }
            (0..channels)
                .map(|c| {
                    let seen: f64 =
                        state.iter().zip(&mixture[c * 2 * modes..]).map(|(x, w)| x * w).sum();
                    seen + 0.1 * noise.normal()
                })
                .collect::<Vec<f64>>()
        })
        .collect()
}

/// The lag sums of trials, with a shift near their mean.
fn sums_of<T: Scalar>(trials: &[Vec<f64>], channels: usize, delays: usize) -> LagSums<T, Vec<T>> {
    let length = LagSums::<T, ()>::memory_len(channels, delays, trials.len());
    let shift: Vec<T> = cast(&trials[0][..channels]);
    let mut sums =
        LagSums::new_in(channels, delays, trials.len(), &shift, vec![cast(&[0.0])[0]; length])
            .unwrap();
    for (q, trial) in trials.iter().enumerate() {
        if q > 0 {
            sums.begin_trial().unwrap();
        }
        cast::<T>(trial).chunks_exact(channels).for_each(|x| sums.push(x).unwrap());
    }
    sums
}

fn memory<T: Scalar>(shape: Shape) -> Vec<T> {
    cast(&vec![f64::NAN; Dmd::lag_sums_memory_len(shape)])
}

fn full(dmd: Dmd, trials: &[Vec<f64>], channels: usize) -> Model<f64> {
    let trials: Vec<_> = trials.iter().map(|x| Recording::new(x, channels).unwrap()).collect();
    dmd.fit(&trials).unwrap()
}

fn wide<T: Scalar>(a: MatRef<'_, T>) -> Vec<f64> {
    a.columns().flatten().map(|x| (*x).into()).collect()
}

/// |A - B| / |B|, B and the condition of the directions, 1 / (smallest gap of the squared singular values) in s_1².
fn errors(found: &[f64], expected: &Model<f64>) -> (f64, f64) {
    let r = expected.rank();
    let exact = wide(expected.operator());
    let norm = exact.iter().map(|x| x * x).sum::<f64>().sqrt();
    let squares: Vec<f64> = expected.spectrum().iter().take(r + 1).map(|s| s * s).collect();
    let gap = squares.windows(2).map(|pair| pair[0] - pair[1]).fold(f64::MAX, f64::min);
    (difference_up_to_signs(found, &exact, r) / norm, squares[0] / gap)
}

const SHAPES: [Shape; 4] = [
    Shape { channels: 4, delays: 10, rank: 6 },
    Shape { channels: 8, delays: 10, rank: 6 },
    Shape { channels: 8, delays: 10, rank: 10 },
    Shape { channels: 16, delays: 5, rank: 9 },
];

#[test]
fn look() {
    for shape in SHAPES {
        let dmd = Dmd::new().delays(shape.delays).rank(Rank::Fixed(shape.rank));
        for decades in [0.0, 3.0] {
            let mut all = Vec::new();
            for seed in 0..40 {
                let n = shape.channels;
                let mut x = oscillations(seed + 1, 500, n);
                for row in x.chunks_exact_mut(n) {
                    for (c, x) in row.iter_mut().enumerate() {
                        *x *= 10.0_f64.powf(-decades * c as f64 / (n - 1) as f64);
                    }
                }
                let trials = [x];
                let expected = full(dmd, &trials, n);
                let mut room = memory(shape);
                let f64s = sums_of::<f64>(&trials, n, shape.delays);
                let double = dmd
                    .fit_lag_sums_in(&f64s, &mut room)
                    .map(|m| errors(&wide(m.operator()), &expected));
                let mut room = memory(shape);
                let f32s = sums_of::<f32>(&trials, n, shape.delays);
                let single = dmd
                    .fit_lag_sums_in(&f32s, &mut room)
                    .map(|m| errors(&wide(m.operator()), &expected));
                let (cast32, rec): (Vec<f32>, _) = (cast(&trials[0]), 0);
                let _ = rec;
                let mut big = vec![0.0_f32; Dmd::memory_len(shape)];
                let usual = dmd
                    .fit_in(&[Recording::new(&cast32, n).unwrap()], &mut big)
                    .map(|m| errors(&wide(m.operator()), &expected));
                all.push((double, single, usual));
            }
            for (name, pick) in [("double", 0), ("single", 1), ("usual", 2)] {
                let mut e: Vec<(f64, f64)> = all
                    .iter()
                    .filter_map(|(a, b, c)| [a, b, c][pick].as_ref().ok().copied())
                    .collect();
                e.sort_by(|a, b| a.0.total_cmp(&b.0));
                let failed =
                    all.iter().filter_map(|(a, b, c)| [a, b, c][pick].as_ref().err()).next();
                let worst = e.last();
                let ratio = e.iter().map(|(x, c)| x / c).fold(0.0, f64::max);
                println!(
                    "{shape:?} {decades} {name}: {} fits, median {:?} worst {worst:?} ratio {ratio:e} {failed:?}",
                    e.len(),
                    e.get(e.len() / 2)
                );
            }
        }
    }
}
