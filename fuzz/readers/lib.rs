//! The readers of files of the program `dsa`, from its own sources.

// What the rest of the program uses.
#![allow(dead_code)]

#[path = "../../cli/src/quote.rs"]
pub mod quote;
#[path = "../../cli/src/text.rs"]
pub mod text;

#[path = "../../cli/src/files"]
pub mod files {
    //! Recordings, read.

    pub mod read;
}
