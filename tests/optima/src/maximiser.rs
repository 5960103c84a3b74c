//! A local maximiser of f(C) = <A, C B Cᵀ> over the orthogonal matrices, written to check the library's
//! solver. It shares no code with it but the eigen-solver that chooses coordinates, takes other starts,
//! another retraction and none of its shortcuts, and states the cosine of the operators as given.
//!
//! Riemannian L-BFGS (Huang, Gallivan & Absil 2015) in the right trivialisation: a tangent vector at C
//! is X C with X skew, and vectors are carried along as X. With M = C B Cᵀ,
//!
//! df(X C) = sum over i < j of g_ij x_ij, g = N - Nᵀ, N = A Mᵀ + Aᵀ M.
//!
//! The second derivative along one x_ij, a rotation of the plane of the axes i and j, is
//!
//! h_ij = 2 (A_ii M_jj + A_jj M_ii - A_ij M_ji - A_ji M_ij) - (s_i + s_j),
//!
//! s_i = sum over k of A_ik M_ik + A_ki M_ki. With A in the basis of the eigenvectors of its symmetric
//! part, where these rotations are nearly independent, 1 / |h_ij| is the metric before anything is learnt.
//!
//! The retraction is that of the QR factorisation, C <- qf(I + X) C (Absil, Mahony & Sepulchre 2008,
//! example 4.1.3). As X is skew, (I + X)ᵀ(I + X) = I - X² is well conditioned, and qf(I + X) is
//! (I + X) L⁻ᵀ with its Cholesky factor L.
//!
//! Cost: about 6 n³ multiply-adds an iteration.

use crate::square::{Square, dot};
use dynamical_similarity::linalg::symmetric;
use dynamical_similarity::{Error, MatMut};

/// Where a climb ended.
#[derive(Clone, Debug)]
pub struct Top {
    /// <A, C B Cᵀ> / (|A| |B|).
    pub cosine: f64,
    /// C, orthogonal to rounding.
    pub transform: Square,
    /// Whether the slope fell below the tolerance, or to what rounding leaves.
    pub converged: bool,
    /// Iterations.
    pub iterations: usize,
}

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The slope of the cosine along a quasi-Newton step: twice what is left to gain.
    pub slope: f64,
    /// Iterations.
    pub iterations: usize,
}

/// Steps that the metric is learnt from.
const MEMORY: usize = 8;
/// Of the linear prediction, what a step has to gain.
const ARMIJO: f64 = 1e-4;
/// What rounding can take from a cosine.
const ROUNDING: f64 = 4e-16;
/// The longest step, as the norm of the upper triangle of X.
const LONGEST: f64 = 1.0;
/// Below this slope a step that gains nothing is one that rounding spoils.
const FLAT: f64 = 1e-10;
/// Of the mean |h|, what is added to each.
const FLOOR: f64 = 0.03;

/// Climbs for one pair, and its memory.
#[derive(Clone, Debug)]
pub struct Maximiser {
    given: Square,
    basis: Square,
    a: Square,
    a_transposed: Square,
    b: Square,
    turned: Square,
    product: Square,
    gradients: [Square; 2],
    skew: Square,
    factor: Square,
    rotation: Square,
    next: Square,
}

impl Maximiser {
    /// For two operators that are not zero; they are scaled to unit norm.
    ///
    /// # Errors
    /// A sentence if the eigen-solver fails.
    pub fn new(a: &Square, b: &Square) -> Result<Self, String> {
        let zeros = Square::zeros(a.order);
        let basis = symmetric_basis(a).map_err(|error| error.to_string())?;
        let given = a.times(1.0 / a.norm());
        let a = given.turned_by(&basis.transposed());
        Ok(Self {
            given,
            basis,
            a_transposed: a.transposed(),
            b: b.times(1.0 / b.norm()),
            a,
            turned: zeros.clone(),
            product: zeros.clone(),
            gradients: [zeros.clone(), zeros.clone()],
            skew: zeros.clone(),
            factor: zeros.clone(),
            rotation: zeros.clone(),
            next: zeros,
        })
    }

