//! Nearest neighbours of operators, without comparing all pairs.
//!
//! ```text
//! bound(i, j) = a lower bound of the distance, from the spectra of both operators       for all pairs
//! repeat until no pair is left to search
//!     for each operator i, along its others j by ascending bound
//!         it is settled if it has k neighbours and bound(i, j) is above the distance of the k-th
//!         otherwise search the pair (i, j), if that has not been done
//!     put every pair that was searched into the lists of both
//! ```
//!
//! A search finds the best of many local optima, so that the distances that it reports need not obey the triangle inequality:
//! d(i, j) is at most d(i, l) + d(l, j) for the true distances only, which lie between bound and distance. A true bound of
//! d(i, j) would be bound(i, l) - distance(l, j). But the spectral bound is the distance between two spectra, and so obeys the
//! inequality itself: bound(i, l) - distance(l, j) <= bound(i, l) - bound(l, j) <= bound(i, j). The spectral bound alone is
//! used, which no search can fall below.

use super::distance_matrix::{
    HasOperator, Measure, PairDistance, certify, check_ranks, compare_pairs, compare_prepared,
    largest_order, prepare_all, prepared_memory, views,
};
use super::procrustes::certify::check_certifiable;
use super::procrustes::prepared::Prepared;
use super::procrustes::settings::Procrustes;
use crate::error::Error;
use crate::linalg::parallel::{OnProgress, PairCounter, map_all};
use crate::matrix::{MatRef, pairs_among, try_reserve};
use crate::scalar::Scalar;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// Pairs that a round of searches should have at least, so that no vector lane is idle.
const ROUND: usize = 64;

/// A neighbour of an operator.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Neighbour<T> {
    /// Its number.
    pub index: usize,
    /// The distance, its lower bound, and whether they meet.
    pub found: PairDistance<T>,
}

/// The nearest neighbours of every operator of a set; see [`nearest`].
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours<T> {
    of: Vec<Vec<Neighbour<T>>>,
    searches: usize,
}

impl<T: Scalar> Neighbours<T> {
    /// The neighbours of operator i, the nearest first, and of equally near ones the one with the smaller number; none if
    /// there is no such operator.
    #[must_use]
    pub fn of(&self, i: usize) -> &[Neighbour<T>] {
        self.of.get(i).map_or(&[], Vec::as_slice)
    }

    /// How many operators there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.of.len()
    }

    /// Pairs whose distance was searched for; a matrix of distances needs n (n - 1) / 2.
    #[must_use]
    pub const fn searches(&self) -> usize {
        self.searches
    }
}

