//! Vector autoregression of a window, and the prediction errors of other coefficients.
//!
//! ```text
//! E_f = E_b = R_0 + ridge
//! for j = 1 .. d                             from order j - 1 to order j
//!     D = R_j - sum over i = 1 .. j-1 of F_i R_{j-i}
//!     F_j = D E_b^-1
//!     if j = d:  F_i = F_i - F_d B_{d-i} for i = 1 .. d-1, and stop
//!     B_j = D' E_f^-1
//!     E_f = E_f - F_j D',  E_b = E_b - B_j D
//!     for i = 1 .. j-1:  F_i, B_{j-i} = F_i - F_j B_{j-i}, B_{j-i} - B_j F_i    (both from the old ones)
//! if E_f or E_b is not positive definite:  again from the start with the next larger ridge
//! ```
//!
//! The model is x_t = sum over i of F_i x_{t-i} + e_t, with the normal equations R_k = sum of F_i R_{k-i}, k = 1 .. d,
//! where R_{-k} = R_kᵀ and a ridge is added to R_0. The block Toeplitz system is solved order by order, with forward
//! coefficients F_i, backward coefficients B_i, and the covariances E_f and E_b of their errors (Whittle, Biometrika 50
//! (1963) 129; Wiggins & Robinson, J. Geophys. Res. 70 (1965) 1885).
//!
//! The recursion takes (2 d + 3) n² scalars and 2 d² n³ multiply-adds; a factor of the whole matrix would take n² d² / 2 and
//! n³ d³ / 6. Coefficients are stored transposed, P_i = F_iᵀ and Q_i = B_iᵀ, so that every product walks columns.

use super::square::{lag, subtract_product, subtract_transposed_product, transpose_into};
use crate::error::Error;
use crate::linalg::solve;
use crate::matrix::{Cells, Layout, MatMut, add_scaled, copy};
use crate::monitor::sizes::{Sizes, diagonal};
use crate::scalar::{Real, Scalar};

/// Ridges, relative to the mean variance of the channels. Covariances whose lags are summed over different samples need not
/// be those of a process. In a window that is short for n d, or that has many gaps, the first ridge may not make the system
/// positive definite; the next one is then tried.
const RIDGES: [f64; 4] = [1e-4, 1e-3, 1e-2, 1e-1];
/// Smaller pivots of a covariance, relative to the mean variance, count as this much.
const LEAST_PIVOT: f64 = 1e-6;

/// Mean of the diagonal of R_0.
pub(crate) fn mean_variance<T: Scalar>(covariances: &[T], n: usize) -> T {
    let trace = (0..n).fold(T::ZERO, |sum, i| sum + covariances.at(diagonal(n, i)));
    trace / T::count(n)
}

/// The scratch of the gate: the window's own coefficients first, so that they outlive the rest.
struct GateMemory<'a, T> {
    /// P_1 .. P_d
    forward: &'a mut [T],
    /// Q_1 .. Q_{d-1}; those of order d have no use.
    backward: &'a mut [T],
    error: &'a mut [T],
    backward_error: &'a mut [T],
    difference: &'a mut [T],
    spare: &'a mut [T],
}

/// The pieces of [`GateMemory`], in its order.
pub(super) const fn layout(sizes: Sizes) -> Layout<6> {
    let (square, all) = (sizes.square(), sizes.coefficients_len());
    Layout::new([all, all.saturating_sub(square), square, square, square, square])
}

impl<'a, T> GateMemory<'a, T> {
    fn cut(sizes: Sizes, scratch: &'a mut [T]) -> Self {
        let ([forward, backward, error, backward_error, difference, spare], _) =
            layout(sizes).cut_checked(scratch);
        Self { forward, backward, error, backward_error, difference, spare }
    }
}

/// The window's own coefficients P_1 .. P_d, at the start of the scratch.
pub(crate) fn coefficients<T: Scalar>(sizes: Sizes, scratch: &[T]) -> &[T] {
    scratch.part(0, sizes.coefficients_len())
}

/// The recursion of the module's documentation, one product at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Autoregression {
    /// The index of the ridge.
    ridge: usize,
    /// The order j that is being reached, 1 .. d.
    order: usize,
    /// The number of steps of this order that are done.
    part: usize,
}

impl Autoregression {
    pub(crate) const fn new() -> Self {
        Self { ridge: 0, order: 1, part: 0 }
    }

    /// The recursion from its start with the next larger ridge, if there is one.
    pub(crate) fn again(self) -> Option<Self> {
        let ridge = self.ridge.saturating_add(1);
        (ridge < RIDGES.len()).then_some(Self { ridge, ..Self::new() })
    }

