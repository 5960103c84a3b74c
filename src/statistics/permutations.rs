//! Permutation of labels: all arrangements where they are few, else random ones; within strata if wanted.

use super::groups::Groups;
use crate::error::{Error, Setting};
use crate::linalg::random::SplitMix;
use crate::matrix::try_reserve;
use alloc::vec::Vec;

/// How labels are permuted.
///
/// ```
/// use dynamical_similarity::statistics::{Groups, Permutations};
/// // Sessions of three subjects: labels are exchanged among the sessions of one subject.
/// let subjects = Groups::new(&["x", "x", "y", "y", "z", "z"])?;
/// let permutations = Permutations::new().count(999).seed(7).within(&subjects);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permutations {
    count: usize,
    seed: u64,
    strata: Option<Groups>,
}

/// The result of a permutation test.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PermutationTest {
    /// The probability of a statistic at least as extreme as the observed one if labels meant nothing:
    /// (1 + k) / (1 + N) for k of N random permutations, or the share of all arrangements; never 0.
    pub p: f64,
    /// Random permutations, or all arrangements, the observed one among them.
    pub permutations: usize,
    /// Whether all arrangements were looked at.
    pub exact: bool,
}

/// A test, and the mean of its statistic over the permutations.
pub(super) struct Permuted {
    pub(super) test: PermutationTest,
    pub(super) mean: f64,
}

/// Statistics that differ by less are equal: sums of the same terms in another order.
const TIE: f64 = 1e-12;

impl Default for Permutations {
    fn default() -> Self {
        Self::new()
    }
}

impl Permutations {
    /// 9 999 permutations from seed 0, of all labels among all recordings.
    #[must_use]
    pub const fn new() -> Self {
        Self { count: 9_999, seed: 0, strata: None }
    }

    /// How many random permutations are drawn, at least 1. Where labels have at most so many different arrangements, all
    /// of them are taken instead, and p is exact.
    #[must_use]
    pub fn count(self, count: usize) -> Self {
        Self { count, ..self }
    }

    /// The seed of the random permutations.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Exchanges labels only among recordings of one stratum. Recordings of one subject are not independent: where
    /// each subject has recordings of every group, exchange labels within subjects.
    #[must_use]
    pub fn within(self, strata: &Groups) -> Self {
        Self { strata: Some(strata.clone()), ..self }
    }

    /// The same settings for some of the recordings.
    pub(super) fn among(&self, chosen: &[usize]) -> Result<Self, Error> {
        let of = |strata: &Groups| {
            let of_each = strata.of_each();
            let kept: Vec<usize> = chosen.iter().filter_map(|i| of_each.get(*i).copied()).collect();
            Groups::new(&kept)
        };
        let strata = self.strata.as_ref().map(of).transpose()?;
        Ok(Self { count: self.count, seed: self.seed, strata })
    }

    /// How often a statistic of permuted labels is at least the observed one.
    ///
    /// ```text
    /// 1  all arrangements, if there are at most N:  k = those with a statistic >= observed, the observed one among them
    /// 2                                             p = k / all
    /// 3  else N times:  shuffle the labels of each stratum;  k = those with a statistic >= observed
    /// 4                 p = (1 + k) / (1 + N)
    /// ```
    ///
    /// Cost: one call of `statistic` per permutation.
    pub(super) fn run(
        &self,
        labels: &[usize],
        observed: f64,
        mut statistic: impl FnMut(&[usize]) -> f64,
    ) -> Result<Permuted, Error> {
        if self.count == 0 {
            let expected = "at least 1";
            return Err(Error::InvalidSetting { setting: Setting::Permutations, expected });
        }
        let mut labels = Labels::new(labels, self.strata.as_ref())?;
        let arrangements = labels.arrangements();
        if arrangements == 1 {
            return Err(Error::NothingToPermute);
        }
        let least = observed - TIE * observed.abs().max(1.0);
        let exact = arrangements <= self.count;
        let (mut extreme, mut sum) = (0_usize, 0.0);
        let mut look = |labels: &[usize], is_observed: bool| {
            let found = statistic(labels);
            sum += found;
            extreme = extreme.saturating_add(usize::from(is_observed || found >= least));
        };
        let permutations = if exact {
            labels.sort();
            // Line 1: the first arrangement is the sorted one, and there are as many as were counted.
            for _ in 0..arrangements {
                look(&labels.now, labels.now == labels.observed);
                labels.next_arrangement();
            }
            arrangements
        } else {
            let mut random = SplitMix::after(self.seed, 0);
            for _ in 0..self.count {
                labels.shuffle(&mut random);
                look(&labels.now, false);
            }
            self.count
        };
        let drawn = permutations as f64;
        let p = if exact { extreme as f64 / drawn } else { (extreme as f64 + 1.0) / (drawn + 1.0) };
        let test = PermutationTest { p, permutations, exact };
        Ok(Permuted { test, mean: sum / drawn })
    }
}