/// The `k` nearest neighbours of every operator: those of a [`DistanceMatrix`](crate::DistanceMatrix), to the bit and in the
/// order of their distances, of equal distances the smaller number first. There are fewer where the set is smaller.
///
/// A Procrustes distance is searched for only where a lower bound in closed form does not rule the pair out. Where operators
/// form families that are far apart, most pairs are ruled out; where all distances are alike, few are. Wasserstein distances cost
/// little more than a bound, and all of them are computed.
///
/// `on_progress`, if there is one, is called when the neighbours of an operator are settled, with the number of those that are.
///
/// Cost: 5 n flops for each pair, and the searches. Memory: that of prepared operators, and 17 bytes for each pair in f64.
///
/// ```
/// use dynamical_similarity::{DistanceMatrix, MatRef, Measure, Procrustes, nearest};
/// // Two families of operators: three slow oscillations, and three fast ones.
/// let operator = |step: f64, x: f64| [step.cos(), step.sin(), x, -step.sin(), step.cos(), 0.0, 0.0, 0.0, 0.5];
/// let entries: Vec<[f64; 9]> = (0..6)
///     .map(|i| operator(if i < 3 { 0.2 } else { 1.2 }, 0.01 * f64::from(i)))
///     .collect();
/// let operators: Vec<_> = entries.iter().map(|a| MatRef::new(a, 3, 3).unwrap()).collect();
/// let measure = Measure::Procrustes(Procrustes::new());
/// let found = nearest(&operators, 2, &measure, None)?;
/// assert!(found.of(1).iter().all(|neighbour| neighbour.index < 3));
/// assert_eq!(found.searches(), 6); // of 15 pairs
/// let matrix = DistanceMatrix::among(&operators, &measure, None)?;
/// let first = found.of(5)[0];
/// assert_eq!(first.found.distance, matrix.distance(5, first.index));
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
///
/// # Errors
/// As [`DistanceMatrix::among`](crate::DistanceMatrix::among). A pair that is ruled out cannot fail.
pub fn nearest<T: Scalar, M: HasOperator<T>>(
    operators: &[M],
    k: usize,
    measure: &Measure,
    on_progress: OnProgress<'_>,
) -> Result<Neighbours<T>, Error> {
    let operators = views(operators);
    let counter = PairCounter::new(operators.len(), on_progress);
    let (procrustes, certified) = match measure {
        Measure::Procrustes(procrustes) => (procrustes, false),
        Measure::CertifiedProcrustes(procrustes) => (procrustes, true),
        Measure::Wasserstein(_) => {
            let pairs = pairs_among(operators.len());
            let found = compare_pairs(&operators, &pairs, measure, None)?;
            let mut search = Search::new(Vec::new(), operators.len(), k)?;
            search.take(&pairs, &found);
            operators.iter().for_each(|_| counter.step());
            counter.check()?;
            return Ok(search.finish());
        }
    };
    check_ranks(&operators, &pairs_among(operators.len()), measure)?;
    let order = largest_order(&operators);
    if certified {
        check_certifiable(order)?;
    }
    let mut memory = prepared_memory(&operators, order, procrustes)?;
    let prepared = prepare_all(&operators, order, procrustes, &mut memory)?;
    let mut search = Search::new(candidates(&prepared, procrustes)?, operators.len(), k)?;
    // Every round searches a pair, or is the last.
    loop {
        let pairs = search.round(|| counter.step())?;
        counter.check()?;
        if pairs.is_empty() {
            return Ok(search.finish());
        }
        let mut found = compare_prepared(&prepared, &pairs, order, procrustes, &counter, |_| {})?;
        if certified {
            prove(&operators, &pairs, order, procrustes, &mut found)?;
        }
        search.take(&pairs, &found);
    }
}

