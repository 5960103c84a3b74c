//! The analysis of one window, from its sums to its lag spectra, in bounded steps.
//!
//! ```text
//! Centre           R_k = sums of lag k / pairs - m m'                   k = 0 .. d
//! Autoregression   the window's own coefficients, by block recursion
//! Own              log det of the errors of these coefficients; excitation
//! Reference        log det of the errors of the reference's coefficients; gate = the difference
//! Whiten           R_k = R_0^(-1/2) R_k R_0^(-1/2)
//! Spectra          the features of the window, by lengths that are measured with R_1
//! ```
//!
//! [`subspace`] finds the operator A of the window on request, from the white covariances that are left.

pub(super) mod autoregression;
pub(super) mod lag_spectra;
#[cfg(test)]
pub(super) mod reference_f64;
mod square;
pub(super) mod subspace;
mod whitening;

use super::sizes::{Sizes, diagonal};
use crate::data::lag_covariance::centre;
use crate::error::Error;
use crate::matrix::{Cells, any_of};
use crate::scalar::{Real, Scalar};
use autoregression::{Autoregression, Residual};
use lag_spectra::{Kept, LagSpectra, Summary};
use whitening::Whitening;

/// The stages, in their order, each with its own progress.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage<T> {
    Centre { lag: usize },
    Autoregression(Autoregression),
    Own { fit: Autoregression, residual: Residual },
    Reference(Residual),
    Whiten(Whitening<T>),
    Spectra(LagSpectra<T>),
    Done,
}

/// What the analysis of a window depends on in addition to its sums.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reference<'a, T> {
    /// Coefficients of the reference's autoregression, each transposed.
    pub(crate) coefficients: Option<&'a [T]>,
    /// The directions of the lag spectra.
    pub(crate) kept: Kept,
}

/// The progress of the analysis of one window, and its results so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Analysis<T> {
    stage: Stage<T>,
    /// log det of the residuals of the window's own autoregression.
    own: T,
    /// log det of the residuals of the reference's autoregression, less that of the window's own.
    pub(crate) gate: T,
    /// 1 - (det E / det R_0)^(1/n)
    pub(crate) excitation: Option<T>,
    /// Directions of the channels that are not negligible.
    pub(crate) rank: Option<usize>,
    /// What the lag spectra say in addition to the features.
    pub(crate) summary: Summary<T>,
}

/// The result of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Underway,
    /// The covariances R_0 .. R_d of the channels have replaced the sums.
    Centred,
    /// Gate and excitation are known, and the window's own coefficients are at the start of the scratch.
    Gated,
    /// The rank is known.
    White,
    /// Everything is known.
    Finished,
}

/// Scalars of scratch of an analysis. Its stages take turns in one place.
pub(crate) const fn scratch_len(sizes: Sizes) -> usize {
    any_of(&[
        autoregression::layout(sizes).len(),
        whitening::layout(sizes).len(),
        lag_spectra::layout(sizes).len(),
        if sizes.operator { subspace::layout(sizes).len() } else { 0 },
    ])
}

impl<T: Scalar> Analysis<T> {
    pub(crate) const fn new() -> Self {
        Self {
            stage: Stage::Centre { lag: 0 },
            own: T::ZERO,
            gate: T::ZERO,
            excitation: None,
            rank: None,
            summary: Summary { directions: 0, noise: T::ZERO, echo: T::ZERO },
        }
    }

