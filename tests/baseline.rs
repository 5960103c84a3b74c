//! What the baselines on states promise: what leaves them alone, that the angles are metrics, the same
//! bits in either order, and a typed refusal of everything that has no answer.

use crate::common::Noise;
use dynamical_similarity::{
    Baseline, BaselineMethod, Embedding, Error, Recording, Scalar, Setting,
};
use proptest::prelude::*;

/// Rounding of mapped samples moves an angle by some eps; a canonical correlation by eps times the
/// condition of the kept components, here below 1e3.
const F64: f64 = 1e-11;
const F32: f64 = 1e-3;

const ALL: [Baseline; 5] = [
    Baseline::procrustes(),
    Baseline::procrustes().embedding(Embedding::new(3, 2)),
    Baseline::cka(),
    Baseline::svcca(),
    Baseline::svcca().explained_variance(1.0),
];

/// Trials of one recording: time x channels samples.
#[derive(Clone)]
struct Trials {
    data: Vec<Vec<f64>>,
    channels: usize,
}

impl Trials {
    /// Channels that share some of their noise, and have memory.
    fn noise(seed: u64, lengths: &[usize], channels: usize) -> Self {
        let mut noise = Noise(seed);
        let mix = noise.normals(channels * channels);
        let trial = |&length: &usize| {
            let mut state = vec![0.0; channels];
            let mut samples = Vec::new();
            for _ in 0..length {
                let push = noise.normals(channels);
                for (i, x) in state.iter_mut().enumerate() {
                    let shared: f64 = (0..channels).map(|j| mix[j * channels + i] * push[j]).sum();
                    *x = 0.7 * *x + push[i] + 0.4 * shared;
                }
                samples.extend_from_slice(&state);
            }
            samples
        };
        Self { data: lengths.iter().map(trial).collect(), channels }
    }

    /// x -> scale M x + offset, M column-major.
    fn mapped(&self, map: &[f64], scale: f64, offset: f64) -> Self {
        let n = self.channels;
        let sample = |x: &[f64]| -> Vec<f64> {
            let at = |i: usize| (0..n).map(|j| map[j * n + i] * x[j]).sum::<f64>();
            (0..n).map(|i| scale * at(i) + offset).collect()
        };
        let data = self.data.iter().map(|x| x.chunks(n).flat_map(sample).collect()).collect();
        Self { data, channels: n }
    }

    /// The samples with those of `other`, weighted, added.
    fn plus(&self, other: &Self, weight: f64) -> Self {
        let add =
            |(x, y): (&Vec<f64>, &Vec<f64>)| x.iter().zip(y).map(|(x, y)| x + weight * y).collect();
        Self { data: self.data.iter().zip(&other.data).map(add).collect(), ..*self }
    }
}

/// The distance, after checking all that holds for every pair.
fn compare<T: Scalar>(
    baseline: Baseline,
    a: &Trials,
    b: &Trials,
    from: fn(f64) -> T,
) -> Result<f64, Error> {
    let narrow = |x: &Trials| -> Vec<Vec<T>> {
        x.data.iter().map(|x| x.iter().map(|x| from(*x)).collect()).collect()
    };
    let (left, right) = (narrow(a), narrow(b));
    let a: Vec<_> = left.iter().map(|x| Recording::new(x, a.channels).unwrap()).collect();
    let b: Vec<_> = right.iter().map(|x| Recording::new(x, b.channels).unwrap()).collect();
    let found = baseline.compare(&a, &b)?;
    assert_eq!(baseline.compare(&b, &a)?, found, "{baseline:?}");
    let itself = baseline.compare(&a, &a)?;
    assert_eq!((itself.distance(), itself.similarity()), (T::from(0.0), T::from(1.0)));
    let (distance, similarity): (f64, f64) = (found.distance().into(), found.similarity().into());
    let is_angle = baseline.method() != BaselineMethod::Svcca;
    let largest = if is_angle { T::from(std::f32::consts::FRAC_PI_2).into() + 1e-7 } else { 1.0 };
    assert!((0.0..=largest).contains(&distance), "{baseline:?} {distance}");
    assert!((0.0..=1.0).contains(&similarity), "{baseline:?} {similarity}");
    let expected = if is_angle { distance.cos() } else { 1.0 - distance };
    assert!((expected - similarity).abs() < 3e-6, "{baseline:?} {distance} {similarity}");
    Ok(distance)
}

