//! Predictions of samples from delay windows, and their errors.

use super::model::ModelRef;
use crate::data::recording::{Recording, common_channels};
use crate::data::summation::add_compensated;
use crate::error::{Error, Setting};
use crate::matrix::{Cells, Layout, MatMut, MatRef, add_scaled, area, check, copy, dot};
use crate::scalar::{Real, Scalar};

/// The window from which a sample is predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Horizon {
    /// From the true window k applications of the operator earlier, k >= 1 (k steps-ahead samples
    /// earlier). `Steps(1)` is one-step prediction.
    Steps(usize),
    /// From the first windows of the trial alone: the operator runs freely.
    Free,
}

/// Errors of predicted samples, over all channels and trials.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PredictionErrors<T> {
    /// Mean squared error, in squared units of the samples as recorded.
    pub mean_squared_error: T,
    /// 1 - (sum of squared errors) / (sum of squared deviations from each channel's mean).
    pub r_squared: T,
    /// Mean absolute error divided by that of persistence, x_t predicted by the sample as many samples
    /// earlier as the horizon (steps ahead, for a free run): below 1 is better than persistence
    /// (Hyndman & Koehler 2006).
    pub mean_absolute_scaled_error: T,
    /// ln(mean squared error) + 2 (r² + 1) / N, Akaike's criterion divided by the N predicted values.
    pub akaike: T,
    /// Predicted values: samples x channels.
    pub values: usize,
}

impl<T: Scalar> ModelRef<'_, T> {
    /// Scalars of scratch for [`predict_in`](Self::predict_in) and
    /// [`prediction_errors_in`](Self::prediction_errors_in).
    #[must_use]
    pub const fn prediction_memory_len(&self) -> usize {
        self.prediction_layout().len()
    }

    /// What [`Predictor`] needs, and what [`Tally`] keeps.
    const fn prediction_layout(&self) -> Layout<2> {
        Layout::new([self.predictor_layout().len(), Tally::<T>::memory_len(self.shift.len())])
    }

    /// Encoder, decoder, window, whitened window, state and next state, sample. The k scalars at the end are not used.
    const fn predictor_layout(&self) -> Layout<8> {
        let (p, k, n) = (self.basis.rows(), self.basis.cols(), self.shift.len());
        let order = self.operator.rows();
        Layout::new([area(p, k), area(n, k), p, k, order, order, n, k])
    }

    /// Samples of a trial of `samples` samples that a horizon does not reach.
    #[must_use]
    pub const fn first_predicted(&self, horizon: Horizon) -> usize {
        let steps = match horizon {
            Horizon::Steps(steps) => steps,
            Horizon::Free => 1,
        };
        let ahead = steps.saturating_mul(self.dmd.steps_ahead);
        self.dmd.embedding().window().saturating_sub(1).saturating_add(ahead)
    }

    /// Predicts samples [`first_predicted`](Self::first_predicted) .. T of a trial into `out`
    /// (row-major time x channels), in the units of the recording.
    ///
    /// The state z = S⁻¹ Uᵀ h of a window is advanced by A (and the intercept); the newest sample of the window
    /// U S z is the prediction, with the means that centring had subtracted.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for zero steps, [`Error::TooShort`] if nothing can be predicted,
    /// [`Error::ShapeMismatch`] if the channels or the length of `out` do not fit,
    /// [`Error::MemoryTooSmall`], [`Error::NonFiniteEntry`] if a free run overflows.
    ///
    /// Cost: p r + k r² + n r multiply-adds a sample for k steps.
    pub fn predict_in(
        &self,
        trial: &Recording<'_, T>,
        horizon: Horizon,
        out: &mut [T],
        memory: &mut [T],
    ) -> Result<(), Error> {
        let first = self.first_predicted(horizon);
        let values = trial.samples().saturating_sub(first).saturating_mul(trial.channels());
        check("the length of the prediction", values, out.len())?;
        let mut predictor = Predictor::new(self, memory)?;
        predictor.run(trial, horizon, |t, sample| {
            let start = t.saturating_sub(first).saturating_mul(sample.len());
            let to = out.part_mut(start, sample.len());
            copy(to, sample);
        })?;
        MatRef::new(out, trial.channels(), trial.samples().saturating_sub(first))?.check_finite()
    }

    /// The errors of predicting all trials.
    ///
    /// # Errors
    /// As [`predict_in`](Self::predict_in), and [`Error::DegenerateSignal`] if the predicted samples are
    /// constant: no error can be scaled by their size; [`Error::Overflow`] if a squared error leaves the range
    /// of the scalar.
    pub fn prediction_errors_in(
        &self,
        trials: &[Recording<'_, T>],
        horizon: Horizon,
        memory: &mut [T],
    ) -> Result<PredictionErrors<T>, Error> {
        let channels = common_channels(trials)?;
        check("the number of channels", self.channels(), channels)?;
        let ([memory, sums], _) = self.prediction_layout().cut(memory)?;
        let mut tally = Tally::new(sums, channels);
        let mut predictor = Predictor::new(self, memory)?;
        let back = match horizon {
            Horizon::Steps(steps) => steps.saturating_mul(self.dmd.steps_ahead),
            Horizon::Free => self.dmd.steps_ahead,
        };
        for (index, trial) in trials.iter().enumerate() {
            predictor
                .run(trial, horizon, |t, predicted| {
                    tally.add(trial.sample(t), trial.sample(t.saturating_sub(back)), predicted);
                })
                .map_err(|error| error.in_trial(index))?;
        }
        tally.errors(self.rank())
    }
}

