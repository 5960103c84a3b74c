//! The operator between canonical variates of past and future.
//!
//! ```text
//! Fill        H_0, H_1 transposed: Hankel matrices of lag covariances, blocks (i, j) R_{i+j+1} and R_{i+j+2}
//! Factor      L_p L_p' = covariance of the past + ridge
//! Solve       H_0 = H_0 L_p^-T,  H_1 = H_1 L_p^-T               on the transposed matrices
//! Turn        transpose both
//! Factor      L_f L_f' = covariance of the future + ridge
//! Solve       H_0 = L_f^-1 H_0,  H_1 = L_f^-1 H_1
//! Decompose   H_0 = U S V'                                      by Jacobi rotations of columns
//! Operate     A = S^(-1/2) U' H_1 V S^(-1/2)
//! ```
//!
//! Past and future are blocks of m = floor(d / 2) samples, f = (x_t, .. x_{t+m-1}) and p = (x_{t-1}, .. x_{t-m}) (Akaike,
//! SIAM J. Control 13 (1975) 162; Larimore, ACC 1983). Noise that is independent from sample to sample enters R_0 alone,
//! and H_0 and H_1 do not contain R_0.

use super::spectra::Scratch;
use super::square::lag;
use crate::error::Error;
use crate::linalg::jacobi::Stepwise;
use crate::linalg::solve;
use crate::matrix::{Cells, Layout, MatMut, add_scaled, area, divide, dot};
use crate::monitor::sizes::Sizes;
use crate::scalar::{Real, Scalar};

/// Added to the diagonals of the covariances of past and future; the channels have unit variance.
const RIDGE: f64 = 1e-6;

/// The lines of the pseudo code. Each step does one column of both Hankel matrices, one factor, or up to q / 2 rotations;
/// q = n m.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Canonical<T> {
    Fill { column: usize },
    Factor(Side),
    Solve { side: Side, column: usize },
    Turn(Side),
    Decompose(Stepwise<T>),
    Operate { column: usize },
}

/// The side whose factor is used. The past comes first, on the transposed matrices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Side {
    Past,
    Future,
}

/// The scratch of the canonical variates.
struct CanonicalMemory<'a, T> {
    /// H_0ᵀ, then H_0, then U S.
    first: MatMut<'a, T>,
    /// H_1ᵀ, then H_1.
    second: MatMut<'a, T>,
    /// A factor, then V.
    factor: MatMut<'a, T>,
    values: &'a mut [T],
    vector: &'a mut [T],
    operator: &'a mut [T],
}

/// The pieces of [`CanonicalMemory`], in its order.
pub(super) const fn layout(sizes: Sizes) -> Layout<6> {
    let q = sizes.reach();
    let square = area(q, q);
    Layout::new([square, square, square, q, q, sizes.operator_len()])
}

impl<'a, T: Scalar> CanonicalMemory<'a, T> {
    fn cut(sizes: Sizes, scratch: &'a mut [T]) -> Self {
        let q = sizes.reach();
        let ([first, second, factor, values, vector, operator], _) =
            layout(sizes).cut_checked(scratch);
        let [first, second, factor] =
            [first, second, factor].map(|piece| MatMut::over(piece, q, q));
        Self { first, second, factor, values, vector, operator }
    }
}

/// A, and memory for its spectra.
pub(crate) fn operator<T: Scalar>(
    sizes: Sizes,
    scratch: &mut [T],
) -> (MatMut<'_, T>, Scratch<'_, T>) {
    let r = sizes.rank;
    let ([first, second, _, values, _, operator], _) = layout(sizes).cut_checked(scratch);
    (MatMut::over(operator, r, r), Scratch { first, second, values: values.part_mut(0, r) })
}

/// A time of a Hankel matrix, in samples, and a channel.
#[derive(Clone, Copy)]
struct Coordinate {
    time: usize,
    channel: usize,
}

/// The covariance of two coordinates: entry (a, b) of R_{i-j} for channel a at time i and channel b at time j.
fn covariance<T: Scalar>(sizes: Sizes, covariances: &[T], a: Coordinate, b: Coordinate) -> T {
    let (n, square) = (sizes.channels, sizes.square());
    // R_{-k} is the transpose of R_k.
    let (later, earlier) = if a.time >= b.time { (a, b) } else { (b, a) };
    let at = earlier.channel.saturating_mul(n).saturating_add(later.channel);
    lag(covariances, square, later.time - earlier.time).at(at)
}

impl<T: Scalar> Canonical<T> {
    pub(crate) const fn new() -> Self {
        Self::Fill { column: 0 }
    }

