//! Calibrations: the references of monitors, and how they are stored and read.

use crate::fit::ds_shape_t;
use crate::held::{self, Held, Room};
use crate::pointers::{Details, Input, Output, answer, check_apart};
use crate::status::{ds_error_t, ds_status_t};
use dynamical_similarity::monitor::{Calibration, Scores};
use dynamical_similarity::{Scalar, Shape};

/// What a monitor computes. No decision depends on the choice.
pub type ds_scores_t = u32;
/// The lag spectra, the gate and the noise level: all that a decision needs.
pub const DS_SCORES_SPECTRA: ds_scores_t = 0;
/// In addition, the delay operator of the window, for the Procrustes angle on request. It takes several times the work of all
/// else.
pub const DS_SCORES_SPECTRA_AND_OPERATOR: ds_scores_t = 1;

pub(crate) fn scores(value: ds_scores_t) -> Result<Scores, ds_error_t> {
    match value {
        DS_SCORES_SPECTRA => Ok(Scores::Spectra),
        DS_SCORES_SPECTRA_AND_OPERATOR => Ok(Scores::SpectraAndOperator),
        _ => Err(ds_error_t::invalid("scores")),
    }
}

/// The name of a calibration in a refusal.
pub(crate) const CALIBRATION: &str = "calibration";

pub(crate) const fn shape(shape: ds_shape_t) -> Shape {
    Shape { channels: shape.channels, delays: shape.delays, rank: shape.rank }
}

/// Scalars of memory that a calibration needs: `DS_CALIBRATION_MEMORY_LEN` as a function. `SIZE_MAX` if it cannot be
/// counted, or for an unknown kind of scores.
#[unsafe(no_mangle)]
pub extern "C" fn ds_calibration_memory_len(shape: ds_shape_t, scores: ds_scores_t) -> usize {
    self::scores(scores)
        .map_or(usize::MAX, |scores| Calibration::<f32, ()>::memory_len(self::shape(shape), scores))
}

/// The contents of a calibration. The pointers lead into the memory of the calibration.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ds_reference<T> {
    /// Channels, delays and rank.
    pub shape: ds_shape_t,
    /// The scores for which the calibration has a reference.
    pub scores: ds_scores_t,
    /// Samples per second, in Hz.
    pub sampling_rate: f32,
    /// The number of samples of the recorder of which each sample is the mean.
    pub decimation: u32,
    /// The number of samples that the calibration was made from.
    pub samples: u64,
    /// Mean of each channel.
    pub mean: *const T,
    /// Standard deviation of each channel.
    pub standard_deviation: *const T,
    /// The number of directions of the channels in which the dynamics are compared.
    pub directions: usize,
    /// Null band of the score of the dynamics: its median over the blocks of the calibration.
    pub null_median: T,
    /// Null band of the score of the dynamics: the standard deviation of its logarithm.
    pub null_deviation: T,
}

impl<T: Scalar> ds_reference<T> {
    fn of(calibration: &Calibration<T, Room<T>>) -> Self {
        let Shape { channels, delays, rank } = calibration.shape();
        let null = calibration.null_band();
        Self {
            shape: ds_shape_t { channels, delays, rank },
            scores: match calibration.scores() {
                Scores::SpectraAndOperator => DS_SCORES_SPECTRA_AND_OPERATOR,
                _ => DS_SCORES_SPECTRA,
            },
            sampling_rate: calibration.sampling_rate(),
            decimation: calibration.decimation(),
            samples: calibration.samples(),
            mean: calibration.mean().as_ptr(),
            standard_deviation: calibration.standard_deviation().as_ptr(),
            directions: calibration.directions(),
            null_median: null.median,
            null_deviation: null.deviation,
        }
    }
}

/// # Safety
/// As [`ds_calibration_load_f32`].
unsafe fn load<T: Scalar, C>(
    calibration: Output<C>,
    words: Input<u32>,
    memory: Output<T>,
    details: &Details,
) -> Result<(), ds_error_t>
where
    C: Held<Scalar = T, State = Calibration<T, Room<T>>>,
{
    check_apart(&[memory.span(), calibration.span(), details.span()], &[words.span()])?;
    // SAFETY: the caller's promise; nothing that is read lies in the memory.
    let read = unsafe { Calibration::from_words(words.slice(), Room::new(&memory))? };
    // SAFETY: the caller's promise.
    unsafe { held::begin(calibration, &memory, read) };
    Ok(())
}

