//! The semidefinite lower bound: the dual of the relaxation, solved by a barrier method.
//!
//! ```text
//! P = Q = t I, so that the smallest eigenvalue of S is 1 / n;  tau = n^2 / (tr P + tr Q - reached)
//! while the bound is above what is reached, for at most 120 Newton steps
//!     repeat, at most 12 times               for one tau
//!         S = L L',  W = S^-1                if S is singular, tau is the last
//!         gradient and Hessian of tau (tr P + tr Q) - log det S, from the blocks of W
//!         direction = -Hessian^-1 gradient,  decrement^2 = -direction . gradient
//!         (P, Q) = (P, Q) + t direction      t the minimum along it, within 0.8 of the way to a singular S
//!         stop if decrement^2 <= 0.25
//!     bound = least so far of tr P + tr Q - n lambda_min(S)
//!     stop if two tau in a row have not lowered it
//!     tau = 10 tau
//! ```
//!
//! Minimise tr P + tr Q over symmetric P, Q with S(P, Q) = I ⊗ P + Q ⊗ I - G positive definite, by
//! following the minima of tau (tr P + tr Q) - log det S for tau -> infinity (Boyd & Vandenberghe,
//! *Convex Optimization*, 11.2, 11.3 and 11.6). With W = S⁻¹ in n x n blocks W_ab,
//!
//! - the derivative by P is tau I - sum_a W_aa, that by Q is tau I - the matrix of the tr W_ab;
//! - the second derivative by P is (dP, dP') -> sum_ab tr(W_ab dP W_ba dP'), and alike for P with Q
//!   and Q with Q: each of the three is one Gram matrix of a rearranged W, n⁶ multiply-adds.
//!
//! Along a direction, log det S is a sum over the eigenvalues of L⁻¹ dS L⁻ᵀ (S = L Lᵀ), so the step is
//! the exact minimum, found without cancellation however close S is to singular.

use crate::error::Error;
use crate::linalg::{solve, symmetric};
use crate::matrix::{Cells, Mat, MatMut, MatRef, add_scaled, copy, dot, try_zeros};
use crate::scalar::Real;
use alloc::vec::Vec;

/// Newton steps in all, and for one tau.
const MOST_STEPS: usize = 120;
const MOST_CENTRING: usize = 12;
/// Factor from one tau to the next.
const FACTOR: f64 = 10.0;
/// Squared Newton decrement at which a minimum is near enough.
const CENTRED: f64 = 0.25;
/// Share of the way to the boundary that one step may go: a step to its very edge, where the line
/// search alone would often go, costs dozens of steps to come back.
const REACH: f64 = 0.8;
/// Halvings of the interval of the line search.
const HALVINGS: usize = 30;
/// Values of tau in a row that do not lower the bound, after which the search gives up.
const PATIENCE: usize = 2;

/// An upper bound of <A, R B Rᵀ> before the allowance for rounding, and the largest absolute eigenvalue of
/// the S that it was computed from.
#[derive(Clone, Copy, Debug)]
pub(in crate::similarity::procrustes) struct UpperBound {
    pub(in crate::similarity::procrustes) value: f64,
    pub(in crate::similarity::procrustes) size: f64,
}

/// Two operators of unit norm, the multipliers, and the memory of the search.
pub(in crate::similarity::procrustes) struct Barrier<'a> {
    a: MatRef<'a, f64>,
    b: MatRef<'a, f64>,
    n: usize,
    /// P and Q: their lower triangles, column by column.
    multipliers: Vec<f64>,
    /// Those of the best bound.
    best: Vec<f64>,
    direction: Vec<f64>,
    gradient: Vec<f64>,
    roots: Vec<f64>,
    hessian: Mat<f64>,
    /// n² x n²: S and its factor L, W, and two for scratch.
    factor: Mat<f64>,
    inverse: Mat<f64>,
    first: Mat<f64>,
    second: Mat<f64>,
    values: Vec<f64>,
    scratch: Vec<f64>,
}

/// The places (i, j), i >= j, of a lower triangle stored column by column.
fn lower(n: usize) -> impl Iterator<Item = (usize, usize)> + Clone {
    (0..n).flat_map(move |j| (j..n).map(move |i| (i, j)))
}

/// Whether an entry of the multipliers is on a diagonal.
fn diagonal(n: usize) -> impl Iterator<Item = bool> + Clone {
    lower(n).chain(lower(n)).map(|(i, j)| i == j)
}

