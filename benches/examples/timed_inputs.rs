//! Times and errors of subspace identification, for `benches/inputs.py`, which gives the same recordings to dsa-metric.
//!
//! `timed_inputs DIR` writes the recordings to DIR as raw float64 and prints a line for each: name, seconds (the best of
//! nine), worst error of an eigenvalue.

use dynamical_similarity::Recording;
use dynamical_similarity::controlled::{ControlledRecording, Order, Subspace};
use std::path::Path;
use std::time::Instant;
use systems::controlled::{ROTATIONS, Rotations};

fn bytes(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("name a folder for the recordings")?;
    for (noise, name) in [(0.0, "0"), (0.01, "1"), (0.1, "10")] {
        for seed in 1..=6 {
            let made = Rotations { noise, ..Rotations::default() }.simulate(seed)?;
            let name = format!("noise{name}-seed{seed}");
            let path = |kind: &str| Path::new(&folder).join(format!("{name}.{kind}"));
            std::fs::write(path("u"), bytes(&made.inputs.data))?;
            std::fs::write(path("y"), bytes(&made.outputs.data))?;
            let trial = ControlledRecording::new(
                Recording::new(&made.inputs.data, 2)?,
                Recording::new(&made.outputs.data, 3)?,
            )?;
            let settings = Subspace::new(15).order(Order::Fixed(6));
            let (mut best, mut found) = (f64::INFINITY, Vec::new());
            for _ in 0..9 {
                let start = Instant::now();
                let model = settings.fit(&[trial])?;
                best = best.min(start.elapsed().as_secs_f64());
                found = model.eigenvalues()?;
            }
            let nearest = |(radius, angle): &(f64, f64)| {
                let (x, y) = (radius * angle.cos(), radius * angle.sin());
                found.iter().map(|(a, b)| (a - x).hypot(b - y)).fold(f64::INFINITY, f64::min)
            };
            let error = ROTATIONS.iter().map(nearest).fold(0.0, f64::max);
            println!("{name} {best:.6} {error:.3e}");
        }
    }
    Ok(())
}
