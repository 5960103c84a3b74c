//! Distances between recordings over a fan of delay windows and ranks, for comparisons whose settings nobody knows.
//!
//! A distance between operators depends on the delays, the interval between them and the rank, and no rule that was tried
//! finds the best ones without knowing the answer. The mean of the distances over a few windows, from short to long, and a
//! few ranks does as well as settings that were chosen with labels. It is the default for the question "which of these
//! recordings have the same dynamics?" where the recordings show the state in the same way, up to a linear map.
//!
//! ```text
//! prepare every recording     channels centred and scaled, at most 10 leading components
//! t  = lower median over recordings of the autocorrelation time
//! S0 = min(max(16, 4 t), N / 8), at least 2           N: samples of the shortest trial
//! for S = S0 / 8, S0 / 4, S0 / 2, S0, 2 S0, 4 S0       windows: delays d, interval tau, steps ahead k
//!     for ranks r = 3 .. 9                             members
//!         D_m = distances between the operators of all recordings
//! D = mean over members of D_m / (median of the positive D_m)
//! ```
//!
//! A mean of scaled metrics is a metric. It has no unit: 1 is the distance of a typical pair of the set.
//!
//! The stages are separate, so that recordings need not be in memory together: [`WindowFan::prepare`] and
//! [`FanPlan::fit`] see one recording at a time, [`WindowFan::plan`] and [`FanPlan::among`] what is left of all.

#[cfg(feature = "std")]
mod distances;
mod plan;
mod preparation;
mod resamples;
mod time_scale;
mod windows;

#[cfg(feature = "std")]
pub use distances::{FanDistances, FanMember};
pub use plan::{FanOperators, FanPlan};
pub use preparation::{PreparedRecording, Sensors};
pub use windows::FanWindow;

use crate::error::Error;
use core::borrow::Borrow;

/// Settings of a fan of delay windows and ranks.
///
/// | setting | default |
/// | --- | --- |
/// | sensors | must be given: it is an assumption about the recordings |
/// | ranks | 3, 4, .. 9; [`quick`](Self::quick): 3, 5, 7, 9 |
///
/// The windows have spans of 1/8 to 4 times a base span that follows from the autocorrelation of the recordings, and
/// at most 12 delays; see [`FanPlan`]. Spans, ranks and the number of components were set once, on sixteen public sets of
/// recordings and nine simulated ones; `docs/choosing-settings.md` has the evidence and the limits.
///
/// ```
/// use dynamical_similarity::fan::{Sensors, WindowFan};
/// use dynamical_similarity::{Measure, Recording, Wasserstein};
/// // Recordings of two frequencies, at two phases each, with a little noise.
/// let mut state = 1_u64;
/// let mut noise = || {
///     state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
///     (state >> 40) as f64 / (1 << 24) as f64 - 0.5
/// };
/// let samples: Vec<Vec<f64>> = [(0.2, 0.0), (0.2, 1.0), (0.3, 0.0), (0.3, 1.0)]
///     .map(|(step, phase)| (0..600).map(|t| (step * t as f64 + phase).sin() + 0.1 * noise()).collect())
///     .into();
/// let trials: Vec<_> = samples.iter().map(|x| [Recording::new(x, 1).unwrap()]).collect();
/// let recordings: Vec<&[_]> = trials.iter().map(|trial| trial.as_slice()).collect();
/// let fan = WindowFan::new(Sensors::Shared);
/// let measure = Measure::Wasserstein(Wasserstein::new());
/// let found = fan.among(&recordings, &measure, None)?;
/// // Recordings of one frequency are nearest to each other.
/// assert!(found.distance(0, 1) < found.distance(0, 2));
/// assert!(found.distance(2, 3) < found.distance(2, 1));
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct WindowFan {
    sensors: Sensors,
    quick: bool,
}

impl WindowFan {
    /// A fan for recordings whose sensors are shared, or are not.
    #[must_use]
    pub const fn new(sensors: Sensors) -> Self {
        Self { sensors, quick: false }
    }

    /// Whether only every second rank is taken: 24 members instead of 42, with nearly the same result.
    #[must_use]
    pub const fn quick(self, quick: bool) -> Self {
        Self { quick, ..self }
    }

    /// What was assumed about the sensors.
    #[must_use]
    pub const fn sensors(&self) -> Sensors {
        self.sensors
    }

    /// Prepares a recording, given as its trials: see [`PreparedRecording`].
    ///
    /// # Errors
    /// [`Error::Empty`] or [`Error::ShapeMismatch`] if there are no trials or their channels differ;
    /// [`Error::DegenerateSignal`] if no channel varies; [`Error::OutOfMemory`].
    ///
    /// Cost: N n² + 4/3 n³ + 10 n N flops for N samples of n channels.
    pub fn prepare<T: crate::scalar::Scalar>(
        &self,
        trials: &[crate::data::recording::Recording<'_, T>],
    ) -> Result<PreparedRecording, Error> {
        PreparedRecording::of(trials, self.sensors)
    }

    /// The windows and ranks that suit all recordings together: see [`FanPlan`].
    ///
    /// # Errors
    /// [`Error::Empty`] without recordings; [`Error::TooShort`] if the shortest trial has too few samples for any window;
    /// [`Error::OutOfMemory`].
    ///
    /// Cost: 10 N multiplications per lag up to the autocorrelation time of each recording.
    pub fn plan<R: Borrow<PreparedRecording>>(&self, recordings: &[R]) -> Result<FanPlan, Error> {
        FanPlan::of(recordings, self.quick)
    }

    /// All stages at once: the distances among recordings, each given as its trials.
    ///
    /// # Errors
    /// Those of [`prepare`](Self::prepare), [`plan`](Self::plan), [`FanPlan::fit`] and [`FanPlan::among`], for the first
    /// recording that has one.
    #[cfg(feature = "std")]
    pub fn among<T: crate::scalar::Scalar>(
        &self,
        recordings: &[&[crate::data::recording::Recording<'_, T>]],
        measure: &crate::similarity::distance_matrix::Measure,
        on_progress: crate::linalg::parallel::OnProgress<'_>,
    ) -> Result<FanDistances, Error> {
        use crate::linalg::parallel::map_all;
        let prepared = map_all(recordings.iter().collect(), |trials: &&[_]| self.prepare(trials));
        let prepared = prepared.into_iter().collect::<Result<alloc::vec::Vec<_>, Error>>()?;
        let plan = self.plan(&prepared)?;
        let fitted = map_all(prepared.iter().collect(), |recording| plan.fit(recording));
        let fitted = fitted.into_iter().collect::<Result<alloc::vec::Vec<_>, Error>>()?;
        plan.among(&fitted, measure, on_progress)
    }
}
