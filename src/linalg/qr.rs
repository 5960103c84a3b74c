//! Householder QR: A = Q R, in place, and a triangle that takes in any number of new rows.
//!
//! A reflector is H = I - tau u uᵀ with u = [1; v]: it maps [alpha; x] to [beta; 0] with
//! beta = -sign(alpha) |[alpha; x]|, v = x / (alpha - beta) and tau = (beta - alpha) / beta (Golub & Van
//! Loan, Matrix Computations, 4th ed., algorithm 5.1.1, with the sign that never cancels). All entries
//! of v are at most 1 in magnitude and 1 <= tau <= 2, or tau = 0 where there is nothing to do.
//!
//! Reflectors act two at a time, so that a column is read and written once for both: with the inner
//! products d1 = u1ᵀ y, d2 = u2ᵀ y of one pass, u2ᵀ H1 y = d2 - tau1 d1 (u1ᵀ u2). This is the compact WY
//! form (Schreiber & Van Loan, SIAM J. Sci. Stat. Comput. 10 (1989) 53) with blocks of two.
//!
//! Scaling a column by a power of two scales the same column of R and nothing else, bit for bit. Only
//! the norm of a column squares anything; where the squares would leave the range of the scalar,
//! that column is scaled first. So entries of 1e-30 and 1e30 are fine in `f32` too, also mixed.
//!
//! Accuracy: column by column backward stable, |A - Q R| <= c m n eps |A| (Higham, Accuracy and Stability
//! of Numerical Algorithms, 2nd ed., theorem 19.4).

use crate::error::Error;
use crate::matrix::{Cells, MatMut, MatRef, add_scaled, check, dot, largest};
use crate::scalar::{Real, Scalar};

/// QR of a (m x n, any shape), in place: R on and above the diagonal, and below it the vectors v of the
/// min(m, n) reflectors, whose factors go into `tau`. Q = H_0 H_1 ... is never formed.
///
/// The signs of R's diagonal are those that do not cancel; they are not made positive.
///
/// # Errors
/// - [`Error::ShapeMismatch`] if `tau` has not min(m, n) entries,
/// - [`Error::NonFiniteEntry`] if an entry is NaN or infinite, or becomes so by overflow (the norm of
///   a column exceeds the largest scalar).
///
/// Cost: 2 n² (m - n/3) flops for m >= n; no memory.
///
/// ```
/// use dynamical_similarity::{MatMut, linalg::qr};
/// let mut a = [3.0_f64, 4.0, 1.0, 2.0]; // [3 1; 4 2]
/// let mut tau = [0.0; 2];
/// qr::factor_in(&mut MatMut::new(&mut a, 2, 2)?, &mut tau)?;
/// assert!((a[0] + 5.0).abs() < 1e-15 && (a[2] + 2.2).abs() < 1e-15);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn factor_in<T: Scalar>(a: &mut MatMut<'_, T>, tau: &mut [T]) -> Result<(), Error> {
    check("the number of reflectors", a.rows().min(a.cols()), tau.len())?;
    a.as_ref().check_finite()?;
    factor(a, tau);
    a.as_ref().check_finite()
}

/// [`factor_in`] without the checks.
pub(crate) fn factor<T: Scalar>(a: &mut MatMut<'_, T>, tau: &mut [T]) {
    let count = a.rows().min(a.cols());
    for k in (0..count).step_by(2) {
        let mut columns = a.columns_mut_from(k);
        let Some(first) = columns.next() else { return };
        let first = first.part_mut(k, usize::MAX);
        let tau_1 = reflect_column(first);
        tau.put(k, tau_1);
        let single = Single { u: first, tau: tau_1 };
        if k + 1 == count {
            columns.for_each(|y| single.apply(y.part_mut(k, usize::MAX)));
            return;
        }
        let Some(second) = columns.next() else { return };
        let second = second.part_mut(k, usize::MAX);
        single.apply(second);
        let tau_2 = reflect_column(second.part_mut(1, usize::MAX));
        tau.put(k + 1, tau_2);
        let pair = ReflectorPair::of_columns(first, second, [tau_1, tau_2]);
        while let Some(y) = columns.next() {
            let y = y.part_mut(k, usize::MAX);
            match columns.next() {
                Some(z) => pair.apply_to_two(Order::Forward, y, z.part_mut(k, usize::MAX)),
                None => pair.apply_to_one(Order::Forward, y),
            }
        }
    }
}

