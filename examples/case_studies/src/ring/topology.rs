//! (b) A line is closed to a ring, at the published step and at a stable one.

use super::{COMPONENTS, Part, angular, drive_with_flips, random_width, w2};
use crate::baselines::States;
use crate::population::{Fit, made};
use crate::report::{Mark, Picture, Table};
use crate::ring::bump;
use crate::setup::{Setup, child_seed};
use dsa::problem::Problem;
use dynamical_similarity::Model;
use systems::observe::{centre, principal_components};
use systems::ring::{Network, Protocol, Start};
use systems::{Random, Simulated};

const ALPHAS: usize = 11;
const SET_UP: usize = 1000;
const KEPT: usize = 8000;
const FIT: Fit = Fit::rank(10, 16);
/// l / N at the published step.
const FRACTIONS: [f64; 3] = [0.56, 0.605, 0.64];
/// A run is a ring attractor if it has a single bump in this fraction of samples.
const SINGLE: f64 = 0.98;
/// tau.
const TIME_CONSTANT: f64 = 10.0;

/// One network, closed in ten steps.
struct Repeat {
    label: String,
    group: usize,
    /// Of its group.
    number: usize,
    runs: Vec<Run>,
    w2: Vec<f64>,
    angular: Vec<f64>,
    procrustes: Vec<f64>,
}

/// One recording.
struct Run {
    model: Model<f64>,
    states: States,
    /// Eigenvalues with negative real part.
    negative: usize,
    /// Fraction of samples with one bump.
    single: f64,
    /// [`euler_factor`] at this step.
    factor: f64,
}

impl Run {
    fn is_valid(&self) -> bool {
        self.single >= SINGLE && self.negative == 0
    }
}

/// Tables, marks and pictures of both steps.
///
/// # Errors
/// A sentence if a recording cannot be fitted.
pub(super) fn run(setup: &Setup, seed: u64) -> Result<Part, Problem> {
    let (coarse, fine) = (setup.size(4, 1), setup.size(12, 3));
    let alphas: Vec<usize> = if setup.quick { vec![0, 9, 10] } else { (0..ALPHAS).collect() };
    let repeats = made("C: rings that close", 3 * coarse + fine, |k| {
        let published = k < 3 * coarse;
        let (group, number) =
            if published { (k / coarse, k % coarse) } else { (FRACTIONS.len(), k - 3 * coarse) };
        repeat(&alphas, group, number + 1, child_seed(seed, 3, 1000 + k))
    })?;
    let (published, stable) = repeats.split_at(3 * coarse);
    let tables = vec![
        ratio_table(published),
        mean_table(&alphas, &repeats),
        negative_table(&alphas, &repeats),
    ];
    let mut marks = Vec::new();
    for (score, of) in SCORES {
        for repeat in published {
            let (fraction, number) = (FRACTIONS[repeat.group], repeat.number);
            let what =
                format!("(b) dt .5, l/N {fraction}, network {number}: {score}, alpha 1 / .9");
            let ratio = ratio(of(repeat));
            marks.push(if repeat.group == 1 {
                Mark::at_least(what, ratio, 10.0)
            } else {
                Mark::at_most(what, ratio, 5.0)
            });
        }
    }
    for (score, of) in SCORES.into_iter().chain([("Procrustes", (|r| &r.procrustes) as Of)]) {
        let end = alphas.len() - 1;
        let mean = |at: usize| stable.iter().map(|repeat| of(repeat)[at]).sum::<f64>();
        let what = format!("(b) dt .1: {score}, ratio of means, alpha 1 / .9");
        marks.push(Mark::at_most(what, mean(end) / mean(end - 1), 2.0));
    }
    let pictures = vec![picture(&alphas, &repeats)];
    Ok(Part { tables, marks, pictures, matrices: Vec::new() })
}

type Of = fn(&Repeat) -> &Vec<f64>;
const SCORES: [(&str, Of); 2] = [("W2", |r| &r.w2), ("angular", |r| &r.angular)];

