//! Eigenvectors of general matrices: the residuals of their definition on a table of matrices, n = 1..64, both scalars,
//! in `f64` and against the matrix alone.

use crate::linalg_spectral::{ORDERS, Square, epsilon, families, tolerance};
use dynamical_similarity::linalg::eigenvalues::eigenvalues_in;
use dynamical_similarity::linalg::eigenvectors::{eigenvectors_in, eigenvectors_memory_len};
use dynamical_similarity::{Error, MatMut, Scalar};

struct Vectors {
    real: Vec<f64>,
    imaginary: Vec<f64>,
    columns: Vec<f64>,
}

fn vectors_of<T: Scalar>(matrix: &Square) -> Result<Vectors, Error> {
    let n = matrix.n;
    let zeros = |length: usize| vec![T::from(f32::NAN); length];
    let (mut work, mut real, mut imaginary) = (matrix.cast::<T>(), zeros(n), zeros(n));
    let (mut columns, mut memory) = (zeros(n * n), zeros(eigenvectors_memory_len(n)));
    let mut vectors = MatMut::new(&mut columns, n, n)?;
    let mut copy = work.clone();
    eigenvalues_in(&mut MatMut::new(&mut copy, n, n)?, &mut real, &mut imaginary)?;
    let mut a = MatMut::new(&mut work, n, n)?;
    eigenvectors_in(&mut a, &real, &imaginary, &mut vectors, &mut memory)?;
    let doubles = |x: &[T]| x.iter().map(|x| (*x).into()).collect();
    Ok(Vectors { real: doubles(&real), imaginary: doubles(&imaginary), columns: doubles(&columns) })
}

/// |A v - λ v| / (n eps |A|), the largest; every vector has length 1 and a largest entry that is real and positive.
fn check<T: Scalar>(name: &str, matrix: &Square) -> f64 {
    let n = matrix.n;
    let rounded: Vec<f64> = matrix.cast::<T>().iter().map(|x| (*x).into()).collect();
    let a = Square { n, data: rounded };
    let context = format!("{name}, n = {n}, {} bytes", size_of::<T>());
    let found = vectors_of::<T>(matrix).unwrap_or_else(|error| panic!("{context}: {error}"));
    let size = a.data.iter().map(|x| x * x).sum::<f64>().sqrt();
    let zero = vec![0.0; n];
    let mut worst = 0.0_f64;
    let mut j = 0;
    while j < n {
        let paired = found.imaginary[j] != 0.0;
        let x = &found.columns[j * n..][..n];
        let y = if paired { &found.columns[(j + 1) * n..][..n] } else { &zero };
        let (re, im) = (found.real[j], found.imaginary[j]);
        let (mut squares, mut length) = (0.0, 0.0);
        let most = (0..n).fold(0.0_f64, |most, i| most.max(x[i].hypot(y[i])));
        let mut real_and_positive = false;
        for i in 0..n {
            let row = |v: &[f64]| (0..n).map(|k| a.at(i, k) * v[k]).sum::<f64>();
            let (p, q) = (row(x) - re * x[i] + im * y[i], row(y) - re * y[i] - im * x[i]);
            squares += p * p + q * q;
            length += x[i] * x[i] + y[i] * y[i];
            let eps = 8.0 * epsilon::<T>();
            real_and_positive |= x[i] >= most * (1.0 - eps) && y[i].abs() <= eps;
        }
        let eps = epsilon::<T>();
        assert!((length - 1.0).abs() <= 8.0 * (n as f64 + 4.0) * eps, "{context}: length {length}");
        assert!(real_and_positive, "{context}: {x:?} {y:?}");
        if size > 0.0 {
            worst = worst.max(squares.sqrt() / size);
        }
        j += 1 + usize::from(paired);
    }
    assert!(
        worst <= tolerance::<T>(n),
        "{context}: {:.1} n eps",
        worst / epsilon::<T>() / n as f64
    );
    worst / epsilon::<T>() / n as f64
}

#[test]
fn eigenvectors_meet_their_backward_error() {
    let mut worst = (0.0, String::new());
    for n in ORDERS {
        for (name, matrix) in families(n) {
            for found in [check::<f64>(name, &matrix), check::<f32>(name, &matrix)] {
                if found > worst.0 {
                    worst = (found, format!("{name} {n}"));
                }
            }
        }
    }
    println!("worst residual: {:.2} n eps |A|, {}", worst.0, worst.1);
}

