//! The operators of the calibration and of a window, for a full Procrustes comparison on request.

use super::analysis::subspace;
use super::calibration::Known;
use super::monitor::{Job, Monitor, MonitorMemory, known};
use crate::matrix::MatRef;
use crate::scalar::Scalar;

/// The most iterations for the subspace of a window.
const CAP: usize = 50;

impl<T: Scalar, B: AsRef<[T]> + AsMut<[T]>> Monitor<T, B> {
    /// The operator of the calibration, r x r; 0 x 0 if the calibration has none. The monitor has its own copy of
    /// [`Calibration::operator`](super::calibration::Calibration::operator).
    #[must_use]
    pub fn reference(&self) -> MatRef<'_, T> {
        let known = known(self.sizes, self.settings.window);
        let known = self.memory.as_ref().get(known).unwrap_or_default();
        self.sizes.operator(Known::cut(self.sizes, known).operator)
    }

    /// The operators of the calibration and of the window of the last report, r x r, between whitened channels. Returns `None`
    /// unless the calibration is one for [`Scores::SpectraAndOperator`](super::scores::Scores::SpectraAndOperator), if that
    /// report has no scores, if the next one is due, or if the delay windows have fewer than r directions (singular values of
    /// at least 3e-3 of the largest) or none that 50 iterations can tell apart.
    ///
    /// The operator of the window is computed in this call, by subspace iterations of (r + 4) (n d)² multiply-adds, mostly 3 to 20 of them:
    /// a device that gets samples meanwhile keeps them in a queue. The Procrustes angle between the two comes with
    /// the rotation C that aligns them. [`Procrustes::compare_in`] finds
    /// it in one call: 11 million instructions of a Cortex-M4F at r = 9 and 20 million at r = 10, or 1.6 and 2.5 million
    /// with [`Effort::Fast`]. [`Procrustes::stepwise_in`] does one evaluation (5 r³ multiply-adds) at a time between
    /// samples. [`Procrustes::prepare_in`] copies both operators first, so that the monitor can continue meanwhile.
    ///
    /// ```
    /// # use dynamical_similarity::monitor::*;
    /// use dynamical_similarity::{Error, Procrustes};
    /// /// The angle of the last report.
    /// fn angle(monitor: &mut Monitor<f32, Vec<f32>>) -> Result<Option<f32>, Error> {
    ///     let Some((reference, window)) = monitor.operators() else { return Ok(None) };
    ///     Ok(Some(Procrustes::new().compare_operators(reference, window)?.distance()))
    /// }
    /// ```
    ///
    /// [`Effort::Fast`]: crate::Effort::Fast
    /// [`Procrustes::compare_in`]: crate::Procrustes::compare_in
    /// [`Procrustes::stepwise_in`]: crate::Procrustes::stepwise_in
    /// [`Procrustes::prepare_in`]: crate::Procrustes::prepare_in
    pub fn operators(&mut self) -> Option<(MatRef<'_, T>, MatRef<'_, T>)> {
        let sizes = self.sizes;
        if !(sizes.operator && self.scored && self.job == Job::Idle) {
            return None;
        }
        // The covariances of the last report are in the snapshot, white, until the next one is due.
        let at = MonitorMemory::cut(sizes, self.settings.window, self.memory.as_mut());
        let known = Known::cut(sizes, at.known);
        let found = subspace::find(sizes, at.snapshot, Some(known.basis), CAP, at.scratch);
        let window = subspace::operator(sizes, at.scratch);
        let usable = found.is_ok_and(|found| found.converged && found.rank == sizes.rank);
        usable.then(|| (sizes.operator(known.operator), sizes.operator(window)))
    }
}
