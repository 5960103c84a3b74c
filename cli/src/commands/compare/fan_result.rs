//! The result of a comparison over a fan, as it is shown and written.

use super::beside::Beside;
use super::geometry;
use super::places::Places;
use super::recordings::Refusal;
use super::table::{Table, in_rows};
use crate::arguments::{Compare, MetricArgument, SensorsArgument};
use crate::classes::Separation;
use crate::commands::recording::{Source, reading_notes};
use crate::output::{self, Results};
use crate::problem::Problem;
use crate::report;
use crate::statistics::of_pairs;
use crate::text::{self, capital, counted};
use dynamical_similarity::fan::{FanDistances, FanMember, FanPlan, PreparedRecording};
use dynamical_similarity::statistics::rank_correlation;
use serde_json::{Value, json};
use std::fmt::Write;

/// Fewer members than this give no more than a single setting does.
const FEW_MEMBERS: usize = 8;

/// What was assumed about the sensors.
pub(super) struct Assumed {
    pub(super) sensors: SensorsArgument,
    /// Whether nobody asked for it.
    pub(super) by_default: bool,
    /// What the other assumption gives, where none was made.
    pub(super) other: Option<Other>,
}

/// The result under the other assumption, next to the one that is shown.
pub(super) struct Other {
    sensors: SensorsArgument,
    found: Result<UnderOther, Problem>,
}

struct UnderOther {
    /// The rank correlation of the distances.
    correlation: f64,
    separation: Option<Separation>,
}

impl Other {
    pub(super) fn of(
        sensors: SensorsArgument,
        found: Result<FanDistances, Problem>,
        shown: &FanDistances,
        alone: bool,
        classes: Option<&[String]>,
    ) -> Self {
        let found = found.and_then(|found| {
            let of_pairs = |matrix: &FanDistances| -> Vec<f64> {
                of_pairs(matrix.distances(), matrix.cols(), alone).collect()
            };
            let correlation = rank_correlation(&of_pairs(&found), &of_pairs(shown));
            let separation = classes.and_then(|classes| Separation::of(classes, found.distances()));
            Ok(UnderOther { correlation: correlation.map_err(Problem::new)?, separation })
        });
        Self { sensors, found }
    }
}

/// Everything that is shown and written.
pub(super) struct FanResult<'a> {
    pub(super) options: &'a Compare,
    pub(super) metric: MetricArgument,
    pub(super) assumed: Assumed,
    pub(super) plan: FanPlan,
    pub(super) distances: FanDistances,
    pub(super) row_labels: &'a [String],
    pub(super) column_labels: &'a [String],
    pub(super) alone: bool,
    pub(super) beside: Beside,
    pub(super) refused: &'a [Refusal],
    pub(super) sources: Vec<&'a Source<'a>>,
    /// The components of the sources.
    pub(super) prepared: Vec<&'a PreparedRecording>,
    /// The eigenvalues of every source under the member that stands for all best.
    pub(super) eigenvalues: Vec<Vec<[f64; 2]>>,
}

