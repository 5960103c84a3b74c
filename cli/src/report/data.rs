//! What a report of `dsa compare` holds, as far as a page shows it: a part of report.json, whose fields
//! `docs/report.schema.json` describes.

use crate::classes::Separation;
use crate::clustering::Merge;
use serde::Deserialize;
use serde_json::Value;

/// The largest residual of an eigenvalue that is marked as trusted.
pub const TRUSTED: f64 = 0.1;

/// A report.
#[derive(Debug, Deserialize)]
pub struct Report {
    /// The version of the program.
    pub version: String,
    /// The command line, quoted for a shell.
    pub command: String,
    /// The names of the rows.
    pub labels: Vec<String>,
    /// The names of the columns, where they are others.
    pub against: Option<Vec<String>>,
    /// What the numbers measure.
    pub measure: String,
    /// The name of the distance.
    pub metric: String,
    /// The distances, row after row.
    pub distances: Vec<Vec<f64>>,
    /// The class of every row.
    pub classes: Option<Vec<String>>,
    /// How distances within classes compare with those between them.
    pub separation: Option<Separation>,
    /// Tests of the classes.
    pub groups: Option<Groups>,
    /// Halves of recordings.
    pub halves: Option<Halves>,
    /// Null bands and intervals.
    pub resamples: Option<Resamples>,
    /// Distances without operators.
    #[serde(default)]
    pub baselines: Vec<Baseline>,
    /// The tree of the recordings.
    pub clustering: Option<Clustering>,
    /// The map of the recordings.
    pub scaling: Option<Scaling>,
    /// The parts of distances between systems with known inputs.
    pub parts: Option<Parts>,
    /// The operators of a single fit, or of systems with known inputs.
    #[serde(default, alias = "systems")]
    pub models: Vec<Model>,
    /// The members of a fan.
    pub fan: Option<Fan>,
    /// The result at the neighbouring ranks.
    #[serde(default)]
    pub ranks: Vec<AtRank>,
    /// What was decided while recordings were read.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Remarks about the distances.
    #[serde(default)]
    pub remarks: Vec<String>,
    /// Recordings that could not be used.
    #[serde(default)]
    pub refused: Vec<Refused>,
    /// Samples per second, where they are known.
    pub rate: Option<f64>,
    /// The settings of a single fit.
    pub settings: Option<Settings>,
    /// What the terminal shows, by topic.
    pub sentences: Sentences,
}

/// The parts of distances between systems with known inputs; the distances themselves are joint.
#[derive(Debug, Deserialize)]
pub struct Parts {
    /// Those of the dynamics, row after row.
    pub state: Vec<Vec<f64>>,
    /// Those of the inputs, row after row.
    pub input: Vec<Vec<f64>>,
}

/// Tests of classes, or why there are none.
#[derive(Debug, Deserialize)]
pub struct Groups {
    /// Why the classes were not tested.
    pub refused: Option<String>,
    /// Whether the classes lie apart.
    pub permanova: Option<Permanova>,
}

/// Whether classes lie apart.
#[derive(Debug, Deserialize)]
pub struct Permanova {
    /// The permutation test.
    pub test: Test,
}

/// A permutation test.
#[derive(Debug, Deserialize)]
pub struct Test {
    /// How often chance does as well.
    pub p: f64,
}

/// Halves of recordings, or why they say nothing.
#[derive(Debug, Default, Deserialize)]
pub struct Halves {
    /// Why they say nothing.
    pub refused: Option<String>,
    /// The recordings that have halves.
    #[serde(default)]
    pub labels: Vec<String>,
    /// The distance between the halves of each.
    #[serde(default)]
    pub within: Vec<f64>,
    /// The median of these.
    pub median_within: Option<f64>,
    /// The median distance between halves of different recordings.
    pub median_between: Option<f64>,
    /// How often a half is nearer to its own other half.
    pub discriminability: Option<f64>,
}

/// Null bands and intervals of pairs.
#[derive(Debug, Deserialize)]
pub struct Resamples {
    /// How many resamples were drawn.
    pub draws: usize,
    /// The pairs.
    pub pairs: Vec<ResampledPair>,
}

/// A pair and its null band.
#[derive(Debug, Deserialize)]
pub struct ResampledPair {
    /// The recording in the row.
    pub row: String,
    /// The recording in the column.
    pub column: String,
    /// Their distance.
    pub distance: f64,
    /// How far apart two recordings of one system would be.
    pub null_band_edge: f64,
    /// The p value, corrected for the number of pairs.
    pub q: f64,
}

/// Distances without operators, or why there are none.
#[derive(Debug, Deserialize)]
pub struct Baseline {
    /// Their name.
    pub name: String,
    /// Why there are none.
    pub refused: Option<String>,
    /// The distances, row after row.
    pub distances: Option<Vec<Vec<f64>>>,
    /// How they tell classes apart.
    pub separation: Option<Separation>,
}

/// A tree of recordings.
#[derive(Debug, Deserialize)]
pub struct Clustering {
    /// The leaves from one end to the other.
    pub order: Vec<usize>,
    /// The clusters that were joined.
    pub merges: Vec<Merge>,
}

/// A map of recordings.
#[derive(Debug, Deserialize)]
pub struct Scaling {
    /// Two coordinates of each recording.
    pub coordinates: Vec<[f64; 2]>,
    /// The rank correlation of distances in the map with those that were found.
    pub rank_correlation: Option<f64>,
}

