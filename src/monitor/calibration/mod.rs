//! Calibrations: the reference and the null bands of a monitor, as plain data.

pub(super) mod calibrator;
mod memory;
mod reference;

use super::band::Band;
use super::codec::{FRAME, Kind, Reader, Writer, words_of};
use super::decision::{Lengths, Null};
use super::scores::Scores;
use super::settings::check_sizes;
use super::sizes::Sizes;
use crate::dmd::settings::Shape;
use crate::error::{Error, Setting};
use crate::matrix::{Cells, Layout, MatRef, area};
use crate::scalar::{Real, Scalar};
use core::marker::PhantomData;

/// Version 1 held the spectra of one operator and, optionally, those of canonical variates.
const KIND: Kind = Kind { magic: u32::from_le_bytes(*b"DSAC"), version: 2, what: "calibration" };
/// Words of the content that are not scalars: width, n, d, rank, scores, sampling rate, decimation, directions.
const SIZES: usize = 8;
/// The prior of one direction.
const PRIOR: f64 = 0.7;
/// Scalars of the content that are not in a table: two lengths, t, c, and three null bands.
const NUMBERS: usize = 10;

/// The reference that a monitor compares with: means and standard deviations of the channels, the features of
/// the lag spectra with their bias and weights, the autoregression, the null band of each score, and the operator if asked for. A [`Calibrator`](calibrator::Calibrator) makes it, or it is
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
    pub(crate) band: Band<T>,
    /// Means, standard deviations, and the tables of [`Known`].
    memory: B,
    scalar: PhantomData<T>,
}

/// Standard deviation of ln q, which falls with the number of features: alike in all subjects for one number of directions.
pub(crate) fn prior<T: Scalar>(directions: usize) -> T {
    T::of(PRIOR) / Real::sqrt(T::count(directions.max(1)))
}

/// The score of the dynamics where nothing changes: of each block of a calibration against all others.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct NullBand<T> {
    /// Median of the score.
    pub median: T,
    /// Standard deviation of the logarithm of the score.
    pub deviation: T,
}

/// The tables of a reference.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<Table> {
    /// The features of the whole calibration.
    pub(crate) features: Table,
    /// m
    pub(crate) bias: Table,
    /// W
    pub(crate) weights: Table,
    pub(crate) coefficients: Table,
    /// The operator of the whole calibration, and the basis from which that of a window is sought; empty if not asked for.
    pub(crate) operator: Table,
    pub(crate) basis: Table,
}

/// The tables of [`Known`], in its order.
pub(crate) const fn known_layout(sizes: Sizes) -> Layout<6> {
    Layout::new([
        sizes.features_len(),
        sizes.features_len(),
        sizes.features_len(),
        sizes.coefficients_len(),
        sizes.operator_len(),
        sizes.basis_len(),
    ])
}

impl<'a, T> Known<&'a [T]> {
    pub(crate) fn cut(sizes: Sizes, memory: &'a [T]) -> Self {
        let [features, bias, weights, coefficients, operator, basis] =
            known_layout(sizes).view(memory);
        Self { features, bias, weights, coefficients, operator, basis }
    }
}

impl<'a, T> Known<&'a mut [T]> {
    pub(crate) fn cut_mut(sizes: Sizes, memory: &'a mut [T]) -> Self {
        let ([features, bias, weights, coefficients, operator, basis], _) =
            known_layout(sizes).cut_checked(memory);
        Self { features, bias, weights, coefficients, operator, basis }
    }
}

/// Mean and standard deviation of each channel, and the tables of [`Known`].
const fn layout(sizes: Sizes) -> Layout<3> {
    Layout::new([sizes.channels, sizes.channels, known_layout(sizes).len()])
}

impl<T> Calibration<T, ()> {
    /// Scalars of memory that a calibration needs: 2 n + 3 p + n² d, where p = (d - 1) r + d floor(r / 2) for r = min(rank, n);
    /// with the operator rank² + n d min(rank + 4, n d) more.
    #[must_use]
    pub const fn memory_len(shape: Shape, scores: Scores) -> usize {
        layout(Sizes::of(shape, scores)).len()
    }

