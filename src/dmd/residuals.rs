//! Residuals of the eigenvalues of an operator on held-out data: which eigenvalues to trust.
//!
//! ```text
//! eigenpairs of the transposed operator:        Aᵀ g = λ g, so that φ(z) = gᵀ z is an eigenfunction
//! for each pair of held-out windows:            x, y = their states in the coordinates of the model
//!     both lose the mean of the held-out pairs, if the fit has centred
//! residual of λ = sqrt(sum |gᵀ y - λ gᵀ x|² / sum |gᵀ x|²)
//! ```
//!
//! Colbrook & Townsend, *Rigorous data-driven computation of spectral properties of Koopman operators for dynamical systems*,
//! Commun. Pure Appl. Math. 77 (2024) 221; Colbrook, Ayton & Szőke, *Residual dynamic mode decomposition*, J. Fluid Mech.
//! 955 (2023) A21.

use super::model::{Model, ModelRef};
use super::prediction::Predictor;
use super::rank::Rank;
use super::settings::Dmd;
use super::spectrum::{Eigenvalue, Spectrum};
use crate::data::gram::Gram;
use crate::data::halves::Halves;
use crate::data::recording::{Recording, common_channels};
use crate::data::summation::BlockedSum;
use crate::error::{Error, Setting};
use crate::linalg::eigenvalues::eigenvalues_in;
use crate::linalg::eigenvectors::{eigenvectors_in, eigenvectors_memory_len};
use crate::matrix::{Cells, Mat, MatRef, check, copy, dot, pieces_mut, try_reserve, try_zeros};
use crate::scalar::{Real, Scalar};
use alloc::vec::Vec;

