//! Numbers in twice the precision of `f64`, as unevaluated sums of two, and inner products that keep most of it.
//!
//! ```text
//! a + b = s + e exactly:   s = fl(a + b),  t = s - a,  e = (a - (s - t)) + (b - t)             6 operations (Knuth)
//! a b = p + e exactly:     p = fl(a b),    e from the halves of a and b, 26 bits each           17 operations (Dekker)
//! x = h + l exactly:       h = x rounded to a multiple of a power of two, l what is left        3 operations
//! ```
//!
//! The third splitting makes long sums cheap: if every h is a whole number of at most b bits in its unit, products of two
//! need 2 b bits, and a sum of N of them is exact in any order while 2 b + log2 N <= 53. What contains an l is smaller by
//! 2^-b, so that plain sums of it lose only eps 2^-b (Ozaki, Ogita, Oishi & Rump, Numer. Algorithms 59 (2012) 95).
//!
//! No product is fused into a sum anywhere: the bits are the same on every machine.
//!
//! Sources: Dekker, Numer. Math. 18 (1971) 224; Knuth, *The Art of Computer Programming*, volume 2, 4.2.2.

use crate::error::Error;
use crate::matrix::{MatRef, divide, dot, largest, pieces, try_zeros};
use crate::scalar::Real;
use alloc::vec::Vec;

/// 2^27 + 1, which splits 53 bits into 26 and 27.
const SPLITTER: f64 = 134_217_729.0;

/// fl(a + b) and its error.
#[inline(always)]
pub(crate) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let other = sum - a;
    (sum, (a - (sum - other)) + (b - other))
}

/// The upper 26 bits, and the rest. Numbers above 1e300 overflow.
#[inline(always)]
pub(crate) fn halves(x: f64) -> (f64, f64) {
    let scaled = SPLITTER * x;
    let high = scaled - (scaled - x);
    (high, x - high)
}

/// fl(a b) and its error, if neither over- nor underflows.
#[inline(always)]
pub(crate) fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    let ((a1, a2), (b1, b2)) = (halves(a), halves(b));
    (product, a2 * b2 - (((product - a1 * b1) - a2 * b1) - a1 * b2))
}

/// high + low, with |low| <= eps/2 |high|. Relative error of an operation: about eps² (2e-31 for a sum of equal signs).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Doubled {
    pub(crate) high: f64,
    pub(crate) low: f64,
}

impl Doubled {
    #[cfg(test)]
    pub(crate) const ZERO: Self = Self { high: 0.0, low: 0.0 };

    /// The sum of two numbers of any sizes.
    #[inline(always)]
    pub(crate) fn sum(a: f64, b: f64) -> Self {
        let (high, low) = two_sum(a, b);
        Self { high, low }
    }

    #[inline(always)]
    pub(crate) fn plus(self, other: Self) -> Self {
        let (high, low) = two_sum(self.high, other.high);
        Self::sum(high, low + (self.low + other.low))
    }

    #[inline(always)]
    pub(crate) fn minus(self, other: Self) -> Self {
        self.plus(Self { high: -other.high, low: -other.low })
    }

    #[inline(always)]
    pub(crate) fn times(self, other: Self) -> Self {
        let (high, low) = two_product(self.high, other.high);
        Self::sum(high, low + (self.high * other.low + self.low * other.high))
    }

    /// By a Newton step from the quotient in single width.
    pub(crate) fn over(self, divisor: f64) -> Self {
        let first = self.high / divisor;
        let (product, error) = two_product(first, divisor);
        let rest = (self.high - product) - error + self.low;
        Self::sum(first, rest / divisor)
    }

    /// x^(-1/2) of a positive number, by a Newton step: y + y (1 - x y²) / 2.
    pub(crate) fn inverse_root(self) -> Self {
        let first = 1.0 / Real::sqrt(self.high);
        let product = self.times(Self::sum(first, 0.0)).times(Self::sum(first, 0.0));
        let defect = (1.0 - product.high) - product.low;
        Self::sum(first, first * (0.5 * defect))
    }

    pub(crate) fn value(self) -> f64 {
        self.high + self.low
    }
}

/// What rounds a number to a multiple of a power of two when it is added and subtracted again: 1.5 2^52 units. The unit is
/// such that numbers up to `most` have at most `bits` bits.
pub(crate) fn rounder(most: f64, bits: u32) -> f64 {
    // |x| < 2 / binary_scale, so that |x| <= 2^bits units after rounding.
    let unit = libm::ldexp(2.0 / most.binary_scale(), -i32::try_from(bits).unwrap_or(i32::MAX));
    if most > 0.0 { unit * 6_755_399_441_055_744.0 } else { 0.0 }
}

/// A multiple of the unit near x, and what is left; x and 0 without a unit.
#[inline(always)]
pub(crate) fn round_by(x: f64, rounder: f64) -> (f64, f64) {
    let high = (x + rounder) - rounder;
    (high, x - high)
}

/// Bits of each factor so that a sum of `terms` products is exact.
fn bits_of_factors(terms: usize) -> u32 {
    let for_the_sum = usize::BITS.saturating_sub(terms.leading_zeros());
    53_u32.saturating_sub(for_the_sum) / 2
}

/// The columns of a matrix, ready for many inner products with vectors of twice the precision.
#[derive(Debug)]
pub(crate) struct SplitColumns {
    rows: usize,
    bits: u32,
    whole: Vec<f64>,
    high: Vec<f64>,
    low: Vec<f64>,
    /// The halves of the vector.
    vector: [Vec<f64>; 2],
}

