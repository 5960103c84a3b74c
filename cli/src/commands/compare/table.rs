//! A matrix of distances with the names of its recordings: as text and as files.

use crate::classes::Separation;
use crate::output::{self, Contents};
use crate::problem::Problem;
use crate::show::table::{align, number};

/// A matrix of distances and its names.
pub(super) struct Table<'a> {
    pub(super) rows: &'a [String],
    pub(super) columns: &'a [String],
    /// Row after row.
    pub(super) distances: &'a [f64],
    /// Whether the rows are compared with each other.
    pub(super) alone: bool,
}

/// Up to this many columns the whole matrix is printed.
const WIDEST: usize = 20;

impl Table<'_> {
    fn distance(&self, i: usize, j: usize) -> f64 {
        self.distances[i * self.columns.len() + j]
    }

    /// The whole matrix or, where it is too wide to print, the nearest neighbour of each recording.
    pub(super) fn text(&self) -> String {
        if self.columns.len() <= WIDEST { self.whole() } else { self.nearest() }
    }

    fn whole(&self) -> String {
        let mut lines = vec![vec![String::new()]];
        lines[0].extend(self.columns.iter().cloned());
        for (i, label) in self.rows.iter().enumerate() {
            let mut line = vec![label.clone()];
            line.extend((0..self.columns.len()).map(|j| number(self.distance(i, j))));
            lines.push(line);
        }
        align(&lines)
    }

    fn nearest(&self) -> String {
        let mut lines = vec![["recording", "nearest", "distance"].map(str::to_owned).to_vec()];
        for (i, label) in self.rows.iter().enumerate() {
            let others = (0..self.columns.len()).filter(|j| !self.alone || *j != i);
            let nearest =
                others.min_by(|a, b| self.distance(i, *a).total_cmp(&self.distance(i, *b)));
            if let Some(j) = nearest {
                let distance = number(self.distance(i, j));
                lines.push(vec![label.clone(), self.columns[j].clone(), distance]);
            }
        }
        align(&lines)
    }

    /// NAME.csv and NAME.npy.
    pub(super) fn files(&self, name: &str) -> Result<Vec<Contents>, Problem> {
        let table = output::labelled_csv(self.rows, self.columns, |i, j| self.distance(i, j))?;
        let shape = [self.rows.len() as u64, self.columns.len() as u64];
        let array = output::npy(&shape, self.distances, false)?;
        Ok(vec![(format!("{name}.csv"), table), (format!("{name}.npy"), array)])
    }
}

/// A matrix as its rows.
pub(super) fn in_rows(values: &[f64], columns: usize) -> Vec<&[f64]> {
    values.chunks(columns.max(1)).collect()
}

/// Distances within and between classes, in four lines.
pub(super) fn separation_text(found: &Separation) -> String {
    format!(
        "within classes:  {:4} pairs, mean {}, largest {}\n\
         between classes: {:4} pairs, mean {}, smallest {}\n\
         {} of {} recordings have their nearest neighbour in their own class;\n\
         {} of {} are nearer to every recording of their own class than to any of another class\n",
        found.within_pairs,
        number(found.within_mean),
        number(found.within_largest),
        found.between_pairs,
        number(found.between_mean),
        number(found.between_smallest),
        found.nearest_in_class,
        found.with_company,
        found.separated,
        found.with_company,
    )
}
