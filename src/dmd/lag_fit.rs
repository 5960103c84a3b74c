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
use crate::linalg::subspace_iteration::{self, SubspaceIteration, turn_rows};
use crate::matrix::{
    Cells, Layout, MatMut, MatRef, accumulate, area, check, column_of, column_of_mut, copy, pieces,
    pieces_mut, product, scale,
};
use crate::scalar::{Real, Scalar};

/// The six pieces of the iteration; A, the mean window, shift and gain; and four vectors of whitened coordinates.
const fn layout(shape: Shape) -> Layout<14> {
    let (p, r, n) = (shape.width(), shape.rank, shape.channels);
    let k = subspace_iteration::vectors(p, r);
    let (tall, square) = (area(p, k), area(k, k));
    Layout::new([tall, tall, k, square, square, p, area(r, r), p, n, n, r, r, r, r])
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
    /// - [`Error::InvalidSetting`] for another rule of the rank, interval, steps ahead, scale, centre or regression, and for a
    ///   shift with [`Centre::None`],
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
        self.fit_windows(&sums.windows(), true, memory)
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
        self.fit_windows(&sums.windows(), false, memory)
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
        anew: bool,
        memory: &'m mut [T],
    ) -> Result<ModelRef<'m, T>, Error> {
        let shape = self.shape(windows.shift.len());
        let (p, r) = (shape.width(), shape.rank);
        if let Rank::Fixed(requested) = self.rank
            && requested > p
        {
            return Err(Error::RankTooLarge { requested, available: p });
        }
        let [
            vectors,
            images,
            values,
            projected,
            turned,
            column,
            operator,
            mean,
            shift,
            gain,
            more @ ..,
        ] = layout(shape).cut_by_loop(memory)?;
        let [one, image, first_sum, last_sum] = more;
        copy(shift, windows.shift);
        gain.fill(T::ONE);
        mean.fill(T::ZERO);
        let centred = self.centre == Centre::Mean;
        if centred {
            windows.mean_into(mean);
        } else if shift.iter().any(|x| *x != T::ZERO) {
            return Err(Error::InvalidSetting {
                setting: Setting::Shift,
                expected: "zero where no mean is subtracted",
            });
        }
        let largest = windows.largest_square();
        if !(T::count(p) * largest <= T::HALF * T::HALF * T::MAX) {
            return Err(Error::Overflow { what: "a sum of products" });
        }
        if !(largest > T::MIN_POSITIVE) {
            return Err(Error::DegenerateSignal { channel: None });
        }
        let moments = Moments { windows, mean, unit: T::ONE / largest };
        let mut found = SubspaceIteration { vectors, images, values, projected, turned, column };
        found.begin(anew);
        found.solve(r, |v, to| moments.multiply(0, v, to))?;
        let SubspaceIteration { vectors, images, values, projected, turned, column } = found;
        // theta = s² unit
        values.iter_mut().for_each(|x| *x = Real::sqrt(*x * largest));
        let most = directions::size_of_moments(values, mean, windows.rows);
        let available = values.iter().take_while(|s| directions::is_certified(most, **s)).count();
        directions::limit(r, available, self.rank, false)?;
        // The largest entry of every column of U is positive; U S⁻¹.
        for (j, s) in values.iter().enumerate().take(r) {
            let u = column_of_mut(vectors, j, p);
            let larger = |most: T, x: &T| if Real::abs(*x) > Real::abs(most) { *x } else { most };
            if u.iter().fold(T::ZERO, larger) < T::ZERO {
                scale(u, -T::ONE);
            }
            let to = column_of_mut(images, j, p);
            copy(to, u);
            scale(to, T::ONE / *s);
        }
        let whitened = Whitened { moments, scaled: images };
        let pairs = T::count(windows.rows.wrapping_sub(windows.trials));
        let ridge = T::of(self.ridge);
        // N and |V₊|²
        let inverse = projected.part_mut(0, area(r, r));
        MatMut::over(&mut *inverse, r, r).set_identity();
        scale(inverse, T::ONE / (T::ONE + ridge));
        first_sum.fill(T::ZERO);
        last_sum.fill(T::ZERO);
        let mut squares = T::count(r);
        for (first, last) in windows.ends(p) {
            whitened.coordinates(first, one);
            squares -= product(one, one);
            accumulate(first_sum, T::ONE, one);
            whitened.coordinates(last, one);
            accumulate(last_sum, T::ONE, one);
            add_inverse(inverse, one, image)?;
        }
        if centred {
            copy(one, last_sum);
            scale(one, T::ONE / Real::sqrt(pairs));
            add_inverse(inverse, one, image)?;
            squares -= product(first_sum, first_sum) / pairs;
        } else {
            first_sum.fill(T::ZERO);
        }
        // L
        for (j, last) in last_sum.iter().enumerate() {
            moments.multiply(1, column_of(whitened.scaled, j, p), column);
            scale(column, largest);
            let to = column_of_mut(operator, j, r);
            whitened.project(column, to);
            accumulate(to, -*last / pairs, first_sum);
        }
        let lagged = turned.part_mut(0, area(r, r));
        copy(lagged, operator);
        // A = L N
        turn_rows(operator, inverse, one);
        if !operator.iter().all(|x| Real::is_finite(*x)) {
            return Err(Error::Overflow { what: "an entry of the operator" });
        }
        // |V₊ - V₋Aᵀ|² = |V₊|² - <L, A> - lambda |A|²
        let left = squares - product(lagged, operator) - ridge * product(operator, operator);
        // b = mean of V₊ - A (mean of V₋) = (A (sum of last) - (sum of first)) / pairs
        for (column, x) in pieces(operator, r).zip(&*last_sum) {
            accumulate(first_sum, -*x, column);
        }
        scale(first_sum, -T::ONE / pairs);
        let spectrum = &*values;
        Ok(ModelRef {
            dmd: *self,
            rank: r,
            path: FitPath::Gram,
            rows: windows.rows,
            pairs: windows.rows.wrapping_sub(windows.trials),
            residual: Real::sqrt((left / squares).larger(T::ZERO)),
            warnings: Warnings {
                rank_one: r == 1,
                few_rows: windows.rows < p.saturating_mul(3),
                near_tie: near_tie(spectrum, r),
                ..Warnings::default()
            },
            operator: MatRef::over(operator, r, r),
            basis: MatRef::over(vectors, p, r),
            reduction: None,
            spectrum,
            mean: if centred { mean } else { &[] },
            intercept: if centred { first_sum } else { &[] },
            shift,
            gain,
            unit: T::ONE,
        })
    }
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
                accumulate(to, along, first);
                weight += product(last, v);
            }
        }
        accumulate(to, weight, mean);
        scale(to, unit);
    }
}

/// Whitened coordinates.
struct Whitened<'a, 'm, T> {
    moments: Moments<'a, 'm, T>,
    /// U S⁻¹
    scaled: &'m [T],
}

impl<T: Scalar> Whitened<'_, '_, T> {
    /// to = S⁻¹Uᵀ x
    #[inline(never)]
    fn project(&self, x: &[T], to: &mut [T]) {
        let columns = pieces(self.scaled, x.len());
        to.iter_mut().zip(columns).for_each(|(to, u)| *to = product(u, x));
    }

    /// to = S⁻¹Uᵀ (h - m)
    #[inline(never)]
    fn coordinates(&self, window: &[T], to: &mut [T]) {
        let mean = self.moments.mean;
        for (to, u) in to.iter_mut().zip(pieces(self.scaled, mean.len())) {
            *to = product(u, window) - product(u, mean);
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
    for (to, column) in image.iter_mut().zip(pieces(inverse, r)) {
        *to = product(column, w);
    }
    let left = T::ONE - product(w, image);
    if !(left > T::of(16.0) * T::EPSILON) {
        return Err(Error::Singular);
    }
    for (column, x) in pieces_mut(inverse, r).zip(&*image) {
        accumulate(column, *x / left, image);
    }
    Ok(())
}
