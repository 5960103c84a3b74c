//! Starts of the ascent: spectral frames with synchronised signs, then random transforms.

use crate::linalg::random::SplitMix;
use crate::matrix::{Cells, MatMut, MatRef, add_scaled, dot};
use crate::scalar::{Real, Scalar};
use crate::similarity::procrustes::prepared::Frame;

/// Rounds of the power iteration for the signs.
const ROUNDS: usize = 30;

/// Scratch of [`synchronised`].
pub(in crate::similarity::procrustes) struct SignScratch<'m, T> {
    /// H.
    pub(in crate::similarity::procrustes) h: MatMut<'m, T>,
    /// U_A with its columns times the signs.
    pub(in crate::similarity::procrustes) scaled: MatMut<'m, T>,
    /// The signs, and before them the iterate of the power iteration.
    pub(in crate::similarity::procrustes) signs: &'m mut [T],
    /// The next iterate.
    pub(in crate::similarity::procrustes) next: &'m mut [T],
}

/// Writes C = U_A diag(s) U_Bᵀ for the signs s that make <A, C B Cᵀ> large.
///
/// In the frames, <A, s B s> = sᵀ H s + const with H = the symmetric part of A o B without its
/// diagonal. The signs are those of the leading eigenvector of H (a shifted power iteration), improved
/// by single flips. With `flipped` the flip that costs least follows: a start with the other
/// determinant.
///
pub(in crate::similarity::procrustes) fn synchronised<T: Scalar>(
    out: &mut MatMut<'_, T>,
    a: Frame<'_, T>,
    b: Frame<'_, T>,
    flipped: bool,
    scratch: SignScratch<'_, T>,
) {
    let SignScratch { mut h, mut scaled, signs, next } = scratch;
    // H = the symmetric part of A o B (entry by entry), without its diagonal
    for (j, column) in h.columns_mut().enumerate() {
        for (i, value) in column.iter_mut().enumerate() {
            let above = a.operator.at(i, j) * b.operator.at(i, j);
            let below = a.operator.at(j, i) * b.operator.at(j, i);
            *value = if i == j { T::ZERO } else { T::HALF * (above + below) };
        }
    }
    let h = h.as_ref();
    // s = the signs of the leading eigenvector
    power_iteration(h, signs, next);
    for sign in signs.iter_mut() {
        *sign = if *sign >= T::ZERO { T::ONE } else { -T::ONE };
    }
    // Single flips, the best first, until none gains. A flip of s_i changes sᵀ H s by -4 s_i (H s)_i.
    for _ in 0..signs.len().saturating_mul(4) {
        match best_flip(h, signs) {
            (gain, i) if gain > T::EPSILON => flip(signs, i),
            _ => break,
        }
    }
    // For the other determinant: the flip that costs least.
    if flipped {
        let (_, i) = best_flip(h, signs);
        flip(signs, i);
    }
    // C = U_A diag(s) U_Bᵀ; between eigenframes both U are the identity.
    out.fill(T::ZERO);
    match (a.vectors, b.vectors) {
        (Some(u), Some(v)) => {
            for ((to, from), sign) in scaled.columns_mut().zip(u.columns()).zip(signs.iter()) {
                to.iter_mut().zip(from).for_each(|(to, from)| *to = *from * *sign);
            }
            for (column, weights) in scaled.as_ref().columns().zip(v.columns()) {
                for (to, weight) in out.columns_mut().zip(weights) {
                    add_scaled(to, *weight, column);
                }
            }
        }
        _ => signs.iter().enumerate().for_each(|(i, sign)| out.set(i, i, *sign)),
    }
}

/// x <- (H + 0.3 m I) x, scaled to largest entry 1, from the row of H with the largest absolute sum m.
fn power_iteration<T: Scalar>(h: MatRef<'_, T>, x: &mut [T], next: &mut [T]) {
    let (mut most, mut row) = (T::ZERO, 0);
    for (j, column) in h.columns().enumerate() {
        let sum = column.iter().fold(T::ZERO, |sum, x| sum + Real::abs(*x));
        if sum > most {
            (most, row) = (sum, j);
        }
    }
    x.iter_mut().zip(h.column(row)).for_each(|(x, h)| *x = *h);
    x.put(row, most);
    let shift = most * T::of(0.3);
    for _ in 0..ROUNDS {
        for ((next, here), column) in next.iter_mut().zip(&*x).zip(h.columns()) {
            *next = shift * *here + dot(column, x);
        }
        let largest = next.iter().fold(T::ZERO, |most, x| most.larger(Real::abs(*x)));
        let moves = largest > T::ZERO;
        if !moves {
            break;
        }
        x.iter_mut().zip(&*next).for_each(|(x, next)| *x = *next / largest);
    }
}

