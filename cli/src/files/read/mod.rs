//! Readers of recordings: arrays of NumPy, MATLAB and HDF5, recordings of NWB, EDF and BDF, tables, and raw samples.
//!
//! Nothing in a file makes a reader panic, or reserve more memory than the file can fill.

mod array;
mod axes;
mod blocks;
mod choice;
mod edf;
mod error;
mod files;
mod hdf5;
mod mat;
mod npy;
mod npz;
mod numbers;
mod raw;
mod reading;
mod samples;
mod select;
mod table;
mod width;

pub use axes::{Axes, AxisName};
pub use blocks::{BlocksError, FileBlocks, Opened};
pub use error::{ReadError, ReadErrorKind};
pub use files::LONGEST_STREAM;
pub use reading::{Gaps, Reading};
pub use samples::{Axis, Gap, MOST_VALUES, Origin, Samples};
pub use select::Channels;
pub use width::BinWidth;

use crate::quote;
use std::path::Path;

/// The endings of the files that can be read.
pub const ENDINGS: &str =
    ".npy, .npz, .mat, .h5, .hdf5, .nwb, .edf, .bdf, .csv, .tsv, .bin, .dat, .raw";

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One NumPy array.
    Npy,
    /// Named NumPy arrays in a zip archive, stored or deflated.
    Npz,
    /// Variables of MATLAB, of any version.
    Mat,
    /// Arrays of HDF5, among them files of NWB.
    Hdf5,
    /// Signals of the European Data Format, or of its form with 24 bits.
    Edf,
    /// 16-bit integers without a head.
    Raw,
    /// A table of numbers: a row is a sample in time, a column a channel. Comma, semicolon or tab
    /// is found by the reader.
    Csv,
    /// A table like `Csv`: the ending does not matter.
    Tsv,
}

impl Format {
    /// The format that belongs to the ending of a file name, in capitals or not.
    ///
    /// # Errors
    /// [`ReadErrorKind::UnknownFormat`], with a list of the known endings.
    pub fn of(path: &Path) -> Result<Self, ReadError> {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        match ending.as_str() {
            "npy" => Ok(Self::Npy),
            "npz" => Ok(Self::Npz),
            "mat" => Ok(Self::Mat),
            "h5" | "hdf5" | "nwb" => Ok(Self::Hdf5),
            "edf" | "bdf" => Ok(Self::Edf),
            "bin" | "dat" | "raw" => Ok(Self::Raw),
            "csv" => Ok(Self::Csv),
            "tsv" => Ok(Self::Tsv),
            "" => Err(ReadError::new(
                ReadErrorKind::UnknownFormat,
                format!(
                    "the file name has no ending that tells its format; known endings are {ENDINGS}"
                ),
            )),
            other => Err(ReadError::new(
                ReadErrorKind::UnknownFormat,
                format!(
                    "the ending {} is not that of a known format; known endings are {ENDINGS}",
                    quote::quoted(&format!(".{other}"))
                ),
            )),
        }
    }
}

/// Reads a recording from a file. A 1-D array is one channel, a 2-D array time x channels, a 3-D
/// array trials x time x channels, a table time x channels; numbered arrays of an archive are trials.
///
/// `dataset` is the name of an array in an archive; see [`Reading`].
///
/// # Errors
/// [`ReadError`], without the name of the file.
pub fn read(path: &Path, dataset: Option<&str>) -> Result<Samples, ReadError> {
    read_as(path, &Reading { dataset, ..Reading::default() })
}

/// Reads a recording from a file in the way that `reading` describes.
///
/// # Errors
/// [`ReadError`], without the name of the file.
pub fn read_as(path: &Path, reading: &Reading<'_>) -> Result<Samples, ReadError> {
    let format = format_of(path)?;
    // Files of HDF5 are often larger than the memory, and one array of them is read.
    if matches!(format, Format::Hdf5 | Format::Mat)
        && let Some(file) = hdf5::Container::open(path)?
    {
        return finished(hdf5::read(&file, format == Format::Mat, reading)?, format, reading);
    }
    read_bytes_as(format, &files::recording(path)?, reading)
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
    read_bytes_as(format, bytes, &Reading { dataset, ..Reading::default() })
}

