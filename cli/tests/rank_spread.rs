//! How far the answers of the rules for the rank and the delays spread on systems of known order: the table
//! in the documentation of `Rank::Predictive` is of the first five.
//!
//! `cargo test -p dynamical-similarity-cli --test all rank_spread -- --ignored --nocapture`

use crate::common::{made, trials};
use dynamical_similarity::{
    Centre, DelayEvidence, DelayRule, Dmd, HeldOut, LatentEvidence, StateOrder,
};
use rayon::prelude::*;
use systems::{Options, Simulated, System};

const SEEDS: u64 = 10;
const DELAYS: usize = 10;
/// Columns of the table.
const RULES: [&str; 6] =
    ["predictive", "Akaike", "latent", "state order", "d autocorrelation", "d prediction"];

/// The answer of each of [`RULES`]; `None` where it refuses the recording.
fn answers(made: &Simulated) -> [Option<usize>; RULES.len()] {
    let (dmd, trials) = (Dmd::new().delays(DELAYS).centre(Centre::Mean), trials(made));
    let held_out = HeldOut::of(&trials, &dmd, 30, 1);
    let delays = |rule| DelayEvidence::of(&trials, &dmd, rule).ok().map(|found| found.delays);
    [
        held_out.as_ref().ok().map(HeldOut::rank),
        held_out.as_ref().ok().map(HeldOut::akaike_rank),
        LatentEvidence::of(&trials, &dmd).ok().map(|found| found.rank.number()),
        StateOrder::of(&trials, &dmd).ok().map(|found| found.order),
        delays(DelayRule::Autocorrelation),
        delays(DelayRule::Prediction),
    ]
}

/// Name, order, generator and its options.
fn systems() -> Vec<(String, Option<usize>, System, Options)> {
    let mut systems = Vec::new();
    for noise in [0.1, 0.3] {
        for dimension in 2..=6 {
            let options = Options {
                dimension: Some(dimension),
                channels: Some(8),
                noise: Some(noise),
                trials: Some(10),
                samples: Some(300),
                ..Options::default()
            };
            let name = format!("linear, noise {noise}");
            systems.push((name, Some(dimension), System::Linear, options));
        }
    }
    for (name, system) in [("flip-flop", System::FlipFlop), ("integrator", System::Integrator)] {
        for activation in ["identity", "relu"] {
            let options = Options { activation: Some(activation.to_owned()), ..Options::default() };
            systems.push((format!("{name}, {activation}"), Some(3), system, options));
        }
    }
    for rho in [28.0, 152.0] {
        let options = Options { rho: Some(rho), ..Options::default() };
        systems.push((format!("Lorenz, rho {rho}"), Some(3), System::Lorenz, options));
    }
    let few = Options { trials: Some(40), ..Options::default() };
    for (name, system) in
        [("bistable", System::Bistable), ("line", System::Line), ("point", System::Point)]
    {
        systems.push((name.to_owned(), Some(2), system, few.clone()));
    }
    let ring = Options { alpha: Some(1.0), ..Options::default() };
    systems.push(("ring".to_owned(), None, System::Ring, ring));
    systems
}

/// Median, least and largest answer, and how many recordings were refused.
fn spread(answers: &[Option<usize>]) -> String {
    let mut given: Vec<usize> = answers.iter().filter_map(|answer| *answer).collect();
    given.sort_unstable();
    let refused = answers.len() - given.len();
    let [first, .., last] = given.as_slice() else { return format!("- ({refused} refused)") };
    let median = (given[(given.len() - 1) / 2] + given[given.len() / 2]) as f64 / 2.0;
    let left_out = if refused > 0 { format!(", {refused} refused") } else { String::new() };
    format!("{median} ({first} to {last}{left_out})")
}

#[test]
#[ignore = "minutes: sixteen kinds of systems, ten seeds"]
fn the_answers_spread_as_documented() {
    println!("{DELAYS} delays, {SEEDS} seeds: median (least to largest)");
    println!("| recording | order | {} |", RULES.join(" | "));
    for (name, order, system, options) in systems() {
        let found: Vec<_> =
            (1..=SEEDS).into_par_iter().map(|s| answers(&made(system, &options, s))).collect();
        let of = |rule: usize| -> Vec<Option<usize>> { found.iter().map(|x| x[rule]).collect() };
        let cells: Vec<String> = (0..RULES.len()).map(|rule| spread(&of(rule))).collect();
        let shown = order.map_or("-".to_owned(), |order| order.to_string());
        println!("| {name} | {shown} | {} |", cells.join(" | "));
        // What the documentation says of them.
        if let (System::Linear, Some(order)) = (system, order) {
            assert!(of(3).iter().all(|found| *found == Some(order)), "{name} {order}: {found:?}");
        }
        assert!(of(4).iter().chain(&of(5)).flatten().all(|delays| (5..=50).contains(delays)));
    }
}
