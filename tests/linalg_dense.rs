//! QR, SVD and Cholesky on a table of matrices, n = 1..64 and tall, both scalars: residuals and loss of
//! orthogonality against the definition, computed in f64.

use crate::common::Noise;
use dynamical_similarity::linalg::{qr, solve, svd};
use dynamical_similarity::{Error, MatMut, MatRef, Scalar};

pub(crate) fn epsilon<T: Scalar>() -> f64 {
    if size_of::<T>() == 4 { f64::from(f32::EPSILON) } else { f64::EPSILON }
}

/// A matrix in f64, column-major, with a name.
pub(crate) struct Matrix {
    pub(crate) name: &'static str,
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) data: Vec<f64>,
}

impl Matrix {
    pub(crate) fn of(
        name: &'static str,
        rows: usize,
        cols: usize,
        f: impl Fn(usize, usize) -> f64,
    ) -> Self {
        let data = (0..rows * cols).map(|k| f(k % rows, k / rows)).collect();
        Self { name, rows, cols, data }
    }
}

/// The table of the promises: every kind at one size.
fn table(n: usize) -> Vec<Matrix> {
    let mut noise = Noise(n as u64);
    let random = noise.normals(n * n);
    let (q, other) = (noise.orthogonal(n), noise.orthogonal(n));
    let at = |m: &[f64], i: usize, j: usize| m[j * n + i];
    let with_values = |name, value: &dyn Fn(usize) -> f64| {
        Matrix::of(name, n, n, |i, j| {
            (0..n).map(|k| at(&q, i, k) * value(k) * at(&other, j, k)).sum()
        })
    };
    let rank = n.div_ceil(2);
    vec![
        Matrix::of("random", n, n, |i, j| at(&random, i, j)),
        Matrix::of("1e-30", n, n, |i, j| 1e-30 * at(&random, i, j)),
        Matrix::of("1e30", n, n, |i, j| 1e30 * at(&random, i, j)),
        Matrix::of("graded", n, n, |i, j| {
            at(&random, i, j) * 10.0_f64.powf(-8.0 * (i + j) as f64 / (2 * n) as f64)
        }),
        with_values("graded spectrum", &|k| 10.0_f64.powf(-12.0 * k as f64 / n as f64)),
        with_values("rank-deficient", &|k| if k < rank { 1.0 + k as f64 } else { 0.0 }),
        with_values("repeated values", &|k| if k < rank { 3.0 } else { 1.0 }),
        Matrix::of("orthogonal", n, n, |i, j| at(&q, i, j)),
        Matrix::of("nilpotent", n, n, |i, j| if j > i { at(&random, i, j) } else { 0.0 }),
        Matrix::of("cyclic shift", n, n, |i, j| if i == (j + 1) % n { 1.0 } else { 0.0 }),
        Matrix::of("Jordan block", n, n, |i, j| match j {
            _ if j == i => 0.5,
            _ if j == i + 1 => 1.0,
            _ => 0.0,
        }),
        Matrix::of("zero", n, n, |_, _| 0.0),
        Matrix::of("identity", n, n, |i, j| if i == j { 1.0 } else { 0.0 }),
    ]
}

/// Through f32, exactly, in pieces: any f64 as T.
pub(crate) fn cast<T: Scalar>(values: &[f64]) -> Vec<T> {
    let one = |x: f64| -> T {
        let exponent = if x == 0.0 { 0 } else { x.abs().log2().floor() as i32 };
        let mut rest = x * 2.0_f64.powi(-exponent / 2) * 2.0_f64.powi(-exponent - -exponent / 2);
        let mut sum = T::from(0.0);
        for _ in 0..3 {
            let piece = rest as f32;
            sum += T::from(piece);
            rest -= f64::from(piece);
        }
        let half = exponent / 2;
        sum * power::<T>(half) * power::<T>(exponent - half)
    };
    values.iter().map(|x| one(*x)).collect()
}

