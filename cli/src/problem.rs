//! Why a command failed: a sentence that names the file.

use std::fmt;
use std::path::Path;

/// A failure in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(String);

impl Problem {
    /// A failure that concerns no file.
    pub fn new(what: impl fmt::Display) -> Self {
        Self(what.to_string())
    }

    /// A failure about a file.
    pub fn about(file: &Path, what: impl fmt::Display) -> Self {
        Self(format!("{}: {what}", file.display()))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Problem {}
