//! The words of the golden recording that fits into 16 kB of RAM.
#![no_std]
#![no_main]

use firmware::{Console, entry, stop};

#[entry]
fn main() -> ! {
    stop(operations::words::small(&mut Console).is_ok())
}
