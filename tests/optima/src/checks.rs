//! The solver against the best known optima: of a sample of the pairs, or of every pair of the set.
//!
//! `cargo test -p dynamical-similarity-optima --lib` takes the sample: every third pair of each family and order. With
//! `OPTIMA=all` in the environment it takes all pairs.

use crate::best_known::{self, BestKnown};
use crate::pairs::{Family, Group, Name, ORDERS, Pair, names};
use crate::score::{EFFORTS, Found, below_summit, solve, solve_single};
use dynamical_similarity::Effort;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;
use std::sync::LazyLock;

/// The share of the pairs of DMD operators, of these orders together, that must be within 1e-6 of the
/// best known cosine. All must be within 1e-3 rad.
const MARKS: [(Effort, RangeInclusive<usize>, f64); 8] = [
    (Effort::Default, 3..=8, 0.99),
    (Effort::Default, 9..=12, 0.95),
    (Effort::Default, 15..=15, 0.95),
    (Effort::Default, 16..=16, 0.95),
    (Effort::Default, 30..=30, 0.85),
    (Effort::Thorough, 3..=8, 0.99),
    (Effort::Thorough, 9..=16, 0.99),
    (Effort::Thorough, 30..=30, 0.95),
];
/// The share of the pairs of DMD operators of every order up to 16 whose cosine must be within 1e-9 of the
/// summit of the basin that it lies in.
const AT_SUMMIT: f64 = 0.95;
/// The largest angle of an orthogonally similar pair, in rad.
const SIMILAR_F64: f64 = 1e-7;
const SIMILAR_F32: f64 = 2e-5;
/// By how much more effort may be worse, in rad.
const NESTED: f64 = 1e-12;
/// What rounding may add to a lower bound, in rad; in f32 the operators are rounded too.
const BOUND_F64: f64 = 1e-12;
const BOUND_F32: f64 = 1e-5;

/// The sample holds every third pair of each family and order, of which none has fewer than three pairs.
const STRIDE: usize = 3;

fn takes_all() -> bool {
    std::env::var("OPTIMA").is_ok_and(|which| which == "all")
}

/// The pairs that are compared. The first of a family is another one in each order, because the number of a pair also
/// says what kind it is: every kind is met in some order.
fn chosen() -> Vec<Name> {
    let all = takes_all();
    let place = |name: &Name| ORDERS.iter().position(|order| *order == name.order).unwrap();
    let names = names().into_iter();
    names.filter(|name| all || (name.index + place(name)) % STRIDE == 0).collect()
}

struct Case {
    pair: Pair,
    best: BestKnown,
}

static KNOWN: LazyLock<HashMap<Name, BestKnown>> =
    LazyLock::new(|| best_known::read(&best_known::path()).unwrap());

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let case = |name: Name| {
        let best = *KNOWN.get(&name).unwrap_or_else(|| panic!("{name:?} is not in the file"));
        Case { pair: name.pair().unwrap(), best }
    };
    chosen().into_par_iter().map(case).collect()
});

fn solve_all(effort: Effort) -> Vec<Found> {
    CASES.par_iter().map(|case| solve(&case.pair, effort).unwrap()).collect()
}

static FAST: LazyLock<Vec<Found>> = LazyLock::new(|| solve_all(Effort::Fast));
static DEFAULT: LazyLock<Vec<Found>> = LazyLock::new(|| solve_all(Effort::Default));
static THOROUGH: LazyLock<Vec<Found>> = LazyLock::new(|| solve_all(Effort::Thorough));

/// Checks the marks of an effort, all of them, and that every DMD pair is within 1e-3 rad.
fn check_marks(effort: Effort, found: &[Found]) {
    let dmd = || {
        let cases = CASES.iter().zip(found);
        cases.filter(|(case, _)| case.pair.name.family.group() == Group::Dmd)
    };
    let mut failed = Vec::new();
    for (_, orders, mark) in MARKS.iter().filter(|(of, ..)| *of == effort) {
        let of_orders = || dmd().filter(|(case, _)| orders.contains(&case.pair.name.order));
        let count = of_orders().count();
        let hits = of_orders().filter(|(case, found)| found.hits(&case.best)).count();
        assert!(count > 0);
        let least = mark * count as f64;
        // Of the few pairs of a sample one may be missed where the mark allows a part of one.
        if (hits as f64) < if takes_all() { least } else { least.floor() } {
            failed.push(format!("orders {orders:?}: {hits} of {count} within 1e-6, mark {mark}"));
        }
    }
    let far = dmd().filter(|(case, found)| !found.is_near(&case.best));
    failed.extend(far.map(|(case, found)| {
        format!("{:?}: {:.1e} rad above the best", case.pair.name, found.shortfall(&case.best))
    }));
    assert!(failed.is_empty(), "{effort:?}\n{}", failed.join("\n"));
}

