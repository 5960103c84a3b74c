//! A reduced version of the study, with one measure: error rate, power and coverage.

use dynamical_similarity::{Measure, Wasserstein};
use null_bands::families::{Family, Length};
use null_bands::studies::{Study, coverage, positives};

const MEASURE: [Measure; 1] = [Measure::Wasserstein(Wasserstein::new())];

/// p <= .05 in 60 pairs of one system: at most 8 by chance in 99 of 100 such tests.
#[test]
fn one_system_is_seldom_taken_for_two() {
    let study = Study { pairs: 60, draws: 20, very_long: 0, measures: &MEASURE };
    let length = Length { trials: 40, samples: 24 };
    let found = positives(Family::Linear(4), length, 1.0, &study).unwrap();
    assert_eq!((found.positive[0].of, found.refused), (60, 0));
    assert!((1..=8).contains(&found.positive[0].hits), "{found:?}");
}

#[test]
fn a_system_that_is_ten_percent_faster_is_found() {
    let study = Study { pairs: 15, draws: 20, very_long: 0, measures: &MEASURE };
    let length = Length { trials: 40, samples: 54 };
    let found = positives(Family::Linear(4), length, 1.1, &study).unwrap();
    assert!(found.positive[0].hits >= 12, "{found:?}");
}

/// Of 20 intervals of 90 % at least 14 hold the true distance, as they do in 99 of 100 such tests.
#[test]
fn intervals_hold_the_true_distance_as_often_as_they_say() {
    let study = Study { pairs: 2, draws: 30, very_long: 40_000, measures: &MEASURE };
    let length = Length { trials: 30, samples: 54 };
    let found = coverage(Family::Linear(4), length, 1.3, &study).unwrap()[0];
    assert_eq!(found.inside.of, 20);
    assert!(found.inside.hits >= 14 && found.below.hits <= 5, "{found:?}");
}
