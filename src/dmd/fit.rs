//! The fit of an operator: from whitened coordinates to a model.

use super::directions;
use super::model::{FitPath, ModelRef, Warnings};
use super::rank::Rank;
use super::regression::{self, Normal, ReducedForm, WhitenedMoments};
use super::settings::{Dmd, Shape, WindowCounts};
use super::whitening::Whitener;
use crate::data::centring::{Centre, Channels, Conditioning, Scale, measure};
use crate::data::embedding::{Embedding, Windows};
use crate::data::gram::Gram;
use crate::data::recording::{Recording, common_channels};
use crate::error::{Error, Setting};
use crate::matrix::{Cells, Layout, MatMut, MatRef, add_scaled, any_of, area, check, copy, dot};
use crate::scalar::{Real, Scalar};

impl Dmd {
    /// # Errors
    /// [`Error::InvalidSetting`] for a rule that needs a heap.
    pub(crate) const fn check_spectrum_rule(&self) -> Result<(), Error> {
        if self.rank.reads_samples() {
            return Err(Error::InvalidSetting {
                setting: Setting::Rank,
                expected: "a number or a rule on the spectrum here: latent, state order and predictive \
                           need a heap, use `Dmd::fit`",
            });
        }
        Ok(())
    }

    /// Scalars of memory that [`fit_in`](Self::fit_in) needs.
    ///
    /// ```
    /// use dynamical_similarity::{Dmd, Rank, Recording, Shape};
    /// const SHAPE: Shape = Shape { channels: 1, delays: 4, rank: 2 };
    /// let mut memory = [0.0_f32; Dmd::memory_len(SHAPE)];
    /// let samples: Vec<f32> = (0..99).map(|t| ((t * t) % 7) as f32).collect();
    /// let dmd = Dmd::new().delays(4).rank(Rank::Fixed(2));
    /// let model = dmd.fit_in(&[Recording::new(&samples, 1)?], &mut memory)?;
    /// assert_eq!(model.rank(), 2);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    #[must_use]
    pub const fn memory_len(shape: Shape) -> usize {
        Self::layout(shape, usize::MAX).len()
    }

    /// Scalars of memory for trials that have `rows` windows in all, the sum of T - (d - 1) tau. Where these are fewer than
    /// the p entries of a window it is less than [`memory_len`](Self::memory_len): about 2 p rows + 12 rows² scalars
    /// instead of 6 p² for full rank. [`fit_in`](Self::fit_in) needs no more, and [`fit`](Self::fit) allocates this much.
    ///
    /// ```
    /// use dynamical_similarity::{Dmd, Shape};
    /// // Sixteen samples of 2000 channels, 5 delays: 12 windows of 10 000 entries.
    /// const SHAPE: Shape = Shape { channels: 2000, delays: 5, rank: 10_000 };
    /// assert!(Dmd::memory_len_for_rows(SHAPE, 12) < 280_000);
    /// assert!(Dmd::memory_len(SHAPE) > 1_000_000_000);
    /// ```
    #[must_use]
    pub const fn memory_len_for_rows(shape: Shape, rows: usize) -> usize {
        Self::layout(shape, rows).len()
    }

    /// What the model keeps, and the memory of the path that is taken for this number of windows.
    const fn layout(shape: Shape, rows: usize) -> Layout<2> {
        let path = if rows < shape.width() {
            Whitener::<f64>::rows_len(shape, rows)
        } else {
            any_of(&[Self::gram_layout(shape).len(), Whitener::<f64>::qr_len(shape)])
        };
        Layout::new([Fit::<f64>::memory_len(Self::shape_of_rows(shape, rows)), path])
    }

    /// The statistics, and scratch of the Gram path.
    const fn gram_layout(shape: Shape) -> Layout<2> {
        // The interval does not enter the length of the statistics.
        let gram = Gram::<f64>::memory_len(shape.channels, Embedding::new(shape.delays, 1));
        Layout::new([gram, Whitener::<f64>::gram_len(shape)])
    }

    /// Where there are fewer windows than entries of a window, no more directions can be kept than there are windows.
    const fn shape_of_rows(shape: Shape, rows: usize) -> Shape {
        let fewer = rows < shape.width() && rows < shape.rank;
        Shape { rank: if fewer { rows } else { shape.rank }, ..shape }
    }

