//! Clusters of equal singular values and eigenvalues, at orders where rounding errors are all that couples them: the
//! iterations converge, and the results keep their promise.

use crate::common::Noise;
use crate::linalg_dense::{Matrix, check_svd, epsilon};
use crate::linalg_spectral::{Square, check_symmetric, eigenvalues_of};
use dynamical_similarity::linalg::{eigenvalues, svd};
use dynamical_similarity::{Baseline, MatMut, MatRef, Recording, Scalar};

/// P diag(values) Qᵀ of two n x n matrices.
fn product(p: &[f64], values: &[f64], q: &[f64]) -> Vec<f64> {
    let n = values.len();
    let mut out = vec![0.0; n * n];
    for (k, value) in values.iter().enumerate() {
        for j in 0..n {
            let weight = value * q[k * n + j];
            (0..n).for_each(|i| out[j * n + i] += weight * p[k * n + i]);
        }
    }
    out
}

/// Values of which many are equal, or equal but for rounding.
fn clusters(n: usize) -> Vec<(&'static str, Vec<f64>)> {
    let of = |f: &dyn Fn(usize) -> f64| (0..n).map(f).collect();
    vec![
        ("all equal", of(&|_| 1.0)),
        ("projection", of(&|k| if k < n / 2 { 1.0 } else { 0.0 })),
        ("two values", of(&|k| if k < n / 3 { 3.0 } else { 1.0 })),
        ("apart by eps", of(&|k| 1.0 + 1e-15 * k as f64)),
        ("apart by 1e-13", of(&|k| 1.0 + 1e-13 * k as f64)),
        ("mostly equal", of(&|k| if k < n - n / 10 { 1.0 } else { 1.0 / k as f64 })),
    ]
}

/// Singular values in both scalars, against the ones that the matrix was made of.
fn check_values(name: &str, data: &[f64], exact: &[f64]) {
    let single: Vec<f32> = data.iter().map(|x| *x as f32).collect();
    check_values_of(name, data, exact);
    check_values_of(name, &single, exact);
}

fn check_values_of<T: Scalar>(name: &str, data: &[T], exact: &[f64]) {
    let n = exact.len();
    let mut exact = exact.to_vec();
    exact.sort_by(|x, y| y.total_cmp(x));
    let mut values = vec![T::default(); n];
    let mut memory = vec![T::default(); svd::values_memory_len(n, n)];
    svd::values_in(MatRef::new(data, n, n).unwrap(), &mut values, &mut memory)
        .unwrap_or_else(|error| panic!("{name}, n = {n}, {} bytes: {error}", size_of::<T>()));
    let allowed = 10.0 * n as f64 * epsilon::<T>() * exact[0];
    for (value, exact) in values.iter().zip(exact) {
        let difference = ((*value).into() - exact).abs();
        assert!(difference <= allowed, "{name}, n = {n}: {value} for {exact}");
    }
}

#[test]
fn singular_values_of_clusters_are_found_with_their_vectors() {
    for n in [9, 20, 60, 120] {
        let mut noise = Noise(n as u64);
        let (p, q) = (noise.orthogonal(n), noise.orthogonal(n));
        for (name, values) in clusters(n) {
            let matrix = Matrix { name, rows: n, cols: n, data: product(&p, &values, &q) };
            check_svd::<f64>(&matrix);
            check_svd::<f32>(&matrix);
        }
    }
    let n = 220;
    let mut noise = Noise(n as u64);
    let (p, q) = (noise.orthogonal(n), noise.orthogonal(n));
    for (name, values) in clusters(n) {
        check_values(name, &product(&p, &values, &q), &values);
    }
}

/// Cosines between two spaces of k dimensions out of t: 2 k - t of them are 1, as in a comparison of recordings with
/// hardly more windows than channels.
#[test]
fn cosines_between_spaces_that_nearly_fill_the_whole_are_found() {
    for (t, k, seeds) in [(60, 50, 4), (200, 190, 2), (300, 270, 1), (300, 290, 1)] {
        for seed in 0..seeds {
            let mut noise = Noise(seed);
            let (p, q) = (noise.orthogonal(t), noise.orthogonal(t));
            let at = |i: usize, j: usize| -> f64 {
                p[i * t..][..t].iter().zip(&q[j * t..][..t]).map(|(x, y)| x * y).sum()
            };
            let data: Vec<f64> = (0..k * k).map(|at_| at(at_ % k, at_ / k)).collect();
            let single: Vec<f32> = data.iter().map(|x| *x as f32).collect();
            let ones = 2 * k - t;
            check_ones(&data, k, ones);
            check_ones(&single, k, ones);
        }
    }
}

