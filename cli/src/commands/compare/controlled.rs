//! `dsa compare --inputs`: distances between systems whose inputs are known.

use super::finish;
use super::geometry;
use super::recordings::{Refusal, labels, refusal, too_few};
use super::table::{Table, in_rows, separation_text};
use super::tables::{OfClasses, Tables};
use crate::arguments::{CentreArgument, Compare, DelaysArgument, ScaleArgument};
use crate::commands::recording::{Checked, Reader};
use crate::files::read::{self, Reading, Samples};
use crate::output::{self, Contents, Results};
use crate::problem::Problem;
use crate::report;
use crate::text::{self, counted};
use dynamical_similarity::Rank;
use dynamical_similarity::controlled::{
    ControlledDistanceMatrix, ControlledModel, ControlledRecording, ControlledSystem, Order, Part,
    Subspace,
};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Samples of the past, and of the future, of a window where --delays gives none.
const HALF: usize = 10;

/// Outputs and inputs of a file.
struct Recorded<'a> {
    file: &'a Path,
    outputs: Samples,
    inputs: Samples,
}

impl<'a> Recorded<'a> {
    /// # Errors
    /// A sentence that names the file that cannot be used.
    fn read(
        file: &'a Path,
        inputs: &Path,
        reader: &Reader<'_>,
        options: &Compare,
    ) -> Result<Self, Problem> {
        let own = &options.model.reading.file;
        let (path, dataset) = if inputs.is_dir() {
            let name = file.file_name().map(PathBuf::from).unwrap_or_default();
            (inputs.join(name), None)
        } else {
            (file.to_owned(), inputs.to_str())
        };
        if dataset.is_none() && !path.exists() {
            let what = format!("has no inputs: there is no file {}", text::name(&path));
            return Err(Problem::about(file, what));
        }
        let reading = Reading { dataset, axes: own.axes, ..Reading::default() };
        let about = |what: String| Problem::about(&path, format!("inputs: {what}"));
        let mut inputs =
            read::read_as(&path, &reading).map_err(|error| about(error.to_string()))?;
        let mut outputs = reader.read(file)?;
        inputs.check_finite().map_err(|place| about(place.to_string()))?;
        Checked::of(file, &outputs)?;
        let (trials, of_inputs) = (outputs.trials.len(), inputs.trials.len());
        if trials != of_inputs {
            return Err(about(format!(
                "there are {} and the recording has {trials}",
                counted(of_inputs, "trial")
            )));
        }
        let lengths = |samples: &Samples| -> Vec<usize> {
            samples.trials.iter().map(|trial| trial.len() / samples.channels).collect()
        };
        let pairs = lengths(&outputs).into_iter().zip(lengths(&inputs));
        if let Some((at, (y, u))) = pairs.enumerate().find(|(_, (y, u))| y != u) {
            return Err(about(format!(
                "trial {at} has {} and that of the recording has {y}",
                counted(u, "sample")
            )));
        }
        if options.model.centre() == CentreArgument::Mean {
            [&mut outputs, &mut inputs].into_iter().for_each(subtract_means);
        }
        Ok(Self { file, outputs, inputs })
    }

    /// # Errors
    /// A sentence that names the file.
    fn fit(&self, settings: &Subspace) -> Result<ControlledModel, Problem> {
        let about = |error| Problem::about(self.file, error);
        let inputs = self.inputs.recordings().map_err(about)?;
        let outputs = self.outputs.recordings().map_err(about)?;
        let trials = inputs.into_iter().zip(outputs);
        let trials = trials.map(|(u, y)| ControlledRecording::new(u, y));
        let trials = trials.collect::<Result<Vec<_>, _>>().map_err(about)?;
        settings.fit(&trials).map_err(about)
    }
}

/// Subtracts the mean of every channel over all trials.
fn subtract_means(samples: &mut Samples) {
    for channel in 0..samples.channels {
        let values = || {
            samples
                .trials
                .iter()
                .flat_map(|trial| trial.iter().skip(channel).step_by(samples.channels))
        };
        let count = values().count().max(1) as f64;
        let mean = values().sum::<f64>() / count;
        let trials = samples.trials.iter_mut();
        let places =
            trials.flat_map(|trial| trial.iter_mut().skip(channel).step_by(samples.channels));
        places.for_each(|x| *x -= mean);
    }
}

