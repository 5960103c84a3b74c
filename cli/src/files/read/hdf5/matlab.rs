//! Variables of a MATLAB file of version 7.3.
//!
//! Dimensions stand in the reverse order, so that the last index of the file is the first that MATLAB shows. A
//! structure is a group, and a cell array holds references to arrays in the group `#refs#`.

use super::super::array::{Array, shown, too_large};
use super::super::choice::{Leaf, Listing};
use super::super::error::ReadError;
use super::super::reading::Reading;
use super::super::samples::Samples;
use super::container::Container;
use super::error::refused;
use super::store::{count, shape, stored};
use super::walk::{Folder, folders};
use hdf5_reader::group::Group;
use hdf5_reader::reference::read_object_references;
use hdf5_reader::{Dataset, Datatype};
use std::collections::HashMap;

pub(super) fn read(
    file: &Container,
    root: &Group,
    reading: &Reading<'_>,
) -> Result<Samples, ReadError> {
    let mut found = Listing::new('.', file.memory);
    let all = folders(root, |name| name != "#subsystem#")?;
    let targets = |folder: &Folder| folder.path.is_empty() || folder.path == "#refs#/";
    let targets: HashMap<u64, Dataset> = all
        .iter()
        .filter(|folder| targets(folder))
        .flat_map(|folder| folder.arrays.iter().map(|array| (array.address(), array.clone())))
        .collect();
    for folder in all.into_iter().filter(|folder| !folder.path.starts_with('#')) {
        found.refused.extend(folder.refused);
        let is_sparse =
            folder.group.attributes().map_err(refused)?.iter().any(|x| x.name == "MATLAB_sparse");
        let inside = folder.path.replace('/', ".");
        if is_sparse {
            let why = "is a sparse matrix; save full(...) of it".to_owned();
            found.refused.push((inside.trim_end_matches('.').to_owned(), why));
            continue;
        }
        for dataset in folder.arrays {
            let path = format!("{inside}{}", dataset.name());
            match parts(file, &dataset, root.offset_size(), &targets) {
                Ok(parts) if parts.is_empty() => {
                    found.scalars.extend(file.scalar(&dataset).map(|value| (path, value)));
                }
                Ok(parts) => {
                    let is_matrix = parts.len() == 1
                        && matches!(parts.first(), Some(x) if x.address() == dataset.address());
                    let shape = if is_matrix {
                        shown(&shape_shown(&dataset))
                    } else {
                        format!("{} cells", parts.len())
                    };
                    let all = parts.iter().map(count);
                    let numbers = all.fold(0_u64, u64::saturating_add);
                    found.leaves.push(Leaf { path, shape, numbers, parts });
                }
                Err(why) => found.refused.push((path, why)),
            }
        }
    }
    found.read(reading, |dataset| {
        let shape = shape(dataset).ok_or_else(|| too_large(dataset.shape()))?;
        let shape: Vec<usize> = shape.into_iter().rev().collect();
        Ok(Array::of_matlab(shape, file.numbers(dataset)?))
    })
}

/// As MATLAB shows it.
fn shape_shown(dataset: &Dataset) -> Vec<u64> {
    dataset.shape().iter().rev().copied().collect()
}

/// The matrices of a variable: itself, or those of its cells; none where it is a single number.
fn parts(
    file: &Container,
    dataset: &Dataset,
    offset_size: u8,
    targets: &HashMap<u64, Dataset>,
) -> Result<Vec<Dataset>, String> {
    let empty = || Err("is empty".to_owned());
    if is_empty(dataset) {
        return empty();
    }
    if !matches!(dataset.dtype(), Datatype::Reference { .. }) {
        matrix(dataset)?;
        return match count(dataset) {
            0 => empty(),
            1 => Ok(Vec::new()),
            _ => Ok(vec![dataset.clone()]),
        };
    }
    if count(dataset).saturating_mul(8) > file.memory {
        return Err("holds more cells than the memory".to_owned());
    }
    let read =
        dataset.read_raw_bytes().and_then(|bytes| read_object_references(&bytes, offset_size));
    let addresses = read.map_err(|error| format!("cannot be read: {}", refused(error)))?;
    let cell = |address: &u64| {
        let target = targets.get(address).filter(|target| !is_empty(target) && count(target) > 0);
        target.filter(|target| matrix(target).is_ok()).cloned()
    };
    let cells: Option<Vec<Dataset>> = addresses.iter().map(cell).collect();
    cells.filter(|cells| !cells.is_empty()).ok_or_else(|| {
        "does not hold a matrix of real numbers in each of its cells or elements; save the trials as a cell array of \
         matrices, time x channels"
            .to_owned()
    })
}

/// Whether it is a matrix of numbers, or why not.
fn matrix(dataset: &Dataset) -> Result<(), String> {
    let class = class(dataset);
    match class.as_deref() {
        Some("char") => Err("is text".to_owned()),
        Some("cell" | "struct" | "function_handle") => {
            Err("is an empty cell, a structure or a function".to_owned())
        }
        _ => Ok(stored(dataset).map(|_| ())?),
    }
}

fn class(dataset: &Dataset) -> Option<String> {
    dataset.attributes().iter().find(|x| x.name == "MATLAB_class")?.read_string().ok()
}

/// The dataset of an empty matrix holds its dimensions.
fn is_empty(dataset: &Dataset) -> bool {
    dataset
        .attributes()
        .iter()
        .any(|x| x.name == "MATLAB_empty" && x.read_as_f64().is_ok_and(|x| x != 0.0))
}
