//! `dsa compare --baseline euclidean,log-spectrum`: distances between samples and between spectra.

use super::baselines::Found;
use super::recording::{Lend, Source};
use crate::arguments::BaselineArgument;
use crate::problem::Problem;
use dynamical_similarity::{Error, Recording, features};
use rayon::prelude::*;
use serde_json::json;

/// The distances between features that were asked for, each once. Without `columns`, the rows are compared with each other.
pub(super) fn compute(
    wanted: &[BaselineArgument],
    rows: &[&Source<'_>],
    columns: Option<&[&Source<'_>]>,
    classes: Option<&[String]>,
) -> Vec<Found> {
    let all = || rows.iter().chain(columns.unwrap_or_default());
    let segment = features::segment(all().map(|source| source.shortest).min().unwrap_or(0));
    let mut found = Vec::new();
    if wanted.contains(&BaselineArgument::Euclidean) {
        let feature = |trials: &[Recording<'_, f64>]| features::standardised_samples(trials);
        let distances = distances(rows, columns, feature);
        found.push(Found::new(
            BaselineArgument::Euclidean,
            "samples",
            json!({}),
            distances,
            classes,
        ));
    }
    if wanted.contains(&BaselineArgument::LogSpectrum) {
        let feature = |trials: &[Recording<'_, f64>]| features::log_spectrum(trials, segment);
        let (distances, settings) =
            (distances(rows, columns, feature), json!({ "segment": segment }));
        found.push(Found::new(
            BaselineArgument::LogSpectrum,
            "spectra",
            settings,
            distances,
            classes,
        ));
    }
    found
}

/// The distances between the features of all recordings, row after row.
fn distances(
    rows: &[&Source<'_>],
    columns: Option<&[&Source<'_>]>,
    feature: impl Fn(&[Recording<'_, f64>]) -> Result<Vec<f64>, Error> + Sync,
) -> Result<Vec<f64>, Problem> {
    let of = |source: &&Source<'_>| -> Result<Vec<f64>, Problem> {
        let about = |error| Problem::about(source.file, error);
        source.lend(|recording| feature(&recording.trials).map_err(about))?
    };
    let all = |sources: &[&Source<'_>]| -> Result<Vec<Vec<f64>>, Problem> {
        sources.par_iter().map(of).collect()
    };
    let left = all(rows)?;
    let right = columns.map(all).transpose()?;
    let (right, right_sources) = (right.as_ref().unwrap_or(&left), columns.unwrap_or(rows));
    let pairs = left.iter().zip(rows).flat_map(|(a, row)| {
        right.iter().zip(right_sources).map(move |(b, column)| {
            features::distance(a, b).map_err(|error| {
                let names = format!("{} and {}", row.file.display(), column.file.display());
                let reason = match error {
                    Error::ShapeMismatch { .. } => {
                        "they have different numbers of samples or channels".to_owned()
                    }
                    other => other.to_string(),
                };
                Problem::new(format!("{}: {reason}", crate::text::line(&names)))
            })
        })
    });
    pairs.collect()
}
