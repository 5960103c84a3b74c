//! Tables of numbers: a row is a sample in time, a column a channel.

use super::Samples;
use super::error::{ReadError, ReadErrorKind, quoted};
use csv::{ReaderBuilder, StringRecord};

/// Reads a whole table.
pub(super) fn read(bytes: &[u8]) -> Result<Samples, ReadError> {
    let text = decoded(bytes)?;
    let text = text.trim_end();
    refuse_blank_lines(text)?;
    let first_line = text.lines().next().unwrap_or_default();
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter(first_line))
        .has_headers(false)
        // Ragged rows are refused here, with a better message.
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut table = Table::default();
    let mut record = StringRecord::new();
    // Each record takes at least a byte of the text.
    while reader.read_record(&mut record).map_err(|error| {
        ReadError::new(ReadErrorKind::Cell, format!("the table cannot be read: {error}"))
    })? {
        let line = record.position().map_or(0, csv::Position::line);
        if table.columns == 0 {
            table.begin(line, &record)?;
        } else {
            table.push(line, &record)?;
        }
    }
    table.finish()
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
    match text.lines().position(|line| line.trim().is_empty()) {
        Some(blank) => Err(ReadError::new(
            ReadErrorKind::Cell,
            format!("line {} is blank; a table has a sample in every line", blank + 1),
        )),
        None => Ok(()),
    }
}

/// Tab before semicolon before comma, for a comma can be a decimal one.
fn delimiter(line: &str) -> u8 {
    let mut quoted = false;
    let (mut tab, mut semicolon) = (false, false);
    for byte in line.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\t' if !quoted => tab = true,
            b';' if !quoted => semicolon = true,
            _ => {}
        }
    }
    match (tab, semicolon) {
        (true, _) => b'\t',
        (false, true) => b';',
        (false, false) => b',',
    }
}

/// A number, NaN and infinity included: those are refused with their trial and channel later on.
fn number(cell: &str) -> Option<f64> {
    cell.trim().parse().ok()
}

#[derive(Default)]
struct Table {
    /// Cells in a row; 0 before the first row.
    columns: usize,
    /// Names of all columns, if the first row held any.
    names: Vec<String>,
    /// The line of a first row of numbers without a first cell: names as pandas numbers them, if
    /// the first column turns out to count the rows, else a row with an empty cell.
    numbered: Option<u64>,
    /// Row-major, all columns.
    values: Vec<f64>,
    notes: Vec<String>,
}

impl Table {
    /// The first row: names or numbers.
    fn begin(&mut self, line: u64, row: &StringRecord) -> Result<(), ReadError> {
        self.columns = row.len();
        let text = row.iter().filter(|cell| !cell.trim().is_empty() && number(cell).is_none());
        let (texts, numbers) = (text.count(), row.iter().filter_map(number).count());
        let first_empty = row.get(0).is_some_and(|cell| cell.trim().is_empty());
        if texts == 0 && first_empty && numbers > 0 && numbers + 1 == self.columns {
            self.numbered = Some(line);
        } else if texts == 0 {
            return self.push(line, row);
        } else if numbers > 0 {
            self.notes.push(format!(
                "line {line} was taken for the names of the columns, though it has numbers, too"
            ));
        }
        // np.savetxt writes names as a comment.
        let name = |cell: &str| cell.trim().trim_start_matches('#').trim().to_string();
        self.names = row.iter().map(name).collect();
        Ok(())
    }

    /// A row of numbers.
    fn push(&mut self, line: u64, row: &StringRecord) -> Result<(), ReadError> {
        let columns = self.columns;
        let refused = |message| Err(ReadError::new(ReadErrorKind::Cell, message));
        if row.len() != columns {
            return refused(format!(
                "line {line} has {} column{} and the lines before have {columns}",
                row.len(),
                if row.len() == 1 { "" } else { "s" }
            ));
        }
        for (column, cell) in (1..).zip(row) {
            match number(cell) {
                Some(value) => self.values.push(value),
                None if cell.trim().is_empty() => return Err(empty_cell(line, column)),
                None => {
                    return refused(format!(
                        "line {line}, column {column} holds {}, which is not a number such as 1.5; \
                         columns are separated by comma, semicolon or tab",
                        quoted(cell.trim())
                    ));
                }
            }
        }
        Ok(())
    }

    /// Without the columns that are no channels.
    fn finish(mut self) -> Result<Samples, ReadError> {
        let empty = |message: &str| Err(ReadError::new(ReadErrorKind::Empty, message));
        if self.columns == 0 {
            return empty("the table is empty");
        }
        if self.values.is_empty() {
            return empty("the table has names of columns and no row of numbers");
        }
        let index = self.names.first().is_some_and(String::is_empty) && self.counts_rows();
        if let (Some(line), false) = (self.numbered, index) {
            return Err(empty_cell(line, 1));
        }
        let mut kept = vec![true; self.columns];
        if let (true, Some(first)) = (index, kept.first_mut()) {
            *first = false;
            self.notes.push(
                "the first column, which has no name and counts the rows, was dropped".into(),
            );
        }
        for (name, keep) in self.names.iter().zip(&mut kept) {
            if name.eq_ignore_ascii_case("time") || name.eq_ignore_ascii_case("t") {
                *keep = false;
                self.notes.push(format!("column {} was dropped", quoted(name)));
            }
        }
        let channels = kept.iter().filter(|&&keep| keep).count();
        if channels == 0 {
            return empty("the table has a column of time and no channel");
        }
        if channels < self.columns {
            self.values = retained(self.values, &kept);
            self.names = retained(self.names, &kept);
        }
        Ok(Samples {
            trials: vec![self.values],
            channels,
            channel_names: self.names,
            notes: self.notes,
        })
    }

    /// The first column is 0, 1, 2, ... or 1, 2, 3, ...
    fn counts_rows(&self) -> bool {
        let column = || self.values.iter().step_by(self.columns.max(1));
        let start = column().next().copied().unwrap_or_default();
        (start == 0.0 || start == 1.0)
            && column().enumerate().all(|(row, &value)| value == start + row as f64)
    }
}

/// What stands in the columns that are kept.
fn retained<T>(cells: Vec<T>, kept: &[bool]) -> Vec<T> {
    let cells = cells.into_iter().zip(kept.iter().cycle());
    cells.filter_map(|(cell, &keep)| keep.then_some(cell)).collect()
}

fn empty_cell(line: u64, column: usize) -> ReadError {
    ReadError::new(
        ReadErrorKind::Cell,
        format!("line {line}, column {column} is empty and must hold a number"),
    )
}