/// The rule for the order of each system.
///
/// # Errors
/// A sentence, for a rule that does not concern systems with inputs.
fn order(options: &Compare) -> Result<Order, Problem> {
    match options.model.rank.map(|rank| rank.0) {
        None | Some(Rank::Latent) => Ok(Order::Gap),
        Some(Rank::Fixed(order)) => Ok(Order::Fixed(order)),
        Some(Rank::ExplainedVariance(share)) => Ok(Order::Squares(share)),
        Some(_) => Err(Problem::new(
            "with --inputs, --rank is a number, variance:F, or auto: the widest gap between singular values",
        )),
    }
}

pub(super) fn run(
    options: &Compare,
    inputs: &Path,
    tables: &Tables<'_>,
    results: Option<&Results>,
) -> Result<(), Problem> {
    let scaled = options.model.scale != ScaleArgument::None;
    if scaled || !options.model.preparation().is_empty() {
        return Err(Problem::new(
            "--inputs takes recordings as they are, because what is done to outputs must be done to inputs, too; prepare both before, and leave out --scale, --resample and the other options of preparation",
        ));
    }
    let half = match options.model.delays {
        None => HALF,
        Some(DelaysArgument::Count(half)) => half,
        Some(_) => {
            return Err(Problem::new(
                "with --inputs, --delays is a number: the samples of the past, and of the future, of a window",
            ));
        }
    };
    let rule = order(options)?;
    let reader = Reader::new(&options.model)?;
    let mut refused = Vec::new();
    let settings = Subspace::new(half).order(rule).ridge(options.model.ridge);
    let found = options.files.par_iter().map(|file| {
        let fitted = Recorded::read(file, inputs, &reader, options).and_then(|recorded| {
            let model = recorded.fit(&settings)?;
            Ok((recorded, model))
        });
        (file.as_path(), fitted)
    });
    let fitted: Vec<(Recorded<'_>, ControlledModel)> = kept(found.collect(), &mut refused);
    // One order for all: the lower median of what the rule finds.
    let mut orders: Vec<usize> = fitted.iter().map(|(_, model)| model.order()).collect();
    orders.sort_unstable();
    let Some(common) = orders.get(orders.len().saturating_sub(1) / 2).copied() else {
        return Err(too_few(&refused));
    };
    let again = settings.order(Order::Fixed(common));
    let found = fitted.into_par_iter().map(|(recorded, model)| {
        let model = if model.order() == common { Ok(model) } else { recorded.fit(&again) };
        (recorded.file, model.map(|model| (recorded.file, model)))
    });
    let models: Vec<(&Path, ControlledModel)> = kept(found.collect(), &mut refused);
    if models.len() < 2 {
        return Err(too_few(&refused));
    }
    compare(options, tables, results, &Settings { half, rule, common }, &models, &refused)
}

/// What was found; the others are refused, and the comparison goes on.
fn kept<T>(found: Vec<(&Path, Result<T, Problem>)>, refused: &mut Vec<Refusal>) -> Vec<T> {
    let mut kept = Vec::new();
    for (file, found) in found {
        match found {
            Ok(found) => kept.push(found),
            Err(problem) => refused.push(refusal(file, &problem)),
        }
    }
    kept
}

/// What was fitted.
struct Settings {
    half: usize,
    rule: Order,
    common: usize,
}

fn compare(
    options: &Compare,
    tables: &Tables<'_>,
    results: Option<&Results>,
    settings: &Settings,
    models: &[(&Path, ControlledModel)],
    refused: &[Refusal],
) -> Result<(), Problem> {
    let files: Vec<&Path> = models.iter().map(|(file, _)| *file).collect();
    tables.check(&files)?;
    let systems: Vec<ControlledSystem<'_, f64>> =
        models.iter().map(|(_, model)| model.system()).collect();
    let labels = labels(&files);
    let matrix = ControlledDistanceMatrix::among(&systems, None).map_err(|error| {
        let name = |i: usize| labels.get(i).map_or("", String::as_str);
        Problem::new(format!("{} and {}: {}", name(error.row), name(error.column), error.error))
    })?;
    let classes = tables.of_classes(options, &files, matrix.distances(Part::Joint))?;
    let result = Compared { options, settings, models, labels, matrix, classes, refused };
    if let Some(results) = results {
        result.write(results)?;
    }
    let shown = result.show();
    finish(options, shown, results, refused, &[])
}

/// Everything that is shown and written.
struct Compared<'a> {
    options: &'a Compare,
    settings: &'a Settings,
    models: &'a [(&'a Path, ControlledModel)],
    labels: Vec<String>,
    matrix: ControlledDistanceMatrix<f64>,
    classes: OfClasses,
    refused: &'a [Refusal],
}

