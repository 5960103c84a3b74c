//! The search for the best transform of a pair, `N` pairs per round.
//!
//! Every stage of an effort has two phases: all pairs of the round are explored, `L` at a time, then the
//! best summits of each are polished, `M` at a time. A lane works through the starts of its pair alone,
//! so the bits of a pair do not depend on L, M, N or on its neighbours.

pub(super) mod ascent;
mod batch;
pub(super) mod starts;
mod summits;

use super::chords::OrderedPair;
use super::effort::{self, Effort};
use super::precision::{Precision, units};
use ascent::{Ascent, Lane, State, Verdict};
pub(super) use batch::Found;
use batch::{Job, Round, RoundMemory, Slot, Turn};

use crate::error::Error;
use crate::matrix::{Layout, MatMut, all_of, any_of, area, pieces_mut};
use crate::scalar::Scalar;

/// The lanes of a phase, and what they work on.
struct Lanes<S, const L: usize> {
    jobs: [Job; L],
    /// The lanes where the phase was interrupted.
    state: Option<State<S, L>>,
}

impl<S: Scalar, const L: usize> Lanes<S, L> {
    const fn new() -> Self {
        Self { jobs: [Job::NONE; L], state: None }
    }

    /// Advances until the phase or the ticks end, and returns whether the phase has ended. `go_on` gives a lane its next run
    /// when it has none or its last one has finished, and returns whether the lane is busy.
    fn run(
        &mut self,
        n: usize,
        memory: &mut [S],
        ticks: &mut usize,
        mut go_on: impl FnMut(&mut Ascent<'_, S, L>, Turn<'_>) -> Result<bool, Error>,
    ) -> Result<bool, Error> {
        let mut ascent = match self.state.take() {
            Some(state) => Ascent::resume(n, memory, state),
            None => Ascent::new(n, memory),
        };
        loop {
            let verdicts = ascent.direction();
            let mut busy = false;
            for (l, (job, verdict)) in self.jobs.iter_mut().zip(verdicts).enumerate() {
                let finished = verdict == Verdict::Finished;
                busy |= go_on(&mut ascent, Turn { lane: Lane(l), job, finished })?;
            }
            if !busy {
                return Ok(true);
            }
            ascent.step();
            *ticks = ticks.saturating_sub(1);
            if *ticks == 0 {
                self.state = Some(ascent.suspend());
                return Ok(false);
            }
        }
    }
}

/// The search of a round.
pub(super) struct Search<'m, T, P, const L: usize, const M: usize, const N: usize>
where
    T: Scalar,
    P: Precision<T>,
{
    round: Round<'m, T, P::Explore, N>,
    /// Whether the stage is in its second phase.
    polishing: bool,
    exploration: Lanes<P::Explore, L>,
    polish: Lanes<T, M>,
    /// The arrays of the ascent, of either phase.
    arena: &'m mut [T],
}

/// Scalars of memory that a search of order n needs.
pub(super) const fn memory_len<T, P, const L: usize, const M: usize, const N: usize>(
    effort: Effort,
    n: usize,
) -> usize
where
    T: Scalar,
    P: Precision<T>,
{
    layout::<T, P, L, M, N>(effort, n).len()
}

/// The arena of the ascents of either phase, the best transforms, and what is kept in the scalar of the exploration.
const fn layout<T, P, const L: usize, const M: usize, const N: usize>(
    effort: Effort,
    n: usize,
) -> Layout<3>
where
    T: Scalar,
    P: Precision<T>,
{
    let explore = units::<T, P>(ascent::memory_len(n, L));
    let polish = if effort::polishes_by_newton(effort) {
        ascent::newton_memory_len::<T>(n, M)
    } else {
        ascent::memory_len(n, M)
    };
    let arena = any_of(&[explore, polish]);
    let [candidates, random] = explored_lens::<N>(effort, n);
    let explored = all_of(&[units::<T, P>(candidates), units::<T, P>(random)]);
    Layout::new([arena, area(area(n, n), N), explored])
}

/// The candidates of all pairs, and the random starts, in the scalar of the exploration.
const fn explored_lens<const N: usize>(effort: Effort, n: usize) -> [usize; 2] {
    let starts = if N > 1 { effort::random_starts(effort) } else { 0 };
    let candidates = area(effort::keep(effort), N);
    [area(area(n, n), candidates), area(area(n, n), starts)]
}

