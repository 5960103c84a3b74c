//! Study D: learning rules, without labels.
//!
//! Small networks learn ten digits under six rules (see [`systems::learning`]); each recording is the
//! hidden activity while learning goes on, aligned in time or not.

use crate::baselines::States;
use crate::compare::{ANGULAR, Compared, PROCRUSTES, Population, W2};
use crate::pictures::{heat_map, scaling_map};
use crate::population::{Fit, System, made};
use crate::report::{Mark, Outcome};
use crate::setup::{Setup, child_seed};
use dsa::problem::Problem;
use systems::learning::{Learning, Rule};

/// The stated rank, its neighbours, and the smaller of the two stated settings.
const FITS: [Fit; 4] = [Fit::rank(10, 10), Fit::rank(10, 9), Fit::rank(10, 11), Fit::rank(5, 5)];
const OTHER_FITS: [&str; 3] = ["rank 9", "rank 11", "delays 5, rank 5"];

/// # Errors
/// A sentence if a system cannot be fitted.
pub fn run(setup: &Setup, seed: u64) -> Result<Outcome, Problem> {
    let per_rule = setup.size(20, 8);
    let aligned = compare(seed, per_rule, false)?;
    let unaligned = compare(seed, per_rule, true)?;
    let classes = classes(per_rule);
    let (with, without) = (&aligned.scores, &unaligned.scores);
    let above = without[W2].nearest - without[PROCRUSTES].nearest;
    let marks = vec![
        Mark::at_least("aligned: 1-NN accuracy, W2", with[W2].nearest, 0.85),
        Mark::at_least("aligned: adjusted Rand, W2", with[W2].rand, 0.48),
        Mark::at_least("aligned: 1-NN accuracy, angular", with[ANGULAR].nearest, 0.70),
        Mark::at_least("aligned: silhouette, angular", with[ANGULAR].silhouette, 0.12),
        Mark::at_least("not aligned: 1-NN accuracy, W2", without[W2].nearest, 0.55),
        Mark::at_least("not aligned: the same above Procrustes", above, 0.08),
    ];
    let names = Rule::ALL.map(|(name, _)| name);
    let mut pictures = Vec::new();
    for (title, found) in [("D: aligned", &aligned), ("D: not aligned", &unaligned)] {
        for at in [W2, PROCRUSTES] {
            pictures.push(heat_map(title, &classes, &found.distances[at])?);
            pictures.push(scaling_map(title, &names, &classes, &found.distances[at])?);
        }
    }
    Ok(Outcome {
        study: "D",
        title: "learning rules, without labels",
        source: "own re-creation of figure 5; delays 10, rank 10",
        seed,
        tables: vec![aligned.table, unaligned.table],
        marks,
        matrices: aligned.matrices.into_iter().chain(unaligned.matrices).collect(),
        pictures,
        notes: vec![
            "Aligned in time, geometry does as well: Procrustes on states ties with the operators. \
             The published claim is only that the rules separate without labels."
                .to_owned(),
            "Learning is so smooth that some recordings have fewer directions to working precision than \
             the stated rank: their operators are padded with zeros."
                .to_owned(),
            "Not aligned, each recording begins at its own step and has its own stride: states of \
             one index do not belong together, and the operators are ahead."
                .to_owned(),
        ],
    })
}

fn classes(per_rule: usize) -> Vec<usize> {
    (0..Rule::ALL.len() * per_rule).map(|k| k / per_rule).collect()
}

fn compare(seed: u64, per_rule: usize, unaligned: bool) -> Result<Compared, Problem> {
    let classes = classes(per_rule);
    let systems = made("D: networks that learn", classes.len(), |k| {
        let learning = Learning { rule: Rule::ALL[classes[k]].1, unaligned, ..Learning::default() };
        let made = learning.simulate(child_seed(seed, 4, k)).map_err(Problem::new)?;
        let models = FITS.iter().map(|fit| fit.of(&made)).collect::<Result<Vec<_>, _>>()?;
        Ok(System { models, states: States::new(&made, 10, 1)? })
    })?;
    let names: Vec<String> = classes
        .iter()
        .enumerate()
        .map(|(k, c)| format!("{}-{}", Rule::ALL[*c].0, k % per_rule + 1))
        .collect();
    let (title, file) = if unaligned {
        ("Recordings that are not aligned in time (chance .167)", "not-aligned")
    } else {
        ("Recordings aligned in time (chance .167)", "aligned")
    };
    Population {
        title,
        file,
        names: &names,
        classes: &classes,
        systems: &systems,
        other_fits: &OTHER_FITS,
    }
    .compare()
}
