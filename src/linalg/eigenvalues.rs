//! Eigenvalues of a real square matrix: balance, reduce to Hessenberg form, Francis' double-shift QR.
//!
//! 1. Scale by a power of two so that the largest entry is in [1, 2): 1e-30 and 1e30 survive in `f32`.
//! 2. Balance: push eigenvalues that stand alone in their row or column to the ends, then scale rows
//!    and columns by powers of two until their sizes agree (Parlett & Reinsch, *Balancing a matrix for
//!    calculation of eigenvalues and eigenvectors*, Numer. Math. 13, 1969; Handbook II/11).
//! 3. Householder reduction to upper Hessenberg form (Golub & Van Loan, 4th ed., 7.4.3).
//! 4. Implicit double-shift QR (Francis 1961; Golub & Van Loan 7.5), with exceptional shifts.

use crate::error::Error;
use crate::matrix::{Cells, MatMut, add_scaled, check, dot};
use crate::scalar::{Real, Scalar};

/// QR steps for one eigenvalue; two or three are usual.
const STEPS: usize = 60;
/// After every so many steps without a result, a shift that does not follow from the matrix.
const EXCEPTIONAL: usize = 10;
/// Rounds of balancing; two to five are usual.
const ROUNDS: usize = 40;

/// Eigenvalues λ = real + i imaginary of a square matrix.
///
/// - `a`: n x n; destroyed.
/// - `real`, `imaginary`: n each.
///
/// Order: descending modulus, then descending real part. The two of a conjugate pair are adjacent and
/// have the same real part to the bit, the one with positive imaginary part first.
///
/// Cost: about 10 n³ flops, no memory beside the arguments. Accuracy: every λ is an eigenvalue of a
/// matrix within 10 n eps ‖A‖ of A, that is, the smallest singular value of A - λ I is at most that
/// (tested for n = 1..64, `f32` and `f64`). An eigenvalue itself is the more sensitive the closer its
/// left and right eigenvectors are to orthogonal; a Jordan block of order k turns eps into eps^(1/k).
///
/// # Errors
/// [`Error::ShapeMismatch`]; [`Error::NonFiniteEntry`] if an entry is not finite or an eigenvalue
/// overflows; [`Error::NotConverged`] after 60 QR steps for one eigenvalue.
///
/// # Example
/// ```
/// use dynamical_similarity::{MatMut, linalg::eigenvalues::eigenvalues_in};
/// let mut a = [0.0, 2.0, 0.0, -2.0, 0.0, 0.0, 0.0, 0.0, -3.0]; // a rotation times 2, and -3
/// let (mut real, mut imaginary) = ([0.0_f64; 3], [0.0; 3]);
/// eigenvalues_in(&mut MatMut::new(&mut a, 3, 3)?, &mut real, &mut imaginary)?;
/// assert_eq!(real, [-3.0, 0.0, 0.0]);
/// assert_eq!(imaginary, [0.0, 2.0, -2.0]);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn eigenvalues_in<T: Scalar>(
    a: &mut MatMut<'_, T>,
    real: &mut [T],
    imaginary: &mut [T],
) -> Result<(), Error> {
    let order = a.as_ref().check_square()?;
    check("the number of real parts", order, real.len())?;
    check("the number of imaginary parts", order, imaginary.len())?;
    a.as_ref().check_finite()?;
    let scale = a.as_ref().largest().binary_scale();
    if scale != T::ONE {
        a.scale(scale);
    }
    let (low, end) = isolate(a);
    equilibrate(a, low, end);
    reduce(a, low, end, real, imaginary);
    iterate(a, low, end, real, imaginary)?;
    sort(a, real, imaginary);
    let inverse = T::ONE / scale;
    for (i, x) in real.iter_mut().chain(imaginary).enumerate() {
        *x *= inverse;
        if !Real::is_finite(*x) {
            return Err(Error::NonFiniteEntry { row: i % order, column: i % order });
        }
    }
    Ok(())
}

