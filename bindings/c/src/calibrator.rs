//! The calibrator, which records a calibration on a device.

use crate::calibration::{
    CALIBRATION, DS_SCORES_SPECTRA, ds_calibration_f32_t, ds_calibration_f64_t, ds_scores_t,
    scores, shape,
};
use crate::fit::ds_shape_t;
use crate::held::{self, Held, Room};
use crate::pointers::{Details, Input, Output, answer, check_apart};
use crate::status::{ds_error_t, ds_status_t};
use dynamical_similarity::monitor::{Calibration, Calibrator, CalibratorSettings};
use dynamical_similarity::{Error, Scalar};

/// Settings of a calibration. `ds_calibrator_default` returns the defaults.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ds_calibrator_settings_t {
    /// Channels, delays and rank, from 1 to n d: the most directions of the channels that are compared. The delays should span about 100 ms.
    pub shape: ds_shape_t,
    /// The scores that the calibration is for.
    pub scores: ds_scores_t,
    /// Samples per second, in Hz.
    pub sampling_rate: f32,
    /// The number of samples of the recorder of which each sample is the mean, at least 1. The calibrator does not
    /// resample; it stores this number for the program that feeds the monitor.
    pub decimation: u32,
    /// The number of blocks, at least 5. Each of them gives one score of the null band.
    pub blocks: usize,
    /// Samples per block.
    pub block: usize,
    /// Directions of the channels whose correlation with themselves one sample later is not above this value are left out.
    pub cut: f32,
}

impl ds_calibrator_settings_t {
    fn settings(&self) -> Result<CalibratorSettings, ds_error_t> {
        Ok(CalibratorSettings::new(shape(self.shape), self.sampling_rate)
            .decimation(self.decimation)
            .scores(scores(self.scores)?)
            .blocks(self.blocks)
            .block(self.block)
            .cut(self.cut))
    }
}

/// The defaults: 20 blocks of 1500 samples, a cut of 0.15, and no operator.
#[unsafe(no_mangle)]
pub extern "C" fn ds_calibrator_default(
    shape: ds_shape_t,
    sampling_rate: f32,
) -> ds_calibrator_settings_t {
    let scores = DS_SCORES_SPECTRA;
    ds_calibrator_settings_t {
        shape,
        scores,
        sampling_rate,
        decimation: 1,
        blocks: 20,
        block: 1500,
        cut: 0.15,
    }
}

/// Scalars of memory that a calibrator needs: `DS_CALIBRATOR_MEMORY_LEN` as a function. `SIZE_MAX` if it cannot be
/// counted, or for an unknown kind of scores.
#[unsafe(no_mangle)]
pub extern "C" fn ds_calibrator_memory_len(settings: ds_calibrator_settings_t) -> usize {
    settings.settings().map_or(usize::MAX, Calibrator::<f32, ()>::memory_len)
}

/// # Safety
/// As [`ds_calibrator_begin_f32`].
unsafe fn begin<T: Scalar, H>(
    calibrator: Output<H>,
    settings: *const ds_calibrator_settings_t,
    shift: Input<T>,
    memory: Output<T>,
    details: &Details,
) -> Result<(), ds_error_t>
where
    H: Held<Scalar = T, State = Calibrator<T, Room<T>>>,
{
    let settings = Input::new(settings, 1, "settings")?;
    let written = [memory.span(), calibrator.span(), details.span()];
    check_apart(&written, &[settings.span(), shift.span()])?;
    // SAFETY: the caller's promise.
    let (settings, shift) = unsafe { (settings.one()?.settings()?, shift.slice()) };
    // SAFETY: the caller's promise; nothing that is read lies there.
    let new = Calibrator::new_in(settings, shift, unsafe { Room::new(&memory) })?;
    // SAFETY: the caller's promise.
    unsafe { held::begin(calibrator, &memory, new) };
    Ok(())
}

