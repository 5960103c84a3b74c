//! Tables of numbers: a row is a sample in time, a column a channel, unless its name or its numbers say that
//! it is an axis or the number of the trial.

mod axis;
mod cells;
mod names;
mod roles;

pub(super) use axis::shown;
pub(super) use names::seconds;

use super::axes::{Arrangement, Axes};
use super::error::{ReadError, ReadErrorKind};
use super::samples::{Origin, Samples};
use crate::quote::quoted;
use axis::{Column, Digits};
use cells::{Cell, Notation, Style, unreadable};
use csv::StringRecord;
use names::{Meaning, meaning};
use roles::trials_note;
use std::collections::HashSet;

/// The number of columns at the beginning that may be axes whatever their names.
const LEADING: usize = 4;
/// With more channels than this and fewer samples than channels, the axes may be swapped.
const FEW_CHANNELS: usize = 3;

/// Reads a whole table.
pub(super) fn read(bytes: &[u8], axes: Option<Axes>) -> Result<Samples, ReadError> {
    let text = decoded(bytes)?;
    let text = text.trim_end_matches(['\n', '\r', ' ']);
    refuse_blank_lines(text)?;
    let (notation, note) = Notation::of(text)?;
    let mut table = Table::new(notation);
    table.notes.extend(note.map(str::to_owned));
    let (mut reader, mut record) = (notation.rows(text), StringRecord::new());
    // Each record takes at least a byte of the text.
    while reader.read_record(&mut record).map_err(unreadable)? {
        let line = record.position().map_or(0, csv::Position::line);
        if table.columns == 0 {
            table.begin(line, &record)?;
        } else {
            table.push(line, &record)?;
        }
    }
    table.settle_head()?;
    match axes {
        Some(axes) if axes.to_string() != "time,channels" => table.arranged(axes),
        _ => table.finish(axes.is_none()),
    }
}

/// The text without a byte order mark.
fn decoded(bytes: &[u8]) -> Result<&str, ReadError> {
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return Err(ReadError::new(
            ReadErrorKind::Damaged,
            "the table is in UTF-16; save it as UTF-8",
        ));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{FEFF}').unwrap_or(text)),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
            Err(ReadError::new(
                ReadErrorKind::Damaged,
                format!("line {line} is not UTF-8 text; save the table as UTF-8"),
            ))
        }
    }
}

/// A blank line among the rows: csv would skip it, but it may stand for a sample that is missing,
/// or for the end of a trial.
fn refuse_blank_lines(text: &str) -> Result<(), ReadError> {
    let blank = |line: &str| line.trim_matches([' ', '\r']).is_empty();
    match text.lines().position(blank) {
        Some(at) if !text.is_empty() => Err(ReadError::new(
            ReadErrorKind::Cell,
            format!("line {} is blank; a table has a sample in every line", at + 1),
        )),
        _ => Ok(()),
    }
}

/// A first row that may be names or numbers, until the other rows are known.
struct Head {
    line: u64,
    cells: Vec<String>,
    values: Vec<f64>,
}

/// Where trials begin, by the columns that number them.
#[derive(Default)]
struct Trials {
    /// Columns, counted from 0.
    columns: Vec<usize>,
    /// Rows at which a trial begins.
    starts: Vec<usize>,
    last: String,
    seen: HashSet<String>,
}

struct Table {
    notation: Notation,
    /// Cells in a row; 0 before the first row.
    columns: usize,
    /// Names of all columns, if the first row held any.
    names: Vec<String>,
    head: Option<Head>,
    trials: Trials,
    /// The line of the first row of numbers.
    first_line: u64,
    rows: usize,
    /// Row-major, all columns; NaN in those that number trials.
    values: Vec<f64>,
    /// How finely the columns are printed that may be axes.
    digits: Vec<Option<Digits>>,
    /// How the numbers of the other rows are printed.
    style: Style,
    notes: Vec<String>,
}

impl Table {
    fn new(notation: Notation) -> Self {
        Self {
            notation,
            columns: 0,
            names: Vec::new(),
            head: None,
            trials: Trials::default(),
            first_line: 0,
            rows: 0,
            values: Vec::new(),
            digits: Vec::new(),
            style: Style::default(),
            notes: Vec::new(),
        }
    }