macro_rules! calibrations {
    ($scalar:ty, $reference:ident,
     $calibration:ident, $words:literal, $mark:literal,
     $words_len:ident, $load:ident, $save:ident, $about:ident) => {
        /// The contents of a calibration.
        pub type $reference = ds_reference<$scalar>;

        /// The reference that a monitor compares with.
        #[repr(C)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $calibration {
            /// Private to the library.
            pub opaque: [u64; $words],
        }

        impl Held for $calibration {
            type Scalar = $scalar;
            type State = Calibration<$scalar, Room<$scalar>>;
            const MARK: u64 = u64::from_le_bytes(*$mark);
            const MEMORY: &str = "the memory of the calibration";
        }

        /// Words of 32 bits of a saved calibration in this scalar. Returns `SIZE_MAX` if it cannot be counted, or for an
        /// unknown kind of scores.
        #[unsafe(no_mangle)]
        pub extern "C" fn $words_len(shape: ds_shape_t, scores: ds_scores_t) -> usize {
            self::scores(scores).map_or(usize::MAX, |scores| {
                Calibration::<$scalar, ()>::words_len(self::shape(shape), scores)
            })
        }

        /// Reads a calibration from words in either scalar, for example those that `dsa calibrate` writes. `memory` needs
        /// `ds_calibration_memory_len` scalars and may hold anything; it belongs to the calibration as long as the
        /// calibration is used, which is until a monitor has been begun. `error` may be null.
        ///
        /// # Safety
        /// Every pointer leads to as many values as its length says (`calibration` and `error`: one), and no one else
        /// uses them during the call. Null, misalignment, impossible lengths and overlap are refused.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $load(
            calibration: *mut $calibration,
            words: *const u32,
            words_len: usize,
            memory: *mut $scalar,
            memory_len: usize,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let calibration = Output::new(calibration, 1, CALIBRATION)?;
                let words = Input::new(words, words_len, "words")?;
                let memory = Output::new(memory, memory_len, "memory")?;
                // SAFETY: the caller's promise.
                unsafe { load(calibration, words, memory, details) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Writes a calibration as words, and their number to `*written`. `error` may be null.
        ///
        /// # Safety
        /// `*calibration` has not been changed since it was made, and its memory still exists. Every pointer leads to as many values as its
        /// length says (`calibration`, `written` and `error`: one), and no one else uses them during the call. Null,
        /// misalignment, impossible lengths and overlap are refused.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $save(
            calibration: *const $calibration,
            words: *mut u32,
            words_len: usize,
            written: *mut usize,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let calibration = Input::new(calibration, 1, CALIBRATION)?;
                let words = Output::new(words, words_len, "words")?;
                let written = Output::new(written, 1, "written")?;
                // SAFETY: the caller's promise.
                unsafe {
                    held::save(
                        &calibration,
                        CALIBRATION,
                        (words, written),
                        details,
                        Calibration::to_words,
                    )
                }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Writes the contents of a calibration. `error` may be null.
        ///
        /// # Safety
        /// `*calibration` has not been changed since it was made, and its memory still exists. Every pointer leads to one value, and no one
        /// else uses them during the call. Null, misalignment and overlap are refused.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $about(
            calibration: *const $calibration,
            about: *mut $reference,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let calibration = Input::new(calibration, 1, CALIBRATION)?;
                let about = Output::new(about, 1, "about")?;
                let written = [about.span(), details.span()];
                // SAFETY: the caller's promise.
                let kept = unsafe { held::look(&calibration, CALIBRATION, &written) }?;
                // SAFETY: the caller's promise.
                unsafe { about.write(ds_reference::of(&kept.state)) };
                Ok(())
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }
    };
}

calibrations!(
    f32,
    ds_reference_f32_t,
    ds_calibration_f32_t,
    16,
    b"dscalib4",
    ds_calibration_words_len_f32,
    ds_calibration_load_f32,
    ds_calibration_save_f32,
    ds_calibration_about_f32
);
calibrations!(
    f64,
    ds_reference_f64_t,
    ds_calibration_f64_t,
    24,
    b"dscalib8",
    ds_calibration_words_len_f64,
    ds_calibration_load_f64,
    ds_calibration_save_f64,
    ds_calibration_about_f64
);
