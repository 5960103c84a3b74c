//! The operators of resamples of a recording under a fan.

use super::plan::{FALLBACK, FanOperators, FanPlan};
use super::preparation::PreparedRecording;
use super::windows::FanWindow;
use crate::data::blocks::{Blocks, reserve_draws};
use crate::dmd::block_moments::BlockMoments;
use crate::error::Error;
use crate::matrix::{Mat, try_reserve};
use alloc::vec::Vec;
use core::ops::Range;

/// The operators of one window: ranks, ascending, and their operators.
type AtRanks = Vec<(usize, Mat<f64>)>;

impl FanPlan {
    /// The operators of resamples of a recording, one after another those of the numbers `draws` of
    /// [`Blocks::weights`](crate::Blocks::weights). All windows of a resample are made of the same blocks.
    ///
    /// A window that is so long that the recording has no 8 blocks for it ([`Blocks::of`](crate::Blocks::of)) has no
    /// operators. Compare resamples in the members that all of them reach.
    ///
    /// ```
    /// use dynamical_similarity::Recording;
    /// use dynamical_similarity::fan::{Sensors, WindowFan};
    /// let samples: Vec<f64> = (0..2000).map(|t| f64::from(t * t % 17) + (0.1 * f64::from(t)).sin()).collect();
    /// let fan = WindowFan::new(Sensors::Shared);
    /// let recording = fan.prepare(&[Recording::new(&samples, 1)?])?;
    /// let plan = fan.plan(&[&recording])?;
    /// let draws = plan.draws(&recording, 1, 0..10)?;
    /// assert_eq!(draws.len(), 10);
    /// // The window in the middle has operators, the longest has none.
    /// assert!(draws[0].operator(2, 3).is_some() && draws[0].operator(plan.windows().len() - 1, 3).is_none());
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    ///
    /// Cost: that of [`fit`](Self::fit), and for each resample and window about 30 m³ flops with m = 36 directions.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if the recording has fewer components than the plan;
    /// [`Error::TooFewBlocks`] if it has too few blocks for every window; those of
    /// [`BlockMoments`](crate::BlockMoments); [`Error::OutOfMemory`] for more draws than there is room for.
    pub fn draws(
        &self,
        recording: &PreparedRecording,
        seed: u64,
        draws: Range<u64>,
    ) -> Result<Vec<FanOperators>, Error> {
        let samples = self.samples(recording)?;
        let trials = samples.recordings()?;
        let mut blocks = Err(Error::Empty);
        for window in self.windows().iter().rev() {
            blocks = Blocks::of(&trials, window.dmd().span());
            if blocks.is_ok() {
                break;
            }
        }
        let blocks = blocks?;
        let mut all = reserve_draws(&draws)?;
        all.extend(draws.clone().map(|_| FanOperators::default()));
        for window in self.windows() {
            let mut of_window = Vec::new();
            if window.dmd().span() <= blocks.span() {
                of_window = self.of_window(*window, &blocks, seed, draws.clone())?;
            }
            let mut of_window = of_window.into_iter();
            all.iter_mut().for_each(|draw| draw.push(of_window.next().unwrap_or_default()));
        }
        Ok(all)
    }

    /// The resamples of one window at all ranks that every one of them reaches.
    fn of_window(
        &self,
        window: FanWindow,
        blocks: &Blocks<'_, f64>,
        seed: u64,
        draws: Range<u64>,
    ) -> Result<Vec<AtRanks>, Error> {
        let mut ranks: Vec<usize> = try_reserve(self.ranks().len().saturating_add(1))?;
        let width = window.delays.saturating_mul(self.components());
        ranks.extend([FALLBACK].iter().chain(self.ranks()).filter(|rank| **rank <= width));
        // Every refusal takes a rank away.
        while let Some(largest) = ranks.last().copied() {
            let moments = BlockMoments::of(blocks, &window.dmd(), largest);
            match moments.and_then(|moments| moments.draws(seed, draws.clone(), &ranks)) {
                Ok(found) => {
                    let with_ranks =
                        |operators: Vec<Mat<f64>>| ranks.iter().copied().zip(operators).collect();
                    return Ok(found.into_iter().map(with_ranks).collect());
                }
                Err(Error::RankTooLarge { available, .. }) => {
                    ranks.retain(|rank| *rank <= available.min(largest.saturating_sub(1)));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Vec::new())
    }
}
