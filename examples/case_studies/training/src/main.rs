//! Trains the recurrent networks of case study A2, one after the other, and writes each when it is accepted.
//!
//! `cargo run --release -- [NAME ..]`: all networks whose names begin with one of these, all if none is given.
//! A network that is in the folder is not trained again.

mod listing;
mod network;
mod task;
mod training;

use candle_core::{Device, Error, Result, Tensor};
use network::Kind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use task::Task;

/// Networks of each kind, for each task.
const NUMBERS: [usize; 2] = [4, 3];

/// A network that is to be there.
#[derive(Debug)]
struct Wanted {
    name: String,
    task: Task,
    kind: Kind,
    number: usize,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../networks");
    std::fs::create_dir_all(&folder)?;
    let beginnings: Vec<String> = std::env::args().skip(1).collect();
    let wanted = wanted();
    let asked = |name: &str| {
        beginnings.is_empty() || beginnings.iter().any(|beginning| name.starts_with(beginning))
    };
    if !wanted.iter().any(|network| asked(&network.name)) {
        let names: Vec<&str> = wanted.iter().map(|network| network.name.as_str()).collect();
        return Err(Error::Msg(format!("no network begins so; there are {}", names.join(", "))));
    }
    for network in wanted.iter().filter(|network| asked(&network.name)) {
        let file = network.file(&folder);
        if file.exists() {
            println!("{}: there already", network.name);
        } else {
            network.make(&file)?;
        }
    }
    listing::write(&folder, &wanted)
}

/// First networks of all kinds come first, so that a run that is stopped has some of each.
fn wanted() -> Vec<Wanted> {
    let mut all = Vec::new();
    for number in 1..=NUMBERS[0].max(NUMBERS[1]) {
        for ((task_name, task), count) in Task::ALL.into_iter().zip(NUMBERS) {
            for (kind_name, kind) in Kind::ALL.into_iter().filter(|_| number <= count) {
                let name = format!("{task_name}-{kind_name}-{number}");
                all.push(Wanted { name, task, kind, number });
            }
        }
    }
    all
}

impl Wanted {
    fn file(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.npz", self.name))
    }

    /// Trains and writes; the file is there in full or not at all.
    fn make(&self, file: &Path) -> Result<()> {
        println!("{}", self.name);
        let start = Instant::now();
        let Some(accepted) = training::train(self.task, self.kind, self.number)? else {
            println!("{}: not accepted", self.name);
            return Ok(());
        };
        let number = |x: f32| Tensor::new(&[x], &Device::Cpu);
        let mut arrays = accepted.weights;
        arrays.push(("updates", number(accepted.updates as f32)?));
        arrays.push(("score", number(accepted.score as f32)?));
        let unfinished = file.with_extension("unfinished");
        Tensor::write_npz(&arrays, &unfinished)?;
        std::fs::rename(unfinished, file)?;
        let seconds = start.elapsed().as_secs_f64();
        println!("{}: {:.4}, {seconds:.0} s", self.name, accepted.score);
        Ok(())
    }
}
