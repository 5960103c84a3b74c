//! The whole pipeline in memory whose size is known when it is compiled: no heap anywhere.
//!
//! Run it: `cargo run --no-default-features --example no_alloc`

use dynamical_similarity::{Dmd, Error, Procrustes, Rank, Recording, Shape};

const SHAPE: Shape = Shape { channels: 2, delays: 5, rank: 4 };
const DMD: Dmd = Dmd::new().delays(SHAPE.delays).rank(Rank::Fixed(SHAPE.rank));
const SOLVER: Procrustes = Procrustes::new();
const MODEL: usize = Dmd::memory_len(SHAPE);
const COMPARISON: usize = SOLVER.memory_len(SHAPE.rank);

/// Samples of two channels, as they would arrive from a converter.
fn samples(step: u32) -> [f32; 400] {
    core::array::from_fn(|i| ((i as u32 * step + i as u32 / 7) % 23) as f32 - 11.0)
}

fn main() -> Result<(), Error> {
    let (mut calibration, mut today) = ([0.0_f32; MODEL], [0.0_f32; MODEL]);
    let mut scratch = [0.0_f32; COMPARISON];
    let reference = samples(3);
    let reference = DMD.fit_in(&[Recording::new(&reference, 2)?], &mut calibration)?;
    for step in [3, 4] {
        let now = samples(step);
        let model = DMD.fit_in(&[Recording::new(&now, 2)?], &mut today)?;
        let found = SOLVER.compare_in(reference.operator(), model.operator(), &mut scratch)?;
        println!("step {step}: {:.4} rad from the calibration", found.distance());
    }
    println!("RAM: {} bytes a model, {} bytes a comparison", 4 * MODEL, 4 * COMPARISON);
    Ok(())
}
