//! The work of the monitor for each sample.

use super::blocks::block_layout;
use super::input::{Fate, Screen, count};
use super::monitor::{Due, Job, Monitor, MonitorMemory};
use crate::data::lag_covariance::{History, Sums};
use crate::error::Error;
use crate::matrix::check;
use crate::scalar::Scalar;

impl<T: Scalar, B: AsRef<[T]> + AsMut<[T]>> Monitor<T, B> {
    /// Takes the newest sample. A sample with a NaN, an infinity, an artefact, or a saturated or stuck channel is counted
    /// and discarded, as if it were missing.
    ///
    /// Cost: (d + 1) n² multiply-adds. The few samples that follow the end of a report interval cost n² (d + 1) additions
    /// more.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if the sample does not have one value per channel; nothing is changed then.
    pub fn push(&mut self, sample: &[T]) -> Result<(), Error> {
        check("the number of channels of a sample", self.sizes.channels, sample.len())?;
        self.number = self.number.map(|number| number.wrapping_add(1));
        self.advance(Some(sample));
        Ok(())
    }

    /// Records a missing sample: one that was due and is known to be lost.
    pub fn push_missing(&mut self) {
        self.number = self.number.map(|number| number.wrapping_add(1));
        self.advance(None);
    }

    /// Takes the sample with number `number` of a counter that wraps around. The samples between the last number and this
    /// one count as missing. A number that goes back, or jumps by more than a block, is a fault of the clock and counts as
    /// one missing sample.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn push_numbered(&mut self, number: u32, sample: &[T]) -> Result<(), Error> {
        check("the number of channels of a sample", self.sizes.channels, sample.len())?;
        let lost = self.number.map_or(0, |expected| number.wrapping_sub(expected));
        let clock = lost as usize > self.settings.block;
        for _ in 0..if clock { 1 } else { lost } {
            self.advance(None);
        }
        self.channels.clock |= clock;
        self.number = Some(number.wrapping_add(1));
        self.advance(Some(sample));
        Ok(())
    }

    /// Takes a sample, or `None` for a missing one.
    fn advance(&mut self, sample: Option<&[T]>) {
        let (sizes, settings) = (self.sizes, self.settings);
        let mut at = MonitorMemory::cut(sizes, settings.window, self.memory.as_mut());
        let fate = match sample {
            None => Fate::Missing,
            Some(sample) => {
                let (last, repeats) = (&mut *at.last, &mut *at.repeats);
                Screen { mean: at.mean, gain: at.gain, last, repeats }
                    .inspect(sample, &settings, &mut self.channels)
                    .map_or(Fate::Used, Fate::Discarded)
            }
        };
        // In units of the calibration: (x - mean) / standard deviation. A sample that is not used leaves a gap.
        let mut history = History::over(sizes.lags(), self.position, at.history);
        let used = sample.filter(|_| fate == Fate::Used);
        let scaling = at.mean.iter().zip(&*at.gain);
        let scaled = used
            .map(|sample| sample.iter().zip(scaling).map(|(x, (mean, gain))| (*x - *mean) * *gain));
        self.position = history.push(scaled);
        let block = at.blocks.block(self.filling.slot);
        let ([sums, tally], _) = block_layout(sizes).cut_checked(block);
        if used.is_some() {
            Sums::over(sizes.lags(), sums).add_newest(&history);
        }
        count(tally, fate);
        // A report that has just fallen due copies its window before these blocks are overwritten.
        at.catch_up(self.filling, &mut self.job);
        self.samples = self.samples.saturating_add(1);
        self.filling.samples = self.filling.samples.saturating_add(1);
        if self.filling.samples >= settings.block {
            at.blocks.close(&mut self.filling);
            self.make_due();
        }
    }

    /// Begins a report if one is due, after a block has been closed.
    fn make_due(&mut self) {
        if self.filling.closed < self.settings.report_every {
            return;
        }
        self.filling.closed = 0;
        if !matches!(self.job, Job::Idle) {
            self.skipped = self.skipped.saturating_add(1);
            return;
        }
        self.job = Job::Copying { step: 0 };
        self.due = Due {
            samples: self.samples,
            channels: self.channels.merged(self.earlier),
            skipped: core::mem::take(&mut self.skipped),
        };
        self.earlier = core::mem::take(&mut self.channels);
    }
}
