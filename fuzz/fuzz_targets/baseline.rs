//! Any two sets of trials: a distance in range, the same to the bit in either order, or a typed error.
#![no_main]

use arbitrary::Unstructured;
use dynamical_similarity::{Baseline, BaselineMethod, Embedding, Recording, Scalar};
use dynamical_similarity_fuzz::{numbers, single, size};
use libfuzzer_sys::fuzz_target;

fn check<T: Scalar>(
    baseline: Baseline,
    split: usize,
    (p, a): (usize, &[T]),
    (q, b): (usize, &[T]),
) {
    let trials = |samples, channels| {
        let (first, second) = <[T]>::split_at(samples, split * channels);
        let parts = [first, second].into_iter().filter(|x| !x.is_empty());
        parts.map(|x| Recording::new(x, channels)).collect::<Result<Vec<_>, _>>()
    };
    let (Ok(a), Ok(b)) = (trials(a, p), trials(b, q)) else { return };
    let (there, back) = (baseline.compare(&a, &b), baseline.compare(&b, &a));
    assert_eq!(there.is_ok(), back.is_ok());
    let Ok(there) = there else { return };
    assert_eq!(Ok(there), back);
    let (distance, similarity): (f64, f64) = (there.distance().into(), there.similarity().into());
    let largest = if baseline.method() == BaselineMethod::Svcca { 1.0 } else { 1.570_797 };
    assert!((0.0..=largest).contains(&distance) && (0.0..=1.0).contains(&similarity), "{there:?}");
}

fn run(bytes: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let choice = bytes.arbitrary::<u8>()?;
    let baseline = Baseline::new(match choice & 3 {
        0 => BaselineMethod::Cka,
        1 => BaselineMethod::Svcca,
        _ => BaselineMethod::Procrustes,
    })
    .embedding(Embedding::new(size(bytes, 4)?, size(bytes, 3)?))
    .explained_variance(if choice & 4 == 0 {
        0.99
    } else {
        f64::from(bytes.arbitrary::<u8>()?) / 255.0
    });
    let (p, q) = (size(bytes, 4)?, size(bytes, 4)?);
    let (t, split) = (size(bytes, 20)?, size(bytes, 20)?);
    let split = split.min(t);
    // Often as long as each other, often the same samples, or nearly.
    let longer = t + usize::from(choice & 56 == 0);
    let a = numbers(bytes, t * p)?;
    let mut b = if choice & 64 == 0 && p == q { a.clone() } else { Vec::new() };
    let missing = (longer * q).saturating_sub(b.len());
    b.extend(numbers(bytes, missing)?);
    if let (true, Some(x)) = (choice & 128 == 0, b.first_mut()) {
        *x *= 1.0 + f64::EPSILON;
    }
    check(baseline, split, (p, &a), (q, &b));
    check(baseline, split, (p, &single(&a)), (q, &single(&b)));
    Ok(())
}

fuzz_target!(|data: &[u8]| {
    let _ = run(&mut Unstructured::new(data));
});
