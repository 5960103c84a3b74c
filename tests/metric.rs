//! The Procrustes distance is a metric on operators up to an orthogonal change of coordinates.
//!
//! Tolerances: the ascent stops at a predicted gain of 1e-9 (f32: 1e-7) of |A||B|, so a cosine is
//! good to about ten times that, and an angle to that divided by its sine; where the angle is zero the
//! gradient itself is driven to 1e-9 (f32: 16 eps).

use dynamical_similarity::UnequalRanks;
use dynamical_similarity::{Effort, Metric, Procrustes};
use dynamical_similarity::{Error, Mat, MatRef, Scalar, Setting};
use proptest::prelude::*;

/// What a type can be expected to do.
trait Precision: Scalar {
    /// Angle of an orthogonally similar pair.
    const SIMILAR: f64;
    /// Error of an angle that is not near zero.
    const ANGLE: f64;
    const EPS: f64;
    fn of(value: f64) -> Self;
    fn f64(self) -> f64 {
        self.into()
    }
    fn bits(self) -> u64 {
        self.f64().to_bits()
    }
}
impl Precision for f64 {
    const SIMILAR: f64 = 1e-7;
    const ANGLE: f64 = 1e-5;
    const EPS: f64 = f64::EPSILON;
    fn of(value: f64) -> Self {
        value
    }
}
impl Precision for f32 {
    const SIMILAR: f64 = 2e-5;
    const ANGLE: f64 = 2e-3;
    const EPS: f64 = f32::EPSILON as f64;
    fn of(value: f64) -> Self {
        value as f32
    }
}

/// Column-major square matrices in f64, for building operators.
#[derive(Clone, Debug)]
struct Square {
    n: usize,
    data: Vec<f64>,
}