    /// The first row: names, numbers, or numbers that may number the columns.
    fn begin(&mut self, line: u64, row: &StringRecord) -> Result<(), ReadError> {
        self.columns = row.len();
        self.digits = (0..self.columns).map(|k| (k < LEADING).then(Digits::default)).collect();
        let of = |cell: &str| self.notation.cell(cell);
        let texts = row.iter().filter(|cell| of(cell) == Cell::Text).count();
        let numbers = row.iter().filter(|cell| matches!(of(cell), Cell::Number(_))).count();
        if texts == 0 {
            let first_empty = row.get(0).is_some_and(|cell| cell.trim().is_empty());
            let as_index = first_empty && numbers > 0 && numbers + 1 == self.columns;
            if as_index || counts_columns(row) {
                let values = self.parsed(line, row)?;
                let cells = row.iter().map(|cell| cell.trim().to_owned()).collect();
                self.head = Some(Head { line, cells, values });
                return Ok(());
            }
            return self.push(line, row);
        }
        if let Some(column) = row.iter().position(|cell| self.notation.is_foreign(cell)) {
            return Err(not_a_number(line, column, row.get(column).unwrap_or_default()));
        }
        if numbers > 0 {
            self.notes.push(format!(
                "line {line} was taken for the names of the columns, although it has numbers, too"
            ));
        }
        // np.savetxt writes names as a comment.
        let name = |cell: &str| cell.trim().trim_start_matches('#').trim().to_string();
        self.names = row.iter().map(name).collect();
        for (column, name) in self.names.iter().enumerate() {
            let meaning = meaning(name);
            if meaning == Meaning::Trial {
                self.trials.columns.push(column);
            } else if matches!(meaning, Meaning::Time { .. } | Meaning::PerhapsTime { .. })
                && let Some(digits) = self.digits.get_mut(column)
            {
                *digits = Some(Digits::default());
            }
        }
        Ok(())
    }

    /// The numbers of a row.
    fn parsed(&self, line: u64, row: &StringRecord) -> Result<Vec<f64>, ReadError> {
        let refused = |message| Err(ReadError::new(ReadErrorKind::Cell, message));
        let columns = self.columns;
        if row.len() != columns {
            return refused(format!(
                "line {line} has {} column{} and the lines before have {columns}",
                row.len(),
                if row.len() == 1 { "" } else { "s" }
            ));
        }
        let mut values = Vec::with_capacity(columns);
        for (column, cell) in row.iter().enumerate() {
            if self.trials.columns.contains(&column) {
                values.push(f64::NAN);
                continue;
            }
            let place = format_args!("line {line}, column {}", column + 1);
            match self.notation.cell(cell) {
                Cell::Number(value) => values.push(value),
                Cell::Missing => values.push(f64::NAN),
                Cell::Beyond => {
                    return refused(format!(
                        "{place} holds {}, which is beyond the largest number, {:e}",
                        quoted(cell.trim()),
                        f64::MAX
                    ));
                }
                Cell::Text => return Err(not_a_number(line, column, cell)),
            }
        }
        Ok(values)
    }

    /// A row of numbers.
    fn push(&mut self, line: u64, row: &StringRecord) -> Result<(), ReadError> {
        let values = self.parsed(line, row)?;
        if self.rows == 0 {
            self.first_line = line;
        }
        self.push_trial(line, row)?;
        self.values.extend(values);
        for (cell, digits) in row.iter().zip(&mut self.digits) {
            digits.iter_mut().for_each(|digits| digits.see(cell));
        }
        if self.head.is_some() {
            row.iter().for_each(|cell| self.style.see(cell));
        }
        self.rows += 1;
        Ok(())
    }

    /// A trial begins where the number of the trial is another one.
    fn push_trial(&mut self, line: u64, row: &StringRecord) -> Result<(), ReadError> {
        let trials = &mut self.trials;
        if trials.columns.is_empty() {
            return Ok(());
        }
        let cells = || trials.columns.iter().filter_map(|column| row.get(*column)).map(str::trim);
        let refused = |message| Err(ReadError::new(ReadErrorKind::Cell, message));
        if cells().any(|cell| self.notation.cell(cell) == Cell::Missing) {
            return refused(format!("line {line} does not say which trial it belongs to"));
        }
        let key = cells().collect::<Vec<_>>().join(", ");
        if key == trials.last && self.rows > 0 {
            return Ok(());
        }
        if !trials.seen.insert(key.clone()) {
            return refused(format!(
                "line {line} goes back to trial {}, which ended before; sort the rows by trial",
                quoted(&key)
            ));
        }
        trials.starts.push(self.rows);
        trials.last = key;
        Ok(())
    }

    /// Decides whether a first row of numbers holds names, now that all rows are known.
    fn settle_head(&mut self) -> Result<(), ReadError> {
        let empty = |message: &str| Err(ReadError::new(ReadErrorKind::Empty, message));
        if self.columns == 0 {
            return empty("the table is empty");
        }
        if let Some(head) = self.head.take() {
            let first_empty = head.cells.first().is_some_and(String::is_empty);
            let names = if first_empty {
                self.rows > 0 && self.column(0).counts_rows()
            } else {
                self.head_is_names(&head)
            };
            let shown = quoted(&head.cells.join(","));
            if names {
                if !first_empty {
                    self.notes.push(format!(
                        "line {}, {shown}, counts the columns and was taken for their names",
                        head.line
                    ));
                }
                self.names = head.cells;
            } else {
                if self.columns > 2 && self.rows > 1 && !first_empty {
                    self.notes.push(format!(
                        "line {}, {shown}, was read as a sample, because the other lines hold whole numbers, too; if it counts the columns, delete it",
                        head.line
                    ));
                }
                self.first_line = head.line;
                self.values.splice(0..0, head.values);
                self.rows += 1;
                for (cell, digits) in head.cells.iter().zip(&mut self.digits) {
                    digits.iter_mut().for_each(|digits| digits.see(cell));
                }
            }
        }
        if self.rows == 0 {
            return empty("the table has names of columns and no row of numbers");
        }
        if self.trials.starts.is_empty() {
            self.trials.starts.push(0);
        }
        Ok(())
    }

