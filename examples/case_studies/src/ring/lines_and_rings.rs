//! (b2) Populations of lines and rings at a stable step; the truth is whether the bump goes round.

use super::{COMPONENTS, Part, random_width};
use crate::baselines::States;
use crate::compare::{ANGULAR, PROCRUSTES, Population, W2};
use crate::pictures::{heat_map, scaling_map};
use crate::population::{Fit, System, made};
use crate::report::{Mark, Table};
use crate::ring::bump::{Turns, activity};
use crate::setup::{Setup, child_seed};
use dsa::problem::Problem;
use systems::observe::{centre, principal_components};
use systems::ring::{Network, Protocol, Start};
use systems::{Random, Simulated};

const QUIET: usize = 300;
const DRIVEN: usize = 2500;
const EVERY: usize = 40;
const SUBSTEPS: usize = 4;
/// The stated rank, and its neighbours.
const FITS: [Fit; 3] = [Fit::rank(10, 15), Fit::rank(10, 14), Fit::rank(10, 16)];
/// A line turns at most, a ring at least this often on average over trials; others are drawn again.
const MOST_TURNS_OF_A_LINE: f64 = 1.0;
const FEWEST_TURNS_OF_A_RING: f64 = 1.4;
const MOST_DRAWS: u64 = 20;
const CLASSES: [&str; 2] = ["line", "ring"];

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Line,
    Ring,
    /// Cut, but so little that the bump passes.
    AlmostRing,
}

struct Drawn {
    system: System,
    alpha: f64,
    turns: f64,
    draws: u64,
}

/// # Errors
/// A sentence if a recording cannot be fitted.
pub(super) fn run(setup: &Setup, seed: u64) -> Result<Part, Problem> {
    let (of_each, almost) = (setup.size(20, 4), setup.size(10, 2));
    let trials = setup.size(10, 10);
    let kind = |k: usize| match k {
        k if k < of_each => Kind::Line,
        k if k < 2 * of_each => Kind::Ring,
        _ => Kind::AlmostRing,
    };
    let drawn = made("C: lines and rings", 2 * of_each + almost, |k| {
        draw(kind(k), trials, child_seed(seed, 3, 2000 + 100 * k))
    })?;
    let facts: Vec<(f64, f64, u64)> = drawn.iter().map(|d| (d.alpha, d.turns, d.draws)).collect();
    let systems: Vec<System> = drawn.into_iter().map(|d| d.system).collect();
    let (main, extra) = (2 * of_each, 2 * of_each..2 * of_each + almost);
    let classes: Vec<usize> = (0..main).map(|k| k / of_each).collect();
    let name = |k: usize| format!("{}-{}", CLASSES[classes[k]], k % of_each + 1);
    let names: Vec<String> = (0..main).map(name).collect();
    let found = Population {
        title: "C (b2): lines and rings by whether the bump goes round (chance .500)",
        file: "lines-and-rings",
        names: &names,
        classes: &classes,
        systems: &systems[..main],
        other_fits: &["rank 14", "rank 16"],
    }
    .compare()?;
    let scores = &found.scores;
    let marks = vec![
        Mark::at_least("(b2) 1-NN accuracy, W2", scores[W2].nearest, 0.85),
        Mark::at_least("(b2) 1-NN accuracy, angular", scores[ANGULAR].nearest, 0.85),
        Mark::at_least("(b2) silhouette, W2", scores[W2].silhouette, 0.35),
        Mark::at_least("(b2) silhouette, angular", scores[ANGULAR].silhouette, 0.35),
    ];
    let mut pictures = Vec::new();
    for at in [W2, ANGULAR, PROCRUSTES] {
        pictures.push(heat_map("C (b2): lines and rings", &classes, &found.distances[at])?);
    }
    pictures.push(scaling_map(
        "C (b2): lines and rings",
        &CLASSES,
        &classes,
        &found.distances[W2],
    )?);
    let turns = turns_table(&facts, of_each);
    let almost = almost_table(&systems, &facts, of_each, extra)?;
    let tables = vec![found.table, turns, almost];
    Ok(Part { tables, marks, pictures, matrices: found.matrices })
}

