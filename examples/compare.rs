//! Two recordings in, a distance out, with everything a reader should look at beside it.
//!
//! Run it: `cargo run --example compare`

use dynamical_similarity::{Dmd, Error, Procrustes, Rank, Recording, Wasserstein};

/// Two channels that turn by `step` rad a sample and are pushed about by a fixed sequence.
fn recording(step: f64, samples: usize) -> Vec<f64> {
    let (mut x, mut y, mut push) = (1.0, 0.0, 0.5_f64);
    (0..samples)
        .flat_map(|_| {
            push = 3.9 * push * (1.0 - push);
            let (cosine, sine) = (0.98 * step.cos(), 0.98 * step.sin());
            (x, y) = (cosine * x - sine * y + push - 0.5, sine * x + cosine * y);
            [x, y]
        })
        .collect()
}

fn main() -> Result<(), Error> {
    let dmd = Dmd::new().delays(6).rank(Rank::Fixed(4));
    let mut models = Vec::new();
    for step in [0.30, 0.31, 0.60] {
        let samples = recording(step, 1000);
        let model = dmd.fit(&[Recording::new(&samples, 2)?])?;
        println!(
            "{step:.2} rad a sample: rank {}, condition {:.1}, residual {:.3}, path {:?}",
            model.rank(),
            model.condition(),
            model.residual(),
            model.path()
        );
        models.push(model);
    }
    for (i, j) in [(0, 1), (0, 2)] {
        let found = Procrustes::new().compare(&models[i], &models[j])?;
        let spectra = Wasserstein::new().compare(&models[i], &models[j])?;
        println!(
            "{i} to {j}: angle {:.4} (at least {:.4}), eigenvalues {spectra:.4}",
            found.distance(),
            found.lower_bound()
        );
    }
    Ok(())
}
