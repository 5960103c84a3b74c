//! The rules for the rank on simulated recordings whose answer is known, and how the program uses them.
//!
//! `cargo test --release -p dynamical-similarity-cli --test all rank:: -- --ignored --nocapture` runs every system
//! with three seeds and prints the tables.

use crate::common::{made, trials};
use dynamical_similarity::{
    Centre, CommonRank, DistanceMatrix, Dmd, HeldOut, LatentEvidence, LatentRank, Measure, Model,
    Procrustes, Rank, Recording, StateOrder, Wasserstein,
};
use rayon::prelude::*;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};
use systems::bits::Bits;
use systems::{Options, Simulated, System, simulate};

const ACTIVATIONS: [&str; 5] = ["identity", "tanh", "relu", "sigmoid", "softplus"];

/// Bits or leaky sums behind a random layer.
fn observed(system: System, activation: &str, seed: u64) -> Simulated {
    let options = Options { activation: Some(activation.to_owned()), ..Options::default() };
    simulate(system, &options, seed).unwrap()
}

/// The latent rank of a recording, and whether it is the same in single precision.
fn latent(made: &Simulated, delays: usize) -> (LatentRank, bool) {
    let dmd = Dmd::new().delays(delays);
    let double = LatentEvidence::of(&trials(made), &dmd).unwrap().rank;
    let data: Vec<f32> = made.data.iter().map(|x| *x as f32).collect();
    let trial = made.samples * made.channels;
    let single: Vec<_> =
        data.chunks(trial).map(|x| Recording::new(x, made.channels).unwrap()).collect();
    let single = LatentEvidence::of(&single, &dmd).unwrap().rank;
    (double, single == double)
}

#[test]
fn the_latent_rank_is_three_behind_every_activation() {
    let cases: Vec<(System, &str)> = ACTIVATIONS
        .map(|name| (System::FlipFlop, name))
        .into_iter()
        .chain([(System::Integrator, "relu"), (System::Integrator, "tanh")])
        .collect();
    let found: Vec<(LatentRank, bool)> = cases
        .par_iter()
        .map(|(system, activation)| latent(&observed(*system, activation, 11), 10))
        .collect();
    for ((_, activation), (rank, alike)) in cases.iter().zip(found) {
        assert_eq!((rank, alike), (LatentRank::Found(3), true), "{activation}");
    }
}

/// Orders found for linear systems of one dimension, and how many recordings of `seeds` seeds.
fn orders(dimension: usize, seeds: u64) -> Vec<usize> {
    let mut cases = Vec::new();
    for delays in [5, 10] {
        for noise in [0.01, 0.1, 0.3] {
            cases.extend((0..seeds).map(|seed| (delays, noise, seed)));
        }
    }
    cases
        .par_iter()
        .map(|(delays, noise, seed)| {
            let options = Options {
                dimension: Some(dimension),
                channels: Some([4, 6, 8, 10, 12][*seed as usize % 5]),
                noise: Some(*noise),
                trials: Some(10),
                samples: Some(300),
                ..Options::default()
            };
            let made = simulate(System::Linear, &options, 31 * seed + 7).unwrap();
            StateOrder::of(&trials(&made), &Dmd::new().delays(*delays)).unwrap().order
        })
        .collect()
}

#[test]
fn the_state_order_of_linear_systems_is_exact() {
    for dimension in [2, 3, 4] {
        assert_eq!(orders(dimension, 1), [dimension; 6], "{dimension}");
    }
}

