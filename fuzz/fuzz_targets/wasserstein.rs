//! Any two operators or spectra: the least mean displacement of all permutations, up to six eigenvalues;
//! symmetric to the bit; or a typed error where there is a reason for one.

use arbitrary::Unstructured;
use dynamical_similarity::linalg::eigenvalues::eigenvalues_in;
use dynamical_similarity::{
    Error, MatMut, MatRef, Scalar, UnequalRanks, Wasserstein, WassersteinOrder,
};
use crate::{finite, numbers, single, size};

/// The most points whose permutations are all tried.
const MOST: usize = 6;

/// Real and imaginary parts.
type Spectrum<'a, T> = (&'a [T], &'a [T]);

/// The least sum of costs over all permutations of what is left.
fn least(costs: &[Vec<f64>], row: usize, taken: &mut [bool]) -> f64 {
    let Some(of_row) = costs.get(row) else { return 0.0 };
    let mut best = f64::INFINITY;
    for (j, cost) in of_row.iter().enumerate() {
        if !taken[j] {
            taken[j] = true;
            best = best.min(cost + least(costs, row + 1, taken));
            taken[j] = false;
        }
    }
    best
}

struct Settings {
    order: WassersteinOrder,
    rule: UnequalRanks,
}

impl Settings {
    fn wasserstein(&self) -> Wasserstein {
        Wasserstein::new().order(self.order).unequal_ranks(self.rule)
    }

    /// How often every eigenvalue of either spectrum stands to make them equal masses, with the zeros that
    /// are padded; none if the rule refuses them or there are too many.
    fn copies(&self, m: usize, n: usize) -> Option<(usize, usize, usize)> {
        let most = m.max(n);
        let common = (most..=MOST).find(|count| count % m == 0 && count % n == 0);
        match self.rule {
            _ if m == n => Some((1, 1, m)),
            UnequalRanks::Pad => Some((1, 1, most)),
            UnequalRanks::Transport => common.map(|count| (count / m, count / n, count)),
            _ => None,
        }
    }

    /// The distance by all permutations, relative to the largest eigenvalue, and that.
    fn by_permutations<T: Scalar>(
        &self,
        a: Spectrum<'_, T>,
        b: Spectrum<'_, T>,
    ) -> Option<(f64, f64)> {
        let (m, n) = (a.0.len(), b.0.len());
        let (left, right, count) = self.copies(m, n).filter(|(.., count)| *count <= MOST)?;
        let all = [a.0, a.1, b.0, b.1].into_iter().flatten();
        let largest = all.fold(0.0, |most: f64, x| most.max(Into::<f64>::into(*x).abs()));
        if largest == 0.0 {
            return Some((0.0, 0.0));
        }
        // Twice the square of the largest number is none.
        let scaled = |x: T| Into::<f64>::into(x) / largest;
        let points = |spectrum: Spectrum<'_, T>, copies: usize| -> Vec<[f64; 2]> {
            let points = spectrum.0.iter().zip(spectrum.1).map(|(x, y)| [scaled(*x), scaled(*y)]);
            let mut points: Vec<[f64; 2]> =
                points.flat_map(|point| std::iter::repeat_n(point, copies)).collect();
            points.resize(count, [0.0; 2]);
            points
        };
        let power = if self.order == WassersteinOrder::One { 1 } else { 2 };
        let (a, b) = (points(a, left), points(b, right));
        let cost = |x: &[f64; 2], y: &[f64; 2]| (x[0] - y[0]).hypot(x[1] - y[1]).powi(power);
        let costs: Vec<Vec<f64>> =
            a.iter().map(|x| b.iter().map(|y| cost(x, y)).collect()).collect();
        let mean = least(&costs, 0, &mut vec![false; count]) / count as f64;
        Some((if self.order == WassersteinOrder::Two { mean.sqrt() } else { mean }, largest))
    }

    /// Checks a distance that was found for two spectra.
    fn check<T: Scalar>(
        &self,
        found: Result<T, Error>,
        (a, b): (Spectrum<'_, T>, Spectrum<'_, T>),
        (eps, most): (f64, f64),
    ) {
        if let Ok(found) = &found {
            let found = Into::<f64>::into(*found);
            assert!(found.is_finite() && found >= 0.0, "{found}");
        }
        let valid = [a.0, a.1, b.0, b.1].iter().all(|x| !x.is_empty() && finite(x));
        if !valid {
            assert!(found.is_err(), "not finite or empty, and no error");
            return;
        }
        let Some((expected, largest)) = self.by_permutations(a, b) else { return };
        let unit = |x: f64| match self.order {
            WassersteinOrder::TwoSquared => x * largest * largest,
            _ => x * largest,
        };
        match found {
            Ok(found) => {
                let found: f64 = found.into();
                // Displacements that the scalar cannot square beside the largest are zero, and what is below
                // its least number is rounded to that.
                let lost = if eps > 1e-10 { 2.0_f64.powi(-59) } else { 2.0_f64.powi(-499) };
                let lost =
                    if self.order == WassersteinOrder::TwoSquared { lost * lost } else { lost };
                // The permutations see displacements of numbers that were divided by the largest, and rounded.
                let tolerance = 64.0 * eps * unit(expected)
                    + 8.0 * eps * unit(1.0)
                    + unit(lost)
                    + if eps > 1e-10 { 1e-44 } else { 1e-322 };
                let apart = (found - unit(expected)).abs();
                assert!(
                    apart <= tolerance || !unit(expected).is_finite(),
                    "{found:e}, by permutations {:e}",
                    unit(expected)
                );
            }
            Err(error) => assert!(unit(expected) > 0.99 * most, "{error} for {expected:e}"),
        }
    }
}

