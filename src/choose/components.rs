//! Leading principal components of many channels, in which the rule for the latent rank looks at wide windows.
//!
//! ```text
//! x = samples without their means, scaled as the settings say
//! C_0 = sum x_t x_t';  C_1 = sum x_t x_{t-tau}'                  covariances at no lag and one interval apart
//! Q = the leading eigenvectors of C_0
//! for m = 320 / d (but 12 at least) .. 640 / d components
//!     stop if Q_m' C_1 Q_m keeps 99 % of the energy of C_1 that its sampling noise does not explain
//! y_t = Q_m' x_t
//! ```
//!
//! A window of d delays of n channels has n d entries, and the rule decomposes six matrices of that order: 60 channels with
//! 20 delays cost a thousand times what 6 channels cost. What the rule looks for, predictable coordinates, shows in the
//! covariances between samples at different times. Noise that is white in time does not, however much of the variance it
//! has, so that components that keep those covariances keep what the rule can find. With N pairs of samples, white noise
//! leaves |C_1|² = (tr C_0)² / N on average, and both sides of the comparison are taken without it.

use super::past_and_future::Samples;
use crate::data::centring::{Centre, Conditioning, Scale, measure};
use crate::data::recording::{Recording, common_channels};
use crate::dmd::settings::Dmd;
use crate::error::Error;
use crate::linalg::symmetric;
use crate::matrix::{Mat, MatRef, add_scaled, dot, try_reserve, try_zeros};
use alloc::vec::Vec;

/// Entries of a window up to which all channels are looked at.
const WIDE: usize = 320;
/// Entries of a window of components, at most.
const WIDEST: usize = 640;
/// Components, at least.
const FEWEST: usize = 12;
/// The share of the lagged covariance's energy that is enough.
const ENOUGH: f64 = 0.99;

/// Samples in the coordinates of their leading principal components, and what these have of all channels.
#[derive(Debug)]
pub(super) struct Components {
    pub(super) samples: Samples,
    /// The share of the variance.
    pub(super) variance: f64,
    /// The share of the energy of the covariance one interval apart.
    pub(super) lagged: f64,
}