#[test]
#[ignore = "minutes: every system, three seeds"]
fn the_latent_rank_is_three_for_every_system_delay_and_seed() {
    let mut all = Vec::new();
    for delays in [5, 10, 20] {
        for (name, system) in [("bits", System::FlipFlop), ("leaky", System::Integrator)] {
            for activation in ACTIVATIONS {
                let found: Vec<(LatentRank, bool)> = [101_u64, 202, 303]
                    .par_iter()
                    .map(|seed| latent(&observed(system, activation, *seed), delays))
                    .collect();
                println!("d {delays:2} {name:5} {activation:8} {found:?}");
                all.extend(found);
            }
        }
    }
    let three = all.iter().filter(|(rank, _)| *rank == LatentRank::Found(3)).count();
    let alike = all.iter().filter(|(_, alike)| *alike).count();
    println!("{three} of {} at 3, {alike} the same in f32", all.len());
    assert!(three as f64 >= 0.95 * all.len() as f64 && alike as f64 >= 0.95 * all.len() as f64);
    let answers: Vec<usize> = all.iter().map(|(rank, _)| rank.number()).collect();
    assert_eq!(CommonRank::of(&answers).unwrap().rank, 3);
}

#[test]
#[ignore = "minutes: thirty recordings a size"]
fn the_state_order_of_thirty_linear_systems_a_size_is_exact() {
    for dimension in [2, 3, 4, 6] {
        let found = orders(dimension, 5);
        let exact = found.iter().filter(|order| **order == dimension).count();
        let near = found.iter().filter(|order| order.abs_diff(dimension) <= 1).count();
        println!(
            "state {dimension}: {exact} exact, {near} within 1, of {}: {found:?}",
            found.len()
        );
        let enough = if dimension < 6 { exact } else { near };
        assert_eq!(enough, 30, "{dimension}");
    }
}

/// Fraction whose nearest other recording is of their class.
fn nearest(classes: &[usize], matrix: &DistanceMatrix<f64>) -> f64 {
    let right = (0..classes.len()).filter(|i| {
        let others = (0..classes.len()).filter(|j| j != i);
        let near =
            others.min_by(|a, b| matrix.distance(*i, *a).total_cmp(&matrix.distance(*i, *b)));
        near.is_some_and(|j| classes[j] == classes[*i])
    });
    right.count() as f64 / classes.len() as f64
}

/// Seventy-five systems of bits and fifteen leaky ones, all with the same pulses: at which ranks their
/// distances tell the activation (chance 0.2) and the task.
fn decoded(pulses: u64) -> Vec<(usize, &'static str, f64, f64)> {
    let made: Vec<Simulated> = (0..90_usize)
        .into_par_iter()
        .map(|k| {
            let activation = ACTIVATIONS[k % 5].parse().unwrap();
            let bits = Bits { activation, leaky: k >= 75, pulses, ..Bits::default() };
            bits.simulate(1000 * pulses + k as u64).unwrap()
        })
        .collect();
    let answers: Vec<usize> = made.par_iter().map(|made| latent(made, 10).0.number()).collect();
    let study = CommonRank::of(&answers).unwrap();
    println!("pulses {pulses}: {study:?}");
    assert_eq!(study.rank, 3);
    let activation: Vec<usize> = (0..75).map(|k| k % 5).collect();
    let task: Vec<usize> = (0..90).map(|k| usize::from(k >= 75)).collect();
    let mut seen = Vec::new();
    for rank in [2, 3, 4] {
        let dmd = Dmd::new().delays(10).rank(Rank::Fixed(rank));
        let models: Vec<Model<f64>> =
            made.par_iter().map(|made| dmd.fit(&trials(made)).unwrap()).collect();
        let operators: Vec<_> = models.iter().map(Model::operator).collect();
        for (name, measure) in [
            ("W2", Measure::Wasserstein(Wasserstein::new())),
            ("angular", Measure::Procrustes(Procrustes::new())),
        ] {
            let bits = DistanceMatrix::among(&operators[..75], &measure, None).unwrap();
            let all = DistanceMatrix::among(&operators, &measure, None).unwrap();
            let (activation, task) = (nearest(&activation, &bits), nearest(&task, &all));
            println!("rank {rank} {name:8} 1-NN activation {activation:.3} task {task:.3}");
            seen.push((rank, name, activation, task));
        }
    }
    seen
}

