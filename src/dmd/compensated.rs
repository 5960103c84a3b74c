//! Fits from compensated second moments: the Gram path at any condition that rounding allows.
//!
//! ```text
//! G, L = sums of products of all windows and of pairs of windows, in twice the precision
//! G = Rᵀ R + S by pivoted Cholesky, row by row, until the trace of S is small enough
//! R = P diag(s) Uᵀ by a singular value decomposition of few rows:  W = U diag(1/s)
//! V₊ᵀ V₋ = Wᵀ L W;  V₊ᵀ V₊ and V₋ᵀ V₋ = I less the first and the last whitened windows of each trial
//! ```
//!
//! The singular values of R are found to eps s_1, as from a QR factorisation of the windows, so that the squared condition
//! meets the error of the sums alone. That error and the trace of S are known, and the fit is refused (another path does
//! it then) unless what they can do to an operator is small; see [`Certificate`].

use super::fit::Fit;
use super::model::{FitPath, Model};
use super::rank::Rank;
use super::regression::WhitenedMoments;
use super::settings::{Dmd, Shape, WindowCounts};
use super::whitening::{Whitener, fix_signs};
use crate::data::centring::{Centre, Conditioning};
use crate::data::compensated_gram::{CompensatedGram, PairedWindows, Sums};
use crate::data::embedding::Windows;
use crate::data::recording::{Recording, common_channels};
use crate::error::Error;
use crate::linalg::doubled::{Doubled, SplitColumns};
use crate::linalg::pivoted_cholesky::{Columns, PivotedCholesky};
use crate::linalg::{svd, symmetric};
use crate::matrix::{Cells, Mat, MatMut, MatRef, add_scaled, try_zeros};
use crate::scalar::{Real, Scalar, is_double};
use alloc::vec::Vec;

