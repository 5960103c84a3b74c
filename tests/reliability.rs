//! Halves of recordings, and how reliably they tell recordings apart.

use crate::common::Noise;
use dynamical_similarity::statistics::{Distances, reliability};
use dynamical_similarity::{
    DistanceMatrix, Dmd, Error, Halves, Measure, Procrustes, Rank, Recording, Wasserstein,
};
use proptest::prelude::*;

/// Distances between points of a line.
fn on_a_line(places: &[f64]) -> Distances {
    let distances: Vec<f64> =
        places.iter().flat_map(|x| places.iter().map(move |y| (x - y).abs())).collect();
    Distances::new(&distances, places.len()).unwrap()
}

/// A rotation with noise, seen in two channels.
fn rotation(angle: f64, samples: usize, noise: &mut Noise) -> Vec<f64> {
    let (cosine, sine) = (0.95 * angle.cos(), 0.95 * angle.sin());
    let (mut x, mut y) = (0.0, 0.0);
    (0..samples)
        .flat_map(|_| {
            (x, y) =
                (cosine * x - sine * y + noise.normal(), sine * x + cosine * y + noise.normal());
            [x, y]
        })
        .collect()
}

#[test]
fn halves_share_no_sample_of_a_pair_of_windows() {
    let samples: Vec<f64> = (0..200).map(f64::from).collect();
    let trial = [Recording::new(&samples, 2).unwrap()];
    for span in [0, 1, 9, 32] {
        let halves = Halves::of(&trial, span).unwrap();
        let ([first], [second]) = (halves.first(), halves.second()) else { panic!() };
        assert_eq!(first.samples() + span + second.samples(), 100);
        assert!(first.samples() - second.samples() <= 1 && second.samples() > span);
        assert_eq!(first.sample(0), [0.0, 1.0]);
        assert_eq!(second.sample(second.samples() - 1), [198.0, 199.0]);
    }
    // 33 samples between two halves of 34.
    assert_eq!(Halves::of(&trial, 33), Err(Error::TooShort { trial: 0, needed: 101, got: 100 }));
    assert!(Halves::of(&trial, usize::MAX).is_err());
    assert_eq!(Halves::<f64>::of(&[], 1), Err(Error::Empty));
}

#[test]
fn several_trials_are_dealt_out() {
    let samples: Vec<f64> = (0..50).map(f64::from).collect();
    let trials: Vec<_> = samples.chunks(10).map(|x| Recording::new(x, 1).unwrap()).collect();
    let halves = Halves::of(&trials, 9).unwrap();
    assert_eq!(halves.first(), [trials[0], trials[2], trials[4]]);
    assert_eq!(halves.second(), [trials[1], trials[3]]);
    let refused = Halves::of(&trials, 10);
    assert_eq!(refused, Err(Error::TooShort { trial: 0, needed: 11, got: 10 }));
    let other = Recording::new(&samples, 2).unwrap();
    assert!(matches!(Halves::of(&[trials[0], other], 1), Err(Error::ShapeMismatch { .. })));
}

/// All numbers by hand: halves of three recordings at 0 and 1, 4 and 4, 1 and 8.
#[test]
fn reliability_is_that_of_an_example_by_hand() {
    let found = reliability(&on_a_line(&[0.0, 4.0, 1.0, 1.0, 4.0, 8.0])).unwrap();
    assert_eq!((found.within, found.median_within), (vec![1.0, 0.0, 7.0], 1.0));
    // Of equal halves: 0 to 4 and 1 to 4; 0 to 1 and 1 to 8; 4 to 1 and 4 to 8.
    assert_eq!(found.between, [3.5, 3.5, 3.5]);
    assert_eq!(found.median_between, 3.5);
    assert_eq!(found.not_repeatable, [2]);
    // Larger than the distance to the own half, an equal one counting half, of 4 others each: for 0: 4, 1, 4, 8 against 1
    // are 3.5; for 1: 3, 0, 3, 7 against 1 are 3; both 4: 4; for 1 of the third: 1, 3, 0, 3 against 7 are 0; for 8: 8, 4,
    // 7, 4 against 7 are 1.5.
    assert!((found.discriminability - 16.0 / 24.0).abs() < 1e-15);
    // 0 is as close to the 1 of the third recording as to its own half.
    assert!((found.nearest_is_own - 2.5 / 6.0).abs() < 1e-15);
    assert_eq!(found.nearest_is_own_by_chance, 0.2);
}

#[test]
fn reliability_is_chance_where_all_halves_are_equally_far() {
    for count in [4, 6, 20] {
        let distances: Vec<f64> =
            (0..count * count).map(|at| f64::from(u8::from(at / count != at % count))).collect();
        for scale in [0.0, 1e-300, 1.0, 1e308] {
            let distances: Vec<f64> = distances.iter().map(|x| scale * x).collect();
            let found = reliability(&Distances::new(&distances, count).unwrap()).unwrap();
            assert_eq!(found.discriminability, 0.5);
            assert!((found.nearest_is_own - found.nearest_is_own_by_chance).abs() < 1e-15);
            assert!(found.not_repeatable.is_empty());
            assert_eq!((found.median_within, found.median_between), (scale, scale));
        }
    }
}

#[test]
fn reliability_needs_pairs_of_halves_of_two_recordings() {
    assert!(matches!(reliability(&on_a_line(&[0.0, 1.0, 2.0])), Err(Error::ShapeMismatch { .. })));
    assert_eq!(
        reliability(&on_a_line(&[0.0, 1.0])),
        Err(Error::TooFewRecordings { needed: 2, got: 1 })
    );
}

#[test]
fn recordings_of_different_systems_are_told_apart_by_their_halves() {
    let mut noise = Noise(5);
    let dmd = Dmd::new().delays(3).rank(Rank::Fixed(2));
    let data: Vec<Vec<f64>> =
        [0.3, 0.6, 0.9, 1.2].map(|angle| rotation(angle, 2000, &mut noise)).to_vec();
    let halves: Vec<_> = data
        .iter()
        .map(|data| Halves::of(&[Recording::new(data, 2).unwrap()], dmd.span()).unwrap())
        .collect();
    let first = halves.iter().map(|halves| dmd.fit(halves.first()).unwrap());
    let second = halves.iter().map(|halves| dmd.fit(halves.second()).unwrap());
    let models: Vec<_> = first.chain(second).collect();
    for measure in
        [Measure::Procrustes(Procrustes::new()), Measure::Wasserstein(Wasserstein::new())]
    {
        let matrix = DistanceMatrix::among(&models, &measure, None).unwrap();
        let found = reliability(&Distances::new(matrix.distances(), 8).unwrap()).unwrap();
        assert_eq!((found.discriminability, found.nearest_is_own), (1.0, 1.0));
        assert!(found.median_within < 0.3 * found.median_between, "{found:?}");
    }
}

proptest! {
    #[test]
    fn reliability_stays_in_its_range(places in prop::collection::vec(-3.0..3.0_f64, 4..14)) {
        let places = &places[..places.len() / 2 * 2];
        // Whole numbers make ties.
        for places in [places.to_vec(), places.iter().map(|x| x.round()).collect()] {
            let found = reliability(&on_a_line(&places)).unwrap();
            let shares = [found.discriminability, found.nearest_is_own];
            prop_assert!(shares.iter().all(|x| (0.0..=1.0).contains(x)));
            prop_assert!(found.not_repeatable.iter().all(|i| found.within[*i] > found.between[*i]));
        }
    }
}
