//! What a broken generator would not show.

use super::latent::{Latent, Law};
use super::observation::Units;
use super::*;
use dynamical_similarity::linalg::{solve, symmetric};
use dynamical_similarity::{Dmd, MatMut, MatRef, Rank, Recording};
use std::f64::consts::TAU;

/// Eigenvalues of the operator of order 8 on single samples, by angle and then by size.
fn fitted(trials: &[Vec<f64>]) -> Vec<(f64, f64)> {
    let trials: Vec<Recording<'_, f64>> =
        trials.iter().map(|data| Recording::new(data, LATENTS).unwrap()).collect();
    let dmd = Dmd::new().delays(1).rank(Rank::Fixed(LATENTS)).ridge(0.0);
    sorted(dmd.fit(&trials).unwrap().eigenvalues().unwrap())
}

fn sorted(mut values: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    values.sort_by(|a, b| angle(a).total_cmp(&angle(b)).then(radius(a).total_cmp(&radius(b))));
    values
}

fn angle((re, im): &(f64, f64)) -> f64 {
    if im.abs() < 1e-9 { 0.0 } else { im.atan2(*re) }
}

fn radius((re, im): &(f64, f64)) -> f64 {
    (re * re + im * im).sqrt()
}

fn farthest(a: &[(f64, f64)], b: &[(f64, f64)]) -> f64 {
    let apart = |(a, b): (&(f64, f64), &(f64, f64))| (a.0 - b.0).abs().max((a.1 - b.1).abs());
    a.iter().zip(b).map(apart).fold(0.0, f64::max)
}

/// The law without its noise and kicks.
fn quiet(scenario: Scenario, modes: &Modes) -> Law {
    match Law::of(scenario, modes) {
        Law::Linear { map, .. } => Law::Linear { map, noise: 0.0, kick: 0.0, modulation: 0.0 },
        other => other,
    }
}

/// Eight states that decay freely for 1 s.
fn decays(scenario: Scenario, modes: &Modes) -> Vec<Vec<f64>> {
    let law = quiet(scenario, modes);
    let decay = |k: usize| {
        let mut latent = Latent::new(modes, &law, 0);
        latent.state = std::array::from_fn(|i| if i == k { 1.0 } else { 0.0 });
        let mut data = latent.state.to_vec();
        for _ in 0..RATE {
            latent.step(&law);
            data.extend(latent.state);
        }
        data
    };
    (0..LATENTS).map(decay).collect()
}

fn draw(seed: u64) -> (Modes, Units) {
    let mut random = Random::new(seed, 0);
    let modes = Modes::draw(&mut random).unwrap();
    (modes, Units::draw(&mut random))
}

/// The standard deviations and means of the columns.
fn moments(data: &[f64], columns: usize) -> Vec<(f64, f64)> {
    let column = |k| data.iter().skip(k).step_by(columns);
    let count = (data.len() / columns) as f64;
    (0..columns)
        .map(|k| {
            let mean = column(k).sum::<f64>() / count;
            (column(k).map(|x| (x - mean).powi(2)).sum::<f64>().sqrt() / count.sqrt(), mean)
        })
        .collect()
}

#[test]
fn states_without_noise_decay_with_the_frequencies_and_time_constants_of_the_subject() {
    for (seed, scenario, [rotation, decay, slow]) in [
        (1, Scenario::None, [1.0, 1.0, 1.0]),
        (2, Scenario::TimeScale(1.5), [1.5, 1.5, 1.5]),
        (3, Scenario::Frequency(1.2), [1.2, 1.0, 1.0]),
        (4, Scenario::Damping(2.0), [1.0, 2.0, 1.0]),
        (5, Scenario::Damping(0.5), [1.0, 0.5, 1.0]),
    ] {
        let (modes, _) = draw(seed);
        let mut expected = Vec::new();
        for (f, tau) in modes.frequencies.iter().zip(&modes.time_constants) {
            let (size, turn) = ((-0.02 * decay / tau).exp(), TAU * f * rotation * 0.02);
            expected.push((size * turn.cos(), size * turn.sin()));
            expected.push((size * turn.cos(), -size * turn.sin()));
        }
        expected.extend(modes.slow.map(|tau| ((-0.02 * slow / tau).exp(), 0.0)));
        let apart = farthest(&fitted(&decays(scenario, &modes)), &sorted(expected));
        assert!(apart < 1e-8, "{scenario}: {apart}");
        let stated = sorted(modes.eigenvalues(scenario));
        assert!(farthest(&fitted(&decays(scenario, &modes)), &stated) < 1e-8, "{scenario}");
    }
}

