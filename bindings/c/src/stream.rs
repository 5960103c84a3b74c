//! Delay windows, one sample at a time.

use crate::pointers::{Details, Input, Output, answer, check_apart};
use crate::status::{ds_error_t, ds_status_t};
use dynamical_similarity::{DelayRing, Embedding, Error, RingPosition, Scalar};

/// Scalars of memory that a stream needs: `DS_STREAM_MEMORY_LEN` as a function. `SIZE_MAX` if it cannot be counted.
#[unsafe(no_mangle)]
pub extern "C" fn ds_stream_memory_len(channels: usize, delays: usize, interval: usize) -> usize {
    Embedding::new(delays, interval).ring_len(channels)
}

/// A ring of the last samples. `ds_stream_begin_f32` or `ds_stream_begin_f64` sets it, and its memory then belongs to it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ds_stream<T> {
    /// Channels of a sample, n.
    pub channels: usize,
    /// Samples of a window, d >= 1.
    pub delays: usize,
    /// Samples between two delays, at least 1.
    pub interval: usize,
    /// The samples.
    pub memory: *mut T,
    /// Scalars of `memory`.
    pub memory_len: usize,
    /// The sample of `memory` that is written next.
    pub next: usize,
    /// Samples taken so far.
    pub seen: usize,
}

impl<T: Scalar> ds_stream<T> {
    const fn embedding(&self) -> Embedding {
        Embedding::new(self.delays, self.interval)
    }

    /// The ring over its memory.
    fn ring<B: AsRef<[T]>>(&self, memory: B) -> Result<DelayRing<T, B>, ds_error_t> {
        let position = RingPosition { next: self.next, seen: self.seen };
        Ok(DelayRing::resume(self.channels, self.embedding(), position, memory)?)
    }
}

const MEMORY: &str = "stream->memory";

/// # Safety
/// As [`ds_stream_begin_f32`].
unsafe fn begin<T: Scalar>(
    stream: Output<ds_stream<T>>,
    empty: ds_stream<T>,
    details: &Details,
) -> Result<(), ds_error_t> {
    let memory = Output::new(empty.memory, empty.memory_len, "memory")?;
    check_apart(&[memory.span(), stream.span(), details.span()], &[])?;
    // SAFETY: the caller's promise.
    empty.ring(unsafe { memory.zeros() })?;
    // SAFETY: the caller's promise.
    unsafe { stream.write(empty) };
    Ok(())
}

/// # Safety
/// As [`ds_stream_push_f32`].
unsafe fn push<T: Scalar>(
    stream: Output<ds_stream<T>>,
    sample: Input<T>,
    details: &Details,
) -> Result<(), ds_error_t> {
    let others = [stream.span(), details.span(), sample.span()];
    check_apart(&[stream.span(), details.span()], &[sample.span()])?;
    // SAFETY: the caller's promise.
    let kept = unsafe { stream.one() }?;
    let memory = Output::new(kept.memory, kept.memory_len, MEMORY)?;
    check_apart(&[memory.span()], &others)?;
    // SAFETY: the caller's promise.
    let mut ring = kept.ring(unsafe { memory.slice() })?;
    // SAFETY: the caller's promise.
    ring.push(unsafe { sample.slice() })?;
    let RingPosition { next, seen } = ring.position();
    (kept.next, kept.seen) = (next, seen);
    Ok(())
}

/// # Safety
/// As [`ds_stream_window_f32`].
unsafe fn window<T: Scalar>(
    stream: Input<ds_stream<T>>,
    window: Output<T>,
    ready: Output<bool>,
    details: &Details,
) -> Result<(), ds_error_t> {
    let written = [window.span(), ready.span(), details.span()];
    check_apart(&written, &[stream.span()])?;
    // SAFETY: the caller's promise.
    let kept = unsafe { stream.one() }?;
    let memory = Input::new(kept.memory.cast_const(), kept.memory_len, MEMORY)?;
    check_apart(&written, &[memory.span()])?;
    // SAFETY: the caller's promise.
    let ring = kept.ring(unsafe { memory.slice() })?;
    let embedding = kept.embedding();
    let width = embedding.width(kept.channels);
    if window.length() != width {
        return Err(ds_error_t::from(Error::ShapeMismatch {
            what: "the length of the window",
            expected: width,
            got: window.length(),
        }));
    }
    let full = kept.seen >= embedding.window();
    if full {
        // SAFETY: the caller's promise.
        ring.window_into(unsafe { window.zeros() })?;
    }
    // SAFETY: the caller's promise.
    unsafe { ready.write(full) };
    Ok(())
}

macro_rules! streams {
    ($scalar:ty, $stream:ident, $begin:ident, $push:ident, $window:ident) => {
        /// A ring of the last samples.
        pub type $stream = ds_stream<$scalar>;

        /// Makes `*stream` an empty ring in `memory`, which needs `ds_stream_memory_len` scalars and may hold
        /// anything. Call it again after a gap in the recording. `error` may be null.
        ///
        /// # Safety
        /// Every pointer leads to as many values as its length says (`stream` and `error`: one), and no one else
        /// uses them during the call; `memory` belongs to the stream as long as the stream is used. Null,
        /// misalignment, impossible lengths and overlap are refused.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $begin(
            stream: *mut $stream,
            channels: usize,
            delays: usize,
            interval: usize,
            memory: *mut $scalar,
            memory_len: usize,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let stream = Output::new(stream, 1, "stream")?;
                let empty =
                    ds_stream { channels, delays, interval, memory, memory_len, next: 0, seen: 0 };
                // SAFETY: the caller's promise.
                unsafe { begin(stream, empty, details) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Takes the newest sample, `channels` scalars. A refused sample changes nothing. `error` may
        /// be null.
        ///
        /// # Safety
        /// `*stream` was set by the function that begins it, and its memory still exists. Every pointer leads to
        /// as many values as its length says (`stream` and `error`: one), and no one else uses them during the
        /// call. Null, misalignment, impossible lengths and overlap with what is written are refused.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $push(
            stream: *mut $stream,
            sample: *const $scalar,
            channels: usize,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let stream = Output::new(stream, 1, "stream")?;
                let sample = Input::new(sample, channels, "sample")?;
                // SAFETY: the caller's promise.
                unsafe { push(stream, sample, details) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Writes the newest window, `channels * delays` scalars, the newest sample first, and `true` to `*ready`. While
        /// there are too few samples, only `*ready` is written, with `false`. `error` may be null.
        ///
        /// # Safety
        /// `*stream` was set by the function that begins it, and its memory still exists. Every pointer leads to
        /// as many values as its length says (`stream`, `ready` and `error`: one), and no one else uses them
        /// during the call. Null, misalignment, impossible lengths and overlap are refused.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $window(
            stream: *const $stream,
            window: *mut $scalar,
            window_len: usize,
            ready: *mut bool,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let stream = Input::new(stream, 1, "stream")?;
                let window = Output::new(window, window_len, "window")?;
                let ready = Output::new(ready, 1, "ready")?;
                // SAFETY: the caller's promise.
                unsafe { self::window(stream, window, ready, details) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }
    };
}

streams!(f32, ds_stream_f32_t, ds_stream_begin_f32, ds_stream_push_f32, ds_stream_window_f32);
streams!(f64, ds_stream_f64_t, ds_stream_begin_f64, ds_stream_push_f64, ds_stream_window_f64);
