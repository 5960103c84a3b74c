//! Distances of a fan: the mean over its members of distances in units of their medians.

use super::plan::{FALLBACK, FanOperators, FanPlan};
use super::windows::FanWindow;
use crate::error::Error;
use crate::linalg::parallel::{OnProgress, Progress};
use crate::linalg::ranking::{median, rank_correlation};
use crate::matrix::{Grid, MatRef, distances, divide, try_reserve, try_zeros};
use crate::similarity::distance_matrix::{DistanceMatrix, Measure, pair_distances};
use alloc::vec::Vec;
use core::borrow::Borrow;
use core::ops::ControlFlow;

/// A member of a fan: a window, a rank, and what came of them.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct FanMember {
    /// The window.
    pub window: FanWindow,
    /// The rank.
    pub rank: usize,
    /// The median of the positive distances of this member, by which all of them are divided; 0 where there is none. A
    /// recording that joins later is measured in the same units by [`FanPlan::between_with`].
    pub scale: f64,
    /// The rank correlation of the distances of this member with those of the fan, in \[-1, 1\].
    pub agreement: f64,
}

/// The distances of a fan, and its members.
#[derive(Clone, Debug, PartialEq)]
pub struct FanDistances {
    distances: Grid<f64>,
    members: Vec<FanMember>,
}

/// Pairs from which the agreement of members is measured, at most.
const AGREEMENT_PAIRS: usize = 100_000;

impl FanDistances {
    distances!(f64);

    /// The members, by window and rank.
    #[must_use]
    pub fn members(&self) -> &[FanMember] {
        &self.members
    }

    /// The member whose distances order the pairs most like the fan: a single setting that stands for it best.
    #[must_use]
    pub fn most_similar_member(&self) -> Option<&FanMember> {
        // Of equal ones the first.
        self.members.iter().rev().max_by(|a, b| a.agreement.total_cmp(&b.agreement))
    }
}

impl FanPlan {
    /// The distances among recordings: symmetric, zero on the diagonal. They have no unit; 1 is the distance of a typical
    /// pair of this set. `on_progress` is called after each pair of each member.
    ///
    /// # Errors
    /// [`Error::RankTooLarge`] if there is no window and rank that all recordings reach; those of [`DistanceMatrix::among`].
    ///
    /// Cost: that of a comparison times the number of members; 42 is the most.
    pub fn among(
        &self,
        recordings: &[FanOperators],
        measure: &Measure,
        on_progress: OnProgress<'_>,
    ) -> Result<FanDistances, Error> {
        let members = self.members(&[recordings])?;
        self.mean(members, &Sides::Among(recordings), measure, on_progress)
    }

    /// The distances of each of `rows` to each of `columns`.
    ///
    /// # Errors
    /// As [`among`](Self::among).
    pub fn between(
        &self,
        rows: &[FanOperators],
        columns: &[FanOperators],
        measure: &Measure,
        on_progress: OnProgress<'_>,
    ) -> Result<FanDistances, Error> {
        let members = self.members(&[rows, columns])?;
        self.mean(members, &Sides::Between(rows, columns), measure, on_progress)
    }

    /// [`among`](Self::among) with the members of an earlier comparison, in its units.
    ///
    /// # Errors
    /// [`Error::Empty`] without members, or for one of another plan; [`Error::RankTooLarge`] if a recording does not reach a
    /// member; those of [`DistanceMatrix::among`].
    pub fn among_with(
        &self,
        members: &[FanMember],
        recordings: &[FanOperators],
        measure: &Measure,
    ) -> Result<FanDistances, Error> {
        self.mean(self.fixed(members)?, &Sides::Among(recordings), measure, None)
    }

    /// [`between`](Self::between) with the members of an earlier comparison, in its units.
    ///
    /// # Errors
    /// As [`among_with`](Self::among_with).
    pub fn between_with(
        &self,
        members: &[FanMember],
        rows: &[FanOperators],
        columns: &[FanOperators],
        measure: &Measure,
    ) -> Result<FanDistances, Error> {
        self.mean(self.fixed(members)?, &Sides::Between(rows, columns), measure, None)
    }

