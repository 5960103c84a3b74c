//! The words of every operation.
#![no_std]
#![no_main]

use firmware::{Console, entry, stop};

#[entry]
fn main() -> ! {
    stop(operations::words::all(&mut Console).is_ok())
}
