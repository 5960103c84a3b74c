//! Trials pushed in any grouping: the sums of the definition, and a finite model, or a typed error. Lag covariances of a
//! stream with gaps: those of the definition, or a typed error.

use arbitrary::Unstructured;
use dynamical_similarity::{Dmd, Embedding, Gram, LagCovariance, Rank, Recording};
use crate::{numbers, size};

/// The four sums by their definition, and the sum of the squares of all samples, beside which rounding is small.
struct Slow {
    embedding: Embedding,
    steps: usize,
    /// plus, minus, lagged, first
    sums: [Vec<f64>; 4],
    squares: f64,
}

impl Slow {
    fn new(channels: usize, embedding: Embedding, steps: usize) -> Self {
        let p = embedding.width(channels);
        Self { embedding, steps, sums: [(); 4].map(|()| vec![0.0; p * p]), squares: 0.0 }
    }

    fn push(&mut self, data: &[f64], channels: usize, scale: f64) {
        let (d, tau) = (self.embedding.delays(), self.embedding.interval());
        let samples = data.len() / channels;
        let window = |t: usize| -> Vec<f64> {
            (0..d)
                .flat_map(|k| (0..channels).map(move |c| (k, c)))
                .map(|(k, c)| scale * data[(t - k * tau) * channels + c])
                .collect()
        };
        let begin = (d - 1) * tau;
        let mut add = |which: usize, left: &[f64], right: &[f64]| {
            for (j, y) in right.iter().enumerate() {
                for (i, x) in left.iter().enumerate() {
                    self.sums[which][j * left.len() + i] += x * y;
                }
            }
        };
        for t in begin..samples {
            let now = window(t);
            if t < begin + self.steps {
                add(3, &now, &now);
            } else {
                let earlier = window(t - self.steps);
                add(0, &now, &now);
                add(1, &earlier, &earlier);
                add(2, &now, &earlier);
            }
        }
        self.squares += data.iter().map(|x| (scale * x) * (scale * x)).sum::<f64>();
    }

    fn check(&self, gram: &Gram<'_, f64>) {
        let found = [gram.plus(), gram.minus(), gram.lagged(), gram.first()];
        for (found, expected) in found.iter().zip(&self.sums) {
            for (x, y) in found.columns().flatten().zip(expected) {
                assert!(x.is_finite() && (x - y).abs() <= 1e-12 * self.squares + 1e-300, "{x} {y}");
            }
        }
    }
}

/// Lag covariances of a stream with gaps against their definition.
fn lags(bytes: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let (channels, most) = (1 + size(bytes, 2)?, size(bytes, 3)?);
    let shift = numbers(bytes, channels)?;
    let memory = vec![0.0; LagCovariance::<f64, ()>::memory_len(channels, most)];
    let Ok(mut lags) = LagCovariance::new_in(channels, most, &shift, memory) else {
        return Ok(());
    };
    let mut stream: Vec<Option<Vec<f64>>> = Vec::new();
    for _ in 0..size(bytes, 30)? {
        let sample = numbers(bytes, channels)?;
        if size(bytes, 9)? > 0 && lags.push(&sample).is_ok() {
            let less = sample.iter().zip(&shift).map(|(x, shift)| x - shift);
            stream.push(Some(less.collect()));
        } else {
            lags.push_missing();
            stream.push(None);
        }
    }
    let there: Vec<&Vec<f64>> = stream.iter().flatten().collect();
    let largest = there.iter().flat_map(|x| x.iter()).fold(0.0_f64, |most, x| x.abs().max(most));
    for lag in 0..=most {
        let mut found = vec![0.0; channels * channels];
        if lags.covariance_in(lag, &mut found).is_err() {
            continue;
        }
        let pairs: Vec<_> = stream
            .iter()
            .skip(lag)
            .zip(&stream)
            .filter_map(|(x, y)| x.as_ref().zip(y.as_ref()))
            .collect();
        assert_eq!(lags.pairs(lag), pairs.len() as f64);
        let mean = |c: usize| there.iter().map(|x| x[c] / there.len() as f64).sum::<f64>();
        for (at, found) in found.iter().enumerate() {
            let (i, j) = (at % channels, at / channels);
            let product: f64 = pairs.iter().map(|(x, y)| x[i] * y[j] / pairs.len() as f64).sum();
            let expected = product - mean(i) * mean(j);
            // Squares near the largest number: the definition overflows, or nearly.
            if largest < 1e150 {
                // Products near the least number are rounded to it.
                let close = (found - expected).abs() <= 1e-12 * largest * largest + 1e-300;
                assert!(found.is_finite() && close, "{found} {expected}");
            }
            assert!(found.is_finite());
        }
    }
    Ok(())
}

fn run(bytes: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    if bytes.arbitrary::<u8>()? & 3 == 0 {
        return lags(bytes);
    }
    let (channels, delays) = (size(bytes, 3)?, size(bytes, 5)?);
    let (interval, steps) = (size(bytes, 4)?, size(bytes, 6)?);
    let embedding = Embedding::new(delays, interval);
    let length = Gram::<f64>::memory_len(channels, embedding);
    let mut memory = [vec![0.0; length], vec![0.0; length]];
    let [one, two] = &mut memory;
    let scale = 2.0_f64.powi(bytes.int_in_range(-40..=40)?);
    let (Ok(mut one), Ok(mut two)) = (
        Gram::new_in(channels, embedding, steps, scale, one),
        Gram::new_in(channels, embedding, steps, scale, two),
    ) else {
        return Ok(());
    };
    let mut slow = Slow::new(channels, embedding, steps);
    for index in 0..size(bytes, 4)? {
        let samples = size(bytes, 40)?;
        let data = numbers(bytes, samples * channels)?;
        let Ok(trial) = Recording::new(&data, channels) else { continue };
        let into = if index % 2 == 0 { &mut one } else { &mut two };
        if into.push_trial(&trial).is_ok() {
            slow.push(&data, channels, scale);
        }
    }
    // Each is finite; together they may be too large.
    if one.merge(&two).is_err() {
        return Ok(());
    }
    slow.check(&one);
    let dmd = Dmd::new()
        .delays(delays)
        .interval(interval)
        .steps_ahead(steps)
        .rank(Rank::Fixed(size(bytes, 6)?));
    let mut memory = vec![0.0; Dmd::statistics_memory_len(dmd.shape(channels))];
    if let Ok(model) = dmd.fit_statistics_in(&one, &mut memory) {
        assert!(model.operator().columns().flatten().all(|x| x.is_finite()));
    }
    Ok(())
}

pub fn fuzz_target(data: &[u8]) {
    let _ = run(&mut Unstructured::new(data));
}
