//! (a) The geometry of a ring attractor is deformed by ever steeper sigmoids.

use super::{COMPONENTS, Part, w2};
use crate::baselines::States;
use crate::population::{Fit, made};
use crate::report::{Mark, Table};
use crate::setup::{Setup, child_seed};
use dsa::problem::Problem;
use dynamical_similarity::{Model, Rank};
use systems::Simulated;
use systems::observe::{centre, principal_components};
use systems::ring::Ring;

const BETAS: [f64; 8] = [0.1, 0.6, 1.1, 1.6, 2.1, 2.6, 3.1, 3.6];
const FIT: Fit = Fit { delays: 10, rank: Rank::Full };

/// Distances of one network to its own activity at the smallest beta.
struct Sweep {
    w2: Vec<f64>,
    procrustes: Vec<f64>,
}

/// # Errors
/// A sentence if a recording cannot be fitted.
pub(super) fn run(setup: &Setup, seed: u64) -> Result<Part, Problem> {
    let widths: Vec<f64> = (55..65).step_by(setup.size(1, 3)).map(f64::from).collect();
    let sweeps =
        made("C: deformed rings", widths.len(), |k| sweep(widths[k], child_seed(seed, 3, k)))?;
    let mean = |of: fn(&Sweep) -> &Vec<f64>, beta: usize| -> f64 {
        sweeps.iter().map(|sweep| of(sweep)[beta]).sum::<f64>() / sweeps.len() as f64
    };
    let w2: Vec<f64> = (0..BETAS.len()).map(|at| mean(|s| &s.w2, at)).collect();
    let procrustes: Vec<f64> = (0..BETAS.len()).map(|at| mean(|s| &s.procrustes, at)).collect();
    let mut rows = vec![["beta", "DSA W2", "Procrustes"].map(str::to_owned).to_vec()];
    for ((beta, d), p) in BETAS.iter().zip(&w2).zip(&procrustes) {
        rows.push(vec![format!("{beta}"), format!("{d:.4}"), format!("{p:.4}")]);
    }
    let last = BETAS.len() - 1;
    let largest = w2.iter().fold(0.0_f64, |m, x| m.max(*x));
    let marks = vec![
        Mark::at_least("(a) Procrustes, beta 3.6 / 0.6", procrustes[last] / procrustes[1], 3.8),
        Mark::at_most("(a) DSA W2, beta 3.6 / 0.6", w2[last] / w2[1], 1.6),
        Mark::at_least("(a) DSA W2, largest mean over beta", largest, 0.04),
        Mark::at_most("(a) DSA W2, largest mean over beta", largest, 0.14),
    ];
    let line = |values: &[f64]| BETAS.iter().copied().zip(values.iter().copied()).collect();
    let lines = [("DSA W2".to_owned(), line(&w2)), ("Procrustes".to_owned(), line(&procrustes))];
    let title = "C (a): a ring seen through steeper sigmoids";
    let picture = crate::pictures::curves(title, "beta", "distance to beta 0.1", false, &lines);
    let title = format!("{title}; means over {} networks", sweeps.len());
    let tables = vec![Table { title, rows }];
    Ok(Part { tables, marks, pictures: vec![picture], matrices: Vec::new() })
}

fn sweep(width: f64, seed: u64) -> Result<Sweep, Problem> {
    let ring = Ring { width, ..Ring::default() };
    let activity = ring.activity(seed).map_err(Problem::new)?;
    let seen: Vec<(Model<f64>, States)> =
        BETAS.iter().map(|beta| seen(&activity, ring.units, *beta)).collect::<Result<_, _>>()?;
    let models: Vec<&Model<f64>> = seen.iter().map(|(model, _)| model).collect();
    let procrustes =
        seen.iter().map(|(_, states)| states.procrustes(&seen[0].1)).collect::<Result<_, _>>()?;
    Ok(Sweep { w2: w2(models[0], &models)?, procrustes })
}

/// The recording at one beta, fitted.
fn seen(activity: &[f64], units: usize, beta: f64) -> Result<(Model<f64>, States), Problem> {
    let mut data: Vec<f64> = activity.iter().map(|g| 1.0 / (1.0 + libm::exp(-beta * g))).collect();
    centre(&mut data, units);
    let data = principal_components(&data, units, COMPONENTS).map_err(Problem::new)?;
    let samples = data.len() / COMPONENTS;
    let made = Simulated { trials: 1, samples, channels: COMPONENTS, data };
    Ok((FIT.of(&made)?, States::new(&made, 1, 1)?))
}
