//! Blocks of a recording: stretches that are nearly independent of each other, to be drawn again and again.

use super::autocorrelation::integrated_autocorrelation_time;
use super::recording::{Recording, common_channels, total_samples};
use crate::error::Error;
use crate::linalg::random::SplitMix;
use crate::matrix::try_reserve;
use crate::scalar::Scalar;
use alloc::vec::Vec;
use core::ops::Range;

/// A recording cut into blocks for a block bootstrap: a resample takes one block less than there are, each drawn from all of
/// them, so that some are in it twice and some not at all. Windows lie within blocks, so a window never crosses a cut, and
/// what a fit needs of a resample is a sum over its blocks ([`BlockMoments`](crate::BlockMoments)).
///
/// Where there are at least [`LEAST`](Self::LEAST) trials, trials are the blocks; more than [`MOST`](Self::MOST) are put
/// together to that many. Fewer trials are cut, into blocks of equal length, at most [`MOST_CUT`](Self::MOST_CUT) in all, each of at
/// least 10 spans and 5 integrated autocorrelation times of the energy |x_t - mean|², so that what happens in one block says
/// little about the next.
///
/// The same blocks serve all windows whose span is at most the one given.
///
/// ```
/// use dynamical_similarity::{Blocks, Dmd, Error, Recording};
/// let samples: Vec<f64> = (0..1000).map(|t| f64::from(t * t % 17)).collect();
/// let trial = [Recording::new(&samples, 1)?];
/// let blocks = Blocks::of(&trial, Dmd::new().delays(3).span())?;
/// assert_eq!((blocks.count(), blocks.trials(0)[0].samples()), (31, 32));
/// // Windows of 20 samples leave 5 blocks of 200.
/// let refused = Blocks::of(&trial, Dmd::new().delays(20).span());
/// assert_eq!(refused, Err(Error::TooFewBlocks { needed: 8, got: 5 }));
/// # Ok::<(), Error>(())
/// ```
///
/// Source: Künsch, Ann. Statist. 17 (1989) 1217-1241, and Carlstein, Ann. Statist. 14 (1986) 1171-1179, for blocks that do
/// not overlap; Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 8.
#[derive(Clone, Debug, PartialEq)]
pub struct Blocks<'a, T> {
    /// As they were before they were cut.
    whole: Vec<Recording<'a, T>>,
    /// The trials of all blocks, block after block.
    pieces: Vec<Recording<'a, T>>,
    /// Where the trials of each block end.
    ends: Vec<usize>,
    span: usize,
    resampling: Resampling,
}

impl<'a, T: Scalar> Blocks<'a, T> {
    /// The fewest blocks that are resampled: with fewer the spread of resamples is a matter of luck.
    pub const LEAST: usize = 8;
    /// The most blocks where trials are the blocks.
    pub const MOST: usize = 64;
    /// The most blocks that trials are cut into. Blocks of a longer recording are longer: every cut adds noise that the
    /// recording does not have, because the windows at both of its ends are no longer next to each other.
    pub const MOST_CUT: usize = 32;