/// Proves the pairs of a round.
fn prove<T: Scalar>(
    operators: &[MatRef<'_, T>],
    pairs: &[(usize, usize)],
    order: usize,
    procrustes: &Procrustes,
    found: &mut [PairDistance<T>],
) -> Result<(), Error> {
    certify(operators, pairs, order, procrustes, found, &PairCounter::new(pairs.len(), None))
}

/// Another operator, and a lower bound of the distance to it.
struct Candidate<T> {
    bound: T,
    index: usize,
}

/// All others of each operator, by ascending bound.
fn candidates<T: Scalar>(
    prepared: &[Prepared<'_, T>],
    procrustes: &Procrustes,
) -> Result<Vec<Vec<Candidate<T>>>, Error> {
    let of_one = |(i, one): (usize, &Prepared<'_, T>)| {
        let mut others = try_reserve(prepared.len().saturating_sub(1))?;
        let bounds = prepared.iter().enumerate().filter(|(j, _)| *j != i);
        others.extend(bounds.map(|(index, other)| {
            let bound = procrustes.least_distance(one, other);
            Candidate { bound, index }
        }));
        others.sort_unstable_by(|a: &Candidate<T>, b| {
            ordered(a.bound, b.bound).then(a.index.cmp(&b.index))
        });
        Ok(others)
    };
    map_all(prepared.iter().enumerate().collect(), of_one).into_iter().collect()
}

/// The order of two finite numbers.
fn ordered<T: Scalar>(a: T, b: T) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

/// The state of a search for neighbours.
struct Search<T> {
    k: usize,
    candidates: Vec<Vec<Candidate<T>>>,
    /// The next candidate of each operator; beyond them all once it is settled.
    next: Vec<usize>,
    /// The neighbours so far, at most k.
    nearest: Vec<Vec<Neighbour<T>>>,
    /// Whether a pair i > j has been searched, at i (i - 1) / 2 + j.
    searched: Vec<bool>,
    searches: usize,
}

impl<T: Scalar> Search<T> {
    fn new(candidates: Vec<Vec<Candidate<T>>>, count: usize, k: usize) -> Result<Self, Error> {
        let (mut next, mut nearest) = (try_reserve(count)?, try_reserve(count)?);
        next.resize(candidates.len(), 0);
        nearest.resize_with(count, Vec::new);
        let pairs = pair_index(count, 0);
        let mut searched = try_reserve(pairs)?;
        searched.resize(pairs, false);
        Ok(Self { k, candidates, next, nearest, searched, searches: 0 })
    }

    /// The pairs that the next round searches: of each operator that is not settled some of the next candidates, as many as
    /// it needs neighbours in the first round, and later one, or as many as fill the lanes.
    fn round(&mut self, mut settled: impl FnMut()) -> Result<Vec<(usize, usize)>, Error> {
        let count = self.candidates.len();
        let later = ROUND.checked_div(count).unwrap_or(0).max(1);
        let is_first = self.searches == 0;
        let most = if is_first { self.k } else { later };
        let mut pairs = try_reserve(count.saturating_mul(most))?;
        for (i, (candidates, next)) in self.candidates.iter().zip(&mut self.next).enumerate() {
            let nearest = self.nearest.get(i).map_or(&[][..], Vec::as_slice);
            let farthest = nearest.last().filter(|_| nearest.len() >= self.k);
            let mut taken = 0_usize;
            while let Some(Candidate { bound, index }) = candidates.get(*next) {
                if self.k == 0 || farthest.is_some_and(|last| *bound > last.found.distance) {
                    *next = candidates.len();
                    break;
                }
                if taken == most {
                    break;
                }
                *next = next.saturating_add(1);
                let pair = (i.max(*index), i.min(*index));
                if let Some(searched @ false) = self.searched.get_mut(pair_index(pair.0, pair.1)) {
                    *searched = true;
                    pairs.push(pair);
                    taken = taken.saturating_add(1);
                } else if is_first {
                    // The other operator of the pair has asked for it, and this one waits for it too.
                    taken = taken.saturating_add(1);
                }
            }
            if *next == candidates.len() {
                *next = usize::MAX;
                settled();
            }
        }
        self.searches = self.searches.saturating_add(pairs.len());
        Ok(pairs)
    }

    /// Puts pairs that were compared into the lists of both operators.
    fn take(&mut self, pairs: &[(usize, usize)], found: &[PairDistance<T>]) {
        if self.candidates.is_empty() {
            self.searches = pairs.len();
        }
        for ((i, j), found) in pairs.iter().zip(found) {
            for (one, other) in [(*i, *j), (*j, *i)] {
                let Some(list) = self.nearest.get_mut(one) else { continue };
                let is_nearer = |of: &Neighbour<T>| {
                    let order = ordered(of.found.distance, found.distance);
                    order.then(of.index.cmp(&other)) == Ordering::Less
                };
                let place = list.partition_point(is_nearer);
                if place < self.k {
                    list.truncate(self.k.saturating_sub(1));
                    list.insert(place, Neighbour { index: other, found: *found });
                }
            }
        }
    }

    fn finish(self) -> Neighbours<T> {
        Neighbours { of: self.nearest, searches: self.searches }
    }
}

/// The place of the pair i > j among all pairs.
const fn pair_index(i: usize, j: usize) -> usize {
    (i.saturating_mul(i.saturating_sub(1)) / 2).saturating_add(j)
}
