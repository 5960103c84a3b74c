//! Recordings that are compared, and those that are refused.

use super::geometry::eigenvalues;
use super::places::{Place, Places};
use super::plan::Plan;
use super::work::{Stage, Work};
use crate::arguments::CleanedArgument;
use crate::commands::recording::{Checked, Lend, Reader, Source};
use crate::commands::remarks::is_white;
use crate::files::model::{summary, warnings};
use crate::output;
use crate::problem::Problem;
use crate::show::progress::Progress;
use crate::show::table::number;
use crate::text;
use dynamical_similarity::{
    DistanceMatrix, Error, Mat, MatRef, Measure, Model, Neighbours, Rank, Recording, Spectrum,
    nearest,
};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;

/// The largest rank at which a distance can be proved.
pub(super) const MOST_CERTIFIED: usize = 16;
/// The leading singular values of a recording that a report has.
const MOST_SINGULAR_VALUES: usize = 64;

/// A recording that can be compared.
pub(super) struct Entry<'a> {
    pub(super) source: Source<'a>,
    pub(super) model: Fitted,
    /// The operators at the ranks next to the chosen one, in the order of the plan, or why there is none.
    pub(super) neighbours: Vec<Result<Mat<f64>, Problem>>,
    /// Whether nothing can be predicted of the recording.
    pub(super) is_white: bool,
}

/// What a comparison keeps of a model: not its directions, which are as wide as delay windows.
pub(super) struct Fitted {
    pub(super) operator: Mat<f64>,
    pub(super) rank: usize,
    pub(super) warnings: Vec<String>,
    /// The model as a report describes it.
    pub(super) summary: Value,
}

impl Fitted {
    pub(super) fn of(
        model: &Model<f64>,
        recording: &Checked<'_>,
        plan: &Plan<'_>,
    ) -> Result<Self, Problem> {
        let mut summary = summary(model);
        let spectrum = plan.with_residuals.then(|| model.held_out_residuals(&recording.trials));
        let residuals = spectrum.as_ref().and_then(|found| found.as_ref().ok()).map(residuals);
        summary["residuals"] = json!(residuals);
        let leading = &model.spectrum()[..model.spectrum().len().min(MOST_SINGULAR_VALUES)];
        summary["singular_values"] = json!(leading);
        summary["eigenvalues"] = json!(eigenvalues(model.operator()));
        Ok(Self {
            operator: match (plan.cleaned, spectrum) {
                (Some(cleaned), Some(spectrum)) => cleaned_operator(cleaned, spectrum),
                _ => Mat::copy_of(model.operator()).map_err(Problem::new),
            }
            .map_err(|problem| Problem::about(recording.file, problem))?,
            rank: model.rank(),
            warnings: warnings(&model.warnings()),
            summary,
        })
    }
}

