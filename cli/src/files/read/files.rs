//! The bytes of files, up to a limit.

use super::error::{ReadError, ReadErrorKind};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// The most that is read of a file without a length, such as a pipe or a device: 1 GiB.
pub const LONGEST_STREAM: u64 = 1 << 30;

/// A recording: a regular file whole, of anything else at most [`LONGEST_STREAM`] bytes.
///
/// # Errors
/// [`ReadError`], without the name of the file.
pub(super) fn recording(path: &Path) -> Result<Vec<u8>, ReadError> {
    let file = File::open(path).map_err(refused)?;
    let length = file.metadata().map_err(refused)?.len();
    read_at_most(file, length.max(LONGEST_STREAM))
}

fn read_at_most(file: File, most: u64) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    let known = file.metadata().map_err(refused)?.len().min(most);
    let room = usize::try_from(known).map_err(|_| too_large())?.saturating_add(1);
    bytes.try_reserve_exact(room).map_err(|_| too_large())?;
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(refused)?;
    if bytes.len() as u64 > most {
        return Err(ReadError::new(
            ReadErrorKind::TooLarge,
            format!(
                "the file has no end within {} MiB, the most that is read of a pipe or a device",
                most >> 20
            ),
        ));
    }
    Ok(bytes)
}

/// What the system said.
pub(super) fn refused(error: std::io::Error) -> ReadError {
    match error.kind() {
        ErrorKind::NotFound => ReadError::new(ReadErrorKind::Missing, "there is no such file"),
        ErrorKind::OutOfMemory => too_large(),
        ErrorKind::PermissionDenied => ReadError::new(
            ReadErrorKind::Unreadable,
            "this user may not read the file: permission denied",
        ),
        _ => ReadError::new(ReadErrorKind::Unreadable, format!("the file cannot be read: {error}")),
    }
}

fn too_large() -> ReadError {
    ReadError::new(ReadErrorKind::TooLarge, "the file is larger than the free memory")
}
