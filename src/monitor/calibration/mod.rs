//! The calibration of a monitor, as plain data.

pub(super) mod calibrator;

use super::codec::{FRAME, Kind, Reader, Writer, words_of};
use super::decision::{Lengths, Null};
use super::scores::Scores;
use super::settings::check_sizes;
use super::sizes::Sizes;
use crate::dmd::settings::Shape;
use crate::error::Error;
use crate::matrix::{Cells, MatRef};
use crate::scalar::{Real, Scalar};
use core::marker::PhantomData;

const KIND: Kind = Kind { magic: u32::from_le_bytes(*b"DSAC"), version: 1 };
/// Words of the content that are no scalars: width, n, d, r, scores, sampling rate, decimation.
const SIZES: usize = 7;
/// Scalars of the content that are in no table: two lengths, three nulls.
const NUMBERS: usize = 8;

/// The three nulls.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Nulls<T> {
    pub(crate) operator: Null<T>,
    pub(crate) canonical: Null<T>,
    pub(crate) gate: Null<T>,
}

/// What a monitor compares with: means and standard deviations of a calibration, its operator and the spectra of it,
/// its autoregression, and the null band of each score. Made by a [`Calibrator`](calibrator::Calibrator), or read from
/// words.
///
/// Memory: [`memory_len`](Self::memory_len) scalars in `B`. As words it has [`words_len`](Self::words_len) of 32 bits
/// with a version and a checksum; a word of an `f32` is its bits, so words of a server in `f64` can be read on a device
/// in `f32`, too.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration<T, B> {
    pub(crate) sizes: Sizes,
    pub(crate) sampling_rate: f32,
    decimation: u32,
    pub(crate) lengths: Lengths<T>,
    pub(crate) nulls: Nulls<T>,
    /// Means, standard deviations, then what [`Known`] has.
    memory: B,
    scalar: PhantomData<T>,
}

/// The tables of a reference, cut from its memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<Table> {
    pub(crate) operator: Table,
    pub(crate) spectra: Table,
    pub(crate) coefficients: Table,
    pub(crate) basis: Table,
}

/// Scalars of [`Known`].
pub(crate) const fn known_len(sizes: Sizes) -> usize {
    let operator = sizes.operator_len().saturating_add(sizes.result_len());
    operator.saturating_add(sizes.coefficients_len()).saturating_add(sizes.basis_len())
}

impl<Table> Known<Table> {
    fn cut_by(sizes: Sizes, memory: Table, split: impl Fn(Table, usize) -> (Table, Table)) -> Self {
        let (operator, rest) = split(memory, sizes.operator_len());
        let (spectra, rest) = split(rest, sizes.result_len());
        let (coefficients, rest) = split(rest, sizes.coefficients_len());
        let (basis, _) = split(rest, sizes.basis_len());
        Self { operator, spectra, coefficients, basis }
    }
}

impl<'a, T> Known<&'a [T]> {
    pub(crate) fn cut(sizes: Sizes, memory: &'a [T]) -> Self {
        Self::cut_by(sizes, memory, |table, at| table.split_at_checked(at).unwrap_or_default())
    }
}

impl<'a, T> Known<&'a mut [T]> {
    pub(crate) fn cut_mut(sizes: Sizes, memory: &'a mut [T]) -> Self {
        Self::cut_by(sizes, memory, |table, at| table.split_at_mut_checked(at).unwrap_or_default())
    }
}

const fn table_len(sizes: Sizes) -> usize {
    known_len(sizes).saturating_add(sizes.channels.saturating_mul(2))
}

impl<T> Calibration<T, ()> {
    /// Scalars of memory: 2 n + r² + 2 r (4 r with canonical variates) + n² d + n d min(r + 4, n d).
    #[must_use]
    pub const fn memory_len(shape: Shape, scores: Scores) -> usize {
        table_len(Sizes::of(shape, scores))
    }

    /// Words of 32 bits: 19 and one for each scalar in `f32`, 27 and two in `f64`.
    #[must_use]
    pub const fn words_len(shape: Shape, scores: Scores) -> usize {
        words_len::<T>(Sizes::of(shape, scores))
    }
}

const fn words_len<T>(sizes: Sizes) -> usize {
    let scalars = table_len(sizes).saturating_add(NUMBERS);
    scalars.saturating_mul(words_of::<T>()).saturating_add(SIZES + FRAME)
}