    /// Does one unit of work on `sums` ([`Lags::sums_len`](crate::data::lag_covariance::Lags::sums_len) scalars), which
    /// become covariances. `features` takes the result ([`Sizes::features_len`] scalars), and `scratch` has [`scratch_len`].
    pub(crate) fn step(
        &mut self,
        sizes: Sizes,
        sums: &mut [T],
        reference: Reference<'_, T>,
        features: &mut [T],
        scratch: &mut [T],
    ) -> Result<Progress, Error> {
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
            Stage::Whiten(whitening) => match whitening.step(sizes, sums, scratch)? {
                None => None,
                left => {
                    self.rank = left;
                    progress = Progress::White;
                    Some(Stage::Spectra(LagSpectra::new(reference.kept)))
                }
            },
            Stage::Spectra(spectra) => {
                let done = spectra.step(sizes, sums, scratch, features)?;
                self.summary = spectra.summary;
                done.then_some(Stage::Done)
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
        features: Vec<T>,
        coefficients: Vec<T>,
        white: Vec<T>,
        units: usize,
    }

    fn analyse<T: Scalar>(
        sizes: Sizes,
        mut sums: Vec<T>,
        reference: Option<&Found<T>>,
    ) -> Found<T> {
        let mut found = Found {
            analysis: Analysis::new(),
            features: vec![T::ZERO; sizes.features_len()],
            coefficients: Vec::new(),
            white: Vec::new(),
            units: 0,
        };
        let mut scratch = vec![T::of(f64::NAN); scratch_len(sizes)];
        let given = Reference {
            coefficients: reference.map(|found| &found.coefficients[..]),
            kept: Kept::Exactly(sizes.most_directions()),
        };
        loop {
            found.units += 1;
            let progress = found
                .analysis
                .step(sizes, &mut sums, given, &mut found.features, &mut scratch)
                .unwrap();
            match progress {
                Progress::Gated => {
                    found.coefficients = autoregression::coefficients(sizes, &scratch).to_vec();
                }
                Progress::Finished => break,
                _ => {}
            }
        }
        found.white = sums;
        found
    }

    fn sizes(channels: usize, delays: usize, rank: usize) -> Sizes {
        Sizes { channels, delays, rank, operator: true }
    }

    /// Windows of a reference and of streams that differ from it in one thing.
    fn windows(n: usize, length: usize) -> [Vec<f64>; 3] {
        let mut fast = Stream::new(n, 6);
        fast.speed = 1.2;
        [Stream::new(n, 3).take(10 * length), Stream::new(n, 5).take(length), fast.take(length)]
    }

    /// The features of a recording by the definition, all in `f64`.
    fn by_definition(samples: &[f64], sizes: Sizes) -> (Vec<f64>, f64) {
        let (n, d) = (sizes.channels, sizes.delays);
        let white = reference_f64::whitened(&reference_f64::covariances(samples, n, d), n);
        reference_f64::features(&white, n, d, sizes.most_directions())
    }

    fn largest_difference<T: Scalar>(found: &[T], expected: &[f64]) -> f64 {
        let pairs = found.iter().zip(expected);
        pairs.fold(0.0, |most, (x, y)| most.max((Into::<f64>::into(*x) - y).abs()))
    }

    #[test]
    fn features_and_operator_are_those_of_the_definition() {
        for (n, d, r) in [(1, 2, 1), (1, 4, 2), (2, 3, 4), (3, 5, 2), (4, 5, 4), (8, 5, 8)] {
            let sizes = sizes(n, d, r);
            let samples = &windows(n, 400)[0];
            let found = analyse::<f64>(sizes, sums_of(samples, sizes, 500), None);
            let (features, noise) = by_definition(samples, sizes);
            let error = largest_difference(&found.features, &features);
            assert!(error < 1e-11, "{n} {d} {r}: {error}");
            assert_eq!(found.features.len(), features.len());
            assert!((found.analysis.summary.noise - noise).abs() < 1e-11);
            assert_eq!(found.analysis.rank, Some(n));
            let mut scratch = vec![f64::NAN; scratch_len(sizes)];
            let projected = subspace::find(sizes, &found.white, None, 400, &mut scratch).unwrap();
            let operator = subspace::operator(sizes, &mut scratch).to_vec();
            let white = reference_f64::whitened(&reference_f64::covariances(samples, n, d), n);
            let expected = reference_f64::operator(&white, n, d, r);
            let [values, expected] =
                [&operator, &expected].map(|a| reference_f64::singular_values(a, r));
            let error = largest_difference(&values, &expected);
            // The lags of a stream have d pairs less than samples; the iteration rests before the last digit.
            assert!(error < 4e-3, "operator {n} {d} {r}: {error}");
            assert!(projected.converged && projected.rank == r, "{n} {d} {r}");
        }
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
        for (n, r) in [(4, 4), (8, 8), (16, 8), (16, 16)] {
            let sizes = sizes(n, 5, r);
            let [reference, same, faster] = windows(n, 3000);
            for (offset, spread) in [(0.0, 0.0), (100.0, 0.0), (0.0, 1.5), (100.0, 1.5)] {
                let known = analyse::<f32>(sizes, sums_of(&reference, sizes, 500), None);
                for window in [&same, &faster] {
                    let received = received(window, n, offset, spread);
                    let sums = sums_of::<f32>(&received, sizes, 500);
                    let found = analyse::<f32>(sizes, sums, Some(&known));
                    let (expected, noise) = by_definition(&received, sizes);
                    let largest = expected.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
                    let error = largest_difference(&found.features, &expected) / largest;
                    let level = f64::from(found.analysis.summary.noise) / noise - 1.0;
                    println!(
                        "{n} {r} {offset} {spread}: {error:.1e} {level:.1e}, {} units",
                        found.units
                    );
                    assert!(error < 5e-5 && level.abs() < 1e-4, "{n} {r}: {error} {level}");
                }
            }
        }
    }

    #[test]
    fn the_gate_and_the_excitation_in_f32_are_those_in_f64() {
        for n in [4, 8, 16] {
            let sizes = sizes(n, 5, 4);
            let [reference, same, faster] = windows(n, 3000);
            let wide = analyse::<f64>(sizes, sums_of(&reference, sizes, 500), None);
            let narrow = analyse::<f32>(sizes, sums_of(&reference, sizes, 500), None);
            for window in [same, faster] {
                let wide = analyse(sizes, sums_of(&window, sizes, 500), Some(&wide)).analysis;
                let narrow = analyse(sizes, sums_of(&window, sizes, 500), Some(&narrow)).analysis;
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
        let features = |samples: &[f64], block: usize| {
            let exact = analyse::<f64>(sizes, sums_of(samples, sizes, block), None);
            let found = analyse::<f32>(sizes, sums_of(samples, sizes, block), None);
            let error = largest_difference(&found.features, &exact.features);
            (exact.features, error)
        };
        let (_, error) = features(&samples, 500);
        println!("{error:.1e}");
        // One sum over all samples leaves MEASURED.
        assert!(error < 1e-5, "{error}");
        let part = &samples[..100_000];
        let plain = features(&received(part, 4, 0.0, 0.0), 500);
        for offset in [100.0, 1000.0] {
            let (exact, error) = features(&received(part, 4, offset, 0.0), 500);
            let moved = largest_difference(&exact, &plain.0);
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
                .map(|samples| analyse::<f64>(sizes, sums_of(&samples, sizes, 500), None));
            let error = largest_difference(&plain.features, &mixed.features);
            println!("{n} {d} {r}: {error:.1e}");
            assert!(error < 1e-10, "{n} {d} {r}: {error}");
        }
    }

    #[test]
    fn directions_that_are_negligible_do_not_count() {
        // One source in four channels: the channels have one direction, and the delay windows three.
        let mut source = Stream::new(1, 9);
        source.noise = 0.0;
        let samples: Vec<f64> =
            source.take(4000).into_iter().flat_map(|x| [x, 2.0 * x, -x, 0.5 * x]).collect();
        let sizes = sizes(4, 3, 8);
        let found = analyse::<f32>(sizes, sums_of(&samples, sizes, 500), None);
        let mut scratch = vec![0.0; scratch_len(sizes)];
        let projected = subspace::find(sizes, &found.white, None, 200, &mut scratch);
        assert_eq!((found.analysis.rank, projected.unwrap().rank), (Some(1), 3));
    }
}