fn power<T: Scalar>(exponent: i32) -> T {
    let step = T::from(if exponent < 0 { 0.5 } else { 2.0 });
    (0..exponent.unsigned_abs()).fold(T::from(1.0), |x, _| x * step)
}

pub(crate) fn doubles<T: Scalar>(values: &[T]) -> Vec<f64> {
    values.iter().map(|x| (*x).into()).collect()
}

pub(crate) fn norm(values: &[f64]) -> f64 {
    let largest = values.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    if largest == 0.0 {
        return 0.0;
    }
    values.iter().map(|x| (x / largest).powi(2)).sum::<f64>().sqrt() * largest
}

/// |Qᵀ Q - I|, largest entry.
pub(crate) fn loss_of_orthogonality(q: &[f64], rows: usize) -> f64 {
    let columns: Vec<&[f64]> = q.chunks(rows).collect();
    let mut worst = 0.0_f64;
    for (i, x) in columns.iter().enumerate() {
        for (j, y) in columns.iter().enumerate().take(i + 1) {
            let product: f64 = x.iter().zip(*y).map(|(x, y)| x * y).sum();
            worst = worst.max((product - if i == j { 1.0 } else { 0.0 }).abs());
        }
    }
    worst
}

/// Checks a decomposition; returns its loss of orthogonality and its residual relative to the matrix.
pub(crate) fn check_svd<T: Scalar>(matrix: &Matrix) -> (f64, f64) {
    let (m, n, k) = (matrix.rows, matrix.cols, matrix.rows.min(matrix.cols));
    let data = cast::<T>(&matrix.data);
    let exact = doubles(&data);
    let a = MatRef::new(&data, m, n).unwrap();
    // What was there before must not matter.
    let dirt = |count| vec![T::from(f32::NAN); count];
    let (mut u, mut s, mut v) = (dirt(m * k), dirt(k), dirt(n * k));
    let mut memory = dirt(svd::svd_memory_len(m, n));
    let (mut left, mut right) =
        (MatMut::new(&mut u, m, k).unwrap(), MatMut::new(&mut v, n, k).unwrap());
    svd::svd_in(a, &mut left, &mut s, &mut right, &mut memory).unwrap();
    let (u, s, v) = (doubles(&u), doubles(&s), doubles(&v));
    assert!(s.is_sorted_by(|a, b| a >= b) && s[k - 1] >= 0.0);
    let allowed = 10.0 * k as f64 * epsilon::<T>();
    let label = format!("{} {m} x {n} {}", matrix.name, size_of::<T>());
    let orthogonality = loss_of_orthogonality(&u, m).max(loss_of_orthogonality(&v, n));
    assert!(orthogonality <= allowed, "{label}: orthogonality {orthogonality:e}");
    let (residual, size) = residual_of_svd(&exact, (m, n), &u, &s, &v);
    // Singular values are whole multiples of the smallest subnormal number.
    let grid = if size_of::<T>() == 4 { f64::from(f32::from_bits(1)) } else { f64::from_bits(1) };
    let grid = grid / magnitude(&exact) * k as f64;
    assert!(residual <= allowed * size + grid, "{label}: residual {residual:e} of {size:e}");
    let (mut values, mut memory) = (dirt(k), dirt(svd::values_memory_len(m, n)));
    svd::values_in(a, &mut values, &mut memory).unwrap();
    assert_eq!(doubles(&values), s, "{label}: values alone");
    (orthogonality, residual / size)
}

/// A power of two close to the largest entry.
pub(crate) fn magnitude(values: &[f64]) -> f64 {
    let largest = values.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    if largest == 0.0 { 1.0 } else { largest.log2().floor().clamp(-1022.0, 1022.0).exp2() }
}

/// |A - U S Vᵀ| and |A|, both in units of the [`magnitude`] of A, so that nothing leaves the range of f64.
pub(crate) fn residual_of_svd(
    a: &[f64],
    (m, n): (usize, usize),
    u: &[f64],
    s: &[f64],
    v: &[f64],
) -> (f64, f64) {
    let unit = magnitude(a);
    let mut residual: Vec<f64> = a.iter().map(|x| x / unit).collect();
    let size = norm(&residual);
    for j in 0..n {
        for (l, s) in s.iter().enumerate() {
            let weight = s / unit * v[l * n + j];
            (0..m).for_each(|i| residual[j * m + i] -= u[l * m + i] * weight);
        }
    }
    (norm(&residual), size)
}

