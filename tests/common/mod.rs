//! What several test files share: reading arrays, comparing operators, fixed random numbers.
#![allow(dead_code, unreachable_pub)]

pub mod process;

use std::path::{Path, PathBuf};

/// A NumPy array of float64 in C order.
pub struct Array {
    pub shape: Vec<usize>,
    pub values: Vec<f64>,
}

pub fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

pub fn read_array(path: &Path) -> Array {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file = npyz::NpyFile::new(&bytes[..]).unwrap();
    assert_eq!(file.order(), npyz::Order::C, "{}", path.display());
    let shape = file.shape().iter().map(|x| *x as usize).collect();
    Array { shape, values: file.into_vec().unwrap() }
}

/// A square operator, column-major.
pub fn read_operator(path: &Path) -> (usize, Vec<f64>) {
    let array = read_array(path);
    let n = array.shape[0];
    assert_eq!(array.shape, [n, n]);
    let columns = (0..n).flat_map(|j| (0..n).map(move |i| i * n + j)).map(|at| array.values[at]);
    (n, columns.collect())
}

/// Largest entry of A - D B D over the signs D that make it small: B's columns are signed one by one,
/// the best determined next.
pub fn difference_up_to_signs(a: &[f64], b: &[f64], n: usize) -> f64 {
    let at = |m: &[f64], i: usize, j: usize| m[j * n + i];
    let mut signs = vec![0.0_f64; n];
    for _ in 0..n {
        let votes = (0..n).map(|i| {
            (0..n)
                .map(|j| signs[j] * (at(a, i, j) * at(b, i, j) + at(a, j, i) * at(b, j, i)))
                .sum::<f64>()
        });
        let next = votes
            .enumerate()
            .filter(|(i, _)| signs[*i] == 0.0)
            .max_by(|x, y| x.1.abs().total_cmp(&y.1.abs()));
        let (i, vote) = next.unwrap();
        signs[i] = if vote < 0.0 { -1.0 } else { 1.0 };
    }
    let mut largest = 0.0_f64;
    for j in 0..n {
        for i in 0..n {
            largest = largest.max((at(a, i, j) - signs[i] * signs[j] * at(b, i, j)).abs());
        }
    }
    largest
}

/// splitmix64 and Box-Muller: the same numbers on every run.
#[derive(Clone)]
pub struct Noise(pub u64);

impl Noise {
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    pub fn normals(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.normal()).collect()
    }

    /// A random orthogonal n x n matrix, column-major.
    pub fn orthogonal(&mut self, n: usize) -> Vec<f64> {
        let mut q = self.normals(n * n);
        for j in 0..n {
            for _ in 0..2 {
                for i in 0..j {
                    let overlap: f64 = (0..n).map(|k| q[i * n + k] * q[j * n + k]).sum();
                    (0..n).for_each(|k| q[j * n + k] -= overlap * q[i * n + k]);
                }
            }
            let norm = (0..n).map(|k| q[j * n + k].powi(2)).sum::<f64>().sqrt();
            (0..n).for_each(|k| q[j * n + k] /= norm);
        }
        q
    }
}
