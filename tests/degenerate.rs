//! Operators whose spectra leave the frames of the search undetermined, each family against an optimum
//! that is known in closed form.
//!
//! Normal operators (symmetric, skew, orthogonal) are furthest from doubt: the least |A - C B Cᵀ| over
//! all unitary C is the best matching of eigenvalues (Hoffman & Wielandt 1953), and for real operators
//! of one kind it is attained by a real C.

use dynamical_similarity::{Mat, MatRef, Metric, Procrustes, Scalar, Wasserstein};

/// Reproducible numbers, roughly normal.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        let mut sum = 0.0;
        for _ in 0..4 {
            self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            sum += (self.0 >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
        }
        1.7 * sum
    }
}

fn from(n: usize, mut entry: impl FnMut(usize, usize) -> f64) -> Mat<f64> {
    let mut m = Mat::zeros(n, n).unwrap();
    for j in 0..n {
        for i in 0..n {
            m.as_mut().set(i, j, entry(i, j));
        }
    }
    m
}

fn gaussian(n: usize, seed: u64) -> Mat<f64> {
    let mut random = Random(seed);
    from(n, |_, _| random.next())
}

/// Gram-Schmidt, twice, of the columns of a Gaussian matrix.
fn orthogonal(n: usize, seed: u64) -> Mat<f64> {
    let mut q = gaussian(n, seed);
    for j in 0..n {
        for _ in 0..2 {
            for k in 0..j {
                let along: f64 = (0..n).map(|i| q.as_ref().at(i, j) * q.as_ref().at(i, k)).sum();
                for i in 0..n {
                    let x = q.as_ref().at(i, j) - along * q.as_ref().at(i, k);
                    q.as_mut().set(i, j, x);
                }
            }
        }
        let norm = (0..n).map(|i| q.as_ref().at(i, j).powi(2)).sum::<f64>().sqrt();
        for i in 0..n {
            let x = q.as_ref().at(i, j) / norm;
            q.as_mut().set(i, j, x);
        }
    }
    q
}

/// Q A Qᵀ.
fn turned(a: &Mat<f64>, seed: u64) -> Mat<f64> {
    let n = a.as_ref().rows();
    let q = orthogonal(n, seed);
    let (a, q) = (a.as_ref(), q.as_ref());
    let half = from(n, |i, j| (0..n).map(|k| q.at(i, k) * a.at(k, j)).sum());
    from(n, |i, j| (0..n).map(|k| half.as_ref().at(i, k) * q.at(j, k)).sum())
}

/// Rotations by the angles, and 1 where a coordinate is left over.
fn rotations(n: usize, angles: &[f64]) -> Mat<f64> {
    from(n, |i, j| match angles.get(i / 2) {
        Some(angle) if i / 2 == j / 2 => match i as isize - j as isize {
            0 => angle.cos(),
            1 => angle.sin(),
            _ => -angle.sin(),
        },
        _ => f64::from(i == j),
    })
}

fn distance<T: Scalar>(metric: Metric, a: &Mat<f64>, b: &Mat<f64>) -> f64 {
    let cast = |m: &Mat<f64>| -> Vec<T> {
        let entries = m.as_ref().columns().flatten().map(|x| T::from(*x as f32)).collect();
        let exact: Vec<f64> = m.as_ref().columns().flatten().copied().collect();
        if size_of::<T>() == 4 { entries } else { exact.into_iter().map(double).collect() }
    };
    let n = a.as_ref().rows();
    let (a, b) = (cast(a), cast(b));
    let (a, b) = (MatRef::new(&a, n, n).unwrap(), MatRef::new(&b, n, n).unwrap());
    let found = Procrustes::new().metric(metric).compare_operators(a, b).unwrap();
    assert!(found.lower_bound() <= found.distance());
    found.distance().into()
}

