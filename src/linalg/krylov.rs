//! Leading eigenpairs of a symmetric operator that is only applied, never formed.
//!
//! ```text
//! K = b orthonormal vectors, the same on every run;  T = nothing
//! repeat, at most 200 times
//!     Z = A (the newest block of K)
//!     T = K' A K, longer by a block column;  Z = Z - K K' Z;  Q R = Z
//!     theta, S = eigenpairs of T;  the residual of pair i is |R S_i|, where S_i are the newest entries of its vector
//!     if the r leading residuals are at most tolerance (theta_c - theta_{c+1}) for every cut c, or that is below rounding
//!         the first time:  Q = fresh vectors outside K
//!         three blocks later, or when it holds again after that:  return K S, and whether they are
//!     if nothing is left in Z:  Q = fresh vectors outside K
//!     if K is full:  K = K S_1 .. S_{r+b}, T = diag(theta)
//!     append Q to K
//! ```
//!
//! This is the block Lanczos method with full orthogonalisation (Golub & Underwood, Mathematical Software III (1977) 361)
//! and thick restarts (Wu & Simon, SIAM J. Matrix Anal. Appl. 22 (2000) 602). A block of b vectors finds eigenvalues that
//! are repeated up to b times, and reads the data b times less often than single vectors do; the fresh vectors find those that
//! are repeated more often.
//!
//! Accuracy: the computed vectors span a subspace whose angle to the exact one is at most the largest residual over the
//! gap behind the cut (Davis & Kahan, SIAM J. Numer. Anal. 7 (1970) 1).

use super::symmetric;
use crate::error::Error;
use crate::matrix::{Cells, Layout, MatMut, MatRef, add_scaled, area, copy, dot};
use crate::scalar::{Real, Scalar};

/// Vectors of a block, b.
pub(crate) const BLOCK: usize = 8;
/// Applications of the operator to a block, at most.
const MOST_BLOCKS: usize = 200;

/// Vectors of the basis: the r wanted ones and a block for a restart, as many again, and six blocks between restarts.
const fn basis_size(order: usize, count: usize) -> usize {
    let wanted = count.saturating_mul(2).saturating_add(8 * BLOCK);
    if wanted < order { wanted } else { order }
}

/// K, T, a copy of T that the eigenvalues destroy, their vectors, theta, a row of a restarted K, R, the image of a block,
/// and scratch of the eigenvalues.
const fn layout(order: usize, count: usize) -> Layout<9> {
    let m = basis_size(order, count);
    let (square, eigen) = (area(m, m), symmetric::eigen_memory_len(m));
    let image = area(order, BLOCK);
    Layout::new([area(order, m), square, square, square, m, m, BLOCK * BLOCK, image, eigen])
}

/// Scalars of memory that [`leading_in`] needs.
pub(crate) const fn memory_len(order: usize, count: usize) -> usize {
    layout(order, count).len()
}

