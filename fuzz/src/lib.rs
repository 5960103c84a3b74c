//! From arbitrary bytes to shapes and numbers.

pub mod reading;

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

/// Whether all numbers are finite.
pub fn finite<T: Copy + Into<f64>>(values: &[T]) -> bool {
    values.iter().all(|x| Into::<f64>::into(*x).is_finite())
}

/// A matrix of at most `most` rows and columns, as (values, rows, columns), to both checks.
pub fn matrix(
    data: &[u8],
    most: usize,
    double: impl FnOnce(&[f64], usize, usize),
    half: impl FnOnce(&[f32], usize, usize),
) {
    let mut bytes = Unstructured::new(data);
    let (Ok(m), Ok(n)) = (size(&mut bytes, most), size(&mut bytes, most)) else { return };
    let Ok(values) = numbers(&mut bytes, m * n) else { return };
    double(&values, m, n);
    half(&single(&values), m, n);
}

/// A square matrix, as (values, order), to both checks.
pub fn square(
    data: &[u8],
    most: usize,
    double: impl FnOnce(&[f64], usize),
    half: impl FnOnce(&[f32], usize),
) {
    let mut bytes = Unstructured::new(data);
    let Ok(n) = size(&mut bytes, most) else { return };
    let Ok(values) = numbers(&mut bytes, n * n) else { return };
    double(&values, n);
    half(&single(&values), n);
}