#[test]
fn a_time_scale_of_one_and_a_half_divides_the_fitted_time_constants_by_it() {
    let (modes, _) = draw(7);
    let plain = fitted(&decays(Scenario::None, &modes));
    let faster = fitted(&decays(Scenario::TimeScale(1.5), &modes));
    for (a, b) in plain.iter().zip(&faster) {
        let ratio = radius(b).ln() / radius(a).ln();
        assert!((ratio - 1.5).abs() < 1e-6, "{ratio}");
        assert!((angle(b) - 1.5 * angle(a)).abs() < 1e-7, "{} {}", angle(a), angle(b));
    }
}

#[test]
fn a_fit_of_noisy_states_finds_the_eigenvalues_and_the_noise() {
    for seed in [1, 2] {
        let subject = Subject::new(seed, 8).unwrap();
        let states = subject.latent(Scenario::None, 600.0, 3).unwrap();
        let expected = sorted(subject.modes().eigenvalues(Scenario::None));
        let apart = farthest(&fitted(std::slice::from_ref(&states)), &expected);
        assert!(apart < 0.015, "{apart}");
        for (deviation, mean) in moments(&states, LATENTS) {
            assert!((deviation - 1.0).abs() < 0.25 && mean.abs() < 0.4, "{deviation} {mean}");
        }
        for (factor, scenario) in [(1.0, Scenario::NoKicks), (1.5, Scenario::TimeScale(1.5))] {
            let variance = innovation(&subject, scenario);
            let expected = 0.12_f64.powi(2) * factor;
            // A cue every 124.5 bins adds 1/8 to the square of each latent, on average.
            let cues = if factor > 1.0 { 1.0 / 8.0 / 124.5 } else { 0.0 };
            assert!((variance / (expected + cues) - 1.0).abs() < 0.03, "{variance} {expected}");
        }
    }
}

/// The mean square of x_{t+1} - A x_t over all latents.
fn innovation(subject: &Subject, scenario: Scenario) -> f64 {
    let states = subject.latent(scenario, 200.0, 9).unwrap();
    let deviations = subject.linear.deviations;
    let law = quiet(scenario, &subject.modes);
    let mut latent = Latent::new(&subject.modes, &law, 0);
    let mut sum = 0.0;
    for (x, next) in states.chunks(LATENTS).zip(states.chunks(LATENTS).skip(1)) {
        latent.state = std::array::from_fn(|k| x[k] * deviations[k]);
        latent.step(&law);
        for k in 0..LATENTS {
            sum += (next[k] * deviations[k] - latent.state[k]).powi(2);
        }
    }
    sum / (states.len() - LATENTS) as f64
}

