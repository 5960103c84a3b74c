//! A comparison over a fan of windows and ranks, where neither was given.

use super::beside::Beside;
use super::fan_result::{Assumed, FanResult, Other};
use super::geometry::eigenvalues;
use super::places::Places;
use super::recordings::{Refusal, labels, refusal, too_few};
use super::tables::Tables;
use super::{Read, finish, rivals};
use crate::arguments::{
    BaselineArgument, Compare, MeasureArguments, MetricArgument, SensorsArgument,
};
use crate::commands::baselines;
use crate::commands::recording::{Lend, Source};
use crate::output::Results;
use crate::problem::Problem;
use crate::show::progress::Progress;
use dynamical_similarity::fan::{
    FanDistances, FanOperators, FanPlan, PreparedRecording, Sensors, WindowFan,
};
use dynamical_similarity::{Embedding, Error, Measure};
use rayon::prelude::*;
use std::path::Path;

/// Compares all recordings, and shows and writes the result.
pub(super) fn compare(
    options: &Compare,
    read: Read<'_>,
    tables: &Tables<'_>,
    results: Option<&Results>,
) -> Result<(), Problem> {
    let Read { rows, columns, mut refused } = read;
    let files: Vec<&Path> = rows.iter().map(|source| source.file).collect();
    tables.check(&files)?;
    // Principal components are axes of a recording's own.
    let likely = if options.model.preparation.has_components() {
        SensorsArgument::Different
    } else {
        SensorsArgument::Shared
    };
    let wanted = options.fan.sensors.unwrap_or(likely);
    // What the other assumption gives is shown where none was made.
    let other = options.fan.sensors.is_none().then(|| wanted.other());
    let assumptions: Vec<SensorsArgument> = std::iter::once(wanted).chain(other).collect();
    let mut recordings = Recordings::prepared(rows, columns, &assumptions, options, &mut refused);
    let (plan, fitted) = recordings.fit_or_refuse(options.fan.quick, &mut refused)?;
    let measure = measure(options);
    let distances = recordings.distances(&plan, &fitted, &measure)?;
    let (files, alone) = (recordings.files(0), recordings.alone);
    let classes = tables.of_classes(options, &files, distances.distances())?;
    let other = other.map(|sensors| {
        let found =
            recordings.fit(1, options.fan.quick).map_err(|failure| Problem::new(failure.error));
        let found = found.and_then(|(plan, fitted)| recordings.distances(&plan, &fitted, &measure));
        Other::of(sensors, found, &distances, alone, classes.names.as_deref())
    });
    let row_labels = labels(&files);
    let column_labels = if alone { row_labels.clone() } else { labels(&recordings.files(1)) };
    let (of_rows, of_columns) = (recordings.sources(0), recordings.sources(1));
    let compared = baselines::Recordings {
        rows: &of_rows,
        columns: (!alone).then_some(&of_columns[..]),
        row_labels: &row_labels,
        column_labels: &column_labels,
    };
    let baselines = with_rivals(&compared, options, &plan, classes.names.as_deref());
    let rivals_resampled = rivals::resampled(&compared, &baselines, options);
    let halves = (!options.no_halves)
        .then(|| recordings.halves(wanted, &plan, distances.members(), &measure));
    let resampled = options.resamples.map(|count| {
        recordings.resampled(count as usize, options, &plan, &fitted, distances.members(), &measure)
    });
    let agreements =
        tables.agreements(options, distances.distances(), &row_labels, &baselines, &classes)?;
    let of_closest = distances.most_similar_member().and_then(|member| {
        let window = plan.windows().iter().position(|window| *window == member.window)?;
        let of_one = |operators: &FanOperators| {
            operators.operator(window, member.rank).map(eigenvalues).unwrap_or_default()
        };
        Some(fitted.iter().map(of_one).collect())
    });
    let result = FanResult {
        options,
        eigenvalues: of_closest.unwrap_or_default(),
        beside: Beside { classes, halves, resampled, rivals_resampled, baselines, agreements },
        metric: metric(options),
        assumed: Assumed { sensors: wanted, by_default: options.fan.sensors.is_none(), other },
        plan,
        distances,
        row_labels: &row_labels,
        column_labels: &column_labels,
        alone,
        refused: &refused,
        sources: of_rows.iter().chain(&of_columns).copied().collect(),
        prepared: recordings.prepared_first(),
    };
    if let Some(results) = results {
        result.write(results)?;
    }
    let shown = result.show();
    finish(options, shown, results, &refused, &result.beside.baselines)
}