impl Dmd {
    /// The fit from the leading directions alone, found from windows or from compensated sums; `None` where neither is cheaper
    /// and accurate enough.
    pub(crate) fn fit_from_leading_directions<T: Scalar>(
        &self,
        trials: &[Recording<'_, T>],
    ) -> Result<Option<Model<T>>, Error> {
        match self.fit_wide(trials)? {
            None => self.fit_compensated(trials),
            found => Ok(found),
        }
    }

    /// [`fit_in`](Self::fit_in) in memory of its own.
    pub(crate) fn fit_directly<T: Scalar>(
        &self,
        trials: &[Recording<'_, T>],
    ) -> Result<Model<T>, Error> {
        let shape = self.shape(common_channels(trials)?);
        let length = Self::memory_len_for_rows(shape, self.count(trials)?.rows);
        self.fit_in(trials, &mut try_zeros(length)?)?.to_owned()
    }

    /// Whether the settings ask for what this path can do.
    pub(super) fn takes_moments(&self, shape: Shape, rows: usize) -> bool {
        matches!(self.rank, Rank::Fixed(rank) if rank <= shape.width())
            && !self.reduced_rank
            && rows >= shape.width()
    }

    /// The fit from compensated second moments; `None` where they are not accurate enough, or too many.
    fn fit_compensated<T: Scalar>(
        &self,
        trials: &[Recording<'_, T>],
    ) -> Result<Option<Model<T>>, Error> {
        let channels = common_channels(trials)?;
        let (shape, counts) = (self.shape(channels), self.count(trials)?);
        let windows = PairedWindows::new(channels, self.embedding(), self.steps_ahead);
        let Some(windows) = windows.filter(|_| self.takes_moments(shape, counts.rows)) else {
            return Ok(None);
        };
        let mut memory = try_zeros(Fit::<T>::memory_len(shape))?;
        let mut fit = Fit::cut(*self, shape, counts, &mut memory);
        fit.measure(trials)?;
        for sums in sums_to_try::<T>() {
            let conditioning = Conditioning { shift: &*fit.shift, gain: &*fit.gain };
            let gram = CompensatedGram::of(trials, windows, conditioning, *sums)?;
            let gram = Centred::new(gram, counts, self.centre == Centre::Mean)?;
            if let Some(directions) = Directions::of(&gram, shape.rank, tolerance::<T>())? {
                fit.keep_mean(gram.mean());
                if !fit.take(directions, &gram, trials, trials)? {
                    return Ok(None);
                }
                fit.keep(shape.rank, FitPath::CompensatedGram);
                return Ok(Some(fit.finish()?.to_owned()?));
            }
        }
        Ok(None)
    }
}

/// Products of samples in `f32` are exact in `f64`, which is twice the precision already.
pub(super) const fn sums_to_try<T: Scalar>() -> &'static [Sums] {
    if is_double::<T>() { &[Sums::Compensated] } else { &[Sums::Plain, Sums::Compensated] }
}

/// What errors may do to an entry of an operator.
pub(super) const fn tolerance<T: Scalar>() -> f64 {
    if is_double::<T>() { 2e-10 } else { 1e-6 }
}

/// Moments about the mean of all windows.
pub(super) struct Centred {
    gram: CompensatedGram,
    counts: WindowCounts,
    /// The sum of all windows and their mean; empty without centring.
    sums: Vec<Doubled>,
    means: Vec<Doubled>,
}

impl Centred {
    pub(super) fn new(
        gram: CompensatedGram,
        counts: WindowCounts,
        centred: bool,
    ) -> Result<Self, Error> {
        let width = if centred { gram.width() } else { 0 };
        let mut sums = crate::matrix::try_reserve(width)?;
        sums.extend((0..width).map(|i| gram.sums(i)[0]));
        let mut means = crate::matrix::try_reserve(width)?;
        means.extend(sums.iter().map(|sum: &Doubled| sum.over(counts.rows.max(1) as f64)));
        Ok(Self { gram, counts, sums, means })
    }

    pub(super) fn mean(&self) -> impl Iterator<Item = f64> {
        self.means.iter().map(|mean| mean.value())
    }
}

impl Columns for Centred {
    fn column(&self, i: usize, [high, low]: [&mut [f64]; 2]) {
        self.gram.column(i, [&mut *high, &mut *low]);
        let Some(mean) = self.means.get(i) else { return };
        for ((high, low), sum) in high.iter_mut().zip(low).zip(&self.sums) {
            let entry = Doubled { high: *high, low: *low }.minus(sum.times(*mean));
            (*high, *low) = (entry.high, entry.low);
        }
    }

    fn diagonal(&self, [high, low]: [&mut [f64]; 2]) {
        for (i, (high, low)) in high.iter_mut().zip(low).enumerate() {
            let mut entry = self.gram.diagonal(i);
            if let (Some(sum), Some(mean)) = (self.sums.get(i), self.means.get(i)) {
                entry = entry.minus(sum.times(*mean));
            }
            (*high, *low) = (entry.high, entry.low);
        }
    }

    /// The sums were rounded before the mean was subtracted.
    fn error(&self, i: usize) -> f64 {
        self.gram.rounding() * self.gram.diagonal(i).high
    }
}

/// The leading directions of the windows.
pub(super) struct Directions {
    /// r + 1 at most.
    singular_values: Vec<f64>,
    /// p x r
    basis: Mat<f64>,
}

impl Directions {
    /// `None` where there are not so many directions, or where they are not known accurately enough.
    pub(super) fn of(gram: &Centred, rank: usize, tolerance: f64) -> Result<Option<Self>, Error> {
        let p = gram.gram.width();
        let mut cholesky = PivotedCholesky::new(gram, p)?;
        let trace = cholesky.trace();
        // Of the Frobenius norm, by the inequality of Cauchy and Schwarz.
        let error = (0..p).fold(0.0, |sum, i| sum + gram.error(i));
        let few = rank.saturating_mul(PER_DIRECTION).saturating_add(FEW);
        let (mut target, mut last) = (0.0, 0.0);
        // Every row lowers the trace, and the target falls by a factor each time.
        loop {
            let mut exhausted = false;
            while !exhausted && (cholesky.rows() < rank || cholesky.trace() > target) {
                if cholesky.rows() == few && last * WELL_CONDITIONED > trace {
                    let (found, own) = Self::from_whole(gram, rank)?;
                    if Certificate::of(&found.singular_values, rank).allows(error + own, tolerance)
                    {
                        return Ok(Some(found));
                    }
                }
                match cholesky.append(gram)? {
                    Some(pivot) if cholesky.rows() == rank => {
                        (last, target) = (pivot, TRUNCATION * pivot);
                    }
                    Some(_) => {}
                    None => exhausted = true,
                }
            }
            if cholesky.rows() < rank {
                return Ok(None);
            }
            let found = Self::from_rows(&cholesky, rank)?;
            let certificate = Certificate::of(&found.singular_values, rank);
            if !certificate.allows(error, tolerance) {
                return Ok(None);
            }
            if exhausted || certificate.allows(cholesky.trace() / CAUTION, tolerance) {
                return Ok(Some(found));
            }
            target = cholesky.trace() * 1e-3;
        }
    }

    /// From the eigenvectors of G in single width; also the norm of a perturbation of G that has their error.
    fn from_whole(gram: &Centred, rank: usize) -> Result<(Self, f64), Error> {
        let p = gram.gram.width();
        let mut low: Vec<f64> = try_zeros(p)?;
        let mut whole = Mat::zeros(p, p)?;
        for (i, column) in whole.as_mut().columns_mut().enumerate() {
            gram.column(i, [&mut *column, &mut low]);
            column.iter_mut().zip(&low).for_each(|(to, low)| *to += *low);
        }
        let mut values: Vec<f64> = try_zeros(p)?;
        let mut basis = Mat::zeros(p, rank)?;
        let mut memory = try_zeros(symmetric::leading_memory_len(p))?;
        symmetric::leading_in(&mut whole.as_mut(), &mut values, &mut basis.as_mut(), &mut memory)?;
        let error = EIGENVECTORS * f64::EPSILON * values.at(0);
        values.truncate(rank.saturating_add(1));
        values.iter_mut().for_each(|x| *x = Real::sqrt(x.larger(0.0)));
        fix_signs(&mut basis.as_mut());
        Ok((Self { singular_values: values, basis }, error))
    }

    fn from_rows(cholesky: &PivotedCholesky, rank: usize) -> Result<Self, Error> {
        let rows = cholesky.transposed()?;
        let (p, k) = (rows.as_ref().rows(), rows.as_ref().cols());
        let (mut u, mut v) = (Mat::zeros(p, k)?, Mat::zeros(k, k)?);
        let mut values: Vec<f64> = try_zeros(k)?;
        let mut memory = try_zeros(svd::svd_memory_len(p, k))?;
        svd::svd_in(rows.as_ref(), &mut u.as_mut(), &mut values, &mut v.as_mut(), &mut memory)?;
        let mut basis = Mat::zeros(p, rank)?;
        for (to, from) in basis.as_mut().columns_mut().zip(u.as_ref().columns()) {
            crate::matrix::copy(to, from);
        }
        fix_signs(&mut basis.as_mut());
        values.truncate(rank.saturating_add(1));
        Ok(Self { singular_values: values, basis })
    }
}

/// Where the trace has not become small within so many rows of R for each direction and so many more, it does not fall off,
/// and the whole matrix is decomposed if its condition allows that: if G is not larger than this many times the pivot of
/// the last direction.
const PER_DIRECTION: usize = 2;
const FEW: usize = 16;
const WELL_CONDITIONED: f64 = 1e7;
/// The error of eigenvectors is that of a perturbation by so many eps s_1²; 2.5 p eps at most, and far less as a rule, was
/// seen.
const EIGENVECTORS: f64 = 4.0;
/// The first rows of R end where the trace of S is this much of the pivot of the last direction.
const TRUNCATION: f64 = 1e-13;
/// The trace of S may do this much of what the error of the sums may do.
const CAUTION: f64 = 0.05;

/// What an error E of G does to the whitened coordinates, in units of |E|: it turns two directions of singular values
/// s > s' into each other by |E| / (s² - s'²), and the coordinates by s / s' times that; it changes the smallest kept
/// singular value by |E| / s² of itself.
#[derive(Clone, Copy, Debug)]
struct Certificate {
    /// Relative to |E|, as above.
    factor: f64,
    /// s_1 s_r: a QR factorisation makes errors as those of eps times this in G.
    product: f64,
}

impl Certificate {
    fn of(singular_values: &[f64], rank: usize) -> Self {
        let last = singular_values.at(rank.saturating_sub(1));
        let mut factor = 1.0 / (last * last);
        for (k, pair) in singular_values.windows(2).enumerate() {
            let [before, after] = pair else { continue };
            let gap = (before - after) * (before + after);
            // Into a direction that is not kept, coordinates turn less than directions.
            let growth = if k.saturating_add(1) < rank { before / after } else { 1.0 };
            factor = factor.larger(growth / gap);
        }
        Self { factor, product: singular_values.at(0) * last }
    }

    /// Whether an error of G of this norm may be made: it changes nothing by more than the tolerance, or by more than the
    /// rounding of a QR factorisation does.
    fn allows(&self, error: f64, tolerance: f64) -> bool {
        error * self.factor <= tolerance || error <= f64::EPSILON * self.product
    }
}

impl<T: Scalar> Fit<'_, T> {
    /// Takes the directions, and finds the moments of the whitened windows. `false` where the last direction is rounding. The
    /// beginnings and the ends of the trials are enough.
    pub(super) fn take(
        &mut self,
        directions: Directions,
        gram: &Centred,
        beginnings: &[Recording<'_, T>],
        ends: &[Recording<'_, T>],
    ) -> Result<bool, Error> {
        let Directions { singular_values, mut basis } = directions;
        let rank = basis.as_ref().cols();
        for (to, s) in self.spectrum.iter_mut().zip(&singular_values) {
            *to = T::of(*s);
        }
        if self.spectrum.at(rank.saturating_sub(1)) <= self.whitener().floor() {
            return Ok(false);
        }
        for (to, from) in self.basis.iter_mut().zip(basis.as_ref().columns().flatten()) {
            *to = T::of(*from);
        }
        for (column, s) in basis.as_mut().columns_mut().zip(&singular_values) {
            column.iter_mut().for_each(|x| *x /= *s);
        }
        let mut moments = Mat::zeros(rank, rank)?;
        lagged_moment(gram, basis.as_ref(), &mut moments.as_mut())?;
        self.with_windows(|fit, windows| {
            let ends = (beginnings, ends);
            fit.whitener().take_moments(ends, windows, basis.as_ref(), moments.as_ref())
        })?;
        Ok(true)
    }
}

/// V₊ᵀ V₋ = Wᵀ L W, with the means of all windows subtracted from both sides.
fn lagged_moment(
    gram: &Centred,
    whitener: MatRef<'_, f64>,
    moment: &mut MatMut<'_, f64>,
) -> Result<(), Error> {
    let (p, r) = (whitener.rows(), whitener.cols());
    let mut columns = SplitColumns::of(whitener)?;
    let [mut row_high, mut row_low] = [try_zeros(p)?, try_zeros(p)?];
    let [mut high, mut low] = [try_zeros(r)?, try_zeros(r)?];
    let (mut product_high, mut product_low) = (Mat::zeros(p, r)?, Mat::zeros(p, r)?);
    for i in 0..p {
        gram.gram.lagged_row(i, [&mut row_high, &mut row_low]);
        columns.products(&row_high, &row_low, [&mut high, &mut low]);
        for (product, entries) in [(&mut product_high, &high), (&mut product_low, &low)] {
            let mut product = product.as_mut();
            entries.iter().enumerate().for_each(|(k, x)| product.set(i, k, *x));
        }
    }
    let offsets = Offsets::of(gram, &mut columns)?;
    let product = product_high.as_ref().columns().zip(product_low.as_ref().columns());
    for (k, (product_high, product_low)) in product.enumerate() {
        columns.products(product_high, product_low, [&mut high, &mut low]);
        for (j, (high, low)) in high.iter().zip(&low).enumerate() {
            moment.set(j, k, offsets.subtract_from(Doubled::sum(*high, *low), j, k).value());
        }
    }
    moment.as_ref().check_finite()
}

/// What the mean m of all windows takes from sum h_u h_{u-s}ᵀ, in whitened coordinates: a mᵀ + m bᵀ, with a the sum of
/// h - m over the later windows of all pairs, and b that of h over the earlier ones.
struct Offsets {
    /// Of m, a and b: Wᵀ of each; empty without centring.
    whitened: [Vec<Doubled>; 3],
}

impl Offsets {
    fn of(gram: &Centred, columns: &mut SplitColumns) -> Result<Self, Error> {
        let mut whitened = [Vec::new(), Vec::new(), Vec::new()];
        let pairs = Doubled::sum(gram.counts.pairs as f64, 0.0);
        for (side, to) in whitened.iter_mut().enumerate() {
            let entries = gram.means.iter().enumerate().map(|(i, mean)| {
                let [_, later, earlier] = gram.gram.sums(i);
                match side {
                    0 => *mean,
                    1 => later.minus(pairs.times(*mean)),
                    _ => earlier,
                }
            });
            if gram.means.is_empty() {
                continue;
            }
            let p = gram.means.len();
            let [mut high, mut low] = [try_zeros(p)?, try_zeros(p)?];
            for (i, x) in entries.enumerate() {
                high.put(i, x.high);
                low.put(i, x.low);
            }
            let r = columns.columns();
            let [mut product_high, mut product_low] = [try_zeros(r)?, try_zeros(r)?];
            columns.products(&high, &low, [&mut product_high, &mut product_low]);
            *to = crate::matrix::try_reserve(r)?;
            to.extend(product_high.iter().zip(&product_low).map(|(h, l)| Doubled::sum(*h, *l)));
        }
        Ok(Self { whitened })
    }

    fn subtract_from(&self, entry: Doubled, j: usize, k: usize) -> Doubled {
        let [mean, later, earlier] = &self.whitened;
        match (mean.get(j), mean.get(k), later.get(j), earlier.get(k)) {
            (Some(mean_j), Some(mean_k), Some(later), Some(earlier)) => {
                entry.minus(later.times(*mean_k)).minus(mean_j.times(*earlier))
            }
            _ => entry,
        }
    }
}

impl<T: Scalar> Whitener<'_, T> {
    /// All moments of the whitened windows from the lagged one and the windows at the ends of the trials. V has orthonormal
    /// columns, and its rows are zero in sum where the mean was subtracted; leaving rows out subtracts them from both.
    fn take_moments(
        &mut self,
        (beginnings, ends): (&[Recording<'_, T>], &[Recording<'_, T>]),
        windows: Windows<'_, T>,
        whitener: MatRef<'_, f64>,
        lagged: MatRef<'_, f64>,
    ) -> Result<(), Error> {
        let (p, r) = (whitener.rows(), whitener.cols());
        let mut window: Vec<T> = try_zeros(p)?;
        let mut wide: Vec<f64> = try_zeros(p)?;
        let mut projected: Vec<f64> = try_zeros(r)?;
        let (mut plus, mut minus) = (Mat::zeros(r, r)?, Mat::zeros(r, r)?);
        let mut sums: [Vec<f64>; 2] = [try_zeros(r)?, try_zeros(r)?];
        let [later, earlier] = &mut sums;
        plus.as_mut().set_identity();
        minus.as_mut().set_identity();
        for (beginning, end) in beginnings.iter().zip(ends) {
            let first =
                windows.times(beginning).take(self.steps_ahead).map(|t| (beginning, t, true));
            let last = windows.times(end).rev().take(self.steps_ahead).map(|t| (end, t, false));
            for (trial, t, is_first) in first.chain(last) {
                windows.window_into(trial, t, &mut window);
                wide.iter_mut().zip(&window).for_each(|(to, x)| *to = (*x).into());
                super::whitening::project(whitener, &wide, &mut projected);
                let (moment, sum) =
                    if is_first { (&mut plus, &mut *later) } else { (&mut minus, &mut *earlier) };
                for (column, y) in moment.as_mut().columns_mut().zip(&projected) {
                    add_scaled(column, -*y, &projected);
                }
                add_scaled(sum, -1.0, &projected);
            }
        }
        let mut moments = WhitenedMoments::over(&mut *self.moments, r);
        let pairs = [
            (plus.as_ref(), &mut moments.plus),
            (minus.as_ref(), &mut moments.minus),
            (lagged, &mut moments.lagged),
        ];
        for (from, to) in pairs {
            let entries = to.columns_mut().flatten().zip(from.columns().flatten());
            entries.for_each(|(to, from)| *to = T::of(*from));
        }
        let sides = [(&mut *self.later, &sums[0]), (&mut *self.earlier, &sums[1])];
        for (to, from) in sides {
            to.iter_mut().zip(from).for_each(|(to, from)| *to = T::of(*from));
        }
        self.subtract_means_of_sums(r);
        Ok(())
    }
}
