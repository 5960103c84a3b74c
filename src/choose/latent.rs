//! The latent rank: predictable coordinates that are not functions of the earlier ones.
//!
//! ```text
//! of each fold:  C_pp = sum h h',  C_fp = sum f h'               past h, future f
//! for each fold:  predictors B_i from the other folds;  g_i = g_i + the gain of B_i on this fold
//! g_i = max(g_i, 0);  refuse if sum g <= 0.001 sum |f|^2;  e_i = g_i / sum g
//! z_1 .. z_q = the leading predictable coordinates of all folds, at unit variance, q <= 12
//! for r = 1 .. 8
//!     for i = r+1 .. q:  R_i^2 = the share of z_i that monomials of z_1 .. z_r predict, held out over the folds
//!     u(r) = sum over i > r of e_i (1 - R_i^2)
//! answer: the smallest r with u(r) <= 0.02, or "not reached"
//! ```

use super::monomials::Coordinates;
use super::narrow::Narrow;
use super::past_and_future::{FOLDS, PastFuture};
use super::predictors::Predictors;
use crate::data::centring::Centre;
use crate::data::recording::Recording;
use crate::data::samples::Samples;
use crate::dmd::settings::Dmd;
use crate::error::Error;
use crate::matrix::{Mat, MatMut, dot, try_reserve, try_zeros};
use crate::scalar::Scalar;
use alloc::vec::Vec;

/// Future samples looked at, where trials are long enough.
const HORIZON: usize = 20;
/// Coordinates looked at, q.
const COORDINATES: usize = 12;
/// The largest rank that can be answered.
const LARGEST: usize = 8;
/// The degree of the monomials.
const DEGREE: usize = 3;
/// The share of the predictable energy that may stay unexplained.
const SHARE: f64 = 0.02;
/// Below this share of the future's energy nothing is predictable.
const PREDICTABLE: f64 = 1e-3;
/// Rows that enter the regression on monomials, about.
const ROWS: usize = 4000;

/// The answer of the rule for the latent rank, for one recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum LatentRank {
    /// The smallest rank, 1 to 8, that leaves at most 2 % of the predictable energy unexplained.
    Found(usize),
    /// No rank up to 8 does: the latent coordinates are not charted by cubics of the leading ones.
    NotReached,
}

impl LatentRank {
    /// The rank as a number; `NotReached` counts as 9.
    ///
    /// ```
    /// use dynamical_similarity::LatentRank;
    /// assert_eq!((LatentRank::Found(3).number(), LatentRank::NotReached.number()), (3, 9));
    /// ```
    #[must_use]
    pub const fn number(self) -> usize {
        match self {
            Self::Found(rank) => rank,
            Self::NotReached => LARGEST + 1,
        }
    }
}

/// The evidence of the rule for the latent rank, for one recording.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LatentEvidence {
    /// The answer.
    pub rank: LatentRank,
    /// u(r) for r = 1, 2, ..: the share of the predictable energy that coordinates 1 .. r do not explain.
    pub unexplained: Vec<f64>,
    /// e_i, the share of the predictable energy that coordinate i predicts, held out; sums to 1.
    pub energy: Vec<f64>,
    /// The predictable energy as a share of the energy of the future.
    pub predictable: f64,
    /// Leading components of the channels that stand for all of them where windows are wide (more than 320 entries);
    /// `None` where all channels were looked at.
    pub components: Option<usize>,
    /// The share of the energy of the covariances one to three intervals apart that these components keep; 1 for all
    /// channels. It is estimated from the samples that the components were chosen by, so it is rather too high than too low.
    pub lagged_covariance: f64,
    /// Future samples looked at, H.
    pub horizon: usize,
    /// Windows looked at, N.
    pub windows: usize,
    /// Windows of each fold that entered the regression on monomials.
    pub folds: Vec<usize>,
}

