//! Calibrations in files: the library's words of 32 bits, low byte first.

use crate::problem::Problem;
use crate::{input, output};
use dynamical_similarity::Error;
use dynamical_similarity::monitor::{Calibration, FrontEnd};
use std::path::Path;

/// A calibration in the scalar of a device.
pub type Kept = Calibration<f32, Vec<f32>>;

/// The front end of a device.
pub type Front = FrontEnd<f32, Vec<f32>>;

/// What is in the file of a calibration.
#[derive(Clone, Debug)]
pub struct Stored {
    /// What the device does with its samples before they reach the monitor.
    pub front_end: Option<Front>,
    /// The calibration.
    pub calibration: Kept,
}

/// A vector of zeros.
///
/// # Errors
/// A sentence, if there is not enough memory.
pub fn zeros<T: Copy + Default>(length: usize) -> Result<Vec<T>, Problem> {
    let mut memory = Vec::new();
    if memory.try_reserve_exact(length).is_err() {
        return Err(Problem::new(format!(
            "{length} numbers do not fit into the memory; use fewer channels or delays"
        )));
    }
    memory.resize(length, T::default());
    Ok(memory)
}

/// A calibration in double precision, rounded to the scalar of a device.
///
/// # Errors
/// A sentence, if a number is too large for single precision.
pub fn rounded(calibration: &Calibration<f64, Vec<f64>>) -> Result<Kept, Problem> {
    let (shape, scores) = (calibration.shape(), calibration.scores());
    let mut words = zeros(Calibration::<f64, ()>::words_len(shape, scores))?;
    calibration.to_words(&mut words).map_err(Problem::new)?;
    let memory = zeros(Calibration::<f32, ()>::memory_len(shape, scores))?;
    Kept::from_words(&words, memory).map_err(|error| match error {
        // These words have never been stored: only a number that leaves the range can be wrong with them.
        Error::Corrupted { .. } => Problem::new(
            "means or standard deviations lie outside the range of single precision (1e-38 to 3e38), in which a device \
             reads a calibration; save the recording in another unit",
        ),
        _ => Problem::new(error),
    })
}

/// Writes a calibration, behind its front end if it has one.
///
/// # Errors
/// A sentence that names the file.
pub fn write(path: &Path, stored: &Stored) -> Result<(), Problem> {
    let bytes = to_bytes(stored).map_err(|what| Problem::about(path, what))?;
    output::write(path, &bytes)
}

/// A calibration as the bytes of a file.
///
/// # Errors
/// A sentence, if there is not enough memory.
pub fn to_bytes(stored: &Stored) -> Result<Vec<u8>, Problem> {
    let (front_end, calibration) = (&stored.front_end, &stored.calibration);
    let front_len = front_end.as_ref().map_or(0, |front_end| {
        FrontEnd::<f32, ()>::words_len(front_end.channels(), front_end.components())
    });
    let length = Calibration::<f32, ()>::words_len(calibration.shape(), calibration.scores());
    let mut words = zeros(front_len + length)?;
    let (front, rest) = words.split_at_mut(front_len);
    if let Some(front_end) = front_end {
        front_end.write(front).map_err(Problem::new)?;
    }
    calibration.to_words(rest).map_err(Problem::new)?;
    Ok(words.iter().flat_map(|word| word.to_le_bytes()).collect())
}

/// Reads a calibration.
///
/// # Errors
/// A sentence that names the file and says what is damaged.
pub fn read(path: &Path) -> Result<Stored, Problem> {
    let bytes = input::read(path, input::LARGEST_MODEL)?;
    of_bytes(&bytes).map_err(|what| Problem::about(path, what))
}

/// A calibration from the bytes of a file.
///
/// # Errors
/// A sentence that says what is damaged.
pub fn of_bytes(bytes: &[u8]) -> Result<Stored, Problem> {
    let (words, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(Problem::new(
            "this is not a calibration, or it is damaged: its length is not a multiple of 4 bytes",
        ));
    }
    let words: Vec<u32> = words.iter().map(|word| u32::from_le_bytes(*word)).collect();
    // A scalar takes at least one word, and a front end works in little more than it stores.
    let room = || zeros(2 * words.len());
    let (front_end, words) = match Front::from_words(&words, room()?) {
        Ok((front_end, rest)) => (Some(front_end), rest),
        Err(Error::Corrupted { what: "the kind of data" }) => (None, &words[..]),
        Err(error) => return Err(Problem::new(error)),
    };
    let calibration = Kept::from_words(words, room()?).map_err(Problem::new)?;
    let used = |length: usize| length == words.len();
    let (shape, scores) = (calibration.shape(), calibration.scores());
    if !used(Calibration::<f32, ()>::words_len(shape, scores))
        && !used(Calibration::<f64, ()>::words_len(shape, scores))
    {
        return Err(Problem::new("there is more in the file than one calibration"));
    }
    match &front_end {
        Some(front_end) if front_end.components() != shape.channels => Err(Problem::new(format!(
            "the front end gives {} components, and the calibration is one of {} channels",
            front_end.components(),
            shape.channels
        ))),
        _ => Ok(Stored { front_end, calibration }),
    }
}