fn spectrum<T: Scalar>(values: &[T], n: usize) -> Option<(Vec<T>, Vec<T>)> {
    let mut copy = values.to_vec();
    let (mut real, mut imaginary) = (vec![T::default(); n], vec![T::default(); n]);
    eigenvalues_in(&mut MatMut::new(&mut copy, n, n).ok()?, &mut real, &mut imaginary).ok()?;
    Some((real, imaginary))
}

fn check<T: Scalar>(
    settings: &Settings,
    (m, a): (usize, &[T]),
    (n, b): (usize, &[T]),
    limits: (f64, f64),
) {
    let measure = settings.wasserstein();
    let both = |(m, a): (usize, &[T]), (n, b): (usize, &[T])| {
        let (Ok(a), Ok(b)) = (MatRef::new(a, m, m), MatRef::new(b, n, n)) else { return None };
        Some(measure.compare_operators(a, b))
    };
    let bits = |found: &Option<Result<T, Error>>| {
        found.as_ref().and_then(|x| x.as_ref().ok()).map(|x| Into::<f64>::into(*x).to_bits())
    };
    let (there, back) = (both((m, a), (n, b)), both((n, b), (m, a)));
    assert_eq!(bits(&there), bits(&back));
    if let (Some(found), Some(of_a), Some(of_b)) = (there, spectrum(a, m), spectrum(b, n)) {
        settings.check(found, ((&of_a.0, &of_a.1), (&of_b.0, &of_b.1)), limits);
    }
    let mut memory = vec![T::default(); measure.eigenvalues_memory_len(m, n)];
    let (m, n) = (m.min(a.len()), n.min(b.len()));
    let (left, right) = ((&a[..m], &a[a.len() - m..]), (&b[..n], &b[b.len() - n..]));
    let found = measure.compare_eigenvalues_in(left.0, left.1, right.0, right.1, &mut memory);
    let back = measure.compare_eigenvalues_in(right.0, right.1, left.0, left.1, &mut memory);
    assert_eq!(bits(&Some(found.clone())), bits(&Some(back)));
    settings.check(found, (left, right), limits);
}

fn run(bytes: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let choice = bytes.arbitrary::<u8>()?;
    let settings = Settings {
        order: match choice & 3 {
            0 => WassersteinOrder::One,
            1 => WassersteinOrder::TwoSquared,
            _ => WassersteinOrder::Two,
        },
        rule: match choice >> 2 & 3 {
            0 => UnequalRanks::Error,
            1 => UnequalRanks::Pad,
            _ => UnequalRanks::Transport,
        },
    };
    let (m, n) = (size(bytes, 8)?, size(bytes, 8)?);
    let (a, b) = (numbers(bytes, m * m)?, numbers(bytes, n * n)?);
    check(&settings, (m, &a), (n, &b), (f64::EPSILON, f64::MAX));
    let (a, b) = (single(&a), single(&b));
    check(&settings, (m, &a), (n, &b), (f32::EPSILON.into(), f32::MAX.into()));
    Ok(())
}

pub fn fuzz_target(data: &[u8]) {
    let _ = run(&mut Unstructured::new(data));
}