impl<T: Scalar> Model<T> {
    /// The eigenvalues with their residuals on data that were not used in the fit.
    ///
    /// For an eigenvalue λ of the operator let g be its left eigenvector, Aᵀ g = λ g, and x and y the states of two windows
    /// that are `steps ahead` samples apart, in the coordinates of this model. The residual is
    ///
    /// |Y g - λ X g| / |X g|,
    ///
    /// over all pairs of windows of the trials, X and Y with the pairs as rows; both lose their column means if the fit has
    /// subtracted means. It is the relative error of λ as an eigenvalue of the system with the eigenfunction gᵀ x: below
    /// it, the system's pseudospectrum is reached. On the data of the fit itself residuals are too small, the more so the
    /// fewer pairs there are: see [`held_out_residuals`](Self::held_out_residuals).
    ///
    /// # Errors
    /// [`Error::TooShort`] if a trial has no pair of windows; [`Error::ShapeMismatch`] for other channels than those of the
    /// fit; [`Error::InvalidSetting`] for the wide operator of reduced-rank regression under
    /// [`Dmd::dsa_metric`](crate::Dmd::dsa_metric); [`Error::DegenerateSignal`] if an eigenfunction does not vary on the
    /// trials; [`Error::Overflow`]; [`Error::OutOfMemory`]; [`Error::NotConverged`] (not seen).
    ///
    /// Cost: p r + r² multiply-adds for each window and 30 r³ flops; memory r N scalars for N windows.
    ///
    /// Accuracy: about eps times the condition s_1 / s_r, with the windows themselves; for sums over windows see
    /// [`residuals_of_moments`](Self::residuals_of_moments).
    ///
    /// Source: Colbrook & Townsend (2024); Colbrook, Ayton & Szőke (2023).
    ///
    /// ```
    /// use dynamical_similarity::{Dmd, Rank, Recording};
    /// // A rotation by 0.3 rad a sample has two eigenvalues; the fit is asked for three, with some noise.
    /// let mut state = 1_u32;
    /// let samples: Vec<f64> = (0..1000).map(|t| {
    ///     state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    ///     (0.3 * t as f64).cos() + 0.02 * f64::from(state >> 8) / f64::from(1 << 24)
    /// }).collect();
    /// let (fitted, held_out) = samples.split_at(500);
    /// let model = Dmd::new().delays(8).rank(Rank::Fixed(3)).fit(&[Recording::new(fitted, 1)?])?;
    /// let spectrum = model.residuals(&[Recording::new(held_out, 1)?])?;
    /// assert!(spectrum.eigenvalues()[0].residual < 0.02 && spectrum.eigenvalues()[2].residual > 0.3);
    /// let trusted = spectrum.cleaned(0.1)?;
    /// assert_eq!(trusted.eigenvalues().len(), 2);
    /// assert!((trusted.eigenvalues()[0].real - 0.3_f64.cos()).abs() < 1e-3);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    pub fn residuals(&self, held_out: &[Recording<'_, T>]) -> Result<Spectrum<T>, Error> {
        let pairs = StatePairs::of(&self.as_ref(), held_out)?;
        let vectors = Eigenfunctions::of(self.operator())?;
        vectors.spectrum(|j, lambda| pairs.residual(&vectors, j, lambda))
    }

    /// [`residuals`](Self::residuals) from second moments of the held-out windows, for streams of which no samples are kept.
    ///
    /// With G = XᵀX, M = XᵀY and L = YᵀY the residual is sqrt(g* (L - λ M* - conj(λ) M + |λ|² G) g / g* G g). Sums of
    /// products lose half of the digits: a residual is known to about sqrt(eps) s_1 / s_r, and one below that is rounding (1e-8
    /// in `f64` and 3e-4 in `f32` for directions of equal size).
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] and [`Error::InvalidSetting`] for sums of other windows than those of the fit, or without pairs;
    /// otherwise as [`residuals`](Self::residuals).
    ///
    /// Cost: 3 p² r + 6 p r² + 6 r³ multiply-adds.
    ///
    /// ```
    /// use dynamical_similarity::{Dmd, Gram, Rank, Recording};
    /// let samples: Vec<f64> = (0..600).map(|t| (0.3 * t as f64).cos()).collect();
    /// let (fitted, later) = samples.split_at(300);
    /// let dmd = Dmd::new().delays(8).rank(Rank::Fixed(2));
    /// let model = dmd.fit(&[Recording::new(fitted, 1)?])?;
    /// let mut memory = vec![0.0; Gram::<f64>::memory_len(1, dmd.embedding())];
    /// let mut gram = Gram::new_in(1, dmd.embedding(), 1, 1.0, &mut memory)?;
    /// gram.push_trial(&Recording::new(later, 1)?)?;
    /// let spectrum = model.residuals_of_moments(&gram)?;
    /// assert!(spectrum.eigenvalues().iter().all(|value| value.residual < 1e-6));
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    pub fn residuals_of_moments(&self, held_out: &Gram<'_, T>) -> Result<Spectrum<T>, Error> {
        let moments = StateMoments::of(&self.as_ref(), held_out)?;
        let vectors = Eigenfunctions::of(self.operator())?;
        vectors.spectrum(|j, lambda| moments.residual(&vectors, j, lambda))
    }

    /// The eigenvalues of a model with residuals on held-out halves of its own recording; `trials` are those of the fit.
    ///
    /// Each half ([`Halves`](crate::Halves)) is fitted with the settings of this model and its rank (or as many directions as
    /// it has). An eigenvalue λ of the model gets, in each half, the eigenfunction g of the eigenvalue nearest to λ, and the
    /// residual |Y g - λ X g| / |X g| of that on the *other* half; the result is the root of the mean square of both. An
    /// eigenvalue that only one of the halves has thus gets a large residual.
    ///
    /// # Errors
    /// [`Error::TooShort`] if a half has no pair of windows; those of a fit; otherwise as [`residuals`](Self::residuals).
    ///
    /// Cost: two fits of half of the recording, and twice [`residuals`](Self::residuals).
    pub fn held_out_residuals(&self, trials: &[Recording<'_, T>]) -> Result<Spectrum<T>, Error> {
        let own = Eigenfunctions::of(self.operator())?;
        let dmd = self.settings().rank(Rank::Fixed(self.rank()));
        let halves = Halves::of(trials, dmd.span())?;
        let mut sides = try_reserve(2)?;
        for (fitted, other) in
            [(halves.first(), halves.second()), (halves.second(), halves.first())]
        {
            let model = fit_up_to(&dmd, fitted)?;
            let pairs = StatePairs::of(&model.as_ref(), other)?;
            sides.push((Eigenfunctions::of(model.operator())?, pairs));
        }
        own.spectrum(|_, lambda| {
            let mut sum = T::ZERO;
            for (vectors, pairs) in &sides {
                let residual = pairs.residual(vectors, vectors.nearest(lambda), lambda)?;
                sum += residual * residual;
            }
            Ok(Real::sqrt(sum * T::HALF))
        })
    }
}