fn ratio(values: &[f64]) -> f64 {
    match values {
        [.., before, last] => last / before,
        _ => f64::NAN,
    }
}

/// Group 0 to 2: published step, a fraction of [`FRACTIONS`]; group 3: substeps, random width.
fn repeat(alphas: &[usize], group: usize, number: usize, seed: u64) -> Result<Repeat, Problem> {
    let mut random = Random::new(seed, 5);
    let units = 100 + random.index(50);
    let width = match FRACTIONS.get(group) {
        Some(fraction) => (fraction * units as f64).round(),
        None => random_width(&mut random, units),
    };
    let drive = drive_with_flips(&mut random, SET_UP + KEPT);
    let substeps = if group < FRACTIONS.len() { 1 } else { 5 };
    let runs: Vec<Run> = alphas
        .iter()
        .map(|alpha| {
            let network = Network::new(units, width, *alpha as f64 * 0.1).map_err(Problem::new)?;
            let protocol = Protocol { step: 0.5, substeps, drive: &drive, noise: 0.0 };
            record(&network, &protocol, units, seed)
        })
        .collect::<Result<_, Problem>>()?;
    let models: Vec<&Model<f64>> = runs.iter().map(|run| &run.model).collect();
    Ok(Repeat {
        label: format!("l/N {:.3} (N {units})", width / units as f64),
        group,
        number,
        w2: w2(models[0], &models)?,
        angular: angular(models[0], &models)?,
        procrustes: runs
            .iter()
            .map(|run| run.states.procrustes(&runs[0].states))
            .collect::<Result<_, _>>()?,
        runs,
    })
}

fn record(
    network: &Network,
    protocol: &Protocol<'_>,
    units: usize,
    seed: u64,
) -> Result<Run, Problem> {
    let mut data = Vec::with_capacity(KEPT * units);
    let mut single = 0_usize;
    network.run(protocol, Start::new(units, seed), |time, state| {
        if time >= SET_UP {
            data.extend(state[units..].iter().map(|g| g.max(0.0)));
            single += usize::from(bump::count(&bump::activity(state)) == 1);
        }
    });
    centre(&mut data, units);
    let data = principal_components(&data, units, COMPONENTS).map_err(Problem::new)?;
    let made = Simulated { trials: 1, samples: KEPT, channels: COMPONENTS, data };
    let model = FIT.of(&made)?;
    let eigenvalues = model.eigenvalues().map_err(Problem::new)?;
    Ok(Run {
        negative: eigenvalues.iter().filter(|(real, _)| *real < 0.0).count(),
        single: single as f64 / KEPT as f64,
        factor: euler_factor(network, protocol, units, seed)?,
        states: States::new(&made, 1, 1)?,
        model,
    })
}

/// dt / tau (least eigenvalue of W on the active units of the bump - 1), with the bump that the network has
/// at a stable step: where it is below -2, Euler's method at dt leaves that bump.
fn euler_factor(
    network: &Network,
    protocol: &Protocol<'_>,
    units: usize,
    seed: u64,
) -> Result<f64, Problem> {
    let drive = protocol.drive.get(..SET_UP).unwrap_or_default();
    let stable = Protocol { step: protocol.step, substeps: 5, drive, noise: 0.0 };
    let mut bump = Vec::new();
    network.run(&stable, Start::new(units, seed), |_, state| state.clone_into(&mut bump));
    let least = network.least_eigenvalue(&bump).map_err(Problem::new)?;
    Ok(protocol.step / protocol.substeps as f64 / TIME_CONSTANT * (least - 1.0))
}

