//! Study C: a ring attractor, its geometry deformed, then its topology changed.
//!
//! Equations: [`systems::ring`]. As in the authors' notebook the drive acts from the first step on,
//! except in (b2), where it follows a quiet beginning.

mod bump;
mod geometry;
mod lines_and_rings;
mod topology;

use crate::report::{Mark, Matrix, Outcome, Picture, Table};
use crate::setup::Setup;
use dsa::problem::Problem;
use dynamical_similarity::{
    DistanceMatrix, MatRef, Measure, Model, Procrustes, UnequalRanks, Wasserstein,
};
use systems::Random;

/// Principal components of a recording.
const COMPONENTS: usize = 15;

/// # Errors
/// A sentence if a recording cannot be fitted.
pub fn run(setup: &Setup, seed: u64) -> Result<Outcome, Problem> {
    let parts = [
        geometry::run(setup, seed)?,
        topology::run(setup, seed)?,
        lines_and_rings::run(setup, seed)?,
    ];
    let mut outcome = Outcome {
        study: "C",
        title: "a ring attractor: geometry deformed, then topology changed",
        source: "published equations (authors' notebook of figure 4), and a stable step",
        seed,
        tables: Vec::new(),
        marks: Vec::new(),
        matrices: Vec::new(),
        pictures: Vec::new(),
        notes: notes(),
    };
    for part in parts {
        outcome.tables.extend(part.tables);
        outcome.marks.extend(part.marks);
        outcome.matrices.extend(part.matrices);
        outcome.pictures.extend(part.pictures);
    }
    Ok(outcome)
}

/// What one part of the study found.
struct Part {
    tables: Vec<Table>,
    marks: Vec<Mark>,
    pictures: Vec<Picture>,
    matrices: Vec<Matrix>,
}

fn notes() -> Vec<String> {
    [
        "(b) A finding about these equations at this step: with dt = .5 Euler's method is unstable at \
         alpha = 1 for l/N above about .585 (dt/tau (least eigenvalue of W on the active units - 1) < -2), and \
         for l/N above .625 already at alpha = .9. The recording then flickers with period 2, the fit has \
         eigenvalues with negative real part, and this alone is the jump of the distance at alpha = 1. At a \
         stable step there is no jump.",
        "(b2) At a stable step, lines and rings are told apart by whether the bump goes round. Procrustes on \
         states decodes this too.",
        "(b2) Networks with alpha above .95 are cut, but the bump passes the gap: the distance \
         follows the dynamics, not the cut.",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// W2 of each model to the first; spectra of different sizes are transported.
fn w2(first: &Model<f64>, models: &[&Model<f64>]) -> Result<Vec<f64>, Problem> {
    let wasserstein = Wasserstein::new().unequal_ranks(UnequalRanks::Transport);
    to_first(first, models, &Measure::Wasserstein(wasserstein))
}

/// The angle of each model to the first.
fn angular(first: &Model<f64>, models: &[&Model<f64>]) -> Result<Vec<f64>, Problem> {
    to_first(first, models, &Measure::Procrustes(Procrustes::new()))
}

fn to_first(
    first: &Model<f64>,
    models: &[&Model<f64>],
    measure: &Measure,
) -> Result<Vec<f64>, Problem> {
    let operators: Vec<MatRef<'_, f64>> = models.iter().map(|model| model.operator()).collect();
    let matrix = DistanceMatrix::between(&operators, &[first.operator()], measure, None)
        .map_err(Problem::new)?;
    Ok(matrix.distances().to_vec())
}

/// l ~ U{.55 N .. .65 N}, whole numbers.
fn random_width(random: &mut Random, units: usize) -> f64 {
    let (low, high) = ((0.55 * units as f64) as usize, (0.65 * units as f64) as usize);
    (low + random.index(high - low)) as f64
}

/// +1, its sign flipped after U{100 .. 4000} steps again and again, plus 0.5 N(0, 1).
fn drive_with_flips(random: &mut Random, steps: usize) -> Vec<f64> {
    let (mut sign, mut next) = (1.0, 100 + random.index(3900));
    (0..steps)
        .map(|time| {
            if time == next {
                sign = -sign;
                next += 100 + random.index(3900);
            }
            sign + 0.5 * random.normal()
        })
        .collect()
}
