//! Decisions of the monitor, from scores to a state: null band, CUSUM, runs, hysteresis.
//!
//! ```text
//! z = (ln score - mean - shift) / deviation             the null band, moved to the length of the window
//! S = min(2 h, max(0, S + clip(z, -4, 4) - k))          the CUSUM
//! above = z > limit ? above + 1 : 0                     reports in a row above the limit
//! if changed:
//!     below = z < 1.5 ? below + 1 : 0
//!     if below = 2:  begin anew
//! otherwise, if above = 3 or S > h:  changed = true
//! beyond = beyond or (changed and the score is above its margin)
//! ```
//!
//! [`super::cause`] names the cause of a change.

use crate::scalar::{Real, Scalar};

/// The allowance k of the CUSUM, which is subtracted from each z.
const ALLOWANCE: f64 = 1.0;
/// The limit h of the CUSUM of the dynamics: a sum above it is a change. The sum stops growing at twice this value.
pub const CUSUM_LIMIT: f64 = 8.0;
/// A z of the dynamics above this value in three reports in a row is a change.
pub const DYNAMICS_LIMIT: f64 = 3.0;
/// A z of the gate above this value in three reports in a row is a change. It is higher because the gate has a heavy tail.
pub const GATE_LIMIT: f64 = 4.0;
/// The CUSUM clips z to this value in either direction.
const CLIP: f64 = 4.0;
/// The number of reports in a row above a limit that make a change.
const RUN: u8 = 3;
/// A change is over after two reports in a row with a z below this value.
const EXIT: f64 = 1.5;
const EXIT_RUN: u8 = 2;
/// Smaller scores count as this much, so that their logarithm stays in range.
const FLOOR: f64 = 1e-6;

/// The law by which an expected score falls with the length of the windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Law {
    /// s ~ sqrt(1/N + 1/N_ref): distances.
    Root,
    /// s ~ 1/N + 1/N_ref: log-likelihood ratios.
    Linear,
}

/// The null band of a score: mean and standard deviation of its logarithm over the blocks of a calibration.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Null<T> {
    pub(crate) mean: T,
    pub(crate) deviation: T,
}

/// The lengths of the recordings on which a null band was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Lengths<T> {
    /// Samples of the whole calibration.
    pub(crate) reference: T,
    /// Samples of one block of it.
    pub(crate) block: T,
}

impl<T: Scalar> Lengths<T> {
    /// rho = (1/N + 1/N_ref) / (1/N_b + 1/(N_ref - N_b)), by which the square of a distance of a window from the calibration is
    /// larger than that of a block from all others.
    pub(crate) fn ratio(&self, samples: T) -> T {
        let inverse = |x: T| T::ONE / x;
        let rest = self.reference - self.block;
        (inverse(samples) + inverse(self.reference)) / (inverse(self.block) + inverse(rest))
    }
}

pub(crate) fn logarithm<T: Scalar>(score: T) -> T {
    Real::ln(score.larger(T::of(FLOOR)))
}

impl<T: Scalar> Null<T> {
    /// z of a score of a window of N samples. The null band was measured for blocks against the rest of the calibration;
    /// its mean is moved to windows against all of it, by ln((1/N + 1/N_ref) / (1/N_b + 1/(N_ref - N_b))) for the gate and
    /// by half of that for distances.
    pub(crate) fn z(&self, score: T, samples: T, lengths: Lengths<T>, law: Law) -> T {
        let shift = Real::ln(lengths.ratio(samples));
        let shift = if law == Law::Root { T::HALF * shift } else { shift };
        (logarithm(score) - self.mean - shift) / self.deviation
    }
}

/// Mean and variance of the logarithms of a score, which come one by one (Welford, Technometrics 4 (1962) 419).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ScoreMoments<T> {
    count: usize,
    mean: T,
    squares: T,
}

impl<T: Scalar> ScoreMoments<T> {
    pub(crate) fn push(&mut self, x: T) {
        self.count = self.count.saturating_add(1);
        let step = x - self.mean;
        self.mean += step / T::count(self.count);
        self.squares += step * (x - self.mean);
    }

    /// Mean and standard deviation as they are. The deviation is not below the rounding errors of a logarithm.
    pub(crate) fn plain(&self) -> Null<T> {
        let others = T::count(self.count.saturating_sub(1).max(1));
        let deviation = Real::sqrt(self.squares / others).larger(T::EPSILON);
        Null { mean: self.mean, deviation }
    }

    /// The null band. Its standard deviation is drawn towards `prior` as if K more blocks had had that deviation:
    /// sqrt(((K - 1) s² + K prior²) / (2 K - 1)).
    pub(crate) fn null(&self, prior: T) -> Null<T> {
        let k = T::count(self.count);
        let variance = (self.squares + k * prior * prior) / (k + k - T::ONE);
        Null { mean: self.mean, deviation: Real::sqrt(variance) }
    }
}

