//! Trials pushed in any grouping: finite sums and model, or a typed error.
#![no_main]

use arbitrary::Unstructured;
use dynamical_similarity::{Dmd, Embedding, Gram, Rank, Recording};
use dynamical_similarity_fuzz::{numbers, size};
use libfuzzer_sys::fuzz_target;

fn run(bytes: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let (channels, delays) = (size(bytes, 3)?, size(bytes, 5)?);
    let (interval, steps) = (size(bytes, 4)?, size(bytes, 6)?);
    let embedding = Embedding::new(delays, interval);
    let length = Gram::<f64>::memory_len(channels, embedding);
    let mut memory = [vec![0.0; length], vec![0.0; length]];
    let [one, two] = &mut memory;
    let scale = 2.0_f64.powi(bytes.int_in_range(-40..=40)?);
    let (Ok(mut one), Ok(mut two)) = (
        Gram::new_in(channels, embedding, steps, scale, one),
        Gram::new_in(channels, embedding, steps, scale, two),
    ) else {
        return Ok(());
    };
    for index in 0..size(bytes, 4)? {
        let samples = size(bytes, 40)?;
        let data = numbers(bytes, samples * channels)?;
        let Ok(trial) = Recording::new(&data, channels) else { continue };
        let into = if index % 2 == 0 { &mut one } else { &mut two };
        let _ = into.push_trial(&trial);
    }
    one.merge(&two).unwrap();
    let dmd = Dmd::new()
        .delays(delays)
        .interval(interval)
        .steps_ahead(steps)
        .rank(Rank::Fixed(size(bytes, 6)?));
    let mut memory = vec![0.0; Dmd::statistics_memory_len(dmd.shape(channels))];
    if let Ok(model) = dmd.fit_statistics_in(&one, &mut memory) {
        assert!(model.operator().columns().flatten().all(|x| x.is_finite()));
    }
    Ok(())
}

fuzz_target!(|data: &[u8]| {
    let _ = run(&mut Unstructured::new(data));
});
