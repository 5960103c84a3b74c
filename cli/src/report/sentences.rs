//! The answer of a comparison in one sentence.

use super::data::{Report, ResampledPair};
use crate::classes::Separation;
use crate::text::{self, counted};

/// Above this p or q value a difference is called chance.
const LEVEL: f64 = 0.05;
/// The most names or pairs in a sentence.
const MOST: usize = 4;

/// The answer: whether classes differ or, without classes, which pairs are farther apart than one recording from itself.
#[must_use]
pub fn answer(report: &Report) -> String {
    match (&report.classes, &report.separation) {
        (Some(classes), Some(found)) => of_classes(report, classes, found),
        _ => match report.resamples.as_ref().filter(|found| !found.pairs.is_empty()) {
            Some(found) => of_resamples(&found.pairs),
            None => of_halves(report).unwrap_or_else(|| of_range(report)),
        },
    }
}

/// Two significant digits, or in powers of ten.
#[must_use]
pub fn short(x: f64) -> String {
    if x == 0.0 {
        return "0".to_owned();
    }
    let digits = 1 - x.abs().log10().floor() as i32;
    match digits {
        0..=5 => format!("{x:.*}", digits.max(0).unsigned_abs() as usize),
        -3..0 => format!("{x:.0}"),
        _ => format!("{x:.1e}"),
    }
}

/// A p value: never 0, and no more digits than it has.
fn p_value(p: f64) -> String {
    let text = format!("{p:.4}");
    if text == "0.0000" { "p < 0.0001".to_owned() } else { format!("p = {text}") }
}

fn of_classes(report: &Report, classes: &[String], found: &Separation) -> String {
    let mut names: Vec<&String> = classes.iter().collect();
    names.sort();
    names.dedup();
    let named = if names.len() <= MOST {
        format!("The classes {}", listed(&names))
    } else {
        format!("The {} classes", names.len())
    };
    let test = report.groups.as_ref().and_then(|groups| groups.permanova.as_ref());
    let verdict = match test {
        Some(found) if found.test.p <= LEVEL => {
            format!("{named} differ: PERMANOVA {}", p_value(found.test.p))
        }
        Some(found) => {
            let named = named.replacen("The", "the", 1);
            format!("No difference between {named} was found: PERMANOVA {}", p_value(found.test.p))
        }
        None => format!("{named} were not tested"),
    };
    let halves = report.halves.as_ref().and_then(|halves| halves.median_within);
    let of_one_class = match halves {
        Some(x) => {
            let halves = short(x);
            format!("halves of one recording differ by {halves} (median), recordings of one class")
        }
        None => "recordings of one class differ".to_owned(),
    };
    format!(
        "{verdict}; {} of {} recordings are nearest to one of their own class; {of_one_class} by {}, of different classes by {} (means).",
        found.nearest_in_class,
        found.with_company,
        short(found.within_mean),
        short(found.between_mean)
    )
}

fn of_resamples(pairs: &[ResampledPair]) -> String {
    let mut apart: Vec<&ResampledPair> = pairs.iter().filter(|pair| pair.q <= LEVEL).collect();
    apart.sort_by(|a, b| b.distance.total_cmp(&a.distance));
    let names: Vec<String> = apart.iter().map(|pair| pair_name(&pair.row, &pair.column)).collect();
    format!(
        "{} farther apart than two recordings of one system would be (q <= {LEVEL}){}.",
        share(apart.len(), pairs.len()),
        examples(&names)
    )
}

