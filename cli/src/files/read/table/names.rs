//! The meaning of the name of a column.

/// What a column is by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The number of the trial.
    Trial,
    /// Time, and nothing else: `time`, `timestamp`, `seconds`.
    Time { unit: Option<String> },
    /// Time if it rises: `t`, `s`, `ms`.
    PerhapsTime { unit: Option<String> },
    /// The number of the sample or row.
    Count,
    /// Nothing: there is no name.
    Nameless,
    /// A channel, as far as the name goes.
    Channel,
}

const UNITS: [&str; 22] = [
    "s",
    "sec",
    "secs",
    "second",
    "seconds",
    "ms",
    "msec",
    "millisecond",
    "milliseconds",
    "us",
    "µs",
    "μs",
    "usec",
    "microseconds",
    "ns",
    "nanoseconds",
    "min",
    "minutes",
    "h",
    "hours",
    "samples",
    "frames",
];
const TIMES: [&str; 9] = [
    "time",
    "times",
    "timestamp",
    "timestamps",
    "time stamp",
    "elapsed time",
    "elapsed",
    "seconds",
    "milliseconds",
];
const PERHAPS_TIMES: [&str; 8] = ["t", "s", "sec", "secs", "second", "ms", "msec", "us"];
const COUNTS: [&str; 9] =
    ["sample", "samples", "frame", "frames", "index", "idx", "row", "rows", "#"];
const TRIALS: [&str; 12] = [
    "trial",
    "trials",
    "trialid",
    "trialno",
    "trialnum",
    "epoch",
    "epochs",
    "sweep",
    "segment",
    "episode",
    "repetition",
    "rep",
];
/// Words behind `trial` or `sample` that change nothing.
const NUMBERS: [&str; 9] = ["id", "number", "no", "no.", "num", "nr", "index", "idx", "#"];

/// The meaning of a name, in capitals or not.
pub(super) fn meaning(name: &str) -> Meaning {
    if name.trim().is_empty() {
        return Meaning::Nameless;
    }
    let (base, unit) = without_unit(&name.trim().to_lowercase());
    let is = |words: &[&str]| words.contains(&base.as_str());
    let first = base.split_once(' ').filter(|(_, last)| NUMBERS.contains(last)).map(|(x, _)| x);
    let is_number_of = |words: &[&str]| is(words) || first.is_some_and(|x| words.contains(&x));
    if is(&TIMES) || is(&PERHAPS_TIMES) {
        let unit = unit.or_else(|| UNITS.contains(&base.as_str()).then(|| base.clone()));
        if is(&TIMES) { Meaning::Time { unit } } else { Meaning::PerhapsTime { unit } }
    } else if is_number_of(&TRIALS) {
        Meaning::Trial
    } else if is_number_of(&COUNTS) || base.starts_with("unnamed:") {
        Meaning::Count
    } else {
        Meaning::Channel
    }
}

/// `time (ms)`, `time [ms]`, `time_ms`, `time/ms` and `time, ms` without the unit, and the unit.
fn without_unit(name: &str) -> (String, Option<String>) {
    let tidy = |text: &str| text.replace(['_', '-'], " ").trim_matches([' ', ':', ',']).to_owned();
    if let Some((base, unit)) = name.split_once(['(', '[', '{']) {
        let unit = unit.trim_end_matches([')', ']', '}']).trim().to_owned();
        return (tidy(base), Some(unit).filter(|unit| !unit.is_empty()));
    }
    if let Some((base, unit)) = name.rsplit_once(['_', ' ', '/', ','])
        && UNITS.contains(&unit.trim())
    {
        return (tidy(base), Some(unit.trim().to_owned()));
    }
    (tidy(name), None)
}

/// How many seconds a unit is; `None` for other units.
pub(crate) fn seconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "ms" | "msec" | "millisecond" | "milliseconds" => 1e-3,
        "us" | "µs" | "μs" | "usec" | "microseconds" => 1e-6,
        "ns" | "nanoseconds" => 1e-9,
        "min" | "minutes" => 60.0,
        "h" | "hours" => 3600.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_axes_are_known_with_their_units() {
        let time = |unit: &str| {
            let unit = (!unit.is_empty()).then(|| unit.to_owned());
            Meaning::Time { unit }
        };
        for (name, expected) in [
            ("time", time("")),
            ("Time (s)", time("s")),
            ("time [ms]", time("ms")),
            ("TIME_MS", time("ms")),
            ("time/s", time("s")),
            ("timestamp", time("")),
            ("Timestamps", time("")),
            ("seconds", time("seconds")),
            ("Elapsed Time (min)", time("min")),
            ("t", Meaning::PerhapsTime { unit: None }),
            ("T [ms]", Meaning::PerhapsTime { unit: Some("ms".into()) }),
            ("ms", Meaning::PerhapsTime { unit: Some("ms".into()) }),
            ("Frame", Meaning::Count),
            ("sample", Meaning::Count),
            ("sample_index", Meaning::Count),
            ("index", Meaning::Count),
            ("Unnamed: 0", Meaning::Count),
            ("Unnamed: 0.1", Meaning::Count),
            (" ", Meaning::Nameless),
            ("trial", Meaning::Trial),
            ("trial_id", Meaning::Trial),
            ("Trial", Meaning::Trial),
            ("Trial Number", Meaning::Trial),
            ("epoch", Meaning::Trial),
            ("time_of_day", Meaning::Channel),
            ("times two", Meaning::Channel),
            ("sampled", Meaning::Channel),
            ("trial type", Meaning::Channel),
            ("x", Meaning::Channel),
            ("Fp1", Meaning::Channel),
        ] {
            assert_eq!(meaning(name), expected, "{name}");
        }
    }
}
