//! The calibrator: a reference and its null bands from a stream of normal samples.

use super::{Calibration, Known, Rates};
use crate::data::channels::ChannelSet;
use crate::data::lag_covariance::{History, Position, Sums, centre};
use crate::data::recording::check_finite;
use crate::dmd::settings::Shape;
use crate::error::Error;
use crate::matrix::{Cells, Layout, add, add_scaled, area, check, copy, pieces, pieces_mut};
use crate::monitor::analysis::spectra::angle;
use crate::monitor::analysis::{
    Analysis, Progress, Reference, autoregression, scratch_len, subspace,
};
use crate::monitor::decision::{Lengths, Null, ScoreMoments, logarithm};
use crate::monitor::scores::{PerScore, Scores};
use crate::monitor::settings::check_sizes;
use crate::monitor::sizes::{Sizes, diagonal};
use crate::scalar::{Real, Scalar};
use core::marker::PhantomData;

/// Iterations from a start that knows nothing, and from the basis of the whole calibration.
const COLD: usize = 200;
const WARM: usize = 50;
/// Standard deviations of the logarithms of the scores, which were alike in all subjects.
const PRIORS: PerScore<f64> = PerScore { operator: 0.45, canonical: 0.36, gate: 0.2 };
/// Variance of a channel in a block, as a part of the largest of all blocks, below which it is stuck there.
const STUCK: f64 = 1e-4;
/// Part of a channel's variance that lies between the blocks, above which it drifts, where an analysis has failed.
const DRIFT: f64 = 0.5;
/// Mean correlation of neighbouring samples above which they are nearly equal, where an analysis has failed.
const NEARLY_EQUAL: f64 = 0.97;
/// Mean correlation of neighbouring samples that replacing several by their mean should leave.
const WANTED_CORRELATION: f64 = 0.7;
/// How much faster than their distance the decorrelation of samples grows in a smooth signal: 4 in theory, 2 for noise
/// that is added up.
const SQUARED: f64 = 3.0;
/// Part of a channel's variance that the channels before it leave, below which it is a combination of them.
const DEPENDENT: f64 = 1e-6;
/// What is left of the mean square beside a mean this much larger is rounding.
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
}

impl CalibratorSettings {
    /// Channels, delays and rank, and the sampling rate in Hz; 20 blocks of 1500 samples. Delays should reach over
    /// about 100 ms: 5 of 20 ms.
    #[must_use]
    pub const fn new(shape: Shape, sampling_rate: f32) -> Self {
        let scores = Scores::Operator;
        let rates = Rates { sampling_rate, decimation: 1 };
        Self { shape, scores, rates, blocks: 20, block: 1500 }
    }

    /// Which scores.
    #[must_use]
    pub const fn scores(self, scores: Scores) -> Self {
        Self { scores, ..self }
    }

    /// Samples of the recorder that each sample here is the mean of: 1. Nothing here resamples; it is kept in the
    /// calibration for whoever feeds the monitor.
    #[must_use]
    pub const fn decimation(self, samples: u32) -> Self {
        let rates = Rates { decimation: samples, ..self.rates };
        Self { rates, ..self }
    }

    /// Blocks K, from 5 on: the null is made of so many scores, each block against all others. With 10 the mean of the
    /// null was wrong by half its standard deviation in one subject of 28, and false alarms by hundreds.
    #[must_use]
    pub const fn blocks(self, blocks: usize) -> Self {
        Self { blocks, ..self }
    }

    /// Samples of a block.
    #[must_use]
    pub const fn block(self, samples: usize) -> Self {
        Self { block: samples, ..self }
    }

    const fn check(&self) -> Result<Sizes, Error> {
        let sizes = Sizes::of(self.shape, self.scores);
        if let Err(error) = check_sizes(sizes) {
            return Err(error);
        }
        if self.blocks < 5 || self.blocks > 10_000 {
            return Err(Error::InvalidSetting { setting: "blocks", expected: "5 to 10 000" });
        }
        if self.block <= sizes.width() || self.block > 1 << 20 {
            return Err(Error::InvalidSetting {
                setting: "block",
                expected: "more samples than channels x delays, at most 2^20",
            });
        }
        Ok(sizes)
    }
}