/// C <- Q C (m x k), with the factors that [`factor_in`] left in `a` (m x n) and `tau`.
///
/// # Errors
/// [`Error::ShapeMismatch`] if the shapes do not fit.
///
/// Cost: 4 m n k flops for n << m; no memory.
pub fn apply_q_in<T: Scalar>(
    a: MatRef<'_, T>,
    tau: &[T],
    c: &mut MatMut<'_, T>,
) -> Result<(), Error> {
    apply(a, tau, Order::Backward, c)
}

/// C <- Qᵀ C (m x k), with the factors that [`factor_in`] left in `a` (m x n) and `tau`.
///
/// # Errors
/// [`Error::ShapeMismatch`] if the shapes do not fit.
///
/// Cost: 4 m n k flops for n << m; no memory.
///
/// ```
/// use dynamical_similarity::{MatMut, MatRef, linalg::qr};
/// let (mut a, mut tau, mut b) = ([3.0_f64, 4.0], [0.0], [3.0, 4.0]);
/// qr::factor_in(&mut MatMut::new(&mut a, 2, 1)?, &mut tau)?;
/// qr::apply_q_transposed_in(MatRef::new(&a, 2, 1)?, &tau, &mut MatMut::new(&mut b, 2, 1)?)?;
/// assert!((b[0] + 5.0).abs() < 1e-15 && b[1].abs() < 1e-15);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn apply_q_transposed_in<T: Scalar>(
    a: MatRef<'_, T>,
    tau: &[T],
    c: &mut MatMut<'_, T>,
) -> Result<(), Error> {
    apply(a, tau, Order::Forward, c)
}

fn apply<T: Scalar>(
    a: MatRef<'_, T>,
    tau: &[T],
    order: Order,
    c: &mut MatMut<'_, T>,
) -> Result<(), Error> {
    let count = check("the number of reflectors", a.rows().min(a.cols()), tau.len())?;
    check("the number of rows of what Q multiplies", a.rows(), c.rows())?;
    match order {
        Order::Forward => (0..count).step_by(2).for_each(|k| apply_at(a, tau, k, order, c, 0)),
        Order::Backward => {
            (0..count).step_by(2).rev().for_each(|k| apply_at(a, tau, k, order, c, 0))
        }
    }
    c.as_ref().check_finite()
}

/// Reflectors k and k + 1 (if there is one) on the columns of C from `from` on.
fn apply_at<T: Scalar>(
    a: MatRef<'_, T>,
    tau: &[T],
    k: usize,
    order: Order,
    c: &mut MatMut<'_, T>,
    from: usize,
) {
    let first = a.column(k).part(k, usize::MAX);
    let mut columns = c.columns_mut_from(from);
    if k + 1 == tau.len() {
        let single = Single { u: first, tau: tau.at(k) };
        columns.for_each(|y| single.apply(y.part_mut(k, usize::MAX)));
        return;
    }
    let second = a.column(k + 1).part(k, usize::MAX);
    let pair = ReflectorPair::of_columns(first, second, [tau.at(k), tau.at(k + 1)]);
    while let Some(y) = columns.next() {
        let y = y.part_mut(k, usize::MAX);
        match columns.next() {
            Some(z) => pair.apply_to_two(order, y, z.part_mut(k, usize::MAX)),
            None => pair.apply_to_one(order, y),
        }
    }
}

