//! Matrices of distances between many operators.

use super::procrustes::certify::check_certifiable;
use super::procrustes::many_pairs::ROUND;
use super::procrustes::prepared::Prepared;
use super::procrustes::settings::Procrustes;
use super::unequal_ranks::UnequalRanks;
use super::wasserstein::Wasserstein;
use crate::dmd::model::{Model, ModelRef};
use crate::error::Error;
use crate::linalg::eigenvalues::eigenvalues_in;
use crate::linalg::parallel::{OnProgress, PairCounter, map_all};
use crate::matrix::{
    Grid, Mat, MatRef, check, copy, distances, pairs_among, pairs_between, try_reserve, try_zeros,
};
use crate::scalar::{Real, Scalar};
use alloc::vec::Vec;

/// Distances that a matrix can hold.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Measure {
    /// Procrustes over vector fields.
    Procrustes(Procrustes),
    /// The same, with a proof of every distance that can be proved: a pair whose closed-form bound does not meet its
    /// distance already gets the bound of [`Procrustes::certify`], which may also find a better transform. For operators
    /// of order 16 at most. Cost of a pair that needs it: 1 ms at order 3, 4 ms at 5, 0.1 s at 10, 1 to 2 s at 15; memory
    /// 5 n⁴ scalars of `f64` per thread.
    CertifiedProcrustes(Procrustes),
    /// Wasserstein between eigenvalues; exact, so the lower bound is the distance.
    Wasserstein(Wasserstein),
}

/// What has an operator that distances are measured from: the operator itself, or a model.
pub trait HasOperator<T> {
    /// The operator.
    fn operator_ref(&self) -> MatRef<'_, T>;
}

impl<T: Scalar> HasOperator<T> for MatRef<'_, T> {
    fn operator_ref(&self) -> MatRef<'_, T> {
        *self
    }
}

impl<T: Scalar> HasOperator<T> for ModelRef<'_, T> {
    fn operator_ref(&self) -> MatRef<'_, T> {
        self.operator()
    }
}

impl<T: Scalar> HasOperator<T> for Model<T> {
    fn operator_ref(&self) -> MatRef<'_, T> {
        self.operator()
    }
}

impl<T: Scalar> HasOperator<T> for Mat<T> {
    fn operator_ref(&self) -> MatRef<'_, T> {
        self.as_ref()
    }
}

impl<T, M: HasOperator<T>> HasOperator<T> for &M {
    fn operator_ref(&self) -> MatRef<'_, T> {
        M::operator_ref(self)
    }
}

/// What is found for a pair of operators.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PairDistance<T> {
    /// The distance.
    pub distance: T,
    /// A lower bound of the distance under the best transform.
    pub lower_bound: T,
    /// Whether they meet.
    pub certified: bool,
}

/// Distances between rows and columns of operators, with lower bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct DistanceMatrix<T> {
    distances: Grid<T>,
    lower_bounds: Grid<T>,
    certified: usize,
}