/// Exchanges rows and columns until everything before `low` and from `end` on is upper triangular;
/// returns `low..end`, which is never empty.
fn isolate<T: Scalar>(a: &mut MatMut<'_, T>) -> (usize, usize) {
    let (mut low, mut end) = (0, a.cols());
    // A row without entries beside the diagonal: its eigenvalue goes to the end.
    while end > 1 {
        let Some(row) = (0..end).rev().find(|&i| (0..end).all(|j| i == j || is_zero(a, i, j)))
        else {
            break;
        };
        end -= 1;
        exchange(a, row, end);
    }
    // A column without: to the front.
    while low + 1 < end {
        let Some(column) = (low..end).find(|&j| (low..end).all(|i| i == j || is_zero(a, i, j)))
        else {
            break;
        };
        exchange(a, low, column);
        low += 1;
    }
    (low, end)
}

#[inline(always)]
fn is_zero<T: Scalar>(a: &MatMut<'_, T>, i: usize, j: usize) -> bool {
    a.at(i, j) == T::ZERO
}

/// Exchanges indices i <= j, in rows and columns.
fn exchange<T: Scalar>(a: &mut MatMut<'_, T>, i: usize, j: usize) {
    if i == j {
        return;
    }
    let (left, right) = a.two_columns_mut(i, j);
    left.iter_mut().zip(right).for_each(|(x, y)| core::mem::swap(x, y));
    for column in a.columns_mut() {
        let (x, y) = (column.at(i), column.at(j));
        column.put(i, y);
        column.put(j, x);
    }
}

/// A := D⁻¹ A D with D of powers of two, so that the sums over each row and each column (without the
/// diagonal) differ by a factor of two at most.
fn equilibrate<T: Scalar>(a: &mut MatMut<'_, T>, low: usize, end: usize) {
    for _ in 0..ROUNDS {
        let mut settled = true;
        for i in low..end {
            let (mut row, mut column) = (T::ZERO, T::ZERO);
            let here = a.column(i);
            for j in (low..end).filter(|&j| j != i) {
                row += Real::abs(a.at(i, j));
                column += Real::abs(here.at(j));
            }
            let Some(factor) = balancing_factor(row, column) else { continue };
            settled = false;
            let inverse = T::ONE / factor;
            for j in low..end {
                a.set(i, j, a.at(i, j) * inverse);
            }
            a.column_mut(i).iter_mut().for_each(|x| *x *= factor);
        }
        if settled {
            break;
        }
    }
}

/// The power of two f that brings column f and row / f closest; `None` if it would not lower their
/// sum by 5 %.
fn balancing_factor<T: Scalar>(row: T, column: T) -> Option<T> {
    let (four, limit) = (T::of(4.0), T::ONE / T::EPSILON);
    if row <= T::ZERO || column <= T::ZERO {
        return None;
    }
    let mut factor = T::ONE;
    let mut scaled = column;
    while scaled * T::TWO < row && factor < limit {
        factor *= T::TWO;
        scaled *= four;
    }
    while scaled >= row * T::TWO && factor * limit > T::ONE {
        factor *= T::HALF;
        scaled *= T::of(0.25);
    }
    // scaled = column f², so scaled + row = f (column f + row / f).
    let lower = (scaled + row) < T::of(0.95) * factor * (column + row);
    (factor != T::ONE && lower).then_some(factor)
}

/// Reduces rows and columns `low..end` to upper Hessenberg form; the rows above and the columns to the
/// right have no part in the eigenvalues. `v` and `product` are scratch.
///
/// The reflection I - τ v vᵀ of a column acts on A from both sides: after A v is known, both can be
/// applied to one column after the other.
fn reduce<T: Scalar>(
    a: &mut MatMut<'_, T>,
    low: usize,
    end: usize,
    v: &mut [T],
    product: &mut [T],
) {
    let rows = end - low;
    let product = product.part_mut(0, rows);
    for k in low..end.saturating_sub(2) {
        let (first, length) = (k + 1, end - k - 1);
        let v = v.part_mut(0, length);
        let column = a.column_mut(k).part_mut(first, length);
        v.iter_mut().zip(column.iter()).for_each(|(to, x)| *to = *x);
        let reflection = reflection(v);
        column.fill(T::ZERO);
        let Some(Reflection { beta, factor }) = reflection else {
            column.put(0, v.at(0));
            continue;
        };
        column.put(0, beta);

        product.fill(T::ZERO);
        for (j, weight) in (first..end).zip(v.iter()) {
            add_scaled(product, factor * *weight, a.column(j).part(low, rows));
        }
        for (column, weight) in a.columns_mut_from(first).zip(v.iter()) {
            add_scaled(column.part_mut(low, rows), -*weight, product);
            let lower = column.part_mut(first, length);
            let weight = factor * dot(v, lower);
            add_scaled(lower, -weight, v);
        }
    }
}