/// The operator of a recording.
#[derive(Debug, Deserialize)]
pub struct Model {
    /// Its rank.
    #[serde(alias = "order")]
    pub rank: usize,
    /// The ratio of the largest singular value that was kept to the smallest.
    pub condition: Option<f64>,
    /// The relative error of predictions one step ahead.
    pub residual: Option<f64>,
    /// What a reader should know.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Real and imaginary parts.
    #[serde(default)]
    pub eigenvalues: Vec<[f64; 2]>,
    /// The residuals of the eigenvalues on held-out halves, if they are known.
    #[serde(default)]
    pub residuals: Option<Vec<f64>>,
    /// The leading singular values of the delay windows.
    #[serde(default)]
    pub singular_values: Vec<f64>,
}

/// The settings of a single fit.
#[derive(Debug, Deserialize)]
pub struct Settings {
    /// Samples by which an operator predicts ahead.
    pub steps_ahead: usize,
}

/// The members of a fan.
#[derive(Debug, Deserialize)]
pub struct Fan {
    /// All members.
    pub members: Vec<Member>,
    /// The member that stands for all best.
    pub most_similar: Option<Member>,
    /// The eigenvalues of this member, of every recording.
    #[serde(default)]
    pub eigenvalues: Vec<Vec<[f64; 2]>>,
}

/// A window and a rank.
#[derive(Debug, Clone, Deserialize)]
pub struct Member {
    /// Samples of a window per channel.
    pub delays: usize,
    /// Samples from one delay to the next.
    pub interval: usize,
    /// Samples by which the operator predicts ahead.
    pub steps_ahead: usize,
    /// The rank.
    pub rank: usize,
    /// The rank correlation with the mean over all members.
    pub agreement: Option<f64>,
}

/// The result at a rank, or why there is none.
#[derive(Debug, Deserialize)]
pub struct AtRank {
    /// The rank.
    pub rank: usize,
    /// Why there is none.
    pub refused: Option<String>,
    /// The mean distance.
    pub mean: Option<f64>,
    /// The smallest distance.
    pub smallest: Option<f64>,
    /// The largest distance.
    pub largest: Option<f64>,
    /// How distances within classes compare with those between them.
    pub separation: Option<Separation>,
}

/// What was decided while a recording was read.
#[derive(Debug, Deserialize)]
pub struct Note {
    /// The recording, if it is one.
    pub file: Option<String>,
    /// The sentence.
    pub note: String,
}

/// A recording that could not be used.
#[derive(Debug, Deserialize)]
pub struct Refused {
    /// The recording.
    pub file: String,
    /// Why.
    pub reason: String,
}

/// Sentences by topic.
#[derive(Debug, Default, Deserialize)]
pub struct Sentences {
    /// How the settings were chosen.
    #[serde(default)]
    pub settings: Vec<String>,
    /// How near the distances are to the true ones.
    #[serde(default)]
    pub exactness: Vec<String>,
    /// What halves say.
    #[serde(default)]
    pub halves: Vec<String>,
    /// What resamples say.
    #[serde(default)]
    pub resamples: Vec<String>,
    /// What tests say of the classes.
    #[serde(default)]
    pub classes: Vec<String>,
    /// What distances without operators say.
    #[serde(default)]
    pub baselines: Vec<String>,
}

impl Report {
    /// The part of a report that a page shows.
    ///
    /// # Errors
    /// A sentence that names the field that is missing or of another kind.
    pub fn of(report: &Value) -> Result<Self, serde_json::Error> {
        Self::deserialize(report)
    }

    /// The names of the columns.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        self.against.as_deref().unwrap_or(&self.labels)
    }

    /// The names of all recordings: the rows, then the columns where they are others.
    pub fn recordings(&self) -> impl Iterator<Item = &String> {
        self.labels.iter().chain(self.against.iter().flatten())
    }

    /// Every pair that was compared, as its row, its column and its distance.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize, f64)> + '_ {
        let alone = self.against.is_none();
        self.distances.iter().enumerate().flat_map(move |(i, row)| {
            let kept = if alone { i } else { row.len() };
            row.iter().take(kept).enumerate().map(move |(j, x)| (i, j, *x))
        })
    }

    /// Whether a pair is of one class; `None` without classes.
    #[must_use]
    pub fn of_one_class(&self, row: usize, column: usize) -> Option<bool> {
        let classes = self.classes.as_ref()?;
        Some(classes.get(row)? == classes.get(column)?)
    }

    /// The eigenvalues of every recording: those of the operators of a single fit, or of the member of a fan that stands
    /// for all best.
    #[must_use]
    pub fn eigenvalues(&self) -> Vec<&[[f64; 2]]> {
        match &self.fan {
            Some(fan) => fan.eigenvalues.iter().map(Vec::as_slice).collect(),
            None => self.models.iter().map(|model| model.eigenvalues.as_slice()).collect(),
        }
    }

    /// Whether residuals are known of any eigenvalue.
    #[must_use]
    pub fn has_residuals(&self) -> bool {
        self.fan.is_none() && self.models.iter().any(|model| model.residuals.is_some())
    }

    /// Whether eigenvalue `at` of a recording is known to be one of its system: a small residual on held-out halves.
    #[must_use]
    pub fn is_trusted(&self, recording: usize, at: usize) -> bool {
        let model = self.models.get(recording).filter(|_| self.fan.is_none());
        let residuals = model.and_then(|model| model.residuals.as_ref());
        residuals.and_then(|residuals| residuals.get(at)).is_some_and(|x| *x <= TRUSTED)
    }

    /// How many samples an operator predicts ahead.
    #[must_use]
    pub fn steps_ahead(&self) -> usize {
        let of_fan = self.fan.as_ref().and_then(|fan| Some(fan.most_similar.as_ref()?.steps_ahead));
        of_fan.or(self.settings.as_ref().map(|settings| settings.steps_ahead)).unwrap_or(1)
    }
}
