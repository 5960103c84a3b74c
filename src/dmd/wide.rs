//! Fits of wide windows: the leading directions alone, from the windows themselves.
//!
//! A window of 20 delays of 128 channels has p = 2560 entries. The other paths decompose a matrix of that order, or of the
//! number of windows, although few directions are kept. Here the leading eigenvectors U of HᵀH are found by block Lanczos
//! ([`krylov`]), which only needs HᵀH X = sum over windows of h (hᵀ X) for a few vectors at a time; no p x p matrix and no
//! Hankel matrix is formed. A QR factorisation of the p x r problem H U then gives singular values and coordinates to
//! eps s_1/s_i, as on the QR path.
//!
//! The directions are accepted when the residual of each is at most 1e-10 (`f32`: 3e-4) of the gap between the last
//! eigenvalue that is kept and the next, for every rank that they are to serve. Otherwise another path does the fit.

use super::fit::Fit;
use super::model::{FitPath, Model};
use super::rank::Rank;
use super::regression::WhitenedMoments;
use super::settings::{Dmd, Shape};
use super::whitening::{Reader, Whitener, divide_columns, fix_signs, project, triangle_in};
use crate::data::embedding::Windows;
use crate::data::recording::{Recording, common_channels};
use crate::data::summation::BlockedSums;
use crate::error::Error;
use crate::linalg::krylov::{self, BLOCK};
use crate::linalg::svd;
use crate::matrix::{Cells, Layout, MatMut, MatRef, add_scaled, any_of, area, dot, try_zeros};
use crate::scalar::{Real, Scalar, is_double};
use alloc::vec::Vec;

/// Windows that are read at a time.
const GROUP: usize = 8;
/// Groups whose sums are added up before they join the total, so that rounding does not grow with the number of windows.
const GROUPS: usize = 32;
/// Fewer windows than this are decomposed faster as a whole.
const FEWEST_WINDOWS: usize = 256;
/// Each direction that is kept needs this many windows and entries of a window.
const PER_DIRECTION: usize = 16;
/// Block Lanczos reads the windows about 15 times, at 32 flops an entry; a p x p matrix is decomposed in 4/3 p³.
const FLOPS_PER_ENTRY: usize = 360;

impl Dmd {
    /// Whether the settings keep few directions of many entries, so that finding these alone is cheaper.
    pub(super) fn keeps_few(&self, shape: Shape, rows: usize) -> bool {
        let (p, all) = (shape.width(), self.reduced_rank || self.parity);
        let Rank::Fixed(rank) = self.rank else { return false };
        let directions = rank.saturating_mul(PER_DIRECTION);
        let cheaper = rows < p || rows.saturating_mul(FLOPS_PER_ENTRY) <= p.saturating_mul(p);
        !all && cheaper && rows >= FEWEST_WINDOWS.max(directions) && p >= directions
    }

    /// The fit from the leading directions alone; `None` where another path is cheaper, or where they could not be found
    /// accurately enough.
    pub(super) fn fit_wide<T: Scalar>(
        &self,
        trials: &[Recording<'_, T>],
    ) -> Result<Option<Model<T>>, Error> {
        let shape = self.shape(common_channels(trials)?);
        let mut memory = Vec::new();
        let fit = self.whitened_wide(trials, &[shape.rank], &mut memory)?;
        fit.map(|fit| fit.finish()?.to_owned()).transpose()
    }

    /// The fit before its regression. The leading directions are accurate for an operator of each rank in `cuts`, of which
    /// the largest is that of the settings. `memory` is what the fit keeps, and is replaced.
    pub(super) fn whitened_wide<'m, T: Scalar>(
        &self,
        trials: &[Recording<'_, T>],
        cuts: &[usize],
        memory: &'m mut Vec<T>,
    ) -> Result<Option<Fit<'m, T>>, Error> {
        let shape = self.shape(common_channels(trials)?);
        let counts = self.count(trials)?;
        if !self.keeps_few(shape, counts.rows) {
            return Ok(None);
        }
        let layout = Layout::new([
            Fit::<T>::memory_len(shape),
            Whitener::<T>::wide_layout(shape, self.steps_ahead).len(),
        ]);
        *memory = try_zeros(layout.len())?;
        let ([results, work], _) = layout.cut(memory)?;
        let mut fit = Fit::cut(*self, shape, counts, results);
        fit.measure(trials)?;
        fit.find_mean(trials);
        let whitened =
            fit.with_windows(|fit, windows| fit.whitener().wide(trials, windows, cuts, work))?;
        if !whitened {
            return Ok(None);
        }
        fit.keep(shape.rank, FitPath::Krylov);
        Ok(Some(fit))
    }
}