/// The thin Q: `q` (m x k, k <= m) becomes the first k columns of the orthogonal factor that
/// [`factor_in`] left in `a` (m x n) and `tau`; k = min(m, n) is the usual choice.
///
/// # Errors
/// [`Error::ShapeMismatch`] if the shapes do not fit.
///
/// Cost: 2 n² (m - n/3) flops for k = n <= m; no memory. Orthogonal to c m n eps.
///
/// ```
/// use dynamical_similarity::{MatMut, MatRef, linalg::qr};
/// let (mut a, mut tau, mut q) = ([3.0_f64, 4.0], [0.0], [0.0; 2]);
/// qr::factor_in(&mut MatMut::new(&mut a, 2, 1)?, &mut tau)?;
/// qr::form_q_in(MatRef::new(&a, 2, 1)?, &tau, &mut MatMut::new(&mut q, 2, 1)?)?;
/// assert!((q[0] + 0.6).abs() < 1e-15 && (q[1] + 0.8).abs() < 1e-15);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn form_q_in<T: Scalar>(
    a: MatRef<'_, T>,
    tau: &[T],
    q: &mut MatMut<'_, T>,
) -> Result<(), Error> {
    let count = check("the number of reflectors", a.rows().min(a.cols()), tau.len())?;
    check("the number of rows of what Q multiplies", a.rows(), q.rows())?;
    q.set_identity();
    for k in (0..count).step_by(2).rev() {
        // Columns before k are still unit vectors above row k: the reflectors leave them alone.
        apply_at(a, tau, k, Order::Backward, q, k);
    }
    Ok(())
}

/// R <- the triangle of QR([R; block]): takes m new rows into the p x p triangle of all rows so far.
/// Start from zeros. RᵀR grows by blockᵀ block, without ever being formed, so singular values down to
/// eps times the largest survive (a Gram matrix loses them at sqrt(eps)).
///
/// `r` (p x p): its upper triangle is read and written; everything below the diagonal becomes zero.
/// `block` (m x p): the new rows; destroyed.
///
/// Reflector k is [1; 0; v] with v of the block's m rows alone: the triangle stays a triangle
/// (the structured update of Golub & Van Loan, section 6.5.3, with m rows at once).
///
/// # Errors
/// - [`Error::ShapeMismatch`] if the shapes do not fit,
/// - [`Error::NonFiniteEntry`] if an entry is NaN or infinite, or becomes so by overflow.
///
/// Cost: 2 m p² flops and p² / 2 more reads; no memory. Blocks of 64 to 256 rows are fastest (they
/// stay in the first cache).
///
/// ```
/// use dynamical_similarity::{MatMut, linalg::qr};
/// let mut r = [0.0_f64; 4];
/// for (x, y) in [(1.0, 2.0), (2.0, 1.0), (2.0, 2.0)] {
///     qr::append_rows_in(&mut MatMut::new(&mut r, 2, 2)?, &mut MatMut::new(&mut [x, y], 1, 2)?)?;
/// }
/// assert!((r[0].abs() - 3.0).abs() < 1e-15); // |[1 2 2]|
/// assert!((r[2] * r[0] - 8.0).abs() < 1e-14); // [1 2 2] . [2 1 2]
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn append_rows_in<T: Scalar>(
    r: &mut MatMut<'_, T>,
    block: &mut MatMut<'_, T>,
) -> Result<(), Error> {
    let p = r.as_ref().check_square()?;
    check("the number of columns of the new rows", p, block.cols())?;
    block.as_ref().check_finite()?;
    for k in (0..p).step_by(2) {
        append_two(k, r, block);
    }
    for (j, column) in r.columns_mut().enumerate() {
        column.part_mut(j + 1, usize::MAX).fill(T::ZERO);
    }
    r.as_ref().check_finite()
}