#[test]
fn svd_has_small_residuals_and_orthogonal_bases_on_every_matrix_of_the_table() {
    for n in [1, 2, 3, 4, 5, 8, 15, 16, 31, 32, 33, 64] {
        for matrix in table(n) {
            check_svd::<f64>(&matrix);
            check_svd::<f32>(&matrix);
        }
    }
}

/// Tighter than the table's bounds, which hold for every matrix: random ones in `f32`, as a microcontroller
/// decomposes them (to the same bits).
#[test]
fn random_matrices_in_single_precision_are_decomposed_to_a_few_units_in_the_last_place() {
    for (n, orthogonality_mark, residual_mark) in
        [(4, 2e-6, 1e-6), (8, 2e-6, 1e-6), (16, 2e-6, 1.2e-6), (32, 4e-6, 1.5e-6)]
    {
        let mut worst = (0.0_f64, 0.0_f64);
        for seed in 0..40 {
            let data = Noise(1000 + seed).normals(n * n);
            let (orthogonality, residual) =
                check_svd::<f32>(&Matrix { name: "random", rows: n, cols: n, data });
            worst = (worst.0.max(orthogonality), worst.1.max(residual));
        }
        println!("{n}: orthogonality {:.1e}, residual {:.1e}", worst.0, worst.1);
        assert!(worst.0 <= orthogonality_mark && worst.1 <= residual_mark, "{n}: {worst:?}");
    }
}

#[test]
fn tall_and_wide_matrices_are_decomposed_too() {
    let mut noise = Noise(5);
    for (rows, cols) in [(1000, 64), (64, 1000), (7, 3), (3, 7), (1, 9), (9, 1), (200, 2)] {
        let data = noise.normals(rows * cols);
        let matrix = Matrix { name: "random", rows, cols, data };
        check_svd::<f64>(&matrix);
        check_svd::<f32>(&matrix);
    }
}

fn singular_values<T: Scalar>(data: &[T], rows: usize, cols: usize) -> Vec<T> {
    let mut values = vec![T::from(0.0); rows.min(cols)];
    let mut memory = vec![T::from(0.0); svd::values_memory_len(rows, cols)];
    svd::values_in(MatRef::new(data, rows, cols).unwrap(), &mut values, &mut memory).unwrap();
    values
}

#[test]
fn small_singular_values_of_graded_columns_keep_their_relative_accuracy() {
    // A = B D with B well-conditioned and D graded over 44 powers of two: relative to each singular
    // value (Demmel & Veselić 1992), not to the largest. Checked against f64, which itself is as good.
    for n in [2, 4, 8, 12, 16, 32] {
        let b = Noise(3).orthogonal(n);
        let tilt = Noise(4).normals(n * n);
        let grade = |column: usize| 2.0_f64.powi(-((44 * column / (n - 1)) as i32));
        let data: Vec<f32> =
            (0..n * n).map(|at| ((b[at] + 0.1 * tilt[at]) * grade(at / n)) as f32).collect();
        let wide: Vec<f64> = data.iter().map(|x| f64::from(*x)).collect();
        let (single, double) = (singular_values(&data, n, n), singular_values(&wide, n, n));
        assert!(double[0] / double[n - 1] > 1e12);
        let errors: Vec<f64> =
            single.iter().zip(&double).map(|(s, d)| (f64::from(*s) / d - 1.0).abs()).collect();
        let worst = errors.iter().fold(0.0_f64, |worst, error| worst.max(*error));
        println!("{n}: {:.1e} at the smallest, {worst:.1e} at most", errors[n - 1]);
        assert!(worst <= 6e-7, "{n}: {errors:?}");
    }
}

