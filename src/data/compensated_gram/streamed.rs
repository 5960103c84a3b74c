//! Compensated second moments of a recording that is read in blocks: the same sums in the same order.

use super::{CompensatedGram, PairedWindows, Splitter, Summation, Sums};
use crate::data::centring::Conditioning;
use crate::data::sample_blocks::{SampleBlocks, Survey, pass, whole};
use crate::data::summation::BLOCK;
use crate::error::Error;
use crate::matrix::{area, divide, try_reserve};
use crate::scalar::Scalar;
use alloc::vec::Vec;

impl CompensatedGram {
    /// The sums over a recording of which a [`Survey`] was made: to the bit those of [`of`](Self::of).
    ///
    /// Cost: a pass over the samples for each phase, of which there are as many as the greatest common divisor of the interval
    /// and the steps ahead says.
    pub(crate) fn of_blocks<T: Scalar, B: SampleBlocks<T>>(
        blocks: &mut B,
        windows: PairedWindows,
        conditioning: Conditioning<'_, T>,
        survey: &Survey<T>,
        sums: Sums,
    ) -> Result<Self, B::Error> {
        let (channels, samples) = (blocks.channels(), blocks.samples());
        let splitter = Splitter::new(conditioning, &survey.largest, sums)?;
        let mut summation = Summation::new(windows, splitter)?;
        for phase in 0..windows.spacing.min(samples) {
            let mut samples = Phase::new(&mut summation, channels)?;
            pass(blocks, |time, sample| {
                if divide(time, windows.spacing).1 == phase { samples.push(sample) } else { Ok(()) }
            })?;
            samples.finish()?;
        }
        summation.add_first_windows(&survey.beginning(channels)?);
        Ok(summation.finish(sums, &survey.largest, samples)?)
    }
}

/// The samples of a phase, which come one after another.
struct Phase<'s, 'a, T> {
    summation: &'s mut Summation<'a, T>,
    channels: usize,
    /// Samples that windows reach back.
    reach: usize,
    /// The first samples, as many as windows reach back.
    beginning: Vec<T>,
    /// The samples of the next tile: those that its windows reach back to, and one for each window.
    tile: Vec<T>,
    /// Windows so far.
    rows: usize,
}

impl<'s, 'a, T: Scalar> Phase<'s, 'a, T> {
    fn new(summation: &'s mut Summation<'a, T>, channels: usize) -> Result<Self, Error> {
        let reach = summation.windows.reach();
        let beginning = try_reserve(area(reach, channels))?;
        let tile = try_reserve(area(reach.saturating_add(BLOCK), channels))?;
        Ok(Self { summation, channels, reach, beginning, tile, rows: 0 })
    }

    fn push(&mut self, sample: &[T]) -> Result<(), Error> {
        if self.beginning.len() < area(self.reach, self.channels) {
            self.beginning.extend_from_slice(sample);
        }
        self.tile.extend_from_slice(sample);
        if self.tile.len() >= area(self.reach.saturating_add(BLOCK), self.channels) {
            self.add_tile(BLOCK)?;
            self.tile.drain(..area(BLOCK, self.channels));
        }
        Ok(())
    }

    /// Adds the products of so many windows.
    fn add_tile(&mut self, rows: usize) -> Result<(), Error> {
        let count = rows.saturating_add(self.reach);
        let trial = whole(&self.tile, self.channels)?;
        let Summation { splitter, tile, .. } = &mut *self.summation;
        splitter.load(&trial, (0..count).rev(), tile);
        self.summation.add_tile(rows);
        self.rows = self.rows.saturating_add(rows);
        Ok(())
    }

    /// Adds the last windows, and what the beginning and the end of the phase contribute.
    fn finish(mut self) -> Result<(), Error> {
        let samples = divide(self.tile.len(), self.channels).0;
        let rows = samples.saturating_sub(self.reach);
        if rows > 0 {
            self.add_tile(rows)?;
        }
        if self.rows == 0 {
            return Ok(());
        }
        let beginning = whole(&self.beginning, self.channels)?;
        self.summation.add_edge(&beginning, (0..self.reach).rev(), 1.0);
        let end = whole(&self.tile, self.channels)?;
        let last = (0..samples).rev().take(self.reach);
        self.summation.add_edge(&end, last, -1.0);
        Ok(())
    }
}
