//! Recordings in files that are read in blocks, so that they need not fit into memory.

use super::axes::AxisName;
use super::error::{ReadError, ReadErrorKind};
use super::hdf5::{self, Container, Series};
use super::numbers::{ByteOrder, Kind};
use super::reading::{Gaps, Reading};
use super::samples::Samples;
use super::{Format, files, format_of, npy};
use dynamical_similarity::{Error, SampleBlocks};
use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Values of a block, about: half a megabyte.
const BLOCK: usize = 1 << 16;
/// Values of a block of an array that is compressed in larger pieces, at most: 64 MB.
const LARGEST_BLOCK: usize = 1 << 23;

/// A recording of a single trial in a file, of which one block after the other is read: raw 16-bit integers, an array of NumPy
/// (`.npy`) or of HDF5, or a series of NWB.
///
/// Its samples are those of [`read_as`](super::read_as), to the bit. [`Dmd::fit_blocks`](dynamical_similarity::Dmd::fit_blocks)
/// fits an operator to it.
///
/// ```
/// use dsa::files::read::{FileBlocks, Opened, Reading};
/// use dynamical_similarity::{Dmd, Rank};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("probe.bin");
/// # let bytes: Vec<u8> = (0..4000_i32).flat_map(|t| ((t * t % 89) as i16).to_le_bytes()).collect();
/// # std::fs::write(&path, bytes)?;
/// let reading = Reading { raw_channels: 2.try_into().ok(), rate: Some(30_000.0), ..Reading::default() };
/// let Opened::Blocks(mut blocks) = FileBlocks::open(&path, &reading)? else { panic!() };
/// let model = Dmd::new().delays(4).rank(Rank::Fixed(3)).fit_blocks(&mut blocks)?;
/// assert_eq!((blocks.samples(), model.rank()), (2000, 3));
/// # Ok(())
/// # }
/// ```
pub struct FileBlocks {
    source: Source,
    channels: usize,
    samples: usize,
    rate: Option<f64>,
    notes: Vec<String>,
}

enum Source {
    /// Numbers side by side, from a place in the file on.
    Plain {
        file: File,
        start: u64,
        kind: Kind,
        byte_order: ByteOrder,
    },
    Parts(Box<Series>),
}

/// What was opened.
pub enum Opened {
    /// A recording that can be read in blocks.
    Blocks(FileBlocks),
    /// One that is read as a whole, and why: the end of a sentence that begins with "because".
    Whole(&'static str),
}

/// Why blocks could not be read, or what a fit refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlocksError {
    /// The file.
    File(ReadError),
    /// The fit.
    Fit(Error),
}

impl From<Error> for BlocksError {
    fn from(error: Error) -> Self {
        Self::Fit(error)
    }
}

impl From<ReadError> for BlocksError {
    fn from(error: ReadError) -> Self {
        Self::File(error)
    }
}

