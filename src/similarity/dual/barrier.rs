//! The dual of the relaxation, solved by a barrier method.
//!
//! Minimise tr P + tr Q over symmetric P, Q with S(P, Q) = I ⊗ P + Q ⊗ I - G positive definite, by
//! following the minima of tau (tr P + tr Q) - log det S for tau -> infinity (Boyd & Vandenberghe,
//! *Convex Optimization*, 11.2 to 11.3, 11.6). With W = S⁻¹ in n x n blocks W_ab the derivatives are
//!
//! - by P: tau I - sum_a W_aa; by Q: tau I - the matrix of the tr W_ab;
//! - twice by P: (dP, dP') -> sum_ab tr(W_ab dP W_ba dP'), and alike for the others:
//!   each of the three blocks of the Hessian is one Gram matrix of a rearranged W, n⁶ multiply-adds.
//!
//! Along a direction, log det is a sum over the eigenvalues of L⁻¹ dS L⁻ᵀ, so the step is the exact
//! minimum, without a cancellation however close S is to singular.

use crate::error::Error;
use crate::linalg::{solve, symmetric};
use crate::matrix::{Cells, Mat, MatMut, MatRef, add_scaled, dot, try_zeros};
use crate::scalar::Real;
use alloc::vec::Vec;

/// Newton steps in all, and for one tau.
const MOST_STEPS: usize = 120;
const MOST_CENTRING: usize = 12;
/// Factor from one tau to the next.
const FACTOR: f64 = 20.0;
/// Squared Newton decrement at which a minimum is near enough.
const CENTRED: f64 = 0.25;
/// Values of tau without a better bound after which the search gives up.
const PATIENCE: usize = 3;

/// Two operators of unit norm, and the memory of the search.
pub(super) struct Barrier<'a> {
    a: MatRef<'a, f64>,
    b: MatRef<'a, f64>,
    n: usize,
    /// P and Q, their lower triangles column by column, and a direction of the same form.
    multipliers: Vec<f64>,
    direction: Vec<f64>,
    gradient: Vec<f64>,
    hessian: Mat<f64>,
    /// S and its factor L, W, two rearrangements, and scratch: n² x n² each.
    factor: Mat<f64>,
    inverse: Mat<f64>,
    first: Mat<f64>,
    second: Mat<f64>,
    values: Vec<f64>,
    scratch: Vec<f64>,
}

/// The pairs (i, j), i >= j, in the order of a lower triangle stored column by column.
fn lower(n: usize) -> impl Iterator<Item = (usize, usize)> + Clone {
    (0..n).flat_map(move |j| (j..n).map(move |i| (i, j)))
}

impl<'a> Barrier<'a> {
    pub(super) fn new(a: MatRef<'a, f64>, b: MatRef<'a, f64>) -> Result<Self, Error> {
        let n = a.rows();
        let (square, unknowns) = (n.saturating_mul(n), n.saturating_mul(n + 1));
        let big = || Mat::zeros(square, square);
        Ok(Self {
            a,
            b,
            n,
            multipliers: try_zeros(unknowns)?,
            direction: try_zeros(unknowns)?,
            gradient: try_zeros(unknowns)?,
            hessian: Mat::zeros(unknowns, unknowns)?,
            factor: big()?,
            inverse: big()?,
            first: big()?,
            second: big()?,
            values: try_zeros(square)?,
            scratch: try_zeros(symmetric::values_memory_len(square))?,
        })
    }

    /// An upper bound of <A, R B Rᵀ> over all orthogonal R, before the allowance for rounding, and the
    /// size of the largest eigenvalue of S that it rests on. `reached` is a value that some R attains;
    /// the search ends where the bound is within `tolerance` of it.
    pub(super) fn minimise(
        &mut self,
        reached: f64,
        tolerance: f64,
    ) -> Result<super::UpperBound, Error> {
        self.start()?;
        let mut best = self.bound()?;
        let count = (self.n * self.n) as f64;
        let mut tau = count / (self.objective(&self.multipliers) - reached).larger(1e-3);
        let (mut steps, mut idle) = (0, 0);
        while steps < MOST_STEPS && idle < PATIENCE && best.value - reached > tolerance {
            for _ in 0..MOST_CENTRING {
                steps += 1;
                match self.step(tau) {
                    Ok(decrement) if decrement > CENTRED => {}
                    Ok(_) => break,
                    // S or the Hessian is singular to working precision: as far as one can go.
                    Err(_) => {
                        idle = PATIENCE;
                        break;
                    }
                }
            }
            let bound = self.bound()?;
            idle = if bound.value < best.value { idle } else { idle + 1 };
            if bound.value < best.value {
                best = bound;
            }
            tau *= FACTOR;
        }
        Ok(best)
    }

