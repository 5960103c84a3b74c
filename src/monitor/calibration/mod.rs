//! Calibrations: the reference and the null bands of a monitor, as plain data.

pub(super) mod calibrator;

use super::codec::{FRAME, Kind, Reader, Writer, words_of};
use super::decision::{Lengths, Null};
use super::scores::{PerScore, Scores};
use super::settings::check_sizes;
use super::sizes::Sizes;
use crate::dmd::settings::Shape;
use crate::error::{Error, Setting};
use crate::matrix::{Cells, Layout, MatRef, area};
use crate::scalar::{Real, Scalar};
use core::marker::PhantomData;

const KIND: Kind = Kind { magic: u32::from_le_bytes(*b"DSAC"), version: 1 };
/// Words of the content that are not scalars: width, n, d, r, scores, sampling rate, decimation.
const SIZES: usize = 7;
/// Scalars of the content that are not in a table: two lengths and three null bands.
const NUMBERS: usize = 8;

/// The reference that a monitor compares with: means and standard deviations of the channels, the operator and its
/// spectra, the autoregression, and the null band of each score. A [`Calibrator`](calibrator::Calibrator) makes it, or it is
/// read from words.
///
/// Memory: [`memory_len`](Self::memory_len) scalars in `B`. Written as words it takes [`words_len`](Self::words_len) words
/// of 32 bits, with a version and a checksum. The words name their scalar, so that words written by a server in `f64` can
/// also be read on a device in `f32`.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration<T, B> {
    pub(crate) sizes: Sizes,
    rates: Rates,
    pub(crate) lengths: Lengths<T>,
    pub(crate) nulls: PerScore<Null<T>>,
    /// Means, standard deviations, and the tables of [`Known`].
    memory: B,
    scalar: PhantomData<T>,
}

/// The score of an operator where nothing changes: of each block of a calibration against all others.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct NullBand<T> {
    /// Median of the score, in radians.
    pub median: T,
    /// Standard deviation of the logarithm of the score.
    pub deviation: T,
}

/// The tables of a reference.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<Table> {
    pub(crate) operator: Table,
    pub(crate) spectra: Table,
    pub(crate) coefficients: Table,
    pub(crate) basis: Table,
}

/// The tables of [`Known`], in its order.
pub(crate) const fn known_layout(sizes: Sizes) -> Layout<4> {
    Layout::new([
        sizes.operator_len(),
        sizes.result_len(),
        sizes.coefficients_len(),
        sizes.basis_len(),
    ])
}

impl<'a, T> Known<&'a [T]> {
    pub(crate) fn cut(sizes: Sizes, memory: &'a [T]) -> Self {
        let [operator, spectra, coefficients, basis] = known_layout(sizes).view(memory);
        Self { operator, spectra, coefficients, basis }
    }
}

impl<'a, T> Known<&'a mut [T]> {
    pub(crate) fn cut_mut(sizes: Sizes, memory: &'a mut [T]) -> Self {
        let ([operator, spectra, coefficients, basis], _) = known_layout(sizes).cut_checked(memory);
        Self { operator, spectra, coefficients, basis }
    }
}

/// Mean and standard deviation of each channel, and the tables of [`Known`].
const fn layout(sizes: Sizes) -> Layout<3> {
    Layout::new([sizes.channels, sizes.channels, known_layout(sizes).len()])
}

impl<T> Calibration<T, ()> {
    /// Scalars of memory that a calibration needs: 2 n + r² + 2 r (4 r with canonical variates) + n² d + n d min(r + 4, n d).
    #[must_use]
    pub const fn memory_len(shape: Shape, scores: Scores) -> usize {
        layout(Sizes::of(shape, scores)).len()
    }

    /// Words of 32 bits of a saved calibration: 19 and one per scalar in `f32`, 27 and two per scalar in `f64`.
    #[must_use]
    pub const fn words_len(shape: Shape, scores: Scores) -> usize {
        words_len::<T>(Sizes::of(shape, scores))
    }
}

const fn words_len<T>(sizes: Sizes) -> usize {
    let scalars = layout(sizes).len().saturating_add(NUMBERS);
    area(scalars, words_of::<T>()).saturating_add(SIZES + FRAME)
}

/// The rate of the samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rates {
    /// Samples per second.
    pub(crate) sampling_rate: f32,
    /// The number of samples of the recorder of which each sample is the mean.
    pub(crate) decimation: u32,
}

impl Rates {
    /// # Errors
    /// [`Error::InvalidSetting`] for a rate that is not positive, or a mean of no samples.
    pub(super) fn check(self) -> Result<(), Error> {
        if !(self.sampling_rate > 0.0 && self.sampling_rate.is_finite()) {
            return Err(Error::InvalidSetting {
                setting: Setting::SamplingRate,
                expected: "positive, in Hz",
            });
        }
        if self.decimation == 0 {
            return Err(Error::InvalidSetting {
                setting: Setting::Decimation,
                expected: "at least 1",
            });
        }
        Ok(())
    }
}

