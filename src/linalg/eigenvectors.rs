//! Eigenvectors of a real square matrix: inverse iteration on its Hessenberg form.
//!
//! ```text
//! A = Q H Qᵀ                                   H upper Hessenberg, Q a product of reflections
//! for each eigenvalue λ of A, one of each conjugate pair
//!     P (H - λ I) = L U                        exchanges of neighbouring rows; a pivot that is too small becomes eps |A|
//!     at most 8 times, until |H x - λ x| <= 4 n eps |A| |x|
//!         b = pseudo-random numbers, others every time
//!         x = U⁻¹ b, scaled down wherever it would overflow        a step of inverse iteration from Pᵀ L b
//!         x = x / |x|
//!     vector = Q x, turned so that its largest entry is real and positive
//! ```
//!
//! Golub & Van Loan, Matrix Computations, 4th ed., 7.6.1; Ipsen, *Computing an eigenvector with inverse iteration*, SIAM
//! Rev. 39 (1997) 254. Since λ is an eigenvalue of a matrix within rounding of A, a single step from almost any start is
//! enough; a second step from its result would be worse where A is defective, so that a start that fails is replaced by
//! another one (Wilkinson 1965, 9.60). Every eigenvalue has starts of its own, so that equal eigenvalues get different vectors
//! of their common space wherever there are any.

use super::eigenvalues::reduce;
use super::random::SplitMix;
use crate::error::{Error, Setting};
use crate::matrix::{Cells, Layout, MatMut, MatRef, add_scaled, area, check, copy, dot};
use crate::scalar::{Real, Scalar};

/// Starts for one vector; one or two are usual.
const STARTS: usize = 8;
/// An entry that is more than so many times its pivot is scaled down before it is divided by it.
const GROWTH: f64 = 1.1e12;

/// Scalars of memory that [`eigenvectors_in`] needs: 3 n² + 8 n.
///
/// ```
/// assert_eq!(dynamical_similarity::linalg::eigenvectors::eigenvectors_memory_len(10), 380);
/// ```
#[must_use]
pub const fn eigenvectors_memory_len(order: usize) -> usize {
    layout(order).len()
}

/// Reflections and their factors; U with its real and its imaginary parts; the multipliers of L, the exchanges, the vector
/// and its image.
const fn layout(n: usize) -> Layout<11> {
    let square = area(n, n);
    Layout::new([square, n, square, square, n, n, n, n, n, n, n])
}

