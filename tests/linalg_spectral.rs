//! Symmetric eigenproblem and general eigenvalues: backward errors on a table of matrices, n = 1..64,
//! both scalars. Everything is checked in `f64` and against the definition, not against ourselves.

use dynamical_similarity::linalg::{eigenvalues, symmetric};
use dynamical_similarity::{Error, MatMut, Scalar};

/// The promise of the documentation: 10 n eps ‖A‖.
pub(crate) fn tolerance<T: Scalar>(n: usize) -> f64 {
    10.0 * n as f64 * epsilon::<T>()
}

pub(crate) fn epsilon<T: Scalar>() -> f64 {
    if size_of::<T>() == 4 { f64::from(f32::EPSILON) } else { f64::EPSILON }
}

/// A square matrix in `f64`, column-major.
#[derive(Clone)]
pub(crate) struct Square {
    pub(crate) n: usize,
    pub(crate) data: Vec<f64>,
}

impl Square {
    pub(crate) fn from_fn(n: usize, mut f: impl FnMut(usize, usize) -> f64) -> Self {
        let data = (0..n * n).map(|k| f(k % n, k / n)).collect();
        Self { n, data }
    }
    pub(crate) fn at(&self, i: usize, j: usize) -> f64 {
        self.data[j * self.n + i]
    }
    pub(crate) fn times(&self, other: &Self) -> Self {
        Self::from_fn(self.n, |i, j| (0..self.n).map(|k| self.at(i, k) * other.at(k, j)).sum())
    }
    pub(crate) fn transposed(&self) -> Self {
        Self::from_fn(self.n, |i, j| self.at(j, i))
    }
    pub(crate) fn symmetrised(&self) -> Self {
        Self::from_fn(self.n, |i, j| 0.5 * (self.at(i, j) + self.at(j, i)))
    }
    /// A lower bound of the spectral norm, usually close: power iteration on AᵀA.
    pub(crate) fn norm(&self) -> f64 {
        let mut x: Vec<f64> = (0..self.n).map(|i| 1.0 + 0.1 * (i as f64).sin()).collect();
        let mut norm = 0.0_f64;
        for j in 0..self.n {
            norm = norm.max(length((0..self.n).map(|i| self.at(i, j))));
        }
        for _ in 0..20 {
            let scale = 1.0 / length(x.iter().copied());
            x.iter_mut().for_each(|x| *x *= scale);
            let y: Vec<f64> =
                (0..self.n).map(|i| (0..self.n).map(|j| self.at(i, j) * x[j]).sum()).collect();
            let size = length(y.iter().copied());
            norm = norm.max(size);
            if size == 0.0 {
                break;
            }
            x = (0..self.n)
                .map(|j| (0..self.n).map(|i| self.at(i, j) * (y[i] / size)).sum())
                .collect();
            if x.iter().all(|x| *x == 0.0) {
                break;
            }
        }
        norm
    }
    pub(crate) fn cast<T: Scalar>(&self) -> Vec<T> {
        // An f32 reaches T exactly; for f64 the low part is added.
        self.data
            .iter()
            .map(|x| {
                let high = *x as f32;
                if size_of::<T>() == 4 || !high.is_normal() {
                    if size_of::<T>() == 8 && *x != 0.0 { split(*x) } else { T::from(high) }
                } else {
                    split(*x)
                }
            })
            .collect()
    }
}

/// Any f64 as T, through the public conversion from `f32`: 24-bit pieces times powers of two.
fn split<T: Scalar>(x: f64) -> T {
    let mut factor = T::from(1.0_f32);
    let mut rest = x;
    while rest.abs() > 1e10 {
        rest *= 0.5_f64.powi(30);
        factor *= T::from(2.0_f32.powi(30));
    }
    while rest != 0.0 && rest.abs() < 1e-10 {
        rest *= 2.0_f64.powi(30);
        factor *= T::from(0.5_f32.powi(30));
    }
    let mut sum = T::from(0.0_f32);
    for _ in 0..3 {
        let piece = rest as f32;
        sum += T::from(piece);
        rest -= f64::from(piece);
    }
    sum * factor
}

fn length(x: impl Iterator<Item = f64>) -> f64 {
    x.map(|x| x * x).sum::<f64>().sqrt()
}

