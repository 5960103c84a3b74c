//! The analysis of one window, from its sums to its spectra, in bounded steps.
//!
//! ```text
//! Centre           R_k = sums of lag k / pairs - m m'                   k = 0 .. d
//! Autoregression   the window's own coefficients, by block recursion
//! Own              log det of the errors of these coefficients; excitation
//! Reference        log det of the errors of the reference's coefficients; gate = the difference
//! Whiten           R_k = R_0^(-1/2) R_k R_0^(-1/2)
//! Subspace         leading directions of the delay windows, and the operator A in them
//! Score            spectra of the symmetric and of the skew part of A / |A|
//! Canonical        the operator between canonical variates of past and future, if asked for
//! CanonicalScore   its spectra
//! ```

pub(super) mod autoregression;
mod canonical;
#[cfg(test)]
mod reference_f64;
pub(super) mod spectra;
mod square;
pub(super) mod subspace;
mod whitening;

use super::sizes::{Sizes, diagonal};
use crate::data::lag_covariance::centre;
use crate::error::Error;
use crate::matrix::{Cells, any_of};
use crate::scalar::{Real, Scalar};
use autoregression::{Autoregression, Residual};
use canonical::Canonical;
use spectra::Spectra;
use subspace::Subspace;
use whitening::Whitening;

/// The stages, in their order, each with its own progress.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage<T> {
    Centre { lag: usize },
    Autoregression(Autoregression),
    Own { fit: Autoregression, residual: Residual },
    Reference(Residual),
    Whiten(Whitening<T>),
    Subspace(Subspace<T>),
    Score(Spectra<T>),
    Canonical(Canonical<T>),
    CanonicalScore(Spectra<T>),
    Done,
}

/// The reference of a window, and the start of its iteration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reference<'a, T> {
    /// Coefficients of the reference's autoregression, each transposed.
    pub(crate) coefficients: Option<&'a [T]>,
    /// The columns from which the subspace iteration starts.
    pub(crate) basis: Option<&'a [T]>,
}

/// The progress of the analysis of one window, and its results so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Analysis<T> {
    stage: Stage<T>,
    cap: usize,
    /// log det of the residuals of the window's own autoregression.
    own: T,
    /// log det of the residuals of the reference's autoregression, less that of the window's own.
    pub(crate) gate: T,
    /// 1 - (det E / det R_0)^(1/n)
    pub(crate) excitation: Option<T>,
    pub(crate) rank: Option<usize>,
    pub(crate) iterations: usize,
    pub(crate) converged: bool,
}

/// The result of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Underway,
    /// The covariances R_0 .. R_d of the channels have replaced the sums.
    Centred,
    /// Gate and excitation are known, and the window's own coefficients are at the start of the scratch.
    Gated,
    /// The rank is known, and basis and operator are in the scratch.
    Projected,
    /// Everything is known.
    Finished,
}

/// Scalars of scratch of an analysis. Its stages take turns in one place.
pub(crate) const fn scratch_len(sizes: Sizes) -> usize {
    any_of(&[
        autoregression::layout(sizes).len(),
        whitening::layout(sizes).len(),
        subspace::layout(sizes).len(),
        if sizes.canonical { canonical::layout(sizes).len() } else { 0 },
    ])
}

impl<T: Scalar> Analysis<T> {
    /// `cap` is the number of iterations after which a subspace that has not converged is used as it is.
    pub(crate) const fn new(cap: usize) -> Self {
        Self {
            stage: Stage::Centre { lag: 0 },
            cap,
            own: T::ZERO,
            gate: T::ZERO,
            excitation: None,
            rank: None,
            iterations: 0,
            converged: false,
        }
    }

