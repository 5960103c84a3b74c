//! The false discovery rate of many tests.

use crate::error::{Error, Setting};
use crate::matrix::{try_reserve, try_zeros};
use alloc::vec::Vec;

/// The q value of each of m p values: the least false discovery rate at which its test is called significant,
/// q₍ᵢ₎ = min over k >= i of p₍ₖ₎ m / k, with p₍₁₎ <= p₍₂₎ <= ...
///
/// Cost: O(m log m).
///
/// Source: Benjamini & Hochberg, J. R. Statist. Soc. B 57 (1995) 289-300.
///
/// # Errors
/// [`Error::InvalidSetting`] unless all values are between 0 and 1; [`Error::OutOfMemory`].
///
/// ```
/// use dynamical_similarity::statistics::q_values;
/// assert_eq!(q_values(&[0.01, 0.5, 0.02])?, [0.03, 0.5, 0.03]);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn q_values(p: &[f64]) -> Result<Vec<f64>, Error> {
    if !p.iter().all(|p| (0.0..=1.0).contains(p)) {
        let expected = "between 0 and 1, each";
        return Err(Error::InvalidSetting { setting: Setting::PValues, expected });
    }
    let mut ascending: Vec<(f64, usize)> = try_reserve(p.len())?;
    ascending.extend(p.iter().enumerate().map(|(at, p)| (*p, at)));
    ascending.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut q = try_zeros(p.len())?;
    let mut least = 1.0_f64;
    for (rank, (p, at)) in ascending.into_iter().enumerate().rev() {
        least = least.min(p * q.len() as f64 / (rank as f64 + 1.0));
        if let Some(q) = q.get_mut(at) {
            *q = least;
        }
    }
    Ok(q)
}
