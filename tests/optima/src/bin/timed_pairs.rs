//! Solves pairs of DMD operators in bulk and writes operators, times and cosines as CSV: our half of
//! `benches/reference.sh`.
//!
//! One core, f64, default effort. The time of a pair is that of all pairs of its order, prepared and
//! repeated to 256 pairs, over their number: the best of five runs. Pairs that are written are the first
//! of each family that compare two settings or two systems, so that no distance is small by design.

use clap::Parser;
use dynamical_similarity::{Prepared, Procrustes};
use dynamical_similarity_optima::best_known;
use dynamical_similarity_optima::pairs::{Group, Name, Pair, names};
use dynamical_similarity_optima::square::Square;
use serde::Serialize;
use std::hint::black_box;
use std::io::stdout;
use std::time::Instant;

/// Writes pairs of operators, with the solver's time and cosine, as CSV.
#[derive(Parser)]
struct Arguments {
    /// Orders of the operators: some of 3, 4, 5, 6, 8, 10, 12, 15, 16, 20, 30.
    #[arg(default_values_t = [6, 15, 30])]
    order: Vec<usize>,
}

/// A line of the output.
#[derive(Serialize)]
struct Line {
    n: usize,
    family: String,
    index: usize,
    /// Of preparing one operator.
    prepare_microseconds: f64,
    /// Of one prepared pair in bulk.
    pair_microseconds: f64,
    cosine: f64,
    /// The largest known.
    best_known_cosine: f64,
    /// Entries, column by column.
    a: String,
    b: String,
}

const BULK: usize = 256;
const RUNS: usize = 5;
/// The number of the pair that is written of each family.
const WRITTEN: usize = 1;

fn main() -> Result<(), String> {
    let known = best_known::read(&best_known::path())?;
    let mut lines = csv::Writer::from_writer(stdout().lock());
    for order in Arguments::parse().order {
        let of_order = |name: &Name| name.order == order && name.family.group() == Group::Dmd;
        let pairs: Vec<Pair> =
            names().into_iter().filter(of_order).map(Name::pair).collect::<Result<_, _>>()?;
        let timed = timed(order, &pairs).map_err(|error| error.to_string())?;
        for (pair, cosine) in pairs.iter().zip(&timed.cosines) {
            if pair.name.index != WRITTEN {
                continue;
            }
            let best = known.get(&pair.name);
            let best = best.ok_or_else(|| format!("{:?} is not in the file", pair.name))?;
            let line = Line {
                n: order,
                family: pair.name.family.to_string(),
                index: pair.name.index,
                prepare_microseconds: timed.prepare_microseconds,
                pair_microseconds: timed.pair_microseconds,
                cosine: *cosine,
                best_known_cosine: best.cosine,
                a: words(&pair.a),
                b: words(&pair.b),
            };
            lines.serialize(line).map_err(|error| error.to_string())?;
        }
    }
    lines.flush().map_err(|error| error.to_string())
}

/// The entries, to the last bit.
fn words(operator: &Square) -> String {
    let words: Vec<String> = operator.entries.iter().map(f64::to_string).collect();
    words.join(" ")
}

struct Timed {
    prepare_microseconds: f64,
    pair_microseconds: f64,
    /// By pair.
    cosines: Vec<f64>,
}

/// The least microseconds of [`RUNS`] runs.
fn least(
    mut run: impl FnMut() -> Result<(), dynamical_similarity::Error>,
) -> Result<f64, dynamical_similarity::Error> {
    let mut least = f64::INFINITY;
    for _ in 0..RUNS {
        let begun = Instant::now();
        run()?;
        least = least.min(1e6 * begun.elapsed().as_secs_f64());
    }
    Ok(least)
}

fn timed(n: usize, pairs: &[Pair]) -> Result<Timed, dynamical_similarity::Error> {
    let procrustes = Procrustes::new();
    let operators: Vec<&Square> = pairs.iter().flat_map(|pair| [&pair.a, &pair.b]).collect();
    let mut scratch = vec![0.0; procrustes.prepare_scratch_len(n)];
    let mut place = vec![0.0; procrustes.prepared_len(n)];
    let preparing = least(|| {
        operators.iter().try_for_each(|operator| {
            black_box(procrustes.prepare_in(operator.view()?, &mut place, &mut scratch)?);
            Ok(())
        })
    })?;
    let mut places = vec![place; operators.len()];
    let prepared: Vec<Prepared<'_, f64>> = operators
        .iter()
        .zip(&mut places)
        .map(|(operator, place)| procrustes.prepare_in(operator.view()?, place, &mut scratch))
        .collect::<Result<_, _>>()?;
    let bulk: Vec<(usize, usize)> =
        (0..BULK.max(pairs.len())).map(|k| k % pairs.len()).map(|k| (2 * k, 2 * k + 1)).collect();
    let mut memory = vec![0.0; procrustes.many_len::<f64>(n)];
    let mut cosines = vec![f64::NAN; pairs.len()];
    let comparing = least(|| {
        procrustes.compare_many_in(&prepared, &bulk, &mut memory, |k, found| {
            cosines[k % pairs.len()] = found.cosine();
        })
    })?;
    Ok(Timed {
        prepare_microseconds: preparing / operators.len() as f64,
        pair_microseconds: comparing / bulk.len() as f64,
        cosines,
    })
}