fn invertible(seed: u64, n: usize) -> Vec<f64> {
    let mut noise = Noise(seed);
    let (u, v) = (noise.orthogonal(n), noise.orthogonal(n));
    let s: Vec<f64> = (0..n).map(|_| 0.5 + 1.5 * noise.uniform()).collect();
    let at = |i: usize, j: usize| (0..n).map(|k| u[k * n + i] * s[k] * v[k * n + j]).sum();
    (0..n).flat_map(|j| (0..n).map(move |i| (i, j))).map(|(i, j)| at(i, j)).collect()
}

fn unchanged<T: Scalar>(
    baseline: Baseline,
    pairs: [(&Trials, &Trials); 2],
    from: fn(f64) -> T,
    limit: f64,
) {
    let [x, y] = pairs.map(|(a, b)| compare(baseline, a, b, from).unwrap());
    assert!((x - y).abs() <= limit, "{baseline:?}: {x} {y}");
}

/// A channel that is four times as loud as the others is another geometry, unless it already was the loudest by
/// far: these recordings are fixed, and their channels are of one size.
#[test]
fn procrustes_and_cka_see_a_channel_that_is_stretched() {
    for p in 2..6 {
        let waves =
            (0..150).flat_map(|t| (0..p).map(move |k| (0.3 * (k + 1) as f64 * f64::from(t)).sin()));
        let a = Trials { data: vec![waves.collect()], channels: p };
        let stretch: Vec<f64> = (0..p * p)
            .map(|k| if k == 0 { 4.0 } else { f64::from(u8::from(k % p == k / p)) })
            .collect();
        let stretched = a.mapped(&stretch, 1.0, 0.0);
        for baseline in [Baseline::procrustes(), Baseline::cka()] {
            let apart = compare(baseline, &a, &stretched, |x| x).unwrap();
            assert!(apart > 0.05, "{baseline:?} {p} {apart}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn orthogonal_maps_a_common_scale_and_offsets_change_nothing(
        seed in any::<u64>(), p in 1_usize..6, q in 1_usize..6, exponent in -25_i32..25,
    ) {
        let (a, b) = (Trials::noise(seed, &[90, 60], p), Trials::noise(seed ^ 1, &[90, 60], q));
        let scale = 10.0_f64.powi(exponent);
        let turned = a.mapped(&Noise(seed ^ 2).orthogonal(p), scale, 3.0 * scale);
        for baseline in ALL {
            unchanged(baseline, [(&a, &b), (&turned, &b)], |x| x, F64);
            unchanged(baseline, [(&a, &b), (&turned, &b)], |x| x as f32, F32);
            let apart = compare(baseline, &a, &turned, |x| x).unwrap();
            prop_assert!(apart <= F64, "{baseline:?} {apart}");
            let apart = compare(baseline, &a, &turned, |x| x as f32).unwrap();
            prop_assert!(apart <= F32, "{baseline:?} {apart}");
        }
    }

    #[test]
    fn svcca_with_all_components_ignores_invertible_maps(
        seed in any::<u64>(), p in 2_usize..6, q in 1_usize..6,
    ) {
        let (a, b) = (Trials::noise(seed, &[150], p), Trials::noise(seed ^ 1, &[150], q));
        let mapped = a.mapped(&invertible(seed ^ 2, p), 1.0, 0.0);
        let all = Baseline::svcca().explained_variance(1.0);
        unchanged(all, [(&a, &b), (&mapped, &b)], |x| x, F64);
        unchanged(all, [(&a, &b), (&mapped, &b)], |x| x as f32, F32);
    }

    #[test]
    fn the_angles_obey_the_triangle_inequality_also_across_numbers_of_channels(
        seed in any::<u64>(), p in 1_usize..5, q in 1_usize..5, r in 1_usize..5, near in any::<bool>(),
    ) {
        let channels = if near { [p; 3] } else { [p, q, r] };
        let base = Trials::noise(seed, &[40, 30], p);
        let [a, b, c] = [1_u64, 2, 3].map(|k| {
            let other = Trials::noise(seed ^ k, &[40, 30], channels[k as usize - 1]);
            if near { base.plus(&other, 1e-3) } else { other }
        });
        for baseline in [ALL[0], ALL[1], ALL[2]] {
            let double = |x, y| compare(baseline, x, y, |x| x).unwrap();
            prop_assert!(double(&a, &c) <= double(&a, &b) + double(&b, &c) + 1e-13);
            let single = |x, y| compare(baseline, x, y, |x| x as f32).unwrap();
            prop_assert!(single(&a, &c) <= single(&a, &b) + single(&b, &c) + 1e-5);
        }
    }

    #[test]
    fn the_windows_of_an_embedding_are_a_recording_of_their_own(
        seed in any::<u64>(), p in 1_usize..4, q in 1_usize..4, delays in 1_usize..5, interval in 1_usize..4,
    ) {
        let (a, b) = (Trials::noise(seed, &[50, 40], p), Trials::noise(seed ^ 1, &[50, 40], q));
        let windows = |x: &Trials| {
            let oldest = (delays - 1) * interval;
            let sample = |x: &[f64], t: usize, n: usize| x[t * n..(t + 1) * n].to_vec();
            let data = x.data.iter().map(|trial| {
                let times = oldest..trial.len() / x.channels;
                times.flat_map(|t| (0..delays).flat_map(move |k| sample(trial, t - k * interval, x.channels)))
                    .collect()
            });
            Trials { data: data.collect(), channels: x.channels * delays }
        };
        for baseline in [Baseline::procrustes(), Baseline::cka(), Baseline::svcca()] {
            let embedded = compare(baseline.embedding(Embedding::new(delays, interval)), &a, &b, |x| x);
            let direct = compare(baseline, &windows(&a), &windows(&b), |x| x);
            prop_assert!((embedded.unwrap() - direct.unwrap()).abs() < F64);
        }
    }
}

#[test]
fn constant_duplicated_and_rounded_channels_are_no_obstacle() {
    let (a, b) = (Trials::noise(1, &[80], 3), Trials::noise(2, &[80], 2));
    let with = |value: fn(usize, &[f64]) -> f64| Trials {
        data: vec![
            a.data[0]
                .chunks(3)
                .enumerate()
                .flat_map(|(t, x)| [x, &[value(t, x)]].concat())
                .collect(),
        ],
        channels: 4,
    };
    // A constant adds nothing, also where it is one only up to rounding, and large.
    for constant in [|_: usize, _: &[f64]| 0.1, |t: usize, _: &[f64]| 1e15 + (t % 2) as f64] {
        for baseline in ALL {
            unchanged(baseline, [(&a, &b), (&with(constant), &b)], |x| x, F64);
            unchanged(baseline, [(&a, &b), (&with(constant), &b)], |x| x as f32, F32);
        }
    }
    // A channel twice: no new direction for canonical correlations.
    let twice = with(|_, x| x[1]);
    let all = Baseline::svcca().explained_variance(1.0);
    unchanged(all, [(&a, &b), (&twice, &b)], |x| x, F64);
    unchanged(all, [(&a, &b), (&twice, &b)], |x| x as f32, F32);
    for baseline in ALL {
        compare(baseline, &twice, &twice.plus(&Trials::noise(5, &[80], 4), 1e-9), |x| x).unwrap();
    }
}

#[test]
fn unrelated_and_extreme_samples_have_a_distance() {
    // sin and cos over whole periods are orthogonal.
    let wave = |shift: f64| Trials {
        data: vec![
            (0..64).map(|t| (t as f64 * std::f64::consts::TAU / 16.0 + shift).sin()).collect(),
        ],
        channels: 1,
    };
    let right = std::f64::consts::FRAC_PI_2;
    let (sine, cosine) = (wave(0.0), wave(right));
    assert!(compare(Baseline::procrustes(), &sine, &cosine, |x| x).unwrap() > right - 1e-14);
    assert!(compare(Baseline::cka(), &sine, &cosine, |x| x).unwrap() > right - 1e-14);
    assert!(compare(Baseline::svcca(), &sine, &cosine, |x| x).unwrap() > 0.999999999);
    // The ends of the range: the largest numbers of either sign, and the smallest.
    for size in [f64::MAX, f64::MIN_POSITIVE * 1e10] {
        let steps =
            Trials { data: vec![(0..9).map(|t| [size, -size, 0.0][t % 3]).collect()], channels: 1 };
        let plain =
            Trials { data: vec![(0..9).map(|t| [1.0, -1.0, 0.0][t % 3]).collect()], channels: 1 };
        for baseline in [ALL[0], ALL[2], ALL[3]] {
            assert!(
                compare(baseline, &steps, &plain, |x| x).unwrap() < 1e-14,
                "{size} {baseline:?}"
            );
        }
    }
}

#[test]
fn every_bad_pair_is_refused_with_the_reason() {
    let refused = |baseline: Baseline, a: &Trials, b: &Trials| {
        let double = compare(baseline, a, b, |x| x).unwrap_err();
        assert_eq!(compare(baseline, a, b, |x| x as f32).unwrap_err(), double);
        double
    };
    let a = Trials::noise(1, &[50, 40], 2);
    let unpaired = Error::Unpaired { trial: 1, left: 40, right: 39 };
    let constant = Trials { data: vec![vec![0.1; 100], vec![0.1; 80]], channels: 2 };
    for baseline in ALL {
        assert_eq!(refused(baseline, &a, &Trials::noise(1, &[50, 39], 2)), unpaired);
        assert_eq!(
            refused(baseline, &a, &Trials::noise(1, &[50], 2)),
            Error::Unpaired { trial: 1, left: 40, right: 0 }
        );
        assert_eq!(
            refused(baseline, &Trials::noise(1, &[50], 2), &a),
            Error::Unpaired { trial: 1, left: 0, right: 40 }
        );
        for (x, y) in [(&a, &constant), (&constant, &a), (&constant, &constant)] {
            assert_eq!(refused(baseline, x, y), Error::DegenerateSignal { channel: None });
        }
        let nothing = Trials { data: vec![], channels: 1 };
        assert_eq!(refused(baseline, &nothing, &a), Error::Empty);
        let single = Trials::noise(1, &[1], 2);
        assert!(matches!(
            refused(baseline, &single, &single),
            Error::TooShort { trial: 0, got: 1, .. }
        ));
    }
    assert!(unpaired.to_string().contains("not paired: trial 1 has 40 in one recording and 39 in"));
    let windows = Baseline::cka().embedding(Embedding::new(10, 5));
    let short = Trials::noise(1, &[50, 45], 2);
    assert_eq!(refused(windows, &short, &short), Error::TooShort { trial: 1, needed: 46, got: 45 });
    let one = Trials::noise(1, &[46], 2);
    assert_eq!(refused(windows, &one, &one), Error::TooShort { trial: 0, needed: 47, got: 46 });
    assert!(matches!(
        refused(windows.embedding(Embedding::new(0, 1)), &a, &a),
        Error::InvalidSetting { setting: Setting::Delays, .. }
    ));
    for share in [0.0, -1.0, 1.5, f64::NAN, f64::INFINITY] {
        assert!(matches!(
            refused(Baseline::svcca().explained_variance(share), &a, &a),
            Error::InvalidSetting { setting: Setting::ExplainedVariance, .. }
        ));
    }
}

#[test]
fn svcca_refuses_what_would_correlate_perfectly_whatever_the_data() {
    let all = Baseline::svcca().explained_variance(1.0);
    let pair = |length| (Trials::noise(1, &[length], 5), Trials::noise(2, &[length], 3));
    let (a, b) = pair(6);
    assert_eq!(compare(all, &a, &b, |x| x), Err(Error::TooShort { trial: 0, needed: 7, got: 6 }));
    let (a, b) = pair(7);
    assert!(compare(all, &a, &b, |x| x).unwrap() > 1e-3);
}

#[test]
fn samples_that_are_not_finite_never_become_a_recording() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let samples = [0.0, 1.0, bad, 2.0];
        assert_eq!(
            Recording::new(&samples, 2),
            Err(Error::NonFinite { trial: 0, sample: 1, channel: 0 })
        );
    }
}

#[test]
fn the_memory_asked_for_is_enough_and_one_less_is_refused() {
    for (p, q) in [(1, 1), (2, 5), (5, 2), (4, 4)] {
        let (a, b) = (Trials::noise(1, &[70], p), Trials::noise(2, &[70], q));
        let a = [Recording::new(&a.data[0], p).unwrap()];
        let b = [Recording::new(&b.data[0], q).unwrap()];
        for baseline in ALL {
            let needed = baseline.memory_len(p, q);
            assert_eq!(needed, baseline.memory_len(q, p));
            let mut memory = vec![f64::NAN; needed];
            assert_eq!(baseline.compare_in(&a, &b, &mut memory), baseline.compare(&a, &b));
            assert_eq!(
                baseline.compare_in(&a, &b, &mut memory[1..]),
                Err(Error::MemoryTooSmall { needed, got: needed - 1 })
            );
        }
        let mut memory = vec![0.0; usize::from(p == 1)];
        let huge = Baseline::cka().embedding(Embedding::new(usize::MAX, 1));
        assert!(huge.compare_in(&a, &b, &mut memory).is_err());
        assert_eq!(huge.memory_len(p, q), usize::MAX);
    }
}