/// The singular values of B D or of D B in `f32`, D diagonal and graded over 28 powers of two, against
/// those in `f64`, whose own error is at most 2^28 times its precision: below the mark whatever it
/// promises for the small ones.
fn check_graded(rows: usize, cols: usize, by_columns: bool, exponent: &dyn Fn(usize) -> i32) {
    let k = rows.min(cols);
    let (mut noise, q) = (Noise(4), Noise(3).orthogonal(rows.max(cols)));
    let data: Vec<f32> = (0..rows * cols)
        .map(|at| {
            let (i, j) = (at % rows, at / rows);
            let grade = exponent(if by_columns { j } else { i });
            let entry = q[j * rows.max(cols) + i] + 0.05 * noise.normal();
            (entry * 2.0_f64.powi(-grade)) as f32
        })
        .collect();
    let wide: Vec<f64> = data.iter().map(|x| f64::from(*x)).collect();
    let (single, double) = (singular_values(&data, rows, cols), singular_values(&wide, rows, cols));
    assert!(double[0] / double[k - 1] > 1e8);
    for (single, double) in single.iter().zip(&double) {
        let error = (f64::from(*single) / double - 1.0).abs();
        let allowed = 10.0 * k as f64 * f64::from(f32::EPSILON);
        assert!(
            error < allowed,
            "{rows} x {cols}, by columns {by_columns}: {error:e}, {single} {double}"
        );
    }
}

#[test]
fn small_singular_values_of_graded_matrices_keep_their_relative_accuracy() {
    let orders: [&dyn Fn(usize) -> i32; 4] = [
        &|i| 28 * i as i32 / 11,
        &|i| 28 * (11 - i as i32) / 11,
        &|i| 28 * (i as i32 * 5 % 12) / 11,
        // Two scales alone, as of channels in two units.
        &|i| 28 * i32::from(i % 3 == 0),
    ];
    for order in orders {
        check_graded(12, 12, true, order);
        check_graded(12, 12, false, order);
        check_graded(40, 12, true, order);
        check_graded(12, 40, false, order);
    }
}

fn check_qr<T: Scalar>(matrix: &Matrix) {
    let (m, n, k) = (matrix.rows, matrix.cols, matrix.rows.min(matrix.cols));
    let mut data = cast::<T>(&matrix.data);
    let exact = doubles(&data);
    let rows = data.clone();
    let zeros = |count| vec![T::default(); count];
    let (mut tau, mut q) = (zeros(k), zeros(m * k));
    qr::factor_in(&mut MatMut::new(&mut data, m, n).unwrap(), &mut tau).unwrap();
    let factored = MatRef::new(&data, m, n).unwrap();
    qr::form_q_in(factored, &tau, &mut MatMut::new(&mut q, m, k).unwrap()).unwrap();
    let (q, r) = (doubles(&q), doubles(&data));
    let allowed = 10.0 * n.max(m) as f64 * epsilon::<T>();
    let label = format!("{} {m} x {n} {}", matrix.name, size_of::<T>());
    assert!(loss_of_orthogonality(&q, m) <= allowed, "{label}");
    let mut residual = exact.clone();
    for j in 0..n {
        for l in 0..k.min(j + 1) {
            (0..m).for_each(|i| residual[j * m + i] -= q[l * m + i] * r[j * m + l]);
        }
    }
    assert!(norm(&residual) <= allowed * norm(&exact), "{label}: {:e}", norm(&residual));
    // Row by row, in blocks of three: the same triangle up to the signs of its rows.
    let mut triangle = zeros(n * n);
    for start in (0..m).step_by(3) {
        let mut block: Vec<T> = (0..n)
            .flat_map(|j| (start..start + 3).map(move |i| (i, j)))
            .map(|(i, j)| if i < m { rows[j * m + i] } else { T::default() })
            .collect();
        let mut r = MatMut::new(&mut triangle, n, n).unwrap();
        qr::append_rows_in(&mut r, &mut MatMut::new(&mut block, 3, n).unwrap()).unwrap();
    }
    // R is unique up to the signs of its rows where it is well-conditioned; otherwise Rᵀ R = Aᵀ A.
    if matrix.name == "orthogonal" {
        for j in 0..n {
            for i in 0..=j {
                let (whole, by_rows) = (r[j * m + i], triangle[j * n + i].into());
                let sign = (r[i * m + i] * triangle[i * n + i].into()).signum();
                assert!((whole - sign * by_rows).abs() <= allowed, "{label} {whole} {by_rows}");
            }
        }
    }
    let triangle = doubles(&triangle);
    let scale = norm(&exact).max(f64::MIN_POSITIVE);
    for i in 0..n {
        for j in 0..n {
            let of = |x: &[f64], rows: usize| -> f64 {
                (0..rows).map(|l| x[i * rows + l] / scale * (x[j * rows + l] / scale)).sum()
            };
            let (got, expected) = (of(&triangle, n), of(&exact, m));
            assert!((got - expected).abs() <= 2.0 * allowed, "{label} {got} {expected}");
        }
    }
}

