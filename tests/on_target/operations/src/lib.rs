//! What is run on the host and on the microcontrollers, with the words that it gives and the name of each:
//! two machines agree when they print the same lines.
#![no_std]
#![deny(unsafe_code)]

pub mod cost;
pub mod doors;
pub mod input;
pub mod watch;
pub mod words;

/// A scalar made from literals and samples.
pub trait Number: dynamical_similarity::Scalar {
    /// The nearest number.
    fn of(x: f64) -> Self;
}

impl Number for f32 {
    fn of(x: f64) -> Self {
        x as f32
    }
}

impl Number for f64 {
    fn of(x: f64) -> Self {
        x
    }
}

/// Takes what the operations give.
pub trait Sink {
    /// The words from here on belong to this operation.
    fn operation(&mut self, name: &str, scalar: &str);
    /// One result, or half of one.
    fn word(&mut self, word: u32);
    /// A long count, the high half first.
    fn long(&mut self, count: u64) {
        self.word((count >> 32) as u32);
        self.word(count as u32);
    }
}