    /// Does one unit of work on `sums` ([`Lags::sums_len`](crate::data::lag_covariance::Lags::sums_len) scalars), which
    /// become covariances. `spectra` takes the result ([`Sizes::result_len`] scalars), and `scratch` has [`scratch_len`].
    pub(crate) fn step(
        &mut self,
        sizes: Sizes,
        sums: &mut [T],
        reference: Reference<'_, T>,
        spectra: &mut [T],
        scratch: &mut [T],
    ) -> Result<Progress, Error> {
        let own_len = sizes.spectra_len();
        let mut progress = Progress::Underway;
        let next = match &mut self.stage {
            Stage::Centre { lag: k } => {
                centre_lag(sizes, *k, sums)?;
                *k = k.saturating_add(1);
                if *k > sizes.delays {
                    progress = Progress::Centred;
                    Some(Stage::Autoregression(Autoregression::new()))
                } else {
                    None
                }
            }
            Stage::Autoregression(fit) => match fit.step(sizes, sums, scratch) {
                Ok(done) => {
                    let fit = *fit;
                    done.then_some(Stage::Own { fit, residual: Residual::new() })
                }
                // Not positive definite: again with a larger ridge.
                Err(error) => Some(Stage::Autoregression(fit.again().ok_or(error)?)),
            },
            Stage::Own { fit, residual } => match residual.step(sizes, sums, None, scratch) {
                None => None,
                Some(own) if !own.definite => {
                    Some(Stage::Autoregression(fit.again().ok_or(Error::Singular)?))
                }
                Some(own) => {
                    self.own = own.log;
                    let channels =
                        autoregression::log_determinant_of_channels(sizes, sums, scratch);
                    let part = Real::exp((self.own - channels) / T::count(sizes.channels));
                    self.excitation = Some(T::ONE - part).filter(|part| Real::is_finite(*part));
                    Some(if reference.coefficients.is_some() {
                        Stage::Reference(Residual::new())
                    } else {
                        progress = Progress::Gated;
                        Stage::Whiten(Whitening::new())
                    })
                }
            },
            Stage::Reference(residual) => {
                match residual.step(sizes, sums, reference.coefficients, scratch) {
                    None => None,
                    Some(other) => {
                        self.gate = other.log - self.own;
                        progress = Progress::Gated;
                        Some(Stage::Whiten(Whitening::new()))
                    }
                }
            }
            Stage::Whiten(whitening) => whitening
                .step(sizes, sums, scratch)?
                .then_some(Stage::Subspace(Subspace::new(self.cap))),
            Stage::Subspace(subspace) => {
                let done = subspace.step(sizes, sums, reference.basis, scratch)?;
                self.iterations = subspace.iterations;
                self.converged = subspace.converged;
                if done {
                    self.rank = Some(subspace.rank);
                    progress = Progress::Projected;
                }
                done.then_some(Stage::Score(Spectra::Split))
            }
            Stage::Score(score) => {
                let (operator, memory) = subspace::operator(sizes, scratch);
                let done = score.step(operator.as_ref(), memory, spectra.part_mut(0, own_len))?;
                done.then_some(if sizes.canonical {
                    Stage::Canonical(Canonical::new())
                } else {
                    Stage::Done
                })
            }
            Stage::Canonical(canonical) => canonical
                .step(sizes, sums, scratch)?
                .then_some(Stage::CanonicalScore(Spectra::Split)),
            Stage::CanonicalScore(score) => {
                let (operator, memory) = canonical::operator(sizes, scratch);
                let out = spectra.part_mut(own_len, own_len);
                score.step(operator.as_ref(), memory, out)?.then_some(Stage::Done)
            }
            Stage::Done => None,
        };
        if let Some(next) = next {
            self.stage = next;
        }
        Ok(if self.stage == Stage::Done { Progress::Finished } else { progress })
    }
}

/// Converts the sums of lag k to R_k = sum / pairs - m mᵀ.
fn centre_lag<T: Scalar>(sizes: Sizes, k: usize, sums: &mut [T]) -> Result<(), Error> {
    let square = sizes.square();
    let ([products, totals, counts], _) = sizes.lags().sums_layout().cut_checked(sums);
    let (samples, pairs) = (counts.at(0), counts.at(k));
    if !(pairs > T::ZERO) {
        return Err(Error::Empty);
    }
    centre(products.part_mut(k.saturating_mul(square), square), totals, samples, pairs);
    Ok(())
}

