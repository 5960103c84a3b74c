//! Smoothing in time, and sums over bins.

/// Smoothing by a Gaussian kernel, cut off at four standard deviations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Smoothing {
    /// The standard deviation in samples.
    pub deviation: f64,
    /// Whether a sample depends on earlier samples alone: only the half of the kernel that looks back is used.
    pub causal: bool,
}

impl Smoothing {
    /// The trial smoothed, with every channel by itself. At its ends a trial is continued by its mirror image, as
    /// `scipy.ndimage.gaussian_filter1d` does; where only earlier samples are used, the weights of those that there are sum
    /// to 1.
    #[must_use]
    pub fn apply(self, trial: &[f64], channels: usize) -> Vec<f64> {
        let samples = trial.len() / channels.max(1);
        let reach = (4.0 * self.deviation + 0.5) as usize;
        let weights: Vec<f64> =
            (0..=reach).map(|k| (-0.5 * (k as f64 / self.deviation).powi(2)).exp()).collect();
        let mut out = vec![0.0; trial.len()];
        for (t, sums) in out.chunks_exact_mut(channels.max(1)).enumerate() {
            let mut total = 0.0;
            let mut take = |from: usize, weight: f64| {
                total += weight;
                let row = trial.get(from * channels..(from + 1) * channels).unwrap_or(&[]);
                sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += weight * x);
            };
            for (k, weight) in weights.iter().enumerate() {
                match (self.causal, k) {
                    (_, 0) => take(t, *weight),
                    (true, k) if k <= t => take(t - k, *weight),
                    (true, _) => {}
                    (false, k) => {
                        take(mirrored(t as i64 - k as i64, samples), *weight);
                        take(mirrored(t as i64 + k as i64, samples), *weight);
                    }
                }
            }
            sums.iter_mut().for_each(|sum| *sum /= total);
        }
        out
    }
}

/// The sample that stands at a time before the first or after the last: d c b a | a b c d | d c b a, again and again.
fn mirrored(time: i64, samples: usize) -> usize {
    let length = samples.max(1) as i64;
    let at = time.rem_euclid(2 * length);
    (if at < length { at } else { 2 * length - 1 - at }) as usize
}

/// Sums over `width` samples at a time. What is left at the end is dropped.
#[must_use]
pub fn binned(trial: &[f64], channels: usize, width: usize) -> Vec<f64> {
    let bin = |bin: &[f64]| {
        let mut sums = vec![0.0; channels];
        for row in bin.chunks(channels.max(1)) {
            sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        sums
    };
    trial.chunks_exact((width * channels).max(1)).flat_map(bin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_stays_and_an_impulse_becomes_the_kernel() {
        for causal in [false, true] {
            let smoothing = Smoothing { deviation: 1.5, causal };
            assert!(smoothing.apply(&[2.0; 9], 1).iter().all(|x| (x - 2.0).abs() < 1e-14));
            let mut impulse = vec![0.0; 62];
            impulse[2 * 15 + 1] = 1.0;
            let found = smoothing.apply(&impulse, 2);
            let other: f64 = found.iter().step_by(2).sum();
            let before: f64 = found[..30].iter().sum();
            assert_eq!(other, 0.0);
            assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-14);
            assert_eq!(before == 0.0, causal);
        }
    }

    #[test]
    fn bins_are_sums_and_the_rest_is_dropped() {
        assert_eq!(binned(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2, 2), [4.0, 6.0]);
    }
}