/// Collects K blocks of a recording of what is normal, and makes a [`Calibration`] of them.
///
/// The null band of a score is that of each block against all others, which is a subtraction of sums: K scores s_i,
/// whose ln s has a mean mu and a standard deviation s that is drawn towards that of all subjects. Calibrate over all
/// states of the task that are to count as normal, on clean data: samples that are not finite are left out, artefacts
/// are not.
///
/// Cost of a push: (d + 1) n² multiply-adds. [`finish_in`](Self::finish_in) does 2 K + 1 analyses at once: on a device
/// do it before monitoring starts, or on a server. Memory: [`memory_len`](Self::memory_len) scalars in `B`, (K + 2) ((d
/// + 1) n² + n + d + 1) for the most part, 35 kB for n = 8, d = 5, K = 20 in `f32`.
#[derive(Clone, Debug)]
pub struct Calibrator<T, B> {
    settings: CalibratorSettings,
    sizes: Sizes,
    position: Position,
    /// Samples due so far.
    samples: usize,
    memory: B,
    scalar: PhantomData<T>,
}

/// The pieces of a calibrator's memory.
struct CalibratorMemory<'a, T> {
    shift: &'a mut [T],
    history: &'a mut [T],
    blocks: &'a mut [T],
    total: &'a mut [T],
    snapshot: &'a mut [T],
    spectra: &'a mut [T],
    coefficients: &'a mut [T],
    found: &'a mut [T],
    scratch: &'a mut [T],
}

/// The pieces of [`CalibratorMemory`], in its order.
const fn layout(sizes: Sizes, blocks: usize) -> Layout<9> {
    let sums = sizes.lags().sums_len();
    Layout::new([
        sizes.channels,
        sizes.lags().history_len(),
        area(sums, blocks),
        sums,
        sums,
        sizes.result_len(),
        sizes.coefficients_len(),
        sizes.result_len(),
        scratch_len(sizes),
    ])
}

impl<'a, T> CalibratorMemory<'a, T> {
    /// Cuts memory whose length was checked when the calibrator was made.
    fn cut(sizes: Sizes, blocks: usize, memory: &'a mut [T]) -> Self {
        let (pieces, _) = layout(sizes, blocks).cut_checked(memory);
        let [shift, history, blocks, total, snapshot, spectra, coefficients, found, scratch] =
            pieces;
        Self { shift, history, blocks, total, snapshot, spectra, coefficients, found, scratch }
    }
}

impl<T> Calibrator<T, ()> {
    /// Scalars of memory.
    #[must_use]
    pub const fn memory_len(settings: CalibratorSettings) -> usize {
        layout(Sizes::of(settings.shape, settings.scores), settings.blocks).len()
    }
}