fn check_ones<T: Scalar>(data: &[T], k: usize, ones: usize) {
    let mut values = vec![T::default(); k];
    let mut memory = vec![T::default(); svd::values_memory_len(k, k)];
    svd::values_in(MatRef::new(data, k, k).unwrap(), &mut values, &mut memory)
        .unwrap_or_else(|error| panic!("{k}, {} bytes: {error}", size_of::<T>()));
    let allowed = 10.0 * k as f64 * epsilon::<T>();
    let squares: f64 = data.iter().map(|x| Into::<f64>::into(*x).powi(2)).sum();
    let sum: f64 = values.iter().map(|x| Into::<f64>::into(*x).powi(2)).sum();
    assert!((squares - sum).abs() <= allowed * squares, "{squares} {sum}");
    for value in &values[..ones] {
        assert!(((*value).into() - 1.0).abs() <= allowed, "{value}");
    }
    assert!(values[ones].into() < 1.0 - allowed, "{}", values[ones]);
}

/// Of a projection, the zeros have couplings that no step makes small beside a diagonal of rounding errors.
#[test]
fn eigenvalues_of_clusters_are_found() {
    for n in [20, 60, 150, 200] {
        let p = Noise(n as u64).orthogonal(n);
        for (name, values) in clusters(n) {
            let square = Square { n, data: product(&p, &values, &p) };
            let mut exact = values;
            exact.sort_by(|x, y| y.total_cmp(x));
            // The matrix is symmetric but for rounding, so that its eigenvalues are not sensitive.
            let allowed = 10.0 * n as f64 * f64::EPSILON * exact[0];
            let (real, imaginary) = eigenvalues_of(&square);
            for ((x, y), exact) in real.iter().zip(&imaginary).zip(&exact) {
                assert!(
                    (x - exact).abs() <= allowed && y.abs() <= allowed,
                    "{name} {n}: {x} + {y} i"
                );
            }
            let mut single: Vec<f32> = square.data.iter().map(|x| *x as f32).collect();
            let (mut real, mut imaginary) = (vec![0.0_f32; n], vec![0.0_f32; n]);
            let mut matrix = MatMut::new(&mut single, n, n).unwrap();
            eigenvalues::eigenvalues_in(&mut matrix, &mut real, &mut imaginary).unwrap();
            let allowed = 10.0 * n as f64 * f64::from(f32::EPSILON) * exact[0];
            for ((x, y), exact) in real.iter().zip(&imaginary).zip(&exact) {
                let difference = (f64::from(*x) - exact).hypot((*y).into());
                assert!(difference <= allowed, "{name} {n} in f32: {x} + {y} i");
            }
        }
    }
}

#[test]
fn symmetric_clusters_meet_their_backward_error() {
    for n in [60, 150] {
        let p = Noise(n as u64).orthogonal(n);
        for (name, values) in clusters(n) {
            let square = Square { n, data: product(&p, &values, &p) }.symmetrised();
            check_symmetric::<f64>(name, &square, &[n / 4]);
            check_symmetric::<f32>(name, &square, &[n / 4]);
        }
    }
}

/// White noise with more channels than samples, of which most canonical correlations are 1. The values are NumPy's
/// (2.4.6, `numpy.linalg.svd` of the centred arrays, 99 % of the variance) for the same numbers: samples x channels
/// in C order from splitmix64 with seeds 1 and 2, divided by 2^64 after dropping the last 11 bits.
#[test]
fn svcca_of_wide_white_noise_agrees_with_numpy() {
    for (samples, channels, distance) in
        [(60, 90, 0.081_784_125_642_018_76), (90, 140, 0.082_127_053_026_684)]
    {
        let side = |seed: u64| -> Vec<f64> {
            let mut noise = Noise(seed);
            (0..samples * channels).map(|_| noise.uniform()).collect()
        };
        let (x, y) = (side(1), side(2));
        let x = Recording::new(&x, channels).unwrap();
        let y = Recording::new(&y, channels).unwrap();
        let found = Baseline::svcca().compare(&[x], &[y]).unwrap().distance();
        assert!((found - distance).abs() < 1e-12, "{samples} x {channels}: {found}");
    }
}
