//! Computes the best known optimum of every pair of the set, and appends it to a file.
//!
//! For every pair: at least 300 random starts that converge (of an even order half of them in each
//! component of the orthogonal group), more, up to six times as many, while fewer than 5 of them reach
//! the best; then the transform that the pair was made with, if it was; then 20 starts near the best.
//!
//! Along a flat valley (a few noisy linear systems at small orders) an exploring climb may stop more than
//! 1e-9 below its top: few hits there say nothing about how rare the top is. The best is climbed to
//! the end.
//!
//! Pairs that the file has are skipped, so that a run can be stopped and taken up again.

use clap::Parser;
use dynamical_similarity::Effort;
use dynamical_similarity_optima::best_known::{Entry, entries, path};
use dynamical_similarity_optima::maximiser::{Limits, Maximiser, Top};
use dynamical_similarity_optima::pairs::{Pair, names};
use dynamical_similarity_optima::score::solve;
use dynamical_similarity_optima::square::Square;
use rayon::prelude::*;
use std::collections::HashSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;
use systems::Random;

/// Computes the best known optimum of every pair.
#[derive(Parser)]
struct Arguments {
    /// The file that is written.
    #[arg(long, default_value_os_t = path())]
    output: PathBuf,
    /// Only these orders.
    #[arg(long)]
    order: Vec<usize>,
    /// Only these families.
    #[arg(long)]
    family: Vec<String>,
}

const HEADER: &str = "\
# The best known optimum of every pair of dynamical_similarity_optima::pairs.
# cargo run --release -p dynamical-similarity-optima --bin best_known
# cosine, angle (rad): the best of all starts of the package's own maximiser; the library's solver has no part in it.
# starts: random starts that converged; hits: those within 1e-9 of the cosine; source: the start of the best.
# solver_excess: by how much the library's thorough effort was above the cosine when this was written, if by more than 1e-9.
n,family,index,seed,cosine,angle,starts,hits,source,solver_excess,checksum
";

const STARTS: usize = 300;
const MOST_ROUNDS: usize = 6;
const ENOUGH_HITS: usize = 5;
const PERTURBED: usize = 20;
const SAME: f64 = 1e-9;
const EXPLORE: Limits = Limits { slope: 1e-11, iterations: 1500 };
const POLISH: Limits = Limits { slope: 1e-16, iterations: 3000 };

fn main() -> Result<(), String> {
    let arguments = Arguments::parse();
    let words = |error: std::io::Error| format!("{}: {error}", arguments.output.display());
    let known: HashSet<(usize, String, usize)> = if arguments.output.exists() {
        let lines = entries(&arguments.output)?.into_iter();
        lines.map(|entry| (entry.n, entry.family, entry.index)).collect()
    } else {
        std::fs::write(&arguments.output, HEADER).map_err(words)?;
        HashSet::new()
    };
    let mut todo = names();
    todo.retain(|name| {
        let family = name.family.to_string();
        (arguments.order.is_empty() || arguments.order.contains(&name.order))
            && (arguments.family.is_empty() || arguments.family.contains(&family))
            && !known.contains(&(name.order, family, name.index))
    });
    let begun = Instant::now();
    for (done, names) in todo.chunks(8).enumerate() {
        let found: Vec<Entry> =
            names.par_iter().map(|name| entry(&name.pair()?)).collect::<Result<_, String>>()?;
        // One write a group of pairs: a line is there or it is not.
        let mut lines = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
        for entry in &found {
            lines.serialize(entry).map_err(|error| error.to_string())?;
        }
        let lines = lines.into_inner().map_err(|error| error.to_string())?;
        let mut file = OpenOptions::new().append(true).open(&arguments.output).map_err(words)?;
        file.write_all(&lines).map_err(words)?;
        let (count, seconds) = (8 * done + names.len(), begun.elapsed().as_secs());
        eprintln!("{count} of {} pairs, order {}, {seconds} s", todo.len(), names[0].order);
    }
    Ok(())
}