#[test]
#[ignore = "minutes: three times ninety recordings, all pairs, three ranks"]
fn the_activation_is_not_seen_at_the_latent_rank_and_seen_one_above() {
    let mut angular_task = Vec::new();
    for pulses in [101, 102, 103] {
        let seen = decoded(pulses);
        let of =
            |rank: usize, name: &str| seen.iter().find(|x| (x.0, x.1) == (rank, name)).unwrap();
        for name in ["W2", "angular"] {
            let (at, above) = (of(3, name), of(4, name));
            assert!(at.2 <= 0.4 && above.2 > at.2, "{at:?} {above:?}");
        }
        assert!(of(3, "W2").3 >= 0.99, "{:?}", of(3, "W2"));
        angular_task.push(of(3, "angular").3);
    }
    // No bound: all modes are slow, so operators are nearly multiples of the identity, and an angle does not
    // see the factor. What is left to it is how unequally often the three bits flip, which the pulses decide.
    println!("angular task, nearest neighbour: {angular_task:?}");
}

/// The answer of every rule, latent first; `None` where a rule refuses the recording.
fn answers(made: &Simulated, delays: usize) -> Vec<Option<usize>> {
    let (dmd, trials) = (Dmd::new().delays(delays).centre(Centre::Mean), trials(made));
    let fitted = |rank| dmd.rank(rank).fit(&trials).ok().map(|model| model.rank());
    vec![
        LatentEvidence::of(&trials, &dmd).ok().map(|found| found.rank.number()),
        StateOrder::of(&trials, &dmd).ok().map(|found| found.order),
        fitted(Rank::HardThreshold),
        fitted(Rank::ExplainedVariance(0.95)),
        HeldOut::of(&trials, &dmd, 30, 1).ok().map(|found| found.rank()),
    ]
}

#[test]
#[ignore = "minutes: the table of the documentation of the rules"]
fn the_answers_of_every_rule() {
    let activation =
        |name: &str| Options { activation: Some(name.to_owned()), ..Options::default() };
    let linear = |dimension| Options {
        dimension: Some(dimension),
        channels: Some(8),
        noise: Some(0.1),
        trials: Some(10),
        samples: Some(300),
        ..Options::default()
    };
    let lorenz = |rho| Options { rho: Some(rho), ..Options::default() };
    let few = Options { trials: Some(40), ..Options::default() };
    let ring = Options { alpha: Some(1.0), ..Options::default() };
    let mut rows: Vec<(String, System, Options)> = Vec::new();
    for name in ACTIVATIONS {
        rows.push((format!("flip-flop {name}"), System::FlipFlop, activation(name)));
    }
    for name in ACTIVATIONS {
        rows.push((format!("integrator {name}"), System::Integrator, activation(name)));
    }
    for dimension in [2, 3, 4, 6, 8] {
        rows.push((format!("linear {dimension}"), System::Linear, linear(dimension)));
    }
    for rho in [28.0, 75.0, 152.0, 220.0] {
        rows.push((format!("lorenz {rho}"), System::Lorenz, lorenz(rho)));
    }
    for (name, system) in
        [("bistable", System::Bistable), ("line", System::Line), ("point", System::Point)]
    {
        rows.push((format!("{name} without condition means"), system, few.clone()));
    }
    rows.push(("ring".to_owned(), System::Ring, ring));
    println!(
        "means of 3 seeds (- refused): latent, state order, hard threshold, variance 0.95, held-out"
    );
    for (name, system, options) in rows {
        let found: Vec<Vec<Option<usize>>> =
            [1, 2, 3].par_iter().map(|seed| answers(&made(system, &options, *seed), 10)).collect();
        let mean = |rule: usize| -> String {
            let given: Vec<usize> = found.iter().filter_map(|answers| answers[rule]).collect();
            match given.len() {
                0 => "-".to_owned(),
                count => format!("{:.1}", given.iter().sum::<usize>() as f64 / count as f64),
            }
        };
        println!("{name:34} {}", [0, 1, 2, 3, 4].map(mean).join("  "));
        if matches!(system, System::FlipFlop | System::Integrator) {
            assert_eq!(mean(0), "3.0", "{name}");
        }
    }
}

/// A folder with recordings made by the program.
struct Study(tempfile::TempDir);

