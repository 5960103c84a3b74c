//! What surprises a user of the authors' package dsa-metric 2.0.2, asked of this crate: each a test
//! named after the surprise. (Its InputDSA, sweeps and pykoopman entry points have no counterpart here.)

use crate::common::Noise;
use dynamical_similarity::{
    Centre, Dmd, Error, Horizon, MatRef, Metric, Model, Procrustes, Rank, Recording, UnequalRanks,
    Wasserstein, WassersteinOrder,
};

const METRICS: [Metric; 3] = [Metric::Angular, Metric::Chordal, Metric::Frobenius];

fn square(data: &[f64]) -> MatRef<'_, f64> {
    let n = data.len().isqrt();
    MatRef::new(data, n, n).unwrap()
}

fn identity(n: usize) -> Vec<f64> {
    (0..n * n).map(|at| if at % (n + 1) == 0 { 1.0 } else { 0.0 }).collect()
}

fn angle(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> Result<f64, Error> {
    Procrustes::new().compare_operators(a, b).map(|comparison| comparison.distance())
}

/// Noisy samples of two coupled channels.
fn signal(seed: u64, length: usize) -> Vec<f64> {
    let mut noise = Noise(seed);
    let mut x = [1.0, 0.0];
    (0..length)
        .flat_map(|_| {
            x = [
                0.95 * x[0] - 0.25 * x[1] + 0.2 * noise.normal(),
                0.25 * x[0] + 0.95 * x[1] * 0.9 + 0.2 * noise.normal(),
            ];
            x
        })
        .collect()
}

fn fit(dmd: Dmd, samples: &[f64], channels: usize) -> Result<Model<f64>, Error> {
    dmd.fit(&[Recording::new(samples, channels)?])
}

#[test]
fn a_nan_operator_is_refused_not_identical() {
    let (mut a, b) = (identity(3), identity(3));
    a[5] = f64::NAN;
    for metric in METRICS {
        let solver = Procrustes::new().metric(metric);
        for (a, b) in [(&a, &b), (&b, &a)] {
            let error = solver.compare_operators(square(a), square(b)).unwrap_err();
            assert_eq!(error, Error::NonFiniteEntry { row: 2, column: 1 });
        }
    }
    assert!(Wasserstein::new().compare_operators(square(&a), square(&b)).is_err());
}

#[test]
fn a_zero_operator_is_refused_not_identical_to_the_identity() {
    let (zero, b) = (vec![0.0; 9], identity(3));
    for metric in [Metric::Angular, Metric::Chordal] {
        let solver = Procrustes::new().metric(metric);
        let error = solver.compare_operators(square(&zero), square(&b)).unwrap_err();
        assert_eq!(error, Error::ZeroOperator);
    }
    let frobenius = Procrustes::new().metric(Metric::Frobenius);
    let distance = frobenius.compare_operators(square(&zero), square(&b)).unwrap().distance();
    assert!((distance - 3.0_f64.sqrt()).abs() < 1e-15);
}

#[test]
fn unequal_ranks_give_the_value_of_the_rule_that_was_named() {
    let (three, two) = (identity(3), identity(2));
    let squared = Wasserstein::new().order(WassersteinOrder::TwoSquared);
    let compare =
        |rule| squared.unequal_ranks(rule).compare_operators(square(&three), square(&two)).unwrap();
    assert!((compare(UnequalRanks::Pad) - 1.0 / 3.0).abs() < 1e-15);
    assert_eq!(compare(UnequalRanks::Transport), 0.0);
    assert_eq!(
        squared.compare_operators(square(&three), square(&two)),
        Err(Error::RankMismatch { left: 3, right: 2 })
    );
}

#[test]
fn an_angle_between_unequal_ranks_is_never_a_wasserstein_value() {
    let (three, two) = (identity(3), identity(2));
    let error = angle(square(&three), square(&two)).unwrap_err();
    assert_eq!(error, Error::RankMismatch { left: 3, right: 2 });
    // Padded by name: the angle of diag(1, 1, 1) to diag(1, 1, 0) is arccos(2 / sqrt 6).
    let padded = Procrustes::new().unequal_ranks(UnequalRanks::Pad);
    let distance = padded.compare_operators(square(&three), square(&two)).unwrap().distance();
    assert!((distance - (2.0 / 6.0_f64.sqrt()).acos()).abs() < 1e-7, "{distance}");
    let transport = Procrustes::new().unequal_ranks(UnequalRanks::Transport);
    assert!(matches!(
        transport.compare_operators(square(&three), square(&two)),
        Err(Error::InvalidSetting { .. })
    ));
}

#[test]
fn comparing_changes_neither_operators_nor_models() {
    let dmd = Dmd::new().delays(4).rank(Rank::Fixed(4));
    let (a, b) = (fit(dmd, &signal(1, 300), 2).unwrap(), fit(dmd, &signal(2, 300), 2).unwrap());
    let entries = |m: &Model<f64>| -> Vec<u64> {
        m.operator().columns().flatten().map(|x| x.to_bits()).collect()
    };
    let before = (entries(&a), entries(&b), a.eigenvalues().unwrap());
    let spectra = || Wasserstein::new().compare(&a, &b).unwrap();
    let first = spectra();
    for metric in METRICS {
        Procrustes::new().metric(metric).compare(&a, &b).unwrap();
    }
    assert_eq!(before, (entries(&a), entries(&b), a.eigenvalues().unwrap()));
    assert_eq!(first.to_bits(), spectra().to_bits());
}

#[test]
fn the_same_pair_twice_and_the_pair_turned_round_give_the_same_bits() {
    let dmd = Dmd::new().delays(5).rank(Rank::Fixed(7));
    let (a, b) = (fit(dmd, &signal(3, 300), 2).unwrap(), fit(dmd, &signal(4, 300), 2).unwrap());
    for metric in METRICS {
        let solver = Procrustes::new().metric(metric);
        let bits =
            |a: &Model<f64>, b: &Model<f64>| solver.compare(a, b).unwrap().distance().to_bits();
        assert_eq!(bits(&a, &b), bits(&a, &b));
        assert_eq!(bits(&a, &b), bits(&b, &a));
    }
}

#[test]
fn an_operator_is_at_distance_zero_from_itself() {
    let model = fit(Dmd::new().delays(5).rank(Rank::Fixed(6)), &signal(5, 300), 2).unwrap();
    for metric in METRICS {
        assert_eq!(
            Procrustes::new().metric(metric).compare(&model, &model).unwrap().distance(),
            0.0
        );
    }
    assert_eq!(Wasserstein::new().compare(&model, &model).unwrap(), 0.0);
}

#[test]
fn an_orthogonally_similar_operator_is_at_distance_zero() {
    let n = 10;
    let mut noise = Noise(6);
    let (a, q) = (noise.normals(n * n), noise.orthogonal(n));
    let product = |x: &[f64], y: &[f64]| -> Vec<f64> {
        (0..n * n).map(|at| (0..n).map(|k| x[k * n + at % n] * y[at / n * n + k]).sum()).collect()
    };
    let transposed: Vec<f64> = (0..n * n).map(|at| q[at % n * n + at / n]).collect();
    let b = product(&product(&q, &a), &transposed);
    assert!(angle(square(&a), square(&b)).unwrap() < 1e-7);
}

#[test]
fn the_ridge_is_the_same_at_every_entry_point() {
    let dmd = Dmd::new().delays(3);
    assert_eq!(dmd, Dmd::default().delays(3));
    let samples = signal(7, 200);
    let entries = |dmd: Dmd| -> Vec<f64> {
        let model = fit(dmd.delays(3), &samples, 2).unwrap();
        model.operator().columns().flatten().copied().collect()
    };
    assert_eq!(entries(Dmd::new().centre(Centre::None)), entries(Dmd::dsa_metric()));
    assert_eq!(entries(Dmd::new()), entries(Dmd::new().ridge(1e-8)));
    assert_ne!(entries(Dmd::new()), entries(Dmd::new().ridge(0.0)));
}

#[test]
fn a_constant_recording_is_refused() {
    for value in [0.0, 1.0, 0.1, -1e9] {
        let error = fit(Dmd::new().delays(3), &[value; 200], 2).unwrap_err();
        assert_eq!(error, Error::DegenerateSignal { channel: None }, "{value}");
    }
}

#[test]
fn samples_at_both_ends_of_the_scalar_give_the_operator_of_the_middle_or_an_error() {
    let samples = signal(21, 200);
    let at = |factor: f64| -> Vec<f64> { samples.iter().map(|x| x * factor).collect() };
    let dmd = Dmd::new().delays(3).rank(Rank::Fixed(4));
    let entries = |samples: &[f64]| -> Vec<f64> {
        let model = fit(dmd, samples, 2).unwrap();
        model.operator().columns().flatten().copied().collect()
    };
    let middle = entries(&samples);
    for exponent in [-900, -300, 300, 900] {
        assert_eq!(entries(&at(2.0_f64.powi(exponent))), middle, "2^{exponent}");
    }
    let largest = samples.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    let error = fit(dmd, &at(f64::MAX / largest), 2).unwrap_err();
    assert_eq!(error, Error::NonFiniteEntry { row: 0, column: 0 });
}

#[test]
fn a_recording_that_varies_only_between_the_windows_is_refused() {
    // Windows {3, 0} and {4, 1}: sample 2 is in none of them.
    let samples = [0.0, 0.0, 7.0, 0.0, 0.0];
    let dmd = Dmd::new().delays(2).interval(3);
    for rank in [Rank::Full, Rank::Fixed(1), Rank::HardThreshold] {
        for reduced in [false, true] {
            let error = fit(dmd.rank(rank).reduced_rank(reduced), &samples, 1).unwrap_err();
            assert_eq!(error, Error::DegenerateSignal { channel: None });
        }
    }
}

#[test]
fn a_duplicated_channel_adds_no_directions_of_noise() {
    let samples: Vec<f64> = signal(8, 300).chunks(2).flat_map(|x| [x[0], x[1], x[0]]).collect();
    let dmd = Dmd::new().delays(4);
    let full = fit(dmd.rank(Rank::Full), &samples, 3).unwrap();
    assert_eq!(full.rank(), 8, "{:?}", full.spectrum());
    assert!(full.warnings().duplicated.contains(2));
    let error = fit(dmd.rank(Rank::Fixed(9)), &samples, 3).unwrap_err();
    assert_eq!(error, Error::RankTooLarge { requested: 9, available: 8 });
}

#[test]
fn fewer_windows_than_entries_of_a_window_fit_alike_in_every_form() {
    // 2 channels x 20 delays = 40 entries, 26 windows of one trial or 2 x 13 of two.
    let samples = signal(9, 64);
    let dmd = Dmd::new().delays(20).rank(Rank::Fixed(5));
    assert!(fit(dmd, &samples[..90], 2).unwrap().warnings().few_rows);
    let halves = [&samples[..64], &samples[64..]].map(|x| Recording::new(x, 2).unwrap());
    assert_eq!(dmd.fit(&halves).unwrap().as_ref().rows(), 26);
    assert_eq!(
        dmd.rank(Rank::Fixed(27)).fit(&halves).unwrap_err(),
        // Without their mean, 26 windows have 25 directions.
        Error::RankTooLarge { requested: 27, available: 25 }
    );
}

#[test]
fn one_window_per_trial_is_refused_not_a_zero_operator() {
    let samples = signal(10, 20);
    let error = fit(Dmd::new().delays(20), &samples, 2).unwrap_err();
    assert_eq!(error, Error::TooShort { trial: 0, needed: 21, got: 20 });
}

#[test]
fn zero_settings_are_named() {
    let samples = signal(11, 100);
    for (dmd, name) in [
        (Dmd::new(), "delays"),
        (Dmd::new().delays(3).interval(0), "interval"),
        (Dmd::new().delays(3).steps_ahead(0), "steps_ahead"),
        (Dmd::new().delays(3).rank(Rank::Fixed(0)), "rank"),
        (Dmd::new().delays(3).ridge(-1.0), "ridge"),
        (Dmd::new().delays(3).ridge(f64::NAN), "ridge"),
    ] {
        match fit(dmd, &samples, 2) {
            Err(Error::InvalidSetting { setting, .. }) => assert_eq!(setting.name(), name),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn nan_and_infinity_in_a_recording_are_found_and_placed() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut samples = signal(12, 50);
        samples[41] = bad;
        let error = Recording::new(&samples, 2).unwrap_err();
        assert_eq!(error, Error::NonFinite { trial: 0, sample: 20, channel: 1 });
    }
}

#[test]
fn a_rank_beyond_windows_or_entries_says_how_many_there_are() {
    let samples = signal(13, 100);
    let dmd = Dmd::new().delays(3);
    assert_eq!(
        fit(dmd.rank(Rank::Fixed(7)), &samples, 2).unwrap_err(),
        Error::RankTooLarge { requested: 7, available: 6 }
    );
    assert_eq!(
        fit(dmd.delays(45).rank(Rank::Fixed(60)), &samples, 2).unwrap_err(),
        Error::RankTooLarge { requested: 60, available: 55 }
    );
    // Cut down only where the reference's convention is asked for by name.
    let parity = Dmd::dsa_metric().delays(3).rank(Rank::Fixed(7));
    assert_eq!(fit(parity, &samples, 2).unwrap().rank(), 6);
}

#[test]
fn a_short_trial_among_long_ones_is_named() {
    let (long, short) = (signal(14, 60), signal(15, 3));
    let trials = [&long, &long, &short].map(|x| Recording::new(x, 2).unwrap());
    let error = Dmd::new().delays(5).fit(&trials).unwrap_err();
    assert_eq!(error, Error::TooShort { trial: 2, needed: 6, got: 3 });
}

#[test]
fn no_trial_at_all_is_refused() {
    assert_eq!(Dmd::new().delays(5).fit::<f64>(&[]).unwrap_err(), Error::Empty);
}

#[test]
fn settings_can_be_used_again() {
    let (a, b) = (signal(16, 200), signal(17, 200));
    for rank in [Rank::Threshold(5.0), Rank::ExplainedVariance(0.8), Rank::HardThreshold] {
        let dmd = Dmd::new().delays(4).rank(rank);
        let ranks = [&a, &b, &a].map(|x| fit(dmd, x, 2).unwrap().rank());
        assert_eq!(ranks[0], ranks[2]);
    }
}

#[test]
fn doubles_are_computed_in_double() {
    // A sum of sinusoids is exactly linear: its eigenvalues have modulus 1 to about 1e-10 in f64, which
    // float32 input alone would spoil at 1e-6.
    let samples: Vec<f64> =
        (0..400).map(|t| (0.3 * f64::from(t)).cos() + 0.5 * (1.1 * f64::from(t)).sin()).collect();
    let dmd = Dmd::new().delays(6).rank(Rank::Fixed(4)).ridge(0.0);
    for (re, im) in fit(dmd, &samples, 1).unwrap().eigenvalues().unwrap() {
        assert!((re.hypot(im) - 1.0).abs() < 1e-10, "{re} {im}");
    }
}

#[test]
fn trials_are_not_a_concatenation() {
    let (a, b) = (signal(18, 100), signal(19, 100));
    let joined: Vec<f64> = a.iter().chain(&b).copied().collect();
    let dmd = Dmd::new().delays(3);
    let trials = [&a, &b].map(|x| Recording::new(x, 2).unwrap());
    assert_eq!(dmd.fit(&trials).unwrap().as_ref().pairs(), 2 * 97);
    assert_eq!(fit(dmd, &joined, 2).unwrap().as_ref().pairs(), 197);
}

#[test]
fn errors_of_prediction_on_constants_are_refused_not_divided_by_zero() {
    let model = fit(Dmd::new().delays(3).rank(Rank::Fixed(3)), &signal(20, 200), 2).unwrap();
    let constant = [1.5; 80];
    let model = model.as_ref();
    let mut memory = vec![0.0; model.prediction_memory_len() + 6];
    let error = model
        .prediction_errors_in(
            &[Recording::new(&constant, 2).unwrap()],
            Horizon::Steps(1),
            &mut memory,
        )
        .unwrap_err();
    assert_eq!(error, Error::DegenerateSignal { channel: None });
}
