//! What a comparison will take, said before it starts.

use super::places::Places;
use crate::arguments::{Compare, DelaysArgument};
use crate::commands::choice::reads_samples;
use crate::commands::is_rule;
use crate::commands::recording::{HELD_VALUES, Source};
use crate::text::counted;
use dynamical_similarity::{Measure, Rank};
use indicatif::HumanDuration;
use std::time::Duration;

/// Work that takes less than this many seconds is not announced.
const SHORT: f64 = 5.0;
/// Operations per second of one thread, as fits of a fan and of a single window have reached them on a server of 2023.
const SPEED_OF_FAN: f64 = 1.2e9;
const SPEED: f64 = 2e9;
/// The delays that are reckoned with where a rule chooses them.
const USUAL_DELAYS: usize = 20;
/// Windows, delays and components of a fan.
const FAN: [f64; 3] = [6.0, 12.0, 10.0];
/// Members of a fan, and seconds for a pair of one of them.
const MEMBERS: f64 = 42.0;
const SECONDS_OF_MEMBER: f64 = 1e-5;

/// Time and memory.
struct Estimate {
    /// Of one thread.
    seconds: f64,
    /// In bytes.
    memory: f64,
    /// Entries of a window.
    entries: f64,
}

/// A sentence, for work that takes more than a few seconds; `places` are the pairs.
pub(super) fn announcement(
    options: &Compare,
    sources: &[&Source<'_>],
    places: Places,
) -> Option<String> {
    let pairs = places.pairs().count();
    let threads = rayon::current_num_threads().max(1) as f64;
    let estimate = estimate(options, sources, pairs as f64, threads);
    let seconds = estimate.seconds / threads;
    (seconds > SHORT).then(|| {
        format!(
            "{}, windows of up to {} entries, {}: about {} and up to {:.1} GB of memory",
            counted(sources.len(), "recording"),
            estimate.entries,
            counted(pairs, "pair"),
            HumanDuration(Duration::from_secs_f64(seconds.min(1e9))),
            (estimate.memory / 1e9).max(0.1)
        )
    })
}

fn estimate(options: &Compare, sources: &[&Source<'_>], pairs: f64, threads: f64) -> Estimate {
    let fan = options.uses_fan();
    // A fit of each recording, of its halves, and in a fan under the other assumption about sensors.
    let yardstick = if options.no_halves { 1.0 } else { 2.0 };
    let fits = yardstick + if fan && options.fan.sensors.is_none() { 1.0 } else { 0.0 };
    let rules = if is_rule(options.model.rank().0) && !fan { 2.0 } else { 0.0 };
    let (mut operations, mut largest, mut values, mut entries) = (0.0, 0.0_f64, 0.0, 0.0_f64);
    for source in sources {
        let (samples, channels) = (source.total as f64, source.samples.channels as f64);
        let of_fit = if fan {
            let [windows, delays, components] = FAN;
            let components = components.min(channels);
            let width = components * delays;
            entries = entries.max(width);
            samples * channels * (channels + 10.0)
                + windows * (samples * components * components * delays + 10.0 * width.powi(3))
        } else {
            let delays = match options.model.delays() {
                DelaysArgument::Count(delays) => delays,
                DelaysArgument::Rule(_) => USUAL_DELAYS,
            } as f64;
            let width = channels * delays;
            entries = entries.max(width);
            samples * channels * channels * delays + width.powi(2) * directions(options, width)
        };
        operations += (fits + rules) * of_fit;
        largest = largest.max(samples * channels);
        values += samples * channels;
    }
    let draws = f64::from(options.resamples.unwrap_or(0));
    let of_pair = if fan {
        MEMBERS * SECONDS_OF_MEMBER * (fits + 3.0 * (yardstick - 1.0) + 3.0 * draws)
    } else {
        let rank = match options.model.rank().0 {
            Rank::Fixed(rank) => rank as f64,
            _ => 8.0,
        };
        seconds_of_pair(options, rank) * (3.0 + 4.0 * (yardstick - 1.0) + 3.0 * draws)
    };
    let speed = if fan { SPEED_OF_FAN } else { SPEED };
    Estimate {
        seconds: operations / speed + pairs * of_pair,
        memory: 8.0
            * (values.min(HELD_VALUES as f64)
                + threads * (3.0 * largest + 4.0 * entries * entries)),
        entries,
    }
}

/// Products with the matrix of a window's second moments: leading directions are found alone.
fn directions(options: &Compare, width: f64) -> f64 {
    match options.model.rank().0 {
        Rank::Fixed(rank) => (10.0 * rank as f64).min(2.0 * width),
        rank if reads_samples(rank) => 100.0_f64.min(2.0 * width),
        _ => 2.0 * width,
    }
}

/// Of one comparison of operators: what `docs/measurements.md` has, as a power of the rank.
fn seconds_of_pair(options: &Compare, rank: f64) -> f64 {
    match options.measure.measure(false) {
        Measure::Wasserstein(_) => 1e-6 * rank.powf(1.5),
        Measure::CertifiedProcrustes(_) => 1.5e-6 * rank.powi(5),
        _ => 2e-6 * rank.powf(2.4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::{Arguments, Command};
    use crate::commands::recording::Reader;
    use clap::Parser;
    use std::sync::atomic::AtomicUsize;

    /// Two short recordings are not announced; as long ones they are, and every option that costs adds to the time.
    #[test]
    fn long_work_is_announced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.csv");
        let rows: String =
            (0..200).map(|t| format!("{},{}\n", (0.3 * f64::from(t)).sin(), t % 7)).collect();
        std::fs::write(&file, rows).unwrap();
        let name = file.to_str().unwrap();
        let run = |more: &[&str], samples: usize| {
            let line = [&["dsa", "compare", name, name][..], more].concat();
            let Command::Compare(options) = Arguments::parse_from(line).command else { panic!() };
            let reader = Reader::new(&options.model).unwrap();
            let held = AtomicUsize::new(0);
            let mut source = Source::read(&file, &reader, &held, false).unwrap();
            source.total = samples;
            let sources = [&source, &source];
            let seconds = estimate(&options, &sources, 1.0, 1.0).seconds;
            (announcement(&options, &sources, Places::new(2, None)), seconds)
        };
        for options in [&[][..], &["--delays", "10", "--rank", "4"]] {
            assert_eq!(run(options, 200).0, None);
            let (said, seconds) = run(options, 1_000_000_000);
            let said = said.unwrap();
            assert!(
                said.starts_with("2 recordings, windows of up to") && said.contains("about"),
                "{said}"
            );
            let more = [options, &["--resamples", "1000"]].concat();
            let fewer = [options, &["--no-halves"]].concat();
            assert!(run(&more, 1_000_000_000).1 > seconds);
            assert!(run(&fewer, 1_000_000_000).1 < seconds);
        }
    }
}