    /// Scalars of memory that [`fit_statistics_in`](Self::fit_statistics_in) needs.
    #[must_use]
    pub const fn statistics_memory_len(shape: Shape) -> usize {
        Self::statistics_layout(shape).len()
    }

    /// What the model keeps, and scratch of the Gram path.
    const fn statistics_layout(shape: Shape) -> Layout<2> {
        Layout::new([Fit::<f64>::memory_len(shape), Whitener::<f64>::gram_len(shape)])
    }

    /// Fits an operator to trials, in the caller's memory, of which the model keeps a part.
    ///
    /// The second moments are accumulated first ([`Gram`]); where their squared condition number would
    /// cost too many digits, eps (s_1/s_r)² > 1e-11 (f64) or 1.3e-2 (f32), the recording is read again
    /// and factored ([`FitPath::Qr`]). The model says which path it took.
    ///
    /// # Errors
    /// - [`Error::InvalidSetting`], [`Error::MemoryTooSmall`], [`Error::Empty`] without trials,
    ///   [`Error::ShapeMismatch`] if the trials have different channels,
    /// - [`Error::TooShort`] with the trial that has no pair of windows,
    /// - [`Error::DegenerateSignal`] if no channel varies: standard deviation <= 8 eps max|x|,
    /// - [`Error::RankTooLarge`] with the number of directions that there are,
    /// - [`Error::Singular`] without a ridge where V₋ lacks a direction,
    /// - [`Error::Overflow`] if a singular value of H exceeds the largest scalar,
    /// - [`Error::NotConverged`] (not seen) at the bound of an eigen-iteration.
    ///
    /// Cost, T samples in all: n² d T multiply-adds and about 4/3 p³ + 2 p² r on the Gram path; 2 p² T
    /// and about 20 p³ + 2 p r T on the QR path; about 4 p N² + 20 N³ for N < p windows. Memory:
    /// [`memory_len_for_rows`](Self::memory_len_for_rows), at most [`memory_len`](Self::memory_len).
    ///
    /// Accuracy: the error of A is about p eps (s_1/s_r)^k / gap, with k = 2 (Gram) or 1 (QR) and gap
    /// the smallest relative gap among the kept singular values and at the cut.
    pub fn fit_in<'m, T: Scalar>(
        &self,
        trials: &[Recording<'_, T>],
        memory: &'m mut [T],
    ) -> Result<ModelRef<'m, T>, Error> {
        self.whitened_in(trials, memory)?.finish()
    }

    /// The fit before its regression.
    #[inline(always)]
    pub(super) fn whitened_in<'m, T: Scalar>(
        &self,
        trials: &[Recording<'_, T>],
        memory: &'m mut [T],
    ) -> Result<Fit<'m, T>, Error> {
        self.validate()?;
        self.check_spectrum_rule()?;
        let channels = common_channels(trials)?;
        let counts = self.count(trials)?;
        let rows = counts.rows;
        let shape = self.shape(channels);
        let ([results, work], _) = Self::layout(shape, rows).cut(memory)?;
        let mut fit = Fit::cut(*self, Self::shape_of_rows(shape, rows), counts, results);
        fit.measure(trials)?;
        if rows < shape.width() {
            fit.whiten_rows(trials, work)?;
        } else {
            let ([sums, scratch], _) = Self::gram_layout(shape).cut_checked(work);
            let mut gram = Gram::cut(channels, self.embedding(), self.steps_ahead, sums)?;
            gram.condition(Conditioning { shift: &*fit.shift, gain: &*fit.gain });
            for trial in trials {
                gram.push_trial(trial)?;
            }
            if !fit.whiten_gram(&gram, scratch)? {
                fit.whiten_qr(trials, work)?;
            }
        }
        Ok(fit)
    }

    /// Fits an operator to accumulated statistics, on the Gram path only.
    ///
    /// Means are subtracted from the sums, which costs (mean / deviation)² eps of the digits: with means that are
    /// large compared with the deviation, subtract something near them from the samples first. A direction is kept only
    /// if enough digits are left.
    ///
    /// # Errors
    /// As [`fit_in`](Self::fit_in), and [`Error::ShapeMismatch`] or [`Error::InvalidSetting`] if the
    /// statistics were accumulated with another embedding or other steps ahead, or if scaling is asked for; [`Error::RankTooLarge`] with the rank up to which the moments are accurate
    /// enough.
    pub fn fit_statistics_in<'m, T: Scalar>(
        &self,
        gram: &Gram<'_, T>,
        memory: &'m mut [T],
    ) -> Result<ModelRef<'m, T>, Error> {
        self.validate()?;
        self.check_spectrum_rule()?;
        check("the number of delays", self.delays, gram.embedding().delays())?;
        check("the interval", self.interval, gram.embedding().interval())?;
        check("the steps ahead", self.steps_ahead, gram.steps_ahead())?;
        if self.scale != Scale::None {
            return Err(Error::InvalidSetting {
                setting: Setting::Scale,
                expected: "none for accumulated statistics: condition the samples first",
            });
        }
        if gram.pairs() == 0 {
            return Err(Error::Empty);
        }
        let shape = self.shape(gram.channels());
        let ([results, work], _) = Self::statistics_layout(shape).cut(memory)?;
        let counts = WindowCounts { rows: gram.rows(), pairs: gram.pairs() };
        let mut fit = Fit::cut(*self, shape, counts, results);
        fit.shift.fill(T::ZERO);
        fit.gain.iter_mut().zip(gram.gain()).for_each(|(to, from)| *to = *from);
        let squares = (0..shape.width())
            .fold(T::ZERO, |sum, i| sum + gram.plus().at(i, i) + gram.first().at(i, i));
        fit.size = Real::sqrt(squares);
        fit.found.unit = T::ONE / gram.gain().first().copied().unwrap_or(T::ONE);
        if !fit.whiten_gram(gram, work)? {
            let requested = self.rank.choose(fit.spectrum, gram.rows(), shape.width());
            return match fit.certified() {
                0 => Err(Error::DegenerateSignal { channel: None }),
                available => Err(Error::RankTooLarge { requested, available }),
            };
        }
        fit.finish()
    }

    /// Windows and pairs of all trials.
    pub(crate) fn count<T: Scalar>(
        &self,
        trials: &[Recording<'_, T>],
    ) -> Result<WindowCounts, Error> {
        let mut counts = WindowCounts { rows: 0, pairs: 0 };
        for (index, trial) in trials.iter().enumerate() {
            let here =
                self.count_samples(trial.samples()).map_err(|error| error.in_trial(index))?;
            counts.rows = counts.rows.saturating_add(here.rows);
            counts.pairs = counts.pairs.saturating_add(here.pairs);
        }
        Ok(counts)
    }

    /// Windows and pairs of a trial of so many samples.
    pub(super) const fn count_samples(&self, samples: usize) -> Result<WindowCounts, Error> {
        let rows = self.embedding().rows(samples);
        if rows <= self.steps_ahead {
            let needed = self.embedding().window().saturating_add(self.steps_ahead);
            return Err(Error::TooShort { trial: 0, needed, got: samples });
        }
        Ok(WindowCounts { rows, pairs: rows.saturating_sub(self.steps_ahead) })
    }
}