    /// Does one step of at most 3 n³ multiply-adds; returns true when order d is reached.
    ///
    /// # Errors
    /// [`Error::Singular`] if the covariances are not those of a process, or not finite.
    pub(crate) fn step<T: Scalar>(
        &mut self,
        sizes: Sizes,
        covariances: &[T],
        scratch: &mut [T],
    ) -> Result<bool, Error> {
        let (n, square, order) = (sizes.channels, sizes.square(), self.order);
        let at = GateMemory::cut(sizes, scratch);
        let part = self.part;
        self.part = part.saturating_add(1);
        if part == 0 {
            // D = R_j, and at order 1 E_f = E_b = R_0 + ridge
            if order == 1 {
                let ridge = RIDGES.get(self.ridge).copied().unwrap_or(1.0);
                begin(covariances, T::of(ridge), n, at.error);
                copy(at.backward_error, at.error);
            }
            copy(at.difference, lag(covariances, square, order));
        } else if part < order {
            // D = D - F_i R_{j-i}, i = part; D is stored as it is, F_i as P_i = F_i'
            let earlier = lag(at.forward, square, part - 1);
            let back = lag(covariances, square, order - part);
            subtract_transposed_product(at.difference, earlier, back, n);
        } else if part == order {
            // F_j = D E_b^-1, that is E_b P_j = D'
            let newest = at.forward.part_mut((order - 1).saturating_mul(square), square);
            transpose_into(newest, at.difference, n);
            solve_with(at.backward_error, newest, at.spare, n)?;
        } else if order == sizes.delays {
            // F_i = F_i - F_d B_{d-i}: backward coefficients of order d have no use
            return Ok(Self::finish(sizes, part - order, at));
        } else if part == order.saturating_add(1) {
            // B_j = D' E_f^-1, that is E_f Q_j = D
            let newest = at.backward.part_mut((order - 1).saturating_mul(square), square);
            copy(newest, at.difference);
            solve_with(at.error, newest, at.spare, n)?;
        } else if part == order.saturating_add(2) {
            // E_f = E_f - F_j D',  E_b = E_b - B_j D, both symmetric
            let (forward, backward) =
                (lag(at.forward, square, order - 1), lag(at.backward, square, order - 1));
            subtract_product(at.error, at.difference, forward, n);
            subtract_transposed_product(at.backward_error, at.difference, backward, n);
        } else {
            // F_i and B_{j-i} from the old ones, i = 1 .. j-1
            let i = part - order - 2;
            if i < order {
                update(sizes, order, i, at);
            } else {
                (self.order, self.part) = (order.saturating_add(1), 0);
            }
        }
        Ok(false)
    }

    /// P_i -= Q_{d-i} P_d, the last update of the forward coefficients; returns true after all of them.
    fn finish<T: Scalar>(sizes: Sizes, i: usize, at: GateMemory<'_, T>) -> bool {
        let (square, d) = (sizes.square(), sizes.delays);
        if i >= d {
            return true;
        }
        let mut forward = MatMut::over(at.forward, square, d);
        let (earlier, newest) = forward.two_columns_mut(i - 1, d - 1);
        subtract_product(earlier, lag(at.backward, square, d - i - 1), newest, sizes.channels);
        false
    }
}

/// Writes R_0 plus the ridge, the error covariance of order 0.
fn begin<T: Scalar>(covariances: &[T], ridge: T, n: usize, error: &mut [T]) {
    copy(error, covariances);
    let ridge = ridge * mean_variance(covariances, n);
    for i in 0..n {
        let at = diagonal(n, i);
        error.put(at, error.at(at) + ridge);
    }
}

/// B <- A⁻¹ B for a symmetric A, which is not changed.
fn solve_with<T: Scalar>(a: &[T], b: &mut [T], spare: &mut [T], n: usize) -> Result<(), Error> {
    copy(spare, a);
    solve::solve_symmetric_in(&mut MatMut::over(spare, n, n), &mut MatMut::over(b, n, n))
}

/// P_i -= Q_m P_j and Q_m -= P_i Q_j, m = j - i, the latter with the P_i from before.
fn update<T: Scalar>(sizes: Sizes, j: usize, i: usize, at: GateMemory<'_, T>) {
    let (n, square) = (sizes.channels, sizes.square());
    let mut forward = MatMut::over(at.forward, square, j);
    let mut backward = MatMut::over(at.backward, square, j);
    let (p, newest_p) = forward.two_columns_mut(i - 1, j - 1);
    let (q, newest_q) = backward.two_columns_mut(j - i - 1, j - 1);
    copy(at.spare, p);
    subtract_product(p, q, newest_p, n);
    subtract_product(q, at.spare, newest_q, n);
}