impl<T: Scalar> DistanceMatrix<T> {
    /// All distances among `operators`, which are operators or models: symmetric, zero on the diagonal. Each pair is
    /// computed once. With the feature `rayon` all cores work. Every operator is prepared once, or its eigenvalues
    /// found once, and Procrustes pairs are solved side by side in vector registers; the bits are those of each pair
    /// alone, with any number of threads.
    ///
    /// `on_progress`, if there is one, is called after each pair, with the number of pairs done so far. Calls come from
    /// any thread, but one at a time, and change no bit of the result. The comparison goes on while the callback returns
    /// [`ControlFlow::Continue`](core::ops::ControlFlow::Continue).
    ///
    /// Where unequal ranks are to be padded, all operators are padded to the largest rank, so that the
    /// result is a metric on the set.
    ///
    /// [`Measure::CertifiedProcrustes`] proves distances, and [`certified`](Self::certified) counts what was proved:
    ///
    /// ```
    /// use dynamical_similarity::{DistanceMatrix, MatRef, Measure, Procrustes};
    /// let operators = [
    ///     [0.9_f64, 0.1, 0.3, -0.1, 0.9, 0.2, 0.0, 0.0, 0.5],
    ///     [0.8, 0.3, 0.0, -0.6, 0.7, 0.1, 0.1, 0.2, 0.4],
    ///     [0.7, 0.2, 0.1, -0.2, 0.6, 0.0, 0.3, 0.1, 0.8],
    /// ];
    /// let views: Vec<_> = operators.iter().map(|a| MatRef::new(a, 3, 3).unwrap()).collect();
    /// let plain = DistanceMatrix::among(&views, &Measure::Procrustes(Procrustes::new()), None)?;
    /// let measure = Measure::CertifiedProcrustes(Procrustes::new());
    /// let proved = DistanceMatrix::among(&views, &measure, None)?;
    /// assert!(plain.certified() < 3 && proved.certified() == 3);
    /// assert!(proved.lower_bound(0, 1) > 0.999 * proved.distance(0, 1));
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::RankMismatch`] of the first pair, in row order, whose ranks differ, unless the measure says
    /// what to do then; else the error of the first operator that cannot be prepared, or that of the first
    /// pair; [`Error::InvalidSetting`] for a certificate of an order above 16; [`Error::Stopped`] if the callback says so;
    /// [`Error::OutOfMemory`].
    ///
    /// ```
    /// use dynamical_similarity::{DistanceMatrix, Dmd, Error, MatRef, Measure, Progress, Rank, Recording, Wasserstein};
    /// use std::ops::ControlFlow;
    /// // Operators as they are.
    /// let operators = [[0.5], [0.75], [1.0]];
    /// let views: Vec<_> = operators.iter().map(|a| MatRef::new(a, 1, 1).unwrap()).collect();
    /// let measure = Measure::Wasserstein(Wasserstein::new());
    /// let matrix = DistanceMatrix::among(&views, &measure, None)?;
    /// assert_eq!((matrix.distance(0, 2), matrix.distance(2, 1)), (0.5, 0.25));
    /// // Models, with a callback that counts.
    /// let dmd = Dmd::new().delays(4).rank(Rank::Fixed(2));
    /// let mut models = Vec::new();
    /// for step in [0.2, 0.3, 0.4_f64] {
    ///     let samples: Vec<f64> = (0..200).map(|t| (step * t as f64).cos()).collect();
    ///     models.push(dmd.fit(&[Recording::new(&samples, 1)?])?);
    /// }
    /// let mut seen = Vec::new();
    /// let mut count = |at: Progress| {
    ///     seen.push(at.done);
    ///     ControlFlow::Continue(())
    /// };
    /// let matrix = DistanceMatrix::among(&models, &measure, Some(&mut count))?;
    /// assert_eq!(seen, [1, 2, 3]);
    /// assert!(matrix.distance(0, 2) > matrix.distance(0, 1));
    /// // A callback that wants no more.
    /// let stopped = DistanceMatrix::among(&models, &measure, Some(&mut |_| ControlFlow::Break(())));
    /// assert_eq!(stopped, Err(Error::Stopped));
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    pub fn among<M: HasOperator<T>>(
        operators: &[M],
        measure: &Measure,
        on_progress: OnProgress<'_>,
    ) -> Result<Self, Error> {
        let operators = views(operators);
        let (order, pairs) = (largest_order(&operators), pairs_among(operators.len()));
        let found = measured(&operators, &pairs, order, measure, on_progress)?;
        Self::of_pairs_among(operators.len(), &found)
    }

    /// The matrix of `count` operators from what was found for their pairs (1, 0), (2, 0), (2, 1), (3, 0), ... in this order, in
    /// several calls of [`compare_pairs`], on several machines or at several times.
    ///
    /// ```
    /// use dynamical_similarity::{DistanceMatrix, MatRef, Measure, Wasserstein, compare_pairs};
    /// let operators = [[0.5], [0.75], [1.0]];
    /// let views: Vec<_> = operators.iter().map(|a| MatRef::new(a, 1, 1).unwrap()).collect();
    /// let measure = Measure::Wasserstein(Wasserstein::new());
    /// let mut found = compare_pairs(&views, &[(1, 0), (2, 0)], &measure, None)?;
    /// found.extend(compare_pairs(&views, &[(2, 1)], &measure, None)?);
    /// let matrix = DistanceMatrix::of_pairs_among(3, &found)?;
    /// assert_eq!(matrix, DistanceMatrix::among(&views, &measure, None)?);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] unless there is one for each pair; [`Error::NonFiniteEntry`] with the row and the column of a
    /// number that is not finite; [`Error::OutOfMemory`].
    pub fn of_pairs_among(count: usize, found: &[PairDistance<T>]) -> Result<Self, Error> {
        let pairs = pairs_among(count);
        let mut matrix = Self::empty(count, count)?;
        check("the number of pairs", pairs.len(), found.len())?;
        for ((i, j), found) in pairs.into_iter().zip(found) {
            matrix.put(i, j, *found)?;
            matrix.put(j, i, *found)?;
        }
        matrix.certified /= 2;
        Ok(matrix)
    }

