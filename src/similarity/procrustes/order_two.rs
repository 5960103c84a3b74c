//! Procrustes in closed form for operators of order 2.
//!
//! Write A = (tr A / 2) I + S + k J with S = \[p q; q -p\] traceless and J = \[0 1; -1 0\]. A rotation by
//! theta turns (p, q) by 2 theta and keeps k; a reflection negates k and q. So the best C turns the
//! direction of (p, q) of B into that of A, and reflects if the two k differ in sign:
//!
//! max f = tr A tr B / 2 + 2 |k_A k_B| + |S_A| |S_B|.

use crate::matrix::{MatMut, MatRef};
use crate::scalar::{Real, Scalar};

/// Writes the optimal C of order 2.
pub(super) fn transform<T: Scalar>(c: &mut MatMut<'_, T>, a: MatRef<'_, T>, b: MatRef<'_, T>) {
    let parts = |m: MatRef<'_, T>| {
        let p = T::HALF * (m.at(0, 0) - m.at(1, 1));
        let q = T::HALF * (m.at(0, 1) + m.at(1, 0));
        let k = T::HALF * (m.at(0, 1) - m.at(1, 0));
        (p, q, k)
    };
    let ((pa, qa, ka), (pb, qb, kb)) = (parts(a), parts(b));
    let reflect = (ka > T::ZERO && kb < T::ZERO) || (ka < T::ZERO && kb > T::ZERO);
    let qb = if reflect { -qb } else { qb };
    // cos and sin of 2 theta, the angle from (p_B, q_B) to (p_A, q_A).
    let (x, y) = (pa * pb + qa * qb, qa * pb - pa * qb);
    let length = Real::sqrt(x * x + y * y);
    let (cos, sin) =
        if length > T::ZERO { half_angle(x / length, y / length) } else { (T::ONE, T::ZERO) };
    let sign = if reflect { -T::ONE } else { T::ONE };
    // C = rotation(theta) diag(1, sign), with S -> rotation S rotationᵀ.
    c.set(0, 0, cos);
    c.set(1, 0, sin);
    c.set(0, 1, -sin * sign);
    c.set(1, 1, cos * sign);
}

/// cos(t/2) and sin(t/2), t in [-pi, pi], without cancellation.
fn half_angle<T: Scalar>(cos: T, sin: T) -> (T, T) {
    if cos >= T::ZERO {
        let half = Real::sqrt(T::HALF * (T::ONE + cos));
        (half, T::HALF * sin / half)
    } else {
        let half = Real::sqrt(T::HALF * (T::ONE - cos));
        let half = if sin < T::ZERO { -half } else { half };
        (T::HALF * sin / half, half)
    }
}
