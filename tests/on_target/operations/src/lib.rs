//! What is run on the host and on the microcontrollers, with the words that it gives and the name of each:
//! two machines agree when they print the same lines.
#![no_std]
#![deny(unsafe_code)]

pub mod cost;
pub mod input;
pub mod words;

/// Takes what the operations give.
pub trait Sink {
    /// The words from here on belong to this operation.
    fn operation(&mut self, name: &str, scalar: &str);
    /// One result, or half of one.
    fn word(&mut self, word: u32);
}
