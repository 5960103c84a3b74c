//! Residuals of eigenvalues: exact where the system is known, small for the eigenvalues that a system has, large for those that
//! noise has made, and the same from samples and from moments.

use crate::common::Noise;
use dynamical_similarity::{Dmd, Eigenvalue, Halves, Rank, Recording, Spectrum};
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

/// The largest distance from a true eigenvalue to the nearest found one, if there are six of them.
fn error(found: &Spectrum<f64>) -> Option<f64> {
    let found = found.eigenvalues();
    let errors = STEPS.iter().map(|step| {
        let of =
            |value: &Eigenvalue<f64>| (value.real - step.cos()).hypot(value.imaginary - step.sin());
        found.iter().map(of).fold(f64::INFINITY, f64::min)
    });
    (found.len() == 6).then(|| errors.fold(0.0, f64::max))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
fn the_smallest_residuals_are_those_of_the_sines() {
    let dmd = Dmd::new().delays(20).rank(Rank::Fixed(14));
    for snr in [1e4, 100.0, 10.0] {
        let (mut other_half, mut of_whole, mut gaps) = (Vec::new(), Vec::new(), Vec::new());
        for seed in 0..50 {
            let samples = sines(seed, 2000, snr);
            let trial = [Recording::new(&samples, 1).unwrap()];
            let halves = Halves::of(&trial, dmd.span()).unwrap();
            let model = dmd.fit(halves.first()).unwrap();
            let spectrum = model.residuals(halves.second()).unwrap();
            other_half.push(error(&spectrum.smallest(6).unwrap()).unwrap_or(9.0));
            let model = dmd.fit(&trial).unwrap();
            let spectrum = model.held_out_residuals(&trial).unwrap();
            of_whole.push(error(&spectrum.smallest(6).unwrap()).unwrap_or(9.0));
            let mut all: Vec<f64> = spectrum.eigenvalues().iter().map(|x| x.residual).collect();
            all.sort_by(f64::total_cmp);
            gaps.push((all[5], all[6]));
            if seed < 2 {
                println!("{all:.3?}");
            }
        }
        let right = |errors: &[f64]| errors.iter().filter(|x| **x < 0.05).count();
        println!(
            "snr {snr}: {} {}; {:.2e} {:.2e}; max {:.2e} {:.2e}; gap {:.3} {:.3}",
            right(&other_half),
            right(&of_whole),
            median(other_half.clone()),
            median(of_whole.clone()),
            other_half.iter().fold(0.0_f64, |a, b| a.max(*b)),
            of_whole.iter().fold(0.0_f64, |a, b| a.max(*b)),
            gaps.iter().fold(0.0_f64, |a, b| a.max(b.0)),
            gaps.iter().fold(9.0_f64, |a, b| a.min(b.1))
        );
    }
}