/// log det of the error covariance of any coefficients in a window. The error is x_t - sum of F_i x_{t-i}, and its
/// covariance the sum over a, b = 0 .. d of W_a R_{b-a} W_bᵀ with W_0 = I and W_i = -F_i. Each step forms one product of
/// n x n matrices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Residual {
    a: usize,
    b: usize,
}

impl Residual {
    pub(crate) const fn new() -> Self {
        Self { a: 0, b: 0 }
    }

    /// Returns the determinant after the last step. If `coefficients` is `None`, those in the scratch are used.
    pub(crate) fn step<T: Scalar>(
        &mut self,
        sizes: Sizes,
        covariances: &[T],
        coefficients: Option<&[T]>,
        scratch: &mut [T],
    ) -> Option<Determinant<T>> {
        let (n, square) = (sizes.channels, sizes.square());
        let at = GateMemory::cut(sizes, scratch);
        let coefficients = coefficients.unwrap_or(at.forward);
        // The expectation of x_{t-b} e_t': R_{a-b} W_a' summed over a.
        let crossed = at.difference;
        let (a, b) = (self.a, self.b);
        if a == 0 {
            transpose_into(crossed, lag(covariances, square, b), n);
        } else {
            let weight = lag(coefficients, square, a - 1);
            if a >= b {
                subtract_product(crossed, lag(covariances, square, a - b), weight, n);
            } else {
                subtract_transposed_product(crossed, lag(covariances, square, b - a), weight, n);
            }
        }
        if a < sizes.delays {
            self.a = a.saturating_add(1);
            return None;
        }
        if b == 0 {
            copy(at.error, crossed);
        } else {
            subtract_transposed_product(at.error, lag(coefficients, square, b - 1), crossed, n);
        }
        if b < sizes.delays {
            *self = Self { a: 0, b: b.saturating_add(1) };
            return None;
        }
        Some(log_determinant(at.error, mean_variance(covariances, n), n))
    }
}

/// log det R_0, in the scratch of the gate.
pub(crate) fn log_determinant_of_channels<T: Scalar>(
    sizes: Sizes,
    covariances: &[T],
    scratch: &mut [T],
) -> T {
    let at = GateMemory::cut(sizes, scratch);
    copy(at.error, covariances);
    log_determinant(at.error, mean_variance(covariances, sizes.channels), sizes.channels).log
}

/// A determinant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Determinant<T> {
    pub(crate) log: T,
    /// Whether no pivot was negative beyond rounding.
    pub(crate) definite: bool,
}

