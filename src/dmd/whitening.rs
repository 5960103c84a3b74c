//! Whitened coordinates: the leading right singular vectors of the Hankel matrix, found without ever
//! forming it, and the moments of the recording in them.

use super::Shape;
use super::regression::Moments;
use crate::covariance::Gram;
use crate::embedding::Windows;
use crate::error::Error;
use crate::linalg::{qr, svd, symmetric};
use crate::matrix::{Cells, MatMut, MatRef, Memory, add_scaled, copy, dot, pieces_mut};
use crate::rank::{Rank, median};
use crate::recording::Recording;
use crate::scalar::{Real, Scalar};
use crate::summation::BlockedSums;

/// The stage between moments or recordings and the regression.
pub(super) struct Whitener<'f, T> {
    pub(super) shape: Shape,
    /// Windows of all trials.
    pub(super) rows: usize,
    pub(super) steps_ahead: usize,
    pub(super) rule: Rank,
    /// Keep all directions, whatever the rule: reduced-rank regression cuts later.
    pub(super) all: bool,
    /// Cut a rank that is too large instead of refusing it.
    pub(super) clip: bool,
    pub(super) spectrum: &'f mut [T],
    pub(super) basis: &'f mut [T],
    pub(super) moments: &'f mut [T],
}

/// Whether second moments are accurate enough for a singular value: eps (s_1/s)² within 1e-11 in f64;
/// in f32 s >= 3e-3 s_1, where the measured error of operators is below 1e-3.
pub(super) fn is_certified<T: Scalar>(largest: T, s: T) -> bool {
    let tolerance = if T::EPSILON < T::of(1e-10) { T::of(1e-11) } else { T::of(1.3e-2) };
    let ratio = largest / s;
    s > T::ZERO && T::EPSILON * ratio * ratio <= tolerance
}

/// A rank within the directions that there are.
pub(super) fn limit(
    wanted: usize,
    available: usize,
    rule: Rank,
    clip: bool,
) -> Result<usize, Error> {
    match rule {
        // Samples between the windows may vary where the windows do not.
        _ if available == 0 => Err(Error::DegenerateSignal { channel: None }),
        _ if wanted <= available => Ok(wanted),
        Rank::Fixed(requested) if !clip => Err(Error::RankTooLarge { requested, available }),
        _ => Ok(available),
    }
}

