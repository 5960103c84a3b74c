//! All distances between several recordings, on all cores if the feature `rayon` is on.
//!
//! Run it: `cargo run --features rayon --example distance_matrix`

use dynamical_similarity::{DistanceMatrix, Dmd, Error, Measure, Procrustes, Rank, Recording};

/// Two channels that turn by `step` rad per sample and are driven by noise.
fn recording(step: f64, mut state: u64) -> Vec<f64> {
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 40) as f64 / (1 << 24) as f64 - 0.5
    };
    let (mut x, mut y) = (1.0, 0.0);
    let mut next = || {
        let (cosine, sine) = (0.98 * step.cos(), 0.98 * step.sin());
        (x, y) = (cosine * x - sine * y + noise(), sine * x + cosine * y + noise());
        [x, y]
    };
    (0..2000).flat_map(|_| next()).collect()
}

pub(crate) fn main() -> Result<(), Error> {
    // Two recordings of each of three systems.
    let steps = [0.2, 0.2, 0.4, 0.4, 0.8, 0.8];
    let dmd = Dmd::new().delays(5).rank(Rank::Fixed(2));
    let mut models = Vec::new();
    for (seed, step) in (1..).zip(steps) {
        let samples = recording(step, seed);
        models.push(dmd.fit(&[Recording::new(&samples, 2)?])?);
    }
    let measure = Measure::Procrustes(Procrustes::new());
    let matrix = DistanceMatrix::among(&models, &measure, None)?;
    for (i, step) in steps.iter().enumerate() {
        let row: Vec<f64> = (0..steps.len()).map(|j| matrix.distance(i, j)).collect();
        println!("{step:.1} rad per sample: {row:.3?}");
        let other = (0..steps.len()).filter(|j| *j != i);
        let nearest = other.min_by(|j, k| row[*j].total_cmp(&row[*k]));
        assert_eq!(nearest, Some(i ^ 1), "the nearest is the other recording of the same system");
    }
    Ok(())
}
