//! The Wasserstein distance of operators of one rank in little code.
//!
//! The eigenvalues of both by one algorithm, the costs of all pairs of them, and the assignment of the least total: no balancing,
//! no padding, no unequal masses.

use super::wasserstein::{Wasserstein, WassersteinOrder};
use crate::error::Error;
use crate::linalg::assignment::{match_rows_in, match_rows_memory_len};
use crate::linalg::plain_eigenvalues;
use crate::matrix::{Layout, MatRef, area, pieces_mut};
use crate::scalar::{Real, Scalar};

/// The eigenvalues of both; a copy of an operator, then the costs; and memory of the matching.
const fn layout(n: usize) -> Layout<7> {
    Layout::new([n, n, n, n, area(n, n), n, match_rows_memory_len(n)])
}

impl Wasserstein {
    /// Scalars that [`compare_plain_in`](Self::compare_plain_in) needs for operators of order n: n² + 9 n.
    #[must_use]
    pub const fn plain_memory_len(&self, n: usize) -> usize {
        layout(n).len()
    }

    /// [`compare_in`](Self::compare_in) between operators of one rank in a third of its code, up to rounding: about 10 n eps
    /// times the larger norm and the condition of the eigenvalues. The rule for unequal ranks is not read: these are refused.
    ///
    /// # Errors
    /// As [`compare_in`](Self::compare_in); [`Error::RankMismatch`] for operators of different orders.
    ///
    /// ```
    /// use dynamical_similarity::{MatRef, Wasserstein};
    /// let rotation = MatRef::new(&[0.0_f32, 1.0, -1.0, 0.0], 2, 2)?; // eigenvalues i and -i
    /// let mirror = MatRef::new(&[0.0, 1.0, 1.0, 0.0], 2, 2)?; // eigenvalues 1 and -1
    /// const W2: Wasserstein = Wasserstein::new();
    /// let distance = W2.compare_plain_in(rotation, mirror, &mut [0.0; W2.plain_memory_len(2)])?;
    /// assert!((distance - 2.0_f32.sqrt()).abs() < 1e-6);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    pub fn compare_plain_in<T: Scalar>(
        &self,
        a: MatRef<'_, T>,
        b: MatRef<'_, T>,
        memory: &mut [T],
    ) -> Result<T, Error> {
        let (n, right) = (a.check_square()?, b.check_square()?);
        if n != right {
            return Err(Error::RankMismatch { left: n, right });
        }
        let [a_real, a_imaginary, b_real, b_imaginary, work, matched, solver] =
            layout(n).cut_by_loop(memory)?;
        a.check_finite()?;
        b.check_finite()?;
        let scale = a.largest().larger(b.largest()).binary_scale();
        for (operator, real, imaginary) in
            [(a, &mut *a_real, &mut *a_imaginary), (b, &mut *b_real, &mut *b_imaginary)]
        {
            let entries = operator.columns().flatten();
            work.iter_mut().zip(entries).for_each(|(to, x)| *to = *x * scale);
            plain_eigenvalues::solve(work, real, imaginary)?;
        }
        let of_b = b_real.iter().zip(&*b_imaginary);
        for (costs, (real, imaginary)) in pieces_mut(work, n).zip(of_b) {
            let of_a = a_real.iter().zip(&*a_imaginary);
            for (cost, (x, y)) in costs.iter_mut().zip(of_a) {
                let (x, y) = (*x - *real, *y - *imaginary);
                let square = x * x + y * y;
                *cost =
                    if self.order == WassersteinOrder::One { Real::sqrt(square) } else { square };
            }
        }
        let mean = match_rows_in(MatRef::over(work, n, n), matched, solver)? / T::count(n);
        self.in_units(mean, scale)
    }
}
