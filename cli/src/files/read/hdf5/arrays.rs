//! Plain arrays of a file.

use super::super::array::shown;
use super::super::choice::{Leaf, Listing, is_rate};
use super::super::error::ReadError;
use super::super::reading::Reading;
use super::super::samples::Samples;
use super::container::Container;
use super::error::refused;
use super::series::Series;
use super::store::{count, stored};
use super::walk::folders;
use crate::quote::quoted;
use hdf5_reader::Dataset;
use hdf5_reader::group::Group;

pub(super) fn read(
    file: &Container,
    root: &Group,
    reading: &Reading<'_>,
) -> Result<Samples, ReadError> {
    listing(file, root, reading)?.read(reading, |dataset| file.array(dataset))
}

/// The recording, if it is a single array that can be read in parts.
pub(super) fn in_parts(
    file: &Container,
    root: &Group,
    reading: &Reading<'_>,
) -> Result<Option<Series>, ReadError> {
    let found = listing(file, root, reading)?;
    let chosen = found.choose(reading)?;
    let [leaf] = chosen.as_slice() else { return Ok(None) };
    let [dataset] = leaf.parts.as_slice() else { return Ok(None) };
    let Some(mut series) = Series::of(dataset) else { return Ok(None) };
    if let Some((name, rate)) = found.rate_of(&leaf.path) {
        series.state_rate(rate, &format!("{} of the file", quoted(name)));
    }
    Ok(Some(series))
}

/// All arrays that may be the recording.
fn listing(
    file: &Container,
    root: &Group,
    reading: &Reading<'_>,
) -> Result<Listing<Dataset>, ReadError> {
    let mut found = Listing::new('/', file.memory);
    let all = match folders(root, |_| true) {
        Ok(all) => all,
        // An array that cannot be opened hides the others in its group, but not from who knows their names.
        Err(error) => {
            let name = reading.dataset.unwrap_or_default().trim_matches('/');
            let dataset = file.dataset(name).filter(|_| !name.is_empty()).ok_or(error)?;
            add(file, name.to_owned(), dataset, &mut found);
            Vec::new()
        }
    };
    for folder in all {
        for attribute in folder.group.attributes().map_err(refused)? {
            let path = format!("{}{}", folder.path, attribute.name);
            let value = attribute.read_as_f64().ok().filter(|_| is_rate(&path, '/'));
            found.scalars.extend(value.map(|value| (path, value)));
        }
        found.refused.extend(folder.refused);
        for dataset in folder.arrays {
            let path = format!("{}{}", folder.path, dataset.name());
            add(file, path, dataset, &mut found);
        }
    }
    Ok(found)
}

fn add(file: &Container, path: String, dataset: Dataset, found: &mut Listing<Dataset>) {
    for attribute in dataset.attributes() {
        let path = format!("{path}/{}", attribute.name);
        let value = attribute.read_as_f64().ok().filter(|_| is_rate(&path, '/'));
        found.scalars.extend(value.map(|value| (path, value)));
    }
    let dimensions = dataset.ndim();
    match (stored(&dataset), count(&dataset)) {
        (Err(why), _) => found.refused.push((path, why.to_owned())),
        (_, 0) => found.refused.push((
            path,
            format!("is empty or too large: its shape is {}", shown(dataset.shape())),
        )),
        (_, 1) if is_rate(&path, '/') => {
            found.scalars.extend(file.scalar(&dataset).map(|value| (path, value)));
        }
        (_, 1) => found.refused.push((path, "is a single number, not a recording".to_owned())),
        _ if dimensions > 3 => found
            .refused
            .push((path, format!("has {dimensions} dimensions; a recording has at most three"))),
        (_, numbers) => {
            let shape = shown(dataset.shape());
            found.leaves.push(Leaf { path, shape, numbers, parts: vec![dataset] });
        }
    }
}
