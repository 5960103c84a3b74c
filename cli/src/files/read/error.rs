//! Why a file was refused.

use crate::quote::quoted;
use crate::text;
use std::fmt;

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// There is no such file.
    Missing,
    /// It is a directory, or the system refuses to read it.
    Unreadable,
    /// Its ending is not that of a known format.
    UnknownFormat,
    /// It holds no sample.
    Empty,
    /// It is cut off, or is not what its ending says.
    Damaged,
    /// Its elements are not real numbers.
    UnsupportedType,
    /// Its array has a shape that is not a recording (or, for an operator, not a matrix).
    UnsupportedShape,
    /// It holds several arrays, none of the name asked for, or no names at all.
    Dataset,
    /// A cell, a row or a line of a text file is wrong.
    Cell,
    /// A sample is missing, infinite or beyond the largest number.
    NotFinite,
    /// The axes that were named are not those of the array.
    Axes,
    /// It is larger than the memory or than the limit.
    TooLarge,
}

/// Why a file was refused: one sentence that says what is wrong and what would be right, without
/// the name of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    kind: ReadErrorKind,
    message: String,
}

impl ReadError {
    pub(super) fn new(kind: ReadErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: text::line(&message.into()) }
    }

    /// The same error, about one array of an archive.
    pub(super) fn in_array(self, name: &str) -> Self {
        Self { message: format!("array {}: {}", quoted(name), self.message), ..self }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> ReadErrorKind {
        self.kind
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ReadError {}
