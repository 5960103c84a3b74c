//! Operators in files: `.npy` (float64, rank x rank) and `.json` (with settings, eigenvalues and diagnostics).

use super::read;
use crate::arguments::{RankArgument, ScaleArgument};
use crate::plan::FitPlan;
use crate::problem::Problem;
use crate::{input, output};
use dynamical_similarity::{
    ChannelSet, Eigenvalue, FitPath, Mat, MatRef, Model, Spectrum, Warnings,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::Path;

/// Writes a model in the format of the file's ending. JSON keeps the notes of the run.
///
/// # Errors
/// A sentence that names the file.
pub fn write(
    path: &Path,
    model: &Model<f64>,
    spectrum: Option<&Spectrum<f64>>,
    plan: &FitPlan<'_>,
    notes: &[String],
) -> Result<(), Problem> {
    match ending(path).as_str() {
        "npy" => {
            let order = model.operator().rows() as u64;
            output::write(path, &output::npy(&[order, order], &rows(model.operator()), false)?)
        }
        "json" => {
            let text = serde_json::to_string_pretty(&describe(model, spectrum, plan, notes)?)
                .map_err(|error| Problem::about(path, error))?;
            output::write(path, text.as_bytes())
        }
        _ => Err(Problem::about(path, "a model is written to a .npy or a .json file")),
    }
}

/// Reads the operator of a model.
///
/// # Errors
/// A sentence that names the file.
pub fn read_operator(path: &Path) -> Result<Mat<f64>, Problem> {
    let (count, values) = match ending(path).as_str() {
        "json" => read_json(path)?,
        _ => {
            let (count, columns, values) =
                read::read_matrix(path).map_err(|error| Problem::about(path, error))?;
            if count != columns {
                let what = format!(
                    "an operator is a square matrix, and this matrix is {count} x {columns}"
                );
                return Err(Problem::about(path, what));
            }
            (count, values)
        }
    };
    let mut operator = Mat::zeros(count, count).map_err(|error| Problem::about(path, error))?;
    for (i, row) in values.chunks(count.max(1)).enumerate() {
        for (j, x) in row.iter().enumerate() {
            operator.as_mut().set(i, j, *x);
        }
    }
    operator.as_ref().check_finite().map_err(|error| Problem::about(path, error))?;
    Ok(operator)
}

/// Reads the eigenvalues of a model with their residuals.
///
/// # Errors
/// A sentence that names the file.
pub fn read_spectrum(path: &Path) -> Result<Spectrum<f64>, Problem> {
    let missing = || {
        Problem::about(
            path,
            "has no residuals of eigenvalues; dsa fit writes them into a .json file, if the recording is not read in blocks",
        )
    };
    if ending(path) != "json" {
        return Err(missing());
    }
    read_json(path)?;
    let text = input::read(path, input::LARGEST_MODEL)?;
    let found: Eigenvalues = serde_json::from_slice(&text).map_err(|_| missing())?;
    let values = found.eigenvalues.iter().zip(&found.residuals);
    let list: Vec<_> = values
        .map(|([real, imaginary], residual)| Eigenvalue {
            real: *real,
            imaginary: *imaginary,
            residual: *residual,
        })
        .collect();
    Spectrum::new(&list).map_err(|error| Problem::about(path, error))
}

#[derive(Deserialize)]
struct Eigenvalues {
    eigenvalues: Vec<[f64; 2]>,
    residuals: Vec<f64>,
}

/// The parts of a model that are read: first the version of the format alone, then the operator row after row.
/// Everything else is skipped.
#[derive(Deserialize)]
struct Format {
    format: Value,
}

#[derive(Deserialize)]
struct Operator {
    operator: Vec<Vec<f64>>,
}

fn read_json(path: &Path) -> Result<(usize, Vec<f64>), Problem> {
    let text = input::read(path, input::LARGEST_MODEL)?;
    let not_json = |error| Problem::about(path, format!("is not JSON: {error}"));
    serde_json::from_slice::<serde::de::IgnoredAny>(&text).map_err(not_json)?;
    match serde_json::from_slice::<Format>(&text) {
        Ok(found) if found.format == json!(1) => {}
        _ => return Err(Problem::about(path, "is not a model of format 1 (made by `dsa fit`)")),
    }
    let found: Operator = serde_json::from_slice(&text).map_err(|error| {
        let what = format!("`operator` is not a list of n lists of n numbers: {error}");
        Problem::about(path, what)
    })?;
    let count = found.operator.len();
    if let Some((at, row)) = found.operator.iter().enumerate().find(|(_, row)| row.len() != count) {
        let what = format!(
            "`operator` is not a square table of numbers: it has {count} rows, and row {at} has {} numbers",
            row.len()
        );
        return Err(Problem::about(path, what));
    }
    Ok((count, found.operator.into_iter().flatten().collect()))
}

fn ending(path: &Path) -> String {
    path.extension().map(|x| x.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// Entries row after row.
fn rows(matrix: MatRef<'_, f64>) -> Vec<f64> {
    let (rows, cols) = (matrix.rows(), matrix.cols());
    (0..rows).flat_map(|i| (0..cols).map(move |j| matrix.at(i, j))).collect()
}

/// A model as JSON.
fn describe(
    model: &Model<f64>,
    spectrum: Option<&Spectrum<f64>>,
    plan: &FitPlan<'_>,
    notes: &[String],
) -> Result<Value, Problem> {
    let residuals = |spectrum: &Spectrum<f64>| -> Vec<f64> {
        spectrum.eigenvalues().iter().map(|value| value.residual).collect()
    };
    let eigenvalues = model.eigenvalues().map_err(Problem::new)?;
    let eigenvalues: Vec<[f64; 2]> = eigenvalues.into_iter().map(|(re, im)| [re, im]).collect();
    let order = model.operator().rows();
    let values = rows(model.operator());
    let operator: Vec<&[f64]> = values.chunks(order.max(1)).collect();
    Ok(json!({
        "format": 1,
        "version": env!("CARGO_PKG_VERSION"),
        "settings": settings_json(plan),
        "rate": plan.options.final_rate,
        "preparation": plan.options.preparation().report(),
        "rank": model.rank(),
        "operator": operator,
        "eigenvalues": eigenvalues,
        "residuals": spectrum.map(residuals),
        "singular_values": model.singular_values(),
        "condition": model.condition(),
        "path": path_name(model.path()),
        "residual": model.residual(),
        "warnings": warnings(&model.warnings()),
        "notes": notes,
    }))
}

/// The diagnostics of a model for a report.
#[must_use]
pub fn summary(model: &Model<f64>) -> Value {
    json!({
        "rank": model.rank(),
        "condition": model.condition(),
        "path": path_name(model.path()),
        "residual": model.residual(),
        "windows": model.as_ref().rows(),
        "warnings": warnings(&model.warnings()),
    })
}

fn path_name(path: FitPath) -> &'static str {
    match path {
        FitPath::Gram => "gram",
        FitPath::Krylov => "krylov",
        FitPath::CompensatedGram => "compensated-gram",
        _ => "qr",
    }
}

/// The settings as on the command line, with the number of delays that was chosen.
#[must_use]
pub fn settings_json(plan: &FitPlan<'_>) -> Value {
    let settings = plan.options;
    let rank = match settings.rank() {
        RankArgument(dynamical_similarity::Rank::Fixed(rank)) => json!(rank),
        rule => json!(rule.name()),
    };
    json!({
        "delays": plan.delays,
        "interval": settings.interval(),
        "steps_ahead": settings.steps_ahead,
        "rank": rank,
        "ridge": settings.ridge,
        "reduced_rank": settings.reduced_rank,
        "centre": settings.centre().name(),
        "scale": scale_name(settings.scale),
        "dsa_metric": settings.dsa_metric,
    })
}

/// The name of a scale on the command line.
#[must_use]
pub const fn scale_name(scale: ScaleArgument) -> &'static str {
    match scale {
        ScaleArgument::None => "none",
        ScaleArgument::UnitVariance => "unit-variance",
        ScaleArgument::UnitNorm => "unit-norm",
    }
}

/// What is said of one channel or of several.
struct Said {
    one: &'static str,
    several: &'static str,
    what: &'static str,
}

impl Said {
    const fn is(what: &'static str) -> Self {
        Self { one: "is", several: "are", what }
    }

    const fn has(what: &'static str) -> Self {
        Self { one: "has", several: "have", what }
    }
}

/// Warnings in words.
#[must_use]
pub fn warnings(found: &Warnings) -> Vec<String> {
    let mut words = Vec::new();
    let mut channels = |set: ChannelSet, of: Said| {
        if !set.is_empty() {
            let mut names: Vec<String> = set.iter().map(|channel| channel.to_string()).collect();
            if set.has_further() {
                names.push("others from 64 on".to_owned());
            }
            let (noun, verb) =
                if names.len() == 1 { ("channel", of.one) } else { ("channels", of.several) };
            words.push(format!("{noun} {} {verb} {}", names.join(", "), of.what));
        }
    };
    channels(found.constant, Said::is("constant"));
    channels(found.duplicated, Said::is("equal to an earlier channel"));
    channels(found.drifting, Said::is("not stationary: the two halves differ in mean or size"));
    channels(
        found.large_mean,
        Said::has(
            "a mean that is large compared with the standard deviation: an offset is not \
        dynamics and hides them, so leave out --centre none",
        ),
    );
    if found.rank_one {
        words.push(
            "the rank is 1, so an angle only says whether two operators have the same sign"
                .to_owned(),
        );
    }
    if found.few_rows {
        words.push("the operator is poorly determined: there are fewer windows than three times the entries of a window".to_owned());
    }
    if found.near_tie {
        words.push("the singular values on both sides of the chosen rank are nearly equal: try another rank".to_owned());
    }
    if found.latent_rank_not_reached {
        words.push(
            "the latent rank is above 8, the largest that was tried; rank 9 was used".to_owned(),
        );
    }
    if found.shared_response {
        words.push(
            "the mean response of a condition holds more than 90 % of the variance of its trials"
                .to_owned(),
        );
    }
    words
}