/// The state of a fit: what the model will keep, and what is known so far.
#[derive(Debug)]
pub(super) struct Fit<'m, T> {
    pub(super) dmd: Dmd,
    pub(super) shape: Shape,
    pub(super) counts: WindowCounts,
    /// Directions kept by the whitening, k.
    pub(super) kept: usize,
    pub(super) path: FitPath,
    pub(super) found: Channels<T>,
    pub(super) shift: &'m mut [T],
    pub(super) gain: &'m mut [T],
    /// The norm of the Hankel matrix with its means, in the unit of the conditioned samples.
    pub(super) size: T,
    /// The mean of all windows of conditioned samples; zero without centring.
    pub(super) mean: &'m mut [T],
    /// Means of the later and the earlier windows of all pairs, whitened; then the intercept.
    pub(super) later: &'m mut [T],
    pub(super) earlier: &'m mut [T],
    /// All min(rows, p) singular values of the conditioned Hankel matrix.
    pub(super) spectrum: &'m mut [T],
    pub(super) basis: &'m mut [T],
    operator: &'m mut [T],
    reduction: &'m mut [T],
    pub(super) moments: &'m mut [T],
    scratch: &'m mut [T],
}

impl<'m, T: Scalar> Fit<'m, T> {
    /// What the model keeps (shift, gain, mean, the means of later and earlier windows, spectrum, basis, operator,
    /// reduction), and what the regression works with (moments, scratch).
    const fn layout(shape: Shape) -> Layout<11> {
        let (n, p, k) = (shape.channels, shape.width(), shape.rank);
        let square = area(k, k);
        let moments = WhitenedMoments::<f64>::memory_len(k);
        let scratch = regression::memory_len(k);
        Layout::new([n, n, p, k, k, p, area(p, k), square, square, moments, scratch])
    }

