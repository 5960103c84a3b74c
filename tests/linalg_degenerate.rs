//! Singular value decompositions of matrices that have fewer directions than columns, or directions of very
//! different sizes: orthonormal vectors and a small residual at every shape, in both scalars.

use crate::common::Noise;
use crate::linalg_dense::{
    Matrix, cast, check_svd, doubles, epsilon, loss_of_orthogonality, residual_of_svd,
};
use dynamical_similarity::linalg::{svd, symmetric};
use dynamical_similarity::{MatMut, Scalar};

fn check(matrix: &Matrix) {
    check_svd::<f64>(matrix);
    check_svd::<f32>(matrix);
    if matrix.rows >= matrix.cols {
        check_columns::<f64>(matrix);
        check_columns::<f32>(matrix);
    }
}

/// The same promise for rotations of the columns as they are.
fn check_columns<T: Scalar>(matrix: &Matrix) {
    let (m, n) = (matrix.rows, matrix.cols);
    let mut u = cast::<T>(&matrix.data);
    let exact = doubles(&u);
    let (mut s, mut v) = (vec![T::default(); n], vec![T::default(); n * n]);
    svd::orthogonalise_columns_in(
        &mut MatMut::new(&mut u, m, n).unwrap(),
        &mut s,
        Some(&mut MatMut::new(&mut v, n, n).unwrap()),
    )
    .unwrap();
    let (u, s, v) = (doubles(&u), doubles(&s), doubles(&v));
    let allowed = 10.0 * n as f64 * epsilon::<T>();
    let label = format!("columns of {} {m} x {n} {}", matrix.name, size_of::<T>());
    let orthogonality = loss_of_orthogonality(&u, m).max(loss_of_orthogonality(&v, n));
    assert!(orthogonality <= allowed, "{label}: orthogonality {orthogonality:e}");
    let (residual, size) = residual_of_svd(&exact, (m, n), &u, &s, &v);
    // Below the normal numbers the singular values themselves are rounded to whole multiples of the smallest.
    if exact.iter().all(|x| *x == 0.0 || x.abs() >= 1e-36) {
        assert!(residual <= allowed * size, "{label}: residual {residual:e} of {size:e}");
    }
}

/// Whole numbers from -2 to 2.
fn whole(noise: &mut Noise, count: usize) -> Vec<f64> {
    (0..count).map(|_| (5.0 * noise.uniform()).floor() - 2.0).collect()
}

#[test]
fn matrices_reported_to_lose_orthogonality_keep_it() {
    let rows = [[1.0, -1.0, 1.0], [0.0, -1.0, 1.0], [-1.0, 1.0, -1.0]];
    check(&Matrix::of("rank two", 3, 3, |i, j| rows[i][j]));
    for n in 1..=12 {
        check(&Matrix::of("ones", n, n, |_, _| 1.0));
    }
}

#[test]
fn whole_matrices_of_every_rank_and_shape_have_orthonormal_vectors() {
    let mut noise = Noise(31);
    for rows in 1..=12 {
        for cols in 1..=12 {
            for rank in 0..=rows.min(cols).min(5) {
                let (left, right) =
                    (whole(&mut noise, rows * rank), whole(&mut noise, cols * rank));
                check(&Matrix::of("whole numbers", rows, cols, |i, j| {
                    (0..rank).map(|k| left[k * rows + i] * right[k * cols + j]).sum()
                }));
            }
        }
    }
}

