//! What leaves an operator as it is, and what does not: the properties of the fit, in both scalars.

use crate::common::{Noise, difference_up_to_signs};
use dynamical_similarity::linalg::symmetric;
use dynamical_similarity::{Centre, Dmd, MatMut, Model, Rank, Recording, Scalar};
use proptest::prelude::*;

/// A noisy linear system with a decaying random state map: every direction is excited.
fn system(seed: u64, channels: usize, length: usize) -> Vec<f64> {
    let mut noise = Noise(seed);
    let q = noise.orthogonal(channels);
    let mut x = noise.normals(channels);
    (0..length)
        .flat_map(|_| {
            let next: Vec<f64> = (0..channels)
                .map(|i| {
                    let turned: f64 = (0..channels).map(|j| q[j * channels + i] * x[j]).sum();
                    0.9 * turned + 0.3 * noise.normal()
                })
                .collect();
            x.clone_from(&next);
            next
        })
        .collect()
}

/// Every sample times a channels x channels map, column-major.
fn mapped(samples: &[f64], channels: usize, map: &[f64]) -> Vec<f64> {
    samples
        .chunks(channels)
        .flat_map(|x| {
            (0..channels).map(move |i| (0..channels).map(|j| map[j * channels + i] * x[j]).sum())
        })
        .collect()
}

fn fit<T: Scalar>(dmd: Dmd, trials: &[&[f64]], channels: usize, from: fn(f64) -> T) -> Model<T> {
    let data: Vec<Vec<T>> = trials.iter().map(|x| x.iter().map(|x| from(*x)).collect()).collect();
    let recordings: Vec<_> = data.iter().map(|x| Recording::new(x, channels).unwrap()).collect();
    dmd.fit(&recordings).unwrap()
}

fn entries<T: Scalar>(model: &Model<T>) -> Vec<f64> {
    model.operator().columns().flatten().map(|x| (*x).into()).collect()
}

/// Quantities that an orthogonal change of basis leaves alone: the eigenvalues of A + Aᵀ and of Aᵀ A,
/// and those of A² + (A²)ᵀ.
fn orthogonal_invariants<T: Scalar>(model: &Model<T>) -> Vec<f64> {
    let (a, n) = (entries(model), model.rank());
    let product = |x: &[f64], y: &[f64]| -> Vec<f64> {
        let at = |j: usize, i: usize| (0..n).map(|k| x[k * n + i] * y[j * n + k]).sum();
        (0..n).flat_map(|j| (0..n).map(move |i| (j, i))).map(|(j, i)| at(j, i)).collect()
    };
    let transposed: Vec<f64> = (0..n * n).map(|at| a[at % n * n + at / n]).collect();
    let squared = product(&a, &a);
    let squared_t: Vec<f64> = (0..n * n).map(|at| squared[at % n * n + at / n]).collect();
    let sum = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x + y).collect::<Vec<f64>>();
    let matrices = [sum(&a, &transposed), product(&transposed, &a), sum(&squared, &squared_t)];
    let mut invariants = Vec::new();
    for mut matrix in matrices {
        let mut values = vec![0.0; n];
        let mut memory = vec![0.0; symmetric::values_memory_len(n)];
        let mut view = MatMut::new(&mut matrix, n, n).unwrap();
        symmetric::values_in(&mut view, &mut values, &mut memory).unwrap();
        invariants.extend(values);
    }
    invariants
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
}

/// An invertible map with singular values 0.5 .. 2.
fn invertible(seed: u64, n: usize) -> Vec<f64> {
    let mut noise = Noise(seed);
    let (u, v) = (noise.orthogonal(n), noise.orthogonal(n));
    let s: Vec<f64> = (0..n).map(|_| 0.5 + 1.5 * noise.uniform()).collect();
    let at = |i: usize, j: usize| (0..n).map(|k| u[k * n + i] * s[k] * v[k * n + j]).sum();
    (0..n).flat_map(|j| (0..n).map(move |i| (i, j))).map(|(i, j)| at(i, j)).collect()
}