/// Eigenvectors A v = λ v of eigenvalues that are known.
///
/// - `a`: n x n; destroyed.
/// - `real`, `imaginary`: n each; the eigenvalues of A, or of its transpose, as from
///   [`eigenvalues_in`](super::eigenvalues::eigenvalues_in).
/// - `vectors`: n x n. The column of a real eigenvalue is its vector. The columns of a conjugate pair are the real and the
///   imaginary part of the vector v of the eigenvalue with positive imaginary part; that of the other is its conjugate.
///
/// Vectors have length 1, and their largest entry (the first of equal ones) is real and positive.
///
/// Cost: 10/3 n³ flops for the Hessenberg form and about 16 n³ for the vectors. Memory:
/// [`eigenvectors_memory_len`].
///
/// Accuracy: |A v - λ v| <= 10 n eps |A|_F (measured: at most 4 n eps |A|_F on random, graded, deficient, orthogonal,
/// nilpotent and Jordan matrices up to n = 64, `f32` and `f64`). How near v is to a vector of A itself depends on the gap
/// between λ and other eigenvalues; of a Jordan block only one direction is found.
///
/// # Errors
/// [`Error::ShapeMismatch`]; [`Error::NonFiniteEntry`] if an entry or an eigenvalue is not finite;
/// [`Error::InvalidSetting`] if conjugate eigenvalues are not neighbours, the positive imaginary part first;
/// [`Error::MemoryTooSmall`]; [`Error::NotConverged`] if a residual stays above sqrt(eps) |A|, as where a number is no
/// eigenvalue.
///
/// # Example
/// ```
/// use dynamical_similarity::{MatMut, linalg::eigenvectors};
/// let mut a = [2.0_f64, 0.0, 1.0, 3.0]; // [2 1; 0 3]: the vectors are (1, 1) of 3 and (1, 0) of 2
/// let (real, imaginary, mut vectors) = ([3.0, 2.0], [0.0; 2], [0.0; 4]);
/// let mut memory = [0.0; eigenvectors::eigenvectors_memory_len(2)];
/// let (mut a, mut v) = (MatMut::new(&mut a, 2, 2)?, MatMut::new(&mut vectors, 2, 2)?);
/// eigenvectors::eigenvectors_in(&mut a, &real, &imaginary, &mut v, &mut memory)?;
/// assert!((v.at(0, 0) - v.at(1, 0)).abs() < 1e-14 && v.at(1, 1).abs() < 1e-14);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn eigenvectors_in<T: Scalar>(
    a: &mut MatMut<'_, T>,
    real: &[T],
    imaginary: &[T],
    vectors: &mut MatMut<'_, T>,
    memory: &mut [T],
) -> Result<(), Error> {
    let n = a.as_ref().check_square()?;
    check("the number of rows of the vectors", n, vectors.rows())?;
    check("the number of columns of the vectors", n, vectors.cols())?;
    check("the number of real parts", n, real.len())?;
    check("the number of imaginary parts", n, imaginary.len())?;
    let (pieces, _) = layout(n).cut(memory)?;
    let [reflections, factors, upper, upper_imaginary, rest @ ..] = pieces;
    let [multipliers, multipliers_imaginary, exchanges, x, y, image, image_imaginary] = rest;
    a.as_ref().check_finite()?;
    check_pairs(real, imaginary)?;
    let scale = a.as_ref().largest().binary_scale();
    a.scale(scale);

    // A = Q H Qᵀ
    let mut reflections = MatMut::over(reflections, n, n);
    factors.fill(T::ZERO);
    reduce(a, 0, n, x, y, |k, v, factor| {
        copy(reflections.column_mut(k), v);
        factors.put(k, factor);
    });
    let hessenberg = a.as_ref();
    // The largest entry is 1 at least, unless all are zero.
    let norm = hessenberg.frobenius_norm().larger(T::ONE);
    let mut factored = Factored {
        upper: [upper, upper_imaginary].map(|part| MatMut::over(part, n, n)),
        multipliers: [multipliers, multipliers_imaginary],
        exchanges,
        smallest: T::EPSILON * norm,
    };
    let mut iteration = Iteration { hessenberg, norm, x: [x, y], image: [image, image_imaginary] };

    // for each eigenvalue of A, one of each conjugate pair
    for j in 0..n {
        let lambda = [real.at(j) * scale, imaginary.at(j) * scale];
        if lambda[1] < T::ZERO {
            continue;
        }
        factored.factor(hessenberg, lambda);
        iteration.run(&factored, lambda, j)?;
        let [x, y] = &mut iteration.x;
        for part in [&mut **x, &mut **y] {
            apply_reflections(&reflections, factors, part);
        }
        turn(x, y);
        copy(vectors.column_mut(j), x);
        if lambda[1] > T::ZERO && j + 1 < n {
            copy(vectors.column_mut(j + 1), y);
        }
    }
    vectors.as_ref().check_finite()
}

/// Checks that eigenvalues are finite, and that each has its conjugate beside it.
fn check_pairs<T: Scalar>(real: &[T], imaginary: &[T]) -> Result<(), Error> {
    let mut first = None;
    for (row, (x, y)) in real.iter().zip(imaginary).enumerate() {
        if let Some(column) = [x, y].iter().position(|part| !Real::is_finite(**part)) {
            return Err(Error::NonFiniteEntry { row, column });
        }
        first = match first {
            Some((re, im)) if (re, im) == (*x, -*y) => None,
            None if *y == T::ZERO => None,
            None if *y > T::ZERO => Some((*x, *y)),
            _ => return Err(UNPAIRED),
        };
    }
    if first.is_some() { Err(UNPAIRED) } else { Ok(()) }
}

const UNPAIRED: Error = Error::InvalidSetting {
    setting: Setting::Eigenvalues,
    expected: "in conjugate pairs, the positive imaginary part first",
};