/// I - τ v vᵀ maps a vector to (β, 0, …).
struct Reflection<T> {
    beta: T,
    factor: T,
}

/// Turns x into v with v₀ = 1; `None` if x is (β, 0, …) already, or its tail so small, beside entries
/// of order one, that its square would lose digits to underflow: then the tail is set to zero.
#[inline(always)]
fn reflection<T: Scalar>(x: &mut [T]) -> Option<Reflection<T>> {
    let (head, tail) = x.split_first_mut()?;
    let alpha = *head;
    let rest = dot(tail, tail);
    if rest <= T::MIN_POSITIVE / T::EPSILON {
        return None;
    }
    let norm = Real::sqrt(alpha * alpha + rest);
    let beta = if alpha > T::ZERO { -norm } else { norm };
    let inverse = T::ONE / (alpha - beta);
    tail.iter_mut().for_each(|x| *x *= inverse);
    *head = T::ONE;
    Some(Reflection { beta, factor: (beta - alpha) / beta })
}

/// From Hessenberg form to eigenvalues, unordered but with the two of a pair adjacent.
fn iterate<T: Scalar>(
    a: &mut MatMut<'_, T>,
    low: usize,
    end: usize,
    real: &mut [T],
    imaginary: &mut [T],
) -> Result<(), Error> {
    imaginary.fill(T::ZERO);
    for (i, x) in real.iter_mut().enumerate() {
        *x = a.at(i, i);
    }
    let mut end = end;
    let mut steps = 0;
    while end > low {
        let start = block_start(a, low, end);
        match end - start {
            1 => real.put(start, a.at(start, start)),
            2 => {
                let (first, second) = Block::at(a, start).eigenvalues();
                real.put(start, first.0);
                imaginary.put(start, first.1);
                real.put(start + 1, second.0);
                imaginary.put(start + 1, second.1);
            }
            _ if steps == STEPS => {
                return Err(Error::NotConverged {
                    what: "eigenvalue iteration",
                    iterations: STEPS,
                });
            }
            _ => {
                steps += 1;
                let shifts = if steps % EXCEPTIONAL == 0 {
                    Block::exceptional(a, end)
                } else {
                    Block::at(a, end - 2)
                };
                step(a, start, end, &shifts);
                continue;
            }
        }
        end = start;
        steps = 0;
    }
    Ok(())
}

/// Where the last unreduced block of rows `low..end` begins; the entry to its left is set to zero.
#[inline(always)]
fn block_start<T: Scalar>(a: &mut MatMut<'_, T>, low: usize, end: usize) -> usize {
    let mut start = end - 1;
    while start > low {
        let size = Real::abs(a.at(start, start - 1));
        let neighbours = Real::abs(a.at(start - 1, start - 1)) + Real::abs(a.at(start, start));
        // Beside entries of order one; the second bound is for a diagonal of zeros.
        if size <= T::EPSILON * neighbours || size <= T::MIN_POSITIVE / T::EPSILON {
            a.set(start, start - 1, T::ZERO);
            break;
        }
        start -= 1;
    }
    start
}

/// A 2 x 2 matrix [a b; c d] whose eigenvalues are shifts, or results.
struct Block<T> {
    a: T,
    b: T,
    c: T,
    d: T,
}

impl<T: Scalar> Block<T> {
    /// Rows and columns i and i + 1.
    fn at(m: &MatMut<'_, T>, i: usize) -> Self {
        let j = i + 1;
        Self { a: m.at(i, i), b: m.at(i, j), c: m.at(j, i), d: m.at(j, j) }
    }

