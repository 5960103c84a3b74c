//! `dsa doctor`: what a file holds, what may spoil a fit, and what to try.

mod advice;
mod diagnosis;
mod lines;
mod signal;
mod standardised;

use super::check_count;
use super::per_file::PerFile;
use super::recording::prepared;
use crate::arguments::Doctor;
use crate::output;
use crate::problem::Problem;
use crate::text;
use diagnosis::Diagnosis;
use serde_json::{Value, json};

pub(super) fn run(options: &Doctor) -> Result<(), Problem> {
    check_count(&options.files)?;
    let per_file = PerFile::read(&options.reading)?;
    let mut reports: Vec<Value> = Vec::new();
    let mut refused = 0_usize;
    for file in &options.files {
        let own = per_file.options(file, &options.reading, &options.preparation);
        let found = own.and_then(|(reading, preparation)| {
            let steps = preparation.preparation(&reading.file.select, false);
            prepared(file, &reading.reading(&preparation), &steps)
        });
        let found = found
            .and_then(|samples| Diagnosis::of(samples).map_err(|what| Problem::about(file, what)));
        match found {
            Ok(diagnosis) if options.json => {
                let mut report = serde_json::to_value(&diagnosis).map_err(Problem::new)?;
                report["file"] = json!(file.to_string_lossy());
                report["advice"] = json!(advice::of(&diagnosis));
                reports.push(report);
            }
            Ok(diagnosis) => {
                let advice = advice::of(&diagnosis);
                output::show(screen(&text::name(file), &diagnosis, &advice))?;
            }
            Err(problem) => {
                output::note(format_args!("refused: {problem}"));
                refused += 1;
            }
        }
    }
    if options.json {
        output::show(format_args!("{}\n", json!(reports)))?;
    }
    if refused > 0 {
        let all = options.files.len();
        return Err(Problem::new(format!("{refused} of {all} files were refused")));
    }
    Ok(())
}

/// One screen for a file.
fn screen(name: &str, diagnosis: &Diagnosis, advice: &[String]) -> String {
    let mut screen = format!("{name}\n");
    for (what, value) in lines::lines(diagnosis) {
        screen += &format!("  {what:<12} {}\n", text::line(&value));
    }
    match advice {
        [] => screen += "Nothing stands in the way of a fit.\n",
        advice => {
            screen += "What to try:\n";
            for sentence in advice {
                screen += &format!("  - {}\n", text::line(sentence));
            }
        }
    }
    screen + "\n"
}