/// The better of two; the first where they tie.
fn better(left: (Top, &'static str), right: (Top, &'static str)) -> (Top, &'static str) {
    if right.0.cosine > left.0.cosine { right } else { left }
}

fn entry(pair: &Pair) -> Result<Entry, String> {
    let climber = Maximiser::new(&pair.a, &pair.b)?;
    let (mut cosines, mut best) = (Vec::new(), None);
    let mut rounds = 0;
    let hits = |cosines: &[f64], best: f64| cosines.iter().filter(|x| best - **x <= SAME).count();
    while rounds < MOST_ROUNDS {
        let tops = random_round(pair, &climber, rounds);
        cosines.extend(tops.iter().filter(|top| top.converged).map(|top| top.cosine));
        let round = tops.into_iter().map(|top| (top, "random")).reduce(better);
        best = best.into_iter().chain(round).reduce(better);
        rounds += 1;
        let top = best.as_ref().map_or(f64::NAN, |(top, _)| top.cosine);
        if cosines.len() >= STARTS && hits(&cosines, top) >= ENOUGH_HITS {
            break;
        }
    }
    let (mut best, mut source) = best.ok_or("no start")?;
    let mut climber = climber;
    if let Some(planted) = &pair.planted {
        (best, source) = better((best, source), (climber.climb(planted, POLISH), "planted"));
    }
    for top in perturbed_round(pair, &mut climber, &best) {
        // Rounding alone does not make a start the better one.
        if top.cosine > best.cosine + SAME {
            source = "perturbed";
        }
        if top.cosine > best.cosine {
            best = top;
        }
    }
    let best = polished(&mut climber, best);
    let thorough = solve(pair, Effort::Thorough).map_err(|error| error.to_string())?;
    let excess = thorough.cosine - best.cosine;
    Ok(Entry {
        n: pair.name.order,
        family: pair.name.family.to_string(),
        index: pair.name.index,
        seed: pair.name.seed(),
        cosine: format!("{:.17}", best.cosine),
        angle: format!("{:.17e}", climber.angle(&best.transform)),
        starts: cosines.len(),
        hits: hits(&cosines, best.cosine),
        source: source.to_owned(),
        solver_excess: if excess > SAME { format!("{excess:.3e}") } else { "0".to_owned() },
        checksum: format!("{:016x}", pair.checksum()),
    })
}

/// Climbs from uniform random transforms; at an even order each is followed by its mirror image, which
/// has the other determinant.
fn random_round(pair: &Pair, climber: &Maximiser, round: usize) -> Vec<Top> {
    let n = pair.name.order;
    let start = |k: usize| {
        let draw = if n.is_multiple_of(2) { k / 2 } else { k };
        let mut random = Random::new(pair.name.seed(), 1_000 + draw as u64);
        let mut start = Square::orthogonal(n, &mut random);
        if n.is_multiple_of(2) && k % 2 == 1 {
            start.entries.iter_mut().step_by(n).for_each(|x| *x = -*x);
        }
        start
    };
    (round * STARTS..(round + 1) * STARTS)
        .into_par_iter()
        .map_init(|| climber.clone(), |climber, k| climber.climb(&start(k), EXPLORE))
        .collect()
}

/// Climbs from places 0.1 to 1.6 rad away from the best.
fn perturbed_round(pair: &Pair, climber: &mut Maximiser, best: &Top) -> Vec<Top> {
    let n = pair.name.order;
    let mut random = Random::new(pair.name.seed(), 999);
    let climb = |k: usize| {
        let along = random.normals(n * (n - 1) / 2);
        let size = [0.1, 0.2, 0.4, 0.8, 1.6][k % 5];
        let start = climber.moved(&best.transform, &along, size);
        climber.climb(&start, EXPLORE)
    };
    (0..PERTURBED).map(climb).collect()
}

fn polished(climber: &mut Maximiser, best: Top) -> Top {
    let top = climber.climb(&best.transform, POLISH);
    if top.cosine > best.cosine { top } else { best }
}