/// Draws until the bump does what the class says.
fn draw(kind: Kind, trials: usize, seed: u64) -> Result<Drawn, Problem> {
    for draws in 1..=MOST_DRAWS {
        let seed = seed + draws;
        let mut random = Random::new(seed, 5);
        let units = 100 + random.index(50);
        let width = random_width(&mut random, units);
        let alpha = match kind {
            Kind::Line => random.uniform(0.0, 0.9),
            Kind::Ring => 1.0,
            Kind::AlmostRing => random.uniform(0.95, 1.0),
        };
        let (made, turns) = record(units, width, alpha, trials, seed)?;
        let as_it_should = match kind {
            Kind::Line => turns <= MOST_TURNS_OF_A_LINE,
            Kind::Ring => turns >= FEWEST_TURNS_OF_A_RING,
            Kind::AlmostRing => true,
        };
        if as_it_should {
            let models = FITS.iter().map(|fit| fit.of(&made)).collect::<Result<Vec<_>, _>>()?;
            let system = System { models, states: States::new(&made, 10, 1)? };
            return Ok(Drawn { system, alpha, turns, draws });
        }
    }
    Err(Problem::new(format!("no network with the bump of its class in {MOST_DRAWS} draws")))
}

/// The recording, and the mean number of turns.
fn record(
    units: usize,
    width: f64,
    alpha: f64,
    trials: usize,
    seed: u64,
) -> Result<(Simulated, f64), Problem> {
    let network = Network::new(units, width, alpha).map_err(Problem::new)?;
    let (mut data, mut turns) = (Vec::new(), 0.0);
    for trial in 0..trials {
        let mut random = Random::new(seed, 10 + trial as u64);
        let drive: Vec<f64> = (0..QUIET + DRIVEN)
            .map(|time| if time < QUIET { 0.0 } else { 1.0 + 0.5 * random.normal() })
            .collect();
        let protocol = Protocol { step: 0.5, substeps: SUBSTEPS, drive: &drive, noise: 0.0 };
        let mut followed = Turns::new(units);
        let start = Start::new(units, seed.wrapping_mul(1000).wrapping_add(trial as u64));
        network.run(&protocol, start, |time, state| {
            if time >= QUIET {
                followed.push(&activity(state));
                if (time - QUIET).is_multiple_of(EVERY) {
                    data.extend(state[units..].iter().map(|g| g.max(0.0)));
                }
            }
        });
        turns += followed.turns() / trials as f64;
    }
    centre(&mut data, units);
    let data = principal_components(&data, units, COMPONENTS).map_err(Problem::new)?;
    let samples = DRIVEN.div_ceil(EVERY);
    Ok((Simulated { trials, samples, channels: COMPONENTS, data }, turns))
}

fn turns_table(facts: &[(f64, f64, u64)], of_each: usize) -> Table {
    let header = ["class", "systems", "fewest turns", "most turns", "drawn again"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let names = [CLASSES[0], CLASSES[1], "alpha from .95 to 1"];
    for (name, part) in names.iter().zip(facts.chunks(of_each)) {
        let turns = || part.iter().map(|(_, turns, _)| *turns);
        rows.push(vec![
            (*name).to_owned(),
            part.len().to_string(),
            format!("{:.2}", turns().fold(f64::INFINITY, f64::min)),
            format!("{:.2}", turns().fold(0.0, f64::max)),
            part.iter().map(|(_, _, draws)| draws - 1).sum::<u64>().to_string(),
        ]);
    }
    Table { title: "C (b2): turns of the bump, mean over trials".to_owned(), rows }
}

/// Where networks that are cut, but let the bump pass, are placed.
fn almost_table(
    systems: &[System],
    facts: &[(f64, f64, u64)],
    of_each: usize,
    extra: std::ops::Range<usize>,
) -> Result<Table, Problem> {
    let header = ["alpha", "turns", "W2: nearest", "angular: nearest"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let known: Vec<_> = systems[..2 * of_each].iter().map(|system| &system.models[0]).collect();
    for k in extra {
        let model = &systems[k].models[0];
        let nearest = |distances: Vec<f64>| {
            let least = (0..distances.len()).min_by(|a, b| distances[*a].total_cmp(&distances[*b]));
            CLASSES[least.map_or(0, |k| k / of_each)].to_owned()
        };
        rows.push(vec![
            format!("{:.3}", facts[k].0),
            format!("{:.2}", facts[k].1),
            nearest(super::w2(model, &known)?),
            nearest(super::angular(model, &known)?),
        ]);
    }
    let title = "C (b2): cut, but the bump passes the gap: class of the nearest neighbour";
    Ok(Table { title: title.to_owned(), rows })
}