    /// Whether a first line that counts the columns holds their names instead of a sample. It does if the other
    /// lines are not whole numbers; in a table of one or two columns, which may begin with 0 and 1 by chance,
    /// their numbers must also be printed differently or be much smaller.
    fn head_is_names(&self, head: &Head) -> bool {
        if self.rows < 2 || self.style.is_whole() {
            return false;
        }
        let far = |(k, value): (usize, &f64)| {
            let rest = self.values.iter().skip(k).step_by(self.columns.max(1));
            *value
                > 10.0 * rest.filter(|x| x.is_finite()).fold(0.0, |most: f64, x| most.max(x.abs()))
        };
        self.columns > 2 || self.style.has_points() || head.values.iter().enumerate().any(far)
    }

    /// The values of a column.
    fn column(&self, column: usize) -> Column<'_> {
        Column {
            values: self.values.iter().skip(column).step_by(self.columns.max(1)).copied().collect(),
            starts: if self.trials.starts.is_empty() { &[0] } else { &self.trials.starts },
            digits: self.digits.get(column).copied().flatten().unwrap_or_default(),
        }
    }

    /// The samples, without the columns that are not channels, divided into trials.
    fn finish(mut self, usual: bool) -> Result<Samples, ReadError> {
        let mut kept = vec![true; self.columns];
        for column in &self.trials.columns {
            if let Some(keep) = kept.get_mut(*column) {
                *keep = false;
            }
        }
        let axis = self.take_axes(&mut kept);
        self.take_empty_end(&mut kept);
        let channels = kept.iter().filter(|&&keep| keep).count();
        if channels == 0 {
            return Err(ReadError::new(
                ReadErrorKind::Empty,
                "the table has a column of time and no channel",
            ));
        }
        if usual && channels > self.rows && channels > FEW_CHANNELS {
            self.notes.push(format!(
                "the table has more channels ({channels}) than samples ({}); if its lines are channels, use --axes channels,time",
                self.rows
            ));
        }
        let columns =
            (1..).zip(&kept).filter(|(_, keep)| **keep).map(|(column, _)| column).collect();
        if channels < self.columns {
            self.values = retained(self.values, &kept);
            self.names = retained(self.names, &kept);
        }
        let starts = std::mem::take(&mut self.trials.starts);
        let mut trials = Vec::new();
        for start in starts.iter().skip(1).rev() {
            trials.push(self.values.split_off((start * channels).min(self.values.len())));
        }
        trials.push(self.values);
        trials.reverse();
        let mut samples = Samples {
            trials,
            channels,
            rate: axis.as_ref().and_then(super::Axis::rate),
            counted: false,
            channel_names: self.names,
            notes: self.notes,
            axis,
            origin: Some(Origin {
                first_line: self.first_line,
                rows: starts.iter().map(|start| *start as u64).collect(),
                columns,
            }),
        };
        if let Some(text) = trials_note(&self.trials.columns, &samples) {
            samples.notes.push(text);
        }
        Ok(samples)
    }

    /// The samples in the order of the axes that were named, which apply to all rows and columns.
    fn arranged(self, axes: Axes) -> Result<Samples, ReadError> {
        let columns = self.columns;
        let Arrangement { trials, time, channels } =
            axes.arrange(&[self.rows, columns], &[columns, 1])?;
        let trial = |k: usize| -> Vec<f64> {
            let places = (0..time.size).flat_map(|t| {
                let first = k * trials.stride + t * time.stride;
                (0..channels.size).map(move |c| first + c * channels.stride)
            });
            places.filter_map(|at| self.values.get(at).copied()).collect()
        };
        let trials = (0..trials.size).map(trial).collect();
        Ok(Samples { trials, channels: channels.size, notes: self.notes, ..Samples::default() })
    }
}

/// 0, 1, 2, ... or 1, 2, 3, ... in digits alone.
fn counts_columns(row: &StringRecord) -> bool {
    let start = match row.get(0).map(str::trim) {
        Some("0") => 0_usize,
        Some("1") => 1,
        _ => return false,
    };
    row.iter().zip(start..).all(|(cell, number)| cell.trim() == number.to_string())
}

/// A cell of text where a number should be. The column is counted from 0.
fn not_a_number(line: u64, column: usize, cell: &str) -> ReadError {
    ReadError::new(
        ReadErrorKind::Cell,
        format!(
            "line {line}, column {} holds {}, which is not a number such as 1.5; columns are separated by \
             comma, semicolon or tab",
            column + 1,
            quoted(cell.trim())
        ),
    )
}

/// The cells of the columns that are kept.
fn retained<T>(cells: Vec<T>, kept: &[bool]) -> Vec<T> {
    let cells = cells.into_iter().zip(kept.iter().cycle());
    cells.filter_map(|(cell, &keep)| keep.then_some(cell)).collect()
}