/// Deterministic numbers, uniform in [-1, 1).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        (z >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
    pub(crate) fn square(&mut self, n: usize) -> Square {
        Square::from_fn(n, |_, _| self.next())
    }
    /// Columns of a random matrix, orthonormalised twice.
    pub(crate) fn orthogonal(&mut self, n: usize) -> Square {
        let mut q = self.square(n);
        for _ in 0..2 {
            for j in 0..n {
                for k in 0..j {
                    let dot: f64 = (0..n).map(|i| q.at(i, j) * q.at(i, k)).sum();
                    for i in 0..n {
                        q.data[j * n + i] -= dot * q.data[k * n + i];
                    }
                }
                let scale = 1.0 / length((0..n).map(|i| q.at(i, j)));
                (0..n).for_each(|i| q.data[j * n + i] *= scale);
            }
        }
        q
    }
}

pub(crate) fn diagonal(n: usize, f: impl Fn(usize) -> f64) -> Square {
    Square::from_fn(n, |i, j| if i == j { f(i) } else { 0.0 })
}

/// The table: name and matrix.
pub(crate) fn families(n: usize) -> Vec<(&'static str, Square)> {
    let mut numbers = Numbers(n as u64);
    let random = numbers.square(n);
    let q = numbers.orthogonal(n);
    let grade = |i: usize| 10.0_f64.powf(-12.0 * i as f64 / n as f64);
    let scaled = |factor: f64| Square { n, data: random.data.iter().map(|x| x * factor).collect() };
    let conjugated = |m: &Square| q.times(m).times(&q.transposed());
    let jordan = |value: f64| {
        Square::from_fn(n, |i, j| {
            if i == j {
                value
            } else if j == i + 1 {
                1.0
            } else {
                0.0
            }
        })
    };
    let thin: Vec<f64> = (0..2 * n * n.div_ceil(3)).map(|_| numbers.next()).collect();
    let low_rank = Square::from_fn(n, |i, j| {
        (0..n.div_ceil(3)).map(|k| thin[2 * (k * n + i)] * thin[2 * (k * n + j) + 1]).sum()
    });
    let covariance = low_rank.times(&low_rank.transposed());
    vec![
        ("graded from the first", Square::from_fn(n, |i, j| random.at(i, j) * grade(i.max(j)))),
        (
            "graded from the last",
            Square::from_fn(n, |i, j| random.at(i, j) * grade(n - 1 - i.min(j))),
        ),
        ("graded rows", Square::from_fn(n, |i, j| random.at(i, j) * grade(i))),
        ("graded columns", Square::from_fn(n, |i, j| random.at(i, j) * grade(n - 1 - j))),
        (
            "graded up and down",
            Square::from_fn(n, |i, j| {
                random.at(i, j) * grade(if (i + j) % 2 == 0 { i } else { j })
            }),
        ),
        (
            "badly scaled",
            Square::from_fn(n, |i, j| {
                random.at(i, j) * 2.0_f64.powi((i * 7 % 11) as i32 - (j * 7 % 11) as i32)
            }),
        ),
        ("graded spectrum", conjugated(&diagonal(n, grade))),
        ("rank-deficient", low_rank),
        ("covariance", covariance),
        ("repeated values", conjugated(&diagonal(n, |i| (i % 3) as f64))),
        ("one repeated value", conjugated(&diagonal(n, |_| 0.7))),
        ("close values", conjugated(&diagonal(n, |i| 1.0 + 1e-9 * (i % 5) as f64))),
        ("1e-30", scaled(1e-30)),
        ("1e30", scaled(1e30)),
        ("orthogonal", q.clone()),
        ("nilpotent", Square::from_fn(n, |i, j| if j > i { random.at(i, j) } else { 0.0 })),
        (
            "nilpotent, turned",
            conjugated(&Square::from_fn(n, |i, j| if j > i { random.at(i, j) } else { 0.0 })),
        ),
        ("cyclic shift", Square::from_fn(n, |i, j| f64::from((i + 1) % n == j))),
        ("backward shift", Square::from_fn(n, |i, j| f64::from((j + 1) % n == i))),
        ("Jordan, 0", jordan(0.0)),
        ("Jordan, 1", jordan(1.0)),
        ("Jordan, turned", conjugated(&jordan(1.0))),
        ("Jordan, transposed", jordan(-2.0).transposed()),
        ("zero", diagonal(n, |_| 0.0)),
        ("identity", diagonal(n, |_| 1.0)),
        ("diagonal", diagonal(n, |i| (i * 5 % 7) as f64 - 3.0)),
        ("ones", Square::from_fn(n, |_, _| 1.0)),
        ("skew", Square::from_fn(n, |i, j| random.at(i, j) - random.at(j, i))),
        ("Hilbert", Square::from_fn(n, |i, j| 1.0 / (i + j + 1) as f64)),
        (
            "second difference",
            Square::from_fn(n, |i, j| match i.abs_diff(j) {
                0 => 2.0,
                1 => -1.0,
                _ => 0.0,
            }),
        ),
        (
            // Pairs of values that agree to many digits, without a negligible coupling.
            "Wilkinson",
            Square::from_fn(n, |i, j| match i.abs_diff(j) {
                0 => (2.0 * i as f64 - (n - 1) as f64).abs() / 2.0,
                1 => 1.0,
                _ => 0.0,
            }),
        ),
        (
            // Wilkinson matrices glued by small couplings: clusters of several.
            "glued",
            Square::from_fn(n, |i, j| match i.abs_diff(j) {
                0 => (2.0 * (i % 7) as f64 - 6.0).abs() / 2.0,
                1 if i.max(j) % 7 == 0 => 1e-7,
                1 => 1.0,
                _ => 0.0,
            }),
        ),
        (
            "random, Hessenberg",
            Square::from_fn(n, |i, j| if i <= j + 1 { random.at(i, j) } else { 0.0 }),
        ),
        (
            "companion",
            Square::from_fn(
                n,
                |i, j| {
                    if j == n - 1 { random.at(i, 0) } else { f64::from(i == j + 1) }
                },
            ),
        ),
        (
            "block diagonal",
            Square::from_fn(
                n,
                |i, j| if i / 3 == j / 3 { random.at(i % 3 % n, j % 3 % n) } else { 0.0 },
            ),
        ),
        ("random", random),
    ]
}

