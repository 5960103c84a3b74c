//! Predictions of samples by a model, and their errors.

use crate::fit::{
    KeptModel, Trials, ds_model, ds_model_f32_t, ds_model_f64_t, ds_recording, ds_recording_f32_t,
    ds_recording_f64_t,
};
use crate::held::{self, Held};
use crate::pointers::{Details, Input, Output, Span, answer, check_apart};
use crate::status::{ds_error_t, ds_status_t};
use dynamical_similarity::{Error, Horizon, ModelRef, PredictionErrors, Scalar};

/// As a number of steps: the operator runs freely from the first windows of the trial.
pub const DS_HORIZON_FREE: usize = 0;

const fn horizon(steps: usize) -> Horizon {
    if steps == DS_HORIZON_FREE { Horizon::Free } else { Horizon::Steps(steps) }
}

/// Errors of a prediction, over all channels and trials.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ds_prediction_quality<T> {
    /// Mean squared error, in squared units of the samples.
    pub mean_squared_error: T,
    /// 1 - (sum of squared errors) / (sum of squared deviations from each channel's mean).
    pub r_squared: T,
    /// Mean absolute error divided by that of persistence over the same number of samples: below 1 is better.
    pub mean_absolute_scaled_error: T,
    /// ln(mean squared error) + 2 (r² + 1) / N.
    pub akaike: T,
    /// Predicted values N: samples x channels.
    pub values: usize,
}

impl<T> ds_prediction_quality<T> {
    fn of(errors: PredictionErrors<T>) -> Self {
        Self {
            mean_squared_error: errors.mean_squared_error,
            r_squared: errors.r_squared,
            mean_absolute_scaled_error: errors.mean_absolute_scaled_error,
            akaike: errors.akaike,
            values: errors.values,
        }
    }
}

const MODEL: &str = "model";

/// The model that was fitted; its memory is not written to.
///
/// # Safety
/// `*model` is unchanged since the fit, and its memory still exists.
unsafe fn read<T: Scalar>(
    model: *const ds_model<T>,
    written: &[Span],
) -> Result<ModelRef<'static, T>, ds_error_t>
where
    KeptModel<T>: Held<Scalar = T, State = ModelRef<'static, T>>,
{
    let model = Input::new(model, 1, MODEL)?;
    check_apart(written, &[model.span()])?;
    // SAFETY: the caller's promise.
    let place = (&raw const unsafe { model.one() }?.opaque).cast::<KeptModel<T>>();
    // SAFETY: as above.
    Ok(unsafe { held::look(&Input::new(place, 1, MODEL)?, MODEL, written) }?.state)
}