    /// Cuts the trials of a recording. `span`: [`Dmd::span`](crate::Dmd::span), the largest one if there are several
    /// settings.
    ///
    /// Cost: nothing is copied but the list of trials. For fewer than 8 trials of T samples in n channels T (n + M)
    /// operations, M about 5 autocorrelation times, and T scalars meanwhile.
    ///
    /// # Errors
    /// [`Error::TooFewBlocks`]; [`Error::Empty`] without trials; [`Error::ShapeMismatch`] if the trials have different
    /// channels; [`Error::TooShort`] with the first trial without a pair of windows; [`Error::OutOfMemory`].
    pub fn of(trials: &[Recording<'a, T>], span: usize) -> Result<Self, Error> {
        check(trials, span)?;
        if trials.len() >= Self::LEAST {
            return Self::of_trials(trials, span);
        }
        let time = libm::ceil(integrated_autocorrelation_time(trials)? * 5.0);
        Self::of_length(trials, span, span.saturating_mul(10).max(time as usize))
    }

    /// Cuts each trial into blocks of at least this many samples, whose independence is the caller's to know, but into no
    /// more than [`MOST_CUT`](Self::MOST_CUT) in all. A shorter trial is one block, and more trials than that are not cut.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn of_length(
        trials: &[Recording<'a, T>],
        span: usize,
        samples: usize,
    ) -> Result<Self, Error> {
        check(trials, span)?;
        if trials.len() > Self::MOST_CUT {
            return Self::of_trials(trials, span);
        }
        let total = total_samples(trials);
        // One more than there are trials, because a trial is at least one block.
        let most = Self::MOST_CUT.saturating_add(1).saturating_sub(trials.len());
        let length = samples.max(span.saturating_add(1)).max(total.div_ceil(most));
        let mut blocks = Self::empty(trials, span)?;
        for trial in trials {
            let here = trial.samples();
            let count = here.checked_div(length).unwrap_or(0).max(1);
            for block in 0..count {
                let bound = |at: usize| here.saturating_mul(at).checked_div(count).unwrap_or(here);
                let piece = trial.part(bound(block), bound(block.saturating_add(1)));
                blocks.pieces.push(piece.ok_or(Error::Empty)?);
                blocks.ends.push(blocks.pieces.len());
            }
        }
        blocks.finish()
    }

    fn of_trials(trials: &[Recording<'a, T>], span: usize) -> Result<Self, Error> {
        let mut blocks = Self::empty(trials, span)?;
        blocks.pieces.extend_from_slice(trials);
        let count = trials.len().min(Self::MOST);
        let end = |block: usize| trials.len().saturating_mul(block).checked_div(count);
        blocks.ends.extend((1..=count).filter_map(end));
        blocks.finish()
    }

    fn empty(trials: &[Recording<'a, T>], span: usize) -> Result<Self, Error> {
        let mut whole = try_reserve(trials.len())?;
        whole.extend_from_slice(trials);
        let pieces = try_reserve(trials.len().max(Self::MOST))?;
        let resampling = Resampling { key: key_of(trials), blocks: 0 };
        Ok(Self { whole, pieces, ends: try_reserve(Self::MOST)?, span, resampling })
    }

    fn finish(mut self) -> Result<Self, Error> {
        let got = self.ends.len();
        if got < Self::LEAST {
            return Err(Error::TooFewBlocks { needed: Self::LEAST, got });
        }
        self.resampling.blocks = got;
        Ok(self)
    }

    /// The number of blocks.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.resampling.blocks
    }

    /// The largest span of windows that the blocks were made for.
    #[must_use]
    pub const fn span(&self) -> usize {
        self.span
    }

    /// The samples of a block, as trials; empty outside.
    #[must_use]
    pub fn trials(&self, block: usize) -> &[Recording<'a, T>] {
        let end = |block: usize| self.ends.get(block).copied().unwrap_or(0);
        let start = block.checked_sub(1).map_or(0, end);
        self.pieces.get(start..end(block)).unwrap_or_default()
    }

    /// The trials as they were before they were cut.
    pub(crate) fn whole(&self) -> &[Recording<'a, T>] {
        &self.whole
    }

    /// How the blocks are drawn.
    pub(crate) const fn resampling(&self) -> Resampling {
        self.resampling
    }

    /// How often each of B blocks is in resample number `draw` of a seed. See [`BlockMoments::fit`](crate::BlockMoments::fit).
    ///
    /// B - 1 blocks are drawn: the variance of the mean of B drawn blocks is (B - 1) / B of that of the mean of B independent
    /// ones, that of B - 1 is equal to it (Rao & Wu, J. Am. Stat. Assoc. 83 (1988) 231-241). With 8 blocks distances would
    /// be 6 % too small otherwise.
    ///
    /// The numbers depend on the seed, the draw and the samples of the recording alone: not on other recordings, nor on the
    /// settings of a fit.
    ///
    /// ```
    /// use dynamical_similarity::{Blocks, Recording};
    /// let samples: Vec<f64> = (0..1000).map(|t| f64::from(t * t % 17)).collect();
    /// let blocks = Blocks::of(&[Recording::new(&samples, 1)?], 3)?;
    /// let weights = blocks.weights(0, 5)?;
    /// assert_eq!((weights.len(), weights.iter().sum::<u32>()), (31, 30));
    /// assert_ne!(weights, blocks.weights(0, 6)?);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn weights(&self, seed: u64, draw: u64) -> Result<Vec<u32>, Error> {
        self.resampling.weights(seed, draw)
    }
}

/// # Errors
/// Those of trials that cannot be cut.
fn check<T: Scalar>(trials: &[Recording<'_, T>], span: usize) -> Result<(), Error> {
    common_channels(trials)?;
    let needed = span.saturating_add(1);
    match trials.iter().enumerate().find(|(_, trial)| trial.samples() < needed) {
        Some((trial, short)) => Err(Error::TooShort { trial, needed, got: short.samples() }),
        None => Ok(()),
    }
}

/// How the blocks of a recording are drawn: a stream of random numbers of its own for each recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Resampling {
    /// What tells the streams of different recordings apart.
    key: u64,
    blocks: usize,
}

impl Resampling {
    pub(crate) fn weights(&self, seed: u64, draw: u64) -> Result<Vec<u32>, Error> {
        let mut weights = try_reserve(self.blocks)?;
        weights.resize(self.blocks, 0_u32);
        let stream = SplitMix::after(seed, 0).next() ^ self.key;
        let before = draw.wrapping_mul(self.blocks as u64);
        let mut random = SplitMix::after(stream, before);
        for _ in 1..self.blocks {
            if let Some(weight) = weights.get_mut(random.below(self.blocks)) {
                *weight = weight.saturating_add(1);
            }
        }
        Ok(weights)
    }
}

/// An empty list with room for something of each of these draws, so that too many are refused before anything is drawn.
///
/// # Errors
/// [`Error::OutOfMemory`].
pub(crate) fn reserve_draws<D>(draws: &Range<u64>) -> Result<Vec<D>, Error> {
    let count = draws.end.saturating_sub(draws.start);
    try_reserve(usize::try_from(count).unwrap_or(usize::MAX))
}

/// A number that differs, as good as certainly, where samples differ.
fn key_of<T: Scalar>(trials: &[Recording<'_, T>]) -> u64 {
    let mut key = 0_u64;
    for trial in trials {
        key = SplitMix::after(key ^ trial.samples() as u64, 0).next();
        for x in trial.as_matrix().columns().flatten() {
            let bits = Into::<f64>::into(*x).to_bits();
            key = SplitMix::after(key ^ bits, 0).next();
        }
    }
    key
}
