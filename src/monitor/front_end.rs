//! The front end of a monitor: from many channels at a high rate to few components at the monitor's rate.
//!
//! ```text
//! for each sample x of n channels
//!     missing, not finite, or a channel outside its limits: count it as unused
//!     otherwise: s += x - mean;  used += 1
//!     after `factor` samples
//!         at least half of them were used:  y = W (s / used)      the sample of the monitor, k components
//!         otherwise:                        the monitor's sample is missing
//!         s = 0;  used = 0
//! ```
//!
//! Averaging comes first, because it commutes with the projection and costs n additions where the projection costs k n products.

use super::codec::{FRAME, Kind, Reader, Writer, words_of};
use crate::error::{Error, Setting};
use crate::matrix::{Layout, MatRef, area, check, copy, dot, whole_rows};
use crate::scalar::{Real, Scalar};

const KIND: Kind =
    Kind { magic: u32::from_le_bytes(*b"DSAF"), version: 1, what: "front end of a monitor" };
/// Words of the scalar, of three sizes, and the two limits.
const SIZES: usize = 4;
const LIMITS: usize = 2;

const fn layout(channels: usize, components: usize) -> Layout<4> {
    Layout::new([channels, area(components, channels), channels, components])
}

/// Projects samples of many channels onto a few components and averages them down to the rate of a
/// [`Monitor`](super::Monitor), one sample at a time.
///
/// The components belong to the calibration: `dsa calibrate --components 16 --decimate 20` computes them from the samples of the
/// calibration (their principal components) and writes them in front of its words. The same arithmetic runs on the desk
/// and on the device, in the same order, so a replay gives the same bits.
///
/// A moving average of q samples that is read every q samples has its first zero at the new rate, and lets through half the
/// amplitude at 0.6 of it; what is above folds down. A signal with strong activity between half of the new rate and the old rate
/// (mains hum, for example) needs a filter of its own in front.
///
/// Cost: n additions per sample, and n + k n multiply-adds at the end of every `factor` samples, which is the costliest call.
/// 96 channels at 1 kHz with 16 components at 50 Hz take 0.2 million operations per second. Memory: (k + 2) n + k scalars.
///
/// ```
/// use dynamical_similarity::MatRef;
/// use dynamical_similarity::monitor::{FrontEnd, FrontEndSample};
///
/// // The sum and the difference of two channels, every second sample.
/// let components = [0.5_f32, 0.5, 0.5, -0.5]; // one column per component
/// let memory = [0.0; FrontEnd::<f32, ()>::memory_len(2, 2)];
/// let mut front = FrontEnd::new_in(&[1.0, 0.0], MatRef::new(&components, 2, 2)?, 2, memory)?;
/// assert_eq!(front.push_i16(&[3, 4])?, FrontEndSample::Pending);
/// assert_eq!(front.push(&[5.0, 2.0])?, FrontEndSample::Ready(&[3.0, 0.0]));
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FrontEnd<T, B> {
    channels: usize,
    components: usize,
    factor: usize,
    limits: [T; 2],
    samples: usize,
    used: usize,
    memory: B,
}

/// What a front end has for the monitor after a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FrontEndSample<'a, T> {
    /// Nothing yet: more samples are averaged.
    Pending,
    /// A sample of the components, for [`Monitor::push`](super::Monitor::push).
    Ready(&'a [T]),
    /// More than half of the samples were unusable: [`Monitor::push_missing`](super::Monitor::push_missing).
    Missing,
}

impl<T> FrontEnd<T, ()> {
    /// Scalars of memory: (k + 2) n + k.
    #[must_use]
    pub const fn memory_len(channels: usize, components: usize) -> usize {
        layout(channels, components).len()
    }

    /// Words of 32 bits of a front end that is stored.
    #[must_use]
    pub const fn words_len(channels: usize, components: usize) -> usize {
        layout(channels, components)
            .offset(2)
            .saturating_add(LIMITS)
            .saturating_mul(words_of::<T>())
            .saturating_add(FRAME + SIZES)
    }
}

impl<T: Scalar, B: AsRef<[T]> + AsMut<[T]>> FrontEnd<T, B> {
    /// A front end that subtracts `mean` (n channels), averages `factor` samples and gives the products with the columns of
    /// `components` (n x k).
    ///
    /// # Errors
    /// [`Error::Empty`] without channels or components; [`Error::ShapeMismatch`] if there are not as many means as rows, or
    /// more components than channels; [`Error::NonFiniteEntry`]; [`Error::InvalidSetting`] for a factor of zero;
    /// [`Error::MemoryTooSmall`]: [`FrontEnd::memory_len`] scalars are needed.
    pub fn new_in(
        mean: &[T],
        components: MatRef<'_, T>,
        factor: usize,
        memory: B,
    ) -> Result<Self, Error> {
        check("the number of means", components.rows(), mean.len())?;
        components.check_finite()?;
        if let Some(column) = mean.iter().position(|x| !Real::is_finite(*x)) {
            return Err(Error::NonFiniteEntry { row: 0, column });
        }
        let mut new = Self::sized(components.rows(), components.cols(), factor, memory)?;
        let at = new.pieces();
        copy(at.mean, mean);
        let columns = components.columns().flatten();
        at.components.iter_mut().zip(columns).for_each(|(to, from)| *to = *from);
        at.sums.fill(T::ZERO);
        Ok(new)
    }

    fn sized(channels: usize, components: usize, factor: usize, memory: B) -> Result<Self, Error> {
        if channels == 0 || components == 0 {
            return Err(Error::Empty);
        }
        if components > channels {
            let what = "the number of components, at most that of the channels,";
            return Err(Error::ShapeMismatch { what, expected: channels, got: components });
        }
        if factor == 0 {
            let setting = Setting::Decimation;
            return Err(Error::InvalidSetting { setting, expected: "at least 1" });
        }
        layout(channels, components).check(memory.as_ref().len())?;
        let limits = [-T::MAX, T::MAX];
        Ok(Self { channels, components, factor, limits, samples: 0, used: 0, memory })
    }

