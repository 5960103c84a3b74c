//! How often the library's solver reaches the best known optimum: Markdown tables by scalar, group of
//! pairs, order and effort.

use clap::Parser;
use dynamical_similarity::Effort;
use dynamical_similarity_optima::best_known::{self, BestKnown};
use dynamical_similarity_optima::pairs::{Group, Name, ORDERS, Pair, names};
use dynamical_similarity_optima::score::{EFFORTS, Found, solve, solve_single};
use rayon::prelude::*;
use std::collections::HashMap;

/// Prints how often the solver reaches the best known optimum.
#[derive(Parser)]
struct Arguments {
    /// Only these orders.
    #[arg(long)]
    order: Vec<usize>,
    /// Only these efforts: fast, default, thorough.
    #[arg(long)]
    effort: Vec<String>,
    /// Only these scalars: f64, f32.
    #[arg(long)]
    scalar: Vec<String>,
    /// Only these families.
    #[arg(long)]
    family: Vec<String>,
    /// Name the pairs that are not within 1e-6.
    #[arg(long)]
    misses: bool,
}

type Solve = fn(&Pair, Effort) -> Result<Found, dynamical_similarity::Error>;

const SCALARS: [(&str, Solve); 2] = [("f64", solve), ("f32", solve_single)];

/// Whether a filter lets something through; an empty one does.
fn passes<T: PartialEq>(filter: &[T], value: &T) -> bool {
    filter.is_empty() || filter.contains(value)
}

fn main() -> Result<(), String> {
    let arguments = Arguments::parse();
    let known = best_known::read(&best_known::path())?;
    let mut wanted = names();
    wanted.retain(|name| {
        passes(&arguments.order, &name.order) && passes(&arguments.family, &name.family.to_string())
    });
    let pairs: Vec<Pair> = wanted.into_par_iter().map(Name::pair).collect::<Result<_, String>>()?;
    for (scalar, solve) in SCALARS {
        if !passes(&arguments.scalar, &scalar.to_owned()) {
            continue;
        }
        for group in Group::ALL {
            let of_group: Vec<&Pair> =
                pairs.iter().filter(|pair| pair.name.family.group() == group).collect();
            if !of_group.is_empty() {
                println!("\n### {scalar}, {group}\n");
                print(&arguments, &known, &of_group, solve)?;
            }
        }
    }
    Ok(())
}

fn print(
    arguments: &Arguments,
    known: &HashMap<Name, BestKnown>,
    pairs: &[&Pair],
    solve: Solve,
) -> Result<(), String> {
    println!(
        "| order | effort | pairs | within 1e-6 | within 1e-3 rad | mean shortfall (rad) | worst (rad) \
         | mean evaluations | most |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut missed = Vec::new();
    for order in ORDERS {
        for effort in EFFORTS {
            let effort_name = format!("{effort:?}").to_lowercase();
            let of_order: Vec<&Pair> =
                pairs.iter().copied().filter(|pair| pair.name.order == order).collect();
            if of_order.is_empty() || !passes(&arguments.effort, &effort_name) {
                continue;
            }
            let found: Vec<(Name, Found, BestKnown)> = of_order
                .par_iter()
                .map(|pair| {
                    let best = known.get(&pair.name);
                    let best = best.ok_or_else(|| format!("{:?} is not in the file", pair.name))?;
                    let found = solve(pair, effort).map_err(|error| error.to_string())?;
                    Ok((pair.name, found, *best))
                })
                .collect::<Result<_, String>>()?;
            println!("| {order} | {effort_name} {}", line(&found));
            let missed_here = found.iter().filter(|(_, found, best)| !found.hits(best));
            missed.extend(missed_here.map(|(name, found, best)| {
                let (loss, shortfall) = (best.cosine - found.cosine, found.shortfall(best));
                let (family, index) = (name.family, name.index);
                format!("{order} {family} {index}, {effort_name}: {loss:.2e}, {shortfall:.2e} rad")
            }));
        }
    }
    if arguments.misses {
        println!("\nNot within 1e-6 (loss of the cosine, of the angle):\n");
        missed.iter().for_each(|missed| println!("- {missed}"));
    }
    Ok(())
}

/// The cells of a line from the number of pairs on.
fn line(found: &[(Name, Found, BestKnown)]) -> String {
    let count = found.len() as f64;
    let share = |test: fn(&Found, &BestKnown) -> bool| {
        found.iter().filter(|(_, found, best)| test(found, best)).count() as f64 / count
    };
    let shortfalls = || found.iter().map(|(_, found, best)| found.shortfall(best));
    let (mean, worst) = (shortfalls().sum::<f64>() / count, shortfalls().fold(0.0, f64::max));
    let evaluations = || found.iter().map(|(_, found, _)| found.evaluations);
    format!(
        "| {} | {:.3} | {:.3} | {mean:.1e} | {worst:.1e} | {:.0} | {} |",
        found.len(),
        share(Found::hits),
        share(Found::is_near),
        evaluations().sum::<usize>() as f64 / count,
        evaluations().max().unwrap_or(0),
    )
}
