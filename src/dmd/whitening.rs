//! Whitened coordinates: the leading right singular vectors of the Hankel matrix, found without ever
//! forming it, and the moments of the recording in them.

use super::directions::{is_certified, limit, rounding, size_of_moments};
use super::rank::{Rank, median};
use super::regression::WhitenedMoments;
use super::settings::{Shape, WindowCounts};
use crate::data::embedding::Windows;
use crate::data::gram::Gram;
use crate::data::recording::Recording;
use crate::data::summation::BlockedSums;
use crate::error::Error;
use crate::linalg::{qr, svd, symmetric};
use crate::matrix::{
    Cells, Layout, MatMut, MatRef, add_scaled, any_of, area, copy, dot, pieces_mut,
};
use crate::scalar::{Real, Scalar};

/// The stage between moments or recordings and the regression.
pub(super) struct Whitener<'f, T> {
    pub(super) shape: Shape,
    pub(super) counts: WindowCounts,
    pub(super) steps_ahead: usize,
    /// Whether means are subtracted, from the windows and from both sides of the pairs.
    pub(super) centred: bool,
    /// The norm of the Hankel matrix with its means, to which its rounding is relative.
    pub(super) size: T,
    pub(super) rule: Rank,
    /// Keep all directions, whatever the rule: reduced-rank regression cuts later.
    pub(super) all: bool,
    /// Cut a rank that is too large instead of refusing it.
    pub(super) clip: bool,
    pub(super) spectrum: &'f mut [T],
    pub(super) basis: &'f mut [T],
    pub(super) moments: &'f mut [T],
    /// Means of the later and the earlier windows of all pairs, whitened.
    pub(super) later: &'f mut [T],
    pub(super) earlier: &'f mut [T],
}

