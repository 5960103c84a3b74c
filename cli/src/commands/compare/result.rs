//! The result of a comparison, as it is shown and written.

use super::beside::Beside;
use super::geometry;
use super::plan::Plan;
use super::ranks::AtRank;
use super::recordings::{MOST_CERTIFIED, Refusal, Sides};
use super::table::{Table, in_rows};
use crate::commands::choice::Choice;
use crate::commands::recording::reading_notes;
use crate::commands::remarks::Remarks;
use crate::files::model::{scale_name, settings_json};
use crate::output::{self, Results};
use crate::problem::Problem;
use crate::report;
use crate::text::{self, counted};
use dynamical_similarity::DistanceMatrix;
use serde_json::{Value, json};
use std::fmt::Write;

/// Everything that is shown and written.
pub(super) struct Comparison<'a> {
    pub(super) plan: Plan<'a>,
    pub(super) row_labels: Vec<String>,
    pub(super) column_labels: Vec<String>,
    pub(super) sides: Sides<'a>,
    pub(super) matrix: DistanceMatrix<f64>,
    pub(super) beside: Beside,
    pub(super) refused: Vec<Refusal>,
    pub(super) choice: Choice<'a>,
    /// The rank, between its neighbours.
    pub(super) ranks: Vec<AtRank>,
    pub(super) remarks: Remarks,
}

