//! Study A, first part: same dynamics, different geometry, exactly conjugate by construction.
//!
//! Three bits (or three leaky sums) behind random layers of five kinds (see [`systems::bits`]): the
//! kind of layer should not be seen in the operators, the task should.

use crate::baselines::States;
use crate::compare::{ANGULAR, Compared, PROCRUSTES, Population, W2};
use crate::pictures::{heat_map, scaling_map};
use crate::population::{Fit, System, latent_rank, made};
use crate::report::{Mark, Outcome, Table};
use crate::scores::{Distances, Scores};
use crate::setup::{Setup, child_seed};
use dsa::problem::Problem;
use dynamical_similarity::{CommonRank, Model};
use systems::bits::{Activation, Bits};

const DELAYS: usize = 10;
/// A rank far above that of the latent state.
const HIGH: usize = 15;
const LAYERS: [&str; 5] = ["identity", "tanh", "relu", "sigmoid", "softplus"];
/// What the rule should find: three bits.
const LATENT: usize = 3;
const TASKS: [&str; 2] = ["flip-flop", "integrator"];

/// # Errors
/// A sentence if a system cannot be fitted.
pub fn run(setup: &Setup, seed: u64) -> Result<Outcome, Problem> {
    let (per_layer, controls) = (setup.size(15, 6), setup.size(3, 2));
    let memories = LAYERS.len() * per_layer;
    let count = memories + LAYERS.len() * controls;
    let layer = |k: usize| if k < memories { k / per_layer } else { (k - memories) / controls };
    let simulate = |k: usize| {
        let bits = Bits {
            activation: Activation::ALL[layer(k)].1,
            leaky: k >= memories,
            trials: setup.size(60, 30),
            pulses: child_seed(seed, 1, 99_999),
            ..Bits::default()
        };
        bits.simulate(child_seed(seed, 1, k)).map_err(Problem::new)
    };
    // The rule sees the recordings, and no labels, before anything is fitted.
    let answers = made("A: ranks", count, |k| latent_rank(&simulate(k)?, DELAYS))?;
    let choice = CommonRank::of(&answers).map_err(Problem::new)?;
    let ranks = [choice.rank, choice.below().unwrap_or(choice.rank), choice.above(), HIGH];
    let systems = made("A: flip-flops", count, |k| {
        let made = simulate(k)?;
        let fits = ranks.iter().map(|rank| Fit::rank(DELAYS, *rank).of(&made));
        let models = fits.collect::<Result<Vec<_>, _>>()?;
        Ok(System { models, states: States::new(&made, DELAYS, 1)? })
    })?;
    let other_fits = ranks.map(|rank| format!("rank {rank}"));
    let other_fits: Vec<&str> = other_fits.iter().skip(1).map(String::as_str).collect();
    let tasks: Vec<usize> = (0..count).map(|k| usize::from(k >= memories)).collect();
    let names: Vec<String> =
        (0..count).map(|k| format!("{}-{}-{}", TASKS[tasks[k]], LAYERS[layer(k)], k)).collect();
    let by_task = Population {
        title: "Task: flip-flop or leaky integrator",
        file: "task",
        names: &names,
        classes: &tasks,
        systems: &systems,
        other_fits: &other_fits,
    }
    .compare()?;
    let kept: Vec<usize> = (0..memories).collect();
    let layers: Vec<usize> = kept.iter().map(|k| layer(*k)).collect();
    let by_layer = by_task
        .distances
        .iter()
        .map(|matrix| Scores::of(&layers, &matrix.among(count, &kept).values))
        .collect::<Result<Vec<_>, _>>()?;
    let tables = [rank_table(&choice), scale_table(&systems, &tasks)];
    outcome(seed, by_task, &by_layer, &layers, &kept, (&choice, tables))
}

/// How many recordings gave which answer.
pub(crate) fn rank_table(choice: &CommonRank) -> Table {
    let mut rows = vec![vec!["latent rank".to_owned(), "recordings".to_owned()]];
    rows.extend(
        choice.histogram.iter().map(|(rank, count)| vec![rank.to_string(), count.to_string()]),
    );
    Table { title: format!("Rank by the rule: {} for all", choice.rank), rows }
}