impl Square {
    fn from(n: usize, f: impl Fn(usize, usize) -> f64) -> Self {
        Self { n, data: (0..n * n).map(|k| f(k % n, k / n)).collect() }
    }
    fn at(&self, i: usize, j: usize) -> f64 {
        self.data[j * self.n + i]
    }
    fn identity(n: usize) -> Self {
        Self::from(n, |i, j| f64::from(i == j))
    }
    fn gaussian(n: usize, seed: u64) -> Self {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x1234_5678;
        let mut uniform = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let z = (state ^ (state >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
            ((z ^ (z >> 33)) >> 11) as f64 / (1_u64 << 53) as f64
        };
        let data = (0..n * n)
            .map(|_| {
                (-2.0 * (1.0 - uniform()).ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos()
            })
            .collect();
        Self { n, data }
    }
    fn times(&self, b: &Self) -> Self {
        Self::from(self.n, |i, j| (0..self.n).map(|k| self.at(i, k) * b.at(k, j)).sum())
    }
    fn transposed(&self) -> Self {
        Self::from(self.n, |i, j| self.at(j, i))
    }
    fn scaled(&self, factor: f64) -> Self {
        Self { n: self.n, data: self.data.iter().map(|x| x * factor).collect() }
    }
    fn plus(&self, b: &Self) -> Self {
        Self { n: self.n, data: self.data.iter().zip(&b.data).map(|(x, y)| x + y).collect() }
    }
    fn norm(&self) -> f64 {
        self.data.iter().map(|x| x * x).sum::<f64>().sqrt()
    }
    /// Q A Qᵀ.
    fn turned(&self, q: &Self) -> Self {
        q.times(self).times(&q.transposed())
    }
    /// The orthogonal factor of a Gaussian matrix.
    fn orthogonal(n: usize, seed: u64) -> Self {
        let mut q = Self::gaussian(n, seed);
        for j in 0..n {
            for _ in 0..2 {
                for k in 0..j {
                    let along: f64 = (0..n).map(|i| q.at(i, j) * q.at(i, k)).sum();
                    for i in 0..n {
                        q.data[j * n + i] -= along * q.data[k * n + i];
                    }
                }
            }
            let norm = (0..n).map(|i| q.at(i, j).powi(2)).sum::<f64>().sqrt();
            for i in 0..n {
                q.data[j * n + i] /= norm;
            }
        }
        q
    }
    /// Two-dimensional rotations by `angles` down the diagonal.
    fn rotations(angles: &[f64]) -> Self {
        Self::from(2 * angles.len(), |i, j| match (i / 2 == j / 2, i % 2, j % 2) {
            (false, _, _) => 0.0,
            (_, 0, 0) | (_, 1, 1) => angles[i / 2].cos(),
            (_, 0, 1) => -angles[i / 2].sin(),
            _ => angles[i / 2].sin(),
        })
    }
    fn cast<T: Precision>(&self) -> Mat<T> {
        let data: Vec<T> = self.data.iter().map(|x| T::of(*x)).collect();
        Mat::copy_of(MatRef::new(&data, self.n, self.n).unwrap()).unwrap()
    }
}

struct Found {
    distance: f64,
    lower_bound: f64,
    cosine: f64,
    evaluations: usize,
    certified: bool,
    c: Square,
}

fn compare<T: Precision>(procrustes: Procrustes, a: &Square, b: &Square) -> Found {
    let (a, b) = (a.cast::<T>(), b.cast::<T>());
    let found = procrustes.compare_operators(a.as_ref(), b.as_ref()).unwrap();
    let c = found.transform();
    let c = Square::from(c.rows(), |i, j| c.at(i, j).f64());
    let found = Found {
        distance: found.distance().f64(),
        lower_bound: found.lower_bound().f64(),
        cosine: found.cosine().f64(),
        evaluations: found.evaluations(),
        certified: found.is_certified(),
        c,
    };
    assert!(found.distance.is_finite() && found.distance >= 0.0);
    assert!((0.0..=found.distance).contains(&found.lower_bound));
    assert!((-1.0..=1.0).contains(&found.cosine));
    let n = found.c.n;
    let gram = found.c.transposed().times(&found.c);
    let off = gram.plus(&Square::identity(n).scaled(-1.0)).norm();
    assert!(off <= 8.0 * n as f64 * T::EPS, "C is off orthogonal by {off}");
    found
}

/// The effort with which the best transform is found for every pair of these tests: all 4 000 of up to order 4 were tried.
/// The default effort ends below it for a few of them, at other ones after a change of scale.
const THOROUGH: Effort = Effort::Thorough;

fn angle<T: Precision>(a: &Square, b: &Square) -> f64 {
    compare::<T>(Procrustes::new().effort(THOROUGH), a, b).distance
}

/// |A/|A| - C B Cᵀ/|B|| in f64.
fn chord(a: &Square, b: &Square, c: &Square) -> f64 {
    a.scaled(1.0 / a.norm()).plus(&b.turned(c).scaled(-1.0 / b.norm())).norm()
}

const METRICS: [Metric; 3] = [Metric::Angular, Metric::Chordal, Metric::Frobenius];

fn identity_and_symmetry<T: Precision>(n: usize, seed: u64) {
    let (a, b) = (Square::gaussian(n, seed), Square::gaussian(n, seed + 1000));
    for metric in METRICS {
        let procrustes = Procrustes::new().metric(metric).effort(Effort::Fast);
        let same = compare::<T>(procrustes, &a, &a);
        assert_eq!((same.distance, same.lower_bound, same.certified), (0.0, 0.0, true));
        assert_eq!(same.c.data, Square::identity(n).data);
        let (ab, ba) = (compare::<T>(procrustes, &a, &b), compare::<T>(procrustes, &b, &a));
        assert_eq!(ab.distance.to_bits(), ba.distance.to_bits());
        assert_eq!(ab.lower_bound.to_bits(), ba.lower_bound.to_bits());
        assert_eq!(ab.c.data, ba.c.transposed().data);
    }
}

fn the_distance_is_that_of_the_transform<T: Precision>(n: usize, seed: u64) {
    let (a, b) = (Square::gaussian(n, seed), Square::gaussian(n, seed + 1000).scaled(3.0));
    let slack = 16.0 * n as f64 * T::EPS;
    let found = compare::<T>(Procrustes::new().metric(Metric::Chordal), &a, &b);
    assert!((found.distance - chord(&a, &b, &found.c)).abs() < slack);
    let angular = compare::<T>(Procrustes::new(), &a, &b);
    assert!((2.0 * (angular.distance / 2.0).sin() - found.distance).abs() < slack);
    assert!((angular.distance.cos() - angular.cosine).abs() < slack);
    let raw = compare::<T>(Procrustes::new().metric(Metric::Frobenius), &a, &b);
    let direct = a.plus(&b.turned(&raw.c).scaled(-1.0)).norm();
    assert!((raw.distance - direct).abs() < slack * (a.norm() + b.norm()));
}

fn invariances<T: Precision>(n: usize, seed: u64) {
    let (a, b) = (Square::gaussian(n, seed), Square::gaussian(n, seed + 1000));
    let q = Square::orthogonal(n, seed + 2000);
    let d = angle::<T>(&a, &b);
    assert!((angle::<T>(&a.turned(&q), &b) - d).abs() < T::ANGLE);
    assert!((angle::<T>(&a, &b.turned(&q)) - d).abs() < T::ANGLE);
    assert!((angle::<T>(&a.transposed(), &b.transposed()) - d).abs() < T::ANGLE);
    assert_eq!(angle::<T>(&a.scaled(4.0), &b.scaled(0.125)).to_bits(), d.to_bits());
    assert!((angle::<T>(&a.scaled(0.3), &b.scaled(7.0)) - d).abs() < T::ANGLE);
}

fn triangle<T: Precision>(n: usize, seed: u64) {
    let operators = [0, 1000, 2000].map(|offset| Square::gaussian(n, seed + offset));
    let [a, b, c] = &operators;
    for metric in METRICS {
        let procrustes = Procrustes::new().metric(metric).effort(THOROUGH);
        let d = |x: &Square, y: &Square| compare::<T>(procrustes, x, y).distance;
        let unit = if metric == Metric::Frobenius { a.norm() + b.norm() + c.norm() } else { 1.0 };
        assert!(d(a, c) <= d(a, b) + d(b, c) + T::ANGLE * unit);
    }
}

fn the_bound_holds_for_every_transform<T: Precision>(n: usize, seed: u64) {
    // A small perturbation of a turned operator: the bound is tight there.
    let a = Square::gaussian(n, seed);
    let q = Square::orthogonal(n, seed + 1000);
    let size = 10_f64.powi(-((seed % 8) as i32));
    let b = a.plus(&Square::gaussian(n, seed + 2000).scaled(size)).turned(&q);
    let found = compare::<T>(Procrustes::new().metric(Metric::Chordal), &a, &b);
    let known = chord(&a, &b, &q.transposed());
    // Casting the operators moves them by n eps.
    assert!(found.lower_bound <= known + n as f64 * T::EPS);
    assert!(found.distance <= known + T::SIMILAR, "{} > {known}", found.distance);
}

fn similar_pairs<T: Precision>(n: usize, seed: u64) {
    let a = Square::gaussian(n, seed);
    let b = a.turned(&Square::orthogonal(n, seed + 1000));
    for effort in [Effort::Fast, Effort::Default] {
        let found = compare::<T>(Procrustes::new().effort(effort), &a, &b);
        assert!(found.distance <= T::SIMILAR, "n {n} seed {seed}: {}", found.distance);
        let raw = Procrustes::new().effort(effort).metric(Metric::Frobenius);
        let found = compare::<T>(raw, &a, &b);
        assert!(found.distance <= T::SIMILAR * a.norm(), "n {n}: {}", found.distance);
    }
}

fn more_effort_is_never_worse<T: Precision>(n: usize, seed: u64) {
    let (a, b) = (Square::gaussian(n, seed), Square::gaussian(n, seed + 1000));
    let [fast, default, thorough] = [Effort::Fast, Effort::Default, Effort::Thorough]
        .map(|effort| compare::<T>(Procrustes::new().effort(effort), &a, &b));
    let slack = 16.0 * n as f64 * T::EPS;
    assert!(default.distance <= fast.distance + slack);
    assert!(thorough.distance <= default.distance + slack);
    assert!(fast.evaluations <= default.evaluations);
    assert!(default.evaluations <= thorough.evaluations);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn identity_and_symmetry_to_the_bit(n in 1_usize..11, seed in 0_u64..1000) {
        identity_and_symmetry::<f64>(n, seed);
        identity_and_symmetry::<f32>(n, seed);
    }

    #[test]
    fn the_distance_is_evaluated_from_the_transform(n in 1_usize..9, seed in 0_u64..1000) {
        the_distance_is_that_of_the_transform::<f64>(n, seed);
        the_distance_is_that_of_the_transform::<f32>(n, seed);
    }

    #[test]
    fn coordinates_transposition_and_scale_do_not_matter(n in 1_usize..5, seed in 0_u64..1000) {
        invariances::<f64>(n, seed);
        invariances::<f32>(n, seed);
    }

    #[test]
    fn the_triangle_inequality_holds(n in 1_usize..5, seed in 0_u64..1000) {
        triangle::<f64>(n, seed);
        triangle::<f32>(n, seed);
    }

    #[test]
    fn the_lower_bound_is_below_every_transform(n in 1_usize..9, seed in 0_u64..1000) {
        the_bound_holds_for_every_transform::<f64>(n, seed);
        the_bound_holds_for_every_transform::<f32>(n, seed);
    }

    #[test]
    fn any_small_matrices_give_a_number_or_an_error(
        n in 1_usize..5,
        entries in proptest::collection::vec(any::<f32>(), 32),
    ) {
        let (a, b) = entries.split_at(16);
        let (a, b) = (MatRef::new(a, n, n).unwrap(), MatRef::new(b, n, n).unwrap());
        for metric in METRICS {
            if let Ok(found) = Procrustes::new().metric(metric).compare_operators(a, b) {
                prop_assert!(found.distance().is_finite() && found.cosine().is_finite());
                prop_assert!(found.lower_bound() <= found.distance());
                prop_assert!(found.transform().check_finite().is_ok());
            }
        }
    }
}

// Longer searches, of fewer pairs.
proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn orthogonally_similar_operators_are_found(n in 2_usize..33, seed in 0_u64..1000) {
        similar_pairs::<f64>(n, seed);
        similar_pairs::<f32>(n, seed);
    }

    #[test]
    fn tiers_are_nested(n in 3_usize..10, seed in 0_u64..1000) {
        more_effort_is_never_worse::<f64>(n, seed);
        more_effort_is_never_worse::<f32>(n, seed);
    }
}

#[test]
fn order_two_agrees_with_a_scan_of_both_components() {
    for seed in 0..50 {
        let (a, b) = (Square::gaussian(2, seed), Square::gaussian(2, seed + 1000));
        let mut least = f64::MAX;
        for step in 0..20_000 {
            let (sin, cos) = (f64::from(step) * std::f64::consts::TAU / 20_000.0).sin_cos();
            for sign in [1.0, -1.0] {
                let c = Square { n: 2, data: vec![cos, sin, -sign * sin, sign * cos] };
                least = least.min(chord(&a, &b, &c));
            }
        }
        let found = compare::<f64>(Procrustes::new().metric(Metric::Chordal), &a, &b);
        // The grid misses the minimum by at most (step/2)² times a curvature of order one.
        assert!(found.distance <= least + 1e-14 && found.distance >= least - 1e-6, "seed {seed}");
        assert!(found.certified && found.evaluations == 0);
    }
}

/// Operators with repeated eigenvalues, or hardly any structure to hold on to.
fn degenerate(n: usize) -> Vec<(&'static str, Square)> {
    let angles: Vec<f64> = (0..n / 2).map(|k| 0.3 + 0.5 * k as f64).collect();
    let gaussian = Square::gaussian(n, 7);
    vec![
        ("identity", Square::identity(n)),
        ("near identity", Square::identity(n).plus(&gaussian.scaled(1e-9))),
        ("orthogonal", Square::orthogonal(n, 3)),
        ("rotations", Square::rotations(&angles)),
        ("one rotation, repeated", Square::rotations(&vec![0.7; n / 2])),
        ("skew", gaussian.plus(&gaussian.transposed().scaled(-1.0))),
        ("symmetric", gaussian.plus(&gaussian.transposed())),
        ("repeated eigenvalues", Square::from(n, |i, j| f64::from(i == j) * (1 + i / 2) as f64)),
        ("nilpotent", Square::from(n, |i, j| f64::from(j > i) * gaussian.at(i, j))),
        ("shift", Square::from(n, |i, j| f64::from(j == i + 1))),
        ("cyclic shift", Square::from(n, |i, j| f64::from(j == (i + 1) % n))),
        (
            "zero-padded",
            Square::from(n, |i, j| f64::from(i < n / 2 && j < n / 2) * gaussian.at(i, j)),
        ),
        ("rank one", Square::from(n, |i, j| ((i + 1) * (j + 2)) as f64)),
        ("all ones", Square::from(n, |_, _| 1.0)),
    ]
}

fn degenerate_operators_are_similar_to_themselves<T: Precision>() {
    for n in [4, 6, 8] {
        let q = Square::orthogonal(n, 11);
        for (name, a) in degenerate(n) {
            let b = a.turned(&q);
            for effort in [Effort::Default, Effort::Thorough] {
                let found = compare::<T>(Procrustes::new().effort(effort), &a, &b);
                assert!(found.distance <= T::SIMILAR, "{name}, n {n}: {}", found.distance);
            }
        }
    }
}

#[test]
fn degenerate_operators_are_similar_to_themselves_f64() {
    degenerate_operators_are_similar_to_themselves::<f64>();
}

#[test]
fn degenerate_operators_are_similar_to_themselves_f32() {
    degenerate_operators_are_similar_to_themselves::<f32>();
}

#[test]
fn degenerate_operators_can_be_compared_with_each_other() {
    let operators = degenerate(4);
    for (k, (name, a)) in operators.iter().enumerate() {
        for (other, b) in &operators[k..] {
            let (ab, ba) = (angle::<f64>(a, b), angle::<f64>(b, a));
            assert_eq!(ab.to_bits(), ba.to_bits(), "{name}, {other}");
            assert!((angle::<f32>(a, b) - ab).abs() < f32::ANGLE, "{name}, {other}");
        }
    }
}

#[test]
fn known_angles() {
    let identity = Square::identity(5);
    // Opposite operators: no transform turns I into -I.
    let opposite = angle::<f64>(&identity, &identity.scaled(-1.0));
    assert!((opposite - std::f64::consts::PI).abs() < 16.0 * 5.0 * f64::EPSILON);
    // Symmetric operators: the eigenvalues decide, and the bound is exact.
    let diagonal = |values: [f64; 3]| Square::from(3, |i, j| f64::from(i == j) * values[i]);
    let (a, b) =
        (diagonal([3.0, 2.0, 1.0]), diagonal([0.0, 1.0, 5.0]).turned(&Square::orthogonal(3, 1)));
    let found = compare::<f64>(Procrustes::new(), &a, &b);
    let cosine: f64 = 17.0 / (14.0_f64 * 26.0).sqrt();
    assert!((found.distance - cosine.acos()).abs() < 1e-8 && found.certified);
    // Order 1: signs.
    let one = |x: f64| Square { n: 1, data: vec![x] };
    assert_eq!(angle::<f64>(&one(2.0), &one(7.0)), 0.0);
    assert_eq!(angle::<f64>(&one(2.0), &one(-7.0)), std::f64::consts::PI);
    let raw = Procrustes::new().metric(Metric::Frobenius);
    assert_eq!(compare::<f64>(raw, &one(2.0), &one(-7.0)).distance, 9.0);
}

#[test]
fn extreme_scales_change_nothing() {
    for n in [2, 5, 8] {
        let (a, b) = (Square::gaussian(n, 1), Square::gaussian(n, 2));
        let d = angle::<f32>(&a, &b);
        for (x, y) in [(1e-30, 1e30), (1e30, 1e30), (1e-30, 1e-30), (1e37, 1e-37)] {
            assert!((angle::<f32>(&a.scaled(x), &b.scaled(y)) - d).abs() < f32::ANGLE);
            let raw = Procrustes::new().metric(Metric::Frobenius);
            let unit = (a.norm() * x).max(b.norm() * y);
            let found = compare::<f32>(raw, &a.scaled(x), &b.scaled(y));
            let known = ((a.norm() * x / unit - b.norm() * y / unit).powi(2)
                + (a.norm() * x / unit) * (b.norm() * y / unit) * (2.0 * (d / 2.0).sin()).powi(2))
            .sqrt();
            assert!((found.distance / unit - known).abs() < f32::ANGLE);
        }
    }
}

#[test]
fn the_frobenius_metric_is_accurate_near_zero() {
    let a = Square::gaussian(6, 5);
    let b = a.turned(&Square::orthogonal(6, 6)).scaled(1.0 + 1e-6);
    let raw = Procrustes::new().metric(Metric::Frobenius);
    let found = compare::<f64>(raw, &a, &b);
    assert!((found.distance - 1e-6 * a.norm()).abs() < 1e-12, "{}", found.distance);
    assert!(found.certified);
}

#[test]
fn zero_operators_have_a_frobenius_distance_only() {
    let (zero, a) = (Square::from(4, |_, _| 0.0), Square::gaussian(4, 1));
    let (z, m) = (zero.cast::<f64>(), a.cast::<f64>());
    for metric in [Metric::Angular, Metric::Chordal] {
        let procrustes = Procrustes::new().metric(metric);
        assert_eq!(procrustes.compare_operators(z.as_ref(), m.as_ref()), Err(Error::ZeroOperator));
        assert_eq!(procrustes.compare_operators(m.as_ref(), z.as_ref()), Err(Error::ZeroOperator));
    }
    let raw = Procrustes::new().metric(Metric::Frobenius);
    let found = compare::<f64>(raw, &zero, &a);
    assert!((found.distance - a.norm()).abs() < 1e-14 && found.certified);
    assert_eq!(compare::<f64>(raw, &zero, &zero).distance, 0.0);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let a = Square::gaussian(4, 1).cast::<f64>();
    let mut bad = a.clone();
    for value in [f64::NAN, f64::INFINITY] {
        bad.as_mut().set(2, 3, value);
        let expected = Err(Error::NonFiniteEntry { row: 2, column: 3 });
        assert_eq!(Procrustes::new().compare_operators(a.as_ref(), bad.as_ref()), expected);
        assert_eq!(Procrustes::new().compare_operators(bad.as_ref(), a.as_ref()), expected);
    }
    let smaller = Square::gaussian(3, 1).cast::<f64>();
    assert_eq!(
        Procrustes::new().compare_operators(a.as_ref(), smaller.as_ref()),
        Err(Error::RankMismatch { left: 4, right: 3 })
    );
    let transport = Procrustes::new().unequal_ranks(UnequalRanks::Transport);
    assert!(matches!(
        transport.compare_operators(a.as_ref(), a.as_ref()),
        Err(Error::InvalidSetting { setting: Setting::UnequalRanks, .. })
    ));
    let wide = Mat::<f64>::zeros(2, 3).unwrap();
    assert!(matches!(
        Procrustes::new().compare_operators(wide.as_ref(), a.as_ref()),
        Err(Error::ShapeMismatch { .. })
    ));
    let needed = Procrustes::new().memory_len(4);
    let mut memory = vec![0.0; needed - 1];
    assert_eq!(
        Procrustes::new().compare_in(a.as_ref(), a.as_ref(), &mut memory),
        Err(Error::MemoryTooSmall { needed, got: needed - 1 })
    );
}

#[test]
fn padding_adds_zeros() {
    let (a, b) = (Square::gaussian(5, 1), Square::gaussian(3, 2));
    let padded = Square::from(5, |i, j| if i < 3 && j < 3 { b.at(i, j) } else { 0.0 });
    let pad = Procrustes::new().effort(THOROUGH).unequal_ranks(UnequalRanks::Pad);
    let found = compare::<f64>(pad, &a, &b);
    assert_eq!(found.distance.to_bits(), angle::<f64>(&a, &padded).to_bits());
    assert_eq!(found.c.n, 5);
}

#[test]
fn prepared_operators_give_the_same_bits_whatever_the_memory_held() {
    for n in [2, 5, 8] {
        let (a, b) = (Square::gaussian(n, 1).cast::<f64>(), Square::gaussian(n, 2).cast::<f64>());
        let procrustes = Procrustes::new();
        let direct = procrustes.compare_operators(a.as_ref(), b.as_ref()).unwrap();
        let mut left = vec![f64::NAN; procrustes.prepared_len(n)];
        let mut right = vec![f64::INFINITY; procrustes.prepared_len(n)];
        let mut scratch = vec![f64::NAN; procrustes.prepare_scratch_len(n)];
        let left = procrustes.prepare_in(a.as_ref(), &mut left, &mut scratch).unwrap();
        let right = procrustes.prepare_in(b.as_ref(), &mut right, &mut scratch).unwrap();
        let mut memory = vec![f64::NAN; procrustes.comparison_len(n)];
        let found = procrustes.compare_prepared_in(&left, &right, &mut memory).unwrap();
        assert_eq!(found.distance().bits(), direct.distance().bits());
        assert_eq!(found.transform(), direct.transform());
    }
}

#[test]
fn an_operator_prepared_for_less_effort_is_refused() {
    let a = Square::gaussian(5, 1).cast::<f64>();
    let fast = Procrustes::new().effort(Effort::Fast);
    let mut memory = vec![0.0; fast.prepared_len(5)];
    let mut scratch = vec![0.0; fast.prepare_scratch_len(5)];
    let prepared = fast.prepare_in(a.as_ref(), &mut memory, &mut scratch).unwrap();
    let mut other = vec![0.0; fast.prepared_len(5)];
    let b = Square::gaussian(5, 2).cast::<f64>();
    let other = fast.prepare_in(b.as_ref(), &mut other, &mut scratch).unwrap();
    let mut memory = vec![0.0; Procrustes::new().comparison_len(5)];
    assert!(matches!(
        Procrustes::new().compare_prepared_in(&prepared, &other, &mut memory),
        Err(Error::InvalidSetting { setting: Setting::Effort, .. })
    ));
    assert!(fast.compare_prepared_in(&prepared, &other, &mut memory).is_ok());
}

/// One pair a lane, several lanes: the bits of a pair alone.
fn many_pairs_at_once<T: Precision>(n: usize, count: usize) {
    let procrustes = Procrustes::new().effort(if n > 8 { Effort::Fast } else { Effort::Default });
    let operators: Vec<Mat<T>> = (0..count)
        .map(|k| match k % 5 {
            3 => Square::identity(n).cast(),
            4 => Square::gaussian(n, k as u64 - 1).turned(&Square::orthogonal(n, 1)).cast(),
            _ => Square::gaussian(n, k as u64).cast(),
        })
        .collect();
    let mut kept = vec![vec![T::default(); procrustes.prepared_len(n)]; count];
    let mut scratch = vec![T::default(); procrustes.prepare_scratch_len(n)];
    let prepared: Vec<_> = operators
        .iter()
        .zip(&mut kept)
        .map(|(a, kept)| procrustes.prepare_in(a.as_ref(), kept, &mut scratch).unwrap())
        .collect();
    let pairs: Vec<_> = (0..count).flat_map(|i| (0..count).map(move |j| (i, j))).collect();
    let mut memory = vec![T::of(f64::NAN); procrustes.many_len::<T>(n)];
    let mut found = vec![None; pairs.len()];
    procrustes
        .compare_many_in(&prepared, &pairs, &mut memory, |k, comparison| {
            let c = Mat::copy_of(comparison.transform()).unwrap();
            let values = [comparison.distance(), comparison.lower_bound(), comparison.cosine()];
            assert!(found[k].replace((values, comparison.evaluations(), c)).is_none());
        })
        .unwrap();
    for ((i, j), found) in pairs.iter().zip(found) {
        let alone =
            procrustes.compare_operators(operators[*i].as_ref(), operators[*j].as_ref()).unwrap();
        let (values, evaluations, c) = found.unwrap();
        let expected = [alone.distance(), alone.lower_bound(), alone.cosine()];
        assert_eq!(values.map(T::bits), expected.map(T::bits), "n {n}, pair {i}, {j}");
        assert_eq!(evaluations, alone.evaluations());
        for column in 0..n {
            let columns = [c.as_ref().column(column), alone.transform().column(column)];
            let [left, right] = columns.map(|x| x.iter().map(|x| x.bits()).collect::<Vec<_>>());
            assert_eq!(left, right, "n {n}, pair {i}, {j}");
        }
    }
}

#[test]
fn many_pairs_at_once_give_the_bits_of_one() {
    for (n, count) in [(1, 3), (2, 4), (3, 9), (6, 5), (8, 5), (11, 5), (16, 4)] {
        many_pairs_at_once::<f64>(n, count);
        many_pairs_at_once::<f32>(n, count);
    }
    let none: &[(usize, usize)] = &[];
    assert_eq!(Procrustes::new().compare_many_in::<f64>(&[], none, &mut [], |_, _| {}), Ok(()));
}
