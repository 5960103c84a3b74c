//! The eigenvalue Wasserstein distance: axioms of a metric, invariances, bounds and independent values.

use dynamical_similarity::UnequalRanks;
use dynamical_similarity::{Error, MatRef, Scalar};
use dynamical_similarity::{Wasserstein, WassersteinOrder};
use proptest::prelude::*;

/// A spectrum in double precision.
type Points = Vec<(f64, f64)>;

const W1: Wasserstein = Wasserstein::new().order(WassersteinOrder::One);
const W2: Wasserstein = Wasserstein::new();
const SQUARE: Wasserstein = Wasserstein::new().order(WassersteinOrder::TwoSquared);

/// From double precision, which both scalars can be made of.
trait Rounded: Scalar {
    const EPS: f64;
    fn rounded(x: f64) -> Self;
}

impl Rounded for f32 {
    const EPS: f64 = f32::EPSILON as f64;
    fn rounded(x: f64) -> Self {
        x as f32
    }
}

impl Rounded for f64 {
    const EPS: f64 = f64::EPSILON;
    fn rounded(x: f64) -> Self {
        x
    }
}

fn try_distance<T: Rounded>(wasserstein: Wasserstein, a: &Points, b: &Points) -> Result<T, Error> {
    let parts = |points: &Points| -> (Vec<T>, Vec<T>) {
        points.iter().map(|(x, y)| (T::rounded(*x), T::rounded(*y))).unzip()
    };
    let ((a, a_imaginary), (b, b_imaginary)) = (parts(a), parts(b));
    // Memory starts as NaN: what is read must have been written.
    let length = wasserstein.eigenvalues_memory_len(a.len(), b.len());
    let mut memory = vec![T::rounded(f64::NAN); length];
    wasserstein.compare_eigenvalues_in(&a, &a_imaginary, &b, &b_imaginary, &mut memory)
}

fn distance<T: Rounded>(wasserstein: Wasserstein, a: &Points, b: &Points) -> f64 {
    try_distance::<T>(wasserstein, a, b).unwrap().into()
}

/// Points as the scalar holds them.
fn as_held<T: Rounded>(points: &Points) -> Points {
    mapped(points, |x, y| (T::rounded(x).into(), T::rounded(y).into()))
}

fn mapped(points: &[(f64, f64)], map: impl Fn(f64, f64) -> (f64, f64)) -> Points {
    points.iter().map(|(x, y)| map(*x, *y)).collect()
}

fn on_line(x: &[f64]) -> Points {
    x.iter().map(|x| (*x, 0.0)).collect()
}

fn largest(points: &Points) -> f64 {
    points.iter().fold(0.0, |most, (x, y)| x.abs().max(y.abs()).max(most))
}

fn least_common_multiple(m: usize, n: usize) -> usize {
    (m.max(n)..).find(|k| k % m == 0 && k % n == 0).unwrap()
}

/// The relative rounding of a distance that is a mean over `masses` equal masses: see the accuracy of
/// `compare_eigenvalues_in` (a few times `masses` eps).
fn rounding<T: Rounded>(masses: usize) -> f64 {
    4.0 * masses as f64 * T::EPS
}

/// Coordinates on a coarse grid (ties, repeated eigenvalues) or anywhere.
fn coordinate() -> impl Strategy<Value = f64> {
    prop_oneof![(-4_i32..=4).prop_map(|x| f64::from(x) / 4.0), -1.5..1.5_f64]
}

fn spectrum(sizes: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Points> {
    prop::collection::vec((coordinate(), coordinate()), sizes)
}

fn spectra_of_one_size(count: usize) -> impl Strategy<Value = Vec<Points>> {
    (1_usize..=9).prop_flat_map(move |n| prop::collection::vec(spectrum(n), count))
}

/// Radius and angle of a pair of eigenvalues.
fn block() -> impl Strategy<Value = (f64, f64)> {
    (0.0..1.5_f64, 0.0..3.2_f64)
}

fn permuted(points: &Points, seed: u64) -> Points {
    let (mut rest, mut state, mut permuted) = (points.clone(), seed, Vec::new());
    while !rest.is_empty() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
        permuted.push(rest.swap_remove((state >> 33) as usize % rest.len()));
    }
    permuted
}