/// Reads a recording from the contents of a file in the way that `reading` describes.
///
/// # Errors
/// [`ReadError`].
pub fn read_bytes_as(
    format: Format,
    bytes: &[u8],
    reading: &Reading<'_>,
) -> Result<Samples, ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::new(ReadErrorKind::Empty, "the file is empty"));
    }
    let samples = match format {
        Format::Npz => npz::read(bytes, reading)?,
        Format::Mat if !hdf5::is_hdf5(bytes) => mat::read(bytes, reading)?,
        Format::Mat | Format::Hdf5 => {
            hdf5::read(&hdf5::Container::of(bytes)?, format == Format::Mat, reading)?
        }
        _ if reading.dataset.is_some() => {
            return Err(ReadError::new(
                ReadErrorKind::Dataset,
                "a file of this format holds a single array without a name; leave out --dataset",
            ));
        }
        Format::Npy => npy::read(bytes)?.into_samples(reading.axes)?,
        Format::Edf => edf::read(bytes, reading)?,
        Format::Raw => raw::read(bytes, reading)?,
        Format::Csv | Format::Tsv => table::read(bytes, reading.axes)?,
    };
    finished(samples, format, reading)
}

/// What is done with every recording, whatever its format.
fn finished(
    mut samples: Samples,
    format: Format,
    reading: &Reading<'_>,
) -> Result<Samples, ReadError> {
    if let Some(channels) = reading.select.filter(|_| format != Format::Edf) {
        samples.select(channels)?;
    }
    samples.rate = samples.rate.or(reading.rate);
    let samples = samples.without_padding()?;
    match reading.gaps {
        Gaps::Keep => Ok(samples),
        Gaps::Cut => samples.cut_at_gaps(),
    }
}

/// Reads an operator, a 2-D `.npy` array: rows, columns and the entries in row-major order.
///
/// # Errors
/// [`ReadError`].
pub fn read_matrix(path: &Path) -> Result<(usize, usize, Vec<f64>), ReadError> {
    match format_of(path)? {
        Format::Npy => read_matrix_bytes(&files::recording(path)?),
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

/// The format of a file that is there.
fn format_of(path: &Path) -> Result<Format, ReadError> {
    // Before the ending: `data.zarr/` is a directory first, and a missing file has no format.
    if std::fs::metadata(path).map_err(files::refused)?.is_dir() {
        return Err(ReadError::new(
            ReadErrorKind::Unreadable,
            format!("this is a directory; give a file with one of the endings {ENDINGS}"),
        ));
    }
    Format::of(path)
}

/// Sentences about sampling intervals that differ between recordings, by the axes of their tables.
#[must_use]
pub fn interval_notes<'a>(axes: impl Iterator<Item = (String, &'a Axis)>) -> Vec<String> {
    let mut known: [Vec<(f64, String)>; 2] = [Vec::new(), Vec::new()];
    for (name, axis) in axes {
        let [times, counts] = &mut known;
        // Without a unit, time is taken to be in seconds.
        let unit = axis.unit.as_deref().map_or(Some(1.0), table::seconds);
        match unit {
            _ if axis.counts => counts.push((axis.step, name)),
            Some(unit) => times.push((axis.step * unit, name)),
            None => {}
        }
    }
    let mut notes = Vec::new();
    for (steps, unit) in known.iter().zip([" s", ""]) {
        let mut groups: Vec<(f64, Vec<&str>)> = Vec::new();
        for (step, name) in steps {
            let same = |(first, _): &&mut (f64, Vec<&str>)| (step / first - 1.0).abs() < 1e-3;
            match groups.iter_mut().find(same) {
                Some((_, names)) => names.push(name),
                None => groups.push((*step, vec![name])),
            }
        }
        if groups.len() > 1 {
            const MOST: usize = 8;
            let more = groups.len().saturating_sub(MOST);
            let mut list: Vec<String> = groups
                .iter()
                .take(MOST)
                .map(|(step, names)| {
                    let names = quote::listed(names.iter().copied());
                    format!("{}{unit} in {names}", table::shown(*step))
                })
                .collect();
            if more > 0 {
                list.push(format!("{more} more"));
            }
            notes.push(format!(
                "the sampling interval differs between recordings: {}; delays and operators count samples, so \
                 resample the recordings to one interval before you compare them",
                list.join("; ")
            ));
        }
    }
    notes
}
