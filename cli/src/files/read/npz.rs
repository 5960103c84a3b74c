//! Named NumPy arrays in a zip archive.
//!
//! One array is a recording. Of several, `dataset` chooses one; without it, arrays that are numbered, as
//! `np.savez(file, *trials)` names them (`arr_0`, `arr_1`, ...), are the trials of one recording, in the order
//! of their numbers.

use super::array::Array;
use super::choice::{by_name, is_rate, join, numbered, order as order_of};
use super::error::{ReadError, ReadErrorKind};
use super::npy;
use super::reading::Reading;
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
pub(super) fn read(bytes: &[u8], reading: &Reading<'_>) -> Result<Samples, ReadError> {
    let Reading { dataset, axes, .. } = *reading;
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
    let rate = take_rate(&mut archive, &mut arrays, bytes.len() as u64);
    let names = || listed(arrays.iter().map(|(name, _)| name.as_str()));
    let refused = |message| Err(ReadError::new(ReadErrorKind::Dataset, message));
    let mut left = USUAL_MEMORY.max((bytes.len() as u64).saturating_mul(MOST_EXPANSION));
    let mut read_one = |(name, index): &Entry| {
        let found = read_entry(&mut archive, *index, bytes.len() as u64, left);
        let found = found.map_err(|error| error.in_array(name))?;
        left = left.saturating_sub(8 * found.len() as u64);
        Ok(found)
    };
    let nothing = || ReadError::new(ReadErrorKind::Empty, "there is no array in the archive");
    let mut samples = match (dataset, arrays.as_slice()) {
        (_, []) => Err(nothing()),
        (None, [only]) => {
            read_one(only)?.into_samples(axes).map_err(|error| error.in_array(&only.0))
        }
        (None, _) => match trials(&arrays, reading.trials) {
            Some(order) => {
                let names: Vec<&str> = order.iter().map(|entry| entry.0.as_str()).collect();
                let read_one = |k: usize| read_one(order.get(k).ok_or_else(nothing)?);
                let what = format!("the {} arrays of the archive", names.len());
                join(&names, [&what, order_of(&names)], axes, read_one)
            }
            None => refused(format!(
                "there are several arrays in the archive; choose one of {} with --dataset, or, if they are the trials of \
                 one recording, read them all with --trials",
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
    }?;
    if let Some((name, rate)) = rate {
        samples.state_rate(rate, &format!("{} in the archive", quoted(&name)));
    }
    Ok(samples)
}

/// Takes a single number out of the arrays whose name is one that a sampling rate has.
fn take_rate(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    arrays: &mut Vec<Entry>,
    archive_bytes: u64,
) -> Option<(String, f64)> {
    // A single number takes a header and a few bytes.
    let mut rate_of =
        |index: usize| read_entry(archive, index, archive_bytes, 1 << 10).ok()?.only();
    let found = arrays.iter().enumerate().filter(|(_, (name, _))| is_rate(name, '/'));
    let (at, rate) =
        found.map(|(at, (_, index))| (at, rate_of(*index))).find(|(_, rate)| rate.is_some())?;
    // An archive of nothing else holds a recording of that name.
    (arrays.len() > 1).then(|| Some((arrays.remove(at).0, rate?)))?
}

/// The arrays in the order of trials: of their numbers, or of their names if they were called trials.
fn trials(arrays: &[Entry], called: bool) -> Option<Vec<&Entry>> {
    let names: Vec<&str> = arrays.iter().map(|(name, _)| name.as_str()).collect();
    let order = numbered(&names).or_else(|| called.then(|| by_name(&names)))?;
    Some(order.into_iter().filter_map(|k| arrays.get(k)).collect())
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
