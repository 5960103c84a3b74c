//! Many pairs of prepared operators, side by side in the lanes of vector registers.

use super::chords::OrderedPair;
use super::comparison::ComparisonRef;
use super::precision::{Precision, Same, Single, explores_in_single};
use super::prepared::Prepared;
use super::search::{self, Search};
use super::settings::{Procrustes, layout_with};
use crate::error::Error;
use crate::matrix::{Layout, MatMut};
use crate::scalar::Scalar;

/// Lanes that fill vector registers of 256 bits, and lie in two of 128: in f64 and in f32.
const LANES_F64: usize = 4;
const LANES_F32: usize = 8;
/// Pairs per round. Lanes are idle at the end of a round, so rounds should be long; every pair of a round needs memory for
/// its candidates.
pub(crate) const ROUND: usize = 64;

impl Procrustes {
    /// Pairs of one list of prepared operators, several at a time in the lanes of vector registers
    /// (4 in f64, 8 in f32); `each(k, comparison)` is called once for every entry k of `pairs`, in the
    /// order in which they finish. The results are those of [`Procrustes::compare_prepared_in`], to
    /// the bit.
    ///
    /// `memory`: [`Procrustes::many_len`].
    ///
    /// ```
    /// use dynamical_similarity::{MatRef, Procrustes};
    /// let procrustes = Procrustes::new();
    /// let entries = [
    ///     [0.9_f64, 0.1, 0.0, -0.1, 0.9, 0.2, 0.0, 0.0, 0.5],
    ///     [0.8, 0.3, 0.0, -0.3, 0.8, 0.0, 0.1, 0.0, 0.4],
    ///     [0.5, 0.0, 0.2, 0.0, 0.9, 0.1, 0.0, -0.1, 0.9], // the first, in another order
    /// ];
    /// let mut scratch = vec![0.0; procrustes.prepare_scratch_len(3)];
    /// let mut memory = [(); 3].map(|()| vec![0.0; procrustes.prepared_len(3)]);
    /// let mut operators = Vec::new();
    /// for (entries, memory) in entries.iter().zip(&mut memory) {
    ///     let operator = MatRef::new(entries, 3, 3)?;
    ///     operators.push(procrustes.prepare_in(operator, memory, &mut scratch)?);
    /// }
    /// let mut memory = vec![0.0; procrustes.many_len::<f64>(3)];
    /// let mut distances = [0.0; 2];
    /// procrustes.compare_many_in(&operators, &[(0, 1), (0, 2)], &mut memory, |k, found| {
    ///     distances[k] = found.distance();
    /// })?;
    /// assert!(distances[0] > 0.1);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Procrustes::compare_prepared_in`]; [`Error::ShapeMismatch`] if a pair names an operator
    /// that is not in the list. `each` may have been called for some pairs by then.
    pub fn compare_many_in<T: Scalar>(
        &self,
        operators: &[Prepared<'_, T>],
        pairs: &[(usize, usize)],
        memory: &mut [T],
        each: impl FnMut(usize, ComparisonRef<'_, T>),
    ) -> Result<(), Error> {
        match operators.first().map(Prepared::order) {
            None => crate::matrix::check("the number of pairs", 0, pairs.len()).map(|_| ()),
            Some(n) if explores_in_single::<T>() => self
                .compare_lanes::<T, Single, LANES_F32, LANES_F64>(
                    n, operators, pairs, memory, each,
                ),
            Some(n) => self
                .compare_lanes::<T, Same, LANES_F32, LANES_F32>(n, operators, pairs, memory, each),
        }
    }

    /// Scalars that [`Procrustes::compare_many_in`] needs at order n: about 470 n² in f32, and 270 n² in f64 or, with Hessians
    /// (up to order 16, not with [`Effort::Fast`](super::effort::Effort::Fast)), n⁴ / 4 more.
    #[must_use]
    pub const fn many_len<T: Scalar>(&self, n: usize) -> usize {
        if explores_in_single::<T>() {
            self.lanes_layout::<T, Single, LANES_F32, LANES_F64>(n).len()
        } else {
            self.lanes_layout::<T, Same, LANES_F32, LANES_F32>(n).len()
        }
    }

    const fn lanes_layout<T, P, const L: usize, const M: usize>(&self, n: usize) -> Layout<3>
    where
        T: Scalar,
        P: Precision<T>,
    {
        layout_with(n, search::memory_len::<T, P, L, M, ROUND>(self.effort, n))
    }

    fn compare_lanes<T, P, const L: usize, const M: usize>(
        &self,
        n: usize,
        operators: &[Prepared<'_, T>],
        pairs: &[(usize, usize)],
        memory: &mut [T],
        mut each: impl FnMut(usize, ComparisonRef<'_, T>),
    ) -> Result<(), Error>
    where
        T: Scalar,
        P: Precision<T>,
    {
        self.common_order(n, n)?;
        for operator in operators {
            if operator.order() != n {
                return Err(Error::RankMismatch { left: n, right: operator.order() });
            }
            self.check_norm(operator)?;
        }
        let ([transform, finishing, search], _) = self.lanes_layout::<T, P, L, M>(n).cut(memory)?;
        let mut transform = MatMut::over(transform, n, n);
        let mut search = Search::<T, P, L, M, ROUND>::new(self.effort, n, search);
        let pair = |k: usize| {
            let (i, j) = *pairs.get(k)?;
            Some((operators.get(i)?, operators.get(j)?))
        };
        let mut round = [0; ROUND];
        let mut count = 0;
        for k in 0..pairs.len() {
            let (a, b) = pair(k).ok_or_else(|| unknown(operators.len(), pairs.get(k)))?;
            match self.closed_form(a, b, &mut transform, finishing)? {
                Some(numbers) => {
                    each(k, ComparisonRef { numbers, transform: transform.as_ref() });
                }
                None => {
                    self.check_frames(a, b)?;
                    if let Some(place) = round.get_mut(count) {
                        *place = k;
                    }
                    count += 1;
                }
            }
            if count == 0 || (count < ROUND && k + 1 < pairs.len()) {
                continue;
            }
            search.begin(count);
            let ordered = |slot: usize| {
                let (a, b) = pair(*round.get(slot)?)?;
                Some(OrderedPair::of(a, b))
            };
            search.advance(&ordered, usize::MAX)?;
            for (slot, k) in round.iter().enumerate().take(count) {
                let Some((a, b)) = pair(*k) else { continue };
                let found = search.found(slot);
                let numbers = self.conclude(a, b, found, &mut transform, finishing)?;
                each(*k, ComparisonRef { numbers, transform: transform.as_ref() });
            }
            count = 0;
        }
        Ok(())
    }
}

/// A pair names an operator that is not in the list.
fn unknown(operators: usize, pair: Option<&(usize, usize)>) -> Error {
    let got = pair.map_or(0, |(i, j)| (*i).max(*j).saturating_add(1));
    Error::ShapeMismatch { what: "the number of operators", expected: operators, got }
}
