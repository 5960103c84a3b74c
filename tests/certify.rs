//! The strong lower bound: below the true distance always, and close enough to prove most of them.
//!
//! Tolerances: a distance that is a known optimum in closed form, or that of a given transform, is known to
//! about n eps of the angle's own scale; casting to a scalar moves operators by n eps of it.

use crate::common::{Noise, golden, read_operator};
use dynamical_similarity::UnequalRanks;
use dynamical_similarity::{Comparison, Effort, Error, Mat, MatRef, Metric, Procrustes, Scalar};
#[cfg(feature = "std")]
use dynamical_similarity::{DistanceMatrix, Measure, Progress};
use proptest::prelude::*;
use serde_json::Value;
#[cfg(feature = "std")]
use std::ops::ControlFlow;

const METRICS: [Metric; 3] = [Metric::Angular, Metric::Chordal, Metric::Frobenius];

fn view<T: Scalar>(a: &[T], n: usize) -> MatRef<'_, T> {
    MatRef::new(a, n, n).unwrap()
}

fn product(a: &[f64], b: &[f64], n: usize) -> Vec<f64> {
    let mut out = Mat::zeros(n, n).unwrap();
    out.as_mut().set_product(view(a, n), view(b, n)).unwrap();
    out.as_ref().columns().flatten().copied().collect()
}

fn transposed(a: &[f64], n: usize) -> Vec<f64> {
    (0..n * n).map(|k| a[(k % n) * n + k / n]).collect()
}

/// Q A Qᵀ.
fn turned(a: &[f64], q: &[f64], n: usize) -> Vec<f64> {
    product(&product(q, a, n), &transposed(q, n), n)
}

