//! Recordings that are read in blocks, such as files that are larger than the memory.

use super::centring::{Centre, Channels, Conditioning, Measured, Scale, condition};
use super::recording::{ChannelSummary, Recording};
use super::summation::BlockedSum;
use crate::error::Error;
use crate::matrix::{Cells, MatRef, area, check, try_reserve, try_zeros};
use crate::scalar::{Real, Scalar};
use alloc::vec::Vec;

/// A recording of a single trial that is read in blocks of samples, from its beginning to its end, as often as a fit asks.
///
/// ```
/// use dynamical_similarity::{Dmd, Error, Rank, Recording, SampleBlocks};
/// // Integers that become samples a few at a time, as those of a file do.
/// struct Integers(Vec<i16>);
/// impl SampleBlocks<f64> for Integers {
///     type Error = Error;
///     fn channels(&self) -> usize {
///         2
///     }
///     fn samples(&self) -> usize {
///         self.0.len() / 2
///     }
///     fn read(&mut self, each: &mut dyn FnMut(&[f64]) -> Result<(), Error>) -> Result<(), Error> {
///         for block in self.0.chunks(2 * 1000) {
///             let block: Vec<f64> = block.iter().map(|x| f64::from(*x)).collect();
///             each(&block)?;
///         }
///         Ok(())
///     }
/// }
/// let mut integers = Integers((0..30_000_i32).map(|t| (t * t % 97 + t % 13) as i16).collect());
/// let dmd = Dmd::new().delays(4).rank(Rank::Fixed(3));
/// let model = dmd.fit_blocks(&mut integers)?;
/// let samples: Vec<f64> = integers.0.iter().map(|x| f64::from(*x)).collect();
/// let whole = dmd.fit(&[Recording::new(&samples, 2)?])?;
/// assert_eq!(model.operator(), whole.operator()); // to the bit
/// # Ok::<(), Error>(())
/// ```
pub trait SampleBlocks<T> {
    /// Why a block could not be read, or what a fit refuses.
    type Error: From<Error>;

    /// The number of channels.
    fn channels(&self) -> usize;

    /// The number of samples in time.
    fn samples(&self) -> usize;

    /// Calls `each` with one block after the other, from the first sample on: whole samples, the channels of a sample side by
    /// side, as in [`Recording`]. Blocks may have any length, and the same samples must come every time.
    ///
    /// # Errors
    /// Whatever keeps a block from being read, and what `each` returns.
    fn read(&mut self, each: &mut dyn FnMut(&[T]) -> Result<(), Error>) -> Result<(), Self::Error>;
}

/// Reads all samples, and calls `each` with the time and the channels of every one.
pub(crate) fn pass<T: Scalar, B: SampleBlocks<T>>(
    blocks: &mut B,
    mut each: impl FnMut(usize, &[T]) -> Result<(), Error>,
) -> Result<(), B::Error> {
    let (channels, samples) = (blocks.channels(), blocks.samples());
    if channels == 0 || samples == 0 {
        return Err(Error::Empty.into());
    }
    let mut time = 0_usize;
    blocks.read(&mut |block| {
        if block.is_empty() {
            return Ok(());
        }
        let trial = Recording::new(block, channels).map_err(|error| later(error, time))?;
        for sample in trial.as_matrix().columns() {
            each(time, sample)?;
            time = time.saturating_add(1);
        }
        Ok(())
    })?;
    check("the number of samples that were read", samples, time)?;
    Ok(())
}

/// An error of a block that begins at this time.
fn later(error: Error, time: usize) -> Error {
    match error {
        Error::NonFinite { trial, sample, channel } => {
            Error::NonFinite { trial, sample: sample.saturating_add(time), channel }
        }
        other => other,
    }
}

