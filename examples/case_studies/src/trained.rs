//! Study A, second part: trained networks. Reported, without a mark.
//!
//! Recurrent networks of four kinds that were trained to hold three bits (3-bit flip-flop, Sussillo & Barak
//! 2013) or three leaky sums, all probed with the same pulses. Nothing makes them conjugate: whether
//! training has led different kinds to the same dynamics is what is asked.

use crate::baselines::States;
use crate::compare::{ANGULAR, Compared, PROCRUSTES, Population, W2};
use crate::flip_flop::{balanced_table, rank_table};
use crate::network::{BITS, KINDS, Network, TASKS, Task, pulses};
use crate::pictures::{heat_map, scaling_map};
use crate::population::{Fit, System, latent_rank, made};
use crate::report::{Mark, Outcome, Table};
use crate::scores::Scores;
use crate::setup::{Setup, child_seed};
use dsa::problem::Problem;
use dynamical_similarity::CommonRank;
use systems::observe::{centre, principal_components, unit_norm};
use systems::{Random, Simulated};

const DELAYS: usize = 10;
/// Steps of a trial, of which the first are dropped.
const STEPS: usize = 250;
const DROPPED: usize = 50;
const COMPONENTS: usize = 10;
/// Deviation of the noise that every unit gets in every step.
const NOISE: f64 = 0.01;

/// Pulses and noise of one seed.
struct Probe {
    pulses: Vec<f64>,
    trials: usize,
    seed: u64,
}

impl Probe {
    /// The recording of network `k`, and how well it does its task meanwhile.
    fn record(&self, network: &Network, k: usize) -> Result<(Simulated, f64), Problem> {
        let mut random = Random::new(child_seed(self.seed, 6, k), 0);
        let states = network.states(&self.pulses, STEPS, NOISE, &mut random);
        let score = network.task.score(&self.pulses, &network.outputs(&states), STEPS);
        let units = network.hidden();
        let mut kept: Vec<f64> = states
            .chunks(STEPS * units)
            .flat_map(|trial| trial.iter().skip(DROPPED * units).copied())
            .collect();
        centre(&mut kept, units);
        let mut data = principal_components(&kept, units, COMPONENTS).map_err(Problem::new)?;
        unit_norm(&mut data);
        let channels = COMPONENTS.min(units);
        Ok((Simulated { trials: self.trials, samples: STEPS - DROPPED, channels, data }, score))
    }
}

/// # Errors
/// A sentence if a network cannot be read or fitted.
pub fn run(setup: &Setup, seed: u64) -> Result<Outcome, Problem> {
    let networks = Network::all()?;
    let trials = setup.size(60, 30);
    let probe = Probe { pulses: pulses(trials, STEPS, child_seed(seed, 6, 99_999)), trials, seed };
    // The rule sees the recordings, and no labels, before anything is fitted.
    let recordings = made("A2: ranks", networks.len(), |k| {
        let (made, score) = probe.record(&networks[k], k)?;
        let rank = latent_rank(&made, DELAYS)?;
        Ok((made, score, rank))
    })?;
    let answers: Vec<usize> = recordings.iter().map(|(_, _, rank)| *rank).collect();
    let choice = CommonRank::of(&answers).map_err(Problem::new)?;
    let ranks: Vec<usize> =
        [Some(choice.rank), choice.below(), Some(choice.above())].into_iter().flatten().collect();
    let systems = made("A2: trained networks", networks.len(), |k| {
        let (made, _, _) = &recordings[k];
        let fits = ranks.iter().map(|rank| Fit::rank(DELAYS, *rank).of(made));
        let models = fits.collect::<Result<Vec<_>, _>>()?;
        Ok(System { models, states: States::new(made, DELAYS, 1)? })
    })?;
    let other_fits: Vec<String> = ranks.iter().skip(1).map(|rank| format!("rank {rank}")).collect();
    let other_fits: Vec<&str> = other_fits.iter().map(String::as_str).collect();
    let names: Vec<String> = networks.iter().map(|network| network.name.clone()).collect();
    let by_task = Population {
        title: "Task: flip-flop or leaky integrator",
        file: "networks",
        names: &names,
        classes: &tasks(&networks),
        systems: &systems,
        other_fits: &other_fits,
    }
    .compare()?;
    let scores: Vec<f64> = recordings.iter().map(|(_, score, _)| *score).collect();
    outcome(seed, &networks, by_task, &choice, network_table(&networks, &scores, &answers))
}