    /// Words of 32 bits of a saved calibration: 22 and one per scalar in `f32`, 32 and two per scalar in `f64`.
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
            band: Band::default(),
            memory,
            scalar: PhantomData,
        })
    }

    /// Reads the words that [`to_words`](Self::to_words) has written, in either scalar.
    ///
    /// # Errors
    /// [`Error::OtherVersion`] for a calibration of an older or newer release: calibrate again. [`Error::Corrupted`] if kind,
    /// length or checksum are wrong, or if a number is not finite or not one that a
    /// calibration can have; [`Error::MemoryTooSmall`].
    pub fn from_words(words: &[u32], memory: B) -> Result<Self, Error> {
        let mut reader = Reader::new(words, KIND)?;
        let bad = Error::Corrupted { what: "a size" };
        let width = reader.count()?;
        if !(1..=2).contains(&width) {
            return Err(bad);
        }
        let (channels, delays, rank) = (reader.count()?, reader.count()?, reader.count()?);
        let operator = match reader.word()? {
            0 => false,
            1 => true,
            _ => return Err(bad),
        };
        let sizes = Sizes { channels, delays, rank, operator };
        check_sizes(sizes).map_err(|_| bad)?;
        let sampling_rate = f32::from_bits(reader.word()?);
        let rates = Rates { sampling_rate, decimation: reader.word()? };
        rates.check().map_err(|_| Error::Corrupted { what: "a rate" })?;
        let mut new = Self::begin(sizes, rates, memory)?;
        new.band.directions = reader.count()?;
        reader.width = width;
        new.lengths = Lengths { reference: reader.value()?, block: reader.value()? };
        (new.band.noise, new.band.echo) = (reader.value()?, reader.value()?);
        let Band { score, gate, level, .. } = &mut new.band;
        for null in [score, gate, level] {
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
        let (band, lengths, sizes) = (&self.band, self.lengths, self.sizes);
        let positive = |x: T| x > T::ZERO;
        bad(!self.standard_deviation().iter().all(|x| positive(*x)), "a standard deviation")?;
        // Deviations are drawn towards their priors, or are not below rounding errors; a mean is one of logarithms.
        let possible = |null: &Null<T>, least: T| {
            null.deviation >= least
                && null.deviation <= T::of(100.0)
                && Real::abs(null.mean) <= T::of(100.0)
        };
        let least = T::HALF * prior(band.directions);
        bad(!possible(&band.score, least), "a null band")?;
        bad(!possible(&band.gate, T::of(0.1)), "a null band")?;
        bad(!possible(&band.level, T::EPSILON), "a null band")?;
        let few = band.directions >= 1 && band.directions <= sizes.most_directions();
        bad(!few, "the number of directions")?;
        bad(!(positive(band.noise) && band.echo >= T::ZERO), "a noise level")?;
        let Known { weights, .. } = Known::cut(sizes, self.known());
        let weights = weights.part(0, sizes.features_of(band.directions));
        bad(!weights.iter().all(|x| positive(*x)), "a weight")?;
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
        let Self { sizes, rates, lengths, band, memory, scalar: PhantomData } = self;
        let Rates { sampling_rate, decimation } = *rates;
        let Lengths { reference, block } = *lengths;
        writer.count(words_of::<T>());
        writer.count(sizes.channels);
        writer.count(sizes.delays);
        writer.count(sizes.rank);
        writer.word(u32::from(sizes.operator));
        writer.word(sampling_rate.to_bits());
        writer.word(decimation);
        let Band { directions, noise, echo, score, gate, level } = *band;
        writer.count(directions);
        writer.values(&[reference, block, noise, echo]);
        for null in [score, gate, level] {
            writer.values(&[null.mean, null.deviation]);
        }
        writer.values(memory.as_ref().part(0, layout(*sizes).len()));
        writer.finish()
    }

    /// Channels, delays, and the rank that was asked for.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        let sizes = self.sizes;
        Shape { channels: sizes.channels, delays: sizes.delays, rank: sizes.rank }
    }

    /// The number of directions of the channels in which the dynamics are compared: those whose correlation with themselves one
    /// sample later exceeds the [`cut`](super::CalibratorSettings::cut), at least 2 and at most the rank.
    #[must_use]
    pub const fn directions(&self) -> usize {
        self.band.directions
    }

    /// The scores for which the calibration has a reference.
    #[must_use]
    pub const fn scores(&self) -> Scores {
        if self.sizes.operator { Scores::SpectraAndOperator } else { Scores::Spectra }
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

    /// The null band of the score of the dynamics.
    #[must_use]
    pub fn null_band(&self) -> NullBand<T> {
        let Null { mean, deviation } = self.band.score;
        NullBand { median: Real::exp(mean), deviation }
    }

    /// The operator A of the calibration's delay windows between whitened channels, r x r; 0 x 0 unless
    /// [`Scores::SpectraAndOperator`] was asked for. Compare
    /// [`Monitor::operators`](super::Monitor::operators) with it.
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
        let sizes = Sizes::of(shape, Scores::SpectraAndOperator);
        let rates = Rates { sampling_rate: 50.0, decimation: 1 };
        let mut new = Self::begin(sizes, rates, vec![T::ONE; layout(sizes).len()]).unwrap();
        let (directions, one) = (sizes.most_directions(), T::ONE);
        new.band = Band { directions, noise: one, echo: one, score: null, gate: null, level: null };
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
        let changes: [Change; 16] = [
            |x| x.band.score.deviation = 1e-39,
            |x| x.band.gate.deviation = 0.0,
            |x| x.band.level.deviation = -0.4,
            |x| x.band.score.deviation = 1e38,
            |x| x.band.gate.mean = f32::MIN,
            |x| x.band.level.mean = f32::NAN,
            |x| x.band.directions = 3,
            |x| x.band.directions = 0,
            |x| x.band.noise = 0.0,
            |x| x.band.echo = -1.0,
            |x| x.lengths.block = 1e-39,
            |x| x.lengths.block = 30_000.0,
            |x| x.lengths.reference = 30_000.5,
            |x| x.memory[2] = 0.0,
            // The last weight: behind 4 means and deviations, 4 features and 4 of their bias.
            |x| x.memory[15] = 0.0,
            |x| x.memory[7] = f32::INFINITY,
        ];
        for (k, change) in changes.into_iter().enumerate() {
            assert!(matches!(read(change), Err(Error::Corrupted { .. })), "{k}");
        }
    }
}