const CALIBRATOR: &str = "calibrator";

/// # Safety
/// As [`ds_calibrator_push_f32`].
unsafe fn push<T: Scalar, H>(
    calibrator: Output<H>,
    sample: Option<Input<T>>,
    details: &Details,
) -> Result<(), ds_error_t>
where
    H: Held<Scalar = T, State = Calibrator<T, Room<T>>>,
{
    let read = sample.map(|sample| sample.span());
    let written = [calibrator.span(), details.span()];
    // SAFETY: the caller's promise.
    let kept = unsafe { held::open(&calibrator, CALIBRATOR, &written, read.as_slice()) }?;
    match sample {
        // SAFETY: the caller's promise.
        Some(sample) => kept.state.push(unsafe { sample.slice() })?,
        None => kept.state.push_missing(),
    }
    Ok(())
}

/// # Safety
/// As [`ds_calibrator_finish_f32`].
unsafe fn finish<T: Scalar, H, C>(
    calibrator: Output<H>,
    calibration: Output<C>,
    memory: Output<T>,
    details: &Details,
) -> Result<(), ds_error_t>
where
    H: Held<Scalar = T, State = Calibrator<T, Room<T>>>,
    C: Held<Scalar = T, State = Calibration<T, Room<T>>>,
{
    let written = [calibrator.span(), memory.span(), calibration.span(), details.span()];
    // SAFETY: the caller's promise.
    let kept = unsafe { held::open(&calibrator, CALIBRATOR, &written, &[]) }?;
    // SAFETY: the caller's promise; nothing that is read lies there.
    match kept.state.clone().finish_in(unsafe { Room::new(&memory) }) {
        Ok(made) => {
            kept.end();
            // SAFETY: the caller's promise.
            unsafe { held::begin(calibration, &memory, made) };
            Ok(())
        }
        // Seen before anything is changed.
        Err(error @ (Error::TooShort { .. } | Error::MemoryTooSmall { .. })) => Err(error.into()),
        Err(error) => {
            kept.end();
            Err(error.into())
        }
    }
}

