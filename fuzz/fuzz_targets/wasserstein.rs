//! Any two operators or spectra: a finite distance, symmetric to the bit, or a typed error.
#![no_main]

use arbitrary::Unstructured;
use dynamical_similarity::{MatRef, Scalar, UnequalRanks, Wasserstein, WassersteinOrder};
use dynamical_similarity_fuzz::{numbers, single, size};
use libfuzzer_sys::fuzz_target;

fn check<T: Scalar>(settings: Wasserstein, (m, a): (usize, &[T]), (n, b): (usize, &[T])) {
    let both = |(m, a): (usize, &[T]), (n, b): (usize, &[T])| {
        let (Ok(a), Ok(b)) = (MatRef::new(a, m, m), MatRef::new(b, n, n)) else { return None };
        settings.compare_operators(a, b).ok().map(Into::<f64>::into)
    };
    let (there, back) = (both((m, a), (n, b)), both((n, b), (m, a)));
    assert_eq!(there.map(f64::to_bits), back.map(f64::to_bits));
    assert!(there.is_none_or(|x| x.is_finite() && x >= 0.0), "{there:?}");
    let mut memory = vec![T::default(); settings.eigenvalues_memory_len(m, n)];
    let found = settings.compare_eigenvalues_in(
        &a[..m.min(a.len())],
        &a[a.len() - m.min(a.len())..],
        &b[..n.min(b.len())],
        &b[b.len() - n.min(b.len())..],
        &mut memory,
    );
    assert!(found.map_or(true, |x| Into::<f64>::into(x).is_finite()));
}

fn run(bytes: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let choice = bytes.arbitrary::<u8>()?;
    let settings = Wasserstein::new()
        .order(match choice & 3 {
            0 => WassersteinOrder::One,
            1 => WassersteinOrder::TwoSquared,
            _ => WassersteinOrder::Two,
        })
        .unequal_ranks(match choice >> 2 & 3 {
            0 => UnequalRanks::Error,
            1 => UnequalRanks::Pad,
            _ => UnequalRanks::Transport,
        });
    let (m, n) = (size(bytes, 8)?, size(bytes, 8)?);
    let (a, b) = (numbers(bytes, m * m)?, numbers(bytes, n * n)?);
    check(settings, (m, &a), (n, &b));
    check(settings, (m, &single(&a)), (n, &single(&b)));
    Ok(())
}

fuzz_target!(|data: &[u8]| {
    let _ = run(&mut Unstructured::new(data));
});