/// Random matrices with rows and columns scaled by powers of ten; the exponents come from -`span` to `span`, so
/// that an entry, in both scalars, may vanish.
#[test]
fn graded_matrices_have_orthonormal_vectors() {
    let mut noise = Noise(32);
    for span in [4.0, 17.0, 36.0, 150.0, 300.0] {
        for (rows, cols) in
            [(1, 1), (2, 2), (3, 3), (5, 5), (8, 8), (12, 12), (7, 4), (4, 7), (20, 9)]
        {
            for kind in 0..4 {
                let b = noise.normals(rows * cols);
                let mut grades = |count: usize, on: bool| -> Vec<f64> {
                    let exponent = |x: f64| if on { span * (2.0 * x - 1.0) } else { 0.0 };
                    (0..count).map(|_| exponent(noise.uniform())).collect()
                };
                let (of_rows, of_cols) = (grades(rows, kind != 0), grades(cols, kind != 1));
                // Kind 3 has two directions only.
                let entry = |i: usize, j: usize| match kind {
                    3 => b[i] * b[j] + f64::from(i % 2 == j % 2),
                    _ => b[j * rows + i],
                };
                let exponent = |i: usize, j: usize| (of_rows[i] + of_cols[j]).clamp(-320.0, 300.0);
                let grade = |i: usize, j: usize| 10.0_f64.powf(exponent(i, j) / 2.0);
                let graded = Matrix::of("graded", rows, cols, |i, j| {
                    entry(i, j) * grade(i, j) * grade(i, j)
                });
                check_svd::<f64>(&graded);
                if span <= 36.0 {
                    check_svd::<f32>(&Matrix::of("graded", rows, cols, |i, j| {
                        (graded.data[j * rows + i] as f32).clamp(-1e37, 1e37).into()
                    }));
                }
            }
        }
    }
}

#[test]
fn zero_and_duplicate_rows_and_columns_are_served() {
    let mut noise = Noise(33);
    for rows in [1, 2, 3, 4, 5, 7, 8, 9, 12, 20] {
        for cols in [1, 2, 3, 4, 6, 8, 10, 12] {
            let b = noise.normals(rows * cols);
            let at = |i: usize, j: usize| b[j * rows + i];
            check(&Matrix::of("duplicate columns", rows, cols, |i, j| at(i, j / 2)));
            check(&Matrix::of("duplicate rows", rows, cols, |i, j| at(i / 2, j)));
            check(&Matrix::of("equal columns", rows, cols, |i, _| at(i, 0)));
            check(&Matrix::of("equal rows", rows, cols, |_, j| at(0, j)));
            check(&Matrix::of("zero columns", rows, cols, |i, j| at(i, j) * f64::from(j % 2 == 0)));
            check(&Matrix::of("zero rows", rows, cols, |i, j| at(i, j) * f64::from(i % 3 == 1)));
            check(&Matrix::of("one entry", rows, cols, |i, j| {
                f64::from((i, j) == (rows / 2, cols / 2))
            }));
            // Columns that differ by rounding only: a direction of the size of eps.
            check(&Matrix::of("nearly equal columns", rows, cols, |i, j| {
                at(i, 0) * (1.0 + 1e-16 * (j + i * j) as f64)
            }));
            check(&Matrix::of("nearly equal columns in f32", rows, cols, |i, j| {
                at(i, 0) * (1.0 + 1e-7 * (j + i * j) as f64)
            }));
        }
    }
}

#[test]
fn subnormal_matrices_have_orthonormal_vectors() {
    let mut noise = Noise(34);
    for (rows, cols) in [(1, 1), (3, 3), (8, 8), (12, 12), (9, 4), (4, 9), (1, 5)] {
        for smallest in [5e-324, 1e-310, 1e-300] {
            let b = whole(&mut noise, rows * cols);
            let matrix = Matrix {
                name: "subnormal",
                rows,
                cols,
                data: b.iter().map(|x| x * smallest).collect(),
            };
            check_svd::<f64>(&matrix);
        }
        for smallest in [1e-45, 1e-40, 1e-37] {
            let b = whole(&mut noise, rows * cols);
            let data = b.iter().map(|x| f64::from((*x * smallest) as f32)).collect();
            check_svd::<f32>(&Matrix { name: "subnormal", rows, cols, data });
        }
    }
}