impl<T: Scalar, B: AsRef<[T]> + AsMut<[T]>> Calibration<T, B> {
    /// An empty calibration, for a calibrator to fill.
    pub(crate) fn begin(sizes: Sizes, rates: Rates, memory: B) -> Result<Self, Error> {
        check_sizes(sizes)?;
        rates.check()?;
        layout(sizes).check(memory.as_ref().len())?;
        Ok(Self {
            sizes,
            rates,
            lengths: Lengths::default(),
            nulls: PerScore::default(),
            memory,
            scalar: PhantomData,
        })
    }

    /// Reads the words that [`to_words`](Self::to_words) has written, in either scalar.
    ///
    /// # Errors
    /// [`Error::Corrupted`] if kind, version, length or checksum are wrong, or if a number is not finite or not one that a
    /// calibration can have; [`Error::MemoryTooSmall`].
    pub fn from_words(words: &[u32], memory: B) -> Result<Self, Error> {
        let mut reader = Reader::new(words, KIND)?;
        let bad = Error::Corrupted { what: "a size" };
        let width = reader.count()?;
        if !(1..=2).contains(&width) {
            return Err(bad);
        }
        let (channels, delays, rank) = (reader.count()?, reader.count()?, reader.count()?);
        let canonical = match reader.word()? {
            0 => false,
            1 => true,
            _ => return Err(bad),
        };
        let sizes = Sizes { channels, delays, rank, canonical };
        check_sizes(sizes).map_err(|_| bad)?;
        let sampling_rate = f32::from_bits(reader.word()?);
        let rates = Rates { sampling_rate, decimation: reader.word()? };
        rates.check().map_err(|_| Error::Corrupted { what: "a rate" })?;
        let mut new = Self::begin(sizes, rates, memory)?;
        reader.width = width;
        new.lengths = Lengths { reference: reader.value()?, block: reader.value()? };
        for null in new.nulls.each_mut() {
            *null = Null { mean: reader.value()?, deviation: reader.value()? };
        }
        for table in new.tables_mut() {
            reader.values(table)?;
        }
        reader.finish()?;
        new.check_numbers()?;
        Ok(new)
    }

    fn check_numbers(&self) -> Result<(), Error> {
        let bad = |fails: bool, what| if fails { Err(Error::Corrupted { what }) } else { Ok(()) };
        let (nulls, lengths) = (&self.nulls, self.lengths);
        let positive = |x: T| x > T::ZERO;
        bad(!self.standard_deviation().iter().all(|x| positive(*x)), "a standard deviation")?;
        // A deviation is drawn towards its prior and stays above half of it; a mean is one of logarithms.
        let possible = |null: &Null<T>| {
            null.deviation >= T::of(0.1)
                && null.deviation <= T::of(100.0)
                && Real::abs(null.mean) <= T::of(100.0)
        };
        bad(!possible(&nulls.operator) || !possible(&nulls.gate), "a null band")?;
        bad(self.sizes.canonical && !possible(&nulls.canonical), "a null band")?;
        bad(!(lengths.block >= T::ONE && lengths.block < lengths.reference), "a length")?;
        // Sums of ones are whole numbers, in either scalar.
        bad(T::of(self.samples() as f64) != lengths.reference, "a length")
    }

    /// Writes the calibration as words, and returns their number.
    ///
    /// # Errors
    /// [`Error::MemoryTooSmall`].
    pub fn to_words(&self, words: &mut [u32]) -> Result<usize, Error> {
        let writer = Writer::new(words, KIND, words_len::<T>(self.sizes))?;
        Ok(self.write(writer).0)
    }

    /// The checksum of the words.
    pub(crate) fn checksum(&self) -> u32 {
        self.write(Writer::discarding(KIND, words_len::<T>(self.sizes))).1
    }

    fn write(&self, mut writer: Writer<'_>) -> (usize, u32) {
        // Without `..`, so that a field that is added later cannot be forgotten here.
        let Self { sizes, rates, lengths, nulls, memory, scalar: PhantomData } = self;
        let Rates { sampling_rate, decimation } = *rates;
        let Lengths { reference, block } = *lengths;
        writer.count(words_of::<T>());
        writer.count(sizes.channels);
        writer.count(sizes.delays);
        writer.count(sizes.rank);
        writer.word(u32::from(sizes.canonical));
        writer.word(sampling_rate.to_bits());
        writer.word(decimation);
        writer.values(&[reference, block]);
        for null in nulls.each() {
            writer.values(&[null.mean, null.deviation]);
        }
        writer.values(memory.as_ref().part(0, layout(*sizes).len()));
        writer.finish()
    }

