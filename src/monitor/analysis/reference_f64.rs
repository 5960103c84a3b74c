//! Definitions of the quantities of the monitor in `f64` with whole matrices, and streams for tests.

use crate::linalg::{solve, svd, symmetric};
use crate::matrix::{MatMut, MatRef};

/// A linear process: damped rotations and slow modes, mixed, with noise of its own in every channel.
pub(crate) struct Stream {
    n: usize,
    state: Vec<f64>,
    mixing: Vec<f64>,
    seed: u64,
    /// Factor on all frequencies and rates of decay.
    pub(crate) speed: f64,
    pub(crate) noise: f64,
}

impl Stream {
    pub(crate) fn new(n: usize, seed: u64) -> Self {
        let mut new =
            Self { n, state: vec![0.0; n], mixing: Vec::new(), seed: 77, speed: 1.0, noise: 0.3 };
        new.mixing = (0..n * n).map(|k| new.normal() + f64::from(k % n == k / n)).collect();
        // Not a multiple of the step of the generator, which would give neighbouring seeds the same numbers.
        new.seed = seed.wrapping_mul(0xD1B5_4A32_D192_ED03);
        for _ in 0..300 {
            new.advance();
        }
        new
    }

    fn uniform(&mut self) -> f64 {
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    fn advance(&mut self) {
        let old = self.state.clone();
        for (pair, x) in old.chunks(2).enumerate() {
            let decay = (-0.05 * self.speed * (1.0 + 0.3 * pair as f64)).exp();
            let (sin, cos) = (self.speed * 0.25 * (1.0 + 0.7 * pair as f64)).sin_cos();
            if let [a, b] = *x {
                self.state[2 * pair] = decay * (cos * a - sin * b) + 0.3 * self.normal();
                self.state[2 * pair + 1] = decay * (sin * a + cos * b) + 0.3 * self.normal();
            } else {
                self.state[2 * pair] = decay * x[0] + 0.3 * self.normal();
            }
        }
    }

    pub(crate) fn sample(&mut self) -> Vec<f64> {
        self.advance();
        let n = self.n;
        (0..n)
            .map(|i| {
                let mixed: f64 = (0..n).map(|j| self.mixing[j * n + i] * self.state[j]).sum();
                mixed + self.noise * self.normal()
            })
            .collect()
    }

    /// `length` samples, one after the other.
    pub(crate) fn take(&mut self, length: usize) -> Vec<f64> {
        (0..length).flat_map(|_| self.sample()).collect()
    }
}

/// R_0 .. R_d of samples x channels, column-major, one after the other; lag k over its own pairs.
pub(crate) fn covariances(samples: &[f64], n: usize, d: usize) -> Vec<f64> {
    let length = samples.len() / n;
    let mean: Vec<f64> = (0..n)
        .map(|i| (0..length).map(|t| samples[t * n + i]).sum::<f64>() / length as f64)
        .collect();
    let mut out = Vec::new();
    for k in 0..=d {
        for j in 0..n {
            for i in 0..n {
                let sum: f64 =
                    (k..length).map(|t| samples[t * n + i] * samples[(t - k) * n + j]).sum();
                out.push(sum / (length - k) as f64 - mean[i] * mean[j]);
            }
        }
    }
    out
}

/// The matrix of `blocks` x `blocks` blocks R_{b - a + ahead}.
pub(crate) fn toeplitz(r: &[f64], n: usize, blocks: usize, ahead: usize) -> Vec<f64> {
    let p = n * blocks;
    let mut out = vec![0.0; p * p];
    for (at, x) in out.iter_mut().enumerate() {
        let (row, column) = (at % p, at / p);
        let (a, i, b, j) = (row / n, row % n, column / n, column % n);
        let k = b as isize - a as isize + ahead as isize;
        let block = k.unsigned_abs() * n * n;
        *x = if k >= 0 { r[block + j * n + i] } else { r[block + i * n + j] };
    }
    out
}

pub(crate) fn solve(a: &[f64], b: &[f64]) -> Vec<f64> {
    let (mut a, mut b) = (a.to_vec(), b.to_vec());
    let n = b.len();
    solve::solve_symmetric_in(
        &mut MatMut::new(&mut a, n, n).unwrap(),
        &mut MatMut::new(&mut b, n, 1).unwrap(),
    )
    .unwrap();
    b
}

/// Eigenvalues, descending, and eigenvectors.
pub(crate) fn eigen(a: &[f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut a, mut values, mut vectors) = (a.to_vec(), vec![0.0; n], vec![0.0; n * n]);
    let mut memory = vec![0.0; symmetric::eigen_memory_len(n)];
    symmetric::eigen_in(
        &mut MatMut::new(&mut a, n, n).unwrap(),
        &mut values,
        &mut MatMut::new(&mut vectors, n, n).unwrap(),
        &mut memory,
    )
    .unwrap();
    (values, vectors)
}

pub(crate) fn log_det(a: &[f64], n: usize) -> f64 {
    eigen(a, n).0.iter().map(|x| x.ln()).sum()
}

/// A B of n x n matrices, and Aᵀ B.
fn product(a: &[f64], b: &[f64], m: usize, k: usize, n: usize, transposed: bool) -> Vec<f64> {
    let at = |i: usize, l: usize| if transposed { a[i * k + l] } else { a[l * m + i] };
    (0..m * n).map(|x| (0..k).map(|l| at(x % m, l) * b[x / m * k + l]).sum()).collect()
}

/// Lᵀ R_k L with L = U / sqrt(variances), the channels scaled to unit variance first.
pub(crate) fn whitened(r: &[f64], n: usize) -> Vec<f64> {
    let gains: Vec<f64> = (0..n).map(|i| 1.0 / r[i * n + i].sqrt()).collect();
    let scaled: Vec<f64> =
        r.iter().enumerate().map(|(k, x)| x * gains[k % n] * gains[k / n % n]).collect();
    let (values, vectors) = eigen(&scaled[..n * n], n);
    let l: Vec<f64> = vectors.iter().enumerate().map(|(k, x)| x / values[k / n].sqrt()).collect();
    scaled
        .chunks(n * n)
        .flat_map(|r| product(&l, &product(r, &l, n, n, n, false), n, n, n, true))
        .collect()
}

/// The operator of rank r by the whole Gram matrices of delay vectors.
pub(crate) fn operator(white: &[f64], n: usize, d: usize, r: usize) -> Vec<f64> {
    let p = n * d;
    let (values, vectors) = eigen(&toeplitz(white, n, d, 0), p);
    let t: Vec<f64> = (0..p * r).map(|k| vectors[k] / values[k / p].sqrt()).collect();
    let ahead = product(&toeplitz(white, n, d, 1), &t, p, p, r, false);
    product(&t, &ahead, r, p, r, true)
}

/// The features of white covariances by whole decompositions, and the noise level.
pub(crate) fn features(white: &[f64], n: usize, d: usize, r: usize) -> (Vec<f64>, f64) {
    let part = |a: &[f64], n: usize, sign: f64| -> Vec<f64> {
        (0..n * n).map(|k| (a[k] + sign * a[k % n * n + k / n]) / 2.0).collect()
    };
    let lag = |k: usize| &white[k * n * n..(k + 1) * n * n];
    let (values, vectors) = eigen(&part(lag(1), n, 1.0), n);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|i, j| values[*j].abs().total_cmp(&values[*i].abs()));
    let size = |j: usize| values[order[j]].abs().max(0.02);
    let t: Vec<f64> =
        (0..n * r).map(|k| vectors[order[k / n] * n + k % n] / size(k / n).sqrt()).collect();
    let mut found = Vec::new();
    for k in 1..=d {
        let b = product(&t, &product(lag(k), &t, n, n, r, false), r, n, r, true);
        if k > 1 {
            found.extend(eigen(&part(&b, r, 1.0), r).0);
        }
        let singular = singular_values(&part(&b, r, -1.0), r);
        found.extend(singular.iter().step_by(2).take(r / 2).map(|x| 2.0_f64.sqrt() * x));
    }
    (found, (0..r).map(|j| 1.0 / size(j)).sum::<f64>() / r as f64)
}

pub(crate) fn singular_values(a: &[f64], r: usize) -> Vec<f64> {
    let (mut values, mut memory) = (vec![0.0; r], vec![0.0; svd::values_memory_len(r, r)]);
    svd::values_in(MatRef::new(a, r, r).unwrap(), &mut values, &mut memory).unwrap();
    values
}

pub(crate) fn chord(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt()
}
