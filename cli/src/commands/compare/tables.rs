//! The tables beside a comparison: classes, strata and other distances, and what they say of the distances.

use super::agreement::{self, Agreement, OtherMatrix};
use super::groups::GroupTests;
use crate::arguments::Compare;
use crate::classes::{Labels, Separation};
use crate::commands::baselines;
use crate::problem::Problem;
use std::path::Path;

/// The tables of classes, strata and other distances that were given.
pub(super) struct Tables<'a> {
    classes: Option<Labels>,
    strata: Option<Labels>,
    other: Option<OtherMatrix<'a>>,
}

/// What the classes of the rows say of their distances.
pub(super) struct OfClasses {
    /// The class of every row.
    pub(super) names: Option<Vec<String>>,
    strata: Option<Vec<String>>,
    pub(super) separation: Option<Separation>,
    /// Whether the classes differ by more than chance.
    pub(super) groups: Option<GroupTests>,
}

impl<'a> Tables<'a> {
    pub(super) fn read(options: &'a Compare) -> Result<Self, Problem> {
        Ok(Self {
            classes: table_of_labels(options)?,
            strata: options.groups.strata.as_deref().map(Labels::read).transpose()?,
            other: options.mantel.as_deref().map(OtherMatrix::read).transpose()?,
        })
    }

    /// # Errors
    /// The recording that a table does not name: before the work, so that it is reported early.
    pub(super) fn check(&self, files: &[&Path]) -> Result<(), Problem> {
        of(self.classes.as_ref(), files)?;
        of(self.strata.as_ref(), files).map(|_| ())
    }

    /// What the classes of the rows say of a square matrix of distances.
    pub(super) fn of_classes(
        &self,
        options: &Compare,
        files: &[&Path],
        distances: &[f64],
    ) -> Result<OfClasses, Problem> {
        let (names, strata) = (of(self.classes.as_ref(), files)?, of(self.strata.as_ref(), files)?);
        let separation = names.as_ref().and_then(|names| Separation::of(names, distances));
        let groups = names
            .as_deref()
            .map(|names| GroupTests::of(distances, names, strata.as_deref(), &options.groups));
        Ok(OfClasses { names, strata, separation, groups })
    }

    /// How other distances between the rows agree with theirs: those of a table, and the baselines.
    pub(super) fn agreements(
        &self,
        options: &Compare,
        distances: &[f64],
        labels: &[String],
        found: &[baselines::Found],
        classes: &OfClasses,
    ) -> Result<Vec<Agreement>, Problem> {
        if !options.against.is_empty() {
            return Ok(Vec::new());
        }
        let (other, strata) = (self.other.as_ref(), classes.strata.as_deref());
        agreement::all(distances, labels, other, found, strata, &options.groups)
    }
}

/// What a table says of every recording, if it was given.
fn of(table: Option<&Labels>, files: &[&Path]) -> Result<Option<Vec<String>>, Problem> {
    table.map(|table| table.of(files.iter().copied())).transpose()
}

/// The table of classes, if one was given.
fn table_of_labels(options: &Compare) -> Result<Option<Labels>, Problem> {
    match &options.labels {
        Some(_) if !options.against.is_empty() => {
            Err(Problem::new("--labels cannot be used together with --against"))
        }
        table => table.as_deref().map(Labels::read).transpose(),
    }
}