/// The leading eigenpairs of a symmetric operator that has the order of the rows of `vectors`; as many as its columns, r.
///
/// - `apply` writes A X for a matrix X of at most 8 columns.
/// - `cuts`: numbers of leading vectors that are to span a subspace of their own accurately, at most r.
/// - `values` (r + 1): the leading eigenvalues, and an estimate of the next one.
/// - `tolerance`: the largest residual, relative to the smallest gap behind a cut.
///
/// Returns whether the vectors were found to the tolerance. If not, the gap is too small for the rounding of the scalar or
/// for the number of applications, and `values` and `vectors` hold estimates.
///
/// Cost: one application per 8 vectors of the basis, and 4 p k² flops for k vectors; p (2 r + 80) + O(r²) scalars.
pub(crate) fn leading_in<T: Scalar>(
    mut apply: impl FnMut(MatRef<'_, T>, &mut MatMut<'_, T>) -> Result<(), Error>,
    cuts: &[usize],
    values: &mut [T],
    vectors: &mut MatMut<'_, T>,
    tolerance: T,
    memory: &mut [T],
) -> Result<bool, Error> {
    let (p, r) = (vectors.rows(), vectors.cols());
    let m = basis_size(p, r);
    let ([all, projected, copy, pairs, theta, row, left, image, eigen], _) =
        layout(p, r).cut(memory)?;
    let mut basis = Basis {
        all: MatMut::over(all, p, m),
        projected: MatMut::over(projected, m, m),
        copy,
        pairs,
        theta,
        row,
        left: MatMut::over(left, BLOCK, BLOCK),
        applied: 0,
        size: 0,
    };
    let mut image = MatMut::over(image, p, BLOCK);
    basis.projected.fill(T::ZERO);
    // K = b orthonormal vectors
    let mut seed = SEED;
    let mut found = basis.fresh_block(&mut seed, &mut image);
    basis.append(image.leading_columns(found).as_ref());
    let mut since_settled = None;
    for _ in 0..MOST_BLOCKS {
        let newest = basis.size.saturating_sub(basis.applied);
        let mut image = image.leading_columns(newest);
        // Z = A (the newest block of K)
        apply(basis.newest(), &mut image)?;
        image.as_ref().check_finite()?;
        // T grows by a block column;  Z = Z - K K' Z;  Q R = Z
        basis.project(&mut image);
        found = basis.orthonormalise(&mut image);
        basis.solve(eigen)?;
        let outcome = basis.judge(r, cuts, tolerance);
        since_settled = since_settled.map(|blocks: usize| blocks.saturating_add(1));
        let verified = since_settled.is_some_and(|blocks| blocks >= VERIFYING_BLOCKS);
        if outcome != Outcome::Open && since_settled.is_none() && basis.size < p {
            since_settled = Some(0);
            found = basis.fresh_block(&mut seed, &mut image);
        } else if (outcome != Outcome::Open && verified) || basis.size == p {
            basis.combine(values, vectors);
            return Ok(outcome == Outcome::Found || (basis.size == p && p > r));
        } else if found == 0 {
            // K spans an invariant subspace, and another one has to be looked at.
            found = basis.fresh_block(&mut seed, &mut image);
        }
        if found == 0 {
            break;
        }
        if basis.size.saturating_add(found) > m {
            basis.restart(r.saturating_add(BLOCK).min(m.saturating_sub(found)));
        }
        basis.append(image.leading_columns(found).as_ref());
    }
    basis.combine(values, vectors);
    Ok(false)
}

/// Blocks that fresh vectors are followed for: an eigenvalue that is repeated more often than a block has vectors, which
/// residuals cannot show, has grown out of them by then.
const VERIFYING_BLOCKS: usize = 3;
/// Where the deterministic start begins.
const SEED: u64 = 0x9E37_79B9_7F4A_7C15;

#[derive(Clone, Copy, PartialEq)]
enum Outcome {
    Open,
    Found,
    /// The gap is below what rounding leaves of a residual.
    Hopeless,
}

/// K, T = Kᵀ A K, and the eigenpairs of T.
struct Basis<'m, T> {
    all: MatMut<'m, T>,
    projected: MatMut<'m, T>,
    copy: &'m mut [T],
    pairs: &'m mut [T],
    theta: &'m mut [T],
    row: &'m mut [T],
    /// R, what the operator makes of the newest block outside K.
    left: MatMut<'m, T>,
    /// Vectors of K before the newest block, to which the operator has been applied.
    applied: usize,
    size: usize,
}