    /// Shifts of the size of the last two couplings, for cycles like that of a cyclic shift matrix
    /// (Wilkinson; the constants are LAPACK's).
    fn exceptional(m: &MatMut<'_, T>, end: usize) -> Self {
        let size = Real::abs(m.at(end - 1, end - 2)) + Real::abs(m.at(end - 2, end - 3));
        let d = T::of(0.75) * size + m.at(end - 1, end - 1);
        Self { a: d, b: T::of(-0.4375) * size, c: size, d }
    }

    /// Both eigenvalues as (real, imaginary); of a pair, the one with positive imaginary part first.
    fn eigenvalues(&self) -> ((T, T), (T, T)) {
        let &Self { a, b, c, d } = self;
        let half = T::HALF * (a - d);
        // half² + b c, scaled against underflow and overflow.
        let size = Real::abs(half).larger(Real::abs(b).larger(Real::abs(c)));
        let scale = size.binary_scale();
        let (h, b, c) = (half * scale, b * scale, c * scale);
        let discriminant = h * h + b * c;
        let root = Real::sqrt(Real::abs(discriminant));
        if discriminant < T::ZERO {
            let (x, y) = (d + half, root / scale);
            return ((x, y), (x, -y));
        }
        // The root of larger modulus without cancellation, the other from the product.
        let far = if h < T::ZERO { h - root } else { h + root };
        let near = if far == T::ZERO { T::ZERO } else { -(b * c) / far };
        ((d + far / scale, T::ZERO), (d + near / scale, T::ZERO))
    }
}

/// One implicit double-shift QR step on the unreduced block `start..end`, of order three at least
/// (Golub & Van Loan, algorithm 7.5.1).
fn step<T: Scalar>(a: &mut MatMut<'_, T>, start: usize, end: usize, shifts: &Block<T>) {
    let corner = Block::at(a, start);
    let (near, far) = (corner.a - shifts.a, corner.a - shifts.d);
    // The first column of (H - s₁ I)(H - s₂ I), divided by the coupling of rows one and two, which is
    // not negligible; a product of two small entries could underflow.
    let mut x = [
        near / corner.c * far - shifts.b / corner.c * shifts.c + corner.b,
        near + corner.d - shifts.d,
        a.at(start + 2, start + 1),
    ];
    for k in start..end - 2 {
        if k > start {
            x = [a.at(k, k - 1), a.at(k + 1, k - 1), a.at(k + 2, k - 1)];
        }
        let Some((v, beta)) = Reflector::new(x) else { continue };
        if k > start {
            let column = a.column_mut(k - 1);
            column.put(k, beta);
            column.put(k + 1, T::ZERO);
            column.put(k + 2, T::ZERO);
        }
        for column in a.columns_mut_from(k).take(end - k) {
            if let Some(rows) = column.get_mut(k..).and_then(|tail| tail.first_chunk_mut::<3>()) {
                v.apply(rows);
            }
        }
        let rows = (k + 4).min(end) - start;
        let mut columns = a.columns_mut_from(k);
        if let (Some(p), Some(q), Some(r)) = (columns.next(), columns.next(), columns.next()) {
            let p = p.part_mut(start, rows).iter_mut();
            let qr = q.part_mut(start, rows).iter_mut().zip(r.part_mut(start, rows));
            for (p, (q, r)) in p.zip(qr) {
                v.apply_to(p, q, r);
            }
        }
    }
    last_rotation(a, start, end);
}

/// The end of the chase: a reflection of two rows and columns.
#[inline(always)]
fn last_rotation<T: Scalar>(a: &mut MatMut<'_, T>, start: usize, end: usize) {
    let k = end - 2;
    let x = [a.at(k, k - 1), a.at(k + 1, k - 1), T::ZERO];
    let Some((v, beta)) = Reflector::new(x) else { return };
    a.set(k, k - 1, beta);
    a.set(k + 1, k - 1, T::ZERO);
    let mut nothing = T::ZERO;
    for column in a.columns_mut_from(k).take(2) {
        if let Some([p, q]) = column.get_mut(k..).and_then(|tail| tail.first_chunk_mut::<2>()) {
            v.apply_to(p, q, &mut nothing);
        }
    }
    let (left, right) = a.two_columns_mut(k, k + 1);
    let rows = end - start;
    for (p, q) in left.part_mut(start, rows).iter_mut().zip(right.part_mut(start, rows)) {
        v.apply_to(p, q, &mut nothing);
    }
}

