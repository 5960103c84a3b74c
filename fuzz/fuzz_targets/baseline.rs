//! Any two sets of trials: a distance in range, the same to the bit in either order, or a typed error. Where the numbers
//! are of one size: zero from a recording to itself, and the same after a rotation of the channels.

use arbitrary::Unstructured;
use dynamical_similarity::{Baseline, BaselineMethod, Embedding, Recording, Scalar};
use crate::{numbers, single, size};

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
    let oneself = baseline.compare(&a, &a).map(|found| Into::<f64>::into(found.distance()));
    if oneself.is_ok() && tame(&a) {
        // An angle near zero has half of the digits of its cosine.
        let rounding = if size_of::<T>() == 4 { 3e-3 } else { 1e-6 };
        assert!(oneself.is_ok_and(|distance| distance <= rounding), "{oneself:?}");
        turned(&baseline, split, &a, &b, distance);
    }
}

/// Every channel varies, by much the same, about a mean that is not far away: rounding is then relative to the signal.
fn tame<T: Scalar>(trials: &[Recording<'_, T>]) -> bool {
    let channels = trials.first().map_or(0, Recording::channels);
    let spans: Vec<(f64, f64)> = (0..channels)
        .map(|channel| {
            let samples = trials.iter().flat_map(|trial| {
                (0..trial.samples()).map(move |t| Into::<f64>::into(trial.sample(t)[channel]))
            });
            let (least, most) =
                samples.fold((f64::MAX, f64::MIN), |(least, most), x| (x.min(least), x.max(most)));
            (most - least, most.abs().max(least.abs()))
        })
        .collect();
    let narrowest = spans.iter().fold(f64::MAX, |least, span| span.0.min(least));
    let largest = spans.iter().fold(0.0_f64, |most, span| span.1.max(most));
    largest > 1e-10 && largest < 1e10 && narrowest > 0.01 * largest
}

/// Neither CKA nor Procrustes sees an orthogonal map of the channels: a rotation of the first two, and a flip.
fn turned<T: Scalar>(
    baseline: &Baseline,
    split: usize,
    a: &[Recording<'_, T>],
    b: &[Recording<'_, T>],
    before: f64,
) {
    let channels = a.first().map_or(0, Recording::channels);
    if baseline.method() == BaselineMethod::Svcca || channels < 2 || !tame(b) {
        return;
    }
    let map = |sample: &[T]| {
        let mut turned = sample.to_vec();
        let (cos, sin) = (T::from(0.6), T::from(0.8));
        turned[0] = cos * sample[0] - sin * sample[1];
        turned[1] = -(sin * sample[0] + cos * sample[1]);
        turned
    };
    let samples: Vec<T> = a
        .iter()
        .flat_map(|trial| (0..trial.samples()).flat_map(move |t| map(trial.sample(t))))
        .collect();
    let (first, second) = samples.split_at((split * channels).min(samples.len()));
    let parts = [first, second].into_iter().filter(|x| !x.is_empty());
    let trials: Vec<_> = parts.map(|x| Recording::new(x, channels).unwrap()).collect();
    if let Ok(found) = baseline.compare(&trials, b) {
        let after: f64 = found.distance().into();
        let rounding = if size_of::<T>() == 4 { 1e-2 } else { 1e-5 };
        assert!((after - before).abs() <= rounding, "{before} {after}");
    }
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

pub fn fuzz_target(data: &[u8]) {
    let _ = run(&mut Unstructured::new(data));
}
