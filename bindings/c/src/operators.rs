//! The operators of a calibration and of a window, for a full comparison.

use crate::fit::{ds_matrix, ds_matrix_f32_t, ds_matrix_f64_t};
use crate::held::{self, Held, Room};
use crate::monitor::{MONITOR, ds_monitor_f32_t, ds_monitor_f64_t};
use crate::pointers::{Details, Output, answer};
use crate::status::{ds_error_t, ds_status_t};
use dynamical_similarity::monitor::Monitor;
use dynamical_similarity::{Error, MatMut, MatRef, Scalar};

/// Where they go.
struct Operators<T> {
    entries: Output<T>,
    reference: Output<ds_matrix<T>>,
    window: Output<ds_matrix<T>>,
    known: Output<bool>,
}

impl<T: Scalar> Operators<T> {
    /// # Safety
    /// As [`ds_monitor_operators_f32`].
    unsafe fn write<H>(self, monitor: &Output<H>, details: &Details) -> Result<(), ds_error_t>
    where
        H: Held<Scalar = T, State = Monitor<T, Room<T>>>,
    {
        let written = [
            self.entries.span(),
            self.reference.span(),
            self.window.span(),
            self.known.span(),
            monitor.span(),
            details.span(),
        ];
        // SAFETY: the caller's promise.
        let kept = unsafe { held::open(monitor, MONITOR, &written, &[]) }?;
        let of_calibration = kept.state.reference();
        let square = of_calibration.rows().saturating_mul(of_calibration.cols());
        let (needed, got) = (square.saturating_mul(2), self.entries.length());
        if got < needed {
            return Err(Error::MemoryTooSmall { needed, got }.into());
        }
        let operators = kept.state.operators();
        let are_known = operators.is_some();
        if let Some((of_calibration, of_window)) = operators {
            // SAFETY: the caller's promise.
            let entries = unsafe { self.entries.zeros() };
            let (first, second) = entries.split_at_mut_checked(square).unwrap_or_default();
            let copies = (copied(of_calibration, first)?, copied(of_window, second)?);
            // SAFETY: the caller's promise.
            unsafe {
                self.reference.write(copies.0);
                self.window.write(copies.1);
            }
        }
        // SAFETY: the caller's promise.
        unsafe { self.known.write(are_known) };
        Ok(())
    }
}

/// A copy of a matrix, in memory that has room for it.
fn copied<T: Scalar>(matrix: MatRef<'_, T>, to: &mut [T]) -> Result<ds_matrix<T>, ds_error_t> {
    let mut copy = MatMut::new(to, matrix.rows(), matrix.cols())?;
    copy.copy_from(matrix)?;
    Ok(ds_matrix::of(copy.into_ref()))
}

macro_rules! operators {
    ($scalar:ty, $matrix:ident, $monitor:ident, $operators:ident) => {
        /// Computes the operator of the window of the last report, copies those of the calibration and of the window to
        /// `entries`, and writes `true` to `*known` and both matrices, for a full comparison. `entries_len` is at least twice
        /// the square of the rank. If the calibration is one without the operator, if that report has no scores, or if the
        /// next one is due, only `*known` is written, with `false`. `error` may be null.
        ///
        /// # Safety
        /// `*monitor` has been changed only by its functions, and its memory still exists. Every pointer leads to
        /// as many values as its length says (all but `entries`: one), and no one else uses them during the call.
        /// Null, misalignment, impossible lengths and overlap are refused.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $operators(
            monitor: *mut $monitor,
            entries: *mut $scalar,
            entries_len: usize,
            reference: *mut $matrix,
            window: *mut $matrix,
            known: *mut bool,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let monitor = Output::new(monitor, 1, MONITOR)?;
                let to = Operators {
                    entries: Output::new(entries, entries_len, "entries")?,
                    reference: Output::new(reference, 1, "reference")?,
                    window: Output::new(window, 1, "window")?,
                    known: Output::new(known, 1, "known")?,
                };
                // SAFETY: the caller's promise.
                unsafe { to.write(&monitor, details) }
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }
    };
}

operators!(f32, ds_matrix_f32_t, ds_monitor_f32_t, ds_monitor_operators_f32);
operators!(f64, ds_matrix_f64_t, ds_monitor_f64_t, ds_monitor_operators_f64);
