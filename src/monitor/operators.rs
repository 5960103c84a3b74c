//! The two operators behind a score, for a full Procrustes comparison on request.

use super::calibration::Known;
use super::monitor::{Job, Monitor, known, operator};
use crate::matrix::MatRef;
use crate::scalar::Scalar;
use core::ops::Range;

impl<T: Scalar, B: AsRef<[T]> + AsMut<[T]>> Monitor<T, B> {
    /// The operator of the calibration, r x r. The monitor has its own copy of
    /// [`Calibration::operator`](super::calibration::Calibration::operator).
    #[must_use]
    pub fn reference(&self) -> MatRef<'_, T> {
        let known = self.piece(known(self.sizes, self.settings.window));
        self.sizes.operator(Known::cut(self.sizes, known).operator)
    }

    /// The operator of the window of the last report, r x r, between whitened channels. Returns `None` if that report has
    /// no scores, or if the next report is due.
    ///
    /// The spectral score of a report is a lower bound of the Procrustes angle between [`reference`](Self::reference)
    /// and this operator. The angle itself comes with the rotation C that aligns the two. [`Procrustes::compare_in`] finds
    /// it in one call: 11 million instructions of a Cortex-M4F at r = 9 and 20 million at r = 10, or 1.6 and 2.5 million
    /// with [`Effort::Fast`]. [`Procrustes::stepwise_in`] does one evaluation (5 r³ multiply-adds) at a time between
    /// samples. [`Procrustes::prepare_in`] copies both operators first, so that the monitor can continue meanwhile.
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
        let entries = self.piece(operator(self.sizes, self.settings.window));
        (self.scored && self.job == Job::Idle).then(|| self.sizes.operator(entries))
    }

    fn piece(&self, place: Range<usize>) -> &[T] {
        self.memory.as_ref().get(place).unwrap_or_default()
    }
}
