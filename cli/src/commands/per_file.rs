//! Options of single files, from a table.

use crate::arguments::{PreparationArguments, ReadArguments, positive};
use crate::classes::names_in_a_table;
use crate::problem::Problem;
use crate::{input, quote};
use std::collections::HashMap;
use std::path::Path;
use std::str::FromStr;

/// The columns that a table can have beside `file`, named as the options are.
const COLUMNS: [&str; 5] = ["rate", "axes", "dataset", "select", "raw-channels"];

/// Options that replace those of the command line, by file: each is named by its path, its file name, or its file name
/// without the ending.
#[derive(Debug, Default)]
pub(super) struct PerFile {
    files: HashMap<String, Vec<Cell>>,
}

/// An option of a file.
#[derive(Debug)]
struct Cell {
    column: &'static str,
    text: String,
}

impl PerFile {
    /// Reads the table that the options name; without one, no file has options of its own.
    ///
    /// # Errors
    /// A sentence that names the table and what is wrong in it.
    pub(super) fn read(reading: &ReadArguments) -> Result<Self, Problem> {
        let Some(table) = reading.per_file.as_deref() else { return Ok(Self::default()) };
        let about = |what: String| Problem::about(table, what);
        let bytes = input::read(table, input::LARGEST_TABLE)?;
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(&*bytes);
        let head = reader.headers().map_err(|error| about(error.to_string()))?.clone();
        let mut columns = Vec::new();
        for name in &head {
            let known = COLUMNS.into_iter().find(|known| *known == name);
            if known.is_none() && name != "file" {
                return Err(about(format!(
                    "there is no option {}; the columns of such a table are file, {}",
                    quote::quoted(name),
                    COLUMNS.join(", ")
                )));
            }
            columns.push(known);
        }
        let Some(of_file) = head.iter().position(|name| name == "file") else {
            return Err(about("the table has no column `file`".to_owned()));
        };
        let mut files = HashMap::new();
        for record in reader.records() {
            let record = record.map_err(|error| about(error.to_string()))?;
            let line = record.position().map_or(0, csv::Position::line);
            let mut cells = Vec::new();
            for (column, text) in columns.iter().zip(&record) {
                let Some(column) = column.filter(|_| !text.is_empty()) else { continue };
                let cell = Cell { column, text: text.to_owned() };
                // What is wrong with a cell is said before a file is read.
                cell.apply(&mut ReadArguments::default(), &mut PreparationArguments::default())
                    .map_err(|what| about(format!("line {line}: {column}: {what}")))?;
                cells.push(cell);
            }
            let file = record.get(of_file).unwrap_or_default().to_owned();
            if files.insert(file.clone(), cells).is_some() {
                return Err(about(format!("line {line}: {} is there twice", quote::quoted(&file))));
            }
        }
        Ok(Self { files })
    }

    /// The options for a file.
    pub(super) fn options(
        &self,
        file: &Path,
        reading: &ReadArguments,
        preparation: &PreparationArguments,
    ) -> Result<(ReadArguments, PreparationArguments), Problem> {
        let (mut reading, mut preparation) = (reading.clone(), preparation.clone());
        let found = names_in_a_table(file).find_map(|name| self.files.get(&name));
        for cell in found.into_iter().flatten() {
            cell.apply(&mut reading, &mut preparation).map_err(Problem::new)?;
        }
        Ok((reading, preparation))
    }
}

impl Cell {
    fn apply(
        &self,
        reading: &mut ReadArguments,
        preparation: &mut PreparationArguments,
    ) -> Result<(), String> {
        let file = &mut reading.file;
        match self.column {
            "rate" => preparation.rate = Some(positive(&self.text)?),
            "axes" => file.axes = Some(parsed(&self.text)?),
            "dataset" => file.dataset = Some(self.text.clone()),
            "select" => {
                file.select = self.text.split(',').map(parsed).collect::<Result<_, _>>()?;
            }
            _ => file.raw_channels = Some(parsed(&self.text)?),
        }
        Ok(())
    }
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, String> {
    text.trim().parse().map_err(|error: T::Err| error.to_string())
}