impl<T: Scalar, B: AsRef<[T]> + AsMut<[T]>> Calibrator<T, B> {
    /// An empty calibration; `shift` is near the mean of each channel (that of the first 200 samples will do).
    ///
    /// # Errors
    /// [`Error::InvalidSetting`], [`Error::Empty`] without channels; [`Error::ShapeMismatch`] if `shift` has not one
    /// value a channel, [`Error::NonFinite`] if one is not finite; [`Error::MemoryTooSmall`].
    pub fn new_in(settings: CalibratorSettings, shift: &[T], memory: B) -> Result<Self, Error> {
        let sizes = settings.check()?;
        settings.rates.check()?;
        check("the length of the shift", sizes.channels, shift.len())?;
        check_finite(shift, 0)?;
        layout(sizes, settings.blocks).check(memory.as_ref().len())?;
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

    /// Takes a sample; one that is not finite counts as missing. Samples after the last block are not looked at.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if it has not one value a channel.
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

    /// Blocks that are complete, and how many there must be.
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

    /// Channels that are linear combinations of those before them, to one millionth of their variance: a copy of
    /// another channel, or the last one of channels whose mean has been subtracted from all (an average reference).
    /// They bring no direction of their own, and what is left of them is rounding; leave them out.
    ///
    /// By the pivots of a Cholesky decomposition of the correlations in the order of the channels (Golub & Van Loan,
    /// 4th ed., 4.2.8). Cost: n³ / 6 multiply-adds and a sum over all blocks. None before two samples.
    pub fn dependent_channels(&mut self) -> ChannelSet {
        let (sizes, blocks) = (self.sizes, self.settings.blocks);
        let mut at = CalibratorMemory::cut(sizes, blocks, self.memory.as_mut());
        at.add_up(sizes);
        at.dependent(sizes)
    }

    /// Makes the calibration, in `memory` of [`Calibration::memory_len`] scalars.
    ///
    /// # Errors
    /// - [`Error::TooShort`] before all blocks are complete (in samples; trial 0); [`Error::TooFewPairs`] if more than
    ///   half of a block is missing;
    /// - [`Error::DegenerateSignal`] if a channel is constant; [`Error::StuckChannel`] if its variance in a block is
    ///   less than 1e-4 of that in another; [`Error::Overflow`] if a variance leaves the range of the scalar;
    /// - where an analysis fails, the likely cause: [`Error::DriftingChannel`] if more than half of a channel's
    ///   variance lies between the blocks, [`Error::Oversampled`] if the mean correlation of neighbouring samples is
    ///   above 0.97, [`Error::DependentChannel`] if a channel is a combination of others;
    /// - where none of these holds, [`Error::RankTooLarge`] if fewer than r directions have 3e-3 of the largest singular
    ///   value, [`Error::Singular`], [`Error::NonFiniteEntry`], [`Error::NotConverged`], [`Error::ZeroOperator`] if an
    ///   analysis fails;
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
        let known = Known::cut_mut(sizes, known);
        let basis = at.analyse_all(sizes, known).map_err(|error| at.cause(sizes, error))?;
        let samples = counts(sizes, at.total).at(0);
        let nulls =
            at.nulls(sizes, settings.blocks, basis).map_err(|error| at.cause(sizes, error))?;
        new.lengths = Lengths { reference: samples, block: samples / T::count(settings.blocks) };
        new.nulls = nulls;
        Ok(new)
    }
}

/// Samples, mean and variance of a channel in sums.
struct Channel<T> {
    samples: T,
    mean: T,
    variance: T,
}

impl<T: Scalar> Channel<T> {
    fn of(sizes: Sizes, sums: &[T], channel: usize) -> Self {
        let [products, totals, counts] = sizes.lags().sums_layout().view(sums);
        let samples = counts.at(0);
        let mean = totals.at(channel) / samples;
        let square = products.at(diagonal(sizes.channels, channel));
        Self { samples, mean, variance: square / samples - mean * mean }
    }
}

