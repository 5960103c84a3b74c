//! Error rates, power and coverage of null bands and intervals, on simulated recordings.
//!
//! ```text
//! cargo run --release -p null_bands -- --pairs 1000 --long-pairs 200
//! ```
//!
//! `results` holds what it printed.

use clap::Parser;
use dynamical_similarity::statistics::{Interval, NullBand, q_values};
use dynamical_similarity::{Dmd, Error, Measure, Procrustes};
use null_bands::families::{Family, Length, Made};
use null_bands::pairs::{DELAYS, NAMES, Resampled, measures};
use null_bands::studies::{Share, Study, coverage, positives};
use rayon::prelude::*;
use std::time::Instant;

#[derive(Parser)]
struct Arguments {
    /// Pairs of recordings of each row, up to 2000 windows.
    #[arg(long, default_value_t = 1000)]
    pairs: u64,
    /// Pairs of recordings of 20 000 windows.
    #[arg(long, default_value_t = 200)]
    long_pairs: u64,
    /// Only systems whose names contain this.
    #[arg(long, default_value = "")]
    system: String,
    /// Draws of each recording: 50 make p = .0495 the largest that is at most .05.
    #[arg(long, default_value_t = 50)]
    draws: usize,
    /// Parts: a for false positives, b for power, c for coverage, d for time.
    #[arg(long, default_value = "abcd")]
    parts: String,
}

impl Arguments {
    fn systems(&self) -> impl Iterator<Item = (&'static str, Family)> + '_ {
        Family::ALL.into_iter().filter(|(name, _)| name.contains(&self.system))
    }

    const fn study<'a>(&self, measures: &'a [Measure]) -> Study<'a> {
        Study { pairs: self.pairs, draws: self.draws, very_long: 200_000, measures }
    }
}

/// Shares as cells of a table.
fn cells(shares: &[Share]) -> String {
    let cells: Vec<String> = shares.iter().map(|share| format!("{:.3}", share.value())).collect();
    cells.join(" | ")
}

/// The length, its windows, and whether it is long.
const LENGTHS: [(&str, Length, bool); 5] = [
    ("1 x 400", Length { trials: 1, samples: 404 }, false),
    ("40 x 10", Length { trials: 40, samples: 14 }, false),
    ("1 x 2 000", Length { trials: 1, samples: 2004 }, false),
    ("1 x 20 000", Length { trials: 1, samples: 20_004 }, true),
    ("40 x 500", Length { trials: 40, samples: 504 }, true),
];

fn main() -> Result<(), Error> {
    let arguments = Arguments::parse();
    let is_asked = |part| arguments.parts.contains(part);
    if is_asked('a') {
        false_positives(&arguments)?;
    }
    if is_asked('b') {
        power(&arguments)?;
    }
    if is_asked('c') {
        intervals(&arguments)?;
    }
    if is_asked('d') {
        time()?;
    }
    Ok(())
}

fn false_positives(arguments: &Arguments) -> Result<(), Error> {
    let measures = measures();
    let [first, second] = NAMES;
    println!("Share of pairs of one system with p <= .05 (nominal .0495)\n");
    println!("| system | trials x windows | {first} | {second} | pairs | too few blocks |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for (name, family) in arguments.systems() {
        for (windows, length, is_long) in LENGTHS {
            let pairs = if is_long { arguments.long_pairs } else { arguments.pairs };
            let study = Study { pairs, ..arguments.study(&measures) };
            let found = positives(family, length, 1.0, &study)?;
            let (shares, of) = (cells(&found.positive), found.positive[0].of);
            println!("| {name} | {windows} | {shares} | {of} | {} |", found.refused);
        }
    }
    Ok(())
}

fn power(arguments: &Arguments) -> Result<(), Error> {
    let measures = measures();
    let [first, second] = NAMES;
    println!("\nShare of pairs with p <= .05, the second system 10 % faster\n");
    println!("| system | trials x windows | {first} | {second} | pairs |");
    println!("| --- | --- | --- | --- | --- |");
    let can_be_faster = |family: &Family| *family != Family::FlipFlop;
    for (name, family) in arguments.systems().filter(|(_, family)| can_be_faster(family)) {
        for (windows, length, _) in LENGTHS.into_iter().filter(|(_, _, is_long)| !is_long) {
            let all = arguments.study(&measures);
            let study = Study { pairs: all.pairs / 2, ..all };
            let found = positives(family, length, 1.1, &study)?;
            let (shares, of) = (cells(&found.positive), found.positive[0].of);
            println!("| {name} | {windows} | {shares} | {of} |");
        }
    }
    Ok(())
}

