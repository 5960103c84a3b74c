//! One population compared in every way: operators at several fits, and geometry.

use crate::baselines::{self, States};
use crate::population::{System, dynamical_distances};
use crate::report::{Matrix, Table, scored};
use crate::scores::{Distances, Scores};
use dsa::problem::Problem;
use dynamical_similarity::Model;

/// A labelled population.
#[derive(Debug)]
pub struct Population<'a> {
    /// For tables.
    pub title: &'a str,
    /// For files.
    pub file: &'a str,
    /// Names of the systems.
    pub names: &'a [String],
    /// Class of each.
    pub classes: &'a [usize],
    /// Their models and states.
    pub systems: &'a [System],
    /// What tells the other fits from the first one.
    pub other_fits: &'a [&'a str],
}

/// What was found.
#[derive(Debug)]
pub struct Compared {
    /// All matrices.
    pub distances: Vec<Distances>,
    /// Scores of each.
    pub scores: Vec<Scores>,
    /// Scores in a table.
    pub table: Table,
    /// For files.
    pub matrices: Vec<Matrix>,
}

impl Population<'_> {
    /// W2, W2 squared and angular distances of the first fit, then the baselines, then W2 and angular
    /// distances of the other fits: of such a fit it is said where it cannot be compared.
    ///
    /// # Errors
    /// The library's words.
    pub fn compare(&self) -> Result<Compared, Problem> {
        let mut title = format!("{}{}", self.title, self.lower_ranks());
        let mut distances = self.dynamical(0)?.to_vec();
        let states: Vec<&States> = self.systems.iter().map(|system| &system.states).collect();
        distances.extend(baselines::among(&states)?);
        for (k, fit) in self.other_fits.iter().enumerate() {
            let [w2, _, angular] = match self.dynamical(k + 1) {
                Ok(found) => found,
                Err(problem) => {
                    title = format!("{title}; {fit} not compared: {problem}");
                    continue;
                }
            };
            for mut matrix in [w2, angular] {
                matrix.measure = format!("{}, {fit}", matrix.measure);
                distances.push(matrix);
            }
        }
        let (scores, table, mut matrices) =
            scored(&title, self.file, self.names, self.classes, &distances)?;
        // Squares follow from the file beside them.
        matrices.retain(|matrix| !matrix.file.contains("squared"));
        Ok(Compared { distances, scores, table, matrices })
    }

    /// How many operators of the first fit have fewer directions than the others.
    fn lower_ranks(&self) -> String {
        let ranks = || self.systems.iter().map(|system| system.models[0].rank());
        let (least, most) = (ranks().min().unwrap_or(0), ranks().max().unwrap_or(0));
        if least == most {
            return String::new();
        }
        let fewer = ranks().filter(|rank| *rank < most).count();
        format!(
            "; {fewer} recordings have only {least} or more of {most} directions, padded with zeros"
        )
    }

    fn dynamical(&self, fit: usize) -> Result<[Distances; 3], Problem> {
        let models: Vec<&Model<f64>> =
            self.systems.iter().map(|system| &system.models[fit]).collect();
        dynamical_distances(&models)
    }
}

/// Places of the headline matrices in [`Compared::distances`].
pub const W2: usize = 0;
/// W2 squared.
pub const W2_SQUARED: usize = 1;
/// The angle.
pub const ANGULAR: usize = 2;
/// Procrustes on states.
pub const PROCRUSTES: usize = 3;