/// A fit of a rank, or of as many directions as there are.
fn fit_up_to<T: Scalar>(dmd: &Dmd, trials: &[Recording<'_, T>]) -> Result<Model<T>, Error> {
    let fit = |dmd: &Dmd| match dmd.fit_from_leading_directions(trials)? {
        Some(model) => Ok(model),
        None => dmd.fit_directly(trials),
    };
    match fit(dmd) {
        Err(Error::RankTooLarge { available, .. }) => fit(&dmd.rank(Rank::Fixed(available))),
        other => other,
    }
}

/// Eigenvalues of an operator A and the vectors of its eigenfunctions, Aᵀ g = λ g.
struct Eigenfunctions<T> {
    real: Vec<T>,
    imaginary: Vec<T>,
    vectors: Mat<T>,
}

impl<T: Scalar> Eigenfunctions<T> {
    fn of(operator: MatRef<'_, T>) -> Result<Self, Error> {
        let n = operator.check_square()?;
        let (mut real, mut imaginary) = (try_zeros(n)?, try_zeros(n)?);
        // The eigenvalues are those of the operator itself, to the bit.
        let mut copy = Mat::copy_of(operator)?;
        eigenvalues_in(&mut copy.as_mut(), &mut real, &mut imaginary)?;
        copy.as_mut().copy_transposed_from(operator)?;
        let (mut vectors, mut memory) = (Mat::zeros(n, n)?, try_zeros(eigenvectors_memory_len(n))?);
        eigenvectors_in(&mut copy.as_mut(), &real, &imaginary, &mut vectors.as_mut(), &mut memory)?;
        Ok(Self { real, imaginary, vectors })
    }

    /// The real and the imaginary part of g of eigenvalue j, whose imaginary part is not negative; none for a real one.
    fn vector(&self, j: usize) -> (&[T], Option<&[T]>) {
        let pair = self.imaginary.at(j) > T::ZERO;
        let column = |j| self.vectors.as_ref().column(j);
        (column(j), pair.then(|| column(j.saturating_add(1))))
    }

    /// Among the eigenvalues whose imaginary part is not negative, the one that is nearest to one of these.
    fn nearest(&self, [re, im]: [T; 2]) -> usize {
        let mut found = (0, T::MAX);
        for (j, (x, y)) in self.real.iter().zip(&self.imaginary).enumerate() {
            let (x, y) = (*x - re, *y - im);
            let square = x * x + y * y;
            if self.imaginary.at(j) >= T::ZERO && square < found.1 {
                found = (j, square);
            }
        }
        found.0
    }

    /// The spectrum with the residual that `of` gives to each eigenvalue, one of each pair.
    fn spectrum(
        &self,
        mut of: impl FnMut(usize, [T; 2]) -> Result<T, Error>,
    ) -> Result<Spectrum<T>, Error> {
        let mut list: Vec<Eigenvalue<T>> = try_reserve(self.real.len())?;
        for (j, (real, imaginary)) in self.real.iter().zip(&self.imaginary).enumerate() {
            let (real, imaginary) = (*real, *imaginary);
            let residual = match list.last() {
                Some(first) if imaginary < T::ZERO => first.residual,
                _ => of(j, [real, imaginary])?,
            };
            list.push(Eigenvalue { real, imaginary, residual });
        }
        Spectrum::new(&list)
    }
}

/// sqrt(missed / size), the residual; both are sums of squares.
fn ratio<T: Scalar>(missed: T, size: T) -> Result<T, Error> {
    if !(Real::is_finite(missed) && Real::is_finite(size)) {
        return Err(Error::Overflow { what: "a sum of squares of an eigenfunction" });
    }
    if !(size > T::ZERO) {
        return Err(Error::DegenerateSignal { channel: None });
    }
    let residual = Real::sqrt(missed.larger(T::ZERO) / size);
    let overflow = Error::Overflow { what: "a residual" };
    if Real::is_finite(residual) { Ok(residual) } else { Err(overflow) }
}

/// States of windows of held-out trials in the coordinates of a model, of which pairs are `ahead` columns apart.
struct StatePairs<T> {
    trials: Vec<Mat<T>>,
    ahead: usize,
    /// The means of the earlier and of the later states of all pairs; zero if the fit has not centred.
    earlier: Vec<T>,
    later: Vec<T>,
}

impl<T: Scalar> StatePairs<T> {
    fn of(model: &ModelRef<'_, T>, trials: &[Recording<'_, T>]) -> Result<Self, Error> {
        check("the number of channels", model.channels(), common_channels(trials)?)?;
        let (ahead, span) = (model.dmd.steps_ahead, model.dmd.span());
        let mut memory = try_zeros(model.prediction_memory_len())?;
        let mut states = try_reserve(trials.len())?;
        for (index, trial) in trials.iter().enumerate() {
            let (needed, got) = (span.saturating_add(1), trial.samples());
            if got < needed {
                return Err(Error::TooShort { trial: index, needed, got });
            }
            let times = model.windows().times(trial);
            let mut of_trial = Mat::zeros(model.rank, times.len())?;
            let mut predictor = Predictor::new(model, &mut memory)?;
            for (column, t) in of_trial.as_mut().columns_mut().zip(times) {
                copy(column, predictor.state_at(trial, t));
            }
            of_trial
                .as_ref()
                .check_finite()
                .map_err(|_| Error::Overflow { what: "a coordinate" })?;
            states.push(of_trial);
        }
        let (earlier, later) = (try_zeros(model.rank)?, try_zeros(model.rank)?);
        let mut pairs = Self { trials: states, ahead, earlier, later };
        if !model.mean.is_empty() {
            pairs.centre();
        }
        Ok(pairs)
    }

    /// The states of all pairs, the earlier and the later one.
    fn pairs(&self) -> impl Iterator<Item = (&[T], &[T])> {
        self.trials.iter().flat_map(|trial| {
            let states = trial.as_ref();
            states.columns().zip(states.columns().skip(self.ahead))
        })
    }

    fn centre(&mut self) {
        let (mut earlier, mut later) = (Vec::new(), Vec::new());
        core::mem::swap(&mut earlier, &mut self.earlier);
        core::mem::swap(&mut later, &mut self.later);
        let count = T::count(self.pairs().count().max(1));
        for (i, (x, y)) in earlier.iter_mut().zip(&mut later).enumerate() {
            let (mut of_x, mut of_y) = (BlockedSum::ZERO, BlockedSum::ZERO);
            for (before, after) in self.pairs() {
                of_x.push(before.at(i));
                of_y.push(after.at(i));
            }
            (*x, *y) = (of_x.finish() / count, of_y.finish() / count);
        }
        (self.earlier, self.later) = (earlier, later);
    }

    /// |Y g - λ X g| / |X g| for the eigenfunction g of eigenvalue j.
    fn residual(&self, of: &Eigenfunctions<T>, j: usize, [re, im]: [T; 2]) -> Result<T, Error> {
        let (g, h) = of.vector(j);
        let value = |state: &[T]| [dot(g, state), h.map_or(T::ZERO, |h| dot(h, state))];
        let (mean_x, mean_y) = (value(&self.earlier), value(&self.later));
        let (mut missed, mut size) = (BlockedSum::ZERO, BlockedSum::ZERO);
        let mut with_means = BlockedSum::ZERO;
        for (before, after) in self.pairs() {
            let ([p, q], [u, v]) = (value(before), value(after));
            with_means.push(p * p + q * q);
            let (p, q) = (p - mean_x[0], q - mean_x[1]);
            let (u, v) = (u - mean_y[0] - (re * p - im * q), v - mean_y[1] - (re * q + im * p));
            missed.push(u * u + v * v);
            size.push(p * p + q * q);
        }
        // What is left of a constant is the rounding of its mean.
        let rounding = T::count(g.len()) * T::of(16.0) * T::EPSILON;
        let size = size.finish();
        if size <= rounding * rounding * with_means.finish() {
            return Err(Error::DegenerateSignal { channel: None });
        }
        ratio(missed.finish(), size)
    }
}

