//! A strong lower bound of the Procrustes distance, which proves most optima.
//!
//! **Relaxation.** For operators of unit norm, f(R) = <A, R B Rᵀ> = <A R, R B> is a quadratic form in
//! r = vec R: f = rᵀ G r with G = (B ⊗ A + Bᵀ ⊗ Aᵀ)/2. The orthogonal matrices satisfy both R Rᵀ = I and
//! Rᵀ R = I, each a set of quadratic equations. With symmetric multipliers P and Q for them,
//!
//! f(R) = tr P + tr Q - rᵀ S r,  S(P, Q) = I ⊗ P + Q ⊗ I - G,
//!
//! at every orthogonal R; and rᵀ r = |R|² = n, so that rᵀ S r >= n lambda_min(S). Hence weak duality: for **any**
//! P and Q
//!
//! max f <= tr P + tr Q - n lambda_min(S).
//!
//! The least such bound is a semidefinite programme in n (n + 1) unknowns. Its primal replaces r rᵀ by
//! a positive semidefinite X both of whose partial traces are I, which is to say R B Rᵀ by Phi(B) for a
//! completely positive map Phi that keeps the trace and the identity. Such a map takes a symmetric matrix to
//! one that it majorises, so that, rounding aside, the bound is at least as good as the closed-form one.
//! That both sets of equations are needed, and suffice for symmetric A and B, is due to Anstreicher & Wolkowicz, *On Lagrangian
//! relaxation of quadratic matrix constraints*, SIAM J. Matrix Anal. Appl. 22 (2000).
//!
//! **Optimum.** Where the relaxation is tight and the optimum unique, S is singular at the solution
//! with the optimal R itself as its null vector. So the solution also gives a transform, and it is
//! taken if it is better than the one that the search found.
//!
//! **Rounding.** Whatever P and Q the solver arrives at, the bound holds: it is evaluated from them, with all
//! eigenvalues of S. It is raised by (10 n³ |S| + 4 n²) eps: n times the error of an eigenvalue of S, 10 n² eps
//! |S|, and the rounding of the norms and of the entries of S. All of this is in `f64`, whatever the
//! scalar of the operators.
//!
//! Measured (x86-64, one core, [`Effort::Thorough`](super::effort::Effort::Thorough); DMD operators of
//! four families of systems, within and across them, and Gaussian matrices): pairs whose lower bound is within
//! 0.1 % of the distance, by the closed form and by this, the median of lower bound / distance likewise,
//! and the time of a certificate with the search in it.
//!
//! | order | DMD: proved | DMD: median | Gaussian: proved | Gaussian: median | time |
//! | --- | --- | --- | --- | --- | --- |
//! | 3 | 20, 58 of 60 | 0.992, 1.000 | 0, 30 of 30 | 0.869, 1.000 | 1 ms |
//! | 5 | 4, 59 of 60 | 0.992, 1.000 | 0, 28 of 30 | 0.732, 1.000 | 4 ms |
//! | 10 | 0, 50 of 50 | 0.941, 1.000 | 0, 4 of 10 | 0.499, 0.991 | 0.1 s |
//! | 15 | 0, 24 of 25 | 0.833, 1.000 | 0, 0 of 5 | 0.369, 0.963 | 1 to 2 s |
//!
//! The ratio was never below 0.89 in these sets; it was 0.69 for a pair built from repeated eigenvalues. At
//! the exceptions the solver has converged: either the relaxation has a gap there, or the distance
//! found is not the optimum.

use super::bounds::semidefinite::{Barrier, UpperBound};
use super::chords::{Chords, OrderedPair, finish};
use super::comparison::{Comparison, Numbers, certified};
use super::conclude::Norms;
use super::orthogonal;
use super::precision::cast_matrix;
use super::prepared::{Prepared, memory_len, scratch_len};
use super::settings::{Metric, Procrustes};
use crate::error::{Error, Setting};
use crate::matrix::{Mat, MatRef, try_zeros};
use crate::scalar::{Real, Scalar};

/// The largest order of which a certificate is computed.
const MOST_ORDER: usize = 16;

/// c in the trusted error c N eps |S| of an eigenvalue of S, of order N = n².
const TRUST: f64 = 10.0;

/// The bound is good enough at this share of 1 - cosine: 5e-6 of the distance.
const SHARE: f64 = 1e-5;