impl LatentEvidence {
    /// Applies the rule of [`Rank::Latent`](crate::Rank::Latent) with the delays, the interval and the scale
    /// of `dmd`. Each channel's mean is subtracted, and everything is computed in `f64`, whatever the settings
    /// and the scalar.
    ///
    /// # Errors
    /// - [`Error::Unpredictable`] if the past predicts less than 0.1 % of the energy of the future,
    /// - [`Error::TooShort`], [`Error::Empty`], [`Error::ShapeMismatch`], [`Error::InvalidSetting`],
    ///   [`Error::DegenerateSignal`] as for a fit; fewer than five trials are cut into ten blocks, each of
    ///   which must hold a window, two intervals and a sample more,
    /// - [`Error::OutOfMemory`].
    ///
    /// Cost: n² (d + H) N multiply-adds, six decompositions of order p = n d (about 0.12 G in all at p = 100,
    /// 1 G at 200) and 0.2 G for the monomials. Memory: about 4 n² (d + H)² + 7 p² + 7 n H p scalars. For n, take the
    /// number of samples where that is smaller, and where p would exceed 320 the number of [`components`](Self::components),
    /// which keeps p between 240 and 640 up to 20 delays; finding these costs 4 n² N multiply-adds and about 14 n³ more.
    ///
    /// ```
    /// use dynamical_similarity::{Dmd, LatentEvidence, LatentRank, Recording};
    /// // A noisy rotation at 0.3 rad a sample: two coordinates.
    /// let mut x = [1.0_f64, 0.0];
    /// let mut state = 1_u64;
    /// let samples: Vec<f64> = (0..3000).flat_map(|_| {
    ///     x = [0.3_f64.cos() * x[0] - 0.3_f64.sin() * x[1], 0.3_f64.sin() * x[0] + 0.3_f64.cos() * x[1]];
    ///     x = x.map(|x| {
    ///         state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    ///         0.95 * x + (state >> 40) as f64 / (1 << 24) as f64 - 0.5
    ///     });
    ///     x
    /// }).collect();
    /// let found = LatentEvidence::of(&[Recording::new(&samples, 2)?], &Dmd::new().delays(5))?;
    /// assert_eq!(found.rank, LatentRank::Found(2));
    /// assert!(found.unexplained[0] > 0.02 && found.unexplained[1] <= 0.02);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    pub fn of<T: Scalar>(trials: &[Recording<'_, T>], dmd: &Dmd) -> Result<Self, Error> {
        dmd.validate()?;
        let samples = Samples::of(trials)?;
        let trials = samples.recordings()?;
        let narrow = Narrow::of(&trials, dmd.embedding(), Centre::Mean, dmd.scale_rule())?;
        let fewer = narrow.recordings()?;
        let trials = fewer.as_deref().unwrap_or(&trials);
        let evidence = Self::of_doubles(trials, &narrow.settings(*dmd), narrow.variance())?;
        Ok(Self {
            components: narrow.components(),
            lagged_covariance: narrow.lagged_covariance(),
            ..evidence
        })
    }

    /// The evidence in these channels, which have a share of the variance of all.
    fn of_doubles(trials: &[Recording<'_, f64>], dmd: &Dmd, variance: f64) -> Result<Self, Error> {
        // of each fold: C_pp = sum h h', C_fp = sum f h'
        let moments = PastFuture::of(trials, dmd, HORIZON)?;
        let gains = held_out_gains(&moments)?;
        let energy = (0..moments.future.as_ref().rows())
            .fold(0.0, |sum, i| sum + moments.future.as_ref().at(i, i))
            / variance;
        // refuse if sum g <= 0.001 sum |f|^2. Written so that NaN is refused as well.
        let predicted = gains.iter().sum::<f64>();
        if !(predicted > PREDICTABLE * energy) {
            return Err(Error::Unpredictable);
        }
        // z_1 .. z_q = the leading predictable coordinates of all folds. The gains are those of coordinates that were made
        // from four folds; coordinate i of all folds takes the share of coordinate i.
        let total = &moments.total;
        let all = Predictors::of(total.past.as_ref(), total.future_past.as_ref(), COORDINATES)?;
        let q = all.values.len();
        // e_i = g_i / sum g
        let mut shares = gains;
        shares.truncate(q);
        shares.iter_mut().for_each(|gain| *gain /= predicted);
        let coordinates = coordinates(&moments, &all)?;
        let mut unexplained = try_reserve(LARGEST)?;
        for r in 1..=LARGEST.min(q) {
            // u(r) = sum over i > r of e_i (1 - R_i^2)
            let later = shares.iter().skip(r).zip(coordinates.explained(r, DEGREE)?);
            unexplained.push(later.fold(0.0, |sum, (e, explained)| sum + e * (1.0 - explained)));
        }
        // the smallest r with u(r) <= 0.02, or "not reached"
        let reached = unexplained.iter().position(|u| *u <= SHARE);
        let mut folds = try_reserve(coordinates.folds.len())?;
        folds.extend(coordinates.folds.iter().map(ExactSizeIterator::len));
        Ok(Self {
            rank: reached
                .map_or(LatentRank::NotReached, |at| LatentRank::Found(at.saturating_add(1))),
            unexplained,
            energy: shares,
            predictable: predicted / energy,
            components: None,
            lagged_covariance: 1.0,
            horizon: moments.horizon,
            windows: moments.rows,
            folds,
        })
    }
}

