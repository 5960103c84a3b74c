//! Moments of the past and the future of a recording, fold by fold, from which the rules choose a rank.
//!
//! Samples are read as `f64` whatever the scalar of the recording, and each channel's mean is subtracted:
//! the rules run on hosts only, and one answer for both scalars is worth more than speed.

use super::window_moments::WindowMoments;
use crate::data::centring::{Centre, Conditioning, Scale, measure};
use crate::data::embedding::{Embedding, Windows};
use crate::data::recording::{Recording, common_channels, total_samples};
use crate::data::samples::Samples;
use crate::dmd::settings::Dmd;
use crate::error::Error;
use crate::linalg::qr;
use crate::matrix::{Cells, Mat, MatMut, add, copy, try_reserve, try_zeros};
use alloc::vec::Vec;

/// Folds that are held out in turn.
pub(crate) const FOLDS: usize = 5;
/// Blocks that fewer trials than folds are cut into.
const BLOCKS: usize = 10;

/// A stretch of samples of one trial, and the fold that it belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment<'a> {
    pub(crate) recording: Recording<'a, f64>,
    pub(crate) fold: usize,
    /// The trial it was cut from.
    pub(crate) trial: usize,
}

/// Few samples of many channels, in an orthonormal basis of their span: X = Q R, where the columns of X are the
/// samples. The columns of R are as many channels as there are samples, in which no moment, norm or correlation
/// of what is not scaled channel by channel differs.
#[derive(Debug)]
pub(crate) struct Span {
    pub(crate) samples: Samples,
    /// Q as reflections, below the triangle of R.
    reflections: Mat<f64>,
    factors: Vec<f64>,
    mean: Vec<f64>,
}

impl Span {
    /// The span of the samples, less their mean if `centre` says so; `None` where there are as many samples as
    /// channels, or where channels are scaled one by one.
    ///
    /// Cost: 2 n T² multiply-adds for T samples of n > T channels, and 2 n T scalars.
    pub(crate) fn of(
        trials: &[Recording<'_, f64>],
        centre: Centre,
        scale: Scale,
    ) -> Result<Option<Self>, Error> {
        let channels = common_channels(trials)?;
        let count = total_samples(trials);
        if channels <= count || scale == Scale::UnitVariance {
            return Ok(None);
        }
        let (mut mean, mut gain) = (try_zeros(channels)?, try_zeros(channels)?);
        measure(trials, centre, Scale::None, &mut mean, &mut gain)?;
        let conditioning = Conditioning { shift: &mean, gain: &gain };
        let mut reflections = Mat::zeros(channels, count)?;
        let from = trials.iter().flat_map(|trial| trial.as_matrix().columns());
        for (column, sample) in reflections.as_mut().columns_mut().zip(from) {
            conditioning.apply(sample, column);
            // The gain is a power of two, and the same for all samples. It is taken out again, so that the span is that of
            // the samples as recorded.
            column.iter_mut().zip(&gain).for_each(|(x, gain)| *x /= *gain);
        }
        let mut factors = try_zeros(count)?;
        qr::factor_in(&mut reflections.as_mut(), &mut factors)?;
        let mut narrow = try_reserve(trials.len())?;
        let mut next = 0_usize;
        for trial in trials {
            let mut copy = try_reserve(trial.samples().saturating_mul(count))?;
            for t in next..next.saturating_add(trial.samples()) {
                let column = reflections.as_ref().column(t);
                copy.extend((0..count).map(|i| if i <= t { column.at(i) } else { 0.0 }));
            }
            narrow.push(copy);
            next = next.saturating_add(trial.samples());
        }
        let samples = Samples::new(narrow, count);
        Ok(Some(Self { samples, reflections, factors, mean }))
    }

    /// A sample of all channels from its coordinates: Q z + mean.
    pub(crate) fn widen(&self, coordinates: &[f64], out: &mut [f64]) -> Result<(), Error> {
        out.fill(0.0);
        copy(out, coordinates);
        let mut column = MatMut::new(out, self.mean.len(), 1)?;
        qr::apply_q_in(self.reflections.as_ref(), &self.factors, &mut column)?;
        out.iter_mut().zip(&self.mean).for_each(|(x, mean)| *x += *mean);
        Ok(())
    }
}

/// Blocks that each trial is cut into, for a number of trials.
pub(crate) const fn blocks(trials: usize) -> usize {
    if trials == 0 || trials >= FOLDS { 1 } else { BLOCKS.div_ceil(trials) }
}

/// Assigns trials to folds in turn. Fewer than five trials are cut into ten or more contiguous blocks first, which are then
/// assigned in the same way.
pub(crate) fn segments<'a>(trials: &[Recording<'a, f64>]) -> Result<Vec<Segment<'a>>, Error> {
    let pieces = blocks(trials.len());
    let mut segments = try_reserve(trials.len().saturating_mul(pieces))?;
    for (trial, recording) in trials.iter().enumerate() {
        let cut = |piece: usize| {
            piece.saturating_mul(recording.samples()).checked_div(pieces).unwrap_or(0)
        };
        for piece in 0..pieces {
            let part = recording.part(cut(piece), cut(piece.saturating_add(1)));
            let needed = pieces;
            let part = part.ok_or(Error::TooShort { trial, needed, got: recording.samples() })?;
            let fold = segments.len().checked_rem(FOLDS).unwrap_or(0);
            segments.push(Segment { recording: part, fold, trial });
        }
    }
    Ok(segments)
}