/// # Errors
/// [`Error::InvalidSetting`] for a rate that is none, or a mean of no samples.
pub(super) fn check_rates(hertz: f32, decimation: u32) -> Result<(), Error> {
    if !(hertz > 0.0 && hertz.is_finite()) {
        return Err(Error::InvalidSetting {
            setting: "sampling_rate",
            expected: "positive, in Hz",
        });
    }
    if decimation == 0 {
        return Err(Error::InvalidSetting { setting: "decimation", expected: "at least 1" });
    }
    Ok(())
}

impl<T: Scalar, B: AsRef<[T]> + AsMut<[T]>> Calibration<T, B> {
    /// An empty one, for a calibrator to fill.
    pub(crate) fn begin(
        sizes: Sizes,
        (sampling_rate, decimation): (f32, u32),
        memory: B,
    ) -> Result<Self, Error> {
        check_sizes(sizes)?;
        check_rates(sampling_rate, decimation)?;
        let (needed, got) = (table_len(sizes), memory.as_ref().len());
        if got < needed {
            return Err(Error::MemoryTooSmall { needed, got });
        }
        Ok(Self {
            sizes,
            sampling_rate,
            decimation,
            lengths: Lengths::default(),
            nulls: Nulls::default(),
            memory,
            scalar: PhantomData,
        })
    }

    /// Reads what [`to_words`](Self::to_words) has written, in either scalar.
    ///
    /// # Errors
    /// [`Error::Corrupted`] if kind, version, length or checksum do not fit, or a number is not finite or not
    /// possible; [`Error::MemoryTooSmall`].
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
        let rates = (f32::from_bits(reader.word()?), reader.word()?);
        check_rates(rates.0, rates.1).map_err(|_| Error::Corrupted { what: "a rate" })?;
        let mut new = Self::begin(sizes, rates, memory)?;
        reader.width = width;
        new.lengths = Lengths { reference: reader.value()?, block: reader.value()? };
        let nulls = &mut new.nulls;
        for null in [&mut nulls.operator, &mut nulls.canonical, &mut nulls.gate] {
            *null = Null { mean: reader.value()?, deviation: reader.value()? };
        }
        reader.values(new.table_mut())?;
        reader.finish()?;
        new.check_numbers()?;
        Ok(new)
    }

    fn check_numbers(&self) -> Result<(), Error> {
        let bad = |fails: bool, what| if fails { Err(Error::Corrupted { what }) } else { Ok(()) };
        let (nulls, lengths) = (&self.nulls, self.lengths);
        let positive = |x: T| x > T::ZERO;
        bad(!self.standard_deviation().iter().all(|x| positive(*x)), "a standard deviation")?;
        // A deviation is drawn towards its prior, of which less than half is never left; a mean is that of logarithms.
        let possible = |null: &Null<T>| {
            null.deviation >= T::of(0.1)
                && null.deviation <= T::of(100.0)
                && Real::abs(null.mean) <= T::of(100.0)
        };
        bad(!possible(&nulls.operator) || !possible(&nulls.gate), "a null band")?;
        bad(self.sizes.canonical && !possible(&nulls.canonical), "a null band")?;
        bad(!(lengths.block >= T::ONE && lengths.block < lengths.reference), "a length")
    }

    /// Writes the calibration as words; how many.
    ///
    /// # Errors
    /// [`Error::MemoryTooSmall`].
    pub fn to_words(&self, words: &mut [u32]) -> Result<usize, Error> {
        let writer = Writer::new(words, KIND, words_len::<T>(self.sizes))?;
        Ok(self.write(writer).0)
    }

    /// The checksum of the words.
    pub(crate) fn name(&self) -> u32 {
        self.write(Writer::discarding(KIND, words_len::<T>(self.sizes))).1
    }

    fn write(&self, mut writer: Writer<'_>) -> (usize, u32) {
        // Without `..`, so that a field that is added later cannot be forgotten here.
        let Self { sizes, sampling_rate, decimation, lengths, nulls, memory, scalar: PhantomData } =
            self;
        let Lengths { reference, block } = *lengths;
        let Nulls { operator, canonical, gate } = *nulls;
        writer.count(words_of::<T>());
        writer.count(sizes.channels);
        writer.count(sizes.delays);
        writer.count(sizes.rank);
        writer.word(u32::from(sizes.canonical));
        writer.word(sampling_rate.to_bits());
        writer.word(*decimation);
        writer.values(&[reference, block]);
        for null in [operator, canonical, gate] {
            writer.values(&[null.mean, null.deviation]);
        }
        writer.values(memory.as_ref().part(0, table_len(*sizes)));
        writer.finish()
    }

    /// Channels, delays and rank.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        let sizes = self.sizes;
        Shape { channels: sizes.channels, delays: sizes.delays, rank: sizes.rank }
    }

    /// The scores that it has a reference for.
    #[must_use]
    pub const fn scores(&self) -> Scores {
        if self.sizes.canonical { Scores::OperatorAndCanonical } else { Scores::Operator }
    }

    /// Samples a second, in Hz.
    #[must_use]
    pub const fn sampling_rate(&self) -> f32 {
        self.sampling_rate
    }

    /// Samples of the recorder that each sample is the mean of.
    #[must_use]
    pub const fn decimation(&self) -> u32 {
        self.decimation
    }

    /// Samples that it was made from.
    #[must_use]
    pub const fn samples(&self) -> T {
        self.lengths.reference
    }

    /// Mean of each channel.
    #[must_use]
    pub fn mean(&self) -> &[T] {
        self.memory.as_ref().part(0, self.sizes.channels)
    }

    /// Standard deviation of each channel.
    #[must_use]
    pub fn standard_deviation(&self) -> &[T] {
        self.memory.as_ref().part(self.sizes.channels, self.sizes.channels)
    }

    /// The null band of the score of the operator: median in radians over blocks of the calibration against the rest of
    /// it, and standard deviation of the logarithm.
    #[must_use]
    pub fn null(&self) -> (T, T) {
        (Real::exp(self.nulls.operator.mean), self.nulls.operator.deviation)
    }

    /// The operator A of the calibration's delay windows between whitened channels, r x r: what
    /// [`Monitor::operator`](super::monitor::Monitor::operator) is to be compared with.
    #[must_use]
    pub fn operator(&self) -> MatRef<'_, T> {
        self.sizes.operator(Known::cut(self.sizes, self.known()).operator)
    }

    pub(crate) fn table_mut(&mut self) -> &mut [T] {
        let length = table_len(self.sizes);
        self.memory.as_mut().part_mut(0, length)
    }

    /// The tables as they lie in memory after means and standard deviations.
    pub(crate) fn known(&self) -> &[T] {
        let start = self.sizes.channels.saturating_mul(2);
        self.memory.as_ref().part(start, known_len(self.sizes))
    }
}

