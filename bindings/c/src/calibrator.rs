//! How a calibration is recorded on a device.

use crate::calibration::{
    CALIBRATION, DS_SCORES_OPERATOR, ds_calibration_f32_t, ds_calibration_f64_t, ds_scores_t,
    scores, shape,
};
use crate::fit::ds_shape_t;
use crate::held::{self, Held, Room};
use crate::pointers::{Details, Input, Output, answer, check_apart};
use crate::status::{ds_error_t, ds_status_t};
use dynamical_similarity::monitor::{Calibration, Calibrator, CalibratorSettings};
use dynamical_similarity::{Error, Scalar};

/// Settings of a calibration. `ds_calibrator_default` fills them.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ds_calibrator_settings_t {
    /// Channels, delays and rank, from 1 to n d. Delays should reach over about 100 ms.
    pub shape: ds_shape_t,
    /// Which scores.
    pub scores: ds_scores_t,
    /// Samples a second, in Hz.
    pub sampling_rate: f32,
    /// Samples of the recorder that each sample is the mean of, at least 1. Nothing here resamples: it is kept for
    /// whoever feeds the monitor.
    pub decimation: u32,
    /// Blocks, from 5 on: as many scores the null band is made of.
    pub blocks: usize,
    /// Samples of a block.
    pub block: usize,
}

impl ds_calibrator_settings_t {
    fn settings(&self) -> Result<CalibratorSettings, ds_error_t> {
        Ok(CalibratorSettings::new(shape(self.shape), self.sampling_rate)
            .decimation(self.decimation)
            .scores(scores(self.scores)?)
            .blocks(self.blocks)
            .block(self.block))
    }
}

/// 20 blocks of 1500 samples, the score of the operator alone.
#[unsafe(no_mangle)]
pub extern "C" fn ds_calibrator_default(
    shape: ds_shape_t,
    sampling_rate: f32,
) -> ds_calibrator_settings_t {
    let scores = DS_SCORES_OPERATOR;
    ds_calibrator_settings_t {
        shape,
        scores,
        sampling_rate,
        decimation: 1,
        blocks: 20,
        block: 1500,
    }
}

/// Scalars of memory that a calibrator needs: `DS_CALIBRATOR_MEMORY_LEN` as a function. `SIZE_MAX` if it cannot be
/// counted, or for a number that names no scores.
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
            /// For the library alone.
            pub opaque: [u64; $words],
        }

        impl Held for $calibrator {
            type Scalar = $scalar;
            type State = Calibrator<$scalar, Room<$scalar>>;
            const MARK: u64 = u64::from_le_bytes(*$mark);
            const MEMORY: &str = "the memory of the calibrator";
        }

        /// Begins a calibration. `shift` is near the mean of each of the `channels` channels: that of the first 200
        /// samples will do. `memory` needs `ds_calibrator_memory_len` scalars and may hold anything; it belongs to
        /// the calibrator as long as that is used. `error` may be null.
        ///
        /// # Safety
        /// Every pointer leads to as many values as its length says (`calibrator`, `settings` and `error`: one), and
        /// nobody else uses them during the call. Null, misalignment, lengths that cannot be and overlap with what
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

        /// Takes the newest sample, `channels` scalars; one that is not finite counts as missing, and samples after
        /// the last block are not looked at. `error` may be null.
        ///
        /// # Safety
        /// `*calibrator` is as the last of its functions left it, and its memory is still there. Every pointer leads
        /// to as many values as its length says (`calibrator` and `error`: one), and nobody else uses them during the
        /// call. Null, misalignment, lengths that cannot be and overlap with what is written are refused.
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

        /// A sample did not come, or must not count. `error` may be null.
        ///
        /// # Safety
        /// As for a sample that came.
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

        /// Writes the number of blocks that are complete, and of all that there must be. `error` may be null.
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

        /// Makes the calibration, with all the work at once: 2 K + 1 analyses for K blocks. `memory` needs
        /// `ds_calibration_memory_len` scalars and may hold anything; it belongs to the calibration as long as that
        /// is used. `error` may be null.
        ///
        /// After `DS_TOO_SHORT` (not all blocks are complete) and `DS_MEMORY_TOO_SMALL` the calibrator goes on as if
        /// nothing had been asked. After `DS_OK` and every other refusal that is not about a pointer it is over, and
        /// its memory free.
        ///
        /// # Safety
        /// `*calibrator` is as the last of its functions left it, and its memory is still there. Every pointer leads
        /// to as many values as its length says (`calibrator`, `calibration` and `error`: one), and nobody else uses
        /// them during the call. Null, misalignment, lengths that cannot be and overlap are refused.
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
