//! Readers of recordings: NumPy arrays (`.npy`, `.npz`) and tables (`.csv`, `.tsv`).
//!
//! Nothing in a file makes a reader panic, or reserve more memory than the file can fill.

mod error;
mod npy;
mod npz;
mod table;

pub use error::{ReadError, ReadErrorKind};

use dynamical_similarity::{Error, Recording};
use std::io::ErrorKind;
use std::path::Path;

/// The endings of the files that can be read.
pub const ENDINGS: &str = ".npy, .npz, .csv, .tsv";

/// What a file held: one or several trials of the same channels.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    /// One vector a trial, row-major: `trial[t * channels + c]` is channel c at time t. Not empty.
    pub trials: Vec<Vec<f64>>,
    /// Channels of every trial, at least 1.
    pub channels: usize,
    /// Names of the channels from the head of a table; empty if there was none.
    pub channel_names: Vec<String>,
    /// What the reader decided by itself, one sentence each, for the user to see.
    pub notes: Vec<String>,
}

impl Samples {
    /// The trials, borrowed and checked.
    ///
    /// # Errors
    /// [`Error::NonFinite`] with trial, sample and channel of the first NaN or infinity.
    pub fn recordings(&self) -> Result<Vec<Recording<'_, f64>>, Error> {
        self.trials
            .iter()
            .enumerate()
            .map(|(trial, samples)| {
                Recording::new(samples, self.channels).map_err(|error| error.in_trial(trial))
            })
            .collect()
    }
}

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One NumPy array.
    Npy,
    /// Named NumPy arrays in a zip archive, stored or deflated.
    Npz,
    /// A table of numbers: a row is a sample in time, a column a channel. Comma, semicolon or tab
    /// is found by the reader.
    Csv,
    /// The same as `Csv`: the ending decides nothing.
    Tsv,
}

impl Format {
    /// The format that the ending of a file name stands for, in capitals or not.
    ///
    /// # Errors
    /// [`ReadErrorKind::UnknownFormat`], with a list of the known endings.
    pub fn of(path: &Path) -> Result<Self, ReadError> {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        match ending.as_str() {
            "npy" => Ok(Self::Npy),
            "npz" => Ok(Self::Npz),
            "csv" => Ok(Self::Csv),
            "tsv" => Ok(Self::Tsv),
            "" => Err(ReadError::new(
                ReadErrorKind::UnknownFormat,
                format!("the name has no ending to tell its format by; known are {ENDINGS}"),
            )),
            other => Err(ReadError::new(
                ReadErrorKind::UnknownFormat,
                format!(
                    "the ending {} is not that of a known format; known are {ENDINGS}",
                    error::quoted(&format!(".{other}"))
                ),
            )),
        }
    }
}

/// Reads a recording from a file. A 1-D array is one channel, a 2-D array time x channels, a 3-D
/// array trials x time x channels, a table time x channels.
///
/// `dataset` is the name of an array in an archive; it may be left out when there is just one.
///
/// # Errors
/// [`ReadError`], without the name of the file.
pub fn read(path: &Path, dataset: Option<&str>) -> Result<Samples, ReadError> {
    let (format, bytes) = load(path)?;
    read_bytes(format, &bytes, dataset)
}

/// Reads a recording from the contents of a file; see [`read`].
///
/// # Errors
/// [`ReadError`].
pub fn read_bytes(
    format: Format,
    bytes: &[u8],
    dataset: Option<&str>,
) -> Result<Samples, ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::new(ReadErrorKind::Empty, "the file is empty"));
    }
    match format {
        Format::Npz => npz::read(bytes, dataset)?.into_samples(),
        _ if dataset.is_some() => Err(ReadError::new(
            ReadErrorKind::Dataset,
            "a file of this format holds a single array without a name; leave the dataset out",
        )),
        Format::Npy => npy::read(bytes)?.into_samples(),
        Format::Csv | Format::Tsv => table::read(bytes),
    }
}

/// Reads an operator, a 2-D `.npy` array: rows, columns and the entries in row-major order.
///
/// # Errors
/// [`ReadError`].
pub fn read_matrix(path: &Path) -> Result<(usize, usize, Vec<f64>), ReadError> {
    match load(path)? {
        (Format::Npy, bytes) => read_matrix_bytes(&bytes),
        _ => Err(ReadError::new(
            ReadErrorKind::UnknownFormat,
            "an operator is a two-dimensional .npy array",
        )),
    }
}

/// Reads an operator from the contents of a `.npy` file; see [`read_matrix`].
///
/// # Errors
/// [`ReadError`].
pub fn read_matrix_bytes(bytes: &[u8]) -> Result<(usize, usize, Vec<f64>), ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::new(ReadErrorKind::Empty, "the file is empty"));
    }
    npy::read(bytes)?.into_matrix()
}

/// The format and the contents of a file.
fn load(path: &Path) -> Result<(Format, Vec<u8>), ReadError> {
    let refused = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => ReadError::new(ReadErrorKind::Missing, "there is no such file"),
        ErrorKind::OutOfMemory => {
            ReadError::new(ReadErrorKind::TooLarge, "the file is larger than the free memory")
        }
        ErrorKind::PermissionDenied => ReadError::new(
            ReadErrorKind::Unreadable,
            "the file must not be read by this user: permission denied",
        ),
        _ => ReadError::new(ReadErrorKind::Unreadable, format!("the file cannot be read: {error}")),
    };
    // Before the ending: `data.zarr/` is a directory first, and a missing file has no format.
    if std::fs::metadata(path).map_err(refused)?.is_dir() {
        return Err(ReadError::new(
            ReadErrorKind::Unreadable,
            format!("this is a directory; give a file, one of {ENDINGS}"),
        ));
    }
    let format = Format::of(path)?;
    Ok((format, std::fs::read(path).map_err(refused)?))
}
