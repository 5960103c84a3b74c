//! The two scalars, `f32` and `f64`, and the functions that the algorithms need of them.
//!
//! [`Scalar`] is the public face: a sealed marker with the operators and nothing that has a name of
//! its own, so that code generic over `nalgebra::RealField + Scalar` never meets two methods called
//! `abs`. Constants, roots and transcendental functions live in a crate-private supertrait. All
//! transcendental functions are `libm`'s, also on hosts with a system library: the same input gives
//! the same bits on a microcontroller and on a server.

use core::fmt::{Debug, Display};
use core::ops::Neg;
use num_traits::{NumAssignOps, NumOps};

/// A floating point number that the crate computes with: `f32` or `f64`.
///
/// Sealed: no other type can implement it, so a new requirement is never a breaking change.
///
/// ```
/// fn mean<T: dynamical_similarity::Scalar>(x: &[T]) -> T {
///     let mut sum = T::from(0.0_f32);
///     for &value in x {
///         sum += value;
///     }
///     sum / T::from(x.len() as f32)
/// }
/// assert_eq!(mean(&[1.0_f64, 2.0, 6.0]), 3.0);
/// ```
#[allow(private_bounds)]
pub trait Scalar:
    Real
    + Copy
    + PartialOrd
    + NumOps
    + NumAssignOps
    + Neg<Output = Self>
    + From<f32>
    + Into<f64>
    + Default
    + Debug
    + Display
    + Send
    + Sync
    + 'static
{
}

impl Scalar for f32 {}
impl Scalar for f64 {}

/// Whether a scalar has double precision.
pub(crate) const fn is_double<T>() -> bool {
    size_of::<T>() > size_of::<f32>()
}

/// What the algorithms use beside the operators.
pub(crate) trait Real: Sized {
    const ZERO: Self;
    const ONE: Self;
    const TWO: Self;
    const HALF: Self;
    /// Distance from 1 to the next larger number.
    const EPSILON: Self;
    /// Smallest positive normal number.
    const MIN_POSITIVE: Self;
    const MAX: Self;

    /// The nearest scalar to a literal.
    fn of(value: f64) -> Self;
    /// A count as a scalar (exact below 2^24).
    fn count(value: usize) -> Self;
    /// The integer part of a non-negative scalar; 0 for anything else.
    fn index(self) -> usize;
    fn abs(self) -> Self;
    fn sqrt(self) -> Self;
    fn ln(self) -> Self;
    fn exp(self) -> Self;
    fn asin(self) -> Self;
    #[allow(clippy::wrong_self_convention)]
    fn is_finite(self) -> bool;
    /// The larger of two numbers; `other` where `self` is NaN.
    fn larger(self, other: Self) -> Self;
    /// The smaller of two numbers; `other` where `self` is NaN.
    fn smaller(self, other: Self) -> Self;
    /// 2^-e with |self| 2^-e in [1, 2); 1 for zero and for anything not finite. The exponent is kept
    /// within the normal range, so that the factor and its inverse are both exact.
    fn binary_scale(self) -> Self;
    /// The same memory as numbers in f32: as many, or twice as many.
    fn as_single(memory: &[Self]) -> &[f32];
    /// [`as_single`](Self::as_single), to write.
    fn as_single_mut(memory: &mut [Self]) -> &mut [f32];
}

macro_rules! real {
    ($t:ty, $ln:path, $exp:path, $asin:path, $sqrt:path, $ilogb:path, $ldexp:path) => {
        impl Real for $t {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const TWO: Self = 2.0;
            const HALF: Self = 0.5;
            const EPSILON: Self = <$t>::EPSILON;
            const MIN_POSITIVE: Self = <$t>::MIN_POSITIVE;
            const MAX: Self = <$t>::MAX;

            #[inline(always)]
            fn of(value: f64) -> Self {
                value as $t
            }
            #[inline(always)]
            fn count(value: usize) -> Self {
                value as $t
            }
            #[inline(always)]
            fn index(self) -> usize {
                self as usize
            }
            #[inline(always)]
            fn abs(self) -> Self {
                <$t>::abs(self)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                // Correctly rounded either way, so the choice changes no bit.
                #[cfg(feature = "std")]
                return <$t>::sqrt(self);
                #[cfg(not(feature = "std"))]
                return $sqrt(self);
            }
            #[inline]
            fn ln(self) -> Self {
                $ln(self)
            }
            #[inline]
            fn exp(self) -> Self {
                $exp(self)
            }
            #[inline]
            fn asin(self) -> Self {
                $asin(self)
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                <$t>::is_finite(self)
            }
            #[inline(always)]
            fn larger(self, other: Self) -> Self {
                if self > other { self } else { other }
            }
            #[inline(always)]
            fn smaller(self, other: Self) -> Self {
                if self < other { self } else { other }
            }
            fn binary_scale(self) -> Self {
                if self == 0.0 || !<$t>::is_finite(self) {
                    return 1.0;
                }
                let limit = <$t>::MAX_EXP - 2;
                $ldexp(1.0, -$ilogb(self).clamp(-limit, limit))
            }
            fn as_single(memory: &[Self]) -> &[f32] {
                bytemuck::try_cast_slice(memory).unwrap_or_default()
            }
            fn as_single_mut(memory: &mut [Self]) -> &mut [f32] {
                bytemuck::try_cast_slice_mut(memory).unwrap_or_default()
            }
        }
    };
}