    /// The range of a converter: a sample with a channel at or beyond one of these values is saturated and counts as unused.
    /// Without it, every finite sample is used.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] unless lowest < highest.
    pub fn limits(mut self, lowest: T, highest: T) -> Result<Self, Error> {
        if !(lowest < highest && Real::is_finite(lowest) && Real::is_finite(highest)) {
            let expected = "a finite lowest value below a finite highest one";
            return Err(Error::InvalidSetting { setting: Setting::Limits, expected });
        }
        self.limits = [lowest, highest];
        Ok(self)
    }

    /// Channels of a sample that is pushed.
    #[must_use]
    pub const fn channels(&self) -> usize {
        self.channels
    }

    /// Components of a sample that comes out: the channels of the monitor.
    #[must_use]
    pub const fn components(&self) -> usize {
        self.components
    }

    /// How many samples make one of the monitor's.
    #[must_use]
    pub const fn factor(&self) -> usize {
        self.factor
    }

    /// Takes the newest sample.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if it does not have one value per channel; nothing is changed then.
    pub fn push(&mut self, sample: &[T]) -> Result<FrontEndSample<'_, T>, Error> {
        self.take(sample)
    }

    /// Takes the newest sample in the counts of a converter.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn push_i16(&mut self, sample: &[i16]) -> Result<FrontEndSample<'_, T>, Error>
    where
        i16: Into<T>,
    {
        self.take(sample)
    }

    /// Records a sample that was lost.
    pub fn push_missing(&mut self) -> FrontEndSample<'_, T> {
        self.advance()
    }

    fn take<S: Copy + Into<T>>(&mut self, sample: &[S]) -> Result<FrontEndSample<'_, T>, Error> {
        check("the number of channels of a sample", self.channels, sample.len())?;
        let [lowest, highest] = self.limits;
        let within = |x: &S| {
            let x: T = (*x).into();
            x > lowest && x < highest
        };
        if sample.iter().all(within) {
            let at = self.pieces();
            for ((sum, mean), x) in at.sums.iter_mut().zip(at.mean).zip(sample) {
                *sum += (*x).into() - *mean;
            }
            self.used = self.used.saturating_add(1);
        }
        Ok(self.advance())
    }

    /// The end of a sample, used or not.
    fn advance(&mut self) -> FrontEndSample<'_, T> {
        self.samples = self.samples.saturating_add(1);
        if self.samples < self.factor {
            return FrontEndSample::Pending;
        }
        let (used, enough) = (self.used, self.used.saturating_mul(2) >= self.factor);
        (self.samples, self.used) = (0, 0);
        let channels = self.channels;
        let at = self.pieces();
        if enough {
            let share = T::ONE / T::of(used as f64);
            at.sums.iter_mut().for_each(|sum| *sum *= share);
            let rows = whole_rows(at.components, channels);
            at.out.iter_mut().zip(rows).for_each(|(y, row)| *y = dot(row, at.sums));
        }
        at.sums.fill(T::ZERO);
        if enough && at.out.iter().all(|y| Real::is_finite(*y)) {
            FrontEndSample::Ready(at.out)
        } else {
            FrontEndSample::Missing
        }
    }

    fn pieces(&mut self) -> FrontEndMemory<'_, T> {
        let layout = layout(self.channels, self.components);
        let ([mean, components, sums, out], _) = layout.cut_checked(self.memory.as_mut());
        FrontEndMemory { mean, components, sums, out }
    }

    /// Writes the front end as words of 32 bits with a checksum, and returns how many. Samples that are being averaged are not
    /// written.
    ///
    /// # Errors
    /// [`Error::MemoryTooSmall`]: [`FrontEnd::words_len`] words are needed.
    pub fn write(&self, words: &mut [u32]) -> Result<usize, Error> {
        let length = FrontEnd::<T, ()>::words_len(self.channels, self.components);
        let mut writer = Writer::new(words, KIND, length)?;
        for size in [words_of::<T>(), self.channels, self.components, self.factor] {
            writer.count(size);
        }
        writer.values(&self.limits);
        let parameters = layout(self.channels, self.components).between(0, 2);
        writer.values(self.memory.as_ref().get(parameters).unwrap_or_default());
        Ok(writer.finish().0)
    }

    /// The front end that was written, in this scalar or the other one, and the words behind it, where its calibration lies.
    ///
    /// # Errors
    /// [`Error::Corrupted`] if the words are damaged or of another kind, [`Error::OtherVersion`]; otherwise as
    /// [`new_in`](Self::new_in).
    pub fn from_words(words: &[u32], memory: B) -> Result<(Self, &[u32]), Error> {
        let mut reader = Reader::new(words, KIND)?;
        let length = reader.length();
        reader.width = match reader.count()? {
            width @ 1..=2 => width,
            _ => return Err(Error::Corrupted { what: "the scalar" }),
        };
        let (channels, components, factor) = (reader.count()?, reader.count()?, reader.count()?);
        let mut new = Self::sized(channels, components, factor, memory)?;
        reader.values(&mut new.limits)?;
        let at = new.pieces();
        reader.values(at.mean)?;
        reader.values(at.components)?;
        at.sums.fill(T::ZERO);
        reader.finish()?;
        Ok((new, words.get(length..).unwrap_or_default()))
    }
}

struct FrontEndMemory<'a, T> {
    mean: &'a mut [T],
    /// One row of n weights per component.
    components: &'a mut [T],
    sums: &'a mut [T],
    out: &'a mut [T],
}
