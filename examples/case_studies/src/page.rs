//! One HTML page that needs nothing else.

use crate::files::Provenance;
use crate::report::{Outcome, Table};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;

const STYLE: &str = "body{font:15px/1.45 system-ui,sans-serif;max-width:1180px;margin:2em auto;padding:0 1em;\
color:#222}table{border-collapse:collapse;margin:.6em 0 1.2em}td,th{padding:.15em .7em;text-align:right;\
border-bottom:1px solid #ddd}td:first-child,th:first-child{text-align:left}caption{text-align:left;\
font-weight:600;padding:.3em 0}.missed{background:#fdd}.quick{background:#ffe9a8;padding:.5em 1em}\
figure{display:inline-block;margin:.4em;vertical-align:top}figcaption{font-size:12px;max-width:560px}\
img{max-width:100%}";

/// What the page says before any number.
const READING: &str = "Each study states what was expected before the seeds were run (marks), what was \
measured, and what geometry alone sees of the same recordings. 1-NN: leave-one-out accuracy of the nearest \
neighbour. Rand: adjusted Rand index of as many medoids as classes. SVM: linear support vector machine, five \
folds, on the rows of the matrix or on two coordinates of classical scaling (map).";

/// The page of all outcomes. Pictures are those of the first seed of each study.
pub fn html(outcomes: &[Outcome], provenance: &Provenance) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Case studies</title>\
         <style>{STYLE}</style></head><body>\n<h1>Dynamical similarity: case studies</h1>\n<p>{READING}</p>\n"
    );
    if provenance.quick {
        page.push_str(
            "<p class=\"quick\">QUICK run: smaller populations than the marks are for, one seed.</p>\n",
        );
    }
    let _ = writeln!(
        page,
        "<p><code>{}</code><br>sources {}, {}; {:.0} s in all</p>",
        escaped(&provenance.command),
        escaped(&provenance.commit),
        escaped(&provenance.machine),
        provenance.seconds
    );
    let mut last = "";
    for outcome in outcomes {
        let first = outcome.study != last;
        last = outcome.study;
        if first {
            let _ = writeln!(
                page,
                "<h2>{}. {}</h2>\n<p>Source: {}.</p>",
                outcome.study,
                escaped(outcome.title),
                escaped(outcome.source)
            );
            let notes: String =
                outcome.notes.iter().map(|note| format!("<li>{}</li>\n", escaped(note))).collect();
            let _ = writeln!(page, "<ul>\n{notes}</ul>");
        }
        let _ = writeln!(page, "<h3>Seed {}</h3>", outcome.seed);
        let title = outcome.marks_title(provenance.quick).to_owned();
        page.push_str(&table(&Table { title, rows: outcome.marks_rows() }));
        if first {
            for picture in &outcome.pictures {
                let _ = writeln!(
                    page,
                    "<figure><img alt=\"{0}\" src=\"data:{1};base64,{2}\"><figcaption>{0}</figcaption></figure>",
                    escaped(&picture.caption),
                    picture.media,
                    STANDARD.encode(&picture.data)
                );
            }
        }
        outcome.tables.iter().for_each(|found| page.push_str(&table(found)));
    }
    page.push_str("</body></html>\n");
    page
}

fn table(table: &Table) -> String {
    let mut text = format!("<table><caption>{}</caption>\n", escaped(&table.title));
    for (at, row) in table.rows.iter().enumerate() {
        let cell = if at == 0 { "th" } else { "td" };
        let missed = row.last().is_some_and(|last| last == "MISSED");
        text.push_str(if missed { "<tr class=\"missed\">" } else { "<tr>" });
        for value in row {
            let _ = write!(text, "<{cell}>{}</{cell}>", escaped(value));
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</table>\n");
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