/// One instruction of the floating-point unit; `libm` would take its bits one by one.
#[cfg(all(target_arch = "arm", target_abi = "eabihf"))]
#[allow(unsafe_code)]
#[inline(always)]
fn square_root(x: f32) -> f32 {
    let root: u32;
    // SAFETY: touches registers alone, and leaves s0 as it was (the compiler does not lend floating-point
    // registers to stable code). Every processor of this ABI has the instruction, and rounds it correctly, as
    // `libm` does.
    unsafe {
        core::arch::asm!(
            "vmov {kept}, s0",
            "vmov s0, {x}",
            "vsqrt.f32 s0, s0",
            "vmov {x}, s0",
            "vmov s0, {kept}",
            kept = out(reg) _,
            x = inlateout(reg) x.to_bits() => root,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    f32::from_bits(root)
}
#[cfg(not(any(feature = "std", all(target_arch = "arm", target_abi = "eabihf"))))]
use libm::sqrtf as square_root;

/// The arcsine in [-1, 1], without the double precision that `libm` takes above one half (3 kB of soft float on a processor
/// that has none).
///
/// asin s = s + s z P(z), z = s², for s <= 1/2, and asin x = pi/2 - 2 asin s with s² = (1 - x)/2 beyond (1 - x is exact there).
/// P interpolates (asin s / s - 1) / z at the six Chebyshev points of z in [0, 1/4], so that its error times z is at most
/// 1.1e-9; with the rounding of the steps the result is within 2 units in the last place of the exact one.
fn arcsine(x: f32) -> f32 {
    const P: [f32; 6] =
        [0.166_666_66, 0.075_000_94, 0.044_599_4, 0.031_100_663, 0.017_149_237, 0.033_690_85];
    const RIGHT: f32 = core::f32::consts::FRAC_PI_2;
    /// pi/2 less RIGHT
    const REST: f32 = -4.371_139e-8;
    let size = x.abs();
    let far = size > 0.5;
    let z = if far { 0.5 * (1.0 - size) } else { size * size };
    let s = if far { Real::sqrt(z) } else { size };
    let series = P.iter().rev().fold(0.0, |sum, coefficient| sum * z + coefficient);
    let arc = s + s * (z * series);
    // RIGHT - 2 arc is exact unless it is large: only the last sum rounds.
    let arc = if far { (RIGHT - 2.0 * arc) + REST } else { arc };
    if x < 0.0 { -arc } else { arc }
}

real!(f32, libm::logf, libm::expf, arcsine, square_root, libm::ilogbf, libm::ldexpf);
real!(f64, libm::log, libm::exp, libm::asin, libm::sqrt, libm::ilogb, libm::ldexp);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arcsine_is_within_two_units_of_the_exact_one() {
        let mut worst = 0.0_f64;
        for i in 0..=2_000_000_u32 {
            let x = i as f32 / 2_000_000.0;
            let (found, exact) = (Real::asin(x), libm::asin(f64::from(x)));
            let unit =
                f64::from(f32::EPSILON) * 2.0_f64.powi(exact.max(1e-30).log2().floor() as i32);
            worst = worst.max((f64::from(found) - exact).abs() / unit);
            assert_eq!(Real::asin(-x), -found);
        }
        assert!(worst < 2.0, "{worst}");
        assert_eq!((Real::asin(0.0_f32), Real::asin(1.0_f32)), (0.0, core::f32::consts::FRAC_PI_2));
        assert!(Real::asin(1.1_f32).is_nan() && Real::asin(f32::NAN).is_nan());
    }

    #[test]
    fn binary_scale_brings_any_normal_number_into_one_to_two() {
        for value in [1.0_f64, 1.5, -3.0, 1e-30, 1e30, 1e-300, 1e300, 0.1] {
            let scaled = Real::abs(value * value.binary_scale());
            assert!((1.0..2.0).contains(&scaled), "{value} -> {scaled}");
        }
        for value in [1.0_f32, 1e-30, 1e30, -7.25] {
            let scaled = Real::abs(value * value.binary_scale());
            assert!((1.0..2.0).contains(&scaled), "{value} -> {scaled}");
        }
    }

    #[test]
    fn binary_scale_and_its_inverse_are_finite_for_every_number() {
        for value in [0.0, f64::MIN_POSITIVE, 5e-324, f64::MAX, f64::INFINITY, f64::NAN] {
            let scale = value.binary_scale();
            assert!(scale.is_finite() && scale > 0.0, "{value}");
            assert!((1.0 / scale).is_finite(), "{value}");
        }
    }
}
