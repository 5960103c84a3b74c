//! Named NumPy arrays in a zip archive.
//!
//! One array is a recording. Of several, `dataset` chooses one; without it, arrays that are numbered, as
//! `np.savez(file, *trials)` names them (`arr_0`, `arr_1`, ...), are the trials of one recording, in the order
//! of their numbers.

use super::axes::Axes;
use super::error::{ReadError, ReadErrorKind};
use super::npy::{self, Array};
use super::samples::Samples;
use crate::quote::{listed, quoted};
use std::collections::HashSet;
use std::io::{BufReader, Cursor};
use zip::{CompressionMethod, ZipArchive};

/// Deflate never expands further (258 bytes from two bits).
const LARGEST_EXPANSION: u64 = 1032;
/// Arrays may take 1 GiB of memory, or this many times the length of the archive if that is more.
const MOST_EXPANSION: u64 = 32;
const USUAL_MEMORY: u64 = 1 << 30;

/// An array in the archive: its name and the number of its entry.
type Entry = (String, usize);

/// Reads the array of that name, or the only one, or all of them as trials.
pub(super) fn read(
    bytes: &[u8],
    dataset: Option<&str>,
    axes: Option<Axes>,
) -> Result<Samples, ReadError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| {
        ReadError::new(
            ReadErrorKind::Damaged,
            format!("this is not an archive as np.savez writes it: {error}"),
        )
    })?;
    refuse_duplicates(bytes, archive.central_directory_start())?;
    let mut arrays: Vec<Entry> = (0..archive.len())
        .filter_map(|index| {
            let file = archive.name_for_index(index)?.ok()?;
            Some((npyz::npz::array_name_from_file_name(&file)?.to_string(), index))
        })
        .collect();
    arrays.sort();
    let names = || listed(arrays.iter().map(|(name, _)| name.as_str()));
    let refused = |message| Err(ReadError::new(ReadErrorKind::Dataset, message));
    let mut left = USUAL_MEMORY.max((bytes.len() as u64).saturating_mul(MOST_EXPANSION));
    let mut read_one = |(name, index): &Entry| {
        let found = read_entry(&mut archive, *index, bytes.len() as u64, left);
        let found = found.map_err(|error| error.in_array(name))?;
        left = left.saturating_sub(8 * found.len() as u64);
        Ok(found)
    };
    match (dataset, arrays.as_slice()) {
        (_, []) => Err(ReadError::new(ReadErrorKind::Empty, "there is no array in the archive")),
        (None, [only]) => {
            read_one(only)?.into_samples(axes).map_err(|error| error.in_array(&only.0))
        }
        (None, _) => match numbered(&arrays) {
            Some(order) => trials(&order, read_one, axes),
            None => refused(format!(
                "there are several arrays in the archive; choose one of {} with --dataset, or number the \
                 trials of one recording: np.savez(file, *trials)",
                names()
            )),
        },
        (Some(wanted), arrays) => match arrays.iter().find(|(name, _)| name == wanted) {
            Some(found) => {
                read_one(found)?.into_samples(axes).map_err(|error| error.in_array(&found.0))
            }
            None => refused(format!(
                "there is no array {} in the archive, which holds {}",
                quoted(wanted),
                names()
            )),
        },
    }
}

/// The arrays in the order of their numbers, if their names are the same up to a number at the end.
fn numbered(arrays: &[Entry]) -> Option<Vec<&Entry>> {
    let parts = |entry: &'_ Entry| -> Option<(String, u64)> {
        let stem = entry.0.trim_end_matches(|x: char| x.is_ascii_digit());
        Some((stem.to_owned(), entry.0.strip_prefix(stem)?.parse().ok()?))
    };
    let mut found: Vec<(u64, &Entry)> = Vec::new();
    let (first, _) = parts(arrays.first()?)?;
    for entry in arrays {
        let (stem, number) = parts(entry)?;
        if stem != first {
            return None;
        }
        found.push((number, entry));
    }
    found.sort();
    // Such as `a1` and `a01`.
    let distinct =
        found.windows(2).all(|pair| pair.first().map(|x| x.0) != pair.last().map(|x| x.0));
    distinct.then(|| found.into_iter().map(|(_, entry)| entry).collect())
}

