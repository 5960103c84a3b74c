//! The work of the monitor for each sample.

use super::blocks::block_layout;
use super::input::{Fate, Screen, count};
use super::monitor::{Due, Job, Monitor, MonitorMemory};
use crate::data::lag_covariance::{History, Sums};
use crate::error::Error;
use crate::matrix::{check, divide, whole_rows};
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
        self.take(sample)
    }

    /// Takes the newest sample in the counts of a converter. The calibration is then one of counts, too.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn push_i16(&mut self, sample: &[i16]) -> Result<(), Error>
    where
        i16: Into<T>,
    {
        self.take(sample)
    }

    /// Takes several samples, oldest first, as they lie in a buffer that a DMA has filled: `f32`, or `i16` in counts of a
    /// converter, interleaved, `stride` numbers from one sample to the next, of which the first n are the channels. The bits are
    /// those of as many calls of [`push`](Self::push).
    ///
    /// Cost: that of a push for every sample. A buffer that is longer than the interval between two reports makes the monitor skip
    /// reports, because they are worked on between calls.
    ///
    /// ```
    /// # use dynamical_similarity::{Error, monitor::Monitor};
    /// /// Half of a buffer of 8 samples: four channels, then the converter's temperature and status.
    /// fn half_full<B: AsRef<[f32]> + AsMut<[f32]>>(
    ///     monitor: &mut Monitor<f32, B>,
    ///     half: &[i16; 8 * 6],
    /// ) -> Result<(), Error> {
    ///     monitor.push_block(half, 6)
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if the stride is less than the number of channels, or the buffer does not hold whole samples; nothing
    /// is changed then.
    pub fn push_block<S: Copy + Into<T>>(
        &mut self,
        samples: &[S],
        stride: usize,
    ) -> Result<(), Error> {
        let (channels, got) = (self.sizes.channels, samples.len());
        if stride < channels {
            let what = "the stride, at least the number of channels,";
            return Err(Error::ShapeMismatch { what, expected: channels, got: stride });
        }
        let (count, rest) = divide(got, stride);
        if rest > 0 || count == 0 {
            let what = "the length of a buffer, which holds whole samples,";
            let expected = stride.saturating_mul(count.max(1));
            return Err(Error::ShapeMismatch { what, expected, got });
        }
        let mut rows = whole_rows(samples, stride).take(count);
        rows.try_for_each(|row| self.take(row.get(..channels).unwrap_or_default()))
    }

    /// Records a missing sample: one that was due and is known to be lost.
    pub fn push_missing(&mut self) {
        self.number = self.number.map(|number| number.wrapping_add(1));
        self.advance::<T>(None);
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
            self.advance::<T>(None);
        }
        self.channels.clock |= clock;
        self.number = Some(number.wrapping_add(1));
        self.advance(Some(sample));
        Ok(())
    }

    /// Takes the sample that follows the last one.
    fn take<S: Copy + Into<T>>(&mut self, sample: &[S]) -> Result<(), Error> {
        check("the number of channels of a sample", self.sizes.channels, sample.len())?;
        self.number = self.number.map(|number| number.wrapping_add(1));
        self.advance(Some(sample));
        Ok(())
    }

    /// Takes a sample, or `None` for a missing one.
    fn advance<S: Copy + Into<T>>(&mut self, sample: Option<&[S]>) {
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
        let scaled = used.map(|sample| {
            sample.iter().zip(scaling).map(|(x, (mean, gain))| ((*x).into() - *mean) * *gain)
        });
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