impl FanResult<'_> {
    fn table(&self) -> Table<'_> {
        Table {
            rows: self.row_labels,
            columns: self.column_labels,
            distances: self.distances.distances(),
            alone: self.alone,
        }
    }

    /// What the numbers are.
    fn what(&self) -> String {
        format!(
            "mean over {} of {} distances, in units of the median of each",
            counted(self.distances.members().len(), "setting"),
            self.metric.name()
        )
    }

    pub(super) fn show(&self) -> Result<(), Problem> {
        if self.options.json {
            return output::show(format_args!("{}\n", self.numbers()));
        }
        let mut text = self.table().text() + "\n";
        let prepared = self.options.model.preparation().sentence();
        for sentence in self.about_settings().into_iter().chain(prepared) {
            let _ = writeln!(text, "{sentence}");
        }
        text += &self.beside.text(&self.table(), self.metric.name());
        output::show(text)
    }

    /// Sentences about the settings, and what was assumed.
    fn about_settings(&self) -> Vec<String> {
        let members = self.distances.members();
        let windows = self.plan.windows();
        let span = |at: Option<&dynamical_similarity::fan::FanWindow>| {
            at.map_or(0, |w| (w.delays - 1) * w.interval + 1)
        };
        let ranks = || members.iter().map(|member| member.rank);
        let mut sentences = vec![
            format!("{}: {}", capital(&self.what()), self.about_unit()),
            format!(
                "No window and no rank was given, so {} from {} to {} samples and ranks from {} to {} are averaged (autocorrelation time {:.1} samples, {}, {} ahead).",
                counted(windows.len(), "window"),
                span(windows.first()),
                span(windows.last()),
                ranks().min().unwrap_or(0),
                ranks().max().unwrap_or(0),
                self.plan.time_scale(),
                counted(self.plan.components(), "component"),
                counted(windows.first().map_or(1, |window| window.steps_ahead), "sample"),
            ),
        ];
        if members.len() < FEW_MEMBERS {
            sentences.push(format!(
                "Only {} could be used, because the recordings are short or have few directions: treat the result as that of a single setting.",
                counted(members.len(), "setting")
            ));
        }
        sentences.extend(self.about_components());
        sentences.extend(self.about_members());
        sentences.push(self.about_sensors());
        sentences
    }

    /// What a distance of 1 means.
    fn about_unit(&self) -> &'static str {
        let (rows, columns) = (self.row_labels.len(), self.column_labels.len());
        let pairs = if self.alone { rows * rows.saturating_sub(1) / 2 } else { rows * columns };
        if pairs > 1 {
            "1 is a typical pair of these recordings."
        } else {
            "the only pair is at distance 1 whatever it is. Read how far its halves are apart, add recordings, or give \
             --delays and --rank."
        }
    }

    /// What the components leave out.
    fn about_components(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        let shares = || self.prepared.iter().map(|recording| recording.explained_variance());
        let (least, most) = (shares().fold(1.0, f64::min), shares().fold(0.0, f64::max));
        if least < 0.995 {
            sentences.push(format!(
                "The components have {:.0} to {:.0} % of the variance of the scaled channels.",
                100.0 * least,
                100.0 * most
            ));
        }
        let with_constant = self.prepared.iter().zip(&self.sources);
        for (recording, source) in with_constant {
            let constant = recording.constant_channels();
            if !constant.is_empty() {
                sentences.push(format!(
                    "{}: {} left out, because {} constant.",
                    text::name(source.file),
                    counted(constant.len(), "channel"),
                    if constant.len() == 1 { "it is" } else { "they are" }
                ));
            }
        }
        sentences
    }

    /// How well the members agree, and which one stands for all.
    fn about_members(&self) -> Option<String> {
        let closest = self.distances.most_similar_member()?;
        let agreements = || self.distances.members().iter().map(|member| member.agreement);
        let least = agreements().fold(f64::INFINITY, f64::min);
        Some(format!(
            "Rank correlation of single settings with this mean: {least:.2} to {:.2}. The most similar one is {}.",
            closest.agreement,
            self.as_options(closest)
        ))
    }

    /// The options that make a comparison with a member alone.
    fn as_options(&self, member: &FanMember) -> String {
        let (window, components) = (member.window, self.plan.components());
        let all_kept = self.sources.iter().all(|source| source.samples.channels == components);
        let of_what = match self.assumed.sensors {
            SensorsArgument::Shared if all_kept => " --scale unit-variance".to_owned(),
            SensorsArgument::Shared => {
                format!(", of {components} principal components of the scaled channels")
            }
            SensorsArgument::Different => format!(", of {components} sphered components"),
        };
        format!(
            "--delays {} --interval {} --steps-ahead {} --rank {}{of_what}",
            window.delays, window.interval, window.steps_ahead, member.rank
        )
    }

    fn about_sensors(&self) -> String {
        let assumed = match (self.assumed.sensors, self.assumed.by_default) {
            (SensorsArgument::Shared, true) => {
                "It was assumed that all recordings have the same sensors (channels in units of their deviations)."
            }
            (SensorsArgument::Shared, false) => {
                "All recordings have the same sensors, as you said (channels in units of their deviations)."
            }
            (SensorsArgument::Different, _) => {
                "Every recording has sensors of its own, as you said (components of unit variance)."
            }
        };
        let Some(other) = &self.assumed.other else { return assumed.to_owned() };
        let with = other.sensors.name();
        match &other.found {
            Err(problem) => {
                format!("{assumed} With --sensors {with} there is no result: {problem}.")
            }
            Ok(found) => {
                let nearest = match (&found.separation, &self.beside.classes.separation) {
                    (Some(there), Some(here)) => format!(
                        ", and {} of {} recordings have their nearest neighbour in their own class (here {})",
                        there.nearest_in_class, there.with_company, here.nearest_in_class
                    ),
                    _ => String::new(),
                };
                format!(
                    "{assumed} With --sensors {with} the distances have a rank correlation of {:.2} with these{nearest}.",
                    found.correlation
                )
            }
        }
    }

    /// The result as `--json` prints it.
    fn numbers(&self) -> Value {
        let closest = self.distances.most_similar_member();
        let columns = (!self.alone).then_some(self.distances.cols());
        let places = Places::new(self.distances.rows(), columns);
        let mut result = json!({
            "labels": self.row_labels,
            "metric": self.metric.name(),
            "measure": capital(&self.what()),
            "distances": in_rows(self.distances.distances(), self.distances.cols()),
            "pairs": places.pairs().count(),
            "fan": {
                "components": self.plan.components(),
                "explained_variance": self.prepared.iter().map(|recording| recording.explained_variance()).collect::<Vec<_>>(),
                "constant_channels": self.prepared.iter().map(|recording| recording.constant_channels()).collect::<Vec<_>>(),
                "time_scale": self.plan.time_scale(),
                "base_span": self.plan.base_span(),
                "members": self.distances.members().iter().map(member).collect::<Value>(),
                "most_similar": closest.map(member),
                "eigenvalues": self.eigenvalues,
                "sensors": self.assumed.sensors.name(),
                "sensors_by_default": self.assumed.by_default,
            },
        });
        if let Some(other) = &self.assumed.other {
            result["fan"]["other_sensors"] = match &other.found {
                Ok(found) => json!({
                    "sensors": other.sensors.name(),
                    "rank_correlation": found.correlation,
                    "separation": found.separation,
                }),
                Err(reason) => {
                    json!({ "sensors": other.sensors.name(), "refused": reason.to_string() })
                }
            };
        }
        let notes = reading_notes(self.sources.iter().map(|source| source.of_file()));
        if !notes.is_empty() {
            result["notes"] = json!(notes);
        }
        let table = self.table();
        self.beside.report(&mut result, &table);
        geometry::report(&mut result, &table, &self.options.model);
        let prepared = self.options.model.preparation().sentence();
        result["sentences"]["settings"] =
            prepared.into_iter().chain(self.about_settings()).collect();
        result
    }

    pub(super) fn write(&self, results: &Results) -> Result<(), Problem> {
        let mut files = self.table().files("distances")?;
        files.extend(self.beside.files(&self.table())?);
        let mut report = self.numbers();
        report["version"] = json!(env!("CARGO_PKG_VERSION"));
        report["command"] = json!(self.options.command);
        if let Some(classes) = &self.beside.classes.names {
            report["classes"] = json!(classes);
        }
        report["refused"] = self.refused.iter().map(Refusal::report).collect();
        files.extend(report::files(&report)?);
        let report = serde_json::to_string_pretty(&report).map_err(Problem::new)?;
        files.push(("report.json".to_owned(), report.into_bytes()));
        results.write(&files)
    }
}

/// A member for a report.
fn member(member: &FanMember) -> Value {
    json!({
        "delays": member.window.delays,
        "interval": member.window.interval,
        "steps_ahead": member.window.steps_ahead,
        "rank": member.rank,
        "scale": member.scale,
        "agreement": member.agreement,
    })
}