fn outcome(
    seed: u64,
    by_task: Compared,
    by_layer: &[Scores],
    layers: &[usize],
    kept: &[usize],
    (choice, [ranks, scale]): (&CommonRank, [Table; 2]),
) -> Result<Outcome, Problem> {
    let task = &by_task.scores;
    let recordings: usize = choice.histogram.iter().map(|(_, count)| count).sum();
    let at_three: usize =
        choice.histogram.iter().filter(|(rank, _)| *rank == LATENT).map(|(_, count)| count).sum();
    let marks = vec![
        Mark::at_least("rank of the rule 3, share", at_three as f64 / recordings as f64, 0.95),
        Mark::at_most("activation decoded (SVM, map), W2", by_layer[W2].machine_map, 0.40),
        Mark::at_most(
            "activation decoded (SVM, map), angular",
            by_layer[ANGULAR].machine_map,
            0.40,
        ),
        Mark::at_least(
            "activation decoded (SVM, map), Procrustes",
            by_layer[PROCRUSTES].machine_map,
            0.75,
        ),
        Mark::at_least("task decoded (1-NN), W2", task[W2].nearest, 0.99),
        Mark::at_least("task decoded (SVM, map), W2", task[W2].machine_map, 0.99),
        Mark::at_least("task decoded (1-NN), angular", task[ANGULAR].nearest, 0.90),
        Mark::at_least("task decoded (SVM, map), angular", task[ANGULAR].machine_map, 0.90),
    ];
    let count = by_task.matrices.first().map_or(0, |matrix| matrix.names.len());
    let mut pictures = Vec::new();
    for at in [W2, ANGULAR, PROCRUSTES] {
        let matrix = by_task.distances[at].among(count, kept);
        pictures.push(heat_map("A: flip-flops by layer", layers, &matrix)?);
        pictures.push(scaling_map("A: flip-flops by layer", &LAYERS, layers, &matrix)?);
    }
    let by_layer_table = score_table(
        "Activation of the layer (chance .200; low is right for DSA)",
        &by_task.distances,
        by_layer,
    );
    let by_task_table = balanced_table(&by_task.table.title, &by_task.distances, &by_task.scores);
    Ok(Outcome {
        study: "A",
        title: "same dynamics, different geometry (exactly conjugate flip-flops)",
        source: "own re-creation of figure 2; delays 10, rank by the rule for the latent rank",
        seed,
        tables: vec![ranks, by_layer_table, by_task_table, scale],
        marks,
        matrices: by_task.matrices,
        pictures,
        notes: vec![
            "Systems and recordings are our own: the published study trained networks.".to_owned(),
            "Rank selection is part of the method: above the latent dimension the operator sees \
             the harmonics of the curved observation, and the layer can be decoded (rank 4, rank 15)."
                .to_owned(),
            "At rank 3 the bits are three nearly equal modes: each operator is nearly a multiple of the \
             identity, and the angle does not see a positive factor. W2 does; the angle has only the rest to \
             tell the tasks apart."
                .to_owned(),
            "The larger task class alone is .833 of all: balanced accuracy is shown beside.".to_owned(),
        ],
    })
}

fn score_table(title: &str, distances: &[Distances], scores: &[Scores]) -> Table {
    let mut rows = vec![crate::report::score_header("distance")];
    for (matrix, scores) in distances.iter().zip(scores) {
        rows.push(crate::report::score_row(&matrix.measure, scores));
    }
    Table { title: title.to_owned(), rows }
}

/// Scores of classes of different sizes.
pub(crate) fn balanced_table(title: &str, distances: &[Distances], scores: &[Scores]) -> Table {
    let header = ["distance", "1-NN", "1-NN balanced", "SVM map", "SVM map balanced", "silhouette"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for (matrix, scores) in distances.iter().zip(scores) {
        let numbers = [
            scores.nearest,
            scores.nearest_balanced,
            scores.machine_map,
            scores.machine_map_balanced,
            scores.silhouette,
        ];
        let numbers = numbers.map(|x| format!("{x:.3}"));
        rows.push(std::iter::once(matrix.measure.clone()).chain(numbers).collect());
    }
    Table { title: title.to_owned(), rows }
}

/// How near the operators are to a multiple of the identity: |A - (tr A / r) I| / |A|, and tr A / r.
fn scale_table(systems: &[System], tasks: &[usize]) -> Table {
    let header = ["task", "tr A / r, mean", "least", "most", "|A - (tr A / r) I| / |A|, mean"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for (task, name) in TASKS.iter().enumerate() {
        let members = systems.iter().zip(tasks).filter(|(_, t)| **t == task);
        let (traces, rests): (Vec<f64>, Vec<f64>) =
            members.map(|(system, _)| trace_and_rest(&system.models[0])).unzip();
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len().max(1) as f64;
        rows.push(vec![
            (*name).to_owned(),
            format!("{:.4}", mean(&traces)),
            format!("{:.4}", traces.iter().copied().fold(f64::INFINITY, f64::min)),
            format!("{:.4}", traces.iter().copied().fold(0.0, f64::max)),
            format!("{:.4}", mean(&rests)),
        ]);
    }
    Table { title: "How near the operators are to a multiple of the identity".to_owned(), rows }
}

fn trace_and_rest(model: &Model<f64>) -> (f64, f64) {
    let a = model.operator();
    let order = a.rows();
    let trace = (0..order).map(|k| a.at(k, k)).sum::<f64>() / order as f64;
    // |A - t I|² = |A|² - r t² where t is the mean of the diagonal.
    let square = a.frobenius_norm().powi(2);
    (trace, ((square - order as f64 * trace * trace).max(0.0) / square).sqrt())
}