const fn larger(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

impl<T: Scalar> Whitener<'_, T> {
    /// Scratch of the Gram path beside the statistics.
    pub(super) const fn gram_len(shape: Shape) -> usize {
        let (p, k) = (shape.width(), shape.rank);
        let decomposition = larger(
            symmetric::leading_memory_len(p),
            larger(symmetric::values_memory_len(p), p.saturating_mul(k).saturating_mul(2)),
        );
        p.saturating_mul(p).saturating_mul(2).saturating_add(decomposition)
    }

    /// Scratch of the QR path, or of the path by rows.
    pub(super) const fn qr_len(shape: Shape) -> usize {
        let (p, k) = (shape.width(), shape.rank);
        p.saturating_mul(p)
            .saturating_mul(4)
            .saturating_add(p.saturating_mul(2))
            .saturating_add(k.saturating_mul(2))
            .saturating_add(BlockedSums::<T>::memory_len(k.saturating_mul(k)))
    }

    /// Directions to keep, given the spectrum and how many of it are numerically there.
    fn choose(&self, available: usize) -> Result<usize, Error> {
        if self.all {
            return limit(available, available, self.rule, self.clip);
        }
        let wanted = self.rule.choose(self.spectrum, self.rows, self.shape.width());
        limit(wanted, available, self.rule, self.clip)
    }

    /// Singular values above 4 p eps s_1: what rounding in the factorisation cannot have made.
    fn available(&self) -> usize {
        let largest = self.spectrum.first().copied().unwrap_or(T::ZERO);
        let floor = T::of(4.0) * T::count(self.shape.width()) * T::EPSILON * largest;
        self.spectrum.iter().take_while(|s| **s > floor).count()
    }

    /// From second moments. `None` if they are too ill-conditioned for the rank, or if the rank is
    /// beyond what they can tell.
    pub(super) fn gram(
        &mut self,
        gram: &Gram<'_, T>,
        work: &mut [T],
    ) -> Result<Option<usize>, Error> {
        let p = self.shape.width();
        let mut memory = Memory::new(work, Self::gram_len(self.shape))?;
        let (mut all, mut copy) = (memory.matrix(p, p)?, memory.matrix(p, p)?);
        for (j, to) in all.columns_mut().enumerate() {
            let parts = gram.plus().column(j).iter().zip(gram.first().column(j));
            to.iter_mut().zip(parts).for_each(|(to, (plus, first))| *to = *plus + *first);
        }
        all.as_ref().check_finite()?;
        let kept = match self.rule {
            Rank::Fixed(rank) if !self.all && rank <= self.spectrum.len() => rank,
            Rank::Fixed(_) if !self.all => return Ok(None),
            _ => {
                copy.copy_from(all.as_ref())?;
                self.values(|values| symmetric::values_in(&mut copy, values, memory.scratch()))?;
                let largest = self.spectrum.first().copied().unwrap_or(T::ZERO);
                if self.rule.needs_median() && !is_certified(largest, median(self.spectrum)) {
                    return Ok(None);
                }
                self.choose(self.spectrum.len())?
            }
        };
        let mut vectors = MatMut::new(&mut *self.basis, p, kept)?;
        let spectrum = &mut *self.spectrum;
        symmetric::leading_in(&mut all, spectrum, &mut vectors, memory.scratch())?;
        roots(spectrum);
        let largest = spectrum.first().copied().unwrap_or(T::ZERO);
        if !is_certified(largest, spectrum.get(kept.wrapping_sub(1)).copied().unwrap_or(T::ZERO)) {
            return Ok(None);
        }
        fix_signs(&mut vectors);
        let scratch = memory.scratch();
        let mut whitener = MatMut::new(&mut *scratch.part_mut(0, p.saturating_mul(kept)), p, kept)?;
        whitener.copy_from(vectors.as_ref())?;
        divide_columns(&mut whitener, spectrum);
        let mut product = MatMut::new(copy.as_mut_slice(), p, kept)?;
        let mut moments = Moments::new(&mut *self.moments, kept)?;
        let pairs = [
            (gram.plus(), &mut moments.plus),
            (gram.minus(), &mut moments.minus),
            (gram.lagged(), &mut moments.lagged),
        ];
        for (matrix, moment) in pairs {
            product.set_product(matrix, whitener.as_ref())?;
            moment.set_product_transposed(whitener.as_ref(), product.as_ref())?;
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
        let mut memory = Memory::new(work, Self::qr_len(self.shape))?;
        let (mut triangle, mut vectors) = (memory.matrix(p, p)?, memory.matrix(p, p)?);
        let mut block = memory.matrix(p.saturating_mul(2), p)?;
        let window = memory.vector(p)?;
        triangle_in(trials, windows, &mut triangle, &mut block, window)?;
        vectors.copy_transposed_from(triangle.as_ref())?;
        svd::orthogonalise_columns_in(&mut vectors, self.spectrum, None)?;
        let kept = self.choose(self.available())?;
        let mut basis = MatMut::new(&mut *self.basis, p, kept)?;
        basis.copy_from(vectors.as_ref().leading_columns(kept))?;
        fix_signs(&mut basis);
        let mut whitener = vectors.leading_columns(kept);
        whitener.copy_from(basis.as_ref())?;
        divide_columns(&mut whitener, self.spectrum);
        let mut moments = Moments::new(&mut *self.moments, kept)?;
        let reader = Reader {
            windows,
            whitener: whitener.as_ref(),
            steps_ahead,
            window,
            ring: block.as_mut_slice(),
        };
        reader.moments_in(trials, &mut moments, &mut memory)?;
        Ok(kept)
    }

    /// For fewer windows than entries of a window: QR of Hᵀ (p x rows) and a Jacobi decomposition of
    /// its triangle give V itself.
    pub(super) fn rows_side(
        &mut self,
        trials: &[Recording<'_, T>],
        windows: Windows<'_, T>,
        work: &mut [T],
    ) -> Result<usize, Error> {
        let (p, rows) = (self.shape.width(), self.rows);
        let mut memory = Memory::new(work, Self::qr_len(self.shape))?;
        let (mut hankel, mut v) = (memory.matrix(p, rows)?, memory.matrix(rows, rows)?);
        let (window, reflectors) = (memory.vector(p)?, memory.vector(rows)?);
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
        svd::orthogonalise_columns_in(&mut v, self.spectrum, None)?;
        let kept = self.choose(self.available())?;
        // U = Hᵀ V S⁻¹.
        let mut basis = MatMut::new(&mut *self.basis, p, kept)?;
        basis.fill(T::ZERO);
        for (row, (trial, t)) in times().enumerate() {
            windows.window_into(trial, t, window);
            for (k, column) in basis.columns_mut().enumerate() {
                add_scaled(column, v.at(row, k) / self.spectrum.at(k), window);
            }
        }
        flip_signs(&mut basis, &mut v);
        let mut moments = Moments::new(&mut *self.moments, kept)?;
        moments.plus.fill(T::ZERO);
        moments.minus.fill(T::ZERO);
        moments.lagged.fill(T::ZERO);
        let mut row = 0_usize;
        for trial in trials {
            let here = windows.times(trial).len();
            for later in row.saturating_add(self.steps_ahead)..row.saturating_add(here) {
                let earlier = later.saturating_sub(self.steps_ahead);
                for j in 0..kept {
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
        Ok(kept)
    }
}

/// The triangle of a QR factorisation of all windows, taken in as blocks of rows.
fn triangle_in<T: Scalar>(
    trials: &[Recording<'_, T>],
    windows: Windows<'_, T>,
    triangle: &mut MatMut<'_, T>,
    block: &mut MatMut<'_, T>,
    window: &mut [T],
) -> Result<(), Error> {
    triangle.fill(T::ZERO);
    let mut filled = 0_usize;
    for trial in trials {
        for t in windows.times(trial) {
            windows.window_into(trial, t, window);
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

/// Reads a recording again, in whitened coordinates.
struct Reader<'a, T> {
    windows: Windows<'a, T>,
    /// W = U S⁻¹.
    whitener: MatRef<'a, T>,
    steps_ahead: usize,
    window: &'a mut [T],
    /// Whitened windows of the last s + 1 times, if so many fit.
    ring: &'a mut [T],
}

impl<T: Scalar> Reader<'_, T> {
    /// V has orthonormal columns: leaving rows out of it subtracts them from the identity.
    fn moments_in<'m>(
        mut self,
        trials: &[Recording<'_, T>],
        moments: &mut Moments<'_, T>,
        memory: &mut Memory<'m, T>,
    ) -> Result<(), Error> {
        let kept = self.whitener.cols();
        let mut sums = BlockedSums::new_in(kept.saturating_mul(kept), memory)?;
        let (later, earlier) = (memory.vector(kept)?, memory.vector(kept)?);
        moments.plus.set_identity();
        moments.minus.set_identity();
        for trial in trials {
            let times = self.windows.times(trial);
            let (begin, end) = (times.start, times.end);
            for t in times {
                let step = t.saturating_sub(begin);
                self.windows.window_into(trial, t, self.window);
                project(self.whitener, self.window, later);
                if step < self.steps_ahead {
                    subtract_outer(&mut moments.plus, later);
                }
                if end.saturating_sub(t) <= self.steps_ahead {
                    subtract_outer(&mut moments.minus, later);
                }
                if step >= self.steps_ahead {
                    self.recall(trial, t, step, earlier);
                    for (column, y) in pieces_mut(sums.next(1), kept).zip(earlier.iter()) {
                        add_scaled(column, *y, later);
                    }
                }
                if let Some(slot) = self.slot(step) {
                    copy(slot, later);
                }
            }
        }
        moments.lagged.copy_from(MatRef::new(sums.finish(), kept, kept)?)
    }

    /// Where the whitened window of a step is kept, if the ring is long enough.
    fn slot(&mut self, step: usize) -> Option<&mut [T]> {
        let (kept, slots) = (self.whitener.cols(), self.steps_ahead.saturating_add(1));
        if slots.saturating_mul(kept) > self.ring.len() {
            return None;
        }
        Some(self.ring.part_mut(step.checked_rem(slots)?.saturating_mul(kept), kept))
    }

    /// The whitened window s samples before time t: remembered, or computed again.
    fn recall(&mut self, trial: &Recording<'_, T>, t: usize, step: usize, out: &mut [T]) {
        let steps_ahead = self.steps_ahead;
        if let Some(slot) = self.slot(step.saturating_sub(steps_ahead)) {
            copy(out, slot);
        } else {
            self.windows.window_into(trial, t.saturating_sub(steps_ahead), self.window);
            project(self.whitener, self.window, out);
        }
    }
}

/// Eigenvalues of moments to singular values.
fn roots<T: Scalar>(values: &mut [T]) {
    values.iter_mut().for_each(|x| *x = Real::sqrt((*x).larger(T::ZERO)));
}

/// out = Wᵀ h.
#[inline]
fn project<T: Scalar>(whitener: MatRef<'_, T>, window: &[T], out: &mut [T]) {
    out.iter_mut().zip(whitener.columns()).for_each(|(out, column)| *out = dot(column, window));
}

fn subtract_outer<T: Scalar>(matrix: &mut MatMut<'_, T>, z: &[T]) {
    for (column, y) in matrix.columns_mut().zip(z) {
        add_scaled(column, -*y, z);
    }
}

fn divide_columns<T: Scalar>(matrix: &mut MatMut<'_, T>, by: &[T]) {
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
fn fix_signs<T: Scalar>(basis: &mut MatMut<'_, T>) {
    basis.columns_mut().filter(|column| points_down(column)).for_each(negate);
}

/// The same, both factors together.
fn flip_signs<T: Scalar>(basis: &mut MatMut<'_, T>, v: &mut MatMut<'_, T>) {
    for (u, v) in basis.columns_mut().zip(v.columns_mut()) {
        if points_down(u) {
            negate(u);
            negate(v);
        }
    }
}
