//! The monitor: are the dynamics of a stream still those of a calibration?

use crate::calibration::{
    CALIBRATION, ds_calibration_f32_t, ds_calibration_f64_t, ds_scores_t, scores, shape,
};
use crate::fit::ds_shape_t;
use crate::held::{self, Held, Room};
use crate::monitor_settings::{ds_monitor_settings_t, ds_window_t};
use crate::pointers::{Details, Input, Output, answer, check_apart};
use crate::report::{ds_monitor_status_t, ds_report};
use crate::status::{ds_error_t, ds_status_t};
use dynamical_similarity::Scalar;
use dynamical_similarity::monitor::{Calibration, Monitor, MonitorSettings};

pub(crate) const MONITOR: &str = "monitor";

/// A calibration and settings, read.
struct Plan<'a, T> {
    calibration: &'a Calibration<T, Room<T>>,
    settings: MonitorSettings,
}

impl<T: Scalar> Plan<'_, T> {
    /// # Safety
    /// As [`ds_monitor_begin_f32`].
    unsafe fn read<C>(
        calibration: &Input<C>,
        settings: *const ds_monitor_settings_t,
        written: &[crate::pointers::Span],
    ) -> Result<Self, ds_error_t>
    where
        C: Held<Scalar = T, State = Calibration<T, Room<T>>>,
    {
        let settings = Input::new(settings, 1, "settings")?;
        check_apart(written, &[settings.span()])?;
        // SAFETY: the caller's promise.
        let kept = unsafe { held::look(calibration, CALIBRATION, written) }?;
        // SAFETY: the caller's promise.
        let settings = unsafe { settings.one() }?.settings()?;
        Ok(Self { calibration: &kept.state, settings })
    }
}

/// A sample of a monitor.
enum Arrived<T> {
    Missing,
    Next(Input<T>),
    Numbered(u32, Input<T>),
}

/// # Safety
/// As [`ds_monitor_push_f32`].
unsafe fn push<T: Scalar, H>(
    monitor: Output<H>,
    arrived: Arrived<T>,
    details: &Details,
) -> Result<(), ds_error_t>
where
    H: Held<Scalar = T, State = Monitor<T, Room<T>>>,
{
    let written = [monitor.span(), details.span()];
    let read = match &arrived {
        Arrived::Missing => None,
        Arrived::Next(sample) | Arrived::Numbered(_, sample) => Some(sample.span()),
    };
    // SAFETY: the caller's promise.
    let kept = unsafe { held::open(&monitor, MONITOR, &written, read.as_slice()) }?;
    match arrived {
        Arrived::Missing => kept.state.push_missing(),
        // SAFETY: the caller's promise.
        Arrived::Next(sample) => kept.state.push(unsafe { sample.slice() })?,
        Arrived::Numbered(number, sample) => {
            // SAFETY: the caller's promise.
            kept.state.push_numbered(number, unsafe { sample.slice() })?;
        }
    }
    Ok(())
}

/// # Safety
/// As [`ds_monitor_poll_f32`].
unsafe fn poll<T: Scalar, H>(
    monitor: Output<H>,
    units: usize,
    report: Output<ds_report<T>>,
    ready: Output<bool>,
    details: &Details,
) -> Result<(), ds_error_t>
where
    H: Held<Scalar = T, State = Monitor<T, Room<T>>>,
{
    let written = [monitor.span(), report.span(), ready.span(), details.span()];
    // SAFETY: the caller's promise.
    let kept = unsafe { held::open(&monitor, MONITOR, &written, &[]) }?;
    let found = kept.state.poll(units);
    // SAFETY: the caller's promise.
    unsafe { ready.write(found.is_some()) };
    if let Some(found) = found {
        // SAFETY: the caller's promise.
        unsafe { report.write(ds_report::of(&found)) };
    }
    Ok(())
}

/// Writes one value of a monitor.
///
/// # Safety
/// As [`ds_monitor_is_due_f32`].
unsafe fn ask<H: Held, X: Copy>(
    monitor: &Input<H>,
    to: Output<X>,
    details: &Details,
    say: impl FnOnce(&H::State) -> X,
) -> Result<(), ds_error_t> {
    // SAFETY: the caller's promise.
    let kept = unsafe { held::look(monitor, MONITOR, &[to.span(), details.span()]) }?;
    // SAFETY: the caller's promise.
    unsafe { to.write(say(&kept.state)) };
    Ok(())
}

