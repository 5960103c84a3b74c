//! The page of a monitor.

use super::frame::{command, figure, page};
use super::pictures::Picture;
use crate::problem::Problem;
use crate::show::drawing::Drawing;
use crate::text::{self, counted};
use maud::{Markup, html};

/// The most reports in the table of a page.
const MOST_LINES: usize = 2000;

/// What a monitor reported of a stream.
pub struct Watched {
    /// The name of the stream.
    pub stream: String,
    /// The name of the calibration.
    pub calibration: String,
    /// The command line, quoted for a shell.
    pub command: String,
    /// What makes an alarm, in sentences.
    pub thresholds: Vec<String>,
    /// The reports in their order.
    pub moments: Vec<Moment>,
}

/// What kind of status a report has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing has changed.
    Ok,
    /// A change below the margin.
    Warning,
    /// A change.
    Alarm,
    /// Too little data.
    Insufficient,
    /// Faulty input.
    Invalid,
}

impl Kind {
    /// The name of its style.
    const fn style(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Alarm | Self::Invalid => "alarm",
            Self::Insufficient => "quiet",
        }
    }
}

/// One report.
pub struct Moment {
    /// Seconds from the beginning of the stream to the end of the window.
    pub time: f64,
    /// The kind of its status.
    pub kind: Kind,
    /// The status, as the terminal shows it.
    pub status: String,
    /// What the status means, in a sentence; the same sentence for the same cause.
    pub cause: String,
    /// The scores, in standard deviations: of the dynamics, its CUSUM, and of the gate.
    pub scores: [Option<f32>; 3],
}

/// The page as HTML; `drawing` shows the scores over time.
///
/// # Errors
/// A sentence, if there is no memory for a picture.
pub fn html(watched: &Watched, drawing: Drawing) -> Result<String, Problem> {
    let picture = Picture {
        name: "scores",
        label: "Scores of the monitor over time".to_owned(),
        caption: "Scores in standard deviations of the calibration. The dashed lines are the thresholds; a line is interrupted where a score could not be computed, and numbers beyond the ends of the axis are drawn there.".to_owned(),
        drawing,
    };
    let (svg, png) = (picture.drawing.svg(), picture.drawing.png()?);
    let title = format!("Monitor of {}", text::line(&watched.stream));
    let body = html! {
        header {
            h1 { (title) }
            p.answer #answer { (answer(&watched.moments)) }
        }
        main {
            section aria-labelledby="time-title" {
                h2 #time-title { "Over time" }
                (figure(&picture, &svg, &png)?)
                (causes(&watched.moments))
            }
            section aria-labelledby="thresholds-title" {
                h2 #thresholds-title { "The thresholds" }
                p { "The calibration is " (text::line(&watched.calibration)) "." }
                ul { @for sentence in &watched.thresholds { li { (sentence) } } }
            }
            section aria-labelledby="reports-title" {
                h2 #reports-title { "All reports" }
                (table(&watched.moments))
            }
            section aria-labelledby="repeat-title" {
                h2 #repeat-title { "To repeat it" }
                (command(&watched.command))
            }
        }
        footer { p { "dsa " (env!("CARGO_PKG_VERSION")) } }
    };
    Ok(page(&title, &body))
}

/// How many alarms there were, in plain sentences.
#[must_use]
pub fn answer(moments: &[Moment]) -> String {
    let Some(last) = moments.last() else {
        return "There is no report, because the stream is shorter than the time between two reports.".to_owned();
    };
    let of = |kind: Kind| moments.iter().filter(move |moment| moment.kind == kind);
    let (alarms, warnings) = (of(Kind::Alarm).count(), of(Kind::Warning).count());
    let within = format!("{} over {}", counted(moments.len(), "report"), duration(last.time));
    let mut sentences = vec![match (alarms, of(Kind::Alarm).next()) {
        (count, Some(first)) => format!(
            "{} of {within} {} an alarm; the first came after {}.",
            count,
            if count == 1 { "is" } else { "are" },
            duration(first.time)
        ),
        _ => format!("None of {within} is an alarm."),
    }];
    if warnings > 0 {
        sentences.push(format!("{} below the margin.", counted(warnings, "warning")));
    }
    let undecided = of(Kind::Insufficient).count() + of(Kind::Invalid).count();
    if undecided > 0 {
        sentences.push(format!("{} could decide nothing.", counted(undecided, "report")));
    }
    sentences.join(" ")
}

/// Seconds, or minutes and seconds.
fn duration(seconds: f64) -> String {
    if seconds < 120.0 {
        return format!("{seconds:.0} s");
    }
    let (minutes, rest) = ((seconds / 60.0).floor(), seconds % 60.0);
    if rest < 0.5 { format!("{minutes:.0} min") } else { format!("{minutes:.0} min {rest:.0} s") }
}

/// Every cause once, with how often and when it was first reported.
fn causes(moments: &[Moment]) -> Markup {
    let mut causes: Vec<(&Moment, usize)> = Vec::new();
    for moment in moments.iter().filter(|moment| moment.kind != Kind::Ok) {
        match causes.iter_mut().find(|(first, _)| first.cause == moment.cause) {
            Some((_, count)) => *count += 1,
            None => causes.push((moment, 1)),
        }
    }
    html! {
        @if !causes.is_empty() {
            ul {
                @for (first, count) in causes {
                    li {
                        span class=(first.kind.style()) { (text::line(&first.cause)) } " "
                        (counted(count, "report")) ", first after " (duration(first.time)) "."
                    }
                }
            }
        }
    }
}

fn table(moments: &[Moment]) -> Markup {
    let number = |x: Option<f32>| x.map_or("-".to_owned(), |x| format!("{x:.2}"));
    html! {
        div.box tabindex="0" role="group" aria-label="Table of all reports" {
            table {
                thead { tr { th scope="col" { "time (s)" } th.text scope="col" { "status" } @for cell in ["z of the score", "CUSUM", "z of the gate"] { th scope="col" { (cell) } } } }
                tbody {
                    @for moment in moments.iter().take(MOST_LINES) {
                        tr {
                            th scope="row" { (format!("{:.0}", moment.time)) }
                            td class={ "text " (moment.kind.style()) } { (text::line(&moment.status)) }
                            @for score in moment.scores { td { (number(score)) } }
                        }
                    }
                }
            }
        }
        @if moments.len() > MOST_LINES {
            p.quiet { "The first " (MOST_LINES) " of " (moments.len()) " reports; --json prints all of them." }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alarms_are_counted_in_words() {
        let moment = |time, kind| Moment {
            time,
            kind,
            status: String::new(),
            cause: String::new(),
            scores: [None; 3],
        };
        let kinds = [Kind::Insufficient, Kind::Ok, Kind::Warning, Kind::Alarm, Kind::Alarm];
        let moments: Vec<Moment> = kinds
            .iter()
            .enumerate()
            .map(|(k, kind)| moment(30.0 * (k + 1) as f64, *kind))
            .collect();
        assert_eq!(
            answer(&moments),
            "2 of 5 reports over 2 min 30 s are an alarm; the first came after 2 min. 1 warning below the margin. 1 report could decide nothing."
        );
        assert_eq!(answer(&moments[1..2]), "None of 1 report over 60 s is an alarm.");
        assert!(answer(&[]).starts_with("There is no report"));
    }
}
