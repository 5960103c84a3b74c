//! Sums over the blocks of a recording, from which any resample of the blocks is fitted without its samples.
//!
//! ```text
//! once:   U, S = m leading directions of the windows of the whole recording,  y = S⁻¹ Uᵀ (h - mean)
//!         for each block: sums of y, of y yᵀ over all, the later and the earlier windows, and of the lagged products
//! for a resample with weights w
//!         G = sum of w times the sums of y yᵀ, about its mean;  G = L Lᵀ by Cholesky
//!         S L = U₂ S₂ V₂ᵀ by one-sided Jacobi:  W = S U₂ S₂⁻¹ whitens the resample,  v = Wᵀ y
//!         for every rank r: the moments of v about their means, of the leading r coordinates, and their regression
//! ```
//!
//! In the coordinates y the recording is white, so G is near the identity and Cholesky loses no digits; the spread of the
//! singular values comes in afterwards, as the scale of rows, which Jacobi keeps. So the condition is not squared.

use super::directions::limit;
use super::model::{Model, ModelRef};
use super::rank::Rank;
use super::regression::{self, Normal, WhitenedMoments};
use super::settings::{Dmd, WindowCounts};
use super::whitening::{project, subtract_means};
use crate::data::blocks::{Blocks, Resampling, reserve_draws};
use crate::data::recording::{Recording, common_channels};
use crate::error::{Error, Setting};
use crate::linalg::{solve, svd, symmetric};
use crate::matrix::{
    Cells, Layout, Mat, MatMut, MatRef, add, add_scaled, area, check, copy, try_reserve, try_zeros,
};
use crate::scalar::Scalar;
use alloc::vec::Vec;
use core::ops::Range;

/// What the fits of all resamples of a recording need: sums over its [`Blocks`].
///
/// The samples are read when the sums are made, and never again. A resample, given by how often each block is in it, is then a
/// sum of sums and a small fit, whatever the length of the recording.
///
/// The sums are kept in the m leading directions of the windows of the whole recording, m being the larger of
/// [`PER_RANK`](Self::PER_RANK) times the largest rank and [`FEW`](Self::FEW), or as many as there are.
/// With all directions the fit is that of the blocks as trials, up to rounding, in which a block that is drawn twice is
/// there twice. With fewer, what a resample has in directions that are weak in the whole recording is lost.
///
/// Channels are scaled ([`Scale::UnitVariance`](crate::Scale)) by what the whole recording says, not the resample.
///
/// ```
/// use dynamical_similarity::{BlockMoments, Blocks, Dmd, Procrustes, Rank, Recording};
/// let samples: Vec<f64> = (0..2000).map(|t| f64::from(t * t % 17) + (0.1 * f64::from(t)).sin()).collect();
/// let trial = [Recording::new(&samples, 1)?];
/// let dmd = Dmd::new().delays(6).rank(Rank::Fixed(3));
/// let blocks = Blocks::of_length(&trial, dmd.span(), 100)?;
/// let moments = BlockMoments::of(&blocks, &dmd, 3)?;
/// // Every block once: nearly the fit of the whole trial, less the windows that cross a cut.
/// let all = moments.fit(&[1; 20], &[2, 3])?;
/// let whole = dmd.fit(&trial)?;
/// let apart = Procrustes::new().compare_operators(all[1].as_ref(), whole.operator())?.distance();
/// assert!(apart < 0.05);
/// // Ten resamples.
/// let draws = moments.draws(1, 0..10, &[3])?;
/// assert_eq!((draws.len(), draws[9][0].as_ref().rows()), (10, 3));
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BlockMoments {
    dmd: Dmd,
    /// The singular values of the m directions.
    scale: Vec<f64>,
    counts: Vec<WindowCounts>,
    /// The sums of each block, one after another.
    sums: Vec<f64>,
    resampling: Resampling,
}

impl BlockMoments {
    /// Directions that are kept for each of the largest rank.
    pub const PER_RANK: usize = 4;
    /// Directions that are kept at least, where there are so many.
    pub const FEW: usize = 16;

