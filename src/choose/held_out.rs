//! Held-out prediction errors of every rank, by blocked cross-validation over time.

use super::narrow::{LazyNarrow, Narrow};
use super::past_and_future::{FOLDS, Segment, blocks, segments};
use crate::data::centring::{Conditioning, measure};
use crate::data::embedding::{Embedding, Windows};
use crate::data::gram::Gram;
use crate::data::recording::{Recording, common_channels};
use crate::data::samples::Samples;
use crate::dmd::prediction::{PredictionErrors, Tally};
use crate::dmd::settings::Dmd;
use crate::error::{Error, Setting};
use crate::linalg::{solve, symmetric};
use crate::matrix::{Cells, Mat, MatRef, dot, largest, try_reserve, try_zeros};
use crate::scalar::{Real, Scalar};
use alloc::vec::Vec;

/// Shares of the variance below this count as nothing predicted.
const PREDICTABLE: f64 = 1e-3;
/// Singular values below this share of the largest cannot be resolved by second moments.
const FLOOR: f64 = 1e-6;

/// What held-out errors are computed of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldOutTask {
    /// The largest rank, at least 1.
    pub most: usize,
    /// The applications of the operator behind [`RankErrors::several_steps`], at least 1.
    pub steps: usize,
    /// The first sample of each trial or block that errors are counted from: windows of different lengths are compared
    /// on the same samples.
    pub first: usize,
    /// The most delays of the windows that are compared: where windows of so many delays are wide, all are looked at in the
    /// same components. 0 for those of the settings alone.
    pub most_delays: usize,
}

/// How well operators of one rank predict samples that they were not fitted to.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct RankErrors {
    /// The rank.
    pub rank: usize,
    /// Errors one application of the operator ahead.
    pub one_step: PredictionErrors<f64>,
    /// Standard error, over the folds, of the mean squared error one application ahead.
    pub one_step_standard_error: f64,
    /// Errors several applications ahead.
    pub several_steps: PredictionErrors<f64>,
    /// Standard error of their mean squared error.
    pub several_steps_standard_error: f64,
    /// ‖A Aᵀ - Aᵀ A‖ / ‖A‖² (Frobenius norms) of the operator fitted to all trials: 0 for a normal one.
    pub non_normality: f64,
    /// s_1 / s_r of the Hankel matrix of all trials.
    pub condition: f64,
}

/// Held-out prediction errors by rank.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct HeldOut {
    /// Ascending ranks, as many as asked for and as the data have directions.
    pub ranks: Vec<RankErrors>,
    /// The applications of the operator behind `several_steps`.
    pub steps: usize,
    /// Leading components of the channels in which operators were fitted where windows are wide (more than 320 entries);
    /// `None` where all channels were. Errors are those of all channels either way.
    pub components: Option<usize>,
}

impl HeldOut {
    /// Fits operators of rank 1 ..= `most` to four fifths of the recording and predicts the last fifth, for
    /// each of five folds: trial k is in fold k mod 5, and fewer than five trials are cut into ten contiguous
    /// blocks first (blocked cross-validation; Bergmeir & Benítez 2012). No window crosses a block.
    ///
    /// Uses the delays, interval, steps ahead, ridge, centre and scale of `dmd`, all in `f64`; means and
    /// scales are those of all trials. Ranks whose singular value is below 1e-6 of the largest are left out.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for `most` or `steps` of 0 and for reduced-rank regression;
    /// [`Error::TooShort`] if a trial or block holds no window and a sample `steps` applications later;
    /// otherwise as for a fit.
    ///
    /// Cost, T samples: n² d T multiply-adds, six times 4/3 p³, and p r + 2 n r² a sample for r = `most`. Where windows have
    /// more than 320 entries, operators are fitted in the [`components`](Self::components) of the channels, p is between 240
    /// and 640 up to 20 delays, and finding them costs 4 n² T and about 14 n³ more.
    ///
    /// ```
    /// use dynamical_similarity::{Dmd, HeldOut, Recording};
    /// let (mut x, mut state) = ([1.0_f64, 0.0], 1_u64);
    /// let samples: Vec<f64> = (0..2000).map(|_| {
    ///     x = [0.9 * x[0] - 0.3 * x[1], 0.3 * x[0] + 0.9 * x[1]];
    ///     state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    ///     x[0] += (state >> 40) as f64 / (1 << 24) as f64 - 0.5;
    ///     x[0]
    /// }).collect();
    /// let found = HeldOut::of(&[Recording::new(&samples, 1)?], &Dmd::new().delays(6), 6, 3)?;
    /// let (one, two) = (found.ranks[0].one_step, found.ranks[1].one_step);
    /// assert!(two.r_squared > 0.5 && two.r_squared > one.r_squared);
    /// assert!(found.rank() >= 2);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    pub fn of<T: Scalar>(
        trials: &[Recording<'_, T>],
        dmd: &Dmd,
        most: usize,
        steps: usize,
    ) -> Result<Self, Error> {
        Self::of_from(trials, dmd, HeldOutTask { most, steps, first: 0, most_delays: 0 })
    }