/// Reflectors k and k + 1 of [`append_rows_in`].
fn append_two<T: Scalar>(k: usize, r: &mut MatMut<'_, T>, block: &mut MatMut<'_, T>) {
    let mut tops = r.columns_mut_from(k);
    let mut tails = block.columns_mut_from(k);
    let (Some(top), Some(first)) = (tops.next(), tails.next()) else { return };
    let Some(diagonal) = top.get_mut(k) else { return };
    let tau_1 = reflect(diagonal, first);
    let (Some(top), Some(second)) = (tops.next(), tails.next()) else { return };
    let [above, diagonal, ..] = top.part_mut(k, 2) else { return };
    let weight = tau_1 * (*above + dot(first, second));
    *above -= weight;
    add_scaled(second, -weight, first);
    let tau_2 = reflect(diagonal, second);
    let pair = ReflectorPair {
        beside: T::ZERO,
        first,
        second,
        taus: [tau_1, tau_2],
        cross: dot(first, second),
    };
    while let (Some(y_top), Some(y)) = (tops.next(), tails.next()) {
        let y = SplitColumn { top: y_top.part_mut(k, 2), tail: y };
        match (tops.next(), tails.next()) {
            (Some(z_top), Some(z)) => {
                let z = SplitColumn { top: z_top.part_mut(k, 2), tail: z };
                pair.act_on_two(Order::Forward, y, z);
            }
            _ => pair.act_on_one(Order::Forward, y),
        }
    }
}

/// Makes [head; tail] the vector [beta; v] of its reflector; returns tau.
fn reflect<T: Scalar>(head: &mut T, tail: &mut [T]) -> T {
    let squares = dot(tail, tail);
    let total = *head * *head + squares;
    let smallest = T::MIN_POSITIVE / (T::EPSILON * T::EPSILON);
    if squares >= smallest && total <= T::MAX {
        return reflect_safely(head, tail, squares);
    }
    // Rare: (almost) zero, or squares outside the range.
    let most = largest(tail);
    if most == T::ZERO {
        return T::ZERO;
    }
    let scale = most.larger(Real::abs(*head)).binary_scale();
    *head *= scale;
    tail.iter_mut().for_each(|x| *x *= scale);
    let squares = dot(tail, tail);
    let tau = if squares > T::ZERO { reflect_safely(head, tail, squares) } else { T::ZERO };
    *head /= scale;
    tau
}

/// [`reflect`] with |tail|² in the range of the scalar.
#[inline(always)]
fn reflect_safely<T: Scalar>(head: &mut T, tail: &mut [T], squares: T) -> T {
    let alpha = *head;
    let norm = Real::sqrt(alpha * alpha + squares);
    let beta = if alpha > T::ZERO { -norm } else { norm };
    let factor = T::ONE / (alpha - beta);
    tail.iter_mut().for_each(|x| *x *= factor);
    *head = beta;
    (beta - alpha) / beta
}

/// [`reflect`] for a column that begins with its head.
fn reflect_column<T: Scalar>(column: &mut [T]) -> T {
    column.split_first_mut().map_or(T::ZERO, |(head, tail)| reflect(head, tail))
}

/// Which of two reflectors acts first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// H2 H1 y: a part of Qᵀ y.
    Forward,
    /// H1 H2 y: a part of Q y.
    Backward,
}

/// One reflector, u = [1; v] with v from the second entry on.
#[derive(Clone, Copy)]
struct Single<'a, T> {
    u: &'a [T],
    tau: T,
}

impl<T: Scalar> Single<'_, T> {
    fn apply(self, y: &mut [T]) {
        let v = self.u.part(1, usize::MAX);
        if let Some((head, tail)) = y.split_first_mut() {
            let weight = self.tau * (*head + dot(v, tail));
            *head -= weight;
            add_scaled(tail, -weight, v);
        }
    }
}

/// Two reflectors, u1 = [1; beside; first] and u2 = [0; 1; second], and cross = u1ᵀ u2.
#[derive(Clone, Copy)]
struct ReflectorPair<'a, T> {
    beside: T,
    first: &'a [T],
    second: &'a [T],
    taus: [T; 2],
    cross: T,
}

impl<'a, T: Scalar> ReflectorPair<'a, T> {
    /// From two neighbouring columns of the compact form, from the row of the first one's head on.
    fn of_columns(first: &'a [T], second: &'a [T], taus: [T; 2]) -> Self {
        let (beside, first) = (first.at(1), first.part(2, usize::MAX));
        let second = second.part(2, usize::MAX);
        Self { beside, first, second, taus, cross: beside + dot(first, second) }
    }

