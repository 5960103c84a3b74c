//! A strong lower bound.

mod barrier;

use super::chord::Chords;
use super::comparison::{Comparison, Numbers, certified};
use super::procrustes::{Metric, Procrustes};
use crate::error::Error;
use crate::matrix::{Mat, MatRef};
use crate::scalar::{Real, Scalar};
use core::cmp::Ordering;

/// The largest order that is certified.
const MOST_ORDER: usize = 16;

/// An upper bound of <A, R B Rᵀ> before the allowance for rounding, and the norm of S.
#[derive(Clone, Copy, Debug)]
struct UpperBound {
    value: f64,
    size: f64,
}

impl UpperBound {
    /// With the allowance.
    fn rounded_up(self, n: usize) -> f64 {
        let n = n as f64;
        self.value + (10.0 * n * n * n * self.size + 4.0 * n * n) * f64::EPSILON
    }
}

/// In f64, scaled to unit norm, padded; and the norm.
fn normalised<T: Scalar>(a: MatRef<'_, T>, n: usize) -> Result<(Mat<f64>, f64), Error> {
    let mut copy = Mat::<f64>::zeros(n, n)?;
    let scale = a.largest().into().binary_scale();
    for (to, from) in copy.as_mut().columns_mut().zip(a.columns()) {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = (*from).into() * scale + 0.0);
    }
    let norm = copy.as_ref().frobenius_norm();
    copy.as_mut().scale(1.0 / norm);
    Ok((copy, norm / scale))
}

impl Procrustes {
    /// Certify.
    pub fn certify<T: Scalar>(
        &self,
        a: MatRef<'_, T>,
        b: MatRef<'_, T>,
    ) -> Result<Comparison<T>, Error> {
        let n = a.rows().max(b.rows());
        if n > MOST_ORDER {
            return Err(Error::InvalidSetting {
                setting: "order",
                expected: "at most 16 for a certificate",
            });
        }
        let mut found = self.compare_operators(a, b)?;
        if found.is_certified() || found.evaluations() == 0 {
            return Ok(found);
        }
        let ((a, norm_a), (b, norm_b)) = (normalised(a, n)?, normalised(b, n)?);
        let order = a.as_ref().columns().flatten().zip(b.as_ref().columns().flatten());
        let order = order.fold(Ordering::Equal, |order, (x, y)| order.then(x.total_cmp(y)));
        let (first, second) = if order == Ordering::Greater { (&b, &a) } else { (&a, &b) };

        let cosine: f64 = found.numbers.cosine.into();
        let tolerance = 1e-5 * (1.0 - cosine).larger(0.0);
        let bound = barrier::Barrier::new(first.as_ref(), second.as_ref())?
            .minimise(cosine, tolerance)?
            .rounded_up(n);
        let chord = |square: f64| Real::sqrt(square.larger(0.0)).smaller(2.0);
        let chords = Chords { difference: chord(2.0 - 2.0 * bound), sum: chord(2.0 + 2.0 * bound) };
        let norms = (norm_a, norm_b);
        let largest = norm_a.larger(norm_b);
        let unit = if self.metric == Metric::Frobenius { largest } else { 1.0 };
        let lower = self.in_units(&chords, norms) * (1.0 - 4.0 * T::EPSILON.into());
        let numbers = &mut found.numbers;
        let distance = numbers.distance;
        let lower = T::of(lower).smaller(distance).larger(numbers.lower_bound);
        *numbers = Numbers {
            lower_bound: lower,
            certified: certified(distance, lower, n, T::of(unit)),
            ..*numbers
        };
        Ok(found)
    }
}