/// The conditions below stay under 1e3 and the gaps above 1e-3, so that rounding moves operators by at
/// most p eps 1e3 / 1e-3: 1e-8 in f64; in f32 only the well-conditioned invariants are compared.
const F64: f64 = 1e-8;
const F32: f64 = 5e-3;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn at_full_rank_any_invertible_map_of_the_channels_is_an_orthogonal_change_of_basis(
        seed in any::<u64>(), channels in 1_usize..5, delays in 1_usize..4, ridge in prop_oneof![Just(0.0), Just(1e-8), Just(0.1)],
    ) {
        let samples = system(seed, channels, 400);
        let other = mapped(&samples, channels, &invertible(seed ^ 1, channels));
        let dmd = Dmd::new().delays(delays).rank(Rank::Full).ridge(ridge);
        let a = orthogonal_invariants(&fit(dmd, &[&samples], channels, |x| x));
        let b = orthogonal_invariants(&fit(dmd, &[&other], channels, |x| x));
        prop_assert!(largest_difference(&a, &b) < F64, "{}", largest_difference(&a, &b));
        let a = orthogonal_invariants(&fit(dmd, &[&samples], channels, |x| x as f32));
        let b = orthogonal_invariants(&fit(dmd, &[&other], channels, |x| x as f32));
        prop_assert!(largest_difference(&a, &b) < F32, "{}", largest_difference(&a, &b));
    }

    #[test]
    fn below_full_rank_orthogonal_maps_and_a_common_scale_change_nothing(
        seed in any::<u64>(), channels in 2_usize..5, exponent in -25_i32..25,
    ) {
        let samples = system(seed, channels, 400);
        let scale = 10.0_f64.powi(exponent);
        let map: Vec<f64> =
            Noise(seed ^ 2).orthogonal(channels).iter().map(|x| x * scale).collect();
        let other = mapped(&samples, channels, &map);
        let dmd = Dmd::new().delays(4).rank(Rank::Fixed(channels));
        let double = |samples: &[f64]| fit(dmd, &[samples], channels, |x| x);
        let (a, b) = (double(&samples), double(&other));
        let gap = relative_gap(a.spectrum(), channels);
        prop_assume!(gap > 1e-2);
        let difference = difference_up_to_signs(&entries(&a), &entries(&b), channels);
        prop_assert!(difference < F64, "{difference}");
        let single = |samples: &[f64]| fit(dmd, &[samples], channels, |x| x as f32);
        let (a, b) = (single(&samples), single(&other));
        let difference = difference_up_to_signs(&entries(&a), &entries(&b), channels);
        prop_assert!(difference < F32, "{difference}");
    }

    #[test]
    fn the_order_of_trials_does_not_matter(seed in any::<u64>(), channels in 1_usize..4) {
        let (a, b) = (system(seed, channels, 150), system(seed ^ 3, channels, 90));
        let dmd = Dmd::new().delays(3).rank(Rank::Full);
        let one = orthogonal_invariants(&fit(dmd, &[&a, &b], channels, |x| x));
        let two = orthogonal_invariants(&fit(dmd, &[&b, &a], channels, |x| x));
        prop_assert!(largest_difference(&one, &two) < F64);
        let one = orthogonal_invariants(&fit(dmd, &[&a, &b], channels, |x| x as f32));
        let two = orthogonal_invariants(&fit(dmd, &[&b, &a], channels, |x| x as f32));
        prop_assert!(largest_difference(&one, &two) < F32);
    }

    #[test]
    fn a_stationary_recording_has_an_operator_of_norm_about_one_at_most(
        seed in any::<u64>(), channels in 1_usize..4, delays in 1_usize..5,
    ) {
        let length = 1000;
        let samples = system(seed, channels, length);
        let dmd = Dmd::new().delays(delays).rank(Rank::Full).ridge(0.0);
        let model = fit(dmd, &[&samples], channels, |x| x);
        // |A|_2 <= 1 + O(r/T): V₊ᵀ V₋ is a block of a projection, V₋ᵀ V₋ is I less one row's weight,
        // which for Gaussian data is about r/T and rarely ten times that.
        let norm = orthogonal_invariants(&model)[model.rank()].sqrt();
        prop_assert!(norm < 1.0 + 10.0 * model.rank() as f64 / length as f64, "{norm}");
    }
}

/// The smallest relative gap among the leading `rank` + 1 singular values.
fn relative_gap(spectrum: &[f64], rank: usize) -> f64 {
    spectrum.windows(2).take(rank).map(|s| (s[0] - s[1]) / s[0]).fold(1.0, f64::min)
}

#[test]
fn per_channel_scaling_resampling_and_an_offset_that_stays_are_no_invariances() {
    let channels = 3;
    let samples = system(5, channels, 600);
    let dmd = Dmd::new().delays(4).rank(Rank::Fixed(3)).centre(Centre::None);
    let original = orthogonal_invariants(&fit(dmd, &[&samples], channels, |x| x));
    let moved = |other: &[f64]| {
        largest_difference(&original, &orthogonal_invariants(&fit(dmd, &[other], channels, |x| x)))
    };
    let offset: Vec<f64> = samples.iter().map(|x| x + 5.0).collect();
    let every_second: Vec<f64> = samples.chunks(channels).step_by(2).flatten().copied().collect();
    for (name, other) in [("offset", offset), ("resampled", every_second)] {
        assert!(moved(&other) > 0.02, "{name}: {}", moved(&other));
    }
    assert!(moved(&scaled_channels(&samples)) > 0.02);
}

fn scaled_channels(samples: &[f64]) -> Vec<f64> {
    samples.iter().enumerate().map(|(i, x)| x * [1.0, 4.0, 0.2][i % 3]).collect()
}

#[test]
fn time_reversal_is_no_invariance_of_a_system_with_a_direction() {
    // Five channels drive each other without symmetry. Reversed, the operator becomes (nearly) its
    // transpose, which only the distance itself, not a spectrum, can tell from it.
    let mut noise = Noise(11);
    let map: Vec<f64> = noise.normals(25).iter().map(|x| 0.35 * x).collect();
    let mut x = [0.0; 5];
    let samples: Vec<f64> = (0..3000)
        .flat_map(|_| {
            x = core::array::from_fn(|i| {
                (0..5).map(|j| map[5 * j + i] * x[j]).sum::<f64>() + noise.normal()
            });
            x
        })
        .collect();
    let reversed: Vec<f64> = samples.chunks(5).rev().flatten().copied().collect();
    let dmd = Dmd::new().delays(1).rank(Rank::Full);
    let (a, b) = (fit(dmd, &[&samples], 5, |x| x), fit(dmd, &[&reversed], 5, |x| x));
    let same = dynamical_similarity::Procrustes::new().compare(&a, &a).unwrap().distance();
    let turned = dynamical_similarity::Procrustes::new().compare(&a, &b).unwrap().distance();
    assert!(same == 0.0 && turned > 0.02, "{same} {turned}");
}