#[cfg(test)]
impl<T: Scalar> Calibration<T, Vec<T>> {
    /// A calibration that nobody has measured, with ones in its tables.
    pub(crate) fn for_tests(shape: Shape, null: Null<T>, lengths: Lengths<T>) -> Self {
        let sizes = Sizes::of(shape, Scores::OperatorAndCanonical);
        let mut new = Self::begin(sizes, (50.0, 1), vec![T::ONE; table_len(sizes)]).unwrap();
        new.nulls = Nulls { operator: null, canonical: null, gate: null };
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
        let length = table_len(sizes);
        change(&mut calibration);
        let mut words = vec![0; words_len::<f32>(sizes)];
        calibration.to_words(&mut words).unwrap();
        Calibration::from_words(&words, vec![0.0_f32; length]).map(|_| ())
    }

    #[test]
    fn numbers_that_no_calibration_has_are_refused_whatever_the_checksum() {
        assert_eq!(read(|_| ()), Ok(()));
        type Change = fn(&mut Calibration<f32, Vec<f32>>);
        let changes: [Change; 10] = [
            |x| x.nulls.operator.deviation = 1e-39,
            |x| x.nulls.gate.deviation = 0.0,
            |x| x.nulls.canonical.deviation = -0.4,
            |x| x.nulls.operator.deviation = 1e38,
            |x| x.nulls.gate.mean = f32::MIN,
            |x| x.nulls.canonical.mean = f32::NAN,
            |x| x.lengths.block = 1e-39,
            |x| x.lengths.block = 30_000.0,
            |x| x.memory[2] = 0.0,
            |x| x.memory[7] = f32::INFINITY,
        ];
        for (k, change) in changes.into_iter().enumerate() {
            assert!(matches!(read(change), Err(Error::Corrupted { .. })), "{k}");
        }
    }
}