/// An f64 as a scalar that can hold it, through two f32 parts where it cannot be named.
fn double<T: Scalar>(x: f64) -> T {
    let high = x as f32;
    let middle = (x - f64::from(high)) as f32;
    let low = (x - f64::from(high) - f64::from(middle)) as f32;
    T::from(high) + T::from(middle) + T::from(low)
}

/// The distance in both scalars against a known one; angles below the resolution of f32 are compared
/// with zero.
fn agrees(metric: Metric, a: &Mat<f64>, b: &Mat<f64>, expected: f64, name: &str) {
    let n = a.as_ref().rows();
    let double = distance::<f64>(metric, a, b);
    assert!((double - expected).abs() < 1e-7, "{name}, n {n}: {double} {expected}");
    let single = distance::<f32>(metric, a, b);
    assert!(
        (single - expected).abs() < 2e-3 * (1.0 + expected),
        "{name}, n {n}: f32 {single} {expected}"
    );
}

fn is_similar(a: &Mat<f64>, name: &str) {
    agrees(Metric::Angular, a, &turned(a, 77), 0.0, name);
}

/// sqrt n W2 of the eigenvalues.
fn matched(a: &Mat<f64>, b: &Mat<f64>) -> f64 {
    let n = a.as_ref().rows() as f64;
    n.sqrt() * Wasserstein::new().compare_operators(a.as_ref(), b.as_ref()).unwrap()
}

const ORDERS: [usize; 6] = [3, 4, 5, 6, 9, 10];

#[test]
fn repeated_eigenvalues_of_the_symmetric_part() {
    for n in ORDERS {
        let k = gaussian(n, 1);
        let skew = |i: usize, j: usize| 0.3 * (k.as_ref().at(i, j) - k.as_ref().at(j, i));
        let value = |i: usize| if i < n / 2 { 1.0 } else { -0.5 };
        is_similar(&from(n, |i, j| f64::from(i == j) * value(i) + skew(i, j)), "repeated");
    }
}

/// The smallest sum of `cost(i, j)` over all ways to give every i its own j.
fn cheapest(free: &[usize], i: usize, cost: &dyn Fn(usize, usize) -> f64) -> f64 {
    let left = |j: usize| free.iter().copied().filter(|k| *k != j).collect::<Vec<_>>();
    let costs = free.iter().map(|j| cost(i, *j) + cheapest(&left(*j), i + 1, cost));
    costs.reduce(f64::min).unwrap_or(0.0)
}

/// Rotations in hidden planes: matching planes is a real transform, matching eigenvalues a bound.
#[test]
fn orthogonal_operators() {
    for n in ORDERS {
        let mut random = Random(2);
        let mut angles = || -> Vec<f64> {
            (0..n / 2).map(|_| 1.5 + 1.5 * random.next().clamp(-0.9, 0.9)).collect()
        };
        let (alpha, beta) = (angles(), angles());
        let (a, b) = (turned(&rotations(n, &alpha), 3), turned(&rotations(n, &beta), 4));
        let planes: Vec<usize> = (0..n / 2).collect();
        let squared = cheapest(&planes, 0, &|i, j| 4.0 * (1.0 - (alpha[i] - beta[j]).cos()));
        let found = distance::<f64>(Metric::Frobenius, &a, &b);
        assert!(found <= squared.sqrt() + 1e-7, "n {n}: {found} {}", squared.sqrt());
        assert!(found >= matched(&a, &b) - 1e-9, "n {n}: {found} {}", matched(&a, &b));
        is_similar(&orthogonal(n, 5), "orthogonal");
    }
}

#[test]
fn rotations_by_equal_and_by_different_angles() {
    for n in ORDERS {
        let spread: Vec<f64> = (0..n / 2).map(|k| 0.2 + 0.5 * k as f64).collect();
        let (a, b) = (rotations(n, &spread), rotations(n, &vec![0.7; n / 2]));
        is_similar(&a, "rotations");
        is_similar(&b, "one rotation");
        agrees(Metric::Frobenius, &a, &turned(&b, 5), matched(&a, &b), "rotations");
    }
}