impl<T: Scalar> Whitener<'_, T> {
    /// A group of windows, partial sums, and what is used in turn: scratch of the leading directions, and that of the
    /// coordinates.
    const fn wide_layout(shape: Shape, steps_ahead: usize) -> Layout<3> {
        let (p, k) = (shape.width(), shape.rank);
        let coordinates = Self::coordinates_layout(shape, steps_ahead).len();
        let rest = any_of(&[krylov::memory_len(p, k), coordinates]);
        Layout::new([area(p, GROUP), area(p, BLOCK), rest])
    }

    /// The triangle of H U, its transpose, a block of projected windows, a projected window, U S⁻¹, the ring, the sums of
    /// the lagged moment, and the whitened windows of a pair.
    const fn coordinates_layout(shape: Shape, steps_ahead: usize) -> Layout<9> {
        let (p, k) = (shape.width(), shape.rank);
        let (square, sums) = (area(k, k), BlockedSums::<T>::memory_len(area(k, k)));
        let ring = area(steps_ahead.saturating_add(1), k);
        Layout::new([square, square, area(2, square), k, area(p, k), ring, sums, k, k])
    }

    /// Whether the leading directions were found.
    fn wide(
        &mut self,
        trials: &[Recording<'_, T>],
        windows: Windows<'_, T>,
        cuts: &[usize],
        work: &mut [T],
    ) -> Result<bool, Error> {
        let (p, r) = (self.shape.width(), self.shape.rank);
        let layout = Self::wide_layout(self.shape, self.steps_ahead);
        let ([group, partial, scratch], _) = layout.cut_checked(work);
        let tolerance = if is_double::<T>() { T::of(1e-10) } else { T::of(3e-4) };
        let apply = |x: MatRef<'_, T>, z: &mut MatMut<'_, T>| {
            let partial = MatMut::over(&mut *partial, p, x.cols());
            Sums { x, z, partial, group: &mut *group, windows, filled: 0, groups: 0 }.add(trials);
            Ok(())
        };
        let values = self.spectrum.part_mut(0, r.saturating_add(1));
        let mut basis = MatMut::over(&mut *self.basis, p, r);
        if !krylov::leading_in(apply, cuts, values, &mut basis, tolerance, scratch)? {
            return Ok(false);
        }
        // The next singular value is an estimate; the others follow from H U.
        let next = Real::sqrt(self.spectrum.at(r).larger(T::ZERO));
        self.coordinates(trials, windows, group, scratch)?;
        self.spectrum.put(r, next.smaller(self.spectrum.at(r.saturating_sub(1))));
        let last = self.spectrum.at(r.saturating_sub(1));
        Ok(last > self.floor())
    }

    /// Turns U so that the columns of H U are orthogonal, and finds the moments of the whitened windows.
    fn coordinates(
        &mut self,
        trials: &[Recording<'_, T>],
        windows: Windows<'_, T>,
        window: &mut [T],
        scratch: &mut [T],
    ) -> Result<(), Error> {
        let (p, r) = (self.shape.width(), self.shape.rank);
        let (pieces, _) =
            Self::coordinates_layout(self.shape, self.steps_ahead).cut_checked(scratch);
        let [triangle, turn, block, projected, whitener, ring, sums, later, earlier] = pieces;
        let window = window.part_mut(0, p);
        let (mut triangle, mut turn) = (MatMut::over(triangle, r, r), MatMut::over(turn, r, r));
        let mut block = MatMut::over(block, r.saturating_mul(2), r);
        let mut basis = MatMut::over(&mut *self.basis, p, r);
        let read = |trial: &Recording<'_, T>, t, out: &mut [T]| {
            windows.window_into(trial, t, window);
            project(basis.as_ref(), window, out);
        };
        triangle_in(trials, windows, read, &mut triangle, &mut block, projected)?;
        turn.copy_transposed_from(triangle.as_ref())?;
        svd::orthogonalise_columns_in(&mut turn, self.spectrum.part_mut(0, r), None)?;
        let mut whitener = MatMut::over(whitener, p, r);
        whitener.set_product(basis.as_ref(), turn.as_ref())?;
        fix_signs(&mut whitener);
        basis.copy_from(whitener.as_ref())?;
        divide_columns(&mut whitener, self.spectrum);
        let mut moments = WhitenedMoments::over(&mut *self.moments, r);
        let reader = Reader {
            windows,
            whitener: whitener.as_ref(),
            steps_ahead: self.steps_ahead,
            window,
            ring,
            sums: BlockedSums::over(area(r, r), sums),
            later,
            earlier,
        };
        let sides = [self.later.part_mut(0, r), self.earlier.part_mut(0, r)];
        reader.moments_in(trials, &mut moments, sides)?;
        self.subtract_means_of_sums(r);
        Ok(())
    }
}

/// Z = HᵀH X, eight windows at a time.
struct Sums<'a, 'w, T> {
    x: MatRef<'a, T>,
    z: &'a mut MatMut<'w, T>,
    partial: MatMut<'a, T>,
    group: &'a mut [T],
    windows: Windows<'a, T>,
    /// Windows of the group, and groups of the partial sums.
    filled: usize,
    groups: usize,
}

impl<T: Scalar> Sums<'_, '_, T> {
    fn add(&mut self, trials: &[Recording<'_, T>]) {
        let p = self.x.rows();
        self.z.fill(T::ZERO);
        self.partial.fill(T::ZERO);
        for trial in trials {
            for t in self.windows.times(trial) {
                let window = self.group.part_mut(self.filled.saturating_mul(p), p);
                self.windows.window_into(trial, t, window);
                self.filled = self.filled.saturating_add(1);
                if self.filled == GROUP {
                    self.flush();
                }
            }
        }
        self.flush();
        self.join();
    }

    /// The windows of the group join the partial sums.
    fn flush(&mut self) {
        let p = self.x.rows();
        for (x, to) in self.x.columns().zip(self.partial.columns_mut()) {
            for window in crate::matrix::pieces(self.group, p).take(self.filled) {
                add_scaled(to, dot(window, x), window);
            }
        }
        self.filled = 0;
        self.groups = self.groups.saturating_add(1);
        if self.groups == GROUPS {
            self.join();
        }
    }

    /// The partial sums join the total.
    fn join(&mut self) {
        for (to, from) in self.z.columns_mut().zip(self.partial.columns_mut()) {
            add_scaled(to, T::ONE, from);
            from.fill(T::ZERO);
        }
        self.groups = 0;
    }
}