/// The name of the distance between two operators: by default Wasserstein, which is ten times cheaper than an angle and
/// tells recordings apart as well.
fn metric(options: &Compare) -> MetricArgument {
    options.measure.metric.unwrap_or(MetricArgument::Wasserstein)
}

fn measure(options: &Compare) -> Measure {
    MeasureArguments { metric: Some(metric(options)), ..options.measure.clone() }.measure(false)
}

/// The baselines that were asked for and the plain rivals that stand beside every fan: log spectra and, where all samples are
/// in memory, the samples themselves. A rival that nobody asked for is left out where it is impossible.
fn with_rivals(
    compared: &baselines::Recordings<'_, '_, '_>,
    options: &Compare,
    plan: &FanPlan,
    classes: Option<&[String]>,
) -> Vec<baselines::Found> {
    let windows = plan.single().map_or(Embedding::new(1, 1), |dmd| dmd.embedding());
    let mut found = compared.compute(windows, &options.baseline, classes);
    let mut rivals = vec![BaselineArgument::LogSpectrum];
    let sources = || compared.rows.iter().chain(compared.columns.unwrap_or_default());
    rivals.extend(sources().all(|source| source.is_held()).then_some(BaselineArgument::Euclidean));
    rivals.retain(|name| !options.baseline.contains(name));
    let rivals = compared.compute(windows, &rivals, classes);
    found.extend(rivals.into_iter().filter(baselines::Found::is_there));
    found
}

/// A recording and what is kept of it: its components under every assumption about sensors.
pub(super) struct Entry<'a> {
    pub(super) source: Source<'a>,
    pub(super) prepared: Vec<Result<PreparedRecording, Error>>,
}

/// The recordings in the rows and in the columns.
pub(super) struct Recordings<'a> {
    pub(super) sides: [Vec<Entry<'a>>; 2],
    pub(super) alone: bool,
}

