//! How far the library's solver stays behind the best known optimum of a pair.

use crate::best_known::BestKnown;
use crate::maximiser::{Limits, Maximiser};
use crate::pairs::Pair;
use crate::square::Square;
use dynamical_similarity::{Effort, Error, MatRef, Procrustes, Scalar};

/// The efforts, least first.
pub const EFFORTS: [Effort; 3] = [Effort::Fast, Effort::Default, Effort::Thorough];

/// What the solver found, in f64.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// The angle, in rad.
    pub angle: f64,
    /// The lower bound of the angle, in rad.
    pub lower_bound: f64,
    /// The cosine of the angle.
    pub cosine: f64,
    /// Evaluations of the objective.
    pub evaluations: usize,
}

impl Found {
    /// By how much the angle exceeds the best known one, in rad; 0 where it does not.
    #[must_use]
    pub fn shortfall(&self, best: &BestKnown) -> f64 {
        (self.angle - best.angle).max(0.0)
    }

    /// Whether the cosine is within 1e-6 of the best known one.
    #[must_use]
    pub fn hits(&self, best: &BestKnown) -> bool {
        best.cosine - self.cosine <= 1e-6
    }

    /// Whether the angle is within 1e-3 rad of the best known one.
    #[must_use]
    pub fn is_near(&self, best: &BestKnown) -> bool {
        self.shortfall(best) <= 1e-3
    }
}

/// Solves a pair in f64.
///
/// # Errors
/// As [`Procrustes::compare_operators`].
pub fn solve(pair: &Pair, effort: Effort) -> Result<Found, Error> {
    solve_in(pair, effort, |x| x)
}

/// Solves a pair in f32.
///
/// # Errors
/// As [`Procrustes::compare_operators`].
pub fn solve_single(pair: &Pair, effort: Effort) -> Result<Found, Error> {
    solve_in(pair, effort, |x| x as f32)
}

fn solve_in<T: Scalar>(
    pair: &Pair,
    effort: Effort,
    cast: impl Fn(f64) -> T + Copy,
) -> Result<Found, Error> {
    let n = pair.name.order;
    let (a, b) = (pair.a.cast(cast), pair.b.cast(cast));
    let solver = Procrustes::new().effort(effort);
    let found = solver.compare_operators(MatRef::new(&a, n, n)?, MatRef::new(&b, n, n)?)?;
    let angle: f64 = found.distance().into();
    // The cosine of an f32 is rounded to 6e-8; that of its angle is as good as the angle.
    Ok(Found {
        angle,
        lower_bound: found.lower_bound().into(),
        cosine: libm::cos(angle),
        evaluations: found.evaluations(),
    })
}

/// By how much the cosine of the transform that is found lies below the summit of its basin, to which the
/// maximiser of this package takes it.
///
/// # Errors
/// As [`Procrustes::compare_operators`] and [`Maximiser::new`], as sentences.
pub fn below_summit(pair: &Pair, effort: Effort) -> Result<f64, String> {
    const LIMITS: Limits = Limits { slope: 1e-16, iterations: 5000 };
    let solve = || {
        let solver = Procrustes::new().effort(effort);
        solver.compare_operators(pair.a.view()?, pair.b.view()?)
    };
    let found = solve().map_err(|error| error.to_string())?;
    let c = found.transform();
    let start = Square::from_fn(c.rows(), |i, j| c.at(i, j));
    let top = Maximiser::new(&pair.a, &pair.b)?.climb(&start, LIMITS);
    Ok(top.cosine - found.cosine())
}
