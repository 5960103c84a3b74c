//! The best known optimum of every pair, stored in `benches/data/best_known.csv`.
//!
//! Made by `cargo run --release -p dynamical-similarity-benches --bin best_known`, from the maximiser
//! of this package alone.

use crate::pairs::Name;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Order of the operators.
    pub n: usize,
    /// Name of the family.
    pub family: String,
    /// Number within order and family.
    pub index: usize,
    /// Seed of the pair.
    pub seed: u64,
    /// The largest cosine found by the maximiser.
    pub cosine: String,
    /// The smallest angle found by the maximiser, in rad, through the chord.
    pub angle: String,
    /// Random starts that converged.
    pub starts: usize,
    /// How many of them are within 1e-9 of the largest cosine.
    pub hits: usize,
    /// What led to it: a random start, a perturbed optimum, or the transform that the pair was made
    /// with.
    pub source: String,
    /// How far the library's thorough effort was above the cosine when the line was written, if by more
    /// than 1e-9; else 0. For information: not part of the optimum.
    pub solver_excess: String,
    /// [`crate::pairs::Pair::checksum`], hexadecimal.
    pub checksum: String,
}

/// What a pair is measured against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BestKnown {
    /// The largest cosine.
    pub cosine: f64,
    /// The smallest angle, in rad.
    pub angle: f64,
    /// The checksum of the operators.
    pub checksum: u64,
}

/// Where the file is.
#[must_use]
pub fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/best_known.csv")
}

/// The lines of a file; lines that begin with # are remarks.
///
/// # Errors
/// A sentence if the file cannot be read.
pub fn entries(path: &Path) -> Result<Vec<Entry>, String> {
    let words = |error: csv::Error| format!("{}: {error}", path.display());
    let mut reader =
        csv::ReaderBuilder::new().comment(Some(b'#')).from_path(path).map_err(words)?;
    reader.deserialize().collect::<Result<_, _>>().map_err(words)
}

/// The best known optima by pair.
///
/// # Errors
/// A sentence if the file cannot be read.
pub fn read(path: &Path) -> Result<HashMap<Name, BestKnown>, String> {
    let number = |text: &str| text.parse().map_err(|_| format!("`{text}` is not a number"));
    let lines = entries(path)?.into_iter().map(|entry| {
        let checksum = u64::from_str_radix(&entry.checksum, 16)
            .map_err(|_| format!("`{}` is not a checksum", entry.checksum))?;
        let name = Name { order: entry.n, family: entry.family.parse()?, index: entry.index };
        let (cosine, angle) = (number(&entry.cosine)?, number(&entry.angle)?);
        Ok((name, BestKnown { cosine, angle, checksum }))
    });
    lines.collect()
}
