//! The calibrator: collects blocks of normal samples, checks them, and makes a calibration of them.
//!
//! ```text
//! per sample:  add its products with the last d samples to the sums of its block
//! total = sum of all K blocks;  mean and deviation of each channel;  scale all sums by the deviations
//! reference and null bands, from the sums of the blocks
//! if that fails:  name the likely cause
//! ```

use super::memory::{CalibratorMemory, Channel, counts, memory_len};
use super::{Calibration, Known, Rates};
use crate::data::channels::ChannelSet;
use crate::data::lag_covariance::{History, Position, Sums, centre};
use crate::data::recording::check_finite;
use crate::dmd::settings::Shape;
use crate::error::{Error, Setting};
use crate::matrix::{Cells, Layout, add_scaled, check, copy, pieces, pieces_mut};
use crate::monitor::decision::Lengths;
use crate::monitor::scores::Scores;
use crate::monitor::settings::check_sizes;
use crate::monitor::sizes::{Sizes, diagonal};
use crate::scalar::{Real, Scalar};
use core::marker::PhantomData;

/// A channel is stuck in a block if its variance there is less than this part of its largest in any block.
const STUCK: f64 = 1e-4;
/// If an analysis has failed: a channel drifts if more than this part of its variance lies between the blocks.
const DRIFT: f64 = 0.5;
/// If an analysis has failed: neighbouring samples are nearly equal if their mean correlation is above this value.
const NEARLY_EQUAL: f64 = 0.97;
/// The mean correlation of neighbouring samples that is left if several are replaced by their mean, as advised.
const WANTED_CORRELATION: f64 = 0.7;
/// The least ratio of the decorrelation two samples apart to that one sample apart in a smooth signal: 4 in theory, and 2
/// for integrated noise.
const SQUARED: f64 = 3.0;
/// A channel is a combination of the channels before it if they leave less than this part of its variance.
const DEPENDENT: f64 = 1e-6;
/// A variance below this part of the squared mean is rounding.
const ROUNDING: f64 = 1e-5;

/// Settings of a calibration.
///
/// ```
/// use dynamical_similarity::{Shape, monitor::CalibratorSettings};
/// let shape = Shape { channels: 8, delays: 5, rank: 8 };
/// let settings = CalibratorSettings::new(shape, 50.0); // 20 blocks of 1500 samples
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CalibratorSettings {
    shape: Shape,
    scores: Scores,
    rates: Rates,
    blocks: usize,
    block: usize,
    cut: f32,
}

impl CalibratorSettings {
    /// Settings for these channels, delays and rank, and a sampling rate in Hz, with 20 blocks of 1500 samples. The delays
    /// should span about 100 ms: 5 delays of 20 ms. The rank is the most directions of the channels that are compared, and the
    /// rank of the operator if one is asked for.
    #[must_use]
    pub const fn new(shape: Shape, sampling_rate: f32) -> Self {
        let scores = Scores::Spectra;
        let rates = Rates { sampling_rate, decimation: 1 };
        Self { shape, scores, rates, blocks: 20, block: 1500, cut: 0.15 }
    }

    /// The scores that the calibration is for.
    #[must_use]
    pub const fn scores(self, scores: Scores) -> Self {
        Self { scores, ..self }
    }

    /// The number of samples of the recorder of which each sample is the mean; 1 by default. The calibrator does not
    /// resample. It stores this number for the program that feeds the monitor.
    #[must_use]
    pub const fn decimation(self, samples: u32) -> Self {
        let rates = Rates { decimation: samples, ..self.rates };
        Self { rates, ..self }
    }

    /// The number of blocks K, at least 5; 20 by default. Each block against all others gives one score of the null band.
    /// With 10 blocks, the mean of the null band was wrong by half a standard deviation in one subject of 28, which then
    /// had hundreds of false alarms.
    #[must_use]
    pub const fn blocks(self, blocks: usize) -> Self {
        Self { blocks, ..self }
    }

    /// Samples per block; 1500 by default.
    #[must_use]
    pub const fn block(self, samples: usize) -> Self {
        Self { block: samples, ..self }
    }