    /// The matrix of `rows` and `cols` operators from what was found for their pairs, row after row; see
    /// [`of_pairs_among`](Self::of_pairs_among). In [`compare_pairs`] the columns are operators `rows`, `rows + 1`, ... of one
    /// list.
    ///
    /// # Errors
    /// As [`of_pairs_among`](Self::of_pairs_among).
    pub fn of_pairs_between(
        rows: usize,
        cols: usize,
        found: &[PairDistance<T>],
    ) -> Result<Self, Error> {
        let pairs = pairs_between(rows, cols);
        let mut matrix = Self::empty(rows, cols)?;
        check("the number of pairs", pairs.len(), found.len())?;
        for ((i, j), found) in pairs.into_iter().zip(found) {
            matrix.put(i, j, *found)?;
        }
        Ok(matrix)
    }

    /// The distances of each of `operators` (rows) to each of `others` (columns).
    ///
    /// # Errors
    /// As [`among`](Self::among).
    pub fn between<M: HasOperator<T>, N: HasOperator<T>>(
        operators: &[M],
        others: &[N],
        measure: &Measure,
        on_progress: OnProgress<'_>,
    ) -> Result<Self, Error> {
        let (rows, cols) = (operators.len(), others.len());
        let mut all = views(operators);
        all.extend(views(others));
        // Columns are counted on behind the rows.
        let mut pairs = pairs_between(rows, cols);
        pairs.iter_mut().for_each(|(_, j)| *j = j.saturating_add(rows));
        let found = measured(&all, &pairs, largest_order(&all), measure, on_progress)?;
        Self::of_pairs_between(rows, cols, &found)
    }

    fn empty(rows: usize, cols: usize) -> Result<Self, Error> {
        let (distances, lower_bounds) = (Grid::zeros(rows, cols)?, Grid::zeros(rows, cols)?);
        Ok(Self { distances, lower_bounds, certified: 0 })
    }

    fn put(&mut self, i: usize, j: usize, found: PairDistance<T>) -> Result<(), Error> {
        if !(Real::is_finite(found.distance) && Real::is_finite(found.lower_bound)) {
            return Err(Error::NonFiniteEntry { row: i, column: j });
        }
        self.distances.put(i, j, found.distance);
        self.lower_bounds.put(i, j, found.lower_bound);
        self.certified = self.certified.saturating_add(usize::from(found.certified));
        Ok(())
    }

    distances!(T);

    /// Lower bound of the distance of row i to column j; NaN outside.
    #[must_use]
    pub fn lower_bound(&self, i: usize, j: usize) -> T {
        self.lower_bounds.at(i, j)
    }

    /// All lower bounds, row after row.
    #[must_use]
    pub fn lower_bounds(&self) -> &[T] {
        self.lower_bounds.values()
    }

    /// Pairs whose distance and lower bound meet.
    #[must_use]
    pub const fn certified(&self) -> usize {
        self.certified
    }
}

