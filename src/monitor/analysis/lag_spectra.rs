//! Lag spectra: the numbers by which the dynamics of two windows are compared.
//!
//! ```text
//! M = (R_1 + R_1') / 2 = V diag(w) V'                         by Jacobi rotations of I + M
//! order by |w|, descending; on a whole calibration r = max(2, number of |w| > cut)
//! T = V_r diag(max(|w|, 0.02))^(-1/2);  t = mean of 1 / max(|w|, 0.02)
//! for k = 1 .. d
//!     B = T' R_k T,  S = (B + B') / 2,  K = (B - B') / 2
//!     if k > 1:  write the eigenvalues of S, descending       by QR steps
//!     write the singular values of K, descending, one of each pair, times sqrt(2)
//! c = 2 sum of (trace B / r)² over k
//! ```
//!
//! The covariances R_k are white, so that an invertible mixture of the channels turns all B by one orthogonal matrix, which
//! changes no spectrum. T measures lengths by the covariance at lag 1 instead of lag 0: noise that is independent from
//! sample to sample is in R_0 alone, and if r = n and all w > 0, B does not depend on R_0. Several lags at once see the time
//! scale, which one operator that is scaled to norm one does not.
//!
//! The sum of squared differences of two windows' spectra is a lower bound of the smallest sum over k of |B_k - P B_k' P'|²
//! over all orthogonal P (Hoffman & Wielandt, Duke Math. J. 20 (1953) 37, for S; Mirsky, Q. J. Math. 11 (1960) 50, for K).

use super::square::lag;
use crate::error::Error;
use crate::linalg::jacobi::Stepwise;
use crate::linalg::symmetric;
use crate::linalg::symmetric::skew::{skew_memory_len, skew_values_in};
use crate::matrix::{Cells, Layout, MatMut, MatRef, any_of, dot};
use crate::monitor::sizes::Sizes;
use crate::scalar::{Real, Scalar};

/// The lag by whose covariance lengths are measured.
const MEASURE: usize = 1;
/// A direction whose correlation at lag 1 is smaller than this counts as one with this correlation.
const FLOOR: f64 = 0.02;
/// A calibration has at least this many directions.
const FEWEST: usize = 2;

/// The directions of the channels that are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kept {
    /// Those whose correlation with themselves at lag 1 is above the cut: for a whole calibration.
    Above(f32),
    /// The given number of them: for a window, or a part of a calibration.
    Exactly(usize),
}

/// The lines of the pseudo code. A step does one product, one spectrum, or up to n / 2 rotations.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase<T> {
    /// I + M
    Begin,
    /// M = V diag(w) V'
    Diagonalise(Stepwise<T>),
    /// T
    Measure,
    /// B, S and K
    Congruence {
        lag: usize,
    },
    Symmetric {
        lag: usize,
    },
    Skew {
        lag: usize,
    },
}

/// The progress of the spectra, and what is known so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LagSpectra<T> {
    phase: Phase<T>,
    kept: Kept,
    /// The number of features that have been written.
    written: usize,
    pub(crate) summary: Summary<T>,
}

/// What the lag spectra say in addition to the features.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Summary<T> {
    /// The number r of directions that are kept.
    pub(crate) directions: usize,
    /// t: mean over the directions of the variance at lag 0 for a covariance of one at lag 1. Noise of single samples
    /// raises it.
    pub(crate) noise: T,
    /// c: by Bartlett's formula, the variance of a covariance is proportional to t² + c.
    pub(crate) echo: T,
}

/// The scratch of the spectra.
struct LagMemory<'a, T> {
    /// (I + M) V, then T.
    measure: &'a mut [T],
    /// V, then B and S.
    symmetric: &'a mut [T],
    /// R_k T, then K.
    skew: &'a mut [T],
    values: &'a mut [T],
    memory: &'a mut [T],
}

/// The pieces of [`LagMemory`], in its order.
pub(super) const fn layout(sizes: Sizes) -> Layout<5> {
    let (n, square) = (sizes.channels, sizes.square());
    let memory = any_of(&[symmetric::values_memory_len(n), skew_memory_len(n)]);
    Layout::new([square, square, square, n, memory])
}