#[test]
fn equal_eigenvalues_get_vectors_that_span_their_space() {
    // Three times 2, twice -1, turned by no symmetry: the vectors of each value are independent.
    let basis =
        Square::from_fn(5, |i, j| 1.0 / (1.0 + i as f64 + 2.0 * j as f64) + f64::from(i == j));
    let values = [2.0, 2.0, 2.0, -1.0, -1.0];
    let scaled = Square::from_fn(5, |i, j| basis.at(i, j) * values[j]);
    // A = V D V⁻¹, by solving Aᵀ from Vᵀ Aᵀ = D Vᵀ with elimination.
    let a = solve_transposed(&basis, &scaled);
    let found = vectors_of::<f64>(&a).unwrap();
    let volume = determinant(&found.columns, 5);
    assert!(volume.abs() > 1e-4, "{volume:e}");
    assert_eq!(found.columns.len(), 25);
}

/// B V⁻¹.
fn solve_transposed(v: &Square, b: &Square) -> Square {
    let n = v.n;
    // Rows of [Vᵀ | Bᵀ], by Gauss-Jordan with pivoting.
    let mut rows: Vec<Vec<f64>> = (0..n)
        .map(|i| (0..n).map(|j| v.at(j, i)).chain((0..n).map(|j| b.at(j, i))).collect())
        .collect();
    for k in 0..n {
        let pivot = (k..n).max_by(|i, j| rows[*i][k].abs().total_cmp(&rows[*j][k].abs())).unwrap();
        rows.swap(k, pivot);
        for i in (0..n).filter(|i| *i != k) {
            let factor = rows[i][k] / rows[k][k];
            let pivot = rows[k].clone();
            rows[i].iter_mut().zip(pivot).for_each(|(x, y)| *x -= factor * y);
        }
    }
    Square::from_fn(n, |i, j| rows[j][n + i] / rows[j][j])
}

fn determinant(columns: &[f64], n: usize) -> f64 {
    let mut columns: Vec<Vec<f64>> = (0..n).map(|j| columns[j * n..][..n].to_vec()).collect();
    let mut product = 1.0;
    for k in 0..n {
        let pivot =
            (k..n).max_by(|i, j| columns[*i][k].abs().total_cmp(&columns[*j][k].abs())).unwrap();
        columns.swap(k, pivot);
        product *= columns[k][k];
        for i in k + 1..n {
            let factor = columns[i][k] / columns[k][k];
            let pivot = columns[k].clone();
            columns[i].iter_mut().zip(pivot).for_each(|(x, y)| *x -= factor * y);
        }
    }
    product
}

#[test]
fn what_does_not_fit_is_refused_and_numbers_that_are_not_finite_too() {
    let run_with =
        |real: &[f64], imaginary: &[f64], a: &mut [f64], memory: usize, columns: usize| {
            let (mut vectors, mut memory) = (vec![0.0; 2 * columns], vec![0.0; memory]);
            let mut vectors = MatMut::new(&mut vectors, 2, columns).unwrap();
            let mut a = MatMut::new(a, 2, 2).unwrap();
            eigenvectors_in(&mut a, real, imaginary, &mut vectors, &mut memory)
        };
    let run = |a: &mut [f64], memory, columns| run_with(&[1.0; 2], &[0.0; 2], a, memory, columns);
    let needed = eigenvectors_memory_len(2);
    let short = Error::MemoryTooSmall { needed, got: needed - 1 };
    assert_eq!(run(&mut [1.0, 0.0, 0.0, 1.0], needed - 1, 2), Err(short));
    assert!(matches!(run(&mut [1.0, 0.0, 0.0, 1.0], needed, 1), Err(Error::ShapeMismatch { .. })));
    let error = run(&mut [1.0, 0.0, f64::NAN, 1.0], needed, 2).unwrap_err();
    assert_eq!(error, Error::NonFiniteEntry { row: 0, column: 1 });
    let with = |real: [f64; 2], imaginary: [f64; 2]| {
        run_with(&real, &imaginary, &mut [1.0, 0.0, 0.0, 1.0], needed, 2).unwrap_err()
    };
    let not_finite = Error::NonFiniteEntry { row: 1, column: 1 };
    assert_eq!(with([1.0, 1.0], [0.0, f64::NAN]), not_finite);
    for imaginary in [[0.5, 0.5], [-0.5, 0.5], [0.0, 0.5], [0.5, 0.0]] {
        assert!(matches!(with([1.0, 1.0], imaginary), Error::InvalidSetting { .. }));
    }
    // A number that is no eigenvalue has no eigenvector.
    assert!(matches!(with([1.0, 7.0], [0.0, 0.0]), Error::NotConverged { .. }));
}