impl SplitColumns {
    pub(crate) fn of(matrix: MatRef<'_, f64>) -> Result<Self, Error> {
        let (rows, length) = (matrix.rows(), matrix.rows().saturating_mul(matrix.cols()));
        let bits = bits_of_factors(rows);
        let mut new = Self {
            rows,
            bits,
            whole: try_zeros(length)?,
            high: try_zeros(length)?,
            low: try_zeros(length)?,
            vector: [try_zeros(rows)?, try_zeros(rows)?],
        };
        let rounders = matrix.columns().map(|column| rounder(largest(column), bits));
        let rounded = matrix
            .columns()
            .zip(rounders)
            .flat_map(|(column, rounder)| column.iter().map(move |x| (*x, round_by(*x, rounder))));
        let parts = new.whole.iter_mut().zip(&mut new.high).zip(&mut new.low);
        for (((whole, high), low), (x, (h, l))) in parts.zip(rounded) {
            (*whole, *high, *low) = (x, h, l);
        }
        Ok(new)
    }

    pub(crate) fn columns(&self) -> usize {
        divide(self.whole.len(), self.rows).0
    }

    /// The inner product of each column with high + low: `out` gets one a column, its parts apart.
    ///
    /// Error: about eps 2^-b |column| |vector| sqrt(rows), with b = 22 bits for 500 rows.
    pub(crate) fn products(&mut self, high: &[f64], low: &[f64], out: [&mut [f64]; 2]) {
        let [upper, lower] = &mut self.vector;
        let rounder = rounder(largest(high), self.bits);
        let parts = upper.iter_mut().zip(lower.iter_mut()).zip(high).zip(low);
        for (((upper, lower), high), low) in parts {
            let (h, l) = round_by(*high, rounder);
            (*upper, *lower) = (h, l + *low);
        }
        let [out_high, out_low] = out;
        let columns = pieces(&self.high, self.rows)
            .zip(pieces(&self.low, self.rows))
            .zip(pieces(&self.whole, self.rows));
        let out = out_high.iter_mut().zip(out_low);
        for ((out_high, out_low), ((h, l), x)) in out.zip(columns) {
            *out_high = dot(h, upper);
            *out_low = dot(l, upper) + dot(x, lower);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::qr::tests::noise;

    /// Whole numbers times powers of two, whose sums and products `i128` holds exactly.
    fn whole(x: f64, exponent: i32) -> i128 {
        let scaled = libm::ldexp(x, exponent);
        assert_eq!(scaled, libm::trunc(scaled));
        scaled as i128
    }

    #[test]
    fn sums_and_products_and_their_errors_are_exact() {
        let mut noise = noise(5);
        for _ in 0..1000 {
            let (a, b) = (noise(), libm::ldexp(noise(), -20));
            let (sum, error) = two_sum(a, b);
            assert_eq!(whole(a, 90) + whole(b, 90), whole(sum, 90) + whole(error, 90));
            let (a, b) = (round_by(a, rounder(1.0, 50)).0, round_by(b, rounder(1.0, 50)).0);
            let (product, error) = two_product(a, b);
            assert_eq!(whole(a, 50) * whole(b, 50), whole(product, 100) + whole(error, 100));
        }
    }

    #[test]
    fn operations_keep_a_hundred_bits() {
        let third = Doubled::sum(1.0, 0.0).over(3.0);
        let rest = third.plus(third).plus(third).minus(Doubled::sum(1.0, 0.0));
        assert!(rest.value().abs() < 1e-31, "{rest:?}");
        let square = third.inverse_root().times(third.inverse_root()).times(third);
        assert!(square.minus(Doubled::sum(1.0, 0.0)).value().abs() < 1e-30, "{square:?}");
    }

    #[test]
    fn inner_products_keep_twenty_bits_more_than_a_plain_sum() {
        // Each column is orthogonal to the vector up to a part of 1e-12, which a plain sum loses to 1e-4.
        let (n, mut noise) = (300, noise(6));
        let mut columns = try_zeros(2 * n).unwrap();
        columns.iter_mut().for_each(|x| *x = noise());
        let mut high = try_zeros(n).unwrap();
        high.iter_mut().for_each(|x| *x = noise());
        let low: Vec<f64> = high.iter().map(|x| 3e-17 * x).collect();
        let exact = |column: &[f64]| {
            let terms = column.iter().zip(high.iter().zip(&low));
            terms.fold(Doubled::ZERO, |sum, (x, (h, l))| {
                let vector = Doubled::sum(*h, *l);
                sum.plus(vector.times(Doubled::sum(*x, 0.0)))
            })
        };
        let rest = exact(&columns[1..n]);
        columns[0] = (1e-12 - rest.value()) / high[0];
        let matrix = MatRef::new(&columns, n, 2).unwrap();
        let (mut a, mut b) = ([0.0; 2], [0.0; 2]);
        let mut split = SplitColumns::of(matrix).unwrap();
        split.products(&high, &low, [&mut a, &mut b]);
        for (column, (a, b)) in matrix.columns().zip(a.iter().zip(&b)) {
            let difference = exact(column).minus(Doubled::sum(*a, *b)).value();
            assert!(difference.abs() < 1e-20, "{difference:e}");
        }
    }
}
