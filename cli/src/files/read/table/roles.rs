//! Columns that are not channels: axes, by their names or their numbers, and an empty last column.

use super::super::samples::{Axis, Samples};
use super::axis::called;
use super::names::{Meaning, meaning};
use super::{LEADING, Table};

/// With at least this many rows, a column that rises evenly is an axis whatever its name.
const ENOUGH_ROWS: usize = 5;

impl Table {
    /// Marks the columns that are axes, says so, and returns the one to go by: time before a count of samples.
    pub(super) fn take_axes(&mut self, kept: &mut [bool]) -> Option<Axis> {
        let named = !self.names.is_empty();
        let meanings: Vec<Meaning> = (0..self.columns)
            .map(|k| self.names.get(k).map_or(Meaning::Channel, |name| meaning(name)))
            .collect();
        let has_time = meanings.iter().any(|of| matches!(of, Meaning::Time { .. }));
        let (mut leading, mut axis): (bool, Option<Axis>) = (true, None);
        for (k, meaning) in meanings.into_iter().enumerate() {
            let more = kept.iter().filter(|keep| **keep).count() > 1;
            let enough = self.rows >= ENOUGH_ROWS;
            let possible = match &meaning {
                Meaning::Trial => continue,
                Meaning::Time { .. } => true,
                Meaning::PerhapsTime { .. } => more,
                Meaning::Count | Meaning::Nameless => leading && more,
                Meaning::Channel => {
                    leading && more && axis.is_none() && enough && k < LEADING && !has_time
                }
            };
            if !possible {
                leading = false;
                continue;
            }
            let column = self.column(k);
            let rises_evenly = || column.even_step().is_some();
            let is_axis = match &meaning {
                Meaning::Trial | Meaning::Time { .. } => true,
                Meaning::PerhapsTime { .. } => column.mostly_rises(),
                Meaning::Count => rises_evenly() || (column.is_whole() && column.mostly_rises()),
                Meaning::Nameless => column.counts_rows() || (enough && rises_evenly()),
                Meaning::Channel => rises_evenly(),
            };
            leading &= is_axis;
            if !is_axis {
                continue;
            }
            let name = self.names.get(k).cloned().unwrap_or_default();
            let (counts, unit) = match meaning {
                Meaning::Time { unit } | Meaning::PerhapsTime { unit } => (false, unit),
                Meaning::Count | Meaning::Nameless => (true, None),
                _ => (column.is_whole(), None),
            };
            let what = called(&name, k, named);
            let found = Axis { name, counts, unit, ..Axis::default() };
            let (found, notes) = column.describe(&what, found, self.first_line);
            self.notes.extend(notes);
            if let Some(keep) = kept.get_mut(k) {
                *keep = false;
            }
            if axis
                .as_ref()
                .is_none_or(|axis| axis.counts && found.as_ref().is_some_and(|x| !x.counts))
            {
                axis = found.or(axis);
            }
        }
        axis
    }

    /// A last column without a name and without a number comes from a separator at the end of each line.
    pub(super) fn take_empty_end(&mut self, kept: &mut [bool]) {
        let last = self.columns.saturating_sub(1);
        let nameless = self.names.get(last).is_none_or(String::is_empty);
        let more = kept.iter().filter(|keep| **keep).count() > 1;
        if nameless && more && self.rows > 1 && self.column(last).values.iter().all(|x| x.is_nan())
        {
            if let Some(keep) = kept.get_mut(last) {
                *keep = false;
            }
            self.notes.push("the last column, which is empty in every line, was dropped".into());
        }
    }
}

/// What the column of trials did.
pub(super) fn trials_note(columns: &[usize], samples: &Samples) -> Option<String> {
    if columns.is_empty() {
        return None;
    }
    let (shortest, longest) = samples.lengths();
    let list: Vec<String> = columns.iter().map(|column| (column + 1).to_string()).collect();
    let columns = if list.len() == 1 { "column" } else { "columns" };
    Some(format!(
        "{columns} {} with the number of the trial cut{} the recording into {} trial{} of {shortest} to \
         {longest} samples",
        list.join(" and "),
        if list.len() == 1 { "s" } else { "" },
        samples.trials.len(),
        if samples.trials.len() == 1 { "" } else { "s" }
    ))
}
