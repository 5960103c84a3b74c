//! The result of a comparison, as it is shown and written.

use super::groups::GroupTests;
use super::plan::Plan;
use super::ranks::AtRank;
use super::recordings::{MOST_CERTIFIED, Refusal, Sides};
use crate::classes::Separation;
use crate::commands::baselines;
use crate::commands::choice::Choice;
use crate::commands::recording::reading_notes;
use crate::commands::remarks::Remarks;
use crate::files::model::settings_json;
use crate::output::{self, Results};
use crate::problem::Problem;
use crate::show::heat_map::{HeatMap, clustered_order};
use crate::show::table::{align, number};
use crate::text;
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
    pub(super) classes: Option<Vec<String>>,
    pub(super) separation: Option<Separation>,
    /// Whether the classes differ by more than chance.
    pub(super) groups: Option<GroupTests>,
    pub(super) baselines: Vec<baselines::Found>,
    pub(super) refused: Vec<Refusal>,
    pub(super) choice: Choice<'a>,
    /// The rank that a rule chose, between its neighbours.
    pub(super) ranks: Vec<AtRank>,
    pub(super) remarks: Remarks,
}

/// Up to this many columns the whole matrix is printed.
const WIDEST_TABLE: usize = 20;

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
        let narrow = self.column_labels.len() <= WIDEST_TABLE;
        let mut text = if narrow { self.table() } else { self.nearest() };
        let _ = writeln!(text, "\n{} distance between {}", self.metric(), self.how_fitted());
        let _ = writeln!(text, "{}", self.how_exact());
        for sentence in &self.remarks.sentences {
            let _ = writeln!(text, "{sentence}");
        }
        if let Some(found) = &self.separation {
            let _ = writeln!(
                text,
                "within classes:  {:4} pairs, mean {}, largest {}\n\
                 between classes: {:4} pairs, mean {}, smallest {}\n\
                 {} of {} recordings have their nearest neighbour in their own class;\n\
                 {} of {} are nearer to every recording of their own class than to any of another class",
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
            );
        }
        for sentence in self.groups.iter().flat_map(GroupTests::sentences) {
            let _ = writeln!(text, "{sentence}");
        }
        if self.baselines.iter().any(baselines::Found::is_there) {
            let operators = baselines::OfOperators {
                metric: self.metric(),
                distances: self.matrix.distances(),
                separation: self.separation.as_ref(),
            };
            let square = self.sides.alone;
            let _ = write!(text, "\n{}", baselines::summary(&operators, &self.baselines, square));
        }
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

    fn table(&self) -> String {
        let mut lines = vec![vec![String::new()]];
        lines[0].extend(self.column_labels.iter().cloned());
        for (i, label) in self.row_labels.iter().enumerate() {
            let mut line = vec![label.clone()];
            line.extend((0..self.matrix.cols()).map(|j| number(self.matrix.distance(i, j))));
            lines.push(line);
        }
        align(&lines)
    }

    /// The nearest neighbour of each recording, where the matrix is too wide to print.
    fn nearest(&self) -> String {
        let mut lines = vec![["recording", "nearest", "distance"].map(str::to_owned).to_vec()];
        for (i, label) in self.row_labels.iter().enumerate() {
            let others = (0..self.matrix.cols()).filter(|j| !self.sides.alone || *j != i);
            let nearest = others
                .min_by(|a, b| self.matrix.distance(i, *a).total_cmp(&self.matrix.distance(i, *b)));
            if let Some(j) = nearest {
                let distance = number(self.matrix.distance(i, j));
                lines.push(vec![label.clone(), self.column_labels[j].clone(), distance]);
            }
        }
        align(&lines)
    }

    /// The result as `--json` prints it.
    fn numbers(&self) -> Value {
        let rows = |values: &[f64]| -> Vec<Vec<f64>> {
            values.chunks(self.matrix.cols().max(1)).map(<[f64]>::to_vec).collect()
        };
        let models: Vec<Value> =
            self.sides.all().map(|entry| entry.model.summary.clone()).collect();
        let mut result = json!({
            "labels": self.row_labels,
            "metric": self.metric(),
            "distances": rows(self.matrix.distances()),
            "lower_bounds": rows(self.matrix.lower_bounds()),
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
        if !self.sides.alone {
            result["against"] = json!(self.column_labels);
        }
        if let Some(found) = &self.separation {
            result["separation"] = json!(found);
        }
        if let Some(found) = &self.groups {
            result["groups"] = found.report();
        }
        if !self.baselines.is_empty() {
            result["baselines"] = baselines::numbers(&self.baselines);
        }
        result
    }

    pub(super) fn write(&self, results: &Results) -> Result<(), Problem> {
        let shape = [self.matrix.rows() as u64, self.matrix.cols() as u64];
        let (rows, columns) = (&self.row_labels, &self.column_labels);
        let table = output::labelled_csv(rows, columns, |i, j| self.matrix.distance(i, j))?;
        let mut files = vec![("distances.csv".to_owned(), table)];
        files.extend(baselines::files(&self.baselines, rows, columns)?);
        let distances = output::npy(&shape, self.matrix.distances(), false)?;
        files.push(("distances.npy".to_owned(), distances));
        let lower_bounds = output::npy(&shape, self.matrix.lower_bounds(), false)?;
        files.push(("lower_bounds.npy".to_owned(), lower_bounds));
        files.push(("heatmap.svg".to_owned(), self.picture().into_bytes()));
        files.push(("report.json".to_owned(), self.report()?.into_bytes()));
        results.write(&files)
    }

    /// The contents of report.json.
    fn report(&self) -> Result<String, Problem> {
        let mut report = self.numbers();
        report["version"] = json!(env!("CARGO_PKG_VERSION"));
        report["settings"] = settings_json(&self.plan.fit);
        report["effort"] = json!(format!("{:?}", self.plan.options.measure.effort).to_lowercase());
        report["certify"] = json!(self.plan.options.measure.certify);
        if let Some(classes) = &self.classes {
            report["classes"] = json!(classes);
        }
        let refused: Vec<Value> = self
            .refused
            .iter()
            .map(|refusal| json!({ "file": refusal.file, "reason": refusal.reason }))
            .collect();
        report["refused"] = json!(refused);
        serde_json::to_string_pretty(&report).map_err(Problem::new)
    }

    fn picture(&self) -> String {
        let measure = format!("{} distance between {}", self.metric(), self.how_fitted());
        let place: Vec<usize> = if self.sides.alone {
            clustered_order(self.matrix.distances(), self.sides.rows.len())
        } else {
            (0..self.sides.rows.len()).collect()
        };
        let in_order = |names: &[String]| place.iter().map(|i| names[*i].clone()).collect();
        let rows: Vec<String> = in_order(&self.row_labels);
        let classes: Option<Vec<String>> = self.classes.as_deref().map(in_order);
        let map = HeatMap {
            title: "Dynamical similarity",
            measure: &measure,
            rows: &rows,
            columns: if self.sides.alone { &rows } else { &self.column_labels },
            classes: classes.as_deref(),
        };
        map.draw(|i, j| {
            let column = if self.sides.alone { place[j] } else { j };
            self.matrix.distance(place[i], column)
        })
    }
}
