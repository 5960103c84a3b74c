//! Why a file was refused.

use std::fmt;

/// What kind of thing is wrong with a file.
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
    /// It is larger than memory.
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
        Self { kind, message: message.into() }
    }

    /// The same error, about one array of an archive.
    pub(super) fn in_array(self, name: &str) -> Self {
        Self { message: format!("array {}: {}", quoted(name), self.message), ..self }
    }

    /// What kind of thing is wrong.
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

/// Text out of a file, fit for a terminal: short, and without control characters.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 40;
    let short: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    let more = if text.chars().nth(LONGEST).is_some() { "..." } else { "" };
    format!("`{short}{more}`")
}

/// Names in a list, at most twenty of them.
pub(super) fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    const MOST: usize = 20;
    let more = names.len().saturating_sub(MOST);
    let mut list = names.take(MOST).map(quoted).collect::<Vec<_>>().join(", ");
    if more > 0 {
        list.push_str(&format!(" and {more} more"));
    }
    list
}
