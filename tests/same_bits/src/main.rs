//! One line of numbers for every way to build the library, to be compared: the bits of fits, transforms
//! and distances must not depend on the processor's vector registers, on features or on optimisation.
//!
//! `cargo run --release -p dynamical-similarity-same-bits -- [order] [f64|f32]`; `.ci/same_bits.sh` compares
//! builds.

use dynamical_similarity::{Dmd, Error, Mat, MatRef, Procrustes, Rank, Recording, Scalar};

/// A noisy oscillator with a cubic, seen through two channels; no function of a system library.
fn samples(seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut noise = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    let (mut x, mut y, mut out) = (1.0_f64, 0.0, Vec::new());
    let turn = 0.1 + 0.03 * seed as f64;
    for _ in 0..1000 {
        (x, y) = (0.95 * x - turn * y + 0.2 * noise(), 0.9 * (turn * x + 0.95 * y) + 0.2 * noise());
        (x, y) = (x.clamp(-3.0, 3.0), y.clamp(-3.0, 3.0));
        out.extend([x, y * y * y + 0.1 * x]);
    }
    out
}

/// FNV-1a, over 64-bit words.
fn mix(hash: &mut u64, word: u64) {
    *hash = (*hash ^ word).wrapping_mul(0x0000_0100_0000_01B3);
}

fn run<T: Scalar>(name: &str, n: usize, cast: fn(f64) -> T) -> Result<(), Error> {
    let mut hash = 0xCBF2_9CE4_8422_2325;
    let dmd = Dmd::new().delays(20).rank(Rank::Fixed(n));
    let procrustes = Procrustes::new();
    let mut operators = Vec::new();
    for seed in 1..=9 {
        let samples: Vec<T> = samples(seed).into_iter().map(cast).collect();
        let model = dmd.fit(&[Recording::new(&samples, 2)?])?;
        let operator: MatRef<'_, T> = model.operator();
        operator.columns().flatten().for_each(|x| mix(&mut hash, Into::<f64>::into(*x).to_bits()));
        operators.push(Mat::copy_of(operator)?);
    }
    let mut kept = vec![vec![T::default(); procrustes.prepared_len(n)]; operators.len()];
    let mut scratch = vec![T::default(); procrustes.prepare_scratch_len(n)];
    let mut prepared = Vec::new();
    for (operator, kept) in operators.iter().zip(&mut kept) {
        prepared.push(procrustes.prepare_in(operator.as_ref(), kept, &mut scratch)?);
    }
    let pairs: Vec<_> = (0..9).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
    let mut memory = vec![T::default(); procrustes.many_len::<T>(n)];
    let mut words = vec![Vec::new(); pairs.len()];
    let mut evaluations = 0;
    procrustes.compare_many_in(&prepared, &pairs, &mut memory, |k, found| {
        evaluations += found.evaluations();
        let numbers = [found.distance(), found.lower_bound()];
        let entries = found.transform().columns().flatten().copied();
        words[k] = numbers.into_iter().chain(entries).map(|x| Into::<f64>::into(x)).collect();
    })?;
    words.iter().flatten().for_each(|x: &f64| mix(&mut hash, x.to_bits()));
    println!("{name} order {n}: {hash:016x} after {evaluations} evaluations");
    Ok(())
}

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    for n in [6, 10, 15, 16] {
        if arguments.first().is_none_or(|order| *order == n.to_string()) {
            if arguments.get(1).is_none_or(|scalar| scalar == "f64") {
                run("f64", n, |x| x)?;
            }
            if arguments.get(1).is_none_or(|scalar| scalar == "f32") {
                run("f32", n, |x| x as f32)?;
            }
        }
    }
    Ok(())
}
