//! Any two operators: lower bound <= distance, both finite, symmetric to the bit; or a typed error.
#![no_main]

use arbitrary::Unstructured;
use dynamical_similarity::{Effort, MatRef, Metric, Procrustes, Scalar, UnequalRanks};
use dynamical_similarity_fuzz::{numbers, single, size};
use libfuzzer_sys::fuzz_target;

fn check<T: Scalar>(solver: Procrustes, (m, a): (usize, &[T]), (n, b): (usize, &[T])) {
    let (Ok(a), Ok(b)) = (MatRef::new(a, m, m), MatRef::new(b, n, n)) else { return };
    let Ok(found) = solver.compare_operators(a, b) else { return };
    let (low, high): (f64, f64) = (found.lower_bound().into(), found.distance().into());
    assert!(high.is_finite() && 0.0 <= low && low <= high, "{low} {high}");
    assert!(found.transform().columns().flatten().all(|x| Into::<f64>::into(*x).is_finite()));
    let turned = solver.compare_operators(b, a).unwrap();
    assert_eq!(high.to_bits(), Into::<f64>::into(turned.distance()).to_bits());
}

fn run(bytes: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let choice = bytes.arbitrary::<u8>()?;
    let solver = Procrustes::new()
        .metric(match choice & 3 {
            0 => Metric::Chordal,
            1 => Metric::Frobenius,
            _ => Metric::Angular,
        })
        .effort(if choice & 4 == 0 { Effort::Fast } else { Effort::Default })
        .unequal_ranks(match choice >> 3 & 3 {
            0 => UnequalRanks::Error,
            1 => UnequalRanks::Transport,
            _ => UnequalRanks::Pad,
        });
    let m = size(bytes, 6)?;
    let n = if choice & 32 == 0 { m } else { size(bytes, 6)? };
    let a = numbers(bytes, m * m)?;
    // Often the same operator, or nearly.
    let b = if choice & 64 == 0 && m == n { a.clone() } else { numbers(bytes, n * n)? };
    check(solver, (m, &a), (n, &b));
    check(solver, (m, &single(&a)), (n, &single(&b)));
    Ok(())
}

fuzz_target!(|data: &[u8]| {
    let _ = run(&mut Unstructured::new(data));
});
