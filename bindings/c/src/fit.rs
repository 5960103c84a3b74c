//! Fits of operators to recordings.

use crate::held::{self, Held};
use crate::pointers::{Details, Input, Output, Span, answer, check_apart};
use crate::status::{ds_error_t, ds_status_t};
use core::marker::PhantomData;
use core::ptr::null;
use dynamical_similarity::{
    Centre, ChannelSet, Dmd, Error, FitPath, MatRef, ModelRef, Rank, Recording, Scalar, Scale,
    Shape, Warnings,
};

/// Channels, delays and rank, as fields with names, so that no two of them can be swapped.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ds_shape_t {
    /// Channels of a sample, n.
    pub channels: usize,
    /// Delays of a window, d.
    pub delays: usize,
    /// The rank of the operator, r; `DS_RANK_FULL` (and anything above) counts as n d.
    pub rank: usize,
}

/// As a rank: every direction that the data have.
pub const DS_RANK_FULL: usize = 0;

/// The value that is subtracted from every sample.
pub type ds_centre_t = u32;
/// Nothing is subtracted. An offset then appears as a direction with eigenvalue 1.
pub const DS_CENTRE_NONE: ds_centre_t = 0;
/// Each channel's mean over all trials is subtracted, and then the remaining mean of each entry of a window, so that the
/// regression has an intercept. This is the default, because an offset is not dynamics.
pub const DS_CENTRE_MEAN: ds_centre_t = 1;

/// The value by which every sample is divided.
pub type ds_scale_t = u32;
/// Samples are not divided.
pub const DS_SCALE_NONE: ds_scale_t = 0;
/// Each channel is divided by its standard deviation.
pub const DS_SCALE_UNIT_VARIANCE: ds_scale_t = 1;
/// All channels are divided by one number, the norm of all samples.
pub const DS_SCALE_UNIT_NORM: ds_scale_t = 2;

/// Settings of a fit. `ds_dmd_default()` returns the defaults; delays must be set after that.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ds_dmd_t {
    /// Samples of a window, d >= 1.
    pub delays: usize,
    /// Samples between two delays, at least 1.
    pub interval: usize,
    /// Samples between the windows of a pair, at least 1.
    pub steps_ahead: usize,
    /// The rank of the operator, or `DS_RANK_FULL`.
    pub rank: usize,
    /// The ridge, not negative.
    pub ridge: f64,
    /// The value that is subtracted from every sample.
    pub centre: ds_centre_t,
    /// The value by which every sample is divided.
    pub scale: ds_scale_t,
}

impl ds_dmd_t {
    fn settings(&self) -> Result<Dmd, ds_error_t> {
        let centre = match self.centre {
            DS_CENTRE_NONE => Centre::None,
            DS_CENTRE_MEAN => Centre::Mean,
            _ => return Err(ds_error_t::invalid("centre")),
        };
        let scale = match self.scale {
            DS_SCALE_NONE => Scale::None,
            DS_SCALE_UNIT_VARIANCE => Scale::UnitVariance,
            DS_SCALE_UNIT_NORM => Scale::UnitNorm,
            _ => return Err(ds_error_t::invalid("scale")),
        };
        Ok(Dmd::new()
            .delays(self.delays)
            .interval(self.interval)
            .steps_ahead(self.steps_ahead)
            .rank(rank_rule(self.rank))
            .ridge(self.ridge)
            .centre(centre)
            .scale(scale))
    }
}

const fn rank_rule(rank: usize) -> Rank {
    if rank == DS_RANK_FULL { Rank::Full } else { Rank::Fixed(rank) }
}

/// The defaults: interval 1, steps ahead 1, full rank, ridge 1e-8, the mean subtracted, no scaling. Delays are 0 and must
/// be set.
#[unsafe(no_mangle)]
pub extern "C" fn ds_dmd_default() -> ds_dmd_t {
    ds_dmd_t {
        delays: 0,
        interval: 1,
        steps_ahead: 1,
        rank: DS_RANK_FULL,
        ridge: 1e-8,
        centre: DS_CENTRE_MEAN,
        scale: DS_SCALE_NONE,
    }
}

/// Scalars of memory that a fit needs: `DS_FIT_MEMORY_LEN` as a function. Returns `SIZE_MAX` if it cannot be counted.
#[unsafe(no_mangle)]
pub extern "C" fn ds_fit_memory_len(shape: ds_shape_t) -> usize {
    let dmd = Dmd::new().delays(shape.delays).rank(rank_rule(shape.rank));
    let Shape { channels, delays, rank } = dmd.shape(shape.channels);
    Dmd::memory_len(Shape { channels, delays, rank })
}

/// The largest number of trials that a fit takes.
pub const DS_TRIALS_MAX: usize = 32;

/// One trial: sample t of channel c is `samples[t * channels + c]`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ds_recording<T> {
    /// `count * channels` scalars.
    pub samples: *const T,
    /// Samples in time.
    pub count: usize,
    /// Channels of a sample.
    pub channels: usize,
}

/// A matrix, column after column: entry (i, j) is `entries[j * rows + i]`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ds_matrix<T> {
    /// `rows * columns` scalars.
    pub entries: *const T,
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
}