    /// Directions of the channels whose correlation with themselves one sample later is not above this value are left out; 0.15
    /// by default. They are noise, or too fast to be seen at this sampling rate. Zero keeps as many directions as the rank.
    #[must_use]
    pub const fn cut(self, correlation: f32) -> Self {
        Self { cut: correlation, ..self }
    }

    const fn check(&self) -> Result<Sizes, Error> {
        let sizes = Sizes::of(self.shape, self.scores);
        if let Err(error) = check_sizes(sizes) {
            return Err(error);
        }
        if self.blocks < 5 || self.blocks > 10_000 {
            return Err(Error::InvalidSetting {
                setting: Setting::Blocks,
                expected: "5 to 10 000",
            });
        }
        if self.block <= sizes.width() || self.block > 1 << 20 {
            return Err(Error::InvalidSetting {
                setting: Setting::Block,
                expected: "more samples than channels x delays, at most 2^20",
            });
        }
        if !(self.cut >= 0.0 && self.cut < 1.0) {
            return Err(Error::InvalidSetting {
                setting: Setting::Cut,
                expected: "at least 0 and below 1",
            });
        }
        Ok(sizes)
    }
}

/// Collects K blocks of normal samples, and makes a [`Calibration`] from them.
///
/// Each block against all others gives a score s_i; the sums of all others are found by subtraction. The null band is the
/// mean and the standard deviation of ln s_i, and the deviation is drawn towards that of all subjects. Calibrate over all
/// states of the task that should count as normal, on clean data: samples that are not finite are discarded, but artefacts
/// are not.
///
/// Cost of a push: (d + 1) n² multiply-adds. [`finish_in`](Self::finish_in) does 2 K + 1 analyses in one call: on a device,
/// call it before monitoring starts, or calibrate on a server. Memory: [`memory_len`](Self::memory_len) scalars in `B`,
/// most of them for K + 2 sums of (d + 1) n² + n + d + 1; 45 kB for n = 8, d = 5, K = 20 in `f32`.
#[derive(Clone, Debug)]
pub struct Calibrator<T, B> {
    settings: CalibratorSettings,
    sizes: Sizes,
    position: Position,
    /// Samples that were due so far.
    samples: usize,
    memory: B,
    scalar: PhantomData<T>,
}

impl<T> Calibrator<T, ()> {
    /// Scalars of memory that a calibrator needs.
    #[must_use]
    pub const fn memory_len(settings: CalibratorSettings) -> usize {
        memory_len(Sizes::of(settings.shape, settings.scores), settings.blocks)
    }
}

impl<T: Scalar, B: AsRef<[T]> + AsMut<[T]>> Calibrator<T, B> {
    /// A calibrator that has not seen a sample yet. `shift` is near the mean of each channel; the mean of the first 200
    /// samples will do.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`], [`Error::Empty`] without channels; [`Error::ShapeMismatch`] if `shift` does not
    /// have one value per channel, [`Error::NonFinite`] if one is not finite; [`Error::MemoryTooSmall`].
    pub fn new_in(settings: CalibratorSettings, shift: &[T], memory: B) -> Result<Self, Error> {
        let sizes = settings.check()?;
        settings.rates.check()?;
        check("the length of the shift", sizes.channels, shift.len())?;
        check_finite(shift, 0)?;
        Layout::new([memory_len(sizes, settings.blocks)]).check(memory.as_ref().len())?;
        let mut new = Self {
            settings,
            sizes,
            position: Position::default(),
            samples: 0,
            memory,
            scalar: PhantomData,
        };
        let at = CalibratorMemory::cut(sizes, settings.blocks, new.memory.as_mut());
        at.history.fill(T::ZERO);
        at.blocks.fill(T::ZERO);
        copy(at.shift, shift);
        Ok(new)
    }

    /// Takes the newest sample. A sample that is not finite counts as missing. Samples after the last block are ignored.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if the sample does not have one value per channel.
    pub fn push(&mut self, sample: &[T]) -> Result<(), Error> {
        check("the number of channels of a sample", self.sizes.channels, sample.len())?;
        let finite = sample.iter().all(|x| Real::is_finite(*x));
        self.advance(finite.then_some(sample));
        Ok(())
    }