/// log det of a symmetric matrix, by L D Lᵀ in its place, with pivots of at least a part of `variance`.
fn log_determinant<T: Scalar>(a: &mut [T], variance: T, n: usize) -> Determinant<T> {
    let least = (T::of(LEAST_PIVOT) * variance).larger(T::MIN_POSITIVE);
    let mut found = Determinant { log: T::ZERO, definite: true };
    let mut a = MatMut::over(a, n, n);
    for j in 0..n {
        found.definite &= a.at(j, j) >= -least;
        let pivot = a.at(j, j).larger(least);
        found.log += Real::ln(pivot);
        for k in j.saturating_add(1)..n {
            let (column, later) = a.two_columns_mut(j, k);
            let weight = column.at(k) / pivot;
            add_scaled(later.part_mut(k, n), -weight, column.part(k, n));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::analysis::reference_f64::{Stream, covariances, log_det, solve, toeplitz};

    /// Coefficients and log-determinants by the whole system, in f64.
    fn by_definition(r: &[f64], n: usize, d: usize) -> (Vec<f64>, f64) {
        let p = n * d;
        let mut g = toeplitz(r, n, d, 0);
        let mean = (0..n).map(|i| r[i * n + i]).sum::<f64>() / n as f64;
        for i in 0..p {
            g[i * p + i] += 1e-4 * mean;
        }
        // F = [R_1 .. R_d] (G + ridge)⁻¹; row i of F from the system with the i-th row of R as right side.
        let mut f = vec![0.0; n * p];
        for i in 0..n {
            let right: Vec<f64> =
                (0..p).map(|c| r[(c / n + 1) * n * n + (c % n) * n + i]).collect();
            for (c, x) in solve(&g, &right).into_iter().enumerate() {
                f[c * n + i] = x;
            }
        }
        (f.clone(), residual(r, &f, n, d))
    }

    /// log det of W J Wᵀ with W = [I, -F] and the Toeplitz matrix J of d + 1 blocks.
    fn residual(r: &[f64], f: &[f64], n: usize, d: usize) -> f64 {
        let p = n * (d + 1);
        let j = toeplitz(r, n, d + 1, 0);
        let w = |i: usize, c: usize| {
            if c < n { f64::from(u8::from(c == i)) } else { -f[(c - n) * n + i] }
        };
        let mut e = vec![0.0; n * n];
        for (k, e) in e.iter_mut().enumerate() {
            let (a, b) = (k % n, k / n);
            for x in 0..p {
                for y in 0..p {
                    *e += w(a, x) * j[y * p + x] * w(b, y);
                }
            }
        }
        log_det(&e, n)
    }

    #[test]
    fn the_recursion_solves_the_whole_system() {
        for (n, d) in [(1, 1), (1, 4), (2, 1), (3, 2), (4, 5), (8, 3)] {
            let sizes = Sizes { channels: n, delays: d, rank: 1, operator: false };
            let stream = Stream::new(n, n as u64 + 3).take(3000);
            let other = Stream::new(n, n as u64 + 4).take(3000);
            let (r, s) = (covariances(&stream, n, d), covariances(&other, n, d));
            let (f, own) = by_definition(&r, n, d);
            let mut scratch = vec![f64::NAN; layout(sizes).len()];
            let mut fit = Autoregression::new();
            while !fit.step(sizes, &r, &mut scratch).unwrap() {}
            for (c, x) in f.iter().enumerate() {
                let (block, j, i) = (c / (n * n), c / n % n, c % n);
                let found = coefficients(sizes, &scratch)[block * n * n + i * n + j];
                assert!((found - x).abs() < 1e-10, "{n} {d}: {found} {x}");
            }
            let mut residual_of = |r: &[f64], coefficients: Option<&[f64]>| {
                let mut residual = Residual::new();
                loop {
                    if let Some(x) = residual.step(sizes, r, coefficients, &mut scratch) {
                        return x.log;
                    }
                }
            };
            assert!((residual_of(&r, None) - own).abs() < 1e-9);
            let kept: Vec<f64> = (0..n * n * d)
                .map(|k| f[(k / (n * n)) * n * n + (k % n) * n + k / n % n])
                .collect();
            let found = residual_of(&s, Some(&kept));
            assert!((found - residual(&s, &f, n, d)).abs() < 1e-9, "{found}");
        }
    }

    #[test]
    fn lags_that_do_not_fit_have_a_larger_ridge() {
        // The second reflection is -49 without a ridge, -4 with 1e-2, and -0.04 with 1e-1; the third order needs
        // what it leaves.
        let sizes = Sizes { channels: 1, delays: 3, rank: 1, operator: false };
        let r = [1.0, 0.999, 0.9, 0.8];
        let mut scratch = vec![0.0; layout(sizes).len()];
        let mut next = Some(Autoregression::new());
        let mut tried = 0;
        while let Some(mut fit) = next {
            tried += 1;
            let result = loop {
                match fit.step(sizes, &r, &mut scratch) {
                    Ok(false) => {}
                    other => break other,
                }
            };
            if result == Ok(true) {
                break;
            }
            next = fit.again();
        }
        assert_eq!(tried, 4);
        let mut whole = toeplitz(&r, 1, 3, 0);
        (0..3).for_each(|i| whole[4 * i] += 0.1);
        for (found, expected) in coefficients(sizes, &scratch).iter().zip(solve(&whole, &r[1..])) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
        assert!(next.unwrap().again().is_none());
        assert!(!log_determinant(&mut [1.0, 0.0, 0.0, -0.5], 1.0, 2).definite);
        assert_eq!(
            log_determinant(&mut [4.0, 2.0, 2.0, 3.0], 1.0, 2),
            Determinant { log: 8.0_f64.ln(), definite: true }
        );
    }

    #[test]
    fn what_is_not_a_covariance_is_refused() {
        let sizes = Sizes { channels: 1, delays: 2, rank: 1, operator: false };
        let mut scratch = vec![0.0; layout(sizes).len()];
        for r in [[0.0; 3], [1.0, 2.0, 1.0], [f64::NAN, 0.0, 0.0], [-1.0, 0.0, 0.0]] {
            let mut fit = Autoregression::new();
            let error = loop {
                match fit.step(sizes, &r, &mut scratch) {
                    Ok(true) => panic!("{r:?}"),
                    Ok(false) => {}
                    Err(error) => break error,
                }
            };
            assert!(matches!(error, Error::Singular | Error::NonFiniteEntry { .. }));
        }
    }
}