/// sum h hᵀ and sum f hᵀ over the windows of one fold.
#[derive(Debug)]
pub(crate) struct Fold {
    /// p x p.
    pub(crate) past: Mat<f64>,
    /// n H x p.
    pub(crate) future_past: Mat<f64>,
}

impl Fold {
    fn zeros(ahead: usize, p: usize) -> Result<Self, Error> {
        Ok(Self { past: Mat::zeros(p, p)?, future_past: Mat::zeros(ahead, p)? })
    }

    /// self += weight other.
    fn add(&mut self, weight: f64, other: &Self) {
        self.past.as_mut().add(weight, other.past.as_ref());
        self.future_past.as_mut().add(weight, other.future_past.as_ref());
    }
}

/// Past windows h_t (d samples, tau apart) and futures f_t = [x_{t+tau} .. x_{t+H tau}] of a recording.
#[derive(Debug)]
pub(crate) struct PastFuture<'a> {
    pub(crate) segments: Vec<Segment<'a>>,
    embedding: Embedding,
    /// Samples of a future, H.
    pub(crate) horizon: usize,
    shift: Vec<f64>,
    gain: Vec<f64>,
    pub(crate) folds: Vec<Fold>,
    pub(crate) total: Fold,
    /// sum f fᵀ over all windows.
    pub(crate) future: Mat<f64>,
    /// Sums of the entries of all windows, the future ones first, the latest first.
    pub(crate) sums: Vec<f64>,
    /// Windows of all folds.
    pub(crate) rows: usize,
}