impl<'m, T, P, const L: usize, const M: usize, const N: usize> Search<'m, T, P, L, M, N>
where
    T: Scalar,
    P: Precision<T>,
{
    /// A search in memory of [`memory_len`], which the caller has checked.
    pub(super) fn new(effort: Effort, n: usize, memory: &'m mut [T]) -> Self {
        let ([arena, best, explored], _) = layout::<T, P, L, M, N>(effort, n).cut_checked(memory);
        let ([candidates, random], _) =
            Layout::new(explored_lens::<N>(effort, n)).cut_checked(P::view(explored));
        for (index, start) in pieces_mut(random, area(n, n)).enumerate() {
            starts::random(&mut MatMut::over(start, n, n), index);
        }
        let stages = effort::stages(effort, n);
        let memory = RoundMemory { candidates, best, random };
        Self {
            round: Round::new(n, stages, effort::keep(effort), memory),
            polishing: false,
            exploration: Lanes::new(),
            polish: Lanes::new(),
            arena,
        }
    }

    /// Begins a round of `count` pairs, at most N.
    pub(super) fn begin(&mut self, count: usize) {
        self.polishing = false;
        self.round.begin(count);
    }

    /// Advances every lane by `ticks` evaluations, at least one. Returns whether the round has ended.
    pub(super) fn advance<'p, 'q: 'p>(
        &mut self,
        pair: &impl Fn(usize) -> Option<OrderedPair<'p, 'q, T>>,
        mut ticks: usize,
    ) -> Result<bool, Error> {
        let Self { round, exploration, polish, arena, .. } = self;
        let n = round.order();
        while round.has_stage() {
            let ended = if self.polishing {
                let go_on = |ascent: &mut Ascent<'_, T, M>, turn: Turn<'_>| {
                    round.polish_on(ascent, turn, pair)
                };
                polish.run(n, arena, &mut ticks, go_on)?
            } else {
                let go_on = |ascent: &mut Ascent<'_, P::Explore, L>, turn: Turn<'_>| {
                    round.explore_on::<P, L>(ascent, turn, pair)
                };
                exploration.run(n, P::view(arena), &mut ticks, go_on)?
            };
            if !ended {
                return Ok(false);
            }
            round.end_phase(self.polishing);
            self.polishing = !self.polishing;
        }
        Ok(true)
    }

    /// The best transform of pair number `pair` of the round.
    pub(super) fn found(&self, pair: usize) -> Found<'_, T> {
        self.round.found(Slot(pair))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Mat;
    use crate::similarity::procrustes::precision::{Same, Single};
    use crate::similarity::procrustes::prepared::Prepared;

    /// Prepared operators of order n, with all frames.
    fn prepared<T: Scalar>(n: usize, count: usize) -> Vec<Prepared<'static, T>> {
        let prepare = |k: usize| {
            let mut left = Mat::<T>::zeros(n, n).unwrap();
            starts::random(&mut left.as_mut(), k);
            for j in 0..n {
                let factor = T::of(1.0 - 0.6 * j as f64 / n as f64 + 0.05 * k as f64);
                left.as_mut().column_mut(j).iter_mut().for_each(|x| *x *= factor);
            }
            let memory =
                vec![T::ZERO; crate::similarity::procrustes::prepared::memory_len(n, 6)].leak();
            let mut scratch =
                vec![T::ZERO; crate::similarity::procrustes::prepared::scratch_len(n)];
            Prepared::new(left.as_ref(), n, 6, memory, &mut scratch).unwrap()
        };
        (0..count).map(prepare).collect()
    }

    /// The bits of every pair's transform, and its evaluations, for one choice of lanes and rounds,
    /// interrupted every `ticks` evaluations.
    fn bits<T, P, const L: usize, const M: usize, const N: usize>(
        operators: &[Prepared<'static, T>],
        ticks: usize,
    ) -> Vec<(Vec<u64>, usize)>
    where
        T: Scalar,
        P: Precision<T>,
    {
        let n = operators[0].order();
        let count = operators.len();
        let pairs: Vec<_> = (0..count).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
        let mut memory = vec![T::of(f64::NAN); memory_len::<T, P, L, M, N>(Effort::Default, n)];
        let mut search = Search::<T, P, L, M, N>::new(Effort::Default, n, &mut memory);
        let mut found = Vec::new();
        for round in pairs.chunks(N) {
            search.begin(round.len());
            let pair = |k: usize| {
                let (i, j) = *round.get(k)?;
                Some(OrderedPair { first: &operators[i], second: &operators[j], swapped: false })
            };
            while !search.advance(&pair, ticks).unwrap() {}
            for slot in 0..round.len() {
                let Found { transform, evaluations } = search.found(slot);
                let bits = transform.iter().map(|x| Into::<f64>::into(*x).to_bits()).collect();
                found.push((bits, evaluations));
            }
        }
        found
    }

    fn same_bits<T: Scalar, P: Precision<T>>(n: usize, count: usize) {
        let operators = prepared::<T>(n, count);
        let alone = bits::<T, P, 1, 1, 1>(&operators, usize::MAX);
        assert!(alone.iter().all(|(bits, _)| bits.iter().any(|x| *x != 0)));
        assert_eq!(alone, bits::<T, P, 1, 1, 1>(&operators, 1), "n {n}: interrupted");
        assert_eq!(alone, bits::<T, P, 4, 4, 5>(&operators, usize::MAX), "n {n}: 4 lanes");
        assert_eq!(alone, bits::<T, P, 8, 4, 64>(&operators, usize::MAX), "n {n}: 8 lanes");
        assert_eq!(alone, bits::<T, P, 8, 8, 3>(&operators, 7), "n {n}: 8 lanes, interrupted");
    }

    #[test]
    fn lanes_rounds_and_interruptions_change_no_bit() {
        for (n, count) in [(3, 5), (6, 5), (9, 4), (10, 4), (15, 3)] {
            same_bits::<f64, Single>(n, count);
            same_bits::<f32, Same>(n, count);
        }
    }

    /// Both searches explore in f32 from nearly the same numbers. That of f64 climbs to summits that are known a million
    /// times better, in 11 to 16 evaluations a pair; without Newton steps that takes 23 to 53.
    #[test]
    fn a_polish_in_double_precision_takes_few_evaluations() {
        for n in [6, 10, 15] {
            let double = bits::<f64, Single, 1, 1, 1>(&prepared::<f64>(n, 4), usize::MAX);
            let single = bits::<f32, Same, 1, 1, 1>(&prepared::<f32>(n, 4), usize::MAX);
            let all = |found: &[(Vec<u64>, usize)]| -> usize {
                found.iter().map(|(_, evaluations)| *evaluations).sum()
            };
            let (double, single) = (all(&double), all(&single));
            println!("order {n}: {double} evaluations in f64, {single} in f32");
            assert!(double < single + 6 * 20, "order {n}: {double} {single}");
        }
    }
}
