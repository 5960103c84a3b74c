//! Every pair of the golden set: distances against the best known optima, spectra against the reference.

use crate::common::{golden, read_operator};
use dynamical_similarity::{
    Effort, MatRef, Procrustes, UnequalRanks, Wasserstein, WassersteinOrder,
};
use serde_json::Value;

fn pairs() -> Vec<Value> {
    let text = std::fs::read_to_string(golden("golden.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    let cases = all["cases"].as_array().unwrap();
    let pairs: Vec<Value> = cases.iter().filter(|case| case["kind"] == "pair").cloned().collect();
    assert_eq!(pairs.len(), 26);
    pairs
}

fn operators(case: &Value) -> [(usize, Vec<f64>); 2] {
    ["a", "b"].map(|side| read_operator(&golden(case[side].as_str().unwrap())))
}

#[test]
fn squared_wasserstein_equals_the_reference_under_both_rules_for_unequal_ranks() {
    for case in pairs() {
        let [(n, a), (m, b)] = operators(&case);
        let (a, b) = (MatRef::new(&a, n, n).unwrap(), MatRef::new(&b, m, m).unwrap());
        let expected = &case["expected"]["wasserstein_squared"];
        for (rule, name) in
            [(UnequalRanks::Pad, "zero_padded"), (UnequalRanks::Transport, "eigenvalue_path")]
        {
            let wasserstein =
                Wasserstein::new().order(WassersteinOrder::TwoSquared).unequal_ranks(rule);
            let got = wasserstein.compare_operators(a, b).unwrap();
            let expected = expected[name].as_f64().unwrap();
            assert!((got - expected).abs() < 1e-9, "{} {name}: {got} {expected}", case["name"]);
        }
    }
}

/// Of all pairs of one rank up to `most`: how many come within 1e-6 of the best known cosine, and within 1e-3 rad of
/// its angle; how many there are. No lower bound may be above it.
fn reached(effort: Effort, most: usize) -> (usize, usize, usize) {
    let (mut hits, mut near, mut compared) = (0, 0, 0);
    for case in pairs() {
        let Some(best) = best_cosine(&case) else { continue };
        let [(n, a), (_, b)] = operators(&case);
        if n > most {
            continue;
        }
        let (a, b) = (MatRef::new(&a, n, n).unwrap(), MatRef::new(&b, n, n).unwrap());
        let comparison = Procrustes::new().effort(effort).compare_operators(a, b).unwrap();
        let best_angle = best.clamp(-1.0, 1.0).acos();
        println!(
            "{:60} n {n:2} {effort:?} angle {:.9} best {best_angle:.9} lower {:.6} {}",
            case["name"].as_str().unwrap(),
            comparison.distance(),
            comparison.lower_bound(),
            if comparison.is_certified() { "certified" } else { "" }
        );
        compared += 1;
        hits += usize::from(comparison.cosine() >= best - 1e-6);
        near += usize::from(comparison.distance() < best_angle + 1e-3);
        // arccos of a cosine known to 1e-12 or so says nothing below 1e-6.
        assert!(
            comparison.lower_bound() <= best_angle.max(2e-6),
            "{}: {} above {best_angle}",
            case["name"],
            comparison.lower_bound()
        );
    }
    println!("{effort:?}: {hits} of {compared} within 1e-6, {near} within 1e-3 rad");
    (hits, near, compared)
}

#[test]
fn the_fast_effort_comes_near_most_optima() {
    let (hits, near, compared) = reached(Effort::Fast, 30);
    assert_eq!(compared, 24);
    assert!(hits * 100 >= compared * 30 && near * 100 >= compared * 80, "{hits} {near}");
}

#[test]
fn the_default_effort_reaches_the_best_known_optima() {
    let (hits, near, compared) = reached(Effort::Default, 30);
    assert_eq!(compared, 24);
    assert!(hits * 100 >= compared * 95 && near == compared, "{hits} {near}");
}

/// Larger ranks would take most of the time of these tests; `tests/optima` has such pairs.
#[test]
fn the_thorough_effort_reaches_the_best_known_optima() {
    let (hits, near, compared) = reached(Effort::Thorough, 10);
    assert_eq!(compared, 16);
    assert!(hits * 100 >= compared * 99 && near == compared, "{hits} {near}");
}

/// The best cosine known from any search, for pairs of equal rank.
fn best_cosine(case: &Value) -> Option<f64> {
    (case["ranks"][0] == case["ranks"][1]).then(|| {
        case["expected"]["best_known"]["cosine"].as_f64().unwrap_or_else(|| panic!("{case}"))
    })
}