impl Study {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn at(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn simulate(&self, name: &str, arguments: &[&str]) -> String {
        let file = self.at(name);
        let made = dsa(&[&["simulate"], arguments, &["--output", &file]].concat());
        assert!(made.status.success(), "{}", text(&made.stderr));
        file
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&std::fs::read(Path::new(&self.at(name))).unwrap()).unwrap()
    }
}

fn dsa(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dsa")).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_comparison_shares_the_latent_rank_and_shows_its_neighbours() {
    let study = Study::new();
    let mut files: Vec<String> = ["identity", "relu", "tanh"]
        .iter()
        .map(|activation| {
            let options =
                ["flip-flop", "--trials", "25", "--activation", activation, "--seed", "4"];
            study.simulate(&format!("{activation}.npy"), &options)
        })
        .collect();
    let noise: String = (0..600_u64)
        .map(|t| (t + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
        .map(|x| {
            format!("{}\n", ((x ^ (x >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 40) as f64)
        })
        .collect();
    std::fs::write(study.at("noise.csv"), noise).unwrap();
    files.push(study.at("noise.csv"));
    let names: Vec<&str> = files.iter().map(String::as_str).collect();
    let output = study.at("results");
    let settings = ["--delays", "10", "--metric", "wasserstein", "--output", &output];
    let found = dsa(&[&["compare"], &names[..], &settings].concat());
    let (shown, said) = (text(&found.stdout), text(&found.stderr));
    assert!(found.status.success(), "{said}");
    assert!(said.contains("rank 3 for all recordings, the lower median of their latent ranks, but at least 2: 3 in 3 recordings"), "{said}");
    assert!(
        said.contains("noise.csv: the rule for the rank has no answer: the past predicts less"),
        "{said}"
    );
    for rank in ["rank 2: distances", "rank 3: distances", "rank 4: distances"] {
        assert!(shown.contains(rank), "{shown}");
    }
    let report = study.json("results/report.json");
    assert_eq!(report["choice"]["rank"], 3);
    assert_eq!(report["choice"]["histogram"][0]["recordings"], 3);
    let first = &report["choice"]["recordings"][0];
    assert_eq!(first["latent"]["rank"], serde_json::json!({ "found": 3 }));
    assert!(first["latent"]["unexplained"][2].as_f64().unwrap() <= 0.02);
    // Evidence for other rules is not computed.
    assert!(first["state_order"].is_null() && first["predictive"].is_null());
    let ranks: Vec<u64> =
        report["ranks"].as_array().unwrap().iter().map(|x| x["rank"].as_u64().unwrap()).collect();
    assert_eq!(ranks, [2, 3, 4]);
    assert_eq!(report["models"][0]["rank"], 3);
}

#[test]
fn delays_and_rank_by_rule_are_said_and_kept_with_the_model() {
    let study = Study::new();
    let options =
        ["linear", "--dimension", "4", "--channels", "6", "--noise", "0.1", "--samples", "3000"];
    let file = study.simulate("linear.npy", &options);
    let model = study.at("model.json");
    let settings = ["--delays", "auto", "--rank", "state-order", "--output", &model];
    let found = dsa(&[&["fit", &file][..], &settings].concat());
    let said = text(&found.stderr);
    assert!(found.status.success(), "{said}");
    assert!(said.contains("the state order is 4; rank 4 is used"), "{said}");
    let kept = study.json("model.json");
    assert_eq!((&kept["rank"], &kept["settings"]["rank"]), (&4.into(), &"state-order".into()));
    let notes = kept["notes"].as_array().unwrap();
    assert!(notes.iter().all(|note| said.contains(note.as_str().unwrap())), "{notes:?}");
    assert!(notes[1].as_str().unwrap().contains("the state order is 4"), "{notes:?}");
    assert!((5..=40).contains(&kept["settings"]["delays"].as_u64().unwrap()), "{kept}");
    // The same number by hand gives the same operator.
    let delays = kept["settings"]["delays"].to_string();
    let by_hand = study.at("by-hand.json");
    let settings = ["--delays", &delays, "--rank", "4", "--output", &by_hand];
    assert!(dsa(&[&["fit", &file][..], &settings].concat()).status.success());
    assert_eq!(study.json("by-hand.json")["operator"], kept["operator"]);
}

#[test]
fn rank_one_is_left_out_beside_rank_two() {
    let study = Study::new();
    let files = ["1", "2"].map(|seed| {
        let options = ["linear", "--dimension", "2", "--channels", "4", "--noise", "0.1"];
        study.simulate(&format!("{seed}.npy"), &[&options[..], &["--seed", seed]].concat())
    });
    let settings = ["--delays", "5", "--rank", "state-order"];
    let found = dsa(&[&["compare", &files[0], &files[1]][..], &settings].concat());
    let shown = text(&found.stdout);
    assert!(
        text(&found.stderr)
            .contains("rank 2 for all recordings, the lower median of their state orders"),
        "{found:?}"
    );
    assert!(
        shown.contains("rank 1: left out, because an angle between operators of rank 1 is 0 or pi"),
        "{shown}"
    );
    assert!(shown.contains("rank 2: distances") && shown.contains("rank 3: distances"), "{shown}");
}

#[test]
fn a_shared_response_is_said_and_can_be_taken_away() {
    let study = Study::new();
    let options = ["line", "--trials", "12", "--samples", "300", "--seed", "2"];
    let file = study.simulate("line.npy", &options);
    let conditions = study.at("conditions.txt");
    std::fs::write(&conditions, format!("{}{}", "left\n".repeat(6), "right\n".repeat(6))).unwrap();
    let model = study.at("model.json");
    let fit = |more: &[&str]| {
        let settings = ["fit", &file, "--delays", "5", "--rank", "2", "--output", &model];
        dsa(&[&settings[..], more].concat())
    };
    let found = fit(&["--conditions", &conditions]);
    assert!(
        text(&found.stderr).contains("of the variance of its trials; consider --centre=condition"),
        "{found:?}"
    );
    let with_means = study.json("model.json")["operator"].clone();
    let found = fit(&["--conditions", &conditions, "--centre=condition"]);
    assert!(found.status.success() && !text(&found.stderr).contains("consider"), "{found:?}");
    assert_ne!(study.json("model.json")["operator"], with_means);
    assert_eq!(study.json("model.json")["settings"]["centre"], "condition");
    let found = fit(&["--centre=condition"]);
    assert!(text(&found.stderr).contains("needs --conditions FILE"), "{found:?}");
}

#[test]
fn a_sweep_writes_its_grid_and_marks_the_choice() {
    let study = Study::new();
    let options = ["flip-flop", "--trials", "20", "--activation", "relu", "--seed", "1"];
    let file = study.simulate("bits.npy", &options);
    let output = study.at("sweep");
    let settings = ["--delays", "1..14", "--ranks", "1..12", "--output", &output];
    let found = dsa(&[&["sweep", &file][..], &settings].concat());
    let (shown, said) = (text(&found.stdout), text(&found.stderr));
    assert!(found.status.success(), "{said}");
    let report = study.json("sweep/sweep.json");
    let delays = report["chosen"]["delays"].as_u64().unwrap();
    assert!([5, 7, 10, 14].contains(&delays), "{delays}");
    assert_eq!(report["chosen"]["rank"], 3);
    assert!(shown.contains(&format!("chosen: {delays} delays, rank 3")), "{shown}");
    assert_eq!(report["grid"].as_array().unwrap().len(), 14);
    let table = std::fs::read_to_string(study.at("sweep/sweep.csv")).unwrap();
    // One delay of ten channels has ranks up to 10.
    assert_eq!(table.lines().count(), 1 + 10 + 13 * 12);
    let svg = std::fs::read_to_string(study.at("sweep/sweep.svg")).unwrap();
    assert!(svg.contains(&format!("cross: the chosen {delays} delays and rank 3")), "no mark");
    // More predictive modes than latent dimensions: the rank that predicts best is higher.
    let rank = report["grid"][9]["rank_one_step"].as_u64().unwrap();
    assert!(rank > 3, "{rank}");
}
