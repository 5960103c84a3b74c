//! Output: text for the terminal, files that are written as a whole, and folders whose files appear together.

mod captured;
mod file;
mod together;

pub use captured::{Captured, captured};
pub use file::{is_standard_output, refuse_inputs, write};
pub use together::{COMPARE, Contents, Family, Results, SWEEP};

use crate::problem::Problem;
use crate::text;
use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the program was started without a standard output.
static CLOSED: AtomicBool = AtomicBool::new(false);

/// Looks whether there is a standard output. It has to be asked before `main`: the runtime of Rust opens
/// `/dev/null` in the place of one that is closed, and what is written there is lost without an error.
#[cfg(unix)]
pub fn look_for_standard_output() {
    use std::os::fd::AsFd;
    CLOSED.store(std::io::stdout().as_fd().try_clone_to_owned().is_err(), Ordering::Relaxed);
}

/// Prints to standard output, without control characters other than the ends of lines.
///
/// # Errors
/// [`Problem::unread`], if its reader has gone away; a sentence, if standard output cannot be written, such as a
/// full disk, or is closed.
pub fn show(text: impl Display) -> Result<(), Problem> {
    print(text::lines(&text.to_string()).as_bytes())
}

/// Reports that a file was written: on standard output, unless the file is standard output itself.
///
/// # Errors
/// As [`show`].
pub fn show_written(file: &Path, text: impl Display) -> Result<(), Problem> {
    if is_standard_output(file) {
        note(text.to_string().trim_end());
        return Ok(());
    }
    show(text)
}

/// Writes bytes to standard output.
fn print(bytes: &[u8]) -> Result<(), Problem> {
    if captured::take(captured::Channel::Output, bytes) {
        return Ok(());
    }
    let refused = |what: &dyn Display| {
        Problem::new(format_args!("standard output cannot be written: {what}"))
    };
    if CLOSED.load(Ordering::Relaxed) {
        return Err(refused(&"it is closed"));
    }
    standard_output().and_then(|mut output| output.write_all(bytes)).map_err(|error| {
        if error.kind() == ErrorKind::BrokenPipe { Problem::unread() } else { refused(&error) }
    })
}

/// Standard output as a file: that of the standard library hides it when it cannot be written at all.
#[cfg(unix)]
fn standard_output() -> std::io::Result<std::fs::File> {
    use std::os::fd::AsFd;
    std::io::stdout().flush()?;
    std::io::stdout().as_fd().try_clone_to_owned().map(std::fs::File::from)
}

#[cfg(not(unix))]
fn standard_output() -> std::io::Result<impl Write> {
    Ok(std::io::LineWriter::new(std::io::stdout().lock()))
}

/// Writes a line to standard error, without control characters. A failure to write it is ignored.
pub fn note(text: impl Display) {
    let line = format!("{}\n", text::lines(&text.to_string()));
    if !captured::take(captured::Channel::Notes, line.as_bytes()) {
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
}

/// Makes a folder and those above it.
///
/// # Errors
/// A sentence that names the folder.
pub fn make_folder(path: &Path) -> Result<(), Problem> {
    std::fs::create_dir_all(path)
        .map_err(|error| Problem::about(path, format!("the folder cannot be created: {error}")))
}

/// The bytes of a `.csv` matrix with the names of its rows and columns.
///
/// # Errors
/// A sentence, if the table cannot be made.
pub fn labelled_csv(
    rows: &[String],
    columns: &[String],
    value: impl Fn(usize, usize) -> f64,
) -> Result<Vec<u8>, Problem> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let header = std::iter::once("").chain(columns.iter().map(String::as_str));
    table.write_record(header).map_err(Problem::new)?;
    for (i, label) in rows.iter().enumerate() {
        let values = (0..columns.len()).map(|j| value(i, j).to_string());
        table.write_record(std::iter::once(label.clone()).chain(values)).map_err(Problem::new)?;
    }
    table.into_inner().map_err(|error| Problem::new(error.error()))
}

/// The bytes of a float64 or float32 `.npy` array in C order.
///
/// # Errors
/// A sentence, if the values do not fill the shape.
pub fn npy(shape: &[u64], values: &[f64], float32: bool) -> Result<Vec<u8>, Problem> {
    if float32 {
        encode(shape, values.iter().map(|x| *x as f32))
    } else {
        encode(shape, values.iter().copied())
    }
}

/// More than the header of an array takes.
const LONGEST_HEADER: usize = 256;

fn encode<T: npyz::AutoSerialize>(
    shape: &[u64],
    values: impl Iterator<Item = T>,
) -> Result<Vec<u8>, Problem> {
    use npyz::WriterBuilder;
    let failed =
        |error: std::io::Error| Problem::new(format!("the array cannot be encoded: {error}"));
    let mut bytes = Vec::new();
    let length = values.size_hint().0.saturating_mul(size_of::<T>()).saturating_add(LONGEST_HEADER);
    if bytes.try_reserve_exact(length).is_err() {
        return Err(Problem::new("there is no memory for the bytes of an array of this size"));
    }
    let options = npyz::WriteOptions::new().default_dtype().shape(shape);
    let mut writer = options.writer(&mut bytes).begin_nd().map_err(failed)?;
    writer.extend(values).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}
