//! One rank for several recordings, by a rule that uses no labels, and the evidence for it.
//!
//! Run it: `cargo run --example choosing_a_rank`

use dynamical_similarity::{CommonRank, Dmd, Error, Procrustes, Rank, RankEvidence, Recording};

/// Two latent coordinates with noise, seen through three channels.
fn recording(step: f64, mut state: u64) -> Vec<f64> {
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 40) as f64 / (1 << 24) as f64 - 0.5
    };
    let (mut x, mut y) = (1.0, 0.0);
    let mut next = || {
        let (cosine, sine) = (0.95 * step.cos(), 0.95 * step.sin());
        (x, y) = (cosine * x - sine * y + noise(), sine * x + cosine * y + noise());
        [x, y, x + y]
    };
    (0..3000).flat_map(|_| next()).collect()
}

pub(crate) fn main() -> Result<(), Error> {
    let samples = [recording(0.30, 1), recording(0.32, 2), recording(0.60, 3)];
    let rule = Dmd::new().delays(5).rank(Rank::Latent);
    let mut answers = Vec::new();
    for samples in &samples {
        let evidence = RankEvidence::of(&[Recording::new(samples, 3)?], &rule)?;
        answers.push(evidence.rank?);
        if let Some(latent) = evidence.latent {
            println!("unexplained at ranks 1, 2, ..: {:.3?}", latent?.unexplained);
        }
    }
    let choice = CommonRank::of(&answers)?;
    println!("the answers are {answers:?}, and all recordings use rank {}", choice.rank);
    assert_eq!(choice.rank, 2);
    // A distance is shown at the neighbouring ranks too.
    for rank in choice.below().into_iter().chain([choice.rank, choice.above()]) {
        let dmd = rule.rank(Rank::Fixed(rank));
        let a = dmd.fit(&[Recording::new(&samples[0], 3)?])?;
        let b = dmd.fit(&[Recording::new(&samples[2], 3)?])?;
        println!("rank {rank}: {:.3} rad", Procrustes::new().compare(&a, &b)?.distance());
    }
    Ok(())
}
