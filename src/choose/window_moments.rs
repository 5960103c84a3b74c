//! Second moments of wide windows of many short segments.
//!
//! ```text
//! M(a, b) = sum over windows of x_{t - a tau} x_{t - b tau}'           blocks of the moments, a, b = 0 .. D-1
//! M(., 0) = sum over windows of h_t x_t'                               one block column, summed over time
//! E = sum h h' over windows of D-1 delays at the beginnings of segments - sum h h' over those at their ends
//! M(b + 1, a + 1) = M(b, a) + E(b, a)                                  for b >= a = 0 .. D-2
//! mirror
//! ```
//!
//! A block of the moments one delay further back is the sum over windows one interval earlier: it has the samples before the
//! first windows instead of those of the last ones. All these ends of all segments are summed in one matrix E, so that many
//! short trials cost no more than few long ones. (The recursion is that of the covariance method of linear prediction,
//! Makhoul 1975, equation 28.)
//!
//! Cost: n² D N multiply-adds for N windows, and n² D² tau for each segment. Accuracy: every entry to about D + N / 8
//! roundings of the sums of squares that it is bounded by.

use crate::data::embedding::{Embedding, Windows};
use crate::data::recording::Recording;
use crate::error::Error;
use crate::matrix::{Cells, Mat, MatMut, add, pieces, pieces_mut, try_zeros};
use alloc::vec::Vec;

/// Windows whose products are added together.
const GROUP: usize = 8;

/// sum h hᵀ and sum h over all windows of some segments, and how many there are.
pub(super) struct WindowMoments {
    pub(super) products: Mat<f64>,
    pub(super) sums: Vec<f64>,
    pub(super) rows: usize,
}