#[test]
fn cues_come_every_1_5_to_3_5_seconds_and_kick_by_1() {
    let (modes, _) = draw(3);
    let Law::Linear { map, .. } = Law::of(Scenario::None, &modes) else { panic!() };
    let law = Law::Linear { map, noise: 0.0, kick: 1.0, modulation: 0.0 };
    let silent = quiet(Scenario::None, &modes);
    let mut latent = Latent::new(&modes, &law, 5);
    let mut kicks = Vec::new();
    for bin in 0..100_000 {
        let mut alone = latent.clone();
        alone.step(&silent);
        latent.step(&law);
        let kick = latent.state.iter().zip(&alone.state).map(|(x, y)| (x - y).powi(2)).sum::<f64>();
        if kick > 1e-12 {
            assert!((kick - 1.0).abs() < 1e-9, "{kick}");
            kicks.push(bin);
        }
    }
    let gaps: Vec<usize> = kicks.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!((gaps.iter().min(), gaps.iter().max()), (Some(&75), Some(&174)));
    let mean = gaps.iter().sum::<usize>() as f64 / gaps.len() as f64;
    // Five standard errors: 100 values have a standard deviation of 28.9.
    assert!((mean - 124.5).abs() < 5.0 * 28.9 / (gaps.len() as f64).sqrt(), "{mean}");
}

#[test]
fn the_drive_is_modulated_slowly_by_a_third() {
    let (modes, _) = draw(3);
    let law = Law::of(Scenario::Drive(0.3), &modes);
    let mut latent = Latent::new(&modes, &law, 5);
    let drives: Vec<f64> = (0..1_000_000)
        .map(|_| {
            latent.step(&law);
            latent.drive
        })
        .collect();
    let (deviation, mean) = moments(&drives, 1)[0];
    // 500 independent values: standard errors of 0.0134 and 0.0095.
    assert!((mean - 1.0).abs() < 0.06 && (deviation - 0.3).abs() < 0.05, "{mean} {deviation}");
    let near: f64 = drives.iter().zip(&drives[1000..]).map(|(a, b)| (a - mean) * (b - mean)).sum();
    let kept = near / 999_000.0 / deviation.powi(2);
    assert!((kept - (-1.0_f64).exp()).abs() < 0.12, "{kept}");
}

#[test]
fn rates_are_between_0_and_200_hz_with_a_median_of_15_hz() {
    let (mut logs, mut random) = (Vec::new(), Random::new(1, 0));
    for seed in 0..50 {
        let (_, units) = draw(seed);
        logs.extend(units.rates(&[0.0; LATENTS]).map(f64::ln));
        let state: State = std::array::from_fn(|_| 2.0 * random.normal());
        let rates: Vec<f64> = units.rates(&state).collect();
        assert!(rates.len() == UNITS && rates.iter().all(|r| (0.0..=4.0).contains(r)));
    }
    let (deviation, mean) = moments(&logs, 1)[0];
    let error = 0.5 / (logs.len() as f64).sqrt();
    assert!((mean - 0.3_f64.ln()).abs() < 5.0 * error, "{mean}");
    assert!((deviation - 0.5).abs() < 5.0 * error, "{deviation}");
}

#[test]
fn changes_of_units_change_what_they_say() {
    let (_, units) = draw(4);
    let mut random = Random::new(4, 9);
    let state: State = std::array::from_fn(|k| 0.1 * k as f64 - 0.3);
    let of = |units: &Units, state: &State| units.rates(state).map(f64::ln).collect::<Vec<f64>>();
    let (plain, base) = (of(&units, &state), of(&units, &[0.0; LATENTS]));
    let halved = of(&units.after(Scenario::Rates(0.5), &mut random), &state);
    let flatter = of(&units.after(Scenario::Tuning(0.7), &mut random), &state);
    for unit in 0..UNITS {
        assert!((plain[unit] - halved[unit] - 2.0_f64.ln()).abs() < 1e-9);
        let (before, after) = (plain[unit] - base[unit], flatter[unit] - base[unit]);
        assert!((after - 0.7 * before).abs() < 1e-9, "{before} {after}");
    }
    let spread = moments(&plain.iter().zip(&base).map(|(a, b)| a - b).collect::<Vec<f64>>(), 1);
    let norm = state.iter().map(|x| x * x).sum::<f64>().sqrt();
    assert!((spread[0].0 / (0.35 * norm) - 1.0).abs() < 0.35, "{spread:?}");
    for (fraction, refit) in [(0.0, false), (0.1, false), (0.3, false), (1.0, true)] {
        let turnover = Scenario::UnitTurnover { fraction, refit };
        let mut others = 0;
        for _ in 0..20 {
            let after = of(&units.after(turnover, &mut random), &state);
            others += after.iter().zip(&plain).filter(|(a, b)| a != b).count();
        }
        let count = (20 * UNITS) as f64;
        let allowed = 5.0 * (fraction * (1.0 - fraction) / count).sqrt();
        assert!((others as f64 / count - fraction).abs() <= allowed, "{fraction} {others}");
    }
}

