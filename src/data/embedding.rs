//! Delay embedding: windows h_t = [x_t, x_{t-tau}, ..., x_{t-(d-1) tau}], the newest sample first.

use super::centring::Conditioning;
use super::recording::{Recording, check_finite, common_channels};
use super::summation::blocked;
use crate::error::{Error, Setting};
use crate::matrix::{Cells, MatMut, area, check, copy, pieces_mut};
use crate::scalar::Scalar;
use core::marker::PhantomData;

/// The shape of delay windows: d delays, tau samples apart.
///
/// A window of a recording with n channels has p = n d entries, channels fastest: entry k n + c is
/// channel c at time t - k tau. A trial of T samples has T - (d-1) tau windows, for
/// t = (d-1) tau .. T-1; no window crosses a trial (Takens 1981; Arbabi & Mezić 2017, Hankel DMD).
///
/// ```
/// use dynamical_similarity::{Embedding, MatMut, Recording};
/// let samples = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
/// let recording = Recording::new(&samples, 1)?;
/// let embedding = Embedding::new(3, 2); // x_t, x_{t-2}, x_{t-4}
/// assert_eq!((embedding.window(), embedding.rows(6)), (5, 2));
/// let mut data = [0.0; 6];
/// embedding.embed_in(&[recording], &mut MatMut::new(&mut data, 3, 2)?)?;
/// assert_eq!(data, [4.0, 2.0, 0.0, 5.0, 3.0, 1.0]);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Embedding {
    delays: usize,
    interval: usize,
}

impl Embedding {
    /// Windows of `delays` d >= 1 samples that are `interval` tau >= 1 samples apart. The functions that use the embedding
    /// check both.
    #[must_use]
    pub const fn new(delays: usize, interval: usize) -> Self {
        Self { delays, interval }
    }

    /// Delays d.
    #[must_use]
    pub const fn delays(&self) -> usize {
        self.delays
    }

    /// Interval tau in samples.
    #[must_use]
    pub const fn interval(&self) -> usize {
        self.interval
    }

    /// Samples in time that a window spans: (d - 1) tau + 1.
    #[must_use]
    pub const fn window(&self) -> usize {
        self.delays.saturating_sub(1).saturating_mul(self.interval).saturating_add(1)
    }

    /// Entries of a window, p = n d.
    #[must_use]
    pub const fn width(&self, channels: usize) -> usize {
        area(self.delays, channels)
    }

    /// Scalars that the buffer of a [`DelayRing`] needs: channels x ((delays - 1) interval + 1).
    #[must_use]
    pub const fn ring_len(&self, channels: usize) -> usize {
        area(self.window(), channels)
    }

    /// Windows of a trial of `samples` samples; 0 if it is too short.
    #[must_use]
    pub const fn rows(&self, samples: usize) -> usize {
        samples.saturating_add(1).saturating_sub(self.window())
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] if a setting is 0, or if a window does not fit into memory.
    pub(crate) const fn validate(&self) -> Result<(), Error> {
        if self.delays == 0 {
            return Err(Error::InvalidSetting {
                setting: Setting::Delays,
                expected: "given, at least 1",
            });
        }
        if self.interval == 0 {
            return Err(Error::InvalidSetting {
                setting: Setting::Interval,
                expected: "at least 1",
            });
        }
        if self.window() == usize::MAX {
            return Err(Error::InvalidSetting {
                setting: Setting::Delays,
                expected: "so small that delays x interval can be counted",
            });
        }
        Ok(())
    }

    /// Writes all windows of all trials, in order, as the columns of `out` (p x rows).
    ///
    /// # Errors
    /// [`Error::InvalidSetting`], [`Error::Empty`] without trials, [`Error::ShapeMismatch`] if the
    /// trials have different channels or `out` has not the shape p x (sum of rows).
    pub fn embed_in<T: Scalar>(
        &self,
        trials: &[Recording<'_, T>],
        out: &mut MatMut<'_, T>,
    ) -> Result<(), Error> {
        self.validate()?;
        let channels = common_channels(trials)?;
        let rows = trials
            .iter()
            .fold(0_usize, |rows, trial| rows.saturating_add(self.rows(trial.samples())));
        check("the number of rows of the embedding", self.width(channels), out.rows())?;
        check("the number of columns of the embedding", rows, out.cols())?;
        let mut columns = out.columns_mut();
        for trial in trials {
            for row in 0..self.rows(trial.samples()) {
                let newest = row.saturating_add(self.window().saturating_sub(1));
                if let Some(column) = columns.next() {
                    for (k, part) in pieces_mut(column, channels).enumerate() {
                        let past = k.saturating_mul(self.interval);
                        copy(part, trial.sample(newest.saturating_sub(past)));
                    }
                }
            }
        }
        Ok(())
    }
}

/// The windows of a set of trials, every sample shifted and scaled on its way in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Windows<'a, T> {
    pub(crate) embedding: Embedding,
    pub(crate) conditioning: Conditioning<'a, T>,
    /// The mean that is subtracted from every window, entry by entry; empty for none.
    pub(crate) mean: &'a [T],
}