impl<T: Scalar> ds_matrix<T> {
    pub(crate) fn of(matrix: MatRef<'_, T>) -> Self {
        let first = matrix.columns().next();
        let entries = first.map_or(null(), <[T]>::as_ptr);
        Self { entries, rows: matrix.rows(), columns: matrix.cols() }
    }
}

/// The path by which singular vectors were found.
pub type ds_path_t = u32;
/// From second moments, in one pass.
pub const DS_PATH_GRAM: ds_path_t = 0;
/// From a QR factorisation, because the moments would have cost too many digits.
pub const DS_PATH_QR: ds_path_t = 1;

/// There are fewer than 3 n d windows.
pub const DS_WARNING_FEW_ROWS: u32 = 1;
/// The singular values on the two sides of the cut are nearly equal, so which directions are kept is arbitrary.
pub const DS_WARNING_NEAR_TIE: u32 = 2;
/// The rank is 1, so an angle says only whether signs agree.
pub const DS_WARNING_RANK_ONE: u32 = 8;
/// One of the sets of channels has members beyond the first 64.
pub const DS_WARNING_FURTHER_CHANNELS: u32 = 4;

/// Warnings about a model. In a set of channels, bit c stands for channel c.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ds_warnings_t {
    /// Channels that do not vary.
    pub constant: u64,
    /// Channels that equal an earlier one.
    pub duplicated: u64,
    /// Channels whose first and second half differ.
    pub drifting: u64,
    /// Channels with a mean above their standard deviation that was not subtracted.
    pub large_mean: u64,
    /// A sum of `DS_WARNING_` numbers.
    pub flags: u32,
}

impl ds_warnings_t {
    fn of(warnings: &Warnings) -> Self {
        let sets =
            [&warnings.constant, &warnings.duplicated, &warnings.drifting, &warnings.large_mean];
        let [constant, duplicated, drifting, large_mean] = sets.map(bits);
        let flag = |is: bool, flag: u32| if is { flag } else { 0 };
        let flags = flag(warnings.few_rows, DS_WARNING_FEW_ROWS)
            | flag(warnings.near_tie, DS_WARNING_NEAR_TIE)
            | flag(warnings.rank_one, DS_WARNING_RANK_ONE)
            | flag(sets.iter().any(|set| set.has_further()), DS_WARNING_FURTHER_CHANNELS);
        Self { constant, duplicated, drifting, large_mean, flags }
    }
}

/// The first 64 channels of a set as a mask.
pub(crate) fn bits(set: &ChannelSet) -> u64 {
    (0..64).filter(|channel| set.contains(*channel)).fold(0, |bits, channel| bits | 1 << channel)
}

/// A fitted operator. Its pointers lead into the memory of the fit, and are valid until that memory is used again.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ds_model<T> {
    /// The operator A, r x r: whitened states follow v(t + steps ahead) = A v(t).
    pub operator_matrix: ds_matrix<T>,
    /// The directions kept, n d x r, with orthonormal columns.
    pub basis: ds_matrix<T>,
    /// The singular values of the directions kept, descending: r of them.
    pub singular_values: *const T,
    /// All singular values, descending; the first r of them are `singular_values`.
    pub spectrum: *const T,
    /// Scalars of `spectrum`.
    pub spectrum_len: usize,
    /// The rank r.
    pub rank: usize,
    /// Windows of all trials.
    pub rows: usize,
    /// Pairs of windows of all trials.
    pub pairs: usize,
    /// The first singular value over the last one kept.
    pub condition: T,
    /// The relative one-step error on the data of the fit.
    pub residual: T,
    /// The path by which the singular vectors were found.
    pub path: ds_path_t,
    /// Warnings about the model.
    pub warnings: ds_warnings_t,
    /// Private to the library, which uses it for predictions.
    pub opaque: [u64; 56],
}

/// The opaque part of a model.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct KeptModel<T> {
    opaque: [u64; 56],
    scalar: PhantomData<T>,
}

macro_rules! kept {
    ($scalar:ty, $mark:literal) => {
        impl Held for KeptModel<$scalar> {
            type Scalar = $scalar;
            type State = ModelRef<'static, $scalar>;
            const MARK: u64 = u64::from_le_bytes(*$mark);
            const MEMORY: &str = "the memory of the model";
        }
    };
}

kept!(f32, b"dsmodel4");
kept!(f64, b"dsmodel8");

impl<T: Scalar> ds_model<T> {
    fn of(model: &ModelRef<'_, T>) -> Self {
        Self {
            operator_matrix: ds_matrix::of(model.operator()),
            basis: ds_matrix::of(model.basis()),
            singular_values: model.singular_values().as_ptr(),
            spectrum: model.spectrum().as_ptr(),
            spectrum_len: model.spectrum().len(),
            rank: model.rank(),
            rows: model.rows(),
            pairs: model.pairs(),
            condition: model.condition(),
            residual: model.residual(),
            path: if model.path() == FitPath::Gram { DS_PATH_GRAM } else { DS_PATH_QR },
            warnings: ds_warnings_t::of(&model.warnings()),
            opaque: [0; 56],
        }
    }
}

