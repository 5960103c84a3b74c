//! One sample at a time: the delay window of now, and covariances of all that has been seen.
//!
//! Run it: `cargo run --example streaming`

use dynamical_similarity::{DelayRing, Embedding, Error, LagCovariance};

const CHANNELS: usize = 2;
const EMBEDDING: Embedding = Embedding::new(3, 2); // 3 delays, 2 samples apart
const LAGS: usize = 4;

pub(crate) fn main() -> Result<(), Error> {
    let mut ring = DelayRing::new(CHANNELS, EMBEDDING, [0.0_f32; EMBEDDING.ring_len(CHANNELS)])?;
    let sums = [0.0_f32; LagCovariance::<f32, ()>::memory_len(CHANNELS, LAGS)];
    let mut covariances = LagCovariance::new_in(CHANNELS, LAGS, &[0.0; CHANNELS], sums)?;
    let mut window = [0.0; EMBEDDING.width(CHANNELS)];
    for t in 0..200 {
        let phase = 0.3 * t as f32;
        let sample = [phase.cos(), phase.sin()];
        ring.push(&sample)?;
        covariances.push(&sample)?;
        // The newest sample first; nothing is written before the window is full.
        if ring.window_into(&mut window)? && t % 50 == 49 {
            println!("sample {t}: the window is {window:.2?}");
        }
    }
    let mut covariance = [0.0; CHANNELS * CHANNELS];
    for lag in 0..=LAGS {
        covariances.covariance_in(lag, &mut covariance)?;
        println!("lag {lag}: {covariance:.3?} over {} pairs", covariances.pairs(lag));
    }
    assert_eq!(window[0], (0.3 * 199.0_f32).cos());
    assert_eq!(covariances.pairs(LAGS), 196.0);
    Ok(())
}
