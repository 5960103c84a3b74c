//! Numbers of a channel: moments, runs of equal values, drift, artefacts, autocorrelation.

/// Pieces of a channel without missing samples, one for each stretch of a trial.
pub(super) type Pieces = Vec<Vec<f64>>;

/// The stretches of one channel between missing samples.
pub(super) fn pieces(trials: &[Vec<f64>], channels: usize, channel: usize) -> Pieces {
    let mut pieces = Vec::new();
    for trial in trials {
        let mut piece = Vec::new();
        for x in trial.iter().skip(channel).step_by(channels.max(1)) {
            if x.is_finite() {
                piece.push(*x);
            } else if !piece.is_empty() {
                pieces.push(std::mem::take(&mut piece));
            }
        }
        if !piece.is_empty() {
            pieces.push(piece);
        }
    }
    pieces
}

/// Mean and standard deviation.
pub(super) fn moments(pieces: &Pieces) -> (f64, f64) {
    let values = || pieces.iter().flatten();
    let count = values().count().max(1) as f64;
    // About the first value, so that a constant has no deviation.
    let first = values().next().copied().unwrap_or(0.0);
    let mean = first + values().map(|x| (x - first) / count).sum::<f64>();
    let square = values().map(|x| (x - mean).powi(2) / count).sum::<f64>();
    (mean, square.sqrt())
}

/// The length of the longest run of one value.
pub(super) fn longest_run(pieces: &Pieces) -> usize {
    let runs = pieces.iter().flat_map(|piece| piece.chunk_by(|x, y| x == y).map(<[f64]>::len));
    runs.max().unwrap_or(0)
}

/// How many blocks a drift is judged by.
const BLOCKS: usize = 8;

/// The share of the variance that lies between the means of eight successive blocks.
pub(super) fn drift(pieces: &Pieces, (mean, deviation): (f64, f64)) -> f64 {
    let values: Vec<f64> = pieces.iter().flatten().copied().collect();
    let blocks = values.chunks(values.len().div_ceil(BLOCKS).max(1));
    let between = blocks.map(|block| {
        let of_block = block.iter().sum::<f64>() / block.len() as f64;
        block.len() as f64 / values.len() as f64 * (of_block - mean).powi(2)
    });
    let variance = deviation * deviation;
    if variance > 0.0 { between.sum::<f64>() / variance } else { 0.0 }
}

/// How many robust standard deviations from the median a sample must be to be called far off here.
pub(super) const FAR: f64 = 10.0;

/// How many samples lie far from the median; none where more than half of the samples have one value.
pub(super) fn far_off(pieces: &Pieces) -> usize {
    let mut values: Vec<f64> = pieces.iter().flatten().copied().collect();
    let centre = crate::prepare::median(&mut values);
    let mut sizes: Vec<f64> = values.iter().map(|x| (x - centre).abs()).collect();
    let limit = FAR * crate::prepare::NORMAL * crate::prepare::median(&mut sizes);
    if limit > 0.0 { sizes.iter().filter(|x| **x > limit).count() } else { 0 }
}

/// Whether the channel looks like counts of events: whole numbers from 0 on.
pub(super) fn are_counts(pieces: &Pieces) -> bool {
    pieces.iter().flatten().all(|x| *x >= 0.0 && x.fract() == 0.0)
}

/// Lags are looked at up to here.
const LONGEST_LAG: usize = 20_000;

/// The mean autocorrelation of standardised channels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Autocorrelation {
    /// At a lag of one sample.
    pub(super) next: f64,
    /// The first lag at which it is below 1/e; `None` where it is not within half of the longest piece.
    pub(super) time: Option<usize>,
}

/// The mean over channels that vary.
pub(super) fn autocorrelation(channels: &[(&Pieces, (f64, f64))]) -> Autocorrelation {
    let varying = || channels.iter().filter(|(_, (_, deviation))| *deviation > 0.0);
    let count = varying().count().max(1) as f64;
    let at = |lag: usize| -> f64 {
        let of_channel = |(pieces, (mean, deviation)): &(&Pieces, (f64, f64))| -> f64 {
            let (mut sum, mut pairs) = (0.0, 0_usize);
            for piece in pieces.iter() {
                let products = piece.iter().zip(piece.iter().skip(lag));
                sum += products.map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
                pairs += piece.len().saturating_sub(lag);
            }
            sum / (pairs.max(1) as f64 * deviation * deviation)
        };
        varying().map(of_channel).sum::<f64>() / count
    };
    let longest = channels.iter().flat_map(|(pieces, _)| pieces.iter().map(Vec::len)).max();
    let most = (longest.unwrap_or(0) / 2).min(LONGEST_LAG);
    let below = (-1.0_f64).exp();
    Autocorrelation { next: at(1), time: (1..=most).find(|lag| at(*lag) < below) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_simple_channels() {
        let trials = vec![vec![1.0, 5.0, f64::NAN, 5.0, 3.0, 5.0], vec![2.0, 5.0]];
        assert_eq!(pieces(&trials, 2, 0), [vec![1.0], vec![3.0], vec![2.0]]);
        assert_eq!(longest_run(&pieces(&trials, 2, 1)), 3);
        let (mean, deviation) = moments(&pieces(&trials, 2, 0));
        assert!((mean - 2.0).abs() < 1e-15 && (deviation - (2.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        let step = vec![vec![
            0.0, 0.1, 0.0, 0.1, 0.0, 0.1, 0.0, 0.1, 1.0, 1.1, 1.0, 1.1, 1.0, 1.1, 1.0, 1.1,
        ]];
        assert!(drift(&step, moments(&step)) > 0.98);
        let mut wave: Vec<f64> = (0..400).map(|t| (0.1 * f64::from(t)).sin()).collect();
        let found = autocorrelation(&[(&vec![wave.clone()], moments(&vec![wave.clone()]))]);
        // cos(0.1 lag) falls below 1/e after 11.9 samples; forty radians are no whole number of periods.
        assert!(matches!(found.time, Some(12 | 13)), "{found:?}");
        wave[7] = 300.0;
        assert_eq!(far_off(&vec![wave]), 1);
    }
}
