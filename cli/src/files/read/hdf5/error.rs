//! What the decoder of HDF5 said, as a sentence that says what to do.

use super::super::error::{ReadError, ReadErrorKind};
use hdf5_reader::error::Error;

pub(super) fn damaged(message: impl Into<String>) -> ReadError {
    ReadError::new(ReadErrorKind::Damaged, message)
}

/// What the decoder said, in a sentence that says what to do.
pub(super) fn refused(error: Error) -> ReadError {
    let mut error = error;
    // Each level names an object in the file, of which there are few.
    while let Error::Context { source, .. } = error {
        error = *source;
    }
    let (kind, message) = match &error {
        Error::UnsupportedFilter(filter) => (
            ReadErrorKind::UnsupportedType,
            format!(
                "it is compressed by {}, which is not built in; save it with gzip, for example with h5repack -f GZIP=4 \
                 IN OUT",
                named(filter)
            ),
        ),
        Error::ResourceLimit(_) => (
            ReadErrorKind::TooLarge,
            "it is larger than the limit, 1 GiB or 32 times the length of the file; save it without compression".to_owned(),
        ),
        Error::UnsupportedLayoutClass(3) => (
            ReadErrorKind::UnsupportedType,
            "an array is virtual, that is, kept in other files, which are not read; name another array with --dataset, or copy \
             it into an ordinary one with h5py"
                .to_owned(),
        ),
        Error::UnsupportedEncoding(_)
        | Error::UnsupportedLayoutClass(_)
        | Error::UnsupportedLayoutVersion(_)
        | Error::UnsupportedDatatypeClass(_)
        | Error::UnsupportedSuperblockVersion(_) => (
            ReadErrorKind::UnsupportedType,
            format!("it uses a part of HDF5 that is not read ({error}); write it again with h5repack or h5py"),
        ),
        _ => (
            ReadErrorKind::Damaged,
            format!("the file is damaged or cut off ({error}); copy it again, or write it again with h5repack or h5py"),
        ),
    };
    ReadError::new(kind, message)
}

/// A filter by the name that is known for its number.
fn named(filter: &str) -> String {
    let known = [
        ("307", "bzip2"),
        ("32001", "Blosc"),
        ("32004", "LZ4"),
        ("32008", "bitshuffle"),
        ("32013", "ZFP"),
        ("32015", "Zstandard"),
        ("32026", "Blosc2"),
    ];
    let number = filter.rsplit(' ').next().unwrap_or_default();
    match known.iter().find(|(known, _)| *known == number) {
        Some((_, name)) => format!("the filter {name}"),
        None => format!("a filter with the number {number}"),
    }
}