impl<T: Scalar> Windows<'_, T> {
    /// Writes the conditioned sample at time t.
    #[inline]
    pub(crate) fn sample_into(&self, trial: &Recording<'_, T>, t: usize, out: &mut [T]) {
        self.conditioning.apply(trial.sample(t), out);
    }

    /// Writes the window whose newest sample is at time t.
    pub(crate) fn window_into(&self, trial: &Recording<'_, T>, t: usize, out: &mut [T]) {
        let channels = trial.channels().max(1);
        for (k, part) in pieces_mut(out, channels).enumerate() {
            let past = k.saturating_mul(self.embedding.interval);
            self.sample_into(trial, t.saturating_sub(past), part);
        }
        out.iter_mut().zip(self.mean).for_each(|(to, mean)| *to -= *mean);
    }

    /// Adds up the windows whose newest samples are at `times`, entry by entry, without subtracting their mean. Entry
    /// k n + c is the sum of channel c over times k tau earlier. The sum for k + 1 is the sum for k with tau more samples
    /// at its beginning and tau fewer at its end.
    ///
    /// Cost: n (T + 2 d tau) additions. Error: that of a blocked sum, and one rounding for each of these.
    pub(crate) fn add_up(
        &self,
        trial: &Recording<'_, T>,
        times: core::ops::Range<usize>,
        sums: &mut [T],
    ) {
        let (n, tau) = (trial.channels().max(1), self.embedding.interval);
        let parameters = self.conditioning.shift.iter().zip(self.conditioning.gain);
        for (channel, (shift, gain)) in parameters.enumerate() {
            let value = |t: usize| (trial.sample(t).at(channel) - *shift) * *gain;
            let mut sum = blocked(times.clone().map(value));
            for (k, entries) in pieces_mut(sums, n).enumerate() {
                if k > 0 {
                    let (before, past) =
                        (k.saturating_sub(1).saturating_mul(tau), k.saturating_mul(tau));
                    let moved = |end: usize| end.saturating_sub(past)..end.saturating_sub(before);
                    moved(times.start).for_each(|t| sum += value(t));
                    moved(times.end).for_each(|t| sum -= value(t));
                }
                entries.put(channel, entries.at(channel) + sum);
            }
        }
    }

    /// Times of the newest samples of all windows of a trial.
    pub(crate) fn times(&self, trial: &Recording<'_, T>) -> core::ops::Range<usize> {
        self.embedding.window().saturating_sub(1)..trial.samples()
    }
}

/// The position of a [`DelayRing`]: plain data, to be stored with its buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RingPosition {
    /// The sample of the buffer that is written next, counted from 0.
    pub next: usize,
    /// Samples taken since the start or the last [`clear`](DelayRing::clear). The count stops at the largest number.
    pub seen: usize,
}

/// A streaming delay embedding in the caller's buffer: keeps the last samples and writes the window h_t.
///
/// The buffer (`[T; L]`, `&mut [T]`, `Vec<T>`) holds whole samples, at least (delays - 1) interval + 1 of
/// them. Sizes are values here; in [`DelayEmbedding`](crate::DelayEmbedding) they are part of the type. A push costs
/// `channels` copies, a window channels x delays.
///
/// ```
/// use dynamical_similarity::{DelayRing, Embedding};
/// const EMBEDDING: Embedding = Embedding::new(2, 2); // x_t, x_{t-2}
/// let mut ring = DelayRing::new(1, EMBEDDING, [0.0_f32; EMBEDDING.ring_len(1)])?;
/// let mut window = [0.0; 2];
/// for sample in [1.0, 2.0] {
///     ring.push(&[sample])?;
///     assert!(!ring.window_into(&mut window)?); // not yet
/// }
/// ring.push(&[3.0])?;
/// assert!(ring.window_into(&mut window)?);
/// assert_eq!(window, [3.0, 1.0]);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DelayRing<T, B> {
    embedding: Embedding,
    channels: usize,
    /// Samples that the buffer holds.
    capacity: usize,
    position: RingPosition,
    buffer: B,
    scalar: PhantomData<T>,
}