impl<T: Scalar> Whitener<'_, T> {
    /// Scalars of scratch that the Gram path needs besides the statistics.
    pub(super) const fn gram_len(shape: Shape) -> usize {
        Self::gram_layout(shape).len()
    }

    /// HᵀH, a copy that the eigenvalues destroy and that later holds products, and what is used in turn: scratch of the
    /// decompositions, then U S⁻¹.
    const fn gram_layout(shape: Shape) -> Layout<3> {
        let (p, k) = (shape.width(), shape.rank);
        let eigen = any_of(&[symmetric::leading_memory_len(p), symmetric::values_memory_len(p)]);
        Layout::new([area(p, p), area(p, p), any_of(&[eigen, area(2, area(p, k))])])
    }

    /// Scalars of scratch that the path by rows needs.
    pub(super) const fn rows_len(shape: Shape, rows: usize) -> usize {
        Self::rows_layout(shape, rows).len()
    }

    /// Hᵀ and then its factors, V, W, and the factors of the reflections.
    const fn rows_layout(shape: Shape, rows: usize) -> Layout<4> {
        let square = area(rows, rows);
        Layout::new([area(shape.width(), rows), square, square, rows])
    }

    /// Scalars of scratch that the QR path needs.
    pub(super) const fn qr_len(shape: Shape) -> usize {
        Self::qr_layout(shape).len()
    }

    /// The triangle, its transpose and then U S⁻¹, a block of windows and then the ring, a window (of two that there is
    /// space for), the sums of the lagged moment, and the whitened windows of a pair.
    const fn qr_layout(shape: Shape) -> Layout<7> {
        let (p, k) = (shape.width(), shape.rank);
        let (square, sums) = (area(p, p), BlockedSums::<T>::memory_len(area(k, k)));
        Layout::new([square, square, area(2, square), area(2, p), sums, k, k])
    }

    /// Directions to keep, given the spectrum and how many directions are above rounding.
    fn choose(&self, available: usize) -> Result<usize, Error> {
        if self.all {
            return limit(available, available, self.rule, self.clip);
        }
        let wanted = self.rule.choose(self.spectrum, self.counts.rows, self.shape.width());
        limit(wanted, available, self.rule, self.clip)
    }

    /// Singular values that rounding cannot have made, neither in the factorisation (4 p eps s_1) nor in the
    /// samples. Parity asks about the factorisation alone, as the reference does.
    pub(super) fn floor(&self) -> T {
        let largest = self.spectrum.first().copied().unwrap_or(T::ZERO);
        let factored = T::of(4.0) * T::count(self.shape.width()) * T::EPSILON * largest;
        if self.clip { factored } else { factored.larger(rounding(self.size, self.counts.rows)) }
    }

    fn available(&self) -> usize {
        let floor = self.floor();
        self.spectrum.iter().take_while(|s| **s > floor).count()
    }

    /// From second moments; writes the mean of all windows. `None` if they are too ill-conditioned for the
    /// rank, or if the rank is above what they can resolve.
    pub(super) fn gram(
        &mut self,
        gram: &Gram<'_, T>,
        mean: &mut [T],
        work: &mut [T],
    ) -> Result<Option<usize>, Error> {
        let p = self.shape.width();
        let ([all, copy, scratch], _) = Self::gram_layout(self.shape).cut_checked(work);
        let (mut all, mut copy) = (MatMut::over(all, p, p), MatMut::over(copy, p, p));
        for (j, to) in all.columns_mut().enumerate() {
            let parts = gram.plus().column(j).iter().zip(gram.first().column(j));
            to.iter_mut().zip(parts).for_each(|(to, (plus, first))| *to = *plus + *first);
        }
        if self.centred {
            mean.iter_mut().zip(gram.means()).for_each(|(to, [all, ..])| *to = all);
            let root = Real::sqrt(T::count(self.counts.rows));
            mean.iter_mut().for_each(|x| *x *= root);
            subtract_outer(&mut all, mean);
            mean.iter_mut().for_each(|x| *x /= root);
        }
        all.as_ref().check_finite()?;
        let kept = match self.rule {
            Rank::Fixed(rank) if !self.all && rank <= self.spectrum.len() => rank,
            Rank::Fixed(_) if !self.all => return Ok(None),
            _ => {
                copy.copy_from(all.as_ref())?;
                self.values(|values| symmetric::values_in(&mut copy, values, scratch))?;
                let largest = size_of_moments(self.spectrum, mean, self.counts.rows);
                if self.rule.needs_median() && !is_certified(largest, median(self.spectrum)) {
                    return Ok(None);
                }
                self.choose(self.spectrum.len())?
            }
        };
        let mut vectors = MatMut::over(&mut *self.basis, p, kept);
        symmetric::leading_in(&mut all, self.spectrum, &mut vectors, scratch)?;
        roots(self.spectrum);
        let largest = size_of_moments(self.spectrum, mean, self.counts.rows);
        let last = self.spectrum.get(kept.wrapping_sub(1)).copied().unwrap_or(T::ZERO);
        if !is_certified(largest, last) || last <= self.floor() {
            return Ok(None);
        }
        let mut vectors = MatMut::over(&mut *self.basis, p, kept);
        fix_signs(&mut vectors);
        let mut whitener = MatMut::over(scratch, p, kept);
        whitener.copy_from(vectors.as_ref())?;
        divide_columns(&mut whitener, self.spectrum);
        let mut product = MatMut::over(copy.as_mut_slice(), p, kept);
        let mut moments = WhitenedMoments::over(&mut *self.moments, kept);
        let pairs = [
            (gram.plus(), &mut moments.plus),
            (gram.minus(), &mut moments.minus),
            (gram.lagged(), &mut moments.lagged),
        ];
        for (matrix, moment) in pairs {
            product.set_product(matrix, whitener.as_ref())?;
            moment.set_product_transposed(whitener.as_ref(), product.as_ref())?;
        }
        if self.centred {
            self.later.fill(T::ZERO);
            self.earlier.fill(T::ZERO);
            for (entry, [_, later, earlier]) in gram.means().enumerate() {
                let sides = self.later.iter_mut().zip(self.earlier.iter_mut());
                for ((to_later, to_earlier), column) in sides.zip(whitener.as_ref().columns()) {
                    *to_later += column.at(entry) * later;
                    *to_earlier += column.at(entry) * earlier;
                }
            }
            subtract_means(&mut moments, self.later, self.earlier, self.counts.pairs);
            // Means of windows that have lost their common mean already.
            let sides = self.later.iter_mut().zip(self.earlier.iter_mut());
            for ((to_later, to_earlier), column) in sides.zip(whitener.as_ref().columns()) {
                let common = dot(column, mean);
                *to_later -= common;
                *to_earlier -= common;
            }
        }
        Ok(Some(kept))
    }

    /// Eigenvalues into the spectrum, as singular values.
    fn values(&mut self, solve: impl FnOnce(&mut [T]) -> Result<(), Error>) -> Result<(), Error> {
        solve(self.spectrum)?;
        roots(self.spectrum);
        Ok(())
    }

    /// From a QR factorisation of the Hankel matrix, blocks of 2 p windows at a time, and a one-sided
    /// Jacobi decomposition of its triangle: error eps s_1/s_i instead of eps (s_1/s_i)².
    pub(super) fn qr(
        &mut self,
        trials: &[Recording<'_, T>],
        windows: Windows<'_, T>,
        steps_ahead: usize,
        work: &mut [T],
    ) -> Result<usize, Error> {
        let p = self.shape.width();
        let (pieces, _) = Self::qr_layout(self.shape).cut_checked(work);
        let [triangle, vectors, block, window, sums, later, earlier] = pieces;
        let (mut triangle, mut vectors) =
            (MatMut::over(triangle, p, p), MatMut::over(vectors, p, p));
        let mut block = MatMut::over(block, p.saturating_mul(2), p);
        let window = window.part_mut(0, p);
        let read = |trial: &Recording<'_, T>, t, window: &mut [T]| {
            windows.window_into(trial, t, window);
        };
        triangle_in(trials, windows, read, &mut triangle, &mut block, window)?;
        vectors.copy_transposed_from(triangle.as_ref())?;
        svd::orthogonalise_columns_in(&mut vectors, self.spectrum, None)?;
        let kept = self.choose(self.available())?;
        let mut basis = MatMut::over(&mut *self.basis, p, kept);
        basis.copy_from(vectors.as_ref().leading_columns(kept))?;
        fix_signs(&mut basis);
        let mut whitener = vectors.leading_columns(kept);
        whitener.copy_from(basis.as_ref())?;
        divide_columns(&mut whitener, self.spectrum);
        let mut moments = WhitenedMoments::over(&mut *self.moments, kept);
        let reader = Reader {
            windows,
            whitener: whitener.as_ref(),
            steps_ahead,
            window,
            ring: block.as_mut_slice(),
            sums: BlockedSums::over(area(kept, kept), sums),
            later: later.part_mut(0, kept),
            earlier: earlier.part_mut(0, kept),
        };
        let sides = [self.later.part_mut(0, kept), self.earlier.part_mut(0, kept)];
        reader.moments_in(trials, &mut moments, sides)?;
        self.subtract_means_of_sums(kept);
        Ok(kept)
    }

    /// Where the means go, those of the moments go too, and the sums of both sides become their means.
    pub(super) fn subtract_means_of_sums(&mut self, kept: usize) {
        if self.centred {
            let mut moments = WhitenedMoments::over(&mut *self.moments, kept);
            means_of_sums(self.later, self.earlier, self.counts.pairs);
            subtract_means(&mut moments, self.later, self.earlier, self.counts.pairs);
        }
    }

    /// For fewer windows than entries of a window: Hᵀ = Q R (p x rows) and a Jacobi decomposition Rᵀ = V S Wᵀ, so
    /// that U = Q W. The shorter way U = Hᵀ V S⁻¹ would leave U orthonormal to eps s_1/s_i only, and the whitened
    /// coordinates of windows white to eps (s_1/s_i)².
    pub(super) fn rows_side(
        &mut self,
        trials: &[Recording<'_, T>],
        windows: Windows<'_, T>,
        work: &mut [T],
    ) -> Result<usize, Error> {
        let (p, rows) = (self.shape.width(), self.counts.rows);
        let (pieces, _) = Self::rows_layout(self.shape, rows).cut_checked(work);
        let [hankel, v, w, reflectors] = pieces;
        let mut hankel = MatMut::over(hankel, p, rows);
        let (mut v, mut w) = (MatMut::over(v, rows, rows), MatMut::over(w, rows, rows));
        let times =
            || trials.iter().flat_map(|trial| windows.times(trial).map(move |t| (trial, t)));
        for (column, (trial, t)) in hankel.columns_mut().zip(times()) {
            windows.window_into(trial, t, column);
        }
        qr::factor_in(&mut hankel, reflectors)?;
        for j in 0..rows {
            // Rᵀ is lower triangular.
            for i in 0..rows {
                v.set(i, j, if j <= i { hankel.at(j, i) } else { T::ZERO });
            }
        }
        svd::orthogonalise_columns_in(&mut v, self.spectrum, Some(&mut w))?;
        let kept = self.choose(self.available())?;
        let mut basis = MatMut::over(&mut *self.basis, p, kept);
        basis.fill(T::ZERO);
        for (to, from) in basis.columns_mut().zip(w.as_ref().columns()) {
            copy(to, from);
        }
        qr::apply_q_in(hankel.as_ref(), reflectors, &mut basis)?;
        flip_signs(&mut basis, &mut v);
        let mut moments = WhitenedMoments::over(&mut *self.moments, kept);
        moments.fill(T::ZERO);
        self.later.fill(T::ZERO);
        self.earlier.fill(T::ZERO);
        let mut row = 0_usize;
        for trial in trials {
            let here = windows.times(trial).len();
            for later in row.saturating_add(self.steps_ahead)..row.saturating_add(here) {
                let earlier = later.saturating_sub(self.steps_ahead);
                for j in 0..kept {
                    self.later.put(j, self.later.at(j) + v.at(later, j));
                    self.earlier.put(j, self.earlier.at(j) + v.at(earlier, j));
                    for i in 0..kept {
                        let add = |to: &mut MatMut<'_, T>, x: T| to.set(i, j, to.at(i, j) + x);
                        add(&mut moments.plus, v.at(later, i) * v.at(later, j));
                        add(&mut moments.minus, v.at(earlier, i) * v.at(earlier, j));
                        add(&mut moments.lagged, v.at(later, i) * v.at(earlier, j));
                    }
                }
            }
            row = row.saturating_add(here);
        }
        self.subtract_means_of_sums(kept);
        Ok(kept)
    }
}

