//! Second moments of windows of inputs and outputs, from lag covariances, one sample at a time.
//!
//! A window holds 2 q samples z = [u; y], the past and the future of identification. Its second moments
//! M(s, t) = sum over columns j of z[j + s] z[j + t]ᵀ need not be summed one by one: a trial with K columns has
//!
//! ```text
//! M(s, 2q-1) = sum over j of z[j + s] z[j + 2q-1]ᵀ                           the lag covariances
//! M(s-1, t-1) = M(s, t) + z[s-1] z[t-1]ᵀ - z[K-1 + s] z[K-1 + t]ᵀ            one column enters, one leaves
//! ```
//!
//! The first line is summed while samples arrive, at 2 q (m + p)² multiply-adds per sample. The products of the second line
//! come from the first and the last window of a trial alone. Both are sums over trials, so that trials of any lengths, and
//! parts of a recording that were summed elsewhere, add up.

use super::recording::{Channels, ControlledRecording};
use crate::data::recording::check_finite;
use crate::error::{Error, Setting};
use crate::matrix::{Cells, Mat, add, add_scaled, area, check, try_zeros};
use crate::scalar::Scalar;
use alloc::vec::Vec;

/// Second moments of all windows of 2 q samples of a stream of inputs and outputs, for
/// [`Subspace::fit_moments`](super::Subspace::fit_moments). Nothing as long as the recording is kept: memory is
/// (2 q (m + p))² + 3 q (m + p)² + 8 q (m + p) scalars of `f64`.
///
/// A trial of N samples gives N - 2 q columns: a window counts once the sample after it has come.
///
/// ```
/// use dynamical_similarity::controlled::{Order, Subspace, WindowMoments};
/// let mut moments = WindowMoments::new(4, 1, 1)?;
/// let (mut x, mut state) = (0.0_f64, 1_u64);
/// for _ in 0..300 {
///     state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
///     let u = (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0;
///     moments.push(&[u], &[x])?;
///     x = 0.5 * x + u;
/// }
/// moments.end_trial()?;
/// assert_eq!(moments.columns(), 292);
/// let model = Subspace::new(4).order(Order::Fixed(1)).fit_moments(&moments)?;
/// assert!((model.state_matrix().at(0, 0) - 0.5).abs() < 1e-6);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct WindowMoments {
    half: usize,
    channels: Channels,
    /// Entry (a, (s, b)): sum of z[j + 2q-1][a] z[j + s][b]; one column of 2 q (m + p) entries for each a.
    lags: Mat<f64>,
    /// Entry ((s, a), (t, b)), s <= t: what M(s, t) gains on its way from M(s + 1, t + 1).
    edges: Mat<f64>,
    columns: usize,
    /// Trials that were ended.
    trials: usize,
    open: OpenTrial,
}

/// The trial that samples are pushed to.
#[derive(Clone, Debug)]
struct OpenTrial {
    samples: usize,
    /// The lag covariances of this trial alone, so that a refused trial leaves nothing behind.
    lags: Mat<f64>,
    /// The first 2 q samples.
    first: Vec<f64>,
    /// The last samples: at least 2 q + 1 of them, where there are so many, up to `end`.
    recent: Vec<f64>,
    end: usize,
}

impl WindowMoments {
    /// Empty moments for windows with a past and a future of `half` q samples each, of `inputs` m and `outputs` p channels.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for a q of 0 or one that cannot be counted, [`Error::Empty`] without inputs or outputs,
    /// [`Error::OutOfMemory`].
    pub fn new(half: usize, inputs: usize, outputs: usize) -> Result<Self, Error> {
        let channels = Channels { inputs, outputs };
        check_half(half, channels)?;
        if inputs == 0 || outputs == 0 {
            return Err(Error::Empty);
        }
        let both = channels.both();
        let width = area(area(2, half), both);
        let open = OpenTrial {
            samples: 0,
            lags: Mat::zeros(width, both)?,
            first: try_zeros(width)?,
            recent: try_zeros(area(2, width.saturating_add(both)))?,
            end: 0,
        };
        let (lags, edges) = (Mat::zeros(width, both)?, Mat::zeros(width, width)?);
        Ok(Self { half, channels, lags, edges, columns: 0, trials: 0, open })
    }

