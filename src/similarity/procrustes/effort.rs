//! The effort of a search, as a list of stages.
//!
//! A stage first explores: it takes short ascents from its starts, abandons those that fall behind, and keeps the best few
//! summits. Then it polishes these. A larger effort runs the stages of the smaller ones first, with the same bits, so that it
//! can only improve on their result.

use super::prepared;
use super::search::ascent::Rules;
use crate::scalar::{Scalar, is_double};

/// How hard to search. A larger effort begins with the search of the smaller one and is never worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Effort {
    /// 2 short ascents at odd order, 4 at even order: about 300 n³ multiply-adds.
    Fast,
    /// Up to 22 ascents in all at odd order and 26 at even order (20 up to order 8; 20 and 24 from order
    /// 20 on), fewer where several of them lead to the best summit: about 4 000 n³ multiply-adds. The best
    /// few summits are climbed until the predicted gain is 2e-11 of 1 - cosine; in f64 up to order 16 by steps from the whole
    /// Hessian, n⁶ / 48 multiply-adds for each of about two factorisations.
    #[default]
    Default,
    /// Up to 40 ascents in all, given up later: about 18 000 n³ multiply-adds.
    Thorough,
}

/// One round of starts.
pub(super) struct Stage {
    /// Starts at odd and at even order, with those of earlier stages: a start that led to a summit is
    /// not taken again, one that was given up is.
    runs: [usize; 2],
    /// The flipped starts come last.
    plain_first: bool,
    /// Starts that led to the best summit after which no other is taken.
    pub(super) hits: usize,
    /// A run ends when f + kappa x predicted gain stays below the best.
    kappa: f64,
    /// Predicted gain at which a run ends.
    tolerance: f64,
    iterations: usize,
    /// Candidates that are polished, and how far below the best they may be.
    pub(super) keep: usize,
    margin: [f64; 2],
    polish_tolerance: [f64; 2],
    polish_iterations: usize,
    /// The predicted gain at which a polish ends, as a part of 1 - cosine: at a small angle an error of the
    /// cosine counts 1 / sin(angle) times in the angle.
    polish_relative: Option<f64>,
    /// As [`FLOOR`], of a polish: along flat directions a larger one makes the predicted gain too small.
    polish_floor: f64,
    /// In f64 the whole Hessian preconditions a polish where it can; `kappa` of the runs that have it.
    polish_newton: Option<f64>,
}

/// The part of the mean |h| that floors the preconditioner of an exploration.
const FLOOR: f64 = 0.05;

const FAST: Stage = Stage {
    runs: [2, 4],
    plain_first: false,
    hits: usize::MAX,
    kappa: 3.0,
    tolerance: 1e-6,
    iterations: 40,
    keep: 1,
    margin: [0.0, 0.0],
    polish_tolerance: [1e-7, 1e-7],
    polish_iterations: 40,
    polish_relative: None,
    polish_floor: FLOOR,
    polish_newton: None,
};
const LARGE: Stage = Stage {
    runs: [22, 26],
    plain_first: true,
    hits: 8,
    kappa: 35.0,
    tolerance: 1e-6,
    iterations: 150,
    keep: KEEP,
    margin: [3e-5, 1e-4],
    polish_tolerance: [1e-9, 1e-7],
    polish_iterations: 800,
    polish_relative: Some(2e-11),
    polish_floor: 0.003,
    polish_newton: Some(3.0),
};
const SMALL: Stage = Stage { runs: [20, 20], hits: 5, kappa: 300.0, ..LARGE };
const LARGEST: Stage = Stage { runs: [20, 24], plain_first: false, hits: 6, kappa: 60.0, ..LARGE };
const LAST: Stage =
    Stage { runs: [40, 40], plain_first: false, hits: usize::MAX, kappa: 300.0, ..LARGE };

/// Candidates that any stage keeps at most.
pub(super) const KEEP: usize = 4;

/// Largest order at which starts are so cheap that the default effort abandons them late.
const SMALL_ORDER: usize = 8;
/// Smallest order at which there are so many basins that the default effort abandons starts late again.
const MANY_BASINS: usize = 20;

/// Frames that an effort starts from.
pub(super) const fn frames(effort: Effort) -> usize {
    match effort {
        Effort::Fast => 2,
        Effort::Default | Effort::Thorough => prepared::FRAMES,
    }
}

/// Candidates that an effort keeps at most.
pub(super) const fn keep(effort: Effort) -> usize {
    match effort {
        Effort::Fast => FAST.keep,
        Effort::Default | Effort::Thorough => KEEP,
    }
}

/// Random starts that an effort takes at most.
pub(super) const fn random_starts(effort: Effort) -> usize {
    match effort {
        Effort::Fast => 0,
        Effort::Default | Effort::Thorough => LAST.runs(0).saturating_sub(prepared::FRAMES),
    }
}

pub(super) const fn stages(effort: Effort, n: usize) -> &'static [Stage] {
    match effort {
        Effort::Fast => &[FAST],
        Effort::Default if n <= SMALL_ORDER => &[FAST, SMALL],
        Effort::Default if n >= MANY_BASINS => &[FAST, LARGEST],
        Effort::Default => &[FAST, LARGE],
        Effort::Thorough if n <= SMALL_ORDER => &[FAST, SMALL, LAST],
        Effort::Thorough if n >= MANY_BASINS => &[FAST, LARGEST, LAST],
        Effort::Thorough => &[FAST, LARGE, LAST],
    }
}

/// Whether the polishes of an effort may ask for the whole Hessian, in f64.
pub(super) const fn polishes_by_newton(effort: Effort) -> bool {
    match effort {
        Effort::Fast => FAST.polish_newton.is_some(),
        Effort::Default | Effort::Thorough => LARGE.polish_newton.is_some(),
    }
}

/// The setting for a scalar.
fn pick<T: Scalar>([double, single]: [f64; 2]) -> T {
    T::of(if is_double::<T>() { double } else { single })
}

impl Stage {
    pub(super) const fn runs(&self, n: usize) -> usize {
        let [odd, even] = self.runs;
        if n % 2 == 1 { odd } else { even }
    }

    /// The number of the start that is taken at a position.
    pub(super) const fn start(&self, position: usize, n: usize) -> usize {
        if !self.plain_first || n % 2 == 1 {
            return position;
        }
        match position {
            0 => 0,
            1 => 2,
            2 => 4,
            3 => 10,
            random => random.saturating_add(8),
        }
    }

    /// How far below the best a candidate may be, relative to |A| |B|; `T` is the scalar of the
    /// operators.
    pub(super) fn margin<T: Scalar>(&self) -> T {
        pick(self.margin)
    }

    /// The rules of a start; `T` is the scalar of the exploration.
    pub(super) fn explore<T: Scalar>(&self) -> Rules<T> {
        Rules {
            tolerance: T::of(self.tolerance),
            kappa: T::of(self.kappa),
            iterations: self.iterations,
            relative: None,
            floor: T::of(FLOOR),
            newton: None,
        }
    }

    /// The rules of a run that takes a candidate to its summit.
    pub(super) fn polish<T: Scalar>(&self) -> Rules<T> {
        Rules {
            tolerance: pick(self.polish_tolerance),
            kappa: T::of(self.kappa),
            iterations: self.polish_iterations,
            relative: self.polish_relative.map(T::of),
            floor: T::of(self.polish_floor),
            newton: self.polish_newton.filter(|_| is_double::<T>()).map(T::of),
        }
    }
}