fn means_of_sums<T: Scalar>(later: &mut [T], earlier: &mut [T], pairs: usize) {
    let pairs = T::count(pairs.max(1));
    later.iter_mut().chain(earlier).for_each(|x| *x /= pairs);
}

/// Moments about the means of the later and the earlier windows of all pairs.
pub(super) fn subtract_means<T: Scalar>(
    moments: &mut WhitenedMoments<'_, T>,
    later: &mut [T],
    earlier: &mut [T],
    pairs: usize,
) {
    // Scaled by the root, so that a symmetric matrix stays symmetric to the last bit.
    let root = Real::sqrt(T::count(pairs));
    later.iter_mut().for_each(|x| *x *= root);
    earlier.iter_mut().for_each(|x| *x *= root);
    subtract_outer(&mut moments.plus, later);
    subtract_outer(&mut moments.minus, earlier);
    for (column, y) in moments.lagged.columns_mut().zip(&*earlier) {
        add_scaled(column, -*y, later);
    }
    later.iter_mut().for_each(|x| *x /= root);
    earlier.iter_mut().for_each(|x| *x /= root);
}

/// The triangle of a QR factorisation of what `read` makes of all windows, taken in as blocks of rows.
pub(super) fn triangle_in<T: Scalar>(
    trials: &[Recording<'_, T>],
    windows: Windows<'_, T>,
    mut read: impl FnMut(&Recording<'_, T>, usize, &mut [T]),
    triangle: &mut MatMut<'_, T>,
    block: &mut MatMut<'_, T>,
    window: &mut [T],
) -> Result<(), Error> {
    triangle.fill(T::ZERO);
    let mut filled = 0_usize;
    for trial in trials {
        for t in windows.times(trial) {
            read(trial, t, window);
            for (column, x) in block.columns_mut().zip(window.iter()) {
                column.put(filled, *x);
            }
            filled = filled.saturating_add(1);
            if filled == block.rows() {
                qr::append_rows_in(triangle, block)?;
                filled = 0;
            }
        }
    }
    for column in block.columns_mut() {
        column.part_mut(filled, usize::MAX).fill(T::ZERO);
    }
    qr::append_rows_in(triangle, block)
}

/// A second pass over a recording, in whitened coordinates.
pub(super) struct Reader<'a, T> {
    pub(super) windows: Windows<'a, T>,
    /// W = U S⁻¹.
    pub(super) whitener: MatRef<'a, T>,
    pub(super) steps_ahead: usize,
    pub(super) window: &'a mut [T],
    /// Whitened windows of the last s + 1 times, if that many fit.
    pub(super) ring: &'a mut [T],
    /// V₊ᵀ V₋ so far.
    pub(super) sums: BlockedSums<'a, T>,
    /// The whitened windows of a pair.
    pub(super) later: &'a mut [T],
    pub(super) earlier: &'a mut [T],
}

impl<T: Scalar> Reader<'_, T> {
    /// V has orthonormal columns: leaving rows out of it subtracts them from the identity, and from the sum of
    /// all rows, which is zero for windows without their mean (`sums` are those of the later and the earlier
    /// windows of all pairs then).
    pub(super) fn moments_in(
        mut self,
        trials: &[Recording<'_, T>],
        moments: &mut WhitenedMoments<'_, T>,
        [later_sum, earlier_sum]: [&mut [T]; 2],
    ) -> Result<(), Error> {
        let kept = self.whitener.cols();
        moments.plus.set_identity();
        moments.minus.set_identity();
        later_sum.fill(T::ZERO);
        earlier_sum.fill(T::ZERO);
        for trial in trials {
            let times = self.windows.times(trial);
            let (begin, end) = (times.start, times.end);
            for t in times {
                let step = t.saturating_sub(begin);
                self.windows.window_into(trial, t, self.window);
                project(self.whitener, self.window, self.later);
                if step < self.steps_ahead {
                    subtract_outer(&mut moments.plus, self.later);
                    add_scaled(later_sum, -T::ONE, self.later);
                }
                if end.saturating_sub(t) <= self.steps_ahead {
                    subtract_outer(&mut moments.minus, self.later);
                    add_scaled(earlier_sum, -T::ONE, self.later);
                }
                if step >= self.steps_ahead {
                    self.recall(trial, t, step);
                    let columns = pieces_mut(self.sums.next(1), kept);
                    for (column, y) in columns.zip(self.earlier.iter()) {
                        add_scaled(column, *y, self.later);
                    }
                }
                self.keep(step);
            }
        }
        moments.lagged.copy_from(MatRef::over(self.sums.finish(), kept, kept))
    }

    /// Where in the ring the whitened window of a step is kept, if the ring is long enough.
    fn place(&self, step: usize) -> Option<usize> {
        let (kept, places) = (self.whitener.cols(), self.steps_ahead.saturating_add(1));
        if places.saturating_mul(kept) > self.ring.len() {
            return None;
        }
        Some(step.checked_rem(places)?.saturating_mul(kept))
    }

    /// Keeps the later window of a step, for the pair in which it is the earlier one.
    fn keep(&mut self, step: usize) {
        if let Some(start) = self.place(step) {
            copy(self.ring.part_mut(start, self.later.len()), self.later);
        }
    }

    /// The whitened window s samples before time t: remembered, or computed again.
    fn recall(&mut self, trial: &Recording<'_, T>, t: usize, step: usize) {
        let steps_ahead = self.steps_ahead;
        if let Some(start) = self.place(step.saturating_sub(steps_ahead)) {
            copy(self.earlier, self.ring.part(start, self.earlier.len()));
        } else {
            self.windows.window_into(trial, t.saturating_sub(steps_ahead), self.window);
            project(self.whitener, self.window, self.earlier);
        }
    }
}

/// Eigenvalues of moments to singular values.
fn roots<T: Scalar>(values: &mut [T]) {
    values.iter_mut().for_each(|x| *x = Real::sqrt((*x).larger(T::ZERO)));
}

/// out = Wᵀ h.
#[inline]
pub(super) fn project<T: Scalar>(whitener: MatRef<'_, T>, window: &[T], out: &mut [T]) {
    out.iter_mut().zip(whitener.columns()).for_each(|(out, column)| *out = dot(column, window));
}

fn subtract_outer<T: Scalar>(matrix: &mut MatMut<'_, T>, z: &[T]) {
    for (column, y) in matrix.columns_mut().zip(z) {
        add_scaled(column, -*y, z);
    }
}

pub(super) fn divide_columns<T: Scalar>(matrix: &mut MatMut<'_, T>, by: &[T]) {
    for (column, s) in matrix.columns_mut().zip(by) {
        column.iter_mut().for_each(|x| *x /= *s);
    }
}

/// Whether the entry of largest magnitude, the first of equals, is negative.
fn points_down<T: Scalar>(column: &[T]) -> bool {
    let first = column.first().copied().unwrap_or(T::ZERO);
    let most = column.iter().fold(first, |m, x| if Real::abs(*x) > Real::abs(m) { *x } else { m });
    most < T::ZERO
}

fn negate<T: Scalar>(column: &mut [T]) {
    column.iter_mut().for_each(|x| *x = -*x);
}

/// Makes the largest entry of every column positive.
pub(super) fn fix_signs<T: Scalar>(basis: &mut MatMut<'_, T>) {
    basis.columns_mut().filter(|column| points_down(column)).for_each(negate);
}

/// Makes the largest entry of every column of the basis positive, and turns the columns of V with it.
fn flip_signs<T: Scalar>(basis: &mut MatMut<'_, T>, v: &mut MatMut<'_, T>) {
    for (u, v) in basis.columns_mut().zip(v.columns_mut()) {
        if points_down(u) {
            negate(u);
            negate(v);
        }
    }
}
