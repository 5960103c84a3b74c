//! Rotations that make pairs of columns orthogonal, several pairs at once.

use crate::scalar::{Real, Scalar};

/// Pairs that are rotated at once. They have no column in common, so on a processor that overlaps instructions
/// their inner products, roots and quotients do not wait for each other; one without gains nothing. No bit
/// depends on it.
pub(super) const LANES: usize = if cfg!(target_pointer_width = "64") { 4 } else { 1 };

/// One rotation: x' = x - sine (y + half x), y' = y + sine (x - half y).
#[derive(Clone, Copy)]
pub(super) struct Rotation<T> {
    pub(super) sine: T,
    /// sine / (1 + cosine)
    half: T,
}

impl<T: Scalar> Rotation<T> {
    #[inline(always)]
    pub(super) fn apply(self, x: &mut [T], y: &mut [T]) {
        for (x, y) in x.iter_mut().zip(y) {
            let (old_x, old_y) = (*x, *y);
            *x = old_x - self.sine * (old_y + self.half * old_x);
            *y = old_y + self.sine * (old_x - self.half * old_y);
        }
    }
}

/// What happens to one pair.
pub(super) struct RotatedPair<T> {
    /// Of the angle between the columns before.
    pub(super) cosine: T,
    pub(super) rotation: Rotation<T>,
    /// The norms after.
    pub(super) longer: T,
    pub(super) shorter: T,
}

/// What happens to all pairs, lane by lane.
pub(super) struct Rotations<T> {
    cosines: [T; LANES],
    sines: [T; LANES],
    halves: [T; LANES],
    longer: [T; LANES],
    shorter: [T; LANES],
}

impl<T: Scalar> Rotations<T> {
    /// The smaller of the two rotations that make columns with the given inner products and norms
    /// a >= b orthogonal. A lane whose product is zero holds nonsense.
    #[inline(always)]
    pub(super) fn annihilating(products: &[T; LANES], a: &[T; LANES], b: &[T; LANES]) -> Self {
        // |zeta|, and the root of 1 + zeta². Beyond 1/eps that is zeta itself, and the square may overflow.
        let zetas = each3(products, a, b, |g, a, b| (a - b) * (a + b) / Real::abs(g + g));
        let roots = each(&zetas, |zeta| {
            let bounded = zeta.smaller(T::ONE / T::EPSILON);
            Real::sqrt(T::ONE + bounded * bounded).larger(zeta)
        });
        let tangents = each2(&zetas, &roots, |zeta, root| T::ONE / (zeta + root));
        // cos² = (1 + cos of the double angle) / 2
        let cos = each2(&zetas, &roots, |zeta, root| Real::sqrt(T::HALF + T::HALF * (zeta / root)));
        // a >= b: the sign of the angle is that of -product.
        let sines = each3(products, &tangents, &cos, |g, t, c| {
            let size = t * c;
            if g > T::ZERO { -size } else { size }
        });
        let halves = each2(&sines, &cos, |s, c| s / (T::ONE + c));
        let moved = each2(products, &tangents, |g, t| Real::abs(g) * t);
        Self {
            cosines: each3(products, a, b, |g, a, b| Real::abs(g) / (a * b)),
            sines,
            halves,
            longer: each2(a, &moved, |a, moved| Real::sqrt(a * a + moved)),
            shorter: each2(b, &moved, |b, moved| Real::sqrt((b * b - moved).larger(T::ZERO))),
        }
    }

    #[inline(always)]
    pub(super) fn pairs(self) -> impl Iterator<Item = RotatedPair<T>> {
        let rotations = self.sines.into_iter().zip(self.halves);
        let norms = self.longer.into_iter().zip(self.shorter);
        self.cosines.into_iter().zip(rotations).zip(norms).map(
            |((cosine, (sine, half)), (longer, shorter))| RotatedPair {
                cosine,
                rotation: Rotation { sine, half },
                longer,
                shorter,
            },
        )
    }
}

#[inline(always)]
fn each<T: Scalar>(x: &[T; LANES], f: impl Fn(T) -> T) -> [T; LANES] {
    x.map(f)
}

#[inline(always)]
fn each2<T: Scalar>(x: &[T; LANES], y: &[T; LANES], f: impl Fn(T, T) -> T) -> [T; LANES] {
    let mut out = [T::ZERO; LANES];
    for ((out, x), y) in out.iter_mut().zip(x).zip(y) {
        *out = f(*x, *y);
    }
    out
}

#[inline(always)]
fn each3<T: Scalar>(
    x: &[T; LANES],
    y: &[T; LANES],
    z: &[T; LANES],
    f: impl Fn(T, T, T) -> T,
) -> [T; LANES] {
    let mut out = [T::ZERO; LANES];
    for (((out, x), y), z) in out.iter_mut().zip(x).zip(y).zip(z) {
        *out = f(*x, *y, *z);
    }
    out
}
