//! The two operators behind a score, for a full Procrustes comparison on request.

use super::blocks::block_len;
use super::monitor::{Job, Monitor, moving_len};
use crate::matrix::{Cells, MatRef};
use crate::scalar::Scalar;

impl<T: Scalar, B: AsRef<[T]> + AsMut<[T]>> Monitor<T, B> {
    /// The operator of the calibration, r x r: [`Calibration::operator`](super::calibration::Calibration::operator), which the
    /// monitor has a copy of.
    #[must_use]
    pub fn reference(&self) -> MatRef<'_, T> {
        self.square(0)
    }

    /// The operator of the window that the last report was about, r x r, between whitened channels; `None` if that
    /// report has no scores, or if the next one is due.
    ///
    /// The spectral score of a report is a lower bound of the Procrustes angle between [`reference`](Self::reference)
    /// and this; the angle itself comes with the rotation C that brings them together. [`Procrustes::compare_in`]
    /// finds it at once: 11 million instructions of a Cortex-M4F at r = 9, 20 million at r = 10, and 1.6 and 2.5 million
    /// with [`Effort::Fast`]. [`Procrustes::stepwise_in`] does one evaluation (5 r³ multiply-adds) at a time between
    /// samples; [`Procrustes::prepare_in`] copies both operators before, so that the monitor goes on meanwhile.
    ///
    /// ```
    /// # use dynamical_similarity::monitor::*;
    /// use dynamical_similarity::{Error, Procrustes};
    /// /// The angle of the last report.
    /// fn angle(monitor: &Monitor<f32, Vec<f32>>) -> Result<Option<f32>, Error> {
    ///     let Some(operator) = monitor.operator() else { return Ok(None) };
    ///     let found = Procrustes::new().compare_operators(monitor.reference(), operator)?;
    ///     Ok(Some(found.distance()))
    /// }
    /// ```
    ///
    /// [`Effort::Fast`]: crate::Effort::Fast
    /// [`Procrustes::compare_in`]: crate::Procrustes::compare_in
    /// [`Procrustes::stepwise_in`]: crate::Procrustes::stepwise_in
    /// [`Procrustes::prepare_in`]: crate::Procrustes::prepare_in
    #[must_use]
    pub fn operator(&self) -> Option<MatRef<'_, T>> {
        let known = super::calibration::known_len(self.sizes);
        (self.scored && self.job == Job::Idle).then(|| self.square(known))
    }

    /// r x r scalars, this far behind the start of what is known of the calibration.
    fn square(&self, offset: usize) -> MatRef<'_, T> {
        let sizes = self.sizes;
        let moving = moving_len(sizes, self.settings.window);
        let known = sizes.channels.saturating_mul(2).saturating_add(moving);
        let start = known.saturating_add(block_len(sizes)).saturating_add(offset);
        sizes.operator(self.memory.as_ref().part(start, sizes.operator_len()))
    }
}