/// A model with the encoder and the decoder that its predictions use.
pub(super) struct Predictor<'a, T> {
    model: ModelRef<'a, T>,
    /// W = U S⁻¹, p x k.
    encoder: MatMut<'a, T>,
    /// The first n rows of U S, n x k.
    decoder: MatMut<'a, T>,
    window: &'a mut [T],
    whitened: &'a mut [T],
    state: &'a mut [T],
    next: &'a mut [T],
    sample: &'a mut [T],
}

impl<'a, T: Scalar> Predictor<'a, T> {
    pub(super) fn new(model: &ModelRef<'a, T>, memory: &'a mut [T]) -> Result<Self, Error> {
        if model.operator.rows() != model.rank {
            return Err(Error::InvalidSetting {
                setting: Setting::DsaMetric,
                expected: "off for prediction from a reduced-rank operator",
            });
        }
        let (p, k, n) = (model.basis.rows(), model.basis.cols(), model.shift.len());
        let (pieces, _) = model.predictor_layout().cut(memory)?;
        let [encoder, decoder, window, whitened, state, next, sample, _] = pieces;
        let (mut encoder, mut decoder) = (MatMut::over(encoder, p, k), MatMut::over(decoder, n, k));
        let factors = model.basis.columns().zip(model.singular_values());
        let both = encoder.columns_mut().zip(decoder.columns_mut());
        for ((encode, decode), (u, s)) in both.zip(factors) {
            let s = *s / model.unit;
            encode.iter_mut().zip(u).for_each(|(to, u)| *to = *u / s);
            decode.iter_mut().zip(u).for_each(|(to, u)| *to = *u * s);
        }
        Ok(Self { model: *model, encoder, decoder, window, whitened, state, next, sample })
    }

    /// Calls `take` with the time and the prediction of every sample that the horizon reaches.
    fn run(
        &mut self,
        trial: &Recording<'_, T>,
        horizon: Horizon,
        mut take: impl FnMut(usize, &[T]),
    ) -> Result<(), Error> {
        check("the number of channels of a trial", self.model.channels(), trial.channels())?;
        if horizon == Horizon::Steps(0) {
            return Err(Error::InvalidSetting {
                setting: Setting::Horizon,
                expected: "at least 1 step",
            });
        }
        let first = self.model.first_predicted(horizon);
        if trial.samples() <= first {
            let needed = first.saturating_add(1);
            return Err(Error::TooShort { trial: 0, needed, got: trial.samples() });
        }
        let ahead = self.model.dmd.steps_ahead;
        match horizon {
            Horizon::Steps(steps) => {
                for t in first..trial.samples() {
                    self.encode(trial, t.saturating_sub(steps.saturating_mul(ahead)));
                    (0..steps).for_each(|_| self.advance());
                    take(t, self.decode());
                }
            }
            Horizon::Free => {
                // One run from each of the first `ahead` windows; together they reach every sample.
                for phase in 0..ahead.min(trial.samples().saturating_sub(first)) {
                    let start = first.saturating_add(phase);
                    self.encode(trial, start.saturating_sub(ahead));
                    for t in (start..trial.samples()).step_by(ahead.max(1)) {
                        self.advance();
                        take(t, self.decode());
                    }
                }
            }
        }
        Ok(())
    }

    /// The state of the window that ends at t.
    pub(super) fn state_at(&mut self, trial: &Recording<'_, T>, t: usize) -> &[T] {
        self.encode(trial, t);
        self.state
    }

    /// state = (Qᵀ) Wᵀ h_t.
    fn encode(&mut self, trial: &Recording<'_, T>, t: usize) {
        self.model.windows().window_into(trial, t, self.window);
        for (z, column) in self.whitened.iter_mut().zip(self.encoder.as_ref().columns()) {
            *z = dot(column, self.window);
        }
        match self.model.reduction {
            Some(q) => {
                for (z, column) in self.state.iter_mut().zip(q.columns()) {
                    *z = dot(column, self.whitened);
                }
            }
            None => copy(self.state, self.whitened),
        }
    }

