//! Calibrations in files: the library's words of 32 bits, low byte first.

use crate::problem::Problem;
use crate::{input, output};
use dynamical_similarity::Error;
use dynamical_similarity::monitor::Calibration;
use std::path::Path;

/// A calibration in the scalar of a device.
pub type Kept = Calibration<f32, Vec<f32>>;

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

/// Writes a calibration.
///
/// # Errors
/// A sentence that names the file.
pub fn write(path: &Path, calibration: &Kept) -> Result<(), Problem> {
    let bytes = to_bytes(calibration).map_err(|what| Problem::about(path, what))?;
    output::write(path, &bytes)
}

/// A calibration as the bytes of a file.
///
/// # Errors
/// A sentence, if there is not enough memory.
pub fn to_bytes(calibration: &Kept) -> Result<Vec<u8>, Problem> {
    let length = Calibration::<f32, ()>::words_len(calibration.shape(), calibration.scores());
    let mut words = zeros(length)?;
    calibration.to_words(&mut words).map_err(Problem::new)?;
    Ok(words.iter().flat_map(|word| word.to_le_bytes()).collect())
}

/// Reads a calibration.
///
/// # Errors
/// A sentence that names the file and says what is damaged.
pub fn read(path: &Path) -> Result<Kept, Problem> {
    let bytes = input::read(path, input::LARGEST_MODEL)?;
    of_bytes(&bytes).map_err(|what| Problem::about(path, what))
}

/// A calibration from the bytes of a file.
///
/// # Errors
/// A sentence that says what is damaged.
pub fn of_bytes(bytes: &[u8]) -> Result<Kept, Problem> {
    let (words, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(Problem::new(
            "this is not a calibration, or it is damaged: its length is not a multiple of 4 bytes",
        ));
    }
    let words: Vec<u32> = words.iter().map(|word| u32::from_le_bytes(*word)).collect();
    // A scalar takes at least one word.
    let calibration = Kept::from_words(&words, zeros(words.len())?).map_err(Problem::new)?;
    let used = |length: usize| length == words.len();
    let (shape, scores) = (calibration.shape(), calibration.scores());
    if used(Calibration::<f32, ()>::words_len(shape, scores))
        || used(Calibration::<f64, ()>::words_len(shape, scores))
    {
        Ok(calibration)
    } else {
        Err(Problem::new("there is more in the file than one calibration"))
    }
}
