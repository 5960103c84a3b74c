//! Leading components of many channels, in which the rules look at wide windows.
//!
//! ```text
//! x = samples, centred and scaled as the settings say
//! C_l = sum x_t x_{t - l tau}'                                  covariances at lags of l = 0 .. 3 intervals
//! Q = the leading eigenvectors of sum over l > 0 of C_l C_l' + C_l' C_l
//! for m = 240 / d (but 12 at least) .. 640 / d components
//!     stop if the Q_m' C_l Q_m, l > 0, keep 99 % of the energy of the C_l that their sampling noise does not explain
//! y_t = Q_m' x_t
//! ```
//!
//! A window of d delays of n channels has n d entries, and the rules decompose six matrices of that order: 60 channels with
//! 20 delays cost a thousand times what 6 channels cost. What the rules look for, predictable coordinates, shows in the
//! covariances between samples at different times. Noise that is white in time does not, however much of the variance it
//! has, so that components that keep those covariances keep what the rules can find. The axes are the estimate of the
//! loadings of a factor model of a time series (Lam & Yao, Annals of Statistics 40 (2012) 694, equation 2.6), with both sides
//! of each covariance. With N pairs of samples, white noise leaves |C_l|² = (tr C_0)² / N on average, and both sides of the
//! comparison are taken without it.
//!
//! What is lost: up to 1 % of that energy, and what is correlated at no lag up to three intervals.

use crate::data::centring::{Centre, Conditioning, Scale, measure};
use crate::data::embedding::Embedding;
use crate::data::recording::{Recording, common_channels};
use crate::data::samples::{Samples, add_lagged_products};
use crate::error::Error;
use crate::linalg::symmetric;
use crate::matrix::{Mat, MatRef, add_scaled, try_reserve, try_zeros};
use alloc::vec::Vec;

/// Entries of a window up to which all channels are looked at.
const WIDE: usize = 320;
/// Entries of a window of components, at least and at most.
const NARROWEST: usize = 240;
const WIDEST: usize = 640;
/// Components, at least.
const FEWEST: usize = 12;
/// The share of the lagged covariances' energy that is enough.
const ENOUGH: f64 = 0.99;
/// Lags, in intervals, whose covariances are to be kept.
const LAGS: usize = 3;

/// Samples in the coordinates of their leading components, and what these have of all channels.
#[derive(Debug)]
pub(super) struct Components {
    pub(super) samples: Samples,
    /// The share of the variance.
    pub(super) variance: f64,
    /// The share of the energy of the covariances at different times.
    pub(super) lagged: f64,
    /// Q, channels x components.
    axes: Mat<f64>,
    shift: Vec<f64>,
    gain: Vec<f64>,
}