    /// Channels, delays and rank.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        let sizes = self.sizes;
        Shape { channels: sizes.channels, delays: sizes.delays, rank: sizes.rank }
    }

    /// The scores for which the calibration has a reference.
    #[must_use]
    pub const fn scores(&self) -> Scores {
        if self.sizes.canonical { Scores::OperatorAndCanonical } else { Scores::Operator }
    }

    /// Samples per second, in Hz.
    #[must_use]
    pub const fn sampling_rate(&self) -> f32 {
        self.rates.sampling_rate
    }

    /// The number of samples of the recorder of which each sample is the mean.
    #[must_use]
    pub const fn decimation(&self) -> u32 {
        self.rates.decimation
    }

    /// The number of samples that the calibration was made from. In `f32` it is rounded from 2^24 on.
    #[must_use]
    pub fn samples(&self) -> u64 {
        let samples: f64 = self.lengths.reference.into();
        samples as u64
    }

    /// Mean of each channel.
    #[must_use]
    pub fn mean(&self) -> &[T] {
        let [mean, _, _] = self.tables();
        mean
    }

    /// Standard deviation of each channel.
    #[must_use]
    pub fn standard_deviation(&self) -> &[T] {
        let [_, deviation, _] = self.tables();
        deviation
    }

    /// The null band of the score of the operator.
    #[must_use]
    pub fn null_band(&self) -> NullBand<T> {
        let Null { mean, deviation } = self.nulls.operator;
        NullBand { median: Real::exp(mean), deviation }
    }

    /// The operator A of the calibration's delay windows between whitened channels, r x r. Compare
    /// [`Monitor::operator`](super::monitor::Monitor::operator) with it.
    #[must_use]
    pub fn operator(&self) -> MatRef<'_, T> {
        self.sizes.operator(Known::cut(self.sizes, self.known()).operator)
    }

    /// Means, standard deviations, and the tables of [`Known`].
    fn tables(&self) -> [&[T]; 3] {
        layout(self.sizes).view(self.memory.as_ref())
    }

    fn tables_mut(&mut self) -> [&mut [T]; 3] {
        layout(self.sizes).cut_checked(self.memory.as_mut()).0
    }

    /// The tables of [`Known`] in one piece.
    pub(crate) fn known(&self) -> &[T] {
        let [_, _, known] = self.tables();
        known
    }
}

#[cfg(test)]
impl<T: Scalar> Calibration<T, Vec<T>> {
    /// A calibration for tests, with ones in its tables.
    pub(crate) fn for_tests(shape: Shape, null: Null<T>, lengths: Lengths<T>) -> Self {
        let sizes = Sizes::of(shape, Scores::OperatorAndCanonical);
        let rates = Rates { sampling_rate: 50.0, decimation: 1 };
        let mut new = Self::begin(sizes, rates, vec![T::ONE; layout(sizes).len()]).unwrap();
        new.nulls = PerScore { operator: null, canonical: null, gate: null };
        new.lengths = lengths;
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What reads its own words, changed before they were written, with a checksum that fits.
    fn read(change: impl Fn(&mut Calibration<f32, Vec<f32>>)) -> Result<(), Error> {
        let mut calibration = Calibration::for_tests(
            Shape { channels: 2, delays: 2, rank: 2 },
            Null { mean: -4.0, deviation: 0.4 },
            Lengths { reference: 30_000.0, block: 1_500.0 },
        );
        let sizes = calibration.sizes;
        let length = layout(sizes).len();
        change(&mut calibration);
        let mut words = vec![0; words_len::<f32>(sizes)];
        calibration.to_words(&mut words).unwrap();
        Calibration::from_words(&words, vec![0.0_f32; length]).map(|_| ())
    }

    #[test]
    fn numbers_that_no_calibration_has_are_refused_whatever_the_checksum() {
        assert_eq!(read(|_| ()), Ok(()));
        type Change = fn(&mut Calibration<f32, Vec<f32>>);
        let changes: [Change; 11] = [
            |x| x.nulls.operator.deviation = 1e-39,
            |x| x.nulls.gate.deviation = 0.0,
            |x| x.nulls.canonical.deviation = -0.4,
            |x| x.nulls.operator.deviation = 1e38,
            |x| x.nulls.gate.mean = f32::MIN,
            |x| x.nulls.canonical.mean = f32::NAN,
            |x| x.lengths.block = 1e-39,
            |x| x.lengths.block = 30_000.0,
            |x| x.lengths.reference = 30_000.5,
            |x| x.memory[2] = 0.0,
            |x| x.memory[7] = f32::INFINITY,
        ];
        for (k, change) in changes.into_iter().enumerate() {
            assert!(matches!(read(change), Err(Error::Corrupted { .. })), "{k}");
        }
    }
}
