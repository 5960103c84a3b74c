//! How many directions there are: none below the rounding of the samples, whatever the rule; and what few
//! windows of many entries cost.

use crate::common::Noise;
use dynamical_similarity::{
    Centre, Dmd, Error, HeldOut, LatentEvidence, Rank, RankEvidence, Recording, Shape, StateOrder,
};

/// A sum of sines, one channel or two.
fn sines(frequencies: &[f64], channels: usize, samples: usize) -> Vec<f64> {
    (0..samples)
        .flat_map(|t| {
            (0..channels).map(move |c| {
                let wave = |(k, w): (usize, &f64)| {
                    (w * t as f64 + (c * (k + 1)) as f64).sin() / (k + 1) as f64
                };
                frequencies.iter().enumerate().map(wave).sum::<f64>()
            })
        })
        .collect()
}

/// Before: `Rank::HardThreshold` kept 5 of sin 0.7 t (condition 5.9e13), `Full` kept all 10, and the state order was
/// 3 and 5 for one and two sines of broken periods, which a fit at that rank then refused.
#[test]
fn sines_without_noise_have_two_directions_each() {
    for (frequencies, channels) in
        [(&[0.7][..], 1), (&[0.3], 1), (&[0.3, 1.1], 1), (&[0.305, 0.3], 2), (&[0.2, 0.9, 2.1], 2)]
    {
        let there = 2 * frequencies.len();
        for samples in [300, 1500, 20_000] {
            let data = sines(frequencies, channels, samples);
            let trial = [Recording::new(&data, channels).unwrap()];
            for centre in [Centre::Mean, Centre::None] {
                let dmd = Dmd::new().delays(10).centre(centre);
                for rule in [
                    Rank::HardThreshold,
                    Rank::Full,
                    Rank::ExplainedVariance(1.0),
                    Rank::Threshold(0.0),
                    Rank::StateOrder,
                    Rank::Fixed(there),
                ] {
                    // The state order needs more than ten windows for each entry.
                    if rule == Rank::StateOrder && samples < 1500 {
                        continue;
                    }
                    let model = dmd.rank(rule).fit(&trial).unwrap();
                    let told = format!("{frequencies:?} {samples} {centre:?} {rule:?}");
                    assert_eq!(model.rank(), there, "{told}");
                    let mut found = model.eigenvalues().unwrap();
                    found.retain(|value| value.1 > 0.0);
                    found.sort_by(|a, b| a.1.atan2(a.0).total_cmp(&b.1.atan2(b.0)));
                    let mut expected = frequencies.to_vec();
                    expected.sort_by(f64::total_cmp);
                    for (value, w) in found.iter().zip(expected) {
                        // Two close frequencies are told apart by s_1/s_4 of the digits only.
                        let (re, im) = (value.0 - w.cos(), value.1 - w.sin());
                        assert!(re.hypot(im) < 2e-6, "{told}: {value:?} {w}");
                    }
                }
                for more in 1..3 {
                    let refused = dmd.rank(Rank::Fixed(there + more)).fit(&trial).unwrap_err();
                    let expected =
                        Error::RankTooLarge { requested: there + more, available: there };
                    assert_eq!(refused, expected);
                }
            }
            if samples > 300 {
                let order = StateOrder::of(&trial, &Dmd::new().delays(10)).unwrap();
                assert_eq!(order.order, there, "{frequencies:?} {samples}");
            }
        }
        // Rounded once to single precision.
        let data: Vec<f32> = sines(frequencies, channels, 1500).iter().map(|x| *x as f32).collect();
        let trial = [Recording::new(&data, channels).unwrap()];
        let model = Dmd::new().delays(10).rank(Rank::Full).fit(&trial).unwrap();
        let close = frequencies.len() > 2 || frequencies.contains(&0.305);
        assert!(model.rank() == there || close && model.rank() <= there, "{frequencies:?}");
    }
}