fn tasks(networks: &[Network]) -> Vec<usize> {
    networks.iter().map(|network| network.task as usize).collect()
}

fn outcome(
    seed: u64,
    networks: &[Network],
    by_task: Compared,
    choice: &CommonRank,
    list: Table,
) -> Result<Outcome, Problem> {
    let kept: Vec<usize> =
        (0..networks.len()).filter(|k| networks[*k].task == Task::FlipFlop).collect();
    let kinds: Vec<usize> = kept.iter().map(|k| networks[*k].kind as usize).collect();
    let by_kind = by_task
        .distances
        .iter()
        .map(|matrix| Scores::of(&kinds, &matrix.among(networks.len(), &kept).values))
        .collect::<Result<Vec<_>, _>>()?;
    let of_kind = format!("Kind of the {} flip-flop networks (chance, balanced: .250)", kept.len());
    let kind_table = balanced_table(&of_kind, &by_task.distances, &by_kind);
    let task_table = balanced_table(&by_task.table.title, &by_task.distances, &by_task.scores);
    let (kind_names, task_names) = (KINDS.map(|(name, _)| name), TASKS.map(|(name, _)| name));
    let tasks = tasks(networks);
    let mut pictures = Vec::new();
    for at in [W2, ANGULAR, PROCRUSTES] {
        let all = &by_task.distances[at];
        let flip_flops = all.among(networks.len(), &kept);
        pictures.push(heat_map("A2: trained flip-flops by kind", &kinds, &flip_flops)?);
        pictures.push(scaling_map("A2: trained flip-flops", &kind_names, &kinds, &flip_flops)?);
        pictures.push(scaling_map("A2: trained networks", &task_names, &tasks, all)?);
    }
    Ok(Outcome {
        study: "A2",
        title: "trained networks: is their kind seen, is their task? (reported, no pass mark)",
        source: "own re-creation of figure 2: networks trained by the program beside them; delays 10, rank \
                 by the rule for the latent rank",
        seed,
        tables: vec![rank_table(choice), kind_table, task_table, list],
        marks: reported(choice, &by_task, &by_kind),
        matrices: by_task.matrices,
        pictures,
        notes: notes(),
    })
}

/// The headline at the rank of the rule, and the operators at its neighbours.
fn reported(choice: &CommonRank, by_task: &Compared, by_kind: &[Scores]) -> Vec<Mark> {
    let mut marks = vec![Mark::reported("rank of the rule", choice.rank as f64)];
    for (label, all) in [("kind", by_kind), ("task", by_task.scores.as_slice())] {
        for (at, (matrix, scores)) in by_task.distances.iter().zip(all).enumerate() {
            // Seeds may have different ranks: their lines are those of one place beside the rule's.
            let name = match matrix.measure.split_once(", rank ") {
                Some((name, rank)) if rank.parse() == Ok(choice.above()) => {
                    format!("{name}, one rank above")
                }
                Some((name, _)) => format!("{name}, one rank below"),
                None => matrix.measure.clone(),
            };
            if [W2, ANGULAR, PROCRUSTES].contains(&at) || name.contains("one rank") {
                let values = [scores.nearest_balanced, scores.machine_map_balanced];
                marks.extend(["1-NN", "SVM, map"].iter().zip(values).map(|(how, value)| {
                    Mark::reported(format!("{label} decoded ({how}, balanced), {name}"), value)
                }));
            }
        }
    }
    marks
}

/// What each network does under these pulses and this noise.
fn network_table(networks: &[Network], scores: &[f64], ranks: &[usize]) -> Table {
    let mut rows =
        vec![["network", "bit accuracy, or R2", "latent rank"].map(str::to_owned).to_vec()];
    for ((network, score), rank) in networks.iter().zip(scores).zip(ranks) {
        rows.push(vec![network.name.clone(), format!("{score:.4}"), rank.to_string()]);
    }
    Table { title: format!("Networks, probed with noise {NOISE} on {BITS} inputs"), rows }
}

fn notes() -> Vec<String> {
    vec![
        "Seeds change pulses and noise. The networks are the same on every seed: agreement of seeds \
         says nothing about other networks."
            .to_owned(),
        "The rule answers 3 for most flip-flops and 4 for most integrators, so that the lower median of all \
         falls on either side from seed to seed: read the lines at both ranks."
            .to_owned(),
        "No mark was set: unlike in A, nothing makes these networks conjugate, so that a kind that is \
         decoded may be a failure of the method or a true difference of their dynamics."
            .to_owned(),
    ]
}
