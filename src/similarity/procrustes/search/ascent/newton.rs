//! The whole Hessian as the preconditioner of a run, where the run asks for it.
//!
//! Near a summit the two-loop recursion that begins with (P + shift I)⁻¹ g instead of g / max(h, floor) makes Newton
//! steps, up to the rounding of f32 and to the change of P, both of which the recursion learns. P must be positive
//! definite: where it is not, the run is not near a summit, and goes on with the diagonal.

use super::cholesky::{self, triangle_len};
use super::hessian::{Consumed, Terms, assemble};
use super::{Ascent, Lane, packed, packed_len};
use crate::matrix::{area, pieces_mut};
use crate::scalar::{Scalar, is_double};
use crate::similarity::procrustes::precision::cast;

/// Largest order of which the whole Hessian is factored: n⁶ / 48 multiply-adds, and memory for n⁴ / 8 numbers in f32.
pub(super) const LARGEST: usize = 16;

/// The part of the mean |h| that is added to the diagonal: what rounding to f32 may take from it.
const SHIFT: f64 = 1e-5;

/// Whether runs in `T` may ask for the Hessian: in f32 a polish is short, and its code stays small.
const fn may_factor<T>() -> bool {
    is_double::<T>()
}

/// Scalars of memory that the factor of a lane needs.
pub(super) const fn factor_len<T>(n: usize) -> usize {
    if n > LARGEST || !may_factor::<T>() {
        return 0;
    }
    area(triangle_len(packed_len(n)), size_of::<f32>()).div_ceil(size_of::<T>())
}

impl<T: Scalar, const L: usize> Ascent<'_, T, L> {
    /// Factors the Hessian at the point of every lane that asks for it. M, Q and Kd must be those of the accepted points.
    pub(super) fn factor_hessians(&mut self) {
        if !may_factor::<T>() {
            return;
        }
        let (n, p) = (self.n, self.g.len());
        let places = pieces_mut(self.factors.as_flattened_mut(), factor_len::<T>(n));
        let runs = self.state.runs.iter_mut().zip(&self.state.h_sum);
        for (l, ((run, h_sum), place)) in runs.zip(places).enumerate() {
            if !run.wants_hessian() {
                continue;
            }
            let consumed =
                Consumed { m: self.m, q: self.work, skew: self.kd, ka: self.ka, d: self.d };
            let scratch = T::as_single_mut(self.trial.as_flattened_mut());
            let terms = Terms::of(Lane(l), consumed, scratch, n);
            let triangle = T::as_single_mut(place);
            assemble(triangle, &terms, n);
            let mean = *h_sum / T::count(p.max(1));
            let shift = cast::<T, f32>(T::of(SHIFT) * mean + T::of(f32::MIN_POSITIVE.into()));
            run.has_hessian(cholesky::factor(triangle, p, shift));
        }
    }

    /// direction = direction / max(h, floor), or (P + shift I)⁻¹ direction in the lanes that have factored P.
    pub(super) fn precondition(&mut self, floor: &[T; L]) {
        if !may_factor::<T>() {
            packed::precondition(self.direction, self.h, floor);
            return;
        }
        let (n, p) = (self.n, self.g.len());
        let scratch = T::as_single_mut(self.trial.as_flattened_mut());
        let places = pieces_mut(self.factors.as_flattened_mut(), factor_len::<T>(n));
        let runs = self.state.runs.iter().zip(places);
        for (l, ((run, place), x)) in runs.zip(pieces_mut(scratch, p)).enumerate() {
            if run.uses_hessian() {
                for (x, from) in x.iter_mut().zip(&*self.direction) {
                    *x = cast(from.get(l).copied().unwrap_or(T::ZERO));
                }
                cholesky::solve(T::as_single_mut(place), x);
            }
        }
        packed::precondition(self.direction, self.h, floor);
        let scratch = T::as_single_mut(self.trial.as_flattened_mut());
        for (l, (run, x)) in self.state.runs.iter().zip(pieces_mut(scratch, p)).enumerate() {
            if run.uses_hessian() {
                for (to, x) in self.direction.iter_mut().zip(&*x) {
                    if let Some(to) = to.get_mut(l) {
                        *to = cast(*x);
                    }
                }
            }
        }
    }
}