    /// Takes the inputs and the outputs of the next sample of the current trial.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if a slice does not have a value per channel; [`Error::NonFinite`] if a value is not finite
    /// (with its trial and sample; inputs are the channels before outputs). Nothing is changed then.
    pub fn push<T: Scalar>(&mut self, inputs: &[T], outputs: &[T]) -> Result<(), Error> {
        check("the number of inputs of a sample", self.channels.inputs, inputs.len())?;
        check("the number of outputs of a sample", self.channels.outputs, outputs.len())?;
        let at = self.open.samples;
        check_finite(inputs, at).map_err(|error| error.in_trial(self.trials))?;
        check_finite(outputs, at)
            .map_err(|error| after_inputs(error, inputs.len()).in_trial(self.trials))?;
        self.open.push(inputs.iter().chain(outputs).map(|x| (*x).into()));
        Ok(())
    }

    /// Ends the current trial; the next sample begins another one. No window crosses trials.
    ///
    /// # Errors
    /// [`Error::TooShort`], with the number of the trial, if it has at most 2 q samples and so gives no column;
    /// [`Error::Overflow`] if a sum leaves the range of `f64`. The trial is then discarded.
    pub fn end_trial(&mut self) -> Result<(), Error> {
        let columns = self.open.samples.saturating_sub(area(2, self.half));
        let finite = self.open.lags.as_ref().check_finite().is_ok();
        let outcome = if columns == 0 {
            let needed = area(2, self.half).saturating_add(1);
            Err(Error::TooShort { trial: self.trials, needed, got: self.open.samples })
        } else if !finite {
            Err(Error::Overflow { what: "a sum of products" })
        } else {
            let last = self.open.last_window(self.channels.both());
            add_edges(&mut self.edges, &self.open.first, last, self.channels.both());
            self.lags.as_mut().add(1.0, self.open.lags.as_ref());
            self.columns = self.columns.saturating_add(columns);
            self.trials = self.trials.saturating_add(1);
            Ok(())
        };
        self.open.clear();
        outcome
    }

    /// Adds the moments of other trials, which were summed elsewhere. Both sides count the trials that were ended.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if windows or channels differ.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        check("the window", self.half, other.half)?;
        check("the number of inputs", self.channels.inputs, other.channels.inputs)?;
        check("the number of outputs", self.channels.outputs, other.channels.outputs)?;
        self.lags.as_mut().add(1.0, other.lags.as_ref());
        self.edges.as_mut().add(1.0, other.edges.as_ref());
        self.columns = self.columns.saturating_add(other.columns);
        self.trials = self.trials.saturating_add(other.trials);
        Ok(())
    }

    /// The past and the future q of a window, each in samples.
    #[must_use]
    pub const fn half(&self) -> usize {
        self.half
    }

    /// Columns of all trials that were ended: the sum of N - 2 q.
    #[must_use]
    pub const fn columns(&self) -> usize {
        self.columns
    }

    pub(super) const fn channels(&self) -> Channels {
        self.channels
    }

    /// The moments of all windows of trials in memory.
    pub(super) fn of<T: Scalar>(
        half: usize,
        trials: &[ControlledRecording<'_, T>],
    ) -> Result<Self, Error> {
        let channels = Channels::of(trials)?;
        let mut moments = Self::new(half, channels.inputs, channels.outputs)?;
        for trial in trials {
            for t in 0..trial.samples() {
                let sample = trial.inputs().sample(t).iter().chain(trial.outputs().sample(t));
                moments.open.push(sample.map(|x| (*x).into()));
            }
            moments.end_trial()?;
        }
        Ok(moments)
    }

    /// M, 2 q (m + p) of each side, time slowest; both triangles.
    pub(super) fn total(&self) -> Result<Mat<f64>, Error> {
        let (both, width) = (self.channels.both(), self.edges.as_ref().rows());
        let mut total = self.edges.clone();
        let mut view = total.as_mut();
        // M(s, t) from M(s + 1, t + 1), the last column of blocks first.
        for here in (0..width).rev() {
            let (later, column) = (here.saturating_add(both), here % both.max(1));
            if later < width {
                let rows = (here / both.max(1) + 1).saturating_mul(both);
                let (to, from) = view.two_columns_mut(here, later);
                add(to.part_mut(0, rows), from.part(both, rows));
            } else {
                add(view.column_mut(here), self.lags.as_ref().column(column));
            }
        }
        for j in 0..width {
            for i in 0..j {
                let value = view.at(i, j);
                view.set(j, i, value);
            }
        }
        view.as_ref().check_finite().map_err(|_| Error::Overflow { what: "a sum of products" })?;
        Ok(total)
    }
}