    /// The multiples of u1 and u2 that leave a column with the entries `top` above the inner
    /// products e1 and e2 of the rest.
    #[inline(always)]
    fn weights(&self, order: Order, top: &[T], [e1, e2]: [T; 2]) -> [T; 2] {
        let ([tau_1, tau_2], y1) = (self.taus, top.at(1));
        let d1 = top.at(0) + self.beside * y1 + e1;
        let d2 = y1 + e2;
        match order {
            Order::Forward => {
                let first = tau_1 * d1;
                [first, tau_2 * (d2 - first * self.cross)]
            }
            Order::Backward => {
                let second = tau_2 * d2;
                [tau_1 * (d1 - second * self.cross), second]
            }
        }
    }

    #[inline(always)]
    fn subtract(&self, top: &mut [T], tail: &mut [T], [s1, s2]: [T; 2]) {
        if let [y0, y1, ..] = top {
            *y0 -= s1;
            *y1 -= s1 * self.beside + s2;
        }
        for ((y, x1), x2) in tail.iter_mut().zip(self.first).zip(self.second) {
            *y -= s1 * *x1 + s2 * *x2;
        }
    }

    fn act_on_one(&self, order: Order, SplitColumn { top, tail }: SplitColumn<'_, T>) {
        let products = [dot(self.first, tail), dot(self.second, tail)];
        let weights = self.weights(order, top, products);
        self.subtract(top, tail, weights);
    }

    fn act_on_two(&self, order: Order, y: SplitColumn<'_, T>, z: SplitColumn<'_, T>) {
        let [y1, y2, z1, z2] = four_products(self.first, self.second, y.tail, z.tail);
        let weights_y = self.weights(order, y.top, [y1, y2]);
        let weights_z = self.weights(order, z.top, [z1, z2]);
        self.subtract(y.top, y.tail, weights_y);
        self.subtract(z.top, z.tail, weights_z);
    }

    fn apply_to_one(&self, order: Order, y: &mut [T]) {
        self.act_on_one(order, SplitColumn::of(y));
    }

    fn apply_to_two(&self, order: Order, y: &mut [T], z: &mut [T]) {
        self.act_on_two(order, SplitColumn::of(y), SplitColumn::of(z));
    }
}

/// A column that two reflectors act on: the entries of their heads, and those of their tails.
struct SplitColumn<'a, T> {
    top: &'a mut [T],
    tail: &'a mut [T],
}

impl<'a, T> SplitColumn<'a, T> {
    /// Of a column that begins with both heads.
    #[inline(always)]
    fn of(column: &'a mut [T]) -> Self {
        let (top, tail) = column.split_at_mut_checked(2).unwrap_or_default();
        Self { top, tail }
    }
}

/// x1·y, x2·y, x1·z and x2·z in one pass, in four running sums each.
#[inline(always)]
fn four_products<T: Scalar>(x1: &[T], x2: &[T], y: &[T], z: &[T]) -> [T; 4] {
    let ((x1, x1_rest), (x2, x2_rest)) = (x1.as_chunks::<4>(), x2.as_chunks::<4>());
    let ((y, y_rest), (z, z_rest)) = (y.as_chunks::<4>(), z.as_chunks::<4>());
    let mut sums = [[T::ZERO; 4]; 4];
    let [s0, s1, s2, s3] = &mut sums;
    for (((x1, x2), y), z) in x1.iter().zip(x2).zip(y).zip(z) {
        add_products(s0, x1, y);
        add_products(s1, x2, y);
        add_products(s2, x1, z);
        add_products(s3, x2, z);
    }
    let mut totals = sums.map(|[a, b, c, d]| (a + c) + (b + d));
    let [t0, t1, t2, t3] = &mut totals;
    for (((x1, x2), y), z) in x1_rest.iter().zip(x2_rest).zip(y_rest).zip(z_rest) {
        *t0 += *x1 * *y;
        *t1 += *x2 * *y;
        *t2 += *x1 * *z;
        *t3 += *x2 * *z;
    }
    totals
}