pub(crate) const ORDERS: [usize; 20] =
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 21, 24, 32, 33, 48, 63, 64];

/// ‖A V - V Λ‖ and ‖VᵀV - I‖ (Frobenius), in f64.
fn residuals<T: Scalar>(a: &Square, values: &[T], vectors: &[T]) -> (f64, f64) {
    let n = a.n;
    let v: Vec<f64> = vectors.iter().map(|x| (*x).into()).collect();
    let columns = v.len() / n;
    let (mut residual, mut departure) = (0.0, 0.0);
    for j in 0..columns {
        let value: f64 = values[j].into();
        for i in 0..n {
            let product: f64 = (0..n).map(|k| a.at(i, k) * v[j * n + k]).sum();
            residual += (product - value * v[j * n + i]).powi(2);
        }
        for k in 0..columns {
            let dot: f64 = (0..n).map(|i| v[j * n + i] * v[k * n + i]).sum();
            departure += (dot - f64::from(k == j)).powi(2);
        }
    }
    (f64::sqrt(residual), f64::sqrt(departure))
}

/// Marks for one symmetric matrix. The upper triangle is poisoned: it must not be read.
pub(crate) fn check_symmetric<T: Scalar>(name: &str, matrix: &Square, leading: &[usize]) {
    let n = matrix.n;
    let lower: Vec<T> = matrix.cast();
    let a = Square::from_fn(n, |i, j| lower[i.min(j) * n + i.max(j)].into());
    let mut poisoned = lower;
    for j in 0..n {
        for i in 0..j {
            poisoned[j * n + i] = T::from(f32::NAN);
        }
    }
    let norm = a.norm();
    let (bound, zero) = (tolerance::<T>(n), T::from(0.0_f32));
    let scale = if norm > 0.0 { 1.0 / norm } else { 1.0 };
    let context = format!("{name}, n = {n}, {} bytes", size_of::<T>());

    let (mut values, mut vectors) = (vec![zero; n], vec![zero; n * n]);
    let mut memory = vec![T::from(f32::NAN); symmetric::eigen_memory_len(n)];
    let mut work = poisoned.clone();
    symmetric::eigen_in(
        &mut MatMut::new(&mut work, n, n).unwrap(),
        &mut values,
        &mut MatMut::new(&mut vectors, n, n).unwrap(),
        &mut memory,
    )
    .unwrap_or_else(|error| panic!("{context}: {error}"));
    assert!(values.windows(2).all(|pair| pair[0] >= pair[1]), "{context}: order");
    let (residual, departure) = residuals(&a, &values, &vectors);
    assert!(residual * scale <= bound, "{context}: residual {} > {bound}", residual * scale);
    assert!(departure <= bound, "{context}: departure {departure} > {bound}");

    let mut alone = vec![zero; n];
    let mut memory = vec![T::from(f32::NAN); symmetric::values_memory_len(n)];
    let mut work = poisoned.clone();
    symmetric::values_in(&mut MatMut::new(&mut work, n, n).unwrap(), &mut alone, &mut memory)
        .unwrap_or_else(|error| panic!("{context}: values: {error}"));
    // Weyl: each of the two is within its backward error of the truth.
    for (x, y) in values.iter().zip(&alone) {
        let difference = ((*x).into() - (*y).into()).abs() * scale;
        assert!(difference <= bound, "{context}: values differ by {difference}");
    }

    for &r in leading.iter().filter(|r| **r <= n) {
        let (mut all, mut few) = (vec![zero; n], vec![zero; n * r]);
        let mut memory = vec![T::from(f32::NAN); symmetric::leading_memory_len(n)];
        let mut work = poisoned.clone();
        symmetric::leading_in(
            &mut MatMut::new(&mut work, n, n).unwrap(),
            &mut all,
            &mut MatMut::new(&mut few, n, r).unwrap(),
            &mut memory,
        )
        .unwrap_or_else(|error| panic!("{context}: r = {r}: {error}"));
        let (residual, departure) = residuals(&a, &all, &few);
        assert!(residual * scale <= bound, "{context}: r = {r}: residual {}", residual * scale);
        assert!(departure <= bound, "{context}: r = {r}: departure {departure}");
        for (x, y) in values.iter().zip(&all) {
            let difference = ((*x).into() - (*y).into()).abs() * scale;
            assert!(difference <= bound, "{context}: r = {r}: values differ by {difference}");
        }
    }
}