    /// state = A state (+ b).
    fn advance(&mut self) {
        self.next.fill(T::ZERO);
        for (column, z) in self.model.operator.columns().zip(&*self.state) {
            add_scaled(self.next, *z, column);
        }
        self.next.iter_mut().zip(self.model.intercept).for_each(|(to, b)| *to += *b);
        core::mem::swap(&mut self.state, &mut self.next);
    }

    /// The newest sample of U S (Q) state, in the units of the recording.
    fn decode(&mut self) -> &[T] {
        let whitened = match self.model.reduction {
            Some(q) => {
                self.whitened.fill(T::ZERO);
                for (column, z) in q.columns().zip(&*self.state) {
                    add_scaled(self.whitened, *z, column);
                }
                &*self.whitened
            }
            None => &*self.state,
        };
        self.sample.fill(T::ZERO);
        for (column, z) in self.decoder.as_ref().columns().zip(whitened) {
            add_scaled(self.sample, *z, column);
        }
        self.sample.iter_mut().zip(self.model.mean).for_each(|(x, mean)| *x += *mean);
        let parameters = self.model.shift.iter().zip(self.model.gain);
        for (x, (shift, gain)) in self.sample.iter_mut().zip(parameters) {
            *x = *x / *gain + *shift;
        }
        self.sample
    }
}

/// Sums of errors.
pub(crate) struct Tally<'a, T> {
    /// For each channel: its first value, the sum of deviations from that, the sum of their squares.
    about_first: &'a mut [T],
    squared: [T; 2],
    absolute: [T; 2],
    persistence: [T; 2],
    samples: usize,
    channels: usize,
}

impl<'a, T: Scalar> Tally<'a, T> {
    /// Scalars that sums over `channels` channels keep.
    pub(crate) const fn memory_len(channels: usize) -> usize {
        area(3, channels)
    }

    pub(crate) fn new(about_first: &'a mut [T], channels: usize) -> Self {
        about_first.fill(T::ZERO);
        let zero = [T::ZERO; 2];
        Self { about_first, squared: zero, absolute: zero, persistence: zero, samples: 0, channels }
    }

    pub(crate) fn add(&mut self, truth: &[T], before: &[T], predicted: &[T]) {
        let (chunks, _) = self.about_first.as_chunks_mut::<3>();
        let values = truth.iter().zip(before).zip(predicted);
        for ([origin, sum, squares], ((x, before), predicted)) in chunks.iter_mut().zip(values) {
            if self.samples == 0 {
                *origin = *x;
            }
            let deviation = *x - *origin;
            *sum += deviation;
            *squares += deviation * deviation;
            let error = *x - *predicted;
            accumulate(&mut self.squared, error * error);
            accumulate(&mut self.absolute, Real::abs(error));
            accumulate(&mut self.persistence, Real::abs(*x - *before));
        }
        self.samples = self.samples.saturating_add(1);
    }

    /// Predicted values so far.
    #[cfg(feature = "alloc")]
    pub(crate) const fn values(&self) -> usize {
        self.samples.saturating_mul(self.channels)
    }

    /// Sum of squared errors so far.
    #[cfg(feature = "alloc")]
    pub(crate) fn squared_error(&self) -> T {
        self.squared[0] + self.squared[1]
    }

    pub(crate) fn errors(&self, rank: usize) -> Result<PredictionErrors<T>, Error> {
        let values = self.samples.saturating_mul(self.channels);
        let count = T::count(values.max(1));
        let (chunks, _) = self.about_first.as_chunks::<3>();
        let deviations = chunks.iter().fold(T::ZERO, |total, [_, sum, squares]| {
            total + (*squares - *sum * *sum / T::count(self.samples.max(1)))
        });
        let squared = self.squared[0] + self.squared[1];
        let absolute = self.absolute[0] + self.absolute[1];
        let persistence = self.persistence[0] + self.persistence[1];
        if !(deviations > T::ZERO && persistence > T::ZERO) {
            return Err(Error::DegenerateSignal { channel: None });
        }
        let mean = squared / count;
        let parameters = T::count(rank.saturating_mul(rank).saturating_add(1));
        let errors = PredictionErrors {
            mean_squared_error: mean,
            r_squared: T::ONE - squared / deviations,
            mean_absolute_scaled_error: absolute / persistence,
            akaike: Real::ln(mean.larger(T::MIN_POSITIVE)) + T::TWO * parameters / count,
            values,
        };
        let all = [errors.mean_squared_error, errors.r_squared, errors.mean_absolute_scaled_error];
        if all.iter().all(|x| Real::is_finite(*x)) {
            Ok(errors)
        } else {
            Err(Error::Overflow { what: "an error of the prediction" })
        }
    }
}

/// A compensated running sum: (total, lost).
fn accumulate<T: Scalar>([total, lost]: &mut [T; 2], term: T) {
    add_compensated(total, lost, term);
}