/// tr P + tr Q.
fn traces(n: usize, x: &[f64]) -> f64 {
    x.iter().zip(diagonal(n)).fold(0.0, |sum, (x, on)| if on { sum + *x } else { sum })
}

/// I ⊗ P + Q ⊗ I.
fn lift(out: &mut MatMut<'_, f64>, n: usize, x: &[f64]) {
    out.fill(0.0);
    let half = x.len() / 2;
    for ((i, j), value) in lower(n).zip(x.part(0, half)) {
        for a in 0..n {
            out.set(a * n + i, a * n + j, *value);
            out.set(a * n + j, a * n + i, *value);
        }
    }
    for ((a, b), value) in lower(n).zip(x.part(half, half)) {
        for i in 0..n {
            for (row, column) in [(a * n + i, b * n + i), (b * n + i, a * n + i)] {
                let rest = if a == b { out.at(row, column) } else { 0.0 };
                out.set(row, column, rest + *value);
                if a == b {
                    break;
                }
            }
        }
    }
}

impl<'a> Barrier<'a> {
    pub(in crate::similarity::procrustes) fn new(
        a: MatRef<'a, f64>,
        b: MatRef<'a, f64>,
    ) -> Result<Self, Error> {
        let n = a.rows();
        let (square, unknowns) = (n.saturating_mul(n), n.saturating_mul(n.saturating_add(1)));
        let big = || Mat::zeros(square, square);
        let vector = || try_zeros(unknowns);
        Ok(Self {
            a,
            b,
            n,
            multipliers: vector()?,
            best: vector()?,
            direction: vector()?,
            gradient: vector()?,
            roots: vector()?,
            hessian: Mat::zeros(unknowns, unknowns)?,
            factor: big()?,
            inverse: big()?,
            first: big()?,
            second: big()?,
            values: try_zeros(square)?,
            scratch: try_zeros(symmetric::leading_memory_len(square))?,
        })
    }

    /// The least upper bound that the search finds. `reached` is a value that some R attains; the
    /// search ends where the bound is within `tolerance` of it, or where S is singular to working
    /// precision.
    pub(in crate::similarity::procrustes) fn minimise(
        &mut self,
        reached: f64,
        tolerance: f64,
    ) -> Result<UpperBound, Error> {
        // P = Q = t I, so that the smallest eigenvalue of S is 1 / n
        self.start()?;
        let mut best = self.bound()?;
        copy(&mut self.best, &self.multipliers);
        // tau = n^2 / (tr P + tr Q - reached): the gap at the minimum for tau is n^2 / tau, so this one is met from the start.
        let above = (traces(self.n, &self.multipliers) - reached).larger(1e-3);
        let mut tau = (self.n * self.n) as f64 / above;
        let (mut steps, mut idle, mut last) = (0, 0, f64::INFINITY);
        // while the bound is above what is reached, for at most 120 Newton steps
        while steps < MOST_STEPS && idle < PATIENCE && best.value - reached > tolerance {
            let mut singular = false;
            // repeat, at most 12 times, for one tau; stop if decrement^2 <= 0.25
            for _ in 0..MOST_CENTRING {
                steps += 1;
                let decrement = self.step(tau);
                singular = decrement.is_err();
                if !decrement.is_ok_and(|decrement| decrement > CENTRED) {
                    break;
                }
            }
            // bound = least so far of tr P + tr Q - n lambda_min(S): it holds for any P and Q, also for those of a step
            // that has failed.
            let Ok(bound) = self.bound() else { break };
            if bound.value < best.value {
                best = bound;
                copy(&mut self.best, &self.multipliers);
            }
            // stop if two tau in a row have not lowered it
            idle = if bound.value < last { 0 } else { idle + 1 };
            last = bound.value;
            if singular {
                break;
            }
            tau *= FACTOR;
        }
        Ok(best)
    }

    /// R with vec R / sqrt n the eigenvector of the smallest eigenvalue of S: the optimum itself, up to
    /// the gap, if the relaxation is tight and the optimum unique. Not orthogonal in general.
    pub(in crate::similarity::procrustes) fn transform(
        &mut self,
        out: &mut MatMut<'_, f64>,
    ) -> Result<(), Error> {
        copy(&mut self.multipliers, &self.best);
        self.assemble();
        let mut negative = self.factor.as_mut();
        negative.scale(-1.0);
        let mut first = self.first.as_mut();
        let mut vector = first.leading_columns(1);
        symmetric::leading_in(&mut negative, &mut self.values, &mut vector, &mut self.scratch)?;
        let norm = Real::sqrt(self.n as f64);
        for (to, from) in out.columns_mut().zip(vector.column(0).chunks(self.n.max(1))) {
            to.iter_mut().zip(from).for_each(|(to, from)| *to = norm * *from);
        }
        Ok(())
    }

