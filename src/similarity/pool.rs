//! The best few summits that the exploration of a pair has found, one a basin.

use super::effort::KEEP;
use crate::scalar::Scalar;

/// A summit, by the cosine it reached; its transform is kept beside the others of its pair.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<S> {
    pub(super) cosine: S,
    pub(super) kept: bool,
    pub(super) polished: bool,
}

/// The summits of one pair.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pool<S> {
    candidates: [Candidate<S>; KEEP],
}

impl<S: Scalar> Pool<S> {
    pub(super) fn empty() -> Self {
        let none = Candidate { cosine: -S::ONE, kept: false, polished: false };
        Self { candidates: [none; KEEP] }
    }

    /// The place of the best summit, and its cosine.
    pub(super) fn best(&self) -> Option<(usize, S)> {
        let kept = self.candidates.iter().enumerate().filter(|(_, candidate)| candidate.kept);
        kept.map(|(i, candidate)| (i, candidate.cosine)).fold(None, |best, next| {
            if best.is_none_or(|(_, f)| next.1 > f) { Some(next) } else { best }
        })
    }

    /// Where a summit is to be kept, if at all: in the place of the one in its basin, in a free place, or
    /// in the place of the lowest. `overlap(i)` is |<C, C_i>| / n, which is near 1 in one basin.
    pub(super) fn offer(
        &mut self,
        cosine: S,
        (keep, margin): (usize, S),
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
        let candidate = self.candidates.get_mut(place)?;
        // A summit found again is hardly higher; one that was polished needs a reason to be so again.
        let gain = if candidate.polished { margin / S::of(30.0) } else { S::ZERO };
        let replaces = !candidate.kept || cosine > candidate.cosine + gain;
        if !replaces {
            return None;
        }
        *candidate = Candidate { cosine, kept: true, polished: false };
        Some(place)
    }

    /// The next summit to polish: the first that has not been and is within the margin of the best.
    pub(super) fn next_to_polish(&mut self, margin: S) -> Option<usize> {
        let (_, best) = self.best()?;
        let waits = |candidate: &Candidate<S>| {
            candidate.kept && !candidate.polished && candidate.cosine >= best - margin
        };
        let place = self.candidates.iter().position(waits)?;
        self.candidates.get_mut(place)?.polished = true;
        Some(place)
    }
}