/// The distances of some pairs of `operators`, in the order of `pairs`: to the bit those of [`DistanceMatrix::among`], where
/// not all pairs are needed.
///
/// ```
/// use dynamical_similarity::{MatRef, Measure, Wasserstein, pair_distances};
/// let operators = [[0.5], [0.75], [1.0]];
/// let views: Vec<_> = operators.iter().map(|a| MatRef::new(a, 1, 1).unwrap()).collect();
/// let measure = Measure::Wasserstein(Wasserstein::new());
/// assert_eq!(pair_distances(&views, &[(0, 2), (2, 1)], &measure, None)?, [0.5, 0.25]);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
///
/// Cost: that of a matrix with as many pairs. Memory: what every operator needs to be prepared, so compare thousands of
/// operators in several calls.
///
/// # Errors
/// [`Error::ShapeMismatch`] if a pair names an operator that is not in the list; else as [`DistanceMatrix::among`].
pub fn pair_distances<T: Scalar, M: HasOperator<T>>(
    operators: &[M],
    pairs: &[(usize, usize)],
    measure: &Measure,
    on_progress: OnProgress<'_>,
) -> Result<Vec<T>, Error> {
    let found = compare_pairs(operators, pairs, measure, on_progress)?;
    let mut distances = try_reserve(found.len())?;
    distances.extend(found.into_iter().map(|pair| pair.distance));
    Ok(distances)
}

/// What [`pair_distances`] finds, with the lower bound of each pair and whether it is proven, as a matrix holds them.
///
/// Only operators that a pair names are prepared, so that the pairs of a large set can be compared in many calls.
///
/// # Errors
/// As [`pair_distances`].
pub fn compare_pairs<T: Scalar, M: HasOperator<T>>(
    operators: &[M],
    pairs: &[(usize, usize)],
    measure: &Measure,
    on_progress: OnProgress<'_>,
) -> Result<Vec<PairDistance<T>>, Error> {
    let needed = pairs.iter().map(|(i, j)| (*i).max(*j).saturating_add(1)).max().unwrap_or(0);
    if needed > operators.len() {
        let (what, expected) = ("the number of operators", needed);
        return Err(Error::ShapeMismatch { what, expected, got: operators.len() });
    }
    let all = views(operators);
    let order = largest_order(&all);
    let mut places: Vec<Option<usize>> = try_reserve(all.len())?;
    places.resize(all.len(), None);
    for index in pairs.iter().flat_map(|(i, j)| [*i, *j]) {
        if let Some(place) = places.get_mut(index) {
            *place = Some(0);
        }
    }
    let mut named = try_reserve(all.len())?;
    for (place, operator) in places.iter_mut().zip(&all).filter(|(place, _)| place.is_some()) {
        *place = Some(named.len());
        named.push(*operator);
    }
    let place = |index: usize| places.get(index).copied().flatten().unwrap_or(index);
    let mut of_named = try_reserve(pairs.len())?;
    of_named.extend(pairs.iter().map(|(i, j)| (place(*i), place(*j))));
    measured(&named, &of_named, order, measure, on_progress)
}

pub(super) fn views<T, M: HasOperator<T>>(operators: &[M]) -> Vec<MatRef<'_, T>> {
    operators.iter().map(HasOperator::operator_ref).collect()
}

