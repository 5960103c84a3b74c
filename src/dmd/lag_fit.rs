//! The fit from sums of lag products, without a matrix of windows.
//!
//! ```text
//! U, s² = leading eigenvectors and values of G = sum of (h_t - m)(h_t - m)ᵀ     by subspace iteration
//! L = S⁻¹Uᵀ G₁ U S⁻¹,  G₁ = sum of (h_{t+1} - m)(h_t - m)ᵀ                      one product for each direction
//! N = I / (1 + lambda)                       the inverse of V₋ᵀV₋ + lambda I, which is (1 + lambda) I less outer products
//! for the last window of each trial, and their sum over sqrt(pairs):  w = S⁻¹Uᵀ (h - m)
//!     y = N w
//!     N = N + y yᵀ / (1 - w · y)             Sherman & Morrison
//! A = L N
//! ```
//!
//! All windows of whitened coordinates have V ᵀV = I, and V₋ lacks the last one of every trial; with means subtracted it loses
//! its own mean, which is that of the last windows with the other sign. So no system of equations is to be solved. A product
//! with G or G₁ is [`WindowMoments::multiply`], and what subtracting the mean m of all windows changes.

use super::directions;
use super::fit::near_tie;
use super::model::{FitPath, ModelRef, Warnings};
use super::rank::Rank;
use super::settings::{Dmd, Shape};
use crate::data::centring::{Centre, Scale};
use crate::data::lag_sums::{LagSums, WindowMoments};
use crate::error::{Error, Setting};
use crate::linalg::subspace_iteration::{self, SubspaceIteration, product, turn_rows};
use crate::matrix::{
    Cells, Layout, MatMut, MatRef, add, add_scaled, area, check, copy, pieces_mut,
};
use crate::scalar::{Real, Scalar};

/// Where an iteration begins.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Begin {
    /// At fixed numbers.
    Anew,
    /// At the directions of the last fit, which are where it left them.
    FromTheLast,
}

/// The pieces of memory: the iteration; A, the mean window, shift and gain; and four vectors of whitened coordinates.
const fn layout(shape: Shape) -> Layout<6> {
    let (p, r, n) = (shape.width(), shape.rank, shape.channels);
    let k = subspace_iteration::vectors(p, r);
    Layout::new([subspace_iteration::layout(p, k).len(), area(r, r), p, n, n, area(r, 4)])
}

impl Dmd {
    /// Scalars of memory that [`fit_lag_sums_in`](Self::fit_lag_sums_in) needs: 2 p (k + 1) + 2 k² + k + r² + 4 r + 2 n, with
    /// k = min(r + 4, p). For 8 channels, 10 delays and rank 6 this is a twentieth of [`memory_len`](Self::memory_len).
    ///
    /// ```
    /// use dynamical_similarity::{Dmd, LagSums, Shape};
    /// const SHAPE: Shape = Shape { channels: 8, delays: 10, rank: 6 };
    /// const SUMS: usize = LagSums::<f32, ()>::memory_len(8, 10, 1);
    /// assert!(4 * (Dmd::lag_sums_memory_len(SHAPE) + SUMS) < 12_000); // bytes in f32
    /// ```
    #[must_use]
    pub const fn lag_sums_memory_len(shape: Shape) -> usize {
        layout(shape).len()
    }

