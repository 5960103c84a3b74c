//! Statistics of groups: against scikit-bio and scikit-learn (`golden/make_statistics.py`), their error rates where nothing
//! differs, and input that means nothing.

use crate::common::golden;
use dynamical_similarity::Error;
use dynamical_similarity::statistics::{
    Correlation, Distances, Groups, Interval, NullBand, Permutations, dispersion, mantel,
    mean_silhouette, nearest_neighbour_accuracy, permanova, permanova_between_pairs, q_values,
};
use proptest::prelude::*;
use serde_json::Value;

/// Standard deviation of the difference of two p values that are both estimated by N permutations, times five.
fn sampling_error(p: f64, permutations: f64) -> f64 {
    5.0 * (2.0 * p.max(1.0 / permutations) * (1.0 - p).max(0.01) / permutations).sqrt()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn groups(value: &Value) -> Groups {
    let labels: Vec<i64> = value.as_array().unwrap().iter().map(|x| x.as_i64().unwrap()).collect();
    Groups::new(&labels).unwrap()
}

#[test]
fn statistics_are_those_of_scikit_bio() {
    let stored = std::fs::read_to_string(golden("statistics.json")).unwrap();
    let stored: Value = serde_json::from_str(&stored).unwrap();
    let drawn = stored["permutations"].as_f64().unwrap();
    let permutations = Permutations::new();
    for case in stored["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let count = case["count"].as_u64().unwrap() as usize;
        let matrix = |key: &str| Distances::new(&numbers(&case[key]), count).unwrap();
        let (distances, other) = (matrix("distances"), matrix("other"));
        let (labels, strata) = (groups(&case["labels"]), groups(&case["strata"]));
        let near = |what: &str, found: f64, expected: &Value| {
            let expected = expected.as_f64().unwrap();
            let apart = (found - expected).abs();
            assert!(apart <= 1e-10 * expected.abs().max(1.0), "{name}, {what}: {found} {expected}");
        };
        let likely = |what: &str, found: f64, expected: &Value| {
            let expected = expected.as_f64().unwrap();
            let apart = (found - expected).abs();
            assert!(apart <= sampling_error(expected, drawn), "{name}, {what}: {found} {expected}");
        };

        let found = permanova(&distances, &labels, &permutations).unwrap();
        near("pseudo-F", found.pseudo_f, &case["permanova"]["pseudo_f"]);
        likely("p of PERMANOVA", found.test.p, &case["permanova"]["p"]);
        let inside = permanova(&distances, &labels, &permutations.clone().within(&strata)).unwrap();
        near("pseudo-F with strata", inside.pseudo_f, &case["permanova"]["pseudo_f"]);
        likely("p with strata", inside.test.p, &case["permanova"]["p_within_strata"]);

        let found = dispersion(&distances, &labels, &permutations).unwrap();
        near("F of dispersion", found.f, &case["dispersion"]["f"]);
        likely("p of dispersion", found.test.p, &case["dispersion"]["p"]);

        let found = mean_silhouette(&distances, &labels, &permutations).unwrap();
        near("silhouette", found.score, &case["silhouette"]);

        for (method, key) in
            [(Correlation::Pearson, "pearson"), (Correlation::Spearman, "spearman")]
        {
            let found = mantel(&distances, &other, method, &permutations).unwrap();
            near(key, found.correlation, &case["mantel"][key]["correlation"]);
            likely(key, found.test.p, &case["mantel"][key]["p"]);
        }
    }
}

/// Numbers in [0, 1): the same on every machine.
fn uniform(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Distances between points on a plane.
fn between(points: &[[f64; 2]]) -> Distances {
    let distance = |a: &[f64; 2], b: &[f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
    let all: Vec<f64> =
        points.iter().flat_map(|a| points.iter().map(move |b| distance(a, b))).collect();
    Distances::new(&all, points.len()).unwrap()
}

/// The share of p values up to .05 of 1 000 sets of points among which the labels mean nothing.
fn false_positives(
    p: impl Fn(&Distances) -> f64,
    points: impl Fn(&mut dyn FnMut() -> f64) -> Vec<[f64; 2]>,
) -> f64 {
    let mut random = uniform(2026);
    let found = (0..1_000).filter(|_| p(&between(&points(&mut random))) <= 0.05).count();
    found as f64 / 1_000.0
}

#[test]
fn where_labels_mean_nothing_one_test_in_twenty_is_positive() {
    let labels = Groups::new(&[0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]).unwrap();
    let permutations = Permutations::new().count(199);
    let cloud = |random: &mut dyn FnMut() -> f64| -> Vec<[f64; 2]> {
        (0..14).map(|_| [random() + random(), random() * random()]).collect()
    };
    let rates = [
        false_positives(|d| permanova(d, &labels, &permutations).unwrap().test.p, cloud),
        false_positives(|d| dispersion(d, &labels, &permutations).unwrap().test.p, cloud),
        false_positives(|d| mean_silhouette(d, &labels, &permutations).unwrap().test.p, cloud),
    ];
    // The share of neighbours in the own group takes few values, so its p <= .05 is rarer.
    let coarse = false_positives(
        |d| nearest_neighbour_accuracy(d, &labels, &permutations).unwrap().test.p,
        cloud,
    );
    assert!(rates.iter().all(|rate| (0.03..=0.07).contains(rate)), "{rates:?}");
    assert!((0.01..=0.07).contains(&coarse), "{coarse}");
}

#[test]
fn sessions_of_one_subject_need_strata() {
    // Four subjects with six sessions each, far from each other; five sessions of a subject have the same label.
    let labels: Vec<usize> =
        (0..24).map(|at| if at % 6 == 5 { 1 } else { 0 } ^ (at / 6 % 2)).collect();
    let (labels, subjects) = (Groups::new(&labels).unwrap(), (0..24).map(|at| at / 6));
    let subjects = Groups::new(&subjects.collect::<Vec<usize>>()).unwrap();
    let sessions = |random: &mut dyn FnMut() -> f64| -> Vec<[f64; 2]> {
        let centres: Vec<f64> = (0..4).map(|_| 10.0 * random()).collect();
        (0..24).map(|session| [centres[session / 6] + random(), random()]).collect()
    };
    let permutations = Permutations::new().count(199);
    let within = permutations.clone().within(&subjects);
    let rate = |permutations: &Permutations| {
        false_positives(|d| permanova(d, &labels, permutations).unwrap().test.p, sessions)
    };
    let (without, with) = (rate(&permutations), rate(&within));
    assert!((0.03..=0.07).contains(&with), "with strata {with}");
    assert!(without > 0.15, "without strata {without}");
}

#[test]
fn a_difference_in_place_is_not_one_in_spread() {
    let labels = Groups::new(&[0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1]).unwrap();
    let permutations = Permutations::new().count(199);
    let apart = |random: &mut dyn FnMut() -> f64| -> Vec<[f64; 2]> {
        (0..14).map(|at| [if at < 7 { 0.0 } else { 9.0 } + random(), random()]).collect()
    };
    let spread = false_positives(|d| dispersion(d, &labels, &permutations).unwrap().test.p, apart);
    let place = false_positives(|d| permanova(d, &labels, &permutations).unwrap().test.p, apart);
    assert!((0.03..=0.07).contains(&spread) && place == 1.0, "{spread} {place}");
}

#[test]
fn pairs_of_groups_are_compared_on_their_own() {
    let places = [0.0, 0.3, 0.5, 0.2, 9.0, 9.4, 9.1, 9.6, 0.4, 0.1, 0.6, 0.25];
    let distances = between(&places.map(|x| [x, 0.0]));
    let labels =
        Groups::new(&["a", "a", "a", "a", "b", "b", "b", "b", "c", "c", "c", "c"]).unwrap();
    let pairs = permanova_between_pairs(&distances, &labels, &Permutations::new()).unwrap();
    let named: Vec<_> = pairs.iter().map(|pair| (pair.first, pair.second)).collect();
    assert_eq!(named, [(0, 1), (0, 2), (1, 2)]);
    let p: Vec<f64> = pairs.iter().map(|pair| pair.found.test.p).collect();
    assert!((p[0] - 2.0 / 70.0).abs() < 1e-12 && p[1] > 0.3 && (p[2] - 2.0 / 70.0).abs() < 1e-12);
    let q: Vec<f64> = pairs.iter().map(|pair| pair.q).collect();
    assert_eq!(q, q_values(&p).unwrap());
    assert!((q[0] - 1.5 * p[0]).abs() < 1e-12);
}

#[test]
fn distances_of_any_size_give_finite_statistics() {
    let labels = Groups::new(&[0, 0, 0, 1, 1, 1]).unwrap();
    let places = [0.0, 0.1, 0.2, 1.0, 1.1, 1.5];
    let permutations = Permutations::new();
    let expected = {
        let distances = between(&places.map(|x| [x, 0.0]));
        permanova(&distances, &labels, &permutations).unwrap().pseudo_f
    };
    for scale in [1e-300, 1e-160, 1.0, 1e160, 1e307] {
        let distances = between(&places.map(|x| [x * scale, 0.0]));
        let found = permanova(&distances, &labels, &permutations).unwrap();
        assert!((found.pseudo_f / expected - 1.0).abs() < 1e-9, "{scale}: {}", found.pseudo_f);
        let spread = dispersion(&distances, &labels, &permutations).unwrap();
        assert!(
            spread.f.is_finite() && spread.mean_distance_to_centroid.iter().all(|x| x.is_finite())
        );
        assert!(mean_silhouette(&distances, &labels, &permutations).unwrap().score.is_finite());
        let same = mantel(&distances, &distances, Correlation::Pearson, &permutations).unwrap();
        assert!((same.correlation - 1.0).abs() < 1e-12);
    }
    // Copies of two recordings: groups without any spread.
    let copies = between(&[0.0, 0.0, 0.0, 1.0, 1.0, 1.0].map(|x| [x, 0.0]));
    let found = permanova(&copies, &labels, &permutations).unwrap();
    assert_eq!((found.pseudo_f, found.r_squared, found.test.p), (f64::MAX, 1.0, 0.1));
    assert_eq!(dispersion(&copies, &labels, &permutations).unwrap().f, 0.0);
    // Copies of one recording.
    let nothing = between(&[[0.0, 0.0]; 6]);
    let found = permanova(&nothing, &labels, &permutations).unwrap();
    assert_eq!((found.pseudo_f, found.r_squared, found.test.p), (0.0, 0.0, 1.0));
    assert_eq!(mean_silhouette(&nothing, &labels, &permutations).unwrap().test.p, 1.0);
    let refused = mantel(&nothing, &copies, Correlation::Pearson, &permutations);
    assert_eq!(refused, Err(Error::DegenerateSignal { channel: None }));
}

#[test]
fn what_is_no_distance_or_no_group_is_refused() {
    let refused = |values: &[f64], count| Distances::new(values, count).unwrap_err();
    assert_eq!(refused(&[], 0), Error::Empty);
    assert!(matches!(refused(&[0.0; 3], 2), Error::ShapeMismatch { expected: 4, got: 3, .. }));
    assert!(matches!(refused(&[0.0; 4], usize::MAX), Error::ShapeMismatch { .. }));
    assert_eq!(refused(&[0.0, -1.0, -1.0, 0.0], 2), Error::NotADistance { row: 0, column: 1 });
    assert_eq!(refused(&[0.0, 1.0, 1.0, 0.5], 2), Error::NotADistance { row: 1, column: 1 });
    let infinite = [0.0, f64::INFINITY, f64::INFINITY, 0.0];
    assert_eq!(refused(&infinite, 2), Error::NonFiniteEntry { row: 0, column: 1 });

    assert_eq!(Groups::new::<u8>(&[]), Err(Error::Empty));
    let distances = between(&[[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [4.0, 0.0]]);
    let run = |labels: &[u8]| {
        let labels = Groups::new(labels).unwrap();
        permanova(&distances, &labels, &Permutations::new()).map(|found| found.test.p)
    };
    assert_eq!(run(&[1, 1, 1, 1]), Err(Error::TooFewGroups { needed: 2, got: 1 }));
    assert!(matches!(run(&[0, 1, 2, 3]), Err(Error::ShapeMismatch { expected: 5, got: 4, .. })));
    assert!(matches!(run(&[0, 1, 1]), Err(Error::ShapeMismatch { expected: 4, got: 3, .. })));
    assert!(run(&[0, 1, 1, 1]).is_ok());
    let labels = Groups::new(&[0, 0, 1, 1]).unwrap();
    let subjects = Groups::new(&[0, 0, 1, 1]).unwrap();
    let between_subjects = Permutations::new().within(&subjects);
    let found = nearest_neighbour_accuracy(&distances, &labels, &between_subjects);
    assert_eq!(found, Err(Error::NothingToPermute));
    for p in [f64::NAN, -0.1, 1.1] {
        assert!(matches!(q_values(&[0.5, p]), Err(Error::InvalidSetting { .. })));
    }
    assert_eq!(q_values(&[]), Ok(vec![]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_recordings_does_not_matter(
        places in prop::collection::vec((-1.0..1.0_f64, -1.0..1.0_f64), 7),
        order in Just((0..7).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let labels = [0, 1, 1, 2, 0, 2, 2];
        let points: Vec<[f64; 2]> = places.iter().map(|(x, y)| [*x, *y]).collect();
        let of = |order: &[usize]| {
            let points: Vec<[f64; 2]> = order.iter().map(|i| points[*i]).collect();
            let labels: Vec<u32> = order.iter().map(|i| labels[*i]).collect();
            let (distances, labels) = (between(&points), Groups::new(&labels).unwrap());
            // All 210 arrangements, so that p does not depend on draws.
            let all = Permutations::new();
            let found = permanova(&distances, &labels, &all).unwrap();
            let spread = dispersion(&distances, &labels, &all).unwrap();
            let near = nearest_neighbour_accuracy(&distances, &labels, &all).unwrap();
            [found.pseudo_f, found.test.p, spread.f, spread.test.p, near.score, near.test.p, near.chance]
        };
        let straight: Vec<usize> = (0..7).collect();
        for (a, b) in of(&straight).into_iter().zip(of(&order)) {
            prop_assert!((a - b).abs() <= 1e-9 * a.abs().max(1.0), "{} {}", a, b);
        }
    }

    #[test]
    fn q_values_are_those_of_the_step_up_procedure(p in prop::collection::vec(0.0..1.0_f64, 1..12)) {
        let q = q_values(&p).unwrap();
        // Called significant at level a: the k smallest, for the largest k with p_(k) <= a k / m.
        for level in [0.01, 0.05, 0.2, 0.5] {
            let mut sorted = p.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            let m = p.len() as f64;
            let passed = (1..=p.len()).rev().find(|k| sorted[k - 1] * m / *k as f64 <= level);
            let limit = passed.map_or(-1.0, |k| sorted[k - 1]);
            for (p, q) in p.iter().zip(&q) {
                prop_assert_eq!(*q <= level, *p <= limit);
            }
        }
    }
}

#[test]
fn p_and_the_edge_of_a_band_are_those_of_a_count() {
    let draws: Vec<f64> = (1..=199).map(f64::from).collect();
    let band = NullBand::of(&[&draws[..100], &draws[100..], &[]]).unwrap();
    assert_eq!(band.draws(), draws);
    for (distance, at_least) in
        [(0.0, 199), (1.0, 199), (190.0, 10), (190.5, 9), (199.0, 1), (300.0, 0)]
    {
        assert_eq!(band.test(distance).unwrap().p, f64::from(1 + at_least) / 200.0, "{distance}");
    }
    for share in [0.5, 0.9, 0.95, 0.99, 0.995] {
        let edge = band.quantile(share);
        let limit = 1.0 - share + 1e-12;
        assert!(band.test(edge).unwrap().p > limit && band.test(edge + 0.5).unwrap().p <= limit);
    }
    // Too few draws for so small a p, and nonsense.
    for share in [0.999, 1.0, 2.0, f64::NAN] {
        assert_eq!(band.quantile(share), 199.0);
    }
    assert_eq!(band.quantile(-1.0), 1.0);
}

#[test]
fn z_is_on_the_scale_of_logarithms() {
    // Logarithms -1, 0 and 1 times ln 2: mean 0, standard deviation ln 2.
    let band = NullBand::of(&[&[0.5, 1.0, 2.0]]).unwrap();
    assert!((band.test(4.0).unwrap().z.unwrap() - 2.0).abs() < 1e-12);
    assert_eq!(band.test(0.0).unwrap().z, None);
    assert_eq!(NullBand::of(&[&[0.0, 1.0]]).unwrap().test(1.0).unwrap().z, None);
    assert_eq!(NullBand::of(&[&[3.0, 3.0]]).unwrap().test(1.0).unwrap().z, None);
    let extreme = NullBand::of(&[&[f64::from_bits(1), f64::MAX]]).unwrap();
    assert!(extreme.test(f64::MAX).unwrap().z.unwrap().is_finite());
}

#[test]
fn bands_and_intervals_of_nonsense_are_refused() {
    assert_eq!(NullBand::of(&[]).unwrap_err(), Error::Empty);
    assert_eq!(NullBand::of(&[&[], &[]]).unwrap_err(), Error::Empty);
    let refused = NullBand::of(&[&[1.0], &[1.0, f64::NAN]]).unwrap_err();
    assert_eq!(refused, Error::NonFiniteEntry { row: 1, column: 1 });
    let refused = NullBand::of(&[&[1.0, -1.0]]).unwrap_err();
    assert_eq!(refused, Error::NotADistance { row: 0, column: 1 });
    let band = NullBand::of(&[&[1.0]]).unwrap();
    assert!(band.test(f64::INFINITY).is_err() && band.test(-1.0).is_err());
    assert_eq!(Interval::of(1.0, &[1.0], 0.9), Err(Error::Empty));
    for level in [0.0, 1.0, f64::NAN] {
        assert!(matches!(Interval::of(1.0, &[1.0, 2.0], level), Err(Error::InvalidSetting { .. })));
    }
    let refused = Interval::of(1.0, &[1.0, f64::NAN], 0.9);
    assert_eq!(refused, Err(Error::NonFiniteEntry { row: 1, column: 1 }));
    let refused = Interval::of(-1.0, &[1.0, 1.0], 0.9);
    assert_eq!(refused, Err(Error::NotADistance { row: 0, column: 0 }));
    assert!(Interval::of(f64::MAX, &[f64::MAX, 0.0], 0.9).is_err());
}

proptest! {
    #[test]
    fn intervals_are_ordered_finite_and_grow_with_their_level(
        draws in prop::collection::vec(0.0..2.0_f64, 2..30),
        distance in 0.0..2.0_f64,
        exponent in -300_i32..300,
    ) {
        let size = 10_f64.powi(exponent);
        let scaled: Vec<f64> = draws.iter().map(|x| x * size).collect();
        let mut last = Interval::of(distance * size, &scaled, 0.01).unwrap();
        for level in [0.5, 0.9, 0.999] {
            let found = Interval::of(distance * size, &scaled, level).unwrap();
            prop_assert!(0.0 <= found.lower && found.lower <= found.upper);
            prop_assert!(found.lower <= last.lower && found.upper >= last.upper);
            prop_assert!(!found.reaches_zero() || found.upper >= distance * size);
            last = found;
        }
        let band = NullBand::of(&[&scaled]).unwrap();
        let p = band.test(distance * size).unwrap().p;
        prop_assert!(p > 0.0 && p <= 1.0);
        prop_assert!(band.draws().contains(&band.quantile(0.95)));
    }
}
