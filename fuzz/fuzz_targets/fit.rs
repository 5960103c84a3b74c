//! Any recording under any settings: a finite operator or a typed error, in both scalars; prediction too.
#![no_main]

use arbitrary::Unstructured;
use dynamical_similarity::{Centre, Dmd, Horizon, Rank, Recording, Scalar, Scale};
use dynamical_similarity_fuzz::{number, numbers, single, size};
use libfuzzer_sys::fuzz_target;

fn check<T: Scalar>(dmd: Dmd, trials: &[Vec<T>], channels: usize) {
    let recordings: Result<Vec<_>, _> =
        trials.iter().map(|trial| Recording::new(trial, channels)).collect();
    let Ok(recordings) = recordings else { return };
    let Ok(model) = dmd.fit(&recordings) else { return };
    let finite = |x: &T| Into::<f64>::into(*x).is_finite();
    assert!(model.operator().columns().flatten().all(finite));
    assert!(model.basis().columns().flatten().all(finite));
    assert!(model.spectrum().iter().all(finite));
    if let Ok(eigenvalues) = model.eigenvalues() {
        assert!(eigenvalues.iter().all(|(re, im)| finite(re) && finite(im)));
    }
    let model = model.as_ref();
    let mut memory = vec![T::default(); model.prediction_memory_len() + 3 * channels];
    for horizon in [Horizon::Steps(1), Horizon::Steps(3), Horizon::Free] {
        if let Ok(errors) = model.prediction_errors_in(&recordings, horizon, &mut memory) {
            assert!(finite(&errors.mean_squared_error));
        }
    }
}

fn run(bytes: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let channels = size(bytes, 4)?;
    let rank = match bytes.arbitrary::<u8>()? % 6 {
        0 => Rank::Full,
        1 => Rank::Threshold(number(bytes)?),
        2 => Rank::ExplainedVariance(number(bytes)?),
        3 => Rank::HardThreshold,
        _ => Rank::Fixed(size(bytes, 12)?),
    };
    let choice = bytes.arbitrary::<u8>()?;
    let dmd = if choice & 1 == 0 { Dmd::new() } else { Dmd::parity() };
    let dmd = dmd
        .delays(size(bytes, 6)?)
        .interval(size(bytes, 3)?)
        .steps_ahead(size(bytes, 4)?)
        .rank(rank)
        .ridge(if choice & 2 == 0 { 1e-8 } else { number(bytes)? })
        .reduced_rank(choice & 4 != 0)
        .centre(if choice & 8 == 0 { Centre::None } else { Centre::Mean })
        .scale(match choice >> 4 & 3 {
            0 => Scale::UnitVariance,
            1 => Scale::UnitNorm,
            _ => Scale::None,
        });
    let count = size(bytes, 3)?;
    let trials: Vec<Vec<f64>> = (0..count)
        .map(|_| {
            let samples = size(bytes, 40)?;
            numbers(bytes, samples * channels)
        })
        .collect::<arbitrary::Result<_>>()?;
    check(dmd, &trials, channels);
    let trials: Vec<Vec<f32>> = trials.iter().map(|trial| single(trial)).collect();
    check(dmd, &trials, channels);
    Ok(())
}

fuzz_target!(|data: &[u8]| {
    let _ = run(&mut Unstructured::new(data));
});
