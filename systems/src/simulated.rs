//! Simulated recordings.

/// A simulated recording: `data[(trial * samples + t) * channels + c]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    /// Trials.
    pub trials: usize,
    /// Samples of each trial.
    pub samples: usize,
    /// Channels of each sample.
    pub channels: usize,
    /// All of it, in C order. NaN where a sample is missing.
    pub data: Vec<f64>,
}

/// The most numbers that a simulation holds at once: 2 GiB.
pub(crate) const MOST_NUMBERS: usize = 1 << 28;

/// # Errors
/// A sentence if the product of these sizes is more than fits, or than the memory that is free.
pub(crate) fn fits(sizes: &[usize]) -> Result<(), String> {
    // The numbers and their bytes in a file.
    let is_free = |numbers: usize| Vec::<[f64; 2]>::new().try_reserve_exact(numbers).is_ok();
    match sizes.iter().try_fold(1_usize, |product, size| product.checked_mul(*size)) {
        Some(numbers) if numbers <= MOST_NUMBERS && is_free(numbers) => Ok(()),
        Some(numbers) if numbers <= MOST_NUMBERS => Err(format!(
            "there is no memory for {numbers} numbers; ask for fewer trials or samples"
        )),
        _ => Err(format!(
            "this would hold more than {MOST_NUMBERS} numbers in memory; ask for fewer trials or samples"
        )),
    }
}