#[test]
fn qr_reproduces_every_matrix_of_the_table_whole_and_by_rows() {
    for n in [1, 2, 3, 8, 15, 32] {
        for matrix in table(n) {
            check_qr::<f64>(&matrix);
            check_qr::<f32>(&matrix);
        }
    }
    for (rows, cols) in [(50, 7), (7, 12)] {
        let data = Noise(8).normals(rows * cols);
        let matrix = Matrix { name: "random", rows, cols, data };
        check_qr::<f64>(&matrix);
        check_qr::<f32>(&matrix);
    }
}

fn check_solve<T: Scalar>(n: usize) {
    // B Bᵀ + I is symmetric, positive definite and well-conditioned enough to solve.
    let b = Noise(n as u64 + 90).normals(n * n);
    let a: Vec<f64> = (0..n * n)
        .map(|at| {
            let (i, j) = (at % n, at / n);
            (0..n).map(|k| b[k * n + i] * b[k * n + j]).sum::<f64>() / n as f64
                + if i == j { 1.0 } else { 0.0 }
        })
        .collect();
    let (mut left, mut right) = (cast::<T>(&a), cast::<T>(&b));
    let (exact, b) = (doubles(&left), doubles(&right));
    let (mut l, mut x) =
        (MatMut::new(&mut left, n, n).unwrap(), MatMut::new(&mut right, n, n).unwrap());
    solve::solve_symmetric_in(&mut l, &mut x).unwrap();
    let x = doubles(&right);
    let mut residual = b.clone();
    for j in 0..n {
        for k in 0..n {
            (0..n).for_each(|i| residual[j * n + i] -= exact[k * n + i] * x[j * n + k]);
        }
    }
    let allowed = 10.0 * n as f64 * epsilon::<T>() * norm(&exact) * norm(&x);
    assert!(norm(&residual) <= allowed, "{n}: {:e} {allowed:e}", norm(&residual));
}

#[test]
fn symmetric_systems_are_solved_to_a_small_residual() {
    for n in [1, 2, 3, 7, 16, 40] {
        check_solve::<f64>(n);
        check_solve::<f32>(n);
    }
}

#[test]
fn singular_and_indefinite_systems_are_refused() {
    for a in [[1.0, 1.0, 1.0, 1.0], [0.0; 4], [1.0, 2.0, 2.0, 1.0]] {
        let (mut a, mut b) = (a, [1.0_f64, 1.0]);
        let mut a = MatMut::new(&mut a, 2, 2).unwrap();
        let solved = solve::solve_symmetric_in(&mut a, &mut MatMut::new(&mut b, 2, 1).unwrap());
        assert_eq!(solved, Err(Error::Singular));
    }
}

#[test]
fn the_range_of_double_precision_is_served() {
    for scale in [1e-300, 1e-200, 1e200, 1e300] {
        for (rows, cols) in [(9, 9), (20, 6), (6, 20)] {
            let data = Noise(6).normals(rows * cols).iter().map(|x| scale * x).collect();
            let matrix = Matrix { name: "scaled", rows, cols, data };
            check_svd::<f64>(&matrix);
            check_qr::<f64>(&matrix);
        }
    }
}