impl Procrustes {
    /// Compares two operators as [`Procrustes::compare_operators`] does, and proves the distance where
    /// it can: with the lower bound of a semidefinite relaxation, which is much stronger than the
    /// closed-form one, and a transform from its solution where that is better than the one found.
    ///
    /// The distance is never larger and the lower bound never smaller than those of
    /// [`Procrustes::compare_operators`]; d(A, B) = d(B, A) to the bit, and so are the bounds. A pair that
    /// the closed-form bound proves already is returned as it is.
    ///
    /// - `a`, `b`: operators of order 16 at most.
    ///
    /// Method: with G = (B ⊗ A + Bᵀ ⊗ Aᵀ)/2 for operators of unit norm, every pair of symmetric P, Q gives
    /// max <A, R B Rᵀ> <= tr P + tr Q - n lambda_min(I ⊗ P + Q ⊗ I - G); a barrier method finds the least
    /// of these bounds. It is raised by (10 n³ |S| + 4 n²) eps for rounding (S the matrix in brackets; eps that
    /// of `f64`, about 1e-12 at order 10), so that distances below about 1e-6 cannot be distinguished from zero.
    ///
    /// Cost: the comparison, and 20 to 60 steps of about 7 n⁶ multiply-adds: 4 ms at order 5, 0.1 s at order
    /// 10, 1 to 2 s at order 15. Memory: 5 n⁴ + 2 n³ scalars of `f64` besides that of the comparison, 0.4 MB at
    /// order 10, all on the heap.
    ///
    /// Accuracy: within 0.1 % of the distance for 58 of 60 pairs of DMD operators of order 3, 59 of 60 of
    /// order 5, 50 of 50 of order 10, 24 of 25 of order 15 (the closed form: 20, 4, 0, 0); for Gaussian
    /// matrices of order 10, 4 of 10. Where the relaxation has a gap the bound is what it is:
    /// [`Comparison::is_certified`] says.
    ///
    /// Source: Anstreicher & Wolkowicz, SIAM J. Matrix Anal. Appl. 22 (2000) 41-55, for the
    /// relaxation; Boyd & Vandenberghe, *Convex Optimization*, chapter 11, for the solver.
    ///
    /// # Errors
    /// As [`Procrustes::compare_operators`], and [`Error::InvalidSetting`] for an order above 16.
    ///
    /// # Example
    /// ```
    /// use dynamical_similarity::{MatRef, Procrustes};
    /// let a = [0.9_f64, 0.1, 0.3, -0.1, 0.9, 0.2, 0.0, 0.0, 0.5];
    /// let b = [0.8_f64, 0.3, 0.0, -0.6, 0.7, 0.1, 0.1, 0.2, 0.4];
    /// let (a, b) = (MatRef::new(&a, 3, 3)?, MatRef::new(&b, 3, 3)?);
    /// assert!(!Procrustes::new().compare_operators(a, b)?.is_certified());
    /// let proved = Procrustes::new().certify(a, b)?;
    /// assert!(proved.is_certified());
    /// assert!(proved.lower_bound() > 0.999 * proved.distance());
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    pub fn certify<T: Scalar>(
        &self,
        a: MatRef<'_, T>,
        b: MatRef<'_, T>,
    ) -> Result<Comparison<T>, Error> {
        let n = a.rows().max(b.rows());
        check_certifiable(n)?;
        let mut found = self.compare_operators(a, b)?;
        if found.is_certified() || n <= 2 || found.evaluations() == 0 {
            return Ok(found);
        }
        let length = memory_len(n, 1);
        let (mut left, mut right) = (try_zeros(length)?, try_zeros(length)?);
        let mut scratch = try_zeros(scratch_len(n))?;
        let a = Prepared::new(a, n, 1, &mut left, &mut scratch)?;
        let b = Prepared::new(b, n, 1, &mut right, &mut scratch)?;
        let OrderedPair { first, second, swapped } = OrderedPair::of(&a, &b);
        let (of_first, of_second) = (unit_norm(first)?, unit_norm(second)?);

        let cosine: f64 = found.numbers.cosine.into();
        let tolerance = SHARE * (1.0 - cosine).larger(0.0);
        let mut barrier = Barrier::new(of_first.operator.as_ref(), of_second.operator.as_ref())?;
        let bound = barrier.minimise(cosine, tolerance)?;

        let mut transform = Mat::zeros(n, n)?;
        barrier.transform(&mut transform.as_mut())?;
        if orthogonalise(&mut transform)? {
            let mut ours = Mat::<T>::zeros(n, n)?;
            cast_matrix(&mut ours.as_mut(), transform.as_ref());
            let chords = finish(first, second, &mut ours.as_mut(), &mut scratch)?;
            let norms = Norms { left: a.norm(), right: b.norm() };
            let distance = self.in_units(&chords, norms);
            if distance < found.numbers.distance {
                if swapped {
                    ours.as_mut().transpose();
                }
                found.transform = ours;
                found.numbers.distance = distance;
                found.numbers.cosine = chords.cosine();
            }
        }
        let norms = Norms { left: of_first.norm, right: of_second.norm };
        let lower = self.lower_bound(bound, n, norms);
        found.numbers = self.with_bound::<T>(found.numbers, lower, n, norms);
        Ok(found)
    }