/// Trials as the library wants them.
pub(crate) struct Trials<'a, T> {
    slots: [Recording<'a, T>; DS_TRIALS_MAX],
    count: usize,
}

impl<'a, T: Scalar> Trials<'a, T> {
    /// Trials of C, apart from what is written.
    ///
    /// # Safety
    /// They and their samples are there, and no one writes to them while the slices live.
    pub(crate) unsafe fn read(
        trials: &Input<ds_recording<T>>,
        written: &[Span],
    ) -> Result<Self, ds_error_t> {
        // SAFETY: the caller's promise.
        let trials = unsafe { trials.slice() };
        if trials.len() > DS_TRIALS_MAX {
            return Err(ds_error_t::from(Error::ShapeMismatch {
                what: "the number of trials",
                expected: DS_TRIALS_MAX,
                got: trials.len(),
            }));
        }
        let mut recordings: [Option<Recording<'_, T>>; DS_TRIALS_MAX] = [None; DS_TRIALS_MAX];
        for (index, (slot, trial)) in recordings.iter_mut().zip(trials).enumerate() {
            let length = trial.count.saturating_mul(trial.channels);
            let samples = Input::new(trial.samples, length, "samples");
            let samples = samples
                .and_then(|samples| check_apart(written, &[samples.span()]).map(|()| samples))
                .map_err(|error| ds_error_t { trial: index, ..error })?;
            // SAFETY: the caller's promise.
            let recording = Recording::new(unsafe { samples.slice() }, trial.channels);
            *slot = Some(recording.map_err(|error| error.in_trial(index))?);
        }
        // The slots in use, and the others like the first.
        let first = recordings.first().copied().flatten().ok_or(Error::Empty)?;
        let slots = recordings.map(|recording| recording.unwrap_or(first));
        Ok(Self { slots, count: trials.len() })
    }

    pub(crate) fn all(&self) -> &[Recording<'a, T>] {
        self.slots.get(..self.count).unwrap_or_default()
    }
}

/// # Safety
/// As [`ds_fit_f32`].
unsafe fn fit<T: Scalar>(
    settings: *const ds_dmd_t,
    trials: Input<ds_recording<T>>,
    memory: Output<T>,
    model: Output<ds_model<T>>,
    details: &Details,
) -> Result<(), ds_error_t>
where
    KeptModel<T>: Held<Scalar = T, State = ModelRef<'static, T>>,
{
    let settings = Input::new(settings, 1, "settings")?;
    let written = [memory.span(), model.span(), details.span()];
    check_apart(&written, &[settings.span(), trials.span()])?;
    // SAFETY: the caller's promise.
    let dmd = unsafe { settings.one() }?.settings()?;
    // SAFETY: the caller's promise.
    let trials = unsafe { Trials::read(&trials, &written) }?;
    // SAFETY: the caller's promise; nothing that is read lies there.
    let found: ModelRef<'static, T> = dmd.fit_in(trials.all(), unsafe { memory.zeros() })?;
    let mut fitted = ds_model::of(&found);
    let place = Output::new((&raw mut fitted.opaque).cast::<KeptModel<T>>(), 1, "model")?;
    // SAFETY: the place is our own, and the model is good as long as its memory is the model's.
    unsafe { held::begin(place, &memory, found) };
    // SAFETY: the caller's promise.
    unsafe { model.write(fitted) };
    Ok(())
}

macro_rules! fits {
    ($scalar:ty, $recording:ident, $matrix:ident, $model:ident, $fit:ident) => {
        /// One trial.
        pub type $recording = ds_recording<$scalar>;
        /// A matrix.
        pub type $matrix = ds_matrix<$scalar>;
        /// A fitted operator.
        pub type $model = ds_model<$scalar>;

        /// Fits an operator to `trials_len` trials, at most `DS_TRIALS_MAX`, by Hankel DMD in whitened
        /// coordinates.
        ///
        /// `memory` needs `ds_fit_memory_len` scalars and may hold anything. `*model` is written for `DS_OK`
        /// alone; its matrices lie in `memory`. `error` may be null.
        ///
        /// # Safety
        /// Every pointer leads to as many values as its length says (`settings`, `model` and `error`: one;
        /// the samples of a trial: `count * channels`), and no one else writes to them during the call. Null,
        /// misalignment, impossible lengths and overlap with what is written are refused.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $fit(
            settings: *const ds_dmd_t,
            trials: *const $recording,
            trials_len: usize,
            memory: *mut $scalar,
            memory_len: usize,
            model: *mut $model,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let trials = Input::new(trials, trials_len, "trials")?;
                let memory = Output::new(memory, memory_len, "memory")?;
                let model = Output::new(model, 1, "model")?;
                // SAFETY: the caller's promise.
                unsafe { fit(settings, trials, memory, model, details) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }
    };
}

fits!(f32, ds_recording_f32_t, ds_matrix_f32_t, ds_model_f32_t, ds_fit_f32);
fits!(f64, ds_recording_f64_t, ds_matrix_f64_t, ds_model_f64_t, ds_fit_f64);
