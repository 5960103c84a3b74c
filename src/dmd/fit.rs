//! A fit under way: from whitened coordinates to a model.

use super::model::{ModelRef, Path, Warnings};
use super::regression::{self, Form, Moments};
use super::whitening::Whitener;
use super::{Dmd, Shape, directions};
use crate::conditioning::{Centre, Channels, Conditioning};
use crate::covariance::Gram;
use crate::embedding::Windows;
use crate::error::Error;
use crate::matrix::{Cells, MatMut, MatRef, Memory, add_scaled, copy, dot};
use crate::rank::Rank;
use crate::recording::Recording;
use crate::scalar::{Real, Scalar};

/// A fit under way: what the model will keep, and what is known so far.
#[derive(Debug)]
pub(super) struct Fit<'m, T> {
    dmd: Dmd,
    shape: Shape,
    rows: usize,
    pairs: usize,
    /// Directions kept by the whitening, k.
    kept: usize,
    path: Path,
    pub(super) found: Channels<T>,
    pub(super) shift: &'m mut [T],
    pub(super) gain: &'m mut [T],
    /// The norm of the Hankel matrix with its means, in the unit of the conditioned samples.
    pub(super) size: T,
    /// The mean of all windows of conditioned samples; zero without centring.
    mean: &'m mut [T],
    /// Means of the later and the earlier windows of all pairs, whitened; then the intercept.
    later: &'m mut [T],
    earlier: &'m mut [T],
    /// All min(rows, p) singular values of the conditioned Hankel matrix.
    pub(super) spectrum: &'m mut [T],
    basis: &'m mut [T],
    operator: &'m mut [T],
    reduction: &'m mut [T],
    moments: &'m mut [T],
    scratch: &'m mut [T],
}

impl<'m, T: Scalar> Fit<'m, T> {
    pub(super) fn cut(
        dmd: Dmd,
        shape: Shape,
        rows: usize,
        pairs: usize,
        memory: &mut Memory<'m, T>,
    ) -> Result<Self, Error> {
        let (p, k) = (shape.width(), shape.rank);
        let square = k.saturating_mul(k);
        Ok(Self {
            dmd,
            shape,
            rows,
            pairs,
            kept: 0,
            path: Path::Gram,
            found: Channels::UNKNOWN,
            size: T::ZERO,
            shift: memory.vector(shape.channels)?,
            gain: memory.vector(shape.channels)?,
            mean: zeros(memory.vector(p)?),
            later: zeros(memory.vector(k)?),
            earlier: zeros(memory.vector(k)?),
            spectrum: memory.vector(p)?.get_mut(..p.min(rows)).unwrap_or_default(),
            basis: memory.vector(p.saturating_mul(k))?,
            operator: memory.vector(square)?,
            reduction: memory.vector(square)?,
            moments: memory.vector(Moments::<T>::memory_len(k))?,
            scratch: memory.vector(regression::memory_len(k))?,
        })
    }

    const fn centred(&self) -> bool {
        matches!(self.dmd.centre, Centre::Mean)
    }