    /// The lower bound of the distance, in the units of the metric, that follows from an upper bound of the cosine.
    fn lower_bound(&self, bound: UpperBound, n: usize, norms: Norms<f64>) -> f64 {
        let order = n as f64;
        let raised = TRUST * order * order * order * bound.size + 4.0 * order * order;
        let cosine = bound.value + raised * f64::EPSILON;
        let chord = |square: f64| Real::sqrt(square.larger(0.0)).smaller(2.0);
        let difference = chord(2.0 - 2.0 * cosine);
        self.in_units(&Chords { difference, sum: chord(2.0 + 2.0 * cosine) }, norms)
    }

    /// The numbers of a comparison with a further lower bound, rounded down to T.
    fn with_bound<T: Scalar>(
        &self,
        numbers: Numbers<T>,
        lower: f64,
        n: usize,
        norms: Norms<f64>,
    ) -> Numbers<T> {
        let largest = norms.larger();
        // The norms of the Frobenius metric are rounded, too.
        let (unit, slack) = match self.metric {
            Metric::Frobenius => (largest, (n * n) as f64 * f64::EPSILON * largest),
            Metric::Angular | Metric::Chordal => (1.0, 0.0),
        };
        let down = (1.0 - 4.0 * T::EPSILON.into()) * (lower - slack);
        let distance = numbers.distance;
        let proved = T::of(down).larger(numbers.lower_bound);
        // Before it is cut: a bound well above the distance would contradict it, and prove nothing.
        let certified = certified(distance, proved, n, T::of(unit));
        let lower_bound = proved.smaller(distance);
        Numbers { lower_bound, certified, ..numbers }
    }
}

/// # Errors
/// [`Error::InvalidSetting`] for an order of which no certificate is computed.
pub(crate) const fn check_certifiable(order: usize) -> Result<(), Error> {
    if order > MOST_ORDER {
        let (setting, expected) = (Setting::Order, "at most 16 for a certificate");
        return Err(Error::InvalidSetting { setting, expected });
    }
    Ok(())
}

/// An operator in f64 at unit norm, and its norm.
struct Unit {
    operator: Mat<f64>,
    norm: f64,
}

fn unit_norm<T: Scalar>(prepared: &Prepared<'_, T>) -> Result<Unit, Error> {
    let n = prepared.order();
    let mut operator = Mat::zeros(n, n)?;
    cast_matrix(&mut operator.as_mut(), prepared.operator);
    let norm = operator.as_ref().frobenius_norm();
    for column in operator.as_mut().columns_mut() {
        column.iter_mut().for_each(|x| *x /= norm);
    }
    Ok(Unit { operator, norm: norm / prepared.scale.into() })
}

/// The nearest orthogonal matrix, by steps of Newton and Schulz; false if the matrix is too far from being
/// orthogonal to be worth it.
fn orthogonalise(c: &mut Mat<f64>) -> Result<bool, Error> {
    let n = c.as_ref().rows();
    let (mut gram, mut next) = (Mat::zeros(n, n)?, Mat::zeros(n, n)?);
    let (mut gram, mut next) = (gram.as_mut(), next.as_mut());
    for _ in 0..12 {
        let apart = 0.5 * orthogonal::departure(c.as_ref(), &mut gram)?;
        if !(apart < 0.25) {
            return Ok(false);
        }
        if apart < 1e-14 * n as f64 {
            break;
        }
        orthogonal::step(&mut c.as_mut(), [&mut gram, &mut next])?;
    }
    Ok(true)
}