    /// Climbs from `start`, orthogonal, to a local maximum.
    #[must_use]
    pub fn climb(&mut self, start: &Square, limits: Limits) -> Top {
        // In the basis: C = V C', A = V A' Vᵀ.
        let mut c = Square::zeros(start.order);
        c.set_product(&self.basis.transposed(), start);
        let mut value = self.value(&c);
        let mut gradient = self.gradient();
        let mut memory = History::default();
        let (mut converged, mut iterations) = (false, 0);
        while iterations < limits.iterations {
            iterations += 1;
            let metric = self.metric();
            let mut step = memory.direction(&gradient, &metric);
            let mut slope = dot(&step, &gradient);
            if !(slope > 0.0) {
                memory.clear();
                step = memory.direction(&gradient, &metric);
                slope = dot(&step, &gradient);
            }
            if slope <= limits.slope {
                converged = true;
                break;
            }
            let longest = LONGEST / dot(&step, &step).sqrt();
            if longest < 1.0 {
                step.iter_mut().for_each(|x| *x *= longest);
                slope *= longest;
            }
            let Some((length, reached)) = self.search(&c, &step, value, slope) else {
                if memory.is_empty() {
                    converged = slope <= FLAT;
                    break;
                }
                memory.clear();
                continue;
            };
            std::mem::swap(&mut c, &mut self.next);
            value = reached;
            let after = self.gradient();
            step.iter_mut().for_each(|x| *x *= length);
            // Of -f, which is minimised.
            let change = gradient.iter().zip(&after).map(|(old, new)| old - new).collect();
            memory.push(step, change);
            gradient = after;
        }
        let mut transform = Square::zeros(c.order);
        transform.set_product(&self.basis, &c);
        transform.orthonormalise();
        self.value(&transform);
        Top { cosine: self.given.inner(&self.turned), transform, converged, iterations }
    }

    /// A transform moved by `size` in the direction of the upper triangle `along`.
    #[must_use]
    pub fn moved(&mut self, c: &Square, along: &[f64], size: f64) -> Square {
        let scale = size / dot(along, along).sqrt();
        self.retract(c, along, scale);
        self.next.orthonormalise();
        self.next.clone()
    }

    /// The angle of a transform in rad, through the shorter chord, which is accurate near 0 and pi.
    #[must_use]
    pub fn angle(&mut self, c: &Square) -> f64 {
        self.value(c);
        let chord = |sign: f64| -> f64 {
            let entries = self.given.entries.iter().zip(&self.turned.entries);
            entries.map(|(a, m)| (a + sign * m) * (a + sign * m)).sum::<f64>().sqrt()
        };
        let (difference, sum) = (chord(-1.0), chord(1.0));
        if difference <= sum {
            2.0 * libm::asin(0.5 * difference)
        } else {
            std::f64::consts::PI - 2.0 * libm::asin(0.5 * sum)
        }
    }

    /// f(C); leaves M = C B Cᵀ in `turned`.
    fn value(&mut self, c: &Square) -> f64 {
        self.product.set_product(c, &self.b);
        self.turned.set_product_transposed(&self.product, c);
        self.a.inner(&self.turned)
    }

    /// The upper triangle of N - Nᵀ for the M of the last value.
    fn gradient(&mut self) -> Vec<f64> {
        let [first, second] = &mut self.gradients;
        first.set_product_transposed(&self.a, &self.turned);
        second.set_product(&self.a_transposed, &self.turned);
        first.entries.iter_mut().zip(&second.entries).for_each(|(to, x)| *to += x);
        let n = self.a.order;
        let upper = (1..n).flat_map(|j| (0..j).map(move |i| (i, j)));
        upper.map(|(i, j)| first.at(i, j) - first.at(j, i)).collect()
    }

    /// 1 / |h| for the upper triangle and the M of the last value.
    fn metric(&self) -> Vec<f64> {
        let (n, a, m) = (self.a.order, &self.a, &self.turned);
        let mut sums = vec![0.0; n];
        let columns = a.entries.chunks_exact(n).zip(m.entries.chunks_exact(n));
        for (j, (a, m)) in columns.enumerate() {
            let mut column = 0.0;
            for (sum, (a, m)) in sums.iter_mut().zip(a.iter().zip(m)) {
                *sum += a * m;
                column += a * m;
            }
            sums[j] += column;
        }
        let upper = (1..n).flat_map(|j| (0..j).map(move |i| (i, j)));
        let mut bends: Vec<f64> = upper
            .map(|(i, j)| {
                let diagonal = a.at(i, i) * m.at(j, j) + a.at(j, j) * m.at(i, i);
                let across = a.at(i, j) * m.at(j, i) + a.at(j, i) * m.at(i, j);
                (2.0 * (diagonal - across) - (sums[i] + sums[j])).abs()
            })
            .collect();
        let floor = (FLOOR * bends.iter().sum::<f64>() / bends.len() as f64).max(f64::MIN_POSITIVE);
        bends.iter_mut().for_each(|h| *h = 1.0 / (*h + floor));
        bends
    }