/// x := Q x, with Q = H₀ H₁ ..
fn apply_reflections<T: Scalar>(reflections: &MatMut<'_, T>, factors: &[T], x: &mut [T]) {
    let n = x.len();
    for k in (0..n.saturating_sub(2)).rev() {
        let (first, length) = (k + 1, n - k - 1);
        let (v, x) = (reflections.column(k).part(0, length), x.part_mut(first, length));
        let weight = factors.at(k) * dot(v, x);
        add_scaled(x, -weight, v);
    }
}

/// Makes the largest entry of x + i y real and positive.
fn turn<T: Scalar>(x: &mut [T], y: &mut [T]) {
    let mut largest = ([T::ONE, T::ZERO], T::ZERO);
    for (x, y) in x.iter().zip(y.iter()) {
        let square = *x * *x + *y * *y;
        if square > largest.1 {
            largest = ([*x, *y], square);
        }
    }
    let ([re, im], square) = largest;
    let length = Real::sqrt(square).larger(T::MIN_POSITIVE);
    let (c, s) = (re / length, im / length);
    for (x, y) in x.iter_mut().zip(y) {
        (*x, *y) = (c * *x + s * *y, c * *y - s * *x);
    }
}

/// (x₀ + i x₁)(y₀ + i y₁)
#[inline(always)]
fn times<T: Scalar>([a, b]: [T; 2], [c, d]: [T; 2]) -> [T; 2] {
    [a * c - b * d, a * d + b * c]
}

/// x / y without overflow of |y|² (Smith 1962).
#[inline(always)]
fn over<T: Scalar>([a, b]: [T; 2], [c, d]: [T; 2]) -> [T; 2] {
    if Real::abs(c) >= Real::abs(d) {
        let ratio = d / c;
        let size = c + d * ratio;
        [(a + b * ratio) / size, (b - a * ratio) / size]
    } else {
        let ratio = c / d;
        let size = c * ratio + d;
        [(a * ratio + b) / size, (b * ratio - a) / size]
    }
}

/// The larger of both parts, which is |z| up to a factor of sqrt(2).
#[inline(always)]
fn size<T: Scalar>([re, im]: [T; 2]) -> T {
    Real::abs(re).larger(Real::abs(im))
}

#[inline(always)]
fn entry<T: Scalar>(parts: &[&mut [T]; 2], i: usize) -> [T; 2] {
    [parts[0].at(i), parts[1].at(i)]
}

#[inline(always)]
fn set<T: Scalar>(parts: &mut [&mut [T]; 2], i: usize, [re, im]: [T; 2]) {
    parts[0].put(i, re);
    parts[1].put(i, im);
}

/// P (H - λ I) = L U. Rows are exchanged with the next one only, and L has one multiplier for each row.
struct Factored<'m, T> {
    upper: [MatMut<'m, T>; 2],
    multipliers: [&'m mut [T]; 2],
    /// 1 where row k was exchanged with row k + 1, else 0.
    exchanges: &'m mut [T],
    /// Pivots below this are replaced by it.
    smallest: T,
}

impl<T: Scalar> Factored<'_, T> {
    /// Column by column: the eliminations before are applied to it, then its own pivot is chosen.
    fn factor(&mut self, hessenberg: MatRef<'_, T>, lambda: [T; 2]) {
        let n = hessenberg.rows();
        for j in 0..n {
            let mut column = {
                let [re, im] = &mut self.upper;
                [re.column_mut(j), im.column_mut(j)]
            };
            copy(column[0], hessenberg.column(j));
            column[1].fill(T::ZERO);
            set(&mut column, j, [hessenberg.at(j, j) - lambda[0], -lambda[1]]);
            for k in 0..j {
                eliminate(&mut column, k, self.exchanges.at(k), entry(&self.multipliers, k));
            }
            let below = if j + 1 < n { entry(&column, j + 1) } else { [T::ZERO; 2] };
            let mut pivot = entry(&column, j);
            let exchanged = size(below) > size(pivot);
            let mut other = below;
            if exchanged {
                (pivot, other) = (below, pivot);
            }
            if size(pivot) < self.smallest {
                pivot = [self.smallest, T::ZERO];
            }
            set(&mut column, j, pivot);
            set(&mut self.multipliers, j, over(other, pivot));
            self.exchanges.put(j, if exchanged { T::ONE } else { T::ZERO });
        }
    }

    /// x := U⁻¹ x up to a positive factor.
    fn solve(&self, x: &mut [&mut [T]; 2]) {
        for j in (0..self.exchanges.len()).rev() {
            let [re, im] = [self.upper[0].column(j), self.upper[1].column(j)];
            let pivot = [re.at(j), im.at(j)];
            let (large, limit) = (size(entry(x, j)), T::of(GROWTH) * size(pivot));
            if large > limit {
                let factor = limit / large;
                x.iter_mut().for_each(|part| part.iter_mut().for_each(|x| *x *= factor));
            }
            let found = over(entry(x, j), pivot);
            set(x, j, found);
            let [x, y] = x;
            let (x, y) = (x.part_mut(0, j), y.part_mut(0, j));
            for (((x, y), re), im) in x.iter_mut().zip(y).zip(re).zip(im) {
                let [p, q] = times([*re, *im], found);
                *x -= p;
                *y -= q;
            }
        }
    }
}

