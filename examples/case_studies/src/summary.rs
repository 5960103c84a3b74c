//! All marks of all seeds, one line a claim.

use crate::files::Provenance;
use crate::report::{Mark, Outcome};
use std::fmt::Write;

/// A Markdown table for each study: claim, mark, one column a seed. Missed marks are bold.
#[must_use]
pub fn markdown(outcomes: &[Outcome], provenance: &Provenance) -> String {
    let quick = if provenance.quick {
        " QUICK run: smaller populations than the marks are for."
    } else {
        ""
    };
    let mut text = format!(
        "# Measured values beside their marks\n\n`{}`\n\nSources {}; {}; {:.0} s in all.{quick}\nBold: mark missed.\n",
        provenance.command, provenance.commit, provenance.machine, provenance.seconds
    );
    let mut rest = outcomes;
    while let Some(first) = rest.first() {
        let seeds = rest.iter().take_while(|outcome| outcome.study == first.study).count();
        let (study, others) = rest.split_at(seeds);
        rest = others;
        table(&mut text, first, study);
    }
    text
}

fn table(text: &mut String, first: &Outcome, study: &[Outcome]) {
    let _ = write!(text, "\n## {}. {}\n\n| claim | mark |", first.study, first.title);
    study.iter().for_each(|outcome| {
        let _ = write!(text, " seed {} |", outcome.seed);
    });
    let _ = write!(text, "\n| --- | --- |{}\n", " ---: |".repeat(study.len()));
    for (at, mark) in first.marks.iter().enumerate() {
        let _ = write!(text, "| {} | {} |", mark.what, mark.expected());
        for found in study.iter().filter_map(|outcome| outcome.marks.get(at)) {
            let _ = write!(text, " {} |", value(found));
        }
        text.push('\n');
    }
}

fn value(mark: &Mark) -> String {
    let number = format!("{:.3}", mark.measured);
    if mark.met == Some(false) { format!("**{number}**") } else { number }
}