fn norm(a: &[f64]) -> f64 {
    a.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// |A/|A| - C B Cᵀ/|B||.
fn chord(a: &[f64], b: &[f64], c: &[f64], n: usize) -> f64 {
    let (size, of_b) = (norm(a), norm(b));
    let moved = turned(b, c, n);
    norm(&a.iter().zip(&moved).map(|(x, y)| x / size - y / of_b).collect::<Vec<_>>())
}

/// A decaying rotation in each plane, a little non-normal, as operators of delay embeddings are.
fn dmd_like(noise: &mut Noise, n: usize) -> Vec<f64> {
    let mut a = vec![0.0; n * n];
    for j in 0..n {
        let (radius, angle) = (0.7 + 0.3 * noise.uniform(), 0.8 * noise.uniform());
        a[j * n + j] = radius * angle.cos();
        if j % 2 == 0 && j + 1 < n {
            a[j * n + j + 1] = radius * angle.sin();
            a[(j + 1) * n + j] = -radius * angle.sin();
        }
    }
    a.iter().map(|x| x + 0.05 * noise.normal()).collect()
}

fn pair(n: usize, seed: u64) -> [Vec<f64>; 2] {
    let mut noise = Noise(seed);
    match seed % 3 {
        0 => [(); 2].map(|()| noise.normals(n * n)),
        1 => [(); 2].map(|()| dmd_like(&mut noise, n)),
        _ => {
            let a = dmd_like(&mut noise, n);
            let b = turned(&a, &noise.orthogonal(n), n);
            let size = 10_f64.powf(-4.0 * noise.uniform());
            let b = b.iter().map(|x| x + size * noise.normal()).collect();
            [a, b]
        }
    }
}

fn bits<T: Scalar>(found: &Comparison<T>) -> [u64; 3] {
    [found.distance(), found.lower_bound(), found.cosine()].map(|x| Into::<f64>::into(x).to_bits())
}

fn data<T: Scalar>(m: MatRef<'_, T>) -> Vec<f64> {
    m.columns().flatten().map(|x| (*x).into()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_certificate_is_between_the_closed_form_and_the_thorough_distance(
        n in 3_usize..7, seed in 0_u64..3000, which in 0_usize..3,
    ) {
        let [a, b] = pair(n, seed);
        let (a, b) = (view(&a, n), view(&b, n));
        let procrustes = Procrustes::new().metric(METRICS[which]);
        let plain = procrustes.compare_operators(a, b).unwrap();
        let thorough = procrustes.effort(Effort::Thorough).compare_operators(a, b).unwrap();
        let proved = procrustes.certify(a, b).unwrap();
        prop_assert!(proved.lower_bound() <= thorough.distance());
        prop_assert!(proved.lower_bound() >= plain.lower_bound());
        prop_assert!(proved.lower_bound() <= proved.distance());
        prop_assert!(proved.distance() <= plain.distance());
    }

    #[test]
    fn both_orders_give_the_same_bits(n in 3_usize..6, seed in 0_u64..3000, which in 0_usize..3) {
        let [a, b] = pair(n, seed);
        let (a, b) = (view(&a, n), view(&b, n));
        let procrustes = Procrustes::new().metric(METRICS[which]).effort(Effort::Fast);
        let (ab, ba) = (procrustes.certify(a, b).unwrap(), procrustes.certify(b, a).unwrap());
        prop_assert_eq!(bits(&ab), bits(&ba));
        prop_assert_eq!(ab.is_certified(), ba.is_certified());
        prop_assert_eq!(data(ab.transform()), transposed(&data(ba.transform()), n));
    }

    #[test]
    fn no_transform_comes_below_the_bound(n in 3_usize..8, seed in 0_u64..1000) {
        let mut noise = Noise(seed);
        let a = noise.normals(n * n);
        let q = noise.orthogonal(n);
        let size = 10_f64.powi(-((seed % 9) as i32));
        let b: Vec<f64> = a.iter().map(|x| x + size * noise.normal()).collect();
        let b = turned(&b, &q, n);
        let known = chord(&a, &b, &transposed(&q, n), n);
        let proved = Procrustes::new().metric(Metric::Chordal).certify(view(&a, n), view(&b, n));
        let proved = proved.unwrap();
        let slack = 2.0 * n as f64 * f64::EPSILON;
        prop_assert!(proved.lower_bound() <= known + slack, "{} {known}", proved.lower_bound());
        prop_assert!(proved.distance() <= known * 1.001 + 1e-7);
        // The distance is that of the transform, which is orthogonal.
        let c = data(proved.transform());
        prop_assert!((chord(&a, &b, &c, n) - proved.distance()).abs() <= 8.0 * slack);
        let gram = product(&transposed(&c, n), &c, n);
        let off = gram.iter().enumerate().map(|(k, x)| (x - f64::from(k % n == k / n)).powi(2));
        prop_assert!(off.sum::<f64>().sqrt() <= 4.0 * slack);
    }

    #[test]
    fn the_metrics_tell_of_one_bound(n in 3_usize..6, seed in 0_u64..1000) {
        let [a, b] = pair(n, 3 * seed);
        let b: Vec<f64> = b.iter().map(|x| 1.5 * x).collect();
        let (left, right) = (view(&a, n), view(&b, n));
        let compare = METRICS.map(|metric| Procrustes::new().metric(metric));
        // What the closed form proves in one metric only is left as it is there.
        let proved = |metric: Procrustes| {
            metric.compare_operators(left, right).unwrap().is_certified()
        };
        prop_assume!(!compare.into_iter().any(proved));
        let [angle, chord, raw] = compare.map(|metric| metric.certify(left, right).unwrap());
        let bound = chord.lower_bound();
        prop_assert!((2.0 * (0.5 * angle.lower_bound()).sin() - bound).abs() < 1e-13);
        let (of_a, of_b) = (norm(&a), norm(&b));
        let expected = ((of_a - of_b).powi(2) + of_a * of_b * bound * bound).sqrt();
        prop_assert!((raw.lower_bound() - expected).abs() < 1e-12 * of_b);
    }

    #[test]
    fn single_precision_is_bounded_in_double(n in 3_usize..6, seed in 0_u64..1000) {
        let [a, b] = pair(n, 3 * seed).map(|m| m.iter().map(|x| *x as f32).collect::<Vec<_>>());
        let [exact_a, exact_b] =
            [&a, &b].map(|m| m.iter().map(|x| f64::from(*x)).collect::<Vec<_>>());
        let single = Procrustes::new().certify(view(&a, n), view(&b, n)).unwrap();
        let double = Procrustes::new().effort(Effort::Thorough);
        let double = double.certify(view(&exact_a, n), view(&exact_b, n)).unwrap();
        prop_assert!(f64::from(single.lower_bound()) <= double.distance());
        prop_assert!(f64::from(single.lower_bound()) >= 0.999 * double.lower_bound());
    }
}

#[test]
fn symmetric_pairs_have_the_distance_of_their_sorted_eigenvalues() {
    for (seed, n) in (3..9).enumerate() {
        let mut noise = Noise(seed as u64);
        let mut spectra = [noise.normals(n), noise.normals(n)];
        let [a, b] = spectra.each_mut().map(|values| {
            values.sort_by(f64::total_cmp);
            let mut d = vec![0.0; n * n];
            values.iter().enumerate().for_each(|(i, x)| d[i * n + i] = *x);
            turned(&d, &noise.orthogonal(n), n)
        });
        let (of_a, of_b) = (norm(&spectra[0]), norm(&spectra[1]));
        let apart = spectra[0].iter().zip(&spectra[1]).map(|(x, y)| (x / of_a - y / of_b).powi(2));
        let expected = apart.sum::<f64>().sqrt();
        let procrustes = Procrustes::new().metric(Metric::Chordal);
        let proved = procrustes.certify(view(&a, n), view(&b, n)).unwrap();
        assert!(proved.lower_bound() <= expected + 1e-14, "n {n}");
        assert!(proved.is_certified() && (proved.distance() - expected).abs() < 1e-8, "n {n}");
    }
}

#[test]
fn most_pairs_are_proved_whatever_their_structure() {
    let kinds = [("Gaussian", 32), ("of rotations", 36), ("nearly similar", 36)];
    for (kind, (name, enough)) in kinds.into_iter().enumerate() {
        let certificates = (0..40).map(|seed| {
            let n = 3 + seed % 4;
            let [a, b] = pair(n, (3 * seed + kind) as u64);
            Procrustes::new().certify(view(&a, n), view(&b, n)).unwrap()
        });
        let certificates: Vec<_> = certificates.collect();
        let proved = certificates.iter().filter(|found| found.is_certified()).count();
        let ratios = certificates.iter().map(|found| found.lower_bound() / found.distance());
        let least = ratios.fold(1.0, f64::min);
        println!("{name}: {proved} of 40 proved, lower bound / distance at least {least:.4}");
        assert!(proved >= enough, "{name}: {proved}");
        assert!(least >= 0.85, "{name}: {least}");
    }
}

#[test]
fn order_two_is_proved_by_the_closed_form() {
    for seed in 0..40 {
        let [a, b] = pair(2, 3 * seed);
        let (a, b) = (view(&a, 2), view(&b, 2));
        let proved = Procrustes::new().certify(a, b).unwrap();
        assert_eq!(proved, Procrustes::new().compare_operators(a, b).unwrap());
        assert!(proved.is_certified());
    }
}

/// The pairs of the golden set up to order 10, of DMD operators nearly all.
#[test]
fn operators_of_recordings_are_proved() {
    let text = std::fs::read_to_string(golden("golden.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    let (mut pairs, mut certified, mut before) = (0, 0, 0);
    for case in all["cases"].as_array().unwrap().iter().filter(|case| case["kind"] == "pair") {
        let [(n, a), (m, b)] =
            ["a", "b"].map(|side| read_operator(&golden(case[side].as_str().unwrap())));
        if n != m || n > 10 {
            continue;
        }
        let best = case["expected"]["best_known"]["cosine"].as_f64().unwrap();
        let (a, b) = (view(&a, n), view(&b, n));
        let plain = Procrustes::new().compare_operators(a, b).unwrap();
        let proved = Procrustes::new().certify(a, b).unwrap();
        println!(
            "{:60} n {n:2} {:.9} >= {:.9} {}",
            case["name"].as_str().unwrap(),
            proved.distance(),
            proved.lower_bound(),
            proved.is_certified()
        );
        // arccos of a cosine known to 1e-12 or so says nothing below 2e-6.
        assert!(proved.lower_bound() <= best.clamp(-1.0, 1.0).acos().max(2e-6));
        assert!(proved.lower_bound() >= plain.lower_bound());
        pairs += 1;
        certified += usize::from(proved.is_certified());
        before += usize::from(plain.is_certified());
    }
    println!("{certified} of {pairs} proved, {before} by the closed form alone");
    assert!(pairs >= 12 && certified + 1 >= pairs && before < certified);
}

/// Where the search leaves a distance a little above the optimum, the certificate finds the optimum.
#[test]
fn a_certificate_improves_a_distance_that_the_search_left_short() {
    let mut improved = 0;
    for seed in 0..20 {
        let [a, b] = pair(8, 3 * seed);
        let (a, b) = (view(&a, 8), view(&b, 8));
        let fast = Procrustes::new().effort(Effort::Fast);
        let (found, proved) = (fast.compare_operators(a, b).unwrap(), fast.certify(a, b).unwrap());
        assert!(proved.distance() <= found.distance());
        improved += usize::from(proved.distance() < 0.999 * found.distance());
        assert!((proved.cosine() - proved.distance().cos()).abs() < 1e-14);
    }
    assert!(improved >= 3, "{improved}");
}

#[test]
fn smaller_operators_are_padded_if_asked() {
    let mut noise = Noise(5);
    let (a, b) = (noise.normals(9), noise.normals(25));
    let (a, b) = (view(&a, 3), view(&b, 5));
    let refused = Procrustes::new().certify(a, b).unwrap_err();
    assert_eq!(refused, Error::RankMismatch { left: 3, right: 5 });
    let padding = Procrustes::new().unequal_ranks(UnequalRanks::Pad);
    let mut padded = Mat::zeros(5, 5).unwrap();
    padded.as_mut().leading_columns(3).columns_mut().zip(a.columns()).for_each(|(to, from)| {
        to[..3].copy_from_slice(from);
    });
    let (short, full) = (padding.certify(a, b).unwrap(), padding.certify(padded.as_ref(), b));
    assert_eq!(short, full.unwrap());
    assert!(short.lower_bound() > 0.9 * short.distance());
}

/// A matrix has the certificates of its pairs, in any order of the operators, and counts what is proved.
#[cfg(feature = "std")]
#[test]
fn a_matrix_has_the_certificates_of_its_pairs() {
    let operators: Vec<Vec<f64>> = (0..3).flat_map(|seed| pair(4, seed)).collect();
    // Equal operators are proved in closed form.
    let all: Vec<_> = operators.iter().chain([&operators[0]]).map(|a| view(a, 4)).collect();
    for metric in METRICS {
        let procrustes = Procrustes::new().metric(metric);
        let measure = Measure::CertifiedProcrustes(procrustes);
        let mut done = Vec::new();
        let mut count = |at: Progress| {
            done.push(at.done);
            ControlFlow::Continue(())
        };
        let found = DistanceMatrix::among(&all, &measure, Some(&mut count)).unwrap();
        assert_eq!(done, (1..=21).collect::<Vec<_>>());
        let plain = DistanceMatrix::among(&all, &Measure::Procrustes(procrustes), None).unwrap();
        let mut proved = 0;
        for i in 0..all.len() {
            for j in 0..i {
                let alone = procrustes.certify(all[i], all[j]).unwrap();
                assert_eq!(found.distance(i, j).to_bits(), alone.distance().to_bits(), "{i} {j}");
                assert_eq!(found.lower_bound(j, i).to_bits(), alone.lower_bound().to_bits());
                assert!(found.distance(i, j) <= plain.distance(i, j));
                proved += usize::from(alone.is_certified());
            }
        }
        assert_eq!(found.certified(), proved);
        assert!(proved >= 18 && plain.certified() < proved, "{proved} {}", plain.certified());
        let between = DistanceMatrix::between(&all[..2], &all[2..], &measure, None).unwrap();
        assert_eq!(between.lower_bound(1, 3).to_bits(), found.lower_bound(1, 5).to_bits());
    }
}

#[cfg(feature = "std")]
#[test]
fn a_matrix_pads_to_its_largest_order_before_it_proves() {
    let mut noise = Noise(11);
    let [a, b, c] = [2, 3, 4].map(|n| noise.normals(n * n));
    let all = [view(&a, 2), view(&b, 3), view(&c, 4)];
    let padding = Procrustes::new().unequal_ranks(UnequalRanks::Pad);
    let found = DistanceMatrix::among(&all, &Measure::CertifiedProcrustes(padding), None).unwrap();
    let plain = DistanceMatrix::among(&all, &Measure::Procrustes(padding), None).unwrap();
    // Of order 4, so that the pair of orders 2 and 3 is not the one of order 3.
    assert!(found.distance(0, 1) <= plain.distance(0, 1));
    assert!(found.lower_bound(0, 1) > plain.lower_bound(0, 1));
    assert!(found.lower_bound(0, 1) >= 0.9 * found.distance(0, 1));
    let unequal = Measure::CertifiedProcrustes(Procrustes::new());
    let error = DistanceMatrix::among(&all, &unequal, None).unwrap_err();
    assert_eq!(error, Error::RankMismatch { left: 3, right: 2 });
    // Orders without certificates are refused before anything is compared.
    let large = noise.normals(17 * 17);
    let both = [view(&large, 17), view(&large, 17)];
    let mut calls = 0;
    let mut count = |_| {
        calls += 1;
        ControlFlow::Continue(())
    };
    let refused = DistanceMatrix::among(&both, &unequal, Some(&mut count)).unwrap_err();
    assert!(matches!(refused, Error::InvalidSetting { .. }) && calls == 0, "{refused}");
}

#[test]
fn what_cannot_be_certified_is_refused() {
    let procrustes = Procrustes::new();
    let mut noise = Noise(1);
    let large = noise.normals(17 * 17);
    let error = procrustes.certify(view(&large, 17), view(&large, 17)).unwrap_err();
    assert!(matches!(error, Error::InvalidSetting { .. }), "{error}");
    assert!(error.to_string().contains("16"), "{error}");
    let good = noise.normals(9);
    for bad in [f64::NAN, f64::INFINITY] {
        let mut a = good.clone();
        a[5] = bad;
        let error = procrustes.certify(view(&a, 3), view(&good, 3)).unwrap_err();
        assert_eq!(error, Error::NonFiniteEntry { row: 2, column: 1 });
    }
    let zero = [0.0; 9];
    assert_eq!(procrustes.certify(view(&zero, 3), view(&good, 3)), Err(Error::ZeroOperator));
    let raw = procrustes.metric(Metric::Frobenius).certify(view(&zero, 3), view(&good, 3)).unwrap();
    assert!(raw.is_certified() && (raw.lower_bound() - norm(&good)).abs() < 1e-14);
    let wide = MatRef::new(&good, 3, 2).unwrap();
    let error = procrustes.certify(wide, view(&good, 3)).unwrap_err();
    assert!(matches!(error, Error::ShapeMismatch { .. }), "{error}");
}

#[test]
fn extreme_scales_change_nothing() {
    let [a, b] = pair(4, 3);
    let expected = Procrustes::new().certify(view(&a, 4), view(&b, 4)).unwrap();
    for exponent in [-900, -400, 400, 900] {
        let scale = 2_f64.powi(exponent);
        let scaled: Vec<f64> = a.iter().map(|x| x * scale).collect();
        let found = Procrustes::new().certify(view(&scaled, 4), view(&b, 4)).unwrap();
        assert_eq!(bits(&found), bits(&expected));
    }
    let raw = Procrustes::new().metric(Metric::Frobenius);
    let [a, b] = [a, b].map(|m| m.iter().map(|x| x * 1e150).collect::<Vec<_>>());
    let found = raw.certify(view(&a, 4), view(&b, 4)).unwrap();
    assert!(found.is_certified() && found.lower_bound() > 1e149);
}
