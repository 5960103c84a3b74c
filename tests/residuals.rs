//! Residuals of eigenvalues: exact where the system is known, small for the eigenvalues that a system has, large for those that
//! noise has made, and the same from samples and from moments.

use crate::common::Noise;
use dynamical_similarity::{
    Centre, Dmd, Eigenvalue, Error, Gram, Halves, Rank, Recording, Scalar, Scale, Spectrum, Stft,
    UnequalRanks, Wasserstein, WassersteinOrder,
};
use std::f64::consts::TAU;

const STEPS: [f64; 3] = [0.21, 0.63, 1.37];

/// Three sines of amplitude 1 and random phases in white noise; `snr` is the ratio of the variances.
fn sines(seed: u64, samples: usize, snr: f64) -> Vec<f64> {
    let mut noise = Noise(seed);
    let phases: Vec<f64> = (0..3).map(|_| TAU * noise.uniform()).collect();
    let size = (1.5 / snr).sqrt();
    (0..samples)
        .map(|t| {
            let waves = STEPS.iter().zip(&phases);
            waves.map(|(step, phase)| (step * t as f64 + phase).sin()).sum::<f64>()
                + size * noise.normal()
        })
        .collect()
}

/// The largest distance from a true eigenvalue to the nearest found one; infinite unless there are six of them.
fn error(found: &Spectrum<f64>) -> f64 {
    let found = found.eigenvalues();
    if found.len() != 6 {
        return f64::INFINITY;
    }
    let errors = STEPS.iter().map(|step| {
        let of = |x: &Eigenvalue<f64>| (x.real - step.cos()).hypot(x.imaginary - step.sin());
        found.iter().map(of).fold(f64::INFINITY, f64::min)
    });
    errors.fold(0.0, f64::max)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn sizes(spectrum: &Spectrum<f64>) -> Vec<f64> {
    let mut residuals: Vec<f64> = spectrum.eigenvalues().iter().map(|x| x.residual).collect();
    residuals.sort_by(f64::total_cmp);
    residuals
}

#[test]
fn the_smallest_residuals_are_those_of_the_sines() {
    let dmd = Dmd::new().delays(20).rank(Rank::Fixed(14));
    for (snr, most) in [(1e4, 1.2e-5), (100.0, 3e-4), (10.0, 3e-3)] {
        let (mut of_half, mut of_whole) = (Vec::new(), Vec::new());
        for seed in 0..50 {
            let samples = sines(seed, 2000, snr);
            let trial = [Recording::new(&samples, 1).unwrap()];
            let halves = Halves::of(&trial, dmd.span()).unwrap();
            let spectrum = dmd.fit(halves.first()).unwrap().residuals(halves.second()).unwrap();
            of_half.push(error(&spectrum.smallest(6).unwrap()));
            let spectrum = dmd.fit(&trial).unwrap().held_out_residuals(&trial).unwrap();
            of_whole.push(error(&spectrum.smallest(6).unwrap()));
            let residuals = sizes(&spectrum);
            assert!(residuals[5] < 0.1 && residuals[6] > 0.12, "{snr} {seed}: {residuals:.3?}");
        }
        println!("snr {snr}: {:.2e} {:.2e}", median(of_half.clone()), median(of_whole.clone()));
        for errors in [of_half, of_whole] {
            assert!(errors.iter().all(|x| *x < 100.0 * most), "{snr}: {errors:?}");
            assert!(median(errors) <= most, "{snr}");
        }
    }
}

/// A damped and an undamped oscillation in two channels, without noise.
fn exact(samples: usize) -> Vec<f64> {
    let wave = |t: f64| 0.9998_f64.powf(t) * (0.4 * t).cos();
    (0..samples)
        .flat_map(|t| [wave(t as f64), (1.1 * t as f64).sin() + 3.0 * wave(t as f64)])
        .collect()
}

#[test]
fn an_exact_linear_system_has_no_residual_and_what_it_does_not_have_has_one() {
    for (centre, scale) in [(Centre::None, Scale::None), (Centre::Mean, Scale::UnitVariance)] {
        for (steps, reduced) in [(1, false), (3, false), (1, true)] {
            let dmd =
                Dmd::new().delays(4).ridge(0.0).steps_ahead(steps).centre(centre).scale(scale);
            let dmd = dmd.rank(Rank::Fixed(4)).reduced_rank(reduced);
            let (fitted, held_out) = (exact(600), exact(900)[1200..].to_vec());
            let held_out = [Recording::new(&held_out, 2).unwrap()];
            let model = dmd.fit(&[Recording::new(&fitted, 2).unwrap()]).unwrap();
            let residuals = sizes(&model.residuals(&held_out).unwrap());
            assert!(residuals[3] <= 1e-10, "{centre:?} {steps} {reduced}: {residuals:?}");
        }
    }
    // Beside a channel that is an oscillation without noise, another one is white noise: the eigenvalues that the fit makes of
    // its windows are those of no system.
    let mut noise = Noise(7);
    let samples: Vec<f64> =
        (0..1000).flat_map(|t| [(0.4 * t as f64).cos(), noise.normal()]).collect();
    let dmd = Dmd::new().delays(6).rank(Rank::Fixed(8)).ridge(0.0).centre(Centre::None);
    let (fitted, held_out) = samples.split_at(1000);
    let model = dmd.fit(&[Recording::new(fitted, 2).unwrap()]).unwrap();
    let spectrum = model.residuals(&[Recording::new(held_out, 2).unwrap()]).unwrap();
    let is_true = |value: &&Eigenvalue<f64>| {
        (value.real - 0.4_f64.cos()).hypot(value.imaginary.abs() - 0.4_f64.sin()) < 1e-8
    };
    let values = spectrum.eigenvalues();
    assert_eq!(values.iter().filter(is_true).count(), 2);
    for value in values {
        let bound = if is_true(&value) { value.residual <= 1e-10 } else { value.residual >= 0.1 };
        assert!(bound, "{value:?}");
    }
}

#[test]
fn residuals_are_those_of_the_definition() {
    // Against states that the library gives out, and the eigenvectors of a 2 x 2 operator in closed form.
    let samples = sines(3, 400, 5.0);
    let dmd = Dmd::new().delays(5).rank(Rank::Fixed(2)).steps_ahead(2).centre(Centre::None);
    let (fitted, held_out) = samples.split_at(250);
    let model = dmd.fit(&[Recording::new(fitted, 1).unwrap()]).unwrap();
    let trial = Recording::new(held_out, 1).unwrap();
    let states = model.coordinates(&trial).unwrap();
    let (a, states) = (model.operator(), states.as_ref());
    for value in model.residuals(&[trial]).unwrap().eigenvalues() {
        // Aᵀ g = λ g: g = (a10, λ - a00).
        let (re, im) = (value.real - a.at(0, 0), value.imaginary);
        let of = |z: &[f64]| (a.at(1, 0) * z[0] + re * z[1], im * z[1]);
        let (mut missed, mut size) = (0.0, 0.0);
        for t in 0..states.cols() - 2 {
            let ((p, q), (u, v)) = (of(states.column(t)), of(states.column(t + 2)));
            missed += (u - value.real * p + value.imaginary * q).powi(2);
            missed += (v - value.real * q - value.imaginary * p).powi(2);
            size += p * p + q * q;
        }
        let expected = (missed / size).sqrt();
        assert!((value.residual - expected).abs() < 1e-12, "{} {expected}", value.residual);
    }
}

fn from_moments<T: Scalar>(centre: Centre, scale: Scale, reduced: bool, bound: f64) {
    let convert = |x: &[f64]| x.iter().map(|x| T::from(*x as f32)).collect::<Vec<T>>();
    let mut noise = Noise(11);
    let samples: Vec<f64> = exact(700).iter().map(|x| 50.0 + x + 0.3 * noise.normal()).collect();
    let (fitted, held_out) = (convert(&samples[..700]), convert(&samples[700..]));
    let dmd = Dmd::new().delays(4).interval(2).steps_ahead(3).centre(centre).scale(scale);
    let dmd = dmd.rank(Rank::Fixed(5)).reduced_rank(reduced);
    let model = dmd.fit(&[Recording::new(&fitted, 2).unwrap()]).unwrap();
    let trials = [
        Recording::new(&held_out[..400], 2).unwrap(),
        Recording::new(&held_out[400..], 2).unwrap(),
    ];
    let rows = model.residuals(&trials).unwrap();
    let mut memory = vec![T::default(); Gram::<T>::memory_len(2, dmd.embedding())];
    let mut gram = Gram::new_in(2, dmd.embedding(), 3, T::from(0.25), &mut memory).unwrap();
    trials.iter().for_each(|trial| gram.push_trial(trial).unwrap());
    let sums = model.residuals_of_moments(&gram).unwrap();
    for (x, y) in rows.eigenvalues().iter().zip(sums.eigenvalues()) {
        let (x, y): (f64, f64) = (x.residual.into(), y.residual.into());
        assert!((x - y).abs() <= bound, "{centre:?} {scale:?} {reduced}: {x} {y}");
    }
}

#[test]
fn moments_give_the_residuals_of_the_samples() {
    for reduced in [false, true] {
        for scale in [Scale::None, Scale::UnitVariance] {
            from_moments::<f64>(Centre::Mean, scale, reduced, 1e-8);
            from_moments::<f32>(Centre::Mean, Scale::None, reduced, 0.02);
        }
        from_moments::<f64>(Centre::None, Scale::None, reduced, 1e-8);
    }
}

#[test]
fn an_offset_and_a_scale_change_no_residual() {
    let dmd = Dmd::new().delays(8).rank(Rank::Fixed(6));
    let samples = sines(5, 800, 10.0);
    let of = |samples: &[f64]| {
        let trial = [Recording::new(samples, 1).unwrap()];
        sizes(&dmd.fit(&trial).unwrap().held_out_residuals(&trial).unwrap())
    };
    let moved: Vec<f64> = samples.iter().map(|x| 1e-3 * x + 7.0).collect();
    for (x, y) in of(&samples).iter().zip(of(&moved)) {
        assert!((x - y).abs() < 1e-7, "{x} {y}");
    }
}

#[test]
fn cleaning_brings_two_recordings_of_one_system_together() {
    let dmd = Dmd::new().delays(20).rank(Rank::Fixed(14));
    let spectrum = |seed| {
        let samples = sines(seed, 2000, 100.0);
        let trial = [Recording::new(&samples, 1).unwrap()];
        dmd.fit(&trial).unwrap().held_out_residuals(&trial).unwrap()
    };
    let w2 = Wasserstein::new().unequal_ranks(UnequalRanks::Transport);
    for seed in 0..10 {
        let (a, b) = (spectrum(2 * seed), spectrum(2 * seed + 1));
        let plain = w2.compare_spectra(&a, &b).unwrap();
        let cleaned =
            w2.compare_spectra(&a.cleaned(0.1).unwrap(), &b.cleaned(0.1).unwrap()).unwrap();
        assert!(3.0 * cleaned <= plain, "{seed}: {cleaned} {plain}");
    }
}

fn spectrum(values: &[(f64, f64, f64)]) -> Result<Spectrum<f64>, Error> {
    let list: Vec<_> = values
        .iter()
        .map(|&(real, imaginary, residual)| Eigenvalue { real, imaginary, residual })
        .collect();
    Spectrum::new(&list)
}

#[test]
fn pairs_are_kept_or_left_out_together() {
    let all = [
        (0.9, 0.3, 0.2),
        (0.9, -0.3, 0.2),
        (0.8, 0.0, 0.1),
        (0.5, 0.4, 0.2),
        (0.5, -0.4, 0.2),
        (0.1, 0.0, 0.3),
    ];
    let found = spectrum(&all).unwrap();
    let count = |n| found.smallest(n).unwrap().eigenvalues().len();
    // One, then whole pairs (the earlier one of two equal pairs first), then all.
    assert_eq!([1, 2, 3, 4, 5, 6, 7].map(count), [1, 3, 3, 5, 5, 6, 6]);
    assert_eq!(found.smallest(2).unwrap().eigenvalues()[0].real, 0.9);
    let cleaned = |threshold| found.cleaned(threshold).unwrap().eigenvalues().len();
    assert_eq!([0.0, 0.1, 0.15, 0.2, 1.0].map(cleaned), [0, 1, 1, 5, 6]);
    assert!((found.mean_residual() - 1.2 / 6.0).abs() < 1e-15);
    // What a spectrum refuses.
    for broken in [
        vec![(0.9, 0.3, 0.2)],
        vec![(0.9, -0.3, 0.2), (0.9, 0.3, 0.2)],
        vec![(0.9, 0.3, 0.2), (0.9, -0.3, 0.1)],
        vec![(0.9, 0.0, f64::NAN)],
    ] {
        assert!(spectrum(&broken).is_err(), "{broken:?}");
    }
    assert!(found.cleaned(-0.1).is_err() && found.cleaned(f64::NAN).is_err());
    assert!(found.smallest(0).is_err());
    // An empty spectrum has no distance.
    let w1 = Wasserstein::new().order(WassersteinOrder::One).unequal_ranks(UnequalRanks::Transport);
    assert_eq!(w1.compare_spectra(&found, &found.cleaned(0.0).unwrap()), Err(Error::Empty));
    assert_eq!(w1.compare_spectra(&found, &found), Ok(0.0));
}

#[test]
fn the_operator_of_a_spectrum_has_its_eigenvalues_to_the_bit() {
    let samples = sines(9, 600, 10.0);
    let trial = [Recording::new(&samples, 1).unwrap()];
    let model = Dmd::new().delays(12).rank(Rank::Fixed(9)).fit(&trial).unwrap();
    let own = model.held_out_residuals(&trial).unwrap();
    let pairs: Vec<_> = own.eigenvalues().iter().map(|x| (x.real, x.imaginary)).collect();
    assert_eq!(pairs, model.eigenvalues().unwrap());
    let cleaned = own.smallest(6).unwrap();
    let operator = cleaned.operator().unwrap();
    let w2 = Wasserstein::new().unequal_ranks(UnequalRanks::Transport);
    let of_operators = w2.compare_operators(operator.as_ref(), model.operator()).unwrap();
    let of_spectra = w2.compare_spectra(&cleaned, &own).unwrap();
    assert!((of_operators - of_spectra).abs() < 1e-14, "{of_operators} {of_spectra}");
}

#[test]
fn what_does_not_fit_a_model_is_refused() {
    let samples = sines(1, 300, 10.0);
    let trial = [Recording::new(&samples, 1).unwrap()];
    let model = Dmd::new().delays(10).rank(Rank::Fixed(4)).fit(&trial).unwrap();
    let short = [trial[0], Recording::new(&samples[..10], 1).unwrap()];
    let too_short = Error::TooShort { trial: 1, needed: 11, got: 10 };
    assert_eq!(model.residuals(&short), Err(too_short));
    let two = [Recording::new(&samples, 2).unwrap()];
    assert!(matches!(model.residuals(&two), Err(Error::ShapeMismatch { .. })));
    let constant = vec![1.0; 100];
    let constant = [Recording::new(&constant, 1).unwrap()];
    assert_eq!(model.residuals(&constant), Err(Error::DegenerateSignal { channel: None }));
    assert!(matches!(
        model.held_out_residuals(&[Recording::new(&samples[..25], 1).unwrap()]),
        Err(Error::TooShort { .. })
    ));
    let other = Dmd::new().delays(9).embedding();
    let mut memory = vec![0.0; Gram::<f64>::memory_len(1, other)];
    let gram = Gram::new_in(1, other, 1, 1.0, &mut memory).unwrap();
    assert!(matches!(model.residuals_of_moments(&gram), Err(Error::InvalidSetting { .. })));
}

#[test]
fn frames_are_those_of_the_definition_and_turn_with_an_oscillation() {
    let samples: Vec<f64> = (0..50).flat_map(|t| [(0.37 * t as f64).sin(), t as f64]).collect();
    for (window, hop) in [(8, 3), (7, 7), (2, 1)] {
        let stft = Stft::new(window, hop);
        let frames = stft.frames(&Recording::new(&samples, 2).unwrap()).unwrap();
        let width = stft.observables(2);
        assert_eq!((width, frames.len()), (2 * window, stft.count(50) * width));
        let taper: Vec<f64> =
            (0..window).map(|t| 0.5 - 0.5 * (TAU * t as f64 / window as f64).cos()).collect();
        let norm = taper.iter().map(|w| w * w).sum::<f64>().sqrt();
        for (m, frame) in frames.chunks(width).enumerate() {
            for channel in 0..2 {
                let coefficient = |k: usize| {
                    let of = |t: usize| {
                        let (s, c) = (TAU * (k * t) as f64 / window as f64).sin_cos();
                        let x = samples[2 * (m * hop + t) + channel] * taper[t] / norm;
                        (x * c, -x * s)
                    };
                    (0..window).map(of).fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y))
                };
                for at in 0..window {
                    let (re, im) = coefficient(at.div_ceil(2));
                    let expected = if at > 0 && at % 2 == 0 { im } else { re };
                    assert!(
                        (frame[2 * at + channel] - expected).abs() < 1e-12,
                        "{window} {m} {at}"
                    );
                }
            }
        }
    }
    let trial = Recording::new(&samples, 2).unwrap();
    assert!(matches!(Stft::new(1, 1).frames(&trial), Err(Error::InvalidSetting { .. })));
    assert!(matches!(Stft::new(4, 0).frames(&trial), Err(Error::InvalidSetting { .. })));
    assert_eq!(
        Stft::new(51, 1).frames(&trial),
        Err(Error::TooShort { trial: 0, needed: 51, got: 50 })
    );
}