/// The operator that a distance is measured from: that of a model, or the one of its cleaned spectrum.
pub(super) fn compared_operator(
    model: &Model<f64>,
    trials: &[Recording<'_, f64>],
    cleaned: Option<CleanedArgument>,
) -> Result<Mat<f64>, Problem> {
    match cleaned {
        None => Mat::copy_of(model.operator()).map_err(Problem::new),
        Some(cleaned) => cleaned_operator(cleaned, model.held_out_residuals(trials)),
    }
}

/// The operator with the eigenvalues that are left of a spectrum.
fn cleaned_operator(
    cleaned: CleanedArgument,
    spectrum: Result<Spectrum<f64>, Error>,
) -> Result<Mat<f64>, Problem> {
    let spectrum = spectrum
        .map_err(|error| Problem::new(format!("its eigenvalues have no residuals: {error}")))?;
    let kept = cleaned.of(&spectrum).map_err(Problem::new)?;
    if kept.eigenvalues().is_empty() {
        let least = residuals(&spectrum).into_iter().fold(f64::INFINITY, f64::min);
        let least = number(least);
        return Err(Problem::new(format!(
            "no eigenvalue is left by --cleaned: the smallest residual is {least}"
        )));
    }
    kept.operator().map_err(Problem::new)
}

/// The residuals of all eigenvalues.
fn residuals(spectrum: &Spectrum<f64>) -> Vec<f64> {
    spectrum.eigenvalues().iter().map(|value| value.residual).collect()
}

/// A recording that cannot, and why.
pub(super) struct Refusal {
    pub(super) file: String,
    pub(super) reason: String,
}

impl Refusal {
    /// The refusal for a report.
    pub(super) fn report(&self) -> Value {
        json!({ "file": self.file, "reason": self.reason })
    }
}

pub(super) fn report_refusal(refusal: &Refusal) {
    output::note(format_args!("refused: {}: {}", text::line(&refusal.file), refusal.reason));
}

/// Reads every file that is needed and checks its samples; a file that cannot be read or compared is refused, and the others go
/// on. Files are counted from `first` on.
pub(super) fn read_all<'a>(
    files: &'a [PathBuf],
    first: usize,
    needed: impl Fn(usize) -> bool,
    reader: &'a Reader<'_>,
    held: &AtomicUsize,
    hold_all: bool,
    refused: &mut Vec<Refusal>,
) -> Vec<Source<'a>> {
    let numbered = files.iter().enumerate().map(|(at, file)| (first + at, file));
    let files: Vec<(usize, &PathBuf)> = numbered.filter(|(number, _)| needed(*number)).collect();
    let read = |(number, file): &(usize, &'a PathBuf)| {
        Source::read(file, reader, held, hold_all).map(|source| source.numbered(*number))
    };
    let found: Vec<Result<Source<'a>, Problem>> = files.par_iter().map(read).collect();
    let mut kept = Vec::new();
    for ((_, file), found) in files.into_iter().zip(found) {
        match found {
            Ok(source) => kept.push(source),
            Err(problem) => refused.push(refusal(file, &problem)),
        }
    }
    kept
}

/// Fits every recording; a recording that cannot be fitted is refused, and the others go on.
fn fit_all<'a>(
    sources: Vec<Source<'a>>,
    plan: &Plan<'_>,
    refused: &mut Vec<Refusal>,
) -> Vec<Entry<'a>> {
    let progress = Progress::new("fitting", sources.len());
    let fitted: Vec<Result<Parts, Problem>> = sources
        .par_iter()
        .map(|source| {
            let found = source.lend(|recording| fit(recording, plan));
            progress.step();
            found?
        })
        .collect();
    progress.finish();
    let mut entries = Vec::new();
    for (source, result) in sources.into_iter().zip(fitted) {
        match result {
            Ok(Parts { model, neighbours, is_white }) => {
                entries.push(Entry { source, model, neighbours, is_white });
            }
            Err(problem) => refused.push(refusal(source.file, &problem)),
        }
    }
    entries
}

/// What an [`Entry`] has of its samples.
struct Parts {
    model: Fitted,
    neighbours: Vec<Result<Mat<f64>, Problem>>,
    is_white: bool,
}

/// Fits a recording at the rank of the plan and at the ranks next to it: all from one decomposition where a rule chose the
/// rank, and the rank that was typed as if it were alone.
fn fit(recording: &Checked<'_>, plan: &Plan<'_>) -> Result<Parts, Problem> {
    let dmd = plan.fit.dmd();
    let at = |ranks: &[usize]| recording.fit_ranks(dmd, ranks);
    let (model, neighbours) = match plan.fit.rank {
        Rank::Fixed(_) if plan.typed => (recording.fit(dmd)?, at(&plan.neighbours)?),
        Rank::Fixed(rank) if !plan.neighbours.is_empty() => {
            let ranks: Vec<usize> =
                std::iter::once(rank).chain(plan.neighbours.iter().copied()).collect();
            let mut models = at(&ranks)?;
            (models.remove(0)?, models)
        }
        _ => (recording.fit(dmd)?, Vec::new()),
    };
    let operator = |model: Model<f64>| compared_operator(&model, &recording.trials, plan.cleaned);
    let neighbours = neighbours.into_iter().map(|model| model.and_then(operator)).collect();
    Ok(Parts {
        model: Fitted::of(&model, recording, plan)?,
        neighbours,
        is_white: is_white(recording, dmd),
    })
}