    /// P = Q = t I with 1/n, which the root mean square eigenvalue of G does not exceed, as the smallest
    /// eigenvalue of S.
    fn start(&mut self) -> Result<(), Error> {
        self.multipliers.fill(0.0);
        self.assemble();
        let (lowest, _) = self.extreme_values()?;
        let t = 0.5 * (1.0 / self.n as f64 - lowest);
        for (x, on) in self.multipliers.iter_mut().zip(diagonal(self.n)) {
            if on {
                *x = t;
            }
        }
        Ok(())
    }

    /// S into `factor`.
    fn assemble(&mut self) {
        let (a, b, n) = (self.a, self.b, self.n);
        let mut s = self.factor.as_mut();
        lift(&mut s, n, &self.multipliers);
        let places = (0..n).flat_map(|v| (0..n).map(move |j| (v, j)));
        for (column, (v, j)) in s.columns_mut().zip(places) {
            for (u, block) in column.chunks_mut(n.max(1)).enumerate() {
                let (of_a, of_transpose) = (0.5 * b.at(u, v), 0.5 * b.at(v, u));
                for (i, entry) in block.iter_mut().enumerate() {
                    *entry -= a.at(i, j) * of_a + a.at(j, i) * of_transpose;
                }
            }
        }
    }

    /// The smallest eigenvalue of the matrix in `factor`, and the largest in size; destroys it.
    fn extreme_values(&mut self) -> Result<(f64, f64), Error> {
        symmetric::values_in(&mut self.factor.as_mut(), &mut self.values, &mut self.scratch)?;
        let lowest = self.values.last().copied().unwrap_or(0.0);
        let highest = self.values.first().copied().unwrap_or(0.0);
        Ok((lowest, Real::abs(lowest).larger(Real::abs(highest))))
    }

    /// tr P + tr Q - n lambda_min(S).
    fn bound(&mut self) -> Result<UpperBound, Error> {
        self.assemble();
        let (lowest, size) = self.extreme_values()?;
        Ok(UpperBound { value: traces(self.n, &self.multipliers) - self.n as f64 * lowest, size })
    }

    /// One Newton step with a line search; returns the squared decrement.
    fn step(&mut self, tau: f64) -> Result<f64, Error> {
        // S = L L'; this is where a singular S ends the search
        self.assemble();
        solve::factor_symmetric_in(&mut self.factor.as_mut())?;
        // W = S^-1 = L^-T L^-1
        let mut inverse = self.first.as_mut();
        inverse.set_identity();
        solve::solve_lower_in(self.factor.as_ref(), &mut inverse)?;
        self.inverse.as_mut().set_product_transposed(inverse.as_ref(), inverse.as_ref())?;
        // gradient and Hessian of tau (tr P + tr Q) - log det S, from the blocks of W
        self.set_gradient(tau);
        self.set_hessian()?;
        // direction = -Hessian^-1 gradient, decrement^2 = -direction . gradient
        let decrement = self.set_direction()?;
        // (P, Q) = (P, Q) + t direction
        let length = self.line_search(tau)?;
        add_scaled(&mut self.multipliers, length, &self.direction);
        Ok(decrement)
    }

    /// Derivatives by the entries of P and Q. An entry off the diagonal occurs twice in the matrix, so its derivative counts
    /// twice.
    fn set_gradient(&mut self, tau: f64) {
        let n = self.n;
        let w = self.inverse.as_ref();
        let trace = |f: &dyn Fn(usize) -> f64| (0..n).fold(0.0, |sum, k| sum + f(k));
        let of_p = lower(n).map(|(i, j)| trace(&|a| w.at(a * n + i, a * n + j)));
        let of_q = lower(n).map(|(a, b)| trace(&|i| w.at(a * n + i, b * n + i)));
        let values = of_p.chain(of_q).zip(diagonal(n));
        for (to, (value, on)) in self.gradient.iter_mut().zip(values) {
            *to = if on { tau - value } else { -2.0 * value };
        }
    }