    pub(super) const fn memory_len(shape: Shape) -> usize {
        Self::layout(shape).len()
    }

    /// A fit in memory whose length has been checked.
    pub(super) fn cut(dmd: Dmd, shape: Shape, counts: WindowCounts, memory: &'m mut [T]) -> Self {
        let (pieces, _) = Self::layout(shape).cut_checked(memory);
        let [shift, gain, mean, later, earlier, spectrum, basis, operator, reduction, rest @ ..] =
            pieces;
        let [moments, scratch] = rest;
        Self {
            dmd,
            shape,
            counts,
            kept: 0,
            path: FitPath::Gram,
            found: Channels::UNKNOWN,
            size: T::ZERO,
            shift,
            gain,
            mean: zeros(mean),
            later: zeros(later),
            earlier: zeros(earlier),
            spectrum: spectrum.part_mut(0, counts.rows),
            basis,
            operator,
            reduction,
            moments,
            scratch,
        }
    }

    /// Measures the channels, and the norm of the Hankel matrix with its means in it.
    #[inline(always)]
    pub(super) fn measure(&mut self, trials: &[Recording<'_, T>]) -> Result<(), Error> {
        let Dmd { centre, scale, delays, .. } = self.dmd;
        self.found = measure(trials, centre, scale, self.shift, self.gain)?;
        self.size = self.found.raw * self.entries(delays);
        Ok(())
    }

    /// The root of the number of windows times their delays.
    fn entries(&self, delays: usize) -> T {
        Real::sqrt(T::count(self.counts.rows) * T::count(delays))
    }

    /// Takes what was measured of the channels, beside their shift and gain.
    #[cfg(feature = "alloc")]
    pub(super) fn take_measured(&mut self, found: Channels<T>) {
        self.found = found;
        self.size = found.raw * self.entries(self.dmd.delays);
    }

    const fn centred(&self) -> bool {
        matches!(self.dmd.centre, Centre::Mean)
    }

    /// The whitening stage over the parts of the fit that it fills.
    pub(super) fn whitener(&mut self) -> Whitener<'_, T> {
        Whitener {
            shape: self.shape,
            counts: self.counts,
            steps_ahead: self.dmd.steps_ahead,
            centred: self.centred(),
            size: self.size,
            rule: self.rule(),
            all: self.dmd.reduced_rank,
            clip: self.dmd.parity,
            spectrum: self.spectrum,
            basis: self.basis,
            moments: self.moments,
            later: self.later,
            earlier: self.earlier,
        }
    }

    /// The rank rule, a threshold in the unit of the conditioned samples.
    fn rule(&self) -> Rank {
        match self.dmd.rank {
            Rank::Threshold(threshold) => {
                let unit: f64 = self.found.unit.into();
                Rank::Threshold(threshold / unit)
            }
            rule => rule,
        }
    }

    /// `false` if the moments are too ill-conditioned for the rank.
    pub(super) fn whiten_gram(
        &mut self,
        gram: &Gram<'_, T>,
        work: &mut [T],
    ) -> Result<bool, Error> {
        let mean = core::mem::take(&mut self.mean);
        let kept = self.whitener().gram(gram, mean, work);
        self.mean = mean;
        let Some(kept) = kept? else { return Ok(false) };
        (self.kept, self.path) = (kept, FitPath::Gram);
        Ok(true)
    }