    /// Fits an operator to sums of lag products, in the caller's memory, of which the model keeps a part: the operator of
    /// [`fit_in`](Self::fit_in) on the same trials up to rounding, in a twentieth of its memory and of its code.
    ///
    /// The rank is a number ([`Rank::Fixed`]); interval and steps ahead are 1, and channels are not scaled. The warnings on
    /// channels, which need the samples, are not given. [`ModelRef::spectrum`] holds the singular values that are kept and
    /// estimates of the next ones.
    ///
    /// # Errors
    /// - [`Error::InvalidSetting`] for another rule of the rank, interval, steps ahead, scale, centre or regression,
    /// - [`Error::ShapeMismatch`] if the sums are of another number of delays, [`Error::MemoryTooSmall`],
    /// - [`Error::TooShort`] if the last trial has no pair of windows,
    /// - [`Error::DegenerateSignal`] if nothing varies, [`Error::RankTooLarge`] with the number of directions whose second
    ///   moments are above their rounding, eps (s_1/s_r)² <= 1e-11 (f64) or 1.3e-2 (f32),
    /// - [`Error::Singular`] where V₋ lacks a direction, [`Error::Overflow`] if a sum leaves the range of the scalar,
    /// - [`Error::NotConverged`] if r + 4 singular values are equal.
    ///
    /// Cost: 2 p² k flops for one product with all k vectors, and about 6 k² p more; 5 to 30 products from the
    /// first fit, 5 from the last one ([`refit_lag_sums_in`](Self::refit_lag_sums_in)).
    ///
    /// Accuracy: as the Gram path, the error of A is about p eps (s_1/s_r)² / gap, gap the smallest relative gap of the
    /// squared singular values kept and at the cut.
    ///
    /// Source: the method of snapshots needs the Gram matrix by its products alone (Sirovich 1987); the end corrections are
    /// those of the covariance method of linear prediction (Morf, Dickinson, Kailath & Vieira 1977).
    pub fn fit_lag_sums_in<'m, T: Scalar, B: AsRef<[T]> + AsMut<[T]>>(
        &self,
        sums: &LagSums<T, B>,
        memory: &'m mut [T],
    ) -> Result<ModelRef<'m, T>, Error> {
        self.check_lag_sums(sums.delays())?;
        sums.check_last()?;
        self.fit_windows(&sums.windows(), Begin::Anew, memory)
    }

    /// [`fit_lag_sums_in`](Self::fit_lag_sums_in) from the directions that the last fit of this shape has left in this memory:
    /// the same operator up to the accuracy of the fit, in a fraction of the time where the directions have changed little.
    /// Whatever else the memory holds is a start as good as any.
    ///
    /// ```
    /// use dynamical_similarity::{Dmd, LagSums, Rank, Shape};
    /// const LEN: usize = LagSums::<f64, ()>::memory_len(1, 4, 1);
    /// let mut sums = LagSums::new_in(1, 4, 1, &[0.0], [0.0_f64; LEN])?;
    /// let dmd = Dmd::new().delays(4).rank(Rank::Fixed(2));
    /// let mut memory = [0.0; Dmd::lag_sums_memory_len(Shape { channels: 1, delays: 4, rank: 2 })];
    /// let mut traces = [0.0; 2];
    /// for (minute, trace) in traces.iter_mut().enumerate() {
    ///     (0..200).try_for_each(|t| sums.push(&[(0.3 * (200 * minute + t) as f64).cos()]))?;
    ///     let model = dmd.refit_lag_sums_in(&sums, &mut memory)?;
    ///     *trace = model.operator().at(0, 0) + model.operator().at(1, 1);
    /// }
    /// assert!((traces[0] - traces[1]).abs() < 1e-6);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`fit_lag_sums_in`](Self::fit_lag_sums_in).
    pub fn refit_lag_sums_in<'m, T: Scalar, B: AsRef<[T]> + AsMut<[T]>>(
        &self,
        sums: &LagSums<T, B>,
        memory: &'m mut [T],
    ) -> Result<ModelRef<'m, T>, Error> {
        self.check_lag_sums(sums.delays())?;
        sums.check_last()?;
        self.fit_windows(&sums.windows(), Begin::FromTheLast, memory)
    }

    /// # Errors
    /// [`Error::InvalidSetting`] for settings that need more than lag sums.
    fn check_lag_sums(&self, delays: usize) -> Result<(), Error> {
        let refused = |setting, expected| Err(Error::InvalidSetting { setting, expected });
        check("the number of delays", self.delays, delays)?;
        if !matches!(self.rank, Rank::Fixed(1..)) {
            return refused(Setting::Rank, "a number, at least 1, for a fit of lag sums");
        }
        if self.interval != 1 {
            return refused(Setting::Interval, "1 for a fit of lag sums");
        }
        if self.steps_ahead != 1 {
            return refused(Setting::StepsAhead, "1 for a fit of lag sums");
        }
        if self.centre == Centre::Condition {
            return refused(Setting::Centre, "none or mean for a fit of lag sums");
        }
        if self.scale != Scale::None {
            return refused(Setting::Scale, "none for a fit of lag sums");
        }
        if self.reduced_rank || self.parity {
            return refused(Setting::ReducedRank, "off for a fit of lag sums");
        }
        if !(self.ridge >= 0.0 && self.ridge < f64::INFINITY) {
            return refused(Setting::Ridge, "a number that is not negative");
        }
        Ok(())
    }

    #[inline(never)]
    fn fit_windows<'m, T: Scalar>(
        &self,
        windows: &WindowMoments<'_, T>,
        begin: Begin,
        memory: &'m mut [T],
    ) -> Result<ModelRef<'m, T>, Error> {
        let shape = self.shape(windows.shift.len());
        let (p, r) = (shape.width(), shape.rank);
        let Rank::Fixed(requested) = self.rank else { return Err(Error::Empty) };
        if requested > p {
            return Err(Error::RankTooLarge { requested, available: p });
        }
        let ([iteration, operator, mean, shift, gain, vectors], _) = layout(shape).cut(memory)?;
        let k = subspace_iteration::vectors(p, r);
        let mut found = SubspaceIteration::over(p, k, iteration);
        copy(shift, windows.shift);
        gain.fill(T::ONE);
        mean.fill(T::ZERO);
        let centred = self.centre == Centre::Mean;
        if centred {
            windows.mean_into(mean);
        }
        let largest = windows.largest_square();
        if !(largest <= T::MAX) {
            return Err(Error::Overflow { what: "a sum of products" });
        }
        let moments = Moments { windows, mean, unit: largest.binary_scale() };
        match begin {
            Begin::Anew => found.begin(),
            Begin::FromTheLast => found.begin_from_the_last(),
        }
        found.solve(r, |v, to| moments.multiply(0, v, to))?;
        let SubspaceIteration { vectors: mut basis, values, projected, turned, column, .. } = found;
        // theta = s² unit
        values.iter_mut().for_each(|x| *x = Real::sqrt(*x / moments.unit));
        let most = directions::size_of_moments(values, mean, windows.rows);
        let available = values.iter().take_while(|s| directions::is_certified(most, **s)).count();
        if available < r {
            directions::limit(requested, available, self.rank, false)?;
        }
        let mut whitened = Whitened { moments, values: &*values, basis: basis.leading_columns(r) };
        whitened.fix_signs();
        let inverse = projected.part_mut(0, area(r, r));
        let [first, last, sums @ ..] = &mut cut_vectors(vectors, r);
        let [first_sum, last_sum] = sums;
        let squares =
            whitened.invert(self.ridge, centred, inverse, [first, last], [first_sum, last_sum])?;
        let mut operator = MatMut::over(operator, r, r);
        whitened.lag(&mut operator, column, [first_sum, last_sum]);
        let lagged = turned.part_mut(0, area(r, r));
        copy(lagged, operator.as_mut_slice());
        turn_rows(&mut operator, inverse, first);
        let entries = &*operator.as_mut_slice();
        // |V₊ - V₋Aᵀ|² = |V₊|² - <L, A> - lambda |A|²
        let left =
            squares - product(lagged, entries) - T::of(self.ridge) * product(entries, entries);
        let operator = operator.into_ref();
        operator.check_finite()?;
        // b = mean of V₊ - A (mean of V₋) = (A (sum of last) - (sum of first)) / pairs
        let pairs = windows.rows.saturating_sub(windows.trials);
        for (column, x) in operator.columns().zip(&**last_sum) {
            add_scaled(first_sum, -*x, column);
        }
        first_sum.iter_mut().for_each(|x| *x /= -T::count(pairs));
        let intercept = if centred { core::mem::take(first_sum) } else { &mut [] };
        let spectrum = &*values;
        Ok(ModelRef {
            dmd: *self,
            rank: r,
            path: FitPath::Gram,
            rows: windows.rows,
            pairs,
            residual: Real::sqrt((left / squares).larger(T::ZERO)),
            warnings: Warnings {
                rank_one: r == 1,
                few_rows: windows.rows < p.saturating_mul(3),
                near_tie: near_tie(spectrum, r),
                ..Warnings::default()
            },
            operator,
            basis: basis.into_ref().leading_columns(r),
            reduction: None,
            spectrum,
            mean: if centred { mean } else { &[] },
            intercept,
            shift,
            gain,
            unit: T::ONE,
        })
    }
}