macro_rules! monitors {
    ($scalar:ty, $calibration:ident, $report:ident, $monitor:ident, $words:literal, $mark:literal,
     $begin:ident, $push:ident, $push_missing:ident, $push_numbered:ident, $poll:ident,
     $is_due:ident, $standing:ident, $state_len:ident, $save:ident, $restore:ident) => {
        /// One report of a monitor.
        pub type $report = ds_report<$scalar>;

        /// A monitor.
        #[repr(C)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $monitor {
            /// Private to the library.
            pub opaque: [u64; $words],
        }

        impl Held for $monitor {
            type Scalar = $scalar;
            type State = Monitor<$scalar, Room<$scalar>>;
            const MARK: u64 = u64::from_le_bytes(*$mark);
            const MEMORY: &str = "the memory of the monitor";
        }

        /// Makes `*monitor` a monitor that has not seen a sample yet. It copies the calibration, whose memory is then free.
        /// `memory` needs `ds_monitor_memory_len` scalars and may hold anything; it belongs to the monitor as long as the
        /// monitor is used. `error` may be null.
        ///
        /// # Safety
        /// `*calibration` has not been changed since it was made, and its memory still exists. Every pointer leads to as many values as its
        /// length says (all but `memory`: one), and no one else uses them during the call. Null, misalignment, impossible
        /// lengths and overlap with what is written are refused.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $begin(
            monitor: *mut $monitor,
            calibration: *const $calibration,
            settings: *const ds_monitor_settings_t,
            memory: *mut $scalar,
            memory_len: usize,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let monitor = Output::new(monitor, 1, MONITOR)?;
                let calibration = Input::new(calibration, 1, CALIBRATION)?;
                let memory = Output::new(memory, memory_len, "memory")?;
                let written = [memory.span(), monitor.span(), details.span()];
                // SAFETY: the caller's promise; nothing that is read lies in what is written.
                unsafe {
                    let plan = Plan::read(&calibration, settings, &written)?;
                    let room = Room::new(&memory);
                    let new = Monitor::new_in(plan.calibration, plan.settings, room)?;
                    held::begin(monitor, &memory, new);
                }
                Ok(())
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Takes the newest sample, `channels` scalars. A sample with a NaN, an infinity, an artefact, or a saturated or
        /// stuck channel is counted and discarded, as if it were missing. `error` may be null.
        ///
        /// # Safety
        /// `*monitor` has been changed only by its functions, and its memory still exists. Every pointer leads to
        /// as many values as its length says (`monitor` and `error`: one), and no one else uses them during the call.
        /// Null, misalignment, impossible lengths and overlap with what is written are refused.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $push(
            monitor: *mut $monitor,
            sample: *const $scalar,
            channels: usize,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let monitor = Output::new(monitor, 1, MONITOR)?;
                let sample = Input::new(sample, channels, "sample")?;
                // SAFETY: the caller's promise.
                unsafe { push(monitor, Arrived::Next(sample), details) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Records a missing sample: one that was due and is known to be lost. `error` may be null.
        ///
        /// # Safety
        /// As for the function that takes a sample.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $push_missing(
            monitor: *mut $monitor,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let monitor = Output::new(monitor, 1, MONITOR)?;
                // SAFETY: the caller's promise.
                unsafe { push(monitor, Arrived::Missing, details) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Takes the sample with number `number` of a counter that wraps around. The samples between the last number and
        /// this one count as missing. A number that goes back, or jumps by more than a block, is a fault of the clock and
        /// counts as one missing sample. `error` may be null.
        ///
        /// # Safety
        /// As for a sample without a number.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $push_numbered(
            monitor: *mut $monitor,
            number: u32,
            sample: *const $scalar,
            channels: usize,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let monitor = Output::new(monitor, 1, MONITOR)?;
                let sample = Input::new(sample, channels, "sample")?;
                // SAFETY: the caller's promise.
                unsafe { push(monitor, Arrived::Numbered(number, sample), details) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Works on the report that is due for at most `units` bounded units of work; a report of 8 channels, 5 delays and
        /// rank 8 takes about 1 100. When the report is done, `true` is written to `*ready` and the report to `*report`. If
        /// no report is due, or if work is left, only `*ready` is written, with `false`. The bits of a report do not depend
        /// on how the units are spread over calls. `error` may be null.
        ///
        /// # Safety
        /// As for a sample; every pointer leads to one value.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $poll(
            monitor: *mut $monitor,
            units: usize,
            report: *mut $report,
            ready: *mut bool,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let monitor = Output::new(monitor, 1, MONITOR)?;
                let report = Output::new(report, 1, "report")?;
                let ready = Output::new(ready, 1, "ready")?;
                // SAFETY: the caller's promise.
                unsafe { poll(monitor, units, report, ready, details) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Writes whether a report is due or being worked on. `error` may be null.
        ///
        /// # Safety
        /// As for a sample; every pointer leads to one value.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $is_due(
            monitor: *const $monitor,
            due: *mut bool,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let monitor = Input::new(monitor, 1, MONITOR)?;
                let due = Output::new(due, 1, "due")?;
                // SAFETY: the caller's promise.
                unsafe { ask(&monitor, due, details, Monitor::is_due) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Writes the decision that is in force: ok, warning or an alarm. `error` may be null.
        ///
        /// # Safety
        /// As for a sample; every pointer leads to one value.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $standing(
            monitor: *const $monitor,
            standing: *mut ds_monitor_status_t,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let monitor = Input::new(monitor, 1, MONITOR)?;
                let standing = Output::new(standing, 1, "standing")?;
                let say =
                    |monitor: &Monitor<$scalar, _>| ds_monitor_status_t::of(monitor.standing()).0;
                // SAFETY: the caller's promise.
                unsafe { ask(&monitor, standing, details, say) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Words of 32 bits of a saved state in this scalar. Returns `SIZE_MAX` if it cannot be counted, or for an unknown
        /// kind of scores or of window.
        #[unsafe(no_mangle)]
        pub extern "C" fn $state_len(
            shape: ds_shape_t,
            scores: ds_scores_t,
            window: ds_window_t,
        ) -> usize {
            match (self::scores(scores), window.window()) {
                (Ok(scores), Ok(window)) => {
                    Monitor::<$scalar, ()>::state_len(self::shape(shape), scores, window)
                }
                _ => usize::MAX,
            }
        }

        /// Writes everything that samples have changed, with a checksum, and the number of words to `*written`. A report
        /// that is being worked on is not saved and counts as skipped; poll it to its end first. `error` may be null.
        ///
        /// # Safety
        /// `*monitor` has been changed only by its functions, and its memory still exists. Every pointer leads to
        /// as many values as its length says (`monitor`, `written` and `error`: one), and no one else uses them during
        /// the call. Null, misalignment, impossible lengths and overlap are refused.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $save(
            monitor: *const $monitor,
            words: *mut u32,
            words_len: usize,
            written: *mut usize,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let monitor = Input::new(monitor, 1, MONITOR)?;
                let words = Output::new(words, words_len, "words")?;
                let written = Output::new(written, 1, "written")?;
                // SAFETY: the caller's promise.
                unsafe { held::save(&monitor, MONITOR, (words, written), details, Monitor::save) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// Makes `*monitor` the monitor that was saved, with the calibration and the settings that it had. It continues as
        /// if it had never stopped, provided that samples that were lost in between are recorded as missing. The status is
        /// `DS_CORRUPTED` if the words are damaged, or belong to another calibration, scalar or setting. All else is as
        /// for the function that begins a monitor.
        ///
        /// # Safety
        /// As for the function that begins a monitor.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $restore(
            monitor: *mut $monitor,
            calibration: *const $calibration,
            settings: *const ds_monitor_settings_t,
            words: *const u32,
            words_len: usize,
            memory: *mut $scalar,
            memory_len: usize,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let monitor = Output::new(monitor, 1, MONITOR)?;
                let calibration = Input::new(calibration, 1, CALIBRATION)?;
                let words = Input::new(words, words_len, "words")?;
                let memory = Output::new(memory, memory_len, "memory")?;
                let written = [memory.span(), monitor.span(), details.span()];
                check_apart(&written, &[words.span()])?;
                // SAFETY: the caller's promise; nothing that is read lies in what is written.
                unsafe {
                    let Plan { calibration, settings } =
                        Plan::read(&calibration, settings, &written)?;
                    let (words, room) = (words.slice(), Room::new(&memory));
                    let new = Monitor::restore_in(calibration, settings, words, room)?;
                    held::begin(monitor, &memory, new);
                }
                Ok(())
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }
    };
}

monitors!(
    f32,
    ds_calibration_f32_t,
    ds_report_f32_t,
    ds_monitor_f32_t,
    88,
    b"dsmonit4",
    ds_monitor_begin_f32,
    ds_monitor_push_f32,
    ds_monitor_push_missing_f32,
    ds_monitor_push_numbered_f32,
    ds_monitor_poll_f32,
    ds_monitor_is_due_f32,
    ds_monitor_standing_f32,
    ds_monitor_state_len_f32,
    ds_monitor_save_f32,
    ds_monitor_restore_f32
);
monitors!(
    f64,
    ds_calibration_f64_t,
    ds_report_f64_t,
    ds_monitor_f64_t,
    100,
    b"dsmonit8",
    ds_monitor_begin_f64,
    ds_monitor_push_f64,
    ds_monitor_push_missing_f64,
    ds_monitor_push_numbered_f64,
    ds_monitor_poll_f64,
    ds_monitor_is_due_f64,
    ds_monitor_standing_f64,
    ds_monitor_state_len_f64,
    ds_monitor_save_f64,
    ds_monitor_restore_f64
);
