//! The spectral lower bound of the Procrustes distance, in closed form.
//!
//! Conjugation by an orthogonal C keeps the eigenvalues of the symmetric part S, the singular values of
//! the skew part K and those of the operator itself. By von Neumann's and Hoffman and Wielandt's
//! inequalities, for operators of unit norm and every C, with all spectra sorted,
//!
//! - |A - C B Cᵀ|² >= sum (lambda_i(S_A) - lambda_i(S_B))² + sum (sigma_i(K_A) - sigma_i(K_B))²,
//! - |A - C B Cᵀ|² >= sum (sigma_i(A) - sigma_i(B))².
//!
//! The larger of the two counts. It is informative for DMD operators (median 0.85 of the distance at
//! rank 15) and loose for matrices without structure.
//!
//! Rounding: eigenvalues are trusted to c n eps of the norm, c = 4, and a difference counts only
//! as far as it exceeds that. Singular values are roots of eigenvalues of AᵀA, trusted to
//! e / max(sigma, sqrt e) with e = c n eps of the squared norm.

use crate::scalar::{Real, Scalar};
use crate::similarity::procrustes::prepared::Prepared;

/// c in the trusted error c n eps of an eigenvalue.
const TRUST: f64 = 4.0;

/// A lower bound of |A/|A| - C B Cᵀ/|B||, over all orthogonal C.
pub(in crate::similarity::procrustes) fn chord<T: Scalar>(
    a: &Prepared<'_, T>,
    b: &Prepared<'_, T>,
) -> T {
    let n = a.order().max(b.order());
    let unit = T::of(TRUST) * T::count(n) * T::EPSILON;
    let spectra = |of_a, of_b| {
        (Spectrum { values: of_a, norm: a.norm }, Spectrum { values: of_b, norm: b.norm })
    };
    let (of_a, of_b) = spectra(a.symmetric_values, b.symmetric_values);
    let symmetric = differences(of_a, of_b, |_, _| unit + unit);
    let (skew_a, skew_b) = (a.skew_norm / a.norm, b.skew_norm / b.norm);
    let (of_a, of_b) = spectra(a.skew_singular_values, b.skew_singular_values);
    let skew = differences(of_a, of_b, |x, y| {
        trusted(x, unit * skew_a * skew_a) + trusted(y, unit * skew_b * skew_b)
    });
    let (of_a, of_b) = spectra(a.singular_values, b.singular_values);
    let whole = differences(of_a, of_b, |x, y| trusted(x, unit) + trusted(y, unit));
    Real::sqrt((symmetric + skew).larger(whole)).smaller(T::TWO)
}

/// Error of a singular value whose square has error e.
fn trusted<T: Scalar>(value: T, e: T) -> T {
    let divisor = value.larger(Real::sqrt(e));
    if divisor > T::ZERO { e / divisor } else { T::ZERO }
}

/// Values of an operator, and its norm.
struct Spectrum<'m, T> {
    values: &'m [T],
    norm: T,
}

/// sum (|x_i/|A| - y_i/|B|| - error)², over the positive ones.
fn differences<T: Scalar>(a: Spectrum<'_, T>, b: Spectrum<'_, T>, error: impl Fn(T, T) -> T) -> T {
    a.values.iter().zip(b.values).fold(T::ZERO, |sum, (x, y)| {
        let (x, y) = (*x / a.norm, *y / b.norm);
        let rest = (Real::abs(x - y) - error(x, y)).larger(T::ZERO);
        sum + rest * rest
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::{Mat, MatMut, MatRef};
    use crate::similarity::procrustes::prepared::{memory_len, scratch_len};
    use crate::similarity::procrustes::search::starts;

    fn bound<T: Scalar>(a: &[f64], b: &[f64], n: usize) -> T {
        let prepare = |m: &[f64], memory: &mut Vec<T>| {
            memory.resize(memory_len(n, 1), T::ZERO);
            let m: Vec<T> = m.iter().map(|x| T::of(*x)).collect();
            let m = MatRef::new(&m, n, n).unwrap();
            let memory: &'static mut [T] = memory.clone().leak();
            Prepared::new(m, n, 1, memory, &mut vec![T::ZERO; scratch_len(n)]).unwrap()
        };
        let mut memory = Vec::new();
        let (a, b) = (prepare(a, &mut memory), prepare(b, &mut memory));
        chord(&a, &b)
    }

    /// Q A Qᵀ for a fixed orthogonal Q.
    fn turned(a: &[f64], n: usize) -> Vec<f64> {
        let [mut q, mut t, mut first] = [(); 3].map(|()| Mat::<f64>::zeros(n, n).unwrap());
        starts::random(&mut q.as_mut(), 5);
        t.as_mut().copy_transposed_from(q.as_ref()).unwrap();
        first.as_mut().set_product(q.as_ref(), MatRef::new(a, n, n).unwrap()).unwrap();
        let mut out = vec![0.0; n * n];
        let mut view = MatMut::new(&mut out, n, n).unwrap();
        view.set_product(first.as_ref(), t.as_ref()).unwrap();
        out
    }

    #[test]
    fn rounding_never_separates_similar_operators() {
        for n in [2, 3, 5, 8, 15, 24] {
            let entry = |f: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
                (0..n * n).map(|k| f(k % n, k / n)).collect()
            };
            let general = entry(&|i, j| ((i * 7 + j * 3 + i * j) % 11) as f64 - 5.0);
            let cases = [
                general.clone(),
                entry(&|i, j| ((i + 1) * (j + 2)) as f64),
                entry(&|i, j| f64::from(j == i + 1)),
                entry(&|i, j| f64::from(j == (i + 1) % n)),
                entry(&|i, j| f64::from(i == j) + 1e-5 * general[j * n + i]),
                entry(&|i, j| (i as f64 - j as f64) + 1e-4 * (i + j) as f64),
            ];
            for a in cases {
                let b = turned(&a, n);
                // Turning and casting moved b by n eps itself.
                assert!(bound::<f64>(&a, &b, n) <= n as f64 * f64::EPSILON, "n {n}");
                assert!(bound::<f32>(&a, &b, n) <= n as f32 * f32::EPSILON, "n {n}");
            }
        }
    }

    #[test]
    fn symmetric_operators_are_separated_by_their_eigenvalues() {
        let diagonal = |d: [f64; 3]| vec![d[0], 0.0, 0.0, 0.0, d[1], 0.0, 0.0, 0.0, d[2]];
        let (a, b) = (diagonal([3.0, 0.0, 0.0]), turned(&diagonal([0.0, 4.0, 3.0]), 3));
        // |A/3 - C B Cᵀ/5|² >= (1 - 0.8)² + 0.6².
        let expected = (0.04_f64 + 0.36).sqrt();
        assert!((bound::<f64>(&a, &b, 3) - expected).abs() < 1e-13);
        // Opposite skew parts are similar: only the symmetric parts tell operators apart.
        let skew = [0.0, 1.0, -1.0, 0.0];
        assert_eq!(bound::<f64>(&skew, &skew.map(|x| -x), 2), 0.0);
    }
}