macro_rules! calibrators {
    ($scalar:ty, $calibration:ident, $calibrator:ident, $words:literal, $mark:literal,
     $begin:ident, $push:ident, $push_missing:ident, $progress:ident, $finish:ident) => {
        /// A calibration that is being recorded.
        #[repr(C)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $calibrator {
            /// Private to the library.
            pub opaque: [u64; $words],
        }

        impl Held for $calibrator {
            type Scalar = $scalar;
            type State = Calibrator<$scalar, Room<$scalar>>;
            const MARK: u64 = u64::from_le_bytes(*$mark);
            const MEMORY: &str = "the memory of the calibrator";
        }

        /// Begins a calibration. `shift` is near the mean of each of the `channels` channels; the mean of the first 200
        /// samples will do. `memory` needs `ds_calibrator_memory_len` scalars and may hold anything; it belongs to
        /// the calibrator as long as the calibrator is used. `error` may be null.
        ///
        /// # Safety
        /// Every pointer leads to as many values as its length says (`calibrator`, `settings` and `error`: one), and
        /// no one else uses them during the call. Null, misalignment, impossible lengths and overlap with what
        /// is written are refused.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $begin(
            calibrator: *mut $calibrator,
            settings: *const ds_calibrator_settings_t,
            shift: *const $scalar,
            channels: usize,
            memory: *mut $scalar,
            memory_len: usize,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let calibrator = Output::new(calibrator, 1, CALIBRATOR)?;
                let shift = Input::new(shift, channels, "shift")?;
                let memory = Output::new(memory, memory_len, "memory")?;
                // SAFETY: the caller's promise.
                unsafe { begin(calibrator, settings, shift, memory, details) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Takes the newest sample, `channels` scalars. A sample that is not finite counts as missing, and samples after
        /// the last block are ignored. `error` may be null.
        ///
        /// # Safety
        /// `*calibrator` has been changed only by its functions, and its memory still exists. Every pointer leads
        /// to as many values as its length says (`calibrator` and `error`: one), and no one else uses them during the
        /// call. Null, misalignment, impossible lengths and overlap with what is written are refused.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $push(
            calibrator: *mut $calibrator,
            sample: *const $scalar,
            channels: usize,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let calibrator = Output::new(calibrator, 1, CALIBRATOR)?;
                let sample = Input::new(sample, channels, "sample")?;
                // SAFETY: the caller's promise.
                unsafe { push(calibrator, Some(sample), details) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Records a missing sample: one that was due and is lost, or that must not count. `error` may be null.
        ///
        /// # Safety
        /// As for the function that takes a sample.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $push_missing(
            calibrator: *mut $calibrator,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let calibrator = Output::new(calibrator, 1, CALIBRATOR)?;
                // SAFETY: the caller's promise.
                unsafe { push(calibrator, None, details) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Writes the number of complete blocks, and the number of blocks that are needed. `error` may be null.
        ///
        /// # Safety
        /// As for a sample; every pointer leads to one value.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $progress(
            calibrator: *const $calibrator,
            complete: *mut usize,
            blocks: *mut usize,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let calibrator = Input::new(calibrator, 1, CALIBRATOR)?;
                let complete = Output::new(complete, 1, "complete")?;
                let blocks = Output::new(blocks, 1, "blocks")?;
                let written = [complete.span(), blocks.span(), details.span()];
                // SAFETY: the caller's promise.
                let kept = unsafe { held::look(&calibrator, CALIBRATOR, &written) }?;
                let (so_far, all) = kept.state.progress();
                // SAFETY: the caller's promise.
                unsafe { complete.write(so_far) };
                // SAFETY: the caller's promise.
                unsafe { blocks.write(all) };
                Ok(())
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Makes the calibration in one call, which does 2 K + 1 analyses for K blocks. `memory` needs
        /// `ds_calibration_memory_len` scalars and may hold anything; it belongs to the calibration as long as the
        /// calibration is used. `error` may be null.
        ///
        /// After `DS_TOO_SHORT` (not all blocks are complete) and `DS_MEMORY_TOO_SMALL` the calibrator continues as if
        /// this function had not been called. After `DS_OK`, and after every other refusal that is not about a pointer, the
        /// calibrator has ended and its memory is free.
        ///
        /// # Safety
        /// `*calibrator` has been changed only by its functions, and its memory still exists. Every pointer leads
        /// to as many values as its length says (`calibrator`, `calibration` and `error`: one), and no one else uses
        /// them during the call. Null, misalignment, impossible lengths and overlap are refused.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $finish(
            calibrator: *mut $calibrator,
            calibration: *mut $calibration,
            memory: *mut $scalar,
            memory_len: usize,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let calibrator = Output::new(calibrator, 1, CALIBRATOR)?;
                let calibration = Output::new(calibration, 1, CALIBRATION)?;
                let memory = Output::new(memory, memory_len, "memory")?;
                // SAFETY: the caller's promise.
                unsafe { finish(calibrator, calibration, memory, details) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }
    };
}

calibrators!(
    f32,
    ds_calibration_f32_t,
    ds_calibrator_f32_t,
    20,
    b"dscaltr4",
    ds_calibrator_begin_f32,
    ds_calibrator_push_f32,
    ds_calibrator_push_missing_f32,
    ds_calibrator_progress_f32,
    ds_calibrator_finish_f32
);
calibrators!(
    f64,
    ds_calibration_f64_t,
    ds_calibrator_f64_t,
    20,
    b"dscaltr8",
    ds_calibrator_begin_f64,
    ds_calibrator_push_f64,
    ds_calibrator_push_missing_f64,
    ds_calibrator_progress_f64,
    ds_calibrator_finish_f64
);