impl fmt::Display for BlocksError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::Fit(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BlocksError {}

impl FileBlocks {
    /// Opens a recording in the way that `reading` describes.
    ///
    /// # Errors
    /// [`ReadError`], without the name of the file. A file that cannot be opened in blocks for whatever reason is left to
    /// [`read_as`](super::read_as), which says what is wrong with it.
    pub fn open(path: &Path, reading: &Reading<'_>) -> Result<Opened, ReadError> {
        let format = format_of(path)?;
        let by_time = reading.axes.is_none_or(|axes| {
            axes.names() == [AxisName::Time] || axes.names() == [AxisName::Time, AxisName::Channels]
        });
        if !by_time {
            return Ok(Opened::Whole("its axes are not time and channels"));
        }
        if reading.select.is_some() || reading.gaps == Gaps::Cut || reading.trials {
            return Ok(Opened::Whole("channels, gaps or trials were asked for"));
        }
        // Before it is opened: what was opened and closed of a pipe is lost.
        if !std::fs::metadata(path).map_err(files::refused)?.is_file() {
            return Ok(Opened::Whole("it is not a regular file"));
        }
        let file = File::open(path).map_err(files::refused)?;
        let length = file.metadata().map_err(files::refused)?.len();
        let found = match format {
            Format::Raw => Self::raw(file, length, reading),
            Format::Npy if reading.dataset.is_none() => Self::npy(file, length, reading),
            Format::Hdf5 => Container::open(path)?
                .map(|file| hdf5::series(&file, reading))
                .transpose()?
                .flatten()
                .map(|series| Self::parts(series, reading)),
            _ => return Ok(Opened::Whole("files of this format are read as a whole")),
        };
        // An array of more channels than samples is asked about.
        let found = found.filter(|found| reading.axes.is_some() || found.channels <= found.samples);
        Ok(found
            .map_or(Opened::Whole("it is not a single array of time x channels"), Opened::Blocks))
    }

    fn raw(file: File, length: u64, reading: &Reading<'_>) -> Option<Self> {
        let (channels, rate) = (reading.raw_channels?.get(), reading.rate?);
        let row = (channels as u64).checked_mul(2)?;
        let samples = usize::try_from(length / row).ok()?;
        let source =
            Source::Plain { file, start: 0, kind: Kind::I16, byte_order: ByteOrder::Little };
        let is_whole = length.is_multiple_of(row) && samples > 0 && reading.dataset.is_none();
        let new = Self { source, channels, samples, rate: Some(rate), notes: Vec::new() };
        is_whole.then_some(new)
    }

    fn npy(mut file: File, length: u64, reading: &Reading<'_>) -> Option<Self> {
        let npy::Head { shape, start, kind, byte_order } = npy::head(&mut file)?;
        let (samples, channels) = match shape.as_slice() {
            [samples] => (*samples, 1),
            [samples, channels] => (*samples, *channels),
            _ => return None,
        };
        let bytes =
            (samples as u64).checked_mul(channels as u64)?.checked_mul(kind.bytes() as u64)?;
        let source = Source::Plain { file, start, kind, byte_order };
        let is_whole = bytes > 0 && start.checked_add(bytes)? == length;
        let new = Self { source, channels, samples, rate: reading.rate, notes: Vec::new() };
        is_whole.then_some(new)
    }

    fn parts(mut series: Series, reading: &Reading<'_>) -> Self {
        Self {
            channels: series.channels(),
            samples: series.samples(),
            rate: series.rate.or(reading.rate),
            notes: std::mem::take(&mut series.notes),
            source: Source::Parts(Box::new(series)),
        }
    }

    /// The number of channels.
    #[must_use]
    pub const fn channels(&self) -> usize {
        self.channels
    }

    /// The number of samples in time.
    #[must_use]
    pub const fn samples(&self) -> usize {
        self.samples
    }

    /// Samples per second, if the file or `reading` states it.
    #[must_use]
    pub const fn rate(&self) -> Option<f64> {
        self.rate
    }

    /// What the reader decided by itself, one sentence each, for the user to see.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The first samples, as many as have at most so many values.
    ///
    /// # Errors
    /// [`ReadError`], without the name of the file.
    pub fn beginning(&mut self, values: usize) -> Result<Samples, ReadError> {
        let end = (values / self.channels.max(1)).clamp(1, self.samples);
        let (mut all, mut block) = (Vec::new(), Vec::new());
        let mut first = 0;
        while first < end {
            let next = first.saturating_add(self.block_samples()).min(end);
            self.block(first, next, &mut block)?;
            all.extend_from_slice(&block);
            first = next;
        }
        let (channels, rate) = (self.channels, self.rate);
        Ok(Samples { trials: vec![all], channels, rate, ..Samples::default() })
    }

    /// Samples of a block.
    fn block_samples(&self) -> usize {
        let usual = BLOCK.div_ceil(self.channels.max(1));
        match &self.source {
            Source::Plain { .. } => usual,
            Source::Parts(series) => {
                usual.max(series.natural()).min(LARGEST_BLOCK.div_ceil(self.channels.max(1)))
            }
        }
    }

    /// Puts the values of some samples into `values`.
    fn block(&mut self, first: usize, end: usize, values: &mut Vec<f64>) -> Result<(), ReadError> {
        let count = end.saturating_sub(first).saturating_mul(self.channels);
        match &mut self.source {
            Source::Parts(series) => series.part(first, end, values)?,
            Source::Plain { file, start, kind, byte_order } => {
                let size = kind.bytes();
                let at = (first as u64).saturating_mul((self.channels * size) as u64);
                file.seek(SeekFrom::Start(start.saturating_add(at))).map_err(files::refused)?;
                let mut bytes = vec![0; count.saturating_mul(size)];
                file.read_exact(&mut bytes).map_err(files::refused)?;
                values.clear();
                kind.decode(*byte_order, &bytes, values);
            }
        }
        if values.len() == count {
            return Ok(());
        }
        let what = format!("{} of {count} values of a block are there", values.len());
        Err(ReadError::new(ReadErrorKind::Damaged, what))
    }
}

impl SampleBlocks<f64> for FileBlocks {
    type Error = BlocksError;

    fn channels(&self) -> usize {
        self.channels
    }

    fn samples(&self) -> usize {
        self.samples
    }

    fn read(
        &mut self,
        each: &mut dyn FnMut(&[f64]) -> Result<(), Error>,
    ) -> Result<(), BlocksError> {
        let (length, mut values, mut first) = (self.block_samples(), Vec::new(), 0);
        while first < self.samples {
            let end = first.saturating_add(length).min(self.samples);
            self.block(first, end, &mut values)?;
            each(&values)?;
            first = end;
        }
        Ok(())
    }
}