    /// Backtracks along a step to the Armijo condition; leaves the new transform in `next`.
    fn search(&mut self, c: &Square, step: &[f64], value: f64, slope: f64) -> Option<(f64, f64)> {
        let mut length = 1.0;
        for _ in 0..20 {
            self.retract(c, step, length);
            let next = std::mem::replace(&mut self.next, Square::zeros(0));
            let reached = self.value(&next);
            self.next = next;
            if reached >= value + ARMIJO * length * slope - ROUNDING {
                return Some((length, reached));
            }
            // The top of the parabola through both values and the slope.
            let bend = 2.0 * (length * slope - (reached - value));
            length *= (length * slope / bend).clamp(0.1, 0.5);
        }
        None
    }

    /// qf(I + X) C into `next`.
    fn retract(&mut self, c: &Square, step: &[f64], length: f64) {
        let n = c.order;
        let mut packed = step.iter();
        for j in 0..n {
            *self.skew.at_mut(j, j) = 0.0;
            for i in 0..j {
                let x = length * packed.next().copied().unwrap_or(0.0);
                *self.skew.at_mut(i, j) = x;
                *self.skew.at_mut(j, i) = -x;
            }
        }
        self.factor.set_product(&self.skew, &self.skew);
        self.factor.entries.iter_mut().for_each(|x| *x = -*x);
        for i in 0..n {
            *self.factor.at_mut(i, i) += 1.0;
            *self.skew.at_mut(i, i) = 1.0;
        }
        cholesky(&mut self.factor);
        // Q Lᵀ = I + X, column after column.
        for j in 0..n {
            let (before, rest) = self.skew.entries.split_at_mut(j * n);
            let column = &mut rest[..n];
            for (k, other) in before.chunks_exact(n).enumerate() {
                let by = self.factor.entries[k * n + j];
                column.iter_mut().zip(other).for_each(|(x, o)| *x -= by * o);
            }
            let by = 1.0 / self.factor.at(j, j);
            column.iter_mut().for_each(|x| *x *= by);
        }
        std::mem::swap(&mut self.skew, &mut self.rotation);
        self.next.set_product(&self.rotation, c);
    }
}

/// The eigenvectors of the symmetric part, as columns.
fn symmetric_basis(a: &Square) -> Result<Square, Error> {
    let n = a.order;
    let mut part = Square::from_fn(n, |i, j| 0.5 * (a.at(i, j) + a.at(j, i)));
    let mut vectors = Square::zeros(n);
    let (mut values, mut memory) = (vec![0.0; n], vec![0.0; symmetric::eigen_memory_len(n)]);
    symmetric::eigen_in(
        &mut MatMut::new(&mut part.entries, n, n)?,
        &mut values,
        &mut MatMut::new(&mut vectors.entries, n, n)?,
        &mut memory,
    )?;
    Ok(vectors)
}

/// The lower Cholesky factor, in place; the matrix is I plus a positive semidefinite one.
fn cholesky(matrix: &mut Square) {
    let n = matrix.order;
    for j in 0..n {
        let (before, rest) = matrix.entries.split_at_mut(j * n);
        let column = &mut rest[j..n];
        for other in before.chunks_exact(n) {
            let by = other[j];
            column.iter_mut().zip(&other[j..]).for_each(|(x, o)| *x -= by * o);
        }
        let by = 1.0 / column[0].sqrt();
        column.iter_mut().for_each(|x| *x *= by);
    }
}

/// The last steps and the changes of the gradient of -f along them.
#[derive(Default)]
struct History {
    pairs: Vec<(Vec<f64>, Vec<f64>, f64)>,
}

impl History {
    fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    fn clear(&mut self) {
        self.pairs.clear();
    }

    /// Keeps a pair whose curvature is positive.
    fn push(&mut self, step: Vec<f64>, change: Vec<f64>) {
        let curvature = dot(&step, &change);
        let sizes = (dot(&step, &step) * dot(&change, &change)).sqrt();
        if curvature > 1e-8 * sizes {
            if self.pairs.len() == MEMORY {
                self.pairs.remove(0);
            }
            self.pairs.push((step, change, 1.0 / curvature));
        }
    }