#[test]
fn skew_operators() {
    for n in ORDERS {
        let skew = |seed: u64| {
            let k = gaussian(n, seed);
            from(n, |i, j| k.as_ref().at(i, j) - k.as_ref().at(j, i))
        };
        let (a, b) = (skew(6), skew(7));
        agrees(Metric::Frobenius, &a, &b, matched(&a, &b), "skew");
    }
}

#[test]
fn symmetric_operators() {
    for n in ORDERS {
        let symmetric = |seed: u64| {
            let s = gaussian(n, seed);
            from(n, |i, j| s.as_ref().at(i, j) + s.as_ref().at(j, i))
        };
        let (a, b) = (symmetric(8), symmetric(9));
        agrees(Metric::Frobenius, &a, &b, matched(&a, &b), "symmetric");
    }
}

#[test]
fn nilpotent_operators() {
    for n in ORDERS {
        let g = gaussian(n, 10);
        is_similar(&from(n, |i, j| f64::from(j > i) * g.as_ref().at(i, j)), "nilpotent");
    }
}

/// The transpose of a weighted shift is the shift with the weights in reverse, seen backwards.
#[test]
fn weighted_shifts() {
    for n in ORDERS {
        let mut random = Random(11);
        let weights: Vec<f64> = (0..n - 1).map(|_| 1.0 + 0.4 * random.next()).collect();
        let shift = |w: &dyn Fn(usize) -> f64| from(n, |i, j| if j == i + 1 { w(i) } else { 0.0 });
        let down = shift(&|i| weights[i]);
        let transposed = from(n, |i, j| down.as_ref().at(j, i));
        let reversed = shift(&|i| weights[n - 2 - i]);
        is_similar(&down, "shift");
        agrees(Metric::Angular, &transposed, &turned(&reversed, 13), 0.0, "reversed shift");
    }
}

/// More room for the transform: padding can only bring operators nearer.
#[test]
fn zero_padded_operators() {
    for n in ORDERS {
        let (a, b) = (gaussian(n - 1, 14), gaussian(n - 1, 15));
        let padded = |m: &Mat<f64>| {
            from(n, |i, j| if i < n - 1 && j < n - 1 { m.as_ref().at(i, j) } else { 0.0 })
        };
        is_similar(&padded(&a), "zero-padded");
        let thorough = |a: &Mat<f64>, b: &Mat<f64>| {
            let thorough = Procrustes::new().effort(dynamical_similarity::Effort::Thorough);
            thorough.compare_operators(a.as_ref(), b.as_ref()).unwrap().distance()
        };
        assert!(thorough(&padded(&a), &padded(&b)) <= thorough(&a, &b) + 1e-9, "n {n}");
    }
}

/// I + a E and I + b E with one entry E off the diagonal: cos = (n + a b) / (|A| |B|).
#[test]
fn operators_near_the_identity() {
    for n in ORDERS {
        let near =
            |a: f64| from(n, |i, j| f64::from(i == j) + if (i, j) == (0, 1) { a } else { 0.0 });
        let (a, b, count) = (0.3_f64, 0.01, n as f64);
        let cosine = (count + a * b) / ((count + a * a).sqrt() * (count + b * b).sqrt());
        is_similar(&near(a), "near the identity");
        agrees(
            Metric::Angular,
            &near(a),
            &turned(&near(b), 16),
            cosine.acos(),
            "near the identity",
        );
        is_similar(&near(1e-9), "at the identity");
    }
}

/// diag(1, -1, 1, ...) with a rank one matrix added.
#[test]
fn low_rank_perturbations() {
    for n in ORDERS {
        let mut random = Random(17);
        let u: Vec<f64> = (0..n).map(|_| random.next()).collect();
        let sign = |i: usize| if i.is_multiple_of(2) { 1.0 } else { -1.0 };
        is_similar(&from(n, |i, j| f64::from(i == j) * sign(i) + 0.1 * u[i] * u[j]), "low rank");
    }
}