/// The reason without the name of the file, which is printed before it.
pub(super) fn refusal(file: &Path, problem: &Problem) -> Refusal {
    Refusal { file: file.display().to_string(), reason: problem.without(file) }
}

/// Refuses the recordings whose operator has no distance even from itself, such as an operator of zeros, which has no
/// direction.
fn refuse_incomparable(
    entries: &mut Vec<Entry<'_>>,
    measure: &Measure,
    refused: &mut Vec<Refusal>,
) {
    entries.retain(|entry| {
        let (operator, file) = ([entry.model.operator.as_ref()], entry.source.file);
        match DistanceMatrix::between(&operator, &operator, measure, None) {
            Ok(_) => true,
            Err(error) => {
                refused.push(refusal(file, &Problem::about(file, error)));
                false
            }
        }
    });
}

/// The recordings in the rows of the matrix and those in its columns.
pub(super) struct Sides<'a> {
    pub(super) rows: Vec<Entry<'a>>,
    /// Empty where the rows are compared with each other.
    pub(super) columns: Vec<Entry<'a>>,
    /// Whether the rows are compared with each other.
    pub(super) alone: bool,
    /// The places of all recordings that were named.
    named: Places,
}

impl<'a> Sides<'a> {
    /// Fits all recordings.
    pub(super) fn fitted(
        rows: Vec<Source<'a>>,
        columns: Vec<Source<'a>>,
        plan: &Plan<'_>,
        refused: &mut Vec<Refusal>,
    ) -> Self {
        let (rows, columns) = (fit_all(rows, plan, refused), fit_all(columns, plan, refused));
        let (files, against) = (&plan.options.files, &plan.options.against);
        let alone = against.is_empty();
        let named = Places::new(files.len(), (!alone).then_some(against.len()));
        Self { rows, columns, alone, named }
    }

