//! The plan of a fan, which all recordings share, and the operators of one recording under it.

use super::preparation::PreparedRecording;
use super::time_scale::autocorrelation_time;
use super::windows::{FanWindow, Scale};
use crate::data::samples::Samples;
use crate::dmd::rank::Rank;
use crate::dmd::settings::Dmd;
use crate::error::Error;
use crate::matrix::{Mat, MatRef, try_reserve};
use alloc::vec::Vec;
use core::borrow::Borrow;

/// The windows and ranks of a fan, chosen for a set of recordings.
///
/// | what | rule |
/// | --- | --- |
/// | components n | the fewest that a recording has, at most 10 |
/// | time scale t | lower median over recordings of the first lag with an autocorrelation below 1/e |
/// | base span S0 | min(max(16, 4 t), N / 8), at least 2, with N the samples of the shortest trial |
/// | spans S | S0 times 1/8, 1/4, 1/2, 1, 2 and 4 |
/// | delays d | min(12, S, min(200, N / 3) / n), at least 1 |
/// | interval tau | S / d, rounded; windows with (d - 1) tau > 0.4 N are left out |
/// | steps ahead k | min(t / 4, N / 20), at least 1, the same for all windows |
/// | ranks r | 3 to 9 that every recording reaches, with r + 2 pairs of windows at least; 2 where there is none |
///
/// With k steps ahead an oversampled recording has eigenvalues that are not all near 1.
///
/// Quotients are rounded to the nearest whole number, to the even one of two; those of d are rounded down.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FanPlan {
    components: usize,
    time_scale: f64,
    base_span: f64,
    windows: Vec<FanWindow>,
    ranks: Vec<usize>,
    single: Option<FanWindow>,
}

/// Where no rank of the fan is reached.
pub(super) const FALLBACK: usize = 2;
/// Pairs of windows that a fit has more than its rank, at least.
const SPARE_PAIRS: usize = 2;

impl FanPlan {
    pub(super) fn of<R: Borrow<PreparedRecording>>(
        recordings: &[R],
        quick: bool,
    ) -> Result<Self, Error> {
        let all = || recordings.iter().map(Borrow::borrow);
        let components = all().map(PreparedRecording::components).min();
        let components = components.ok_or(Error::Empty)?;
        let mut times = try_reserve(recordings.len())?;
        for recording in all() {
            let samples = recording.leading(components)?;
            times.push(autocorrelation_time(&samples.recordings()?)?);
        }
        times.sort_unstable_by(f64::total_cmp);
        let time = times.get(times.len().saturating_sub(1) / 2).copied().unwrap_or(1.0);
        let shortest = all().map(|recording| recording.lengths().shortest).min();
        let scale = Scale { time, samples: shortest.unwrap_or(0), components };
        let mut windows = try_reserve(6)?;
        windows.extend(scale.windows().filter(|window| window.pairs(scale.samples) > 0));
        if windows.is_empty() {
            return Err(Error::TooShort { trial: 0, needed: 2, got: scale.samples });
        }
        let mut ranks = try_reserve(7)?;
        ranks.extend((3..=9).step_by(if quick { 2 } else { 1 }));
        let (base_span, single) = (scale.base_span(), scale.single());
        Ok(Self { components, time_scale: time, base_span, windows, ranks, single })
    }

    /// Components of every recording.
    #[must_use]
    pub const fn components(&self) -> usize {
        self.components
    }

    /// The autocorrelation time t of the recordings, in samples.
    #[must_use]
    pub const fn time_scale(&self) -> f64 {
        self.time_scale
    }

    /// The base span S0, in samples.
    #[must_use]
    pub const fn base_span(&self) -> f64 {
        self.base_span
    }

    /// The windows, from short to long.
    #[must_use]
    pub fn windows(&self) -> &[FanWindow] {
        &self.windows
    }

    /// The ranks that are tried with every window, ascending.
    #[must_use]
    pub fn ranks(&self) -> &[usize] {
        &self.ranks
    }

    /// Settings for a single operator, where one is wanted (a spectrum, a prediction, a picture): a span of 3 t, 16 samples
    /// at least and an eighth of the shortest trial at most, 5 delays at most, t / 2 steps ahead. The rank is left to the
    /// caller; 8 at most is in keeping with the fan. It is one member of many, and no better than the others.
    #[must_use]
    pub fn single(&self) -> Option<Dmd> {
        self.single.map(|window| window.dmd())
    }

    /// Fits the operators of a recording: for every window all ranks that it reaches, from one decomposition.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if the recording has fewer components than the plan; the error of the shortest window at
    /// rank 2 if no window has an operator; [`Error::OutOfMemory`].
    ///
    /// Cost: for each of the six windows N p² + 10 p³ flops with p <= 200 entries, and p² scalars.
    pub fn fit(&self, recording: &PreparedRecording) -> Result<FanOperators, Error> {
        let expected = self.components;
        let samples = self.samples(recording)?;
        let trials = samples.recordings()?;
        let mut windows = try_reserve(self.windows.len())?;
        let mut refused = Error::Empty;
        for window in self.windows.iter().rev() {
            let pairs = trials
                .iter()
                .fold(0_usize, |sum, trial| sum.saturating_add(window.pairs(trial.samples())));
            let most =
                window.delays.saturating_mul(expected).min(pairs.saturating_sub(SPARE_PAIRS));
            let mut ranks: Vec<usize> = try_reserve(self.ranks.len().saturating_add(1))?;
            ranks.push(FALLBACK);
            ranks.extend(self.ranks.iter().filter(|rank| **rank <= most));
            let models = window.dmd().rank(Rank::Full).fit_ranks(&trials, &ranks)?;
            let mut operators = try_reserve(ranks.len())?;
            for (rank, model) in ranks.into_iter().zip(models) {
                match model {
                    Ok(model) => operators.push((rank, Mat::copy_of(model.operator())?)),
                    Err(error @ Error::OutOfMemory { .. }) => return Err(error),
                    Err(error) if rank == FALLBACK => refused = error,
                    Err(_) => {}
                }
            }
            windows.push(operators);
        }
        windows.reverse();
        if windows.iter().all(Vec::is_empty) {
            return Err(refused);
        }
        Ok(FanOperators { windows })
    }
}

impl FanPlan {
    /// The components of a recording that the plan compares.
    pub(super) fn samples(&self, recording: &PreparedRecording) -> Result<Samples, Error> {
        let (expected, got) = (self.components, recording.components());
        if got < expected {
            return Err(Error::ShapeMismatch { what: "the number of components", expected, got });
        }
        recording.leading(expected)
    }
}

/// The operators of a recording under a [`FanPlan`].
#[derive(Clone, Debug, Default)]
pub struct FanOperators {
    /// For every window of the plan the ranks that were reached, ascending, with their operators.
    windows: Vec<Vec<(usize, Mat<f64>)>>,
}

impl FanOperators {
    /// The operator of a window, counted as in [`FanPlan::windows`], at a rank; `None` if the recording does not reach it.
    #[must_use]
    pub fn operator(&self, window: usize, rank: usize) -> Option<MatRef<'_, f64>> {
        let found = self.windows.get(window)?.iter().find(|(of, _)| *of == rank);
        found.map(|(_, operator)| operator.as_ref())
    }

    /// Adds the operators of the next window.
    pub(super) fn push(&mut self, window: Vec<(usize, Mat<f64>)>) {
        self.windows.push(window);
    }
}
