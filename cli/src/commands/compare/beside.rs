//! What stands beside the distances of a comparison, whatever they are made of: classes, halves, resamples and rivals.

use super::agreement::Agreement;
use super::groups::GroupTests;
use super::halves::HalvesFound;
use super::resamples::Resampled;
use super::table::{Table, separation_text};
use super::tables::OfClasses;
use crate::commands::baselines::{self, Found};
use crate::output::Contents;
use crate::problem::Problem;
use serde_json::{Value, json};
use std::fmt::Write;

/// What stands beside a matrix of distances.
pub(super) struct Beside {
    pub(super) classes: OfClasses,
    /// How far apart the halves of a recording are.
    pub(super) halves: Option<HalvesFound>,
    /// The null bands and intervals of all pairs, if resamples were drawn.
    pub(super) resampled: Option<Resampled>,
    /// Those of distances between log spectra.
    pub(super) rivals_resampled: Option<Resampled>,
    pub(super) baselines: Vec<Found>,
    /// How other distances agree with these.
    pub(super) agreements: Vec<Agreement>,
}

impl Beside {
    /// Everything as text.
    pub(super) fn text(&self, table: &Table<'_>, metric: &str) -> String {
        let mut text = String::new();
        let resampled = self.resampled.iter().flat_map(|x| x.sentences(table.rows, table.columns));
        for sentence in self.halves.iter().flat_map(HalvesFound::sentences).chain(resampled) {
            let _ = writeln!(text, "{sentence}");
        }
        if let Some(found) = &self.classes.separation {
            text += &separation_text(found);
        }
        for sentence in self.classes.groups.iter().flat_map(GroupTests::sentences) {
            let _ = writeln!(text, "{sentence}");
        }
        if self.baselines.iter().any(Found::is_there) {
            let operators = baselines::OfOperators {
                metric,
                distances: table.distances,
                separation: self.classes.separation.as_ref(),
            };
            let summary = baselines::summary(&operators, &self.baselines, table.alone);
            let _ = write!(text, "\n{summary}");
            text.extend(self.plain_is_enough().map(|sentence| sentence + "\n"));
        }
        if let Some(found) = &self.rivals_resampled {
            let _ = writeln!(text, "log-spectrum: {}", found.summary());
        }
        for agreement in &self.agreements {
            let _ = writeln!(text, "{}", agreement.sentence());
        }
        text
    }

    /// The sentences of [`text`](Self::text) by topic, for a report.
    fn sentences(&self, table: &Table<'_>) -> Value {
        let resampled = self.resampled.iter().flat_map(|x| x.sentences(table.rows, table.columns));
        let plain = self.plain_is_enough();
        let rivals = self.rivals_resampled.iter().map(|x| format!("log-spectrum: {}", x.summary()));
        let agreements = self.agreements.iter().map(Agreement::sentence);
        json!({
            "halves": self.halves.iter().flat_map(HalvesFound::sentences).collect::<Vec<_>>(),
            "resamples": resampled.collect::<Vec<_>>(),
            "classes": self.classes.groups.iter().flat_map(GroupTests::sentences).collect::<Vec<_>>(),
            "baselines": plain.into_iter().chain(rivals).chain(agreements).collect::<Vec<_>>(),
        })
    }

    /// Whether a plain rival tells the classes apart as well.
    fn plain_is_enough(&self) -> Option<String> {
        let own = self.classes.separation.as_ref()?;
        if own.nearest_in_class == 0 {
            return None;
        }
        let as_good = self.baselines.iter().filter(|found| {
            let other = found.separation();
            other.is_some_and(|other| other.nearest_in_class >= own.nearest_in_class)
        });
        let names: Vec<&str> = as_good.map(Found::name).collect();
        (!names.is_empty()).then(|| {
            format!(
                "Without any operator, {} {} at least as many nearest neighbours of the same class.",
                names.join(" and "),
                if names.len() == 1 { "finds" } else { "find" }
            )
        })
    }

    /// Adds everything to a report.
    pub(super) fn report(&self, result: &mut Value, table: &Table<'_>) {
        let (rows, columns) = (table.rows, table.columns);
        result["sentences"] = self.sentences(table);
        if !table.alone {
            result["against"] = json!(columns);
        }
        if let Some(found) = &self.classes.separation {
            result["separation"] = json!(found);
        }
        if let Some(found) = &self.halves {
            result["halves"] = found.report();
        }
        if let Some(found) = &self.resampled {
            result["resamples"] = found.report(rows, columns);
        }
        if let Some(found) = &self.rivals_resampled {
            result["log_spectrum_resamples"] = found.report(rows, columns);
        }
        if !self.agreements.is_empty() {
            result["mantel"] = self.agreements.iter().map(Agreement::report).collect();
        }
        if let Some(found) = &self.classes.groups {
            result["groups"] = found.report();
        }
        if !self.baselines.is_empty() {
            result["baselines"] = baselines::numbers(&self.baselines, columns.len());
        }
    }

    /// pairs.csv, and the files of the baselines.
    pub(super) fn files(&self, table: &Table<'_>) -> Result<Vec<Contents>, Problem> {
        let mut files = baselines::files(&self.baselines, table.rows, table.columns)?;
        if let Some(found) = &self.resampled {
            files.extend(found.files(table.rows, table.columns)?);
        }
        Ok(files)
    }
}