    /// The recordings in the rows, then those in the columns.
    pub(super) fn all(&self) -> impl Iterator<Item = &Entry<'a>> + Clone {
        self.rows.iter().chain(&self.columns)
    }

    /// # Errors
    /// If there is no pair left; the refusals are printed first.
    pub(super) fn check_enough(&self, refused: &[Refusal]) -> Result<(), Problem> {
        if self.pairs().next().is_none() { Err(too_few(refused)) } else { Ok(()) }
    }

    /// The places of the pairs that are compared.
    pub(super) fn places(&self) -> Places {
        Places::new(self.rows.len(), (!self.alone).then_some(self.columns.len()))
    }

    /// Every pair that is compared.
    pub(super) fn pairs(&self) -> impl Iterator<Item = Place> {
        self.places().pairs()
    }

    /// The files of the rows.
    pub(super) fn row_files(&self) -> Vec<&Path> {
        files(&self.rows)
    }

    /// The names of the rows.
    pub(super) fn row_labels(&self) -> Vec<String> {
        labels(&files(&self.rows))
    }

    /// The names of the columns.
    pub(super) fn column_labels(&self) -> Vec<String> {
        labels(&files(if self.alone { &self.rows } else { &self.columns }))
    }

    /// The names of the rows, and then those of the columns where they are others.
    pub(super) fn all_labels(&self) -> Vec<String> {
        let mut names = self.row_labels();
        if !self.alone {
            names.extend(self.column_labels());
        }
        names
    }

    /// The matrix of distances, or nothing where only one block of it is computed. A recording whose operator has no distance
    /// is refused, and the others go on.
    ///
    /// # Errors
    /// If there is no pair left, or if a pair cannot be compared.
    pub(super) fn distances(
        &mut self,
        plan: &Plan<'_>,
        work: &mut Work,
        refused: &mut Vec<Refusal>,
    ) -> Result<Option<DistanceMatrix<f64>>, Problem> {
        check_certifiable(self, plan)?;
        match work.matrix(&self.of_distances(plan)) {
            Ok(Ok(matrix)) => return Ok(matrix),
            Ok(Err(_)) => {}
            // A recording that is refused below is missing in the blocks.
            Err(_) if work.is_merged() => {}
            Err(problem) => return Err(problem),
        }
        refuse_incomparable(&mut self.rows, &plan.measure, refused);
        refuse_incomparable(&mut self.columns, &plan.measure, refused);
        if !work.is_block() {
            self.check_enough(refused)?;
        }
        work.matrix(&self.of_distances(plan))?.map_err(Problem::new)
    }

    /// The nearest neighbours of each row. A recording whose operator has no distance is refused, and the others go on.
    ///
    /// # Errors
    /// If there is no pair left, or if a pair cannot be compared.
    pub(super) fn neighbours(
        &mut self,
        k: usize,
        plan: &Plan<'_>,
        refused: &mut Vec<Refusal>,
    ) -> Result<Neighbours<f64>, Problem> {
        check_certifiable(self, plan)?;
        let progress = Progress::new("searching", self.rows.len());
        let mut step = |_| progress.step_on();
        let found = nearest(&operators(&self.rows), k, &plan.measure, Some(&mut step));
        progress.finish();
        if let Ok(found) = found {
            return Ok(found);
        }
        refuse_incomparable(&mut self.rows, &plan.measure, refused);
        self.check_enough(refused)?;
        nearest(&operators(&self.rows), k, &plan.measure, None).map_err(Problem::new)
    }

    fn of_distances(&self, plan: &Plan<'_>) -> Stage<'_> {
        let (rows, columns) = (operators(&self.rows), operators(&self.columns));
        self.stage("distances".to_owned(), rows, columns, plan.measure)
    }

    /// The comparison of operators of these recordings.
    pub(super) fn stage<'o>(
        &self,
        name: String,
        rows: Vec<MatRef<'o, f64>>,
        columns: Vec<MatRef<'o, f64>>,
        measure: Measure,
    ) -> Stage<'o> {
        let numbers = self.all().map(|entry| entry.source.number).collect();
        let count = rows.len();
        let operators = rows.into_iter().chain(columns).collect();
        Stage { name, all: self.named, numbers, operators, rows: count, measure }
    }

    /// The places of the halves of all recordings that were named, each beside its other half.
    pub(super) fn places_of_halves(&self) -> Places {
        let (rows, columns) = self.named.shape();
        Places::new(2 * (rows + columns.unwrap_or(0)), None)
    }
}

/// Refuses ranks of which no distance can be proved, before a search for them.
fn check_certifiable(sides: &Sides<'_>, plan: &Plan<'_>) -> Result<(), Problem> {
    let largest = sides.all().map(|entry| entry.model.operator.as_ref().rows()).max().unwrap_or(0);
    match plan.measure {
        Measure::CertifiedProcrustes(_) if largest > MOST_CERTIFIED => Err(Problem::new(format!(
            "--certify proves distances up to rank {MOST_CERTIFIED}, and these operators have rank {largest}; leave it out, or take a smaller --rank"
        ))),
        _ => Ok(()),
    }
}

fn operators<'a>(entries: &'a [Entry<'_>]) -> Vec<MatRef<'a, f64>> {
    entries.iter().map(|entry| entry.model.operator.as_ref()).collect()
}

/// The refusal of a run in which no pair is left; the refusals of recordings are printed first.
pub(super) fn too_few(refused: &[Refusal]) -> Problem {
    refused.iter().for_each(report_refusal);
    Problem::new("there are not enough recordings left to compare")
}

fn files<'a>(entries: &[Entry<'a>]) -> Vec<&'a Path> {
    entries.iter().map(|entry| entry.source.file).collect()
}

/// File names without folder and ending where these are enough, else whole paths.
pub(super) fn labels(files: &[&Path]) -> Vec<String> {
    let short = |file: &&Path| {
        file.file_stem().map(|x| x.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let mut names: Vec<String> = files.iter().map(short).collect();
    names.sort();
    names.dedup();
    if names.len() == files.len() {
        files.iter().map(short).collect()
    } else {
        files.iter().map(|file| file.display().to_string()).collect()
    }
}