    /// The Hessian of -log det S, lower triangle.
    fn set_hessian(&mut self) -> Result<(), Error> {
        let n = self.n;
        let half = self.direction.len() / 2;
        // P with P, Q with Q, P with Q.
        let corner = |row, column| Corner { row, column };
        let corners = [corner(0, 0), corner(half, half), corner(half, 0)];
        for (block, corner) in corners.into_iter().enumerate() {
            let mut rearranged = self.first.as_mut();
            let columns = (0..n).flat_map(|b| (0..n).map(move |k| (b, k)));
            for (column, (b, k)) in self.inverse.as_ref().columns().zip(columns) {
                for (a, part) in column.chunks(n.max(1)).enumerate() {
                    for (i, value) in part.iter().enumerate() {
                        // value = W_ab[i, k].
                        let (to_row, to_column) = match block {
                            0 => (a + n * b, i + n * k),
                            1 => (i + n * k, a + n * b),
                            _ => (b + n * i, a + n * k),
                        };
                        rearranged.set(to_row, to_column, *value);
                    }
                }
            }
            let mut gram = self.second.as_mut();
            gram.set_product_transposed(rearranged.as_ref(), rearranged.as_ref())?;
            fold(&mut self.hessian.as_mut(), corner, gram.as_ref(), n);
        }
        Ok(())
    }

    /// The direction -H⁻¹ gradient; returns the squared decrement. H is scaled to a unit diagonal first.
    /// P + t I, Q - t I leaves S as it is: H is filled in along that direction, of which the gradient
    /// has no part.
    fn set_direction(&mut self) -> Result<f64, Error> {
        let n = self.n;
        let mut h = self.hessian.as_mut();
        let count = h.cols();
        let mean = (0..count).fold(0.0, |sum, k| sum + h.at(k, k)) / count as f64;
        let side = |k: usize| if k < count / 2 { 1.0 } else { -1.0 };
        for ((j, column), on) in h.columns_mut().enumerate().zip(diagonal(n)) {
            for ((i, x), on_too) in column.iter_mut().enumerate().zip(diagonal(n)) {
                if on && on_too {
                    *x += mean / n as f64 * side(i) * side(j);
                }
            }
        }
        for (k, root) in self.roots.iter_mut().enumerate() {
            *root = 1.0 / Real::sqrt(h.at(k, k).larger(f64::MIN_POSITIVE));
        }
        for (column, of_column) in h.columns_mut().zip(&self.roots) {
            column.iter_mut().zip(&self.roots).for_each(|(x, of_row)| *x *= of_row * of_column);
        }
        let entries = self.direction.iter_mut().zip(&self.gradient).zip(&self.roots);
        entries.for_each(|((d, g), root)| *d = -*g * *root);
        solve::solve_symmetric_in(&mut h, &mut MatMut::new(&mut self.direction, count, 1)?)?;
        self.direction.iter_mut().zip(&self.roots).for_each(|(d, root)| *d *= *root);
        Ok(-dot(&self.direction, &self.gradient))
    }

    /// The t that minimises tau t (tr dP + tr dQ) - sum log(1 + t e), e the eigenvalues of
    /// L⁻¹ dS L⁻ᵀ, within reach.
    fn line_search(&mut self, tau: f64) -> Result<f64, Error> {
        // The eigenvalues of L^-1 dS L^-T, by a solve for dS, a transpose, and a second solve.
        let (mut left, mut both) = (self.second.as_mut(), self.first.as_mut());
        lift(&mut left, self.n, &self.direction);
        solve::solve_lower_in(self.factor.as_ref(), &mut left)?;
        both.copy_transposed_from(left.as_ref())?;
        solve::solve_lower_in(self.factor.as_ref(), &mut both)?;
        symmetric::values_in(&mut both, &mut self.values, &mut self.scratch)?;
        let slope = tau * traces(self.n, &self.direction);
        let derivative =
            |t: f64| self.values.iter().fold(slope, |sum, e| sum - *e / (1.0 + t * *e));
        let lowest = self.values.last().copied().unwrap_or(0.0);
        // The step that makes S singular is -1 / lowest: t stays within 0.8 of it.
        let (mut low, mut high) = (0.0, 16.0);
        if lowest < 0.0 {
            high = (-REACH / lowest).smaller(high);
        }
        if derivative(high) <= 0.0 {
            return Ok(high);
        }
        // The derivative grows with t, so its root is found by halving.
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            *(if derivative(middle) < 0.0 { &mut low } else { &mut high }) = middle;
        }
        Ok(low)
    }
}