impl WindowMoments {
    /// Of conditioned windows, without their mean subtracted.
    pub(super) fn of(
        segments: &[Recording<'_, f64>],
        windows: Windows<'_, f64>,
        channels: usize,
    ) -> Result<Self, Error> {
        let p = windows.embedding.width(channels);
        let mut products = Mat::zeros(p, p)?;
        let (mut sums, mut rows) = (try_zeros(p)?, 0_usize);
        let mut group = Group::new(p)?;
        let to = &mut products.as_mut();
        // At both ends of a segment there are tau windows of one delay less.
        let ends = windows.embedding.interval().saturating_mul(2);
        let of_ends = segments.len().saturating_mul(ends);
        let counts = segments.iter().map(|segment| windows.times(segment).len());
        let structured =
            windows.embedding.delays() > 1 && of_ends < counts.fold(0, usize::saturating_add);
        for segment in segments {
            for t in windows.times(segment) {
                let window = group.next(1.0);
                windows.window_into(segment, t, window);
                add(&mut sums, window);
                rows = rows.saturating_add(1);
                if group.is_full() {
                    group.add_to(to, if structured { channels } else { p });
                }
            }
        }
        group.add_to(to, if structured { channels } else { p });
        if structured {
            shift_blocks(to, &ends_of(segments, windows, channels)?, channels);
        }
        to.mirror_lower();
        Ok(Self { products, sums, rows })
    }
}

/// E, in its lower triangle.
fn ends_of(
    segments: &[Recording<'_, f64>],
    windows: Windows<'_, f64>,
    channels: usize,
) -> Result<Mat<f64>, Error> {
    let (delays, interval) = (windows.embedding.delays(), windows.embedding.interval());
    let embedding = Embedding::new(delays.saturating_sub(1), interval);
    let shorter = Windows { embedding, ..windows };
    let p = embedding.width(channels);
    let (mut ends, mut group) = (Mat::zeros(p, p)?, Group::new(p)?);
    for segment in segments {
        let times = shorter.times(segment);
        let first = times.start..times.start.saturating_add(interval);
        let last = times.end.saturating_sub(interval)..times.end;
        for (times, sign) in [(first, 1.0), (last, -1.0)] {
            for t in times {
                shorter.window_into(segment, t, group.next(sign));
                if group.is_full() {
                    group.add_to(&mut ends.as_mut(), p);
                }
            }
        }
    }
    group.add_to(&mut ends.as_mut(), p);
    Ok(ends)
}

/// M(b + 1, a + 1) = M(b, a) + E(b, a), column by column, in the lower triangle of blocks.
fn shift_blocks(moments: &mut MatMut<'_, f64>, ends: &Mat<f64>, channels: usize) {
    for (j, ends) in ends.as_ref().columns().enumerate() {
        let (from, to) = moments.two_columns_mut(j, j.saturating_add(channels));
        let below = to.iter_mut().skip(j.saturating_add(channels));
        below.zip(from.iter().zip(ends).skip(j)).for_each(|(to, (from, end))| *to = *from + *end);
    }
}

/// Windows whose products are added together, each with a sign.
struct Group {
    width: usize,
    windows: Vec<f64>,
    signs: [f64; GROUP],
    filled: usize,
}

impl Group {
    fn new(width: usize) -> Result<Self, Error> {
        let windows = try_zeros(width.saturating_mul(GROUP))?;
        Ok(Self { width, windows, signs: [0.0; GROUP], filled: 0 })
    }

    /// The place of the next window.
    fn next(&mut self, sign: f64) -> &mut [f64] {
        self.signs.put(self.filled, sign);
        let at = self.filled.saturating_mul(self.width);
        self.filled = self.filled.saturating_add(1);
        self.windows.part_mut(at, self.width)
    }

    const fn is_full(&self) -> bool {
        self.filled == GROUP
    }

    /// Adds sign h hᵀ to the leading columns, from the diagonal down.
    fn add_to(&mut self, to: &mut MatMut<'_, f64>, columns: usize) {
        for window in pieces_mut(&mut self.windows, self.width).skip(self.filled) {
            window.fill(0.0);
        }
        for half in [0, GROUP / 2] {
            let from = half.saturating_mul(self.width);
            let mut rows = pieces(self.windows.part(from, usize::MAX), self.width);
            let four = [(); GROUP / 2].map(|()| rows.next().unwrap_or(&[]));
            for (j, column) in to.columns_mut().take(columns).enumerate() {
                let mut weights = [0.0; GROUP / 2];
                for (i, (weight, row)) in weights.iter_mut().zip(four).enumerate() {
                    *weight = self.signs.at(half.saturating_add(i)) * row.at(j);
                }
                let [a, b, c, d] = weights;
                let [w, x, y, z] = four.map(|row| row.part(j, usize::MAX));
                let below = column.part_mut(j, usize::MAX).iter_mut();
                for ((((to, w), x), y), z) in below.zip(w).zip(x).zip(y).zip(z) {
                    *to += (a * *w + b * *x) + (c * *y + d * *z);
                }
            }
        }
        self.filled = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::centring::Conditioning;
    use crate::linalg::qr::tests::noise;

    #[test]
    fn moments_are_the_sums_over_all_windows() {
        let mut noise = noise(11);
        for (channels, delays, interval, lengths) in [
            (3, 4, 1, &[20, 9, 7][..]),
            (2, 5, 3, &[40, 31]),
            (2, 3, 7, &[15, 16]), // Fewer windows than samples in an interval.
            (4, 1, 2, &[9, 3]),
        ] {
            let data: Vec<Vec<f64>> =
                lengths.iter().map(|t| (0..t * channels).map(|_| noise()).collect()).collect();
            let segments: Vec<_> =
                data.iter().map(|x| Recording::new(x, channels).unwrap()).collect();
            let (shift, gain) = (std::vec![0.25; channels], std::vec![2.0; channels]);
            let conditioning = Conditioning { shift: &shift, gain: &gain };
            let embedding = Embedding::new(delays, interval);
            let windows = Windows { embedding, conditioning, mean: &[] };
            let found = WindowMoments::of(&segments, windows, channels).unwrap();
            let p = channels * delays;
            let (mut window, mut expected) = (std::vec![0.0; p], std::vec![0.0; p * p]);
            let (mut sums, mut rows) = (std::vec![0.0; p], 0);
            for segment in &segments {
                for t in windows.times(segment) {
                    windows.window_into(segment, t, &mut window);
                    rows += 1;
                    for j in 0..p {
                        sums[j] += window[j];
                        (0..p).for_each(|i| expected[j * p + i] += window[i] * window[j]);
                    }
                }
            }
            assert_eq!(found.rows, rows);
            for j in 0..p {
                assert!((found.sums[j] - sums[j]).abs() < 1e-12);
                for i in 0..p {
                    let (got, right) = (found.products.as_ref().at(i, j), expected[j * p + i]);
                    assert!((got - right).abs() < 1e-12, "{channels} {delays} {interval}: {i} {j}");
                }
            }
        }
    }
}