/// At the published step, each repeat: the jump, and what makes it.
fn ratio_table(repeats: &[Repeat]) -> Table {
    let header = [
        "network",
        "W2 1/.9",
        "angular 1/.9",
        "Procrustes 1/.9",
        "negative at .9",
        "negative at 1",
        "Euler at .9",
        "Euler at 1",
        "single bump",
        "ring attractor",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for repeat in repeats {
        let [.., before, last] = repeat.runs.as_slice() else { continue };
        rows.push(vec![
            repeat.label.clone(),
            format!("{:.2}", ratio(&repeat.w2)),
            format!("{:.2}", ratio(&repeat.angular)),
            format!("{:.2}", ratio(&repeat.procrustes)),
            before.negative.to_string(),
            last.negative.to_string(),
            format!("{:.2}", before.factor),
            format!("{:.2}", last.factor),
            format!("{:.3}", last.single),
            if last.is_valid() { "yes" } else { "no" }.to_owned(),
        ]);
    }
    let title = "C (b) at the published step dt = .5: the jump of the distance at alpha = 1, eigenvalues with \
                 negative real part, and dt/tau (least eigenvalue of W on the active units of the bump - 1), \
                 unstable below -2";
    Table { title: title.to_owned(), rows }
}

fn groups(repeats: &[Repeat]) -> Vec<(String, Vec<&Repeat>)> {
    let names = ["dt .5, l/N .56", "dt .5, l/N .605", "dt .5, l/N .64", "dt .1"];
    let of = |group: usize| repeats.iter().filter(|r| r.group == group).collect();
    names.iter().enumerate().map(|(group, name)| ((*name).to_owned(), of(group))).collect()
}

fn mean(repeats: &[&Repeat], of: Of, at: usize) -> f64 {
    repeats.iter().map(|repeat| of(repeat)[at]).sum::<f64>() / repeats.len().max(1) as f64
}

/// Means over repeats.
fn mean_table(alphas: &[usize], repeats: &[Repeat]) -> Table {
    let groups = groups(repeats);
    let mut header = vec!["alpha".to_owned()];
    for (name, _) in &groups {
        header.extend(["W2", "angular", "Procrustes"].map(|score| format!("{name}: {score}")));
    }
    let mut rows = vec![header];
    for (at, alpha) in alphas.iter().enumerate() {
        let mut row = vec![format!("{:.1}", *alpha as f64 * 0.1)];
        for (_, members) in &groups {
            let scores: [Of; 3] = [|r| &r.w2, |r| &r.angular, |r| &r.procrustes];
            row.extend(scores.map(|of| format!("{:.4}", mean(members, of, at))));
        }
        rows.push(row);
    }
    Table { title: "C (b): mean distance to alpha = 0".to_owned(), rows }
}

/// Beside every distance: eigenvalues with negative real part, and runs that are ring attractors.
fn negative_table(alphas: &[usize], repeats: &[Repeat]) -> Table {
    let mut header = vec!["network".to_owned()];
    header.extend(alphas.iter().map(|alpha| format!("{:.1}", *alpha as f64 * 0.1)));
    let mut rows = vec![header];
    for repeat in repeats {
        let step = if repeat.group < FRACTIONS.len() { "dt .5" } else { "dt .1" };
        let mut row = vec![format!("{step}, {}", repeat.label)];
        for (at, run) in repeat.runs.iter().enumerate() {
            let label = if run.is_valid() { "" } else { " *" };
            row.push(format!("{:.3} ({}){label}", repeat.w2[at], run.negative));
        }
        rows.push(row);
    }
    let title = "C (b): W2 to alpha = 0 (eigenvalues with negative real part); * not a ring attractor or \
                 line with a single bump";
    Table { title: title.to_owned(), rows }
}

fn picture(alphas: &[usize], repeats: &[Repeat]) -> Picture {
    let lines: Vec<(String, Vec<(f64, f64)>)> = groups(repeats)
        .iter()
        .map(|(name, members)| {
            let points = alphas.iter().enumerate().skip(1);
            let line =
                points.map(|(at, alpha)| (*alpha as f64 * 0.1, mean(members, |r| &r.w2, at)));
            (name.clone(), line.collect())
        })
        .collect();
    let title = "C (b): a line closed to a ring; the jump at 1 is the step";
    crate::pictures::curves(title, "alpha", "DSA W2 to alpha 0", true, &lines)
}