/// The first row and column of a block.
#[derive(Clone, Copy)]
struct Corner {
    row: usize,
    column: usize,
}

/// One block of the Hessian, its top left corner at `corner`: the form
/// sum dX[k, l] dY[i, j] gram[(i, k), (j, l)] on lower triangles, dX along columns, dY along rows.
fn fold(
    hessian: &mut MatMut<'_, f64>,
    Corner { row, column }: Corner,
    gram: MatRef<'_, f64>,
    n: usize,
) {
    for (of_column, (k, l)) in lower(n).enumerate() {
        for (of_row, (i, j)) in lower(n).enumerate() {
            let mut value = gram.at(i + n * k, j + n * l);
            if k != l {
                value += gram.at(i + n * l, j + n * k);
            }
            if i != j {
                value += gram.at(j + n * k, i + n * l);
            }
            if k != l && i != j {
                value += gram.at(j + n * l, i + n * k);
            }
            hessian.set(row + of_row, column + of_column, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::similarity::procrustes::search::starts;

    /// Entries of a fixed pattern without structure, at unit norm.
    fn operator(n: usize, seed: usize) -> Mat<f64> {
        let mut a = Mat::zeros(n, n).unwrap();
        starts::random(&mut a.as_mut(), seed + 1);
        let mut b = a.clone();
        for j in 0..n {
            for i in 0..n {
                let weight = 1.0 + ((i * 5 + j * 3 + seed) % 7) as f64;
                b.as_mut().set(i, j, weight * a.as_ref().at(i, j));
            }
        }
        let norm = b.as_ref().frobenius_norm();
        b.as_mut().scale(1.0 / norm);
        b
    }

    /// <A, R B Rᵀ>.
    fn value(a: &Mat<f64>, b: &Mat<f64>, r: &Mat<f64>) -> f64 {
        let n = a.as_ref().rows();
        let [mut left, mut right] = [(); 2].map(|()| Mat::<f64>::zeros(n, n).unwrap());
        left.as_mut().set_product(a.as_ref(), r.as_ref()).unwrap();
        right.as_mut().set_product(r.as_ref(), b.as_ref()).unwrap();
        let (left, right) = (left.as_ref(), right.as_ref());
        left.columns().zip(right.columns()).fold(0.0, |sum, (x, y)| sum + dot(x, y))
    }

    fn orthogonal(n: usize, seed: usize) -> Mat<f64> {
        let mut r = Mat::zeros(n, n).unwrap();
        starts::random(&mut r.as_mut(), seed);
        r
    }

    #[test]
    fn any_multipliers_bound_every_transform() {
        for n in [2, 3, 5] {
            let (a, b) = (operator(n, 1), operator(n, 2));
            let mut barrier = Barrier::new(a.as_ref(), b.as_ref()).unwrap();
            let mut most = -1.0_f64;
            let mut least = f64::INFINITY;
            for seed in 0..50 {
                most = most.max(value(&a, &b, &orthogonal(n, seed)));
                let spread = [0.0, 0.01, 0.1, 1.0][seed % 4];
                for (k, x) in barrier.multipliers.iter_mut().enumerate() {
                    *x = spread * (((k + seed) * 7 % 11) as f64 - 5.0);
                }
                least = least.min(barrier.bound().unwrap().value);
            }
            assert!(most <= least + 1e-14, "n {n}: {most} {least}");
            let best = barrier.minimise(most, 1e-12).unwrap();
            assert!(most <= best.value + 1e-13 && best.value <= least, "n {n}");
        }
    }

    #[test]
    fn the_bound_is_the_optimum_at_order_two() {
        for seed in 0..20 {
            let (a, b) = (operator(2, seed), operator(2, seed + 50));
            let parts = |m: MatRef<'_, f64>| {
                let half = 0.5 * (m.at(0, 1) + m.at(1, 0));
                let apart = 0.5 * (m.at(0, 0) - m.at(1, 1));
                let skew = 0.5 * (m.at(0, 1) - m.at(1, 0));
                (m.at(0, 0) + m.at(1, 1), skew.abs(), (2.0 * (half * half + apart * apart)).sqrt())
            };
            let ((ta, ka, da), (tb, kb, db)) = (parts(a.as_ref()), parts(b.as_ref()));
            let optimum = 0.5 * ta * tb + 2.0 * ka * kb + da * db;
            let mut barrier = Barrier::new(a.as_ref(), b.as_ref()).unwrap();
            let bound = barrier.minimise(optimum, 1e-10).unwrap().value;
            assert!((-1e-14..1e-9).contains(&(bound - optimum)), "seed {seed}: {bound} {optimum}");
        }
    }

    #[test]
    fn the_bound_is_the_optimum_for_symmetric_operators() {
        // diag(1, .., n) against a turned diag of squares: sorted against sorted.
        let n = 5;
        let [mut a, mut d, mut first, mut b] = [(); 4].map(|()| Mat::<f64>::zeros(n, n).unwrap());
        for i in 0..n {
            a.as_mut().set(i, i, (i + 1) as f64 / 55.0_f64.sqrt());
            d.as_mut().set(i, i, ((i + 1) * (i + 1)) as f64 / 979.0_f64.sqrt());
        }
        let q = orthogonal(n, 9);
        first.as_mut().set_product(d.as_ref(), q.as_ref()).unwrap();
        b.as_mut().set_product_transposed(q.as_ref(), first.as_ref()).unwrap();
        let optimum = 225.0 / (55.0_f64 * 979.0).sqrt();
        let mut barrier = Barrier::new(a.as_ref(), b.as_ref()).unwrap();
        let bound = barrier.minimise(optimum, 1e-10).unwrap().value;
        assert!((-1e-14..1e-9).contains(&(bound - optimum)), "{bound} {optimum}");
    }

    #[test]
    fn the_null_vector_is_the_transform() {
        for n in [3, 4, 6] {
            let a = operator(n, 3);
            let q = orthogonal(n, 4);
            let [mut first, mut b, mut r] = [(); 3].map(|()| Mat::<f64>::zeros(n, n).unwrap());
            first.as_mut().set_product(a.as_ref(), q.as_ref()).unwrap();
            b.as_mut().set_product_transposed(q.as_ref(), first.as_ref()).unwrap();
            let mut barrier = Barrier::new(a.as_ref(), b.as_ref()).unwrap();
            barrier.minimise(1.0, 1e-12).unwrap();
            barrier.transform(&mut r.as_mut()).unwrap();
            // B = Qᵀ A Q, so R = Q up to its sign and the root of gap / (second eigenvalue of S).
            let sign =
                if dot(r.as_ref().column(0), q.as_ref().column(0)) < 0.0 { -1.0 } else { 1.0 };
            for (x, y) in r.as_ref().columns().flatten().zip(q.as_ref().columns().flatten()) {
                assert!((sign * x - y).abs() < 1e-4, "n {n}: {x} {y}");
            }
        }
    }

    #[test]
    fn derivatives_agree_with_differences() {
        let n = 3;
        let (a, b, tau) = (operator(n, 5), operator(n, 6), 30.0);
        let mut barrier = Barrier::new(a.as_ref(), b.as_ref()).unwrap();
        barrier.start().unwrap();
        for (k, x) in barrier.multipliers.iter_mut().enumerate() {
            *x += 0.003 * (k % 5) as f64;
        }
        let center = barrier.multipliers.clone();
        let unknowns = center.len();
        let mut gradient_at = |k: usize, step: f64| {
            barrier.multipliers.clone_from(&center);
            if let Some(x) = barrier.multipliers.get_mut(k) {
                *x += step;
            }
            let at = barrier.multipliers.clone();
            barrier.step(tau).unwrap();
            barrier.multipliers.clone_from(&at);
            barrier.assemble();
            barrier.extreme_values().unwrap();
            let log: f64 = barrier.values.iter().map(|x| x.ln()).sum();
            let value = tau * traces(n, &at) - log;
            barrier.set_hessian().unwrap();
            (value, barrier.gradient.clone(), barrier.hessian.clone())
        };
        let (_, gradient, hessian) = gradient_at(0, 0.0);
        let h = 1e-5;
        for (k, exact) in gradient.iter().enumerate() {
            let (above, up, _) = gradient_at(k, h);
            let (below, down, _) = gradient_at(k, -h);
            let slope = (above - below) / (2.0 * h);
            assert!((slope - exact).abs() < 1e-5 * (1.0 + slope.abs()), "{k}");
            for i in k..unknowns {
                let second = (up[i] - down[i]) / (2.0 * h);
                let ours = hessian.as_ref().at(i, k);
                assert!((second - ours).abs() < 1e-5 * (1.0 + second.abs()), "{i} {k}");
            }
        }
    }
}