    /// Does one step; returns true when the operator is complete. The covariances must be white.
    ///
    /// # Errors
    /// [`Error::Singular`], [`Error::NonFiniteEntry`], [`Error::NotConverged`].
    pub(crate) fn step(
        &mut self,
        sizes: Sizes,
        covariances: &[T],
        scratch: &mut [T],
    ) -> Result<bool, Error> {
        let (q, r) = (sizes.reach(), sizes.rank);
        let mut at = CanonicalMemory::cut(sizes, scratch);
        let next = |column: usize| column.saturating_add(1);
        *self = match *self {
            Self::Fill { column } => {
                at.fill(sizes, covariances, column);
                if next(column) < q {
                    Self::Fill { column: next(column) }
                } else {
                    Self::Factor(Side::Past)
                }
            }
            Self::Factor(side) => {
                at.own_covariance(sizes, covariances, side);
                solve::factor_symmetric_in(&mut at.factor)?;
                Self::Solve { side, column: 0 }
            }
            Self::Solve { side, column } => {
                for matrix in [&mut at.first, &mut at.second] {
                    let mut right = MatMut::over(matrix.column_mut(column), q, 1);
                    solve::solve_lower_in(at.factor.as_ref(), &mut right)?;
                }
                match (next(column) < q, side) {
                    (true, _) => Self::Solve { side, column: next(column) },
                    (false, Side::Past) => Self::Turn(Side::Future),
                    (false, Side::Future) => {
                        at.factor.set_identity();
                        Self::Decompose(Stepwise::new())
                    }
                }
            }
            Self::Turn(side) => {
                at.first.transpose();
                at.second.transpose();
                Self::Factor(side)
            }
            Self::Decompose(mut jacobi) => {
                if jacobi.step(&mut at.first, at.values, Some(&mut at.factor))? {
                    Self::Operate { column: 0 }
                } else {
                    Self::Decompose(jacobi)
                }
            }
            Self::Operate { column } => {
                at.operate(column, r);
                if next(column) == r {
                    return Ok(true);
                }
                Self::Operate { column: next(column) }
            }
        };
        Ok(false)
    }
}

impl<T: Scalar> CanonicalMemory<'_, T> {
    /// Writes a column of H_0ᵀ and of H_1ᵀ: column (i, a) of H_0ᵀ has the entries (j, b) R_{i+j+1}[a, b].
    fn fill(&mut self, sizes: Sizes, covariances: &[T], column: usize) {
        let n = sizes.channels;
        let (i, a) = divide(column, n);
        for row in 0..sizes.reach() {
            let (j, b) = divide(row, n);
            let of = |ahead: usize| {
                let later = Coordinate { time: i + j + ahead, channel: a };
                covariance(sizes, covariances, later, Coordinate { time: 0, channel: b })
            };
            self.first.set(row, column, of(1));
            self.second.set(row, column, of(2));
        }
    }

    /// Writes the lower triangle of the covariance of one side: block (i, j) is R_{j-i} for the past, R_{i-j} for the
    /// future.
    fn own_covariance(&mut self, sizes: Sizes, covariances: &[T], side: Side) {
        let n = sizes.channels;
        for column in 0..sizes.reach() {
            let (j, b) = divide(column, n);
            for row in column..sizes.reach() {
                let (i, a) = divide(row, n);
                let (one, other) = if side == Side::Past { (j, i) } else { (i, j) };
                let one = Coordinate { time: one, channel: a };
                let other = Coordinate { time: other, channel: b };
                let ridge = if row == column { T::of(RIDGE) } else { T::ZERO };
                self.factor.set(row, column, ridge + covariance(sizes, covariances, one, other));
            }
        }
    }

    /// Writes a column of A[i, j] = (u_i s_i)ᵀ H_1 v_j / (s_i sqrt(s_i s_j)), which is zero if a singular value is zero.
    fn operate(&mut self, column: usize, r: usize) {
        let inverse = |value: T| if value > T::ZERO { T::ONE / Real::sqrt(value) } else { T::ZERO };
        self.vector.fill(T::ZERO);
        for (weight, from) in self.factor.column(column).iter().zip(self.second.as_ref().columns())
        {
            add_scaled(self.vector, *weight, from);
        }
        let outer = inverse(self.values.at(column));
        let to = self.operator.part_mut(column.saturating_mul(r), r);
        for ((to, left), value) in
            to.iter_mut().zip(self.first.as_ref().columns()).zip(&*self.values)
        {
            let inner = inverse(*value);
            *to = dot(left, self.vector) * (inner * inner * inner) * outer;
        }
    }
}
