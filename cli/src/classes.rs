//! Distances within and between classes of recordings.

use crate::problem::Problem;
use crate::{input, text};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// How the distances within classes compare with those between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Separation {
    /// Number of pairs of recordings of the same class.
    pub within_pairs: usize,
    /// Mean distance of these pairs.
    pub within_mean: f64,
    /// Largest distance of these pairs.
    pub within_largest: f64,
    /// Number of pairs of recordings of different classes.
    pub between_pairs: usize,
    /// Mean distance of these pairs.
    pub between_mean: f64,
    /// Smallest distance of these pairs.
    pub between_smallest: f64,
    /// Number of recordings whose nearest neighbour is of the same class.
    pub nearest_in_class: usize,
    /// Number of recordings that are nearer to every recording of their own class than to any of another class.
    pub separated: usize,
    /// Number of recordings that share their class with another recording.
    pub with_company: usize,
}

impl Separation {
    /// Compares the distances of a square matrix, stored row after row, whose row i is of class `classes[i]`.
    /// `None` if there is no pair within a class or no pair between classes.
    #[must_use]
    pub fn of(classes: &[String], distances: &[f64]) -> Option<Self> {
        let count = classes.len();
        let (mut within, mut between) = (Vec::new(), Vec::new());
        let (mut nearest_in_class, mut separated, mut with_company) = (0, 0, 0);
        for i in 0..count {
            let row = &distances[i * count..(i + 1) * count];
            let others = || (0..count).filter(|j| *j != i);
            for j in others().filter(|j| *j < i) {
                if classes[i] == classes[j] { &mut within } else { &mut between }.push(row[j]);
            }
            let (inside, outside): (Vec<usize>, Vec<usize>) =
                others().partition(|j| classes[*j] == classes[i]);
            let smallest = |of: &[usize]| of.iter().map(|j| row[*j]).fold(f64::INFINITY, f64::min);
            let largest = |of: &[usize]| of.iter().map(|j| row[*j]).fold(0.0, f64::max);
            if !inside.is_empty() {
                with_company += 1;
                nearest_in_class += usize::from(smallest(&inside) < smallest(&outside));
                separated += usize::from(largest(&inside) < smallest(&outside));
            }
        }
        if within.is_empty() || between.is_empty() {
            return None;
        }
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        Some(Self {
            within_pairs: within.len(),
            within_mean: mean(&within),
            within_largest: within.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            between_pairs: between.len(),
            between_mean: mean(&between),
            between_smallest: between.iter().copied().fold(f64::INFINITY, f64::min),
            nearest_in_class,
            separated,
            with_company,
        })
    }
}

/// A table of files and classes. It names each recording by its path, its file name, or its file name without the
/// ending.
#[derive(Debug)]
pub struct Labels {
    table: PathBuf,
    classes: HashMap<String, String>,
}

impl Labels {
    /// Reads a table.
    ///
    /// # Errors
    /// A sentence that names the table and the line that is wrong.
    pub fn read(table: &Path) -> Result<Self, Problem> {
        let about = |what: String| Problem::about(table, what);
        let bytes = input::read(table, input::LARGEST_TABLE)?;
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .trim(csv::Trim::All)
            .from_reader(bytes.as_slice());
        let mut classes = HashMap::new();
        for (line, record) in reader.records().enumerate() {
            let record = record.map_err(|error| about(error.to_string()))?;
            let (Some(file), Some(class), None) = (record.get(0), record.get(1), record.get(2))
            else {
                return Err(about(format!(
                    "line {} does not have the form `file,class`",
                    line + 1
                )));
            };
            classes.insert(file.to_owned(), class.to_owned());
        }
        Ok(Self { table: table.to_owned(), classes })
    }

    /// The class of each recording.
    ///
    /// # Errors
    /// A sentence that names the table and the recording that is missing in it.
    pub fn of<'a>(
        &self,
        files: impl IntoIterator<Item = &'a Path>,
    ) -> Result<Vec<String>, Problem> {
        let class = |file: &Path| {
            let found = names_in_a_table(file).find_map(|name| self.classes.get(&name));
            found.cloned().ok_or_else(|| {
                let what = format!("gives no class for {}", text::name(file));
                Problem::about(&self.table, what)
            })
        };
        files.into_iter().map(class).collect()
    }
}

/// What a table can call a file: its path, its file name, or its file name without the ending.
pub fn names_in_a_table(file: &Path) -> impl Iterator<Item = String> {
    let name = |part: Option<&std::ffi::OsStr>| part.map(|x| x.to_string_lossy().into_owned());
    let names = [Some(file.display().to_string()), name(file.file_name()), name(file.file_stem())];
    names.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::Separation;

    #[test]
    fn within_and_between_are_told_apart() {
        let classes = ["a", "a", "b"].map(str::to_owned);
        let distances = [0.0, 1.0, 5.0, 1.0, 0.0, 3.0, 5.0, 3.0, 0.0];
        let found = Separation::of(&classes, &distances).unwrap();
        assert_eq!((found.within_pairs, found.within_mean, found.within_largest), (1, 1.0, 1.0));
        assert_eq!(
            (found.between_pairs, found.between_mean, found.between_smallest),
            (2, 4.0, 3.0)
        );
        assert_eq!((found.nearest_in_class, found.separated, found.with_company), (2, 2, 2));
        assert_eq!(Separation::of(&classes[..2], &[0.0, 1.0, 1.0, 0.0]), None);
    }
}