/// Rotations exchange columns so that the longer comes first. A column that is exchanged after the others of a
/// sweep have been met must still meet them: here nothing else would ask for another sweep.
#[test]
fn parallel_columns_meet_wherever_they_stand() {
    for n in 3..=9 {
        for short in [1e-8_f64, 1e-15, 1e-25] {
            for order in 0..n * n * n {
                let (p, q, r) = (order % n, order / n % n, order / (n * n));
                if p == q || q == r || p == r {
                    continue;
                }
                // Columns p and q are parallel, r lies between them in length and has two entries, the others are
                // axes: no row is zero.
                let axis = |j: usize| 1 + (0..j).filter(|k| ![p, q, r].contains(k)).count();
                let entry = |i: usize, j: usize| match j {
                    j if j == p => f64::from(u8::from(i == 0)),
                    j if j == q => f64::from(u8::from(i == 0)) * short,
                    j if j == r => f64::from(u8::from(i + 2 >= n)) * short.sqrt(),
                    j => f64::from(u8::from(i == axis(j))) * short.cbrt(),
                };
                check(&Matrix::of("parallel columns", n, n, entry));
                check(&Matrix::of("parallel rows", n, n, |i, j| entry(j, i)));
            }
        }
    }
}

/// The same where the exchange is part of a rotation by a small angle.
#[test]
fn columns_that_a_rotation_exchanges_meet_the_others() {
    for n in 4..=8 {
        for exponent in 1..=8 {
            let small = 10.0_f64.powi(-exponent);
            // Columns (small, 30), (0, 0, 1) and (40, 0, 24): the first and the last are nearly orthogonal, the
            // last is the longest and not orthogonal to the second.
            let rows = [[-small, 0.0, 40.0], [30.0, 0.0, 0.0], [0.0, -1.0, 24.0]];
            let entry = |i: usize, j: usize| if i < 3 && j < 3 { rows[i][j] } else { 0.0 };
            check(&Matrix::of("an exchange", n, n, entry));
            check(&Matrix::of("an exchange of rows", n, n, |i, j| entry(j, i)));
        }
    }
}

/// What is left of a column after its direction has been taken out shrinks from sweep to sweep until it counts as
/// zero; wherever that happens, no column is kept that was not turned out of the others.
#[test]
fn what_is_left_of_a_parallel_column_ends_as_zero() {
    for n in [4, 5, 8, 9, 12] {
        for tenths in 0..1200 {
            let size = 10.0_f64.powf(f64::from(tenths) / 10.0);
            let columns = [
                [0.0, 0.0, 0.0, -0.00390625],
                [31.99609375, 0.0, 0.0, 0.0],
                [0.0, 41.0, size, 81.31640625],
                [81.31640625, 0.0, 0.0, 0.0],
            ];
            let entry = |i: usize, j: usize| if i < 4 && j < 4 { columns[j][i] } else { 0.0 };
            let matrix = Matrix::of("a column that shrinks", n, n, entry);
            check_svd::<f64>(&matrix);
            check_columns::<f64>(&matrix);
            if tenths < 350 {
                check_svd::<f32>(&matrix);
                check_columns::<f32>(&matrix);
            }
        }
    }
}

/// Blocks of equal eigenvalues, coupled by less than anything that shows: their vectors are found one by one, and
/// must not be found twice.
#[test]
fn leading_vectors_of_blocks_that_are_hardly_coupled_are_orthonormal() {
    for (exponent, columns) in
        (1..=50).flat_map(|exponent| (2..=4).map(move |columns| (exponent, columns)))
    {
        let coupling = 10.0_f64.powi(-6 * exponent);
        let (n, z) = (12, 1.9451018718701276);
        let mut a = vec![0.0; n * n];
        for (j, below) in [z, coupling, -z].into_iter().enumerate() {
            a[j * n + j + 1] = below;
        }
        (a[2 * n + 2], a[3 * n + 3]) = (3.0 * coupling, -2.0 * coupling);
        let (mut values, mut vectors) = (vec![0.0; n], vec![0.0; n * columns]);
        let mut memory = vec![0.0; symmetric::leading_memory_len(n)];
        symmetric::leading_in(
            &mut MatMut::new(&mut a, n, n).unwrap(),
            &mut values,
            &mut MatMut::new(&mut vectors, n, columns).unwrap(),
            &mut memory,
        )
        .unwrap();
        let loss = loss_of_orthogonality(&vectors, n);
        assert!(loss <= 10.0 * n as f64 * f64::EPSILON, "coupling {coupling:e}: {loss:e}");
    }
}