    /// P = Q = t I with every eigenvalue of S at least 1/n, the mean square eigenvalue of G at most.
    fn start(&mut self) -> Result<(), Error> {
        self.multipliers.fill(0.0);
        self.assemble(false);
        let (lowest, _) = self.extreme_values()?;
        let t = 0.5 * (1.0 / self.n as f64 - lowest);
        self.spread(t);
        Ok(())
    }

    /// P += t I, Q += t I.
    fn spread(&mut self, t: f64) {
        let places = lower(self.n).chain(lower(self.n));
        for (x, (i, j)) in self.multipliers.iter_mut().zip(places) {
            if i == j {
                *x += t;
            }
        }
    }

    /// tr P + tr Q.
    fn objective(&self, x: &[f64]) -> f64 {
        let places = lower(self.n).chain(lower(self.n));
        x.iter().zip(places).filter(|(_, (i, j))| i == j).fold(0.0, |sum, (x, _)| sum + *x)
    }

    /// S(P, Q) into `factor`, or I ⊗ dP + dQ ⊗ I of the direction.
    fn assemble(&mut self, direction: bool) {
        let n = self.n;
        let half = n * (n + 1) / 2;
        let x = if direction { &self.direction } else { &self.multipliers };
        let (of_p, of_q) = (x.part(0, half), x.part(half, half));
        let at = |x: &[f64], i: usize, j: usize| {
            let (i, j) = if i < j { (j, i) } else { (i, j) };
            x.at(j * n - j * (j + 1) / 2 + i)
        };
        let (a, b) = (self.a, self.b);
        let target = if direction { &mut self.second } else { &mut self.factor };
        for (column, to) in target.as_mut().columns_mut().enumerate() {
            let (v, j) = (column / n, column % n);
            for (u, block) in to.chunks_mut(n).enumerate() {
                for (i, entry) in block.iter_mut().enumerate() {
                    let mut value = 0.0;
                    if !direction {
                        value -= 0.5 * (a.at(i, j) * b.at(u, v) + a.at(j, i) * b.at(v, u));
                    }
                    if u == v {
                        value += at(of_p, i, j);
                    }
                    if i == j {
                        value += at(of_q, u, v);
                    }
                    *entry = value;
                }
            }
        }
    }

    /// The smallest eigenvalue of the matrix in `factor` and the largest in size; destroys it.
    fn extreme_values(&mut self) -> Result<(f64, f64), Error> {
        symmetric::values_in(&mut self.factor.as_mut(), &mut self.values, &mut self.scratch)?;
        let lowest = self.values.last().copied().unwrap_or(0.0);
        let highest = self.values.first().copied().unwrap_or(0.0);
        Ok((lowest, Real::abs(lowest).larger(Real::abs(highest))))
    }

    /// tr P + tr Q - n lambda_min(S).
    fn bound(&mut self) -> Result<super::UpperBound, Error> {
        self.assemble(false);
        let (lowest, size) = self.extreme_values()?;
        let value = self.objective(&self.multipliers) - self.n as f64 * lowest;
        Ok(super::UpperBound { value, size })
    }

    /// One Newton step with exact line search; returns the squared decrement.
    fn step(&mut self, tau: f64) -> Result<f64, Error> {
        self.assemble(false);
        let mut inverse = self.inverse.as_mut();
        solve::factor_symmetric_in(&mut self.factor.as_mut())?;
        inverse.set_identity();
        solve::solve_lower_in(self.factor.as_ref(), &mut inverse)?;
        self.first.as_mut().copy_from(inverse.as_ref())?;
        inverse.set_product_transposed(self.first.as_ref(), self.first.as_ref())?;

        self.set_gradient(tau);
        self.set_hessian()?;
        let decrement = self.solve()?;
        let length = self.line_search(tau)?;
        add_scaled(&mut self.multipliers, length, &self.direction);
        Ok(decrement)
    }

    /// Derivatives by the entries of P and Q; an entry off the diagonal stands for two.
    fn set_gradient(&mut self, tau: f64) {
        let n = self.n;
        let w = self.inverse.as_ref();
        let of_p = |(i, j): (usize, usize)| {
            (0..n).fold(0.0, |sum, a| sum + w.at(a * n + i, a * n + j)) - if i == j { tau } else { 0.0 }
        };
        let of_q = |(a, b): (usize, usize)| {
            (0..n).fold(0.0, |sum, i| sum + w.at(a * n + i, b * n + i)) - if a == b { tau } else { 0.0 }
        };
        let values = lower(n).map(of_p).chain(lower(n).map(of_q));
        for ((to, value), (i, j)) in self.gradient.iter_mut().zip(values).zip(lower(n).chain(lower(n)))
        {
            *to = if i == j { -value } else { -2.0 * value };
        }
    }