    /// Sums over the windows of each block. The rank of the settings is not read: `largest_rank` is the largest one of the
    /// fits that will be asked for.
    ///
    /// Cost: a fit of m directions of the whole recording, then N (p m + 1.5 m²) multiply-adds for N windows of p entries.
    /// Memory: 2.5 m² scalars for each block, and m times the windows of the longest trial of a block meanwhile.
    ///
    /// # Errors
    /// Those of [`Dmd::fit`] for the m directions; [`Error::InvalidSetting`] for reduced-rank regression;
    /// [`Error::ShapeMismatch`] if a pair of windows spans more than the blocks were made for; [`Error::RankTooLarge`];
    /// [`Error::OutOfMemory`].
    pub fn of<T: Scalar>(
        blocks: &Blocks<'_, T>,
        dmd: &Dmd,
        largest_rank: usize,
    ) -> Result<Self, Error> {
        dmd.rank(Rank::Fixed(largest_rank)).validate()?;
        if dmd.reduced_rank {
            return Err(Error::InvalidSetting {
                setting: Setting::ReducedRank,
                expected: "off where resamples are fitted",
            });
        }
        if dmd.span() > blocks.span() {
            check("the span of a pair of windows", blocks.span(), dmd.span())?;
        }
        let model = dmd.leading(blocks.whole(), largest_rank)?;
        let model = model.as_ref();
        if model.rank < largest_rank && !dmd.parity {
            let available = model.rank;
            return Err(Error::RankTooLarge { requested: largest_rank, available });
        }
        let coordinates = Coordinates::of(&model)?;
        let made =
            map((0..blocks.count()).collect(), |block| coordinates.sums(blocks.trials(block)));
        let mut sums = try_reserve(area(blocks.count(), layout(model.rank).len()))?;
        let mut counts = try_reserve(blocks.count())?;
        for block in made {
            let (of_block, count) = block?;
            sums.extend(of_block);
            counts.push(count);
        }
        let resampling = blocks.resampling();
        Ok(Self { dmd: *dmd, scale: coordinates.scale, counts, sums, resampling })
    }

    /// The directions m in which the sums are kept: the largest rank of a fit.
    #[must_use]
    pub fn directions(&self) -> usize {
        self.scale.len()
    }