#[test]
fn symmetric_decompositions_meet_their_backward_error() {
    for n in ORDERS {
        let leading = [1, 2, n / 6, n / 3, n / 2, n];
        let leading: Vec<usize> = leading.into_iter().filter(|r| *r > 0).collect();
        for (name, matrix) in families(n) {
            let matrix = matrix.symmetrised();
            check_symmetric::<f64>(name, &matrix, &leading);
            check_symmetric::<f32>(name, &matrix, &leading);
        }
    }
}

#[test]
fn leading_vectors_at_the_size_of_a_delay_embedding() {
    for (n, r) in [(240, 15), (131, 45)] {
        let mut numbers = Numbers(7);
        // Values 4^-i fall below rounding after a few, as those of a Gram matrix do.
        let q = numbers.orthogonal(n);
        let decay = q.times(&diagonal(n, |i| 4.0_f64.powi(-(i as i32)))).times(&q.transposed());
        check_symmetric::<f64>("decay", &decay.symmetrised(), &[r]);
        check_symmetric::<f32>("decay", &decay.symmetrised(), &[r]);
        let random = numbers.square(n).symmetrised();
        check_symmetric::<f64>("random", &random, &[r]);
        check_symmetric::<f32>("random", &random, &[r]);
    }
}

/// An upper bound of the smallest singular value of A - λ I: ‖(A - λ I) x‖ / ‖x‖ for the x to which
/// inverse iteration on its square leads.
pub(crate) fn smallest_singular_value(a: &Square, real: f64, imaginary: f64) -> f64 {
    let n = a.n;
    let m: Vec<(f64, f64)> = (0..n * n)
        .map(|k| {
            let (i, j) = (k % n, k / n);
            if i == j { (a.at(i, j) - real, -imaginary) } else { (a.at(i, j), 0.0) }
        })
        .collect();
    let size = m.iter().map(|z| z.0.hypot(z.1)).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let m: Vec<(f64, f64)> = m.iter().map(|z| (z.0 / size, z.1 / size)).collect();
    let adjoint: Vec<(f64, f64)> =
        (0..n * n).map(|k| m[(k % n) * n + k / n]).map(|z| (z.0, -z.1)).collect();
    let (lu, lu_adjoint) = (complex::factorise(n, &m), complex::factorise(n, &adjoint));
    let mut numbers = Numbers(3);
    let mut x: Vec<(f64, f64)> = (0..n).map(|_| (numbers.next(), numbers.next())).collect();
    let mut best = f64::INFINITY;
    for _ in 0..6 {
        lu_adjoint.solve(&mut x);
        complex::normalise(&mut x);
        // ‖Mᴴ y‖ bounds the smallest singular value as well as ‖M x‖ does.
        best = best.min(complex::image_length(n, &adjoint, &x));
        lu.solve(&mut x);
        complex::normalise(&mut x);
        best = best.min(complex::image_length(n, &m, &x));
    }
    best * size
}

