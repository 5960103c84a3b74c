//! The best summits that the exploration of a pair has found, at most one per basin.

use crate::scalar::Scalar;
use crate::similarity::procrustes::effort::KEEP;

/// The cosine of a pair that has no result yet. It lies below every cosine that a transform can have, -1
/// with its rounding included: A = I and B = -I reach exactly -1 with every transform.
pub(super) fn no_result<S: Scalar>() -> S {
    -S::TWO
}

/// A summit, by the cosine it reached; its transform is kept with the others of its pair.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<S> {
    pub(super) cosine: S,
    pub(super) kept: bool,
    pub(super) polished: bool,
    /// Starts that led here.
    pub(super) hits: usize,
}

/// Which summits are kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Admission<S> {
    /// How many at most.
    pub(super) keep: usize,
    /// How far below the best one.
    pub(super) margin: S,
}

/// The summits of one pair.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pool<S> {
    candidates: [Candidate<S>; KEEP],
}

impl<S: Scalar> Pool<S> {
    pub(super) fn empty() -> Self {
        let none = Candidate { cosine: no_result(), kept: false, polished: false, hits: 0 };
        Self { candidates: [none; KEEP] }
    }

    /// The place of the best summit, and its cosine.
    pub(super) fn best(&self) -> Option<(usize, S)> {
        let kept = self.candidates.iter().enumerate().filter(|(_, candidate)| candidate.kept);
        kept.map(|(i, candidate)| (i, candidate.cosine)).fold(None, |best, next| {
            if best.is_none_or(|(_, f)| next.1 > f) { Some(next) } else { best }
        })
    }

    /// A larger stage polishes all of them again, to its own tolerance.
    pub(super) fn reopen(&mut self) {
        for candidate in &mut self.candidates {
            candidate.polished = false;
        }
    }

    /// The summit at `place` was polished to this cosine.
    pub(super) fn raise(&mut self, place: usize, cosine: S) {
        if let Some(candidate) = self.candidates.get_mut(place) {
            candidate.cosine = cosine;
        }
    }

    /// Counts a start that was seen to climb to the summit at `place`.
    pub(super) fn count_hit(&mut self, place: usize) {
        if let Some(candidate) = self.candidates.get_mut(place) {
            candidate.hits = candidate.hits.saturating_add(1);
        }
    }

    /// Starts that led to the best summit.
    pub(super) fn hits(&self) -> usize {
        let best = self.best().and_then(|(place, _)| self.candidates.get(place));
        best.map_or(0, |candidate| candidate.hits)
    }

    /// The first summit that `found` says yes to.
    pub(super) fn find(&self, found: impl Fn(usize) -> bool) -> Option<usize> {
        let kept = self.candidates.iter().enumerate().filter(|(_, candidate)| candidate.kept);
        kept.map(|(place, _)| place).find(|place| found(*place))
    }

    /// Where a summit is to be kept, if at all: in the place of the one in its basin, in a free place, or
    /// in the place of the lowest. `overlap(i)` is |<C, C_i>| / n, which is near 1 in one basin.
    pub(super) fn offer(
        &mut self,
        cosine: S,
        Admission { keep, margin }: Admission<S>,
        overlap: impl Fn(usize) -> S,
    ) -> Option<usize> {
        let competes = self.best().is_none_or(|(_, best)| cosine >= best - margin);
        if !competes {
            return None;
        }
        let same_basin = |i: usize| overlap(i) > S::of(0.95);
        let kept = self.candidates.iter().enumerate().filter(|(_, candidate)| candidate.kept);
        let here = kept.map(|(i, _)| i).find(|i| same_basin(*i));
        let free = || self.candidates.iter().take(keep).position(|candidate| !candidate.kept);
        let lowest = || {
            let all = self.candidates.iter().enumerate().take(keep);
            all.fold((0, S::MAX), |low, (i, candidate)| {
                if candidate.cosine < low.1 { (i, candidate.cosine) } else { low }
            })
        };
        let place = here.or_else(free).unwrap_or_else(|| lowest().0);
        if here.is_some() {
            self.count_hit(place);
        }
        let candidate = self.candidates.get_mut(place)?;
        // A summit found again is hardly higher; one that was polished needs a reason to be so again.
        let gain = if candidate.polished { margin / S::of(30.0) } else { S::ZERO };
        let replaces = !candidate.kept || cosine > candidate.cosine + gain;
        if !replaces {
            return None;
        }
        let hits = if here.is_some() { candidate.hits } else { 1 };
        *candidate = Candidate { cosine, kept: true, polished: false, hits };
        Some(place)
    }

    /// The next summit to polish: the best that has not been and is within the margin of the best. So the
    /// polish of a lower one ends as soon as it is seen to stay below.
    pub(super) fn next_to_polish(&mut self, margin: S) -> Option<usize> {
        let (_, best) = self.best()?;
        let waits = |candidate: &Candidate<S>| {
            candidate.kept && !candidate.polished && candidate.cosine >= best - margin
        };
        let waiting = self.candidates.iter().enumerate().filter(|(_, candidate)| waits(candidate));
        let (place, _) = waiting.fold(None, |first: Option<(usize, S)>, (i, next)| {
            if first.is_none_or(|(_, f)| next.cosine > f) { Some((i, next.cosine)) } else { first }
        })?;
        self.candidates.get_mut(place)?.polished = true;
        Some(place)
    }
}