    /// The number of blocks.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.counts.len()
    }

    /// The operators of a resample, one for each of `ranks`. Block k is in the resample `weights[k]` times. An operator is
    /// that of [`Dmd::fit`] for these trials, but for the signs of its coordinates, which no distance sees.
    ///
    /// Cost: 2.5 m² additions for each block, about 30 m³ flops, and 8 r³ for each rank.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] unless there is a weight for each block; [`Error::Empty`] if all weights are 0;
    /// [`Error::RankTooLarge`] where a resample has fewer directions than a rank; [`Error::Singular`] without a ridge;
    /// [`Error::NotConverged`] (not seen); [`Error::OutOfMemory`].
    pub fn fit(&self, weights: &[u32], ranks: &[usize]) -> Result<Vec<Mat<f64>>, Error> {
        let m = self.directions();
        check("the number of weights", self.counts.len(), weights.len())?;
        ranks.iter().try_for_each(|rank| Rank::Fixed(*rank).validate())?;
        let mut total: Vec<f64> = try_zeros(layout(m).len())?;
        let mut counts = WindowCounts { rows: 0, pairs: 0 };
        // Pairs of a block that is there twice are no further evidence.
        let mut different = 0_usize;
        let blocks = self.sums.chunks_exact(layout(m).len().max(1));
        for ((weight, sums), count) in weights.iter().zip(blocks).zip(&self.counts) {
            add_scaled(&mut total, f64::from(*weight), sums);
            let times = |count: usize| (*weight as usize).saturating_mul(count);
            counts.rows = counts.rows.saturating_add(times(count.rows));
            counts.pairs = counts.pairs.saturating_add(times(count.pairs));
            different = different.saturating_add(if *weight > 0 { count.pairs } else { 0 });
        }
        if counts.pairs == 0 {
            return Err(Error::Empty);
        }
        let ([all, plus, minus, lagged, sum, later, earlier], _) =
            layout(m).cut_checked(&mut total);
        let whitened = self.whiten(all, sum, counts.rows)?;
        let largest = ranks.iter().copied().max().unwrap_or(1).min(whitened.available);
        if largest == 0 {
            return Err(Error::DegenerateSignal { channel: None });
        }
        let whitener = whitened.basis.as_ref().leading_columns(largest);
        let mut moments: Vec<f64> = try_zeros(WhitenedMoments::<f64>::memory_len(largest))?;
        let mut of_largest = WhitenedMoments::over(&mut moments, largest);
        let (mut square, mut product) = (Mat::zeros(m, m)?, Mat::zeros(m, largest)?);
        for (packed, moment) in [(plus, &mut of_largest.plus), (minus, &mut of_largest.minus)] {
            unpack(packed, &mut square.as_mut());
            product.as_mut().set_product(square.as_ref(), whitener)?;
            moment.set_product_transposed(whitener, product.as_ref())?;
        }
        product.as_mut().set_product(MatRef::over(lagged, m, m), whitener)?;
        of_largest.lagged.set_product_transposed(whitener, product.as_ref())?;
        if self.centred() {
            let mut means: [Vec<f64>; 2] = [try_zeros(largest)?, try_zeros(largest)?];
            let [of_later, of_earlier] = &mut means;
            for (sums, to) in [(later, &mut *of_later), (earlier, &mut *of_earlier)] {
                project(whitener, sums, to);
                to.iter_mut().for_each(|x| *x /= counts.pairs as f64);
            }
            subtract_means(&mut of_largest, of_later, of_earlier, counts.pairs);
        }
        let mut operators = try_reserve(ranks.len())?;
        for rank in ranks {
            let rule = Rank::Fixed(*rank);
            let rank = limit(*rank, whitened.available, rule, self.dmd.parity)?;
            let normal = Normal {
                ridge: self.dmd.ridge,
                rounding: whitened.rounding(rank),
                independent: different.saturating_sub(usize::from(self.centred())),
            };
            operators.push(regress(&moments, largest, rank, normal)?);
        }
        Ok(operators)
    }

    /// The operators of the resamples with these numbers, drawn with a seed: one after another those of
    /// [`Blocks::weights`], each as [`fit`](Self::fit) gives it. With the feature `rayon` all cores work. The bits depend
    /// on the seed, the number and the recording alone.
    ///
    /// Two resamples of one recording that differ in their numbers are independent, given the recording.
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit), of the first resample that has one; [`Error::OutOfMemory`] for more draws than there is
    /// room for.
    pub fn draws(
        &self,
        seed: u64,
        draws: Range<u64>,
        ranks: &[usize],
    ) -> Result<Vec<Vec<Mat<f64>>>, Error> {
        let mut numbers = reserve_draws(&draws)?;
        numbers.extend(draws);
        let fitted = map(numbers, |draw| self.fit(&self.resampling.weights(seed, draw)?, ranks));
        fitted.into_iter().collect()
    }

    const fn centred(&self) -> bool {
        matches!(self.dmd.centre, crate::data::centring::Centre::Mean)
    }

    /// W = S U₂ S₂⁻¹ from the sums of y yᵀ and of y over all windows of a resample.
    fn whiten(&self, all: &[f64], sum: &[f64], rows: usize) -> Result<Whitened, Error> {
        let m = self.directions();
        let mut gram = Mat::zeros(m, m)?;
        unpack(all, &mut gram.as_mut());
        if self.centred() {
            for (column, x) in gram.as_mut().columns_mut().zip(sum) {
                add_scaled(column, -*x / rows as f64, sum);
            }
        }
        gram.as_ref().check_finite()?;
        let mut root = square_root(gram)?;
        for column in root.as_mut().columns_mut() {
            column.iter_mut().zip(&self.scale).for_each(|(x, scale)| *x *= *scale);
        }
        let mut singular_values: Vec<f64> = try_zeros(m)?;
        svd::orthogonalise_columns_in(&mut root.as_mut(), &mut singular_values, None)?;
        let floor = 4.0 * m as f64 * f64::EPSILON * singular_values.at(0);
        let available = singular_values.iter().take_while(|s| **s > floor).count();
        for (column, s) in root.as_mut().columns_mut().zip(&singular_values).take(available) {
            column.iter_mut().zip(&self.scale).for_each(|(x, scale)| *x *= *scale / *s);
        }
        Ok(Whitened { basis: root, singular_values, available })
    }
}

/// The whitening of a resample in the coordinates y.
struct Whitened {
    /// W, of which the leading columns are directions that there are.
    basis: Mat<f64>,
    singular_values: Vec<f64>,
    available: usize,
}

impl Whitened {
    /// Of the moments in the leading directions.
    fn rounding(&self, rank: usize) -> f64 {
        let last = self.singular_values.at(rank.saturating_sub(1));
        regression::rounding(self.singular_values.at(0), last)
    }
}