#[test]
fn channels_are_what_the_calibration_saw_and_components_fall() {
    let subject = Subject::new(6, 8).unwrap();
    let session = subject.record(Scenario::None, 300.0, 1).unwrap();
    assert_eq!((session.data.len(), session.missing.len()), (15_000 * 8, 15_000));
    let seen = moments(&session.data, 8);
    for ((deviation, mean), expected) in seen.iter().zip(&subject.linear.projection.deviations) {
        assert!((deviation / expected - 1.0).abs() < 0.3, "{deviation} {expected}");
        assert!(mean.abs() < 0.5 * expected, "{mean} {expected}");
    }
    // Counts that are divided by their deviations have a variance of about 1 or more along any axis.
    assert!(seen.iter().all(|(deviation, _)| *deviation > 0.8), "{seen:?}");
    assert!(seen[0].0 > 1.3 * seen[7].0, "{seen:?}");
    // The new population of a turnover has components of its own, the old components fit it badly.
    let turnover = |refit| Scenario::UnitTurnover { fraction: 1.0, refit };
    let total = |scenario| -> f64 {
        let session = subject.record(scenario, 300.0, 1).unwrap();
        moments(&session.data, 8).iter().map(|(deviation, _)| deviation.powi(2)).sum()
    };
    let (own, new, old) = (total(Scenario::None), total(turnover(true)), total(turnover(false)));
    assert!((new / own - 1.0).abs() < 0.4 && old < 0.8 * new, "{own} {new} {old}");
}

/// One latent state that is strong and changes its sign every bin, and one that is slow: the first component
/// of smoothed counts is the slow one.
#[test]
fn components_are_those_of_smoothed_counts_in_units_of_their_deviations() {
    let (_, units) = draw(3);
    let state = |bin: usize| -> State {
        let (fast, slow) =
            (if bin.is_multiple_of(2) { 2.0 } else { -2.0 }, (0.1 * bin as f64).sin());
        std::array::from_fn(|k| [fast, slow].get(k).copied().unwrap_or(0.0))
    };
    let states: Vec<State> = (0..6000).map(state).collect();
    let projection = Projection::fit(&units, &states, 2, &mut Random::new(1, 0)).unwrap();
    let (mut sample, mut random) = (vec![0.0; 2], Random::new(2, 0));
    let mut along = [0.0; 2];
    for state in &states {
        projection.observe(&units, state, &mut random, &mut sample);
        (0..2).for_each(|k| along[k] += sample[0] * state[k] / states.len() as f64);
    }
    // Per unit variance of the two: 4 and 1/2.
    let (fast, slow) = (along[0] / 2.0, along[1] / 0.5_f64.sqrt());
    assert!(slow.abs() > fast.abs(), "{fast} {slow}");
    let mut means = vec![0.0; UNITS];
    for state in &states {
        means.iter_mut().zip(units.rates(state)).for_each(|(m, r)| *m += r / states.len() as f64);
    }
    let product = |i: usize, j: usize| -> f64 {
        let weights = projection.columns.chunks(2).zip(&means);
        weights.map(|(column, m)| column[i] * column[j] * (m + 0.02)).sum()
    };
    for (i, j, expected) in [(0, 0, 1.0), (1, 1, 1.0), (0, 1, 0.0)] {
        assert!((product(i, j) - expected).abs() < 0.03, "{i} {j} {}", product(i, j));
    }
}