    /// [`of`](Self::of), with errors counted from sample [`first`](HeldOutTask::first) of each trial or block on only.
    ///
    /// # Errors
    /// As [`of`](Self::of); [`Error::TooShort`] also if a trial or block has no sample `first`.
    pub fn of_from<T: Scalar>(
        trials: &[Recording<'_, T>],
        dmd: &Dmd,
        task: HeldOutTask,
    ) -> Result<Self, Error> {
        let samples = Samples::of(trials)?;
        Self::from(&samples.recordings()?, dmd, task, &mut LazyNarrow::default())
    }

    /// The most delays that every trial or block can hold with a sample `steps` applications later; 0 if
    /// there is no such number.
    #[must_use]
    pub fn most_delays<T: Scalar>(trials: &[Recording<'_, T>], dmd: &Dmd, steps: usize) -> usize {
        let pieces = blocks(trials.len());
        let shortest = trials
            .iter()
            .filter_map(|trial| trial.samples().checked_div(pieces))
            .min()
            .unwrap_or(0);
        let ahead = steps.saturating_mul(dmd.steps_ahead_rule());
        let reach = shortest.checked_sub(ahead.saturating_add(1));
        let fits = reach.and_then(|reach| reach.checked_div(dmd.embedding().interval()));
        fits.map_or(0, |fits| fits.saturating_add(1))
    }

    /// `narrow` may be that of an earlier call for the same trials, centre and scale.
    pub(super) fn from(
        trials: &[Recording<'_, f64>],
        dmd: &Dmd,
        task: HeldOutTask,
        narrow: &mut LazyNarrow,
    ) -> Result<Self, Error> {
        let HeldOutTask { most, steps, first, most_delays } = task;
        dmd.validate()?;
        dmd.check_predicts()?;
        if most == 0 || steps == 0 {
            return Err(Error::InvalidSetting {
                setting: Setting::LargestRank,
                expected: "at least 1",
            });
        }
        // What is predicted, in all channels; the windows may be of fewer.
        let targets = segments(trials)?;
        let ahead = steps.saturating_mul(dmd.steps_ahead_rule());
        let needed = dmd.embedding().window().saturating_add(ahead).max(first.saturating_add(1));
        check_lengths(&targets, needed)?;
        let embedding = dmd.embedding();
        let longest = Embedding::new(embedding.delays().max(most_delays), embedding.interval());
        let narrow = narrow.of(trials, longest, dmd)?;
        let dmd = &narrow.settings(*dmd);
        let fewer = narrow.recordings()?;
        let narrow = fewer.is_some().then_some(narrow);
        let trials = fewer.as_deref().unwrap_or(trials);
        let segments = segments(trials)?;
        let channels = common_channels(trials)?;
        let (mut shift, mut gain) = (try_zeros(channels)?, try_zeros(channels)?);
        measure(trials, dmd.centre_rule(), dmd.scale_rule(), &mut shift, &mut gain)?;
        let conditioning = Conditioning { shift: &shift, gain: &gain };
        let (segments, targets) = (&segments, &targets);
        let found = CrossValidation {
            dmd,
            channels,
            conditioning,
            segments,
            targets,
            narrow,
            steps,
            first,
        }
        .run(most)?;
        Ok(Self { components: narrow.and_then(Narrow::components), ..found })
    }

    /// The smallest rank whose held-out one-step error is within one standard error of the least (Breiman,
    /// Friedman, Olshen & Stone 1984, section 3.4.3); 0 without ranks.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.smallest(|at| (at.one_step.mean_squared_error, at.one_step_standard_error))
    }

    /// Whether no rank predicts held-out samples better than their mean does, by more than 0.1 % of their
    /// variance: white noise.
    #[must_use]
    pub fn is_unpredictable(&self) -> bool {
        self.ranks.iter().all(|at| !(at.one_step.r_squared > PREDICTABLE))
    }

    /// [`rank`](Self::rank) by the errors several steps ahead.
    #[must_use]
    pub fn several_steps_rank(&self) -> usize {
        self.smallest(|at| (at.several_steps.mean_squared_error, at.several_steps_standard_error))
    }

    /// The rank with the least Akaike criterion one step ahead; 0 without ranks.
    #[must_use]
    pub fn akaike_rank(&self) -> usize {
        self.smallest(|at| (at.one_step.akaike, 0.0))
    }

    fn smallest(&self, error: impl Fn(&RankErrors) -> (f64, f64)) -> usize {
        let errors = || self.ranks.iter().map(&error);
        let best = errors().fold((f64::INFINITY, 0.0), |a, b| if b.0 < a.0 { b } else { a });
        let mut within = self.ranks.iter().filter(|at| error(at).0 <= best.0 + best.1);
        within.next().map_or(0, |at| at.rank)
    }
}

fn check_lengths(segments: &[Segment<'_>], needed: usize) -> Result<(), Error> {
    for segment in segments {
        let got = segment.recording.samples();
        if got < needed {
            let pieces = segments.iter().filter(|other| other.trial == segment.trial).count();
            return Err(Error::TooShort {
                trial: segment.trial,
                needed: needed.saturating_mul(pieces),
                got: got.saturating_mul(pieces),
            });
        }
    }
    Ok(())
}

/// Second moments of a set of folds, p x p each.
struct FoldMoments {
    all: Mat<f64>,
    minus: Mat<f64>,
    lagged: Mat<f64>,
}

impl FoldMoments {
    fn zeros(p: usize) -> Result<Self, Error> {
        Ok(Self { all: Mat::zeros(p, p)?, minus: Mat::zeros(p, p)?, lagged: Mat::zeros(p, p)? })
    }

    fn add_gram(&mut self, gram: &Gram<'_, f64>) {
        self.all.as_mut().add(1.0, gram.plus());
        self.all.as_mut().add(1.0, gram.first());
        self.minus.as_mut().add(1.0, gram.minus());
        self.lagged.as_mut().add(1.0, gram.lagged());
    }

    /// self += weight other.
    fn add(&mut self, weight: f64, other: &Self) {
        self.all.as_mut().add(weight, other.all.as_ref());
        self.minus.as_mut().add(weight, other.minus.as_ref());
        self.lagged.as_mut().add(weight, other.lagged.as_ref());
    }
}

/// Whitened coordinates of the largest rank; those of a smaller one are the leading part of each matrix.
struct Whitened {
    /// W = U S⁻¹, p x r.
    encoder: Mat<f64>,
    /// The newest sample of U S, n x r.
    decoder: Mat<f64>,
    singular_values: Vec<f64>,
    minus: Mat<f64>,
    lagged: Mat<f64>,
}

impl Whitened {
    fn of(moments: &FoldMoments, channels: usize, most: usize) -> Result<Self, Error> {
        let p = moments.all.as_ref().rows();
        let (mut copy, mut values) = (Mat::copy_of(moments.all.as_ref())?, try_zeros(p)?);
        let mut vectors = Mat::zeros(p, most.min(p))?;
        let mut memory = try_zeros(symmetric::leading_memory_len(p))?;
        symmetric::leading_in(&mut copy.as_mut(), &mut values, &mut vectors.as_mut(), &mut memory)?;
        let largest = values.first().copied().unwrap_or(0.0);
        let floor = FLOOR * FLOOR * largest;
        let kept = values.iter().take(most.min(p)).take_while(|w| **w > floor).count();
        if kept == 0 {
            return Err(Error::DegenerateSignal { channel: None });
        }
        values.truncate(kept);
        values.iter_mut().for_each(|w| *w = libm::sqrt(*w));
        let mut encoder = Mat::copy_of(vectors.as_ref().leading_columns(kept))?;
        let mut decoder = Mat::zeros(channels, kept)?;
        let (mut encoders, mut decoders) = (encoder.as_mut(), decoder.as_mut());
        let both = encoders.columns_mut().zip(decoders.columns_mut());
        for ((encode, decode), s) in both.zip(&values) {
            decode.iter_mut().zip(&*encode).for_each(|(to, u)| *to = *u * *s);
            encode.iter_mut().for_each(|u| *u /= *s);
        }
        let project = |matrix: MatRef<'_, f64>| -> Result<Mat<f64>, Error> {
            let (mut product, mut out) = (Mat::zeros(p, kept)?, Mat::zeros(kept, kept)?);
            product.as_mut().set_product(matrix, encoder.as_ref())?;
            out.as_mut().set_product_transposed(encoder.as_ref(), product.as_ref())?;
            Ok(out)
        };
        let (minus, lagged) = (project(moments.minus.as_ref())?, project(moments.lagged.as_ref())?);
        Ok(Self { encoder, decoder, singular_values: values, minus, lagged })
    }

    /// A = V₊ᵀ V₋ (V₋ᵀ V₋ + lambda I)⁻¹ on the leading r coordinates.
    fn operator(&self, r: usize, ridge: f64) -> Result<Mat<f64>, Error> {
        let (mut minus, mut transposed) = (Mat::zeros(r, r)?, Mat::zeros(r, r)?);
        for j in 0..r {
            for i in 0..r {
                let ridge = if i == j { ridge } else { 0.0 };
                minus.as_mut().set(i, j, self.minus.as_ref().at(i, j) + ridge);
                transposed.as_mut().set(i, j, self.lagged.as_ref().at(j, i));
            }
        }
        solve::solve_symmetric_in(&mut minus.as_mut(), &mut transposed.as_mut())?;
        let mut operator = Mat::zeros(r, r)?;
        operator.as_mut().copy_transposed_from(transposed.as_ref())?;
        Ok(operator)
    }

    /// (C A)ᵀ and (C A^steps)ᵀ, r x n: a column holds the weights of one predicted channel.
    fn forecasts(&self, operator: &Mat<f64>, steps: usize) -> Result<[Mat<f64>; 2], Error> {
        let (r, n) = (operator.as_ref().rows(), self.decoder.as_ref().rows());
        let mut now = Mat::zeros(r, n)?;
        for (j, column) in self.decoder.as_ref().columns().take(r).enumerate() {
            column.iter().enumerate().for_each(|(i, x)| now.as_mut().set(j, i, *x));
        }
        let mut one = None;
        for _ in 0..steps {
            let mut next = Mat::zeros(r, n)?;
            next.as_mut().set_product_transposed(operator.as_ref(), now.as_ref())?;
            now = next;
            if one.is_none() {
                one = Some(Mat::copy_of(now.as_ref())?);
            }
        }
        Ok([one.ok_or(Error::Empty)?, now])
    }
}

/// A cross-validation: its data, settings and targets.
struct CrossValidation<'a> {
    dmd: &'a Dmd,
    channels: usize,
    conditioning: Conditioning<'a, f64>,
    segments: &'a [Segment<'a>],
    /// The same segments with all channels, where the segments to fit have fewer.
    targets: &'a [Segment<'a>],
    narrow: Option<&'a Narrow>,
    steps: usize,
    first: usize,
}