/// # Errors
/// [`Error::RankMismatch`] of the first pair whose ranks differ, where the measure does not say what to do then.
pub(super) fn check_ranks<T: Scalar>(
    operators: &[MatRef<'_, T>],
    pairs: &[(usize, usize)],
    measure: &Measure,
) -> Result<(), Error> {
    let unequal_ranks = match measure {
        Measure::Procrustes(procrustes) | Measure::CertifiedProcrustes(procrustes) => {
            procrustes.unequal_ranks_rule()
        }
        Measure::Wasserstein(wasserstein) => wasserstein.unequal_ranks_rule(),
    };
    if unequal_ranks == UnequalRanks::Error {
        let rank = |i: usize| operators.get(i).map_or(0, MatRef::rows);
        if let Some((i, j)) = pairs.iter().find(|(i, j)| rank(*i) != rank(*j)) {
            return Err(Error::RankMismatch { left: rank(*i), right: rank(*j) });
        }
    }
    Ok(())
}

/// The numbers of every pair of `operators`, in the order of the pairs; `order` is the order to which operators are padded.
fn measured<T: Scalar>(
    operators: &[MatRef<'_, T>],
    pairs: &[(usize, usize)],
    order: usize,
    measure: &Measure,
    on_progress: OnProgress<'_>,
) -> Result<Vec<PairDistance<T>>, Error> {
    check_ranks(operators, pairs, measure)?;
    let counter = PairCounter::new(pairs.len(), on_progress);
    match measure {
        Measure::Procrustes(procrustes) => {
            let each = |_: &PairDistance<T>| counter.step();
            by_procrustes(operators, pairs, order, procrustes, &counter, each)
        }
        Measure::CertifiedProcrustes(procrustes) => {
            check_certifiable(order)?;
            // A pair counts when nothing more can be proved of it.
            let each = |pair: &PairDistance<T>| {
                if pair.certified {
                    counter.step();
                }
            };
            let mut found = by_procrustes(operators, pairs, order, procrustes, &counter, each)?;
            certify(operators, pairs, order, procrustes, &mut found, &counter)?;
            Ok(found)
        }
        Measure::Wasserstein(wasserstein) => {
            by_wasserstein(operators, pairs, order, wasserstein, &counter)
        }
    }
}

fn by_procrustes<T: Scalar>(
    operators: &[MatRef<'_, T>],
    pairs: &[(usize, usize)],
    order: usize,
    procrustes: &Procrustes,
    counter: &PairCounter<'_>,
    each: impl Fn(&PairDistance<T>) + Sync + Send,
) -> Result<Vec<PairDistance<T>>, Error> {
    let mut memory = prepared_memory(operators, order, procrustes)?;
    let prepared = prepare_all(operators, order, procrustes, &mut memory)?;
    compare_prepared(&prepared, pairs, order, procrustes, counter, each)
}

/// The memory of prepared operators.
pub(super) fn prepared_memory<T: Scalar>(
    operators: &[MatRef<'_, T>],
    order: usize,
    procrustes: &Procrustes,
) -> Result<Vec<T>, Error> {
    try_zeros(procrustes.prepared_len(order).saturating_mul(operators.len()))
}

/// Every operator prepared, padded to an order; `memory` is that of [`prepared_memory`].
pub(super) fn prepare_all<'m, T: Scalar>(
    operators: &[MatRef<'_, T>],
    order: usize,
    procrustes: &Procrustes,
    memory: &'m mut [T],
) -> Result<Vec<Prepared<'m, T>>, Error> {
    let length = procrustes.prepared_len(order).max(1);
    let unprepared: Vec<_> = operators.iter().zip(memory.chunks_mut(length)).collect();
    let prepared = map_all(unprepared, |(operator, memory)| {
        let mut scratch = try_zeros(procrustes.prepare_scratch_len(order))?;
        procrustes.prepare_padded_in(*operator, order, memory, &mut scratch)
    });
    prepared.into_iter().collect()
}

/// The numbers of pairs of prepared operators, in the order of the pairs, unless `counter` is stopped.
pub(super) fn compare_prepared<T: Scalar>(
    prepared: &[Prepared<'_, T>],
    pairs: &[(usize, usize)],
    order: usize,
    procrustes: &Procrustes,
    counter: &PairCounter<'_>,
    each: impl Fn(&PairDistance<T>) + Sync + Send,
) -> Result<Vec<PairDistance<T>>, Error> {
    let tasks: Vec<&[(usize, usize)]> = pairs.chunks(task_len(pairs.len())).collect();
    let found = map_all(tasks, |pairs| {
        counter.check()?;
        let mut memory = try_zeros(procrustes.many_len::<T>(order))?;
        let none = PairDistance { distance: T::ZERO, lower_bound: T::ZERO, certified: false };
        let mut found = alloc::vec![none; pairs.len()];
        procrustes.compare_many_in(prepared, pairs, &mut memory, |k, comparison| {
            let pair = PairDistance {
                distance: comparison.distance(),
                lower_bound: comparison.lower_bound(),
                certified: comparison.is_certified(),
            };
            if let Some(found) = found.get_mut(k) {
                *found = pair;
            }
            each(&pair);
        })?;
        counter.check()?;
        Ok(found)
    });
    let found: Vec<Vec<PairDistance<T>>> = found.into_iter().collect::<Result<_, Error>>()?;
    Ok(found.into_iter().flatten().collect())
}

pub(super) fn largest_order<T: Scalar>(operators: &[MatRef<'_, T>]) -> usize {
    operators.iter().map(MatRef::rows).max().unwrap_or(0)
}

/// Proves what the closed-form bound does not.
pub(super) fn certify<T: Scalar>(
    operators: &[MatRef<'_, T>],
    pairs: &[(usize, usize)],
    order: usize,
    procrustes: &Procrustes,
    found: &mut [PairDistance<T>],
    counter: &PairCounter<'_>,
) -> Result<(), Error> {
    let padded = operators.iter().map(|operator| padded(*operator, order));
    let padded: Vec<Mat<T>> = padded.collect::<Result<_, Error>>()?;
    let open = found.iter_mut().zip(pairs).filter(|(found, _)| !found.certified);
    let proved = map_all(open.collect(), |(found, (i, j)): (&mut PairDistance<T>, _)| {
        let (Some(a), Some(b)) = (padded.get(*i), padded.get(*j)) else {
            return Err(Error::Empty);
        };
        counter.check()?;
        let proved = procrustes.certify(a.as_ref(), b.as_ref())?;
        *found = PairDistance {
            distance: proved.distance(),
            lower_bound: proved.lower_bound(),
            certified: proved.is_certified(),
        };
        counter.step();
        counter.check()
    });
    proved.into_iter().collect()
}

/// An operator with rows and columns of zeros that make it `order` x `order`.
fn padded<T: Scalar>(a: MatRef<'_, T>, order: usize) -> Result<Mat<T>, Error> {
    let mut padded = Mat::zeros(order, order)?;
    for (to, from) in padded.as_mut().columns_mut().zip(a.columns()) {
        copy(to, from);
    }
    Ok(padded)
}

fn by_wasserstein<T: Scalar>(
    operators: &[MatRef<'_, T>],
    pairs: &[(usize, usize)],
    largest: usize,
    wasserstein: &Wasserstein,
    counter: &PairCounter<'_>,
) -> Result<Vec<PairDistance<T>>, Error> {
    let pad = wasserstein.unequal_ranks_rule() == UnequalRanks::Pad;
    let spectra = map_all(operators.iter().collect(), |operator: &MatRef<'_, T>| {
        Spectrum::padded(*operator, if pad { largest } else { operator.rows() })
    });
    let spectra: Vec<Spectrum<T>> = spectra.into_iter().collect::<Result<_, Error>>()?;
    let tasks: Vec<&[(usize, usize)]> = pairs.chunks(task_len(pairs.len())).collect();
    let found = map_all(tasks, |pairs| {
        let order = |i: usize| spectra.get(i).map_or(0, |spectrum| spectrum.real.len());
        let length =
            |(i, j): &(usize, usize)| wasserstein.eigenvalues_memory_len(order(*i), order(*j));
        counter.check()?;
        let mut memory = try_zeros(pairs.iter().map(length).max().unwrap_or(0))?;
        let mut found = try_reserve(pairs.len())?;
        for (i, j) in pairs {
            let (Some(a), Some(b)) = (spectra.get(*i), spectra.get(*j)) else {
                return Err(Error::Empty);
            };
            let distance = wasserstein.compare_eigenvalues_in(
                &a.real,
                &a.imaginary,
                &b.real,
                &b.imaginary,
                &mut memory,
            )?;
            counter.step();
            found.push(PairDistance { distance, lower_bound: distance, certified: true });
        }
        counter.check()?;
        Ok(found)
    });
    let found: Vec<Vec<PairDistance<T>>> = found.into_iter().collect::<Result<_, Error>>()?;
    Ok(found.into_iter().flatten().collect())
}

/// The eigenvalues of an operator.
struct Spectrum<T> {
    real: Vec<T>,
    imaginary: Vec<T>,
}

impl<T: Scalar> Spectrum<T> {
    /// Of an operator with rows and columns of zeros that make it `order` x `order`.
    fn padded(a: MatRef<'_, T>, order: usize) -> Result<Self, Error> {
        a.check_square()?;
        a.check_finite()?;
        let mut padded = padded(a, order)?;
        let (mut real, mut imaginary) = (try_zeros(order)?, try_zeros(order)?);
        eigenvalues_in(&mut padded.as_mut(), &mut real, &mut imaginary)?;
        Ok(Self { real, imaginary })
    }
}

/// Pairs of one task: enough tasks for every thread, and enough pairs to fill the lanes of each.
fn task_len(pairs: usize) -> usize {
    #[cfg(feature = "rayon")]
    let threads = rayon::current_num_threads();
    #[cfg(not(feature = "rayon"))]
    let threads = 1_usize;
    pairs.div_ceil(threads.saturating_mul(2)).clamp(4, ROUND)
}