/// Labels on their way through their arrangements.
struct Labels {
    observed: Vec<usize>,
    now: Vec<usize>,
    /// The recordings of each stratum.
    strata: Vec<Vec<usize>>,
}

impl Labels {
    fn new(labels: &[usize], strata: Option<&Groups>) -> Result<Self, Error> {
        let copy = || -> Result<Vec<usize>, Error> {
            let mut copy = try_reserve(labels.len())?;
            copy.extend_from_slice(labels);
            Ok(copy)
        };
        let of_each = match strata {
            None => alloc::vec![(0..labels.len()).collect()],
            Some(strata) => {
                let strata_of = strata.of_each().len();
                crate::matrix::check("the number of strata labels", labels.len(), strata_of)?;
                (0..strata.sizes().len()).map(|stratum| strata.members(stratum)).collect()
            }
        };
        Ok(Self { observed: copy()?, now: copy()?, strata: of_each })
    }

    /// The number of different arrangements, product over the strata of size! / (product of label counts!); saturates.
    fn arrangements(&self) -> usize {
        let mut all = 1_u128;
        for stratum in &self.strata {
            let mut labels = self.of(stratum);
            labels.sort_unstable();
            // Multiset coefficient as a product of binomial coefficients C(placed, of one label).
            let (mut placed, mut start) = (0_u128, 0);
            while let Some(label) = labels.get(start) {
                let same = labels.iter().filter(|other| *other == label).count();
                for k in 1..=same as u128 {
                    placed = placed.saturating_add(1);
                    all = all.saturating_mul(placed) / k;
                    if all >= usize::MAX as u128 {
                        return usize::MAX;
                    }
                }
                start = start.saturating_add(same);
            }
        }
        usize::try_from(all).unwrap_or(usize::MAX)
    }

    fn of(&self, stratum: &[usize]) -> Vec<usize> {
        stratum.iter().filter_map(|at| self.now.get(*at).copied()).collect()
    }

    fn put(&mut self, stratum: usize, labels: &[usize]) {
        let places = self.strata.get(stratum).into_iter().flatten();
        for (at, label) in places.zip(labels) {
            if let Some(place) = self.now.get_mut(*at) {
                *place = *label;
            }
        }
    }

    /// The first arrangement: labels ascending in each stratum.
    fn sort(&mut self) {
        for stratum in 0..self.strata.len() {
            let mut labels =
                self.strata.get(stratum).map(|places| self.of(places)).unwrap_or_default();
            labels.sort_unstable();
            self.put(stratum, &labels);
        }
    }

    /// The arrangement after this one: of the first stratum that has a later one, those before it starting again.
    fn next_arrangement(&mut self) {
        for stratum in 0..self.strata.len() {
            let mut labels =
                self.strata.get(stratum).map(|places| self.of(places)).unwrap_or_default();
            let is_later = advance(&mut labels);
            self.put(stratum, &labels);
            if is_later {
                return;
            }
        }
    }