impl<'a, T> LagMemory<'a, T> {
    fn cut(sizes: Sizes, scratch: &'a mut [T]) -> Self {
        let ([measure, symmetric, skew, values, memory], _) = layout(sizes).cut_checked(scratch);
        Self { measure, symmetric, skew, values, memory }
    }
}

impl<T: Scalar> LagSpectra<T> {
    pub(crate) const fn new(kept: Kept) -> Self {
        let summary = Summary { directions: 0, noise: T::ZERO, echo: T::ZERO };
        Self { phase: Phase::Begin, kept, written: 0, summary }
    }

    /// Does one step on white covariances; returns true when `out` ([`Sizes::features_len`] scalars) holds the features, with
    /// zeros behind them if fewer directions were kept than there is room for.
    ///
    /// # Errors
    /// [`Error::NonFiniteEntry`], [`Error::NotConverged`].
    pub(crate) fn step(
        &mut self,
        sizes: Sizes,
        covariances: &[T],
        scratch: &mut [T],
        out: &mut [T],
    ) -> Result<bool, Error> {
        let (n, r, square) = (sizes.channels, self.summary.directions, sizes.square());
        let mut at = LagMemory::cut(sizes, scratch);
        self.phase = match self.phase {
            Phase::Begin => {
                out.fill(T::ZERO);
                at.begin(lag(covariances, square, MEASURE), n)?;
                Phase::Diagonalise(Stepwise::new())
            }
            Phase::Diagonalise(mut jacobi) => {
                let mut moved = MatMut::over(at.measure, n, n);
                let mut vectors = MatMut::over(at.symmetric, n, n);
                if jacobi.step(&mut moved, at.values, Some(&mut vectors))? {
                    Phase::Measure
                } else {
                    Phase::Diagonalise(jacobi)
                }
            }
            Phase::Measure => {
                self.summary = at.measure(sizes, self.kept);
                Phase::Congruence { lag: MEASURE }
            }
            Phase::Congruence { lag: k } => {
                let trace = at.form(lag(covariances, square, k), n, r)?;
                // c = 2 sum of (trace B / r)²
                let mean = trace / T::count(r);
                self.summary.echo += T::TWO * mean * mean;
                at.split(r);
                // By construction, S of lag 1 has 1 or -1 in its diagonal, and nothing else.
                if k > MEASURE { Phase::Symmetric { lag: k } } else { Phase::Skew { lag: k } }
            }
            Phase::Symmetric { lag } => {
                let values = at.values.part_mut(0, r);
                symmetric::values_in(&mut MatMut::over(at.symmetric, r, r), values, at.memory)?;
                self.write(out, values.iter().copied());
                Phase::Skew { lag }
            }
            Phase::Skew { lag } => {
                let values = at.values.part_mut(0, r);
                skew_values_in(&mut MatMut::over(at.skew, r, r), values, at.memory)?;
                let root = Real::sqrt(T::TWO);
                self.write(out, values.iter().take(r / 2).map(|x| root * *x));
                if lag == sizes.delays {
                    return Ok(true);
                }
                Phase::Congruence { lag: lag.saturating_add(1) }
            }
        };
        Ok(false)
    }

    /// Appends features.
    fn write(&mut self, out: &mut [T], features: impl Iterator<Item = T>) {
        for (to, feature) in out.iter_mut().skip(self.written).zip(features) {
            *to = feature;
            self.written = self.written.saturating_add(1);
        }
    }
}

