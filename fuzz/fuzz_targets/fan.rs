//! Any few recordings: a fan whose distances are finite, not negative and symmetric, features, halves and resamples of the
//! same recordings, or a typed error.

use crate::{finite, numbers, size};
use arbitrary::{Result, Unstructured};
use dynamical_similarity::fan::{FanPlan, PreparedRecording, Sensors, WindowFan};
use dynamical_similarity::statistics::{Distances, NullBand, reliability};
use dynamical_similarity::{Error, Halves, Measure, Recording, Wasserstein, features};

const MOST_CHANNELS: usize = 3;
const MOST_SAMPLES: usize = 60;

/// A recording of two trials that repeats a few arbitrary numbers, so that short input makes long recordings.
fn samples(bytes: &mut Unstructured<'_>, channels: usize) -> Result<Vec<f64>> {
    let length = channels * (1 + size(bytes, MOST_SAMPLES)?);
    let some = 1 + size(bytes, 24)?;
    let numbers = numbers(bytes, some)?;
    Ok(numbers.into_iter().cycle().take(length).enumerate().map(|(t, x)| x * (1.0 + 0.01 * t as f64)).collect())
}

fn cut(samples: &[f64], channels: usize) -> std::result::Result<Vec<Recording<'_, f64>>, Error> {
    let middle = samples.len() / channels / 2 * channels;
    let parts = [&samples[..middle], &samples[middle..]];
    parts.into_iter().filter(|part| !part.is_empty()).map(|part| Recording::new(part, channels)).collect()
}

pub fn fuzz_target(data: &[u8]) {
    let mut bytes = Unstructured::new(data);
    let _ = run(&mut bytes);
}

fn run(bytes: &mut Unstructured<'_>) -> Result<()> {
    let (channels, count) = (1 + size(bytes, MOST_CHANNELS - 1)?, 2 + size(bytes, 2)?);
    let sensors = if bytes.arbitrary()? { Sensors::Shared } else { Sensors::Different };
    let all: Vec<Vec<f64>> = (0..count).map(|_| samples(bytes, channels)).collect::<Result<_>>()?;
    let Ok(trials) = all.iter().map(|x| cut(x, channels)).collect::<std::result::Result<Vec<_>, _>>() else {
        return Ok(());
    };
    for recording in &trials {
        if let Ok(found) = features::log_spectrum(recording, 8) {
            assert!(finite(&found));
        }
        if let Ok(found) = features::standardised_samples(recording) {
            assert!(finite(&found));
        }
    }
    let fan = WindowFan::new(sensors).quick(true);
    let prepared: std::result::Result<Vec<PreparedRecording>, Error> =
        trials.iter().map(|trials| fan.prepare(trials)).collect();
    let Ok(prepared) = prepared else { return Ok(()) };
    let Ok(plan) = fan.plan(&prepared) else { return Ok(()) };
    compare(&fan, &plan, &prepared, &trials);
    Ok(())
}

fn compare(
    fan: &WindowFan,
    plan: &FanPlan,
    prepared: &[PreparedRecording],
    trials: &[Vec<Recording<'_, f64>>],
) {
    let measure = Measure::Wasserstein(Wasserstein::new());
    let fitted: std::result::Result<Vec<_>, Error> = prepared.iter().map(|one| plan.fit(one)).collect();
    let Ok(fitted) = fitted else { return };
    let Ok(found) = plan.among(&fitted, &measure, None) else { return };
    assert!(finite(found.distances()) && found.distances().iter().all(|x| *x >= 0.0));
    for i in 0..found.rows() {
        assert_eq!(found.distance(i, i), 0.0);
        assert!((0..i).all(|j| found.distance(i, j) == found.distance(j, i)));
    }
    assert!(found.members().iter().all(|member| member.scale >= 0.0 && member.agreement.abs() <= 1.0));
    // Halves of the first recordings, where they have any.
    let halves: Vec<_> = trials.iter().filter_map(|trials| Halves::of(trials, 2).ok()).collect();
    let fit = |half: &[Recording<'_, f64>]| plan.fit(&fan.prepare(half)?);
    let both = halves.iter().map(|h| fit(h.first())).chain(halves.iter().map(|h| fit(h.second())));
    if let Ok(both) = both.collect::<std::result::Result<Vec<_>, Error>>() {
        let members = plan.reached(found.members(), &both).unwrap();
        let matrix = plan.among_with(&members, &both, &measure);
        let matrix = matrix.and_then(|matrix| Distances::new(matrix.distances(), both.len()));
        if let Ok(found) = matrix.and_then(|matrix| reliability(&matrix)) {
            assert!((0.0..=1.0).contains(&found.discriminability));
        }
    }
    if let Some(Ok(draws)) = prepared.first().map(|one| plan.draws(one, 1, 0..4)) {
        let members = plan.reached(found.members(), &draws).unwrap();
        if let Ok(within) = plan.pair_distances_with(&members, &draws, &[(0, 2), (1, 3)], &measure) {
            assert!(finite(&within));
            let p = NullBand::of(&[&within]).unwrap().test(1.0).unwrap().p;
            assert!((0.0..=1.0).contains(&p));
        }
    }
}
