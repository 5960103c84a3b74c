//! The order of a linear system from the canonical correlations of past and future.

use super::narrow::Narrow;
use super::past_and_future::{PastFuture, extent, too_short_by};
use super::predictors::whitening;
use crate::data::centring::Centre;
use crate::data::recording::{Recording, common_channels};
use crate::data::samples::Samples;
use crate::dmd::settings::Dmd;
use crate::error::Error;
use crate::linalg::symmetric;
use crate::matrix::{Mat, MatRef, add_scaled, try_reserve, try_zeros};
use crate::scalar::Scalar;
use alloc::vec::Vec;

/// The evidence for the order of a linear system.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct StateOrder {
    /// The order, at least 1 (also where [`is_unpredictable`](Self::is_unpredictable)).
    pub order: usize,
    /// rho_i², the squared canonical correlations of past and future, descending.
    pub squared_correlations: Vec<f64>,
    /// rho_{r+1}² + 2 r n ln N / N for r = 0, 1, ..; the order minimises it.
    pub criterion: Vec<f64>,
    /// Windows, N.
    pub windows: usize,
    /// Leading components of the channels that stand for all of them where windows are wide (more than 320 entries);
    /// `None` where all channels were looked at.
    pub components: Option<usize>,
    /// The share of the energy of the covariances one to three intervals apart that these components keep; 1 for all
    /// channels. It is estimated from the samples that the components were chosen by, so it is rather too high than too low.
    /// Correlations do not depend on the size of a direction, so a direction of little variance that is perfectly
    /// predictable may be in what is left out.
    pub lagged_covariance: f64,
}

impl StateOrder {
    /// argmin over r of rho_{r+1}² + 2 r n ln N / N, with rho the canonical correlations of d past with d
    /// future samples of n channels over N windows: the criterion SVC (Bauer 2001, "Order estimation for
    /// subspace methods", Automatica 37). Past and future lose their own means, entry by entry, so that no constant
    /// counts as a direction. Conditioning, scalar and cutting of few trials as for
    /// [`LatentEvidence::of`](crate::LatentEvidence::of).
    ///
    /// It is exact for a linear system with enough windows, and counts the products of a latent state that a
    /// curved observation makes visible.
    ///
    /// # Errors
    /// [`Error::TooFewWindows`] unless N > 10 n d, with the number of [`components`](Self::components) for n where there are
    /// any; [`Error::TooShort`] if a trial (or block) does not hold
    /// 2 d samples and a further window; otherwise as for a fit.
    ///
    /// Cost: 2 n² d N multiply-adds and about 40 (n d)³ flops. For n, take the number of components where n d would exceed
    /// 320; finding these costs 4 n² N multiply-adds and about 14 n³ more.
    ///
    /// ```
    /// use dynamical_similarity::{Dmd, Recording, StateOrder};
    /// let (mut x, mut state) = (0.0_f64, 1_u64);
    /// let samples: Vec<f64> = (0..2000).map(|_| {
    ///     state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    ///     x = 0.9 * x + (state >> 40) as f64 / (1 << 24) as f64 - 0.5;
    ///     x
    /// }).collect();
    /// let found = StateOrder::of(&[Recording::new(&samples, 1)?], &Dmd::new().delays(5))?;
    /// assert_eq!(found.order, 1);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    pub fn of<T: Scalar>(trials: &[Recording<'_, T>], dmd: &Dmd) -> Result<Self, Error> {
        dmd.validate()?;
        let samples = Samples::of(trials)?;
        let trials = samples.recordings()?;
        let narrow = Narrow::of(&trials, dmd.embedding(), Centre::Mean, dmd.scale_rule())?;
        let (fewer, dmd) = (narrow.recordings()?, &narrow.settings(*dmd));
        let trials = fewer.as_deref().unwrap_or(&trials);
        let delays = dmd.embedding().delays();
        let (horizon, rows) = extent(trials, dmd, delays)?;
        if horizon < delays {
            let spare = delays.saturating_sub(horizon);
            let missing = spare.saturating_mul(dmd.embedding().interval());
            return Err(too_short_by(trials, missing)?);
        }
        let n = common_channels(trials)?;
        let needed = n.saturating_mul(delays).saturating_mul(10);
        if rows <= needed {
            return Err(Error::TooFewWindows { needed: needed.saturating_add(1), got: rows });
        }
        let moments = PastFuture::of(trials, dmd, delays)?;
        let squared_correlations = squared_correlations(&moments)?;
        let penalty = 2.0 * n as f64 * libm::log(rows as f64) / rows as f64;
        let mut criterion: Vec<f64> = try_reserve(squared_correlations.len().saturating_add(1))?;
        let padded = squared_correlations.iter().copied().chain(core::iter::once(0.0));
        criterion.extend(padded.enumerate().map(|(r, squared)| squared + penalty * r as f64));
        let least = (0..criterion.len()).fold((0, f64::INFINITY), |(at, least), r| {
            let here = criterion.get(r).copied().unwrap_or(f64::INFINITY);
            if here < least { (r, here) } else { (at, least) }
        });
        Ok(Self {
            order: least.0.max(1),
            squared_correlations,
            criterion,
            windows: rows,
            components: narrow.components(),
            lagged_covariance: narrow.lagged_covariance(),
        })
    }
}