/// A direction above the rounding of the samples stays, however small: nothing real is cut.
#[test]
fn a_small_direction_that_is_there_is_kept() {
    let (mut noise, mut small) = (Noise(1), Noise(2));
    let data: Vec<f64> = (0..2000)
        .flat_map(|t| [(0.3 * f64::from(t)).sin() + noise.normal(), 1e-9 * small.normal()])
        .collect();
    let trial = [Recording::new(&data, 2).unwrap()];
    assert_eq!(Dmd::new().delays(3).rank(Rank::Full).fit(&trial).unwrap().rank(), 6);
    // What an offset has rounded away does not exist: 1e9 keeps 1e-7 of a sample.
    let far: Vec<f64> = data.iter().map(|x| x + 1e9).collect();
    let trial = [Recording::new(&far, 2).unwrap()];
    assert_eq!(Dmd::new().delays(3).rank(Rank::Full).fit(&trial).unwrap().rank(), 3);
}

/// Before: the state order answered 1 and the held-out rule 1 or more, and both fits had rank 2 and no word.
#[test]
fn white_noise_has_no_rank_under_any_rule_that_looks_at_predictions() {
    for seed in 1..4 {
        let noise = Noise(seed).normals(3000 * 3);
        let trial = [Recording::new(&noise, 3).unwrap()];
        let dmd = Dmd::new().delays(5);
        for rule in [Rank::Latent, Rank::StateOrder, Rank::Predictive] {
            let dmd = dmd.rank(rule);
            assert_eq!(dmd.fit(&trial).unwrap_err(), Error::Unpredictable, "{rule:?}");
            let evidence = RankEvidence::of(&trial, &dmd).unwrap();
            assert_eq!(evidence.rank, Err(Error::Unpredictable), "{rule:?}");
        }
        assert!(StateOrder::of(&trial, &dmd).unwrap().is_unpredictable());
        assert!(HeldOut::of(&trial, &dmd, 10, 2).unwrap().is_unpredictable());
        assert_eq!(LatentEvidence::of(&trial, &dmd), Err(Error::Unpredictable));
        // A rule on the spectrum cannot tell noise from modes; it says that an angle of rank 1 is a sign.
        let model = dmd.rank(Rank::HardThreshold).fit(&trial).unwrap();
        assert!(model.rank() == 1 && model.warnings().rank_one);
    }
}

/// Before: `Dmd::memory_len`, 2.1e9 scalars for the first of these, was asked for whatever the number of windows.
#[test]
fn few_windows_of_many_entries_need_memory_for_their_product_alone() {
    for (channels, samples, delays) in [(2000, 16, 5), (500, 40, 3)] {
        let data = Noise(3).normals(samples * channels);
        let trial = [Recording::new(&data, channels).unwrap()];
        let rows = samples + 1 - delays;
        let dmd = Dmd::new().delays(delays);
        let shape = dmd.shape(channels);
        let needed = Dmd::memory_len_for_rows(shape, rows);
        assert!(needed < 3 * rows * shape.width(), "{needed}");
        let mut memory = vec![f64::NAN; needed];
        let in_place = dmd.fit_in(&trial, &mut memory).unwrap();
        assert_eq!(in_place.rank(), rows - 1);
        let owned = dmd.fit(&trial).unwrap();
        assert!(owned.operator().columns().eq(in_place.operator().columns()));
        let error = dmd.fit_in(&trial, &mut vec![0.0; needed - 1]).unwrap_err();
        assert_eq!(error, Error::MemoryTooSmall { needed, got: needed - 1 });
        // The basis is orthonormal, and so are the states of the recording.
        let (basis, states) = (owned.basis(), owned.coordinates(&trial[0]).unwrap());
        for i in 0..rows - 1 {
            for j in 0..=i {
                let unit = f64::from(i == j);
                let across: f64 =
                    basis.column(i).iter().zip(basis.column(j)).map(|(x, y)| x * y).sum();
                assert!((across - unit).abs() < 1e-12, "{i} {j}: {across}");
                let along: f64 = states.as_ref().columns().map(|z| z[i] * z[j]).sum();
                assert!((along - unit).abs() < 1e-11, "{i} {j}: {along}");
            }
        }
    }
    // Never more than the length without a number of windows, and equal to it for many.
    for channels in [1, 3, 7] {
        for delays in [1, 4, 9] {
            for rank in [1, 3, channels * delays] {
                let shape = Shape { channels, delays, rank };
                for rows in 1..80 {
                    let length = Dmd::memory_len_for_rows(shape, rows);
                    assert!(length <= Dmd::memory_len(shape), "{shape:?} {rows}");
                    assert!(rows < shape.width() || length == Dmd::memory_len(shape));
                }
            }
        }
    }
}

