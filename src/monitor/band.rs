//! The score of a window: how far its lag spectra are from those of the calibration, by the spread of the calibration's blocks.
//!
//! ```text
//! v = (max(t, t_ref)² + c_ref) / (t_ref² + c_ref)              covariances of a noisier window spread wider
//! g = (N^-1/2 - N_ref^-1/2) / (N_b^-1/2 - (N_ref - N_b)^-1/2)  a bias of short windows falls with their length
//! q = sqrt(mean of W_i (f_i - f_ref,i - g m_i)² / v)
//!
//! of K differences d between a block and all others:
//! m_i = mean of d_i;  var_i = mean of d_i² - m_i²
//! W_i = (K + 5) / (K var_i + 5 median(var))                    drawn towards the median, as if by 5 more blocks
//! ```
//!
//! q is 1 where the features are as far from the calibration as those of one of its blocks usually are, and does not grow with
//! the window. Sorted spectra of short windows spread farther apart than those of long ones, which is the bias m.

use super::decision::{Lengths, Null};
use crate::matrix::Cells;
use crate::scalar::{Real, Scalar};

/// Blocks by which a variance is drawn towards the median of all.
const POOL: usize = 5;

/// What a calibration knows of its scores in addition to its tables.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Band<T> {
    /// The number r of directions.
    pub(crate) directions: usize,
    /// t of the calibration.
    pub(crate) noise: T,
    /// c of the calibration.
    pub(crate) echo: T,
    /// Null band of the score.
    pub(crate) score: Null<T>,
    /// Null band of the gate.
    pub(crate) gate: Null<T>,
    /// ln(t of a block / t of all others): mean and standard deviation.
    pub(crate) level: Null<T>,
}

impl<T: Scalar> Band<T> {
    /// The noise level of a window relative to that of the calibration, and its z: (ln(t / t_ref) - a rho) / (b sqrt(rho)).
    pub(crate) fn noise_level(&self, noise: T, samples: T, lengths: Lengths<T>) -> (T, T) {
        let (ratio, rho) = (noise / self.noise, lengths.ratio(samples));
        let Null { mean, deviation } = self.level;
        (ratio, (Real::ln(ratio) - mean * rho) / (deviation * Real::sqrt(rho)))
    }
}

/// v, by which the squared distance of a window with noise level t is wider than that of one as noisy as the reference.
pub(crate) fn widening<T: Scalar>(noise: T, reference: T, echo: T) -> T {
    let largest = noise.larger(reference);
    (largest * largest + echo) / (reference * reference + echo)
}

/// g, the part of the bias m that a window of N pairs has.
pub(crate) fn bias_of<T: Scalar>(pairs: T, lengths: Lengths<T>) -> T {
    let root = |x: T| T::ONE / Real::sqrt(x);
    let rest = lengths.reference - lengths.block;
    (root(pairs) - root(lengths.reference)) / (root(lengths.block) - root(rest))
}

/// The tables that a distance of features is measured with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Metric<'a, T> {
    /// m
    pub(crate) bias: &'a [T],
    /// W
    pub(crate) weights: &'a [T],
}

impl<T: Scalar> Metric<'_, T> {
    /// q of differences between the features of two windows.
    pub(crate) fn distance(&self, differences: impl Iterator<Item = T>, part: T, widening: T) -> T {
        let (mut sum, mut count) = (T::ZERO, 0_usize);
        for ((difference, bias), weight) in differences.zip(self.bias).zip(self.weights) {
            let e = difference - part * *bias;
            sum += *weight * e * e;
            count = count.saturating_add(1);
        }
        Real::sqrt(sum / T::count(count.max(1)) / widening)
    }
}

/// Sums over the differences of all blocks: of d, and of d².
pub(crate) struct Spread<'a, T> {
    pub(crate) sums: &'a [T],
    pub(crate) squares: &'a [T],
}