/// The sums of one rank and horizon over all folds.
struct Sums<'m> {
    tally: Tally<'m, f64>,
    /// Mean squared error of each fold that has samples.
    folds: Vec<f64>,
}

impl CrossValidation<'_> {
    fn run(&self, most: usize) -> Result<HeldOut, Error> {
        let p = self.dmd.embedding().width(self.channels);
        let (mut total, mut folds) = (FoldMoments::zeros(p)?, try_reserve(FOLDS)?);
        let memory_len = Gram::<f64>::memory_len(self.channels, self.dmd.embedding());
        let mut memory = try_zeros(memory_len)?;
        for fold in 0..FOLDS {
            let (embedding, ahead) = (self.dmd.embedding(), self.dmd.steps_ahead_rule());
            let mut gram = Gram::new_in(self.channels, embedding, ahead, 1.0, &mut memory)?;
            gram.condition(self.conditioning);
            for segment in self.segments.iter().filter(|segment| segment.fold == fold) {
                gram.push_trial(&segment.recording)?;
            }
            let mut here = FoldMoments::zeros(p)?;
            here.add_gram(&gram);
            total.add(1.0, &here);
            folds.push(here);
        }
        let mut fitted = try_reserve(FOLDS)?;
        let mut available = most;
        for fold in &folds {
            let mut others = FoldMoments::zeros(p)?;
            others.add(1.0, &total);
            others.add(-1.0, fold);
            let whitened = Whitened::of(&others, self.channels, most)?;
            available = available.min(whitened.singular_values.len());
            fitted.push(whitened);
        }
        let whole = Whitened::of(&total, self.channels, most)?;
        let available = available.min(whole.singular_values.len());
        self.errors(&fitted, &whole, available)
    }

    fn errors(
        &self,
        fitted: &[Whitened],
        whole: &Whitened,
        available: usize,
    ) -> Result<HeldOut, Error> {
        let channels = self.all_channels();
        let tally_len = Tally::<f64>::memory_len(channels);
        let mut memory = try_zeros(tally_len.saturating_mul(2).saturating_mul(available))?;
        let mut sums: Vec<Sums<'_>> = try_reserve(available.saturating_mul(2))?;
        for part in memory.chunks_mut(tally_len.max(1)) {
            let tally = Tally::new(part, channels);
            sums.push(Sums { tally, folds: try_reserve(FOLDS)? });
        }
        for (fold, whitened) in fitted.iter().enumerate() {
            self.hold_out(fold, whitened, &mut sums)?;
        }
        let mut ranks = try_reserve(available)?;
        for (at, pair) in sums.chunks(2).enumerate() {
            let rank = at.saturating_add(1);
            let [one, several] = pair else { continue };
            let operator = whole.operator(rank, self.dmd.ridge_rule())?;
            let first = whole.singular_values.first().copied().unwrap_or(1.0);
            ranks.push(RankErrors {
                rank,
                one_step: one.tally.errors(rank)?,
                one_step_standard_error: standard_error(&one.folds),
                several_steps: several.tally.errors(rank)?,
                several_steps_standard_error: standard_error(&several.folds),
                non_normality: non_normality(operator.as_ref())?,
                condition: first / whole.singular_values.get(at).copied().unwrap_or(first),
            });
        }
        Ok(HeldOut { ranks, steps: self.steps, components: None })
    }

    /// Predicts the samples of one fold at every rank.
    fn hold_out(
        &self,
        fold: usize,
        whitened: &Whitened,
        sums: &mut [Sums<'_>],
    ) -> Result<(), Error> {
        let mut forecasts = try_reserve(sums.len())?;
        for rank in 1..=sums.len() / 2 {
            let operator = whitened.operator(rank, self.dmd.ridge_rule())?;
            forecasts.extend(whitened.forecasts(&operator, self.steps)?);
        }
        let before: Vec<(f64, usize)> = counts(sums)?;
        let embedding: Embedding = self.dmd.embedding();
        let windows = Windows { embedding, conditioning: self.conditioning, mean: &[] };
        let mut window = try_zeros(embedding.width(self.channels))?;
        let mut state = try_zeros(whitened.singular_values.len())?;
        let (mut predicted, mut wide) =
            (try_zeros(self.channels)?, try_zeros(self.all_channels())?);
        let ahead = self.dmd.steps_ahead_rule();
        let both = self.segments.iter().zip(self.targets);
        for (segment, targets) in both.filter(|(segment, _)| segment.fold == fold) {
            let (trial, targets) = (&segment.recording, &targets.recording);
            for t in windows.times(trial) {
                windows.window_into(trial, t, &mut window);
                let columns = whitened.encoder.as_ref();
                for (z, column) in state.iter_mut().zip(columns.columns()) {
                    *z = dot(column, &window);
                }
                for (at, (sums, forecast)) in sums.iter_mut().zip(&forecasts).enumerate() {
                    let steps = if at % 2 == 0 { 1 } else { self.steps };
                    let target = t.saturating_add(ahead.saturating_mul(steps));
                    if target >= trial.samples() || target < self.first {
                        continue;
                    }
                    self.decode(forecast.as_ref(), &state, &mut predicted);
                    let predicted = match self.narrow {
                        Some(narrow) => {
                            narrow.widen(&predicted, &mut wide)?;
                            &wide
                        }
                        None => &predicted,
                    };
                    sums.tally.add(targets.sample(target), targets.sample(t), predicted);
                }
            }
        }
        for (sums, (squared, values)) in sums.iter_mut().zip(before) {
            let new = sums.tally.values().saturating_sub(values);
            if new > 0 {
                sums.folds.push((sums.tally.squared_error() - squared) / new as f64);
            }
        }
        Ok(())
    }

    /// Channels of the recording.
    fn all_channels(&self) -> usize {
        self.targets.first().map_or(0, |segment| segment.recording.channels())
    }

    /// A predicted sample in the units of the recording.
    fn decode(&self, forecast: MatRef<'_, f64>, state: &[f64], out: &mut [f64]) {
        let parameters = self.conditioning.shift.iter().zip(self.conditioning.gain);
        for ((out, weights), (shift, gain)) in
            out.iter_mut().zip(forecast.columns()).zip(parameters)
        {
            *out = dot(weights, state.part(0, weights.len())) / *gain + *shift;
        }
    }
}

