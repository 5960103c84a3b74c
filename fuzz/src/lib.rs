//! From arbitrary bytes to shapes and numbers.

use arbitrary::{Result, Unstructured};

/// A size from 0 to `most`.
pub fn size(bytes: &mut Unstructured<'_>, most: usize) -> Result<usize> {
    bytes.int_in_range(0..=most)
}

/// A number: mostly plain, sometimes extreme, sometimes any bit pattern.
pub fn number(bytes: &mut Unstructured<'_>) -> Result<f64> {
    let plain = |bytes: &mut Unstructured<'_>| Ok(f64::from(bytes.arbitrary::<i16>()?) / 256.0);
    Ok(match bytes.arbitrary::<u8>()? {
        0..=3 => f64::from_bits(bytes.arbitrary()?),
        4..=7 => plain(bytes)? * 1e-30,
        8..=11 => plain(bytes)? * 1e30,
        12..=15 => f64::from(f32::from_bits(bytes.arbitrary()?)),
        16..=47 => 0.0,
        48..=79 => f64::from(bytes.arbitrary::<i8>()?),
        _ => plain(bytes)?,
    })
}

/// `count` numbers.
pub fn numbers(bytes: &mut Unstructured<'_>, count: usize) -> Result<Vec<f64>> {
    (0..count).map(|_| number(bytes)).collect()
}

/// The same numbers in single precision.
pub fn single(values: &[f64]) -> Vec<f32> {
    values.iter().map(|x| *x as f32).collect()
}