/// The error for segments that are short by `missing` samples, about the shortest.
pub(crate) fn too_short_by(trials: &[Recording<'_, f64>], missing: usize) -> Result<Error, Error> {
    let segments = segments(trials)?;
    let shortest = segments.iter().min_by_key(|segment| segment.recording.samples());
    let (trial, samples) = shortest.map_or((0, 0), |s| (s.trial, s.recording.samples()));
    let pieces = segments.iter().filter(|other| other.trial == trial).count();
    let needed = samples.saturating_add(missing).saturating_mul(pieces);
    Ok(Error::TooShort { trial, needed, got: samples.saturating_mul(pieces) })
}

/// Future samples, at most `most`, and windows of all segments, before any moment is summed.
pub(crate) fn extent(
    trials: &[Recording<'_, f64>],
    dmd: &Dmd,
    most: usize,
) -> Result<(usize, usize), Error> {
    dmd.validate()?;
    let (segments, past) = (segments(trials)?, dmd.embedding());
    let horizon = horizon(trials, &segments, past)?.min(most);
    let both = Embedding::new(past.delays().saturating_add(horizon), past.interval());
    let rows = segments.iter().map(|segment| both.rows(segment.recording.samples()));
    Ok((horizon, rows.fold(0, usize::saturating_add)))
}

impl<'a> PastFuture<'a> {
    /// Over windows of d past and at most `most` future samples, fewer where a segment is short.
    ///
    /// # Errors
    /// [`Error::TooShort`] if a segment has no two windows with one future sample; those of [`measure`].
    pub(crate) fn of(trials: &[Recording<'a, f64>], dmd: &Dmd, most: usize) -> Result<Self, Error> {
        dmd.validate()?;
        let (channels, past) = (common_channels(trials)?, dmd.embedding());
        let segments = segments(trials)?;
        let horizon = horizon(trials, &segments, past)?.min(most);
        let (mut shift, mut gain) = (try_zeros(channels)?, try_zeros(channels)?);
        measure(trials, Centre::Mean, dmd.scale_rule(), &mut shift, &mut gain)?;
        let embedding = Embedding::new(past.delays().saturating_add(horizon), past.interval());
        let conditioning = Conditioning { shift: &shift, gain: &gain };
        let both = Windows { embedding, conditioning, mean: &[] };
        let (p, ahead) = (past.width(channels), channels.saturating_mul(horizon));
        let mut future = Mat::zeros(ahead, ahead)?;
        let mut total = Fold::zeros(ahead, p)?;
        let mut sums = try_zeros(embedding.width(channels))?;
        let (mut folds, mut rows) = (try_reserve(FOLDS)?, 0_usize);
        for fold in 0..FOLDS {
            let mut of_fold: Vec<Recording<'_, f64>> = try_reserve(segments.len())?;
            let here = segments.iter().filter(|segment| segment.fold == fold);
            of_fold.extend(here.map(|segment| segment.recording));
            let found = WindowMoments::of(&of_fold, both, channels)?;
            rows = rows.saturating_add(found.rows);
            add(&mut sums, &found.sums);
            let mut here = Fold::zeros(ahead, p)?;
            add_block(&mut here.past, &found.products, ahead, ahead);
            add_block(&mut here.future_past, &found.products, 0, ahead);
            add_block(&mut future, &found.products, 0, 0);
            total.add(1.0, &here);
            folds.push(here);
        }
        let embedding = past;
        Ok(Self { segments, embedding, horizon, shift, gain, folds, total, future, sums, rows })
    }

    /// The moments of all folds but one.
    pub(crate) fn without(&self, fold: &Fold) -> Result<Fold, Error> {
        let past = Mat::copy_of(self.total.past.as_ref())?;
        let future_past = Mat::copy_of(self.total.future_past.as_ref())?;
        let mut others = Fold { past, future_past };
        others.add(-1.0, fold);
        Ok(others)
    }

    /// Calls `take` with the fold and the past window of every `stride`-th row, in order.
    pub(crate) fn each_past(
        &self,
        stride: usize,
        mut take: impl FnMut(usize, &[f64]),
    ) -> Result<(), Error> {
        let windows = Windows {
            embedding: self.embedding,
            conditioning: Conditioning { shift: &self.shift, gain: &self.gain },
            mean: &[],
        };
        let mut window = try_zeros(self.embedding.width(self.shift.len()))?;
        let ahead = self.horizon.saturating_mul(self.embedding.interval());
        let mut row = 0_usize;
        for segment in &self.segments {
            let times = windows.times(&segment.recording);
            for t in times.start..times.end.saturating_sub(ahead) {
                if row.checked_rem(stride) == Some(0) {
                    windows.window_into(&segment.recording, t, &mut window);
                    take(segment.fold, &window);
                }
                row = row.saturating_add(1);
            }
        }
        Ok(())
    }
}

/// The longest future that leaves every segment two windows: T - d - 1 samples for interval 1.
fn horizon(
    trials: &[Recording<'_, f64>],
    segments: &[Segment<'_>],
    past: Embedding,
) -> Result<usize, Error> {
    let least = past.window().saturating_add(past.interval()).saturating_add(1);
    let mut longest = usize::MAX;
    for segment in segments {
        let Some(spare) = segment.recording.samples().checked_sub(least) else {
            let whole = trials.get(segment.trial).map_or(0, Recording::samples);
            let pieces = segments.iter().filter(|other| other.trial == segment.trial).count();
            let needed = least.saturating_mul(pieces);
            return Err(Error::TooShort { trial: segment.trial, needed, got: whole });
        };
        let here = spare.checked_div(past.interval()).unwrap_or(0).saturating_add(1);
        longest = longest.min(here);
    }
    Ok(longest)
}

/// to += the block that begins at (row, column).
fn add_block(to: &mut Mat<f64>, products: &Mat<f64>, row: usize, column: usize) {
    let from = products.as_ref();
    for (to, from) in to.as_mut().columns_mut().zip(from.columns().skip(column)) {
        add(to, from.part(row, usize::MAX));
    }
}