impl Comparison<'_> {
    fn metric(&self) -> &'static str {
        self.plan.metric.name()
    }

    pub(super) fn show(&self) -> Result<(), Problem> {
        if self.plan.options.json {
            return output::show(format_args!("{}\n", self.numbers()));
        }
        for entry in self.sides.all() {
            for warning in &entry.model.warnings {
                output::note(format_args!("{}: {warning}", text::name(entry.source.file)));
            }
        }
        let mut text = self.table().text();
        let _ = writeln!(text, "\n{}", self.what());
        let _ = writeln!(text, "{}", self.how_exact());
        if let Some(sentence) = self.plan.options.model.preparation().sentence() {
            let _ = writeln!(text, "{sentence}");
        }
        for sentence in &self.remarks.sentences {
            let _ = writeln!(text, "{sentence}");
        }
        text += &self.beside.text(&self.table(), self.metric());
        for (at, found) in self.ranks.iter().enumerate() {
            let _ = writeln!(text, "{}{}", if at == 0 { "\n" } else { "" }, found.line());
        }
        if let Some(hint) = self.how_to_prove() {
            let _ = writeln!(text, "{hint}");
        }
        output::show(text)
    }

    /// How to prove the distances, where that has not been tried and is possible.
    fn how_to_prove(&self) -> Option<String> {
        let (proven, pairs) = (self.matrix.certified(), self.sides.pairs().count());
        let rank = self.sides.all().map(|entry| entry.model.operator.as_ref().rows()).max()?;
        let possible = !self.plan.options.measure.certify && rank <= MOST_CERTIFIED;
        (possible && proven < pairs).then(|| {
            "--certify proves most distances to 0.1 %, and says of how many it does.".to_owned()
        })
    }

    /// How near the distances are to the true ones.
    fn how_exact(&self) -> String {
        let (proven, pairs) = (self.matrix.certified(), self.sides.pairs().count());
        if proven == pairs {
            return "Every distance is certified: its lower bound meets it.".to_owned();
        }
        let bounds = self.matrix.lower_bounds().iter().zip(self.matrix.distances());
        let mut shares: Vec<f64> = bounds
            .filter(|(_, distance)| **distance > 0.0)
            .map(|(low, found)| low / found)
            .collect();
        shares.sort_unstable_by(f64::total_cmp);
        let median = shares.get(shares.len() / 2).copied().unwrap_or(1.0);
        let proofs = match proven {
            0 => String::new(),
            1 => format!(" 1 of {pairs} distances is certified: its lower bound meets it."),
            _ => format!(
                " {proven} of {pairs} distances are certified: their lower bounds meet them."
            ),
        };
        format!(
            "Every distance is the best of several searches, and the true distance is at least the lower bound (median {:.0} % of the distance that was found).{proofs}",
            100.0 * median
        )
    }

    fn how_fitted(&self) -> String {
        let ranks = || self.sides.all().map(|entry| entry.model.rank);
        let (low, high) = (ranks().min().unwrap_or(0), ranks().max().unwrap_or(0));
        let rank =
            if low == high { format!("rank {low}") } else { format!("ranks {low} to {high}") };
        format!("operators of {rank} with {} delays", self.plan.fit.delays)
    }

    /// What the numbers are.
    fn what(&self) -> String {
        let of = self.plan.cleaned.map(|kept| format!("{kept} of ")).unwrap_or_default();
        format!("{} distance between {of}{}", self.metric(), self.how_fitted())
    }

    /// The settings of every fit, in a sentence.
    fn how_each_is_fitted(&self) -> String {
        let model = &self.plan.options.model;
        format!(
            "Every recording is fitted alike: {}, at an interval of {}, {} ahead, ridge {:e}, centred by: {}, scaled by: {}.",
            self.how_fitted(),
            counted(model.interval(), "sample"),
            counted(model.steps_ahead, "sample"),
            model.ridge,
            model.centre().name(),
            scale_name(model.scale),
        )
    }

    /// The result as `--json` prints it.
    fn numbers(&self) -> Value {
        let models: Vec<Value> =
            self.sides.all().map(|entry| entry.model.summary.clone()).collect();
        let mut result = json!({
            "labels": self.row_labels,
            "metric": self.metric(),
            "measure": text::capital(&self.what()),
            "distances": in_rows(self.matrix.distances(), self.matrix.cols()),
            "lower_bounds": in_rows(self.matrix.lower_bounds(), self.matrix.cols()),
            "certified": self.matrix.certified(),
            "pairs": self.sides.pairs().count(),
            "models": models,
        });
        self.remarks.report(&mut result);
        let notes = reading_notes(self.sides.all().map(|entry| entry.source.of_file()));
        if !notes.is_empty() {
            result["notes"] = json!(notes);
        }
        if let Some(found) = self.choice.report() {
            result["choice"] = found;
        }
        if !self.ranks.is_empty() {
            result["ranks"] = self.ranks.iter().map(AtRank::report).collect();
        }
        let table = self.table();
        self.beside.report(&mut result, &table);
        geometry::report(&mut result, &table, &self.plan.options.model);
        let prepared = self.plan.options.model.preparation().sentence();
        let how = prepared.into_iter().chain([self.how_each_is_fitted()]);
        result["sentences"]["settings"] = how.chain(self.choice.notes()).collect();
        let how_exact = std::iter::once(self.how_exact()).chain(self.how_to_prove());
        result["sentences"]["exactness"] = how_exact.collect();
        result
    }

    pub(super) fn write(&self, results: &Results) -> Result<(), Problem> {
        let shape = [self.matrix.rows() as u64, self.matrix.cols() as u64];
        let mut files = self.table().files("distances")?;
        files.extend(self.beside.files(&self.table())?);
        let lower_bounds = output::npy(&shape, self.matrix.lower_bounds(), false)?;
        files.push(("lower_bounds.npy".to_owned(), lower_bounds));
        let report = self.report();
        files.extend(report::files(&report)?);
        let text = serde_json::to_string_pretty(&report).map_err(Problem::new)?;
        files.push(("report.json".to_owned(), text.into_bytes()));
        results.write(&files)
    }

    /// The contents of report.json.
    fn report(&self) -> Value {
        let mut report = self.numbers();
        report["version"] = json!(env!("CARGO_PKG_VERSION"));
        report["command"] = json!(self.plan.options.command);
        report["settings"] = settings_json(&self.plan.fit);
        report["effort"] = json!(format!("{:?}", self.plan.options.measure.effort).to_lowercase());
        report["certify"] = json!(self.plan.options.measure.certify);
        if let Some(classes) = &self.beside.classes.names {
            report["classes"] = json!(classes);
        }
        report["refused"] = self.refused.iter().map(Refusal::report).collect();
        report
    }

    /// The distances with their names.
    fn table(&self) -> Table<'_> {
        Table {
            rows: &self.row_labels,
            columns: &self.column_labels,
            distances: self.matrix.distances(),
            alone: self.sides.alone,
        }
    }
}