/// The rule by which a score is a change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    /// The z that three reports in a row must exceed.
    pub(crate) limit: f64,
    /// Whether a CUSUM above its limit is a change, too.
    pub(crate) cusum: bool,
}

/// The decision about one score so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Track<T> {
    pub(crate) cusum: T,
    /// Reports in a row above the limit.
    pub(crate) above: u8,
    /// Reports in a row below the exit.
    pub(crate) below: u8,
    /// Whether a change is in force.
    pub(crate) changed: bool,
    /// Whether the raw score has exceeded its margin while the change was in force.
    pub(crate) beyond: bool,
}

impl<T: Scalar> Track<T> {
    /// Takes the z of one report, and whether its raw score is above the margin.
    pub(crate) fn advance(&mut self, z: T, rule: Rule, beyond_margin: bool) {
        // S = min(2 h, max(0, S + clip(z, -4, 4) - k)): one wild report alone cannot reach h.
        let clipped = z.smaller(T::of(CLIP)).larger(T::of(-CLIP));
        let sum = (self.cusum + clipped - T::of(ALLOWANCE)).larger(T::ZERO);
        self.cusum = sum.smaller(T::of(2.0 * CUSUM_LIMIT));
        self.above = if z > T::of(rule.limit) { self.above.saturating_add(1) } else { 0 };
        if self.changed {
            // Hysteresis: a change ends only after a run of low reports.
            self.below = if z < T::of(EXIT) { self.below.saturating_add(1) } else { 0 };
            if self.below >= EXIT_RUN {
                *self = Self::default();
            }
        } else if self.above >= RUN || (rule.cusum && self.cusum > T::of(CUSUM_LIMIT)) {
            self.changed = true;
        }
        self.beyond |= self.changed && beyond_margin;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule { limit: 3.0, cusum: true };

    fn after(zs: &[f64]) -> Track<f64> {
        let mut track = Track::default();
        zs.iter().for_each(|z| track.advance(*z, RULE, false));
        track
    }

    #[test]
    fn the_cusum_subtracts_its_allowance_and_is_bounded() {
        assert_eq!(after(&[1.0; 500]).cusum, 0.0);
        assert_eq!(after(&[2.5, 2.5]).cusum, 3.0);
        assert_eq!(after(&[-30.0, 2.0]).cusum, 1.0);
        // Clipped at 4: no two reports reach 8.
        assert!(!after(&[100.0, 100.0]).changed);
        assert!(after(&[2.5; 6]).changed && !after(&[2.5; 5]).changed);
        assert_eq!(after(&[4.0; 50]).cusum, 16.0);
    }

    #[test]
    fn three_in_a_row_are_a_change_and_two_low_ones_end_it() {
        assert!(after(&[3.1, 3.1, 3.1]).changed);
        assert!(!after(&[3.1, 3.1, 0.0, 3.1]).changed);
        assert!(after(&[3.1, 3.1, 3.1, 1.0, 2.0, 1.0]).changed);
        assert_eq!(after(&[3.1, 3.1, 3.1, 1.0, 1.0]), Track::default());
    }

    #[test]
    fn a_margin_counts_only_while_a_change_stands() {
        let mut track = Track::default();
        track.advance(2.0, RULE, true);
        assert!(!track.beyond);
        (0..3).for_each(|_| track.advance(3.5, RULE, false));
        assert!(track.changed && !track.beyond);
        track.advance(3.5, RULE, true);
        track.advance(3.5, RULE, false);
        assert!(track.beyond);
    }

    #[test]
    fn the_null_moves_with_the_length_of_the_window() {
        let null = Null { mean: -3.0_f64, deviation: 0.5 };
        let lengths = Lengths { reference: 30_000.0, block: 1_500.0 };
        // The law itself: a score that follows it has z = 0 at every length.
        let law = |n: f64| (1.0 / n + 1.0 / 30_000.0) / (1.0 / 1_500.0 + 1.0 / 28_500.0);
        for n in [500.0, 1_500.0, 3_000.0, 15_000.0] {
            let root = (-3.0_f64).exp() * law(n).sqrt();
            assert!(null.z(root, n, lengths, Law::Root).abs() < 1e-12);
            let linear = (-3.0_f64).exp() * law(n);
            assert!(null.z(linear, n, lengths, Law::Linear).abs() < 1e-12);
        }
    }

    #[test]
    fn the_deviation_is_drawn_towards_the_prior() {
        let mut moments = ScoreMoments::<f64>::default();
        (0..20).for_each(|k| moments.push(f64::from(k % 2)));
        let own = 20.0 * 0.25 / 19.0;
        let expected = ((19.0 * own + 20.0 * 0.45 * 0.45) / 39.0_f64).sqrt();
        let null = moments.null(0.45);
        assert!((null.deviation - expected).abs() < 1e-14 && (null.mean - 0.5).abs() < 1e-14);
    }
}