/// Four vectors of r entries.
fn cut_vectors<T>(memory: &mut [T], r: usize) -> [&mut [T]; 4] {
    let (pieces, _) = Layout::new([r; 4]).cut_checked(memory);
    pieces
}

/// Second moments of windows less their mean, in a unit in which they are of order one.
#[derive(Clone, Copy)]
struct Moments<'a, 'm, T> {
    windows: &'a WindowMoments<'a, T>,
    mean: &'m [T],
    unit: T,
}

impl<T: Scalar> Moments<'_, '_, T> {
    /// to = G v, or G₁ v if `ahead` is 1.
    #[inline(never)]
    fn multiply(&self, ahead: usize, v: &[T], to: &mut [T]) {
        let Self { windows, mean, unit } = *self;
        windows.multiply(ahead, v, to);
        // The sum of (h' - m)(h - m)ᵀ is that of h' hᵀ less N m mᵀ; for pairs, less (2 N - pairs) m mᵀ and plus
        // (sum of first windows) mᵀ + m (sum of last windows)ᵀ.
        let along = product(mean, v);
        let mut weight = -T::count(windows.rows) * along;
        if ahead > 0 {
            weight -= T::count(windows.trials) * along;
            for (first, last) in windows.ends(v.len()) {
                add_scaled(to, along, first);
                weight += product(last, v);
            }
        }
        add_scaled(to, weight, mean);
        to.iter_mut().for_each(|x| *x *= unit);
    }
}