    /// The Hessian of -log det S.
    fn set_hessian(&mut self) -> Result<(), Error> {
        let n = self.n;
        let half = n * (n + 1) / 2;
        // Columns (i, k) over rows (a, b); columns (a, b) over rows (i, k); columns (a, k) over rows
        // (b, i), of W_ab[i, k].
        for (by_p, by_q, row, column) in [(true, true, 0, 0), (false, false, half, half), (true, false, half, 0)] {
            let mut rearranged = self.first.as_mut();
            for (at, from) in self.inverse.as_ref().columns().enumerate() {
                let (b, k) = (at / n, at % n);
                for (at, value) in from.iter().enumerate() {
                    let (a, i) = (at / n, at % n);
                    let (to_row, to_column) = match (by_p, by_q) {
                        (true, true) => (a + n * b, i + n * k),
                        (false, _) => (i + n * k, a + n * b),
                        (true, false) => (b * n + i, a + n * k),
                    };
                    rearranged.set(to_row, to_column, *value);
                }
            }
            let mut gram = self.second.as_mut();
            gram.set_product_transposed(rearranged.as_ref(), rearranged.as_ref())?;
            fold_symmetric(&mut self.hessian.as_mut(), gram.as_ref(), n, (row, column));
        }
        Ok(())
    }

    /// Direction = -H⁻¹ gradient, scaled to a unit diagonal first. P + t I, Q - t I leaves S as it is:
    /// that direction is filled in, the gradient has no part along it.
    fn solve(&mut self) -> Result<f64, Error> {
        let n = self.n;
        let mut h = self.hessian.as_mut();
        let half = n * (n + 1) / 2;
        let diagonal = |k: usize| lower(n).nth(k % half.max(1)).is_some_and(|(i, j)| i == j);
        let mean = (0..h.cols()).fold(0.0, |sum, k| sum + h.at(k, k)) / (2 * half).max(1) as f64;
        let sides: Vec<(bool, f64)> =
            (0..2 * half).map(|k| (diagonal(k), if k < half { 1.0 } else { -1.0 })).collect();
        for (j, column) in h.columns_mut().enumerate() {
            let Some((true, of_column)) = sides.get(j) else { continue };
            for (x, (on_diagonal, of_row)) in column.iter_mut().zip(&sides) {
                if *on_diagonal {
                    *x += mean / n as f64 * of_row * of_column;
                }
            }
        }
        let roots: Vec<f64> =
            (0..h.cols()).map(|k| 1.0 / Real::sqrt(h.at(k, k).larger(f64::MIN_POSITIVE))).collect();
        for (column, of_column) in h.columns_mut().zip(&roots) {
            column.iter_mut().zip(&roots).for_each(|(x, of_row)| *x *= of_row * of_column);
        }
        for ((d, g), root) in self.direction.iter_mut().zip(&self.gradient).zip(&roots) {
            *d = -*g * *root;
        }
        let length = self.direction.len();
        solve::solve_symmetric_in(&mut h, &mut MatMut::new(&mut self.direction, length, 1)?)?;
        self.direction.iter_mut().zip(&roots).for_each(|(d, root)| *d *= *root);
        Ok(-dot(&self.direction, &self.gradient))
    }

    /// The minimum of tau t (tr dP + tr dQ) - sum log(1 + t e_i), e_i the eigenvalues of L⁻¹ dS L⁻ᵀ.
    fn line_search(&mut self, tau: f64) -> Result<f64, Error> {
        self.assemble(true);
        let mut turned = self.second.as_mut();
        solve::solve_lower_in(self.factor.as_ref(), &mut turned)?;
        let mut other = self.first.as_mut();
        other.copy_transposed_from(turned.as_ref())?;
        solve::solve_lower_in(self.factor.as_ref(), &mut other)?;
        symmetric::values_in(&mut other, &mut self.values, &mut self.scratch)?;
        let slope = tau * self.objective(&self.direction);
        let derivative =
            |t: f64| self.values.iter().fold(slope, |sum, e| sum - *e / (1.0 + t * *e));
        let lowest = self.values.last().copied().unwrap_or(0.0);
        let (mut low, mut high) = (0.0, 16.0);
        if lowest < 0.0 {
            high = (-0.8 / lowest).smaller(high);
        }
        if derivative(high) <= 0.0 {
            return Ok(high);
        }
        for _ in 0..30 {
            let middle = 0.5 * (low + high);
            if derivative(middle) < 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }
}

/// Writes one block of the Hessian, with its top left corner at (row, column): the bilinear form
/// sum dX[k, l] dY[i, j] gram[(i, k), (j, l)] on lower triangles.
fn fold_symmetric(
    hessian: &mut MatMut<'_, f64>,
    gram: MatRef<'_, f64>,
    n: usize,
    (row, column): (usize, usize),
) {
    for (of_column, (k, l)) in lower(n).enumerate() {
        for (of_row, (i, j)) in lower(n).enumerate() {
            let mut value = gram.at(i + n * k, j + n * l);
            if k != l {
                value += gram.at(i + n * l, j + n * k);
            }
            if i != j {
                value += gram.at(j + n * k, i + n * l);
                if k != l {
                    value += gram.at(j + n * l, i + n * k);
                }
            }
            hessian.set(row + of_row, column + of_column, value);
        }
    }
}
