//! One small door alone.
#![no_std]
#![no_main]

use firmware::{Console, entry, stop};

#[entry]
fn main() -> ! {
    stop(operations::doors::distance(&mut Console).is_ok())
}