impl OpenTrial {
    fn push(&mut self, sample: impl Iterator<Item = f64> + Clone) {
        let (width, both) = (self.first.len(), self.lags.as_ref().cols());
        if self.samples.saturating_mul(both) >= width {
            let window = self.recent.part(self.end.saturating_sub(width), width);
            let newest = window.part(width.saturating_sub(both), both);
            for (to, x) in self.lags.as_mut().columns_mut().zip(newest) {
                add_scaled(to, *x, window);
            }
        } else {
            let start = self.samples.saturating_mul(both);
            let place = self.first.part_mut(start, both);
            place.iter_mut().zip(sample.clone()).for_each(|(to, x)| *to = x);
        }
        if self.end.saturating_add(both) > self.recent.len() {
            // The window that counts next begins the buffer.
            let from = self.end.saturating_sub(width);
            self.recent.copy_within(from..self.end, 0);
            self.end = width;
        }
        let place = self.recent.part_mut(self.end, both);
        place.iter_mut().zip(sample).for_each(|(to, x)| *to = x);
        self.end = self.end.saturating_add(both);
        self.samples = self.samples.saturating_add(1);
    }

    /// The last window that counts: the one before the newest sample.
    fn last_window(&self, both: usize) -> &[f64] {
        let width = self.first.len();
        self.recent.part(self.end.saturating_sub(width.saturating_add(both)), width)
    }

    fn clear(&mut self) {
        self.samples = 0;
        self.end = 0;
        self.lags.as_mut().fill(0.0);
    }
}

/// Adds z[s] z[t]ᵀ of the first window, and takes z[s + 1] z[t + 1]ᵀ of the last one, to block (s, t), s <= t < 2 q - 1.
fn add_edges(edges: &mut Mat<f64>, first: &[f64], last: &[f64], both: usize) {
    let later = last.part(both, usize::MAX);
    for (j, (to, (x, y))) in edges.as_mut().columns_mut().zip(first.iter().zip(later)).enumerate() {
        let block_end = (j / both.max(1) + 1).saturating_mul(both);
        let to = to.part_mut(0, block_end);
        add_scaled(to, *x, first);
        add_scaled(to, -*y, later);
    }
}

/// Channels of outputs, counted after those of inputs.
const fn after_inputs(error: Error, inputs: usize) -> Error {
    match error {
        Error::NonFinite { trial, sample, channel } => {
            Error::NonFinite { trial, sample, channel: channel.saturating_add(inputs) }
        }
        other => other,
    }
}

/// # Errors
/// [`Error::InvalidSetting`] if q is 0, or if a window of 2 q samples does not fit into memory.
pub(super) const fn check_half(half: usize, channels: Channels) -> Result<(), Error> {
    let width = area(area(4, half), channels.both());
    if half == 0 {
        return Err(Error::InvalidSetting { setting: Setting::Window, expected: "at least 1" });
    }
    if area(width, width) == usize::MAX {
        return Err(Error::InvalidSetting {
            setting: Setting::Window,
            expected: "so small that the moments of its windows fit into memory",
        });
    }
    Ok(())
}