impl<'a> Recordings<'a> {
    /// Prepares all recordings; those that cannot be prepared under the first assumption are refused.
    fn prepared(
        rows: Vec<Source<'a>>,
        columns: Vec<Source<'a>>,
        assumptions: &[SensorsArgument],
        options: &Compare,
        refused: &mut Vec<Refusal>,
    ) -> Self {
        let progress = Progress::new("preparing", rows.len() + columns.len());
        let prepare =
            |source: &Source<'a>| -> Result<Vec<Result<PreparedRecording, Error>>, Problem> {
                let fan = |sensors: &SensorsArgument| WindowFan::new(sensors.sensors());
                let prepared = source.lend(|recording| {
                    assumptions
                        .iter()
                        .map(|sensors| fan(sensors).prepare(&recording.trials))
                        .collect()
                });
                progress.step();
                prepared
            };
        let mut of_side = |sources: Vec<Source<'a>>| {
            let found: Vec<_> = sources.par_iter().map(prepare).collect();
            let mut entries = Vec::new();
            for (source, found) in sources.into_iter().zip(found) {
                match found {
                    Ok(prepared) => match prepared.first() {
                        Some(Err(error)) => refused.push(refused_as(source.file, *error)),
                        _ => entries.push(Entry { source, prepared }),
                    },
                    Err(problem) => refused.push(refusal(source.file, &problem)),
                }
            }
            entries
        };
        let sides = [of_side(rows), of_side(columns)];
        progress.finish();
        Self { sides, alone: options.against.is_empty() }
    }

    /// The places of the pairs that are compared.
    pub(super) fn places(&self) -> Places {
        Places::new(self.sides[0].len(), (!self.alone).then_some(self.sides[1].len()))
    }

    fn check_enough(&self, refused: &[Refusal]) -> Result<(), Problem> {
        if self.places().pairs().next().is_none() { Err(too_few(refused)) } else { Ok(()) }
    }

    pub(super) fn files(&self, side: usize) -> Vec<&'a Path> {
        self.sides[side].iter().map(|entry| entry.source.file).collect()
    }

    /// The components of all recordings under the first assumption.
    fn prepared_first(&self) -> Vec<&PreparedRecording> {
        let entries = self.sides.iter().flatten();
        entries.filter_map(|entry| entry.prepared.first()?.as_ref().ok()).collect()
    }

    fn sources(&self, side: usize) -> Vec<&Source<'a>> {
        self.sides[side].iter().map(|entry| &entry.source).collect()
    }

    /// The plan and the operators under one of the assumptions.
    ///
    /// # Errors
    /// The recording that has none, by its number, and why.
    fn fit(&self, assumption: usize, quick: bool) -> Result<(FanPlan, Vec<FanOperators>), Failure> {
        let mut all = Vec::new();
        for (at, entry) in self.sides.iter().flatten().enumerate() {
            let refused = |error: &Error| Failure { recording: Some(at), error: *error };
            all.push(entry.prepared[assumption].as_ref().map_err(refused)?);
        }
        // The assumption is made while recordings are prepared.
        let fan = WindowFan::new(Sensors::Shared).quick(quick);
        let plan = fan.plan(&all).map_err(|error| Failure { recording: None, error })?;
        let progress = Progress::new("fitting", all.len());
        let fit = |(at, prepared): (usize, &&PreparedRecording)| {
            let found = plan.fit(prepared);
            progress.step();
            found.map_err(|error| Failure { recording: Some(at), error })
        };
        let fitted: Vec<_> = all.par_iter().enumerate().map(fit).collect();
        progress.finish();
        let fitted = fitted.into_iter().collect::<Result<_, Failure>>()?;
        Ok((plan, fitted))
    }

    /// The plan and the operators under the first assumption; a recording that has none is refused, and the others go on
    /// with a plan of their own.
    fn fit_or_refuse(
        &mut self,
        quick: bool,
        refused: &mut Vec<Refusal>,
    ) -> Result<(FanPlan, Vec<FanOperators>), Problem> {
        loop {
            self.check_enough(refused)?;
            match self.fit(0, quick) {
                Ok(found) => return Ok(found),
                Err(Failure { recording: None, error }) => return Err(Problem::new(error)),
                Err(Failure { recording: Some(at), error }) => {
                    let rows = self.sides[0].len();
                    let (side, at) = if at < rows { (0, at) } else { (1, at - rows) };
                    refused.push(refused_as(self.sides[side].remove(at).source.file, error));
                }
            }
        }
    }

    /// The distances between all operators.
    fn distances(
        &self,
        plan: &FanPlan,
        fitted: &[FanOperators],
        measure: &Measure,
    ) -> Result<FanDistances, Problem> {
        let (rows, columns) = fitted.split_at(self.sides[0].len());
        let pairs = self.places().pairs().count();
        let members = plan.windows().len() * plan.ranks().len();
        let progress = Progress::new("comparing", pairs * members);
        let mut step = |_| progress.step_on();
        let found = if self.alone {
            plan.among(rows, measure, Some(&mut step))
        } else {
            plan.between(rows, columns, measure, Some(&mut step))
        };
        progress.finish();
        found.map_err(Problem::new)
    }
}

/// Why there are no operators.
struct Failure {
    /// The number of the recording that has none, if it is one.
    recording: Option<usize>,
    error: Error,
}

fn refused_as(file: &Path, error: Error) -> Refusal {
    refusal(file, &Problem::about(file, error))
}
