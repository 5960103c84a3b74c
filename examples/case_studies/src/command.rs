//! The command line of the case studies.

use crate::STUDIES;
use crate::files::{self, Provenance};
use crate::report::Outcome;
use crate::setup::Setup;
use clap::Parser;
use dsa::output;
use dsa::problem::Problem;
use std::fmt::Display;
use std::path::PathBuf;
use std::time::Instant;

/// Runs the case studies of dynamical similarity.
#[derive(Debug, Parser)]
#[command(name = "case_studies", version)]
pub struct Arguments {
    /// Which study, or all of them; `a` has a second part, `a2`, which can be run alone.
    #[arg(value_parser = ["a", "a2", "b", "c", "d", "e", "f", "all"], default_value = "all")]
    study: String,
    /// How many seeds, from the first one on.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=100))]
    seeds: u64,
    /// The first seed: 20271 unless given, 20261 for a quick run.
    #[arg(long, value_parser = clap::value_parser!(u64).range(0..1 << 24))]
    first_seed: Option<u64>,
    /// One seed and smaller populations: about five minutes on two cores.
    #[arg(long)]
    quick: bool,
    /// A folder for matrices, results.json and page.html.
    #[arg(long)]
    output: Option<PathBuf>,
}

/// The published run and the quick run have no seed in common.
const FIRST_SEED: u64 = 20_271;
const QUICK_SEED: u64 = 20_261;

/// Runs the studies, gives `show` what there is to read, and writes the rest into the folder of the arguments.
///
/// # Errors
/// A sentence if a study is refused, or if something cannot be shown or written.
pub fn run(
    arguments: &Arguments,
    show: impl Fn(&dyn Display) -> Result<(), Problem>,
) -> Result<Vec<Outcome>, Problem> {
    if let Some(folder) = &arguments.output {
        output::make_folder(folder)?;
    }
    let start = Instant::now();
    let setup = Setup { quick: arguments.quick };
    let mut provenance = Provenance::new(setup.quick);
    let seeds = if arguments.quick { 1 } else { arguments.seeds };
    let first = arguments.first_seed.unwrap_or(if setup.quick { QUICK_SEED } else { FIRST_SEED });
    let mut outcomes = Vec::new();
    let mut refused = Vec::new();
    for (name, study) in STUDIES {
        if arguments.study != "all" && !name.starts_with(&arguments.study) {
            continue;
        }
        for seed in first..first + seeds {
            let begin = Instant::now();
            match study(&setup, seed) {
                Ok(outcome) => {
                    show(&outcome.text(setup.quick))?;
                    show(&format_args!("({:.1} s)\n", begin.elapsed().as_secs_f64()))?;
                    outcomes.push(outcome);
                }
                Err(problem) => refused.push(format!("study {name}, seed {seed}: {problem}")),
            }
        }
        // A run that is stopped leaves what it has finished.
        provenance.seconds = start.elapsed().as_secs_f64().round();
        if let Some(folder) = &arguments.output {
            files::write(folder, &outcomes, &provenance)?;
        }
    }
    let judged: Vec<bool> =
        outcomes.iter().flat_map(|outcome| &outcome.marks).filter_map(|mark| mark.met).collect();
    let (met, marks) = (judged.iter().filter(|met| **met).count(), judged.len());
    let label = if setup.quick { "QUICK run, smaller populations: " } else { "" };
    let seconds = provenance.seconds;
    show(&format_args!("\n{label}{met} of {marks} marks met, {seconds:.0} s\n"))?;
    if let Some(folder) = &arguments.output {
        show(&format_args!("written to {}\n", folder.display()))?;
    }
    if refused.is_empty() { Ok(outcomes) } else { Err(Problem::new(refused.join("\n"))) }
}
