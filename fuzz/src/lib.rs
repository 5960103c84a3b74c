//! The fuzz targets, and what they share: from arbitrary bytes to shapes and numbers.

pub mod reading;

/// One module for each target.
#[path = "../fuzz_targets"]
mod targets {
    macro_rules! targets {
        ($($name:ident)*) => {
            $(mod $name;)*
            /// Every target by its name.
            pub const TARGETS: &[(&str, fn(&[u8]))] = &[$((stringify!($name), $name::fuzz_target)),*];
        };
    }

    targets! {
        assignment baseline controlled distance eigenvalues fan fit monitor qr rank read_csv read_edf read_hdf5 read_mat read_npy read_npz
        read_raw read_tsv solve statistics svd symmetric transport wasserstein
    }
}

pub use targets::TARGETS;

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

/// The same numbers in double precision.
pub fn doubles<T: Copy + Into<f64>>(values: &[T]) -> Vec<f64> {
    values.iter().map(|x| (*x).into()).collect()
}

/// The distance from 1 to the next larger number of a scalar.
pub fn epsilon<T>() -> f64 {
    if size_of::<T>() == 4 { f64::from(f32::EPSILON) } else { f64::EPSILON }
}

/// The smallest positive number of a scalar: results below the normal numbers are rounded to multiples of it.
pub fn smallest<T>() -> f64 {
    if size_of::<T>() == 4 { f64::from(f32::from_bits(1)) } else { f64::from_bits(1) }
}

/// A power of two close to the largest of finite numbers; checks are made in this unit, so that nothing leaves the
/// range of f64.
pub fn unit(values: &[f64]) -> f64 {
    let largest = values.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    if largest == 0.0 { 1.0 } else { largest.log2().floor().clamp(-1022.0, 1022.0).exp2() }
}

/// The numbers in another unit.
pub fn in_units(values: &[f64], unit: f64) -> Vec<f64> {
    values.iter().map(|x| x / unit).collect()
}

/// The root of the sum of squares, without overflow or underflow.
pub fn norm(values: &[f64]) -> f64 {
    let unit = unit(values);
    values.iter().map(|x| (x / unit).powi(2)).sum::<f64>().sqrt() * unit
}

/// The largest entry of |Qᵀ Q - I|.
pub fn loss_of_orthogonality(q: &[f64], rows: usize) -> f64 {
    let columns: Vec<&[f64]> = q.chunks(rows.max(1)).collect();
    let mut worst = 0.0_f64;
    for (i, x) in columns.iter().enumerate() {
        for (j, y) in columns.iter().enumerate().take(i + 1) {
            let product: f64 = x.iter().zip(*y).map(|(x, y)| x * y).sum();
            worst = worst.max((product - if i == j { 1.0 } else { 0.0 }).abs());
        }
    }
    worst
}

/// A - L R, with L m x k and R k x n, all column-major.
pub fn less_product(a: &[f64], left: &[f64], right: &[f64], m: usize, k: usize) -> Vec<f64> {
    let mut out = a.to_vec();
    if m == 0 || k == 0 {
        return out;
    }
    for (out, weights) in out.chunks_mut(m).zip(right.chunks(k)) {
        for (column, weight) in left.chunks(m).zip(weights) {
            out.iter_mut().zip(column).for_each(|(out, x)| *out -= weight * x);
        }
    }
    out
}