/// All samples in memory.
pub(crate) fn collect<T: Scalar, B: SampleBlocks<T>>(blocks: &mut B) -> Result<Vec<T>, B::Error> {
    let mut all = try_reserve(area(blocks.samples(), blocks.channels()))?;
    let most = all.capacity();
    pass(blocks, |_, sample| {
        if all.len().saturating_add(sample.len()) <= most {
            all.extend_from_slice(sample);
        }
        Ok(())
    })?;
    Ok(all)
}

/// Sums over a range of times, of each channel.
struct Range<T> {
    first: usize,
    end: usize,
    largest: Vec<T>,
    /// Powers of two, so that no sum or square overflows or underflows.
    scales: Vec<T>,
    sums: Vec<BlockedSum<T>>,
    /// Of the values times their scale.
    means: Vec<T>,
    squares: Vec<BlockedSum<T>>,
}

impl<T: Scalar> Range<T> {
    fn new(channels: usize, first: usize, end: usize) -> Result<Self, Error> {
        let sums = || {
            let mut sums = try_reserve(channels)?;
            sums.resize(channels, BlockedSum::ZERO);
            Ok(sums)
        };
        let [largest, scales, means] =
            [try_zeros(channels)?, try_zeros(channels)?, try_zeros(channels)?];
        Ok(Self { first, end, largest, scales, sums: sums()?, means, squares: sums()? })
    }

    const fn holds(&self, time: usize) -> bool {
        self.first <= time && time < self.end
    }

    fn count(&self) -> T {
        T::count(self.end.saturating_sub(self.first).max(1))
    }

    fn take_largest(&mut self, sample: &[T]) {
        for (largest, x) in self.largest.iter_mut().zip(sample) {
            *largest = Real::abs(*x).larger(*largest);
        }
    }

    fn find_scales(&mut self) {
        for (scale, largest) in self.scales.iter_mut().zip(&self.largest) {
            *scale = largest.binary_scale();
        }
    }

    fn add(&mut self, sample: &[T]) {
        for ((sum, scale), x) in self.sums.iter_mut().zip(&self.scales).zip(sample) {
            sum.push(*x * *scale);
        }
    }

    fn find_means(&mut self) {
        let count = self.count();
        for (mean, sum) in self.means.iter_mut().zip(&self.sums) {
            *mean = sum.finish() / count;
        }
    }

    fn add_squares(&mut self, sample: &[T]) {
        let parts = self.squares.iter_mut().zip(&self.scales).zip(&self.means);
        for (((sum, scale), mean), x) in parts.zip(sample) {
            let deviation = *x * *scale - *mean;
            sum.push(deviation * deviation);
        }
    }

    fn summary(&self, channel: usize) -> ChannelSummary<T> {
        let squares = self.squares.get(channel).map_or(T::ZERO, |sum| sum.finish());
        let square = squares / self.count();
        ChannelSummary::of_scaled(self.largest.at(channel), self.means.at(channel), square)
    }
}

/// What is measured of a recording before its sums of products: as [`measure`](super::centring::measure) does it for samples in
/// memory, to the bit.
pub(crate) struct Survey<T> {
    pub(crate) found: Channels<T>,
    /// The largest conditioned sample of each channel.
    pub(crate) largest: Vec<f64>,
    /// The first and the last samples.
    pub(crate) beginning: Vec<T>,
    pub(crate) end: Vec<T>,
}

