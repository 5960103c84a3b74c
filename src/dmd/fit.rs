//! A fit under way: from whitened coordinates to a model.

use super::model::{ModelRef, Path, Warnings};
use super::regression::{self, Form, Moments};
use super::whitening::{self, Whitener};
use super::{Dmd, Shape};
use crate::conditioning::{ChannelSet, Channels, Conditioning};
use crate::covariance::Gram;
use crate::embedding::Windows;
use crate::error::Error;
use crate::matrix::{MatMut, Memory};
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
            found: Channels {
                unit: T::ONE,
                constant: ChannelSet::EMPTY,
                duplicated: ChannelSet::EMPTY,
                drifting: ChannelSet::EMPTY,
            },
            shift: memory.vector(shape.channels)?,
            gain: memory.vector(shape.channels)?,
            spectrum: memory.vector(p)?.get_mut(..p.min(rows)).unwrap_or_default(),
            basis: memory.vector(p.saturating_mul(k))?,
            operator: memory.vector(square)?,
            reduction: memory.vector(square)?,
            moments: memory.vector(Moments::<T>::memory_len(k))?,
            scratch: memory.vector(regression::memory_len(k))?,
        })
    }

    /// The whitening stage over the parts of the fit that it fills.
    fn whitener(&mut self) -> Whitener<'_, T> {
        Whitener {
            shape: self.shape,
            rows: self.rows,
            steps_ahead: self.dmd.steps_ahead,
            rule: self.rule(),
            all: self.dmd.reduced_rank,
            clip: self.dmd.parity,
            spectrum: self.spectrum,
            basis: self.basis,
            moments: self.moments,
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
        let Some(kept) = self.whitener().gram(gram, work)? else { return Ok(false) };
        (self.kept, self.path) = (kept, Path::Gram);
        Ok(true)
    }

    pub(super) fn whiten_qr(
        &mut self,
        trials: &[Recording<'_, T>],
        work: &mut [T],
    ) -> Result<(), Error> {
        let (embedding, steps_ahead) = (self.dmd.embedding(), self.dmd.steps_ahead);
        let (shift, gain) = (core::mem::take(&mut self.shift), core::mem::take(&mut self.gain));
        let windows = Windows { embedding, conditioning: Conditioning { shift, gain } };
        let kept = self.whitener().qr(trials, windows, steps_ahead, work);
        (self.shift, self.gain) = (shift, gain);
        (self.kept, self.path) = (kept?, Path::Qr);
        Ok(())
    }

    pub(super) fn whiten_rows(
        &mut self,
        trials: &[Recording<'_, T>],
        work: &mut [T],
    ) -> Result<(), Error> {
        let embedding = self.dmd.embedding();
        let (shift, gain) = (core::mem::take(&mut self.shift), core::mem::take(&mut self.gain));
        let windows = Windows { embedding, conditioning: Conditioning { shift, gain } };
        let kept = self.whitener().rows_side(trials, windows, work);
        (self.shift, self.gain) = (shift, gain);
        (self.kept, self.path) = (kept?, Path::Qr);
        Ok(())
    }

    /// The rank up to which moments are accurate enough.
    pub(super) fn certified(&self) -> usize {
        let largest = self.spectrum.first().copied().unwrap_or(T::ZERO);
        self.spectrum.iter().take_while(|s| whitening::is_certified(largest, **s)).count()
    }

    /// Regression in whitened coordinates.
    pub(super) fn finish(self) -> Result<ModelRef<'m, T>, Error> {
        let kept = self.kept;
        let rank = if self.dmd.reduced_rank {
            let available = kept;
            let wanted = self.rule().choose(self.spectrum, self.rows, self.shape.width());
            whitening::limit(wanted, available, self.rule(), self.dmd.parity)?
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
        if !spectrum.iter().all(|s| Real::is_finite(*s)) {
            return Err(Error::Overflow { what: "a singular value of the delay windows" });
        }
        let operator = MatMut::new(self.operator, order, order)?.into_ref();
        operator.check_finite()?;
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
                few_rows: self.rows < self.shape.width().saturating_mul(3),
                near_tie: near_tie(spectrum, cut),
                latent_rank_not_reached: false,
                shared_response: false,
            },
            operator,
            basis: MatMut::new(self.basis, self.shape.width(), kept)?.into_ref(),
            reduction,
            spectrum,
            shift: self.shift,
            gain: self.gain,
            unit,
        })
    }
}

/// Whether the singular values on the two sides of the cut differ by less than one in a thousand: the
/// kept directions are then as good as arbitrary among those that tie.
fn near_tie<T: Scalar>(spectrum: &[T], kept: usize) -> bool {
    match (spectrum.get(kept.wrapping_sub(1)), spectrum.get(kept)) {
        (Some(last), Some(next)) => *last - *next < T::of(1e-3) * *last,
        _ => false,
    }
}
