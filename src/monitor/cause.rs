//! The cause of a change, as far as the evidence can tell.
//!
//! The gate sees every change, so a gate that has fired does not prove that only the geometry has changed. A cause is named
//! only when the score of the dynamics has had its say:
//!
//! ```text
//! if the score has left its band and has exceeded its margin since:            dynamics
//! if the gate has not fired:                                      a warning if the score has left its band, else ok
//! the name that was given (geometry, noise) stays until the score leaves its band or the gate's change ends
//! if the score is in its band, z < 2 in the last two reports,
//! and there were 4 reports since the gate's first above its limit:
//!     noise if z of the noise level > 4 in the last two reports, else geometry
//! otherwise:                                                                   open
//! ```

use super::decision::{DYNAMICS_LIMIT, GATE_LIMIT, Rule, Track};
use super::report::{Alarm, Status};
use crate::scalar::Scalar;

const DYNAMICS: Rule = Rule { limit: DYNAMICS_LIMIT, cusum: true };
const GATE: Rule = Rule { limit: GATE_LIMIT, cusum: false };
/// Reports from the first of the gate's run to the one that may name a cause: a whole window, and the three reports that the
/// score itself may take to leave its band.
const WAIT: u8 = 4;
/// A cause other than the dynamics needs a z of the score below this value.
const QUIET: f64 = 2.0;
/// Noise is the cause if the z of the noise level is above this value.
const NOISY: f64 = 4.0;
/// The number of reports in a row that these two need.
const RUN: u8 = 2;

/// A cause that was named while the gate's change is in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Named {
    #[default]
    Nothing = 0,
    Geometry = 1,
    Noise = 2,
}

/// The z of one report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evidence<T> {
    pub(crate) dynamics: T,
    /// Whether the score is above its margin.
    pub(crate) beyond: bool,
    /// `None` where gaps would bias the gate.
    pub(crate) gate: Option<T>,
    pub(crate) noise: T,
}

/// The decision so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Decision<T> {
    pub(crate) dynamics: Track<T>,
    pub(crate) gate: Track<T>,
    /// Reports since the first of the gate's run, with it.
    pub(crate) waited: u8,
    /// Reports in a row with a low z of the score.
    pub(crate) quiet: u8,
    /// Reports in a row with a high z of the noise level.
    pub(crate) noisy: u8,
    pub(crate) named: Named,
}

impl<T: Scalar> Decision<T> {
    /// Takes one report with scores.
    pub(crate) fn advance(&mut self, evidence: Evidence<T>) {
        let next = |run: u8, goes_on: bool| if goes_on { run.saturating_add(1) } else { 0 };
        self.dynamics.advance(evidence.dynamics, DYNAMICS, evidence.beyond);
        if let Some(z) = evidence.gate {
            self.gate.advance(z, GATE, false);
        }
        self.waited = next(self.waited, self.gate.changed || self.gate.above > 0);
        self.quiet = next(self.quiet, evidence.dynamics < T::of(QUIET));
        self.noisy = next(self.noisy, evidence.noise > T::of(NOISY));
        if self.dynamics.changed || !self.gate.changed {
            self.named = Named::Nothing;
        } else if self.named == Named::Nothing && self.waited >= WAIT && self.quiet >= RUN {
            self.named = if self.noisy >= RUN { Named::Noise } else { Named::Geometry };
        }
    }

