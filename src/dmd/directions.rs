//! The number of directions: those above the rounding of the samples, those that second moments can resolve, and those that
//! the rank asks for.

use super::rank::Rank;
use crate::error::Error;
use crate::matrix::dot;
use crate::scalar::{Real, Scalar, is_double};

/// What singular values must exceed to be more than rounding, `size` being the norm of the matrix with its means
/// in it: 256 eps |H|, and in f64 N eps |H| for N > 256 windows.
///
/// A sample x is known to eps/2 |x|, so that H is known to E with |E|_2 <= |E|_F <= eps/2 |H|_F, and singular
/// values move by at most |E|_2 (Weyl): a matrix of lower rank may have had any that is below. What computed the
/// samples rounded more than once; the phase of sin(omega t) is known to eps/2 omega t, which makes directions of
/// about 0.05 omega N eps |H|. In f32 that growth is left out: single precision mostly keeps what was measured or
/// computed more finely, and N eps would reach what is real. Nothing can be said about samples that were
/// quantised more coarsely than their scalar.
pub(super) fn rounding<T: Scalar>(size: T, rows: usize) -> T {
    let steps = if is_double::<T>() { rows.max(256) } else { 256 };
    T::count(steps) * T::EPSILON * size
}

/// The largest singular value that second moments were summed with: about means that were subtracted after the
/// sums, or the first of the spectrum.
pub(super) fn size_of_moments<T: Scalar>(spectrum: &[T], mean: &[T], rows: usize) -> T {
    let offset = Real::sqrt(dot(mean, mean) * T::count(rows));
    spectrum.first().copied().unwrap_or(T::ZERO).larger(offset)
}

/// Whether second moments are accurate enough for a singular value: eps (s_1/s)² within 1e-11 in f64;
/// in f32 s >= 3e-3 s_1, where the measured error of operators is below 1e-3.
pub(super) fn is_certified<T: Scalar>(largest: T, s: T) -> bool {
    let tolerance = if is_double::<T>() { T::of(1e-11) } else { T::of(1.3e-2) };
    let ratio = largest / s;
    s > T::ZERO && T::EPSILON * ratio * ratio <= tolerance
}

/// A rank within the directions that there are.
pub(super) fn limit(
    wanted: usize,
    available: usize,
    rule: Rank,
    clip: bool,
) -> Result<usize, Error> {
    match rule {
        // Samples between the windows may vary where the windows do not.
        _ if available == 0 => Err(Error::DegenerateSignal { channel: None }),
        _ if wanted <= available => Ok(wanted),
        Rank::Fixed(requested) if !clip => Err(Error::RankTooLarge { requested, available }),
        _ => Ok(available),
    }
}
