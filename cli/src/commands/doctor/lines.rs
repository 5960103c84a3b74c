//! What is shown of a recording, line by line.

use super::diagnosis::{Diagnosis, OfChannel, Windows};
use super::signal;
use crate::text::counted;

/// A name, and what is said under it.
pub(super) type Line = (&'static str, String);

/// So many copies and stuck channels are shown, and twice as many names of constant ones.
const MOST: usize = 4;

/// The lines of one screen.
pub(super) fn lines(found: &Diagnosis) -> Vec<Line> {
    let mut lines = shape(found);
    lines.extend(channels(found));
    // Nothing is to be said of the course of channels that are constant.
    if found.directions > 0 {
        lines.extend(course(found));
    }
    let Windows { delays, entries, count } = found.windows;
    let per_entry = short(count as f64 / entries as f64);
    lines.push((
        "windows",
        format!("{count} of {delays} delays, {per_entry} for each of their {entries} entries"),
    ));
    lines.extend(found.notes.iter().map(|note| ("note", note.clone())));
    lines
}

/// How much there is, and what is missing.
fn shape(found: &Diagnosis) -> Vec<Line> {
    let lengths = if found.shortest == found.longest {
        counted(found.longest, "sample")
    } else {
        format!("{} to {} samples", found.shortest, found.longest)
    };
    let trials = counted(found.trials, "trial");
    let shape = format!("{trials} of {lengths}, {}", counted(found.channels, "channel"));
    let rate = match found.rate {
        Some(rate) => {
            let seconds = short(found.samples as f64 / rate);
            format!("{} samples per second; {seconds} s in all", short(rate))
        }
        None => "not stated in the file; `--rate HZ` states it".to_owned(),
    };
    let mut lines = vec![("shape", shape), ("rate", rate)];
    if let Some(missing) = &found.missing {
        let values = counted(missing.values, "value");
        let samples = counted(missing.samples, "sample");
        lines.push(("missing", format!("{values} in {samples}, the first at {}", missing.first)));
    }
    if found.infinite > 0 {
        lines.push(("infinite", counted(found.infinite, "value")));
    }
    lines
}

/// Channels that are no use.
fn channels(found: &Diagnosis) -> Vec<Line> {
    let mut lines = Vec::new();
    if !found.constant.is_empty() {
        let shown = found.constant.iter().take(2 * MOST).map(|at| found.name(*at));
        let more = found.constant.len().saturating_sub(2 * MOST);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        lines.push(("constant", shown.collect::<Vec<_>>().join(", ") + &more));
    }
    for [copy, of] in found.copies.iter().take(MOST) {
        lines.push(("copy", format!("{} repeats {}", found.name(*copy), found.name(*of))));
    }
    for OfChannel { channel, value } in found.stuck.iter().take(MOST) {
        let name = found.name(*channel);
        lines.push(("stuck", format!("{name} stays at one value for {value} samples")));
    }
    lines
}

/// What the channels do.
fn course(found: &Diagnosis) -> Vec<Line> {
    let directions = format!(
        "{} independent ones; 95 % of the variance of standardised channels lies in {}",
        found.directions, found.leading_directions
    );
    let mut lines = vec![("directions", directions)];
    if let Some(OfChannel { channel, value }) = found.offset {
        let name = found.name(channel);
        lines.push(("offset", format!("up to {} standard deviations ({name})", short(value))));
    }
    if let Some(OfChannel { channel, value }) = found.drift {
        let drift = format!(
            "up to {:.0} % of the variance lies between eighths of the recording ({})",
            100.0 * value,
            found.name(channel)
        );
        lines.push(("drift", drift));
    }
    if let Some(OfChannel { channel, value }) = found.artefacts.filter(|x| x.value > 0.0) {
        let far = format!(
            "{} of {} beyond {} robust standard deviations from its median",
            counted(value as usize, "sample"),
            found.name(channel),
            signal::FAR
        );
        lines.push(("far off", far));
    }
    if let Some(events) = found.events_per_sample {
        let events = short(events);
        lines.push(("counts", format!("whole numbers from 0 on, {events} per sample and channel")));
    }
    let time = match found.autocorrelation_time {
        Some(time) => {
            let in_time =
                found.rate.map(|rate| format!(" ({} ms)", short(1e3 * time as f64 / rate)));
            let after = counted(time, "sample") + &in_time.unwrap_or_default();
            format!("the autocorrelation falls below 1/e after {after}")
        }
        None => "the autocorrelation stays above 1/e for half of the longest trial".to_owned(),
    };
    lines.push(("time scale", time));
    if let Some(peak) = found.peak {
        let hertz = found.rate.map(|rate| format!(" ({} Hz)", short(peak * rate)));
        let hertz = hertz.unwrap_or_default();
        lines.push(("peak", format!("most power at {} cycles per sample{hertz}", short(peak))));
    }
    lines
}

/// Three significant digits.
pub(super) fn short(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return x.to_string();
    }
    let digits = (2 - x.abs().log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{x:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}