impl<T: Scalar, B: AsRef<[T]>> DelayRing<T, B> {
    /// An empty ring.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`], [`Error::Empty`] without channels, [`Error::MemoryTooSmall`].
    pub fn new(channels: usize, embedding: Embedding, buffer: B) -> Result<Self, Error> {
        Self::resume(channels, embedding, RingPosition::default(), buffer)
    }

    /// A ring that continues from `position`, with the samples that its buffer holds.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`Error::InvalidSetting`] if the position is outside the buffer.
    pub fn resume(
        channels: usize,
        embedding: Embedding,
        position: RingPosition,
        buffer: B,
    ) -> Result<Self, Error> {
        embedding.validate()?;
        let got = buffer.as_ref().len();
        let Some(capacity) = got.checked_div(channels) else { return Err(Error::Empty) };
        if capacity < embedding.window() {
            return Err(Error::MemoryTooSmall { needed: embedding.ring_len(channels), got });
        }
        if position.next >= capacity {
            return Err(Error::InvalidSetting {
                setting: Setting::Position,
                expected: "one that this buffer had",
            });
        }
        Ok(Self { embedding, channels, capacity, position, buffer, scalar: PhantomData })
    }

    /// The position of the ring.
    #[must_use]
    pub const fn position(&self) -> RingPosition {
        self.position
    }

    /// Writes the newest window. While there are too few samples, nothing is written and `false` is returned.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if `window` does not have channels x delays entries.
    pub fn window_into(&self, window: &mut [T]) -> Result<bool, Error> {
        check("the length of the window", self.embedding.width(self.channels), window.len())?;
        if self.position.seen < self.embedding.window() {
            return Ok(false);
        }
        // Counted backwards from the sample that is overwritten next; a window spans no more than the buffer.
        let mut back = 1_usize;
        for part in pieces_mut(window, self.channels) {
            let wrapped = if back > self.position.next { self.capacity } else { 0 };
            let place = self.position.next.saturating_add(wrapped).saturating_sub(back);
            copy(
                part,
                self.buffer.as_ref().part(place.saturating_mul(self.channels), self.channels),
            );
            back = back.saturating_add(self.embedding.interval);
        }
        Ok(true)
    }

    /// Forgets all samples: the next window begins after a gap.
    pub const fn clear(&mut self) {
        self.position = RingPosition { next: 0, seen: 0 };
    }
}

impl<T: Scalar, B: AsRef<[T]> + AsMut<[T]>> DelayRing<T, B> {
    /// Takes the newest sample.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if it does not have the ring's channels, [`Error::NonFinite`] (sample counted since
    /// the start or the last [`clear`](Self::clear)) if one is not finite; the ring is then unchanged.
    pub fn push(&mut self, sample: &[T]) -> Result<(), Error> {
        let RingPosition { next, seen } = self.position;
        check_sample(sample, self.channels, seen)?;
        let start = next.saturating_mul(self.channels);
        copy(self.buffer.as_mut().part_mut(start, self.channels), sample);
        let after = next.saturating_add(1);
        let next = if after < self.capacity { after } else { 0 };
        self.position = RingPosition { next, seen: seen.saturating_add(1) };
        Ok(())
    }
}

/// Checks sample number `seen` of a stream.
fn check_sample<T: Scalar>(sample: &[T], channels: usize, seen: usize) -> Result<(), Error> {
    check("the number of channels of a sample", channels, sample.len())?;
    check_finite(sample, seen)
}