impl Components {
    /// The leading components for windows of this shape, of samples with this centre and scale; `None` where windows of all
    /// channels are narrow enough.
    ///
    /// Cost: 4 n² T multiply-adds for T samples of n channels, about 14 n³, and n m T.
    pub(super) fn of(
        trials: &[Recording<'_, f64>],
        embedding: Embedding,
        centre: Centre,
        scale: Scale,
    ) -> Result<Option<Self>, Error> {
        let channels = common_channels(trials)?;
        let within = |width: usize| width.checked_div(embedding.delays()).unwrap_or(channels);
        if channels <= within(WIDE).max(FEWEST) {
            return Ok(None);
        }
        let fewest = within(NARROWEST).max(FEWEST);
        let most = within(WIDEST).clamp(fewest, channels);
        let (mut shift, mut gain) = (try_zeros(channels)?, try_zeros(channels)?);
        measure(trials, centre, scale, &mut shift, &mut gain)?;
        let samples = Samples::conditioned(trials, &Conditioning { shift: &shift, gain: &gain })?;
        let trials = samples.recordings()?;
        let lagged = lagged_covariances(&trials, embedding.interval())?;
        let axes = leading_axes(&lagged, most)?;
        let kept = Kept::of(&lagged, &axes)?;
        let count = (fewest..=most).find(|m| kept.lagged(*m) >= ENOUGH).unwrap_or(most);
        Ok(Some(Self {
            samples: Samples::projected(&trials, axes.as_ref().leading_columns(count))?,
            variance: kept.variance(count),
            lagged: kept.lagged(count),
            axes: Mat::copy_of(axes.as_ref().leading_columns(count))?,
            shift,
            gain,
        }))
    }

    /// A sample of all channels from its components: Q y, in the units of the recording.
    pub(super) fn widen(&self, components: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        let columns = components.iter().zip(self.axes.as_ref().columns());
        columns.for_each(|(y, axis)| add_scaled(out, *y, axis));
        let parameters = self.shift.iter().zip(&self.gain);
        out.iter_mut().zip(parameters).for_each(|(x, (shift, gain))| *x = *x / *gain + *shift);
    }
}

/// C_l = sum x_t x_{t - lag}ᵀ over the pairs of samples within a trial, and how many pairs there are.
struct Lagged {
    sum: Mat<f64>,
    pairs: usize,
}

/// C_0 .. C_3.
fn lagged_covariances(
    trials: &[Recording<'_, f64>],
    interval: usize,
) -> Result<Vec<Lagged>, Error> {
    let channels = common_channels(trials)?;
    let mut all = try_reserve(LAGS.saturating_add(1))?;
    for lag in (0..=LAGS).map(|lag| interval.saturating_mul(lag)) {
        let (mut sum, mut pairs) = (Mat::zeros(channels, channels)?, 0_usize);
        for trial in trials {
            add_lagged_products(&mut sum.as_mut(), trial, lag);
            pairs = pairs.saturating_add(trial.samples().saturating_sub(lag));
        }
        all.push(Lagged { sum, pairs });
    }
    Ok(all)
}

/// The leading eigenvectors of sum over l > 0 of C_l C_lᵀ + C_lᵀ C_l.
fn leading_axes(lagged: &[Lagged], count: usize) -> Result<Mat<f64>, Error> {
    let channels = lagged.first().map_or(0, |lagged| lagged.sum.as_ref().rows());
    let mut squares = Mat::zeros(channels, channels)?;
    let (mut turned, mut square) =
        (Mat::zeros(channels, channels)?, Mat::zeros(channels, channels)?);
    // By a power of two, so that no square leaves the range.
    let scale = lagged.iter().fold(0.0, |most: f64, c| most.max(c.sum.as_ref().largest()));
    let unit = crate::scalar::Real::binary_scale(scale);
    for one in lagged.iter().skip(1) {
        turned.as_mut().copy_transposed_from(one.sum.as_ref())?;
        turned.as_mut().scale(unit);
        let mut upright = Mat::copy_of(one.sum.as_ref())?;
        upright.as_mut().scale(unit);
        for side in [upright.as_ref(), turned.as_ref()] {
            square.as_mut().set_product_transposed(side, side)?;
            squares.as_mut().add(1.0, square.as_ref());
        }
    }
    let (mut values, mut vectors) = (try_zeros(channels)?, Mat::zeros(channels, count)?);
    let mut memory = try_zeros(symmetric::leading_memory_len(channels))?;
    let (matrix, to) = (&mut squares.as_mut(), &mut vectors.as_mut());
    symmetric::leading_in(matrix, &mut values, to, &mut memory)?;
    Ok(vectors)
}

/// What leading axes keep of the covariances.
struct Kept {
    /// The variance of all channels, and that along each axis.
    whole: f64,
    variances: Vec<f64>,
    /// Of every lag but 0.
    lags: Vec<KeptAtLag>,
}

/// What leading axes keep of the covariance at a lag.
struct KeptAtLag {
    /// The energy of the whole covariance.
    energy: f64,
    /// The covariance along the axes.
    inside: Mat<f64>,
    /// Pairs of samples.
    pairs: f64,
}

impl Kept {
    fn of(lagged: &[Lagged], axes: &Mat<f64>) -> Result<Self, Error> {
        let axes = axes.as_ref();
        let (channels, count) = (axes.rows(), axes.cols());
        let (mut whole, mut variances) = (0.0, Vec::new());
        let mut lags = try_reserve(LAGS)?;
        for (lag, one) in lagged.iter().enumerate() {
            let (mut half, mut inside) = (Mat::zeros(channels, count)?, Mat::zeros(count, count)?);
            half.as_mut().set_product(one.sum.as_ref(), axes)?;
            inside.as_mut().set_product_transposed(axes, half.as_ref())?;
            let sum = one.sum.as_ref();
            if lag == 0 {
                whole = (0..channels).map(|i| sum.at(i, i)).sum();
                variances = try_reserve(count)?;
                variances.extend((0..count).map(|i| inside.as_ref().at(i, i)));
            } else {
                let (energy, pairs) = (energy(sum, channels), one.pairs.max(1) as f64);
                lags.push(KeptAtLag { energy, inside, pairs });
            }
        }
        Ok(Self { whole, variances, lags })
    }

    fn along(&self, count: usize) -> f64 {
        self.variances.iter().take(count).sum()
    }

    /// The share of the variance along the leading axes.
    fn variance(&self, count: usize) -> f64 {
        if self.whole > 0.0 { self.along(count) / self.whole } else { 1.0 }
    }

    /// The share of the lagged covariances that the leading axes keep, of what sampling noise does not explain; 1 where
    /// that is all.
    fn lagged(&self, count: usize) -> f64 {
        let (mut whole, mut kept) = (0.0, 0.0);
        for lag in &self.lags {
            let noise = |variance: f64| variance * variance / lag.pairs;
            let inside = energy(lag.inside.as_ref().leading_columns(count), count);
            whole += lag.energy - noise(self.whole);
            kept += inside - noise(self.along(count));
        }
        if whole > 0.0 { (kept / whole).clamp(0.0, 1.0) } else { 1.0 }
    }
}

/// The sum of the squares of the leading rows.
fn energy(matrix: MatRef<'_, f64>, rows: usize) -> f64 {
    let square = |x: &f64| x * x;
    matrix.columns().map(|column| column.iter().take(rows).map(square).sum::<f64>()).sum()
}
