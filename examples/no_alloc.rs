//! The whole pipeline without a heap: all memory has a size that is known when the program is compiled.
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

pub(crate) fn main() -> Result<(), Error> {
    let (mut calibration, mut today) = ([0.0_f32; MODEL], [0.0_f32; MODEL]);
    let mut scratch = [0.0_f32; COMPARISON];
    let reference = samples(3);
    let reference = DMD.fit_in(&[Recording::new(&reference, 2)?], &mut calibration)?;
    let mut distances = [0.0; 2];
    for (distance, step) in distances.iter_mut().zip([3, 4]) {
        let now = samples(step);
        let model = DMD.fit_in(&[Recording::new(&now, 2)?], &mut today)?;
        let found = SOLVER.compare_in(reference.operator(), model.operator(), &mut scratch)?;
        *distance = found.distance();
        println!("step {step}: {distance:.4} rad from the calibration");
    }
    println!("RAM: {} bytes per model, {} bytes per comparison", 4 * MODEL, 4 * COMPARISON);
    assert!(distances[0] == 0.0 && distances[1] > 0.0);
    Ok(())
}