impl<T: Scalar> LagMemory<'_, T> {
    /// I + M, and V = I.
    fn begin(&mut self, covariance: &[T], n: usize) -> Result<(), Error> {
        let covariance = MatRef::over(covariance, n, n);
        covariance.check_finite()?;
        let mut moved = MatMut::over(self.measure, n, n);
        for j in 0..n {
            for i in 0..n {
                let one = if i == j { T::ONE } else { T::ZERO };
                moved.set(i, j, one + T::HALF * (covariance.at(i, j) + covariance.at(j, i)));
            }
        }
        MatMut::over(self.symmetric, n, n).set_identity();
        Ok(())
    }

    /// w and T; the number of directions, and t.
    fn measure(&mut self, sizes: Sizes, kept: Kept) -> Summary<T> {
        let n = sizes.channels;
        let vectors = MatRef::over(self.symmetric, n, n);
        let moved = MatRef::over(self.measure, n, n);
        // |w| by w = v' (I + M) v - 1, which is right where gaps have made I + M indefinite, too.
        for ((size, v), image) in self.values.iter_mut().zip(vectors.columns()).zip(moved.columns())
        {
            *size = Real::abs(dot(v, image) - T::ONE);
        }
        let r = match kept {
            Kept::Exactly(r) => r,
            Kept::Above(cut) => {
                let above = self.values.iter().filter(|size| **size > T::from(cut)).count();
                above.max(FEWEST).min(sizes.most_directions())
            }
        };
        let mut measure = MatMut::over(self.measure, n, n);
        let mut noise = T::ZERO;
        for column in measure.columns_mut().take(r) {
            let mut largest = 0;
            for (i, size) in self.values.iter().enumerate() {
                if *size > self.values.at(largest) {
                    largest = i;
                }
            }
            let size = self.values.at(largest).larger(T::of(FLOOR));
            // It is taken once.
            self.values.put(largest, -T::ONE);
            noise += T::ONE / size;
            let factor = T::ONE / Real::sqrt(size);
            column.iter_mut().zip(vectors.column(largest)).for_each(|(to, x)| *to = factor * *x);
        }
        Summary { directions: r, noise: noise / T::count(r), echo: T::ZERO }
    }

    /// B = T' R_k T; returns its trace.
    fn form(&mut self, covariance: &[T], n: usize, r: usize) -> Result<T, Error> {
        let measure = MatRef::over(self.measure, n, r);
        let mut product = MatMut::over(self.skew, n, r);
        product.set_product(MatRef::over(covariance, n, n), measure)?;
        let mut b = MatMut::over(self.symmetric, r, r);
        let mut trace = T::ZERO;
        for (j, (to, image)) in b.columns_mut().zip(product.as_ref().columns()).enumerate() {
            to.iter_mut().zip(measure.columns()).for_each(|(to, t)| *to = dot(t, image));
            trace += to.at(j);
        }
        b.as_ref().check_finite()?;
        Ok(trace)
    }

    /// S in place of B, and K.
    fn split(&mut self, r: usize) {
        let mut s = MatMut::over(self.symmetric, r, r);
        let mut k = MatMut::over(self.skew, r, r);
        for j in 0..r {
            for i in 0..=j {
                let (x, y) = (s.at(i, j), s.at(j, i));
                let (mean, half) = (T::HALF * (x + y), T::HALF * (x - y));
                s.set(i, j, mean);
                s.set(j, i, mean);
                k.set(i, j, half);
                k.set(j, i, -half);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::analysis::reference_f64::Stream;

    fn sizes(n: usize, d: usize, rank: usize) -> Sizes {
        Sizes { channels: n, delays: d, rank, operator: false }
    }

    fn features(sizes: Sizes, covariances: &[f64], kept: Kept) -> (Vec<f64>, Summary<f64>) {
        let mut scratch = vec![f64::NAN; layout(sizes).len()];
        let mut out = vec![f64::NAN; sizes.features_len()];
        let mut state = LagSpectra::new(kept);
        while !state.step(sizes, covariances, &mut scratch, &mut out).unwrap() {}
        (out, state.summary)
    }

    /// R_k = a_k I + b_k J for one rotation, after an R_0 that is not looked at.
    fn rotation(lags: &[(f64, f64)]) -> Vec<f64> {
        let blank = [f64::NAN; 4];
        blank.into_iter().chain(lags.iter().flat_map(|(a, b)| [*a, *b, -b, *a])).collect()
    }

    #[test]
    fn features_with_a_known_answer() {
        let lags = [(0.8, 0.3), (0.5, 0.4), (-0.2, 0.1)];
        let (found, summary) = features(sizes(2, 3, 2), &rotation(&lags), Kept::Above(0.15));
        let root = 2.0_f64.sqrt();
        // Lengths are measured by 0.8: skew of lag 1; symmetric and skew of lags 2 and 3.
        let expected = [0.3 * root, 0.5, 0.5, 0.4 * root, -0.2, -0.2, 0.1 * root].map(|x| x / 0.8);
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-14, "{found} {expected}");
        }
        assert_eq!(summary.directions, 2);
        assert!((summary.noise - 1.25).abs() < 1e-14);
        let echo = 2.0 * (0.8 * 0.8 + 0.5 * 0.5 + 0.2 * 0.2) / (0.8 * 0.8);
        assert!((summary.echo - echo).abs() < 1e-13);
    }

    #[test]
    fn noise_of_single_samples_changes_the_noise_level_alone() {
        let lags = [(0.8, 0.3), (0.5, 0.4), (-0.2, 0.1)];
        let of = |part: f64| {
            let lags = lags.map(|(a, b)| (part * a, part * b));
            features(sizes(2, 3, 2), &rotation(&lags), Kept::Exactly(2))
        };
        // White noise that doubles the variance halves all lags but R_0 after whitening.
        let ((clean, before), (noisy, after)) = (of(1.0), of(0.5));
        clean.iter().zip(&noisy).for_each(|(x, y)| assert!((x - y).abs() < 1e-14, "{x} {y}"));
        assert!((after.noise / before.noise - 2.0).abs() < 1e-14);
    }

    #[test]
    fn directions_below_the_cut_are_left_out_and_two_are_kept() {
        // Correlations 0.9, -0.5, 0.1 and 0.01 at lag 1.
        let mut r = vec![0.0; 3 * 16];
        for (i, w) in [0.9, 0.01, -0.5, 0.1].into_iter().enumerate() {
            (r[16 + 5 * i], r[32 + 5 * i]) = (w, w * w);
        }
        for (cut, rank, expected) in
            [(0.15, 4, 2), (0.05, 4, 3), (0.0, 4, 4), (0.0, 3, 3), (0.7, 4, 2)]
        {
            let (found, summary) = features(sizes(4, 2, rank), &r, Kept::Above(cut));
            assert_eq!(summary.directions, expected, "{cut} {rank}");
            assert!((found[expected / 2] - 0.9).abs() < 1e-14, "{found:?}");
        }
        let (_, summary) = features(sizes(4, 2, 4), &r, Kept::Exactly(4));
        let inverse = [0.9, 0.5, 0.1, 0.02].map(|w: f64| 0.25 / w);
        assert!((summary.noise - inverse.iter().sum::<f64>()).abs() < 1e-12);
    }

    #[test]
    fn distances_of_features_are_lower_bounds_of_those_of_the_lags() {
        let mut noise = Stream::new(1, 5);
        for n in [2, 3, 5, 8] {
            let sizes = sizes(n, 4, n);
            let square = n * n;
            // The symmetric part of R_1 is I, so that lengths are those of the covariances.
            let mut lags = |scale: f64| -> Vec<f64> {
                let mut r: Vec<f64> = (0..5 * square).map(|_| scale * noise.normal()).collect();
                for i in 0..n {
                    for j in 0..=i {
                        let (x, y) = (r[square + j * n + i], r[square + i * n + j]);
                        r[square + j * n + i] = (x - y) / 2.0;
                        r[square + i * n + j] = (y - x) / 2.0;
                    }
                }
                r
            };
            let (a, other) = (lags(1.0), lags(0.1));
            let near: Vec<f64> = a.iter().zip(&other).map(|(x, y)| x + y).collect();
            for b in [near, lags(1.0)] {
                let with_lengths = |r: &[f64]| {
                    let mut r = r.to_vec();
                    (0..n).for_each(|i| r[square + i * n + i] += 1.0);
                    features(sizes, &r, Kept::Exactly(n)).0
                };
                let bound = crate::monitor::analysis::reference_f64::chord(
                    &with_lengths(&a),
                    &with_lengths(&b),
                );
                let distance =
                    crate::monitor::analysis::reference_f64::chord(&a[square..], &b[square..]);
                assert!(bound <= distance + 1e-9 && bound > 0.05 * distance, "{bound} {distance}");
            }
        }
    }
}