/// The distance between operators of order n given column after column.
fn between_operators<T: Rounded>(w: Wasserstein, a: &[f64], b: &[f64]) -> Result<f64, Error> {
    let held = |x: &[f64]| x.iter().map(|x| T::rounded(*x)).collect::<Vec<T>>();
    let order = |x: &[f64]| (x.len() as f64).sqrt() as usize;
    let (m, n) = (order(a), order(b));
    let (a, b) = (held(a), held(b));
    let (a, b) = (MatRef::new(&a, m, m).unwrap(), MatRef::new(&b, n, n).unwrap());
    let mut memory = vec![T::rounded(f64::NAN); w.memory_len(m, n)];
    let found = w.compare_in(a, b, &mut memory)?.into();
    assert_eq!(found, w.compare_operators(a, b).unwrap().into());
    Ok(found)
}

/// W_q to the q over all permutations.
fn over_permutations(q: i32, a: &Points, b: &Points) -> f64 {
    fn least(q: i32, a: &[(f64, f64)], b: &mut Points) -> f64 {
        let Some(((x, y), rest)) = a.split_first() else { return 0.0 };
        let mut best = f64::MAX;
        for j in 0..b.len() {
            let (u, v) = b.remove(j);
            best = best.min((x - u).hypot(y - v).powi(q) + least(q, rest, b));
            b.insert(j, (u, v));
        }
        best
    }
    least(q, a, &mut b.clone()) / a.len() as f64
}

/// W_q to the q on the line: masses in order of the points (Villani, Topics in Optimal Transportation,
/// theorem 2.18).
fn on_the_line(q: i32, a: &[f64], b: &[f64]) -> f64 {
    let copies = least_common_multiple(a.len(), b.len());
    let spread = |x: &[f64]| {
        let mut x = x.to_vec();
        x.sort_by(f64::total_cmp);
        (0..copies).map(|k| x[k / (copies / x.len())]).collect::<Vec<_>>()
    };
    let (a, b) = (spread(a), spread(b));
    a.iter().zip(&b).map(|(x, y)| (x - y).abs().powi(q)).sum::<f64>() / copies as f64
}