    /// The two-loop recursion (Nocedal 1980) on the gradient of f.
    fn direction(&self, gradient: &[f64], metric: &[f64]) -> Vec<f64> {
        let add = |to: &mut [f64], by: f64, x: &[f64]| {
            to.iter_mut().zip(x).for_each(|(to, x)| *to += by * x);
        };
        let mut direction = gradient.to_vec();
        let mut along = [0.0; MEMORY];
        for ((step, change, inverse), along) in self.pairs.iter().zip(&mut along).rev() {
            *along = inverse * dot(step, &direction);
            add(&mut direction, -*along, change);
        }
        direction.iter_mut().zip(metric).for_each(|(x, by)| *x *= by);
        for ((step, change, inverse), along) in self.pairs.iter().zip(&along) {
            let by = along - inverse * dot(change, &direction);
            add(&mut direction, by, step);
        }
        direction
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use systems::Random;

    const LIMITS: Limits = Limits { slope: 1e-16, iterations: 3000 };

    #[test]
    fn derivatives_are_those_of_differences() {
        let (n, h) = (5, 1e-3);
        let mut random = Random::new(1, 0);
        let (a, b) = (Square::gaussian(n, &mut random), Square::gaussian(n, &mut random));
        let c = Square::orthogonal(n, &mut random);
        let mut maximiser = Maximiser::new(&a, &b).unwrap();
        let value = maximiser.value(&c);
        let (gradient, metric) = (maximiser.gradient(), maximiser.metric());
        let mut bends = Vec::new();
        for (k, slope) in gradient.iter().enumerate() {
            // A rotation of one plane, C(t) = exp(t E) C, and t = atan of the step of the retraction.
            let mut along = vec![0.0; gradient.len()];
            along[k] = 1.0;
            let mut at = |t: f64| {
                let c = maximiser.moved(&c, &along, libm::tan(t));
                maximiser.value(&c)
            };
            let (ahead, behind) = (at(h), at(-h));
            assert!(((ahead - behind) / (2.0 * h) - slope).abs() < 1e-5, "{k}");
            bends.push(((ahead - 2.0 * value + behind) / (h * h)).abs());
        }
        let floor = FLOOR * bends.iter().sum::<f64>() / bends.len() as f64;
        for (bend, metric) in bends.iter().zip(&metric) {
            assert!((metric * (bend + floor) - 1.0).abs() < 1e-3, "{bend} {metric}");
        }
    }

    /// tr A tr B / 2 + 2 |k_A k_B| + |dev S_A| |dev S_B|, with k the skew part and dev S the symmetric
    /// part without its trace.
    fn planar(a: &Square, b: &Square) -> f64 {
        let parts = |m: &Square| {
            let (sum, apart) = (m.at(0, 0) + m.at(1, 1), 0.5 * (m.at(0, 0) - m.at(1, 1)));
            let shear = 0.5 * (m.at(0, 1) + m.at(1, 0));
            let deviation = (2.0 * (apart * apart + shear * shear)).sqrt();
            (sum, 0.5 * (m.at(0, 1) - m.at(1, 0)), deviation)
        };
        let ((t, k, d), (s, l, e)) = (parts(a), parts(b));
        (0.5 * t * s + 2.0 * (k * l).abs() + d * e) / (a.norm() * b.norm())
    }

    #[test]
    fn closed_forms_are_reached() {
        let mut random = Random::new(2, 0);
        let mut best = |a: &Square, b: &Square| {
            let mut maximiser = Maximiser::new(a, b).unwrap();
            let n = a.order;
            let climb = |_| {
                let mut start = Square::orthogonal(n, &mut random);
                let plain = maximiser.climb(&start, LIMITS).cosine;
                start.entries.iter_mut().step_by(n).for_each(|x| *x = -*x);
                plain.max(maximiser.climb(&start, LIMITS).cosine)
            };
            (0..20).map(climb).fold(-1.0, f64::max)
        };
        let mut drawn = Random::new(3, 0);
        for _ in 0..50 {
            let (a, b) = (Square::gaussian(2, &mut drawn), Square::gaussian(2, &mut drawn));
            assert!((best(&a, &b) - planar(&a, &b)).abs() < 1e-12);
        }
        // Symmetric operators: the eigenvalues paired by size (von Neumann).
        let q = Square::orthogonal(7, &mut drawn);
        let a = Square::from_fn(7, |i, j| if i == j { i as f64 - 2.0 } else { 0.0 });
        let b = Square::from_fn(7, |i, j| if i == j { (i * i) as f64 } else { 0.0 });
        let paired = a.inner(&b) / (a.norm() * b.norm());
        assert!((best(&a.turned_by(&q), &b) - paired).abs() < 1e-12);
    }
}