impl<T: Scalar> Survey<T> {
    /// Fills `shift` and `gain`. `kept`: how many samples are kept of the beginning and of the end.
    ///
    /// Cost: four passes over the samples.
    ///
    /// # Errors
    /// As [`measure`](super::centring::measure); those of the blocks.
    pub(crate) fn of<B: SampleBlocks<T>>(
        blocks: &mut B,
        centre: Centre,
        scale: Scale,
        kept: usize,
        [shift, gain]: [&mut [T]; 2],
    ) -> Result<Self, B::Error> {
        let (channels, samples) = (blocks.channels(), blocks.samples());
        let middle = samples / 2;
        let mut ranges = [
            Range::new(channels, 0, samples)?,
            Range::new(channels, 0, middle)?,
            Range::new(channels, middle, samples)?,
        ];
        let (mut beginning, mut end) =
            (try_reserve(area(kept, channels))?, try_reserve(area(kept, channels))?);
        let mut twins = Twins::new(channels)?;
        pass(blocks, |time, sample| {
            ranges.iter_mut().filter(|of| of.holds(time)).for_each(|of| of.take_largest(sample));
            if time < kept {
                beginning.extend_from_slice(sample);
            }
            if time >= samples.saturating_sub(kept) && time < samples {
                end.extend_from_slice(sample);
            }
            twins.compare(sample);
            Ok(())
        })?;
        ranges.iter_mut().for_each(Range::find_scales);
        pass(blocks, |time, sample| {
            ranges.iter_mut().filter(|of| of.holds(time)).for_each(|of| of.add(sample));
            Ok(())
        })?;
        ranges.iter_mut().for_each(Range::find_means);
        pass(blocks, |time, sample| {
            ranges.iter_mut().filter(|of| of.holds(time)).for_each(|of| of.add_squares(sample));
            Ok(())
        })?;
        let [all, first, second] = &ranges;
        let of_channel = |channel: usize| {
            let summary = all.summary(channel);
            let halves = || [first.summary(channel), second.summary(channel)];
            Measured {
                all: summary,
                halves: (!summary.is_constant()).then(halves),
                duplicated: twins.has_earlier(channel),
            }
        };
        // The norm needs a pass of its own, with shift and gain, so that these are found first.
        let mut found = condition(of_channel, |_| T::ONE, centre, scale, shift, gain)?;
        let conditioning = Conditioning { shift, gain };
        let mut largest: Vec<f64> = try_zeros(channels)?;
        let mut squares: Vec<BlockedSum<T>> = try_reserve(channels)?;
        squares.resize(channels, BlockedSum::ZERO);
        pass(blocks, |_, sample| {
            conditioning.take_largest(sample, &mut largest);
            if scale == Scale::UnitNorm {
                conditioning.add_squares(sample, &mut squares);
            }
            Ok(())
        })?;
        if scale == Scale::UnitNorm {
            let norm = squares.iter().fold(T::ZERO, |sum, of| sum + of.finish());
            found = condition(of_channel, |_| Real::sqrt(norm), centre, scale, shift, gain)?;
        }
        Ok(Self { found, largest, beginning, end })
    }

    /// The first samples as a recording.
    pub(crate) fn beginning(&self, channels: usize) -> Result<Recording<'_, T>, Error> {
        whole(&self.beginning, channels)
    }

    /// The last samples as a recording.
    pub(crate) fn end(&self, channels: usize) -> Result<Recording<'_, T>, Error> {
        whole(&self.end, channels)
    }
}

/// Samples that have been checked, as a recording.
pub(crate) fn whole<T: Scalar>(samples: &[T], channels: usize) -> Result<Recording<'_, T>, Error> {
    let time = samples.len().checked_div(channels).unwrap_or(0);
    Ok(Recording::of_checked(MatRef::new(samples, channels, time)?))
}

/// Pairs of channels that have been equal so far.
struct Twins {
    pairs: Vec<(usize, usize)>,
}

impl Twins {
    fn new(channels: usize) -> Result<Self, Error> {
        let mut pairs = try_reserve(area(channels, channels))?;
        pairs.extend(
            (0..channels).flat_map(|later| (0..later).map(move |earlier| (earlier, later))),
        );
        Ok(Self { pairs })
    }

    fn compare<T: Scalar>(&mut self, sample: &[T]) {
        self.pairs.retain(|(earlier, later)| sample.get(*earlier) == sample.get(*later));
    }

    fn has_earlier(&self, channel: usize) -> bool {
        self.pairs.iter().any(|(_, later)| *later == channel)
    }
}
