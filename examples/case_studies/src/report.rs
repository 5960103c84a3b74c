//! What a study found: tables, measured values beside their marks, matrices, pictures, notes.

use crate::scores::{Distances, Scores};
use dsa::problem::Problem;
use dsa::show::table::align;
use serde::Serialize;
use std::fmt::Write;

/// One study on one seed.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// A letter, and a number where a study has several parts.
    pub study: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// What started the random numbers.
    pub seed: u64,
    /// In the order of showing.
    pub tables: Vec<Table>,
    /// Measured values beside their marks.
    pub marks: Vec<Mark>,
    /// Every matrix, with the recordings that it is among.
    pub matrices: Vec<Matrix>,
    /// For the page.
    pub pictures: Vec<Picture>,
    /// Sentences.
    pub notes: Vec<String>,
}

/// A table with a heading.
#[derive(Debug, Clone, Serialize)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// The first row names the columns.
    pub rows: Vec<Vec<String>>,
}

/// A measured value, and the value that it was expected to reach before it was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Mark {
    /// What is measured.
    pub what: String,
    /// The value.
    pub measured: f64,
    /// It should be at least this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// It should be at most this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// Whether it is; none where nothing was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub met: Option<bool>,
}

impl Mark {
    /// Met from `bound` on.
    pub fn at_least(what: impl Into<String>, measured: f64, bound: f64) -> Self {
        let met = Some(measured >= bound);
        Self { what: what.into(), measured, at_least: Some(bound), at_most: None, met }
    }

    /// Met up to `bound`.
    pub fn at_most(what: impl Into<String>, measured: f64, bound: f64) -> Self {
        let met = Some(measured <= bound);
        Self { what: what.into(), measured, at_least: None, at_most: Some(bound), met }
    }

    /// Nothing was expected.
    pub fn reported(what: impl Into<String>, measured: f64) -> Self {
        Self { what: what.into(), measured, at_least: None, at_most: None, met: None }
    }

    /// The expectation in words.
    pub fn expected(&self) -> String {
        match (self.at_least, self.at_most) {
            (Some(low), _) => format!("at least {low}"),
            (_, Some(high)) => format!("at most {high}"),
            _ => "reported, no pass mark".to_owned(),
        }
    }
}

/// A square matrix among named recordings.
#[derive(Debug, Clone)]
pub struct Matrix {
    /// A file name without its ending.
    pub file: String,
    /// Names of the rows.
    pub names: Vec<String>,
    /// Row after row.
    pub values: Vec<f64>,
}

/// A picture for the page.
#[derive(Debug, Clone)]
pub struct Picture {
    /// What it shows.
    pub caption: String,
    /// The file.
    pub data: Vec<u8>,
    /// Its type.
    pub media: &'static str,
}

/// The columns of [`score_row`].
pub fn score_header(first: &str) -> Vec<String> {
    [first, "1-NN", "silhouette", "Rand", "SVM rows", "SVM map"].map(str::to_owned).to_vec()
}

/// One matrix in a table of scores.
pub fn score_row(name: &str, scores: &Scores) -> Vec<String> {
    let Scores { nearest, silhouette, rand, machine_rows, machine_map, .. } = scores;
    let numbers = [nearest, silhouette, rand, machine_rows, machine_map];
    std::iter::once(name.to_owned()).chain(numbers.map(|x| format!("{x:.3}"))).collect()
}

/// Scores of all `matrices`, their table, and the matrices for files named after `file`.
///
/// # Errors
/// A sentence if a distance is not finite.
pub fn scored(
    title: &str,
    file: &str,
    names: &[String],
    classes: &[usize],
    matrices: &[Distances],
) -> Result<(Vec<Scores>, Table, Vec<Matrix>), Problem> {
    let mut rows = vec![score_header("distance")];
    let (mut scores, mut files) = (Vec::new(), Vec::new());
    let pairs = names.len() * names.len().saturating_sub(1) / 2;
    for distances in matrices {
        let found = Scores::of(classes, &distances.values)?;
        let mut row = score_row(&distances.measure, &found);
        // W2 is exact: only a search has something to prove.
        if let Some(certified) =
            distances.certified.filter(|_| distances.measure.contains("angular"))
        {
            row[0] = format!("{} ({certified} of {pairs} proven)", distances.measure);
        }
        rows.push(row);
        scores.push(found);
        let kind: String = distances
            .measure
            .to_lowercase()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        files.push(Matrix {
            file: format!("{file}-{kind}"),
            names: names.to_vec(),
            values: distances.values.clone(),
        });
    }
    Ok((scores, Table { title: title.to_owned(), rows }, files))
}

impl Outcome {
    /// Tables, marks and notes for a terminal.
    pub fn text(&self, quick: bool) -> String {
        let mut text =
            format!("\n{}. {}, seed {}\n   {}\n", self.study, self.title, self.seed, self.source);
        for table in &self.tables {
            let _ = write!(text, "\n{}\n{}", table.title, align(&table.rows));
        }
        let _ = write!(text, "\n{}\n{}", self.marks_title(quick), align(&self.marks_rows()));
        for note in &self.notes {
            let _ = writeln!(text, "- {note}");
        }
        text
    }

    /// The table of marks.
    pub fn marks_rows(&self) -> Vec<Vec<String>> {
        let header = ["claim", "measured", "mark", ""].map(str::to_owned).to_vec();
        let row = |mark: &Mark| {
            let met = match mark.met {
                Some(true) => "met",
                Some(false) => "MISSED",
                None => "",
            };
            vec![
                mark.what.clone(),
                format!("{:.3}", mark.measured),
                mark.expected(),
                met.to_owned(),
            ]
        };
        std::iter::once(header).chain(self.marks.iter().map(row)).collect()
    }

    /// What the marks are for.
    pub fn marks_title(&self, quick: bool) -> &'static str {
        if self.marks.iter().all(|mark| mark.met.is_none()) {
            "Measured; no marks were set"
        } else if quick {
            "Marks (QUICK run: smaller populations; the marks are those of the full run)"
        } else {
            "Marks, set before these seeds were run"
        }
    }
}