/// Variance of channel i in centred covariances.
pub(crate) fn variance<T: Scalar>(sizes: Sizes, covariances: &[T], i: usize) -> T {
    covariances.at(diagonal(sizes.channels, i))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::lag_covariance::{History, Position, Sums};
    use crate::monitor::analysis::reference_f64::{self, Stream};

    /// Sums of a recording, in any scalar.
    fn sums_of<T: Scalar>(samples: &[f64], sizes: Sizes, block: usize) -> Vec<T> {
        let lags = sizes.lags();
        let mut ring = vec![T::ZERO; lags.history_len()];
        let mut position = Position::default();
        let mut total = vec![T::ZERO; lags.sums_len()];
        for block in samples.chunks(block * sizes.channels) {
            let mut memory = vec![T::ZERO; lags.sums_len()];
            for sample in block.chunks(sizes.channels) {
                let mut history = History::over(lags, position, &mut ring);
                position = history.push(Some(sample.iter().map(|x| T::of(*x))));
                Sums::over(lags, &mut memory).add_newest(&history);
            }
            total.iter_mut().zip(memory).for_each(|(to, x)| *to += x);
        }
        total
    }

    struct Found<T> {
        analysis: Analysis<T>,
        spectra: Vec<T>,
        coefficients: Vec<T>,
        basis: Vec<T>,
        units: usize,
    }

    fn analyse<T: Scalar>(
        sizes: Sizes,
        mut sums: Vec<T>,
        reference: Option<&Found<T>>,
        cap: usize,
    ) -> Found<T> {
        let mut found = Found {
            analysis: Analysis::new(cap),
            spectra: vec![T::ZERO; sizes.result_len()],
            coefficients: Vec::new(),
            basis: vec![T::ZERO; sizes.basis_len()],
            units: 0,
        };
        let mut scratch = vec![T::of(f64::NAN); scratch_len(sizes)];
        let given = Reference {
            coefficients: reference.map(|found| &found.coefficients[..]),
            basis: reference.map(|found| &found.basis[..]),
        };
        loop {
            found.units += 1;
            let progress = found
                .analysis
                .step(sizes, &mut sums, given, &mut found.spectra, &mut scratch)
                .unwrap();
            match progress {
                Progress::Gated => {
                    found.coefficients = autoregression::coefficients(sizes, &scratch).to_vec();
                }
                Progress::Projected => {
                    subspace::write_basis(sizes, &mut scratch, &mut found.basis);
                }
                Progress::Finished => break,
                _ => {}
            }
        }
        found
    }

    fn sizes(channels: usize, delays: usize, rank: usize) -> Sizes {
        Sizes { channels, delays, rank, canonical: rank <= channels * (delays / 2) }
    }

    /// Windows of a reference and of streams that differ from it in one thing.
    fn windows(n: usize, length: usize) -> [Vec<f64>; 3] {
        let mut fast = Stream::new(n, 6);
        fast.speed = 1.2;
        [Stream::new(n, 3).take(10 * length), Stream::new(n, 5).take(length), fast.take(length)]
    }

    #[test]
    fn spectra_are_those_of_the_definition() {
        for (n, d, r) in [(1, 1, 1), (1, 4, 2), (2, 3, 4), (3, 5, 3), (4, 5, 4), (8, 5, 8)] {
            let sizes = sizes(n, d, r);
            let samples = &windows(n, 400)[0];
            let found = analyse::<f64>(sizes, sums_of(samples, sizes, 500), None, 400);
            let white = reference_f64::whitened(&reference_f64::covariances(samples, n, d), n);
            let expected = reference_f64::spectra(&reference_f64::operator(&white, n, d, r), r);
            let error = reference_f64::chord(&found.spectra[..2 * r], &expected);
            // The lags of a stream have d pairs less than samples; the iteration rests before the last digit.
            assert!(error < 2e-3, "{n} {d} {r}: {error}");
            assert!(found.analysis.converged && found.analysis.rank == Some(r), "{n} {d} {r}");
            if sizes.canonical {
                let expected = reference_f64::spectra(&reference_f64::canonical(&white, sizes), r);
                let error = reference_f64::chord(&found.spectra[2 * r..], &expected);
                assert!(error < 1e-9, "canonical {n} {d} {r}: {error}");
            }
        }
    }

    /// The angle between two windows by the definition, all in `f64`.
    fn angle_by_definition(a: &[f64], b: &[f64], n: usize, d: usize, r: usize) -> f64 {
        let spectra = |samples: &[f64]| {
            let white = reference_f64::whitened(&reference_f64::covariances(samples, n, d), n);
            reference_f64::spectra(&reference_f64::operator(&white, n, d, r), r)
        };
        2.0 * (reference_f64::chord(&spectra(a), &spectra(b)) / 2.0).asin()
    }

    /// Samples as a device gets them: in `f32`, with an offset and a gain of its own in each channel, less the mean of
    /// the first 200.
    fn received(samples: &[f64], n: usize, offset: f64, spread: f64) -> Vec<f64> {
        let decades = |i: usize| spread * (2.0 * i as f64 / (n - 1) as f64 - 1.0);
        let seen: Vec<f32> = samples
            .iter()
            .enumerate()
            .map(|(k, x)| ((x + offset) * 10_f64.powf(decades(k % n))) as f32)
            .collect();
        let shift: Vec<f32> =
            (0..n).map(|i| seen.iter().skip(i).step_by(n).take(200).sum::<f32>() / 200.0).collect();
        seen.iter().enumerate().map(|(k, x)| f64::from(x - shift[k % n])).collect()
    }

    #[test]
    fn windows_in_f32_are_near_the_definition() {
        for (n, r, mark) in [(4, 4, 1e-3), (8, 8, 1e-3), (16, 8, 3e-3)] {
            let sizes = sizes(n, 5, r);
            let [reference, same, faster] = windows(n, 3000);
            let expected = [&same, &faster].map(|w| angle_by_definition(&reference, w, n, 5, r));
            for (offset, spread) in [(0.0, 0.0), (100.0, 0.0), (0.0, 1.5), (100.0, 1.5)] {
                let sums = |samples: &[f64]| {
                    sums_of::<f32>(&received(samples, n, offset, spread), sizes, 500)
                };
                let known = analyse::<f32>(sizes, sums(&reference), None, 200);
                for (window, expected) in [&same, &faster].into_iter().zip(expected) {
                    let found = analyse::<f32>(sizes, sums(window), Some(&known), 24);
                    let score = angle(&known.spectra[..2 * r], &found.spectra[..2 * r]);
                    let error = (f64::from(score) - expected).abs();
                    let (iterations, units) = (found.analysis.iterations, found.units);
                    println!(
                        "{n} {r} {offset} {spread}: {error:.1e} of {expected:.4}, {iterations} {units}"
                    );
                    assert!(
                        error < mark && found.analysis.converged,
                        "{n} {r}: {score} {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_gate_and_the_excitation_in_f32_are_those_in_f64() {
        for n in [4, 8, 16] {
            let sizes = sizes(n, 5, 4);
            let [reference, same, faster] = windows(n, 3000);
            let wide = analyse::<f64>(sizes, sums_of(&reference, sizes, 500), None, 200);
            let narrow = analyse::<f32>(sizes, sums_of(&reference, sizes, 500), None, 200);
            for window in [same, faster] {
                let wide = analyse(sizes, sums_of(&window, sizes, 500), Some(&wide), 24).analysis;
                let narrow =
                    analyse(sizes, sums_of(&window, sizes, 500), Some(&narrow), 24).analysis;
                let error = (f64::from(narrow.gate) / wide.gate - 1.0).abs();
                let excitation = f64::from(narrow.excitation.unwrap()) - wide.excitation.unwrap();
                println!("{n}: {} {error:.1e} {excitation:.1e}", wide.gate);
                assert!(error < 2e-2 && excitation.abs() < 1e-4, "{n}: {error} {excitation}");
            }
        }
    }

    #[test]
    fn a_million_samples_and_large_offsets_cost_no_digits() {
        let sizes = sizes(4, 10, 7);
        let samples = Stream::new(4, 8).take(1_000_000);
        let spectra = |samples: &[f64], block: usize| {
            let exact = analyse::<f64>(sizes, sums_of(samples, sizes, block), None, 400);
            let found = analyse::<f32>(sizes, sums_of(samples, sizes, block), None, 400);
            let wide: Vec<f64> = found.spectra.iter().map(|x| f64::from(*x)).collect();
            (exact.spectra.clone(), reference_f64::chord(&exact.spectra[..14], &wide[..14]))
        };
        let (_, error) = spectra(&samples, 500);
        println!("{error:.1e}");
        // One sum over all samples leaves 6e-5.
        assert!(error < 1e-5, "{error}");
        let part = &samples[..100_000];
        let plain = spectra(&received(part, 4, 0.0, 0.0), 500);
        for offset in [100.0, 1000.0] {
            let (exact, error) = spectra(&received(part, 4, offset, 0.0), 500);
            let moved = reference_f64::chord(&exact[..14], &plain.0[..14]);
            println!("{offset}: {error:.1e}, {moved:.1e}");
            assert!(error < 3e-4 && moved < 3e-4, "{offset}: {error} {moved}");
        }
    }

    #[test]
    fn an_invertible_mixture_of_the_channels_changes_no_spectrum() {
        for (n, d, r) in [(3, 4, 2), (4, 5, 4), (8, 5, 8)] {
            let sizes = sizes(n, d, r);
            let samples = Stream::new(n, 21).take(4000);
            let mut noise = Stream::new(1, 22);
            let mixing: Vec<f64> = (0..n * n).map(|_| noise.normal()).collect();
            let remixed: Vec<f64> = samples
                .chunks(n)
                .flat_map(|x| {
                    (0..n)
                        .map(|i| (0..n).map(|j| mixing[j * n + i] * x[j]).sum())
                        .collect::<Vec<f64>>()
                })
                .collect();
            let [plain, mixed] = [samples, remixed]
                .map(|samples| analyse::<f64>(sizes, sums_of(&samples, sizes, 500), None, 1000));
            let error = reference_f64::chord(&plain.spectra, &mixed.spectra);
            println!("{n} {d} {r}: {error:.1e}");
            assert!(error < 1e-3, "{n} {d} {r}: {error}");
        }
    }

    #[test]
    fn directions_below_the_cut_do_not_count() {
        // One source in four channels: every delay window lies along what one channel spans.
        let mut source = Stream::new(1, 9);
        source.noise = 0.0;
        let samples: Vec<f64> =
            source.take(4000).into_iter().flat_map(|x| [x, 2.0 * x, -x, 0.5 * x]).collect();
        let sizes = sizes(4, 3, 8);
        let found = analyse::<f32>(sizes, sums_of(&samples, sizes, 500), None, 200);
        assert_eq!(found.analysis.rank, Some(3));
    }

    use crate::monitor::analysis::spectra::angle;
}
