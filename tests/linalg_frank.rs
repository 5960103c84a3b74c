//! Eigenvalues of Frank matrices, which balancing by sums without the diagonal spoils, and what holds where balancing
//! scales rows and columns very differently.

use crate::linalg_dense::epsilon;
use crate::linalg_spectral::{
    Numbers, Square, check_general, eigenvalues_of, smallest_singular_value, tolerance,
};

/// Frank, Computing eigenvalues of complex matrices, J. SIAM 6 (1958) 378: upper Hessenberg, determinant 1; its
/// eigenvalues are positive and come in reciprocal pairs.
fn frank(n: usize) -> Square {
    Square::from_fn(n, |i, j| if i <= j + 1 { (n - i.max(j)) as f64 } else { 0.0 })
}

#[test]
fn frank_matrices_meet_their_backward_error_in_any_order_of_rows() {
    check_general::<f64>("Frank", &frank(100));
    for n in [2, 3, 5, 8, 12, 16, 24, 32, 45] {
        let matrix = frank(n);
        let turned = Square::from_fn(n, |i, j| matrix.at(n - 1 - i, n - 1 - j));
        let step = if n % 7 == 0 { 1 } else { 7 };
        let mixed = Square::from_fn(n, |i, j| matrix.at(i * step % n, j * step % n));
        for (name, matrix) in [
            ("Frank, transposed", matrix.transposed()),
            ("Frank", matrix),
            ("Frank, turned", turned),
            ("Frank, mixed", mixed),
        ] {
            check_general::<f64>(name, &matrix);
            check_general::<f32>(name, &matrix);
        }
    }
}

/// Eigenvalues of the matrix of order 12 and their condition numbers |x| |y| / |xᵀ y|, computed with mpmath in 80
/// digits (`mpmath.eig` with left and right vectors).
const ORDER_TWELVE: [(f64, f64); 12] = [
    (32.228_891_501_572_161, 3.3),
    (20.198_988_645_877_08, 5.0),
    (12.311_077_400_868_526, 3.1),
    (6.961_533_085_567_122_1, 1.7),
    (3.511_855_948_580_757_2, 6.9),
    (1.553_988_709_132_107, 2.2e2),
    (0.643_505_319_004_855_4, 1.4e4),
    (0.284_749_720_558_478_2, 5.6e5),
    (0.143_646_519_769_220_47, 6.7e6),
    (0.081_227_659_240_405_04, 2.7e7),
    (0.049_507_429_185_278_303, 3.9e7),
    (0.031_028_060_644_010_015, 1.8e7),
];

#[test]
fn eigenvalues_of_a_frank_matrix_are_as_accurate_as_their_condition_allows() {
    let matrix = frank(12);
    let (real, imaginary) = eigenvalues_of(&matrix);
    let backward = f64::EPSILON * matrix.norm();
    for ((x, y), (exact, condition)) in real.iter().zip(&imaginary).zip(ORDER_TWELVE) {
        let error = (x - exact).hypot(*y) / (backward * condition);
        assert!(error <= 10.0, "{x} + {y} i for {exact}: {error} eps |A| cond");
    }
    // Reciprocal pairs, which the table does not say: the larger one is known to a few eps |A|.
    for (x, (_, condition)) in real.iter().zip(ORDER_TWELVE).take(6) {
        let partner = real.iter().map(|y| (y - 1.0 / x).abs()).fold(f64::INFINITY, f64::min);
        assert!(partner <= 1e-6 && condition < 1e3, "{x}: {partner}");
    }
}

/// A := D⁻¹ A D with D of powers of two, until the lengths of each row and its column agree: written out again here
/// to measure in the coordinates in which the error is promised.
fn balanced(a: &Square) -> Square {
    let (n, mut a) = (a.n, a.clone());
    for _ in 0..100 {
        for i in 0..n {
            let row = (0..n).map(|j| a.at(i, j).powi(2)).sum::<f64>().sqrt();
            let column = (0..n).map(|j| a.at(j, i).powi(2)).sum::<f64>().sqrt();
            if row > 0.0 && column > 0.0 {
                let factor = (0.5 * (row / column).log2()).round().exp2();
                (0..n).for_each(|j| a.data[j * n + i] /= factor);
                (0..n).for_each(|j| a.data[i * n + j] *= factor);
            }
        }
    }
    a
}

#[test]
fn wildly_scaled_matrices_meet_their_backward_error_in_balanced_coordinates() {
    let mut numbers = Numbers(41);
    let mut worst = 0.0_f64;
    for n in [3, 4, 5, 6, 8, 12] {
        for span in [4.0, 8.0, 16.0, 30.0] {
            for _ in 0..40 {
                let random = numbers.square(n);
                let exponents = numbers.square(n);
                let matrix = Square::from_fn(n, |i, j| {
                    random.at(i, j) * 10.0_f64.powf(0.5 * span * exponents.at(i, j))
                });
                let (real, imaginary) = eigenvalues_of(&matrix);
                let balanced = balanced(&matrix);
                let bound = tolerance::<f64>(n) * balanced.norm();
                for (x, y) in real.iter().zip(&imaginary) {
                    let share = smallest_singular_value(&balanced, *x, *y) / bound;
                    worst = worst.max(share);
                    assert!(share <= 1.0, "n = {n}, 10^±{span}: {x} + {y} i misses by {share}");
                }
            }
        }
    }
    println!("at most {:.2} n eps", 10.0 * worst);
    assert!(worst > epsilon::<f64>());
}
