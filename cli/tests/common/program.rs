//! The program as its user meets it, and tables to give it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(crate) fn dsa(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dsa")).args(arguments).output().unwrap()
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn example(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    root.join("examples/data").join(name).display().to_string()
}

/// A folder of its own for each test.
pub(crate) struct Folder(pub(crate) tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
    pub(crate) fn at(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }
    /// Writes a table; returns its path.
    pub(crate) fn table(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.at(name)
    }
    /// A noisy oscillation of `channels` channels.
    pub(crate) fn recording(&self, name: &str, samples: usize, channels: usize) -> String {
        self.table(name, &rows(samples, channels, wave))
    }
}

pub(crate) fn rows(samples: usize, channels: usize, value: impl Fn(usize, usize) -> f64) -> String {
    (0..samples)
        .map(|t| {
            let cells: Vec<String> = (0..channels).map(|c| value(t, c).to_string()).collect();
            cells.join(",") + "\n"
        })
        .collect()
}

pub(crate) fn wave(t: usize, c: usize) -> f64 {
    let phase = t as f64 * (0.2 + 0.13 * c as f64);
    phase.sin() + 0.3 * ((t * t + 3 * c) % 17) as f64 / 17.0
}

/// Noise that is the same everywhere: uniform, -0.5 to 0.5.
pub(crate) fn noise(seed: u64) -> impl FnMut() -> f64 {
    // Not a multiple of the step below, which would give neighbouring seeds the same numbers one place further on.
    let mut state = seed.wrapping_mul(0xd1b5_4a32_d192_ed03);
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    }
}

/// Three oscillations, of `step` rad a sample and of multiples of it, in two channels with a little noise: six directions.
pub(crate) fn oscillations(step: impl Fn(usize) -> f64, samples: usize, seed: u64) -> String {
    let mut noise = noise(seed);
    let values: Vec<f64> = (0..2 * samples).map(|_| noise()).collect();
    rows(samples, 2, |t, c| {
        let (turn, c_) = (step(t) * t as f64, c as f64);
        let waves = (turn + c_).sin() + 0.7 * (2.3 * turn + 2.0 * c_).sin();
        waves + 0.5 * (3.9 * turn + 3.0 * c_).sin() + 0.1 * values[2 * t + c]
    })
}

/// A plane that turns and a third coordinate, each decaying by `factor` a step and driven by noise; `channels` sums of
/// them.
pub(crate) fn turning(samples: usize, channels: usize, factor: f64, seed: u64) -> String {
    let mut noise = noise(seed);
    let (cos, sin) = (0.7_f64.cos(), 0.7_f64.sin());
    let mut x = [0.0_f64; 3];
    let mut table = Vec::new();
    for _ in 0..samples {
        x = [cos * x[0] - sin * x[1], sin * x[0] + cos * x[1], x[2]].map(|x| factor * x + noise());
        table.push(x);
    }
    rows(samples, channels, |t, c| {
        let [a, b, d] = table[t];
        [a, b, d, a + b - d][c % 4]
    })
}