#[inline(always)]
fn add_products<T: Scalar>(sums: &mut [T; 4], x: &[T; 4], y: &[T; 4]) {
    for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
        *sum += *x * *y;
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::matrix::Mat;

    pub(crate) fn noise(seed: u64) -> impl FnMut() -> f64 {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
        }
    }

    fn random<T: Scalar>(rows: usize, cols: usize, seed: u64) -> Mat<T> {
        let mut next = noise(seed);
        let mut a = Mat::zeros(rows, cols).unwrap();
        a.as_mut().columns_mut().for_each(|c| c.iter_mut().for_each(|x| *x = T::of(next())));
        a
    }

    /// |A - Q R| / |A| and |QᵀQ - I|.
    fn errors<T: Scalar>(a: &Mat<T>) -> (f64, f64) {
        let (m, n) = (a.as_ref().rows(), a.as_ref().cols());
        let k = m.min(n);
        let (mut f, mut tau) = (a.clone(), vec![T::ZERO; k]);
        factor_in(&mut f.as_mut(), &mut tau).unwrap();
        let (mut q, mut r) = (Mat::zeros(m, k).unwrap(), Mat::zeros(k, n).unwrap());
        form_q_in(f.as_ref(), &tau, &mut q.as_mut()).unwrap();
        for j in 0..n {
            for i in 0..=j.min(k - 1) {
                r.as_mut().set(i, j, f.as_ref().at(i, j));
            }
        }
        let (mut product, mut gram) = (Mat::zeros(m, n).unwrap(), Mat::zeros(k, k).unwrap());
        product.as_mut().set_product(q.as_ref(), r.as_ref()).unwrap();
        gram.as_mut().set_product_transposed(q.as_ref(), q.as_ref()).unwrap();
        for i in 0..k {
            let x = gram.as_ref().at(i, i) - T::ONE;
            gram.as_mut().set(i, i, x);
        }
        for (p, x) in product.as_mut().columns_mut().zip(a.as_ref().columns()) {
            p.iter_mut().zip(x).for_each(|(p, x)| *p -= *x);
        }
        // Qᵀ A = [R; 0], by applying the reflectors.
        let mut turned = a.clone();
        apply_q_transposed_in(f.as_ref(), &tau, &mut turned.as_mut()).unwrap();
        for j in 0..n {
            for i in 0..m {
                let expected = if i < k { r.as_ref().at(i, j) } else { T::ZERO };
                let error = Real::abs(turned.as_ref().at(i, j) - expected);
                assert!(error <= T::count(20 * m) * T::EPSILON * a.as_ref().frobenius_norm());
            }
        }
        apply_q_in(f.as_ref(), &tau, &mut turned.as_mut()).unwrap();
        for (p, x) in turned.as_mut().columns_mut().zip(a.as_ref().columns()) {
            p.iter_mut().zip(x).for_each(|(p, x)| *p -= *x);
        }
        let norm: f64 = a.as_ref().frobenius_norm().into();
        let back: f64 = turned.as_ref().frobenius_norm().into();
        let forward: f64 = product.as_ref().frobenius_norm().into();
        (forward.max(back) / norm, gram.as_ref().frobenius_norm().into())
    }

    fn table<T: Scalar>() {
        for (m, n) in
            [(1, 1), (2, 1), (1, 3), (2, 2), (3, 5), (5, 3), (8, 8), (9, 7), (40, 13), (33, 64)]
        {
            for scale in [1.0, 1e-30, 1e30] {
                let mut a = random::<T>(m, n, (m * 100 + n) as u64);
                a.as_mut().scale(T::of(scale));
                let (residual, orthogonality) = errors(&a);
                let mark = (10 * m.max(n)) as f64 * T::EPSILON.into();
                assert!(
                    residual <= mark && orthogonality <= mark,
                    "{m} {n} {scale}: {residual} {orthogonality}"
                );
            }
        }
    }

    #[test]
    fn q_r_is_a_at_every_shape_and_scale() {
        table::<f64>();
        table::<f32>();
    }

    fn gram_of_triangle<T: Scalar>(p: usize, blocks: &[usize], scale: f64) {
        let rows: usize = blocks.iter().sum();
        let all = random::<T>(rows, p, 7);
        let mut r = Mat::<T>::zeros(p, p).unwrap();
        let mut start = 0;
        for &m in blocks {
            let mut block = Mat::zeros(m, p).unwrap();
            for j in 0..p {
                for i in 0..m {
                    block.as_mut().set(i, j, all.as_ref().at(start + i, j) * T::of(scale));
                }
            }
            append_rows_in(&mut r.as_mut(), &mut block.as_mut()).unwrap();
            start += m;
        }
        r.as_mut().scale(T::of(1.0 / scale));
        for i in 0..p {
            for j in 0..p {
                let dot = |m: &Mat<T>, k: usize| -> f64 {
                    let (x, y): (f64, f64) =
                        (m.as_ref().at(k, i).into(), m.as_ref().at(k, j).into());
                    x * y
                };
                let expected: f64 = (0..rows).map(|k| dot(&all, k)).sum();
                let got: f64 = (0..p).map(|k| dot(&r, k)).sum();
                let mark = 10.0 * (rows * p) as f64 * T::EPSILON.into();
                assert!((expected - got).abs() <= mark, "{p} {scale}: {expected} {got}");
                assert!(i <= j || r.as_ref().at(i, j) == T::ZERO);
            }
        }
    }

    #[test]
    fn appended_rows_add_to_the_gram_matrix() {
        for scale in [1.0, 1e-30, 1e30] {
            for p in [1, 2, 3, 8, 13, 40] {
                gram_of_triangle::<f64>(p, &[64, 1, 17, 5], scale);
                gram_of_triangle::<f32>(p, &[64, 1, 17, 5], scale);
            }
        }
    }

    #[test]
    fn columns_of_very_different_scales_keep_their_digits() {
        let mut a = random::<f32>(20, 4, 3);
        let same = a.clone();
        for (j, scale) in [1.0, 2.0_f32.powi(-90), 2.0_f32.powi(90), 1.0].into_iter().enumerate() {
            a.as_mut().column_mut(j).iter_mut().for_each(|x| *x *= scale);
        }
        let mut r = Mat::zeros(4, 4).unwrap();
        let mut plain = Mat::zeros(4, 4).unwrap();
        append_rows_in(&mut r.as_mut(), &mut a.as_mut()).unwrap();
        append_rows_in(&mut plain.as_mut(), &mut same.clone().as_mut()).unwrap();
        for i in 0..4 {
            let ratio = r.as_ref().at(i.min(1), 1) / plain.as_ref().at(i.min(1), 1);
            assert!((ratio * 2.0_f32.powi(90) - 1.0).abs() < 40.0 * f32::EPSILON);
        }
    }

    #[test]
    fn bad_input_is_named() {
        let mut r = [0.0_f64; 4];
        let mut rows = [1.0, 2.0, f64::NAN, 3.0];
        let mut r = MatMut::new(&mut r, 2, 2).unwrap();
        let error = append_rows_in(&mut r, &mut MatMut::new(&mut rows, 2, 2).unwrap());
        assert_eq!(error, Err(Error::NonFiniteEntry { row: 0, column: 1 }));
        let mut rows = [f64::MAX; 4];
        let error = append_rows_in(&mut r, &mut MatMut::new(&mut rows, 2, 2).unwrap());
        assert!(matches!(error, Err(Error::NonFiniteEntry { .. })));
        let error = append_rows_in(&mut r, &mut MatMut::new(&mut rows, 1, 3).unwrap());
        assert!(matches!(error, Err(Error::ShapeMismatch { .. })));
    }
}