/// g_i: the energy of each fold that coordinate i, made from the other folds, predicts; not negative.
fn held_out_gains(moments: &PastFuture<'_>) -> Result<Vec<f64>, Error> {
    let mut gains: Vec<f64> = try_zeros(COORDINATES)?;
    // for each fold: predictors B_i from the other folds; g_i = g_i + the gain of B_i on this fold
    for fold in &moments.folds {
        let others = moments.without(fold)?;
        let (past, future_past) = (others.past.as_ref(), others.future_past.as_ref());
        let predictors = Predictors::of(past, future_past, COORDINATES)?;
        let here = predictors.gains(fold.past.as_ref(), fold.future_past.as_ref())?;
        gains.iter_mut().zip(here).for_each(|(to, gain)| *to += gain);
    }
    // g_i = max(g_i, 0)
    gains.iter_mut().for_each(|gain| *gain = gain.max(0.0));
    Ok(gains)
}

/// Every N / 4000-th past window in the coordinates of all folds, at unit variance.
fn coordinates(moments: &PastFuture<'_>, predictors: &Predictors) -> Result<Coordinates, Error> {
    let q = predictors.values.len();
    let stride = (moments.rows / ROWS).max(1);
    let mut by_fold: [Vec<f64>; FOLDS] = core::array::from_fn(|_| Vec::new());
    let rows = moments.rows.checked_div(stride).unwrap_or(0).saturating_add(1);
    for values in &mut by_fold {
        *values = try_reserve(q.saturating_mul(rows))?;
    }
    moments.each_past(stride, |fold, window| {
        if let Some(values) = by_fold.get_mut(fold) {
            values.extend(predictors.past.as_ref().columns().map(|weights| dot(weights, window)));
        }
    })?;
    let mut folds = try_reserve(FOLDS)?;
    let mut rows = 0_usize;
    for values in &by_fold {
        let here = values.len().checked_div(q).unwrap_or(0);
        folds.push(rows..rows.saturating_add(here));
        rows = rows.saturating_add(here);
    }
    let mut z = Mat::zeros(rows, q)?;
    let sources = by_fold.iter().flat_map(|values| values.chunks(q.max(1)));
    for (row, source) in sources.enumerate() {
        source.iter().enumerate().for_each(|(i, x)| z.as_mut().set(row, i, *x));
    }
    unit_variance(&mut z.as_mut());
    Ok(Coordinates { values: z, folds })
}

/// Divides every column by its standard deviation; its mean stays.
fn unit_variance(z: &mut MatMut<'_, f64>) {
    for column in z.columns_mut() {
        let count = column.len().max(1) as f64;
        let mean = column.iter().sum::<f64>() / count;
        let squares = column.iter().fold(0.0, |sum, x| sum + (x - mean) * (x - mean));
        let deviation = libm::sqrt(squares / count);
        if deviation > 0.0 {
            column.iter_mut().for_each(|x| *x /= deviation);
        }
    }
}