fn intervals(arguments: &Arguments) -> Result<(), Error> {
    let measures = measures();
    println!("\nCoverage of 90 % intervals where the true distance is above the band\n");
    println!(
        "| system | trials x windows | faster by | measure | inside | true distance below | \
         percentiles | basic | pairs |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (name, family) in &Family::ALL[..2] {
        for (windows, length) in [
            ("1 x 2 000", Length { trials: 1, samples: 2004 }),
            ("40 x 50", Length { trials: 40, samples: 54 }),
        ] {
            for (percent, faster) in [("10 %", 1.1), ("30 %", 1.3)] {
                let all = arguments.study(&measures);
                let study = Study { pairs: all.pairs.div_ceil(25), draws: 2 * all.draws, ..all };
                let found = coverage(*family, length, faster, &study)?;
                for (measure, found) in NAMES.iter().zip(found) {
                    let shares =
                        [found.inside, found.below, found.inside_percentiles, found.inside_basic];
                    let (shares, of) = (cells(&shares), found.inside.of);
                    println!("| {name} | {windows} | {percent} | {measure} | {shares} | {of} |");
                }
            }
        }
    }
    Ok(())
}

/// 200 resamples of 20 recordings at rank 10: fits, bands, and intervals of all pairs.
fn time() -> Result<(), Error> {
    const RECORDINGS: usize = 20;
    const RANK: usize = 10;
    let length = Length { trials: 1, samples: 10_000 };
    let made: Vec<Made> = (0..RECORDINGS as u64)
        .map(|seed| Family::Linear(RANK).record(seed % 4, seed, 1.0, length))
        .collect();
    let dmd = Dmd::new().delays(DELAYS);
    let measure = Measure::Procrustes(Procrustes::new());
    let begin = Instant::now();
    let resampled: Vec<Resampled> = made
        .par_iter()
        .map(|made| Resampled::of(made, &dmd, RANK, 200))
        .collect::<Result<_, _>>()?;
    let fitted = begin.elapsed();
    let within: Vec<Vec<f64>> =
        resampled.iter().map(|recording| recording.within(&measure)).collect::<Result<_, _>>()?;
    let bands = begin.elapsed();
    let (mut p, mut widths) = (Vec::new(), Vec::new());
    let models: Vec<_> = resampled.iter().map(|recording| &recording.whole).collect();
    let matrix = dynamical_similarity::DistanceMatrix::among(&models, &measure, None)?;
    for i in 0..RECORDINGS {
        for j in i + 1..RECORDINGS {
            let distance = matrix.distance(i, j);
            p.push(NullBand::of(&[&within[i], &within[j]])?.test(distance)?.p);
            let draws = resampled[i].between(&resampled[j], &measure)?;
            let interval = Interval::of(distance, &draws, 0.95)?;
            widths.push(interval.upper - interval.lower);
        }
    }
    let all = begin.elapsed();
    let below = q_values(&p)?.iter().filter(|q| **q <= 0.05).count();
    let width = widths.iter().sum::<f64>() / widths.len() as f64;
    println!(
        "\n200 resamples of 20 recordings of 10 000 x 10 samples, rank 10, 5 delays, Procrustes\n"
    );
    println!("| part | seconds |");
    println!("| --- | --- |");
    println!("| sums of blocks, 8 000 fits | {:.1} |", fitted.as_secs_f64());
    println!("| 4 000 distances of the bands | {:.1} |", (bands - fitted).as_secs_f64());
    println!("| 38 000 distances of the intervals | {:.1} |", (all - bands).as_secs_f64());
    println!(
        "\n{below} of 190 pairs (150 of different systems) have q <= .05; intervals are {width:.3} wide."
    );
    Ok(())
}