/// Exchanges rows k and k + 1 where that was done, and subtracts the multiple of row k from row k + 1.
#[inline(always)]
fn eliminate<T: Scalar>(x: &mut [&mut [T]; 2], k: usize, exchanged: T, multiplier: [T; 2]) {
    let (mut here, mut next) = (entry(x, k), entry(x, k + 1));
    if exchanged != T::ZERO {
        core::mem::swap(&mut here, &mut next);
        set(x, k, here);
    }
    let [p, q] = times(multiplier, here);
    set(x, k + 1, [next[0] - p, next[1] - q]);
}

/// Inverse iteration for one vector.
struct Iteration<'m, T> {
    hessenberg: MatRef<'m, T>,
    norm: T,
    x: [&'m mut [T]; 2],
    image: [&'m mut [T]; 2],
}

impl<T: Scalar> Iteration<'_, T> {
    /// Leaves a vector of length 1 in `x`.
    fn run(
        &mut self,
        factored: &Factored<'_, T>,
        lambda: [T; 2],
        number: usize,
    ) -> Result<(), Error> {
        let n = self.hessenberg.rows();
        let start = area(number, area(n, STARTS)) as u64;
        let mut random = SplitMix::after(0, start);
        let enough = T::of(4.0) * T::count(n) * T::EPSILON * self.norm;
        let mut residual = T::MAX;
        // at most 8 times, until |H x - λ x| <= 4 n eps |A| |x|
        for _ in 0..STARTS {
            for x in self.x[0].iter_mut() {
                *x = T::of((random.next() >> 11) as f64 / (1_u64 << 52) as f64 - 1.0);
            }
            self.x[1].fill(T::ZERO);
            factored.solve(&mut self.x);
            self.normalise();
            residual = self.residual(lambda);
            if residual <= enough {
                return Ok(());
            }
        }
        if residual <= Real::sqrt(T::EPSILON) * self.norm {
            Ok(())
        } else {
            Err(Error::NotConverged { what: "inverse iteration", iterations: STARTS })
        }
    }

    fn normalise(&mut self) {
        let most = self
            .x
            .iter()
            .flat_map(|part| part.iter())
            .fold(T::ZERO, |most, x| Real::abs(*x).larger(most));
        let scale = most.binary_scale();
        self.x.iter_mut().for_each(|part| part.iter_mut().for_each(|x| *x *= scale));
        let length = Real::sqrt(self.x.iter().fold(T::ZERO, |sum, part| sum + dot(part, part)));
        self.x.iter_mut().for_each(|part| part.iter_mut().for_each(|x| *x /= length));
    }

    /// |H x - λ x|
    fn residual(&mut self, lambda: [T; 2]) -> T {
        for (image, x) in self.image.iter_mut().zip(&self.x) {
            image.fill(T::ZERO);
            for (j, column) in self.hessenberg.columns().enumerate() {
                add_scaled(image.part_mut(0, j + 2), x.at(j), column);
            }
        }
        let mut square = T::ZERO;
        for i in 0..self.hessenberg.rows() {
            let ([re, im], [p, q]) = (entry(&self.image, i), times(lambda, entry(&self.x, i)));
            let (re, im) = (re - p, im - q);
            square += re * re + im * im;
        }
        Real::sqrt(square)
    }
}