    /// The mean window has been written by [`whiten_gram`](Self::whiten_gram).
    pub(super) fn whiten_qr(
        &mut self,
        trials: &[Recording<'_, T>],
        work: &mut [T],
    ) -> Result<(), Error> {
        let steps_ahead = self.dmd.steps_ahead;
        let kept = self
            .with_windows(|fit, windows| fit.whitener().qr(trials, windows, steps_ahead, work))?;
        (self.kept, self.path) = (kept, FitPath::Qr);
        Ok(())
    }

    pub(super) fn whiten_rows(
        &mut self,
        trials: &[Recording<'_, T>],
        work: &mut [T],
    ) -> Result<(), Error> {
        self.find_mean(trials);
        let kept =
            self.with_windows(|fit, windows| fit.whitener().rows_side(trials, windows, work))?;
        (self.kept, self.path) = (kept, FitPath::Qr);
        Ok(())
    }

    /// Takes the leading directions, of which alone the singular values are known, and the next.
    #[cfg(feature = "alloc")]
    pub(super) fn keep(&mut self, kept: usize, path: FitPath) {
        let spectrum = core::mem::take(&mut self.spectrum);
        self.spectrum = spectrum.part_mut(0, kept.saturating_add(1));
        (self.kept, self.path) = (kept, path);
    }

    /// Takes the mean of all windows; none without centring.
    #[cfg(feature = "alloc")]
    pub(super) fn keep_mean(&mut self, mean: impl Iterator<Item = f64>) {
        self.mean.iter_mut().zip(mean).for_each(|(to, mean)| *to = T::of(mean));
    }

    /// The mean of all windows, where it is subtracted.
    pub(super) fn find_mean(&mut self, trials: &[Recording<'_, T>]) {
        if self.centred() {
            let mean = core::mem::take(&mut self.mean);
            self.with_windows(|_, windows| {
                trials.iter().for_each(|trial| windows.add_up(trial, windows.times(trial), mean));
            });
            let rows = T::count(self.counts.rows.max(1));
            mean.iter_mut().for_each(|x| *x /= rows);
            self.mean = mean;
        }
    }

    /// Calls `work` with the conditioned windows, which borrow shift, gain and mean from the fit meanwhile.
    pub(super) fn with_windows<R>(
        &mut self,
        work: impl FnOnce(&mut Self, Windows<'_, T>) -> R,
    ) -> R {
        let (shift, gain) = (core::mem::take(&mut self.shift), core::mem::take(&mut self.gain));
        let mean = core::mem::take(&mut self.mean);
        let conditioning = Conditioning { shift, gain };
        let windows = Windows { embedding: self.dmd.embedding(), conditioning, mean };
        let result = work(self, windows);
        (self.shift, self.gain, self.mean) = (shift, gain, mean);
        result
    }

    /// The rank up to which moments are accurate enough.
    pub(super) fn certified(&self) -> usize {
        let largest = directions::size_of_moments(self.spectrum, self.mean, self.counts.rows);
        let floor = directions::rounding(self.size, self.counts.rows);
        let is_there = |s: &&T| **s > floor && directions::is_certified(largest, **s);
        self.spectrum.iter().take_while(is_there).count()
    }

    fn normal(&self) -> Normal<T> {
        let last = self.spectrum.at(self.kept.saturating_sub(1));
        let largest = directions::size_of_moments(self.spectrum, self.mean, self.counts.rows);
        Normal {
            ridge: T::of(self.dmd.ridge),
            rounding: regression::rounding(largest.larger(self.size), last),
            independent: self.counts.pairs.saturating_sub(usize::from(self.centred())),
        }
    }

    /// Regression in whitened coordinates.
    pub(super) fn finish(self) -> Result<ModelRef<'m, T>, Error> {
        let kept = self.kept;
        let rank = if self.dmd.reduced_rank {
            let available = kept;
            let wanted = self.rule().choose(self.spectrum, self.counts.rows, self.shape.width());
            directions::limit(wanted, available, self.rule(), self.dmd.parity)?
        } else {
            kept
        };
        let normal = self.normal();
        let moments = WhitenedMoments::over(self.moments, kept);
        let (order, reduction, squares) = if self.dmd.reduced_rank {
            let mut reduction = MatMut::over(self.reduction, kept, rank);
            let (form, order) = if self.dmd.parity {
                (ReducedForm::Parity, kept)
            } else {
                (ReducedForm::Native, rank)
            };
            let mut operator = MatMut::over(&mut *self.operator, order, order);
            let squares = regression::reduced(
                &moments,
                normal,
                form,
                &mut operator,
                &mut reduction,
                self.scratch,
            )?;
            (order, (!self.dmd.parity).then(|| reduction.into_ref()), squares)
        } else {
            let mut operator = MatMut::over(&mut *self.operator, kept, kept);
            let squares = regression::plain(&moments, normal, &mut operator, self.scratch)?;
            (kept, None, squares)
        };
        let unit = self.found.unit;
        let spectrum = self.spectrum;
        spectrum.iter_mut().for_each(|s| *s *= unit);
        if !spectrum.iter().all(|s| Real::is_finite(*s)) {
            return Err(Error::Overflow { what: "a singular value of the delay windows" });
        }
        let operator = MatMut::over(self.operator, order, order).into_ref();
        operator.check_finite()?;
        let centred = matches!(self.dmd.centre, Centre::Mean);
        let (mean, intercept) = if centred {
            let parts = [&mut *self.later, self.earlier].map(|x| x.part_mut(0, kept));
            (&*self.mean, intercept(operator, reduction, parts, self.scratch))
        } else {
            (&[][..], &[][..])
        };
        if let Some(row) = intercept.iter().position(|b| !Real::is_finite(*b)) {
            return Err(Error::NonFiniteEntry { row, column: 0 });
        }
        let cut = if self.dmd.reduced_rank { kept } else { rank };
        Ok(ModelRef {
            dmd: self.dmd,
            rank,
            path: self.path,
            rows: self.counts.rows,
            pairs: self.counts.pairs,
            residual: Real::sqrt(squares),
            warnings: Warnings {
                constant: self.found.constant,
                duplicated: self.found.duplicated,
                drifting: self.found.drifting,
                large_mean: self.found.large_mean,
                rank_one: rank == 1,
                few_rows: self.counts.rows < self.shape.width().saturating_mul(3),
                near_tie: near_tie(spectrum, cut),
                latent_rank_not_reached: false,
                shared_response: false,
            },
            operator,
            basis: MatMut::over(self.basis, self.shape.width(), kept).into_ref(),
            reduction,
            spectrum,
            mean,
            intercept,
            shift: self.shift,
            gain: self.gain,
            unit,
        })
    }
}

fn zeros<T: Scalar>(vector: &mut [T]) -> &mut [T] {
    vector.fill(T::ZERO);
    vector
}

/// b = m₊ - A m₋ in the coordinates of the operator, from the means of both sides in whitened ones; empty for an
/// operator in other coordinates than its reduction (parity), which predicts nothing.
fn intercept<'m, T: Scalar>(
    operator: MatRef<'_, T>,
    reduction: Option<MatRef<'_, T>>,
    [later, earlier]: [&'m mut [T]; 2],
    scratch: &mut [T],
) -> &'m [T] {
    let order = operator.rows();
    let mut turned = [later, earlier].map(|side| {
        if let Some(q) = reduction {
            let turned = scratch.part_mut(0, order);
            turned.iter_mut().zip(q.columns()).for_each(|(to, q)| *to = dot(q, side));
            copy(side.part_mut(0, order), turned);
        }
        side.part_mut(0, order)
    });
    let [later, earlier] = &mut turned;
    for (column, x) in operator.columns().zip(earlier.iter()) {
        add_scaled(later, -*x, column);
    }
    let [later, _] = turned;
    later
}

/// Whether the singular values on the two sides of the cut differ by less than one in a thousand: the
/// kept directions are then as good as arbitrary among those that tie.
pub(super) fn near_tie<T: Scalar>(spectrum: &[T], kept: usize) -> bool {
    match (spectrum.get(kept.wrapping_sub(1)), spectrum.get(kept)) {
        (Some(last), Some(next)) => *last - *next < T::of(1e-3) * *last,
        _ => false,
    }
}