/// The eigenvalues of the symmetric part of the whitened operator L⁻¹ R_1 L⁻ᵀ, R_0 = L Lᵀ.
fn whitened_spectrum(data: &[f64]) -> Vec<f64> {
    let n = LATENTS;
    let covariance = |lag: usize| {
        let mut sums = vec![0.0; n * n];
        for (x, y) in data.chunks(n).zip(data.chunks(n).skip(lag)) {
            (0..n * n).for_each(|at| sums[at] += x[at / n] * y[at % n]);
        }
        sums
    };
    let (mut factor, mut lagged) = (covariance(0), covariance(1));
    solve::factor_symmetric_in(&mut MatMut::new(&mut factor, n, n).unwrap()).unwrap();
    let factor = MatRef::new(&factor, n, n).unwrap();
    let mut transposed = vec![0.0; n * n];
    for _ in 0..2 {
        let mut half = MatMut::new(&mut lagged, n, n).unwrap();
        solve::solve_lower_in(factor, &mut half).unwrap();
        let mut turned = MatMut::new(&mut transposed, n, n).unwrap();
        turned.copy_transposed_from(half.as_ref()).unwrap();
        lagged.copy_from_slice(&transposed);
    }
    let mut symmetric: Vec<f64> =
        (0..n * n).map(|at| (lagged[at] + lagged[at % n * n + at / n]) / 2.0).collect();
    let (mut values, mut memory) = (vec![0.0; n], vec![0.0; symmetric::values_memory_len(n)]);
    let mut symmetric = MatMut::new(&mut symmetric, n, n).unwrap();
    symmetric::values_in(&mut symmetric, &mut values, &mut memory).unwrap();
    values
}

#[test]
fn remixes_change_the_channels_and_leave_the_whitened_operator() {
    let subject = Subject::new(8, 8).unwrap();
    let of = |scenario| subject.record(scenario, 120.0, 2).unwrap().data;
    let plain = of(Scenario::None);
    let (spectrum, eigenvalues) = (whitened_spectrum(&plain), fitted(std::slice::from_ref(&plain)));
    assert!(spectrum[0] > 0.5 && spectrum[0] < 1.0, "{spectrum:?}");
    let farthest_from = |other: &[f64]| -> f64 {
        spectrum.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    };
    for scenario in [Scenario::OrthogonalRemix, Scenario::GeneralRemix, Scenario::ChannelGains] {
        let mixed = of(scenario);
        let changed = plain.iter().zip(&mixed).filter(|(a, b)| (*a - *b).abs() > 1e-3).count();
        assert!(changed > plain.len() * 9 / 10, "{scenario}: {changed}");
        assert!(farthest_from(&whitened_spectrum(&mixed)) < 1e-10, "{scenario}");
        assert!(farthest(&eigenvalues, &fitted(std::slice::from_ref(&mixed))) < 1e-9, "{scenario}");
        let gain = |channel: usize| mixed[channel] / plain[channel];
        match scenario {
            Scenario::OrthogonalRemix => {
                for (x, y) in plain.chunks(8).zip(mixed.chunks(8)) {
                    let norm = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
                    assert!((norm(x) / norm(y) - 1.0).abs() < 1e-12);
                }
            }
            Scenario::ChannelGains => {
                for (at, (x, y)) in plain.iter().zip(&mixed).enumerate() {
                    assert!(
                        (y - x * gain(at % 8)).abs() < 1e-9 && (0.5..2.0).contains(&gain(at % 8))
                    );
                }
            }
            _ => {}
        }
    }
    assert!(farthest_from(&whitened_spectrum(&of(Scenario::TimeScale(1.5)))) > 0.01);
}