    /// Records a missing sample: one that was due and is lost, or that must not count.
    pub fn push_missing(&mut self) {
        self.advance(None);
    }

    fn advance(&mut self, sample: Option<&[T]>) {
        let (sizes, settings) = (self.sizes, self.settings);
        if self.is_complete() {
            return;
        }
        let at = CalibratorMemory::cut(sizes, settings.blocks, self.memory.as_mut());
        let lags = sizes.lags();
        let mut history = History::over(lags, self.position, at.history);
        let shift = &*at.shift;
        self.position =
            history.push(sample.map(|x| x.iter().zip(shift).map(|(x, shift)| *x - *shift)));
        let block = self.samples.checked_div(settings.block).unwrap_or(0);
        let start = block.saturating_mul(lags.sums_len());
        if sample.is_some() {
            Sums::over(lags, at.blocks.part_mut(start, lags.sums_len())).add_newest(&history);
        }
        self.samples = self.samples.saturating_add(1);
    }

    /// The number of complete blocks, and the number of blocks that are needed.
    #[must_use]
    pub const fn progress(&self) -> (usize, usize) {
        let complete = match self.samples.checked_div(self.settings.block) {
            Some(complete) => complete,
            None => 0,
        };
        (complete, self.settings.blocks)
    }

    /// Whether all blocks are complete.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        let (complete, all) = self.progress();
        complete >= all
    }

    /// The channels that are linear combinations of the channels before them, to one millionth of their variance: a copy of
    /// another channel, or the last one of channels from which their common mean was subtracted (an average reference).
    /// They add no direction, only rounding errors; leave them out. The set is empty before two samples.
    ///
    /// They are found by the pivots of a Cholesky decomposition of the correlations, in the order of the channels (Golub &
    /// Van Loan, 4th ed., 4.2.8). Cost: n³ / 6 multiply-adds, and a sum over all blocks.
    pub fn dependent_channels(&mut self) -> ChannelSet {
        let (sizes, blocks) = (self.sizes, self.settings.blocks);
        let mut at = CalibratorMemory::cut(sizes, blocks, self.memory.as_mut());
        at.add_up(sizes);
        at.dependent(sizes)
    }

    /// Makes the calibration in `memory`, which holds [`Calibration::memory_len`] scalars.
    ///
    /// # Errors
    /// - [`Error::TooShort`] before all blocks are complete (in samples; trial 0); [`Error::TooFewPairs`] if more than
    ///   half of a block is missing;
    /// - [`Error::DegenerateSignal`] if a channel is constant; [`Error::StuckChannel`] if its variance in a block is
    ///   less than 1e-4 of that in another; [`Error::Overflow`] if a variance leaves the range of the scalar;
    /// - if an analysis fails, the likely cause: [`Error::DriftingChannel`] if more than half of a channel's
    ///   variance lies between the blocks, [`Error::Oversampled`] if the mean correlation of neighbouring samples is
    ///   above 0.97, [`Error::DependentChannel`] if a channel is a combination of others;
    /// - if none of these applies, [`Error::RankTooLarge`] if the channels have a single direction, or, where the operator is
    ///   asked for, if fewer than r directions of the delay windows have 3e-3 of the largest singular value,
    ///   [`Error::Singular`], [`Error::NonFiniteEntry`], [`Error::NotConverged`] if an analysis fails;
    /// - [`Error::MemoryTooSmall`].
    pub fn finish_in<C>(mut self, memory: C) -> Result<Calibration<T, C>, Error>
    where
        C: AsRef<[T]> + AsMut<[T]>,
    {
        let (sizes, settings) = (self.sizes, self.settings);
        let mut new = Calibration::begin(sizes, settings.rates, memory)?;
        if !self.is_complete() {
            let needed = settings.blocks.saturating_mul(settings.block);
            return Err(Error::TooShort { trial: 0, needed, got: self.samples });
        }
        let mut at = CalibratorMemory::cut(sizes, settings.blocks, self.memory.as_mut());
        at.check_pairs(sizes, settings.block)?;
        let [mean, deviation, known] = new.tables_mut();
        at.measure(sizes, mean, deviation)?;
        at.scale(sizes, deviation);
        at.check_stuck(sizes)?;
        let mut known = Known::cut_mut(sizes, known);
        let whole = at
            .analyse_all(sizes, settings.cut, &mut known)
            .map_err(|error| at.cause(sizes, error))?;
        let samples = counts(sizes, at.total).at(0);
        let band = at
            .band(sizes, settings.blocks, whole, known)
            .map_err(|error| at.cause(sizes, error))?;
        new.lengths = Lengths { reference: samples, block: samples / T::count(settings.blocks) };
        new.band = band;
        Ok(new)
    }
}

