//! Study B: same geometry, different dynamics.
//!
//! Three kinds of attractors whose condition averages are the same (see [`systems::attractors`]):
//! the operators tell them apart, the averages cannot.

use crate::baselines::States;
use crate::compare::{ANGULAR, PROCRUSTES, Population, W2, W2_SQUARED};
use crate::flip_flop::rank_table;
use crate::pictures::{heat_map, scaling_map};
use crate::population::{Fit, System, latent_rank, made};
use crate::report::{Mark, Outcome};
use crate::setup::{Setup, child_seed};
use dsa::problem::Problem;
use dynamical_similarity::CommonRank;
use systems::Simulated;
use systems::attractors::Attractors;

const CLASSES: [&str; 3] = ["bistable", "line", "point"];
const SYSTEMS: [systems::System; 3] =
    [systems::System::Bistable, systems::System::Line, systems::System::Point];
const DELAYS: usize = 20;
/// The stated rank, and its neighbours.
const FITS: [Fit; 3] = [Fit::rank(DELAYS, 15), Fit::rank(DELAYS, 14), Fit::rank(DELAYS, 16)];

/// # Errors
/// A sentence if a system cannot be fitted.
pub fn run(setup: &Setup, seed: u64) -> Result<Outcome, Problem> {
    let triplets = setup.size(20, 5);
    let settings =
        Attractors { trials_per_condition: setup.size(100, 30), ..Attractors::default() };
    let simulate = |k: usize| {
        let (class, triplet) = (k / triplets, k % triplets);
        settings.simulate(SYSTEMS[class], child_seed(seed, 2, triplet))
    };
    // The averages carry all the predictable energy: without them the rule sees what is left.
    let answers = made("B: ranks", 3 * triplets, |k| {
        latent_rank(&averages(&simulate(k), settings.trials_per_condition).1, DELAYS)
    })?;
    let choice = CommonRank::of(&answers).map_err(Problem::new)?;
    let systems = made("B: attractors", 3 * triplets, |k| {
        let made = simulate(k);
        let (averages, centred) = averages(&made, settings.trials_per_condition);
        let mut models = FITS.iter().map(|fit| fit.of(&made)).collect::<Result<Vec<_>, _>>()?;
        models.push(Fit::rank(DELAYS, choice.rank).of(&centred)?);
        Ok(System { models, states: States::new(&averages, DELAYS, 1)? })
    })?;
    let classes: Vec<usize> = (0..3 * triplets).map(|k| k / triplets).collect();
    let names: Vec<String> = (0..3 * triplets)
        .map(|k| format!("{}-{}", CLASSES[k / triplets], k % triplets + 1))
        .collect();
    let without_averages = format!("without averages, rank {} by the rule", choice.rank);
    let population = Population {
        title: "Three kinds of attractors with the same condition averages (chance .333); baselines on the averages",
        file: "attractors",
        names: &names,
        classes: &classes,
        systems: &systems,
        other_fits: &["rank 14", "rank 16", &without_averages],
    };
    let found = population.compare()?;
    let (scores, title) = (&found.scores, "B: three attractors");
    let marks = vec![
        Mark::at_least("1-NN accuracy, W2", scores[W2].nearest, 0.95),
        Mark::at_least("1-NN accuracy, angular", scores[ANGULAR].nearest, 0.95),
        Mark::at_most("1-NN accuracy, Procrustes on averages", scores[PROCRUSTES].nearest, 0.10),
        Mark::at_least("silhouette, W2", scores[W2].silhouette, 0.65),
        Mark::at_least("silhouette, W2 squared", scores[W2_SQUARED].silhouette, 0.78),
        Mark::at_least("silhouette, angular", scores[ANGULAR].silhouette, 0.65),
    ];
    let mut pictures = Vec::new();
    for at in [W2, ANGULAR, PROCRUSTES] {
        pictures.push(heat_map(title, &classes, &found.distances[at])?);
        pictures.push(scaling_map(title, &CLASSES, &classes, &found.distances[at])?);
    }
    let mut ranks = rank_table(&choice);
    ranks.title = format!("Without the condition averages. {}", ranks.title);
    Ok(Outcome {
        study: "B",
        title: "same geometry, different dynamics",
        source: "published equations (authors' notebook of figure 3); delays 20, rank 15, ridge 1e-8",
        seed,
        tables: vec![found.table, ranks],
        marks,
        matrices: found.matrices,
        pictures,
        notes: vec![
            "Every triplet shares its condition averages: the nearest neighbour by geometry is the sibling of \
             another class, so geometric accuracy near 0 is below chance by construction."
                .to_owned(),
        ],
    })
}

/// The average of each condition (as two trials), and the trials without them.
fn averages(made: &Simulated, per_condition: usize) -> (Simulated, Simulated) {
    let length = made.samples * made.channels;
    let mut centred = made.clone();
    let mut averages = Vec::with_capacity(2 * length);
    for condition in centred.data.chunks_mut(per_condition * length) {
        let mut average = vec![0.0; length];
        for trial in condition.chunks(length) {
            average.iter_mut().zip(trial).for_each(|(to, x)| *to += x / per_condition as f64);
        }
        for trial in condition.chunks_mut(length) {
            trial.iter_mut().zip(&average).for_each(|(x, mean)| *x -= mean);
        }
        averages.extend(average);
    }
    let trials = made.data.len() / length / per_condition;
    (Simulated { trials, data: averages, ..*made }, centred)
}