#[test]
fn a_general_remix_has_condition_10() {
    let matrix = observation::condition_ten(&mut Random::new(3, 0), 8);
    let mut gram: Vec<f64> = (0..64)
        .map(|at| (0..8).map(|k| matrix[k * 8 + at / 8] * matrix[k * 8 + at % 8]).sum())
        .collect();
    let (mut values, mut memory) = ([0.0; 8], vec![0.0; symmetric::values_memory_len(8)]);
    let mut gram = MatMut::new(&mut gram, 8, 8).unwrap();
    symmetric::values_in(&mut gram, &mut values, &mut memory).unwrap();
    for (k, value) in values.iter().enumerate() {
        let expected = 10.0_f64.powf(-(k as f64) / 7.0);
        assert!((value.sqrt() - expected).abs() < 1e-12, "{values:?}");
    }
}

#[test]
fn missing_samples_are_a_stated_share_and_the_others_stay() {
    let subject = Subject::new(9, 4).unwrap();
    let plain = subject.record(Scenario::None, 200.0, 2).unwrap();
    assert!(!plain.missing.contains(&true));
    for share in [0.05, 0.2] {
        let session = subject.record(Scenario::Dropped(share), 200.0, 2).unwrap();
        let missing = session.missing.iter().filter(|x| **x).count() as f64;
        let allowed = 5.0 * (share * (1.0 - share) * 10_000.0_f64).sqrt();
        assert!((missing - 10_000.0 * share).abs() < allowed, "{missing}");
        let rows = plain.data.chunks(4).zip(session.data.chunks(4));
        for ((full, row), missing) in rows.zip(&session.missing) {
            assert!(if *missing { row.iter().all(|y| y.is_nan()) } else { row == full });
        }
    }
}

#[test]
fn a_lost_channel_is_zero_and_pops_are_100_deviations_every_20_seconds() {
    let subject = Subject::new(9, 4).unwrap();
    let of = |scenario| subject.record(scenario, 400.0, 2).unwrap().data;
    let (plain, lost, popped) = (of(Scenario::None), of(Scenario::ChannelLost), of(Scenario::Pops));
    let zero = |channel| lost.iter().skip(channel).step_by(4).all(|y| *y == 0.0);
    assert_eq!((0..4).filter(|channel| zero(*channel)).count(), 1);
    let same = plain.iter().zip(&lost).filter(|(a, b)| a == b).count();
    assert_eq!(same, plain.len() * 3 / 4);
    let mut pops = 0;
    for (x, y) in plain.chunks(4).zip(popped.chunks(4)).filter(|(x, y)| x != y) {
        pops += 1;
        for ((x, y), deviation) in x.iter().zip(y).zip(&subject.linear.projection.deviations) {
            assert!(((x - y).abs() / deviation - 100.0).abs() < 1e-6, "{x} {y}");
        }
    }
    assert_eq!(pops, 20);
}

#[test]
fn the_other_systems_are_a_ring_a_line_two_wells_and_one() {
    let subject = Subject::new(2, 8).unwrap();
    let of = |scenario| subject.latent(scenario, 400.0, 1).unwrap();
    let first = |data: &[f64]| -> Vec<(f64, f64)> {
        data.chunks(LATENTS).map(|state| (state[0], state[1])).collect()
    };
    let (ring, line) = (of(Scenario::Ring), of(Scenario::Line));
    assert!(first(&ring).iter().all(|at| (radius(at) - 1.0).abs() < 0.3));
    let quadrant = |right: bool, up: bool| {
        first(&ring).iter().filter(|(x, y)| (*x > 0.0) == right && (*y > 0.0) == up).count()
    };
    for (right, up) in [(true, true), (true, false), (false, true), (false, false)] {
        assert!(quadrant(right, up) > 2000, "{right} {up}");
    }
    assert!(first(&line).iter().all(|(x, _)| x.abs() < 1.6));
    let middle = |data: &[f64]| first(data).iter().filter(|(x, _)| x.abs() < 0.433).count();
    // P(|cos theta| < 0.433) = 0.285; the line is near its walls for most of the time.
    assert!((5000..6400).contains(&middle(&ring)), "{}", middle(&ring));
    assert!((1000..4000).contains(&middle(&line)), "{}", middle(&line));
    let (wells, well) = (of(Scenario::Bistable), of(Scenario::Point));
    assert!(middle(&wells) < middle(&well) / 2, "{} {}", middle(&wells), middle(&well));
    let (two, one) = (moments(&wells, LATENTS), moments(&well, LATENTS));
    for k in 0..LATENTS {
        assert!((two[k].0 / one[k].0 - 1.0).abs() < 0.2, "{k}: {two:?} {one:?}");
    }
    // What the four share: variance 0.04 / (1 - exp(-0.04 / 0.35)) of the rotations.
    let rotation = 0.2 / (1.0 - (-0.04_f64 / 0.35).exp()).sqrt();
    for data in [&ring, &line, &wells, &well] {
        for (deviation, _) in &moments(data, LATENTS)[2..6] {
            assert!((deviation / rotation - 1.0).abs() < 0.1, "{deviation} {rotation}");
        }
    }
}