mod complex {
    type Complex = (f64, f64);

    fn multiply(a: Complex, b: Complex) -> Complex {
        (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
    }
    fn subtract(a: Complex, b: Complex) -> Complex {
        (a.0 - b.0, a.1 - b.1)
    }
    fn inverse(a: Complex) -> Complex {
        let square = a.0 * a.0 + a.1 * a.1;
        (a.0 / square, -a.1 / square)
    }

    pub(crate) struct Factors {
        n: usize,
        lu: Vec<Complex>,
        pivots: Vec<usize>,
    }

    /// Gaussian elimination with partial pivoting; pivots below 1e-18 become 1e-18.
    pub(crate) fn factorise(n: usize, m: &[Complex]) -> Factors {
        let mut lu = m.to_vec();
        let mut pivots = Vec::new();
        for k in 0..n {
            let size = |i: usize| lu[k * n + i].0.hypot(lu[k * n + i].1);
            let pivot = (k..n).max_by(|i, j| size(*i).total_cmp(&size(*j))).unwrap();
            pivots.push(pivot);
            for j in 0..n {
                lu.swap(j * n + k, j * n + pivot);
            }
            if lu[k * n + k].0.hypot(lu[k * n + k].1) < 1e-18 {
                lu[k * n + k] = (1e-18, 0.0);
            }
            let over = inverse(lu[k * n + k]);
            for i in k + 1..n {
                let factor = multiply(lu[k * n + i], over);
                lu[k * n + i] = factor;
                for j in k + 1..n {
                    lu[j * n + i] = subtract(lu[j * n + i], multiply(factor, lu[j * n + k]));
                }
            }
        }
        Factors { n, lu, pivots }
    }

    impl Factors {
        pub(crate) fn solve(&self, x: &mut [Complex]) {
            let n = self.n;
            for k in 0..n {
                x.swap(k, self.pivots[k]);
            }
            for k in 0..n {
                for i in k + 1..n {
                    x[i] = subtract(x[i], multiply(self.lu[k * n + i], x[k]));
                }
            }
            for k in (0..n).rev() {
                x[k] = multiply(x[k], inverse(self.lu[k * n + k]));
                // Several tiny pivots in a row would overflow; only the direction matters.
                if x[k].0.hypot(x[k].1) > 1e100 {
                    x.iter_mut().for_each(|z| *z = (z.0 * 1e-100, z.1 * 1e-100));
                }
                for i in 0..k {
                    x[i] = subtract(x[i], multiply(self.lu[k * n + i], x[k]));
                }
            }
        }
    }

    pub(crate) fn normalise(x: &mut [Complex]) {
        let largest = x.iter().map(|z| z.0.hypot(z.1)).fold(0.0, f64::max);
        x.iter_mut().for_each(|z| *z = (z.0 / largest, z.1 / largest));
        let length = x.iter().map(|z| z.0 * z.0 + z.1 * z.1).sum::<f64>().sqrt();
        x.iter_mut().for_each(|z| *z = (z.0 / length, z.1 / length));
    }

    pub(crate) fn image_length(n: usize, m: &[Complex], x: &[Complex]) -> f64 {
        let mut y = vec![(0.0, 0.0); n];
        for j in 0..n {
            for i in 0..n {
                y[i] = subtract(y[i], multiply(m[j * n + i], x[j]));
            }
        }
        y.iter().map(|z| z.0 * z.0 + z.1 * z.1).sum::<f64>().sqrt()
    }
}

pub(crate) fn check_general<T: Scalar>(name: &str, matrix: &Square) {
    let n = matrix.n;
    let mut work: Vec<T> = matrix.cast();
    let a = Square { n, data: work.iter().map(|x| (*x).into()).collect() };
    let context = format!("{name}, n = {n}, {} bytes", size_of::<T>());
    let (mut real, mut imaginary) = (vec![T::from(f32::NAN); n], vec![T::from(f32::NAN); n]);
    eigenvalues::eigenvalues_in(
        &mut MatMut::new(&mut work, n, n).unwrap(),
        &mut real,
        &mut imaginary,
    )
    .unwrap_or_else(|error| panic!("{context}: {error}"));
    let real: Vec<f64> = real.iter().map(|x| (*x).into()).collect();
    let imaginary: Vec<f64> = imaginary.iter().map(|x| (*x).into()).collect();

    let norm = a.norm();
    let bound = tolerance::<T>(n) * norm;
    let trace: f64 = (0..n).map(|i| a.at(i, i)).sum();
    let sum: f64 = real.iter().sum();
    assert!((trace - sum).abs() <= n as f64 * bound, "{context}: trace {trace}, sum {sum}");

    // A singular value takes n³ operations, so of many eigenvalues every few are looked at; the trace is that of all.
    let (mut i, mut looked_at) = (0, 0);
    while i < n {
        let paired = imaginary[i] != 0.0;
        if paired {
            assert!(imaginary[i] > 0.0, "{context}: positive imaginary part first");
            assert_eq!((real[i], imaginary[i]), (real[i + 1], -imaginary[i + 1]), "{context}");
        }
        if i * 6 >= looked_at * n {
            looked_at += 1;
            let found = smallest_singular_value(&a, real[i], imaginary[i]);
            let share = found / bound;
            assert!(
                found <= bound,
                "{context}: {} + {} i misses by {share} of the bound",
                real[i],
                imaginary[i]
            );
        }
        let next = i + 1 + usize::from(paired);
        if next < n {
            let (here, there) = (real[i].hypot(imaginary[i]), real[next].hypot(imaginary[next]));
            assert!(here >= there * (1.0 - 4.0 * epsilon::<T>()), "{context}: order");
        }
        i = next;
    }
}

#[test]
fn eigenvalues_meet_their_backward_error() {
    for n in ORDERS {
        for (name, matrix) in families(n) {
            check_general::<f64>(name, &matrix);
            check_general::<f32>(name, &matrix);
        }
    }
}

pub(crate) fn eigenvalues_of(matrix: &Square) -> (Vec<f64>, Vec<f64>) {
    let n = matrix.n;
    let (mut work, mut real, mut imaginary) = (matrix.data.clone(), vec![0.0; n], vec![0.0; n]);
    eigenvalues::eigenvalues_in(
        &mut MatMut::new(&mut work, n, n).unwrap(),
        &mut real,
        &mut imaginary,
    )
    .unwrap();
    (real, imaginary)
}

#[test]
fn balancing_undoes_a_scaling_by_powers_of_two() {
    // A symmetric matrix has perfectly conditioned eigenvalues; scaled out of balance by 2^±20 they
    // would lose twelve digits.
    let n = 20;
    let symmetric = Numbers(5).square(n).symmetrised();
    let power = |i: usize| 2.0_f64.powi((i * 13 % 41) as i32 - 20);
    let scaled = Square::from_fn(n, |i, j| symmetric.at(i, j) * power(i) / power(j));
    let (expected, _) = eigenvalues_of(&symmetric);
    let (real, imaginary) = eigenvalues_of(&scaled);
    let bound = tolerance::<f64>(n) * symmetric.norm();
    for i in 0..n {
        assert!((real[i] - expected[i]).abs() <= bound, "{} {}", real[i], expected[i]);
        assert_eq!(imaginary[i], 0.0);
    }
}

#[test]
fn a_permuted_triangle_has_its_diagonal_for_eigenvalues_exactly() {
    let n = 12;
    let mut numbers = Numbers(9);
    let triangle = Square::from_fn(n, |i, j| if i <= j { numbers.next() } else { 0.0 });
    let place = |i: usize| i * 5 % n;
    let permuted = Square::from_fn(n, |i, j| triangle.at(place(i), place(j)));
    let mut expected: Vec<f64> = (0..n).map(|i| triangle.at(i, i)).collect();
    expected.sort_by(|x, y| y.abs().total_cmp(&x.abs()));
    assert_eq!(eigenvalues_of(&permuted), (expected, vec![0.0; n]));
}

#[test]
fn repeated_pairs_stay_together() {
    // Two equal rotations and a real value of the same modulus.
    let mut a = vec![0.0_f64; 25];
    for start in [0, 3] {
        (a[start * 5 + start], a[(start + 1) * 5 + start + 1]) = (0.6, 0.6);
        (a[start * 5 + start + 1], a[(start + 1) * 5 + start]) = (0.8, -0.8);
    }
    a[12] = 1.0;
    let (mut real, mut imaginary) = ([0.0; 5], [0.0; 5]);
    eigenvalues::eigenvalues_in(&mut MatMut::new(&mut a, 5, 5).unwrap(), &mut real, &mut imaginary)
        .unwrap();
    assert_eq!(real, [1.0, 0.6, 0.6, 0.6, 0.6]);
    assert_eq!(imaginary, [0.0, 0.8, -0.8, 0.8, -0.8]);
}

#[test]
fn what_does_not_fit_is_refused() {
    let (mut values, mut vectors) = ([0.0_f64; 3], [0.0; 9]);
    let mut memory = [0.0; 64];
    let mut bad = [1.0, f64::NAN, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
    let refused = symmetric::eigen_in(
        &mut MatMut::new(&mut bad, 3, 3).unwrap(),
        &mut values,
        &mut MatMut::new(&mut vectors, 3, 3).unwrap(),
        &mut memory,
    );
    assert_eq!(refused, Err(Error::NonFiniteEntry { row: 1, column: 0 }));
    let mut imaginary = [0.0; 3];
    let refused = eigenvalues::eigenvalues_in(
        &mut MatMut::new(&mut bad, 3, 3).unwrap(),
        &mut values,
        &mut imaginary,
    );
    assert_eq!(refused, Err(Error::NonFiniteEntry { row: 1, column: 0 }));

    let mut a = [1.0_f64; 9];
    for (needed, call) in [
        (symmetric::values_memory_len(3), 0_u8),
        (symmetric::eigen_memory_len(3), 1),
        (symmetric::leading_memory_len(3), 2),
    ] {
        let memory = &mut memory[..needed - 1];
        let mut matrix = MatMut::new(&mut a, 3, 3).unwrap();
        let mut vectors = MatMut::new(&mut vectors, 3, 3).unwrap();
        let refused = match call {
            0 => symmetric::values_in(&mut matrix, &mut values, memory),
            1 => symmetric::eigen_in(&mut matrix, &mut values, &mut vectors, memory),
            _ => symmetric::leading_in(&mut matrix, &mut values, &mut vectors, memory),
        };
        assert_eq!(refused, Err(Error::MemoryTooSmall { needed, got: needed - 1 }));
    }
    let mut wide = [0.0; 12];
    let refused = symmetric::leading_in(
        &mut MatMut::new(&mut a, 3, 3).unwrap(),
        &mut values,
        &mut MatMut::new(&mut wide, 3, 4).unwrap(),
        &mut memory,
    );
    assert_eq!(refused, Err(Error::RankTooLarge { requested: 4, available: 3 }));
    let refused = symmetric::values_in(
        &mut MatMut::new(&mut a, 3, 3).unwrap(),
        &mut values[..2],
        &mut memory,
    );
    assert!(matches!(refused, Err(Error::ShapeMismatch { expected: 3, got: 2, .. })));
}

#[test]
fn an_eigenvalue_that_overflows_is_an_error_not_an_infinity() {
    let mut a = [f64::MAX; 4];
    let (mut real, mut imaginary) = ([0.0; 2], [0.0; 2]);
    let result = eigenvalues::eigenvalues_in(
        &mut MatMut::new(&mut a, 2, 2).unwrap(),
        &mut real,
        &mut imaginary,
    );
    assert!(matches!(result, Err(Error::NonFiniteEntry { .. })));
    let mut a = [f64::MAX; 4];
    let mut memory = [0.0; symmetric::values_memory_len(2)];
    let result =
        symmetric::values_in(&mut MatMut::new(&mut a, 2, 2).unwrap(), &mut real, &mut memory);
    assert!(matches!(result, Err(Error::NonFiniteEntry { .. })));
}

#[test]
fn the_smallest_and_the_largest_numbers_are_served() {
    for factor in [5e-324, 1e-310, f64::MIN_POSITIVE, 1e-200, 1e200, 1e307] {
        // [2 1; 1 2]: 3 and 1.
        let mut a = [2.0 * factor, factor, factor, 2.0 * factor];
        let (mut values, mut memory) = ([0.0; 2], [0.0; symmetric::values_memory_len(2)]);
        let mut matrix = MatMut::new(&mut a, 2, 2).unwrap();
        symmetric::values_in(&mut matrix, &mut values, &mut memory).unwrap();
        let bound = 8.0 * f64::EPSILON * factor;
        assert!((values[0] - 3.0 * factor).abs() <= bound, "{factor}: {values:?}");
        assert!((values[1] - factor).abs() <= bound, "{factor}: {values:?}");
        let mut a = [2.0 * factor, factor, factor, 2.0 * factor];
        let (mut real, mut imaginary) = ([0.0; 2], [0.0; 2]);
        let mut matrix = MatMut::new(&mut a, 2, 2).unwrap();
        eigenvalues::eigenvalues_in(&mut matrix, &mut real, &mut imaginary).unwrap();
        assert!((real[0] - 3.0 * factor).abs() <= bound, "{factor}: {real:?}");
        assert!((real[1] - factor).abs() <= bound, "{factor}: {real:?}");
    }
}

/// An operator of a slow learning curve: five eigenvalues between 0.91 and 1, two pairs among them. Steps
/// with two different real shifts never end on it.
#[test]
fn eigenvalues_close_to_one_another_are_found() {
    #[rustfmt::skip]
    let bits: [u64; 25] = [
        0x3fef_70df_c77a_9374, 0xbfb3_b3fb_0394_f5f6, 0x3f67_c355_7256_e0c8, 0xbfad_1e84_e4fa_431c, 0x3fb4_3018_43f6_0b17,
        0xbf67_4b52_eb52_69ef, 0x3fee_d939_1d88_05cf, 0x3f62_ffda_20e5_6707, 0xbfbe_a180_9fb8_b70a, 0x3fb2_4e1a_2e86_bfef,
        0x3f9e_1d23_9a70_0b01, 0x3f90_1786_2555_91a0, 0x3fef_f3f7_93d1_11bc, 0x3fa8_2b92_f07d_6660, 0xbf91_a058_7b7e_7c97,
        0x3ef2_4d5c_1cd5_c638, 0xbf7a_d569_74a1_6d11, 0x3f4b_15cd_07e0_7c8f, 0x3fee_41d1_148a_e2be, 0x3fc1_11cc_7dfa_cca5,
        0xbeb2_c701_512f_bc4a, 0x3f42_4294_d141_e08d, 0xbf22_c580_6c22_b278, 0x3f64_d3a8_4da8_6ec2, 0x3fee_83bf_1269_5f66,
    ];
    let mut entries = bits.map(f64::from_bits);
    let trace: f64 = (0..5).map(|i| entries[6 * i]).sum();
    let squares: f64 = (0..5)
        .flat_map(|i| (0..5).map(move |j| (i, j)))
        .map(|(i, j)| entries[5 * i + j] * entries[5 * j + i])
        .sum();
    let (mut real, mut imaginary) = ([0.0; 5], [0.0; 5]);
    let mut matrix = MatMut::new(&mut entries, 5, 5).unwrap();
    eigenvalues::eigenvalues_in(&mut matrix, &mut real, &mut imaginary).unwrap();
    // Sums of the eigenvalues and of their squares.
    assert!((real.iter().sum::<f64>() - trace).abs() < 1e-14);
    let found: f64 = real.iter().zip(&imaginary).map(|(x, y)| x * x - y * y).sum();
    assert!((found - squares).abs() < 1e-14);
}