/// One array per trial.
fn trials(
    order: &[&Entry],
    mut read_one: impl FnMut(&Entry) -> Result<Array, ReadError>,
    axes: Option<Axes>,
) -> Result<Samples, ReadError> {
    let mut all: Option<Samples> = None;
    let names = || listed(order.iter().map(|entry| entry.0.as_str()));
    for entry in order {
        let array = read_one(entry)?;
        let dimensions = array.dimensions();
        let one = array.into_samples(axes).map_err(|error| error.in_array(&entry.0))?;
        let refused = |what: &str| {
            Err(ReadError::new(
                ReadErrorKind::Dataset,
                format!(
                    "the arrays {} are not the trials of one recording, because {what}; choose one of them with \
                     --dataset",
                    names()
                ),
            ))
        };
        if dimensions > 2 {
            return refused(&format!("{} has {dimensions} dimensions", quoted(&entry.0)));
        }
        match &mut all {
            None => all = Some(one),
            Some(all) if all.channels != one.channels => {
                return refused(&format!(
                    "{} has {} channels and those before have {}",
                    quoted(&entry.0),
                    one.channels,
                    all.channels
                ));
            }
            Some(all) => {
                all.trials.extend(one.trials);
                if all.notes.is_empty() {
                    all.notes = one.notes;
                }
            }
        }
    }
    let nothing = || ReadError::new(ReadErrorKind::Empty, "there is no array in the archive");
    let mut all = all.ok_or_else(nothing)?;
    let (shortest, longest) = all.lengths();
    all.notes.push(format!(
        "the {} arrays of the archive were read as trials of {shortest} to {longest} samples, in the order \
         of their numbers; --dataset chooses one",
        order.len()
    ));
    Ok(all)
}

fn read_entry(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    index: usize,
    archive_bytes: u64,
    memory: u64,
) -> Result<Array, ReadError> {
    let entry = archive.by_index(index).map_err(|error| {
        ReadError::new(ReadErrorKind::Damaged, format!("it cannot be unpacked: {error}"))
    })?;
    let packed = entry.compressed_size().min(archive_bytes);
    let largest = match entry.compression() {
        CompressionMethod::Stored => packed,
        _ => packed.saturating_mul(LARGEST_EXPANSION),
    };
    let largest = largest.min(entry.size());
    npy::read_within(BufReader::new(entry), memory, |read| largest.saturating_sub(read))
}

/// Refuses an archive in which two files have one name: the reader of archives takes the last of them
/// without a word. Walks the records of the central directory.
fn refuse_duplicates(bytes: &[u8], start: u64) -> Result<(), ReadError> {
    const RECORD: usize = 46;
    let mut rest =
        usize::try_from(start).ok().and_then(|start| bytes.get(start..)).unwrap_or_default();
    let mut names = HashSet::new();
    // Each record takes at least 46 bytes.
    while let Some((head, behind)) = rest.split_at_checked(RECORD) {
        let length = |at: usize| match head.get(at..at + 2) {
            Some(&[low, high]) => usize::from(u16::from_le_bytes([low, high])),
            _ => 0,
        };
        if !head.starts_with(b"PK\x01\x02") {
            break;
        }
        let (name, extra, comment) = (length(28), length(30), length(32));
        let name = behind.get(..name).unwrap_or_default();
        if !names.insert(name) {
            return Err(ReadError::new(
                ReadErrorKind::Dataset,
                format!(
                    "the archive holds {} twice; write every array once",
                    quoted(&String::from_utf8_lossy(name))
                ),
            ));
        }
        rest = behind.get(length(28) + extra + comment..).unwrap_or_default();
    }
    Ok(())
}