#[test]
fn a_singular_value_beyond_the_largest_scalar_is_an_error() {
    let data = [f64::MAX; 4];
    let mut memory = [0.0; svd::values_memory_len(2, 2)];
    let a = MatRef::new(&data, 2, 2).unwrap();
    let found = svd::values_in(a, &mut [0.0; 2], &mut memory);
    assert!(matches!(found, Err(Error::Overflow { .. })), "{found:?}");
    // And the smallest are no error: [5e-324] has the singular value 5e-324.
    let (mut s, mut memory) = ([0.0], [0.0; svd::values_memory_len(1, 1)]);
    svd::values_in(MatRef::new(&[5e-324_f64], 1, 1).unwrap(), &mut s, &mut memory).unwrap();
    assert_eq!(s, [5e-324]);
}

#[test]
fn rows_of_zeros_leave_a_triangle_as_it_is() {
    let mut rows = Noise(7).normals(12);
    let (mut r, mut zeros) = ([0.0_f64; 9], [0.0; 15]);
    let mut triangle = MatMut::new(&mut r, 3, 3).unwrap();
    // Zeros come first, too: the triangle of no rows is zero.
    qr::append_rows_in(&mut triangle, &mut MatMut::new(&mut zeros, 5, 3).unwrap()).unwrap();
    assert_eq!(triangle.as_ref().largest(), 0.0);
    qr::append_rows_in(&mut triangle, &mut MatMut::new(&mut rows, 4, 3).unwrap()).unwrap();
    let before: Vec<f64> = (0..9).map(|at| triangle.at(at % 3, at / 3)).collect();
    qr::append_rows_in(&mut triangle, &mut MatMut::new(&mut zeros, 5, 3).unwrap()).unwrap();
    assert_eq!(r.to_vec(), before);
}

#[test]
fn bad_input_is_refused_with_its_place() {
    let mut data = [1.0_f64, 2.0, f64::NAN, 4.0];
    let a = MatRef::new(&data, 2, 2).unwrap();
    let mut memory = [0.0; svd::svd_memory_len(2, 2)];
    let nan = Err(Error::NonFiniteEntry { row: 0, column: 1 });
    assert_eq!(svd::values_in(a, &mut [0.0; 2], &mut memory), nan);

    let (mut u, mut v) = ([0.0; 4], [0.0; 4]);
    let (mut u, mut v) = (MatMut::new(&mut u, 2, 2).unwrap(), MatMut::new(&mut v, 2, 2).unwrap());
    assert_eq!(svd::svd_in(a, &mut u, &mut [0.0; 2], &mut v, &mut memory), nan);
    let needed = svd::svd_memory_len(2, 2);
    let short = &mut memory[..needed - 1];
    let few = Err(Error::MemoryTooSmall { needed, got: needed - 1 });
    assert_eq!(svd::svd_in(a, &mut u, &mut [0.0; 2], &mut v, short), few);
    let mut wide = [0.0; 6];
    let mut wide = MatMut::new(&mut wide, 2, 3).unwrap();
    assert!(matches!(
        svd::svd_in(a, &mut u, &mut [0.0; 2], &mut wide, &mut memory),
        Err(Error::ShapeMismatch { expected: 2, got: 3, .. })
    ));

    let few = Err(Error::MemoryTooSmall { needed: svd::values_memory_len(2, 2), got: 3 });
    assert_eq!(svd::values_in(a, &mut [0.0; 2], &mut [0.0; 3]), few);
    assert!(matches!(
        svd::values_in(a, &mut [0.0; 3], &mut memory),
        Err(Error::ShapeMismatch { expected: 2, got: 3, .. })
    ));
    assert_eq!(qr::factor_in(&mut MatMut::new(&mut data, 2, 2).unwrap(), &mut [0.0; 2]), nan);
}