impl Components {
    /// The leading components for the delays, the interval and the scale of `dmd`; `None` where windows of all channels are
    /// narrow enough.
    ///
    /// Cost: 2 n² T multiply-adds for T samples of n channels, a decomposition of order n, and n m T multiply-adds.
    pub(super) fn of(trials: &[Recording<'_, f64>], dmd: &Dmd) -> Result<Option<Self>, Error> {
        let (channels, embedding) = (common_channels(trials)?, dmd.embedding());
        let within = |width: usize| width.checked_div(embedding.delays()).unwrap_or(channels);
        let fewest = within(WIDE).max(FEWEST);
        if channels <= fewest {
            return Ok(None);
        }
        let most = within(WIDEST).clamp(fewest, channels);
        let samples = conditioned(trials, dmd.scale_rule())?;
        let trials = samples.recordings()?;
        let covariance = covariance_of_lag(&trials, 0)?.sum;
        let lagged = covariance_of_lag(&trials, embedding.interval())?;
        let axes = Axes::of(covariance, most)?;
        let along = Along::of(&lagged, &axes)?;
        let count = (fewest..=most).find(|m| along.share(&axes, *m) >= ENOUGH).unwrap_or(most);
        Ok(Some(Self {
            samples: axes.project(&trials, count)?,
            variance: axes.variance(count),
            lagged: along.share(&axes, count),
        }))
    }
}

/// A recording without the means of its channels, scaled.
fn conditioned(trials: &[Recording<'_, f64>], scale: Scale) -> Result<Samples, Error> {
    let channels = common_channels(trials)?;
    let (mut shift, mut gain) = (try_zeros(channels)?, try_zeros(channels)?);
    measure(trials, Centre::Mean, scale, &mut shift, &mut gain)?;
    let conditioning = Conditioning { shift: &shift, gain: &gain };
    let mut copies = try_reserve(trials.len())?;
    for trial in trials {
        let mut copy: Vec<f64> = try_zeros(trial.samples().saturating_mul(channels))?;
        let rows = copy.chunks_mut(channels.max(1)).zip(trial.as_matrix().columns());
        rows.for_each(|(to, sample)| conditioning.apply(sample, to));
        copies.push(copy);
    }
    Ok(Samples::new(copies, channels))
}

/// sum x_t x_{t-lag}ᵀ over the pairs of samples within a trial, and how many pairs there are.
struct Lagged {
    sum: Mat<f64>,
    pairs: usize,
}

fn covariance_of_lag(trials: &[Recording<'_, f64>], lag: usize) -> Result<Lagged, Error> {
    let channels = common_channels(trials)?;
    let (mut sum, mut pairs) = (Mat::zeros(channels, channels)?, 0_usize);
    for trial in trials {
        for t in lag..trial.samples() {
            let (now, earlier) = (trial.sample(t), trial.sample(t.saturating_sub(lag)));
            for (column, x) in sum.as_mut().columns_mut().zip(earlier) {
                add_scaled(column, *x, now);
            }
            pairs = pairs.saturating_add(1);
        }
    }
    Ok(Lagged { sum, pairs })
}

/// Principal axes, the leading ones first, and the variance along all of them.
struct Axes {
    variances: Vec<f64>,
    vectors: Mat<f64>,
}

impl Axes {
    fn of(mut covariance: Mat<f64>, count: usize) -> Result<Self, Error> {
        let channels = covariance.as_ref().rows();
        let (mut variances, mut vectors) = (try_zeros(channels)?, Mat::zeros(channels, count)?);
        let mut memory = try_zeros(symmetric::leading_memory_len(channels))?;
        let (matrix, vectors_mut) = (&mut covariance.as_mut(), &mut vectors.as_mut());
        symmetric::leading_in(matrix, &mut variances, vectors_mut, &mut memory)?;
        Ok(Self { variances, vectors })
    }

    fn total(&self, count: usize) -> f64 {
        self.variances.iter().take(count).sum()
    }

    /// The share of the variance along the leading axes.
    fn variance(&self, count: usize) -> f64 {
        let whole = self.total(usize::MAX);
        if whole > 0.0 { self.total(count) / whole } else { 1.0 }
    }

    fn project(&self, trials: &[Recording<'_, f64>], count: usize) -> Result<Samples, Error> {
        let axes = self.vectors.as_ref().leading_columns(count);
        let mut narrow = try_reserve(trials.len())?;
        for trial in trials {
            let mut copy = try_reserve(trial.samples().saturating_mul(count))?;
            for sample in trial.as_matrix().columns() {
                copy.extend(axes.columns().map(|axis| dot(axis, sample)));
            }
            narrow.push(copy);
        }
        Ok(Samples::new(narrow, count))
    }
}

/// The covariance one interval apart: its energy, and its entries along the axes.
struct Along {
    energy: f64,
    inside: Mat<f64>,
    pairs: f64,
}

impl Along {
    fn of(lagged: &Lagged, axes: &Axes) -> Result<Self, Error> {
        let vectors = axes.vectors.as_ref();
        let (channels, count) = (vectors.rows(), vectors.cols());
        let (mut half, mut inside) = (Mat::zeros(channels, count)?, Mat::zeros(count, count)?);
        half.as_mut().set_product(lagged.sum.as_ref(), vectors)?;
        inside.as_mut().set_product_transposed(vectors, half.as_ref())?;
        let energy = energy(lagged.sum.as_ref(), channels);
        Ok(Self { energy, inside, pairs: lagged.pairs.max(1) as f64 })
    }

    /// The share that the leading axes keep of what sampling noise does not explain; 1 where that is all.
    fn share(&self, axes: &Axes, count: usize) -> f64 {
        let noise = |variance: f64| variance * variance / self.pairs;
        let whole = self.energy - noise(axes.total(usize::MAX));
        let columns = self.inside.as_ref().leading_columns(count);
        let kept = energy(columns, count) - noise(axes.total(count));
        if whole > 0.0 { (kept / whole).clamp(0.0, 1.0) } else { 1.0 }
    }
}

/// The sum of the squares of the leading rows.
fn energy(matrix: MatRef<'_, f64>, rows: usize) -> f64 {
    let square = |x: &f64| x * x;
    matrix.columns().map(|column| column.iter().take(rows).map(square).sum::<f64>()).sum()
}
