//! Files that are whole or not there (written beside their place, then renamed), and what is shown.

use crate::problem::Problem;
use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// Prints to standard output. A reader that has seen enough, such as `head`, is no failure.
///
/// # Errors
/// A sentence, if standard output cannot be written, such as a full disk.
pub fn show(text: impl Display) -> Result<(), Problem> {
    let mut output = std::io::stdout().lock();
    match write!(output, "{text}").and_then(|()| output.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Problem::new(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// A line on standard error, if anybody listens.
pub fn note(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Writes a file so that nobody ever sees half of it.
///
/// # Errors
/// A sentence that names the file.
pub fn write(path: &Path, contents: &[u8]) -> Result<(), Problem> {
    let refused =
        |error: std::io::Error| Problem::about(path, format!("cannot be written: {error}"));
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        let what = format!("cannot be written: there is no folder {}", folder.display());
        return Err(Problem::about(path, what));
    }
    let mut file = with_usual_permissions(&mut tempfile::Builder::new())
        .tempfile_in(folder)
        .map_err(refused)?;
    file.write_all(contents).map_err(refused)?;
    file.as_file().sync_all().map_err(refused)?;
    file.persist(path).map_err(|error| refused(error.error))?;
    Ok(())
}

/// Temporary files are private to their owner; results are as private as the user's umask says.
#[cfg(unix)]
fn with_usual_permissions<'a, 'b>(
    file: &'a mut tempfile::Builder<'b, 'b>,
) -> &'a mut tempfile::Builder<'b, 'b> {
    use std::os::unix::fs::PermissionsExt;
    file.permissions(std::fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn with_usual_permissions<'a, 'b>(
    file: &'a mut tempfile::Builder<'b, 'b>,
) -> &'a mut tempfile::Builder<'b, 'b> {
    file
}

/// Makes a folder and those above it.
///
/// # Errors
/// A sentence that names the folder.
pub fn make_folder(path: &Path) -> Result<(), Problem> {
    std::fs::create_dir_all(path)
        .map_err(|error| Problem::about(path, format!("cannot be made a folder: {error}")))
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

fn encode<T: npyz::AutoSerialize>(
    shape: &[u64],
    values: impl Iterator<Item = T>,
) -> Result<Vec<u8>, Problem> {
    use npyz::WriterBuilder;
    let failed = |error: std::io::Error| Problem::new(format!("cannot make an array: {error}"));
    let mut bytes = Vec::new();
    let options = npyz::WriteOptions::new().default_dtype().shape(shape);
    let mut writer = options.writer(&mut bytes).begin_nd().map_err(failed)?;
    writer.extend(values).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}
