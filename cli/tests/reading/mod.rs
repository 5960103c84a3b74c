//! Recordings as other programs write them: what is an axis, a name, a trial, a number and a missing one.

mod axes;
mod cells;
mod limits;
mod trials;

use dsa::read::{Format, Samples, read_bytes};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn csv(text: &str) -> Samples {
    read_bytes(Format::Csv, text.as_bytes(), None).unwrap()
}

/// The rows of a recording in tests/data.
fn rows_of(name: &str) -> Vec<Vec<f64>> {
    let read = dsa::read::read(&data(name), None).unwrap();
    read.trials[0].chunks(read.channels).map(<[f64]>::to_vec).collect()
}

/// Rows as a table, with a first cell in front of each.
fn table(head: &str, first: impl Fn(usize) -> String, rows: &[Vec<f64>]) -> String {
    let mut text = if head.is_empty() { String::new() } else { format!("{head}\n") };
    for (t, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row.iter().map(f64::to_string).collect();
        text += &format!("{}{}\n", first(t), cells.join(","));
    }
    text
}

/// A folder, the program in it, and what it says.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        std::fs::write(self.0.path().join(name), contents).unwrap();
    }

    fn run(&self, words: &str) -> Output {
        let arguments = words.split_whitespace();
        Command::new(env!("CARGO_BIN_EXE_dsa"))
            .args(arguments)
            .current_dir(self.0.path())
            .output()
            .unwrap()
    }

    /// Standard output as JSON, and standard error.
    fn json(&self, words: &str) -> (serde_json::Value, String) {
        let output = self.run(&format!("{words} --json"));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        (serde_json::from_slice(&output.stdout).unwrap(), said)
    }
}

/// The distance between the first two recordings of a comparison.
fn distance(result: &serde_json::Value) -> f64 {
    result["distances"][0][1].as_f64().unwrap()
}