/// Pairs of each lag.
fn counts<T: Scalar>(sizes: Sizes, sums: &[T]) -> &[T] {
    let [_, _, counts] = sizes.lags().sums_layout().view(sums);
    counts
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

    /// The sums of all blocks.
    fn add_up(&mut self, sizes: Sizes) {
        self.total.fill(T::ZERO);
        for block in pieces(self.blocks, sizes.lags().sums_len()) {
            add(self.total, block);
        }
    }

    /// A channel that hardly changes in a block, and does in another.
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

    /// What is most likely behind an analysis that has failed, from the sums of the blocks.
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

    /// Part of a channel's variance that lies between the means of the blocks.
    fn between(&self, sizes: Sizes, channel: usize) -> T {
        let whole = Channel::of(sizes, self.total, channel);
        let within = pieces(self.blocks, sizes.lags().sums_len()).fold(T::ZERO, |sum, sums| {
            let block = Channel::of(sizes, sums, channel);
            sum + block.samples * block.variance
        });
        T::ONE - within / (whole.samples * whole.variance)
    }

    /// One less the mean correlation of samples this many apart, over all channels.
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

    /// How many samples are nearly equal, if some are: neighbours are correlated by 1 - c, those k apart by about
    /// 1 - c k² as long as that is small, so at k = sqrt((1 - wanted) / c) the correlation is what is wanted.
    fn smooth_over(&self, sizes: Sizes) -> Option<usize> {
        let rest = self.decorrelation(sizes, 1);
        let factor = Real::sqrt(T::of(1.0 - WANTED_CORRELATION) / rest).index().saturating_add(1);
        (rest < T::of(1.0 - NEARLY_EQUAL)).then_some(factor)
    }

    /// Whether c grows as k², as that of a smooth signal does; that of a drift beside faster dynamics grows as k at most.
    fn is_smooth(&self, sizes: Sizes) -> bool {
        sizes.delays > 1
            && self.decorrelation(sizes, 2) > T::of(SQUARED) * self.decorrelation(sizes, 1)
    }

    /// Pivots of a Cholesky decomposition of the correlations, a column at a time; a channel without one is left out.
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

    /// The sums of all blocks; mean and standard deviation of each channel.
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

    /// All sums in units of the standard deviations.
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

    /// The reference: all blocks at once.
    fn analyse_all<'k>(
        &mut self,
        sizes: Sizes,
        known: Known<&'k mut [T]>,
    ) -> Result<&'k [T], Error> {
        let Known { operator, spectra, coefficients, basis } = known;
        copy(self.snapshot, self.total);
        let none = Reference { coefficients: None, basis: None };
        let mut analysis = Analysis::new(COLD);
        loop {
            match analysis.step(sizes, self.snapshot, none, spectra, self.scratch)? {
                Progress::Gated => {
                    copy(coefficients, autoregression::coefficients(sizes, self.scratch))
                }
                Progress::Projected => {
                    let (requested, available) = (sizes.rank, analysis.rank.unwrap_or(0));
                    if available < requested {
                        return Err(Error::RankTooLarge { requested, available });
                    }
                    subspace::write_basis(sizes, self.scratch, basis);
                    copy(operator, subspace::operator(sizes, self.scratch).0.as_mut_slice());
                }
                Progress::Finished => return Ok(basis),
                _ => {}
            }
        }
    }

    /// Each block against all others.
    fn nulls(
        &mut self,
        sizes: Sizes,
        blocks: usize,
        basis: &[T],
    ) -> Result<PerScore<Null<T>>, Error> {
        let length = sizes.lags().sums_len();
        let mut moments = PerScore::<ScoreMoments<T>>::default();
        for k in 0..blocks {
            let block = self.blocks.part(k.saturating_mul(length), length);
            for ((to, all), x) in self.snapshot.iter_mut().zip(&*self.total).zip(block) {
                *to = *all - *x;
            }
            let warm = Reference { coefficients: None, basis: Some(basis) };
            let mut analysis = Analysis::new(WARM);
            loop {
                match analysis.step(sizes, self.snapshot, warm, self.spectra, self.scratch)? {
                    Progress::Gated => {
                        copy(self.coefficients, autoregression::coefficients(sizes, self.scratch));
                    }
                    Progress::Finished => break,
                    _ => {}
                }
            }
            copy(self.snapshot, block);
            let rest = Reference { coefficients: Some(self.coefficients), basis: Some(basis) };
            let mut analysis = Analysis::new(WARM);
            while analysis.step(sizes, self.snapshot, rest, self.found, self.scratch)?
                != Progress::Finished
            {}
            let own = sizes.spectra_len();
            let of = |start| angle(self.spectra.part(start, own), self.found.part(start, own));
            let canonical = if sizes.canonical { logarithm(of(own)) } else { T::ZERO };
            moments.operator.push(logarithm(of(0)));
            moments.canonical.push(canonical);
            moments.gate.push(logarithm(analysis.gate));
        }
        Ok(PerScore {
            operator: moments.operator.null(PRIORS.operator),
            canonical: moments.canonical.null(PRIORS.canonical),
            gate: moments.gate.null(PRIORS.gate),
        })
    }
}