/// Second moments of held-out states in the coordinates of a model: G = XᵀX, M = XᵀY, L = YᵀY, r x r.
struct StateMoments<T> {
    earlier: Mat<T>,
    lagged: Mat<T>,
    later: Mat<T>,
}

impl<T: Scalar> StateMoments<T> {
    fn of(model: &ModelRef<'_, T>, gram: &Gram<'_, T>) -> Result<Self, Error> {
        check("the number of channels", model.channels(), gram.channels())?;
        check("the steps ahead", model.dmd.steps_ahead, gram.steps_ahead())?;
        if gram.embedding() != model.dmd.embedding() {
            return Err(Error::InvalidSetting {
                setting: Setting::Embedding,
                expected: "that of the fit",
            });
        }
        if model.operator.rows() != model.rank {
            return Err(Error::InvalidSetting {
                setting: Setting::DsaMetric,
                expected: "off for residuals of a reduced-rank operator",
            });
        }
        if gram.pairs() == 0 {
            return Err(Error::Empty);
        }
        let encoder = encoder(model, gram.gain())?;
        let (p, r) = (model.basis.rows(), model.rank);
        let mean = |which: usize| -> Result<Vec<T>, Error> {
            let mut means = try_zeros(p)?;
            if !model.mean.is_empty() {
                for (to, mean) in means.iter_mut().zip(gram.means()) {
                    *to = mean.get(which).copied().unwrap_or(T::ZERO);
                }
            }
            Ok(means)
        };
        let (later, earlier, count) = (mean(1)?, mean(2)?, T::count(gram.pairs()));
        let project = |moments: MatRef<'_, T>, left: &[T], right: &[T]| -> Result<Mat<T>, Error> {
            let (mut centred, mut product) = (Mat::copy_of(moments)?, Mat::zeros(p, r)?);
            for (column, right) in centred.as_mut().columns_mut().zip(right) {
                column.iter_mut().zip(left).for_each(|(to, left)| *to -= count * *left * *right);
            }
            product.as_mut().set_product(centred.as_ref(), encoder.as_ref())?;
            let mut out = Mat::zeros(r, r)?;
            out.as_mut().set_product_transposed(encoder.as_ref(), product.as_ref())?;
            Ok(out)
        };
        let transposed = project(gram.lagged(), &later, &earlier)?;
        let mut lagged = Mat::zeros(r, r)?;
        lagged.as_mut().copy_transposed_from(transposed.as_ref())?;
        Ok(Self {
            earlier: project(gram.minus(), &earlier, &earlier)?,
            lagged,
            later: project(gram.plus(), &later, &later)?,
        })
    }

    fn residual(&self, of: &Eigenfunctions<T>, j: usize, [re, im]: [T; 2]) -> Result<T, Error> {
        let (g, h) = of.vector(j);
        let product = |a: &[T], matrix: &Mat<T>, b: &[T]| {
            let columns = matrix.as_ref().columns().zip(b);
            columns.fold(T::ZERO, |sum, (column, b)| sum + *b * dot(a, column))
        };
        // g* W g of a symmetric W, and of M, which is not.
        let form = |matrix| product(g, matrix, g) + h.map_or(T::ZERO, |h| product(h, matrix, h));
        let skew = h.map_or(T::ZERO, |h| product(g, &self.lagged, h) - product(h, &self.lagged, g));
        let (size, lagged) = (form(&self.earlier), [form(&self.lagged), skew]);
        // |λ|² G - 2 Re(conj(λ) g* M g) + L
        let square = re * re + im * im;
        let missed = square * size - T::TWO * (re * lagged[0] + im * lagged[1]) + form(&self.later);
        ratio(missed, size)
    }
}

/// U S⁻¹ (Q), p x r, for windows of samples that were multiplied by `gain`.
fn encoder<T: Scalar>(model: &ModelRef<'_, T>, gain: &[T]) -> Result<Mat<T>, Error> {
    let mut whitening = Mat::copy_of(model.basis)?;
    for (column, s) in whitening.as_mut().columns_mut().zip(model.singular_values()) {
        let s = *s / model.unit;
        for window in pieces_mut(column, model.channels()) {
            for ((to, own), theirs) in window.iter_mut().zip(model.gain).zip(gain) {
                *to = *to / s * (*own / *theirs);
            }
        }
    }
    match model.reduction {
        None => Ok(whitening),
        Some(q) => {
            let mut out = Mat::zeros(model.basis.rows(), q.cols())?;
            out.as_mut().set_product(whitening.as_ref(), q)?;
            Ok(out)
        }
    }
}
