//! An open file of HDF5, and how much memory it may take.

use super::super::error::ReadError;
use super::super::files;
use super::error::{damaged, refused};
use super::lzf;
use hdf5_reader::group::Group;
use hdf5_reader::{Dataset, FileStorage, FilterRegistry, Hdf5File, OpenOptions};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";
/// Arrays may take 1 GiB of memory, or this many times the length of the file if that is more.
const MOST_EXPANSION: u64 = 32;
const USUAL_MEMORY: u64 = 1 << 30;

/// An open file.
pub(in super::super) struct Container {
    file: Hdf5File,
    /// Bytes that an array may take.
    pub(super) memory: u64,
}

/// Whether these are the first bytes of a file of HDF5. What a user puts before it takes 512 bytes or a larger power
/// of two.
pub(in super::super) fn is_hdf5(start: &[u8]) -> bool {
    [0, 512, 1024, 2048].iter().any(|at| start.get(*at..).is_some_and(|x| x.starts_with(SIGNATURE)))
}

impl Container {
    /// Opens a regular file without reading it whole, if it is one of HDF5.
    pub(in super::super) fn open(path: &Path) -> Result<Option<Self>, ReadError> {
        let file = File::open(path).map_err(files::refused)?;
        let about = file.metadata().map_err(files::refused)?;
        let mut start = Vec::new();
        if !about.is_file() {
            return Ok(None);
        }
        (&file).take(4096).read_to_end(&mut start).map_err(files::refused)?;
        if !is_hdf5(&start) {
            return Ok(None);
        }
        let storage = FileStorage::from_file(file).map_err(refused)?;
        let (memory, options) = limits(about.len());
        let file = Hdf5File::from_storage_with_options(Arc::new(storage), options);
        Self::whole(file.map_err(refused)?, about.len(), memory).map(Some)
    }

    /// A file in memory.
    pub(in super::super) fn of(bytes: &[u8]) -> Result<Self, ReadError> {
        if !is_hdf5(bytes) {
            return Err(damaged("this is not a file of HDF5: it does not begin as one"));
        }
        let (memory, options) = limits(bytes.len() as u64);
        let file = Hdf5File::from_bytes_with_options(bytes, options).map_err(refused)?;
        Self::whole(file, bytes.len() as u64, memory)
    }

    /// A file that is as long as it says.
    fn whole(file: Hdf5File, length: u64, memory: u64) -> Result<Self, ReadError> {
        let stated = file.superblock().eof_address;
        if stated > length {
            return Err(damaged(format!(
                "the file is cut off: it was {stated} bytes long and has {length}; copy it again"
            )));
        }
        Ok(Self { file, memory })
    }

    /// The group that holds all others.
    pub(super) fn root(&self) -> Result<Group, ReadError> {
        self.file.root_group().map_err(refused)
    }

    /// The array at a path, without a look at any other.
    pub(super) fn dataset(&self, path: &str) -> Option<Dataset> {
        self.file.dataset(path).ok()
    }
}

/// What a file of this length may take, for arrays here and for buffers there.
fn limits(length: u64) -> (u64, OpenOptions) {
    let memory = USUAL_MEMORY.max(length.saturating_mul(MOST_EXPANSION));
    let mut filters = FilterRegistry::new();
    filters.register(lzf::FILTER, Box::new(lzf::unpack));
    let options = OpenOptions::default()
        .with_max_read_bytes(usize::try_from(memory).unwrap_or(usize::MAX))
        .with_filter_registry(filters);
    (memory, options)
}