fn of_halves(report: &Report) -> Option<String> {
    let halves = report.halves.as_ref()?;
    let median = halves.median_within?;
    let within = |name: &String| {
        let at = halves.labels.iter().position(|label| label == name)?;
        halves.within.get(at).copied()
    };
    let (rows, columns) = (&report.labels, report.columns());
    let limit = |i: usize, j: usize| Some(within(rows.get(i)?)?.max(within(columns.get(j)?)?));
    let known: Vec<_> =
        report.pairs().filter_map(|(i, j, x)| Some((i, j, x, limit(i, j)?))).collect();
    let mut apart: Vec<_> = known.iter().filter(|(_, _, x, limit)| x > limit).collect();
    apart.sort_by(|a, b| b.2.total_cmp(&a.2));
    let names: Vec<String> =
        apart.iter().map(|(i, j, ..)| pair_name(&rows[*i], &columns[*j])).collect();
    let reliability = halves.discriminability.map_or(String::new(), |x| {
        format!("; a half is nearer to its own other half in {:.0} % of comparisons", 100.0 * x)
    });
    Some(format!(
        "{} farther apart than the halves of either of their recordings{}; halves of one recording differ by {} (median){reliability}.",
        share(apart.len(), known.len()),
        examples(&names),
        short(median)
    ))
}

fn of_range(report: &Report) -> String {
    let nearest = report.pairs().min_by(|a, b| a.2.total_cmp(&b.2));
    let farthest = report.pairs().max_by(|a, b| a.2.total_cmp(&b.2));
    let (Some(nearest), Some(farthest)) = (nearest, farthest) else {
        return "There is no pair of recordings.".to_owned();
    };
    let named = |pair: (usize, usize, f64)| {
        let names = pair_name(&report.labels[pair.0], &report.columns()[pair.1]);
        format!("{names} ({})", short(pair.2))
    };
    format!(
        "The nearest recordings are {}, the farthest {}; nothing here says how far apart two recordings of one system would be.",
        named(nearest),
        named(farthest)
    )
}

/// Such as "3 of 10 pairs are" or "The only pair is not".
fn share(some: usize, all: usize) -> String {
    match (some, all) {
        (0, 1) => "The only pair is not".to_owned(),
        (1, 1) => "The only pair is".to_owned(),
        (0, _) => format!("None of {all} pairs is"),
        (some, all) if some == all => format!("All {all} pairs are"),
        (1, _) => format!("1 of {all} pairs is"),
        _ => format!("{some} of {all} pairs are"),
    }
}

/// The pairs that are meant, the farthest first.
fn examples(names: &[String]) -> String {
    match names {
        [] => String::new(),
        _ if names.len() <= MOST => format!(": {}", names.join(", ")),
        _ => format!(": {} and {} more", names[..MOST - 1].join(", "), names.len() - MOST + 1),
    }
}

fn pair_name(row: &str, column: &str) -> String {
    format!("{} with {}", text::line(row), text::line(column))
}

fn listed(names: &[&String]) -> String {
    let names: Vec<String> = names.iter().map(|name| text::line(name)).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

/// What is compared, for the title.
#[must_use]
pub fn title(report: &Report) -> String {
    let rows = counted(report.labels.len(), "recording");
    match &report.against {
        None => format!("Dynamical similarity of {rows}"),
        Some(columns) => {
            format!("Dynamical similarity of {rows} and {}", counted(columns.len(), "other"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let cases = [
            (0.0, "0"),
            (0.0041, "0.0041"),
            (0.085_31, "0.085"),
            (1.26, "1.3"),
            (12.6, "13"),
            (126.4, "126"),
            (4.1e-9, "4.1e-9"),
            (1.0e7, "1.0e7"),
        ];
        for (x, text) in cases {
            assert_eq!(short(x), text);
        }
        assert_eq!((p_value(1e-4), p_value(1e-6)), ("p = 0.0001".into(), "p < 0.0001".into()));
    }

    #[test]
    fn a_share_has_the_right_verb() {
        let found = [(0, 1), (1, 1), (0, 3), (1, 3), (2, 3), (3, 3)].map(|(a, b)| share(a, b));
        assert_eq!(
            found,
            [
                "The only pair is not",
                "The only pair is",
                "None of 3 pairs is",
                "1 of 3 pairs is",
                "2 of 3 pairs are",
                "All 3 pairs are",
            ]
        );
    }
}
