//! The state of a monitor, and its layout in the caller's memory.

use super::analysis::{Analysis, scratch_len};
use super::band::Band;
use super::blocks::{Blocks, Filling, block_len};
use super::calibration::{Calibration, known_layout};
use super::cause::Decision;
use super::decision::Lengths;
use super::input::FaultyChannels;
use super::scores::Scores;
use super::settings::{MonitorSettings, Window};
use super::sizes::Sizes;
use crate::data::lag_covariance::Position;
use crate::dmd::settings::Shape;
use crate::error::Error;
use crate::matrix::{Layout, all_of, any_of, area, copy};
use crate::scalar::Scalar;
use core::ops::Range;

/// Watches a stream of samples and says whether its dynamics are still those of a [`Calibration`].
///
/// [`push`](Self::push) takes a sample. [`poll`](Self::poll) works on the report that is due, one bounded unit at a time,
/// and returns it when it is done. See the [module](crate::monitor) for what is computed and what the states mean.
///
/// Memory: [`memory_len`](Self::memory_len) scalars in `B` (an array in a `static`, a slice, or a `Vec`). Nothing else is
/// allocated or kept.
#[derive(Clone, Debug)]
pub struct Monitor<T, B> {
    pub(super) sizes: Sizes,
    pub(super) settings: MonitorSettings,
    pub(super) lengths: Lengths<T>,
    pub(super) band: Band<T>,
    /// Checksum of the calibration's words; it ties a saved state to its calibration.
    pub(super) checksum: u32,
    pub(super) position: Position,
    pub(super) filling: Filling,
    /// The number that the next numbered sample should have.
    pub(super) number: Option<u32>,
    pub(super) samples: u64,
    /// Faults of this report interval, and of the last one.
    pub(super) channels: FaultyChannels,
    pub(super) earlier: FaultyChannels,
    pub(super) skipped: u32,
    pub(super) job: Job<T>,
    /// Counters at the moment when the report that is being worked on fell due.
    pub(super) due: Due,
    /// Whether the last report has scores.
    pub(super) scored: bool,
    pub(super) decision: Decision<T>,
    pub(super) memory: B,
}

/// The pieces of a monitor's memory.
pub(super) struct MonitorMemory<'a, T> {
    pub(super) mean: &'a mut [T],
    /// 1 / standard deviation.
    pub(super) gain: &'a mut [T],
    pub(super) last: &'a mut [T],
    pub(super) repeats: &'a mut [T],
    pub(super) history: &'a mut [T],
    pub(super) blocks: Blocks<'a, T>,
    pub(super) snapshot: &'a mut [T],
    pub(super) known: &'a mut [T],
    pub(super) features: &'a mut [T],
    pub(super) scratch: &'a mut [T],
}

/// Pieces of [`MonitorMemory`] that are looked up by number.
const LAST: usize = 2;
const SNAPSHOT: usize = 6;
const KNOWN: usize = 7;
const FEATURES: usize = 8;

/// The pieces of [`MonitorMemory`] but the scratch, in its order.
#[inline(always)]
const fn layout(sizes: Sizes, window: Window) -> Layout<9> {
    let (n, block) = (sizes.channels, block_len(sizes));
    Layout::new([
        n,
        n,
        n,
        n,
        sizes.lags().history_len(),
        area(block, window.slots()),
        block,
        known_layout(sizes).len(),
        sizes.features_len(),
    ])
}

/// The pieces, and the scratch behind them.
const fn memory_len(sizes: Sizes, window: Window) -> usize {
    all_of(&[layout(sizes, window).len(), scratch_len(sizes)])
}

/// Where the pieces are that samples change: last values and repeats, history and blocks.
pub(super) const fn moving(sizes: Sizes, window: Window) -> Range<usize> {
    layout(sizes, window).between(LAST, SNAPSHOT)
}

/// Where the tables of the calibration are kept.
pub(super) const fn known(sizes: Sizes, window: Window) -> Range<usize> {
    layout(sizes, window).between(KNOWN, FEATURES)
}

