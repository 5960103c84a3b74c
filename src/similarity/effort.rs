//! How hard to search, as a list of stages.
//!
//! A stage explores: it takes short ascents from its starts, gives up those that fall behind, and keeps
//! the best few summits. Then it polishes those. A larger effort goes through the stages of the smaller
//! ones first, with the same bits, and can only improve on what they found.

use super::ascent::Rules;
use super::frame;
use crate::scalar::Scalar;

/// How hard to search. A larger effort begins with the search of the smaller one and is never worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Effort {
    /// 2 short ascents at odd order, 4 at even order: about 300 n³ multiply-adds.
    Fast,
    /// 24 ascents more (40 up to order 8): about 4 000 n³ multiply-adds.
    #[default]
    Default,
    /// 40 ascents more, given up later: about 14 000 n³ multiply-adds.
    Thorough,
}

/// One round of starts.
pub(super) struct Stage {
    /// Starts at odd and at even order.
    runs: [usize; 2],
    /// A run ends when f + kappa x predicted gain stays below the best.
    kappa: f64,
    /// Predicted gain at which a run ends, in f64 and in f32.
    tolerance: [f64; 2],
    iterations: usize,
    /// Candidates that are polished, and how far below the best they may be.
    pub(super) keep: usize,
    margin: [f64; 2],
    polish_tolerance: [f64; 2],
    polish_iterations: usize,
}

const FAST: Stage = Stage {
    runs: [2, 4],
    kappa: 3.0,
    tolerance: [1e-6, 1e-6],
    iterations: 40,
    keep: 1,
    margin: [0.0, 0.0],
    polish_tolerance: [1e-7, 1e-7],
    polish_iterations: 40,
};
const LARGE: Stage = Stage {
    runs: [24, 24],
    kappa: 30.0,
    tolerance: [1e-7, 1e-6],
    iterations: 150,
    keep: KEEP,
    margin: [3e-5, 1e-4],
    polish_tolerance: [1e-9, 1e-7],
    polish_iterations: 150,
};
const SMALL: Stage = Stage { runs: [40, 40], kappa: 100.0, ..LARGE };

/// Candidates that any stage keeps at most.
pub(super) const KEEP: usize = 4;

/// Largest order at which the default effort has as many starts as the thorough one.
const SMALL_ORDER: usize = 8;

/// Frames that an effort starts from.
pub(super) const fn frames(effort: Effort) -> usize {
    match effort {
        Effort::Fast => 2,
        Effort::Default | Effort::Thorough => frame::FRAMES,
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
        Effort::Default | Effort::Thorough => SMALL.runs(0).saturating_sub(frame::FRAMES),
    }
}

pub(super) const fn stages(effort: Effort, n: usize) -> &'static [Stage] {
    match effort {
        Effort::Fast => &[FAST],
        _ if n <= SMALL_ORDER => &[FAST, SMALL],
        Effort::Default => &[FAST, LARGE],
        Effort::Thorough => &[FAST, LARGE, SMALL],
    }
}

/// The setting for a scalar.
fn pick<T: Scalar>([double, single]: [f64; 2]) -> T {
    T::of(if size_of::<T>() == size_of::<f32>() { single } else { double })
}

impl Stage {
    pub(super) const fn runs(&self, n: usize) -> usize {
        let [odd, even] = self.runs;
        if n % 2 == 1 { odd } else { even }
    }

    /// How far below the best a candidate may be, relative to |A| |B|; `T` is the scalar of the
    /// operators.
    pub(super) fn margin<T: Scalar>(&self) -> T {
        pick(self.margin)
    }

    /// The rules of a start; `T` is the scalar of the exploration.
    pub(super) fn explore<T: Scalar>(&self) -> Rules<T> {
        Rules {
            tolerance: pick(self.tolerance),
            kappa: T::of(self.kappa),
            may_give_up: true,
            iterations: self.iterations,
        }
    }

    /// The rules of a run that takes a candidate to its summit.
    pub(super) fn polish<T: Scalar>(&self) -> Rules<T> {
        Rules {
            tolerance: pick(self.polish_tolerance),
            kappa: T::of(self.kappa),
            may_give_up: false,
            iterations: self.polish_iterations,
        }
    }
}