/// The largest -s_i (H s)_i, and where it is.
fn best_flip<T: Scalar>(h: MatRef<'_, T>, signs: &[T]) -> (T, usize) {
    let gains = signs.iter().zip(h.columns()).map(|(s, column)| -*s * dot(column, signs));
    gains.enumerate().fold(
        (-T::MAX, 0),
        |best, (i, gain)| {
            if gain > best.0 { (gain, i) } else { best }
        },
    )
}

fn flip<T: Scalar>(signs: &mut [T], i: usize) {
    if let Some(sign) = signs.get_mut(i) {
        *sign = -*sign;
    }
}

/// Writes random transform number `index`: rows of bell-shaped numbers, orthonormalised. The numbers are the same on every
/// machine and do not depend on the earlier transforms.
pub(in crate::similarity::procrustes) fn random<T: Scalar>(out: &mut MatMut<'_, T>, index: usize) {
    let n = out.rows();
    let draws = n.saturating_mul(n).saturating_mul(index);
    let mut random = SplitMix::after(SEED, draws as u64);
    // Row i of the definition is built in column i, then the matrix is transposed.
    for i in 0..n {
        let (before, row) = out.before_and_column(i);
        row.iter_mut().for_each(|x| *x = bell(&mut random));
        for _ in 0..2 {
            for other in before.iter().flat_map(MatRef::columns) {
                let along = dot(row, other);
                add_scaled(row, -along, other);
            }
        }
        let norm = Real::sqrt(dot(row, row)).larger(T::MIN_POSITIVE);
        row.iter_mut().for_each(|x| *x /= norm);
    }
    out.transpose();
}

/// The seed of the random transforms.
const SEED: u64 = 12345;

/// The sum of the four 16-bit parts of a draw, about its mean: normal enough for a random frame,
/// exact in every precision, and of unit 2^16.
fn bell<T: Scalar>(draws: &mut SplitMix) -> T {
    let draw = draws.next();
    let parts = [draw, draw >> 16, draw >> 32, draw >> 48];
    let sum = parts.iter().fold(0, |sum, part| sum + (*part & 0xFFFF) as usize);
    T::count(sum) - T::count(2 * 0xFFFF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Mat;

    #[test]
    fn random_transforms_are_orthogonal_and_numbered() {
        for n in [3, 8, 15] {
            for index in 0..3 {
                let mut c = Mat::<f64>::zeros(n, n).unwrap();
                random(&mut c.as_mut(), index);
                let mut gram = Mat::<f64>::zeros(n, n).unwrap();
                gram.as_mut().set_product_transposed(c.as_ref(), c.as_ref()).unwrap();
                for i in 0..n {
                    for j in 0..n {
                        let unit = f64::from(i == j);
                        assert!(
                            (gram.as_ref().at(i, j) - unit).abs() < 4.0 * n as f64 * f64::EPSILON
                        );
                    }
                }
            }
        }
    }

    fn frame(m: &Mat<f64>) -> Frame<'_, f64> {
        Frame { vectors: None, operator: m.as_ref() }
    }

    #[test]
    fn signs_are_recovered() {
        let n = 7;
        let mut a = Mat::<f64>::zeros(n, n).unwrap();
        random(&mut a.as_mut(), 0);
        let hidden = [1.0, -1.0, -1.0, 1.0, -1.0, 1.0, 1.0];
        let mut b = Mat::<f64>::zeros(n, n).unwrap();
        for i in 0..n {
            for j in 0..n {
                b.as_mut().set(i, j, hidden[i] * hidden[j] * a.as_ref().at(i, j));
            }
        }
        let (a, b) = (frame(&a), frame(&b));
        let [mut h, mut scaled, mut out] = [(); 3].map(|()| Mat::<f64>::zeros(n, n).unwrap());
        let (mut signs, mut next) = (vec![0.0; n], vec![0.0; n]);
        let (h, scaled) = (h.as_mut(), scaled.as_mut());
        let scratch = SignScratch { h, scaled, signs: &mut signs, next: &mut next };
        synchronised(&mut out.as_mut(), a, b, false, scratch);
        let sign = out.as_ref().at(0, 0);
        for (i, hidden) in hidden.iter().enumerate() {
            assert_eq!(out.as_ref().at(i, i), sign * hidden);
        }
    }
}