/// Checks that the second is nowhere worse than the first.
fn check_nested(less: &[Found], more: &[Found]) {
    for (case, (less, more)) in CASES.iter().zip(less.iter().zip(more)) {
        let (less, more) = (less.angle, more.angle);
        assert!(more <= less + NESTED, "{:?}: {less} {more}", case.pair.name);
    }
}

#[test]
fn the_set_is_the_one_of_the_file() {
    let made: HashSet<Name> = names().into_iter().collect();
    assert_eq!(made.len(), names().len());
    assert_eq!(made, KNOWN.keys().copied().collect());
    for case in CASES.iter() {
        assert_eq!(case.pair.checksum(), case.best.checksum, "{:?}", case.pair.name);
    }
}

#[test]
fn the_sample_has_pairs_of_every_family_and_order() {
    let strata = |names: Vec<Name>| -> HashSet<(String, usize)> {
        names.iter().map(|name| (name.family.to_string(), name.order)).collect()
    };
    assert_eq!(strata(chosen()), strata(names()));
}

#[test]
fn the_set_is_large_and_half_of_it_is_dmd() {
    let count = |test: &dyn Fn(&Name) -> bool| names().iter().filter(|name| test(name)).count();
    let dmd = |name: &Name| name.family.group() == Group::Dmd;
    assert!(count(&|_| true) >= 500);
    assert!(2 * count(&dmd) >= count(&|_| true));
    for (order, least) in [(6, 60), (10, 60), (15, 60), (16, 60), (30, 40)] {
        assert!(count(&|name| name.order == order && dmd(name)) >= least);
    }
}

#[test]
fn the_default_effort_meets_its_marks() {
    check_marks(Effort::Default, &DEFAULT);
}

#[test]
fn the_default_effort_ends_at_the_summit_of_its_basin() {
    let dmd =
        |case: &&Case| case.pair.name.family.group() == Group::Dmd && case.pair.name.order <= 16;
    let cases: Vec<&Case> = CASES.iter().filter(dmd).collect();
    let below: Vec<(usize, f64)> = cases
        .par_iter()
        .map(|case| {
            let below = below_summit(&case.pair, Effort::Default).unwrap();
            (case.pair.name.order, below)
        })
        .collect();
    let mut failed = Vec::new();
    for order in ORDERS.into_iter().filter(|order| *order <= 16) {
        let of_order = || below.iter().filter(|(n, _)| *n == order).map(|(_, below)| *below);
        let (count, worst) = (of_order().count(), of_order().fold(0.0, f64::max));
        let at_summit = of_order().filter(|below| *below <= 1e-9).count();
        let line = format!("order {order}: {at_summit} of {count}, worst {worst:.1e}");
        println!("{line}");
        if (at_summit as f64) < AT_SUMMIT * count as f64 {
            failed.push(line);
        }
    }
    assert!(!below.is_empty() && failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn the_thorough_effort_meets_its_marks() {
    check_marks(Effort::Thorough, &THOROUGH);
}

#[test]
fn the_default_effort_is_nowhere_worse_than_the_fast_one() {
    check_nested(&FAST, &DEFAULT);
}

#[test]
fn the_thorough_effort_is_nowhere_worse_than_the_default_one() {
    check_nested(&DEFAULT, &THOROUGH);
}

#[test]
fn similar_operators_are_found_similar_with_every_effort() {
    CASES.par_iter().filter(|case| case.pair.name.family == Family::Similar).for_each(|case| {
        for effort in EFFORTS {
            let (double, single) = (solve(&case.pair, effort), solve_single(&case.pair, effort));
            let (double, single) = (double.unwrap().angle, single.unwrap().angle);
            let name = case.pair.name;
            assert!(double <= SIMILAR_F64, "{name:?} {effort:?} f64: {double:e}");
            assert!(single <= SIMILAR_F32, "{name:?} {effort:?} f32: {single:e}");
        }
    });
}

#[test]
fn lower_bounds_are_below_the_best_known_angle() {
    for (case, found) in CASES.iter().zip(DEFAULT.iter()) {
        let (bound, best) = (found.lower_bound, case.best.angle);
        assert!(bound <= best + BOUND_F64, "{:?}: {bound:e} {best:e}", case.pair.name);
    }
    CASES.par_iter().for_each(|case| {
        // The bound is of the operators; the effort does not enter.
        let (bound, best) =
            (solve_single(&case.pair, Effort::Fast).unwrap().lower_bound, case.best.angle);
        assert!(bound <= best + BOUND_F32, "{:?} f32: {bound:e} {best:e}", case.pair.name);
    });
}

#[test]
fn nothing_found_is_above_the_best_known_optimum() {
    for (case, found) in CASES.iter().zip(DEFAULT.iter()) {
        let excess = found.cosine - case.best.cosine;
        assert!(excess <= 1e-9, "{:?}: {excess:e}; the file is not the best", case.pair.name);
    }
}