/// I - τ (1, v₁, v₂)ᵀ(1, v₁, v₂).
struct Reflector<T> {
    v1: T,
    v2: T,
    factor: T,
    factor1: T,
    factor2: T,
}

impl<T: Scalar> Reflector<T> {
    /// The reflection that maps x to (β, 0, 0), with β; `None` if x is zero.
    #[inline(always)]
    fn new(x: [T; 3]) -> Option<(Self, T)> {
        let [x0, x1, x2] = x;
        let size = Real::abs(x0) + Real::abs(x1) + Real::abs(x2);
        if size <= T::MIN_POSITIVE {
            return None;
        }
        let inverse = T::ONE / size;
        let (x0, x1, x2) = (x0 * inverse, x1 * inverse, x2 * inverse);
        let norm = Real::sqrt(x0 * x0 + x1 * x1 + x2 * x2);
        let beta = if x0 > T::ZERO { -norm } else { norm };
        let (v0, factor) = (x0 - beta, (beta - x0) / beta);
        let (v1, v2) = (x1 / v0, x2 / v0);
        let reflector = Self { v1, v2, factor, factor1: factor * v1, factor2: factor * v2 };
        Some((reflector, beta * size))
    }

    #[inline(always)]
    fn apply(&self, rows: &mut [T; 3]) {
        let [p, q, r] = rows;
        self.apply_to(p, q, r);
    }

    #[inline(always)]
    fn apply_to(&self, p: &mut T, q: &mut T, r: &mut T) {
        let sum = *p + self.v1 * *q + self.v2 * *r;
        *p -= sum * self.factor;
        *q -= sum * self.factor1;
        *r -= sum * self.factor2;
    }
}

/// Sorts by descending modulus, then descending real part, and keeps pairs together. The matrix has
/// served: its first two columns hold the moduli and the pairs' numbers.
fn sort<T: Scalar>(a: &mut MatMut<'_, T>, real: &mut [T], imaginary: &mut [T]) {
    let order = real.len();
    if order < 2 {
        return;
    }
    let (moduli, pairs) = a.two_columns_mut(0, 1);
    let mut number = T::ZERO;
    for i in 0..order {
        moduli.put(i, modulus(real.at(i), imaginary.at(i)));
        // The second of a pair keeps the first's number.
        if imaginary.at(i) >= T::ZERO {
            number = T::count(i);
        }
        pairs.put(i, number);
    }
    for i in 1..order {
        let (size, re) = (moduli.at(i), real.at(i));
        let (im, pair) = (imaginary.at(i), pairs.at(i));
        let mut at = i;
        while at > 0 {
            let before = at - 1;
            let (other_size, other_re) = (moduli.at(before), real.at(before));
            let follows = (other_size, other_re, -pairs.at(before), imaginary.at(before))
                >= (size, re, -pair, im);
            if follows {
                break;
            }
            moduli.put(at, other_size);
            real.put(at, other_re);
            imaginary.put(at, imaginary.at(before));
            pairs.put(at, pairs.at(before));
            at = before;
        }
        moduli.put(at, size);
        real.put(at, re);
        imaginary.put(at, im);
        pairs.put(at, pair);
    }
}

/// |x + i y| without overflow or underflow; exact where one part is zero.
#[inline(always)]
fn modulus<T: Scalar>(x: T, y: T) -> T {
    let (x, y) = (Real::abs(x), Real::abs(y));
    let (large, small) = (x.larger(y), x.smaller(y));
    if small == T::ZERO {
        return large;
    }
    let ratio = small / large;
    large * Real::sqrt(T::ONE + ratio * ratio)
}