macro_rules! properties {
    ($name:ident, $t:ty) => {
        mod $name {
            use super::*;
            type T = $t;

            proptest! {
                #![proptest_config(ProptestConfig::with_cases(400))]

                /// Equal multisets are at exactly zero, whatever the order, the copies and the order q.
                #[test]
                fn identity(a in spectrum(1..=10), seed in any::<u64>(), copies in 1_usize..4) {
                    let other = permuted(&a, seed);
                    for w in [W1, W2, SQUARE] {
                        prop_assert_eq!(distance::<T>(w, &a, &other), 0.0);
                        let copied = permuted(&a.repeat(copies), seed);
                        let transport = w.unequal_ranks(UnequalRanks::Transport);
                        prop_assert_eq!(distance::<T>(transport, &a, &copied), 0.0);
                        let mut zeros = other.clone();
                        zeros.resize(a.len() + copies, (0.0, 0.0));
                        let pad = w.unequal_ranks(UnequalRanks::Pad);
                        prop_assert_eq!(distance::<T>(pad, &permuted(&zeros, seed), &a), 0.0);
                    }
                }

                /// Different multisets are not at zero.
                #[test]
                fn separation(a in spectrum(1..=6), b in spectrum(6)) {
                    let b = b[..a.len()].to_vec();
                    let sorted = |x: &Points| {
                        let mut x = as_held::<T>(x);
                        x.sort_by(|p, q| p.partial_cmp(q).unwrap());
                        x
                    };
                    if sorted(&a) != sorted(&b) {
                        prop_assert!(distance::<T>(W1, &a, &b) > 0.0);
                        prop_assert!(distance::<T>(W2, &a, &b) > 0.0);
                    }
                }

                /// d(a, b) = d(b, a) to the bit, and in any order of the eigenvalues.
                #[test]
                fn symmetry(a in spectrum(1..=9), b in spectrum(1..=9), seed in any::<u64>()) {
                    for w in [W1, W2, SQUARE] {
                        for unequal in [UnequalRanks::Pad, UnequalRanks::Transport] {
                            let w = w.unequal_ranks(unequal);
                            let there = distance::<T>(w, &a, &b);
                            let back = distance::<T>(w, &permuted(&b, seed), &permuted(&a, !seed));
                            prop_assert_eq!(there.to_bits(), back.to_bits());
                        }
                    }
                }

                #[test]
                fn triangle(x in spectra_of_one_size(3)) {
                    for w in [W1, W2] {
                        let around = distance::<T>(w, &x[0], &x[1]) + distance::<T>(w, &x[1], &x[2]);
                        let direct = distance::<T>(w, &x[0], &x[2]);
                        let slack = 2.0 * rounding::<T>(x[0].len()) * around;
                        prop_assert!(direct <= around + slack, "{direct} > {around}");
                    }
                }

                #[test]
                fn triangle_with_unequal_masses(
                    a in spectrum(1..=7), b in spectrum(1..=7), c in spectrum(1..=7)
                ) {
                    for w in [W1, W2] {
                        let w = w.unequal_ranks(UnequalRanks::Transport);
                        let around = distance::<T>(w, &a, &b) + distance::<T>(w, &b, &c);
                        let direct = distance::<T>(w, &a, &c);
                        let slack = 2.0 * rounding::<T>(42) * around; // lcm(6, 7)
                        prop_assert!(direct <= around + slack, "{direct} > {around}");
                    }
                }

                /// W1 <= W2 (Jensen), the square is the square of W2, and no displacement exceeds the
                /// diagonal of the square that holds both spectra.
                #[test]
                fn orders(a in spectrum(1..=7), b in spectrum(1..=7)) {
                    let [w1, w2, square] = [W1, W2, SQUARE]
                        .map(|w| distance::<T>(w.unequal_ranks(UnequalRanks::Transport), &a, &b));
                    let slack = 2.0 * rounding::<T>(42);
                    prop_assert!(w1 <= w2 * (1.0 + slack));
                    prop_assert!((w2 * w2 - square).abs() <= slack * square);
                    prop_assert!(w2 <= 8.0_f64.sqrt() * largest(&a).max(largest(&b)) * (1.0 + slack));
                }

                /// Moving, turning and mirroring both spectra leaves the distance alone.
                #[test]
                fn motions(x in spectra_of_one_size(2), shift in -3.0..3.0_f64, angle in 0.0..7.0_f64) {
                    let n = x[0].len();
                    let (sine, cosine) = angle.sin_cos();
                    for w in [W1, W2] {
                        let here = distance::<T>(w, &x[0], &x[1]);
                        let moves: [&dyn Fn(f64, f64) -> (f64, f64); 3] = [
                            &|x, y| (x + shift, y - 0.5 * shift),
                            &|x, y| (cosine * x - sine * y, sine * x + cosine * y),
                            &|x, y| (x, -y),
                        ];
                        for map in moves {
                            let (a, b) = (mapped(&x[0], map), mapped(&x[1], map));
                            let there = distance::<T>(w, &a, &b);
                            // Every point is rounded once, before and after.
                            let size = largest(&x[0]).max(largest(&x[1])) + shift.abs();
                            let slack = 4.0 * T::EPS * size + 2.0 * rounding::<T>(n) * here;
                            prop_assert!((there - here).abs() <= slack, "{there} {here}");
                        }
                    }
                }

                /// d(s a, s b) = |s| d(a, b); to the bit for a power of two, at any size that fits.
                #[test]
                fn scaling(x in spectra_of_one_size(2), power in -90_i32..90, factor in -9.0..9.0_f64) {
                    let held = [as_held::<T>(&x[0]), as_held::<T>(&x[1])];
                    let scaled = |s: f64| [0, 1].map(|k| mapped(&held[k], |x, y| (s * x, s * y)));
                    // Subnormal coordinates are rounded: keep to zero and to the normal range.
                    let normal = |points: &Points| points.iter().all(|(x, y)| {
                        [x, y].iter().all(|x| **x == 0.0 || x.abs() > 1e-6)
                    });
                    for w in [W1, W2] {
                        let here = distance::<T>(w, &held[0], &held[1]);
                        let [a, b] = scaled(factor);
                        let there = distance::<T>(w, &a, &b);
                        let size = factor.abs() * largest(&held[0]).max(largest(&held[1]));
                        let slack = 2.0 * T::EPS * size + 2.0 * rounding::<T>(x[0].len()) * there;
                        prop_assert!((there - factor.abs() * here).abs() <= slack);
                        if normal(&held[0]) && normal(&held[1]) {
                            let two = 2.0_f64.powi(power);
                            let [a, b] = scaled(two);
                            prop_assert_eq!(distance::<T>(w, &a, &b), two * here);
                        }
                    }
                }

                #[test]
                fn no_permutation_is_closer(a in spectrum(1..=6), b in spectrum(6)) {
                    let b = b[..a.len()].to_vec();
                    let (held_a, held_b) = (as_held::<T>(&a), as_held::<T>(&b));
                    for (q, w) in [(1, W1), (2, SQUARE)] {
                        let expected = over_permutations(q, &held_a, &held_b);
                        let found = distance::<T>(w, &a, &b);
                        let slack = rounding::<T>(a.len()) * expected;
                        prop_assert!((found - expected).abs() <= slack, "{found} {expected}");
                    }
                }

                /// Padding is the distance of the padded spectra.
                #[test]
                fn padding(a in spectrum(1..=5), b in spectrum(5..=8)) {
                    let mut padded = a.clone();
                    padded.resize(b.len(), (0.0, 0.0));
                    for w in [W1, W2, SQUARE] {
                        let pad = w.unequal_ranks(UnequalRanks::Pad);
                        let expected = distance::<T>(w, &padded, &b);
                        prop_assert_eq!(distance::<T>(pad, &a, &b), expected);
                    }
                }

                #[test]
                fn masses_on_a_line(
                    a in prop::collection::vec(coordinate(), 1..=12),
                    b in prop::collection::vec(coordinate(), 1..=12),
                ) {
                    let held = |x: &[f64]| x.iter().map(|x| T::rounded(*x).into()).collect::<Vec<f64>>();
                    let masses = least_common_multiple(a.len(), b.len());
                    for (q, w) in [(1, W1), (2, SQUARE)] {
                        let w = w.unequal_ranks(UnequalRanks::Transport);
                        let expected = on_the_line(q, &held(&a), &held(&b));
                        let found = distance::<T>(w, &on_line(&a), &on_line(&b));
                        let slack = rounding::<T>(masses) * expected;
                        prop_assert!((found - expected).abs() <= slack, "{found} {expected}");
                    }
                }

                /// sqrt(n) W2 <= |A - B| for normal matrices Q diag(r [cos -sin; sin cos]) Q', Q a
                /// reflection; close pairs too, where the bound is nearly reached.
                #[test]
                fn hoffman_wielandt(
                    blocks in prop::collection::vec((block(), block()), 1..=4),
                    v in prop::collection::vec(0.1..1.0_f64, 8),
                    w in prop::collection::vec(-1.0..-0.1_f64, 8),
                    close in any::<bool>(),
                ) {
                    let (a, mut b): (Points, Points) = blocks.into_iter().unzip();
                    if close {
                        b = mapped(&a, |radius, angle| (radius + 1e-3, angle));
                    }
                    let w = if close { &v } else { &w };
                    let (left, right) = (normal_matrix(&a, &v), normal_matrix(&b, w));
                    let squares = left.iter().zip(&right).map(|(x, y)| (x - y).powi(2));
                    let difference = squares.sum::<f64>().sqrt();
                    let n = 2 * a.len();
                    let root = (n as f64).sqrt();
                    let bound = root * distance::<T>(W2, &eigenvalues(&a), &eigenvalues(&b));
                    // Coordinates up to 1.5 are rounded once; the matrices, in f64, are sums of n terms.
                    let slack = root * (3.0 * T::EPS + 16.0 * n as f64 * f64::EPSILON)
                        + rounding::<T>(n) * bound;
                    prop_assert!(bound <= difference + slack, "{bound} > {difference}");
                    if close {
                        prop_assert!(bound >= difference - slack, "{bound} < {difference}");
                    }
                }
            }

            /// The eigenvalues of an operator, and those of the operator in another orthogonal basis.
            #[test]
            fn operators_are_at_the_distance_of_their_spectra() {
                let (a, b) = (vec![(0.9, 0.3), (0.4, 2.0)], vec![(0.8, 0.5), (0.6, 1.7)]);
                let (v, w) = ([0.3, -0.8, 0.5, 0.1], [1.0, 0.2, 0.0, -0.7]);
                let (left, right) = (normal_matrix(&a, &v), normal_matrix(&b, &w));
                // Normal: every eigenvalue is within n eps |A| of the exact one, |A| <= 1; twice.
                let slack = 8.0 * 4.0 * T::EPS;
                for order in [W1, W2] {
                    let expected = distance::<T>(order, &eigenvalues(&a), &eigenvalues(&b));
                    let found = between_operators::<T>(order, &left, &right).unwrap();
                    assert!((found - expected).abs() <= slack, "{found} {expected}");
                    let back = between_operators::<T>(order, &right, &left).unwrap();
                    assert_eq!(found.to_bits(), back.to_bits());
                    let same = between_operators::<T>(order, &left, &normal_matrix(&a, &w)).unwrap();
                    assert!(same <= slack, "{same}");
                    assert_eq!(between_operators::<T>(order, &left, &left), Ok(0.0));
                }
            }

            /// What the spectrum does not show: transients of a triangular operator.
            #[test]
            fn transients_are_not_seen() {
                let (slow, fast) = ([0.5, 0.0, 1.0, 0.2], [0.5, 0.0, 5.0, 0.2]);
                let found = between_operators::<T>(W2, &slow, &fast).unwrap();
                assert!(found <= 4.0 * T::EPS, "{found:e}");
            }

            #[test]
            fn zero_operators_have_a_distance() {
                let (zero, identity) = ([0.0; 9], [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
                assert_eq!(between_operators::<T>(W2, &zero, &zero), Ok(0.0));
                assert_eq!(between_operators::<T>(W2, &zero, &identity), Ok(1.0));
                assert_eq!(
                    between_operators::<T>(W2, &zero, &[0.0]),
                    Err(Error::RankMismatch { left: 3, right: 1 })
                );
                for unequal in [UnequalRanks::Pad, UnequalRanks::Transport] {
                    let w = W2.unequal_ranks(unequal);
                    assert_eq!(between_operators::<T>(w, &zero, &[0.0]), Ok(0.0));
                }
            }

            #[test]
            fn the_square_is_no_metric() {
                let (zero, one, two) = (on_line(&[0.0]), on_line(&[1.0]), on_line(&[2.0]));
                assert_eq!(distance::<T>(SQUARE, &zero, &two), 4.0);
                assert_eq!(distance::<T>(SQUARE, &zero, &one), 1.0);
                assert_eq!(distance::<T>(SQUARE, &one, &two), 1.0);
                assert_eq!(distance::<T>(W2, &zero, &two), 2.0);
            }

            /// Padding pair by pair breaks the triangle: {0} is at 0 from {0, 0} and at 1 from {1}, but
            /// {0, 0} is only at sqrt(1/2) from {1} padded.
            #[test]
            fn padding_pair_by_pair_is_no_metric() {
                let pad = W2.unequal_ranks(UnequalRanks::Pad);
                let (zero, zeros, one) = (on_line(&[0.0]), on_line(&[0.0; 2]), on_line(&[1.0]));
                let direct = distance::<T>(pad, &zero, &one);
                let around = distance::<T>(pad, &zero, &zeros) + distance::<T>(pad, &zeros, &one);
                assert!(direct > 1.4 * around);
                let transport = W2.unequal_ranks(UnequalRanks::Transport);
                assert_eq!(distance::<T>(transport, &zeros, &one), 1.0);
            }

            /// The identity of order 3 against that of order 2: the authors' package gives 1/3 where it
            /// pads and 0 where it does not.
            #[test]
            fn unequal_ranks_are_refused_unless_named() {
                let (three, two) = (on_line(&[1.0; 3]), on_line(&[1.0; 2]));
                assert_eq!(
                    try_distance::<T>(SQUARE, &three, &two),
                    Err(Error::RankMismatch { left: 3, right: 2 })
                );
                let pad = SQUARE.unequal_ranks(UnequalRanks::Pad);
                let third = distance::<T>(pad, &three, &two);
                assert!((third - 1.0 / 3.0).abs() <= T::EPS);
                let transport = SQUARE.unequal_ranks(UnequalRanks::Transport);
                assert_eq!(distance::<T>(transport, &three, &two), 0.0);
            }

            #[test]
            fn spectra_of_any_size_survive_the_square() {
                let (a, b) = ([(1.0, 2.0), (-1.0, 0.5)], [(1.0, 1.0), (0.0, 0.5)]);
                for size in [1e-30, 1e-10, 1.0, 1e10, 1e30] {
                    let scaled = |x: &[(f64, f64)]| mapped(x, |x, y| (size * x, size * y));
                    for w in [W1, W2] {
                        let found = distance::<T>(w, &scaled(&a), &scaled(&b)) / size;
                        assert!((found - 1.0).abs() <= 8.0 * T::EPS, "{size:e}: {found}");
                    }
                }
            }

            #[test]
            fn a_distance_that_overflows_is_refused() {
                let far = f64::from(T::MAX) * 0.9;
                let overflow = Err(Error::Overflow { what: "the distance" });
                for w in [W1, W2, SQUARE] {
                    let found = try_distance::<T>(w, &on_line(&[far]), &on_line(&[-far]));
                    assert_eq!(found, overflow);
                }
                let half = on_line(&[0.5 * far]);
                assert!(try_distance::<T>(W2, &half, &on_line(&[-0.5 * far])).is_ok());
            }
        }
    };
}

properties!(single, f32);
properties!(double, f64);

fn eigenvalues(blocks: &Points) -> Points {
    let pair = |(radius, angle): &(f64, f64)| {
        let (x, y) = (radius * angle.cos(), radius * angle.sin());
        [(x, y), (x, -y)]
    };
    blocks.iter().flat_map(pair).collect()
}

/// Q D Q', column-major: D the blocks r [cos -sin; sin cos], Q the reflection at the hyperplane normal
/// to v.
fn normal_matrix(blocks: &Points, v: &[f64]) -> Vec<f64> {
    let n = 2 * blocks.len();
    let norm: f64 = v[..n].iter().map(|x| x * x).sum();
    let q = |i: usize, j: usize| f64::from(u8::from(i == j)) - 2.0 * v[i] * v[j] / norm;
    let d = |i: usize, j: usize| {
        let (radius, angle) = blocks[i / 2];
        match (i / 2 == j / 2, i % 2, j % 2) {
            (true, 0, 1) => -radius * angle.sin(),
            (true, 1, 0) => radius * angle.sin(),
            (true, _, _) => radius * angle.cos(),
            _ => 0.0,
        }
    };
    let product = |x: &dyn Fn(usize, usize) -> f64, y: &dyn Fn(usize, usize) -> f64| {
        let entry = |i: usize, j: usize| (0..n).map(|k| x(i, k) * y(k, j)).sum::<f64>();
        (0..n * n).map(|at| entry(at % n, at / n)).collect::<Vec<f64>>()
    };
    let left = product(&q, &d);
    product(&|i, j| left[j * n + i], &|i, j| q(j, i))
}

#[test]
fn what_does_not_fit_is_refused() {
    let (x, mut memory) = ([0.0, 1.0, f64::NAN, f64::INFINITY], [0.0; 22]);
    let good = &x[..2];
    let mut compare = |a: &[f64], b: &[f64], c: &[f64], d: &[f64], length: usize| {
        W2.compare_eigenvalues_in(a, b, c, d, &mut memory[..length])
    };
    assert_eq!(compare(&[], &[], good, good, 22), Err(Error::Empty));
    assert_eq!(compare(good, good, &[], &[], 22), Err(Error::Empty));
    assert!(matches!(
        compare(good, &x[..1], good, good, 22),
        Err(Error::ShapeMismatch { expected: 2, got: 1, .. })
    ));
    assert!(matches!(
        compare(good, good, &x[..1], good, 22),
        Err(Error::ShapeMismatch { expected: 1, got: 2, .. })
    ));
    assert_eq!(
        compare(good, &x[1..3], good, good, 22),
        Err(Error::NonFiniteEntry { row: 1, column: 1 })
    );
    assert_eq!(
        compare(good, good, &x[3..], &x[3..], 22),
        Err(Error::NonFiniteEntry { row: 0, column: 0 })
    );
    assert_eq!(
        compare(good, good, good, good, 21),
        Err(Error::MemoryTooSmall { needed: 22, got: 21 })
    );
    assert_eq!(compare(good, good, good, good, 22), Ok(0.0));
}

#[test]
fn operators_that_do_not_fit_are_refused() {
    let data = [0.0, 1.0, f64::NAN, 1.0, 0.0, 2.0];
    let good = MatRef::new(&data, 1, 1).unwrap();
    let mut memory = [0.0; 14];
    assert_eq!(
        W2.compare_in(good, MatRef::new(&data[2..], 1, 1).unwrap(), &mut memory),
        Err(Error::NonFiniteEntry { row: 0, column: 0 })
    );
    assert!(matches!(
        W2.compare_in(good, MatRef::new(&data, 1, 2).unwrap(), &mut memory),
        Err(Error::ShapeMismatch { expected: 1, got: 2, .. })
    ));
    assert_eq!(
        W2.compare_in(good, good, &mut memory[..13]),
        Err(Error::MemoryTooSmall { needed: 14, got: 13 })
    );
    assert_eq!(W2.compare_in(good, good, &mut memory), Ok(0.0));
}