    /// The whitening stage over the parts of the fit that it fills.
    fn whitener(&mut self) -> Whitener<'_, T> {
        Whitener {
            shape: self.shape,
            rows: self.rows,
            pairs: self.pairs,
            steps_ahead: self.dmd.steps_ahead,
            centred: self.centred(),
            size: self.size,
            rule: self.rule(),
            all: self.dmd.reduced_rank,
            clip: self.dmd.parity,
            spectrum: self.spectrum,
            basis: self.basis,
            moments: self.moments,
            later: self.later,
            earlier: self.earlier,
        }
    }

    /// The rank rule, a threshold in the unit of the conditioned samples.
    fn rule(&self) -> Rank {
        match self.dmd.rank {
            Rank::Threshold(threshold) => {
                let unit: f64 = self.found.unit.into();
                Rank::Threshold(threshold / unit)
            }
            rule => rule,
        }
    }

    /// `false` if the moments are too ill-conditioned for the rank.
    pub(super) fn whiten_gram(
        &mut self,
        gram: &Gram<'_, T>,
        work: &mut [T],
    ) -> Result<bool, Error> {
        let mean = core::mem::take(&mut self.mean);
        let kept = self.whitener().gram(gram, mean, work);
        self.mean = mean;
        let Some(kept) = kept? else { return Ok(false) };
        (self.kept, self.path) = (kept, Path::Gram);
        Ok(true)
    }

    /// The mean window has been written by [`whiten_gram`](Self::whiten_gram).
    pub(super) fn whiten_qr(
        &mut self,
        trials: &[Recording<'_, T>],
        work: &mut [T],
    ) -> Result<(), Error> {
        let steps_ahead = self.dmd.steps_ahead;
        let kept = self
            .with_windows(|fit, windows| fit.whitener().qr(trials, windows, steps_ahead, work))?;
        (self.kept, self.path) = (kept, Path::Qr);
        Ok(())
    }

    pub(super) fn whiten_rows(
        &mut self,
        trials: &[Recording<'_, T>],
        work: &mut [T],
    ) -> Result<(), Error> {
        if self.centred() {
            let mean = core::mem::take(&mut self.mean);
            self.with_windows(|_, windows| {
                trials.iter().for_each(|trial| windows.add_up(trial, windows.times(trial), mean));
            });
            let rows = T::count(self.rows.max(1));
            mean.iter_mut().for_each(|x| *x /= rows);
            self.mean = mean;
        }
        let kept =
            self.with_windows(|fit, windows| fit.whitener().rows_side(trials, windows, work))?;
        (self.kept, self.path) = (kept, Path::Qr);
        Ok(())
    }

    /// Lends the conditioned windows to what else uses the fit.
    fn with_windows<R>(&mut self, work: impl FnOnce(&mut Self, Windows<'_, T>) -> R) -> R {
        let (shift, gain) = (core::mem::take(&mut self.shift), core::mem::take(&mut self.gain));
        let mean = core::mem::take(&mut self.mean);
        let conditioning = Conditioning { shift, gain };
        let windows = Windows { embedding: self.dmd.embedding(), conditioning, mean };
        let result = work(self, windows);
        (self.shift, self.gain, self.mean) = (shift, gain, mean);
        result
    }

    /// The rank up to which moments are accurate enough.
    pub(super) fn certified(&self) -> usize {
        let largest = directions::size_of_moments(self.spectrum, self.mean, self.rows);
        let floor = directions::rounding(self.size, self.rows);
        let is_there = |s: &&T| **s > floor && directions::is_certified(largest, **s);
        self.spectrum.iter().take_while(is_there).count()
    }

    /// Regression in whitened coordinates.
    pub(super) fn finish(self) -> Result<ModelRef<'m, T>, Error> {
        let kept = self.kept;
        let rank = if self.dmd.reduced_rank {
            let available = kept;
            let wanted = self.rule().choose(self.spectrum, self.rows, self.shape.width());
            directions::limit(wanted, available, self.rule(), self.dmd.parity)?
        } else {
            kept
        };
        let moments = Moments::new(self.moments, kept)?;
        let mut memory = Memory::new(self.scratch, regression::memory_len(kept))?;
        let ridge = T::of(self.dmd.ridge);
        let (order, reduction, squares) = if self.dmd.reduced_rank {
            let mut reduction = MatMut::new(self.reduction, kept, rank)?;
            let (form, order) =
                if self.dmd.parity { (Form::Parity, kept) } else { (Form::Native, rank) };
            let mut operator = MatMut::new(&mut *self.operator, order, order)?;
            let squares = regression::reduced(
                &moments,
                ridge,
                form,
                &mut operator,
                &mut reduction,
                &mut memory,
            )?;
            (order, (!self.dmd.parity).then(|| reduction.into_ref()), squares)
        } else {
            let mut operator = MatMut::new(&mut *self.operator, kept, kept)?;
            let squares = regression::plain(&moments, ridge, &mut operator, &mut memory)?;
            (kept, None, squares)
        };
        let unit = self.found.unit;
        let spectrum = self.spectrum;
        spectrum.iter_mut().for_each(|s| *s *= unit);
        if let Some(row) = spectrum.iter().position(|s| !Real::is_finite(*s)) {
            return Err(Error::NonFiniteEntry { row, column: 0 });
        }
        let operator = MatMut::new(self.operator, order, order)?.into_ref();
        operator.check_finite()?;
        let centred = matches!(self.dmd.centre, Centre::Mean);
        let (mean, intercept) = if centred {
            let parts = [&mut *self.later, self.earlier].map(|x| x.part_mut(0, kept));
            (&*self.mean, intercept(operator, reduction, parts, self.scratch))
        } else {
            (&[][..], &[][..])
        };
        if let Some(row) = intercept.iter().position(|b| !Real::is_finite(*b)) {
            return Err(Error::NonFiniteEntry { row, column: 0 });
        }
        let cut = if self.dmd.reduced_rank { kept } else { rank };
        Ok(ModelRef {
            dmd: self.dmd,
            rank,
            path: self.path,
            rows: self.rows,
            pairs: self.pairs,
            residual: Real::sqrt(squares),
            warnings: Warnings {
                constant: self.found.constant,
                duplicated: self.found.duplicated,
                drifting: self.found.drifting,
                large_mean: self.found.large_mean,
                rank_one: rank == 1,
                few_rows: self.rows < self.shape.width().saturating_mul(3),
                near_tie: near_tie(spectrum, cut),
                latent_rank_not_reached: false,
                shared_response: false,
            },
            operator,
            basis: MatMut::new(self.basis, self.shape.width(), kept)?.into_ref(),
            reduction,
            spectrum,
            mean,
            intercept,
            shift: self.shift,
            gain: self.gain,
            unit,
        })
    }
}

fn zeros<T: Scalar>(vector: &mut [T]) -> &mut [T] {
    vector.fill(T::ZERO);
    vector
}

/// b = m₊ - A m₋ in the coordinates of the operator, from the means of both sides in whitened ones; empty for an
/// operator in other coordinates than its reduction (parity), which predicts nothing.
fn intercept<'m, T: Scalar>(
    operator: MatRef<'_, T>,
    reduction: Option<MatRef<'_, T>>,
    [later, earlier]: [&'m mut [T]; 2],
    scratch: &mut [T],
) -> &'m [T] {
    let order = operator.rows();
    let mut turned = [later, earlier].map(|side| {
        if let Some(q) = reduction {
            let turned = scratch.part_mut(0, order);
            turned.iter_mut().zip(q.columns()).for_each(|(to, q)| *to = dot(q, side));
            copy(side.part_mut(0, order), turned);
        }
        side.part_mut(0, order)
    });
    let [later, earlier] = &mut turned;
    for (column, x) in operator.columns().zip(earlier.iter()) {
        add_scaled(later, -*x, column);
    }
    let [later, _] = turned;
    later
}

/// Whether the singular values on the two sides of the cut differ by less than one in a thousand: the
/// kept directions are then as good as arbitrary among those that tie.
fn near_tie<T: Scalar>(spectrum: &[T], kept: usize) -> bool {
    match (spectrum.get(kept.wrapping_sub(1)), spectrum.get(kept)) {
        (Some(last), Some(next)) => *last - *next < T::of(1e-3) * *last,
        _ => false,
    }
}
