//! Mantel tests: does another matrix of distances between the same recordings order the pairs alike?

use crate::arguments::GroupArguments;
use crate::commands::baselines::Found;
use crate::input;
use crate::problem::Problem;
use crate::text;
use dynamical_similarity::statistics::{
    Correlation, Distances, Groups, Mantel, Permutations, mantel,
};
use dynamical_similarity::{Error, statistics::PermutationTest};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;

/// Products of two distances that all permutations of a test may take together.
const MOST_PRODUCTS: usize = 1_000_000_000;

/// The agreement with one other matrix.
pub(super) struct Agreement {
    with: String,
    found: Result<Mantel, Error>,
}

/// A matrix of distances from a file, for the recordings that it names.
pub(super) struct OtherMatrix<'a> {
    file: &'a Path,
    names: Vec<String>,
    distances: HashMap<(String, String), f64>,
}

impl<'a> OtherMatrix<'a> {
    /// Reads a table as `distances.csv`: names in the first row and in the first column.
    ///
    /// # Errors
    /// A sentence that names the file and the line that is wrong.
    pub(super) fn read(file: &'a Path) -> Result<Self, Problem> {
        let bytes = input::read(file, input::LARGEST_TABLE)?;
        let about = |what: String| Problem::about(file, what);
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(&bytes[..]);
        let header = reader.headers().map_err(|error| about(error.to_string()))?;
        let names: Vec<String> = header.iter().skip(1).map(str::to_owned).collect();
        let mut distances = HashMap::new();
        for (line, record) in reader.records().enumerate() {
            let record = record.map_err(|error| about(error.to_string()))?;
            let row = record.get(0).unwrap_or_default();
            for (column, cell) in names.iter().zip(record.iter().skip(1)) {
                let value = cell.parse().ok().filter(|value: &f64| value.is_finite());
                let value = value.ok_or_else(|| {
                    about(format!("line {}: `{}` is not a distance", line + 2, text::line(cell)))
                })?;
                distances.insert((row.to_owned(), column.clone()), value);
            }
        }
        Ok(Self { file, names, distances })
    }

    /// The distances between these recordings, row after row.
    fn of(&self, labels: &[String]) -> Result<Vec<f64>, Problem> {
        let pairs = labels.iter().flat_map(|row| labels.iter().map(move |column| (row, column)));
        let one = |(row, column): (&String, &String)| {
            let found = self.distances.get(&(row.clone(), column.clone()));
            found.copied().ok_or_else(|| {
                let known = self.names.first().map_or("nothing", String::as_str);
                Problem::about(
                    self.file,
                    format!(
                        "there is no distance between {} and {}; rows and columns have to be named like the recordings, and the first name here is {}",
                        text::line(row), text::line(column), text::line(known)
                    ),
                )
            })
        };
        pairs.map(one).collect()
    }
}

/// The agreement of a square matrix of distances with a matrix from a file and with the baselines.
///
/// # Errors
/// A sentence, if the file does not have all recordings.
pub(super) fn all(
    distances: &[f64],
    labels: &[String],
    other: Option<&OtherMatrix<'_>>,
    baselines: &[Found],
    strata: Option<&[String]>,
    options: &GroupArguments,
) -> Result<Vec<Agreement>, Problem> {
    let mut agreements = Vec::new();
    let mut add = |with: &str, matrix: &[f64]| {
        let found = test(distances, matrix, labels.len(), strata, options);
        agreements.push(Agreement { with: with.to_owned(), found });
    };
    if let Some(other) = other {
        add(&other.file.display().to_string(), &other.of(labels)?);
    }
    for found in baselines {
        if let Some(matrix) = found.distances() {
            add(found.name(), matrix);
        }
    }
    // Two recordings are one pair, which has no order.
    agreements.retain(|_| labels.len() > 2);
    Ok(agreements)
}

fn test(
    one: &[f64],
    other: &[f64],
    count: usize,
    strata: Option<&[String]>,
    options: &GroupArguments,
) -> Result<Mantel, Error> {
    let affordable = MOST_PRODUCTS / (count * count / 2).max(1);
    let mut permutations = Permutations::new()
        .count(affordable.clamp(99, options.permutations as usize))
        .seed(options.seed);
    if let Some(strata) = strata {
        permutations = permutations.within(&Groups::new(strata)?);
    }
    let (one, other) = (Distances::new(one, count)?, Distances::new(other, count)?);
    mantel(&one, &other, Correlation::Spearman, &permutations)
}

impl Agreement {
    /// A sentence for the terminal.
    pub(super) fn sentence(&self) -> String {
        let with = text::line(&self.with);
        match &self.found {
            Err(reason) => format!("Agreement with {with}: not tested, {reason}."),
            Ok(Mantel { correlation, test: PermutationTest { p, permutations, .. }, .. }) => {
                format!(
                    "Agreement with {with}: rank correlation {correlation:.2} of the distances (Mantel test, p {p:.4} of {permutations} permutations)."
                )
            }
        }
    }

    /// The numbers for a report.
    pub(super) fn report(&self) -> Value {
        match &self.found {
            Err(reason) => json!({ "with": self.with, "refused": reason.to_string() }),
            Ok(found) => json!({
                "with": self.with,
                "rank_correlation": found.correlation,
                "p": found.test.p,
                "permutations": found.test.permutations,
            }),
        }
    }
}