impl<'a, T> MonitorMemory<'a, T> {
    /// Cuts memory whose length was checked when the monitor was made. A check costs as much as a small unit of work, and so
    /// does the length of the scratch, which is therefore the rest of the memory.
    pub(super) fn cut(sizes: Sizes, window: Window, memory: &'a mut [T]) -> Self {
        let (pieces, scratch) = layout(sizes, window).cut_checked(memory);
        let [mean, gain, last, repeats, history, blocks, snapshot, known, features] = pieces;
        let blocks = Blocks { window, length: block_len(sizes), memory: blocks };
        Self { mean, gain, last, repeats, history, blocks, snapshot, known, features, scratch }
    }
}

impl<T: Scalar> MonitorMemory<'_, T> {
    /// Adds one block to the window's sum.
    pub(super) fn catch_up(&mut self, filling: super::blocks::Filling, job: &mut Job<T>) {
        if let Job::Copying { step } = *job {
            *job = if self.blocks.add_to(self.snapshot, filling, step) {
                Job::Checking
            } else {
                Job::Copying { step: step.saturating_add(1) }
            };
        }
    }
}

impl<T> Monitor<T, ()> {
    /// Scalars of memory that a monitor needs.
    ///
    /// In `f32` with 8 channels, 5 delays, rank 8 and 6 blocks without the operator 18.7 kB.
    #[must_use]
    pub const fn memory_len(shape: Shape, scores: Scores, window: Window) -> usize {
        memory_len(Sizes::of(shape, scores), window)
    }

    /// Multiply-adds of the costliest unit of work that [`Monitor::poll`] can meet, for the deadline of a watchdog: the largest of
    /// n² (d + 1) (a block of the window), 3 n³ (a product) and 4/3 r³ + 20 r² (a spectrum), with r <= n. On a Cortex-M4F in
    /// `f32` each takes 7 to 17 instructions.
    ///
    /// ```
    /// use dynamical_similarity::{Shape, monitor::Monitor};
    /// const UNIT: usize = Monitor::<f32, ()>::max_unit(Shape { channels: 8, delays: 5, rank: 8 });
    /// assert_eq!(UNIT, 1963);
    /// ```
    #[must_use]
    pub const fn max_unit(shape: Shape) -> usize {
        let (n, d) = (shape.channels, shape.delays);
        let r = if shape.rank == 0 || shape.rank > n { n } else { shape.rank };
        let block = area(area(n, n), d.saturating_add(1));
        let product = area(3, area(n, area(n, n)));
        let cubes = area(4, area(r, area(r, r))).div_ceil(3);
        any_of(&[block, product, cubes.saturating_add(area(20, area(r, r)))])
    }
}

impl<T: Scalar, B: AsRef<[T]> + AsMut<[T]>> Monitor<T, B> {
    /// A monitor that has not seen a sample yet. It copies the calibration.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] with the name of a setting outside its range; [`Error::MemoryTooSmall`].
    pub fn new_in<C>(
        calibration: &Calibration<T, C>,
        settings: MonitorSettings,
        memory: B,
    ) -> Result<Self, Error>
    where
        C: AsRef<[T]> + AsMut<[T]>,
    {
        settings.check()?;
        let sizes = calibration.sizes;
        Layout::new([memory_len(sizes, settings.window)]).check(memory.as_ref().len())?;
        let mut new = Self {
            sizes,
            settings,
            lengths: calibration.lengths,
            band: calibration.band,
            checksum: calibration.checksum(),
            position: Position::default(),
            filling: Filling::default(),
            number: None,
            samples: 0,
            channels: FaultyChannels::default(),
            earlier: FaultyChannels::default(),
            skipped: 0,
            job: Job::Idle,
            due: Due::default(),
            scored: false,
            decision: Decision::default(),
            memory,
        };
        let at = MonitorMemory::cut(sizes, settings.window, new.memory.as_mut());
        copy(at.mean, calibration.mean());
        for (gain, deviation) in at.gain.iter_mut().zip(calibration.standard_deviation()) {
            *gain = T::ONE / *deviation;
        }
        at.last.fill(T::MAX);
        at.repeats.fill(T::ZERO);
        at.history.fill(T::ZERO);
        at.blocks.memory.fill(T::ZERO);
        copy(at.known, calibration.known());
        Ok(new)
    }
}

/// The work that is in progress.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Job<T> {
    Idle,
    /// The sums of the window are being added up.
    Copying {
        step: usize,
    },
    Checking,
    Analysing(Analysis<T>),
}

/// Counters at the moment when a report fell due.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Due {
    pub(super) samples: u64,
    pub(super) channels: FaultyChannels,
    pub(super) skipped: u32,
}