#[test]
fn a_change_begins_when_it_is_told_to_and_the_state_goes_on() {
    let subject = Subject::new(2, 8).unwrap();
    for scenario in Scenario::ALL {
        let reference = subject.record(scenario.reference(), 60.0, 1).unwrap();
        let changed = subject.record_change(scenario, 30.0, 60.0, 1).unwrap();
        let same = scenario.reference() == scenario;
        assert_eq!(reference.data[..1500 * 8], changed.data[..1500 * 8], "{scenario}");
        // NaN is not equal to itself.
        let after = reference.data[1500 * 8..] == changed.data[1500 * 8..];
        assert_eq!(after, same, "{scenario}");
    }
    let mut states = Vec::new();
    subject.walk(Scenario::Line, 1000, 1001, subject.key(1), |_, state| states.push(*state));
    let jump = (states[1000][0] - states[999][0]).abs();
    assert!(jump < 1.0);
}

#[test]
fn the_same_seeds_give_the_same_bits_and_others_do_not() {
    let subject = Subject::new(3, 8).unwrap();
    assert_eq!(subject, Subject::new(3, 8).unwrap());
    let bits = |subject: &Subject, scenario, seed| -> Vec<u64> {
        let session = subject.record(scenario, 10.0, seed).unwrap();
        session.data.iter().map(|y| y.to_bits()).collect()
    };
    for scenario in Scenario::ALL {
        assert_eq!(bits(&subject, scenario, 4), bits(&subject, scenario, 4), "{scenario}");
        assert_ne!(bits(&subject, scenario, 4), bits(&subject, scenario, 5), "{scenario}");
    }
    let other = Subject::new(4, 8).unwrap();
    assert_ne!(bits(&subject, Scenario::None, 4), bits(&other, Scenario::None, 4));
    // Subjects share no noise.
    let missing =
        |subject: &Subject| subject.record(Scenario::Dropped(0.5), 10.0, 4).unwrap().missing;
    assert_ne!(missing(&subject), missing(&other));
}

#[test]
fn wrong_settings_are_refused() {
    assert!(Subject::new(1, 0).is_err() && Subject::new(1, 97).is_err());
    let subject = Subject::new(1, 96).unwrap();
    let times = [(0.0, 0.0), (0.0, -1.0), (0.0, f64::NAN), (0.0, 1e300), (9.0, 9.0), (-1.0, 9.0)];
    for (at, seconds) in times {
        assert!(subject.record_change(Scenario::None, at, seconds, 1).is_err(), "{at} {seconds}");
    }
    assert!(subject.record(Scenario::TimeScale(f64::NAN), 1.0, 1).is_err());
    assert!(subject.latent(Scenario::Tuning(-1.0), 1.0, 1).is_err());
    assert!(subject.latent(Scenario::None, 1e12, 1).is_err());
}
