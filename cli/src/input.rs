//! Small files, which are read whole up to a limit.

use crate::problem::Problem;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The largest table of labels or conditions, in bytes.
pub const LARGEST_TABLE: u64 = 16 << 20;
/// The largest model or calibration, in bytes.
pub const LARGEST_MODEL: u64 = 256 << 20;

/// The bytes of a file. A file with a length is refused by its length. Of a file without one, such as a pipe or a
/// device, at most one byte more than the limit is read.
///
/// # Errors
/// A sentence that names the file, if it cannot be read, is larger than `most` bytes or larger than the memory.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>, Problem> {
    let refused = |error: std::io::Error| Problem::about(path, format!("cannot be read: {error}"));
    let too_large = || {
        Problem::about(
            path,
            format!("is larger than {} MiB, the most that is read of such a file", most >> 20),
        )
    };
    let file = File::open(path).map_err(refused)?;
    let length = file.metadata().map_err(refused)?.len();
    if length > most {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let reserved = bytes.try_reserve_exact(usize::try_from(length).unwrap_or(usize::MAX));
    reserved.map_err(|_| Problem::about(path, "is larger than the free memory"))?;
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(refused)?;
    if bytes.len() as u64 > most {
        return Err(too_large());
    }
    Ok(bytes)
}

/// Reads a text in UTF-8.
///
/// # Errors
/// As [`read`], and if it is no text.
pub fn read_text(path: &Path, most: u64) -> Result<String, Problem> {
    String::from_utf8(read(path, most)?)
        .map_err(|_| Problem::about(path, "cannot be read: it is not text in UTF-8"))
}