impl StateOrder {
    /// Whether no correlation of past and future exceeds those that chance gives N windows (the criterion is least at order
    /// 0), as for white noise, whose past does not predict its future.
    #[must_use]
    pub fn is_unpredictable(&self) -> bool {
        let none = self.criterion.first().copied().unwrap_or(0.0);
        self.criterion.iter().skip(1).all(|here| *here >= none)
    }
}

/// The moment without the means of both sides: C - (sum a) (sum b)ᵀ / N.
fn without_means(
    moment: MatRef<'_, f64>,
    left: &[f64],
    right: &[f64],
    rows: usize,
) -> Result<Mat<f64>, Error> {
    let mut centred = Mat::copy_of(moment)?;
    for (column, sum) in centred.as_mut().columns_mut().zip(right) {
        add_scaled(column, -sum / rows.max(1) as f64, left);
    }
    Ok(centred)
}

/// The squares of the singular values of W_fᵀ C_fp W_p, descending.
fn squared_correlations(moments: &PastFuture<'_>) -> Result<Vec<f64>, Error> {
    let ahead = moments.future.as_ref().rows();
    let (later, before) = moments.sums.split_at_checked(ahead).unwrap_or_default();
    let centred =
        |moment: &Mat<f64>, left, right| without_means(moment.as_ref(), left, right, moments.rows);
    let past = whitening(centred(&moments.total.past, before, before)?.as_ref())?;
    let future = whitening(centred(&moments.future, later, later)?.as_ref())?;
    let cross = centred(&moments.total.future_past, later, before)?;
    let cross = cross.as_ref();
    let mut product = Mat::zeros(cross.rows(), past.as_ref().cols())?;
    product.as_mut().set_product(cross, past.as_ref())?;
    let (a, b) = (future.as_ref().cols(), past.as_ref().cols());
    let mut correlations = Mat::zeros(a, b)?;
    correlations.as_mut().set_product_transposed(future.as_ref(), product.as_ref())?;
    let mut square = Mat::zeros(b, b)?;
    square.as_mut().set_product_transposed(correlations.as_ref(), correlations.as_ref())?;
    let (mut values, mut memory) = (try_zeros(b)?, try_zeros(symmetric::values_memory_len(b))?);
    symmetric::values_in(&mut square.as_mut(), &mut values, &mut memory)?;
    values.truncate(a.min(b));
    values.iter_mut().for_each(|x| *x = x.clamp(0.0, 1.0));
    Ok(values)
}