impl<T: Scalar> Spread<'_, T> {
    /// Writes m and W of K blocks, or of the K - 1 others if the differences of one are to be left out.
    pub(crate) fn write(
        &self,
        blocks: usize,
        left_out: Option<&[T]>,
        bias: &mut [T],
        weights: &mut [T],
    ) {
        let k = if left_out.is_some() { blocks.saturating_sub(1) } else { blocks };
        let (count, pool) = (T::count(k), T::count(POOL));
        let outputs = bias.iter_mut().zip(weights.iter_mut());
        for (i, ((bias, variance), (sum, square))) in
            outputs.zip(self.sums.iter().zip(self.squares)).enumerate()
        {
            let d = left_out.map_or(T::ZERO, |differences| differences.at(i));
            let mean = (*sum - d) / count;
            (*bias, *variance) = (mean, ((*square - d * d) / count - mean * mean).larger(T::ZERO));
        }
        let pooled = pool * median(weights);
        // Differences below the rounding of the features do not count as smaller than that.
        let least = T::EPSILON * T::EPSILON;
        for weight in weights {
            *weight = (count + pool) / (count * *weight + pooled).larger(least);
        }
    }
}

/// The median, by counting for each value how many are smaller: p² comparisons, and no memory.
fn median<T: Scalar>(values: &[T]) -> T {
    let smallest_but = |k: usize| {
        let is_it = |x: &&T| {
            let below = values.iter().filter(|y| *y < x).count();
            let same = values.iter().filter(|y| y == x).count();
            below <= k && k < below.saturating_add(same)
        };
        values.iter().find(is_it).copied().unwrap_or(T::ZERO)
    };
    let count = values.len();
    T::HALF * (smallest_but(count.saturating_sub(1) / 2) + smallest_but(count / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median(&[7.0]), 7.0);
        assert_eq!(median::<f64>(&[]), 0.0);
    }

    #[test]
    fn weights_without_a_block_are_those_of_the_other_blocks() {
        let differences = [[1.0, -2.0, 0.5], [0.25, 1.0, 3.0], [-1.5, 0.5, 0.0], [2.0, 0.0, 1.0]];
        let write = |of: &[[f64; 3]], left_out: Option<&[f64]>| {
            let sum = |f: fn(f64) -> f64| -> Vec<f64> {
                (0..3).map(|i| of.iter().map(|d| f(d[i])).sum()).collect()
            };
            let (sums, squares) = (sum(|x| x), sum(|x| x * x));
            let (mut bias, mut weights) = (vec![0.0; 3], vec![0.0; 3]);
            let spread = Spread { sums: &sums, squares: &squares };
            spread.write(of.len(), left_out, &mut bias, &mut weights);
            (bias, weights)
        };
        let expected = write(&differences[1..], None);
        let found = write(&differences, Some(&differences[0]));
        for (found, expected) in
            [(&found.0, &expected.0), (&found.1, &expected.1)].map(|(a, b)| (a.clone(), b.clone()))
        {
            found.iter().zip(&expected).for_each(|(x, y)| assert!((x - y).abs() < 1e-12));
        }
        // By hand: means of squares less squares of means, K = 3, and the median of the three variances.
        let variance = |x: [f64; 3]| {
            let mean = x.iter().sum::<f64>() / 3.0;
            x.iter().map(|x| x * x).sum::<f64>() / 3.0 - mean * mean
        };
        let of = [[0.25, -1.5, 2.0], [1.0, 0.5, 0.0], [3.0, 0.0, 1.0]].map(variance);
        let mut sorted = of;
        sorted.sort_by(f64::total_cmp);
        for (weight, variance) in found.1.iter().zip(of) {
            assert!((weight - 8.0 / (3.0 * variance + 5.0 * sorted[1])).abs() < 1e-12);
        }
    }

    #[test]
    fn a_bias_belongs_to_a_block_and_vanishes_for_the_whole() {
        let lengths = Lengths { reference: 30_000.0_f64, block: 1_500.0 };
        assert_eq!(bias_of(30_000.0, lengths), 0.0);
        assert!(bias_of(3_000.0, lengths) > 0.5 && bias_of(3_000.0, lengths) < 1.0);
        assert!((widening(2.0_f64, 1.0, 3.0) - 7.0 / 4.0).abs() < 1e-15);
        assert_eq!(widening(0.5, 1.0, 3.0), 1.0);
    }
}
