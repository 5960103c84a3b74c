//! Resampling to another rate, through a low-pass filter.
//!
//! ```text
//! h = sinc(k / q) w(k) for |k| <= 10 q,  q = max(up, down),  w a Kaiser window with beta = 5,  sum of h = up
//! y(m) = sum over t of h(m down - t up) x(t)
//! ```
//!
//! The filter is symmetric, so nothing is delayed; it is that of `scipy.signal.resample_poly`. The straight line through the
//! first and the last sample of a trial is subtracted before the filter and added after it, so that an offset neither makes
//! edges nor ripples. Kaiser, Nonrecursive digital filter design using the I0-sinh window function, ISCAS 1974.

use std::f64::consts::PI;

/// The shape of the Kaiser window, and the half length of the filter in samples of the lower rate.
const BETA: f64 = 5.0;
const HALF: usize = 10;

/// A change of rate by up / down, which have no common divisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resampling {
    /// New samples for each `down` old ones.
    pub up: usize,
    /// Old samples for each `up` new ones.
    pub down: usize,
}

impl Resampling {
    /// The most of either number.
    pub const MOST: usize = 1000;

    /// The change between two rates, if it is that of two whole numbers up to [`MOST`](Self::MOST), to 1e-9 of itself.
    #[must_use]
    pub fn between(from: f64, to: f64) -> Option<Self> {
        let ratio = to / from;
        let found = (1..=Self::MOST).find_map(|down| {
            let up = (ratio * down as f64).round();
            let fits = (up / down as f64 / ratio - 1.0).abs() < 1e-9;
            (fits && (1.0..=Self::MOST as f64).contains(&up)).then_some((up as usize, down))
        });
        found.map(|(up, down)| Self { up, down })
    }

    /// The coefficients of the filter, h(0) in the middle.
    #[must_use]
    pub fn filter(self) -> Vec<f64> {
        let most = self.up.max(self.down);
        let half = HALF * most;
        let largest = bessel(BETA);
        let mut filter: Vec<f64> = (0..=2 * half)
            .map(|k| {
                let x = (k as f64 - half as f64) / half as f64;
                let angle = PI * (k as f64 - half as f64) / most as f64;
                let sinc = if k == half { 1.0 } else { angle.sin() / angle };
                sinc * bessel(BETA * (1.0 - x * x).max(0.0).sqrt()) / largest
            })
            .collect();
        let scale = self.up as f64 / filter.iter().sum::<f64>();
        filter.iter_mut().for_each(|h| *h *= scale);
        filter
    }

    /// The trial at the new rate, with every channel by itself: samples x up / down samples, rounded up.
    #[must_use]
    pub fn apply(self, trial: &[f64], channels: usize) -> Vec<f64> {
        self.through(&self.filter(), trial, channels)
    }

    /// Every trial at the new rate, through one filter.
    pub fn apply_to_all(self, trials: &mut [Vec<f64>], channels: usize) {
        let filter = self.filter();
        trials.iter_mut().for_each(|trial| *trial = self.through(&filter, trial, channels));
    }

    fn through(self, filter: &[f64], trial: &[f64], channels: usize) -> Vec<f64> {
        if self.up == self.down {
            return trial.to_vec();
        }
        let samples = trial.len() / channels.max(1);
        let length = (samples * self.up).div_ceil(self.down);
        let half = filter.len() / 2;
        let mut out = vec![0.0; length * channels];
        for channel in 0..channels {
            let at = |t: usize| trial.get(t * channels + channel).copied().unwrap_or(0.0);
            let first = at(0);
            let slope =
                if samples > 1 { (at(samples - 1) - first) / (samples - 1) as f64 } else { 0.0 };
            let line = |time: f64| first + slope * time;
            for m in 0..length {
                let now = m * self.down;
                let from = now.saturating_sub(half).div_ceil(self.up);
                let to = ((now + half) / self.up).min(samples.saturating_sub(1));
                let sum: f64 = (from..=to)
                    .map(|t| {
                        let h = filter.get(now + half - t * self.up).copied().unwrap_or(0.0);
                        h * (at(t) - line(t as f64))
                    })
                    .sum();
                if let Some(to) = out.get_mut(m * channels + channel) {
                    *to = sum + line(now as f64 / self.up as f64);
                }
            }
        }
        out
    }
}

/// The modified Bessel function I0, by its power series: for |x| <= 5 all terms after the fortieth are below 1e-30.
fn bessel(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let terms = (1..=40).scan(1.0, |term, k| {
        *term *= quarter / (f64::from(k) * f64::from(k));
        Some(*term)
    });
    1.0 + terms.sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_ratios_of_whole_numbers() {
        let between = |from, to| Resampling::between(from, to).map(|x| (x.up, x.down));
        assert_eq!(between(1000.0, 100.0), Some((1, 10)));
        assert_eq!(between(512.0, 100.0), Some((25, 128)));
        assert_eq!(between(1.0 / 3.0, 1.0), Some((3, 1)));
        assert_eq!(between(1000.0, std::f64::consts::PI), None);
        assert_eq!(between(1e9, 1.0), None);
    }

    /// A line and a constant stay; a slow wave stays, and one above half of the new rate goes.
    #[test]
    fn what_the_new_rate_can_hold_stays_and_the_rest_goes() {
        let wave = |period: f64, samples: usize, step: f64| -> Vec<f64> {
            (0..samples).map(|t| (2.0 * PI * step * t as f64 / period).sin()).collect()
        };
        let down = Resampling { up: 1, down: 4 };
        let line: Vec<f64> = (0..101).map(|t| 3.0 + 0.5 * f64::from(t)).collect();
        for (m, x) in down.apply(&line, 1).iter().enumerate() {
            assert!((x - 3.0 - 2.0 * m as f64).abs() < 1e-12);
        }
        let (slow, expected) = (down.apply(&wave(100.0, 2000, 1.0), 1), wave(100.0, 500, 4.0));
        let fast = down.apply(&wave(5.0, 2000, 1.0), 1);
        for m in 20..480 {
            assert!((slow[m] - expected[m]).abs() < 2e-3, "{m}");
            assert!(fast[m].abs() < 2e-3, "{m}");
        }
        let up = Resampling { up: 3, down: 2 };
        assert_eq!(up.apply(&[1.0, 2.0, 1.0, 2.0, 1.0, 2.0], 2).len(), 10);
    }
}
