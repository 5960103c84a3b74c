//! The decisions of one run of the ascent: whether a trial is good enough, and when the run ends.

use crate::matrix::MatRef;
use crate::scalar::Scalar;

/// Trials of one line search.
const TRIALS: u8 = 6;
/// Iterations after which the Hessian is factored again.
const HESSIAN_LASTS: usize = 8;

/// What a run does in the next tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunPhase {
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
    /// Predicted gain, relative to |A| |B|, below which a run has reached its summit.
    pub(in crate::similarity) tolerance: T,
    /// A run is given up when f + kappa x predicted gain stays below the best.
    pub(in crate::similarity) kappa: T,
    pub(in crate::similarity) iterations: usize,
    /// Predicted gain, relative to |A| |B| - f, that must be undercut too.
    pub(in crate::similarity) relative: Option<T>,
    /// Of the mean |h|, what no diagonal entry of the preconditioner falls below.
    pub(in crate::similarity) floor: T,
    /// Whether the whole Hessian preconditions where it can; `kappa` of the runs that have it.
    pub(in crate::similarity) newton: Option<T>,
}

/// A pair for a lane to work on, in the eigenframes of the symmetric parts.
pub(in crate::similarity::procrustes::search) struct Task<'a, T> {
    /// A = diag(d) + K_A.
    pub(in crate::similarity::procrustes::search) a: MatRef<'a, T>,
    pub(in crate::similarity::procrustes::search) b: MatRef<'a, T>,
    /// |A| |B|.
    pub(in crate::similarity::procrustes::search) scale: T,
    /// What is known to be reached.
    pub(in crate::similarity::procrustes::search) best: Option<Best<'a, T>>,
}

/// The best transform of a pair so far, row-major, and its f.
#[derive(Clone, Copy)]
pub(in crate::similarity::procrustes::search) struct Best<'a, T> {
    pub(in crate::similarity::procrustes::search) f: T,
    pub(in crate::similarity::procrustes::search) transform: &'a [T],
}

/// How a run has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::similarity) enum Ending {
    /// At a summit.
    Summit,
    /// Out of iterations, or of steps that rounding lets it see.
    Limit,
    /// Not worth going on.
    GivenUp,
}

/// One run, of which every lane has one at most.
#[derive(Clone, Copy, Debug)]
pub(in crate::similarity) struct Run<T> {
    pub(super) phase: RunPhase,
    pub(super) rules: Rules<T>,
    iterations: usize,
    /// Evaluations of f since the pair was loaded.
    pub(in crate::similarity) evaluations: usize,
    pub(super) trials: u8,
    /// |A| |B|.
    pub(in crate::similarity) scale: T,
    pub(in crate::similarity) f: T,
    /// The best f of the pair.
    pub(in crate::similarity) best: T,
    pub(super) step: T,
    pub(super) slope: T,
    /// The line search failed without a memory to drop.
    pub(super) stuck: bool,
    /// There is a factored Hessian.
    pub(super) hessian: bool,
    /// The iteration from which on the Hessian is wanted (again).
    hessian_due: usize,
    pub(in crate::similarity) ending: Ending,
}

impl<T: Scalar> Run<T> {
    /// No run.
    pub(super) fn idle() -> Self {
        let rules = Rules {
            tolerance: T::ZERO,
            kappa: T::ZERO,
            iterations: 0,
            relative: None,
            floor: T::of(0.05),
            newton: None,
        };
        Self {
            phase: RunPhase::Idle,
            rules,
            iterations: 0,
            evaluations: 0,
            trials: 0,
            scale: T::ONE,
            f: T::ZERO,
            best: -T::MAX,
            step: T::ONE,
            slope: T::ZERO,
            stuck: false,
            hessian: false,
            hessian_due: 0,
            ending: Ending::Limit,
        }
    }

    /// Begins a run of the same pair.
    pub(super) fn begin(&mut self, rules: Rules<T>) {
        *self = Self {
            phase: RunPhase::Start,
            rules,
            scale: self.scale,
            best: self.best,
            evaluations: self.evaluations,
            ..Self::idle()
        };
    }

    /// f within 1e-6 (f32: 100 eps) of |A| |B|: the operators may be orthogonally similar.
    fn nearly_similar(&self) -> bool {
        self.f > (T::ONE - T::of(1e-6).larger(T::of(100.0) * T::EPSILON)) * self.scale
    }

    /// Whether it is time to see if the run climbs to a known summit.
    pub(in crate::similarity) const fn is_looked_at(&self) -> bool {
        let begins = matches!(self.phase, RunPhase::Search) && self.trials == 0;
        begins && self.iterations >= 6 && self.iterations.is_multiple_of(6)
    }

    /// Whether to factor the Hessian before the next direction.
    pub(super) fn wants_hessian(&self) -> bool {
        let due = self.rules.newton.is_some() && self.iterations >= self.hessian_due;
        self.phase == RunPhase::Direction && due
    }

    /// Whether the factored Hessian preconditions the next direction.
    pub(super) fn uses_hessian(&self) -> bool {
        self.hessian && self.phase == RunPhase::Direction
    }

    /// The Hessian was factored, or is not positive definite.
    pub(super) const fn has_hessian(&mut self, factored: bool) {
        self.hessian = factored;
        self.hessian_due = self.iterations.saturating_add(HESSIAN_LASTS);
    }

    pub(super) fn may_be_similar(&self) -> bool {
        self.phase == RunPhase::Direction && self.nearly_similar()
    }

    /// The predicted gain is within the tolerance, or no number.
    fn predicts_little(&self) -> bool {
        let absolute = self.rules.tolerance * self.scale;
        let least = self.rules.relative.map_or(absolute, |relative| {
            let left = relative * (self.scale - self.f);
            left.larger(T::of(8.0) * T::EPSILON * self.scale).smaller(absolute)
        });
        let much = self.slope > least;
        !much
    }

    /// Whether the run ends here. Near similarity the predicted gain is quadratic in the error of the
    /// angle, so that a small gain proves little: there the gradient itself must be small.
    pub(super) fn ended(&mut self, gradient_squared: T) -> bool {
        if self.stuck || self.iterations >= self.rules.iterations {
            return true;
        }
        if self.predicts_little() {
            let small = T::of(1e-9).larger(T::of(16.0) * T::EPSILON) * self.scale;
            let climbing = self.nearly_similar() && gradient_squared > small * small;
            self.ending = if climbing { self.ending } else { Ending::Summit };
            return !climbing;
        }
        // The gain that the whole Hessian predicts is nearly true, and from the first iteration on.
        let (least, kappa) = match self.rules.newton {
            Some(kappa) if self.hessian => (0, kappa),
            _ => (6, self.rules.kappa),
        };
        let hopeless = self.iterations >= least
            && self.f + kappa * self.slope < self.best - T::of(1e-7) * self.scale;
        if hopeless {
            self.ending = Ending::GivenUp;
        }
        hopeless
    }

    /// Armijo, up to the rounding of f.
    pub(super) fn accepts(&mut self, trial: T) -> bool {
        let rounding = T::of(4.0) * T::EPSILON * self.scale;
        let accepted = trial >= self.f + T::of(1e-4) * self.step * self.slope - rounding;
        if accepted {
            self.f = trial;
            self.iterations = self.iterations.saturating_add(1);
            self.phase = RunPhase::Direction;
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
        self.phase = RunPhase::Direction;
        true
    }
}