    /// Those of `members` that all recordings reach.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn reached(
        &self,
        members: &[FanMember],
        recordings: &[FanOperators],
    ) -> Result<Vec<FanMember>, Error> {
        let reached = |member: &&FanMember| {
            let at = self.windows().iter().position(|window| *window == member.window);
            at.is_some_and(|at| recordings.iter().all(|of| of.operator(at, member.rank).is_some()))
        };
        let mut kept = try_reserve(members.len())?;
        kept.extend(members.iter().filter(reached).copied());
        Ok(kept)
    }

    /// The distances of some pairs of recordings with the members of an earlier comparison, in its units; see
    /// [`pair_distances`](crate::pair_distances).
    ///
    /// # Errors
    /// As [`among_with`](Self::among_with), and [`Error::ShapeMismatch`] for a pair of which one recording is not there.
    pub fn pair_distances_with<R: Borrow<FanOperators>>(
        &self,
        members: &[FanMember],
        recordings: &[R],
        pairs: &[(usize, usize)],
        measure: &Measure,
    ) -> Result<Vec<f64>, Error> {
        let mut mean: Vec<f64> = try_zeros(pairs.len())?;
        let share = 1.0 / members.len().max(1) as f64;
        for member in self.fixed(members)? {
            let found = pair_distances(&member.operators(recordings)?, pairs, measure, None)?;
            let scale = member.scale.unwrap_or(0.0);
            if scale > 0.0 {
                mean.iter_mut().zip(&found).for_each(|(to, from)| *to += share * (from / scale));
            }
        }
        match mean.iter().position(|distance| !distance.is_finite()) {
            Some(row) => Err(Error::NonFiniteEntry { row, column: 0 }),
            None => Ok(mean),
        }
    }

    /// The windows and ranks that all recordings reach.
    fn members(&self, sides: &[&[FanOperators]]) -> Result<Vec<Member>, Error> {
        let reached = |window: usize, rank: usize| {
            let mut all = sides.iter().flat_map(|side| side.iter());
            all.all(|recording| recording.operator(window, rank).is_some())
        };
        let mut members = try_reserve(self.windows().len().saturating_mul(self.ranks().len()))?;
        for (at, window) in self.windows().iter().enumerate() {
            let ranks = || self.ranks().iter().copied().filter(|rank| reached(at, *rank));
            let fallback = (ranks().next().is_none() && reached(at, FALLBACK)).then_some(FALLBACK);
            let member = |rank| Member { at, window: *window, rank, scale: None };
            members.extend(ranks().chain(fallback).map(member));
        }
        if members.is_empty() {
            return Err(Error::RankTooLarge { requested: FALLBACK, available: 1 });
        }
        Ok(members)
    }

    /// Members of an earlier comparison.
    fn fixed(&self, members: &[FanMember]) -> Result<Vec<Member>, Error> {
        if members.is_empty() {
            return Err(Error::Empty);
        }
        let mut fixed = try_reserve(members.len())?;
        for FanMember { window, rank, scale, .. } in members {
            let at = self.windows().iter().position(|other| other == window).ok_or(Error::Empty)?;
            fixed.push(Member { at, window: *window, rank: *rank, scale: Some(*scale) });
        }
        Ok(fixed)
    }

    fn mean(
        &self,
        members: Vec<Member>,
        sides: &Sides<'_>,
        measure: &Measure,
        mut on_progress: OnProgress<'_>,
    ) -> Result<FanDistances, Error> {
        let (rows, cols) = sides.shape();
        let mut distances = Grid::zeros(rows, cols)?;
        let pairs = sides.pairs(distances.values()).count();
        let (step, total) =
            (pairs.div_ceil(AGREEMENT_PAIRS).max(1), members.len().saturating_mul(pairs));
        let share = 1.0 / members.len().max(1) as f64;
        let (mut found, mut samples) = (try_reserve(members.len())?, try_reserve(members.len())?);
        for (done, member) in members.into_iter().enumerate() {
            let before = done.saturating_mul(pairs);
            let mut step_on = |at: Progress| {
                let Some(call) = &mut on_progress else { return ControlFlow::Continue(()) };
                call(Progress { done: before.saturating_add(at.done), total })
            };
            let matrix = sides.measured(&member, measure, Some(&mut step_on))?;
            let scale = match member.scale {
                Some(scale) => scale,
                None => typical(sides.pairs(matrix.distances()))?,
            };
            if scale > 0.0 {
                let entries = distances.values_mut().iter_mut().zip(matrix.distances());
                entries.for_each(|(to, from)| *to += share * (from / scale));
            }
            let mut sample: Vec<f64> = try_reserve(pairs.div_ceil(step))?;
            sample.extend(sides.pairs(matrix.distances()).step_by(step));
            samples.push(sample);
            found.push(FanMember {
                window: member.window,
                rank: member.rank,
                scale,
                agreement: 0.0,
            });
        }
        if let Some(at) = distances.values().iter().position(|distance| !distance.is_finite()) {
            let (row, column) = divide(at, cols);
            return Err(Error::NonFiniteEntry { row, column });
        }
        let mut mean: Vec<f64> = try_reserve(pairs.div_ceil(step))?;
        mean.extend(sides.pairs(distances.values()).step_by(step));
        for (member, sample) in found.iter_mut().zip(&samples) {
            member.agreement = rank_correlation(sample, &mean)?;
        }
        Ok(FanDistances { distances, members: found })
    }
}

