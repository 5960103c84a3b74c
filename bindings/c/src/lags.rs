//! Lag covariances of a stream, one sample at a time.

use crate::held::{self, Held, Room};
use crate::pointers::{Details, Input, Output, answer, check_apart};
use crate::status::{ds_error_t, ds_status_t};
use dynamical_similarity::{Error, LagCovariance, Scalar};

/// Scalars of memory that lag covariances need for lags from 0 to `lags`: `DS_LAGS_MEMORY_LEN` as a function.
/// `SIZE_MAX` if it cannot be counted.
#[unsafe(no_mangle)]
pub extern "C" fn ds_lags_memory_len(channels: usize, lags: usize) -> usize {
    LagCovariance::<f32, ()>::memory_len(channels, lags)
}

const LAGS: &str = "lags";

/// # Safety
/// As [`ds_lags_begin_f32`].
unsafe fn begin<T: Scalar, H>(
    to: Output<H>,
    most: usize,
    (shift, channels): (Input<T>, usize),
    memory: Output<T>,
    details: &Details,
) -> Result<(), ds_error_t>
where
    H: Held<Scalar = T, State = LagCovariance<T, Room<T>>>,
{
    check_apart(&[memory.span(), to.span(), details.span()], &[shift.span()])?;
    // SAFETY: the caller's promise; nothing that is read lies in the memory.
    let (shift, room) = unsafe { (shift.slice(), Room::new(&memory)) };
    let new = LagCovariance::new_in(channels, most, shift, room)?;
    // SAFETY: the caller's promise.
    unsafe { held::begin(to, &memory, new) };
    Ok(())
}

