//! Results as files: matrices (CSV), everything else (JSON), all marks (Markdown), the page (HTML).

use crate::report::{Matrix, Outcome};
use crate::{page, summary};
use dsa::output;
use dsa::problem::Problem;
use serde::Serialize;
use serde_json::json;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

/// What a result depends on.
#[derive(Debug, Serialize)]
pub struct Provenance {
    /// The command, as it was given.
    pub command: String,
    /// The version of the sources: `git describe --always --dirty`, where there is git.
    pub commit: String,
    /// The processor and its threads.
    pub machine: String,
    /// Whether populations were smaller than the marks are for.
    pub quick: bool,
    /// Wall-clock seconds of all.
    pub seconds: f64,
}

impl Provenance {
    /// At the beginning of a run: of the sources as they are now.
    #[must_use]
    pub fn new(quick: bool) -> Self {
        let mut arguments: Vec<String> = std::env::args().skip(1).collect();
        // Where it was written says nothing about the result.
        if let Some(at) = arguments.iter().position(|x| x == "--output") {
            arguments.iter_mut().skip(at + 1).take(1).for_each(|folder| *folder = "DIR".to_owned());
        }
        let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let processor = processor
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
            .map_or(std::env::consts::ARCH, |(_, name)| name);
        let threads = rayon::current_num_threads();
        let commit = Command::new("git")
            .args(["describe", "--always", "--dirty", "--abbrev=12"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output();
        let commit = commit.ok().filter(|output| output.status.success());
        Self {
            command: format!("cargo run --release -p case_studies -- {}", arguments.join(" ")),
            commit: commit.map_or_else(
                || "unknown".to_owned(),
                |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
            ),
            machine: format!("{processor}, {threads} threads, {}", std::env::consts::OS),
            quick,
            seconds: 0.0,
        }
    }
}

/// Writes everything into a folder that is there.
///
/// # Errors
/// A sentence that names the file.
pub fn write(folder: &Path, outcomes: &[Outcome], provenance: &Provenance) -> Result<(), Problem> {
    let matrices = folder.join("matrices");
    output::make_folder(&matrices)?;
    for outcome in outcomes {
        for matrix in &outcome.matrices {
            let name =
                format!("{}-{}-{}.csv", outcome.study.to_lowercase(), outcome.seed, matrix.file);
            output::write(&matrices.join(name), lower_triangle(matrix).as_bytes())?;
        }
    }
    let studies: Vec<_> = outcomes
        .iter()
        .map(|outcome| {
            json!({
                "study": outcome.study,
                "title": outcome.title,
                "source": outcome.source,
                "seed": outcome.seed,
                "marks": outcome.marks,
                "tables": outcome.tables,
                "notes": outcome.notes,
            })
        })
        .collect();
    let all = json!({ "provenance": provenance, "studies": studies });
    let text = serde_json::to_string_pretty(&all).map_err(Problem::new)?;
    output::write(&folder.join("results.json"), text.as_bytes())?;
    let summary = summary::markdown(outcomes, provenance);
    output::write(&folder.join("summary.md"), summary.as_bytes())?;
    output::write(&folder.join("page.html"), page::html(outcomes, provenance).as_bytes())
}

/// One line a recording: its name, then its distances to those above it, four significant digits.
fn lower_triangle(matrix: &Matrix) -> String {
    let count = matrix.names.len();
    let mut text = String::new();
    for (i, name) in matrix.names.iter().enumerate() {
        text.push_str(name);
        for value in &matrix.values[i * count..i * count + i] {
            let _ = write!(text, ",{}", significant(*value));
        }
        text.push('\n');
    }
    text
}

fn significant(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return x.to_string();
    }
    let places = (3.0 - x.abs().log10().floor()).clamp(0.0, 12.0) as usize;
    format!("{x:.places$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits_are_kept() {
        let written = [0.0, 1.23456, 0.00123456, 12345.6].map(significant);
        assert_eq!(written, ["0", "1.235", "0.001235", "12346"]);
    }
}
