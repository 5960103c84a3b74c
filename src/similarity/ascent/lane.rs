//! The decisions of one lane of the ascent: whether a trial is good enough, when a run ends.

use crate::scalar::Scalar;

/// Trials of one line search.
const TRIALS: u8 = 6;

/// What a lane does in the next tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing; its trial steps are of length zero.
    Idle,
    /// Evaluates its start.
    Start,
    /// Needs a direction.
    Direction,
    /// Tries a step.
    Search,
}

/// When a run ends.
#[derive(Clone, Copy, Debug)]
pub(in crate::similarity) struct Rules<T> {
    /// Predicted gain, relative to |A| |B|, below which a run that is not among the best ends.
    pub(in crate::similarity) tolerance: T,
    /// The same for a run that is within `margin` of the best.
    pub(in crate::similarity) polish_tolerance: T,
    pub(in crate::similarity) margin: T,
    /// A run ends when f + kappa x predicted gain stays below the best.
    pub(in crate::similarity) kappa: T,
    /// Whether a run below the best ends when it nears the best transform.
    pub(in crate::similarity) avoid_best: bool,
    pub(in crate::similarity) iterations: usize,
    pub(in crate::similarity) polish_iterations: usize,
}

/// One run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lane<T> {
    pub(super) phase: Phase,
    pub(super) rules: Rules<T>,
    pub(super) tolerance: T,
    pub(super) limit: usize,
    pub(super) iterations: usize,
    pub(super) evaluations: usize,
    pub(super) trials: u8,
    /// |A| |B|.
    pub(super) scale: T,
    pub(super) f: T,
    pub(super) best: T,
    pub(super) step: T,
    pub(super) slope: T,
    /// The line search failed without a memory to drop.
    pub(super) stuck: bool,
}

impl<T: Scalar> Lane<T> {
    /// A lane without a run.
    pub(super) fn idle() -> Self {
        let rules = Rules {
            tolerance: T::ZERO,
            polish_tolerance: T::ZERO,
            margin: T::ZERO,
            kappa: T::ZERO,
            avoid_best: false,
            iterations: 0,
            polish_iterations: 0,
        };
        Self {
            phase: Phase::Idle,
            rules,
            tolerance: T::ZERO,
            limit: 0,
            iterations: 0,
            evaluations: 0,
            trials: 0,
            scale: T::ONE,
            f: T::ZERO,
            best: -T::MAX,
            step: T::ONE,
            slope: T::ZERO,
            stuck: false,
        }
    }

    /// Begins a run of the same pair.
    pub(super) fn begin(&mut self, rules: Rules<T>) {
        *self = Self {
            phase: Phase::Start,
            rules,
            tolerance: rules.tolerance,
            limit: rules.iterations,
            scale: self.scale,
            best: self.best,
            evaluations: self.evaluations,
            ..Self::idle()
        };
    }

    /// Could end because it nears the best transform.
    pub(super) fn may_near_best(&self) -> bool {
        self.phase == Phase::Direction
            && self.rules.avoid_best
            && self.iterations >= 4
            && self.f < self.best
    }

    /// f within 1e-6 (f32: 100 eps) of |A| |B|: the operators may be orthogonally similar.
    fn nearly_similar(&self) -> bool {
        self.f > (T::ONE - T::of(1e-6).larger(T::of(100.0) * T::EPSILON)) * self.scale
    }

    pub(super) fn may_be_similar(&self) -> bool {
        self.phase == Phase::Direction && self.nearly_similar()
    }

    /// The predicted gain is within the tolerance, or no number.
    fn predicts_little(&self) -> bool {
        let much = self.slope > self.tolerance * self.scale;
        !much
    }

    /// Whether the run ends here. Near similarity the predicted gain is quadratic in the error of the
    /// angle, so that a small gain proves little: there the gradient itself must be small.
    pub(super) fn ended(&mut self, gradient_squared: T, near_best: bool) -> bool {
        if self.stuck || self.iterations >= self.limit {
            return true;
        }
        if self.predicts_little() {
            if self.nearly_similar() {
                let small = T::of(1e-9).larger(T::of(16.0) * T::EPSILON) * self.scale;
                let climbing = gradient_squared > small * small;
                return !climbing;
            }
            let among_best = self.f >= self.best - self.rules.margin * self.scale;
            if !among_best || self.tolerance <= self.rules.polish_tolerance {
                return true;
            }
            self.tolerance = self.rules.polish_tolerance;
            self.limit = self.limit.saturating_add(self.rules.polish_iterations);
            if self.predicts_little() {
                return true;
            }
        }
        if self.iterations >= 6
            && self.f + self.rules.kappa * self.slope < self.best - T::of(1e-7) * self.scale
        {
            return true;
        }
        self.may_near_best() && near_best
    }

    /// Armijo, up to the rounding of f.
    pub(super) fn accepts(&mut self, trial: T) -> bool {
        let rounding = T::of(4.0) * T::EPSILON * self.scale;
        let accepted = trial >= self.f + T::of(1e-4) * self.step * self.slope - rounding;
        if accepted {
            self.f = trial;
            self.iterations = self.iterations.saturating_add(1);
            self.phase = Phase::Direction;
        }
        accepted
    }

    /// A shorter step, to the top of the parabola through what is known; true if the trials are used up.
    pub(super) fn shorten(&mut self, trial: T) -> bool {
        let predicted = self.step * self.slope;
        let missing = predicted - (trial - self.f);
        let factor = if missing > T::ZERO { T::HALF * predicted / missing } else { T::HALF };
        self.step *= factor.larger(T::of(0.1)).smaller(T::HALF);
        self.trials = self.trials.saturating_add(1);
        if self.trials < TRIALS {
            return false;
        }
        self.iterations = self.iterations.saturating_add(1);
        self.phase = Phase::Direction;
        true
    }
}