/// Whitened coordinates, S⁻¹Uᵀ (h - m).
struct Whitened<'a, 'm, T> {
    moments: Moments<'a, 'm, T>,
    /// s, at least r
    values: &'m [T],
    /// U, p x r
    basis: MatMut<'m, T>,
}

impl<T: Scalar> Whitened<'_, '_, T> {
    /// Makes the largest entry of every column of U positive.
    fn fix_signs(&mut self) {
        for column in self.basis.columns_mut() {
            let larger = |most: T, x: &T| if Real::abs(*x) > Real::abs(most) { *x } else { most };
            if column.iter().fold(T::ZERO, larger) < T::ZERO {
                column.iter_mut().for_each(|x| *x = -*x);
            }
        }
    }

    /// to = S⁻¹Uᵀ (h - m)
    #[inline(never)]
    fn coordinates(&self, window: &[T], to: &mut [T]) {
        let mean = self.moments.mean;
        for ((to, u), s) in to.iter_mut().zip(self.basis.as_ref().columns()).zip(self.values) {
            *to = (product(u, window) - product(u, mean)) / *s;
        }
    }

    /// The inverse of V₋ᵀV₋ + lambda I, the sums of first and last windows, and |V₊|².
    ///
    /// # Errors
    /// [`Error::Singular`].
    fn invert(
        &self,
        ridge: f64,
        centred: bool,
        inverse: &mut [T],
        [one, image]: [&mut [T]; 2],
        [first_sum, last_sum]: [&mut [T]; 2],
    ) -> Result<T, Error> {
        let (r, windows) = (one.len(), self.moments.windows);
        let pairs = T::count(windows.rows.saturating_sub(windows.trials));
        MatMut::over(&mut *inverse, r, r).set_identity();
        let diagonal = T::ONE / (T::ONE + T::of(ridge));
        inverse.iter_mut().for_each(|x| *x *= diagonal);
        first_sum.fill(T::ZERO);
        last_sum.fill(T::ZERO);
        let mut squares = T::count(r);
        for (first, last) in windows.ends(self.basis.rows()) {
            self.coordinates(first, one);
            squares -= product(one, one);
            add(first_sum, one);
            self.coordinates(last, one);
            add(last_sum, one);
            add_inverse(inverse, one, image)?;
        }
        if centred {
            let factor = T::ONE / Real::sqrt(pairs);
            one.iter_mut().zip(&*last_sum).for_each(|(to, x)| *to = factor * *x);
            add_inverse(inverse, one, image)?;
            squares -= product(first_sum, first_sum) / pairs;
        } else {
            first_sum.fill(T::ZERO);
            last_sum.fill(T::ZERO);
        }
        Ok(squares)
    }

    /// L, of windows less the means of their sides.
    fn lag(&self, lagged: &mut MatMut<'_, T>, scratch: &mut [T], [first_sum, last_sum]: [&[T]; 2]) {
        let windows = self.moments.windows;
        let pairs = T::count(windows.rows.saturating_sub(windows.trials));
        let columns = self.basis.as_ref().columns().zip(self.values).zip(last_sum);
        for (to, ((u, s), last)) in lagged.columns_mut().zip(columns) {
            self.moments.multiply(1, u, scratch);
            let rows = self.basis.as_ref().columns().zip(self.values).zip(first_sum);
            for (to, ((v, t), first)) in to.iter_mut().zip(rows) {
                *to = product(v, scratch) / (*s * *t * self.moments.unit) - *first * *last / pairs;
            }
        }
    }
}

/// N = (N⁻¹ - w wᵀ)⁻¹, by Sherman & Morrison.
///
/// # Errors
/// [`Error::Singular`] if nothing but rounding is left in the direction of w.
#[inline(never)]
fn add_inverse<T: Scalar>(inverse: &mut [T], w: &[T], image: &mut [T]) -> Result<(), Error> {
    let r = w.len();
    for (to, column) in image.iter_mut().zip(MatRef::over(inverse, r, r).columns()) {
        *to = product(column, w);
    }
    let left = T::ONE - product(w, image);
    if !(left > T::of(16.0) * T::EPSILON) {
        return Err(Error::Singular);
    }
    for (column, x) in pieces_mut(inverse, r).zip(&*image) {
        add_scaled(column, *x / left, image);
    }
    Ok(())
}