/// Scalars that a model says, and where they go.
///
/// # Safety
/// As [`ds_predict_f32`].
unsafe fn tell<T: Scalar>(
    model: *const ds_model<T>,
    to: Output<usize>,
    details: &Details,
    say: impl FnOnce(&ModelRef<'static, T>) -> usize,
) -> Result<(), ds_error_t>
where
    KeptModel<T>: Held<Scalar = T, State = ModelRef<'static, T>>,
{
    let written = [to.span(), details.span()];
    check_apart(&written, &[])?;
    // SAFETY: the caller's promise.
    let model = unsafe { read(model, &written) }?;
    // SAFETY: the caller's promise.
    unsafe { to.write(say(&model)) };
    Ok(())
}

/// # Safety
/// As [`ds_predict_f32`].
unsafe fn predict<T: Scalar>(
    model: *const ds_model<T>,
    steps: usize,
    trial: Input<ds_recording<T>>,
    predicted: Output<T>,
    memory: Output<T>,
    details: &Details,
) -> Result<(), ds_error_t>
where
    KeptModel<T>: Held<Scalar = T, State = ModelRef<'static, T>>,
{
    let written = [predicted.span(), memory.span(), details.span()];
    check_apart(&written, &[trial.span()])?;
    // SAFETY: the caller's promise.
    let (model, trials) = unsafe { (read(model, &written)?, Trials::read(&trial, &written)?) };
    let trial = trials.all().first().ok_or(Error::Empty)?;
    // SAFETY: the caller's promise; nothing that is read lies there.
    let (out, memory) = unsafe { (predicted.zeros(), memory.zeros()) };
    Ok(model.predict_in(trial, horizon(steps), out, memory)?)
}

/// # Safety
/// As [`ds_prediction_errors_f32`].
unsafe fn errors<T: Scalar>(
    model: *const ds_model<T>,
    steps: usize,
    trials: Input<ds_recording<T>>,
    memory: Output<T>,
    errors: Output<ds_prediction_quality<T>>,
    details: &Details,
) -> Result<(), ds_error_t>
where
    KeptModel<T>: Held<Scalar = T, State = ModelRef<'static, T>>,
{
    let written = [memory.span(), errors.span(), details.span()];
    check_apart(&written, &[trials.span()])?;
    // SAFETY: the caller's promise.
    let (model, trials) = unsafe { (read(model, &written)?, Trials::read(&trials, &written)?) };
    // SAFETY: the caller's promise; nothing that is read lies there.
    let memory = unsafe { memory.zeros() };
    let found = model.prediction_errors_in(trials.all(), horizon(steps), memory)?;
    // SAFETY: the caller's promise.
    unsafe { errors.write(ds_prediction_quality::of(found)) };
    Ok(())
}

macro_rules! predictions {
    ($scalar:ty, $model:ident, $recording:ident, $errors:ident,
     $memory_len:ident, $first:ident, $predict:ident, $prediction_errors:ident) => {
        /// Errors of a prediction.
        pub type $errors = ds_prediction_quality<$scalar>;

        /// Writes the scalars of memory that a prediction needs: `DS_PREDICTION_MEMORY_LEN` as a function; the
        /// errors of a prediction need no more. `error` may be null.
        ///
        /// # Safety
        /// `*model` is unchanged since the fit, and its memory still exists and was not used for anything else. Every pointer
        /// leads to one value, and no one else uses them during the call. Null, misalignment and overlap are refused.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $memory_len(
            model: *const $model,
            memory_len: *mut usize,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let to = Output::new(memory_len, 1, "memory_len")?;
                // SAFETY: the caller's promise.
                unsafe { tell(model, to, details, ModelRef::prediction_memory_len) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Writes the number of samples at the beginning of every trial that are not predicted by `steps` applications of
        /// the operator (`DS_HORIZON_FREE`: a free run). `error` may be null.
        ///
        /// # Safety
        /// As for the memory of a prediction.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $first(
            model: *const $model,
            steps: usize,
            first: *mut usize,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let to = Output::new(first, 1, "first")?;
                let say =
                    |model: &ModelRef<'static, $scalar>| model.first_predicted(horizon(steps));
                // SAFETY: the caller's promise.
                unsafe { tell(model, to, details, say) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Predicts the samples of a trial, from the true window `steps` applications of the operator earlier, or
        /// (`DS_HORIZON_FREE`) from the first windows alone. All but the first samples are predicted; time x channels,
        /// in the units of the recording, to `predicted`. `memory` may hold anything. `error` may be null. After a
        /// refusal the numbers in `predicted` have no meaning.
        ///
        /// # Safety
        /// `*model` is unchanged since the fit, and its memory still exists and was not used for anything else. Every pointer
        /// leads to as many values as its length says (`model`, `trial` and `error`: one; the samples of the trial:
        /// `count * channels`), and no one else uses them during the call. Null, misalignment, impossible lengths
        /// and overlap with what is written are refused.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $predict(
            model: *const $model,
            steps: usize,
            trial: *const $recording,
            predicted: *mut $scalar,
            predicted_len: usize,
            memory: *mut $scalar,
            memory_len: usize,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let trial = Input::new(trial, 1, "trial")?;
                let predicted = Output::new(predicted, predicted_len, "predicted")?;
                let memory = Output::new(memory, memory_len, "memory")?;
                // SAFETY: the caller's promise.
                unsafe { predict(model, steps, trial, predicted, memory, details) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Writes the errors of the predictions of `trials_len` trials, at most `DS_TRIALS_MAX`. `error` may be null.
        ///
        /// # Safety
        /// As for a prediction.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $prediction_errors(
            model: *const $model,
            steps: usize,
            trials: *const $recording,
            trials_len: usize,
            memory: *mut $scalar,
            memory_len: usize,
            errors: *mut $errors,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let trials = Input::new(trials, trials_len, "trials")?;
                let memory = Output::new(memory, memory_len, "memory")?;
                let to = Output::new(errors, 1, "errors")?;
                // SAFETY: the caller's promise.
                unsafe { self::errors(model, steps, trials, memory, to, details) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }
    };
}

predictions!(
    f32,
    ds_model_f32_t,
    ds_recording_f32_t,
    ds_prediction_quality_f32_t,
    ds_prediction_memory_len_f32,
    ds_first_predicted_f32,
    ds_predict_f32,
    ds_prediction_errors_f32
);
predictions!(
    f64,
    ds_model_f64_t,
    ds_recording_f64_t,
    ds_prediction_quality_f64_t,
    ds_prediction_memory_len_f64,
    ds_first_predicted_f64,
    ds_predict_f64,
    ds_prediction_errors_f64
);
