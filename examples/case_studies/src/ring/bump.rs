//! What the activity of both populations looks like at one time: bumps and where they are.

use std::f64::consts::TAU;

/// Segments of neighbouring units whose activity is above this fraction of the peak are bumps.
const ABOVE: f64 = 0.2;

/// relu(g_L) + relu(g_R) of a state.
pub(super) fn activity(state: &[f64]) -> Vec<f64> {
    let (left, right) = state.split_at(state.len() / 2);
    left.iter().zip(right).map(|(l, r)| l.max(0.0) + r.max(0.0)).collect()
}

/// The number of bumps round the ring.
pub(super) fn count(activity: &[f64]) -> usize {
    let peak = activity.iter().fold(0.0_f64, |m, x| m.max(*x));
    let above = |k: usize| activity[k % activity.len()] > ABOVE * peak;
    (0..activity.len()).filter(|k| !above(*k) && above(k + 1)).count()
}

/// Follows the bump: how often it went round.
#[derive(Debug, Clone)]
pub(super) struct Turns {
    directions: Vec<(f64, f64)>,
    last: Option<f64>,
    angle: f64,
}

impl Turns {
    /// For `units` units a population.
    pub(super) fn new(units: usize) -> Self {
        let direction = |k: usize| {
            let angle = TAU * k as f64 / units as f64;
            (libm::cos(angle), libm::sin(angle))
        };
        Self { directions: (0..units).map(direction).collect(), last: None, angle: 0.0 }
    }

    /// One sample more.
    pub(super) fn push(&mut self, activity: &[f64]) {
        let (mut x, mut y) = (0.0, 0.0);
        for (a, (c, s)) in activity.iter().zip(&self.directions) {
            x += a * c;
            y += a * s;
        }
        let angle = libm::atan2(y, x);
        if let Some(last) = self.last {
            let step = angle - last;
            self.angle += step - TAU * (step / TAU).round();
        }
        self.last = Some(angle);
    }

    /// Turns in all, forwards less backwards, without their sign.
    pub(super) fn turns(&self) -> f64 {
        (self.angle / TAU).abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bumps_are_counted_round_the_ring_and_turns_are_followed() {
        assert_eq!(count(&[1.0, 0.0, 0.0, 0.9]), 1);
        assert_eq!(count(&[1.0, 0.1, 0.5, 0.1]), 2);
        let mut turns = Turns::new(8);
        for step in 0..21 {
            let mut activity = [0.0; 8];
            activity[step % 8] = 1.0;
            turns.push(&activity);
        }
        assert!((turns.turns() - 2.5).abs() < 1e-12);
    }
}
