//! Three recordings, their operators, and how far these are apart.
//!
//! Run it: `cargo run --example compare`

use dynamical_similarity::{Dmd, Error, Procrustes, Rank, Recording, Wasserstein};

/// Two channels (time x channels) that turn by `step` rad per sample and are driven by a fixed sequence.
fn recording(step: f64) -> Vec<f64> {
    let (mut x, mut y, mut push) = (1.0, 0.0, 0.5_f64);
    let mut next = || {
        push = 3.9 * push * (1.0 - push);
        let (cosine, sine) = (0.98 * step.cos(), 0.98 * step.sin());
        (x, y) = (cosine * x - sine * y + push - 0.5, sine * x + cosine * y);
        [x, y]
    };
    (0..1000).flat_map(|_| next()).collect()
}

pub(crate) fn main() -> Result<(), Error> {
    let dmd = Dmd::new().delays(6).rank(Rank::Fixed(4));
    let mut models = Vec::new();
    for step in [0.30, 0.31, 0.60] {
        let model = dmd.fit(&[Recording::new(&recording(step), 2)?])?;
        let (condition, residual) = (model.condition(), model.residual());
        println!("{step:.2} rad per sample: condition {condition:.1}, residual {residual:.3}");
        models.push(model);
    }
    let near = Procrustes::new().compare(&models[0], &models[1])?;
    let far = Procrustes::new().compare(&models[0], &models[2])?;
    for (name, found) in [("near", &near), ("far", &far)] {
        println!("{name}: {:.4} rad, at least {:.4}", found.distance(), found.lower_bound());
    }
    let spectra = Wasserstein::new().compare(&models[0], &models[2])?;
    println!("eigenvalues of the far pair: {spectra:.4} apart");
    assert!(near.distance() < far.distance());
    Ok(())
}