/// The median of the positive distances; 0 if there is none.
fn typical(distances: impl Iterator<Item = f64> + Clone) -> Result<f64, Error> {
    let mut positive = try_reserve(distances.clone().count())?;
    positive.extend(distances.filter(|distance| *distance > 0.0));
    Ok(median(&mut positive).unwrap_or(0.0))
}

/// The recordings in the rows and in the columns of a matrix.
enum Sides<'a> {
    Among(&'a [FanOperators]),
    Between(&'a [FanOperators], &'a [FanOperators]),
}

impl Sides<'_> {
    const fn shape(&self) -> (usize, usize) {
        match self {
            Self::Among(recordings) => (recordings.len(), recordings.len()),
            Self::Between(rows, columns) => (rows.len(), columns.len()),
        }
    }

    /// The entries of a matrix that belong to pairs: of a square one those below the diagonal.
    fn pairs<'v>(&self, values: &'v [f64]) -> impl Iterator<Item = f64> + Clone + use<'v> {
        let (among, (_, cols)) = (matches!(self, Self::Among(_)), self.shape());
        let is_pair = move |at: usize| {
            let (row, column) = divide(at, cols);
            !among || column < row
        };
        values.iter().enumerate().filter(move |(at, _)| is_pair(*at)).map(|(_, value)| *value)
    }

    fn measured(
        &self,
        member: &Member,
        measure: &Measure,
        on_progress: OnProgress<'_>,
    ) -> Result<DistanceMatrix<f64>, Error> {
        match self {
            Self::Among(recordings) => {
                DistanceMatrix::among(&member.operators(recordings)?, measure, on_progress)
            }
            Self::Between(rows, columns) => {
                let (rows, columns) = (member.operators(rows)?, member.operators(columns)?);
                DistanceMatrix::between(&rows, &columns, measure, on_progress)
            }
        }
    }
}

/// A member before its distances are known.
struct Member {
    /// The number of its window.
    at: usize,
    window: FanWindow,
    rank: usize,
    /// The unit of its distances, if it is given.
    scale: Option<f64>,
}

impl Member {
    /// The operators of recordings under this member.
    fn operators<'a, R: Borrow<FanOperators>>(
        &self,
        recordings: &'a [R],
    ) -> Result<Vec<MatRef<'a, f64>>, Error> {
        let mut operators = try_reserve(recordings.len())?;
        for recording in recordings {
            let found = recording.borrow().operator(self.at, self.rank);
            let missing = Error::RankTooLarge {
                requested: self.rank,
                available: self.rank.saturating_sub(1),
            };
            operators.push(found.ok_or(missing)?);
        }
        Ok(operators)
    }
}