/// R with R Rᵀ = G: by Cholesky, or by eigenvalues if G is singular, as that of a resample of few different windows is.
fn square_root(gram: Mat<f64>) -> Result<Mat<f64>, Error> {
    let m = gram.as_ref().rows();
    let mut root = Mat::copy_of(gram.as_ref())?;
    match solve::factor_symmetric_in(&mut root.as_mut()) {
        Ok(()) => {
            for (j, column) in root.as_mut().columns_mut().enumerate() {
                column.part_mut(0, j).fill(0.0);
            }
        }
        Err(Error::Singular) => {
            let mut gram = gram;
            let mut values: Vec<f64> = try_zeros(m)?;
            let mut memory = try_zeros(symmetric::eigen_memory_len(m))?;
            symmetric::eigen_in(&mut gram.as_mut(), &mut values, &mut root.as_mut(), &mut memory)?;
            for (column, value) in root.as_mut().columns_mut().zip(&values) {
                let size = libm::sqrt(value.max(0.0));
                column.iter_mut().for_each(|x| *x *= size);
            }
        }
        Err(other) => return Err(other),
    }
    Ok(root)
}

/// The operator of a rank from the moments of a larger one.
fn regress(
    moments: &[f64],
    largest: usize,
    rank: usize,
    normal: Normal<f64>,
) -> Result<Mat<f64>, Error> {
    let mut memory = try_zeros(WhitenedMoments::<f64>::memory_len(rank))?;
    let parts = WhitenedMoments::over(&mut memory, rank);
    let all = WhitenedMoments::views(moments, largest);
    for (mut part, all) in [parts.plus, parts.minus, parts.lagged].into_iter().zip(all) {
        part.columns_mut().zip(all.columns()).for_each(|(to, from)| copy(to, from));
    }
    let mut operator = Mat::zeros(rank, rank)?;
    let mut scratch = try_zeros(regression::memory_len(rank))?;
    let moments = WhitenedMoments::over(&mut memory, rank);
    regression::plain(&moments, normal, &mut operator.as_mut(), &mut scratch)?;
    operator.as_ref().check_finite()?;
    Ok(operator)
}

/// The sums of a block in m directions: lower triangles of the sums of y yᵀ over all windows, the later and the earlier ones,
/// column after column; the lagged products, later x earlier; the sums of y over all, the later and the earlier windows.
const fn layout(m: usize) -> Layout<7> {
    let triangle = area(m, m.saturating_add(1)) / 2;
    Layout::new([triangle, triangle, triangle, area(m, m), m, m, m])
}

/// Adds weight y yᵀ to a lower triangle.
fn add_square(triangle: &mut [f64], weight: f64, y: &[f64]) {
    let mut rest = triangle;
    for (j, x) in y.iter().enumerate() {
        let below = y.part(j, usize::MAX);
        let (column, after) = rest.split_at_mut_checked(below.len()).unwrap_or_default();
        add_scaled(column, weight * *x, below);
        rest = after;
    }
}

/// The symmetric matrix of a lower triangle.
fn unpack(triangle: &[f64], matrix: &mut MatMut<'_, f64>) {
    let mut rest = triangle;
    let m = matrix.rows();
    for (j, column) in matrix.columns_mut().enumerate() {
        let (below, after) = rest.split_at_checked(m.saturating_sub(j)).unwrap_or_default();
        copy(column.part_mut(j, usize::MAX), below);
        rest = after;
    }
    matrix.mirror_lower();
}

/// The coordinates y = S⁻¹ Uᵀ (h - mean).
struct Coordinates<'m, T> {
    model: &'m ModelRef<'m, T>,
    /// U S⁻¹
    whitener: Mat<f64>,
    scale: Vec<f64>,
}

impl<'m, T: Scalar> Coordinates<'m, T> {
    fn of(model: &'m ModelRef<'m, T>) -> Result<Self, Error> {
        // Of conditioned samples, which are near 1 in size.
        let unit: f64 = model.unit.into();
        let mut scale = try_reserve(model.rank)?;
        scale.extend(model.singular_values().iter().map(|s| Into::<f64>::into(*s) / unit));
        let mut whitener = Mat::zeros(model.basis.rows(), model.basis.cols())?;
        let columns = model.basis.columns().zip(&scale);
        for (to, (from, s)) in whitener.as_mut().columns_mut().zip(columns) {
            to.iter_mut().zip(from).for_each(|(to, from)| *to = Into::<f64>::into(*from) / *s);
        }
        Ok(Self { model, whitener, scale })
    }