/// # Errors
/// As the library would, and before anything is written.
fn check_room<T: Scalar>(
    out: &Output<T>,
    (what, expected): (&'static str, usize),
    pairs: T,
) -> Result<(), ds_error_t> {
    let got = out.length();
    if got != expected {
        return Err(Error::ShapeMismatch { what, expected, got }.into());
    }
    if pairs > T::from(0.0_f32) { Ok(()) } else { Err(Error::Empty.into()) }
}

/// # Safety
/// As [`ds_lags_merge_f32`].
unsafe fn merge<T: Scalar, H>(
    lags: Output<H>,
    other: Input<H>,
    details: &Details,
) -> Result<(), ds_error_t>
where
    H: Held<Scalar = T, State = LagCovariance<T, Room<T>>>,
{
    let written = [lags.span(), details.span()];
    // SAFETY: the caller's promise.
    let theirs = unsafe { held::look(&other, "other", &written) }?;
    let read = [other.span(), theirs.memory()?.span()];
    // SAFETY: the caller's promise.
    Ok(unsafe { held::open(&lags, LAGS, &written, &read) }?.state.merge(&theirs.state)?)
}

macro_rules! lags {
    ($scalar:ty, $lags:ident, $words:literal, $mark:literal,
     $begin:ident, $push:ident, $push_missing:ident, $pairs:ident, $covariance:ident, $mean:ident,
     $merge:ident, $forget:ident, $clear:ident) => {
        /// Sums of products of samples that are k apart.
        #[repr(C)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $lags {
            /// Private to the library.
            pub opaque: [u64; $words],
        }

        impl Held for $lags {
            type Scalar = $scalar;
            type State = LagCovariance<$scalar, Room<$scalar>>;
            const MARK: u64 = u64::from_le_bytes(*$mark);
            const MEMORY: &str = "the memory of the lags";
        }

        /// Makes `*lags` empty sums for lags 0 to `most`. `shift`, near the mean of each of the `channels` channels, is
        /// subtracted from every sample. `memory` needs `ds_lags_memory_len` scalars and may hold anything; it belongs
        /// to the sums as long as they are used. `error` may be null.
        ///
        /// # Safety
        /// Every pointer leads to as many values as its length says (`lags` and `error`: one), and no one else uses them
        /// during the call. Null, misalignment, impossible lengths and overlap with what is written are refused.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $begin(
            lags: *mut $lags,
            most: usize,
            shift: *const $scalar,
            channels: usize,
            memory: *mut $scalar,
            memory_len: usize,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let lags = Output::new(lags, 1, LAGS)?;
                let shift = Input::new(shift, channels, "shift")?;
                let memory = Output::new(memory, memory_len, "memory")?;
                // SAFETY: the caller's promise.
                unsafe { begin(lags, most, (shift, channels), memory, details) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Takes the newest sample, `channels` scalars. A refused sample changes nothing; record it as missing.
        /// `error` may be null.
        ///
        /// # Safety
        /// `*lags` has been changed only by its functions, and its memory still exists. Every pointer leads to as many
        /// values as its length says (`lags` and `error`: one), and no one else uses them during the call. Null,
        /// misalignment, impossible lengths and overlap with what is written are refused.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $push(
            lags: *mut $lags,
            sample: *const $scalar,
            channels: usize,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let lags = Output::new(lags, 1, LAGS)?;
                let sample = Input::new(sample, channels, "sample")?;
                // SAFETY: the caller's promise.
                let kept = unsafe {
                    held::open(&lags, LAGS, &[lags.span(), details.span()], &[sample.span()])
                }?;
                // SAFETY: the caller's promise.
                Ok(kept.state.push(unsafe { sample.slice() })?)
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Records a missing sample, or one that was discarded. `error` may be null.
        ///
        /// # Safety
        /// As for the function that takes a sample.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $push_missing(
            lags: *mut $lags,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let lags = Output::new(lags, 1, LAGS)?;
                // SAFETY: the caller's promise.
                unsafe { held::open(&lags, LAGS, &[lags.span(), details.span()], &[]) }?
                    .state
                    .push_missing();
                Ok(())
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Writes the number of pairs of samples that are `lag` apart so far; 0 for a lag that is not kept. `error` may be null.
        ///
        /// # Safety
        /// As for a sample; every pointer leads to one value.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $pairs(
            lags: *const $lags,
            lag: usize,
            pairs: *mut $scalar,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let lags = Input::new(lags, 1, LAGS)?;
                let pairs = Output::new(pairs, 1, "pairs")?;
                // SAFETY: the caller's promise.
                let kept = unsafe { held::look(&lags, LAGS, &[pairs.span(), details.span()]) }?;
                // SAFETY: the caller's promise.
                unsafe { pairs.write(kept.state.pairs(lag)) };
                Ok(())
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Writes R_k, k = `lag`: the mean of (x(t) - m) (x(t - k) - m)' over the pairs, `channels * channels` scalars,
        /// column after column. `error` may be null.
        ///
        /// # Safety
        /// As for a sample; `covariance` leads to `covariance_len` scalars.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $covariance(
            lags: *const $lags,
            lag: usize,
            covariance: *mut $scalar,
            covariance_len: usize,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let lags = Input::new(lags, 1, LAGS)?;
                let out = Output::new(covariance, covariance_len, "covariance")?;
                // SAFETY: the caller's promise.
                let kept = unsafe { held::look(&lags, LAGS, &[out.span(), details.span()]) }?;
                let n = kept.state.channels();
                if lag <= kept.state.lags() {
                    let length = ("the length of the covariance", n.saturating_mul(n));
                    check_room(&out, length, kept.state.pairs(lag))?;
                } else {
                    return Ok(kept.state.covariance_in(lag, &mut [])?);
                }
                // SAFETY: the caller's promise; nothing that is read lies there.
                Ok(kept.state.covariance_in(lag, unsafe { out.zeros() })?)
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Writes the mean of each channel over all samples. `error` may be null.
        ///
        /// # Safety
        /// As for a sample; `mean` leads to `channels` scalars.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $mean(
            lags: *const $lags,
            mean: *mut $scalar,
            channels: usize,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let lags = Input::new(lags, 1, LAGS)?;
                let out = Output::new(mean, channels, "mean")?;
                // SAFETY: the caller's promise.
                let kept = unsafe { held::look(&lags, LAGS, &[out.span(), details.span()]) }?;
                let length = ("the length of the mean", kept.state.channels());
                check_room(&out, length, kept.state.pairs(0))?;
                // SAFETY: the caller's promise; nothing that is read lies there.
                Ok(kept.state.mean_in(unsafe { out.zeros() })?)
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Adds the sums of another part of the stream, with the same channels, lags and shift. Pairs with one sample in
        /// each part are not counted. `error` may be null.
        ///
        /// # Safety
        /// As for a sample, for both.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $merge(
            lags: *mut $lags,
            other: *const $lags,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let lags = Output::new(lags, 1, LAGS)?;
                let other = Input::new(other, 1, "other")?;
                // SAFETY: the caller's promise.
                unsafe { merge(lags, other, details) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Multiplies all sums by `factor`, between 0 and 1. If this is done after every block, older samples count less
        /// and less. `error` may be null.
        ///
        /// # Safety
        /// As for a sample.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $forget(
            lags: *mut $lags,
            factor: $scalar,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let lags = Output::new(lags, 1, LAGS)?;
                // SAFETY: the caller's promise.
                Ok(unsafe { held::open(&lags, LAGS, &[lags.span(), details.span()], &[]) }?
                    .state
                    .forget(factor)?)
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Sets the sums to zero. The last samples are kept, so that the next samples still form pairs with them. `error` may be null.
        ///
        /// # Safety
        /// As for a sample.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $clear(lags: *mut $lags, error: *mut ds_error_t) -> ds_status_t {
            let work = |details: &Details| {
                let lags = Output::new(lags, 1, LAGS)?;
                // SAFETY: the caller's promise.
                unsafe { held::open(&lags, LAGS, &[lags.span(), details.span()], &[]) }?
                    .state
                    .clear();
                Ok(())
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }
    };
}

lags!(
    f32,
    ds_lags_f32_t,
    12,
    b"dslagco4",
    ds_lags_begin_f32,
    ds_lags_push_f32,
    ds_lags_push_missing_f32,
    ds_lags_pairs_f32,
    ds_lags_covariance_f32,
    ds_lags_mean_f32,
    ds_lags_merge_f32,
    ds_lags_forget_f32,
    ds_lags_clear_f32
);
lags!(
    f64,
    ds_lags_f64_t,
    12,
    b"dslagco8",
    ds_lags_begin_f64,
    ds_lags_push_f64,
    ds_lags_push_missing_f64,
    ds_lags_pairs_f64,
    ds_lags_covariance_f64,
    ds_lags_mean_f64,
    ds_lags_merge_f64,
    ds_lags_forget_f64,
    ds_lags_clear_f64
);
