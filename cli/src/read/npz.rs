//! Named NumPy arrays in a zip archive.

use super::error::{ReadError, ReadErrorKind, listed};
use super::npy::{self, Array};
use std::io::{BufReader, Cursor};
use zip::{CompressionMethod, ZipArchive};

/// Deflate never expands further (258 bytes from two bits).
const LARGEST_EXPANSION: u64 = 1032;

/// Reads the array of that name, or the only one.
pub(super) fn read(bytes: &[u8], dataset: Option<&str>) -> Result<Array, ReadError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| {
        ReadError::new(
            ReadErrorKind::Damaged,
            format!("this is not an archive as np.savez writes it: {error}"),
        )
    })?;
    let mut arrays: Vec<(String, usize)> = (0..archive.len())
        .filter_map(|index| {
            let file = archive.name_for_index(index)?.ok()?;
            Some((npyz::npz::array_name_from_file_name(&file)?.to_string(), index))
        })
        .collect();
    arrays.sort();
    let names = || listed(arrays.iter().map(|(name, _)| name.as_str()));
    let (name, index) = match (dataset, arrays.as_slice()) {
        (_, []) => {
            return Err(ReadError::new(ReadErrorKind::Empty, "there is no array in the archive"));
        }
        (None, [only]) => only,
        (None, _) => {
            return Err(ReadError::new(
                ReadErrorKind::Dataset,
                format!("there are several arrays in the archive; choose one of {}", names()),
            ));
        }
        (Some(wanted), arrays) => {
            arrays.iter().find(|(name, _)| name == wanted).ok_or_else(|| {
                ReadError::new(
                    ReadErrorKind::Dataset,
                    format!(
                        "there is no array {} in the archive; it has {}",
                        super::error::quoted(wanted),
                        names()
                    ),
                )
            })?
        }
    };
    read_entry(&mut archive, *index, bytes.len() as u64).map_err(|error| error.in_array(name))
}

fn read_entry(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    index: usize,
    archive_bytes: u64,
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
    npy::read_from(BufReader::new(entry), |read| largest.saturating_sub(read))
}