    /// What is in force: [`Status::Ok`], [`Status::Warning`] or [`Status::Alarm`].
    pub(crate) const fn standing(&self) -> Status {
        if self.dynamics.beyond {
            return Status::Alarm(Alarm::Dynamics);
        }
        match (self.gate.changed, self.named) {
            (true, Named::Geometry) => Status::Alarm(Alarm::Geometry),
            (true, Named::Noise) => Status::Alarm(Alarm::Noise),
            (true, Named::Nothing) => Status::Alarm(Alarm::Open),
            (false, _) if self.dynamics.changed => Status::Warning,
            (false, _) => Status::Ok,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: Status = Status::Alarm(Alarm::Open);
    const DYNAMICS: Status = Status::Alarm(Alarm::Dynamics);
    const GEOMETRY: Status = Status::Alarm(Alarm::Geometry);
    const NOISE: Status = Status::Alarm(Alarm::Noise);

    /// What stands after each report of (z of the score, above the margin, z of the gate, z of the noise).
    fn standing(reports: &[(f64, bool, f64, f64)]) -> Vec<Status> {
        let mut decision = Decision::default();
        reports
            .iter()
            .map(|(dynamics, beyond, gate, noise)| {
                let (dynamics, beyond, noise) = (*dynamics, *beyond, *noise);
                decision.advance(Evidence { dynamics, beyond, gate: Some(*gate), noise });
                decision.standing()
            })
            .collect()
    }

    #[test]
    fn geometry_is_named_after_four_reports_with_a_quiet_score() {
        let remix = (0.5, false, 20.0, 0.5);
        let found = standing(&[(0.0, false, 0.0, 0.0), remix, remix, remix, remix, remix]);
        assert_eq!(found, [Status::Ok, Status::Ok, Status::Ok, OPEN, GEOMETRY, GEOMETRY]);
        // A score that is high in the fourth report has not had its say; then two low ones in a row are needed.
        let high = (2.5, false, 20.0, 0.5);
        let found = standing(&[remix, remix, remix, high, remix, remix]);
        assert_eq!(found[2..], [OPEN, OPEN, OPEN, GEOMETRY]);
    }

    #[test]
    fn a_name_stays_until_the_score_leaves_its_band_or_the_gate_is_quiet() {
        let remix = (0.5, false, 20.0, 0.5);
        let [high, over] = [(2.5, false, 20.0, 0.5), (4.0, true, 20.0, 0.5)];
        let mut reports = vec![remix; 4];
        reports.extend([high, high, over, over, over]);
        // A sum of 1.5 + 1.5 + 3 + 3 is above 8.
        assert_eq!(
            standing(&reports)[3..],
            [GEOMETRY, GEOMETRY, GEOMETRY, GEOMETRY, DYNAMICS, DYNAMICS]
        );
        let mut reports = vec![remix; 4];
        reports.extend([(0.5, false, 1.0, 0.5); 2]);
        assert_eq!(standing(&reports)[3..], [GEOMETRY, GEOMETRY, Status::Ok]);
    }

    #[test]
    fn noise_is_named_where_its_level_has_risen_twice() {
        let noisy = (1.0, false, 20.0, 6.0);
        assert_eq!(standing(&[noisy; 4])[2..], [OPEN, NOISE]);
        let plain = (1.0, false, 20.0, 3.0);
        assert_eq!(standing(&[noisy, noisy, plain, noisy])[3], GEOMETRY);
    }

    #[test]
    fn the_dynamics_are_named_only_beyond_the_margin() {
        let inside = (3.5, false, 0.0, 0.0);
        let both = (3.5, false, 9.0, 0.0);
        assert_eq!(standing(&[inside; 3])[2], Status::Warning);
        assert_eq!(standing(&[both; 3])[2], OPEN);
        // Of a score that has left its band, nothing but the dynamics is named, however long it takes.
        assert!(standing(&[both; 9])[3..].iter().all(|status| *status == OPEN));
        let beyond = (3.5, true, 9.0, 0.0);
        assert_eq!(standing(&[both, both, both, beyond, both])[3..], [DYNAMICS, DYNAMICS]);
        // The margin alone says nothing.
        assert_eq!(standing(&[(1.0, true, 0.0, 0.0); 9])[8], Status::Ok);
    }

    #[test]
    fn a_gate_that_does_not_speak_changes_nothing() {
        let mut decision = Decision::<f64>::default();
        let mut say = |gate| {
            decision.advance(Evidence { dynamics: 0.0, beyond: false, gate, noise: 0.0 });
            decision.standing()
        };
        assert_eq!([(); 3].map(|()| say(Some(9.0)))[2], OPEN);
        assert_eq!(say(None), GEOMETRY);
        assert_eq!([(); 5].map(|()| say(None))[4], GEOMETRY);
    }
}
