//! Recordings in HDF5: plain arrays, MATLAB's files of version 7.3, and Neurodata Without Borders.
//!
//! `hdf5-reader` decodes the file. It is told how much memory the file may take, and opens no other file.

mod arrays;
mod container;
mod error;
mod lzf;
mod matlab;
mod nwb;
mod series;
mod store;
mod units;
mod walk;

pub(super) use container::{Container, is_hdf5};
pub(super) use series::Series;

use super::error::ReadError;
use super::reading::Reading;
use super::samples::Samples;
use error::refused;
use hdf5_reader::group::Group;

/// Reads a recording from an open file.
pub(super) fn read(
    file: &Container,
    is_matlab: bool,
    reading: &Reading<'_>,
) -> Result<Samples, ReadError> {
    let root = file.root()?;
    if is_matlab {
        return matlab::read(file, &root, reading);
    }
    if is_nwb(&root)? {
        return nwb::read(file, &root, reading);
    }
    arrays::read(file, &root, reading)
}

/// The array that is the recording, if it is a single one of time x channels that can be read in parts.
pub(super) fn series(file: &Container, reading: &Reading<'_>) -> Result<Option<Series>, ReadError> {
    let root = file.root()?;
    if is_nwb(&root)? {
        nwb::in_parts(file, &root, reading)
    } else {
        arrays::in_parts(file, &root, reading)
    }
}

fn is_nwb(root: &Group) -> Result<bool, ReadError> {
    let kind = root.attributes().map_err(refused)?.into_iter().find(|x| x.name == "neurodata_type");
    Ok(kind.is_some_and(|kind| kind.read_string().is_ok_and(|kind| kind == "NWBFile")))
}