fn counts(sums: &[Sums<'_>]) -> Result<Vec<(f64, usize)>, Error> {
    let mut counts = try_reserve(sums.len())?;
    counts.extend(sums.iter().map(|sums| (sums.tally.squared_error(), sums.tally.values())));
    Ok(counts)
}

/// Standard deviation of the folds' errors over the square root of their number.
fn standard_error(errors: &[f64]) -> f64 {
    let count = errors.len() as f64;
    if count < 2.0 {
        return 0.0;
    }
    // By a power of two, so that no sum and no square leaves the range; no other bit changes.
    let unit = largest(errors).binary_scale() / 16.0;
    let mean = errors.iter().map(|x| x * unit).sum::<f64>() / count;
    let square = |x: &f64| (x * unit - mean) * (x * unit - mean);
    let squares = errors.iter().fold(0.0, |sum, x| sum + square(x));
    libm::sqrt(squares / (count - 1.0) / count) / unit
}

/// ‖A Aᵀ - Aᵀ A‖ / ‖A‖²; 0 for a zero matrix.
fn non_normality(operator: MatRef<'_, f64>) -> Result<f64, Error> {
    let r = operator.check_square()?;
    // It has no unit, so it is computed in one in which no product leaves the range.
    let mut scaled = Mat::copy_of(operator)?;
    scaled.as_mut().scale(operator.largest().binary_scale());
    let operator = scaled.as_ref();
    let (mut transposed, mut left, mut right) =
        (Mat::zeros(r, r)?, Mat::zeros(r, r)?, Mat::zeros(r, r)?);
    transposed.as_mut().copy_transposed_from(operator)?;
    left.as_mut().set_product(operator, transposed.as_ref())?;
    right.as_mut().set_product(transposed.as_ref(), operator)?;
    left.as_mut().add(-1.0, right.as_ref());
    let size = operator.frobenius_norm();
    Ok(if size > 0.0 { left.as_ref().frobenius_norm() / (size * size) } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn non_normality_is_zero_for_a_rotation_and_known_for_a_shift() {
        let rotation = [0.6, 0.8, -0.8, 0.6];
        assert!(non_normality(MatRef::new(&rotation, 2, 2).unwrap()).unwrap() < 1e-15);
        // N = e1 e2ᵀ: N Nᵀ - Nᵀ N = diag(1, -1), norm sqrt 2.
        let shift = [0.0, 0.0, 1.0, 0.0];
        let found = non_normality(MatRef::new(&shift, 2, 2).unwrap()).unwrap();
        assert!((found - 2.0_f64.sqrt()).abs() < 1e-15);
    }
}