/// What a part of the distance asks.
const fn question(part: Part) -> &'static str {
    match part {
        Part::Joint => "Joint: do the same inputs have the same effects over time",
        Part::State => "State: are the dynamics the same",
        Part::Input => "Input: do the inputs enter alike",
    }
}

impl Compared<'_> {
    fn table(&self, part: Part) -> Table<'_> {
        Table {
            rows: &self.labels,
            columns: &self.labels,
            distances: self.matrix.distances(part),
            alone: true,
        }
    }

    fn measure(&self) -> String {
        format!(
            "Joint distance between controllability matrices of systems of {} with known inputs, identified from windows of {} samples",
            counted(self.settings.common, "state"),
            2 * self.settings.half
        )
    }

    fn about_settings(&self) -> Vec<String> {
        let rule = match self.settings.rule {
            Order::Fixed(_) => "as given".to_owned(),
            Order::Squares(share) => {
                format!("the lower median of those that hold {share} of the squares")
            }
            _ => {
                "the lower median of those before the widest gap between singular values".to_owned()
            }
        };
        let centred = match self.options.model.centre() {
            CentreArgument::Mean => "without their means",
            _ => "as they are",
        };
        vec![
            format!(
                "Subspace identification from {} of past and of future, {}: {rule}. Inputs and outputs are taken {centred}.",
                counted(self.settings.half, "sample"),
                counted(self.settings.common, "state"),
            ),
            "The parts state and input share the transform of the joint distance, and are Frobenius norms, so they depend on the units of inputs and outputs.".to_owned(),
        ]
    }

    fn show(&self) -> Result<(), Problem> {
        if self.options.json {
            return output::show(format_args!("{}\n", self.numbers()));
        }
        let mut shown = String::new();
        for part in Part::ALL {
            let _ = writeln!(shown, "{}?\n{}", question(part), self.table(part).text());
        }
        for sentence in self.about_settings() {
            let _ = writeln!(shown, "{sentence}");
        }
        if let Some(found) = &self.classes.separation {
            let _ = write!(shown, "\nJoint:\n{}", separation_text(found));
        }
        output::show(shown)
    }

    /// The result as `--json` prints it.
    fn numbers(&self) -> Value {
        let count = self.labels.len();
        let system = |(_, model): &(&Path, ControlledModel)| {
            json!({
                "order": model.order(),
                "inputs": model.inputs(),
                "outputs": model.outputs(),
                "columns": model.columns(),
                "eigenvalues": geometry::eigenvalues(model.state_matrix()),
                "projection_values": model.singular_values(),
            })
        };
        let mut result = json!({
            "labels": self.labels,
            "metric": "joint",
            "measure": self.measure(),
            "distances": in_rows(self.matrix.distances(Part::Joint), count),
            "parts": {
                "state": in_rows(self.matrix.distances(Part::State), count),
                "input": in_rows(self.matrix.distances(Part::Input), count),
            },
            "pairs": count * count.saturating_sub(1) / 2,
            "systems": self.models.iter().map(system).collect::<Vec<_>>(),
            "sentences": {
                "settings": self.about_settings(),
                "halves": [],
                "resamples": [],
                "classes": [],
                "baselines": [],
            },
        });
        if let Some(found) = &self.classes.separation {
            result["separation"] = json!(found);
        }
        if let Some(found) = &self.classes.groups {
            result["groups"] = found.report();
            result["sentences"]["classes"] = json!(found.sentences());
        }
        geometry::report(&mut result, &self.table(Part::Joint), &self.options.model);
        result
    }

    fn write(&self, results: &Results) -> Result<(), Problem> {
        let mut files: Vec<Contents> = self.table(Part::Joint).files("distances")?;
        for part in [Part::State, Part::Input] {
            files.extend(self.table(part).files(&format!("distances_{}", part.name()))?);
        }
        let mut report = self.numbers();
        report["version"] = json!(env!("CARGO_PKG_VERSION"));
        report["command"] = json!(self.options.command);
        if let Some(classes) = &self.classes.names {
            report["classes"] = json!(classes);
        }
        report["refused"] = self.refused.iter().map(Refusal::report).collect();
        files.extend(report::files(&report)?);
        let text = serde_json::to_string_pretty(&report).map_err(Problem::new)?;
        files.push(("report.json".to_owned(), text.into_bytes()));
        results.write(&files)
    }
}