    /// The sums over the trials of a block.
    fn sums(&self, trials: &[Recording<'_, T>]) -> Result<(Vec<f64>, WindowCounts), Error> {
        let m = self.scale.len();
        let steps_ahead = self.model.dmd.steps_ahead;
        let counts = self.model.dmd.count(trials)?;
        let mut sums = try_zeros(layout(m).len())?;
        let ([all, plus, minus, lagged, sum, later, earlier], _) = layout(m).cut_checked(&mut sums);
        for trial in trials {
            let states = self.states(trial)?;
            let states = states.as_ref();
            for (t, y) in states.columns().enumerate() {
                add_square(all, 1.0, y);
                add(sum, y);
                let Some(before) = t.checked_sub(steps_ahead) else { continue };
                for (column, x) in crate::matrix::pieces_mut(lagged, m).zip(states.column(before)) {
                    add_scaled(column, *x, y);
                }
            }
            let kept = states.cols().saturating_sub(steps_ahead);
            for (t, y) in states.columns().enumerate() {
                // Later windows lack the first of each trial, and earlier ones the last.
                if t < steps_ahead {
                    add_square(plus, -1.0, y);
                    add_scaled(later, -1.0, y);
                }
                if t >= kept {
                    add_square(minus, -1.0, y);
                    add_scaled(earlier, -1.0, y);
                }
            }
        }
        add(plus, all);
        add(minus, all);
        add(later, sum);
        add(earlier, sum);
        Ok((sums, counts))
    }

    /// The coordinates of all windows of a trial, a window a column.
    fn states(&self, trial: &Recording<'_, T>) -> Result<Mat<f64>, Error> {
        let windows = self.model.windows();
        let times = windows.times(trial);
        let mut states = Mat::zeros(self.scale.len(), times.len())?;
        let p = self.whitener.as_ref().rows();
        let mut window: Vec<T> = try_zeros(p)?;
        let mut wide: Vec<f64> = try_zeros(p)?;
        for (state, t) in states.as_mut().columns_mut().zip(times) {
            windows.window_into(trial, t, &mut window);
            wide.iter_mut().zip(&window).for_each(|(to, x)| *to = (*x).into());
            project(self.whitener.as_ref(), &wide, state);
        }
        states.as_ref().check_finite()?;
        Ok(states)
    }
}

/// Windows are factored as a whole where second moments are not accurate enough, if they are so few or have so few entries.
/// Larger ones are tried with fewer directions first.
const FACTORED: usize = 256;

impl Dmd {
    /// A model of the m leading directions of a recording, from which alone they are taken.
    fn leading<T: Scalar>(
        &self,
        trials: &[Recording<'_, T>],
        largest_rank: usize,
    ) -> Result<Model<T>, Error> {
        let width = self.embedding().width(common_channels(trials)?);
        let rows = self.count(trials)?.rows;
        let wanted = largest_rank.saturating_mul(BlockMoments::PER_RANK).max(BlockMoments::FEW);
        let mut m = wanted.min(width).min(rows).max(largest_rank);
        // Halves what is more than the rank, so that it ends after as many rounds as m has bits.
        for _ in 0..usize::BITS {
            let dmd = self.rank(Rank::Fixed(m));
            if let Some(model) = dmd.fit_from_leading_directions(trials)? {
                return Ok(model);
            }
            if width.min(rows) <= FACTORED || m == largest_rank {
                return match dmd.fit_directly(trials) {
                    Err(Error::RankTooLarge { available, .. }) if available > 0 => {
                        self.rank(Rank::Fixed(available)).fit_directly(trials)
                    }
                    other => other,
                };
            }
            m = largest_rank.saturating_add(m.saturating_sub(largest_rank) / 2);
        }
        self.rank(Rank::Fixed(largest_rank)).fit_directly(trials)
    }
}

/// f of all items, on all cores where there are threads.
fn map<I: Send, R: Send>(items: Vec<I>, f: impl Fn(I) -> R + Sync + Send) -> Vec<R> {
    #[cfg(feature = "std")]
    return crate::linalg::parallel::map_all(items, f);
    #[cfg(not(feature = "std"))]
    items.into_iter().map(f).collect()
}
