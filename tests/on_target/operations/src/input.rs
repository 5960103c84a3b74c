//! Recordings of the golden set, as they lie in flash, and matrices made from a fixed generator.

use crate::Number;

/// Three trials of three channels (300, 120 and 75 samples).
pub const RAGGED: [&[u8]; 3] = [
    include_bytes!("../../../golden/inputs/ragged3_trial0.npy"),
    include_bytes!("../../../golden/inputs/ragged3_trial1.npy"),
    include_bytes!("../../../golden/inputs/ragged3_trial2.npy"),
];
/// An autoregression, 600 samples of one channel.
pub const SCALAR: &[u8] = include_bytes!("../../../golden/inputs/scalar_ar.npy");
/// The Lorenz system at rho 152 and 75, 2000 samples of three channels.
pub const LORENZ: [&[u8]; 2] = [
    include_bytes!("../../../golden/inputs/lorenz_152_0.npy"),
    include_bytes!("../../../golden/inputs/lorenz_75_0.npy"),
];

/// Copies the float64 entries of a `.npy` file, in C order, as far as `to` reaches; returns what was written.
pub fn read_into<'a, T: Number>(file: &[u8], to: &'a mut [T]) -> &'a [T] {
    let length = file
        .get(8)
        .zip(file.get(9))
        .map_or(0, |(low, high)| usize::from(*low) + 256 * usize::from(*high));
    let entries = file.get(10 + length..).unwrap_or_default().as_chunks::<8>().0;
    let mut written = 0;
    for (to, bytes) in to.iter_mut().zip(entries) {
        *to = T::of(f64::from_le_bytes(*bytes));
        written += 1;
    }
    to.get(..written).unwrap_or_default()
}

/// Numbers in [-1, 1) from a linear congruential generator (Knuth's MMIX constants): the same everywhere.
pub fn fill<T: Number>(to: &mut [T], seed: u64) {
    let mut state = seed;
    for x in to {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        // Integers of 31 bits and a power of two: no rounding that a soft float could do otherwise.
        *x = T::of(f64::from((state >> 33) as i32 - (1 << 30)) / f64::from(1 << 30));
    }
}

/// Samples of a noisy linear oscillation seen through `channels` channels, one row a sample.
pub fn oscillation<T: Number>(to: &mut [T], channels: usize, turn: f64, seed: u64) {
    let mut noise = [0.0_f64; 2];
    let (mut x, mut y, mut u, mut v) = (1.0, 0.0, 1.0, 0.0);
    for (t, sample) in to.chunks_mut(channels.max(1)).enumerate() {
        fill::<f64>(&mut noise, seed.wrapping_add(t as u64 * 77));
        let [e, f] = noise;
        (x, y) = (0.97 * x - turn * y + 0.1 * e, turn * x + 0.97 * y + 0.1 * f);
        (u, v) = (0.9 * u - 2.0 * turn * v + 0.1 * f, 2.0 * turn * u + 0.9 * v + 0.1 * e);
        (x, y) = (x.clamp(-4.0, 4.0), y.clamp(-4.0, 4.0));
        (u, v) = (u.clamp(-4.0, 4.0), v.clamp(-4.0, 4.0));
        for (c, to) in sample.iter_mut().enumerate() {
            let w = 1.0 / (1.0 + c as f64);
            *to = T::of(
                x * w + y * (1.0 - w) + u * w * w - v * (0.5 - w) + 0.05 * e * (c as f64 - 2.0),
            );
        }
    }
}