/// A streaming delay embedding of fixed capacity: keeps the last LENGTH samples and writes the window h_t.
///
/// LENGTH must be at least (delays - 1) interval + 1. Memory: CHANNELS x LENGTH scalars, no heap.
/// A push costs CHANNELS copies, a window CHANNELS x delays.
///
/// ```
/// use dynamical_similarity::{DelayEmbedding, Embedding};
/// let mut stream = DelayEmbedding::<f32, 1, 3>::new(Embedding::new(2, 2))?; // x_t, x_{t-2}
/// let mut window = [0.0; 2];
/// stream.push(&[1.0])?;
/// stream.push(&[2.0])?;
/// assert!(!stream.window_into(&mut window)?); // not yet
/// stream.push(&[3.0])?;
/// assert!(stream.window_into(&mut window)?);
/// assert_eq!(window, [3.0, 1.0]);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[cfg(feature = "heapless")]
#[derive(Clone, Debug)]
pub struct DelayEmbedding<T: Scalar, const CHANNELS: usize, const LENGTH: usize> {
    embedding: Embedding,
    /// The newest sample first.
    ring: heapless::Deque<[T; CHANNELS], LENGTH>,
    seen: usize,
}

#[cfg(feature = "heapless")]
impl<T: Scalar, const CHANNELS: usize, const LENGTH: usize> DelayEmbedding<T, CHANNELS, LENGTH> {
    /// An empty ring.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`], [`Error::Empty`] without channels, [`Error::MemoryTooSmall`] (in
    /// samples) if LENGTH is below the window.
    pub fn new(embedding: Embedding) -> Result<Self, Error> {
        embedding.validate()?;
        if CHANNELS == 0 {
            return Err(Error::Empty);
        }
        if LENGTH < embedding.window() {
            return Err(Error::MemoryTooSmall { needed: embedding.window(), got: LENGTH });
        }
        Ok(Self { embedding, ring: heapless::Deque::new(), seen: 0 })
    }

    /// An empty ring for windows of DELAYS samples that are INTERVAL apart. Sizes that do not fit do not compile, so the ring
    /// can be the value of a `static`, and nothing can fail when the device starts.
    ///
    /// ```
    /// use dynamical_similarity::DelayEmbedding;
    /// let stream = DelayEmbedding::<f32, 8, 19>::fixed::<10, 2>();
    /// # let _ = stream;
    /// ```
    /// ```compile_fail
    /// // Ten samples, two apart, reach back 19.
    /// let stream = dynamical_similarity::DelayEmbedding::<f32, 8, 18>::fixed::<10, 2>();
    /// ```
    #[must_use]
    pub const fn fixed<const DELAYS: usize, const INTERVAL: usize>() -> Self {
        const {
            assert!(
                CHANNELS > 0 && DELAYS > 0 && INTERVAL > 0,
                "channels, delays, interval: at least 1"
            );
            assert!(
                LENGTH >= Embedding::new(DELAYS, INTERVAL).window(),
                "LENGTH is below the window"
            );
        }
        let embedding = Embedding::new(DELAYS, INTERVAL);
        Self { embedding, ring: heapless::Deque::new(), seen: 0 }
    }

    /// Takes the newest sample.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if it does not have CHANNELS values, [`Error::NonFinite`] (sample counted
    /// since the start or the last [`clear`](Self::clear)) if one is not finite; the ring is then
    /// unchanged.
    pub fn push(&mut self, sample: &[T]) -> Result<(), Error> {
        check_sample(sample, CHANNELS, self.seen)?;
        let mut kept = [T::default(); CHANNELS];
        copy(&mut kept, sample);
        if self.ring.is_full() {
            self.ring.pop_back();
        }
        // There is room: the constructor has checked that LENGTH is not zero.
        let _ = self.ring.push_front(kept);
        self.seen = self.seen.saturating_add(1);
        Ok(())
    }

    /// Writes the newest window. While there are too few samples, nothing is written and `false` is returned.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if `window` does not have CHANNELS x delays entries.
    pub fn window_into(&self, window: &mut [T]) -> Result<bool, Error> {
        check("the length of the window", self.embedding.width(CHANNELS), window.len())?;
        if self.seen < self.embedding.window() {
            return Ok(false);
        }
        let steps = self.embedding.interval;
        let newest_first = self.ring.iter().step_by(steps.max(1));
        for (part, sample) in pieces_mut(window, CHANNELS).zip(newest_first) {
            copy(part, sample);
        }
        Ok(true)
    }

    /// Forgets all samples: the next window begins after a gap.
    pub fn clear(&mut self) {
        self.ring.clear();
        self.seen = 0;
    }
}