impl<T: Scalar> CalibratorMemory<'_, T> {
    fn check_pairs(&self, sizes: Sizes, length: usize) -> Result<(), Error> {
        let needed = length / 2;
        for (block, sums) in pieces(self.blocks, sizes.lags().sums_len()).enumerate() {
            let pairs = counts(sizes, sums);
            let least = pairs.iter().fold(pairs.at(0), |least, count| count.smaller(least));
            if least < T::count(needed) {
                return Err(Error::TooFewPairs { block, needed, got: least.index() });
            }
        }
        Ok(())
    }

    /// Refuses a channel that hardly changes in one block although it changes in another.
    fn check_stuck(&self, sizes: Sizes) -> Result<(), Error> {
        let blocks = || pieces(self.blocks, sizes.lags().sums_len());
        for channel in 0..sizes.channels {
            let of = |sums: &[T]| Channel::of(sizes, sums, channel).variance;
            let most = blocks().fold(T::ZERO, |most, sums| of(sums).larger(most));
            if let Some(block) = blocks().position(|sums| !(of(sums) > T::of(STUCK) * most)) {
                return Err(Error::StuckChannel { channel, block });
            }
        }
        Ok(())
    }

    /// The most likely cause of an analysis that has failed, judged from the sums of the blocks.
    fn cause(&mut self, sizes: Sizes, error: Error) -> Error {
        let failed = matches!(
            error,
            Error::Singular | Error::RankTooLarge { .. } | Error::NotConverged { .. }
        );
        if !failed {
            return error;
        }
        let (mut channel, mut most) = (0, T::ZERO);
        for (i, part) in (0..sizes.channels).map(|i| (i, self.between(sizes, i))) {
            if part > most {
                (channel, most) = (i, part);
            }
        }
        let smooth = self.smooth_over(sizes);
        match smooth {
            Some(factor) if self.is_smooth(sizes) || !(most > T::of(DRIFT)) => {
                return Error::Oversampled { factor };
            }
            _ if most > T::of(DRIFT) => return Error::DriftingChannel { channel },
            _ => {}
        }
        let dependent = self.dependent(sizes).iter().next();
        dependent.map_or(error, |channel| Error::DependentChannel { channel })
    }

    /// The part of a channel's variance that lies between the means of the blocks.
    fn between(&self, sizes: Sizes, channel: usize) -> T {
        let whole = Channel::of(sizes, self.total, channel);
        let within = pieces(self.blocks, sizes.lags().sums_len()).fold(T::ZERO, |sum, sums| {
            let block = Channel::of(sizes, sums, channel);
            sum + block.samples * block.variance
        });
        T::ONE - within / (whole.samples * whole.variance)
    }

    /// 1 - the mean correlation, over all channels, of samples that are `lag` apart.
    fn decorrelation(&self, sizes: Sizes, lag: usize) -> T {
        let n = sizes.channels;
        let [products, _, counts] = sizes.lags().sums_layout().view(self.total);
        let products = products.part(lag.saturating_mul(sizes.square()), sizes.square());
        let pairs = counts.at(lag);
        let correlations = (0..n).fold(T::ZERO, |sum, i| {
            let channel = Channel::of(sizes, self.total, i);
            let product = products.at(diagonal(n, i)) / pairs - channel.mean * channel.mean;
            sum + product / channel.variance
        });
        (T::ONE - correlations / T::count(n)).larger(T::EPSILON)
    }

    /// The number of samples that should be replaced by their mean, if neighbouring samples are nearly equal. Neighbours are
    /// correlated by 1 - c, and samples k apart by about 1 - c k² as long as c k² is small, so the correlation falls to
    /// the wanted one at k = sqrt((1 - wanted) / c).
    fn smooth_over(&self, sizes: Sizes) -> Option<usize> {
        let rest = self.decorrelation(sizes, 1);
        let factor = Real::sqrt(T::of(1.0 - WANTED_CORRELATION) / rest).index().saturating_add(1);
        (rest < T::of(1.0 - NEARLY_EQUAL)).then_some(factor)
    }

    /// Whether the decorrelation c grows as k², as it does in a smooth signal. In a drift with faster dynamics on top it
    /// grows at most as k.
    fn is_smooth(&self, sizes: Sizes) -> bool {
        sizes.delays > 1
            && self.decorrelation(sizes, 2) > T::of(SQUARED) * self.decorrelation(sizes, 1)
    }

    /// The channels without a pivot in a Cholesky decomposition of the covariances, one column at a time. Their columns are
    /// set to zero, so that they do not enter those of later channels.
    fn dependent(&mut self, sizes: Sizes) -> ChannelSet {
        let n = sizes.channels;
        let mut found = ChannelSet::EMPTY;
        let [products, totals, counts] = sizes.lags().sums_layout().view(self.total);
        let samples = counts.at(0);
        let factors = self.snapshot.part_mut(0, sizes.square());
        let least = T::of(DEPENDENT).larger(T::of(64.0) * T::EPSILON);
        copy(factors, products);
        centre(factors, totals, samples, samples);
        for j in 0..n {
            let (before, rest) =
                factors.split_at_mut_checked(j.saturating_mul(n)).unwrap_or_default();
            let column = rest.part_mut(0, n);
            let variance = column.at(j);
            for earlier in pieces(before, n) {
                add_scaled(column, -earlier.at(j), earlier);
            }
            // What the channels before it leave of its variance.
            let pivot = column.at(j);
            if pivot > least * variance {
                let root = Real::sqrt(pivot);
                column.iter_mut().for_each(|x| *x /= root);
            } else {
                found.insert(j);
                column.fill(T::ZERO);
            }
        }
        found
    }

    /// Adds up all blocks, and finds mean and standard deviation of each channel.
    fn measure(&mut self, sizes: Sizes, mean: &mut [T], deviation: &mut [T]) -> Result<(), Error> {
        self.add_up(sizes);
        let [products, totals, counts] = sizes.lags().sums_layout().view(self.total);
        let samples = counts.at(0);
        let outputs = mean.iter_mut().zip(deviation).zip(&*self.shift).enumerate();
        for (i, ((mean, deviation), shift)) in outputs {
            let offset = totals.at(i) / samples;
            let square = products.at(diagonal(sizes.channels, i)) / samples;
            let variance = square - offset * offset;
            if !Real::is_finite(variance) || !Real::is_finite(*shift + offset) {
                return Err(Error::Overflow { what: "the variance of a channel" });
            }
            if !(variance > T::of(ROUNDING) * offset * offset && variance > T::MIN_POSITIVE) {
                return Err(Error::DegenerateSignal { channel: Some(i) });
            }
            *mean = *shift + offset;
            *deviation = Real::sqrt(variance);
        }
        Ok(())
    }

    /// Converts all sums to units of the standard deviations.
    fn scale(&mut self, sizes: Sizes, deviation: &[T]) {
        let (n, lags) = (sizes.channels, sizes.lags());
        let sums = pieces_mut(self.blocks, lags.sums_len());
        for sums in sums.chain(core::iter::once(&mut *self.total)) {
            let ([products, totals, _], _) = lags.sums_layout().cut_checked(sums);
            for square in pieces_mut(products, sizes.square()) {
                for (column, outer) in pieces_mut(square, n).zip(deviation) {
                    column.iter_mut().zip(deviation).for_each(|(x, inner)| *x /= *inner * *outer);
                }
            }
            totals.iter_mut().zip(deviation).for_each(|(x, deviation)| *x /= *deviation);
        }
    }
}