    /// A random arrangement (Fisher & Yates, in the form of Durstenfeld, CACM 7 (1964) 420).
    fn shuffle(&mut self, random: &mut SplitMix) {
        for places in &self.strata {
            for last in (1..places.len()).rev() {
                let other = random.below(last.saturating_add(1));
                if let (Some(a), Some(b)) = (places.get(last), places.get(other)) {
                    self.now.swap(*a, *b);
                }
            }
        }
    }
}

/// The next arrangement in lexicographic order; after the last one, the first again, and `false`.
///
/// Source: Knuth, The Art of Computer Programming 4A, section 7.2.1.2, algorithm L.
fn advance(labels: &mut [usize]) -> bool {
    let ascent = labels.windows(2).rposition(|pair| matches!(pair, [a, b] if a < b));
    let Some(at) = ascent else {
        labels.reverse();
        return false;
    };
    let smaller = labels.get(at).copied().unwrap_or_default();
    if let Some(next) = labels.iter().rposition(|label| *label > smaller) {
        labels.swap(at, next);
    }
    if let Some(rest) = labels.get_mut(at.saturating_add(1)..) {
        rest.reverse();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_arrangement_comes_once_and_keeps_its_strata() {
        let strata = Groups::new(&[0, 0, 0, 1, 1, 1, 1]).unwrap();
        let labels = [1, 0, 0, 2, 2, 0, 1];
        let mut seen = BTreeSet::new();
        let found = Permutations::new()
            .within(&strata)
            .run(&labels, 0.5, |labels| {
                seen.insert(labels.to_vec());
                f64::from(labels[0] == 1)
            })
            .unwrap();
        // 3 arrangements of 1, 0, 0 times 12 of 2, 2, 0, 1.
        assert_eq!((seen.len(), found.test.permutations, found.test.exact), (36, 36, true));
        assert!((found.test.p - 1.0 / 3.0).abs() < 1e-15 && (found.mean - 1.0 / 3.0).abs() < 1e-12);
        for arrangement in seen {
            let mut parts = [arrangement[..3].to_vec(), arrangement[3..].to_vec()];
            parts.iter_mut().for_each(|part| part.sort_unstable());
            assert_eq!(parts, [vec![0, 0, 1], vec![0, 1, 2, 2]]);
        }
    }

    #[test]
    fn random_permutations_agree_with_all_of_them() {
        let labels = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1];
        let statistic = |labels: &[usize]| -> f64 {
            labels.iter().enumerate().map(|(at, label)| (at * label) as f64).sum()
        };
        let observed = 42.0;
        let all = Permutations::new().run(&labels, observed, statistic).unwrap();
        let some =
            Permutations::new().count(461).seed(3).run(&labels, observed, statistic).unwrap();
        assert!(all.test.exact && all.test.permutations == 462 && !some.test.exact);
        assert!((all.test.p - some.test.p).abs() < 0.05, "{} {}", all.test.p, some.test.p);
        assert!((all.mean - some.mean).abs() < 1.0);
    }

    #[test]
    fn what_cannot_be_permuted_is_refused() {
        let run = |labels: &[usize], permutations: Permutations| {
            permutations.run(labels, 0.0, |_| 0.0).map(|found| found.test.p)
        };
        assert_eq!(run(&[1, 1, 1], Permutations::new()), Err(Error::NothingToPermute));
        let subjects = Groups::new(&[0, 0, 1, 1]).unwrap();
        let between = Permutations::new().within(&subjects);
        assert_eq!(run(&[0, 0, 1, 1], between.clone()), Err(Error::NothingToPermute));
        assert!(matches!(run(&[0, 1, 1], between), Err(Error::ShapeMismatch { .. })));
        let none = Permutations::new().count(0);
        assert!(matches!(run(&[0, 1, 1], none), Err(Error::InvalidSetting { .. })));
    }
}
