//! What to try, given what is known of a recording.

use super::diagnosis::{Diagnosis, OfChannel};
use super::lines::short;
use crate::text::counted;

/// Autocorrelation times above this many samples waste windows on samples that say the same.
const SLOW: usize = 40;
/// Windows for each entry below which a fit is noisy.
const FEW: f64 = 10.0;
/// The autocorrelation of neighbours below which nothing seems to follow from the past.
const WHITE: f64 = 0.05;

/// Sentences, the most important first.
pub(super) fn of(found: &Diagnosis) -> Vec<String> {
    if let Some(axes) = found.notes.iter().find_map(|note| note.split_once("use --axes ")) {
        return vec![format!(
            "There are more channels than samples: read the file with `--axes {}`, if its axes are these, before anything else is judged.",
            axes.1
        )];
    }
    let mut advice = Vec::new();
    advice.extend(missing(found));
    if found.infinite > 0 {
        advice.push(format!(
            "{} infinite: mend the recording before it is written, because an infinite value is no missing one.",
            if found.infinite == 1 { "1 value is".to_owned() } else { format!("{} values are", found.infinite) }
        ));
    }
    if found.largest > 1e100 {
        advice.push(format!(
            "Values are as large as {:e}, and their squares overflow: save the recording in another unit.",
            found.largest
        ));
    }
    advice.extend(channels(found));
    // Bursts of events are far from the median, too.
    let is_continuous = found.events_per_sample.is_none();
    let artefacts = found.artefacts.filter(|x| x.value > 0.0 && is_continuous);
    if let Some(OfChannel { channel, value }) = artefacts {
        advice.push(format!(
            "{} of {} may be artefacts: `--mark 10` cuts the recording there.",
            counted(value as usize, "sample"),
            found.name(channel)
        ));
    }
    advice.extend(drift(found));
    if let Some(OfChannel { channel, .. }) = found.offset.filter(|x| x.value > 1e6) {
        advice.push(format!(
            "The mean of {} is more than a million standard deviations: subtract it before the file is written, because digits are lost already.",
            found.name(channel)
        ));
    }
    advice.extend(time(found));
    advice.extend(size(found));
    if let (None, Some(rate)) = (found.rate, found.rate_in_seconds) {
        advice.push(format!("If the column of time is in seconds, state it with `--rate {rate}`."));
    }
    advice
}

fn missing(found: &Diagnosis) -> Option<String> {
    let missing = found.missing.as_ref()?;
    Some(format!(
        "{} samples lack a value: `--gaps cut` cuts the recording into trials there, or fill them in before.",
        missing.samples
    ))
}

fn drift(found: &Diagnosis) -> Option<String> {
    let OfChannel { channel, value } = found.drift.filter(|x| x.value > 0.5)?;
    let name = found.name(channel);
    let share = format!("{:.0} % of the variance of {name}", 100.0 * value);
    Some(if found.trials > 1 {
        format!(
            "{share} lies between the means of successive trials: if these are conditions, `--centre condition --conditions FILE` subtracts their means; if it is a drift, compare parts of the recording."
        )
    } else {
        format!(
            "{share} lies between successive parts of the recording: filter slow changes out, or compare the parts, because an operator of the whole is mostly about the drift."
        )
    })
}

fn channels(found: &Diagnosis) -> Vec<String> {
    let mut advice = Vec::new();
    let mut useless: Vec<usize> = found.constant.clone();
    useless.extend(found.copies.iter().map(|[copy, _]| *copy));
    useless.extend(found.stuck.iter().map(|stuck| stuck.channel));
    useless.sort_unstable();
    useless.dedup();
    if useless.len() == found.channels {
        advice.push(
            "Every channel is constant, a copy or stuck: there is nothing to fit.".to_owned(),
        );
    } else if !useless.is_empty() {
        advice.push(format!(
            "Leave out what is constant, a copy or stuck: `--select {}`.",
            ranges((0..found.channels).filter(|channel| !useless.contains(channel)))
        ));
    }
    let expected = found.channels.saturating_sub(found.constant.len() + found.copies.len());
    if (1..expected).contains(&found.directions) && found.samples > found.channels {
        advice.push(format!(
            "The channels have {} independent directions, as an average reference or principal components make them; no rank of single samples can be higher. `--components {}` takes just those.",
            found.directions, found.directions
        ));
    }
    advice
}

fn time(found: &Diagnosis) -> Option<String> {
    if found.events_per_sample.is_some_and(|events| events < 0.5) {
        return Some(format!(
            "These look like counts of rare events: sum them in wider bins or smooth them (such as `--bin {}`), or every window is mostly zeros.",
            if found.rate.is_some() { "20ms" } else { "10" }
        ));
    }
    if found.directions > 0 && found.next_correlation.abs() < WHITE {
        return Some(
            "Neighbouring samples are nearly uncorrelated: at this rate the recording looks like noise, and an operator has little to predict. Sample faster, or smooth with `--smooth`.".to_owned(),
        );
    }
    match found.autocorrelation_time {
        // Nothing varies, which has been said.
        _ if found.directions == 0 => None,
        Some(time) if time > SLOW => Some(format!(
            "The recording changes slowly for its rate: `--decimate {}` (or `--interval {}`) lets windows of a few delays span its time scale.",
            time / 10,
            time / 10
        )),
        None => Some(
            "The recording hardly changes within half of a trial: it is too short for its time scale, or it drifts.".to_owned(),
        ),
        _ => None,
    }
}

fn size(found: &Diagnosis) -> Option<String> {
    let windows = found.windows;
    if windows.count == 0 {
        return Some(format!(
            "Trials of {} are too short for {} delays: use fewer, such as `--delays {}`.",
            counted(found.longest, "sample"),
            windows.delays,
            (found.longest / 3).max(1)
        ));
    }
    let per_entry = windows.count as f64 / windows.entries as f64;
    (per_entry < FEW && found.directions > 0).then(|| {
        format!(
            "There are {} windows of {} delays for each of their entries, which is few: use fewer delays or `--components {}` ({} directions hold 95 % of the variance).",
            short(per_entry),
            windows.delays,
            found.leading_directions.min(found.channels.saturating_sub(1)).max(1),
            found.leading_directions
        )
    })
}

/// Numbers as ranges: 0-3,5,7-9.
fn ranges(numbers: impl Iterator<Item = usize>) -> String {
    let mut ranges: Vec<[usize; 2]> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some([_, last]) if *last + 1 == number => *last = number,
            _ => ranges.push([number, number]),
        }
    }
    let text = |[first, last]: &[usize; 2]| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    ranges.iter().map(text).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_ranges() {
        assert_eq!(ranges([0, 1, 2, 5, 7, 8].into_iter()), "0-2,5,7-8");
        assert_eq!(ranges(std::iter::empty()), "");
    }
}
