//! Why a command failed: a sentence that names the file.

use crate::text;
use std::fmt;
use std::path::{Path, PathBuf};

/// A failure in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    file: Option<PathBuf>,
    what: String,
    /// Whether the reader of standard output has closed it, which needs no message.
    unread: bool,
}

impl Problem {
    /// A failure that concerns no file.
    pub fn new(what: impl fmt::Display) -> Self {
        Self { file: None, what: what.to_string(), unread: false }
    }

    /// A failure about a file.
    pub fn about(file: &Path, what: impl fmt::Display) -> Self {
        Self { file: Some(file.to_owned()), ..Self::new(what) }
    }

    /// The reader of standard output has gone away, as `head` does when it has seen enough.
    #[must_use]
    pub fn unread() -> Self {
        Self { unread: true, ..Self::new("the reader of standard output has closed it") }
    }

    /// Whether the reader of standard output has gone away.
    #[must_use]
    pub fn is_unread(&self) -> bool {
        self.unread
    }

    /// The sentence without the name of this file, for a place that names the file already.
    #[must_use]
    pub fn without(&self, file: &Path) -> String {
        if self.file.as_deref() == Some(file) { self.what.clone() } else { self.to_string() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{}: {}", text::name(file), self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl std::error::Error for Problem {}