impl<T: Scalar> Basis<'_, T> {
    /// Orthonormal vectors outside K that do not depend on the operator; returns how many.
    fn fresh_block(&mut self, state: &mut u64, block: &mut MatMut<'_, T>) -> usize {
        for x in block.columns_mut().flatten() {
            // A linear congruential generator (Knuth, The Art of Computer Programming, volume 2, section 3.3.4).
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(SEED);
            *x = T::of((*state >> 40) as f64 / 8_388_608.0 - 1.0);
        }
        self.orthonormalise(block)
    }

    fn newest(&self) -> MatRef<'_, T> {
        self.all.as_ref().columns_between(self.applied, self.size).unwrap_or(MatRef::EMPTY)
    }

    /// T grows by Kᵀ Z, and Z loses what lies in K.
    fn project(&mut self, image: &mut MatMut<'_, T>) {
        for (j, z) in image.columns_mut().enumerate() {
            let column = self.applied.saturating_add(j);
            for (i, k) in self.all.as_ref().columns().take(self.size).enumerate() {
                let inner = dot(k, z);
                add_scaled(z, -inner, k);
                self.projected.set(i, column, inner);
                self.projected.set(column, i, inner);
            }
        }
    }

    /// Z = Q R by Gram-Schmidt, everything twice, also against K; columns that are rounding are dropped. Returns how
    /// many are left.
    fn orthonormalise(&mut self, image: &mut MatMut<'_, T>) -> usize {
        self.left.fill(T::ZERO);
        let diagonal = (0..self.size).map(|i| self.projected.at(i, i));
        let size = diagonal.fold(T::ZERO, T::larger);
        let mut found = 0_usize;
        for j in 0..image.cols() {
            if found < j {
                image.exchange_columns(found, j);
            }
            let z = image.column(found);
            let floor = T::of(16.0) * T::EPSILON * Real::sqrt(dot(z, z)).larger(size);
            for _ in 0..2 {
                let z = image.column_mut(found);
                for k in self.all.as_ref().columns().take(self.size) {
                    add_scaled(z, -dot(k, z), k);
                }
                for i in 0..found {
                    let (q, z) = image.two_columns_mut(i, found);
                    let inner = dot(q, z);
                    add_scaled(z, -inner, q);
                    self.left.set(i, j, self.left.at(i, j) + inner);
                }
            }
            let z = image.column_mut(found);
            let norm = Real::sqrt(dot(z, z));
            if norm > floor {
                z.iter_mut().for_each(|x| *x /= norm);
                self.left.set(found, j, norm);
                found = found.saturating_add(1);
            }
        }
        found
    }

    fn append(&mut self, block: MatRef<'_, T>) {
        self.applied = self.size;
        for from in block.columns() {
            copy(self.all.column_mut(self.size), from);
            self.size = self.size.saturating_add(1);
        }
    }

    /// theta, S = eigenpairs of T
    fn solve(&mut self, memory: &mut [T]) -> Result<(), Error> {
        let k = self.size;
        let mut copy = MatMut::new(&mut *self.copy, k, k)?;
        for (j, column) in copy.columns_mut().enumerate() {
            column.iter_mut().enumerate().for_each(|(i, x)| *x = self.projected.at(i, j));
        }
        let mut pairs = MatMut::new(&mut *self.pairs, k, k)?;
        symmetric::eigen_in(&mut copy, self.theta.part_mut(0, k), &mut pairs, memory)
    }

    /// S, k x k.
    fn pairs(&self) -> MatRef<'_, T> {
        MatRef::new(self.pairs, self.size, self.size).unwrap_or(MatRef::EMPTY)
    }

    /// Compares the residuals |R S_i| with the smallest gap behind a cut.
    fn judge(&self, r: usize, cuts: &[usize], tolerance: T) -> Outcome {
        if self.size <= r {
            return Outcome::Open;
        }
        let mut largest = T::ZERO;
        for column in self.pairs().columns().take(r) {
            let newest = column.part(self.applied, self.size);
            let mut square = T::ZERO;
            for row in 0..BLOCK {
                let terms = newest.iter().enumerate().map(|(j, s)| self.left.at(row, j) * *s);
                let sum = terms.fold(T::ZERO, |sum, x| sum + x);
                square += sum * sum;
            }
            largest = largest.larger(Real::sqrt(square));
        }
        let behind = |cut: usize| self.theta.at(cut.saturating_sub(1)) - self.theta.at(cut);
        let gap = cuts.iter().fold(behind(r), |least, cut| behind(*cut).smaller(least));
        let rounding = T::of(4.0) * T::EPSILON * self.theta.at(0);
        if largest.larger(rounding) <= tolerance * gap {
            return Outcome::Found;
        }
        // The gap is known once the residuals are a small part of it.
        let known = largest <= T::of(0.01) * gap.larger(rounding);
        if known && tolerance * gap < rounding { Outcome::Hopeless } else { Outcome::Open }
    }

    /// vectors = K S, and the values that belong to them.
    fn combine(&self, values: &mut [T], vectors: &mut MatMut<'_, T>) {
        for (i, value) in values.iter_mut().enumerate() {
            *value = if i < self.size { self.theta.at(i) } else { T::ZERO };
        }
        vectors.fill(T::ZERO);
        for (to, weights) in vectors.columns_mut().zip(self.pairs().columns()) {
            let columns = weights.iter().zip(self.all.as_ref().columns());
            columns.for_each(|(weight, k)| add_scaled(to, *weight, k));
        }
    }

    /// K = K S_1 .. S_keep, T = diag(theta)
    fn restart(&mut self, keep: usize) {
        let k = self.size;
        let keep = keep.min(k);
        let pairs = MatRef::new(self.pairs, k, k).unwrap_or(MatRef::EMPTY);
        for i in 0..self.all.rows() {
            for (to, column) in self.row.iter_mut().zip(pairs.columns()).take(keep) {
                let terms = column.iter().enumerate().map(|(j, s)| self.all.at(i, j) * *s);
                *to = terms.fold(T::ZERO, |sum, x| sum + x);
            }
            for (j, x) in self.row.iter().take(keep).enumerate() {
                self.all.set(i, j, *x);
            }
        }
        self.projected.fill(T::ZERO);
        for (i, theta) in self.theta.iter().take(keep).enumerate() {
            self.projected.set(i, i, *theta);
        }
        self.size = keep;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::qr::tests::noise;
    use std::vec::Vec;

    /// A = Q diag(values) Q', applied.
    fn check<T: Scalar>(values: &[f64], r: usize, tolerance: f64) -> (bool, usize) {
        let p = values.len();
        let mut noise = noise(7);
        let mut q: std::vec::Vec<f64> = (0..p * p).map(|_| noise()).collect();
        let mut tau = std::vec![0.0; p];
        let mut form = std::vec![0.0; p * p];
        let mut a = MatMut::new(&mut q, p, p).unwrap();
        crate::linalg::qr::factor_in(&mut a, &mut tau).unwrap();
        let mut form = MatMut::new(&mut form, p, p).unwrap();
        form.set_identity();
        crate::linalg::qr::apply_q_in(a.as_ref(), &tau, &mut form).unwrap();
        let mut matrix = std::vec![T::ZERO; p * p];
        for i in 0..p {
            for j in 0..p {
                let sum: f64 = (0..p).map(|k| form.at(i, k) * values[k] * form.at(j, k)).sum();
                matrix[j * p + i] = T::of(sum);
            }
        }
        let matrix = MatRef::new(&matrix, p, p).unwrap();
        let mut found = std::vec![T::ZERO; r + 1];
        let mut vectors = std::vec![T::ZERO; p * r];
        let mut vectors = MatMut::new(&mut vectors, p, r).unwrap();
        let mut memory = std::vec![T::ZERO; memory_len(p, r)];
        let mut count = 0;
        let apply = |x: MatRef<'_, T>, z: &mut MatMut<'_, T>| {
            count += 1;
            z.set_product(matrix, x)
        };
        let ok = leading_in(apply, &[r], &mut found, &mut vectors, T::of(tolerance), &mut memory)
            .unwrap();
        if ok {
            for i in 0..r {
                let error = (found[i].into() - values[i]).abs();
                let eps: f64 = T::EPSILON.into();
                assert!(error < 40.0 * eps * values[0], "{i} {error:e}");
                // Outside of the leading exact vectors.
                let outside: f64 = (r..p)
                    .map(|k| {
                        let inner: f64 =
                            (0..p).map(|row| form.at(row, k) * vectors.at(row, i).into()).sum();
                        inner * inner
                    })
                    .sum();
                assert!(outside.sqrt() < 4.0 * tolerance, "{i} {:e}", outside.sqrt());
            }
        }
        (ok, count)
    }

    #[test]
    fn leading_vectors_of_decaying_flat_repeated_and_few_eigenvalues() {
        let decaying: Vec<f64> = (0..150).map(|i| 0.9_f64.powi(i)).collect();
        let mut flat: Vec<f64> = (0..150).map(|i| 1.0 - 0.002 * f64::from(i)).collect();
        flat.iter_mut().take(10).enumerate().for_each(|(i, x)| *x = 9.0 - 0.5 * i as f64);
        // Repeated more often than a block has vectors, above noise and above nothing.
        let mut repeated: Vec<f64> = (0..150).map(|i| 1.0 - 0.005 * f64::from(i)).collect();
        repeated[..19].fill(2.0);
        let mut few = std::vec![0.0; 150];
        few[..15].fill(3.0);
        for (values, r) in [(&decaying, 12), (&flat, 10), (&repeated, 19), (&few, 15)] {
            let (double, single) = (check::<f64>(values, r, 1e-10), check::<f32>(values, r, 1e-3));
            assert!(double.0 && single.0, "{double:?} {single:?}");
            assert!(double.1 <= if r == 19 { 60 } else { 20 }, "{double:?}");
        }
    }

    #[test]
    fn a_gap_that_rounding_hides_is_reported() {
        let mut values: Vec<f64> = (0..150).map(|i| 0.7_f64.powi(i)).collect();
        assert!(!check::<f32>(&values, 40, 1e-3).0);
        values[10] = values[9];
        assert!(!check::<f64>(&values, 10, 1e-10).0);
    }

    #[test]
    fn a_small_order_is_solved_completely() {
        assert!(check::<f64>(&[5.0, 4.0, 3.0, 2.0, 1.0], 2, 1e-10).0);
        let mut memory = [0.0; 8];
        let mut vectors = [0.0; 10];
        let mut vectors = MatMut::new(&mut vectors, 5, 2).unwrap();
        let refused =
            leading_in(|_, _| Ok(()), &[2], &mut [0.0; 3], &mut vectors, 1e-10, &mut memory);
        assert!(matches!(refused, Err(Error::MemoryTooSmall { .. })));
    }
}