/// Before: moments of (n (d + H))² entries, 7 GB for 2000 channels, whatever the number of samples.
#[test]
fn rules_see_few_samples_of_many_channels_in_their_span() {
    let mut noise = Noise(4);
    let data: Vec<Vec<f64>> = (0..12)
        .map(|k| {
            (0..7)
                .flat_map(|t| {
                    let phase = 0.4 * f64::from(t) + 1.3 * f64::from(k);
                    [phase.sin(), phase.cos(), (0.3 * phase + 0.7 * f64::from(k)).sin()]
                        .map(|x| x + 0.02 * noise.normal())
                })
                .collect()
        })
        .collect();
    // Every channel thirty times, smaller by the root of that: an isometry. 90 channels, 84 samples.
    let wide: Vec<Vec<f64>> = data
        .iter()
        .map(|trial| {
            trial.chunks(3).flat_map(|x| (0..90).map(move |c| x[c % 3] / 30.0_f64.sqrt())).collect()
        })
        .collect();
    let narrow: Vec<_> = data.iter().map(|trial| Recording::new(trial, 3).unwrap()).collect();
    let wide: Vec<_> = wide.iter().map(|trial| Recording::new(trial, 90).unwrap()).collect();
    let dmd = Dmd::new().delays(3);
    let (a, b) =
        (LatentEvidence::of(&narrow, &dmd).unwrap(), LatentEvidence::of(&wide, &dmd).unwrap());
    assert_eq!((a.rank, a.windows), (b.rank, b.windows));
    for (x, y) in a.unexplained.iter().zip(&b.unexplained) {
        assert!((x - y).abs() < 1e-6, "{x} {y}");
    }
    assert!((a.predictable - b.predictable).abs() < 1e-9);
    // Held-out errors are those of all channels, found in the span.
    let (a, b) =
        (HeldOut::of(&narrow, &dmd, 6, 2).unwrap(), HeldOut::of(&wide, &dmd, 6, 2).unwrap());
    assert_eq!(a.ranks.len(), b.ranks.len());
    for (x, y) in a.ranks.iter().zip(&b.ranks) {
        for (x, y) in [(x.one_step, y.one_step), (x.several_steps, y.several_steps)] {
            assert!((x.r_squared - y.r_squared).abs() < 1e-7, "{} {}", x.r_squared, y.r_squared);
            let ratio = x.mean_squared_error / y.mean_squared_error / 30.0;
            assert!((ratio - 1.0).abs() < 1e-7, "{ratio}");
        }
    }
    // And they take the memory of the samples: moments of 15 000 entries would take 1.8 GB each.
    let data = Noise(6).normals(60 * 5_000);
    let trials: Vec<_> =
        data.chunks(10 * 5_000).map(|trial| Recording::new(trial, 5_000).unwrap()).collect();
    let found = HeldOut::of(&trials, &Dmd::new().delays(3), 3, 1).unwrap();
    assert!(found.is_unpredictable());
    // Refused by the number of windows before any moment is summed: at 200 000 entries they would take 300 GB.
    let data = Noise(5).normals(40 * 20_000);
    let trials: Vec<_> =
        data.chunks(8 * 20_000).map(|trial| Recording::new(trial, 20_000).unwrap()).collect();
    let refused = StateOrder::of(&trials, &Dmd::new().delays(3)).unwrap_err();
    assert!(matches!(refused, Error::TooFewWindows { got: 15, .. }), "{refused:?}");
}
